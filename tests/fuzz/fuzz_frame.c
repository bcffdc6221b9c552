// layer: sp
// Frames out of a stream of bytes: however it is cut, the same frames come out. The first byte chooses the
// transport and the limit, the second the cuts.
#include "input.h"

#include "sp/sp_frame.h"

// What a reader saw, as a sum over its events.
struct seen {
    struct sp_frame_reader reader;
    uint64_t sum;
    bool spent;
};

static void add(struct seen *seen, const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        seen->sum = (seen->sum ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
}

static void look(struct seen *seen, enum sp_frame_event event, const struct sp_frame *frame)
{
    bool oversize = frame->announced > seen->reader.max_bytes;
    int stack = sp_stack_length(frame->bytes, frame->length);
    MUST(oversize == (event == SP_FRAME_OVERSIZE));
    MUST(oversize ? stack == (int)frame->length : frame->length == frame->announced);
    MUST(stack >= SP_STACK_BAD && stack <= SP_STACK_MAX && stack <= (int)frame->length);
    add(seen, &frame->announced, sizeof frame->announced);
    add(seen, frame->bytes, frame->length);
}

static void feed(struct seen *seen, struct blob piece)
{
    uint8_t *exact = exact_copy(piece);
    struct sp_span in = {exact, piece.length};
    while (in.left && !seen->spent) {
        struct sp_frame frame = {0};
        enum sp_frame_event event = sp_frame_next(&seen->reader, &in, &frame);
        MUST(event != SP_FRAME_MORE || !in.left);
        if (event == SP_FRAME_MORE)
            break;
        seen->spent = event != SP_FRAME_WHOLE;
        add(seen, &event, sizeof event);
        if (frame.bytes)
            look(seen, event, &frame);
        if (event == SP_FRAME_WHOLE)
            sp_frame_release(&seen->reader);
    }
    free(exact);
}

static uint64_t read_all(struct input in, enum sp_transport transport, size_t max, size_t cut)
{
    struct seen seen = {.sum = 1};
    sp_frame_init(&seen.reader, transport, max);
    while (in.left && !seen.spent)
        feed(&seen, take_bytes(&in, cut));
    uint64_t expected = sp_frame_expected(&seen.reader);
    MUST(expected <= max && (!expected || sp_frame_is_partial(&seen.reader)));
    add(&seen, &expected, sizeof expected);
    sp_frame_fini(&seen.reader);
    return seen.sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input in = {bytes, length};
    uint8_t how = take_byte(&in);
    enum sp_transport transport = how & 1 ? SP_IPC : SP_TCP;
    size_t max = how & 2 ? 64 : 4096, cut = (size_t)take_byte(&in) + 1;
    MUST(read_all(in, transport, max, SIZE_MAX) == read_all(in, transport, max, cut));
    return 0;
}
