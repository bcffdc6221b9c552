// Any protobuf-c message as JSON, by walking its descriptor.
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/text.h"
#include "whistle.h"

static void put_message(struct buffer *out, const ProtobufCMessage *message, unsigned flags);

static void put_text(struct buffer *out, const char *text)
{
    buffer_text(out, "\"");
    for (const char *at = text ? text : ""; *at; at++) {
        unsigned char c = (unsigned char)*at;
        if (c == '"' || c == '\\')
            buffer_printf(out, "\\%c", c);
        else if (c < 0x20)
            buffer_printf(out, "\\u%04x", c);
        else
            buffer_append(out, at, 1);
    }
    buffer_text(out, "\"");
}

static void put_hex(struct buffer *out, const ProtobufCBinaryData *bytes)
{
    buffer_text(out, "\"");
    for (size_t i = 0; i < bytes->len; i++)
        buffer_printf(out, "%02x", bytes->data[i]);
    buffer_text(out, "\"");
}

// CASE_STATE_IN_HAND of CaseState is "in_hand": one character of the prefix for each of the type's name, one
// more for each capital but the first, and the last underscore.
static void put_enum(struct buffer *out, const ProtobufCEnumDescriptor *type, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);
    if (!found) {
        buffer_printf(out, "%d", value);
        return;
    }
    size_t prefix = 1;
    for (const char *at = type->short_name; *at; at++)
        prefix += isupper((unsigned char)*at) && at > type->short_name ? 2 : 1;
    buffer_text(out, "\"");
    for (const char *at = found->name + prefix; *at; at++)
        buffer_printf(out, "%c", tolower((unsigned char)*at));
    buffer_text(out, "\"");
}

static void put_double(struct buffer *out, double value)
{
    if (isfinite(value))
        buffer_printf(out, "%.15g", value);
    else
        buffer_text(out, "null");
}

static void put_integer(struct buffer *out, ProtobufCType type, const void *at)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        if (*(const int64_t *)at == INT64_MAX)
            buffer_text(out, "null");
        else
            buffer_printf(out, "%" PRId64, *(const int64_t *)at);
        break;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        buffer_printf(out, "%" PRIu64, *(const uint64_t *)at);
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        buffer_printf(out, "%" PRIu32, *(const uint32_t *)at);
        break;
    default:
        buffer_printf(out, "%" PRId32, *(const int32_t *)at);
    }
}

static void put_value(struct buffer *out, const ProtobufCFieldDescriptor *field, const void *at,
                      unsigned flags)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        put_text(out, *(char *const *)at);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        put_hex(out, at);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        put_message(out, *(ProtobufCMessage *const *)at, flags);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        put_enum(out, field->descriptor, *(const int *)at);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        buffer_text(out, *(const protobuf_c_boolean *)at ? "true" : "false");
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        put_double(out, *(const double *)at);
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        put_double(out, (double)*(const float *)at);
        break;
    default:
        put_integer(out, field->type, at);
    }
}

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
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    default:
        return 4;
    }
}

static bool is_set(const ProtobufCFieldDescriptor *field, const char *message)
{
    const char *at = message + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)(const void *)(message + field->quantifier_offset) > 0;
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *(const uint32_t *)(const void *)(message + field->quantifier_offset) == field->id;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(void *const *)(const void *)at != NULL;
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return *text_or_empty(*(char *const *)(const void *)at) != 0;
    if (field->type == PROTOBUF_C_TYPE_BYTES)
        return ((const ProtobufCBinaryData *)(const void *)at)->len > 0;
    static const char zeros[8];
    return memcmp(at, zeros, size_of(field)) != 0;
}

static void put_field(struct buffer *out, const ProtobufCFieldDescriptor *field, const char *message,
                      unsigned flags)
{
    put_text(out, field->name);
    buffer_text(out, ":");
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        put_value(out, field, message + field->offset, flags);
        return;
    }
    size_t count = *(const size_t *)(const void *)(message + field->quantifier_offset);
    const char *items = *(const char *const *)(const void *)(message + field->offset);
    buffer_text(out, "[");
    for (size_t i = 0; i < count; i++) {
        buffer_text(out, i ? "," : "");
        put_value(out, field, items + i * size_of(field), flags);
    }
    buffer_text(out, "]");
}

// A span is no time, though its name ends as one's does.
static bool is_span(const char *name)
{
    return strcmp(name, "held_ms") == 0 || strcmp(name, "took_ms") == 0;
}

// `due_ms` is followed by `due`, for readers who are people.
static void put_local_time(struct buffer *out, const ProtobufCFieldDescriptor *field, const char *message)
{
    size_t length = strlen(field->name);
    if (field->type != PROTOBUF_C_TYPE_INT64 || field->label == PROTOBUF_C_LABEL_REPEATED || length < 4 ||
        strcmp(field->name + length - 3, "_ms") != 0 || is_span(field->name))
        return;
    int64_t ms = *(const int64_t *)(const void *)(message + field->offset);
    if (ms == INT64_MAX)
        return;
    time_t seconds = (time_t)(ms / 1000);
    struct tm local;
    char text[40], zone[8];
    localtime_r(&seconds, &local);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &local);
    strftime(zone, sizeof zone, "%z", &local);
    buffer_printf(out, ",\"%.*s\":\"%s%.3s:%s\"", (int)length - 3, field->name, text, zone, zone + 3);
}

static void put_message(struct buffer *out, const ProtobufCMessage *message, unsigned flags)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    const char *separator = "";
    buffer_text(out, "{");
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        if (!is_set(field, (const char *)message))
            continue;
        buffer_text(out, separator);
        put_field(out, field, (const char *)message, flags);
        if (flags & WHISTLE_JSON_LOCAL_TIMES)
            put_local_time(out, field, (const char *)message);
        separator = ",";
    }
    buffer_text(out, "}");
}

char *whistle_json(const ProtobufCMessage *message, unsigned flags)
{
    struct buffer out;
    buffer_init(&out);
    put_message(&out, message, flags);
    char *text = out.failed ? NULL : strdup(buffer_string(&out));
    buffer_fini(&out);
    return text;
}
