// An act: finds the case, the unit that is meant, and whether the principal may; then the verb's own
// function.
#include "core/acts.h"

#include "base/error.h"
#include "base/text.h"
#include "core/permit.h"

// A suspended case 挂账 waits: what would start a clock or an argument is not for then.
// A target that is no unit is a recipient, or a member.
enum {
    NEEDS_SUMMONS = 1,
    NEEDS_TARGET = 2,
    NEEDS_OPEN = 4,
    SUSPENDED_TOO = 8,
    NO_UNIT = 16,
    MAX_CODE = 40,
    MAX_ATTACHMENTS = 32
};

static const struct {
    act_handler *handler;
    unsigned needs;
} verbs[] = {
    [VERB_ACCEPT] = {act_accept, NEEDS_SUMMONS | NEEDS_OPEN | SUSPENDED_TOO},
    [VERB_REPORT] = {act_report, NEEDS_SUMMONS | NEEDS_OPEN | SUSPENDED_TOO},
    [VERB_DECLINE] = {act_decline, NEEDS_SUMMONS | NEEDS_OPEN},
    [VERB_RESOLVE] = {act_resolve, NEEDS_SUMMONS | NEEDS_OPEN | SUSPENDED_TOO},
    [VERB_COMMENT] = {act_comment, SUSPENDED_TOO},
    [VERB_URGE] = {act_urge, NEEDS_OPEN},
    [VERB_SUPERVISE] = {act_supervise, NEEDS_TARGET | NEEDS_OPEN},
    [VERB_ANSWER] = {act_answer, NEEDS_SUMMONS | SUSPENDED_TOO},
    [VERB_HAND_UP] = {act_hand_up, NEEDS_OPEN},
    [VERB_ADD_UNIT] = {act_add_unit, NEEDS_TARGET | NEEDS_OPEN},
    [VERB_REASSIGN] = {act_reassign, NEEDS_OPEN},
    [VERB_SETTLE] = {act_settle, NEEDS_OPEN},
    [VERB_EVALUATE] = {act_evaluate, NEEDS_OPEN},
    [VERB_CANCEL] = {act_cancel, NEEDS_OPEN | SUSPENDED_TOO},
    [VERB_DELIVERED] = {act_delivered, SUSPENDED_TOO | NO_UNIT},
    [VERB_UNDELIVERED] = {act_undelivered, SUSPENDED_TOO | NO_UNIT},
    [VERB_EXTEND] = {act_petition, NEEDS_OPEN | SUSPENDED_TOO},
    [VERB_PAUSE] = {act_petition, NEEDS_OPEN},
    [VERB_SUSPEND] = {act_petition, NEEDS_OPEN},
    [VERB_APPEAL] = {act_petition, SUSPENDED_TOO},
    [VERB_GRANT] = {act_grant, SUSPENDED_TOO},
    [VERB_REFUSE] = {act_refuse, SUSPENDED_TOO},
    [VERB_RESUME] = {act_resume, NEEDS_OPEN | SUSPENDED_TOO},
    [VERB_CHANGE_LIMIT] = {act_change_limit, NEEDS_TARGET | NEEDS_OPEN | SUSPENDED_TOO},
    [VERB_ADVANCE] = {act_advance, NEEDS_SUMMONS | NEEDS_OPEN},
    [VERB_VERIFY] = {act_verify, NEEDS_OPEN},
    [VERB_FEEDBACK] = {act_feedback, SUSPENDED_TOO},
    [VERB_CALL_BACK] = {act_call_back, 0},
    [VERB_CLOSE] = {act_close, NEEDS_OPEN},
    [VERB_REOPEN] = {act_reopen, 0},
    [VERB_MERGE] = {act_merge, NEEDS_OPEN},
    [VERB_UNMERGE] = {act_unmerge, 0},
    [VERB_HAND_DOWN] = {act_hand_down, NEEDS_SUMMONS | NEEDS_TARGET | NEEDS_OPEN | SUSPENDED_TOO},
    [VERB_RETURN] = {act_return, NEEDS_OPEN},
    [VERB_EXCUSE] = {act_excuse, NEEDS_TARGET | NEEDS_OPEN},
    [VERB_PROGRESS] = {act_progress, NEEDS_SUMMONS | NEEDS_OPEN | SUSPENDED_TOO},
    [VERB_CLAIM] = {act_claim, NEEDS_TARGET | NEEDS_OPEN | NO_UNIT},
    [VERB_CHECK_IN] = {act_check_in, NEEDS_TARGET | NEEDS_OPEN | NO_UNIT},
    [VERB_WITHDRAW] = {act_withdraw, NEEDS_TARGET | NEEDS_OPEN | NO_UNIT},
    [VERB_CONVENE] = {act_convene, NEEDS_OPEN},
    [VERB_ERASE] = {act_erase, SUSPENDED_TOO},
};

static bool find_verb(struct draft *draft, const struct act *act)
{
    size_t count = sizeof verbs / sizeof verbs[0];
    if (act->verb && (size_t)act->verb < count)
        return true;
    draft_refuse(draft, ERROR_UNKNOWN_OPERATION, "act.verb",
                 arena_printf(draft->arena, "act %d", (int)act->verb), NULL);
    return false;
}

// Where somebody is, and the files that he shows.
static bool check_parts(struct draft *draft, const struct act *act)
{
    bool bare = false;
    for (size_t i = 0; i < act->attachment_count; i++)
        bare |= act->attachments[i].sha256.length != SHA256_BYTES;
    if (act->position && !position_is_on_earth(act->position))
        draft_refuse(draft, ERROR_BAD_VALUE, "act.position", "position", "out of range");
    else if (bare)
        draft_refuse(draft, ERROR_BAD_VALUE, "act.attachments", "attachments", "without their SHA-256");
    else if (act->attachment_count > MAX_ATTACHMENTS)
        draft_refuse(draft, ERROR_TOO_MANY, "act.attachments", "attachments", "32");
    return draft->out->code == 0;
}

static bool check_lengths(struct draft *draft, const struct act *act)
{
    const struct text_bound bounds[] = {{act->reason, "act.reason", "reason", MAX_CODE},
                                        {act->means, "act.means", "means", MAX_CODE},
                                        {act->limit, "act.limit", "limit", MAX_CODE},
                                        {act->target, "act.target", "target", MAX_CODE}};
    return draft_within(draft, bounds, sizeof bounds / sizeof bounds[0]) &&
           draft_within_attachments(draft, act->attachments, act->attachment_count, "act.attachments");
}

// Takes a copy of a case to work on.
static bool take(struct draft *draft, const struct casefile *found)
{
    draft->file = case_copy(draft->arena, found);
    if (!draft->file) {
        draft->error = ERROR_NO_MEMORY;
        return false;
    }
    draft->area = draft_area_of(draft, draft->file);
    return true;
}

bool draft_take_case(struct draft *draft)
{
    const struct casefile *found = draft->view->ops->by_id(draft->view->ctx, draft->command->case_id);
    if (!found)
        draft->error = ERROR_UNKNOWN_CASE;
    return found && take(draft, found);
}

static bool find_case(struct draft *draft, const struct act *act)
{
    const struct casefile *found = draft_find_case(draft, act->number, "act.number");
    return found && take(draft, found);
}

// Who may not see a case is not told whether it exists.
static bool check_permission(struct draft *draft, const struct act *act)
{
    const struct principal *principal = draft->command->principal;
    uint32_t relation = permit_relation(draft->rules, principal, draft->file, draft->area);
    if (permit(act->verb, principal->duties, relation))
        return true;
    if (!permit(OPERATION_SEE, principal->duties, relation))
        draft_refuse(draft, ERROR_UNKNOWN_CASE, "act.number", act->number, NULL);
    else
        act_refuse_actor(draft, NULL);
    return false;
}

static bool find_target(struct draft *draft, struct act_target *target, unsigned needs)
{
    const struct act *act = target->act;
    bool recipient = needs & NO_UNIT;
    target->target = recipient ? UNIT_NONE : unit_find(&draft->rules->units, act->target);
    bool named = text_given(act->target);
    if (named && !recipient && target->target == UNIT_NONE) {
        draft_refuse(draft, ERROR_UNKNOWN_UNIT, "act.target", act->target, NULL);
        return false;
    }
    if ((needs & NEEDS_TARGET) && !named) {
        draft_refuse(draft, ERROR_MISSING, "act.target", "target", NULL);
        return false;
    }
    return true;
}

// A unit acts on its own summons only, or on one that was handed down to it.
static bool find_summons(struct draft *draft, struct act_target *target, unsigned needs)
{
    const struct principal *principal = draft->command->principal;
    const char *own = draft_unit_code(draft, principal->unit);
    bool named = target->act->unit && *target->act->unit;
    target->unit = named ? target->act->unit : own;
    if (!(needs & NEEDS_SUMMONS))
        return true;
    if (!text_same(target->unit, own))
        return act_refuse_actor(draft, "act.unit");
    target->summons = case_summons_in_hand(draft->file, target->unit);
    if (target->summons) {
        target->unit = target->summons->unit;
        return true;
    }
    draft_refuse(draft, ERROR_NOT_SUMMONED, "act.unit", text_or_empty(target->unit), draft->file->number);
    return false;
}

struct event *act_begin(struct draft *draft, enum event_kind kind, const struct act_target *target)
{
    struct event *event = draft_event(draft, kind);
    if (!event)
        return NULL;
    event->target = target->act->target;
    event->reason = target->act->reason;
    event->personal = draft->command->personal;
    return event;
}

bool act_gives_reason(struct draft *draft, const struct reason_list *list, const char *reason, bool needed)
{
    bool given = text_given(reason);
    if (given ? !list->count || reason_text(list, reason) : !needed)
        return true;
    draft_refuse(draft, given ? ERROR_UNKNOWN_REASON : ERROR_MISSING, "act.reason", given ? reason : "reason",
                 NULL);
    return false;
}

bool act_means(const struct summons *summons, const char *target)
{
    return !text_given(target) || text_same(summons->unit, target);
}

void act_refuse_target(struct draft *draft, const struct act_target *target)
{
    const char *unit = target->act->target;
    draft_refuse(draft, ERROR_NOT_SUMMONED, "act.target", text_given(unit) ? unit : "nobody",
                 draft->file->number);
}

bool act_refuse_state(struct draft *draft)
{
    draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL, word_name(WORDS_CASE_STATE, (int)draft->file->state),
                 word_name(WORDS_VERB, (int)draft->command->act.verb));
    return false;
}

bool act_refuse_actor(struct draft *draft, const char *field)
{
    const struct command *command = draft->command;
    draft_refuse(draft, ERROR_NOT_ALLOWED, field, command->principal->code,
                 word_name(WORDS_VERB, (int)command->act.verb));
    return false;
}

void act_attach(struct event *event, const struct act_target *target)
{
    event->attachments = target->act->attachments;
    event->attachment_count = target->act->attachment_count;
}

bool act_has_verdict(struct draft *draft, const struct act *act)
{
    if (act->verdict == VERDICT_SOLVED || act->verdict == VERDICT_NOT_SOLVED)
        return true;
    draft_refuse(draft, act->verdict ? ERROR_BAD_VALUE : ERROR_MISSING, "act.verdict", "verdict",
                 act->verdict ? "unknown" : NULL);
    return false;
}

bool act_says_something(struct draft *draft, const struct act *act)
{
    if ((draft->command->personal & PERSONAL_TEXT) || act->attachment_count)
        return true;
    draft_refuse(draft, ERROR_MISSING, "act.text", "text", NULL);
    return false;
}

bool act_supervises(const struct draft *draft)
{
    uint32_t relation = permit_relation(draft->rules, draft->command->principal, draft->file, draft->area);
    return relation & RELATION_SUPERVISOR;
}

void decide_act(struct draft *draft)
{
    const struct act *act = &draft->command->act;
    struct act_target target = {.act = act};
    if (!find_verb(draft, act) || !check_parts(draft, act) || !check_lengths(draft, act) ||
        !find_case(draft, act) || !check_permission(draft, act))
        return;
    unsigned needs = verbs[act->verb].needs;
    bool over = (needs & NEEDS_OPEN) && !case_is_open(draft->file->state);
    bool waits = draft->file->state == CASE_SUSPENDED && !(needs & SUSPENDED_TOO);
    if (over || waits) {
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, "act.number",
                     word_name(WORDS_CASE_STATE, (int)draft->file->state),
                     word_name(WORDS_VERB, (int)act->verb));
        return;
    }
    if (find_target(draft, &target, needs) && find_summons(draft, &target, needs))
        verbs[act->verb].handler(draft, &target);
}
