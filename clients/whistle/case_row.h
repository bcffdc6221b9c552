// The texts of a case in a list: for tables, for the page of a day, and for the live view.
#pragma once

#include "tool.h"

// The units that have to come, by name or else code, with a separator between.
const char *case_row_units(struct arena *arena, const Whistle__V1__CaseRow *row, const char *separator);

// By name, or else code.
const char *case_row_area(const Whistle__V1__CaseRow *row);
const char *case_row_category(const Whistle__V1__CaseRow *row);

// What is left of its time, or how late it is; "" where no clock runs.
const char *case_row_left(struct tool *tool, const Whistle__V1__CaseRow *row);
