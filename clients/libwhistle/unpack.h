// Unpacking within bounds. protobuf-c makes more than a hundred bytes of two that came, where they are empty
// submessages, and it does so before anybody can look at them.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

// The message in these bytes, which takes at most `room` bytes of memory while and after it is made; to be
// freed as any unpacked message. NULL: it cannot be read, it would take more, or there is no memory.
void *unpack_within(size_t room, const ProtobufCMessageDescriptor *descriptor, const void *bytes,
                    size_t length) __attribute__((warn_unused_result));

// Room for what a daemon sends: a figure that is zero is an empty submessage, two bytes that become some
// seventy, and there are many of them in the rates of a quiet month.
size_t unpack_usual_room(size_t length);
