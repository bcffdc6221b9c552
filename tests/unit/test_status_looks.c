// layer: status
// What the commands about cases answer, over a store that was filled by hand: rulebooks that are kept, gone
// or damaged, rulings of several categories, and what the later life of a case leaves behind.
#include "status/look.h"
#include "status/rulings.h"

#include "base/error.h"
#include "engine/request.h"
#include "store/precedents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rulebook_patch.h"

static const int64_t morning = INT64_C(1770940800000); // 2026-02-13 08:00 in Shanghai

struct office {
    char directory[64];
    struct store *store;
    struct patch then; // the rulebook of another day
    struct patch now;  // in force
    struct status_options options;
    struct inquiry inquiry;
};

static int setup(void **state)
{
    struct office *o = calloc(1, sizeof *o);
    struct store_error error = {0};
    strcpy(o->directory, "/tmp/whistled-looks-XXXXXX");
    assert_non_null(mkdtemp(o->directory));
    struct store_options options = {.directory = o->directory, .segment_bytes = 4 << 20};
    assert_int_equal(store_open(&options, &o->store, NULL, &error), 0);
    patch_init(&o->then, "config/city");
    patch_text(&o->then, "rules.yaml", "id: R27", "id: OLD");
    assert_int_equal(patch_load(&o->then, 0), 0);
    patch_init(&o->now, "config/city");
    assert_int_equal(patch_load(&o->now, 0), 0);
    *state = o;
    return 0;
}

static void end_inquiry(struct office *o)
{
    if (!o->inquiry.arena.max_bytes)
        return;
    store_read_end(&o->inquiry.reader);
    buffer_fini(&o->inquiry.out);
    arena_fini(&o->inquiry.arena);
    o->inquiry.arena.max_bytes = 0;
}

static int teardown(void **state)
{
    struct office *o = *state;
    char command[128];
    end_inquiry(o);
    store_close(o->store);
    patch_fini(&o->then);
    patch_fini(&o->now);
    snprintf(command, sizeof command, "rm -rf %s", o->directory);
    assert_int_equal(system(command), 0);
    free(o);
    return 0;
}

// The answer to a command over a snapshot of now.
static const char *look(struct office *o, int (*command)(struct inquiry *), const char *argument, bool json)
{
    struct inquiry *inquiry = &o->inquiry;
    end_inquiry(o);
    *inquiry =
        (struct inquiry){.options = &o->options, .argument = argument, .json = json, .book = o->now.book};
    arena_init(&inquiry->arena, 64 << 20);
    buffer_init(&inquiry->out);
    inquiry->rules = rulebook_rules(o->now.book);
    inquiry->zone = rules_calendar(inquiry->rules, NULL)->zone;
    inquiry->now_ms = morning + 3600000;
    store_read_begin(o->store, &inquiry->arena, &inquiry->reader);
    assert_int_equal(command(inquiry), 0);
    return buffer_string(&inquiry->out);
}

static void says(const char *text, const char *expected)
{
    if (!strstr(text, expected))
        fail_msg("no \"%s\" in\n%s", expected, text);
}

static void says_not(const char *text, const char *expected)
{
    if (strstr(text, expected))
        fail_msg("\"%s\" in\n%s", expected, text);
}

// ---- filling the store --------------------------------------------------------------------------

static struct event *filing(struct office *o, const char *number, struct whistle *whistle,
                            struct rule_ref *rule)
{
    struct event *event = arena_alloc(store_arena(o->store), sizeof *event);
    *event = (struct event){
        .seq = store_next_seq(o->store),
        .at_ms = morning,
        .kind = EVENT_FILED,
        .state = CASE_FILED,
        .case_id = store_next_seq(o->store),
        .number = number,
        .area = "420902/420902001",
        .office = "420902001",
        .local_day = 20497,
        .whistle = whistle,
        .rule = rule,
    };
    return event;
}

static void take(struct office *o, struct event *event, struct blob rulebook, struct blob files)
{
    struct store_record record = {.facts = {.actor = {.principal = "420902001"},
                                            .events = event,
                                            .event_count = 1,
                                            .rulebook = rulebook,
                                            .files = files}};
    assert_int_equal(store_take(o->store, &record), 0);
}

static struct whistle whistle = {
    .kind = KIND_ISSUE, .category = "0102", .area = "420902001", .title = "垃圾"};

// A case that was placed by the rulebook of `digest`.
static void file_case(struct office *o, const char *number, const uint8_t *digest)
{
    struct rule_ref rule = {.id = "OLD", .file = "rules.yaml", .line = 1, .rulebook = {digest, DIGEST_BYTES}};
    assert_int_equal(store_begin(o->store), 0);
    take(o, filing(o, number, &whistle, &rule), (struct blob){0}, (struct blob){0});
    assert_int_equal(store_commit(o->store), 0);
}

// As if this rulebook had come into force: its files are kept under `digest`.
static void keep_files(struct office *o, const uint8_t *digest, struct blob files)
{
    struct event event = {.seq = 0, .at_ms = morning, .kind = EVENT_RULES_LOADED};
    assert_int_equal(store_begin(o->store), 0);
    event.seq = store_next_seq(o->store);
    take(o, &event, (struct blob){digest, DIGEST_BYTES}, files);
    assert_int_equal(store_commit(o->store), 0);
}

static void keep(struct office *o, const uint8_t *digest, const struct rulebook *book)
{
    struct blob files;
    struct arena arena;
    arena_init(&arena, 0);
    assert_int_equal(request_rulebook_files(&arena, book, &files), 0);
    keep_files(o, digest, files);
    arena_fini(&arena);
}

// ---- explain ------------------------------------------------------------------------------------

static const char first[] = "260213-0001-1", second[] = "260213-0002-2";

static void a_case_is_explained_by_the_rulebook_that_placed_it(void **state)
{
    struct office *o = *state;
    const uint8_t *then = rulebook_rules(o->then.book)->digest, *now = rulebook_rules(o->now.book)->digest;
    keep(o, then, o->then.book);
    file_case(o, first, then);
    file_case(o, second, now); // its files need not be kept: it is in force
    const char *text = look(o, look_explain, first, false);
    says(text, "  not in force any more\nin force  ");
    says(text, "rule      OLD  rules.yaml:");
    says(look(o, look_explain, first, true), "\"in_force\":false");
    text = look(o, look_explain, "zh 260213-0002-2", false);
    says(text, "  现行\n");
    says(text, "依据      R27  rules.yaml:");
    says_not(text, "已不再现行");
}

static void a_rulebook_that_is_gone_or_damaged_is_said_to_be(void **state)
{
    struct office *o = *state;
    uint8_t gone[DIGEST_BYTES] = {1}, wrong[DIGEST_BYTES] = {2}, broken[DIGEST_BYTES] = {3};
    file_case(o, first, gone);
    says(look(o, look_explain, first, false), "error not_found: the rulebook 0100000000");
    says(look(o, look_explain, first, true), "\"code\":\"not_found\"");
    keep(o, wrong, o->then.book); // not that of the digest
    keep_files(o, broken, (struct blob){(const uint8_t *)"\xff\xff\xff", 3});
    file_case(o, second, wrong);
    file_case(o, "260213-0003-3", broken);
    const int errors[] = {ERROR_CORRUPT, ERROR_CORRUPT};
    const char *const numbers[] = {second, "260213-0003-3"};
    for (int i = 0; i < 2; i++) {
        look(o, look_cases, "", false); // a fresh inquiry
        buffer_clear(&o->inquiry.out);
        o->inquiry.argument = numbers[i];
        assert_int_equal(look_explain(&o->inquiry), errors[i]);
    }
}

static void a_rulebook_that_loads_no_more_is_said_to_be(void **state)
{
    struct office *o = *state;
    uint8_t digest[DIGEST_BYTES] = {5};
    // files { name: "x.csv" bytes: "" }
    keep_files(o, digest, (struct blob){(const uint8_t *)"\x0a\x07\x0a\x05x.csv", 9});
    file_case(o, first, digest);
    says(look(o, look_explain, first, false), "error bad_rulebook: the rulebook 0500000000");
}

// ---- precedents ---------------------------------------------------------------------------------

static void rule(struct office *o, const char *category, const char *area, uint64_t seq, int64_t at_ms,
                 const char *to)
{
    struct whistle about = {.category = category};
    struct casefile file = {.number = to, .area = area, .whistle = &about};
    struct event event = {.seq = seq, .at_ms = at_ms, .ruling = RULING_ASSIGN, .target = to};
    precedent_put(store_batch(o->store), store_arena(o->store), &file, &event);
}

static void rule_some(struct office *o)
{
    assert_int_equal(store_begin(o->store), 0);
    rule(o, "0102", "420902/420902001", 10, morning + 1, "zj");
    rule(o, "0201", "420902/420902002", 11, morning + 3, "hb");
    rule(o, "0102", "420902/420902001/420902001001", 12, morning + 2, "yl");
    rule(o, "0103", "420902/420902002", 13, morning + 2, "gas");
    take(o, filing(o, first, &whistle, NULL), (struct blob){0}, (struct blob){0});
    assert_int_equal(store_commit(o->store), 0);
}

// The units of the rulings that a question brings, in order.
static void assert_rulings(struct office *o, const char *argument, const char *expected)
{
    char found[128] = "";
    json_t *root = json_loads(look(o, look_precedents, argument, true), 0, NULL);
    const json_t *row;
    size_t i;
    json_array_foreach(json_object_get(root, "precedents"), i, row)
    {
        strcat(found, json_string_value(json_object_get(row, "to")));
        strcat(found, " ");
    }
    json_decref(root);
    assert_string_equal(found, expected);
}

static void rulings_are_newest_first_over_all_categories(void **state)
{
    struct office *o = *state;
    rule_some(o);
    assert_rulings(o, "", "hb gas yl zj ");
    assert_rulings(o, "01", "gas yl zj ");
    assert_rulings(o, "0102", "yl zj ");
    assert_rulings(o, "0102 420902001001", "yl zj "); // what was ruled above holds below
    assert_rulings(o, "0102 420902001002", "zj ");
    assert_rulings(o, "01\t420902002", "gas ");
    assert_rulings(o, "0301", "");
    says(look(o, look_precedents, "77", false), "error unknown_category: there is no category 77\n");
    says(look(o, look_precedents, "0102  7", false), "error unknown_area: there is no area 7\n");
    says(look(o, look_precedents, "0301", false), "none\n");
    says(look(o, look_precedents, "0201", false), "… → hb");
}

static void only_what_was_ruled_before_is_gathered(void **state)
{
    struct office *o = *state;
    struct rulings rulings;
    rule_some(o);
    look(o, look_cases, "", false);
    assert_int_equal(rulings_gather(&o->inquiry, "0102", morning + 2, &rulings), 0);
    assert_int_equal(rulings.count, 1);
    assert_string_equal(rulings.items[0]->to, "zj");
    assert_false(rulings.partial);
}

// ---- show ---------------------------------------------------------------------------------------

static void show_tells_an_open_call_by_the_codes_of_its_members(void **state)
{
    struct office *o = *state;
    struct claim claims[] = {{"m07", "zd1", CLAIM_ON_SITE, morning, morning + 60000},
                             {"m09", "cg", CLAIM_CLAIMED, morning, 0}};
    struct open_call call = {.pool = "volunteers",
                             .skill = "electrician",
                             .area = "420902001",
                             .places = 3,
                             .claims = claims,
                             .claim_count = 2};
    struct closing closing = {
        .needs = CLOSING_FEEDBACK | CLOSING_CALL_BACK, .calls = 2, .reopen_until_ms = morning};
    const char *related[] = {"260201-0001-1", "260202-0001-2"};
    assert_int_equal(store_begin(o->store), 0);
    struct event *event = filing(o, first, &whistle, NULL);
    event->open_call = &call;
    event->closing = &closing;
    event->related = related;
    event->related_count = 2;
    take(o, event, (struct blob){0}, (struct blob){0});
    assert_int_equal(store_commit(o->store), 0);
    const char *text = look(o, look_show, first, false);
    says(text, "raised for     260201-0001-1 260202-0001-2\n");
    says(text, "needs          feedback call_back\n");
    says(text, "reopen until   2026-02-13 08:00:00\n");
    says(text, "pool           volunteers\nskill          electrician\ncalled in      420902001  书院街道");
    says(text, "member  unit");
    says(text, "m07     zd1   城管执法局驻书院街道中队  on_site  2026-02-13 08:00:00  2026-02-13 08:01:00\n");
    says(text, "m09     cg ");
    says(look(o, look_show, first, true), "\"places\":3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_case_is_explained_by_the_rulebook_that_placed_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rulebook_that_is_gone_or_damaged_is_said_to_be, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rulebook_that_loads_no_more_is_said_to_be, setup, teardown),
        cmocka_unit_test_setup_teardown(rulings_are_newest_first_over_all_categories, setup, teardown),
        cmocka_unit_test_setup_teardown(only_what_was_ruled_before_is_gathered, setup, teardown),
        cmocka_unit_test_setup_teardown(show_tells_an_open_call_by_the_codes_of_its_members, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
