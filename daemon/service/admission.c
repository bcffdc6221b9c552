#include "service/service_state.h"

#include "base/error.h"
#include "sp/sp_rep.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

int admission_init(struct service *s)
{
    const struct service_limits *l = &s->options.limits.service;
    uint8_t secret[2][16];
    randombytes_buf(secret, sizeof secret);
    int rc = quota_init(&s->admission.principals, l->principal_rate, l->principal_burst, l->max_buckets,
                        secret[0]);
    if (!rc)
        rc =
            quota_init(&s->admission.addresses, l->address_rate, l->address_burst, l->max_buckets, secret[1]);
    return rc;
}

void admission_fini(struct service *s)
{
    quota_fini(&s->admission.principals);
    quota_fini(&s->admission.addresses);
}

static int64_t loop_now(const struct service *s)
{
    return (int64_t)uv_now(s->options.loop);
}

bool admission_ask(const struct intake *intake)
{
    struct service *s = intake->service;
    const char *code = intake->principal->code;
    if (sp_is_tight(s->edge)) {
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

void admission_charge(struct service *s, const struct sp_request *request)
{
    uint8_t key[1 + SP_PEER_KEY] = {(uint8_t)request->peer->transport};
    memcpy(key + 1, request->peer->key, SP_PEER_KEY);
    int64_t wait_ms = quota_charge(&s->admission.addresses, key, sizeof key, loop_now(s));
    if (!wait_ms)
        return;
    s->stats.held_back++;
    sp_pause(s->edge, request->token, (uint64_t)wait_ms);
}
