"""The joint whistle of Friday 16:50: five units, one declines, one is late, its contact B is reached."""
import reckon
from clock import day, ms, show as hour
from figures import OFFICE, UNITS
from operation import AGENTS


def show(op):
    submit(op)
    accepted(op)
    ruled(op)
    climbed(op)


def submit(op):
    op.until("2026-02-13T16:50")
    answer = op.city.whistle(
        OFFICE, "submit", "--kind", "joint", "--category", "0402", "--area", OFFICE, "--title", "东门菜场店外经营 堵塞通道",
        "--name", "张桂兰", "--phone", "13800008000", "--confidential", "--appointed", "2026-02-14T09:00",
        "--meeting-point", "东门菜场", "--yes", agent=AGENTS[OFFICE])
    op.day.submitted += 1
    op.number, op.names = answer["number"], {c["unit"]: c["name"] for c in answer["called"]}
    promised(op, answer)
    called(op, answer)
    op.words.at(hour(op.filed), "吹哨", "whistle", op.words.mix(
        f"{op.number}  书院社区 ‹综合执法哨|joint›   ‹集合|meet› 02-14 09:00 东门菜场   ‹承诺|due› {day(answer['promised_ms'])}"))
    op.words.line("        " + op.words.mix(
        f"‹主办|lead›   {op.names['cg']}   ‹协办|assist›  " + " · ".join(op.names[u] for u in UNITS[1:])))
    rule = answer["rule"]
    op.words.line("        " + op.words.mix(
        f"‹依据|why›    {rule['file']}:{rule['line']} {rule['id']} @ ‹规则|rules› {rule['rulebook'][:4]}…  "
        "2 ‹工作日|working days› = ‹周五|Fri› 1h10 + ‹周六|Sat› 8h + [‹春节 9 天|9 days off›] + ‹周二|Tue› 6h50"))


def promised(op, answer):
    op.filed = op.case()["filed_ms"]
    op.words.check("its number of the day", op.number[:11], f"260213-{op.day.submitted:04}")
    op.words.true("filed at 16:50", 0 <= op.filed - ms("2026-02-13T16:50") < 20 * 60000)
    op.words.check("promised in 2 working days", answer["promised_ms"], reckon.due("resolve", op.filed))


def called(op, answer):
    units = answer["called"]
    op.words.check("five units are called", [c["unit"] for c in units], UNITS)
    op.words.check("1 working hour to accept", {c["accept_due_ms"] for c in units}, {reckon.due("accept", op.filed)})
    op.words.check("on site by Sat 09:30", {c["report_due_ms"] for c in units}, {reckon.due("report", op.filed)})
    op.words.check("contact A of the market bureau is away, B is called", units[1]["contact"], "B")


def accepted(op):
    by = {"cg": op.words.pick("python 订阅端,无 SP 库", "python subscriber, no SP library"), "scj": "whistle watch --exec",
          "water": "whistle watch --exec"}
    for unit, how in by.items():
        event = op.wait("accepted", unit=unit)
        op.words.check(f"{unit} accepts in time", event.get("late", False), event["at_ms"] > reckon.due("accept", op.filed))
        op.tell(event, "签收", "accept", f"{op.names[unit]} ({how})")


def ruled(op):
    event = op.wait("declined", unit="jj")
    case = op.case()
    running = [c for c in case["clocks"] if c["stage"] == "resolve" and c["unit"] == "jj" and not c.get("stopped_ms")]
    op.words.check("the traffic police declines", event["reason"], "D02")
    op.words.check("the case waits for a ruling", case["state"], "arbitration")
    op.words.check("its resolve clock runs on", len(running), 1)
    op.tell(event, "退单", "decline", f"{op.names['jj']} D02 非本单位职责 → {op.words.pick('裁定台, 计时不停', 'desk, clock runs on')}")
    op.until("2026-02-13T17:40")
    op.words.check("the desk upholds", op.act("centre", "reassign", "--unit", "jj", "--to", "jj")["state"], "in_hand")
    ruling = op.wait("reassigned")
    op.words.check("on the record", ruling["ruling"], "uphold")
    op.tell(ruling, "裁定", "ruling", f"{op.words.pick('维持派单', 'uphold')} (区城运中心 陈**)")
    op.tell(op.wait("accepted", unit="jj"), "签收", "accept", op.names["jj"])


def climbed(op):
    """The fire brigade did not accept: its contact B is called, block and line are told, an order waits."""
    call = op.wait("rung", target="xf", rung=2)
    order = op.wait("rung", target="xf", rung=3)
    op.words.true("the rung fires as the hour to accept is over", 0 <= call["at_ms"] - reckon.due("accept", op.filed) < 20 * 60000)
    told = {r["code"] for r in order["recipients"]}
    op.words.check("the block above, the line above and the supervisors hear of it",
                   {"420902001", "yj", "supervise"} - told, set())
    op.words.check("contact B was reached by", op.wait("delivered", target="xf/B")["means"], "sms")
    op.tell(call, "超期", "late", op.words.mix(
        f"{op.names['xf']} ‹未签收|did not accept› → ‹B岗|contact B› 李** ‹短信送达|sms delivered› · ‹块|block› 书院街道 · "
        "‹条|line› 区应急管理局"))
    event = op.wait("accepted", unit="xf")
    op.words.true("contact B accepts, late", event.get("late"))
    op.words.true("and the order of supervision is answered", op.wait("answered", unit="xf"))
    op.tell(event, "签收", "accept", f"{op.names['xf']} {op.words.pick('B岗', 'contact B')} 李**")
