#include "facts_row.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "intl.h"
#include "times.h"

// With the branch that the unit left it to.
static const char *unit_of(struct arena *arena, const Whistle__V1__FactRow *row)
{
    const char *unit = tool_name_or_code(row->unit_name, row->unit);
    return *row->branch ? arena_printf(arena, "%s (%s)", unit, row->branch) : unit;
}

static const char *standing(const Whistle__V1__FactRow *row)
{
    if (row->late)
        return row->open ? intl_in_context("standing", NC_("standing", "late, open")) : _("late");
    return row->open ? intl_in_context("standing", NC_("standing", "open")) : "";
}

static const char *exclusions(struct arena *arena, const Whistle__V1__FactRow *row)
{
    const char *all = "";
    for (size_t i = 0; i < row->n_left_out; i++)
        all = arena_printf(arena, "%s%s%s", all, i ? ", " : "", intl_exclusion(row->left_out[i]));
    return all;
}

static const char *points_of(struct arena *arena, const Whistle__V1__FactRow *row, const char *plus)
{
    return arena_printf(arena, "%s%" PRId64, row->points > 0 ? plus : "", row->points);
}

// ---- the table ----------------------------------------------------------------------------------

#define CELLS(...)                                                                                           \
    do {                                                                                                     \
        const char *const all[] = {__VA_ARGS__};                                                             \
        memcpy(cells, all, sizeof all);                                                                      \
    } while (0)

size_t facts_row_heads(const struct facts *f, const char *cells[FACT_CELLS])
{
    if (f->ledger) {
        CELLS(_("time"), _("points"), _("rule"), _("fact"), _("unit"), _("member"), _("number"), _("title"));
        return 8;
    }
    CELLS(_("number"), _("time"), _("fact"), _("unit"), _("area"), _("category"), _("state"), _("standing"),
          _("took"), _("left out"), _("title"));
    return 11;
}

void facts_row_cells(const struct facts *f, const Whistle__V1__FactRow *row, const char *cells[FACT_CELLS])
{
    struct arena *arena = &f->tool->arena;
    const char *time = times_show(arena, row->at_ms, f->tool->now_ms);
    if (f->ledger) {
        CELLS(time, points_of(arena, row, "+"), row->rule, intl_fact(row->fact), unit_of(arena, row),
              row->member, row->number, row->title);
        return;
    }
    CELLS(row->number, time, intl_fact(row->fact), unit_of(arena, row),
          tool_name_or_code(row->area_name, row->area), tool_name_or_code(row->category_name, row->category),
          row->state ? intl_word(WORDS_CASE_STATE, (int)row->state) : "", standing(row),
          row->took_ms ? times_span(arena, row->took_ms) : "", exclusions(arena, row), row->title);
}

// ---- CSV ----------------------------------------------------------------------------------------

void facts_row_csv_heads(const char *cells[FACT_CSV_CELLS])
{
    CELLS("number", "fact", "at", "unit", "unit_name", "branch", "member", "area", "area_name", "category",
          "category_name", "state", "late", "open", "took_ms", "left_out", "rule", "points", "title");
}

static const char *exclusion_words(struct arena *arena, const Whistle__V1__FactRow *row)
{
    const char *all = "";
    for (size_t i = 0; i < row->n_left_out; i++)
        all = arena_printf(arena, "%s%s%s", all, i ? "; " : "", row->left_out[i]);
    return all;
}

void facts_row_csv(const struct facts *f, const Whistle__V1__FactRow *row, const char *cells[FACT_CSV_CELLS])
{
    struct arena *arena = &f->tool->arena;
    CELLS(row->number, row->fact, times_iso(arena, row->at_ms), row->unit, row->unit_name, row->branch,
          row->member, row->area, row->area_name, row->category, row->category_name,
          row->state ? word_name(WORDS_CASE_STATE, (int)row->state) : "", row->late ? "1" : "0",
          row->open ? "1" : "0", row->took_ms ? arena_printf(arena, "%" PRId64, row->took_ms) : "",
          exclusion_words(arena, row), row->rule, points_of(arena, row, ""), row->title);
}
