#include "service/polls.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->failed = true)
#include <uthash.h>

struct poll_bucket {
    UT_hash_handle hh;
    struct poll_list polls;
    bool failed;
    char key[];
};

void polls_init(struct polls *polls)
{
    *polls = (struct polls){0};
    TAILQ_INIT(&polls->all);
}

static struct poll_bucket *find(struct polls *polls, const char *key, size_t length)
{
    struct poll_bucket *bucket = NULL;
    HASH_FIND(hh, polls->buckets, key, (unsigned)length, bucket);
    return bucket;
}

static struct poll_bucket *create(struct polls *polls, const char *key)
{
    size_t length = strlen(key);
    struct poll_bucket *bucket = calloc(1, sizeof *bucket + length + 1);
    if (!bucket)
        return NULL;
    memcpy(bucket->key, key, length);
    TAILQ_INIT(&bucket->polls);
    HASH_ADD_KEYPTR(hh, polls->buckets, bucket->key, (unsigned)length, bucket);
    if (!bucket->failed)
        return bucket;
    free(bucket);
    return NULL;
}

bool polls_add(struct polls *polls, struct poll *poll, const char *key)
{
    struct poll_bucket *bucket = find(polls, key, strlen(key));
    if (!bucket)
        bucket = create(polls, key);
    if (!bucket)
        return false;
    poll->bucket = bucket;
    TAILQ_INSERT_TAIL(&bucket->polls, poll, same);
    TAILQ_INSERT_TAIL(&polls->all, poll, entry);
    polls->count++;
    return true;
}

void polls_remove(struct polls *polls, struct poll *poll)
{
    struct poll_bucket *bucket = poll->bucket;
    if (!bucket)
        return;
    TAILQ_REMOVE(&bucket->polls, poll, same);
    TAILQ_REMOVE(&polls->all, poll, entry);
    poll->bucket = NULL;
    polls->count--;
    if (!TAILQ_EMPTY(&bucket->polls))
        return;
    HASH_DEL(polls->buckets, bucket);
    free(bucket);
}

static void wake_bucket(struct poll_bucket *bucket, void (*wake)(void *context, struct poll *poll),
                        void *context)
{
    struct poll *poll = bucket ? TAILQ_FIRST(&bucket->polls) : NULL, *next;
    for (; poll; poll = next) {
        next = TAILQ_NEXT(poll, same);
        wake(context, poll);
    }
}

// A watch of an area hears of every case below it: each code on the path may have watchers.
static void wake_path(struct polls *polls, const char *path, void (*wake)(void *context, struct poll *poll),
                      void *context)
{
    char key[256] = "@";
    while (path && *path) {
        size_t length = strcspn(path, "/");
        if (length < sizeof key - 1) {
            memcpy(key + 1, path, length);
            wake_bucket(find(polls, key, length + 1), wake, context);
        }
        path += length;
        path += *path == '/';
    }
}

void polls_wake(struct polls *polls, const struct batch_result *result,
                void (*wake)(void *context, struct poll *poll), void *context)
{
    for (size_t i = 0; i < result->wake_count && polls->count; i++) {
        const struct batch_wake *what = &result->wakes[i];
        if (what->recipient)
            wake_bucket(find(polls, what->recipient, strlen(what->recipient)), wake, context);
        wake_path(polls, what->area, wake, context);
    }
}
