// The engine's thread: it owns the journal and the state's writes, and works one batch after the other.
//
// The loop thread hands work over and goes on; the batch grows with the load by itself, and no timer waits
// for company. What is finished comes back on the loop's thread (wake.h): first every work's
// `done`, then one call with what the batch concerned.
#pragma once

#include "engine/batch.h"
#include "engine/city_clock.h"

#include <uv.h>

struct engine;

struct engine_options {
    uv_loop_t *loop;
    struct store *store;
    struct guard *guard;   // NULL: none
    struct rulebook *book; // one reference goes over
    struct city_clock clock;
    bool demo;
    int64_t last_ms;        // city time of the last event there is
    size_t max_a_principal; // pending works; 0: 1024
    size_t max_in_all;      // 0: 8192
    size_t max_share;       // of one principal in a batch while others are there; 0: no bound
    // After the works of a batch are done, on the loop's thread. The result is good during the call.
    void (*on_batch)(void *context, const struct batch_result *result);
    // The store failed in a way that only a new start can settle (ERROR_IO), or a batch was refused: `fatal`
    // tells.
    void (*on_trouble)(void *context, int error, bool fatal);
    void *context;
};

struct engine_stats {
    uint64_t batches;
    uint64_t works;
    uint64_t events;
    uint64_t ticks;
    uint64_t refused_busy;
    uint64_t withdrawn; // works that nobody waited for any more when their turn came near
    uint64_t failed_batches;
    uint64_t pending;
    bool shared;           // several principals have work: none takes more than max_share of a batch
    int64_t last_batch_ms; // machine time
    int64_t next_due_ms;   // city time, CLOCK_NEVER when nothing is due
    int last_error;        // of the last batch
    int prepare_error;     // of the journal's next segment: the early word of a full disk
    int64_t heartbeat_ms;  // machine time: the thread came round
    int64_t silent_ms;     // for so long it has not, by a clock that never steps
};

// Starts the thread. 0; ERROR_NO_MEMORY, ERROR_INTERNAL.
int engine_start(const struct engine_options *options, struct engine **out)
    __attribute__((warn_unused_result));

// ERROR_BUSY when too much of this holder (work_holder), or in all, waits for one more work: to be asked
// before any effort is made of a request. Counted as refused. 0 otherwise.
int engine_has_room(struct engine *engine, const char *holder) __attribute__((warn_unused_result));

// Hands work over. ERROR_BUSY, ERROR_DRAINING or ERROR_NO_MEMORY: it stays the caller's.
int engine_push(struct engine *engine, struct work *work) __attribute__((warn_unused_result));

// Takes back work that was handed over. False when the engine has taken it already: it will be handed back,
// done.
bool engine_withdraw(struct engine *engine, struct work *work) __attribute__((warn_unused_result));

// Takes no more work, finishes what waits, ends the thread; `stopped` is called on the loop when all is
// handed back.
void engine_stop(struct engine *engine, void (*stopped)(void *context), void *context);

// After `stopped`: frees it.
void engine_destroy(struct engine *engine);

void engine_stats(struct engine *engine, struct engine_stats *out);

// A reference to the rulebook in force. Any thread.
struct rulebook *engine_book(struct engine *engine);

// City time now; machine time now, Unix milliseconds.
int64_t engine_now(const struct engine *engine);
int64_t engine_machine_now(void);
