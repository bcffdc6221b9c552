// A small text file whose last line is the BLAKE2b-256 of all before it, so that one that is not as it was
// written is known as such before anything in it is believed:
//
//     …
//     sum 64 hex digits
#pragma once

#include "base/buffer.h"
#include "store/store_io.h"

// Puts the sum behind `text`, writes that into the open directory as "NAME.new", syncs it, and gives it its
// name: at each moment there is the old file, or none, or the new one. ERROR_STORAGE_FULL, ERROR_IO,
// ERROR_NO_MEMORY; what is left half written is removed then.
int summed_file_write(const struct store_io *io, int directory, const char *name, struct buffer *text,
                      struct store_error *error) __attribute__((warn_unused_result));

// Reads it into the empty `text`, without the sum but with a NUL behind it. ERROR_NOT_FOUND: there is none.
// ERROR_CORRUPT: it is not as it was written. ERROR_IO, ERROR_NO_MEMORY.
int summed_file_read(int directory, const char *name, struct buffer *text, struct store_error *error)
    __attribute__((warn_unused_result));

// Says in `error` that the file of this name is not as it was written; ERROR_CORRUPT.
int summed_file_corrupt(const char *name, struct store_error *error);
