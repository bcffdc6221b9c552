// layer: service
// Acknowledgements, by what the bytes say: noted, known from before, taken by the engine, settled or lost.
// Beside them a plain array says how far each cursor must be.
#include "input.h"

#include "base/error.h"
#include "service/acks.h"

enum { NAMES = 12 };

struct cursor {
    uint64_t upto; // as it must be told
    uint64_t done; // on disk
    uint64_t sent; // with the engine
    bool there;
};

struct town {
    struct acks acks;
    struct cursor cursors[NAMES][NAMES]; // by recipient and consumer
    struct work *work;                   // in the engine's hands
};

// Names that are near each other, or too long; the empty one is no consumer.
static const char *name_of(size_t which)
{
    static char longest[ACKS_CODE_BYTES + 1], too_long[ACKS_CODE_BYTES + 2];
    static const char *const names[NAMES] = {"",        "c", "cg", "cg/A", "g",     "A",
                                             "default", "a", "b",  "cc",   longest, too_long};
    memset(longest, 'x', ACKS_CODE_BYTES);
    memset(too_long, 'x', ACKS_CODE_BYTES + 1);
    return names[which];
}

static size_t consumers_of(const struct town *town, size_t recipient)
{
    size_t count = 0;
    for (size_t i = 0; i < NAMES; i++)
        count += town->cursors[recipient][i].there;
    return count;
}

static bool is_nameable(size_t recipient, size_t consumer)
{
    return recipient < NAMES - 1 && consumer > 0 && consumer < NAMES - 1;
}

static void note(struct town *town, size_t r, size_t c, uint64_t upto)
{
    struct cursor *cursor = &town->cursors[r][c];
    bool full = !cursor->there && consumers_of(town, r) >= ACKS_CONSUMERS;
    int rc = acks_note(&town->acks, name_of(r), name_of(c), upto);
    MUST(rc == (!is_nameable(r, c) ? ERROR_TOO_LONG : full ? ERROR_TOO_MANY : 0));
    if (rc)
        return;
    cursor->there = true;
    cursor->upto = upto > cursor->upto ? upto : cursor->upto;
}

static void know(struct town *town, size_t r, size_t c, uint64_t upto)
{
    struct cursor *cursor = &town->cursors[r][c];
    acks_known(&town->acks, name_of(r), name_of(c), upto);
    if (is_nameable(r, c) && !cursor->there)
        *cursor = (struct cursor){upto, upto, upto, true};
}

static void carry(struct town *town, const struct cursor_move *move)
{
    for (size_t r = 0; r < NAMES; r++)
        for (size_t c = 0; c < NAMES; c++)
            if (strcmp(move->recipient, name_of(r)) == 0 && strcmp(move->consumer, name_of(c)) == 0) {
                struct cursor *cursor = &town->cursors[r][c];
                MUST(cursor->there && move->upto == cursor->upto && cursor->sent != cursor->upto);
                cursor->sent = cursor->upto;
            }
}

static void take(struct town *town)
{
    struct work *work = acks_take(&town->acks);
    MUST(!work || !town->work);
    for (size_t i = 0; work && i < work->cursor_count; i++)
        carry(town, &work->cursors[i]);
    for (size_t i = 0; !town->work && i < NAMES * NAMES; i++) // all that waited is in it
        MUST(town->cursors[i / NAMES][i % NAMES].sent == town->cursors[i / NAMES][i % NAMES].upto);
    town->work = work ? work : town->work;
}

static void settle(struct town *town, bool done)
{
    if (!town->work)
        return;
    acks_settle(&town->acks, done);
    for (size_t i = 0; i < NAMES * NAMES; i++) {
        struct cursor *cursor = &town->cursors[i / NAMES][i % NAMES];
        if (done)
            cursor->done = cursor->sent;
        else
            cursor->sent = cursor->done;
    }
    work_destroy(town->work);
    town->work = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input in = {bytes, length};
    struct town town = {0};
    acks_init(&town.acks);
    while (in.left) {
        uint8_t what = take_byte(&in), who = take_byte(&in);
        size_t r = who % NAMES, c = who / NAMES % NAMES;
        if (what % 8 < 4)
            note(&town, r, c, take_number(&in, what & 16 ? 8 : 1));
        else if (what % 8 == 4)
            know(&town, r, c, take_number(&in, what & 16 ? 8 : 1));
        else if (what % 8 == 5)
            take(&town);
        else
            settle(&town, what % 8 == 6);
        MUST(acks_upto(&town.acks, name_of(r), name_of(c)) == town.cursors[r][c].upto);
    }
    work_destroy(town.work);
    acks_fini(&town.acks);
    return 0;
}
