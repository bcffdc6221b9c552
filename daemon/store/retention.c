#include "store/retention.h"

#include "base/error.h"
#include "store/journal_archive.h"
#include "store/store_state.h"

// When the record of an event was taken down.
static int received(struct store *store, uint64_t seq, int64_t *out)
{
    struct store_reader reader;
    struct record_facts facts;
    struct arena arena;
    arena_init(&arena, 0);
    store_read_begin(store, &arena, &reader);
    int rc = reader.txn.error ? reader.txn.error : store_read_public(&reader, seq, &facts);
    if (!rc)
        *out = facts.received_ms;
    store_read_end(&reader);
    arena_fini(&arena);
    return rc;
}

static int is_due(struct store *store, const struct journal_range *range, int64_t before_ms, bool *due,
                  struct store_error *error)
{
    int64_t last_ms = 0;
    int rc = received(store, range->after - 1, &last_ms);
    *due = !rc && last_ms < before_ms;
    if (rc)
        store_error_set(error, rc, "seq %ju cannot be read: %s", (uintmax_t)range->after - 1, error_name(rc));
    return rc;
}

int store_retire(struct store *store, int64_t before_ms, uint64_t *moved, struct store_error *error)
{
    struct journal_range range;
    bool due;
    *moved = 0;
    if (!journal_oldest(store->journal, &range))
        return 0;
    int rc = is_due(store, &range, before_ms, &due, error);
    if (rc || !due)
        return rc;
    if (atomic_load(&store->checkpoint) < range.after)
        rc = store_checkpoint(store, true, error);
    if (rc || atomic_load(&store->checkpoint) < range.after)
        return rc;
    rc = journal_archive(store->journal, error);
    if (!rc)
        *moved = range.first_seq;
    return rc;
}
