#include "core/case.h"

#include "base/error.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>

#define BIT(x) (1u << (x))

static const struct {
    uint32_t next; // bits of the states that may follow
    bool open;
} cases[] = {
    [0] = {BIT(CASE_FILED), false},
    [CASE_FILED] = {BIT(CASE_AWAITING_APPROVAL) | BIT(CASE_DISPATCHED) | BIT(CASE_ARBITRATION) |
                        BIT(CASE_REGISTERED) | BIT(CASE_REJECTED) | BIT(CASE_IN_HAND) | BIT(CASE_CLOSED) |
                        BIT(CASE_CANCELLED) | BIT(CASE_MERGED),
                    true},
    [CASE_AWAITING_APPROVAL] = {BIT(CASE_DISPATCHED) | BIT(CASE_ARBITRATION) | BIT(CASE_REJECTED) |
                                    BIT(CASE_CANCELLED) | BIT(CASE_REGISTERED) | BIT(CASE_CLOSED) |
                                    BIT(CASE_MERGED),
                                true},
    [CASE_DISPATCHED] = {BIT(CASE_IN_HAND) | BIT(CASE_ARBITRATION) | BIT(CASE_SUSPENDED) |
                             BIT(CASE_RESOLVED) | BIT(CASE_CANCELLED) | BIT(CASE_MERGED) | BIT(CASE_CLOSED),
                         true},
    [CASE_IN_HAND] = {BIT(CASE_RESOLVED) | BIT(CASE_ARBITRATION) | BIT(CASE_SUSPENDED) | BIT(CASE_CANCELLED) |
                          BIT(CASE_MERGED) | BIT(CASE_CLOSED),
                      true},
    [CASE_RESOLVED] = {BIT(CASE_VERIFIED) | BIT(CASE_IN_HAND) | BIT(CASE_CLOSED), true},
    [CASE_VERIFIED] = {BIT(CASE_CLOSED) | BIT(CASE_IN_HAND), true},
    [CASE_ARBITRATION] = {BIT(CASE_DISPATCHED) | BIT(CASE_IN_HAND) | BIT(CASE_CANCELLED) | BIT(CASE_CLOSED) |
                              BIT(CASE_RESOLVED) | BIT(CASE_MERGED) | BIT(CASE_REJECTED),
                          true},
    [CASE_SUSPENDED] = {BIT(CASE_DISPATCHED) | BIT(CASE_IN_HAND) | BIT(CASE_RESOLVED) | BIT(CASE_CANCELLED),
                        true},
    [CASE_CLOSED] = {BIT(CASE_IN_HAND) | BIT(CASE_FILED), false}, // reopened: as rework, or placed anew
    [CASE_REGISTERED] = {0, false},
    [CASE_REJECTED] = {0, false},
    [CASE_CANCELLED] = {0, false},
    [CASE_MERGED] = {BIT(CASE_FILED), false},
};

static const struct {
    uint32_t next;
    bool open;
} summonses[] = {
    [0] = {BIT(SUMMONS_CALLED), false},
    [SUMMONS_CALLED] = {BIT(SUMMONS_ACCEPTED) | BIT(SUMMONS_REPORTED) | BIT(SUMMONS_DONE) |
                            BIT(SUMMONS_DECLINED) | BIT(SUMMONS_EXCUSED),
                        true},
    [SUMMONS_ACCEPTED] = {BIT(SUMMONS_REPORTED) | BIT(SUMMONS_DONE) | BIT(SUMMONS_DECLINED) |
                              BIT(SUMMONS_EXCUSED),
                          true},
    [SUMMONS_REPORTED] = {BIT(SUMMONS_DONE) | BIT(SUMMONS_EXCUSED), true},
    [SUMMONS_DONE] = {BIT(SUMMONS_CALLED), false},
    [SUMMONS_DECLINED] = {BIT(SUMMONS_CALLED) | BIT(SUMMONS_EXCUSED), false},
    [SUMMONS_EXCUSED] = {0, false},
};

static bool case_known(enum case_state state)
{
    return (size_t)state < sizeof cases / sizeof cases[0];
}

static bool summons_known(enum summons_state state)
{
    return (size_t)state < sizeof summonses / sizeof summonses[0];
}

bool case_may_move(enum case_state from, enum case_state to)
{
    return from == to || (case_known(from) && case_known(to) && (cases[from].next >> to & 1));
}

bool summons_may_move(enum summons_state from, enum summons_state to)
{
    return from == to || (summons_known(from) && summons_known(to) && (summonses[from].next >> to & 1));
}

bool case_is_open(enum case_state state)
{
    return case_known(state) && cases[state].open;
}

bool summons_is_open(enum summons_state state)
{
    return summons_known(state) && summonses[state].open;
}

struct summons *case_summons(const struct casefile *file, uint32_t id)
{
    return id >= 1 && id <= file->summons_count ? &file->summons[id - 1] : NULL;
}

struct summons *case_summons_of(const struct casefile *file, const char *unit)
{
    for (size_t i = file->summons_count; i-- > 0;)
        if (file->summons[i].state != SUMMONS_EXCUSED && text_same(file->summons[i].unit, unit))
            return &file->summons[i];
    return NULL;
}

const char *case_lead(const struct casefile *file)
{
    for (size_t i = file->summons_count; i-- > 0;)
        if (file->summons[i].role == ROLE_LEAD && file->summons[i].state != SUMMONS_EXCUSED)
            return file->summons[i].unit;
    return "";
}

struct summons *case_summons_in_hand(const struct casefile *file, const char *unit)
{
    struct summons *own = case_summons_of(file, unit);
    for (size_t i = file->summons_count; !own && i-- > 0;)
        if (file->summons[i].state != SUMMONS_EXCUSED && text_same(file->summons[i].handler, unit))
            own = &file->summons[i];
    return own;
}

struct clock *case_clock(const struct casefile *file, enum stage stage, uint32_t summons)
{
    for (size_t i = file->clock_count; i-- > 0;) {
        struct clock *clock = &file->clocks[i];
        if (clock->stage == stage && clock->summons == summons && !clock->stopped_ms)
            return clock;
    }
    return NULL;
}

int64_t case_next_due(const struct casefile *file)
{
    int64_t next = CLOCK_NEVER;
    for (size_t i = 0; i < file->clock_count; i++) {
        int64_t at = clock_next(&file->clocks[i]);
        next = at < next ? at : next;
    }
    return next == CLOCK_NEVER ? 0 : next;
}

static enum waits waits_for_clock(const struct casefile *file)
{
    enum waits waits = 0;
    for (size_t i = 0; i < file->clock_count; i++) {
        if (clock_is_paused(&file->clocks[i]))
            return WAITS_RESUME;
        if (!file->clocks[i].stopped_ms)
            waits = WAITS_PEOPLE; // every rung of it has fired
    }
    return waits;
}

static enum waits waits_for_closing(const struct casefile *file)
{
    for (size_t i = 0; i < file->summons_count; i++)
        if (file->summons[i].state == SUMMONS_DONE && file->summons[i].verdict != VERDICT_SOLVED)
            return WAITS_VERDICT;
    return file->closing && (file->closing->needs & CLOSING_FEEDBACK) && !file->closing->fed_back_ms
               ? WAITS_FEEDBACK
               : WAITS_CALL_BACK;
}

enum waits case_waits(const struct casefile *file)
{
    if (!case_is_open(file->state) || file->next_due_ms)
        return 0;
    if (file->state == CASE_FILED)
        return WAITS_PLACING;
    enum waits waits = waits_for_clock(file);
    bool worked = file->state == CASE_RESOLVED || file->state == CASE_VERIFIED;
    return waits || !worked ? waits : waits_for_closing(file);
}

int64_t case_promised(const struct casefile *file)
{
    int64_t promised = 0;
    for (size_t i = 0; i < file->clock_count; i++) {
        const struct clock *clock = &file->clocks[i];
        bool stands = clock->stop == STOP_NONE || clock->stop == STOP_MET || file->history;
        bool counts = clock->stage == STAGE_RESOLVE && stands;
        int64_t at_ms = clock->promise_ms ? clock->promise_ms : clock->due_ms;
        if (counts && at_ms != CLOCK_NEVER && at_ms > promised)
            promised = at_ms;
    }
    return promised;
}

bool case_all_done(const struct casefile *file)
{
    bool one = false;
    for (size_t i = 0; i < file->summons_count; i++) {
        enum summons_state state = file->summons[i].state;
        if (summons_is_open(state) || state == SUMMONS_DECLINED)
            return false;
        one |= state == SUMMONS_DONE;
    }
    return one;
}

// Puts `item`, whose id counts from 1, into an array that is copied when it grows.
static void *put(struct arena *arena, void *items, size_t *count, uint32_t id, const void *item, size_t size)
{
    assert(id >= 1 && id <= *count + 1);
    if (id == *count + 1) {
        char *grown = arena_array(arena, *count + 1, size);
        if (!grown)
            return NULL;
        if (*count)
            memcpy(grown, items, *count * size);
        items = grown;
        ++*count;
    }
    memcpy((char *)items + (id - 1) * size, item, size);
    return items;
}

static int apply_summons(struct arena *arena, struct casefile *file, const struct event *event)
{
    for (size_t i = 0; i < event->summons_count; i++) {
        const struct summons *after = &event->summons[i];
        const struct summons *before = case_summons(file, after->id);
        assert(summons_may_move(before ? before->state : 0, after->state));
        void *items = put(arena, file->summons, &file->summons_count, after->id, after, sizeof *after);
        if (!items)
            return ERROR_NO_MEMORY;
        file->summons = items;
        struct summons *put_down = &file->summons[after->id - 1];
        if (event->kind == EVENT_ACCEPTED && put_down->accepted_ms == event->at_ms)
            put_down->accepted_seq = event->seq;
        if (event->kind == EVENT_REPORTED)
            put_down->reported_seq = event->seq;
        if (event->kind == EVENT_RESOLVED)
            put_down->done_seq = event->seq;
    }
    return 0;
}

static int apply_clocks(struct arena *arena, struct casefile *file, const struct event *event)
{
    for (size_t i = 0; i < event->clock_count; i++) {
        const struct clock *after = &event->clocks[i];
        void *items = put(arena, file->clocks, &file->clock_count, after->id, after, sizeof *after);
        if (!items)
            return ERROR_NO_MEMORY;
        file->clocks = items;
    }
    return 0;
}

static void apply_filed(struct casefile *file, const struct event *event, const struct actor *actor)
{
    file->id = event->case_id;
    file->number = event->number;
    file->whistle = event->whistle;
    file->area = event->area;
    file->office = event->office;
    file->charge = event->office;
    file->principal = actor->principal;
    file->agent = actor->agent_name;
    file->filed_ms = event->at_ms;
    file->history = event->history;
    file->flags = event->flags;
    file->flag_count = event->flag_count;
    file->related = event->related;
    file->related_count = event->related_count;
    file->category_class = event->category_class;
}

// A case joins this one, or parts from it; the array is made anew.
static int apply_joined(struct arena *arena, struct casefile *file, const struct event *event)
{
    struct joined *joined = arena_array(arena, file->joined_count + 1, sizeof *joined);
    size_t count = 0;
    if (!joined)
        return ERROR_NO_MEMORY;
    for (size_t i = 0; i < file->joined_count; i++)
        if (!text_same(file->joined[i].number, event->other))
            joined[count++] = file->joined[i];
    if (event->kind == EVENT_JOINED)
        joined[count++] = (struct joined){event->other, event->target};
    file->joined = joined;
    file->joined_count = count;
    return 0;
}

static int apply_other(struct arena *arena, struct casefile *file, const struct event *event)
{
    if (event->kind == EVENT_JOINED || event->kind == EVENT_PARTED)
        return apply_joined(arena, file, event);
    if (event->kind == EVENT_MERGED)
        file->merged_into = event->other;
    if (event->kind == EVENT_UNMERGED)
        file->merged_into = NULL;
    return 0;
}

// What was told of the place goes with what is personal.
static int apply_erased(struct arena *arena, struct casefile *file)
{
    struct whistle apart, *whistle = arena_memdup(arena, file->whistle, sizeof *whistle);
    if (!whistle)
        return ERROR_NO_MEMORY;
    whistle_take_apart(whistle, &apart);
    file->whistle = whistle;
    file->erased = true;
    return 0;
}

static void apply_state(struct casefile *file, const struct event *event)
{
    assert(case_may_move(file->state, event->state));
    if (case_is_open(file->state) && !case_is_open(event->state))
        file->closed_ms = event->at_ms;
    if (!case_is_open(file->state) && case_is_open(event->state))
        file->closed_ms = 0;
    file->state = event->state;
    if (event->reason)
        file->reason = event->reason;
}

static void apply_counts(struct casefile *file, const struct event *event)
{
    file->declines += event->kind == EVENT_DECLINED;
    file->urges += event->kind == EVENT_URGED;
    file->reworks += event->kind == EVENT_REWORK;
    file->rungs_fired += event->kind == EVENT_RUNG;
    file->levels_up += event->charge && (event->kind == EVENT_HANDED_UP || event->kind == EVENT_RUNG);
}

int case_apply(struct arena *arena, struct casefile *file, const struct event *event,
               const struct actor *actor)
{
    assert(event->case_id && (file->id == 0 || file->id == event->case_id));
    if (event->kind == EVENT_FILED)
        apply_filed(file, event, actor);
    if (event->state)
        apply_state(file, event);
    int error = apply_summons(arena, file, event);
    if (!error)
        error = apply_clocks(arena, file, event);
    if (!error)
        error = apply_other(arena, file, event);
    if (!error && event->kind == EVENT_ERASED)
        error = apply_erased(arena, file);
    if (error)
        return error;
    if (event->rule)
        file->rule = event->rule;
    if (event->charge)
        file->charge = event->charge;
    if (event->closing)
        file->closing = event->closing;
    if (event->open_call)
        file->open_call = event->open_call;
    if (event->unreasonable)
        file->unreasonable = event->unreasonable;
    apply_counts(file, event);
    file->updated_ms = event->at_ms;
    file->last_seq = event->seq;
    int64_t promised_ms = case_promised(file);
    file->promised_ms = promised_ms ? promised_ms : file->promised_ms;
    file->next_due_ms = case_next_due(file);
    return 0;
}

struct casefile *case_before(struct arena *arena, const struct casefile *file)
{
    struct casefile *before = arena_memdup(arena, file, sizeof *file);
    if (before)
        before->summons = arena_memdup(arena, file->summons, file->summons_count * sizeof *file->summons);
    return arena_failed(arena) ? NULL : before;
}

struct casefile *case_copy(struct arena *arena, const struct casefile *file)
{
    struct casefile *copy = arena_memdup(arena, file, sizeof *file);
    if (!copy)
        return NULL;
    copy->summons = arena_memdup(arena, file->summons, file->summons_count * sizeof *file->summons);
    copy->clocks = arena_memdup(arena, file->clocks, file->clock_count * sizeof *file->clocks);
    for (size_t i = 0; copy->clocks && i < file->clock_count; i++) {
        struct clock *clock = &copy->clocks[i];
        clock->rungs = arena_memdup(arena, clock->rungs, clock->rung_count * sizeof *clock->rungs);
        clock->pauses = arena_memdup(arena, clock->pauses, clock->pause_count * sizeof *clock->pauses);
    }
    return arena_failed(arena) ? NULL : copy;
}

static const char *check_summonses(const struct casefile *file)
{
    for (size_t i = 0; i < file->summons_count; i++) {
        const struct summons *summons = &file->summons[i];
        if (summons->id != i + 1)
            return "a summons is out of its place";
        if (!summons->unit || !*summons->unit)
            return "a summons has no unit";
        if (summons->state < SUMMONS_CALLED || summons->state > SUMMONS_EXCUSED)
            return "a summons has no state";
    }
    return NULL;
}

static const char *check_open_call(const struct open_call *call)
{
    uint32_t taken = 0;
    for (size_t i = 0; i < call->claim_count; i++)
        taken += call->claims[i].state != CLAIM_WITHDRAWN;
    if (taken > call->places)
        return "more members than places";
    return (taken == call->places) == (call->filled_ms != 0) ? NULL : "a call-up is filled that is not full";
}

static const char *check_clocks(const struct casefile *file)
{
    for (size_t i = 0; i < file->clock_count; i++) {
        const struct clock *clock = &file->clocks[i];
        if (clock->id != i + 1)
            return "a clock is out of its place";
        if (!case_is_open(file->state) && !clock->stopped_ms)
            return "a clock runs on a case that is over";
        if (clock->summons && !case_summons(file, clock->summons))
            return "a clock belongs to no summons";
    }
    return NULL;
}

const char *case_check(const struct casefile *file)
{
    if (!file->id || !file->number || !file->whistle)
        return "the case was never filed";
    const char *broken = check_summonses(file);
    if (!broken)
        broken = check_clocks(file);
    if (!broken && file->open_call)
        broken = check_open_call(file->open_call);
    if (!broken && (file->state == CASE_MERGED) != (file->merged_into != NULL))
        broken = "a case is merged into none";
    if (!broken && file->next_due_ms != case_next_due(file))
        broken = "the next due time is not that of the clocks";
    return broken;
}
