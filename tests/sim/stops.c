#include "sim.h"

#include "base/civil.h"
#include "store/store_io.h"
#include "store_dump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void shell(const char *verb, const char *a, const char *b)
{
    char command[64 + 2 * SIM_PATH];
    int length = snprintf(command, sizeof command, "%s '%s' %s", verb, a, b);
    MUST(length < (int)sizeof command, "%s: too long", b);
    MUST(system(command) == 0, "%s failed", command);
}

static int no_sync(void *context, int fd)
{
    (void)context, (void)fd;
    return 0;
}

static struct store_recovery open_store(struct sim *sim)
{
    struct store_recovery recovery;
    struct store_error error = {0};
    struct store_io io = store_io_system; // the directory is copied, not the disk pulled: no sync is needed
    io.fdatasync = io.fsync = no_sync;
    struct store_options options = {.directory = sim->directory, .segment_bytes = 1 << 20, .io = &io};
    memset(options.journal_id, 7, sizeof options.journal_id);
    memset(options.boot_id, sim->boot, sizeof options.boot_id);
    int rc = store_open(&options, &sim->batcher.store, &recovery, &error);
    MUST(rc == 0, "open: %s", error.text);
    sim->batcher.started_city_ms = sim->now_ms;
    sim->batcher.recheck = true;
    sim->batcher.recheck_after = 0;
    return recovery;
}

void stops_open(struct sim *sim)
{
    const char *parent = getenv("TMPDIR");
    snprintf(sim->directory, sizeof sim->directory, "%s/whistled-sim-XXXXXX", parent ? parent : "/tmp");
    MUST(mkdtemp(sim->directory) != NULL, "no directory %s", sim->directory);
    sim->boot = 1;
    MUST(open_store(sim).way == STORE_CREATED, "the store was there already");
}

// The files as another process finds them after this one has died: nothing was closed, nothing synced.
static void leave_as_it_is(struct sim *sim)
{
    char left[SIM_PATH];
    snprintf(left, sizeof left, "%s", sim->directory);
    size_t base = strcspn(strrchr(left, '/'), ".") + (size_t)(strrchr(left, '/') - left);
    snprintf(sim->directory, sizeof sim->directory, "%.*s.%u", (int)base, left, ++sim->moves);
    char quoted[SIM_PATH + 2];
    snprintf(quoted, sizeof quoted, "'%s'", sim->directory);
    shell("cp -r", left, quoted);
    store_close(sim->batcher.store);
    shell("rm -rf", left, "");
}

static void come_back(struct sim *sim)
{
    enum store_way way;
    switch (sim_below(sim, 3)) {
    case 0:
        store_close(sim->batcher.store);
        way = open_store(sim).way;
        MUST(way == STORE_CLEAN, "after a clean stop: %s", store_way_name(way));
        sim->stops++;
        return;
    case 1:
        leave_as_it_is(sim);
        way = open_store(sim).way;
        MUST(way == STORE_CONTINUED, "after a death: %s", store_way_name(way));
        sim->deaths++;
        return;
    default:
        leave_as_it_is(sim);
        sim->boot++;
        way = open_store(sim).way;
        MUST(way == STORE_REBUILT || way == STORE_CHECKPOINT, "after a power cut: %s", store_way_name(way));
        sim->power_cuts++;
        return;
    }
}

void stops_happen(struct sim *sim)
{
    struct store_dump before, after;
    if (sim_chance(sim, 30))
        MUST(store_checkpoint(sim->batcher.store, true, NULL) == 0, "no checkpoint");
    MUST(store_dump(sim->batcher.store, &before), "the state cannot be read");
    come_back(sim);
    MUST(store_dump(sim->batcher.store, &after), "the state cannot be read");
    const char *table = store_dump_difference(&before, &after);
    MUST(!table, "the table %s is not what it was", table ? table : "");
}

void stops_close(struct sim *sim)
{
    store_close(sim->batcher.store);
    shell(sim->keep ? "mv -T" : "rm -rf", sim->directory, sim->keep ? sim->keep : "");
}
