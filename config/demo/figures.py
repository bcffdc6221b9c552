"""Every figure of the joint operation of 02-13, worked out by hand from config/city: the calendar, rule R11 and its ladders.

When somebody acts is up to him; so a due time is written here for the hour of the story, proven against the slots below,
and then asked of the record from the very millisecond at which its clock started.
"""
OFFICE, STREET, DESK, EXTRA, BRANCH = "420902001001", "420902001", "centre", "power", "zd1"
UNITS = ["cg", "scj", "jj", "xf", "water"]
APPOINTED = "2026-02-14T09:00"
ORDER_UNTIL = "2026-02-14T10:00"

# Working time: 08:00-12:00 and 14:00-18:00. Sat 02-14 is a make-up day 调休, 02-15 to 02-23 are off 春节.
WORKING_DAYS = ["2026-02-13", "2026-02-14", "2026-02-24", "2026-02-25", "2026-02-26"]
WORKING_HOURS = [("08:00", "12:00"), ("14:00", "18:00")]

# Minutes of working time; a working day has 8 hours. What names no verify limit has that of the desk.
LIMITS = {"accept": 60, "resolve": 2 * 480, "arbitrate": 120, "verify": 120, "close": 2 * 480, "answer": 120}
REPORT = 30  # minutes on the clock, from the meeting or from the call, whichever is later

DUES = [  # (stage, clock starts, due)
    ("accept", "2026-02-13T16:50", "2026-02-13T17:50"),
    ("report", "2026-02-13T16:50", "2026-02-14T09:30"),     # the meeting, 09:00, and 30 minutes
    # Fri 16:50-18:00 = 1h10, Sat 8h: 9h10 of 16h. The other 6h50 on Tue: 4h until 12:00, 14:00 + 2h50
    ("resolve", "2026-02-13T16:50", "2026-02-24T16:50"),
    ("accept", "2026-02-13T17:08", "2026-02-14T08:08"),     # the unit too many: 52 min on Fri, 8 on Sat
    ("arbitrate", "2026-02-13T17:21", "2026-02-14T09:21"),  # the desk: 39 min on Fri, 1h21 on Sat
    ("accept", "2026-02-13T17:40", "2026-02-14T08:40"),     # upheld: 20 min on Fri, 40 on Sat
    ("answer", "2026-02-13T17:50", "2026-02-14T09:50"),     # the first order: 10 min on Fri, 1h50 on Sat
    ("answer", "2026-02-14T09:30", "2026-02-14T11:30"),     # the second one, which the order until 10:00 replaces
    ("verify", "2026-02-14T10:40", "2026-02-14T14:40"),     # 1h20 until noon, 14:00 + 40 min
    ("close", "2026-02-14T11:02", "2026-02-25T11:02"),      # 4h58 on Sat, 8h on Tue: 12h58; 08:00 + 3h02 on Wed
    ("accept", "2026-02-14T11:20", "2026-02-14T14:20"),     # rework: 40 min until noon, 14:00 + 20 min
    ("report", "2026-02-14T11:20", "2026-02-14T11:50"),
    ("resolve", "2026-02-14T11:20", "2026-02-25T11:20"),    # 4h40 on Sat, 8h on Tue: 12h40; 08:00 + 3h20 on Wed
    ("verify", "2026-02-14T13:58", "2026-02-14T16:00"),     # at lunch: from 14:00 on
    ("close", "2026-02-14T14:04", "2026-02-25T14:04"),      # 3h56 on Sat, 8h on Tue: 11h56; 4h + 4 min on Wed
]

# Rungs: (id, share of the limit in per cent, minutes of working time after that).
JOINT = [(1, 80, 0), (2, 100, 0), (3, 100, 0), (4, 100, 240)]
WAITING = ANSWER = [(1, 80, 0), (2, 100, 0)]
LADDERS = {"accept": JOINT, "report": JOINT, "resolve": JOINT, "verify": WAITING, "close": WAITING, "answer": ANSWER,
           "arbitrate": [(1, 80, 0), (2, 100, 0), (3, 100, 120)]}
RUNGS = [  # (stage, clock starts, rung, its time)
    ("accept", "2026-02-13T16:50", 1, "2026-02-13T17:38"),     # 80 % of 60 min = 48 min
    ("accept", "2026-02-13T16:50", 4, "2026-02-14T11:50"),     # 4h after 17:50: 10 min on Fri, 3h50 on Sat
    ("arbitrate", "2026-02-13T17:21", 1, "2026-02-14T08:57"),  # 96 min: 39 on Fri, 57 on Sat
    ("report", "2026-02-13T16:50", 1, "2026-02-14T09:24"),     # 80 % of 30 min = 24 min
    ("verify", "2026-02-14T10:40", 1, "2026-02-14T14:16"),     # 96 min: 80 until noon, 14:00 + 16
    ("accept", "2026-02-14T11:20", 1, "2026-02-14T14:08"),     # 48 min: 40 until noon, 14:00 + 8
]

# Clocks: (stage, who is on it, the event that starts it). Five units have three each; an order of supervision has one
# beside these.
CLOCKS = [(stage, unit, ("dispatched",)) for unit in UNITS for stage in ("accept", "report", "resolve")]
CLOCKS += [(stage, EXTRA, ("unit_added",)) for stage in ("accept", "report", "resolve")]
CLOCKS += [(stage, "water", ("rework",)) for stage in ("accept", "report", "resolve")]
CLOCKS += [("arbitrate", DESK, ("declined",)), ("accept", "jj", ("reassigned",))]
CLOCKS += [("verify", STREET, ("resolved", "water", 1)), ("verify", STREET, ("resolved", "water", 2))]
CLOCKS += [("close", OFFICE, ("verified", STREET, 1)), ("close", OFFICE, ("verified", STREET, 2))]

# What happens, but for rungs and deliveries, which follow from when: 5 units accept, jj after the ruling; 5 are on site,
# water twice; 5 + 1 times done, 5 + 1 verdicts and so 2 verifications; xf answers the order of Friday and that of Saturday.
EVENTS = {"filed": 1, "dispatched": 1, "accepted": 5, "unit_added": 1, "excused": 1, "declined": 1, "reassigned": 1,
          "reported": 6, "supervised": 1, "answered": 2, "handed_down": 1, "progressed": 1, "resolved": 6, "verified": 2,
          "evaluated": 6, "rework": 1, "fed_back": 1, "called_back": 1, "closed": 1}

# How each summons ends: state, verdict, times reworked, the branch that had it.
SUMMONS = {"cg": ("done", "solved", 0, BRANCH), "scj": ("done", "solved", 0, None), "jj": ("done", "solved", 0, None),
           "xf": ("done", "solved", 0, None), "water": ("done", "solved", 1, None), EXTRA: ("excused", None, 0, None)}

# Who holds the case, from which event to which; elapsed time.
HELD = {"cg": [(("dispatched",), ("resolved", "cg"))], "scj": [(("dispatched",), ("resolved", "scj"))],
        "jj": [(("dispatched",), ("declined", "jj")), (("reassigned",), ("resolved", "jj"))],
        "xf": [(("dispatched",), ("resolved", "xf"))],
        "water": [(("dispatched",), ("resolved", "water", 1)), (("rework",), ("resolved", "water", 2))],
        EXTRA: [(("unit_added",), ("excused",))], DESK: [(("declined",), ("reassigned",))]}

# The books of the two days, a row for each unit: the lead's and the office's hold what is the case's own; how many came late follows from when.
# Rework is a second call; what was upheld is none. Response = reported / called (without the excused unit, 6 of 6),
# solution = solved / verdicts (5 of 6), satisfaction = 1 of 1.
BOOKS = {
    "2026-02-13": {OFFICE: {"filed": 1, "placed": 1}, "cg": {"called": 1, "accepted": 1}, "scj": {"called": 1, "accepted": 1},
                   "jj": {"called": 1, "accepted": 1, "declined": 1}, "xf": {"called": 1, "accepted": 1, "supervised": 1},
                   "water": {"called": 1, "accepted": 1}, EXTRA: {"called": 1}},
    "2026-02-14": {OFFICE: {"fed_back": 1},
                   "cg": {"reported": 1, "done": 1, "solved": 1, "passed": 2, "resident_solved": 1, "satisfied": 1, "closed": 1},
                   "scj": {"reported": 1, "done": 1, "solved": 1}, "jj": {"reported": 1, "done": 1, "solved": 1},
                   "xf": {"reported": 1, "done": 1, "solved": 1, "supervised": 2},  # by the rung, and by a person
                   "water": {"called": 1, "rework": 1, "accepted": 1, "reported": 2, "done": 2, "solved": 1, "not_solved": 1}},
}
RATES = {"response": (6, 6), "solution": (5, 6), "satisfaction": (1, 1)}
