#include "announce.h"

#include "base/error.h"
#include "service/log.h"

enum { AGAIN_MS = 1000 };

static int say(struct announcement *said);

// When the daemon stops it is the next start's to say.
static void on_again(uv_timer_t *timer)
{
    struct announce *announce = timer->data;
    for (unsigned i = 0; i < announce->count; i++)
        if (announce->said[i].owed)
            announce->said[i].owed = say(&announce->said[i]) != 0;
}

static void on_said(void *context, int code)
{
    struct announcement *said = context;
    said->owed = code == ERROR_STORAGE_FULL || code == ERROR_NO_MEMORY || code == ERROR_BUSY;
    if (said->kind == EVENT_RULES_LOADED)
        log_line(code ? LOG_ERROR : LOG_INFO, "rulebook %s", code ? error_name(code) : "in force");
    if (said->owed && !uv_is_closing((uv_handle_t *)&said->of->again))
        uv_timer_start(&said->of->again, on_again, AGAIN_MS, 0);
}

static void on_note_done(struct work *work)
{
    on_said(work->context, work->code);
    work_destroy(work);
}

static int say_note(struct announcement *said)
{
    struct work *work = work_create(WORK_NOTE, 0);
    if (!work)
        return ERROR_NO_MEMORY;
    work->note = said->kind;
    work->detail = said->detail;
    work->received_ms = engine_machine_now();
    work->done = on_note_done;
    work->context = said;
    int rc = engine_push(service_engine(said->of->service), work);
    if (rc)
        work_destroy(work);
    return rc;
}

static int say(struct announcement *said)
{
    struct service *service = said->of->service;
    if (said->kind != EVENT_RULES_LOADED)
        return say_note(said);
    return service_swap_rules(service, engine_book(service_engine(service)), said->detail, on_said, said);
}

static void add(struct announce *announce, enum event_kind kind, const char *detail)
{
    announce->said[announce->count++] = (struct announcement){announce, kind, detail, false};
}

int announce_start(struct announce *announce, uv_loop_t *loop, struct service *service,
                   struct announce_store store)
{
    int rc = 0;
    announce->service = service;
    announce->again.data = announce;
    uv_timer_init(loop, &announce->again);
    if (store.empty)
        add(announce, EVENT_STORE_OPENED, store.demo ? "demo" : "city");
    if (store.backlog)
        add(announce, EVENT_BACKLOG, "due times that waited over a stop are being worked");
    add(announce, EVENT_RULES_LOADED, "start");
    for (unsigned i = 0; i < announce->count && !rc; i++)
        rc = say(&announce->said[i]);
    return rc;
}
