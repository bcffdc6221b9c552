"""What `--joint` shows besides: a unit that is called in vain, and a branch that does what its bureau was called for."""
import reckon
from figures import BRANCH, EXTRA, OFFICE
from view import is_refused


def spared(op):
    """The office calls one more unit, and finds that it need not come."""
    op.until("2026-02-13T17:08")
    answer = op.act(OFFICE, "add-unit", "--to", EXTRA, "--role", "assist", "--text", "摊位私拉电线")
    added = op.wait("unit_added", target=EXTRA)
    called = answer["called"][0]
    op.words.check("its own hour to accept", called["accept_due_ms"], reckon.due("accept", added["at_ms"]))
    op.until("2026-02-13T17:14")
    op.act(OFFICE, "excuse", "--to", EXTRA, "--text", "物业已断电")
    op.wait("excused", target=EXTRA)
    running = [c for c in op.case()["clocks"] if c["unit"] == EXTRA and not c.get("stopped_ms")]
    op.words.check("none of its clocks runs on", running, [])
    op.words.true("and it has no part in the case any more", is_refused(op, EXTRA))
    op.tell(added, "增派", "add", op.words.mix(f"{called['name']} → ‹撤派|excused›, ‹在案|on record›"))


def handed_down(op):
    """The bureau's own clock does not care who of its people does it."""
    before = clocks(op)
    op.until("2026-02-14T09:15")
    op.act("cg", "hand-down", "--to", BRANCH)
    event = op.wait("handed_down", target=BRANCH)
    op.words.check("the bureau's clocks run on as they were", clocks(op), before)
    op.tell(event, "转派", "hand-down", op.words.mix(
        f"{op.names['cg']} → 驻书院街道中队, ‹时限不变|limit unchanged›"))


def progressed(op):
    op.until("2026-02-14T10:00")
    op.act(BRANCH, "progress", "--text", "已清 12 户", "--attach", op.picture("progress", (160, 150, 130)))
    event = op.wait("progressed", unit="cg")
    lead = op.case()["summons"][0]
    op.words.check("its picture", [a["sha256"] for a in event["attachments"]], [op.evidence["progress"]])
    op.words.check("the latest word, and who has it in hand", (lead["progress_seq"], lead["handler"]), (event["seq"], BRANCH))
    op.tell(event, "进展", "progress", op.words.mix("驻书院街道中队: ‹已清 12 户|12 shops done›"))


def clocks(op):
    return [(c["stage"], c["start_ms"], c["due_ms"]) for c in op.case()["clocks"]
            if c["unit"] == "cg" and not c.get("stopped_ms")]
