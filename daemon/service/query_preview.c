// preview: who would come, by when and why. The same decision as a submit's, over a snapshot, and nothing is
// kept.
#include "service/query.h"

#include "base/error.h"
#include "codec/codec.h"
#include "core/decide.h"
#include "engine/answer.h"
#include "engine/request.h"
#include "service/intake.h"

int query_preview(struct query *query)
{
    struct command command = {.principal = query->principal};
    struct decision decision;
    struct blob bytes;
    command.actor.principal = query->principal->code;
    if (!query->request->preview->whistle)
        return query_refuse(query, ERROR_MISSING, "preview.whistle", "whistle", NULL);
    int rc = intake_whistle(query->arena, query->request->preview->whistle, query->book, &command);
    if (rc)
        return rc;
    decide(query->arena, rulebook_rules(query->book), &query->reader->view, &command, query->now_ms,
           &decision);
    if (!decision.code && decision.file && !decision.existed)
        decision.file->number = NULL;
    rc = answer_decision(query->arena, NULL, &decision, request_epoch(query->reader->store), query->now_ms,
                         &bytes);
    if (rc)
        return rc;
    Whistle__V1__Reply *reply =
        (void *)codec_unpack(query->arena, &whistle__v1__reply__descriptor, bytes.bytes, bytes.length);
    if (!reply)
        return ERROR_NO_MEMORY;
    reply->id = query->reply->id;
    *query->reply = *reply;
    return 0;
}
