#include "service/happening.h"

#include "base/error.h"
#include "base/text.h"
#include "codec/messages.h"
#include "journal.pb-c.h"

typedef Whistle__Journal__V1__Private Private;

static const Private *read_private(struct arena *arena, struct blob part)
{
    if (!part.length)
        return NULL;
    return (const void *)codec_unpack(arena, &whistle__journal__v1__private__descriptor, part.bytes,
                                      part.length);
}

static Whistle__V1__Agent *agent_of(struct arena *arena, const struct actor *actor)
{
    Whistle__V1__Agent *agent = arena_alloc(arena, sizeof *agent);
    if (!agent)
        return NULL;
    whistle__v1__agent__init(agent);
    agent->name = (char *)text_or_empty(actor->agent_name);
    agent->staff_no = (char *)text_or_empty(actor->staff_no);
    return agent;
}

// A record that is read, in an arena of its own: it may be much larger than what of it is shown.
struct reading {
    struct query *query;
    struct arena arena;
    struct record_facts facts;
    const Private *part; // NULL: there is none, or it is not for this reader
};

static int read_record(struct reading *reading, uint64_t seq, struct clearance clearance)
{
    struct store_reader *reader = reading->query->reader, own = *reader;
    struct blob part = {NULL, 0};
    own.arena = &reading->arena;
    bool bare =
        !clearance.contact && !clearance.text && !clearance.masked && !clearance.words && !clearance.place;
    int rc = bare ? store_read_public(&own, seq, &reading->facts)
                  : store_read_record(&own, seq, &reading->facts, &part);
    reader->txn.error = own.txn.error;
    reading->part = rc ? NULL : read_private(&reading->arena, part);
    return !rc && arena_failed(&reading->arena) ? ERROR_NO_MEMORY : rc;
}

// What came with a command belongs to the event that says so, and to no other of its events.
static Whistle__V1__Happening *make(struct reading *reading, const struct event *event,
                                    struct clearance clearance)
{
    const Private *private = event->personal ? reading->part : NULL;
    Whistle__V1__Happening *happening = arena_alloc(&reading->arena, sizeof *happening);
    if (!happening)
        return NULL;
    whistle__v1__happening__init(happening);
    happening->event = (void *)codec_message_make(&reading->arena, &codec_event, event);
    happening->principal = (char *)text_or_empty(reading->facts.actor.principal);
    happening->agent = agent_of(&reading->arena, &reading->facts.actor);
    if (happening->event)
        clearance_redact_happening(reading->query, happening, clearance);
    if (event->kind == EVENT_FILED && private)
        happening->personal =
            clearance_personal(reading->query, event->case_id, private->personal, clearance);
    if (private && clearance.words) {
        happening->text = private->text;
        happening->person = private->person;
        happening->phone = private->phone;
    }
    return arena_failed(&reading->arena) || arena_failed(reading->query->arena) ? NULL : happening;
}

// What is shown moves over into the answer.
static int keep(struct reading *reading, const struct event *event, struct clearance clearance,
                Whistle__V1__Happening **out)
{
    const Whistle__V1__Happening *made = make(reading, event, clearance);
    struct blob bytes;
    int rc = made ? codec_pack(&reading->arena, &made->base, &bytes) : ERROR_NO_MEMORY;
    if (!rc)
        *out = (void *)codec_unpack(reading->query->arena, &whistle__v1__happening__descriptor, bytes.bytes,
                                    bytes.length);
    return rc ? rc : *out ? 0 : ERROR_NO_MEMORY;
}

int happening_read(struct query *query, uint64_t seq, struct clearance clearance,
                   Whistle__V1__Happening **out)
{
    struct reading reading = {.query = query};
    *out = NULL;
    arena_init(&reading.arena, 0);
    int rc = read_record(&reading, seq, clearance);
    for (size_t i = 0; i < reading.facts.event_count && !rc; i++)
        if (reading.facts.events[i].seq == seq) {
            rc = keep(&reading, &reading.facts.events[i], clearance, out);
            break;
        }
    arena_fini(&reading.arena);
    return rc == ERROR_NOT_FOUND ? 0 : rc;
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
    const Private *private = has ? read_private(query->arena, part) : NULL;
    *out = private ? clearance_personal(query, case_id, private->personal, clearance) : NULL;
    return arena_failed(query->arena) ? ERROR_NO_MEMORY : 0;
}
