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

static bool remembered(struct store *store, struct work *work, int64_t now_ms)
{
    struct blob hash, answer;
    if (!state_get_request(store_batch(store), work->id.bytes, work->principal, &hash, &answer))
        return false;
    if (memcmp(hash.bytes, work->operation_hash, WORK_HASH) != 0)
        return refuse(work, ERROR_ID_REUSED, NULL, now_ms);
    work->code = 0;
    work->reply = (struct blob){arena_memdup(&work->arena, answer.bytes, answer.length), answer.length};
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
