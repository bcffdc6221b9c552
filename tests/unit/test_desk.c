// layer: core, with: city.c
// The supervisor's desk: assign, uphold, excuse; orders and their answers; comments and what was delivered.
#include "city.h"

static const char office[] = "420902001001";

static void open_garbage(struct city *city)
{
    city_open(city, "2026-03-02 08:00"); // a Monday
    done(city_submit(city, office, (struct whistle){0}));
}

static void open_declined(struct city *city, const char *unit)
{
    open_garbage(city);
    city->now_ms += 31 * MINUTE_MS;
    done(city_act(city, unit, (struct act){.verb = VERB_DECLINE, .reason = "D02"}));
    city->now_ms += 19 * MINUTE_MS;
}

static struct decision *reassign(struct city *city, const char *unit, const char *target)
{
    return city_act(city, "centre", (struct act){.verb = VERB_REASSIGN, .unit = unit, .target = target});
}

static struct decision *supervise(struct city *city, const char *target, int64_t due_ms)
{
    return city_act(city, "supervise",
                    (struct act){.verb = VERB_SUPERVISE, .target = target, .due_ms = due_ms});
}

// ---- rulings ------------------------------------------------------------------------------------

static void an_upheld_unit_must_come_after_all_and_its_promise_does_not_move(void **state)
{
    (void)state;
    struct city city;
    open_declined(&city, "cg");
    int64_t due = city_clock(&city, STAGE_RESOLVE, "cg")->due_ms;
    struct decision *got = reassign(&city, NULL, "cg");
    done(got);
    const struct summons *summons = city_summons(&city, "cg");
    assert_int_equal(summons->state, SUMMONS_CALLED);
    assert_int_equal(summons->id, 1);
    assert_int_equal(summons->held_ms, 31 * MINUTE_MS);
    assert_int_equal(summons->held_since_ms, city.now_ms);
    assert_int_equal(city_case(&city)->state, CASE_DISPATCHED);
    assert_string_equal(shown(city_clock(&city, STAGE_ACCEPT, "cg")->due_ms), "2026-03-02 09:50");
    assert_int_equal(city_clock(&city, STAGE_RESOLVE, "cg")->due_ms, due);
    assert_int_equal(city_clock(&city, STAGE_ARBITRATE, "centre")->stop, STOP_MET);
    assert_int_equal(city_clock(&city, STAGE_ARBITRATE, "centre")->stopped_ms,
                     city.now_ms); // the desk held it so long
    assert_true(city_told(city_event(&city), "cg", WHY_LEAD) &&
                city_told(city_event(&city), "cg/A", WHY_LEAD));
    assert_int_equal(got->called_count, 1);
    city.now_ms += 3 * HOUR_MS;
    done(city_verb(&city, "cg", VERB_ACCEPT));
    done(city_verb(&city, "cg", VERB_RESOLVE));
    assert_int_equal(city_summons(&city, "cg")->held_ms, 3 * HOUR_MS + 31 * MINUTE_MS);
    city_close(&city);
}

static void an_upheld_emergency_climbs_the_emergency_ladder(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-07 22:00"); // a Saturday
    done(city_submit(&city, office, (struct whistle){.kind = KIND_EMERGENCY, .category = "0105"}));
    done(city_act(&city, "water", (struct act){.verb = VERB_DECLINE, .reason = "D02"}));
    done(reassign(&city, NULL, "water"));
    assert_string_equal(city_clock(&city, STAGE_ACCEPT, "water")->ladder, "emergency");
    assert_string_equal(shown(city_clock(&city, STAGE_ACCEPT, "water")->due_ms), "2026-03-07 23:00");
    city_close(&city);
}

static void another_unit_is_assigned_and_the_promise_runs_on(void **state)
{
    (void)state;
    struct city city;
    open_declined(&city, "cg");
    int64_t due = city_clock(&city, STAGE_RESOLVE, "cg")->due_ms;
    done(reassign(&city, NULL, "jj"));
    assert_int_equal(city_summons(&city, "cg")->state, SUMMONS_EXCUSED);
    assert_int_equal(city_clock(&city, STAGE_RESOLVE, "cg")->stop, STOP_EXCUSED);
    assert_int_equal(city_clock(&city, STAGE_REPORT, "cg")->stop, STOP_EXCUSED);
    assert_int_equal(city_summons(&city, "jj")->role, ROLE_LEAD);
    assert_int_equal(city_clock(&city, STAGE_RESOLVE, "jj")->due_ms, due);
    assert_int_equal(city_case(&city)->promised_ms, due);
    assert_string_equal(shown(city_clock(&city, STAGE_ACCEPT, "jj")->due_ms), "2026-03-02 09:50");
    assert_true(city_told(city_event(&city), "cg", WHY_TOLD) && city_told(city_event(&city), "jj", WHY_LEAD));
    assert_true(city_told(city_event(&city), office, WHY_OFFICE));
    assert_int_equal(city_case(&city)->state, CASE_DISPATCHED);
    refused(city_verb(&city, "cg", VERB_ACCEPT), ERROR_UNKNOWN_CASE, "act.number");
    const struct clock *clock = city_clock(&city, STAGE_RESOLVE, "jj");
    assert_int_equal(clock->taken_over_ms, city.now_ms); // the books hold it to its own time
    assert_true(clock->own_due_ms > clock->due_ms);
    city_close(&city);
}

static void a_case_that_others_work_on_goes_back_in_hand(void **state)
{
    (void)state;
    struct city city;
    open_declined(&city, "zd1");
    done(city_verb(&city, "cg", VERB_ACCEPT));
    done(reassign(&city, NULL, "jj"));
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND);
    assert_int_equal(city_summons(&city, "jj")->role, ROLE_ASSIST);
    city_close(&city);
}

static void an_assist_is_excused_and_nobody_comes_in_its_place(void **state)
{
    (void)state;
    struct city city;
    open_declined(&city, "zd1");
    struct decision *got = reassign(&city, NULL, NULL);
    done(got);
    assert_int_equal(city_summons(&city, "zd1")->state, SUMMONS_EXCUSED);
    assert_int_equal(city_case(&city)->state, CASE_DISPATCHED);
    assert_int_equal(got->called_count, 0);
    done(city_verb(&city, "cg", VERB_RESOLVE));
    assert_int_equal(city_case(&city)->state, CASE_RESOLVED);
    city_close(&city);
}

static void excusing_the_last_who_is_not_done_resolves_the_case(void **state)
{
    (void)state;
    struct city city;
    open_declined(&city, "zd1");
    done(city_verb(&city, "cg", VERB_RESOLVE));
    assert_int_equal(city_case(&city)->state, CASE_ARBITRATION);
    done(reassign(&city, NULL, NULL));
    assert_int_equal(city_case(&city)->state, CASE_RESOLVED);
    assert_int_equal(city_clock(&city, STAGE_RESOLVE, "zd1")->stop, STOP_EXCUSED);
    assert_int_equal(city_case(&city)->next_due_ms, 0);
    city_close(&city);
}

static void a_lead_is_replaced_and_never_only_excused(void **state)
{
    (void)state;
    struct city city;
    open_declined(&city, "cg");
    refused(reassign(&city, NULL, NULL), ERROR_MISSING, "act.target");
    refused(reassign(&city, "cg", ""), ERROR_MISSING, "act.target");
    city_close(&city);
}

static void of_two_declines_the_one_that_is_named_is_upheld(void **state)
{
    (void)state;
    struct city city;
    open_declined(&city, "cg");
    done(city_act(&city, "zd1", (struct act){.verb = VERB_DECLINE, .reason = "D02"}));
    done(reassign(&city, NULL, "zd1"));
    assert_int_equal(city_summons(&city, "zd1")->state, SUMMONS_CALLED);
    assert_int_equal(city_summons(&city, "cg")->state, SUMMONS_DECLINED);
    assert_int_equal(city_case(&city)->state, CASE_ARBITRATION); // one is still argued about
    assert_int_equal(city_clock(&city, STAGE_ARBITRATE, "centre")->stopped_ms, 0);
    done(reassign(&city, NULL, "jj"));
    assert_int_equal(city_summons(&city, "cg")->state, SUMMONS_EXCUSED);
    assert_int_equal(city_case(&city)->state, CASE_DISPATCHED);
    city_close(&city);
}

static void the_desk_places_what_no_rule_placed_and_the_promise_runs_on(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    done(city_submit(&city, office, (struct whistle){.category = "0999"}));
    refused(reassign(&city, "cg", "jj"), ERROR_NOT_SUMMONED, "act.unit");
    refused(reassign(&city, NULL, NULL), ERROR_MISSING, "act.target");
    city_until(&city, "2026-03-02 09:00");
    done(reassign(&city, NULL, "jj"));
    assert_int_equal(city_summons(&city, "jj")->role, ROLE_LEAD);
    assert_string_equal(shown(city_clock(&city, STAGE_RESOLVE, "jj")->due_ms), "2026-03-06 18:00");
    assert_int_equal(city_clock(&city, STAGE_RESOLVE, "centre")->stop, STOP_REPLACED);
    assert_int_equal(city_clock(&city, STAGE_ARBITRATE, "centre")->stop, STOP_MET);
    assert_int_equal(city_case(&city)->state, CASE_DISPATCHED);
    city_close(&city);
}

static void a_supervisor_reassigns_without_a_quarrel_too(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_verb(&city, "cg", VERB_ACCEPT));
    refused(city_act(&city, office, (struct act){.verb = VERB_REASSIGN, .target = "jj"}), ERROR_NOT_ALLOWED,
            NULL);
    refused(reassign(&city, "cg", "cg"), ERROR_ALREADY_SUMMONED, "act.target");
    refused(reassign(&city, NULL, "zd1"), ERROR_ALREADY_SUMMONED, "act.target");
    refused(reassign(&city, "xf", "jj"), ERROR_NOT_SUMMONED, "act.unit");
    refused(reassign(&city, NULL, "nobody"), ERROR_UNKNOWN_UNIT, "act.target");
    done(reassign(&city, NULL, "jj")); // the open lead
    assert_int_equal(city_summons(&city, "cg")->state, SUMMONS_EXCUSED);
    done(city_verb(&city, "jj", VERB_RESOLVE));
    refused(reassign(&city, "jj", "cg"), ERROR_ILLEGAL_MOVE, NULL);
    refused(reassign(&city, NULL, "cg"), ERROR_NOT_SUMMONED, "act.unit"); // no lead is left, none is missing
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    refused(reassign(&city, "zd1", "cg"), ERROR_ILLEGAL_MOVE, NULL);
    city_close(&city);
}

// ---- orders -------------------------------------------------------------------------------------

static void an_order_is_due_when_it_says_and_is_answered(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    city.now_ms += 90 * SECOND_MS;
    done(supervise(&city, "cg", at("2026-03-02 10:00")));
    const struct clock *order = city_clock(&city, STAGE_ANSWER, "cg");
    assert_string_equal(shown(order->due_ms), "2026-03-02 10:00"); // and not a minute before
    assert_true(order->due_ms >= at("2026-03-02 10:00"));
    assert_string_equal(order->why, "supervise");
    assert_true(city_told(city_event(&city), "cg", WHY_LEAD) &&
                city_told(city_event(&city), "cg/A", WHY_LEAD));
    city.now_ms = at("2026-03-02 09:41");
    done(city_verb(&city, "cg", VERB_ANSWER));
    assert_false(city_event(&city)->late);
    assert_true(city_told(city_event(&city), "supervise", WHY_SUPERVISOR)); // who ordered hears it
    assert_int_equal(city_clock(&city, STAGE_ANSWER, "cg")->stop, STOP_MET);
    refused(city_verb(&city, "cg", VERB_ANSWER), ERROR_NOT_FOUND, NULL);
    refused(city_verb(&city, "zd1", VERB_ANSWER), ERROR_NOT_FOUND, NULL);
    city_close(&city);
}

static void an_order_without_a_time_has_the_city_s_limit(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(supervise(&city, "zd1", 0));
    assert_string_equal(shown(city_clock(&city, STAGE_ANSWER, "zd1")->due_ms), "2026-03-02 12:00");
    done(supervise(&city, "zd1", at("2026-03-02 09:00"))); // a new order takes the place of the old
    assert_int_equal(city_case(&city)->clocks[6].stop, STOP_REPLACED);
    assert_string_equal(shown(city_clock(&city, STAGE_ANSWER, "zd1")->due_ms), "2026-03-02 09:00");
    city_until(&city, "2026-03-02 09:01");
    done(city_verb(&city, "zd1", VERB_ANSWER));
    assert_true(city_event(&city)->late);
    city_close(&city);
}

static void orders_that_cannot_be_are_refused(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    refused(city_act(&city, office, (struct act){.verb = VERB_SUPERVISE, .target = "cg"}), ERROR_NOT_ALLOWED,
            NULL);
    refused(supervise(&city, NULL, 0), ERROR_MISSING, "act.target");
    refused(supervise(&city, "jj", 0), ERROR_NOT_SUMMONED, "act.target");
    refused(supervise(&city, "cg", city.now_ms), ERROR_TIME_RANGE, "act.due_ms");
    refused(supervise(&city, "cg", -1), ERROR_TIME_RANGE, "act.due_ms");
    refused(supervise(&city, "cg", INT64_MAX), ERROR_TIME_RANGE, "act.due_ms");
    done(city_verb(&city, "cg", VERB_RESOLVE));
    refused(supervise(&city, "cg", 0), ERROR_NOT_SUMMONED, "act.target");
    city_close(&city);
}

static void resolving_answers_the_order_too(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(supervise(&city, "cg", 0));
    done(city_verb(&city, "cg", VERB_RESOLVE));
    assert_int_equal(city_clock(&city, STAGE_ANSWER, "cg")->stop, STOP_MET);
    city_close(&city);
}

// ---- comments, deliveries -----------------------------------------------------------------------

static void a_comment_reaches_the_others(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_verb(&city, "cg", VERB_COMMENT));
    assert_true(city_told(city_event(&city), office, WHY_OFFICE) &&
                city_told(city_event(&city), "zd1", WHY_ASSIST));
    assert_false(city_told_any(city_event(&city), "cg"));
    refused(city_verb(&city, "jj", VERB_COMMENT), ERROR_UNKNOWN_CASE, "act.number");
    refused(city_verb(&city, "observer", VERB_COMMENT), ERROR_NOT_ALLOWED, NULL);
    done(city_act(&city, office, (struct act){.verb = VERB_CANCEL, .reason = "C01"}));
    done(city_verb(&city, office, VERB_COMMENT)); // also when all is over
    city_close(&city);
}

static void deliveries_name_a_recipient_and_an_event_of_the_case(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    uint64_t seq = city_event(&city)->seq;
    refused(city_act(&city, "cg", (struct act){.verb = VERB_DELIVERED, .seq = seq}), ERROR_MISSING,
            "act.target");
    refused(city_act(&city, "cg", (struct act){.verb = VERB_DELIVERED, .target = "cg/A"}), ERROR_MISSING,
            "act.seq");
    refused(city_act(&city, "cg", (struct act){.verb = VERB_DELIVERED, .target = "cg/A", .seq = seq + 1}),
            ERROR_BAD_VALUE, "act.seq");
    static const char *const untold[] = {"cg/B", "centre", "leader/observer", "nobody-at-all"};
    for (int i = 0; i < 4; i++) // the centre supervises the case, and may say it of all who were told
        refused(
            city_act(&city, "centre",
                     (struct act){.verb = VERB_DELIVERED, .target = untold[i], .seq = seq, .means = "sms"}),
            ERROR_BAD_VALUE, "act.target");
    refused(city_act(&city, "cg", (struct act){.verb = VERB_DELIVERED, .target = "zd1", .seq = seq}),
            ERROR_NOT_ALLOWED, "act.target");
    refused(city_act(&city, office, (struct act){.verb = VERB_UNDELIVERED, .target = "cg/A", .seq = seq}),
            ERROR_NOT_ALLOWED, "act.target");
    done(city_act(&city, "centre", (struct act){.verb = VERB_DELIVERED, .target = "cg/A", .seq = seq}));
    done(city_act(
        &city, "cg",
        (struct act){.verb = VERB_DELIVERED, .target = "cg/A", .seq = seq, .means = "sms", .tries = 2}));
    assert_int_equal(city_event(&city)->about_seq, seq);
    assert_string_equal(city_event(&city)->means, "sms");
    assert_int_equal(city_event(&city)->tries, 2);
    assert_int_equal(city_event(&city)->recipient_count, 0);
    city_close(&city);
}

static void who_cannot_be_reached_is_not_the_end_of_it(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    uint64_t seq = city_event(&city)->seq;
    done(city_act(&city, "cg",
                  (struct act){.verb = VERB_UNDELIVERED, .target = "cg/A", .seq = seq, .reason = "off"}));
    assert_true(city_told(city_event(&city), "cg/B", WHY_TOLD));
    assert_false(city_told_any(city_event(&city), "cg/A"));
    assert_true(city_told(city_event(&city), "gov", WHY_TOLD)); // its superior
    assert_true(city_told(city_event(&city), office, WHY_OFFICE));
    city_close(&city);
}

// It could be said again and again, and woke all the others each time.
static void the_others_are_told_once_that_somebody_cannot_be_reached(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    uint64_t seq = city_event(&city)->seq;
    for (int i = 0; i < 3; i++) {
        done(city_act(
            &city, "cg",
            (struct act){
                .verb = VERB_UNDELIVERED, .target = "cg/A", .seq = seq, .means = i ? "call" : "sms"}));
        assert_int_equal(city_event(&city)->recipient_count > 0, i == 0);
    }
    done(city_act(&city, "cg", (struct act){.verb = VERB_UNDELIVERED, .target = "cg", .seq = seq}));
    assert_true(city_told(city_event(&city), office, WHY_OFFICE)); // another recipient
    city_close(&city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_upheld_unit_must_come_after_all_and_its_promise_does_not_move),
        cmocka_unit_test(an_upheld_emergency_climbs_the_emergency_ladder),
        cmocka_unit_test(another_unit_is_assigned_and_the_promise_runs_on),
        cmocka_unit_test(a_case_that_others_work_on_goes_back_in_hand),
        cmocka_unit_test(an_assist_is_excused_and_nobody_comes_in_its_place),
        cmocka_unit_test(excusing_the_last_who_is_not_done_resolves_the_case),
        cmocka_unit_test(a_lead_is_replaced_and_never_only_excused),
        cmocka_unit_test(of_two_declines_the_one_that_is_named_is_upheld),
        cmocka_unit_test(the_desk_places_what_no_rule_placed_and_the_promise_runs_on),
        cmocka_unit_test(a_supervisor_reassigns_without_a_quarrel_too),
        cmocka_unit_test(an_order_is_due_when_it_says_and_is_answered),
        cmocka_unit_test(an_order_without_a_time_has_the_city_s_limit),
        cmocka_unit_test(orders_that_cannot_be_are_refused),
        cmocka_unit_test(resolving_answers_the_order_too),
        cmocka_unit_test(a_comment_reaches_the_others),
        cmocka_unit_test(deliveries_name_a_recipient_and_an_event_of_the_case),
        cmocka_unit_test(the_others_are_told_once_that_somebody_cannot_be_reached),
        cmocka_unit_test(who_cannot_be_reached_is_not_the_end_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
