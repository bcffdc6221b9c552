"""Random ledgers, reckoned by the daemon's core and here: pauses, extensions, steps and rungs as few cases have them.

`reckon` (tests/tools) is handed clocks and computes them again; seeded, so that a failure comes back.
"""
import os
import pathlib
import random
import shutil
import struct
import subprocess

import pytest

import calendars as cal
import clocks
import hard
import journal

RECKON = pathlib.Path(os.environ.get("WHISTLED_BUILD", hard.ROOT / "build")) / "tests" / "reckon"
CLOCKS = 1500  # a zone
HOUR, DAY = cal.HOUR, cal.DAY
SHARE, BEFORE_DUE, AFTER_DUE, AFTER_START = 1, 2, 3, 4
MEASURES = [1, 2, 3, 4, 4, 4, 5, 5]
NUMBERS = [1, 2, 3, 5, 10, 0.5, 1.5, 0.25, 2.75, 0.333]
SHARES = [1, 333, 500, 800, 999, 1000, 1001, 1370, 2000, 5000]

# zone → days on which its clocks change, as instants
ZONES = {
    "Asia/Shanghai": [],
    "Europe/Berlin": [1743296400000, 1761440400000],
    "America/New_York": [1741503600000, 1762063200000],
    "Australia/Lord_Howe": [1743865200000, 1759590000000],
    "America/Santiago": [1743912000000, 1757217600000],
}
WEEKS = {
    "office": "{mon-fri: [08:00-12:00, 14:00-18:00]}",
    "long": "{mon-fri: [00:00-02:30, 08:00-12:00, 14:00-24:00], sun: [01:00-04:00]}",
    "all": "{mon-sun: [00:00-24:00]}",
    "odd": "{mon: [09:00-17:00], thu: [01:15-02:45, 23:00-24:00]}",
}
SETTINGS = {
    "known": "years: [2025, 2026], day: 8工作时",
    "ruled": "years: every, start: [{day_off: yes}, {from: 17:00, to: 08:30}, {before: 08:30, to: 08:30, natural: yes}]",
}
LATE = "extra: {mon-fri: [11:00-15:00, 18:00-20:00], sun: [09:00-12:00]}, quiet: 21:30-02:30"


def rulebook(zone, directory):
    """Every week in every mode, with and without start rules, with late and quiet hours, under the city's holidays."""
    rules = pathlib.Path(shutil.copytree(hard.CITY, directory))
    hard.rewrite(rules / "rulebook.yaml", lambda text: text.replace("Asia/Shanghai", zone))
    with open(rules / "calendars.yaml", "a", encoding="utf-8") as f:
        for name, week in WEEKS.items():
            for mode in ("hours", "same-time", "end-of-day"):
                for kind, said in SETTINGS.items():
                    own = f"week: {week}, exceptions: holidays.csv, mode: {mode}, {said}"
                    f.write(f"\n{name}-{mode}-{kind}: {{{own}}}\n")
                f.write(f"{name}-{mode}-late: {{like: {name}-{mode}-known, {LATE}}}\n")
    return rules


# ---- random clocks -----------------------------------------------------------------------------------------------


class Maker:
    """Draws clocks; half of them to the half hour, so that times meet the ends of slots, days and pauses."""

    def __init__(self, zone, names):
        self.draw = random.Random(zone)
        self.changes, self.names = ZONES[zone], names
        self.whistle, _ = journal.load_messages()

    def clock(self):
        self.grain = self.draw.choice([1, HOUR // 2])
        clock = self.whistle.Clock(id=1, stage=6, calendar=self.draw.choice(self.names), start_ms=self.instant())
        self.limit(clock.limit)
        if self.draw.random() < 0.03:
            clock.limit.measure, clock.limit.amount = 1, 0  # at once
        if self.draw.random() < 0.6:
            self.pauses(clock)
        for _ in range(self.draw.choice([0, 0, 0, 1, 2])):
            self.limit(clock.extensions.add(at_ms=clock.start_ms, reason="E").limit)
        for _ in range(self.draw.choice([0, 0, 0, 1, 3])):
            self.limit(clock.steps.add(name="S").limit)
        for number in range(1, 6):
            self.rung(clock.rungs.add(id=number))
        return clock

    def round(self, at):
        return at // self.grain * self.grain

    def instant(self):
        if self.changes and self.draw.random() < 0.15:
            return self.round(self.draw.choice(self.changes) + self.draw.randrange(-3 * HOUR, 3 * HOUR))
        return self.round(1735689600000 + self.draw.randrange(730 * DAY))

    def limit(self, limit):
        limit.measure, limit.amount = self.draw.choice(MEASURES), int(self.draw.choice(NUMBERS) * cal.UNIT)

    def pauses(self, clock):
        at = self.round(clock.start_ms + self.draw.randrange(-DAY, 2 * DAY))
        for _ in range(self.draw.choice([1, 1, 2, 3])):
            end = self.round(at + self.draw.choice([0, 1, HOUR, DAY, 2 * DAY, 3 * DAY, self.draw.randrange(2 * DAY)]))
            pause = clock.pauses.add(from_ms=at, to_ms=end, reason="P")
            at = self.round(end + self.draw.choice([0, 1, self.draw.randrange(2 * DAY), self.draw.randrange(DAY // 2)]))
        if self.draw.random() < 0.1:
            pause.to_ms = 0

    def rung(self, place):
        place.turn = self.draw.choice([0, 0, 1, 2])
        rung = place.rung
        rung.id, rung.acts, rung.when = place.id, 1, self.draw.choice([SHARE, BEFORE_DUE, AFTER_DUE, AFTER_START])
        rung.in_hours, rung.urgent = self.draw.random() < 0.2, self.draw.random() < 0.3
        rung.to.add(kind=1)
        if rung.when == SHARE:
            rung.share = self.draw.choice(SHARES)
        elif self.draw.random() < 0.85:
            self.limit(rung.by)
        if place.turn:
            rung.cap = 3
            self.limit(rung.every)


def reckoned(rules, clocks_asked):
    """The clocks as the daemon's core computes them; None for one that it refuses."""
    messages = [clock.SerializeToString() for clock in clocks_asked]
    asked = b"".join(struct.pack(">I", len(data)) + data for data in messages)
    answer = subprocess.run([RECKON, rules], input=asked, stdout=subprocess.PIPE, check=True).stdout
    at, out = 0, []
    while at < len(answer):
        (length,) = struct.unpack_from(">I", answer, at)
        out.append(type(clocks_asked[0]).FromString(answer[at + 4:at + 4 + length]) if length else None)
        at += 4 + length
    return out


# ---- the comparison ----------------------------------------------------------------------------------------------


def differences(clock, calendar):
    ledger = clocks.Ledger.of(clock, calendar)
    promise = ledger.promise([clocks.limit_of(step.limit) for step in clock.steps])
    if promise != clock.promise_ms:
        yield f"promise {promise}"
    if (ledger.due, ledger.provisional) != (clock.due_ms, clock.provisional):
        yield f"due {ledger.due} {ledger.provisional}"
    for place in clock.rungs:
        if ledger.rung_time(place.rung, place.turn) != place.at_ms:
            yield f"rung {place.id} at {ledger.rung_time(place.rung, place.turn)}"


@pytest.mark.skipif(not RECKON.exists(), reason=f"not built: {RECKON}")
@pytest.mark.parametrize("zone", ZONES)
def test_random_ledgers_are_reckoned_alike(zone, tmp_path):
    rules = rulebook(zone, tmp_path / "rules")
    calendars = cal.calendars_of(cal.read_rulebook(rules))
    maker = Maker(zone, list(calendars))
    answers = reckoned(rules, [maker.clock() for _ in range(CLOCKS)])
    assert len(answers) == CLOCKS and all(answers)
    for clock in answers:
        found = list(differences(clock, calendars[clock.calendar]))
        assert not found, f"{found}\n{clock}"
    assert sum(clock.due_ms == clocks.NEVER for clock in answers) > 20
    assert sum(rung.at_ms != clocks.NEVER for clock in answers for rung in clock.rungs) > 4 * CLOCKS


@pytest.mark.skipif(not RECKON.exists(), reason=f"not built: {RECKON}")
def test_the_comparison_sees_a_millisecond(tmp_path):
    rules = rulebook("Asia/Shanghai", tmp_path / "rules")
    city = cal.calendars_of(cal.read_rulebook(rules))["city"]
    clock = journal.load_messages()[0].Clock(id=1, stage=6, calendar="city", start_ms=1771000000000)
    clock.limit.measure, clock.limit.amount = 4, 60000
    clock.rungs.add(id=1).rung.when = AFTER_DUE
    (answer,) = reckoned(rules, [clock])
    assert not list(differences(answer, city))
    answer.due_ms += 1
    answer.rungs[0].at_ms -= 1
    assert len(list(differences(answer, city))) == 2
