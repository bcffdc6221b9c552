"""The record of the joint operation against its figures: events, clocks, rungs, summonses, books.

    audit.py FILE      a record that main.py --joint --record FILE kept; exit status 0 when all figures hold
"""
import collections
import json
import sys

import figures
import reckon
from clock import show as hour
from record import Record
from words import Words

SUPERVISE = 3  # the rung of the ladder that orders, on the clocks of accept and report
ORDERING = (4, 5)


def check(words, taken):
    """The sums of the days' books."""
    record = Record(taken["view"])
    reckon.prove(words)
    count_events(words, record)
    compare_clocks(words, record)
    compare_summons(words, record)
    compare_held(words, record, taken["summonses"])
    return compare_books(words, record, taken["days"])


def count_events(words, record):
    counts = collections.Counter(e["kind"] for e in record.events)
    for kind, wanted in figures.EVENTS.items():
        words.check(f"events of the kind {kind}", counts[kind], wanted)
    words.check("events of other kinds", set(counts) - set(figures.EVENTS) - {"rung", "delivered"}, set())
    told = [e["seq"] for e in record.events if any(r["code"] == "xf/B" for r in e.get("recipients", []))]
    words.check("contact B was reached with all that he was told, once each",
                sorted(e["about_seq"] for e in record.of("delivered")), told)


# ---- clocks ----------------------------------------------------------------------------------------------------------

def fired(clock):
    return [(r["id"], r["at_ms"]) for r in clock["rungs"] if r.get("fired_ms")]


def orders(record):
    """Each rung that orders starts a clock to answer, and so does the supervision office."""
    rungs = [e for e in record.of("rung") if e["rung"] == SUPERVISE and e["stage"] in ORDERING]
    return [("answer", e["target"], e["at_ms"], None) for e in rungs] + \
        [("answer", e["target"], e["at_ms"], reckon.ordered(e["at_ms"], figures.ORDER_UNTIL))
         for e in record.of("supervised")]


def compare_clocks(words, record):
    wanted = [(stage, unit, reckon.begins(stage, record.at(*start)), None) for stage, unit, start in figures.CLOCKS]
    wanted += orders(record)
    clocks = {(c["stage"], c["unit"], c["start_ms"]): c for c in record.case["clocks"]}
    words.check("who was on which clock, and since when", sorted(clocks), sorted(w[:3] for w in wanted))
    total = 0
    for stage, unit, start, until in wanted:
        clock = clocks.get((stage, unit, start))
        if clock:
            words.check(f"{stage} of {unit} since {hour(start)} is due", clock["due_ms"], until or reckon.due(stage, start))
            rungs = [r for r in reckon.rungs(stage, start, until) if r[1] <= clock["stopped_ms"]]
            words.check(f"rungs of {stage} of {unit} since {hour(start)}", fired(clock), rungs)
            total += len(rungs)
    words.check("rungs in all", len(record.of("rung")), total)


# ---- summonses -------------------------------------------------------------------------------------------------------

def compare_summons(words, record):
    words.check("how each summons ended", {s["unit"]: (s["state"], s.get("verdict"), s.get("reworks", 0), s.get("handler"))
                                           for s in record.case["summons"]}, figures.SUMMONS)


def spans(record, unit):
    return [record.at(*end) - record.at(*begin) for begin, end in figures.HELD[unit]]


def compare_held(words, record, rows):
    held = {row["unit"]: row["held_ms"] for row in rows} | {figures.DESK: record.desk_ms()}
    words.check("held by each unit and the desk", held, {unit: sum(spans(record, unit)) for unit in figures.HELD})


# ---- the day's books -------------------------------------------------------------------------------------------------

def late(record, day, kind, stage):
    """Who came after his time, by the figures, on this day."""
    found = collections.Counter()
    for event in record.of(kind):
        starts = [record.at(*start) for s, unit, start in figures.CLOCKS if (s, unit) == (stage, event["unit"])]
        due = reckon.due(stage, max(start for start in starts if start <= event["at_ms"]))
        found[event["unit"]] += event["at_ms"] > due and hour(event["at_ms"], "%Y-%m-%d") == day
    return +found


def books_by_hand(record, day):
    rows = {unit: dict(row) for unit, row in figures.BOOKS[day].items()}
    for field, kind, stage in (("accepted_late", "accepted", "accept"), ("reported_late", "reported", "report")):
        for unit, count in late(record, day, kind, stage).items():
            rows[unit][field] = count
    for unit, count in rungs(record, day).items():
        rows.setdefault(unit, {})["rung"] = count
    return rows


def rungs(record, day):
    """How many rungs fired on the day, by the unit on the clock."""
    return collections.Counter(e["clocks"][0]["unit"] for e in record.of("rung") if hour(e["at_ms"], "%Y-%m-%d") == day)


def counts(row):
    return {field: value for field, value in row.items() if isinstance(value, int) and value}


def compare_books(words, record, days):
    total = collections.Counter()
    for day, book in days.items():
        rows = {row["unit"]: counts(row) for row in book["units"]}
        words.check(f"the books of {day}", rows, books_by_hand(record, day))
        words.check(f"the whole of {day}", counts(book["day"]), dict(sum(map(collections.Counter, rows.values()), collections.Counter())))
        total.update(counts(book["day"]))
    words.check("response, solution, satisfaction", rates(total), figures.RATES)
    return total


def rates(total):
    """(how many, of how many): the unit that was excused had not to come."""
    return {"response": (total["reported"], total["called"] - 1),
            "solution": (total["solved"], total["solved"] + total["not_solved"]),
            "satisfaction": (total["satisfied"], total["satisfied"] + total["dissatisfied"])}


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        said = Words(steps=0)
        check(said, json.load(file))
        sys.exit(said.count())
