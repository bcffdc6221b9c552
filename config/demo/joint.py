"""The joint whistle of Friday 16:50: five units, one declines, one is late, its contact B is reached."""
from clock import day, ms, show as hour

OFFICE = "420902001001"
UNITS = ["cg", "scj", "jj", "xf", "water"]
# By hand: 2 working days of 8 h from Fri 16:50 = 1h10 (Fri) + 8h (Sat 02-14, make-up day) + the 9 days of
# 春节 02-15..23 + 6h50 on Tue 02-24 = 08:00-12:00 and 14:00-16:50.
PROMISE = ms("2026-02-24T16:50") - ms("2026-02-13T16:50")
# By hand: 1 working hour to accept, all of it on Friday before 18:00.
ACCEPT = 60 * 60000
# By hand: 30 minutes of working time behind the meeting on Saturday 09:00.
REPORT_DUE = ms("2026-02-14T09:30")


def show(words, city, day_):
    number, names = submit(words, city, day_)
    accepted(words, city, day_, number, names)
    ruled(words, city, day_, number, names)
    climbed(words, city, day_, number, names)
    return number


def submit(words, city, day_):
    day_.clock.until("2026-02-13T16:50")
    answer = city.whistle(OFFICE, "submit", "--kind", "joint", "--category", "0402", "--area", OFFICE, "--title",
                          "东门菜场店外经营 堵塞通道", "--name", "张桂兰", "--phone", "13800008000", "--confidential",
                          "--appointed", "2026-02-14T09:00", "--meeting-point", "东门菜场", "--yes", agent="周敏")
    day_.submitted += 1
    number, called = answer["number"], answer["called"]
    names = {c["unit"]: c["name"] for c in called}
    filed = city.case(number)["case"]["filed_ms"]
    words.check("five units are called", [c["unit"] for c in called], UNITS)
    words.check("the 31st whistle of the day", number[:11], "260213-0031")
    words.check("2 working days from Fri 16:50 are Tue 02-24 16:50", answer["promised_ms"] - filed, PROMISE)
    words.true("filed at 16:50", 0 <= filed - ms("2026-02-13T16:50") < 20 * 60000)
    words.check("1 working hour to accept", {c["accept_due_ms"] - filed for c in called}, {ACCEPT})
    words.check("on site by Sat 09:30", {c["report_due_ms"] for c in called}, {REPORT_DUE})
    words.check("contact A of the market bureau is away, B is called", called[1]["contact"], "B")
    words.at(hour(filed), "吹哨", "whistle",
             f"{number}  书院社区 {words.pick('综合执法哨', 'joint')}   {words.pick('集合', 'meet')} 02-14 09:00 东门菜场   "
             f"{words.pick('承诺', 'due')} {day(answer['promised_ms'])}")
    words.line(f"        {words.pick('主办', 'lead')}   {names['cg']}   {words.pick('协办', 'assist')}  "
               + " · ".join(names[u] for u in UNITS[1:]))
    rule = answer["rule"]
    words.line(f"        {words.pick('依据', 'why')}    {rule['file']}:{rule['line']} {rule['id']} @ "
               f"{words.pick('规则', 'rules')} {rule['rulebook'][:4]}…  "
               + words.mix("2 ‹工作日|working days› = ‹周五|Fri› 1h10 + ‹周六|Sat› 8h + [‹春节 9 天|9 days off›] + ‹周二|Tue› 6h50"))
    return number, names


def accepted(words, city, day_, number, names):
    by = {"cg": words.pick("python 订阅端,无 SP 库", "python subscriber, no SP library"), "scj": "whistle watch --exec",
          "water": "whistle watch --exec"}
    for unit, how in by.items():
        event = day_.witness.wait(number, "accepted", unit=unit)
        words.true(f"{unit} accepts in time", event and not event.get("late"))
        if event:
            words.at(hour(event["at_ms"]), "签收", "accept", f"{names[unit]} ({how})")


def ruled(words, city, day_, number, names):
    event = day_.witness.wait(number, "declined", unit="jj")
    words.true("the traffic police declines", event and event["reason"] == "D02")
    case = city.case(number)["case"]
    running = [c for c in case["clocks"] if c["stage"] == "resolve" and c["unit"] == "jj" and not c.get("stopped_ms")]
    words.check("the case waits for a ruling", case["state"], "arbitration")
    words.check("its resolve clock runs on", len(running), 1)
    words.at(hour(event["at_ms"]), "退单", "decline",
             f"{names['jj']} D02 非本单位职责 → {words.pick('裁定台, 计时不停', 'desk, clock runs on')}")
    day_.clock.until("2026-02-13T17:40")
    answer = city.whistle("centre", "reassign", number, "--unit", "jj", "--to", "jj", agent="陈慧敏")
    words.true("the desk upholds", answer["state"] in ("in_hand", "dispatched"))
    ruling = day_.witness.wait(number, "reassigned")
    words.at(hour(ruling["at_ms"]), "裁定", "ruling", f"{words.pick('维持派单', 'uphold')} (区城运中心 陈**)")
    event = day_.witness.wait(number, "accepted", unit="jj")
    words.true("and the traffic police accepts", event)
    words.at(hour(event["at_ms"]), "签收", "accept", names["jj"])


def climbed(words, city, day_, number, names):
    """The fire brigade did not accept: its contact B is called, block and line are told, an order waits."""
    call = day_.witness.wait(number, "rung", target="xf", rung=2)
    order = day_.witness.wait(number, "rung", target="xf", rung=3)
    due = ms("2026-02-13T17:50")
    words.true("the rung fires at 17:50", call and 0 <= call["at_ms"] - due < 20 * 60000)
    told = {r["code"] for r in order["recipients"]} if order else set()
    words.true("the block above, the line above and the supervisors hear of it", {"420902001", "yj", "supervise"} <= told)
    sent = day_.witness.wait(number, "delivered", target="xf/B")
    words.check("contact B was reached by", sent and sent.get("means"), "sms")
    words.at(hour(call["at_ms"]), "超期", "late",
             f"{names['xf']} {words.pick('未签收', 'did not accept')} → {words.pick('B岗', 'contact B')} 李** "
             f"{words.pick('短信送达', 'sms delivered')} · {words.pick('块', 'block')} 书院街道 · "
             f"{words.pick('条', 'line')} 区应急管理局")
    event = day_.witness.wait(number, "accepted", unit="xf")
    words.true("contact B accepts, late", event and event.get("late"))
    answered = day_.witness.wait(number, "answered", unit="xf")
    words.true("and the order of supervision is answered", answered)
    words.at(hour(event["at_ms"]), "签收", "accept", f"{names['xf']} {words.pick('B岗', 'contact B')} 李**")
    late = [e for e in day_.witness.find(number, "rung") if e["target"] in ("cg", "scj", "water") and e["rung"] > 1]
    words.check("no rung for those that came in time", late, [])
