#include "case_row.h"

#include "base/text.h"
#include "intl.h"
#include "times.h"

const char *case_row_units(struct arena *arena, const Whistle__V1__CaseRow *row, const char *separator)
{
    const char *all = "";
    for (size_t i = 0; i < row->n_units; i++)
        all = text_or_empty(arena_printf(arena, "%s%s%s", all, i ? separator : "",
                                         tool_name_or_code(row->units[i]->name, row->units[i]->code)));
    return all;
}

const char *case_row_area(const Whistle__V1__CaseRow *row)
{
    return tool_name_or_code(row->area_name, row->area);
}

const char *case_row_category(const Whistle__V1__CaseRow *row)
{
    return tool_name_or_code(row->category_name, row->category);
}

const char *case_row_left(struct tool *tool, const Whistle__V1__CaseRow *row)
{
    if (!row->due_ms || row->due_ms == INT64_MAX)
        return "";
    const char *span = times_span(&tool->arena, row->due_ms - tool->now_ms);
    bool late = *span == '-';
    return late || row->overdue ? arena_printf(&tool->arena, _("%s late"), span + late) : span;
}
