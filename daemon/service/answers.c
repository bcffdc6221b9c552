#include "service/service_state.h"

#include "base/error.h"
#include "engine/answer.h"
#include "sp/sp_rep.h"

#include <inttypes.h>
#include <stdio.h>

enum { PAUSE_MAX_MS = 10000 };

struct envelope_known answers_known(const struct service *s, const struct rulebook *book)
{
    return (struct envelope_known){.principals = book ? &rulebook_rules(book)->principals : NULL,
                                   .keys = s->keys,
                                   .now_ms = engine_machine_now()};
}

void answers_send(struct service *s, const struct addressee *to, struct arena *arena, struct blob reply)
{
    const struct envelope_known known = answers_known(s, NULL);
    struct blob envelope;
    if (!reply.length || envelope_close(arena, &known, to->principal, &to->way, reply, &envelope))
        sp_drop(s->edge, to->token); // the client asks again after its own time-out
    else
        sp_reply(s->edge, to->token, envelope.bytes, envelope.length);
}

void answers_refuse(struct service *s, const struct addressee *to, int code, const char *argument0,
                    const char *argument1)
{
    struct arena arena;
    struct blob reply;
    arena_init(&arena, 0);
    if (answer_refusal(&arena, &to->way.id, code, NULL, argument0, argument1, engine_now(s->engine), &reply))
        reply = (struct blob){0};
    answers_send(s, to, &arena, reply);
    arena_fini(&arena);
}

void answers_wait_for(struct service *s, const struct addressee *to, int code, uint64_t ms)
{
    char wait[24];
    snprintf(wait, sizeof wait, "%" PRIu64, ms);
    sp_pause(s->edge, to->token, ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS);
    answers_refuse(s, to, code, wait, NULL);
}

void answers_wait(struct service *s, const struct addressee *to, int code)
{
    answers_wait_for(s, to, code, s->options.limits.service.busy_ms);
}

// Neither the id nor the time is in it: whatever a stranger tries, it reads the same.
void answers_stranger(struct service *s, struct sp_token token)
{
    struct arena arena;
    struct blob reply, envelope;
    arena_init(&arena, 0);
    if (answer_refusal(&arena, NULL, ERROR_REFUSED, NULL, NULL, NULL, 0, &reply) ||
        envelope_close_plain(&arena, reply, &envelope))
        sp_drop(s->edge, token);
    else
        sp_reply(s->edge, token, envelope.bytes, envelope.length);
    arena_fini(&arena);
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
