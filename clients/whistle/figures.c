#include "figures.h"

#include <inttypes.h>

#include "base/text.h"
#include "intl.h"
#include "times.h"

const char *figures_count(struct arena *arena, const Whistle__V1__DigestView *view, uint32_t count)
{
    return text_or_empty(arena_printf(arena, "%" PRIu32 "%s", count, view->more ? "+" : ""));
}

const char *figures_rate(struct arena *arena, const Whistle__V1__RateDefinition *definition,
                         const Whistle__V1__Ratio *ratio)
{
    if (!*definition->over)
        return text_or_empty(arena_printf(arena, "%" PRIu64, ratio->of));
    if (!ratio->over)
        return "–";
    return text_or_empty(arena_printf(arena, "%.1f%%", 100.0 * (double)ratio->of / (double)ratio->over));
}

const Whistle__V1__Ratio *figures_ratio(const Whistle__V1__DigestView *view, size_t i)
{
    return view->rates && i < view->rates->n_rates ? view->rates->rates[i] : NULL;
}

const char *figures_name(const char *name, const char *id)
{
    return *name ? name : id;
}

// ---- the day as pieces --------------------------------------------------------------------------

static void add(struct flow *flow, const char *name, const char *value)
{
    flow_add(flow, text_or_empty(arena_printf(flow->arena, "%s %s", name, value)));
}

void figures_add_happened(struct flow *flow, const Whistle__V1__DigestView *view)
{
    for (size_t i = 0; i < view->n_happened; i++)
        add(flow, intl_fact(view->happened[i]->fact),
            arena_printf(flow->arena, "%" PRIu64, view->happened[i]->count));
}

void figures_add_rates(struct flow *flow, const Whistle__V1__DigestView *view)
{
    for (size_t i = 0; i < view->n_definitions; i++) {
        const Whistle__V1__RateDefinition *definition = view->definitions[i];
        const Whistle__V1__Ratio *ratio = figures_ratio(view, i);
        if (ratio)
            add(flow, figures_name(definition->name, definition->id),
                figures_rate(flow->arena, definition, ratio));
    }
    for (size_t i = 0; view->rates && i < view->rates->n_scores; i++) {
        const Whistle__V1__Score *score = view->rates->scores[i];
        if (score->given)
            add(flow, figures_name(score->name, score->id), arena_printf(flow->arena, "%.1f", score->value));
    }
}

// ---- a row --------------------------------------------------------------------------------------

const char *figures_units(struct arena *arena, const Whistle__V1__CaseRow *row)
{
    const char *all = "";
    for (size_t i = 0; i < row->n_units; i++) {
        const char *name = figures_name(row->units[i]->name, row->units[i]->code);
        all = text_or_empty(arena_printf(arena, "%s%s%s", all, i ? " " : "", name));
    }
    return all;
}

const char *figures_area(const Whistle__V1__CaseRow *row)
{
    return figures_name(row->area_name, row->area);
}

const char *figures_category(const Whistle__V1__CaseRow *row)
{
    return figures_name(row->category_name, row->category);
}

const char *figures_left(struct tool *tool, const Whistle__V1__CaseRow *row)
{
    if (!row->due_ms)
        return "";
    if (row->due_ms == INT64_MAX)
        return _("paused");
    const char *span = times_span(&tool->arena, row->due_ms - tool->now_ms);
    return *span == '-' ? arena_printf(&tool->arena, _("%s late"), span + 1) : span;
}
