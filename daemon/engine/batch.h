// One batch of work, start to finish, on one thread and without a clock of its own: what the engine's thread
// runs, and the simulator and the tests as well.
//
// In time order: what is due up to a work's time fires before it. All of the batch is on disk when batch_run
// returns 0; the answers, wakes and notices may leave only then.
#pragma once

#include "engine/work.h"
#include "store/guard.h"
#include "store/store.h"

// Beside others a batch is shorter: all of them wait for the whole of it, also when each has only its share.
enum { BATCH_MAX_WORKS = 256, BATCH_SHARED_WORKS = 64, BATCH_MAX_TICKS = 256, BATCH_MAX_RECHECKS = 64 };

// Whom a batch concerns, for the long polls, and what it tells the public.
struct batch_wake {
    const char *recipient; // feed; NULL: only the area
    const char *area;      // path of the case
};

struct batch_result {
    struct arena arena; // of the arrays and their contents
    struct batch_wake *wakes;
    size_t wake_count;
    size_t wake_capacity;
    struct blob *notices; // payloads for PUB, in order
    size_t notice_count;
    size_t notice_capacity;
    size_t events;
    size_t ticks;
    bool rules_changed;
    struct store_erasure *erased; // to be done once the batch is on disk
    size_t erased_count;
    size_t erased_capacity;
};

struct batcher {
    struct store *store;
    struct guard *guard;     // NULL: none
    struct rulebook *book;   // in force; a reference of its own
    int64_t started_city_ms; // due entries from before are late: they waited over a stop
    int64_t last_now_ms;     // city time of the last batch: a backward step under 2 s is held
    bool demo;
    bool recheck; // due times that cross an unknown year are to be looked at: after a start, a reload
    uint64_t recheck_after; // how far that has come: a case id
    size_t decision_bytes;  // what deciding one command may hold beside its message; 0: 8 MiB
};

void batch_result_init(struct batch_result *result);
void batch_result_fini(struct batch_result *result);

// Works `works` in order and what is due up to `now_ms` (city time). Each work gets its code and reply; works
// that found no room are moved to `left` and are to be run first in the next batch. 0, or the error that
// spoiled the batch: nothing was written, every work has been answered with it (ERROR_IO: in doubt, the
// process must end).
int batch_run(struct batcher *batcher, struct work_list *works, struct work_list *left, int64_t now_ms,
              int64_t machine_ms, struct batch_result *result) __attribute__((warn_unused_result));

// City time of the next due entry, CLOCK_NEVER when there is none. Reads the committed state.
int64_t batch_next_due(struct batcher *batcher);
