// The inside of the service, shared by the files that make it up and by nobody else. Loop thread only, but
// for look() of questions.c.
#pragma once

#include "seal/envelope.h"
#include "service/acks.h"
#include "service/polls.h"
#include "service/service.h"
#include "service/silence.h"
#include "service/stall.h"
#include "whistle.pb-c.h"

struct service {
    struct service_options options;
    struct sp_server *edge;
    struct engine *engine;
    struct polls polls;
    struct acks acks;
    struct silence silence;
    struct stall stall;
    uv_timer_t beat;
    uint64_t beats;
    uint32_t own_uid;
    size_t queries_running;
    size_t books_running;   // of those, that walk the books
    int64_t clock_ahead_ms; // wall clock minus loop clock at the last look: a change is a step
    struct service_stats stats;
    int trouble; // the error of a batch that was told last, and when (loop time)
    uint64_t trouble_told;
    bool stopping;
    bool engine_stopped;
    bool edge_closed;
    int handles_closed; // of the beat and the stall
    uv_work_t sweep;
    bool sweeping; // it runs, and counts among the queries
    void (*stopped)(void *context);
    void *stopped_context;
};

// A request in hand: opened, read, not yet answered.
struct intake {
    struct service *service;
    struct sp_token token;
    struct opened opened;
    Whistle__V1__Request *request; // in the arena of the work or question that is made of it
    struct rulebook *book;         // a reference
    bool answered;                 // to its end, on the loop
};

// requests.c: what comes from the edge.
void requests_take(void *context, const struct sp_request *request);
void requests_too_large(void *context, const struct sp_peer *peer, uint64_t announced, struct buffer *body);

// hands.c: what this thread has in hand, for the guard. False: it is quarantined, under a name of the arena.
bool hands_open(const struct sp_request *from, struct intake *intake, struct arena *arena, const char **name);
bool hands_read(struct intake *intake, struct arena *arena, const char **name);
void hands_answer(struct service *s, const char *principal, const struct ulid *id, struct blob message);
// Once a second: the process lives, and files of suspects that were cleared are swept.
void hands_beat(struct service *s);

// answers.c: every reply leaves through one of these. An empty one is dropped: the client asks again after
// its own time-out.
void answers_send(struct service *s, struct sp_token token, struct arena *arena, const struct ulid *id,
                  struct blob reply);
void answers_refuse(struct service *s, struct sp_token token, const struct ulid *id, int code,
                    const char *argument0, const char *argument1);
// "Not now": busy or draining, with how long to wait.
void answers_wait(struct service *s, struct sp_token token, const struct ulid *id, int code);

// changes.c: submits, acts and acknowledgements. The arena, in which the request lives, goes over.
void changes_take(struct intake *intake, struct arena *arena);
void changes_take_ack(struct intake *intake, struct arena *arena);

// questions.c: everything that reads. The arena goes over.
void questions_take(struct intake *intake, struct arena *arena);
// A parked poll lost its connection, or was replaced: nobody waits for its answer any more.
void questions_gone(void *context, struct sp_token token, void *attachment, enum sp_gone why);
// Something happened that a poll waits for.
void questions_wake(void *context, struct poll *poll);
// Answers, empty, the polls whose time is over; all of them when the service stops.
void questions_end_old(struct service *s);

// service.c: goes on stopping once the engine has answered everything and no question runs.
void service_stop_further(struct service *s);
