// recount: what the books say, told again from the journal. Part of the journal is walked; each case that was
// filed there is made anew from its own events, wherever these stand, and its facts are counted as of the
// moment of the figures.
#include "service/query.h"

#include "base/error.h"
#include "base/text.h"
#include "codec/messages.h"
#include "service/rate_rows.h"
#include "service/recount_place.h"
#include "store/key.h"
#include "store/project.h"
#include "store/tables.h"

#include <inttypes.h>

enum { WALKED_MAX = 4000, REPLAYED_MAX = 20000 };      // events of one page
enum { TOLD_BYTES = 64 << 20, SPENT_BYTES = 4 << 20 }; // of one case: at most; until it moves to fresh memory

struct recount {
    struct query *query;
    struct selection selection;
    struct recount_place place;
    struct rate_cell *row;
    Whistle__V1__RecountView *view;
};

// A case that is told again. Of its events nothing stays but the case itself and the facts.
struct told {
    struct recount *recount;
    struct arena arena;   // of the case, and of the records since it moved there
    size_t settled;       // bytes of it, when it had
    struct casefile file; //
    struct arena kept;    // of what follows
    struct fact *facts;
    size_t fact_count, fact_room;
    struct books_exclusion *exclusions;
    size_t exclusion_count, exclusion_room;
    bool seen; // the asker sees a fact of it
};

// ---- the facts of one case ----------------------------------------------------------------------

static void keep_fact(void *context, const struct fact *fact)
{
    struct told *told = context;
    struct fact *grown =
        arena_grow(&told->kept, told->facts, told->fact_count, &told->fact_room, sizeof *grown);
    if (!grown)
        return;
    told->facts = grown;
    grown = &grown[told->fact_count++];
    *grown = *fact;
    grown->unit = arena_strdup(&told->kept, fact->unit);
    grown->branch = arena_strdup(&told->kept, fact->branch);
    grown->member = arena_strdup(&told->kept, fact->member);
}

static void keep_exclusion(void *context, enum exclusion exclusion, uint32_t about, const char *reason)
{
    struct told *told = context;
    struct books_exclusion *grown = arena_grow(&told->kept, told->exclusions, told->exclusion_count,
                                               &told->exclusion_room, sizeof *grown);
    (void)reason;
    if (!grown)
        return;
    told->exclusions = grown;
    grown[told->exclusion_count++] = (struct books_exclusion){told->file.id, about, (uint8_t)exclusion};
}

static void keep_limits(struct told *told)
{
    struct fact fact;
    for (uint32_t clock = 0; clock <= told->file.clock_count; clock++)
        if (fact_of_limit(&told->file, clock, &fact))
            keep_fact(told, &fact);
}

static uint32_t number_of(const struct recount *recount, const char *code)
{
    return text_given(code) ? state_find_name(recount->selection.txn, code) : 0;
}

static struct booked booked_as(const struct told *told, const struct fact *fact)
{
    const struct recount *recount = told->recount;
    return (struct booked){
        .kind = fact->kind,
        .at_ms = fact->at_ms,
        .unit = number_of(recount, fact->unit),
        .area = number_of(recount, told->file.area),
        .category = number_of(recount, told->file.whistle->category),
        .case_id = told->file.id,
        .part = fact->part,
        .summons = fact->summons,
        .flags = fact->flags,
        .branch = number_of(recount, fact->branch),
        .member = number_of(recount, fact->member),
        .took_ms = fact->took_ms,
    };
}

static void count_facts(struct told *told)
{
    struct recount *recount = told->recount;
    struct selection *selection = &recount->selection;
    struct books_exclusions exclusions = {told->exclusions, told->exclusion_count};
    for (size_t i = 0; i < told->fact_count; i++) {
        const struct fact *fact = &told->facts[i];
        struct booked booked = booked_as(told, fact);
        told->seen = told->seen || selection_may_see(selection, &booked);
        if (fact->at_ms < selection->from_ms || fact->at_ms >= selection->to_ms)
            continue;
        if (selection_wants(selection, &booked))
            rates_count(&selection->rules->rates, recount->row, fact->kind,
                        fact_aspects(fact->kind, fact->flags, fact->at_ms, recount->place.now_ms),
                        books_excluded(&exclusions, &booked), fact->took_ms);
    }
}

// ---- one case from its events -------------------------------------------------------------------

// The record that spans `seq`, in `arena`.
static int read_record(struct recount *recount, struct arena *arena, uint64_t seq, struct record_facts *facts)
{
    struct store_reader reader = *recount->query->reader;
    reader.arena = arena;
    int rc = store_read_public(&reader, seq, facts);
    recount->query->reader->txn = reader.txn; // its error sticks
    return rc;
}

// All events of the case in one record; the last one's number.
static int replay_record(struct told *told, const struct record_facts *facts, uint64_t case_id,
                         uint64_t *last_seq)
{
    int rc = 0;
    for (size_t i = 0; i < facts->event_count && !rc; i++) {
        const struct event *event = &facts->events[i];
        if (event->case_id != case_id)
            continue;
        const struct casefile *before = case_before(&told->arena, &told->file);
        rc = before ? case_apply(&told->arena, &told->file, event, &facts->actor) : ERROR_NO_MEMORY;
        if (rc)
            break;
        facts_of_event(before, &told->file, event, keep_fact, told);
        told->recount->view->replayed++;
        *last_seq = event->seq;
    }
    return rc;
}

// A case may have thousands of events: it moves to fresh memory as the state would keep it, and what it was
// told from is given back.
static int settle(struct told *told)
{
    struct arena fresh;
    struct blob bytes;
    if (told->arena.used < told->settled + SPENT_BYTES)
        return 0;
    arena_init(&fresh, TOLD_BYTES);
    int rc = codec_encode(&told->arena, &codec_casefile, &told->file, &bytes);
    if (!rc)
        rc = codec_decode(&fresh, &codec_casefile, bytes, &told->file);
    arena_fini(&told->arena);
    told->arena = fresh;
    told->settled = fresh.used;
    return rc;
}

static int replay(struct told *told, uint64_t case_id)
{
    struct recount *recount = told->recount;
    struct db_cursor cursor;
    struct key key = {.length = 0};
    uint64_t last_seq = 0;
    int rc = 0;
    key_u64(&key, case_id);
    key_u64(&key, case_id);
    db_cursor_open(&cursor, recount->selection.txn, DB_HISTORY);
    bool found = db_cursor_seek(&cursor, key.bytes, key.length);
    for (; found && !rc && key_get_u64(cursor.key, 0) == case_id; found = db_cursor_next(&cursor)) {
        struct record_facts facts;
        uint64_t seq = key_get_u64(cursor.key, 8);
        if (seq >= recount->place.end_seq)
            break;
        if (seq <= last_seq) // a record has all events of its command
            continue;
        rc = read_record(recount, &told->arena, seq, &facts);
        if (!rc)
            rc = replay_record(told, &facts, case_id, &last_seq);
        if (!rc)
            rc = settle(told);
    }
    db_cursor_close(&cursor);
    return rc;
}

static int tell_again(struct recount *recount, uint64_t case_id)
{
    struct told told = {.recount = recount};
    arena_init(&told.arena, TOLD_BYTES);
    arena_init(&told.kept, TOLD_BYTES);
    int rc = replay(&told, case_id);
    if (!rc && told.file.id) {
        keep_limits(&told);
        fact_exclusions(&told.file, keep_exclusion, &told);
        count_facts(&told);
        recount->view->cases += told.seen || recount->selection.sees_all;
    }
    if (!rc && (arena_failed(&told.arena) || arena_failed(&told.kept)))
        rc = ERROR_NO_MEMORY;
    arena_fini(&told.arena);
    arena_fini(&told.kept);
    return rc;
}

// ---- a part of the journal ----------------------------------------------------------------------

static int walk_record(struct recount *recount, const struct record_facts *facts)
{
    int rc = 0;
    for (size_t i = 0; i < facts->event_count && !rc; i++) {
        const struct event *event = &facts->events[i];
        recount->place.next_seq = event->seq + 1;
        recount->view->events += event->case_id != 0;
        if (event->kind == EVENT_FILED)
            rc = tell_again(recount, event->case_id);
    }
    return rc;
}

static int walk(struct recount *recount)
{
    uint64_t first_seq = recount->place.next_seq;
    int rc = 0;
    while (!rc && recount->place.next_seq < recount->place.end_seq &&
           recount->place.next_seq - first_seq < WALKED_MAX && recount->view->replayed < REPLAYED_MAX) {
        struct arena arena;
        struct record_facts facts;
        arena_init(&arena, 0);
        rc = read_record(recount, &arena, recount->place.next_seq, &facts);
        if (!rc)
            rc = walk_record(recount, &facts);
        arena_fini(&arena);
    }
    return rc;
}

static int refuse_archived(struct query *query, uint64_t seq)
{
    const char *event = arena_printf(query->arena, "seq %" PRIu64, seq);
    return query_refuse(query, ERROR_ARCHIVED, NULL, event, NULL);
}

static int answer(struct recount *recount)
{
    struct query *query = recount->query;
    int rc = walk(recount);
    if (rc == ERROR_NOT_FOUND)
        return refuse_archived(query, recount->place.next_seq);
    if (rc)
        return rc;
    query->reply->result_case = WHISTLE__V1__REPLY__RESULT_RECOUNT;
    query->reply->recount = recount->view;
    if (!recount->selection.sees_all) // they count everybody's
        recount->view->events = recount->view->replayed = 0;
    recount->view->counts = rate_rows_counts(&recount->selection, recount->row, &recount->view->n_counts);
    if (recount->place.next_seq < recount->place.end_seq)
        recount->view->next_after = recount_place_text(query->arena, &recount->place);
    return arena_failed(query->arena) ? ERROR_NO_MEMORY : 0;
}

// Nobody is made to walk what is not there yet.
static bool is_of_this_store(const struct recount *recount)
{
    struct state_position position;
    return state_get_position(recount->selection.txn, &position) && recount->place.next_seq > 0 &&
           recount->place.end_seq <= position.at.next_seq;
}

int query_recount(struct query *query)
{
    const Whistle__V1__Recount *asked = query->request->recount;
    struct recount recount = {.query = query};
    if (!selection_init(&recount.selection, query, asked->selection))
        return recount.selection.rc;
    if (!recount_place_read(asked->after, &recount.place) || !is_of_this_store(&recount))
        return query_refuse(query, ERROR_BAD_VALUE, "recount.after", "after", asked->after);
    recount.row = arena_array(query->arena, (size_t)recount.selection.rules->rates.column_count + 1,
                              sizeof *recount.row);
    recount.view = arena_alloc(query->arena, sizeof *recount.view);
    if (!recount.row || !recount.view)
        return ERROR_NO_MEMORY;
    whistle__v1__recount_view__init(recount.view);
    return answer(&recount);
}
