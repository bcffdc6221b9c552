// An event: one thing that happened to one case, with all its results.
//
// `decide` makes events, the journal keeps them, `case_apply` and the store's projection turn them into
// tables. What an event changes stands in it whole (the summonses and clocks that changed, the state after
// it), so that applying it needs neither a rulebook nor a clock.
#pragma once

#include "core/clock.h"
#include "core/whistle.h"
#include "core/words.h"

#include <stdbool.h>
#include <stdint.h>

// What a called unit asks of its supervisor: more time 延期, a pause 暂停, a suspension of the case 挂账, or
// that being late is not counted against it 申诉.
struct petition {
    enum verb verb;     // extend, pause, suspend, appeal; 0: none
    enum stage stage;   // of the clock that it is about; extend, appeal
    uint32_t clock;     // its id
    struct limit limit; // extend: how much more
    int64_t until_ms;   // pause, suspend: where it ends by itself; 0: when somebody resumes it
    int64_t at_ms;      // when it was asked
    const char *reason; // coded
};

// One unit's part in a case 任务单.
struct summons {
    uint32_t id; // within the case, from 1
    const char *unit;
    enum role role;
    enum summons_state state;
    const char *contact; // code of the contact called; NULL: the unit has none
    int64_t called_ms;
    int64_t accepted_ms;
    int64_t reported_ms;
    int64_t eta_ms;
    int64_t arrived_ms;
    int64_t done_ms;
    uint32_t head_count;
    uint64_t accepted_seq; // the events whose private part names the person
    uint64_t reported_seq;
    uint64_t done_seq;
    enum verdict verdict;
    uint32_t reworks;
    uint32_t urges;
    const char *reason;       // coded; of the decline or the result
    int64_t held_since_ms;    // the unit holds the case since; 0: it does not
    int64_t held_ms;          // held before that
    struct petition petition; // what it asks for and nobody has answered yet
    uint32_t extensions;      // that were granted
    uint32_t appeals;         // that were made
    const char *handler;      // the branch that it was handed down to 转派; NULL: the unit itself
    int64_t handed_ms;        // when
    uint64_t progress_seq;    // the unit's latest word on how far it is
    const char *exempt;       // a ruling found it wrongly dispatched: what it held is not counted against it
};

// What has to happen after the work before the case is closed; bits.
enum closing_need {
    CLOSING_FEEDBACK = 1, // the resident is told, with evidence
    CLOSING_CALL_BACK = 2 // the resident is asked
};

// How a case is brought to its end: what was said to the resident, and what the resident says.
struct closing {
    uint32_t needs;              // bits; from the rule that placed the case
    int64_t fed_back_ms;         // since the work was done last; 0: not yet
    uint64_t fed_back_seq;       // the event that has the evidence
    uint32_t calls;              // tries to call back, reached or not
    int64_t called_back_ms;      // when the resident answered; 0: not yet
    enum verdict solved;         // his first answer
    enum satisfaction satisfied; // his second one
    int64_t reopen_until_ms;     // a closed case may be reopened until then; 0: never
    uint32_t reopened;           // how often it was
};

// A member's place in a call-up 认领. Names stay in the rulebook's private file: here is only the code.
struct claim {
    const char *member; // code
    const char *unit;   // that keeps him on its roster
    enum claim_state state;
    int64_t claimed_ms;
    int64_t arrived_ms;
};

// An open call to a pool 社区吹哨、党员报到: the first who claim have the places.
struct open_call {
    const char *pool;
    const char *skill; // NULL: any
    const char *area;  // code: its members are called; wider after each hand-up
    uint32_t places;
    struct claim *claims; // in the order in which they came; one a member
    size_t claim_count;
    int64_t filled_ms; // 0: places are free
};

// A case that was merged into this one 并案.
struct joined {
    const char *number;
    const char *office;
};

// Who is told, and why; the why alone picks what he may see.
struct recipient {
    const char *code;
    enum why why;
    bool digested; // he had more notices than he can read: this one only counts for his digest
};

// A consumer has everything of a feed up to this sequence number.
struct cursor_move {
    const char *recipient;
    const char *consumer;
    uint64_t upto;
};

struct event {
    uint64_t seq; // given by the engine
    int64_t at_ms;
    enum event_kind kind;
    uint64_t case_id; // seq of the case's first event; 0: no case
    const char *number;
    const char *area; // path
    int32_t local_day;
    struct recipient *recipients;
    size_t recipient_count;
    int64_t next_due_ms;     // of the case after this event; 0: none
    enum case_state state;   // after this event; 0: unchanged
    struct whistle *whistle; // filed
    struct summons *summons; // those that changed, whole
    size_t summons_count;
    struct clock *clocks; // those that changed, whole
    size_t clock_count;
    struct rule_ref *rule;
    const char *unit;   // whose act it is
    const char *target; // whom it is about
    const char *reason; // coded
    enum verdict verdict;
    uint32_t head_count;
    int64_t eta_ms;
    int64_t arrived_ms;
    struct attachment *attachments;
    size_t attachment_count;
    const char *charge; // the unit in charge from now on; NULL: unchanged
    uint64_t about_seq;
    const char *means;
    uint32_t tries;
    struct position *position;
    enum stage stage; // of the clock whose rung fired
    uint32_t rung;    // its id in the clock
    bool late;
    bool history;
    const char *office;
    const char **flags;
    size_t flag_count;
    const char *detail;
    uint32_t personal; // enum personal_part bits
    struct cursor_move *cursors;
    size_t cursor_count;
    struct petition *petition;   // asked, granted, refused
    struct closing *closing;     // changed, whole
    struct open_call *open_call; // changed, whole
    const char *other;           // number of the other case: merged, joined, unmerged, parted
    enum ruling ruling; // reassigned: how a quarrel, or a case that nobody was found for, was settled
    enum satisfaction satisfied; // called back
    const char **related;        // filed for a repeated point: the numbers of its whistles
    size_t related_count;
    const char *category_class; // filed: the class that duplicates are looked for in
    const char *unreasonable;   // granted: as casefile.unreasonable
    struct blob unknown;
};

enum { AGENT_MAX_CHARACTERS = 40 }; // of a name, of a staff number

// Who did it: the same for all events of one command.
struct actor {
    const char *principal; // NULL: the daemon itself
    const char *agent_name;
    const char *staff_no;
};
