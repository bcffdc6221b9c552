#include "sim.h"

enum { NOTHING = -1, CALLS_AHEAD = 24, ROUNDS_FULL = 12 };

void disk_init(struct disk *disk)
{
    *disk = (struct disk){.planned = NOTHING};
    faulty_init(&disk->faulty);
    disk->faulty.remember = true;
}

void disk_fini(struct disk *disk)
{
    faulty_fini(&disk->faulty);
}

void disk_heal(struct disk *disk)
{
    disk->faulty.fail_at = 0;
    disk->faulty.dead = false;
    disk->faulty.full = false;
    disk->planned = NOTHING;
}

static void plan(struct sim *sim, enum sim_fault kind)
{
    static const int errors[SIM_FAULT_COUNT] = {
        [SIM_EIO] = EIO, [SIM_FULL] = ENOSPC, [SIM_SHORT] = 0, [SIM_KILL] = EIO, [SIM_POWER] = EIO};
    struct disk *disk = &sim->disk;
    disk->planned = (int)kind;
    disk->struck = false;
    disk->faulty.error = errors[kind];
    disk->faulty.dead = kind == SIM_KILL || kind == SIM_POWER;
    disk->faulty.full = kind == SIM_FULL; // for a while, beside the one call that is refused
    disk->faulty.fail_at = disk->faulty.calls + 1 + (int)faults_below(&sim->faults, kind, CALLS_AHEAD);
    disk->rounds = 1 + (int)faults_below(&sim->faults, kind, ROUNDS_FULL);
}

void disk_plan(struct sim *sim)
{
    static const enum sim_fault kinds[] = {SIM_EIO, SIM_FULL, SIM_SHORT, SIM_KILL, SIM_POWER};
    struct disk *disk = &sim->disk;
    if (disk_struck(sim) && (disk->planned != SIM_FULL || disk->rounds-- == 0))
        disk_heal(disk);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && disk->planned == NOTHING; i++)
        if (faults_time(&sim->faults, kinds[i], sim->now_ms))
            plan(sim, kinds[i]);
}

void disk_plan_recovery(struct sim *sim)
{
    static const enum sim_fault kinds[] = {SIM_EIO, SIM_FULL, SIM_SHORT, SIM_KILL, SIM_POWER};
    uint32_t dice = faults_below(&sim->faults, SIM_KILL, 3 * sizeof kinds / sizeof *kinds);
    if (dice < sizeof kinds / sizeof *kinds && !(sim->faults.without >> kinds[dice] & 1))
        plan(sim, kinds[dice]);
}

bool disk_struck(struct sim *sim)
{
    struct disk *disk = &sim->disk;
    bool comes = disk->planned != SIM_FULL && disk->faulty.calls < disk->faulty.fail_at;
    if (disk->planned == NOTHING || comes)
        return false;
    if (!disk->struck)
        faults_note(&sim->faults, (enum sim_fault)disk->planned);
    return disk->struck = true;
}

int disk_death(const struct disk *disk)
{
    bool deadly = disk->planned == SIM_KILL || disk->planned == SIM_POWER;
    return deadly && disk->struck ? disk->planned : NOTHING;
}

void disk_hold(struct disk *disk)
{
    disk->held = disk->faulty.fail_at ? disk->faulty.fail_at - disk->faulty.calls : 0;
    disk->faulty.fail_at = 0;
}

void disk_go_on(struct disk *disk)
{
    if (disk->planned != NOTHING)
        disk->faulty.fail_at = disk->faulty.calls + disk->held;
}
