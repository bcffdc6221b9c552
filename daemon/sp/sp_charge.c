#include "sp/sp_charge.h"

bool sp_conn_is_subscriber(const struct sp_conn *c)
{
    return c->role->says == SP_PUB;
}

void sp_charge(struct sp_conn *c)
{
    size_t bytes = c->state == SP_CONN_CLOSED ? 0 : c->queue.bytes + c->held;
    c->payer->of_conns += bytes - c->charged;
    c->charged = bytes;
}

void sp_charge_place(struct sp_conn *c, uint64_t one)
{
    struct sp_server *s = c->server;
    bool subscriber = sp_conn_is_subscriber(c);
    s->stats.connections += one;
    s->remote += c->address->remote ? one : 0;
    s->subscribing += subscriber ? one : 0;
    c->address->connections += one;
    c->address->subscribers += subscriber ? one : 0;
    c->address->doubted += subscriber || c->believed ? 0 : one;
    c->payer->payers += one;
}

void sp_charge_to(struct sp_conn *c, const char *principal)
{
    struct sp_accounts *accounts = &c->server->accounts;
    struct sp_account *payer = c->believed ? NULL : sp_account_of_name(accounts, principal);
    if (!payer)
        return;
    sp_charge_place(c, (uint64_t)-1);
    c->payer->of_conns -= c->charged;
    c->charged = 0;
    sp_account_drop(accounts, c->payer);
    c->payer = payer;
    c->believed = true;
    sp_charge(c);
    sp_charge_place(c, 1);
}
