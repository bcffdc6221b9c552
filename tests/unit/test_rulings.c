// layer: rulebook
// Rulings as the status socket tells them, and as rules that load.
#include "rulebook/rulings.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rulebook_patch.h"

#define NAMES                                                                                                \
    "\"category_name\":\"暴露垃圾\",\"from_name\":\"区城市管理执法局\",\"reason_text\":\"非本单位职责\""
#define IN_SHUYUAN "\"area\":\"420902/420902001\",\"area_name\":\"书院街道\""
#define IN_GRID    "\"area\":\"420902/420902001/420902001001\",\"area_name\":\"书院社区\""

struct proposed {
    struct arena arena;
    struct told_rulings rulings;
    struct buffer text;
    const char *refusal;
    int error;
};

// `rows` are those of the answer, without its head.
static void propose(struct proposed *p, const char *rows, bool chinese)
{
    arena_init(&p->arena, 0);
    buffer_init(&p->text);
    const char *json = arena_printf(&p->arena, "{\"code\":\"ok\",\"precedents\":[%s]}\n", rows);
    p->error = rulings_read(json, &p->arena, &p->rulings, &p->refusal);
    assert_int_equal(p->error, 0);
    rulings_propose(&p->rulings, chinese, &p->text);
    assert_false(p->text.failed);
}

static void done(struct proposed *p)
{
    buffer_fini(&p->text);
    arena_fini(&p->arena);
}

static void says(struct proposed *p, const char *text)
{
    if (!strstr(buffer_string(&p->text), text))
        fail_msg("no \"%s\" in\n%s", text, buffer_string(&p->text));
}

static size_t count_of(struct proposed *p, const char *text)
{
    size_t count = 0;
    for (const char *at = buffer_string(&p->text); (at = strstr(at, text)); at++)
        count++;
    return count;
}

// In front of the sample city's rules, the whole is checked; 0, or the error.
static int check_in_front(struct proposed *p)
{
    struct patch patch;
    patch_init(&patch, "config/city");
    patch_text(&patch, "rules.yaml", "", buffer_string(&p->text));
    int error = patch_load(&patch, 2026);
    if (error || patch.report.errors)
        patch_print(&patch);
    error = error ? error : patch.report.errors ? ERROR_BAD_RULEBOOK : 0;
    patch_fini(&patch);
    return error;
}

static const char assigned[] =
    "{\"number\":\"260213-0003-8\",\"at_ms\":1770940800000,\"day\":\"2026-02-13\",\"category\":"
    "\"0102\"," NAMES "," IN_GRID
    ",\"ruling\":\"assign\",\"from\":\"cg\",\"to\":\"zj\",\"to_name\":\"区住建局\","
    "\"role\":\"lead\",\"reason\":\"D02\"}";

static const char older[] =
    "{\"number\":\"260210-0001-5\",\"at_ms\":1,\"day\":\"2026-02-10\",\"category\":\"0102\"," NAMES
    "," IN_GRID ",\"ruling\":\"assign\",\"from\":\"cg\",\"to\":\"hb\",\"to_name\":\"环保\",\"role\":\"lead\","
    "\"reason\":\"D02\"}";

static const char upheld[] =
    "{\"number\":\"260209-0001-5\",\"at_ms\":1,\"day\":\"2026-02-09\",\"category\":\"0102\"," NAMES
    "," IN_SHUYUAN ",\"ruling\":\"uphold\",\"from\":\"cg\",\"to\":\"cg\",\"to_name\":\"区城市管理执法局\","
    "\"role\":\"lead\",\"reason\":\"D01\"}";

static const char excused[] =
    "{\"number\":\"260214-0009-5\",\"at_ms\":1,\"day\":\"2026-02-14\",\"category\":\"0102\"," NAMES
    "," IN_GRID ",\"ruling\":\"excuse\",\"from\":\"xf\",\"to\":\"\",\"role\":\"assist\",\"reason\":\"D02\"}";

static void a_ruling_is_read_whole(void **state)
{
    (void)state;
    struct proposed p;
    propose(&p, assigned, false);
    const struct told_ruling *told = &p.rulings.items[0];
    assert_int_equal(p.rulings.count, 1);
    assert_string_equal(told->precedent.number, "260213-0003-8");
    assert_int_equal(told->precedent.at_ms, INT64_C(1770940800000));
    assert_int_equal(told->precedent.ruling, RULING_ASSIGN);
    assert_string_equal(told->precedent.from, "cg");
    assert_string_equal(told->precedent.to, "zj");
    assert_int_equal(told->role, ROLE_LEAD);
    assert_string_equal(told->reason_text, "非本单位职责");
    done(&p);
}

static void a_ruling_is_proposed_with_what_it_rests_on(void **state)
{
    (void)state;
    struct proposed p;
    propose(&p, assigned, false);
    says(&p, "\n# 0102 暴露垃圾 · 420902001001 书院社区\n"
             "#   260213-0003-8 2026-02-13: 区城市管理执法局 (cg) declined D02 非本单位职责 → 区住建局 (zj)\n"
             "- id: P-0102-1\n  when: {category: 0102, area: 420902001001}\n  lead: zj\n");
    assert_int_equal(check_in_front(&p), 0);
    done(&p);
}

static void the_newest_of_a_place_wins_and_the_narrower_place_stands_first(void **state)
{
    (void)state;
    struct proposed p;
    char rows[4096];
    snprintf(rows, sizeof rows, "%s,%s,%s", assigned, older, upheld);
    propose(&p, rows, false);
    says(&p,
         "260210-0001-5 2026-02-10: 区城市管理执法局 (cg) declined D02 非本单位职责 → 环保 (hb) (dropped: "
         "ruled otherwise since)\n- id: P-0102-1\n");
    says(&p, "→ 区城市管理执法局 (cg) (upheld)\n- id: P-0102-2\n  when: {category: 0102, area: 420902001}\n"
             "  lead: cg\n");
    assert_int_equal(count_of(&p, "- id:"), 2);
    assert_int_equal(check_in_front(&p), 0);
    done(&p);
    propose(&p, rows, true);
    says(&p, "(cg)退单 D02 非本单位职责 → 环保 (hb) (已被后来的裁定取代)\n");
    assert_int_equal(check_in_front(&p), 0);
    done(&p);
}

static void an_assist_and_an_excuse_are_comments(void **state)
{
    (void)state;
    struct proposed p;
    propose(&p, excused, false);
    says(&p, "→ nobody in its place (no rule)\n");
    assert_int_equal(count_of(&p, "- id:"), 0);
    assert_int_equal(check_in_front(&p), 0);
    done(&p);
    char rows[4096];
    snprintf(rows, sizeof rows, "%s,%s", excused, assigned);
    propose(&p, rows, false); // beside a ruling on the lead it takes nothing from it
    says(&p, "(no rule)\n#   260213-0003-8");
    assert_int_equal(count_of(&p, "- id:"), 1);
    done(&p);
}

static void a_ruling_about_an_assist_names_no_lead(void **state)
{
    (void)state;
    struct proposed p;
    propose(
        &p,
        "{\"number\":\"1\",\"category\":\"0102\",\"category_name\":\"x\",\"area\":\"420902\",\"area_name\":"
        "\"x\",\"ruling\":\"assign\",\"from\":\"hb\",\"to\":\"zj\",\"to_name\":\"y\",\"role\":\"assist\"}",
        false);
    says(&p, "→ y (zj) (an assist: no rule)\n");
    assert_int_equal(count_of(&p, "- id:"), 0);
    done(&p);
}

static void what_left_the_rulebook_is_no_rule(void **state)
{
    (void)state;
    struct proposed p;
    propose(&p,
            "{\"number\":\"1\",\"category\":\"0999\",\"area\":\"420902\",\"area_name\":\"x\",\"ruling\":"
            "\"assign\",\"to\":\"zj\",\"to_name\":\"y\"}",
            false);
    says(&p, "no rule: the rulebook does not know the category");
    says(&p, "no unit was found → y (zj)");
    assert_int_equal(count_of(&p, "- id:"), 0);
    assert_int_equal(check_in_front(&p), 0);
    done(&p);
}

// A name is whatever a table's cell holds; a code may need quotes.
static void names_end_no_comment_and_codes_are_quoted(void **state)
{
    (void)state;
    struct proposed p;
    propose(
        &p,
        "{\"number\":\"1\",\"category\":\"a: b\",\"category_name\":\"x\\n- id: EVIL\",\"area\":\"r/\\\"q\","
        "\"area_name\":\"n\",\"ruling\":\"assign\",\"to\":\"-u\",\"to_name\":\"y\\r- {}\"}",
        false);
    says(&p, "# a: b x - id: EVIL · ");
    says(&p, "\n- id: \"P-a: b-1\"\n  when: {category: \"a: b\", area: \"\\\"q\"}\n  lead: \"-u\"\n");
    assert_int_equal(count_of(&p, "\n- "), 1);
    done(&p);
}

static void no_ruling_is_said(void **state)
{
    (void)state;
    struct proposed p;
    propose(&p, "", false);
    says(&p, "# There are no rulings.\n");
    assert_int_equal(check_in_front(&p), 0);
    done(&p);
}

static void what_is_no_answer_is_refused(void **state)
{
    (void)state;
    static const char unknown[] = "{\"code\":\"ok\",\"precedents\":[{\"number\":\"1\",\"category\":\"1\","
                                  "\"area\":\"1\",\"ruling\":\"guess\"}]}";
    static const char *const bad[] = {
        "", "[]", "{", "{\"code\":\"ok\"}", "{\"code\":\"ok\",\"precedents\":[{}]}", unknown};
    struct arena arena;
    struct told_rulings rulings;
    const char *refusal;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(rulings_read(bad[i], &arena, &rulings, &refusal), ERROR_MALFORMED);
    assert_int_equal(rulings_read("{\"code\":\"busy\",\"text\":\"too much\"}", &arena, &rulings, &refusal),
                     ERROR_REFUSED);
    assert_string_equal(refusal, "too much");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ruling_is_read_whole),
        cmocka_unit_test(a_ruling_is_proposed_with_what_it_rests_on),
        cmocka_unit_test(the_newest_of_a_place_wins_and_the_narrower_place_stands_first),
        cmocka_unit_test(an_assist_and_an_excuse_are_comments),
        cmocka_unit_test(a_ruling_about_an_assist_names_no_lead),
        cmocka_unit_test(what_left_the_rulebook_is_no_rule),
        cmocka_unit_test(names_end_no_comment_and_codes_are_quoted),
        cmocka_unit_test(no_ruling_is_said),
        cmocka_unit_test(what_is_no_answer_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
