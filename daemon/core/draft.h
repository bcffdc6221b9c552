// A decision in the making: events are written one after the other, each applied to a scratch case at once.
//
// Errors stick in `draft.error`: once memory ran out or a calendar failed, the rest does nothing and decide()
// answers with that error and no events. Internal to the core's decide_*.c files.
#pragma once

#include "core/decide.h"

struct draft {
    struct arena *arena;
    const struct rules *rules;
    const struct view *view;
    const struct command *command;
    int64_t now_ms;
    struct decision *out;
    struct casefile *file;           // scratch, out->file
    uint32_t area;                   // of the case; AREA_NONE where the rulebook does not know it
    const struct calendar *calendar; // the city's
    uint64_t first_seq;
    int error; // sticky
};

// Refuses: sets code, field and arguments, and drops the events. Returns `code`.
int draft_refuse(struct draft *draft, int code, const char *field, const char *argument0,
                 const char *argument1);

// A text that stays on record, and how long it may be.
struct text_bound {
    const char *text;  // may be NULL
    const char *field; // "whistle.source"
    const char *name;  // "source"
    unsigned most;     // characters
};

// Nobody tells a story where only a code or a line belongs: refuses the first text that is too long. False
// then.
bool draft_within(struct draft *draft, const struct text_bound *bounds, size_t count);

// The same for what comes with a whistle (`field` "whistle.attachments") or an act.
bool draft_within_attachments(struct draft *draft, const struct attachment *attachments, size_t count,
                              const char *field);

// Room for one item more in an array of an event, which grows in steps; the one before stays in the arena.
// NULL on failure.
void *draft_grow(struct draft *draft, void *items, size_t count, size_t size);

// Begins an event of the draft's case; NULL once the draft failed. One event is open at a time.
struct event *draft_event(struct draft *draft, enum event_kind kind);

// Ends it: stamps the sequence number, applies it, and takes the next due time from the result.
void draft_end(struct draft *draft, struct event *event);

// Tells `recipient` of the event, once; NULL is nobody. The first why stays.
void draft_tell(struct draft *draft, struct event *event, const char *recipient, enum why why);

// Why a called unit is told.
enum why draft_why(const struct summons *summons);

// Tells a unit and its contact on duty.
void draft_tell_unit(struct draft *draft, struct event *event, const char *unit, enum why why);

// Tells the submitting office and, if another, the unit in charge; and the offices whose cases were merged
// into this one, who hear how it goes and nothing of the resident.
void draft_tell_office(struct draft *draft, struct event *event);

// Tells a called unit and, where it was handed down, the branch that has it in hand.
void draft_tell_summons(struct draft *draft, struct event *event, const struct summons *summons);

// Tells every unit that still works on the case, but not `but`, and the members who have a place.
void draft_tell_called(struct draft *draft, struct event *event, const char *but);

// Tells the members who have a place in the case's open call.
void draft_tell_claims(struct draft *draft, struct event *event);

// A copy of a summons to change, put into the event; the change is made in what is returned, which is good
// until the next summons is put there. NULL on failure.
struct summons *draft_summons(struct draft *draft, struct event *event, const struct summons *before);

// The case's closing, or its open call, to change: a copy that is put into the event. NULL on failure; the
// open call also where there is none.
struct closing *draft_closing(struct draft *draft, struct event *event);
struct open_call *draft_open_call(struct draft *draft, struct event *event);

// A new summons for `unit` in the event: state called, held from now on, its contact on duty.
struct summons *draft_call(struct draft *draft, struct event *event, uint32_t unit, enum role role);

// A copy of a clock to change, put into the event (the same copy when it is there already).
struct clock *draft_clock(struct draft *draft, struct event *event, const struct clock *before);

// What a new clock needs to know.
struct clock_order {
    enum stage stage;
    uint32_t summons;
    const char *unit;
    struct limit limit;   // measure none: no clock is started
    const char *calendar; // name, NULL: the city's
    const char *ladder;   // code, NULL: none
    const char *why;
    int64_t start_ms;
    int64_t taken_over_ms;    // as clock.taken_over_ms
    int64_t due_ms;           // not 0: the due time is given (an order), the limit is what lies between
    const struct step *steps; // successive limits, of which `limit` is the first; NULL: one limit
    uint32_t step_count;
    struct clock_pause *pauses; // that it takes over
    size_t pause_count;
};

// Starts a clock in the event, its rungs copied from the ladder. NULL when there is no limit, or on failure.
struct clock *draft_start(struct draft *draft, struct event *event, const struct clock_order *order);

// Its calendar as the rulebook has it now; the city's where it has left the rulebook.
const struct calendar *draft_calendar(const struct draft *draft, const struct clock *clock);

// Where an open pause may end that is to end at `at_ms`: not before it began, even if the city's time was set
// back since.
int64_t draft_pause_end(const struct clock *clock, int64_t at_ms);

// Computes a clock of this event anew, after a change of its ledger.
void draft_reschedule(struct draft *draft, struct clock *clock);

// Stops the running clock of this stage and summons, if there is one. What this event has stopped already
// stays as it was stopped first.
void draft_stop(struct draft *draft, struct event *event, enum stage stage, uint32_t summons,
                enum clock_stop stop);

// Stops every running clock of one summons, or of the whole case.
void draft_stop_summons(struct draft *draft, struct event *event, uint32_t summons, enum clock_stop stop);
void draft_stop_all(struct draft *draft, struct event *event, enum clock_stop stop);

// Stops the clock of this stage that began in this event: a stage that is over as it begins to be known.
void draft_stop_new(struct draft *draft, struct event *event, enum stage stage, enum clock_stop how);

// Puts a summons out of its unit's hands: done, declined, excused; its held time is added up.
void draft_release(struct draft *draft, struct summons *summons, enum summons_state state);

// Excuses every summons that is still open or argued about; their clocks stop as `stop` says: a unit that
// never came has met nothing.
void draft_excuse_all(struct draft *draft, struct event *event, enum clock_stop stop);

// The limits for a unit in this case: what the rule says of this unit alone, else the rule's, the
// condition's, the unit's own, the defaults; emergencies run on continuous time. `rule` and `unit` may be
// NULL.
struct stage_limits draft_limits(struct draft *draft, const struct rule *rule, const char *unit);

// A limit of this case that no rule gives (an order, a hand-up): an emergency's runs on continuous time too.
struct limit draft_limit(const struct draft *draft, struct limit limit);

// Starts the clock of one stage of a summons (0: of the case) for `unit`, from `start_ms` on, by the limit,
// calendar and ladder that apply. NULL where none gives a limit, or on failure. Approval and verification,
// which wait for others, run as long as a ruling may where they have no limit of their own.
struct clock *draft_start_stage(struct draft *draft, struct event *event, const struct rule *rule,
                                enum stage stage, uint32_t summons, const char *unit, int64_t start_ms);

// The ladder of a clock of this stage that no rung and no rule gives: the stage's, else the default.
const char *draft_ladder(const struct draft *draft, enum stage stage);

// Is this the summons of an office that calls up members and works with them itself? It need not tell itself
// that it comes.
bool draft_organises(const struct draft *draft, const struct summons *summons, const struct rule *rule);

// Starts accept, report and resolve of a summons. The resolve clock goes on from `before`, with its start and
// its pauses; NULL: it starts now.
void draft_start_clocks(struct draft *draft, struct event *event, const struct summons *summons,
                        const struct rule *rule, const struct clock *before);

// The rule that placed the case as the rulebook has it now, or NULL.
const struct rule *draft_rule(const struct draft *draft);

// Adds a line to the answer: this unit was called.
void draft_answer_called(struct draft *draft, const struct summons *summons);

// Puts the case on the supervisor's desk, whose clock starts unless it runs. `rule` is what placed the case,
// or NULL.
void draft_to_desk(struct draft *draft, struct event *event, const struct rule *rule);

// The code of a unit, or NULL for UNIT_NONE.
const char *draft_unit_code(const struct draft *draft, uint32_t unit);

// The area that a case lies in; AREA_NONE where the rulebook does not know it any more.
uint32_t draft_area_of(const struct draft *draft, const struct casefile *file);

// A second case that the same command is about: events are this one's until draft_turn_back.
struct draft_aside {
    struct casefile *file;
    uint32_t area;
};

// Turns to a copy of `found`, or, for NULL, to a case that is to be filed. What was in hand is given back.
struct draft_aside draft_turn_to(struct draft *draft, const struct casefile *found);
void draft_turn_back(struct draft *draft, struct draft_aside aside);

// The case by the number that somebody typed, or NULL, refused: `field` is where it stood.
const struct casefile *draft_find_case(struct draft *draft, const char *number, const char *field);

// The handlers, one a file. Each writes events or refuses.
void decide_submit(struct draft *draft);
void decide_act(struct draft *draft);
void decide_tick(struct draft *draft);
void decide_reschedule(struct draft *draft);

// Asks the rules who comes, and calls them. `approved`: a rule that wants approval has it.
void draft_place(struct draft *draft, bool approved);

// Begins the event that files the draft's whistle for this office: number, area, class are found.
struct event *draft_file(struct draft *draft, const char *office);

// Offers what may be about the same thing, and raises the point that repeats to the level above.
void draft_look_around(struct draft *draft);

// Whether the principal stands in any relation to this case.
bool draft_may_see(const struct draft *draft, const struct casefile *file);

// May this other case be about the same thing: its class, near enough, soon enough?
bool draft_is_similar(const struct draft *draft, const struct casefile *other);

// Puts out the open call of a rule that calls a pool.
void draft_call_pool(struct draft *draft, const struct rule *rule);

// Takes the case of the command's `case_id` to work on. False, with the error set, where there is none.
bool draft_take_case(struct draft *draft);
