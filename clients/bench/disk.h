// The floor under every answer: one fdatasync of the same bytes, in the same run on the same disk.
#pragma once

#include "sample.h"

// Writes `bytes` again and again for `seconds` into a file of `directory` that was filled with zeros before,
// as the journal is, and syncs each one. Returns syncs a second, or a negative number with errno; fills
// `out`.
double disk_syncs(const char *directory, const void *bytes, size_t length, double seconds,
                  struct sample *out);
