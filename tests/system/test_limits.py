"""Limits (proto/README.md): each is set by --limit and told by the status, and does what it says to whom it is for."""
import contextlib
import re
import socket
import subprocess
import threading
import time

import pytest

import daemon
import hostile
import sealing
import sp
from speaker import Speaker, pb, ulid

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

OFFICE, OTHER = "420902001001", "420902002001"


def limited(tmp_path, **limits):
    words = [word for name, value in limits.items() for word in ("--limit", f"{name}={value}")]
    return daemon.running(tmp_path, arguments=words)


def listed():
    """{name: default} as --limit list tells them."""
    done = subprocess.run([daemon.BUILD / "whistled", "run", "--limit", "list"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {name: int(value) for name, value in re.findall(r"^(\w+) +(\d+)  \d+ to \d+  \S", done.stdout, re.M)}


# ---- the list -------------------------------------------------------------------------------------------------------

def test_each_limit_is_in_the_status_and_the_metrics(tmp_path):
    limits = listed()
    assert len(limits) > 30
    with limited(tmp_path, max_works=77, busy_ms=5) as d:
        expected = limits | {"max_works": 77, "busy_ms": 5}
        assert d.json("status")["limit"] == expected
        metrics = dict(re.findall(r"^whistled_limit_(\w+) (\d+)$", d.ask("metrics"), re.M))
        assert {name: int(value) for name, value in metrics.items()} == expected
        assert re.search(r"^  max works +77$", d.ask("status"), re.M)


@pytest.mark.parametrize("value, told", [
    ("max_wroks=5", "there is no such limit"), ("", "there is no such limit"), ("max_works", "1 to 1048576"),
    ("max_works=0", "1 to 1048576"), ("max_works=many", "1 to 1048576"), ("frame_ms=-1", "1 to 600000")])
def test_a_wrong_limit_is_told_at_once(tmp_path, value, told):
    done = subprocess.run([daemon.BUILD / "whistled", "run", "--data", tmp_path / "data", "--limit", value],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and f"--limit {value}" in done.stderr and told in done.stderr
    assert not (tmp_path / "data").exists()


def test_each_limit_is_documented():
    text = (daemon.ROOT / "systemd" / "README.md").read_text()
    told = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+)", text, re.M))
    assert {name: int(value.replace(",", "")) for name, value in told.items()} == listed()


# ---- a principal's bucket -------------------------------------------------------------------------------------------

def test_a_principal_over_its_rate_is_told_how_long_to_wait(tmp_path):
    with limited(tmp_path, principal_rate=4, principal_burst=10) as d:
        office, other = Speaker(d.url, OFFICE), Speaker(d.url, OTHER)
        codes = [office.ask(submit=office.whistle()).code for _ in range(10)]
        assert codes == ["ok"] * 10
        reply = office.ask(submit=office.whistle())
        assert reply.code == "busy" and 1 <= int(reply.arguments[0]) <= 250
        assert other.submit().number  # another's bucket is its own
        time.sleep(int(reply.arguments[0]) / 1000)
        assert office.ask(submit=office.whistle()).code == "ok"
        assert d.json("status")["service"]["busy_rate"] == 1
        office.close()
        other.close()


def test_the_client_waits_as_it_was_told(tmp_path):
    with limited(tmp_path, principal_rate=2, principal_burst=1) as d:
        assert len({d.submit(OFFICE) for _ in range(4)}) == 4


def test_who_does_not_wait_is_not_read(tmp_path):
    """Pipelined without regard to what is answered: its bucket bounds what it costs."""
    with limited(tmp_path, principal_rate=20, principal_burst=20) as d:
        flood = Speaker(d.url, OFFICE)
        flood.connect().socket.settimeout(2)
        message = flood.envelope(submit=flood.whistle()).SerializeToString()
        began = time.monotonic()
        try:
            while time.monotonic() < began + 2:
                flood.send(message)
        except TimeoutError:
            pass  # its own socket is full
        requests = d.json("status")["service"]["requests"]
        # a burst, its rate, and a `busy` each time that it is read again, every tenth of a second
        assert requests < 20 + (time.monotonic() - began) * (20 + 10) + 10
        flood.close()


# ---- an address's bucket --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("what", ["stranger", "junk", "half"])
def test_worthless_requests_are_paid_by_the_connections_that_send_them(tmp_path, what):
    with limited(tmp_path, address_rate=5, address_burst=10) as d:
        office = Speaker(d.url, OFFICE)
        office.submit()
        envelope = office.envelope(submit=office.whistle())
        if what == "stranger":
            envelope.principal = "nobody"
        body = {"junk": b"\xff\xfe\xfd", "half": envelope.SerializeToString()[:-3]}.get(what, envelope.SerializeToString())
        flood = [sp.connect(d.url) for _ in range(5)]
        began = time.monotonic()
        for connection in flood:
            connection.socket.settimeout(0.5)
            with contextlib.suppress(TimeoutError):  # nobody reads them
                for _ in range(200):
                    connection.send(body)
        daemon.until(lambda: d.json("status")["service"]["held_back"] >= 5)
        time.sleep(1)
        status = d.json("status")
        assert status["service"]["requests"] <= 10 + 5 + 5 * (time.monotonic() - began) + 5
        assert status["service"]["refused"] >= 10
        began = time.monotonic()
        office.submit()  # of the same address, and on its own connection not held back
        assert time.monotonic() - began < 5
        for connection in flood:
            connection.close()
        office.close()


# A new connection was once read at once: 1,000 worthless requests a second of one address, each on its own.
def test_new_connections_of_an_address_in_debt_are_not_read_either(tmp_path):
    with limited(tmp_path, address_rate=50, address_burst=50) as d:
        office = Speaker(d.url, OFFICE)
        office.submit()
        junk = hostile.Target(d.url, "", {}).frame(b"\xff\xfe\xfd")
        began, flood, tried = time.monotonic(), [], 0
        while time.monotonic() - began < 3:
            flood.append(hostile.dial(d.url, hostile.HELLO + junk))  # without the daemon's greeting, which waits too
            tried += 1
            if len(flood) > 200:
                flood.pop(0).close()
            time.sleep(0.001)
        seen = d.json("status")["service"]["refused"]
        assert 50 <= seen <= 50 + 50 * (time.monotonic() - began) + 25
        assert tried > 400
        office.submit()
        for connection in flood:
            connection.close()
        office.close()


# What was no SP at all cost nothing: thousands of connections a second, each greeted, read and closed.
@pytest.mark.parametrize("nonsense", [b"GET / HTTP", "hop"])
def test_nonsense_puts_its_address_into_debt_too(tmp_path, nonsense):
    with limited(tmp_path, address_rate=50, address_burst=50) as d:
        office = Speaker(d.url, OFFICE)
        office.submit()
        target, began, flood = hostile.Target(d.url, "", {}), time.monotonic(), []
        said = hostile.HELLO + target.frame(b"")[:-4] + bytes(4) if nonsense == "hop" else nonsense
        while time.monotonic() - began < 2:
            flood.append(hostile.dial(d.url, said))
            if len(flood) > 200:
                flood.pop(0).close()
            time.sleep(0.001)
        closed = d.json("status")["edge"]["closed"]
        seen = closed["malformed"] + closed["handshake_wrong"]
        assert 50 <= seen <= 50 + 50 * (time.monotonic() - began) + 25
        office.submit()
        for connection in filter(None, flood):
            connection.close()
        office.close()


# ---- a principal's bytes --------------------------------------------------------------------------------------------

# One called unit once filled the disk at 2 GB a minute, with comments of 64 KB.
def test_a_principal_fills_the_disk_no_faster_than_its_bytes(tmp_path):
    with limited(tmp_path, principal_kib=100, principal_kib_burst=1024) as d:
        office, bureau = Speaker(d.url, OFFICE), Speaker(d.url, "cg")
        number = office.submit().number
        text, sent, began = "密" * 20000, 0, time.monotonic()
        while True:
            reply = bureau.ask(act=pb.Act(verb=pb.VERB_COMMENT, number=number, text=text))
            if reply.code != "ok":
                break
            sent += len(text.encode())
            assert sent < 1 << 21
        assert reply.code == "busy" and 1 <= int(reply.arguments[0]) <= 1000
        assert sent >= 900 << 10 and sent <= (1024 + 100 * (time.monotonic() - began)) * 1024
        assert d.json("status")["service"]["busy_bytes"] == 1
        assert office.submit().number  # another's bytes are its own
        assert bureau.show(number).case.number == number  # and a question is no change
        time.sleep(int(reply.arguments[0]) / 1000)
        assert bureau.insist(act=pb.Act(verb=pb.VERB_COMMENT, number=number, text=text)).code == "ok"
        office.close()
        bureau.close()


# ---- places ---------------------------------------------------------------------------------------------------------

# Who only said eight bytes once kept his place for ever; enough of them, and nobody came in, over ipc neither.
def test_who_was_never_believed_keeps_no_place_from_others(tmp_path):
    key = sealing.Key(OFFICE)
    words = [w for l in ("max_connections=32", "max_per_address=16") for w in ("--limit", l)]
    keyring = sealing.write(tmp_path / "keyring", key.line())
    with daemon.running(tmp_path, tcp=True, keyring=keyring, arguments=words) as d:
        first = Speaker(d.tcp_url, OFFICE, key=key).learn()
        first.submit()
        silent = []
        for i in range(64):
            s = socket.create_connection(("127.0.0.1", d.port), timeout=10, source_address=(f"127.0.0.{2 + i % 4}", 0))
            s.sendall(sp.handshake(sp.REQ))
            silent.append(s)
        edge = daemon.until(lambda: (e := d.json("status")["edge"])["accepted"] >= 65 and e)
        assert edge["connections"] == 24 and edge["closed"]["crowded_out"] == 41
        for url in d.tcp_url, d.url:
            late = Speaker(url, OFFICE, key=key)
            assert late.submit().number
            late.close()
        assert first.submit().number  # who was believed stays
        first.close()
        for s in silent:
            s.close()


# ---- changes and questions that wait --------------------------------------------------------------------------------

def test_beyond_its_queue_a_principal_is_busy_and_no_other_is(tmp_path):
    with limited(tmp_path, max_works_a_principal=3, max_works=3, busy_ms=7, max_frames_a_turn=64) as d:
        office, other = Speaker(d.url, OFFICE), Speaker(d.url, OTHER)
        frames = [other.envelope(submit=other.whistle()) for _ in range(1)]
        busy = []
        for _ in range(200):
            batch = [office.envelope(submit=office.whistle()).SerializeToString() for _ in range(60)]
            other.connect()
            payloads = b"".join(office.connect().frame(office.connection.payload(body)[1]) for body in batch)
            office.connection.socket.sendall(payloads)
            assert other.raw(frames[0]).code == "ok"
            replies = [office.receive()[1] for _ in batch]
            assert {reply.code for reply in replies} <= {"ok", "busy"}
            busy = [reply for reply in replies if reply.code == "busy"]
            if busy:
                break
        assert busy and list(busy[0].arguments) == ["7"]
        assert d.json("status")["engine"]["refused_busy"] >= len(busy)
        office.close()
        other.close()


def test_questions_wait_in_turns_and_beyond_that_are_busy(tmp_path):
    with limited(tmp_path, max_questions_a_principal=5, max_quick_looks=1, max_slow_looks=1, max_looks_a_principal=1,
                 max_frames_a_turn=64) as d:
        office, other = Speaker(d.url, OFFICE), Speaker(d.url, OTHER)
        number = other.submit().number
        for _ in range(50):
            office.submit()
        body = office.envelope(list=pb.List(max=500)).SerializeToString()
        office.connection.socket.sendall(
            b"".join(office.connection.frame(office.connection.payload(body)[1]) for _ in range(60)))
        assert other.show(number).case.number == number
        codes = [office.receive()[1].code for _ in range(60)]
        assert set(codes) == {"ok", "busy"}
        assert d.json("status")["service"]["busy_questions"] == codes.count("busy")
        office.close()
        other.close()


def test_polls_over_a_principals_number_are_answered_empty_at_once(tmp_path):
    with limited(tmp_path, max_polls_a_principal=3) as d:
        bureaus = [Speaker(d.url, "cg") for _ in range(6)]
        for bureau in bureaus[:3]:
            bureau.send(bureau.envelope(fetch=pb.Fetch(consumer="x", after=2**62, wait_ms=20000)))
        daemon.until(lambda: d.json("status")["service"]["polls_waiting"] == 3)
        for bureau in bureaus[3:]:
            began = time.monotonic()
            assert not bureau.feed(after=2**62, wait_ms=20000).items
            assert time.monotonic() - began < 10
        other = Speaker(d.url, "jj")
        other.send(other.envelope(fetch=pb.Fetch(consumer="x", after=2**62, wait_ms=20000)))
        daemon.until(lambda: d.json("status")["service"]["polls_waiting"] == 4)
        assert d.json("status")["service"]["polls_refused"] == 3
        for speaker in bureaus + [other]:
            speaker.close()
        daemon.until(lambda: d.json("status")["service"]["polls_waiting"] == 0)
        again = [Speaker(d.url, "cg") for _ in range(3)]  # who left gave his place back
        for bureau in again:
            bureau.send(bureau.envelope(fetch=pb.Fetch(consumer="x", after=2**62, wait_ms=20000)))
        daemon.until(lambda: d.json("status")["service"]["polls_waiting"] == 3)
        for bureau in again:
            bureau.close()


# ---- what nobody waits for ------------------------------------------------------------------------------------------

def test_work_whose_connection_is_gone_is_dropped_and_comes_again_under_its_id(tmp_path):
    with daemon.running(tmp_path) as d:
        dropped, sent = 0, []
        for _ in range(20):
            speakers = [Speaker(d.url, OFFICE) for _ in range(12)]
            for speaker in speakers:
                envelopes = [speaker.envelope(submit=speaker.whistle()) for _ in range(60)]
                sent += envelopes
                payloads = [speaker.connect().payload(e.SerializeToString())[1] for e in envelopes]
                speaker.stream = b"".join(map(speaker.connection.frame, payloads))
            for speaker in speakers:
                speaker.connection.socket.sendall(speaker.stream)
            for speaker in speakers:
                speaker.close()
            dropped = d.json("status")["engine"]["withdrawn"]
            if dropped:
                break
        assert dropped > 0
        daemon.until(lambda: d.json("status")["engine"]["pending"] == 0)
        assert d.json("status")["edge"]["outstanding"] == 0
        office = Speaker(d.url, OFFICE)
        numbers = [office.raw(e).receipt.number for e in sent]
        assert all(numbers) and len(set(numbers)) == len(sent)
        assert sum(d.json("status")["cases"]["by_state"].values()) == len(sent)
        office.close()


def test_questions_whose_connection_is_gone_are_dropped(tmp_path):
    with limited(tmp_path, max_quick_looks=1, max_slow_looks=1, max_looks_a_principal=1) as d:
        office = Speaker(d.url, OFFICE)
        for _ in range(100):
            office.submit()
        body = office.envelope(list=pb.List(max=500)).SerializeToString()

        def ask_and_leave():
            with sp.connect(d.url) as c:
                c.socket.sendall(b"".join(c.frame(c.payload(body)[1]) for _ in range(60)))
                time.sleep(0.005)
            return d.json("status")["service"]["questions_dropped"]

        daemon.until(ask_and_leave)
        daemon.until(lambda: d.json("status")["service"]["questions_waiting"] == 0)
        daemon.until(lambda: d.json("status")["service"]["questions_running"] == 0)
        office.close()


# ---- memory ---------------------------------------------------------------------------------------------------------

# One account that took none of its answers once kept the budget full: for all others `busy`, and nobody came in.
def test_who_takes_no_answers_is_held_to_his_share_and_nobody_else_is(tmp_path):
    with limited(tmp_path, memory_mib=16, stall_ms=3600000, max_unsent_bytes=1 << 30) as d:
        office, other = Speaker(d.url, OFFICE), Speaker(d.url, OTHER)
        for i in range(300):
            office.submit(title=f"{i:039d}")
        held = d.json("status")["edge"]["held_bytes"]
        hogs = [sp.connect(d.url) for _ in range(6)]
        body = office.envelope(list=pb.List(max=500)).SerializeToString()
        seen = set()

        def push():
            for hog in hogs:
                with contextlib.suppress(OSError):
                    for _ in range(20):
                        hog.send(body)
            late = Speaker(d.url, OTHER)
            seen.update((other.ask(list=pb.List(max=1)).code, late.ask(list=pb.List(max=1)).code))
            late.close()
            assert d.json("status")["edge"]["held_bytes"] < 16 << 20
            return d.json("status")["service"]["busy_memory"]

        for hog in hogs:
            hog.socket.settimeout(0.2)
        daemon.until(push)
        for _ in range(5):
            push()
        assert seen == {"ok"}
        assert d.json("status")["edge"]["refused_memory"] == 0
        for hog in hogs:
            hog.close()
        office.insist(submit=office.whistle())  # and it is over by itself
        daemon.until(lambda: d.json("status")["edge"]["held_bytes"] <= held + 8192)
        office.close()
        other.close()


def test_announced_frames_take_no_memory_before_they_come(tmp_path):
    with limited(tmp_path, frame_ms=600000) as d:
        before = d.json("status")["edge"]["held_bytes"]
        peers = [sp.connect(d.url) for _ in range(200)]
        for peer in peers:
            peer.socket.sendall(b"\1" + (60000).to_bytes(8, "big") + bytes(100))
        daemon.until(lambda: d.json("status")["edge"]["bytes_in"] >= 200 * 109)
        assert d.json("status")["edge"]["held_bytes"] - before < 200 * 4096
        for peer in peers:
            peer.close()
        daemon.until(lambda: d.json("status")["edge"]["held_bytes"] <= before)
