// layer: core, with: city.c
// What a called unit asks for and a supervisor grants: extension, pause, suspension, appeal.
#include "city.h"

#include <string.h>

static const char office[] = "420902001001";

// Garbage: cg leads, zd1 assists, one working day each.
static void open_garbage(struct city *city)
{
    city_open(city, "2026-03-02 10:00"); // a Monday
    done(city_submit(city, office, (struct whistle){0}));
    done(city_verb(city, "cg", VERB_ACCEPT));
}

static const char *due(struct city *city, enum stage stage, const char *unit)
{
    return shown(city_clock(city, stage, unit)->due_ms);
}

static struct decision *ask(struct city *city, enum verb verb, const char *limit, const char *until)
{
    return city_act(
        city, "cg",
        (struct act){.verb = verb, .reason = "weather", .limit = limit, .due_ms = until ? at(until) : 0});
}

static struct decision *answer(struct city *city, enum verb verb)
{
    return city_act(city, "supervise", (struct act){.verb = verb, .target = "cg"});
}

// ---- 延期 ---------------------------------------------------------------------------------------

static void an_extension_is_asked_and_granted(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-03 10:00");
    done(ask(&city, VERB_EXTEND, "4工作时", NULL));
    assert_int_equal(city_event(&city)->kind, EVENT_ASKED);
    assert_true(city_told(city_event(&city), "centre", WHY_SUPERVISOR));
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-03 10:00"); // asking moves nothing
    city.now_ms = at("2026-03-02 16:00");
    done(answer(&city, VERB_GRANT));
    assert_int_equal(city_event(&city)->kind, EVENT_GRANTED);
    assert_int_equal(city_event(&city)->petition->verb, VERB_EXTEND);
    assert_true(city_told(city_event(&city), "cg", WHY_LEAD));
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-03 16:00");
    assert_string_equal(due(&city, STAGE_RESOLVE, "zd1"), "2026-03-03 10:00"); // the other unit's stays
    assert_int_equal(city_summons(&city, "cg")->extensions, 1);
    assert_int_equal(city_summons(&city, "cg")->petition.verb, 0);
    city_close(&city);
}

static void without_a_limit_it_is_the_own_one_once_more(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(ask(&city, VERB_EXTEND, NULL, NULL));
    done(answer(&city, VERB_GRANT));
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-04 10:00");
    done(ask(&city, VERB_EXTEND, NULL, NULL));
    done(answer(&city, VERB_GRANT));
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-05 10:00");
    refused(ask(&city, VERB_EXTEND, NULL, NULL), ERROR_TOO_MANY, NULL); // twice is enough
    city_close(&city);
}

// Asked in time and answered late is granted: the unit could not do more.
static void it_is_asked_before_it_is_overdue(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    city_until(&city, "2026-03-03 09:59");
    done(ask(&city, VERB_EXTEND, NULL, NULL));
    city_until(&city, "2026-03-03 11:00");
    done(answer(&city, VERB_GRANT));
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-04 10:00");
    city_until(&city, "2026-03-04 10:01");
    refused(ask(&city, VERB_EXTEND, NULL, NULL), ERROR_TOO_LATE, NULL);
    city_close(&city);
}

static void bad_petitions_are_named(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    refused(ask(&city, VERB_EXTEND, "1天", NULL), ERROR_BAD_VALUE, "act.limit");
    refused(ask(&city, VERB_EXTEND, "soon", NULL), ERROR_BAD_VALUE, "act.limit");
    refused(city_verb(&city, "cg", VERB_EXTEND), ERROR_MISSING, "act.reason");
    static struct reason listed[] = {{"E01", "rain"}};
    city.rules.petition_reasons[0] = (struct reason_list){listed, 1};
    refused(ask(&city, VERB_EXTEND, NULL, NULL), ERROR_UNKNOWN_REASON, "act.reason");
    refused(ask(&city, VERB_SUSPEND, NULL, NULL), ERROR_MISSING, "act.due_ms");
    refused(ask(&city, VERB_SUSPEND, NULL, "2026-03-02 09:00"), ERROR_TIME_RANGE, "act.due_ms");
    refused(ask(&city, VERB_SUSPEND, NULL, "2027-03-05 09:00"), ERROR_TIME_RANGE, "act.due_ms");
    refused(ask(&city, VERB_APPEAL, NULL, NULL), ERROR_ILLEGAL_MOVE, "act.stage"); // not late
    refused(answer(&city, VERB_GRANT), ERROR_NOT_FOUND, "act.target");
    refused(city_act(&city, office, (struct act){.verb = VERB_GRANT}), ERROR_NOT_ALLOWED, NULL);
    refused(city_act(&city, "cg", (struct act){.verb = VERB_EXTEND, .target = "zd1", .reason = "r"}),
            ERROR_NOT_ALLOWED, "act.target");
    city_close(&city);
}

// The second petition used to take the place of the first without a word.
static void one_thing_is_asked_at_a_time(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(ask(&city, VERB_EXTEND, NULL, NULL));
    refused(ask(&city, VERB_PAUSE, NULL, NULL), ERROR_ILLEGAL_MOVE, NULL);
    done(answer(&city, VERB_REFUSE));
    done(ask(&city, VERB_PAUSE, NULL, NULL));
    city_close(&city);
}

static void what_was_asked_for_the_work_ends_with_it(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(ask(&city, VERB_EXTEND, NULL, NULL));
    done(city_verb(&city, "cg", VERB_RESOLVE));
    assert_int_equal(city_summons(&city, "cg")->petition.verb, 0);
    refused(ask(&city, VERB_EXTEND, NULL, NULL), ERROR_ILLEGAL_MOVE, NULL);
    refused(answer(&city, VERB_GRANT), ERROR_NOT_FOUND, "act.target");
    city_close(&city);
}

static void a_unit_asks_for_its_own_limit_once_more_at_most(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    refused(ask(&city, VERB_EXTEND, "3000工作日", NULL), ERROR_BAD_VALUE, "act.limit");
    refused(ask(&city, VERB_EXTEND, "立即", NULL), ERROR_BAD_VALUE, "act.limit");
    done(ask(&city, VERB_EXTEND, "24紧急工作时", NULL)); // one working day on is the same hour of tomorrow
    done(
        city_act(&city, "supervise",
                 (struct act){.verb = VERB_EXTEND, .target = "zd1", .reason = "flood", .limit = "30工作日"}));
    city_close(&city);
}

static void nobody_grants_what_his_own_unit_asked_for(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_act(&city, office, (struct act){.verb = VERB_ADD_UNIT, .target = "centre"}));
    done(city_act(&city, "centre", (struct act){.verb = VERB_EXTEND, .reason = "r"}));
    refused(city_act(&city, "centre", (struct act){.verb = VERB_GRANT, .target = "centre"}),
            ERROR_NOT_ALLOWED, NULL);
    done(city_act(&city, "supervise", (struct act){.verb = VERB_GRANT, .target = "centre"}));
    city_close(&city);
}

static void a_refusal_is_told_and_ends_it(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(ask(&city, VERB_EXTEND, NULL, NULL));
    done(answer(&city, VERB_REFUSE));
    assert_int_equal(city_event(&city)->kind, EVENT_REFUSED);
    assert_true(city_told(city_event(&city), "cg", WHY_LEAD));
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-03 10:00");
    refused(answer(&city, VERB_GRANT), ERROR_NOT_FOUND, "act.target");
    city_close(&city);
}

static void a_supervisor_grants_without_being_asked(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_act(&city, "supervise",
                  (struct act){.verb = VERB_EXTEND, .target = "cg", .reason = "flood", .limit = "2工作日"}));
    assert_int_equal(city_event(&city)->kind, EVENT_GRANTED);
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-05 10:00");
    city_close(&city);
}

// ---- 暂停 ---------------------------------------------------------------------------------------

// From 11:00 to 15:00: two of the four hours are lunch.
static void pause_over_lunch(struct city *city)
{
    city->now_ms = at("2026-03-02 11:00");
    done(ask(city, VERB_PAUSE, NULL, NULL));
    done(answer(city, VERB_GRANT));
    city->now_ms = at("2026-03-02 15:00");
}

static void a_pause_moves_the_due_time_by_its_working_time(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    pause_over_lunch(&city);
    assert_true(clock_is_paused(city_clock(&city, STAGE_RESOLVE, "cg")));
    assert_true(clock_is_paused(city_clock(&city, STAGE_REPORT, "cg")));
    assert_true(clock_is_running(city_clock(&city, STAGE_RESOLVE, "zd1")));
    done(city_verb(&city, "cg", VERB_RESUME));
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-03 12:00");
    refused(city_verb(&city, "cg", VERB_RESUME), ERROR_ILLEGAL_MOVE, NULL);
    city_close(&city);
}

static void a_planned_pause_ends_by_itself_at_its_own_time(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(ask(&city, VERB_PAUSE, NULL, "2026-03-04 10:00"));
    done(answer(&city, VERB_GRANT));
    city_until(&city, "2026-03-04 09:59");
    assert_true(clock_is_paused(city_clock(&city, STAGE_RESOLVE, "cg")));
    city.now_ms = at("2026-03-04 13:00"); // nobody was there at ten
    done(city_tick(&city, city_case(&city)->id));
    assert_int_equal(city.decision.events[0].kind, EVENT_RESUMED);
    const struct clock *clock = city_clock(&city, STAGE_RESOLVE, "cg");
    assert_string_equal(shown(clock->pauses[0].to_ms), "2026-03-04 10:00");
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-05 10:00");
    city_close(&city);
}

// ---- 挂账 ---------------------------------------------------------------------------------------

static void suspend(struct city *city)
{
    open_garbage(city);
    done(ask(city, VERB_SUSPEND, NULL, "2026-03-09 10:00"));
    done(answer(city, VERB_GRANT));
}

static void a_suspended_case_waits_with_all_its_clocks(void **state)
{
    (void)state;
    struct city city;
    suspend(&city);
    assert_int_equal(city_case(&city)->state, CASE_SUSPENDED);
    for (size_t i = 0; i < city_case(&city)->clock_count; i++)
        assert_false(clock_is_running(&city_case(&city)->clocks[i]));
    assert_string_equal(shown(city_case(&city)->next_due_ms), "2026-03-09 10:00");
    assert_int_equal(city_until(&city, "2026-03-09 09:59"), 0); // no rung
    refused(city_act(&city, "zd1", (struct act){.verb = VERB_DECLINE, .reason = "D02"}), ERROR_ILLEGAL_MOVE,
            "act.number");
    refused(city_act(&city, office, (struct act){.verb = VERB_ADD_UNIT, .target = "jj"}), ERROR_ILLEGAL_MOVE,
            "act.number");
    city_until(&city, "2026-03-09 10:00");
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND);
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-10 10:00");
    city_close(&city);
}

static void a_supervisor_ends_a_suspension_early_and_a_unit_does_not(void **state)
{
    (void)state;
    struct city city;
    suspend(&city);
    city_until(&city, "2026-03-04 10:00");
    refused(city_verb(&city, "cg", VERB_RESUME), ERROR_NOT_ALLOWED, NULL);
    done(city_verb(&city, "supervise", VERB_RESUME));
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND);
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-05 10:00");
    city_close(&city);
}

static void what_is_done_while_it_is_suspended_is_done(void **state)
{
    (void)state;
    struct city city;
    suspend(&city);
    city_until(&city, "2026-03-05 10:00");
    done(city_verb(&city, "cg", VERB_RESOLVE));
    assert_int_equal(city_case(&city)->state, CASE_SUSPENDED);
    const struct clock *clock = city_clock(&city, STAGE_RESOLVE, "cg");
    assert_int_equal(clock->stop, STOP_MET);
    assert_int_equal(clock->multiple, 0);
    assert_string_equal(shown(clock->due_ms), "2026-03-06 10:00"); // three working days were not counted
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    assert_int_equal(city_case(&city)->state, CASE_RESOLVED);
    city_close(&city);
}

static void a_suspension_takes_the_place_of_a_pause(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(ask(&city, VERB_PAUSE, NULL, NULL));
    done(answer(&city, VERB_GRANT));
    done(city_act(
        &city, "supervise",
        (struct act){.verb = VERB_SUSPEND, .target = "cg", .reason = "r", .due_ms = at("2026-03-05 10:00")}));
    city_until(&city, "2026-03-05 10:00");
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND);
    assert_true(clock_is_running(city_clock(&city, STAGE_RESOLVE, "cg")));
    city_close(&city);
}

// ---- 申诉 ---------------------------------------------------------------------------------------

static void an_appeal_exempts_and_keeps_the_fact(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    city_until(&city, "2026-03-03 15:00");
    done(city_verb(&city, "cg", VERB_RESOLVE));
    assert_true(city_event(&city)->late);
    done(city_act(&city, office, (struct act){.verb = VERB_EVALUATE, .verdict = VERDICT_SOLVED}));
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    done(ask(&city, VERB_APPEAL, NULL, NULL));
    done(answer(&city, VERB_GRANT));
    const struct clock *clock = city_clock(&city, STAGE_RESOLVE, "cg");
    assert_string_equal(clock->exempt, "weather");
    assert_true(clock_is_overdue(clock, city.now_ms)); // late it was
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    refused(ask(&city, VERB_APPEAL, NULL, NULL), ERROR_ILLEGAL_MOVE, "act.stage");
    city_close(&city);
}

static void an_appeal_is_made_so_often_and_not_more(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    city_until(&city, "2026-03-03 15:00");
    for (int i = 0; i < 2; i++) {
        done(ask(&city, VERB_APPEAL, NULL, NULL));
        done(answer(&city, VERB_REFUSE));
    }
    refused(ask(&city, VERB_APPEAL, NULL, NULL), ERROR_TOO_MANY, NULL);
    city_close(&city);
}

// ---- 改时限 -------------------------------------------------------------------------------------

static void another_limit_keeps_what_was_paused(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    pause_over_lunch(&city);
    done(city_verb(&city, "cg", VERB_RESUME));
    done(
        city_act(&city, "supervise",
                 (struct act){.verb = VERB_CHANGE_LIMIT, .target = "cg", .limit = "3工作日", .reason = "r"}));
    assert_int_equal(city_event(&city)->kind, EVENT_LIMIT_CHANGED);
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-05 12:00"); // three days and two hours
    refused(city_act(&city, "supervise", (struct act){.verb = VERB_CHANGE_LIMIT, .target = "cg"}),
            ERROR_MISSING, "act.limit");
    refused(city_act(&city, "supervise",
                     (struct act){.verb = VERB_CHANGE_LIMIT, .target = "jj", .limit = "3工作日"}),
            ERROR_NOT_SUMMONED, "act.target");
    refused(
        city_act(&city, "supervise",
                 (struct act){
                     .verb = VERB_CHANGE_LIMIT, .target = "cg", .limit = "3工作日", .stage = STAGE_ACCEPT}),
        ERROR_ILLEGAL_MOVE, "act.stage");
    city_close(&city);
}

// A rung that has fired does not fire again for the new due time; one that has not moves with it.
static void rungs_fire_once_whatever_moves_the_due_time(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_act(&city, "supervise", (struct act){.verb = VERB_PAUSE, .target = "zd1", .reason = "r"}));
    assert_int_equal(city_until(&city, "2026-03-02 17:00"), 3); // 80 % of three clocks, but the pause
    uint32_t before = city_case(&city)->rungs_fired;
    done(ask(&city, VERB_EXTEND, "1工作日", NULL));
    done(answer(&city, VERB_GRANT));
    city_until(&city, "2026-03-04 09:59");
    for (size_t i = 0; i < city_case(&city)->clock_count; i++)
        for (size_t j = 0; j < city_case(&city)->clocks[i].rung_count; j++)
            assert_true(city_case(&city)->clocks[i].rungs[j].fired_ms <= city.now_ms);
    assert_true(city_case(&city)->rungs_fired >= before);
    assert_int_equal(city_clock(&city, STAGE_RESOLVE, "cg")->rungs[1].fired_ms, 0);
    city_close(&city);
}

// ---- 超期倍数 -----------------------------------------------------------------------------------

static void how_often_the_limit_has_passed_is_put_down(void **state)
{
    (void)state;
    static const char *const ends[] = {"2026-03-03 10:00", "2026-03-03 10:01", "2026-03-04 09:59",
                                       "2026-03-04 10:00", "2026-03-05 10:00", "2026-03-09 10:00"};
    static const uint32_t multiples[] = {0, 1, 1, 2, 3, 5};
    for (int i = 0; i < 6; i++) {
        struct city city;
        open_garbage(&city);
        city_until(&city, ends[i]);
        done(city_verb(&city, "cg", VERB_RESOLVE));
        assert_int_equal(city_clock(&city, STAGE_RESOLVE, "cg")->multiple, multiples[i]);
        city_close(&city);
    }
}

// ---- errors of the past -------------------------------------------------------------------------

// An extension that waited while two others were granted used to be the third.
static void a_grant_counts_what_was_granted_meanwhile(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(ask(&city, VERB_EXTEND, NULL, NULL));
    for (int i = 0; i < 2; i++)
        done(city_act(&city, "supervise",
                      (struct act){.verb = VERB_EXTEND, .target = "cg", .reason = "weather"}));
    refused(answer(&city, VERB_GRANT), ERROR_TOO_MANY, NULL);
    assert_int_equal(city_summons(&city, "cg")->extensions, 2);
    done(answer(&city, VERB_REFUSE));
    city_close(&city);
}

// An appeal about a late acceptance used to exempt the next clock to accept, which was not late.
static void an_appeal_exempts_the_clock_that_it_was_about(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    done(city_submit(&city, office, (struct whistle){0}));
    city_until(&city, "2026-03-02 11:30");
    done(
        city_act(&city, "cg", (struct act){.verb = VERB_APPEAL, .reason = "weather", .stage = STAGE_ACCEPT}));
    done(city_act(&city, "cg", (struct act){.verb = VERB_DECLINE, .reason = "D02"}));
    done(city_act(&city, "centre", (struct act){.verb = VERB_REASSIGN, .target = "cg"}));
    done(answer(&city, VERB_GRANT));
    int exempt = 0;
    for (size_t i = 0; i < city_case(&city)->clock_count; i++) {
        const struct clock *clock = &city_case(&city)->clocks[i];
        if (clock->stage != STAGE_ACCEPT || strcmp(clock->unit, "cg") != 0)
            continue;
        assert_true((clock->exempt != NULL) == clock_is_overdue(clock, city.now_ms));
        exempt += clock->exempt != NULL;
    }
    assert_int_equal(exempt, 1);
    city_close(&city);
}

static void nobody_changes_his_own_limit(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_act(&city, office, (struct act){.verb = VERB_ADD_UNIT, .target = "centre"}));
    struct act longer = {.verb = VERB_CHANGE_LIMIT, .target = "centre", .limit = "9工作日"};
    refused(city_act(&city, "centre", longer), ERROR_NOT_ALLOWED, "act.target");
    done(city_act(&city, "supervise", longer));
    city_close(&city);
}

// The others' clocks stand still too, and nobody told them.
static void a_suspension_is_told_to_all_that_are_called(void **state)
{
    (void)state;
    struct city city;
    suspend(&city);
    assert_true(clock_is_paused(city_clock(&city, STAGE_RESOLVE, "zd1")));
    assert_true(city_told_any(city_event(&city), "zd1"));
    city_close(&city);
}

// Who came in another's place after a suspension used to be late by it.
static void who_takes_over_does_not_pay_for_a_suspension(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(ask(&city, VERB_SUSPEND, NULL, "2026-04-02 10:00"));
    done(answer(&city, VERB_GRANT));
    city_until(&city, "2026-04-02 10:05");
    const char *before = due(&city, STAGE_RESOLVE, "cg");
    done(city_act(&city, "centre", (struct act){.verb = VERB_REASSIGN, .unit = "cg", .target = "scj"}));
    assert_string_equal(due(&city, STAGE_RESOLVE, "scj"), before);
    city_close(&city);
}

static void a_case_in_rework_comes_back_from_a_suspension_in_hand(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_verb(&city, "cg", VERB_RESOLVE));
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    done(city_act(&city, office, (struct act){.verb = VERB_EVALUATE, .verdict = VERDICT_NOT_SOLVED}));
    done(city_act(
        &city, "supervise",
        (struct act){
            .verb = VERB_SUSPEND, .target = "cg", .reason = "weather", .due_ms = at("2026-03-09 10:00")}));
    done(city_verb(&city, "supervise", VERB_RESUME));
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND);
    city_close(&city);
}

// An emergency runs on the clock, whatever its limit is written in: the new one, and what is added.
static void an_emergency_gets_no_working_time_by_a_changed_limit(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-06 17:00"); // a Friday
    done(city_submit(&city, office, (struct whistle){.kind = KIND_EMERGENCY}));
    done(city_act(&city, "supervise",
                  (struct act){.verb = VERB_CHANGE_LIMIT, .target = "cg", .limit = "2工作时"}));
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-06 19:00");
    done(city_act(&city, "supervise",
                  (struct act){.verb = VERB_EXTEND, .target = "cg", .reason = "r", .limit = "1工作时"}));
    assert_string_equal(due(&city, STAGE_RESOLVE, "cg"), "2026-03-06 20:00");
    city_close(&city);
}

// ---- 不合理诉求 -------------------------------------------------------------------------------

static struct attachment proof = {.sha256 = {(const uint8_t *)"01234567890123456789012345678901", 32}};

static void open_unreasonable(struct city *city)
{
    static struct reason reasons[] = {{"U01", "no such thing"}};
    open_garbage(city);
    city->rules.unreasonable_reasons = (struct reason_list){reasons, 1};
}

static struct act about_the_demand(const char *target)
{
    return (struct act){
        .verb = VERB_APPEAL, .reason = "U01", .target = target, .attachments = &proof, .attachment_count = 1};
}

static void an_unreasonable_demand_needs_proof_and_is_found_once(void **state)
{
    (void)state;
    struct city city;
    open_unreasonable(&city);
    struct act bare = about_the_demand(NULL);
    bare.attachment_count = 0;
    refused(city_act(&city, "cg", bare), ERROR_MISSING, "act.attachments");
    done(city_act(&city, "cg", about_the_demand(NULL))); // though nothing is late
    assert_null(city_case(&city)->unreasonable);
    done(answer(&city, VERB_GRANT));
    assert_string_equal(city_case(&city)->unreasonable, "U01");
    assert_int_equal(city_event(&city)->clock_count, 0); // no clock is exempted
    refused(city_act(&city, "zd1", about_the_demand(NULL)), ERROR_ILLEGAL_MOVE, "act.reason");
    city_close(&city);
}

// It is good for all who were called: a supervisor whose unit is one of them had his own lateness left out.
static void nobody_who_was_called_finds_the_demand_unreasonable(void **state)
{
    (void)state;
    struct city city;
    open_unreasonable(&city);
    done(city_act(&city, "centre",
                  (struct act){.verb = VERB_ADD_UNIT, .target = "centre", .role = ROLE_ASSIST}));
    refused(city_act(&city, "centre", about_the_demand("cg")), ERROR_NOT_ALLOWED, "act.target");
    done(city_act(&city, "cg", about_the_demand(NULL)));
    refused(city_act(&city, "centre", (struct act){.verb = VERB_GRANT, .target = "cg"}), ERROR_NOT_ALLOWED,
            NULL);
    done(answer(&city, VERB_GRANT));
    city_close(&city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_extension_is_asked_and_granted),
        cmocka_unit_test(without_a_limit_it_is_the_own_one_once_more),
        cmocka_unit_test(it_is_asked_before_it_is_overdue),
        cmocka_unit_test(bad_petitions_are_named),
        cmocka_unit_test(one_thing_is_asked_at_a_time),
        cmocka_unit_test(what_was_asked_for_the_work_ends_with_it),
        cmocka_unit_test(a_unit_asks_for_its_own_limit_once_more_at_most),
        cmocka_unit_test(nobody_grants_what_his_own_unit_asked_for),
        cmocka_unit_test(a_refusal_is_told_and_ends_it),
        cmocka_unit_test(a_supervisor_grants_without_being_asked),
        cmocka_unit_test(a_pause_moves_the_due_time_by_its_working_time),
        cmocka_unit_test(a_planned_pause_ends_by_itself_at_its_own_time),
        cmocka_unit_test(a_suspended_case_waits_with_all_its_clocks),
        cmocka_unit_test(a_supervisor_ends_a_suspension_early_and_a_unit_does_not),
        cmocka_unit_test(what_is_done_while_it_is_suspended_is_done),
        cmocka_unit_test(a_suspension_takes_the_place_of_a_pause),
        cmocka_unit_test(an_appeal_exempts_and_keeps_the_fact),
        cmocka_unit_test(an_appeal_is_made_so_often_and_not_more),
        cmocka_unit_test(another_limit_keeps_what_was_paused),
        cmocka_unit_test(rungs_fire_once_whatever_moves_the_due_time),
        cmocka_unit_test(how_often_the_limit_has_passed_is_put_down),
        cmocka_unit_test(a_grant_counts_what_was_granted_meanwhile),
        cmocka_unit_test(an_unreasonable_demand_needs_proof_and_is_found_once),
        cmocka_unit_test(nobody_who_was_called_finds_the_demand_unreasonable),
        cmocka_unit_test(an_appeal_exempts_the_clock_that_it_was_about),
        cmocka_unit_test(nobody_changes_his_own_limit),
        cmocka_unit_test(a_suspension_is_told_to_all_that_are_called),
        cmocka_unit_test(who_takes_over_does_not_pay_for_a_suspension),
        cmocka_unit_test(a_case_in_rework_comes_back_from_a_suspension_in_hand),
        cmocka_unit_test(an_emergency_gets_no_working_time_by_a_changed_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
