// whistle-bench: how many whistles a second a daemon takes, and how long each waits, beside what the disk can
// do.
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "disk.h"
#include "load.h"
#include "pairs.h"
#include "storm.h"

enum { MOST_RUNS = 16, MOST_AREAS = 1024 };

struct bench {
    struct load load;
    unsigned clients[MOST_RUNS];
    unsigned runs;
    const char *areas[MOST_AREAS];
    const char *directory;
    const char *status;
    const char *key_file; // NULL: plain
    uint64_t storm;       // whistles; 0: none
    unsigned pairs;       // 0: none
    bool json;
};

enum { KEY_STORM = 256, KEY_STATUS, KEY_FILE, KEY_PAIRS };

static const struct argp_option options[] = {
    {"url", 'u', "ADDRESS", 0, "the daemon (WHISTLE_URL)", 0},
    {"principal", 'p', "NAME", 0, "who submits (WHISTLE_PRINCIPAL)", 0},
    {"key-file", KEY_FILE, "FILE", 0, "keys to seal the whistles with (WHISTLE_KEY_FILE)", 0},
    {"area", 'a', "LIST", 0, "where: one code, or several that are taken in turn", 0},
    {"category", 'c', "CODE", 0, "what", 0},
    {"clients", 'n', "LIST", 0, "clients at once, as 1,64,256", 0},
    {"seconds", 's', "SECONDS", 0, "length of each run (5)", 0},
    {"directory", 'd', "DIR", 0, "where one fdatasync is measured: the daemon's disk (.)", 0},
    {"json", 'j', NULL, 0, "print JSON behind the table", 0},
    {"pairs", KEY_PAIRS, "COUNT", 0,
     "so many pairs of runs, plain and sealed by turns, with as many clients as the last of the list", 0},
    {"storm", KEY_STORM, "WHISTLES", 0,
     "so many clocks that end at once, with as many clients as the last of the list", 0},
    {"status", KEY_STATUS, "PATH", 0, "the daemon's status socket, for --storm (WHISTLE_STATUS)", 0},
    {0},
};

static void parse_clients(struct bench *b, const char *text, struct argp_state *state)
{
    b->runs = 0;
    for (char *end; *text && b->runs < MOST_RUNS; text = *end == ',' ? end + 1 : end) {
        unsigned long count = strtoul(text, &end, 10);
        if (end == text || count < 1 || count > 10000)
            argp_error(state, "--clients: numbers from 1 to 10000");
        b->clients[b->runs++] = (unsigned)count;
    }
}

static void parse_areas(struct bench *b, char *text)
{
    char *rest;
    b->load.n_areas = 0;
    for (char *area = strtok_r(text, ", \n", &rest); area; area = strtok_r(NULL, ", \n", &rest))
        if (b->load.n_areas < MOST_AREAS)
            b->areas[b->load.n_areas++] = area;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct bench *b = state->input;
    switch (key) {
    case 'u':
        b->load.url = arg;
        return 0;
    case 'p':
        b->load.principal = arg;
        return 0;
    case 'a':
        parse_areas(b, arg);
        return 0;
    case 'c':
        b->load.category = arg;
        return 0;
    case 'n':
        parse_clients(b, arg, state);
        return 0;
    case 's':
        b->load.seconds = strtod(arg, NULL);
        if (!(b->load.seconds > 0))
            argp_error(state, "--seconds: more than 0");
        return 0;
    case 'd':
        b->directory = arg;
        return 0;
    case 'j':
        b->json = true;
        return 0;
    case KEY_STORM:
        b->storm = strtoull(arg, NULL, 10);
        if (!b->storm)
            argp_error(state, "--storm: how many whistles");
        return 0;
    case KEY_FILE:
        b->key_file = arg;
        return 0;
    case KEY_PAIRS:
        b->pairs = (unsigned)strtoul(arg, NULL, 10);
        if (b->pairs < 1 || b->pairs > PAIRS_MOST)
            argp_error(state, "--pairs: a number from 1 to %d", PAIRS_MOST);
        return 0;
    case KEY_STATUS:
        b->status = arg;
        return 0;
    case ARGP_KEY_END:
        if (b->pairs && !b->key_file)
            argp_error(state, "--pairs needs a --key-file");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static double measure_disk(const struct bench *b, struct sample *sync, size_t *bytes)
{
    uint8_t *message = load_request(&b->load, 0, bytes);
    double rate = message ? disk_syncs(b->directory, message, *bytes, 1, sync) : -1;
    free(message);
    if (rate < 0)
        perror(b->directory);
    return rate;
}

static void put_table(const struct bench *b, unsigned clients, struct result *r, double disk)
{
    printf("%7u  %9.0f  %8.2f  %8.2f  %10.2f  %7llu  %s\n", clients, r->per_second,
           sample_ms(&r->latency, 0.5), sample_ms(&r->latency, 0.99), disk > 0 ? r->per_second / disk : 0,
           (unsigned long long)r->refused, r->code);
    if (b->json)
        fflush(stdout);
}

static size_t put_json(char *out, size_t room, unsigned clients, struct result *r)
{
    int length =
        snprintf(out, room,
                 "{\"clients\":%u,\"per_second\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"answered\":%zu,"
                 "\"refused\":%llu,\"lost\":%llu}",
                 clients, r->per_second, sample_ms(&r->latency, 0.5), sample_ms(&r->latency, 0.99),
                 r->latency.count, (unsigned long long)r->refused, (unsigned long long)r->lost);
    return length > 0 ? (size_t)length : 0;
}

static int run(struct bench *b)
{
    struct sample sync = {0};
    size_t bytes = 0, at = 0;
    char json[MOST_RUNS * 256] = "";
    double disk = measure_disk(b, &sync, &bytes);
    printf("one fdatasync of %zu bytes: %.0f/s, p50 %.2f ms, p99 %.2f ms\n\n", bytes, disk,
           sample_ms(&sync, 0.5), sample_ms(&sync, 0.99));
    printf("%7s  %9s  %8s  %8s  %10s  %7s\n", "clients", "submits/s", "p50 ms", "p99 ms", "per sync",
           "refused");
    bool good = disk > 0;
    for (unsigned i = 0; good && i < b->runs; i++) {
        struct result result;
        b->load.clients = b->clients[i];
        good = load_run(&b->load, &result);
        if (good)
            put_table(b, b->clients[i], &result, disk);
        at += (size_t)snprintf(json + at, sizeof json - at, i ? "," : "");
        at += put_json(json + at, sizeof json - at, b->clients[i], &result);
        good = good && result.latency.count > 0;
        sample_fini(&result.latency);
    }
    if (b->json)
        printf("\n{\"fdatasync\":{\"bytes\":%zu,\"per_second\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f},"
               "\"runs\":[%s]}\n",
               bytes, disk, sample_ms(&sync, 0.5), sample_ms(&sync, 0.99), json);
    sample_fini(&sync);
    return good ? 0 : 1;
}

static int run_storm(struct bench *b)
{
    struct storm storm = {.load = b->load, .count = b->storm, .status = b->status, .json = b->json};
    storm.load.clients = b->clients[b->runs - 1];
    return storm_run(&storm);
}

static int run_pairs(struct bench *b)
{
    struct pairs pairs = {.load = b->load, .count = b->pairs, .json = b->json};
    pairs.load.clients = b->clients[b->runs - 1];
    return pairs_run(&pairs);
}

// True where none is asked for.
static bool take_key(struct bench *b, struct keyring **keys)
{
    struct keyring_fault fault;
    *keys = NULL;
    if (!b->key_file)
        return true;
    if (keyring_load(b->key_file, true, keys, &fault)) {
        fprintf(stderr, "whistle-bench: %s\n", *fault.text ? fault.text : b->key_file);
        return false;
    }
    size_t index = keyring_good_from(*keys, b->load.principal, 0, (int64_t)time(NULL) * 1000);
    if (index < keyring_count(*keys))
        b->load.key = keyring_at(*keys, index);
    else
        fprintf(stderr, "whistle-bench: %s has no good key of %s\n", b->key_file, b->load.principal);
    return b->load.key != NULL;
}

static const char *or_variable(const char *variable, const char *standard)
{
    const char *value = getenv(variable);
    return value && *value ? value : standard;
}

int main(int argc, char **argv)
{
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .doc =
            "Submits whistles as fast as they are answered. They stay: not for a city's store.\v"
            "--storm N submits N whistles that are appointed for the same time, so that the clocks of their "
            "reports end at the same millisecond. It measures the clients for --seconds without the storm, "
            "waits for it, and measures them until the last of its clocks is worked, beside the daemon's "
            "rungs and its loop's longest stall. The rulebook must let nothing else end at that time: "
            "tests/bench/rules. As in\n\n"
            "  whistled run -d DIR -r tests/bench/rules \\\n"
            "    -l ipc://W --publish ipc://N --status S &\n"
            "  whistle-bench -u ipc://W --status S -p centre -c 0102 \\\n"
            "    -a 1101,1205 -n 64 -s 10 --storm 100000\n\n"
            "--pairs N tells what sealing costs: N runs of --seconds each plain and sealed, by turns against "
            "one daemon that believes both (over ipc, or run --insecure), and the ratio of their medians."};
    struct bench b = {.load = {.url = or_variable("WHISTLE_URL", "ipc:///run/whistled/whistle.ipc"),
                               .principal = or_variable("WHISTLE_PRINCIPAL", ""),
                               .category = "",
                               .seconds = 5},
                      .clients = {1, 64, 256},
                      .runs = 3,
                      .directory = ".",
                      .key_file = or_variable("WHISTLE_KEY_FILE", NULL),
                      .status = or_variable("WHISTLE_STATUS", "/run/whistled/status.sock")};
    argp_parse(&argp, argc, argv, 0, NULL, &b);
    if (b.load.n_areas == 0)
        b.areas[b.load.n_areas++] = "";
    b.load.areas = b.areas;
    struct keyring *keys;
    int status = !take_key(&b, &keys) ? 1 : b.storm ? run_storm(&b) : b.pairs ? run_pairs(&b) : run(&b);
    keyring_destroy(keys);
    return status;
}
