// The state's tables by meaning: what a key and a value of each are, in one place.
//
// Functions that read take a transaction of either kind; errors stick in it (db.h). Codes of units, areas and
// categories are stored as numbers given in order of appearance in the journal, so that a rebuild gives the
// same.
#pragma once

#include "base/arena.h"
#include "core/view.h"
#include "store/db.h"
#include "store/journal.h"
#include "store/key.h"

struct state_position {
    uint8_t journal_id[JOURNAL_ID];
    struct journal_position at; // the state holds everything before it
};

// Where the state stands; false in a state that is new.
bool state_get_position(struct db_txn *txn, struct state_position *out);
void state_put_position(struct db_txn *txn, const struct state_position *position);

// Counters of `meta`.
uint64_t state_get_count(struct db_txn *txn, const char *name);
void state_put_count(struct db_txn *txn, const char *name, uint64_t value);

// A case; NULL when there is none. Everything in it belongs to the arena.
struct casefile *state_get_case(struct db_txn *txn, struct arena *arena, uint64_t id);
// The same in two steps, for who need not decode every case: as it is stored, a serialised Case (its bytes
// belong to the transaction; NULL when there is none), and what that says.
struct blob state_stored_case(struct db_txn *txn, uint64_t id);
struct casefile *state_decode_case(struct db_txn *txn, struct arena *arena, struct blob stored);
void state_put_case(struct db_txn *txn, struct arena *arena, const struct casefile *file);

// The id of the case with this number or source; 0 when there is none.
uint64_t state_number_case(struct db_txn *txn, const char *number);
uint64_t state_source_case(struct db_txn *txn, const char *source, const char *source_no);
void state_put_number(struct db_txn *txn, const char *number, uint64_t id);
void state_put_source(struct db_txn *txn, const char *source, const char *source_no, uint64_t id);

// The highest count given on a local day; 0 when none was.
uint32_t state_day_count(struct db_txn *txn, int32_t day);

// The number of a code, 0 when it has none; state_name gives one if needed.
uint32_t state_find_name(struct db_txn *txn, const char *code);
uint32_t state_name(struct db_txn *txn, const char *code);
// The code of a number, copied; NULL when there is none.
const char *state_code(struct db_txn *txn, struct arena *arena, uint32_t number);

// The place of the record that spans `seq`; false when it is not known.
bool state_get_place(struct db_txn *txn, uint64_t seq, struct journal_place *out);
void state_put_place(struct db_txn *txn, uint64_t first_seq, uint32_t count, struct journal_place place);

// A remembered request; false when the id is new for this principal.
struct remembered {
    struct blob hash;   // of the operation
    uint64_t seq;       // of its first event
    struct blob answer; // serialised Reply
};
bool state_get_request(struct db_txn *txn, const uint8_t id[16], const char *principal,
                       struct remembered *out);
void state_put_request(struct db_txn *txn, struct arena *arena, const uint8_t id[16], const char *principal,
                       const struct remembered *request);
// Forgets ids whose own time is before `before_ms`, at most `most` of them.
void state_expire_requests(struct db_txn *txn, int64_t before_ms, int most);
// The own time of the latest id that was forgotten; 0: none. While the clock was ahead, ids were forgotten
// that look young once it is set back.
int64_t state_forgotten_requests(struct db_txn *txn);

// What falls due: something in a case, or the digest of a recipient.
enum due_kind { DUE_CASE, DUE_DIGEST };

struct due {
    int64_t at_ms;
    enum due_kind kind;
    uint64_t id; // of the case; the number of the recipient
};

// The earliest due entry; false when there is none.
bool state_first_due(struct db_txn *txn, struct due *out);
void state_put_due(struct db_txn *txn, const struct due *due, bool add);
bool state_has_due(struct db_txn *txn, const struct due *due);
// What an entry of `due` says, and the other way round.
struct due state_read_due(struct blob key);
struct key state_due_key(const struct due *due);

// The notices of rungs that a recipient got since a window of DIGEST_WINDOW_MS began, and those that were too
// many and wait for its digest.
struct notice_count {
    int64_t since_ms;
    uint32_t told;
    uint32_t held;      // since the last digest
    uint64_t first_seq; // of those
    int64_t digest_ms;  // when the digest is due; 0: nothing is held
};

// By the recipient's number; all zero where there is none.
void state_get_notices(struct db_txn *txn, uint32_t number, struct notice_count *out);
void state_put_notices(struct db_txn *txn, uint32_t number, const struct notice_count *counts);

// The next open case after id `after` whose due times cross a year that is not loaded; 0 when there is none.
uint64_t state_next_provisional(struct db_txn *txn, uint64_t after);

// The next unit after number `after` that has open summonses; 0 when there is none.
uint32_t state_next_open_unit(struct db_txn *txn, uint32_t after);

// The last look of a principal at what is personal of a case: the event's seq and its local day. Seq 0: it
// never had one.
uint64_t state_get_viewed(struct db_txn *txn, uint64_t case_id, const char *principal, int32_t *local_day);
void state_put_viewed(struct db_txn *txn, uint64_t case_id, const char *principal, uint64_t seq,
                      int32_t local_day);

// An event in somebody's feed: of which case it is, and whether it was said not to have reached him. False:
// it is not there.
bool state_get_told(struct db_txn *txn, const char *recipient, uint64_t seq, uint64_t *case_id,
                    bool *unreached);
void state_put_told(struct db_txn *txn, const struct recipient *recipient, uint64_t seq, uint64_t case_id);
void state_put_unreached(struct db_txn *txn, const char *recipient, uint64_t seq);

// A consumer's cursor; 0 where it has never acknowledged anything.
uint64_t state_get_cursor(struct db_txn *txn, const char *recipient, const char *consumer, int64_t *at_ms);
// When any consumer of this recipient acknowledged last; 0: none ever did.
int64_t state_last_seen(struct db_txn *txn, const char *recipient);
void state_put_cursor(struct db_txn *txn, const char *recipient, const char *consumer, uint64_t upto,
                      int64_t at_ms);

// Is this clock the unit's, or of a summons that was handed down to it? NULL: everybody's.
bool state_concerns(const struct casefile *file, const struct clock *clock, const char *unit);

// The earliest due time of the running clocks of a case (of one unit's, where `unit` is given): what lists
// sort by. CLOCK_NEVER when none runs.
int64_t state_earliest_due(const struct casefile *file, const char *unit);
