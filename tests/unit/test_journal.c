// layer: store
// The journal in good days, and what it says of damaged and of torn bytes.
#include "journal_fixture.h"

#include "base/crc32c.h"
#include "store/bytes.h"

#include <inttypes.h>

static void what_is_appended_is_read_back_and_again_after_reopening(void **state)
{
    (void)state;
    struct bench b;
    struct journal_place places[BENCH_BATCH] = {0};
    struct journal_position before, after;
    struct buffer bytes;
    struct journal_record record;
    bench_init(&b, 4096);
    assert_int_equal(bench_open(&b), 0);
    assert_true(b.recovery.created);
    assert_memory_equal(journal_id(b.journal), "journal for test", 16);
    assert_int_equal(bench_append(&b, 3, places), 0);
    assert_int_equal(bench_next_seq(&b), 5);
    journal_head(b.journal, &before);
    bench_reopen(&b);
    journal_head(b.journal, &after);
    assert_memory_equal(before.chain, after.chain, RECORD_CHAIN);
    assert_int_equal(before.place.offset, after.place.offset);
    assert_false(b.recovery.created);
    assert_int_equal(b.recovery.cut_bytes, 0);
    assert_int_equal(bench_append(&b, 8, NULL), 0);
    assert_int_equal(bench_read_all(&b, false), 17);
    buffer_init(&bytes);
    assert_int_equal(journal_read(b.journal, places[2], &bytes, &record, &b.error), 0);
    assert_int_equal(record.body.first_seq, 4);
    check_content(&record, false);
    journal_head(b.journal, &after);
    assert_int_equal(journal_read(b.journal, after.place, &bytes, &record, &b.error), ERROR_NOT_FOUND);
    places[0].offset += 8;
    assert_int_equal(journal_read(b.journal, places[0], &bytes, &record, &b.error), ERROR_CORRUPT);
    buffer_fini(&bytes);
    bench_fini(&b);
}

static void an_append_at_another_position_is_fenced(void **state)
{
    (void)state;
    struct bench b;
    struct journal_position at;
    struct journal_entry entry = {.count = 1};
    bench_init(&b, 4096);
    assert_int_equal(bench_open(&b), 0);
    journal_head(b.journal, &at);
    at.chain[0] ^= 1;
    assert_int_equal(journal_append(b.journal, &at, &entry, 1), ERROR_FENCED);
    at.chain[0] ^= 1;
    at.next_seq++;
    assert_int_equal(journal_append(b.journal, &at, &entry, 1), ERROR_FENCED);
    at.next_seq--;
    assert_int_equal(journal_append(b.journal, &at, NULL, 0), 0);
    assert_int_equal(journal_append(b.journal, &at, &entry, 1), 0);
    assert_int_equal(journal_append(b.journal, &at, &entry, 1), ERROR_FENCED);
    bench_fini(&b);
}

static void a_batch_never_straddles_segments(void **state)
{
    (void)state;
    struct bench b;
    struct journal_place places[BENCH_BATCH] = {0};
    struct journal_report report;
    struct journal_status status;
    bench_init(&b, 2048);
    assert_int_equal(bench_open(&b), 0);
    for (int i = 0; i < 40; i++) {
        size_t n = (size_t)(1 + i * 5 % 8);
        assert_int_equal(bench_append(&b, n, places), 0);
        for (size_t k = 1; k < n; k++)
            assert_int_equal(places[k].segment, places[0].segment);
    }
    journal_status(b.journal, &status);
    assert_true(status.segments > 10);
    assert_int_equal(journal_verify(b.journal, &report, &b.error), 0);
    assert_int_equal(report.segments, status.segments);
    uint64_t next = bench_next_seq(&b);
    assert_int_equal(report.seqs, next - 1);
    assert_int_equal(bench_read_all(&b, false), next);
    bench_reopen(&b);
    assert_int_equal(bench_read_all(&b, false), next);
    bench_fini(&b);
}

static void a_batch_may_fill_a_segment_and_no_more(void **state)
{
    (void)state;
    struct bench b;
    struct journal_position head;
    static uint8_t text[4096];
    bench_init(&b, 4096);
    assert_int_equal(bench_open(&b), 0);
    size_t room = (size_t)journal_max_batch(b.journal) - (size_t)record_size(0, 0);
    journal_head(b.journal, &head);
    struct journal_entry entry = {.count = 1, .public_part = {text, room + 1}};
    assert_int_equal(journal_append(b.journal, &head, &entry, 1), ERROR_TOO_LARGE);
    entry.public_part.length = room;
    assert_int_equal(journal_append(b.journal, &head, &entry, 1), 0);
    journal_head(b.journal, &head);
    assert_int_equal(head.place.offset, 4096);
    bench_reopen(&b);
    assert_int_equal(journal_append(b.journal, &head, &entry, 1), 0);
    assert_int_equal(entry.place.segment, 2);
    bench_fini(&b);
}

static void seeking_finds_the_record_that_spans_a_seq(void **state)
{
    (void)state;
    struct bench b;
    struct journal_position at, head;
    struct journal_cursor c;
    struct journal_record record;
    bench_init(&b, 2048);
    assert_int_equal(bench_open(&b), 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(bench_append(&b, 8, NULL), 0);
    journal_head(b.journal, &head);
    for (uint64_t seq = 1; seq < head.next_seq; seq++) {
        assert_int_equal(journal_seek(b.journal, seq, &at, &b.error), 0);
        journal_cursor_init(&c, b.journal, &at);
        assert_int_equal(journal_cursor_next(&c, &record, &b.error), 0);
        assert_int_equal(record.body.first_seq, at.next_seq);
        assert_true(at.next_seq <= seq && seq < at.next_seq + record.body.count);
        journal_cursor_fini(&c);
    }
    assert_int_equal(journal_seek(b.journal, head.next_seq, &at, &b.error), 0);
    assert_memory_equal(at.chain, head.chain, RECORD_CHAIN);
    assert_int_equal(journal_seek(b.journal, head.next_seq + 1, &at, &b.error), ERROR_NOT_FOUND);
    assert_int_equal(journal_seek(b.journal, 0, &at, &b.error), ERROR_NOT_FOUND);
    bench_fini(&b);
}

static void an_epoch_goes_on_with_seq_and_chain(void **state)
{
    (void)state;
    struct bench b;
    struct journal_position head, next;
    struct journal_report report;
    bench_init(&b, 4096);
    assert_int_equal(bench_open(&b), 0);
    assert_int_equal(bench_append(&b, 4, NULL), 0);
    journal_head(b.journal, &head);
    assert_int_equal(journal_begin_epoch(b.journal, 1), ERROR_BAD_VALUE);
    assert_int_equal(journal_begin_epoch(b.journal, 2), 0);
    assert_int_equal(journal_begin_epoch(b.journal, 5), 0); // over the empty segment of epoch 2
    journal_head(b.journal, &next);
    assert_int_equal(next.epoch, 5);
    assert_int_equal(next.next_seq, head.next_seq);
    assert_memory_equal(next.chain, head.chain, RECORD_CHAIN);
    assert_int_equal(journal_verify(b.journal, &report, &b.error), 0);
    assert_int_equal(report.segments, 2);
    assert_int_equal(bench_append(&b, 4, NULL), 0);
    bench_reopen(&b);
    journal_head(b.journal, &next);
    assert_int_equal(next.epoch, 5);
    assert_int_equal(bench_read_all(&b, false), 13);
    assert_int_equal(journal_verify(b.journal, &report, &b.error), 0);
    bench_fini(&b);
}

static void archived_segments_are_not_missed(void **state)
{
    (void)state;
    struct bench b;
    struct image first, second;
    struct journal_position at;
    struct journal_report report;
    bench_init(&b, 1024);
    assert_int_equal(bench_open(&b), 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(bench_append(&b, 3, NULL), 0);
    assert_int_equal(journal_seek(b.journal, 6, &at, &b.error), 0);
    image_load(&first, &b, 1);
    image_load(&second, &b, at.place.segment);
    assert_true(at.place.segment > 1);
    bench_close(&b);
    unlink(first.path);
    assert_int_equal(bench_open(&b), 0);
    assert_int_equal(journal_verify(b.journal, &report, &b.error), 0);
    assert_int_equal(journal_seek(b.journal, 1, &at, &b.error), ERROR_NOT_FOUND);
    bench_read_all(&b, false);
    // One from the middle is missed.
    rename(second.path, first.path);
    bench_reopen(&b);
    assert_int_equal(journal_verify(b.journal, &report, &b.error), ERROR_CORRUPT);
    image_fini(&first);
    image_fini(&second);
    bench_fini(&b);
}

static bool contains(const struct image *image, const char *word)
{
    return memmem(image->bytes, image->length, word, strlen(word)) != NULL;
}

static void what_is_erased_is_gone_and_the_chain_stays(void **state)
{
    (void)state;
    struct bench b;
    struct journal_place places[BENCH_BATCH] = {0};
    struct journal_report report;
    struct journal_record record;
    struct buffer bytes;
    struct image image;
    bench_init(&b, 4096);
    assert_int_equal(bench_open(&b), 0);
    assert_int_equal(bench_append(&b, 6, places), 0);
    assert_int_equal(journal_erase(b.journal, 6), 0); // the record of 5 and 6
    assert_int_equal(journal_erase_at(b.journal, places[0]), 0);
    assert_int_equal(journal_erase_at(b.journal, places[0]), 0);
    assert_int_equal(journal_erase(b.journal, bench_next_seq(&b)), ERROR_NOT_FOUND);
    bench_reopen(&b);
    image_load(&image, &b, 1);
    assert_false(contains(&image, "secret1 "));
    assert_true(contains(&image, "secret2 "));
    assert_false(contains(&image, "secret5 "));
    buffer_init(&bytes);
    assert_int_equal(journal_read(b.journal, places[0], &bytes, &record, &b.error), 0);
    assert_int_equal(record.body.private_is, RECORD_PRIVATE_ERASED);
    assert_int_equal(record.body.private_part.length, 0);
    assert_int_equal(journal_verify(b.journal, &report, &b.error), 0);
    assert_int_equal(report.erased, 2);
    assert_int_equal(report.half_erased, 0);
    bench_read_all(&b, true);
    buffer_fini(&bytes);
    image_fini(&image);
    bench_fini(&b);
}

// The error must name the file, bytes that hold the offset, and the seq.
static void check_named(const struct bench *b, const struct image *image, size_t offset)
{
    const char *text = strstr(b->error.text, ": bytes ");
    const char *name = strrchr(image->path, '/') + 1;
    uintmax_t from, to;
    if (!text || sscanf(text, ": bytes %ju to %ju", &from, &to) != 2 || offset < from || offset > to ||
        strncmp(b->error.text + strlen("journal/"), name, strlen(name)) != 0 || !strstr(text, "seq "))
        fail_msg("byte %zu of %s is not named in: %s", offset, name, b->error.text);
}

// A flipped byte in what was erased reads as an erasure that was not finished.
static void check_found(struct bench *b, const struct image *image, size_t offset)
{
    struct journal_report report;
    int rc = journal_verify(b->journal, &report, &b->error);
    if (rc == 0 && report.half_erased == 1)
        return;
    if (rc != ERROR_CORRUPT)
        fail_msg("byte %zu of %s is not found", offset, image->path);
    check_named(b, image, offset);
}

// Three segments; the last holds two batches; one record is erased. Returns the used bytes of each.
static void make_small(struct bench *b, struct image images[3], size_t used[3])
{
    struct journal_position head;
    uint64_t segments[3];
    bench_init(b, 1024);
    assert_int_equal(bench_open(b), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(bench_append(b, 2, NULL), 0);
        assert_int_equal(bench_append(b, 2, NULL), 0);
        journal_head(b->journal, &head);
        segments[i] = head.place.segment;
        used[i] = (size_t)head.place.offset;
        if (i < 2)
            assert_int_equal(journal_begin_epoch(b->journal, (uint64_t)i + 2), 0);
    }
    assert_int_equal(journal_erase(b->journal, 2), 0);
    assert_int_equal(journal_erase(b->journal, head.next_seq - 3), 0);
    for (int i = 0; i < 3; i++)
        image_load(&images[i], b, segments[i]);
}

static void every_flipped_byte_is_found_and_named(void **state)
{
    (void)state;
    struct bench b;
    struct image images[3];
    size_t used[3];
    make_small(&b, images, used);
    for (int i = 0; i < 3; i++) {
        for (size_t offset = 0; offset < used[i]; offset++) {
            image_flip(&images[i], offset, 0x41);
            check_found(&b, &images[i], offset);
            image_flip(&images[i], offset, 0xff);
            check_found(&b, &images[i], offset);
            image_flip(&images[i], offset, 0);
        }
        for (size_t offset = used[i]; i < 2 && offset < images[i].length; offset += 17) {
            image_flip(&images[i], offset, 1);
            check_found(&b, &images[i], offset);
            image_flip(&images[i], offset, 0);
        }
        image_fini(&images[i]);
    }
    bench_fini(&b);
}

// Opening looks at the last segment only: there damage stops it, except in the last batch, where it cannot be
// told from a torn tail and is cut and reported.
static void opening_stops_at_damage_in_the_last_segment(void **state)
{
    (void)state;
    struct bench b;
    struct image images[3];
    size_t used[3];
    make_small(&b, images, used);
    uint64_t next = bench_next_seq(&b);
    struct journal_position last;
    assert_int_equal(journal_seek(b.journal, next - 3, &last, &b.error), 0);
    bench_close(&b);
    for (size_t offset = 0; offset < used[2]; offset++) {
        image_flip(&images[2], offset, 0x41);
        int rc = bench_open(&b);
        if (offset < last.place.offset && rc == 0)
            check_found(&b, &images[2], offset);
        else if (offset < last.place.offset)
            check_named(&b, &images[2], offset);
        else if (rc)
            fail_msg("byte %zu: %s", offset, b.error.text);
        else if (b.recovery.cut_bytes == 0)
            check_found(&b, &images[2], offset);
        bench_close(&b);
        image_restore(&images[2]);
    }
    // The state remembers better.
    b.known_seq = next;
    image_flip(&images[2], last.place.offset + 40, 1);
    assert_int_equal(bench_open(&b), ERROR_CORRUPT);
    image_restore(&images[2]);
    assert_int_equal(bench_open(&b), 0);
    assert_int_equal(bench_next_seq(&b), next);
    for (int i = 0; i < 3; i++)
        image_fini(&images[i]);
    bench_fini(&b);
}

static void a_torn_tail_is_cut_at_every_byte(void **state)
{
    (void)state;
    struct bench b;
    struct image image;
    struct journal_place places[BENCH_BATCH] = {0};
    struct journal_position head;
    bench_init(&b, 4096);
    assert_int_equal(bench_open(&b), 0);
    assert_int_equal(bench_append(&b, 3, NULL), 0);
    uint64_t kept = bench_next_seq(&b);
    assert_int_equal(bench_append(&b, 1, places), 0);
    journal_head(b.journal, &head);
    image_load(&image, &b, 1);
    size_t from = (size_t)places[0].offset, length = (size_t)(head.place.offset - places[0].offset);
    size_t text = length;
    while (image.bytes[from + text - 1] == 0)
        text--;
    for (size_t cut = 0; cut < 2 * length; cut++) {
        bool head_first = cut < length;
        bench_close(&b);
        image_restore(&image);
        if (head_first)
            image_zero(&image, from + cut, length - cut);
        else
            image_zero(&image, from, cut - length + 1);
        assert_int_equal(bench_open(&b), 0);
        bool whole = head_first && cut >= text;
        assert_int_equal(bench_next_seq(&b), whole ? head.next_seq : kept);
        if (head_first && !whole)
            assert_true(b.recovery.cut_bytes <= cut);
        bench_reopen(&b);
        assert_int_equal(b.recovery.cut_bytes, 0);
        assert_int_equal(bench_append(&b, 2, NULL), 0);
        bench_reopen(&b);
        assert_int_equal(b.recovery.cut_bytes, 0);
        assert_int_equal(bench_read_all(&b, false), (whole ? head.next_seq : kept) + 3);
    }
    image_fini(&image);
    bench_fini(&b);
}

static void a_whole_record_of_a_torn_batch_proves_no_damage(void **state)
{
    (void)state;
    struct bench b;
    struct image image;
    struct journal_place places[BENCH_BATCH] = {0};
    bench_init(&b, 4096);
    assert_int_equal(bench_open(&b), 0);
    assert_int_equal(bench_append(&b, 2, NULL), 0);
    uint64_t kept = bench_next_seq(&b);
    assert_int_equal(bench_append(&b, 3, places), 0);
    image_load(&image, &b, 1);
    bench_close(&b);
    image_zero(&image, places[0].offset, 100);
    assert_int_equal(bench_open(&b), 0);
    assert_int_equal(bench_next_seq(&b), kept);
    assert_int_equal(b.recovery.cut_whole, 2);
    assert_int_equal(b.recovery.cut.offset, places[0].offset);
    bench_reopen(&b);
    assert_int_equal(b.recovery.cut_whole, 0);
    bench_close(&b);
    // With a later batch behind it, it does.
    image_restore(&image);
    assert_int_equal(bench_open(&b), 0);
    assert_int_equal(bench_append(&b, 1, NULL), 0);
    bench_close(&b);
    image_zero(&image, places[0].offset, 100);
    assert_int_equal(bench_open(&b), ERROR_CORRUPT);
    char expected[64];
    snprintf(expected, sizeof expected, "bytes %" PRIu64 " to %" PRIu64 " ", places[0].offset,
             places[1].offset - 1);
    assert_non_null(strstr(b.error.text, expected));
    assert_non_null(strstr(b.error.text, "seq 4 to 4"));
    image_fini(&image);
    bench_fini(&b);
}

// Of a torn batch the second record is whole. Left standing, it would follow the first one when that is
// written again, and be damage once the next segment is begun.
static void what_was_cut_does_not_come_back(void **state)
{
    (void)state;
    struct bench b;
    struct image image;
    struct journal_report report;
    struct journal_place places[BENCH_BATCH] = {0};
    for (int next = 0; next < 2; next++) {
        bench_init(&b, 4096);
        assert_int_equal(bench_open(&b), 0);
        assert_int_equal(bench_append(&b, 2, NULL), 0);
        uint64_t kept = bench_next_seq(&b);
        assert_int_equal(bench_append(&b, 3, places), 0);
        image_load(&image, &b, 1);
        image_zero(&image, places[0].offset, 100);
        bench_reopen(&b);
        assert_int_equal(b.recovery.cut_whole, 2);
        if (next)
            assert_int_equal(journal_begin_epoch(b.journal, 2), 0);
        else
            assert_int_equal(bench_append(&b, 1, NULL), 0);
        assert_int_equal(journal_verify(b.journal, &report, &b.error), 0);
        bench_reopen(&b);
        assert_int_equal(bench_next_seq(&b), next ? kept : kept + 1);
        image_fini(&image);
        bench_fini(&b);
    }
}

// Somebody edits a record and makes its crc fit: no crash does that.
static void a_record_off_the_chain_is_damage_also_at_the_end(void **state)
{
    (void)state;
    struct bench b;
    struct image image;
    struct journal_place places[BENCH_BATCH] = {0};
    uint8_t record[256];
    bench_init(&b, 4096);
    assert_int_equal(bench_open(&b), 0);
    assert_int_equal(bench_append(&b, 1, places), 0);
    image_load(&image, &b, 1);
    memcpy(record, image.bytes + places[0].offset, sizeof record);
    record[RECORD_HEADER] ^= 1;
    uint32_t seed = record_seed(journal_id(b.journal));
    size_t covered = (public_length(1) + 7) / 8 * 8;
    put32(record + 84, crc32c(crc32c(seed, record, 84), record + RECORD_HEADER, covered));
    image_patch(&image, places[0].offset, record, RECORD_HEADER + 8);
    struct journal_report report;
    assert_int_equal(journal_verify(b.journal, &report, &b.error), ERROR_CORRUPT);
    bench_close(&b);
    assert_int_equal(bench_open(&b), ERROR_CORRUPT);
    image_fini(&image);
    bench_fini(&b);
}

static void a_newer_store_is_left_alone(void **state)
{
    (void)state;
    struct bench b;
    struct image image;
    bench_init(&b, 4096);
    assert_int_equal(bench_open(&b), 0);
    assert_int_equal(bench_append(&b, 1, NULL), 0);
    image_load(&image, &b, 1);
    bench_close(&b);
    put16(image.bytes + 8, SEGMENT_VERSION + 1);
    put32(image.bytes + 124, crc32c(0, image.bytes, 124));
    image_restore(&image);
    assert_int_equal(bench_open(&b), ERROR_STORE_VERSION);
    assert_non_null(strstr(b.error.text, "version 2"));
    image_fini(&image);
    bench_fini(&b);
}

static void a_lost_journal_is_not_made_anew(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b, 4096);
    b.known_seq = 7;
    assert_int_equal(bench_open(&b), ERROR_CORRUPT);
    b.known_seq = 1;
    assert_int_equal(bench_open(&b), 0);
    bench_fini(&b);
}

struct readers {
    struct bench bench;
    pthread_mutex_t lock;
    bool stop;
    uint64_t seen;
};

static bool stopped(struct readers *r)
{
    pthread_mutex_lock(&r->lock);
    bool stop = r->stop;
    pthread_mutex_unlock(&r->lock);
    return stop;
}

// Follows the head with a cursor, reads each record again by its place, verifies once in a while.
static void *follow(void *context)
{
    struct readers *r = context;
    struct journal *j = r->bench.journal;
    struct journal_position first;
    struct journal_cursor c;
    struct journal_record record, again;
    struct journal_report report;
    struct buffer bytes;
    buffer_init(&bytes);
    if (journal_first(j, &first, NULL))
        abort();
    journal_cursor_init(&c, j, &first);
    for (;;) {
        bool last = stopped(r);
        int rc = journal_cursor_next(&c, &record, NULL);
        if (rc == ERROR_NOT_FOUND && last)
            break;
        if (rc == ERROR_NOT_FOUND)
            continue;
        if (rc || journal_read(j, record.place, &bytes, &again, NULL))
            abort();
        if (again.body.first_seq != record.body.first_seq)
            abort();
        if (record.body.first_seq % 512 == 1 && journal_verify(j, &report, NULL))
            abort();
    }
    r->seen = c.position.next_seq;
    journal_cursor_fini(&c);
    buffer_fini(&bytes);
    return NULL;
}

static void *prepare(void *context)
{
    struct readers *r = context;
    bool ready;
    while (!stopped(r)) {
        if (journal_prepare(r->bench.journal, &ready, NULL))
            abort();
        usleep(100);
    }
    return NULL;
}

static void readers_and_the_writer_do_not_disturb_each_other(void **state)
{
    (void)state;
    struct readers r = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct journal_place places[BENCH_BATCH] = {0};
    pthread_t threads[3];
    bench_init(&r.bench, 4096);
    assert_int_equal(bench_open(&r.bench), 0);
    assert_int_equal(pthread_create(&threads[0], NULL, follow, &r), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, prepare, &r), 0);
    struct readers *second = &(struct readers){.lock = PTHREAD_MUTEX_INITIALIZER};
    second->bench.journal = r.bench.journal;
    assert_int_equal(pthread_create(&threads[2], NULL, follow, second), 0);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(bench_append(&r.bench, (size_t)(1 + i % 8), places), 0);
        assert_int_equal(journal_erase_at(r.bench.journal, places[0]), 0);
    }
    pthread_mutex_lock(&r.lock);
    r.stop = true;
    pthread_mutex_unlock(&r.lock);
    pthread_mutex_lock(&second->lock);
    second->stop = true;
    pthread_mutex_unlock(&second->lock);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(r.seen, bench_next_seq(&r.bench));
    assert_int_equal(second->seen, r.seen);
    bench_fini(&r.bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_appended_is_read_back_and_again_after_reopening),
        cmocka_unit_test(an_append_at_another_position_is_fenced),
        cmocka_unit_test(a_batch_never_straddles_segments),
        cmocka_unit_test(a_batch_may_fill_a_segment_and_no_more),
        cmocka_unit_test(seeking_finds_the_record_that_spans_a_seq),
        cmocka_unit_test(an_epoch_goes_on_with_seq_and_chain),
        cmocka_unit_test(archived_segments_are_not_missed),
        cmocka_unit_test(what_is_erased_is_gone_and_the_chain_stays),
        cmocka_unit_test(every_flipped_byte_is_found_and_named),
        cmocka_unit_test(opening_stops_at_damage_in_the_last_segment),
        cmocka_unit_test(a_torn_tail_is_cut_at_every_byte),
        cmocka_unit_test(a_whole_record_of_a_torn_batch_proves_no_damage),
        cmocka_unit_test(what_was_cut_does_not_come_back),
        cmocka_unit_test(a_record_off_the_chain_is_damage_also_at_the_end),
        cmocka_unit_test(a_newer_store_is_left_alone),
        cmocka_unit_test(a_lost_journal_is_not_made_anew),
        cmocka_unit_test(readers_and_the_writer_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
