// Some weeks of the sample city in a store, as the simulator lives them.
#pragma once

#include "rulebook/rulebook.h"
#include "store/store.h"

// The store, opened once. Its directory goes with the process.
struct store *town_store(void);

// City time just after its last event.
int64_t town_now(void);
