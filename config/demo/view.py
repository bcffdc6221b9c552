"""One case in the six steps, and what others see of it."""
import collections

from city import Refused
from clock import minutes, show as hour
from figures import OFFICE
from record import Record

STRANGER = "420902100"


def show(op):
    number, words = op.number, op.words
    words.step(f"whistle show {number}", f"whistle show {number}" if words.language == "en" else "")
    mine = op.city.case(number, OFFICE)
    six_steps(op, mine)
    held(op)
    resident(op, mine["personal"])
    others(op)


def held(op):
    rows = [(row["unit_name"], row["held_ms"]) for row in op.city.ask(f"show {op.number}")["summonses"]]
    rows.append((op.words.pick("裁定台", "desk"), Record(op.city.case(op.number)).desk_ms()))
    op.words.true("held times are known", all(ms > 0 for _, ms in rows))
    op.words.note("持有", "held", "  " + " · ".join(f"{name} {minutes(ms)}" for name, ms in rows))


def resident(op, masked):
    """Masked as a rule; whole for the office that asks for it, and then it is on record that it did."""
    op.words.check("the office sees who it is, masked", (masked["name"], masked["phone"], masked["masked"]),
                   ("张**", "*******8000", True))
    whole = op.city.case(op.number, OFFICE, "--personal")["personal"]
    op.words.check("and whole where it asks for it", (whole["name"], whole["phone"]), ("张桂兰", "13800008000"))
    views = op.city.case(op.number)["views"]
    op.words.check("who asked is on record, and nobody else did", [view["principal"] for view in views], [OFFICE])
    op.words.note("查阅", "seen whole", op.words.mix(
        f"{views[0]['principal']} {views[0]['agent']['name']} {hour(views[0]['at_ms'])}, ‹留痕|on record›"))


def others(op):
    for principal, why in (("xf", "a called unit does not, since it is confidential"), ("observer", "nor who only looks on")):
        theirs = op.city.case(op.number, principal).get("personal", {})
        op.words.check(why, (theirs.get("name"), theirs.get("phone")), (None, None))
    op.words.true("a stranger is refused", is_refused(op, STRANGER))
    op.words.note("消防看同一案", "as another role:",
                  op.words.mix("‹诉求人: 无权查看|resident: not shown›   ‹陌生人: 拒绝|stranger: refused›"))


def is_refused(op, principal):
    try:
        op.city.case(op.number, principal)
    except Refused as refusal:
        return op.number in str(refusal)
    return False


def six_steps(op, view):
    case, counts = view["case"], collections.Counter(h["event"]["kind"] for h in view["happenings"])
    came = [s for s in case["summons"] if s["state"] != "excused"]
    op.words.check("five units, each with what it did", len(came), 5)
    op.words.check("the six steps on record",
                   [counts[k] for k in ("filed", "dispatched", "resolved", "verified", "evaluated", "reassigned", "rework",
                                        "supervised", "fed_back", "called_back", "closed")],
                   [1, 1, 6, 2, 6, 1, 1, 1, 1, 1, 1])
    op.words.line("      " + op.words.mix(
        f"‹诉求人|resident› {view['personal']['name']} ‹尾号|…›{view['personal']['phone'].lstrip('*')}   ‹受理|intake› "
        f"{hour(case['filed_ms'])} 书院社区 ‹经办|by› {case['agent'][:1]}**   ‹分析|analysis› {case['rule']['id']}, "
        f"{len(came)} ‹单位|units›"))
    worked(op, counts, answers(op, view))
    judged(op, view, came, counts)


def answers(op, view):
    """What the resident was told and said, from the record."""
    closing = view["case"]["closing"]
    event = next(h["event"] for h in view["happenings"] if h["event"]["seq"] == closing["fed_back_seq"])
    op.words.check("the evidence on record", {a["phase"]: a["sha256"] for a in event["attachments"]},
                   {phase: op.evidence[phase] for phase in ("before", "after")})
    op.words.check("what the resident said", (closing["solved"], closing["satisfied"], closing["calls"]),
                   ("solved", "satisfied", 1))
    digests = {a["phase"]: a["sha256"][:4] for a in event["attachments"]}
    return (f"‹反馈|feedback› {hour(closing['fed_back_ms'])} ‹前|before› {digests['before']}… ‹后|after› "
            f"{digests['after']}…   ‹回访|call-back› {hour(closing['called_back_ms'])} ‹解决|solved›")


def worked(op, counts, told):
    op.words.line("      " + op.words.mix(
        f"‹解决|work› {counts['accepted']} ‹签收|accepted› · {counts['reported']} ‹报到|reported› · {counts['resolved']} "
        f"‹办结|resolved› · {counts['verified']} ‹核查|verified› · {counts['rework']} ‹返工|rework›   {told}"))


def judged(op, view, came, counts):
    rungs = [h["event"] for h in view["happenings"] if h["event"]["kind"] == "rung"]
    early, solved = sum(e["rung"] == 1 for e in rungs), sum(s["verdict"] == "solved" for s in came)
    op.words.line("      " + op.words.mix(
        f"‹评议|evaluation› {solved}/5, ‹满意|satisfied›   ‹监督|supervision› ‹预警|warnings› {early} · ‹超期|late› "
        f"{len(rungs) - early} · ‹裁定|rulings› {counts['reassigned']} · ‹督办|orders› {counts['supervised']} · "
        f"‹答复督办|answered› {counts['answered']} · ‹送达|delivered› {counts['delivered']}"))
