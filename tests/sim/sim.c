#include "sim.h"

#include "base/civil.h"
#include "base/error.h"
#include "whistle.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 1;

void sim_must(bool holds, const char *file, int line, const char *format, ...)
{
    va_list arguments;
    if (holds)
        return;
    fprintf(stderr, "%s:%d: seed %llu: ", file, line, (unsigned long long)seed);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

uint32_t sim_below(struct sim *sim, uint32_t bound)
{
    sim->random = sim->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(sim->random >> 33) % bound;
}

const struct rules *sim_rules(const struct sim *sim)
{
    return rulebook_rules(sim->batcher.book);
}

static void *grown(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity ? 2 * *capacity : 64;
    items = realloc(items, *capacity * size);
    MUST(items != NULL, "no memory");
    return items;
}

// ---- answers ------------------------------------------------------------------------------------

static void remember(struct sim *sim, const struct work *work)
{
    struct answered *place = &sim->answered[sim->answered_count++ % SIM_REMEMBERED];
    free(place->reply);
    *place = (struct answered){.id = work->id, .length = work->reply.length};
    memcpy(place->principal, work->principal, sizeof place->principal);
    memcpy(place->hash, work->operation_hash, sizeof place->hash);
    MUST(work->private_part.length <= sizeof place->part, "a longer private part");
    if (work->private_part.length)
        memcpy(place->part, work->private_part.bytes, work->private_part.length);
    place->part_length = work->private_part.length;
    place->reply = malloc(place->length + 1);
    MUST(place->reply != NULL, "no memory");
    memcpy(place->reply, work->reply.bytes, place->length);
}

// Somebody has to do with this case from now on.
static void take_up(struct sim *sim, const char *number)
{
    sim->numbers = grown(sim->numbers, sim->number_count, &sim->number_capacity, sizeof *sim->numbers);
    snprintf(sim->numbers[sim->number_count++], SIM_NUMBER, "%s", number);
    sim->matters = grown(sim->matters, sim->matter_count, &sim->matter_capacity, sizeof *sim->matters);
    struct matter *matter = &sim->matters[sim->matter_count++];
    snprintf(matter->number, SIM_NUMBER, "%s", number);
    matter->look_ms = sim->now_ms + (int64_t)(1 + sim_below(sim, 120)) * MINUTE_MS;
}

// False where the case was there already: then nothing was written, and a retry is decided again.
static bool note_number(struct sim *sim, const struct work *work)
{
    Whistle__V1__Reply *reply = whistle__v1__reply__unpack(NULL, work->reply.length, work->reply.bytes);
    MUST(reply && reply->result_case == WHISTLE__V1__REPLY__RESULT_RECEIPT, "an answer without a receipt");
    if (!reply->receipt->existed)
        take_up(sim, reply->receipt->number);
    if (*reply->receipt->raised)
        take_up(sim, reply->receipt->raised);
    bool existed = reply->receipt->existed;
    whistle__v1__reply__free_unpacked(reply, NULL);
    return !existed;
}

// A retry is known by its hash and by what is private of it: nothing else is asked.
static void check_retry(struct sim *sim, const struct work *work)
{
    const struct answered *before = work->context;
    MUST(work->code == 0 && work->reply.length == before->length &&
             memcmp(work->reply.bytes, before->reply, before->length) == 0,
         "a request that was sent again got another answer: %s", error_name(work->code));
    sim->retries++;
}

static void take_answer(struct sim *sim, const struct work *work)
{
    if (work->kind != WORK_COMMAND)
        return;
    if (work->context) {
        check_retry(sim, work);
        return;
    }
    MUST(work->reply.length > 0, "no answer");
    MUST(work->code != ERROR_INTERNAL && work->code != ERROR_NO_MEMORY && work->code != ERROR_REFUSED, "%s",
         error_name(work->code));
    sim->acts++;
    sim->refusals += work->code != 0;
    if (work->code)
        return;
    if (work->command.kind != COMMAND_SUBMIT || note_number(sim, work))
        remember(sim, work);
}

// ---- what is due at this moment -----------------------------------------------------------------

static struct work *some_retry(struct sim *sim)
{
    if (sim->answered_count < SIM_REMEMBERED)
        return NULL;
    struct answered *before = &sim->answered[sim_below(sim, SIM_REMEMBERED)];
    if (sim->furthest_ms - ulid_time_ms(&before->id) > 47 * HOUR_MS)
        return NULL; // forgotten, maybe: it would be stale
    struct work *work = work_create(WORK_COMMAND, 1 << 16);
    MUST(work != NULL, "no memory");
    work->id = before->id;
    memcpy(work->principal, before->principal, sizeof work->principal);
    memcpy(work->operation_hash, before->hash, sizeof work->operation_hash);
    work->private_part = (struct blob){(const uint8_t *)before->part, before->part_length};
    work->received_ms = sim->now_ms;
    work->context = before;
    return work;
}

static void add(struct work_list *works, struct work *work)
{
    if (work)
        TAILQ_INSERT_TAIL(works, work, entry);
}

enum { MOST_AT_ONCE = 64 };

static void gather(struct sim *sim, struct work_list *works)
{
    sim->furthest_ms = sim->now_ms > sim->furthest_ms ? sim->now_ms : sim->furthest_ms;
    // retries first: what they are compared with is overwritten by later answers
    if (sim_chance(sim, 5))
        add(works, some_retry(sim));
    if (sim->next_change_ms <= sim->now_ms) {
        add(works, changes_load(sim, sim->reloads == 0));
        sim->next_change_ms = sim->now_ms + (int64_t)(1 + sim_below(sim, 20)) * DAY_MS;
    }
    for (int i = 0; sim->next_whistle_ms <= sim->now_ms && i < MOST_AT_ONCE; i++) {
        add(works, people_whistle(sim));
        sim->next_whistle_ms += 1 + sim_below(sim, (uint32_t)(2 * DAY_MS / sim->a_day));
    }
    int acts = 0;
    for (size_t i = 0; i < sim->matter_count && acts < MOST_AT_ONCE; i++)
        if (sim->matters[i].look_ms <= sim->now_ms) {
            add(works, people_act(sim, &sim->matters[i]));
            acts++;
        }
    for (size_t i = sim->matter_count; i-- > 0;)
        if (sim->matters[i].look_ms == CLOCK_NEVER)
            sim->matters[i] = sim->matters[--sim->matter_count];
}

static void run_batch(struct sim *sim, struct work_list *works)
{
    struct work_list left = TAILQ_HEAD_INITIALIZER(left);
    struct batch_result result;
    batch_result_init(&result);
    int rc = batch_run(&sim->batcher, works, &left, sim->now_ms, sim->now_ms, &result);
    MUST(rc == 0, "a batch failed: %s", error_name(rc));
    MUST(TAILQ_EMPTY(&left), "a batch of a few had no room");
    sim->batches++;
    sim->events += result.events;
    for (struct work *work; (work = TAILQ_FIRST(works));) {
        TAILQ_REMOVE(works, work, entry);
        take_answer(sim, work);
        work_destroy(work);
    }
    batch_result_fini(&result);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void move_on(struct sim *sim)
{
    int64_t next = earlier(sim->next_whistle_ms, batch_next_due(&sim->batcher));
    for (size_t i = 0; i < sim->matter_count; i++)
        next = earlier(next, sim->matters[i].look_ms);
    if (next > sim->now_ms)
        sim->now_ms = next;
    if (sim->next_gap_ms > sim->now_ms)
        return;
    sim->now_ms += (int64_t)sim_below(sim, 180) * MINUTE_MS; // the daemon was not there for a while
    sim->next_gap_ms = sim->now_ms + (int64_t)sim_below(sim, 48) * HOUR_MS;
}

static void load(struct sim *sim)
{
    struct rulebook_report report;
    rulebook_report_init(&report);
    int rc = rulebook_load(sim->rules, &sim->book, &report);
    MUST(rc == 0, "%s: %s", sim->rules, error_name(rc));
    sim->batcher.book = rulebook_ref(sim->book);
    rulebook_report_fini(&report);
}

static void run(struct sim *sim, int64_t days)
{
    struct work_list works = TAILQ_HEAD_INITIALIZER(works);
    sim->now_ms = INT64_C(1739404800000); // 2025-02-13 08:00 in Shanghai
    int64_t end_ms = sim->now_ms + days * DAY_MS;
    sim->next_whistle_ms = sim->now_ms;
    sim->next_stop_ms = sim->next_jump_ms = sim->next_gap_ms = sim->now_ms + DAY_MS;
    load(sim);
    stops_open(sim);
    while (sim->now_ms < end_ms) {
        gather(sim, &works);
        run_batch(sim, &works);
        if (sim->next_stop_ms <= sim->now_ms) {
            stops_happen(sim);
            sim->next_stop_ms = sim->now_ms + (int64_t)(1 + sim_below(sim, 30)) * DAY_MS;
        }
        if (sim->next_jump_ms <= sim->now_ms) {
            sim->next_jump_ms = sim->now_ms + (int64_t)(1 + sim_below(sim, 20)) * DAY_MS;
            changes_jump(sim);
        }
        move_on(sim);
    }
    while (batch_next_due(&sim->batcher) <= sim->now_ms) // more was due than one batch takes
        run_batch(sim, &works);
}

int main(int argc, char **argv)
{
    struct sim sim = {.a_day = 2, .rules = SIM_CITY};
    int64_t days = 365;
    for (int i = 1; i + 1 < argc; i += 2) {
        uint64_t value = strtoull(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--seed") == 0)
            seed = value;
        else if (strcmp(argv[i], "--days") == 0)
            days = (int64_t)value;
        else if (strcmp(argv[i], "--a-day") == 0 && value)
            sim.a_day = (uint32_t)value;
        else if (strcmp(argv[i], "--rules") == 0)
            sim.rules = argv[i + 1];
        else if (strcmp(argv[i], "--keep") == 0)
            sim.keep = argv[i + 1];
    }
    printf("seed %llu, %lld days\n", (unsigned long long)seed, (long long)days);
    sim.random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    run(&sim, days);
    printf("%zu whistles, %zu requests (%zu refused, %zu sent again), %zu events in %zu batches; %zu stops, "
           "%zu deaths, "
           "%zu power cuts, %zu reloads, %zu clock jumps\n",
           sim.number_count, sim.acts, sim.refusals, sim.retries, sim.events, sim.batches, sim.stops,
           sim.deaths, sim.power_cuts, sim.reloads, sim.jumps);
    recount(&sim);
    stops_close(&sim);
    rulebook_unref(sim.batcher.book);
    rulebook_unref(sim.book);
    for (size_t i = 0; i < SIM_REMEMBERED; i++)
        free(sim.answered[i].reply);
    free(sim.matters);
    free(sim.numbers);
    return 0;
}
