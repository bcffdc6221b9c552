#include "core/limit.h"

#include "base/error.h"
#include "base/text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MOST_DECIMALS = 3, WORD_BYTES = 32, AMOUNT_BYTES = 32 };

static const struct {
    const char *name, *zh;
} measures[] = {[MEASURE_NONE] = {"", ""},
#define X(id, value, name, zh) [value] = {name, zh},
                MEASURES(X)
#undef X
};

enum { MEASURE_COUNT = sizeof measures / sizeof measures[0] };

const char *measure_name(enum measure measure)
{
    assert((size_t)measure < MEASURE_COUNT);
    return measures[measure].name;
}

const char *measure_zh(enum measure measure)
{
    assert((size_t)measure < MEASURE_COUNT);
    return measures[measure].zh;
}

enum measure measure_from_name(const char *name)
{
    for (size_t i = 1; i < MEASURE_COUNT; i++)
        if (strcmp(measures[i].name, name) == 0)
            return (enum measure)i;
    return MEASURE_NONE;
}

bool measure_is_working(enum measure measure)
{
    return measure == MEASURE_WORKING_HOURS || measure == MEASURE_WORKING_DAYS;
}

bool measure_is_days(enum measure measure)
{
    return measure == MEASURE_EMERGENCY_DAYS || measure == MEASURE_WORKING_DAYS ||
           measure == MEASURE_NATURAL_DAYS;
}

struct limit limit_of(enum measure measure, int64_t count)
{
    struct limit limit = {.measure = measure, .amount = count * LIMIT_UNIT};
    return limit;
}

struct limit limit_minutes(int64_t minutes)
{
    struct limit limit = {.measure = MEASURE_EMERGENCY_HOURS, .amount = minutes * LIMIT_MINUTE};
    return limit;
}

bool limit_is_valid(struct limit limit)
{
    if (limit.measure <= MEASURE_NONE || (size_t)limit.measure >= MEASURE_COUNT)
        return false;
    int64_t most = (int64_t)LIMIT_MAX_DAYS * LIMIT_UNIT * (measure_is_days(limit.measure) ? 1 : 24);
    return limit_is_at_once(limit) || (limit.amount > 0 && limit.amount <= most);
}

bool limit_is_at_once(struct limit limit)
{
    return limit.measure == MEASURE_EMERGENCY_HOURS && limit.amount == 0;
}

bool limit_same(struct limit a, struct limit b)
{
    return a.measure == b.measure && a.amount == b.amount;
}

// A unit of 60000 parts is 3,600,000 ms an hour or `day_minutes` × 60000 ms a day: both divide evenly.
int64_t limit_ms(struct limit limit, int day_minutes)
{
    return limit.amount * (measure_is_days(limit.measure) ? day_minutes : 60);
}

// What a word stands for. PLAIN_* are settled by the rulebook.
enum meaning { MEANS_MEASURE, MEANS_MINUTES, MEANS_PLAIN_DAY, MEANS_PLAIN_HOUR };

static const struct {
    const char *word; // lower case, single hyphens
    enum meaning meaning;
    enum measure measure;
} words[] = {
    {"emergency-hours", MEANS_MEASURE, MEASURE_EMERGENCY_HOURS},
    {"emergency-hour", MEANS_MEASURE, MEASURE_EMERGENCY_HOURS},
    {"紧急工作时", MEANS_MEASURE, MEASURE_EMERGENCY_HOURS},
    {"紧急工作小时", MEANS_MEASURE, MEASURE_EMERGENCY_HOURS},
    {"emergency-days", MEANS_MEASURE, MEASURE_EMERGENCY_DAYS},
    {"emergency-day", MEANS_MEASURE, MEASURE_EMERGENCY_DAYS},
    {"紧急工作日", MEANS_MEASURE, MEASURE_EMERGENCY_DAYS},
    {"working-hours", MEANS_MEASURE, MEASURE_WORKING_HOURS},
    {"working-hour", MEANS_MEASURE, MEASURE_WORKING_HOURS},
    {"business-hours", MEANS_MEASURE, MEASURE_WORKING_HOURS},
    {"business-hour", MEANS_MEASURE, MEASURE_WORKING_HOURS},
    {"工作时", MEANS_MEASURE, MEASURE_WORKING_HOURS},
    {"工作小时", MEANS_MEASURE, MEASURE_WORKING_HOURS},
    {"working-days", MEANS_MEASURE, MEASURE_WORKING_DAYS},
    {"working-day", MEANS_MEASURE, MEASURE_WORKING_DAYS},
    {"business-days", MEANS_MEASURE, MEASURE_WORKING_DAYS},
    {"business-day", MEANS_MEASURE, MEASURE_WORKING_DAYS},
    {"工作日", MEANS_MEASURE, MEASURE_WORKING_DAYS},
    {"natural-days", MEANS_MEASURE, MEASURE_NATURAL_DAYS},
    {"natural-day", MEANS_MEASURE, MEASURE_NATURAL_DAYS},
    {"calendar-days", MEANS_MEASURE, MEASURE_NATURAL_DAYS},
    {"calendar-day", MEANS_MEASURE, MEASURE_NATURAL_DAYS},
    {"自然日", MEANS_MEASURE, MEASURE_NATURAL_DAYS},
    {"日历日", MEANS_MEASURE, MEASURE_NATURAL_DAYS},
    {"minutes", MEANS_MINUTES, MEASURE_EMERGENCY_HOURS},
    {"minute", MEANS_MINUTES, MEASURE_EMERGENCY_HOURS},
    {"min", MEANS_MINUTES, MEASURE_EMERGENCY_HOURS},
    {"emergency-minutes", MEANS_MINUTES, MEASURE_EMERGENCY_HOURS},
    {"emergency-minute", MEANS_MINUTES, MEASURE_EMERGENCY_HOURS},
    {"分钟", MEANS_MINUTES, MEASURE_EMERGENCY_HOURS},
    {"紧急分钟", MEANS_MINUTES, MEASURE_EMERGENCY_HOURS},
    {"days", MEANS_PLAIN_DAY, MEASURE_NONE},
    {"day", MEANS_PLAIN_DAY, MEASURE_NONE},
    {"天", MEANS_PLAIN_DAY, MEASURE_NONE},
    {"日", MEANS_PLAIN_DAY, MEASURE_NONE},
    {"hours", MEANS_PLAIN_HOUR, MEASURE_NONE},
    {"hour", MEANS_PLAIN_HOUR, MEASURE_NONE},
    {"h", MEANS_PLAIN_HOUR, MEASURE_NONE},
    {"小时", MEANS_PLAIN_HOUR, MEASURE_NONE},
    {"时", MEANS_PLAIN_HOUR, MEASURE_NONE},
};

static bool is_space(uint32_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xa0 || c == 0x3000 || c == 0xfeff;
}

// One character of half or full width, spaces of any kind as ' '. 0 at the end.
static uint32_t take(const char **at)
{
    if (**at == 0)
        return 0;
    uint32_t c = text_next(at);
    if (c >= 0xff01 && c <= 0xff5e)
        c -= 0xff01 - '!';
    return is_space(c) ? ' ' : c;
}

static uint32_t peek(const char *at)
{
    return take(&at);
}

static void skip_spaces(const char **at)
{
    while (peek(*at) == ' ')
        take(at);
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

// A number in thousandths. MALFORMED without a digit, BAD_VALUE past any limit or with a fourth decimal.
static int read_number(const char **at, int64_t *thousandths)
{
    bool negative = peek(*at) == '-';
    if (negative)
        take(at);
    if (!is_digit(peek(*at)))
        return ERROR_MALFORMED;
    int64_t value = 0;
    int decimals = -1;
    while (is_digit(peek(*at)) || (decimals < 0 && peek(*at) == '.')) {
        uint32_t c = take(at);
        if (c != '.')
            value = value * 10 + (c - '0');
        if (c == '.' || decimals >= 0)
            decimals++;
        if (value > INT64_C(1000000000000) || decimals > MOST_DECIMALS)
            return ERROR_BAD_VALUE;
    }
    if (decimals == 0)
        return ERROR_MALFORMED;
    for (int i = decimals < 0 ? 0 : decimals; i < MOST_DECIMALS; i++)
        value *= 10;
    *thousandths = negative ? -value : value;
    return 0;
}

// The rest in lower case, runs of spaces, hyphens and underscores as one hyphen, 个 in front left out
// ("3个工作日").
static bool read_word(const char *at, char word[WORD_BYTES])
{
    skip_spaces(&at);
    if (text_starts(at, "个"))
        at += strlen("个");
    size_t length = 0;
    bool gap = false;
    while (*at) {
        const char *from = at;
        uint32_t c = take(&at);
        if (c == ' ' || c == '-' || c == '_') {
            gap = length > 0;
            continue;
        }
        if (length + gap + (size_t)(at - from) >= WORD_BYTES)
            return false;
        if (gap)
            word[length++] = '-';
        gap = false;
        if (c < 0x80)
            word[length++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        for (; c >= 0x80 && from < at; from++)
            word[length++] = *from;
    }
    word[length] = 0;
    return true;
}

static int settle(size_t index, const struct limit_words *plain, enum measure *measure)
{
    static const struct limit_words none;
    if (!plain)
        plain = &none;
    *measure = words[index].meaning == MEANS_PLAIN_DAY    ? plain->plain_day
               : words[index].meaning == MEANS_PLAIN_HOUR ? plain->plain_hour
                                                          : words[index].measure;
    return *measure == MEASURE_NONE ? ERROR_AMBIGUOUS : 0;
}

static int find_word(const char *word, size_t *index)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, word) == 0) {
            *index = i;
            return 0;
        }
    return ERROR_MALFORMED;
}

int limit_parse(const char *text, const struct limit_words *plain, struct limit *out)
{
    skip_spaces(&text);
    if (*text == 0)
        return ERROR_MISSING;
    int64_t thousandths;
    char word[WORD_BYTES];
    size_t index;
    if (read_word(text, word) && (strcmp(word, "at-once") == 0 || strcmp(word, "立即") == 0)) {
        *out = (struct limit){.measure = MEASURE_EMERGENCY_HOURS};
        return 0;
    }
    int e = read_number(&text, &thousandths);
    if (e)
        return e;
    if (!read_word(text, word) || find_word(word, &index))
        return ERROR_MALFORMED;
    struct limit limit;
    e = settle(index, plain, &limit.measure);
    if (e)
        return e;
    int64_t unit = words[index].meaning == MEANS_MINUTES ? LIMIT_MINUTE : LIMIT_UNIT;
    limit.amount = thousandths * (unit / 1000); // in this order it fits 64 bits
    if (limit.amount == 0 || !limit_is_valid(limit))
        return ERROR_BAD_VALUE;
    *out = limit;
    return 0;
}

// Minutes where hours would need more than three decimals, and for 15 or 90 minutes as people say it.
static bool reads_as_minutes(struct limit limit)
{
    return limit.measure == MEASURE_EMERGENCY_HOURS && limit.amount % LIMIT_UNIT != 0 &&
           (limit.amount % LIMIT_MINUTE == 0 || limit.amount * 1000 % LIMIT_UNIT != 0);
}

// "2", "1.5", "0.125": no more decimals than are needed.
static void format_amount(int64_t amount, int64_t unit, char text[AMOUNT_BYTES])
{
    int64_t part = amount % unit * 1000 / unit;
    int length = snprintf(text, AMOUNT_BYTES, "%" PRId64, amount / unit);
    if (part == 0)
        return;
    length += snprintf(text + length, (size_t)(AMOUNT_BYTES - length), ".%03d", (int)part);
    while (text[length - 1] == '0')
        text[--length] = 0;
}

static const char *format(struct limit limit, const char *space, const char *unit, const char *minutes,
                          char *text)
{
    char amount[AMOUNT_BYTES];
    text[0] = 0;
    if (limit.measure == MEASURE_NONE)
        return text;
    bool in_minutes = reads_as_minutes(limit);
    format_amount(limit.amount, in_minutes ? LIMIT_MINUTE : LIMIT_UNIT, amount);
    snprintf(text, LIMIT_TEXT, "%s%s%s", amount, space, in_minutes ? minutes : unit);
    return text;
}

const char *limit_format(struct limit limit, char text[LIMIT_TEXT])
{
    return limit_is_at_once(limit) ? "at once"
                                   : format(limit, " ", measure_name(limit.measure), "minutes", text);
}

const char *limit_format_zh(struct limit limit, char text[LIMIT_TEXT])
{
    return limit_is_at_once(limit) ? "立即" : format(limit, "", measure_zh(limit.measure), "分钟", text);
}
