"""Every attack of hostile.py in short, on tcp and ipc, beside an honest client; and what attacks have found here.

How long the client waits is printed, and held against a bound only by the longer run (siege.py, tests/README.md).
"""
import contextlib
import time

import pytest

import daemon
import hostile
import sealing
import siege
import sp
from speaker import Speaker, pb

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

SECONDS = 0.3


@pytest.fixture(scope="module", params=["tcp", "ipc"])
def laid(request):
    with siege.laid(request.param) as s:
        s.warm_up(1)
        s.before = s.held()
        yield s


@pytest.mark.parametrize("name", hostile.ATTACKS)
def test_an_attack(laid, name):
    log = len(laid.log_lines())
    here, elsewhere = laid.pair(name, SECONDS)
    print(f"{name} by {laid.transport}: p99 {here:.1f} ms, aimed elsewhere {elsewhere:.1f} ms")
    assert not laid.faults(laid.before, laid.before, log)


def test_a_key_is_revoked_while_it_floods(laid):
    """Works and questions in hand, answers on their way, polls that wait: none outlives the key, nor hurts."""
    ring = laid.here.directory.parent / "keyring"
    whole = ring.read_text()
    for name in ("amplified", "polls"):
        with laid.attacked(name, laid.here, 1):
            for text in (laid.honest_key.line(), whole):
                sealing.write(ring, text)
                assert laid.here.ask("reload").startswith("ok")
                laid.wait_times(0.3)
    laid.calm()
    assert not laid.faults(laid.before, laid.before, len(laid.log_lines()))


def test_after_all_attacks_memory_and_descriptors_are_back(laid):
    after = laid.held(siege.bounds(laid.before))
    print(f"{laid.transport}: memory and files before {laid.before}, after {after}")
    assert not laid.faults(laid.before, after, len(laid.log_lines()))


# ---- what was found -------------------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path):
    """A sealed daemon with room for ten."""
    ring = sealing.write(tmp_path / "keyring", sealing.Key(siege.HONEST, secret=bytes(32)).line())
    arguments = [word for limit in ("max_connections=10", "handshake_ms=600000") for word in ("--limit", limit)]
    with daemon.running(tmp_path, tcp=True, keyring=ring, arguments=arguments) as d:
        yield d


def honest(d):
    return Speaker(d.tcp_url, siege.HONEST, key=sealing.Key(siege.HONEST, secret=bytes(32)))


@pytest.mark.parametrize("said", [b"", hostile.HELLO])
def test_a_crowd_from_everywhere_locked_everybody_out(small, said):
    """Whoever came first kept the place, for nothing; now who has proved nothing makes room, and who has, does not."""
    first = honest(small)
    first.submit()
    held = []
    for _ in range(30):
        held.append(hostile.dial(small.tcp_url, said, hostile.from_somewhere()))
        second = honest(small)
        assert second.submit().number
        assert first.submit().number
        second.close()
    edge = small.json("status")["edge"]
    assert edge["closed"]["crowded_out"] >= 20 and edge["connections"] <= 10
    for s in filter(None, held):
        s.close()
    first.close()


def test_who_replays_has_proved_nothing(small):
    client = honest(small)
    client.submit()  # a question proves nothing while it may have come before the daemon's start
    stolen = client.envelope(list=pb.List()).SerializeToString()
    client.raw(stolen)
    thieves = [sp.connect(small.tcp_url) for _ in range(9)]
    for thief in thieves:
        with contextlib.suppress(OSError):  # the first have made room for the others
            thief.request(stolen)
    others = [honest(small) for _ in range(7)]  # a quarter of the ten places is for ipc
    for other in others:
        assert other.submit().number
    assert client.submit().number
    for peer in (*thieves, *others, client):
        peer.close()


def test_subscribers_leave_half_of_the_places(small):
    subscribers = [sp.subscribe(small.notices_url) for _ in range(5)]
    daemon.until(lambda: small.json("status")["edge"]["subscribers"] == 5)
    with pytest.raises(OSError):
        sp.subscribe(small.notices_url).receive(timeout=1)
    client = honest(small)
    assert client.submit().number
    assert subscribers[0].receive(timeout=10) and subscribers[-1].receive(timeout=10)
    for peer in (*subscribers, client):
        peer.close()


def test_connections_took_every_descriptor(tmp_path):
    """With fewer open files than connections were allowed, nobody was let in, and the store could open nothing."""
    with siege.laid("tcp", files=120) as s:
        assert "max_connections=1024 is lowered to 60" in s.here.log()
        assert s.here.json("status")["limit"]["max_connections"] == 60
        with s.attacked("descriptors", s.here, 1):
            s.wait_times(0.7)
            assert s.here.ask("reload").startswith("ok")
            assert s.here.json("status")["edge"]["accept_pauses"] == 0
        s.calm()
        assert s.client.ask(submit=s.client.whistle()).code == "ok"


def test_memory_of_a_burst_stayed_with_malloc():
    with siege.laid("tcp") as s:
        if daemon.is_sanitized():
            pytest.skip("a sanitizer keeps what is freed")
        before = s.held()
        with s.attacked("addresses", s.here, 2):
            time.sleep(1.5)
            assert s.private() > before[0] + (16 << 20)
        assert s.held(siege.bounds(before))[0] <= siege.bounds(before)[0]
