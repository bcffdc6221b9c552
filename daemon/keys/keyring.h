// The keys of principals: a file of one line a key, read whole into guarded memory.
//
//     # principal   key id     key, 64 hexadecimal digits     and, where it is to end, its last day
//     shuyuan       desk-1     5f2c…                          until=2026-12-31
//     shuyuan       desk-2     90ab…
//
// An organisation may have several keys, one for each of its machines; a key that is taken out of the file is
// revoked by the next reload. While keys are changed the old and the new one stand side by side, the old one
// with its last day, of this machine's zone. A client's own key file has the same form; it uses the first of
// its keys that is taken.
//
// The file must belong to who reads it (or to root) and be closed to everybody else (0600).
#pragma once

#include "keys/suite.h"

#include <stdint.h>

enum { KEY_ID_SIZE = 33, KEY_PRINCIPAL_SIZE = 64, KEYRING_MAX_BYTES = 1 << 20 };

struct seal_key {
    char principal[KEY_PRINCIPAL_SIZE];
    char id[KEY_ID_SIZE]; // letters, digits and - _ .
    uint8_t bytes[SUITE_KEY];
    int64_t until_ms; // Unix time from which it is none any more; INT64_MAX: it has no end
};

struct keyring;

enum { KEYRING_FAULT = 512 };

// What is wrong, as "FILE:LINE: sentence", or "FILE: sentence".
struct keyring_fault {
    char text[KEYRING_FAULT];
};

// Reads a file; one that is not there is an empty ring, unless it `must` be. 0, or ERROR_BAD_VALUE (a line,
// or the file's owner or mode; `fault` says what), ERROR_IO (it cannot be read), ERROR_NO_MEMORY; *out is
// NULL then.
int keyring_load(const char *path, bool must, struct keyring **out, struct keyring_fault *fault)
    __attribute__((warn_unused_result));

// The same, whoever owns the file: to look at what stands in it, as an operator does, not to believe by it.
int keyring_look(const char *path, struct keyring **out, struct keyring_fault *fault)
    __attribute__((warn_unused_result));

// The same from bytes, which are wiped by nobody; no bytes make an empty ring. `name` is what faults call it.
int keyring_parse(const char *name, const char *bytes, size_t length, struct keyring **out,
                  struct keyring_fault *fault) __attribute__((warn_unused_result));

// Wipes and frees; NULL is fine.
void keyring_destroy(struct keyring *ring);

size_t keyring_count(const struct keyring *ring); // of keys

// In the order of the file.
const struct seal_key *keyring_at(const struct keyring *ring, size_t index);

// The key of that name that is good at `now_ms`, or NULL. It stays the ring's.
const struct seal_key *keyring_find(const struct keyring *ring, const char *principal, const char *id,
                                    int64_t now_ms);

// For who speaks: the index of the principal's first key from `index` on that is good at `now_ms`, in the
// order of the file; the count when there is none.
size_t keyring_good_from(const struct keyring *ring, const char *principal, size_t index, int64_t now_ms);

// A key that opens nothing, made by chance with the ring: what names no key is opened with it all the same,
// so that the time which that takes tells nothing.
const struct seal_key *keyring_nobody(const struct keyring *ring);

// May this be the id of a key?
bool key_id_is_good(const char *id);
