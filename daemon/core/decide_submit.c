// submit 吹哨: checks the whistle, files it, asks the rules, calls the units.
#include "core/draft.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "core/permit.h"
#include "core/number.h"

#include <string.h>

enum { MAX_ATTACHMENTS = 32, MAX_ATTRIBUTES = 64, MAX_PLACES = 500 };

static const int64_t FUTURE_MS = 5 * MINUTE_MS;
static const int64_t PAST_MS = 7 * DAY_MS;
static const int64_t APPOINTMENT_MS = 92 * DAY_MS;

static bool refuse(struct draft *draft, int code, const char *field, const char *a, const char *b)
{
    draft_refuse(draft, code, field, a, b);
    return false;
}

// ---- is it a whistle ----------------------------------------------------------------------------

static bool check_principal(struct draft *draft)
{
    const struct principal *principal = draft->command->principal;
    bool may = permit(OPERATION_SUBMIT, principal->duties, RELATION_END - 1); // where: check_area
    return may || refuse(draft, ERROR_NOT_ALLOWED, NULL, principal->code, "submit");
}

static bool check_category(struct draft *draft)
{
    struct whistle *whistle = draft->file->whistle;
    const struct category_table *table = &draft->rules->categories;
    if (!text_given(whistle->category))
        return refuse(draft, ERROR_MISSING, "whistle.category", "category", NULL);
    uint32_t index = category_find(table, whistle->category);
    if (index == CATEGORY_NONE || !table->categories[index].leaf)
        return refuse(draft, ERROR_UNKNOWN_CATEGORY, "whistle.category", whistle->category, NULL);
    const struct category *category = &table->categories[index];
    const char *standard = category->standard ? category->standard : draft->rules->category_standard;
    if (text_given(whistle->category_standard) && !text_same(whistle->category_standard, standard))
        return refuse(draft, ERROR_UNKNOWN_CATEGORY, "whistle.category_standard", whistle->category_standard,
                      NULL);
    const struct condition *condition = category_condition(category, whistle->condition);
    if (text_given(whistle->condition) && !condition)
        return refuse(draft, ERROR_UNKNOWN_CONDITION, "whistle.condition", category->code,
                      whistle->condition);
    whistle->category_standard = standard;
    whistle->condition = condition ? condition->code : NULL;
    return true;
}

static const char *position_text(struct draft *draft)
{
    const struct position *position = draft->command->whistle->position;
    return arena_printf(draft->arena, "%.5f, %.5f", position->latitude, position->longitude);
}

static bool check_area(struct draft *draft)
{
    struct whistle *whistle = draft->file->whistle;
    const struct principal *principal = draft->command->principal;
    const struct area_tree *tree = &draft->rules->areas;
    draft->area = text_given(whistle->area) ? area_find(tree, whistle->area) : draft->command->located;
    if (text_given(whistle->area) && draft->area == AREA_NONE)
        return refuse(draft, ERROR_UNKNOWN_AREA, "whistle.area", whistle->area, NULL);
    if (draft->area == AREA_NONE && whistle->position)
        return refuse(draft, ERROR_UNKNOWN_AREA, "whistle.position", position_text(draft), NULL);
    if (draft->area == AREA_NONE)
        return refuse(draft, ERROR_MISSING, "whistle.area", "area", NULL);
    if (!area_is_within(tree, draft->area, principal->area))
        return refuse(draft, ERROR_OUT_OF_SCOPE, "whistle.area", tree->areas[draft->area].code,
                      principal->code);
    whistle->area = tree->areas[draft->area].code;
    return true;
}

static bool check_position(struct draft *draft)
{
    const struct position *position = draft->file->whistle->position;
    if (position && !position_is_on_earth(position))
        return refuse(draft, ERROR_BAD_VALUE, "whistle.position", "position", "out of range");
    return true;
}

static bool check_times(struct draft *draft)
{
    struct whistle *whistle = draft->file->whistle;
    int64_t now = draft->now_ms;
    if (!whistle->reported_ms)
        whistle->reported_ms = now;
    bool past = whistle->reported_ms < now - PAST_MS;
    bool allowed = !past || principal_is(draft->command->principal, DUTY_IMPORT);
    if (whistle->reported_ms > now + FUTURE_MS || whistle->reported_ms < 0 || !allowed)
        return refuse(draft, ERROR_TIME_RANGE, "whistle.reported_ms", "reported_ms", NULL);
    draft->file->history = past;
    bool appointed = whistle->appointed_ms != 0;
    if (appointed && !past && (whistle->appointed_ms < now || whistle->appointed_ms > now + APPOINTMENT_MS))
        return refuse(draft, ERROR_TIME_RANGE, "whistle.appointed_ms", "appointed_ms", NULL);
    return true;
}

static bool check_attributes(struct draft *draft, const struct whistle *whistle)
{
    bool good = true;
    for (size_t i = 0; i < whistle->attribute_count && good; i++) {
        const struct text_bound bounds[] = {
            {whistle->attributes[i].name, "whistle.attributes", "attribute name", 40},
            {whistle->attributes[i].value, "whistle.attributes", "attribute value", 200}};
        good = draft_within(draft, bounds, sizeof bounds / sizeof bounds[0]);
    }
    return good;
}

static bool check_lengths(struct draft *draft, const struct whistle *whistle)
{
    const struct text_bound bounds[] = {
        {whistle->title, "whistle.title", "title", TITLE_MAX_CHARACTERS},
        {whistle->on_behalf_of, "whistle.on_behalf_of", "on_behalf_of", 40},
        {whistle->meeting_point, "whistle.meeting_point", "meeting_point", 80},
        {whistle->source, "whistle.source", "source", 40},
        {whistle->source_no, "whistle.source_no", "source_no", 80}};
    return draft_within(draft, bounds, sizeof bounds / sizeof bounds[0]) &&
           check_attributes(draft, whistle) &&
           draft_within_attachments(draft, whistle->attachments, whistle->attachment_count,
                                    "whistle.attachments");
}

static bool check_words(struct draft *draft)
{
    struct whistle *whistle = draft->file->whistle;
    if (!whistle->kind)
        whistle->kind = KIND_ISSUE;
    if (whistle->kind < KIND_ISSUE || whistle->kind > KIND_CALLUP)
        return refuse(draft, ERROR_BAD_VALUE, "whistle.kind", "kind",
                      word_name(WORDS_KIND, (int)whistle->kind));
    if (whistle->severity > 4)
        return refuse(draft, ERROR_BAD_VALUE, "whistle.severity", "severity", "more than 4");
    if (text_given(whistle->source) != text_given(whistle->source_no))
        return refuse(draft, ERROR_MISSING,
                      text_given(whistle->source) ? "whistle.source_no" : "whistle.source",
                      text_given(whistle->source) ? "source_no" : "source", NULL);
    if (whistle->nature < 0 || whistle->nature > NATURE_THANKS)
        return refuse(draft, ERROR_BAD_VALUE, "whistle.nature", "nature", "unknown");
    if (!check_lengths(draft, whistle))
        return false;
    if (text_same(whistle->source, SOURCE_REPEATED))
        return refuse(draft, ERROR_BAD_VALUE, "whistle.source", "source", SOURCE_REPEATED);
    if (text_given(whistle->skill) && !member_skill_exists(&draft->rules->members, whistle->skill))
        return refuse(draft, ERROR_BAD_VALUE, "whistle.skill", "skill", "one that no member has");
    if (whistle->places > MAX_PLACES)
        return refuse(draft, ERROR_BAD_VALUE, "whistle.places", "places", "more than 500");
    if (whistle->attachment_count > MAX_ATTACHMENTS)
        return refuse(draft, ERROR_TOO_MANY, "whistle.attachments", "attachments", "32");
    if (whistle->attribute_count > MAX_ATTRIBUTES)
        return refuse(draft, ERROR_TOO_MANY, "whistle.attributes", "attributes", "64");
    return true;
}

// ---- is it new ----------------------------------------------------------------------------------

static bool known_source(struct draft *draft)
{
    const struct whistle *whistle = draft->file->whistle;
    const struct view *view = draft->view;
    if (!text_given(whistle->source))
        return false;
    const char *number = view->ops->by_source(view->ctx, whistle->source, whistle->source_no);
    struct casefile *file = number ? view->ops->by_number(view->ctx, number) : NULL;
    if (!file)
        return false;
    if (draft_may_see(draft, file)) {
        draft->file = file;
        draft->out->existed = true;
    } else { // of somebody else's case not even the number is told
        draft_refuse(draft, ERROR_DUPLICATE_SOURCE, "whistle.source_no", whistle->source, whistle->source_no);
    }
    return true;
}

// ---- file it ------------------------------------------------------------------------------------

// The first that is free on this day, counting what this decision has filed already.
static const char *next_number(struct draft *draft, int32_t day)
{
    char text[NUMBER_TEXT];
    uint32_t count = draft->view->ops->day_count(draft->view->ctx, day) + 1;
    for (size_t i = 0; i < draft->out->event_count; i++)
        count += draft->out->events[i].kind == EVENT_FILED;
    bool exhausted = count == NUMBER_DAY_MAX + 1; // what lies above belongs to a restored store
    draft->error = exhausted ? ERROR_BAD_VALUE : number_format((struct number){day, count}, text);
    return draft->error ? NULL : arena_strdup(draft->arena, text);
}

// Whoever speaks for no unit, as an import does, submits for the office of the place.
static const char *submitting_office(const struct draft *draft)
{
    uint32_t unit = draft->command->principal->unit;
    return draft_unit_code(draft,
                           unit != UNIT_NONE ? unit : rules_office_above(draft->rules, draft->area, 0));
}

// How long the report of a resident lay until somebody whistled: a clock that is over as it begins to be
// known.
static void note_filing(struct draft *draft, struct event *event)
{
    const struct casefile *file = draft->file;
    if (file->history || !draft->rules->limits.of[STAGE_FILE].measure)
        return;
    draft_start_stage(draft, event, NULL, STAGE_FILE, 0, file->office, file->whistle->reported_ms);
    draft_stop_new(draft, event, STAGE_FILE, STOP_MET);
}

// A class is the parent of the categories that people take for one another.
static const char *class_of(const struct draft *draft, const char *code)
{
    const struct category_table *table = &draft->rules->categories;
    uint32_t index = category_find(table, code);
    uint32_t parent = index == CATEGORY_NONE ? CATEGORY_NONE : table->categories[index].parent;
    return parent == CATEGORY_NONE ? code : table->categories[parent].code;
}

struct event *draft_file(struct draft *draft, const char *office)
{
    struct casefile *file = draft->file;
    file->id = draft->first_seq + draft->out->event_count;
    file->number = next_number(draft, calendar_day_number(draft->calendar, draft->now_ms));
    file->area = draft->rules->areas.areas[draft->area].path;
    file->office = office;
    struct event *event = draft_event(draft, EVENT_FILED);
    if (!event)
        return NULL;
    event->state = CASE_FILED;
    event->whistle = file->whistle;
    event->category_class = class_of(draft, file->whistle->category);
    return event;
}

static void file_it(struct draft *draft)
{
    const struct command *command = draft->command;
    struct event *event = draft_file(draft, submitting_office(draft));
    if (!event)
        return;
    event->flags = command->flags;
    event->flag_count = command->flag_count;
    event->personal = command->personal;
    note_filing(draft, event);
    draft_end(draft, event);
}

// What is missing is filled in a copy: the command stands as it came, and may be decided again.
void decide_submit(struct draft *draft)
{
    draft->file->whistle = arena_memdup(draft->arena, draft->command->whistle, sizeof *draft->file->whistle);
    if (!draft->file->whistle) {
        draft->error = ERROR_NO_MEMORY;
        return;
    }
    if (!check_principal(draft) || !check_words(draft) || !check_category(draft) || !check_position(draft) ||
        !check_area(draft) || known_source(draft) || !check_times(draft))
        return;
    file_it(draft);
    if (draft->error)
        return;
    draft_place(draft, draft->command->approved);
    draft_look_around(draft);
}
