// show: a case with its events, as far as the asker may see it.
#include "service/happening.h"

#include "base/error.h"
#include "base/text.h"
#include "codec/messages.h"
#include "core/number.h"
#include "core/permit.h"
#include "store/key.h"

enum { MAX_HAPPENINGS = 2000, HISTORY_BYTES = 600 * 1024, MAX_VIEWS = 200 };

static const char *relation_name(uint32_t relation)
{
    static const struct {
        uint32_t bits;
        const char *name;
    } names[] = {
        {RELATION_OFFICE | RELATION_CHARGE | RELATION_ABOVE, "office"},
        {RELATION_LEAD, "lead"},
        {RELATION_ASSIST, "assist"},
        {RELATION_SUPERVISOR | RELATION_ASKED, "supervisor"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (relation & names[i].bits)
            return names[i].name;
    return "observer";
}

static bool is_cut(const Whistle__V1__CaseView *view, size_t bytes)
{
    return view->n_happenings == MAX_HAPPENINGS || bytes >= HISTORY_BYTES;
}

static void turn_round(Whistle__V1__Happening **happenings, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        Whistle__V1__Happening *last = happenings[count - 1 - i];
        happenings[count - 1 - i] = happenings[i];
        happenings[i] = last;
    }
}

// The newest as far as an answer holds them, in the order in which they happened.
static int add_happenings(struct query *query, const struct casefile *file, struct clearance clearance,
                          Whistle__V1__CaseView *view)
{
    struct key key = {.length = 0};
    struct db_cursor cursor;
    size_t bytes = 0;
    int rc = 0;
    view->happenings = arena_array(query->arena, MAX_HAPPENINGS, sizeof *view->happenings);
    if (!view->happenings)
        return ERROR_NO_MEMORY;
    key_u64(&key, file->id + 1);
    db_cursor_open(&cursor, &query->reader->txn, DB_HISTORY);
    bool found = db_cursor_before(&cursor, key.bytes, key.length);
    for (; found && !rc && key_get_u64(cursor.key, 0) == file->id; found = db_cursor_previous(&cursor)) {
        Whistle__V1__Happening *happening = NULL;
        view->earlier += is_cut(view, bytes);
        if (view->earlier)
            continue;
        rc = happening_read(query, key_get_u64(cursor.key, 8), clearance, &happening);
        if (rc || !happening)
            continue;
        bytes += whistle__v1__happening__get_packed_size(happening);
        view->happenings[view->n_happenings++] = happening;
    }
    db_cursor_close(&cursor);
    turn_round(view->happenings, view->n_happenings);
    return rc;
}

// Takes from the event `seq` what is not known of the person yet; another person's phone is not taken.
static int complete_person(struct query *query, uint64_t seq, Whistle__V1__Person *person)
{
    Whistle__V1__Happening *happening = NULL;
    int rc = seq ? happening_read(query, seq, (struct clearance){.words = true}, &happening) : 0;
    if (rc || !happening)
        return rc;
    bool other = *person->name && *happening->person && !text_same(person->name, happening->person);
    if (other)
        return 0;
    if (!*person->name)
        person->name = happening->person;
    if (!*person->phone)
        person->phone = happening->phone;
    return 0;
}

// The latest person of a unit: who reported, completed by what was said at the acceptance.
static int add_person(struct query *query, const struct summons *summons, Whistle__V1__CaseView *view)
{
    Whistle__V1__Person *person = arena_alloc(query->arena, sizeof *person);
    if (!person)
        return ERROR_NO_MEMORY;
    whistle__v1__person__init(person);
    person->unit = (char *)summons->unit;
    int rc = complete_person(query, summons->reported_seq, person);
    if (!rc)
        rc = complete_person(query, summons->accepted_seq, person);
    if (!rc && (*person->name || *person->phone))
        view->persons[view->n_persons++] = person;
    return rc;
}

static int add_persons(struct query *query, const struct casefile *file, Whistle__V1__CaseView *view)
{
    int rc = 0;
    view->persons = arena_array(query->arena, file->summons_count + 1, sizeof *view->persons);
    if (!view->persons)
        return ERROR_NO_MEMORY;
    for (size_t i = 0; i < file->summons_count && !rc; i++)
        rc = add_person(query, &file->summons[i], view);
    return rc;
}

static int add_areas(struct query *query, const struct casefile *file, Whistle__V1__CaseView *view)
{
    const struct area_tree *tree = &rulebook_rules(query->book)->areas;
    view->areas = arena_array(query->arena, AREA_DEPTH_MAX, sizeof *view->areas);
    if (!view->areas)
        return ERROR_NO_MEMORY;
    uint32_t area = query_area(query, file->area);
    for (; area != AREA_NONE && view->n_areas < AREA_DEPTH_MAX; area = tree->areas[area].parent) {
        Whistle__V1__Name *name = arena_alloc(query->arena, sizeof *name);
        if (!name)
            return ERROR_NO_MEMORY;
        whistle__v1__name__init(name);
        name->code = (char *)tree->areas[area].code;
        name->name = (char *)tree->areas[area].name;
        view->areas[view->n_areas++] = name;
    }
    return 0;
}

static void name_units(struct query *query, const struct casefile *file, Whistle__V1__CaseView *view)
{
    struct query_names names = {.query = query};
    query_name(&names, file->office);
    query_name(&names, file->charge);
    query_name_summoned(&names, file);
    for (size_t i = 0; i < file->clock_count; i++) // the desk, who approves, who verifies
        query_name(&names, file->clocks[i].unit);
    for (size_t i = 0; i < file->summons_count; i++)
        query_name(&names, file->summons[i].handler);
    for (size_t i = 0; i < file->joined_count; i++)
        query_name(&names, file->joined[i].office);
    const Whistle__V1__OpenCall *call = view->case_ ? view->case_->open_call : NULL;
    for (size_t i = 0; call && i < call->n_claims; i++) // as far as they are cleared
        query_name(&names, call->claims[i]->unit);
    view->units = names.names;
    view->n_units = names.count;
}

static int add_members(struct query *query, const struct casefile *file, struct clearance clearance,
                       Whistle__V1__CaseView *view)
{
    const struct open_call *call = file->open_call;
    if (!call)
        return 0;
    view->members = arena_array(query->arena, call->claim_count + 1, sizeof *view->members);
    for (size_t i = 0; view->members && i < call->claim_count; i++) {
        const char *code = call->claims[i].member;
        Whistle__V1__MemberView *member = arena_alloc(query->arena, sizeof *member);
        if (!member || !clearance_knows_member(query, clearance, code))
            continue;
        whistle__v1__member_view__init(member);
        member->code = (char *)code;
        member->name = (char *)text_or_empty(rulebook_member_name(query->book, code));
        member->phone = (char *)text_or_empty(rulebook_member_phone(query->book, code));
        view->members[view->n_members++] = member;
    }
    return arena_failed(query->arena) ? ERROR_NO_MEMORY : 0;
}

// Who was given what is personal, and when last.
static int add_view(struct query *query, uint64_t seq, Whistle__V1__CaseView *view)
{
    struct record_facts facts;
    int rc = store_read_public(query->reader, seq, &facts);
    if (rc)
        return rc == ERROR_NOT_FOUND ? 0 : rc;
    Whistle__V1__View *item = arena_alloc(query->arena, sizeof *item);
    Whistle__V1__Agent *agent = arena_alloc(query->arena, sizeof *agent);
    if (!item || !agent)
        return ERROR_NO_MEMORY;
    whistle__v1__view__init(item);
    whistle__v1__agent__init(agent);
    item->principal = (char *)text_or_empty(facts.actor.principal);
    item->at_ms = facts.events[0].at_ms;
    item->agent = agent;
    agent->name = (char *)text_or_empty(facts.actor.agent_name);
    agent->staff_no = (char *)text_or_empty(facts.actor.staff_no);
    view->views[view->n_views++] = item;
    return 0;
}

static int add_views(struct query *query, uint64_t case_id, Whistle__V1__CaseView *view)
{
    struct key key = {.length = 0};
    struct db_cursor cursor;
    int rc = 0;
    key_u64(&key, case_id);
    view->views = arena_array(query->arena, MAX_VIEWS, sizeof *view->views);
    if (!view->views)
        return ERROR_NO_MEMORY;
    db_cursor_open(&cursor, &query->reader->txn, DB_VIEWED);
    bool found = db_cursor_seek(&cursor, key.bytes, key.length);
    for (; found && !rc && view->n_views < MAX_VIEWS && key_get_u64(cursor.key, 0) == case_id;
         found = db_cursor_next(&cursor))
        rc = add_view(query, key_get_u64(cursor.value, 0), view);
    db_cursor_close(&cursor);
    return rc;
}

static int fill(struct query *query, const struct casefile *file, uint32_t relation,
                Whistle__V1__CaseView *view)
{
    struct clearance clearance =
        clearance_of(query->principal, relation, file, query->request->show->personal);
    view->case_ = (void *)codec_message_make(query->arena, &codec_casefile, file);
    if (view->case_)
        clearance_redact_case(query, view->case_, clearance);
    view->relation = (char *)relation_name(relation);
    view->waits = case_waits(file) ? (char *)word_name(WORDS_WAITS, (int)case_waits(file)) : view->waits;
    view->category_name = (char *)query_category_name(query, file->whistle->category);
    view->condition_text =
        (char *)query_condition_text(query, file->whistle->category, file->whistle->condition);
    name_units(query, file, view);
    int rc = view->case_ && !arena_failed(query->arena) ? 0 : ERROR_NO_MEMORY;
    if (!rc)
        rc = add_areas(query, file, view);
    if (!rc)
        rc = add_members(query, file, clearance, view);
    if (!rc)
        rc = happening_personal(query, file->id, clearance, &view->personal);
    if (!rc && clearance.words)
        rc = add_persons(query, file, view);
    if (!rc && permit(OPERATION_VIEWS, query->principal->duties, relation))
        rc = add_views(query, file->id, view);
    if (!rc && query->request->show->history)
        rc = add_happenings(query, file, clearance, view);
    return rc;
}

int query_show(struct query *query)
{
    const char *asked = text_or_empty(query->request->show->number);
    struct number number;
    if (number_parse(asked, &number))
        return query_refuse(query, ERROR_BAD_NUMBER, "show.number", asked, NULL);
    const struct view *over = &query->reader->view;
    const struct casefile *file = over->ops->by_number(over->ctx, asked);
    uint32_t relation = file ? permit_relation(rulebook_rules(query->book), query->principal, file,
                                               query_area(query, file->area))
                             : RELATION_NONE;
    if (!permit(OPERATION_SEE, query->principal->duties, relation))
        return query_refuse(query, ERROR_UNKNOWN_CASE, "show.number", asked, NULL);
    Whistle__V1__CaseView *view = arena_alloc(query->arena, sizeof *view);
    if (!view)
        return ERROR_NO_MEMORY;
    whistle__v1__case_view__init(view);
    query->reply->result_case = WHISTLE__V1__REPLY__RESULT_SHOW;
    query->reply->show = view;
    return fill(query, file, relation, view);
}
