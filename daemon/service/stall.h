// The loop's longest stall: how long somebody may have had to wait for the loop's thread.
//
// A turn of the loop is a wait for events and the work that they make. Its stall is its length without the
// wait; and where the machine woke the thread later than it meant to wait, the delay counts too. libuv itself
// measures the waits (UV_METRICS_IDLE_TIME), so that an idle loop is not woken for it: no timer.
#pragma once

#include <stdint.h>
#include <uv.h>

enum { STALL_SECONDS = 60 };

#define STALL_NO_END UINT64_MAX

struct stall_second {
    uint64_t second; // of the monotonic clock
    uint64_t longest_ns;
};

struct stall_log {
    struct stall_second seconds[STALL_SECONDS + 1]; // by second, modulo
    uint64_t longest_ns;                            // since the start
};

// `turn_ns` long, of which it waited `waited_ns` and had meant to wait at most `meant_ns` (STALL_NO_END:
// until something happens).
uint64_t stall_of_turn(uint64_t turn_ns, uint64_t waited_ns, uint64_t meant_ns);

// Takes down a stall that ended at `now_ns`.
void stall_note(struct stall_log *log, uint64_t now_ns, uint64_t stall_ns);

// The longest of the last `seconds` (at most STALL_SECONDS); it may look back up to one second more, never
// less.
uint64_t stall_longest(const struct stall_log *log, uint64_t now_ns, unsigned seconds);

struct stall {
    uv_prepare_t turn; // first; its `data` is the owner's
    struct stall_log log;
    uint64_t turn_ns; // when the turn in hand began; 0: none did yet
    uint64_t idle_ns; // the loop's, in all, at that time
    uint64_t meant_ns;
};

// Watches a loop that does not run yet, until the owner closes `turn`. 0, ERROR_INTERNAL.
int stall_watch(struct stall *stall, uv_loop_t *loop) __attribute__((warn_unused_result));
