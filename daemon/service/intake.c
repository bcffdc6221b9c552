#include "service/intake.h"

#include "base/error.h"
#include "base/text.h"
#include "codec/messages.h"
#include "journal.pb-c.h"
#include "rulebook/datum.h"

#include <sodium.h>
#include <string.h>

static uint32_t whistle_personal(const Whistle__V1__Personal *personal)
{
    if (!personal)
        return 0;
    bool contact = text_given(personal->name) || text_given(personal->phone) || text_given(personal->address);
    return (contact ? PERSONAL_CONTACT : 0u) | (text_given(personal->text) ? PERSONAL_TEXT : 0u);
}

// Whatever datum a position comes in, it is kept in one, so that what lies near is near.
static uint32_t locate(const struct rulebook *book, struct position *position)
{
    if (!position_is_on_earth(position)) // decide() refuses it
        return AREA_NONE;
    datum_to_wgs84(position->datum, &position->latitude, &position->longitude);
    position->datum = DATUM_WGS84;
    return rulebook_place(book, position->latitude, position->longitude, DATUM_WGS84);
}

int intake_whistle(struct arena *arena, const Whistle__V1__Whistle *from, const struct rulebook *book,
                   struct command *command)
{
    struct whistle *whistle = arena_alloc(arena, sizeof *whistle);
    if (!whistle)
        return ERROR_NO_MEMORY;
    int rc = codec_message_read(arena, &codec_whistle, &from->base, whistle);
    if (rc)
        return rc;
    const char *texts[] = {from->title, from->personal ? from->personal->text : NULL};
    uint32_t flag_count = 0;
    command->kind = COMMAND_SUBMIT;
    command->whistle = whistle;
    command->personal = whistle_personal(from->personal);
    command->located = whistle->position ? locate(book, whistle->position) : AREA_NONE;
    rc = rulebook_flags(book, arena, texts, 2, &command->flags, &flag_count);
    command->flag_count = flag_count;
    return rc;
}

static int intake_act(struct arena *arena, const Whistle__V1__Act *from, struct command *command)
{
    command->kind = COMMAND_ACT;
    if (text_given(from->text))
        command->personal |= PERSONAL_TEXT;
    if (text_given(from->person) || text_given(from->phone))
        command->personal |= PERSONAL_PERSON;
    return codec_message_read(arena, &codec_act, &from->base, &command->act);
}

// What tells of the place, as it was taken in. NULL where nothing does, or without memory.
static Whistle__V1__Whistle *place_of(struct work *work)
{
    const struct command *command = &work->command;
    struct whistle apart = {.position = command->act.position,
                            .attachments = command->act.attachments,
                            .attachment_count = command->act.attachment_count};
    if (command->kind == COMMAND_SUBMIT) {
        struct whistle rest = *command->whistle;
        whistle_take_apart(&rest, &apart);
    }
    bool given = apart.position || apart.attachment_count || apart.attribute_count || apart.unknown.length ||
                 text_given(apart.on_behalf_of) || text_given(apart.meeting_point);
    return given ? (void *)codec_message_make(&work->arena, &codec_whistle, &apart) : NULL;
}

// What of a request goes into the private part.
static Whistle__Journal__V1__Private private_of(struct work *work, const Whistle__V1__Request *request)
{
    Whistle__Journal__V1__Private private = WHISTLE__JOURNAL__V1__PRIVATE__INIT;
    if (request->op_case == WHISTLE__V1__REQUEST__OP_SUBMIT) {
        private.personal = request->submit->whistle->personal;
    } else {
        private.text = request->act->text;
        private.person = request->act->person;
        private.phone = request->act->phone;
    }
    private.place = place_of(work);
    return private;
}

// The salt is private too: the hash that stays in the public part tells nothing of short texts.
static int make_private(struct work *work, const Whistle__V1__Request *request, const uint8_t random[16])
{
    Whistle__Journal__V1__Private private = private_of(work, request);
    work->command.personal |= private.place ? PERSONAL_PLACE : 0;
    if (arena_failed(&work->arena))
        return ERROR_NO_MEMORY;
    if (!work->command.personal)
        return 0;
    private.salt = (ProtobufCBinaryData){16, (uint8_t *)random};
    int rc = codec_pack(&work->arena, &private.base, &work->private_part);
    if (!rc)
        crypto_generichash(work->private_hash, WORK_HASH, work->private_part.bytes, work->private_part.length,
                           NULL, 0);
    return rc;
}

// Packs the request without its id, its time of sending and what is private.
static int pack_public(struct arena *arena, const Whistle__V1__Request *request, struct blob *out)
{
    static char nothing[] = "";
    Whistle__V1__Request bare = *request;
    Whistle__V1__Submit submit;
    Whistle__V1__Whistle whistle;
    Whistle__V1__Act act;
    bare.id = (ProtobufCBinaryData){0, NULL};
    bare.sent_ms = 0;
    if (request->op_case == WHISTLE__V1__REQUEST__OP_SUBMIT) {
        submit = *request->submit;
        whistle = *submit.whistle;
        whistle.personal = NULL;
        whistle.position = NULL;
        whistle.on_behalf_of = whistle.meeting_point = nothing;
        whistle.n_attachments = whistle.n_attributes = 0;
        whistle.base.n_unknown_fields = 0;
        submit.whistle = &whistle;
        bare.submit = &submit;
    } else {
        act = *request->act;
        act.text = act.person = act.phone = nothing;
        act.position = NULL;
        act.n_attachments = 0;
        bare.act = &act;
    }
    return codec_pack(arena, &bare.base, out);
}

// The hash of the operation alone: a retry may have another time of sending. It stays when what is private is
// erased, so nothing of that is in it: engine/request.c holds the private parts to each other while there is
// one.
static int hash_operation(struct work *work, const Whistle__V1__Request *request)
{
    struct blob bytes;
    int rc = pack_public(&work->arena, request, &bytes);
    if (!rc)
        crypto_generichash(work->operation_hash, WORK_HASH, bytes.bytes, bytes.length, NULL, 0);
    return rc;
}

int intake_work(struct work *work, const Whistle__V1__Request *request, const struct principal *principal,
                const struct rulebook *book, const uint8_t random[16])
{
    struct command *command = &work->command;
    int rc = ERROR_MALFORMED;
    if (strlen(principal->code) >= sizeof work->principal)
        return ERROR_REFUSED;
    strcpy(work->principal, principal->code);
    work->sent_ms = request->sent_ms;
    command->actor.principal = arena_strdup(&work->arena, principal->code);
    if (request->agent) {
        command->actor.agent_name = text_given(request->agent->name) ? request->agent->name : NULL;
        command->actor.staff_no = text_given(request->agent->staff_no) ? request->agent->staff_no : NULL;
    }
    if (request->op_case == WHISTLE__V1__REQUEST__OP_SUBMIT && request->submit->whistle)
        rc = intake_whistle(&work->arena, request->submit->whistle, book, command);
    else if (request->op_case == WHISTLE__V1__REQUEST__OP_ACT)
        rc = intake_act(&work->arena, request->act, command);
    if (!rc)
        rc = make_private(work, request, random);
    return rc ? rc : hash_operation(work, request);
}
