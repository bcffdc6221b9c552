// list: a page of cases. Open ones come in the order of their earliest due time, from the unit's own index
// where a unit is asked for; with closed ones asked for, in the order in which they were filed, newest first.
//
// Cases move while somebody reads on: the walk passes over what has changed since the first page (its place
// among the keys may be another one by then), and when it has come to its end the list goes on with just
// that: the journal's events since the first page, up to the head as it is then, and of each case the latest
// of them. So, at the moment when the walk ends, every case has been told, or comes once more as it stands
// when its row is made; the list ends, whatever goes on happening.
#include "service/list_filter.h"
#include "service/list_row.h"

#include "base/error.h"
#include "store/key.h"

#include <string.h>

// What a page looks at is bounded in bytes too: one case may be as large as a thousand others, and a look
// must end soon, since others wait for it, and the daemon's stop.
enum {
    PAGE = 50,
    PAGE_MAX = 500,
    LOOKED_AT_MAX = 5000,
    RECORDS_MAX = 2000,
    LOOKED_BYTES_MAX = 8 * 1024 * 1024,
    PAGE_BYTES = 512 * 1024
};

struct page {
    struct query *query;
    struct list_filter filter;
    uint8_t digest[LIST_DIGEST];
    struct token_key key;
    struct list_place place;     // where the page has come to
    struct journal_position now; // what this page's snapshot knows
    enum db_table table;
    size_t id_offset;  // of the case id in the key
    struct key prefix; // that all keys of the walk share
    Whistle__V1__CaseList *out;
    size_t max;
    size_t bytes;  // of the rows
    size_t looked; // bytes that were looked at
};

static int add_row(struct page *page, const struct casefile *file)
{
    Whistle__V1__CaseRow *row = list_row(page->query, file, page->filter.unit);
    if (!row)
        return ERROR_NO_MEMORY;
    row->moved = page->place.part == LIST_MOVED;
    page->out->rows[page->out->n_rows++] = row;
    page->bytes += whistle__v1__case_row__get_packed_size(row);
    return 0;
}

static bool is_full(const struct page *page)
{
    return page->out->n_rows == page->max || page->bytes >= PAGE_BYTES;
}

static bool has_enough(const struct page *page)
{
    return is_full(page) || page->looked >= LOOKED_BYTES_MAX;
}

static bool wants(const struct page *page, const struct casefile *file)
{
    bool in_its_place = page->place.part == LIST_WALK && file->last_seq <= page->place.since;
    return (in_its_place || page->place.part == LIST_MOVED) && list_filter_wants(&page->filter, file);
}

// Most cases of a walk may be for somebody else: only the row of what is wanted stays in memory.
static int look_at(struct page *page, uint64_t id)
{
    struct db_txn *txn = &page->query->reader->txn;
    struct blob stored = state_stored_case(txn, id);
    struct arena arena;
    int rc = 0;
    page->looked += stored.length;
    if (!list_filter_finds(&page->filter, stored))
        return txn->error;
    arena_init(&arena, 0);
    const struct casefile *file = state_decode_case(txn, &arena, stored);
    if (file && wants(page, file))
        rc = add_row(page, file);
    arena_fini(&arena);
    return rc ? rc : txn->error;
}

// ---- what has not changed -----------------------------------------------------------------------

// Moves on by one key. False behind the last one, or behind the latest due time that is asked for.
static bool step(struct page *page, struct db_cursor *cursor, bool first)
{
    struct key from = page->place.at;
    bool found;
    if (page->filter.by_due) {
        key_u8(&from, 0); // just behind it
        found = first ? db_cursor_seek(cursor, from.bytes, from.length) : db_cursor_next(cursor);
    } else {
        found = first ? db_cursor_before(cursor, from.bytes, from.length) : db_cursor_previous(cursor);
    }
    if (!found || cursor->key.length < page->prefix.length ||
        memcmp(cursor->key.bytes, page->prefix.bytes, page->prefix.length) != 0)
        return false;
    key_clear(&page->place.at);
    key_bytes(&page->place.at, cursor->key.bytes, cursor->key.length);
    return !page->filter.bounded || key_get_time(cursor->key, page->prefix.length) < page->filter.before_ms;
}

// `*over`: the walk is at its end.
static int walk(struct page *page, bool *over)
{
    struct db_cursor cursor;
    int rc = 0;
    db_cursor_open(&cursor, &page->query->reader->txn, page->table);
    for (int looked = 0; !rc && !has_enough(page) && !*over && looked < LOOKED_AT_MAX; looked++) {
        const struct key *at = &page->place.at;
        *over = !step(page, &cursor, looked == 0);
        if (!*over)
            rc = look_at(page, key_get_u64((struct blob){at->bytes, at->length}, page->id_offset));
    }
    db_cursor_close(&cursor);
    return rc ? rc : page->query->reader->txn.error;
}

// ---- what has -----------------------------------------------------------------------------------

// Is this the latest event of its case, as far as this part goes? One that came later does not hide it.
static bool is_latest(struct page *page, const struct event *event)
{
    struct key behind = {.length = 0};
    struct db_cursor cursor;
    key_u64(&behind, event->case_id);
    key_u64(&behind, page->place.upto + 1);
    db_cursor_open(&cursor, &page->query->reader->txn, DB_HISTORY);
    bool latest = db_cursor_before(&cursor, behind.bytes, behind.length) &&
                  key_get_u64(cursor.key, 0) == event->case_id && key_get_u64(cursor.key, 8) == event->seq;
    db_cursor_close(&cursor);
    return latest;
}

static int look_at_events(struct page *page, const struct record_facts *facts)
{
    struct list_place *place = &page->place;
    int rc = 0;
    for (size_t i = 0; i < facts->event_count && !rc && !is_full(page); i++) {
        const struct event *event = &facts->events[i];
        if (event->seq <= place->seq || event->seq > place->upto)
            continue;
        if (event->case_id && is_latest(page, event))
            rc = look_at(page, event->case_id);
        place->seq = event->seq;
    }
    return rc;
}

// Some records hold a whole rulebook: what is read is given back at once.
static int look_at_record(struct page *page)
{
    struct store_reader reader = *page->query->reader;
    struct record_facts facts;
    struct arena arena;
    arena_init(&arena, 0);
    reader.arena = &arena;
    int rc = store_read_public(&reader, page->place.seq + 1, &facts);
    page->looked += arena.used;
    if (!rc)
        rc = look_at_events(page, &facts);
    arena_fini(&arena);
    return rc;
}

static int tell_moved(struct page *page)
{
    struct list_place *place = &page->place;
    int rc = 0;
    for (int i = 0; i < RECORDS_MAX && !rc && !has_enough(page) && place->seq < place->upto; i++)
        rc = look_at_record(page);
    return rc;
}

// ---- a page -------------------------------------------------------------------------------------

static int refuse_token(struct page *page)
{
    page->query->reply->result_case = WHISTLE__V1__REPLY__RESULT__NOT_SET;
    return query_refuse(page->query, ERROR_BAD_VALUE, "list.after", "after",
                        page->query->request->list->after);
}

static int fill(struct page *page)
{
    struct list_place *place = &page->place;
    Whistle__V1__Reply *reply = page->query->reply;
    bool over = false;
    reply->result_case = WHISTLE__V1__REPLY__RESULT_LIST;
    reply->list = page->out;
    int rc = place->part == LIST_WALK ? walk(page, &over) : 0;
    if (!rc && over) {
        place->part = LIST_MOVED;
        place->seq = place->since;
        place->upto = page->now.next_seq - 1;
    }
    if (!rc && place->part == LIST_MOVED)
        rc = tell_moved(page);
    if (rc == ERROR_NOT_FOUND) // so old that the journal's part since then was archived
        return refuse_token(page);
    if (rc || (place->part == LIST_MOVED && place->seq >= place->upto))
        return rc;
    page->out->next_after = list_token_make(page->query->arena, &page->key, place, page->digest);
    return page->out->next_after ? 0 : ERROR_NO_MEMORY;
}

static void choose_walk(struct page *page)
{
    struct db_txn *txn = &page->query->reader->txn;
    if (!page->filter.by_due) {
        page->table = DB_CASES;
    } else if (page->filter.unit) {
        page->table = DB_UNIT_OPEN;
        key_u32(&page->prefix, state_find_name(txn, page->filter.unit));
        page->id_offset = 12;
    } else {
        page->table = DB_OPEN;
        page->id_offset = 8;
    }
}

static void begin(struct page *page)
{
    struct list_place *place = &page->place;
    *place = (struct list_place){
        .part = LIST_WALK, .epoch = page->now.epoch, .since = page->now.next_seq - 1, .at = page->prefix};
    if (!page->filter.by_due)
        key_u64(&place->at, UINT64_MAX);
}

// Everything in a token may be invented: no number of it may lead astray.
static bool is_possible(const struct page *page)
{
    const struct list_place *place = &page->place;
    if (place->since >= page->now.next_seq)
        return false;
    if (place->part == LIST_MOVED)
        return place->since <= place->seq && place->seq <= place->upto && place->upto < page->now.next_seq;
    return place->at.length == page->id_offset + 8 &&
           memcmp(place->at.bytes, page->prefix.bytes, page->prefix.length) == 0;
}

static int go_on(struct page *page)
{
    struct query *query = page->query;
    const char *after = query->request->list->after;
    if (!*after) {
        begin(page);
        return fill(page);
    }
    if (!list_token_read(&page->key, after, page->digest, &page->place))
        return refuse_token(page);
    if (page->place.epoch != page->now.epoch)
        return query_refuse_epoch(query, "list.after", &page->now);
    return is_possible(page) ? fill(page) : refuse_token(page);
}

int query_list(struct query *query)
{
    const Whistle__V1__List *list = query->request->list;
    struct page page = {.query = query};
    struct state_position state = {.at = {.next_seq = 1}};
    bool refused;
    int rc = list_filter_init(&page.filter, query, &refused);
    if (!rc && !refused)
        rc = list_filter_digest(&page.filter, page.digest);
    if (rc || refused)
        return rc;
    // not the journal's own head: that may be ahead of this snapshot
    state_get_position(&query->reader->txn, &state);
    page.now = state.at;
    page.max = list->max == 0 ? PAGE : list->max < PAGE_MAX ? list->max : PAGE_MAX;
    page.out = arena_alloc(query->arena, sizeof *page.out);
    if (!page.out)
        return ERROR_NO_MEMORY;
    whistle__v1__case_list__init(page.out);
    page.out->rows = arena_array(query->arena, page.max, sizeof *page.out->rows);
    token_key_of(query->reader->store, &page.key);
    choose_walk(&page);
    return page.out->rows ? go_on(&page) : ERROR_NO_MEMORY;
}
