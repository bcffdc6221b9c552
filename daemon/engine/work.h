// A piece of work on its way from the edge to the engine and back.
//
// The edge makes it, with everything that is random or comes from the network already in it; the engine
// decides it and fills the reply; the edge sends that and destroys it. Only one of the two threads holds it
// at a time.
#pragma once

#include "base/arena.h"
#include "base/turns.h"
#include "base/ulid.h"
#include "core/command.h"
#include "rulebook/rulebook.h"

#include <sys/queue.h>

enum work_kind {
    WORK_COMMAND, // a submit or an act
    WORK_RULES,   // swap the rulebook
    WORK_NOTE,    // an event of the daemon itself: the clock stepped
    WORK_ACKS,    // cursors moved
    WORK_VIEWS,   // somebody is given what is personal of cases
};

enum { WORK_HASH = 32, WORK_PRINCIPAL = 64, WORK_KEY_ID = 33 };

struct work {
    TAILQ_ENTRY(work) entry;
    struct turns_item turn; // while it waits for the engine and is worked
    enum work_kind kind;
    struct arena arena;             // of everything below
    char principal[WORK_PRINCIPAL]; // whose it is
    struct ulid id;                 // request id
    char key_id[WORK_KEY_ID];       // of the key that sealed it; "": it came plain
    bool replayed;                  // the same sealed message came before: its turn is nobody's
    int64_t unknown_until_ms; // what was sealed and sent no later may have come before, too; 0: it is plain
    uint8_t operation_hash[WORK_HASH];
    struct command command;   // WORK_COMMAND; its principal is looked up again by code when it is decided
    struct blob message;      // WORK_COMMAND: the Request as it came, in the arena, as the guard knows it
    struct blob private_part; // serialised Private, or empty
    uint8_t private_hash[WORK_HASH];
    int64_t received_ms;         // machine time
    int64_t city_ms;             // city time of its receipt, by engine_push; 0: the batch's
    int64_t sent_ms;             // what the client's clock said; 0: it did not say
    struct rulebook *book;       // WORK_RULES: a reference that goes over to the engine
    enum event_kind note;        // WORK_NOTE
    const char *detail;          // WORK_NOTE; of `silent` the recipient
    struct cursor_move *cursors; // WORK_ACKS
    size_t cursor_count;
    uint64_t *cases; // WORK_VIEWS: their ids; the actor is the command's
    size_t case_count;

    int code;          // out: 0 or an enum error
    struct blob reply; // out: serialised Reply, in the arena

    void (*done)(struct work *work); // on the loop thread; it owns the work again. NULL: destroyed unseen
    void *context;
    size_t held;           // bytes, as the edge was told
    uint64_t token_serial; // of the connection's request, for the edge
    uint32_t token_slot;
};

TAILQ_HEAD(work_list, work);

// Zeroed, with an arena of at most `max_bytes`. NULL when out of memory.
struct work *work_create(enum work_kind kind, size_t max_bytes);
void work_destroy(struct work *work);

// Whose turn a change takes: its principal's; one that came before is nobody's, so that whoever sends it
// again takes nothing of his. No principal has that name.
const char *work_holder(const char *principal, bool replayed);

// Bytes that it makes us hold.
size_t work_bytes(const struct work *work);
