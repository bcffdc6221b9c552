#include "sim.h"

#include "base/civil.h"
#include "base/text.h"
#include "codec/messages.h"
#include "journal.pb-c.h"

#include <stdio.h>
#include <string.h>

enum { ARENA_BYTES = 1 << 20 };

// ---- requests -----------------------------------------------------------------------------------

static void fill_random(struct sim *sim, uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)sim_below(sim, 256);
}

static struct work *request(struct sim *sim, const char *principal, enum command_kind kind)
{
    uint8_t random[10];
    struct work *work = work_create(WORK_COMMAND, ARENA_BYTES);
    MUST(work != NULL, "no memory");
    snprintf(work->principal, sizeof work->principal, "%s", principal);
    fill_random(sim, random, sizeof random);
    work->id = ulid_make(sim->now_ms, random);
    fill_random(sim, work->operation_hash, sizeof work->operation_hash);
    work->received_ms = work->sent_ms = sim->now_ms;
    work->command =
        (struct command){.kind = kind,
                         .located = AREA_NONE,
                         .actor = {.principal = work->principal, .agent_name = "Zhou", .staff_no = "7"}};
    if (sim_chance(sim, 30)) {
        fill_random(sim, work->private_hash, sizeof work->private_hash);
        work->private_part = (struct blob){arena_memdup(&work->arena, "private", 7), 7};
        work->command.personal = PERSONAL_TEXT;
    }
    return work;
}

// ---- who speaks for whom ------------------------------------------------------------------------

// A principal that acts for the unit, or NULL.
const char *people_speaker(const struct sim *sim, const char *unit)
{
    const struct rules *rules = sim_rules(sim);
    uint32_t index = unit_find(&rules->units, unit);
    for (uint32_t i = 0; i < rules->principals.count; i++) {
        const struct principal *principal = &rules->principals.principals[i];
        if (index != UNIT_NONE && principal->unit == index && !principal_is(principal, DUTY_OBSERVER))
            return principal->code;
    }
    return NULL;
}

const char *people_desk(const struct sim *sim)
{
    const struct rules *rules = sim_rules(sim);
    return people_speaker(sim, rules->units.units[rules->desk].code);
}

static const char *some_department(struct sim *sim)
{
    const struct unit_table *units = &sim_rules(sim)->units;
    for (;;) {
        const struct unit *unit = &units->units[sim_below(sim, units->count)];
        if (unit->type == UNIT_DEPARTMENT || unit->type == UNIT_ENTERPRISE)
            return unit->code;
    }
}

// A few units never answer in a few cases: somebody has left, nobody reads the feed.
static bool vanishes(const struct casefile *file, const struct summons *summons)
{
    return (file->id * 31 + summons->id * 7) % 23 == 0;
}

// ---- whistles -----------------------------------------------------------------------------------

static const struct principal *some_office(struct sim *sim)
{
    const struct principal_table *table = &sim_rules(sim)->principals;
    for (;;) {
        const struct principal *principal = &table->principals[sim_below(sim, table->count)];
        if (principal_is(principal, DUTY_OFFICE) && principal->area != AREA_NONE)
            return principal;
    }
}

static const char *some_area(struct sim *sim, const struct principal *office)
{
    const struct area_tree *tree = &sim_rules(sim)->areas;
    for (;;) {
        uint32_t area = sim_below(sim, tree->count);
        if (area_is_within(tree, area, office->area))
            return tree->areas[area].code;
    }
}

static const struct category *some_category(struct sim *sim)
{
    const struct category_table *table = &sim_rules(sim)->categories;
    for (;;) {
        const struct category *category = &table->categories[sim_below(sim, table->count)];
        if (category->leaf)
            return category;
    }
}

static enum kind some_kind(struct sim *sim)
{
    uint32_t dice = sim_below(sim, 100);
    return dice < 76   ? KIND_ISSUE
           : dice < 87 ? KIND_JOINT
           : dice < 94 ? KIND_EMERGENCY
           : dice < 97 ? KIND_PRIORITY
                       : KIND_CALLUP;
}

static void name_source(struct sim *sim, struct work *work, struct whistle *whistle)
{
    whistle->source = "12345";
    whistle->source_no =
        arena_printf(&work->arena, "%u", sim_below(sim, 1000 * sim->options->a_day)); // some come twice
}

// Points that people whistle about again and again.
static struct position *some_position(struct sim *sim, struct work *work)
{
    struct position *position = arena_alloc(&work->arena, sizeof *position);
    *position =
        (struct position){30.9 + sim_below(sim, 20) * 0.002, 113.9 + sim_below(sim, 20) * 0.002, DATUM_WGS84};
    return position;
}

// As the service sets it apart; else the whistle is one of before it did.
static void set_place_apart(struct sim *sim, struct work *work, const struct whistle *whistle)
{
    static struct attribute attribute = {"门牌", "七号"};
    Whistle__Journal__V1__Private private = WHISTLE__JOURNAL__V1__PRIVATE__INIT;
    struct whistle rest = *whistle, apart;
    rest.attributes = &attribute;
    rest.attribute_count = 1;
    whistle_take_apart(&rest, &apart);
    private.place = (void *)codec_message_make(&work->arena, &codec_whistle, &apart);
    MUST(codec_pack(&work->arena, &private.base, &work->private_part) == 0, "no memory");
    fill_random(sim, work->private_hash, sizeof work->private_hash);
    work->command.whistle->attributes = &attribute;
    work->command.whistle->attribute_count = 1;
    work->command.personal |= PERSONAL_PLACE;
}

struct work *people_whistle(struct sim *sim)
{
    const struct principal *office = some_office(sim);
    const struct category *category = some_category(sim);
    struct work *work = request(sim, office->code, COMMAND_SUBMIT);
    struct whistle *whistle = arena_alloc(&work->arena, sizeof *whistle);
    *whistle = (struct whistle){
        .kind = some_kind(sim),
        .category = category->code,
        .condition = category->condition_count
                         ? category->conditions[sim_below(sim, category->condition_count)].code
                         : NULL,
        .nature = (enum nature)sim_below(sim, NATURE_THANKS + 1),
        .severity = sim_below(sim, 5),
        .area = some_area(sim, office),
        .title = "模拟哨",
    };
    if (sim_chance(sim, 40))
        name_source(sim, work, whistle);
    if (whistle->kind == KIND_JOINT && sim_chance(sim, 50))
        whistle->appointed_ms = sim->now_ms + (int64_t)(1 + sim_below(sim, 48)) * HOUR_MS;
    if (sim_chance(sim, 40))
        whistle->position = some_position(sim, work);
    work->command.whistle = whistle;
    if (sim_chance(sim, 70))
        set_place_apart(sim, work, whistle);
    return work;
}

// ---- acts ---------------------------------------------------------------------------------------

struct work *people_act_of(struct sim *sim, const struct matter *matter, const char *principal,
                           struct act act)
{
    if (!principal)
        return NULL;
    struct work *work = request(sim, principal, COMMAND_ACT);
    act.number = arena_strdup(&work->arena, matter->number);
    act.target = arena_strdup(&work->arena, act.target);
    act.unit = arena_strdup(&work->arena, act.unit);
    work->command.act = act;
    return work;
}

static struct work *rule_on(struct sim *sim, const struct matter *matter, const struct casefile *file)
{
    const struct summons *declined = NULL;
    for (size_t i = 0; i < file->summons_count; i++)
        if (file->summons[i].state == SUMMONS_DECLINED)
            declined = &file->summons[i];
    struct act act = {.verb = VERB_REASSIGN, .target = some_department(sim)};
    if (declined && sim_chance(sim, 50))
        act.target = declined->unit; // upheld
    else if (declined && declined->role == ROLE_ASSIST && sim_chance(sim, 30))
        act = (struct act){.verb = VERB_REASSIGN, .unit = declined->unit}; // excused
    return people_act_of(sim, matter, people_desk(sim), act);
}

static bool is_judged(const struct casefile *file)
{
    for (size_t i = 0; i < file->summons_count; i++)
        if (file->summons[i].state == SUMMONS_DONE && file->summons[i].verdict != VERDICT_SOLVED)
            return false;
    return true;
}

static struct work *judge(struct sim *sim, const struct matter *matter, const struct casefile *file)
{
    struct act act = {.verb = VERB_EVALUATE,
                      .verdict = sim_chance(sim, 85) ? VERDICT_SOLVED : VERDICT_NOT_SOLVED};
    if (file->summons_count && sim_chance(sim, 30))
        act.target = file->summons[sim_below(sim, (uint32_t)file->summons_count)].unit;
    return people_act_of(sim, matter, people_speaker(sim, file->office), act);
}

// Now and then somebody else does something.
static struct work *interfere(struct sim *sim, const struct matter *matter, const struct casefile *file)
{
    const char *office = people_speaker(sim, file->office), *charge = people_speaker(sim, file->charge);
    const char *unit =
        file->summons_count ? file->summons[sim_below(sim, (uint32_t)file->summons_count)].unit : NULL;
    switch (sim_below(sim, 9)) {
    case 0:
        return people_act_of(sim, matter, office, (struct act){.verb = VERB_URGE});
    case 1:
        return people_act_of(sim, matter, charge, (struct act){.verb = VERB_HAND_UP, .reason = "H01"});
    case 2:
        return people_act_of(sim, matter, office,
                             (struct act){.verb = VERB_ADD_UNIT, .target = some_department(sim)});
    case 3:
        return people_act_of(sim, matter, people_desk(sim),
                             (struct act){.verb = VERB_SUPERVISE, .target = unit});
    case 4:
        return people_act_of(sim, matter, office, (struct act){.verb = VERB_COMMENT});
    case 5:
        return people_act_of(sim, matter, office, (struct act){.verb = VERB_SETTLE});
    case 6:
        return people_act_of(
            sim, matter, people_desk(sim),
            (struct act){.verb = VERB_UNDELIVERED, .target = unit, .seq = file->id + 1, .means = "sms"});
    case 7:
        return residents_act(sim, matter, file);
    default:
        return sim_chance(sim, 30)
                   ? people_act_of(sim, matter, office, (struct act){.verb = VERB_CANCEL, .reason = "C01"})
                   : NULL;
    }
}

static const struct summons *some_open(struct sim *sim, const struct casefile *file)
{
    uint32_t from = sim_below(sim, (uint32_t)file->summons_count + 1);
    for (uint32_t i = 0; i < file->summons_count; i++) {
        const struct summons *summons = &file->summons[(from + i) % file->summons_count];
        if (summons_is_open(summons->state))
            return summons;
    }
    return NULL;
}

static struct act next_of(struct sim *sim, const struct casefile *file, const struct summons *summons)
{
    if (case_clock(file, STAGE_ANSWER, summons->id))
        return (struct act){.verb = VERB_ANSWER};
    if (summons->state == SUMMONS_CALLED && sim_chance(sim, 8))
        return (struct act){.verb = VERB_DECLINE, .reason = "D02"};
    if (summons->state == SUMMONS_CALLED && sim_chance(sim, 80))
        return (struct act){.verb = VERB_ACCEPT};
    if (summons->state != SUMMONS_REPORTED && sim_chance(sim, 70))
        return (struct act){.verb = VERB_REPORT, .head_count = 1 + sim_below(sim, 4)};
    return (struct act){.verb = VERB_RESOLVE, .reason = "S01"};
}

static struct work *work_on(struct sim *sim, const struct matter *matter, const struct casefile *file)
{
    const struct summons *summons = file->summons_count ? some_open(sim, file) : NULL;
    if (!summons)
        return NULL;
    const char *principal = people_speaker(sim, summons->unit);
    bool gone = !principal || vanishes(file, summons);
    if (gone && sim->now_ms - summons->called_ms > 10 * DAY_MS) // at last somebody notices
        return people_act_of(
            sim, matter, people_desk(sim),
            (struct act){.verb = VERB_REASSIGN, .unit = summons->unit, .target = some_department(sim)});
    return gone ? NULL : people_act_of(sim, matter, principal, next_of(sim, file, summons));
}

// Most look within hours, some within days.
static int64_t look_again(struct sim *sim)
{
    int64_t minutes = sim_chance(sim, 80) ? 5 + sim_below(sim, 240) : 240 + sim_below(sim, 2 * 1440);
    return sim->now_ms + minutes * MINUTE_MS;
}

struct work *people_act(struct sim *sim, struct matter *matter)
{
    struct arena arena;
    struct store_reader reader;
    struct work *work = NULL;
    arena_init(&arena, 0);
    store_read_begin(sim->batcher.store, &arena, &reader);
    const struct casefile *file = reader.view.ops->by_number(reader.view.ctx, matter->number);
    MUST(file != NULL, "case %s is lost", matter->number);
    matter->look_ms = case_is_open(file->state) ? look_again(sim) : CLOCK_NEVER;
    if (!case_is_open(file->state)) {
        work = sim_chance(sim, 10) ? endings_again(sim, matter, file) : NULL;
        matter->look_ms = work ? look_again(sim) : CLOCK_NEVER;
    } else {
        if (sim_chance(sim, 8))
            work = interfere(sim, matter, file);
        else if (sim_chance(sim, 6))
            work = endings_beside(sim, matter, file);
        else if (file->open_call && sim_chance(sim, 50))
            work = endings_member(sim, matter, file);
        else if (file->state == CASE_AWAITING_APPROVAL || sim_chance(sim, 15) ||
                 (case_clock(file, STAGE_VERIFY, 0) && sim_chance(sim, 60)))
            work = petitions_act(sim, matter, file);
        else if (file->state == CASE_RESOLVED || file->state == CASE_VERIFIED)
            work = is_judged(file) ? endings_act(sim, matter, file) : judge(sim, matter, file);
        else if (file->state == CASE_ARBITRATION && sim_chance(sim, 60))
            work = rule_on(sim, matter, file);
        else
            work = work_on(sim, matter, file);
    }
    store_read_end(&reader);
    arena_fini(&arena);
    return work;
}
