#include "engine/answer.h"

#include "base/error.h"
#include "base/text.h"
#include "codec/messages.h"
#include "whistle.pb-c.h"

#include <string.h>

char *answer_sentence(struct arena *arena, int code, const char *const arguments[REFUSAL_MAX_ARGUMENTS])
{
    const char *form = error_sentence(code);
    size_t length = strlen(form);
    for (int i = 0; i < REFUSAL_MAX_ARGUMENTS; i++)
        length += 4 * strlen(text_or_empty(arguments[i]));
    char *text = arena_alloc(arena, length + 1), *at = text;
    while (text && *form) {
        bool place =
            form[0] == '{' && form[1] >= '0' && form[1] < '0' + REFUSAL_MAX_ARGUMENTS && form[2] == '}';
        if (place) {
            const char *argument = text_or_empty(arguments[form[1] - '0']);
            memcpy(at, argument, strlen(argument));
            at += strlen(argument);
            form += 3;
        } else {
            *at++ = *form++;
        }
    }
    return text;
}

static int refuse(struct arena *arena, Whistle__V1__Reply *reply, int code, const char *field,
                  const char *const *arguments, struct blob *out)
{
    size_t count = 0;
    while (count < REFUSAL_MAX_ARGUMENTS && arguments[count])
        count++;
    reply->code = (char *)error_name(code);
    reply->field = (char *)text_or_empty(field);
    reply->n_arguments = count;
    reply->arguments = (char **)arguments;
    reply->text = answer_sentence(arena, code, arguments);
    return reply->text ? codec_pack(arena, &reply->base, out) : ERROR_NO_MEMORY;
}

static void *make_all(struct arena *arena, const struct codec_message *message, const void *items,
                      size_t count)
{
    ProtobufCMessage **made = arena_array(arena, count + 1, sizeof *made);
    for (size_t i = 0; made && i < count; i++)
        made[i] = codec_message_make(arena, message, (const char *)items + i * message->size);
    return made;
}

static Whistle__V1__Receipt *receipt_of(struct arena *arena, const struct decision *decision, uint32_t epoch)
{
    const struct casefile *file = decision->file;
    Whistle__V1__Receipt *receipt = arena_alloc(arena, sizeof *receipt);
    if (!receipt)
        return NULL;
    whistle__v1__receipt__init(receipt);
    receipt->number = (char *)text_or_empty(file->number);
    receipt->state = (Whistle__V1__CaseState)file->state;
    receipt->epoch = epoch;
    receipt->seq = decision->event_count ? decision->events[decision->event_count - 1].seq : file->last_seq;
    receipt->promised_ms = file->promised_ms;
    receipt->existed = decision->existed;
    receipt->reason = (char *)text_or_empty(decision->reason);
    receipt->rule = file->rule ? (void *)codec_message_make(arena, &codec_rule_ref, file->rule) : NULL;
    receipt->n_called = decision->called_count;
    receipt->called = make_all(arena, &codec_called, decision->called, decision->called_count);
    receipt->n_duplicates = decision->duplicate_count;
    receipt->duplicates = make_all(arena, &codec_duplicate, decision->duplicates, decision->duplicate_count);
    receipt->raised = (char *)text_or_empty(decision->raised);
    receipt->n_precedents = decision->precedent_count;
    receipt->precedents = make_all(arena, &codec_precedent, decision->precedents, decision->precedent_count);
    return arena_failed(arena) ? NULL : receipt;
}

static Whistle__V1__Reply reply_to(const struct ulid *id, int64_t now_ms)
{
    Whistle__V1__Reply reply = WHISTLE__V1__REPLY__INIT;
    if (id)
        reply.id = (ProtobufCBinaryData){sizeof id->bytes, (uint8_t *)id->bytes};
    reply.now_ms = now_ms;
    return reply;
}

int answer_decision(struct arena *arena, const struct ulid *id, const struct decision *decision,
                    uint32_t epoch, int64_t now_ms, struct blob *out)
{
    Whistle__V1__Reply reply = reply_to(id, now_ms);
    if (decision->code)
        return refuse(arena, &reply, decision->code, decision->field, decision->arguments, out);
    reply.code = (char *)error_name(0);
    reply.result_case = WHISTLE__V1__REPLY__RESULT_RECEIPT;
    reply.receipt = receipt_of(arena, decision, epoch);
    return reply.receipt ? codec_pack(arena, &reply.base, out) : ERROR_NO_MEMORY;
}

int answer_refusal(struct arena *arena, const struct ulid *id, int code, const char *field,
                   const char *argument0, const char *argument1, int64_t now_ms, struct blob *out)
{
    const char *arguments[REFUSAL_MAX_ARGUMENTS] = {argument0, argument1};
    Whistle__V1__Reply reply = reply_to(id, now_ms);
    return refuse(arena, &reply, code, field, arguments, out);
}
