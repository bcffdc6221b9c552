#include "rulebook/finder.h"

#include "base/error.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

enum { MATCH_LIMIT = 100000, DEPTH_LIMIT = 1000, HEAP_LIMIT_KIB = 1024 };

struct flag {
    const char *name;
    pcre2_code *code; // all its patterns
};

struct finder {
    struct flag *flags;
    uint32_t count;
    pcre2_code *any; // all patterns of all flags
    pcre2_match_context *limits;
};

static const uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS | PCRE2_NEVER_BACKSLASH_C;

static pcre2_code *compile(const char *pattern, int *error, size_t *offset)
{
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, error, offset, NULL);
    if (code)
        (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    return code;
}

// Each pattern is tried alone first, so that a fault is named where it stands.
static bool pattern_is_good(const struct cell *pattern, struct rulebook_report *report)
{
    int error;
    size_t offset;
    pcre2_code *code = compile(pattern->text, &error, &offset);
    bool empty = false;
    if (code) {
        uint32_t least = 0;
        pcre2_pattern_info(code, PCRE2_INFO_MATCHEMPTY, &least);
        empty = least != 0;
        pcre2_code_free(code);
        if (empty)
            report_add(report, FINDING_PATTERN, pattern->at, "the pattern %s is found in every text",
                       pattern->text);
        return !empty;
    }
    char message[120] = "";
    pcre2_get_error_message(error, (PCRE2_UCHAR *)message, sizeof message);
    struct mark at = {.source = pattern->at.source, .offset = pattern->at.offset + (uint32_t)offset};
    report_add(report, FINDING_PATTERN, at, "the pattern %s cannot be used: %s", pattern->text, message);
    return false;
}

static char *alternation(struct arena *arena, char *before, const struct cells *patterns,
                         struct rulebook_report *report)
{
    for (uint32_t i = 0; i < patterns->count; i++) {
        const struct cell *pattern = &patterns->items[i];
        if (pattern_is_good(pattern, report))
            before = before ? arena_printf(arena, "%s|(?:%s)", before, pattern->text)
                            : arena_printf(arena, "(?:%s)", pattern->text);
    }
    return before;
}

static int compile_all(struct finder *finder, struct arena *arena, const struct yaml_pairs *pairs,
                       struct rulebook_report *report)
{
    char *all = NULL;
    int error = 0;
    size_t offset;
    for (uint32_t i = 0; i < pairs->count; i++) {
        struct flag *flag = &finder->flags[finder->count];
        char *own = alternation(arena, NULL, &pairs->items[i].values, report);
        if (!own)
            continue;
        flag->name = pairs->items[i].key.text;
        flag->code = compile(own, &error, &offset);
        all = all ? arena_printf(arena, "%s|%s", all, own) : own;
        finder->count += flag->code != NULL;
        if (!flag->code)
            return ERROR_NO_MEMORY;
    }
    finder->any = all ? compile(all, &error, &offset) : NULL;
    return all && !finder->any ? ERROR_NO_MEMORY : 0;
}

int finder_create(struct finder **out, struct arena *arena, const struct yaml_pairs *pairs,
                  struct rulebook_report *report)
{
    *out = NULL;
    struct finder *finder = arena_alloc(arena, sizeof *finder);
    if (!finder)
        return ERROR_NO_MEMORY;
    *out = finder;
    finder->flags = arena_array(arena, pairs->count, sizeof *finder->flags);
    finder->limits = pcre2_match_context_create(NULL);
    if (!finder->flags || !finder->limits)
        return ERROR_NO_MEMORY;
    pcre2_set_match_limit(finder->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(finder->limits, DEPTH_LIMIT);
    pcre2_set_heap_limit(finder->limits, HEAP_LIMIT_KIB);
    return compile_all(finder, arena, pairs, report);
}

void finder_destroy(struct finder *finder)
{
    if (!finder)
        return;
    for (uint32_t i = 0; i < finder->count; i++)
        pcre2_code_free(finder->flags[i].code);
    pcre2_code_free(finder->any);
    pcre2_match_context_free(finder->limits);
}

uint32_t finder_count(const struct finder *finder)
{
    return finder ? finder->count : 0;
}

const char *finder_flag(const struct finder *finder, uint32_t index)
{
    return finder->flags[index].name;
}

bool finder_has_jit(const struct finder *finder)
{
    size_t size = 0;
    return finder && finder->any && pcre2_pattern_info(finder->any, PCRE2_INFO_JITSIZE, &size) == 0 &&
           size > 0;
}

static bool matches(const struct finder *finder, const pcre2_code *code, const char *text,
                    pcre2_match_data *data)
{
    return pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, 0, data, finder->limits) >= 0;
}

int finder_search(const struct finder *finder, const char *text, bool *found)
{
    if (!finder || !finder->any)
        return 0;
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    if (!data)
        return ERROR_NO_MEMORY;
    int first = pcre2_match(finder->any, (PCRE2_SPTR)text, strlen(text), 0, 0, data, finder->limits);
    for (uint32_t i = 0; first != PCRE2_ERROR_NOMATCH && i < finder->count; i++)
        found[i] = found[i] || matches(finder, finder->flags[i].code, text, data);
    pcre2_match_data_free(data);
    return 0;
}
