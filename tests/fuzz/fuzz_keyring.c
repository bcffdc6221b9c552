// layer: keys
// The file of keys. What is read can be found again by its name, and a fault says where it is.
#include "input.h"

#include "base/error.h"
#include "keys/keyring.h"

static void holds_its_keys(const struct keyring *ring)
{
    for (size_t i = 0; i < keyring_count(ring); i++) {
        const struct seal_key *key = keyring_at(ring, i);
        MUST(key_id_is_good(key->id) && strlen(key->principal) < KEY_PRINCIPAL_SIZE);
        MUST(keyring_find(ring, key->principal, key->id, key->until_ms - 1) == key);
        MUST(keyring_find(ring, key->principal, key->id, key->until_ms) == NULL);
        for (size_t j = 0; j < i; j++)
            MUST(memcmp(key->bytes, keyring_at(ring, j)->bytes, SUITE_KEY) != 0);
    }
    MUST(keyring_nobody(ring) && !keyring_find(ring, "nobody", "none", 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct keyring *ring;
    struct keyring_fault fault;
    uint8_t *exact = exact_copy((struct blob){bytes, length});
    int rc = keyring_parse("keys", (const char *)exact, length, &ring, &fault);
    MUST(rc == 0 || (rc == ERROR_BAD_VALUE && strncmp(fault.text, "keys", 4) == 0));
    free(exact);
    if (rc == 0)
        holds_its_keys(ring);
    keyring_destroy(ring);
    return 0;
}
