#include "rulebook/counts.h"

#include "base/text.h"
#include "rulebook/suggest.h"

#include <string.h>

uint32_t counts_exclusions(struct loader *loader, const struct cells *cells)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < cells->count; i++) {
        uint32_t before = bits;
        for (enum exclusion e = EXCLUDED_APPEAL; e <= EXCLUDED_UNREASONABLE; e++)
            if (text_same(cells->items[i].text, exclusion_name(e)))
                bits |= EXCLUDED_BIT(e);
        if (bits == before)
            report_add(loader->report, FINDING_BAD_VALUE, cells->items[i].at,
                       "%s is none of appeal, misdispatched, unreasonable, or stands there twice",
                       cells->items[i].text);
    }
    return bits;
}

static const char *kind_at(const void *context, uint32_t index)
{
    (void)context;
    const char *name = fact_name((enum fact_kind)(index + 1));
    return *name ? name : "-";
}

void counts_report(struct loader *loader, const struct cell *cell, const char *word)
{
    char kind[32] = "";
    size_t length = strcspn(word, ".");
    memcpy(kind, word, length < sizeof kind ? length : sizeof kind - 1);
    enum fact_kind known = fact_from_name(kind);
    const char *near = known ? NULL : suggest_nearest(kind, kind_at, NULL, FACT_KINDS - 1);
    if (known)
        report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s is no count: %s has %s", word, kind,
                   fact_is_limit(known)
                       ? ".due .met .in_time .late .overdue .missed .pending .extended .twice .thrice"
                   : fact_may_be_late(known) ? ".late, or nothing behind it"
                                             : "nothing behind it");
    else
        report_add(loader->report, FINDING_UNKNOWN_REFERENCE, cell->at,
                   "there is nothing to count by %s%s%s%s", word, near ? "; did you mean " : "",
                   text_or_empty(near), near ? "?" : "");
}

uint16_t counts_column(struct loader *loader, const struct cell *cell, const char *word, uint32_t without)
{
    struct rate_count count;
    if (!count_parse(word, &count)) {
        counts_report(loader, cell, word);
        return 0;
    }
    uint16_t column = rates_column(&loader->rules->rates, loader->arena, count, without);
    if (!column && !arena_failed(loader->arena))
        report_add(loader->report, FINDING_BAD_VALUE, cell->at, "more than %d different counts",
                   RATE_COLUMNS_MAX);
    return column;
}

static void add_term(struct loader *loader, const struct cell *cell, const char *word, int sign,
                     uint32_t without, struct count_sum *sum)
{
    uint16_t column = sign ? counts_column(loader, cell, word, without) : 0;
    if (!sign)
        report_add(loader->report, FINDING_BAD_VALUE, cell->at, "counts stand between + or -: %s",
                   cell->text);
    if (column && sum->terms)
        sum->terms[sum->count++] = (struct count_term){column, (int8_t)sign, false};
}

// "resolve.met + settled - declined"
void counts_sum(struct loader *loader, const struct cell *cell, uint32_t without, struct count_sum *sum)
{
    char *rest, *text = arena_strdup(loader->arena, cell->text);
    int sign = 1;
    *sum = (struct count_sum){.text = cell->text};
    if (!text)
        return;
    sum->terms = arena_array(loader->arena, strlen(text) / 2 + 1, sizeof *sum->terms);
    for (char *word = strtok_r(text, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
        bool is_sign = text_same(word, "+") || text_same(word, "-");
        if (is_sign) {
            sign = *word == '+' ? 1 : -1;
            continue;
        }
        add_term(loader, cell, word, sign, without, sum);
        sign = 0;
    }
    if (sum->count > RATE_TERMS_MAX)
        report_add(loader->report, FINDING_BAD_VALUE, cell->at, "more than %d counts", RATE_TERMS_MAX);
    if (sign)
        report_add(loader->report, FINDING_BAD_VALUE, cell->at, "a count is missing at the end of %s",
                   cell->text);
}
