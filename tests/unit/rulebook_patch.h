// A rulebook read from a directory of the repository, changed in memory, and loaded: each test says in one
// line what it breaks, and sees the place that is named.
#pragma once

#include "base/error.h"
#include "rulebook/check.h"
#include "rulebook/rulebook.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATCH_FILES = 32 };

struct patch {
    struct rulebook_file files[PATCH_FILES];
    size_t count;
    struct arena arena;
    struct rulebook_report report; // of the last load
    struct rulebook *book;         // NULL where it failed
};

// The repository's own directory, from the place of this header.
static inline const char *patch_path(struct patch *patch, const char *below)
{
    const char *here = __FILE__;
    size_t length = strlen(here) - strlen("/tests/unit/rulebook_patch.h");
    return arena_printf(&patch->arena, "%.*s/%s", (int)length, here, below);
}

static inline void patch_bytes(struct patch *patch, const char *file, const void *bytes, size_t length)
{
    size_t at = 0;
    while (at < patch->count && strcmp(patch->files[at].name, file) != 0)
        at++;
    patch->count += at == patch->count;
    assert_true(patch->count <= PATCH_FILES);
    uint8_t *kept = arena_memdup(&patch->arena, bytes, length + 1);
    patch->files[at] = (struct rulebook_file){arena_strdup(&patch->arena, file), {kept, length}};
}

static inline void patch_read(struct patch *patch, const char *directory, const char *name)
{
    FILE *file = fopen(arena_printf(&patch->arena, "%s/%s", directory, name), "rb");
    assert_non_null(file);
    static char room[1 << 20];
    size_t length = fread(room, 1, sizeof room - 1, file);
    fclose(file);
    room[length] = '\0';
    patch_bytes(patch, name, room, length);
}

// `below` is a directory of the repository: "tests/rulebooks/good".
static inline void patch_init(struct patch *patch, const char *below)
{
    *patch = (struct patch){0};
    arena_init(&patch->arena, 0);
    rulebook_report_init(&patch->report);
    const char *path = patch_path(patch, below);
    DIR *directory = opendir(path);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));)
        if (strstr(entry->d_name, ".yaml") || strstr(entry->d_name, ".csv") ||
            strstr(entry->d_name, ".geojson"))
            patch_read(patch, path, entry->d_name);
    closedir(directory);
}

static inline void patch_fini(struct patch *patch)
{
    rulebook_unref(patch->book);
    rulebook_report_fini(&patch->report);
    arena_fini(&patch->arena);
}

// Replaces the first `old`, which must be there; NULL: the file becomes `text`.
static inline void patch_text(struct patch *patch, const char *file, const char *old, const char *text)
{
    if (!old) {
        patch_bytes(patch, file, text, strlen(text));
        return;
    }
    for (size_t i = 0; i < patch->count; i++) {
        if (strcmp(patch->files[i].name, file) != 0)
            continue;
        const char *whole = (const char *)patch->files[i].bytes.bytes;
        const char *found = strstr(whole, old);
        assert_non_null(found);
        const char *made =
            arena_printf(&patch->arena, "%.*s%s%s", (int)(found - whole), whole, text, found + strlen(old));
        patch_bytes(patch, file, made, strlen(made));
        return;
    }
    fail_msg("no file %s", file);
}

static inline void patch_remove(struct patch *patch, const char *file)
{
    for (size_t i = 0; i < patch->count; i++)
        if (strcmp(patch->files[i].name, file) == 0)
            patch->files[i] = patch->files[--patch->count];
}

// Loads, and then checks for `year` unless it is 0. The error of the last step.
static inline int patch_load(struct patch *patch, int year)
{
    int error = rulebook_load_files(patch->files, patch->count, &patch->book, &patch->report);
    return error || !year ? error : rulebook_check(patch->book, year, &patch->report);
}

static inline void patch_print(const struct patch *patch)
{
    struct buffer text;
    buffer_init(&text);
    rulebook_report_text(&patch->report, &text);
    print_message("%s", buffer_string(&text));
    buffer_fini(&text);
}

// "file:line:column code" stands in the report; if not, the report is printed.
static inline bool patch_found(const struct patch *patch, const char *expected)
{
    for (size_t i = 0; i < patch->report.count; i++) {
        const struct finding *finding = &patch->report.items[i];
        char line[256];
        snprintf(line, sizeof line, "%s:%u:%u %s", finding->file, finding->line, finding->column,
                 finding_name(finding->code));
        if (strcmp(line, expected) == 0)
            return true;
    }
    print_message("expected %s, found\n", expected);
    patch_print(patch);
    return false;
}
