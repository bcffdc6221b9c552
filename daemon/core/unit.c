#include "core/unit.h"

#include "base/text.h"

#include <stddef.h>

uint32_t unit_find(const struct unit_table *table, const char *code)
{
    return strmap_find(&table->by_code, code);
}

bool unit_may_hand_down(const struct unit_table *table, uint32_t from, uint32_t to)
{
    return from != UNIT_NONE && to != UNIT_NONE &&
           (from == to || table->units[to].host == from || table->units[to].superior == from);
}

bool unit_has_role(const struct unit *unit, const char *role)
{
    for (uint32_t i = 0; i < unit->role_count; i++)
        if (text_same(unit->roles[i], role))
            return true;
    return false;
}

const struct contact *unit_contact(const struct unit *unit, const char *code)
{
    for (uint32_t i = 0; i < unit->contact_count; i++)
        if (text_same(unit->contacts[i].code, code))
            return &unit->contacts[i];
    return NULL;
}

static bool roster_says(const struct unit *unit, const char *contact, int64_t now_ms, bool away)
{
    for (uint32_t i = 0; i < unit->roster_count; i++) {
        const struct duty_line *line = &unit->roster[i];
        if (line->away == away && line->from_ms <= now_ms && now_ms < line->to_ms &&
            text_same(line->contact, contact))
            return true;
    }
    return false;
}

const struct contact *unit_on_duty(const struct unit *unit, int64_t now_ms)
{
    for (uint32_t i = 0; i < unit->contact_count; i++)
        if (roster_says(unit, unit->contacts[i].code, now_ms, false))
            return &unit->contacts[i];
    for (uint32_t i = 0; i < unit->contact_count; i++)
        if (!roster_says(unit, unit->contacts[i].code, now_ms, true))
            return &unit->contacts[i];
    return unit->contact_count ? &unit->contacts[0] : NULL;
}
