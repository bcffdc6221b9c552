// Any protobuf-c message as JSON, and back, by its descriptor: what an export of the journal is made of.
//
// Exact in both directions, other than what clients show to people: fields by their names in the .proto
// files, those that are not set left out; enums by their values' names there; bytes as hex digits; 64 bits as
// integers. Unknown fields are left out, and so are lost: who needs the very bytes compares and keeps them.
#pragma once

#include "base/arena.h"

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

// Bytes as hex digits; NULL without memory.
json_t *codec_hex(const uint8_t *bytes, size_t length);

// NULL without memory, or where a text is no UTF-8 or a number is none.
json_t *codec_to_json(const ProtobufCMessage *message);

// A message in the arena; NULL without memory, or where the JSON is not that of such a message: `*field` then
// names a field of it, or is NULL.
ProtobufCMessage *codec_from_json(struct arena *arena, const ProtobufCMessageDescriptor *descriptor,
                                  const json_t *json, const char **field);
