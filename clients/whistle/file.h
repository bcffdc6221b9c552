// Small file work that several commands need. Messages about failures go to standard error.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"

struct fy_document;

// The whole file ("-": standard input), with a NUL behind it; NULL after a message.
char *file_read(struct arena *arena, const char *path, size_t *length);

// Parses a YAML file after checking that it is UTF-8 (libfyaml 0.7.12 can spin on what is not); what it says
// about errors names line and column. NULL after a message; else to be freed with fy_document_destroy.
struct fy_document *file_yaml(struct arena *arena, const char *path);

// The directory and those above it, private to the user. False with errno.
bool file_make_directory(const char *path);

// Writes a file so that it is there whole or not at all, and still there after a power cut: a temporary name,
// fsync, rename, fsync of the directory. False with errno.
bool file_write_durably(const char *directory, const char *name, const void *bytes, size_t length);

// Opens a file for writing from its beginning, that nobody but its owner can read: made with mode 0600, or
// one of the user's own, which gets that mode. A symbolic link is not followed. NULL with errno.
FILE *file_open_private(const char *path);

// SHA-256 of a file, and its size; false after a message.
bool file_sha256(const char *path, unsigned char digest[32], size_t *size);
