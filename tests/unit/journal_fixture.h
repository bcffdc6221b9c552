// A journal in a directory of its own, filled with records whose content follows from their seq.
#pragma once

#include "base/error.h"
#include "faulty_io.h"
#include "store/journal.h"
#include "store/journal_archive.h"
#include "store/journal_reader.h"
#include "store/segment.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

struct bench {
    char directory[64];
    struct faulty faulty;
    struct journal *journal;
    struct journal_recovery recovery;
    struct store_error error;
    uint64_t segment_bytes;
    uint64_t known_seq;
};

static inline void bench_path(const struct bench *b, const char *name, char path[160])
{
    snprintf(path, 160, "%s/journal/%s", b->directory, name);
}

static inline void bench_init(struct bench *b, uint64_t segment_bytes)
{
    memset(b, 0, sizeof *b);
    faulty_init(&b->faulty);
    b->segment_bytes = segment_bytes;
    snprintf(b->directory, sizeof b->directory, "%s", "/tmp/whistled-journal-XXXXXX");
    assert_non_null(mkdtemp(b->directory));
}

static inline int bench_open(struct bench *b)
{
    struct store_io io = faulty_io(&b->faulty);
    struct journal_options options = {
        .directory = b->directory,
        .id = "journal for test",
        .segment_bytes = b->segment_bytes,
        .known_seq = b->known_seq,
        .io = &io,
    };
    b->journal = NULL;
    return journal_open(&options, &b->journal, &b->recovery, &b->error);
}

static inline void bench_close(struct bench *b)
{
    journal_close(b->journal);
    b->journal = NULL;
}

static inline void bench_reopen(struct bench *b)
{
    bench_close(b);
    int rc = bench_open(b);
    if (rc)
        fail_msg("%s: %s", error_name(rc), b->error.text);
}

static inline void bench_clear(const char *path)
{
    DIR *dir = opendir(path);
    while (dir) {
        const struct dirent *entry = readdir(dir);
        if (!entry)
            break;
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir)
        closedir(dir);
}

static inline void bench_clean(struct bench *b)
{
    char path[160];
    bench_path(b, "", path);
    bench_clear(path);
    bench_path(b, "../archive/", path);
    bench_clear(path);
}

static inline void bench_fini(struct bench *b)
{
    char path[160];
    bench_close(b);
    bench_clean(b);
    bench_path(b, "../archive", path);
    rmdir(path);
    bench_path(b, "", path);
    rmdir(path);
    rmdir(b->directory);
    faulty_fini(&b->faulty);
}

// The content of a record: text that names its seq, over and over.
static inline void content(char *out, size_t length, const char *word, uint64_t seq)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%s%llu ", word, (unsigned long long)seq);
    for (size_t i = 0; i < length; i++)
        out[i] = text[i % (size_t)n];
}

static inline size_t public_length(uint64_t seq)
{
    return (size_t)(20 + seq * 7 % 30);
}

static inline size_t private_length(uint64_t seq)
{
    return seq % 4 == 3 ? 0 : (size_t)(10 + seq * 5 % 20);
}

enum { BENCH_BATCH = 8, BENCH_TEXT = 64 };

// Appends `n` records as one batch, the i-th with `1 + i % 2` seqs.
static inline int bench_append(struct bench *b, size_t n, struct journal_place places[BENCH_BATCH])
{
    char texts[BENCH_BATCH][2][BENCH_TEXT];
    struct journal_entry entries[BENCH_BATCH];
    struct journal_position head;
    journal_head(b->journal, &head);
    uint64_t seq = head.next_seq;
    for (size_t i = 0; i < n; i++) {
        content(texts[i][0], public_length(seq), "public", seq);
        content(texts[i][1], private_length(seq), "secret", seq);
        entries[i] = (struct journal_entry){
            .count = (uint32_t)(1 + i % 2),
            .public_part = {(uint8_t *)texts[i][0], public_length(seq)},
            .private_part = {(uint8_t *)texts[i][1], private_length(seq)},
        };
        seq += entries[i].count;
    }
    int rc = journal_append(b->journal, &head, entries, n);
    for (size_t i = 0; !rc && places && i < n; i++)
        places[i] = entries[i].place;
    return rc;
}

static inline void check_content(const struct journal_record *r, bool may_be_erased)
{
    char text[BENCH_TEXT];
    uint64_t seq = r->body.first_seq;
    assert_int_equal(r->body.public_part.length, public_length(seq));
    content(text, public_length(seq), "public", seq);
    assert_memory_equal(r->body.public_part.bytes, text, public_length(seq));
    if (may_be_erased && r->body.private_is != RECORD_PRIVATE_LIVE)
        return;
    assert_int_equal(r->body.private_is, RECORD_PRIVATE_LIVE);
    assert_int_equal(r->body.private_part.length, private_length(seq));
    content(text, private_length(seq), "secret", seq);
    assert_memory_equal(r->body.private_part.bytes, text, private_length(seq));
}

// Reads all and checks it; returns the next seq.
static inline uint64_t bench_read_all(struct bench *b, bool may_be_erased)
{
    struct journal_position first;
    struct journal_cursor c;
    struct journal_record record;
    int rc = journal_first(b->journal, &first, &b->error);
    assert_int_equal(rc, 0);
    journal_cursor_init(&c, b->journal, &first);
    while ((rc = journal_cursor_next(&c, &record, &b->error)) == 0)
        check_content(&record, may_be_erased);
    if (rc != ERROR_NOT_FOUND)
        fail_msg("%s: %s", error_name(rc), b->error.text);
    uint64_t next = c.position.next_seq;
    journal_cursor_fini(&c);
    return next;
}

static inline uint64_t bench_next_seq(struct bench *b)
{
    struct journal_position head;
    journal_head(b->journal, &head);
    return head.next_seq;
}

// A whole file in memory, to be changed and put back.
struct image {
    char path[160];
    uint8_t *bytes;
    size_t length;
};

static inline void image_load(struct image *image, const struct bench *b, uint64_t segment)
{
    char name[SEGMENT_NAME];
    struct stat st;
    segment_name(segment, name);
    bench_path(b, name, image->path);
    int fd = open(image->path, O_RDONLY);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    image->length = (size_t)st.st_size;
    image->bytes = malloc(image->length);
    assert_int_equal(pread(fd, image->bytes, image->length, 0), image->length);
    close(fd);
}

static inline void image_patch(const struct image *image, size_t offset, const void *bytes, size_t length)
{
    int fd = open(image->path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, length, (off_t)offset), length);
    close(fd);
}

static inline void image_flip(const struct image *image, size_t offset, uint8_t bits)
{
    uint8_t byte = image->bytes[offset] ^ bits;
    image_patch(image, offset, &byte, 1);
}

static inline void image_zero(const struct image *image, size_t offset, size_t length)
{
    uint8_t *zeros = calloc(1, length + 1);
    image_patch(image, offset, zeros, length);
    free(zeros);
}

static inline void image_restore(const struct image *image)
{
    image_patch(image, 0, image->bytes, image->length);
}

static inline void image_fini(struct image *image)
{
    free(image->bytes);
}
