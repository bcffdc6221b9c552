#include "service/service_state.h"

#include "engine/answer.h"
#include "sp/sp_rep.h"

#include <inttypes.h>
#include <stdio.h>

enum { PAUSE_MAX_MS = 10000 };

void answers_send(struct service *s, struct sp_token token, struct arena *arena, const struct ulid *id,
                  struct blob reply)
{
    struct blob envelope;
    if (!reply.length || envelope_close(arena, id, reply, &envelope))
        sp_drop(s->edge, token); // the client asks again after its own time-out
    else
        sp_reply(s->edge, token, envelope.bytes, envelope.length);
}

void answers_refuse(struct service *s, struct sp_token token, const struct ulid *id, int code,
                    const char *argument0, const char *argument1)
{
    struct arena arena;
    struct blob reply;
    arena_init(&arena, 0);
    if (answer_refusal(&arena, id, code, NULL, argument0, argument1, engine_now(s->engine), &reply))
        reply = (struct blob){0};
    answers_send(s, token, &arena, id, reply);
    arena_fini(&arena);
}

void answers_wait_for(struct service *s, struct sp_token token, const struct ulid *id, int code, uint64_t ms)
{
    char wait[24];
    snprintf(wait, sizeof wait, "%" PRIu64, ms);
    sp_pause(s->edge, token, ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS);
    answers_refuse(s, token, id, code, wait, NULL);
}

void answers_wait(struct service *s, struct sp_token token, const struct ulid *id, int code)
{
    answers_wait_for(s, token, id, code, s->options.limits.service.busy_ms);
}

void answers_gone(void *context, struct sp_token token, void *attachment, enum sp_gone why)
{
    struct waiter *waiter = attachment;
    (void)context;
    (void)token;
    (void)why;
    if (waiter)
        waiter->gone(waiter->waiting);
}
