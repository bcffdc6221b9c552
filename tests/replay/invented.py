"""Cities that there are not: drawn by a seed, with zones, hours, holidays and rules that no record here has."""
import datetime
import fractions
import random

import reckoning

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia",
         "Africa/Casablanca", "Asia/Shanghai",
         # Clocks that are changed at midnight, or have been set anew for good, or run far from UTC:
         "America/Havana", "Africa/Cairo", "America/Sao_Paulo", "Atlantic/Azores", "America/Santiago", "Asia/Beirut",
         "Asia/Gaza", "America/Asuncion", "America/Nuuk", "Asia/Pyongyang", "America/Caracas", "Europe/Moscow",
         "Asia/Tehran", "Pacific/Chatham", "Antarctica/Troll", "Europe/Dublin"]
YEARS = range(2011, 2036)  # of what is reported; what is due may lie later
PAST = range(2011, 2026)   # of what can be imported as a record
CALENDARS = 3
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ZH_WEEKDAYS = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]
PLAIN_DAYS = ["working-days", "natural-days", "emergency-days"]
PLAIN_HOURS = ["working-hours", "emergency-hours"]
DAY = datetime.timedelta(1)

AMOUNTS = {
    "emergency-hours": ["0.001", "0.25", "1", "2", "2.5", "24", "36", "1000"],
    "emergency-days": ["0.01", "0.5", "1", "1.5", "3", "30", "365"],
    "working-hours": ["0.001", "0.125", "0.5", "1", "1.5", "4", "7.999", "8", "16", "40", "123.456"],
    "working-days": ["0.001", "0.25", "0.5", "1", "1.5", "2", "3", "5", "7.75", "10", "15", "45", "250"],
    "natural-days": ["0.01", "0.5", "1", "1.5", "2", "3", "5", "7.25", "30", "180", "1461"],
    "minutes": ["1", "15", "90", "600"],
}
WORDS = {
    "emergency-hours": ["{} emergency-hours", "{}紧急工作时", "{} 紧急工作时"],
    "emergency-days": ["{} emergency-days", "{}紧急工作日"],
    "working-hours": ["{} working-hours", "{}工作时", "{}个工作时"],
    "working-days": ["{} working-days", "{}工作日", "{}个工作日"],
    "natural-days": ["{} natural-days", "{}自然日", "{}个自然日"],
    "minutes": ["{} minutes", "{}分钟"],
}


def clock(minute):
    return f"{minute // 60:02}:{minute % 60:02}"


def slot_texts(slots):
    return [f"{clock(a)}-{clock(b)}" for a, b in slots]


# ---- one calendar ----

def draw_slots(draw):
    """Working time of one day, in minutes."""
    shape = draw.choice(["lunch", "lunch", "whole", "half", "night", "skipped", "skipped", "always", "any", "any"])
    if shape == "lunch":
        opens, noon = draw.choice([450, 480, 510, 540]), draw.choice([690, 720, 725])
        return [(opens, noon), (noon + draw.choice([1, 30, 90, 120]), draw.choice([1020, 1050, 1080]))]
    if shape == "whole":
        return [(draw.choice([0, 510, 540]), draw.choice([960, 1020, 1440]))]
    if shape == "half":
        return [(draw.choice([420, 540]), draw.choice([720, 780]))]
    if shape == "night":
        return [(0, draw.choice([120, 150, 360])), (draw.choice([1200, 1320, 1380]), 1440)]
    if shape == "skipped":  # opens or closes within what the clocks skip
        return draw.choice([[(150, 480)], [(30, 270), (600, 900)], [(0, 150), (195, 720)], [(0, 30), (45, 135)]])
    if shape == "always":
        return [(0, 1440)]
    ends = sorted(draw.sample(range(1441), 2 * draw.randint(1, 4)))
    return list(zip(ends[::2], ends[1::2]))


def draw_week(draw):
    usual, short = draw_slots(draw), draw_slots(draw)
    week = {day: usual for day in range(1, 6)}
    if draw.random() < 0.4:
        week[5] = short
    if draw.random() < 0.4:
        week[6] = short
    if draw.random() < 0.4:  # the day on which most clocks are changed
        week[7] = draw_slots(draw)
    if draw.random() < 0.2:
        del week[draw.randint(1, 4)]
    return week


def draw_exceptions(draw, week, years):
    """(date, kind, like, slots) as a city writes them: weeks off, days of work instead, hours of its own."""
    exceptions = {}
    for year in years:
        for _ in range(draw.randint(2, 8)):
            day = datetime.date(year, 1, 1) + draw.randrange(365) * DAY
            for i in range(draw.choice([1, 1, 2, 3, 8])):
                exceptions[day + i * DAY] = ("off", None, None)
        for _ in range(draw.randint(0, 6)):
            day = datetime.date(year, 1, 1) + draw.randrange(365) * DAY
            like = draw.choice(sorted(week) + [None]) if 1 in week else draw.choice(sorted(week))
            exceptions[day] = draw.choice([("work", like, None), ("slots", None, draw_slots(draw))])
    return {day: what for day, what in sorted(exceptions.items()) if day.year in years}


def slots_of(exception, week):
    kind, like, slots = exception
    return {"off": [], "work": week.get(like or 1), "slots": slots}[kind]


def draw_rules(draw):
    rules = []
    for kind in draw.sample(["day_off", "from", "before"], draw.choice([0, 1, 1, 2, 2, 3])):
        minute = draw.choice([0, 150, 480, 510, 720, 1020, 1439]) if kind != "day_off" else 0
        to = draw.choice([None, 0, 90, 150, 510, 600]) if kind != "before" else draw.randint(minute, 1439)
        rules.append(reckoning.StartRule(kind, minute, to, draw.random() < 0.4))
    return rules


def rule_text(rule):
    words = ["day_off: yes" if rule.kind == "day_off" else f"{rule.kind}: {clock(rule.minute)}"]
    words += [f"to: {clock(rule.to)}"] if rule.to is not None else []
    return "{" + ", ".join(words + ["natural: yes"] * rule.natural) + "}"


def draw_limits(draw, plain):
    """Two of each measure: (as the city writes it, limit). `plain`: measure → how the city writes it for short."""
    limits = []
    for measure, amounts in AMOUNTS.items():
        for amount in draw.sample(amounts, 2):
            words = draw.choice(WORDS[measure] + plain.get(measure, []))
            limits.append((words.format(amount), reckoning.Limit(measure, fractions.Fraction(amount))))
    return limits


class Book:
    """A calendar, and the text that says the same to the daemon."""

    def __init__(self, draw, name, zone, years, plain):
        self.name = name
        week = draw_week(draw)
        every = draw.random() < 0.1
        self.years = set(range(1900, 2200) if every else years)
        self.exceptions = {} if every else draw_exceptions(draw, week, years)
        longest = max(sum(b - a for a, b in slots) for slots in week.values())
        minutes = draw.choice([None, 420, 450, 480, 600])
        self.calendar = reckoning.Calendar(zone, week, {d: slots_of(e, week) for d, e in self.exceptions.items()},
                                           draw.choice(["hours", "same-time", "end-of-day"]), minutes or longest,
                                           draw_rules(draw))
        self.limits = draw_limits(draw, plain)
        self.text = self.write("every" if every else years, minutes, draw.choice([WEEKDAYS, ZH_WEEKDAYS]))

    def write(self, years, minutes, names):
        lines = [f"{self.name}:", "  week:"]
        lines += [f"    {names[day - 1]}: [{', '.join(slot_texts(slots))}]"
                  for day, slots in sorted(self.calendar.week.items())]
        lines += [f"  exceptions: {self.name}.csv"] if self.exceptions else []
        lines += [f"  years: {years}", f"  mode: {self.calendar.mode}"]
        lines += [f"  day: {minutes / 60:g}工作时"] if minutes else []
        lines += ["  start:"] * bool(self.calendar.rules)
        lines += [f"    - {rule_text(rule)}" for rule in self.calendar.rules]
        return "\n".join(lines) + "\n"

    def exception_rows(self):
        for day, (kind, like, slots) in self.exceptions.items():
            yield day, kind, WEEKDAYS[like - 1] if like else "", " ".join(slot_texts(slots)) if slots else ""

    def category(self, i):
        return f"{self.name}.{i:02}"


# ---- a city ----

def changes_of(wall):
    """The days on which the clocks are changed, in the years of the reports."""
    begin = datetime.datetime(YEARS[0], 1, 1, tzinfo=reckoning.UTC)
    days = [begin + i * DAY for i in range(365 * len(YEARS))]
    return [at for at in days if wall.reads(at + DAY) - wall.reads(at) != DAY]


class Town:
    def __init__(self, seed, years=()):
        """`years`: those whose holidays are known, if not all that can matter."""
        self.draw = random.Random(seed)
        self.zone = ZONES[seed % len(ZONES)]
        self.wall = reckoning.Wall(self.zone)
        self.changes = changes_of(self.wall)
        this_year = datetime.date.today().year  # the daemon wants to know its holidays
        self.years = years or sorted({*range(YEARS[0] - 1, YEARS[-1] + 10), this_year, this_year + 1})
        self.plain_day, self.plain_hour = self.draw.choice(PLAIN_DAYS), self.draw.choice(PLAIN_HOURS)
        plain = {self.plain_day: ["{}天"], self.plain_hour: ["{}小时", "{}个小时"]}
        self.books = [Book(self.draw, f"c{i}", self.zone, self.years, plain) for i in range(1, CALENDARS + 1)]

    def draw_day(self, years):
        """A day in these years, often near a change of the clocks."""
        changes = [at for at in self.changes if at.year in years]
        if changes and self.draw.random() < 0.4:
            return self.wall.reads(self.draw.choice(changes)).date() + self.draw.choice([-5, -3, -2, -1, 0, 0, 1]) * DAY
        return datetime.date(self.draw.choice(years), 1, 1) + self.draw.randrange(365) * DAY

    def draw_start(self, calendar, day):
        """An instant of a day, often at the edge of a slot or of a start rule. Half an hour is added now and then, so
        that the second of two equal readings comes up too."""
        draw = self.draw
        edges = [edge for slot in calendar.slots(day) for edge in slot] + [rule.minute for rule in calendar.rules]
        local = reckoning.moment(day, draw.choice(edges) if edges and draw.random() < 0.5 else draw.randrange(1440))
        local += datetime.timedelta(seconds=draw.choice([0, 0, -1, 1, 17]))
        return self.wall.shows(local) + draw.choice([0, 0, 0, 1, 2]) * datetime.timedelta(minutes=30)

    def write(self, city):
        """The rulebook: a class for each limit of each calendar, whose condition has three limits."""
        with open(city.rules / "rulebook.yaml", "a", encoding="utf-8") as f:
            f.write(f"zone: {self.zone}\nplain_day: {self.plain_day}\nplain_hour: {self.plain_hour}\n")
        (city.rules / "calendars.yaml").write_text("".join(book.text for book in self.books), encoding="utf-8")
        for book in self.books:
            if book.exceptions:
                city.table(f"{book.name}.csv", ["date", "kind", "like", "slots"], book.exception_rows())
        city.table("areas.csv", ["code", "level", "name"], [("town", "city", "Anytown")])
        city.table("units.csv", ["code", "name", "type", "area", "calendar"],
                   [("desk", "desk", "centre", "town", "")] +
                   [(book.name, book.name, "department", "town", book.name) for book in self.books])
        city.table("categories.csv", ["code", "name", "parent"],
                   [(book.category(i), book.category(i), "-") for book in self.books for i in range(len(book.limits))])
        city.table("conditions.csv", ["category", "code", "text", "accept", "report", "resolve"],
                   [(book.category(i), "1", "-", *(text for text, _ in self.three(book, i)))
                    for book in self.books for i in range(len(book.limits))])
        city.table("rules.csv", ["id", "category", "lead"],
                   [(book.category(i), book.category(i), book.name)
                    for book in self.books for i in range(len(book.limits))])

    @staticmethod
    def three(book, i):
        """Accept, report, resolve of the ith class."""
        return [book.limits[(i + k) % len(book.limits)] for k in (5, 3, 0)]
