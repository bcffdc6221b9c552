#include "core/rates.h"

#include "base/civil.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

// ---- counts and columns -------------------------------------------------------------------------

static bool aspect_fits(enum fact_kind kind, enum aspect aspect)
{
    if (fact_is_limit(kind))
        return aspect != ASPECT_ALL;
    return aspect == ASPECT_ALL || (aspect == ASPECT_LATE && fact_may_be_late(kind));
}

bool count_takes_time(struct rate_count count)
{
    if (fact_is_limit(count.kind))
        return count.aspect == ASPECT_MET || count.aspect == ASPECT_IN_TIME || count.aspect == ASPECT_LATE;
    return fact_may_be_late(count.kind) || count.kind == FACT_CLOSED;
}

bool count_parse(const char *text, struct rate_count *out)
{
    char kind[32];
    const char *dot = strchr(text, '.');
    size_t length = dot ? (size_t)(dot - text) : strlen(text);
    if (length >= sizeof kind)
        return false;
    memcpy(kind, text, length);
    kind[length] = 0;
    out->kind = fact_from_name(kind);
    for (int i = dot ? 1 : 0; i < ASPECT_COUNT && out->kind; i++) {
        out->aspect = (enum aspect)i;
        if (text_same(aspect_name(out->aspect), dot ? dot + 1 : ""))
            return aspect_fits(out->kind, out->aspect);
    }
    return false;
}

static uint16_t find_column(const struct rate_table *table, struct rate_count count, uint32_t without)
{
    uint16_t at = table->first[count.kind];
    for (; at; at = table->columns[at].next)
        if (table->columns[at].count.aspect == count.aspect && table->columns[at].without == without)
            break;
    return at;
}

static bool add_column(struct rate_table *table, struct arena *arena, struct rate_column column)
{
    struct rate_column *grown =
        arena_grow(arena, table->columns, table->column_count, &table->column_room, sizeof *grown);
    if (!grown)
        return false;
    table->columns = grown;
    grown[table->column_count++] = column;
    return true;
}

uint16_t rates_column(struct rate_table *table, struct arena *arena, struct rate_count count,
                      uint32_t without)
{
    uint16_t at = find_column(table, count, without);
    if (at || table->column_count == RATE_COLUMNS_MAX)
        return at;
    if (!table->column_count && !add_column(table, arena, (struct rate_column){0}))
        return 0;
    at = table->column_count;
    if (!add_column(table, arena, (struct rate_column){count, without, table->first[count.kind]}))
        return 0;
    table->first[count.kind] = at;
    return at;
}

void rates_count(const struct rate_table *table, struct rate_cell *row, enum fact_kind kind, uint32_t aspects,
                 uint32_t excluded, int64_t took_ms)
{
    for (uint16_t at = table->first[kind]; at; at = table->columns[at].next) {
        const struct rate_column *column = &table->columns[at];
        if (!(aspects >> column->count.aspect & 1))
            continue;
        if (excluded & column->without) {
            row[at].left_out++;
            continue;
        }
        row[at].count++;
        row[at].took_ms += took_ms;
    }
}

void rates_add(const struct rate_table *table, struct rate_cell *row, const struct rate_cell *other)
{
    for (uint16_t i = 0; i < table->column_count; i++) {
        row[i].count += other[i].count;
        row[i].left_out += other[i].left_out;
        row[i].took_ms += other[i].took_ms;
    }
}

// ---- rates --------------------------------------------------------------------------------------

bool validity_holds(struct validity valid, int64_t at_ms)
{
    return at_ms >= valid.from_ms && at_ms < valid.until_ms;
}

const struct rate_definition *rates_find(const struct rate_table *table, const char *id, int64_t at_ms)
{
    for (uint32_t i = 0; i < table->rate_count; i++)
        if (text_same(table->rates[i].id, id) && validity_holds(table->rates[i].valid, at_ms))
            return &table->rates[i];
    return NULL;
}

static uint64_t sum_of(const struct rate_cell *row, const struct count_sum *sum)
{
    int64_t total = 0;
    for (uint32_t i = 0; i < sum->count; i++)
        total += sum->terms[i].sign * (int64_t)row[sum->terms[i].column].count;
    return total > 0 ? (uint64_t)total : 0;
}

static uint64_t left_out_of(const struct rate_cell *row, const struct count_sum *sum)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < sum->count; i++)
        total += sum->terms[i].covered ? 0 : row[sum->terms[i].column].left_out;
    return total;
}

// What is due holds whatever was met or missed; what happened holds what happened late.
static bool aspect_holds(enum aspect whole, enum aspect part)
{
    return whole == part || whole == ASPECT_ALL || (whole == ASPECT_DUE && part != ASPECT_PENDING);
}

void rates_cover(const struct rate_table *table, struct rate_definition *rate)
{
    for (uint32_t i = 0; i < rate->of.count; i++)
        for (uint32_t k = 0; k < rate->over.count; k++) {
            const struct rate_count *part = &table->columns[rate->of.terms[i].column].count;
            const struct rate_count *whole = &table->columns[rate->over.terms[k].column].count;
            if (part->kind == whole->kind && aspect_holds(whole->aspect, part->aspect))
                rate->of.terms[i].covered = true;
        }
}

struct ratio rates_ratio(const struct rate_cell *row, const struct rate_definition *rate)
{
    return (struct ratio){sum_of(row, &rate->of), sum_of(row, &rate->over),
                          left_out_of(row, &rate->of) + left_out_of(row, &rate->over)};
}

// ---- scores -------------------------------------------------------------------------------------

static bool rate_value(const struct rate_table *table, const struct score_part *part,
                       const struct rate_cell *row, int64_t at_ms, double *value, uint64_t *base)
{
    const struct rate_definition *rate = rates_find(table, part->rate_id, at_ms);
    struct ratio ratio = rate ? rates_ratio(row, rate) : (struct ratio){0};
    *base = ratio.over < *base ? ratio.over : *base;
    if (!rate || !ratio.over)
        return false;
    *value = (double)ratio.of / (double)ratio.over;
    *value = part->inverse ? fmax(1 - *value, 0) : *value;
    return true;
}

static bool mean_days(const struct rate_cell *row, const struct count_sum *sum, double *value)
{
    int64_t took_ms = 0;
    uint64_t count = sum_of(row, sum);
    for (uint32_t i = 0; i < sum->count; i++)
        took_ms += sum->terms[i].sign * row[sum->terms[i].column].took_ms;
    *value = count ? (double)took_ms / (double)count / (double)DAY_MS : 0;
    return count != 0;
}

static bool part_value(const struct rate_table *table, const struct score_part *part,
                       const struct rate_cell *row, int64_t at_ms, double *value, uint64_t *base)
{
    if (part->kind == PART_RATE)
        return rate_value(table, part, row, at_ms, value, base);
    if (part->kind == PART_DAYS)
        return mean_days(row, &part->counts, value);
    uint64_t count = sum_of(row, &part->counts);
    *value = part->kind == PART_ANY ? count != 0 : (double)count;
    return true;
}

// The most that a part which may be left out can add.
static double weight_of(const struct score_part *part)
{
    if (part->kind == PART_RATE)
        return fabs(part->times);
    return part->kind == PART_DAYS && isfinite(part->most) ? part->most : 0;
}

static bool may_be_left_out(const struct score_part *part)
{
    return part->kind == PART_RATE || part->kind == PART_DAYS;
}

struct score rates_score(const struct rate_table *table, const struct score_definition *score,
                         const struct rate_cell *row, int64_t at_ms, double *parts)
{
    double whole = 0, present = 0, rated = 0, fixed = 0;
    struct score out = {.base = UINT64_MAX};
    for (uint32_t i = 0; i < score->part_count; i++) {
        const struct score_part *part = &score->parts[i];
        double value = 0;
        bool given = part_value(table, part, row, at_ms, &value, &out.base);
        double adds = given ? fmin(fmax(part->times * value + part->plus, part->least), part->most) : 0;
        if (parts)
            parts[i] = adds;
        whole += weight_of(part);
        present += given ? weight_of(part) : 0;
        *(may_be_left_out(part) ? &rated : &fixed) += adds;
        out.given |= given && may_be_left_out(part);
    }
    out.value = (present > 0 ? rated * whole / present : rated) + fixed;
    out.base = out.base == UINT64_MAX ? 0 : out.base;
    return out;
}

struct score rates_mean(const struct score *scores, const double *weights, size_t count)
{
    struct score mean = {0};
    double weight = 0;
    for (size_t i = 0; i < count; i++) {
        if (!scores[i].given || weights[i] <= 0)
            continue;
        mean.value += weights[i] * scores[i].value;
        weight += weights[i];
        mean.base += scores[i].base;
        mean.given = true;
    }
    mean.value = mean.given ? mean.value / weight : 0;
    return mean;
}
