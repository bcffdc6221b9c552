// What `whistle top` asks, and what it makes of the answers.
//
// Nothing here waits for the daemon: a request goes out, and each turn of the loop looks whether its answer
// is there, so that keys work while the daemon is away.
#include "top.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "intl.h"
#include "times.h"

enum { PATIENCE_MS = 3000 }; // a daemon that is there answers long before

void top_say(struct top *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(t->message, sizeof t->message, format, args);
    va_end(args);
    t->changed = true;
}

int64_t top_now(const struct top *t)
{
    if (t->city_ms)
        return t->city_ms + times_monotonic() - t->heard_at;
    return (int64_t)time(NULL) * 1000;
}

// ---- asking -------------------------------------------------------------------------------------

// The zone is asked for once and first, so that no time is shown in another.
static void ask_day(struct top *t)
{
    if (t->tool->knows_zone || t->tool->settings.zone)
        talk_day(&t->talk, &t->asked);
    else
        talk_zone(&t->talk);
    t->next_day_at = times_monotonic() + (int64_t)t->interval_s * 1000;
}

static void ask_case(struct top *t)
{
    talk_case(&t->talk, t->number);
    t->next_case_at = times_monotonic() + (int64_t)t->interval_s * 1000;
}

void top_ask_now(struct top *t)
{
    ask_day(t);
    if (*t->number)
        ask_case(t);
}

void top_ask_due(struct top *t)
{
    int64_t now = times_monotonic();
    if (now >= t->next_day_at && !talk_is_out(&t->talk, TALK_DAY))
        ask_day(t);
    if (*t->number && now >= t->next_case_at && !talk_is_out(&t->talk, TALK_CASE))
        ask_case(t);
}

void top_open_case(struct top *t, const char *number)
{
    top_close_case(t);
    snprintf(t->number, sizeof t->number, "%s", number);
    ask_case(t);
}

void top_close_case(struct top *t)
{
    whistle_reply_free(t->case_);
    t->case_ = NULL;
    *t->number = 0;
    t->case_first = 0;
}

void top_urge(struct top *t, const char *number)
{
    talk_urge(&t->talk, number);
    top_say(t, _("%s: urging …"), number);
}

// ---- listening ----------------------------------------------------------------------------------

static void hear(struct top *t, const Whistle__V1__Reply *reply)
{
    if (!reply || !reply->now_ms)
        return;
    t->city_ms = reply->now_ms;
    t->heard_at = times_monotonic();
    tool_heard(t->tool, reply);
}

static void note_silence(struct top *t, int64_t waited_ms)
{
    if (t->away_since_ms)
        return;
    t->away_since_ms = top_now(t) - waited_ms;
    t->changed = true;
}

static void take_day(struct top *t, Whistle__V1__Reply *reply)
{
    top_model_take(&t->model, reply->digest);
    whistle_reply_free(t->day);
    t->day = reply;
    t->away_since_ms = 0;
    *t->why = 0;
}

// The zone's answer, whatever it says, lets the day be asked for.
static void take_zone(struct top *t, Whistle__V1__Reply *reply)
{
    t->tool->knows_zone = true;
    t->next_day_at = 0;
    whistle_reply_free(reply);
}

static void fail_day(struct top *t, int result, Whistle__V1__Reply *reply, int64_t waited_ms)
{
    if (result == WHISTLE_NO_ANSWER) {
        note_silence(t, waited_ms);
        t->next_day_at = 0;
    } else {
        t->away_since_ms = 0;
        snprintf(t->why, sizeof t->why, "%s", talk_why(&t->talk, TALK_DAY, reply));
    }
    whistle_reply_free(reply);
}

static bool names_zone(const Whistle__V1__Reply *reply)
{
    return reply && reply->result_case == WHISTLE__V1__REPLY__RESULT_CATALOG && *reply->catalog->zone;
}

static void listen_day(struct top *t)
{
    Whistle__V1__Reply *reply;
    int64_t waited_ms = talk_waited(&t->talk, TALK_DAY);
    bool zone = !t->tool->knows_zone && !t->tool->settings.zone;
    int result = talk_take(&t->talk, TALK_DAY, &reply);
    if (result == WHISTLE_NOTHING) {
        if (waited_ms > PATIENCE_MS)
            note_silence(t, waited_ms);
        return;
    }
    t->changed = true;
    zone = zone && result != WHISTLE_NO_ANSWER;
    t->tool->knows_zone |= zone && !names_zone(reply); // tool_heard would ask again, and wait for it
    hear(t, reply);
    if (zone)
        take_zone(t, reply);
    else if (result == WHISTLE_OK && reply->result_case == WHISTLE__V1__REPLY__RESULT_DIGEST)
        take_day(t, reply);
    else
        fail_day(t, result, reply, waited_ms);
}

static void listen_case(struct top *t)
{
    Whistle__V1__Reply *reply;
    int result = talk_take(&t->talk, TALK_CASE, &reply);
    if (result == WHISTLE_NOTHING)
        return;
    t->changed = true;
    hear(t, reply);
    bool shown =
        result == WHISTLE_OK && reply->result_case == WHISTLE__V1__REPLY__RESULT_SHOW && reply->show->case_;
    if (shown && strcmp(reply->show->case_->number, t->number) == 0) {
        whistle_reply_free(t->case_);
        t->case_ = reply;
        return;
    }
    if (!shown && *t->number)
        top_say(t, "%s: %s", t->number, talk_why(&t->talk, TALK_CASE, reply));
    whistle_reply_free(reply);
}

static void listen_act(struct top *t)
{
    Whistle__V1__Reply *reply;
    int result = talk_take(&t->talk, TALK_ACT, &reply);
    if (result == WHISTLE_NOTHING)
        return;
    hear(t, reply);
    const char *verb = intl_word(WORDS_VERB, VERB_URGE);
    if (result != WHISTLE_OK || reply->result_case != WHISTLE__V1__REPLY__RESULT_RECEIPT)
        top_say(t, "%s: %s", t->urged, talk_why(&t->talk, TALK_ACT, reply));
    else
        top_say(t, "%s  %s · %s", t->urged, verb, intl_word(WORDS_CASE_STATE, (int)reply->receipt->state));
    whistle_reply_free(reply);
    if (result == WHISTLE_OK)
        top_ask_now(t);
}

// ---- all ----------------------------------------------------------------------------------------

bool top_is_waiting(const struct top *t)
{
    return talk_is_out(&t->talk, TALK_DAY) || talk_is_out(&t->talk, TALK_CASE) ||
           talk_is_out(&t->talk, TALK_ACT);
}

void top_listen(struct top *t)
{
    struct arena kept = tool_scratch_begin(t->tool);
    listen_day(t);
    listen_case(t);
    listen_act(t);
    tool_scratch_end(t->tool, kept);
}
