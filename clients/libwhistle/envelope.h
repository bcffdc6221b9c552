// The envelope around requests and replies: suite 0, plain. Other suites come in here and nowhere else.
#pragma once

#include "handle.h"

// The begun request of `w`, with the time of now, as the bytes of a message appended to `out`.
// NO_MEMORY, TOO_LARGE (over w->max_request).
int envelope_wrap(struct whistle *w, struct buffer *out);

// Reads a message. OK: `*reply` is the answer to the begun request. NOTHING: it answers another request.
// BAD_REPLY: it cannot be read, or is larger than w->max_reply.
int envelope_unwrap(struct whistle *w, const void *bytes, size_t length, Whistle__V1__Reply **reply);
