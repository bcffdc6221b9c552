// What lies around a whistle: others that may be about the same thing 疑似重复, and a point that repeats
// 重复点位 and is a matter for the level above.
#include "core/draft.h"

#include "base/text.h"
#include "core/permit.h"

enum { MAX_DUPLICATES = 5, MAX_PRECEDENTS = 5, MAX_RELATED = 32, FEW = 32, NEAR = 256 };

// By distance where both are placed, else the same area.
static bool is_near(const struct whistle *here, const char *area, const struct position *position,
                    const struct category *category)
{
    if (here->position && position && category->similar_m)
        return position_distance_m(here->position, position) <= category->similar_m;
    return text_same(here->area, area);
}

static const struct category *category_of(const struct draft *draft)
{
    const struct category_table *table = &draft->rules->categories;
    uint32_t index = category_find(table, draft->file->whistle->category);
    return index == CATEGORY_NONE ? NULL : &table->categories[index];
}

bool draft_may_see(const struct draft *draft, const struct casefile *file)
{
    return permit_case(OPERATION_SEE, draft->rules, draft->command->principal, file,
                       draft_area_of(draft, file));
}

bool draft_is_similar(const struct draft *draft, const struct casefile *other)
{
    const struct category *category = category_of(draft);
    return category && text_same(draft->file->category_class, other->category_class) &&
           is_near(draft->file->whistle, other->whistle->area, other->whistle->position, category);
}

// What this case's class has had around here within the time, but this case.
static size_t look(const struct draft *draft, const struct category *category, int64_t window_ms,
                   struct candidate *out, size_t max)
{
    const struct whistle *whistle = draft->file->whistle;
    struct near_query query = {
        .category_class = draft->file->category_class,
        .area = whistle->area,
        .position = category->similar_m ? whistle->position : NULL,
        .metres = category->similar_m,
        .since_ms = draft->now_ms - window_ms,
    };
    return draft->view->ops->near(draft->view->ctx, &query, out, max);
}

// The title is for those who may see the case: mostly its area tells, else the case has to be looked at.
static bool may_see_candidate(const struct draft *draft, const struct candidate *candidate)
{
    uint32_t area = area_find(&draft->rules->areas, candidate->area);
    const struct principal *principal = draft->command->principal;
    if (permit(OPERATION_SEE, principal->duties, permit_by_area(draft->rules, principal, area, NULL)))
        return true;
    const struct casefile *file = draft->view->ops->by_id(draft->view->ctx, candidate->id);
    return file && draft_may_see(draft, file);
}

static void offer(struct draft *draft, const struct candidate *candidate)
{
    draft->out->duplicates[draft->out->duplicate_count++] =
        (struct duplicate){candidate->number, may_see_candidate(draft, candidate) ? candidate->title : NULL,
                           candidate->filed_ms};
}

static void find_duplicates(struct draft *draft, const struct category *category)
{
    struct candidate near[FEW];
    if (!category->similar_ms)
        return;
    size_t count = look(draft, category, category->similar_ms, near, FEW);
    draft->out->duplicates = arena_array(draft->arena, MAX_DUPLICATES, sizeof *draft->out->duplicates);
    for (size_t i = 0; draft->out->duplicates && i < count; i++)
        if (near[i].open && draft->out->duplicate_count < MAX_DUPLICATES)
            offer(draft, &near[i]);
}

// ---- the point that repeats ---------------------------------------------------------------------

// The whistle of the point itself, for the office above the place; it says which whistles made it one.
static void raise_point(struct draft *draft, uint32_t whistles, const char **related, size_t count)
{
    const struct rules *rules = draft->rules;
    const struct casefile *last = draft->file; // that made it so many
    struct whistle *whistle = arena_memdup(draft->arena, last->whistle, sizeof *whistle);
    struct draft_aside aside = draft_turn_to(draft, NULL);
    if (!whistle || draft->error)
        return;
    uint32_t office = rules_office_above(rules, draft->area, 1);
    *whistle = (struct whistle){
        .kind = KIND_PRIORITY,
        .category = whistle->category,
        .category_standard = whistle->category_standard,
        .condition = whistle->condition,
        .severity = whistle->severity,
        .area = whistle->area,
        .position = whistle->position,
        .title = arena_printf(draft->arena, "重复点位 repeated point: %u", whistles),
        .source = SOURCE_REPEATED,
        .source_no = last->number,
        .reported_ms = draft->now_ms,
    };
    draft->file->whistle = whistle;
    struct event *event =
        draft_file(draft, draft_unit_code(draft, office == UNIT_NONE ? rules->desk : office));
    if (event) {
        event->related = related;
        event->related_count = count;
        draft_tell_office(draft, event);
        draft_end(draft, event);
        draft_place(draft, false);
    }
    draft->out->raised = draft->file->number;
    draft_turn_back(draft, aside);
}

// One point, and not only one neighbourhood: close by, or, where nobody knows more, in one smallest area.
static bool is_same_point(const struct draft *draft, const struct category *category,
                          const struct candidate *other)
{
    bool placed = draft->file->whistle->position != NULL;
    return text_same(other->category, category->code) && other->placed == placed &&
           (placed ? category->similar_m != 0 : area_is_leaf(&draft->rules->areas, draft->area));
}

// How many whistles there were at this point, this one too; 0 where it was raised already.
static uint32_t count_whistles(const struct draft *draft, const struct category *category,
                               const struct candidate *near, size_t count)
{
    uint32_t whistles = 1;
    for (size_t i = 0; i < count; i++) {
        if (!is_same_point(draft, category, &near[i]))
            continue;
        if (near[i].raised)
            return 0;
        whistles += near[i].counts;
    }
    return whistles;
}

// Their numbers, as far as there is room, this one's last.
static size_t name_whistles(struct draft *draft, const struct category *category,
                            const struct candidate *near, size_t count, const char **related)
{
    size_t named = 0;
    for (size_t i = 0; i < count && named < MAX_RELATED - 1; i++)
        if (near[i].counts && is_same_point(draft, category, &near[i]))
            related[named++] = near[i].number;
    related[named++] = draft->file->number;
    return named;
}

static void find_repeated(struct draft *draft, const struct category *category)
{
    struct candidate near[NEAR];
    if (!category->repeat_count || draft->file->state == CASE_AWAITING_APPROVAL)
        return;
    size_t count = look(draft, category, category->repeat_ms, near, NEAR);
    uint32_t whistles = count_whistles(draft, category, near, count);
    if (whistles < category->repeat_count)
        return;
    const char **related = arena_array(draft->arena, MAX_RELATED, sizeof *related);
    if (related)
        raise_point(draft, whistles, related, name_whistles(draft, category, near, count, related));
}

// What the desk ruled of this category before, here and in the areas that hold this place.
static void find_precedents(struct draft *draft)
{
    struct decision *out = draft->out;
    out->precedents = arena_array(draft->arena, MAX_PRECEDENTS, sizeof *out->precedents);
    if (out->precedents)
        out->precedent_count =
            draft->view->ops->precedents(draft->view->ctx, draft->file->whistle->category, draft->file->area,
                                         out->precedents, MAX_PRECEDENTS);
}

void draft_look_around(struct draft *draft)
{
    const struct category *category = category_of(draft);
    if (draft->error || draft->file->history || !category)
        return;
    enum case_state state = draft->file->state;
    const char *reason = draft->out->reason;
    size_t called = draft->out->called_count;
    find_duplicates(draft, category);
    find_precedents(draft);
    if (state != CASE_REGISTERED)
        find_repeated(draft, category);
    draft->out->called_count = called; // the answer is about the whistle that was submitted
    draft->out->reason = reason;
}
