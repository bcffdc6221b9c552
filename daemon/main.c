// whistled: the one file that knows every part. It puts the parts of the daemon together, and takes them
// apart again. Its command line is read in options.c; commands that do not run it are in offline.c.
#include "announce.h"
#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "checker.h"
#include "descriptors.h"
#include "engine/epoch.h"
#include "inherit.h"
#include "offline.h"
#include "options.h"
#include "places.h"
#include "service/log.h"
#include "service/service.h"
#include "store/backup.h"
#include "store/boot.h"
#include "store/care.h"
#include "store/guard.h"
#include "status/status.h"
#include "upkeep.h"

#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>
#include <uv.h>

struct daemon {
    struct options options;
    struct inherit inherit;
    int year; // whose calendar the rulebook must have
    uv_loop_t loop;
    uv_signal_t signals[3];
    struct keyring *keys; // until the service has them
    struct announce announce;
    struct upkeep upkeep;
    struct checker checker;
    struct store *store;
    struct guard *guard;
    struct care *care;
    struct service *service;
    struct status *status;
    int exit_status;
    bool stopping;
};

// ---- stopping -----------------------------------------------------------------------------------

// The signals are held to the last: once they were closed, a second SIGTERM would end the process before the
// store is marked clean.
static void close_handle(uv_handle_t *handle, void *argument)
{
    (void)argument;
    if (handle->type == UV_SIGNAL)
        uv_unref(handle);
    else if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

// It may take minutes, and is of no use any more.
static void end_beside_checkpoint(struct daemon *d)
{
    log_line(LOG_INFO, "a checkpoint is cut off");
    guard_close(d->guard);
    store_seal(d->store);
    fflush(NULL);
    _exit(d->exit_status);
}

static void on_service_stopped(void *context)
{
    struct daemon *d = context;
    if (d->upkeep.checkpointing)
        end_beside_checkpoint(d);
    service_destroy(d->service);
    d->service = NULL;
    uv_walk(&d->loop, close_handle, NULL);
}

// The status goes first: it asks the service and the store.
static void on_status_stopped(void *context)
{
    struct daemon *d = context;
    d->status = NULL;
    service_stop(d->service, on_service_stopped, d);
}

// Whatever hangs, a disk, a walk over the books, holds up the stop no longer. What was answered is on disk;
// the next start goes on as after kill -9.
static void on_alarm(int number)
{
    static const char told[] = "<2>stopping takes longer than stop_s: it ends as it is\n";
    (void)number;
    (void)!write(STDERR_FILENO, told, sizeof told - 1);
    _exit(EXIT_FAILURE);
}

static void stop(void *context)
{
    struct daemon *d = context;
    if (d->stopping)
        return;
    d->stopping = true;
    signal(SIGALRM, on_alarm);
    alarm((unsigned)d->options.limits.service.stop_s);
    upkeep_stop(&d->upkeep);
    checker_end(&d->checker);
    store_end_backups(d->store);
    sd_notify(0, "STOPPING=1\nSTATUS=Answering what is in hand");
    log_line(LOG_INFO, "stopping");
    status_stop(d->status, on_status_stopped, d);
}

// Nothing more is decided over it: a number could be given twice. Its file tells the next start.
static void give_up_state(struct daemon *d, const char *table)
{
    int rc = store_distrust(d->store);
    log_line(LOG_CRITICAL, "the state is damaged table=%s; the next start builds it anew%s%s", table,
             rc ? ", if it is told to: whistled rebuild error=" : "", rc ? error_name(rc) : "");
    d->exit_status = EXIT_FAILURE;
}

static void on_damage(void *context, const char *table)
{
    give_up_state(context, table);
    stop(context);
}

static void on_fatal(void *context, int error)
{
    struct daemon *d = context;
    const char *table = store_damage(d->store);
    if (error == ERROR_CORRUPT && table)
        give_up_state(d, table);
    else
        log_line(LOG_CRITICAL, "the journal is in doubt error=%s; the next start decides", error_name(error));
    fflush(NULL);
    _exit(EXIT_FAILURE);
}

// ---- signals ------------------------------------------------------------------------------------

static void on_signal(uv_signal_t *handle, int number)
{
    struct daemon *d = handle->data;
    if (number != SIGHUP)
        stop(d);
    else if (d->status) // it may be stopped already
        status_reload(d->status);
}

static void watch_signals(struct daemon *d)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    signal(SIGPIPE, SIG_IGN); // libuv 1.44 writes with plain write(2)
    signal(SIGXFSZ, SIG_IGN); // a file that may grow no more is a full disk
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uv_signal_init(&d->loop, &d->signals[i]);
        d->signals[i].data = d;
        uv_signal_start(&d->signals[i], on_signal, numbers[i]);
    }
}

// ---- starting -----------------------------------------------------------------------------------

static int open_store(struct daemon *d, struct store_recovery *recovery)
{
    struct store_options options = {.directory = d->options.data, .now_ms = engine_machine_now()};
    struct store_error error = {0};
    if (places_store(d->options.data))
        return offline_complain(ERROR_IO, d->options.data);
    randombytes_buf(options.journal_id, sizeof options.journal_id);
    int rc = boot_id_read(options.boot_id);
    if (!rc)
        rc = store_open(&options, &d->store, recovery, &error);
    if (rc)
        offline_complain(rc, error.text[0] ? error.text : d->options.data);
    return rc;
}

static void on_suspect(void *context, const struct suspect *suspect, const char *trouble)
{
    char hex[SUSPECT_HEX + 1];
    bool held = suspect_is_quarantined(suspect);
    (void)context;
    suspect_hex(suspect->name, hex);
    log_line(held ? LOG_ERROR : LOG_WARNING, "%s hash=%s principal=%s stage=%s deaths=%u blame=%u%s%s",
             held ? "quarantined" : "suspect", hex, suspect->principal, inhand_stage_name(suspect->stage),
             suspect->deaths, suspect->blame, trouble ? " not kept: " : "", text_or_empty(trouble));
}

// Before anybody is heard: what ended the last process is known.
static int open_guard(struct daemon *d)
{
    struct store_error error = {0};
    const struct guard_options options = {
        .directory = d->options.data, .now_ms = engine_machine_now(), .tell = on_suspect};
    int rc = guard_open(&options, &d->guard, &error);
    if (rc)
        return offline_complain(rc, error.text);
    if (error.code)
        log_line(LOG_WARNING, "requests in hand are not noted: %s", error.text);
    return 0;
}

// Without it the status says nothing of backups and checks; that keeps nobody from whistling.
static void open_care(struct daemon *d)
{
    struct store_error error = {0};
    if (care_open(d->options.data, NULL, &d->care, &error) || error.code)
        log_line(LOG_WARNING, "when the last backup and the last check were is not known: %s", error.text);
}

// A city clock of its own runs on an empty store, which is then a demonstration for ever, and goes on from
// the last event when it is started again.
static int choose_clock(struct daemon *d, struct city_clock *clock, struct store_status *status)
{
    *clock = (struct city_clock){0};
    store_status(d->store, status);
    if (!d->options.city_clock && !status->demo)
        return 0;
    if (!d->options.city_clock || (!status->empty && !status->demo))
        return offline_complain(ERROR_DEMO_STORE, d->options.data);
    if (!city_clock_parse(d->options.city_clock, engine_machine_now(), clock))
        return offline_complain(ERROR_BAD_VALUE, "--city-clock must look like 2026-02-13T08:00+08:00,x1200");
    if (status->last_ms > clock->city_ms)
        clock->city_ms = status->last_ms;
    return 0;
}

// Nobody is heard before the numbers of a restored store are past those that may have been given.
static int open_epoch(struct daemon *d, const struct rules *rules, const struct city_clock *clock)
{
    char number[NUMBER_TEXT];
    int64_t machine_ms = engine_machine_now();
    int rc = epoch_begin(d->store, rules, city_clock_now(clock, machine_ms), machine_ms, number);
    if (rc)
        return offline_complain(rc, "the journal's new epoch cannot be begun");
    if (*number)
        log_line(LOG_WARNING, "a new epoch has begun, from an older copy; numbers go on behind %s", number);
    return 0;
}

// Due times from before now waited over the stop.
static int announce(struct daemon *d, const struct store_status *status, const struct city_clock *clock)
{
    struct engine_stats stats;
    engine_stats(service_engine(d->service), &stats);
    bool waited = stats.next_due_ms < city_clock_now(clock, engine_machine_now());
    return announce_start(&d->announce, &d->loop, d->service,
                          (struct announce_store){.empty = status->empty,
                                                  .demo = clock->own,
                                                  .backlog = !status->empty && waited});
}

static int listen_on(struct daemon *d, enum sp_protocol protocol, const char *const *addresses, int count)
{
    for (int i = 0; i < count; i++) {
        struct sp_listen_report report = {0};
        char what[512];
        int rc = sp_server_listen(service_edge(d->service), protocol, addresses[i], 0660, &report);
        if (rc) {
            snprintf(what, sizeof what, "%s: %s", report.address, text_or_empty(report.reason));
            return offline_complain(rc, what);
        }
        log_line(LOG_INFO, "listening protocol=%s address=%s", protocol == SP_REP ? "REP" : "PUB",
                 report.address);
        if (text_starts(addresses[i], "ipc://"))
            places_socket(addresses[i] + sizeof "ipc://" - 1);
    }
    return 0;
}

static bool hears_tcp(const struct daemon *d)
{
    for (int i = 0; i < d->options.listen_count; i++)
        if (text_starts(d->options.listen[i], "tcp:"))
            return true;
    return inherit_has_tcp(&d->inherit);
}

static int load_keys(struct daemon *d)
{
    struct keyring_fault fault;
    int rc = keyring_load(d->options.keyring, d->options.keyring_must, &d->keys, &fault);
    if (!rc && !keyring_count(d->keys) && hears_tcp(d) && !d->options.insecure)
        log_line(LOG_WARNING, "no keys: nobody is believed over tcp keyring=%s", d->options.keyring);
    return rc ? offline_complain(rc, fault.text[0] ? fault.text : d->options.keyring) : 0;
}

static int check_store(void *context, struct buffer *report, struct store_error *error)
{
    struct daemon *d = context;
    return checker_check(&d->checker, d->store, report, error);
}

static int set_log_level(void *context, const char *level)
{
    (void)context;
    return log_set_level(level);
}

// Systemd wants it in this order also where the reload was refused.
static void on_reloading(void *context, bool begun)
{
    struct daemon *d = context;
    if (d->stopping)
        return;
    d->upkeep.told = NULL;
    if (begun)
        sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu\nSTATUS=Reading the rulebook",
                   (unsigned long long)uv_hrtime() / 1000);
    else
        sd_notify(0, "READY=1");
}

static int start_status(struct daemon *d, const struct store_recovery *recovery,
                        const struct city_clock *clock)
{
    const char *reason = NULL;
    const struct status_options options = {
        .loop = &d->loop,
        .service = d->service,
        .path = d->options.status,
        .adopted = inherit_find(&d->inherit, INHERIT_STATUS),
        .group = d->options.status_group,
        .rulebook = d->options.rules,
        .keyring = d->options.keyring,
        .keyring_must = d->options.keyring_must || keyring_count(service_keys(d->service)),
        .recovery = *recovery,
        .care = d->care,
        .clock = *clock,
        .insecure = d->options.insecure,
        .on_drain = stop,
        .on_check = check_store,
        .on_reloading = on_reloading,
        .on_log_level = set_log_level,
        .context = d,
    };
    int rc = status_start(&options, &d->status, &reason);
    if (!rc && options.adopted)
        log_line(LOG_INFO, "handed over name=status");
    else if (!rc)
        places_socket(d->options.status);
    if (!rc)
        return 0;
    char what[512];
    snprintf(what, sizeof what, "%s: %s", d->options.status, text_or_empty(reason));
    return offline_complain(rc, what);
}

static int start_service(struct daemon *d, struct rulebook *book)
{
    struct store_recovery recovery;
    struct store_status status;
    struct service_options options = {
        .loop = &d->loop,
        .book = book,
        .insecure = d->options.insecure,
        .limits = d->options.limits,
        .on_fatal = on_fatal,
        .context = d,
    };
    if (open_store(d, &recovery) || choose_clock(d, &options.clock, &status) || open_guard(d) ||
        open_epoch(d, rulebook_rules(book), &options.clock)) {
        rulebook_unref(book);
        return EXIT_FAILURE;
    }
    open_care(d);
    checker_clean(d->options.data);
    options.store = d->store;
    options.guard = d->guard;
    options.demo = options.clock.own;
    options.keys = d->keys;
    d->keys = NULL;
    options.last_ms = status.last_ms;
    log_line(LOG_INFO, "store opened way=%s replayed=%llu cut_bytes=%llu doubt=%s",
             store_way_name(recovery.way), (unsigned long long)recovery.replayed,
             (unsigned long long)recovery.journal.cut_bytes, doubt_name(recovery.why));
    if (recovery.parted)
        log_line(LOG_WARNING, "the state was of another journal, or of a newer one: it was dropped");
    int rc = service_start(&options, &d->service);
    if (rc)
        d->service = NULL;
    else
        rc = announce(d, &status, &options.clock);
    if (rc)
        return offline_complain(rc, "the service does not start");
    if (inherit_adopt(&d->inherit, INHERIT_REQUESTS, service_edge(d->service), SP_REP) ||
        inherit_adopt(&d->inherit, INHERIT_NOTICES, service_edge(d->service), SP_PUB) ||
        listen_on(d, SP_REP, d->options.listen, d->options.listen_count) ||
        listen_on(d, SP_PUB, d->options.publish, d->options.publish_count))
        return EXIT_FAILURE;
    rc = start_status(d, &recovery, &options.clock);
    if (!rc && confine_calls(&d->options.confine))
        rc = offline_complain(ERROR_UNSAFE, "seccomp is not to be had here; --no-seccomp goes without it");
    return rc;
}

// The engine's thread runs already: exit() beside it would pull the libraries from under it.
static int give_up(struct daemon *d)
{
    d->stopping = true;
    if (d->service)
        service_stop(d->service, on_service_stopped, d);
    else
        uv_walk(&d->loop, close_handle, NULL);
    uv_run(&d->loop, UV_RUN_DEFAULT);
    care_close(d->care);
    guard_close(d->guard);
    store_close(d->store);
    return EXIT_FAILURE;
}

static int run(struct daemon *d)
{
    struct city_clock clock;
    int64_t now = engine_machine_now();
    if (load_keys(d) || places_check(d->options.data, d->options.rules))
        return EXIT_FAILURE;
    bool own = d->options.city_clock && city_clock_parse(d->options.city_clock, now, &clock);
    d->year = offline_year(own ? clock.city_ms : now);
    struct rulebook *book = offline_load_rules(d->options.rules, d->year, false);
    if (!book)
        return offline_complain(ERROR_BAD_RULEBOOK, d->options.rules);
    uv_loop_init(&d->loop);
    watch_signals(d);
    sd_notify(0, "STATUS=Opening the store");
    if (start_service(d, book))
        return give_up(d);
    upkeep_start(&d->upkeep, &d->loop, d->service, d->store, on_damage, d);
    sd_notify(0, "READY=1");
    log_line(LOG_INFO, "ready version=%s", WHISTLED_VERSION);
    uv_run(&d->loop, UV_RUN_DEFAULT);
    care_close(d->care);
    guard_close(d->guard);
    store_close(d->store);
    return uv_loop_alive(&d->loop) ? EXIT_FAILURE : d->exit_status;
}

// ---- the command line ---------------------------------------------------------------------------

const char *argp_program_version = "whistled " WHISTLED_VERSION;

static int command_run(int argc, char **argv)
{
    static struct daemon d; // the loop stays open for the signals, see close_handle
    if (!options_read(&d.options, argc, argv) || inherit_take(&d.inherit))
        return EXIT_FAILURE;
    confine_memory(&d.options.confine);
    checker_begin(&d.checker);
    descriptors_prepare(&d.options.limits.edge);
    if (!d.options.listen_count && !inherit_find(&d.inherit, INHERIT_REQUESTS))
        d.options.listen[d.options.listen_count++] = "ipc:///run/whistled/whistle.ipc";
    if (!d.options.publish_count && !inherit_find(&d.inherit, INHERIT_NOTICES))
        d.options.publish[d.options.publish_count++] = "ipc:///run/whistled/notices.ipc";
    return run(&d);
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"run", command_run, "run the daemon"},
    {"check", offline_check, "check a rulebook"},
    {"explain", offline_explain, "what a rulebook would do with a whistle, and why"},
    {"precedents", offline_precedents, "what the desk ruled, as proposed rules"},
    {"init", offline_init, "write a rulebook for one's own district"},
    {"verify", offline_verify, "verify a stopped store: its journal, and its state against it"},
    {"rebuild", offline_rebuild, "build the state of a stopped store anew from its journal"},
    {"restore", offline_restore, "make a store of a backup"},
    {"export", offline_export, "write a stopped store's journal, or a backup's, as lines of JSON"},
    {"import-journal", offline_import, "make a store of an exported journal"},
    {"journal", offline_journal, "journal cat: what a stopped store's journal says, a line an event"},
};

static int usage(FILE *to)
{
    fprintf(to, "usage: whistled COMMAND [OPTION...]\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(to, "  %-14s %s\n", commands[i].name, commands[i].help);
    fprintf(to, "\nwhistled COMMAND --help tells more.\n");
    return to == stdout ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    if (sodium_init() < 0)
        return offline_complain(ERROR_INTERNAL, "libsodium does not start");
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    bool asked = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0);
    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        return printf("%s\n", argp_program_version) > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    return usage(asked ? stdout : stderr);
}
