// Loads a time zone from the system's files (TZif, RFC 8536) into the core's table of offsets.
#pragma once

#include "base/arena.h"
#include "core/localtime.h"

#define ZONE_DIRECTORY "/usr/share/zoneinfo"

enum { ZONE_LAST_YEAR = 2099 }; // the rule in the file's footer is laid out to the end of this year

// Reads DIRECTORY/NAME (`directory` NULL: ZONE_DIRECTORY) into `arena`. Versions 2 and later, since version 1
// ends in 2038. `*why` (may be NULL) is a sentence about the failure, in the arena or constant.
// ERROR_BAD_VALUE a name that is empty, absolute, or leads out of the directory · ERROR_NOT_FOUND · ERROR_IO
// · ERROR_CORRUPT not such a file · ERROR_TOO_LARGE · ERROR_NO_MEMORY.
int zone_load(struct arena *arena, const char *directory, const char *name, struct zone *out,
              const char **why) __attribute__((warn_unused_result));

// Fills `*out` from the bytes of a file; as zone_load. For files from elsewhere, and for fuzzing.
int zone_decode(struct arena *arena, const char *name, const void *bytes, size_t length, struct zone *out,
                const char **why) __attribute__((warn_unused_result));
