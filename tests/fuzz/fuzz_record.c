// layer: store
// What stands on disk: the framing of a record, and the messages that are stored. The first byte chooses. A
// record is decoded as it is and with its checksum put right, since chance alone would never get past that;
// what decodes as a message is written again, and from there on is the same for ever.
#include "input.h"

#include "base/crc32c.h"
#include "codec/codec.h"
#include "codec/messages.h"
#include "store/bytes.h"
#include "store/project.h"
#include "store/segment.h"

static const uint8_t id[16] = "a journal's id.";

static void is_inside(const struct record *record, size_t length)
{
    MUST(record->length <= length && record->count && record->batch_seq <= record->first_seq);
    free(exact_copy(record->public_part));
    free(exact_copy(record->private_part));
    MUST(record_private_offset(record) + RECORD_PRIVATE_HEADER + record_private_padded(record) <= length);
}

static void are_same(struct blob a, struct blob b)
{
    MUST(a.length == b.length && (!a.length || memcmp(a.bytes, b.bytes, a.length) == 0));
}

static void read_facts(struct blob part)
{
    struct record_facts facts;
    struct blob once, twice;
    struct arena arena;
    arena_init(&arena, 16 << 20);
    if (facts_decode(&arena, part, (struct blob){NULL, 0}, &facts) == 0 &&
        facts_encode(&arena, &facts, &once) == 0 &&
        facts_decode(&arena, once, (struct blob){NULL, 0}, &facts) == 0 &&
        facts_encode(&arena, &facts, &twice) == 0)
        are_same(once, twice);
    arena_fini(&arena);
}

static void read_record(struct blob bytes, bool mend)
{
    struct record record;
    uint32_t seed = record_seed(id);
    uint8_t *exact = exact_copy(bytes);
    if (mend && bytes.length >= RECORD_HEADER) {
        uint64_t covered = ((uint64_t)get32(exact + 40) + 7) / 8 * 8;
        if (covered <= bytes.length - RECORD_HEADER)
            put32(exact + 84, crc32c(crc32c(seed, exact, 84), exact + RECORD_HEADER, (size_t)covered));
    }
    if (record_decode(exact, bytes.length, seed, &record) == RECORD_WHOLE) {
        is_inside(&record, bytes.length);
        read_facts(record.public_part);
    }
    free(exact);
}

static void read_segment_header(struct blob bytes)
{
    uint8_t head[SEGMENT_HEADER] = {0}, again[SEGMENT_HEADER];
    struct segment_header header;
    memcpy(head, bytes.bytes, bytes.length < sizeof head ? bytes.length : sizeof head);
    put32(head + 124, crc32c(0, head, 124));
    if (segment_header_decode(head, &header))
        return;
    segment_header_encode(&header, again);
    MUST(segment_header_decode(again, &header) == 0);
}

static void read_message(struct blob bytes, const struct codec_message *message)
{
    struct arena arena;
    struct blob once, twice;
    arena_init(&arena, 16 << 20);
    void *core = arena_alloc(&arena, message->size), *again = arena_alloc(&arena, message->size);
    if (codec_decode(&arena, message, bytes, core) == 0 && codec_encode(&arena, message, core, &once) == 0 &&
        codec_decode(&arena, message, once, again) == 0 && codec_encode(&arena, message, again, &twice) == 0)
        are_same(once, twice);
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input in = {bytes, length};
    size_t which = take_byte(&in), messages = 0;
    struct blob rest = take_bytes(&in, in.left);
    uint8_t *exact = exact_copy(rest);
    while (codec_messages[messages])
        messages++;
    if (which < 2)
        read_record(rest, which == 1);
    else if (which == 2)
        read_segment_header(rest);
    else if (which == 3)
        read_facts((struct blob){exact, rest.length});
    else
        read_message((struct blob){exact, rest.length}, codec_messages[which % messages]);
    free(exact);
    return 0;
}
