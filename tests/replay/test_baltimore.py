"""Baltimore 311, 2014 to 2019: positions find their neighbourhood, types their agency, limits their date.

278 outlines, two of which cut themselves. Agencies are learned from one half of the records and scored on the other.
Limits are learned from all of them and scored on all: what is asked is whether one limit per type says when the city
wanted to be done. A second figure is what the limits of one half give on the other.
"""
import collections
import csv
import datetime
import json
import random
import re
import types
import zoneinfo

import pytest

import learn
import replay_kit

pytestmark = replay_kit.needs_data

RECORDS = "baltimore311_10000.csv.gz"
OUTLINES = "baltimore_neighborhoods.geojson"
ZONE = zoneinfo.ZoneInfo("America/New_York")
PLACED = 0.99    # of precise points, in the neighbourhood that the city recorded
ROUTED = 0.98    # to the agency that the city recorded
FORESEEN = 0.99  # of the due times of one half, by limits of the other
HALF = 1         # the seed of the draw
INVALID = 2      # outlines that cut themselves
AT_ONCE = "at once"  # some types are due as they are opened


def is_precise(row):
    """Some rows have no position, some one that was rounded to whole degrees (39, -77)."""
    return any(len(row[k].partition(".")[2]) >= 3 for k in ("Latitude", "Longitude"))


def when(text):
    return datetime.datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p")


def agency_of(row):
    return row["Agency"].lower().replace(" ", "-").replace("'", "")


def class_of(row):
    """The part in front of the dash: SW, TRM, HCD."""
    return row["SRType"].partition("-")[0]


def codes_of(rows):
    """(class, type) → code: two digits, then three."""
    codes = {}
    for i, name in enumerate(sorted({class_of(row) for row in rows}), 1):
        codes[name, None] = f"{i:02}"
        for j, kind in enumerate(sorted({row["SRType"] for row in rows if class_of(row) == name}), 1):
            codes[name, kind] = f"{i:02}{j:03}"
    return codes


def half_of(rows):
    order = sorted(rows, key=lambda row: row["ServiceRequestNum"])
    random.Random(HALF).shuffle(order)
    return order[:len(order) // 2], order[len(order) // 2:]


def instant_ms(text):
    """Two rows are due at 02:23 and 02:43 of a night whose clocks go from 02:00 to 03:00: the old clock's 02:23 is the
    new one's 03:23."""
    return int(when(text).replace(tzinfo=ZONE).timestamp()) * 1000


def days_of(row):
    """A limit of n days is due at the same time of day; 0: as it is opened."""
    span = when(row["DueDate"]) - when(row["CreatedDate"])
    return span.days if not span.seconds else None


def learn_days(rows):
    votes = collections.defaultdict(collections.Counter)
    for row in rows:
        if row["DueDate"] and days_of(row) is not None:
            votes[row["SRType"]][days_of(row)] += 1
    return {kind: min(count, key=lambda days: (-count[days], days)) for kind, count in votes.items()}


def limit_of(days):
    return f"{days} natural-days" if days else AT_ONCE


def write_outlines(city):
    """The neighbourhoods' outlines with codes of their own: name → code."""
    outlines = json.loads((replay_kit.DATA / OUTLINES).read_text(encoding="utf-8"))
    codes = {}
    for i, feature in enumerate(outlines["features"], 1):
        codes[feature["properties"]["name"]] = feature["properties"]["code"] = f"N{i:03}"
    (city.rules / "areas.geojson").write_text(json.dumps(outlines), encoding="utf-8")
    return codes


def write_rulebook(city, training, rows):
    """Outlines and lists of types are the city's; limits are learned from all rows, agencies from `training` alone."""
    codes, hoods = codes_of(rows), write_outlines(city)
    code_of = {kind: code for (_, kind), code in codes.items() if kind}
    levels = [lambda r: codes[class_of(r), None], lambda r: code_of[r["SRType"]]]
    table = learn.learn(training, levels, agency_of)
    rules = [rule for level in reversed(table.rules) for rule in level.items()]
    agencies = {agency_of(row): row["Agency"] for row in training}
    city.table("areas.csv", ["code", "level", "name", "parent"],
               [("baltimore", "city", "Baltimore", "")] +
               [(code, "neighborhood", name, "baltimore") for name, code in hoods.items()])
    city.table("units.csv", ["code", "name", "type", "area"],
               [(code, name, "department", "baltimore") for code, name in sorted(agencies.items())])
    city.table("categories.csv", ["code", "name", "parent"],
               [(code, kind or name, codes[name, None] if kind else "") for (name, kind), code in codes.items()])
    limits = learn_days(rows)
    city.table("conditions.csv", ["category", "code", "text", "resolve"],
               [(code_of[kind], "1", kind, limit_of(days)) for kind, days in sorted(limits.items())])
    city.table("rules.csv", ["id", "category", "lead"], [(f"L{i}", *rule) for i, rule in enumerate(rules, 1)])
    city.map_table("types.csv", code_of.items())
    replay_kit.say(f"baltimore: {len(rules)} rules (margin {table.margin}) learned from {len(training):,} rows, "
                   f"{len(limits)} limits from {len(rows):,}")
    return table, limits


def import_refused(city, path):
    """What lies nowhere for the daemon is taken once more with a map that says: somewhere in the city."""
    somewhere = city.map.with_name("somewhere.yaml")
    somewhere.write_text(city.map.read_text().replace("fields:\n", "fields:\n  area: baltimore\n"))
    return city.import_file("baltimore somewhere", path, map_file=somewhere)


def show_all(city):
    """The views of all cases by the number of their row."""
    return {view["case"]["whistle"]["source_no"]: view for view in city.show(case["number"] for case in city.list())}


@pytest.fixture(scope="module")
def baltimore(tmp_path_factory):
    """All records, imported by their positions: .rows by their number, .views as shown, .refused. Then those that were
    refused, in the city at large: .everywhere are the views of all."""
    rows = replay_kit.read_rows(RECORDS)
    training, scored = half_of(rows)
    city = replay_kit.City("baltimore", tmp_path_factory.mktemp("baltimore"))
    table, limits = write_rulebook(city, training, rows)
    said = city.check()
    print(said)
    city.start()
    try:
        path = city.directory / "rows.csv"
        replay_kit.write_records(path, rows)
        first = city.import_file("baltimore", path, status=1)
        second = city.import_file("baltimore", path, status=1)
        assert second == first | {"new": 0, "existed": first["new"]}
        with open(f"{path}.refused.csv", encoding="utf-8-sig", newline="") as f:
            refused = {row["ServiceRequestNum"]: row for row in csv.DictReader(f)}
        views = show_all(city)
        import_refused(city, f"{path}.refused.csv")
        yield types.SimpleNamespace(city=city, table=table, limits=limits, said=said, counts=first, refused=refused,
                                    rows={row["ServiceRequestNum"]: row for row in rows}, training=training,
                                    scored={row["ServiceRequestNum"] for row in scored}, views=views,
                                    everywhere=show_all(city))
    finally:
        city.stop()


def called(view):
    return [summons["unit"] for summons in view["case"]["summons"]]


def test_outlines_that_cut_themselves_are_named(baltimore):
    lines = [line for line in baltimore.said.splitlines() if "outline_invalid" in line]
    print("\n".join(lines))
    assert len(lines) == INVALID and all("areas.geojson" in line for line in lines)


def test_lies_in_the_citys_own_neighbourhood(baltimore):
    good, known = 0, [row for row in baltimore.rows.values() if is_precise(row) and row["Neighborhood"]]
    for row in known:
        view = baltimore.views.get(row["ServiceRequestNum"])
        names = {area["code"]: area["name"] for area in view["areas"]} if view else {}
        good += names.get(view["case"]["area"].split("/")[-1]) == row["Neighborhood"] if view else 0
    share = replay_kit.figure("baltimore place", good, len(known), "in the neighbourhood that the city recorded")
    assert share >= PLACED


def test_no_row_is_dropped_in_silence(baltimore):
    """A row without a precise position lies nowhere: it is refused, with its reason in a file, not put somewhere."""
    assert baltimore.counts["rows"] == baltimore.counts["new"] + baltimore.counts["refused"] == len(baltimore.rows)
    assert set(baltimore.refused) | set(baltimore.views) == set(baltimore.rows)
    assert not set(baltimore.refused) & set(baltimore.views)
    assert all(row["refusal"] for row in baltimore.refused.values())
    reasons = collections.Counter((re.sub(r"-?[0-9]+[.][0-9]+", "…", row["refusal"]), is_precise(row))
                                  for row in baltimore.refused.values())
    for (reason, precise), count in sorted(reasons.items()):
        what = "with a precise position" if precise else "without one"
        replay_kit.say(f"baltimore: {count:,} rows {what} refused: {reason}")
    rounded = [n for n, view in baltimore.views.items() if not is_precise(baltimore.rows[n])]
    assert not rounded, rounded


def test_goes_to_the_agency_that_had_it(baltimore):
    numbers = baltimore.scored & set(baltimore.views)
    good = sum(called(baltimore.views[n]) == [agency_of(baltimore.rows[n])] for n in numbers)
    assert replay_kit.figure("baltimore", good, len(numbers), "to the agency that the city recorded") >= ROUTED


def test_decides_as_the_table_says(baltimore):
    for number, view in baltimore.views.items():
        decided = baltimore.table.decide(baltimore.rows[number])
        assert called(view) == [decided[1] if decided else "call-center"], view


def late_by(baltimore, row):
    """Milliseconds from the city's own due time to the daemon's."""
    return int(baltimore.everywhere[row["ServiceRequestNum"]]["case"]["promised_ms"]) - instant_ms(row["DueDate"])


def test_is_due_when_the_city_said(baltimore):
    """Every row that has a due time, wherever it lies, to the second and over the change of the clocks too."""
    assert set(baltimore.everywhere) == set(baltimore.rows)
    dated = [row for row in baltimore.rows.values() if row["DueDate"]]
    good = sum(late_by(baltimore, row) == 0 for row in dated)
    share = replay_kit.figure("baltimore due", good, len(dated), "at the city's own due time, to the second")
    at_once = sum(not baltimore.limits[row["SRType"]] for row in dated)
    somewhere = sum(row["ServiceRequestNum"] in baltimore.refused for row in dated)
    replay_kit.say(f"baltimore due: {at_once:,} of them are due as they are opened, {somewhere:,} lie nowhere")
    assert share == 1


def test_one_halfs_limits_foresee_the_other(baltimore):
    """Counted here, as the test above holds the daemon to: what was learned must not need the rows it is scored on."""
    limits = learn_days(baltimore.training)
    rows = [baltimore.rows[number] for number in baltimore.scored if baltimore.rows[number]["DueDate"]]
    good = sum(days_of(row) == limits.get(row["SRType"]) for row in rows)
    assert replay_kit.figure("baltimore due", good, len(rows), "so with the limits of the other half") >= FORESEEN
