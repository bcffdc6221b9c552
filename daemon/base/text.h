// Text from outside: is it clean UTF-8, how long is it for a reader, where may it be cut.
//
// "Clean" is what the daemon stores and shows: well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates,
// at most U+10FFFF), no NUL, no control characters (C0, DEL, C1) except, where allowed, tab and line feed,
// and no bidirectional overrides (U+202A–202E, U+2066–2069), which make one text look like another. Where
// lines are not allowed there are none of Unicode's own either (U+2028, U+2029).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// True when `length` bytes are well-formed UTF-8 without NUL.
bool text_is_utf8(const void *bytes, size_t length);

// True when the text is clean; `lines` allows tab and line feed.
bool text_is_clean(const char *text, size_t length, bool lines);

// Makes `length` bytes clean where they stand: each byte of what is not becomes "?". So a line that somebody
// else's text stands in stays one line, and a terminal does nothing but show it. Without `lines` what cannot
// be seen goes as well: text_is_unseen.
void text_tame(char *text, size_t length, bool lines);

// Takes no room, and may change the direction of what stands around it: U+200B–200F.
bool text_is_unseen(uint32_t code);

// Characters (code points) in well-formed UTF-8.
size_t text_characters(const char *text);

// Columns on a terminal: wide East Asian characters count two, combining marks none.
size_t text_columns(const char *text);

// The number of leading bytes that hold at most `characters` code points.
size_t text_prefix(const char *text, size_t characters);

// Decodes one code point at `*at` and moves it on; ill-formed bytes give U+FFFD and move one byte.
uint32_t text_next(const char **at);

// `prefix` of `text`; both may be "".
bool text_starts(const char *text, const char *prefix);

// Equality where NULL counts as "".
bool text_same(const char *a, const char *b);

// Neither NULL nor empty.
static inline bool text_given(const char *text)
{
    return text && *text;
}

// "" for NULL.
const char *text_or_empty(const char *text);
