#include "service/stall.h"

#include "base/error.h"

static const uint64_t SECOND_NS = 1000000000, MS_NS = 1000000;

uint64_t stall_of_turn(uint64_t turn_ns, uint64_t waited_ns, uint64_t meant_ns)
{
    uint64_t granted = waited_ns < meant_ns ? waited_ns : meant_ns;
    return turn_ns > granted ? turn_ns - granted : 0;
}

void stall_note(struct stall_log *log, uint64_t now_ns, uint64_t stall_ns)
{
    uint64_t second = now_ns / SECOND_NS;
    struct stall_second *at = &log->seconds[second % (STALL_SECONDS + 1)];
    if (at->second != second)
        *at = (struct stall_second){.second = second};
    if (at->longest_ns < stall_ns)
        at->longest_ns = stall_ns;
    if (log->longest_ns < stall_ns)
        log->longest_ns = stall_ns;
}

uint64_t stall_longest(const struct stall_log *log, uint64_t now_ns, unsigned seconds)
{
    uint64_t longest = 0;
    for (size_t i = 0; i <= STALL_SECONDS; i++) {
        const struct stall_second *at = &log->seconds[i];
        if (at->second + seconds >= now_ns / SECOND_NS && at->longest_ns > longest)
            longest = at->longest_ns;
    }
    return longest;
}

// How long libuv will wait now. 0 may be 0, or that it does not know before it has told the kernel of new
// handles: then there is no delay to be seen.
static uint64_t meant_to_wait(const uv_loop_t *loop)
{
    int ms = uv_backend_timeout(loop);
    return ms > 0 ? (uint64_t)ms * MS_NS : STALL_NO_END;
}

// Called before each wait: the turn that began before the last one is over.
static void on_turn(uv_prepare_t *turn)
{
    struct stall *stall = (struct stall *)turn;
    uint64_t now = uv_hrtime(), idle = uv_metrics_idle_time(turn->loop);
    if (stall->turn_ns)
        stall_note(&stall->log, now,
                   stall_of_turn(now - stall->turn_ns, idle - stall->idle_ns, stall->meant_ns));
    stall->turn_ns = now;
    stall->idle_ns = idle;
    stall->meant_ns = meant_to_wait(turn->loop);
}

int stall_watch(struct stall *stall, uv_loop_t *loop)
{
    stall->log = (struct stall_log){0};
    stall->turn_ns = 0;
    if (uv_loop_configure(loop, UV_METRICS_IDLE_TIME) || uv_prepare_init(loop, &stall->turn))
        return ERROR_INTERNAL;
    return uv_prepare_start(&stall->turn, on_turn) ? ERROR_INTERNAL : 0;
}
