#include "status/gather.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "core/case.h"
#include "status/survey.h"

#include <stdio.h>
#include <string.h>

static int64_t time_or_none(int64_t ms)
{
    return ms == 0 || ms == CLOCK_NEVER ? READING_NONE : ms;
}

static void gather_daemon(struct inquiry *inquiry, struct readings *f)
{
    const struct seen *seen = &inquiry->seen;
    f->group = "daemon";
    readings_label(f, "version", WHISTLED_VERSION, "Version of the daemon");
    readings_gauge(f, "uptime", READING_SPAN, inquiry->machine_ms - seen->started_ms, "Time since the start");
    readings_gauge(f, "started", READING_TIME, seen->started_ms, "Start of the daemon");
    readings_alarm(f, "insecure", inquiry->options->insecure, "Plain messages over TCP are believed",
                   "INSECURE: plain messages over tcp are believed 明文可信");
    readings_gauge(f, "sessions", READING_PLAIN, seen->sessions, "Connections to the status socket");
}

static void gather_loop(struct readings *f, int64_t stall_ms, int64_t stall_max_ms)
{
    f->group = "loop";
    readings_gauge(f, "stall", READING_SHORT, stall_ms,
                   "The longest that the loop kept somebody waiting in the last minute");
    readings_gauge(f, "stall_max", READING_SHORT, stall_max_ms, "The same since the start");
}

static void gather_city(struct inquiry *inquiry, struct readings *f)
{
    readings_gauge(f, "city", READING_TIME, inquiry->now_ms, "Time on the city's clock");
}

static void gather_clock(struct inquiry *inquiry, struct readings *f, const struct store_status *store)
{
    const struct city_clock *clock = &inquiry->options->clock;
    f->group = "clock";
    readings_alarm(f, "demo", store->demo || clock->own, "The store is a demonstration",
                   "DEMO STORE 演示库: not a city's books");
    gather_city(inquiry, f);
    if (clock->own)
        readings_gauge(f, "rate", READING_PLAIN, (int64_t)clock->rate, "City seconds a second");
    const struct service_stats *stats = &inquiry->seen.service;
    readings_counter(f, "steps", READING_PLAIN, stats->clock_steps,
                     "Steps of the wall clock since the start: it was set, or the machine slept");
    readings_gauge(f, "last_step", READING_TIME, time_or_none(stats->clock_stepped_ms),
                   "When it stepped last");
    readings_alarm(
        f, "stepped", stats->clock_steps > 0, "The wall clock has stepped since the start",
        arena_printf(&inquiry->arena,
                     "STEPPED: the clock stepped %+lld s; no rung fires twice, none is lost 时钟跳变",
                     (long long)(stats->clock_step_ms / SECOND_MS)));
}

static void gather_recovery(struct inquiry *inquiry, struct readings *f)
{
    const struct store_recovery *recovery = &inquiry->options->recovery;
    readings_text(f, "way", store_way_name(recovery->way), "How the state came back at the start");
    readings_text(f, "doubt", doubt_name(recovery->why), "Why the state was not trusted at the start");
    readings_gauge(f, "replayed", READING_PLAIN, (int64_t)recovery->replayed,
                   "Events applied to the state at the start");
    readings_gauge(f, "cut", READING_BYTES, (int64_t)recovery->journal.cut_bytes,
                   "A torn tail of the journal that was cut at the start");
}

static void gather_store(struct inquiry *inquiry, struct readings *f, const struct store_status *status)
{
    const struct journal_status *journal = &status->journal;
    struct journal_position head;
    store_head(service_store(inquiry->options->service), &head);
    f->group = "store";
    gather_recovery(inquiry, f);
    readings_gauge(f, "epoch", READING_PLAIN, (int64_t)head.epoch, "Epoch of the journal");
    readings_gauge(f, "head_seq", READING_PLAIN, (int64_t)head.next_seq - 1,
                   "Sequence number of the newest event");
    readings_text(f, "head_chain", inquiry_hex(inquiry, head.chain), "Chain over all records up to the head");
    readings_gauge(f, "segments", READING_PLAIN, (int64_t)journal->segments, "Files of the journal");
    readings_gauge(f, "archived", READING_PLAIN, (int64_t)journal->archived, "Of these in the archive");
    readings_gauge(f, "first_seq", READING_PLAIN, (int64_t)journal->first_seq,
                   "Sequence number of the oldest event that is here");
    readings_gauge(f, "segment", READING_BYTES, (int64_t)journal->segment_bytes,
                   "Size of the current segment");
    readings_gauge(f, "segment_used", READING_BYTES, (int64_t)journal->used_bytes,
                   "Used of the current segment");
    readings_gauge(f, "next_ready", READING_FLAG, journal->next_ready, "The next segment is prepared");
    readings_gauge(f, "state", READING_BYTES, (int64_t)status->state_bytes, "Used of the state");
    readings_gauge(f, "state_most", READING_BYTES, (int64_t)status->map_bytes, "That the state may use");
    readings_gauge(f, "disk_free", READING_BYTES, (int64_t)status->free_bytes, "Free on the store's disk");
    readings_gauge(f, "checkpoint_seq", READING_PLAIN, (int64_t)status->checkpoint_seq,
                   "The newest checkpoint holds all events before this one; 0: there is none");
    readings_alarm(f, "behind", status->behind, "The state could not be written and will catch up",
                   "BEHIND: the state could not be written; it catches up before the next batch 状态滞后");
    readings_alarm(f, "poisoned", journal->poisoned, "An input or output error is behind the journal",
                   "POISONED: the journal is in doubt; start again 日志存疑");
}

static const char *code_of(const struct care_run *run)
{
    return run->begun_ms ? error_name(run->code) : "";
}

// What a backup and a check have in common; `alarm` is told where the last try failed.
static void gather_run(struct readings *f, const struct care_run *last, const struct care_run *good,
                       const char *alarm)
{
    readings_gauge(f, "last_success", READING_TIME, time_or_none(good->begun_ms),
                   "When the last good one was begun");
    readings_gauge(f, "last_try", READING_TIME, time_or_none(last->begun_ms), "When the last one was begun");
    readings_gauge(f, "last_took", READING_SPAN, last->begun_ms ? last->took_ms : READING_NONE,
                   "How long the last one took");
    readings_text(f, "last_code", code_of(last), "What came of the last one: ok, or why it failed");
    readings_alarm(f, "failed", last->code, "The last one failed", alarm);
}

static void gather_care(struct inquiry *inquiry, struct readings *f)
{
    struct care_book book;
    if (!inquiry->options->care)
        return;
    care_read(inquiry->options->care, &book);
    const struct care_run *made = &book.good[CARE_BACKUP];
    const struct care_run *tried = &book.last[CARE_BACKUP], *checked = &book.last[CARE_CHECK];
    f->group = "backup";
    gather_run(
        f, tried, made,
        arena_printf(&inquiry->arena, "BACKUP FAILED: the last backup failed: %s 备份失败", code_of(tried)));
    readings_gauge(f, "seq", READING_PLAIN, made->begun_ms ? (int64_t)made->seq : READING_NONE,
                   "The last good one holds everything up to this event");
    readings_gauge(f, "size", READING_BYTES, made->begun_ms ? (int64_t)made->bytes : READING_NONE,
                   "Bytes of its files");
    readings_gauge(f, "took", READING_SPAN, made->begun_ms ? made->took_ms : READING_NONE,
                   "How long it took");
    readings_text(f, "directory", arena_strdup(&inquiry->arena, made->where), "Where it is");
    f->group = "check";
    gather_run(
        f, checked, &book.good[CARE_CHECK],
        arena_printf(&inquiry->arena, "CHECK FAILED: the last check said %s 核对失败", code_of(checked)));
}

static void gather_rulebook(struct inquiry *inquiry, struct readings *f)
{
    const struct rules *rules = inquiry->rules;
    f->group = "rulebook";
    readings_label(f, "digest", inquiry_hex(inquiry, rules->digest), "The rulebook in force");
    readings_label(f, "city", text_or_empty(rules->city), "The city");
    readings_gauge(f, "loaded", READING_TIME, inquiry->seen.loaded_ms,
                   "In force since, as far as this process saw");
    readings_gauge(f, "areas", READING_PLAIN, rules->areas.count, "Areas");
    readings_gauge(f, "units", READING_PLAIN, rules->units.count, "Units");
    readings_gauge(f, "categories", READING_PLAIN, rules->categories.count, "Categories");
    readings_gauge(f, "rules", READING_PLAIN, rules->routing.count, "Rules");
    readings_gauge(f, "ladders", READING_PLAIN, rules->ladder_count, "Ladders");
    readings_gauge(f, "calendars", READING_PLAIN, rules->calendar_count, "Calendars");
    readings_gauge(f, "principals", READING_PLAIN, rules->principals.count, "Principals");
}

static const char *trouble_text(struct inquiry *inquiry, int error)
{
    if (error == ERROR_STORAGE_FULL)
        return "FULL: the disk or the state has no room: changes are refused, questions are answered; it "
               "goes "
               "on by itself when there is room 存储已满";
    return arena_printf(&inquiry->arena, "TROUBLE: changes are refused: %s 写入受阻", error_name(error));
}

static void gather_trouble(struct inquiry *inquiry, struct readings *f, const struct engine_stats *stats)
{
    readings_text(f, "last_error", stats->last_error ? error_name(stats->last_error) : "",
                  "Why changes are refused");
    readings_alarm(f, "trouble", stats->last_error, "Changes are refused by the store",
                   trouble_text(inquiry, stats->last_error));
    readings_alarm(f, "nearly_full", stats->prepare_error && !stats->last_error,
                   "The journal's next segment cannot be made",
                   "NEARLY FULL: the journal's next segment cannot be made: room is running out 存储将满");
}

static void gather_engine(struct inquiry *inquiry, struct readings *f)
{
    struct engine_stats stats;
    engine_stats(service_engine(inquiry->options->service), &stats);
    f->group = "engine";
    readings_gauge(f, "pending", READING_PLAIN, (int64_t)stats.pending, "Works waiting for the engine");
    readings_counter(f, "batches", READING_PLAIN, stats.batches, "Batches worked");
    readings_counter(f, "works", READING_PLAIN, stats.works, "Works done: commands, and the daemon's own");
    readings_counter(f, "events", READING_PLAIN, stats.events, "Events of cases written");
    readings_counter(f, "ticks", READING_PLAIN, stats.ticks, "Due entries worked");
    readings_counter(f, "refused_busy", READING_PLAIN, stats.refused_busy,
                     "Works refused because too many waited");
    readings_gauge(f, "shared", READING_FLAG, stats.shared,
                   "Several principals submit: none takes more than its share of a batch");
    readings_counter(f, "withdrawn", READING_PLAIN, stats.withdrawn,
                     "Works dropped: their connection was gone before their turn");
    readings_counter(f, "failed_batches", READING_PLAIN, stats.failed_batches,
                     "Batches that the store refused");
    readings_gauge(f, "last_batch", READING_TIME, time_or_none(stats.last_batch_ms), "The last batch");
    readings_gauge(f, "heartbeat", READING_TIME, time_or_none(stats.heartbeat_ms),
                   "The engine's thread came round");
    readings_gauge(f, "next_due", READING_TIME, time_or_none(stats.next_due_ms),
                   "City time of the next due entry");
    gather_trouble(inquiry, f, &stats);
}

static void gather_service(const struct service_stats *stats, struct readings *f)
{
    f->group = "service";
    readings_counter(f, "requests", READING_PLAIN, stats->requests, "Requests received");
    readings_counter(f, "refused", READING_PLAIN, stats->refused, "Requests refused by the envelope");
    readings_counter(f, "replayed", READING_PLAIN, stats->replayed, "Sealed messages that came before");
    readings_counter(f, "malformed", READING_PLAIN, stats->malformed, "Requests that could not be read");
    readings_counter(f, "queries", READING_PLAIN, stats->queries, "Looks at the state for requests");
    readings_gauge(f, "polls_waiting", READING_PLAIN, (int64_t)stats->polls_waiting, "Long polls waiting");
    readings_gauge(f, "questions_waiting", READING_PLAIN, (int64_t)stats->questions_waiting,
                   "Questions that wait for their turn");
    readings_gauge(f, "questions_running", READING_PLAIN, (int64_t)stats->questions_running,
                   "Questions that are worked on");
    readings_gauge(f, "longest", READING_SPAN, stats->longest_ms, "Of these, how long the longest runs");
    readings_gauge(f, "walks_running", READING_PLAIN, (int64_t)stats->walks_running,
                   "Of these, walks over the books");
    readings_gauge(f, "buckets", READING_PLAIN, (int64_t)stats->buckets,
                   "Principals and addresses that asked so lately that it counts");
    readings_counter(f, "busy_rate", READING_PLAIN, stats->busy_rate,
                     "Requests answered busy: over their principal's rate");
    readings_counter(f, "busy_bytes", READING_PLAIN, stats->busy_bytes,
                     "Changes answered busy: over their principal's bytes");
    readings_counter(f, "busy_questions", READING_PLAIN, stats->busy_questions,
                     "Questions answered busy: too many waited");
    readings_counter(f, "busy_memory", READING_PLAIN, stats->busy_memory,
                     "Requests answered busy: too much memory was held");
    readings_counter(f, "held_back", READING_PLAIN, stats->held_back,
                     "Worthless requests after which a connection was not read for a while");
    readings_counter(f, "polls_refused", READING_PLAIN, stats->polls_refused,
                     "Long polls answered empty at once: too many waited");
    readings_counter(f, "questions_dropped", READING_PLAIN, stats->questions_dropped,
                     "Questions dropped: their connection was gone before their turn");
    readings_counter(f, "buckets_forgotten", READING_PLAIN, stats->buckets_forgotten,
                     "Buckets given up for others before they were full");
    readings_counter(f, "published", READING_PLAIN, stats->published, "Notices published");
    readings_counter(f, "wait", READING_SPAN, stats->wait_us_sum / 1000,
                     "Sum over commands from receipt to answer");
}

static void gather_guard(struct inquiry *inquiry, struct readings *f)
{
    struct guard_stats stats;
    guard_stats(service_guard(inquiry->options->service), &stats);
    f->group = "guard";
    readings_gauge(f, "quarantined", READING_PLAIN, (int64_t)stats.quarantined,
                   "Requests that are refused since the daemon broke down over them");
    readings_gauge(f, "suspects", READING_PLAIN, (int64_t)stats.suspects,
                   "Requests that were in hand when the daemon broke down or was killed");
    readings_gauge(f, "unread", READING_PLAIN, stats.unread, "Files in poison/ that cannot be read");
    readings_counter(f, "refused", READING_PLAIN, stats.refused,
                     "Times that a quarantined request came again");
    readings_alarm(f, "holds", stats.quarantined > 0, "Something is quarantined",
                   arena_printf(&inquiry->arena,
                                "QUARANTINED: %zu requests that broke the daemon down are refused 已隔离",
                                stats.quarantined));
    readings_alarm(f, "blind", !stats.watching, "Requests in hand are not noted",
                   "UNGUARDED: requests in hand are not noted, a crash would not be known 未设防");
}

static void gather_edge(const struct sp_stats *stats, struct readings *f)
{
    f->group = "edge";
#define X(field, help) readings_gauge(f, #field, READING_PLAIN, (int64_t)stats->field, help);
    SP_GAUGES(X)
#undef X
#define X(field, help) readings_counter(f, #field, READING_PLAIN, stats->field, help);
    SP_COUNTERS(X)
#undef X
    for (int i = 0; i < SP_CLOSE_COUNT; i++)
        readings_member(f, &(struct reading){.name = "closed",
                                             .help = "Connections closed, by reason",
                                             .counter = true,
                                             .number = (int64_t)stats->closed[i],
                                             .label = "reason",
                                             .value = sp_close_name((enum sp_close_reason)i)});
}

static void gather_limits(const struct limits *limits, struct readings *f)
{
    const struct limit_entry *entry;
    f->group = "limit";
    for (size_t i = 0; (entry = limits_entry(i)); i++)
        readings_gauge(f, entry->name, READING_PLAIN, (int64_t)limits_value(limits, i), entry->help);
}

static void gather_states(struct inquiry *inquiry, struct readings *f, int64_t *open)
{
    static const enum case_state states[] = {
#define X(id, number, name, zh) number,
        CASE_STATES(X)
#undef X
    };
    *open = 0;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        char name[32];
        snprintf(name, sizeof name, "state %d", (int)states[i]);
        int64_t count = (int64_t)state_get_count(&inquiry->reader.txn, name);
        *open += case_is_open(states[i]) ? count : 0;
        readings_member(f, &(struct reading){.name = "by_state",
                                             .help = "Cases, by state",
                                             .number = count,
                                             .label = "state",
                                             .value = word_name(WORDS_CASE_STATE, (int)states[i])});
    }
}

static int gather_cases(struct inquiry *inquiry, struct readings *f)
{
    struct survey survey;
    int64_t open;
    int rc = survey_take(inquiry, &survey);
    f->group = "cases";
    gather_states(inquiry, f, &open);
    readings_gauge(f, "open", READING_PLAIN, open, "Cases that are not over");
    readings_gauge(f, "overdue", READING_PLAIN, (int64_t)survey.overdue,
                   "Open cases with a clock past its due time");
    readings_gauge(f, "provisional", READING_PLAIN, (int64_t)survey.provisional,
                   "Due times that cross a year whose holidays are not loaded");
    readings_gauge(f, "undelivered", READING_PLAIN, (int64_t)survey.undelivered,
                   "Tries to reach somebody that failed, in open cases");
    readings_gauge(f, "surveyed", READING_PLAIN, (int64_t)survey.looked,
                   "Open cases that provisional and undelivered were counted over");
    f->group = "feeds";
    readings_gauge(f, "consumers", READING_PLAIN, (int64_t)survey.consumers,
                   "Subscribers that ever acknowledged");
    readings_gauge(f, "silent", READING_PLAIN, (int64_t)inquiry->seen.service.silent,
                   "Subscribers that have not asked for their feed for too long");
    readings_gauge(f, "lagging", READING_PLAIN, (int64_t)survey.lagging,
                   "Subscribers with entries waiting that acknowledge nothing");
    return rc;
}

int gather_readings(struct inquiry *inquiry, struct readings *out)
{
    const struct service *service = inquiry->options->service;
    struct store_status store;
    store_status(service_store(inquiry->options->service), &store);
    readings_init(out, &inquiry->arena);
    gather_daemon(inquiry, out);
    gather_loop(out, inquiry->seen.service.stall_ms, inquiry->seen.service.stall_max_ms);
    gather_clock(inquiry, out, &store);
    gather_store(inquiry, out, &store);
    gather_care(inquiry, out);
    gather_rulebook(inquiry, out);
    gather_engine(inquiry, out);
    int rc = gather_cases(inquiry, out);
    gather_service(&inquiry->seen.service, out);
    gather_guard(inquiry, out);
    gather_edge(&inquiry->seen.edge, out);
    gather_limits(service_limits(service), out);
    if (rc)
        return rc;
    return arena_failed(&inquiry->arena) ? ERROR_NO_MEMORY : inquiry->reader.txn.error;
}

int gather_pulse(struct inquiry *inquiry, unsigned seconds, struct readings *out)
{
    const struct service *service = inquiry->options->service;
    readings_init(out, &inquiry->arena);
    out->group = "clock";
    gather_city(inquiry, out);
    gather_loop(out, service_stall_ms(service, seconds), inquiry->seen.service.stall_max_ms);
    gather_engine(inquiry, out);
    return arena_failed(&inquiry->arena) ? ERROR_NO_MEMORY : 0;
}
