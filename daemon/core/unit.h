// Units: who can be called. Each has an area (block, 块) and may have a superior unit (line, 条).
//
// A unit is an index into the table. Built by the rulebook, then only read.
#pragma once

#include "base/strmap.h"
#include "core/stage.h"
#include "core/words.h"

#include <stdbool.h>
#include <stdint.h>

#define UNIT_NONE UINT32_MAX

// A person of a unit: contact A and B (AB岗), or more. Its recipient code is "UNIT/CODE", as "cg/A".
struct contact {
    const char *code; // "A", "B", …
    const char *name;
    const char *phone;
    const char *recipient; // "UNIT/CODE"
};

// A line of the duty roster 值班表: between two instants this contact is on duty, or away.
struct duty_line {
    const char *contact; // code
    int64_t from_ms;
    int64_t to_ms; // exclusive
    bool away;     // away: the other is called at once
};

struct unit {
    const char *code; // unique; also the code of its feed
    const char *name;
    enum unit_type type;
    uint32_t area;      // block; an area index
    uint32_t superior;  // line; UNIT_NONE without one
    uint32_t host;      // the standing joint office that it is stationed in 派驻; UNIT_NONE: none
    const char **roles; // what it does, as "water": found by relative rules
    uint32_t role_count;
    struct contact *contacts; // A first
    uint32_t contact_count;
    struct duty_line *roster;
    uint32_t roster_count;
    const char *calendar;       // NULL: the city's
    struct stage_limits limits; // its own, where neither rule nor condition gives one
    const char *successor;      // unit that takes over its summonses; NULL while it is in service
};

struct unit_table {
    struct unit *units;
    uint32_t count;
    struct strmap by_code;
};

// May a summons of `from` be handed down to `to`? To a branch that is stationed in it, or is its own in line.
bool unit_may_hand_down(const struct unit_table *table, uint32_t from, uint32_t to);

// Index by code, or UNIT_NONE.
uint32_t unit_find(const struct unit_table *table, const char *code);

bool unit_has_role(const struct unit *unit, const char *role);

// The contact with this code, or NULL.
const struct contact *unit_contact(const struct unit *unit, const char *code);

// Whom to call at `now_ms`: a contact that the roster puts on duty; else the first who is not away; else the
// first. NULL for a unit without contacts.
const struct contact *unit_on_duty(const struct unit *unit, int64_t now_ms);
