#include "handle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/ulid.h"
#include "link.h"
#include "own_keys.h"

enum { ATTEMPT_MS = 5000, DEADLINE_MS = 30000, MAX_REQUEST = 65536, MAX_REPLY = 1 << 20 };

static int64_t clock_ms(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t monotonic_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

int64_t wall_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

void whistle_make_id(uint8_t id[16])
{
    uint8_t random[10];
    while (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        ;
    struct ulid made = ulid_make(wall_ms(), random);
    memcpy(id, made.bytes, sizeof made.bytes);
}

static bool copy(char **to, const char *from)
{
    char *copied = from ? strdup(from) : NULL;
    if (from && !copied)
        return false;
    free(*to);
    *to = copied;
    return true;
}

int whistle_set_agent(struct whistle *w, const char *name, const char *staff_no)
{
    bool copied = copy(&w->agent_name, name) && copy(&w->staff_no, staff_no);
    return handle_result(w, copied ? WHISTLE_OK : WHISTLE_NO_MEMORY, NULL);
}

static uint32_t or_default(uint32_t given, uint32_t standard)
{
    return given ? given : standard;
}

static void take_numbers(struct whistle *w, const struct whistle_options *options)
{
    w->attempt_ms = or_default(options->attempt_ms, ATTEMPT_MS);
    w->deadline_ms = or_default(options->deadline_ms, DEADLINE_MS);
    w->max_request = or_default(options->max_request, MAX_REQUEST);
    w->max_reply = or_default(options->max_reply, MAX_REPLY);
    w->socket = -1;
    w->answered = SIZE_MAX;
    buffer_init(&w->operation);
}

static bool take_strings(struct whistle *w, const struct whistle_options *options)
{
    return copy(&w->address, options->address) && copy(&w->principal, options->principal) &&
           copy(&w->agent_name, options->agent_name) && copy(&w->staff_no, options->staff_no) &&
           copy(&w->known_keys, options->known_keys);
}

int whistle_open(const struct whistle_options *options, struct whistle **out)
{
    struct whistle_options known = {0};
    *out = NULL;
    // A program built with another version of the header has fewer fields, or more.
    memcpy(&known, options, options->size < sizeof known ? options->size : sizeof known);
    options = &known;
    if (!known.address || !known.principal)
        return WHISTLE_BAD_USE;
    struct whistle *w = calloc(1, sizeof *w);
    if (!w)
        return WHISTLE_NO_MEMORY;
    take_numbers(w, options);
    int result = take_strings(w, options) ? WHISTLE_OK : WHISTLE_NO_MEMORY;
    if (result == WHISTLE_OK && options->keyring)
        result = own_keys_load(options->keyring, w->principal, &w->keys, NULL);
    if (result == WHISTLE_OK)
        result = link_open(w);
    if (result != WHISTLE_OK) {
        whistle_close(w);
        return result;
    }
    handle_result(w, WHISTLE_OK, NULL);
    *out = w;
    return WHISTLE_OK;
}

void whistle_close(struct whistle *w)
{
    if (!w)
        return;
    link_close(w);
    buffer_fini(&w->operation);
    keyring_destroy(w->keys);
    free(w->address);
    free(w->principal);
    free(w->agent_name);
    free(w->staff_no);
    free(w->known_keys);
    free(w);
}

static const struct {
    int result;
    const char *code;
    const char *sentence;
} results[] = {
    {WHISTLE_OK, "ok", "ok"},
    {WHISTLE_NO_ANSWER, "no_answer", "no answer from %s; it may or may not have been done"},
    {WHISTLE_TOO_LARGE, "too_large", "the message is too large: %s"},
    {WHISTLE_BAD_ADDRESS, "bad_address", "the address %s cannot be used"},
    {WHISTLE_BAD_REPLY, "bad_reply", "the answer from %s cannot be read, or did not come from the daemon"},
    {WHISTLE_NO_MEMORY, "no_memory", "out of memory"},
    {WHISTLE_BAD_USE, "bad_use", "the library was called wrongly: %s"},
    {WHISTLE_NOTHING, "nothing", "nothing came in the time given"},
    {WHISTLE_BAD_KEY, "bad_key", "no key of %s is good any more"},
};

// A sentence has at most one place, and it is filled by hand: the format is data here.
static void fill(char *out, size_t room, const char *sentence, const char *argument)
{
    const char *place = strstr(sentence, "%s");
    if (place)
        snprintf(out, room, "%.*s%s%s", (int)(place - sentence), sentence, argument ? argument : "",
                 place + 2);
    else
        snprintf(out, room, "%s", sentence);
}

int handle_result(struct whistle *w, int result, const char *argument)
{
    w->result = result;
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        if (results[i].result != result)
            continue;
        snprintf(w->code, sizeof w->code, "%s", results[i].code);
        fill(w->text, sizeof w->text, results[i].sentence, argument);
    }
    return result;
}

int handle_refused(struct whistle *w, const Whistle__V1__Reply *reply)
{
    w->result = WHISTLE_REFUSED;
    snprintf(w->code, sizeof w->code, "%s", reply->code[0] ? reply->code : "refused");
    snprintf(w->text, sizeof w->text, "%s", reply->text[0] ? reply->text : w->code);
    return w->result;
}

const char *whistle_code(const struct whistle *w)
{
    return w->code;
}

const char *whistle_text(const struct whistle *w)
{
    return w->text;
}

const uint8_t *whistle_last_id(const struct whistle *w)
{
    return w->id;
}

int whistle_is_unsealed(const struct whistle *w)
{
    return w->unsealed;
}

unsigned whistle_last_tries(const struct whistle *w)
{
    return w->tries;
}

void whistle_reply_free(Whistle__V1__Reply *reply)
{
    if (reply)
        whistle__v1__reply__free_unpacked(reply, NULL);
}
