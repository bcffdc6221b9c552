// Names and facts out of a CaseView, for the commands that show a case.
#pragma once

#include "tool.h"

// The name of a unit or area in this view; the code where the view does not name it.
const char *caseview_unit(const Whistle__V1__CaseView *view, const char *code);
const char *caseview_area(const Whistle__V1__CaseView *view, const char *path);

// Whom a feed belongs to: a unit, its contact ("cg/A"), a leader or a member of a pool.
const char *caseview_recipient(struct tool *tool, const Whistle__V1__CaseView *view, const char *code);

// The unit of a summons, and the branch that it was handed down to.
const char *caseview_summoned(struct tool *tool, const Whistle__V1__CaseView *view,
                              const Whistle__V1__Summons *summons);

// Why a case ended: a word of the field, or one of the city's own codes.
const char *caseview_reason(const char *reason);

// "2/5 places" of a call-up are taken.
const char *caseview_places(struct arena *arena, const Whistle__V1__OpenCall *call);

// Who accepted or is on site for a unit, or NULL.
const Whistle__V1__Person *caseview_person(const Whistle__V1__CaseView *view, const char *unit);

// The name of that person; where it is erased or not for the reader, that it is; "" where nobody came yet.
const char *caseview_person_name(const Whistle__V1__CaseView *view, const Whistle__V1__Summons *summons);

// The clock of `stage` of one summons (0: of the case) that runs or ran last, or NULL.
const Whistle__V1__Clock *caseview_clock(const Whistle__V1__Case *c, uint32_t summons, int stage);

// The running clock of a summons that falls due first, or NULL.
const Whistle__V1__Clock *caseview_next_clock(const Whistle__V1__Case *c, uint32_t summons);

// How long the unit has held the case until `now_ms`.
int64_t caseview_held(const Whistle__V1__Summons *summons, int64_t now_ms);

// A limit as the reader writes it, "4 working hours"; "" for none.
const char *caseview_limit(struct arena *arena, const Whistle__V1__Limit *limit);

// Asks for a case, `with` as whistle_show; NULL after a message. To be freed with whistle_reply_free.
Whistle__V1__Reply *caseview_ask(struct tool *tool, const char *number, unsigned with);
