// Checks a serialised message before anything is allocated for it.
//
// protobuf-c cuts text at NUL and accepts ill-formed UTF-8, and turns 64 KiB of empty submessages into
// megabytes. So the bytes are walked first, along the message's descriptor: every string must be clean text
// (lines in fields named `text` and `search` alone), every length must fit, and the number of submessages and
// of unknown fields is capped.
#pragma once

#include "base/blob.h"

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

struct wire_fault {
    const char *field; // name of the field at fault, or NULL
};

enum { WIRE_MAX_PARTS = 4096, WIRE_MAX_DEPTH = 12 };

// 0, ERROR_MALFORMED, or ERROR_BAD_TEXT with the field named in `fault` (may be NULL).
int wire_check(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t length,
               struct wire_fault *fault) __attribute__((warn_unused_result));

// The bytes of the text or submessage with this number in a message that was checked, or that we made: so one
// field is read without what lies around it. Empty where there is none.
struct blob wire_find(struct blob message, uint32_t number);
