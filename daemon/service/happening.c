#include "service/happening.h"

#include "base/error.h"
#include "base/text.h"
#include "codec/messages.h"
#include "journal.pb-c.h"

typedef Whistle__Journal__V1__Private Private;

static const Private *read_private(struct query *query, struct blob part)
{
    if (!part.length)
        return NULL;
    return (const void *)codec_unpack(query->arena, &whistle__journal__v1__private__descriptor, part.bytes,
                                      part.length);
}

static Whistle__V1__Agent *agent_of(struct query *query, const struct actor *actor)
{
    Whistle__V1__Agent *agent = arena_alloc(query->arena, sizeof *agent);
    if (!agent)
        return NULL;
    whistle__v1__agent__init(agent);
    agent->name = (char *)text_or_empty(actor->agent_name);
    agent->staff_no = (char *)text_or_empty(actor->staff_no);
    return agent;
}

// What came with a command belongs to the event that says so, and to no other of its events.
static Whistle__V1__Happening *make(struct query *query, const struct record_facts *facts,
                                    const struct event *event, const Private *part,
                                    struct clearance clearance)
{
    const Private *private = event->personal ? part : NULL;
    Whistle__V1__Happening *happening = arena_alloc(query->arena, sizeof *happening);
    if (!happening)
        return NULL;
    whistle__v1__happening__init(happening);
    happening->event = (void *)codec_message_make(query->arena, &codec_event, event);
    happening->principal = (char *)text_or_empty(facts->actor.principal);
    happening->agent = agent_of(query, &facts->actor);
    if (happening->event)
        clearance_redact_happening(query, happening, clearance);
    if (event->kind == EVENT_FILED && private)
        happening->personal = clearance_personal(query, event->case_id, private->personal, clearance);
    if (private && clearance.words) {
        happening->text = private->text;
        happening->person = private->person;
        happening->phone = private->phone;
    }
    return arena_failed(query->arena) ? NULL : happening;
}

int happening_read(struct query *query, uint64_t seq, struct clearance clearance,
                   Whistle__V1__Happening **out)
{
    struct record_facts facts;
    struct blob part;
    *out = NULL;
    int rc = store_read_record(query->reader, seq, &facts, &part);
    if (rc)
        return rc == ERROR_NOT_FOUND ? 0 : rc;
    for (size_t i = 0; i < facts.event_count; i++)
        if (facts.events[i].seq == seq) {
            *out = make(query, &facts, &facts.events[i], read_private(query, part), clearance);
            return *out ? 0 : ERROR_NO_MEMORY;
        }
    return 0;
}

// Of an open call the target is a member.
static void keep_bare(const Whistle__V1__Event *from, Whistle__V1__Event *to)
{
    to->seq = from->seq;
    to->at_ms = from->at_ms;
    to->kind = from->kind;
    to->number = from->number;
    to->unit = from->unit;
    to->stage = from->stage;
    to->rung = from->rung;
    if (!from->open_call)
        to->target = from->target;
}

int happening_bare(struct query *query, const Whistle__V1__Happening *from, Whistle__V1__Happening **out)
{
    Whistle__V1__Happening *bare = arena_alloc(query->arena, sizeof *bare);
    Whistle__V1__Event *event = arena_alloc(query->arena, sizeof *event);
    if (!bare || !event)
        return ERROR_NO_MEMORY;
    whistle__v1__happening__init(bare);
    whistle__v1__event__init(event);
    keep_bare(from->event, event);
    bare->event = event;
    *out = bare;
    return 0;
}

int happening_personal(struct query *query, uint64_t case_id, struct clearance clearance,
                       Whistle__V1__Personal **out)
{
    struct record_facts facts;
    struct blob part;
    *out = NULL;
    int rc = store_read_record(query->reader, case_id, &facts, &part);
    if (rc)
        return rc == ERROR_NOT_FOUND ? 0 : rc;
    bool has = facts.event_count && facts.events[0].case_id == case_id; // else another's whistle raised it
    const Private *private = has ? read_private(query, part) : NULL;
    *out = private ? clearance_personal(query, case_id, private->personal, clearance) : NULL;
    return arena_failed(query->arena) ? ERROR_NO_MEMORY : 0;
}
