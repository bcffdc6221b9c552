"""A case's whole life as people steer and read it: how it ends, two that are one, branches, call-ups, who knew what."""
import hashlib
import json
import re

import pytest

from fake_daemon import NOW, pb
from test_client_ledger import cells

HOUR = 3600000


@pytest.fixture
def number(kit):
    return kit.submit()


@pytest.fixture
def acted(kit, number):
    """acted(command, …): the Act that the daemon is sent."""
    def act(command, *arguments):
        kit.good(command, number, *arguments)
        return kit.daemon.acts(pb.Verb.Value("VERB_" + command.upper().replace("-", "_")))[-1]
    return act


def only(act, **fields):
    """The act has these fields and no others beside its verb and number."""
    expected = pb.Act(verb=act.verb, number=act.number, **fields)
    assert act == expected, (act, expected)


# ---- commands ----------------------------------------------------------------------------------------------------


def test_how_a_case_ends_and_begins_again(acted):
    only(acted("feedback", "--text", "已清运"), text="已清运")
    only(acted("call-back", "--solved", "--satisfied", "basically"), verdict=pb.VERDICT_SOLVED,
         satisfied=pb.SATISFACTION_BASICALLY)
    only(acted("call-back", "--not-solved", "--satisfied", "不满意", "--to", "cg"), verdict=pb.VERDICT_NOT_SOLVED,
         satisfied=pb.SATISFACTION_DISSATISFIED, target="cg")
    only(acted("call-back"))
    only(acted("close", "--reason", "Z01"), reason="Z01")
    only(acted("reopen", "--reason", "O01", "--to", "cg"), reason="O01", target="cg")


def test_two_cases_that_are_one(kit, number, acted):
    other = kit.submit("另一")
    assert kit.good("merge", number, "--into", other) == f"{number}  merge · merged\n"
    only(kit.daemon.acts(pb.VERB_MERGE)[0], other=other)
    only(acted("unmerge", "--text", "不是一处"), text="不是一处")


def test_who_has_to_come(acted):
    only(acted("hand-down", "--to", "cg1"), target="cg1")
    only(acted("hand-down", "--unit", "cg", "--to", "cg"), unit="cg", target="cg")
    only(acted("return", "--text", "由街道牵头"), text="由街道牵头")
    only(acted("return", "--to", "shuyuan", "--reason", "T01"), target="shuyuan", reason="T01")
    only(acted("excuse", "--to", "zls", "--reason", "X01"), target="zls", reason="X01")
    only(acted("convene", "--due", "2d"), due_ms=NOW + 48 * HOUR)
    only(acted("progress", "--text", "清运过半", "--unit", "cg"), text="清运过半", unit="cg")


def test_members_of_a_pool(acted):
    only(acted("claim", "--member", "M07"), target="M07")
    only(acted("check-in", "--member", "M07", "--arrived", "08:00", "--lat", "30.9", "--lon", "113.9"), target="M07",
         arrived_ms=NOW - 60000, position=pb.Position(latitude=30.9, longitude=113.9))
    only(acted("withdraw", "--member", "M07", "--text", "临时有事"), target="M07", text="临时有事")


def test_a_call_up_says_how_many_and_what_they_can(kit):
    kit.good("submit", "--kind", "callup", "--category", "0301", "--area", "420902001", "--title", "清雪", "--places", "12",
             "--skill", "driver", "--yes")
    w = [r.submit.whistle for r in kit.daemon.seen if r.WhichOneof("op") == "submit"][0]
    assert (w.kind, w.places, w.skill) == (pb.KIND_CALLUP, 12, "driver")
    assert kit.run("submit", "--kind", "callup", "--places", "many", "--yes")[0] == 2


def test_what_an_act_cannot_do_without_is_asked_for(kit, number):
    for arguments, told in ((["merge"], "--into NUMBER"), (["hand-down"], "--to CODE"), (["excuse"], "--to CODE"),
                            (["claim"], "--member CODE"), (["check-in"], "--member CODE"),
                            (["withdraw"], "--member CODE"), (["convene"], "--due TIME"),
                            (["call-back", "--solved"], "--satisfied"), (["call-back", "--satisfied", "satisfied"], "both"),
                            (["call-back", "--solved", "--satisfied", "rather"], "no such word")):
        status, out, err = kit.run(arguments[0], number, *arguments[1:])
        assert (status, out) == (2, "") and told in err, (arguments, err)
    assert kit.daemon.count("act") == 0


# Options of other verbs; a mask that is too narrow would let verb 32 pass for verb 0, 33 for 1 …
@pytest.mark.parametrize("command, option", [
    ("hand-down", "--person"), ("return", "--heads"), ("excuse", "--due"), ("progress", "--to"), ("claim", "--to"),
    ("check-in", "--role"), ("withdraw", "--lat"), ("convene", "--late"), ("accept", "--member"), ("report", "--into"),
    ("close", "--solved"), ("feedback", "--satisfied"), ("merge", "--to"), ("evaluate", "--satisfied")])
def test_no_verb_takes_what_belongs_to_another(kit, number, command, option):
    status, _, err = kit.run(command, number, option, "1")
    assert status == 2 and "unrecognized option" in err, err


def test_evidence_has_a_phase(kit, acted):
    photo = kit.directory / "photo.jpg"
    photo.write_bytes(b"light")
    odd = kit.directory / "during:photo.jpg"
    odd.write_bytes(b"odd")
    for command in ("feedback", "progress", "resolve"):
        files = acted(command, "--attach", f"before:{photo}", "--attach", f"after:{photo}", "--attach", photo, "--attach",
                      odd).attachments
        assert [f.phase for f in files] == ["before", "after", "", ""], command
        assert {f.sha256 for f in files[:3]} == {hashlib.sha256(b"light").digest()}
        assert files[0].uri == f"file://{photo}" and files[3].uri == f"file://{odd}"
    kit.good("submit", "--category", "0301", "--area", "420902001", "--title", "t", "--attach", f"before:{photo}", "--yes")
    w = [r.submit.whistle for r in kit.daemon.seen if r.WhichOneof("op") == "submit"][-1]
    assert (w.attachments[0].phase, w.attachments[0].bytes) == ("before", 5)
    assert kit.run("feedback", "--attach", f"after:{kit.directory}/none", "1")[0] == 1


# ---- receipts ----------------------------------------------------------------------------------------------------


def test_a_receipt_tells_what_lies_around(kit):
    kit.daemon.more.duplicates.add(number="260213-0900-5", title="垃圾成堆", filed_ms=NOW - HOUR)
    kit.daemon.more.duplicates.add(number="260213-0901-3", filed_ms=NOW)
    kit.daemon.more.raised = "260213-0902-1"
    kit.daemon.more.precedents.add(number="260101-0007-2", at_ms=NOW - 24 * HOUR, ruling=pb.RULING_ASSIGN,
                                   **{"from": "zls", "to": "cg"}, reason="D02")
    kit.daemon.more.precedents.add(number="260101-0008-0", at_ms=NOW, ruling=pb.RULING_UPHOLD, to="sj")
    arguments = ["submit", "--category", "0301", "--area", "420902001", "--title", "t"]
    lines = kit.good(*arguments, "--yes").splitlines()
    at = lines.index("  may be about the same thing:")
    assert lines[at:] == [
        "  may be about the same thing:", "    260213-0900-5  02-13 Fri 07:01  垃圾成堆", "    260213-0901-3  02-13 Fri 08:01",
        "    if it is: whistle merge 260213-0001-1 --into 260213-0900-5",
        "  the point repeats, a whistle for the level above: 260213-0902-1", "  what was ruled before:",
        "    260101-0007-2  02-12 Thu 08:01  assign  自来水公司 → 城管执法局  D02",
        "    260101-0008-0  02-13 Fri 08:01  uphold  — → sj"]
    assert "whistle merge" not in kit.good(*arguments, "--preview"), "it has no number yet"
    spoken = kit.run(*arguments, "--yes", LANGUAGE="zh_CN")[1]
    assert "重复点位,已向上一级吹哨: 260213-0902-1" in spoken and re.search("改派 +自来水公司 → 城管执法局", spoken)
    assert json.loads(kit.good(*arguments, "--yes", "--json"))["precedents"][1]["ruling"] == "uphold"


def test_a_receipt_without_them_does_not_speak_of_them(kit):
    out = kit.good("submit", "--category", "0301", "--area", "420902001", "--title", "t", "--yes")
    assert not any(word in out for word in ("same thing", "merge", "repeats", "ruled"))


# ---- sentences ---------------------------------------------------------------------------------------------------


@pytest.fixture
def told(kit, number):
    """told(kind, …): how show tells one more event, without its step and its time."""
    def tell(kind, language="C", **fields):
        kit.daemon.note(kit.daemon.cases[number], getattr(pb, "EVENT_KIND_" + kind), pb.Request(), **fields)
        kit.daemon.events[-1].happening.event.at_ms = NOW + HOUR  # the only one at nine
        lines = kit.good("show", number, LANGUAGE=language).splitlines()
        kit.daemon.events.pop()
        found = [line.split("09:01  ", 1)[1] for line in lines if "09:01  " in line]
        assert len(found) == 1, lines
        return found[0]
    return tell


def test_what_the_resident_was_told_and_says(told):
    assert told("FED_BACK", unit="shuyuan", text="已清运") == "fed back  书院街道办  已清运"
    assert told("CALLED_BACK", unit="shuyuan", verdict=pb.VERDICT_SOLVED, satisfied=pb.SATISFACTION_BASICALLY,
                closing=pb.Closing(calls=1)) == "called back  书院街道办  solved  basically"
    assert told("CALLED_BACK", unit="shuyuan", target="cg", verdict=pb.VERDICT_NOT_SOLVED,
                satisfied=pb.SATISFACTION_DISSATISFIED, closing=pb.Closing(calls=3)) == \
        "called back  书院街道办  → 城管执法局  not solved  dissatisfied  call 3"
    assert told("CALLED_BACK", unit="shuyuan", closing=pb.Closing(calls=2)) == "called back  书院街道办  not reached  call 2"
    assert told("CALLED_BACK", "zh_CN", unit="shuyuan", closing=pb.Closing(calls=2)) == "回访  书院街道办  未联系上  第 2 次"
    assert told("REOPENED", unit="shuyuan", target="cg", reason="O01") == "reopened  书院街道办  → 城管执法局  O01"


def test_verdicts_and_ends_name_whom_they_are_about(told):
    judged = [pb.Summons(id=1, unit="cg"), pb.Summons(id=2, unit="zls")]
    assert told("EVALUATED", unit="shuyuan", verdict=pb.VERDICT_SOLVED, summons=judged) == \
        "evaluated  书院街道办  城管执法局 · 自来水公司  solved"
    assert told("EVALUATED", unit="shuyuan", target="cg", verdict=pb.VERDICT_SOLVED, summons=judged[:1]) == \
        "evaluated  书院街道办  → 城管执法局  solved"
    assert told("REWORK", unit="shuyuan", summons=judged[1:]) == "rework  书院街道办  自来水公司"
    assert told("CLOSED", unit="shuyuan", reason="solved") == "closed  书院街道办  solved"
    assert told("CLOSED", "zh_CN", reason="solved") == "结案  已解决"
    assert told("SETTLED", "zh_CN", unit="shuyuan", reason="settled") == "自办  书院街道办"


def test_cases_that_are_one_are_sentences(told):
    other = "260213-0900-5"
    assert told("MERGED", unit="shuyuan", other=other) == f"merged  书院街道办  into {other}"
    assert told("UNMERGED", unit="shuyuan", other=other) == f"unmerged  书院街道办  out of {other}"
    assert told("JOINED", unit="shuyuan", target="shuyuan", other=other) == f"joined  书院街道办  {other}  书院街道办"
    assert told("PARTED", unit="sj", target="shuyuan", other=other) == f"parted  市场监管局  {other}  书院街道办"
    assert told("PARTED", "zh_CN", unit="sj", target="shuyuan", other=other) == f"拆出  市场监管局  {other}  书院街道办"
    assert told("UNMERGED", "zh_CN", unit="sj", other=other) == f"拆案  市场监管局  自 {other} 拆出"
    assert told("FILED", related=[other, "260213-0901-3"]) == f"filed  repeated point: {other} 260213-0901-3"


def test_where_a_case_goes_is_a_sentence(told):
    assert told("HANDED_DOWN", unit="cg", target="sj") == "handed down  城管执法局  → 市场监管局"
    assert told("HANDED_DOWN", unit="cg", target="cg") == "handed down  城管执法局  taken back"
    assert told("HANDED_UP", unit="shuyuan", charge="sj", reason="H01") == "handed up  书院街道办  → 市场监管局  H01"
    assert told("RETURNED", unit="sj", charge="shuyuan", text="由街道牵头") == "returned  市场监管局  → 书院街道办  由街道牵头"
    assert told("EXCUSED", unit="shuyuan", target="zls", reason="X01") == "excused  书院街道办  → 自来水公司  X01"
    assert told("PROGRESSED", unit="cg", text="清运过半") == "progressed  城管执法局  清运过半"
    convened = [pb.Clock(stage=pb.STAGE_ARBITRATE, due_ms=NOW, stopped_ms=NOW),
                pb.Clock(stage=pb.STAGE_ARBITRATE, due_ms=NOW + 48 * HOUR)]
    assert told("CONVENED", unit="sj", clocks=convened) == "convened  市场监管局  meeting 02-15 Sun 08:01"
    assert told("REASSIGNED", unit="sj", target="cg", ruling=pb.RULING_UPHOLD) == \
        "reassigned  市场监管局  → 城管执法局  ruling: uphold"
    assert told("REASSIGNED", "zh_CN", unit="sj", ruling=pb.RULING_EXCUSE, summons=[pb.Summons(id=2, unit="zls")]) == \
        "改派  市场监管局  自来水公司  裁定:免派"
    assert told("REASSIGNED", unit="sj", target="cg") == "reassigned  市场监管局  → 城管执法局"


def open_call(*states):
    call = pb.OpenCall(pool="snow", area="420902001", places=3)
    for i, state in enumerate(states):
        call.claims.add(member=f"M{i + 1:02}", unit="zls", state=state, claimed_ms=NOW - HOUR)
    return call


def test_a_call_up_is_a_sentence(told):
    call = open_call(pb.CLAIM_STATE_CLAIMED, pb.CLAIM_STATE_WITHDRAWN, pb.CLAIM_STATE_ON_SITE)
    assert told("OPEN_CALL", open_call=open_call()) == "open call  pool snow  书院街道  0/3 places"
    call.skill = "driver"
    assert told("OPEN_CALL", open_call=call) == "open call  pool snow  skill driver  书院街道  2/3 places"
    assert told("CLAIMED", unit="zls", target="M01", open_call=call) == "claimed  自来水公司  member M01  2/3 places"
    assert told("CHECKED_IN", unit="zls", target="M03", open_call=call, arrived_ms=NOW) == \
        "checked in  自来水公司  member M03  2/3 places  arrived 08:01"
    assert told("WITHDREW", "zh_CN", unit="zls", target="M02", open_call=call, text="有事") == \
        "放弃  自来水公司  成员 M02  名额 2/3  有事"


def test_each_event_stands_in_its_step(kit, number):
    ruled, case = dict(ruling=pb.RULING_ASSIGN), kit.daemon.cases[number]
    steps = {"Analysis": [("REASSIGNED", {}), ("EXCUSED", {}), ("OPEN_CALL", {}), ("MERGED", {}), ("JOINED", {}),
                          ("UNMERGED", {}), ("PARTED", {})],
             "Work": [("REOPENED", {}), ("HANDED_DOWN", {}), ("PROGRESSED", {}), ("CLAIMED", {}), ("CHECKED_IN", {}),
                      ("WITHDREW", {})],
             "Feedback": [("FED_BACK", {}), ("CLOSED", {})], "Evaluation": [("CALLED_BACK", {}), ("EVALUATED", {})],
             "Supervision": [("REASSIGNED", ruled), ("RETURNED", {}), ("CONVENED", {})]}
    for events in steps.values():
        for kind, fields in events:
            kit.daemon.note(case, getattr(pb, "EVENT_KIND_" + kind), pb.Request(), **fields)
    found, step = {}, None
    for line in kit.good("show", number).splitlines():
        row = re.match(r"  (\S+)? +\d\d-\d\d \w+ \d\d:\d\d  (\w+( \w+)*)", line)
        step = row.group(1) or step if row else step
        if row:
            found.setdefault(step, []).append(row.group(2))
    for step, events in steps.items():
        assert [kind.lower().replace("_", " ") for kind, _ in events] == [w for w in found[step] if w != "dispatched"], step


# ---- show --------------------------------------------------------------------------------------------------------


def test_show_has_the_evidence(kit, number):
    photo = kit.directory / "photo.jpg"
    photo.write_bytes(b"light")
    kit.good("feedback", number, "--text", "已清运", "--attach", f"before:{photo}", "--attach", photo)
    short = hashlib.sha256(b"light").hexdigest()[:8]
    lines = kit.good("show", number).splitlines()
    at = [i for i, line in enumerate(lines) if "fed back" in line][0]
    assert lines[at + 1].strip() == f"· before the work  {short}  file://{photo}"
    assert lines[at + 2].strip() == f"· {short}  file://{photo}"
    assert f"· 处置前  {short}" in kit.run("show", number, LANGUAGE="zh_CN")[1]
    filed = kit.daemon.events[0].happening.event
    filed.whistle.attachments.add(sha256=b"\0" * 32, uri="https://a/b", phase="during")
    assert "· during  00000000  https://a/b" in kit.good("show", number)
    filed.whistle.attachments[0].ClearField("sha256")  # the daemon has none, or it is cut
    assert "· during  https://a/b" in kit.good("show", number)


def test_show_says_what_the_resident_is_still_owed(kit, number):
    case = kit.daemon.cases[number]
    case.closing.needs = 3
    out = kit.good("show", number)
    assert cells(out, "Feedback") == ["—", "the resident is still to be told"]
    assert cells(out, "Evaluation") == ["—", "the resident is still to be called back"]
    case.closing.fed_back_ms = NOW
    out = kit.good("show", number)
    assert cells(out, "Feedback") == ["—"] and "still to be called back" in out
    case.closing.needs = 1
    assert "still" not in kit.good("show", number)
    case.closing.fed_back_ms, case.state = 0, pb.CASE_STATE_CANCELLED
    assert "still" not in kit.good("show", number), "nobody waits any more"


def test_show_says_how_it_ended_and_until_when_it_may_be_reopened(kit, number):
    case = kit.daemon.cases[number]
    case.state, case.reason, case.closing.reopen_until_ms = pb.CASE_STATE_CLOSED, "solved", NOW + 24 * HOUR
    out = kit.good("show", number)
    assert cells(out, "reason") == ["solved"] and cells(out, "may be reopened until") == ["02-14 Sat 08:01"]
    case.reason, case.closing.reopen_until_ms = "settled", NOW
    out = kit.run("show", number, LANGUAGE="zh_CN")[1]
    assert cells(out, "原因") == ["自办"] and "可重开" not in out, "it is too late"
    case.reason, case.state = "Z01", pb.CASE_STATE_IN_HAND
    assert "Z01" not in kit.good("show", number), "of the time before it was reopened"


def test_show_names_the_cases_that_belong_together(kit, number):
    case = kit.daemon.cases[number]
    assert not any(word in kit.good("show", number) for word in ("merged", "joined", "point"))
    case.merged_into = "260213-0900-5"
    case.joined.add(number="260213-0901-3", office="sj")
    case.joined.add(number="260213-0902-1", office="shuyuan")
    case.related.extend(["260213-0903-9", "260213-0904-7"])
    out = kit.good("show", number)
    assert cells(out, "merged into") == ["260213-0900-5"]
    assert cells(out, "joined by", "260213-0901-3") == ["市场监管局"]
    assert cells(out, "joined by", "260213-0902-1") == ["书院街道办"]
    assert cells(out, "whistles of this point") == ["260213-0903-9", "260213-0904-7"]


def test_show_tells_of_each_unit_its_branch_verdict_and_what_does_not_count(kit, number):
    summons = kit.daemon.cases[number].summons
    assert cells(kit.good("show", number), "role")[-2:] == ["held", "person"], "nobody was judged"
    summons[0].handler, summons[0].verdict, summons[0].held_ms = "sj", pb.VERDICT_NOT_SOLVED, HOUR
    summons[1].exempt, summons[1].held_ms = "D02", 2 * HOUR
    out = kit.good("show", number)
    assert cells(out, "role")[-3:] == ["held", "verdict", "person"]
    assert cells(out, "lead", "城管执法局 → 市场监管局") == ["called", "1 h 00 min", "not solved", "王工 13900000001"]
    assert cells(out, "assist", "自来水公司") == ["called", "2 h 00 min (not counted)"]
    assert "(免计)" in kit.run("show", number, LANGUAGE="zh_CN")[1]
    for arguments in (["show", "--slip"], ["watch"]):
        assert cells(kit.good(*arguments, number), "lead")[0] == "城管执法局 → 市场监管局"


def test_show_and_the_board_have_the_places_of_a_call_up(kit, number):
    case = kit.daemon.cases[number]
    assert "pool" not in kit.good("show", number)
    case.open_call.CopyFrom(open_call(pb.CLAIM_STATE_ON_SITE, pb.CLAIM_STATE_WITHDRAWN))
    case.open_call.claims[0].arrived_ms = NOW
    for command in ("show", "watch"):
        out = kit.good(command, number)
        assert cells(out, "pool snow") == ["书院街道", "1/3 places"]
        assert cells(out, "M01") == ["自来水公司", "on site", "02-13 Fri 07:01", "02-13 Fri 08:01"]
        assert cells(out, "M02") == ["自来水公司", "withdrawn", "02-13 Fri 07:01"]
    case.open_call.filled_ms, case.open_call.skill = NOW, "driver"
    assert cells(kit.good("show", number), "pool snow") == ["书院街道", "skill driver", "1/3 places",
                                                            "full since 02-13 Fri 08:01"]
    assert "已到位" in kit.run("show", number, LANGUAGE="zh_CN")[1]


def test_show_tells_who_knew_what_when(kit, number):
    case, request = kit.daemon.cases[number], pb.Request()

    def delivery(kind, target, about, **fields):
        kit.daemon.note(case, getattr(pb, "EVENT_KIND_" + kind), request, target=target, about_seq=about, **fields)
        kit.daemon.events[-1].happening.event.at_ms = NOW + len(kit.daemon.events) * 60000

    assert "who was told" not in kit.good("show", number)
    delivery("UNDELIVERED", "cg/A", 2, means="sms", tries=5, reason="off")
    delivery("DELIVERED", "zls", 2, means="radio", tries=1)
    delivery("DELIVERED", "cg/A", 1, means="sms", tries=1)
    delivery("DELIVERED", "cg/A", 2, means="sms", tries=6)
    delivery("UNDELIVERED", "member/M07", 77, means="sms", tries=2, reason="off")
    out = kit.good("show", number)
    table = [re.split(r"  +", line.strip()) for line in out[out.index("  who was told"):].splitlines()]
    at = "02-13 Fri 08:01"
    assert table == [
        ["who was told", "of what", "happened", "delivery", "when", "means"],
        ["城管执法局 A", "filed", at, "delivered", "02-13 Fri 08:06", "sms"],
        ["dispatched", at, "delivered", "02-13 Fri 08:07", "sms", "6 tries"],
        ["自来水公司", "dispatched", at, "delivered", "02-13 Fri 08:05", "radio"],
        ["member M07", "77", "undelivered", "02-13 Fri 08:08", "sms", "2 tries", "off"]]
    assert "delivered" not in out[:out.index("who was told")], "what has its own table is not told twice"
    assert "成员 M07" in kit.run("show", number, LANGUAGE="zh_CN")[1]


def test_show_says_that_it_is_not_all(kit, number):
    assert "earlier" not in kit.good("show", number)
    show = kit.daemon.show

    def cut(op, request):
        kind, view = show(op, request)
        view.earlier = 40
        return kind, view
    kit.daemon.show = cut
    assert "earlier events that are not shown: 40" in kit.good("show", number)


# ---- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command, refusal, told", [
    (["claim", "--member", "M9"], ("unknown_member", "M9"), "此次招募没有成员 M9"),
    (["claim", "--member", "M9"], ("full", "3"), "3 个名额已满"),
    (["withdraw", "--member", "M9"], ("illegal_move", "not claimed", "withdraw"), "未认领"),
    (["check-in", "--member", "M9"], ("illegal_move", "on_site", "check_in"), "已到位"),
    (["merge", "--into", "1"], ("bad_value", "other", "the case itself"), "本案"),
    (["return", "--text", "x"], ("illegal_move", "not handed up", "return"), "未上报"),
    (["reopen"], ("too_late", "reopen", "1770948000000"), "重开 的时限已于 02-13 周五 10:00 结束")])
def test_refusals_are_told_in_chinese(kit, number, command, refusal, told):
    kit.daemon.refuse_verbs[command[0].replace("-", "_")] = refusal
    status, out, _ = kit.run(command[0], number, *command[1:], LANGUAGE="zh_CN")
    assert status == 1 and told in out, out
    assert not re.search(r"[a-z]{4,}", out.replace("act.", "")), out
