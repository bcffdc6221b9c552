#include "sp/sp_frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum phase { PHASE_HEAD, PHASE_PAYLOAD, PHASE_STACK, PHASE_SPENT };

enum { IPC_MESSAGE = 1, FIRST_ROOM = 2048 };

static void put_u64(uint8_t *out, uint64_t value)
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        out[i] = (uint8_t)value;
}

static uint64_t get_u64(const uint8_t *in)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | in[i];
    return value;
}

void sp_handshake(enum sp_protocol protocol, uint8_t out[SP_HANDSHAKE_BYTES])
{
    const uint8_t bytes[SP_HANDSHAKE_BYTES] = {0, 'S', 'P', 0, 0, (uint8_t)protocol, 0, 0};
    memcpy(out, bytes, sizeof bytes);
}

void sp_frame_head(uint64_t payload_bytes, uint8_t out[SP_HEAD_MAX])
{
    out[0] = IPC_MESSAGE;
    put_u64(out + 1, payload_bytes);
}

int sp_stack_length(const uint8_t *payload, size_t length)
{
    for (size_t at = 0; at + 4 <= length && at < SP_STACK_MAX; at += 4)
        if (payload[at] & 0x80)
            return (int)at + 4;
    return length < SP_STACK_MAX ? SP_STACK_SHORT : SP_STACK_BAD;
}

void sp_frame_init(struct sp_frame_reader *r, enum sp_transport transport, size_t max_bytes)
{
    *r = (struct sp_frame_reader){.max_bytes = max_bytes, .head_bytes = transport == SP_IPC ? 9 : 8};
}

void sp_frame_release(struct sp_frame_reader *r)
{
    assert(r->phase != PHASE_PAYLOAD);
    free(r->payload);
    r->payload = NULL;
    r->room = 0;
}

void sp_frame_fini(struct sp_frame_reader *r)
{
    r->phase = PHASE_SPENT;
    sp_frame_release(r);
}

static void enter(struct sp_frame_reader *r, enum phase phase)
{
    r->phase = (uint8_t)phase;
    r->have = 0;
}

static enum sp_frame_event spend(struct sp_frame_reader *r, enum sp_frame_event why)
{
    enter(r, PHASE_SPENT);
    return why;
}

static size_t copy_from(struct sp_span *in, uint8_t *to, size_t wanted)
{
    size_t length = wanted < in->left ? wanted : in->left;
    if (length)
        memcpy(to, in->at, length);
    in->at += length;
    in->left -= length;
    return length;
}

static enum sp_frame_event read_head(struct sp_frame_reader *r, struct sp_span *in)
{
    r->have += copy_from(in, r->bytes + r->have, r->head_bytes - r->have);
    // Judged by its first byte alone, since a peer that is wrong there may never send the rest.
    if (r->have && r->head_bytes == SP_HEAD_MAX && r->bytes[0] != IPC_MESSAGE)
        return spend(r, SP_FRAME_MALFORMED);
    if (r->have < r->head_bytes)
        return SP_FRAME_MORE;
    r->announced = get_u64(r->bytes + r->head_bytes - 8);
    enter(r, r->announced > r->max_bytes ? PHASE_STACK : PHASE_PAYLOAD);
    return SP_FRAME_MORE;
}

static enum sp_frame_event give(struct sp_frame_reader *r, const uint8_t *bytes, struct sp_frame *frame)
{
    *frame = (struct sp_frame){.bytes = bytes, .length = (size_t)r->announced, .announced = r->announced};
    enter(r, PHASE_HEAD);
    return SP_FRAME_WHOLE;
}

// Room for `wanted` bytes of the payload, doubled so that a frame in many pieces is not copied for each.
static bool make_room(struct sp_frame_reader *r, size_t wanted)
{
    size_t room = r->room ? r->room : FIRST_ROOM;
    while (room < wanted)
        room *= 2;
    room = room < r->announced ? room : (size_t)r->announced;
    if (room == r->room)
        return true;
    uint8_t *payload = realloc(r->payload, room);
    if (!payload)
        return false;
    r->payload = payload;
    r->room = room;
    return true;
}

static enum sp_frame_event read_payload(struct sp_frame_reader *r, struct sp_span *in, struct sp_frame *frame)
{
    size_t length = (size_t)r->announced;
    if (!r->payload && in->left >= length) {
        const uint8_t *bytes = in->at;
        in->at += length;
        in->left -= length;
        return give(r, bytes, frame);
    }
    if (!in->left)
        return SP_FRAME_MORE;
    size_t more = in->left < length - r->have ? in->left : length - r->have;
    if (!make_room(r, r->have + more))
        return spend(r, SP_FRAME_NO_MEMORY);
    r->have += copy_from(in, r->payload + r->have, more);
    return r->have == length ? give(r, r->payload, frame) : SP_FRAME_MORE;
}

static enum sp_frame_event read_stack(struct sp_frame_reader *r, struct sp_span *in, struct sp_frame *frame)
{
    while (in->left) {
        r->have += copy_from(in, r->bytes + r->have, 4 - r->have % 4);
        int stack = sp_stack_length(r->bytes, r->have);
        if (stack == SP_STACK_BAD)
            return spend(r, SP_FRAME_MALFORMED);
        if (stack == SP_STACK_SHORT)
            continue;
        *frame = (struct sp_frame){.bytes = r->bytes, .length = (size_t)stack, .announced = r->announced};
        return spend(r, SP_FRAME_OVERSIZE);
    }
    return SP_FRAME_MORE;
}

enum sp_frame_event sp_frame_next(struct sp_frame_reader *r, struct sp_span *in, struct sp_frame *frame)
{
    assert(r->phase != PHASE_SPENT);
    if (r->phase == PHASE_HEAD) {
        assert(!r->payload);
        enum sp_frame_event event = read_head(r, in);
        if (event != SP_FRAME_MORE || r->phase == PHASE_HEAD)
            return event;
    }
    return r->phase == PHASE_STACK ? read_stack(r, in, frame) : read_payload(r, in, frame);
}

bool sp_frame_is_partial(const struct sp_frame_reader *r)
{
    return r->phase != PHASE_SPENT && (r->phase != PHASE_HEAD || r->have);
}

uint64_t sp_frame_expected(const struct sp_frame_reader *r)
{
    return r->phase == PHASE_PAYLOAD ? r->announced : 0;
}
