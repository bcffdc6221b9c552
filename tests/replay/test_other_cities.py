"""Years, hours, holidays and zones that no record has: cities drawn by a seed, every due time reckoned twice.

The daemon's side are imported whistles, whose promised instant is known to the millisecond, and `whistled explain`,
which knows the way from three limits to their due times without a store, in years to come too. The other side is
reckoning.py.
"""
import collections
import datetime
import os
import re
import shutil
import subprocess

import pytest

import invented
import reckoning
import replay_kit

CITIES = int(os.environ.get("WHISTLED_CITIES", "24"))
FIRST = int(os.environ.get("WHISTLED_SEED", "0"))
STARTS = 4 if replay_kit.is_sanitized() else 12  # of each limit
EXPLAINED = 4 if replay_kit.is_sanitized() else 12
KINDS = ["issue", "issue", "issue", "joint", "priority", "emergency"]
DUE = re.compile(r"^(accept|report|resolve) .* → (\d{4}-\d\d-\d\d) \w{3} (\d\d:\d\d)(  provisional)?$", re.M)
STAGES = ("accept", "report", "resolve")


def pytest_generate_tests(metafunc):
    seeds = range(FIRST, FIRST + CITIES)
    metafunc.parametrize("seed", seeds, ids=[f"{invented.ZONES[s % len(invented.ZONES)]}-{s}" for s in seeds])


@pytest.fixture
def town(seed):
    return invented.Town(seed)


def written(town, directory):
    city = replay_kit.City("anytown", directory)
    town.write(city)
    return city


@pytest.fixture
def city(town, tmp_path):
    city = written(town, tmp_path)
    city.check()
    return city


@pytest.fixture(scope="module")
def tally():
    """How many due times were compared, and how many of them were the same."""
    counts = collections.Counter()
    yield counts
    replay_kit.say(f"other cities: {counts[True]:,} of {counts.total():,} due times of {CITIES} cities (seeds {FIRST} to "
                   f"{FIRST + CITIES - 1}) as reckoned anew")


def instant_ms(at):
    return (at - datetime.datetime(1970, 1, 1, tzinfo=reckoning.UTC)) // datetime.timedelta(milliseconds=1)


def stamp(town, at):
    return at.astimezone(town.wall.zone).isoformat()


def story(town, book, text, at, kind):
    """All that is needed to reckon a due time by hand."""
    days = {str(day): what for day, what in book.exceptions.items() if abs(day - at.date()) < 20 * invented.DAY}
    return f"{kind}, {text} from {stamp(town, at)} {town.zone}, by\n{book.text}and near it {days}"


def draw_whistles(town):
    """number → (book, class of it, instant, kind)."""
    drawn = [(book, i, town.draw_start(book.calendar, town.draw_day(invented.PAST)), town.draw.choice(KINDS))
             for book in town.books for i in range(len(book.limits)) for _ in range(STARTS)]
    return {f"W{n}": whistle for n, whistle in enumerate(drawn)}


def imported(city, town, whistles):
    """number → instant of what is promised."""
    path = city.directory / "rows.csv"
    replay_kit.write_records(path, [{"number": number, "kind": kind, "category": book.category(i),
                                     "reported": stamp(town, at)} for number, (book, i, at, kind) in whistles.items()])
    city.start()
    try:
        city.tool("import", "import", "--map", city.map, path)
        views = city.show(case["number"] for case in city.list())
    finally:
        city.stop()
        shutil.rmtree(city.directory / "store")  # a store takes 130 MB of disk from the start
    return {view["case"]["whistle"]["source_no"]: int(view["case"]["promised_ms"]) for view in views}


def test_is_due_as_reckoned_anew(town, city, tally):
    whistles = draw_whistles(town)
    promised, wrong = imported(city, town, whistles), []
    assert set(promised) == set(whistles)
    for number, (book, i, at, kind) in whistles.items():
        text, limit = book.limits[i]
        due = reckoning.due(book.calendar, limit, at, kind == "emergency")
        tally[promised[number] == instant_ms(due)] += 1
        if promised[number] != instant_ms(due):
            said = datetime.datetime.fromtimestamp(promised[number] / 1000, town.wall.zone)
            wrong.append(f"{said}, not {stamp(town, due)}: " + story(town, book, text, at, kind))
    assert not wrong, f"{len(wrong)} of {len(whistles)}\n" + "\n".join(wrong[:3])


def explained(city, category, at, kind):
    """Stage → (what the clock on the wall shows when it is due, to the minute; whether that is provisional)."""
    done = subprocess.run([replay_kit.BUILD / "whistled", "explain", city.rules, "--category", category, "--area", "town",
                           "--at", at, "--kind", kind], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stdout + done.stderr
    return {stage: (f"{day} {time}", bool(provisional)) for stage, day, time, provisional in DUE.findall(done.stdout)}


def test_explain_says_the_same(town, city, tally):
    wrong = []
    for _ in range(EXPLAINED):
        book, kind = town.draw.choice(town.books), town.draw.choice(KINDS)
        at, i = town.draw_start(book.calendar, town.draw_day(invented.YEARS)), town.draw.randrange(len(book.limits))
        said = explained(city, book.category(i), stamp(town, at), kind)
        for stage, (text, limit) in zip(STAGES, town.three(book, i)):
            due = town.wall.reads(reckoning.due(book.calendar, limit, at, kind == "emergency"))
            expected = due.isoformat(" ")[:16], False
            tally[said[stage] == expected] += 1
            if said[stage] != expected:
                wrong.append(f"{stage} {said[stage]}, not {due}: " + story(town, book, text, at, kind))
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:3])


def test_a_year_without_its_holidays_is_provisional(seed, tmp_path, tally):
    """The weekly slots count then, and the due time says that it may change."""
    year = invented.YEARS[seed % len(invented.YEARS)]
    town, wrong = invented.Town(seed, [year]), []
    city = written(town, tmp_path)
    for _ in range(EXPLAINED):
        book, day = town.draw.choice(town.books), datetime.date(year, 12, 30) - town.draw.randrange(15) * invented.DAY
        at, i = town.draw_start(book.calendar, day), town.draw.randrange(len(book.limits))
        said = explained(city, book.category(i), stamp(town, at), "issue")
        for stage, (text, limit) in zip(STAGES, town.three(book, i)):
            book.calendar.asked.clear()
            due = town.wall.reads(reckoning.due(book.calendar, limit, at))
            expected = due.isoformat(" ")[:16], not book.calendar.asked <= book.years
            tally[said[stage] == expected] += 1
            if said[stage] != expected:
                wrong.append(f"{stage} {said[stage]}, not {expected}: " + story(town, book, text, at, "issue"))
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:3])
