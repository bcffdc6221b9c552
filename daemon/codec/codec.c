#include "codec/codec.h"

#include "base/error.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

static const char *member(const void *base, size_t offset)
{
    return (const char *)base + offset;
}

void codec_bind(const struct codec_message *message)
{
    for (size_t i = 0; i < message->count; i++) {
        message->wire[i] =
            protobuf_c_message_descriptor_get_field_by_name(message->descriptor, message->fields[i].name);
        assert(message->wire[i]);
    }
}

static bool all_zero(const void *bytes, size_t length)
{
    const char *at = bytes;
    return length == 0 || (at[0] == 0 && memcmp(at, at + 1, length - 1) == 0);
}

// How many bytes say whether a field is there: the field's own, or those of its count.
static size_t width_of(const struct codec_field *field)
{
    switch (field->type) {
    case CODEC_WORD:
        return sizeof(uint32_t);
    case CODEC_BOOL:
        return sizeof(bool);
    case CODEC_BLOB:
        return sizeof(struct blob);
    case CODEC_LONG:
    case CODEC_DOUBLE:
        return sizeof(uint64_t);
    default:
        return sizeof(void *);
    }
}

// By its fields, since what lies between them may be anything.
static bool is_empty(const struct codec_message *message, const void *core)
{
    for (size_t i = 0; i < message->count; i++) {
        const struct codec_field *field = &message->fields[i];
        bool counted = field->type == CODEC_MANY || field->type == CODEC_TEXTS;
        const void *at = member(core, counted ? field->count_offset : field->offset);
        if (field->type == CODEC_IN ? !is_empty(field->sub, at) : !all_zero(at, width_of(field)))
            return false;
    }
    return message->unknown == CODEC_NO_UNKNOWN ||
           all_zero(member(core, message->unknown), sizeof(struct blob));
}

// ---- core → protobuf ----------------------------------------------------------------------------

static bool make_many(struct arena *arena, const struct codec_field *field, const void *core, void *target,
                      size_t *count)
{
    const char *items;
    memcpy(&items, member(core, field->offset), sizeof items);
    memcpy(count, member(core, field->count_offset), sizeof *count);
    ProtobufCMessage **made = arena_array(arena, *count + 1, sizeof *made);
    for (size_t i = 0; made && i < *count; i++) {
        made[i] = codec_message_make(arena, field->sub, items + i * field->sub->size);
        if (!made[i])
            return false;
    }
    memcpy(target, &made, sizeof made);
    return made != NULL;
}

static bool make_one(struct arena *arena, const struct codec_field *field, const void *core, void *target)
{
    const void *item = member(core, field->offset);
    if (field->type == CODEC_ONE)
        memcpy(&item, member(core, field->offset), sizeof item);
    if (!item || (field->type == CODEC_IN && is_empty(field->sub, item)))
        return true;
    ProtobufCMessage *made = codec_message_make(arena, field->sub, item);
    memcpy(target, &made, sizeof made);
    return made != NULL;
}

static void make_blob(const struct codec_field *field, const void *core, void *target)
{
    struct blob blob;
    memcpy(&blob, member(core, field->offset), sizeof blob);
    ProtobufCBinaryData data = {blob.length, (uint8_t *)blob.bytes};
    memcpy(target, &data, sizeof data);
}

static bool make_field(struct arena *arena, const struct codec_field *field,
                       const ProtobufCFieldDescriptor *wire, const void *core, ProtobufCMessage *made)
{
    char *target = (char *)made + wire->offset;
    const char *source = member(core, field->offset);
    size_t *count = (size_t *)(void *)((char *)made + wire->quantifier_offset);
    switch (field->type) {
    case CODEC_TEXT:
        if (!all_zero(source, sizeof(char *)))
            memcpy((void *)target, (const void *)source, sizeof(void *));
        return true;
    case CODEC_WORD:
        memcpy(target, source, 4);
        return true;
    case CODEC_LONG:
    case CODEC_DOUBLE:
        memcpy(target, source, 8);
        return true;
    case CODEC_BOOL:
        *(protobuf_c_boolean *)(void *)target = *(const bool *)source;
        return true;
    case CODEC_BLOB:
        make_blob(field, core, target);
        return true;
    case CODEC_TEXTS:
        memcpy((void *)target, (const void *)source, sizeof(void *));
        memcpy(count, member(core, field->count_offset), sizeof *count);
        return true;
    case CODEC_ONE:
    case CODEC_IN:
        return make_one(arena, field, core, target);
    case CODEC_MANY:
        return make_many(arena, field, core, target, count);
    }
    return false;
}

// Unknown fields were kept as a message that holds nothing else: reading it again gives them back.
static bool make_unknown(struct arena *arena, const struct codec_message *message, const void *core,
                         ProtobufCMessage *made)
{
    struct blob blob;
    if (message->unknown == CODEC_NO_UNKNOWN)
        return true;
    memcpy(&blob, member(core, message->unknown), sizeof blob);
    if (!blob.length)
        return true;
    ProtobufCMessage *kept = codec_unpack(arena, message->descriptor, blob.bytes, blob.length);
    if (!kept)
        return false;
    made->n_unknown_fields = kept->n_unknown_fields;
    made->unknown_fields = kept->unknown_fields;
    return true;
}

ProtobufCMessage *codec_message_make(struct arena *arena, const struct codec_message *message,
                                     const void *core)
{
    ProtobufCMessage *made = arena_alloc(arena, message->descriptor->sizeof_message);
    if (!made)
        return NULL;
    message->descriptor->message_init(made);
    for (size_t i = 0; i < message->count; i++)
        if (!make_field(arena, &message->fields[i], message->wire[i], core, made))
            return NULL;
    return make_unknown(arena, message, core, made) ? made : NULL;
}

// ---- protobuf → core ----------------------------------------------------------------------------

static int read_many(struct arena *arena, const struct codec_field *field, const void *source, size_t count,
                     void *core)
{
    ProtobufCMessage *const *items;
    memcpy(&items, source, sizeof items);
    char *made = count ? arena_array(arena, count, field->sub->size) : NULL;
    if (count && !made)
        return ERROR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        int error = codec_message_read(arena, field->sub, items[i], made + i * field->sub->size);
        if (error)
            return error;
    }
    memcpy((char *)core + field->offset, &made, sizeof made);
    memcpy((char *)core + field->count_offset, &count, sizeof count);
    return 0;
}

static int read_one(struct arena *arena, const struct codec_field *field, const void *source, void *core)
{
    const ProtobufCMessage *from;
    memcpy(&from, source, sizeof from);
    void *target = (char *)core + field->offset;
    if (!from)
        return 0;
    if (field->type == CODEC_ONE) {
        void *made = arena_alloc(arena, field->sub->size);
        if (!made)
            return ERROR_NO_MEMORY;
        memcpy(target, &made, sizeof made);
        target = made;
    }
    return codec_message_read(arena, field->sub, from, target);
}

static void read_text(const void *source, void *target)
{
    const char *text;
    memcpy(&text, source, sizeof text);
    if (text && !*text)
        text = NULL;
    memcpy(target, &text, sizeof text);
}

static void read_blob(const void *source, void *target)
{
    ProtobufCBinaryData data;
    memcpy(&data, source, sizeof data);
    struct blob blob = {data.data, data.len};
    memcpy(target, &blob, sizeof blob);
}

static int read_field(struct arena *arena, const struct codec_field *field,
                      const ProtobufCFieldDescriptor *wire, const ProtobufCMessage *from, void *core)
{
    const char *source = member(from, wire->offset);
    char *target = (char *)core + field->offset;
    size_t count = 0;
    if (wire->label == PROTOBUF_C_LABEL_REPEATED)
        memcpy(&count, member(from, wire->quantifier_offset), sizeof count);
    switch (field->type) {
    case CODEC_TEXT:
        read_text(source, target);
        return 0;
    case CODEC_WORD:
        memcpy(target, source, 4);
        return 0;
    case CODEC_LONG:
    case CODEC_DOUBLE:
        memcpy(target, source, 8);
        return 0;
    case CODEC_BOOL:
        *(bool *)target = *(const protobuf_c_boolean *)(const void *)source != 0;
        return 0;
    case CODEC_BLOB:
        read_blob(source, target);
        return 0;
    case CODEC_TEXTS:
        memcpy((void *)target, (const void *)source, sizeof(void *));
        memcpy((char *)core + field->count_offset, &count, sizeof count);
        return 0;
    case CODEC_ONE:
    case CODEC_IN:
        return read_one(arena, field, source, core);
    case CODEC_MANY:
        return read_many(arena, field, source, count, core);
    }
    return ERROR_INTERNAL;
}

static int read_unknown(struct arena *arena, const struct codec_message *message,
                        const ProtobufCMessage *from, void *core)
{
    if (message->unknown == CODEC_NO_UNKNOWN || !from->n_unknown_fields)
        return 0;
    ProtobufCMessage *bare = arena_alloc(arena, message->descriptor->sizeof_message);
    if (!bare)
        return ERROR_NO_MEMORY;
    message->descriptor->message_init(bare);
    bare->n_unknown_fields = from->n_unknown_fields;
    bare->unknown_fields = from->unknown_fields;
    struct blob blob;
    int error = codec_pack(arena, bare, &blob);
    if (!error)
        memcpy((char *)core + message->unknown, &blob, sizeof blob);
    return error;
}

int codec_message_read(struct arena *arena, const struct codec_message *message, const ProtobufCMessage *from,
                       void *core)
{
    memset(core, 0, message->size);
    for (size_t i = 0; i < message->count; i++) {
        const struct codec_field *field = &message->fields[i];
        int error = read_field(arena, field, message->wire[i], from, core);
        if (error)
            return error;
    }
    return read_unknown(arena, message, from, core);
}

// ---- bytes --------------------------------------------------------------------------------------

static void *allocate(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void release(void *arena, void *piece)
{
    (void)arena;
    (void)piece;
}

ProtobufCMessage *codec_unpack(struct arena *arena, const ProtobufCMessageDescriptor *descriptor,
                               const uint8_t *bytes, size_t length)
{
    ProtobufCAllocator allocator = {allocate, release, arena};
    return protobuf_c_message_unpack(descriptor, &allocator, length, bytes);
}

int codec_pack(struct arena *arena, const ProtobufCMessage *message, struct blob *out)
{
    size_t length = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = arena_alloc(arena, length + 1);
    if (!bytes)
        return ERROR_NO_MEMORY;
    protobuf_c_message_pack(message, bytes);
    *out = (struct blob){bytes, length};
    return 0;
}

int codec_encode(struct arena *arena, const struct codec_message *message, const void *core, struct blob *out)
{
    const ProtobufCMessage *made = codec_message_make(arena, message, core);
    return made ? codec_pack(arena, made, out) : ERROR_NO_MEMORY;
}

int codec_decode(struct arena *arena, const struct codec_message *message, struct blob from, void *core)
{
    const ProtobufCMessage *read = codec_unpack(arena, message->descriptor, from.bytes, from.length);
    if (!read)
        return arena_failed(arena) ? ERROR_NO_MEMORY : ERROR_CORRUPT;
    return codec_message_read(arena, message, read, core);
}
