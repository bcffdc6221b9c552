#include "top_talk.h"

#include "times.h"

// whistle_finish sends again what got no answer only when it is given a moment for it.
enum { MOMENT_MS = 5 };

bool talk_open(struct talk *t, struct tool *tool)
{
    *t = (struct talk){.tool = tool};
    for (int i = 0; i < TALK_LINES; i++) {
        t->calls[i].w = tool_connect(tool);
        if (!t->calls[i].w)
            return false;
    }
    return true;
}

void talk_close(struct talk *t)
{
    for (int i = 0; i < TALK_LINES; i++)
        whistle_close(t->calls[i].w);
    *t = (struct talk){0};
}

// A handle has one request at a time; what is given up goes with its handle.
static void give_up(struct talk *t, struct talk_call *call)
{
    struct whistle *fresh = tool_connect(t->tool);
    if (!fresh)
        return;
    whistle_close(call->w);
    call->w = fresh;
    call->out = false;
}

static void begin(struct talk *t, enum talk_line line, const Whistle__V1__Request *request)
{
    struct talk_call *call = &t->calls[line];
    if (call->out)
        give_up(t, call);
    call->failed = whistle_begin(call->w, request);
    call->out = call->failed == WHISTLE_OK;
    call->sent_at = times_monotonic();
}

void talk_zone(struct talk *t)
{
    Whistle__V1__Catalog asked = WHISTLE__V1__CATALOG__INIT;
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    asked.category = tool_text("~"); // that no rulebook has, which keeps the answer short
    request.op_case = WHISTLE__V1__REQUEST__OP_CATALOG;
    request.catalog = &asked;
    begin(t, TALK_DAY, &request);
}

void talk_day(struct talk *t, const Whistle__V1__Digest *asked)
{
    Whistle__V1__Digest digest = *asked;
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    request.op_case = WHISTLE__V1__REQUEST__OP_DIGEST;
    request.digest = &digest;
    begin(t, TALK_DAY, &request);
}

void talk_case(struct talk *t, const char *number)
{
    Whistle__V1__Show show = WHISTLE__V1__SHOW__INIT;
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    show.number = tool_text(number);
    show.history = 1;
    request.op_case = WHISTLE__V1__REQUEST__OP_SHOW;
    request.show = &show;
    begin(t, TALK_CASE, &request);
}

void talk_urge(struct talk *t, const char *number)
{
    Whistle__V1__Act act = WHISTLE__V1__ACT__INIT;
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    act.verb = WHISTLE__V1__VERB__VERB_URGE;
    act.number = tool_text(number);
    request.op_case = WHISTLE__V1__REQUEST__OP_ACT;
    request.act = &act;
    begin(t, TALK_ACT, &request);
}

bool talk_is_out(const struct talk *t, enum talk_line line)
{
    return t->calls[line].out;
}

int64_t talk_waited(const struct talk *t, enum talk_line line)
{
    return t->calls[line].out ? times_monotonic() - t->calls[line].sent_at : 0;
}

int talk_take(struct talk *t, enum talk_line line, Whistle__V1__Reply **reply)
{
    struct talk_call *call = &t->calls[line];
    int result = call->failed;
    *reply = NULL;
    call->failed = WHISTLE_OK;
    if (result != WHISTLE_OK)
        return result;
    if (!call->out)
        return WHISTLE_NOTHING;
    result = whistle_finish(call->w, MOMENT_MS, reply);
    call->out = result == WHISTLE_NOTHING;
    return result;
}

const char *talk_why(struct talk *t, enum talk_line line, const Whistle__V1__Reply *reply)
{
    return tool_why(t->tool, t->calls[line].w, reply);
}
