#include "engine/request.h"

#include "base/civil.h"
#include "base/error.h"
#include "codec/codec.h"
#include "engine/answer.h"
#include "journal.pb-c.h"

#include <inttypes.h>
#include <string.h>

static const int64_t OLDEST_MS = 48 * HOUR_MS;
static const int64_t AHEAD_MS = 5 * MINUTE_MS;

static bool refuse(struct work *work, int code, const char *argument, int64_t now_ms)
{
    work->code = code;
    if (answer_refusal(&work->arena, &work->id, code, "id", argument, NULL, now_ms, &work->reply))
        work->reply = (struct blob){0};
    return true;
}

// Without its salt, which is another one in each copy of a request.
static struct blob unsalted(struct arena *arena, struct blob part)
{
    struct blob out = {0};
    Whistle__Journal__V1__Private *private =
        (void *)codec_unpack(arena, &whistle__journal__v1__private__descriptor, part.bytes, part.length);
    if (!private)
        return out;
    private->salt = (ProtobufCBinaryData){0, NULL};
    return codec_pack(arena, &private->base, &out) ? (struct blob){0} : out;
}

// Whether what is private of a request is what came with it the first time. What was erased, or cannot be
// read, confirms nothing and denies nothing.
static bool is_same_private(struct store *store, const struct work *work, uint64_t seq)
{
    struct arena arena;
    struct blob part;
    bool had;
    arena_init(&arena, 0);
    int rc = store_read_private(store, &arena, seq, &had, &part);
    bool same = rc || had == (work->private_part.length > 0);
    if (!rc && same && part.length) {
        struct blob before = unsalted(&arena, part), now = unsalted(&arena, work->private_part);
        same =
            before.length == now.length && (!now.length || memcmp(before.bytes, now.bytes, now.length) == 0);
    }
    arena_fini(&arena);
    return same;
}

static bool remembered(struct store *store, struct work *work, int64_t now_ms)
{
    struct remembered was;
    if (!state_get_request(store_batch(store), work->id.bytes, work->principal, &was))
        return false;
    if (memcmp(was.hash.bytes, work->operation_hash, WORK_HASH) != 0 ||
        !is_same_private(store, work, was.seq))
        return refuse(work, ERROR_ID_REUSED, NULL, now_ms);
    work->code = 0;
    work->reply =
        (struct blob){arena_memdup(&work->arena, was.answer.bytes, was.answer.length), was.answer.length};
    return true;
}

bool request_is_fresh(int64_t received_ms, int64_t sent_ms, bool must, int64_t *skew_ms)
{
    *skew_ms = 0;
    if (!sent_ms && !must)
        return true;
    if (__builtin_sub_overflow(received_ms, sent_ms, skew_ms)) // a client may say anything
        *skew_ms = sent_ms < 0 ? INT64_MAX : INT64_MIN;
    return *skew_ms <= AHEAD_MS && *skew_ms >= -AHEAD_MS;
}

// It says when the next one must have been sent, so that its sender need not wait for that time.
static bool refuse_unknown(struct work *work, int64_t now_ms)
{
    return refuse(work, ERROR_REPLAYED, arena_printf(&work->arena, "%" PRId64, work->unknown_until_ms),
                  now_ms);
}

bool request_is_surely_new(int64_t sent_ms, int64_t unknown_until_ms)
{
    return !unknown_until_ms || sent_ms > unknown_until_ms;
}

bool request_known(struct store *store, struct work *work, int64_t now_ms)
{
    if (remembered(store, work, now_ms))
        return true;
    int64_t age = work->received_ms - ulid_time_ms(&work->id);
    if (age > OLDEST_MS || ulid_time_ms(&work->id) <= state_forgotten_requests(store_batch(store)))
        return refuse(work, ERROR_STALE_ID, "48", now_ms);
    if (age < -AHEAD_MS)
        return refuse(work, ERROR_CLOCK_SKEW, arena_printf(&work->arena, "%" PRId64, age), now_ms);
    if (!request_is_fresh(work->received_ms, work->sent_ms, work->key_id[0], &age))
        return refuse(work, ERROR_CLOCK_SKEW, arena_printf(&work->arena, "%" PRId64, age), now_ms);
    if (!request_is_surely_new(work->sent_ms, work->unknown_until_ms))
        return refuse_unknown(work, now_ms);
    return work->replayed && refuse(work, ERROR_REPLAYED, NULL, now_ms);
}

uint32_t request_epoch(struct store *store)
{
    struct journal_position head;
    store_head(store, &head);
    return (uint32_t)head.epoch;
}

int request_rulebook_files(struct arena *arena, const struct rulebook *book, struct blob *out)
{
    size_t count;
    const struct rulebook_file *files = rulebook_files(book, &count);
    Whistle__Journal__V1__RulebookFiles message = WHISTLE__JOURNAL__V1__RULEBOOK_FILES__INIT;
    message.files = arena_array(arena, count + 1, sizeof *message.files);
    for (size_t i = 0; message.files && i < count; i++) {
        if (source_is_private(files[i].name))
            continue; // the journal is for ever, and kept in many places
        Whistle__Journal__V1__RulebookFiles__File *file = arena_alloc(arena, sizeof *file);
        if (!file)
            return ERROR_NO_MEMORY;
        whistle__journal__v1__rulebook_files__file__init(file);
        file->name = (char *)files[i].name;
        file->bytes = (ProtobufCBinaryData){files[i].bytes.length, (uint8_t *)files[i].bytes.bytes};
        message.files[message.n_files++] = file;
    }
    return message.files ? codec_pack(arena, &message.base, out) : ERROR_NO_MEMORY;
}
