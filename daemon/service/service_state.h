// The inside of the service, shared by the files that make it up and by nobody else. Loop thread only, but
// for look() of questions.c.
#pragma once

#include "seal/envelope.h"
#include "service/acks.h"
#include "service/admission.h"
#include "service/looks.h"
#include "service/polls.h"
#include "service/salts.h"
#include "service/service.h"
#include "service/silence.h"
#include "service/stall.h"
#include "whistle.pb-c.h"

struct service {
    struct service_options options;
    struct keyring *keys; // owned
    struct salts salts;
    struct sp_server *edge;
    struct engine *engine;
    struct polls polls;
    struct acks acks;
    struct silence silence;
    struct stall stall;
    uv_timer_t beat;
    uint64_t beats;
    uint32_t own_uid;
    struct admission admission;
    struct looks looks;
    struct turns parked;    // polls, by principal
    int64_t clock_ahead_ms; // wall clock minus loop clock at the last look: a change is a step
    struct service_stats stats;
    int trouble; // the error of a batch that was told last, and when (loop time)
    uint64_t trouble_told;
    bool stopping;
    bool engine_stopped;
    bool edge_closed;
    bool looks_stopped;
    int handles_closed; // of the beat and the stall
    uv_work_t sweep;
    bool sweeping; // it runs, and counts among the queries
    void (*stopped)(void *context);
    void *stopped_context;
};

// Whom an answer goes to.
struct addressee {
    struct sp_token token;
    const char *principal; // its code
    struct envelope_peer peer;
    struct envelope_way way;
};

// What an open request leaves with the edge: its connection is gone, or a poll was replaced; nobody waits for
// the answer any more.
struct waiter {
    void (*gone)(void *waiting);
    void *waiting;
};

// A request in hand: opened, read, not yet answered.
struct intake {
    struct service *service;
    struct addressee from;
    const struct principal *principal; // of the rulebook below
    bool replayed;                     // its seal came before
    int64_t unknown_until_ms;          // as in struct work
    struct blob message;               // the Request as it came, in the same arena as it
    Whistle__V1__Request *request;     // in the arena of the work or question that is made of it
    struct rulebook *book;             // a reference
    bool answered;                     // to its end, on the loop
};

// requests.c: what comes from the edge.
void requests_take(void *context, const struct sp_request *request);
void requests_too_large(void *context, const struct sp_peer *peer, uint64_t announced, struct buffer *body);

// hands.c: what this thread has in hand, for the guard. False: it is quarantined, under a name of the arena.
bool hands_open(struct service *s, const struct sp_request *from);
bool hands_read(struct intake *intake, struct arena *arena, const char **name);
void hands_answer(struct service *s, const char *principal, const struct ulid *id, struct blob message);
// Once a second: the process lives, and files of suspects that were cleared are swept.
void hands_beat(struct service *s);

// answers.c: every reply leaves through one of these. An empty one is dropped: the client asks again after
// its own time-out.
void answers_send(struct service *s, const struct addressee *to, struct arena *arena, struct blob reply);
void answers_refuse(struct service *s, const struct addressee *to, int code, const char *argument0,
                    const char *argument1);
// "Not now": busy or draining, with how long to wait. For so long the connection is not read.
void answers_wait(struct service *s, const struct addressee *to, int code);
void answers_wait_for(struct service *s, const struct addressee *to, int code, uint64_t ms);
// What could not be opened: always the same bytes.
void answers_stranger(struct service *s, struct sp_token token);
// The edge's on_gone: tells the request's waiter.
void answers_gone(void *context, struct sp_token token, void *attachment, enum sp_gone why);
// Principals and keys of this moment. `book` must stay referenced as long as it is used.
struct envelope_known answers_known(const struct service *s, const struct rulebook *book);

// changes.c: submits, acts and acknowledgements. The arena, in which the request lives, goes over.
void changes_take(struct intake *intake, struct arena *arena);
void changes_take_ack(struct intake *intake, struct arena *arena);

// questions.c: everything that reads. The arena goes over.
void questions_take(struct intake *intake, struct arena *arena);
// Something happened that a poll waits for.
void questions_wake(void *context, struct poll *poll);
// Answers, empty, the polls whose time is over; when the service stops all of them are told so.
void questions_end_old(struct service *s);
// Answers those that were not looked at yet: the service stops.
void questions_drain(struct service *s);

// service.c: so many bytes more (or fewer) are held for the requests of this holder (work_holder).
void service_hold(struct service *s, const char *holder, int64_t bytes);

// service.c: goes on stopping once the engine has answered everything and no question runs.
void service_stop_further(struct service *s);
