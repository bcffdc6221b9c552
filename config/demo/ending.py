"""The joint operation is brought to its end: verified, judged, reworked, verified again, the resident told and asked."""
from clock import show as hour
from figures import OFFICE, STREET, UNITS


def show(op):
    verified(op, "11:02")
    judged(op)
    reworked(op)
    told(op)
    called_back(op)


def verified(op, when, nth=1):
    """The street looks at it: nobody else than the office may find its own whistle in order."""
    op.until(f"2026-02-14T{when}")
    state = op.act(STREET, "verify", "--solved", "--text", "现场已看")["state"]
    op.words.check("verified by the street", state, "verified")
    event = op.wait("verified", nth, unit=STREET, verdict="solved")
    if nth == 1:
        op.tell(event, "核查", "verify", op.words.mix("书院街道: ‹通过|solved›"))
    return event


def judged(op):
    op.until("2026-02-14T11:20")
    for unit in UNITS[:4]:
        op.act(OFFICE, "evaluate", "--to", unit, "--solved")
    state = op.act(OFFICE, "evaluate", "--to", "water", "--not-solved", "--text", "地面仍有渗水")["state"]
    op.words.check("not solved: in hand again", state, "in_hand")
    rework = op.wait("rework")
    op.words.check("of the water company alone", [s["unit"] for s in rework["summons"]], ["water"])
    op.tell(rework, "评哨", "verdict", op.words.mix("4 ‹已解决|solved›, ‹自来水 未解决|water not solved› → ‹返工|rework› #1"))


def reworked(op):
    done = op.wait("resolved", 2, unit="water")
    again = verified(op, "14:04", 2)
    op.until("2026-02-14T14:10")
    state = op.act(OFFICE, "evaluate", "--to", "water", "--solved")["state"]
    case = op.case()
    op.words.check("five of five solved, and the resident not asked yet", state, "verified")
    op.words.check("verdicts", [s.get("verdict") for s in case["summons"] if s["state"] == "done"], ["solved"] * 5)
    op.words.check("reworks", case["reworks"], 1)
    event = op.wait("evaluated", 2, target="water")
    op.tell(done, "返工办结", "reworked", op.words.mix(
        f"{hour(again['at_ms'])} ‹核查|verified›   {hour(event['at_ms'])} ‹评哨|verdicts› 5/5"))


def told(op):
    op.until("2026-02-14T14:15")
    before, after = op.picture("before", (120, 90, 60)), op.picture("after", (200, 210, 205))
    state = op.act(OFFICE, "feedback", "--text", "通道已清,渗水已修", "--attach", f"before:{before}", "--attach",
                   f"after:{after}")["state"]
    event = op.wait("fed_back", unit=OFFICE)
    op.words.check("told, not asked: not closed", state, "verified")
    op.words.check("the evidence, by digest", [(a["phase"], a["sha256"]) for a in event["attachments"]],
                   [(phase, op.evidence[phase]) for phase in ("before", "after")])
    op.tell(event, "反馈", "feedback", op.words.mix(
        f"‹前|before› {op.evidence['before'][:4]}…  ‹后|after› {op.evidence['after'][:4]}…  (sha256)"))


def called_back(op):
    op.until("2026-02-14T14:22")
    state = op.act(OFFICE, "call-back", "--solved", "--satisfied", "satisfied")["state"]
    event, closed = op.wait("called_back", unit=OFFICE), op.wait("closed")
    op.words.check("solved and satisfied: closed", (event["verdict"], event["satisfied"], state),
                   ("solved", "satisfied", "closed"))
    op.words.check("by the call-back", closed["at_ms"], event["at_ms"])
    op.tell(event, "回访", "call-back", op.words.mix("‹诉求人|resident›: ‹解决|solved› ‹满意|satisfied› → ‹结案|closed›"))
