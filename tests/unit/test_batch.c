// layer: engine, with: store_dump.c
// A batch: one effect a request id, due times before what comes after them, and nothing answered that is not
// on disk.
#include "base/civil.h"
#include "base/error.h"
#include "codec/codec.h"
#include "core/number.h"
#include "engine/batch.h"
#include "faulty_io.h"
#include "journal.pb-c.h"
#include "core/rules.h"
#include "store/key.h"
#include "store/books.h"
#include "store_dump.h"
#include "whistle.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rulebook_patch.h"

// 2026-02-13, a Friday, 09:00 in the sample city.
static const int64_t FRIDAY_NINE = 1770944400000;

struct town {
    char directory[64];
    struct faulty faulty;
    struct batcher batcher;
    int64_t now_ms;
    uint8_t ids;
};

static void open_town(struct town *town)
{
    struct store_recovery recovery;
    struct store_error error = {0};
    faulty_init(&town->faulty);
    struct store_io io = faulty_io(&town->faulty);
    struct store_options options = {.directory = town->directory, .segment_bytes = 1 << 20, .io = &io};
    int rc = store_open(&options, &town->batcher.store, &recovery, &error);
    if (rc)
        print_error("%s\n", error.text);
    assert_int_equal(rc, 0);
}

static int setup(void **state)
{
    struct rulebook_report report;
    struct town *town = calloc(1, sizeof *town);
    strcpy(town->directory, "/tmp/whistled-batch-XXXXXX");
    assert_non_null(mkdtemp(town->directory));
    rulebook_report_init(&report);
    assert_int_equal(rulebook_load("config/city", &town->batcher.book, &report), 0);
    rulebook_report_fini(&report);
    town->now_ms = FRIDAY_NINE;
    open_town(town);
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

static struct work *command(struct town *town, const char *principal)
{
    struct work *work = work_create(WORK_COMMAND, 0);
    uint8_t random[10] = {++town->ids};
    strcpy(work->principal, principal);
    work->id = ulid_make(town->now_ms, random);
    work->received_ms = town->now_ms;
    work->command.actor.principal = arena_strdup(&work->arena, principal);
    work->operation_hash[0] = town->ids;
    return work;
}

static struct work *submit(struct town *town, const char *source_no)
{
    struct work *work = command(town, "420902001001");
    struct whistle *whistle = arena_alloc(&work->arena, sizeof *whistle);
    *whistle = (struct whistle){.category = "0302", .area = "420902001001", .source = "12345"};
    whistle->source_no = source_no;
    work->command.kind = COMMAND_SUBMIT;
    work->command.whistle = whistle;
    work->command.located = AREA_NONE;
    return work;
}

static struct work *act(struct town *town, const char *principal, enum verb verb, const char *number)
{
    struct work *work = command(town, principal);
    work->command.kind = COMMAND_ACT;
    work->command.act = (struct act){.verb = verb, .number = number};
    return work;
}

static int run(struct town *town, struct work_list *works, struct batch_result *result)
{
    struct work_list left;
    TAILQ_INIT(&left);
    batch_result_init(result);
    int rc = batch_run(&town->batcher, works, &left, town->now_ms, town->now_ms, result);
    assert_true(TAILQ_EMPTY(&left));
    return rc;
}

static Whistle__V1__Reply *reply_of(struct work *work)
{
    void *reply =
        codec_unpack(&work->arena, &whistle__v1__reply__descriptor, work->reply.bytes, work->reply.length);
    assert_non_null(reply);
    return reply;
}

static const char *code_of(struct work *work)
{
    return reply_of(work)->code;
}

// Runs one work alone and gives its reply's number; the work is the caller's.
static const char *run_one(struct town *town, struct work *work, int expected)
{
    struct work_list works;
    struct batch_result result;
    TAILQ_INIT(&works);
    TAILQ_INSERT_TAIL(&works, work, entry);
    assert_int_equal(run(town, &works, &result), expected);
    batch_result_fini(&result);
    Whistle__V1__Reply *reply = reply_of(work);
    return reply->result_case == WHISTLE__V1__REPLY__RESULT_RECEIPT ? reply->receipt->number : NULL;
}

static uint64_t next_seq(struct town *town)
{
    struct journal_position head;
    store_head(town->batcher.store, &head);
    return head.next_seq;
}

static void two_copies_in_one_batch_have_one_effect_and_equal_answers(void **state)
{
    struct town *town = *state;
    struct work_list works;
    struct batch_result result;
    struct work *first = submit(town, "S1"), *second = submit(town, "S1");
    second->id = first->id;
    memcpy(second->operation_hash, first->operation_hash, sizeof second->operation_hash);
    TAILQ_INIT(&works);
    TAILQ_INSERT_TAIL(&works, first, entry);
    TAILQ_INSERT_TAIL(&works, second, entry);
    assert_int_equal(run(town, &works, &result), 0);
    assert_int_equal(result.events, 2);
    assert_string_equal(code_of(first), "ok");
    assert_int_equal(first->reply.length, second->reply.length);
    assert_memory_equal(first->reply.bytes, second->reply.bytes, first->reply.length);
    batch_result_fini(&result);
    work_destroy(first);
    work_destroy(second);
}

static void an_id_with_another_operation_is_id_reused(void **state)
{
    struct town *town = *state;
    struct work *first = submit(town, "S1"), *second = submit(town, "S2");
    second->id = first->id;
    run_one(town, first, 0);
    uint64_t before = next_seq(town);
    run_one(town, second, 0);
    assert_string_equal(code_of(second), "id_reused");
    assert_int_equal(next_seq(town), before);
    work_destroy(first);
    work_destroy(second);
}

static void an_id_from_too_long_ago_or_ahead_changes_nothing(void **state)
{
    struct town *town = *state;
    const uint8_t random[10] = {9};
    struct work *old = submit(town, "S1"), *ahead = submit(town, "S2"), *skewed = submit(town, "S3");
    old->id = ulid_make(town->now_ms - 49 * HOUR_MS, random);
    ahead->id = ulid_make(town->now_ms + 6 * MINUTE_MS, random);
    skewed->sent_ms = town->now_ms - 6 * MINUTE_MS;
    run_one(town, old, 0);
    run_one(town, ahead, 0);
    run_one(town, skewed, 0);
    assert_string_equal(code_of(old), "stale_id");
    assert_string_equal(code_of(ahead), "clock_skew");
    assert_string_equal(code_of(skewed), "clock_skew");
    for (int i = 0; i < 2; i++) { // overflowed
        struct work *far = submit(town, "S4");
        far->sent_ms = i ? INT64_MAX : INT64_MIN;
        run_one(town, far, 0);
        assert_string_equal(code_of(far), "clock_skew");
        work_destroy(far);
    }
    assert_int_equal(next_seq(town), 1);
    work_destroy(old);
    work_destroy(ahead);
    work_destroy(skewed);
}

// Ids that were forgotten while the clock was days ahead used to be taken for new ones once it was set back.
static void nothing_is_done_twice_after_the_clock_was_ahead(void **state)
{
    struct town *town = *state;
    struct work *first = submit(town, "S1"), *again = submit(town, "S1");
    again->id = first->id;
    again->command.whistle->source = again->command.whistle->source_no = NULL; // only the id tells
    first->command.whistle->source = first->command.whistle->source_no = NULL;
    memcpy(again->operation_hash, first->operation_hash, sizeof again->operation_hash);
    int64_t now_ms = town->now_ms;
    run_one(town, first, 0);
    town->now_ms += 50 * HOUR_MS;
    for (int i = 0; i < 2; i++) { // what comes now forgets what is too old
        struct work *later = submit(town, i ? "S2" : "S3");
        run_one(town, later, 0);
        work_destroy(later);
    }
    town->now_ms = now_ms + 1000;
    run_one(town, again, 0);
    assert_string_equal(code_of(again), "stale_id");
    struct work *fresh = submit(town, "S4");
    fresh->id = ulid_make(town->now_ms, (const uint8_t[10]){99});
    run_one(town, fresh, 0);
    assert_string_equal(code_of(fresh), "ok");
    work_destroy(first);
    work_destroy(again);
    work_destroy(fresh);
}

static void a_refusal_leaves_no_trace(void **state)
{
    struct town *town = *state;
    struct work *bad = submit(town, "S1");
    bad->command.whistle->area = "nowhere";
    run_one(town, bad, 0);
    assert_string_equal(code_of(bad), "unknown_area");
    assert_string_equal(reply_of(bad)->text, "there is no area nowhere");
    assert_string_equal(reply_of(bad)->field, "whistle.area");
    assert_int_equal(next_seq(town), 1);
    work_destroy(bad);
}

// What is due fires in the batch of the time it is due at, each rung once, also when the batch comes much
// later.
static void due_rungs_fire_once_and_in_order(void **state)
{
    struct town *town = *state;
    struct work *work = submit(town, "S1");
    struct work_list none;
    struct batch_result result;
    run_one(town, work, 0);
    int64_t first = batch_next_due(&town->batcher);
    assert_true(first > town->now_ms);
    TAILQ_INIT(&none);
    town->now_ms = first - 1;
    assert_int_equal(run(town, &none, &result), 0);
    assert_int_equal(result.ticks, 0);
    batch_result_fini(&result);
    town->now_ms = first;
    assert_int_equal(run(town, &none, &result), 0);
    assert_int_equal(result.ticks, 1);
    assert_true(result.wake_count > 0);
    batch_result_fini(&result);
    assert_int_equal(run(town, &none, &result), 0);
    assert_int_equal(result.ticks, 0);
    batch_result_fini(&result);
    assert_true(batch_next_due(&town->batcher) > first);
    work_destroy(work);
}

// promise: a full disk refuses, loses nothing, and when there is room again it goes on.
static void a_full_disk_refuses_the_batch_and_then_goes_on(void **state)
{
    struct town *town = *state;
    struct store_dump before, after;
    struct work *first = submit(town, "S1"), *second = submit(town, "S2"), *again = submit(town, "S2");
    run_one(town, first, 0);
    assert_true(store_dump(town->batcher.store, &before));
    town->faulty.fail_at = town->faulty.calls + 1;
    town->faulty.error = ENOSPC;
    run_one(town, second, ERROR_STORAGE_FULL);
    assert_string_equal(code_of(second), "storage_full");
    assert_true(store_dump(town->batcher.store, &after));
    assert_null(store_dump_difference(&before, &after));
    town->faulty.fail_at = 0;
    again->id = second->id;
    memcpy(again->operation_hash, second->operation_hash, sizeof again->operation_hash);
    assert_non_null(run_one(town, again, 0));
    assert_string_equal(code_of(again), "ok");
    work_destroy(first);
    work_destroy(second);
    work_destroy(again);
}

static void a_failed_sync_answers_nothing(void **state)
{
    struct town *town = *state;
    struct work *work = submit(town, "S1");
    struct work_list works;
    struct batch_result result;
    TAILQ_INIT(&works);
    TAILQ_INSERT_TAIL(&works, work, entry);
    town->faulty.fail_at = town->faulty.calls + 2; // the write succeeds, the sync does not
    town->faulty.error = EIO;
    assert_int_equal(run(town, &works, &result), ERROR_IO);
    town->faulty.fail_at = 0;
    batch_result_fini(&result);
    work_destroy(work);
}

// A message that had filled its own memory used to spoil the batch for all others in it.
static void a_greedy_request_is_refused_alone(void **state)
{
    struct town *town = *state;
    for (size_t bytes = 16; bytes < (1 << 16); bytes *= 2) {
        struct work_list works;
        struct batch_result result;
        struct work *full = submit(town, "S1"), *other = submit(town, "S2");
        full->arena.max_bytes = full->arena.used;
        town->batcher.decision_bytes = bytes;
        TAILQ_INIT(&works);
        TAILQ_INSERT_TAIL(&works, full, entry);
        assert_int_equal(run(town, &works, &result), 0);
        batch_result_fini(&result);
        full->arena.max_bytes = 0; // for reading its reply
        full->arena.failed = false;
        if (strcmp(code_of(full), "ok") != 0)
            assert_string_equal(code_of(full), "no_memory");
        town->batcher.decision_bytes = 0;
        run_one(town, other, 0);
        assert_string_equal(code_of(other), "ok");
        work_destroy(full);
        work_destroy(other);
    }
}

static void a_message_that_fills_its_memory_is_decided(void **state)
{
    struct town *town = *state;
    struct work *full = submit(town, "S1");
    full->arena.max_bytes = full->arena.used;
    run_one(town, full, 0);
    assert_string_equal(code_of(full), "ok");
    work_destroy(full);
}

// A report that was received before its clock ran out used to be late when the batch came after.
static void what_was_received_in_time_is_not_late(void **state)
{
    struct town *town = *state;
    struct work_list works;
    struct batch_result result;
    struct work *filed = submit(town, "S1");
    const char *number = run_one(town, filed, 0);
    struct work *late = act(town, "420902001", VERB_COMMENT, number);
    struct work *in_time = act(town, reply_of(filed)->receipt->called[0]->unit, VERB_ACCEPT, number);
    int64_t due_ms = reply_of(filed)->receipt->called[0]->accept_due_ms;
    in_time->city_ms = due_ms - 1;
    late->city_ms = due_ms + 5;
    town->now_ms = due_ms + 3000;
    in_time->id = ulid_make(town->now_ms, (const uint8_t[10]){77});
    late->id = ulid_make(town->now_ms, (const uint8_t[10]){78});
    in_time->received_ms = late->received_ms = town->now_ms;
    TAILQ_INIT(&works);
    TAILQ_INSERT_TAIL(&works, late, entry); // the queues are taken round robin
    TAILQ_INSERT_TAIL(&works, in_time, entry);
    assert_int_equal(run(town, &works, &result), 0);
    assert_string_equal(code_of(in_time), "ok");
    assert_true(reply_of(in_time)->receipt->seq < reply_of(late)->receipt->seq ||
                strcmp(code_of(late), "ok") != 0);
    batch_result_fini(&result);
    struct arena arena;
    struct store_reader reader;
    arena_init(&arena, 0);
    store_read_begin(town->batcher.store, &arena, &reader);
    struct casefile *file = reader.view.ops->by_number(reader.view.ctx, number);
    assert_int_equal(file->summons[0].accepted_ms, due_ms - 1);
    store_read_end(&reader);
    arena_fini(&arena);
    work_destroy(filed);
    work_destroy(late);
    work_destroy(in_time);
}

static struct work *swap_to(const char *directory)
{
    struct rulebook_report report;
    struct work *swap = work_create(WORK_RULES, 0);
    rulebook_report_init(&report);
    assert_int_equal(rulebook_load(directory, &swap->book, &report), 0);
    rulebook_report_fini(&report);
    return swap;
}

// Several swaps in one batch that fails used to leave another rulebook than the first in force, a refused one
// even.
static void a_spoilt_batch_leaves_the_rulebook_as_it_was(void **state)
{
    struct town *town = *state;
    const struct rulebook *old = town->batcher.book;
    struct work *filed = submit(town, "S1");
    struct work *swaps[] = {swap_to("config/city"), swap_to("tests/rulebooks/good"), swap_to("config/city")};
    struct work_list works;
    struct batch_result result;
    run_one(town, filed, 0);
    TAILQ_INIT(&works);
    for (size_t i = 0; i < 3; i++) {
        swaps[i]->received_ms = town->now_ms;
        TAILQ_INSERT_TAIL(&works, swaps[i], entry);
    }
    town->faulty.fail_at = town->faulty.calls + 1;
    town->faulty.error = ENOSPC;
    assert_int_equal(run(town, &works, &result), ERROR_STORAGE_FULL);
    town->faulty.fail_at = 0;
    assert_ptr_equal(town->batcher.book, old);
    batch_result_fini(&result);
    for (size_t i = 0; i < 3; i++)
        work_destroy(swaps[i]);
    work_destroy(filed);
}

// Swaps the rulebook for that of `directory`; what came of it.
static int swap_rules(struct town *town, const char *directory)
{
    struct work *swap = swap_to(directory);
    struct work_list works;
    struct batch_result result;
    swap->received_ms = town->now_ms;
    TAILQ_INIT(&works);
    TAILQ_INSERT_TAIL(&works, swap, entry);
    assert_int_equal(run(town, &works, &result), 0);
    int code = swap->code;
    assert_int_equal(result.rules_changed, code == 0);
    batch_result_fini(&result);
    work_destroy(swap);
    return code;
}

static bool holds(const void *bytes, size_t length, const char *text)
{
    return memmem(bytes, length, text, strlen(text)) != NULL;
}

// The rulebook that is kept under this one's digest, loaded again.
static struct rulebook *load_kept(struct town *town, struct arena *arena, struct rulebook_report *report)
{
    const uint8_t *digest = rulebook_rules(town->batcher.book)->digest;
    struct store_reader reader;
    store_read_begin(town->batcher.store, arena, &reader);
    struct blob kept = db_get(&reader.txn, DB_RULEBOOKS, digest, DIGEST_BYTES);
    assert_non_null(kept.bytes);
    assert_true(holds(kept.bytes, kept.length, "D001,cg"));
    assert_false(holds(kept.bytes, kept.length, "程志远"));
    Whistle__Journal__V1__RulebookFiles *message =
        whistle__journal__v1__rulebook_files__unpack(NULL, kept.length, kept.bytes);
    store_read_end(&reader);
    assert_non_null(message);
    struct rulebook_file *files = arena_array(arena, message->n_files, sizeof *files);
    struct rulebook *book = NULL;
    for (size_t i = 0; i < message->n_files; i++)
        files[i] = (struct rulebook_file){message->files[i]->name,
                                          {message->files[i]->bytes.data, message->files[i]->bytes.len}};
    assert_int_equal(rulebook_load_files(files, message->n_files, &book, report), 0);
    whistle__journal__v1__rulebook_files__free_unpacked(message, NULL);
    return book;
}

// Names of members are personal data, and the journal is for ever: what is kept is the same rulebook without
// them.
static void what_is_private_is_not_kept_with_the_rulebook(void **state)
{
    struct town *town = *state;
    struct rulebook_report report;
    struct arena arena;
    arena_init(&arena, 0);
    rulebook_report_init(&report);
    assert_int_equal(swap_rules(town, "config/city"), 0);
    assert_string_equal(rulebook_member_name(town->batcher.book, "D001"), "程志远");
    struct rulebook *kept = load_kept(town, &arena, &report);
    assert_memory_equal(rulebook_rules(kept)->digest, rulebook_rules(town->batcher.book)->digest,
                        DIGEST_BYTES);
    assert_int_equal(rulebook_rules(kept)->members.count, 12);
    assert_null(rulebook_member_name(kept, "D001"));
    rulebook_unref(kept);
    rulebook_report_fini(&report);
    arena_fini(&arena);
}

// They come into force with a reload all the same, though the digest says that nothing has changed.
static void another_private_file_comes_into_force(void **state)
{
    struct town *town = *state;
    struct patch patch;
    patch_init(&patch, "config/city");
    patch_text(&patch, "members.private.csv", "程志远", "程志近");
    assert_int_equal(patch_load(&patch, 0), 0);
    rulebook_unref(town->batcher.book);
    town->batcher.book = rulebook_ref(patch.book);
    assert_int_equal(swap_rules(town, "config/city"), 0);
    assert_int_equal(swap_rules(town, "config/city"), 0);
    assert_string_equal(rulebook_member_name(town->batcher.book, "D001"), "程志远");
    patch_fini(&patch);
}

static void a_unit_with_open_summonses_cannot_leave_the_rulebook(void **state)
{
    struct town *town = *state;
    const struct rulebook *old = town->batcher.book;
    struct work *filed = submit(town, "S1");
    run_one(town, filed, 0);
    assert_int_equal(swap_rules(town, "tests/rulebooks/good"), ERROR_IN_USE);
    assert_ptr_equal(town->batcher.book, old);
    assert_int_equal(swap_rules(town, "config/city"), 0);
    assert_ptr_not_equal(town->batcher.book, old);
    work_destroy(filed);
}

// ---- what the time brings ------------------------------------------------------------------------

// Every event from `seq` on, in the order of the journal.
static void each_event(struct town *town, uint64_t seq,
                       void (*look)(const struct event *event, void *context), void *context)
{
    struct arena arena;
    struct store_reader reader;
    uint64_t end = next_seq(town);
    arena_init(&arena, 0);
    store_read_begin(town->batcher.store, &arena, &reader);
    while (seq < end) {
        struct record_facts facts;
        struct blob part;
        assert_int_equal(store_read_record(&reader, seq, &facts, &part), 0);
        for (size_t i = 0; i < facts.event_count; i++)
            look(&facts.events[i], context);
        seq = facts.events[facts.event_count - 1].seq + 1;
    }
    store_read_end(&reader);
    arena_fini(&arena);
}

static void run_until_nothing_is_due(struct town *town)
{
    struct work_list none;
    TAILQ_INIT(&none);
    while (batch_next_due(&town->batcher) <= town->now_ms) {
        struct batch_result result;
        bool recheck = town->batcher.recheck;
        assert_int_equal(run(town, &none, &result), 0);
        assert_true(result.ticks > 0 || recheck);
        batch_result_fini(&result);
    }
}

static void file_some(struct town *town, int count, int64_t apart_ms)
{
    for (int i = 0; i < count; i++) {
        char number[8];
        snprintf(number, sizeof number, "S%d", i);
        struct work *work = submit(town, number);
        run_one(town, work, 0);
        work_destroy(work);
        town->now_ms += apart_ms;
    }
}

struct order {
    int64_t last_ms;
    size_t rungs, late;
};

static void is_in_due_order(const struct event *event, void *context)
{
    struct order *order = context;
    if (event->kind != EVENT_RUNG)
        return;
    const struct clock_rung *rung = &event->clocks[0].rungs[event->rung - 1];
    assert_int_equal(rung->id, event->rung);
    assert_true(rung->at_ms >= order->last_ms);
    order->last_ms = rung->at_ms;
    order->rungs++;
    order->late += event->late;
}

// All that one case had missed used to fire before the first of the next case.
static void the_backlog_of_many_cases_fires_in_due_order(void **state)
{
    struct town *town = *state;
    struct order order = {0};
    file_some(town, 5, 7 * MINUTE_MS);
    uint64_t from = next_seq(town);
    town->now_ms += 9 * DAY_MS;
    town->batcher.started_city_ms = town->now_ms;
    run_until_nothing_is_due(town);
    each_event(town, from, is_in_due_order, &order);
    assert_true(order.rungs > 50 && order.late == order.rungs);
}

struct flood {
    const char *recipient;
    uint32_t told, held, digests, digested;
    uint64_t first_held, about, digest;
};

static void count_flood(const struct event *event, void *context)
{
    struct flood *flood = context;
    for (size_t i = 0; i < event->recipient_count; i++) {
        const struct recipient *recipient = &event->recipients[i];
        if (strcmp(recipient->code, flood->recipient) != 0)
            continue;
        if (event->kind == EVENT_RUNG && recipient->digested && !flood->held)
            flood->first_held = event->seq;
        flood->told += event->kind == EVENT_RUNG && !recipient->digested;
        flood->held += event->kind == EVENT_RUNG && recipient->digested;
        if (event->kind != EVENT_DIGEST)
            continue;
        flood->digests++;
        flood->digested += event->tries;
        flood->about = event->about_seq;
        flood->digest = event->seq;
    }
}

static bool in_feed(struct town *town, const char *recipient, uint64_t seq)
{
    struct arena arena;
    struct store_reader reader;
    struct key key = {.length = 0};
    arena_init(&arena, 0);
    store_read_begin(town->batcher.store, &arena, &reader);
    key_u32(&key, state_find_name(&reader.txn, recipient));
    key_u64(&key, seq);
    bool found = db_get(&reader.txn, DB_FEEDS, key.bytes, key.length).bytes != NULL;
    store_read_end(&reader);
    arena_fini(&arena);
    return found;
}

static void a_flood_of_notices_becomes_one_digest(void **state)
{
    struct town *town = *state;
    struct rules *rules = (struct rules *)(uintptr_t)rulebook_rules(town->batcher.book);
    struct flood flood = {.recipient = "supervise"};
    rules->digest_after = 3;
    file_some(town, 12, 1000);
    uint64_t from = next_seq(town);
    town->now_ms += 9 * DAY_MS;
    run_until_nothing_is_due(town);
    each_event(town, from, count_flood, &flood);
    assert_int_equal(flood.told, 3);
    assert_true(flood.held > 3 && flood.digests == 0);
    assert_false(in_feed(town, "supervise", flood.first_held));
    town->now_ms += DIGEST_WINDOW_MS; // of the first notice: now the digest is due
    run_until_nothing_is_due(town);
    flood = (struct flood){.recipient = "supervise"};
    each_event(town, from, count_flood, &flood);
    assert_int_equal(flood.digests, 1);
    assert_true(flood.digested >= 4 && flood.digested <= flood.held);
    assert_int_equal(flood.about, flood.first_held);
    assert_true(in_feed(town, "supervise", flood.digest));
}

// Whoever has to do something by a rung hears of it at once, however much he hears.
static void who_has_to_act_is_never_held_back(void **state)
{
    struct town *town = *state;
    struct rules *rules = (struct rules *)(uintptr_t)rulebook_rules(town->batcher.book);
    struct flood flood = {.recipient = "420902001"}; // the street, which takes charge of each
    rules->digest_after = 1;
    file_some(town, 6, 1000);
    uint64_t from = next_seq(town);
    town->now_ms += 9 * DAY_MS;
    run_until_nothing_is_due(town);
    each_event(town, from, count_flood, &flood);
    assert_true(flood.told >= 6 && flood.held > 0);
}

struct year {
    size_t rescheduled;
    bool provisional;
};

static void look_for_year(const struct event *event, void *context)
{
    struct year *year = context;
    year->rescheduled += event->kind == EVENT_RESCHEDULED;
    for (size_t i = 0; i < event->clock_count && event->kind == EVENT_RESCHEDULED; i++)
        year->provisional |= event->clocks[i].provisional;
}

// A due time that crosses a year without holidays used to stay what it was when they became known.
static void due_times_are_computed_again_when_their_year_is_loaded(void **state)
{
    struct town *town = *state;
    struct patch patch;
    struct year year = {0};
    patch_init(&patch, "config/city");
    patch_text(&patch, "calendars.yaml", "years: [2025, 2026]", "years: [2025]");
    assert_int_equal(patch_load(&patch, 0), 0);
    struct rulebook *with = town->batcher.book;
    town->batcher.book = rulebook_ref(patch.book);
    file_some(town, 3, 1000);
    uint64_t from = next_seq(town);
    town->batcher.recheck = true; // nothing is known yet: nothing changes
    run_until_nothing_is_due(town);
    assert_int_equal(next_seq(town), from);
    assert_int_equal(swap_rules(town, "config/city"), 0);
    run_until_nothing_is_due(town);
    each_event(town, from, look_for_year, &year);
    assert_int_equal(year.rescheduled, 3);
    assert_false(year.provisional);
    rulebook_unref(with);
    patch_fini(&patch);
}

static void use_book(struct town *town, struct rulebook *book)
{
    rulebook_unref(town->batcher.book);
    town->batcher.book = rulebook_ref(book);
}

struct early {
    size_t rescheduled, fired;
};

static void look_for_early(const struct event *event, void *context)
{
    struct early *early = context;
    early->rescheduled += event->kind == EVENT_RESCHEDULED;
    early->fired += event->kind == EVENT_RUNG && event->stage == STAGE_RESOLVE;
}

// What was due by a provisional time used to fire before the recheck after a start came to it.
static void a_provisional_due_time_is_looked_at_before_it_fires(void **state)
{
    struct town *town = *state;
    struct rulebook *with = rulebook_ref(town->batcher.book);
    struct patch patch;
    struct early early = {0};
    patch_init(&patch, "config/city");
    patch_text(&patch, "calendars.yaml", "years: [2025, 2026]", "years: [2025]");
    patch_text(&patch, "holidays.csv", NULL, "date,kind,name\n2025-01-01,off,x\n");
    assert_int_equal(patch_load(&patch, 0), 0);
    use_book(town, patch.book);
    file_some(town, 100, 100);
    town->now_ms = FRIDAY_NINE + 4 * DAY_MS;
    run_until_nothing_is_due(town);
    town->now_ms = FRIDAY_NINE + 9 * DAY_MS; // stopped meanwhile, and the holidays last still
    uint64_t from = next_seq(town);
    use_book(town, with);
    town->batcher.started_city_ms = town->now_ms;
    town->batcher.recheck = true;
    town->batcher.recheck_after = 0;
    run_until_nothing_is_due(town);
    each_event(town, from, look_for_early, &early);
    assert_int_equal(early.rescheduled, 100);
    assert_int_equal(early.fired, 0);
    rulebook_unref(with);
    patch_fini(&patch);
}

// A rung beyond what a calendar counts made its clock's tick fail, and with it every batch from then on.
static void a_rung_that_lies_beyond_all_calendars_holds_nothing_up(void **state)
{
    struct town *town = *state;
    struct patch patch;
    patch_init(&patch, "config/city");
    patch_text(
        &patch, "ladders.yaml", "# An order of supervision that is not answered.",
        "long:\n  - {id: 1, after_due: 3660工作日, every: 3660工作日, times: 15, act: tell, to: unit}\n\n"
        "# An order");
    patch_text(&patch, "ladders.yaml", "limit: 4工作时, ladder: answer, in_hours: yes}\n  - {id: 6",
               "limit: 4工作时, ladder: long, in_hours: yes}\n  - {id: 6");
    assert_int_equal(patch_load(&patch, 2026), 0);
    use_book(town, patch.book);
    file_some(town, 1, 1000);
    town->now_ms += 30 * DAY_MS;
    run_until_nothing_is_due(town);
    assert_true(batch_next_due(&town->batcher) > town->now_ms);
    patch_fini(&patch);
}

// A clock that was ahead began a digest, which used to wait until its time had come again.
static void a_digest_does_not_wait_for_a_clock_that_was_ahead(void **state)
{
    struct town *town = *state;
    struct rules *rules = (struct rules *)(uintptr_t)rulebook_rules(town->batcher.book);
    struct flood flood = {.recipient = "supervise"};
    rules->digest_after = 1;
    file_some(town, 6, 1000);
    town->now_ms += 9 * DAY_MS;
    run_until_nothing_is_due(town);
    town->now_ms -= 7 * DAY_MS;
    for (int i = 0; i < 6; i++) {
        char source[8];
        snprintf(source, sizeof source, "T%d", i);
        struct work *filed = submit(town, source);
        run_one(town, filed, 0);
        work_destroy(filed);
    }
    uint64_t from = next_seq(town);
    town->now_ms += 4 * DAY_MS;
    run_until_nothing_is_due(town);
    town->now_ms += HOUR_MS;
    run_until_nothing_is_due(town);
    each_event(town, from, count_flood, &flood);
    assert_true(flood.held > 0 && flood.digests > 0);
}

struct told {
    const char *recipient;
    uint32_t at_once;
};

static void count_told(const struct event *event, void *context)
{
    struct told *told = context;
    for (size_t i = 0; i < event->recipient_count && event->kind == EVENT_RUNG; i++)
        told->at_once +=
            strcmp(event->recipients[i].code, told->recipient) == 0 && !event->recipients[i].digested;
}

// Six rungs at one instant were all told, since none had counted when the first was decided.
static void rungs_of_one_tick_count_for_the_digest(void **state)
{
    struct town *town = *state;
    struct patch patch;
    struct told told = {.recipient = "zj"};
    patch_init(&patch, "config/city");
    patch_text(
        &patch, "ladders.yaml", "accept:\n",
        "accept:\n  - {id: 11, at: 80%, act: tell, to: unit}\n  - {id: 12, at: 80%, act: tell, to: unit}\n"
        "  - {id: 13, at: 80%, act: tell, to: unit}\n  - {id: 14, at: 80%, act: tell, to: unit}\n");
    assert_int_equal(patch_load(&patch, 2026), 0);
    use_book(town, patch.book);
    ((struct rules *)(uintptr_t)rulebook_rules(patch.book))->digest_after = 2;
    file_some(town, 1, 0);
    uint64_t from = next_seq(town);
    town->now_ms += 50 * MINUTE_MS;
    run_until_nothing_is_due(town);
    each_event(town, from, count_told, &told);
    assert_int_equal(told.at_once, 2);
    patch_fini(&patch);
}

// Asking in the very millisecond of the call counted as another call.
static void a_unit_is_called_once_whatever_it_asks(void **state)
{
    struct town *town = *state;
    struct work *filed = submit(town, "S1");
    struct work *asked = act(town, "zj", VERB_EXTEND, run_one(town, filed, 0));
    struct arena arena;
    struct store_reader reader;
    struct books_walk walk;
    struct booked fact;
    asked->command.act.reason = "E01";
    run_one(town, asked, 0);
    assert_string_equal(code_of(asked), "ok");
    arena_init(&arena, 0);
    store_read_begin(town->batcher.store, &arena, &reader);
    books_open(&walk, &reader.txn, FACT_CALLED, 0, INT64_MAX, NULL);
    size_t calls = 0;
    while (books_next(&walk, &fact))
        calls += fact.unit == state_find_name(&reader.txn, "zj");
    books_close(&walk);
    assert_int_equal(calls, 1);
    store_read_end(&reader);
    arena_fini(&arena);
    work_destroy(filed);
    work_destroy(asked);
}

// More clocks end at once than one batch fires. An act behind them used to stop its case's clock before the
// rung that was due on it, which then never fired.
static void a_rung_in_a_crowd_fires_before_the_act_that_came_after_it(void **state)
{
    struct town *town = *state;
    file_some(town, BATCH_MAX_TICKS + 10, 0);
    struct work *filed = submit(town, "last");
    const char *number = run_one(town, filed, 0);
    const char *unit = reply_of(filed)->receipt->called[0]->unit;
    int64_t first_ms = batch_next_due(&town->batcher);
    town->now_ms = first_ms + 10;
    struct work *accept = act(town, unit, VERB_ACCEPT, number);
    run_one(town, accept, 0);
    assert_string_equal(code_of(accept), "ok");
    struct arena arena;
    struct store_reader reader;
    arena_init(&arena, 0);
    store_read_begin(town->batcher.store, &arena, &reader);
    const struct casefile *file = reader.view.ops->by_number(reader.view.ctx, number);
    const struct clock *clock = &file->clocks[0];
    assert_true(clock->stage == STAGE_ACCEPT && clock->stopped_ms == town->now_ms);
    assert_int_equal(clock->rungs[0].at_ms, first_ms);
    assert_int_equal(clock->rungs[0].fired_ms, town->now_ms);
    store_read_end(&reader);
    arena_fini(&arena);
    work_destroy(filed);
    work_destroy(accept);
}

// A life through the engine: each answer's state is what the store holds.
static void a_case_is_resolved_when_all_that_were_called_are_done(void **state)
{
    struct town *town = *state;
    struct work *filed = submit(town, "S1");
    const char *number = run_one(town, filed, 0);
    Whistle__V1__Receipt *receipt = reply_of(filed)->receipt;
    assert_true(receipt->n_called >= 2);
    for (size_t i = 0; i < receipt->n_called; i++) {
        struct work *done = act(town, receipt->called[i]->unit, VERB_RESOLVE, number);
        run_one(town, done, 0);
        assert_string_equal(code_of(done), "ok");
        bool last = i + 1 == receipt->n_called;
        assert_int_equal(reply_of(done)->receipt->state, last ? CASE_RESOLVED : CASE_IN_HAND);
        work_destroy(done);
    }
    assert_int_not_equal(batch_next_due(&town->batcher), CLOCK_NEVER); // the office has to close it
    work_destroy(filed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

// Counts above belong to days on which a store was restored (core/number.h).
static void a_day_that_is_used_up_refuses_more(void **state)
{
    struct town *town = *state;
    char number[NUMBER_TEXT];
    struct work *first = submit(town, "S1"), *second = submit(town, "S2");
    assert_int_equal(number_format((struct number){20497, NUMBER_DAY_MAX - 1}, number), 0);
    assert_int_equal(store_begin(town->batcher.store), 0);
    state_put_number(store_batch(town->batcher.store), number, 0);
    assert_int_equal(db_commit(store_batch(town->batcher.store)), 0);
    store_abort(town->batcher.store);
    assert_non_null(run_one(town, first, 0));
    run_one(town, second, 0);
    assert_string_equal(code_of(second), "bad_value");
    work_destroy(first);
    work_destroy(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(two_copies_in_one_batch_have_one_effect_and_equal_answers),
        TEST(an_id_with_another_operation_is_id_reused),
        TEST(an_id_from_too_long_ago_or_ahead_changes_nothing),
        TEST(nothing_is_done_twice_after_the_clock_was_ahead),
        TEST(a_refusal_leaves_no_trace),
        TEST(a_day_that_is_used_up_refuses_more),
        TEST(due_rungs_fire_once_and_in_order),
        TEST(a_full_disk_refuses_the_batch_and_then_goes_on),
        TEST(a_failed_sync_answers_nothing),
        TEST(a_greedy_request_is_refused_alone),
        TEST(a_message_that_fills_its_memory_is_decided),
        TEST(what_was_received_in_time_is_not_late),
        TEST(a_spoilt_batch_leaves_the_rulebook_as_it_was),
        TEST(what_is_private_is_not_kept_with_the_rulebook),
        TEST(another_private_file_comes_into_force),
        TEST(a_unit_with_open_summonses_cannot_leave_the_rulebook),
        TEST(the_backlog_of_many_cases_fires_in_due_order),
        TEST(a_flood_of_notices_becomes_one_digest),
        TEST(who_has_to_act_is_never_held_back),
        TEST(due_times_are_computed_again_when_their_year_is_loaded),
        TEST(a_provisional_due_time_is_looked_at_before_it_fires),
        TEST(a_rung_that_lies_beyond_all_calendars_holds_nothing_up),
        TEST(a_digest_does_not_wait_for_a_clock_that_was_ahead),
        TEST(rungs_of_one_tick_count_for_the_digest),
        TEST(a_unit_is_called_once_whatever_it_asks),
        TEST(a_rung_in_a_crowd_fires_before_the_act_that_came_after_it),
        TEST(a_case_is_resolved_when_all_that_were_called_are_done),
    };
    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
