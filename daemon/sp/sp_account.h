// What each of those who cost the daemon something costs it: connections, and bytes that are held for them.
//
// An account is that of an address, or that of a principal by its name. A connection is charged to its
// address until somebody is believed on it, and to him from then on. An account is there as long as somebody
// has a reference to it, or bytes are charged to it.
#pragma once

#include "sp/sp_peer.h"

#include <stdbool.h>
#include <stdint.h>

struct sp_account {
    uint64_t of_conns;    // bytes that lie with its connections, both ways
    uint64_t of_works;    // bytes that the layers above hold for it
    bool remote;          // an address that is no user of this machine
    uint64_t payers;      // open connections that are charged to it
    uint64_t connections; // of an address: all that are open …
    uint64_t doubted;     // … of these, REQ peers on which nobody was believed yet
    uint64_t subscribers; // … and SUB peers
};

struct sp_account_entry;

struct sp_accounts {
    struct sp_account_entry *by_key; // uthash
};

// Nobody has a reference any more.
void sp_accounts_fini(struct sp_accounts *all);

// A reference to the account of an address, or of a name. NULL when out of memory.
struct sp_account *sp_account_of_address(struct sp_accounts *all, const struct sp_peer *peer);
struct sp_account *sp_account_of_name(struct sp_accounts *all, const char *name);
// Gives it up.
void sp_account_drop(struct sp_accounts *all, struct sp_account *account);

// Bytes that are held for it now; 0 where there is no such account.
uint64_t sp_account_held(const struct sp_accounts *all, const char *name);

uint64_t sp_account_sum(const struct sp_account *account);

// The one of which `count` tells the most; NULL where it is 0 for all.
struct sp_account *sp_account_most(const struct sp_accounts *all,
                                   uint64_t (*count)(const struct sp_account *account));
