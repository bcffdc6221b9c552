#include "service/quota.h"

#include "base/error.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 4, DEBT_S = 10, KIB = 1024 };

static const int64_t SECOND_NS = 1000000000, MS_NS = 1000000;

_Static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == 8, "SipHash");

int quota_init(struct quota *q, uint64_t rate, uint64_t burst, size_t buckets, const uint8_t secret[16])
{
    *q = (struct quota){.sets = 1, .token_ns = SECOND_NS / (int64_t)rate, .debt_ns = DEBT_S * SECOND_NS};
    q->depth_ns = q->token_ns * (int64_t)burst;
    memcpy(q->secret, secret, sizeof q->secret);
    while (q->sets * WAYS < buckets)
        q->sets *= 2;
    q->buckets = calloc(q->sets * WAYS, sizeof *q->buckets);
    return q->buckets ? 0 : ERROR_NO_MEMORY;
}

void quota_fini(struct quota *q)
{
    free(q->buckets);
    q->buckets = NULL;
}

static uint64_t hash(const struct quota *q, const void *key, size_t length)
{
    uint64_t value;
    crypto_shorthash((uint8_t *)&value, key, length, q->secret);
    return value ? value : 1;
}

// The bucket of a key, full where it is new.
static struct quota_bucket *bucket_of(struct quota *q, const void *key, size_t length, int64_t now_ns)
{
    uint64_t wanted = hash(q, key, length);
    struct quota_bucket *set = &q->buckets[(wanted & (q->sets - 1)) * WAYS], *fullest = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == wanted)
            return &set[i];
        if (set[i].full_ns < fullest->full_ns)
            fullest = &set[i];
    }
    q->forgotten += fullest->full_ns > now_ns;
    *fullest = (struct quota_bucket){wanted, now_ns};
    return fullest;
}

static int64_t whole_ms(int64_t ns)
{
    return ns > 0 ? (ns + MS_NS - 1) / MS_NS : 0;
}

// How long until the bucket has had so much more than it has; what that makes of it.
static int64_t missing_ns(const struct quota *q, const struct quota_bucket *bucket, int64_t now_ns,
                          int64_t cost_ns, int64_t *full_ns)
{
    *full_ns = (bucket->full_ns > now_ns ? bucket->full_ns : now_ns) + cost_ns;
    return *full_ns - now_ns - q->depth_ns;
}

static int64_t take(struct quota *q, const void *key, size_t length, int64_t cost_ns, int64_t now_ms)
{
    int64_t now_ns = now_ms * MS_NS, full_ns;
    struct quota_bucket *bucket = bucket_of(q, key, length, now_ns);
    int64_t wait = missing_ns(q, bucket, now_ns, cost_ns, &full_ns);
    if (wait <= 0)
        bucket->full_ns = full_ns;
    return whole_ms(wait);
}

int64_t quota_take(struct quota *q, const void *key, size_t length, int64_t now_ms)
{
    return take(q, key, length, q->token_ns, now_ms);
}

int64_t quota_take_bytes(struct quota *q, const void *key, size_t length, size_t bytes, int64_t now_ms)
{
    return take(q, key, length, q->token_ns * (int64_t)bytes / KIB, now_ms);
}

int64_t quota_charge(struct quota *q, const void *key, size_t length, int64_t now_ms)
{
    int64_t now_ns = now_ms * MS_NS, full_ns;
    struct quota_bucket *bucket = bucket_of(q, key, length, now_ns);
    int64_t wait = missing_ns(q, bucket, now_ns, q->token_ns, &full_ns);
    if (wait <= q->debt_ns)
        bucket->full_ns = full_ns;
    return whole_ms(wait);
}

int64_t quota_debt(const struct quota *q, const void *key, size_t length, int64_t now_ms)
{
    uint64_t wanted = hash(q, key, length);
    const struct quota_bucket *set = &q->buckets[(wanted & (q->sets - 1)) * WAYS];
    for (size_t i = 0; i < WAYS; i++)
        if (set[i].key == wanted)
            return whole_ms(set[i].full_ns - now_ms * MS_NS - q->depth_ns);
    return 0;
}

size_t quota_count(const struct quota *q, int64_t now_ms)
{
    size_t count = 0;
    for (size_t i = 0; i < q->sets * WAYS; i++)
        count += q->buckets[i].full_ns > now_ms * MS_NS;
    return count;
}
