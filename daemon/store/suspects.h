// DIR/poison: the requests that were in hand when the process died, one file each, named by the hash of the
// request (request_name.h).
//
// How much a death says against a request is its blame. With SUSPECT_QUARANTINE of it a request is
// quarantined, for good, until an operator releases it; with less it is forgotten once it has been worked
// without harm. Files are written and synced before the service listens. A file has lines "word value", an
// empty line, and the bytes of the request, which may be personal: mode 0600, and overwritten before it goes.
//
// Any thread. What blocks is said; the rest looks at memory under a lock that is never held over I/O.
#pragma once

#include "store/inhand.h"
#include "store/request_name.h"

#include <stddef.h>

enum {
    SUSPECTS_MAX = 64,      // the oldest goes first, those that are not quarantined before the others
    SUSPECT_QUARANTINE = 4, // blame
    SUSPECT_SHORT = 12,     // hex digits that name it to people
    SUSPECT_HEX = 2 * REQUEST_NAME,
};

struct suspect {
    uint8_t name[REQUEST_NAME];
    enum inhand_stage stage;
    char principal[INHAND_PRINCIPAL]; // "": it was not opened yet
    uint8_t id[INHAND_ID];            // the last request id; zero: not known
    unsigned blame;
    unsigned deaths;
    uint64_t run; // whose death was counted last
    int64_t first_ms;
    int64_t last_ms;
    size_t bytes;
};

struct suspects;

// Reads the directory, which is made when it is first needed. Blocks. A file that cannot be read is left
// where it is, and counted in `*unread`. ERROR_IO, ERROR_NO_MEMORY.
int suspects_open(const char *directory, struct suspects **out, unsigned *unread, struct store_error *error)
    __attribute__((warn_unused_result));
void suspects_close(struct suspects *suspects);

// Counts a death against a request, once a run: `more` has name, stage, principal, id, blame, run, and the
// time in last_ms. Blocks: writes and syncs the file. `*out` (may be NULL) is how it stands now.
// ERROR_STORAGE_FULL, ERROR_IO: it is counted in memory alone.
int suspects_blame(struct suspects *suspects, const struct suspect *more, struct blob bytes,
                   struct suspect *out, struct store_error *error) __attribute__((warn_unused_result));

static inline bool suspect_is_quarantined(const struct suspect *suspect)
{
    return suspect->blame >= SUSPECT_QUARANTINE;
}

// False while there is none at all: nothing needs to be looked up. Without a lock.
bool suspects_any(const struct suspects *suspects);

// Whether it is quarantined.
bool suspects_hold(struct suspects *suspects, const uint8_t name[REQUEST_NAME]);

// It was worked without harm: forgotten, unless it is quarantined. Its file stays until suspects_sweep.
void suspects_clear(struct suspects *suspects, const uint8_t name[REQUEST_NAME]);

// Whether files are to be swept; without a lock. Sweeping removes them, and blocks.
bool suspects_littered(const struct suspects *suspects);
void suspects_sweep(struct suspects *suspects);

// Lets go what `hex` is the beginning of, at least SUSPECT_SHORT digits: it is taken again. Blocks. `*out`
// (may be NULL) is what it was. ERROR_BAD_VALUE, ERROR_NOT_FOUND, ERROR_AMBIGUOUS, ERROR_IO.
int suspects_release(struct suspects *suspects, const char *hex, struct suspect *out)
    __attribute__((warn_unused_result));

// Erases what DIR/poison holds of this request of this principal (INHAND_ID bytes), quarantined or not.
// Blocks. It needs no struct suspects; one that is open refuses the request until it is closed. ERROR_IO.
int suspects_erase(const char *directory, const char *principal, const uint8_t *id)
    __attribute__((warn_unused_result));

// Copies them, newest first; how many.
size_t suspects_list(struct suspects *suspects, struct suspect out[SUSPECTS_MAX]);

// SUSPECT_HEX digits and a NUL.
void suspect_hex(const uint8_t name[REQUEST_NAME], char hex[SUSPECT_HEX + 1]);
