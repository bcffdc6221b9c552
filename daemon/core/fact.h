// A fact of the books 账目: one thing that happened in a case, or one limit that somebody was given.
//
// Every figure is the number of such facts in a period, so each opens the cases behind it, and a figure can
// never differ from its cases. What happened is counted when it happened and is never touched again; a limit
// is counted when it falls due, and follows its clock until that stops. Exclusions 剔除 stand beside the
// facts: they take a fact out of a rate, and change none.
#pragma once

#include "core/case.h"

// What happened: X(enumerator, value as stored, name, Chinese). Whose it is stands behind each: the office
// that submitted, the unit whose part it is, the lead 主办 (case_lead; one that declined is it until another
// is called), or the unit on the clock.
#define FACTS(X)                                                                                             \
    X(FILED, 1, "filed", "受理")                                    /* office; each whistle */               \
    X(PLACED, 2, "placed", "立案")                                  /* office; once a case: work began */    \
    X(REGISTERED, 3, "registered", "登记")                          /* office */                             \
    X(REJECTED, 4, "rejected", "不予受理")                          /* office */                             \
    X(CANCELLED, 5, "cancelled", "撤销")                            /* office */                             \
    X(MERGED, 6, "merged", "并案")                                  /* office */                             \
    X(CLOSED, 7, "closed", "结案")                                  /* lead */                               \
    X(REOPENED, 8, "reopened", "重开")                              /* lead */                               \
    X(SETTLED, 9, "settled", "自办")                                /* office */                             \
    X(CALLED, 10, "called", "派遣")                                 /* unit; again with each rework */       \
    X(ACCEPTED, 11, "accepted", "签收")                             /* unit */                               \
    X(REPORTED, 12, "reported", "报到")                             /* unit; the first time */               \
    X(DONE, 13, "done", "办结")                                     /* unit */                               \
    X(DECLINED, 14, "declined", "退单")                             /* unit */                               \
    X(MISDISPATCHED, 15, "misdispatched", "派单有误")               /* unit that a ruling agreed with */     \
    X(REWORK, 16, "rework", "返工")                                 /* unit */                               \
    X(SOLVED, 17, "solved", "评哨已解决")                           /* unit; the office's, not on itself */  \
    X(NOT_SOLVED, 18, "not_solved", "评哨未解决")                   /* unit */                               \
    X(RESIDENT_SOLVED, 19, "resident_solved", "回访已解决")         /* the unit named, or the lead */        \
    X(RESIDENT_NOT_SOLVED, 20, "resident_not_solved", "回访未解决") /* so */                                 \
    X(SATISFIED, 21, "satisfied", "满意")                           /* so */                                 \
    X(BASICALLY, 22, "basically", "基本满意")                       /* so */                                 \
    X(DISSATISFIED, 23, "dissatisfied", "不满意")                   /* so */                                 \
    X(UNREACHED, 24, "unreached", "未联系上")                       /* so */                                 \
    X(URGED, 25, "urged", "催办")                                   /* each unit that was meant */           \
    X(RUNG, 26, "rung", "督办节点")                                 /* unit on the clock */                  \
    X(SUPERVISED, 27, "supervised", "督办")                         /* unit that has to answer */            \
    X(HANDED_UP, 28, "handed_up", "提级")                           /* unit that takes charge */             \
    X(EXTENDED, 29, "extended", "延期")                             /* unit */                               \
    X(PAUSED, 30, "paused", "暂停")                                 /* unit */                               \
    X(SUSPENDED, 31, "suspended", "挂账")                           /* unit */                               \
    X(EXEMPTED, 32, "exempted", "申诉成立")                         /* unit */                               \
    X(FED_BACK, 33, "fed_back", "反馈")                             /* office */                             \
    X(PASSED, 34, "passed", "核查通过")                             /* lead */                               \
    X(FAILED, 35, "failed", "核查未通过")                           /* lead */                               \
    X(CLAIMED, 36, "claimed", "认领")                               /* unit that keeps the member */         \
    X(CHECKED_IN, 37, "checked_in", "签到")                         /* so */                                 \
    X(REPEATED, 38, "repeated", "重复点位")                         /* lead; a point that repeats */

enum fact_kind {
    FACT_NONE = 0,
#define X(id, value, name, zh) FACT_##id = value,
    FACTS(X)
#undef X
        FACT_LIMIT = 64, // of the case as a whole; FACT_LIMIT + stage: of that stage's clock
    FACT_KINDS = FACT_LIMIT + STAGE_COUNT
};

// Bits of what is known of a fact.
enum fact_flag {
    FACT_LATE = 1,         // after its time; of a limit: it had passed when the clock stopped
    FACT_MET = 2,          // a limit: what it was for is done
    FACT_OPEN = 4,         // a limit: its clock runs
    FACT_WAS_EXTENDED = 8, // a limit: more time was granted
    FACT_TWICE = 16,       // a limit: twice its time had passed
    FACT_THRICE = 32,      // a limit: thrice
};

struct fact {
    enum fact_kind kind;
    int64_t at_ms;      // when it happened; a limit: when it falls due
    const char *unit;   // "": nobody's
    const char *branch; // that the unit's summons was handed down to; NULL: none
    const char *member; // of a call-up; NULL: none
    uint32_t part;      // tells it from others of its kind in its case; a limit: the clock's id, 0 the case
    uint32_t summons;   // 0: none
    uint32_t flags;
    int64_t took_ms; // accepted, reported, done: since the call; closed: since the whistle; a limit: of its
                     // clock, or since it was taken over; 0: not known
};

// What a limit counts as, at a moment. X(enumerator, name, meaning); of what happened there are ALL and LATE.
#define ASPECTS(X)                                                                                           \
    X(ALL, "", "it happened")                                                                                \
    X(LATE, "late", "it happened after its time; a limit: met, and late")                                    \
    X(DUE, "due", "the limit was met, or has passed")                                                        \
    X(MET, "met", "it was met, in time or late")                                                             \
    X(IN_TIME, "in_time", "it was met in time")                                                              \
    X(OVERDUE, "overdue", "it has passed and is not met yet")                                                \
    X(MISSED, "missed", "it has passed without being met; also where the clock ended for another reason")    \
    X(PENDING, "pending", "it runs and has not passed")                                                      \
    X(EXTENDED, "extended", "due, and more time had been granted")                                           \
    X(TWICE, "twice", "due, and twice its time had passed")                                                  \
    X(THRICE, "thrice", "due, and thrice its time had passed")

enum aspect {
#define X(id, name, meaning) ASPECT_##id,
    ASPECTS(X)
#undef X
        ASPECT_COUNT
};

// Why a fact may be left out of a rate; X(enumerator, value as stored, name, Chinese). Which of them do is
// the rulebook's choice, rate by rate.
#define EXCLUSIONS(X)                                                                                        \
    X(APPEAL, 1, "appeal", "申诉成立")               /* of one clock */                                      \
    X(MISDISPATCHED, 2, "misdispatched", "派单有误") /* of one summons: a ruling agreed with the unit */     \
    X(UNREASONABLE, 3, "unreasonable", "不合理诉求") /* of the whole case, with proof */

enum exclusion {
    EXCLUDED_NONE = 0,
#define X(id, value, name, zh) EXCLUDED_##id = value,
    EXCLUSIONS(X)
#undef X
};

#define EXCLUDED_BIT(exclusion) (1u << (exclusion))

// The fact of a clock (its id), or of the case as a whole (0). A clock that a unit took over counts for it as
// if it had begun then. The case as a whole is its office's, which closes it: due with the last of its
// decisive clocks (to resolve, of those who were called rightly; verify; close), met when it is closed, late
// when one of them was or it is closed after that. False where there is none: it stands still with time left,
// was called off in time, or nobody was given any time. A case that was cancelled, merged, registered or
// rejected has none at all, even where somebody was late before: it never had to be handled (应处置数 of the
// common products leaves it out), and nobody who was called can bring that about.
bool fact_of_limit(const struct casefile *file, uint32_t clock, struct fact *out);

// All that made the case as a whole late is exempted by appeals.
bool fact_case_is_excused(const struct casefile *file);

// What an event adds, in a fixed order, to the case as it stood before (of which only the summonses are read)
// and stands after it.
typedef void fact_put(void *context, const struct fact *fact);
void facts_of_event(const struct casefile *before, const struct casefile *file, const struct event *event,
                    fact_put *put, void *context);

// The exclusions of a case, each with what it is about (a clock, a summons, 0) and its coded reason.
typedef void exclusion_put(void *context, enum exclusion exclusion, uint32_t about, const char *reason);
void fact_exclusions(const struct casefile *file, exclusion_put *put, void *context);

// Is a fact (its kind, part and summons) one that this exclusion of its case is about? An appeal is about one
// clock, and about the case as a whole (0) where nothing else made it late. That somebody was called wrongly
// stays counted.
bool fact_is_excluded(enum fact_kind kind, uint32_t part, uint32_t summons, enum exclusion exclusion,
                      uint32_t about);

// The aspects in which a fact counts at `now_ms`; bits.
uint32_t fact_aspects(enum fact_kind kind, uint32_t flags, int64_t at_ms, int64_t now_ms);

// Of what happened, only what a unit had a time for is known to be late.
static inline bool fact_may_be_late(enum fact_kind kind)
{
    return kind == FACT_ACCEPTED || kind == FACT_REPORTED || kind == FACT_DONE;
}

static inline bool fact_is_limit(enum fact_kind kind)
{
    return kind >= FACT_LIMIT;
}

// "done", "resolve", "case"; "" for none. The reverse gives 0 for what is unknown.
const char *fact_name(enum fact_kind kind);
enum fact_kind fact_from_name(const char *name);

const char *aspect_name(enum aspect aspect);
const char *exclusion_name(enum exclusion exclusion);
