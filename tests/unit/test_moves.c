// layer: core, with: city.c
// What can be done to a case in which state, as one table: each act well formed and by whoever may, so that a
// refusal is about the state alone; and each has its code.
#include "city.h"

#include "base/text.h"

static const char community[] = "420902001001", street[] = "420902001", other_community[] = "420902001002";

enum { GARBAGE = 2 }; // the rule of garbage

// ---- a case in each state -----------------------------------------------------------------------

static const char *other; // number of a case beside it

static void submit(struct city *city, enum nature nature, const char *office)
{
    static struct position here = {30.9, 113.9, DATUM_WGS84};
    done(city_submit(city, office, (struct whistle){.nature = nature, .area = office, .position = &here}));
}

static void resolve(struct city *city)
{
    done(city_verb(city, "cg", VERB_RESOLVE));
    done(city_verb(city, "zd1", VERB_RESOLVE));
}

static void make(struct city *city, enum case_state state)
{
    struct rule *rule = &city->rules.routing.rules[GARBAGE];
    rule->verify = state == CASE_VERIFIED ? "street" : "none";
    submit(city, 0, other_community);
    other = city_case(city)->number;
    rule->approval = state == CASE_AWAITING_APPROVAL || state == CASE_REJECTED;
    submit(city, state == CASE_REGISTERED ? NATURE_THANKS : 0, community);
    switch (state) {
    case CASE_IN_HAND:
        done(city_verb(city, "cg", VERB_ACCEPT));
        break;
    case CASE_RESOLVED:
        resolve(city);
        break;
    case CASE_VERIFIED:
        resolve(city);
        done(city_act(city, street, (struct act){.verb = VERB_VERIFY, .verdict = VERDICT_SOLVED}));
        break;
    case CASE_CLOSED:
        resolve(city);
        done(city_act(city, community, (struct act){.verb = VERB_EVALUATE, .verdict = VERDICT_SOLVED}));
        break;
    case CASE_ARBITRATION:
        done(city_act(city, "cg", (struct act){.verb = VERB_DECLINE, .reason = "D02"}));
        break;
    case CASE_SUSPENDED:
        done(city_act(
            city, "centre",
            (struct act){
                .verb = VERB_SUSPEND, .target = "cg", .reason = "G01", .due_ms = city->now_ms + 3 * DAY_MS}));
        break;
    case CASE_REJECTED:
        done(city_act(city, street, (struct act){.verb = VERB_REFUSE, .reason = "J01"}));
        break;
    case CASE_CANCELLED:
        done(city_act(city, community, (struct act){.verb = VERB_CANCEL, .reason = "C01"}));
        break;
    case CASE_MERGED:
        done(city_act(city, community, (struct act){.verb = VERB_MERGE, .other = other}));
        break;
    default:
        break;
    }
    assert_int_equal(city_case(city)->state, state);
}

// ---- each act -----------------------------------------------------------------------------------

// Somebody who was told of something in the case.
static void name_told(const struct city *city, struct act *act)
{
    for (size_t i = 0; i < city->told_count; i++)
        if (city->told[i].case_id == act->seq) {
            act->target = city->told[i].recipient;
            act->seq = city->told[i].seq;
            return;
        }
    fail_msg("nobody was told of anything");
}

// Of the two that were called zd1 acts: in `arbitration` cg has declined.
static struct decision *attempt(struct city *city, enum verb verb)
{
    static const struct {
        const char *who;
        struct act act;
    } acts[] = {
        [VERB_ACCEPT] = {"zd1", {0}},
        [VERB_REPORT] = {"zd1", {0}},
        [VERB_DECLINE] = {"zd1", {.reason = "D02"}},
        [VERB_RESOLVE] = {"zd1", {0}},
        [VERB_COMMENT] = {community, {0}},
        [VERB_URGE] = {community, {0}},
        [VERB_SUPERVISE] = {"centre", {.target = "zd1"}},
        [VERB_ANSWER] = {"zd1", {0}},
        [VERB_HAND_UP] = {community, {.reason = "H01"}},
        [VERB_ADD_UNIT] = {community, {.target = "jj"}},
        [VERB_REASSIGN] = {"centre", {.target = "scj"}},
        [VERB_SETTLE] = {community, {0}},
        [VERB_EVALUATE] = {community, {.verdict = VERDICT_SOLVED}},
        [VERB_CANCEL] = {community, {.reason = "C01"}},
        [VERB_DELIVERED] = {"centre", {0}},
        [VERB_UNDELIVERED] = {"centre", {0}},
        [VERB_EXTEND] = {"zd1", {.reason = "E01"}},
        [VERB_PAUSE] = {"zd1", {.reason = "P01"}},
        [VERB_SUSPEND] = {"zd1", {.reason = "G01"}},
        [VERB_APPEAL] = {"zd1", {.reason = "A01"}},
        [VERB_GRANT] = {"centre", {0}},
        [VERB_REFUSE] = {"centre", {.reason = "J01"}},
        [VERB_RESUME] = {"centre", {0}},
        [VERB_CHANGE_LIMIT] = {"centre", {.target = "zd1", .limit = "2 working-days"}},
        [VERB_ADVANCE] = {"zd1", {0}},
        [VERB_VERIFY] = {"supervise", {.verdict = VERDICT_SOLVED}},
        [VERB_FEEDBACK] = {community, {0}},
        [VERB_CALL_BACK] = {community, {0}},
        [VERB_CLOSE] = {community, {.reason = "x"}},
        [VERB_REOPEN] = {community, {.reason = "x"}},
        [VERB_MERGE] = {community, {0}},
        [VERB_UNMERGE] = {community, {0}},
        [VERB_HAND_DOWN] = {"zd1", {.target = "zd1"}},
        [VERB_RETURN] = {community, {0}},
        [VERB_EXCUSE] = {community, {.target = "zd1"}},
        [VERB_PROGRESS] = {"zd1", {0}},
        [VERB_CLAIM] = {community, {.target = "m1"}},
        [VERB_CHECK_IN] = {community, {.target = "m1"}},
        [VERB_WITHDRAW] = {community, {.target = "m1"}},
        [VERB_CONVENE] = {"centre", {0}},
        [VERB_ERASE] = {"centre", {.reason = "x"}},
    };
    struct act act = acts[verb].act;
    act.verb = verb;
    act.seq = city_case(city)->id;
    if (verb == VERB_DELIVERED || verb == VERB_UNDELIVERED)
        name_told(city, &act);
    if (verb == VERB_MERGE)
        act.other = other;
    if (verb == VERB_SUSPEND || verb == VERB_CONVENE)
        act.due_ms = city->now_ms + DAY_MS;
    city->personal = PERSONAL_TEXT;
    return city_act(city, acts[verb].who, act);
}

// One letter for how it ends: done, or what it was refused for.
static char letter(int code)
{
    switch (code) {
    case 0:
        return '+';
    case ERROR_ILLEGAL_MOVE:
        return '-';
    case ERROR_NOT_SUMMONED: // nobody, or nobody any more
        return 's';
    case ERROR_UNKNOWN_CASE: // whoever was called once does not see it any more
        return 'u';
    case ERROR_NOT_FOUND: // no order, no petition
        return 'n';
    default:
        return '?';
    }
}

static void each_act_is_done_or_refused_by_its_code(void **state)
{
    (void)state;
    static const enum case_state states[] = {CASE_AWAITING_APPROVAL, CASE_DISPATCHED, CASE_IN_HAND,
                                             CASE_ARBITRATION,       CASE_SUSPENDED,  CASE_RESOLVED,
                                             CASE_VERIFIED,          CASE_CLOSED,     CASE_REGISTERED,
                                             CASE_REJECTED,          CASE_CANCELLED,  CASE_MERGED};
    enum { STATES = sizeof states / sizeof states[0] };
    // awaiting, dispatched, in hand, arbitration, suspended, resolved, verified, closed, registered,
    // rejected, cancelled, merged
    static const char *const rows[] = {
        [VERB_ACCEPT] = "u++++---uuuu",    [VERB_REPORT] = "u++++---uuuu",
        [VERB_DECLINE] = "u+++----uuuu",   [VERB_RESOLVE] = "u++++---uuuu",
        [VERB_COMMENT] = "++++++++++++",   [VERB_URGE] = "s+++-ss-----",
        [VERB_SUPERVISE] = "s+++-ss-----", [VERB_ANSWER] = "unnnnnnnuuuu",
        [VERB_HAND_UP] = "++++-++-----",   [VERB_ADD_UNIT] = "-+++--------",
        [VERB_REASSIGN] = "s+++-ss-----",  [VERB_SETTLE] = "++-+--------",
        [VERB_EVALUATE] = "ssss-++-----",  [VERB_CANCEL] = "+++++-------",
        [VERB_DELIVERED] = "++++++++++++", [VERB_UNDELIVERED] = "++++++++++++",
        [VERB_EXTEND] = "u++++---uuuu",    [VERB_PAUSE] = "u+++----uuuu",
        [VERB_SUSPEND] = "u++-----uuuu",   [VERB_APPEAL] = "u-------uuuu",
        [VERB_GRANT] = "+nnnnnnnnnnn",     [VERB_REFUSE] = "+nnnnnnnnnnn",
        [VERB_RESUME] = "----+-------",    [VERB_CHANGE_LIMIT] = "s++++-------",
        [VERB_ADVANCE] = "u-------uuuu",   [VERB_VERIFY] = "-----+------",
        [VERB_FEEDBACK] = "++++++++++++",  [VERB_CALL_BACK] = "-----+++----",
        [VERB_CLOSE] = "-----++-----",     [VERB_REOPEN] = "-------+----",
        [VERB_MERGE] = "++++--------",     [VERB_UNMERGE] = "-----------+",
        [VERB_HAND_DOWN] = "u++++---uuuu", [VERB_RETURN] = "------------",
        [VERB_EXCUSE] = "s+++--------",    [VERB_PROGRESS] = "u++++---uuuu",
        [VERB_CLAIM] = "------------",     [VERB_CHECK_IN] = "------------",
        [VERB_WITHDRAW] = "------------",  [VERB_CONVENE] = "---+--------",
        [VERB_ERASE] = "++++++++++++",
    };
    for (enum verb verb = VERB_ACCEPT; verb <= VERB_ERASE; verb++) {
        char row[STATES + 1] = {0};
        for (int i = 0; i < STATES; i++) {
            struct city city;
            city_open(&city, "2026-03-02 10:00");
            city.rules.reopen_limit = limit_of(MEASURE_NATURAL_DAYS, 7);
            make(&city, states[i]);
            row[i] = letter(attempt(&city, verb)->code);
            city_close(&city);
        }
        if (!text_same(row, rows[verb]))
            fail_msg("%s: %s, not %s", word_name(WORDS_VERB, (int)verb), row, rows[verb]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_act_is_done_or_refused_by_its_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
