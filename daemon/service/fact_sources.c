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

bool fact_sources_points(struct fact_sources *sources, const struct selection *selection,
                         enum point_holder holder)
{
    const struct rate_table *table = &selection->rules->rates;
    bool good = true;
    for (uint32_t i = 0; i < table->point_count && good; i++) {
        const struct point_rule *rule = &table->points[i];
        if (rule->holder != holder)
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

bool point_holder_from_name(const char *name, enum point_holder *out)
{
    static const char *const names[] = {"unit", "branch", "member"};
    *out = HOLDER_UNIT;
    for (int i = 0; i < 3; i++)
        if (text_same(name, names[i])) {
            *out = (enum point_holder)i;
            return true;
        }
    return !text_given(name);
}

uint32_t fact_source_holder(const struct fact_source *source, const struct booked *fact)
{
    switch (source->rule->holder) {
    case HOLDER_BRANCH:
        return fact->branch;
    case HOLDER_MEMBER:
        return fact->member;
    default:
        return fact->unit;
    }
}

bool fact_sources_init(struct fact_sources *sources, const struct selection *selection,
                       const Whistle__V1__Facts *asked)
{
    struct rate_count count;
    *sources = (struct fact_sources){.left_out = asked->left_out};
    enum point_holder holder;
    if (text_same(asked->of, "points"))
        return point_holder_from_name(asked->by, &holder) && fact_sources_points(sources, selection, holder);
    if (count_parse(asked->of, &count))
        return add_count(sources, selection, count);
    return add_rate(sources, selection, asked);
}

bool fact_source_has(const struct fact_sources *sources, const struct fact_source *source, uint32_t excluded)
{
    bool out = excluded & source->without;
    return out == sources->left_out;
}
