#include "sim.h"

#include "base/civil.h"
#include "base/error.h"
#include "whistle.pb-c.h"

#include <stdlib.h>
#include <string.h>

// An id is good for 48 hours of the daemon's clock: a client that has not heard by then cannot know any more.
static const int64_t PATIENCE_MS = 40 * HOUR_MS;
static const int64_t SURE_MS = 47 * HOUR_MS;

void clients_init(struct clients *clients)
{
    *clients = (struct clients){0};
}

void clients_fini(struct clients *clients)
{
    for (size_t i = 0; i < clients->count; i++) {
        work_destroy(clients->requests[i].original);
        free(clients->requests[i].answer);
    }
    for (size_t i = 0; i < clients->letter_count; i++)
        free(clients->letters[i].answer);
    table_fini(&clients->by_id);
    free(clients->requests);
    free(clients->letters);
}

static struct request *request_of(const struct sim *sim, const struct work *work)
{
    return &sim->clients.requests[(size_t)work->context - 1];
}

static int64_t age(const struct sim *sim, const struct request *request)
{
    return sim->furthest_ms - ulid_time_ms(&request->id);
}

// Of the random part of an id.
static uint64_t key_of(const uint8_t *id)
{
    uint64_t key;
    memcpy(&key, id + 8, sizeof key);
    return key;
}

// ---- on the way ---------------------------------------------------------------------------------

static void put(struct sim *sim, struct letter letter)
{
    struct clients *clients = &sim->clients;
    clients->letters =
        sim_grown(clients->letters, clients->letter_count, &clients->letter_capacity, sizeof letter);
    letter.at_ms = sim->now_ms;
    if (faults_chance(&sim->faults, SIM_LATE, 10))
        letter.at_ms += (int64_t)faults_below(&sim->faults, SIM_LATE, 90) *
                        (faults_below(&sim->faults, SIM_LATE, 10) ? SECOND_MS : MINUTE_MS);
    clients->letters[clients->letter_count++] = letter;
    if (letter.sent_ms)
        clients->requests[letter.request].copies++;
}

static struct letter copy(const struct letter *letter)
{
    struct letter twin = *letter;
    if (!letter->answer)
        return twin;
    twin.answer = malloc(letter->answer_length + 1);
    MUST(twin.answer != NULL, "no memory");
    memcpy(twin.answer, letter->answer, letter->answer_length);
    return twin;
}

static void post(struct sim *sim, struct letter letter)
{
    if (faults_chance(&sim->faults, SIM_TWICE, 5))
        put(sim, copy(&letter));
    if (!faults_chance(&sim->faults, letter.sent_ms ? SIM_LOST : SIM_UNHEARD, 5))
        put(sim, letter);
    else
        free(letter.answer);
}

static void send(struct sim *sim, size_t index)
{
    struct request *request = &sim->clients.requests[index];
    request->again_ms = sim->now_ms + (int64_t)(10 + faults_below(&sim->faults, SIM_LOST, 600)) * SECOND_MS;
    sim->totals->requests++;
    post(sim, (struct letter){.sent_ms = sim->now_ms, .request = index});
}

void clients_send(struct sim *sim, struct work *original)
{
    struct clients *clients = &sim->clients;
    if (!original)
        return;
    clients->requests =
        sim_grown(clients->requests, clients->count, &clients->capacity, sizeof(struct request));
    struct request *request = &clients->requests[clients->count];
    *request = (struct request){.id = original->id, .original = original};
    request->is_whistle = original->command.kind == COMMAND_SUBMIT;
    memcpy(request->principal, original->principal, sizeof request->principal);
    MUST(table_add(&clients->by_id, key_of(request->id.bytes), clients->count), "two requests have one id");
    send(sim, clients->count++);
}

// Nobody sends it again and no copy of it is left.
static void let_go(struct request *request)
{
    if (request->again_ms != CLOCK_NEVER || request->copies)
        return;
    work_destroy(request->original);
    request->original = NULL;
}

static void give_back(struct request *request)
{
    request->copies--;
    let_go(request);
}

// ---- arriving -----------------------------------------------------------------------------------

static struct work *work_of(struct sim *sim, size_t index, int64_t sent_ms)
{
    const struct work *original = sim->clients.requests[index].original;
    struct work *work = work_create(WORK_COMMAND, 1 << 20);
    MUST(work != NULL, "no memory");
    memcpy(work->principal, original->principal, sizeof work->principal);
    memcpy(work->operation_hash, original->operation_hash, sizeof work->operation_hash);
    memcpy(work->private_hash, original->private_hash, sizeof work->private_hash);
    work->id = original->id;
    work->private_part = original->private_part;
    work->command = original->command;
    work->command.actor.principal = work->principal;
    if (original->command.whistle) // deciding completes it
        work->command.whistle =
            arena_memdup(&work->arena, original->command.whistle, sizeof *original->command.whistle);
    work->received_ms = sim->now_ms;
    work->sent_ms = sent_ms;
    work->context = (void *)(index + 1);
    return work;
}

static bool is_final(int code)
{
    return code != ERROR_STORAGE_FULL && code != ERROR_CLOCK_SKEW && code != ERROR_IO &&
           code != ERROR_NO_MEMORY;
}

static void take_up(struct sim *sim, const struct letter *letter)
{
    Whistle__V1__Reply *reply = whistle__v1__reply__unpack(NULL, letter->answer_length, letter->answer);
    MUST(reply && reply->result_case == WHISTLE__V1__REPLY__RESULT_RECEIPT, "an answer without a receipt");
    if (!reply->receipt->existed)
        life_take_up(sim, reply->receipt->number);
    if (*reply->receipt->raised)
        life_take_up(sim, reply->receipt->raised);
    whistle__v1__reply__free_unpacked(reply, NULL);
}

static void hear(struct sim *sim, const struct letter *letter)
{
    struct request *request = &sim->clients.requests[letter->request];
    if (request->heard || !is_final(letter->code))
        return;
    request->again_ms = CLOCK_NEVER;
    let_go(request);
    if (letter->code)
        return;
    request->heard = true;
    if (request->is_whistle)
        take_up(sim, letter);
}

static void deliver(struct sim *sim, struct letter letter, struct work_list *works)
{
    struct work *work = letter.sent_ms ? work_of(sim, letter.request, letter.sent_ms) : NULL;
    if (work)
        TAILQ_INSERT_TAIL(works, work, entry);
    else
        hear(sim, &letter);
    free(letter.answer);
}

static void receive_letters(struct sim *sim, struct work_list *works)
{
    struct clients *clients = &sim->clients;
    size_t kept = 0, count = clients->letter_count;
    for (size_t i = 0; i < count; i++)
        if (clients->letters[i].at_ms <= sim->now_ms)
            deliver(sim, clients->letters[i], works);
        else
            clients->letters[kept++] = clients->letters[i];
    clients->letter_count = kept;
}

static void send_again(struct sim *sim)
{
    struct clients *clients = &sim->clients;
    while (clients->waiting_from < clients->count &&
           clients->requests[clients->waiting_from].again_ms == CLOCK_NEVER)
        clients->waiting_from++;
    for (size_t i = clients->waiting_from; i < clients->count; i++) {
        struct request *request = &clients->requests[i];
        if (request->again_ms > sim->now_ms)
            continue;
        if (age(sim, request) > PATIENCE_MS) {
            request->again_ms = CLOCK_NEVER;
            let_go(request);
            continue;
        }
        sim->totals->again++;
        send(sim, i);
    }
}

static void forget_answers(struct sim *sim)
{
    struct clients *clients = &sim->clients;
    for (; clients->answered_from < clients->count; clients->answered_from++) {
        struct request *request = &clients->requests[clients->answered_from];
        if (request->original || age(sim, request) <= SURE_MS)
            return;
        free(request->answer);
        request->answer = NULL;
    }
}

void clients_receive(struct sim *sim, struct work_list *works)
{
    forget_answers(sim);
    send_again(sim);
    receive_letters(sim, works);
}

int64_t clients_next(const struct sim *sim)
{
    const struct clients *clients = &sim->clients;
    int64_t next = CLOCK_NEVER;
    for (size_t i = 0; i < clients->letter_count; i++)
        next = clients->letters[i].at_ms < next ? clients->letters[i].at_ms : next;
    for (size_t i = clients->waiting_from; i < clients->count; i++)
        next = clients->requests[i].again_ms < next ? clients->requests[i].again_ms : next;
    return next;
}

// ---- what the daemon says -----------------------------------------------------------------------

static bool says_existed(const struct work *work)
{
    Whistle__V1__Reply *reply = whistle__v1__reply__unpack(NULL, work->reply.length, work->reply.bytes);
    MUST(reply && reply->result_case == WHISTLE__V1__REPLY__RESULT_RECEIPT, "an answer without a receipt");
    bool existed = reply->receipt->existed;
    whistle__v1__reply__free_unpacked(reply, NULL);
    return existed;
}

static void note_done(struct request *request, const struct work *work)
{
    request->done = true;
    request->existed = work->command.kind == COMMAND_SUBMIT && says_existed(work);
    request->answer = malloc(work->reply.length + 1);
    MUST(request->answer != NULL, "no memory");
    memcpy(request->answer, work->reply.bytes, work->reply.length);
    request->answer_length = work->reply.length;
}

// Once it is done it is done, as long as the daemon can know: nothing but the same answer may follow.
static void check_again(struct sim *sim, const struct request *request, const struct work *work)
{
    if (work->code && (age(sim, request) > SURE_MS || work->code == ERROR_STORAGE_FULL))
        return;
    MUST(work->code == 0, "a request that was done and was sent again is refused: %s",
         error_name(work->code));
    MUST(request->existed || !request->answer ||
             (work->reply.length == request->answer_length &&
              memcmp(work->reply.bytes, request->answer, work->reply.length) == 0),
         "a request that was sent again got another answer");
}

static void answer(struct sim *sim, const struct work *work)
{
    struct letter letter = {.request = (size_t)work->context - 1, .code = work->code};
    letter.answer = malloc(work->reply.length + 1);
    MUST(letter.answer != NULL, "no memory");
    memcpy(letter.answer, work->reply.bytes, work->reply.length);
    letter.answer_length = work->reply.length;
    post(sim, letter);
}

void clients_answer(struct sim *sim, const struct work *work)
{
    struct request *request = request_of(sim, work);
    MUST(work->reply.length > 0, "no answer");
    MUST(work->code != ERROR_INTERNAL && work->code != ERROR_NO_MEMORY && work->code != ERROR_REFUSED &&
             work->code != ERROR_ID_REUSED,
         "%s", error_name(work->code));
    sim->totals->refusals += work->code != 0;
    if (request->done)
        check_again(sim, request, work);
    else if (work->code == 0)
        note_done(request, work);
    answer(sim, work);
    give_back(request);
}

bool clients_is_on_record(const struct sim *sim, const struct work *work)
{
    const struct request *request = request_of(sim, work);
    return request->seq || request->existed;
}

void clients_lose(struct sim *sim, const struct work *work, bool in_doubt)
{
    struct request *request = request_of(sim, work);
    request->in_doubt |= in_doubt;
    give_back(request);
}

// ---- what the journal says ----------------------------------------------------------------------

struct request *clients_find(struct sim *sim, const uint8_t *id, const char *principal)
{
    size_t at = table_find(&sim->clients.by_id, key_of(id));
    struct request *request = at == TABLE_NONE ? NULL : &sim->clients.requests[at];
    bool same = request && memcmp(request->id.bytes, id, sizeof request->id.bytes) == 0 &&
                strcmp(request->principal, principal) == 0;
    return same ? request : NULL;
}

void clients_check(struct sim *sim)
{
    const struct clients *clients = &sim->clients;
    for (size_t i = 0; i < clients->count; i++) {
        const struct request *request = &clients->requests[i];
        MUST(request->again_ms == CLOCK_NEVER, "a client waits for ever");
        MUST(!request->heard || request->done, "a client heard what was never said");
        MUST(!request->done || request->existed || request->seq,
             "a request was done and is not in the journal");
    }
}
