"""Cases from the first whistle to the end, over real sockets, on a city clock that jumps by restarting."""
import datetime

import pytest

import daemon
from speaker import Speaker, name, pb, state

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

ZONE = datetime.timezone(datetime.timedelta(hours=8))
COMMUNITY, STREET = "420902001001", "420902001"
FIVE = ["cg", "scj", "jj", "xf", "water"]


def ms(text):
    return round(datetime.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


class Town:
    """A daemon on a city clock, and whoever speaks to it."""

    def __init__(self, directory):
        self.daemon = daemon.Daemon(directory)
        self.speakers = {}

    def at(self, moment):
        """Starts the daemon at a city time, again if it runs."""
        if self.daemon.process:
            self.daemon.stop()
        for speaker in self.speakers.values():
            speaker.close()
        self.daemon.clock = moment + "+08:00,x1"
        self.daemon.start()
        return self

    def __getitem__(self, principal):
        return self.speakers.setdefault(principal, Speaker(self.daemon.url, principal))

    def wait_rungs(self, number, count):
        """Waits until so many rungs of a case fired; their events."""
        def rungs():
            events = [h.event for h in self["centre"].show(number).happenings]
            found = [e for e in events if e.kind == pb.EVENT_KIND_RUNG]
            return found if len(found) >= count else None
        return daemon.until(rungs)

    def close(self):
        for speaker in self.speakers.values():
            speaker.close()
        if self.daemon.process:
            self.daemon.stop()


@pytest.fixture
def town(tmp_path):
    town = Town(tmp_path)
    yield town
    town.close()


def joint(town):
    return town[COMMUNITY].submit(kind=pb.KIND_JOINT, category="0402", appointed_ms=ms("2026-02-14T09:00"),
                                  meeting_point="东门菜场", personal=pb.Personal(name="张桂兰", phone="138"))


def test_an_issue_from_whistle_to_closed(town):
    town.at("2026-02-13T09:00")
    receipt = town[COMMUNITY].submit(category="0102", personal=pb.Personal(name="张三", phone="138"))
    number, cg = receipt.number, town["cg"]
    assert [c.unit for c in receipt.called] == ["cg"] and receipt.rule.id == "R27"
    item = cg.feed().items[0]
    assert item.happening.event.number == number and item.why == pb.WHY_LEAD
    assert cg.show(number, personal=True).personal.name == "张三"
    for verb, then in ((pb.VERB_ACCEPT, "in_hand"), (pb.VERB_REPORT, "in_hand"), (pb.VERB_RESOLVE, "resolved")):
        assert name(pb.CaseState, cg.act(verb, number, person="王工", head_count=2).state) == then
    view = town[COMMUNITY].show(number)
    assert view.case.summons[0].state == pb.SUMMONS_STATE_DONE and view.persons[0].name == "王工"
    assert name(pb.CaseState, town[COMMUNITY].act(pb.VERB_EVALUATE, number, verdict=pb.VERDICT_SOLVED).state) == "closed"
    assert town[COMMUNITY].kinds() == ["dispatched", "accepted", "reported", "resolved", "evaluated", "closed"]
    assert cg.refused(pb.VERB_RESOLVE, number) == "illegal_move"
    counts = town.daemon.json("day")["day"]
    assert (counts["filed"], counts["accepted"], counts["done"], counts["solved"], counts["closed"]) == (1, 1, 1, 1, 1)


def test_a_joint_whistle_is_resolved_when_all_five_are_done(town):
    town.at("2026-02-13T16:50")
    receipt = joint(town)
    number, filed = receipt.number, town[COMMUNITY].show(receipt.number).case.filed_ms
    assert [c.unit for c in receipt.called] == FIVE
    assert receipt.promised_ms - filed == ms("2026-02-24T16:50") - ms("2026-02-13T16:50")
    assert {c.report_due_ms for c in receipt.called} == {ms("2026-02-14T09:30")}
    states = [name(pb.CaseState, town[unit].act(pb.VERB_RESOLVE, number).state) for unit in ["xf", "cg", "jj", "water", "scj"]]
    assert states == ["in_hand"] * 4 + ["resolved"]


def test_who_is_late_climbs_by_block_and_by_line(town):
    town.at("2026-02-13T16:49:30")
    number = joint(town).number
    due = town[COMMUNITY].show(number).case.filed_ms + 3600000
    for unit in FIVE:
        if unit != "xf":
            town[unit].act(pb.VERB_ACCEPT, number)
    town.at("2026-02-13T17:49:20")
    rungs = town.wait_rungs(number, 3)
    assert [r.target for r in rungs] == ["xf"] * 3 and [r.rung for r in rungs] == [1, 2, 3]
    assert 0 <= rungs[1].at_ms - due < 5000 and not rungs[1].late
    told = {r.code for r in rungs[2].recipients}
    assert {STREET, "yj", "supervise"} <= told
    for recipient in (STREET, "yj", "supervise"):
        assert "rung" in town[recipient].kinds(), recipient
    # contact B is a recipient of its own, and what reached it is on record
    item = next(i for i in town["xf"].feed("xf/B").items if i.happening.event.rung == 2)
    assert town[COMMUNITY].show(number).case.summons[3].contact == "B"
    town["xf"].act(pb.VERB_DELIVERED, number, target="xf/B", seq=item.seq, means="sms", tries=1)
    town["xf"].act(pb.VERB_ACCEPT, number, person="李永刚")
    events = [h.event for h in town["centre"].show(number).happenings]
    assert [(e.means, e.about_seq) for e in events if e.kind == pb.EVENT_KIND_DELIVERED] == [("sms", item.seq)]
    assert [e.late for e in events if e.kind == pb.EVENT_KIND_ACCEPTED] == [False] * 4 + [True]
    # the order of supervision waits for its answer and takes it once
    town["xf"].act(pb.VERB_ANSWER, number, text="马上到")
    assert town["xf"].refused(pb.VERB_ANSWER, number) == "not_found"
    # nothing fires again
    town.at("2026-02-13T17:58")
    assert len(town.wait_rungs(number, 3)) == 3


def test_an_emergency_runs_on_elapsed_time_at_night(town):
    town.at("2026-02-13T23:30")
    receipt = town[COMMUNITY].submit(kind=pb.KIND_EMERGENCY, category="0502",
                                     personal=pb.Personal(text="楼道里闻到很浓的煤气味"))
    filed = town[COMMUNITY].show(receipt.number).case.filed_ms
    assert receipt.rule.id == "R14" and [c.unit for c in receipt.called] == ["gas", "xf", "yj", "jj"]
    called = receipt.called[0]
    assert [due - filed for due in (called.accept_due_ms, called.report_due_ms, called.resolve_due_ms)] == \
        [5 * 60000, 20 * 60000, 3600000]
    for unit in ("xf", "yj", "jj"):
        town[unit].act(pb.VERB_REPORT, receipt.number)
    town.at("2026-02-13T23:35:30")
    rungs = town.wait_rungs(receipt.number, 3)
    assert {r.target for r in rungs} == {"gas"}
    assert town[COMMUNITY].show(receipt.number).case.summons[0].contact == "B"
    assert "rung" in town["gas"].kinds("gas/B") and "rung" in town["zj"].kinds()
    town["gas"].act(pb.VERB_RESOLVE, receipt.number)
    assert state(town[COMMUNITY].show(receipt.number)) == "in_hand"


def test_a_decline_goes_to_the_desk_and_no_clock_stops(town):
    town.at("2026-02-13T10:00")
    number = joint(town).number
    before = {c.id: c.due_ms for c in town["centre"].show(number).case.clocks if c.stage == pb.STAGE_RESOLVE}
    assert town["jj"].refused(pb.VERB_DECLINE, number) == "missing"
    assert town["jj"].refused(pb.VERB_DECLINE, number, reason="D99") == "unknown_reason"
    town["jj"].act(pb.VERB_DECLINE, number, reason="D02")
    view = town["centre"].show(number)
    assert state(view) == "arbitration" and "declined" in town["centre"].kinds()
    assert {c.id: c.due_ms for c in view.case.clocks if c.stage == pb.STAGE_RESOLVE and not c.stopped_ms and c.summons} == before
    assert town["scj"].refused(pb.VERB_REASSIGN, number, unit="jj", target="jj") == "not_allowed"
    town["centre"].act(pb.VERB_REASSIGN, number, unit="jj", target="jj")
    assert "reassigned" in town["jj"].kinds()
    town["jj"].act(pb.VERB_ACCEPT, number)
    town["jj"].act(pb.VERB_DECLINE, number, reason="D02")
    town["centre"].act(pb.VERB_REASSIGN, number, unit="jj", target="hb")
    assert [s.unit for s in town["centre"].show(number).case.summons] == FIVE + ["hb"]
    assert town["hb"].refused(pb.VERB_DECLINE, number, reason="D02") == "too_many"


def test_not_solved_is_rework_with_a_new_clock(town):
    town.at("2026-02-13T09:00")
    number = town[COMMUNITY].submit(category="0102").number
    town["cg"].act(pb.VERB_RESOLVE, number)
    assert town["cg"].refused(pb.VERB_EVALUATE, number, verdict=pb.VERDICT_SOLVED) == "not_allowed"
    town[COMMUNITY].act(pb.VERB_EVALUATE, number, verdict=pb.VERDICT_NOT_SOLVED, text="还是脏")
    case = town[COMMUNITY].show(number).case
    assert case.state == pb.CASE_STATE_IN_HAND and case.reworks == 1
    assert case.summons[0].state == pb.SUMMONS_STATE_CALLED
    running = [c for c in case.clocks if c.stage == pb.STAGE_RESOLVE and not c.stopped_ms]
    stopped = [c for c in case.clocks if c.stage == pb.STAGE_RESOLVE and c.stopped_ms]
    assert len(running) == 1 and len(stopped) == 1 and running[0].start_ms > stopped[0].start_ms
    town["cg"].act(pb.VERB_RESOLVE, number)
    assert name(pb.CaseState, town[COMMUNITY].act(pb.VERB_EVALUATE, number, verdict=pb.VERDICT_SOLVED).state) == "closed"


def test_a_question_is_registered_and_nobody_is_summoned(town):
    town.at("2026-02-13T09:00")
    receipt = town[COMMUNITY].submit(nature=pb.NATURE_CONSULTATION)
    assert name(pb.CaseState, receipt.state) == "registered" and not receipt.called


def test_each_sees_what_is_his(town):
    town.at("2026-02-13T09:00")
    receipt = town[COMMUNITY].submit(category="0102", confidential=True, personal=pb.Personal(name="张三", phone="138"))
    assert town[COMMUNITY].show(receipt.number, personal=True).personal.phone == "138"
    assert town["cg"].show(receipt.number, personal=True).personal.phone == ""
    assert town["420902100"].ask(show=pb.Show(number=receipt.number)).code == "unknown_case"
    assert town["hb"].ask(show=pb.Show(number=receipt.number)).code == "unknown_case"
    assert town["hb"].ask(fetch=pb.Fetch(recipient="cg")).code == "not_allowed"
    assert town["hb"].refused(pb.VERB_ACCEPT, receipt.number) == "unknown_case"


def test_a_branch_finds_what_was_handed_down_to_it_among_its_own(tmp_path):
    with daemon.running(tmp_path) as d:
        number = d.submit("420902001001", category="0102")
        d.act("cg", "hand-down", number, "--to", "zd1")
        assert number in d.whistle("zd1", "list", "--mine")
        d.act("zd1", "accept", number, "--person", "孙队")
        d.act("cg", "hand-down", number, "--to", "cg")
        assert number not in d.whistle("zd1", "list", "--mine")


def test_who_lost_its_summons_reads_the_resident_no_more(tmp_path):
    with daemon.running(tmp_path) as d:
        number = d.submit("420902001001", "0102", None, "楼道垃圾", "--name", "张三", "--phone", "13800008000")
        cg = Speaker(d.url, "cg")
        known = [i.happening.personal.name for i in cg.feed(epoch=1, personal=True).items if i.happening.HasField("personal")]
        assert known == ["张三"]
        cg.act(pb.VERB_DECLINE, number, reason="D02")
        Speaker(d.url, "centre").act(pb.VERB_REASSIGN, number, target="zj")
        items = cg.feed(epoch=1, personal=True).items
        assert items and not any(i.happening.HasField("personal") for i in items)
        assert any(i.happening.personal.name == "张三" for i in Speaker(d.url, "zj").feed(epoch=1, personal=True).items)


def test_a_stranger_hears_nothing_by_a_wrong_word_of_delivery(tmp_path):
    with daemon.running(tmp_path) as d:
        number = d.submit("420902001001", category="0102")
        seq = Speaker(d.url, "cg").feed(epoch=1).items[0].seq
        act = {"target": "hb/x", "seq": seq, "means": "sms"}
        assert Speaker(d.url, "cg").refused(pb.VERB_UNDELIVERED, number, **act) == "not_allowed"
        assert Speaker(d.url, "centre").refused(pb.VERB_UNDELIVERED, number, **act) == "bad_value"
        assert not Speaker(d.url, "hb").feed("hb/A", epoch=1).items


@pytest.mark.parametrize("field, value, code", [
    ("on_behalf_of", "张" * 41, "too_long"), ("meeting_point", "东" * 81, "too_long"),
    ("source_no", "9" * 81, "too_long"), ("nature", 7, "bad_value")])
def test_what_stands_in_the_public_part_is_short(tmp_path, field, value, code):
    with daemon.running(tmp_path) as d:
        office = Speaker(d.url, "420902001001")
        reply = office.ask(submit=office.whistle(**{"source": "12345", "source_no": "1", field: value}))
        assert (reply.code, reply.field) == (code, f"whistle.{field}")


def test_an_act_has_a_place_on_earth_and_digests_that_are_some(tmp_path):
    with daemon.running(tmp_path) as d:
        number = d.submit("420902001001", category="0102")
        cg = Speaker(d.url, "cg")
        for position in pb.Position(latitude=91), pb.Position(longitude=181), pb.Position(latitude=float("nan")):
            assert cg.refused(pb.VERB_REPORT, number, position=position) == "bad_value"
        assert cg.refused(pb.VERB_COMMENT, number, attachments=[pb.Attachment(sha256=b"short")]) == "bad_value"
