// facts: the cases behind a figure, page by page, source after source, in order of time.
#include "service/query.h"

#include "base/error.h"
#include "base/text.h"
#include "service/fact_rows.h"
#include "service/token.h"
#include "store/bytes.h"

#include <string.h>

enum {
    PAGE = 50,
    PAGE_MAX = 500,
    LOOKED_AT_MAX = 50000,
    PLACE_BYTES = 8 + 1 + BOOKED_KEY_BYTES, // the moment of the first page, source, key
    KEY_AT = 9,
};

struct page {
    struct query *query;
    struct selection selection;
    struct fact_sources sources;
    Whistle__V1__FactList *out;
    size_t max;
    size_t looked;
    uint32_t source;            // that is walked
    bool inside;                // `place` has a key of it
    uint8_t place[PLACE_BYTES]; // of the fact looked at last
};

static const struct blob label = {(const uint8_t *)"facts", 5};

// The moment of the first page is not in the future, which a clock that was set back makes of it: nothing is
// late by it that is not late now.
static bool read_after(struct page *page, const char *after)
{
    uint8_t bytes[TOKEN_BYTES_MAX];
    struct token_key key;
    size_t length = 0;
    if (!*after)
        return true;
    token_key_of(page->query->reader->store, &key);
    if (!token_open(&key, label, after, bytes, &length) || length != PLACE_BYTES)
        return false;
    memcpy(page->place, bytes, PLACE_BYTES);
    int64_t now_ms = (int64_t)get64(page->place);
    page->source = page->place[8];
    page->inside = true;
    if (page->source >= page->sources.count || now_ms > page->query->now_ms)
        return false;
    const struct fact_source *source = &page->sources.items[page->source];
    page->query->now_ms = now_ms;
    return books_is_place(page->place + KEY_AT, source->count.kind, source->from_ms, source->to_ms);
}

static int keep_place(struct page *page)
{
    struct token_key key;
    token_key_of(page->query->reader->store, &key);
    put64(page->place, (uint64_t)page->query->now_ms);
    page->place[8] = (uint8_t)page->source;
    char *token = token_seal(page->query->arena, &key, label, (struct blob){page->place, PLACE_BYTES});
    if (token)
        page->out->next_after = token;
    return token ? 0 : ERROR_NO_MEMORY;
}

static int add_row(struct page *page, const struct fact_source *source, const struct booked *fact,
                   uint32_t excluded)
{
    Whistle__V1__FactRow *row = fact_row(&page->selection, fact, excluded);
    if (!row)
        return page->selection.txn->error         ? page->selection.txn->error
               : arena_failed(page->query->arena) ? ERROR_NO_MEMORY
                                                  : ERROR_CORRUPT;
    row->subtracted = source->subtracted;
    if (source->rule) {
        row->rule = (char *)source->rule->id;
        row->points = source->rule->points;
        row->holder = (char *)selection_code(&page->selection, fact_source_holder(source, fact));
    }
    page->out->rows[page->out->n_rows++] = row;
    return 0;
}

static int look_at(struct page *page, const struct fact_source *source, const struct booked *fact)
{
    struct selection *selection = &page->selection;
    bool counts = selection_aspects(selection, fact) >> source->count.aspect & 1;
    if (!counts || (source->rule && !fact_source_holder(source, fact)) || !selection_wants(selection, fact))
        return 0;
    uint32_t excluded = selection_excluded(selection, fact);
    return fact_source_has(&page->sources, source, excluded) ? add_row(page, source, fact, excluded) : 0;
}

static bool is_full(const struct page *page)
{
    return page->out->n_rows == page->max || page->looked == LOOKED_AT_MAX;
}

static int walk_source(struct page *page)
{
    const struct fact_source *source = &page->sources.items[page->source];
    struct books_walk walk;
    struct booked fact;
    int rc = 0;
    books_open(&walk, page->selection.txn, source->count.kind, source->from_ms, source->to_ms,
               page->inside ? page->place + KEY_AT : NULL);
    while (!rc && !is_full(page) && books_next(&walk, &fact)) {
        page->looked++;
        page->inside = true;
        books_place(&walk, page->place + KEY_AT);
        rc = look_at(page, source, &fact);
    }
    books_close(&walk);
    return rc;
}

// A page that is full at the very end has a next one, which is empty.
static int walk_sources(struct page *page)
{
    int rc = 0;
    while (!rc && page->source < page->sources.count) {
        rc = walk_source(page);
        if (!rc && is_full(page))
            return keep_place(page);
        page->source++;
        page->inside = false;
    }
    return rc ? rc : page->selection.txn->error;
}

int query_facts(struct query *query)
{
    const Whistle__V1__Facts *asked = query->request->facts;
    struct page *page = arena_alloc(query->arena, sizeof *page);
    if (!page)
        return ERROR_NO_MEMORY;
    page->query = query;
    if (!selection_init(&page->selection, query, asked->selection))
        return page->selection.rc;
    if (!fact_sources_init(&page->sources, &page->selection, asked))
        return query_refuse(query, ERROR_BAD_VALUE, "facts.of", "of", asked->of);
    if (!read_after(page, asked->after))
        return query_refuse(query, ERROR_BAD_VALUE, "facts.after", "after", asked->after);
    page->max = asked->max == 0 ? PAGE : asked->max < PAGE_MAX ? asked->max : PAGE_MAX;
    page->out = arena_alloc(query->arena, sizeof *page->out);
    if (!page->out)
        return ERROR_NO_MEMORY;
    whistle__v1__fact_list__init(page->out);
    page->out->rows = arena_array(query->arena, page->max, sizeof *page->out->rows);
    query->reply->result_case = WHISTLE__V1__REPLY__RESULT_FACTS;
    query->reply->facts = page->out;
    return page->out->rows ? walk_sources(page) : ERROR_NO_MEMORY;
}
