// The bytes of nanomsg's Scalability Protocols: handshake, frames, id stacks. No I/O, no clock.
//
//     both sides send first   00 'S' 'P' 00 <u16 BE protocol> 00 00
//     tcp frame               <u64 BE length> payload
//     ipc frame               01 <u64 BE length> payload
//     REQ/REP payload         up to 8 hop ids (u32 BE, top bit clear), request id (u32 BE, top bit set), body
//
// The wire was measured against libnanomsg 1.1.5 and nng 1.5.2.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sp_protocol { SP_PUB = 0x20, SP_SUB = 0x21, SP_REQ = 0x30, SP_REP = 0x31 };
enum sp_transport { SP_TCP, SP_IPC };

enum {
    SP_HANDSHAKE_BYTES = 8,
    SP_HOPS_MAX = 8,
    SP_STACK_MAX = 4 * (SP_HOPS_MAX + 1), // hop ids and the request id
    SP_HEAD_MAX = 9,                      // frame head: ipc's 01 and the length
};

// Writes the eight bytes with which a socket of `protocol` begins.
void sp_handshake(enum sp_protocol protocol, uint8_t out[SP_HANDSHAKE_BYTES]);

// Writes a frame head in ipc's form; tcp's is the same without the first byte.
void sp_frame_head(uint64_t payload_bytes, uint8_t out[SP_HEAD_MAX]);

// The id stack at the start of a payload: its bytes (a multiple of 4), SP_STACK_SHORT where the payload ends
// before the request id, SP_STACK_BAD where there are more than 8 hops.
enum { SP_STACK_SHORT = 0, SP_STACK_BAD = -1 };
int sp_stack_length(const uint8_t *payload, size_t length) __attribute__((warn_unused_result));

// Bytes still to be read; the reader moves it on.
struct sp_span {
    const uint8_t *at;
    size_t left;
};

// Cuts a stream of bytes, however it is split, into frames. The bound is checked before anything is
// allocated; memory grows with the bytes that came, whatever was announced; between frames a reader holds
// none. After an event other than MORE and WHOLE it is spent.
struct sp_frame_reader {
    size_t max_bytes;            // longest payload that is taken
    uint64_t announced;          // payload length of the frame at hand, once its head is read
    uint8_t *payload;            // owned; only for a frame that came in pieces
    size_t room;                 // bytes of it that are allocated
    size_t have;                 // bytes of it, or of the stack, or of the head
    uint8_t head_bytes;          // 8 or 9
    uint8_t phase;               // of sp_frame.c
    uint8_t bytes[SP_STACK_MAX]; // the head; or of an oversize frame the id stack
};

enum sp_frame_event {
    SP_FRAME_MORE,     // the span is used up
    SP_FRAME_WHOLE,    // `frame` is a payload
    SP_FRAME_OVERSIZE, // longer than allowed; `frame` is the id stack at its head, so that it can be answered
    SP_FRAME_MALFORMED, // not a frame
    SP_FRAME_NO_MEMORY,
};

// What an event is about; the bytes are good until sp_frame_release, and no longer than those of the span.
struct sp_frame {
    const uint8_t *bytes;
    size_t length;
    uint64_t announced; // payload length as the head said it
};

void sp_frame_init(struct sp_frame_reader *r, enum sp_transport transport, size_t max_bytes);
void sp_frame_fini(struct sp_frame_reader *r);

// Reads on from `in` up to the next event. Call it until it says MORE; release each WHOLE frame.
enum sp_frame_event sp_frame_next(struct sp_frame_reader *r, struct sp_span *in, struct sp_frame *frame)
    __attribute__((warn_unused_result));

// Gives back the memory behind the last frame.
void sp_frame_release(struct sp_frame_reader *r);

// True in the middle of a frame, its head included.
bool sp_frame_is_partial(const struct sp_frame_reader *r);

// Payload bytes that are still to be awaited in all for the frame at hand: 0 while its head is incomplete.
uint64_t sp_frame_expected(const struct sp_frame_reader *r);
