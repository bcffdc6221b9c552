// What the loop's thread has in hand, for the guard: a stranger's bytes, a principal's request, an answer.
#include "service/service_state.h"

static bool admit(struct intake *intake, const struct inhand_note *note, struct arena *arena,
                  const char **name)
{
    char hex[GUARD_NAME];
    if (guard_admit(intake->service->options.guard, note, hex))
        return true;
    *name = arena_strdup(arena, hex);
    return false;
}

bool hands_open(const struct sp_request *from, struct intake *intake, struct arena *arena, const char **name)
{
    const struct inhand_note note = {
        .stage = INHAND_OPENING, .principal = "", .bytes = {from->body, from->length}};
    return admit(intake, &note, arena, name);
}

bool hands_read(struct intake *intake, struct arena *arena, const char **name)
{
    const struct opened *opened = &intake->opened;
    const struct inhand_note note = {INHAND_READING, opened->principal->code, opened->id.bytes,
                                     opened->message};
    guard_done(intake->service->options.guard); // with opening it
    return admit(intake, &note, arena, name);
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
    s->queries_running--;
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
    s->queries_running += s->sweeping;
}
