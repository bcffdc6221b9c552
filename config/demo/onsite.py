"""Saturday morning, the joint operation at the market: who is there, who is not, and all five done."""
import reckon
from clock import ms, show as hour
from figures import APPOINTED, ORDER_UNTIL, UNITS

ON_SITE = [("09:04", "cg", 4), ("09:06", "scj", 2), ("09:09", "water", 3), ("09:11", "jj", 2)]
REPORT_STAGE = 5  # of the proto's Stage
DONE = [("10:10", "jj"), ("10:20", "scj"), ("10:30", "xf"), ("10:36", "cg"), ("10:40", "water")]


def show(op, worker=lambda unit: unit):
    arrived(op)
    supervised(op)
    done(op, worker)


def arrived(op):
    told = []
    for when, unit, heads in ON_SITE:
        event = report(op, when, unit, heads)
        told.append(f"{hour(event['at_ms'])} {unit} {event['head_count']}{op.words.pick('人', '')}")
    op.words.step("报到", "on site", " · ".join(told) + f" · xf — {op.words.pick('未到', 'not there')}")


def report(op, when, unit, heads):
    op.until(f"2026-02-14T{when}")
    op.act(unit, "report", "--heads", heads, "--person", unit)
    event = op.wait("reported", unit=unit)
    op.words.check(f"{unit} on site, and whether late", (event["head_count"], event.get("late", False)),
                   (heads, event["at_ms"] > reckon.due("report", op.filed)))
    return event


def supervised(op):
    """Not there at 09:30: the ladder orders an answer; the supervision office wants it by 10:00."""
    rung = op.wait("rung", target="xf", rung=3, stage=REPORT_STAGE)
    op.words.true("ordered at 09:30", 0 <= rung["at_ms"] - reckon.due("report", op.filed) < 20 * 60000)
    op.words.check("within 2 working hours", running(rung), [reckon.due("answer", rung["at_ms"])])
    op.until("2026-02-14T09:32")
    op.act("supervise", "supervise", "--to", "xf", "--due", ORDER_UNTIL)
    order = op.wait("supervised", target="xf")
    op.words.check("no, until 10:00", running(order), [reckon.ordered(order["at_ms"], ORDER_UNTIL)])
    op.until("2026-02-14T09:38")
    op.act("xf", "answer", "--text", "途中,五分钟到")
    answer = op.wait("answered", nth=2, unit="xf")
    op.words.check("answered, and whether late", answer.get("late", False), answer["at_ms"] > running(order)[0])
    event = report(op, "09:41", "xf", 2)
    late = (event["at_ms"] - ms(APPOINTED)) // 60000
    op.words.true("the fire brigade is late", event.get("late"))
    op.tell(rung, "督办", "supervise", op.words.mix(
        f"区督查室 → 消防救援大队, ‹限|answer by› {hour(running(order)[0])} ‹答复|answered› {hour(answer['at_ms'])} → "
        f"{hour(event['at_ms'])} ‹报到 2人 (迟到 {late} 分)|on site, 2 (late {late} min)›"))


def running(event):
    return [c["due_ms"] for c in event["clocks"] if c["stage"] == "answer" and not c.get("stopped_ms")]


def done(op, worker):
    states = []
    for when, unit in DONE:
        op.until(f"2026-02-14T{when}")
        states.append(op.act(worker(unit), "resolve", "--reason", "S01")["state"])
    op.words.check("resolved only when all five are done", states, ["in_hand"] * 4 + ["resolved"])
    op.tell(op.wait("resolved", unit="water"), "办结", "done", f"{len(states)}/{len(UNITS)}")
