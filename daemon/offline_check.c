// verify, rebuild: what can be proven of a stopped store, and its state made anew.
#include "check_report.h"
#include "checker.h"
#include "offline.h"

#include "base/error.h"
#include "engine/engine.h"
#include "store/boot.h"
#include "store/journal_reader.h"
#include "store/store_lock.h"
#include "store/store_mark.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, TELL_EVERY_MS = 1000 };

// ---- the journal ----------------------------------------------------------------------------------

static void tell_journal(const struct journal_report *report, const struct journal_position *head)
{
    char chain[2 * RECORD_CHAIN + 1];
    sodium_bin2hex(chain, sizeof chain, head->chain, sizeof head->chain);
    printf("segments %" PRIu64 " records %" PRIu64 " events %" PRIu64 " erased %" PRIu64 "\nhead %" PRIu64
           "/%" PRIu64 " chain %s\n",
           report->segments, report->records, report->seqs, report->erased, head->epoch, head->next_seq - 1,
           chain);
    if (report->half_erased)
        printf("half erased %" PRIu64 " (seq %" PRIu64 " first): they are to be erased again\n",
               report->half_erased, report->half_erased_seq);
}

// What stands behind the last record: after an orderly stop nothing may, so that it is damage; else a write
// may have been cut off there, and was answered to nobody.
static int judge_tail(const struct journal_recovery *found, bool clean)
{
    char text[256];
    if (!found->cut_bytes)
        return 0;
    snprintf(text, sizeof text,
             "journal/%020" PRIu64 ".seg: bytes %" PRIu64 " to %" PRIu64 ", behind the last record, %s",
             found->cut.segment, found->cut.offset, found->cut.offset + found->cut_bytes - 1,
             clean ? "are damaged" : "are a torn tail, which the next start cuts");
    if (clean)
        return offline_complain(ERROR_CORRUPT, text);
    printf("%s\n", text);
    return 0;
}

// Walks the whole journal: one changed byte is named. Nothing of it is written.
static int verify_journal(const char *directory, bool clean, struct journal_position *head)
{
    struct journal_options options = {.directory = directory, .read_only = true};
    struct journal_recovery found;
    struct journal_report report;
    struct journal *journal = NULL;
    struct store_error error = {0};
    int rc = journal_open(&options, &journal, &found, &error);
    if (!rc)
        rc = journal_verify(journal, &report, &error);
    if (!rc)
        journal_head(journal, head);
    journal_close(journal);
    if (rc)
        return offline_complain(rc, error.text);
    tell_journal(&report, head);
    return judge_tail(&found, clean);
}

// ---- the state ------------------------------------------------------------------------------------

static void remove_scratch(const char *scratch)
{
    static const char *const files[] = {"data.mdb", "lock.mdb"};
    char path[PATH_BYTES + 16];
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", scratch, files[i]);
        unlink(path);
    }
    rmdir(scratch);
}

static int check_state_in(const char *directory, const char *parent)
{
    char state[PATH_BYTES], scratch[PATH_BYTES];
    struct buffer report, text;
    if (snprintf(state, sizeof state, "%s/state", directory) >= PATH_BYTES ||
        snprintf(scratch, sizeof scratch, "%s/check-XXXXXX", parent) >= PATH_BYTES)
        return offline_complain(ERROR_IO, "the path is too long");
    if (!mkdtemp(scratch))
        return offline_complain(ERROR_IO, scratch);
    buffer_init(&report);
    buffer_init(&text);
    checker_run(&(struct check_places){directory, state, scratch}, -1, &report);
    remove_scratch(scratch);
    bool good = check_report_text(&report, &text);
    fputs(buffer_string(&text), good ? stdout : stderr);
    buffer_fini(&report);
    buffer_fini(&text);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool has_state(const char *directory)
{
    char path[PATH_BYTES];
    struct stat found;
    snprintf(path, sizeof path, "%s/state/data.mdb", directory);
    return stat(path, &found) == 0;
}

// ---- verify ---------------------------------------------------------------------------------------

struct verify {
    const char *directory;
    const char *scratch;
    bool journal_only;
};

static const struct argp_option verify_options[] = {
    {"scratch", 's', "DIR", 0, "where the second state is built, as large as the first (default: the store)",
     0},
    {"journal", 'j', NULL, 0, "only the journal", 0},
    {0},
};

static error_t parse_verify(int key, char *value, struct argp_state *state)
{
    struct verify *verify = state->input;
    switch (key) {
    case 's':
        verify->scratch = value;
        return 0;
    case 'j':
        verify->journal_only = true;
        return 0;
    case ARGP_KEY_ARG:
        verify->directory = value;
        return state->arg_num ? ARGP_ERR_UNKNOWN : 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum store_mark read_mark(const char *directory)
{
    uint8_t boot[BOOT_ID];
    return boot_id_read(boot) ? MARK_LOST : store_mark_read(directory, boot);
}

static int verify_locked(const struct verify *verify)
{
    struct journal_position head;
    enum store_mark mark = read_mark(verify->directory);
    int rc = verify_journal(verify->directory, mark == MARK_CLEAN, &head);
    if (rc || verify->journal_only)
        return rc;
    if (!has_state(verify->directory))
        return printf("no state: the next start builds it\n") > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    if (mark == MARK_LOST || mark == MARK_NONE)
        return printf("the state is not looked at: the machine stopped while it was open, and the next start "
                      "replaces it\n") > 0
                   ? EXIT_SUCCESS
                   : EXIT_FAILURE;
    return check_state_in(verify->directory, verify->scratch ? verify->scratch : verify->directory);
}

int offline_verify(int argc, char **argv)
{
    static const struct argp argp = {verify_options,
                                     parse_verify,
                                     "DIR",
                                     "Verifies a stopped store: the chain of its journal, and its state "
                                     "against a second one that is built from "
                                     "the journal.",
                                     NULL,
                                     NULL,
                                     NULL};
    struct verify verify = {0};
    struct store_lock lock;
    struct store_error error = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &verify);
    if (!verify.directory)
        return offline_complain(ERROR_MISSING, "usage: whistled verify DIR");
    int rc = store_lock_take(&lock, verify.directory, &error);
    if (rc)
        return offline_complain(rc, error.text);
    rc = verify_locked(&verify);
    store_lock_release(&lock);
    return rc;
}

// ---- rebuild --------------------------------------------------------------------------------------

struct progress {
    uint64_t events; // in the journal
    int64_t began_ms;
    int64_t told_ms;
};

static void on_progress(void *context, uint64_t next_seq)
{
    struct progress *progress = context;
    int64_t now = engine_machine_now();
    if (now - progress->told_ms < TELL_EVERY_MS)
        return;
    progress->told_ms = now;
    fprintf(stderr, "%" PRIu64 " of %" PRIu64 " events, %" PRId64 " s\n", next_seq - 1, progress->events,
            (now - progress->began_ms) / 1000);
}

// The journal first: while it is damaged, the state that there is may be all that can be read.
static int verify_before(const char *directory, struct progress *progress)
{
    struct store_lock lock;
    struct store_error error = {0};
    struct journal_position head = {0};
    int rc = store_lock_take(&lock, directory, &error);
    if (rc)
        return offline_complain(rc, error.text);
    rc = verify_journal(directory, false, &head);
    progress->events = head.next_seq ? head.next_seq - 1 : 0;
    store_lock_release(&lock);
    return rc;
}

static int build_anew(const char *directory, struct progress *progress)
{
    struct store_options options = {
        .directory = directory, .rebuild = true, .progress = on_progress, .context = progress};
    struct store_recovery recovery;
    struct store_error error = {0};
    struct store *store;
    progress->began_ms = progress->told_ms = engine_machine_now();
    int rc = boot_id_read(options.boot_id);
    if (!rc)
        rc = store_open(&options, &store, &recovery, &error);
    if (rc)
        return offline_complain(rc, error.text[0] ? error.text : directory);
    store_close(store);
    printf("rebuilt from %" PRIu64 " events in %.1f s\n", recovery.replayed,
           (double)(engine_machine_now() - progress->began_ms) / 1000);
    return EXIT_SUCCESS;
}

int offline_rebuild(int argc, char **argv)
{
    struct progress progress = {0};
    if (argc != 2 || argv[1][0] == '-')
        return offline_complain(ERROR_MISSING, "usage: whistled rebuild DIR");
    int rc = verify_before(argv[1], &progress);
    return rc ? rc : build_anew(argv[1], &progress);
}
