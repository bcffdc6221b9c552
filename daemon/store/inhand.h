// DIR/inhand: what each thread has in hand, in memory that outlives the process.
//
// The file is mapped shared and never synced: its pages stay in the kernel's cache when the process dies, by
// whatever signal, and the next start reads what was in hand. They are lost with the machine, and are not
// looked at in another boot: a power cut is no crash of the process, and what was not synced may be torn.
// The file is made of written zeros, so that neither a full disk nor a hole in it stops a thread.
//
// A thread has one slot and one request in it at a time. Bytes are written first, then the mark; what a
// thread is done with is wiped, since it may be personal. An orderly end removes the file.
#pragma once

#include "base/blob.h"
#include "store/boot.h"
#include "store/store_error.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    INHAND_SLOTS = 32,        // threads: the loop's, the engine's, the pool's; one beyond them notes nothing
    INHAND_BYTES = 64 * 1024, // of a request: the rest of a longer one is not kept
    INHAND_PRINCIPAL = 64,
    INHAND_ID = 16,
};

// What is done with it. X(enumerator, value, text)
#define INHAND_STAGES(X)                                                                                     \
    X(OPENING, 1, "opening")     /* bytes of a stranger: an Envelope */                                      \
    X(READING, 2, "reading")     /* from here on a Request of a principal */                                 \
    X(DECIDING, 3, "deciding")   /* on the engine's thread */                                                \
    X(LOOKING, 4, "looking")     /* in the pool */                                                           \
    X(ANSWERING, 5, "answering") /* on the loop */

enum inhand_stage {
    INHAND_NOTHING,
#define X(id, value, text) INHAND_##id = value,
    INHAND_STAGES(X)
#undef X
};

struct inhand;

// A request in hand; borrowed.
struct inhand_note {
    enum inhand_stage stage;
    const char *principal; // "": nobody's yet
    const uint8_t *id;     // INHAND_ID bytes of the request id; NULL: not known
    struct blob bytes;     // serialised Envelope or Request
};

// What a process that died had in hand.
struct inhand_left {
    struct inhand_note note; // in the mapped file, until inhand_begin
    bool crashed;            // this thread crashed with it
    int64_t held_ms;         // for how long it had been in hand when the process died, as far as is known
};

// Maps DIR/inhand, made where there is none. ERROR_STORAGE_FULL, ERROR_IO, ERROR_NO_MEMORY.
int inhand_open(const char *directory, const uint8_t boot[BOOT_ID], struct inhand **out,
                struct store_error *error) __attribute__((warn_unused_result));

// What is left in slot `i`, below INHAND_SLOTS. False: nothing was in hand there.
bool inhand_left(const struct inhand *inhand, unsigned i, struct inhand_left *out);

// A number for the process that left it, so that one death is counted once; 0: nobody died.
uint64_t inhand_run(const struct inhand *inhand);

// Forgets what is left; from now on threads may take things in hand, and crashes are noted.
void inhand_begin(struct inhand *inhand, uint64_t run);

// This thread takes the request in hand, in place of what it had.
void inhand_take(struct inhand *inhand, const struct inhand_note *note);

// What this thread has in hand. False: nothing.
bool inhand_has(const struct inhand *inhand, struct inhand_note *out);

// It has nothing in hand any more.
void inhand_drop(struct inhand *inhand);

// The process lives: to be said every second, by more than one thread, so that it is known how long
// something had been in hand when it was killed.
void inhand_alive(struct inhand *inhand);

// An orderly end: wipes the file, whose room the next start may need. No thread has anything in hand. NULL is
// fine.
void inhand_close(struct inhand *inhand);

const char *inhand_stage_name(enum inhand_stage stage);

// What the signal handler does, for tests: this thread crashed (`own`), or was ended from outside.
void inhand_note_crash(void *inhand, bool own);
