// What a check of the state tells: from the process that walks it, a line each stage and then one of JSON, to
// the report that people and programs get.
#pragma once

#include "base/buffer.h"

#include <stdbool.h>

// In the process that walks: checks (store/check.h) and writes to `out`.
void check_report_write(const char *directory, const char *state, const char *scratch, int out);

// What it said, and how it ended (waitpid), as the report. One that died says nothing more: that is the
// report.
void check_report_read(struct buffer *said, int ended, struct buffer *report);

// There was no process to be had, for this errno.
void check_report_failed(int number, struct buffer *report);

// Whether the report says that the state is damaged.
bool check_report_blames_state(struct buffer *report);

// As text. False unless all is good.
bool check_report_text(struct buffer *report, struct buffer *out);
