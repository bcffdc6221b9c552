#include "depth.h"

#include <stdio.h>
#include <string.h>

enum { PAGE = 50, SAMPLES = 101, TOKEN = 256, TIMES = 5 };

static char month[] = "2026-02", day[] = "2026-02-15", count[] = "called";

// ---- figures ------------------------------------------------------------------------------------

static double ask_rates(struct depth *d, char *period, char *by, uint64_t *facts)
{
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    Whistle__V1__Rates rates = WHISTLE__V1__RATES__INIT;
    Whistle__V1__Selection selection = WHISTLE__V1__SELECTION__INIT;
    Whistle__V1__Reply reply;
    struct arena arena;
    arena_init(&arena, 0);
    selection.period = period;
    rates.selection = &selection;
    rates.by = by;
    request.op_case = WHISTLE__V1__REQUEST__OP_RATES;
    request.rates = &rates;
    double took = depth_ask(d, "centre", &request, &arena, &reply);
    *facts = 0;
    for (size_t i = 0; i < reply.rates->n_counts; i++)
        *facts += reply.rates->counts[i]->number;
    arena_fini(&arena);
    return took;
}

static void measure(struct depth *d, const char *name, char *period, char *by)
{
    double times[TIMES];
    uint64_t facts = 0;
    for (int i = 0; i < TIMES; i++)
        times[i] = ask_rates(d, period, by, &facts);
    MUST(facts > 0, "nothing was counted");
    double took = depth_median(times, TIMES);
    printf("%-28s  %9.1f ms   %llu counted, %.2f µs each\n", name, took, (unsigned long long)facts,
           1e3 * took / (double)facts);
}

// ---- the cases behind them ----------------------------------------------------------------------

struct reading {
    struct depth *d;
    char after[TOKEN];
    uint64_t rows;
};

static double turn(struct reading *r)
{
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    Whistle__V1__Facts facts = WHISTLE__V1__FACTS__INIT;
    Whistle__V1__Selection selection = WHISTLE__V1__SELECTION__INIT;
    Whistle__V1__Reply reply;
    struct arena arena;
    arena_init(&arena, 0);
    selection.period = month;
    facts.selection = &selection;
    facts.of = count;
    facts.max = PAGE;
    facts.after = r->after;
    request.op_case = WHISTLE__V1__REQUEST__OP_FACTS;
    request.facts = &facts;
    double took = depth_ask(r->d, "centre", &request, &arena, &reply);
    MUST(strlen(reply.facts->next_after) < TOKEN, "a long token");
    snprintf(r->after, sizeof r->after, "%s", reply.facts->next_after);
    r->rows += reply.facts->n_rows;
    arena_fini(&arena);
    return took;
}

// One and the other in turn, so that whatever else the machine does, it does to both.
static void compare(struct depth *d)
{
    double first[SAMPLES], deep[SAMPLES];
    uint64_t full = d->cases / PAGE, pages = d->page < full ? d->page : full;
    struct reading r = {.d = d};
    MUST(pages > SAMPLES, "too few cases for a deep page");
    for (uint64_t i = 0; i < pages - SAMPLES; i++)
        turn(&r);
    for (size_t i = 0; i < SAMPLES; i++) {
        struct reading again = {.d = d};
        first[i] = turn(&again);
        deep[i] = turn(&r);
    }
    MUST(r.rows == pages * PAGE, "%llu rows", (unsigned long long)r.rows);
    double at_first = depth_median(first, SAMPLES), at_last = depth_median(deep, SAMPLES);
    printf("%-28s  first page %7.3f ms   page %llu %7.3f ms   ratio %.2f\n", "the cases behind a figure",
           at_first, (unsigned long long)pages, at_last, at_last / at_first);
}

void depth_rates(struct depth *d)
{
    static char whole[] = "", unit[] = "unit", area[] = "area";
    compare(d);
    measure(d, "rates of the month", month, whole);
    measure(d, "rates of the month, by unit", month, unit);
    measure(d, "rates of a day, by area", day, area);
}
