#include "sp/sp_memory.h"

#include "sp/sp_conn.h"

enum { LITTLE_BYTES = 1 << 20, LITTLE_PART = 16 }; // an answer that is on its way may be as long

static uint64_t budget(const struct sp_server *s)
{
    return s->limits.memory_mib << 20;
}

bool sp_is_tight(const struct sp_server *s)
{
    return s->stats.held_bytes > budget(s);
}

bool sp_holds_little(const struct sp_server *s, uint64_t bytes)
{
    uint64_t part = budget(s) / LITTLE_PART;
    return bytes <= (part < LITTLE_BYTES ? part : LITTLE_BYTES);
}

bool sp_may_hold_more(const struct sp_server *s, uint64_t bytes)
{
    return bytes <= budget(s) / 4 && (!sp_is_tight(s) || sp_holds_little(s, bytes));
}

bool sp_may_hold(const struct sp_server *s, const char *principal)
{
    return sp_may_hold_more(s, sp_account_held(&s->accounts, principal));
}

// Without memory for an account only the sum is kept.
void sp_hold(struct sp_server *s, const char *principal, int64_t bytes)
{
    s->stats.held_bytes += (uint64_t)bytes;
    struct sp_account *account = sp_account_of_name(&s->accounts, principal);
    if (!account)
        return;
    bool all = bytes < 0 && account->of_works < (uint64_t)-bytes;
    account->of_works = all ? 0 : account->of_works + (uint64_t)bytes;
    sp_account_drop(&s->accounts, account);
}

// What cutting its connections can free.
static uint64_t held_by_payers(const struct sp_account *account)
{
    return account->payers ? sp_account_sum(account) : 0;
}

static uint64_t cut(struct sp_server *s, const struct sp_account *account)
{
    uint64_t freed = 0;
    struct sp_conn *c = TAILQ_FIRST(&s->conns), *next;
    for (; c; c = next) { // what on_gone does may close `next`, which is then left alone
        next = TAILQ_NEXT(c, of_server);
        if (c->state == SP_CONN_CLOSED || c->payer != account)
            continue;
        freed += c->charged;
        sp_conn_close(c, SP_CLOSE_MEMORY);
    }
    return freed;
}

void sp_memory_relieve(struct sp_server *s)
{
    if (!sp_is_tight(s))
        return;
    uint64_t freed = 0, enough = budget(s) - budget(s) / 4;
    struct sp_account *most;
    while (s->stats.held_bytes > enough + freed && (most = sp_account_most(&s->accounts, held_by_payers)) &&
           !sp_holds_little(s, sp_account_sum(most)))
        freed += cut(s, most);
}
