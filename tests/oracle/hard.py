"""Cities that are hard to reckon for: the sample city's streets and units, with other calendars, limits and ladders.

Each of the daemon's ways of counting days has a city, in a zone whose clocks change within working hours; limits have
parts and come in all measures; ladders have every kind of rung. Made from config/city, whatever that holds.
"""
import csv
import io
import pathlib
import random
import re
import shutil

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CITY = ROOT / "config" / "city"

# How days count → zone, and what the city's own calendar says. Where `years` is [2025], 2026 is not loaded.
CITIES = {
    "hours": ("Australia/Lord_Howe", """
  week:
    mon-fri: [01:00-03:00, 08:00-12:00, 14:00-18:00]
    sat-sun: [01:45-02:15]
  exceptions: holidays.csv
  years: [2025]
"""),
    "same-time": ("America/New_York", """
  week: {mon-fri: [08:30-17:00], sat: [09:00-12:30]}
  years: every
  start:
    - {day_off: yes}
    - {from: 17:00, to: 08:30}
    - {before: 08:30, to: 08:30, natural: yes}
"""),
    "end-of-day": ("Europe/Berlin", """
  week:
    mon-fri: [00:00-02:30, 08:00-12:00, 14:00-24:00]
    sun: [01:00-04:00]
  exceptions: holidays.csv
  years: [2025]
  start:
    - {from: 16:00, natural: yes}
    - {day_off: yes, to: 09:00}
"""),
}
OTHER = """
  week: {mon-sun: [00:00-24:00]}
  years: every
"""
LADDER = """
  - {id: 1, at: 33.3%, act: tell, to: [unit, A]}
  - {id: 2, before_due: 2工作时, act: tell, to: [unit, B]}
  - {id: 3, before_due: 0.5工作日, act: tell, to: [unit, B], in_hours: yes}
  - {id: 4, after_start: 45分钟, act: tell, to: [unit], urgent: yes}
  - {id: 5, after_due: 1工作日, act: supervise, to: role:supervisor, limit: 1.5工作日, ladder: answer}
  - {id: 6, at: 137%, act: tell, to: [unit], in_hours: yes}
  - {id: 7, after_due: 1自然日, every: 0.5自然日, times: 3, act: tell, to: unit}
  - {id: 8, after_due: 1工作时, every: 0.5工作日, times: 3, act: tell, to: unit, urgent: yes}
"""
KEPT_LADDERS = {"answer", "emergency"}  # an order of supervision that leads to another one would never end
RESOLVE = ("1工作日 2工作日 0.5工作日 1.25工作日 3工作日 15工作日 5自然日 1自然日 0.5自然日 2.5自然日 1紧急工作日 "
           "3紧急工作时 7.5工作时 0.333工作时 30分钟").split()
REPORT = "2工作时 0.5工作日 1工作日 0.25自然日".split()


def make(name, directory, seed=1):
    """The rulebook of one of CITIES in a new directory; its path."""
    zone, calendar = CITIES[name]
    draw = random.Random(seed)
    rules = pathlib.Path(shutil.copytree(CITY, directory))
    rewrite(rules / "rulebook.yaml", lambda text: re.sub(r"(?m)^zone: .*", f"zone: {zone}", text))
    rewrite(rules / "calendars.yaml", lambda text: calendars(text, name, calendar))
    rewrite(rules / "ladders.yaml", ladders)
    rewrite(rules / "conditions.csv", lambda text: conditions(text, draw))
    rewrite(rules / "rules.yaml", lambda text: re.sub(r"(?<=resolve: )[^,}]+", lambda _: draw.choice(RESOLVE), text))
    return rules


def rewrite(path, change):
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def calendars(text, mode, own):
    """The city's own calendar is the hard one; whatever others there are never rest."""
    first, *others = yaml.load(text, Loader=yaml.BaseLoader)
    said = {first: own} | dict.fromkeys(others, OTHER)
    return "".join(f"{name}:{said[name]}  mode: {mode}\n" for name in said)


def ladders(text):
    names = yaml.load(text, Loader=yaml.BaseLoader)
    kept = [part for part in re.split(r"(?m)^(?=\w+:)", text) if part.partition(":")[0] in KEPT_LADDERS]
    return "\n".join([*kept, *(f"{name}:{LADDER}" for name in names if name not in KEPT_LADDERS)])


def conditions(text, draw):
    rows = [row for row in csv.reader(io.StringIO(text)) if row and not row[0].startswith("#")]
    head = rows[0]
    for row in rows[1:]:
        row[head.index("resolve")], row[head.index("report")] = draw.choice(RESOLVE), draw.choice(REPORT)
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
