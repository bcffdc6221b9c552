// The rule tables of a city, as the rulebook fills them and the core reads them.
//
// One `struct rules` is one rulebook, compiled. It is immutable once loaded and may be read by any thread;
// the rulebook layer owns it and counts its users.
#pragma once

#include "core/area.h"
#include "core/calendar.h"
#include "core/category.h"
#include "core/ladder.h"
#include "core/member.h"
#include "core/principal.h"
#include "core/rates.h"
#include "core/routing.h"
#include "core/stage.h"
#include "core/unit.h"

enum { DIGEST_BYTES = 32, PETITION_COUNT = VERB_APPEAL - VERB_EXTEND + 1 };

#define DIGEST_WINDOW_MS INT64_C(600000) // ten minutes

// A coded reason with its text (退单 reasons, 上报 reasons, close reasons).
struct reason {
    const char *code;
    const char *text;
};

struct reason_list {
    struct reason *reasons;
    uint32_t count;
};

struct rules {
    uint8_t digest[DIGEST_BYTES]; // BLAKE2b-256 over the names and bytes of the files, private ones left out
    const char *city;             // name, for people
    struct area_tree areas;
    struct unit_table units;
    struct category_table categories;
    const char *category_standard; // of categories that name none
    struct routing routing;
    struct ladder *ladders;
    uint32_t ladder_count;
    struct calendar *calendars; // the first is the city's
    uint32_t calendar_count;
    struct principal_table principals;
    struct member_table members;
    struct rate_table rates; // what is counted, weighed and ranked; and the points
    struct strmap serving;   // "AREA ROLE" → unit, made by rules_finish

    struct reason_list decline_reasons;
    struct reason_list hand_up_reasons;
    struct reason_list cancel_reasons;
    struct reason_list resolve_reasons;                  // coded results; empty: free
    struct reason_list petition_reasons[PETITION_COUNT]; // by verb - VERB_EXTEND; empty: free
    struct reason_list reject_reasons;                   // of an approval that is refused; empty: free
    struct reason_list close_reasons;                    // of a close by hand; empty: free
    struct reason_list reopen_reasons;                   // empty: free
    struct reason_list unreasonable_reasons; // 不合理诉求: an appeal for one of them is about the whole
                                             // demand, with proof; empty: there is none

    uint32_t default_owner;       // 兜底; UNIT_NONE: unplaced whistles go to the desk
    uint32_t desk;                // supervisor's desk 裁定台 of the whole city; a unit
    struct stage_limits limits;   // where neither rule nor condition gives one
    struct limit return_limit;    // 退单时限, from acceptance (or from the call)
    struct limit supervise_limit; // to answer an order that names no due time
    struct limit reopen_limit;    // how long a closed case may be reopened; none: never
    uint32_t closing;             // enum closing_need bits of every case, beside its rule's
    uint32_t max_declines;        // over the whole case; 2 if unset
    uint32_t max_extensions;      // of one summons; 2 if unset
    uint32_t max_appeals;         // of one summons; 2 if unset
    struct limit_words words;     // what a bare 天 or 小时 means where an act gives a limit
    const char *default_ladder;   // of the resolve clock where the rule names none, and of the others below
    const char *ladder_of[STAGE_COUNT]; // by stage; NULL: the default
    const char *emergency_ladder;       // NULL: the default
    int64_t silent_ms;                  // a subscriber silent for so long is an event; 0: never
    uint32_t digest_after; // notices of rungs that a recipient gets in DIGEST_WINDOW_MS before they are
                           // digested; 0: all
};

// Completes what the loaders have filled: area paths, the serving index, the routing buckets. 0 or an error.
int rules_finish(struct rules *rules, struct arena *arena) __attribute__((warn_unused_result));

// Frees the maps; everything else belongs to the arena that it was made in.
void rules_fini(struct rules *rules);

// The calendar by name; NULL gives the city's. NULL when there is no such name.
const struct calendar *rules_calendar(const struct rules *rules, const char *name);

// The ladder by code, or NULL.
const struct ladder *rules_ladder(const struct rules *rules, const char *code);

// The text of a reason, or NULL when the list does not have it.
const char *reason_text(const struct reason_list *list, const char *code);

// The unit with `role` whose area is `area` or the nearest above it, or UNIT_NONE. The first in table order.
uint32_t rules_unit_serving(const struct rules *rules, uint32_t area, const char *role);

// The office of the area `levels` above `area`, going on upwards past areas without an office; UNIT_NONE past
// the root.
uint32_t rules_office_above(const struct rules *rules, uint32_t area, uint32_t levels);
