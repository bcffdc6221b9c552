#include "engine/engine.h"

#include "base/civil.h"
#include "base/error.h"
#include "engine/wake.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// What the thread hands back in one go.
struct finished {
    TAILQ_ENTRY(finished) entry;
    struct work_list works;
    struct batch_result result;
    int error;
};

struct engine {
    struct engine_options options;
    struct batcher batcher; // the thread's own, but for `book` under the lock
    pthread_t thread;
    struct wake loop;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct turns pending;            // under the lock
    char last[WORK_PRINCIPAL];       // under the lock: whose work came last
    int64_t shared_ms;               // under the lock: when somebody else's came (machine time); 0: never
    TAILQ_HEAD(, finished) finished; // under the lock
    bool stopping;                   // under the lock
    bool ended;                      // under the lock: the thread has nothing more to say
    struct engine_stats stats;       // under the lock
    int64_t alive_ms;                // under the lock: the thread came round, by steady_ms
    struct rulebook *book;           // under the lock: what readers are given
    struct work_list left;           // the thread's own: found no room in the last batch
    void (*stopped)(void *context);
    void *stopped_context;
};

int64_t engine_machine_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t steady_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t engine_now(const struct engine *engine)
{
    return city_clock_now(&engine->options.clock, engine_machine_now());
}

// ---- the thread ---------------------------------------------------------------------------------

static const int64_t ROUND_MS = 1000;  // the thread comes round at least so often, for the watchdog
static const int64_t RETRY_MS = 200;   // after a refused batch
static const int64_t SHARED_MS = 1000; // so long after two principals took turns both are taken to be there

static void wait_until(struct engine *engine, int64_t wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&engine->wake, &engine->lock, &until);
}

static int64_t time_to_next(struct engine *engine)
{
    int64_t next = engine->stats.next_due_ms;
    if (next == CLOCK_NEVER)
        return ROUND_MS;
    int64_t wait = city_clock_wait(&engine->options.clock, engine_now(engine), next);
    return wait < ROUND_MS ? wait : ROUND_MS;
}

static struct work *work_of(struct turns_item *turn)
{
    return turn ? (struct work *)((char *)turn - offsetof(struct work, turn)) : NULL;
}

// Who is alone may fill a batch. Beside others nobody takes more than a share of it, since each of them waits
// for the whole of it: a principal that floods would else slow all others by the time that 256 works of its
// own take.
static void set_share(struct engine *engine)
{
    int64_t since = engine_machine_now() - engine->shared_ms;
    engine->stats.shared = engine->shared_ms && since >= 0 && since < SHARED_MS;
    engine->pending.max_at_once = engine->stats.shared ? engine->options.max_share : 0;
}

// Waits for work or a due time and takes what there is. False when the engine stops and nothing is left.
static bool take(struct engine *engine, struct work_list *works)
{
    size_t count = 0;
    struct work *work;
    TAILQ_CONCAT(works, &engine->left, entry);
    pthread_mutex_lock(&engine->lock);
    bool idle = TAILQ_EMPTY(works) && !engine->pending.waiting && !engine->stopping;
    int64_t wait = engine->stats.last_error ? RETRY_MS : time_to_next(engine);
    if (idle && wait > 0)
        wait_until(engine, wait);
    set_share(engine);
    size_t most = engine->stats.shared ? BATCH_SHARED_WORKS : BATCH_MAX_WORKS;
    while (count++ < most && (work = work_of(turns_take(&engine->pending))))
        TAILQ_INSERT_TAIL(works, work, entry);
    engine->stats.heartbeat_ms = engine_machine_now();
    engine->alive_ms = steady_ms();
    engine->stats.pending = engine->pending.waiting;
    bool more = !TAILQ_EMPTY(works) || !engine->stopping;
    pthread_mutex_unlock(&engine->lock);
    guard_alive(engine->batcher.guard);
    return more;
}

// Under the lock. Returns how many.
static size_t end_turns(struct engine *engine, const struct work_list *works)
{
    size_t count = 0;
    struct work *work;
    TAILQ_FOREACH (work, works, entry) {
        turns_end(&engine->pending, &work->turn, 0);
        count++;
    }
    return count;
}

// From here on the batch belongs to the loop thread, which may have freed it before this returns: it is taken
// away.
static void hand_back(struct engine *engine, struct finished **batch, int64_t next_due)
{
    struct finished *finished = *batch;
    *batch = NULL;
    pthread_mutex_lock(&engine->lock);
    engine->stats.batches++;
    engine->stats.works += end_turns(engine, &finished->works);
    engine->stats.events += finished->result.events;
    engine->stats.ticks += finished->result.ticks;
    engine->stats.failed_batches += finished->error != 0;
    engine->stats.last_error = finished->error;
    engine->stats.last_batch_ms = engine_machine_now();
    engine->stats.next_due_ms = next_due;
    if (finished->result.rules_changed) {
        rulebook_unref(engine->book);
        engine->book = rulebook_ref(engine->batcher.book);
    }
    TAILQ_INSERT_TAIL(&engine->finished, finished, entry);
    pthread_mutex_unlock(&engine->lock);
    wake_up(&engine->loop);
}

static bool is_due(struct engine *engine)
{
    int64_t next = engine->stats.next_due_ms;
    return next != CLOCK_NEVER && next <= engine_now(engine);
}

// Whether the next batch would be refused like the last one: so that a trouble which is over is told no more,
// and the state does not wait for the next whistle to catch up.
static void look_for_room(struct engine *engine)
{
    struct store *store = engine->batcher.store;
    int was = engine->stats.last_error;
    if (!was && !store_is_behind(store))
        return;
    int rc = store_probe(store);
    if (!rc && !journal_has_room(store_journal(store)))
        rc = engine->stats.prepare_error ? engine->stats.prepare_error : was;
    int64_t next_due = batch_next_due(&engine->batcher);
    pthread_mutex_lock(&engine->lock);
    engine->stats.next_due_ms = next_due;
    engine->stats.last_error = rc;
    pthread_mutex_unlock(&engine->lock);
}

static struct finished *finished_create(void)
{
    struct finished *finished = calloc(1, sizeof *finished);
    if (!finished)
        return NULL;
    TAILQ_INIT(&finished->works);
    batch_result_init(&finished->result);
    return finished;
}

// Without memory for a hundred bytes nothing is taken. Whoever waits for the thread's sign of life learns of
// it when that goes on.
static bool pause_for_memory(struct engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    engine->stats.last_error = ERROR_NO_MEMORY;
    wait_until(engine, RETRY_MS);
    pthread_mutex_unlock(&engine->lock);
    return true;
}

static bool run_once(struct engine *engine)
{
    struct finished *finished = finished_create();
    if (!finished)
        return pause_for_memory(engine);
    bool more = take(engine, &finished->works);
    if (TAILQ_EMPTY(&finished->works) && !is_due(engine)) {
        free(finished);
        look_for_room(engine);
        return more;
    }
    int error = batch_run(&engine->batcher, &finished->works, &engine->left, engine_now(engine),
                          engine_machine_now(), &finished->result);
    finished->error = error;
    hand_back(engine, &finished, batch_next_due(&engine->batcher));
    return more && error != ERROR_IO;
}

// One step towards the journal's next segment: in spare moments, and in busy ones too once half of the
// current one is used, so that it is there before it is needed.
static void prepare_ahead(struct engine *engine)
{
    struct journal *journal = store_journal(engine->batcher.store);
    struct journal_status status;
    bool ready;
    journal_status(journal, &status);
    pthread_mutex_lock(&engine->lock);
    bool idle = engine->pending.waiting == 0 && TAILQ_EMPTY(&engine->left);
    pthread_mutex_unlock(&engine->lock);
    bool half = status.used_bytes > status.segment_bytes / 2;
    if (!status.next_ready && !(idle || half))
        return;
    int rc = status.next_ready ? 0 : journal_prepare(journal, &ready, NULL);
    pthread_mutex_lock(&engine->lock);
    engine->stats.prepare_error = rc;
    pthread_mutex_unlock(&engine->lock);
}

static void *engine_main(void *argument)
{
    struct engine *engine = argument;
    while (run_once(engine))
        prepare_ahead(engine);
    pthread_mutex_lock(&engine->lock);
    engine->ended = true;
    pthread_mutex_unlock(&engine->lock);
    wake_up(&engine->loop);
    return NULL;
}

// ---- the loop's side ----------------------------------------------------------------------------

// Only the next start can settle it: what is on disk is in doubt, or the state is damaged and not to be
// decided over.
static bool is_fatal(const struct engine *engine, int error)
{
    return error == ERROR_IO || (error == ERROR_CORRUPT && store_damage(engine->batcher.store));
}

static void deliver(struct engine *engine, struct finished *finished)
{
    struct work *work;
    bool fatal = is_fatal(engine, finished->error);
    if (finished->error)
        engine->options.on_trouble(engine->options.context, finished->error, fatal);
    while ((work = TAILQ_FIRST(&finished->works))) {
        TAILQ_REMOVE(&finished->works, work, entry);
        if (work->done && !fatal)
            work->done(work);
        else
            work_destroy(work);
    }
    if (!finished->error)
        engine->options.on_batch(engine->options.context, &finished->result);
    batch_result_fini(&finished->result);
    free(finished);
}

static struct engine *engine_of(struct wake *loop)
{
    return (struct engine *)((char *)loop - offsetof(struct engine, loop));
}

static void on_closed(struct wake *loop)
{
    struct engine *engine = engine_of(loop);
    engine->stopped(engine->stopped_context);
}

static void on_wake(struct wake *loop)
{
    struct engine *engine = engine_of(loop);
    struct finished *finished;
    pthread_mutex_lock(&engine->lock);
    while ((finished = TAILQ_FIRST(&engine->finished))) {
        TAILQ_REMOVE(&engine->finished, finished, entry);
        pthread_mutex_unlock(&engine->lock);
        deliver(engine, finished);
        pthread_mutex_lock(&engine->lock);
    }
    bool ended = engine->ended && engine->stopped;
    pthread_mutex_unlock(&engine->lock);
    if (ended && !loop->closed) {
        pthread_join(engine->thread, NULL);
        wake_close(loop, on_closed);
    }
}

static void init_lock(struct engine *engine)
{
    pthread_condattr_t attributes;
    pthread_mutex_init(&engine->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&engine->wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

int engine_start(const struct engine_options *options, struct engine **out)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return ERROR_NO_MEMORY;
    engine->options = *options;
    engine->batcher = (struct batcher){
        .store = options->store,
        .guard = options->guard,
        .book = options->book,
        .started_city_ms = city_clock_now(&options->clock, engine_machine_now()),
        .demo = options->demo,
        .last_now_ms = options->last_ms,
    };
    engine->book = rulebook_ref(options->book);
    engine->stats.next_due_ms = batch_next_due(&engine->batcher); // before the thread is: who starts it asks
    engine->batcher.recheck = true; // the rulebook may have changed while it was stopped
    engine->stats.heartbeat_ms = engine_machine_now();
    engine->alive_ms = steady_ms();
    init_lock(engine);
    TAILQ_INIT(&engine->finished);
    TAILQ_INIT(&engine->left);
    turns_init(&engine->pending);
    engine->pending.max_a_holder = options->max_a_principal ? options->max_a_principal : 1024;
    engine->pending.max_in_all = options->max_in_all ? options->max_in_all : 8192;
    if (wake_init(&engine->loop, options->loop, on_wake) ||
        pthread_create(&engine->thread, NULL, engine_main, engine)) {
        engine_destroy(engine);
        return ERROR_INTERNAL;
    }
    *out = engine;
    return 0;
}

// Under the lock.
static int room_for(struct engine *engine, const char *holder)
{
    if (turns_have_room(&engine->pending, holder))
        return 0;
    engine->stats.refused_busy++;
    return ERROR_BUSY;
}

int engine_has_room(struct engine *engine, const char *holder)
{
    pthread_mutex_lock(&engine->lock);
    int rc = room_for(engine, holder);
    pthread_mutex_unlock(&engine->lock);
    return rc;
}

// Under the lock. The daemon's own works are nobody's, nor is what came before.
static void note_principal(struct engine *engine, const struct work *work)
{
    if (!*work->principal || work->replayed || strcmp(work->principal, engine->last) == 0)
        return;
    if (*engine->last)
        engine->shared_ms = work->received_ms;
    strcpy(engine->last, work->principal);
}

int engine_push(struct engine *engine, struct work *work)
{
    const char *holder = work_holder(work->principal, work->replayed);
    pthread_mutex_lock(&engine->lock);
    work->city_ms = engine_now(engine);
    int rc = engine->stopping ? ERROR_DRAINING : room_for(engine, holder);
    if (!rc)
        rc = turns_push(&engine->pending, holder, &work->turn);
    if (!rc) {
        note_principal(engine, work);
        pthread_cond_signal(&engine->wake);
    }
    pthread_mutex_unlock(&engine->lock);
    return rc;
}

bool engine_withdraw(struct engine *engine, struct work *work)
{
    pthread_mutex_lock(&engine->lock);
    bool back = turns_withdraw(&engine->pending, &work->turn);
    engine->stats.withdrawn += back;
    pthread_mutex_unlock(&engine->lock);
    return back;
}

void engine_stop(struct engine *engine, void (*stopped)(void *context), void *context)
{
    pthread_mutex_lock(&engine->lock);
    engine->stopping = true;
    engine->stopped = stopped;
    engine->stopped_context = context;
    pthread_cond_signal(&engine->wake);
    pthread_mutex_unlock(&engine->lock);
    wake_up(&engine->loop);
}

void engine_destroy(struct engine *engine)
{
    struct work *work;
    while ((work = work_of(turns_clear(&engine->pending))))
        work_destroy(work);
    while ((work = TAILQ_FIRST(&engine->left))) {
        TAILQ_REMOVE(&engine->left, work, entry);
        turns_end(&engine->pending, &work->turn, 0);
        work_destroy(work);
    }
    turns_fini(&engine->pending);
    rulebook_unref(engine->book);
    rulebook_unref(engine->batcher.book);
    pthread_cond_destroy(&engine->wake);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
}

void engine_stats(struct engine *engine, struct engine_stats *out)
{
    pthread_mutex_lock(&engine->lock);
    *out = engine->stats;
    out->pending = engine->pending.waiting;
    out->silent_ms = engine->ended ? 0 : steady_ms() - engine->alive_ms;
    pthread_mutex_unlock(&engine->lock);
}

struct rulebook *engine_book(struct engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    struct rulebook *book = rulebook_ref(engine->book);
    pthread_mutex_unlock(&engine->lock);
    return book;
}
