// layer: seal
// Who speaks: what a stranger is told, what a seal proves, and what the kernel's word for a peer is good for.
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

#define KEY_1 "0101010101010101010101010101010101010101010101010101010101010101"
#define KEY_2 "0202020202020202020202020202020202020202020202020202020202020202"
#define KEY_3 "0303030303030303030303030303030303030303030303030303030303030303"
// "gone" has a key, and the rulebook does not know it any more; cg's old key has ended.
static const char keys_text[] =
    "cg desk-1 " KEY_1 "\ngone desk-1 " KEY_2 "\ncg old " KEY_3 " until=1969-01-01\n";

struct gate {
    struct arena arena;
    struct principal principals[2];
    struct principal_table table;
    struct keyring *keys;
    struct envelope_known known;
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
    struct keyring_fault fault;
    assert_int_equal(keyring_parse("keyring", keys_text, sizeof keys_text - 1, &gate.keys, &fault), 0);
    gate.known = (struct envelope_known){.principals = &gate.table, .keys = gate.keys, .now_ms = 1000};
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
    keyring_destroy(gate->keys);
    arena_fini(&gate->arena);
    return 0;
}

static int open_it(struct gate *gate)
{
    struct blob bytes;
    assert_int_equal(codec_pack(&gate->arena, &gate->envelope.base, &bytes), 0);
    return envelope_open(&gate->arena, &gate->known, &gate->peer, bytes.bytes, bytes.length, &gate->opened);
}

static void a_user_of_the_rulebook_speaks(void **state)
{
    struct gate *gate = *state;
    assert_int_equal(open_it(gate), 0);
    assert_ptr_equal(gate->opened.principal, &gate->principals[0]);
    assert_memory_equal(gate->opened.way.id.bytes, gate->id, sizeof gate->id);
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

static void what_is_no_envelope_is_a_stranger_s_too(void **state)
{
    struct gate *gate = *state;
    gate->envelope.version = 2;
    assert_int_equal(open_it(gate), ERROR_REFUSED);
    gate->envelope.version = ENVELOPE_VERSION;
    gate->envelope.id.len = 15;
    assert_int_equal(open_it(gate), ERROR_REFUSED);
    gate->envelope.id.len = 16;
    gate->envelope.body_case = WHISTLE__V1__ENVELOPE__BODY__NOT_SET;
    assert_int_equal(open_it(gate), ERROR_REFUSED);
    gate->envelope.suite = 2;
    assert_int_equal(open_it(gate), ERROR_REFUSED);
    const uint8_t cut[] = {0x0a, 0x7f, 1};
    assert_int_equal(envelope_open(&gate->arena, &gate->known, &gate->peer, cut, sizeof cut, &gate->opened),
                     ERROR_REFUSED);
}

// ---- sealed -------------------------------------------------------------------------------------

// Seals "hi" as `principal`, with the key of that byte, and puts it into the envelope.
static void seal_it(struct gate *gate, const char *principal, const char *key_id, uint8_t byte)
{
    static uint8_t salt[SUITE_SALT], sealed[2 + SUITE_TAG], key[SUITE_KEY];
    struct ulid id;
    memcpy(id.bytes, gate->id, sizeof id.bytes);
    memset(key, byte, sizeof key);
    memset(salt, 9, sizeof salt);
    const struct suite_label label = {ENVELOPE_VERSION, SUITE_REQUEST, principal, key_id, &id};
    suite_seal(key, &label, salt, "hi", 2, sealed);
    gate->peer = (struct envelope_peer){.local = false};
    gate->envelope.suite = SUITE_SEALED;
    gate->envelope.principal = (char *)principal;
    gate->envelope.key_id = (char *)key_id;
    gate->envelope.salt = (ProtobufCBinaryData){sizeof salt, salt};
    gate->envelope.body_case = WHISTLE__V1__ENVELOPE__BODY_SEALED;
    gate->envelope.sealed = (ProtobufCBinaryData){sizeof sealed, sealed};
}

static void a_seal_is_believed_on_any_socket(void **state)
{
    struct gate *gate = *state;
    seal_it(gate, "cg", "desk-1", 1);
    assert_int_equal(open_it(gate), 0);
    assert_ptr_equal(gate->opened.principal, &gate->principals[0]);
    assert_int_equal(gate->opened.message.length, 2);
    assert_memory_equal(gate->opened.message.bytes, "hi", 2);
    assert_string_equal(gate->opened.way.key_id, "desk-1");
    assert_int_equal(gate->opened.salt[3], 9);
}

static void a_seal_that_does_not_fit_is_a_stranger_s(void **state)
{
    struct gate *gate = *state;
    static const struct {
        const char *principal, *key_id;
        uint8_t key;
    } wrong[] = {
        {"cg", "desk-1", 2},     // another's key
        {"cg", "desk-2", 1},     // a key that is not there
        {"own", "desk-1", 1},    // somebody who has none
        {"nobody", "desk-1", 0}, // nobody
        {"gone", "desk-1", 2},   // a key without a principal
        {"cg", "old", 3},        // a key that has ended
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        seal_it(gate, wrong[i].principal, wrong[i].key_id, wrong[i].key);
        assert_int_equal(open_it(gate), ERROR_REFUSED);
    }
}

static void no_bit_of_a_sealed_message_can_be_changed(void **state)
{
    struct gate *gate = *state;
    seal_it(gate, "cg", "desk-1", 1);
    ProtobufCBinaryData parts[] = {gate->envelope.salt, gate->envelope.sealed, gate->envelope.id};
    for (size_t p = 0; p < 3; p++)
        for (size_t bit = 0; bit < 8 * parts[p].len; bit++) {
            parts[p].data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(open_it(gate), ERROR_REFUSED);
            parts[p].data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    for (gate->envelope.sealed.len = 0; gate->envelope.sealed.len < 2 + SUITE_TAG;
         gate->envelope.sealed.len++)
        assert_int_equal(open_it(gate), ERROR_REFUSED);
    gate->envelope.salt.len--;
    assert_int_equal(open_it(gate), ERROR_REFUSED);
    gate->envelope.salt.len++;
    assert_int_equal(open_it(gate), 0);
}

static void a_sealed_answer_is_no_request_and_ends_with_its_key(void **state)
{
    struct gate *gate = *state;
    struct envelope_way way = {.id = {{1, 2, 3}}, .key_id = "desk-1"};
    struct blob reply = {(const uint8_t *)"yes", 3}, out;
    assert_int_equal(envelope_close(&gate->arena, &gate->known, "cg", &way, reply, &out), 0);
    Whistle__V1__Envelope *answer =
        (void *)codec_unpack(&gate->arena, &whistle__v1__envelope__descriptor, out.bytes, out.length);
    assert_non_null(answer);
    assert_int_equal(answer->suite, SUITE_SEALED);
    assert_int_equal(answer->sealed.len, 3 + SUITE_TAG);
    answer->principal = "cg"; // sent back as a question
    answer->key_id = "desk-1";
    gate->envelope = *answer;
    gate->peer.local = false;
    assert_int_equal(open_it(gate), ERROR_REFUSED);
    struct keyring_fault fault;
    keyring_destroy(gate->keys);
    assert_int_equal(keyring_parse("keyring", "", 0, &gate->keys, &fault), 0);
    gate->known.keys = gate->keys;
    assert_int_equal(envelope_close(&gate->arena, &gate->known, "cg", &way, reply, &out), ERROR_REFUSED);
}

static void names_that_no_key_has_are_refused_whatever_their_length(void **state)
{
    struct gate *gate = *state;
    char longest[4000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    seal_it(gate, "cg", "desk-1", 1);
    gate->envelope.principal = longest;
    assert_int_equal(open_it(gate), ERROR_REFUSED);
    gate->envelope.principal = "cg";
    gate->envelope.key_id = longest;
    assert_int_equal(open_it(gate), ERROR_REFUSED);
}

static void memory_may_give_out(void **state)
{
    struct gate *gate = *state;
    struct blob bytes;
    assert_int_equal(codec_pack(&gate->arena, &gate->envelope.base, &bytes), 0);
    for (size_t most = 1; most < 4096; most += 16) {
        struct arena small;
        arena_init(&small, most);
        int rc = envelope_open(&small, &gate->known, &gate->peer, bytes.bytes, bytes.length, &gate->opened);
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
    struct envelope_way way = {.id = {{9, 8}}};
    struct blob reply = {(const uint8_t *)"yes", 3}, out;
    assert_int_equal(envelope_close(&gate->arena, &gate->known, "cg", &way, reply, &out), 0);
    Whistle__V1__Envelope *envelope =
        (void *)codec_unpack(&gate->arena, &whistle__v1__envelope__descriptor, out.bytes, out.length);
    assert_non_null(envelope);
    assert_memory_equal(envelope->id.data, way.id.bytes, 16);
    assert_int_equal(envelope->version, ENVELOPE_VERSION);
    assert_memory_equal(envelope->plain.data, "yes", 3);
    assert_int_equal(envelope_close_plain(&gate->arena, (struct blob){0}, &out), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_user_of_the_rulebook_speaks),
        TEST(strangers_are_told_one_thing),
        TEST(plain_tcp_is_believed_when_it_is_said_to_be),
        TEST(what_is_no_envelope_is_a_stranger_s_too),
        TEST(a_seal_is_believed_on_any_socket),
        TEST(a_seal_that_does_not_fit_is_a_stranger_s),
        TEST(no_bit_of_a_sealed_message_can_be_changed),
        TEST(a_sealed_answer_is_no_request_and_ends_with_its_key),
        TEST(names_that_no_key_has_are_refused_whatever_their_length),
        TEST(memory_may_give_out),
        TEST(a_reply_repeats_the_id),
    };
    return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
