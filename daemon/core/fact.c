#include "core/fact.h"

#include "base/text.h"

#include <string.h>

// ---- exclusions ---------------------------------------------------------------------------------

void fact_exclusions(const struct casefile *file, exclusion_put *put, void *context)
{
    for (size_t i = 0; i < file->clock_count; i++) {
        const struct summons *summons = case_summons(file, file->clocks[i].summons);
        bool by_ruling = summons && summons->exempt;
        if (file->clocks[i].exempt && !by_ruling)
            put(context, EXCLUDED_APPEAL, file->clocks[i].id, file->clocks[i].exempt);
    }
    if (fact_case_is_excused(file))
        put(context, EXCLUDED_APPEAL, 0, "");
    for (size_t i = 0; i < file->summons_count; i++)
        if (file->summons[i].exempt)
            put(context, EXCLUDED_MISDISPATCHED, file->summons[i].id, file->summons[i].exempt);
    if (file->unreasonable)
        put(context, EXCLUDED_UNREASONABLE, 0, file->unreasonable);
}

bool fact_is_excluded(enum fact_kind kind, uint32_t part, uint32_t summons, enum exclusion exclusion,
                      uint32_t about)
{
    switch (exclusion) {
    case EXCLUDED_APPEAL:
        return fact_is_limit(kind) && part == about;
    case EXCLUDED_MISDISPATCHED:
        return summons && summons == about && kind != FACT_MISDISPATCHED && kind != FACT_CALLED;
    default:
        return exclusion == EXCLUDED_UNREASONABLE;
    }
}

// ---- aspects ------------------------------------------------------------------------------------

#define BIT(aspect) (1u << ASPECT_##aspect)

static uint32_t aspects_of_limit(uint32_t flags, bool passed)
{
    bool met = flags & FACT_MET, open = flags & FACT_OPEN, late = flags & FACT_LATE;
    bool missed = !met && (open ? passed : late);
    uint32_t bits = 0;
    bits |= met ? BIT(MET) | (late ? BIT(LATE) : BIT(IN_TIME)) : 0;
    bits |= open ? (passed ? BIT(OVERDUE) : BIT(PENDING)) : 0;
    bits |= missed ? BIT(MISSED) : 0;
    if (!met && !missed)
        return bits;
    bits |= BIT(DUE) | (flags & FACT_WAS_EXTENDED ? BIT(EXTENDED) : 0);
    bits |= flags & FACT_TWICE ? BIT(TWICE) : 0;
    return flags & FACT_THRICE ? bits | BIT(THRICE) : bits;
}

uint32_t fact_aspects(enum fact_kind kind, uint32_t flags, int64_t at_ms, int64_t now_ms)
{
    if (fact_is_limit(kind))
        return aspects_of_limit(flags, at_ms < now_ms);
    return BIT(ALL) | (flags & FACT_LATE ? BIT(LATE) : 0);
}

// ---- names --------------------------------------------------------------------------------------

static const char *const fact_names[FACT_LIMIT] = {
#define X(id, value, name, zh) [value] = name,
    FACTS(X)
#undef X
};

const char *fact_name(enum fact_kind kind)
{
    if (kind == FACT_LIMIT)
        return "case";
    if (kind > FACT_LIMIT)
        return stage_name((enum stage)(kind - FACT_LIMIT));
    return text_or_empty(fact_names[kind]);
}

enum fact_kind fact_from_name(const char *name)
{
    enum stage stage = stage_from_name(name);
    if (stage)
        return (enum fact_kind)(FACT_LIMIT + (int)stage);
    if (text_same(name, "case"))
        return FACT_LIMIT;
    for (size_t i = 1; i < FACT_LIMIT; i++)
        if (fact_names[i] && text_same(name, fact_names[i]))
            return (enum fact_kind)i;
    return FACT_NONE;
}

const char *aspect_name(enum aspect aspect)
{
    static const char *const names[] = {
#define X(id, name, meaning) name,
        ASPECTS(X)
#undef X
    };
    return names[aspect];
}

const char *exclusion_name(enum exclusion exclusion)
{
    static const char *const names[] = {"",
#define X(id, value, name, zh) name,
                                        EXCLUSIONS(X)
#undef X
    };
    return names[exclusion];
}
