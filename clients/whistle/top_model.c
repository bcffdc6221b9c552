#include "top_model.h"

#include <stdio.h>
#include <string.h>

// ---- rows ---------------------------------------------------------------------------------------

static Whistle__V1__CaseRow *const *cases_of(const struct top_model *m, enum top_section section)
{
    return section == TOP_DUE ? m->view->due : m->view->late;
}

static size_t rows_in_view(const struct top_model *m, enum top_section section)
{
    switch (section) {
    case TOP_DUE:
        return m->view ? m->view->n_due : 0;
    case TOP_LATE:
        return m->view ? m->view->n_late : 0;
    case TOP_SILENT:
        return m->view ? m->view->n_silent : 0;
    default:
        return 0;
    }
}

const Whistle__V1__CaseRow *top_model_case(const struct top_model *m, enum top_section section, size_t i)
{
    bool has_cases = section == TOP_DUE || section == TOP_LATE;
    return has_cases && i < m->lists[section].count ? cases_of(m, section)[m->lists[section].rows[i]] : NULL;
}

const Whistle__V1__Silence *top_model_silence(const struct top_model *m, size_t i)
{
    const struct top_list *list = &m->lists[TOP_SILENT];
    return i < list->count ? m->view->silent[list->rows[i]] : NULL;
}

const Whistle__V1__CaseRow *top_model_selected(const struct top_model *m)
{
    return top_model_case(m, m->section, m->lists[m->section].at);
}

const Whistle__V1__Silence *top_model_selected_unit(const struct top_model *m)
{
    return m->section == TOP_SILENT ? top_model_silence(m, m->lists[TOP_SILENT].at) : NULL;
}

// ---- the filter ---------------------------------------------------------------------------------

static bool has(const struct top_model *m, const char *text)
{
    return strcasestr(text, m->filter) != NULL;
}

static bool passes_case(const struct top_model *m, const Whistle__V1__CaseRow *row)
{
    bool found = has(m, row->number) || has(m, row->title) || has(m, row->area) || has(m, row->area_name) ||
                 has(m, row->category) || has(m, row->category_name);
    for (size_t i = 0; i < row->n_units && !found; i++)
        found = has(m, row->units[i]->code) || has(m, row->units[i]->name);
    return found;
}

static bool passes(const struct top_model *m, enum top_section section, size_t row)
{
    if (section != TOP_SILENT)
        return passes_case(m, cases_of(m, section)[row]);
    return has(m, m->view->silent[row]->unit) || has(m, m->view->silent[row]->unit_name);
}

// ---- the selection ------------------------------------------------------------------------------

static const char *name_at(const struct top_model *m, enum top_section section, size_t i)
{
    const Whistle__V1__CaseRow *row = top_model_case(m, section, i);
    const Whistle__V1__Silence *silence = section == TOP_SILENT ? top_model_silence(m, i) : NULL;
    return row ? row->number : silence ? silence->unit : "";
}

static void remember(struct top_model *m, enum top_section section)
{
    struct top_list *list = &m->lists[section];
    snprintf(list->number, sizeof list->number, "%s", name_at(m, section, list->at));
}

static void clamp(struct top_list *list)
{
    if (list->at >= list->count)
        list->at = list->count ? list->count - 1 : 0;
}

static void collect(struct top_model *m, enum top_section section)
{
    struct top_list *list = &m->lists[section];
    size_t rows = rows_in_view(m, section);
    list->count = 0;
    for (size_t i = 0; i < rows && list->count < TOP_ROWS; i++)
        if (passes(m, section, i))
            list->rows[list->count++] = i;
    for (size_t i = 0; i < list->count; i++)
        if (*list->number && strcmp(name_at(m, section, i), list->number) == 0)
            list->at = i;
    clamp(list);
    remember(m, section);
}

static void collect_all(struct top_model *m)
{
    for (enum top_section section = TOP_DUE; section <= TOP_SILENT; section++)
        collect(m, section);
}

void top_model_take(struct top_model *m, const Whistle__V1__DigestView *view)
{
    m->view = view;
    collect_all(m);
}

void top_model_filter(struct top_model *m, const char *text)
{
    snprintf(m->filter, sizeof m->filter, "%s", text);
    collect_all(m);
}

void top_model_move(struct top_model *m, long by)
{
    struct top_list *list = &m->lists[m->section];
    if (by < 0)
        list->at = (size_t)-by > list->at ? 0 : list->at - (size_t)-by;
    else
        list->at += (size_t)by;
    clamp(list);
    remember(m, m->section);
}

void top_model_section(struct top_model *m, enum top_section section)
{
    m->section = section;
}

void top_model_day_lines(struct top_model *m, size_t lines)
{
    m->lists[TOP_DAY].count = lines;
    clamp(&m->lists[TOP_DAY]);
}

// ---- lines --------------------------------------------------------------------------------------

void top_model_scroll(struct top_list *list, size_t height)
{
    if (list->at < list->first)
        list->first = list->at;
    if (height && list->at >= list->first + height)
        list->first = list->at + 1 - height;
    if (list->first && list->first + height > list->count)
        list->first = list->count > height ? list->count - height : 0;
}

// Lines that the section could use.
static size_t wanted(const struct top_model *m, enum top_section section)
{
    return m->lists[section].count ? m->lists[section].count : 1;
}

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void give(size_t *height, size_t *left, size_t upto)
{
    size_t more = *height < upto ? least_of(upto - *height, *left) : 0;
    *height += more;
    *left -= more;
}

void top_model_share(const struct top_model *m, size_t available, size_t heights[TOP_SECTIONS])
{
    static const size_t floors[TOP_SECTIONS] = {3, 3, 2, 3};
    size_t left = available;
    memset(heights, 0, TOP_SECTIONS * sizeof *heights);
    for (enum top_section s = TOP_DUE; s < TOP_SECTIONS; s++)
        give(&heights[s], &left, 1);
    for (enum top_section s = TOP_DUE; s < TOP_SECTIONS; s++)
        give(&heights[s], &left, least_of(floors[s], wanted(m, s)));
    give(&heights[m->section], &left, wanted(m, m->section));
    for (enum top_section s = TOP_DUE; s < TOP_SECTIONS; s++)
        give(&heights[s], &left, wanted(m, s));
}
