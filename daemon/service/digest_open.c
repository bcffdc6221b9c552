#include "service/digest_open.h"

#include "base/error.h"
#include "base/text.h"
#include "core/permit.h"
#include "service/list_row.h"
#include "store/key.h"
#include "store/tables.h"

#include <stdlib.h>
#include <string.h>

enum { LOOKED_AT_MAX = 20000 };

struct scan {
    struct query *query;
    const struct digest_scope *scope;
    Whistle__V1__DigestView *view;
    struct strmap silent; // unit → index in the view's list
    size_t silent_room;
};

// ---- units that say nothing ---------------------------------------------------------------------

static Whistle__V1__Silence *silence_of(struct scan *scan, const char *unit)
{
    struct arena *arena = scan->query->arena;
    Whistle__V1__DigestView *view = scan->view;
    uint32_t known = strmap_find(&scan->silent, unit);
    if (known != STRMAP_NONE)
        return view->silent[known];
    Whistle__V1__Silence *silence = arena_alloc(arena, sizeof *silence);
    Whistle__V1__Silence **grown =
        arena_grow(arena, view->silent, view->n_silent, &scan->silent_room, sizeof *grown);
    const char *code = arena_strdup(arena, unit);
    if (!silence || !grown || !code || strmap_add(&scan->silent, code, (uint32_t)view->n_silent))
        return NULL;
    whistle__v1__silence__init(silence);
    silence->unit = (char *)code;
    view->silent = grown;
    return grown[view->n_silent++] = silence;
}

static int note_silence(struct scan *scan, const struct summons *summons)
{
    Whistle__V1__Silence *silence =
        silence_of(scan, text_given(summons->handler) ? summons->handler : summons->unit);
    if (!silence)
        return ERROR_NO_MEMORY;
    silence->waiting++;
    if (!silence->since_ms || summons->called_ms < silence->since_ms)
        silence->since_ms = summons->called_ms;
    return 0;
}

static bool is_asked_for(const struct scan *scan, const struct summons *summons)
{
    return !scan->scope->unit || text_same(summons->unit, scan->scope->unit) ||
           text_same(summons->handler, scan->scope->unit);
}

// Called, and past the time in which it had to accept.
static int note_silences(struct scan *scan, const struct casefile *file)
{
    int rc = 0;
    for (size_t i = 0; i < file->summons_count && !rc; i++) {
        const struct summons *summons = &file->summons[i];
        const struct clock *clock = case_clock(file, STAGE_ACCEPT, summons->id);
        if (summons->state == SUMMONS_CALLED && clock && clock->due_ms < scan->query->now_ms &&
            is_asked_for(scan, summons))
            rc = note_silence(scan, summons);
    }
    return rc;
}

static int by_since(const void *a, const void *b)
{
    const Whistle__V1__Silence *left = *(Whistle__V1__Silence *const *)a;
    const Whistle__V1__Silence *right = *(Whistle__V1__Silence *const *)b;
    if (left->since_ms != right->since_ms)
        return left->since_ms < right->since_ms ? -1 : 1;
    return strcmp(left->unit, right->unit);
}

// By the unit's own feed, or that of one of its contacts.
static int64_t last_seen(const struct scan *scan, const char *code, uint32_t unit)
{
    const struct unit_table *units = &rulebook_rules(scan->query->book)->units;
    struct db_txn *txn = &scan->query->reader->txn;
    int64_t seen_ms = state_last_seen(txn, code);
    for (uint32_t i = 0; unit != UNIT_NONE && i < units->units[unit].contact_count; i++) {
        const char *feed =
            arena_printf(scan->query->arena, "%s/%s", code, units->units[unit].contacts[i].code);
        int64_t at_ms = feed ? state_last_seen(txn, feed) : 0;
        seen_ms = at_ms > seen_ms ? at_ms : seen_ms;
    }
    return seen_ms;
}

static void end_silences(struct scan *scan)
{
    const struct unit_table *units = &rulebook_rules(scan->query->book)->units;
    Whistle__V1__DigestView *view = scan->view;
    if (view->n_silent)
        qsort(view->silent, view->n_silent, sizeof *view->silent, by_since);
    view->n_silent = view->n_silent < scan->scope->max ? view->n_silent : scan->scope->max;
    for (size_t i = 0; i < view->n_silent; i++) {
        uint32_t unit = unit_find(units, view->silent[i]->unit);
        view->silent[i]->unit_name = unit == UNIT_NONE ? "" : (char *)text_or_empty(units->units[unit].name);
        view->silent[i]->seen_ms = last_seen(scan, view->silent[i]->unit, unit);
    }
}

// ---- cases --------------------------------------------------------------------------------------

static bool wants(const struct scan *scan, const struct casefile *file)
{
    const struct rules *rules = rulebook_rules(scan->query->book);
    uint32_t area = query_area(scan->query, file->area);
    if (!permit_case(OPERATION_SEE, rules, scan->query->principal, file, area))
        return false;
    return scan->scope->area == AREA_NONE ||
           (area != AREA_NONE && area_is_within(&rules->areas, area, scan->scope->area));
}

static int put_row(struct scan *scan, const struct casefile *file, Whistle__V1__CaseRow **rows, size_t *count)
{
    if (*count == scan->scope->max)
        return 0;
    rows[*count] = list_row(scan->query, file, scan->scope->unit);
    return rows[*count] ? (++*count, 0) : ERROR_NO_MEMORY;
}

static int note_case(struct scan *scan, const struct casefile *file)
{
    Whistle__V1__DigestView *view = scan->view;
    int64_t due_ms = state_earliest_due(file, scan->scope->unit);
    view->open_count++;
    if (due_ms < scan->query->now_ms) {
        view->late_count++;
        int rc = put_row(scan, file, view->late, &view->n_late);
        return rc ? rc : note_silences(scan, file);
    }
    view->due_count += due_ms < scan->scope->day_end_ms;
    return due_ms == CLOCK_NEVER ? 0 : put_row(scan, file, view->due, &view->n_due);
}

// Most of what is looked at is only counted: it stays in memory no longer than that.
static int look_at(struct scan *scan, uint64_t id)
{
    struct db_txn *txn = &scan->query->reader->txn;
    struct arena arena;
    arena_init(&arena, 0);
    const struct casefile *file = state_get_case(txn, &arena, id);
    int rc = file && wants(scan, file) ? note_case(scan, file) : txn->error;
    arena_fini(&arena);
    return rc;
}

static int walk(struct scan *scan)
{
    struct db_txn *txn = &scan->query->reader->txn;
    struct db_cursor cursor;
    struct key prefix = {.length = 0};
    size_t looked = 0;
    int rc = 0;
    if (scan->scope->unit)
        key_u32(&prefix, state_find_name(txn, scan->scope->unit));
    db_cursor_open(&cursor, txn, scan->scope->unit ? DB_UNIT_OPEN : DB_OPEN);
    bool found = db_cursor_seek(&cursor, prefix.bytes, prefix.length);
    for (; found && !rc && looked < LOOKED_AT_MAX; found = db_cursor_next(&cursor), looked++) {
        if (memcmp(cursor.key.bytes, prefix.bytes, prefix.length) != 0)
            break;
        rc = look_at(scan, key_get_u64(cursor.key, prefix.length + 8));
    }
    scan->view->more = looked == LOOKED_AT_MAX;
    db_cursor_close(&cursor);
    return rc;
}

int digest_open(struct query *query, const struct digest_scope *scope, Whistle__V1__DigestView *view)
{
    struct scan scan = {.query = query, .scope = scope, .view = view};
    view->due = arena_array(query->arena, scope->max, sizeof *view->due);
    view->late = arena_array(query->arena, scope->max, sizeof *view->late);
    if (!view->due || !view->late)
        return ERROR_NO_MEMORY;
    strmap_init(&scan.silent);
    int rc = walk(&scan);
    if (!rc)
        end_silences(&scan);
    strmap_fini(&scan.silent);
    return rc ? rc : query->reader->txn.error;
}
