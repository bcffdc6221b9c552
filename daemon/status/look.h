// The commands that read: each looks at a snapshot of the store in the uv pool and writes its answer down.
//
// 0, or an error (of the store, or ERROR_NO_MEMORY) that is then the answer. Refusals are answers (0).
#pragma once

#include "status/inquiry.h"

int look_status(struct inquiry *inquiry);
int look_metrics(struct inquiry *inquiry);
int look_feeds(struct inquiry *inquiry);
int look_cases(struct inquiry *inquiry);
int look_overdue(struct inquiry *inquiry);
int look_show(struct inquiry *inquiry);
int look_explain(struct inquiry *inquiry);
int look_precedents(struct inquiry *inquiry);
int look_due(struct inquiry *inquiry);
int look_day(struct inquiry *inquiry);

// By options.on_check.
int look_check(struct inquiry *inquiry);

// Of the guard (store/guard.h), not of the store.
int look_quarantine(struct inquiry *inquiry);
int look_release(struct inquiry *inquiry);

// Makes a backup of the store; a second one at a time is refused.
int look_backup(struct inquiry *inquiry);

// The one that reads no store and is asked on the loop.
int look_pulse(struct inquiry *inquiry);

// Loads and checks the rulebook directory into inquiry->fresh; a refusal, with the whole report, is written
// down.
int look_reload(struct inquiry *inquiry);
