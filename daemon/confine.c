#include "confine.h"

#include <sys/prctl.h>
#include <sys/resource.h>

enum { KEY_CORE_DUMPS = 0x200, KEY_NO_SECCOMP };

static const struct argp_option options[] = {
    {"core-dumps", KEY_CORE_DUMPS, NULL, 0, "leave core dumps on; they hold keys and what people told", 0},
    {"no-seccomp", KEY_NO_SECCOMP, NULL, 0, "leave the process all system calls, for debugging", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct confine_options *o = state->input;
    (void)value;
    if (key == KEY_CORE_DUMPS)
        o->core_dumps = true;
    else if (key == KEY_NO_SECCOMP)
        o->no_seccomp = true;
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

const struct argp confine_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};

// Neither can fail: the limit is lowered only, and the value is one of two.
void confine_memory(const struct confine_options *o)
{
    const struct rlimit none = {0, 0};
    if (o->core_dumps)
        return;
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}
