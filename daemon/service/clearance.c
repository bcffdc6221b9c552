#include "service/clearance.h"

#include "base/text.h"
#include "core/mask.h"

static char nothing[] = "";

struct clearance clearance_of(const struct principal *principal, uint32_t relation,
                              const struct casefile *file, bool whole)
{
    bool secret = file->whistle->confidential;
    uint32_t duties = principal->duties;
    bool contact = permit(secret ? OPERATION_SECRET : OPERATION_CONTACT, duties, relation);
    return (struct clearance){
        .contact = whole && contact,
        .text = whole && permit(OPERATION_CONTACT, duties, relation),
        .masked = secret ? contact : permit(OPERATION_MASKED, duties, relation),
        .place = permit(OPERATION_PLACE, duties, relation),
        .words = permit(OPERATION_WORDS, duties, relation),
        .members = permit(OPERATION_MEMBERS, duties, relation),
    };
}

static void put_contact(struct query *query, const Whistle__V1__Personal *personal,
                        struct clearance clearance, Whistle__V1__Personal *out)
{
    if (clearance.contact) {
        out->name = personal->name;
        out->phone = personal->phone;
        out->address = personal->address;
    } else if (clearance.masked) {
        out->masked = true;
        out->name = mask_name(query->arena, personal->name);
        out->phone = mask_phone(query->arena, personal->phone);
    }
}

static bool holds_whole(const Whistle__V1__Personal *given)
{
    bool contact = text_given(given->name) || text_given(given->phone) || text_given(given->address);
    return (contact && !given->masked) || text_given(given->text);
}

Whistle__V1__Personal *clearance_personal(struct query *query, uint64_t case_id,
                                          const Whistle__V1__Personal *personal, struct clearance clearance)
{
    if (!personal || !(clearance.contact || clearance.text || clearance.masked))
        return NULL;
    Whistle__V1__Personal *out = arena_alloc(query->arena, sizeof *out);
    if (!out)
        return NULL;
    whistle__v1__personal__init(out);
    put_contact(query, personal, clearance, out);
    if (clearance.text)
        out->text = personal->text;
    if (holds_whole(out))
        query_note_view(query, case_id);
    return out;
}

static void redact_whistle(Whistle__V1__Whistle *whistle)
{
    whistle->position = NULL;
    whistle->source_no = whistle->on_behalf_of = whistle->meeting_point = nothing;
    whistle->n_attachments = whistle->n_attributes = 0;
    whistle->base.n_unknown_fields = 0; // of a newer client: nobody knows what they tell
}

bool clearance_knows_member(const struct query *query, struct clearance clearance, const char *code)
{
    const struct rules *rules = rulebook_rules(query->book);
    return clearance.members || permit_member(rules, query->principal, member_find(&rules->members, code));
}

static void redact_call(const struct query *query, Whistle__V1__OpenCall *call, struct clearance clearance)
{
    for (size_t i = 0; call && i < call->n_claims; i++) {
        Whistle__V1__Claim *claim = call->claims[i];
        if (clearance_knows_member(query, clearance, claim->member))
            continue;
        claim->member = claim->unit = nothing;
        claim->claimed_ms = claim->arrived_ms = 0;
    }
}

void clearance_redact_case(const struct query *query, Whistle__V1__Case *file, struct clearance clearance)
{
    if (!clearance.place && file->whistle)
        redact_whistle(file->whistle);
    redact_call(query, file->open_call, clearance);
}

static bool is_of_member(const Whistle__V1__Event *event)
{
    return event->kind == (Whistle__V1__EventKind)EVENT_CLAIMED ||
           event->kind == (Whistle__V1__EventKind)EVENT_CHECKED_IN ||
           event->kind == (Whistle__V1__EventKind)EVENT_WITHDREW;
}

// What a member did: the unit that keeps him, and whoever spoke for him, tell who he is.
static void redact_member(const struct query *query, Whistle__V1__Happening *happening,
                          struct clearance clearance)
{
    Whistle__V1__Event *event = happening->event;
    redact_call(query, event->open_call, clearance);
    if (!is_of_member(event) || clearance_knows_member(query, clearance, event->target))
        return;
    event->target = event->unit = happening->principal = nothing;
    event->n_recipients = 0;
    happening->agent = NULL;
}

void clearance_redact_happening(const struct query *query, Whistle__V1__Happening *happening,
                                struct clearance clearance)
{
    Whistle__V1__Event *event = happening->event;
    redact_member(query, happening, clearance);
    if (clearance.place)
        return;
    event->position = NULL;
    event->n_attachments = 0;
    if (event->whistle)
        redact_whistle(event->whistle);
}
