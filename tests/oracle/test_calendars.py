"""The second computation's own arithmetic: dated examples worked out by hand, and what must hold for any instant."""
import datetime
import zoneinfo

import hypothesis
import pytest
from hypothesis import strategies as st

import calendars as cal
import clocks
import hard

# The first call lays a year out, and takes its time for that; no example is kept between runs.
hypothesis.settings.register_profile("oracle", deadline=None, database=None)
hypothesis.settings.load_profile("oracle")

MINUTE, HOUR, DAY = cal.MINUTE, cal.HOUR, cal.DAY
SHANGHAI, NEW_YORK, BERLIN = "Asia/Shanghai", "America/New_York", "Europe/Berlin"
OFFICE = {day: [(480, 720), (840, 1080)] for day in range(1, 6)}
CITY = cal.calendars_of(cal.read_rulebook(hard.CITY))["city"]


def at(text, zone=SHANGHAI):
    """Milliseconds of "2026-02-13 17:00"; fold 1, the second time of two, is written with a plus behind it."""
    moment = datetime.datetime.fromisoformat(text.rstrip("+")).replace(tzinfo=zoneinfo.ZoneInfo(zone))
    return int(moment.replace(fold=text.endswith("+")).timestamp() * 1000)


def limit(text):
    number, measure = text.split()
    return measure, round(float(number) * cal.UNIT)


def calendar(zone=SHANGHAI, week=None, **more):
    return cal.Calendar("test", cal.Zone(zone), week or OFFICE, **more)


def due(calendar, begin, text, **more):
    return clocks.Ledger(calendar, limit(text), begin, **more).due


# ---- dated examples ----------------------------------------------------------------------------------------------

# The State Council's holidays of 2026, slots 08-12 and 14-18, 1 working day = 8 hours: start, limit, due.
VECTORS = [
    ("2026-02-13 17:00", "2 working-days", "2026-02-24 17:00"),   # Saturday the 14th works, then nine days off
    ("2026-02-13 17:00", "4 working-hours", "2026-02-14 11:00"),
    ("2026-02-13 17:00", "2 emergency-hours", "2026-02-13 19:00"),
    ("2026-02-14 11:30", "4 working-hours", "2026-02-14 17:30"),
    ("2026-02-20 09:00", "1 working-days", "2026-02-24 18:00"),   # started on a holiday
    ("2026-02-20 09:00", "2 emergency-hours", "2026-02-20 11:00"),
    ("2026-01-03 10:00", "4 working-hours", "2026-01-04 12:00"),  # a working Sunday
    ("2026-03-06 18:00", "1 working-hours", "2026-03-09 09:00"),
    ("2026-03-06 12:30", "1 working-hours", "2026-03-06 15:00"),  # at lunch
    ("2026-09-30 16:00", "5 working-days", "2026-10-13 16:00"),
    ("2026-03-02 08:00", "1 working-days", "2026-03-02 18:00"),   # the end of the slot, not 08:00 of the next day
]


@pytest.mark.parametrize("begin, text, end", VECTORS)
def test_due_times_over_holidays_and_make_up_days(begin, text, end):
    assert due(CITY, at(begin), text) == at(end)


@pytest.mark.parametrize("mode, begin, text, end", [
    ("same-time", "2026-03-06 16:20", "1 working-days", "2026-03-09 16:20"),
    ("same-time", "2026-03-07 20:00", "2 working-days", "2026-03-10 20:00"),
    ("same-time", "2026-03-06 16:00", "1.5 working-days", "2026-03-10 10:00"),  # Monday 16:00, then 4 working hours
    ("end-of-day", "2026-03-06 16:20", "1 working-days", "2026-03-09 18:00"),
    ("end-of-day", "2026-03-06 16:20", "0.25 working-days", "2026-03-09 18:00"),
    ("end-of-day", "2026-03-07 16:20", "2 working-days", "2026-03-10 18:00"),
])
def test_the_other_ways_of_counting_working_days(mode, begin, text, end):
    assert due(calendar(mode=mode), at(begin), text) == at(end)


@pytest.mark.parametrize("begin, text, end", [
    ("2026-03-07 12:00", "1 natural-days", "2026-03-08 12:00"),   # 23 hours
    ("2026-03-07 12:00", "1 emergency-days", "2026-03-08 13:00"),
    ("2026-03-07 02:30", "1 natural-days", "2026-03-08 03:30"),   # 02:30 is skipped
    ("2026-10-31 01:30", "1 natural-days", "2026-11-01 01:30"),   # the first of two
    ("2026-11-01 01:30+", "0.5 natural-days", "2026-11-01 13:30"),
])
def test_natural_days_keep_the_time_on_the_wall(begin, text, end):
    assert due(calendar(NEW_YORK), at(begin, NEW_YORK), text) == at(end, NEW_YORK)


def test_a_slot_is_as_long_as_the_clocks_make_it():
    night = calendar(BERLIN, {day: [(0, 1440)] for day in range(1, 8)}, mode="hours")
    for day, hours in [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)]:
        begin = at(f"{day} 00:00", BERLIN)
        assert cal.between(night, begin, night.instant(night.local_day(begin) + 1, 0)) == hours * HOUR
    skipped = calendar(BERLIN, {7: [(120, 180)]})  # 02:00 to 03:00 of a Sunday
    assert cal.next_working(skipped, at("2026-03-29 00:00", BERLIN)) == at("2026-04-05 02:00", BERLIN)


def test_start_rules_go_on_from_each_other():
    rules = [("day_off", 0, None, False), ("from", 1020, 510, False), ("before", 510, 510, True)]
    boston = calendar(mode="same-time", rules=rules)
    # Saturday evening: Monday 20:00, then Tuesday 08:30
    assert due(boston, at("2026-03-07 20:00"), "1 working-days") == at("2026-03-11 08:30")
    assert due(boston, at("2026-03-07 10:00"), "1 working-days") == at("2026-03-10 10:00")
    assert due(boston, at("2026-03-07 06:00"), "1 natural-days") == at("2026-03-08 08:30")
    assert due(boston, at("2026-03-07 20:00"), "1 emergency-hours") == at("2026-03-07 21:00")


@pytest.mark.parametrize("mode, text, begin, end, moved", [
    ("hours", "1 emergency-days", "2026-03-03 10:00", "2026-03-03 12:00", "2026-03-04 11:00"),
    ("hours", "8 working-hours", "2026-03-03 11:00", "2026-03-03 15:00", "2026-03-04 11:00"),
    ("same-time", "1 working-days", "2026-03-03 11:00", "2026-03-04 12:00", "2026-03-05 10:00"),
    ("end-of-day", "1 working-days", "2026-03-03 11:00", "2026-03-03 12:00", "2026-03-05 18:00"),
    ("hours", "8 working-hours", "2026-03-03 08:00", "2026-03-03 08:30", "2026-03-04 09:00"),  # counts from the start
])
def test_a_pause_does_not_count(mode, text, begin, end, moved):
    city = calendar(mode=mode)
    assert due(city, at("2026-03-03 09:00"), text, pauses=[(at(begin), at(end))]) == at(moved)


def test_a_pause_that_is_open_has_no_end_and_one_behind_the_due_time_does_not_count():
    city, begin = calendar(), at("2026-03-03 09:00")
    assert due(city, begin, "1 working-hours", pauses=[(at("2026-03-03 09:30"), 0)]) == clocks.NEVER
    assert due(city, begin, "1 working-hours", pauses=[(at("2026-03-03 10:00"), 0)]) == at("2026-03-03 10:00")


def test_extensions_count_with_the_limit():
    more = [limit("0.5 working-days"), limit("1 emergency-hours")]
    end = due(calendar(mode="end-of-day"), at("2026-03-03 09:00"), "0.5 working-days", extensions=more)
    assert end == at("2026-03-04 19:00")


def test_a_year_that_is_not_loaded_is_told():
    city = calendar(years={2026})
    for begin, text, is_told in [("2026-12-30 17:00", "1 working-days", False),
                                 ("2026-12-31 17:00", "1 working-days", True),
                                 ("2026-12-31 17:00", "9 emergency-days", False)]:
        assert clocks.Ledger(city, limit(text), at(begin)).provisional == is_told


# ---- a calendar that is like another, extra hours, quiet hours ------------------------------------------------------

FILES = {
    "rulebook.yaml": b"zone: Asia/Shanghai\n",
    "days.csv": """日期,类型,名称,按周几上班,时段
# 说明
2026-02-14,work,春节,fri,
2026-02-16,off,春节,,
2026-02-17,slots,值守,,09:00-12:00、13:00-14:00
""".encode(),
    "calendars.yaml": """
city:
  week: {mon-fri: [08:00-12:00, 14:00-18:00]}
  exceptions: days.csv
  years: [2026]
  mode: end-of-day
  quiet: 22:00-07:00
  start: [{day_off: yes}]
window:
  like: city
  extra: {周一至周五: [12:00-14:00], sat: 09:00-12:00}
night:
  like: window
  week: {sun: [20:00-24:00]}
  years: every
  mode: same-time
  quiet: 12:30-13:30
""".encode(),
}


def test_a_calendar_is_like_another_but_for_what_it_says():
    city, window, night = cal.calendars_of(FILES).values()
    assert (window.mode, window.years, window.quiet, window.rules) == (city.mode, city.years, city.quiet, city.rules)
    assert window.week[1] == [(480, 1080)] and window.week[6] == [(540, 720)] and 7 not in window.week
    assert night.week == {7: [(1200, 1440)]} and night.years is None and night.mode == "same-time"
    assert night.days == city.days and night.quiet == (750, 810)


def test_extra_hours_count_on_make_up_days_too_and_days_off_stay_off():
    window = cal.calendars_of(FILES)["window"]
    days = {day: window.slots(cal.day_of_date(datetime.date(2026, 2, day))) for day in (14, 16, 17, 18)}
    assert days == {14: [(480, 1080)], 16: [], 17: [(540, 720), (780, 840)], 18: [(480, 1080)]}


class Rung:
    """As much of a rung's message as its time takes."""

    class Limit:
        def __init__(self, measure=0, amount=0):
            self.measure, self.amount = measure, amount

    def __init__(self, when=clocks.AFTER_DUE, share=0, by=None, every=None, in_hours=False, urgent=False):
        self.when, self.share, self.in_hours, self.urgent = when, share, in_hours, urgent
        self.by, self.every = self.Limit(*by or ()), self.Limit(*every or ())


@pytest.mark.parametrize("start, rung, expected", [
    ("2026-03-03 20:59", Rung(), "2026-03-03 21:59"),
    ("2026-03-03 21:00", Rung(), "2026-03-04 07:00"),
    ("2026-03-04 05:59", Rung(), "2026-03-04 07:00"),
    ("2026-03-04 06:00", Rung(), "2026-03-04 07:00"),
    ("2026-03-03 21:00", Rung(urgent=True), "2026-03-03 22:00"),
    ("2026-03-06 20:00", Rung(in_hours=True), "2026-03-09 08:00"),
])
def test_a_rung_waits_for_the_end_of_the_quiet_hours_unless_it_is_urgent(start, rung, expected):
    ledger = clocks.Ledger(calendar(quiet=(1320, 420)), limit("1 emergency-hours"), at(start))
    assert ledger.rung_time(rung) == at(expected)


def test_quiet_hours_come_after_working_hours():
    early = calendar(week={day: [(360, 720)] for day in range(1, 6)}, quiet=(0, 450))
    ledger = clocks.Ledger(early, limit("1 emergency-hours"), at("2026-03-03 20:00"))
    assert ledger.rung_time(Rung(in_hours=True)) == at("2026-03-04 07:30")


def test_quiet_hours_end_when_the_clock_gets_there():
    berlin = calendar(BERLIN, quiet=(0, 150))  # to 02:30, which is skipped
    ledger = clocks.Ledger(berlin, limit("1 emergency-hours"), at("2026-03-29 00:10", BERLIN))
    assert ledger.rung_time(Rung()) == at("2026-03-29 03:00", BERLIN)


# ---- rungs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rung, turn, expected", [
    (Rung(clocks.SHARE, 800), 0, "2026-03-03 17:24"),
    (Rung(clocks.SHARE, 1000), 0, "2026-03-04 09:00"),
    (Rung(clocks.SHARE, 1500), 0, "2026-03-04 15:00"),
    (Rung(clocks.BEFORE_DUE, by=(3, 120000)), 0, "2026-03-03 17:00"),
    (Rung(clocks.BEFORE_DUE, by=(4, 300000)), 0, "2026-03-03 09:00"),              # not before the start
    (Rung(clocks.AFTER_START, by=(1, 7500)), 0, "2026-03-03 09:07:30"),
    (Rung(clocks.AFTER_DUE, by=(2, 60000), every=(5, 60000)), 2, "2026-03-07 09:00"),
    (Rung(clocks.AFTER_DUE, by=(2, 60000), every=(5, 60000), in_hours=True), 2, "2026-03-09 08:00"),
])
def test_rungs_fire_by_their_own_terms(rung, turn, expected):
    ledger = clocks.Ledger(calendar(), limit("8 working-hours"), at("2026-03-03 09:00"))
    assert ledger.rung_time(rung, turn) == at(expected)


def test_a_share_of_no_working_time_at_all_is_one_of_plain_time():
    ledger = clocks.Ledger(calendar(mode="same-time"), limit("1 working-days"), at("2026-03-06 20:00"))
    assert ledger.share(800) == at("2026-03-09 16:24")  # of eight working hours
    mondays = calendar(week={1: [(480, 540)]}, mode="same-time")
    idle = clocks.Ledger(mondays, limit("1 working-days"), at("2026-03-03 04:00"))
    assert (idle.due, idle.share(500)) == (at("2026-03-09 04:00"), at("2026-03-06 04:00"))


# ---- for any instant -----------------------------------------------------------------------------------------------

WEEKS = [OFFICE, {1: [(540, 1020)], 4: [(75, 165), (1380, 1440)]}, {day: [(0, 1440)] for day in range(1, 8)},
         {day: [(0, 150), (480, 720)] for day in range(1, 7)}]
ZONES = [SHANGHAI, NEW_YORK, BERLIN, "Australia/Lord_Howe"]
CALENDARS = [calendar(zone, week, mode=mode, day_minutes=480)
             for zone in ZONES for week in WEEKS for mode in ("hours", "same-time")]
DAYLIGHT = [at("2026-03-08 03:00", NEW_YORK), at("2026-11-01 01:00+", NEW_YORK), at("2026-03-29 03:00", BERLIN),
            at("2026-10-25 02:00+", BERLIN), at("2026-04-05 01:30+", "Australia/Lord_Howe")]

some_calendar = st.sampled_from(CALENDARS)
instants = st.one_of(st.integers(at("2025-01-01 00:00"), at("2027-01-01 00:00")),
                     st.builds(lambda change, minutes: change + minutes * MINUTE, st.sampled_from(DAYLIGHT),
                               st.integers(-300, 300)))
amounts = st.one_of(st.integers(1, 40 * HOUR), st.integers(1, 160).map(lambda quarters: quarters * 15 * MINUTE))


@hypothesis.given(some_calendar, instants, amounts)
def test_what_was_added_is_what_lies_between(calendar, begin, amount):
    end = cal.add(calendar, begin, amount)
    assert cal.between(calendar, begin, end) == amount == -cal.between(calendar, end, begin)
    assert cal.between(calendar, begin, end - 1) == amount - 1  # there is no earlier such instant


@hypothesis.given(some_calendar, instants, amounts)
def test_adding_and_taking_away_inside_working_time_changes_nothing(calendar, begin, amount):
    inside = cal.next_working(calendar, begin)
    assert cal.add(calendar, cal.add(calendar, inside, amount), -amount) == inside


@hypothesis.given(some_calendar, instants, st.integers(0, 3 * DAY), amounts, amounts)
def test_who_starts_later_or_has_more_is_not_due_earlier(calendar, begin, later, amount, more):
    end = cal.add(calendar, begin, amount)
    assert end <= cal.add(calendar, begin + later, amount)
    assert end < cal.add(calendar, begin, amount + more)


@hypothesis.given(some_calendar, instants, instants, st.sampled_from(["1", "2.5", "0.75"]))
def test_working_days_do_not_overtake(calendar, one, two, number):
    """From working days, that is: by the same time of day, what comes on Sunday morning is due before Saturday night's.

    And not where the clocks change: a time that they show twice means the first, one that they skip is moved on.
    """
    hypothesis.assume(abs(one - two) > 2 * HOUR)
    hypothesis.assume(all(calendar.is_working_day(calendar.local_day(begin)) for begin in (one, two)))
    first, second = sorted([one, two])
    assert due(calendar, first, f"{number} working-days") <= due(calendar, second, f"{number} working-days")


@hypothesis.given(some_calendar, instants, st.integers(0, 2000))
def test_working_time_is_the_sum_of_its_minutes(calendar, begin, minutes):
    begin = begin // MINUTE * MINUTE
    slow = sum(calendar.is_working_time(begin + i * MINUTE) for i in range(minutes))
    assert cal.between(calendar, begin, begin + minutes * MINUTE) == slow * MINUTE


@hypothesis.given(some_calendar, instants, amounts)
def test_a_pause_of_nothing_changes_nothing_and_shares_meet_the_due_time(calendar, begin, amount):
    plain = clocks.Ledger(calendar, ("working-hours", max(1, amount // 60)), begin)
    paused = clocks.Ledger(calendar, plain.limit, begin, pauses=[(begin + amount // 2, begin + amount // 2)])
    assert (paused.due, paused.share(500)) == (plain.due, plain.share(500))
    assert begin <= plain.share(1) <= plain.share(999) <= plain.due == plain.share(1000) <= plain.share(1001)


@hypothesis.given(st.sampled_from([*ZONES, "America/Santiago"]), instants)
def test_the_wall_clock_is_read_both_ways(name, begin):
    zone = cal.Zone(name)
    local = zone.local(begin)
    assert zone.reached(local) == zone.utc(local) <= begin
    assert zone.local(zone.reached(local)) == local
    assert zone.reached(local) <= zone.reached(local + 1)
