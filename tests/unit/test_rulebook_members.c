// layer: rulebook
// Members of pools and who they are: what is personal is read, and neither digested nor shown; and the rules
// that call members up, with what check says of them.
#include "core/event.h"
#include "rulebook/check.h"
#include "rulebook/rulebook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rulebook_patch.h"

static const struct rules *load(struct patch *patch)
{
    patch_init(patch, "tests/rulebooks/good");
    if (patch_load(patch, 2026) != 0 || patch->report.count)
        patch_print(patch);
    assert_int_equal(patch->report.count, 0);
    return rulebook_rules(patch->book);
}

// A rule in front of R9, in line 15.
static void add_rule(struct patch *patch, const char *rule)
{
    patch_init(patch, "tests/rulebooks/good");
    patch_text(patch, "rules.yaml", "- table", arena_printf(&patch->arena, "%s\n- table", rule));
}

// ---- who they are -------------------------------------------------------------------------------

static void members_have_a_unit_a_community_pools_and_skills(void **state)
{
    (void)state;
    struct patch patch;
    const struct rules *rules = load(&patch);
    assert_int_equal(rules->members.count, 3);
    const struct member *second = member_find(&rules->members, "M2"),
                        *third = member_find(&rules->members, "M3");
    assert_string_equal(second->recipient, "member/M2");
    assert_int_equal(second->unit, unit_find(&rules->units, "e"));
    assert_int_equal(second->area, area_find(&rules->areas, "1001001"));
    assert_int_equal(second->pool_count, 2);
    assert_int_equal(second->skill_count, 0);
    assert_string_equal(third->skills[1], "水电");
    assert_null(member_find(&rules->members, "M4"));
    struct open_call call = {.pool = "志愿队", .area = "1001", .skill = "急救"};
    assert_true(member_is_called(third, &call, &rules->areas));
    assert_false(member_is_called(second, &call, &rules->areas));
    patch_fini(&patch);
}

static void names_are_known_where_the_private_file_is(void **state)
{
    (void)state;
    struct patch patch;
    load(&patch);
    assert_string_equal(rulebook_member_name(patch.book, "M1"), "赵一");
    assert_string_equal(rulebook_member_phone(patch.book, "M1"), "13700000001");
    assert_null(rulebook_member_phone(patch.book, "M3"));
    assert_null(rulebook_member_name(patch.book, "M2"));
    assert_null(rulebook_member_name(patch.book, "M9"));
    assert_null(rulebook_member_name(patch.book, NULL));
    patch_fini(&patch);
}

static void copy_digest(const struct patch *patch, uint8_t digest[DIGEST_BYTES])
{
    memcpy(digest, rulebook_rules(patch->book)->digest, DIGEST_BYTES);
}

// The digest stands in every event: what is personal would be found out from it by trying.
static void the_digest_is_the_same_without_the_private_file_and_with_another(void **state)
{
    (void)state;
    struct patch with, without, other, changed;
    uint8_t digest[DIGEST_BYTES];
    load(&with);
    copy_digest(&with, digest);
    patch_init(&without, "tests/rulebooks/good");
    patch_remove(&without, "members.private.csv");
    assert_int_equal(patch_load(&without, 2026), 0);
    assert_int_equal(without.report.count, 0);
    assert_memory_equal(rulebook_rules(without.book)->digest, digest, DIGEST_BYTES);
    assert_int_equal(rulebook_rules(without.book)->members.count, 3);
    assert_null(rulebook_member_name(without.book, "M1"));
    patch_init(&other, "tests/rulebooks/good");
    patch_text(&other, "members.private.csv", "赵一", "赵二");
    assert_int_equal(patch_load(&other, 0), 0);
    assert_memory_equal(rulebook_rules(other.book)->digest, digest, DIGEST_BYTES);
    patch_init(&changed, "tests/rulebooks/good");
    patch_text(&changed, "members.csv", "水电", "电工");
    assert_int_equal(patch_load(&changed, 0), 0);
    assert_memory_not_equal(rulebook_rules(changed.book)->digest, digest, DIGEST_BYTES);
    patch_fini(&with);
    patch_fini(&without);
    patch_fini(&other);
    patch_fini(&changed);
}

static void only_the_ending_makes_a_file_private(void **state)
{
    (void)state;
    assert_true(source_is_private("members.private.csv"));
    assert_true(source_is_private("x.private.csv"));
    assert_false(source_is_private("members.csv"));
    assert_false(source_is_private("private.csv"));
    assert_false(source_is_private("members.private.csv.yaml"));
    assert_false(source_is_private("members.private.yaml"));
}

// A finding goes to logs and to whoever reloads.
static void a_fault_in_a_private_file_shows_nothing_of_it(void **state)
{
    (void)state;
    static const char *const files[] = {"code,name,phone\nM7,赵一,13700000001\n", "M1,赵一,13700000001\n",
                                        "code,name,phone\nM1,赵一\n"};
    static const char *const expected[] = {"members.private.csv:2:1 unknown_reference",
                                           "members.private.csv:1:1 header",
                                           "members.private.csv:2:1 fields"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct patch patch;
        struct buffer text;
        patch_init(&patch, "tests/rulebooks/good");
        patch_text(&patch, "members.private.csv", NULL, files[i]);
        assert_int_equal(patch_load(&patch, 0), ERROR_BAD_RULEBOOK);
        assert_true(patch_found(&patch, expected[i]));
        buffer_init(&text);
        rulebook_report_text(&patch.report, &text);
        assert_null(strstr(buffer_string(&text), "赵一"));
        assert_null(strstr(buffer_string(&text), "13700000001"));
        buffer_fini(&text);
        patch_fini(&patch);
    }
}

// ---- faults -------------------------------------------------------------------------------------

static const struct {
    const char *file, *old, *text, *expected;
} faults[] = {
    {"members.csv", "M2,", "M1,", "members.csv:3:1 duplicate"},
    {"members.csv", "M2,", "M/2,", "members.csv:3:1 bad_value"},
    {"members.csv", "M2,", "M 2,", "members.csv:3:1 bad_value"},
    {"members.csv", "M1,cg", "M1,cgg", "members.csv:2:4 unknown_reference"},
    {"members.csv", "1001002", "1001003", "members.csv:4:10 unknown_reference"},
    {"members.csv", "e,1001001", "e,", "members.csv:3:6 missing_key"},
    {"members.csv", "e,1001001,先锋队;志愿队", "e,1001001,", "members.csv:3:14 missing_key"},
    {"members.private.csv", "M3", "M4", "members.private.csv:3:1 unknown_reference"},
    {"members.private.csv", "M3", "M1", "members.private.csv:3:1 duplicate"},
    {"members.private.csv", "赵一", "", "members.private.csv:2:4 missing_key"},
    {"rules.yaml", "lead: team", "pool: 先峰队", "rules.yaml:17:9 unknown_reference"},
    {"rules.yaml", "lead: team", "pool: 先锋队\n  places: 0", "rules.yaml:18:11 bad_value"},
    {"rules.yaml", "lead: team", "pool: 先锋队\n  places: 501", "rules.yaml:18:11 bad_value"},
    {"rules.yaml", "lead: team", "pool: 先锋队\n  assist: cg", "rules.yaml:15:3 missing_key"},
    {"rules.yaml", "lead: team", "lead: team\n  places: 2", "rules.yaml:18:11 missing_key"},
    {"rules.yaml", "lead: team", "pool: 先锋队\n  register: yes", "rules.yaml:17:9 bad_value"},
    {"rules.yaml", "lead: team", "pool: 先锋队\n  limits: {fill: 1天}", "rules.yaml:18:18 bare_limit"},
    {"rules.yaml", "lead: team", "pool: 先锋队\n  feedback: maybe", "rules.yaml:18:13 bad_value"},
    {"rules.yaml", "table: rules.csv", "table: rules.private.csv", "rules.yaml:14:10 bad_value"},
    {"calendars.yaml", "exceptions: days.csv", "exceptions: rules.private.csv",
     "calendars.yaml:4:15 bad_value"},
};

static void every_fault_is_named_where_it_stands(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct patch patch;
        patch_init(&patch, "tests/rulebooks/good");
        if (strstr(faults[i].text, "rules.private.csv"))
            patch_text(&patch, "rules.private.csv", NULL, "id,lead\nT1,cg\n");
        patch_text(&patch, faults[i].file, faults[i].old, faults[i].text);
        assert_int_equal(patch_load(&patch, 0), ERROR_BAD_RULEBOOK);
        failed += !patch_found(&patch, faults[i].expected);
        patch_fini(&patch);
    }
    assert_int_equal(failed, 0);
}

static void the_nearest_pool_is_named_and_what_follows_from_a_fault_is_not(void **state)
{
    (void)state;
    struct patch patch, none;
    add_rule(&patch, "- {id: P, when: {kind: callup}, pool: 先峰队}");
    assert_int_equal(patch_load(&patch, 0), ERROR_BAD_RULEBOOK);
    assert_non_null(strstr(patch.report.items[0].sentence, "did you mean 先锋队?"));
    patch_fini(&patch);
    add_rule(&none, "- {id: P, when: {kind: callup}, pool: 先锋队}");
    patch_text(&none, "members.csv", NULL, "编号,单位,社区,队伍\nM1,cg,,先锋队\nM3,cg,1001001,志愿队\n");
    patch_remove(&none, "members.private.csv");
    assert_int_equal(patch_load(&none, 0), ERROR_BAD_RULEBOOK);
    assert_int_equal(none.report.errors, 1);
    assert_true(patch_found(&none, "members.csv:2:7 missing_key"));
    patch_fini(&none);
}

// ---- rules that call them up --------------------------------------------------------------------

static void a_rule_with_a_pool_needs_no_lead(void **state)
{
    (void)state;
    struct patch patch;
    add_rule(
        &patch,
        "- {id: P, when: {kind: callup, area: 1001}, pool: 志愿队, places: 2, feedback: yes, callback: yes, "
        "limits: {fill: 2工作时, close: 1工作日}}\n- {id: Q, when: {kind: callup, area: 1002}, lead: "
        "role:street, pool: 先锋队}");
    assert_int_equal(patch_load(&patch, 0), 0);
    const struct rule *rule = &rulebook_rules(patch.book)->routing.rules[3];
    assert_string_equal(rule->pool, "志愿队");
    assert_int_equal(rule->places, 2);
    assert_int_equal(rule->call_count, 0);
    assert_int_equal(rule->closing, CLOSING_FEEDBACK | CLOSING_CALL_BACK);
    assert_true(limit_same(rule->limits.of[STAGE_FILL], limit_of(MEASURE_WORKING_HOURS, 2)));
    assert_true(limit_same(rule->limits.of[STAGE_CLOSE], limit_of(MEASURE_WORKING_DAYS, 1)));
    assert_int_equal(rule[1].places, 1);
    assert_int_equal(rule[1].call_count, 1);
    assert_int_equal(rule[1].closing, 0);
    assert_int_equal(rule[2].places, 0);
    patch_fini(&patch);
}

// How often check says `code`, and at the first place what.
static size_t said(const char *rule, enum finding_code code, const char *place, const char *sentence)
{
    struct patch patch;
    size_t count = 0;
    add_rule(&patch, rule);
    assert_int_equal(patch_load(&patch, 2026), 0);
    for (size_t i = 0; i < patch.report.count; i++) {
        const struct finding *finding = &patch.report.items[i];
        if (finding->code == code && count++ == 0 && sentence)
            assert_string_equal(finding->sentence, sentence);
    }
    if (place)
        assert_true(patch_found(&patch, place));
    patch_fini(&patch);
    return count;
}

static void places_where_nobody_is_registered_are_named(void **state)
{
    (void)state;
    assert_int_equal(said("- {id: P, when: {kind: callup, severity: 1}, pool: 先锋队}", FINDING_NO_MEMBER,
                          "rules.yaml:14:52 no_member",
                          "P: no member of the pool 先锋队 is registered in 乙街道、西社区"),
                     1);
    assert_int_equal(
        said("- {id: P, when: {kind: callup, area: 1001}, pool: 志愿队}", FINDING_NO_MEMBER, NULL, NULL), 0);
    assert_int_equal(
        said("- {id: P, when: {kind: callup, area: 1001001}, pool: 先锋队}", FINDING_NO_MEMBER, NULL, NULL),
        0);
}

// A rule in front that asks for nothing else takes its areas; one that asks for more leaves some whistles.
static void places_that_a_rule_above_takes_are_not_named(void **state)
{
    (void)state;
    assert_int_equal(said("- {id: O, when: {kind: callup, area: [1001002, 1002]}, lead: role:street}\n"
                          "- {id: P, when: {kind: callup}, pool: 先锋队}",
                          FINDING_NO_MEMBER, NULL, NULL),
                     0);
    assert_int_equal(said("- {id: O, when: {kind: callup, severity: 1, area: [1001002, 1002]}, lead: cg}\n"
                          "- {id: P, when: {kind: callup}, pool: 先锋队}",
                          FINDING_NO_MEMBER, NULL,
                          "P: no member of the pool 先锋队 is registered in 乙街道、西社区"),
                     1);
    assert_int_equal(said("- {id: O, when: {kind: joint, area: [1001002, 1002]}, lead: cg}\n"
                          "- {id: P, when: {kind: [joint, callup]}, pool: 先锋队}",
                          FINDING_NO_MEMBER, NULL, NULL),
                     1);
}

static void too_few_members_are_named_where_they_are_few(void **state)
{
    (void)state;
    assert_int_equal(said("- {id: P, when: {kind: callup, area: 1001}, pool: 志愿队, places: 2}",
                          FINDING_FEW_MEMBERS, "rules.yaml:14:64 few_members",
                          "P: the pool 志愿队 has fewer than 2 members in 甲街道"),
                     1);
    assert_int_equal(said("- {id: P, when: {kind: callup, area: 1001}, pool: 志愿队, places: 3}",
                          FINDING_FEW_MEMBERS, "rules.yaml:14:64 few_members",
                          "P: the pool 志愿队 has 2 members in all, and 3 are needed"),
                     1);
    assert_int_equal(said("- {id: P, when: {kind: callup, area: 1001001}, pool: 先锋队, places: 2}",
                          FINDING_FEW_MEMBERS, NULL, NULL),
                     0);
}

// Who calls a pool up leads: it is asked for a contact as any unit that may be called.
static void an_office_that_calls_up_needs_a_contact(void **state)
{
    (void)state;
    for (int led = 0; led < 2; led++) {
        struct patch patch;
        add_rule(&patch, led ? "- {id: P, when: {kind: callup, area: 1001}, pool: 志愿队, lead: cg}"
                             : "- {id: P, when: {kind: callup, area: 1001}, pool: 志愿队}");
        patch_text(&patch, "units.csv", "old,", "help,服务站,community,1001001,jia,,,\nold,");
        patch_text(&patch, "principals.csv", "yi,", "help,office unit,help,1001001,,\nyi,");
        assert_int_equal(patch_load(&patch, 2026), 0);
        assert_int_equal(patch.report.warnings, led ? 0 : 1);
        if (!led)
            assert_true(patch_found(&patch, "units.csv:10:1 no_contact"));
        patch_fini(&patch);
    }
}

// The clocks of a closing and of free places run on whoever submitted the case, called or not.
static void rungs_of_offices_reach_the_offices(void **state)
{
    (void)state;
    static const char *const named[] = {"  close: own\n", "  fill: own\n", "  verify: own\n"};
    for (size_t i = 0; i < 3; i++) {
        struct patch patch;
        patch_init(&patch, "tests/rulebooks/good");
        patch_text(&patch, "rulebook.yaml", "  default: standard\n",
                   arena_printf(&patch.arena, "  default: standard\n%s", named[i]));
        patch_text(&patch, "rulebook.yaml", "  resolve: 5工作日\n",
                   "  resolve: 5工作日\n  close: 1工作日\n  fill: 1工作日\n");
        patch_text(&patch, "ladders.yaml", "other:", "own:\n  - {at: due, act: tell, to: A}\nother:");
        patch_text(&patch, "units.csv", "old,", "help,服务站,department,1001001,jia,,,\nold,");
        patch_text(&patch, "principals.csv", "yi,", "help,office unit,help,1001001,,\nyi,");
        assert_int_equal(patch_load(&patch, 2026), 0);
        assert_int_equal(patch.report.warnings, i < 2 ? 1 : 0);
        if (i < 2)
            assert_true(patch_found(&patch, "ladders.yaml:6:1 empty_rung"));
        patch_fini(&patch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_have_a_unit_a_community_pools_and_skills),
        cmocka_unit_test(names_are_known_where_the_private_file_is),
        cmocka_unit_test(the_digest_is_the_same_without_the_private_file_and_with_another),
        cmocka_unit_test(only_the_ending_makes_a_file_private),
        cmocka_unit_test(a_fault_in_a_private_file_shows_nothing_of_it),
        cmocka_unit_test(every_fault_is_named_where_it_stands),
        cmocka_unit_test(the_nearest_pool_is_named_and_what_follows_from_a_fault_is_not),
        cmocka_unit_test(a_rule_with_a_pool_needs_no_lead),
        cmocka_unit_test(places_where_nobody_is_registered_are_named),
        cmocka_unit_test(places_that_a_rule_above_takes_are_not_named),
        cmocka_unit_test(too_few_members_are_named_where_they_are_few),
        cmocka_unit_test(an_office_that_calls_up_needs_a_contact),
        cmocka_unit_test(rungs_of_offices_reach_the_offices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
