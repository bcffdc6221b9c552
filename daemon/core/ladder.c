#include "core/ladder.h"

#include "base/error.h"
#include "base/text.h"
#include "core/clock.h"

#include <assert.h>
#include <string.h>

enum {
    MAX_SHARE = 10000,
    CONTACTS = 2,
    ALL_ACTS = ACT_TELL | ACT_CALL | ACT_HAND_UP | ACT_SUPERVISE | ACT_RECORD
};

struct text {
    const char *name, *zh;
};

static const struct text whens[] = {[RUNG_NONE] = {"", ""},
#define X(id, value, name, zh) [value] = {name, zh},
                                    RUNG_WHENS(X)
#undef X
};
static const struct text kinds[] = {[ADDRESS_NONE] = {"", ""},
#define X(id, value, name, zh) [value] = {name, zh},
                                    ADDRESS_KINDS(X)
#undef X
};
static const struct {
    enum rung_act act;
    const char *name, *zh;
} acts[] = {
#define X(id, bit, name, zh) {ACT_##id, name, zh},
    RUNG_ACTS(X)
#undef X
};

enum { WHEN_COUNT = sizeof whens / sizeof whens[0], KIND_COUNT = sizeof kinds / sizeof kinds[0] };
enum { ACT_COUNT = sizeof acts / sizeof acts[0] };

const char *rung_when_name(enum rung_when when)
{
    assert((size_t)when < WHEN_COUNT);
    return whens[when].name;
}

const char *rung_act_name(enum rung_act act)
{
    for (size_t i = 0; i < ACT_COUNT; i++)
        if (acts[i].act == act)
            return acts[i].name;
    return "";
}

const char *rung_act_zh(enum rung_act act)
{
    for (size_t i = 0; i < ACT_COUNT; i++)
        if (acts[i].act == act)
            return acts[i].zh;
    return "";
}

enum rung_act rung_act_from_name(const char *name)
{
    for (size_t i = 0; i < ACT_COUNT; i++)
        if (strcmp(acts[i].name, name) == 0)
            return acts[i].act;
    return (enum rung_act)0;
}

const char *address_kind_name(enum address_kind kind)
{
    assert((size_t)kind < KIND_COUNT);
    return kinds[kind].name;
}

const char *address_kind_zh(enum address_kind kind)
{
    assert((size_t)kind < KIND_COUNT);
    return kinds[kind].zh;
}

// How an address is written: the word alone, and what may stand behind it.
enum tail { NO_TAIL, LEVEL_TAIL, NAME_TAIL };

static const struct {
    const char *word;
    enum address_kind kind;
    enum tail tail;
    int level;
} forms[] = {
    {"unit", ADDRESS_UNIT, NO_TAIL, 0},         {"unit:", ADDRESS_NAMED, NAME_TAIL, 0},
    {"A", ADDRESS_CONTACT, NO_TAIL, 1},         {"B", ADDRESS_CONTACT, NO_TAIL, 2},
    {"contact A", ADDRESS_CONTACT, NO_TAIL, 1}, {"contact B", ADDRESS_CONTACT, NO_TAIL, 2},
    {"block", ADDRESS_BLOCK, NO_TAIL, 1},       {"block+", ADDRESS_BLOCK, LEVEL_TAIL, 0},
    {"line", ADDRESS_LINE, NO_TAIL, 1},         {"line+", ADDRESS_LINE, LEVEL_TAIL, 0},
    {"role:", ADDRESS_ROLE, NAME_TAIL, 0},      {"leader", ADDRESS_LEADER, NO_TAIL, 0},
    {"office", ADDRESS_OFFICE, NO_TAIL, 0},     {"desk", ADDRESS_DESK, NO_TAIL, 0},
    {"desk:", ADDRESS_DESK, NAME_TAIL, 0},
};

// `text` stands behind the word of form i.
static bool tail_fits(size_t i, const char *text, struct address *out)
{
    *out = (struct address){.kind = forms[i].kind, .level = forms[i].level};
    if (forms[i].tail == LEVEL_TAIL) {
        out->level = text[0] - '0';
        return out->level >= 1 && out->level <= ADDRESS_MAX_LEVEL && text[1] == 0;
    }
    out->name = forms[i].tail == NAME_TAIL ? text : NULL;
    return (*text != 0) == (forms[i].tail == NAME_TAIL);
}

int address_parse(struct arena *arena, const char *text, struct address *out)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct address address;
        if (!text_starts(text, forms[i].word) || !tail_fits(i, text + strlen(forms[i].word), &address))
            continue;
        if (address.name && !(address.name = arena_strdup(arena, address.name)))
            return ERROR_NO_MEMORY;
        *out = address;
        return 0;
    }
    return ERROR_ADDRESS;
}

const char *address_format(struct arena *arena, const struct address *address)
{
    switch (address->kind) {
    case ADDRESS_CONTACT:
        return arena_printf(arena, "contact %c", address->level == 2 ? 'B' : 'A');
    case ADDRESS_BLOCK:
    case ADDRESS_LINE:
        return arena_printf(arena, "%s+%d", address_kind_name(address->kind), address->level);
    case ADDRESS_NAMED:
        return arena_printf(arena, "unit:%s", address->name);
    default:
        return address->name ? arena_printf(arena, "%s:%s", address_kind_name(address->kind), address->name)
                             : address_kind_name(address->kind);
    }
}

static bool limit_fits(struct limit limit)
{
    return limit.measure == MEASURE_NONE || limit_is_valid(limit);
}

static bool address_is_valid(const struct address *address)
{
    bool named = address->name && *address->name;
    switch (address->kind) {
    case ADDRESS_CONTACT:
        return address->level >= 1 && address->level <= CONTACTS;
    case ADDRESS_BLOCK:
    case ADDRESS_LINE:
        return address->level >= 1 && address->level <= ADDRESS_MAX_LEVEL;
    case ADDRESS_ROLE:
    case ADDRESS_NAMED:
        return named;
    default:
        return address->kind > ADDRESS_NONE && (size_t)address->kind < KIND_COUNT;
    }
}

// How often the rung fires at most.
static uint32_t turns_of(const struct rung *rung)
{
    return rung->every.measure == MEASURE_NONE ? 1 : rung->cap;
}

static int check_rung(const struct rung *rung)
{
    if (rung->when <= RUNG_NONE || (size_t)rung->when >= WHEN_COUNT)
        return ERROR_BAD_VALUE;
    if (rung->when == RUNG_SHARE && (rung->share < 1 || rung->share > MAX_SHARE))
        return ERROR_BAD_VALUE;
    if (!limit_fits(rung->by) || !limit_fits(rung->every) || !limit_fits(rung->limit))
        return ERROR_BAD_VALUE;
    if (rung->every.measure != MEASURE_NONE && (rung->cap < 2 || limit_is_at_once(rung->every)))
        return ERROR_BAD_VALUE;
    if (rung->acts == 0 || (rung->to_count == 0 && rung->acts != ACT_RECORD))
        return ERROR_MISSING;
    if (rung->acts & ~(uint32_t)ALL_ACTS)
        return ERROR_BAD_VALUE;
    for (size_t i = 0; i < rung->to_count; i++)
        if (!address_is_valid(&rung->to[i]))
            return ERROR_BAD_VALUE;
    return turns_of(rung) > CLOCK_MAX_RUNGS ? ERROR_TOO_MANY : 0;
}

static bool id_occurs_before(const struct ladder *ladder, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (ladder->rungs[j].id == ladder->rungs[i].id)
            return true;
    return false;
}

int ladder_check(const struct ladder *ladder, size_t *bad)
{
    uint32_t turns = 0;
    for (size_t i = 0; i < ladder->count; i++) {
        if (bad)
            *bad = i;
        int e = check_rung(&ladder->rungs[i]);
        if (e)
            return e;
        if (id_occurs_before(ladder, i))
            return ERROR_IN_USE;
        turns += turns_of(&ladder->rungs[i]);
        if (turns > CLOCK_MAX_RUNGS)
            return ERROR_TOO_MANY;
    }
    return 0;
}

// A case outlives its rulebook, so that nothing of the copy may point into it.
static int copy_rung(struct arena *arena, const struct rung *from, struct rung *to)
{
    struct address *addresses = arena_array(arena, from->to_count, sizeof *addresses);
    *to = *from;
    to->to = addresses;
    to->ladder = arena_strdup(arena, from->ladder);
    for (size_t i = 0; addresses && i < from->to_count; i++) {
        addresses[i] = from->to[i];
        addresses[i].name = arena_strdup(arena, from->to[i].name);
    }
    return arena_failed(arena) ? ERROR_NO_MEMORY : 0;
}

static int expand(struct arena *arena, const struct ladder *ladder, struct clock_rung *rungs, size_t *count)
{
    for (size_t i = 0; i < ladder->count; i++) {
        struct rung copy;
        int e = copy_rung(arena, &ladder->rungs[i], &copy);
        if (e)
            return e;
        for (uint32_t turn = 0; turn < turns_of(&copy); turn++)
            rungs[(*count)++] = (struct clock_rung){.turn = turn, .rung = copy};
    }
    return 0;
}

static void sort_and_number(struct clock_rung *rungs, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j > 0 && clock_rung_precedes(&rungs[j], &rungs[j - 1]); j--) {
            struct clock_rung swap = rungs[j];
            rungs[j] = rungs[j - 1];
            rungs[j - 1] = swap;
        }
    for (size_t i = 0; i < count; i++)
        rungs[i].id = (uint32_t)i + 1;
}

int ladder_schedule(struct arena *arena, const struct ladder *ladder, struct clock *clock,
                    const struct calendar *calendar)
{
    struct clock next = *clock;
    next.rungs = NULL;
    next.rung_count = 0;
    int e = ladder ? ladder_check(ladder, NULL) : 0;
    if (!e && ladder && ladder->count > 0) {
        next.rungs = arena_array(arena, CLOCK_MAX_RUNGS, sizeof *next.rungs);
        e = next.rungs ? expand(arena, ladder, next.rungs, &next.rung_count) : ERROR_NO_MEMORY;
    }
    if (!e)
        e = clock_reschedule(&next, calendar);
    if (e)
        return e;
    sort_and_number(next.rungs, next.rung_count);
    *clock = next;
    return 0;
}
