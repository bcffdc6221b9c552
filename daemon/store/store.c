#include "store/store.h"

#include "base/error.h"
#include "store/store_state.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

const char *store_way_name(enum store_way way)
{
    static const char *const names[] = {
#define X(id, text) text,
        STORE_WAYS(X)
#undef X
    };
    return names[way];
}

// ---- open and close -----------------------------------------------------------------------------

int store_open(const struct store_options *options, struct store **out, struct store_recovery *recovery,
               struct store_error *error)
{
    struct store_recovery nobody;
    recovery = recovery ? recovery : &nobody;
    *out = NULL;
    if (sodium_init() < 0)
        return store_error_set(error, ERROR_INTERNAL, "libsodium does not start");
    struct store *store = calloc(1, sizeof *store);
    if (!store)
        return store_error_set(error, ERROR_NO_MEMORY, "out of memory");
    store->lock.fd = store->doubt.fd = -1;
    snprintf(store->directory, sizeof store->directory, "%s", options->directory);
    store->io = options->io ? *options->io : store_io_system;
    memcpy(store->boot, options->boot_id, sizeof store->boot);
    store->map_bytes = options->map_bytes;
    arena_init(&store->arena, 0);
    store->entries = calloc(BATCH_MAX_RECORDS, sizeof *store->entries);
    int rc = store->entries ? store_lock_take(&store->lock, options->directory, error) : ERROR_NO_MEMORY;
    if (!rc)
        rc = store_recover(store, options, recovery, error);
    if (!rc)
        rc = store_mark_write(store->directory, store->boot, false, error);
    if (rc) {
        store->boot[0] = 0;
        journal_close(store->journal);
        db_close(&store->db);
        doubt_end(&store->doubt, false);
        store_lock_release(&store->lock);
        free(store->entries);
        free(store);
        return rc;
    }
    *out = store;
    return 0;
}

void store_seal(struct store *store)
{
    assert(!store->in_batch);
    bool synced = store_sync_state(store, NULL) == 0;
    if (!synced || store_mark_write(store->directory, store->boot, true, NULL))
        fprintf(stderr, "<4>the state is not marked clean: in another boot it is not trusted\n");
    doubt_end(&store->doubt, true);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    store_seal(store);
    db_close(&store->db);
    journal_close(store->journal);
    store_lock_release(&store->lock);
    arena_fini(&store->arena);
    free(store->entries);
    free(store);
}

// ---- a batch ------------------------------------------------------------------------------------

bool store_is_behind(const struct store *store)
{
    return atomic_load(&store->behind);
}

static int catch_up(struct store *store)
{
    assert(!store->in_batch);
    if (db_damage(&store->db))
        return ERROR_CORRUPT;
    int rc = store_is_behind(store) ? store_catch_up(store) : 0;
    if (!rc)
        atomic_store(&store->behind, false);
    return rc;
}

int store_probe(struct store *store)
{
    struct state_position position;
    int rc = catch_up(store);
    if (rc)
        return rc;
    db_begin(&store->db, true, &store->txn);
    if (state_get_position(&store->txn, &position))
        state_put_position(&store->txn, &position);
    return db_commit(&store->txn);
}

int store_begin(struct store *store)
{
    int rc = catch_up(store);
    if (rc)
        return rc;
    journal_head(store->journal, &store->expected);
    db_begin(&store->db, true, &store->txn);
    if (store->txn.error)
        return store->txn.error;
    store->in_batch = true;
    store->next_seq = store->expected.next_seq;
    store->entry_count = 0;
    store->batch_bytes = 0;
    return 0;
}

static void end_batch(struct store *store)
{
    store->in_batch = false;
    arena_fini(&store->arena);
}

static struct view_over *view_over(struct store *store)
{
    struct view_over *over = arena_alloc(&store->arena, sizeof *over);
    if (over)
        *over = (struct view_over){&store->txn, &store->arena, store->next_seq};
    return over;
}

const struct view *store_view(struct store *store)
{
    store->view = (struct view){&store_view_ops, view_over(store)};
    return store->view.ctx ? &store->view : NULL;
}

struct db_txn *store_batch(struct store *store)
{
    return &store->txn;
}

struct arena *store_arena(struct store *store)
{
    return &store->arena;
}

uint64_t store_next_seq(const struct store *store)
{
    return store->next_seq;
}

bool store_batch_is_empty(const struct store *store)
{
    return store->entry_count == 0;
}

int store_take(struct store *store, const struct store_record *record)
{
    struct journal_entry *entry = &store->entries[store->entry_count];
    struct blob public_part;
    int rc = facts_encode(&store->arena, &record->facts, &public_part);
    if (rc)
        return rc;
    uint64_t bytes = record_size(public_part.length, record->private_part.length);
    if (store->entry_count == BATCH_MAX_RECORDS ||
        store->batch_bytes + bytes > journal_max_batch(store->journal))
        return ERROR_TOO_LARGE;
    assert(record->facts.event_count > 0 && record->facts.events[0].seq == store->next_seq);
    project(&store->txn, &store->arena, &record->facts);
    if (store->txn.error)
        return store->txn.error;
    *entry = (struct journal_entry){
        .count = (uint32_t)record->facts.event_count,
        .public_part = public_part,
        .private_part = record->private_part,
    };
    store->entry_count++;
    store->batch_bytes += bytes;
    store->next_seq += record->facts.event_count;
    return 0;
}

// The journal holds the batch now. If the state cannot take it, it catches up before the next one: what was
// answered is true all the same.
static void commit_state(struct store *store)
{
    struct state_position position;
    for (size_t i = 0; i < store->entry_count; i++)
        state_put_place(&store->txn, store->entries[i].first_seq, store->entries[i].count,
                        store->entries[i].place);
    memcpy(position.journal_id, journal_id(store->journal), sizeof position.journal_id);
    journal_head(store->journal, &position.at);
    state_put_position(&store->txn, &position);
    if (db_commit(&store->txn))
        atomic_store(&store->behind, true);
}

int store_commit(struct store *store)
{
    int rc = 0;
    if (store->txn.error)
        rc = store->txn.error;
    else if (store->entry_count)
        rc = journal_append(store->journal, &store->expected, store->entries, store->entry_count);
    if (rc || !store->entry_count)
        db_abort(&store->txn);
    else
        commit_state(store);
    end_batch(store);
    return rc;
}

void store_abort(struct store *store)
{
    db_abort(&store->txn);
    end_batch(store);
}

// ---- reading ------------------------------------------------------------------------------------

void store_read_begin(struct store *store, struct arena *arena, struct store_reader *reader)
{
    struct journal_position head;
    *reader = (struct store_reader){.store = store, .arena = arena};
    journal_head(store->journal, &head);
    db_begin(&store->db, false, &reader->txn);
    struct view_over *over = arena_alloc(arena, sizeof *over);
    if (!over) {
        reader->txn.error = reader->txn.error ? reader->txn.error : ERROR_NO_MEMORY;
        return;
    }
    *over = (struct view_over){&reader->txn, arena, head.next_seq};
    reader->view = (struct view){&store_view_ops, over};
}

void store_read_end(struct store_reader *reader)
{
    db_abort(&reader->txn);
}

// The parts are copied to where the reader wants them; what he does not want is not.
static int keep_parts(struct arena *arena, const struct record *record, struct blob *public_part,
                      struct blob *private_part)
{
    *public_part = record->public_part;
    public_part->bytes = arena_memdup(arena, public_part->bytes, public_part->length);
    if (private_part) {
        *private_part = record->private_part;
        private_part->bytes = arena_memdup(arena, private_part->bytes, private_part->length);
    }
    return arena_failed(arena) ? ERROR_NO_MEMORY : 0;
}

static int read_parts(struct store_reader *reader, uint64_t seq, struct blob *public_part,
                      struct blob *private_part)
{
    struct journal_place place;
    struct journal_record record;
    struct buffer bytes;
    if (!state_get_place(&reader->txn, seq, &place))
        return reader->txn.error ? reader->txn.error : ERROR_NOT_FOUND;
    buffer_init(&bytes);
    int rc = journal_read(reader->store->journal, place, &bytes, &record, NULL);
    if (!rc)
        rc = keep_parts(reader->arena, &record.body, public_part, private_part);
    buffer_fini(&bytes);
    return rc;
}

int store_read_record(struct store_reader *reader, uint64_t seq, struct record_facts *facts,
                      struct blob *private_part)
{
    struct blob public_part;
    int rc = read_parts(reader, seq, &public_part, private_part);
    return rc ? rc : facts_decode(reader->arena, public_part, *private_part, facts);
}

int store_read_public(struct store_reader *reader, uint64_t seq, struct record_facts *facts)
{
    struct blob public_part;
    int rc = read_parts(reader, seq, &public_part, NULL);
    return rc ? rc : facts_decode(reader->arena, public_part, (struct blob){NULL, 0}, facts);
}

// What is not written yet has no place in the journal.
static const struct journal_entry *pending_entry(const struct store *store, uint64_t seq)
{
    uint64_t first_seq = store->expected.next_seq;
    for (size_t i = 0; i < store->entry_count; first_seq += store->entries[i++].count)
        if (seq >= first_seq && seq - first_seq < store->entries[i].count)
            return &store->entries[i];
    return NULL;
}

int store_read_private(struct store *store, struct arena *arena, uint64_t seq, bool *had, struct blob *out)
{
    struct store_reader reader = {.store = store, .txn = store->txn, .arena = arena};
    const struct journal_entry *pending = pending_entry(store, seq);
    struct record_facts facts = {0};
    if (pending) {
        *out = pending->private_part;
        *had = out->length > 0;
        return 0;
    }
    int rc = store_read_record(&reader, seq, &facts, out);
    *had = facts.private_hash.length > 0;
    return rc;
}

void store_head(struct store *store, struct journal_position *out)
{
    journal_head(store->journal, out);
}

static void read_facts(struct store *store, struct store_status *out)
{
    struct journal_position head;
    struct db_txn txn;
    journal_head(store->journal, &head);
    db_begin(&store->db, false, &txn);
    out->demo = state_get_count(&txn, "demo") != 0;
    out->last_ms = (int64_t)state_get_count(&txn, "last_ms");
    out->empty = head.next_seq == 1;
    db_abort(&txn);
}

static uint64_t free_bytes(const struct store *store)
{
    struct statvfs disk;
    return statvfs(store->directory, &disk) ? 0 : (uint64_t)disk.f_bavail * disk.f_frsize;
}

void store_status(struct store *store, struct store_status *out)
{
    journal_status(store->journal, &out->journal);
    out->state_bytes = db_used_bytes(&store->db);
    out->map_bytes = db_map_bytes(&store->db);
    out->free_bytes = free_bytes(store);
    out->checkpoint_seq = atomic_load(&store->checkpoint);
    out->behind = store_is_behind(store);
    read_facts(store, out);
}

const char *store_damage(const struct store *store)
{
    const char *table = db_damage(&store->db);
    return table ? table : atomic_load(&store->distrusted) ? "some" : NULL;
}

int store_distrust(struct store *store)
{
    int rc = doubt_note_damage(&store->doubt);
    atomic_store(&store->distrusted, true);
    return rc;
}

const char *store_directory(const struct store *store)
{
    return store->directory;
}

struct journal *store_journal(struct store *store)
{
    return store->journal;
}
