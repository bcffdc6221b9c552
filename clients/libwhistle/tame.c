#include "tame.h"

#include <string.h>

#include "base/text.h"
#include "whistle.pb-c.h"

static bool may_have_lines(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *of)
{
    return strcmp(field->name, "text") == 0 && (of->descriptor == &whistle__v1__personal__descriptor ||
                                                of->descriptor == &whistle__v1__happening__descriptor);
}

static void tame_value(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *of, void *value)
{
    if (value && field->type == PROTOBUF_C_TYPE_STRING)
        text_tame(value, strlen(value), may_have_lines(field, of));
    else if (value)
        tame_message(value);
}

// Texts and messages are both pointers; of a oneof only the member that is set is one.
static void tame_field(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *of, char *message)
{
    void *at = message + field->offset, *quantifier = message + field->quantifier_offset;
    if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE)
        return;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        for (size_t i = 0; i < *(size_t *)quantifier; i++)
            tame_value(field, of, (*(void ***)at)[i]);
    else if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) || *(uint32_t *)quantifier == field->id)
        tame_value(field, of, *(void **)at);
}

void tame_message(ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        tame_field(&message->descriptor->fields[i], message, (char *)message);
}
