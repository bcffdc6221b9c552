// Following a feed: fetch, print or hand to a command, put on record, acknowledge.
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cursor.h"
#include "hook.h"
#include "intl.h"
#include "resident.h"
#include "sentence.h"
#include "spool.h"
#include "times.h"
#include "watch.h"
#include "window.h"

enum {
    POLL_MS = 20000,
    MOST_ITEMS = 1000,
    RUNNING_SLICE_MS = 3,
    BUSY_SLICE_MS = 50,
    IDLE_SLICE_MS = 1000,
    ACK_EVERY_MS = 1000,
    LEAST_PAUSE_MS = 1000,
    MOST_PAUSE_MS = 60000
};

struct follow {
    struct watch *w;
    struct whistle *feed; // one long poll after the other
    struct window window;
    struct cursor cursor;
    const char *recipient;
    bool polling;          // a fetch is begun
    bool caught_up;        // the last one brought nothing
    bool away;             // said so already
    int64_t pause_ms;      // between fetches while they are refused
    int64_t next_fetch_ms; // not before
    int64_t next_ack_ms;
    int64_t next_record_ms; // when acts may be tried again
    bool failed;
};

static volatile sig_atomic_t stopped;

static void on_signal(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

// ---- fetching -----------------------------------------------------------------------------------

static void begin(struct follow *f)
{
    Whistle__V1__Fetch fetch = WHISTLE__V1__FETCH__INIT;
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    fetch.recipient = tool_text(f->w->area ? "" : f->recipient);
    fetch.area = tool_text(f->w->area ? f->w->area : "");
    fetch.consumer = tool_text(f->w->consumer);
    fetch.epoch = f->cursor.epoch;
    fetch.after = f->cursor.fetched;
    fetch.max = 100;
    fetch.wait_ms = f->w->once ? 0 : POLL_MS;
    fetch.personal = f->w->personal;
    request.op_case = WHISTLE__V1__REQUEST__OP_FETCH;
    request.fetch = &fetch;
    f->polling = whistle_begin(f->feed, &request) == WHISTLE_OK;
}

static void print_item(struct follow *f, const Whistle__V1__Feed *feed, const Whistle__V1__FeedItem *item)
{
    Whistle__V1__CaseView view = WHISTLE__V1__CASE_VIEW__INIT;
    if (f->w->json) {
        tool_print_json(&item->base);
        return;
    }
    struct arena kept = tool_scratch_begin(f->w->tool);
    view.units = feed->units;
    view.n_units = feed->n_units;
    view.case_ = item->case_;
    const Whistle__V1__Event *event = item->happening->event;
    printf("%" PRIu64 "  %s  ", item->seq, times_show(&f->w->tool->arena, event->at_ms, f->w->tool->now_ms));
    if (*event->number)
        printf("%s  %s  %s  ", event->number, item->area_name, item->category_name);
    const char *resident = resident_in_feed(f->w->tool, item);
    printf("%s%s%s\n", sentence_of(f->w->tool, &view, item->happening), *resident ? "  " : "", resident);
    tool_scratch_end(f->w->tool, kept);
}

static void add_item(struct follow *f, const Whistle__V1__FeedItem *item)
{
    const Whistle__V1__Event *event = item->happening->event;
    char *json = whistle_json(&item->base, WHISTLE_JSON_LOCAL_TIMES);
    if (json)
        window_add(&f->window, item->seq, event->number, word_name(WORDS_EVENT_KIND, (int)event->kind), json,
                   f->recipient);
    free(json);
}

static void take_feed(struct follow *f, const Whistle__V1__Feed *feed)
{
    for (size_t i = 0; i < feed->n_items; i++) {
        const Whistle__V1__FeedItem *item = feed->items[i];
        if (!item->happening || !item->happening->event)
            continue;
        if (f->w->exec)
            add_item(f, item);
        else
            print_item(f, feed, item);
    }
    f->caught_up = feed->n_items == 0;
    cursor_fetched(&f->cursor, feed->epoch, feed->next_after);
    if (!f->w->exec && feed->n_items && fflush(stdout) == 0)
        cursor_done(&f->cursor, feed->items[feed->n_items - 1]->seq);
}

static void begin_again(struct follow *f)
{
    fprintf(stderr, "whistle: %s\n", _("the daemon's store was restored; going on from what it remembers"));
    window_clear(&f->window);
    cursor_reset(&f->cursor);
}

// That the daemon believes nobody is final where the daemon says it.
static bool is_final(const struct follow *f, int result, const Whistle__V1__Reply *reply)
{
    if (!spool_is_passing(result, reply) || f->w->once)
        return true;
    return result == WHISTLE_REFUSED && strcmp(reply->code, "refused") == 0 && !whistle_is_unsealed(f->feed);
}

static void pause_fetching(struct follow *f)
{
    f->next_fetch_ms = times_monotonic() + f->pause_ms;
    f->pause_ms = 2 * f->pause_ms < MOST_PAUSE_MS ? 2 * f->pause_ms : MOST_PAUSE_MS;
}

static void refused(struct follow *f, int result, const Whistle__V1__Reply *reply)
{
    if (result == WHISTLE_REFUSED && strcmp(reply->code, "epoch_changed") == 0) {
        begin_again(f);
        return;
    }
    f->failed = is_final(f, result, reply);
    if (!f->away || f->failed)
        fprintf(stderr, "whistle: %s\n", tool_why(f->w->tool, f->feed, reply));
    f->away = true;
    if (result == WHISTLE_REFUSED)
        pause_fetching(f);
}

static void receive(struct follow *f, uint32_t wait_ms)
{
    Whistle__V1__Reply *reply;
    int result = whistle_finish(f->feed, wait_ms, &reply);
    if (result == WHISTLE_NOTHING)
        return;
    f->polling = false;
    tool_heard(f->w->tool, reply);
    if (result == WHISTLE_OK && reply->result_case == WHISTLE__V1__REPLY__RESULT_FEED) {
        take_feed(f, reply->feed);
        f->away = false;
        f->pause_ms = LEAST_PAUSE_MS;
    } else {
        refused(f, result, reply);
    }
    whistle_reply_free(reply);
}

// ---- commands -----------------------------------------------------------------------------------

static void start_one(struct follow *f, struct item *item, int64_t now)
{
    struct hook hook = {f->w->exec, item->json, item->number, item->event, item->seq, item->tries + 1};
    pid_t pid = hook_start(&hook);
    if (pid > 0) {
        item->pid = pid;
        item->started_ms = now;
    } else if (!window_failed(item, f->w->tries, now)) {
        item->settled = true;
    }
}

static void start(struct follow *f, int64_t now)
{
    struct item *item;
    while (window_running(&f->window) < f->w->jobs && (item = window_ready(&f->window, now)))
        start_one(f, item, now);
}

static void ended(struct follow *f, struct item *item, bool good, const char *why, int64_t now)
{
    if (good) {
        item->pid = 0;
        item->tries++;
        item->settled = item->delivered = true;
        return;
    }
    fprintf(stderr, _("whistle: %s event %" PRIu64 ": the command %s, try %u\n"), item->number, item->seq,
            why, item->tries + 1);
    item->settled = !window_failed(item, f->w->tries, now);
}

static void reap(struct follow *f, int64_t now)
{
    for (size_t i = 0; i < f->window.count; i++) {
        struct item *item = &f->window.items[i];
        bool good;
        const char *why;
        if (item->pid && hook_ended(item->pid, &good, &why))
            ended(f, item, good, why, now);
        else if (item->pid && now - item->started_ms > (int64_t)f->w->exec_timeout_s * 1000)
            hook_kill(item->pid);
    }
}

// ---- what became of it --------------------------------------------------------------------------

// Deliveries that are told about deliveries would never end.
static bool belongs_on_record(const struct follow *f, const struct item *item)
{
    bool about_delivery = strcmp(item->event, "delivered") == 0 || strcmp(item->event, "undelivered") == 0;
    if (about_delivery || !*item->number)
        return false;
    return !item->delivered || f->w->means || f->w->contact;
}

static int put_on_record(struct follow *f, const struct item *item, Whistle__V1__Reply **reply)
{
    Whistle__V1__Act act = WHISTLE__V1__ACT__INIT;
    act.verb = item->delivered ? WHISTLE__V1__VERB__VERB_DELIVERED : WHISTLE__V1__VERB__VERB_UNDELIVERED;
    act.number = item->number;
    act.target = item->recipient;
    act.seq = item->seq;
    act.means = tool_text(f->w->means ? f->w->means : "exec");
    act.tries = item->tries;
    act.reason = tool_text(item->delivered ? "" : "command_failed");
    return whistle_act(tool_handle(f->w->tool), NULL, &act, reply);
}

// True when the item is done with: on record, or refused for good (and said so).
static bool record(struct follow *f, const struct item *item)
{
    Whistle__V1__Reply *reply;
    if (!belongs_on_record(f, item))
        return true;
    int result = put_on_record(f, item, &reply);
    bool passing = result != WHISTLE_OK && spool_is_passing(result, reply);
    if (result != WHISTLE_OK && !passing)
        fprintf(stderr, "whistle: %s: %s\n", item->number, tool_why(f->w->tool, f->w->tool->handle, reply));
    whistle_reply_free(reply);
    return !passing;
}

static void settle(struct follow *f, int64_t now)
{
    for (size_t i = 0; i < f->window.count && now >= f->next_record_ms; i++) {
        struct item *item = &f->window.items[i];
        if (!item->settled || item->done)
            continue;
        item->done = record(f, item);
        if (!item->done)
            f->next_record_ms = now + 5000;
    }
    uint64_t upto = window_drain(&f->window);
    if (upto)
        cursor_done(&f->cursor, upto);
}

static void acknowledge(struct follow *f, int64_t now)
{
    if (!cursor_is_behind(&f->cursor) || now < f->next_ack_ms)
        return;
    if (f->w->area)
        cursor_save(f->w->tool, &f->cursor, f->w->area, f->w->consumer);
    else
        cursor_acknowledge(f->w->tool, &f->cursor, f->recipient, f->w->consumer);
    f->next_ack_ms = now + ACK_EVERY_MS;
}

// ---- the loop -----------------------------------------------------------------------------------

static void wait_ms(uint32_t ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

// How long a turn may wait for the feed: a command that ends is noticed by looking.
static uint32_t slice_of(struct follow *f)
{
    if (window_running(&f->window))
        return RUNNING_SLICE_MS;
    return f->window.count || cursor_is_behind(&f->cursor) ? BUSY_SLICE_MS : IDLE_SLICE_MS;
}

static void turn(struct follow *f)
{
    uint32_t slice = slice_of(f);
    if (!f->polling && f->window.count < MOST_ITEMS && !(f->w->once && f->caught_up) &&
        times_monotonic() >= f->next_fetch_ms)
        begin(f);
    if (f->polling)
        receive(f, slice);
    else
        wait_ms(slice);
    int64_t now = times_monotonic();
    reap(f, now);
    settle(f, now);
    start(f, now);
    acknowledge(f, now);
}

static void end_children(struct follow *f)
{
    for (size_t i = 0; i < f->window.count; i++)
        if (f->window.items[i].pid)
            hook_kill(f->window.items[i].pid);
}

static int loop(struct follow *f)
{
    while (!stopped && !f->failed && !(f->w->once && f->caught_up && f->window.count == 0))
        turn(f);
    end_children(f);
    f->next_ack_ms = 0;
    acknowledge(f, times_monotonic());
    return f->failed ? EXIT_FAILED : EXIT_DONE;
}

int follow_run(struct watch *w)
{
    struct follow f = {.w = w, .pause_ms = LEAST_PAUSE_MS};
    f.recipient = w->contact ? arena_printf(&w->tool->arena, "%s/%s", w->unit, w->contact) : w->unit;
    f.feed = tool_connect(w->tool);
    if (!f.feed || !tool_handle(w->tool))
        return EXIT_FAILED;
    if (w->area)
        cursor_load(w->tool, &f.cursor, w->area, w->consumer);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    int status = loop(&f);
    window_fini(&f.window);
    whistle_close(f.feed);
    return status;
}
