#include "store/guard.h"

#include "base/error.h"
#include "store/boot.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { BLAME_CULPRIT = 2, BLAME_PRESENT = 1 };

struct guard {
    struct suspects *suspects;
    struct inhand *inhand; // NULL: not watching
    unsigned unread;
    _Atomic uint64_t refused;
};

// As much of it as the notes keep, so that the name is the same before and after a crash.
static void name_of(const struct inhand_note *note, uint8_t out[REQUEST_NAME])
{
    struct blob bytes = note->bytes;
    if (bytes.length > INHAND_BYTES)
        bytes.length = INHAND_BYTES;
    if (note->stage == INHAND_OPENING)
        request_name_sealed(bytes, out);
    else
        request_name(note->principal, bytes, out);
}

// ---- after a death --------------------------------------------------------------------------------

static bool is_culprit(const struct inhand_left *left)
{
    return left->crashed || left->held_ms >= GUARD_HUNG_MS;
}

static struct suspect suspect_of(const struct inhand_left *left, uint64_t run, int64_t now_ms)
{
    struct suspect suspect = {.stage = left->note.stage,
                              .blame = is_culprit(left) ? BLAME_CULPRIT : BLAME_PRESENT,
                              .run = run,
                              .last_ms = now_ms};
    name_of(&left->note, suspect.name);
    strcpy(suspect.principal, left->note.principal); // it has the same room
    if (left->note.id)
        memcpy(suspect.id, left->note.id, INHAND_ID);
    return suspect;
}

static void blame(struct guard *guard, const struct guard_options *options, const struct inhand_left *left)
{
    struct suspect now;
    struct store_error error = {0};
    struct suspect more = suspect_of(left, inhand_run(guard->inhand), options->now_ms);
    bool kept = !suspects_blame(guard->suspects, &more, left->note.bytes, &now, &error);
    options->tell(options->context, &now, kept ? NULL : error.text);
}

// Culprits first: the same request may have been in hand twice, and counts once.
static void blame_all(struct guard *guard, const struct guard_options *options)
{
    struct inhand_left left;
    for (int culprits = 1; culprits >= 0; culprits--)
        for (unsigned i = 0; i < INHAND_SLOTS; i++)
            if (inhand_left(guard->inhand, i, &left) && is_culprit(&left) == culprits)
                blame(guard, options, &left);
}

int guard_open(const struct guard_options *options, struct guard **out, struct store_error *error)
{
    uint8_t boot[BOOT_ID];
    struct guard *guard = calloc(1, sizeof *guard);
    if (!guard)
        return store_error_set(error, ERROR_NO_MEMORY, "guard");
    int rc = suspects_open(options->directory, &guard->suspects, &guard->unread, error);
    if (rc) {
        free(guard);
        return rc;
    }
    if (boot_id_read(boot) || inhand_open(options->directory, boot, &guard->inhand, error))
        guard->inhand = NULL;
    if (guard->inhand) {
        blame_all(guard, options);
        inhand_begin(guard->inhand, (uint64_t)options->now_ms);
    }
    *out = guard;
    return 0;
}

void guard_close(struct guard *guard)
{
    if (!guard)
        return;
    inhand_close(guard->inhand);
    guard_sweep(guard);
    suspects_close(guard->suspects);
    free(guard);
}

// ---- in hand --------------------------------------------------------------------------------------

void guard_take(struct guard *guard, const struct inhand_note *note)
{
    if (guard && guard->inhand)
        inhand_take(guard->inhand, note);
}

bool guard_admit(struct guard *guard, const struct inhand_note *note, char name[GUARD_NAME])
{
    uint8_t hash[REQUEST_NAME];
    char hex[SUSPECT_HEX + 1];
    guard_take(guard, note);
    if (!guard || !suspects_any(guard->suspects))
        return true;
    name_of(note, hash);
    if (!suspects_hold(guard->suspects, hash))
        return true;
    suspect_hex(hash, hex);
    memcpy(name, hex, SUSPECT_SHORT);
    name[SUSPECT_SHORT] = '\0';
    guard->refused++;
    return false;
}

void guard_drop(struct guard *guard)
{
    if (guard && guard->inhand)
        inhand_drop(guard->inhand);
}

void guard_done(struct guard *guard)
{
    struct inhand_note note;
    uint8_t hash[REQUEST_NAME];
    if (!guard || !guard->inhand)
        return;
    if (suspects_any(guard->suspects) && inhand_has(guard->inhand, &note)) {
        name_of(&note, hash);
        suspects_clear(guard->suspects, hash);
    }
    inhand_drop(guard->inhand);
}

void guard_alive(struct guard *guard)
{
    if (guard && guard->inhand)
        inhand_alive(guard->inhand);
}

// ---- what is known --------------------------------------------------------------------------------

bool guard_littered(const struct guard *guard)
{
    return guard && suspects_littered(guard->suspects);
}

void guard_sweep(struct guard *guard)
{
    if (guard_littered(guard))
        suspects_sweep(guard->suspects);
}

size_t guard_list(struct guard *guard, struct suspect out[SUSPECTS_MAX])
{
    return guard ? suspects_list(guard->suspects, out) : 0;
}

int guard_release(struct guard *guard, const char *hex, struct suspect *out)
{
    return guard ? suspects_release(guard->suspects, hex, out) : ERROR_NOT_FOUND;
}

void guard_stats(struct guard *guard, struct guard_stats *out)
{
    struct suspect list[SUSPECTS_MAX];
    *out = (struct guard_stats){0};
    if (!guard)
        return;
    size_t count = guard_list(guard, list);
    for (size_t i = 0; i < count; i++)
        out->quarantined += suspect_is_quarantined(&list[i]);
    out->suspects = count - out->quarantined;
    out->unread = guard->unread;
    out->watching = guard->inhand != NULL;
    out->refused = guard->refused;
}
