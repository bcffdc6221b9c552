// The events of a feed that are not yet done with: which may be worked now, and how far the cursor may go.
//
// Pure bookkeeping, no I/O and no clock, so that retries can be tested without waiting. Events of one case
// are worked strictly in order, those of different cases in any order; an event without a case is a case of
// its own. The cursor may be acknowledged up to right before the first one that is not done.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct item {
    uint64_t seq;
    char *number; // of the case; owned, as are the next three
    char *event;
    char *json;
    char *recipient;
    unsigned tries;        // ended ones
    int64_t not_before_ms; // of the next try
    int64_t started_ms;
    pid_t pid;      // 0: not running
    bool settled;   // tried enough, well or not; what became of it is to be put on record
    bool delivered; // it went well
    bool done;
};

struct window {
    struct item *items; // in the order of seq; what is done leaves at the next drain
    size_t count;
    size_t room;
    uint64_t last_seq; // the last one added
    uint64_t drained;  // all up to here is done
};

void window_fini(struct window *w);

// Forgets all items (a new epoch). Running ones are the caller's to end.
void window_clear(struct window *w);

// Adds the next event; the texts are copied. False when memory ran out or seq does not grow (a repeat:
// skipped).
bool window_add(struct window *w, uint64_t seq, const char *number, const char *event, const char *json,
                const char *recipient);

// The next event that may be started at `now_ms`, or NULL.
struct item *window_ready(struct window *w, int64_t now_ms);

// How many run.
size_t window_running(const struct window *w);

// Notes a failed try: the next one waits 1 s, 2 s, 4 s … at most 5 min. True while there is another, false
// after `tries` of them.
bool window_failed(struct item *item, unsigned tries, int64_t now_ms);

// Drops what is done, wherever it stands, so that one case which fails does not fill the window. The sequence
// number up to which all is done, or 0 when that has not moved. Pointers to items end here.
uint64_t window_drain(struct window *w);
