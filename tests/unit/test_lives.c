// layer: codec, with: city.c truths.c
// Random lives of cases: whatever is done to them, at whatever time, the invariants hold, the events alone
// give the same case again, and what was refused has changed nothing.
//
// WHISTLED_LIVES and WHISTLED_SEED set another number and another beginning; a failure prints its seed.
#include "truths.h"

#include "base/text.h"
#include "codec/messages.h"

#include <stdlib.h>
#include <string.h>

enum { LIVES = 400, STEPS = 60, MOST_CASES = 5 };

struct life {
    struct city city;
    uint64_t seed;
    size_t at; // which of the city's cases is in hand
    struct told told;
    size_t refusals;
};

static uint32_t below(struct life *life, uint32_t bound)
{
    life->seed = life->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(life->seed >> 33) % bound;
}

// The case in hand.
static struct casefile *case_of(struct life *life)
{
    assert_true(life->at < life->city.case_count);
    return life->city.cases[life->at];
}

// ---- what is done to them -----------------------------------------------------------------------

static const char *const people[] = {"420902001001", "420902001", "centre",    "supervise", "cg",
                                     "zd1",          "scj",       "jj",        "xf",        "water",
                                     "yj",           "river",     "420902002", "observer",  "import",
                                     "gov",          "joint1",    "zd2",       "school",    "420902001002"};

enum { PEOPLE = sizeof people / sizeof people[0] };

static const char *somebody(struct life *life)
{
    const struct casefile *file = life->city.case_count ? case_of(life) : NULL;
    if (file && file->summons_count && below(life, 2))
        return file->summons[below(life, (uint32_t)file->summons_count)].unit;
    return people[below(life, PEOPLE)];
}

static const char *one_of(struct life *life, const char *const *list)
{
    uint32_t count = 0;
    while (list[count])
        count++;
    uint32_t which = below(life, count + 1);
    return which < count ? list[which] : NULL;
}

static int64_t some_time(struct life *life)
{
    static const int64_t spans[] = {0, MINUTE_MS, HOUR_MS, DAY_MS, 30 * DAY_MS, 400 * DAY_MS};
    int64_t span = spans[below(life, 6)];
    return span ? life->city.now_ms + (below(life, 3) ? span : -span) : 0;
}

static const char *some_member(struct life *life)
{
    const struct member_table *members = &life->city.rules.members;
    const struct open_call *call = case_of(life)->open_call;
    if (call && call->claim_count && below(life, 2))
        return call->claims[below(life, (uint32_t)call->claim_count)].member;
    return members->members[below(life, members->count)].code;
}

static const char *some_number(struct life *life)
{
    return life->city.cases[below(life, (uint32_t)life->city.case_count)]->number;
}

static struct act some_act(struct life *life)
{
    static const char *const reasons[] = {"D01", "D02", "H01", "C01", "C02", "S01", "S02", "nonsense", NULL};
    static const char *const limits[] = {"1工作日", "2 working-hours", "3自然日", "天", "much", NULL};
    const struct casefile *file = case_of(life);
    return (struct act){
        .verb = (enum verb)(1 + below(life, VERB_CONVENE + 1)),
        .unit = below(life, 6) ? NULL : somebody(life),
        .target = below(life, 5) == 0 ? some_member(life)
                  : below(life, 3)    ? somebody(life)
                                      : NULL,
        .other = below(life, 2) ? some_number(life) : NULL,
        .satisfied = (enum satisfaction)below(life, 5),
        .reason = one_of(life, reasons),
        .head_count = below(life, 5),
        .eta_ms = below(life, 3) ? 0 : some_time(life),
        .arrived_ms = below(life, 3) ? 0 : some_time(life),
        .role = (enum role)below(life, 3),
        .due_ms = below(life, 2) ? 0 : some_time(life),
        .verdict = (enum verdict)below(life, 4),
        .seq = file->id + below(life, 6),
        .means = "sms",
        .tries = below(life, 3),
        .limit = one_of(life, limits),
        .stage = (enum stage)below(life, STAGE_COUNT),
    };
}

// Half of the acts are such as people do: the right principal, a listed reason.
static struct act fitting_act(struct life *life, const char **who)
{
    enum { UNIT, OFFICE, DESK, CHARGE };
    static const struct {
        int who;
        enum verb verb;
        const char *reason;
    } habits[] = {
        {UNIT, VERB_ACCEPT, NULL},     {UNIT, VERB_REPORT, NULL},      {UNIT, VERB_DECLINE, "D02"},
        {UNIT, VERB_RESOLVE, "S01"},   {UNIT, VERB_RESOLVE, NULL},     {UNIT, VERB_ANSWER, NULL},
        {UNIT, VERB_COMMENT, NULL},    {OFFICE, VERB_EVALUATE, NULL},  {OFFICE, VERB_EVALUATE, NULL},
        {OFFICE, VERB_URGE, NULL},     {OFFICE, VERB_ADD_UNIT, NULL},  {OFFICE, VERB_HAND_UP, "H01"},
        {DESK, VERB_REASSIGN, NULL},   {DESK, VERB_REASSIGN, NULL},    {DESK, VERB_SUPERVISE, NULL},
        {UNIT, VERB_EXTEND, "E01"},    {UNIT, VERB_PAUSE, "E01"},      {UNIT, VERB_SUSPEND, "E01"},
        {UNIT, VERB_APPEAL, "E01"},    {DESK, VERB_GRANT, NULL},       {DESK, VERB_GRANT, NULL},
        {DESK, VERB_REFUSE, "E01"},    {DESK, VERB_RESUME, NULL},      {DESK, VERB_CHANGE_LIMIT, NULL},
        {UNIT, VERB_ADVANCE, NULL},    {DESK, VERB_SUSPEND, "E01"},    {DESK, VERB_VERIFY, NULL},
        {OFFICE, VERB_FEEDBACK, NULL}, {OFFICE, VERB_CALL_BACK, NULL}, {OFFICE, VERB_CLOSE, "E1"},
        {OFFICE, VERB_REOPEN, "R1"},   {OFFICE, VERB_REOPEN, "R1"},    {OFFICE, VERB_MERGE, NULL},
        {DESK, VERB_MERGE, NULL},      {OFFICE, VERB_UNMERGE, NULL},   {UNIT, VERB_HAND_DOWN, NULL},
        {CHARGE, VERB_RETURN, NULL},   {OFFICE, VERB_EXCUSE, NULL},    {UNIT, VERB_PROGRESS, NULL},
        {OFFICE, VERB_CLAIM, NULL},    {OFFICE, VERB_CLAIM, NULL},     {OFFICE, VERB_CHECK_IN, NULL},
        {OFFICE, VERB_WITHDRAW, NULL}, {DESK, VERB_CONVENE, NULL},     {OFFICE, VERB_CHECK_IN, NULL},
        {DESK, VERB_UNMERGE, NULL},    {OFFICE, VERB_UNMERGE, NULL},   {OFFICE, VERB_SETTLE, NULL},
    };
    struct act act = some_act(life);
    const struct casefile *file = case_of(life);
    uint32_t habit = below(life, sizeof habits / sizeof habits[0]);
    const char *unit =
        file->summons_count ? file->summons[below(life, (uint32_t)file->summons_count)].unit : "cg";
    *who = habits[habit].who == UNIT                     ? unit
           : habits[habit].who == OFFICE && file->office ? file->office
           : habits[habit].who == CHARGE && file->charge ? file->charge
                                                         : "centre";
    act.verb = habits[habit].verb;
    act.reason = habits[habit].reason;
    act.unit = NULL;
    act.eta_ms = act.arrived_ms = 0;
    bool waits = act.verb == VERB_SUSPEND || act.verb == VERB_PAUSE || act.verb == VERB_CONVENE;
    act.due_ms = waits ? life->city.now_ms + 3 * DAY_MS : 0;
    act.stage = 0;
    act.target = below(life, 3) == 0 ? NULL : below(life, 2) ? unit : somebody(life);
    if (act.verb == VERB_CLAIM || act.verb == VERB_CHECK_IN || act.verb == VERB_WITHDRAW)
        act.target = some_member(life);
    act.verdict = below(life, 3) ? VERDICT_SOLVED : VERDICT_NOT_SOLVED;
    act.satisfied = (enum satisfaction)(1 + below(life, 3));
    return act;
}

static void look(struct life *life)
{
    truths_of_decision(&life->city, &life->told);
    truths_of_cases(&life->city);
}

static void act(struct life *life)
{
    struct city *city = &life->city;
    const struct casefile *file = case_of(life);
    struct blob before = truths_encoded(city, &codec_casefile, file);
    const char *who = somebody(life);
    struct act what = below(life, 3) ? fitting_act(life, &who) : some_act(life);
    what.number = file->number;
    city->personal = below(life, 2) ? PERSONAL_TEXT : 0;
    const struct decision *decision = city_act(city, who, what);
    assert_true(decision->code != ERROR_INTERNAL && decision->code != ERROR_NO_MEMORY);
    if (decision->code) {
        life->refusals++;
        assert_ptr_equal(case_of(life), file);
        truths_same(before, truths_encoded(city, &codec_casefile, file));
    }
    look(life);
}

// Time passes: mostly each due time is kept to the minute, sometimes the daemon slept.
static void pass_time(struct life *life)
{
    static const int64_t spans[] = {SECOND_MS,   MINUTE_MS, 20 * MINUTE_MS, HOUR_MS,
                                    5 * HOUR_MS, DAY_MS,    4 * DAY_MS};
    struct city *city = &life->city;
    int64_t until = city->now_ms + spans[below(life, 7)] * (1 + below(life, 3));
    bool slept = below(life, 4) == 0;
    const struct casefile *file;
    for (int i = 0; (file = city_first_due(city)) && file->next_due_ms <= until; i++) {
        city->now_ms = slept ? until : file->next_due_ms > city->now_ms ? file->next_due_ms : city->now_ms;
        const struct decision *decision = city_tick(city, file->id);
        done(decision);
        assert_true(decision->event_count > 0); // each tick moves the due time, or the engine would never end
        for (size_t j = 0; j < decision->event_count; j++) {
            enum event_kind kind = decision->events[j].kind;
            assert_true(kind == EVENT_RUNG || kind == EVENT_RESUMED || kind == EVENT_OPEN_CALL);
        }
        look(life);
        assert_true(i < 5000);
    }
    city->now_ms = until;
    for (size_t i = 0; i < city->case_count; i++) // none was skipped
        assert_true(!city->cases[i]->next_due_ms || city->cases[i]->next_due_ms > until);
}

static void vary_the_rules(struct life *life)
{
    static const struct step steps[] = {{"stop", {MEASURE_WORKING_HOURS, 4 * LIMIT_UNIT}},
                                        {"remove", {MEASURE_WORKING_DAYS, 2 * LIMIT_UNIT}}};
    struct rules *rules = &life->city.rules;
    if (below(life, 3) == 0) {
        rules->limits.steps = steps;
        rules->limits.step_count = 2;
        rules->limits.of[STAGE_RESOLVE] = steps[0].limit;
    }
    if (below(life, 3) == 0)
        rules->default_owner = unit_find(&rules->units, "yj");
    if (below(life, 4) == 0)
        rules->return_limit = (struct limit){0};
    if (below(life, 4) == 0)
        rules->emergency_ladder = NULL;
    if (below(life, 4) == 0)
        rules->resolve_reasons.count = 0;
    rules->max_declines = below(life, 6);
    rules->digest_after = below(life, 3);
    rules->limits.of[STAGE_DISPATCH] = below(life, 2) ? limit_minutes(15) : (struct limit){0};
    rules->limits.of[STAGE_FILE] = below(life, 2) ? limit_minutes(15) : (struct limit){0};
    rules->limits.of[STAGE_VERIFY] = below(life, 2) ? limit_minutes(600) : (struct limit){0};
    if (below(life, 3) == 0)
        rules->routing.rules[2].approval = true;
    rules->limits.of[STAGE_CLOSE] = below(life, 2) ? limit_minutes(600) : (struct limit){0};
    rules->closing = below(life, 3) ? 0 : below(life, 4);
    rules->reopen_limit = below(life, 3) ? limit_of(MEASURE_NATURAL_DAYS, 7) : (struct limit){0};
    if (below(life, 2))
        rules->categories.categories[1].repeat_count = 2 + below(life, 2);
    rules->categories.categories[1].repeat_ms = 30 * DAY_MS;
    if (below(life, 3) == 0)
        rules->routing.rules[6].verify = "street";
    rules->calendars[0].mode = (enum day_mode)below(life, 3);
    rules->calendars[0].every_year = below(life, 2);
}

static void be_born(struct life *life)
{
    static const char *const categories[] = {"0102", "0102", "0105", "0201", "0301", "0999", NULL};
    size_t born = life->city.case_count;
    static const char *const areas[] = {
        "420902001001", "420902001001", "420902001002", "420902001", "420902002001", "420902", NULL};
    static struct position here = {30.9, 113.9, DATUM_GCJ02};
    struct city *city = &life->city;
    while (city->case_count == born) {
        struct whistle whistle = {
            .kind = (enum kind)(1 + below(life, 5)),
            .category = one_of(life, categories),
            .condition = below(life, 4) ? NULL : "2",
            .nature = (enum nature)below(life, 7),
            .severity = below(life, 5),
            .area = one_of(life, areas),
            .position = below(life, 2) ? &here : NULL,
            .title = "a title",
            .appointed_ms = below(life, 3) ? 0 : some_time(life),
            .reported_ms = below(life, 3) ? 0 : some_time(life),
            .places = below(life, 4),
            .skill = below(life, 4) ? NULL : "electric",
        };
        const struct decision *decision = city_submit(city, somebody(life), whistle);
        assert_true(decision->code != ERROR_INTERNAL && decision->code != ERROR_NO_MEMORY);
        if (!decision->code)
            look(life);
    }
    life->at = born;
}

static void live(struct life *life, uint64_t seed)
{
    *life = (struct life){.seed = seed * 0x9e3779b97f4a7c15u + 1};
    city_open(&life->city, "2026-01-01 00:00");
    life->city.now_ms += below(life, 360 * 24 * 60) * MINUTE_MS;
    vary_the_rules(life);
    be_born(life);
    for (int i = 0; i < STEPS; i++) {
        if (life->city.case_count < MOST_CASES && below(life, 12) == 0)
            be_born(life);
        life->at = below(life, (uint32_t)life->city.case_count);
        if (below(life, 3))
            act(life);
        else
            pass_time(life);
    }
    truths_told_again(&life->city, &life->told);
    city_close(&life->city);
}

static uint64_t setting(const char *name, uint64_t unset)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : unset;
}

// Of the daemon itself, or of what an operator does.
static bool is_of_no_life(enum event_kind kind)
{
    return (kind >= EVENT_RULES_LOADED && kind <= EVENT_DIGEST) || kind == EVENT_ERASED ||
           kind == EVENT_RESCHEDULED || text_same(word_name(WORDS_EVENT_KIND, (int)kind), "unknown");
}

static uint64_t running; // the seed of the life that is lived

static void whatever_happens_the_invariants_hold(void **state)
{
    (void)state;
    uint64_t first = setting("WHISTLED_SEED", 1), lives = setting("WHISTLED_LIVES", LIVES);
    size_t events = 0, rungs = 0, refusals = 0, happened[TOLD_KINDS] = {0};
    struct life *life = malloc(sizeof *life);
    assert_non_null(life);
    for (running = first; running < first + lives; running++) {
        live(life, running);
        events += life->told.count;
        rungs += life->told.rungs;
        for (size_t kind = 0; kind < TOLD_KINDS; kind++)
            happened[kind] += life->told.happened[kind];
        refusals += life->refusals;
    }
    free(life);
    print_message("%llu lives from seed %llu: %zu events, %zu rungs, %zu refusals\n",
                  (unsigned long long)lives, (unsigned long long)first, events, rungs, refusals);
    for (enum event_kind kind = EVENT_FILED; kind <= EVENT_CONVENED && lives >= LIVES; kind++)
        if (!happened[kind] && !is_of_no_life(kind))
            fail_msg("%s never happened", word_name(WORDS_EVENT_KIND, (int)kind));
    assert_true(lives < 100 || (events > 3 * lives && rungs > lives && refusals > lives));
}

static int tell_the_seed(void **state)
{
    (void)state;
    print_message("the last seed was %llu\n", (unsigned long long)running);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(whatever_happens_the_invariants_hold, tell_the_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
