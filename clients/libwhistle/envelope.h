// The envelope around requests and replies: suite 1, sealed, with a key; without one suite 0, plain. Other
// suites come in here and nowhere else.
#pragma once

#include "handle.h"

// The begun request of `w`, with the time of now and a salt of its own, as the bytes of a message appended to
// `out`. NO_MEMORY, TOO_LARGE (over w->max_request).
int envelope_wrap(struct whistle *w, struct buffer *out);

// Reads a message. OK: `*reply` is the answer to the begun request. NOTHING: it answers another request.
// BAD_REPLY: it cannot be read, is larger than w->max_reply, or cannot be believed. With a key only what is
// sealed is believed, and of the rest the four refusals that cost time alone, their code and figures without
// a word or a time (w->unsealed).
int envelope_unwrap(struct whistle *w, const void *bytes, size_t length, Whistle__V1__Reply **reply);
