#include "figure.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { WHOLE = 10000 }; // hundredths of a percent

#define NONE "–"

// Above this a remainder is cut to where its multiples can still be computed; counts do not come near it.
#define MOST (UINT64_MAX / (2 * WHOLE + 1))

static uint64_t hundredths(uint64_t of, uint64_t over)
{
    uint64_t times = of / over, rest = of % over;
    while (over > MOST) {
        over >>= 1;
        rest >>= 1;
    }
    return times * WHOLE + (rest * 2 * WHOLE + over) / (2 * over);
}

struct figure figure_of_ratio(const Whistle__V1__RateDefinition *definition, const Whistle__V1__Ratio *ratio)
{
    if (!ratio)
        return (struct figure){0};
    if (!*definition->over)
        return (struct figure){true, true, (int64_t)ratio->of};
    if (!ratio->over)
        return (struct figure){0};
    return (struct figure){true, false, (int64_t)hundredths(ratio->of, ratio->over)};
}

struct figure figure_of_score(const Whistle__V1__Score *score)
{
    if (!score || !score->given || !isfinite(score->value) || fabs(score->value) > 1e12)
        return (struct figure){0};
    return (struct figure){true, false, llround(score->value * 100)};
}

static const char *amount_text(struct arena *arena, bool whole, int64_t amount, const char *plus)
{
    const char *sign = amount < 0 ? "-" : plus;
    uint64_t size = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
    if (whole)
        return arena_printf(arena, "%s%" PRIu64, sign, size);
    return arena_printf(arena, "%s%" PRIu64 ".%02" PRIu64, sign, size / 100, size % 100);
}

const char *figure_plain(struct arena *arena, struct figure figure)
{
    return figure.given ? amount_text(arena, figure.whole, figure.amount, "") : "";
}

const char *figure_text(struct arena *arena, struct figure figure)
{
    return figure.given ? figure_plain(arena, figure) : NONE;
}

const char *figure_change(struct arena *arena, struct figure now, struct figure before)
{
    if (!now.given && !before.given)
        return NONE;
    if (!now.given || !before.given)
        return arena_printf(arena, "%s (" NONE ")", figure_text(arena, now));
    int64_t change = now.amount - before.amount;
    return arena_printf(arena, "%s (%s)", figure_text(arena, now),
                        amount_text(arena, now.whole, change, change ? "+" : ""));
}

double figure_value(struct figure figure)
{
    if (!figure.given)
        return 0;
    return figure.whole ? (double)figure.amount : (double)figure.amount / 100;
}
