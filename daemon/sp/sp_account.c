#include "sp/sp_account.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->failed = true)
#include <uthash.h>

struct sp_account_entry {
    struct sp_account account; // first
    UT_hash_handle hh;
    size_t references;
    bool failed; // set by uthash when it had no memory to add it
    char key[];
};

static struct sp_account_entry *find(const struct sp_accounts *all, const void *key, size_t length)
{
    struct sp_account_entry *entry = NULL;
    HASH_FIND(hh, all->by_key, key, (unsigned)length, entry);
    return entry;
}

static struct sp_account_entry *create(struct sp_accounts *all, const void *key, size_t length)
{
    struct sp_account_entry *entry = calloc(1, sizeof *entry + length);
    if (!entry)
        return NULL;
    memcpy(entry->key, key, length);
    HASH_ADD_KEYPTR(hh, all->by_key, entry->key, (unsigned)length, entry);
    if (!entry->failed)
        return entry;
    free(entry);
    return NULL;
}

void sp_accounts_fini(struct sp_accounts *all)
{
    struct sp_account_entry *entry, *next;
    HASH_ITER (hh, all->by_key, entry, next) {
        assert(!entry->references);
        HASH_DEL(all->by_key, entry);
        free(entry);
    }
}

static struct sp_account *refer(struct sp_accounts *all, const void *key, size_t length)
{
    struct sp_account_entry *entry = find(all, key, length);
    if (!entry)
        entry = create(all, key, length);
    if (!entry)
        return NULL;
    entry->references++;
    return &entry->account;
}

// No name begins with NUL.
struct sp_account *sp_account_of_address(struct sp_accounts *all, const struct sp_peer *peer)
{
    uint8_t key[2 + SP_PEER_KEY] = {0, (uint8_t)peer->transport};
    memcpy(key + 2, peer->key, SP_PEER_KEY);
    struct sp_account *account = refer(all, key, sizeof key);
    if (account)
        account->remote = peer->transport != SP_IPC;
    return account;
}

struct sp_account *sp_account_of_name(struct sp_accounts *all, const char *name)
{
    return refer(all, name, strlen(name));
}

void sp_account_drop(struct sp_accounts *all, struct sp_account *account)
{
    struct sp_account_entry *entry = (struct sp_account_entry *)account;
    entry->references--;
    if (entry->references || sp_account_sum(account))
        return;
    HASH_DEL(all->by_key, entry);
    free(entry);
}

uint64_t sp_account_held(const struct sp_accounts *all, const char *name)
{
    const struct sp_account_entry *entry = find(all, name, strlen(name));
    return entry ? sp_account_sum(&entry->account) : 0;
}

uint64_t sp_account_sum(const struct sp_account *account)
{
    return account->of_conns + account->of_works;
}

struct sp_account *sp_account_most(const struct sp_accounts *all,
                                   uint64_t (*count)(const struct sp_account *account))
{
    struct sp_account_entry *entry, *next;
    struct sp_account *most = NULL;
    uint64_t best = 0;
    HASH_ITER (hh, all->by_key, entry, next) {
        uint64_t value = count(&entry->account);
        if (value > best) {
            most = &entry->account;
            best = value;
        }
    }
    return most;
}
