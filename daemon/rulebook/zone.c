#include "rulebook/zone.h"

#include "base/civil.h"
#include "base/error.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

// The largest file of the 2026 database has 3.8 KiB; the tables of a zone, rules to 2099 included, stay
// small.
enum { MAX_FILE = 256 * 1024, MAX_NAME = 64, HEADER_BYTES = 44, MAX_FOOTER = 128, DAY_SECONDS = 86400 };

// Times outside the core's calendars say nothing to it, and 2^59 s of some files would not fit milliseconds.
#define FIRST_SECOND INT64_C(-2300000000) /* 1897 */
#define LAST_SECOND  INT64_C(7000000000)  /* 2191 */

struct counts {
    size_t isut, isstd, leap, time, type, abbreviation;
};

// A zone while it is put together.
struct builder {
    struct arena *arena;
    struct zone_change *changes;
    size_t count, capacity;
    int32_t first_offset_s;
};

static int fail(const char **why, int error, const char *reason)
{
    if (why)
        *why = reason;
    return error;
}

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t read_i64(const uint8_t *at)
{
    return (int64_t)((uint64_t)read_u32(at) << 32 | read_u32(at + 4));
}

static struct counts read_counts(const uint8_t *header)
{
    const uint8_t *at = header + 20;
    struct counts counts = {
        .isut = read_u32(at),
        .isstd = read_u32(at + 4),
        .leap = read_u32(at + 8),
        .time = read_u32(at + 12),
        .type = read_u32(at + 16),
        .abbreviation = read_u32(at + 20),
    };
    return counts;
}

// Bytes of a data block whose times have `width` bytes. Each count was below 2^32, so 64 bits hold the sum.
static size_t block_bytes(const struct counts *c, size_t width)
{
    return c->time * (width + 1) + c->type * 6 + c->abbreviation + c->leap * (width + 4) + c->isstd + c->isut;
}

static int32_t last_offset(const struct builder *b)
{
    return b->count ? b->changes[b->count - 1].offset_s : b->first_offset_s;
}

// Adds a change behind the last; one that changes nothing is left out, one at the same instant replaces.
static int add_change(struct builder *b, int64_t at_s, int32_t offset_s)
{
    if (at_s < FIRST_SECOND) {
        b->first_offset_s = offset_s;
        return 0;
    }
    if (at_s > LAST_SECOND)
        return 0;
    if (b->count > 0 && b->changes[b->count - 1].at_ms == at_s * SECOND_MS)
        b->count--;
    if (offset_s == last_offset(b))
        return 0;
    b->changes = arena_grow(b->arena, b->changes, b->count, &b->capacity, sizeof *b->changes);
    if (!b->changes)
        return ERROR_NO_MEMORY;
    b->changes[b->count++] = (struct zone_change){.at_ms = at_s * SECOND_MS, .offset_s = offset_s};
    return 0;
}

static bool offset_is_sane(int32_t offset_s)
{
    return offset_s > -26 * 3600 && offset_s < 26 * 3600; // as RFC 8536 asks
}

// The second data block: times, then the type of each, then the types.
static int read_block(struct builder *b, const uint8_t *block, const struct counts *counts, const char **why)
{
    const uint8_t *indices = block + counts->time * 8;
    const uint8_t *types = indices + counts->time;
    b->first_offset_s = (int32_t)read_u32(types);
    for (size_t i = 0; i < counts->time; i++) {
        if (indices[i] >= counts->type)
            return fail(why, ERROR_CORRUPT, "a change has a type that does not exist");
        int64_t at_s = read_i64(block + i * 8);
        if (i > 0 && at_s <= read_i64(block + i * 8 - 8))
            return fail(why, ERROR_CORRUPT, "the changes are not in order");
        int32_t offset_s = (int32_t)read_u32(types + indices[i] * (size_t)6);
        if (!offset_is_sane(offset_s))
            return fail(why, ERROR_CORRUPT, "an offset of more than a day");
        int e = add_change(b, at_s, offset_s);
        if (e)
            return fail(why, e, "out of memory");
    }
    return 0;
}

// The rule in the footer: POSIX TZ as "EST5EDT,M3.2.0,M11.1.0" (RFC 8536, section 3.3).

enum date_kind { MONTH_WEEK_DAY, JULIAN_NO_LEAP, DAY_OF_YEAR };

struct change_rule {
    enum date_kind kind;
    int month, week, day;
    int32_t time_s; // after midnight, local; -167 h .. 167 h
};

struct tz_rule {
    int32_t standard_s, summer_s; // local minus UTC
    bool has_summer;
    struct change_rule begin, end; // of summer time
};

static bool take(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

static bool take_number(const char **at, int most, int *out)
{
    if (**at < '0' || **at > '9')
        return false;
    *out = 0;
    while (**at >= '0' && **at <= '9') {
        *out = *out * 10 + (*(*at)++ - '0');
        if (*out > most)
            return false;
    }
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool take_name(const char **at)
{
    const char *from = *at;
    if (take(at, '<')) {
        while (**at && **at != '>')
            ++*at;
        return take(at, '>');
    }
    while (is_letter(**at))
        ++*at;
    return *at - from >= 3;
}

// [+-]hh[:mm[:ss]]
static bool take_time(const char **at, int most_hours, int32_t *seconds)
{
    bool negative = take(at, '-');
    if (!negative)
        take(at, '+');
    int hours, minutes = 0, rest = 0;
    if (!take_number(at, most_hours, &hours))
        return false;
    if (take(at, ':') && !take_number(at, 59, &minutes))
        return false;
    if (take(at, ':') && !take_number(at, 59, &rest))
        return false;
    *seconds = hours * 3600 + minutes * 60 + rest;
    if (negative)
        *seconds = -*seconds;
    return true;
}

static bool take_date(const char **at, struct change_rule *rule)
{
    if (take(at, 'M')) {
        rule->kind = MONTH_WEEK_DAY;
        return take_number(at, 12, &rule->month) && rule->month >= 1 && take(at, '.') &&
               take_number(at, 5, &rule->week) && rule->week >= 1 && take(at, '.') &&
               take_number(at, 6, &rule->day);
    }
    rule->kind = take(at, 'J') ? JULIAN_NO_LEAP : DAY_OF_YEAR;
    return take_number(at, 365, &rule->day) && (rule->kind == DAY_OF_YEAR || rule->day >= 1);
}

static bool take_change(const char **at, struct change_rule *rule)
{
    rule->time_s = 2 * 3600;
    if (!take(at, ',') || !take_date(at, rule))
        return false;
    return !take(at, '/') || take_time(at, 167, &rule->time_s);
}

// POSIX counts offsets west of Greenwich.
static bool parse_rule(const char *at, struct tz_rule *rule)
{
    int32_t west_s;
    if (!take_name(&at) || !take_time(&at, 24, &west_s))
        return false;
    rule->standard_s = -west_s;
    rule->has_summer = *at != 0;
    if (!rule->has_summer)
        return true;
    if (!take_name(&at))
        return false;
    rule->summer_s = rule->standard_s + 3600;
    if (*at != ',') {
        if (!take_time(&at, 24, &west_s))
            return false;
        rule->summer_s = -west_s;
    }
    return take_change(&at, &rule->begin) && take_change(&at, &rule->end) && *at == 0;
}

static bool is_leap(int year)
{
    return civil_is_valid((struct civil_date){.year = year, .month = 2, .day = 29});
}

static int32_t first_day(int year, int month)
{
    return civil_to_days((struct civil_date){.year = year, .month = month, .day = 1});
}

// The rule's local day in a year. Week 5 is the last one.
static int32_t day_of(const struct change_rule *rule, int year)
{
    if (rule->kind == DAY_OF_YEAR)
        return first_day(year, 1) + rule->day;
    if (rule->kind == JULIAN_NO_LEAP)
        return first_day(year, 1) + rule->day - 1 + (is_leap(year) && rule->day >= 60);
    int32_t first = first_day(year, rule->month);
    int32_t next = rule->month == 12 ? first_day(year + 1, 1) : first_day(year, rule->month + 1);
    int32_t day = first + (rule->day - civil_weekday(first) % 7 + 7) % 7 + 7 * (rule->week - 1);
    return day < next ? day : day - 7;
}

static int64_t second_of(const struct change_rule *rule, int year, int32_t offset_before_s)
{
    return (int64_t)day_of(rule, year) * DAY_SECONDS + rule->time_s - offset_before_s;
}

// Both changes of a year, in order of time, as far as they lie behind the table.
static int add_year(struct builder *b, const struct tz_rule *rule, int year, int64_t after_s)
{
    int64_t begin_s = second_of(&rule->begin, year, rule->standard_s);
    int64_t end_s = second_of(&rule->end, year, rule->summer_s);
    bool north = begin_s < end_s;
    int64_t at_s[2] = {north ? begin_s : end_s, north ? end_s : begin_s};
    int32_t offset_s[2] = {north ? rule->summer_s : rule->standard_s,
                           north ? rule->standard_s : rule->summer_s};
    for (int i = 0; i < 2; i++) {
        int e = at_s[i] > after_s ? add_change(b, at_s[i], offset_s[i]) : 0;
        if (e)
            return e;
    }
    return 0;
}

static int lay_out_rule(struct builder *b, const char *footer, int64_t after_s, const char **why)
{
    struct tz_rule rule = {0};
    if (!*footer)
        return 0; // the table says all there is
    if (!parse_rule(footer, &rule) || !offset_is_sane(rule.standard_s) || !offset_is_sane(rule.summer_s))
        return fail(why, ERROR_CORRUPT, "the rule in the footer cannot be read");
    int year = civil_from_days((int32_t)floor_div(after_s, DAY_SECONDS)).year;
    for (; rule.has_summer && year <= ZONE_LAST_YEAR; year++)
        if (add_year(b, &rule, year, after_s))
            return fail(why, ERROR_NO_MEMORY, "out of memory");
    return 0;
}

// The footer stands between two line feeds behind the second block.
static int read_footer(const uint8_t *at, size_t length, char footer[MAX_FOOTER], const char **why)
{
    if (length < 2 || at[0] != '\n')
        return fail(why, ERROR_CORRUPT, "there is no footer");
    const uint8_t *end = memchr(at + 1, '\n', length - 1);
    if (!end || end - at - 1 >= MAX_FOOTER)
        return fail(why, ERROR_CORRUPT, "the footer has no end");
    size_t size = (size_t)(end - at - 1);
    memcpy(footer, at + 1, size);
    footer[size] = 0;
    return 0;
}

static bool is_header(const uint8_t *bytes, size_t length)
{
    return length >= HEADER_BYTES && memcmp(bytes, "TZif", 4) == 0;
}

// Finds the second header: version 1's block, with its 32-bit times, is passed over.
static int find_block(const uint8_t *bytes, size_t length, const uint8_t **header, const char **why)
{
    if (!is_header(bytes, length))
        return fail(why, ERROR_CORRUPT, "this is not a time zone file");
    if (bytes[4] < '2')
        return fail(why, ERROR_CORRUPT, "version 1 ends in 2038; a newer time zone database is needed");
    struct counts counts = read_counts(bytes);
    size_t skip = HEADER_BYTES + block_bytes(&counts, 4);
    if (skip > length || !is_header(bytes + skip, length - skip))
        return fail(why, ERROR_CORRUPT, "the file is cut short");
    *header = bytes + skip;
    return 0;
}

static int64_t last_time(const uint8_t *block, const struct counts *counts)
{
    int64_t last_s = counts->time ? read_i64(block + (counts->time - 1) * 8) : FIRST_SECOND;
    return last_s < FIRST_SECOND ? FIRST_SECOND : last_s > LAST_SECOND ? LAST_SECOND : last_s;
}

static int decode(struct builder *b, const uint8_t *bytes, size_t length, const char **why)
{
    const uint8_t *header;
    char footer[MAX_FOOTER];
    int e = find_block(bytes, length, &header, why);
    if (e)
        return e;
    struct counts counts = read_counts(header);
    const uint8_t *block = header + HEADER_BYTES;
    size_t left = (size_t)(bytes + length - block), size = block_bytes(&counts, 8);
    if (size > left || counts.type == 0 || counts.type > 256)
        return fail(why, ERROR_CORRUPT, "the file is cut short");
    if (counts.leap > 0)
        return fail(why, ERROR_CORRUPT, "it counts leap seconds; use the zone without right/");
    e = read_block(b, block, &counts, why);
    if (!e)
        e = read_footer(block + size, left - size, footer, why);
    return e ? e : lay_out_rule(b, footer, last_time(block, &counts), why);
}

int zone_decode(struct arena *arena, const char *name, const void *bytes, size_t length, struct zone *out,
                const char **why)
{
    if (length > MAX_FILE)
        return fail(why, ERROR_TOO_LARGE, "the file is too large for a time zone");
    struct builder b = {.arena = arena};
    int e = decode(&b, bytes, length, why);
    if (e)
        return e;
    char *copy = arena_strdup(arena, name);
    if (!copy)
        return fail(why, ERROR_NO_MEMORY, "out of memory");
    *out = (struct zone){
        .name = copy, .first_offset_s = b.first_offset_s, .changes = b.changes, .count = b.count};
    return 0;
}

static bool name_is_safe(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > MAX_NAME || name[0] == '/' || strstr(name, ".."))
        return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/.") == length;
}

static int read_file(struct arena *arena, const char *path, uint8_t **bytes, size_t *length, const char **why)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return fail(why, errno == ENOENT || errno == ENOTDIR ? ERROR_NOT_FOUND : ERROR_IO,
                    arena_printf(arena, "%s: %s", path, strerror(errno)));
    int e = 0;
    *bytes = arena_alloc(arena, MAX_FILE + 1);
    if (!*bytes)
        e = fail(why, ERROR_NO_MEMORY, "out of memory");
    else
        *length = fread(*bytes, 1, MAX_FILE + 1, file);
    if (!e && ferror(file))
        e = fail(why, ERROR_IO, arena_printf(arena, "%s: %s", path, strerror(errno)));
    fclose(file);
    return e;
}

int zone_load(struct arena *arena, const char *directory, const char *name, struct zone *out,
              const char **why)
{
    if (!name_is_safe(name))
        return fail(why, ERROR_BAD_VALUE, "a zone is named as Asia/Shanghai, below the zone directory");
    char *path = arena_printf(arena, "%s/%s", directory ? directory : ZONE_DIRECTORY, name);
    if (!path)
        return fail(why, ERROR_NO_MEMORY, "out of memory");
    struct arena file;
    uint8_t *bytes;
    size_t length;
    arena_init(&file, 0);
    int e = read_file(&file, path, &bytes, &length, why);
    if (e && why && *why)
        *why = arena_strdup(arena, *why);
    if (!e)
        e = zone_decode(arena, name, bytes, length, out, why);
    arena_fini(&file);
    return e;
}
