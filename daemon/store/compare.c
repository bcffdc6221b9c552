#include "store/compare.h"

#include "base/error.h"
#include "store/key.h"

#include <string.h>

const char *difference_name(enum difference_kind kind)
{
    static const char *const names[] = {
#define X(id, text) text,
        DIFFERENCES(X)
#undef X
    };
    return names[kind];
}

// One of the two, as it is walked.
struct side {
    struct db_txn txn;
    struct db_cursor cursor;
    struct key last; // the key before
    bool started;
    bool more;
    bool broken; // there is no way on
};

struct walk {
    struct side stands;
    struct side should;
    difference_found *found;
    void *context;
    struct comparison *out;
    enum db_table table;
    bool enough;
};

static int order(struct blob a, struct blob b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int first = shorter ? memcmp(a.bytes, b.bytes, shorter) : 0;
    return first ? first : (a.length > b.length) - (a.length < b.length);
}

static void tell(struct walk *walk, enum difference_kind kind, struct blob key)
{
    struct difference difference = {.table = walk->table, .kind = kind, .key = key};
    if (kind == DIFFERENCE_TOO_MUCH || kind == DIFFERENCE_OTHER)
        difference.stands = walk->stands.cursor.value;
    if (kind == DIFFERENCE_MISSING || kind == DIFFERENCE_OTHER)
        difference.should = walk->should.cursor.value;
    walk->out->differences++;
    walk->enough = walk->enough || !walk->found(walk->context, &difference);
}

// No key is shorter than a byte.
static bool goes_up(struct side *side)
{
    struct blob key = side->cursor.key, last = {side->last.bytes, side->last.length};
    bool up = key.length <= sizeof side->last.bytes && order(key, last) > 0;
    if (up) {
        memcpy(side->last.bytes, key.bytes, key.length);
        side->last.length = key.length;
    }
    return up;
}

// The next record. A damaged one is told of and stays, with no value; where there is no way on, nothing more
// comes.
static void step(struct walk *walk, struct side *side)
{
    side->more = side->started ? db_cursor_next(&side->cursor) : db_cursor_seek(&side->cursor, "", 0);
    side->started = true;
    bool unreadable = side->txn.error == ERROR_CORRUPT && side->cursor.key.length;
    if (side != &walk->stands || (!side->more && !side->txn.error))
        return;
    if (unreadable)
        side->txn.error = 0;
    side->broken = side->txn.error || !goes_up(side);
    side->more = !side->broken;
    if (side->broken)
        tell(walk, DIFFERENCE_BROKEN, (struct blob){0});
    else if (unreadable)
        tell(walk, DIFFERENCE_UNREADABLE, side->cursor.key);
    walk->out->records[walk->table] += side->more;
}

// Where the state stands is asked before.
static bool is_position(const struct walk *walk, struct blob key)
{
    return walk->table == DB_META && key.length == 8 && memcmp(key.bytes, "position", 8) == 0;
}

static bool same(struct blob a, struct blob b)
{
    return a.length == b.length && (!a.length || memcmp(a.bytes, b.bytes, a.length) == 0);
}

static void compare_next(struct walk *walk)
{
    struct side *stands = &walk->stands, *should = &walk->should;
    int which = !should->more ? -1 : !stands->more ? 1 : order(stands->cursor.key, should->cursor.key);
    if (which < 0)
        tell(walk, DIFFERENCE_TOO_MUCH, stands->cursor.key);
    else if (which > 0)
        tell(walk, DIFFERENCE_MISSING, should->cursor.key);
    else if (stands->cursor.value.bytes && !is_position(walk, stands->cursor.key) &&
             !same(stands->cursor.value, should->cursor.value))
        tell(walk, DIFFERENCE_OTHER, stands->cursor.key);
    if (which <= 0)
        step(walk, stands);
    if (which >= 0)
        step(walk, should);
}

static void open_side(struct side *side, struct db *db, enum db_table table)
{
    side->started = side->broken = false;
    side->last.length = 0;
    db_begin(db, false, &side->txn);
    db_cursor_open(&side->cursor, &side->txn, table);
}

static void close_side(struct side *side)
{
    db_cursor_close(&side->cursor);
    db_abort(&side->txn);
}

static int compare_table(struct walk *walk, struct db *stands, struct db *should)
{
    open_side(&walk->stands, stands, walk->table);
    open_side(&walk->should, should, walk->table);
    step(walk, &walk->stands);
    step(walk, &walk->should);
    while (!walk->enough && !walk->stands.broken && !walk->should.txn.error &&
           (walk->stands.more || walk->should.more))
        compare_next(walk);
    int rc = walk->should.txn.error;
    close_side(&walk->stands);
    close_side(&walk->should);
    return rc;
}

int compare_states(struct db *stands, struct db *should, difference_found *found, void *context,
                   struct comparison *out)
{
    struct walk walk = {.found = found, .context = context, .out = out};
    int rc = 0;
    *out = (struct comparison){0};
    for (int table = 0; table < DB_TABLE_COUNT && !rc && !walk.enough; table++) {
        walk.table = (enum db_table)table;
        rc = compare_table(&walk, stands, should);
    }
    return rc;
}
