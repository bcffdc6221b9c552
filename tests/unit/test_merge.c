// layer: core, with: city.c
// Two whistles about one thing, and many at one point: what is offered, merged and parted again, and what the
// level above gets.
#include "city.h"

#include "base/text.h"

static const char first_office[] = "420902001001", second_office[] = "420902001002", street[] = "420902001";

static struct position here = {30.9000, 113.9000, DATUM_WGS84};
static struct position there = {30.9003, 113.9000, DATUM_WGS84}; // 33 m
static struct position away = {30.9100, 113.9000, DATUM_WGS84};  // 1.1 km

static struct casefile *numbered(struct city *city, const char *number)
{
    return city->view.ops->by_number(city, number);
}

// Two communities whistle about the same heap on their border; gives the numbers.
static void open_pair(struct city *city, const char *numbers[2])
{
    city_open(city, "2026-03-02 10:00");
    done(city_submit(city, first_office, (struct whistle){.position = &here}));
    numbers[0] = city_case(city)->number;
    done(city_submit(city, second_office, (struct whistle){.position = &there, .area = "420902001002"}));
    numbers[1] = city_case(city)->number;
    assert_int_equal(city->decision.duplicate_count, 1);
    assert_string_equal(city->decision.duplicates[0].number, numbers[0]);
}

static struct decision *merge(struct city *city, const char *who, const char *number, const char *into)
{
    return city_act(city, who, (struct act){.verb = VERB_MERGE, .number = number, .other = into});
}

static struct decision *of(struct city *city, const char *who, enum verb verb, const char *number)
{
    return city_act(city, who, (struct act){.verb = verb, .number = number});
}

// ---- 并案 ---------------------------------------------------------------------------------------

static void one_case_goes_on_and_the_other_rests_in_it_with_its_number(void **state)
{
    (void)state;
    struct city city;
    const char *number[2];
    open_pair(&city, number);
    done(of(&city, "cg", VERB_ACCEPT, number[1]));
    done(merge(&city, second_office, number[1], number[0])); // though it may not see that case
    const struct casefile *rests = numbered(&city, number[1]), *goes_on = numbered(&city, number[0]);
    assert_int_equal(rests->state, CASE_MERGED);
    assert_string_equal(rests->merged_into, number[0]);
    assert_int_equal(rests->next_due_ms, 0);
    assert_int_equal(rests->summons[0].state, SUMMONS_EXCUSED);
    assert_int_equal(rests->clocks[0].stop, STOP_MET); // it was accepted
    assert_int_equal(rests->clocks[2].stop, STOP_MERGED);
    assert_int_equal(goes_on->joined_count, 1);
    assert_string_equal(goes_on->joined[0].number, number[1]);
    assert_string_equal(goes_on->joined[0].office, second_office);
    const struct event *merged = &city.decision.events[0], *joined = &city.decision.events[1];
    assert_true(city_told(merged, "cg", WHY_LEAD));
    assert_true(city_told(joined, first_office, WHY_OFFICE) && city_told(joined, second_office, WHY_TOLD));
    city_close(&city);
}

static void both_offices_hear_how_it_ends_and_only_one_of_them_judges(void **state)
{
    (void)state;
    struct city city;
    const char *number[2];
    open_pair(&city, number);
    done(merge(&city, second_office, number[1], number[0]));
    refused(of(&city, second_office, VERB_SETTLE, number[0]), ERROR_NOT_ALLOWED, NULL);
    done(of(&city, second_office, VERB_URGE, number[0]));
    done(of(&city, "cg", VERB_RESOLVE, number[0]));
    done(of(&city, "zd1", VERB_RESOLVE, number[0]));
    done(city_act(&city, first_office,
                  (struct act){.verb = VERB_EVALUATE, .number = number[0], .verdict = VERDICT_SOLVED}));
    assert_int_equal(numbered(&city, number[0])->state, CASE_CLOSED);
    assert_true(city_told(city_event(&city), first_office, WHY_OFFICE));
    assert_true(city_told(city_event(&city), second_office, WHY_TOLD));
    city_close(&city);
}

static void what_cannot_be_merged_is_refused(void **state)
{
    (void)state;
    struct city city;
    const char *number[2];
    open_pair(&city, number);
    done(city_submit(&city, "420902002001", (struct whistle){.area = "420902002001", .category = "0301"}));
    const char *far = city_case(&city)->number;
    refused(merge(&city, second_office, number[1], NULL), ERROR_MISSING, "act.other");
    refused(merge(&city, second_office, number[1], "260302-0001-9"), ERROR_BAD_NUMBER, "act.other");
    refused(merge(&city, second_office, number[1], number[1]), ERROR_BAD_VALUE, "act.other");
    refused(merge(&city, second_office, number[1], far), ERROR_UNKNOWN_CASE,
            "act.other"); // not similar, not seen
    refused(merge(&city, "cg", number[1], number[0]), ERROR_NOT_ALLOWED, NULL);
    done(merge(&city, "centre", number[1], number[0]));
    refused(merge(&city, "centre", number[0], far), ERROR_ILLEGAL_MOVE, "act.number"); // others rest in it
    refused(merge(&city, "centre", far, number[1]), ERROR_ILLEGAL_MOVE,
            "act.other"); // which is merged itself
    refused(merge(&city, "centre", number[1], far), ERROR_ILLEGAL_MOVE, "act.number");
    refused(of(&city, "centre", VERB_UNMERGE, number[0]), ERROR_ILLEGAL_MOVE, NULL);
    city_close(&city);
}

static void a_merger_is_undone_and_the_case_begins_anew(void **state)
{
    (void)state;
    struct city city;
    const char *number[2];
    open_pair(&city, number);
    done(merge(&city, second_office, number[1], number[0]));
    city.now_ms = at("2026-03-02 11:00");
    done(of(&city, second_office, VERB_UNMERGE, number[1]));
    const struct casefile *own = numbered(&city, number[1]), *other = numbered(&city, number[0]);
    assert_int_equal(own->state, CASE_DISPATCHED);
    assert_null(own->merged_into);
    assert_int_equal(own->summons_count, 4);
    assert_int_equal(own->summons[2].state, SUMMONS_CALLED);
    assert_string_equal(shown(own->promised_ms), "2026-03-03 11:00");
    assert_int_equal(other->joined_count, 0);
    assert_int_equal(city.decision.events[1].kind, EVENT_PARTED);
    assert_true(city_told(&city.decision.events[1], first_office, WHY_OFFICE));
    refused(of(&city, second_office, VERB_URGE, number[0]), ERROR_UNKNOWN_CASE, "act.number");
    city_close(&city);
}

// ---- what was once wrong ------------------------------------------------------------------------

static void nobody_buries_a_case_in_another_matter(void **state)
{
    (void)state;
    struct city city;
    const char *number[2];
    open_pair(&city, number);
    done(city_submit(
        &city, second_office,
        (struct whistle){
            .kind = KIND_EMERGENCY, .category = "0105", .area = "420902001002", .position = &there}));
    const char *gas = city_case(&city)->number;
    refused(merge(&city, second_office, gas, number[1]), ERROR_BAD_VALUE,
            "act.other"); // less than an emergency
    done(city_submit(&city, second_office, (struct whistle){.area = "420902001002", .position = &away}));
    const char *far = city_case(&city)->number;
    refused(merge(&city, second_office, far, number[1]), ERROR_UNKNOWN_CASE,
            "act.other");                         // though both are its own
    done(merge(&city, "centre", far, number[1])); // a supervisor may
    city_close(&city);
}

static void nothing_is_merged_into_what_is_done_or_put_aside(void **state)
{
    (void)state;
    struct city city;
    const char *number[2];
    open_pair(&city, number);
    done(city_act(&city, "supervise",
                  (struct act){.verb = VERB_SUSPEND,
                               .number = number[0],
                               .target = "cg",
                               .reason = "G01",
                               .due_ms = city.now_ms + DAY_MS}));
    refused(merge(&city, second_office, number[1], number[0]), ERROR_ILLEGAL_MOVE, "act.other");
    done(of(&city, "centre", VERB_RESUME, number[0]));
    done(of(&city, "cg", VERB_RESOLVE, number[0]));
    done(of(&city, "zd1", VERB_RESOLVE, number[0]));
    refused(merge(&city, second_office, number[1], number[0]), ERROR_ILLEGAL_MOVE, "act.other");
    city_close(&city);
}

static void what_a_resident_is_owed_goes_along(void **state)
{
    (void)state;
    struct city city;
    const char *number[2];
    city_open(&city, "2026-03-02 10:00");
    done(city_submit(&city, first_office, (struct whistle){.position = &here}));
    number[0] = city_case(&city)->number;
    city.rules.closing = CLOSING_CALL_BACK;
    done(city_submit(&city, second_office, (struct whistle){.position = &there, .area = "420902001002"}));
    number[1] = city_case(&city)->number;
    done(merge(&city, second_office, number[1], number[0]));
    assert_int_equal(numbered(&city, number[0])->closing->needs, CLOSING_CALL_BACK);
    city_close(&city);
}

static void what_rests_in_a_case_that_is_cancelled_stands_up_again(void **state)
{
    (void)state;
    struct city city;
    const char *number[2];
    open_pair(&city, number);
    done(of(&city, second_office, VERB_COMMENT, number[1]));
    done(merge(&city, second_office, number[1], number[0]));
    done(city_act(&city, first_office,
                  (struct act){.verb = VERB_CANCEL, .number = number[0], .reason = "C01"}));
    assert_string_equal(city.decision.file->number, number[0]);
    assert_int_equal(city.decision.called_count, 0);
    assert_int_equal(numbered(&city, number[0])->state, CASE_CANCELLED);
    assert_int_equal(numbered(&city, number[0])->joined_count, 0);
    assert_int_equal(numbered(&city, number[1])->state, CASE_DISPATCHED);
    assert_null(numbered(&city, number[1])->merged_into);
    city_close(&city);
}

static void as_many_as_may_rest_in_a_case_stand_up_at_once(void **state)
{
    (void)state;
    struct city city;
    const char *number[2];
    open_pair(&city, number);
    for (int i = 1; i < CASE_MAX_JOINED; i++) {
        done(merge(&city, second_office, city_case(&city)->number, number[0]));
        done(city_submit(&city, second_office, (struct whistle){.position = &there, .area = "420902001002"}));
    }
    done(merge(&city, second_office, city_case(&city)->number, number[0]));
    done(city_submit(&city, second_office, (struct whistle){.position = &there, .area = "420902001002"}));
    refused(merge(&city, second_office, city_case(&city)->number, number[0]), ERROR_TOO_MANY, "act.other");
    done(city_act(&city, first_office,
                  (struct act){.verb = VERB_CANCEL, .number = number[0], .reason = "C01"}));
    assert_int_equal(city.decision.event_count, 1 + 3 * CASE_MAX_JOINED);
    city_close(&city);
}

static void a_merger_is_not_undone_for_ever(void **state)
{
    (void)state;
    struct city city;
    const char *number[2];
    open_pair(&city, number);
    city.rules.reopen_limit = limit_of(MEASURE_NATURAL_DAYS, 7);
    done(city_act(&city, second_office,
                  (struct act){.verb = VERB_HAND_UP, .number = number[1], .reason = "H01"}));
    refused(merge(&city, second_office, number[1], number[0]), ERROR_NOT_ALLOWED,
            NULL); // it is the street's now
    done(merge(&city, street, number[1], number[0]));
    done(of(&city, "cg", VERB_RESOLVE, number[0]));
    done(of(&city, "zd1", VERB_RESOLVE, number[0]));
    done(city_act(&city, first_office,
                  (struct act){.verb = VERB_EVALUATE, .number = number[0], .verdict = VERDICT_SOLVED}));
    city.now_ms = at("2026-03-09 10:00");
    refused(of(&city, street, VERB_UNMERGE, number[1]), ERROR_TOO_LATE, NULL);
    city.now_ms = at("2026-03-09 09:00");
    done(of(&city, street, VERB_UNMERGE, number[1]));
    assert_string_equal(numbered(&city, number[1])->charge, second_office); // it begins below again
    city_close(&city);
}

static void nobody_rules_on_what_he_declined_himself(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    done(city_submit(&city, first_office, (struct whistle){0}));
    done(city_act(&city, first_office, (struct act){.verb = VERB_ADD_UNIT, .target = "supervise"}));
    refused(city_act(&city, "supervise", (struct act){.verb = VERB_EXCUSE, .target = "supervise"}),
            ERROR_NOT_ALLOWED, "act.target");
    done(city_act(&city, "supervise", (struct act){.verb = VERB_DECLINE, .reason = "D02"}));
    refused(city_act(&city, "supervise", (struct act){.verb = VERB_REASSIGN, .target = "jj"}),
            ERROR_NOT_ALLOWED, "act.unit");
    done(city_act(&city, "centre", (struct act){.verb = VERB_REASSIGN, .target = "jj"}));
    city_close(&city);
}

static void a_merger_can_be_undone_for_a_week_where_no_case_is_reopened(void **state)
{
    (void)state;
    struct city city;
    const char *number[2];
    open_pair(&city, number);
    done(merge(&city, second_office, number[1], number[0]));
    done(of(&city, first_office, VERB_SETTLE, number[0])); // and the other office knows nothing of it
    city.now_ms = at("2026-03-09 09:59");
    done(of(&city, second_office, VERB_UNMERGE, number[1]));
    assert_int_equal(numbered(&city, number[1])->state, CASE_DISPATCHED);
    assert_int_equal(city.decision.called_count, 2); // and not those of before
    city_close(&city);
}

// Once a call-up whose area had left the rulebook brought the daemon down when it was placed anew.
static void a_call_up_whose_area_left_the_rulebook_is_placed_without_members(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    done(city_call_up(&city, (struct whistle){0}));
    const char *first = city_case(&city)->number;
    done(city_call_up(&city, (struct whistle){0}));
    const char *second = city_case(&city)->number;
    done(merge(&city, first_office, second, first));
    numbered(&city, second)->area = "420900/420902/420902001/420902001001/gone";
    done(of(&city, "centre", VERB_UNMERGE, second)); // whose area holds that place, as its path says
    assert_int_equal(numbered(&city, second)->state, CASE_DISPATCHED);
    refused(of(&city, "420902002", VERB_URGE, second), ERROR_UNKNOWN_CASE,
            "act.number"); // which lies elsewhere
    done(of(&city, street, VERB_URGE, second));
    city_close(&city);
}

// ---- 重复点位 -----------------------------------------------------------------------------------

static void open_repeating(struct city *city)
{
    city_open(city, "2026-03-02 10:00");
    struct category *garbage = &city->rules.categories.categories[1];
    garbage->repeat_count = 3;
    garbage->repeat_ms = 7 * DAY_MS;
}

static struct decision *again(struct city *city, const char *time, struct position *position)
{
    city->now_ms = at(time);
    return city_submit(city, first_office, (struct whistle){.position = position});
}

static void a_point_that_repeats_is_raised_to_the_level_above(void **state)
{
    (void)state;
    struct city city;
    open_repeating(&city);
    done(again(&city, "2026-03-02 10:00", &here));
    done(of(&city, first_office, VERB_SETTLE, city_case(&city)->number)); // it is a whistle all the same
    done(again(&city, "2026-03-04 10:00", &there));
    done(again(&city, "2026-03-04 11:00", &away));
    assert_null(city.decision.raised);
    done(again(&city, "2026-03-06 10:00", &here));
    const struct casefile *raised = city_case(&city), *tipping = city.cases[3];
    assert_string_equal(city.decision.raised, raised->number);
    assert_string_equal(city.decision.file->number,
                        tipping->number); // the answer is about what was submitted
    assert_int_equal(city.decision.called_count, 2);
    assert_int_equal(city.case_count, 5);
    assert_int_equal(raised->whistle->kind, KIND_PRIORITY);
    assert_string_equal(raised->office, street);
    assert_string_equal(raised->whistle->source, "repeated");
    assert_int_equal(raised->related_count, 3);
    assert_string_equal(raised->related[2], tipping->number);
    assert_int_equal(raised->state, CASE_DISPATCHED);
    assert_true(city_told(&city.decision.events[2], street, WHY_OFFICE));
    done(again(&city, "2026-03-06 11:00", &here)); // it is known now
    assert_null(city.decision.raised);
    done(city_act(&city, street,
                  (struct act){.verb = VERB_CANCEL, .number = city.cases[4]->number, .reason = "C02"}));
    done(again(&city, "2026-03-06 12:00", &here)); // who gives it up has it again
    assert_non_null(city.decision.raised);
    city_close(&city);
}

static void what_was_withdrawn_or_lies_back_too_far_does_not_count(void **state)
{
    (void)state;
    struct city city;
    open_repeating(&city);
    done(again(&city, "2026-03-02 10:00", &here));
    done(again(&city, "2026-03-09 10:01", &here));
    done(city_act(&city, first_office, (struct act){.verb = VERB_CANCEL, .reason = "C02"}));
    done(again(&city, "2026-03-09 10:02", &here));
    done(again(&city, "2026-03-09 10:03", &here));
    assert_null(city.decision.raised);
    done(city_submit(&city, first_office, (struct whistle){.category = "0105", .position = &here}));
    assert_null(city.decision.raised); // another category of the class
    done(again(&city, "2026-03-09 10:04", &here));
    assert_non_null(city.decision.raised);
    city_close(&city);
}

static void a_point_that_is_raised_waits_for_approval_where_its_rule_wants_it(void **state)
{
    (void)state;
    struct city city;
    open_repeating(&city);
    done(again(&city, "2026-03-02 10:00", &here));
    done(again(&city, "2026-03-02 11:00", &here));
    city.rules.routing.rules[2].approval = true;
    done(again(&city, "2026-03-02 12:00", &here));
    assert_null(city.decision.raised); // the third waits itself
    city.rules.routing.rules[2].approval = false;
    done(again(&city, "2026-03-02 13:00", &here));
    assert_non_null(city.decision.raised);
    city_close(&city);
    open_repeating(&city);
    city.rules.routing.rules[2].kinds = 1u << KIND_ISSUE;
    city.rules.routing.rules[4] = city.rules.routing.rules[2];
    city.rules.routing.rules[4].kinds = 1u << KIND_PRIORITY;
    city.rules.routing.rules[4].approval = true;
    assert_int_equal(routing_compile(&city.rules.routing, &city.arena), 0);
    for (int i = 0; i < 3; i++)
        done(again(&city, "2026-03-02 10:00", &here));
    assert_int_equal(city_case(&city)->state, CASE_AWAITING_APPROVAL);
    city_close(&city);
}

static void scattered_whistles_of_one_area_are_no_point(void **state)
{
    (void)state;
    struct city city;
    open_repeating(&city);
    done(again(&city, "2026-03-02 10:00", &here));
    done(again(&city, "2026-03-02 11:00", &away));
    done(again(&city, "2026-03-02 12:00", NULL)); // somewhere in that community
    assert_null(city.decision.raised);
    done(again(&city, "2026-03-02 13:00", NULL));
    done(again(&city, "2026-03-02 14:00", NULL)); // three of which nobody knows more than the smallest area
    assert_non_null(city.decision.raised);
    city_close(&city);
}

// ---- 先例 ---------------------------------------------------------------------------------------

static void a_ruling_is_a_precedent_for_the_same_category_and_area(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    done(city_submit(&city, first_office, (struct whistle){0}));
    const char *number = city_case(&city)->number;
    done(city_act(&city, "cg", (struct act){.verb = VERB_DECLINE, .reason = "D02"}));
    city.now_ms = at("2026-03-02 12:00"); // an hour late, and right
    done(city_act(&city, "centre", (struct act){.verb = VERB_REASSIGN, .target = "jj"}));
    assert_int_equal(city_event(&city)->ruling, RULING_ASSIGN);
    assert_string_equal(city_summons(&city, "cg")->exempt, "D02");
    assert_int_equal(city_summons(&city, "cg")->held_ms, 0);
    assert_string_equal(city_clock(&city, STAGE_RESOLVE, "cg")->exempt, "D02");
    done(city_submit(&city, first_office, (struct whistle){0}));
    assert_int_equal(city.decision.precedent_count, 1);
    assert_string_equal(city.decision.precedents[0].number, number);
    assert_string_equal(city.decision.precedents[0].to, "jj");
    done(city_submit(&city, street, (struct whistle){.area = street})); // what was ruled of one place in it
    assert_int_equal(city.decision.precedent_count, 0);                 // is not ruled of all
    done(city_submit(&city, second_office, (struct whistle){.area = "420902001002"}));
    assert_int_equal(city.decision.precedent_count, 0);
    done(city_act(&city, "centre", (struct act){.verb = VERB_REASSIGN, .target = "jj"}));
    assert_int_equal(city_event(&city)->ruling, 0); // nobody had declined
    assert_null(city_summons(&city, "cg")->exempt);
    city_close(&city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_case_goes_on_and_the_other_rests_in_it_with_its_number),
        cmocka_unit_test(both_offices_hear_how_it_ends_and_only_one_of_them_judges),
        cmocka_unit_test(what_cannot_be_merged_is_refused),
        cmocka_unit_test(nobody_buries_a_case_in_another_matter),
        cmocka_unit_test(nothing_is_merged_into_what_is_done_or_put_aside),
        cmocka_unit_test(what_a_resident_is_owed_goes_along),
        cmocka_unit_test(what_rests_in_a_case_that_is_cancelled_stands_up_again),
        cmocka_unit_test(as_many_as_may_rest_in_a_case_stand_up_at_once),
        cmocka_unit_test(a_merger_is_not_undone_for_ever),
        cmocka_unit_test(a_merger_can_be_undone_for_a_week_where_no_case_is_reopened),
        cmocka_unit_test(a_call_up_whose_area_left_the_rulebook_is_placed_without_members),
        cmocka_unit_test(nobody_rules_on_what_he_declined_himself),
        cmocka_unit_test(a_point_that_is_raised_waits_for_approval_where_its_rule_wants_it),
        cmocka_unit_test(scattered_whistles_of_one_area_are_no_point),
        cmocka_unit_test(a_merger_is_undone_and_the_case_begins_anew),
        cmocka_unit_test(a_point_that_repeats_is_raised_to_the_level_above),
        cmocka_unit_test(what_was_withdrawn_or_lies_back_too_far_does_not_count),
        cmocka_unit_test(a_ruling_is_a_precedent_for_the_same_category_and_area),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
