// Long polls that wait for their feed, found again by recipient or by area when something happens.
//
// A poll is registered before its feed is looked at, so that what is committed meanwhile is not missed: a
// wake that comes while the look runs makes it look once more.
#pragma once

#include "engine/batch.h"
#include "sp/sp_token.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct poll {
    TAILQ_ENTRY(poll) entry; // of the list of all
    TAILQ_ENTRY(poll) same;  // of its bucket
    struct poll_bucket *bucket;
    struct sp_token token;
    uint64_t deadline_ms; // loop time
    bool looking;         // a query runs for it
    bool dirty;           // something happened while it looked
    bool gone;            // its connection ended while it looked
    void *request;        // the service's: what to ask again
};

TAILQ_HEAD(poll_list, poll);

struct polls {
    struct poll_bucket *buckets; // uthash by recipient code, or by "@AREA"
    struct poll_list all;        // in order of registration
    size_t count;
};

void polls_init(struct polls *polls);

// Registers a poll under its key: a recipient code, or "@" and an area code. False when memory ran out.
bool polls_add(struct polls *polls, struct poll *poll, const char *key);

// Takes it out; the poll itself stays the caller's.
void polls_remove(struct polls *polls, struct poll *poll);

// Calls `wake` for each poll that this batch concerns. `wake` may remove the poll that it is called for.
void polls_wake(struct polls *polls, const struct batch_result *result,
                void (*wake)(void *context, struct poll *poll), void *context);
