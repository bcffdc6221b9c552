"""When a limit has run out, reckoned a second time: from the words of config/README.md, with datetime and zoneinfo.

Written without a look at how the daemon does it, so that both can be wrong but hardly in the same way. In two places
the words could be read either way and the daemon's reading was taken, see `started`. Instants are datetimes in UTC, what
the clock on the wall shows are datetimes without a zone.
"""
import dataclasses
import datetime
import fractions
import math
import zoneinfo

UTC = datetime.timezone.utc
DAY = datetime.timedelta(1)
SECOND = datetime.timedelta(seconds=1)
CLOCK = {"emergency-hours": 3600, "emergency-days": 86400, "working-hours": 3600, "working-days": 86400,
         "natural-days": 86400, "minutes": 60}  # seconds of one of them for what runs on the clock


@dataclasses.dataclass(frozen=True)
class Limit:
    measure: str
    amount: fractions.Fraction


@dataclasses.dataclass(frozen=True)
class StartRule:
    kind: str             # day_off, from, before
    minute: int = 0       # of from, before
    to: int | None = None # minute of the day; None keeps the time
    natural: bool = False


@dataclasses.dataclass
class Calendar:
    zone: str
    week: dict            # ISO weekday → [(from, to)] in minutes of the day
    days: dict            # date → [(from, to)], the days that differ
    mode: str
    day_minutes: int
    rules: list

    def __post_init__(self):
        self.wall = Wall(self.zone)
        self.asked = set()  # the years of which a day was asked for

    def slots(self, day):
        self.asked.add(day.year)
        return self.days.get(day, self.week.get(day.isoweekday(), []))

    def next_working_day(self, day):
        day += DAY
        while not self.slots(day):
            day += DAY
        return day


class Wall:
    """The clock on the wall of a city."""

    def __init__(self, zone):
        self.zone = zoneinfo.ZoneInfo(zone)

    def reads(self, at):
        return at.astimezone(self.zone).replace(tzinfo=None, fold=0)

    def shows(self, local):
        """When it shows `local`: the first time, where it does so twice. What is skipped comes later by the gap."""
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def reached(self, local):
        """The first instant at which it shows `local` or later: what is skipped is reached as the clock is changed."""
        at = self.shows(local)
        if self.reads(at) == local:
            return at
        before, after = local.replace(tzinfo=self.zone, fold=1).astimezone(UTC), at
        while after - before > SECOND:
            middle = before + (after - before) // 2 // SECOND * SECOND
            before, after = (middle, after) if self.reads(middle) < local else (before, middle)
        return after


def moment(day, minute):
    return datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(minutes=minute)


# ---- where a clock begins ----

def moved(calendar, rule, local):
    """What the clock on the wall is to show by a rule, or `local` where it has nothing to say."""
    day, minute = local.date(), local.hour * 60 + local.minute
    if rule.kind == "day_off" and not calendar.slots(day) or rule.kind == "from" and minute >= rule.minute:
        day = calendar.next_working_day(day)
    elif not (rule.kind == "before" and minute < rule.minute):
        return local
    return datetime.datetime.combine(day, local.time()) if rule.to is None else moment(day, rule.to)


def started(calendar, at, natural):
    """Rules move a day and a time of day; only what the last one gives is looked up on the wall, where a `to` that is
    skipped comes later by the gap, as a kept time does."""
    begin = local = calendar.wall.reads(at)
    for rule in calendar.rules:
        if rule.natural or not natural:
            local = moved(calendar, rule, local)
    return at if local == begin else calendar.wall.shows(local)


# ---- how it runs ----

def worked(calendar, at, amount):
    """The earliest instant at which `amount` of time inside the slots has passed."""
    day = calendar.wall.reads(at).date()
    while True:
        for opens, closes in calendar.slots(day):
            begin = max(at, calendar.wall.reached(moment(day, opens)))
            end = calendar.wall.reached(moment(day, closes))
            if begin < end and amount <= end - begin:
                return begin + amount
            amount -= max(end - begin, datetime.timedelta())
        day += DAY


def nth_working_day(calendar, at, n):
    day = calendar.wall.reads(at).date()
    for _ in range(n):
        day = calendar.next_working_day(day)
    return day


def same_time(calendar, at, day):
    """The time of day that `at` has, on another day."""
    return calendar.wall.shows(datetime.datetime.combine(day, calendar.wall.reads(at).time()))


def seconds(number):
    milliseconds = number * 1000
    assert milliseconds.denominator == 1, number
    return datetime.timedelta(milliseconds=int(milliseconds))


def working_days_on(calendar, at, amount):
    length = calendar.day_minutes * 60
    if calendar.mode == "hours":
        return worked(calendar, at, seconds(amount * length))
    if calendar.mode == "end-of-day":
        day = nth_working_day(calendar, at, math.ceil(amount))
        return calendar.wall.reached(moment(day, calendar.slots(day)[-1][1]))
    whole, part = divmod(amount, 1)
    if whole:
        at = same_time(calendar, at, nth_working_day(calendar, at, int(whole)))
    return worked(calendar, at, seconds(part * length)) if part else at


def natural_days_on(calendar, at, amount):
    whole, part = divmod(amount, 1)
    if whole:
        at = same_time(calendar, at, calendar.wall.reads(at).date() + int(whole) * DAY)
    return at + seconds(part * 86400)


def due(calendar, limit, at, emergency=False):
    """The instant at which a limit has run out that is given at the instant `at`."""
    if emergency or limit.measure in ("emergency-hours", "emergency-days", "minutes"):
        return at + seconds(limit.amount * CLOCK[limit.measure])
    at = started(calendar, at, limit.measure == "natural-days")
    if limit.measure == "natural-days":
        return natural_days_on(calendar, at, limit.amount)
    if limit.measure == "working-days":
        return working_days_on(calendar, at, limit.amount)
    return worked(calendar, at, seconds(limit.amount * 3600))
