#include "top_page.h"

#include <inttypes.h>
#include <time.h>

#include "base/text.h"
#include "columns.h"
#include "case_row.h"
#include "glance.h"
#include "intl.h"
#include "times.h"

void top_page_init(struct top_page *page, struct arena *arena, int rows, int columns)
{
    *page = (struct top_page){.arena = arena, .rows = rows < 1 ? 1 : rows, .columns = columns};
    page->lines = arena_array(arena, (size_t)page->rows, sizeof *page->lines);
    page->rows = page->lines ? page->rows : 0;
}

static void set(struct top_page *page, int row, unsigned look, const char *text)
{
    const char *cut = look & LOOK_CHOSEN ? columns_fill(page->arena, text, page->columns)
                                         : columns_cut(page->arena, text, page->columns);
    page->lines[row] = (struct top_line){cut, look};
}

void top_page_put(struct top_page *page, unsigned look, const char *text)
{
    if (page->used + 1 < page->rows)
        set(page, page->used++, look, text_or_empty(text));
}

void top_page_bottom(struct top_page *page, unsigned look, const char *text)
{
    if (page->rows > 0)
        set(page, page->rows - 1, look, text_or_empty(text));
}

const char *top_page_clock(struct arena *arena, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm t;
    localtime_r(&seconds, &t);
    return text_or_empty(arena_printf(arena, "%02d:%02d:%02d", t.tm_hour, t.tm_min, t.tm_sec));
}

// ---- the head -----------------------------------------------------------------------------------

static const char *counts(struct arena *arena, const Whistle__V1__DigestView *view)
{
    if (!view)
        return "";
    return arena_printf(
        arena, _("open %s · due today %s · late %s"), glance_count(arena, view, view->open_count),
        glance_count(arena, view, view->due_count), glance_count(arena, view, view->late_count));
}

// How the daemon is stands at the right end where there is room, else on a line of its own.
static void put_head(struct top_page *page, const char *text, const struct top_frame *frame)
{
    int room = page->columns - columns_of(frame->link) - 2;
    unsigned look = LOOK_BOLD | (frame->alarm ? LOOK_ALARM : 0u);
    if (columns_of(text) <= room) {
        top_page_put(page, look,
                     arena_printf(page->arena, "%s  %s", columns_fill(page->arena, text, room), frame->link));
        return;
    }
    top_page_put(page, LOOK_BOLD, text);
    top_page_put(page, look, frame->link);
}

static void put_day_head(struct top_page *page, struct tool *tool, const struct top_model *model,
                         const struct top_frame *frame)
{
    struct arena *arena = page->arena;
    const char *day = times_show(arena, tool->now_ms, tool->now_ms);
    const char *seconds = top_page_clock(arena, tool->now_ms) + 5; // what times_show leaves out
    put_head(page,
             columns_clean(arena, text_or_empty(arena_printf(arena, "%s%s  %s%s%s", day, seconds,
                                                             counts(arena, model->view),
                                                             *frame->scope ? "  " : "", frame->scope))),
             frame);
}

// ---- rows of cases ------------------------------------------------------------------------------

enum { COLUMNS = 7 };

// Which columns a page of some width has, and how wide each may become; the title takes what is left.
static const struct {
    int from; // columns of the page
    int most;
} columns[COLUMNS] = {{0, 16}, {0, 18}, {100, 16}, {0, 16}, {120, 16}, {140, 20}, {0, 0}};

// What stands still has no time left; a narrow page has no other column that says so.
static const char *left_of(struct tool *tool, const Whistle__V1__CaseRow *row)
{
    const char *left = case_row_left(tool, row);
    return *left ? left : times_show(&tool->arena, row->due_ms, tool->now_ms);
}

static void cells_of(struct tool *tool, const Whistle__V1__CaseRow *row, const char *cells[COLUMNS])
{
    struct arena *arena = &tool->arena;
    const char *all[COLUMNS] = {row->number,
                                left_of(tool, row),
                                times_short(arena, row->due_ms, tool->now_ms),
                                case_row_units(arena, row, " "),
                                case_row_area(row),
                                case_row_category(row),
                                row->title};
    for (int i = 0; i < COLUMNS; i++)
        cells[i] = columns_clean(arena, text_or_empty(all[i]));
}

static int least_int(int a, int b)
{
    return a < b ? a : b;
}

// As wide as the widest cell on the page, within what the page allows.
static void measure(const struct top_page *page, const char *cells[][COLUMNS], size_t count,
                    int widths[COLUMNS])
{
    for (int c = 0; c < COLUMNS; c++) {
        widths[c] = 0;
        for (size_t i = 0; i < count && page->columns >= columns[c].from; i++) {
            int width = least_int(columns_of(cells[i][c]), columns[c].most);
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
}

static const char *joined(struct top_page *page, const char *cells[COLUMNS], const int widths[COLUMNS])
{
    const char *line = "";
    for (int c = 0; c + 1 < COLUMNS; c++)
        if (widths[c])
            line = text_or_empty(
                arena_printf(page->arena, "%s  %s", line, columns_fill(page->arena, cells[c], widths[c])));
    return arena_printf(page->arena, "%s  %s", line, cells[COLUMNS - 1]);
}

static unsigned look_of(const struct top_model *model, enum top_section section, size_t i)
{
    bool chosen = section == model->section && i == model->lists[section].at;
    return chosen ? LOOK_CHOSEN : LOOK_PLAIN;
}

static void put_cases(struct top_page *page, struct tool *tool, const struct top_model *model,
                      enum top_section section, size_t height)
{
    static const char *cells[TOP_ROWS][COLUMNS];
    int widths[COLUMNS];
    const struct top_list *list = &model->lists[section];
    size_t count = 0;
    for (; count < height && list->first + count < list->count; count++)
        cells_of(tool, top_model_case(model, section, list->first + count), cells[count]);
    measure(page, cells, count, widths);
    for (size_t i = 0; i < count; i++)
        top_page_put(page, look_of(model, section, list->first + i), joined(page, cells[i], widths));
}

// ---- silent units, the day ----------------------------------------------------------------------

static const char *silence(struct tool *tool, const Whistle__V1__Silence *s, int width)
{
    struct arena *arena = &tool->arena;
    const char *name = columns_fill(arena, tool_name_or_code(s->unit_name, s->unit), width);
    const char *seen = s->seen_ms ? times_short(arena, s->seen_ms, tool->now_ms) : _("never");
    return arena_printf(arena, _("  %s  %u waiting, called %s, last heard from %s"), name, s->waiting,
                        times_short(arena, s->since_ms, tool->now_ms), seen);
}

static void put_silent(struct top_page *page, struct tool *tool, const struct top_model *model, size_t height)
{
    const struct top_list *list = &model->lists[TOP_SILENT];
    for (size_t i = list->first; i < list->count && i < list->first + height; i++)
        top_page_put(page, look_of(model, TOP_SILENT, i),
                     silence(tool, top_model_silence(model, i), page->columns / 5));
}

static void fill_day(struct flow *flow, const struct top_model *model)
{
    if (!model->view)
        return;
    glance_add_happened(flow, model->view);
    flow_begin_line(flow);
    glance_add_rates(flow, model->view);
}

static void put_day(struct top_page *page, const struct top_list *list, const struct flow *flow,
                    size_t height)
{
    for (size_t i = list->first; i < flow->count && i < list->first + height; i++)
        top_page_put(page, LOOK_PLAIN, arena_printf(page->arena, "  %s", flow->lines[i]));
}

// ---- the sections -------------------------------------------------------------------------------

static uint32_t total(const struct top_model *model, enum top_section section)
{
    if (!model->view || section == TOP_DAY)
        return 0;
    size_t silent = model->view->n_silent;
    return section == TOP_DUE    ? model->view->due_count
           : section == TOP_LATE ? model->view->late_count
                                 : (uint32_t)silent;
}

// Of what the filter lets through, where the selection is; behind it how many there are in all.
static const char *title_of(struct top_page *page, const struct top_model *model, enum top_section section)
{
    static const char *const names[TOP_SECTIONS] = {N_("due next"), N_("late"), N_("silent units"),
                                                    N_("the day")};
    const struct top_list *list = &model->lists[section];
    struct arena *arena = page->arena;
    char mark = section == model->section ? '>' : ' ';
    const char *title = arena_printf(arena, "%c%d %s", mark, (int)section + 1, _(names[section]));
    if (section == TOP_DAY)
        return title;
    title = arena_printf(arena, "%s  %zu/%" PRIu32, title, list->count ? list->at + 1 : 0,
                         *model->filter ? (uint32_t)list->count : total(model, section));
    if (!*model->filter)
        return title;
    return arena_printf(arena, _("%s  with \"%s\""), title, model->filter);
}

// Lines are not selected: the keys move what is shown.
static void scroll_lines(struct top_list *list, size_t height)
{
    size_t most = list->count > height ? list->count - height : 0;
    list->at = list->at > most ? most : list->at;
    list->first = list->at;
}

static void put_section(struct top_page *page, struct tool *tool, struct top_model *model,
                        enum top_section section, const struct flow *day, size_t height)
{
    struct top_list *list = &model->lists[section];
    top_page_put(page, LOOK_BOLD | (section == TOP_LATE && list->count ? LOOK_ALARM : 0u),
                 title_of(page, model, section));
    if (!height)
        return;
    if (section == TOP_DAY)
        scroll_lines(list, height);
    else
        top_model_scroll(list, height);
    if (!list->count)
        top_page_put(page, LOOK_PLAIN, arena_printf(page->arena, "  %s", model->view ? _("none") : "…"));
    else if (section == TOP_DAY)
        put_day(page, list, day, height);
    else if (section == TOP_SILENT)
        put_silent(page, tool, model, height);
    else
        put_cases(page, tool, model, section, height);
}

void top_page_day(struct top_page *page, struct tool *tool, struct top_model *model,
                  const struct top_frame *frame)
{
    size_t heights[TOP_SECTIONS];
    struct flow day;
    flow_init(&day, page->arena, page->columns > 2 ? page->columns - 2 : 1);
    fill_day(&day, model);
    top_model_day_lines(model, day.count);
    put_day_head(page, tool, model, frame);
    int left = page->rows - page->used - 1 - TOP_SECTIONS;
    top_model_share(model, left > 0 ? (size_t)left : 0, heights);
    for (enum top_section section = TOP_DUE; section < TOP_SECTIONS; section++)
        put_section(page, tool, model, section, &day, heights[section]);
}

// ---- a case -------------------------------------------------------------------------------------

void top_page_case(struct top_page *page, const char *title, const struct flow *lines, size_t *first,
                   const struct top_frame *frame)
{
    put_head(page, columns_clean(page->arena, title), frame);
    int left = page->rows - page->used - 1;
    size_t height = left > 0 ? (size_t)left : 0;
    size_t most = lines->count > height ? lines->count - height : 0;
    *first = *first > most ? most : *first;
    for (size_t i = *first; i < lines->count; i++)
        top_page_put(page, LOOK_PLAIN, lines->lines[i]);
}
