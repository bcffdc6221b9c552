// layer: core, with: city.c
// Whole lives, told line by line: Beijing's three occasions for a whistle (a hard problem of residents, a
// joint operation, an emergency), a community's call-up with too few takers, a quarrel of three departments,
// a duplicate that was none. Each line of a story is an event; times were reckoned by hand with the calendar
// of 2026 (08-12 and 14-18; 02-14 is a make-up Saturday, 02-15 to 02-23 are off).
#include "city.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const char community[] = "420902001001", street[] = "420902001", next_door[] = "420902001002";

// ---- a story ------------------------------------------------------------------------------------

enum { MOST_LINES = 96, LINE = 160 };

struct story {
    struct city city;
    const char *const *told; // what is expected, one line an event
    size_t count;            // of the events that happened
    const char *names[2];    // numbers of the cases, shown as #1 and #2
};

static const char *name_of(const struct story *story, const char *number)
{
    for (int i = 0; i < 2; i++)
        if (text_same(story->names[i], number))
            return i ? "#2" : "#1";
    return "#?";
}

static void add(char *line, const char *before, const char *text)
{
    size_t length = strlen(line);
    if (text && *text)
        snprintf(line + length, LINE - length, "%s%s", before, text);
}

// "03-02 10:00 accepted cg -> x, reason, late, charge x [state]"; rungs have "stage.rung" for a unit.
static void tell(struct story *story, const struct event *event, char line[LINE])
{
    char rung[32];
    snprintf(line, LINE, "%s %s", shown(event->at_ms) + 5, word_name(WORDS_EVENT_KIND, (int)event->kind));
    snprintf(rung, sizeof rung, "%s.%u", stage_name(event->stage), event->rung);
    add(line, " ", event->kind == EVENT_RUNG ? rung : event->unit);
    add(line, " -> ", event->target);
    add(line, " ", event->other ? name_of(story, event->other) : NULL);
    add(line, ", ", event->reason);
    add(line, ", ", event->ruling ? word_name(WORDS_RULING, (int)event->ruling) : NULL);
    add(line, ", ", event->verdict ? word_name(WORDS_VERDICT, (int)event->verdict) : NULL);
    add(line, ", ", event->satisfied ? word_name(WORDS_SATISFACTION, (int)event->satisfied) : NULL);
    add(line, ", ", event->late ? "late" : NULL);
    add(line, ", in charge: ", event->charge);
    add(line, ", members of ", event->kind == EVENT_OPEN_CALL ? event->open_call->area : NULL);
    add(line, " [", event->state ? word_name(WORDS_CASE_STATE, (int)event->state) : NULL);
    add(line, "", event->state ? "]" : NULL);
}

static void hear(void *ctx, const struct event *event)
{
    struct story *story = ctx;
    char line[LINE];
    for (int i = 0; i < 2 && event->kind == EVENT_FILED; i++)
        if (!story->names[i]) {
            story->names[i] = event->number;
            break;
        }
    tell(story, event, line);
    if (!text_same(line, story->told[story->count]))
        fail_msg("%s\n   where the story has\n%s", line, text_or_empty(story->told[story->count]));
    story->count++;
}

static struct city *begin(struct story *story, const char *now, const char *const *told)
{
    *story = (struct story){.told = told};
    city_open(&story->city, now);
    story->city.watch = hear;
    story->city.watcher = story;
    story->city.personal = PERSONAL_TEXT;
    return &story->city;
}

// Everything that was expected has happened.
static void end(struct story *story)
{
    if (story->told[story->count])
        fail_msg("%s has not happened", story->told[story->count]);
    city_close(&story->city);
}

static void act(struct city *city, const char *time, const char *who, struct act act_)
{
    city_until(city, time);
    done(city_act(city, who, act_));
}

static void verb(struct city *city, const char *time, const char *who, enum verb verb_)
{
    act(city, time, who, (struct act){.verb = verb_});
}

// ---- the stories --------------------------------------------------------------------------------

// Old garbage behind a house: the department is late to accept, its contact B is called; the resident is told
// and asked before the case is closed.
static void a_hard_problem_of_residents(void **state)
{
    (void)state;
    static const char *const told[] = {
        "02-13 16:50 filed 420902001001 [filed]",
        "02-13 16:50 dispatched 420902001001 [dispatched]",
        "02-13 17:10 accepted zd1 [in_hand]",
        "02-13 17:38 rung accept.1 -> cg",
        "02-13 17:50 rung accept.2 -> cg",
        "02-13 17:50 rung accept.3 -> cg",
        "02-14 08:10 accepted cg, late",
        "02-14 09:00 reported cg",
        "02-14 09:05 reported zd1",
        "02-14 11:00 progressed cg",
        "02-24 10:00 resolved zd1",
        "02-24 10:30 resolved cg [resolved]",
        "02-24 11:00 evaluated 420902001001, solved",
        "02-24 11:10 fed_back 420902001001",
        "02-24 11:20 called_back 420902001001",
        "02-24 15:00 called_back 420902001001, solved, satisfied",
        "02-24 15:00 closed 420902001001, solved [closed]",
        NULL,
    };
    struct story story;
    struct city *city = begin(&story, "2026-02-13 16:50", told);
    city->rules.closing = CLOSING_FEEDBACK | CLOSING_CALL_BACK;
    done(city_submit(city, community, (struct whistle){.condition = "2"}));
    assert_string_equal(shown(city_case(city)->promised_ms), "2026-02-27 16:50"); // 5 working days
    verb(city, "2026-02-13 17:10", "zd1", VERB_ACCEPT);
    verb(city, "2026-02-14 08:10", "cg", VERB_ACCEPT);
    act(city, "2026-02-14 09:00", "cg", (struct act){.verb = VERB_REPORT, .head_count = 3});
    verb(city, "2026-02-14 09:05", "zd1", VERB_REPORT);
    verb(city, "2026-02-14 11:00", "cg", VERB_PROGRESS);
    verb(city, "2026-02-24 10:00", "zd1", VERB_RESOLVE);
    verb(city, "2026-02-24 10:30", "cg", VERB_RESOLVE);
    act(city, "2026-02-24 11:00", community, (struct act){.verb = VERB_EVALUATE, .verdict = VERDICT_SOLVED});
    verb(city, "2026-02-24 11:10", community, VERB_FEEDBACK);
    verb(city, "2026-02-24 11:20", community, VERB_CALL_BACK); // nobody answers
    act(city, "2026-02-24 15:00", community,
        (struct act){.verb = VERB_CALL_BACK, .verdict = VERDICT_SOLVED, .satisfied = SATISFACTION_SATISFIED});
    end(&story);
}

// Five units to one market at 9 on the make-up Saturday: the traffic police declines and is overruled, the
// fire brigade comes late and is supervised, the water company does its part twice.
static void a_joint_operation(void **state)
{
    (void)state;
    static const char *const told[] = {
        "02-13 16:50 filed 420902001001 [filed]",
        "02-13 16:50 dispatched 420902001001 [dispatched]",
        "02-13 16:58 accepted cg [in_hand]",
        "02-13 17:02 accepted scj",
        "02-13 17:04 accepted water",
        "02-13 17:21 declined jj, D02 [arbitration]",
        "02-13 17:40 reassigned centre -> jj, uphold [in_hand]",
        "02-13 17:44 accepted jj",
        "02-13 17:50 rung accept.1 -> xf",
        "02-13 17:50 rung accept.2 -> xf",
        "02-13 17:58 accepted xf, late",
        "02-14 09:04 reported cg",
        "02-14 09:06 reported scj",
        "02-14 09:09 reported water",
        "02-14 09:11 reported jj",
        "02-14 09:30 rung report.1 -> xf",
        "02-14 09:30 rung report.2 -> xf",
        "02-14 09:31 supervised supervise -> xf",
        "02-14 09:41 reported xf, late",
        "02-14 09:42 answered xf",
        "02-14 10:00 resolved cg",
        "02-14 10:10 resolved scj",
        "02-14 10:20 resolved jj",
        "02-14 10:30 resolved xf",
        "02-14 10:40 resolved water [resolved]",
        "02-14 11:20 evaluated 420902001001 -> cg, solved",
        "02-14 11:20 evaluated 420902001001 -> scj, solved",
        "02-14 11:20 evaluated 420902001001 -> jj, solved",
        "02-14 11:20 evaluated 420902001001 -> xf, solved",
        "02-14 11:20 evaluated 420902001001 -> water, not_solved",
        "02-14 11:20 rework 420902001001 [in_hand]",
        "02-14 11:50 rung report.1 -> water",
        "02-14 11:50 rung report.2 -> water",
        "02-14 12:20 rung report.3 -> water",
        "02-14 12:50 rung answer.1 -> water",
        "02-14 14:00 resolved water [resolved]",
        "02-14 14:10 evaluated 420902001001 -> water, solved",
        "02-14 14:10 closed 420902001001, solved [closed]",
        NULL,
    };
    struct story story;
    struct city *city = begin(&story, "2026-02-13 16:50", told);
    done(city_submit(city, community,
                     (struct whistle){.kind = KIND_JOINT,
                                      .appointed_ms = at("2026-02-14 09:00"),
                                      .meeting_point = "the east gate of the market"}));
    assert_int_equal(city_case(city)->summons_count, 5);
    assert_string_equal(shown(city_case(city)->promised_ms), "2026-02-24 16:50");
    assert_string_equal(shown(city_clock(city, STAGE_REPORT, "xf")->due_ms), "2026-02-14 09:30");
    verb(city, "2026-02-13 16:58", "cg", VERB_ACCEPT);
    verb(city, "2026-02-13 17:02", "scj", VERB_ACCEPT);
    verb(city, "2026-02-13 17:04", "water", VERB_ACCEPT);
    act(city, "2026-02-13 17:21", "jj", (struct act){.verb = VERB_DECLINE, .reason = "D02"});
    act(city, "2026-02-13 17:40", "centre", (struct act){.verb = VERB_REASSIGN, .target = "jj"});
    verb(city, "2026-02-13 17:44", "jj", VERB_ACCEPT);
    verb(city, "2026-02-13 17:58", "xf", VERB_ACCEPT);
    assert_string_equal(city_summons(city, "xf")->contact, "B");
    act(city, "2026-02-14 09:04", "cg", (struct act){.verb = VERB_REPORT, .head_count = 4});
    act(city, "2026-02-14 09:06", "scj", (struct act){.verb = VERB_REPORT, .head_count = 2});
    act(city, "2026-02-14 09:09", "water", (struct act){.verb = VERB_REPORT, .head_count = 3});
    act(city, "2026-02-14 09:11", "jj", (struct act){.verb = VERB_REPORT, .head_count = 2});
    act(city, "2026-02-14 09:31", "supervise",
        (struct act){.verb = VERB_SUPERVISE, .target = "xf", .due_ms = at("2026-02-14 10:00")});
    act(city, "2026-02-14 09:41", "xf", (struct act){.verb = VERB_REPORT, .head_count = 2});
    verb(city, "2026-02-14 09:42", "xf", VERB_ANSWER);
    verb(city, "2026-02-14 10:00", "cg", VERB_RESOLVE);
    verb(city, "2026-02-14 10:10", "scj", VERB_RESOLVE);
    verb(city, "2026-02-14 10:20", "jj", VERB_RESOLVE);
    verb(city, "2026-02-14 10:30", "xf", VERB_RESOLVE);
    verb(city, "2026-02-14 10:40", "water", VERB_RESOLVE);
    for (int i = 0; i < 4; i++)
        act(city, "2026-02-14 11:20", community,
            (struct act){.verb = VERB_EVALUATE,
                         .target = (const char *[]){"cg", "scj", "jj", "xf"}[i],
                         .verdict = VERDICT_SOLVED});
    act(city, "2026-02-14 11:20", community,
        (struct act){.verb = VERB_EVALUATE, .target = "water", .verdict = VERDICT_NOT_SOLVED});
    verb(city, "2026-02-14 14:00", "water", VERB_RESOLVE);
    act(city, "2026-02-14 14:10", community,
        (struct act){.verb = VERB_EVALUATE, .target = "water", .verdict = VERDICT_SOLVED});
    assert_int_equal(city_summons(city, "water")->reworks, 1);
    assert_int_equal(city_summons(city, "jj")->held_ms, 31 * MINUTE_MS + (16 * 60 + 40) * MINUTE_MS);
    end(&story);
}

// Gas in a stairwell on a holiday night: nobody approves, hours run through the night, the fire brigade's
// other contact is called, then its superior and the district, every ten minutes.
static void an_emergency(void **state)
{
    (void)state;
    static const char *const told[] = {
        "02-17 23:10 filed 420902001001 [filed]",
        "02-17 23:10 dispatched 420902001001 [dispatched]",
        "02-17 23:14 accepted water [in_hand]",
        "02-17 23:30 reported water",
        "02-17 23:40 rung accept.1 -> xf",
        "02-18 00:10 rung accept.2 -> xf",
        "02-18 00:10 rung resolve.1 -> xf",
        "02-18 00:10 rung resolve.1 -> water",
        "02-18 00:20 rung accept.3 -> xf",
        "02-18 00:26 reported xf",
        "02-18 00:50 resolved xf",
        "02-18 01:00 resolved water [resolved]",
        "02-18 08:00 evaluated 420902001001, solved",
        "02-18 08:00 closed 420902001001, solved [closed]",
        NULL,
    };
    struct story story;
    struct city *city = begin(&story, "2026-02-17 23:10", told);
    city->rules.routing.rules[3].approval = true;
    done(city_submit(city, community, (struct whistle){.kind = KIND_EMERGENCY, .category = "0105"}));
    assert_string_equal(shown(city_case(city)->promised_ms), "2026-02-18 01:10"); // 2 hours, at night
    verb(city, "2026-02-17 23:14", "water", VERB_ACCEPT);
    verb(city, "2026-02-17 23:30", "water", VERB_REPORT);
    act(city, "2026-02-18 00:26", "xf", (struct act){.verb = VERB_REPORT, .head_count = 6});
    verb(city, "2026-02-18 00:50", "xf", VERB_RESOLVE);
    verb(city, "2026-02-18 01:00", "water", VERB_RESOLVE);
    act(city, "2026-02-18 08:00", community, (struct act){.verb = VERB_EVALUATE, .verdict = VERDICT_SOLVED});
    end(&story);
}

static const struct address to_above[] = {{ADDRESS_BLOCK, 1, NULL}};
static const struct rung climb[] = {{.id = 1,
                                     .when = RUNG_SHARE,
                                     .share = 1000,
                                     .acts = ACT_TELL | ACT_HAND_UP,
                                     .to = to_above,
                                     .to_count = 1}};
static struct ladder climbing = {"climb", climb, 1};

// Snow before the old people's home: three are needed, the community finds two; the street's other community
// has the third.
static void a_call_up_with_too_few_takers(void **state)
{
    (void)state;
    static const char *const told[] = {
        "03-02 08:00 filed 420902001001 [filed]",
        "03-02 08:00 dispatched 420902001001 [dispatched]",
        "03-02 08:00 open_call 420902001001, members of 420902001001",
        "03-02 08:20 claimed school -> m1 [in_hand]",
        "03-02 08:40 claimed school -> m2",
        "03-02 09:00 checked_in school -> m1",
        "03-02 09:10 withdrew school -> m2",
        "03-02 09:20 claimed zd1 -> m3",
        "03-02 10:00 rung fill.1 -> 420902001001, in charge: 420902001",
        "03-02 10:00 open_call, members of 420902001",
        "03-02 10:05 claimed zd1 -> m4",
        "03-02 10:20 checked_in zd1 -> m3",
        "03-02 10:25 checked_in zd1 -> m4",
        "03-02 11:30 resolved 420902001001 [resolved]",
        "03-02 11:45 verified 420902001, solved [verified]",
        "03-02 11:45 closed 420902001, solved [closed]",
        NULL,
    };
    struct story story;
    struct city *city = begin(&story, "2026-03-02 08:00", told);
    city->rules.ladders = &climbing;
    city->rules.ladder_count = 1;
    city->rules.default_ladder = "climb";
    city->rules.routing.rules[6].verify = "street";
    done(city_call_up(city, (struct whistle){.places = 3}));
    act(city, "2026-03-02 08:20", "school", (struct act){.verb = VERB_CLAIM, .target = "m1"});
    act(city, "2026-03-02 08:40", "school", (struct act){.verb = VERB_CLAIM, .target = "m2"});
    act(city, "2026-03-02 09:00", "school", (struct act){.verb = VERB_CHECK_IN, .target = "m1"});
    act(city, "2026-03-02 09:10", "school", (struct act){.verb = VERB_WITHDRAW, .target = "m2"});
    act(city, "2026-03-02 09:20", "zd1", (struct act){.verb = VERB_CLAIM, .target = "m3"});
    act(city, "2026-03-02 10:05", "zd1", (struct act){.verb = VERB_CLAIM, .target = "m4"});
    act(city, "2026-03-02 10:20", "zd1", (struct act){.verb = VERB_CHECK_IN, .target = "m3"});
    act(city, "2026-03-02 10:25", "zd1", (struct act){.verb = VERB_CHECK_IN, .target = "m4"});
    verb(city, "2026-03-02 11:30", community, VERB_RESOLVE);
    act(city, "2026-03-02 11:45", street, (struct act){.verb = VERB_VERIFY, .verdict = VERDICT_SOLVED});
    end(&story);
}

// Three departments, none of which it is: each quarrel is ruled on within the desk's two hours, after the
// second nobody may decline any more, and what the resident was promised never moves.
static void a_quarrel_of_three_departments(void **state)
{
    (void)state;
    static const char *const told[] = {
        "03-02 08:00 filed 420902001001 [filed]",
        "03-02 08:00 dispatched 420902001001 [dispatched]",
        "03-02 08:30 declined cg, D02 [arbitration]",
        "03-02 09:00 reassigned centre -> jj, assign [dispatched]",
        "03-02 09:30 declined jj, D01 [arbitration]",
        "03-02 10:00 reassigned centre -> scj, assign [dispatched]",
        "03-02 10:20 accepted scj [in_hand]",
        "03-02 15:12 rung report.1 -> scj",
        "03-02 16:00 rung report.2 -> scj",
        "03-02 16:00 rung report.3 -> scj",
        "03-02 16:24 rung resolve.1 -> scj",
        "03-02 17:00 resolved scj [resolved]",
        "03-02 17:30 evaluated 420902001001, solved",
        "03-02 17:30 closed 420902001001, solved [closed]",
        NULL,
    };
    struct story story;
    struct city *city = begin(&story, "2026-03-02 08:00", told);
    city->rules.routing.rules[2].call_count = 1; // cg alone
    done(city_submit(city, community, (struct whistle){0}));
    act(city, "2026-03-02 08:30", "cg", (struct act){.verb = VERB_DECLINE, .reason = "D02"});
    act(city, "2026-03-02 09:00", "centre", (struct act){.verb = VERB_REASSIGN, .target = "jj"});
    act(city, "2026-03-02 09:30", "jj", (struct act){.verb = VERB_DECLINE, .reason = "D01"});
    act(city, "2026-03-02 10:00", "centre", (struct act){.verb = VERB_REASSIGN, .target = "scj"});
    city_until(city, "2026-03-02 10:10");
    refused(city_act(city, "scj", (struct act){.verb = VERB_DECLINE, .reason = "D02"}), ERROR_TOO_MANY, NULL);
    verb(city, "2026-03-02 10:20", "scj", VERB_ACCEPT);
    verb(city, "2026-03-02 17:00", "scj", VERB_RESOLVE);
    act(city, "2026-03-02 17:30", community, (struct act){.verb = VERB_EVALUATE, .verdict = VERDICT_SOLVED});
    assert_string_equal(shown(city_case(city)->promised_ms), "2026-03-02 18:00"); // as at the beginning
    for (size_t i = 0; i < city_case(city)->clock_count; i++)
        if (city_case(city)->clocks[i].stage == STAGE_ARBITRATE)
            assert_true(city_case(city)->clocks[i].stopped_ms <= city_case(city)->clocks[i].due_ms);
    assert_int_equal(city_summons(city, "cg")->held_ms, 30 * MINUTE_MS);
    assert_string_equal(city_summons(city, "cg")->exempt, "D02");
    assert_int_equal(city_summons(city, "jj")->held_ms, 30 * MINUTE_MS);
    end(&story);
}

// Two communities seem to mean one heap; on site there are two.
static void a_duplicate_that_was_none(void **state)
{
    (void)state;
    static struct position here = {30.9000, 113.9000, DATUM_WGS84}, there = {30.9003, 113.9000, DATUM_WGS84};
    static const char *const told[] = {
        "03-02 08:00 filed 420902001001 [filed]",
        "03-02 08:00 dispatched 420902001001 [dispatched]",
        "03-02 08:10 filed 420902001002 [filed]",
        "03-02 08:10 dispatched 420902001002 [dispatched]",
        "03-02 08:12 merged 420902001002 #1 [merged]",
        "03-02 08:12 joined 420902001002 -> 420902001002 #2",
        "03-02 08:30 reported cg [in_hand]",
        "03-02 08:40 unmerged 420902001002 #1 [filed]",
        "03-02 08:40 parted 420902001002 -> 420902001002 #2",
        "03-02 08:40 dispatched 420902001002 [dispatched]",
        "03-02 09:28 rung accept.1 -> cg",
        "03-02 09:30 resolved cg [resolved]",
        "03-02 09:40 rung accept.2 -> cg",
        "03-02 09:40 rung accept.3 -> cg",
        "03-02 10:00 evaluated 420902001001, solved",
        "03-02 10:00 closed 420902001001, solved [closed]",
        "03-02 10:00 resolved cg [resolved]",
        "03-02 10:00 evaluated 420902001002, solved",
        "03-02 10:00 closed 420902001002, solved [closed]",
        NULL,
    };
    struct story story;
    struct city *city = begin(&story, "2026-03-02 08:00", told);
    city->rules.routing.rules[2].call_count = 1; // cg alone
    done(city_submit(city, community, (struct whistle){.position = &here}));
    city_until(city, "2026-03-02 08:10");
    done(city_submit(city, next_door, (struct whistle){.position = &there, .area = next_door}));
    assert_string_equal(city->decision.duplicates[0].number, story.names[0]);
    act(city, "2026-03-02 08:12", next_door, (struct act){.verb = VERB_MERGE, .other = story.names[0]});
    act(city, "2026-03-02 08:30", "cg", (struct act){.verb = VERB_REPORT, .number = story.names[0]});
    act(city, "2026-03-02 08:40", next_door, (struct act){.verb = VERB_UNMERGE, .number = story.names[1]});
    for (int i = 0; i < 2; i++) {
        act(city, i ? "2026-03-02 10:00" : "2026-03-02 09:30", "cg",
            (struct act){.verb = VERB_RESOLVE, .number = story.names[i]});
        act(city, "2026-03-02 10:00", i ? next_door : community,
            (struct act){.verb = VERB_EVALUATE, .number = story.names[i], .verdict = VERDICT_SOLVED});
    }
    end(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hard_problem_of_residents),
        cmocka_unit_test(a_joint_operation),
        cmocka_unit_test(an_emergency),
        cmocka_unit_test(a_call_up_with_too_few_takers),
        cmocka_unit_test(a_quarrel_of_three_departments),
        cmocka_unit_test(a_duplicate_that_was_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
