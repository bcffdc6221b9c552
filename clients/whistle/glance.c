#include "glance.h"

#include <inttypes.h>

#include "base/text.h"
#include "figure.h"
#include "intl.h"

const char *glance_count(struct arena *arena, const Whistle__V1__DigestView *view, uint32_t count)
{
    return text_or_empty(arena_printf(arena, "%" PRIu32 "%s", count, view->more ? "+" : ""));
}

const char *glance_rate(struct arena *arena, const Whistle__V1__RateDefinition *definition,
                        const Whistle__V1__Ratio *ratio)
{
    struct figure figure = figure_of_ratio(definition, ratio);
    bool percent = figure.given && !figure.whole;
    return text_or_empty(arena_printf(arena, "%s%s", figure_text(arena, figure), percent ? "%" : ""));
}

const Whistle__V1__Ratio *glance_ratio(const Whistle__V1__DigestView *view, size_t i)
{
    return view->rates && i < view->rates->n_rates ? view->rates->rates[i] : NULL;
}

// ---- the day as pieces --------------------------------------------------------------------------

static void add(struct flow *flow, const char *name, const char *value)
{
    flow_add(flow, text_or_empty(arena_printf(flow->arena, "%s %s", name, value)));
}

void glance_add_happened(struct flow *flow, const Whistle__V1__DigestView *view)
{
    for (size_t i = 0; i < view->n_happened; i++)
        add(flow, intl_fact(view->happened[i]->fact),
            arena_printf(flow->arena, "%" PRIu64, view->happened[i]->count));
}

void glance_add_rates(struct flow *flow, const Whistle__V1__DigestView *view)
{
    for (size_t i = 0; i < view->n_definitions; i++) {
        const Whistle__V1__RateDefinition *definition = view->definitions[i];
        const Whistle__V1__Ratio *ratio = glance_ratio(view, i);
        if (ratio)
            add(flow, tool_name_or_code(definition->name, definition->id),
                glance_rate(flow->arena, definition, ratio));
    }
    for (size_t i = 0; view->rates && i < view->rates->n_scores; i++) {
        const Whistle__V1__Score *score = view->rates->scores[i];
        if (score->given)
            add(flow, tool_name_or_code(score->name, score->id),
                figure_text(flow->arena, figure_of_score(score)));
    }
}
