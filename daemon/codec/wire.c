#include "codec/wire.h"

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <string.h>

struct walk {
    size_t parts;
    struct wire_fault *fault;
};

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

static bool varint(struct cursor *c, uint64_t *out)
{
    *out = 0;
    for (int shift = 0; shift < 64 && c->at < c->end; shift += 7) {
        uint8_t byte = *c->at++;
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

static bool skip(struct cursor *c, size_t length)
{
    if ((size_t)(c->end - c->at) < length)
        return false;
    c->at += length;
    return true;
}

static int blame(struct walk *walk, const ProtobufCFieldDescriptor *field, int error)
{
    if (walk->fault)
        walk->fault->field = field ? field->name : NULL;
    return error;
}

static int check(const ProtobufCMessageDescriptor *descriptor, struct cursor c, struct walk *walk, int depth);

static int check_run(const ProtobufCFieldDescriptor *field, struct cursor run, struct walk *walk, int depth)
{
    if (!field)
        return 0;
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        // anywhere else a second line forges a row of a table; what is searched for is never shown
        bool lines = strcmp(field->name, "text") == 0 || strcmp(field->name, "search") == 0;
        bool clean = text_is_clean((const char *)run.at, (size_t)(run.end - run.at), lines);
        return clean ? 0 : blame(walk, field, ERROR_BAD_TEXT);
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return check(field->descriptor, run, walk, depth + 1);
    return 0;
}

static int check_field(const ProtobufCMessageDescriptor *descriptor, struct cursor *c, struct walk *walk,
                       int depth)
{
    uint64_t key, value;
    if (!varint(c, &key) || key >> 3 == 0 || key >> 3 > 536870911)
        return ERROR_MALFORMED;
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(descriptor, (unsigned)(key >> 3));
    if (++walk->parts > WIRE_MAX_PARTS)
        return blame(walk, field, ERROR_MALFORMED);
    switch (key & 7) {
    case 0:
        return varint(c, &value) ? 0 : blame(walk, field, ERROR_MALFORMED);
    case 1:
        return skip(c, 8) ? 0 : blame(walk, field, ERROR_MALFORMED);
    case 5:
        return skip(c, 4) ? 0 : blame(walk, field, ERROR_MALFORMED);
    case 2:
        if (!varint(c, &value) || value > (uint64_t)(c->end - c->at))
            return blame(walk, field, ERROR_MALFORMED);
        c->at += value;
        return check_run(field, (struct cursor){c->at - value, c->at}, walk, depth);
    default:
        return blame(walk, field, ERROR_MALFORMED);
    }
}

static int check(const ProtobufCMessageDescriptor *descriptor, struct cursor c, struct walk *walk, int depth)
{
    if (depth > WIRE_MAX_DEPTH)
        return ERROR_MALFORMED;
    while (c.at < c.end) {
        int error = check_field(descriptor, &c, walk, depth);
        if (error)
            return error;
    }
    return 0;
}

int wire_check(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t length,
               struct wire_fault *fault)
{
    struct walk walk = {0, fault};
    if (fault)
        fault->field = NULL;
    return check(descriptor, (struct cursor){bytes, bytes + length}, &walk, 0);
}

struct blob wire_find(struct blob message, uint32_t number)
{
    struct cursor c = {message.bytes, message.bytes + message.length};
    uint64_t key, value;
    while (c.at < c.end && varint(&c, &key)) {
        unsigned shape = key & 7;
        bool run = shape == 2, good = shape == 1   ? skip(&c, 8)
                                      : shape == 5 ? skip(&c, 4)
                                                   : varint(&c, &value);
        if (!good || (run && !skip(&c, value)))
            break;
        if (run && key >> 3 == number)
            return (struct blob){c.at - value, value};
    }
    return (struct blob){NULL, 0};
}
