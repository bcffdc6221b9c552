// Who may do what: operations × roles × how a principal stands to a case, as one table.
#pragma once

#include "core/case.h"
#include "core/command.h"
#include "core/rules.h"

// How a principal stands to a case; bits, since it may stand to it in several ways.
enum relation {
    RELATION_NONE = 0,
    RELATION_OFFICE = 1,      // it submitted the case
    RELATION_CHARGE = 2,      // it is in charge after a hand-up
    RELATION_LEAD = 4,        // it has a summons as lead
    RELATION_ASSIST = 8,      // it has a summons as assist
    RELATION_ABOVE = 16,      // an office whose area holds the case's
    RELATION_SUPERVISOR = 32, // supervises the case's area; the desk too
    RELATION_OBSERVER = 64,   // observes, operates or imports in the case's area
    RELATION_ASKED = 128,     // an approval or a verification waits for it
    RELATION_JOINED = 256,    // its own case was merged into this one
    RELATION_KEEPER = 512,    // it keeps members whom the case's open call reaches
    RELATION_END = 1024
};

// What can be done: the verbs of an act, by their numbers, and behind them these. X(enumerator, name in the
// documents)
#define OPERATIONS(X)                                                                                        \
    X(SUBMIT, "submit")   /* blow a whistle about the area, or preview it */                                 \
    X(SEE, "see")         /* the case: in a list, a page, by its number */                                   \
    X(CONTACT, "contact") /* the resident's name, phone, address and text, whole; put on record */           \
    X(SECRET, "secret")   /* likewise, of a confidential whistle */                                          \
    X(MASKED, "masked")   /* name and phone with most of them hidden */                                      \
    X(PLACE, "place") /* position, meeting point, attachments, attributes, source number, on behalf of */    \
    X(WORDS, "words") /* what was written with acts, and who came */                                         \
    X(MEMBERS, "members") /* names and phones of those who claimed a place */                                \
    X(VIEWS, "views")     /* who read what is personal */                                                    \
    X(WATCH, "watch")     /* the events of an area, as they come */                                          \
    X(FIGURES, "figures") /* rates, facts and points of an area */

enum operation {
    OPERATION_VERBS_END = VERB_ERASE,
#define X(id, name) OPERATION_##id,
    OPERATIONS(X)
#undef X
        OPERATION_COUNT
};

enum { PERMIT_ROLES = DUTY_IMPORT + 1 };

// By operation and role (enum duty): the relations, as bits, in which that role may do it. Departments and
// branches never judge the office; nobody but the office judges the departments.
extern const uint16_t permit_table[OPERATION_COUNT][PERMIT_ROLES];

// The name of an operation: a verb's, or one of the list above.
const char *permit_name(unsigned operation);

// May a principal of these roles (struct principal, duties) do it, standing so? `operation` is an enum verb
// or an enum operation; what is neither nobody may.
bool permit(unsigned operation, uint32_t duties, uint32_t relation);

// What a unit is to a case, only those principals of it are that act for it (roles office, unit, supervisor).
// `area` is the index of the case's area (AREA_NONE where the rulebook does not know it any more).
uint32_t permit_relation(const struct rules *rules, const struct principal *principal,
                         const struct casefile *file, uint32_t area);

// What it is to a case by the case's area alone: as permit_relation, without what its unit is to it.
uint32_t permit_by_area(const struct rules *rules, const struct principal *principal, uint32_t area,
                        const char *path);

// The same for a case: as permit_relation says how `principal` stands to it.
bool permit_case(unsigned operation, const struct rules *rules, const struct principal *principal,
                 const struct casefile *file, uint32_t area);

// May `principal` speak for this member: the unit that keeps him, or the office of the community that he is
// registered with? NULL is nobody.
bool permit_member(const struct rules *rules, const struct principal *principal, const struct member *member);

// May `principal` read and acknowledge the feed of this recipient code (a unit, a contact of it, a leader, a
// member whom it keeps or who is registered in its area)?
bool permit_feed(const struct rules *rules, const struct principal *principal, const char *recipient);
