// Computes clocks again, for the second opinion of tests/oracle: what no case of today's daemon has, such as
// pauses and extensions, is asked of the arithmetic itself.
//
//     reckon RULES < CLOCKS > CLOCKS
//
// A clock is a serialised whistle.v1.Clock behind its length, four bytes in big-endian. Each comes back with
// the due time and the times of its rungs; length 0 for one that is refused.
#include "base/error.h"
#include "codec/messages.h"
#include "core/clock.h"
#include "core/rules.h"
#include "rulebook/rulebook.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 1 << 16 };

static bool get(uint8_t *bytes, size_t length)
{
    return fread(bytes, 1, length, stdin) == length;
}

static void put(struct blob blob)
{
    uint32_t n = (uint32_t)blob.length;
    uint8_t head[4] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    if (fwrite(head, 1, sizeof head, stdout) != sizeof head || fwrite(blob.bytes, 1, n, stdout) != n)
        abort();
}

static struct blob answer(struct arena *arena, const struct rules *rules, struct blob bytes)
{
    struct clock clock = {0};
    struct blob out = {0};
    if (codec_decode(arena, &codec_clock, bytes, &clock) != 0)
        abort();
    const struct calendar *calendar = rules_calendar(rules, clock.calendar);
    if (!calendar || clock_reschedule(&clock, calendar) != 0)
        return out;
    if (codec_encode(arena, &codec_clock, &clock, &out) != 0)
        abort();
    return out;
}

static void reckon(const struct rules *rules)
{
    static uint8_t bytes[ROOM];
    uint8_t head[4];
    while (get(head, sizeof head)) {
        size_t length = (size_t)head[2] << 8 | head[3];
        if (head[0] || head[1] || !get(bytes, length))
            abort();
        struct arena arena;
        arena_init(&arena, ROOM);
        put(answer(&arena, rules, (struct blob){bytes, length}));
        arena_fini(&arena);
    }
}

int main(int argc, char **argv)
{
    struct rulebook *book = NULL;
    struct rulebook_report report;
    if (argc != 2)
        return 2;
    rulebook_report_init(&report);
    int rc = rulebook_load(argv[1], &book, &report);
    rulebook_report_fini(&report);
    if (rc != 0) {
        fprintf(stderr, "%s: %s\n", argv[1], error_name(rc));
        return 1;
    }
    reckon(rulebook_rules(book));
    rulebook_unref(book);
    return 0;
}
