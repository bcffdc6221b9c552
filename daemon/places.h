// Whose the files are that the daemon trusts, and who else may change or read them.
//
// What is dangerous keeps it from starting; what is merely loose is a warning, since a city may mean it.
#pragma once

#include <sys/types.h>

enum { PLACES_TEXT = 640 };

enum { PLACES_OWNER = 1 << 16 }; // beside the bits of a mode: a stranger's file is refused as well

// Looks at a file or a directory, through links. `refused` are bits of its mode that must not be set, as
// S_IRWXG | S_IRWXO for a keyring, and PLACES_OWNER: it must belong to this process's user or to root.
// 0; ERROR_UNSAFE, ERROR_NOT_FOUND, ERROR_IO. `text` then has what is wrong with which path, and what to do.
int places_file(const char *path, unsigned refused, char text[PLACES_TEXT])
    __attribute__((warn_unused_result));

// Looks at the store and the rulebook before they are read, and says what is wrong: 0 after warnings alone,
// or the code of what keeps the daemon from starting. A store that is not there yet is fine.
//
// Refused: a store that is not this user's or root's, or anything of either that everybody may write.
// Loose: what a group may write, a rulebook that is somebody else's, and personal data (*.private.csv) that
// everybody may read. That the daemon runs as root is said, too.
int places_check(const char *store, const char *rules) __attribute__((warn_unused_result));

// Makes the store's directory where there is none, and syncs its name in any case: what makes it may have
// died before. Whose parent may not be read made it otherwise. ERROR_IO.
int places_store(const char *path) __attribute__((warn_unused_result));

// Warns where others may put a socket of theirs in the place of this one. `path` is of an ipc socket's file.
void places_socket(const char *path);

// The group of that name or number. ERROR_NOT_FOUND, said so.
int places_group(const char *name, gid_t *out) __attribute__((warn_unused_result));
