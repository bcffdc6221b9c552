#include "service/fact_sources.h"

#include "base/text.h"

static bool add(struct fact_sources *sources, const struct fact_source *source)
{
    if (sources->count == FACT_SOURCES_MAX)
        return false;
    sources->items[sources->count++] = *source;
    return true;
}

static bool add_count(struct fact_sources *sources, const struct selection *selection,
                      struct rate_count count)
{
    return add(sources, &(struct fact_source){
                            .count = count, .from_ms = selection->from_ms, .to_ms = selection->to_ms});
}

static bool add_sum(struct fact_sources *sources, const struct selection *selection,
                    const struct count_sum *sum)
{
    const struct rate_table *table = &selection->rules->rates;
    bool good = true;
    for (uint32_t i = 0; i < sum->count && good; i++) {
        if (sources->left_out && sum->terms[i].covered)
            continue; // the other side lists it
        const struct rate_column *column = &table->columns[sum->terms[i].column];
        good = add(sources, &(struct fact_source){
                                .count = column->count,
                                .without = column->without,
                                .subtracted = sum->terms[i].sign < 0,
                                .from_ms = selection->from_ms,
                                .to_ms = selection->to_ms,
                            });
    }
    return good;
}

static bool add_rate(struct fact_sources *sources, const struct selection *selection,
                     const Whistle__V1__Facts *asked)
{
    const struct rate_definition *rate = rates_find(&selection->rules->rates, asked->of, selection->from_ms);
    if (!rate)
        return false;
    if (!asked->left_out)
        return add_sum(sources, selection, asked->over ? &rate->over : &rate->of);
    return add_sum(sources, selection, &rate->of) && add_sum(sources, selection, &rate->over);
}

bool fact_sources_points(struct fact_sources *sources, const struct selection *selection, int holder)
{
    const struct rate_table *table = &selection->rules->rates;
    bool good = true;
    for (uint32_t i = 0; i < table->point_count && good; i++) {
        const struct point_rule *rule = &table->points[i];
        if (holder >= 0 && (int)rule->holder != holder)
            continue;
        int64_t from_ms = rule->valid.from_ms, to_ms = rule->valid.until_ms;
        good = add(sources, &(struct fact_source){
                                .count = rule->count,
                                .without = rule->without,
                                .rule = rule,
                                .from_ms = from_ms > selection->from_ms ? from_ms : selection->from_ms,
                                .to_ms = to_ms < selection->to_ms ? to_ms : selection->to_ms,
                            });
    }
    return good;
}

bool fact_sources_init(struct fact_sources *sources, const struct selection *selection,
                       const Whistle__V1__Facts *asked)
{
    struct rate_count count;
    *sources = (struct fact_sources){.left_out = asked->left_out};
    if (text_same(asked->of, "points"))
        return fact_sources_points(sources, selection, -1);
    if (count_parse(asked->of, &count))
        return add_count(sources, selection, count);
    return add_rate(sources, selection, asked);
}

bool fact_source_has(const struct fact_sources *sources, const struct fact_source *source, uint32_t aspects,
                     uint32_t excluded)
{
    bool out = excluded & source->without;
    return (aspects >> source->count.aspect & 1) && out == sources->left_out;
}
