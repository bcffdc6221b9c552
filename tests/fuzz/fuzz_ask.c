// layer: service, with: town.c town_store.c
// Questions over a store that has lived: lists, feeds and their cursors, figures and what is behind them, by
// whoever the bytes say. A question is bytes that the fuzzer made, or is written from its choices; where an
// answer has another page, that is asked for too, with its token as it is or with a letter changed. Whatever
// is asked, what comes back can be read, is as short as was asked, goes forward, and shows nobody a case that
// he may not see.
#include "town.h"
#include "town_store.h"

#include "base/error.h"
#include "base/text.h"
#include "codec/codec.h"
#include "codec/wire.h"
#include "core/permit.h"
#include "service/query.h"
#include "store/journal.h"

enum { PAGES = 4, REQUEST_BYTES = 1 << 20, ANSWER_BYTES = 64 << 20, ROWS_MAX = 500, ITEMS_MAX = 1000 };

struct asking {
    struct input in;
    const struct principal *principal;
    struct arena arena; // of the answer
    struct query query;
    Whistle__V1__Reply *reply; // as the client reads it; NULL: it was refused
};

// ---- what holds of an answer --------------------------------------------------------------------

static void may_see(struct asking *asking, unsigned operation, const char *number)
{
    struct query *query = &asking->query;
    const struct view *view = &query->reader->view;
    const struct casefile *file = view->ops->by_number(view->ctx, number);
    MUST(file && permit_case(operation, rulebook_rules(query->book), asking->principal, file,
                             query_area(query, file->area)));
}

static bool is_noted(const struct query *query, uint64_t case_id)
{
    const struct db_txn *txn = &query->reader->txn;
    int32_t day;
    for (size_t i = 0; i < query->view_count; i++)
        if (query->views[i] == case_id)
            return true;
    return state_get_viewed((struct db_txn *)txn, case_id, query->principal->code, &day);
}

// A phone is masked, or it is on record that it was given.
static void is_on_record(struct asking *asking, const Whistle__V1__Personal *personal, const char *number)
{
    const struct view *view = &asking->query.reader->view;
    if (!personal || !*personal->phone || strchr(personal->phone, '*'))
        return;
    may_see(asking, OPERATION_CONTACT, number);
    MUST(is_noted(&asking->query, view->ops->by_number(view->ctx, number)->id));
}

static void look_at_list(struct asking *asking)
{
    const Whistle__V1__CaseList *list = asking->reply->list;
    uint32_t most = asking->query.request->list->max;
    MUST(list->n_rows <= (most && most < ROWS_MAX ? most : ROWS_MAX));
    for (size_t i = 0; i < list->n_rows; i++)
        may_see(asking, OPERATION_SEE, list->rows[i]->number);
}

static void look_at_facts(struct asking *asking)
{
    const Whistle__V1__FactList *list = asking->reply->facts;
    uint32_t most = asking->query.request->facts->max;
    MUST(list->n_rows <= (most && most < ROWS_MAX ? most : ROWS_MAX));
}

static void look_at_show(struct asking *asking)
{
    const Whistle__V1__CaseView *shown = asking->reply->show;
    may_see(asking, OPERATION_SEE, shown->case_->number);
    is_on_record(asking, shown->personal, shown->case_->number);
}

// A feed goes forward, from behind what was given.
static void look_at_feed(struct asking *asking)
{
    const Whistle__V1__Feed *feed = asking->reply->feed;
    const Whistle__V1__Fetch *fetch = asking->query.request->fetch;
    const struct principal *principal = asking->principal;
    const struct rules *rules = rulebook_rules(asking->query.book);
    uint64_t after = fetch->after;
    const char *recipient = fetch->recipient;
    if (!*recipient && principal->unit != UNIT_NONE)
        recipient = rules->units.units[principal->unit].code;
    MUST(*fetch->area ? permit(OPERATION_WATCH, principal->duties, RELATION_END - 1)
                      : permit_feed(rules, principal, recipient));
    MUST(feed->n_items <= ITEMS_MAX + DECISION_MAX_EVENTS);
    for (size_t i = 0; i < feed->n_items; i++) {
        MUST(feed->items[i]->seq > after);
        after = feed->items[i]->seq;
        if (feed->items[i]->case_)
            is_on_record(asking, feed->items[i]->happening->personal, feed->items[i]->case_->number);
    }
    MUST(feed->next_after >= after && feed->head_chain.len == RECORD_CHAIN);
}

static void look_at(struct asking *asking)
{
    const Whistle__V1__Reply *reply = asking->reply;
    MUST(strcmp(reply->code, "ok") == 0 || reply->result_case == WHISTLE__V1__REPLY__RESULT__NOT_SET ||
         asking->query.request->op_case == WHISTLE__V1__REQUEST__OP_FETCH);
    if (strcmp(reply->code, "ok") != 0)
        return;
    if (reply->result_case == WHISTLE__V1__REPLY__RESULT_LIST)
        look_at_list(asking);
    if (reply->result_case == WHISTLE__V1__REPLY__RESULT_FACTS)
        look_at_facts(asking);
    if (reply->result_case == WHISTLE__V1__REPLY__RESULT_SHOW)
        look_at_show(asking);
    if (reply->result_case == WHISTLE__V1__REPLY__RESULT_FEED)
        look_at_feed(asking);
}

// ---- a question and its answer ------------------------------------------------------------------

// As the pool answers it, over a snapshot. Empty where memory gave out.
static struct blob answer(struct asking *asking, struct store_reader *reader, Whistle__V1__Reply *reply)
{
    struct blob bytes = {NULL, 0};
    store_read_begin(town_store(), &asking->arena, reader);
    reply->code = (char *)error_name(0);
    int rc = query_run(&asking->query);
    rc = rc ? rc : reader->txn.error;
    if (!rc)
        rc = codec_pack(&asking->arena, &reply->base, &bytes);
    MUST(rc == 0 || rc == ERROR_NO_MEMORY);
    return rc ? (struct blob){NULL, 0} : bytes;
}

static void ask(struct asking *asking, const Whistle__V1__Request *request, uint64_t acked)
{
    struct store_reader reader;
    Whistle__V1__Reply reply = WHISTLE__V1__REPLY__INIT;
    asking->query = (struct query){.arena = &asking->arena,
                                   .reader = &reader,
                                   .book = town_book(),
                                   .principal = asking->principal,
                                   .request = request,
                                   .now_ms = town_now(),
                                   .acked = acked,
                                   .reply = &reply};
    struct blob bytes = answer(asking, &reader, &reply);
    asking->reply = NULL;
    if (bytes.bytes) {
        asking->reply =
            (void *)codec_unpack(&asking->arena, &whistle__v1__reply__descriptor, bytes.bytes, bytes.length);
        MUST(asking->reply || arena_failed(&asking->arena));
    }
    if (asking->reply)
        look_at(asking);
    store_read_end(&reader);
}

// The token, or the number, that the next page is asked for with: as it came, or changed by a letter.
static char *token_of(struct arena *arena, struct input *in, const char *token)
{
    uint8_t change = take_byte(in);
    char *copy = arena_strdup(arena, token);
    if (change & 128 && *copy)
        copy[take_byte(in) % strlen(copy)] = (char)(change & 127 ? change & 127 : 'x');
    return copy;
}

// False where there is no other page.
static bool turn_page(struct arena *arena, struct asking *asking, Whistle__V1__Request *request)
{
    const Whistle__V1__Reply *reply = asking->reply;
    struct input *in = &asking->in;
    if (!reply || strcmp(reply->code, "ok") != 0)
        return false;
    switch (reply->result_case) {
    case WHISTLE__V1__REPLY__RESULT_LIST:
        request->list->after = token_of(arena, in, reply->list->next_after);
        return *request->list->after;
    case WHISTLE__V1__REPLY__RESULT_FACTS:
        request->facts->after = token_of(arena, in, reply->facts->next_after);
        return *request->facts->after;
    case WHISTLE__V1__REPLY__RESULT_RECOUNT:
        request->recount->after = token_of(arena, in, reply->recount->next_after);
        return *request->recount->after;
    case WHISTLE__V1__REPLY__RESULT_FEED:
        request->fetch->after = reply->feed->next_after;
        return reply->feed->n_items;
    default:
        return false;
    }
}

// From the bytes of a message on.
static void ask_bytes(struct asking *asking, struct blob message)
{
    const ProtobufCMessageDescriptor *descriptor = &whistle__v1__request__descriptor;
    struct arena arena;
    Whistle__V1__Request *request = NULL;
    uint8_t *exact = exact_copy(message);
    arena_init(&arena, REQUEST_BYTES);
    if (wire_check(descriptor, exact, message.length, NULL) == 0)
        request = (void *)codec_unpack(&arena, descriptor, exact, message.length);
    free(exact);
    for (int page = 0; request && page < PAGES; page++) {
        arena_init(&asking->arena, ANSWER_BYTES);
        ask(asking, request, take_byte(&asking->in));
        bool more = turn_page(&arena, asking, request);
        arena_fini(&asking->arena);
        if (!more || arena_failed(&arena))
            break;
    }
    arena_fini(&arena);
}

// ---- questions that mean something --------------------------------------------------------------

static char *one_of(struct input *in, const char *const *texts, size_t count)
{
    return (char *)texts[take_byte(in) % count];
}
#define ONE_OF(in, ...)                                                                                      \
    one_of((in), (const char *const[]){__VA_ARGS__},                                                         \
           sizeof(const char *const[]){__VA_ARGS__} / sizeof(const char *))

static char *some_area(struct input *in)
{
    return ONE_OF(in, "", "420902", "420902001", "420902001001", "420902002", "1");
}

static char *some_unit(struct input *in)
{
    return ONE_OF(in, "", "cg", "zd1", "water", "420902001", "420902001001", "centre", "nobody");
}

static char *some_number(struct arena *arena, struct input *in)
{
    uint8_t day = take_byte(in) % 16, count = take_byte(in) % 8;
    struct store_reader reader;
    uint64_t id;
    store_read_begin(town_store(), arena, &reader);
    const struct casefile *file = NULL;
    for (id = (uint64_t)day * 128 + count; id && !file && id < 4096; id++)
        file = state_get_case(&reader.txn, arena, id);
    char *number = arena_strdup(arena, file ? file->number : "260101-0001-0");
    store_read_end(&reader);
    return number;
}

static int64_t some_time(struct input *in)
{
    uint8_t which = take_byte(in);
    return which < 128 ? 0 : which < 250 ? town_now() + (which - 190) * INT64_C(7200000) : INT64_MAX;
}

static Whistle__V1__Selection *some_selection(struct input *in)
{
    static Whistle__V1__Selection selection;
    whistle__v1__selection__init(&selection);
    selection.period = ONE_OF(in, "", "2025", "2025-02", "2025-02-15", "2025-02-13..2025-02-20",
                              "2024-01..2025-12", "0001-01-01", "x");
    selection.unit = some_unit(in);
    selection.area = some_area(in);
    selection.category = ONE_OF(in, "", "01", "0102", "9");
    selection.branch = take_byte(in) & 1 ? some_unit(in) : (char *)"";
    selection.member = ONE_OF(in, "", "", "D001", "nobody");
    return &selection;
}

static char *some_by(struct input *in)
{
    return ONE_OF(in, "", "unit", "branch", "area", "category", "day", "month", "member", "x");
}

static void make_list(struct input *in, Whistle__V1__Request *request)
{
    static Whistle__V1__List list;
    static Whistle__V1__CaseState states[3];
    whistle__v1__list__init(&list);
    uint8_t parts = take_byte(in);
    list.unit = some_unit(in);
    list.area = some_area(in);
    list.states = states;
    list.n_states = parts & 3;
    for (size_t i = 0; i < list.n_states; i++)
        states[i] = take_byte(in) % 15;
    list.open_only = parts & 4;
    list.mine = parts & 8;
    list.overdue = parts & 16;
    list.due_before_ms = parts & 32 ? some_time(in) : 0;
    list.max = take_byte(in);
    list.category = ONE_OF(in, "", "01", "0102", "9");
    list.search = ONE_OF(in, "", "", "垃圾", "A");
    request->op_case = WHISTLE__V1__REQUEST__OP_LIST;
    request->list = &list;
}

static void make_fetch(struct input *in, Whistle__V1__Request *request)
{
    static Whistle__V1__Fetch fetch;
    whistle__v1__fetch__init(&fetch);
    uint8_t parts = take_byte(in);
    fetch.recipient = parts & 1 ? some_unit(in)
                                : ONE_OF(in, "", "cg/A", "leader/QW01", "member/D001", "leader/", "cg/", "/");
    fetch.consumer = ONE_OF(in, "", "a", "default");
    fetch.epoch = parts & 2 ? take_byte(in) % 3 : 0;
    fetch.after = parts & 4 ? take_number(in, 8) : take_number(in, 2) % 4096;
    fetch.max = take_byte(in);
    fetch.area = parts & 8 ? some_area(in) : (char *)"";
    fetch.personal = parts & 16;
    request->op_case = WHISTLE__V1__REQUEST__OP_FETCH;
    request->fetch = &fetch;
}

static void make_figures(struct input *in, Whistle__V1__Request *request)
{
    static Whistle__V1__Rates rates;
    static Whistle__V1__Points points;
    uint8_t parts = take_byte(in);
    whistle__v1__rates__init(&rates);
    whistle__v1__points__init(&points);
    rates.selection = points.selection = parts & 1 ? NULL : some_selection(in);
    rates.by = points.by = some_by(in);
    rates.compare = parts & 2;
    request->op_case = parts & 4 ? WHISTLE__V1__REQUEST__OP_POINTS : WHISTLE__V1__REQUEST__OP_RATES;
    if (parts & 4)
        request->points = &points;
    else
        request->rates = &rates;
}

static void make_facts(struct input *in, Whistle__V1__Request *request)
{
    static Whistle__V1__Facts facts;
    uint8_t parts = take_byte(in);
    whistle__v1__facts__init(&facts);
    facts.selection = parts & 1 ? NULL : some_selection(in);
    facts.of = ONE_OF(in, "resolve.overdue", "rework", "points", "response", "solution", "satisfaction",
                      "filed", "done", "accept.met", "", "x");
    facts.over = parts & 2;
    facts.left_out = parts & 4;
    facts.max = take_byte(in) % 16;
    facts.by = some_by(in);
    request->op_case = WHISTLE__V1__REQUEST__OP_FACTS;
    request->facts = &facts;
}

static void make_recount(struct input *in, Whistle__V1__Request *request)
{
    static Whistle__V1__Recount recount;
    static char as_of[96];
    whistle__v1__recount__init(&recount);
    recount.selection = some_selection(in);
    snprintf(as_of, sizeof as_of, "%s", ONE_OF(in, "", "1", "00", "x"));
    recount.after = as_of;
    request->op_case = WHISTLE__V1__REQUEST__OP_RECOUNT;
    request->recount = &recount;
}

static void make_digest(struct input *in, Whistle__V1__Request *request)
{
    static Whistle__V1__Digest digest;
    whistle__v1__digest__init(&digest);
    digest.unit = some_unit(in);
    digest.area = some_area(in);
    digest.day = ONE_OF(in, "", "2025-02-14", "2025-02-30", "9999-12-31", "0001-01-01", "x");
    digest.max = take_byte(in);
    request->op_case = WHISTLE__V1__REQUEST__OP_DIGEST;
    request->digest = &digest;
}

static void make_show(struct input *in, Whistle__V1__Request *request, struct arena *arena)
{
    static Whistle__V1__Show show;
    whistle__v1__show__init(&show);
    uint8_t parts = take_byte(in);
    show.number = some_number(arena, in);
    show.history = parts & 1;
    show.personal = parts & 2;
    request->op_case = WHISTLE__V1__REQUEST__OP_SHOW;
    request->show = &show;
}

static void make_catalog(struct input *in, Whistle__V1__Request *request)
{
    static Whistle__V1__Catalog catalog;
    whistle__v1__catalog__init(&catalog);
    uint8_t parts = take_byte(in);
    catalog.category = ONE_OF(in, "", "01", "0102", "9");
    catalog.search = ONE_OF(in, "", "城", "A", "街道");
    catalog.area = some_area(in);
    catalog.units = parts & 1;
    catalog.reasons = parts & 2;
    request->op_case = WHISTLE__V1__REQUEST__OP_CATALOG;
    request->catalog = &catalog;
}

static void ask_for(struct asking *asking, uint8_t what)
{
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    struct input *in = &asking->in;
    struct arena arena;
    struct blob bytes;
    arena_init(&arena, 0);
    switch (what) {
    case 0:
    case 1:
        make_list(in, &request);
        break;
    case 2:
    case 3:
        make_fetch(in, &request);
        break;
    case 4:
        make_figures(in, &request);
        break;
    case 5:
        make_facts(in, &request);
        break;
    case 6:
        make_recount(in, &request);
        break;
    case 7:
        make_digest(in, &request);
        break;
    case 8:
        make_show(in, &request, &arena);
        break;
    default:
        make_catalog(in, &request);
    }
    MUST(codec_pack(&arena, &request.base, &bytes) == 0);
    ask_bytes(asking, bytes);
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct asking asking = {.in = {bytes, length}};
    asking.principal = town_principal(&asking.in);
    uint8_t what = take_byte(&asking.in) % 12;
    if (what < 10)
        ask_for(&asking, what);
    else
        ask_bytes(&asking, take_run(&asking.in));
    return 0;
}
