#include "sp/sp_door.h"

#include "sp/sp_charge.h"
#include "sp/sp_memory.h"

static uint64_t doubted(const struct sp_account *account)
{
    return account->doubted;
}

static uint64_t doubted_remote(const struct sp_account *account)
{
    return account->remote ? account->doubted : 0;
}

static uint64_t subscribers(const struct sp_account *account)
{
    return account->subscribers;
}

// The oldest of an address that may have to leave: they stand in the order in which they came.
static void close_oldest(struct sp_server *s, const struct sp_account *address, bool subscriber)
{
    struct sp_conn *c;
    TAILQ_FOREACH (c, &s->conns, of_server) {
        if (c->address == address && sp_conn_is_subscriber(c) == subscriber && !c->believed) {
            sp_conn_close(c, SP_CLOSE_CROWDED_OUT);
            return;
        }
    }
}

static bool has_place_of_address(struct sp_server *s, const struct sp_account *address)
{
    if (address->connections < s->limits.max_per_address)
        return true;
    if (!address->doubted)
        return false;
    close_oldest(s, address, false);
    return true;
}

static bool has_place(struct sp_server *s, bool remote)
{
    const uint64_t max = s->limits.max_connections;
    bool remote_full = remote && s->remote >= max - max / 4;
    if (s->stats.connections < max && !remote_full)
        return true;
    const struct sp_account *crowd = sp_account_most(&s->accounts, remote_full ? doubted_remote : doubted);
    if (!crowd)
        return false;
    close_oldest(s, crowd, false);
    return true;
}

static bool has_place_as_subscriber(struct sp_server *s, const struct sp_account *address)
{
    uint64_t half = s->limits.max_connections / 2;
    if (s->subscribing < (half < s->limits.max_subscribers ? half : s->limits.max_subscribers))
        return true;
    const struct sp_account *crowd = sp_account_most(&s->accounts, subscribers);
    if (!crowd || crowd->subscribers <= address->subscribers + 1)
        return false;
    close_oldest(s, crowd, true);
    return true;
}

bool sp_door_open(struct sp_server *s, const struct sp_role *role, const struct sp_peer *peer,
                  const struct sp_account *address)
{
    uint64_t *refused = NULL;
    if (sp_is_tight(s) && !sp_holds_little(s, sp_account_sum(address)))
        refused = &s->stats.refused_memory;
    else if (!has_place_of_address(s, address))
        refused = &s->stats.refused_address;
    else if (role->says == SP_PUB && !has_place_as_subscriber(s, address))
        refused = &s->stats.refused_subscribers;
    else if (!has_place(s, peer->transport != SP_IPC))
        refused = &s->stats.refused_connections;
    if (refused)
        ++*refused;
    return !refused;
}
