#include "service/service_state.h"

#include "base/error.h"
#include "sp/sp_rep.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { ADDRESS_KEY = 1 + SP_PEER_KEY };

int admission_init(struct service *s)
{
    const struct service_limits *l = &s->options.limits.service;
    uint8_t secret[3][16];
    randombytes_buf(secret, sizeof secret);
    int rc = quota_init(&s->admission.principals, l->principal_rate, l->principal_burst, l->max_buckets,
                        secret[0]);
    if (!rc)
        rc =
            quota_init(&s->admission.addresses, l->address_rate, l->address_burst, l->max_buckets, secret[1]);
    if (!rc)
        rc = quota_init(&s->admission.bytes, l->principal_kib, l->principal_kib_burst, l->max_buckets,
                        secret[2]);
    return rc;
}

void admission_fini(struct service *s)
{
    quota_fini(&s->admission.principals);
    quota_fini(&s->admission.addresses);
    quota_fini(&s->admission.bytes);
}

static int64_t loop_now(const struct service *s)
{
    return (int64_t)uv_now(s->options.loop);
}

bool admission_ask(const struct intake *intake)
{
    struct service *s = intake->service;
    const char *code = intake->principal->code;
    if (!sp_may_hold(s->edge, work_holder(code, intake->replayed))) {
        s->stats.busy_memory++;
        answers_wait(s, &intake->from, ERROR_BUSY);
        return false;
    }
    int64_t wait_ms =
        intake->replayed ? 0 : quota_take(&s->admission.principals, code, strlen(code), loop_now(s));
    if (!wait_ms)
        return true;
    s->stats.busy_rate++;
    answers_wait_for(s, &intake->from, ERROR_BUSY, (uint64_t)wait_ms);
    return false;
}

bool admission_keep(const struct intake *intake)
{
    struct service *s = intake->service;
    const char *code = intake->principal->code;
    if (intake->replayed) // nothing more is kept of it
        return true;
    int64_t wait_ms =
        quota_take_bytes(&s->admission.bytes, code, strlen(code), intake->message.length, loop_now(s));
    if (!wait_ms)
        return true;
    s->stats.busy_bytes++;
    answers_wait_for(s, &intake->from, ERROR_BUSY, (uint64_t)wait_ms);
    return false;
}

static void make_key(const struct sp_peer *peer, uint8_t key[ADDRESS_KEY])
{
    key[0] = (uint8_t)peer->transport;
    memcpy(key + 1, peer->key, SP_PEER_KEY);
}

uint64_t admission_arrive(void *context, const struct sp_peer *peer)
{
    struct service *s = context;
    uint8_t key[ADDRESS_KEY];
    make_key(peer, key);
    struct quota *addresses = &s->admission.addresses;
    if (!quota_debt(addresses, key, sizeof key, loop_now(s)))
        return 0;
    return (uint64_t)quota_charge(addresses, key, sizeof key, loop_now(s));
}

static int64_t charge(struct service *s, const struct sp_peer *peer)
{
    uint8_t key[ADDRESS_KEY];
    make_key(peer, key);
    return quota_charge(&s->admission.addresses, key, sizeof key, loop_now(s));
}

void admission_nonsense(void *context, const struct sp_peer *peer)
{
    (void)charge(context, peer); // its connection is gone; who comes next from there waits
}

void admission_charge(struct service *s, const struct sp_request *request)
{
    int64_t wait_ms = charge(s, request->peer);
    if (!wait_ms)
        return;
    s->stats.held_back++;
    sp_pause(s->edge, request->token, (uint64_t)wait_ms);
}
