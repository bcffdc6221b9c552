// rates: the rulebook's rates and scores over a selection, a row for each unit, area, class …, and the same
// of the period before.
#include "service/query.h"

#include "base/error.h"
#include "base/text.h"
#include "service/ledger.h"
#include "service/rate_rows.h"
#include "service/recount_place.h"
#include "store/tables.h"

// One period's whole and rows.
static int fill(struct query *query, struct ledger *ledger, struct selection *selection, enum ledger_group by,
                Whistle__V1__RateRow **whole, Whistle__V1__RateRow ***rows, size_t *count, int64_t defined_ms)
{
    int rc = ledger_fill(ledger, selection, by);
    if (!rc)
        *whole = rate_rows_one(ledger, &ledger->whole, defined_ms);
    if (!rc)
        *rows = rate_rows_all(ledger, defined_ms, count);
    return rc ? rc : arena_failed(query->arena) ? ERROR_NO_MEMORY : 0;
}

static int compare(struct query *query, struct selection *selection, enum ledger_group by,
                   Whistle__V1__RatesView *view)
{
    struct selection before = *selection;
    struct ledger ledger;
    before.period = period_before(selection->period);
    before.from_ms = period_from_ms(before.period, before.zone);
    before.to_ms = period_to_ms(before.period, before.zone);
    view->period_before = (char *)text_or_empty(period_text(query->arena, before.period));
    return fill(query, &ledger, &before, by, &view->whole_before, &view->rows_before, &view->n_rows_before,
                selection->from_ms);
}

// What the figures are made of, and where a recount of it begins.
static int put_counts(struct query *query, const struct ledger *ledger, Whistle__V1__RatesView *view)
{
    struct state_position position;
    struct recount_place place = {.now_ms = query->now_ms, .next_seq = 1};
    if (state_get_position(ledger->selection->txn, &position))
        place.end_seq = position.at.next_seq;
    view->counts = rate_rows_counts(ledger->selection, ledger->whole.cells, &view->n_counts);
    view->as_of = recount_place_text(query->arena, &place);
    return view->counts && view->as_of ? 0 : ERROR_NO_MEMORY;
}

int query_rates(struct query *query)
{
    const Whistle__V1__Rates *asked = query->request->rates;
    struct selection selection;
    int by = ledger_group_from_name(asked->by);
    if (by < 0)
        return query_refuse(query, ERROR_BAD_VALUE, "rates.by", "by", asked->by);
    if (!selection_init(&selection, query, asked->selection))
        return selection.rc;
    Whistle__V1__RatesView *view = arena_alloc(query->arena, sizeof *view);
    if (!view)
        return ERROR_NO_MEMORY;
    whistle__v1__rates_view__init(view);
    view->period = (char *)text_or_empty(period_text(query->arena, selection.period));
    view->from_ms = selection.from_ms;
    view->to_ms = selection.to_ms;
    view->rulebook = (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)selection.rules->digest};
    view->definitions = rate_rows_definitions(&selection, selection.from_ms, &view->n_definitions);
    query->reply->result_case = WHISTLE__V1__REPLY__RESULT_RATES;
    query->reply->rates = view;
    struct ledger ledger;
    int rc = fill(query, &ledger, &selection, (enum ledger_group)by, &view->whole, &view->rows, &view->n_rows,
                  selection.from_ms);
    if (!rc)
        rc = put_counts(query, &ledger, view);
    return !rc && asked->compare ? compare(query, &selection, (enum ledger_group)by, view) : rc;
}
