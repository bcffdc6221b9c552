#include "own_keys.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "known_keys.h"

int own_keys_load(const char *path, const char *principal, struct keyring **keys, struct keyring_fault *fault)
{
    struct keyring_fault own;
    fault = fault ? fault : &own;
    int rc = keyring_load(path, true, keys, fault);
    if (rc)
        return rc == ERROR_NO_MEMORY ? WHISTLE_NO_MEMORY : WHISTLE_BAD_KEY;
    if (keyring_good_from(*keys, principal, 0, wall_ms()) < keyring_count(*keys))
        return WHISTLE_OK;
    snprintf(fault->text, sizeof fault->text, "%s: no key of %s is good", path, principal);
    keyring_destroy(*keys);
    *keys = NULL;
    return WHISTLE_BAD_KEY;
}

int whistle_check_keyring(const char *keyring, const char *principal, char *why, size_t room)
{
    struct keyring *keys;
    struct keyring_fault fault;
    int result = own_keys_load(keyring, principal, &keys, &fault);
    snprintf(why, room, "%s", result == WHISTLE_BAD_KEY ? fault.text : "");
    keyring_destroy(keys);
    return result;
}

static bool take_from(struct whistle *w, size_t index)
{
    w->key = keyring_good_from(w->keys, w->principal, index, wall_ms());
    return w->key < keyring_count(w->keys);
}

bool own_keys_first(struct whistle *w)
{
    return take_from(w, 0);
}

bool own_keys_next(struct whistle *w)
{
    bool known = w->key >= w->answered || known_keys_has(w->known_keys, own_keys_current(w));
    return !known && take_from(w, w->key + 1);
}

void own_keys_answered(struct whistle *w)
{
    if (w->key >= w->answered)
        return;
    w->answered = w->key;
    known_keys_add(w->known_keys, own_keys_current(w));
}

const struct seal_key *own_keys_current(const struct whistle *w)
{
    return w->keys ? keyring_at(w->keys, w->key) : NULL;
}
