// layer: core, with: city.c
// Clocks of the stages that are not a called unit's work: approval, filing, dispatch, verification;
// successive limits; whose limit counts.
#include "city.h"

#include "base/text.h"

static const char community[] = "420902001001", street[] = "420902001";

enum { GARBAGE = 2 }; // the rule of garbage

static const char *due(struct city *city, enum stage stage, const char *unit)
{
    return shown(city_clock(city, stage, unit)->due_ms);
}

static struct limit hours(int64_t count)
{
    return limit_of(MEASURE_WORKING_HOURS, count);
}

// ---- 吹哨准 -------------------------------------------------------------------------------------

static void open_for_approval(struct city *city, enum kind kind)
{
    city_open(city, "2026-03-02 10:00");
    city->rules.routing.rules[GARBAGE].approval = true;
    city->rules.limits.of[STAGE_APPROVE] = hours(1);
    done(city_submit(city, community, (struct whistle){.kind = kind}));
}

static void the_office_above_says_whether_a_whistle_goes_out(void **state)
{
    (void)state;
    struct city city;
    open_for_approval(&city, KIND_ISSUE);
    assert_int_equal(city_case(&city)->state, CASE_AWAITING_APPROVAL);
    assert_int_equal(city_case(&city)->summons_count, 0);
    assert_string_equal(city.decision.reason, "awaiting_approval");
    assert_string_equal(due(&city, STAGE_APPROVE, street), "2026-03-02 11:00");
    assert_true(city_told(city_event(&city), street, WHY_SUPERVISOR));
    refused(city_verb(&city, community, VERB_GRANT), ERROR_NOT_ALLOWED, NULL); // not its own
    refused(city_act(&city, community, (struct act){.verb = VERB_ADD_UNIT, .target = "jj"}),
            ERROR_ILLEGAL_MOVE, NULL);
    city.now_ms = at("2026-03-02 10:40");
    done(city_verb(&city, street, VERB_GRANT));
    assert_int_equal(city_case(&city)->state, CASE_DISPATCHED);
    assert_int_equal(city_clock(&city, STAGE_APPROVE, street)->stop, STOP_MET);
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-03 10:40"); // from the dispatch on
    assert_int_equal(city.decision.called_count, 2);
    city_close(&city);
}

static void what_is_not_approved_is_rejected_with_a_reason(void **state)
{
    (void)state;
    struct city city;
    open_for_approval(&city, KIND_ISSUE);
    refused(city_verb(&city, street, VERB_REFUSE), ERROR_MISSING, "act.reason");
    done(city_act(&city, street, (struct act){.verb = VERB_REFUSE, .reason = "a small matter"}));
    assert_int_equal(city_case(&city)->state, CASE_REJECTED);
    assert_string_equal(city_case(&city)->reason, "a small matter");
    assert_true(city_told(city_event(&city), community, WHY_OFFICE));
    city_close(&city);
}

static void approval_that_is_late_climbs_its_ladder(void **state)
{
    (void)state;
    struct city city;
    open_for_approval(&city, KIND_ISSUE);
    assert_true(city_until(&city, "2026-03-02 11:00") > 0);
    assert_true(city_told_any(city_event(&city), street) || city_told_any(city_event(&city), "centre"));
    done(city_verb(&city, "supervise", VERB_GRANT)); // a supervisor may in its place
    assert_int_equal(city_clock(&city, STAGE_APPROVE, street)->multiple, 0);
    city_close(&city);
}

static void an_emergency_waits_for_nobody(void **state)
{
    (void)state;
    struct city city;
    open_for_approval(&city, KIND_EMERGENCY);
    assert_int_equal(city_case(&city)->state, CASE_DISPATCHED);
    city_close(&city);
}

static void approval_without_a_limit_may_take_as_long_as_a_ruling(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.routing.rules[GARBAGE].approval = true;
    done(city_submit(&city, street, (struct whistle){0})); // above a street is the district's centre
    assert_string_equal(due(&city, STAGE_APPROVE, "centre"), "2026-03-02 12:00");
    city_close(&city);
}

// ---- 受理, 派遣 ---------------------------------------------------------------------------------

static void filing_and_dispatch_are_measured_where_the_rulebook_limits_them(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.limits.of[STAGE_FILE] = limit_minutes(15);
    city.rules.limits.of[STAGE_DISPATCH] = limit_minutes(15);
    done(city_submit(&city, community, (struct whistle){.reported_ms = at("2026-03-02 09:40")}));
    const struct clock *file = city_clock(&city, STAGE_FILE, community);
    assert_string_equal(shown(file->due_ms), "2026-03-02 09:55");
    assert_int_equal(file->stop, STOP_MET);
    assert_int_equal(file->stopped_ms, city.now_ms);
    assert_int_equal(file->multiple, 1); // five minutes late
    const struct clock *dispatch = city_clock(&city, STAGE_DISPATCH, "centre");
    assert_int_equal(dispatch->stop, STOP_MET);
    assert_int_equal(dispatch->multiple, 0);
    city_close(&city);
}

static void an_unplaced_case_is_not_dispatched_until_the_desk_places_it(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.limits.of[STAGE_DISPATCH] = limit_minutes(15);
    done(city_submit(&city, community, (struct whistle){.category = "0999"}));
    assert_true(clock_is_running(city_clock(&city, STAGE_DISPATCH, "centre")));
    city_until(&city, "2026-03-02 10:40");
    done(city_act(&city, "centre", (struct act){.verb = VERB_REASSIGN, .target = "cg"}));
    assert_int_equal(city_clock(&city, STAGE_DISPATCH, "centre")->stop, STOP_MET);
    assert_int_equal(city_clock(&city, STAGE_DISPATCH, "centre")->multiple, 2);
    city_close(&city);
}

// ---- 核查 ---------------------------------------------------------------------------------------

static void open_resolved(struct city *city)
{
    city_open(city, "2026-03-02 10:00");
    city->rules.routing.rules[GARBAGE].verify = "street";
    city->rules.limits.of[STAGE_VERIFY] = hours(4);
    done(city_submit(city, community, (struct whistle){0}));
    done(city_verb(city, "cg", VERB_RESOLVE));
    done(city_verb(city, "zd1", VERB_RESOLVE));
    assert_int_equal(city_case(city)->state, CASE_RESOLVED);
}

static struct decision *verify(struct city *city, const char *who, enum verdict verdict, const char *unit)
{
    return city_act(city, who, (struct act){.verb = VERB_VERIFY, .verdict = verdict, .target = unit});
}

static void somebody_else_verifies_what_is_done(void **state)
{
    (void)state;
    struct city city;
    open_resolved(&city);
    assert_string_equal(due(&city, STAGE_VERIFY, street), "2026-03-02 16:00");
    assert_true(city_told(city_event(&city), street, WHY_SUPERVISOR));
    refused(verify(&city, "cg", VERDICT_SOLVED, NULL), ERROR_NOT_ALLOWED, NULL);
    refused(verify(&city, community, VERDICT_SOLVED, NULL), ERROR_NOT_ALLOWED, NULL);
    refused(verify(&city, street, 0, NULL), ERROR_MISSING, "act.verdict");
    done(verify(&city, street, VERDICT_SOLVED, NULL));
    assert_int_equal(city_case(&city)->state, CASE_VERIFIED);
    assert_int_equal(city_clock(&city, STAGE_VERIFY, street)->stop, STOP_MET);
    refused(verify(&city, "supervise", VERDICT_SOLVED, NULL), ERROR_ILLEGAL_MOVE, NULL);
    done(city_act(&city, community, (struct act){.verb = VERB_EVALUATE, .verdict = VERDICT_SOLVED}));
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    city_close(&city);
}

static void what_is_found_not_done_is_rework_of_that_unit(void **state)
{
    (void)state;
    struct city city;
    open_resolved(&city);
    city_until(&city, "2026-03-02 14:00");
    refused(verify(&city, street, VERDICT_NOT_SOLVED, "jj"), ERROR_NOT_SUMMONED, "act.target");
    done(verify(&city, street, VERDICT_NOT_SOLVED, "cg"));
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND);
    assert_int_equal(city_summons(&city, "cg")->state, SUMMONS_CALLED);
    assert_int_equal(city_summons(&city, "zd1")->state, SUMMONS_DONE);
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-03 12:00");
    assert_null(case_clock(city_case(&city), STAGE_VERIFY, 0));
    city_close(&city);
}

static void what_somebody_has_to_verify_is_not_closed_before(void **state)
{
    (void)state;
    struct city city;
    open_resolved(&city);
    done(city_act(&city, community, (struct act){.verb = VERB_EVALUATE, .verdict = VERDICT_SOLVED}));
    assert_int_equal(city_case(&city)->state, CASE_RESOLVED);
    done(verify(&city, street, VERDICT_SOLVED, NULL));
    assert_int_equal(city_clock(&city, STAGE_VERIFY, street)->stop, STOP_MET);
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    city_close(&city);
}

// ---- 分段时限 -----------------------------------------------------------------------------------

static void open_with_steps(struct city *city)
{
    static const struct step steps[] = {{"停工", {MEASURE_WORKING_HOURS, 4 * LIMIT_UNIT}},
                                        {"处罚", {MEASURE_WORKING_DAYS, 7 * LIMIT_UNIT}},
                                        {"拆除", {MEASURE_WORKING_DAYS, 20 * LIMIT_UNIT}}};
    city_open(city, "2026-03-02 10:00");
    struct stage_limits *limits = &city->rules.routing.rules[GARBAGE].limits;
    limits->of[STAGE_RESOLVE] = steps[0].limit;
    limits->steps = steps;
    limits->step_count = 3;
    done(city_submit(city, community, (struct whistle){0}));
}

static void one_limit_follows_the_other(void **state)
{
    (void)state;
    struct city city;
    open_with_steps(&city);
    assert_string_equal(city_clock(&city, STAGE_RESOLVE, "cg")->step, "停工");
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-02 16:00");
    // 16:00 on the 2nd, seven days, twenty days: what the resident is told
    assert_string_equal(shown(city_case(&city)->promised_ms), "2026-04-09 16:00");
    city.now_ms = at("2026-03-02 15:00");
    done(city_verb(&city, "cg", VERB_ADVANCE));
    assert_int_equal(city_event(&city)->kind, EVENT_ADVANCED);
    assert_false(city_event(&city)->late);
    assert_string_equal(city_clock(&city, STAGE_RESOLVE, "cg")->step, "处罚");
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-11 15:00");
    city_until(&city, "2026-03-12 09:00");
    done(city_verb(&city, "cg", VERB_ADVANCE));
    assert_true(city_event(&city)->late);
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-04-10 09:00");
    refused(city_verb(&city, "cg", VERB_ADVANCE), ERROR_ILLEGAL_MOVE, NULL);
    done(city_verb(&city, "cg", VERB_RESOLVE));
    assert_int_equal(city_summons(&city, "cg")->state, SUMMONS_DONE);
    city_close(&city);
}

static void who_is_done_early_needs_no_further_step(void **state)
{
    (void)state;
    struct city city;
    open_with_steps(&city);
    done(city_verb(&city, "cg", VERB_RESOLVE));
    assert_int_equal(city_clock(&city, STAGE_RESOLVE, "cg")->stop, STOP_MET);
    city_close(&city);
}

// ---- whose limit counts -------------------------------------------------------------------------

static void a_limit_is_the_calls_the_rules_the_conditions_the_units_the_citys(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    struct rules *rules = &city.rules;
    struct unit *cg = &rules->units.units[unit_find(&rules->units, "cg")];
    cg->limits.of[STAGE_REPORT] = hours(2);
    cg->limits.of[STAGE_RESOLVE] = hours(3); // the condition's goes before it
    done(city_submit(&city, community, (struct whistle){0}));
    assert_string_equal(due(&city, STAGE_REPORT, "cg"), "2026-03-02 12:00");
    assert_string_equal(due(&city, STAGE_REPORT, "zd1"), "2026-03-02 16:00"); // the city's
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-03 10:00");
    struct stage_limits own = {.of[STAGE_RESOLVE] = hours(1)};
    rules->routing.rules[GARBAGE].limits.of[STAGE_RESOLVE] = hours(2);
    rules->routing.rules[GARBAGE].calls[0].limits = &own;
    done(city_submit(&city, community, (struct whistle){0}));
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-02 11:00");
    assert_string_equal(due(&city, STAGE_RESOLVE, "zd1"), "2026-03-02 12:00");
    city_close(&city);
}

static void a_calendar_is_the_rules_the_categorys_the_units_the_citys(void **state)
{
    (void)state;
    static const struct slot whole[] = {{0, MINUTES_A_DAY}};
    struct city city;
    city_open(&city, "2026-03-06 17:00"); // a Friday
    struct calendar calendars[] = {city.rules.calendars[0], city.rules.calendars[0]};
    calendars[1].name = "always";
    for (int day = 1; day <= 7; day++)
        calendars[1].week[day] = (struct slots){whole, 1};
    city.rules.calendars = calendars;
    city.rules.calendar_count = 2;
    done(city_submit(&city, community, (struct whistle){0}));
    assert_string_equal(due(&city, STAGE_ACCEPT, "cg"), "2026-03-06 18:00");
    assert_string_equal(due(&city, STAGE_REPORT, "cg"), "2026-03-09 11:00");
    struct category_table *table = &city.rules.categories;
    table->categories[category_find(table, "0102")].calendar = "always";
    done(city_submit(&city, community, (struct whistle){0}));
    assert_string_equal(due(&city, STAGE_REPORT, "cg"), "2026-03-06 21:00");
    city.rules.routing.rules[GARBAGE].calendar = "city";
    done(city_submit(&city, community, (struct whistle){0}));
    assert_string_equal(due(&city, STAGE_REPORT, "cg"), "2026-03-09 11:00");
    city_close(&city);
}

// ---- how steps are written ----------------------------------------------------------------------

static void steps_are_written_as_people_write_them(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "停工4工作时;处罚7工作日;拆除20工作日", "停工:4工作时;处罚 7工作日 ; 拆除: 20个工作日",
        "stop 4 working-hours; fine: 7 working days; demolish 20 working days"};
    struct arena arena;
    arena_init(&arena, 0);
    for (int i = 0; i < 3; i++) {
        struct step steps[STAGE_MAX_STEPS];
        uint32_t count = 0;
        assert_int_equal(steps_parse(&arena, texts[i], NULL, steps, &count), 0);
        assert_int_equal(count, 3);
        assert_true(limit_same(steps[0].limit, hours(4)));
        assert_true(limit_same(steps[2].limit, limit_of(MEASURE_WORKING_DAYS, 20)));
        assert_string_equal(steps[0].name, i < 2 ? "停工" : "stop");
        assert_string_equal(steps[2].name, i < 2 ? "拆除" : "demolish");
    }
    arena_fini(&arena);
}

static void bad_steps_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int error;
    } bad[] = {{"4工作时;处罚7工作日", ERROR_MISSING},
               {"停工4工作时;处罚", ERROR_MALFORMED},
               {"停工4工作时;", ERROR_MISSING},
               {"停工4天", ERROR_AMBIGUOUS},
               {"", ERROR_MISSING},
               {"a1分钟;b1分钟;c1分钟;d1分钟;e1分钟;f1分钟;g1分钟;h1分钟;i1分钟", ERROR_TOO_MANY}};
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct step steps[STAGE_MAX_STEPS];
        uint32_t count;
        assert_int_equal(steps_parse(&arena, bad[i].text, NULL, steps, &count), bad[i].error);
    }
    struct step one[STAGE_MAX_STEPS];
    uint32_t count;
    assert_int_equal(steps_parse(&arena, " 3工作日", NULL, one, &count), 0);
    assert_true(count == 1 && !one[0].name);
    arena_fini(&arena);
}

// ---- errors of the past -------------------------------------------------------------------------

// The rules said "approval", and after a reload "register", while the whistle was handed up: its charge ran
// on.
static void a_whistle_that_is_registered_after_all_leaves_no_clock(void **state)
{
    (void)state;
    struct city city;
    open_for_approval(&city, KIND_ISSUE);
    done(city_act(&city, community, (struct act){.verb = VERB_HAND_UP, .reason = "H01"}));
    city.rules.routing.rules[GARBAGE].registers = true;
    done(city_verb(&city, "centre", VERB_GRANT));
    assert_int_equal(city_case(&city)->state, CASE_REGISTERED);
    assert_int_equal(city_case(&city)->next_due_ms, 0);
    city_close(&city);
}

static void nobody_stands_above_the_desks_own_whistle(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.routing.rules[GARBAGE].approval = true;
    done(city_submit(&city, "centre", (struct whistle){0}));
    assert_int_equal(city_case(&city)->state, CASE_DISPATCHED);
    city_close(&city);
}

static void nobody_verifies_what_he_did_himself(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.routing.rules[GARBAGE].verify = "desk";
    done(city_submit(&city, community, (struct whistle){0}));
    done(city_act(&city, community, (struct act){.verb = VERB_ADD_UNIT, .target = "centre"}));
    done(city_verb(&city, "cg", VERB_RESOLVE));
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    done(city_verb(&city, "centre", VERB_RESOLVE));
    refused(verify(&city, "centre", VERDICT_SOLVED, NULL), ERROR_NOT_ALLOWED, NULL);
    done(verify(&city, "supervise", VERDICT_SOLVED, NULL));
    assert_true(city_told_any(city_event(&city), "cg")); // who worked hears it
    city_close(&city);
}

// The desk's clock of placing a case ran on after the office had called somebody itself.
static void a_case_is_dispatched_when_somebody_is_called(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.limits.of[STAGE_DISPATCH] = limit_minutes(15);
    done(city_submit(&city, community, (struct whistle){.category = "0999"}));
    assert_non_null(case_clock(city_case(&city), STAGE_DISPATCH, 0));
    done(city_act(&city, community, (struct act){.verb = VERB_ADD_UNIT, .target = "cg"}));
    assert_null(case_clock(city_case(&city), STAGE_DISPATCH, 0));
    city_close(&city);
}

// What was asked about one step used to be given to the next.
static void an_extension_is_for_the_step_that_it_was_asked_for(void **state)
{
    (void)state;
    struct city city;
    open_with_steps(&city);
    done(city_act(&city, "cg", (struct act){.verb = VERB_EXTEND, .reason = "rain"}));
    done(city_verb(&city, "cg", VERB_ADVANCE));
    refused(city_act(&city, "centre", (struct act){.verb = VERB_GRANT, .target = "cg"}), ERROR_ILLEGAL_MOVE,
            NULL);
    city_close(&city);
}

static void no_step_is_done_by_who_declined_or_stands_still(void **state)
{
    (void)state;
    struct city city;
    open_with_steps(&city);
    done(city_act(&city, "centre", (struct act){.verb = VERB_PAUSE, .target = "cg", .reason = "rain"}));
    refused(city_verb(&city, "cg", VERB_ADVANCE), ERROR_ILLEGAL_MOVE, NULL);
    done(city_act(&city, "centre", (struct act){.verb = VERB_RESUME, .target = "cg"}));
    done(city_act(&city, "cg", (struct act){.verb = VERB_DECLINE, .reason = "D02"}));
    refused(city_verb(&city, "cg", VERB_ADVANCE), ERROR_ILLEGAL_MOVE, NULL);
    city_close(&city);
}

// The next step's clock had no rungs at all when its ladder had left the rulebook.
static void a_step_whose_ladder_is_gone_has_the_stages(void **state)
{
    (void)state;
    struct city city;
    open_with_steps(&city);
    for (size_t i = 0; i < city_case(&city)->clock_count; i++)
        city_case(&city)->clocks[i].ladder = "gone";
    done(city_verb(&city, "cg", VERB_ADVANCE));
    assert_true(case_clock(city_case(&city), STAGE_RESOLVE, 1)->rung_count > 0);
    city_close(&city);
}

// The first step was due in a year that is known, the promise was not.
static void a_promise_in_an_unknown_year_is_provisional(void **state)
{
    (void)state;
    static const struct step steps[] = {{"停工", {MEASURE_WORKING_HOURS, 4 * LIMIT_UNIT}},
                                        {"罚款", {MEASURE_WORKING_DAYS, 7 * LIMIT_UNIT}}};
    struct city city;
    city_open(&city, "2026-12-28 09:00");
    struct stage_limits *limits = &city.rules.routing.rules[GARBAGE].limits;
    limits->of[STAGE_RESOLVE] = steps[0].limit;
    limits->steps = steps;
    limits->step_count = 2;
    done(city_submit(&city, community, (struct whistle){0}));
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-12-28 15:00");
    assert_true(city_clock(&city, STAGE_RESOLVE, "cg")->provisional);
    city_close(&city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_office_above_says_whether_a_whistle_goes_out),
        cmocka_unit_test(what_is_not_approved_is_rejected_with_a_reason),
        cmocka_unit_test(approval_that_is_late_climbs_its_ladder),
        cmocka_unit_test(an_emergency_waits_for_nobody),
        cmocka_unit_test(approval_without_a_limit_may_take_as_long_as_a_ruling),
        cmocka_unit_test(filing_and_dispatch_are_measured_where_the_rulebook_limits_them),
        cmocka_unit_test(an_unplaced_case_is_not_dispatched_until_the_desk_places_it),
        cmocka_unit_test(somebody_else_verifies_what_is_done),
        cmocka_unit_test(what_is_found_not_done_is_rework_of_that_unit),
        cmocka_unit_test(what_somebody_has_to_verify_is_not_closed_before),
        cmocka_unit_test(one_limit_follows_the_other),
        cmocka_unit_test(who_is_done_early_needs_no_further_step),
        cmocka_unit_test(a_limit_is_the_calls_the_rules_the_conditions_the_units_the_citys),
        cmocka_unit_test(a_calendar_is_the_rules_the_categorys_the_units_the_citys),
        cmocka_unit_test(steps_are_written_as_people_write_them),
        cmocka_unit_test(bad_steps_are_refused),
        cmocka_unit_test(a_whistle_that_is_registered_after_all_leaves_no_clock),
        cmocka_unit_test(nobody_stands_above_the_desks_own_whistle),
        cmocka_unit_test(nobody_verifies_what_he_did_himself),
        cmocka_unit_test(a_case_is_dispatched_when_somebody_is_called),
        cmocka_unit_test(an_extension_is_for_the_step_that_it_was_asked_for),
        cmocka_unit_test(no_step_is_done_by_who_declined_or_stands_still),
        cmocka_unit_test(a_step_whose_ladder_is_gone_has_the_stages),
        cmocka_unit_test(a_promise_in_an_unknown_year_is_provisional),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
