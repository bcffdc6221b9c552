// reopen RULES [SECONDS]: what the daemon's start does with stores that a power cut has left, one after the
// other, without the daemon around it.
//
// Each line of stdin names a store's directory, and for each there is a line of JSON on stdout: how it came
// back and what was held, or the `fault`. A process of its own does it, so that one that dies is an answer
// too; so is one that hangs, as LMDB may for ever in the pages of a torn state: it is ended after SECONDS.
//
// DIR.promised is what had been answered: lines of request id, principal, and the Reply, in hex but for the
// principal. Each must be remembered to the byte, its case there with a summons for each unit that was
// called; which of the cases are erased is told. Then some more whistles are taken, the store is closed,
// opened, verified, and told again from the journal's first event in DIR.again: both states are the same,
// record for record.
#include "base/civil.h"
#include "base/error.h"
#include "engine/batch.h"
#include "rulebook/report.h"
#include "store/boot.h"
#include "store/journal_reader.h"
#include "store_dump.h"
#include "whistle.pb-c.h"

#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NUMBER = 32, MOST = 20000, MORE = 3, LINE = 1 << 17, PATIENCE_S = 60 };

// How a child ends that has said its fault. A sanitizer that found one ends it with 1, and nothing was said.
enum { TOLD = 17 };

static const char office[] = "420902001001";
static struct rulebook *book;

struct reopened {
    const char *directory;
    struct store *store;
    struct store_recovery recovery;
    char (*numbers)[NUMBER]; // that were promised, then those that are given here
    size_t promised, given;
    size_t requests; // answered
    FILE *erased;    // cases, as a list of JSON
};

// ---- a fault ends it ------------------------------------------------------------------------------

#define MUST(holds, ...) ((holds) ? (void)0 : broken(__VA_ARGS__))

__attribute__((format(printf, 1, 2), noreturn)) static void broken(const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *c = text; *c; c++)
        *c = *c == '"' || *c == '\\' || *c == '\n' ? '\'' : *c;
    printf("{\"fault\": \"%s\"}\n", text);
    fflush(stdout);
    _exit(TOLD);
}

static void open_store(struct reopened *r, const char *directory, const char *when)
{
    struct store_options options = {.directory = directory, .segment_bytes = 512 * 1024};
    struct store_error error = {0};
    randombytes_buf(options.journal_id, sizeof options.journal_id);
    MUST(boot_id_read(options.boot_id) == 0, "no boot id");
    int rc = store_open(&options, &r->store, &r->recovery, &error);
    MUST(rc == 0, "%s: %s: %s", when, error_name(rc), error.text);
}

// ---- what was promised ----------------------------------------------------------------------------

static void check_called(const struct casefile *file, const Whistle__V1__Receipt *receipt)
{
    for (size_t i = 0; i < receipt->n_called; i++)
        MUST(case_summons_of(file, receipt->called[i]->unit), "lost: %s has no summons for %s",
             receipt->number, receipt->called[i]->unit);
}

static bool is_new_number(const struct reopened *r, const char *number)
{
    for (size_t i = 0; i < r->promised + r->given; i++)
        if (strcmp(r->numbers[i], number) == 0)
            return false;
    return true;
}

static void check_case(struct reopened *r, struct store_reader *reader, struct blob answer)
{
    Whistle__V1__Reply *reply = whistle__v1__reply__unpack(NULL, answer.length, answer.bytes);
    MUST(reply, "a promise that is no Reply");
    if (reply->result_case == WHISTLE__V1__REPLY__RESULT_RECEIPT) {
        const Whistle__V1__Receipt *receipt = reply->receipt;
        const struct casefile *file = reader->view.ops->by_number(reader->view.ctx, receipt->number);
        MUST(file, "lost: the case %s", receipt->number);
        check_called(file, receipt);
        if (is_new_number(r, receipt->number) && r->promised < MOST) {
            snprintf(r->numbers[r->promised++], NUMBER, "%s", receipt->number);
            if (file->erased)
                fprintf(r->erased, "%s\"%s\"", ftell(r->erased) ? ", " : "", receipt->number);
        }
    }
    whistle__v1__reply__free_unpacked(reply, NULL);
}

static void check_promise(struct reopened *r, struct store_reader *reader, const char *id,
                          const char *principal, const char *reply)
{
    uint8_t request[16], answer[LINE / 2];
    size_t length = 0, id_length = 0;
    struct remembered was;
    MUST(sodium_hex2bin(request, sizeof request, id, strlen(id), NULL, &id_length, NULL) == 0 &&
             id_length == 16 &&
             sodium_hex2bin(answer, sizeof answer, reply, strlen(reply), NULL, &length, NULL) == 0,
         "a promise that cannot be read");
    bool found = state_get_request(&reader->txn, request, principal, &was);
    MUST(found && was.answer.length == length && memcmp(was.answer.bytes, answer, length) == 0,
         "lost: the request %s of %s was answered, and is %s: %s", id, principal,
         found ? "another" : "not known", error_name(reader->txn.error));
    check_case(r, reader, (struct blob){answer, length});
    r->requests++;
}

static void check_promises(struct reopened *r)
{
    char path[PATH_MAX], line[LINE], id[64], principal[64];
    static char reply[LINE];
    struct store_reader reader;
    struct arena arena;
    snprintf(path, sizeof path, "%s.promised", r->directory);
    FILE *file = fopen(path, "re");
    MUST(file, "%s cannot be read", path);
    arena_init(&arena, 0);
    store_read_begin(r->store, &arena, &reader);
    while (fgets(line, sizeof line, file)) {
        MUST(sscanf(line, "%63s %63s %s", id, principal, reply) == 3, "a promise of other words");
        check_promise(r, &reader, id, principal, reply);
    }
    store_read_end(&reader);
    arena_fini(&arena);
    fclose(file);
}

// ---- it is written on -----------------------------------------------------------------------------

static struct work *whistle(int64_t now_ms)
{
    uint8_t random[10];
    struct work *work = work_create(WORK_COMMAND, 1 << 20);
    struct whistle *whistle = work ? arena_alloc(&work->arena, sizeof *whistle) : NULL;
    MUST(whistle, "no memory");
    randombytes_buf(random, sizeof random);
    snprintf(work->principal, sizeof work->principal, "%s", office);
    work->id = ulid_make(now_ms, random);
    randombytes_buf(work->operation_hash, sizeof work->operation_hash);
    work->received_ms = work->sent_ms = now_ms;
    whistle->kind = KIND_ISSUE;
    whistle->category = "0102";
    whistle->area = office;
    whistle->title = "after the power cut";
    work->command = (struct command){.kind = COMMAND_SUBMIT,
                                     .located = AREA_NONE,
                                     .whistle = whistle,
                                     .actor = {.principal = work->principal, .agent_name = "Zhou"}};
    return work;
}

static void take_number(struct reopened *r, const struct work *work)
{
    MUST(work->code == 0, "a new whistle is refused: %s", error_name(work->code));
    Whistle__V1__Reply *reply = whistle__v1__reply__unpack(NULL, work->reply.length, work->reply.bytes);
    MUST(reply && reply->result_case == WHISTLE__V1__REPLY__RESULT_RECEIPT,
         "a new whistle without a receipt");
    MUST(is_new_number(r, reply->receipt->number), "doubled: %s is given a second time",
         reply->receipt->number);
    snprintf(r->numbers[r->promised + r->given++], NUMBER, "%s", reply->receipt->number);
    whistle__v1__reply__free_unpacked(reply, NULL);
}

static void write_on(struct reopened *r)
{
    struct work_list works = TAILQ_HEAD_INITIALIZER(works), left = TAILQ_HEAD_INITIALIZER(left);
    struct batch_result result;
    struct store_status status;
    struct timespec machine;
    clock_gettime(CLOCK_REALTIME, &machine);
    store_status(r->store, &status);
    int64_t now_ms = (int64_t)machine.tv_sec * 1000,
            city_ms = status.last_ms > now_ms ? status.last_ms : now_ms;
    struct batcher batcher = {.store = r->store, .book = rulebook_ref(book), .started_city_ms = city_ms};
    struct work *work = work_create(WORK_RULES, 1 << 20);
    MUST(work, "no memory");
    work->book = rulebook_ref(book);
    TAILQ_INSERT_TAIL(&works, work, entry);
    for (int i = 0; i < MORE; i++) {
        work = whistle(now_ms);
        TAILQ_INSERT_TAIL(&works, work, entry);
    }
    batch_result_init(&result);
    int rc = batch_run(&batcher, &works, &left, city_ms, now_ms, &result);
    MUST(rc == 0 && TAILQ_EMPTY(&left), "it cannot be written on: %s", error_name(rc));
    TAILQ_FOREACH (work, &works, entry)
        if (work->kind == WORK_COMMAND)
            take_number(r, work);
    batch_result_fini(&result);
}

// ---- all of it told again -------------------------------------------------------------------------

static void share(const struct reopened *r, const char *again, const char *folder)
{
    char from[PATH_MAX], to[PATH_MAX + 16];
    MUST(realpath(r->directory, from) && strlen(from) + 9 < sizeof from, "no place for %s", again);
    strcat(strcat(from, "/"), folder);
    snprintf(to, sizeof to, "%s/%s", again, folder);
    MUST(symlink(from, to) == 0, "no place for %s", to);
}

static void tell_again(struct reopened *r, struct store_dump *out)
{
    char again[PATH_MAX];
    snprintf(again, sizeof again, "%s.again", r->directory);
    MUST(mkdir(again, 0700) == 0, "no place for %s", again);
    share(r, again, "journal");
    share(r, again, "archive");
    open_store(r, again, "told again");
    MUST(r->recovery.way == STORE_REBUILT, "told again: %s", store_way_name(r->recovery.way));
    MUST(store_dump(r->store, out), "the state that was told again cannot be read");
    store_close(r->store);
}

static void compare(struct reopened *r)
{
    struct journal_report report = {0};
    struct store_error error = {0};
    struct store_dump here, again;
    open_store(r, r->directory, "opened once more");
    MUST(r->recovery.way == STORE_CLEAN, "opened once more: %s", store_way_name(r->recovery.way));
    MUST(journal_verify(store_journal(r->store), &report, &error) == 0, "the chain: %s", error.text);
    MUST(!report.half_erased, "seq %llu is erased by halves", (unsigned long long)report.half_erased_seq);
    MUST(store_dump(r->store, &here), "the state cannot be read");
    store_close(r->store);
    tell_again(r, &again);
    const char *table = store_dump_difference(&here, &again);
    MUST(!table, "the table %s is not what the journal says", table);
}

static void reopen(const char *directory)
{
    char *erased = NULL;
    size_t erased_bytes = 0;
    struct reopened r = {.directory = directory,
                         .numbers = calloc(MOST + MORE, NUMBER),
                         .erased = open_memstream(&erased, &erased_bytes)};
    MUST(r.numbers && r.erased, "no memory");
    open_store(&r, directory, "opened");
    struct store_recovery how = r.recovery;
    check_promises(&r);
    write_on(&r);
    store_close(r.store);
    compare(&r);
    MUST(fflush(r.erased) == 0, "no memory");
    printf("{\"way\": \"%s\", \"replayed\": %llu, \"cut\": %llu, \"requests\": %zu, \"given\": %zu, "
           "\"erased\": [%s]}\n",
           store_way_name(how.way), (unsigned long long)how.replayed,
           (unsigned long long)how.journal.cut_bytes, r.requests, r.given, erased);
    fflush(stdout);
    _exit(0);
}

static void in_a_child(const char *directory, unsigned patience_s)
{
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(patience_s);
        reopen(directory);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        printf("{\"fault\": \"no process\"}\n");
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        printf("{\"fault\": \"it hangs: it came to no end in %u s\"}\n", patience_s);
    else if (WIFSIGNALED(status))
        printf("{\"fault\": \"it died of signal %d\"}\n", WTERMSIG(status));
    else if (WEXITSTATUS(status) && WEXITSTATUS(status) != TOLD)
        printf("{\"fault\": \"it ended with %d\"}\n", WEXITSTATUS(status));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    char line[PATH_MAX];
    struct rulebook_report report;
    unsigned patience_s = argc == 3 ? (unsigned)atoi(argv[2]) : PATIENCE_S;
    if (argc < 2 || argc > 3 || patience_s == 0 || sodium_init() < 0)
        return EXIT_FAILURE;
    rulebook_report_init(&report);
    if (rulebook_load(argv[1], &book, &report))
        return EXIT_FAILURE;
    rulebook_report_fini(&report);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        in_a_child(line, patience_s);
    }
    rulebook_unref(book);
    return EXIT_SUCCESS;
}
