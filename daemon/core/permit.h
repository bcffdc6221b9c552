// Who may do what: how a principal stands to a case, and what that allows, as one table.
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
    RELATION_OBSERVER = 64,   // may watch the case's area, without what is personal
    RELATION_ASKED = 128,     // an approval or a verification waits for it
    RELATION_JOINED = 256,    // its own case was merged into this one
    RELATION_KEEPER = 512,    // it keeps members whom the case's open call reaches
};

// What a unit is to a case, only those principals of it are that act for it (roles office, unit, supervisor).
// `area` is the index of the case's area (AREA_NONE where the rulebook does not know it any more).
uint32_t permit_relation(const struct rules *rules, const struct principal *principal,
                         const struct casefile *file, uint32_t area);

// What it is to a case by the case's area alone: as permit_relation, without what its unit is to it.
uint32_t permit_by_area(const struct rules *rules, const struct principal *principal, uint32_t area,
                        const char *path);

// May somebody who stands so to the case do this?
bool permit_verb(enum verb verb, uint32_t relation);

// May somebody who stands so see the resident's contact? (`confidential` hides it from the called units.)
bool permit_contact(uint32_t relation, bool confidential);

// May `principal` speak for this member: the unit that keeps him, or the office of the community that he is
// registered with? NULL is nobody.
bool permit_member(const struct rules *rules, const struct principal *principal, const struct member *member);

// May `principal` read and acknowledge the feed of this recipient code (a unit, a contact of it, a leader, a
// member whom it keeps or who is registered in its area)?
bool permit_feed(const struct rules *rules, const struct principal *principal, const char *recipient);

// Does a feed entry with this why show personal data?
bool permit_why_personal(enum why why);
