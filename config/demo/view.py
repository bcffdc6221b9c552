"""Step 6: one case in the six steps, and what others see of it."""
import collections

from city import Refused
from clock import minutes, show as hour
from joint import OFFICE


def show(words, city, day_, number):
    words.step(6, 7, f"whistle show {number}", f"whistle show {number}" if words.language == "en" else "", "")
    mine, theirs = city.case(number, OFFICE), city.case(number, "xf")
    six_steps(words, mine)
    held = [(row["unit_name"], row["held_ms"]) for row in city.ask(f"show {number}")["summonses"]]
    words.true("held times are known", len(held) == 5 and all(ms > 0 for _, ms in held))
    words.note("持有", "held", "  " + " · ".join(f"{name} {minutes(ms)}" for name, ms in held))
    words.check("the office sees the resident", (mine["personal"]["name"], mine["personal"]["phone"]),
                ("张桂兰", "13800008000"))
    words.true("a called unit does not, since it is confidential",
               not theirs.get("personal", {}).get("name") and not theirs.get("personal", {}).get("phone"))
    words.true("a stranger is refused", is_refused(city, number))
    words.note("消防看同一案", "as another role:",
               words.mix("‹诉求人|resident› ***  ‹电话|phone› ***    ‹陌生人: 拒绝|stranger: refused›"))


def is_refused(city, number):
    try:
        city.case(number, "420902100")
    except Refused as refusal:
        return number in str(refusal)
    return False


def six_steps(words, view):
    case, counts = view["case"], collections.Counter(h["event"]["kind"] for h in view["happenings"])
    rungs = [h["event"] for h in view["happenings"] if h["event"]["kind"] == "rung"]
    early = sum(e["rung"] == 1 for e in rungs)
    solved = sum(s["verdict"] == "solved" for s in case["summons"])
    closed = case["closed_ms"]
    words.check("five units, each with what it did", len(case["summons"]), 5)
    words.check("the six steps on record",
                (counts["filed"], counts["dispatched"], counts["resolved"], counts["evaluated"], counts["reassigned"],
                 counts["rework"], counts["closed"]), (1, 1, 6, 6, 1, 1, 1))
    who, rule = case["agent"][:1] + "**", case["rule"]["id"]
    words.line("      " + words.mix(
        f"‹诉求人|resident› {view['personal']['name'][:1]}** ‹尾号|…›{view['personal']['phone'][-4:]}   ‹受理|intake› "
        f"{hour(case['filed_ms'])} 书院社区 ‹经办|by› {who}   ‹分析|analysis› {rule}, {len(case['summons'])} ‹单位|units›"))
    words.line("      " + words.mix(
        f"‹解决|work› {counts['accepted']} ‹签收|accepted› · {counts['reported']} ‹报到|reported› · {counts['resolved']} "
        f"‹办结|resolved› · {counts['rework']} ‹返工|rework›   ‹反馈|feedback› {hour(closed)}   ‹评议|evaluation› {solved}/5"))
    words.line("      " + words.mix(
        f"‹监督|supervision› ‹预警|warnings› {early} · ‹超期|late› {len(rungs) - early} · ‹裁定|rulings› {counts['reassigned']} · "
        f"‹答复督办|orders answered› {counts['answered']} · ‹送达|delivered› {counts['delivered']}"))
