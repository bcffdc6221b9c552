// Every error of the project: one list makes the enum, the stable name on the wire, and the sentence.
//
// Functions that can fail return 0 or a negative `enum error`. The name ("unknown_area") is the stable code
// that a refusal carries; a client translates it with its arguments. A name is never changed or reused.
// The sentence is what an English reader sees; {0}, {1} stand for the arguments of the refusal, in order.
#pragma once

// X(enumerator, value, name, sentence)
#define ERRORS(X)                                                                                            \
    /* the machine */                                                                                        \
    X(NO_MEMORY, -1, "no_memory", "out of memory")                                                           \
    X(IO, -2, "io", "input or output failed: {0}")                                                           \
    X(STORAGE_FULL, -3, "storage_full", "the disk or the state is full; nothing was changed")                \
    X(CORRUPT, -4, "corrupt", "stored bytes are damaged: {0}")                                               \
    X(STORE_VERSION, -5, "store_version", "the store is of version {0}, this program knows {1}")             \
    X(STORE_LOCKED, -6, "store_locked", "another daemon holds the store {0}")                                \
    X(NOT_FOUND, -7, "not_found", "{0} was not found")                                                       \
    X(INTERNAL, -8, "internal", "an internal error; it was logged")                                          \
    X(IN_USE, -9, "in_use", "{0} is in use")                                                                 \
    X(FENCED, -10, "fenced", "another writer owns the journal")                                              \
    X(UNSAFE, -11, "unsafe", "{0} could have been changed or read by others: {1}")                           \
    X(ARCHIVED, -12, "archived", "{0} lies in archive files that are not here")                              \
    /* the message */                                                                                        \
    X(MALFORMED, -20, "malformed", "the message cannot be read: {0}")                                        \
    X(TOO_LARGE, -21, "too_large", "the message has {0} bytes, {1} are allowed")                             \
    X(BAD_TEXT, -22, "bad_text", "{0} is not clean UTF-8 text")                                              \
    X(TOO_LONG, -23, "too_long", "{0} has more than {1} characters")                                         \
    X(MISSING, -24, "missing", "{0} is missing")                                                             \
    X(BAD_VALUE, -25, "bad_value", "{0} cannot be {1}")                                                      \
    X(UNKNOWN_OPERATION, -26, "unknown_operation", "this daemon does not know the operation {0}")            \
    X(BUSY, -27, "busy", "too much is waiting; try again in {0} ms")                                         \
    X(ID_REUSED, -28, "id_reused", "this request id was used for another operation")                         \
    X(STALE_ID, -29, "stale_id", "this request id is older than {0} h; nothing was done, use a new one")     \
    X(CLOCK_SKEW, -30, "clock_skew", "your clock differs by {0} ms; nothing was done")                       \
    X(EPOCH_CHANGED, -31, "epoch_changed", "the store was restored; begin again at {0}")                     \
    X(DRAINING, -32, "draining", "the daemon is stopping; try again in {0} ms")                              \
    /* who asks */                                                                                           \
    X(REFUSED, -40, "refused", "refused")                                                                    \
    X(NOT_ALLOWED, -41, "not_allowed", "{0} is not allowed to {1} here")                                     \
    X(OUT_OF_SCOPE, -42, "out_of_scope", "{0} lies outside the area of {1}")                                 \
    X(REPLAYED, -43, "replayed", "this message came before; nothing was done, seal it anew")                 \
    /* what is asked */                                                                                      \
    X(UNKNOWN_CASE, -50, "unknown_case", "there is no case {0}")                                             \
    X(BAD_NUMBER, -51, "bad_number", "{0} is not a case number: its check digit does not fit")               \
    X(UNKNOWN_AREA, -52, "unknown_area", "there is no area {0}")                                             \
    X(UNKNOWN_CATEGORY, -53, "unknown_category", "there is no category {0}")                                 \
    X(UNKNOWN_CONDITION, -54, "unknown_condition", "category {0} has no condition {1}")                      \
    X(UNKNOWN_UNIT, -55, "unknown_unit", "there is no unit {0}")                                             \
    X(UNKNOWN_REASON, -56, "unknown_reason", "{0} is not on the list of reasons")                            \
    X(NOT_SUMMONED, -57, "not_summoned", "{0} has no summons in case {1}")                                   \
    X(ALREADY_SUMMONED, -58, "already_summoned", "{0} has a summons in case {1} already")                    \
    X(ILLEGAL_MOVE, -59, "illegal_move", "a case or summons that is {0} cannot {1}")                         \
    X(TOO_LATE, -60, "too_late", "the time to {0} ended at {1}")                                             \
    X(TOO_MANY, -61, "too_many", "{0} may be done {1} times")                                                \
    X(DUPLICATE_SOURCE, -62, "duplicate_source", "{0} {1} is a case of another office already")              \
    X(TIME_RANGE, -63, "time_range", "{0} lies too far from now")                                            \
    X(AMBIGUOUS, -64, "ambiguous", "{0} can mean several things: {1}")                                       \
    X(DEMO_STORE, -65, "demo_store", "a city clock needs an empty or a demonstration store")                 \
    X(CALENDAR_MISSING, -66, "calendar_missing", "the calendar {0} is not loaded for {1}")                   \
    X(NO_LEVEL_ABOVE, -67, "no_level_above", "there is no level above {0}")                                  \
    X(BAD_RULEBOOK, -68, "bad_rulebook", "the rulebook has {0} errors")                                      \
    X(ADDRESS, -69, "address", "the address {0} cannot be used: {1}")                                        \
    X(NO_WORKING_TIME, -70, "no_working_time", "the calendar {0} has no working time within {1} days")       \
    X(FULL, -71, "full", "all {0} places are taken")                                                         \
    X(UNKNOWN_MEMBER, -72, "unknown_member", "this call has no member {0}")                                  \
    /* the guard */                                                                                          \
    X(QUARANTINED, -80, "quarantined", "the daemon broke down over this twice; it is kept aside as {0}")

enum error {
    ERROR_NONE = 0,
#define X(id, value, name, sentence) ERROR_##id = value,
    ERRORS(X)
#undef X
};

// The stable name of `error`; "ok" for 0, "internal" for a number that is not on the list. Never NULL.
const char *error_name(int error);

// The English sentence with its {0} {1} places; never NULL.
const char *error_sentence(int error);

// The number behind a stable name, or 0 where the name is unknown (or "ok").
int error_from_name(const char *name);
