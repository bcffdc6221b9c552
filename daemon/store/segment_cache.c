#include "store/segment_cache.h"

#include <assert.h>
#include <fcntl.h>

void segment_cache_init(struct segment_cache *c, const struct store_io *io, const struct segment_home *home)
{
    *c = (struct segment_cache){.io = io, .home = home};
    pthread_mutex_init(&c->lock, NULL);
    for (int i = 0; i < SEGMENT_CACHE_SLOTS; i++)
        c->slots[i].segment.fd = -1;
}

void segment_cache_fini(struct segment_cache *c)
{
    for (int i = 0; i < SEGMENT_CACHE_SLOTS; i++) {
        assert(c->slots[i].borrowers == 0);
        segment_close(&c->slots[i].segment);
    }
    pthread_mutex_destroy(&c->lock);
}

static int find(const struct segment_cache *c, uint64_t first_seq)
{
    for (int i = 0; i < SEGMENT_CACHE_SLOTS; i++) {
        const struct segment_slot *slot = &c->slots[i];
        if (slot->segment.fd >= 0 && !slot->stale && slot->segment.header.first_seq == first_seq)
            return i;
    }
    return -1;
}

// A free slot, else the idle one that was used least lately, else −1.
static int choose(const struct segment_cache *c)
{
    int best = -1;
    for (int i = 0; i < SEGMENT_CACHE_SLOTS; i++) {
        const struct segment_slot *slot = &c->slots[i];
        if (slot->segment.fd < 0)
            return i;
        if (slot->borrowers == 0 && (best < 0 || slot->used < c->slots[best].used))
            best = i;
    }
    return best;
}

static int open_slot(struct segment_cache *c, uint64_t first_seq, int *at, struct segment *out,
                     struct store_error *error)
{
    int rc = segment_open(c->io, c->home, first_seq, O_RDONLY, out, error);
    if (rc)
        return rc;
    *at = choose(c);
    if (*at >= 0) {
        segment_close(&c->slots[*at].segment);
        c->slots[*at] = (struct segment_slot){.segment = *out};
    }
    return 0;
}

int segment_cache_borrow(struct segment_cache *c, uint64_t first_seq, struct segment_loan *out,
                         struct store_error *error)
{
    pthread_mutex_lock(&c->lock);
    int at = find(c, first_seq), rc = 0;
    if (at < 0)
        rc = open_slot(c, first_seq, &at, &out->segment, error);
    if (!rc && at >= 0) {
        c->slots[at].borrowers++;
        c->slots[at].used = ++c->tick;
        out->segment = c->slots[at].segment;
    }
    out->slot = at;
    pthread_mutex_unlock(&c->lock);
    return rc;
}

void segment_cache_return(struct segment_cache *c, struct segment_loan *loan)
{
    if (loan->slot < 0) {
        segment_close(&loan->segment);
        return;
    }
    pthread_mutex_lock(&c->lock);
    struct segment_slot *slot = &c->slots[loan->slot];
    assert(slot->borrowers > 0);
    if (--slot->borrowers == 0 && slot->stale)
        segment_close(&slot->segment);
    pthread_mutex_unlock(&c->lock);
    loan->segment.fd = -1;
}

void segment_cache_forget(struct segment_cache *c, uint64_t first_seq)
{
    pthread_mutex_lock(&c->lock);
    int at = find(c, first_seq);
    if (at >= 0) {
        c->slots[at].stale = true;
        if (c->slots[at].borrowers == 0)
            segment_close(&c->slots[at].segment);
    }
    pthread_mutex_unlock(&c->lock);
}
