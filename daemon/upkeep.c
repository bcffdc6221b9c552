#include "upkeep.h"

#include "base/error.h"
#include "base/civil.h"
#include "service/log.h"
#include "store/retention.h"

#include <malloc.h>
#include <systemd/sd-daemon.h>

enum {
    CHECKPOINT_EVERY_MS = 60000,
    TRIM_EVERY_MS = 5000,
    LOOK_EVERY_MS = 1000,
    SILENT_MS = 5000,  // the engine comes round every second, and after each batch
    STUCK_MS = 120000, // a walk over the books takes seconds; so does the pool to give memory back
};

// ---- the service manager --------------------------------------------------------------------------------

// A thread that comes to no end is a reason to begin again: the loop's, which would not be here; the
// engine's; those that look; and those of uv's pool, all of which must be busy for so long if the trim has no
// turn.
static bool is_stuck(const struct upkeep *upkeep)
{
    struct engine_stats engine;
    struct service_stats service;
    engine_stats(service_engine(upkeep->service), &engine);
    service_stats(upkeep->service, &service);
    uint64_t trimming = upkeep->trimming ? uv_now(upkeep->watchdog.loop) - upkeep->trimming_since_ms : 0;
    return engine.silent_ms >= SILENT_MS || service.longest_ms >= STUCK_MS || trimming >= STUCK_MS;
}

static void on_watchdog(uv_timer_t *timer)
{
    struct upkeep *upkeep = timer->data;
    if (!is_stuck(upkeep))
        sd_notify(0, "WATCHDOG=1");
}

static const char *state_of(const struct engine_stats *engine)
{
    if (engine->last_error == ERROR_STORAGE_FULL)
        return "STATUS=Storage is full: changes are refused, questions are answered";
    if (engine->last_error)
        return "STATUS=Changes are refused: see whistle status";
    if (engine->prepare_error)
        return "STATUS=Ready; storage is nearly full";
    return "STATUS=Ready";
}

// For `systemctl status`.
static void tell_state(struct upkeep *upkeep)
{
    struct engine_stats engine;
    engine_stats(service_engine(upkeep->service), &engine);
    const char *state = state_of(&engine);
    if (upkeep->told != state)
        sd_notify(0, state);
    upkeep->told = state;
}

// ---- checkpoints, the archive, memory -------------------------------------------------------------------

static void put_away(struct upkeep *upkeep)
{
    int64_t days = (int64_t)service_limits(upkeep->service)->service.archive_days;
    struct store_error error = {0};
    uint64_t moved = 0;
    int rc = days ? store_retire(upkeep->store, engine_machine_now() - days * DAY_MS, &moved, &error) : 0;
    if (rc && rc != upkeep->archive_error) // it is tried every minute
        log_line(LOG_WARNING, "archiving failed: %s: %s", error_name(rc), error.text);
    upkeep->archive_error = rc;
    if (moved)
        log_line(LOG_INFO, "archived segment=%020ju", (uintmax_t)moved);
}

static void take_checkpoint(uv_work_t *job)
{
    struct upkeep *upkeep = job->data;
    struct store_error error = {0};
    if (store_checkpoint(upkeep->store, false, &error))
        log_line(LOG_WARNING, "checkpoint failed: %s", error.text);
    put_away(upkeep);
}

static void checkpoint_taken(uv_work_t *job, int status)
{
    struct upkeep *upkeep = job->data;
    (void)status;
    upkeep->checkpointing = false;
}

static void on_checkpoint_timer(uv_timer_t *timer)
{
    struct upkeep *upkeep = timer->data;
    if (!upkeep->checkpointing)
        upkeep->checkpointing =
            uv_queue_work(timer->loop, &upkeep->checkpoint, take_checkpoint, checkpoint_taken) == 0;
}

// malloc keeps what a burst took, in an arena of each thread, and gives it back by itself only where nothing
// later lies behind it.
static void give_back(uv_work_t *job)
{
    (void)job;
    malloc_trim(0);
}

static void given_back(uv_work_t *job, int status)
{
    struct upkeep *upkeep = job->data;
    (void)status;
    upkeep->trimming = false;
}

static void on_trim_timer(uv_timer_t *timer)
{
    struct upkeep *upkeep = timer->data;
    if (upkeep->trimming)
        return;
    upkeep->trimming_since_ms = uv_now(timer->loop);
    upkeep->trimming = uv_queue_work(timer->loop, &upkeep->trim, give_back, given_back) == 0;
}

// ---- the look, once a second ----------------------------------------------------------------------------

static void on_look_timer(uv_timer_t *timer)
{
    struct upkeep *upkeep = timer->data;
    const char *table = store_damage(upkeep->store);
    tell_state(upkeep);
    if (table && upkeep->damaged) {
        uv_timer_stop(timer);
        upkeep->on_damage(upkeep->context, table);
    }
    upkeep->damaged = table != NULL;
}

void upkeep_start(struct upkeep *upkeep, uv_loop_t *loop, struct service *service, struct store *store,
                  void (*on_damage)(void *context, const char *table), void *context)
{
    uint64_t usec = 0;
    *upkeep = (struct upkeep){.service = service, .store = store, .on_damage = on_damage, .context = context};
    upkeep->watchdog.data = upkeep->looks.data = upkeep->checkpoints.data = upkeep->trims.data = upkeep;
    upkeep->checkpoint.data = upkeep->trim.data = upkeep;
    uv_timer_init(loop, &upkeep->watchdog);
    uv_timer_init(loop, &upkeep->checkpoints);
    uv_timer_init(loop, &upkeep->trims);
    uv_timer_init(loop, &upkeep->looks);
    uv_timer_start(&upkeep->looks, on_look_timer, 0, LOOK_EVERY_MS);
    uv_timer_start(&upkeep->trims, on_trim_timer, TRIM_EVERY_MS, TRIM_EVERY_MS);
    on_trim_timer(&upkeep->trims); // uv's pool begins with its first job, and aborts without memory for it
    uv_timer_start(&upkeep->checkpoints, on_checkpoint_timer, CHECKPOINT_EVERY_MS, CHECKPOINT_EVERY_MS);
    if (sd_watchdog_enabled(0, &usec) > 0)
        uv_timer_start(&upkeep->watchdog, on_watchdog, 0, usec / 3000);
}

void upkeep_stop(struct upkeep *upkeep)
{
    uv_timer_stop(&upkeep->checkpoints);
    uv_timer_stop(&upkeep->trims);
    uv_timer_stop(&upkeep->looks);
}
