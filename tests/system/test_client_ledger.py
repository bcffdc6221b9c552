"""What people see of clocks, petitions and pauses: show, the board, the slip, the feed, against a stand-in daemon."""
import re

import pytest

from fake_daemon import NOW, pb

HOUR = 3600000
NEVER = (1 << 63) - 1
HOURS, DAYS = pb.MEASURE_WORKING_HOURS, pb.MEASURE_WORKING_DAYS


def limit(measure, count):
    return pb.Limit(measure=measure, amount=count * 60000)


@pytest.fixture
def ledger(kit):
    """A case with a clock of every kind; its number."""
    number = kit.submit()
    case = kit.daemon.cases[number]
    case.summons[0].petition.CopyFrom(pb.Petition(verb=pb.VERB_EXTEND, stage=pb.STAGE_RESOLVE, limit=limit(HOURS, 4),
                                                  at_ms=NOW, reason="E01"))
    del case.clocks[:]
    add = case.clocks.add
    add(id=1, stage=pb.STAGE_ACCEPT, summons=1, unit="cg", limit=limit(HOURS, 1), start_ms=NOW - 9 * HOUR,
        due_ms=NOW - 8 * HOUR, stopped_ms=NOW - HOUR, stop=1, multiple=3, exempt="A01")
    add(id=2, stage=pb.STAGE_REPORT, summons=1, unit="cg", limit=limit(HOURS, 4), start_ms=NOW - 9 * HOUR,
        due_ms=NOW - 60000)
    add(id=3, stage=pb.STAGE_RESOLVE, summons=1, unit="cg", limit=limit(HOURS, 4), start_ms=NOW, due_ms=NOW + HOUR,
        step="停工", steps=[pb.Step(name="处罚", limit=limit(DAYS, 7))], provisional=True,
        extensions=[pb.Extension(limit=limit(DAYS, 2), at_ms=NOW, reason="E01")])
    add(id=4, stage=pb.STAGE_REPORT, summons=2, unit="zls", limit=limit(HOURS, 4), start_ms=NOW, due_ms=NEVER,
        pauses=[pb.Pause(from_ms=NOW - HOUR, reason="P02")])
    add(id=5, stage=pb.STAGE_RESOLVE, summons=2, unit="zls", limit=limit(DAYS, 1), start_ms=NOW, due_ms=NEVER,
        pauses=[pb.Pause(from_ms=NOW - 3 * HOUR, to_ms=NOW - 2 * HOUR), pb.Pause(from_ms=NOW - HOUR, until_ms=NOW + HOUR)])
    add(id=6, stage=pb.STAGE_ARBITRATE, unit="centre", limit=limit(HOURS, 2), start_ms=NOW - 5 * HOUR,
        due_ms=NOW - 3 * HOUR, stopped_ms=NOW - 4 * HOUR, stop=1)
    add(id=7, stage=pb.STAGE_ARBITRATE, unit="centre", limit=limit(HOURS, 2), start_ms=NOW - HOUR, due_ms=NOW + HOUR)
    return number


def cells(out, *begin):
    """The cells of the one row that begins so."""
    rows = [re.split(r"  +", line.strip()) for line in out.splitlines()]
    found = [row for row in rows if tuple(row[:len(begin)]) == begin]
    assert len(found) == 1, (begin, out)
    return found[0][len(begin):]


def test_show_has_a_table_of_the_clocks(kit, ledger):
    out = kit.good("show", ledger)
    assert cells(out, "clock") == ["unit", "step", "limit", "due", "state"]
    assert cells(out, "accept", "城管执法局") == ["1 working hours", "02-13 Fri 00:01", "met, late ×3, exempt: A01"]
    assert cells(out, "report", "城管执法局") == ["4 working hours", "02-13 Fri 08:00", "late"]
    assert cells(out, "resolve", "城管执法局") == ["停工", "4 working hours + 2 working days", "02-13 Fri 09:01",
                                              "running, provisional"]
    assert cells(out, "report", "自来水公司") == ["4 working hours", "paused"]
    assert cells(out, "resolve", "自来水公司") == ["1 working days", "paused until 02-13 Fri 09:01"]


def test_show_tells_what_waits_for_an_answer_and_how_long_the_desk_has_it(kit, ledger):
    out = kit.good("show", ledger)
    assert cells(out, "to be answered") == ["城管执法局", "extend", "4 working hours", "E01", "02-13 Fri 08:01"]
    assert cells(out, "desk") == ["centre", "2 h 00 min"]  # an hour, and another that is not over
    kit.daemon.cases[ledger].summons[0].petition.CopyFrom(pb.Petition(
        verb=pb.VERB_SUSPEND, until_ms=NOW + HOUR, at_ms=NOW, reason="G01"))
    assert cells(kit.good("show", ledger), "to be answered")[1:4] == ["suspend", "until 02-13 Fri 09:01", "G01"]
    kit.daemon.cases[ledger].summons[0].ClearField("petition")
    assert "to be answered" not in kit.good("show", ledger)


def test_without_steps_there_is_no_column_of_steps(kit):
    out = kit.good("show", kit.submit())
    assert cells(out, "clock") == ["unit", "limit", "due", "state"] and "desk" not in out


def test_nothing_shows_the_number_that_stands_for_never(kit, ledger):
    kit.daemon.cases[ledger].state = pb.CASE_STATE_SUSPENDED
    for arguments in (["show"], ["show", "--slip"], ["show", "--json"], ["watch"]):
        out = kit.good(*arguments, ledger)
        assert str(NEVER) not in out and "292278994" not in out, out
    assert cells(kit.good("show", "--slip", ledger), "assist", "自来水公司") == ["paused", "paused"]


def test_the_board_shows_pauses_and_the_cases_own_clocks(kit, ledger):
    out = kit.good("watch", ledger)
    assert cells(out, "assist", "自来水公司")[-1] == "paused"
    kit.daemon.cases[ledger].clocks[3].stopped_ms = NOW
    assert cells(kit.good("watch", ledger), "assist", "自来水公司")[-1] == "paused until 02-13 Fri 09:01"
    assert cells(out, "arbitrate") == ["centre", "1 h 00 min"]
    for clock in list(kit.daemon.cases[ledger].clocks):
        clock.stopped_ms = NOW
    assert "arbitrate" not in kit.good("watch", ledger)


@pytest.fixture
def told(kit, ledger):
    """told(kind, …): how show tells one more event, without its step and its time."""
    def tell(kind, **fields):
        case = kit.daemon.cases[ledger]
        kit.daemon.note(case, getattr(pb, "EVENT_KIND_" + kind), pb.Request(), **fields)
        words = {"LIMIT_CHANGED": "limit changed"}.get(kind, kind.lower())
        line = [line for line in kit.good("show", ledger).splitlines() if re.search(rf"\d\d:\d\d  {words}\b", line)][-1]
        return re.sub(r"^.*?\d\d:\d\d  ", "", line)
    return tell


def petition(verb, **fields):
    return pb.Petition(verb=verb, at_ms=NOW, reason="E01", **fields)


def test_petitions_and_their_answers_are_sentences(kit, told):
    extend = petition(pb.VERB_EXTEND, stage=pb.STAGE_RESOLVE, limit=limit(HOURS, 4))
    mine = [pb.Summons(id=1, unit="cg")]
    assert told("ASKED", unit="cg", reason="E01", petition=extend, summons=mine) == \
        "asked: extend  城管执法局  4 working hours  E01"
    moved = [pb.Clock(stage=pb.STAGE_RESOLVE, due_ms=NOW + 5 * HOUR)]
    assert told("GRANTED", unit="sj", reason="", petition=extend, summons=mine, clocks=moved) == \
        "granted: extend  市场监管局  → 城管执法局  4 working hours  due 13:01  E01"
    assert told("REFUSED", unit="sj", target="cg", reason="no", petition=extend, summons=mine, text="不必") == \
        "refused: extend  市场监管局  → 城管执法局  4 working hours  E01  no  不必"
    assert told("ASKED", unit="cg", petition=petition(pb.VERB_SUSPEND, until_ms=NOW + 30 * HOUR)) == \
        "asked: suspend  城管执法局  until 02-14 Sat 14:01  E01"
    assert told("ASKED", unit="cg", petition=petition(pb.VERB_APPEAL, stage=pb.STAGE_ACCEPT)) == \
        "asked: appeal  城管执法局  accept  E01"
    stands = [pb.Clock(stage=pb.STAGE_RESOLVE, due_ms=NEVER, limit=limit(HOURS, 4))]
    assert told("GRANTED", unit="sj", petition=extend, summons=mine, clocks=stands).count("due") == 0
    appeal = petition(pb.VERB_APPEAL, stage=pb.STAGE_RESOLVE, limit=pb.Limit())
    assert told("GRANTED", unit="sj", petition=appeal, summons=mine, clocks=moved) == \
        "granted: appeal  市场监管局  → 城管执法局  E01"


def test_changes_of_clocks_are_sentences(kit, told):
    both = [pb.Clock(unit=unit, due_ms=NOW + HOUR) for unit in ("cg", "zls", "cg")]
    assert told("RESUMED", clocks=both, late=True) == "resumed  城管执法局 · 自来水公司  (late)"
    assert told("RESUMED", unit="sj", target="cg", clocks=both) == "resumed  市场监管局  → 城管执法局"
    assert told("RESCHEDULED", clocks=both) == "rescheduled  城管执法局 · 自来水公司"
    longer = [pb.Clock(stage=pb.STAGE_RESOLVE, limit=limit(DAYS, 3), due_ms=NOW + 80 * HOUR)]
    assert told("LIMIT_CHANGED", unit="sj", target="cg", stage=pb.STAGE_RESOLVE, reason="c", clocks=longer) == \
        "limit changed  市场监管局  → 城管执法局  resolve  3 working days  due 02-16 Mon 16:01  c"
    steps = [pb.Clock(step="停工", stopped_ms=NOW), pb.Clock(step="处罚", limit=limit(DAYS, 7), due_ms=NOW + HOUR)]
    assert told("ADVANCED", unit="cg", stage=pb.STAGE_RESOLVE, clocks=steps) == \
        "advanced  城管执法局  停工 → 处罚  7 working days  due 09:01"
    assert told("RUNG", target="cg", stage=pb.STAGE_REPORT) == "rung  → 城管执法局  report"
    assert told("AWAITING", target="sj", clocks=[pb.Clock(due_ms=NOW + HOUR)]) == "awaiting  → 市场监管局  due 09:01"
    assert told("VERIFIED", unit="sj", verdict=pb.VERDICT_NOT_SOLVED) == "verified  市场监管局  not solved"


def test_each_event_stands_in_its_step(kit, ledger):
    case, request, asked = kit.daemon.cases[ledger], pb.Request(), petition(pb.VERB_PAUSE)
    steps = {"Analysis": [("AWAITING", {}), ("GRANTED", {}), ("REFUSED", {})],
             "Work": [("ADVANCED", {})], "Evaluation": [("VERIFIED", {})],
             "Supervision": [("ASKED", dict(petition=asked)), ("GRANTED", dict(petition=asked)),
                             ("REFUSED", dict(petition=asked)), ("RESUMED", {}), ("LIMIT_CHANGED", {}),
                             ("RESCHEDULED", {})]}
    for events in steps.values():
        for kind, fields in events:
            kit.daemon.note(case, getattr(pb, "EVENT_KIND_" + kind), request, **fields)
    found, step = {}, None
    for line in kit.good("show", ledger).splitlines():
        row = re.match(r"  (\S+)? +\d\d-\d\d \w+ \d\d:\d\d  (\w+)", line)
        step = row.group(1) or step if row else step
        if row:
            found.setdefault(step, []).append(row.group(2))
    for step, events in steps.items():
        assert [kind.lower().split("_")[0] for kind, _ in events] == [w for w in found[step] if w != "dispatched"], step


def test_a_digest_is_a_line_without_a_case(kit):
    number = kit.submit()
    item = kit.daemon.events[-1]
    digest = pb.FeedItem(seq=item.seq + 1, why=pb.WHY_TOLD)
    digest.happening.event.MergeFrom(pb.Event(seq=item.seq + 1, at_ms=NOW, kind=pb.EVENT_KIND_DIGEST, target="cg",
                                              tries=37, about_seq=2))
    kit.daemon.events.append(digest)
    lines = kit.good("watch", "--for", "cg", "--once").splitlines()
    assert lines[-1] == "3  02-13 Fri 08:01  digest  37 notices since event 2; see whistle list --overdue"
    assert number in lines[0]
    out = kit.run("watch", "--for", "cg", "--once", "--consumer", "b", LANGUAGE="zh_CN")[1]
    assert "汇总提醒  37 条提醒,自事件 2 起" in out.splitlines()[-1]
    seen = kit.directory / "seen"
    kit.good("watch", "--for", "cg", "--once", "--consumer", "c", "--exec", f"cat >> {seen}")
    assert '"kind":"digest"' in seen.read_text()
    assert not kit.daemon.acts(pb.VERB_DELIVERED)  # no case has a record of it


def test_what_was_asked_is_not_told_as_granted(kit, ledger):
    assert kit.good("extend", ledger, "--reason", "E01") == f"{ledger}  asked: extend · dispatched\n"
    assert kit.good("extend", ledger, "--reason", "E01", "--to", "cg") == f"{ledger}  extend · dispatched\n"
    assert "申请延期 · 派遣" in kit.run("extend", ledger, "--reason", "E01", LANGUAGE="zh_CN")[1]


def test_the_list_says_what_stands_still(kit, ledger):
    rows = [("suspended", [], "paused"), ("in_hand", [], "paused"), ("in_hand", ["--unit", "cg"], ""),
            ("suspended", ["--mine"], "paused"), ("resolved", [], "")]
    for state, arguments, due in rows:
        kit.daemon.cases[ledger].state = pb.CaseState.Value("CASE_STATE_" + state.upper())
        kit.daemon.no_due = True
        row = kit.good("list", "--state", state, *arguments).splitlines()[1]
        assert ("paused" in row) == bool(due), (state, row)
        assert re.search(r",,2026-02-13T", kit.good("list", "--csv")), "for programs it is empty"
    asked = [r.list for r in kit.daemon.seen if r.WhichOneof("op") == "list"][0]
    assert list(asked.states) == [pb.CASE_STATE_SUSPENDED]


def test_every_state_can_be_listed(kit):
    kit.submit()
    states = [name[11:].lower() for name, value in pb.CaseState.items() if value]
    kit.good("list", *[word for state in states for word in ("--state", state)])
    kit.good("list", "--state", "挂账", "--state", "待批")
    asked = [list(r.list.states) for r in kit.daemon.seen if r.WhichOneof("op") == "list"]
    assert asked[0] == list(range(1, 14)) and asked[1] == [9, 2]


def test_why_nobody_is_called_is_a_word_of_the_field(kit):
    receipt = kit.daemon.receipt
    kit.daemon.receipt = lambda case: pb.Receipt(number=case.number, state=pb.CASE_STATE_AWAITING_APPROVAL,
                                                 reason="awaiting_approval")
    arguments = ["submit", "--category", "0301", "--area", "420902001", "--title", "t", "--yes"]
    assert "reason awaiting approval" in kit.good(*arguments)
    assert "原因 待批" in kit.run(*arguments, LANGUAGE="zh_CN")[1]
    kit.daemon.receipt = receipt
