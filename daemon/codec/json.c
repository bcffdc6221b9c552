#include "codec/json.h"

#include "codec/wire.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// A message's fields lie at offsets that its descriptor tells. Messages do not contain themselves, so that
// the depth of both walks is bounded (WIRE_MAX_DEPTH).

static size_t size_of(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    default:
        return 4;
    }
}

// ---- to JSON ------------------------------------------------------------------------------------

static json_t *message_to(const ProtobufCMessage *message, int depth);

json_t *codec_hex(const uint8_t *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    char *hex = malloc(2 * length + 1);
    for (size_t i = 0; hex && i < length; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    json_t *json = hex ? json_stringn(hex, 2 * length) : NULL;
    free(hex);
    return json;
}

static json_t *enum_of(const ProtobufCEnumDescriptor *type, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);
    return found ? json_string(found->name) : json_integer(value); // a newer program's
}

static json_t *value_to(const ProtobufCFieldDescriptor *field, const void *at, int depth)
{
    const ProtobufCBinaryData *data;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return json_string(*(const char *const *)at);
    case PROTOBUF_C_TYPE_BYTES:
        data = at;
        return codec_hex(data->data, data->len);
    case PROTOBUF_C_TYPE_MESSAGE:
        return message_to(*(ProtobufCMessage *const *)at, depth + 1);
    case PROTOBUF_C_TYPE_ENUM:
        return enum_of(field->descriptor, *(const int *)at);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)at);
    case PROTOBUF_C_TYPE_DOUBLE:
        return json_real(*(const double *)at);
    case PROTOBUF_C_TYPE_UINT32:
        return json_integer(*(const uint32_t *)at);
    case PROTOBUF_C_TYPE_INT32:
        return json_integer(*(const int32_t *)at);
    case PROTOBUF_C_TYPE_INT64:
        return json_integer(*(const int64_t *)at);
    case PROTOBUF_C_TYPE_UINT64: // what needs the 64th bit comes back from a negative number
        return json_integer((json_int_t) * (const uint64_t *)at);
    default:
        return NULL; // no message of ours has one
    }
}

static bool is_set(const ProtobufCFieldDescriptor *field, const char *message)
{
    static const char zeros[8];
    const char *at = message + field->offset;
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *(const uint32_t *)(const void *)(message + field->quantifier_offset) == field->id;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(void *const *)(const void *)at != NULL;
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return *(char *const *)(const void *)at && **(char *const *)(const void *)at;
    if (field->type == PROTOBUF_C_TYPE_BYTES)
        return ((const ProtobufCBinaryData *)(const void *)at)->len > 0;
    return memcmp(at, zeros, size_of(field)) != 0;
}

static json_t *repeated_to(const ProtobufCFieldDescriptor *field, const char *message, int depth)
{
    size_t count = *(const size_t *)(const void *)(message + field->quantifier_offset);
    const char *items = *(const char *const *)(const void *)(message + field->offset);
    json_t *array = json_array();
    for (size_t i = 0; array && i < count; i++)
        if (json_array_append_new(array, value_to(field, items + i * size_of(field), depth))) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static bool field_to(json_t *object, const ProtobufCFieldDescriptor *field, const char *message, int depth)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)(const void *)(message + field->quantifier_offset) == 0 ||
               !json_object_set_new(object, field->name, repeated_to(field, message, depth));
    return !is_set(field, message) ||
           !json_object_set_new(object, field->name, value_to(field, message + field->offset, depth));
}

static json_t *message_to(const ProtobufCMessage *message, int depth)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    json_t *object = json_object();
    assert(depth < WIRE_MAX_DEPTH);
    for (unsigned i = 0; object && i < type->n_fields; i++)
        if (!field_to(object, &type->fields[i], (const char *)message, depth)) {
            json_decref(object);
            return NULL;
        }
    return object;
}

json_t *codec_to_json(const ProtobufCMessage *message)
{
    return message_to(message, 0);
}

// ---- from JSON ----------------------------------------------------------------------------------

struct reading {
    struct arena *arena;
    const char *field; // that cannot be read
};

static ProtobufCMessage *message_from(struct reading *r, const ProtobufCMessageDescriptor *type,
                                      const json_t *json, int depth);

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_from(struct arena *arena, const json_t *json, ProtobufCBinaryData *out)
{
    const char *hex = json_string_value(json);
    size_t length = json_string_length(json);
    uint8_t *bytes = hex && length % 2 == 0 ? arena_alloc(arena, length / 2 + 1) : NULL;
    for (size_t i = 0; bytes && i < length / 2; i++) {
        int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    *out = (ProtobufCBinaryData){length / 2, bytes};
    return bytes != NULL;
}

static bool enum_from(const ProtobufCEnumDescriptor *type, const json_t *json, int *out)
{
    const char *name = json_string_value(json);
    const ProtobufCEnumValue *found = name ? protobuf_c_enum_descriptor_get_value_by_name(type, name) : NULL;
    *out = found ? found->value : (int)json_integer_value(json);
    return found || json_is_integer(json);
}

static bool integer_from(const ProtobufCFieldDescriptor *field, const json_t *json, void *at)
{
    json_int_t value = json_integer_value(json);
    if (!json_is_integer(json))
        return false;
    if (size_of(field) == 8) {
        memcpy(at, &value, 8);
        return true;
    }
    bool is_signed = field->type == PROTOBUF_C_TYPE_INT32;
    uint32_t word = (uint32_t)value;
    memcpy(at, &word, 4);
    return value >= (is_signed ? INT32_MIN : 0) && value <= (is_signed ? INT32_MAX : (json_int_t)UINT32_MAX);
}

static bool text_from(struct arena *arena, const json_t *json, char **out)
{
    *out = json_is_string(json) ? arena_strdup(arena, json_string_value(json)) : NULL;
    return *out != NULL;
}

static bool value_from(struct reading *r, const ProtobufCFieldDescriptor *field, const json_t *json, void *at,
                       int depth)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return text_from(r->arena, json, at);
    case PROTOBUF_C_TYPE_BYTES:
        return hex_from(r->arena, json, at);
    case PROTOBUF_C_TYPE_MESSAGE:
        return (*(ProtobufCMessage **)at = message_from(r, field->descriptor, json, depth + 1)) != NULL;
    case PROTOBUF_C_TYPE_ENUM:
        return enum_from(field->descriptor, json, at);
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = json_is_true(json);
        return json_is_boolean(json);
    case PROTOBUF_C_TYPE_DOUBLE:
        *(double *)at = json_number_value(json);
        return json_is_number(json);
    default:
        return integer_from(field, json, at);
    }
}

static bool repeated_from(struct reading *r, const ProtobufCFieldDescriptor *field, const json_t *json,
                          char *message, int depth)
{
    size_t count = json_array_size(json);
    char *items = json_is_array(json) ? arena_array(r->arena, count + 1, size_of(field)) : NULL;
    for (size_t i = 0; items && i < count; i++)
        if (!value_from(r, field, json_array_get(json, i), items + i * size_of(field), depth))
            return false;
    *(size_t *)(void *)(message + field->quantifier_offset) = count;
    *(char **)(void *)(message + field->offset) = items;
    return items != NULL;
}

static bool field_from(struct reading *r, const ProtobufCFieldDescriptor *field, const json_t *json,
                       char *message, int depth)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return repeated_from(r, field, json, message, depth);
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        *(uint32_t *)(void *)(message + field->quantifier_offset) = field->id;
    return value_from(r, field, json, message + field->offset, depth);
}

static ProtobufCMessage *message_from(struct reading *r, const ProtobufCMessageDescriptor *type,
                                      const json_t *json, int depth)
{
    const char *key;
    json_t *value;
    ProtobufCMessage *message =
        json_is_object(json) && depth < WIRE_MAX_DEPTH ? arena_alloc(r->arena, type->sizeof_message) : NULL;
    if (!message)
        return NULL;
    type->message_init(message);
    json_object_foreach((json_t *)json, key, value)
    {
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(type, key);
        if (!field || !field_from(r, field, value, (char *)message, depth)) {
            r->field = r->field ? r->field : key;
            return NULL;
        }
    }
    return message;
}

ProtobufCMessage *codec_from_json(struct arena *arena, const ProtobufCMessageDescriptor *descriptor,
                                  const json_t *json, const char **field)
{
    struct reading r = {.arena = arena};
    ProtobufCMessage *message = message_from(&r, descriptor, json, 0);
    *field = r.field;
    return message;
}
