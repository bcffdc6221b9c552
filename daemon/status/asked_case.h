// What the commands about one case are asked: "[zh] NUMBER [TIME]".
#pragma once

#include "status/inquiry.h"

struct asked_case {
    bool chinese;
    const char *number;
    int64_t at_ms;               // now, where no time is given
    const struct casefile *file; // as it stands; NULL: it was refused, which is written down as the answer
};

// Reads the argument and finds the case. `timed`: a time may follow. 0, or an error that is the answer.
int asked_case_find(struct inquiry *inquiry, bool timed, struct asked_case *out)
    __attribute__((warn_unused_result));
