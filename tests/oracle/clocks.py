"""When a clock is due and when its rungs are to fire: the contracts of daemon/core/clock.h and ladder.h, written again.

A ledger is what the arithmetic reads of a clock: limit, start, pauses, extensions. Pauses are cut out of time: whatever
counts towards the due time, or away from it, goes past them; what runs into a pause that is open never ends.
"""
import calendars as cal

NEVER = 2**63 - 1

MEASURES = {1: "emergency-hours", 2: "emergency-days", 3: "working-hours", 4: "working-days", 5: "natural-days"}
SHARE, BEFORE_DUE, AFTER_DUE, AFTER_START = 1, 2, 3, 4


def limit_of(message):
    """(measure, amount) of a Limit, or None where it names no measure."""
    return (MEASURES[message.measure], message.amount) if message.measure else None


class Ledger:
    """A clock's limit, start, pauses [(from, to)], extensions [limit], on a calendar."""

    def __init__(self, calendar, limit, start, pauses=(), extensions=()):
        self.calendar, self.limit, self.raw_start = calendar, limit, start
        self.pauses, self.extensions = list(pauses), list(extensions)
        self.measure = limit[0]
        self.mode = calendar.mode if self.measure == "working-days" else None
        self.walk = cal.Walk()
        self.start = cal.starts_by(calendar, self.measure, start, self.walk)
        self.due = self._due()

    @classmethod
    def of(cls, clock, calendar):
        return cls(calendar, limit_of(clock.limit), clock.start_ms, [(p.from_ms, p.to_ms) for p in clock.pauses],
                   [limit_of(e.limit) for e in clock.extensions])

    @property
    def provisional(self):
        return self.walk.provisional

    # ---- the due time ----

    def _due(self):
        due = cal.span_end(self.calendar, self._whole_limit(), self.start, self.walk)
        for extension in self.extensions:
            if extension[0] != self.measure:
                due = cal.span_shift(self.calendar, extension, 1, due, self.walk)
        return self._paused(due)

    def _whole_limit(self):
        """The limit with the extensions in its own measure: two halves of a working day are one."""
        more = sum(amount for measure, amount in self.extensions if measure == self.measure)
        return self.measure, self.limit[1] + more

    def _paused(self, due):
        """A due time moved by the pauses that begin before it, one after the other."""
        unpaused, days = due, 0
        for begin, end in self.pauses:
            begin = max(begin, self.start)  # which is the due time itself where the limit is no time at all
            if begin >= due:
                continue
            if not end:
                return NEVER
            if begin < end and self.mode == "end-of-day":  # parts of all pauses together are one day
                days += cal.days_between(self.calendar, begin, end, self.walk)
                due = self._days_later(unpaused, -(-days // cal.DAY))
            elif begin < end:
                due = self._moved(due, begin, end)
        return due

    def _days_later(self, due, days):
        return cal.span_shift(self.calendar, ("working-days", days * cal.UNIT), 1, due, self.walk) if days else due

    def _moved(self, due, begin, end):
        """A due time moved by a pause, in the limit's own measure."""
        if self.mode == "same-time":
            length = cal.days_between(self.calendar, begin, end, self.walk)
            return cal.shift_days(self.calendar, due, length, self.walk)
        length = cal.span_between(self.calendar, self.measure, begin, end, self.walk)
        return cal.span_add(self.calendar, self.measure, due, length, self.walk)

    def promise(self, steps):
        """The end of the last of several limits, each starting where the one before ends; 0 where none follows.

        What is provisional in it is so of the clock."""
        at = self.due
        for limit in steps if at != NEVER else ():
            step = Ledger(self.calendar, limit, at)
            at = step.due
            self.walk.provisional |= step.provisional
        return at if steps else 0

    # ---- shares ----

    def _own(self, measure, begin, end):
        """A measure's time from `begin` to `end` that lies in no pause."""
        length = cal.span_between(self.calendar, measure, begin, end)
        for a, b in self.pauses:
            a, b = max(a, begin), min(b, end)
            if a < b:
                length -= cal.span_between(self.calendar, measure, a, b)
        return length

    def _onward(self, measure, at, amount):
        """The instant at which `amount` of a measure's time that lies in no pause has passed since `at`."""
        for a, b in self.pauses:
            if 0 < b <= at:
                continue
            until = cal.span_between(self.calendar, measure, at, max(a, at))
            if amount <= until:
                break
            if not b:
                return NEVER
            amount, at = amount - until, b
        return cal.span_add(self.calendar, measure, at, amount)

    def share(self, per_mille):
        """The instant at which so much of the limit's own time has passed."""
        if per_mille == 0:
            return self.start
        if per_mille == 1000:
            return self.due
        measure = self.measure
        whole = self._own(measure, self.start, self.due)
        if whole == 0 and measure in cal.WORKING:
            measure = "emergency-hours"
            whole = self._own(measure, self.start, self.due)
        if per_mille < 1000:
            return self._onward(measure, self.start, whole * per_mille // 1000)
        return self._onward(measure, self.due, whole * (per_mille - 1000) // 1000)

    # ---- rungs ----

    def _past_pauses(self, measure, at, out):
        """Where a way from `at` on to `out` ends that goes past the pauses."""
        for begin, end in self.pauses:
            begin = max(begin, at)
            if begin < out and not end:
                return NEVER
            if begin < out and begin < end:
                length = cal.span_between(self.calendar, measure, begin, end)
                out = cal.span_add(self.calendar, measure, out, length)
        return out

    def _later(self, at, limit):
        """`at` moved on by a limit (None: not at all)."""
        if not limit or at == NEVER:
            return at
        return self._past_pauses(limit[0], at, cal.span_shift(self.calendar, limit, 1, at))

    def _after_start(self, limit):
        """A limit that starts as the clock does."""
        if not limit:
            return self.start
        return self._past_pauses(limit[0], self.start, cal.span_end(self.calendar, limit, self.start))

    def _before_due(self, limit):
        """The due time moved back by a limit."""
        if not limit:
            return self.due
        out = cal.span_shift(self.calendar, limit, -1, self.due)
        for begin, end in reversed(self.pauses):
            end = min(end, self.due)
            if begin < end and out < end:
                length = cal.span_between(self.calendar, limit[0], begin, end)
                out = cal.span_add(self.calendar, limit[0], out, -length)
        return out

    def _first_turn(self, rung):
        by = limit_of(rung.by)
        if rung.when == SHARE:
            return self.share(rung.share)
        if rung.when == BEFORE_DUE:
            return self._before_due(by)
        return self._later(self.due, by) if rung.when == AFTER_DUE else self._after_start(by)

    def rung_time(self, rung, turn=0):
        """When a rung is to fire: first never before the clock was started, then each turn after the last."""
        if self.due == NEVER:
            return NEVER
        at = max(self._first_turn(rung), self.raw_start)
        for _ in range(turn):
            at = self._later(at, limit_of(rung.every))
        return at if at == NEVER else self._when_people_hear_it(rung, at)

    def _when_people_hear_it(self, rung, at):
        if rung.in_hours:
            at = cal.next_working(self.calendar, at)
        if not rung.urgent and cal.in_quiet(self.calendar, at):
            at = cal.after_quiet(self.calendar, at)
        return at
