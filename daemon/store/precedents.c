#include "store/precedents.h"

#include "base/error.h"
#include "base/text.h"
#include "codec/messages.h"
#include "core/area.h"
#include "store/key.h"
#include "store/tables.h"

#include <string.h>

// The summons that was ruled on: the one that was spared, or the one that has to come after all.
static const struct summons *ruled_on(const struct event *event)
{
    for (size_t i = 0; i < event->summons_count; i++) {
        const struct summons *summons = &event->summons[i];
        bool upheld = event->ruling == RULING_UPHOLD && text_same(summons->unit, event->target);
        if (upheld || summons->state == SUMMONS_EXCUSED)
            return summons;
    }
    return NULL;
}

void precedent_put(struct db_txn *txn, struct arena *arena, const struct casefile *file,
                   const struct event *event)
{
    const struct summons *from = ruled_on(event);
    struct key key = {.length = 0};
    struct blob value;
    struct precedent precedent = {
        .number = file->number,
        .at_ms = event->at_ms,
        .category = file->whistle->category,
        .area = file->area,
        .ruling = event->ruling,
        .from = from ? from->unit : NULL,
        .to = event->ruling == RULING_EXCUSE ? NULL : event->target,
        .reason = from ? from->reason : NULL,
    };
    key_u32(&key, state_name(txn, file->whistle->category));
    key_u32(&key, state_name(txn, area_path_code(file->area)));
    key_u64(&key, event->seq);
    int error = codec_encode(arena, &codec_precedent, &precedent, &value);
    if (error && !txn->error)
        txn->error = error;
    if (!error)
        db_put(txn, DB_PRECEDENTS, key.bytes, key.length, value.bytes, value.length);
}

// Those whose key begins so, newest first in each area.
static size_t walk(struct db_txn *txn, struct arena *arena, const struct key *prefix, struct precedent *out,
                   size_t max)
{
    struct key end = *prefix;
    struct db_cursor cursor;
    size_t count = 0;
    key_u64(&end, UINT64_MAX);
    key_u64(&end, UINT64_MAX);
    db_cursor_open(&cursor, txn, DB_PRECEDENTS);
    bool found = db_cursor_before(&cursor, end.bytes, end.length);
    for (; found && count < max; found = db_cursor_previous(&cursor)) {
        if (memcmp(cursor.key.bytes, prefix->bytes, prefix->length) != 0)
            break;
        struct blob value = {arena_memdup(arena, cursor.value.bytes, cursor.value.length),
                             cursor.value.length};
        int error = value.bytes ? codec_decode(arena, &codec_precedent, value, &out[count]) : ERROR_NO_MEMORY;
        if (error && !txn->error)
            txn->error = error;
        count += !error;
    }
    db_cursor_close(&cursor);
    return count;
}

// The area itself first, then each that holds it.
static size_t walk_upwards(struct db_txn *txn, struct arena *arena, uint32_t category, const char *area,
                           struct precedent *out, size_t max)
{
    char *path = arena_strdup(arena, area);
    size_t count = 0;
    for (char *slash; path && count < max; *slash = 0) {
        struct key prefix = {.length = 0};
        uint32_t number = state_find_name(txn, area_path_code(path));
        key_u32(&prefix, category);
        key_u32(&prefix, number);
        count += number ? walk(txn, arena, &prefix, out + count, max - count) : 0;
        slash = strrchr(path, '/');
        if (!slash)
            break;
    }
    return count;
}

size_t precedents_get(struct db_txn *txn, struct arena *arena, const char *category, const char *area,
                      struct precedent *out, size_t max)
{
    struct key prefix = {.length = 0};
    uint32_t number = category ? state_find_name(txn, category) : 0;
    if (category && !number)
        return 0;
    if (category && area)
        return walk_upwards(txn, arena, number, area, out, max);
    if (category)
        key_u32(&prefix, number);
    return walk(txn, arena, &prefix, out, max);
}
