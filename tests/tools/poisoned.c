// The daemon, but for requests that end it: what stands in a whistle's title, or in what a list searches for,
// does so while it is worked.
//
//     poison abort      an assertion that does not hold
//     poison fault      an address that is none
//     poison deep       a stack that overflows
//     poison hang       a thread that comes to no end
//
// Bytes with "poison opening" or "poison reading" in them abort it while they are checked as an Envelope or
// as a Request; with "poison loop" in them the loop comes to no end. POISONED_CLOCK=20 lets the clock by
// which the guard tells who hangs, and the watchdog which look does, go twenty times as fast, so that no test
// waits long.
#include "codec/wire.h"
#include "core/decide.h"
#include "service/query.h"
#include "whistle.pb-c.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int __real_decide(struct arena *, const struct rules *, const struct view *, const struct command *, int64_t,
                  struct decision *);
int __wrap_decide(struct arena *, const struct rules *, const struct view *, const struct command *, int64_t,
                  struct decision *);
int __real_query_run(struct query *);
int __wrap_query_run(struct query *);
int __real_wire_check(const ProtobufCMessageDescriptor *, const uint8_t *, size_t, struct wire_fault *);
int __wrap_wire_check(const ProtobufCMessageDescriptor *, const uint8_t *, size_t, struct wire_fault *);
int __real_clock_gettime(clockid_t, struct timespec *);
int __wrap_clock_gettime(clockid_t, struct timespec *);

static volatile uintptr_t nowhere = 16;

static int fall(int depth)
{
    volatile char room[4096];
    room[0] = (char)depth;
    return depth < 0 ? 0 : fall(depth + 1) + room[0];
}

static void swallow(const char *text)
{
    if (!text)
        return;
    if (strcmp(text, "poison abort") == 0)
        abort();
    if (strcmp(text, "poison fault") == 0)
        *(volatile int *)nowhere = 1;
    if (strcmp(text, "poison deep") == 0)
        nowhere = (uintptr_t)fall(0);
    while (strcmp(text, "poison hang") == 0)
        sleep(1);
}

int __wrap_decide(struct arena *arena, const struct rules *rules, const struct view *view,
                  const struct command *command, int64_t now_ms, struct decision *out)
{
    if (command->kind == COMMAND_SUBMIT)
        swallow(command->whistle->title);
    return __real_decide(arena, rules, view, command, now_ms, out);
}

int __wrap_query_run(struct query *query)
{
    if (query->request->op_case == WHISTLE__V1__REQUEST__OP_LIST)
        swallow(query->request->list->search);
    return __real_query_run(query);
}

int __wrap_wire_check(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t length,
                      struct wire_fault *fault)
{
    const char *word = descriptor == &whistle__v1__envelope__descriptor ? "poison opening" : "poison reading";
    if (memmem(bytes, length, word, strlen(word)))
        abort();
    while (memmem(bytes, length, "poison loop", strlen("poison loop")))
        sleep(1);
    return __real_wire_check(descriptor, bytes, length, fault);
}

// Nothing else looks at the coarse clock.
int __wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
    const char *faster = getenv("POISONED_CLOCK");
    int rc = __real_clock_gettime(clock, out);
    if (rc || clock != CLOCK_MONOTONIC_COARSE || !faster)
        return rc;
    long long ns = ((long long)out->tv_sec * 1000000000 + out->tv_nsec) * atoi(faster);
    *out = (struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = (long)(ns % 1000000000)};
    return 0;
}
