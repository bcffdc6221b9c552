// Some weeks of the sample city in a store, as the simulator lives them.
#pragma once

#include "rulebook/rulebook.h"
#include "store/store.h"

// The store, opened once. Its directory goes with the process.
struct store *town_store(void);

// libFuzzer calls it before the first input.
int LLVMFuzzerInitialize(int *count, char ***arguments);

// City time just after its last event.
int64_t town_now(void);
