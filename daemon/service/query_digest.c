// digest: a day at a glance 日报. What is due, late and silent now; what happened that day; its rates.
#include "service/query.h"

#include "base/error.h"
#include "base/text.h"
#include "service/digest_open.h"
#include "service/fact_rows.h"
#include "service/rate_rows.h"

#include <string.h>

enum { ROWS = 10, ROWS_MAX = 100 };

struct glance {
    struct query *query;
    struct selection selection;
    Whistle__V1__DigestView *view;
    uint32_t max;
    struct booked *latest; // of what happened, the last first; at most max
    uint32_t latest_count;
};

// ---- what happened ------------------------------------------------------------------------------

// What follows from something else that is told, or is told in its own part.
static bool is_told(enum fact_kind kind)
{
    return kind != FACT_RUNG && kind != FACT_PLACED && kind != FACT_CALLED;
}

static void keep_latest(struct glance *glance, const struct booked *fact)
{
    uint32_t at = glance->latest_count;
    while (at && glance->latest[at - 1].at_ms < fact->at_ms)
        at--;
    if (at == glance->max)
        return;
    uint32_t moved = glance->latest_count - at - (glance->latest_count == glance->max);
    memmove(&glance->latest[at + 1], &glance->latest[at], moved * sizeof *fact);
    glance->latest[at] = *fact;
    glance->latest_count += glance->latest_count < glance->max;
}

static int count_kind(struct glance *glance, enum fact_kind kind)
{
    struct books_walk walk;
    struct booked fact;
    uint64_t count = 0;
    books_open(&walk, glance->selection.txn, kind, glance->selection.from_ms, glance->selection.to_ms, NULL);
    while (books_next(&walk, &fact)) {
        if (!selection_wants(&glance->selection, &fact))
            continue;
        count++;
        if (is_told(kind))
            keep_latest(glance, &fact);
    }
    books_close(&walk);
    if (!count)
        return 0;
    Whistle__V1__Tally *tally = arena_alloc(glance->query->arena, sizeof *tally);
    if (!tally)
        return ERROR_NO_MEMORY;
    whistle__v1__tally__init(tally);
    tally->fact = (char *)fact_name(kind);
    tally->count = count;
    glance->view->happened[glance->view->n_happened++] = tally;
    return 0;
}

static int tell_happened(struct glance *glance)
{
    struct arena *arena = glance->query->arena;
    Whistle__V1__DigestView *view = glance->view;
    int rc = 0;
    glance->latest = arena_array(arena, (size_t)glance->max + 1, sizeof *glance->latest);
    view->happened = arena_array(arena, FACT_LIMIT, sizeof *view->happened);
    view->changed = arena_array(arena, glance->max, sizeof *view->changed);
    if (!glance->latest || !view->happened || !view->changed)
        return ERROR_NO_MEMORY;
    for (int kind = 1; kind < FACT_LIMIT && !rc; kind++)
        rc = count_kind(glance, (enum fact_kind)kind);
    for (uint32_t i = 0; i < glance->latest_count && !rc; i++) {
        view->changed[i] = fact_row(&glance->selection, &glance->latest[i], 0);
        rc = view->changed[i] ? 0 : ERROR_NO_MEMORY;
        view->n_changed += !rc;
    }
    return glance->selection.txn->error ? glance->selection.txn->error : rc;
}

// ---- the page -----------------------------------------------------------------------------------

static int tell_rates(struct glance *glance)
{
    struct ledger ledger;
    int64_t from_ms = glance->selection.from_ms;
    int rc = ledger_fill(&ledger, &glance->selection, BY_NONE);
    if (rc)
        return rc;
    glance->view->definitions =
        rate_rows_definitions(&glance->selection, from_ms, &glance->view->n_definitions);
    glance->view->rates = rate_rows_one(&ledger, &ledger.whole, from_ms);
    return arena_failed(glance->query->arena) ? ERROR_NO_MEMORY : 0;
}

static bool is_today(const struct glance *glance)
{
    int64_t now_ms = glance->query->now_ms;
    return now_ms >= glance->selection.from_ms && now_ms < glance->selection.to_ms;
}

// Who sees only what is its own unit's looks at that: the rest of the city's cases would be walked for
// nothing.
static const char *own_unit(const struct glance *glance)
{
    const struct principal *principal = glance->query->principal;
    return glance->selection.sees_areas || principal->unit == UNIT_NONE
               ? NULL
               : glance->selection.rules->units.units[principal->unit].code;
}

static int tell(struct glance *glance, const Whistle__V1__Digest *asked)
{
    struct digest_scope scope = {
        .unit = *asked->unit ? asked->unit : own_unit(glance),
        .area = glance->selection.area,
        .day_end_ms = glance->selection.to_ms,
        .max = glance->max,
    };
    int rc = is_today(glance) ? digest_open(glance->query, &scope, glance->view) : 0;
    if (!rc)
        rc = tell_happened(glance);
    return rc ? rc : tell_rates(glance);
}

// Today where none is given.
static const char *day_text(struct query *query, const char *day)
{
    const struct calendar *calendar = rules_calendar(rulebook_rules(query->book), NULL);
    return *day ? day
                : text_or_empty(
                      period_text(query->arena, period_day(calendar_day_number(calendar, query->now_ms))));
}

// A branch's day is what it has in hand.
static bool is_branch(const struct query *query, const char *code)
{
    const struct unit_table *units = &rulebook_rules(query->book)->units;
    uint32_t unit = unit_find(units, code);
    return unit != UNIT_NONE && units->units[unit].type == UNIT_BRANCH;
}

int query_digest(struct query *query)
{
    const Whistle__V1__Digest *asked = query->request->digest;
    Whistle__V1__Selection selected = WHISTLE__V1__SELECTION__INIT;
    struct glance *glance = arena_alloc(query->arena, sizeof *glance);
    Whistle__V1__DigestView *view = arena_alloc(query->arena, sizeof *view);
    if (!glance || !view)
        return ERROR_NO_MEMORY;
    selected.period = (char *)day_text(query, asked->day);
    if (is_branch(query, asked->unit))
        selected.branch = asked->unit;
    else
        selected.unit = asked->unit;
    selected.area = asked->area;
    if (!selection_init(&glance->selection, query, &selected))
        return glance->selection.rc;
    if (glance->selection.period.first_day != glance->selection.period.last_day)
        return query_refuse(query, ERROR_BAD_VALUE, "digest.day", "day", asked->day);
    whistle__v1__digest_view__init(view);
    glance->query = query;
    glance->view = view;
    glance->max = asked->max == 0 ? ROWS : asked->max < ROWS_MAX ? asked->max : ROWS_MAX;
    view->day = selected.period;
    query->reply->result_case = WHISTLE__V1__REPLY__RESULT_DIGEST;
    query->reply->digest = view;
    return tell(glance, asked);
}
