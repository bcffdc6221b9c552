// Who knew what when: what is on record of deliveries to people.
#pragma once

#include "tool.h"

// One row a recipient and event, with the last word on whether it was reached; nothing where nothing is on
// record.
void known_print(struct tool *tool, const Whistle__V1__CaseView *view);
