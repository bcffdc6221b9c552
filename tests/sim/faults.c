#include "faults.h"

#include "base/civil.h"

#include <string.h>

enum { A_DAY = 86400000, LONG_LIFE = 60 };

static const struct {
    const char *name;
    int often;
} kinds[SIM_FAULT_COUNT] = {
#define X(id, name, often, what) {name, often},
    SIM_FAULTS(X)
#undef X
};

const char *fault_name(enum sim_fault kind)
{
    return kinds[kind].name;
}

enum sim_fault fault_of(const char *name)
{
    int kind = 0;
    while (kind < SIM_FAULT_COUNT && strcmp(kinds[kind].name, name) != 0)
        kind++;
    return (enum sim_fault)kind;
}

static void set_next(struct faults *faults, enum sim_fault kind, int64_t now_ms)
{
    int64_t share = faults_below(faults, kind, 1000);
    faults->next_ms[kind] = now_ms + faults->mean_ms[kind] * share / 500;
}

void faults_begin(struct faults *faults, uint64_t seed, uint32_t without, int64_t now_ms, int64_t days)
{
    *faults = (struct faults){.without = without};
    for (int kind = 0; kind < SIM_FAULT_COUNT; kind++) {
        faults->dice[kind].state = seed * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)kind * 7919;
        (void)faults_below(faults, (enum sim_fault)kind, 2); // seeds that are neighbours begin alike
        if (kinds[kind].often)
            faults->mean_ms[kind] = days * A_DAY / (kinds[kind].often * (1 + days / LONG_LIFE));
        set_next(faults, (enum sim_fault)kind, now_ms);
    }
}

uint32_t faults_below(struct faults *faults, enum sim_fault kind, uint32_t bound)
{
    return dice_below(&faults->dice[kind], bound);
}

static bool strikes(const struct faults *faults, enum sim_fault kind)
{
    return !(faults->without >> kind & 1);
}

void faults_note(struct faults *faults, enum sim_fault kind)
{
    faults->struck[kind]++;
}

bool faults_chance(struct faults *faults, enum sim_fault kind, uint32_t percent)
{
    bool now = faults_below(faults, kind, 100) < percent && strikes(faults, kind);
    if (now)
        faults_note(faults, kind);
    return now;
}

bool faults_time(struct faults *faults, enum sim_fault kind, int64_t now_ms)
{
    bool now = now_ms >= faults->next_ms[kind];
    if (now)
        set_next(faults, kind, now_ms);
    return now && strikes(faults, kind);
}
