"""A department at work: `whistle watch --exec` runs it for each event of the unit's feed, given on standard input.

It accepts what the unit is called to, reports, and resolves, after a while that depends on the seed and the case.
A joint operation it only accepts here; its people report on site themselves.
"""
import json
import os
import random
import subprocess
import sys
import time

unit, person, phone = sys.argv[1:4]
JOINT = {"scj": ("accept", 12), "water": ("accept", 14), "jj": ("decline", 31), "xf": ("accept", 8)}
REWORK_MINUTES = 156


def act(verb, *options):
    subprocess.run([os.environ["DEMO_WHISTLE"], "--principal", unit, "--agent-name", person, verb, number, *options],
                   stdout=subprocess.DEVNULL)


def work(minutes):
    """The department is busy for so many minutes of the city."""
    time.sleep(minutes * 60 / float(os.environ["DEMO_RATE"]))


def comes():
    return "--person", person, "--phone", phone


def answer_joint(kind):
    verb, after = JOINT[unit]
    if kind == "reassigned":  # the desk upheld it
        verb, after = "accept", 4
    work(after)
    if verb == "decline":
        act("decline", "--reason", "D02")
        return
    act("accept", *comes())
    if kind == "rung":  # contact B was called, and an order of supervision waits
        act("answer", "--text", "已联系带班人员,次日到场")


def answer_issue():
    chance = random.Random(f"{os.environ['DEMO_SEED']} {number} {unit}")
    work(chance.randint(2, 10))
    act("accept", *comes())
    work(chance.randint(2, 10))
    act("report", *comes(), "--heads", str(chance.randint(1, 4)))
    work(chance.randint(5, 30))
    act("resolve", "--reason", "S01")


item = json.load(sys.stdin)
event, case = item["happening"]["event"], item.get("case", {})
number, kind = event["number"], event["kind"]
called = any(s["unit"] == unit and s["state"] == "called" for s in case.get("summons", []))
if called and kind == "rework":
    work(3)
    act("report", *comes(), "--heads", "2")
    work(REWORK_MINUTES - 3)
    act("resolve", "--reason", "S01")
elif called and case["whistle"]["kind"] == "joint":
    if kind in ("dispatched", "reassigned") or "--contact" in sys.argv:
        answer_joint(kind)
elif called and kind == "dispatched":
    answer_issue()
