// The clients of a simulated city, and the network between them and the daemon.
//
// A client sends a request until it has an answer, always with the same id. Requests and answers take their
// time, overtake each other, come twice, or never. Each client keeps a log of what it was answered; beside it
// stands what the daemon said when it said it, so that no answer can differ from one before it. What the
// journal holds of a request is held to both (witness.h).
#pragma once

#include "engine/work.h"
#include "table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim;

struct request {
    struct ulid id;
    char principal[WORK_PRINCIPAL];
    struct work
        *original;    // as the client wrote it; each copy of it borrows from there. NULL: no copy is left
    unsigned copies;  // on their way, or in the daemon's hand
    int64_t again_ms; // when the client sends it again; CLOCK_NEVER: it has an answer, or has given up
    bool is_whistle;
    bool in_doubt;   // the process ended with a copy of it in hand
    bool done;       // the daemon has said so
    bool existed;    // … of a whistle that was there already: nothing was written
    bool heard;      // the client has the answer of `done`
    uint8_t *answer; // owned; of `done`, as long as it can be asked for
    size_t answer_length;
    uint64_t seq; // first of the record that the witness found of it; 0: none
};

// A copy of a request, or of an answer, on its way.
struct letter {
    int64_t at_ms;
    int64_t sent_ms; // 0: it is an answer
    size_t request;
    int code;
    uint8_t *answer; // owned
    size_t answer_length;
};

struct clients {
    struct table by_id;
    struct request *requests;
    size_t count, capacity;
    struct letter *letters;
    size_t letter_count, letter_capacity;
    size_t waiting_from;  // no request before this one waits for an answer
    size_t answered_from; // the answers before this one are forgotten
};

void clients_init(struct clients *clients);
void clients_fini(struct clients *clients);

// A person's request, which goes over: it is sent now. NULL is fine.
void clients_send(struct sim *sim, struct work *original);

// What arrives by now: copies of requests are put at the end of `works`, clients hear answers; and clients
// that have waited long enough send again.
void clients_receive(struct sim *sim, struct work_list *works);

// When the next letter arrives or a client loses its patience; CLOCK_NEVER.
int64_t clients_next(const struct sim *sim);

// A batch is over and the work's answer leaves.
void clients_answer(struct sim *sim, const struct work *work);

// Has the witness seen what a work did? True also where there was nothing to write.
bool clients_is_on_record(const struct sim *sim, const struct work *work);

// The process ended before it was answered; `in_doubt`: it may have been done.
void clients_lose(struct sim *sim, const struct work *work, bool in_doubt);

// The request behind an id of a principal; NULL when nobody sent such a one.
struct request *clients_find(struct sim *sim, const uint8_t *id, const char *principal);

// At the end: every client has heard, or has given up for its age; what it heard is what was said.
void clients_check(struct sim *sim);
