// layer: seal
// Who speaks: what a stranger is told, and what the kernel's word for a peer is good for.
#include "seal/envelope.h"

#include "base/error.h"
#include "codec/codec.h"
#include "whistle.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static uint32_t uids[] = {1000, 1001};

struct gate {
    struct arena arena;
    struct principal principals[2];
    struct principal_table table;
    struct envelope_peer peer;
    Whistle__V1__Envelope envelope;
    uint8_t id[16];
    struct opened opened;
};

static int setup(void **state)
{
    static struct gate gate;
    gate = (struct gate){.peer = {.local = true, .uid = 1001, .own_uid = 990}, .id = {1, 2, 3}};
    arena_init(&gate.arena, 0);
    gate.principals[0] = (struct principal){.code = "cg", .uids = uids, .uid_count = 2};
    gate.principals[1] = (struct principal){.code = "own", .same_uid = true};
    gate.table = (struct principal_table){.principals = gate.principals, .count = 2};
    strmap_init(&gate.table.by_code);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(strmap_add(&gate.table.by_code, gate.principals[i].code, i), 0);
    whistle__v1__envelope__init(&gate.envelope);
    gate.envelope.version = ENVELOPE_VERSION;
    gate.envelope.principal = "cg";
    gate.envelope.id = (ProtobufCBinaryData){sizeof gate.id, gate.id};
    gate.envelope.body_case = WHISTLE__V1__ENVELOPE__BODY_PLAIN;
    gate.envelope.plain = (ProtobufCBinaryData){2, (uint8_t *)"hi"};
    *state = &gate;
    return 0;
}

static int teardown(void **state)
{
    struct gate *gate = *state;
    strmap_fini(&gate->table.by_code);
    arena_fini(&gate->arena);
    return 0;
}

static int open_it(struct gate *gate)
{
    struct blob bytes;
    assert_int_equal(codec_pack(&gate->arena, &gate->envelope.base, &bytes), 0);
    return envelope_open(&gate->arena, &gate->table, &gate->peer, bytes.bytes, bytes.length, &gate->opened);
}

static void a_user_of_the_rulebook_speaks(void **state)
{
    struct gate *gate = *state;
    assert_int_equal(open_it(gate), 0);
    assert_ptr_equal(gate->opened.principal, &gate->principals[0]);
    assert_memory_equal(gate->opened.id.bytes, gate->id, sizeof gate->id);
    assert_int_equal(gate->opened.message.length, 2);
    assert_memory_equal(gate->opened.message.bytes, "hi", 2);
}

static void strangers_are_told_one_thing(void **state)
{
    struct gate *gate = *state;
    gate->peer.uid = 1002;
    assert_int_equal(open_it(gate), ERROR_REFUSED);
    gate->peer.uid = 990; // the daemon's own user speaks for whom the rulebook lets it
    assert_int_equal(open_it(gate), ERROR_REFUSED);
    gate->envelope.principal = "own";
    assert_int_equal(open_it(gate), 0);
    gate->envelope.principal = "nobody";
    assert_int_equal(open_it(gate), ERROR_REFUSED);
    gate->envelope.principal = "";
    assert_int_equal(open_it(gate), ERROR_REFUSED);
    gate->envelope.principal = "own";
    gate->envelope.suite = 1;
    assert_int_equal(open_it(gate), ERROR_REFUSED);
}

static void plain_tcp_is_believed_when_it_is_said_to_be(void **state)
{
    struct gate *gate = *state;
    gate->peer = (struct envelope_peer){.local = false, .uid = 1001};
    assert_int_equal(open_it(gate), ERROR_REFUSED);
    gate->peer.insecure = true;
    assert_int_equal(open_it(gate), 0);
}

static void what_is_no_envelope_is_malformed_and_keeps_the_id(void **state)
{
    struct gate *gate = *state;
    gate->envelope.version = 2;
    assert_int_equal(open_it(gate), ERROR_MALFORMED);
    assert_memory_equal(gate->opened.id.bytes, gate->id, sizeof gate->id);
    gate->envelope.version = ENVELOPE_VERSION;
    gate->envelope.id.len = 15;
    assert_int_equal(open_it(gate), ERROR_MALFORMED);
    gate->envelope.id.len = 16;
    gate->envelope.body_case = WHISTLE__V1__ENVELOPE__BODY__NOT_SET;
    assert_int_equal(open_it(gate), ERROR_REFUSED);
    const uint8_t cut[] = {0x0a, 0x7f, 1};
    assert_int_equal(envelope_open(&gate->arena, &gate->table, &gate->peer, cut, sizeof cut, &gate->opened),
                     ERROR_MALFORMED);
}

static void memory_may_give_out(void **state)
{
    struct gate *gate = *state;
    struct blob bytes;
    assert_int_equal(codec_pack(&gate->arena, &gate->envelope.base, &bytes), 0);
    for (size_t most = 1; most < 4096; most += 16) {
        struct arena small;
        arena_init(&small, most);
        int rc = envelope_open(&small, &gate->table, &gate->peer, bytes.bytes, bytes.length, &gate->opened);
        arena_fini(&small);
        if (rc == 0)
            return;
        assert_int_equal(rc, ERROR_NO_MEMORY);
    }
    fail();
}

static void a_reply_repeats_the_id(void **state)
{
    struct gate *gate = *state;
    struct ulid id = {{9, 8}};
    struct blob out;
    assert_int_equal(envelope_close(&gate->arena, &id, (struct blob){(const uint8_t *)"yes", 3}, &out), 0);
    Whistle__V1__Envelope *envelope =
        (void *)codec_unpack(&gate->arena, &whistle__v1__envelope__descriptor, out.bytes, out.length);
    assert_non_null(envelope);
    assert_memory_equal(envelope->id.data, id.bytes, 16);
    assert_int_equal(envelope->version, ENVELOPE_VERSION);
    assert_memory_equal(envelope->plain.data, "yes", 3);
    assert_int_equal(envelope_close(&gate->arena, NULL, (struct blob){0}, &out), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_user_of_the_rulebook_speaks),
        TEST(strangers_are_told_one_thing),
        TEST(plain_tcp_is_believed_when_it_is_said_to_be),
        TEST(what_is_no_envelope_is_malformed_and_keeps_the_id),
        TEST(memory_may_give_out),
        TEST(a_reply_repeats_the_id),
    };
    return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
