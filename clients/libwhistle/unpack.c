#include "unpack.h"

#include <malloc.h>
#include <stdlib.h>

enum { USUAL_TIMES = 48, USUAL_LEAST = 1 << 20 };

static void *take(void *context, size_t size)
{
    size_t *room = context;
    void *memory = size <= *room ? malloc(size) : NULL;
    size_t taken = memory ? malloc_usable_size(memory) : 0;
    *room -= taken < *room ? taken : *room;
    return memory;
}

static void give(void *context, void *memory)
{
    size_t *room = context;
    *room += memory ? malloc_usable_size(memory) : 0;
    free(memory);
}

void *unpack_within(size_t room, const ProtobufCMessageDescriptor *descriptor, const void *bytes,
                    size_t length)
{
    ProtobufCAllocator bounded = {take, give, &room};
    return protobuf_c_message_unpack(descriptor, &bounded, length, bytes);
}

size_t unpack_usual_room(size_t length)
{
    return USUAL_LEAST + USUAL_TIMES * length;
}
