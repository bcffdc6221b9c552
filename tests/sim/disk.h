// The disk of a simulated city: the system calls of the journal, of which any may fail, and what was written
// but not synced when the machine stopped.
//
// What goes wrong is planned some calls ahead, so that it strikes anywhere: within an append, an erasure, the
// making of a segment, a recovery.
#pragma once

#include "faulty_io.h"

struct sim;

struct disk {
    struct faulty faulty;
    int planned; // enum sim_fault; −1: nothing is
    bool struck; // the plan has
    int held;    // calls that were left until the plan when it was held
    int rounds;  // after which a full disk has room again
};

void disk_init(struct disk *disk);
void disk_fini(struct disk *disk);

// Before a batch: what is planned is looked at, and something new may be.
void disk_plan(struct sim *sim);

// Before it opens again after a death: mostly nothing, else what cuts off the recovery.
void disk_plan_recovery(struct sim *sim);

// After it: has what was planned struck by now?
bool disk_struck(struct sim *sim);

// Then the process may be dead, or the machine: enum sim_fault KILL, POWER, or −1.
int disk_death(const struct disk *disk);

// Forgets the plan: everything works, until the next one.
void disk_heal(struct disk *disk);

// While the city is looked at from outside nothing fails, and the plan waits.
void disk_hold(struct disk *disk);
void disk_go_on(struct disk *disk);
