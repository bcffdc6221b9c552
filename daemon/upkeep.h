// What the daemon does beside serving: it tells the service manager how it is and feeds its watchdog, takes
// checkpoints, moves what is old to the archive, gives memory back, and looks whether the state was found to
// be damaged.
#pragma once

#include "service/service.h"

struct upkeep {
    uv_timer_t watchdog;
    uv_timer_t checkpoints;
    uv_timer_t trims;
    uv_timer_t looks;
    uv_work_t checkpoint;
    uv_work_t trim;
    bool checkpointing;
    bool trimming;
    bool damaged;      // at the last look
    int archive_error; // of the last try
    void (*on_damage)(void *context, const char *table);
    void *context;
    uint64_t trimming_since_ms; // loop time
    const char *told;           // the state that the manager knows
    struct service *service;
    struct store *store;
};

// Starts all of it on the loop. Service and store must be there until the handles are closed, which whoever
// ends the loop does. `on_damage` is called once, on the loop, within two seconds after the state was found
// to be damaged, but not before the second: an answer that tells of it leaves first.
void upkeep_start(struct upkeep *upkeep, uv_loop_t *loop, struct service *service, struct store *store,
                  void (*on_damage)(void *context, const char *table), void *context);

// Begins no checkpoint any more, and tells no state. The watchdog is fed on.
void upkeep_stop(struct upkeep *upkeep);
