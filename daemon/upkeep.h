// What the daemon does beside serving: it tells the service manager how it is and feeds its watchdog, takes
// checkpoints, and gives memory back.
#pragma once

#include "service/service.h"

struct upkeep {
    uv_timer_t watchdog;
    uv_timer_t state;
    uv_timer_t checkpoints;
    uv_timer_t trims;
    uv_work_t checkpoint;
    uv_work_t trim;
    bool checkpointing;
    bool trimming;
    uint64_t trimming_since_ms; // loop time
    const char *told;           // the state that the manager knows
    struct service *service;
    struct store *store;
};

// Starts all of it on the loop. Service and store must be there until the handles are closed, which whoever
// ends the loop does.
void upkeep_start(struct upkeep *upkeep, uv_loop_t *loop, struct service *service, struct store *store);

// Begins no checkpoint any more, and tells no state. The watchdog is fed on.
void upkeep_stop(struct upkeep *upkeep);
