#include "sim.h"

#include "store_dump.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void path_of(const struct sim *sim, const char *name, char path[SIM_PATH + 32])
{
    snprintf(path, SIM_PATH + 32, "%s/%s", sim->directory, name);
}

// ---- opening ------------------------------------------------------------------------------------

// Small segments, so that a short life has many.
static uint64_t segment_bytes(const struct sim *sim)
{
    unsigned shift = sim->shelf->streets ? 16 + (unsigned)(sim->options->seed % 3) : 20;
    return UINT64_C(1) << shift;
}

static int open_store(struct sim *sim, struct store_recovery *recovery, struct store_error *error)
{
    struct store_io io = faulty_io(&sim->disk.faulty);
    struct store_options options = {
        .directory = sim->directory, .segment_bytes = segment_bytes(sim), .io = &io};
    memset(options.journal_id, 7, sizeof options.journal_id);
    memset(options.boot_id, sim->boot, sizeof options.boot_id);
    return store_open(&options, &sim->batcher.store, recovery, error);
}

// As the daemon starts: by the rulebook of its directory, at the time of the last event there is.
static void start(struct sim *sim)
{
    struct store_status status;
    store_status(sim->batcher.store, &status);
    rulebook_unref(sim->batcher.book);
    sim->batcher.book = shelf_get(sim->shelf, sim->book);
    sim->batcher.started_city_ms = sim->now_ms;
    sim->batcher.last_now_ms = status.last_ms;
    sim->batcher.recheck = true;
    sim->batcher.recheck_after = 0;
    sim->reload = true;
    sim->totals->starts++;
}

void stops_open(struct sim *sim)
{
    struct store_recovery recovery;
    struct store_error error = {0};
    snprintf(sim->directory, sizeof sim->directory, "%s/%ld", sim_place, (long)getpid());
    MUST(mkdir(sim->directory, 0700) == 0, "no directory %s", sim->directory);
    sim->boot = 1;
    MUST(open_store(sim, &recovery, &error) == 0, "open: %s", error.text);
    MUST(recovery.way == STORE_CREATED, "the store was there already");
    start(sim);
    witness_begin(sim);
}

// ---- the end of a process, and of the machine -----------------------------------------------------

// Nothing was closed: the store says so of itself.
static void leave(struct sim *sim)
{
    char mark[SIM_PATH + 32], kept[SIM_PATH + 32];
    path_of(sim, "mark", mark);
    path_of(sim, "mark.kept", kept);
    MUST(rename(mark, kept) == 0, "there is no mark");
    store_close(sim->batcher.store);
    MUST(rename(kept, mark) == 0, "the mark cannot be put back");
}

static void overwrite(struct sim *sim, int fd, off_t bytes)
{
    uint8_t garbage[4096];
    for (int i = 0; i < 8 && bytes; i++) {
        memset(garbage, (int)faults_below(&sim->faults, SIM_POWER, 256), sizeof garbage);
        off_t at = (off_t)faults_below(&sim->faults, SIM_POWER, (uint32_t)bytes);
        MUST(pwrite(fd, garbage, sizeof garbage, at) == sizeof garbage, "no room for garbage");
    }
}

// The state was never synced: it is as it was, or holds anything, or ends anywhere.
static void spoil_state(struct sim *sim)
{
    struct stat status;
    char path[SIM_PATH + 32];
    path_of(sim, "state/data.mdb", path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0)
        return;
    switch (faults_below(&sim->faults, SIM_POWER, 4)) {
    case 0:
        break;
    case 1:
        MUST(ftruncate(fd, status.st_size / 2) == 0, "%s cannot be cut", path);
        break;
    default:
        overwrite(sim, fd, status.st_size);
        break;
    }
    close(fd);
}

static void cut_power(struct sim *sim)
{
    faulty_power_cut(&sim->disk.faulty, faults_below(&sim->faults, SIM_POWER, UINT32_MAX));
    sim->boot++;
    spoil_state(sim);
}

// ---- coming back --------------------------------------------------------------------------------

// One start; false where it was cut off, which the next one meets. `*powerless`: the machine has stopped
// since the daemon last ran; `*disturbed`: the disk failed on the way, so that the state may have been given
// up.
static bool open_once(struct sim *sim, enum store_way *way, bool *powerless, bool *disturbed)
{
    struct store_recovery recovery;
    struct store_error error = {0};
    int rc = open_store(sim, &recovery, &error);
    bool struck = disk_struck(sim), dies = disk_death(&sim->disk) >= 0;
    *disturbed |= struck;
    MUST(!rc || struck, "open: %s", error.text);
    *way = recovery.way;
    if (!rc && !dies)
        return true;
    if (!rc)
        leave(sim);
    if (disk_death(&sim->disk) == SIM_POWER) {
        cut_power(sim);
        *powerless = true;
    }
    disk_heal(&sim->disk);
    return false;
}

static void look_around(struct sim *sim)
{
    disk_hold(&sim->disk);
    witness_return(sim);
    witness_last(sim);
    witness_follow(sim);
    recount_cases(sim);
    disk_go_on(&sim->disk);
}

static void check_way(enum store_way way, bool in_order, bool powerless)
{
    if (powerless && !in_order)
        MUST(way == STORE_REBUILT || way == STORE_CHECKPOINT, "after a power cut: %s", store_way_name(way));
    else if (!powerless)
        MUST(way == (in_order ? STORE_CLEAN : STORE_CONTINUED), "after %s: %s",
             in_order ? "a clean stop" : "a death", store_way_name(way));
}

static void come_back(struct sim *sim, bool in_order, bool powerless)
{
    enum store_way way;
    bool disturbed = false;
    disk_heal(&sim->disk);
    disk_plan_recovery(sim);
    while (!open_once(sim, &way, &powerless, &disturbed))
        continue;
    if (!disturbed)
        check_way(way, in_order, powerless);
    look_around(sim);
    start(sim);
}

void stops_died(struct sim *sim, bool power)
{
    leave(sim);
    if (power)
        cut_power(sim);
    come_back(sim, false, power);
}

// Else a segment was begun, and the batch that it was for was refused: the state stands at the end of the one
// before, and the next start moves it.
static bool stands_at_head(const struct sim *sim)
{
    struct store_reader reader;
    struct state_position position;
    struct journal_position head;
    struct arena arena;
    arena_init(&arena, 0);
    store_head(sim->batcher.store, &head);
    store_read_begin(sim->batcher.store, &arena, &reader);
    bool there =
        state_get_position(&reader.txn, &position) && position.at.place.segment == head.place.segment;
    store_read_end(&reader);
    arena_fini(&arena);
    return there;
}

// In order, or in an idle moment: nothing is in doubt, and the state is what it was.
void stops_happen(struct sim *sim)
{
    struct store_dump before, after;
    uint32_t dice = faults_below(&sim->faults, SIM_STOP, 4);
    bool in_order = dice < 2, power = dice == 3 && !(sim->faults.without >> SIM_POWER & 1);
    if (faults_below(&sim->faults, SIM_STOP, 100) < 50)
        MUST(store_checkpoint(sim->batcher.store, true, NULL) == 0, "no checkpoint");
    bool comparable = stands_at_head(sim);
    MUST(store_dump(sim->batcher.store, &before), "the state cannot be read");
    faults_note(&sim->faults, in_order ? SIM_STOP : power ? SIM_POWER : SIM_KILL);
    if (in_order)
        store_close(sim->batcher.store);
    else
        leave(sim);
    if (power)
        cut_power(sim);
    come_back(sim, in_order, power);
    MUST(store_dump(sim->batcher.store, &after), "the state cannot be read");
    const char *table = store_dump_difference(&before, &after);
    MUST(!table || !comparable, "the table %s is not what it was", table ? table : "");
}

void stops_close(struct sim *sim)
{
    char command[64 + 2 * SIM_PATH];
    store_close(sim->batcher.store);
    rulebook_unref(sim->batcher.book);
    if (!sim->options->keep) {
        files_remove(sim->directory);
        return;
    }
    int length = snprintf(command, sizeof command, "mv -T '%s' '%s'", sim->directory, sim->options->keep);
    MUST(length < (int)sizeof command && system(command) == 0, "%s failed", command);
}
