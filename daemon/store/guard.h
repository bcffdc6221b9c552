// The guard: a request that ends the process, and would again each time its client tries it again, is
// quarantined.
//
// Who works on a request takes it in hand first (inhand.h). When the process died, the next start blames what
// was in hand (suspects.h), and what is quarantined is refused before anything dangerous is done with it:
//
//     what was in hand                                               blame
//     of the thread that crashed                                       2     a fault, an assertion, abort()
//     for GUARD_HUNG_MS or longer when the process died                2     it hung, and was ended for it
//     else                                                             1     another thread crashed; a kill
//
// SUSPECT_QUARANTINE is 4: two crashes, or two hangs. Who is killed (an operator, the memory of the machine)
// cannot say why; an honest request is cleared when it is next worked, so that it would have to be in hand at
// four kills and never be answered between them. Not blamed is what nobody sent: due times, a commit.
//
// NULL is a guard that sees nothing. Any thread; nothing blocks but what says so.
#pragma once

#include "store/inhand.h"
#include "store/suspects.h"

enum {
    GUARD_HUNG_MS = 15 * 1000, // less than systemd's WatchdogSec, and longer than anything honest takes
    GUARD_NAME = SUSPECT_SHORT + 1,
};

struct guard;

struct guard_options {
    const char *directory; // of the store, whose lock is held
    int64_t now_ms;        // machine time
    // Each request that is blamed; `trouble`: why its file could not be written, else NULL.
    void (*tell)(void *context, const struct suspect *suspect, const char *trouble);
    void *context;
};

struct guard_stats {
    size_t quarantined;
    size_t suspects;  // that are not quarantined
    unsigned unread;  // files in DIR/poison that are none of its own
    bool watching;    // false: there is no room for the notes, and crashes go unseen
    uint64_t refused; // requests, since the start
};

// Reads what the last process had in hand, blames it, and begins to watch. Blocks. Without room on the disk
// it goes on, not watching, and what is wrong is in `error`. ERROR_IO, ERROR_NO_MEMORY.
int guard_open(const struct guard_options *options, struct guard **out, struct store_error *error)
    __attribute__((warn_unused_result));

// An orderly end: nothing is in hand. Blocks.
void guard_close(struct guard *guard);

// This thread takes the request in hand, in place of what it had in hand.
void guard_take(struct guard *guard, const struct inhand_note *note);

// The same, and whether it may be worked. False: it is quarantined, under `name`.
bool guard_admit(struct guard *guard, const struct inhand_note *note, char name[GUARD_NAME]);

// This thread has it in hand no more: somebody else goes on with it, or it was put off.
void guard_drop(struct guard *guard);

// The same, and it was worked to its end without harm: no suspect any more.
void guard_done(struct guard *guard);

// The process lives: inhand_alive.
void guard_alive(struct guard *guard);

// Whether guard_sweep has something to do, which blocks: files of those that were cleared.
bool guard_littered(const struct guard *guard);
void guard_sweep(struct guard *guard);

void guard_stats(struct guard *guard, struct guard_stats *out);

// As suspects_list and suspects_release do; for NULL nothing is there.
size_t guard_list(struct guard *guard, struct suspect out[SUSPECTS_MAX]);
int guard_release(struct guard *guard, const char *hex, struct suspect *out)
    __attribute__((warn_unused_result));
