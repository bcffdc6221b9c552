// layer: rulebook
// What check proves: coverage, rules that can match, rungs that reach somebody, limits, years, outlines; and
// that the sample city passes.
#include "rulebook/check.h"
#include "rulebook/datum.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rulebook_patch.h"

static const struct finding *first(const struct patch *patch, enum finding_code code)
{
    for (size_t i = 0; i < patch->report.count; i++)
        if (patch->report.items[i].code == code)
            return &patch->report.items[i];
    patch_print(patch);
    fail_msg("no %s", finding_name(code));
    return NULL;
}

static size_t count(const struct patch *patch, enum finding_code code)
{
    size_t found = 0;
    for (size_t i = 0; i < patch->report.count; i++)
        found += patch->report.items[i].code == code;
    return found;
}

// ---- coverage -----------------------------------------------------------------------------------

static void a_hole_is_named_by_its_categories_and_the_fewest_areas(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "rules.csv", "T2,02*,,,water", "T2,02*,,1001001,water");
    patch_text(&patch, "rules.csv", "T1,0201,,1001,", "T1,0201,,1001001,");
    assert_int_equal(patch_load(&patch, 2026), ERROR_BAD_RULEBOOK);
    const struct finding *hole = first(&patch, FINDING_VACUUM);
    assert_string_equal(hole->sentence, "0201 × 乙街道、西社区 无主责 nobody");
    assert_true(patch_found(&patch, "rules.csv:2:10 vacuum"));
    assert_int_equal(count(&patch, FINDING_VACUUM), 1);
    patch_fini(&patch);
}

static void categories_with_the_same_hole_are_named_together(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "rules.yaml", "{category: 01*}, lead: cg", "{category: 01*, area: 1002}, lead: cg");
    assert_int_equal(patch_load(&patch, 2026), ERROR_BAD_RULEBOOK);
    // 0102 has conditions and the rule R3 takes the first of them: it is not covered for the second
    assert_string_equal(first(&patch, FINDING_VACUUM)->sentence, "0101、0102 × 甲街道 无主责 nobody");
    patch_fini(&patch);
}

static void a_hole_of_some_kinds_names_them(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "rules.csv", NULL, "id,category,lead\nT1,03*,water\n");
    patch_text(&patch, "categories.csv", "02,供水", "03,其他,,,,0,\n02,供水");
    patch_text(&patch, "rules.yaml", "- table",
               "- {id: R8, when: {kind: [issue, priority], category: 02*}, lead: water}\n- table");
    assert_int_equal(patch_load(&patch, 2026), ERROR_BAD_RULEBOOK);
    assert_string_equal(first(&patch, FINDING_VACUUM)->sentence,
                        "0201 × 小区 × 综合执法哨、应急哨 无主责 nobody");
    patch_fini(&patch);
}

static void a_default_owner_closes_every_hole(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "rulebook.yaml", "  desk: desk", "  desk: desk\n  owner: desk");
    patch_text(&patch, "rules.csv", NULL, "id,category,area,lead\nT1,02*,1001001,water\n");
    assert_int_equal(patch_load(&patch, 2026), 0);
    assert_int_equal(patch.report.count, 0);
    patch_fini(&patch);
}

static void a_relative_lead_that_finds_nobody_is_an_error(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "rules.csv", "T2,02*,,,water", "T2,02*,,,role:community");
    assert_int_equal(patch_load(&patch, 2026), ERROR_BAD_RULEBOOK);
    assert_true(patch_found(&patch, "rules.csv:3:10 nobody_serves"));
    patch_fini(&patch);
}

// ---- rules that never match ---------------------------------------------------------------------

static void shadowed(const char *rule, bool dead)
{
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    char line[512];
    snprintf(line, sizeof line, "%s\n- id: R9", rule);
    patch_text(&patch, "rules.yaml", "- id: R9", line);
    assert_int_equal(patch_load(&patch, 2026), 0);
    if (count(&patch, FINDING_SHADOWED) != dead)
        print_message("%s\n", rule);
    assert_int_equal(count(&patch, FINDING_SHADOWED), dead);
    if (dead)
        assert_int_equal(first(&patch, FINDING_SHADOWED)->line, 15);
    patch_fini(&patch);
}

static void a_rule_is_dead_only_when_nothing_can_reach_it(void **state)
{
    (void)state;
    shadowed("- {id: X, when: {category: 0201}, lead: cg}", true); // T2 takes 02*
    shadowed("- {id: X, when: {category: 0201, words: fire, severity: 3}, lead: cg}", true);
    shadowed("- {id: X, when: {nature: thanks, category: 0101}, lead: cg}", true); // R1
    shadowed("- {id: X, when: {nature: [thanks, report], category: 0101}, lead: cg}", false);
    shadowed("- {id: X, when: {category: 0102, condition: 1, area: 1001001}, lead: cg}", true); // R3
    shadowed("- {id: X, when: {category: 0102, condition: 2, area: 1001001}, lead: cg}", false);
    shadowed("- {id: X, when: {kind: emergency, words: gas, severity: 1}, lead: cg}", true); // R2
    shadowed("- {id: X, when: {kind: emergency, words: [gas, fire], severity: 1, category: 0101}, lead: cg}",
             false);
    shadowed("- {id: X, when: {kind: emergency, words: gas, severity: [1, 3], category: 0101}, lead: cg}",
             false);
    shadowed("- {id: X, when: {attributes: {night: no}}, lead: cg}", false);
}

static void rules_above_may_shadow_one_together(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(
        &patch, "rules.csv", NULL,
        "id,category,area,lead\nA,0201,1001,cg\nB,0201,1002,cg\nC,0201,1,water\nD,0201,1001;1002,water\n");
    assert_int_equal(patch_load(&patch, 2026), 0);
    // the district itself is an area too: C is reached by a whistle that names it, D by none
    assert_int_equal(count(&patch, FINDING_SHADOWED), 1);
    assert_true(patch_found(&patch, "rules.csv:5:1 shadowed"));
    patch_fini(&patch);
}

// ---- units, ladders, limits, years --------------------------------------------------------------

static void units_that_may_be_called_need_a_contact_and_a_principal(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "contacts.csv", "water,A,甲四,4\n", "");
    patch_text(&patch, "principals.csv", "team,unit,team,,,\n", "");
    assert_int_equal(patch_load(&patch, 2026), 0);
    assert_true(patch_found(&patch, "units.csv:4:1 no_contact"));
    assert_true(patch_found(&patch, "units.csv:5:1 no_principal"));
    patch_fini(&patch);
}

static void look_at_keys(struct patch *patch, const char *lines)
{
    struct keyring *keys;
    struct keyring_fault fault;
    assert_int_equal(keyring_parse("keyring", lines, strlen(lines), &keys, &fault), 0);
    rulebook_check_keys(patch->book, keys, 1773500000000, &patch->report); // 2026-03-14T14:53:20Z
    keyring_destroy(keys);
}

#define KEY(digit) digit "0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void principals_that_cannot_be_believed_are_named(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    assert_int_equal(patch_load(&patch, 2026), 0);
    look_at_keys(&patch, "# nobody else speaks to this machine\n");
    assert_int_equal(count(&patch, FINDING_NO_KEY), 0);
    look_at_keys(&patch,
                 "water k1 " KEY("0") " until=2026-04-10\n"
                                      "water k2 " KEY("1") " until=2026-03-20\n"
                                                           "team k1 " KEY("2") " until=2026-03-13\n"
                                                                               "jai k1 " KEY("3") "\n");
    assert_string_equal(
        first(&patch, FINDING_NO_KEY)->sentence,
        "team、yi: neither a key nor a user of this machine, so nobody can speak for it 无密钥");
    assert_true(patch_found(&patch, "principals.csv:3:1 no_key"));
    assert_string_equal(first(&patch, FINDING_KEY_ENDING)->sentence,
                        "the last key of water is good for 27 days 密钥将到期");
    assert_true(patch_found(&patch, "keyring:0:0 key_of_nobody"));
    assert_int_equal(count(&patch, FINDING_KEY_OF_NOBODY), 1);
    patch_fini(&patch);
}

static void a_rung_that_reaches_nobody_is_named(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "ladders.yaml", "to: [unit, B]", "to: [B, line+2]");
    patch_text(&patch, "ladders.yaml", "to: block+1", "to: block+3");
    assert_int_equal(patch_load(&patch, 2026), 0);
    assert_int_equal(count(&patch, FINDING_EMPTY_RUNG), 2);
    assert_true(patch_found(&patch, "ladders.yaml:1:1 empty_rung"));
    patch_fini(&patch);
}

static void limits_that_end_after_resolve_are_named(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "rules.csv", ",10分钟,,1紧急工作日", ",2工作日,,1紧急工作时");
    assert_int_equal(patch_load(&patch, 2026), 0);
    assert_true(patch_found(&patch, "rules.csv:2:29 limit_order"));
    patch_fini(&patch);
}

static void a_year_without_its_calendar_is_an_error_the_next_one_a_note(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    assert_int_equal(patch_load(&patch, 2027), 0);
    assert_true(patch_found(&patch, "calendars.yaml:1:1 next_year_missing"));
    assert_int_equal(rulebook_check(patch.book, 2028, &patch.report), ERROR_BAD_RULEBOOK);
    assert_true(patch_found(&patch, "calendars.yaml:1:1 year_missing"));
    patch_fini(&patch);
}

// ---- outlines -----------------------------------------------------------------------------------

#define SQUARE(x0, y0, x1, y1)                                                                               \
    "{\"type\":\"Polygon\",\"coordinates\":[[[" #x0 "," #y0 "],[" #x1 "," #y0 "],[" #x1 "," #y1 "],[" #x0    \
    "," #y1 "],[" #x0 "," #y0 "]]]}"
#define FEATURE(code, geometry)                                                                              \
    "{\"type\":\"Feature\",\"properties\":{\"code\":\"" code "\"},\"geometry\":" geometry "}"
#define COLLECTION(features) "{\"type\":\"FeatureCollection\",\"features\":[\n" features "\n]}\n"

static uint32_t place(const struct patch *patch, double latitude, double longitude, enum datum datum)
{
    return rulebook_place(patch->book, latitude, longitude, datum);
}

static void a_position_lies_in_the_deepest_area(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(
        &patch, "areas.geojson", NULL,
        COLLECTION(FEATURE("1", SQUARE(113, 30, 115, 32)) ",\n" FEATURE(
            "1001",
            SQUARE(113, 30, 114,
                   32)) ",\n" FEATURE("1002",
                                      SQUARE(114, 30, 115,
                                             32)) ",\n" FEATURE("1001001",
                                                                "{\"type\":\"MultiPolygon\",\"coordinates\":["
                                                                "[[[113,30],[114,30],[114,31],"
                                                                "[113,31],[113,30]],[[113.4,30.4],[113.6,30."
                                                                "4],[113.6,30.6],[113.4,30.6],"
                                                                "[113.4,30.4]]]]}") ",\n" FEATURE("1001002",
                                                                                                  SQUARE(
                                                                                                      113, 31,
                                                                                                      114,
                                                                                                      32))));
    assert_int_equal(patch_load(&patch, 2026), 0);
    const struct area_tree *areas = &rulebook_rules(patch.book)->areas;
    assert_int_equal(place(&patch, 30.2, 113.2, DATUM_WGS84), area_find(areas, "1001001"));
    assert_int_equal(place(&patch, 30.5, 113.5, 0), area_find(areas, "1001")); // in the hole
    assert_int_equal(place(&patch, 31.5, 114.5, DATUM_CGCS2000), area_find(areas, "1002"));
    assert_int_equal(place(&patch, 40, 114.5, DATUM_WGS84), AREA_NONE);
    assert_int_equal(place(&patch, NAN, 114.5, DATUM_WGS84), AREA_NONE);
    assert_int_equal(place(&patch, 31, 113.5, DATUM_WGS84),
                     area_find(areas, "1001001"));           // a border: table order
    assert_int_equal(count(&patch, FINDING_OUTLINE_GAP), 1); // the hole
    patch_fini(&patch);
}

enum { THREADS = 4, LOOKUPS = 2000 };

struct looker {
    const struct rulebook *book;
    unsigned wrong;
};

static void *look_up(void *context)
{
    struct looker *looker = context;
    const char *const texts[] = {"闻到煤气味", "一切正常"};
    uint32_t inside = area_find(&rulebook_rules(looker->book)->areas, "1001");
    for (int i = 0; i < LOOKUPS; i++) {
        struct arena arena;
        const char **flags;
        uint32_t flag_count = 9;
        arena_init(&arena, 0);
        int error = rulebook_flags(looker->book, &arena, &texts[i % 2], 1, &flags, &flag_count);
        looker->wrong += error || flag_count != (i % 2 ? 0 : 1);
        looker->wrong +=
            rulebook_place(looker->book, 0.5, i % 2 ? 0.5 : 5, DATUM_WGS84) != (i % 2 ? inside : AREA_NONE);
        arena_fini(&arena);
    }
    return NULL;
}

static void several_threads_may_look_up_at_once(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "areas.geojson", NULL, COLLECTION(FEATURE("1001", SQUARE(0, 0, 1, 1))));
    assert_int_equal(patch_load(&patch, 0), 0);
    pthread_t threads[THREADS];
    struct looker lookers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        lookers[i] = (struct looker){rulebook_ref(patch.book), 0};
        assert_int_equal(pthread_create(&threads[i], NULL, look_up, &lookers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(lookers[i].wrong, 0);
        rulebook_unref(patch.book);
    }
    patch_fini(&patch);
}

// The published forward formula.
static void gcj02_to_bd09(double *latitude, double *longitude)
{
    const double pi = 3.14159265358979323846 * 3000.0 / 180.0;
    double radius = hypot(*longitude, *latitude) + 0.00002 * sin(*latitude * pi);
    double angle = atan2(*latitude, *longitude) + 0.000003 * cos(*longitude * pi);
    *longitude = radius * cos(angle) + 0.0065;
    *latitude = radius * sin(angle) + 0.006;
}

static void shifted_datums_are_brought_back(void **state)
{
    (void)state;
    double latitude = 30.92, longitude = 113.92;
    datum_to_gcj02(&latitude, &longitude);
    double metres = hypot((latitude - 30.92) * 111000, (longitude - 113.92) * 95000);
    assert_true(metres > 300 && metres < 1000);
    datum_to_wgs84(DATUM_GCJ02, &latitude, &longitude);
    assert_true(fabs(latitude - 30.92) < 1e-7 && fabs(longitude - 113.92) < 1e-7);
    // Tian'anmen, as the three systems' users publish it
    double gcj_latitude = 39.908692, gcj_longitude = 116.397477;
    datum_to_wgs84(DATUM_GCJ02, &gcj_latitude, &gcj_longitude);
    assert_true(fabs(gcj_latitude - 39.907288) < 2e-5 && fabs(gcj_longitude - 116.391235) < 2e-5);
    double bd_latitude = 39.908692, bd_longitude = 116.397477;
    gcj02_to_bd09(&bd_latitude, &bd_longitude);
    assert_true(bd_longitude - 116.397477 > 0.005);
    datum_to_wgs84(DATUM_BD09, &bd_latitude, &bd_longitude);
    assert_true(fabs(bd_latitude - gcj_latitude) < 1e-5 && fabs(bd_longitude - gcj_longitude) < 1e-5);
    double abroad = 42.36, boston = -71.06;
    datum_to_wgs84(DATUM_GCJ02, &abroad, &boston);
    assert_true(abroad > 42.359 && abroad < 42.361 && boston < -71.059 && boston > -71.061);
}

static void outlines_are_checked(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(
        &patch, "areas.geojson", NULL,
        COLLECTION(
            FEATURE("1001", SQUARE(0, 0, 2, 2)) ",\n" FEATURE("1002", SQUARE(1, 0, 3, 2)) ",\n" FEATURE(
                "1001001", "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}")));
    assert_int_equal(patch_load(&patch, 2026), 0);
    assert_true(patch_found(&patch, "areas.geojson:3:41 outline_overlap"));
    assert_true(patch_found(&patch, "areas.geojson:4:41 outline_invalid"));
    assert_true(patch_found(&patch, "areas.geojson:2:41 outline_gap"));
    assert_non_null(strstr(first(&patch, FINDING_OUTLINE_INVALID)->sentence, "Self-intersection at 0.5"));
    patch_fini(&patch);
}

static void bad_outlines_are_named(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"type\":", "areas.geojson:1:8 syntax"},
        {"{}", "areas.geojson:1:1 outline"},
        {COLLECTION(FEATURE("9", SQUARE(0, 0, 1, 1))), "areas.geojson:2:41 unknown_reference"},
        {COLLECTION(FEATURE("1", SQUARE(0, 0, 1, 1)) "," FEATURE("1", SQUARE(0, 0, 1, 1))),
         "areas.geojson:2:41 duplicate"},
        {COLLECTION(FEATURE("1", "{\"type\":\"Point\",\"coordinates\":[0,0]}")),
         "areas.geojson:2:41 outline"},
        {COLLECTION(FEATURE("1", SQUARE(0, 0, 999, 1))), "areas.geojson:2:41 outline"},
        {COLLECTION(FEATURE("1", "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1]]]}")),
         "areas.geojson:2:41 outline"},
        {COLLECTION("{\"type\":\"Feature\",\"properties\":{\"code\":1}}"), "areas.geojson:1:1 outline"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct patch patch;
        patch_init(&patch, "tests/rulebooks/good");
        patch_text(&patch, "areas.geojson", NULL, cases[i][0]);
        assert_int_equal(patch_load(&patch, 0), ERROR_BAD_RULEBOOK);
        assert_true(patch_found(&patch, cases[i][1]));
        patch_fini(&patch);
    }
}

// ---- the sample city ----------------------------------------------------------------------------

static void the_sample_city_passes_without_a_warning(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "config/city");
    int error = patch_load(&patch, 2026);
    if (error || patch.report.warnings)
        patch_print(&patch);
    assert_int_equal(error, 0);
    assert_int_equal(patch.report.warnings, 0);
    const struct rules *rules = rulebook_rules(patch.book);
    assert_int_equal(rules->areas.count, 1 + 21 + 317);
    assert_int_equal(rules->routing.count, 59);
    uint32_t leaves = 0;
    for (uint32_t i = 0; i < rules->categories.count; i++)
        leaves += rules->categories.categories[i].leaf;
    assert_int_equal(leaves, 42);
    assert_int_equal(rules->default_owner, UNIT_NONE);
    uint32_t joint = unit_find(&rules->units, "zf1"), stationed = 0;
    for (uint32_t i = 0; i < rules->units.count; i++)
        stationed += rules->units.units[i].host == joint;
    assert_int_equal(stationed, 3);
    for (uint32_t i = 0; i < rules->members.count; i++)
        assert_non_null(rulebook_member_name(patch.book, rules->members.members[i].code));
    assert_int_equal(rules->members.count, 12);
    patch_fini(&patch);
}

static void one_broken_line_of_the_city_is_named(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "config/city");
    patch_text(&patch, "rules.yaml", "[420902001, 420902002, 420902003, 420902004]",
               "[420902002, 420902003]");
    assert_int_equal(patch_load(&patch, 2026), ERROR_BAD_RULEBOOK);
    assert_int_equal(patch.report.errors, 1);
    assert_true(patch_found(&patch, "rules.yaml:31:5 vacuum"));
    assert_string_equal(first(&patch, FINDING_VACUUM)->sentence, "0302 × 书院街道、车站街道 无主责 nobody");
    assert_string_equal(first(&patch, FINDING_VACUUM)->shown, "    area: [420902002, 420902003]");
    patch_fini(&patch);
}

static void a_city_of_thousands_of_learned_rules_is_proven(void **state)
{
    (void)state;
    struct patch patch;
    struct buffer text;
    patch_init(&patch, "config/city");
    buffer_init(&text);
    buffer_text(&text, "id,category,area,lead\n");
    FILE *file = fopen(patch_path(&patch, "config/city/areas.csv"), "r");
    char line[256];
    for (int row = 0; file && fgets(line, sizeof line, file); row++)
        for (int i = 1; i <= 12 && strstr(line, ",community,"); i++)
            buffer_printf(&text, "L%d-%d,01%02d,%.*s,%s\n", row, i, i, (int)strcspn(line, ","), line,
                          i % 2 ? "cg" : "zj");
    assert_non_null(file);
    fclose(file);
    patch_text(&patch, "rules.csv", NULL, buffer_string(&text));
    patch_text(&patch, "rules.yaml", "# ---- 市容环境", "- table: rules.csv\n# ---- 市容环境");
    assert_int_equal(patch_load(&patch, 2026), 0);
    assert_int_equal(rulebook_rules(patch.book)->routing.count, 59 + 317 * 12);
    // the rules of whole streets and of the district can still be reached by whistles that name no community
    assert_int_equal(count(&patch, FINDING_SHADOWED), 0);
    buffer_fini(&text);
    patch_fini(&patch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hole_is_named_by_its_categories_and_the_fewest_areas),
        cmocka_unit_test(categories_with_the_same_hole_are_named_together),
        cmocka_unit_test(a_hole_of_some_kinds_names_them),
        cmocka_unit_test(a_default_owner_closes_every_hole),
        cmocka_unit_test(a_relative_lead_that_finds_nobody_is_an_error),
        cmocka_unit_test(a_rule_is_dead_only_when_nothing_can_reach_it),
        cmocka_unit_test(rules_above_may_shadow_one_together),
        cmocka_unit_test(units_that_may_be_called_need_a_contact_and_a_principal),
        cmocka_unit_test(principals_that_cannot_be_believed_are_named),
        cmocka_unit_test(a_rung_that_reaches_nobody_is_named),
        cmocka_unit_test(limits_that_end_after_resolve_are_named),
        cmocka_unit_test(a_year_without_its_calendar_is_an_error_the_next_one_a_note),
        cmocka_unit_test(a_position_lies_in_the_deepest_area),
        cmocka_unit_test(several_threads_may_look_up_at_once),
        cmocka_unit_test(shifted_datums_are_brought_back),
        cmocka_unit_test(outlines_are_checked),
        cmocka_unit_test(bad_outlines_are_named),
        cmocka_unit_test(the_sample_city_passes_without_a_warning),
        cmocka_unit_test(one_broken_line_of_the_city_is_named),
        cmocka_unit_test(a_city_of_thousands_of_learned_rules_is_proven),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
