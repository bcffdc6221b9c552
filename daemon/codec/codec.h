// Between the core's structs and protobuf: one table a message, read in both directions by one walker.
//
// The core knows no protobuf, the wire knows no core; a line of a table says where a field of a message lives
// in the core's struct. Both directions follow the same line, so they cannot drift apart; a test holds the
// tables to the .proto files field by field. Unknown fields are kept where the core's struct has a blob for
// them.
#pragma once

#include "base/arena.h"
#include "base/blob.h"

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

// How a field lives in a core struct.
enum codec_type {
    CODEC_TEXT,   // const char *; "" on the wire is NULL here
    CODEC_BLOB,   // struct blob
    CODEC_WORD,   // 32 bits: uint32_t, int32_t, int, an enum
    CODEC_LONG,   // 64 bits: int64_t, uint64_t
    CODEC_BOOL,   // bool
    CODEC_DOUBLE, // double
    CODEC_TEXTS,  // const char ** and a size_t count
    CODEC_ONE,    // pointer to a struct, NULL when absent
    CODEC_IN,     // a struct inside; sent when one of its fields is not zero
    CODEC_MANY,   // pointer to an array of structs and a size_t count
};

struct codec_field {
    const char *name; // of the field in the message
    enum codec_type type;
    size_t offset;       // in the core's struct
    size_t count_offset; // of the count, for CODEC_TEXTS and CODEC_MANY
    const struct codec_message *sub;
};

struct codec_message {
    const ProtobufCMessageDescriptor *descriptor;
    size_t size; // of the core's struct
    const struct codec_field *fields;
    size_t count;
    const ProtobufCFieldDescriptor **wire; // of each field, found once by codec_bind
    size_t unknown; // offset of a struct blob for unknown fields; CODEC_NO_UNKNOWN: they are dropped
};

#define CODEC_NO_UNKNOWN SIZE_MAX

// Finds the wire's description of each field by its name; before the message is first used.
void codec_bind(const struct codec_message *message);

// Fills a fresh protobuf-c message from `core`. Texts and blobs are shared, not copied. NULL when memory ran
// out.
ProtobufCMessage *codec_message_make(struct arena *arena, const struct codec_message *message,
                                     const void *core);

// Fills `core` (zeroed before) from a message. Texts and blobs are shared with it. 0 or ERROR_NO_MEMORY.
int codec_message_read(struct arena *arena, const struct codec_message *message, const ProtobufCMessage *from,
                       void *core) __attribute__((warn_unused_result));

// Serialises `core` into the arena. 0 or ERROR_NO_MEMORY.
int codec_encode(struct arena *arena, const struct codec_message *message, const void *core, struct blob *out)
    __attribute__((warn_unused_result));

// Reads serialised bytes that this daemon wrote itself. ERROR_CORRUPT, ERROR_NO_MEMORY.
int codec_decode(struct arena *arena, const struct codec_message *message, struct blob from, void *core)
    __attribute__((warn_unused_result));

// Unpacks into the arena; NULL when the bytes are no such message or memory ran out (arena_failed tells).
ProtobufCMessage *codec_unpack(struct arena *arena, const ProtobufCMessageDescriptor *descriptor,
                               const uint8_t *bytes, size_t length);

// Serialises a protobuf-c message into the arena. 0 or ERROR_NO_MEMORY.
int codec_pack(struct arena *arena, const ProtobufCMessage *message, struct blob *out)
    __attribute__((warn_unused_result));
