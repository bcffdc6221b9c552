#include "core/permit.h"

#include "base/text.h"

#include <string.h>

// The relations by their letters, as config/README.md has them.
enum {
    O = RELATION_OFFICE,
    C = RELATION_CHARGE,
    L = RELATION_LEAD,
    A = RELATION_ASSIST,
    B = RELATION_ABOVE,
    S = RELATION_SUPERVISOR,
    W = RELATION_OBSERVER,
    K = RELATION_ASKED,
    J = RELATION_JOINED,
    M = RELATION_KEEPER,
};

// clang-format off
// Who is in charge, at first the office itself, hands up: one level at a time. An operator removes what is
// personal where the law wants it, and sees nothing of it.
const uint16_t permit_table[OPERATION_COUNT][PERMIT_ROLES] = {
    //                         office               unit         supervisor                 observer  operator  import
    [VERB_ACCEPT]          = { L|A,                 L|A,         L|A                                              },
    [VERB_REPORT]          = { L|A,                 L|A,         L|A                                              },
    [VERB_DECLINE]         = { L|A,                 L|A,         L|A                                              },
    [VERB_RESOLVE]         = { L|A,                 L|A,         L|A                                              },
    [VERB_COMMENT]         = { O|C|L|A|B|K|J,       L|A|K,       O|C|L|A|S|K|J                                    },
    [VERB_URGE]            = { O|C|B|J,             0,           O|C|S|J                                          },
    [VERB_SUPERVISE]       = { 0,                   0,           S                                                },
    [VERB_ANSWER]          = { L|A,                 L|A,         L|A                                              },
    [VERB_HAND_UP]         = { C,                   0,           C                                                },
    [VERB_ADD_UNIT]        = { O|C,                 0,           O|C|S                                            },
    [VERB_REASSIGN]        = { 0,                   0,           S                                                },
    [VERB_SETTLE]          = { O,                   0,           O                                                },
    [VERB_EVALUATE]        = { O,                   0,           O                                                },
    [VERB_CANCEL]          = { O,                   0,           O|S                                              },
    [VERB_DELIVERED]       = { O|C|L|A|B|K,         L|A|K,       O|C|L|A|S|K                                      },
    [VERB_UNDELIVERED]     = { O|C|L|A|B|K,         L|A|K,       O|C|L|A|S|K                                      },
    [VERB_EXTEND]          = { L|A,                 L|A,         L|A|S                                            },
    [VERB_PAUSE]           = { L|A,                 L|A,         L|A|S                                            },
    [VERB_SUSPEND]         = { L|A,                 L|A,         L|A|S                                            },
    [VERB_APPEAL]          = { L|A,                 L|A,         L|A|S                                            },
    [VERB_GRANT]           = { K,                   K,           K|S                                              },
    [VERB_REFUSE]          = { K,                   K,           K|S                                              },
    [VERB_RESUME]          = { L|A,                 L|A,         L|A|S                                            },
    [VERB_CHANGE_LIMIT]    = { 0,                   0,           S                                                },
    [VERB_ADVANCE]         = { L|A,                 L|A,         L|A                                              },
    [VERB_VERIFY]          = { K,                   K,           K|S                                              },
    [VERB_FEEDBACK]        = { O|C|L,               L,           O|C|L|S                                          },
    [VERB_CALL_BACK]       = { O|C|B,               0,           O|C|S                                            },
    [VERB_CLOSE]           = { O|C,                 0,           O|C|S                                            },
    [VERB_REOPEN]          = { O|C|B,               0,           O|C|S                                            },
    [VERB_MERGE]           = { C,                   0,           C|S                                              },
    [VERB_UNMERGE]         = { O|C,                 0,           O|C|S                                            },
    [VERB_HAND_DOWN]       = { L|A,                 L|A,         L|A                                              },
    [VERB_RETURN]          = { C,                   0,           C                                                },
    [VERB_EXCUSE]          = { O|C,                 0,           O|C|S                                            },
    [VERB_PROGRESS]        = { L|A,                 L|A,         L|A                                              },
    [VERB_CLAIM]           = { O|C|M,               M,           O|C|M                                            },
    [VERB_CHECK_IN]        = { O|C|M,               M,           O|C|M                                            },
    [VERB_WITHDRAW]        = { O|C|M,               M,           O|C|M                                            },
    [VERB_CONVENE]         = { 0,                   0,           S                                                },
    [VERB_ERASE]           = { 0,                   0,           S,                         0,        W           },
    [OPERATION_SUBMIT]     = { B,                   0,           S,                         0,        0,        W },
    [OPERATION_SEE]        = { O|C|L|A|B|K|J|M,     L|A|K|M,     O|C|L|A|S|K|J|M,           W,        W,        W },
    [OPERATION_CONTACT]    = { O|C|L|A|K,           L|A|K,       O|C|L|A|S|K                                      },
    [OPERATION_SECRET]     = { O|C|K,               K,           O|C|S|K                                          },
    [OPERATION_MASKED]     = { O|C|L|A|B|K,         L|A|K,       O|C|L|A|S|K                                      },
    [OPERATION_PLACE]      = { O|C|L|A|B|K|M,       L|A|K|M,     O|C|L|A|S|K|M                                    },
    [OPERATION_WORDS]      = { O|C|L|A|B|K,         L|A|K,       O|C|L|A|S|K                                      },
    [OPERATION_MEMBERS]    = { O|C,                 0,           O|C                                              },
    [OPERATION_VIEWS]      = { O|C,                 0,           O|C|S,                     0,        W           },
    [OPERATION_WATCH]      = { 0,                   0,           S,                         W,        W           },
    [OPERATION_FIGURES]    = { B,                   0,           S,                         W,        W,        W },
};
// clang-format on

const char *permit_name(unsigned operation)
{
    static const char *const names[] = {
#define X(id, name) [OPERATION_##id - OPERATION_VERBS_END - 1] = name,
        OPERATIONS(X)
#undef X
    };
    if (operation <= OPERATION_VERBS_END)
        return word_name(WORDS_VERB, (int)operation);
    return operation < OPERATION_COUNT ? names[operation - OPERATION_VERBS_END - 1] : "unknown";
}

bool permit(unsigned operation, uint32_t duties, uint32_t relation)
{
    for (unsigned role = 0; operation < OPERATION_COUNT && role < PERMIT_ROLES; role++)
        if (duties >> role & 1 && permit_table[operation][role] & relation)
            return true;
    return false;
}

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

bool permit_case(unsigned operation, const struct rules *rules, const struct principal *principal,
                 const struct casefile *file, uint32_t area)
{
    return permit(operation, principal->duties, permit_relation(rules, principal, file, area));
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
