// The service: requests in, answers out. It joins the edge (sp), the envelope (seal), the engine and the
// store on the loop's thread: changes go to the engine, questions to the uv pool, long polls wait.
#pragma once

#include "engine/engine.h"
#include "keys/keyring.h"
#include "service/limits.h"
#include "sp/sp_server.h"

#include <stdbool.h>

struct service;

struct service_options {
    uv_loop_t *loop;
    struct store *store;
    struct guard *guard;   // outlives the service; NULL: none
    struct rulebook *book; // one reference goes over
    struct keyring *keys;  // goes over; NULL: there are none
    struct city_clock clock;
    bool demo;
    int64_t last_ms; // city time of the last event there is
    bool insecure;   // plain TCP is believed
    struct limits limits;
    // The store failed so that only a new start can settle it: the process must end.
    void (*on_fatal)(void *context, int error);
    void *context;
};

struct service_stats {
    uint64_t requests;
    uint64_t refused; // by the envelope
    uint64_t malformed;
    uint64_t replayed; // sealed messages that came before
    uint64_t queries;
    uint64_t busy_rate;         // requests over a principal's bucket
    uint64_t busy_bytes;        // changes over a principal's bucket of bytes
    uint64_t busy_memory;       // requests while too much was held
    uint64_t busy_questions;    // questions while too many waited
    uint64_t held_back;         // requests that were worth nothing, over an address's bucket
    uint64_t polls_refused;     // over max_polls, max_polls_a_principal
    uint64_t questions_dropped; // their connection was gone before they were looked at
    uint64_t questions_waiting;
    uint64_t questions_running;
    uint64_t walks_running; // of these
    int64_t longest_ms;     // of these, the one that has run longest
    uint64_t buckets;       // principals and addresses that were there lately
    uint64_t buckets_forgotten;
    uint64_t polls_waiting;
    uint64_t silent; // subscribers that have fallen silent
    uint64_t published;
    uint64_t clock_steps;     // that the wall clock made: set, or the machine slept
    int64_t clock_step_ms;    // the last one, negative backwards
    int64_t clock_stepped_ms; // machine time of it; 0: none since the start
    uint64_t wait_us_sum;     // of commands, from receipt to answer
    int64_t stall_ms;         // the loop's longest stall of the last minute (service/stall.h)
    int64_t stall_max_ms;     // and since the start
};

// 0, ERROR_NO_MEMORY, ERROR_INTERNAL.
int service_start(const struct service_options *options, struct service **out)
    __attribute__((warn_unused_result));

// Where to listen is asked of the edge itself: sp_server_listen(service_edge(s), SP_REP, …).
struct sp_server *service_edge(struct service *service);
struct engine *service_engine(struct service *service);
struct store *service_store(struct service *service);
const struct limits *service_limits(const struct service *service);
struct guard *service_guard(struct service *service);
void service_stats(const struct service *service, struct service_stats *out);

// The loop's longest stall of the last `seconds`, at most 60.
int64_t service_stall_ms(const struct service *service, unsigned seconds);

// Puts a rulebook in force; one reference goes over. `done` (may be NULL) is told on the loop what came of
// it.
int service_swap_rules(struct service *service, struct rulebook *book, const char *detail,
                       void (*done)(void *context, int code), void *context)
    __attribute__((warn_unused_result));

// Puts other keys in force; they go over.
void service_swap_keys(struct service *service, struct keyring *keys);
const struct keyring *service_keys(const struct service *service);

// Stops in order: hears nobody any more, answers what is in hand, tells waiting polls `draining`, closes.
// `stopped` is called when nothing of it is left on the loop; then service_destroy.
void service_stop(struct service *service, void (*stopped)(void *context), void *context);
void service_destroy(struct service *service);
