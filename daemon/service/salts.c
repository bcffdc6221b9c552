#include "service/salts.h"

#include "base/civil.h"
#include "base/error.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 20, SLOTS = 2 * MOST, SET_BYTES = SLOTS * sizeof(uint32_t), PAGE = 4096 };

static const int64_t KEPT_MS = 10 * MINUTE_MS;

static void empty(struct salt_set *set)
{
    memset(set->slots, 0, SET_BYTES);
    set->count = 0;
}

// Aligned, since malloc and memset would become a calloc, which only promises its pages.
static bool make(struct salt_set *set)
{
    set->slots = aligned_alloc(PAGE, SET_BYTES);
    if (set->slots)
        empty(set);
    return set->slots;
}

int salts_init(struct salts *salts, int64_t wall_ms)
{
    *salts = (struct salts){.since_ms = wall_ms};
    _Static_assert((int)SALTS_HASH_KEY == (int)crypto_shorthash_KEYBYTES, "SipHash has such a key");
    randombytes_buf(salts->hash_key, sizeof salts->hash_key);
    return make(&salts->now) && make(&salts->before) ? 0 : ERROR_NO_MEMORY;
}

void salts_fini(struct salts *salts)
{
    free(salts->now.slots);
    free(salts->before.slots);
}

// The slot that holds it, or the free one where it belongs.
static uint32_t *slot_of(const struct salt_set *set, uint64_t print)
{
    uint32_t kept = (uint32_t)(print >> 32);
    size_t at = print % SLOTS;
    while (set->slots[at] && set->slots[at] != kept)
        at = (at + 1) % SLOTS;
    return &set->slots[at];
}

// What was noted last becomes what was before; the old is forgotten, at once after a long pause.
static void turn(struct salts *salts, int64_t now_ms)
{
    int64_t age_ms = now_ms - salts->began_ms;
    if (age_ms < KEPT_MS && salts->now.count < MOST)
        return;
    struct salt_set old = salts->before;
    salts->before = salts->now;
    salts->now = old;
    empty(&salts->now);
    if (age_ms >= 2 * KEPT_MS)
        empty(&salts->before);
    salts->began_ms = now_ms;
}

bool salts_seen(struct salts *salts, const uint8_t salt[SUITE_SALT], int64_t now_ms)
{
    uint64_t print;
    crypto_shorthash((uint8_t *)&print, salt, SUITE_SALT, salts->hash_key);
    print |= (uint64_t)(print >> 32 == 0) << 32;
    turn(salts, now_ms);
    uint32_t *slot = slot_of(&salts->now, print);
    if (*slot || *slot_of(&salts->before, print))
        return true;
    *slot = (uint32_t)(print >> 32);
    salts->now.count++;
    return false;
}

int64_t salts_unknown_until(const struct salts *salts)
{
    return salts->since_ms + SALTS_SKEW_MS;
}
