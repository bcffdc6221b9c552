#include "sim.h"

#include "base/civil.h"
#include "base/error.h"
#include "rulebook/report.h"

#include <string.h>

// One change of one file; where the file does not hold `old`, nothing changes.
struct patch {
    const char *file, *old, *text;
};

static const struct patch patches[] = {
    {"calendars.yaml", "years: [2025, 2026]", "years: [2025]"},
    {"calendars.yaml", "quiet: 22:00-07:00", "quiet: 20:00-08:30"},
    {"calendars.yaml", "mode: hours", "mode: same-time"},
    {"calendars.yaml", "mode: hours", "mode: end-of-day"},
    {"calendars.yaml", "14:00-18:00]", "13:30-17:30]"},
    {"rulebook.yaml", "accept: 1工作时", "accept: 2工作时"},
    {"rulebook.yaml", "digest_after: 30", "digest_after: 2"},
    {"rulebook.yaml", "arbitrate: 2工作时",
     "arbitrate: 2工作时\n  verify: 1工作日\n  dispatch: 15分钟\n  file: 15分钟"},
    {"conditions.csv", "2紧急工作日", "停工2紧急工作时;拆除2紧急工作日"},
};

static void apply(struct arena *arena, struct rulebook_file *file, const struct patch *patch)
{
    const char *text = arena_strndup(arena, (const char *)file->bytes.bytes, file->bytes.length);
    const char *at = strcmp(file->name, patch->file) == 0 && text ? strstr(text, patch->old) : NULL;
    if (!at)
        return;
    const char *changed =
        arena_printf(arena, "%.*s%s%s", (int)(at - text), text, patch->text, at + strlen(patch->old));
    file->bytes = (struct blob){(const uint8_t *)changed, strlen(changed)};
}

static struct rulebook *changed_book(struct sim *sim, bool first)
{
    struct rulebook_report report;
    struct rulebook *book = NULL;
    struct arena arena;
    size_t count;
    const struct rulebook_file *files = rulebook_files(sim->book, &count);
    arena_init(&arena, 0);
    rulebook_report_init(&report);
    struct rulebook_file *changed = arena_memdup(&arena, files, count * sizeof *files);
    MUST(changed != NULL, "no memory");
    for (size_t i = 0; i < sizeof patches / sizeof *patches && !first; i++)
        for (size_t j = sim_chance(sim, 30) ? 0 : count; j < count; j++)
            apply(&arena, &changed[j], &patches[i]);
    int rc = rulebook_load_files(changed, count, &book, &report);
    MUST(rc == 0, "a changed rulebook: %s", error_name(rc));
    rulebook_report_fini(&report);
    arena_fini(&arena);
    return book;
}

struct work *changes_load(struct sim *sim, bool first)
{
    struct work *work = work_create(WORK_RULES, 0);
    MUST(work != NULL, "no memory");
    work->book = changed_book(sim, first);
    work->detail = "sim";
    work->received_ms = sim->now_ms;
    sim->reloads++;
    return work;
}

// An hour back, a day ahead, some seconds that are held.
void changes_jump(struct sim *sim)
{
    static const int64_t spans[] = {-HOUR_MS, -90 * MINUTE_MS, -1500, -5000, DAY_MS, 3 * HOUR_MS};
    sim->now_ms += spans[sim_below(sim, sizeof spans / sizeof *spans)];
    sim->jumps++;
}
