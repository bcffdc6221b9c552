"""REP and PUB of daemon/sp against the peers that exist: libnanomsg, nng, plain sockets, and hostile ones.

Needs the build directory (WHISTLED_BUILD, else build/ of the repository), nanocat and nngcat.
"""
import array
import ctypes
import ctypes.util
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

import sp

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WHISTLED_BUILD", ROOT / "build"))
PRCTL = ctypes.CDLL(None).prctl
KINDS = ["tcp4", "tcp6", "ipc"]


class Echo:
    """A running sp_echo with one REP and one PUB address of each kind."""

    def __init__(self, directory, limit_files=None):
        urls = {"tcp4": "tcp://127.0.0.1:0", "tcp6": "tcp://[::1]:0"}
        arguments = []
        for what in ("rep", "pub"):
            for kind in KINDS:
                arguments += [what, urls.get(kind, f"ipc://{directory}/{what}.sock")]

        def before_exec():
            PRCTL(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: not to outlive a test run that is killed
            if limit_files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit_files, limit_files))

        self.process = subprocess.Popen([BUILD / "tests" / "sp_echo", *arguments], stdout=subprocess.PIPE,
                                        text=True, preexec_fn=before_exec)
        lines = [line.split() for line in iter(self.process.stdout.readline, "ready\n")]
        self.rep = dict(zip(KINDS, [url for what, url in lines if what == "rep"]))
        self.pub = dict(zip(KINDS, [url for what, url in lines if what == "pub"]))

    def stats(self):
        with sp.connect(self.rep["tcp4"]) as c:
            return json.loads(c.request(b"stats"))

    def until(self, condition, seconds=10):
        """The counters, once they fulfil the condition."""
        end = time.monotonic() + seconds
        while not condition(stats := self.stats()):
            assert time.monotonic() < end, stats
            time.sleep(0.02)
        return stats

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def _status_kb(self, field):
        with open(f"/proc/{self.process.pid}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith(field))

    def resident_kb(self):
        """0 under AddressSanitizer (terabytes of address space), which keeps freed memory for a while."""
        return 0 if self._status_kb("VmSize") > 1 << 30 else self._status_kb("VmRSS")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0


@pytest.fixture
def echo(tmp_path):
    server = Echo(tmp_path)
    yield server
    assert server.process.poll() is None, "the server died"
    with sp.connect(server.rep["ipc"]) as c:
        assert c.request(b"alive") == b"alive"
    server.stop()
    assert not list(tmp_path.glob("*.sock"))


def needs(program):
    return pytest.mark.skipif(not shutil.which(program), reason=f"{program} is not installed")


def run(*command):
    return subprocess.run(command, capture_output=True, timeout=20)


# ---- libnanomsg ----

class Nanomsg:
    """Just enough of libnanomsg; nanocat cannot switch NN_IPV4ONLY off.

    It is switched off for IPv6 only: 1.1.5 aborts (usock_posix.inc:195) when it then connects over IPv4.
    """

    REQ, SUB, SUBSCRIBE, IPV4ONLY, RCVTIMEO = 48, 33, 1, 14, 5

    def __init__(self, protocol, url):
        self.lib = ctypes.CDLL(ctypes.util.find_library("nanomsg"), use_errno=True)
        self.socket = self.lib.nn_socket(1, protocol)
        self.set(0, self.IPV4ONLY, 0 if "[" in url else 1)
        self.set(0, self.RCVTIMEO, 10000)
        if protocol == self.SUB:
            assert self.lib.nn_setsockopt(self.socket, self.SUB, self.SUBSCRIBE, b"", ctypes.c_size_t(0)) == 0
        assert self.lib.nn_connect(self.socket, url.encode()) >= 0

    def set(self, level, option, value):
        value = ctypes.c_int(value)
        assert self.lib.nn_setsockopt(self.socket, level, option, ctypes.byref(value), ctypes.c_size_t(4)) == 0

    def send(self, body):
        assert self.lib.nn_send(self.socket, body, ctypes.c_size_t(len(body)), 0) == len(body)

    def receive(self):
        room = ctypes.create_string_buffer(1 << 20)
        length = self.lib.nn_recv(self.socket, room, ctypes.c_size_t(len(room)), 0)
        assert length >= 0, os.strerror(ctypes.get_errno())
        return room.raw[:length]

    def close(self):
        self.lib.nn_close(self.socket)


@pytest.mark.parametrize("kind", KINDS)
def test_libnanomsg_asks(echo, kind):
    req = Nanomsg(Nanomsg.REQ, echo.rep[kind])
    for n in range(500):
        body = f"{n} 街道吹哨 ".encode() * (n % 50 + 1)
        req.send(body)
        assert req.receive() == body
    req.send(b"x" * 65000)
    assert req.receive() == b"x" * 65000
    req.close()


@pytest.mark.parametrize("kind", KINDS)
def test_libnanomsg_subscribes(echo, kind):
    sub = Nanomsg(Nanomsg.SUB, echo.pub[kind])
    echo.until(lambda s: s["subscribers"] == 1)
    with sp.connect(echo.rep[kind]) as c:
        for n in range(500):
            c.request(b"pub %d" % n)
    assert [sub.receive() for _ in range(500)] == [b"%d" % n for n in range(500)]
    sub.close()


@pytest.mark.parametrize("kind", KINDS)
def test_libnanomsg_hears_that_a_request_is_too_large_and_goes_on(echo, kind):
    req = Nanomsg(Nanomsg.REQ, echo.rep[kind])
    req.send(b"x" * 1_000_000)
    assert req.receive() == b"too_large 1000004"
    req.send(b"small")
    assert req.receive() == b"small"
    assert echo.stats()["oversize"] == 1
    req.close()


@needs("nanocat")
@pytest.mark.parametrize("kind", ["tcp4", "ipc"])
def test_nanocat_asks(echo, kind):
    done = run("nanocat", "--req", "--connect", echo.rep[kind], "--recv-timeout", "5", "-D", "hello", "-A")
    assert done.stdout == b"hello\n", done


@needs("nanocat")
@pytest.mark.parametrize("kind", ["tcp4", "ipc"])
def test_nanocat_subscribes_with_a_prefix(echo, kind):
    with subprocess.Popen(["nanocat", "--sub", "--connect", echo.pub[kind], "--subscribe", "110", "-A"],
                          stdout=subprocess.PIPE) as cat:
        echo.until(lambda s: s["subscribers"] == 1)
        with sp.connect(echo.rep[kind]) as c:
            for text in (b"999/no", b"110/yes", b"110115/yes"):
                c.request(b"pub " + text)
        assert cat.stdout.readline() == b"110/yes\n"
        assert cat.stdout.readline() == b"110115/yes\n"
        cat.kill()


# ---- nng ----

@needs("nngcat")
@pytest.mark.parametrize("kind", KINDS)
def test_nngcat_asks(echo, kind):
    done = run("nngcat", "--req", "--dial", echo.rep[kind], "--recv-timeout", "5", "-D", "hello", "-A")
    assert done.stdout.strip() == b"hello", done


@needs("nngcat")
@pytest.mark.parametrize("kind", KINDS)
def test_nngcat_subscribes(echo, kind):
    with subprocess.Popen(["nngcat", "--sub", "--dial", echo.pub[kind], "--subscribe", "110", "--raw"],
                          stdout=subprocess.PIPE) as cat:
        echo.until(lambda s: s["subscribers"] == 1)
        with sp.connect(echo.rep[kind]) as c:
            for text in (b"999/no ", b"110/yes ", b"110115/yes "):
                c.request(b"pub " + text)
        assert cat.stdout.read1(100) in (b"110/yes ", b"110/yes 110115/yes ")
        cat.kill()


# ---- plain sockets ----

@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_pipelined_requests_lose_nothing(echo, kind):
    count = 10_000
    with sp.connect(echo.rep[kind], timeout=60) as c:
        payloads = [c.payload(b"%d" % n) for n in range(count)]
        stream = b"".join(c.frame(payload) for _, payload in payloads)
        writer = threading.Thread(target=c.socket.sendall, args=(stream,))
        writer.start()
        answers = dict(c.receive() for _ in range(count))
        writer.join()
    assert answers == {request_id: b"%d" % n for n, (request_id, _) in enumerate(payloads)}


@pytest.mark.parametrize("kind", KINDS)
def test_plain_sockets_subscribe(echo, kind):
    with sp.subscribe(echo.pub[kind], b"110") as feed:
        echo.until(lambda s: s["subscribers"] == 1)
        with sp.connect(echo.rep[kind]) as c:
            for text in (b"999/no", b"110/yes"):
                c.request(b"pub " + text)
        assert feed.receive(timeout=5) == b"110/yes"
        with pytest.raises(TimeoutError):
            feed.receive(timeout=0.05)


def test_hops_come_back(echo):
    with sp.connect(echo.rep["tcp4"]) as c:
        _, payload = c.payload(b"body", hops=range(1, 9))
        c.send_frame(payload)
        assert c.receive_frame() == payload
        _, payload = c.payload(b"body", hops=range(1, 10))
        c.send_frame(payload)
        with pytest.raises(ConnectionError):
            c.receive_frame()
    assert echo.stats()["closed_malformed"] == 1


def test_a_peer_is_known_by_address_or_credentials(echo):
    with sp.connect(echo.rep["ipc"]) as c:
        assert c.request(b"who") == f"ipc uid={os.getuid()} pid={os.getpid()}".encode()
    with sp.connect(echo.rep["tcp6"]) as c:
        assert c.request(b"who") == f"tcp://[::1]:{c.socket.getsockname()[1]}".encode()


def test_polls_wait_apart_from_work(echo):
    with sp.connect(echo.rep["tcp4"]) as c:
        polls = [c.send(b"park") for _ in range(9)]
        assert c.receive() == (polls[8], b"")  # one more than may wait
        assert c.request(b"work") == b"work"
        assert echo.stats()["parked"] == 8
        wake = c.send(b"wake")
        answers = dict(c.receive() for _ in range(9))
        assert answers == {**{poll: b"woken" for poll in polls[:8]}, wake: b"wake"}


# ---- hostile ----

def closes(s, seconds=5):
    """True when the other side closes; what it says before is passed over."""
    s.settimeout(seconds)
    try:
        while s.recv(4096):
            pass
    except ConnectionResetError:
        pass
    return True


def test_seventeen_bytes_that_abort_libnanomsg(echo):
    with sp.open_socket(echo.rep["ipc"]) as s:
        s.sendall(sp.handshake(sp.REQ) + bytes(9))
        assert closes(s)
    assert echo.stats()["closed_malformed"] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_subscriber_that_speaks_is_closed(echo, kind):
    with sp.subscribe(echo.pub[kind]) as feed:
        feed.send_frame(b"anything")
        assert closes(feed.socket)
    assert echo.stats()["closed_subscriber_spoke"] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_peers_that_leave_at_once_leave_nothing_behind(echo, kind):
    def storm(count):
        for _ in range(count):
            with sp.open_socket(echo.rep[kind]) as s:
                s.sendall(sp.handshake(sp.REQ))
        echo.until(lambda s: s["connections"] == 1)

    storm(200)
    descriptors, resident = echo.descriptors(), echo.resident_kb()
    storm(2000)
    assert echo.descriptors() <= descriptors + 1  # the last look at the counters may be closing still
    assert echo.resident_kb() <= resident + 1_000


def test_passed_descriptors_are_dropped(echo):
    echo.stats()  # libuv's spare descriptor is opened with the first stream
    before = echo.descriptors()
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 50))
    with sp.connect(echo.rep["ipc"]) as c:
        for _ in range(20):
            _, payload = c.payload(b"fds")
            c.socket.sendmsg([c.frame(payload)], [rights])
            assert c.receive()[1] == b"fds"
    echo.until(lambda s: s["connections"] == 1)
    assert echo.descriptors() <= before + 1  # not 1,000; the last look at the counters may be closing still


def test_half_a_handshake_and_half_a_frame_end_in_time(echo):
    begun = time.monotonic()
    with sp.open_socket(echo.rep["tcp4"]) as slow, sp.connect(echo.rep["ipc"]) as half:
        slow.sendall(sp.handshake(sp.REQ)[:5])
        half.socket.sendall(b"\1" + bytes(7) + b"\x40\x80\0\0\1")
        assert closes(slow)
        assert 0.9 < time.monotonic() - begun < 2
        assert closes(half.socket)
        assert 2.9 < time.monotonic() - begun < 4.5
    stats = echo.stats()
    assert (stats["closed_handshake_timeout"], stats["closed_frame_timeout"]) == (1, 1)


def test_announced_memory_is_not_given_before_it_is_due(echo):
    before = echo.resident_kb()
    sockets = []
    for _ in range(200):
        s = sp.open_socket(echo.rep["tcp4"])
        s.sendall(sp.handshake(sp.REQ) + b"\xff" * 8)
        sockets.append(s)
    echo.until(lambda s: s["connections"] == 201)
    assert echo.resident_kb() < before + 8_000
    for s in sockets:
        s.close()


@pytest.mark.parametrize("kind", KINDS)
def test_who_never_reads_holds_up_nobody(echo, kind):
    with sp.connect(echo.rep[kind]) as rude:
        rude.socket.setblocking(False)
        frame = rude.frame(rude.payload(b"x" * 60_000)[1])
        sent = 0
        end = time.monotonic() + 0.5
        while time.monotonic() < end and sent < 64 << 20:
            try:
                sent += rude.socket.send(frame[sent % len(frame):])
            except BlockingIOError:
                time.sleep(0.01)
        stats = echo.stats()
        assert stats["stopped"] == 1
        assert stats["unsent_bytes"] < 5 << 20
        assert sent < 64 << 20


def test_one_address_has_its_share_and_no_more(echo):
    """Nobody is believed here: who comes has the place of who came first."""
    sockets = [sp.open_socket(echo.rep["tcp4"]) for _ in range(256)]
    for s in sockets:
        s.sendall(sp.handshake(sp.REQ))
    with sp.connect(echo.rep["tcp4"]) as one_more:
        stats = json.loads(one_more.request(b"stats"))
    assert sockets[0].recv(8) == sp.handshake(sp.REP) and closes(sockets[0])
    assert stats["connections"] <= 257 and stats["refused_address"] == 0  # 256, and whoever asks from elsewhere
    for s in sockets:
        s.close()


def test_without_descriptors_the_processor_rests(tmp_path):
    echo = Echo(tmp_path, limit_files=40)
    waiting = [sp.open_socket(echo.rep["ipc"]) for _ in range(60)]
    for s in waiting:
        s.sendall(sp.handshake(sp.REQ))
    time.sleep(0.1)

    def ticks():
        fields = pathlib.Path(f"/proc/{echo.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    before = ticks()
    time.sleep(0.5)
    assert ticks() - before < 10  # of 50
    for s in waiting:
        s.close()
    echo.until(lambda s: s["accept_pauses"] > 0 and s["connections"] == 1)
    echo.stop()
