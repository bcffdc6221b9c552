// layer: codec
// The codec: its tables against the .proto files field by field, both directions lossless, and what is
// checked before a message is unpacked.
#include "base/error.h"
#include "base/text.h"
#include "codec/messages.h"
#include "codec/wire.h"
#include "core/decide.h"
#include "whistle.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// ---- the tables ---------------------------------------------------------------------------------

// Fields of a message that the core does not know, since they are personal.
static const struct {
    const struct codec_message *message;
    const char *field;
} personal[] = {
    {&codec_whistle, "personal"},
    {&codec_act, "text"},
    {&codec_act, "person"},
    {&codec_act, "phone"},
};

static bool is_personal(const struct codec_message *message, const char *field)
{
    for (size_t i = 0; i < sizeof personal / sizeof personal[0]; i++)
        if (personal[i].message == message && text_same(personal[i].field, field))
            return true;
    return false;
}

static void every_field_of_the_wire_has_exactly_one_line(void **state)
{
    (void)state;
    for (const struct codec_message *const *at = codec_messages; *at; at++) {
        const ProtobufCMessageDescriptor *wire = (*at)->descriptor;
        for (unsigned i = 0; i < wire->n_fields; i++) {
            size_t lines = 0;
            for (size_t j = 0; j < (*at)->count; j++)
                lines += text_same((*at)->fields[j].name, wire->fields[i].name);
            if (lines != !is_personal(*at, wire->fields[i].name))
                fail_msg("%s.%s has %zu lines", wire->name, wire->fields[i].name, lines);
        }
        assert_true((*at)->count <= wire->n_fields);
    }
}

static bool fits(const struct codec_field *field, const ProtobufCFieldDescriptor *wire)
{
    bool many = field->type == CODEC_TEXTS || field->type == CODEC_MANY;
    if (many != (wire->label == PROTOBUF_C_LABEL_REPEATED))
        return false;
    switch (field->type) {
    case CODEC_TEXT:
    case CODEC_TEXTS:
        return wire->type == PROTOBUF_C_TYPE_STRING;
    case CODEC_BLOB:
        return wire->type == PROTOBUF_C_TYPE_BYTES;
    case CODEC_WORD:
        return wire->type == PROTOBUF_C_TYPE_INT32 || wire->type == PROTOBUF_C_TYPE_UINT32 ||
               wire->type == PROTOBUF_C_TYPE_ENUM;
    case CODEC_LONG:
        return wire->type == PROTOBUF_C_TYPE_INT64 || wire->type == PROTOBUF_C_TYPE_UINT64;
    case CODEC_BOOL:
        return wire->type == PROTOBUF_C_TYPE_BOOL;
    case CODEC_DOUBLE:
        return wire->type == PROTOBUF_C_TYPE_DOUBLE;
    case CODEC_ONE:
    case CODEC_IN:
    case CODEC_MANY:
        return wire->type == PROTOBUF_C_TYPE_MESSAGE && field->sub &&
               wire->descriptor == field->sub->descriptor;
    }
    return false;
}

static size_t width(const struct codec_field *field)
{
    switch (field->type) {
    case CODEC_BLOB:
        return sizeof(struct blob);
    case CODEC_WORD:
        return 4;
    case CODEC_BOOL:
        return sizeof(bool);
    case CODEC_IN:
        return field->sub->size;
    default:
        return 8;
    }
}

static void every_line_fits_the_wire_and_has_its_own_place(void **state)
{
    (void)state;
    for (const struct codec_message *const *at = codec_messages; *at; at++) {
        unsigned char used[1024] = {0};
        assert_true((*at)->size <= sizeof used);
        for (size_t i = 0; i < (*at)->count; i++) {
            const struct codec_field *field = &(*at)->fields[i];
            const ProtobufCFieldDescriptor *wire =
                protobuf_c_message_descriptor_get_field_by_name((*at)->descriptor, field->name);
            if (!wire || !fits(field, wire))
                fail_msg("%s.%s", (*at)->descriptor->name, field->name);
            assert_true(field->offset + width(field) <= (*at)->size);
            for (size_t j = 0; j < width(field); j++)
                assert_int_equal(used[field->offset + j]++, 0);
            if (wire->label == PROTOBUF_C_LABEL_REPEATED)
                for (size_t j = 0; j < sizeof(size_t); j++)
                    assert_int_equal(used[field->count_offset + j]++, 0);
        }
    }
}

// What the core's lists say stands in the .proto files under the same number.
static void words_have_the_numbers_of_the_wire(void **state)
{
    (void)state;
    static const struct {
        const ProtobufCEnumDescriptor *wire;
        enum word_list list;
    } table[] = {
        {&whistle__v1__kind__descriptor, WORDS_KIND},
        {&whistle__v1__nature__descriptor, WORDS_NATURE},
        {&whistle__v1__case_state__descriptor, WORDS_CASE_STATE},
        {&whistle__v1__summons_state__descriptor, WORDS_SUMMONS_STATE},
        {&whistle__v1__role__descriptor, WORDS_ROLE},
        {&whistle__v1__verdict__descriptor, WORDS_VERDICT},
        {&whistle__v1__verb__descriptor, WORDS_VERB},
        {&whistle__v1__event_kind__descriptor, WORDS_EVENT_KIND},
        {&whistle__v1__why__descriptor, WORDS_WHY},
        {&whistle__v1__datum__descriptor, WORDS_DATUM},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        for (unsigned j = 0; j < table[i].wire->n_values; j++) {
            const ProtobufCEnumValue *value = &table[i].wire->values[j];
            const char *name = word_name(table[i].list, value->value);
            size_t length = strlen(value->name), tail = strlen(name);
            if (value->value == 0)
                continue;
            if (tail > length || strcasecmp(value->name + length - tail, name) != 0)
                fail_msg("%s is %s", value->name, name);
        }
}

static void stages_and_measures_too(void **state)
{
    (void)state;
    for (unsigned i = 1; i < whistle__v1__stage__descriptor.n_values; i++) {
        const ProtobufCEnumValue *value = &whistle__v1__stage__descriptor.values[i];
        assert_int_equal(strcasecmp(value->name + strlen("STAGE_"), stage_name((enum stage)value->value)), 0);
    }
    for (unsigned i = 1; i < whistle__v1__measure__descriptor.n_values; i++) {
        const ProtobufCEnumValue *value = &whistle__v1__measure__descriptor.values[i];
        char name[40] = {0};
        for (size_t j = strlen("MEASURE_"); value->name[j]; j++)
            name[j - strlen("MEASURE_")] = value->name[j] == '_' ? '-' : value->name[j];
        assert_int_equal(strcasecmp(name, measure_name((enum measure)value->value)), 0);
    }
}

// ---- both directions ----------------------------------------------------------------------------

static uint32_t seed;

static uint32_t below(uint32_t bound)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % bound;
}

static const char *some_text(struct arena *arena)
{
    static const char *const texts[] = {NULL, "a", "向阳社区", "two\nlines",
                                        "a longer text that is no code at all"};
    uint32_t which = below(6);
    return which < 5 ? texts[which] : arena_printf(arena, "%u", below(1000000));
}

static void fill(struct arena *arena, const struct codec_message *message, void *core);

static void fill_many(struct arena *arena, const struct codec_field *field, char *core)
{
    size_t count = below(4), size = field->sub ? field->sub->size : sizeof(char *);
    char *items = count ? arena_array(arena, count, size) : NULL;
    for (size_t i = 0; i < count; i++)
        if (field->sub)
            fill(arena, field->sub, items + i * size);
        else
            ((const char **)(void *)items)[i] = "flag";
    memcpy(core + field->offset, &items, sizeof items);
    memcpy(core + field->count_offset, &count, sizeof count);
}

static void fill_field(struct arena *arena, const struct codec_field *field, char *core)
{
    char *at = core + field->offset;
    uint64_t number = below(3) ? below(1000) : ((uint64_t)below(1u << 24) << 40) | below(1u << 24);
    double real = below(180000) / 1000.0;
    const char *text = some_text(arena);
    struct blob blob = {(const uint8_t *)text, text ? strlen(text) : 0};
    switch (field->type) {
    case CODEC_TEXT:
        memcpy(at, &text, sizeof text);
        return;
    case CODEC_BLOB:
        memcpy(at, &blob, sizeof blob);
        return;
    case CODEC_WORD:
        memcpy(at, &number, 4);
        return;
    case CODEC_LONG:
        memcpy(at, &number, 8);
        return;
    case CODEC_BOOL:
        *(bool *)at = below(2);
        return;
    case CODEC_DOUBLE:
        memcpy(at, &real, sizeof real);
        return;
    case CODEC_IN:
        fill(arena, field->sub, at);
        return;
    case CODEC_ONE: {
        void *one = below(2) ? arena_alloc(arena, field->sub->size) : NULL;
        if (one)
            fill(arena, field->sub, one);
        memcpy(at, &one, sizeof one);
        return;
    }
    case CODEC_TEXTS:
    case CODEC_MANY:
        fill_many(arena, field, core);
        return;
    }
}

static void fill(struct arena *arena, const struct codec_message *message, void *core)
{
    for (size_t i = 0; i < message->count; i++)
        fill_field(arena, &message->fields[i], core);
}

static bool same(const struct codec_message *message, const void *a, const void *b);

static bool same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && text_same(a, b);
}

static bool same_many(const struct codec_field *field, const char *a, const char *b)
{
    size_t counts[2];
    const char *items[2];
    memcpy(&counts[0], a + field->count_offset, sizeof counts[0]);
    memcpy(&counts[1], b + field->count_offset, sizeof counts[1]);
    memcpy(&items[0], a + field->offset, sizeof items[0]);
    memcpy(&items[1], b + field->offset, sizeof items[1]);
    for (size_t i = 0; i < counts[0] && counts[0] == counts[1]; i++)
        if (field->sub ? !same(field->sub, items[0] + i * field->sub->size, items[1] + i * field->sub->size)
                       : !same_text(((const char *const *)(const void *)items[0])[i],
                                    ((const char *const *)(const void *)items[1])[i]))
            return false;
    return counts[0] == counts[1];
}

static bool same_field(const struct codec_field *field, const char *a, const char *b)
{
    const void *ones[2];
    struct blob blobs[2];
    memcpy(&ones[0], a + field->offset,
           field->type == CODEC_WORD || field->type == CODEC_BOOL ? 0 : sizeof ones[0]);
    memcpy(&ones[1], b + field->offset,
           field->type == CODEC_WORD || field->type == CODEC_BOOL ? 0 : sizeof ones[1]);
    switch (field->type) {
    case CODEC_TEXT:
        return same_text(ones[0], ones[1]);
    case CODEC_BLOB:
        memcpy(&blobs[0], a + field->offset, sizeof blobs[0]);
        memcpy(&blobs[1], b + field->offset, sizeof blobs[1]);
        return blobs[0].length == blobs[1].length &&
               (!blobs[0].length || memcmp(blobs[0].bytes, blobs[1].bytes, blobs[0].length) == 0);
    case CODEC_IN:
        return same(field->sub, a + field->offset, b + field->offset);
    case CODEC_ONE:
        return (!ones[0] && !ones[1]) || (ones[0] && ones[1] && same(field->sub, ones[0], ones[1]));
    case CODEC_TEXTS:
    case CODEC_MANY:
        return same_many(field, a, b);
    default:
        return memcmp(a + field->offset, b + field->offset, width(field)) == 0;
    }
}

static bool same(const struct codec_message *message, const void *a, const void *b)
{
    for (size_t i = 0; i < message->count; i++)
        if (!same_field(&message->fields[i], a, b)) {
            print_error("%s.%s\n", message->descriptor->name, message->fields[i].name);
            return false;
        }
    return true;
}

static void whatever_a_struct_holds_comes_back(void **state)
{
    (void)state;
    for (seed = 1; seed < 2000; seed += 7)
        for (const struct codec_message *const *at = codec_messages; *at; at++) {
            struct arena arena;
            struct blob bytes, again;
            uint32_t kept = seed;
            arena_init(&arena, 0);
            void *core = arena_alloc(&arena, (*at)->size), *back = arena_alloc(&arena, (*at)->size);
            fill(&arena, *at, core);
            assert_int_equal(codec_encode(&arena, *at, core, &bytes), 0);
            assert_int_equal(codec_decode(&arena, *at, bytes, back), 0);
            assert_true(same(*at, core, back));
            assert_int_equal(codec_encode(&arena, *at, back, &again), 0);
            assert_int_equal(again.length, bytes.length);
            assert_memory_equal(again.bytes, bytes.bytes, bytes.length);
            arena_fini(&arena);
            seed = kept;
        }
}

// What lies between the fields used to count: a case read back from the journal was not the case it had been.
static void what_lies_between_the_fields_is_not_content(void **state)
{
    (void)state;
    struct arena arena;
    struct clock_rung clean = {.id = 6, .rung = {.id = 6, .acts = ACT_RECORD}}, dirty;
    struct blob a, b;
    arena_init(&arena, 0);
    memset(&dirty, 0xbe, sizeof dirty);
    dirty.id = 6;
    dirty.turn = 0;
    dirty.at_ms = dirty.fired_ms = 0;
    struct rung *rung = &dirty.rung;
    rung->id = 6;
    rung->when = clean.rung.when;
    rung->share = 0;
    rung->by.measure = rung->every.measure = rung->limit.measure = MEASURE_NONE;
    rung->by.amount = rung->every.amount = rung->limit.amount = 0;
    rung->cap = 0;
    rung->in_hours = rung->urgent = false;
    rung->acts = ACT_RECORD;
    rung->to = NULL;
    rung->to_count = 0;
    rung->ladder = NULL;
    assert_int_equal(codec_encode(&arena, &codec_clock_rung, &clean, &a), 0);
    assert_int_equal(codec_encode(&arena, &codec_clock_rung, &dirty, &b), 0);
    assert_int_equal(a.length, b.length);
    assert_memory_equal(a.bytes, b.bytes, a.length);
    arena_fini(&arena);
}

static void memory_that_runs_out_is_said_in_both_directions(void **state)
{
    (void)state;
    struct arena whole;
    struct event event = {0};
    struct blob bytes;
    arena_init(&whole, 0);
    seed = 4711;
    fill(&whole, &codec_event, &event);
    assert_int_equal(codec_encode(&whole, &codec_event, &event, &bytes), 0);
    int encoded = ERROR_NO_MEMORY, decoded = ERROR_NO_MEMORY;
    for (size_t most = 8; encoded || decoded; most += 8 + most / 32) {
        struct arena arena;
        struct blob out;
        struct event back;
        arena_init(&arena, most);
        encoded = codec_encode(&arena, &codec_event, &event, &out);
        arena_fini(&arena);
        arena_init(&arena, most);
        decoded = codec_decode(&arena, &codec_event, bytes, &back);
        arena_fini(&arena);
        assert_true((encoded == 0 || encoded == ERROR_NO_MEMORY) &&
                    (decoded == 0 || decoded == ERROR_NO_MEMORY));
        assert_true(most < 1 << 20);
    }
    arena_fini(&whole);
}

static void bytes_that_are_no_message_are_corrupt(void **state)
{
    (void)state;
    static const uint8_t cut[] = {0x2a, 0x7f, 'a'};
    struct arena arena;
    struct event event;
    arena_init(&arena, 0);
    assert_int_equal(codec_decode(&arena, &codec_event, (struct blob){cut, sizeof cut}, &event),
                     ERROR_CORRUPT);
    arena_fini(&arena);
}

// ---- what a newer peer says ---------------------------------------------------------------------

// Field 1000 as a number and field 1001 as text.
static const uint8_t newer[] = {0xc0, 0x3e, 0x2a, 0xca, 0x3e, 0x03, 'n', 'e', 'w'};

static struct blob with_newer(struct arena *arena, struct blob bytes)
{
    uint8_t *longer = arena_alloc(arena, bytes.length + sizeof newer);
    memcpy(longer, bytes.bytes, bytes.length);
    memcpy(longer + bytes.length, newer, sizeof newer);
    return (struct blob){longer, bytes.length + sizeof newer};
}

static bool holds_newer(struct blob bytes)
{
    return memmem(bytes.bytes, bytes.length, newer, sizeof newer) != NULL;
}

static void unknown_fields_of_a_whistle_and_of_an_event_are_kept(void **state)
{
    (void)state;
    struct arena arena;
    struct blob bytes, back;
    struct whistle whistle = {.kind = KIND_JOINT, .title = "t"}, read;
    struct event event = {.seq = 7, .kind = EVENT_FILED, .whistle = &read}, event_read;
    arena_init(&arena, 0);
    assert_int_equal(codec_encode(&arena, &codec_whistle, &whistle, &bytes), 0);
    assert_int_equal(codec_decode(&arena, &codec_whistle, with_newer(&arena, bytes), &read), 0);
    assert_string_equal(read.title, "t");
    assert_int_equal(codec_encode(&arena, &codec_whistle, &read, &back), 0);
    assert_true(holds_newer(back));
    assert_int_equal(codec_encode(&arena, &codec_event, &event, &bytes), 0); // in the whistle of an event
    assert_true(holds_newer(bytes));
    event.whistle = NULL;
    assert_int_equal(codec_encode(&arena, &codec_event, &event, &bytes), 0);
    assert_int_equal(codec_decode(&arena, &codec_event, with_newer(&arena, bytes), &event_read), 0);
    assert_int_equal(codec_encode(&arena, &codec_event, &event_read, &back), 0);
    assert_true(holds_newer(back));
    assert_int_equal(codec_decode(&arena, &codec_event, back, &event_read), 0); // and again
    assert_int_equal(event_read.seq, 7);
    assert_int_equal(event_read.unknown.length, sizeof newer);
    arena_fini(&arena);
}

static void values_of_a_newer_enumeration_are_kept(void **state)
{
    (void)state;
    struct arena arena;
    struct blob bytes;
    struct event event = {.kind = (enum event_kind)99,
                          .state = (enum case_state)77,
                          .verdict = (enum verdict)55},
                 read;
    arena_init(&arena, 0);
    assert_int_equal(codec_encode(&arena, &codec_event, &event, &bytes), 0);
    assert_int_equal(codec_decode(&arena, &codec_event, bytes, &read), 0);
    assert_int_equal(read.kind, 99);
    assert_int_equal(read.state, 77);
    assert_int_equal(read.verdict, 55);
    assert_string_equal(word_name(WORDS_EVENT_KIND, (int)read.kind), "unknown");
    arena_fini(&arena);
}

// ---- before it is unpacked ----------------------------------------------------------------------

static void broken_bytes_are_refused_with_their_field(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        int error;
        const char *field;
    } table[] = {
        {"", 0, 0, NULL},
        {"\x12\x02"
         "ab",
         4, 0, NULL},
        {"\x12\x03"
         "\xe5\x93\xa8",
         5, 0, NULL}, // 哨
        {"\x12\x03"
         "a\tb",
         5, ERROR_BAD_TEXT, "category"}, // tab and line feed may be in `text`
        {"\x12\x03"
         "a\0b",
         5, ERROR_BAD_TEXT, "category"}, // NUL
        {"\x12\x02"
         "\xc3\x28",
         4, ERROR_BAD_TEXT, "category"}, // ill-formed
        {"\x12\x03"
         "\xed\xa0\x80",
         5, ERROR_BAD_TEXT, "category"}, // a surrogate
        {"\x12\x02"
         "\xc0\x80",
         4, ERROR_BAD_TEXT, "category"}, // overlong NUL
        {"\x4a\x02"
         "a\x1b",
         4, ERROR_BAD_TEXT, "title"}, // escape
        {"\x4a\x02"
         "a\x7f",
         4, ERROR_BAD_TEXT, "title"},
        {"\x4a\x03"
         "\xe2\x80\xae",
         5, ERROR_BAD_TEXT, "title"}, // right-to-left override
        {"\x52\x04\x0a\x02"
         "a\x01",
         6, ERROR_BAD_TEXT, "name"}, // in Personal
        {"\x12\x05"
         "ab",
         4, ERROR_MALFORMED, "category"}, // longer than the message
        {"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, ERROR_MALFORMED, "category"},
        {"\x12", 1, ERROR_MALFORMED, "category"}, // no length
        {"\x52\x03\x0a\x05"
         "a",
         5, ERROR_MALFORMED, "name"},         // inner length past its message
        {"\x08", 1, ERROR_MALFORMED, "kind"}, // no number behind the key
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12, ERROR_MALFORMED, "kind"}, // an endless one
        {"\x42\x05\x09"
         "1234",
         7, ERROR_MALFORMED, "latitude"}, // half a double
        {"\x80", 1, ERROR_MALFORMED, NULL},
        {"\x00\x01", 2, ERROR_MALFORMED, NULL},       // field 0
        {"\x13\x14", 2, ERROR_MALFORMED, "category"}, // a group
        {"\xc0\x3e\x2a", 3, 0, NULL},                 // a newer field
        {"\xc5\x3e"
         "123",
         5, ERROR_MALFORMED, NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct wire_fault fault = {"untouched"};
        int error = wire_check(&whistle__v1__whistle__descriptor, (const uint8_t *)table[i].bytes,
                               table[i].length, &fault);
        if (error != table[i].error || !text_same(fault.field, table[i].field))
            fail_msg("%zu: %s at %s", i, error_name(error), fault.field ? fault.field : "-");
        assert_int_equal(wire_check(&whistle__v1__whistle__descriptor, (const uint8_t *)table[i].bytes,
                                    table[i].length, NULL),
                         table[i].error);
    }
}

// A title on two lines printed as two cases in a list.
static void a_line_feed_stands_in_text_alone(void **state)
{
    (void)state;
    struct wire_fault fault;
    static const uint8_t title[] = "\x4a\x03"
                                   "a\nb",
                         source[] = "\x62\x03"
                                    "a\tb",
                         address[] = "\x52\x05\x1a\x03"
                                     "a\nb",
                         text[] = "\x52\x05\x22\x03"
                                  "a\nb";
    const ProtobufCMessageDescriptor *whistle = &whistle__v1__whistle__descriptor;
    assert_int_equal(wire_check(whistle, title, sizeof title - 1, &fault), ERROR_BAD_TEXT);
    assert_string_equal(fault.field, "title");
    assert_int_equal(wire_check(whistle, source, sizeof source - 1, &fault), ERROR_BAD_TEXT);
    assert_string_equal(fault.field, "source");
    assert_int_equal(wire_check(whistle, address, sizeof address - 1, &fault), ERROR_BAD_TEXT);
    assert_string_equal(fault.field, "address");
    assert_int_equal(wire_check(whistle, text, sizeof text - 1, &fault), 0);
}

static void a_message_of_too_many_parts_is_refused(void **state)
{
    (void)state;
    struct wire_fault fault;
    uint8_t empty[3 * (WIRE_MAX_PARTS + 1)];
    for (size_t i = 0; i < sizeof empty; i += 3)
        memcpy(empty + i, "\x8a\x01\x00", 3); // attachments (17), empty
    assert_int_equal(wire_check(&whistle__v1__whistle__descriptor, empty, 3 * WIRE_MAX_PARTS, &fault), 0);
    assert_int_equal(wire_check(&whistle__v1__whistle__descriptor, empty, sizeof empty, &fault),
                     ERROR_MALFORMED);
    assert_string_equal(fault.field, "attachments");
}

// Whatever the bytes: what the check lets through either unpacks or is refused, and never brings anything
// down.
static void any_bytes_are_checked_and_unpacked_without_harm(void **state)
{
    (void)state;
    struct arena arena;
    struct event event = {0};
    struct blob bytes;
    arena_init(&arena, 0);
    seed = 99;
    fill(&arena, &codec_event, &event);
    assert_int_equal(codec_encode(&arena, &codec_event, &event, &bytes), 0);
    for (int i = 0; i < 20000; i++) {
        struct arena small;
        uint8_t *copy = malloc(bytes.length + 1);
        size_t length = below(3) ? bytes.length : below((uint32_t)bytes.length + 1);
        memcpy(copy, bytes.bytes, bytes.length);
        for (uint32_t flips = 1 + below(4); flips > 0; flips--)
            copy[below((uint32_t)bytes.length)] = (uint8_t)below(256);
        arena_init(&small, 1 << 20);
        if (!wire_check(&whistle__v1__event__descriptor, copy, length, NULL)) {
            struct event read;
            int error = codec_decode(&small, &codec_event, (struct blob){copy, length}, &read);
            assert_true(error == 0 || error == ERROR_CORRUPT || error == ERROR_NO_MEMORY);
        }
        arena_fini(&small);
        free(copy);
    }
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_the_wire_has_exactly_one_line),
        cmocka_unit_test(every_line_fits_the_wire_and_has_its_own_place),
        cmocka_unit_test(words_have_the_numbers_of_the_wire),
        cmocka_unit_test(stages_and_measures_too),
        cmocka_unit_test(whatever_a_struct_holds_comes_back),
        cmocka_unit_test(what_lies_between_the_fields_is_not_content),
        cmocka_unit_test(memory_that_runs_out_is_said_in_both_directions),
        cmocka_unit_test(bytes_that_are_no_message_are_corrupt),
        cmocka_unit_test(unknown_fields_of_a_whistle_and_of_an_event_are_kept),
        cmocka_unit_test(values_of_a_newer_enumeration_are_kept),
        cmocka_unit_test(broken_bytes_are_refused_with_their_field),
        cmocka_unit_test(a_line_feed_stands_in_text_alone),
        cmocka_unit_test(a_message_of_too_many_parts_is_refused),
        cmocka_unit_test(any_bytes_are_checked_and_unpacked_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
