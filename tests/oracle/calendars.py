"""A rulebook's calendars, and the arithmetic of working time along them: a second opinion on daemon/core.

Written from config/README.md and the contracts in the headers. Where the daemon walks from day to day, this lays the
slots of a year out as a list of instants with running sums, and searches in it. Times are Unix milliseconds; a day is
its number since 1970-01-01; local milliseconds are the reading of the wall clock counted as if it were UTC.
"""
import bisect
import csv
import datetime
import functools
import io
import pathlib
import re
import zoneinfo

import yaml

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
UNIT = 60000  # of an amount: one hour or one day
FIRST_YEAR, LAST_YEAR = 1900, 2199

EPOCH = datetime.datetime(1970, 1, 1)
UTC_EPOCH = EPOCH.replace(tzinfo=datetime.timezone.utc)


class RangeError(Exception):
    """Outside 1900..2199."""


# ---- days and zones ----------------------------------------------------------------------------------------------


def day_of_date(date):
    return date.toordinal() - 719163


def date_of_day(day):
    return datetime.date.fromordinal(day + 719163)


@functools.lru_cache(4096)
def year_of_day(day):
    return date_of_day(day).year


def weekday(day):
    """ISO: Monday is 1."""
    return (day + 3) % 7 + 1


class Zone:
    """What the clocks on the wall show."""

    def __init__(self, name):
        self.name = name
        self.info = zoneinfo.ZoneInfo(name)
        self._offsets = {}

    def offset(self, utc):
        """Local minus UTC in milliseconds. Since 1973 every change has been at a quarter of an hour."""
        if utc < 94_694_400_000:
            return self._asked(utc)
        quarter = utc // (15 * MINUTE)
        if quarter not in self._offsets:
            self._offsets[quarter] = self._asked(quarter * 15 * MINUTE)
        return self._offsets[quarter]

    def _asked(self, utc):
        moment = (UTC_EPOCH + datetime.timedelta(milliseconds=utc)).astimezone(self.info)
        return moment.utcoffset() // datetime.timedelta(milliseconds=1)

    def local(self, utc):
        return utc + self.offset(utc)

    def _by_fold(self, local, fold):
        moment = (EPOCH + datetime.timedelta(milliseconds=local)).replace(tzinfo=self.info, fold=fold)
        return local - moment.utcoffset() // datetime.timedelta(milliseconds=1)

    def utc(self, local):
        """When the clock shows it: the first time of two, and moved forward by the gap where it never does."""
        return self._by_fold(local, 0)

    def reached(self, local):
        """The first instant at which the clock shows it or later: in a gap the change itself."""
        late = self._by_fold(local, 0)  # by the offset before the change
        if self.local(late) == local:
            return late
        early = self._by_fold(local, 1)  # by the offset after it; the change lies between
        while early + 1 < late:
            middle = (early + late) // 2
            if self.local(middle) >= local:
                late = middle
            else:
                early = middle
        return late


# ---- calendars ---------------------------------------------------------------------------------------------------


class Laid:
    """A year's slots as instants, with the working time before each."""

    def __init__(self, calendar, year):
        first = day_of_date(datetime.date(year, 1, 1))
        last = day_of_date(datetime.date(year, 12, 31))
        self.starts, self.ends, self.before, self.days = [], [], [], []
        self.total = 0
        for day in range(first, last + 1):
            slots = calendar.slots(day)
            if slots:
                self.days.append(day)
            for begin, end in slots:
                self._add(calendar.instant(day, begin), calendar.instant(day, end))

    def _add(self, begin, end):
        if begin < end:  # a slot that the clocks jump over has no length
            self.starts.append(begin)
            self.ends.append(end)
            self.before.append(self.total)
            self.total += end - begin

    def worked(self, at):
        """Working time of the year before an instant."""
        i = bisect.bisect_right(self.starts, at) - 1
        return 0 if i < 0 else self.before[i] + min(at, self.ends[i]) - self.starts[i]


class Calendar:
    """As written; what the parts mean is said in config/README.md.

    `week`: weekday → [(from, to)] in minutes. `days`: day → list of slots, or ("work", weekday). `years`: a set, or
    None for every year. `rules`: (kind, minute, to minute or None, natural). `quiet`: (from, to) or None.
    """

    def __init__(self, name, zone, week, days=None, years=None, mode="hours", day_minutes=None, rules=(), quiet=None):
        self.name, self.zone, self.week, self.years = name, zone, week, years
        self.days, self.mode, self.rules, self.quiet = days or {}, mode, list(rules), quiet
        longest = max(sum(end - begin for begin, end in slots) for slots in week.values())
        self.day_minutes = day_minutes or longest
        self._laid = {}

    def slots(self, day):
        own = self.days.get(day)
        if own is None:
            return self.week.get(weekday(day), [])
        if own and own[0] == "work":
            return self.week.get(own[1], [])
        return own

    def local_day(self, at):
        return self.zone.local(at) // DAY

    def instant(self, day, minute):
        return self.zone.reached(day * DAY + minute * MINUTE)

    def is_working_day(self, day):
        return bool(self.slots(day))

    def is_working_time(self, at):
        slots = self.slots(self.local_day(at))
        return any(self.instant(self.local_day(at), a) <= at < self.instant(self.local_day(at), b) for a, b in slots)

    def laid(self, year):
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise RangeError(year)
        if year not in self._laid:
            self._laid[year] = Laid(self, year)
        return self._laid[year]

    def crosses_unknown_year(self, *days):
        """Does a walk over these days pass a year whose holidays are not known?"""
        if self.years is None:
            return False
        return any(year not in self.years for year in range(year_of_day(min(days)), year_of_day(max(days)) + 1))


class Walk:
    """One calculation's company: remembers whether it crossed a year that is not loaded."""

    def __init__(self):
        self.provisional = False

    def touch(self, calendar, *instants):
        self.touch_days(calendar, *map(calendar.local_day, instants))

    def touch_days(self, calendar, *days):
        if calendar.crosses_unknown_year(*days):
            self.provisional = True


# ---- working time ------------------------------------------------------------------------------------------------


def next_working(calendar, at, walk=None):
    """The first instant at or after `at` inside a slot."""
    year = year_of_day(calendar.local_day(at))
    i = bisect.bisect_right(calendar.laid(year).ends, at)
    while i == len(calendar.laid(year).starts):
        year, i = year + 1, 0
    out = max(at, calendar.laid(year).starts[i])
    if walk:
        walk.touch(calendar, at, out)
    return out


def add(calendar, at, amount, walk=None):
    """The earliest instant at which `amount` of working time has passed; backwards the latest."""
    if amount == 0:
        return at
    out = _forward(calendar, at, amount) if amount > 0 else _backward(calendar, at, -amount)
    if walk:
        walk.touch(calendar, at, out)
    return out


def _forward(calendar, at, amount):
    year = year_of_day(calendar.local_day(at))
    laid = calendar.laid(year)
    wanted = laid.worked(at) + amount
    while wanted > laid.total:
        wanted -= laid.total
        year += 1
        laid = calendar.laid(year)
    i = bisect.bisect_left(laid.before, wanted) - 1  # the last slot with less before it
    return laid.starts[i] + wanted - laid.before[i]


def _backward(calendar, at, amount):
    year = year_of_day(calendar.local_day(at))
    laid = calendar.laid(year)
    wanted = laid.worked(at) - amount
    while wanted < 0:
        year -= 1
        laid = calendar.laid(year)
        wanted += laid.total
    i = bisect.bisect_right(laid.before, wanted) - 1
    return laid.starts[i] + wanted - laid.before[i]


def between(calendar, a, b, walk=None):
    """Working time from `a` to `b`, negative when `b` is the earlier one."""
    if walk:
        walk.touch(calendar, a, b)
    if b < a:
        return -between(calendar, b, a)
    first, last = year_of_day(calendar.local_day(a)), year_of_day(calendar.local_day(b))
    whole = sum(calendar.laid(year).total for year in range(first, last))
    return whole + calendar.laid(last).worked(b) - calendar.laid(first).worked(a)


# ---- working days ------------------------------------------------------------------------------------------------


def working_day_after(calendar, day, count, walk=None):
    """The nth working day after `day`, before it for a negative count, `day` itself for 0."""
    if count == 0:
        return day
    found = _working_day_after(calendar, day, count)
    if walk:  # `day` itself is not asked
        walk.touch_days(calendar, day + (1 if count > 0 else -1), found)
    return found


def _working_day_after(calendar, day, count):
    year = year_of_day(day)
    days = calendar.laid(year).days
    at = bisect.bisect_right(days, day) + count - 1 if count > 0 else bisect.bisect_left(days, day) + count
    while at >= len(days):
        at -= len(days)
        year += 1
        days = calendar.laid(year).days
    while at < 0:
        year -= 1
        days = calendar.laid(year).days
        at += len(days)
    return days[at]


def working_days_before(calendar, day):
    """How many working days lie before a day, counted from the first of its own year."""
    return bisect.bisect_left(calendar.laid(year_of_day(day)).days, day)


def add_days(calendar, at, count, walk=None):
    """The same time of day on the nth working day after."""
    if count == 0:
        return at
    local = calendar.zone.local(at)
    day = working_day_after(calendar, local // DAY, count, walk)
    return calendar.zone.utc(day * DAY + local % DAY)


def day_end(calendar, day, count, walk=None):
    """The end of the last slot of the nth working day after a day."""
    found = working_day_after(calendar, day, count, walk)
    if walk:
        walk.touch_days(calendar, found)
    return calendar.instant(found, calendar.slots(found)[-1][1])


def _on_the_scale_of_days(calendar, year, at):
    """Working days since the begin of `year` times 24 h; a day off has no length."""
    local = calendar.zone.local(at)
    day = local // DAY
    whole = sum(len(calendar.laid(y).days) for y in range(year, year_of_day(day)))
    part = local % DAY if calendar.is_working_day(day) else 0
    return (whole + working_days_before(calendar, day)) * DAY + part


def days_between(calendar, a, b, walk=None):
    """Working days times 24 h: from Friday 16:00 to Monday 09:00 are 17 h."""
    if walk:
        walk.touch(calendar, a, b)
    year = min(year_of_day(calendar.local_day(a)), year_of_day(calendar.local_day(b)))
    return _on_the_scale_of_days(calendar, year, b) - _on_the_scale_of_days(calendar, year, a)


def shift_days(calendar, at, amount, walk=None):
    """`at` moved forward on that scale."""
    if amount == 0:
        return at
    local = calendar.zone.local(at)
    day, part = local // DAY, local % DAY
    if not calendar.is_working_day(day):
        day, part = working_day_after(calendar, day, 1), 0
    whole, part = divmod(part + amount, DAY)
    out_day = working_day_after(calendar, day, whole)
    if walk:
        walk.touch_days(calendar, local // DAY, out_day)
    return calendar.zone.utc(out_day * DAY + part)


# ---- start rules and limits --------------------------------------------------------------------------------------


def start(calendar, at, natural, walk=None):
    """`at` moved by the start rules in written order, each going on from the day and time that the one before gave.

    Only what the last one gives is looked up on the wall clock.
    """
    day, clock = divmod(calendar.zone.local(at), DAY)
    found = None  # how that is looked up; None: nothing moved it
    for kind, minute, to_minute, also_natural in calendar.rules:
        if natural and not also_natural:
            continue
        if walk and kind == "day_off":
            walk.touch_days(calendar, day)  # it might be a holiday
        if kind == "day_off" and not calendar.is_working_day(day) or kind == "from" and clock >= minute * MINUTE:
            day = working_day_after(calendar, day, 1, walk)
        elif kind != "before" or clock >= minute * MINUTE:
            continue
        found = found if to_minute is None else calendar.zone.reached
        found = found or calendar.zone.utc
        clock = clock if to_minute is None else to_minute * MINUTE
    return found(day * DAY + clock) if found else at


ELAPSED = {"emergency-hours": HOUR, "emergency-days": DAY}
WORKING = {"working-hours", "working-days"}


def split(amount):
    """Whole units and the rest of an amount."""
    return divmod(amount, UNIT)


def starts_by(calendar, measure, at, walk=None):
    """Where a limit of this measure begins when it is started at `at`."""
    return at if measure in ELAPSED else start(calendar, at, measure == "natural-days", walk)


def span_end(calendar, limit, at, walk=None):
    """The end of a limit that starts at `at`."""
    return _laid_along(calendar, limit, 1, at, calendar.local_day(at), walk)


def span_shift(calendar, limit, sign, due, walk=None):
    """A due time moved by a limit; one at 24:00 belongs to the day that it ends."""
    day = calendar.local_day(due - 1)
    return _laid_along(calendar, limit, sign, due, day, walk)


def _laid_along(calendar, limit, sign, at, day, walk):
    """`day` is the local day that `at` belongs to where days are counted to their end."""
    measure, amount = limit
    whole, part = split(amount)
    if measure in ELAPSED:
        return at + sign * amount * ELAPSED[measure] // UNIT
    if measure == "natural-days":
        kept = calendar.zone.utc(calendar.zone.local(at) + sign * whole * DAY) if whole else at
        return kept + sign * part * DAY // UNIT
    if measure == "working-hours":
        return add(calendar, at, sign * amount * HOUR // UNIT, walk)
    if calendar.mode == "hours":
        return add(calendar, at, sign * amount * calendar.day_minutes * MINUTE // UNIT, walk)
    if calendar.mode == "same-time":
        kept = add_days(calendar, at, sign * whole, walk)
        return add(calendar, kept, sign * part * calendar.day_minutes * MINUTE // UNIT, walk)
    return day_end(calendar, day, sign * (whole + (part > 0)), walk)


def span_between(calendar, measure, a, b, walk=None):
    """The measure's own time from `a` to `b`."""
    if measure in WORKING:
        return between(calendar, a, b, walk)
    if measure == "natural-days":
        return calendar.zone.local(b) - calendar.zone.local(a)
    return b - a


def span_add(calendar, measure, at, amount, walk=None):
    """`amount` of the measure's own time from `at` on."""
    if measure in WORKING:
        return add(calendar, at, amount, walk)
    if measure == "natural-days":
        return calendar.zone.utc(calendar.zone.local(at) + amount)
    return at + amount


def in_quiet(calendar, at):
    """Does the local clock stand in the quiet span?"""
    if not calendar.quiet:
        return False
    begin, end = calendar.quiet
    clock = calendar.zone.local(at) % DAY
    if begin < end:
        return begin * MINUTE <= clock < end * MINUTE
    return clock >= begin * MINUTE or clock < end * MINUTE


def after_quiet(calendar, at):
    """When the quiet hours end in which `at` lies; of an end that the clocks show twice, the first counts."""
    local = calendar.zone.local(at)
    end = calendar.quiet[1] * MINUTE
    day = local // DAY + (local % DAY >= end)
    return max(at, calendar.zone.reached(day * DAY + end))


# ---- the files of a rulebook -------------------------------------------------------------------------------------

WEEKDAYS = {name: i + 1 for i, name in enumerate("mon tue wed thu fri sat sun".split())}
WEEKDAYS |= {f"周{letter}": i + 1 for i, letter in enumerate("一二三四五六日")} | {"周天": 7}
HEADERS = {"日期": "date", "类型": "kind", "名称": "name", "按周几上班": "like", "时段": "slots"}
KINDS = {"放假": "off", "调休上班": "work", "特别时段": "slots"}
MODES = {"按工作时累计": "hours", "第N个工作日同一时刻": "same-time", "第N个工作日下班": "end-of-day"}
YES = {"yes", "true", "是"}


def minute_of(text):
    hours, minutes = text.strip().split(":")
    return int(hours) * 60 + int(minutes)


def slot_of(text):
    begin, end = text.split("-")
    return minute_of(begin), minute_of(end)


def weekdays_of(text):
    """mon, mon-fri, 周一至周五."""
    first, *rest = re.split(r"[-–~至到]", text.strip().lower())
    last = WEEKDAYS[rest[0].strip()] if rest else WEEKDAYS[first.strip()]
    day = WEEKDAYS[first.strip()]
    days = [day]
    while day != last:
        day = day % 7 + 1
        days.append(day)
    return days


def texts_of(value):
    """A scalar or a list of them; a calendar's day without slots is the empty list."""
    if isinstance(value, list):
        return value
    return [value] if value else []


def week_of(mapping):
    week = {}
    for key, value in mapping.items():
        for day in weekdays_of(key):
            week[day] = sorted(slot_of(text) for text in texts_of(value))
    return week


def union(slots):
    """Spans that touch or overlap become one."""
    out = []
    for begin, end in sorted(slots):
        if out and begin <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((begin, end))
    return out


def decoded(data):
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def rows_of(data):
    """Dicts by the English names of the columns."""
    lines = [line for line in decoded(data).splitlines() if line.strip() and not line.startswith("#")]
    head, *rows = csv.reader(io.StringIO("\n".join(lines)))
    names = [HEADERS.get(name.strip(), name.strip().lower()) for name in head]
    return [dict(zip(names, (cell.strip() for cell in row))) for row in rows]


def exceptions_of(data):
    days = {}
    for row in rows_of(data):
        day = day_of_date(datetime.date.fromisoformat(row["date"]))
        kind = KINDS.get(row["kind"], row["kind"])
        if kind == "off":
            days[day] = []
        elif kind == "work":
            like = row.get("like") or "mon"
            days[day] = ("work", WEEKDAYS[like.lower()])
        else:
            days[day] = sorted(slot_of(text) for text in re.split(r"[ ;、]+", row["slots"]) if text)
    return days


def day_minutes_of(text, plain_hour):
    """The length of a working day, a limit in hours or minutes."""
    number, unit = re.fullmatch(r"\s*([\d.]+)\s*个?\s*(.*?)\s*", text).groups()
    if unit in ("分钟", "minutes", "minute"):
        return int(number)
    assert unit in ("工作时", "紧急工作时") or "hour" in unit or plain_hour and unit in ("小时", "时"), text
    return round(float(number) * 60)


def rule_of(entry):
    to = minute_of(entry["to"]) if "to" in entry else None
    natural = entry.get("natural", "no").lower() in YES
    if entry.get("day_off", "no").lower() in YES:
        return "day_off", 0, to, natural
    kind = "from" if "from" in entry else "before"
    return kind, minute_of(entry[kind]), to, natural


class Parts:
    """What a calendar says and what it has from another, before it is one."""

    def __init__(self, said, files, plain_hour, base):
        self.week = week_of(said["week"]) if "week" in said else dict(base.week)
        self.days = exceptions_of(files[said["exceptions"]]) if "exceptions" in said else base.days if base else {}
        self.mode = MODES.get(said.get("mode"), said.get("mode")) or (base.mode if base else "hours")
        self.rules = [rule_of(entry) for entry in said["start"]] if "start" in said else base.rules if base else []
        self.years = self._years(said["years"]) if "years" in said else base.years
        self.quiet = slot_of(said["quiet"]) if "quiet" in said else base.quiet if base else None
        self.day_minutes = day_minutes_of(said["day"], plain_hour) if "day" in said else base and base.day_minutes
        for day, slots in week_of(said.get("extra", {})).items():
            self.week[day] = union(self.week.get(day, []) + slots)

    @staticmethod
    def _years(said):
        return None if said in ("every", "每年") else {int(year) for year in texts_of(said)}


def calendars_of(files):
    """name → Calendar, from the files of a rulebook: name → bytes. The first one is the city's."""
    book = yaml.load(decoded(files["rulebook.yaml"]), Loader=yaml.BaseLoader)
    zone = Zone(book["zone"])
    said = yaml.load(decoded(files["calendars.yaml"]), Loader=yaml.BaseLoader)
    parts, out = {}, {}
    for name, mapping in said.items():
        own = parts[name] = Parts(mapping, files, book.get("plain_hour"), parts.get(mapping.get("like")))
        out[name] = Calendar(name, zone, own.week, own.days, own.years, own.mode, own.day_minutes, own.rules,
                             own.quiet)
    return out


def read_rulebook(directory):
    """The files of a rulebook's directory that calendars are made of."""
    files = {path.name: path.read_bytes() for path in pathlib.Path(directory).iterdir()
             if path.suffix in (".yaml", ".yml", ".csv")}
    for stem in ("rulebook", "calendars"):
        files.setdefault(f"{stem}.yaml", files.get(f"{stem}.yml"))
    return files
