#include "town_store.h"

#include "input.h"

#include <sys/wait.h>
#include <unistd.h>

enum { DIRECTORY = 256 };

static struct store *store;
static char directory[DIRECTORY];

static void shell(const char *before, const char *behind)
{
    char command[3 * DIRECTORY];
    snprintf(command, sizeof command, "%s '%s'%s", before, directory, behind);
    MUST(system(command) == 0);
}

static void clear_away(void)
{
    store_close(store);
    shell("rm -rf", "");
}

struct store *town_store(void)
{
    const char *folder = getenv("TMPDIR");
    struct store_options options = {.directory = directory, .segment_bytes = 1 << 20};
    if (store)
        return store;
    snprintf(directory, sizeof directory, "%s/whistled-town-XXXXXX", folder ? folder : "/tmp");
    MUST(mkdtemp(directory));
    shell(FUZZ_SIM " --seed 7 --days 14 --a-day 4 --keep", " >/dev/null");
    MUST(store_open(&options, &store, NULL, NULL) == 0);
    atexit(clear_away);
    return store;
}

// It takes seconds, and no input is to be blamed for them.
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count, (void)arguments;
    (void)town_store();
    return 0;
}

int64_t town_now(void)
{
    struct store_status status;
    store_status(town_store(), &status);
    return status.last_ms + 1000;
}
