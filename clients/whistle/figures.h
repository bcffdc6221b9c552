// The texts of what a day's answer counts and lists: for its page and for the live view.
#pragma once

#include "flow.h"
#include "tool.h"

// A count of cases; "300+" where the daemon looked at no more.
const char *figures_count(struct arena *arena, const Whistle__V1__DigestView *view, uint32_t count);

// A rate as percent with one decimal, "98.5%"; "–" where there was nothing to divide by; the number itself
// where the definition does not divide.
const char *figures_rate(struct arena *arena, const Whistle__V1__RateDefinition *definition,
                         const Whistle__V1__Ratio *ratio);

// The i-th rate of the day, or NULL where the answer has a definition and no figure for it.
const Whistle__V1__Ratio *figures_ratio(const Whistle__V1__DigestView *view, size_t i);

// What a rate or a score is called: its name, or its id.
const char *figures_name(const char *name, const char *id);

// "filed 12", each kind of fact that happened; "response rate 98.5%", each figure.
void figures_add_happened(struct flow *flow, const Whistle__V1__DigestView *view);
void figures_add_rates(struct flow *flow, const Whistle__V1__DigestView *view);

// Of a row: the units that have to come, its area and category by name or else code, what is left of its time
// or how late it is.
const char *figures_units(struct arena *arena, const Whistle__V1__CaseRow *row);
const char *figures_area(const Whistle__V1__CaseRow *row);
const char *figures_category(const Whistle__V1__CaseRow *row);
const char *figures_left(struct tool *tool, const Whistle__V1__CaseRow *row);
