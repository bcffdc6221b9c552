// layer: core, with: city.c
// submit 吹哨: what is a whistle and what is not, who comes, by when, and what the office is told.
#include "city.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const char forty[] =
    "四十个字四十个字四十个字四十个字四十个字四十个字四十个字四十个字四十个字四十个字";

// ---- what is refused ----------------------------------------------------------------------------

static void a_whistle_that_is_none_is_refused_with_its_field(void **state)
{
    (void)state;
    static struct position nowhere = {91, 0, 0}, sea = {30, 113, 0};
    static struct attachment attachments[33];
    static struct attribute attributes[65];
    char title[sizeof forty + 1];
    snprintf(title, sizeof title, "%s!", forty);
    const struct {
        const char *principal;
        struct whistle whistle;
        int error;
        const char *field;
    } table[] = {
        {"cg", {0}, ERROR_NOT_ALLOWED, NULL},
        {"observer", {0}, ERROR_NOT_ALLOWED, NULL},
        {"centre", {.source = "repeated", .source_no = "7"}, ERROR_BAD_VALUE, "whistle.source"},
        {"centre", {.kind = KIND_CALLUP, .places = 501}, ERROR_BAD_VALUE, "whistle.places"},
        {"centre", {.kind = (enum kind)99}, ERROR_BAD_VALUE, "whistle.kind"},
        {"centre", {.severity = 5}, ERROR_BAD_VALUE, "whistle.severity"},
        {"centre", {.title = title}, ERROR_TOO_LONG, "whistle.title"},
        {"centre", {.source = "12345"}, ERROR_MISSING, "whistle.source_no"},
        {"centre", {.source_no = "7"}, ERROR_MISSING, "whistle.source"},
        {"centre",
         {.attachments = attachments, .attachment_count = 33},
         ERROR_TOO_MANY,
         "whistle.attachments"},
        {"centre", {.attributes = attributes, .attribute_count = 65}, ERROR_TOO_MANY, "whistle.attributes"},
        {"centre", {.category = "01"}, ERROR_UNKNOWN_CATEGORY, "whistle.category"},
        {"centre", {.category = "7777"}, ERROR_UNKNOWN_CATEGORY, "whistle.category"},
        {"centre", {.category_standard = "CJ/T 214"}, ERROR_UNKNOWN_CATEGORY, "whistle.category_standard"},
        {"centre", {.condition = "3"}, ERROR_UNKNOWN_CONDITION, "whistle.condition"},
        {"centre", {.category = "0105", .condition = "1"}, ERROR_UNKNOWN_CONDITION, "whistle.condition"},
        {"centre", {.position = &nowhere}, ERROR_BAD_VALUE, "whistle.position"},
        {"centre", {.area = "nowhere"}, ERROR_UNKNOWN_AREA, "whistle.area"},
        {"centre", {.area = "420900"}, ERROR_OUT_OF_SCOPE, "whistle.area"},
        {"420902001001", {.area = "420902001002"}, ERROR_OUT_OF_SCOPE, "whistle.area"},
        {"420902002", {.area = "420902001"}, ERROR_OUT_OF_SCOPE, "whistle.area"},
        {"centre", {.reported_ms = -1}, ERROR_TIME_RANGE, "whistle.reported_ms"},
        {"centre", {.reported_ms = INT64_MAX}, ERROR_TIME_RANGE, "whistle.reported_ms"},
        {"centre", {.reported_ms = 1}, ERROR_TIME_RANGE, "whistle.reported_ms"},
        {"centre", {.appointed_ms = 1}, ERROR_TIME_RANGE, "whistle.appointed_ms"},
        {"centre", {.appointed_ms = INT64_MAX}, ERROR_TIME_RANGE, "whistle.appointed_ms"},
    };
    struct city city;
    city_open(&city, "2026-02-13 09:00");
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        refused(city_submit(&city, table[i].principal, table[i].whistle), table[i].error, table[i].field);
    }
    struct command command = city.command;
    command.whistle = &(struct whistle){.kind = KIND_ISSUE, .category = "0102"};
    refused(city_run(&city, &command), ERROR_MISSING, "whistle.area");
    command.whistle->position = &sea;
    refused(city_run(&city, &command), ERROR_UNKNOWN_AREA, "whistle.position");
    command.whistle->category = NULL;
    refused(city_run(&city, &command), ERROR_MISSING, "whistle.category");
    assert_int_equal(city.case_count, 0);
    city_close(&city);
}

static void a_title_of_forty_characters_passes(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-02-13 09:00");
    assert_int_equal(text_characters(forty), 40);
    done(city_submit(&city, "centre", (struct whistle){.title = forty}));
    city_close(&city);
}

static void a_position_that_lies_in_an_area_needs_no_code(void **state)
{
    (void)state;
    static struct position here = {30.9, 113.9, DATUM_WGS84};
    struct city city;
    city_open(&city, "2026-02-13 09:00");
    struct command command = {.kind = COMMAND_SUBMIT,
                              .principal = principal_find(&city.rules.principals, "centre"),
                              .actor = {.principal = "centre"},
                              .located = area_find(&city.rules.areas, "420902002001"),
                              .whistle = &(struct whistle){.category = "0102", .position = &here}};
    done(city_run(&city, &command));
    assert_string_equal(city_case(&city)->area, "420900/420902/420902002/420902002001");
    assert_string_equal(city_case(&city)->whistle->area, "420902002001");
    assert_int_equal(city_case(&city)->whistle->kind, KIND_ISSUE);
    city_close(&city);
}

// decide() is asked again when a batch has no room left: the client's own words must stand as they came.
static void the_command_is_not_written_into(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-02-13 09:00");
    done(city_submit(&city, "centre", (struct whistle){0}));
    const struct whistle *asked = city.command.whistle;
    assert_int_equal(asked->reported_ms, 0);
    assert_null(asked->condition);
    assert_null(asked->category_standard);
    const struct whistle *filed = city_case(&city)->whistle;
    assert_int_equal(filed->reported_ms, city.now_ms);
    assert_string_equal(filed->condition, "1");
    assert_string_equal(filed->category_standard, "GB/T 30428.2-2013");
    city_close(&city);
}

// ---- who comes ----------------------------------------------------------------------------------

static void the_rule_calls_its_units_and_promises_a_date(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-02-13 17:00");
    struct decision *got = city_submit(&city, "420902001001", (struct whistle){.title = "garbage"});
    done(got);
    const struct casefile *file = city_case(&city);
    assert_int_equal(got->event_count, 2);
    assert_int_equal(got->events[0].kind, EVENT_FILED);
    assert_int_equal(got->events[1].kind, EVENT_DISPATCHED);
    assert_string_equal(file->number, got->file->number);
    assert_true(text_starts(file->number, "260213-0001-"));
    assert_int_equal(file->state, CASE_DISPATCHED);
    assert_string_equal(file->office, "420902001001");
    assert_string_equal(file->charge, "420902001001");
    assert_string_equal(file->principal, "420902001001");
    assert_string_equal(file->agent, "Zhou");
    assert_string_equal(file->rule->id, "R3");
    assert_int_equal(file->rule->line, 3);
    assert_int_equal(file->rule->rulebook.length, DIGEST_BYTES);
    assert_int_equal(file->summons_count, 2);
    assert_int_equal(city_summons(&city, "cg")->role, ROLE_LEAD);
    assert_int_equal(city_summons(&city, "zd1")->role, ROLE_ASSIST); // the branch stationed in this street
    assert_string_equal(shown(city_clock(&city, STAGE_ACCEPT, "cg")->due_ms), "2026-02-13 18:00");
    assert_string_equal(shown(city_clock(&city, STAGE_REPORT, "cg")->due_ms), "2026-02-14 11:00");
    assert_string_equal(shown(city_clock(&city, STAGE_RESOLVE, "cg")->due_ms), "2026-02-14 17:00");
    assert_string_equal(shown(file->promised_ms), "2026-02-14 17:00");
    assert_int_equal(got->called_count, 2);
    assert_string_equal(got->called[0].unit, "cg");
    assert_string_equal(got->called[0].contact, "A");
    assert_string_equal(got->called[0].limit, "1 working-days");
    assert_int_equal(got->called[0].resolve_due_ms, file->promised_ms);
    assert_string_equal(shown(got->called[1].accept_due_ms), "2026-02-13 18:00");
    city_close(&city);
}

static void each_called_unit_its_contact_and_the_office_are_told_why(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-02-13 17:00");
    done(city_submit(&city, "420902001001", (struct whistle){0}));
    const struct event *event = city_event(&city);
    assert_true(city_told(event, "cg", WHY_LEAD));
    assert_true(city_told(event, "cg/A", WHY_LEAD));
    assert_false(city_told_any(event, "cg/B"));
    assert_true(city_told(event, "zd1", WHY_ASSIST));
    assert_true(city_told(event, "zd1/A", WHY_ASSIST));
    assert_true(city_told(event, "420902001001", WHY_OFFICE));
    assert_int_equal(event->recipient_count, 5);
    city_close(&city);
}

static void a_condition_has_its_own_limit(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    done(city_submit(&city, "centre", (struct whistle){.condition = "2"}));
    assert_string_equal(shown(city_case(&city)->promised_ms), "2026-03-06 18:00");
    done(city_submit(&city, "centre", (struct whistle){.condition = "1"}));
    assert_string_equal(shown(city_case(&city)->promised_ms), "2026-03-02 18:00");
    done(city_submit(&city, "centre", (struct whistle){.category = "0105"})); // by its rule
    assert_string_equal(shown(city_case(&city)->promised_ms), "2026-03-02 10:00");
    city_close(&city);
}

static void a_joint_whistle_calls_five_and_arrival_counts_from_the_meeting(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-02-13 16:50");
    done(city_submit(&city, "420902001001",
                     (struct whistle){.kind = KIND_JOINT,
                                      .appointed_ms = at("2026-02-14 09:00"),
                                      .meeting_point = "east gate"}));
    assert_int_equal(city_case(&city)->summons_count, 5);
    assert_int_equal(city_summons(&city, "cg")->role, ROLE_LEAD);
    static const char *const units[] = {"cg", "scj", "jj", "xf", "water"};
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(shown(city_clock(&city, STAGE_ACCEPT, units[i])->due_ms), "2026-02-13 17:50");
        assert_string_equal(shown(city_clock(&city, STAGE_REPORT, units[i])->start_ms), "2026-02-14 09:00");
        assert_string_equal(shown(city_clock(&city, STAGE_REPORT, units[i])->due_ms), "2026-02-14 09:30");
        assert_string_equal(shown(city_clock(&city, STAGE_RESOLVE, units[i])->due_ms), "2026-02-24 16:50");
    }
    assert_string_equal(shown(city_case(&city)->promised_ms), "2026-02-24 16:50");
    city_close(&city);
}

static void contact_b_is_called_at_once_when_the_roster_says_that_a_is_away(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-02-13 16:50");
    done(city_submit(&city, "420902001001", (struct whistle){.kind = KIND_JOINT}));
    assert_string_equal(city_summons(&city, "scj")->contact, "B");
    assert_true(city_told(city_event(&city), "scj/B", WHY_ASSIST));
    assert_false(city_told_any(city_event(&city), "scj/A"));
    assert_string_equal(city_summons(&city, "water")->contact, "A"); // it has no B
    city.now_ms = at("2026-02-16 10:00");
    done(city_submit(&city, "420902001001", (struct whistle){.kind = KIND_JOINT}));
    assert_string_equal(city_summons(&city, "scj")->contact, "A"); // back again
    assert_string_equal(city_summons(&city, "xf")->contact, "B");  // on duty by the roster
    city_close(&city);
}

static void an_emergency_runs_on_continuous_hours_at_night_and_on_holidays(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-02-17 03:00"); // the first day of the year
    done(city_submit(&city, "420902001001", (struct whistle){.kind = KIND_EMERGENCY, .category = "0105"}));
    assert_string_equal(shown(city_clock(&city, STAGE_ACCEPT, "xf")->due_ms), "2026-02-17 04:00");
    assert_string_equal(shown(city_clock(&city, STAGE_REPORT, "xf")->due_ms), "2026-02-17 07:00");
    assert_string_equal(shown(city_clock(&city, STAGE_RESOLVE, "xf")->due_ms), "2026-02-17 05:00");
    for (size_t i = 0; i < city_case(&city)->clock_count; i++)
        assert_string_equal(city_case(&city)->clocks[i].ladder, "emergency");
    city_close(&city);
}

static void a_whistle_that_is_only_registered_summons_nobody(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-02-13 09:00");
    struct decision *got = city_submit(&city, "420902001001", (struct whistle){.nature = NATURE_THANKS});
    done(got);
    assert_int_equal(city_case(&city)->state, CASE_REGISTERED);
    assert_int_equal(city_case(&city)->summons_count, 0);
    assert_int_equal(city_case(&city)->next_due_ms, 0);
    assert_int_equal(got->called_count, 0);
    assert_string_equal(got->reason, "registered");
    assert_string_equal(city_case(&city)->rule->id, "R1");
    assert_true(city_told(city_event(&city), "420902001001", WHY_OFFICE));
    city_close(&city);
}

static void a_whistle_that_no_rule_places_goes_to_the_default_owner(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    city.rules.default_owner = unit_find(&city.rules.units, "yj");
    struct decision *got = city_submit(&city, "420902001001", (struct whistle){.category = "0999"});
    done(got);
    assert_int_equal(city_case(&city)->state, CASE_DISPATCHED);
    assert_string_equal(got->reason, "default_owner");
    assert_string_equal(city_case(&city)->rule->id, "default");
    assert_int_equal(city_summons(&city, "yj")->role, ROLE_LEAD);
    assert_string_equal(shown(city_case(&city)->promised_ms), "2026-03-06 18:00");
    city_close(&city);
}

static void without_an_owner_it_goes_to_the_desk_and_the_promised_time_runs(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    struct decision *got = city_submit(&city, "420902001001", (struct whistle){.category = "0999"});
    done(got);
    assert_int_equal(city_case(&city)->state, CASE_ARBITRATION);
    assert_string_equal(got->reason, "no_rule");
    assert_int_equal(got->called_count, 0);
    assert_string_equal(shown(city_clock(&city, STAGE_ARBITRATE, "centre")->due_ms), "2026-03-02 10:00");
    assert_string_equal(shown(city_clock(&city, STAGE_RESOLVE, "centre")->due_ms), "2026-03-06 18:00");
    assert_string_equal(shown(city_case(&city)->promised_ms), "2026-03-06 18:00");
    assert_true(city_told(city_event(&city), "centre", WHY_SUPERVISOR));
    assert_true(city_told(city_event(&city), "centre/A", WHY_SUPERVISOR));
    city_close(&city);
}

static void a_rule_whose_lead_does_not_exist_here_goes_to_the_desk_too(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    struct whistle river = {.category = "0201", .category_standard = "CJ/T 214"};
    struct decision *got = city_submit(&city, "420902001001", river);
    done(got);
    assert_int_equal(city_case(&city)->state, CASE_ARBITRATION);
    assert_string_equal(got->reason, "no_unit_here");
    assert_string_equal(city_case(&city)->rule->id, "R5");
    river.area = "420902002001";
    done(city_submit(&city, "centre", river)); // here it does
    assert_int_equal(city_case(&city)->state, CASE_DISPATCHED);
    assert_int_equal(city_summons(&city, "river")->role, ROLE_LEAD);
    assert_null(city_summons(&city, "river")->contact); // it has no contacts, its feed is told
    assert_true(city_told(city_event(&city), "river", WHY_LEAD));
    city_close(&city);
}

static void an_unplaced_emergency_does_not_wait_on_the_desk_until_monday(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-07 22:00"); // a Saturday
    done(city_submit(&city, "420902001001", (struct whistle){.kind = KIND_EMERGENCY, .category = "0999"}));
    assert_string_equal(shown(city_clock(&city, STAGE_ARBITRATE, "centre")->due_ms), "2026-03-08 00:00");
    city_close(&city);
}

// ---- numbers, sources, duplicates ---------------------------------------------------------------

static void numbers_count_by_the_city_s_day(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-02-13 23:59");
    done(city_submit(&city, "centre", (struct whistle){0}));
    assert_true(text_starts(city_case(&city)->number, "260213-0001-"));
    done(city_submit(&city, "centre", (struct whistle){0}));
    assert_true(text_starts(city_case(&city)->number, "260213-0002-"));
    city.now_ms = at("2026-02-14 00:00");
    done(city_submit(&city, "centre", (struct whistle){0}));
    assert_true(text_starts(city_case(&city)->number, "260214-0001-"));
    city_close(&city);
}

static void the_same_source_and_number_is_the_same_case(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-02-13 09:00");
    struct whistle whistle = {.source = "12345", .source_no = "A-7"};
    done(city_submit(&city, "centre", whistle));
    const char *number = city_case(&city)->number;
    city_until(&city, "2026-02-20 09:00");
    struct decision *got = city_submit(&city, "420902001001", whistle);
    done(got);
    assert_true(got->existed);
    assert_int_equal(got->event_count, 0);
    assert_string_equal(got->file->number, number);
    whistle.source_no = "A-8";
    got = city_submit(&city, "centre", whistle);
    done(got);
    assert_false(got->existed);
    assert_int_equal(city.case_count, 2);
    city_close(&city);
}

static void who_may_not_see_the_area_of_a_source_is_not_told_of_the_case(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-02-13 09:00");
    done(city_submit(&city, "centre", (struct whistle){.source = "12345", .source_no = "A-7"}));
    refused(city_submit(&city, "420902002",
                        (struct whistle){.source = "12345", .source_no = "A-7", .area = "420902002"}),
            ERROR_DUPLICATE_SOURCE, "whistle.source_no");
    city_close(&city);
}

static void what_may_be_the_same_thing_is_offered(void **state)
{
    (void)state;
    static struct position here = {30.9000, 113.9000, DATUM_WGS84};
    static struct position near = {30.9003, 113.9000, DATUM_WGS84}; // 33 m
    static struct position far = {30.9006, 113.9000, DATUM_WGS84};  // 67 m
    struct city city;
    city_open(&city, "2026-02-13 09:00");
    done(city_submit(&city, "centre", (struct whistle){.position = &here, .title = "first"}));
    const char *first = city_case(&city)->number;
    done(city_submit(&city, "centre", (struct whistle){.position = &far}));
    assert_int_equal(city.decision.duplicate_count, 0);
    done(city_submit(&city, "centre", (struct whistle){.position = &near}));
    assert_int_equal(city.decision.duplicate_count, 2); // 33 m from both
    assert_string_equal(city.decision.duplicates[1].number, first);
    assert_string_equal(city.decision.duplicates[1].title, "first");
    done(city_submit(&city, "centre", (struct whistle){.category = "0105", .position = &here}));
    assert_int_equal(city.decision.duplicate_count, 0); // a category that looks for none
    done(city_submit(&city, "centre", (struct whistle){0}));
    assert_int_equal(city.decision.duplicate_count, 4); // the same class and area, where no position is known
    city.now_ms = at("2026-02-14 09:01");
    done(city_submit(&city, "centre", (struct whistle){.position = &here}));
    assert_int_equal(city.decision.duplicate_count, 0); // a day later
    city_close(&city);
}

static void the_title_of_a_duplicate_is_told_only_to_those_who_may_see_the_case(void **state)
{
    (void)state;
    static struct position here = {30.9, 113.9, DATUM_WGS84};
    struct city city;
    city_open(&city, "2026-02-13 09:00");
    done(city_submit(&city, "420902001001", (struct whistle){.position = &here, .title = "first"}));
    done(
        city_submit(&city, "420902001002",
                    (struct whistle){.position = &here, .area = "420902001002", .title = "over the border"}));
    assert_int_equal(city.decision.duplicate_count, 1);
    assert_null(city.decision.duplicates[0].title);
    city_close(&city);
}

// ---- history ------------------------------------------------------------------------------------

static void an_old_row_is_history_and_wakes_nobody(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-30 09:00");
    struct whistle old = {.reported_ms = at("2026-02-13 17:00"), .source = "old", .source_no = "1"};
    refused(city_submit(&city, "centre", old), ERROR_TIME_RANGE, "whistle.reported_ms");
    struct decision *got = city_submit(&city, "import", old);
    done(got);
    const struct casefile *file = city_case(&city);
    assert_true(file->history);
    assert_int_equal(file->state, CASE_CLOSED);
    assert_string_equal(file->reason, "history");
    assert_string_equal(file->rule->id, "R3");
    assert_string_equal(shown(file->promised_ms), "2026-02-14 17:00"); // as it was due then
    assert_int_equal(file->next_due_ms, 0);
    for (size_t i = 0; i < got->event_count; i++)
        assert_int_equal(got->events[i].recipient_count, 0);
    for (size_t i = 0; i < file->clock_count; i++)
        assert_int_equal(file->clocks[i].rung_count, 0);
    for (size_t i = 0; i < file->summons_count; i++)
        assert_int_equal(file->summons[i].held_since_ms, 0); // nobody holds it
    got = city_submit(&city, "import", old);
    done(got);
    assert_true(got->existed);
    city_close(&city);
}

static void history_is_routed_wherever_it_goes(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-30 09:00");
    struct whistle old = {.reported_ms = at("2026-02-13 17:00"), .category = "0999"};
    done(city_submit(&city, "import", old));
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    assert_string_equal(city_case(&city)->reason, "no_rule");
    assert_string_equal(shown(city_case(&city)->promised_ms), "2026-02-27 17:00");
    old.nature = NATURE_THANKS;
    done(city_submit(&city, "import", old));
    assert_int_equal(city_case(&city)->state, CASE_REGISTERED);
    old.nature = 0;
    old.kind = KIND_JOINT;
    old.appointed_ms = at("2026-02-14 09:00");
    done(city_submit(&city, "import", old));
    assert_int_equal(city_case(&city)->summons_count, 5);
    city_close(&city);
}

static void a_row_of_less_than_seven_days_is_a_whistle_like_any_other(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-30 09:00");
    done(city_submit(&city, "centre", (struct whistle){.reported_ms = at("2026-03-23 09:00")}));
    assert_false(city_case(&city)->history);
    assert_int_equal(city_case(&city)->state, CASE_DISPATCHED);
    done(city_submit(&city, "import", (struct whistle){.reported_ms = at("2026-03-23 09:00")}));
    assert_false(city_case(&city)->history);
    city_close(&city);
}

// An import speaks for no unit: the office of the place answers for its rows.
static void whoever_speaks_for_no_unit_submits_for_the_office_of_the_place(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 09:00");
    done(city_submit(&city, "import", (struct whistle){0}));
    assert_string_equal(city_case(&city)->office, "420902001001");
    assert_true(city_told(city_event(&city), "420902001001", WHY_OFFICE));
    done(city_submit(&city, "import",
                     (struct whistle){.area = "420902002002"})); // has no office: the street's
    assert_string_equal(city_case(&city)->office, "420902002");
    city_close(&city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whistle_that_is_none_is_refused_with_its_field),
        cmocka_unit_test(a_title_of_forty_characters_passes),
        cmocka_unit_test(a_position_that_lies_in_an_area_needs_no_code),
        cmocka_unit_test(the_command_is_not_written_into),
        cmocka_unit_test(the_rule_calls_its_units_and_promises_a_date),
        cmocka_unit_test(each_called_unit_its_contact_and_the_office_are_told_why),
        cmocka_unit_test(a_condition_has_its_own_limit),
        cmocka_unit_test(a_joint_whistle_calls_five_and_arrival_counts_from_the_meeting),
        cmocka_unit_test(contact_b_is_called_at_once_when_the_roster_says_that_a_is_away),
        cmocka_unit_test(an_emergency_runs_on_continuous_hours_at_night_and_on_holidays),
        cmocka_unit_test(a_whistle_that_is_only_registered_summons_nobody),
        cmocka_unit_test(a_whistle_that_no_rule_places_goes_to_the_default_owner),
        cmocka_unit_test(without_an_owner_it_goes_to_the_desk_and_the_promised_time_runs),
        cmocka_unit_test(a_rule_whose_lead_does_not_exist_here_goes_to_the_desk_too),
        cmocka_unit_test(an_unplaced_emergency_does_not_wait_on_the_desk_until_monday),
        cmocka_unit_test(numbers_count_by_the_city_s_day),
        cmocka_unit_test(the_same_source_and_number_is_the_same_case),
        cmocka_unit_test(who_may_not_see_the_area_of_a_source_is_not_told_of_the_case),
        cmocka_unit_test(what_may_be_the_same_thing_is_offered),
        cmocka_unit_test(the_title_of_a_duplicate_is_told_only_to_those_who_may_see_the_case),
        cmocka_unit_test(an_old_row_is_history_and_wakes_nobody),
        cmocka_unit_test(history_is_routed_wherever_it_goes),
        cmocka_unit_test(a_row_of_less_than_seven_days_is_a_whistle_like_any_other),
        cmocka_unit_test(whoever_speaks_for_no_unit_submits_for_the_office_of_the_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
