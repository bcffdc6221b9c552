// What went wrong in the store, in words for the log: the code, and the file, byte range or call it is about.
#pragma once

struct store_error {
    int code;       // 0 or an enum error
    char text[256]; // "journal/00000000000000000001.seg: bytes 128 to 359 are damaged (seq 1 to 2)"; "" for 0
};

// Fills `error` (which may be NULL) and returns `code`.
int store_error_set(struct store_error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The same for a system call that failed with errno: ERROR_STORAGE_FULL where room is what is lacking,
// ERROR_NO_MEMORY, ERROR_BUSY without a descriptor, else ERROR_IO. The text becomes "CALL NAME: strerror".
int store_error_errno(struct store_error *error, const char *call, const char *name);
