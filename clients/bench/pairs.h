// Windows of a load in pairs, one plain and one sealed, by turns against one daemon: what else the machine
// and its disk do meanwhile, they do to both.
#pragma once

#include "load.h"

enum { PAIRS_MOST = 1000 };

struct pairs {
    struct load load; // with a key; its seconds are those of a window
    unsigned count;   // 1 to PAIRS_MOST
    bool json;
};

// Prints the rates of each pair, their medians and the ratio of these. The exit status: 0 when no whistle was
// refused and no client lost.
int pairs_run(const struct pairs *pairs);
