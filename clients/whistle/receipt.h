// What a submit, a preview or an act was answered, as people read it.
#pragma once

#include "tool.h"

// Who was called, by when, and why; `preview`: would be.
void receipt_print(struct tool *tool, const Whistle__V1__Receipt *receipt, bool preview);
