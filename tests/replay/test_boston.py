"""Boston 311, July to September 2011: a rulebook learned from a sample of 3,000 rows meets the rest of the quarter.

Learned are who gets what (type and public works district → department) and each type's limit. Only the names of types
and districts are taken from all rows: they are the city's lists, not its decisions.
"""
import collections
import datetime
import types

import pytest

import learn
import replay_kit

pytestmark = replay_kit.needs_data

SAMPLE = "boston311_2011q3_sample3000.csv"
QUARTER = "boston311_2011q3.csv.gz"
ROUTED = 0.94        # to the department that the city recorded
ON_TARGET = 0.98     # within CLOSE of the city's own target
CLOSE = datetime.timedelta(minutes=10)
DAY = datetime.timedelta(1)


def district_of(row):
    """Some rows have lost the leading zero, some have no district."""
    text = row["pwd_district"]
    return text.zfill(2) if text.isdigit() else text or "unknown"


def department_of(row):
    """Its code for the daemon: one has a blank ("No Q")."""
    return row["department"].replace(" ", "_")


def codes_of(rows):
    """(reason, type) → code. A reason has a code of two digits, its types add two more."""
    codes = {}
    for i, reason in enumerate(sorted({row["reason"] for row in rows}), 1):
        codes[reason, None] = f"{i:02}"
        for j, kind in enumerate(sorted({row["type"] for row in rows if row["reason"] == reason}), 1):
            codes[reason, kind] = f"{i:02}{j:02}"
    return codes


# ---- limits, in the city's own way (boston/calendars.yaml says it to the daemon) ----

def when(text):
    return datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S")


def working(day):
    while day.weekday() > 4:
        day += DAY
    return day


def started(opened):
    at = working(opened)
    return working(at + DAY).replace(hour=8, minute=30, second=0) if at.hour >= 17 else at


def limits_that_fit(row):
    """(days, business) whose due time lies by the city's own target: calendar days from the opening itself, business
    days from the start, one by one."""
    opened, target = when(row["open_dt"]), when(row["target_dt"])
    days = (target - opened + DAY / 2) // DAY
    if abs(opened + days * DAY - target) <= CLOSE:
        yield days, False
    at, days = started(opened), 0
    while at <= target + CLOSE:
        if abs(at - target) <= CLOSE:
            yield days, True
        at, days = working(at + DAY), days + 1


def learn_limits(sample):
    """Type → the limit that explains most of its targets."""
    votes = collections.defaultdict(collections.Counter)
    for row in sample:
        if row["target_dt"]:
            votes[row["type"]].update(limit for limit in limits_that_fit(row) if limit[0])
    return {kind: min(count, key=lambda limit: (-count[limit], limit)) for kind, count in votes.items() if count}


# ---- the rulebook ----

def write_rulebook(city, sample, quarter):
    codes = codes_of(quarter)
    code_of = {kind: code for (_, kind), code in codes.items() if kind}
    levels = [lambda r: (codes[r["reason"], None], ""),
              lambda r: (code_of[r["type"]], ""),
              lambda r: (code_of[r["type"]], district_of(r))]
    table = learn.learn(sample, levels, department_of)
    rules = [(category, area, unit) for level in reversed(table.rules) for (category, area), unit in level.items()]
    limits = learn_limits(sample)
    city.table("areas.csv", ["code", "level", "name", "parent"],
               [("boston", "city", "Boston", "")] +
               [(code, "district", f"Public works district {code}", "boston")
                for code in sorted(set(map(district_of, quarter)))])
    city.table("units.csv", ["code", "name", "type", "area"],
               [("311", "Mayor's 24 Hour Hotline", "centre", "boston")] +
               [(code, code, "department", "boston") for code in sorted(set(map(department_of, sample)))])
    city.table("categories.csv", ["code", "name", "parent"],
               [(code, kind or reason, codes[reason, None] if kind else "") for (reason, kind), code in codes.items()])
    city.table("conditions.csv", ["category", "code", "text", "resolve"],
               [(code_of[kind], "1", kind, f"{days} {'working-days' if business else 'natural-days'}")
                for kind, (days, business) in sorted(limits.items())])
    city.table("rules.csv", ["id", "category", "area", "lead"], [(f"L{i}", *rule) for i, rule in enumerate(rules, 1)])
    city.map_table("types.csv", code_of.items())
    city.map_table("areas.csv", {row["pwd_district"]: district_of(row) for row in quarter}.items())
    replay_kit.say(f"boston: {len(rules)} rules (margin {table.margin}) and {len(limits)} limits learned from "
                   f"{len(sample):,} rows")
    return table


@pytest.fixture(scope="module")
def boston(tmp_path_factory):
    """The rest of the quarter, imported: .table as learned, .rows by case_enquiry_id, .cases (as listed), .city."""
    sample, quarter = replay_kit.read_rows(SAMPLE), replay_kit.read_rows(QUARTER)
    seen = {row["case_enquiry_id"] for row in sample}
    rest = replay_kit.as_many_as_fit([row for row in quarter if row["case_enquiry_id"] not in seen])
    city = replay_kit.City("boston", tmp_path_factory.mktemp("boston"))
    table = write_rulebook(city, sample, quarter)
    print(city.check())
    city.start()
    try:
        city.import_twice("boston", rest)
        yield types.SimpleNamespace(city=city, table=table, rows={row["case_enquiry_id"]: row for row in rest},
                                    cases=city.list())
    finally:
        city.stop()


def row_of(boston, case):
    return boston.rows[case["title"].split()[0]]


def test_goes_to_the_department_that_had_it(boston):
    assert len(boston.cases) == len({case["title"].split()[0] for case in boston.cases}) == len(boston.rows)
    wrong = collections.Counter()
    for case in boston.cases:
        called, wanted = [unit["code"] for unit in case["units"]], department_of(row_of(boston, case))
        if called != [wanted]:
            wrong[row_of(boston, case)["type"], *called, wanted] += 1
    share = replay_kit.figure("boston", len(boston.cases) - sum(wrong.values()), len(boston.cases),
                              "to the department that the city recorded")
    for (kind, *units), count in wrong.most_common(5):
        print(f"    {count} {kind}: {units[0]}, the city {units[-1]}")
    assert share >= ROUTED


def test_decides_as_the_table_says(boston):
    for case in boston.cases:
        decided = boston.table.decide(row_of(boston, case))
        assert [unit["code"] for unit in case["units"]] == [decided[1] if decided else "PWDx"], case


def test_is_due_when_the_city_said(boston):
    views = boston.city.show(case["number"] for case in boston.cases)
    aimed = close = 0
    late = collections.Counter()
    for view in views:
        row = boston.rows[view["case"]["whistle"]["source_no"]]
        assert "promised_ms" in view["case"], view["case"]
        if row["target_dt"]:
            promised = when(view["case"]["promised"][:19].replace("T", " "))
            good = abs(promised - when(row["target_dt"])) <= CLOSE
            aimed, close = aimed + 1, close + good
            late[row["type"]] += not good
    share = replay_kit.figure("boston due", close, aimed, "within ten minutes of the city's own target")
    print("   ", ", ".join(f"{count} {kind}" for kind, count in late.most_common(5)))
    assert share >= ON_TARGET


def test_keeps_what_the_row_said(boston):
    for view in boston.city.show(case["number"] for case in boston.cases[::37]):
        case, row = view["case"], boston.rows[view["case"]["whistle"]["source_no"]]
        assert case["state"] == "closed" and case["history"]
        assert case["whistle"]["reported"][:19].replace("T", " ") == row["open_dt"]
        assert view["category_name"] == row["type"]
        assert case["area"] == f"boston/{district_of(row)}"
        assert view.get("personal", {}).get("address", "") == row["location_street_name"]
        kept = {a["name"]: a["value"] for a in case["whistle"]["attributes"]}
        assert kept.get("neighborhood", "") == row["neighborhood"] and kept["source"] == row["source"]
        assert case["rule"]["id"] == "default" or case["rule"]["file"] == "rules.csv"


def test_history_wakes_nobody(boston):
    assert boston.city.tool("reader", "list", "--json", "--open") == ""
    assert boston.city.tool("PWDx", "watch", "--for", "PWDx", "--once", "--json") == ""
