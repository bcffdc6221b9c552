// layer: core, with: city.c
// decide() as a whole: which moves are legal, what an act must name, what runs out of memory, and that it is
// pure.
#include "city.h"

#include "core/number.h"

#include <string.h>

static const char office[] = "420902001001";

// ---- the tables of moves ------------------------------------------------------------------------

static void cases_move_as_the_design_says(void **state)
{
    (void)state;
    static const char *const rows[] = {
        // to:     F A D H R V C A S R R C M   (in the order of the numbers)
        [0] = "1000000000000",
        [CASE_FILED] = "1111001101111",
        [CASE_AWAITING_APPROVAL] = "0110001101111",
        [CASE_DISPATCHED] = "0011101110011",
        [CASE_IN_HAND] = "0001101110011",
        [CASE_RESOLVED] = "0001111000000",
        [CASE_VERIFIED] = "0001011000000",
        [CASE_CLOSED] = "1001001000000",
        [CASE_ARBITRATION] = "0011101100111",
        [CASE_SUSPENDED] = "0011100010010",
        [CASE_REGISTERED] = "0000000001000",
        [CASE_REJECTED] = "0000000000100",
        [CASE_CANCELLED] = "0000000000010",
        [CASE_MERGED] = "1000000000001",
    };
    for (enum case_state from = 0; from <= CASE_MERGED; from++)
        for (enum case_state to = CASE_FILED; to <= CASE_MERGED; to++)
            if (case_may_move(from, to) != (rows[from][to - 1] == '1'))
                fail_msg("%d -> %d", (int)from, (int)to);
    assert_false(case_may_move(CASE_FILED, 99) || case_may_move(99, CASE_FILED));
    assert_true(case_is_open(CASE_FILED) && case_is_open(CASE_ARBITRATION) && case_is_open(CASE_RESOLVED));
    assert_false(case_is_open(0) || case_is_open(CASE_CLOSED) || case_is_open(CASE_REGISTERED) ||
                 case_is_open(CASE_CANCELLED) || case_is_open(CASE_MERGED) || case_is_open(99));
}

static void summonses_move_as_the_design_says(void **state)
{
    (void)state;
    static const char *const rows[] = {
        // to:                C A R D D E
        [0] = "100000",
        [SUMMONS_CALLED] = "111111",
        [SUMMONS_ACCEPTED] = "011111",
        [SUMMONS_REPORTED] = "001101",
        [SUMMONS_DONE] = "100100",
        [SUMMONS_DECLINED] = "100011",
        [SUMMONS_EXCUSED] = "000001",
    };
    for (enum summons_state from = 0; from <= SUMMONS_EXCUSED; from++)
        for (enum summons_state to = SUMMONS_CALLED; to <= SUMMONS_EXCUSED; to++)
            if (summons_may_move(from, to) != (rows[from][to - 1] == '1'))
                fail_msg("%d -> %d", (int)from, (int)to);
    assert_false(summons_may_move(SUMMONS_CALLED, 99) || summons_may_move(99, SUMMONS_CALLED));
}

// ---- what an act must name ----------------------------------------------------------------------

static void an_act_that_names_nothing_is_refused_with_its_field(void **state)
{
    (void)state;
    static const char story[] = "12345678901234567890123456789012345678901";
    static const struct {
        struct act act;
        int error;
        const char *field;
    } table[] = {
        {{.verb = 0}, ERROR_UNKNOWN_OPERATION, "act.verb"},
        {{.verb = (enum verb)99}, ERROR_UNKNOWN_OPERATION, "act.verb"},
        {{.verb = (enum verb) - 1}, ERROR_UNKNOWN_OPERATION, "act.verb"},
        {{.verb = VERB_URGE, .number = ""}, ERROR_MISSING, "act.number"},
        {{.verb = VERB_URGE, .number = "260302-0001-0"}, ERROR_BAD_NUMBER, "act.number"},
        {{.verb = VERB_URGE, .number = "hello"}, ERROR_BAD_NUMBER, "act.number"},
        {{.verb = VERB_URGE, .reason = story}, ERROR_TOO_LONG, "act.reason"},
        {{.verb = VERB_DELIVERED, .means = story}, ERROR_TOO_LONG, "act.means"},
    };
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    done(city_submit(&city, office, (struct whistle){0}));
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        refused(city_act(&city, office, table[i].act), table[i].error, table[i].field);
    struct command command = city.command;
    command.act = (struct act){.verb = VERB_URGE};
    refused(city_run(&city, &command), ERROR_MISSING, "act.number");
    char number[NUMBER_TEXT];
    assert_int_equal(number_format((struct number){day_at("2026-03-02"), 77}, number), 0);
    refused(city_act(&city, office, (struct act){.verb = VERB_URGE, .number = number}), ERROR_UNKNOWN_CASE,
            "act.number");
    city_close(&city);
}

static void a_number_is_read_as_people_write_it(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    done(city_submit(&city, office, (struct whistle){0}));
    char spoken[32];
    const char *number = city_case(&city)->number;
    snprintf(spoken, sizeof spoken, "%.6s %.4s  %s", number, number + 7, number + 12);
    done(city_act(&city, office, (struct act){.verb = VERB_URGE, .number = spoken}));
    assert_string_equal(city_event(&city)->number, number);
    city_close(&city);
}

static void a_stranger_is_not_told_whether_a_case_exists(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    done(city_submit(&city, office, (struct whistle){0}));
    for (enum verb verb = VERB_ACCEPT; verb <= VERB_UNDELIVERED; verb++)
        refused(city_verb(&city, "420902002", verb), ERROR_UNKNOWN_CASE, "act.number");
    city_close(&city);
}

// ---- pure ---------------------------------------------------------------------------------------

static void asking_twice_gives_the_same_and_asking_changes_nothing(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    done(city_submit(&city, office, (struct whistle){0}));
    struct casefile *file = city_case(&city);
    struct casefile before = *file;
    struct summons summonses[2];
    struct clock clocks[6];
    assert_int_equal(file->clock_count, 6);
    memcpy(summonses, file->summons, sizeof summonses);
    memcpy(clocks, file->clocks, sizeof clocks);
    struct command command = {.kind = COMMAND_ACT,
                              .principal = principal_find(&city.rules.principals, "cg"),
                              .actor = {.principal = "cg"},
                              .act = {.verb = VERB_RESOLVE, .number = file->number}};
    struct decision first, second;
    assert_int_equal(decide(&city.arena, &city.rules, &city.view, &command, city.now_ms, &first), 0);
    assert_int_equal(decide(&city.arena, &city.rules, &city.view, &command, city.now_ms, &second), 0);
    assert_int_equal(first.event_count, second.event_count);
    assert_int_equal(first.events[0].clock_count, second.events[0].clock_count);
    assert_memory_equal(&before, file, sizeof before);
    assert_memory_equal(summonses, file->summons, sizeof summonses);
    assert_memory_equal(clocks, file->clocks, sizeof clocks);
    city_close(&city);
}

// The arena of a message is capped: whichever allocation is refused, nothing half-made comes out.
static void running_out_of_memory_anywhere_is_a_refusal(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-02-13 16:50");
    done(city_submit(&city, office, (struct whistle){.kind = KIND_JOINT}));
    struct command commands[] = {
        {.kind = COMMAND_SUBMIT,
         .principal = principal_find(&city.rules.principals, office),
         .located = AREA_NONE,
         .whistle = &(struct whistle){.kind = KIND_JOINT, .category = "0102", .area = office}},
        {.kind = COMMAND_ACT,
         .principal = principal_find(&city.rules.principals, "jj"),
         .act = {.verb = VERB_DECLINE, .reason = "D02", .number = city_case(&city)->number}},
        {.kind = COMMAND_TICK, .case_id = city_case(&city)->id},
    };
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        struct decision decision;
        int code = ERROR_NO_MEMORY;
        for (size_t most = 64; code; most += 64 + most / 16) {
            struct arena arena;
            arena_init(&arena, most);
            code = decide(&arena, &city.rules, &city.view, &commands[i], at("2026-02-13 17:55"), &decision);
            assert_true(code == 0 || code == ERROR_NO_MEMORY);
            assert_true(code == 0 || (decision.event_count == 0 && !decision.file));
            arena_fini(&arena);
            assert_true(most < 16 << 20);
        }
    }
    city_close(&city);
}

static void many_recipients_are_all_told(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    struct area *district = &city.rules.areas.areas[area_find(&city.rules.areas, "420902001")];
    district->leader_count = 100;
    district->leaders = arena_array(&city.arena, 100, sizeof *district->leaders);
    for (uint32_t i = 0; i < 100; i++)
        district->leaders[i] = arena_printf(&city.arena, "leader/%u", i);
    done(city_submit(&city, office, (struct whistle){0}));
    city_until(&city, "2026-03-02 18:00"); // accept: due + 8 hours of work
    const struct event *event = NULL;
    for (size_t i = 0; i < city.decision.event_count; i++)
        if (city_told_any(&city.decision.events[i], "leader/99"))
            event = &city.decision.events[i];
    city_until(&city, "2026-03-03 09:00");
    for (size_t i = 0; i < city.decision.event_count; i++)
        if (city_told_any(&city.decision.events[i], "leader/99"))
            event = &city.decision.events[i];
    assert_non_null(event);
    assert_true(event->recipient_count >= 100);
    city_close(&city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_move_as_the_design_says),
        cmocka_unit_test(summonses_move_as_the_design_says),
        cmocka_unit_test(an_act_that_names_nothing_is_refused_with_its_field),
        cmocka_unit_test(a_number_is_read_as_people_write_it),
        cmocka_unit_test(a_stranger_is_not_told_whether_a_case_exists),
        cmocka_unit_test(asking_twice_gives_the_same_and_asking_changes_nothing),
        cmocka_unit_test(running_out_of_memory_anywhere_is_a_refusal),
        cmocka_unit_test(many_recipients_are_all_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
