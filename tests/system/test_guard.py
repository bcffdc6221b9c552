"""A request that ends the daemon is quarantined at its second time, and everybody else goes on.

`poisoned` (tests/tools) is the daemon, but for a few requests that end it.
"""
import re
import resource
import signal
import subprocess
import threading
import time

import pytest

import daemon
from speaker import Speaker, pb

POISONED = daemon.BUILD / "tests" / "poisoned"
OFFICE = "420902001001"

pytestmark = pytest.mark.skipif(not POISONED.exists(), reason="poisoned is not built")


class Poisoned(daemon.Daemon):
    """What ends it by itself may leave a sanitizer's report, which is no fault here."""

    def __init__(self, directory, clock_speed=1, **options):
        super().__init__(directory, environment={"POISONED_CLOCK": str(clock_speed)}, **options)

    def command(self):
        return [str(POISONED)] + super().command()[1:]

    def died(self):
        """Waits for an end that nobody asked for; the exit status."""
        process, self.process = self.process, None
        status = process.wait(daemon.SECONDS)
        assert status != 0
        return status

    def requests(self):
        return self.json("quarantine")["requests"]


@pytest.fixture
def d(tmp_path):
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    d = Poisoned(tmp_path)
    yield d.start()
    if d.process is not None:
        d.process.kill()
        d.process.wait()


def breaks(d, payload):
    """Sends what ends the daemon, sees it end, and starts it again."""
    speaker = Speaker(d.url, OFFICE)
    speaker.send(payload(speaker))
    status = d.died()
    speaker.close()
    d.start()
    return status


def whistle(title):
    return lambda speaker: speaker.envelope(submit=speaker.whistle(title=title))


def question(text):
    return lambda speaker: speaker.envelope(list=pb.List(search=text, max=10))


def answer(d, payload):
    speaker = Speaker(d.url, OFFICE)
    reply = speaker.raw(payload(speaker))
    speaker.close()
    return reply


# ---- what is quarantined ----


CASES = {
    "assertion": (whistle("poison abort"), "deciding"),
    "fault": (whistle("poison fault"), "deciding"),
    "stack": (whistle("poison deep"), "deciding"),
    "question": (question("poison abort"), "looking"),
    "question's stack": (question("poison deep"), "looking"),
    "opening": (whistle("poison opening"), "opening"),
    "reading": (whistle("poison reading"), "reading"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_ends_the_daemon_twice_is_quarantined(d, case):
    """Each try has an id and a time of its own."""
    payload, stage = CASES[case]
    breaks(d, payload)
    assert [(r["state"], r["deaths"], r["stage"]) for r in d.requests()] == [("suspect", 1, stage)]
    assert d.json("status")["alarms"] == []
    breaks(d, payload)
    [request] = d.requests()
    assert (request["state"], request["deaths"], request["stage"]) == ("quarantined", 2, stage)
    assert request["principal"] == ("" if stage == "opening" else OFFICE)
    for _ in range(3):
        reply = answer(d, payload)
        told = ("refused", []) if stage == "opening" else ("quarantined", [request["hash"][:12]])
        assert (reply.code, list(reply.arguments)) == told, reply  # who is not known yet is told nothing
    assert d.submit(OFFICE), "everybody else goes on"
    assert d.submit(OFFICE, title="poison abor")
    kept = (d.data / "poison" / request["hash"]).read_bytes()
    head, rest = kept.split(b"\n\n", 1)
    assert f"bytes {len(rest)}".encode() in head and len(rest) == request["bytes"] > 20
    assert b"poison" in rest and (d.data / "poison" / request["hash"]).stat().st_mode & 0o777 == 0o600
    d.stop()


def test_what_the_status_the_metrics_and_the_log_say(d):
    payload = whistle("poison abort")
    breaks(d, payload)
    assert re.search(r"<4>suspect hash=[0-9a-f]{64} principal=420902001001 stage=deciding deaths=1 blame=2$", d.log(), re.M)
    breaks(d, payload)
    [request] = d.requests()
    assert f"<3>quarantined hash={request['hash']} principal=420902001001 stage=deciding deaths=2 blame=4" in d.log()
    answer(d, payload)
    status = d.json("status")
    assert status["guard"] == {"quarantined": 1, "suspects": 0, "unread": 0, "refused": 1, "holds": True, "blind": False}
    assert [a for a in status["alarms"] if "QUARANTINED: 1 " in a and "隔离" in a]
    assert "whistled_guard_quarantined 1\n" in d.ask("metrics") and "** QUARANTINED" in d.ask("status")
    text = d.ask("quarantine")
    assert request["hash"][:12] in text and request["hash"] not in text and OFFICE in text
    d.stop()


def test_it_stays_over_restarts_until_it_is_released(d):
    payload = whistle("poison abort")
    breaks(d, payload)
    breaks(d, payload)
    for stop in (d.stop, d.kill, d.stop):
        stop()
        d.start()
        assert answer(d, payload).code == "quarantined"
    [request] = d.requests()
    assert d.json("release")["code"] == "missing"
    assert d.json("release", "../../mark")["code"] == "bad_value"
    assert d.json("release", request["hash"][:11])["code"] == "bad_value"
    assert d.json("release", "0" * 12)["code"] == "not_found"
    assert d.ask("release", request["hash"][:12]) == f"ok {request['hash']} is taken again\n"
    assert d.requests() == [] and list((d.data / "poison").iterdir()) == []
    assert d.json("status")["alarms"] == []
    d.stop()
    d.start()
    breaks(d, payload)  # this program still breaks down over it
    assert d.requests()[0]["deaths"] == 1
    d.stop()


def test_a_program_that_has_learnt_it_answers_after_the_release(d):
    payload = whistle("poison abort")
    breaks(d, payload)
    breaks(d, payload)
    [request] = d.requests()
    d.stop()
    d.command = lambda: daemon.Daemon.command(d)  # the whistled that does not break down
    d.start()
    assert answer(d, payload).code == "quarantined"
    d.ask("release", request["hash"])
    assert answer(d, payload).code == "ok"
    d.stop()


def test_one_crash_and_then_no_harm_is_forgotten(d):
    payload = whistle("poison abort")
    breaks(d, payload)
    d.stop()
    d.command = lambda: daemon.Daemon.command(d)
    d.start()
    assert answer(d, payload).code == "ok"
    assert d.requests() == []
    daemon.until(lambda: list((d.data / "poison").iterdir()) == [])
    d.stop()


def test_who_speaks_for_another_does_not_frame_him(d):
    """The same operation of another principal is another request."""
    payload = question("poison abort")
    breaks(d, payload)
    breaks(d, payload)
    other = Speaker(d.url, "420902001002")
    other.send(other.envelope(list=pb.List(search="poison abort", max=10)))
    d.died()  # it was taken in hand
    other.close()
    d.start()
    assert sorted((r["principal"], r["state"]) for r in d.requests()) == [(OFFICE, "quarantined"),
                                                                          ("420902001002", "suspect")]
    d.stop()


# ---- the client ----


def test_the_client_tries_again_and_then_hears_so(d, tmp_path):
    """It keeps one id, sends over a daemon that goes and comes, and ends at the refusal, well before its deadline."""
    began = time.monotonic()
    in_chinese = d.environment(OFFICE, LANGUAGE="zh_CN")
    client = subprocess.Popen([daemon.BUILD / "whistle", "--timeout", "60", "submit", "--category", "0102", "--area", OFFICE,
                               "--title", "poison abort", "--yes"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=in_chinese)
    d.died()
    d.start(wait=False)  # the client may be there before it says that it is ready
    d.died()
    d.start()
    out, err = client.communicate(timeout=daemon.SECONDS)
    assert client.returncode != 0 and "隔离" in err, (out, err)
    assert time.monotonic() - began < 50
    assert d.process.poll() is None
    assert d.whistle(OFFICE, "send") == "delivered 0, kept 0\n", "it is not kept to be tried for ever"
    d.stop()


# ---- what is not ----


def test_others_in_hand_at_a_crash_are_answered(d):
    """Everybody works while the daemon breaks down; whoever was in hand is answered afterwards and is no suspect."""
    halt, errors, answered = threading.Event(), [], [0]

    def work(office):
        speaker = Speaker(d.url, office)
        try:
            while not halt.is_set():
                reply = speaker.insist(submit=speaker.whistle())
                assert reply.code == "ok", reply
                assert speaker.insist(list=pb.List(mine=True, max=10)).code == "ok"
                answered[0] += 1
        except Exception as error:  # noqa: BLE001 - told by the test
            errors.append(error)

    offices = [threading.Thread(target=work, args=[o]) for o in (OFFICE, "420902001002", "420902002001", "420902002003")]
    for office in offices:
        office.start()
    for _ in range(2):
        before = answered[0]
        daemon.until(lambda: answered[0] > before + 20 or errors)
        breaks(d, whistle("poison abort"))
    before = answered[0]
    daemon.until(lambda: answered[0] > before + 20 or errors)
    halt.set()
    for office in offices:
        office.join(60)
    assert errors == []
    assert [r["state"] for r in d.requests() if r["deaths"] > 1] == ["quarantined"]
    assert answer(d, whistle("poison abort")).code == "quarantined"
    d.stop()


def hold(d, title="poison hang"):
    """A request that is in hand and stays there."""
    speaker = Speaker(d.url, OFFICE)
    speaker.send(speaker.envelope(submit=speaker.whistle(title=title)))
    time.sleep(0.3)
    assert d.process.poll() is None
    return speaker


def ends(d, number):
    d.process.send_signal(number)
    d.died()
    d.start()


def test_two_kills_do_not_condemn_an_honest_request(d):
    """In hand at two kill -9: a suspect, whom the first answer clears."""
    for deaths in (1, 2):
        speaker = hold(d)
        ends(d, signal.SIGKILL)
        speaker.close()
        assert [(r["state"], r["deaths"], r["blame"]) for r in d.requests()] == [("suspect", deaths, deaths)]
    d.stop()
    d.command = lambda: daemon.Daemon.command(d)
    d.start()
    assert answer(d, whistle("poison hang")).code == "ok"
    assert d.requests() == []
    d.stop()


@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGKILL, signal.SIGSEGV])
def test_a_request_that_hangs_is_quarantined_at_the_second_time(tmp_path, number):
    """As a watchdog ends it (SIGABRT), or an operator."""
    d = Poisoned(tmp_path, clock_speed=20).start()
    for blame in (2, 4):
        speaker = hold(d)
        time.sleep(2.2)  # 44 s by the guard's clock, which is heard of every second
        ends(d, number)
        speaker.close()
        assert [r["blame"] for r in d.requests()] == [blame]
    assert answer(d, whistle("poison hang")).code == "quarantined"
    assert d.submit(OFFICE)
    d.stop()


@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGSEGV])
def test_a_signal_from_outside_says_nothing_about_who_was_in_hand(d, number):
    speaker = hold(d)
    ends(d, number)
    speaker.close()
    assert [(r["blame"], r["state"]) for r in d.requests()] == [(1, "suspect")]
    d.stop()


def test_an_orderly_stop_leaves_nothing(d):
    d.submit(OFFICE)
    assert (d.data / "inhand").exists()
    d.stop()
    assert not any((d.data / "inhand").read_bytes()) and not (d.data / "poison").exists()
    d.start()
    assert d.requests() == [] and "suspect" not in d.log()
    d.stop()


def test_what_is_done_is_wiped(d):
    """What was in hand may be personal, and may be erased later."""
    d.whistle(OFFICE, "submit", "--category", "0102", "--area", OFFICE, "--title", "井盖", "--text", "王小明的电话", "--yes")
    d.submit(OFFICE)
    bytes_of_it = (d.data / "inhand").read_bytes()
    assert "王小明".encode() not in bytes_of_it and "井盖".encode() not in bytes_of_it
    d.stop()


def test_a_damaged_directory_of_suspects(d):
    payload = whistle("poison abort")
    breaks(d, payload)
    breaks(d, payload)
    [request] = d.requests()
    d.stop()
    directory = d.data / "poison"
    (directory / ("0" * 64)).write_bytes(b"suspect 1\nstage 99 x\n")
    (directory / ("1" * 64)).write_bytes(b"")
    (directory / "notes").write_text("of the operator")
    (directory / "new").write_bytes(b"half")
    d.start()
    assert [r["hash"] for r in d.requests()] == [request["hash"]] and d.json("status")["guard"]["unread"] == 3
    assert (directory / "notes").read_text() == "of the operator"
    assert answer(d, payload).code == "quarantined"
    d.stop()
