// rulebook.yaml: the city, its zone, what stands in for what is not said elsewhere, reasons, words.
#include "rulebook/loader.h"

#include "base/error.h"
#include "base/text.h"
#include "core/clock.h"
#include "rulebook/finder.h"
#include "rulebook/suggest.h"
#include "rulebook/zone.h"

#include <stddef.h>

enum { DIGEST_AFTER = 30 }; // a person reads so many notices in ten minutes, not more

struct city_draft {
    struct cell city, zone, standard, plain_day, plain_hour;
    struct cell owner, desk, return_limit, supervise_limit, max_declines, max_extensions, max_appeals, silent,
        digest_after, feedback, call_back, reopen_limit;
    struct cell limits[STAGE_COUNT]; // by stage
    struct cell ladder, emergency, ladders[STAGE_COUNT];
    struct yaml_pairs decline, hand_up, cancel, resolve_reasons, petitions[PETITION_COUNT], reject, close,
        reopen, unreasonable, words;
    struct mark at;
};

#define AT(member) offsetof(struct city_draft, member)

static const struct field default_fields[] = {
    {"owner", FIELD_CELL, false, AT(owner), NULL},
    {"desk", FIELD_CELL, true, AT(desk), NULL},
    {"approve", FIELD_CELL, false, AT(limits[STAGE_APPROVE]), NULL},
    {"file", FIELD_CELL, false, AT(limits[STAGE_FILE]), NULL},
    {"dispatch", FIELD_CELL, false, AT(limits[STAGE_DISPATCH]), NULL},
    {"accept", FIELD_CELL, true, AT(limits[STAGE_ACCEPT]), NULL},
    {"report", FIELD_CELL, false, AT(limits[STAGE_REPORT]), NULL},
    {"resolve", FIELD_CELL, true, AT(limits[STAGE_RESOLVE]), NULL},
    {"verify", FIELD_CELL, false, AT(limits[STAGE_VERIFY]), NULL},
    {"arbitrate", FIELD_CELL, true, AT(limits[STAGE_ARBITRATE]), NULL},
    {"close", FIELD_CELL, false, AT(limits[STAGE_CLOSE]), NULL},
    {"fill", FIELD_CELL, false, AT(limits[STAGE_FILL]), NULL},
    {"reopen", FIELD_CELL, false, AT(reopen_limit), NULL},
    {"feedback", FIELD_CELL, false, AT(feedback), NULL},
    {"callback", FIELD_CELL, false, AT(call_back), NULL},
    {"return_limit", FIELD_CELL, false, AT(return_limit), NULL},
    {"supervise_limit", FIELD_CELL, false, AT(supervise_limit), NULL},
    {"max_declines", FIELD_CELL, false, AT(max_declines), NULL},
    {"max_extensions", FIELD_CELL, false, AT(max_extensions), NULL},
    {"max_appeals", FIELD_CELL, false, AT(max_appeals), NULL},
    {"digest_after", FIELD_CELL, false, AT(digest_after), NULL},
    {"silent", FIELD_CELL, false, AT(silent), NULL},
    {0},
};

static const struct field ladder_fields[] = {
    {"default", FIELD_CELL, false, AT(ladder), NULL},
    {"approve", FIELD_CELL, false, AT(ladders[STAGE_APPROVE]), NULL},
    {"dispatch", FIELD_CELL, false, AT(ladders[STAGE_DISPATCH]), NULL},
    {"accept", FIELD_CELL, false, AT(ladders[STAGE_ACCEPT]), NULL},
    {"report", FIELD_CELL, false, AT(ladders[STAGE_REPORT]), NULL},
    {"resolve", FIELD_CELL, false, AT(ladders[STAGE_RESOLVE]), NULL},
    {"verify", FIELD_CELL, false, AT(ladders[STAGE_VERIFY]), NULL},
    {"answer", FIELD_CELL, false, AT(ladders[STAGE_ANSWER]), NULL},
    {"charge", FIELD_CELL, false, AT(ladders[STAGE_CHARGE]), NULL},
    {"close", FIELD_CELL, false, AT(ladders[STAGE_CLOSE]), NULL},
    {"fill", FIELD_CELL, false, AT(ladders[STAGE_FILL]), NULL},
    {"emergency", FIELD_CELL, false, AT(emergency), NULL},
    {"desk", FIELD_CELL, false, AT(ladders[STAGE_ARBITRATE]), NULL},
    {0},
};

static const struct field reason_fields[] = {
    {"decline", FIELD_PAIRS, true, AT(decline), NULL},
    {"hand_up", FIELD_PAIRS, false, AT(hand_up), NULL},
    {"cancel", FIELD_PAIRS, false, AT(cancel), NULL},
    {"resolve", FIELD_PAIRS, false, AT(resolve_reasons), NULL},
    {"extend", FIELD_PAIRS, false, AT(petitions[VERB_EXTEND - VERB_EXTEND]), NULL},
    {"pause", FIELD_PAIRS, false, AT(petitions[VERB_PAUSE - VERB_EXTEND]), NULL},
    {"suspend", FIELD_PAIRS, false, AT(petitions[VERB_SUSPEND - VERB_EXTEND]), NULL},
    {"appeal", FIELD_PAIRS, false, AT(petitions[VERB_APPEAL - VERB_EXTEND]), NULL},
    {"reject", FIELD_PAIRS, false, AT(reject), NULL},
    {"close", FIELD_PAIRS, false, AT(close), NULL},
    {"reopen", FIELD_PAIRS, false, AT(reopen), NULL},
    {"unreasonable", FIELD_PAIRS, false, AT(unreasonable), NULL},
    {0},
};

static const struct field city_fields[] = {
    {"city", FIELD_CELL, true, AT(city), NULL},
    {"zone", FIELD_CELL, true, AT(zone), NULL},
    {"category_standard", FIELD_CELL, true, AT(standard), NULL},
    {"plain_day", FIELD_CELL, false, AT(plain_day), NULL},
    {"plain_hour", FIELD_CELL, false, AT(plain_hour), NULL},
    {"defaults", FIELD_MAP, true, 0, default_fields},
    {"ladders", FIELD_MAP, false, 0, ladder_fields},
    {"reasons", FIELD_MAP, true, 0, reason_fields},
    {"words", FIELD_PAIRS, false, AT(words), NULL},
    {0},
};

static void read_zone(struct loader *loader, const struct cell *name)
{
    const char *why = NULL;
    if (!name->text)
        return;
    int error = zone_load(loader->arena, NULL, name->text, &loader->book->zone, &why);
    if (error)
        report_add(loader->report, FINDING_BAD_VALUE, name->at, "the zone %s cannot be used: %s", name->text,
                   why ? why : error_sentence(error));
}

static enum measure read_measure(struct loader *loader, const struct cell *cell, bool days)
{
    if (!cell->text)
        return MEASURE_NONE;
    for (int i = MEASURE_EMERGENCY_HOURS; i <= MEASURE_NATURAL_DAYS; i++) {
        enum measure measure = (enum measure)i;
        bool same =
            text_same(cell->text, measure_name(measure)) || text_same(cell->text, measure_zh(measure));
        if (same && measure_is_days(measure) == days)
            return measure;
    }
    report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s is none of %s", cell->text,
               days ? "working-days, natural-days, emergency-days" : "working-hours, emergency-hours");
    return MEASURE_NONE;
}

void load_city(struct loader *loader)
{
    struct city_draft *draft = arena_alloc(loader->arena, sizeof *draft);
    loader->city = draft;
    const struct source *source = loader_source(loader, "rulebook.yaml");
    if (!draft || !source)
        return;
    struct yaml yaml;
    if (yaml_init(&yaml, source, loader->arena, loader->report)) {
        yaml_read(&yaml, yaml.root, city_fields, draft);
        draft->at = yaml.root.at;
        read_zone(loader, &draft->zone);
    } else if (loader->report->errors == 0) {
        report_add(loader->report, FINDING_SYNTAX, source_mark(source, 1, 1), "the file is empty");
    }
    yaml_fini(&yaml);
    loader->book->defaults = draft->at;
    loader->book->words.plain_day = read_measure(loader, &draft->plain_day, true);
    loader->book->words.plain_hour = read_measure(loader, &draft->plain_hour, false);
    loader->rules->city = text_or_empty(draft->city.text);
    loader->rules->category_standard = text_or_empty(draft->standard.text);
}

static struct reason_list read_reasons(struct loader *loader, const struct yaml_pairs *pairs)
{
    struct reason_list list = {0};
    list.reasons = arena_array(loader->arena, pairs->count + 1, sizeof *list.reasons);
    for (uint32_t i = 0; i < pairs->count && list.reasons; i++) {
        const struct yaml_pair *pair = &pairs->items[i];
        if (pair->values.count == 1)
            list.reasons[list.count++] = (struct reason){pair->key.text, pair->values.items[0].text};
        else
            report_add(loader->report, FINDING_WRONG_TYPE, pair->key.at, "the reason %s needs one text",
                       text_or_empty(pair->key.text));
    }
    return list;
}

// One code means one thing, since both are given with the same verb.
static void check_apart(struct loader *loader, const struct yaml_pairs *list, const struct yaml_pairs *other)
{
    for (uint32_t i = 0; i < list->count; i++)
        for (uint32_t k = 0; k < other->count; k++)
            if (text_same(list->items[i].key.text, other->items[k].key.text))
                report_add(loader->report, FINDING_DUPLICATE, list->items[i].key.at,
                           "the reason %s stands under appeal already", list->items[i].key.text);
}

static const char *read_ladder(struct loader *loader, const struct cell *cell)
{
    return loader_refer(loader, REFERENCE_LADDER, cell) == STRMAP_NONE ? NULL : cell->text;
}

static void read_limits(struct loader *loader, const struct city_draft *draft)
{
    struct rules *rules = loader->rules;
    for (int stage = 1; stage < STAGE_COUNT; stage++)
        if (stage == STAGE_RESOLVE)
            loader_steps(loader, &draft->limits[stage], &rules->limits);
        else
            loader_limit(loader, &draft->limits[stage], &rules->limits.of[stage]);
    loader_limit(loader, &draft->return_limit, &rules->return_limit);
    loader_limit(loader, &draft->supervise_limit, &rules->supervise_limit);
    loader_limit(loader, &draft->reopen_limit, &rules->reopen_limit);
    struct limit silent = {0};
    loader_limit(loader, &draft->silent, &silent);
    if (measure_is_working(silent.measure))
        report_add(loader->report, FINDING_BAD_LIMIT, draft->silent.at,
                   "the time of silence is counted in 分钟 or "
                   "紧急工作时, at night too");
    else
        rules->silent_ms = silent.measure ? limit_ms(silent, MINUTES_A_DAY) : 0;
}

static const char *flag_at(const void *pairs, uint32_t index)
{
    return ((const struct yaml_pairs *)pairs)->items[index].key.text;
}

void city_check_flag(struct loader *loader, const struct cell *flag)
{
    if (!loader->city || !loader->city->at.source)
        return;
    const struct yaml_pairs *words = &loader->city->words;
    for (uint32_t i = 0; i < words->count; i++)
        if (text_same(words->items[i].key.text, flag->text))
            return;
    const char *near = suggest_nearest(flag->text, flag_at, words, words->count);
    report_add(loader->report, FINDING_UNKNOWN_REFERENCE, flag->at, "there is no flag %s under words%s%s%s",
               flag->text, near ? "; did you mean " : "", text_or_empty(near), near ? "?" : "");
}

static void read_words(struct loader *loader, const struct yaml_pairs *pairs)
{
    if (!pairs->count)
        return;
    int error = finder_create(&loader->book->finder, loader->arena, pairs, loader->report);
    if (error)
        loader->arena->failed = true;
}

void load_defaults(struct loader *loader)
{
    const struct city_draft *draft = loader->city;
    struct rules *rules = loader->rules;
    if (!draft)
        return;
    rules->default_owner = loader_refer(loader, REFERENCE_UNIT, &draft->owner);
    rules->desk = loader_refer(loader, REFERENCE_UNIT, &draft->desk);
    rules->max_declines = (uint32_t)loader_number(loader, &draft->max_declines, 1, 99, 2);
    rules->default_ladder = read_ladder(loader, &draft->ladder);
    rules->max_extensions =
        (uint32_t)loader_number(loader, &draft->max_extensions, 1, CLOCK_MAX_EXTENSIONS, 2);
    rules->max_appeals = (uint32_t)loader_number(loader, &draft->max_appeals, 1, 99, 2);
    rules->digest_after = (uint32_t)loader_number(loader, &draft->digest_after, 0, 1000000, DIGEST_AFTER);
    rules->words = loader->book->words;
    for (int stage = 1; stage < STAGE_COUNT; stage++)
        rules->ladder_of[stage] = read_ladder(loader, &draft->ladders[stage]);
    rules->emergency_ladder = read_ladder(loader, &draft->emergency);
    rules->decline_reasons = read_reasons(loader, &draft->decline);
    rules->hand_up_reasons = read_reasons(loader, &draft->hand_up);
    rules->cancel_reasons = read_reasons(loader, &draft->cancel);
    rules->resolve_reasons = read_reasons(loader, &draft->resolve_reasons);
    for (int i = 0; i < PETITION_COUNT; i++)
        rules->petition_reasons[i] = read_reasons(loader, &draft->petitions[i]);
    rules->reject_reasons = read_reasons(loader, &draft->reject);
    rules->close_reasons = read_reasons(loader, &draft->close);
    rules->reopen_reasons = read_reasons(loader, &draft->reopen);
    rules->unreasonable_reasons = read_reasons(loader, &draft->unreasonable);
    check_apart(loader, &draft->unreasonable, &draft->petitions[VERB_APPEAL - VERB_EXTEND]);
    rules->closing = loader_closing(loader, &draft->feedback, &draft->call_back);
    read_limits(loader, draft);
    read_words(loader, &draft->words);
}
