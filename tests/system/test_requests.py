"""Requests as they may come: twice, late, too big, wrong in any way. One effect each, and a code that tells why not."""
import time

import pytest

import daemon
import sp
from speaker import Speaker, now_ms, pb, ulid

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

OFFICE = "420902001001"
HOUR = 3600000


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    with daemon.running(tmp_path_factory.mktemp("city"), tcp=True) as d:
        yield d


@pytest.fixture
def office(city):
    speaker = Speaker(city.url, OFFICE)
    yield speaker
    speaker.close()


def cases(city):
    return sum(s["count"] for s in city.json("cases")["states"])


# ---- the same id ----


def test_the_same_id_again_is_answered_alike_and_done_once(city, office):
    before, id, submit = cases(city), ulid(), office.whistle()
    first = office.do(id, submit=submit)
    time.sleep(0.01)  # another millisecond, which must not show in the answer
    assert office.do(id, submit=submit) == first
    office.close()
    assert office.do(id, submit=submit) == first
    assert cases(city) == before + 1


def test_both_copies_in_one_batch(city, office):
    before, id, submit = cases(city), ulid(), office.whistle()
    envelope = office.envelope(id, submit=submit)
    ids = [office.send(envelope) for _ in range(8)]
    answers = dict((sp_id, body) for sp_id, _, body in (office.receive() for _ in ids))
    assert sorted(answers) == ids and len(set(answers.values())) == 1
    assert cases(city) == before + 1


def test_copies_over_two_connections_at_once(city, office):
    other, before, id, submit = Speaker(city.url, OFFICE), cases(city), ulid(), office.whistle()
    envelope = office.envelope(id, submit=submit)
    office.send(envelope)
    other.send(envelope)
    assert office.receive()[1] == other.receive()[1]
    other.close()
    assert cases(city) == before + 1


def test_the_answer_outlives_a_restart(tmp_path):
    with daemon.running(tmp_path) as d:
        office, id = Speaker(d.url, OFFICE), ulid()
        submit = office.whistle()
        first = office.do(id, submit=submit)
        d.kill()
        d.start()
        assert office.insist(id, submit=submit) == first and cases(d) == 1
        office.close()


def test_an_id_for_another_operation_is_refused(city, office):
    id = ulid()
    number = office.do(id, submit=office.whistle()).receipt.number
    assert office.ask(id, submit=office.whistle(title="另一件")).code == "id_reused"
    assert office.ask(id, act=pb.Act(verb=pb.VERB_COMMENT, number=number, text="x")).code == "id_reused"


def test_another_principal_may_have_the_same_id(city, office):
    id, other = ulid(), Speaker(city.url, "420902001002")
    one, two = office.do(id, submit=office.whistle()), other.do(id, submit=other.whistle())
    other.close()
    assert one.receipt.number != two.receipt.number


def test_a_refusal_is_not_remembered(city, office):
    id = ulid()
    assert office.ask(id, submit=office.whistle(area="999")).code == "unknown_area"
    assert office.ask(id, submit=office.whistle()).code == "ok"


# ---- time ----


@pytest.mark.parametrize("age_ms, code", [(49 * HOUR, "stale_id"), (47 * HOUR, "ok"), (-4 * 60000, "ok"),
                                          (-6 * 60000, "clock_skew")])
def test_the_time_of_the_id(city, office, age_ms, code):
    before = cases(city)
    assert office.ask(ulid(now_ms() - age_ms), submit=office.whistle()).code == code
    assert cases(city) == before + (code == "ok")


@pytest.mark.parametrize("off_ms, code", [(6 * 60000, "clock_skew"), (-6 * 60000, "clock_skew"), (4 * 60000, "ok")])
def test_the_clock_of_the_client(city, office, off_ms, code):
    assert office.ask(sent_ms=now_ms() + off_ms, submit=office.whistle()).code == code


def test_a_known_id_is_answered_though_the_clock_is_wrong(city, office):
    id, submit = ulid(), office.whistle()
    first = office.do(id, submit=submit)
    assert office.ask(id, sent_ms=now_ms() - HOUR, submit=submit) == first


# ---- bytes ----


@pytest.mark.parametrize("body", [b"", b"\0", b"\xff" * 64, b"hello", b"\x0a\x05abc", b"\x42\xff\xff\xff\xff\x0f",
                                  b"\x08\x01" * 1000], ids=range(7))
def test_what_is_no_envelope_is_refused(city, office, body):
    assert office.raw(body).code == "refused"
    assert office.submit().number  # and the connection is still good


def broken(office, **changes):
    envelope = office.envelope(submit=office.whistle())
    for field, value in changes.items():
        setattr(envelope, field, value)
    return office.raw(envelope).code


@pytest.mark.parametrize("changes, code", [
    ({"version": 2}, "refused"), ({"version": 0}, "refused"), ({"suite": 9}, "refused"), ({"suite": 1}, "refused"),
    ({"id": b""}, "refused"), ({"id": b"123"}, "refused"), ({"principal": "nobody"}, "refused"),
    ({"principal": ""}, "refused"), ({"sealed": b"x"}, "refused"), ({"plain": b"\xff"}, "malformed")],
    ids=lambda value: str(value))
def test_an_envelope_that_is_wrong(city, office, changes, code):
    before = cases(city)
    assert broken(office, **changes) == code
    assert cases(city) == before


def test_the_inner_id_must_be_the_outer(city, office):
    assert office.raw(office.envelope(inner_id=ulid(), submit=office.whistle())).code == "malformed"


def test_no_operation(city, office):
    assert office.ask().code in ("unknown_operation", "malformed")


def test_an_oversize_request_is_told_and_closed(city, office):
    envelope = office.envelope(submit=office.whistle(personal=pb.Personal(text="x" * 70000)))
    reply = office.raw(envelope)
    assert reply.code == "too_large" and reply.arguments[1] == "65536"
    with pytest.raises((sp.Closed, ConnectionError)):
        office.receive()
    office.close()
    assert office.submit().number


def test_almost_too_large_is_taken_or_refused_by_name(city, office):
    text = "好" * 20000  # 60,000 bytes
    assert office.ask(submit=office.whistle(personal=pb.Personal(text=text))).code in ("ok", "too_long")


@pytest.mark.parametrize("text", ["a\0b", "a\x01b", "a\x1bb", "a\x7fb", "a\u0085b", "a\u202eb", "a\u2066b"])
@pytest.mark.parametrize("field", ["title", "name", "source", "agent"])
def test_text_must_be_clean(city, office, field, text):
    before = cases(city)
    fields = {"title": {"title": text}, "name": {"personal": pb.Personal(name=text)},
              "source": {"source": text, "source_no": "1"}, "agent": {}}[field]
    if field == "agent":
        office.agent = text
    reply = office.ask(submit=office.whistle(**fields))
    assert reply.code in ("bad_text", "malformed"), reply
    assert cases(city) == before


def test_text_that_is_not_utf8(city, office):
    envelope = office.envelope(submit=office.whistle(title="TITLE"))
    envelope.plain = envelope.plain.replace(b"TITLE", b"TI\xff\xfeE")
    assert office.raw(envelope).code in ("bad_text", "malformed")


@pytest.mark.parametrize("field", ["title", "source", "source_no", "on_behalf_of", "meeting_point", "name", "address"])
@pytest.mark.parametrize("text", ["a\n261127-0099-1  closed", "a\tb", "a\u2028b"])
def test_a_second_line_is_refused_where_there_is_one_only(office, field, text):
    """In a title it was a row of its own in whatever table showed it."""
    more = {"personal": pb.Personal(**{field: text})} if field in ("name", "address") else {field: text}
    reply = office.ask(submit=office.whistle(**more))
    assert (reply.code, list(reply.arguments)) == ("bad_text", [field]), reply


def test_what_a_resident_tells_has_lines(office):
    assert office.ask(submit=office.whistle(personal=pb.Personal(text="一\n二\t三"))).code == "ok"


# ---- what is asked ----


@pytest.mark.parametrize("fields, code, field", [
    ({"area": "999"}, "unknown_area", "whistle.area"),
    ({"area": "420902002"}, "out_of_scope", "whistle.area"),
    ({"category": "9999"}, "unknown_category", "whistle.category"),
    ({"category": "01"}, "unknown_category", "whistle.category"),
    ({"category": ""}, "missing", "whistle.category"),
    ({"condition": "9"}, "unknown_condition", "whistle.condition"),
    ({"category_standard": "CJ/T 214-2007"}, "unknown_category", "whistle.category_standard"),
    ({"title": "长" * 41}, "too_long", "whistle.title"),
    ({"attributes": [pb.Attribute(name="字" * 41)]}, "too_long", "whistle.attributes"),
    ({"attributes": [pb.Attribute(name="n", value="字" * 201)]}, "too_long", "whistle.attributes"),
    ({"attachments": [pb.Attachment(uri="u" * 501)]}, "too_long", "whistle.attachments"),
    ({"attachments": [pb.Attachment(media_type="m" * 81)]}, "too_long", "whistle.attachments"),
    ({"attachments": [pb.Attachment(phase="p" * 41)]}, "too_long", "whistle.attachments"),
    ({"severity": 5}, "bad_value", "whistle.severity"),
    ({"source": "12345"}, "missing", "whistle.source_no"),
    ({"reported_ms": 1}, "time_range", "whistle.reported_ms"),
    ({"reported_ms": 4102444800000}, "time_range", "whistle.reported_ms"),
    ({"appointed_ms": 1000}, "time_range", "whistle.appointed_ms"),
    ({"position": pb.Position(latitude=91)}, "bad_value", "whistle.position"),
    ({"position": pb.Position(latitude=float("nan"))}, "bad_value", "whistle.position"),
    ({"kind": 77}, "bad_value", "whistle.kind"),
], ids=lambda value: str(value)[:40])
def test_a_whistle_that_is_wrong(city, office, fields, code, field):
    reply = office.ask(submit=office.whistle(**fields))
    assert (reply.code, reply.field) == (code, field)
    assert reply.text and "{" not in reply.text


@pytest.mark.parametrize("act, code", [
    ({"verb": pb.VERB_ACCEPT, "number": "260213-0001-2"}, "bad_number"),
    ({"verb": pb.VERB_ACCEPT, "number": "x"}, "bad_number"),
    ({"verb": pb.VERB_ACCEPT}, "missing"),
    ({"verb": 99, "number": "260213-0001-1"}, "unknown_operation"),
    ({"number": "260213-0001-1"}, "unknown_operation"),
    ({"verb": pb.VERB_URGE, "number": "260213-0001-1"}, "unknown_case"),
    ({"verb": pb.VERB_URGE, "number": "260213-0001-1", "reason": "x" * 41}, "too_long"),
    ({"verb": pb.VERB_COMMENT, "number": "260213-0001-1",
      "attachments": [pb.Attachment(sha256=b"1" * 32, uri="u" * 501)]}, "too_long")],
    ids=lambda value: str(value)[:40])
def test_an_act_that_is_wrong(city, office, act, code):
    assert office.ask(act=pb.Act(**act)).code == code


@pytest.mark.parametrize("agent", [pb.Agent(name="名" * 41), pb.Agent(staff_no="9" * 41)], ids=["name", "staff_no"])
def test_nobody_tells_a_story_as_an_agent(city, office, agent):
    """An agent of 45 KB stood on every record that he made."""
    number = office.submit().number
    for op in (dict(submit=office.whistle()), dict(act=pb.Act(verb=pb.VERB_URGE, number=number)),
               dict(show=pb.Show(number=number, personal=True))):
        request = pb.Request(id=ulid(), sent_ms=now_ms(), agent=agent, **op)
        reply = office.raw(pb.Envelope(version=1, principal=OFFICE, id=request.id, plain=request.SerializeToString()))
        assert reply.code == "too_long" and reply.field.startswith("agent")


def test_the_same_source_is_the_same_whistle(city, office):
    fields = {"source": "12345", "source_no": f"A{now_ms()}"}
    first = office.submit(**fields)
    again = office.submit(title="再报一次", **fields)
    assert again.existed and again.number == first.number and not first.existed
    stranger = Speaker(city.url, "420902100001")
    reply = stranger.ask(submit=stranger.whistle(**fields))
    stranger.close()
    assert reply.code == "duplicate_source"


def test_a_department_does_not_whistle(city):
    cg = Speaker(city.url, "cg")
    assert cg.ask(submit=cg.whistle(area=OFFICE)).code == "not_allowed"
    cg.close()


def test_a_case_beyond_seven_days_back_needs_the_import_role(city, office):
    old = now_ms() - 30 * 24 * HOUR
    importer = Speaker(city.url, "import")
    reply = importer.ask(submit=importer.whistle(area=OFFICE, reported_ms=old, source="旧", source_no=str(old)))
    importer.close()
    assert reply.code == "ok" and pb.CaseState.Name(reply.receipt.state) == "CASE_STATE_CLOSED"


# ---- who asks ----


def test_tcp_is_believed_only_when_it_is_said(city, tmp_path):
    remote = Speaker(city.tcp_url, OFFICE)  # this daemon runs with --insecure
    assert remote.submit().number
    remote.close()
    assert city.json("status")["daemon"]["insecure"] is True
    port = daemon.free_port()
    with daemon.running(tmp_path, arguments=["--listen", f"tcp://127.0.0.1:{port}"]) as d:
        assert "nobody is believed over tcp" in d.log()
        stranger = Speaker(f"tcp://127.0.0.1:{port}", OFFICE)
        assert stranger.ask(submit=stranger.whistle()).code == "refused"
        stranger.close()


def test_a_stranger_learns_nothing(city, office):
    """An unknown principal, and a known one that cannot be opened, are told the same."""
    stranger = Speaker(city.url, "no-such-principal")
    one = stranger.ask(show=pb.Show(number="260213-0001-1"))
    stranger.close()
    envelope = office.envelope(submit=office.whistle())
    envelope.suite = 9
    two = office.raw(envelope)
    assert one.code == "refused" and one.field == ""
    assert one == two and two == office.raw(b"\xff")
    assert not one.id and not one.now_ms
