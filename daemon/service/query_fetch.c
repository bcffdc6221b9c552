// fetch: one look at a feed, or at a subtree's part of the journal, from a sequence number on.
#include "service/happening.h"

#include "base/error.h"
#include "base/text.h"
#include "codec/messages.h"
#include "core/permit.h"
#include "engine/request.h"
#include "store/key.h"

#include <string.h>

enum { ITEMS = 100, ITEMS_MAX = 1000, FEED_BYTES = 256 * 1024, RECORDS_MAX = 2000 };

struct look {
    struct query *query;
    const Whistle__V1__Fetch *fetch;
    Whistle__V1__Feed *feed;
    size_t max;
    size_t capacity; // of the feed's items
    size_t bytes;
    bool ahead; // a watch has more of the journal to read
};

static uint32_t relation_of(const struct look *look, const struct casefile *file)
{
    const struct query *query = look->query;
    return permit_relation(rulebook_rules(query->book), query->principal, file,
                           query_area(query, file->area));
}

// As what somebody was told picks what he may see, as far as he still stands so.
static uint32_t relations_of(enum why why)
{
    switch (why) {
    case WHY_LEAD:
    case WHY_ASSIST:
        return RELATION_LEAD | RELATION_ASSIST | RELATION_ASKED;
    case WHY_OFFICE:
        return RELATION_OFFICE | RELATION_CHARGE | RELATION_ASKED;
    case WHY_SUPERVISOR:
        return RELATION_SUPERVISOR | RELATION_CHARGE | RELATION_ASKED | RELATION_ABOVE;
    case WHY_TOLD:
        break;
    }
    return RELATION_NONE;
}

static struct clearance clearance_for(const struct look *look, enum why why, const struct casefile *file)
{
    if (!file)
        return (struct clearance){0};
    return clearance_of(look->query->principal, relation_of(look, file) & relations_of(why), file,
                        look->fetch->personal);
}

// A feed can be read again from any event: who has no part in the case any more does not follow it that way.
static bool may_see(const struct look *look, const struct casefile *file)
{
    return permit(OPERATION_SEE, look->query->principal->duties, relation_of(look, file));
}

// Events by which somebody is called show the resident's part of the whistle again: who is called later needs
// it too.
static bool calls_somebody(const struct event *event)
{
    for (size_t i = 0; i < event->summons_count; i++)
        if (event->summons[i].state == SUMMONS_CALLED)
            return true;
    return event->kind == EVENT_RUNG || event->kind == EVENT_HANDED_DOWN || event->kind == EVENT_HANDED_UP ||
           event->kind == EVENT_RETURNED;
}

static int describe_case(struct look *look, const struct casefile *file, struct clearance clearance,
                         Whistle__V1__FeedItem *item)
{
    struct query *query = look->query;
    item->case_ = (void *)codec_message_make(query->arena, &codec_casefile, file);
    if (item->case_)
        clearance_redact_case(query, item->case_, clearance);
    item->category_name = (char *)query_category_name(query, file->whistle->category);
    item->area_name = (char *)query_area_name(query, file->area);
    item->condition_text =
        (char *)query_condition_text(query, file->whistle->category, file->whistle->condition);
    return item->case_ ? 0 : ERROR_NO_MEMORY;
}

// The case as it stands now, and the resident to whom the event brings somebody.
static int tell_case(struct look *look, const struct casefile *file, struct clearance clearance,
                     Whistle__V1__FeedItem *item)
{
    struct query *query = look->query;
    struct event shape;
    int rc = codec_message_read(query->arena, &codec_event, &item->happening->event->base, &shape);
    if (!rc)
        rc = describe_case(look, file, clearance, item);
    if (!rc && calls_somebody(&shape))
        rc = happening_personal(query, file->id, clearance, &item->happening->personal);
    return rc;
}

static int add_item(struct look *look, uint64_t seq, enum why why, uint64_t case_id)
{
    struct query *query = look->query;
    const struct view *view = &query->reader->view;
    const struct casefile *file = case_id ? view->ops->by_id(view->ctx, case_id) : NULL;
    struct clearance clearance = clearance_for(look, why, file);
    bool hidden = file && !may_see(look, file);
    Whistle__V1__FeedItem *item = arena_alloc(query->arena, sizeof *item);
    if (!item)
        return ERROR_NO_MEMORY;
    whistle__v1__feed_item__init(item);
    item->seq = seq;
    item->why = (Whistle__V1__Why)why;
    int rc = happening_read(query, seq, clearance, &item->happening);
    if (rc || !item->happening)
        return rc;
    if (hidden)
        rc = happening_bare(query, item->happening, &item->happening);
    else if (file)
        rc = tell_case(look, file, clearance, item);
    if (rc)
        return rc;
    look->bytes += whistle__v1__feed_item__get_packed_size(item);
    look->feed->items[look->feed->n_items++] = item;
    return 0;
}

// The first item always fits; after it the answer is cut.
static bool is_full(const struct look *look)
{
    return look->feed->n_items >= look->max || look->bytes >= FEED_BYTES * 3 / 4;
}

static int look_at_feed(struct look *look, const char *recipient, uint64_t after)
{
    struct db_txn *txn = &look->query->reader->txn;
    struct key key = {.length = 0};
    struct db_cursor cursor;
    int rc = 0;
    uint32_t number = state_find_name(txn, recipient);
    look->feed->next_after = after;
    if (!number || after == UINT64_MAX)
        return 0;
    key_u32(&key, number);
    key_u64(&key, after + 1);
    db_cursor_open(&cursor, txn, DB_FEEDS);
    bool found = db_cursor_seek(&cursor, key.bytes, key.length);
    for (; found && !rc && key_get_u32(cursor.key, 0) == number && !is_full(look);
         found = db_cursor_next(&cursor)) {
        uint64_t seq = key_get_u64(cursor.key, 4), case_id = key_get_u64(cursor.value, 1);
        rc = add_item(look, seq, cursor.value.length ? (enum why)cursor.value.bytes[0] : WHY_TOLD, case_id);
        look->feed->next_after = seq;
    }
    db_cursor_close(&cursor);
    return rc;
}

static int add_watched(struct look *look, const struct record_facts *facts, uint32_t area, uint64_t after)
{
    const struct area_tree *tree = &rulebook_rules(look->query->book)->areas;
    enum why why = principal_is(look->query->principal, DUTY_SUPERVISOR) ? WHY_SUPERVISOR : WHY_TOLD;
    int rc = 0;
    for (size_t i = 0; i < facts->event_count && !rc && look->feed->n_items < look->capacity; i++) {
        const struct event *event = &facts->events[i];
        uint32_t at = event->case_id ? query_area(look->query, event->area) : AREA_NONE;
        if (event->seq > after && at != AREA_NONE && area_is_within(tree, at, area))
            rc = add_item(look, event->seq, why, event->case_id);
    }
    return rc;
}

// Reads the record at `*seq` and moves behind it. Most records are not for this watch, and some hold a whole
// rulebook: what is read is given back at once.
static int look_at_record(struct look *look, uint32_t area, uint64_t after, uint64_t *seq)
{
    struct store_reader reader = *look->query->reader;
    struct record_facts facts;
    struct arena arena;
    struct blob part;
    arena_init(&arena, 0);
    reader.arena = &arena;
    int rc = store_read_record(&reader, *seq, &facts, &part);
    if (!rc)
        rc = add_watched(look, &facts, area, after);
    if (!rc)
        *seq = facts.events[facts.event_count - 1].seq + 1;
    arena_fini(&arena);
    return rc;
}

// A watch over a subtree is the journal read in order and filtered, at most so many records a look. What lies
// in archive files that are not here is passed over.
static int look_at_area(struct look *look, uint32_t area, uint64_t after)
{
    struct store *store = look->query->reader->store;
    struct journal_position head;
    struct journal_status here;
    int rc = 0;
    store_head(store, &head);
    journal_status(store_journal(store), &here);
    uint64_t seq = after < here.first_seq ? here.first_seq : after + 1;
    for (int i = 0; i < RECORDS_MAX && seq && seq < head.next_seq && !rc && !is_full(look); i++)
        rc = look_at_record(look, area, after, &seq);
    look->feed->next_after = seq - 1;
    look->ahead = rc == 0 && seq && seq < head.next_seq;
    return rc == ERROR_NOT_FOUND ? 0 : rc;
}

static int watch(struct look *look, uint64_t after)
{
    struct query *query = look->query;
    const struct area_tree *tree = &rulebook_rules(query->book)->areas;
    uint32_t area = area_find(tree, look->fetch->area);
    bool may = permit(OPERATION_WATCH, query->principal->duties, RELATION_END - 1); // where: below
    if (area == AREA_NONE)
        return query_refuse(query, ERROR_UNKNOWN_AREA, "fetch.area", look->fetch->area, NULL);
    if (!may)
        return query_refuse(query, ERROR_NOT_ALLOWED, "fetch.area", query->principal->code, "watch");
    if (!area_is_within(tree, area, query->principal->area))
        return query_refuse(query, ERROR_OUT_OF_SCOPE, "fetch.area", look->fetch->area,
                            query->principal->code);
    return look_at_area(look, area, after);
}

static int look_at(struct look *look)
{
    struct query *query = look->query;
    const Whistle__V1__Fetch *fetch = look->fetch;
    const struct rules *rules = rulebook_rules(query->book);
    const char *recipient = fetch->recipient;
    const char *consumer = *fetch->consumer ? fetch->consumer : "default";
    if (*fetch->area)
        return watch(look, fetch->after);
    if (!*recipient && query->principal->unit != UNIT_NONE)
        recipient = rules->units.units[query->principal->unit].code;
    if (!permit_feed(rules, query->principal, recipient))
        return query_refuse(query, ERROR_NOT_ALLOWED, "fetch.recipient", query->principal->code, "fetch");
    uint64_t acked = state_get_cursor(&query->reader->txn, recipient, consumer, NULL);
    if (acked < query->acked)
        acked = query->acked;
    return look_at_feed(look, recipient, fetch->after ? fetch->after : acked);
}

// The names of all units that the items speak of.
static int name_units(struct look *look)
{
    const Whistle__V1__Feed *feed = look->feed;
    struct query_names names = {.query = look->query};
    for (size_t i = 0; i < feed->n_items; i++) {
        const Whistle__V1__Case *file = feed->items[i]->case_;
        const Whistle__V1__Event *event = feed->items[i]->happening->event;
        query_name(&names, event->unit);
        if (unit_find(&rulebook_rules(look->query->book)->units, event->target) != UNIT_NONE)
            query_name(&names, event->target); // it may be a contact or a leader too
        for (size_t j = 0; j < event->n_summons; j++)
            query_name(&names, event->summons[j]->unit);
        if (!file)
            continue;
        query_name(&names, file->office);
        query_name(&names, file->charge);
        for (size_t j = 0; j < file->n_summons; j++)
            query_name(&names, file->summons[j]->unit);
    }
    look->feed->units = names.names;
    look->feed->n_units = names.count;
    return arena_failed(look->query->arena) ? ERROR_NO_MEMORY : 0;
}

int query_fetch(struct query *query)
{
    const Whistle__V1__Fetch *fetch = query->request->fetch;
    struct journal_position head;
    struct look look = {.query = query, .fetch = fetch, .feed = arena_alloc(query->arena, sizeof *look.feed)};
    store_head(query->reader->store, &head);
    if (fetch->epoch && fetch->epoch != head.epoch)
        return query_refuse_epoch(query, "fetch.epoch", &head);
    look.max = fetch->max == 0 ? ITEMS : fetch->max < ITEMS_MAX ? fetch->max : ITEMS_MAX;
    if (!look.feed)
        return ERROR_NO_MEMORY;
    whistle__v1__feed__init(look.feed);
    look.capacity = look.max + DECISION_MAX_EVENTS; // a record is taken whole
    look.feed->items = arena_array(query->arena, look.capacity, sizeof *look.feed->items);
    look.feed->epoch = (uint32_t)head.epoch;
    look.feed->head_seq = head.next_seq - 1;
    look.feed->head_chain =
        (ProtobufCBinaryData){RECORD_CHAIN, arena_memdup(query->arena, head.chain, RECORD_CHAIN)};
    query->reply->result_case = WHISTLE__V1__REPLY__RESULT_FEED;
    query->reply->feed = look.feed;
    int rc = look.feed->items ? look_at(&look) : ERROR_NO_MEMORY;
    query->empty =
        !rc && query->reply->code == (char *)error_name(0) && look.feed->n_items == 0 && !look.ahead;
    return rc ? rc : name_units(&look);
}
