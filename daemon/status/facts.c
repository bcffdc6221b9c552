#include "status/facts.h"

#include <string.h>

void facts_init(struct facts *facts, struct arena *arena)
{
    *facts = (struct facts){.arena = arena, .group = "daemon"};
}

void facts_member(struct facts *facts, const struct fact *fact)
{
    struct fact *items =
        arena_grow(facts->arena, facts->items, facts->count, &facts->capacity, sizeof *facts->items);
    if (!items)
        return;
    facts->items = items;
    items[facts->count] = *fact;
    items[facts->count++].group = facts->group;
}

void facts_gauge(struct facts *facts, const char *name, enum fact_unit unit, int64_t number, const char *help)
{
    facts_member(facts, &(struct fact){.name = name, .unit = unit, .number = number, .help = help});
}

void facts_counter(struct facts *facts, const char *name, enum fact_unit unit, uint64_t number,
                   const char *help)
{
    facts_member(
        facts,
        &(struct fact){.name = name, .unit = unit, .number = (int64_t)number, .help = help, .counter = true});
}

void facts_text(struct facts *facts, const char *name, const char *text, const char *help)
{
    facts_member(facts, &(struct fact){.name = name, .unit = FACT_TEXT, .text = text, .help = help});
}

void facts_label(struct facts *facts, const char *name, const char *text, const char *help)
{
    facts_member(facts, &(struct fact){.name = name, .unit = FACT_LABEL, .text = text, .help = help});
}

static void add_alarm(struct facts *facts, const char *sentence)
{
    const char **alarms = arena_grow(facts->arena, (void *)facts->alarms, facts->alarm_count,
                                     &facts->alarm_capacity, sizeof *alarms);
    if (!alarms)
        return;
    facts->alarms = alarms;
    alarms[facts->alarm_count++] = sentence;
}

void facts_alarm(struct facts *facts, const char *name, bool up, const char *help, const char *sentence)
{
    facts_gauge(facts, name, FACT_FLAG, up, help);
    if (up)
        add_alarm(facts, sentence);
}

bool facts_begins_family(const struct facts *facts, size_t i)
{
    const struct fact *fact = &facts->items[i], *before = i ? fact - 1 : NULL;
    return !before || strcmp(fact->group, before->group) != 0 || strcmp(fact->name, before->name) != 0;
}
