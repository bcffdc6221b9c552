// The file of keys with which this machine speaks, in the daemon's own form (keys/keyring.h): as text, since
// what a person wrote between the lines is kept.
//
// Which one: --key-file, else `keys` in the user's own directory.
#pragma once

#include "keys/keyring.h"
#include "tool.h"

// The file that messages are sealed with, or NULL: plain, where none is set and the user's own has no key of
// the principal. False after a message: the file cannot be used, or no key of the principal is good.
bool key_file_for_calls(struct tool *tool, const char **path);

struct key_file {
    const char *path;
    struct keyring *keys; // owned
    char *text;           // in the tool's arena; "" when the file is not there
    size_t length;
};

// Reads it. False after a message; to be closed in any case, which wipes the text.
bool key_file_open(struct key_file *f, struct tool *tool);
void key_file_close(struct key_file *f);

// Where the first line of a principal (with this id; NULL: with any) begins, and where it ends. `length` of
// the text for both: there is none.
struct key_line {
    size_t begin, end;
};
struct key_line key_file_find(const struct key_file *f, const char *principal, const char *id);

// Takes all lines of a principal out of the text, not yet out of the file. Where the first one stood.
struct key_line key_file_cut(struct key_file *f, const char *principal);

// Puts `line` in the place of what stands there, safely on disk when it returns true; false after a message.
bool key_file_replace(const struct key_file *f, struct key_line place, const char *line);
