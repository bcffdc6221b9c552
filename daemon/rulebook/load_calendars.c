// calendars.yaml: working time; the days that differ stand in a CSV file beside it.
#include "rulebook/loader.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct calendar_draft {
    struct yaml_pairs week, extra;
    struct cell like, exceptions, mode, day, quiet;
    struct cells years;
    struct yaml_node start;
};

struct start_draft {
    struct cell day_off, from, before, to, natural;
};

#define AT(member) offsetof(struct calendar_draft, member)

static const struct field calendar_fields[] = {
    {"like", FIELD_CELL, false, AT(like), NULL},    {"week", FIELD_PAIRS, false, AT(week), NULL},
    {"extra", FIELD_PAIRS, false, AT(extra), NULL}, {"exceptions", FIELD_CELL, false, AT(exceptions), NULL},
    {"years", FIELD_CELLS, false, AT(years), NULL}, {"start", FIELD_NODE, false, AT(start), NULL},
    {"mode", FIELD_CELL, false, AT(mode), NULL},    {"day", FIELD_CELL, false, AT(day), NULL},
    {"quiet", FIELD_CELL, false, AT(quiet), NULL},  {0},
};

#undef AT
#define AT(member) offsetof(struct start_draft, member)

static const struct field start_fields[] = {
    {"day_off", FIELD_CELL, false, AT(day_off), NULL}, {"from", FIELD_CELL, false, AT(from), NULL},
    {"before", FIELD_CELL, false, AT(before), NULL},   {"to", FIELD_CELL, false, AT(to), NULL},
    {"natural", FIELD_CELL, false, AT(natural), NULL}, {0},
};

static const char *const weekdays[8][2] = {
    {"", ""},        {"mon", "周一"}, {"tue", "周二"}, {"wed", "周三"},
    {"thu", "周四"}, {"fri", "周五"}, {"sat", "周六"}, {"sun", "周日"},
};

static int weekday(const char *name, size_t length)
{
    for (int i = 1; i <= 7; i++)
        for (int j = 0; j < 2; j++)
            if (strlen(weekdays[i][j]) == length && strncmp(weekdays[i][j], name, length) == 0)
                return i;
    return 0;
}

// "08:30" → 510; -1 for no time of day. "24:00" is the end of the day.
static int minute_of(const char *text, size_t length)
{
    if (length != 5 || text[2] != ':' || strspn(text, "0123456789") != 2 ||
        strspn(text + 3, "0123456789") < 2)
        return -1;
    int hour = (text[0] - '0') * 10 + text[1] - '0';
    int minute = (text[3] - '0') * 10 + text[4] - '0';
    return hour > 24 || minute > 59 || (hour == 24 && minute) ? -1 : hour * 60 + minute;
}

static bool read_slot(const char *text, struct slot *slot)
{
    size_t length = strlen(text);
    if (length != 11 || text[5] != '-')
        return false;
    *slot = (struct slot){minute_of(text, 5), minute_of(text + 6, 5)};
    return slot->from_minute >= 0 && slot->to_minute > slot->from_minute;
}

static struct slots read_slots(struct loader *loader, const struct cells *cells)
{
    struct slot *items = arena_array(loader->arena, cells->count + 1, sizeof *items);
    struct slots slots = {.items = items};
    for (uint32_t i = 0; items && i < cells->count; i++) {
        const struct cell *cell = &cells->items[i];
        if (!read_slot(cell->text, &items[slots.count]))
            report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s is no span of a day, as 08:00-12:00",
                       cell->text);
        else if (slots.count && items[slots.count].from_minute < items[slots.count - 1].to_minute)
            report_add(loader->report, FINDING_BAD_VALUE, cell->at,
                       "%s begins before the span in front of it ends", cell->text);
        else
            slots.count++;
    }
    return slots;
}

// "mon-fri: [08:00-12:00, 14:00-18:00]"; a day may be named once.
static void read_week(struct loader *loader, const struct yaml_pairs *week, struct slots days[8])
{
    bool given[8] = {false};
    for (uint32_t i = 0; i < week->count; i++) {
        const struct cell *key = &week->items[i].key;
        const char *dash = strchr(key->text, '-');
        int first = weekday(key->text, dash ? (size_t)(dash - key->text) : strlen(key->text));
        int last = dash ? weekday(dash + 1, strlen(dash + 1)) : first;
        if (!first || last < first) {
            report_add(loader->report, FINDING_BAD_VALUE, key->at,
                       "%s is no day of the week, as mon, or mon-fri", key->text);
            continue;
        }
        struct slots slots = read_slots(loader, &week->items[i].values);
        for (int day = first; day <= last; day++) {
            if (given[day])
                report_add(loader->report, FINDING_DUPLICATE, key->at, "%s is given twice", weekdays[day][0]);
            given[day] = true;
            days[day] = slots;
        }
    }
}

static int compare_slots(const void *left, const void *right)
{
    const struct slot *a = left, *b = right;
    return (a->from_minute > b->from_minute) - (a->from_minute < b->from_minute);
}

// The union of two days' slots; spans that touch become one.
static struct slots join(struct loader *loader, struct slots a, struct slots b)
{
    struct slot *items = arena_array(loader->arena, a.count + b.count + 1, sizeof *items);
    struct slots joined = {.items = items};
    if (!items)
        return joined;
    for (size_t i = 0; i < a.count; i++)
        items[i] = a.items[i];
    for (size_t i = 0; i < b.count; i++)
        items[a.count + i] = b.items[i];
    qsort(items, a.count + b.count, sizeof *items, compare_slots);
    for (size_t i = 0; i < a.count + b.count; i++) {
        struct slot *last = joined.count ? &items[joined.count - 1] : NULL;
        if (!last || items[i].from_minute > last->to_minute)
            items[joined.count++] = items[i];
        else if (items[i].to_minute > last->to_minute)
            last->to_minute = items[i].to_minute;
    }
    return joined;
}

// 错时服务: more slots beside those of the week, as a unit that is there in the evening or on Saturday.
static void read_extra(struct loader *loader, const struct yaml_pairs *extra, struct calendar *calendar)
{
    struct slots more[8] = {{0}};
    read_week(loader, extra, more);
    for (int day = 1; day <= 7; day++)
        if (more[day].count)
            calendar->week[day] = join(loader, calendar->week[day], more[day]);
}

enum { DAY_DATE, DAY_KIND, DAY_NAME, DAY_LIKE, DAY_SPANS, DAY_COLUMNS };

static const struct column day_columns[DAY_COLUMNS] = {
    [DAY_DATE] = {"date", "日期", true},    [DAY_KIND] = {"kind", "类型", true},
    [DAY_NAME] = {"name", "名称", false},   [DAY_LIKE] = {"like", "按周几上班", false},
    [DAY_SPANS] = {"slots", "时段", false},
};

static const char *const day_kinds[][2] = {
#define X(id, name, zh) [DAY_##id] = {name, zh},
    DAY_KINDS(X)
#undef X
};

static int read_day_kind(struct loader *loader, const struct cell *cell)
{
    for (int i = 0; i < (int)(sizeof day_kinds / sizeof *day_kinds); i++)
        if (text_same(cell->text, day_kinds[i][0]) || text_same(cell->text, day_kinds[i][1]))
            return i;
    report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s is none of off, work, slots", cell->text);
    return DAY_OFF;
}

static bool read_day(struct loader *loader, const struct table *table, uint32_t row, struct calendar_day *day)
{
    struct civil_date date;
    const struct cell *text = table_cell(table, row, DAY_DATE);
    if (strlen(text->text) != 10 || !civil_parse(text->text, &date)) {
        report_add(loader->report, FINDING_BAD_VALUE, text->at, "%s is no date, as 2026-02-14", text->text);
        return false;
    }
    day->day = civil_to_days(date);
    day->kind = (enum day_kind)read_day_kind(loader, table_cell(table, row, DAY_KIND));
    day->name = table_cell(table, row, DAY_NAME)->text;
    const struct cell *like = table_cell(table, row, DAY_LIKE);
    day->like = like->text ? weekday(like->text, strlen(like->text)) : 0;
    if (like->text && !day->like)
        report_add(loader->report, FINDING_BAD_VALUE, like->at, "%s is no day of the week, as mon",
                   like->text);
    struct cells spans = table_list(loader->arena, table_cell(table, row, DAY_SPANS));
    day->slots = read_slots(loader, &spans);
    return true;
}

static int compare_days(const void *left, const void *right)
{
    int32_t a = ((const struct calendar_day *)left)->day;
    int32_t b = ((const struct calendar_day *)right)->day;
    return (a > b) - (a < b);
}

static void refuse_twice(struct loader *loader, const struct cell *file, const struct calendar *calendar)
{
    for (size_t i = 1; i < calendar->day_count; i++) {
        struct civil_date date = civil_from_days(calendar->days[i].day);
        if (calendar->days[i].day == calendar->days[i - 1].day)
            report_add(loader->report, FINDING_DUPLICATE, file->at, "%s has %04d-%02d-%02d twice", file->text,
                       date.year, date.month, date.day);
    }
}

static void read_exceptions(struct loader *loader, const struct cell *file, struct calendar *calendar)
{
    struct table table;
    if (!file->text || !loader_named_source(loader, file) ||
        !loader_table(loader, file->text, true, day_columns, DAY_COLUMNS, &table))
        return;
    struct calendar_day *days = arena_array(loader->arena, table.rows + 1, sizeof *days);
    calendar->day_count = 0;
    for (uint32_t i = 0; days && i < table.rows; i++)
        calendar->day_count += read_day(loader, &table, i, &days[calendar->day_count]);
    calendar->days = days;
    if (days)
        qsort(days, calendar->day_count, sizeof *days, compare_days);
    refuse_twice(loader, file, calendar);
}

static void read_years(struct loader *loader, const struct cells *years, struct calendar *calendar)
{
    calendar->year_count = 0;
    calendar->every_year = years->count == 1 && text_same(years->items[0].text, "every");
    int *items = arena_array(loader->arena, years->count + 1, sizeof *items);
    for (uint32_t i = 0; items && i < years->count && !calendar->every_year; i++) {
        int year = (int)loader_number(loader, &years->items[i], 1900, 2199, 0);
        if (calendar->year_count && year && year <= items[calendar->year_count - 1])
            report_add(loader->report, FINDING_BAD_VALUE, years->items[i].at,
                       "years stand in ascending order");
        else if (year)
            items[calendar->year_count++] = year;
    }
    calendar->years = items;
}

// A time at which a clock can begin; the end of a day is none.
static int read_minute(struct loader *loader, const struct cell *cell)
{
    int minute = cell->text ? minute_of(cell->text, strlen(cell->text)) : START_KEEPS_TIME;
    if (cell->text && (minute < 0 || minute == MINUTES_A_DAY))
        report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s is no time of day, as 08:30", cell->text);
    return minute;
}

static void read_start(struct loader *loader, struct yaml *yaml, struct yaml_node node,
                       struct start_rule *rule)
{
    struct start_draft draft = {0};
    if (!yaml_read(yaml, node, start_fields, &draft))
        return;
    int given = !!draft.day_off.text + !!draft.from.text + !!draft.before.text;
    if (given != 1)
        report_add(loader->report, FINDING_BAD_VALUE, node.at,
                   "a start rule has one of day_off, from, before");
    rule->kind = draft.day_off.text ? START_DAY_OFF : draft.from.text ? START_FROM : START_BEFORE;
    if (draft.day_off.text && !loader_bool(loader, &draft.day_off))
        report_add(loader->report, FINDING_BAD_VALUE, draft.day_off.at, "day_off can only be yes");
    rule->minute =
        rule->kind == START_DAY_OFF ? 0 : read_minute(loader, draft.from.text ? &draft.from : &draft.before);
    bool keeps = !draft.to.text || text_same(draft.to.text, "keep");
    rule->to_minute = keeps ? START_KEEPS_TIME : read_minute(loader, &draft.to);
    if (rule->kind == START_BEFORE && rule->to_minute < rule->minute)
        report_add(loader->report, FINDING_BAD_VALUE, draft.before.at,
                   "before %s needs a later time in to, as {before: 08:30, to: 08:30}", draft.before.text);
    rule->natural = loader_bool(loader, &draft.natural);
}

static void read_starts(struct loader *loader, struct yaml *yaml, struct yaml_node node,
                        struct calendar *calendar)
{
    struct yaml_nodes list;
    if (!node.node || !yaml_list(yaml, node, &list))
        return;
    struct start_rule *rules = arena_array(loader->arena, list.count + 1, sizeof *rules);
    calendar->rule_count = 0;
    for (uint32_t i = 0; rules && i < list.count; i++)
        read_start(loader, yaml, list.items[i], &rules[calendar->rule_count++]);
    calendar->rules = rules;
}

static void read_mode(struct loader *loader, const struct cell *cell, struct calendar *calendar)
{
    static const char *const modes[][2] = {
#define X(id, name, zh) [MODE_##id] = {name, zh},
        DAY_MODES(X)
#undef X
    };
    for (int i = 0; cell->text && i < (int)(sizeof modes / sizeof *modes); i++)
        if (text_same(cell->text, modes[i][0]) || text_same(cell->text, modes[i][1])) {
            calendar->mode = (enum day_mode)i;
            return;
        }
    if (cell->text)
        report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s is none of hours, same-time, end-of-day",
                   cell->text);
}

// 调休 with the slots of a weekday that has none would be a day off without a word.
static void check_make_up_days(struct loader *loader, const struct calendar_draft *draft,
                               const struct calendar *calendar)
{
    for (size_t i = 0; i < calendar->day_count; i++) {
        const struct calendar_day *day = &calendar->days[i];
        struct civil_date date = civil_from_days(day->day);
        if (day->kind == DAY_WORK && calendar->week[day->like ? day->like : 1].count == 0)
            report_add(loader->report, FINDING_BAD_VALUE, draft->exceptions.at,
                       "%04d-%02d-%02d is worked like a %s, which has no slots", date.year, date.month,
                       date.day, weekdays[day->like ? day->like : 1][0]);
    }
}

// A working day has the minutes of the week's longest day, if the file does not say.
static int longest_day(const struct calendar *calendar)
{
    int longest = 0;
    for (int day = 1; day <= 7; day++) {
        int minutes = 0;
        for (size_t i = 0; i < calendar->week[day].count; i++)
            minutes += calendar->week[day].items[i].to_minute - calendar->week[day].items[i].from_minute;
        longest = minutes > longest ? minutes : longest;
    }
    return longest ? longest : 480;
}

static int read_day_length(struct loader *loader, const struct cell *cell, const struct calendar *calendar)
{
    struct limit limit = {0};
    loader_limit(loader, cell, &limit);
    if (!limit.measure)
        return longest_day(calendar);
    int64_t minutes = limit_ms(limit, MINUTES_A_DAY) / MINUTE_MS;
    if (!measure_is_days(limit.measure) && minutes > 0 && minutes <= MINUTES_A_DAY)
        return (int)minutes;
    report_add(loader->report, FINDING_BAD_LIMIT, cell->at,
               "the length of a working day is up to 24 hours, as 8工作时");
    return 480;
}

// "22:00-07:00", over midnight or not.
static void read_quiet(struct loader *loader, const struct cell *cell, struct calendar *calendar)
{
    if (!cell->text)
        return;
    bool form = strlen(cell->text) == 11 && cell->text[5] == '-';
    int from = form ? minute_of(cell->text, 5) : -1, to = form ? minute_of(cell->text + 6, 5) : -1;
    if (from < 0 || to < 0 || from == to % MINUTES_A_DAY || from == MINUTES_A_DAY)
        report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s are no quiet hours, as 22:00-07:00",
                   cell->text);
    else
        calendar->quiet = (struct slot){from, to % MINUTES_A_DAY};
}

// A calendar that is like another one begins as its copy; without, week and years are needed.
static bool begin_calendar(struct loader *loader, const struct calendar_draft *draft, uint32_t like,
                           const struct cell *key, struct calendar *calendar)
{
    if (like != STRMAP_NONE)
        *calendar = loader->rules->calendars[like];
    else
        *calendar = (struct calendar){.zone = &loader->book->zone};
    calendar->name = key->text;
    const char *missing = !draft->week.count ? "week" : !draft->years.count ? "years" : NULL;
    if (like != STRMAP_NONE || draft->like.text || !missing)
        return true;
    report_add(loader->report, FINDING_MISSING_KEY, key->at, "the key %s is missing", missing);
    return false;
}

static void read_calendar(struct loader *loader, struct yaml *yaml, const struct cell *key,
                          struct yaml_node node)
{
    struct rules *rules = loader->rules;
    struct calendar_draft draft = {0};
    struct calendar *calendar = &rules->calendars[rules->calendar_count];
    if (!yaml_read(yaml, node, calendar_fields, &draft))
        return;
    uint32_t like = loader_refer(loader, REFERENCE_CALENDAR, &draft.like); // only one that stands above
    if (!loader_enter(loader, &loader->calendars, key, rules->calendar_count, loader->book->calendar_marks))
        return;
    loader->book->calendar_marks[rules->calendar_count++] = key->at;
    uint32_t before = loader->report->errors;
    if (!begin_calendar(loader, &draft, like, key, calendar))
        return;
    if (draft.week.count) {
        memset(calendar->week, 0, sizeof calendar->week);
        read_week(loader, &draft.week, calendar->week);
    }
    read_exceptions(loader, &draft.exceptions, calendar);
    if (draft.years.count)
        read_years(loader, &draft.years, calendar);
    read_starts(loader, yaml, draft.start, calendar);
    read_mode(loader, &draft.mode, calendar);
    if (draft.day.text || draft.week.count)
        calendar->day_minutes = read_day_length(loader, &draft.day, calendar);
    read_extra(loader, &draft.extra, calendar);
    read_quiet(loader, &draft.quiet, calendar);
    if (draft.exceptions.text)
        check_make_up_days(loader, &draft, calendar);
    int error = calendar_check(calendar);
    if (error && loader->report->errors == before)
        report_add(loader->report, FINDING_BAD_VALUE, key->at, "the calendar cannot be used: %s",
                   error == ERROR_NO_WORKING_TIME ? "the week has no working time" : error_sentence(error));
}

void load_calendars(struct loader *loader)
{
    const struct source *source = loader_source(loader, "calendars.yaml");
    struct yaml yaml;
    struct yaml_nodes map;
    uint32_t before = loader->report->errors;
    if (!source) {
        report_file(loader->report, FINDING_MISSING_FILE, "calendars.yaml", 0, 0,
                    "the rulebook has no file calendars.yaml");
        return;
    }
    if (yaml_init(&yaml, source, loader->arena, loader->report) && yaml_map(&yaml, yaml.root, &map)) {
        loader->rules->calendars =
            arena_array(loader->arena, map.count + 1, sizeof *loader->rules->calendars);
        loader->book->calendar_marks =
            arena_array(loader->arena, map.count + 1, sizeof *loader->book->calendar_marks);
        for (uint32_t i = 0; loader->book->calendar_marks && loader->rules->calendars && i < map.count; i++)
            read_calendar(loader, &yaml, &map.keys[i], map.items[i]);
    }
    yaml_fini(&yaml);
    if (!loader->rules->calendar_count && loader->report->errors == before) // an empty file
        report_file(loader->report, FINDING_MISSING_KEY, "calendars.yaml", 0, 0,
                    "the file has no calendar; the first one is the city's");
}
