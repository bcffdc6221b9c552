// What happened to a case, as a sentence for people.
#pragma once

#include "tool.h"

// What it was, who did it to whom, what was asked for or changed, the person, counts, reason, text. Units are
// named as the view names them. The text lives in the tool's arena.
const char *sentence_of(struct tool *tool, const Whistle__V1__CaseView *view,
                        const Whistle__V1__Happening *happening);
