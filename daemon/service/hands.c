// What the loop's thread has in hand, for the guard: a stranger's bytes, a principal's request, an answer.
#include "service/service_state.h"

bool hands_open(struct service *s, const struct sp_request *from)
{
    char hex[GUARD_NAME];
    return guard_admit(
        s->options.guard,
        &(struct inhand_note){.stage = INHAND_OPENING, .principal = "", .bytes = {from->body, from->length}},
        hex);
}

bool hands_read(struct intake *intake, struct arena *arena, const char **name)
{
    struct guard *guard = intake->service->options.guard;
    const struct inhand_note note = {INHAND_READING, intake->principal->code, intake->from.way.id.bytes,
                                     intake->message};
    char hex[GUARD_NAME];
    guard_done(guard); // with opening it
    if (guard_admit(guard, &note, hex))
        return true;
    *name = arena_strdup(arena, hex);
    return false;
}

void hands_answer(struct service *s, const char *principal, const struct ulid *id, struct blob message)
{
    guard_take(s->options.guard, &(struct inhand_note){INHAND_ANSWERING, principal, id->bytes, message});
}

// ---- the beat -------------------------------------------------------------------------------------

static void sweep(uv_work_t *job)
{
    struct service *s = job->data;
    guard_sweep(s->options.guard);
}

static void after_sweep(uv_work_t *job, int status)
{
    struct service *s = job->data;
    (void)status;
    s->sweeping = false;
    if (s->stopping)
        service_stop_further(s);
}

void hands_beat(struct service *s)
{
    guard_alive(s->options.guard);
    if (s->sweeping || s->stopping || !guard_littered(s->options.guard))
        return;
    s->sweep.data = s;
    s->sweeping = uv_queue_work(s->options.loop, &s->sweep, sweep, after_sweep) == 0;
}
