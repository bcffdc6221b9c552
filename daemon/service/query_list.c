// list: a page of cases. Open ones come in the order of their earliest due time, from the unit's own index
// where a unit is asked for; with closed ones asked for, in the order in which they were filed, newest first.
#include "service/query.h"

#include "base/error.h"
#include "base/text.h"
#include "core/permit.h"
#include "store/key.h"

#include <sodium.h>
#include <string.h>

enum { PAGE = 50, PAGE_MAX = 500, LOOKED_AT_MAX = 5000, PAGE_BYTES = 512 * 1024, CURSOR_MAX = 64 };

struct page {
    struct query *query;
    const Whistle__V1__List *list;
    const char *unit; // whose summonses; NULL: everybody's
    uint32_t area;    // AREA_NONE: everywhere
    bool by_due;      // open cases only
    enum db_table table;
    size_t id_offset;  // of the case id in the key
    struct key prefix; // that all keys of the walk share
    Whistle__V1__CaseList *out;
    size_t max;
    size_t bytes; // of the rows
};

static bool wants_state(const struct page *page, enum case_state state)
{
    const Whistle__V1__List *list = page->list;
    if (list->open_only && !case_is_open(state))
        return false;
    for (size_t i = 0; i < list->n_states; i++)
        if ((enum case_state)list->states[i] == state)
            return true;
    return list->n_states == 0;
}

static bool wants(const struct page *page, const struct casefile *file)
{
    const struct query *query = page->query;
    const Whistle__V1__List *list = page->list;
    uint32_t area = query_area(query, file->area);
    int64_t due = state_earliest_due(file, page->unit);
    if (!wants_state(page, file->state) ||
        !permit_relation(rulebook_rules(query->book), query->principal, file, area))
        return false;
    if (page->area != AREA_NONE &&
        (area == AREA_NONE || !area_is_within(&rulebook_rules(query->book)->areas, area, page->area)))
        return false;
    if (page->unit && !case_summons_in_hand(file, page->unit))
        return false;
    if (list->overdue && due >= query->now_ms)
        return false;
    if (list->due_before_ms && due >= list->due_before_ms)
        return false;
    return !*list->category || text_starts(file->whistle->category, list->category);
}

// The earliest due time, CLOCK_NEVER where clocks only stand still, 0 where there are none.
static int64_t shown_due(const struct casefile *file, const char *unit)
{
    int64_t due_ms = state_earliest_due(file, unit);
    bool paused = false;
    for (size_t i = 0; i < file->clock_count; i++)
        paused |= clock_is_paused(&file->clocks[i]) && state_concerns(file, &file->clocks[i], unit);
    return due_ms != CLOCK_NEVER || paused ? due_ms : 0;
}

static int add_row(struct page *page, const struct casefile *file)
{
    struct query *query = page->query;
    int64_t due = state_earliest_due(file, page->unit);
    Whistle__V1__CaseRow *row = arena_alloc(query->arena, sizeof *row);
    if (!row)
        return ERROR_NO_MEMORY;
    whistle__v1__case_row__init(row);
    row->number = (char *)file->number;
    row->state = (Whistle__V1__CaseState)file->state;
    row->kind = (Whistle__V1__Kind)file->whistle->kind;
    row->category = (char *)file->whistle->category;
    row->category_name = (char *)query_category_name(query, file->whistle->category);
    row->area = (char *)area_path_code(file->area);
    row->area_name = (char *)query_area_name(query, file->area);
    row->title = (char *)text_or_empty(file->whistle->title);
    row->due_ms = shown_due(file, page->unit);
    row->overdue = due < query->now_ms;
    row->filed_ms = file->filed_ms;
    row->charge = (char *)text_or_empty(file->charge);
    struct query_names units = {.query = query};
    query_name_summoned(&units, file);
    row->units = units.names;
    row->n_units = units.count;
    page->out->rows[page->out->n_rows++] = row;
    page->bytes += whistle__v1__case_row__get_packed_size(row);
    return arena_failed(query->arena) ? ERROR_NO_MEMORY : 0;
}

static int keep_place(struct page *page, const struct key *at)
{
    char *hex = arena_alloc(page->query->arena, 2 * CURSOR_MAX + 1);
    if (!hex || at->length > CURSOR_MAX)
        return ERROR_NO_MEMORY;
    sodium_bin2hex(hex, 2 * CURSOR_MAX + 1, at->bytes, at->length);
    page->out->next_after = hex;
    return 0;
}

// Where the walk begins: behind the last key of the page before, or at its natural end.
static bool first_key(struct page *page, struct key *at)
{
    size_t length;
    const char *after = page->list->after;
    key_clear(at);
    if (!*after) {
        key_bytes(at, page->prefix.bytes, page->prefix.length);
        if (!page->by_due)
            key_u64(at, UINT64_MAX);
        return true;
    }
    bool read = strlen(after) <= 2 * CURSOR_MAX &&
                sodium_hex2bin(at->bytes, CURSOR_MAX, after, strlen(after), NULL, &length, NULL) == 0;
    at->length = read ? length : 0;
    bool ours = at->length >= page->prefix.length + 8 &&
                memcmp(at->bytes, page->prefix.bytes, page->prefix.length) == 0;
    if (ours && page->by_due)
        key_u8(at, 0); // just behind it
    return ours;
}

static bool step(struct page *page, struct db_cursor *cursor, struct key *at, bool first)
{
    bool found;
    if (!page->by_due)
        found = db_cursor_before(cursor, at->bytes, at->length);
    else
        found = first ? db_cursor_seek(cursor, at->bytes, at->length) : db_cursor_next(cursor);
    if (!found || cursor->key.length < page->prefix.length ||
        memcmp(cursor->key.bytes, page->prefix.bytes, page->prefix.length) != 0)
        return false;
    key_clear(at);
    key_bytes(at, cursor->key.bytes, cursor->key.length);
    return true;
}

// Most cases of a walk may be for somebody else: only what is wanted stays in memory.
static int look_at(struct page *page, uint64_t id)
{
    struct db_txn *txn = &page->query->reader->txn;
    struct arena arena;
    arena_init(&arena, 0);
    const struct casefile *file = state_get_case(txn, &arena, id);
    bool wanted = file && wants(page, file);
    arena_fini(&arena);
    if (wanted)
        file = state_get_case(txn, page->query->arena, id);
    if (txn->error)
        return txn->error;
    return wanted ? add_row(page, file) : 0;
}

static int walk(struct page *page)
{
    struct db_cursor cursor;
    struct key at;
    int rc = 0;
    if (!first_key(page, &at))
        return query_refuse(page->query, ERROR_BAD_VALUE, "list.after", "after", page->list->after);
    db_cursor_open(&cursor, &page->query->reader->txn, page->table);
    for (int looked = 0; !rc && step(page, &cursor, &at, looked == 0); looked++) {
        uint64_t id = key_get_u64((struct blob){at.bytes, at.length}, page->id_offset);
        rc = look_at(page, id);
        bool full = page->out->n_rows == page->max || page->bytes >= PAGE_BYTES;
        if (full || looked == LOOKED_AT_MAX) {
            rc = rc ? rc : keep_place(page, &at);
            break;
        }
    }
    db_cursor_close(&cursor);
    return rc;
}

static void choose_walk(struct page *page)
{
    struct db_txn *txn = &page->query->reader->txn;
    bool closed = !page->list->open_only && !page->list->overdue && !page->list->due_before_ms;
    page->by_due = !closed;
    if (!page->by_due) {
        page->table = DB_CASES;
    } else if (page->unit) {
        page->table = DB_UNIT_OPEN;
        key_u32(&page->prefix, state_find_name(txn, page->unit));
        page->id_offset = 12;
    } else {
        page->table = DB_OPEN;
        page->id_offset = 8;
    }
}

int query_list(struct query *query)
{
    const Whistle__V1__List *list = query->request->list;
    const struct rules *rules = rulebook_rules(query->book);
    struct page page = {.query = query, .list = list, .area = AREA_NONE};
    uint32_t own = query->principal->unit;
    if (*list->unit)
        page.unit = list->unit;
    else if (list->mine && own != UNIT_NONE)
        page.unit = rules->units.units[own].code;
    if (page.unit && unit_find(&rules->units, page.unit) == UNIT_NONE)
        return query_refuse(query, ERROR_UNKNOWN_UNIT, "list.unit", page.unit, NULL);
    if (*list->area && (page.area = area_find(&rules->areas, list->area)) == AREA_NONE)
        return query_refuse(query, ERROR_UNKNOWN_AREA, "list.area", list->area, NULL);
    page.max = list->max == 0 ? PAGE : list->max < PAGE_MAX ? list->max : PAGE_MAX;
    page.out = arena_alloc(query->arena, sizeof *page.out);
    if (!page.out)
        return ERROR_NO_MEMORY;
    whistle__v1__case_list__init(page.out);
    page.out->rows = arena_array(query->arena, page.max, sizeof *page.out->rows);
    query->reply->result_case = WHISTLE__V1__REPLY__RESULT_LIST;
    query->reply->list = page.out;
    choose_walk(&page);
    return page.out->rows ? walk(&page) : ERROR_NO_MEMORY;
}
