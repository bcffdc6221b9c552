// DIR/doubt: whether the next start may trust the state, by how the processes before it ended.
//
// LMDB has no checksums of its own: a flipped bit in one of its pages can end the process again at each
// start. So a crash leaves a letter behind, from the signal's handler, in a file whose room was written
// beforehand:
//
//     S   this thread was in LMDB, or read what LMDB had just given: the state is not to be trusted
//     C   it was elsewhere, or the signal came from outside (a watchdog): after DOUBT_CRASHES
//         of them, without an orderly end between, the state may be why
//     D   damage was met, or found by a check, and the process ended of its own will
//
// A state that is not trusted is built anew from the first event, without its checkpoint, which is a copy of
// it. kill -9 leaves no letter. The letters are in the kernel's cache and need no sync: what they are about
// is not trusted after a power cut anyway.
#pragma once

#include "store/store_error.h"

#include <stdbool.h>

enum { DOUBT_CRASHES = 3, DOUBT_LETTERS = 64 };

// Why the state was built anew. X(enumerator, text)
#define DOUBTS(X)                                                                                            \
    X(NONE, "none")                                                                                          \
    X(DIED, "died_in_state")                                                                                 \
    X(CRASHED, "crashes")                                                                                    \
    X(DAMAGE, "damage")                                                                                      \
    X(ASKED, "asked")

enum doubt_why {
#define X(id, text) DOUBT_##id,
    DOUBTS(X)
#undef X
};

const char *doubt_name(enum doubt_why why);

struct doubt {
    int fd; // −1: there is no file, and nothing can be noted
    int count;
};

// Opens DIR/doubt, or makes it, says what it holds, and watches for crashes. Without room there is no file,
// and nothing is noted. Blocks; `doubt` must stay where it is until doubt_end.
enum doubt_why doubt_begin(struct doubt *doubt, const char *directory);

// The state was dropped: what was noted is about another one.
void doubt_settle(struct doubt *doubt);

// Damage was found. Synced; blocks. ERROR_IO, ERROR_STORAGE_FULL.
int doubt_note_damage(struct doubt *doubt) __attribute__((warn_unused_result));

// Watches no more; `orderly`: crashes before it count no more, damage does.
void doubt_end(struct doubt *doubt, bool orderly);
