// layer: service
// Published figures told again from cases: a bulletin of 天门市 (2016-12), and the scores of 金牛区, through
// the engine, the store and the query, with definitions from a rulebook.
//
// The bulletin's own numbers: accepted 1054, filed 996 (events 971, parts 25), should close 972 (956, 16),
// closed 911 (902, 9) = 93.72 % (94.35, 56.25), closed in time 737 = 75.82 %.
#include "service/query.h"

#include "base/civil.h"
#include "base/error.h"
#include "codec/codec.h"
#include "engine/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <cmocka.h>

enum { MOST = 1200 };

struct town {
    char directory[64];
    struct batcher batcher;
    int64_t now_ms;
    uint32_t ids;
    char numbers[MOST][24]; // of the cases, in the order in which they were filed
    size_t count;
};

// ---- the rulebook -------------------------------------------------------------------------------

static const struct {
    const char *name, *text;
} texts[] = {
    {"rulebook.yaml",
     "city: 天门市\nzone: Asia/Shanghai\ncategory_standard: GB/T 30428.2-2013\n"
     "defaults: {owner: c, desk: c, accept: 1自然日, resolve: 5自然日, arbitrate: 1自然日, callback: no}\n"
     "reasons: {decline: {D01: 辖区不符}, extend: {E01: 天气}}\n"},
    {"calendars.yaml", "city: {week: {mon-sun: [00:00-24:00]}, years: every}\n"},
    {"areas.csv", "code,level,name,parent,office\n4290,city,天门市,,c\n4290A,street,竟陵街道,4290,s\n"},
    {"units.csv", "code,name,type,area\nc,市指挥中心,centre,4290\ns,竟陵街道,street,4290A\n"
                  "d,城管局,department,4290\n"},
    {"categories.csv", "code,name,parent\nE,事件,-\nE1,暴露垃圾,E\nP,部件,-\nP1,井盖,P\n"},
    {"rules.yaml", "- {id: R0, when: {nature: consultation}, register: yes}\n"
                   "- {id: R1, when: {category: [E1, P1]}, lead: d}\n"},
    {"principals.yaml",
     "- {code: c, name: 市指挥中心, roles: [office, unit, supervisor], unit: c, local: self}\n"
     "- {code: s, name: 竟陵街道, roles: office, unit: s, area: 4290A, local: self}\n"
     "- {code: d, name: 城管局, roles: unit, unit: d, local: self}\n"},
    {"rates.yaml", "rates:\n"
                   "- {id: closing, name: 结案率, of: case.met, over: case.due}\n"
                   "- {id: closing_in_time, name: 按期结案率, of: case.in_time, over: case.due}\n"
                   "- {id: accepted_cases, name: 受理数, of: filed}\n"
                   "- {id: filed_cases, name: 立案数, of: placed}\n"
                   "- {id: handled, name: 处置率, of: resolve.met, over: resolve.due}\n"
                   "- {id: handled_in_time, name: 按期处置率, of: resolve.in_time, over: resolve.due}\n"
                   "- {id: reworked, name: 返工率, of: rework, over: case.due}\n"
                   "- {id: pending_late, name: 超期待处置率, of: resolve.overdue, over: resolve.due}\n"
                   "- {id: extension, name: 延期率, of: resolve.extended, over: resolve.due}\n"
                   "- {id: satisfaction, name: 满意率, of: satisfied + basically, over: satisfied + "
                   "basically + dissatisfied}\n"
                   "scores:\n"
                   "- id: management\n"
                   "  parts:\n"
                   "  - {rate: handled, weight: 30}\n"
                   "  - {rate: handled_in_time, weight: 20}\n"
                   "  - {rate: reworked, weight: 20, inverse: yes}\n"
                   "  - {rate: pending_late, weight: 20, inverse: yes}\n"
                   "  - {rate: extension, weight: 10, inverse: yes}\n"
                   "- id: citizen\n"
                   "  parts:\n"
                   "  - {rate: satisfaction, weight: 30}\n"
                   "  - {days: done, times: -10, plus: 20, least: 0, most: 10}\n"
                   "  - {count: repeated, times: -1, least: -20}\n"
                   "  - {any: resolve.overdue, times: -10}\n"},
};

static struct rulebook *load(void)
{
    struct rulebook_file files[sizeof texts / sizeof texts[0]];
    struct rulebook_report report;
    struct rulebook *book;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        files[i] =
            (struct rulebook_file){texts[i].name, {(const uint8_t *)texts[i].text, strlen(texts[i].text)}};
    rulebook_report_init(&report);
    int rc = rulebook_load_files(files, sizeof texts / sizeof texts[0], &book, &report);
    for (size_t i = 0; i < report.count; i++)
        print_message("%s:%u: %s\n", report.items[i].file, report.items[i].line, report.items[i].sentence);
    assert_int_equal(rc, 0);
    rulebook_report_fini(&report);
    return book;
}

// ---- a town -------------------------------------------------------------------------------------

static int64_t at(int year, int month, int day, int hour)
{
    return civil_to_days((struct civil_date){year, month, day}) * DAY_MS + (hour - 8) * HOUR_MS;
}

static int setup(void **state)
{
    struct town *town = calloc(1, sizeof *town);
    struct store_recovery recovery;
    struct store_error error = {0};
    strcpy(town->directory, "/tmp/whistled-bulletin-XXXXXX");
    assert_non_null(mkdtemp(town->directory));
    struct store_options options = {.directory = town->directory, .segment_bytes = 4 << 20};
    assert_int_equal(store_open(&options, &town->batcher.store, &recovery, &error), 0);
    town->batcher.book = load();
    *state = town;
    return 0;
}

static int teardown(void **state)
{
    struct town *town = *state;
    char command[128];
    store_close(town->batcher.store);
    rulebook_unref(town->batcher.book);
    snprintf(command, sizeof command, "rm -rf %s", town->directory);
    assert_int_equal(system(command), 0);
    free(town);
    return 0;
}

static struct work *command(struct town *town, const char *principal, enum command_kind kind)
{
    struct work *work = work_create(WORK_COMMAND, 0);
    uint8_t random[10] = {0};
    town->ids++;
    memcpy(random, &town->ids, sizeof town->ids);
    strcpy(work->principal, principal);
    work->id = ulid_make(town->now_ms, random);
    work->received_ms = town->now_ms;
    work->command.kind = kind;
    work->command.actor.principal = arena_strdup(&work->arena, principal);
    work->command.located = AREA_NONE;
    memcpy(work->operation_hash, &town->ids, sizeof town->ids);
    return work;
}

static Whistle__V1__Reply *reply_of(struct work *work)
{
    void *reply =
        codec_unpack(&work->arena, &whistle__v1__reply__descriptor, work->reply.bytes, work->reply.length);
    assert_non_null(reply);
    return reply;
}

// Runs what is due, and the works.
static void run(struct town *town, struct work_list *works)
{
    while (!TAILQ_EMPTY(works)) {
        struct work_list left;
        struct batch_result result;
        TAILQ_INIT(&left);
        batch_result_init(&result);
        assert_int_equal(batch_run(&town->batcher, works, &left, town->now_ms, town->now_ms, &result), 0);
        batch_result_fini(&result);
        TAILQ_INIT(works);
        TAILQ_CONCAT(works, &left, entry);
    }
}

// One work after another, in batches of 200; `each` sees what came of it.
static void run_all(struct town *town, struct work **works, size_t count,
                    void (*each)(struct town *town, const Whistle__V1__Reply *reply))
{
    for (size_t i = 0; i < count;) {
        struct work_list batch;
        TAILQ_INIT(&batch);
        for (size_t end = i + 200; i < end && i < count; i++)
            TAILQ_INSERT_TAIL(&batch, works[i], entry);
        run(town, &batch);
    }
    for (size_t i = 0; i < count; i++) {
        const Whistle__V1__Reply *reply = reply_of(works[i]);
        if (strcmp(reply->code, "ok") != 0)
            fail_msg("%s: %s", reply->code, reply->text);
        if (each)
            each(town, reply);
        work_destroy(works[i]);
    }
}

static void keep_number(struct town *town, const Whistle__V1__Reply *reply)
{
    assert_true(town->count < MOST);
    strcpy(town->numbers[town->count++], reply->receipt->number);
}

static void file(struct town *town, size_t count, const char *category, enum nature nature)
{
    struct work *works[MOST];
    for (size_t i = 0; i < count; i++) {
        works[i] = command(town, "s", COMMAND_SUBMIT);
        struct whistle *whistle = arena_alloc(&works[i]->arena, sizeof *whistle);
        *whistle =
            (struct whistle){.kind = KIND_ISSUE, .category = category, .area = "4290A", .nature = nature};
        works[i]->command.whistle = whistle;
    }
    run_all(town, works, count, keep_number);
}

// The same act about the cases from `first` on.
static void act(struct town *town, const char *principal, size_t first, size_t count, struct act what)
{
    struct work *works[MOST];
    for (size_t i = 0; i < count; i++) {
        works[i] = command(town, principal, COMMAND_ACT);
        works[i]->command.act = what;
        works[i]->command.act.number = town->numbers[first + i];
    }
    run_all(town, works, count, NULL);
}

static void resolve(struct town *town, size_t first, size_t count)
{
    act(town, "d", first, count, (struct act){.verb = VERB_RESOLVE});
}

static void find_solved(struct town *town, size_t first, size_t count)
{
    act(town, "s", first, count, (struct act){.verb = VERB_EVALUATE, .verdict = VERDICT_SOLVED});
}

static void close_cases(struct town *town, size_t first, size_t count)
{
    resolve(town, first, count);
    find_solved(town, first, count);
}

// ---- asking -------------------------------------------------------------------------------------

struct asked {
    struct arena arena;
    struct store_reader reader;
    Whistle__V1__Reply reply;
};

static const Whistle__V1__RatesView *ask(struct town *town, struct asked *asked, const char *period,
                                         const char *by)
{
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    Whistle__V1__Rates rates = WHISTLE__V1__RATES__INIT;
    Whistle__V1__Selection selection = WHISTLE__V1__SELECTION__INIT;
    selection.period = (char *)period;
    rates.by = (char *)by;
    rates.selection = &selection;
    request.op_case = WHISTLE__V1__REQUEST__OP_RATES;
    request.rates = &rates;
    *asked = (struct asked){.reply = WHISTLE__V1__REPLY__INIT};
    asked->reply.code = "ok";
    arena_init(&asked->arena, 0);
    store_read_begin(town->batcher.store, &asked->arena, &asked->reader);
    struct query query = {
        .arena = &asked->arena,
        .reader = &asked->reader,
        .book = town->batcher.book,
        .principal = principal_find(&rulebook_rules(town->batcher.book)->principals, "c"),
        .request = &request,
        .now_ms = town->now_ms,
        .reply = &asked->reply,
    };
    assert_int_equal(query_run(&query), 0);
    assert_string_equal(asked->reply.code, "ok");
    return asked->reply.rates;
}

static void end(struct asked *asked)
{
    store_read_end(&asked->reader);
    arena_fini(&asked->arena);
}

static const Whistle__V1__Ratio *rate(const Whistle__V1__RatesView *view, const Whistle__V1__RateRow *row,
                                      const char *id)
{
    for (size_t i = 0; i < view->n_definitions; i++)
        if (strcmp(view->definitions[i]->id, id) == 0)
            return row->rates[i];
    fail_msg("no rate %s", id);
    return NULL;
}

static const Whistle__V1__RateRow *row_of(const Whistle__V1__RatesView *view, const char *code)
{
    for (size_t i = 0; i < view->n_rows; i++)
        if (strcmp(view->rows[i]->code, code) == 0)
            return view->rows[i];
    fail_msg("no row %s", code);
    return NULL;
}

// Hundredths of a percent, rounded as bulletins do.
static long percent(const Whistle__V1__Ratio *ratio)
{
    return lround(10000.0 * (double)ratio->of / (double)ratio->over);
}

#define IS(view, row, id, a, b)                                                                              \
    do {                                                                                                     \
        assert_int_equal(rate(view, row, id)->of, a);                                                        \
        assert_int_equal(rate(view, row, id)->over, b);                                                      \
    } while (0)

// ---- 天门市 2016-12 -----------------------------------------------------------------------------

static void the_bulletin_of_tianmen_is_told_again_from_its_cases(void **state)
{
    struct town *town = *state;
    struct asked asked;
    town->now_ms = at(2016, 12, 5, 9);
    file(town, 956, "E1", NATURE_COMPLAINT);
    file(town, 16, "P1", NATURE_COMPLAINT);
    file(town, 58, "E1", NATURE_CONSULTATION); // accepted, and not filed as cases
    town->now_ms = at(2016, 12, 6, 9);
    close_cases(town, 0, 730);
    close_cases(town, 956, 7);
    town->now_ms = at(2016, 12, 20, 9); // five days were given
    close_cases(town, 730, 172);
    close_cases(town, 963, 2);
    town->now_ms = at(2016, 12, 29, 9);
    file(town, 15, "E1", NATURE_COMPLAINT); // due in January
    file(town, 9, "P1", NATURE_COMPLAINT);
    town->now_ms = at(2017, 1, 1, 0);

    const Whistle__V1__RatesView *view = ask(town, &asked, "2016-12", "category");
    assert_int_equal(rate(view, view->whole, "accepted_cases")->of, 1054);
    assert_int_equal(rate(view, view->whole, "filed_cases")->of, 996);
    IS(view, view->whole, "closing", 911, 972);
    IS(view, view->whole, "closing_in_time", 737, 972);
    assert_int_equal(percent(rate(view, view->whole, "closing")), 9372);
    assert_int_equal(percent(rate(view, view->whole, "closing_in_time")), 7582);
    const Whistle__V1__RateRow *events = row_of(view, "E"), *parts = row_of(view, "P");
    assert_int_equal(rate(view, events, "filed_cases")->of, 971);
    assert_int_equal(rate(view, parts, "filed_cases")->of, 25);
    IS(view, events, "closing", 902, 956);
    IS(view, parts, "closing", 9, 16);
    assert_int_equal(percent(rate(view, events, "closing")), 9435);
    assert_int_equal(percent(rate(view, parts, "closing")), 5625);
    end(&asked);

    view = ask(town, &asked, "2017-01", ""); // nothing of January is due yet
    IS(view, view->whole, "closing", 0, 0);
    end(&asked);
}

// ---- 金牛区 -------------------------------------------------------------------------------------

static const Whistle__V1__Score *score(const Whistle__V1__RateRow *row, const char *id)
{
    for (size_t i = 0; i < row->n_scores; i++)
        if (strcmp(row->scores[i]->id, id) == 0)
            return row->scores[i];
    fail_msg("no score %s", id);
    return NULL;
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

// 30·处置率 + 20·按期处置率 + 20·(1-返工率) + 20·(1-超期待处置率) + 10·(1-延期率), by hand from ten cases:
// six done in time; one done, not solved, and done again in time; one extended and done; one done late; one
// not done.
static void the_score_of_jinniu_is_told_again_from_its_cases(void **state)
{
    struct town *town = *state;
    struct asked asked;
    town->now_ms = at(2026, 3, 2, 9);
    file(town, 10, "E1", NATURE_COMPLAINT);
    town->now_ms = at(2026, 3, 3, 9);
    close_cases(town, 0, 6);
    resolve(town, 6, 1);
    act(town, "s", 6, 1, (struct act){.verb = VERB_EVALUATE, .verdict = VERDICT_NOT_SOLVED});
    act(town, "c", 7, 1,
        (struct act){.verb = VERB_EXTEND, .target = "d", .reason = "E01", .limit = "2自然日"});
    town->now_ms = at(2026, 3, 4, 9);
    close_cases(town, 6, 2);
    town->now_ms = at(2026, 3, 9, 9);
    close_cases(town, 8, 1);
    const Whistle__V1__RatesView *view = ask(town, &asked, "2026-03", "");
    const Whistle__V1__RateRow *unit = view->whole;
    IS(view, unit, "handled", 10, 11); // the work that began anew had a limit of its own
    IS(view, unit, "handled_in_time", 9, 11);
    IS(view, unit, "reworked", 1, 10);
    IS(view, unit, "pending_late", 1, 11);
    IS(view, unit, "extension", 1, 11);
    double by_hand =
        30 * 10 / 11.0 + 20 * 9 / 11.0 + 20 * (1 - 1 / 10.0) + 20 * (1 - 1 / 11.0) + 10 * (1 - 1 / 11.0);
    assert_true(near(score(unit, "management")->value, by_hand));
    assert_int_equal(lround(100 * by_hand), 8891);
    assert_int_equal(score(unit, "management")->n_parts, 5);
    assert_true(near(score(unit, "management")->parts[2], 18));
    end(&asked);
}

// Their example: from 07-01 12:00 to 07-02 24:00 is 1.5 days, and 5 points; any overdue item costs 10.
static void the_citizen_line_of_jinniu_is_told_again_from_its_cases(void **state)
{
    struct town *town = *state;
    struct asked asked;
    town->now_ms = at(2026, 7, 1, 12);
    file(town, 1, "E1", NATURE_COMPLAINT);
    town->now_ms = at(2026, 7, 3, 0);
    close_cases(town, 0, 1);
    act(town, "c", 0, 1,
        (struct act){.verb = VERB_CALL_BACK, .verdict = VERDICT_SOLVED, .satisfied = SATISFACTION_BASICALLY});
    const Whistle__V1__RatesView *view = ask(town, &asked, "2026-07", "");
    assert_true(near(score(view->whole, "citizen")->parts[1], 5));
    assert_true(near(score(view->whole, "citizen")->value, 30 + 5));
    end(&asked);
    file(town, 1, "E1", NATURE_COMPLAINT);
    town->now_ms = at(2026, 7, 20, 0);
    view = ask(town, &asked, "2026-07", "");
    assert_true(near(score(view->whole, "citizen")->value, 30 + 5 - 10));
    end(&asked);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_bulletin_of_tianmen_is_told_again_from_its_cases),
        TEST(the_score_of_jinniu_is_told_again_from_its_cases),
        TEST(the_citizen_line_of_jinniu_is_told_again_from_its_cases),
    };
    return cmocka_run_group_tests_name("bulletin", tests, NULL, NULL);
}
