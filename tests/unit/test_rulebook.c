// layer: rulebook
// A rulebook loads whole, and every fault is named with its file, line, column and code.
#include "core/event.h"
#include "rulebook/loader.h"
#include "rulebook/rulebook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rulebook_patch.h"

// The units of the good rulebook with the hosts of the team and of jia.
#define UNITS(of_team, of_jia)                                                                               \
    "code,name,type,area,superior,roles,host\ndesk,a,centre,1,,desk,\ncg,b,department,1,desk,law,\n"         \
    "water,c,enterprise,1,cg,water,\nteam,d,branch,1001,cg,law," of_team "\njia,e,street,1001,desk,," of_jia \
    "\nyi,f,street,1002,desk,,\ne,g,community,1001001,jia,,\nw,h,community,1001002,jia,,\n"

static const struct rules *load_good(struct patch *patch)
{
    patch_init(patch, "tests/rulebooks/good");
    if (patch_load(patch, 2026) != 0 || patch->report.count)
        patch_print(patch);
    assert_int_equal(patch->report.count, 0);
    return rulebook_rules(patch->book);
}

// ---- what is read -------------------------------------------------------------------------------

static void areas_stand_behind_their_parents(void **state)
{
    (void)state;
    struct patch patch;
    const struct rules *rules = load_good(&patch);
    assert_int_equal(rules->areas.count, 5);
    uint32_t east = area_find(&rules->areas, "1001001");
    assert_string_equal(rules->areas.areas[east].path, "1/1001/1001001");
    assert_int_equal(rules->areas.areas[east].depth, 2);
    assert_string_equal(rules->units.units[rules->areas.areas[east].office].code, "e");
    const struct area *west = &rules->areas.areas[area_find(&rules->areas, "1001002")];
    assert_int_equal(west->leader_count, 2);
    assert_string_equal(west->leaders[1], "leader/L3");
    for (uint32_t i = 0; i < rules->areas.count; i++)
        assert_true(rules->areas.areas[i].parent == AREA_NONE || rules->areas.areas[i].parent < i);
    patch_fini(&patch);
}

static void units_have_line_block_roles_and_persons(void **state)
{
    (void)state;
    struct patch patch;
    const struct rules *rules = load_good(&patch);
    const struct unit *cg = &rules->units.units[unit_find(&rules->units, "cg")];
    assert_string_equal(cg->name, "城管局");
    assert_int_equal(cg->type, UNIT_DEPARTMENT);
    assert_string_equal(rules->units.units[cg->superior].code, "desk");
    assert_true(unit_has_role(cg, "law") && unit_has_role(cg, "sanitation") &&
                unit_has_role(cg, "department"));
    assert_string_equal(unit_contact(cg, "B")->recipient, "cg/B");
    assert_string_equal(rules->units.units[unit_find(&rules->units, "old")].successor, "cg");
    uint32_t east = area_find(&rules->areas, "1001001");
    assert_int_equal(rules_unit_serving(rules, east, "law"), unit_find(&rules->units, "team"));
    assert_int_equal(rules_unit_serving(rules, area_find(&rules->areas, "1002"), "law"),
                     unit_find(&rules->units, "cg"));
    patch_fini(&patch);
}

static void a_roster_is_in_the_citys_local_time(void **state)
{
    (void)state;
    struct patch patch;
    const struct rules *rules = load_good(&patch);
    const struct unit *cg = &rules->units.units[unit_find(&rules->units, "cg")];
    assert_int_equal(cg->roster_count, 2);
    assert_int_equal(cg->roster[0].from_ms, INT64_C(1770940800000)); // 2026-02-13T00:00Z
    assert_true(cg->roster[0].away);
    assert_string_equal(unit_on_duty(cg, INT64_C(1770940800000))->code, "B");
    assert_string_equal(unit_on_duty(cg, INT64_C(1771113600000))->code, "A");
    patch_fini(&patch);
}

static void categories_find_their_class_by_prefix(void **state)
{
    (void)state;
    struct patch patch;
    const struct rules *rules = load_good(&patch);
    const struct category *litter = &rules->categories.categories[category_find(&rules->categories, "0101")];
    assert_int_equal(litter->parent, category_find(&rules->categories, "01"));
    assert_true(litter->leaf);
    assert_int_equal(litter->similar_m, 50);
    assert_int_equal(litter->similar_ms, INT64_C(86400000));
    const struct category *illegal = &rules->categories.categories[category_find(&rules->categories, "0102")];
    assert_int_equal(illegal->place, PLACE_CAP_STREET);
    assert_int_equal(illegal->similar_ms, INT64_C(7200000));
    assert_int_equal(illegal->condition_count, 2);
    assert_true(
        limit_same(illegal->conditions[1].limits.of[STAGE_RESOLVE], limit_of(MEASURE_WORKING_DAYS, 15)));
    assert_false(rules->categories.categories[illegal->parent].leaf);
    patch_fini(&patch);
}

static void rules_stand_in_written_order_with_tables_in_their_place(void **state)
{
    (void)state;
    static const char *const order[] = {"R1", "R2", "R3", "T1", "T2", "R9", "R10"};
    struct patch patch;
    const struct rules *rules = load_good(&patch);
    assert_int_equal(rules->routing.count, 7);
    for (uint32_t i = 0; i < 7; i++)
        assert_string_equal(rules->routing.rules[i].id, order[i]);
    const struct rule *second = &rules->routing.rules[1];
    assert_int_equal(second->line, 2);
    assert_string_equal(second->file, "rules.yaml");
    assert_int_equal(second->severities, 6);
    assert_int_equal(second->call_count, 3);
    assert_string_equal(second->calls[2].serving, "street");
    assert_true(limit_same(second->limits.of[STAGE_ACCEPT], limit_minutes(10)));
    assert_int_equal(rules->routing.rules[3].call_count, 3);
    assert_int_equal(rules->routing.rules[3].line, 2);
    assert_string_equal(rules->routing.rules[5].attributes[1], "yes");
    assert_true(rules->routing.rules[6].approval);
    patch_fini(&patch);
}

static void calendars_ladders_and_principals_are_read(void **state)
{
    (void)state;
    struct patch patch;
    const struct rules *rules = load_good(&patch);
    const struct calendar *city = rules_calendar(rules, NULL);
    assert_int_equal(city->day_minutes, 480);
    assert_int_equal(city->day_count, 4);
    assert_int_equal(city->rule_count, 2);
    assert_int_equal(city->mode, MODE_SAME_TIME);
    assert_int_equal(
        calendar_slots(city, calendar_exception(city, city->days[2].day)->day).items[0].from_minute, 540);
    const struct ladder *standard = rules_ladder(rules, rules->default_ladder);
    assert_int_equal(standard->count, 4);
    assert_int_equal(standard->rungs[0].share, 800);
    assert_int_equal(standard->rungs[2].id, 7);
    assert_int_equal(standard->rungs[3].cap, 3);
    assert_string_equal(standard->rungs[3].ladder, "other");
    const struct principal *cg = principal_find(&rules->principals, "cg");
    assert_int_equal(cg->uid_count, 2);
    assert_int_equal(cg->uids[0], 1001);
    assert_int_equal(cg->uids[1], 0);
    assert_true(principal_find(&rules->principals, "jia")->same_uid);
    assert_true(principal_is(principal_find(&rules->principals, "desk"), DUTY_SUPERVISOR));
    assert_int_equal(rules->max_declines, 3);
    assert_int_equal(rules->silent_ms, 600000);
    assert_string_equal(reason_text(&rules->decline_reasons, "D01"), "非本单位职责");
    patch_fini(&patch);
}

// 错时服务: what Saturday and the evening add; holidays, years and length of day are those of the other
// calendar.
static void a_calendar_may_be_like_another_with_more_slots(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "calendars.yaml", "  mode: same-time\n",
               "  mode: same-time\n  quiet: 22:00-07:00\n"
               "window:\n  like: city\n  extra: {mon-fri: [07:30-08:00, 17:00-20:00], sat: [09:00-12:00]}\n"
               "short:\n  like: window\n  week: {mon: [09:00-10:00]}\n  mode: hours\n");
    assert_int_equal(patch_load(&patch, 0), 0);
    const struct rules *rules = rulebook_rules(patch.book);
    const struct calendar *city = rules_calendar(rules, NULL), *window = rules_calendar(rules, "window");
    assert_int_equal(window->week[1].count, 2); // 07:30-12:00 and 14:00-20:00
    assert_int_equal(window->week[1].items[0].from_minute, 450);
    assert_int_equal(window->week[1].items[1].to_minute, 1200);
    assert_int_equal(window->week[6].count, 1);
    assert_int_equal(window->week[7].count, 0);
    assert_int_equal(city->week[6].count, 0);
    assert_int_equal(window->day_minutes, 480);
    assert_int_equal(window->day_count, city->day_count);
    assert_int_equal(window->year_count, 2);
    assert_int_equal(window->rule_count, 2);
    assert_int_equal(window->mode, MODE_SAME_TIME);
    assert_int_equal(window->quiet.from_minute, 22 * 60);
    assert_int_equal(window->quiet.to_minute, 7 * 60);
    const struct calendar *other = rules_calendar(rules, "short");
    assert_int_equal(other->day_minutes, 60); // a week of its own has a day of its own
    assert_int_equal(other->week[6].count, 0);
    assert_int_equal(other->mode, MODE_HOURS);
    patch_fini(&patch);
}

static void limits_of_all_stages_and_of_single_units_are_read(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(
        &patch, "rulebook.yaml", "  max_declines: 3\n",
        "  max_declines: 3\n  approve: 1工作时\n  file: 15分钟\n  dispatch: 20分钟\n  verify: 1工作日\n"
        "  max_extensions: 1\n  digest_after: 0\n");
    patch_text(&patch, "rules.yaml", "limits: {accept: 10分钟}",
               "limits: {accept: 10分钟, resolve: 停工2工作时;拆除2工作日, verify: 4工作时}\n"
               "  limits_of: {cg: {report: 30分钟}, \"role:street\": {resolve: 1工作日}}");
    patch_text(&patch, "units.csv", "代码,名称,类型,辖区,上级单位,职责,日历,承接单位\n",
               "代码,名称,类型,辖区,上级单位,职责,日历,承接单位,签收时限,处置时限\n");
    patch_text(&patch, "units.csv", "team,中队,branch,1001,cg,law,,",
               "team,中队,branch,1001,cg,law,,,5分钟,3工作日");
    static const char *const others[] = {"desk,,",
                                         "law、sanitation,,",
                                         "cg,water,,",
                                         "jia,甲街道办,street,1001,desk,,,",
                                         "yi,乙街道办,street,1002,desk,,,",
                                         "e,东居委会,community,1001001,jia,,,",
                                         "w,西居委会,community,1001002,jia,,,",
                                         "old,旧单位,department,1,cg,,,cg"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        patch_text(&patch, "units.csv", others[i], arena_printf(&patch.arena, "%s,,", others[i]));
    assert_int_equal(patch_load(&patch, 0), 0);
    const struct rules *rules = rulebook_rules(patch.book);
    assert_true(limit_same(rules->limits.of[STAGE_FILE], limit_minutes(15)));
    assert_true(limit_same(rules->limits.of[STAGE_VERIFY], limit_of(MEASURE_WORKING_DAYS, 1)));
    assert_int_equal(rules->max_extensions, 1);
    assert_int_equal(rules->digest_after, 0);
    const struct rule *rule = &rules->routing.rules[1];
    assert_int_equal(rule->limits.step_count, 2);
    assert_string_equal(rule->limits.steps[1].name, "拆除");
    assert_true(limit_same(rule->limits.of[STAGE_RESOLVE], limit_of(MEASURE_WORKING_HOURS, 2)));
    assert_null(rule->calls[0].limits);
    assert_true(limit_same(rule->calls[1].limits->of[STAGE_REPORT], limit_minutes(30)));
    assert_true(limit_same(rule->calls[2].limits->of[STAGE_RESOLVE], limit_of(MEASURE_WORKING_DAYS, 1)));
    const struct unit *team = &rules->units.units[unit_find(&rules->units, "team")];
    assert_true(limit_same(team->limits.of[STAGE_ACCEPT], limit_minutes(5)));
    assert_true(limit_same(team->limits.of[STAGE_RESOLVE], limit_of(MEASURE_WORKING_DAYS, 3)));
    patch_fini(&patch);
}

static const struct unit *hosted(const struct rules *rules, const char *code)
{
    return &rules->units.units[unit_find(&rules->units, code)];
}

// 派驻: where a unit is stationed has nothing to do with whose line it is in.
static void a_branch_has_a_host_that_may_stand_further_down(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "units.csv", NULL, UNITS("jia", ""));
    assert_int_equal(patch_load(&patch, 0), 0);
    const struct rules *rules = rulebook_rules(patch.book);
    uint32_t jia = unit_find(&rules->units, "jia");
    assert_int_equal(hosted(rules, "team")->host, jia);
    assert_int_equal(hosted(rules, "team")->superior, unit_find(&rules->units, "cg"));
    assert_true(unit_may_hand_down(&rules->units, jia, unit_find(&rules->units, "team")));
    assert_int_equal(hosted(rules, "jia")->host, UNIT_NONE);
    patch_fini(&patch);
    rules = load_good(&patch); // without the column
    for (uint32_t i = 0; i < rules->units.count; i++)
        assert_int_equal(rules->units.units[i].host, UNIT_NONE);
    patch_fini(&patch);
}

static void what_a_case_needs_to_be_closed_and_opened_again_is_read(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "rulebook.yaml", "  max_declines: 3\n",
               "  max_declines: 3\n  close: 2工作日\n  fill: 4工作时\n  reopen: 30自然日\n  feedback: yes\n"
               "  callback: 否\n");
    patch_text(&patch, "rulebook.yaml", "  default: standard\n",
               "  default: standard\n  close: other\n  fill: standard\n");
    patch_text(&patch, "rulebook.yaml", "    D01: 非本单位职责\n",
               "    D01: 非本单位职责\n  close: {K01: 失联}\n  reopen: {F01: 反弹, F02: 异议}\n");
    patch_text(&patch, "rules.yaml", "verify: street", "verify: street\n  callback: yes");
    assert_int_equal(patch_load(&patch, 0), 0);
    const struct rules *rules = rulebook_rules(patch.book);
    assert_true(limit_same(rules->limits.of[STAGE_CLOSE], limit_of(MEASURE_WORKING_DAYS, 2)));
    assert_true(limit_same(rules->limits.of[STAGE_FILL], limit_of(MEASURE_WORKING_HOURS, 4)));
    assert_true(limit_same(rules->reopen_limit, limit_of(MEASURE_NATURAL_DAYS, 30)));
    assert_int_equal(rules->closing, CLOSING_FEEDBACK);
    assert_int_equal(rules->routing.rules[2].closing, CLOSING_CALL_BACK);
    assert_string_equal(rules->ladder_of[STAGE_CLOSE], "other");
    assert_string_equal(rules->ladder_of[STAGE_FILL], "standard");
    assert_string_equal(reason_text(&rules->close_reasons, "K01"), "失联");
    assert_int_equal(rules->reopen_reasons.count, 2);
    patch_fini(&patch);
}

// The class says what its members do not; the order of the rows is of no account.
static void repeated_points_are_counted_as_the_nearest_class_says(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        uint32_t count;
        int64_t days;
    } expected[] = {{"0101", 3, 30}, {"0102", 5, 7}, {"0103", 0, 30}, {"0201", 3, 14}, {"0202", 2, 14}};
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(
        &patch, "categories.csv", NULL,
        "代码,名称,上级,重复次数,重复时段\n0101,垃圾,,,\n0102,违建,,5,7自然日\n0103,其他,,0,\n01,市容,,3,\n"
        "0202,漏水,,2,\n02,供水,,,14自然日\n0201,爆管,,3,\n");
    assert_int_equal(patch_load(&patch, 0), 0);
    const struct category_table *table = &rulebook_rules(patch.book)->categories;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const struct category *category = &table->categories[category_find(table, expected[i].code)];
        assert_int_equal(category->repeat_count, expected[i].count);
        assert_int_equal(category->repeat_ms, expected[i].days * INT64_C(86400000));
    }
    patch_fini(&patch);
    const struct rules *rules = load_good(&patch); // without the columns
    assert_int_equal(rules->categories.categories[0].repeat_count, 0);
    patch_fini(&patch);
}

static void the_digest_is_over_names_and_bytes_and_the_files_are_kept(void **state)
{
    (void)state;
    struct patch one, other;
    const struct rules *rules = load_good(&one);
    uint8_t digest[DIGEST_BYTES];
    memcpy(digest, rules->digest, sizeof digest);
    size_t count;
    const struct rulebook_file *files = rulebook_files(one.book, &count);
    assert_int_equal(count, one.count);
    struct rulebook *again;
    struct rulebook_report report;
    rulebook_report_init(&report);
    assert_int_equal(rulebook_load_files(files, count, &again, &report), 0);
    assert_memory_equal(rulebook_rules(again)->digest, digest, sizeof digest);
    rulebook_unref(again);
    rulebook_report_fini(&report);
    patch_init(&other, "tests/rulebooks/good");
    patch_text(&other, "rules.yaml", "lead: team", "lead: cg # other");
    assert_int_equal(patch_load(&other, 0), 0);
    assert_memory_not_equal(rulebook_rules(other.book)->digest, digest, sizeof digest);
    patch_fini(&other);
    patch_fini(&one);
}

static void a_rulebook_lives_until_its_last_reference(void **state)
{
    (void)state;
    struct patch patch;
    load_good(&patch);
    struct rulebook *second = rulebook_ref(patch.book);
    rulebook_unref(patch.book);
    patch.book = NULL;
    assert_string_equal(rulebook_rules(second)->city, "小城");
    rulebook_unref(second);
    patch_fini(&patch);
}

static void words_raise_flags_in_any_text_once_each(void **state)
{
    (void)state;
    struct patch patch;
    load_good(&patch);
    const char **flags;
    uint32_t count;
    const char *const texts[] = {NULL, "楼道有燃气味,闻到煤气味", "后来起火"};
    assert_int_equal(rulebook_flags(patch.book, &patch.arena, texts, 3, &flags, &count), 0);
    assert_int_equal(count, 2);
    assert_string_equal(flags[0], "gas");
    assert_string_equal(flags[1], "fire");
    assert_int_equal(rulebook_flags(patch.book, &patch.arena, texts, 1, &flags, &count), 0);
    assert_int_equal(count, 0);
    patch_fini(&patch);
}

// ---- bytes --------------------------------------------------------------------------------------

static void a_byte_order_mark_is_passed_over(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "units.csv", "代码", "\xef\xbb\xbf代码");
    patch_text(&patch, "rules.yaml", "- {id: R1", "\xef\xbb\xbf- {id: R1");
    patch_text(&patch, "areas.csv", "1002,street,乙街道,1,yi,", "1002,street,乙街道,1,nobody,");
    assert_int_equal(patch_load(&patch, 0), ERROR_BAD_RULEBOOK);
    assert_int_equal(patch.report.count, 1);
    assert_true(patch_found(&patch, "areas.csv:6:19 unknown_reference"));
    patch_fini(&patch);
}

static void gb18030_is_read_and_said(void **state)
{
    (void)state;
    static const char units[] = "code,name,phone,unit\nA,\xbc\xd7\xd2\xbb,1,cg\n"; // 甲一
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_bytes(&patch, "contacts.csv", units, sizeof units - 1);
    patch_remove(&patch, "roster.csv");
    assert_int_equal(patch_load(&patch, 0), 0);
    assert_true(patch_found(&patch, "contacts.csv:0:0 gb18030"));
    const struct rules *rules = rulebook_rules(patch.book);
    assert_string_equal(unit_contact(&rules->units.units[unit_find(&rules->units, "cg")], "A")->name, "甲一");
    patch_fini(&patch);
}

static void bytes_that_are_no_text_never_reach_the_parser(void **state)
{
    (void)state;
    static const char bad[] = "a: 1\nb: \xff\xff\n";
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_bytes(&patch, "ladders.yaml", bad, sizeof bad - 1);
    patch_bytes(&patch, "rulebook.yaml", "x\0y", 3);
    assert_int_equal(patch_load(&patch, 0), ERROR_BAD_RULEBOOK);
    assert_true(patch_found(&patch, "ladders.yaml:2:4 encoding"));
    assert_true(patch_found(&patch, "rulebook.yaml:1:2 encoding"));
    patch_fini(&patch);
}

// A code that begins with another was taken for its child, and nothing could say otherwise.
static void a_dash_says_that_a_category_has_no_class(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "categories.csv", "0201,爆管,,", "0201,爆管,-,");
    assert_int_equal(patch_load(&patch, 0), 0);
    const struct category_table *table = &rulebook_rules(patch.book)->categories;
    assert_true(table->categories[category_find(table, "0201")].parent == CATEGORY_NONE);
    assert_true(table->categories[category_find(table, "0101")].parent == category_find(table, "01"));
    patch_fini(&patch);
}

static void blanks_comments_and_spare_commas_of_spreadsheets_are_passed_over(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "contacts.csv", NULL,
               "# 联系人\r\n单位,岗位,姓名,电话,,\r\n\r\n cg "
               ",A,\xe3\x80\x80甲二\xc2\xa0,2,,\r\n,,,,,\r\n\"cg\",B,\"甲,三\",,,\r\n");
    assert_int_equal(patch_load(&patch, 0), 0);
    const struct rules *rules = rulebook_rules(patch.book);
    const struct unit *cg = &rules->units.units[unit_find(&rules->units, "cg")];
    assert_int_equal(cg->contact_count, 2);
    assert_string_equal(cg->contacts[0].name, "甲二");
    assert_string_equal(cg->contacts[1].name, "甲,三");
    assert_null(cg->contacts[1].phone);
    patch_fini(&patch);
}

// ---- faults -------------------------------------------------------------------------------------

struct fault {
    const char *file;
    const char *old;
    const char *text;
    const char *expected;
};

#define MANY ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,"

static const struct fault faults[] = {
    // form of YAML
    {"rules.yaml", "- id: R9", "- id R9", "rules.yaml:15:3 syntax"},
    {"rulebook.yaml", "city: 小城", "city: 小城\ncity: 又", "rulebook.yaml:2:1 syntax"},
    {"rulebook.yaml", "  desk: desk", "  desk: desk\n  dessk: desk", "rulebook.yaml:6:3 unknown_key"},
    {"rulebook.yaml", "zone: Asia/Shanghai\n", "", "rulebook.yaml:1:1 missing_key"},
    {"rulebook.yaml", "city: 小城", "city: [小城]", "rulebook.yaml:1:8 wrong_type"},
    {"rulebook.yaml", "defaults:", "defaults: 3\nx:", "rulebook.yaml:4:11 wrong_type"},
    {"rulebook.yaml", "zone: Asia/Shanghai", "zone: Asia/Nowhere", "rulebook.yaml:2:7 bad_value"},
    {"rulebook.yaml", "city: 小城", "plain_day: hours\ncity: 小城", "rulebook.yaml:1:12 bad_value"},
    {"rulebook.yaml", "max_declines: 3", "max_declines: many", "rulebook.yaml:10:17 bad_value"},
    {"rulebook.yaml", "silent: 10分钟", "silent: 1工作时", "rulebook.yaml:11:11 bad_limit"},
    {"rulebook.yaml", "  desk: desk", "  desk: dsek", "rulebook.yaml:5:9 unknown_reference"},
    {"rulebook.yaml", "default: standard", "default: standart", "rulebook.yaml:13:12 unknown_reference"},
    {"rulebook.yaml", "fire: [起火]", "fire: [\"起火(\"]", "rulebook.yaml:19:14 pattern"},
    {"rulebook.yaml", "fire: [起火]", "fire: [\"(火)?\"]", "rulebook.yaml:19:11 pattern"},
    {"calendars.yaml", "mon-fri:", "\"\":", "calendars.yaml:3:6 wrong_type"},
    {"calendars.yaml", "mon-fri:", "[mon]:", "calendars.yaml:3:6 wrong_type"},
    {"ladders.yaml", "other:", "---\nother:", "ladders.yaml:7:1 syntax"},
    // limits
    {"rulebook.yaml", "resolve: 5工作日", "resolve: 5天", "rulebook.yaml:8:12 bare_limit"},
    {"rulebook.yaml", "accept: 1工作时", "accept: 1小时", "rulebook.yaml:6:11 bare_limit"},
    {"rulebook.yaml", "report: 4工作时", "report: 4工作时制止", "rulebook.yaml:7:11 bad_limit"},
    {"rulebook.yaml", "report: 4工作时", "report: 0工作时", "rulebook.yaml:7:11 bad_limit"},
    {"conditions.csv", "15工作日", "15天//", "conditions.csv:3:14 bad_limit"},
    {"rules.yaml", "{accept: 10分钟}", "{accept: 快}", "rules.yaml:6:20 bad_limit"},
    // form of CSV
    {"units.csv", "water,水司,enterprise,1,cg,water,,", "water,水司,enterprise,1,cg", "units.csv:4:1 fields"},
    {"units.csv", "water,水司,enterprise,1,cg,water,,", "water,水司,enterprise,1,cg,water,,,9",
     "units.csv:4:34 fields"},
    {"units.csv", "代码,名称", "代码,名字", "units.csv:1:4 header"},
    {"units.csv", "代码,名称", "代码,代码", "units.csv:1:4 header"},
    {"units.csv", "water,水司", "water,", "units.csv:4:7 missing_key"},
    {"units.csv", "水司", "\"水\n司\"", "units.csv:4:7 bad_text"},
    {"units.csv", "水司", "水\"司", "units.csv:4:7 syntax"},
    {"areas.csv", "1001002,", "1.001E+06,", "areas.csv:5:1 spreadsheet"},
    {"areas.csv", "1001002,", "4.20902E+11,", "areas.csv:5:1 spreadsheet"},
    {"areas.csv", NULL, "", "areas.csv:1:1 header"},
    {"areas.csv", NULL, "x" MANY MANY MANY, "areas.csv:1:1 header"}, // more columns than there can be
    // areas and units
    {"areas.csv", "1001001,", "1/1001,", "areas.csv:3:1 bad_value"},
    {"units.csv", "old,旧单位", "o ld,旧单位", "units.csv:10:1 bad_value"},
    {"areas.csv", "1002,street", "1001,street", "areas.csv:6:1 duplicate"},
    {"areas.csv", "1001001,community,东社区,1001", "1001001,community,东社区,1010",
     "areas.csv:3:23 unknown_reference"},
    {"areas.csv", "1001,street,甲街道,1,", "1001,street,甲街道,1001002,", "areas.csv:4:17 cycle"},
    {"units.csv", "水司,enterprise", "水司,enterprize", "units.csv:4:10 bad_value"},
    {"units.csv", "branch,1001,cg", "branch,1001,team", "units.csv:5:1 cycle"},
    {"units.csv", "desk,中心,指挥中心,1,,", "desk,中心,指挥中心,1,jia,", "units.csv:2:1 cycle"},
    {"units.csv", "water,水司", "cg,水司", "units.csv:4:1 duplicate"},
    {"units.csv", "enterprise,1,cg", "enterprise,1,城管局", "units.csv:4:23 unknown_reference"},
    {"units.csv", NULL, UNITS("team", ""), "units.csv:5:1 cycle"},
    {"units.csv", NULL, UNITS("jia", "team"), "units.csv:5:1 cycle"},
    {"units.csv", NULL, UNITS("jai", ""), "units.csv:5:27 unknown_reference"},
    {"units.csv", "old,旧单位", "member,旧单位", "units.csv:10:1 bad_value"},
    {"units.csv", "old,旧单位", "leader,旧单位", "units.csv:10:1 bad_value"},
    {"contacts.csv", "cg,B", "cg,A", "contacts.csv:4:4 duplicate"},
    {"contacts.csv", "cg,B", "cg,A/B", "contacts.csv:4:4 bad_value"},
    {"roster.csv", "2026-02-13 08:00", "2026-02-30 08:00", "roster.csv:2:6 bad_value"},
    {"roster.csv", "2026-02-14 08:00", "2026-02-13 08:00", "roster.csv:2:23 bad_value"},
    {"roster.csv", "cg,B", "cg,C", "roster.csv:3:4 unknown_reference"},
    {"roster.csv", "away", "holiday", "roster.csv:2:40 bad_value"},
    // categories
    {"categories.csv", "0102,违建,01", "0102,违建,0102", "categories.csv:4:9 cycle"},
    {"categories.csv", "0102,违建,01", "0102,违建,09", "categories.csv:4:9 unknown_reference"},
    {"categories.csv", "01,,street", "01,,house", "categories.csv:4:13 bad_value"},
    {"categories.csv", "0,\n", "99999,\n", "categories.csv:5:10 bad_value"},
    {"categories.csv", NULL, "code,name,repeat_count\n01,a,\n0101,b,1\n", "categories.csv:3:8 bad_value"},
    {"categories.csv", NULL, "code,name,repeat_count\n01,a,100\n0101,b,\n", "categories.csv:2:6 bad_value"},
    {"categories.csv", NULL, "code,name,repeat_count,repeat_window\n01,a,,\n0101,b,,5自然日\n",
     "categories.csv:3:9 missing_key"},
    {"categories.csv", NULL, "code,name,repeat_count,repeat_window\n01,a,2,5工作日\n",
     "categories.csv:2:8 bad_limit"},
    {"conditions.csv", "0102,2", "0102,1", "conditions.csv:3:6 duplicate"},
    {"conditions.csv", "0102,2", "102,2", "conditions.csv:3:1 unknown_reference"},
    // rules
    {"rules.yaml", "id: R9", "id: R3", "rules.yaml:15:7 duplicate"},
    {"rules.yaml", "kind: emergency", "kind: urgent", "rules.yaml:3:16 bad_value"},
    {"rules.yaml", "severity: [1, 2]", "severity: [1, 9]", "rules.yaml:3:53 bad_value"},
    {"rules.yaml", "words: gas", "words: gsa", "rules.yaml:3:34 unknown_reference"},
    {"rules.yaml", "category: 0102", "category: 0103", "rules.yaml:9:15 unknown_reference"},
    {"rules.yaml", "category: 01*", "category: 09*", "rules.yaml:16:20 unknown_reference"},
    {"rules.yaml", "condition: 1", "condition: 7", "rules.yaml:10:16 unknown_reference"},
    {"rules.yaml", "area: 1001", "area: 1009", "rules.yaml:11:11 unknown_reference"},
    {"rules.yaml", "lead: role:law", "lead: role:lawn", "rules.yaml:12:9 unknown_reference"},
    {"rules.yaml", "lead: team", "ladder: standard", "rules.yaml:15:3 missing_key"},
    {"rules.yaml", "register: yes", "register: yes, lead: cg", "rules.yaml:1:4 bad_value"},
    {"rules.yaml", "register: yes", "register: maybe", "rules.yaml:1:46 bad_value"},
    {"rules.yaml", "verify: street", "verify: castle", "rules.yaml:13:11 unknown_reference"},
    {"rules.yaml", "table: rules.csv", "table: more.csv", "rules.yaml:14:10 missing_file"},
    {"rules.yaml", "- id: R9\n", "- verify: desk\n", "rules.yaml:15:3 missing_key"},
    {"rules.csv", "T2,02*,,,water", "T2,02*,,,watre", "rules.csv:3:10 unknown_reference"},
    {"rules.csv", "T2,", "R3,", "rules.csv:3:1 duplicate"},
    // ladders
    {"ladders.yaml", "at: 80%", "at: 80", "ladders.yaml:2:10 bad_value"},
    {"ladders.yaml", "at: 80%", "at: 80%, before_due: 1工作时", "ladders.yaml:2:6 bad_value"},
    {"ladders.yaml", "act: hand_up", "act: handup", "ladders.yaml:4:35 bad_value"},
    {"ladders.yaml", "to: block+1", "to: blocks", "ladders.yaml:4:48 bad_value"},
    {"ladders.yaml", "act: hand_up", "act: record", "ladders.yaml:4:47 bad_value"},
    {"calendars.yaml", "  mode: same-time\n", "  quiet: 00:00-24:00\n", "calendars.yaml:9:10 bad_value"},
    {"ladders.yaml", "unit:desk", "unit:dekc", "ladders.yaml:5:69 unknown_reference"},
    {"ladders.yaml", "ladder: other", "ladder: others", "ladders.yaml:5:89 unknown_reference"},
    {"ladders.yaml", "id: 7", "id: 4", "ladders.yaml:5:6 duplicate"},
    {"ladders.yaml", "times: 3", "times: 16", "ladders.yaml:5:6 bad_value"},
    // calendars
    {"calendars.yaml", "mon-fri: [08:00-12:00, 14:00-18:00]", "mon-fri: [08:00-12:00, 11:00-18:00]",
     "calendars.yaml:3:28 bad_value"},
    {"calendars.yaml", "mon-fri", "mon-fry", "calendars.yaml:3:5 bad_value"},
    {"calendars.yaml", "mon-fri: [", "mon: [08:00-12:00]\n    mon-fri: [", "calendars.yaml:4:5 duplicate"},
    {"calendars.yaml", "mode: same-time", "mode: sometime", "calendars.yaml:9:9 bad_value"},
    {"calendars.yaml", "from: 17:30", "from: 17.30", "calendars.yaml:8:14 bad_value"},
    {"calendars.yaml", "exceptions: days.csv", "exceptions: day.csv", "calendars.yaml:4:15 missing_file"},
    {"calendars.yaml", "[2026, 2027]", "[2027, 2026]", "calendars.yaml:5:17 bad_value"},
    {"calendars.yaml", "  years: [2026, 2027]\n", "", "calendars.yaml:1:1 missing_key"},
    {"calendars.yaml", "from: 17:30, to: 08:00", "from: 17:30, to: 24:00", "calendars.yaml:8:25 bad_value"},
    {"calendars.yaml", "from: 17:30, to: 08:00", "before: 08:00", "calendars.yaml:8:16 bad_value"},
    {"calendars.yaml", "from: 17:30, to: 08:00", "before: 08:30, to: 06:00", "calendars.yaml:8:16 bad_value"},
    {"calendars.yaml", "mon-fri", "tue-fri", "calendars.yaml:4:15 bad_value"},
    {"calendars.yaml", "mode: same-time", "like: other", "calendars.yaml:9:9 unknown_reference"},
    {"calendars.yaml", "mode: same-time", "like: city", "calendars.yaml:9:9 unknown_reference"},
    {"calendars.yaml", "mode: same-time", "quiet: 22:00", "calendars.yaml:9:10 bad_value"},
    {"calendars.yaml", "mode: same-time", "quiet: 22:00-22:00", "calendars.yaml:9:10 bad_value"},
    {"calendars.yaml", "mode: same-time", "extra: {sat: [09:00]}", "calendars.yaml:9:17 bad_value"},
    {"conditions.csv", "15工作日", "停工4工作时;15工作日", "conditions.csv:3:14 bad_limit"},
    {"rules.yaml", "lead: role:law", "lead: role:law\n  limits_of: {cg: {accept: 1工作时}}",
     "rules.yaml:13:15 unknown_reference"},
    {"rules.yaml", "lead: role:law", "lead: role:law\n  limits_of: {\"role:law\": {accept: 1天}}",
     "rules.yaml:13:36 bare_limit"},
    {"ladders.yaml", "act: tell, to: desk", "act: tell", "ladders.yaml:7:6 missing_key"},
    {"rulebook.yaml", "max_declines: 3", "reopen: 3天", "rulebook.yaml:10:11 bare_limit"},
    {"rulebook.yaml", "max_declines: 3", "callback: often", "rulebook.yaml:10:13 bad_value"},
    {"rulebook.yaml", "default: standard", "fill: standart", "rulebook.yaml:13:9 unknown_reference"},
    {"rulebook.yaml", "max_declines: 3", "max_extensions: 0", "rulebook.yaml:10:19 bad_value"},
    {"days.csv", "2026-02-16", "2026-2-16", "days.csv:3:1 bad_value"},
    {"days.csv", "off", "free", "days.csv:3:12 bad_value"},
    {"days.csv", "2026-02-16", "2026-02-14", "calendars.yaml:4:15 duplicate"},
    // principals
    {"principals.yaml", "roles: unit", "roles: boss", "principals.yaml:2:32 bad_value"},
    {"principals.yaml", "unit: cg,", "", "principals.yaml:2:10 missing_key"},
    {"principals.yaml", "root", "nosuchuserhere", "principals.yaml:2:62 no_user"},
    {"principals.csv", "water,unit", "cg,unit", "principals.csv:2:1 duplicate"},
    {"principals.csv", "jia,1001", "jia,9999", "principals.csv:4:21 unknown_reference"},
};

static void every_fault_is_named_where_it_stands(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct patch patch;
        patch_init(&patch, "tests/rulebooks/good");
        patch_text(&patch, faults[i].file, faults[i].old, faults[i].text);
        int error = patch_load(&patch, 0);
        assert_int_equal(error, patch.report.errors ? ERROR_BAD_RULEBOOK : 0);
        failed += !patch_found(&patch, faults[i].expected);
        patch_fini(&patch);
    }
    assert_int_equal(failed, 0);
}

static void what_follows_from_a_fault_is_not_reported_too(void **state)
{
    (void)state;
    static const struct fault alone[] = {
        {"units.csv", "water,水司,enterprise,1,cg,water,,", "water,水司,enterprise,1",
         "units.csv:4:1 fields"},
        {"units.csv", "水司,enterprise", "水司,", "units.csv:4:10 missing_key"},
        {"categories.csv", "0102,违建,01,,", "0102,,01,,", "categories.csv:4:6 missing_key"},
        {"units.csv", "代码,名称", "代,名称", "units.csv:1:1 header"},
        {"calendars.yaml", "week:", "weak:", "calendars.yaml:2:3 unknown_key"},
        {"rulebook.yaml", "words:", "words: [", "rulebook.yaml:19:3 syntax"},
    };
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) {
        struct patch patch;
        patch_init(&patch, "tests/rulebooks/good");
        patch_text(&patch, alone[i].file, alone[i].old, alone[i].text);
        assert_int_equal(patch_load(&patch, 0), ERROR_BAD_RULEBOOK);
        assert_true(patch_found(&patch, alone[i].expected));
        if (patch.report.errors > 2)
            patch_print(&patch);
        assert_true(patch.report.errors <= 2);
        patch_fini(&patch);
    }
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    static const char *const needed[] = {"rulebook.yaml", "areas.csv", "units.csv", "categories.csv",
                                         "calendars.yaml"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        struct patch patch;
        char expected[64];
        patch_init(&patch, "tests/rulebooks/good");
        patch_remove(&patch, needed[i]);
        assert_int_equal(patch_load(&patch, 0), ERROR_BAD_RULEBOOK);
        snprintf(expected, sizeof expected, "%s:0:0 missing_file", needed[i]);
        assert_true(patch_found(&patch, expected));
        patch_fini(&patch);
    }
}

// Nothing can be reckoned without the city's: the daemon died of it.
static void a_calendar_is_needed(void **state)
{
    (void)state;
    static const char *const none[] = {"", " \n# nothing yet\n", "{}\n"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct patch patch;
        patch_init(&patch, "tests/rulebooks/good");
        patch_text(&patch, "calendars.yaml", NULL, none[i]);
        assert_int_equal(patch_load(&patch, 0), ERROR_BAD_RULEBOOK);
        assert_true(patch_found(&patch, "calendars.yaml:0:0 missing_key"));
        patch_fini(&patch);
    }
}

static void all_faults_are_found_in_one_run_and_in_order(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "rules.yaml", "lead: team", "lead: taem");
    patch_text(&patch, "rules.yaml", "kind: emergency", "kind: x");
    patch_text(&patch, "ladders.yaml", "at: 80%", "at: y");
    patch_text(&patch, "areas.csv", ",yi,", ",yo,");
    assert_int_equal(patch_load(&patch, 0), ERROR_BAD_RULEBOOK);
    assert_int_equal(patch.report.errors, 4);
    assert_string_equal(patch.report.items[0].file, "areas.csv");
    assert_string_equal(patch.report.items[1].file, "ladders.yaml");
    assert_int_equal(patch.report.items[2].line, 3);
    assert_int_equal(patch.report.items[3].line, 17);
    assert_non_null(strstr(patch.report.items[3].sentence, "did you mean team?"));
    patch_fini(&patch);
}

static void a_caret_stands_under_wide_characters(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "areas.csv", "东社区,1001,", "东社区,1003,");
    assert_int_equal(patch_load(&patch, 0), ERROR_BAD_RULEBOOK);
    struct buffer text;
    buffer_init(&text);
    rulebook_report_text(&patch.report, &text);
    assert_non_null(strstr(buffer_string(&text),
                           "areas.csv:3:23 查无此项 unknown_reference: there is no area 辖区 1003; did "
                           "you mean 1001?\n"
                           "     3 | 1001001,community,东社区,1003,e,\n"
                           "       |                          ^\n"));
    buffer_clear(&text);
    assert_true(rulebook_report_json(&patch.report, &text));
    assert_non_null(strstr(buffer_string(&text), "\"code\":\"unknown_reference\""));
    assert_non_null(strstr(buffer_string(&text), "\"column\":23"));
    buffer_fini(&text);
    patch_fini(&patch);
}

static void a_file_that_nothing_names_is_a_warning(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "spare.csv", NULL, "a,b\n");
    assert_int_equal(patch_load(&patch, 0), 0);
    assert_true(patch_found(&patch, "spare.csv:0:0 unused_file"));
    assert_int_equal(patch.report.warnings, 1);
    patch_fini(&patch);
}

static void a_bare_day_has_the_meaning_that_the_rulebook_gives_it(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "rulebook.yaml", "city: 小城",
               "city: 小城\nplain_day: 自然日\nplain_hour: emergency-hours");
    patch_text(&patch, "rulebook.yaml", "resolve: 5工作日", "resolve: 5天");
    patch_text(&patch, "rulebook.yaml", "accept: 1工作时", "accept: 1小时");
    assert_int_equal(patch_load(&patch, 0), 0);
    const struct rules *rules = rulebook_rules(patch.book);
    assert_true(limit_same(rules->limits.of[STAGE_RESOLVE], limit_of(MEASURE_NATURAL_DAYS, 5)));
    assert_true(limit_same(rules->limits.of[STAGE_ACCEPT], limit_of(MEASURE_EMERGENCY_HOURS, 1)));
    patch_fini(&patch);
}

static void thousands_of_faults_are_counted_and_cut(void **state)
{
    (void)state;
    struct patch patch;
    struct buffer rows;
    buffer_init(&rows);
    buffer_text(&rows, "id,category,lead\n");
    for (int i = 0; i < 1500; i++)
        buffer_printf(&rows, "T%d,0201,nobody\n", i);
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "rules.csv", NULL, buffer_string(&rows));
    assert_int_equal(patch_load(&patch, 0), ERROR_BAD_RULEBOOK);
    assert_int_equal(patch.report.errors, 1500);
    assert_int_equal(patch.report.count, REPORT_MAX);
    assert_int_equal(patch.report.left_out, 500);
    buffer_fini(&rows);
    patch_fini(&patch);
}

static void want_of_memory_at_any_point_is_an_error_and_nothing_else(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    int error = ERROR_NO_MEMORY;
    size_t failures = 0;
    for (size_t cap = 64; error == ERROR_NO_MEMORY; cap += 96 + cap / 512) {
        rulebook_report_fini(&patch.report);
        error = rulebook_load_within(cap, patch.files, patch.count, &patch.book, &patch.report);
        failures += error == ERROR_NO_MEMORY;
        assert_true(error == 0 || (error == ERROR_NO_MEMORY && !patch.book));
    }
    assert_int_equal(error, 0);
    assert_true(failures > 100);
    patch_fini(&patch);
}

static void a_directory_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    struct rulebook *book;
    struct rulebook_report report;
    rulebook_report_init(&report);
    assert_int_equal(rulebook_load("/nonexistent/rulebook", &book, &report), ERROR_IO);
    assert_null(book);
    assert_int_equal(report.errors, 1);
    rulebook_report_fini(&report);
}

static void the_directory_and_its_files_in_memory_are_the_same_rulebook(void **state)
{
    (void)state;
    struct patch patch;
    const struct rules *rules = load_good(&patch);
    struct rulebook *book;
    struct rulebook_report report;
    rulebook_report_init(&report);
    assert_int_equal(rulebook_load(patch_path(&patch, "tests/rulebooks/good"), &book, &report), 0);
    assert_memory_equal(rulebook_rules(book)->digest, rules->digest, DIGEST_BYTES);
    rulebook_unref(book);
    rulebook_report_fini(&report);
    patch_fini(&patch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(areas_stand_behind_their_parents),
        cmocka_unit_test(units_have_line_block_roles_and_persons),
        cmocka_unit_test(a_roster_is_in_the_citys_local_time),
        cmocka_unit_test(categories_find_their_class_by_prefix),
        cmocka_unit_test(rules_stand_in_written_order_with_tables_in_their_place),
        cmocka_unit_test(calendars_ladders_and_principals_are_read),
        cmocka_unit_test(a_calendar_may_be_like_another_with_more_slots),
        cmocka_unit_test(limits_of_all_stages_and_of_single_units_are_read),
        cmocka_unit_test(a_branch_has_a_host_that_may_stand_further_down),
        cmocka_unit_test(what_a_case_needs_to_be_closed_and_opened_again_is_read),
        cmocka_unit_test(repeated_points_are_counted_as_the_nearest_class_says),
        cmocka_unit_test(the_digest_is_over_names_and_bytes_and_the_files_are_kept),
        cmocka_unit_test(a_rulebook_lives_until_its_last_reference),
        cmocka_unit_test(words_raise_flags_in_any_text_once_each),
        cmocka_unit_test(a_byte_order_mark_is_passed_over),
        cmocka_unit_test(gb18030_is_read_and_said),
        cmocka_unit_test(bytes_that_are_no_text_never_reach_the_parser),
        cmocka_unit_test(a_dash_says_that_a_category_has_no_class),
        cmocka_unit_test(blanks_comments_and_spare_commas_of_spreadsheets_are_passed_over),
        cmocka_unit_test(every_fault_is_named_where_it_stands),
        cmocka_unit_test(what_follows_from_a_fault_is_not_reported_too),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(a_calendar_is_needed),
        cmocka_unit_test(all_faults_are_found_in_one_run_and_in_order),
        cmocka_unit_test(a_caret_stands_under_wide_characters),
        cmocka_unit_test(a_file_that_nothing_names_is_a_warning),
        cmocka_unit_test(a_bare_day_has_the_meaning_that_the_rulebook_gives_it),
        cmocka_unit_test(thousands_of_faults_are_counted_and_cut),
        cmocka_unit_test(want_of_memory_at_any_point_is_an_error_and_nothing_else),
        cmocka_unit_test(a_directory_that_is_not_there_is_an_error),
        cmocka_unit_test(the_directory_and_its_files_in_memory_are_the_same_rulebook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
