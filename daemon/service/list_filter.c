#include "service/list_filter.h"

#include "base/error.h"
#include "base/text.h"
#include "codec/wire.h"
#include "core/permit.h"

#include <sodium.h>
#include <string.h>

// ---- words --------------------------------------------------------------------------------------

// The bytes of a blank at `text`; 0: there is none.
static size_t blank_at(const char *text)
{
    static const char full_width[] = "\xe3\x80\x80";
    if (*text == ' ' || *text == '\t' || *text == '\n')
        return 1;
    return text_starts(text, full_width) ? sizeof full_width - 1 : 0;
}

// The next word at `*at`, which moves behind it; length 0: there is none.
static struct blob next_word(const char **at)
{
    size_t blank;
    while ((blank = blank_at(*at)))
        *at += blank;
    const char *start = *at;
    while (**at && !blank_at(*at))
        (*at)++;
    return (struct blob){(const uint8_t *)start, (size_t)(*at - start)};
}

static uint8_t folded(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte - 'A' + 'a') : byte;
}

static bool begins_with(const uint8_t *text, struct blob word)
{
    for (size_t i = 0; i < word.length; i++)
        if (folded(text[i]) != folded(word.bytes[i]))
            return false;
    return true;
}

// A title has 40 characters: nothing cleverer is needed.
static bool holds_word(struct blob text, struct blob word)
{
    for (size_t i = 0; i + word.length <= text.length; i++)
        if (begins_with(text.bytes + i, word))
            return true;
    return false;
}

static bool holds_words(struct blob text, const char *words)
{
    for (struct blob word; (word = next_word(&words)).length;)
        if (!holds_word(text, word))
            return false;
    return true;
}

// ---- a case -------------------------------------------------------------------------------------

static bool wants_state(const struct list_filter *filter, enum case_state state)
{
    const Whistle__V1__List *list = filter->list;
    if ((list->open_only || filter->by_due) && !case_is_open(state))
        return false;
    for (size_t i = 0; i < list->n_states; i++)
        if ((enum case_state)list->states[i] == state)
            return true;
    return list->n_states == 0;
}

static bool wants_area(const struct list_filter *filter, uint32_t area)
{
    const struct area_tree *tree = &rulebook_rules(filter->query->book)->areas;
    return filter->area == AREA_NONE || (area != AREA_NONE && area_is_within(tree, area, filter->area));
}

// The walk by due time meets a unit's open summonses alone; so must whatever else asks.
static bool wants_unit(const struct list_filter *filter, const struct casefile *file)
{
    bool open = !filter->by_due;
    if (!filter->unit)
        return true;
    for (size_t i = 0; i < file->summons_count && !open; i++) {
        const struct summons *summons = &file->summons[i];
        open = summons_is_open(summons->state) &&
               (text_same(summons->unit, filter->unit) || text_same(summons->handler, filter->unit));
    }
    return open && case_summons_in_hand(file, filter->unit);
}

bool list_filter_finds(const struct list_filter *filter, struct blob stored)
{
    enum { CASE_WHISTLE = 4, WHISTLE_TITLE = 9 }; // their numbers in proto/whistle.proto
    const char *words = filter->list->search;
    return !*words || holds_words(wire_find(wire_find(stored, CASE_WHISTLE), WHISTLE_TITLE), words);
}

bool list_filter_wants(const struct list_filter *filter, const struct casefile *file)
{
    struct query *query = filter->query;
    uint32_t area = query_area(query, file->area);
    if (!wants_state(filter, file->state) || !wants_area(filter, area) || !wants_unit(filter, file))
        return false;
    if (filter->bounded && state_earliest_due(file, filter->unit) >= filter->before_ms)
        return false;
    if (*filter->list->category && !text_starts(file->whistle->category, filter->list->category))
        return false;
    return permit_case(OPERATION_SEE, rulebook_rules(query->book), query->principal, file, area);
}

// ---- the request --------------------------------------------------------------------------------

static void bound(struct list_filter *filter, int64_t before_ms)
{
    if (!filter->bounded || before_ms < filter->before_ms)
        filter->before_ms = before_ms;
    filter->bounded = true;
}

int list_filter_init(struct list_filter *filter, struct query *query, bool *refused)
{
    const Whistle__V1__List *list = query->request->list;
    const struct rules *rules = rulebook_rules(query->book);
    uint32_t own = query->principal->unit;
    *filter = (struct list_filter){.query = query, .list = list, .area = AREA_NONE};
    *refused = true;
    if (*list->unit)
        filter->unit = list->unit;
    else if (list->mine && own != UNIT_NONE)
        filter->unit = rules->units.units[own].code;
    if (filter->unit && unit_find(&rules->units, filter->unit) == UNIT_NONE)
        return query_refuse(query, ERROR_UNKNOWN_UNIT, "list.unit", filter->unit, NULL);
    if (*list->area && (filter->area = area_find(&rules->areas, list->area)) == AREA_NONE)
        return query_refuse(query, ERROR_UNKNOWN_AREA, "list.area", list->area, NULL);
    if (strlen(list->search) > LIST_SEARCH_MAX)
        return query_refuse(query, ERROR_TOO_LONG, "list.search", "list.search", "200");
    if (list->overdue)
        bound(filter, query->now_ms);
    if (list->due_before_ms)
        bound(filter, list->due_before_ms);
    filter->by_due = list->open_only || filter->bounded;
    *refused = false;
    return 0;
}

int list_filter_digest(const struct list_filter *filter, uint8_t digest[LIST_DIGEST])
{
    Whistle__V1__List same = *filter->list;
    same.unit = (char *)text_or_empty(filter->unit);
    same.mine = 0;
    same.after = (char *)text_or_empty(NULL);
    same.max = 0;
    same.due_before_ms = same.due_before_ms != 0;
    size_t length = whistle__v1__list__get_packed_size(&same);
    uint8_t *bytes = arena_alloc(filter->query->arena, length + 1);
    if (!bytes)
        return ERROR_NO_MEMORY;
    whistle__v1__list__pack(&same, bytes);
    crypto_generichash(digest, LIST_DIGEST, bytes, length, NULL, 0);
    return 0;
}
