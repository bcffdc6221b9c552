// The REP side: answering, giving up and parking requests by their tokens.
#pragma once

#include "sp/sp_server.h"

struct sp_role;
extern const struct sp_role sp_rep_role;

// Queues the reply; the bytes are copied. 0; ERROR_NOT_FOUND for a dead token (counted, else harmless);
// ERROR_NO_MEMORY, and then the connection was closed. The token is dead afterwards in any case. libnanomsg
// clients take at most 1 MiB.
int sp_reply(struct sp_server *s, struct sp_token token, const void *bytes, size_t length);

// Ends a request without a reply; the client will send it again after its own time-out. A dead token is fine.
void sp_drop(struct sp_server *s, struct sp_token token);

// True while a reply would still find its connection.
bool sp_is_open(const struct sp_server *s, struct sp_token token);

// Declares a request to be a long poll, which may wait for long: it no longer counts as outstanding, and a
// resend of the same SP id on its connection replaces it. 0; ERROR_BUSY: the connection has max_parked of
// them, answer this one empty at once; ERROR_NOT_FOUND for a dead token. Parking twice is once.
int sp_park(struct sp_server *s, struct sp_token token) __attribute__((warn_unused_result));

// Its connection is not read for so long: what else it sends waits in its own
// socket. The longest pause counts. A dead token is fine.
void sp_pause(struct sp_server *s, struct sp_token token, uint64_t ms);

// This request was believed to be of that principal: what its connection costs is the principal's from here
// on, and it need not leave for others (sp_door.h). The first one counts. A dead token is fine.
void sp_believe(struct sp_server *s, struct sp_token token, const char *principal);

// Leaves a pointer with the request, which on_gone hands back. ERROR_NOT_FOUND for a dead token.
int sp_attach(struct sp_server *s, struct sp_token token, void *attachment)
    __attribute__((warn_unused_result));
