#include "sim.h"

#include "base/civil.h"
#include "base/error.h"
#include "store/retention.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_AT_ONCE = 64, MOST_WAITS = 1000, MOST_ROUNDS = 100000 };

static const int64_t FIRST_MS = INT64_C(1739404800000); // 2025-02-13 08:00 in Shanghai
static const int64_t RETRY_MS = 200;                    // after a refused batch, as the engine does it

const struct rules *sim_rules(const struct sim *sim)
{
    return rulebook_rules(sim->batcher.book);
}

void *sim_grown(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity ? 2 * *capacity : 64;
    items = realloc(items, *capacity * size);
    MUST(items != NULL, "no memory");
    return items;
}

void life_take_up(struct sim *sim, const char *number)
{
    sim->numbers = sim_grown(sim->numbers, sim->number_count, &sim->number_capacity, sizeof *sim->numbers);
    snprintf(sim->numbers[sim->number_count++], SIM_NUMBER, "%s", number);
    sim->matters = sim_grown(sim->matters, sim->matter_count, &sim->matter_capacity, sizeof *sim->matters);
    struct matter *matter = &sim->matters[sim->matter_count++];
    snprintf(matter->number, SIM_NUMBER, "%s", number);
    matter->look_ms = sim->now_ms + (int64_t)(1 + sim_below(sim, 120)) * MINUTE_MS;
}

// ---- what is done at this moment ----------------------------------------------------------------

// Requests go over the network; a look at what is personal is the service's own word to the engine.
static void do_work(struct sim *sim, struct work_list *works, struct work *work)
{
    if (work && work->kind == WORK_COMMAND)
        clients_send(sim, work);
    else if (work)
        TAILQ_INSERT_TAIL(works, work, entry);
}

static void live(struct sim *sim, struct work_list *works)
{
    int acts = 0;
    for (int i = 0; sim->next_whistle_ms <= sim->now_ms && i < MOST_AT_ONCE; i++) {
        do_work(sim, works, people_whistle(sim));
        sim->next_whistle_ms += 1 + sim_below(sim, (uint32_t)(2 * DAY_MS / sim->options->a_day));
    }
    for (size_t i = 0; i < sim->matter_count && acts < MOST_AT_ONCE; i++)
        if (sim->matters[i].look_ms <= sim->now_ms) {
            do_work(sim, works, people_act(sim, &sim->matters[i]));
            acts++;
        }
    for (size_t i = sim->matter_count; i-- > 0;)
        if (sim->matters[i].look_ms == CLOCK_NEVER)
            sim->matters[i] = sim->matters[--sim->matter_count];
}

static void load_book(struct sim *sim, struct work_list *works)
{
    struct work *work = work_create(WORK_RULES, 0);
    MUST(work != NULL, "no memory");
    work->book = shelf_get(sim->shelf, sim->book);
    work->detail = "sim";
    work->received_ms = sim->now_ms;
    TAILQ_INSERT_TAIL(works, work, entry);
}

static void gather(struct sim *sim, struct work_list *works)
{
    TAILQ_CONCAT(works, &sim->left, entry);
    if (faults_time(&sim->faults, SIM_RELOAD, sim->now_ms)) {
        faults_note(&sim->faults, SIM_RELOAD);
        sim->book = faults_below(&sim->faults, SIM_RELOAD, SHELF_BOOKS);
        sim->reload = true;
    }
    if (sim->reload)
        load_book(sim, works);
    if (!sim->over)
        live(sim, works);
    clients_receive(sim, works);
}

// ---- what comes of it ---------------------------------------------------------------------------

static void destroy(struct work_list *works)
{
    for (struct work *work; (work = TAILQ_FIRST(works));) {
        TAILQ_REMOVE(works, work, entry);
        work_destroy(work);
    }
}

static void lose(struct sim *sim, struct work_list *works, bool in_doubt)
{
    struct work *work;
    TAILQ_FOREACH (work, works, entry)
        if (work->kind == WORK_COMMAND)
            clients_lose(sim, work, in_doubt);
    destroy(works);
}

// What is answered is on record when the answer leaves.
static void answer(struct sim *sim, struct work_list *works)
{
    struct work *work;
    TAILQ_FOREACH (work, works, entry) {
        if (work->kind == WORK_RULES)
            sim->reload = work->code != 0;
        if (work->kind == WORK_COMMAND)
            clients_answer(sim, work);
    }
    disk_hold(&sim->disk);
    witness_follow(sim);
    disk_go_on(&sim->disk);
    TAILQ_FOREACH (work, works, entry)
        if (work->kind == WORK_COMMAND && work->code == 0)
            MUST(clients_is_on_record(sim, work), "a request is answered as done and is not in the journal");
    destroy(works);
}

// Whatever is due is done, some of it in each batch.
static void check_due(struct sim *sim)
{
    bool waits = batch_next_due(&sim->batcher) <= sim->batcher.last_now_ms;
    sim->waited = waits ? sim->waited + 1 : 0;
    MUST(sim->waited < MOST_WAITS, "something is due and is never done");
}

static void run_batch(struct sim *sim, struct work_list *works)
{
    struct batch_result result;
    batch_result_init(&result);
    int rc = batch_run(&sim->batcher, works, &sim->left, sim->now_ms, sim->now_ms, &result);
    bool struck = disk_struck(sim);
    sim->totals->batches++;
    sim->totals->events += result.events;
    sim->totals->refused += rc != 0;
    *sim->progress = ++sim->steps;
    if (rc == ERROR_IO || disk_death(&sim->disk) >= 0) {
        MUST(struck, "a batch failed, and no disk did");
        lose(sim, works, true);
        lose(sim, &sim->left, false);
        stops_died(sim, disk_death(&sim->disk) == SIM_POWER);
    } else {
        MUST(rc == 0 || (rc == ERROR_STORAGE_FULL && struck), "a batch failed: %s", error_name(rc));
        answer(sim, works);
        sim->now_ms += rc ? RETRY_MS : 0;
        if (rc)
            witness_last(sim);
        else
            check_due(sim);
    }
    batch_result_fini(&result);
}

static void turn(struct sim *sim)
{
    struct work_list works = TAILQ_HEAD_INITIALIZER(works);
    sim->furthest_ms = sim->now_ms > sim->furthest_ms ? sim->now_ms : sim->furthest_ms;
    gather(sim, &works);
    disk_plan(sim);
    run_batch(sim, &works);
}

// ---- time ---------------------------------------------------------------------------------------

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t next_moment(struct sim *sim)
{
    int64_t next = earlier(batch_next_due(&sim->batcher), clients_next(sim));
    if (sim->over)
        return next;
    next = earlier(next, sim->next_whistle_ms);
    for (size_t i = 0; i < sim->matter_count; i++)
        next = earlier(next, sim->matters[i].look_ms);
    return next;
}

// An hour back, a day ahead, some seconds that are held.
static void jump(struct sim *sim)
{
    static const int64_t spans[] = {-HOUR_MS, -90 * MINUTE_MS, -1500, -5000, DAY_MS, 3 * HOUR_MS};
    faults_note(&sim->faults, SIM_JUMP);
    sim->now_ms += spans[faults_below(&sim->faults, SIM_JUMP, sizeof spans / sizeof *spans)];
}

static void move_on(struct sim *sim)
{
    int64_t next = next_moment(sim);
    if (next > sim->now_ms && next != CLOCK_NEVER)
        sim->now_ms = next;
    if (faults_time(&sim->faults, SIM_JUMP, sim->now_ms))
        jump(sim);
    if (!faults_time(&sim->faults, SIM_GAP, sim->now_ms))
        return;
    faults_note(&sim->faults, SIM_GAP);
    sim->now_ms += (int64_t)faults_below(&sim->faults, SIM_GAP, 180) * MINUTE_MS;
}

// One step towards the next segment, in busy moments too once half of the current one is used.
static void prepare_ahead(struct sim *sim)
{
    struct journal *journal = store_journal(sim->batcher.store);
    struct journal_status status;
    bool ready;
    journal_status(journal, &status);
    if (status.next_ready || status.used_bytes <= status.segment_bytes / 2)
        return;
    int rc = journal_prepare(journal, &ready, NULL);
    MUST(rc == 0 || disk_struck(sim), "no next segment: %s", error_name(rc));
    if (disk_death(&sim->disk) >= 0)
        stops_died(sim, disk_death(&sim->disk) == SIM_POWER);
}

// The daemon does it once a minute, and waits for years; here whatever may leave goes, now and then.
static void put_away(struct sim *sim)
{
    enum { BATCHES_BETWEEN = 3 };
    struct store_status status;
    struct store_error error = {0};
    uint64_t moved;
    if (sim->steps % BATCHES_BETWEEN)
        return;
    int rc = store_retire(sim->batcher.store, INT64_MAX, &moved, &error);
    sim->totals->archived += moved != 0;
    store_status(sim->batcher.store, &status);
    bool never_made = rc == ERROR_ARCHIVED && status.journal.first_seq == 1; // the disk struck at the start
    MUST(rc == 0 || never_made || disk_struck(sim), "archive: %s", error.text);
    if (disk_death(&sim->disk) >= 0 || status.journal.poisoned)
        stops_died(sim, disk_death(&sim->disk) == SIM_POWER);
}

// ---- a life -------------------------------------------------------------------------------------

static void begin(struct sim *sim)
{
    const struct sim_options *options = sim->options;
    sim->now_ms = sim->next_whistle_ms = FIRST_MS;
    sim->people.state = options->seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    TAILQ_INIT(&sim->left);
    faults_begin(&sim->faults, options->seed, options->without, sim->now_ms, options->days);
    disk_init(&sim->disk);
    clients_init(&sim->clients);
    stops_open(sim);
}

static void days(struct sim *sim)
{
    int64_t end_ms = FIRST_MS + sim->options->days * DAY_MS;
    while (sim->now_ms < end_ms && (!sim->options->steps || sim->steps < sim->options->steps)) {
        turn(sim);
        prepare_ahead(sim);
        put_away(sim);
        if (faults_time(&sim->faults, SIM_STOP, sim->now_ms))
            stops_happen(sim);
        move_on(sim);
    }
}

// Nothing goes wrong any more and nobody does anything new: all have their answers, and what is due is done.
static void come_to_rest(struct sim *sim)
{
    int rounds = 0;
    sim->over = true;
    sim->faults.without = UINT32_MAX;
    disk_heal(&sim->disk);
    do {
        turn(sim);
        if (clients_next(sim) != CLOCK_NEVER)
            move_on(sim);
        MUST(rounds++ < MOST_ROUNDS, "it never comes to rest");
    } while (clients_next(sim) != CLOCK_NEVER || !TAILQ_EMPTY(&sim->left) || sim->reload ||
             batch_next_due(&sim->batcher) <= sim->now_ms);
    clients_check(sim);
}

static void add_up(struct sim *sim)
{
    struct sim_totals *totals = sim->totals;
    totals->seeds++;
    totals->whistles += sim->number_count;
    totals->lived_ms += sim->now_ms - FIRST_MS;
    for (int kind = 0; kind < SIM_FAULT_COUNT; kind++)
        totals->struck[kind] += sim->faults.struck[kind];
}

void life(const struct sim_options *options, struct shelf *shelf, struct sim_totals *totals, size_t *progress)
{
    struct sim sim = {.options = options, .shelf = shelf, .totals = totals, .progress = progress};
    sim_name(options->seed);
    begin(&sim);
    days(&sim);
    come_to_rest(&sim);
    recount(&sim);
    add_up(&sim);
    stops_close(&sim);
    witness_end(&sim);
    clients_fini(&sim.clients);
    disk_fini(&sim.disk);
    free(sim.matters);
    free(sim.numbers);
}
