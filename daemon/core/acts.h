// The acts on a case, one function a verb. Internal to decide_*.c: decide_act has found the case, the unit
// that is meant, and that the principal may; each function checks the rest, then writes events or refuses.
#pragma once

#include "core/draft.h"

// What the act was found to be about.
struct act_target {
    const struct act *act;
    const char *unit;              // whose summons is meant
    const struct summons *summons; // that summons; NULL for verbs that need none
    uint32_t target;               // index of act.target, UNIT_NONE without one
};

typedef void act_handler(struct draft *draft, const struct act_target *target);

// decide_summons.c: what a called unit does
act_handler act_accept, act_report, act_decline, act_resolve, act_answer, act_hand_down, act_progress;
// decide_office.c: what the submitting office does
act_handler act_urge, act_hand_up, act_return, act_settle, act_cancel, act_add_unit;
// decide_evaluate.c: the office's verdict on each unit
act_handler act_evaluate;
// decide_closing.c: how a case is brought to its end, and back from it
act_handler act_feedback, act_call_back, act_close, act_reopen;
// decide_merge.c: two whistles about one thing
act_handler act_merge, act_unmerge;
// decide_call_up.c: what members of a pool do
act_handler act_claim, act_check_in, act_withdraw;
// decide_ruling.c: who has to come
act_handler act_reassign, act_excuse, act_convene;
// decide_desk.c: what a supervisor orders, and what anybody may
act_handler act_supervise, act_comment, act_delivered, act_undelivered, act_erase;
// decide_petition.c: what a called unit asks for, and the answer
act_handler act_petition, act_grant, act_refuse;
// decide_ledger.c: what changes a clock that runs
act_handler act_resume, act_change_limit, act_advance;
// decide_verify.c: what waits for somebody else
act_handler act_verify, approve, reject;

// Begins the event of an act: its target, reason and personal parts are put down. NULL once the draft failed.
struct event *act_begin(struct draft *draft, enum event_kind kind, const struct act_target *target);

// Resumes the clocks whose pause was planned to end by `at_ms`, each at its own planned time. False on
// failure.
bool resume_planned(struct draft *draft, int64_t at_ms);

// Starts the clock of whoever comes next where this event resolves the case: of the verifier, where its rule
// names one or the rulebook gives a limit; else of the office, which closes it.
void await_verification(struct draft *draft, struct event *event);

// The office has this long to bring a case to its end whose work is done, and verified.
void await_closing(struct draft *draft, struct event *event);

// The reason is a listed one where the rulebook lists any, and there is one if it is needed. False when it
// was refused.
bool act_gives_reason(struct draft *draft, const struct reason_list *list, const char *reason, bool needed);

// Whether an act that names `target`, or nobody (NULL, ""), means this summons.
bool act_means(const struct summons *summons, const char *target);

// Refuses an act whose target is not called, or has done nothing yet.
void act_refuse_target(struct draft *draft, const struct act_target *target);

// Refuses the act: the state of the case does not take it; the principal may not (`field`: what says so, or
// NULL). False, for whoever passes it on.
bool act_refuse_state(struct draft *draft);
bool act_refuse_actor(struct draft *draft, const char *field);

// Takes the attachments of the act along.
void act_attach(struct event *event, const struct act_target *target);

// The act says "solved" or "not solved". False when it was refused.
bool act_has_verdict(struct draft *draft, const struct act *act);

// Tells whoever has done his part.
void tell_workers(struct draft *draft, struct event *event);

// A text goes with the act, or a file: what is told, reported or decided is not empty. False when it was
// refused.
bool act_says_something(struct draft *draft, const struct act *act);

// Whether this unit has done the work of a summons, its own or one that was handed down to it.
bool has_worked(const struct casefile *file, const char *unit);

// Starts the clock of the places of an open call, on the office, where any are free and none runs.
void await_members(struct draft *draft, struct event *event, const struct rule *rule);

// Whether somebody (`unit`, where it is given) has done his part.
bool is_done_by(const struct casefile *file, const char *unit);

// 返工: what is done (of one unit, where `unit` is given) begins anew, with clocks of its own; the old facts
// stay.
void rework(struct draft *draft, const char *unit);

// What the resident was told and said was about the work before.
void closing_forget(struct closing *closing);

// Ends an event that says whether the work is solved: what is not is rework, of whom the act names; what is
// may close the case.
void end_verdict(struct draft *draft, struct event *event, const struct act *act);

// Closes the case if nothing stands in the way: all is done, verified where somebody verifies, found solved
// by the office, and the resident was told and asked where that is needed.
void close_if_ready(struct draft *draft);

// A level that is in charge has a time of its own again, where the work begins anew.
void resume_charge(struct draft *draft, struct event *event);

// What rests in a case that was given up is a case of its own again.
void part_joined(struct draft *draft);

// This event closes the case, for a coded reason; how long it may be reopened begins to run.
void put_to_end(struct draft *draft, struct event *event, const char *reason);

// Excuses a unit's summons in the event. What it held because it was wrongly called is not counted against
// it.
void excuse_summons(struct draft *draft, struct event *event, const struct summons *from);

// Whether the principal supervises the area of the case.
bool act_supervises(const struct draft *draft);

// Orders a unit to answer: its clock starts, the unit is told. `by` is the unit that orders.
void order_answer(struct draft *draft, struct event *event, const struct summons *summons, const char *by,
                  struct limit limit, int64_t due_ms, const char *ladder);

// Moves the charge to the office `levels` above `from` (a unit's code); its clock starts. False when there is
// none, or none above the unit in charge: several clocks that are late at one time hand a case up once.
bool move_charge(struct draft *draft, struct event *event, const char *from, uint32_t levels,
                 struct limit limit, const char *ladder, const char *why);

// A call-up without a member on site.
bool nobody_came(const struct casefile *file);

// An open call whose places are free reaches the members of the area of whoever is in charge now.
void widen_call(struct draft *draft);

// The case is resolved by this event when everything else is done already; stops what runs on the case
// itself.
void resolve_if_done(struct draft *draft, struct event *event, uint32_t summons_now_done);
