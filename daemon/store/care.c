#include "store/care.h"

#include "base/error.h"
#include "store/summed_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VERSION = 1, WORD = 32 };

static const char name[] = "care";
static const char *const kinds[CARE_KINDS] = {[CARE_BACKUP] = "backup", [CARE_CHECK] = "check"};

struct care {
    pthread_mutex_t lock;
    struct store_io io;
    int directory;
    struct care_book book;
};

// ---- as text ------------------------------------------------------------------------------------

static void put_run(struct buffer *out, enum care_kind kind, const char *which, const struct care_run *run)
{
    if (run->begun_ms)
        buffer_printf(out, "%s %s %" PRId64 " %" PRId64 " %s %" PRIu64 " %" PRIu64 " %s\n", kinds[kind],
                      which, run->begun_ms, run->took_ms, error_name(run->code), run->seq, run->bytes,
                      run->where);
}

static void render(const struct care_book *book, struct buffer *out)
{
    buffer_printf(out, "whistled-care %d\n", VERSION);
    for (enum care_kind kind = 0; kind < CARE_KINDS; kind++) {
        put_run(out, kind, "last", &book->last[kind]);
        put_run(out, kind, "good", &book->good[kind]);
    }
}

// A code that this program does not know is some failure of another one's.
static int code_of(const char *text)
{
    int code = error_from_name(text);
    return code || strcmp(text, error_name(0)) == 0 ? code : ERROR_INTERNAL;
}

static struct care_run *run_named(struct care_book *book, const char *kind, const char *which)
{
    for (size_t i = 0; i < CARE_KINDS; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return strcmp(which, "good") == 0 ? &book->good[i] : &book->last[i];
    return NULL;
}

static bool read_run(struct care_book *book, const char *line)
{
    char kind[WORD], which[WORD], code[WORD];
    struct care_run run;
    int where = 0;
    int read = sscanf(line, "%31s %31s %" SCNd64 " %" SCNd64 " %31s %" SCNu64 " %" SCNu64 " %n", kind, which,
                      &run.begun_ms, &run.took_ms, code, &run.seq, &run.bytes, &where);
    struct care_run *to = read == 7 && where ? run_named(book, kind, which) : NULL;
    if (!to || strlen(line + where) >= sizeof run.where)
        return false;
    run.code = code_of(code);
    strcpy(run.where, line + where);
    *to = run;
    return true;
}

static int parse(struct care_book *book, struct buffer *text, struct store_error *error)
{
    int version;
    char *rest = (char *)text->bytes, *line = strsep(&rest, "\n");
    if (sscanf(line, "whistled-care %d", &version) != 1)
        return summed_file_corrupt(name, error);
    if (version != VERSION)
        return store_error_set(error, ERROR_STORE_VERSION, "%s: it is of version %d, this program knows %d",
                               name, version, VERSION);
    while ((line = strsep(&rest, "\n")) && *line)
        if (!read_run(book, line))
            return summed_file_corrupt(name, error);
    return 0;
}

// ---- as a file ----------------------------------------------------------------------------------

static void load(struct care *care, struct store_error *error)
{
    struct buffer text;
    struct store_error wrong = {0};
    buffer_init(&text);
    int rc = summed_file_read(care->directory, name, &text, &wrong);
    if (!rc)
        rc = parse(&care->book, &text, &wrong);
    if (rc)
        care->book = (struct care_book){0};
    if (rc && rc != ERROR_NOT_FOUND)
        *error = wrong;
    buffer_fini(&text);
}

int care_open(const char *directory, const struct store_io *io, struct care **out, struct store_error *error)
{
    *out = NULL;
    struct care *care = calloc(1, sizeof *care);
    if (!care)
        return store_error_set(error, ERROR_NO_MEMORY, "no memory for %s", name);
    care->io = io ? *io : store_io_system;
    care->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (care->directory < 0) {
        free(care);
        return store_error_errno(error, "open", directory);
    }
    pthread_mutex_init(&care->lock, NULL);
    load(care, error);
    *out = care;
    return 0;
}

void care_close(struct care *care)
{
    if (!care)
        return;
    close(care->directory);
    pthread_mutex_destroy(&care->lock);
    free(care);
}

static int keep(struct care *care, struct store_error *error)
{
    struct buffer text;
    buffer_init(&text);
    render(&care->book, &text);
    int rc = summed_file_write(&care->io, care->directory, name, &text, error);
    buffer_fini(&text);
    return rc;
}

int care_note(struct care *care, enum care_kind kind, const struct care_run *run, struct store_error *error)
{
    pthread_mutex_lock(&care->lock);
    care->book.last[kind] = *run;
    if (!run->code)
        care->book.good[kind] = *run;
    int rc = keep(care, error);
    pthread_mutex_unlock(&care->lock);
    return rc;
}

void care_read(struct care *care, struct care_book *out)
{
    pthread_mutex_lock(&care->lock);
    *out = care->book;
    pthread_mutex_unlock(&care->lock);
}
