"""Sealed messages to the real daemon: who is believed, what is refused alike, what comes twice, and keys that change."""
import time

import pytest

import daemon
import sealing
from speaker import Speaker, now_ms, pb, ulid

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

OFFICE = "420902001001"
OFFICE_KEY, SECOND_KEY, UNIT_KEY = sealing.Key(OFFICE), sealing.Key(OFFICE, "desk-2"), sealing.Key("cg", "server")
MINUTE = 60000


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    directory = tmp_path_factory.mktemp("city")
    keyring = sealing.write(directory / "keyring", OFFICE_KEY.line(), SECOND_KEY.line(), UNIT_KEY.line())
    with daemon.running(directory, tcp=True, keyring=keyring) as d:
        yield d


@pytest.fixture
def office(city):
    speaker = Speaker(city.tcp_url, OFFICE, key=OFFICE_KEY).learn()
    yield speaker
    speaker.close()


def cases(city):
    return sum(s["count"] for s in city.json("cases")["states"])


def raw_answer(speaker, payload):
    speaker.send(payload)
    return speaker.connection.receive()[1]


# ---- who is believed ----


def test_a_sealed_whistle_is_taken_on_tcp_and_ipc_and_its_answer_is_sealed(city, office):
    number = office.submit().number
    answer = pb.Envelope.FromString(raw_answer(office, office.envelope(show=pb.Show(number=number))))
    assert answer.suite == 1 and not answer.plain and len(answer.salt) == 24
    assert office.key.open(answer).show.case.number == number
    local = Speaker(city.url, "cg", key=UNIT_KEY)
    assert local.show(number).relation == "lead"
    local.close()


def test_every_key_of_a_principal_speaks_and_is_answered_under_itself(city):
    for key in (OFFICE_KEY, SECOND_KEY):
        speaker = Speaker(city.tcp_url, OFFICE, key=key)
        assert speaker.submit().number
        speaker.close()


def spoilt(envelope, **changes):
    copy = pb.Envelope.FromString(envelope.SerializeToString())
    for field, value in changes.items():
        setattr(copy, field, value)
    return copy


def strangers(office):
    """Envelopes that must be answered by the same bytes."""
    good = office.envelope(submit=office.whistle())
    other = Speaker("", "cg", key=UNIT_KEY).envelope(submit=office.whistle())
    no_key = sealing.Key("stranger")
    yield b""
    yield b"\xff" * 40
    yield pb.Envelope(version=1, principal=OFFICE, id=good.id, plain=b"")
    yield pb.Envelope(version=1, principal="nobody", id=good.id, plain=b"")
    yield no_key.seal(pb.Request(id=good.id))
    yield sealing.Key(OFFICE).seal(pb.Request(id=good.id))  # another key under this one's name
    yield spoilt(good, principal="cg")
    yield spoilt(good, key_id="desk-2")
    yield spoilt(good, key_id="desk-9")
    yield spoilt(good, key_id="x" * 300)
    yield spoilt(good, principal="x" * 3000)
    yield spoilt(good, id=ulid())
    yield spoilt(good, version=2)
    yield spoilt(good, suite=2)
    yield spoilt(good, suite=0)
    yield spoilt(good, salt=good.salt[:-1])
    yield spoilt(good, salt=other.salt)
    yield spoilt(good, sealed=other.sealed)
    yield spoilt(good, sealed=good.sealed[:-1])
    yield spoilt(good, sealed=b"")
    for at in (0, len(good.sealed) // 2, len(good.sealed) - 1):
        yield spoilt(good, sealed=good.sealed[:at] + bytes([good.sealed[at] ^ 1]) + good.sealed[at + 1:])
    answer = pb.Envelope.FromString(raw_answer(office, office.envelope(list=pb.List())))
    yield spoilt(answer, principal=OFFICE, key_id=OFFICE_KEY.id)  # the daemon's own words


def test_a_stranger_gets_one_answer_whatever_it_tries(city, office):
    before = cases(city)
    answers = {raw_answer(office, payload) for payload in strangers(office)}
    assert len(answers) == 1 and cases(city) == before
    reply = pb.Reply.FromString(pb.Envelope.FromString(answers.pop()).plain)
    assert reply == pb.Reply(code="refused", text="refused")


def test_what_is_wrong_inside_a_seal_is_told_sealed(city, office):
    reply = office.ask(submit=office.whistle(category="9999"))
    assert reply.code == "unknown_category"
    id = ulid()
    envelope = OFFICE_KEY.seal(pb.Request(id=id, sent_ms=now_ms()))
    answer = pb.Envelope.FromString(raw_answer(office, envelope))
    assert answer.suite == 1 and OFFICE_KEY.open(answer).code in ("unknown_operation", "malformed")


# ---- time, and what comes twice ----


@pytest.mark.parametrize("off_ms, code", [(6 * MINUTE, "clock_skew"), (-6 * MINUTE, "clock_skew"), (-4 * MINUTE, "ok")])
def test_a_sealed_message_is_fresh(office, off_ms, code):
    for op in ({"submit": office.whistle()}, {"list": pb.List()}, {"fetch": pb.Fetch()}, {"ack": pb.Ack()}):
        reply = office.ask(sent_ms=now_ms() + off_ms, **op)
        older = code == "ok" and "submit" in op  # than the daemon: it may have come before
        assert reply.code == ("replayed" if older else code), (op, reply)
        if code == "clock_skew":
            assert abs(int(reply.arguments[0]) + off_ms) < MINUTE, reply


def test_a_sealed_message_must_say_when_it_was_sent(office):
    for op in ({"submit": office.whistle()}, {"list": pb.List()}):
        id = ulid()
        reply = office.raw(OFFICE_KEY.seal(pb.Request(id=id, **op)))
        assert reply.code == "clock_skew", reply


def test_a_plain_message_need_not_say_when_it_was_sent(city):
    office = Speaker(city.url, OFFICE)
    assert office.ask(sent_ms=0, submit=office.whistle()).code == "ok"
    office.close()


def test_a_change_that_is_sent_again_is_answered_alike_and_done_once(city, office):
    before, envelope = cases(city), office.envelope(submit=office.whistle())
    first = office.raw(envelope)
    assert first.code == "ok" and office.raw(envelope) == first
    thief = Speaker(city.tcp_url, OFFICE, key=OFFICE_KEY)  # who only has the bytes
    assert thief.raw(envelope) == first
    thief.close()
    assert cases(city) == before + 1


def test_a_refusal_that_is_sent_again_is_not_decided_again(city, office):
    envelope = office.envelope(submit=office.whistle(category="9999"))
    assert office.raw(envelope).code == "unknown_category"
    assert office.raw(envelope).code == "replayed"
    fresh = office.envelope(envelope.id, submit=office.whistle())
    assert office.raw(fresh).code == "ok"  # the same id under a new seal
    assert city.json("status")["service"]["replayed"] >= 1


# A question that was sent again was once worked as its principal's: 256 copies of one long poll, by somebody without
# keys, took all the places of the victim's own.
def test_a_question_or_ack_that_is_sent_again_is_not_worked(office):
    for op in ({"list": pb.List()}, {"fetch": pb.Fetch(consumer="x")}, {"ack": pb.Ack(consumer="x", upto=1)}):
        envelope = office.envelope(**op)
        first = office.raw(envelope)
        assert first.code in ("ok", "not_allowed"), first
        again = office.raw(envelope)
        assert again.code == "replayed" and not again.arguments, again


def test_copies_of_a_poll_take_no_place_of_its_principals_own(tmp_path):
    keyring = sealing.write(tmp_path / "keyring", OFFICE_KEY.line())
    with daemon.running(tmp_path, tcp=True, keyring=keyring, arguments=["--limit", "max_polls_a_principal=4"]) as d:
        office, own = Speaker(d.tcp_url, OFFICE, key=OFFICE_KEY), Speaker(d.tcp_url, OFFICE, key=OFFICE_KEY)
        office.submit()
        poll = pb.Fetch(consumer="x", after=office.feed().head_seq, wait_ms=20000)
        captured = office.envelope(fetch=poll).SerializeToString()
        office.send(captured)
        daemon.until(lambda: d.json("status")["service"]["polls_waiting"] == 1)
        thief = Speaker(d.tcp_url, OFFICE, key=OFFICE_KEY)
        assert [thief.raw(captured).code for _ in range(6)] == ["replayed"] * 6
        own.send(own.envelope(fetch=poll))
        daemon.until(lambda: d.json("status")["service"]["polls_waiting"] == 2)
        assert d.json("status")["service"]["polls_refused"] == 0
        for speaker in office, own, thief:
            speaker.close()


# What was refused leaves no trace; after a restart its copy was once decided, and done, for whoever had listened.
def test_a_refusal_that_is_sent_again_after_a_restart_is_not_decided(tmp_path):
    bureau_key = sealing.Key("hb", "server")
    keyring = sealing.write(tmp_path / "keyring", OFFICE_KEY.line(), bureau_key.line())
    with daemon.running(tmp_path, tcp=True, keyring=keyring) as d:
        office, bureau = Speaker(d.tcp_url, OFFICE, key=OFFICE_KEY), Speaker(d.tcp_url, "hb", key=bureau_key).learn()
        done = office.learn().envelope(submit=office.whistle())
        receipt = office.raw(done)
        number = receipt.receipt.number
        captured = bureau.envelope(act=pb.Act(verb=pb.VERB_DECLINE, number=number, reason="D02"))
        assert bureau.raw(captured).code == "unknown_case"  # it is not called yet
        office.act(pb.VERB_ADD_UNIT, number, target="hb")
        for speaker in office, bureau:
            speaker.close()
        for ending in d.restart, lambda: (d.kill(), d.start()):
            ending()
            reply = bureau.raw(captured)
            assert reply.code == "replayed" and int(reply.arguments[0]) >= now_ms(), reply
            assert office.raw(done) == receipt  # what was done is answered as before
            states = {s.unit: s.state for s in office.show(number).case.summons}
            assert states["hb"] == pb.SUMMONS_STATE_CALLED
            bureau.sent_after = 0  # as if it had never heard of it: it goes on by itself
            for speaker in office, bureau:
                speaker.close()
        assert bureau.act(pb.VERB_DECLINE, number, reason="D02").number == number
        bureau.close()


# ---- keys that change ----


def test_a_reload_revokes_and_adds_keys(tmp_path):
    new, old = sealing.Key(OFFICE, "new"), sealing.Key(OFFICE, "old")
    keyring = sealing.write(tmp_path / "keyring", old.line())
    with daemon.running(tmp_path, tcp=True, keyring=keyring) as d:
        by_old, by_new = (Speaker(d.tcp_url, OFFICE, key=key) for key in (old, new))
        assert by_old.submit().number
        assert by_new.ask(list=pb.List()).code == "refused"
        sealing.write(keyring, old.line(), new.line())
        assert "2 keys" in d.ask("reload")
        assert by_old.ask(list=pb.List()).code == by_new.ask(list=pb.List()).code == "ok"
        sealing.write(keyring, new.line())
        d.ask("reload")
        assert by_old.ask(list=pb.List()).code == "refused"
        assert by_new.ask(list=pb.List()).code == "ok"
        sealing.write(keyring, new.line(), new.line())
        answer = d.ask("reload")
        assert answer.startswith("error") and "keyring:2" in answer, answer
        keyring.unlink()
        assert d.ask("reload").startswith("error")
        assert by_new.ask(list=pb.List()).code == "ok"  # the keys in force stay
        by_old.close(), by_new.close()


def test_a_poll_whose_key_is_revoked_hears_nothing_more(tmp_path):
    key, other = sealing.Key("cg", "stolen"), sealing.Key(OFFICE)
    keyring = sealing.write(tmp_path / "keyring", key.line(), other.line())
    with daemon.running(tmp_path, tcp=True, keyring=keyring) as d:
        thief, office = Speaker(d.tcp_url, "cg", key=key), Speaker(d.tcp_url, OFFICE, key=other)
        thief.send(thief.envelope(fetch=pb.Fetch(wait_ms=20000)))
        daemon.until(lambda: d.json("status")["edge"]["parked"] == 1)
        sealing.write(keyring, other.line())
        d.ask("reload")
        office.submit()
        thief.connection.socket.settimeout(1)
        with pytest.raises(TimeoutError):
            thief.connection.socket.recv(1)
        thief.close(), office.close()


def test_a_key_past_its_last_day_is_none(tmp_path):
    key = sealing.Key(OFFICE)
    yesterday = time.strftime("%Y-%m-%d", time.localtime(time.time() - 86400))
    keyring = sealing.write(tmp_path / "keyring", key.line(until=yesterday))
    with daemon.running(tmp_path, tcp=True, keyring=keyring) as d:
        office = Speaker(d.tcp_url, OFFICE, key=key)
        assert office.ask(list=pb.List()).code == "refused"
        office.close()


def test_a_keyring_that_others_may_read_stops_the_start(tmp_path):
    keyring = sealing.write(tmp_path / "keyring", OFFICE_KEY.line())
    keyring.chmod(0o640)
    d = daemon.Daemon(tmp_path, keyring=keyring, environment={"ASAN_OPTIONS": "detect_leaks=0"})
    d.start(wait=False)
    assert d.wait() != 0
    assert "chmod 0600" in d.log() and OFFICE_KEY.secret.hex() not in d.log()
