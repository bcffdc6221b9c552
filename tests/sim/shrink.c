#include "sim.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONGEST_S = 300 };

// Lives it in a process of its own. `loud`: its last words are heard.
static bool fails(const struct sim_options *options, struct shelf *shelf, bool loud)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    MUST(child >= 0, "no process");
    if (child == 0) {
        struct sim_totals totals = {0};
        size_t progress = 0;
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (!loud && nowhere >= 0)
            dup2(nowhere, STDERR_FILENO);
        alarm(LONGEST_S);
        life(options, shelf, &totals, &progress);
        _exit(0);
    }
    while (waitpid(child, &status, 0) != child)
        continue;
    return status != 0;
}

// The fewest batches. A life cut short may fail in another way, or not at all: then it stays as it was.
static void cut_steps(struct sim_options *least, struct shelf *shelf, size_t steps)
{
    struct sim_options tried = *least;
    size_t low = 0, high = steps + 1;
    tried.steps = high;
    if (!fails(&tried, shelf, false))
        return;
    while (high - low > 1) {
        tried.steps = low + (high - low) / 2;
        if (fails(&tried, shelf, false))
            high = tried.steps;
        else
            low = tried.steps;
    }
    least->steps = high;
}

static void drop_faults(struct sim_options *least, struct shelf *shelf)
{
    for (int kind = 0; kind < SIM_FAULT_COUNT; kind++) {
        struct sim_options tried = *least;
        tried.without |= 1u << kind;
        if (fails(&tried, shelf, false))
            *least = tried;
    }
}

static void print_command(const struct sim_options *options)
{
    printf("sim --seed %llu --days %lld --a-day %u --streets %u", (unsigned long long)options->seed,
           (long long)options->days, options->a_day, options->streets);
    if (options->steps)
        printf(" --steps %zu", options->steps);
    const char *before = " --without ";
    for (int kind = 0; kind < SIM_FAULT_COUNT; kind++)
        if (options->without >> kind & 1) {
            printf("%s%s", before, fault_name((enum sim_fault)kind));
            before = ",";
        }
    printf("\n");
}

void shrink(const struct sim_options *failed, struct shelf *shelf, size_t steps)
{
    struct sim_options least = *failed;
    least.quiet = true;
    least.keep = NULL;
    printf("to run it again:    ");
    print_command(failed);
    if (failed->whole)
        return;
    if (!fails(&least, shelf, false)) {
        printf("alone it does not fail\n");
        return;
    }
    cut_steps(&least, shelf, steps);
    drop_faults(&least, shelf);
    if (least.steps)
        cut_steps(&least, shelf, least.steps);
    printf("the least of it:    ");
    print_command(&least);
    (void)fails(&least, shelf, true);
}
