// Turns: what waits, a queue a holder, taken so that who has had least is next and who floods only waits for
// itself.
//
// What a holder has had is a number: one for each item that was taken, and what it is said to have cost when
// it ends. Who comes back after a while begins where the others are (start-time fair queueing, Goyal, Vin and
// Cheng 1996), so that nothing is saved up; and whoever asks for less than its share waits for none of the
// others' queues, however many they are.
//
// A holder is a name (a principal's code). An item lies in what waits and belongs to the caller; it is idle,
// or waits, or was taken and is not ended yet. How many of one holder may be taken at once is bounded too: a
// holder that has so many has no turn until one of them ends.
//
//     if (!turns_have_room(&t, "cg")) → busy
//     rc = turns_push(&t, "cg", &work->turn);
//     item = turns_take(&t); … turns_end(&t, item);
//
// No lock, no clock.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct turns_queue;

struct turns_item {
    TAILQ_ENTRY(turns_item) entry;
    struct turns_queue *queue; // NULL: idle
    bool waits;                // else it is taken
};

struct turns {
    struct turns_queue *by_holder;              // uthash
    TAILQ_HEAD(turns_round, turns_queue) round; // those that have a turn, who has had least first
    TAILQ_HEAD(, turns_queue) queues;           // all
    size_t waiting;                             // items, in all
    size_t taken;
    uint64_t now;        // what the holder of the last turn had had
    size_t max_a_holder; // waiting
    size_t max_in_all;
    size_t max_at_once; // taken, of one holder; 0: no bound
};

// Bounds are set by the caller, and may be changed at any time.
void turns_init(struct turns *t);

// Every item must be idle.
void turns_fini(struct turns *t);

// False when one more would be over a bound. A holder of which nothing waits always has room: what
// is full of others' work is not closed to it.
bool turns_have_room(const struct turns *t, const char *holder);

// Puts an idle item at the end of its holder's queue; no bound is looked at. ERROR_NO_MEMORY.
int turns_push(struct turns *t, const char *holder, struct turns_item *item)
    __attribute__((warn_unused_result));

// The next item, of who has had least; NULL when nobody has a turn.
struct turns_item *turns_take(struct turns *t);

// What was taken is over, and cost so much beside the one that every item costs, in a unit of the caller's.
void turns_end(struct turns *t, struct turns_item *item, uint64_t cost);

// Takes a waiting item out; it is idle then. False, and nothing is done, where it does not wait.
bool turns_withdraw(struct turns *t, struct turns_item *item);

// Any item that waits, withdrawn, whoever's turn it is: to empty it. NULL when nothing waits.
struct turns_item *turns_clear(struct turns *t);
