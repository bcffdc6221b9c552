"""Step 5, Saturday: the late case is handed up; the joint operation on site; rework; closed."""
from clock import ms, show as hour
from joint import UNITS

ON_SITE = [("09:04", "cg", 4, "王建国"), ("09:06", "scj", 2, "康国庆"), ("09:09", "water", 3, "沈学军"),
           ("09:11", "jj", 2, "段成林")]
REPORT_STAGE = 5  # of the proto's Stage
DONE = [("10:10", "jj"), ("10:20", "scj"), ("10:30", "xf"), ("10:36", "cg"), ("10:40", "water")]


def show(words, city, day_, number):
    handed_up(words, city, day_)
    on_site(words, city, day_, number)
    supervised(words, city, day_, number)
    resolved(words, city, day_, number)
    judged(words, city, day_, number)


def handed_up(words, city, day_):
    first = day_.first
    event = day_.witness.wait(first, "rung", charge="420902001")
    words.true("handed up at Sat 08:31", event and 0 <= event["at_ms"] - ms("2026-02-14T08:31") < 20 * 60000)
    words.check("the street is in charge", city.case(first)["case"]["charge"], "420902001")
    day_.clock.until("2026-02-14T08:52")
    city.whistle("cg", "resolve", first, "--reason", "S01", agent="王建国")
    closed = day_.witness.wait(first, "closed")
    words.true("done and found solved", closed)
    words.at(f"02-14 {hour(event['at_ms'])}", "超期", "late",
             f"{first} → {words.pick('提级', 'hand-up')} 书院街道 → {hour(closed['at_ms'])} {words.pick('办结', 'done')}")


def on_site(words, city, day_, number):
    told = []
    for when, unit, heads, person in ON_SITE:
        day_.clock.until(f"2026-02-14T{when}")
        city.whistle(unit, "report", number, "--heads", heads, "--person", person, agent=person)
        event = day_.witness.wait(number, "reported", unit=unit)
        words.check(f"{unit} on site in time", (event["head_count"], event.get("late", False)), (heads, False))
        told.append(f"{hour(event['at_ms'])} {unit} {event['head_count']}{words.pick('人', '')}")
    words.step(5, 7, "报到", "on site", " · ".join(told) + f" · xf — {words.pick('未到', 'not there')}")


def supervised(words, city, day_, number):
    """Not on site at 09:30: an order of supervision, to be answered within 2 working hours."""
    order = day_.witness.wait(number, "rung", target="xf", rung=3, stage=REPORT_STAGE)
    words.true("ordered at 09:30", order and 0 <= order["at_ms"] - ms("2026-02-14T09:30") < 20 * 60000)
    answer_due = [c["due_ms"] for c in order["clocks"] if c["stage"] == "answer" and not c.get("stopped_ms")]
    words.check("to be answered by 11:30", [due - order["at_ms"] for due in answer_due], [2 * 3600000])
    day_.clock.until("2026-02-14T09:38")
    city.whistle("xf", "answer", number, "--text", "途中,五分钟到", agent="李永刚")
    day_.clock.until("2026-02-14T09:41")
    city.whistle("xf", "report", number, "--heads", "2", "--person", "李永刚", agent="李永刚")
    event = day_.witness.wait(number, "reported", unit="xf")
    late = (event["at_ms"] - ms("2026-02-14T09:00")) // 60000
    words.true("the fire brigade is late", event.get("late"))
    words.at(hour(order["at_ms"]), "督办", "supervise",
             f"区督查室 → 消防救援大队, {words.pick('限', 'answer by')} {hour(answer_due[0])} → {hour(event['at_ms'])} "
             f"{words.pick(f'报到 2人 (迟到 {late} 分)', f'on site, 2 (late {late} min)')}")


def resolved(words, city, day_, number):
    states = []
    for when, unit in DONE:
        day_.clock.until(f"2026-02-14T{when}")
        states.append(city.whistle(unit, "resolve", number, "--reason", "S01", agent=unit)["state"])
    words.check("resolved only when all five are done", states, ["in_hand"] * 4 + ["resolved"])
    event = day_.witness.wait(number, "resolved", unit="water")
    words.at(hour(event["at_ms"]), "办结", "done", f"{len(states)}/{len(UNITS)}")


def judged(words, city, day_, number):
    day_.clock.until("2026-02-14T11:20")
    for unit in UNITS[:4]:
        city.whistle("420902001001", "evaluate", number, "--to", unit, "--solved", agent="周敏")
    city.whistle("420902001001", "evaluate", number, "--to", "water", "--not-solved", "--text", "地面仍有渗水", agent="周敏")
    rework = day_.witness.wait(number, "rework")
    words.at(hour(rework["at_ms"]), "评哨", "verdict",
             words.pick("4 已解决, 自来水 未解决 → 返工", "4 solved, water not solved → rework") + " #1")
    done = wait_second(day_, number)
    words.check("the water company did it again", len(done), 2)
    day_.clock.until("2026-02-14T14:10")
    answer = city.whistle("420902001001", "evaluate", number, "--to", "water", "--solved", agent="周敏")
    words.check("five of five solved: closed", answer["state"], "closed")
    closed = day_.witness.wait(number, "closed")
    case = city.case(number)["case"]
    words.check("verdicts", [s["verdict"] for s in case["summons"]], ["solved"] * 5)
    words.check("reworks", case["reworks"], 1)
    words.at(hour(done[-1]["at_ms"]), "返工办结", "reworked",
             f"{hour(closed['at_ms'])} {words.pick('评哨', 'verdicts')} 5/5 → {words.pick('结案', 'closed')}")


def wait_second(day_, number):
    with day_.witness.changed:
        day_.witness.changed.wait_for(lambda: len(day_.witness.find(number, "resolved", unit="water")) > 1, 30)
        return day_.witness.find(number, "resolved", unit="water")
