#include "core/permit.h"

#include "base/text.h"

#include <string.h>

enum {
    CALLED = RELATION_LEAD | RELATION_ASSIST,
    PARTY =
        CALLED | RELATION_OFFICE | RELATION_CHARGE | RELATION_ABOVE | RELATION_SUPERVISOR | RELATION_ASKED,
};

// Departments and branches never judge the office; nobody but the office judges the departments. Who is in
// charge, at first the office itself, hands up: one level at a time.
static const uint32_t verbs[] = {
    [VERB_ACCEPT] = CALLED,
    [VERB_REPORT] = CALLED,
    [VERB_DECLINE] = CALLED,
    [VERB_RESOLVE] = CALLED,
    [VERB_COMMENT] = PARTY | RELATION_JOINED,
    [VERB_URGE] = RELATION_OFFICE | RELATION_CHARGE | RELATION_ABOVE | RELATION_SUPERVISOR | RELATION_JOINED,
    [VERB_SUPERVISE] = RELATION_SUPERVISOR,
    [VERB_ANSWER] = CALLED,
    [VERB_HAND_UP] = RELATION_CHARGE,
    [VERB_ADD_UNIT] = RELATION_OFFICE | RELATION_CHARGE | RELATION_SUPERVISOR,
    [VERB_REASSIGN] = RELATION_SUPERVISOR,
    [VERB_SETTLE] = RELATION_OFFICE,
    [VERB_EVALUATE] = RELATION_OFFICE,
    [VERB_CANCEL] = RELATION_OFFICE | RELATION_SUPERVISOR,
    [VERB_DELIVERED] = PARTY,
    [VERB_UNDELIVERED] = PARTY,
    [VERB_EXTEND] = CALLED | RELATION_SUPERVISOR,
    [VERB_PAUSE] = CALLED | RELATION_SUPERVISOR,
    [VERB_SUSPEND] = CALLED | RELATION_SUPERVISOR,
    [VERB_APPEAL] = CALLED | RELATION_SUPERVISOR,
    [VERB_GRANT] = RELATION_ASKED | RELATION_SUPERVISOR,
    [VERB_REFUSE] = RELATION_ASKED | RELATION_SUPERVISOR,
    [VERB_RESUME] = CALLED | RELATION_SUPERVISOR,
    [VERB_CHANGE_LIMIT] = RELATION_SUPERVISOR,
    [VERB_ADVANCE] = CALLED,
    [VERB_VERIFY] = RELATION_ASKED | RELATION_SUPERVISOR,
    [VERB_FEEDBACK] = RELATION_OFFICE | RELATION_CHARGE | RELATION_LEAD | RELATION_SUPERVISOR,
    [VERB_CALL_BACK] = RELATION_OFFICE | RELATION_CHARGE | RELATION_ABOVE | RELATION_SUPERVISOR,
    [VERB_CLOSE] = RELATION_OFFICE | RELATION_CHARGE | RELATION_SUPERVISOR,
    [VERB_REOPEN] = RELATION_OFFICE | RELATION_CHARGE | RELATION_ABOVE | RELATION_SUPERVISOR,
    [VERB_MERGE] = RELATION_OFFICE | RELATION_CHARGE | RELATION_SUPERVISOR,
    [VERB_UNMERGE] = RELATION_OFFICE | RELATION_CHARGE | RELATION_SUPERVISOR,
    [VERB_HAND_DOWN] = CALLED,
    [VERB_RETURN] = RELATION_CHARGE,
    [VERB_EXCUSE] = RELATION_OFFICE | RELATION_CHARGE | RELATION_SUPERVISOR,
    [VERB_PROGRESS] = CALLED,
    [VERB_CLAIM] = RELATION_OFFICE | RELATION_CHARGE | RELATION_KEEPER,
    [VERB_CHECK_IN] = RELATION_OFFICE | RELATION_CHARGE | RELATION_KEEPER,
    [VERB_WITHDRAW] = RELATION_OFFICE | RELATION_CHARGE | RELATION_KEEPER,
    [VERB_CONVENE] = RELATION_SUPERVISOR,
};

// Speaks for its unit; an observer, an operator or an import only looks on.
static bool acts_for_unit(const struct principal *principal)
{
    return principal->unit != UNIT_NONE &&
           (principal_is(principal, DUTY_OFFICE) || principal_is(principal, DUTY_UNIT) ||
            principal_is(principal, DUTY_SUPERVISOR));
}

static bool keeps_members(const struct rules *rules, const struct casefile *file, uint32_t unit)
{
    for (uint32_t i = 0; file->open_call && i < rules->members.count; i++) {
        const struct member *member = &rules->members.members[i];
        if (member->unit == unit && member_is_called(member, file->open_call, &rules->areas))
            return true;
    }
    return false;
}

static uint32_t unit_relation(const struct casefile *file, const char *unit)
{
    uint32_t relation = RELATION_NONE;
    if (text_same(file->office, unit))
        relation |= RELATION_OFFICE;
    if (text_same(file->charge, unit))
        relation |= RELATION_CHARGE;
    for (size_t i = 0; i < file->joined_count; i++)
        if (text_same(file->joined[i].office, unit))
            relation |= RELATION_JOINED;
    const struct summons *summons = case_summons_in_hand(file, unit);
    if (summons)
        relation |= summons->role == ROLE_LEAD ? RELATION_LEAD : RELATION_ASSIST;
    const struct clock *clocks[] = {case_clock(file, STAGE_APPROVE, 0), case_clock(file, STAGE_VERIFY, 0)};
    for (int i = 0; i < 2; i++)
        if (clocks[i] && text_same(clocks[i]->unit, unit))
            relation |= RELATION_ASKED;
    return relation;
}

uint32_t permit_by_area(const struct rules *rules, const struct principal *principal, uint32_t area,
                        const char *path)
{
    uint32_t relation = RELATION_NONE;
    bool within = principal->area == AREA_NONE || area_is_within(&rules->areas, area, principal->area) ||
                  (area == AREA_NONE && path && // it has left the rulebook: its old path tells
                   area_path_within(path, rules->areas.areas[principal->area].path));
    if (!within)
        return relation;
    if (principal_is(principal, DUTY_OFFICE))
        relation |= RELATION_ABOVE;
    if (principal_is(principal, DUTY_SUPERVISOR))
        relation |= RELATION_SUPERVISOR;
    if (principal_is(principal, DUTY_OBSERVER) || principal_is(principal, DUTY_OPERATOR) ||
        principal_is(principal, DUTY_IMPORT))
        relation |= RELATION_OBSERVER;
    return relation;
}

uint32_t permit_relation(const struct rules *rules, const struct principal *principal,
                         const struct casefile *file, uint32_t area)
{
    uint32_t relation = permit_by_area(rules, principal, area, file->area);
    if (acts_for_unit(principal))
        relation |= unit_relation(file, rules->units.units[principal->unit].code);
    if (acts_for_unit(principal) && keeps_members(rules, file, principal->unit))
        relation |= RELATION_KEEPER;
    return relation;
}

bool permit_verb(enum verb verb, uint32_t relation)
{
    size_t count = sizeof verbs / sizeof verbs[0];
    return (size_t)verb < count && (verbs[verb] & relation) != 0;
}

bool permit_contact(uint32_t relation, bool confidential)
{
    uint32_t handlers = RELATION_OFFICE | RELATION_CHARGE | RELATION_SUPERVISOR | RELATION_ASKED;
    return (relation & handlers) || (!confidential && (relation & CALLED));
}

bool permit_member(const struct rules *rules, const struct principal *principal, const struct member *member)
{
    return member && acts_for_unit(principal) &&
           (member->unit == principal->unit || rules->areas.areas[member->area].office == principal->unit);
}

bool permit_feed(const struct rules *rules, const struct principal *principal, const char *recipient)
{
    static const char leader[] = "leader/", member[] = "member/";
    if (recipient && text_starts(recipient, leader))
        return text_same(recipient + sizeof leader - 1, principal->code);
    if (!recipient || !acts_for_unit(principal))
        return false;
    if (text_starts(recipient, member))
        return permit_member(rules, principal, member_find(&rules->members, recipient + sizeof member - 1));
    const struct unit *unit = &rules->units.units[principal->unit];
    size_t length = strlen(unit->code);
    if (!text_starts(recipient, unit->code))
        return false;
    const char *rest = recipient + length;
    return *rest == 0 || (*rest == '/' && unit_contact(unit, rest + 1));
}

bool permit_why_personal(enum why why)
{
    return why == WHY_LEAD || why == WHY_ASSIST || why == WHY_OFFICE || why == WHY_SUPERVISOR;
}
