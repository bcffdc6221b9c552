#include "service/salts.h"

#include "base/civil.h"

#include <sodium.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 1 << 10, MOST = 1 << 20 };

static const int64_t KEPT_MS = 10 * MINUTE_MS;

void salts_init(struct salts *salts, int64_t wall_ms)
{
    *salts = (struct salts){.since_ms = wall_ms};
    _Static_assert((int)SALTS_HASH_KEY == (int)crypto_shorthash_KEYBYTES, "SipHash has such a key");
    randombytes_buf(salts->hash_key, sizeof salts->hash_key);
}

void salts_fini(struct salts *salts)
{
    free(salts->now.slots);
    free(salts->before.slots);
}

// The slot that holds it, or the free one where it belongs.
static uint64_t *slot_of(const struct salt_set *set, uint64_t print)
{
    size_t at = print & (set->capacity - 1);
    while (set->slots[at] && set->slots[at] != print)
        at = (at + 1) & (set->capacity - 1);
    return &set->slots[at];
}

static bool has(const struct salt_set *set, uint64_t print)
{
    return set->capacity && *slot_of(set, print) == print;
}

// Twice the room, where half of it is used.
static bool make_room(struct salt_set *set)
{
    if (set->count < set->capacity / 2)
        return true;
    struct salt_set larger = {.capacity = set->capacity ? 2 * set->capacity : FIRST_CAPACITY};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < set->capacity; i++)
        if (set->slots[i])
            *slot_of(&larger, set->slots[i]) = set->slots[i];
    larger.count = set->count;
    free(set->slots);
    *set = larger;
    return true;
}

// What was noted last becomes what was before; the old is forgotten, at once after a long pause.
static void turn(struct salts *salts, int64_t now_ms)
{
    if (now_ms - salts->began_ms < KEPT_MS && salts->now.count < MOST)
        return;
    bool old = now_ms - salts->began_ms >= 2 * KEPT_MS;
    free(salts->before.slots);
    if (old)
        free(salts->now.slots);
    salts->before = old ? (struct salt_set){0} : salts->now;
    salts->now = (struct salt_set){0};
    salts->began_ms = now_ms;
}

bool salts_seen(struct salts *salts, const uint8_t salt[SUITE_SALT], int64_t now_ms, int64_t wall_ms)
{
    uint64_t print;
    crypto_shorthash((uint8_t *)&print, salt, SUITE_SALT, salts->hash_key);
    print |= print == 0;
    turn(salts, now_ms);
    if (has(&salts->now, print) || has(&salts->before, print))
        return true;
    if (make_room(&salts->now)) {
        *slot_of(&salts->now, print) = print;
        salts->now.count++;
    } else if (wall_ms > salts->since_ms) {
        salts->since_ms = wall_ms;
    }
    return false;
}

int64_t salts_unknown_until(const struct salts *salts)
{
    return salts->since_ms + SALTS_SKEW_MS;
}
