// What `whistle top` shows of a day, and where the reader stands in it. Pure: no terminal, no network.
//
// The reader stands on a case, not on a line: when a later answer has the case elsewhere the selection goes
// there with it.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "whistle.pb-c.h"

enum { TOP_ROWS = 100, TOP_FILTER = 96, TOP_NUMBER = 32 };

enum top_section { TOP_DUE, TOP_LATE, TOP_SILENT, TOP_DAY, TOP_SECTIONS };

struct top_list {
    size_t rows[TOP_ROWS];   // of the view's part, those that the filter lets through
    size_t count;            // of them; TOP_DAY: of the lines that it fills
    size_t at;               // the selected one, below count or 0; TOP_DAY: the first that is shown
    size_t first;            // the first that is shown
    char number[TOP_NUMBER]; // of the selected case, or the silent unit
};

struct top_model {
    const Whistle__V1__DigestView *view; // not owned; NULL before the first answer
    enum top_section section;            // that the keys work in
    struct top_list lists[TOP_SECTIONS];
    char filter[TOP_FILTER]; // UTF-8; "": everything
};

// A new answer, which must live until the next; the old one may be freed behind this.
void top_model_take(struct top_model *m, const Whistle__V1__DigestView *view);

// Shows only rows in which the text occurs, case ignored: number, title, area, category, units.
void top_model_filter(struct top_model *m, const char *text);

// Moves the selection by so many rows, as far as there are any.
void top_model_move(struct top_model *m, long by);

void top_model_section(struct top_model *m, enum top_section section);

// The rows of a section, and the i-th of them that is shown. NULL where the section has no such rows.
const Whistle__V1__CaseRow *top_model_case(const struct top_model *m, enum top_section section, size_t i);
const Whistle__V1__Silence *top_model_silence(const struct top_model *m, size_t i);

// The selected case or silent unit; NULL: none.
const Whistle__V1__CaseRow *top_model_selected(const struct top_model *m);
const Whistle__V1__Silence *top_model_selected_unit(const struct top_model *m);

// Told by who draws: how many lines the day fills.
void top_model_day_lines(struct top_model *m, size_t lines);

// Moves the first row that is shown so that the selected one is among `height`.
void top_model_scroll(struct top_list *list, size_t height);

// How `available` lines are shared among the sections, so that each shows something, the one that the keys
// work in as much as it can, and none more than it has (at least one, which may say that there is nothing).
void top_model_share(const struct top_model *m, size_t available, size_t heights[TOP_SECTIONS]);
