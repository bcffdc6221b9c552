// Text as wide as it stands on a terminal: Chinese characters take two columns, combining marks none.
//
// Widths are those of the C library where it knows the character, so that they are the terminal's too; in a
// locale without UTF-8 they are those of base/text.
#pragma once

#include <stddef.h>

#include "base/arena.h"

// `text` with each control character, and what is no UTF-8, as one blank. In the arena, or `text` itself.
const char *columns_clean(struct arena *arena, const char *text);

// The columns of clean text.
int columns_of(const char *text);

// The bytes of the longest beginning of clean text that fits into `most` columns.
size_t columns_prefix(const char *text, int most);

// Clean text in at most `most` columns; where it was longer it ends in "…".
const char *columns_cut(struct arena *arena, const char *text, int most);

// The same, with blanks up to `width` columns.
const char *columns_fill(struct arena *arena, const char *text, int width);

// Where a line of at most `most` columns ends: behind the last blank that fits if there is one in its second
// half, else in the middle of what stands there. Bytes; never 0 for a text that is not empty.
size_t columns_break(const char *text, int most);
