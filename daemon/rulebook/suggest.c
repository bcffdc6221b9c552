#include "rulebook/suggest.h"

#include "base/text.h"

#include <stddef.h>
#include <string.h>

enum { SUGGEST_MAX = 32 }; // characters; longer texts are not compared

struct word {
    uint32_t letters[SUGGEST_MAX];
    size_t count;
};

static size_t split(const char *text, struct word *word)
{
    word->count = 0;
    while (*text && word->count < SUGGEST_MAX)
        word->letters[word->count++] = text_next(&text);
    return *text ? SUGGEST_MAX + 1 : word->count;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

// Levenshtein's distance, one row at a time.
static unsigned distance(const struct word *a, const struct word *b)
{
    unsigned row[SUGGEST_MAX + 1];
    for (size_t j = 0; j <= b->count; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a->count; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b->count; j++) {
            unsigned above = row[j];
            row[j] = least(row[j] + 1, row[j - 1] + 1, diagonal + (a->letters[i - 1] != b->letters[j - 1]));
            diagonal = above;
        }
    }
    return row[b->count];
}

static const char *skip_zeros(const char *text)
{
    return text + strspn(text, "0");
}

static unsigned length_gap(const struct word *a, const struct word *b)
{
    return (unsigned)(a->count > b->count ? a->count - b->count : b->count - a->count);
}

// Two swapped letters are two changes; in a short code they would make any code of any other.
static unsigned most_changes(unsigned length)
{
    return length < 4 ? 1 : length < 9 ? 2 : length / 3;
}

const char *suggest_nearest(const char *text, suggest_at *at, const void *context, uint32_t count)
{
    struct word given, known;
    if (split(text, &given) > SUGGEST_MAX)
        return NULL;
    unsigned best = most_changes((unsigned)given.count) + 1;
    const char *nearest = NULL;
    for (uint32_t i = 0; i < count && best > 0; i++) {
        const char *candidate = at(context, i);
        if (!candidate || split(candidate, &known) > SUGGEST_MAX)
            continue;
        bool same = *skip_zeros(text) && strcmp(skip_zeros(text), skip_zeros(candidate)) == 0;
        if (!same && length_gap(&given, &known) >= best)
            continue;
        unsigned changed = same ? 0 : distance(&given, &known);
        if (changed < best) {
            best = changed;
            nearest = candidate;
        }
    }
    return nearest;
}
