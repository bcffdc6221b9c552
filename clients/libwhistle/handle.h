// The inside of a handle: one REQ socket at a time, one request at a time.
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "keys/keyring.h"
#include "whistle.h"

enum { ID_BYTES = 16 };

struct whistle {
    char *address; // owned, as the next three
    char *principal;
    char *agent_name; // NULL: not said
    char *staff_no;
    uint32_t attempt_ms;
    uint32_t deadline_ms;
    uint32_t max_request;
    uint32_t max_reply;
    struct keyring *keys;    // owned; NULL: plain
    char *known_keys;        // owned; NULL: nowhere
    size_t key;              // index of the one that seals; past the last: none is left
    size_t answered;         // the lowest index under which an answer was sealed; SIZE_MAX: none yet
    int socket;              // nanomsg's, or -1
    bool begun;              // a request waits for its answer
    uint8_t id[ID_BYTES];    // of the request begun, or of the last one
    struct buffer operation; // that request but for its id and time
    uint32_t patience_ms;    // what a long poll adds to the time-outs
    int64_t deadline_at;     // monotonic
    int64_t attempt_until;   // monotonic
    int64_t resume_at;       // monotonic: the daemon asked to wait until then; 0: not waiting
    unsigned tries;
    int64_t sent_after_ms; // wall clock: what says to be sent no later may have come before, the daemon said
    bool doubted;          // something came that may not have been the daemon's
    bool unsealed;         // the answer that was handed out was not sealed, although the request was
    int result;
    char code[32];
    char text[512];
};

// Sets what whistle_code and whistle_text tell, and returns `result`.
int handle_result(struct whistle *w, int result, const char *argument);

// As handle_result for a refusal: takes code and text from the reply. WHISTLE_REFUSED.
int handle_refused(struct whistle *w, const Whistle__V1__Reply *reply);

int64_t monotonic_ms(void);
int64_t wall_ms(void);
