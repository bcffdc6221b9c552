#include "sim.h"

#include "base/civil.h"
#include <string.h>

// How cases end and begin again, and what happens beside their units' work: residents are told and asked,
// cases are closed by hand, opened again, merged and parted; branches, levels and members do their part.

static const char *office_of(const struct sim *sim, const struct casefile *file)
{
    return people_speaker(sim, file->office);
}

static struct work *by_office(struct sim *sim, const struct matter *matter, const struct casefile *file,
                              struct act act)
{
    return people_act_of(sim, matter, office_of(sim, file), act);
}

// With a text, since what is told is not empty.
static struct work *told(struct work *work)
{
    if (work && !work->private_part.length) {
        memset(work->private_hash, 7, sizeof work->private_hash);
        work->private_part = (struct blob){arena_memdup(&work->arena, "told", 4), 4};
        work->command.personal = PERSONAL_TEXT;
    }
    return work;
}

static struct act answers(struct sim *sim)
{
    struct act act = {.verb = VERB_CALL_BACK};
    if (sim_chance(sim, 70)) {
        act.verdict = sim_chance(sim, 80) ? VERDICT_SOLVED : VERDICT_NOT_SOLVED;
        act.satisfied = (enum satisfaction)(1 + sim_below(sim, 3));
    }
    return act;
}

struct work *endings_act(struct sim *sim, const struct matter *matter, const struct casefile *file)
{
    uint32_t needs = file->closing ? file->closing->needs : 0;
    if (sim_chance(sim, 10))
        return by_office(sim, matter, file, (struct act){.verb = VERB_CLOSE, .reason = "E01"});
    if ((needs & CLOSING_FEEDBACK) && !file->closing->fed_back_ms)
        return told(by_office(sim, matter, file, (struct act){.verb = VERB_FEEDBACK}));
    if (needs & CLOSING_CALL_BACK || sim_chance(sim, 20))
        return by_office(sim, matter, file, answers(sim));
    return told(by_office(sim, matter, file, (struct act){.verb = VERB_FEEDBACK}));
}

// Of the cases that are over a few come back: opened again, asked about, or parted from what they rested in.
struct work *endings_again(struct sim *sim, const struct matter *matter, const struct casefile *file)
{
    if (file->state == CASE_MERGED)
        return by_office(sim, matter, file, (struct act){.verb = VERB_UNMERGE});
    if (file->state != CASE_CLOSED)
        return NULL;
    if (sim_chance(sim, 50))
        return by_office(sim, matter, file, (struct act){.verb = VERB_REOPEN, .reason = "R01"});
    return by_office(sim, matter, file, answers(sim));
}

// ---- beside the units' work ---------------------------------------------------------------------

static const char *some_member(struct sim *sim, const struct open_call *call)
{
    const struct member_table *members = &sim_rules(sim)->members;
    if (call->claim_count && sim_chance(sim, 60))
        return call->claims[sim_below(sim, (uint32_t)call->claim_count)].member;
    return members->count ? members->members[sim_below(sim, members->count)].code : NULL;
}

struct work *endings_member(struct sim *sim, const struct matter *matter, const struct casefile *file)
{
    static const enum verb verbs[] = {VERB_CLAIM, VERB_CLAIM, VERB_CHECK_IN, VERB_WITHDRAW};
    return by_office(
        sim, matter, file,
        (struct act){.verb = verbs[sim_below(sim, 4)], .target = some_member(sim, file->open_call)});
}

// A branch of the unit, or the unit itself.
static const char *branch_of(struct sim *sim, const char *unit)
{
    const struct unit_table *units = &sim_rules(sim)->units;
    uint32_t from = unit_find(units, unit), found = from;
    for (uint32_t i = 0; i < units->count; i++)
        if (unit_may_hand_down(units, from, i) && sim_chance(sim, 50))
            found = i;
    return found == UNIT_NONE ? unit : units->units[found].code;
}

static struct work *by_unit(struct sim *sim, const struct matter *matter, const char *unit)
{
    const char *speaker = people_speaker(sim, unit);
    if (sim_chance(sim, 50))
        return told(people_act_of(sim, matter, speaker, (struct act){.verb = VERB_PROGRESS}));
    return people_act_of(sim, matter, speaker,
                         (struct act){.verb = VERB_HAND_DOWN, .target = branch_of(sim, unit)});
}

// Somebody takes two whistles for one: mostly those that lie beside each other, sometimes any.
static struct work *merge(struct sim *sim, const struct matter *matter, const struct casefile *file)
{
    const char *other = sim->numbers[sim_below(sim, (uint32_t)sim->number_count)];
    struct work *work = sim_chance(sim, 50)
                            ? by_office(sim, matter, file, (struct act){.verb = VERB_MERGE})
                            : people_act_of(sim, matter, people_desk(sim), (struct act){.verb = VERB_MERGE});
    if (work)
        work->command.act.other = arena_strdup(&work->arena, other);
    return work;
}

struct work *endings_beside(struct sim *sim, const struct matter *matter, const struct casefile *file)
{
    const char *unit =
        file->summons_count ? file->summons[sim_below(sim, (uint32_t)file->summons_count)].unit : NULL;
    switch (sim_below(sim, 5)) {
    case 0:
        return merge(sim, matter, file);
    case 1:
        return told(
            people_act_of(sim, matter, people_speaker(sim, file->charge), (struct act){.verb = VERB_RETURN}));
    case 2:
        return by_office(sim, matter, file, (struct act){.verb = VERB_EXCUSE, .target = unit});
    case 3:
        return people_act_of(
            sim, matter, people_desk(sim),
            (struct act){.verb = VERB_CONVENE,
                         .due_ms = sim->now_ms + (int64_t)(1 + sim_below(sim, 48)) * HOUR_MS});
    default:
        return unit ? by_unit(sim, matter, unit) : NULL;
    }
}
