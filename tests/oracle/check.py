"""Holds every due time and every rung of a store's journal against a second computation of them.

    check.py --store DIR [--rules DIR …] [--until MS]

The calendars are those that the journal keeps of each rulebook that was loaded; `--rules` stands in where it keeps
none: the first directory for the first unknown rulebook, the next one for the next. `--until` is the time up to which
everything due must have fired; the journal's last event if left out. Exit status 1 on any disagreement.
"""
import argparse
import collections
import datetime
import sys
import time

import calendars
import clocks
import journal

RUNG_FIRED = 20
RECKONED_AGAIN = {28, 31}  # a limit that was given anew, be it the same one; due times that crossed a year now loaded
OVER = {7, 10, 11, 12, 13}  # closed, registered, rejected, cancelled, merged
HELD_MS = 2000  # a clock that is set back by less stands still instead (engine/batch.h)
SHOWN = 20
COUNTED = ("events", "clocks", "due times", "rung times", "rungs fired", "rungs waiting")

Disagreement = collections.namedtuple("Disagreement", "what number clock seq at_ms expected got ledger")
# What is remembered of a clock: its ledger, its times, its rungs, the one that must fire next (none while it is
# paused), and when something is to happen to it: that rung, or the planned end of its pause.
Seen = collections.namedtuple("Seen", "ledger due promise provisional rungs first next")
# A rung in it, in firing order: time, the ladder's number, turn; then its id in the clock and when it fired.
Rung = collections.namedtuple("Rung", "at ladder turn id fired")


class Case:
    """What of a case bears on its clocks."""

    __slots__ = ("number", "state", "running", "stopped", "fired")

    def __init__(self):
        self.number, self.state = "", 0
        self.running = {}  # clock id → Seen
        self.stopped = {}  # clock id → hash of its Seen: there are many, and nothing of them may change
        self.fired = set()  # (clock id, rung id)


def ledger_of(clock):
    return (clock.limit.measure, clock.limit.amount, clock.start_ms, clock.calendar,
            tuple((p.from_ms, p.to_ms) for p in clock.pauses),
            tuple((e.limit.measure, e.limit.amount) for e in clock.extensions),
            tuple((s.limit.measure, s.limit.amount) for s in clock.steps))


def seen_of(clock):
    rungs = tuple(Rung(r.at_ms, r.rung.id, r.turn, r.id, r.fired_ms) for r in clock.rungs)
    pause = clock.pauses[-1] if clock.pauses and not clock.pauses[-1].to_ms else None
    first = None if pause else min((rung for rung in rungs if not rung.fired), default=None)
    next_ms = first.at if first else pause and pause.until_ms or clocks.NEVER
    return Seen(ledger_of(clock), clock.due_ms, clock.promise_ms, clock.provisional, rungs, first, next_ms)


def times_of(seen):
    return seen.due, seen.promise, seen.provisional, [rung[:4] for rung in seen.rungs]


class Checker:
    """Takes a journal's records one by one; `disagreements` grows."""

    def __init__(self, fallback=()):
        self.fallback = list(fallback)  # rulebooks' files, for digests that the journal does not explain
        self.books = {}  # digest → calendars
        self.cases = collections.defaultdict(Case)
        self.disagreements = []
        self.counts = collections.Counter()
        self.last_ms = 0

    # ---- the rulebook in force ----

    def _calendars(self, record):
        if record.files and record.rulebook not in self.books:
            _, messages = journal.load_messages()
            kept = messages.RulebookFiles.FromString(record.files)
            self.books[record.rulebook] = calendars.calendars_of({f.name: f.bytes for f in kept.files})
        if record.rulebook not in self.books:
            if not self.fallback:
                raise SystemExit(f"rulebook {record.rulebook.hex()[:16]} is not in the journal: name it with --rules")
            files = self.fallback.pop(0) if len(self.fallback) > 1 else self.fallback[0]
            self.books[record.rulebook] = calendars.calendars_of(files)
        return self.books[record.rulebook]

    # ---- records and events ----

    def take(self, record):
        for event in record.events:
            self.counts["events"] += 1
            if 0 < self.last_ms - event.at_ms < HELD_MS:
                self._say("a small step back in time", event, None, self.last_ms, event.at_ms)
            self.last_ms = event.at_ms
            if event.case_id:
                self._event(event, record)
        if record.files:
            self._calendars(record)

    def _event(self, event, record):
        case = self.cases[event.case_id]
        case.number = event.number or case.number
        if event.kind == RUNG_FIRED:
            self._check_firing(event, case)
        for clock in event.clocks:
            self._clock(event, case, clock, record)
        case.state = event.state or case.state
        self._check_next_due(event, case)

    def _clock(self, event, case, clock, record):
        """One clock as the event leaves it, against what it was."""
        seen, before = seen_of(clock), case.running.get(clock.id)
        if clock.id in case.stopped:
            if case.stopped[clock.id] != hash(seen):
                self._say("changed after it stopped", event, clock, None, None)
        elif before is None or before.ledger != seen.ledger:
            self._check_times(event, clock, record, new=before is None)
        elif times_of(before) != times_of(seen) and event.kind in RECKONED_AGAIN:
            self._check_times(event, clock, record, new=False)
        elif times_of(before) != times_of(seen):
            self._say("times changed, the ledger did not", event, clock, times_of(before), times_of(seen))
        self._check_marks(event, case, clock, seen, before)
        if clock.stopped_ms:
            case.running.pop(clock.id, None)
            case.stopped[clock.id] = hash(seen)
        else:
            case.running[clock.id] = seen

    # ---- times ----

    def _check_times(self, event, clock, record, new):
        """The due time and every rung that has not fired, computed again."""
        self.counts["clocks"] += new
        calendar = self._calendars(record).get(clock.calendar)
        if not calendar:
            self._say("no such calendar", event, clock, clock.calendar, None)
            return
        ledger = clocks.Ledger.of(clock, calendar)
        self.counts["due times"] += 1
        if ledger.due != clock.due_ms:
            self._say("due time", event, clock, ledger.due, clock.due_ms)
        promise = ledger.promise([clocks.limit_of(step.limit) for step in clock.steps])
        if promise != clock.promise_ms:
            self._say("promised end of the last step", event, clock, promise, clock.promise_ms)
        if ledger.provisional != clock.provisional:
            self._say("provisional", event, clock, ledger.provisional, clock.provisional)
        for rung in clock.rungs:
            if not rung.fired_ms:
                self._check_rung_time(event, clock, ledger, rung)
        order = [(r.at_ms, r.rung.id, r.turn) for r in clock.rungs]
        if new and (order != sorted(order) or [r.id for r in clock.rungs] != list(range(1, len(order) + 1))):
            self._say("rungs out of order", event, clock, sorted(order), order)

    def _check_rung_time(self, event, clock, ledger, rung):
        self.counts["rung times"] += 1
        expected = ledger.rung_time(rung.rung, rung.turn)
        if expected != rung.at_ms:
            self._say(f"time of rung {rung.id} (turn {rung.turn})", event, clock, expected, rung.at_ms)

    def _check_next_due(self, event, case):
        """The event names when something is to happen to the case next; whatever waits is woken by that alone."""
        expected = min((seen.next for seen in case.running.values()), default=clocks.NEVER)
        expected = 0 if expected == clocks.NEVER else expected
        if event.next_due_ms != expected:
            self._say("next due time of the case", event, None, expected, event.next_due_ms)

    # ---- firing ----

    def _check_firing(self, event, case):
        """A rung's event: once, not before its time, not after its clock, and none before it is left waiting."""
        self.counts["rungs fired"] += 1
        clock = event.clocks[0] if event.clocks else None
        rung = next((r for r in clock.rungs if r.id == event.rung), None) if clock else None
        if not rung or not rung.fired_ms or event.stage != clock.stage:
            self._say("a rung's event without its mark", event, clock, event.rung, None)
            return
        if (clock.id, rung.id) in case.fired:
            self._say(f"rung {rung.id} fired twice", event, clock, None, rung.fired_ms)
        case.fired.add((clock.id, rung.id))
        if event.at_ms < rung.at_ms or rung.fired_ms < rung.at_ms:
            fired = min(event.at_ms, rung.fired_ms)
            self._say(f"rung {rung.id} fired before its time", event, clock, rung.at_ms, fired)
        if clock.id not in case.running or not case.running[clock.id].first:
            self._say(f"rung {rung.id} of a clock that does not run", event, clock, None, rung.fired_ms)
        self._check_order(event, case, clock, rung)

    def _check_order(self, event, case, clock, rung):
        """No rung of the case that was to fire before this one is left."""
        for other, seen in case.running.items():
            first = seen.first
            if first and (first.id != rung.id if other == clock.id else first.at < rung.at_ms):
                what = f"rung {rung.id} fired before rung {first.id} of clock {other}"
                self._say(what, event, clock, first.at, rung.at_ms)

    def _check_marks(self, event, case, clock, seen, before):
        """A mark appears with its rung's event alone, and stays."""
        was = {rung.id: rung.fired for rung in before.rungs} if before else {}
        for rung in seen.rungs:
            marked = was.get(rung.id, 0)
            if rung.fired != marked and (marked or (clock.id, rung.id) not in case.fired):
                self._say(f"mark of rung {rung.id} without its event", event, clock, marked, rung.fired)

    def finish(self, until=None):
        """Nothing that was due by then waits."""
        until = self.last_ms if until is None else until
        for case in self.cases.values():
            if case.state not in OVER:
                self._finish_case(case, until)
        return self.disagreements

    def _finish_case(self, case, until):
        for number, seen in case.running.items():
            self.counts["rungs waiting"] += sum(not rung.fired for rung in seen.rungs)
            if seen.next <= until:
                what = f"rung {seen.first.id} never fired" if seen.first else "a pause that never ended"
                found = Disagreement(what, case.number, number, 0, until, seen.next, 0, seen.ledger)
                self.disagreements.append(found)

    def _say(self, what, event, clock, expected, got):
        about = (clock.id, ledger_of(clock)) if clock else (0, None)
        found = Disagreement(what, event.number, about[0], event.seq, event.at_ms, expected, got, about[1])
        self.disagreements.append(found)


# ---- the command -------------------------------------------------------------------------------------------------


def check_store(store, rules=(), until=None):
    """The checker after all records of a store."""
    checker = Checker([calendars.read_rulebook(directory) for directory in rules])
    reader = journal.Journal(store)
    for record in reader:
        checker.take(record)
    if reader.torn:
        print(f"torn tail: {reader.torn}")
    checker.finish(until)
    return checker


def shown(value):
    """A time with its reading in UTC beside it."""
    if isinstance(value, int) and not isinstance(value, bool) and 10**11 < value < 10**13:
        return f"{value} ({datetime.datetime.utcfromtimestamp(value / 1000).isoformat(timespec='milliseconds')}Z)"
    return "never" if value == clocks.NEVER else str(value)


def told(found):
    distance = ""
    numbers = [type(value) is int and value != clocks.NEVER for value in (found.expected, found.got)]
    if all(numbers):
        distance = f" differ by {found.got - found.expected} ms"
    return (f"{found.what}: case {found.number} clock {found.clock} seq {found.seq} at {shown(found.at_ms)}\n"
            f"    expected {shown(found.expected)}, got {shown(found.got)}{distance}\n    ledger {found.ledger}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", required=True)
    parser.add_argument("--rules", nargs="*", action="extend", default=[])
    parser.add_argument("--until", type=int)
    asked = parser.parse_args()
    begun = time.monotonic()
    checker = check_store(asked.store, asked.rules, asked.until)
    seconds = time.monotonic() - begun
    print(", ".join(f"{checker.counts[name]:,} {name}" for name in COUNTED))
    print(f"{len(checker.disagreements)} disagreements; {checker.counts['events'] / seconds:,.0f} events a second")
    for found in checker.disagreements[:SHOWN]:
        print(told(found))
    return 1 if checker.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
