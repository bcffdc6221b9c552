// The command line of `whistled run`.
#pragma once

#include "confine.h"
#include "service/limits.h"

#include <stdbool.h>
#include <sys/types.h>

enum { OPTIONS_ADDRESSES = 16 };

struct options {
    const char *data;
    const char *rules;
    const char *listen[OPTIONS_ADDRESSES];
    int listen_count;
    const char *publish[OPTIONS_ADDRESSES];
    int publish_count;
    const char *status;
    const char *city_clock; // NULL: the machine's
    const char *keyring;
    bool keyring_must; // it was named; else it is `keyring` in the rulebook's directory, which need not be
                       // there
    bool insecure;
    struct limits limits;
    gid_t status_group;
    struct confine_options confine;
};

// Reads it over the defaults; addresses have none. What stands in it is the arguments' own. What is wrong is
// said, and ends the process, or is false: it names something that this machine has not. --help and
// --limit list end the process, too.
bool options_read(struct options *options, int argc, char **argv) __attribute__((warn_unused_result));
