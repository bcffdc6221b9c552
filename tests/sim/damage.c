#include "sim.h"

#include "base/error.h"
#include "store/segment.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// Some record that has all its bytes: what was erased may be anything in between.
static struct journal_place some_record(struct sim *sim, struct journal *journal, uint32_t *length)
{
    struct journal_position first;
    struct journal_cursor cursor;
    struct journal_record record;
    struct journal_place found = {0};
    uint32_t seen = 0;
    MUST(journal_first(journal, &first, NULL) == 0, "the journal has no beginning");
    journal_cursor_init(&cursor, journal, &first);
    while (journal_cursor_next(&cursor, &record, NULL) == 0)
        if (record.body.private_is == RECORD_PRIVATE_LIVE && sim_below(sim, ++seen) == 0) {
            found = record.place;
            *length = record.body.length;
        }
    journal_cursor_fini(&cursor);
    MUST(seen > 0, "the journal is empty");
    return found;
}

static void flip(struct sim *sim, const char *directory, const char *name, uint64_t at)
{
    char path[2 * SIM_PATH];
    uint8_t byte = 0;
    snprintf(path, sizeof path, "%s/journal/%s", directory, name);
    if (access(path, F_OK) != 0)
        snprintf(path, sizeof path, "%s/archive/%s", directory, name);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    MUST(fd >= 0 && pread(fd, &byte, 1, (off_t)at) == 1, "%s cannot be read", path);
    byte ^= (uint8_t)(1 << sim_below(sim, 8));
    MUST(pwrite(fd, &byte, 1, (off_t)at) == 1, "%s cannot be written", path);
    close(fd);
}

void damage(struct sim *sim, const char *directory)
{
    struct journal_options options = {.directory = directory, .segment_bytes = 1 << 16};
    struct journal_position head;
    struct journal_report report;
    struct store_error error = {0};
    struct journal *journal;
    char name[SEGMENT_NAME];
    uint32_t length = 0;
    MUST(journal_open(&options, &journal, NULL, &error) == 0, "the copy: %s", error.text);
    journal_head(journal, &head);
    struct journal_place place = some_record(sim, journal, &length);
    journal_close(journal);
    segment_name(place.segment, name);
    uint64_t at = place.offset + sim_below(sim, length);
    flip(sim, directory, name, at);
    options.known_seq = head.next_seq;
    int rc = journal_open(&options, &journal, NULL, &error);
    if (rc == 0) {
        rc = journal_verify(journal, &report, &error);
        journal_close(journal);
    }
    MUST(rc == ERROR_CORRUPT, "byte %llu of %s was changed: %s", (unsigned long long)at, name,
         error_name(rc));
    MUST(strstr(error.text, name) != NULL, "byte %llu of %s was changed, and is said to be: %s",
         (unsigned long long)at, name, error.text);
}
