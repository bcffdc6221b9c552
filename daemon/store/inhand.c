#include "store/inhand.h"

#include "base/error.h"
#include "store/crash.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ID_KNOWN = 1, PATH_BYTES = 4096 };

struct slot {
    _Atomic uint32_t stage; // INHAND_NOTHING: what follows means nothing
    _Atomic uint32_t crashed;
    _Atomic int64_t taken_ms; // by a clock of this boot
    uint32_t length;
    uint32_t flags;
    uint8_t id[INHAND_ID];
    char principal[INHAND_PRINCIPAL];
    uint8_t bytes[INHAND_BYTES];
};

// As this program lays it out: another one's file has another magic or another length, and is begun anew.
struct file {
    char magic[16];
    uint8_t boot[BOOT_ID];
    uint64_t run;             // 0: nobody has begun
    _Atomic int64_t alive_ms; // the last that was heard
    _Atomic int64_t died_ms;  // 0: it did not say
    struct slot slots[INHAND_SLOTS];
};

struct inhand {
    char path[PATH_BYTES];
    uint8_t boot[BOOT_ID];
    struct file *file;
};

static const char magic[16] = "WHISTLED HAND 1";

// ---- whose slot -----------------------------------------------------------------------------------

static atomic_uint threads;
static _Thread_local unsigned mine; // from 1; 0: none yet

static struct slot *my_slot(const struct inhand *inhand)
{
    return mine && mine <= INHAND_SLOTS ? &inhand->file->slots[mine - 1] : NULL;
}

static struct slot *take_slot(struct inhand *inhand)
{
    if (!mine) {
        mine = atomic_fetch_add(&threads, 1) + 1;
        crash_stack();
    }
    return my_slot(inhand);
}

// Of this boot, coarse: it costs a few nanoseconds.
static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// ---- in hand --------------------------------------------------------------------------------------

static bool is_taken(const struct slot *slot)
{
    return slot && atomic_load_explicit(&slot->stage, memory_order_relaxed) != INHAND_NOTHING;
}

static void fill(struct slot *slot, const struct inhand_note *note)
{
    slot->length = (uint32_t)(note->bytes.length < INHAND_BYTES ? note->bytes.length : INHAND_BYTES);
    slot->flags = note->id ? ID_KNOWN : 0;
    if (note->id)
        memcpy(slot->id, note->id, INHAND_ID);
    size_t length = strnlen(note->principal, INHAND_PRINCIPAL - 1);
    memcpy(slot->principal, note->principal, length);
    slot->principal[length] = '\0';
    if (slot->length)
        memcpy(slot->bytes, note->bytes.bytes, slot->length);
    atomic_store_explicit(&slot->taken_ms, clock_ms(), memory_order_relaxed);
}

void inhand_take(struct inhand *inhand, const struct inhand_note *note)
{
    struct slot *slot = take_slot(inhand);
    if (!slot)
        return;
    inhand_drop(inhand);
    fill(slot, note);
    atomic_store_explicit(&slot->stage, (uint32_t)note->stage, memory_order_release);
}

void inhand_drop(struct inhand *inhand)
{
    struct slot *slot = my_slot(inhand);
    if (!is_taken(slot))
        return;
    atomic_store_explicit(&slot->stage, INHAND_NOTHING, memory_order_relaxed);
    atomic_thread_fence(memory_order_release); // the mark goes before what it vouched for
    memset(slot->bytes, 0, slot->length);
}

static struct inhand_note note_of(const struct slot *slot)
{
    return (struct inhand_note){
        .stage = (enum inhand_stage)atomic_load_explicit(&slot->stage, memory_order_relaxed),
        .principal = slot->principal,
        .id = slot->flags & ID_KNOWN ? slot->id : NULL,
        .bytes = {slot->bytes, slot->length},
    };
}

bool inhand_has(const struct inhand *inhand, struct inhand_note *out)
{
    const struct slot *slot = my_slot(inhand);
    if (!is_taken(slot))
        return false;
    *out = note_of(slot);
    return true;
}

void inhand_alive(struct inhand *inhand)
{
    atomic_store_explicit(&inhand->file->alive_ms, clock_ms(), memory_order_relaxed);
}

void inhand_note_crash(void *context, bool own)
{
    struct inhand *inhand = context;
    struct slot *slot = my_slot(inhand);
    if (own && slot)
        atomic_store_explicit(&slot->crashed, 1, memory_order_relaxed);
    atomic_store_explicit(&inhand->file->died_ms, clock_ms(), memory_order_relaxed);
}

// ---- what is left ---------------------------------------------------------------------------------

static bool is_sound(const struct slot *slot)
{
    uint32_t stage = atomic_load(&slot->stage);
    return stage >= INHAND_OPENING && stage <= INHAND_ANSWERING && slot->length <= INHAND_BYTES &&
           memchr(slot->principal, '\0', INHAND_PRINCIPAL);
}

// Who was killed could not say when: then it is the last sign of life that any thread gave.
static int64_t death_ms(const struct file *file)
{
    int64_t last = atomic_load(&file->died_ms);
    if (last)
        return last;
    last = atomic_load(&file->alive_ms);
    for (int i = 0; i < INHAND_SLOTS; i++) {
        int64_t taken = atomic_load(&file->slots[i].taken_ms);
        last = taken > last ? taken : last;
    }
    return last;
}

bool inhand_left(const struct inhand *inhand, unsigned i, struct inhand_left *out)
{
    const struct slot *slot = &inhand->file->slots[i];
    if (!is_sound(slot))
        return false;
    *out = (struct inhand_left){.note = note_of(slot),
                                .crashed = atomic_load(&slot->crashed) != 0,
                                .held_ms = death_ms(inhand->file) - atomic_load(&slot->taken_ms)};
    return true;
}

uint64_t inhand_run(const struct inhand *inhand)
{
    return inhand->file->run;
}

// ---- open, begin, close ---------------------------------------------------------------------------

static int write_zeros(int fd, const char *path, struct store_error *error)
{
    static const uint8_t zeros[64 * 1024];
    for (size_t at = 0; at < sizeof(struct file);) {
        size_t rest = sizeof(struct file) - at;
        ssize_t n = pwrite(fd, zeros, rest < sizeof zeros ? rest : sizeof zeros, (off_t)at);
        if (n <= 0)
            return store_error_errno(error, "write", path);
        at += (size_t)n;
    }
    return 0;
}

static int map(struct inhand *inhand, int fd, struct store_error *error)
{
    struct stat found;
    if (fstat(fd, &found))
        return store_error_errno(error, "stat", inhand->path);
    if (found.st_size != (off_t)sizeof(struct file)) {
        int rc = ftruncate(fd, 0) ? store_error_errno(error, "truncate", inhand->path)
                                  : write_zeros(fd, inhand->path, error);
        if (rc)
            return rc;
    }
    void *mapped = mmap(NULL, sizeof(struct file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED)
        return store_error_errno(error, "map", inhand->path);
    inhand->file = mapped;
    return 0;
}

int inhand_open(const char *directory, const uint8_t boot[BOOT_ID], struct inhand **out,
                struct store_error *error)
{
    struct inhand *inhand = calloc(1, sizeof *inhand);
    if (!inhand)
        return store_error_set(error, ERROR_NO_MEMORY, "inhand");
    memcpy(inhand->boot, boot, BOOT_ID);
    snprintf(inhand->path, sizeof inhand->path, "%s/inhand", directory);
    int fd = open(inhand->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int rc = fd < 0 ? store_error_errno(error, "open", inhand->path) : map(inhand, fd, error);
    if (fd >= 0)
        close(fd);
    if (rc) {
        free(inhand);
        return rc;
    }
    struct file *file = inhand->file;
    if (memcmp(file->magic, magic, sizeof magic) != 0 || memcmp(file->boot, boot, BOOT_ID) != 0)
        memset(file, 0, sizeof *file);
    *out = inhand;
    return 0;
}

void inhand_begin(struct inhand *inhand, uint64_t run)
{
    struct file *file = inhand->file;
    memset(file, 0, sizeof *file);
    memcpy(file->magic, magic, sizeof magic);
    memcpy(file->boot, inhand->boot, BOOT_ID);
    file->run = run;
    inhand_alive(inhand);
    crash_watch(inhand_note_crash, inhand);
}

void inhand_close(struct inhand *inhand)
{
    if (!inhand)
        return;
    crash_unwatch(inhand_note_crash, inhand);
    memset(inhand->file, 0, sizeof(struct file));
    munmap(inhand->file, sizeof(struct file)); // the file stays: the next start may find no room for it
    free(inhand);
}

const char *inhand_stage_name(enum inhand_stage stage)
{
    switch (stage) {
#define X(id, value, text)                                                                                   \
    case INHAND_##id:                                                                                        \
        return text;
        INHAND_STAGES(X)
#undef X
    case INHAND_NOTHING:
        break;
    }
    return "nothing";
}
