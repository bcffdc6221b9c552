// ULIDs: 128-bit request ids whose first 48 bits are Unix milliseconds, so that ids sort by their time.
//
// Text form: 26 characters of Crockford's base 32, upper case (github.com/ulid/spec).
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct ulid {
    uint8_t bytes[16]; // big-endian: 6 bytes of time, 10 of randomness
};

enum { ULID_TEXT = 26 };

// `random` is ten bytes from the caller's source.
struct ulid ulid_make(int64_t now_ms, const uint8_t random[10]);

// The id's own time in Unix milliseconds.
int64_t ulid_time_ms(const struct ulid *id);

// Writes 26 characters and a NUL.
void ulid_format(const struct ulid *id, char text[ULID_TEXT + 1]);

// Reads 26 characters (lower case, and I L O for 1 1 0, are accepted); false when they are not an id.
bool ulid_parse(const char *text, struct ulid *out);
