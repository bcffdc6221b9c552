// One file of a rulebook: its bytes as they were given, and its text as UTF-8, with positions in it.
//
// The bytes are checked before any parser sees them (libfyaml 0.7.12 can spin for ever on ill-formed UTF-8):
// with or without a byte order mark they are UTF-8, else they are read as GB18030, which is what spreadsheets
// write.
#pragma once

#include "base/arena.h"
#include "base/blob.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source {
    const char *name;      // of the file, without its directory
    struct blob raw;       // as given; what the digest is over
    const char *text;      // UTF-8 without byte order mark, ended by NUL
    size_t length;         // bytes of `text`
    bool from_gb18030;     // the text was converted
    bool used;             // some loader asked for it
    const uint32_t *lines; // offsets of the first byte of each line
    uint32_t line_count;
};

// A place in a source. `source` NULL: nowhere in particular.
struct mark {
    const struct source *source;
    uint32_t offset; // into the text
};

// A value as it was written, and where. `text` NULL: it was not given.
struct cell {
    const char *text;
    struct mark at;
};

// Several of them: what a key or a column with a list holds.
struct cells {
    struct cell *items;
    uint32_t count;
    struct mark at; // the key
};

// Makes the text of `raw`, which must outlive the arena's things. 0, ERROR_BAD_TEXT where it is neither UTF-8
// nor GB18030 (`*bad` is then the offset of the first byte that is no UTF-8), ERROR_TOO_LARGE,
// ERROR_NO_MEMORY.
int source_init(struct source *source, struct arena *arena, const char *name, struct blob raw, size_t *bad)
    __attribute__((warn_unused_result));

// Does the file hold personal data? Then its name ends in ".private.csv": it is read, but neither part of the
// digest nor kept in the journal, and no line of it is shown in a report. Only what nothing else rests on may
// stand there, since a rulebook that was kept is loaded without it.
bool source_is_private(const char *name);

// Line and column from 1; the column counts characters. 0 for a mark without a source.
uint32_t mark_line(struct mark mark);
uint32_t mark_column(struct mark mark);

// The line that the mark is in, without its end; empty for none.
struct blob mark_text(struct mark mark);

// The mark of a line and column that a parser named; cut down to what the text has.
struct mark source_mark(const struct source *source, int line, int column);
