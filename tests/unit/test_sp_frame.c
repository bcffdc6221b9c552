// layer: sp
// The bytes of SP without any I/O: handshake, frames, id stacks, addresses, queues, tokens.
#include "base/error.h"
#include "sp/sp_address.h"
#include "sp/sp_frame.h"
#include "sp/sp_queue.h"
#include "sp/sp_token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define BYTES(...)   ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})
#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define EIGHT_HOPS                                                                                           \
    0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0, 8

static void a_handshake_names_its_protocol(void **state)
{
    (void)state;
    uint8_t got[SP_HANDSHAKE_BYTES];
    sp_handshake(SP_REP, got);
    assert_memory_equal(got, "\0SP\0\0\x31\0\0", 8);
    sp_handshake(SP_PUB, got);
    assert_memory_equal(got, "\0SP\0\0\x20\0\0", 8);
}

static void an_id_stack_ends_at_the_top_bit(void **state)
{
    (void)state;
    const struct {
        const uint8_t *bytes;
        size_t length;
        int stack;
    } cases[] = {
        {BYTES(0x80, 0, 0, 1), 4},
        {BYTES(0xff, 0xff, 0xff, 0xff, 'b'), 4},
        {BYTES(0, 0, 0, 9, 0x80, 0, 0, 1, 'b', 'o'), 8},
        {BYTES(EIGHT_HOPS, 0x80, 0, 0, 1), 36},
        {BYTES(EIGHT_HOPS, 0, 0, 0, 9), SP_STACK_BAD},
        {BYTES(EIGHT_HOPS, 0, 0, 0, 9, 0x80, 0, 0, 1), SP_STACK_BAD},
        {BYTES(EIGHT_HOPS), SP_STACK_SHORT},
        {BYTES(0, 0, 0, 1), SP_STACK_SHORT},
        {BYTES(0x80, 0, 0), SP_STACK_SHORT},
        {BYTES(0x7f, 0x80, 0x80, 0x80), SP_STACK_SHORT},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(sp_stack_length(cases[i].bytes, cases[i].length), cases[i].stack);
    assert_int_equal(sp_stack_length(NULL, 0), SP_STACK_SHORT);
}

/* ---- frames ---- */

struct seen {
    size_t frames;
    char text[64]; // payloads, each behind a '|'
    enum sp_frame_event last;
};

static void see(struct seen *seen, const struct sp_frame *frame)
{
    size_t at = strlen(seen->text);
    assert_true(at + frame->length + 2 < sizeof seen->text);
    seen->text[at] = '|';
    if (frame->length)
        memcpy(seen->text + at + 1, frame->bytes, frame->length);
    seen->text[at + 1 + frame->length] = 0;
    seen->frames++;
}

// Feeds one piece; true while the reader may go on. The piece is a heap copy, so that a read beyond it shows.
static bool feed(struct sp_frame_reader *r, struct seen *seen, const uint8_t *bytes, size_t length)
{
    uint8_t *piece = malloc(length + !length);
    if (length)
        memcpy(piece, bytes, length);
    struct sp_span in = {piece, length};
    struct sp_frame frame;
    while ((seen->last = sp_frame_next(r, &in, &frame)) == SP_FRAME_WHOLE) {
        see(seen, &frame);
        sp_frame_release(r);
        if (!in.left)
            break;
    }
    if (seen->last == SP_FRAME_OVERSIZE)
        see(seen, &frame);
    free(piece);
    return seen->last == SP_FRAME_MORE || seen->last == SP_FRAME_WHOLE;
}

static struct seen read_split(enum sp_transport transport, const uint8_t *stream, size_t length, size_t a,
                              size_t b)
{
    struct sp_frame_reader r;
    struct seen seen = {0};
    sp_frame_init(&r, transport, 20);
    bool go_on = feed(&r, &seen, stream, a) && feed(&r, &seen, stream + a, b - a);
    if (go_on)
        feed(&r, &seen, stream + b, length - b);
    sp_frame_fini(&r);
    return seen;
}

static void every_split_gives_the_same_frames(void **state)
{
    (void)state;
    static const uint8_t tcp[] = "\0\0\0\0\0\0\0\5hello\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1!\0\0\0\0\0\0\0\3end";
    static const uint8_t ipc[] = "\1\0\0\0\0\0\0\0\5hello\1\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1!"
                                 "\1\0\0\0\0\0\0\0\3end";
    for (size_t b = 0; b < sizeof tcp; b++)
        for (size_t a = 0; a <= b; a++)
            assert_string_equal(read_split(SP_TCP, tcp, sizeof tcp - 1, a, b).text, "|hello||!|end");
    for (size_t b = 0; b < sizeof ipc; b++)
        for (size_t a = 0; a <= b; a++)
            assert_string_equal(read_split(SP_IPC, ipc, sizeof ipc - 1, a, b).text, "|hello||!|end");
}

static void an_oversize_frame_is_known_by_its_head_and_its_ids(void **state)
{
    (void)state;
    static const uint8_t stream[] = "\0\0\0\0\0\0\0\2ok\0\0\0\0\0\0\0\x15\0\0\0\7\x80\0\0\1body and more";
    for (size_t b = 0; b < sizeof stream; b++) {
        for (size_t a = 0; a <= b; a++) {
            struct seen seen = read_split(SP_TCP, stream, sizeof stream - 1, a, b);
            assert_int_equal(seen.last, SP_FRAME_OVERSIZE);
            assert_int_equal(seen.frames, 2);
            assert_memory_equal(seen.text, "|ok|\0\0\0\7\x80\0\0\1", 12);
        }
    }
}

static void an_oversize_frame_without_an_id_is_malformed(void **state)
{
    (void)state;
    static const uint8_t stream[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, EIGHT_HOPS, 0, 0, 0, 9};
    assert_int_equal(read_split(SP_TCP, stream, sizeof stream, 3, 20).last, SP_FRAME_MALFORMED);
    assert_int_equal(read_split(SP_TCP, stream, sizeof stream - 1, 3, 20).last, SP_FRAME_MORE);
}

static void the_bytes_that_abort_libnanomsg_are_malformed(void **state)
{
    (void)state;
    // On ipc, nine bytes after a good handshake whose first is not 01 end any process that runs
    // nanomsg 1.1.5.
    static const uint8_t stream[9] = {0};
    struct seen seen = read_split(SP_IPC, stream, sizeof stream, 1, 9);
    assert_int_equal(seen.last, SP_FRAME_MALFORMED);
    assert_int_equal(seen.frames, 0);
    assert_int_equal(read_split(SP_IPC, BYTES(2), 0, 1).last, SP_FRAME_MALFORMED);
}

static void a_length_at_the_limit_is_taken(void **state)
{
    (void)state;
    static const uint8_t stream[] = "\0\0\0\0\0\0\0\x14"
                                    "12345678901234567890";
    assert_string_equal(read_split(SP_TCP, stream, sizeof stream - 1, 9, 20).text, "|12345678901234567890");
}

static void a_reader_tells_what_it_waits_for(void **state)
{
    (void)state;
    struct sp_frame_reader r;
    struct seen seen = {0};
    sp_frame_init(&r, SP_TCP, 100);
    assert_false(sp_frame_is_partial(&r));
    feed(&r, &seen, BYTES(0, 0, 0));
    assert_true(sp_frame_is_partial(&r));
    assert_int_equal(sp_frame_expected(&r), 0);
    feed(&r, &seen, BYTES(0, 0, 0, 0, 50));
    assert_true(sp_frame_is_partial(&r));
    assert_int_equal(sp_frame_expected(&r), 50);
    assert_null(r.payload); // not a byte of it has come
    sp_frame_fini(&r);
    assert_false(sp_frame_is_partial(&r));
}

static void an_announced_frame_takes_no_more_memory_than_came(void **state)
{
    (void)state;
    static uint8_t bytes[64 << 10];
    struct sp_frame_reader r;
    struct seen seen = {0};
    sp_frame_init(&r, SP_TCP, sizeof bytes);
    feed(&r, &seen, BYTES(0, 0, 0, 0, 0, 1, 0, 0)); // 64 KiB
    for (size_t at = 0; at < sizeof bytes - 100; at += 100) {
        feed(&r, &seen, bytes + at, 100);
        assert_in_range(r.room, at + 100, at < 1000 ? 2048 : 2 * at + 200);
    }
    assert_int_equal(r.room, sizeof bytes);
    sp_frame_fini(&r);
    assert_int_equal(r.room, 0);
}

/* ---- addresses ---- */

static void addresses_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *url, *written;
    } good[] = {
        {"tcp://127.0.0.1:5555", NULL}, {"tcp://0.0.0.0:0", NULL},
        {"tcp://[::1]:5555", NULL},     {"tcp://[2001:db8::7]:1", NULL},
        {"tcp://*:65535", NULL},        {"ipc:///run/whistled/sp.sock", NULL},
        {"ipc://relative.sock", NULL},  {"tcp://[::ffff:192.0.2.1]:9", "tcp://192.0.2.1:9"},
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        struct sp_address address;
        const char *reason = NULL;
        char text[SP_ADDRESS_TEXT];
        assert_int_equal(sp_address_parse(good[i].url, &address, &reason), 0);
        sp_address_format(&address, text);
        assert_string_equal(text, good[i].written ? good[i].written : good[i].url);
    }
}

static void addresses_that_cannot_be_are_refused_with_a_reason(void **state)
{
    (void)state;
    char long_path[] = "ipc:///"
                       "0123456789012345678901234567890123456789012345678901234567890123456789"
                       "0123456789012345678901234567890123456789";
    const char *const bad[] = {
        "",
        "tcp",
        "http://x:1",
        "tcp://",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:",
        "tcp://127.0.0.1:x",
        "tcp://127.0.0.1:65536",
        "tcp://127.0.0.1:99999999999999999999",
        "tcp://127.0.0.1:-1",
        "tcp://::1:5555",
        "tcp://[::1:5555",
        "tcp://[]:1",
        "tcp://[zz]:1",
        "tcp://host.example:1",
        "tcp://:1",
        "ipc://",
        long_path,
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct sp_address address;
        const char *reason = NULL;
        assert_int_equal(sp_address_parse(bad[i], &address, &reason), ERROR_ADDRESS);
        assert_non_null(reason);
    }
    long_path[strlen(long_path) - 4] = 0; // 107 bytes of path
    struct sp_address address;
    const char *reason;
    char text[SP_ADDRESS_TEXT];
    assert_int_equal(strlen(long_path), 6 + 107);
    assert_int_equal(sp_address_parse(long_path, &address, &reason), 0);
    sp_address_format(&address, text);
    assert_string_equal(text, long_path);
}

/* ---- queues ---- */

// Takes everything out, `step` bytes at a time.
static size_t drain(struct sp_queue *q, size_t step, uint8_t *out)
{
    size_t total = 0;
    while (q->bytes) {
        uv_buf_t bufs[3];
        size_t bytes, left = step < q->bytes ? step : q->bytes;
        unsigned count = sp_queue_gather(q, bufs, 3, step, &bytes);
        if (left > bytes)
            left = bytes;
        size_t consumed = left;
        for (unsigned i = 0; i < count && left; i++) {
            size_t part = bufs[i].len < left ? bufs[i].len : left;
            memcpy(out + total, bufs[i].base, part);
            total += part;
            left -= part;
        }
        sp_queue_consume(q, consumed);
    }
    return total;
}

static void a_queue_gives_its_bytes_in_order_however_they_leave(void **state)
{
    (void)state;
    for (size_t step = 1; step < 40; step++) {
        struct sp_queue tcp, ipc;
        uint8_t out[1024];
        uint64_t held = 0;
        sp_queue_init(&tcp, SP_TCP);
        sp_queue_init(&ipc, SP_IPC);
        for (int i = 0; i < 20; i++) {
            struct sp_chunk *chunk =
                sp_chunk_create("\x80\0\0\1", 4, "abcdefghijklmnopqrst", (size_t)i, &held);
            assert_true(sp_queue_push(&tcp, chunk) && sp_queue_push(&ipc, chunk));
            sp_chunk_drop(chunk);
        }
        assert_int_equal(held, 20 * (sizeof(struct sp_chunk) + 13) + 190); // once, though it is in two queues
        size_t bytes = tcp.bytes;
        assert_int_equal(bytes, 20 * 12 + 190);
        assert_int_equal(ipc.bytes, bytes + 20);
        assert_int_equal(drain(&tcp, step, out), bytes);
        assert_memory_equal(out + bytes - 31, "\0\0\0\0\0\0\0\x17\x80\0\0\1abcdefghijklmnopqrs", 31);
        assert_int_equal(drain(&ipc, step, out), bytes + 20);
        assert_memory_equal(out, "\1\0\0\0\0\0\0\0\4\x80\0\0\1\1\0", 15);
        assert_null(tcp.items); // idle again: nothing kept
        sp_queue_fini(&tcp);
        sp_queue_fini(&ipc);
        assert_int_equal(held, 0);
    }
}

static void a_queue_dropped_half_sent_gives_its_chunks_back(void **state)
{
    (void)state;
    struct sp_queue q;
    uint64_t held = 0;
    struct sp_chunk *chunk = sp_chunk_create(NULL, 0, "shared", 6, &held);
    sp_queue_init(&q, SP_TCP);
    for (int i = 0; i < 9; i++)
        assert_true(sp_queue_push(&q, chunk));
    sp_queue_consume(&q, 17);
    assert_int_equal(chunk->references, 9);
    sp_queue_fini(&q);
    assert_int_equal(chunk->references, 1);
    sp_chunk_drop(chunk);
}

/* ---- tokens ---- */

static void a_token_dies_with_its_request_and_never_means_another(void **state)
{
    (void)state;
    struct sp_table t;
    struct sp_open *open[200];
    struct sp_token token[200];
    sp_table_init(&t);
    assert_null(sp_table_find(&t, (struct sp_token){0}));
    assert_null(sp_table_find(&t, (struct sp_token){.serial = 7, .slot = 1 << 30}));
    for (size_t i = 0; i < COUNT(open); i++) {
        open[i] = sp_table_take(&t);
        token[i] = sp_token_of(open[i]);
    }
    for (size_t i = 0; i < COUNT(open); i++)
        assert_ptr_equal(sp_table_find(&t, token[i]), open[i]);
    sp_table_give(&t, open[70]);
    assert_null(sp_table_find(&t, token[70]));
    struct sp_open *again = sp_table_take(&t);
    assert_ptr_equal(again, open[70]);         // the same place …
    assert_null(sp_table_find(&t, token[70])); // … another request
    assert_ptr_equal(sp_table_find(&t, sp_token_of(again)), again);
    sp_table_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_names_its_protocol),
        cmocka_unit_test(an_id_stack_ends_at_the_top_bit),
        cmocka_unit_test(every_split_gives_the_same_frames),
        cmocka_unit_test(an_oversize_frame_is_known_by_its_head_and_its_ids),
        cmocka_unit_test(an_oversize_frame_without_an_id_is_malformed),
        cmocka_unit_test(the_bytes_that_abort_libnanomsg_are_malformed),
        cmocka_unit_test(a_length_at_the_limit_is_taken),
        cmocka_unit_test(a_reader_tells_what_it_waits_for),
        cmocka_unit_test(an_announced_frame_takes_no_more_memory_than_came),
        cmocka_unit_test(addresses_are_read_and_written),
        cmocka_unit_test(addresses_that_cannot_be_are_refused_with_a_reason),
        cmocka_unit_test(a_queue_gives_its_bytes_in_order_however_they_leave),
        cmocka_unit_test(a_queue_dropped_half_sent_gives_its_chunks_back),
        cmocka_unit_test(a_token_dies_with_its_request_and_never_means_another),
    };
    return cmocka_run_group_tests_name("sp_frame", tests, NULL, NULL);
}
