"""The orderly stop: what is in hand is answered, who waits is told, and it comes to an end whatever hangs; and what
systemd is told of it all. A stuck thread is told by silence: the watchdog is fed no more."""
import os
import queue
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

import daemon
import sp
from recorded import Recorded
from speaker import Speaker, pb

POISONED = daemon.BUILD / "tests" / "poisoned"
OFFICE = "420902001001"

pytestmark = pytest.mark.skipif(not POISONED.exists(), reason="poisoned is not built")


class Watched(daemon.Daemon):
    """`poisoned` (tests/tools), whose notifications arrive here as systemd would get them: `told`, but for those of the
    watchdog, which are counted."""

    def __init__(self, directory, arguments=(), clock_speed=1, **options):
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(f"{directory}/notify")
        self.told, self.fed = queue.Queue(), 0
        threading.Thread(target=self.listen, daemon=True).start()
        environment = {"NOTIFY_SOCKET": f"{directory}/notify", "WATCHDOG_USEC": "300000",
                       "POISONED_CLOCK": str(clock_speed)}
        super().__init__(directory, environment=environment, arguments=arguments, **options)

    def listen(self):
        while told := self.notify.recv(4096).decode():
            if told == "WATCHDOG=1":
                self.fed += 1
            else:
                self.told.put(told)

    def command(self):
        return [str(POISONED)] + super().command()[1:]

    def tell(self):
        return self.told.get(timeout=daemon.SECONDS)

    def is_fed(self, seconds):
        """Whether the watchdog is fed within so long, from now on."""
        before, end = self.fed, time.monotonic() + seconds
        while self.fed == before and time.monotonic() < end:
            time.sleep(0.01)
        return self.fed > before

    def hang_up(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(b"", self.notify.getsockname())

    def end(self, number=signal.SIGTERM):
        """Sends a signal; (exit status, how long it took)."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.wait(), time.monotonic() - began


@pytest.fixture
def watched(tmp_path):
    made = []

    def start(**options):
        made.append(Watched(tmp_path, **options).start())
        return made[-1]
    yield start
    for d in made:
        if d.process is not None:
            d.process.kill()
            d.process.wait()
        d.hang_up()


# ---- in order -------------------------------------------------------------------------------------------------------

def test_what_is_in_hand_is_answered_and_nothing_that_was_is_lost(watched):
    d = watched(arguments=["--limit", "max_frames_a_turn=64"])
    speakers = [Speaker(d.url, OFFICE) for _ in range(8)]
    for speaker in speakers:
        frames = [speaker.connect().payload(speaker.envelope(submit=speaker.whistle()).SerializeToString())[1]
                  for _ in range(200)]
        speaker.connection.socket.sendall(b"".join(map(speaker.connection.frame, frames)))
    daemon.until(lambda: d.json("pulse")["engine"]["events"] > 20, every=0.001)
    d.process.send_signal(signal.SIGTERM)
    codes, numbers = [], []
    for speaker in speakers:
        try:
            while True:
                reply = speaker.receive()[1]
                codes.append(reply.code)
                if reply.code == "ok":
                    numbers.append(reply.receipt.number)
        except (OSError, EOFError, AssertionError):
            speaker.close()
    assert d.wait() == 0
    assert set(codes) <= {"ok", "draining", "busy"} and len(numbers) > 10
    d.start()
    assert d.json("status")["store"]["way"] == "clean"
    desk = Speaker(d.url, "centre")
    rows, after = [], ""
    while True:
        page = desk.do(list=pb.List(max=500, after=after)).list
        rows += [row.number for row in page.rows]
        after = page.next_after
        if not after:
            break
    desk.close()
    assert set(numbers) <= set(rows) and len(rows) == len(set(rows)) and len(numbers) == len(set(numbers))


# A poll was answered empty, as if nothing had happened, and its client asked again at once.
def test_who_waits_in_a_poll_is_told_that_it_stops_and_when_to_come_again(watched):
    d = watched()
    polls = [Speaker(d.url, unit) for unit in ("cg", "jj", "xf") for _ in range(3)]
    for speaker in polls:
        speaker.send(speaker.envelope(fetch=pb.Fetch(consumer="x", wait_ms=25000)))
    daemon.until(lambda: d.json("status")["service"]["polls_waiting"] == len(polls))
    status, took = d.end()
    assert status == 0 and took < 10
    for speaker in polls:
        reply = speaker.receive()[1]
        assert reply.code == "draining" and int(reply.arguments[0]) > 0
        speaker.close()


@pytest.mark.parametrize("more", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_makes_it_no_worse(watched, more):
    d = watched()
    office = Speaker(d.url, OFFICE)
    numbers = [office.submit().number for _ in range(20)]
    office.close()
    d.process.send_signal(signal.SIGTERM)
    for _ in range(200):
        if d.process.poll() is not None:
            break
        d.process.send_signal(more)
        time.sleep(0.001)
    assert d.wait() == 0
    d.start()
    assert d.json("status")["store"]["way"] == "clean" and len(d.json("cases")["newest"]) == len(numbers)


def test_a_peer_that_never_reads_holds_up_nothing(watched):
    d = watched()
    office = Speaker(d.url, OFFICE)
    for i in range(200):
        office.submit(title=f"{i:039d}")
    body = office.envelope(list=pb.List(max=500)).SerializeToString()
    hog = sp.connect(d.url)
    hog.socket.settimeout(0.2)
    try:
        for _ in range(60):
            hog.send(body)
    except TimeoutError:
        pass
    daemon.until(lambda: d.json("status")["edge"]["held_bytes"] > 1 << 20)
    status, took = d.end()
    assert status == 0 and took < 10
    hog.close()
    office.close()


# ---- what hangs -----------------------------------------------------------------------------------------------------

SOON = ["--limit", "stop_s=2"]


def whistle(title):
    return lambda s: s.envelope(submit=s.whistle(title=title))


def question(text):
    return lambda s: s.envelope(list=pb.List(search=text, max=9))


@pytest.mark.parametrize("hang", [whistle("poison hang"), question("poison hang")], ids=["engine", "look"])
def test_whatever_hangs_holds_up_the_stop_no_longer_than_its_bound(watched, hang):
    """It never came to an end, and systemd killed it after two minutes. What was answered is on disk all the same."""
    d = watched(arguments=SOON)
    office = Speaker(d.url, OFFICE)
    number = office.submit().number
    office.send(hang(office))
    time.sleep(0.5)
    status, took = d.end()
    assert status == 1 and 1.5 < took < 20
    assert "<2>stopping takes longer than stop_s" in d.log()
    office.close()
    d.start()
    again = Speaker(d.url, OFFICE)
    assert again.show(number).case.number == number and again.submit().number
    again.close()
    d.stop()


# ---- a checkpoint that is being taken ---------------------------------------------------------------------------------

def whistles(d):
    office = Speaker(d.url, OFFICE)
    numbers = [office.submit().number for _ in range(5)]
    office.close()
    return numbers


def half(d):
    return d.data / "checkpoint.new" / "data.mdb"


def in_the_middle_of_a_checkpoint(d, earlier):
    """Hangs half through one, maybe not the first, and goes on answering; the numbers of its whistles."""
    numbers = []
    if earlier:
        d.start()
        numbers += whistles(d)
        daemon.until(lambda: d.json("status")["store"]["checkpoint_seq"] > 5)
        d.stop()
        (d.data / "doubt").write_bytes(b"CC".ljust(64, b"\0"))  # it has crashed twice
    d.start(hang="checkpoint.new/data.mdb")
    numbers += whistles(d)
    daemon.until(lambda: half(d).exists() and half(d).stat().st_size)
    return numbers + whistles(d)


def check_start(d, way, numbers):
    d.program = daemon.BUILD / "whistled"  # which takes no checkpoint meanwhile
    d.start()
    assert d.json("status")["store"]["way"] == way and not half(d).exists()
    assert sorted(row["number"] for row in d.json("cases")["newest"]) == sorted(numbers)
    d.stop()


EARLIER = pytest.mark.parametrize("earlier", [True, False], ids=["", "the-first-one"])


@EARLIER
def test_a_checkpoint_that_runs_is_cut_off(tmp_path, earlier):
    """It may take minutes, and what it is for is done once all is closed in order."""
    d = Recorded(tmp_path)
    numbers = in_the_middle_of_a_checkpoint(d, earlier)
    began = time.monotonic()
    d.stop()
    assert time.monotonic() - began < 10
    assert "<6>a checkpoint is cut off" in d.log() and "stop_s" not in d.log()
    assert (d.data / "mark").read_bytes().endswith(b" clean\n")
    assert not any((d.data / "doubt").read_bytes()), "an orderly end: crashes before it count no more"
    check_start(d, "clean", numbers)


@EARLIER
@pytest.mark.parametrize("end", ["stopped", "killed"])
def test_half_a_checkpoint_is_none(tmp_path, earlier, end):
    """The machine stops as well, and the state is not trusted."""
    d = Recorded(tmp_path)
    checkpoint = d.data / "checkpoint" / "data.mdb"
    numbers = in_the_middle_of_a_checkpoint(d, earlier)
    before = checkpoint.read_bytes() if earlier else None
    d.stop() if end == "stopped" else d.kill()
    assert half(d).stat().st_size and (checkpoint.read_bytes() == before if earlier else not checkpoint.exists())
    (d.data / "mark").write_text(f"{os.urandom(16).hex()} open \n")
    check_start(d, "checkpoint" if earlier else "rebuilt", numbers)


# ---- a backup that is being made ------------------------------------------------------------------------------------

HASTY = daemon.BUILD / "tests" / "hasty"


class Slow(daemon.Daemon):
    """`hasty` (tests/tools), whose disk becomes slow: a backup takes as long as one of a large store."""

    def __init__(self, directory):
        self.slow = directory / "slow"
        super().__init__(directory, environment={"HASTY_SLOW": str(self.slow)})

    def command(self):
        return [str(HASTY)] + super().command()[1:]

    def fill(self, segments):
        office = Speaker(self.url, OFFICE)
        while self.json("status")["store"]["segments"] < segments:
            office.do(submit=office.whistle(personal=pb.Personal(text="楼道里堆满了旧家具" * 900)))
        office.close()


@pytest.mark.skipif(not HASTY.exists(), reason="hasty is not built")
@pytest.mark.parametrize("part", ["state/data.mdb", "journal/*[2-9].seg"], ids=["state", "journal"])
@pytest.mark.parametrize("how", ["signal", "drain"])
def test_a_backup_is_cut_off_and_leaves_nothing(tmp_path, part, how):
    """The stop waited for it, however long it took, and after stop_s left half of it."""
    d, place = Slow(tmp_path).start(), tmp_path / "backups" / "new"
    place.parent.mkdir()
    d.fill(segments=6)
    d.slow.touch()
    with subprocess.Popen([daemon.BUILD / "whistle", "status", "--socket", d.status_path, "backup", place], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as client:
        daemon.until(lambda: any(path.stat().st_size for path in place.glob(part)))
        began = time.monotonic()
        if how == "drain":
            d.ask("drain")
        else:
            d.process.send_signal(signal.SIGTERM)
        status, took = d.wait(), time.monotonic() - began
        said = client.communicate()
    assert status == 0 and took < 6, took
    assert list(place.parent.iterdir()) == []
    assert client.returncode == 1, said
    assert re.search(r"^<4>backup directory=\S+/new seq=0 took_ms=\d+ failed: \S+: the daemon stops", d.log(), re.M)
    d.slow.unlink()
    d.start()
    told = d.json("status")
    assert told["store"]["way"] == "clean" and told["backup"]["last_code"] == "draining"
    assert d.json("backup", place)["code"] == "ok" and not d.json("status")["alarms"]
    d.stop()


# ---- what systemd is told -------------------------------------------------------------------------------------------

def test_systemd_is_told_each_state_in_its_order(watched, tmp_path):
    rules = daemon.copy_of_city(tmp_path)
    d = watched(rules=rules)
    assert [d.tell() for _ in range(3)] == ["STATUS=Opening the store", "READY=1", "STATUS=Ready"]
    for refused in (False, True):
        if refused:
            (rules / "rules.yaml").write_text("- {id: R1, lead: nobody-there}\n")
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        assert (d.json("reload")["code"] == "bad_rulebook") == refused
        told = dict(line.split("=") for line in d.tell().splitlines())
        assert told["RELOADING"] == "1" and told["STATUS"] == "Reading the rulebook"
        assert before <= int(told["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        assert [d.tell() for _ in range(2)] == ["READY=1", "STATUS=Ready"]
    status, _ = d.end()
    assert status == 0 and d.tell() == "STOPPING=1\nSTATUS=Answering what is in hand"
    assert not d.is_fed(1)


def test_the_watchdog_is_fed_while_all_threads_come_round(watched):
    d = watched()
    for _ in range(3):
        assert d.is_fed(5)


@pytest.mark.parametrize("hang, speed", [
    (whistle("poison hang"), 1), (question("poison hang"), 60), (whistle("poison loop"), 1)],
    ids=["engine", "look", "loop"])
def test_a_thread_that_hangs_starves_the_watchdog(watched, hang, speed):
    """Only the engine's and the loop's once did; a question that came to no end took one of two threads for ever."""
    d = watched(clock_speed=speed)
    speaker = Speaker(d.url, OFFICE)
    time.sleep(1)
    assert speaker.submit().number and d.is_fed(3)
    speaker.send(hang(speaker))
    daemon.until(lambda: not d.is_fed(1.5))
    assert not d.is_fed(3), "and for good"
    d.process.send_signal(signal.SIGABRT)  # as systemd then does
    process, d.process = d.process, None
    assert process.wait(daemon.SECONDS) == -signal.SIGABRT
    speaker.close()
