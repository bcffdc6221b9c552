// A limit laid along a calendar: from an instant to the instant at which it has run out.
//
//   emergency hours, days   elapsed time
//   natural days            the same local time n days on; a part of a day is elapsed time after that
//   working hours           time inside slots
//   working days            hours: n × day_minutes inside slots
//                           same-time: same time of day n working days on, a part of a day inside slots after
//                           that end-of-day: end of the nth working day after the local day of the start; a
//                           part of a day counts as a whole one
#pragma once

#include "core/limit.h"
#include "core/working.h"

// The end of a limit that starts at `from_ms`, start rules not applied (see working_start).
// ERROR_TIME_RANGE, ERROR_NO_WORKING_TIME.
int span_end(const struct calendar *calendar, struct limit limit, int64_t from_ms, int64_t *out,
             struct walk *walk) __attribute__((warn_unused_result));

// A due time moved by a limit, `sign` +1 later or -1 earlier. As span_end, but counting to the end of a day,
// a due time at 24:00 belongs to the day that it ends.
int span_shift(const struct calendar *calendar, struct limit limit, int sign, int64_t due_ms, int64_t *out,
               struct walk *walk) __attribute__((warn_unused_result));

// The measure's own time between two instants: working time, local time, or elapsed time; negative when
// `to_ms` is the earlier one.
int span_between(const struct calendar *calendar, enum measure measure, int64_t from_ms, int64_t to_ms,
                 int64_t *out_ms, struct walk *walk) __attribute__((warn_unused_result));

// `amount_ms` of the measure's own time from `from_ms` on.
int span_add(const struct calendar *calendar, enum measure measure, int64_t from_ms, int64_t amount_ms,
             int64_t *out, struct walk *walk) __attribute__((warn_unused_result));
