#include "sim.h"

#include "base/civil.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// What the test run lives: always the same short lives, some that nobody has seen before, and the whole city.
enum { FIXED_SEEDS = 60, NEW_SEEDS = 20 };

static const struct sim_options short_life = {.days = 3, .a_day = 4, .streets = 1, .quiet = true};
static const struct sim_options year = {.seed = 1, .days = 365, .a_day = 2};
enum { CITY_DAYS = 60 };

const char *sim_place;
static uint64_t seed; // of the life that is lived

void sim_name(uint64_t lived)
{
    seed = lived;
}

void sim_must(bool holds, const char *file, int line, const char *format, ...)
{
    va_list arguments;
    if (holds)
        return;
    fprintf(stderr, "%s:%d: seed %llu: ", file, line, (unsigned long long)seed);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    fflush(NULL);
    _exit(1);
}

// ---- many lives ---------------------------------------------------------------------------------

// Shared with the process that lives, so that its death says how far it came.
struct run {
    struct sim_totals totals;
    uint64_t seed;
    size_t steps;
};

static void live(struct run *run, struct sim_options options, uint64_t count, struct shelf *shelf)
{
    for (uint64_t last = options.seed + count; options.seed < last; options.seed++) {
        run->seed = options.seed;
        run->steps = 0;
        life(&options, shelf, &run->totals, &run->steps);
    }
}

static void print_totals(const struct run *run)
{
    const struct sim_totals *t = &run->totals;
    printf("%llu seeds, %.1f simulated days: %llu whistles, %llu requests (%llu sent again, %llu refused), "
           "%llu events, %llu rungs in %llu batches (%llu refused), %llu starts of the daemon, "
           "%llu segments put away\n",
           (unsigned long long)t->seeds, (double)t->lived_ms / (double)DAY_MS,
           (unsigned long long)t->whistles, (unsigned long long)t->requests, (unsigned long long)t->again,
           (unsigned long long)t->refusals, (unsigned long long)t->events, (unsigned long long)t->rungs,
           (unsigned long long)t->batches, (unsigned long long)t->refused, (unsigned long long)t->starts,
           (unsigned long long)t->archived);
    printf("faults:");
    for (int kind = 0; kind < SIM_FAULT_COUNT; kind++)
        printf(" %s %llu", fault_name((enum sim_fault)kind), (unsigned long long)t->struck[kind]);
    printf("\n");
}

// Each range in a process of its own: whatever ends it, a broken promise or a crash, is met here.
static bool run(const struct sim_options *options, uint64_t count, const char *rules)
{
    struct shelf shelf;
    struct run *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = 0;
    MUST(shared != MAP_FAILED, "no memory");
    shelf_init(&shelf, rules, options->streets);
    fflush(NULL);
    pid_t child = fork();
    MUST(child >= 0, "no process");
    if (child == 0) {
        live(shared, *options, count, &shelf);
        shelf_fini(&shelf);
        exit(0);
    }
    while (waitpid(child, &status, 0) != child)
        continue;
    print_totals(shared);
    if (status != 0) {
        struct sim_options failed = *options;
        failed.seed = shared->seed;
        if (WIFSIGNALED(status))
            fprintf(stderr, "signal %d\n", WTERMSIG(status));
        printf("seed %llu FAILED at batch %zu\n", (unsigned long long)shared->seed, shared->steps);
        shrink(&failed, &shelf, shared->steps);
    }
    shelf_fini(&shelf);
    munmap(shared, sizeof *shared);
    return status == 0;
}

// ---- the command line ---------------------------------------------------------------------------

struct command_line {
    struct sim_options options;
    uint64_t count; // of seeds; 0: none was named
    const char *rules;
};

static void say_usage(void)
{
    fprintf(stderr, "sim [--seed N | --seeds FROM..TO] [--days N] [--a-day N] [--streets N] [--steps N] "
                    "[--without KIND,...] [--rules DIR] [--keep DIR] [--shrink no]\n");
    exit(2);
}

static uint64_t number(const char *text)
{
    char *end;
    uint64_t value = strtoull(text, &end, 10);
    if (end == text || *end)
        say_usage();
    return value;
}

static uint32_t kinds(char *names)
{
    uint32_t bits = 0;
    for (char *rest = names, *name; (name = strsep(&rest, ","));) {
        enum sim_fault kind = fault_of(name);
        if (kind == SIM_FAULT_COUNT)
            say_usage();
        bits |= 1u << kind;
    }
    return bits;
}

static void read_seeds(struct command_line *line, char *range)
{
    char *to = strstr(range, "..");
    if (!to)
        say_usage();
    *to = '\0';
    line->options.seed = number(range);
    line->count = number(to + 2) - line->options.seed + 1;
    line->options.quiet = true;
}

static void read_option(struct command_line *line, const char *name, char *value)
{
    struct sim_options *options = &line->options;
    if (strcmp(name, "--seed") == 0)
        options->seed = number(value), line->count = 1;
    else if (strcmp(name, "--seeds") == 0)
        read_seeds(line, value);
    else if (strcmp(name, "--days") == 0)
        options->days = (int64_t)number(value);
    else if (strcmp(name, "--a-day") == 0 && number(value))
        options->a_day = (uint32_t)number(value);
    else if (strcmp(name, "--streets") == 0)
        options->streets = (uint32_t)number(value);
    else if (strcmp(name, "--steps") == 0)
        options->steps = number(value);
    else if (strcmp(name, "--without") == 0)
        options->without = kinds(value);
    else if (strcmp(name, "--rules") == 0)
        line->rules = value;
    else if (strcmp(name, "--keep") == 0)
        options->keep = value;
    else if (strcmp(name, "--shrink") == 0)
        options->whole = strcmp(value, "no") == 0;
    else
        say_usage();
}

// Short lives are those of many seeds.
static void read_command_line(struct command_line *line, int argc, char **argv)
{
    bool many = false;
    for (int i = 1; i < argc; i++)
        many |= strcmp(argv[i], "--seeds") == 0;
    line->options = many ? short_life : year;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc)
            say_usage();
        read_option(line, argv[i], argv[i + 1]);
    }
}

// ---- the test run -------------------------------------------------------------------------------

static bool run_test(const char *rules)
{
    struct sim_options options = short_life;
    options.seed = 1;
    printf("seeds 1 to %d\n", FIXED_SEEDS);
    bool good = run(&options, FIXED_SEEDS, rules);
    options.seed = (uint64_t)time(NULL) * 1000;
    printf("new seeds %llu to %llu\n", (unsigned long long)options.seed,
           (unsigned long long)options.seed + NEW_SEEDS - 1);
    good &= run(&options, NEW_SEEDS, rules);
    struct sim_options city = year;
    city.days = CITY_DAYS;
    printf("%d days of the whole city, seed %llu\n", CITY_DAYS, (unsigned long long)city.seed);
    return run(&city, 1, rules) && good;
}

// The stores lie in memory where there is room for files; one that is kept lies beside others of its kind.
static void make_place(struct command_line *line, char place[SIM_PATH])
{
    const char *parent = getenv("TMPDIR");
    parent = parent ? parent : "/tmp";
    if (!line->options.keep && access("/dev/shm", W_OK) == 0)
        parent = "/dev/shm";
    snprintf(place, SIM_PATH, "%s/whistled-sim-XXXXXX", parent);
    MUST(mkdtemp(place) != NULL, "no directory %s", place);
    sim_place = place;
}

int main(int argc, char **argv)
{
    static char place[SIM_PATH];
    struct command_line line = {.rules = SIM_CITY};
    read_command_line(&line, argc, argv);
    make_place(&line, place);
    bool good = line.count ? run(&line.options, line.count, line.rules) : run_test(line.rules);
    files_remove(place);
    return good ? 0 : 1;
}
