// What is asked of a request before any effort is made of it: whether its principal may have more just now,
// and whether there is memory for it; and who pays for requests that are worth nothing.
//
// Whoever is told to wait is not read for so long: a client that waits as it was told notices nothing, one
// that does not is held by its own socket. So a flood costs no more than its buckets let through, whatever it
// sends.
#pragma once

#include "service/quota.h"
#include "sp/sp_server.h"

struct service;
struct intake;

struct admission {
    struct quota principals;
    struct quota addresses;
    struct quota bytes; // of changes, by principal; a token is a KiB
};

// By the service's limits. ERROR_NO_MEMORY.
int admission_init(struct service *s) __attribute__((warn_unused_result));
void admission_fini(struct service *s);

// True when the opened request may be read. Else it has been answered `busy`. What was replayed is not its
// principal's to pay for, who may not even know of it.
bool admission_ask(const struct intake *intake);

// True when the change may be worked: its principal may have so many bytes kept. Else it has been answered
// `busy`.
bool admission_keep(const struct intake *intake);

// The edge's on_arrival: an address that is in debt is not read on a new connection either, until it is out
// of it. A newcomer is charged then, so that those who come meanwhile are read one after the other.
uint64_t admission_arrive(void *context, const struct sp_peer *peer);

// The edge's on_nonsense: its address is charged as for a request that was worth nothing.
void admission_nonsense(void *context, const struct sp_peer *peer);

// The request was worth nothing: it did not open, cannot be read, or was seen before. Its address is charged,
// and beyond what one may have its connection is not read for a while. To be called before it is answered.
void admission_charge(struct service *s, const struct sp_request *request);
