#include "status/readings.h"

#include <string.h>

void readings_init(struct readings *readings, struct arena *arena)
{
    *readings = (struct readings){.arena = arena, .group = "daemon"};
}

void readings_member(struct readings *readings, const struct reading *reading)
{
    struct reading *items = arena_grow(readings->arena, readings->items, readings->count, &readings->capacity,
                                       sizeof *readings->items);
    if (!items)
        return;
    readings->items = items;
    items[readings->count] = *reading;
    items[readings->count++].group = readings->group;
}

void readings_gauge(struct readings *readings, const char *name, enum reading_unit unit, int64_t number,
                    const char *help)
{
    readings_member(readings, &(struct reading){.name = name, .unit = unit, .number = number, .help = help});
}

void readings_counter(struct readings *readings, const char *name, enum reading_unit unit, uint64_t number,
                      const char *help)
{
    readings_member(
        readings, &(struct reading){
                      .name = name, .unit = unit, .number = (int64_t)number, .help = help, .counter = true});
}

void readings_text(struct readings *readings, const char *name, const char *text, const char *help)
{
    readings_member(readings,
                    &(struct reading){.name = name, .unit = READING_TEXT, .text = text, .help = help});
}

void readings_label(struct readings *readings, const char *name, const char *text, const char *help)
{
    readings_member(readings,
                    &(struct reading){.name = name, .unit = READING_LABEL, .text = text, .help = help});
}

static void add_alarm(struct readings *readings, const char *sentence)
{
    const char **alarms = arena_grow(readings->arena, (void *)readings->alarms, readings->alarm_count,
                                     &readings->alarm_capacity, sizeof *alarms);
    if (!alarms)
        return;
    readings->alarms = alarms;
    alarms[readings->alarm_count++] = sentence;
}

void readings_alarm(struct readings *readings, const char *name, bool up, const char *help,
                    const char *sentence)
{
    readings_gauge(readings, name, READING_FLAG, up, help);
    if (up)
        add_alarm(readings, sentence);
}

bool readings_begins_family(const struct readings *readings, size_t i)
{
    const struct reading *reading = &readings->items[i], *before = i ? reading - 1 : NULL;
    return !before || strcmp(reading->group, before->group) != 0 || strcmp(reading->name, before->name) != 0;
}
