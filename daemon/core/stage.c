#include "core/stage.h"

#include "base/error.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *name, *zh;
} stages[STAGE_COUNT] = {[STAGE_NONE] = {"", ""},
#define X(id, value, name, zh) [value] = {name, zh},
                         STAGES(X)
#undef X
};

const char *stage_name(enum stage stage)
{
    assert((size_t)stage < STAGE_COUNT);
    return stages[stage].name;
}

const char *stage_zh(enum stage stage)
{
    assert((size_t)stage < STAGE_COUNT);
    return stages[stage].zh;
}

enum stage stage_from_name(const char *name)
{
    for (size_t i = 1; i < STAGE_COUNT; i++)
        if (strcmp(stages[i].name, name) == 0)
            return (enum stage)i;
    return STAGE_NONE;
}

void stage_limits_fill(struct stage_limits *first, const struct stage_limits *second)
{
    if (!first->of[STAGE_RESOLVE].measure) {
        first->steps = second->steps;
        first->step_count = second->step_count;
    }
    for (int stage = 1; stage < STAGE_COUNT; stage++)
        if (!first->of[stage].measure)
            first->of[stage] = second->of[stage];
}

// ---- successive limits --------------------------------------------------------------------------

// The length of the part at `text`, up to a semicolon of either width; `*next` is behind that, NULL at the
// end.
static size_t part_length(const char *text, const char **next)
{
    const char *narrow = strchr(text, ';'), *wide = strstr(text, ";");
    const char *end = narrow && (!wide || narrow < wide) ? narrow : wide;
    *next = end ? end + (end == narrow ? 1 : strlen(";")) : NULL;
    return end ? (size_t)(end - text) : strlen(text);
}

// A name ends where the limit's number begins; blanks and a colon around it are none of it. Without a number
// the whole part is the limit ("at once").
static const char *name_of(struct arena *arena, const char **part)
{
    const char *from = *part + strspn(*part, " \t"), *end = from + strcspn(from, "0123456789");
    if (!*end)
        return NULL;
    *part = end;
    while (end > from && strchr(" \t:", end[-1]))
        end--;
    size_t length = (size_t)(end - from), wide = strlen(":");
    if (length >= wide && memcmp(end - wide, ":", wide) == 0)
        length -= wide;
    return length ? arena_strndup(arena, from, length) : NULL;
}

int steps_parse(struct arena *arena, const char *text, const struct limit_words *words, struct step *steps,
                uint32_t *count)
{
    bool unnamed = false;
    *count = 0;
    for (const char *next; text; text = next) {
        const char *part = arena_strndup(arena, text, part_length(text, &next));
        if (!part)
            return ERROR_NO_MEMORY;
        if (*count == STAGE_MAX_STEPS)
            return ERROR_TOO_MANY;
        struct step *step = &steps[(*count)++];
        step->name = name_of(arena, &part);
        unnamed |= !step->name;
        int error = limit_parse(part, words, &step->limit);
        if (error)
            return error;
    }
    return unnamed && *count > 1 ? ERROR_MISSING : 0;
}
