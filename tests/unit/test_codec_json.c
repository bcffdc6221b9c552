// layer: codec
// A message as JSON and back: every field of every message that an export has, byte for byte; and what is no
// such message is refused by the field that is wrong.
#include "base/blob.h"
#include "codec/codec.h"
#include "codec/json.h"
#include "journal.pb-c.h"
#include "whistle.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// ---- a message with all its fields --------------------------------------------------------------

static ProtobufCMessage *fill(struct arena *arena, const ProtobufCMessageDescriptor *type, uint64_t seed);

static size_t width(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    default:
        return 4;
    }
}

static void fill_value(struct arena *arena, const ProtobufCFieldDescriptor *field, void *at, uint64_t seed)
{
    static const double numbers[] = {30.925713456789012, -0.1, 1e-300, 113.0, 5e-324};
    const ProtobufCEnumDescriptor *words = field->descriptor;
    uint64_t number = seed % 3 ? seed * UINT64_C(0x9e3779b97f4a7c15) : UINT64_MAX - seed;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(char **)at = arena_printf(arena, "文字 \"%llu\" \\ 🚦 %s", (unsigned long long)seed, field->name);
        return;
    case PROTOBUF_C_TYPE_BYTES:
        *(ProtobufCBinaryData *)at = (ProtobufCBinaryData){8, arena_memdup(arena, &number, 8)};
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)at = fill(arena, field->descriptor, seed + 1);
        return;
    case PROTOBUF_C_TYPE_ENUM:
        *(int *)at = seed % 7 ? words->values[seed % words->n_values].value : 4711; // a newer program's
        return;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = 1;
        return;
    case PROTOBUF_C_TYPE_DOUBLE:
        *(double *)at = numbers[seed % 5];
        return;
    default:
        memcpy(at, &number, width(field));
    }
}

static ProtobufCMessage *fill(struct arena *arena, const ProtobufCMessageDescriptor *type, uint64_t seed)
{
    ProtobufCMessage *message = arena_alloc(arena, type->sizeof_message);
    type->message_init(message);
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        char *at = (char *)message + field->offset;
        if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            uint32_t *is = (uint32_t *)(void *)((char *)message + field->quantifier_offset);
            if (*is || (i + seed) % 2)
                continue;
            *is = field->id;
        }
        if (field->label != PROTOBUF_C_LABEL_REPEATED) {
            fill_value(arena, field, at, seed + i);
            continue;
        }
        *(size_t *)(void *)((char *)message + field->quantifier_offset) = 2;
        char *items = arena_array(arena, 2, width(field));
        fill_value(arena, field, items, seed + i);
        fill_value(arena, field, items + width(field), seed + i + 1);
        *(char **)(void *)at = items;
    }
    return message;
}

// ---- there and back -----------------------------------------------------------------------------

static json_t *through_text(json_t *json)
{
    json_error_t fault;
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_t *read = json_loads(text, JSON_REJECT_DUPLICATES, &fault);
    assert_non_null(read);
    free(text);
    json_decref(json);
    return read;
}

static void comes_back(const ProtobufCMessageDescriptor *type, uint64_t seed)
{
    struct arena arena;
    struct blob before, after;
    const char *field;
    arena_init(&arena, 0);
    const ProtobufCMessage *message = fill(&arena, type, seed);
    assert_int_equal(codec_pack(&arena, message, &before), 0);
    json_t *json = codec_to_json(message);
    assert_non_null(json);
    json = through_text(json);
    const ProtobufCMessage *again = codec_from_json(&arena, type, json, &field);
    if (!again)
        fail_msg("%s: %s", type->name, field ? field : "?");
    assert_int_equal(codec_pack(&arena, again, &after), 0);
    assert_int_equal(before.length, after.length);
    assert_memory_equal(before.bytes, after.bytes, before.length);
    json_decref(json);
    arena_fini(&arena);
}

static void every_field_of_a_record_comes_back(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        comes_back(&whistle__journal__v1__record__descriptor, seed);
        comes_back(&whistle__journal__v1__private__descriptor, seed);
        comes_back(&whistle__journal__v1__rulebook_files__descriptor, seed);
        comes_back(&whistle__v1__case__descriptor, seed);
        comes_back(&whistle__v1__request__descriptor, seed); // has a choice of operations
    }
}

static void what_is_not_set_is_left_out(void **state)
{
    Whistle__V1__Event event = WHISTLE__V1__EVENT__INIT;
    (void)state;
    json_t *json = codec_to_json(&event.base);
    assert_int_equal(json_object_size(json), 0);
    json_decref(json);
    event.seq = 7;
    event.kind = WHISTLE__V1__EVENT_KIND__EVENT_KIND_FILED;
    json = codec_to_json(&event.base);
    assert_int_equal(json_object_size(json), 2);
    assert_int_equal(json_integer_value(json_object_get(json, "seq")), 7);
    assert_string_equal(json_string_value(json_object_get(json, "kind")), "EVENT_KIND_FILED");
    json_decref(json);
}

// A text that was cut within a character, or a number that is none.
static void what_json_cannot_tell_gives_nothing(void **state)
{
    Whistle__V1__Event event = WHISTLE__V1__EVENT__INIT;
    Whistle__V1__Position position = WHISTLE__V1__POSITION__INIT;
    (void)state;
    event.detail = (char *)"\xe6\x96";
    assert_null(codec_to_json(&event.base));
    event.detail = (char *)"";
    event.position = &position;
    position.latitude = strtod("nan", NULL);
    assert_null(codec_to_json(&event.base));
}

static void what_is_no_such_message_is_refused_by_its_field(void **state)
{
    static const struct {
        const char *text, *field;
    } wrong[] = {
        {"{\"seqq\": 1}", "seqq"},
        {"{\"seq\": \"1\"}", "seq"},
        {"{\"seq\": 1.5}", "seq"},
        {"{\"head_count\": 4294967296}", "head_count"},
        {"{\"head_count\": -1}", "head_count"},
        {"{\"local_day\": 2147483648}", "local_day"},
        {"{\"kind\": \"EVENT_KIND_DANCED\"}", "kind"},
        {"{\"late\": 1}", "late"},
        {"{\"number\": 7}", "number"},
        {"{\"flags\": \"x\"}", "flags"},
        {"{\"flags\": [\"x\", 1]}", "flags"},
        {"{\"rule\": {\"rulebook\": \"0g\"}}", "rulebook"},
        {"{\"rule\": {\"rulebook\": \"012\"}}", "rulebook"},
        {"{\"rule\": []}", "rule"},
        {"{\"position\": {\"latitude\": \"north\"}}", "latitude"},
        {"[]", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct arena arena;
        const char *field = NULL;
        arena_init(&arena, 0);
        json_t *json = json_loads(wrong[i].text, 0, NULL);
        assert_non_null(json);
        assert_null(codec_from_json(&arena, &whistle__v1__event__descriptor, json, &field));
        assert_true(wrong[i].field ? field && strcmp(field, wrong[i].field) == 0 : !field);
        json_decref(json);
        arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_a_record_comes_back),
        cmocka_unit_test(what_is_not_set_is_left_out),
        cmocka_unit_test(what_json_cannot_tell_gives_nothing),
        cmocka_unit_test(what_is_no_such_message_is_refused_by_its_field),
    };
    return cmocka_run_group_tests_name("codec_json", tests, NULL, NULL);
}
