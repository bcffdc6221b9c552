#include "recount.h"

#include <inttypes.h>
#include <string.h>

#include "intl.h"

struct recount {
    struct tool *tool;
    const Whistle__V1__RatesView *answer;
    uint64_t *numbers; // summed over the pages, in the order of the answer's counts
    uint64_t *left_out;
    uint64_t cases, events, replayed;
    bool fits; // every page has the answer's counts
};

// A rulebook that was loaded meanwhile counts other things.
static bool is_same_count(const Whistle__V1__Count *a, const Whistle__V1__Count *b)
{
    bool same = strcmp(a->count, b->count) == 0 && a->n_without == b->n_without;
    for (size_t i = 0; same && i < a->n_without; i++)
        same = strcmp(a->without[i], b->without[i]) == 0;
    return same;
}

static void add_page(struct recount *r, const Whistle__V1__RecountView *page)
{
    r->fits = r->fits && page->n_counts == r->answer->n_counts;
    for (size_t i = 0; r->fits && i < page->n_counts; i++)
        r->fits = is_same_count(page->counts[i], r->answer->counts[i]);
    for (size_t i = 0; r->fits && i < page->n_counts; i++) {
        r->numbers[i] += page->counts[i]->number;
        r->left_out[i] += page->counts[i]->left_out;
    }
    r->cases += page->cases;
    r->events += page->events;
    r->replayed += page->replayed;
}

static int ask_pages(struct recount *r, const Whistle__V1__Selection *selection)
{
    Whistle__V1__Recount asked = WHISTLE__V1__RECOUNT__INIT;
    asked.selection = (Whistle__V1__Selection *)(uintptr_t)selection;
    asked.after = r->answer->as_of;
    do {
        Whistle__V1__Reply *reply;
        if (whistle_recount(tool_handle(r->tool), &asked, &reply) != WHISTLE_OK ||
            reply->result_case != WHISTLE__V1__REPLY__RESULT_RECOUNT)
            return tool_failed(r->tool, reply);
        add_page(r, reply->recount);
        asked.after = arena_strdup(&r->tool->arena, reply->recount->next_after);
        whistle_reply_free(reply);
    } while (asked.after && *asked.after);
    return asked.after ? EXIT_DONE : EXIT_FAILED;
}

static bool is_same(const struct recount *r, size_t i)
{
    const Whistle__V1__Count *count = r->answer->counts[i];
    return count->number == r->numbers[i] && count->left_out == r->left_out[i];
}

static void print_difference(const struct recount *r, size_t i, FILE *out)
{
    const Whistle__V1__Count *count = r->answer->counts[i];
    fprintf(
        out,
        _("  %s: the books say %" PRIu64 " (left out %" PRIu64 "), the journal %" PRIu64 " (%" PRIu64 ")\n"),
        count->count, count->number, count->left_out, r->numbers[i], r->left_out[i]);
}

static int print_outcome(const struct recount *r, FILE *out)
{
    if (!r->fits) {
        fprintf(out, "%s\n", _("the rulebook has changed since: nothing can be compared"));
        return EXIT_FAILED;
    }
    size_t different = 0;
    for (size_t i = 0; i < r->answer->n_counts; i++)
        different += !is_same(r, i);
    bool equal = !different && r->events == r->replayed;
    fprintf(out, _("recounted from the journal: %" PRIu64 " cases, %" PRIu64 " events, %zu counts: %s\n"),
            r->cases, r->events, r->answer->n_counts, equal ? _("equal") : _("NOT equal"));
    for (size_t i = 0; i < r->answer->n_counts; i++)
        if (!is_same(r, i))
            print_difference(r, i, out);
    if (r->events != r->replayed)
        fprintf(out, _("  the cases were told from %" PRIu64 " events\n"), r->replayed);
    return equal ? EXIT_DONE : EXIT_FAILED;
}

int recount_run(struct tool *tool, const Whistle__V1__RatesView *answer,
                const Whistle__V1__Selection *selection, FILE *out)
{
    Whistle__V1__Selection same = *selection;
    same.period = answer->period; // "this month" may be another one by now
    struct recount r = {
        .tool = tool,
        .answer = answer,
        .numbers = arena_array(&tool->arena, answer->n_counts + 1, sizeof *r.numbers),
        .left_out = arena_array(&tool->arena, answer->n_counts + 1, sizeof *r.left_out),
        .fits = true,
    };
    int status = r.numbers && r.left_out ? ask_pages(&r, &same) : EXIT_FAILED;
    return status == EXIT_DONE ? print_outcome(&r, out) : status;
}
