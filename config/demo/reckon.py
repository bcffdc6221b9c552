"""Due times and rungs a second time: the figures by hand, and the same arithmetic for the milliseconds on record."""
import figures
from clock import ms

MINUTE = 60000
SLOTS = [(ms(f"{day}T{begin}"), ms(f"{day}T{end}")) for day in figures.WORKING_DAYS for begin, end in figures.WORKING_HOURS]


def worked(start_ms, minutes):
    """Where so much working time behind a start ends."""
    left = minutes * MINUTE
    for begin, end in SLOTS:
        there = max(0, end - max(begin, start_ms))
        if there >= left:
            return max(begin, start_ms) + left
        left -= there
    raise ValueError("beyond the working days that the figures know")


def begins(stage, start_ms):
    return max(start_ms, ms(figures.APPOINTED)) if stage == "report" else start_ms


def share(stage, start_ms, percent):
    """Where a share of the limit of a stage has passed."""
    start_ms = begins(stage, start_ms)
    if stage == "report":
        return start_ms + figures.REPORT * MINUTE * percent // 100
    return worked(start_ms, figures.LIMITS[stage] * percent / 100)


def due(stage, start_ms):
    return round(share(stage, start_ms, 100))


def ordered(start_ms, until):
    """An order until a time is due after whole minutes from its start, a part counting as one."""
    return start_ms - (start_ms - ms(until)) // MINUTE * MINUTE


def rungs(stage, start_ms, due_ms=None):
    """[(rung, its time)] of a clock; an order that names its time has its shares of the time until then."""
    found = []
    for rung, percent, after in figures.LADDERS[stage]:
        at = start_ms + (due_ms - start_ms) * percent / 100 if due_ms else share(stage, start_ms, percent)
        found.append((rung, round(worked(at, after) if after else at)))
    return found


def prove(words):
    """The figures by hand agree with the slots of the calendar."""
    for stage, start, wanted in figures.DUES:
        words.check(f"{stage} from {start}", due(stage, ms(start)), ms(wanted))
    for stage, start, rung, wanted in figures.RUNGS:
        words.check(f"rung {rung} of {stage} from {start}", dict(rungs(stage, ms(start)))[rung], ms(wanted))
