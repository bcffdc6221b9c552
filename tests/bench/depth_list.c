#include "depth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 50, SAMPLES = 101, MOVED = 5000, TOKEN = 256 };

// A list that is being read.
struct reading {
    struct depth *d;
    Whistle__V1__List list;
    char after[TOKEN];
    char last[32]; // number of the last row
    uint64_t pages, rows, moved;
};

static void begin(struct reading *r, struct depth *d)
{
    *r = (struct reading){.d = d};
    whistle__v1__list__init(&r->list);
    r->list.max = PAGE;
}

// The next page; the milliseconds it took.
static double turn(struct reading *r)
{
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    Whistle__V1__Reply reply;
    struct arena arena;
    arena_init(&arena, 0);
    request.op_case = WHISTLE__V1__REQUEST__OP_LIST;
    request.list = &r->list;
    r->list.after = r->after;
    double took = depth_ask(r->d, "centre", &request, &arena, &reply);
    const Whistle__V1__CaseList *page = reply.list;
    MUST(strlen(page->next_after) < TOKEN, "a token of %zu characters", strlen(page->next_after));
    snprintf(r->after, sizeof r->after, "%s", page->next_after);
    r->pages++;
    r->rows += page->n_rows;
    for (size_t i = 0; i < page->n_rows; i++)
        r->moved += page->rows[i]->moved != 0;
    if (page->n_rows)
        snprintf(r->last, sizeof r->last, "%s", page->rows[page->n_rows - 1]->number);
    arena_fini(&arena);
    return took;
}

// ---- the first page and a deep one --------------------------------------------------------------

// One and the other in turn, so that whatever else the machine does, it does to both.
static void compare(struct depth *d, const char *name, const Whistle__V1__List *list)
{
    double first[SAMPLES], deep[SAMPLES];
    uint64_t full = d->cases / PAGE, pages = d->page < full ? d->page : full;
    struct reading r;
    begin(&r, d);
    r.list = *list;
    MUST(pages > SAMPLES, "too few cases for a deep page");
    while (r.pages < pages - SAMPLES)
        turn(&r);
    for (size_t i = 0; i < SAMPLES; i++) {
        struct reading again;
        begin(&again, d);
        again.list = *list;
        first[i] = turn(&again);
        deep[i] = turn(&r);
    }
    MUST(r.rows == pages * PAGE, "%llu rows on %llu pages", (unsigned long long)r.rows,
         (unsigned long long)pages);
    double at_first = depth_median(first, SAMPLES), at_last = depth_median(deep, SAMPLES);
    printf("%-28s  first page %7.3f ms   page %llu %7.3f ms   ratio %.2f\n", name, at_first,
           (unsigned long long)pages, at_last, at_last / at_first);
}

// ---- what moved ---------------------------------------------------------------------------------

// Everything up to the first page's last due time but one is the list; the cases behind it move meanwhile.
static void read_moved(struct depth *d, const Whistle__V1__List *list)
{
    struct reading r, others;
    uint64_t moved = d->cases < MOVED ? d->cases : MOVED;
    begin(&r, d);
    r.list = *list;
    turn(&r);
    begin(&others, d);
    others.list = *list;
    others.list.max = 1;
    for (uint64_t i = 0; i < moved; i++) {
        turn(&others);
        depth_remark(d, others.last);
        if ((i + 1) % BATCH_MAX_WORKS == 0 || i + 1 == moved)
            depth_commit(d);
    }
    // on a list of few cases, the walk is soon over
    r.list.max = 500;
    while (*r.after && !r.moved)
        turn(&r);
    r.list.max = PAGE;
    double times[SAMPLES];
    size_t count = 0;
    while (*r.after && count < SAMPLES)
        times[count++] = turn(&r);
    MUST(count > 1, "nothing moved");
    printf("%-28s  a page     %7.3f ms\n", "what moved meanwhile", depth_median(times, count));
}

// ---- words --------------------------------------------------------------------------------------

static void search(struct depth *d, const char *name, const char *words, uint64_t expected)
{
    struct reading r;
    double total = 0, longest = 0;
    begin(&r, d);
    r.list.open_only = 1;
    r.list.search = (char *)words;
    do {
        double took = turn(&r);
        total += took;
        longest = took > longest ? took : longest;
    } while (*r.after);
    MUST(r.rows == expected, "%llu found, not %llu", (unsigned long long)r.rows,
         (unsigned long long)expected);
    printf("%-28s  %llu found in %.0f ms on %llu pages, the longest %.1f ms; %.2f us a case\n", name,
           (unsigned long long)r.rows, total, (unsigned long long)r.pages, longest,
           1e3 * total / (double)d->cases);
}

void depth_list(struct depth *d)
{
    Whistle__V1__List open = WHISTLE__V1__LIST__INIT, all = WHISTLE__V1__LIST__INIT,
                      of_unit = WHISTLE__V1__LIST__INIT;
    open.max = all.max = of_unit.max = PAGE;
    open.open_only = of_unit.open_only = 1;
    of_unit.unit = (char *)"cg";
    compare(d, "list, open, by due", &open);
    compare(d, "list, open, of a unit", &of_unit);
    compare(d, "list, all, as filed", &all);
    search(d, "search, one in 10,000", DEPTH_WORD, (d->cases + DEPTH_RARE / 2 - 1) / DEPTH_RARE);
    search(d, "search, in no title", "centre", 0); // but in each case
    read_moved(d, &open);
}
