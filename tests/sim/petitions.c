#include "sim.h"

#include "base/civil.h"

// What people say about the time of a case: units ask, supervisors grant or refuse, limits change, steps
// follow each other, what is done is verified.

static const char *const limits[] = {"1工作日", "4工作时", "2自然日", "6紧急工作时", "2 working-days"};

// Mostly one that is still worked on.
static const struct summons *some_summons(struct sim *sim, const struct casefile *file)
{
    const struct summons *summons = NULL;
    for (int tries = 0; tries < 4 && file->summons_count && (!summons || !summons_is_open(summons->state));
         tries++)
        summons = &file->summons[sim_below(sim, (uint32_t)file->summons_count)];
    return summons;
}

static bool has_steps(const struct casefile *file, const struct summons *summons)
{
    const struct clock *clock = case_clock(file, STAGE_RESOLVE, summons->id);
    return clock && clock->step_count;
}

static const char *some_limit(struct sim *sim)
{
    return limits[sim_below(sim, sizeof limits / sizeof *limits)];
}

static int64_t some_end(struct sim *sim)
{
    return sim->now_ms + (int64_t)(1 + sim_below(sim, 10 * 24)) * HOUR_MS;
}

static struct act some_petition(struct sim *sim)
{
    static const struct {
        enum verb verb;
        const char *reason;
    } kinds[] = {{VERB_EXTEND, "E01"},
                 {VERB_EXTEND, "E03"},
                 {VERB_PAUSE, "P01"},
                 {VERB_SUSPEND, "G01"},
                 {VERB_APPEAL, "A02"}};
    uint32_t kind = sim_below(sim, sizeof kinds / sizeof *kinds);
    bool extend = kinds[kind].verb == VERB_EXTEND;
    return (struct act){
        .verb = kinds[kind].verb,
        .reason = kinds[kind].reason,
        .limit = extend && sim_chance(sim, 60) ? some_limit(sim) : NULL,
        .stage = sim_chance(sim, 20) ? STAGE_REPORT : STAGE_NONE,
        .due_ms = kinds[kind].verb == VERB_SUSPEND || (kinds[kind].verb == VERB_PAUSE && sim_chance(sim, 70))
                      ? some_end(sim)
                      : 0,
    };
}

static const struct summons *who_asks(const struct casefile *file)
{
    for (size_t i = 0; i < file->summons_count; i++)
        if (file->summons[i].petition.verb)
            return &file->summons[i];
    return NULL;
}

static bool is_paused(const struct casefile *file)
{
    for (size_t i = 0; i < file->clock_count; i++)
        if (clock_is_paused(&file->clocks[i]))
            return true;
    return false;
}

static struct work *approve(struct sim *sim, const struct matter *matter, const struct casefile *file)
{
    const struct clock *clock = case_clock(file, STAGE_APPROVE, 0);
    struct act act = {.verb = sim_chance(sim, 90) ? VERB_GRANT : VERB_REFUSE};
    act.reason = act.verb == VERB_REFUSE ? "J01" : NULL;
    return people_act_of(sim, matter, clock ? people_speaker(sim, clock->unit) : people_desk(sim), act);
}

// A supervisor does something of himself, for a unit.
static struct work *order(struct sim *sim, const struct matter *matter, const struct summons *summons)
{
    struct act act = some_petition(sim);
    if (sim_chance(sim, 40))
        act = (struct act){.verb = VERB_CHANGE_LIMIT, .limit = some_limit(sim), .reason = "regraded"};
    act.target = summons->unit;
    return people_act_of(sim, matter, people_desk(sim), act);
}

struct work *petitions_act(struct sim *sim, const struct matter *matter, const struct casefile *file)
{
    const struct summons *asks = who_asks(file), *summons = some_summons(sim, file);
    if (file->state == CASE_AWAITING_APPROVAL)
        return approve(sim, matter, file);
    if (asks)
        return people_act_of(
            sim, matter, people_desk(sim),
            (struct act){.verb = sim_chance(sim, 80) ? VERB_GRANT : VERB_REFUSE, .target = asks->unit});
    if (is_paused(file) && sim_chance(sim, 50))
        return people_act_of(sim, matter, people_desk(sim), (struct act){.verb = VERB_RESUME});
    if (case_clock(file, STAGE_VERIFY, 0))
        return people_act_of(
            sim, matter, people_speaker(sim, case_clock(file, STAGE_VERIFY, 0)->unit),
            (struct act){.verb = VERB_VERIFY,
                         .verdict = sim_chance(sim, 85) ? VERDICT_SOLVED : VERDICT_NOT_SOLVED});
    if (!summons)
        return NULL;
    if (sim_chance(sim, 25))
        return order(sim, matter, summons);
    if (has_steps(file, summons) && sim_chance(sim, 60))
        return people_act_of(sim, matter, people_speaker(sim, summons->unit),
                             (struct act){.verb = VERB_ADVANCE});
    return people_act_of(sim, matter, people_speaker(sim, summons->unit), some_petition(sim));
}
