// The texts of what a day's answer counts and lists: for its page and for the live view.
#pragma once

#include "flow.h"
#include "tool.h"

// A count of cases; "300+" where the daemon looked at no more.
const char *glance_count(struct arena *arena, const Whistle__V1__DigestView *view, uint32_t count);

// A rate as figure_text, with its percent sign.
const char *glance_rate(struct arena *arena, const Whistle__V1__RateDefinition *definition,
                        const Whistle__V1__Ratio *ratio);

// The i-th rate of the day, or NULL where the answer has a definition and no figure for it.
const Whistle__V1__Ratio *glance_ratio(const Whistle__V1__DigestView *view, size_t i);

// "filed 12", each kind of fact that happened; "response rate 98.50%", each figure.
void glance_add_happened(struct flow *flow, const Whistle__V1__DigestView *view);
void glance_add_rates(struct flow *flow, const Whistle__V1__DigestView *view);
