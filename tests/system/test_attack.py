"""Load and misuse: floods, dying connections, reloads, stops and kills in a loop, a full disk."""
import os
import signal
import subprocess
import threading
import time

import pytest

import daemon
import sp
from speaker import Speaker, pb, ulid

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

OFFICE, OTHER = "420902001001", "420902002001"
WHISTLES = int(os.environ.get("WHISTLED_FLOOD", "2000"))
KILLS = int(os.environ.get("WHISTLED_KILLS", "4"))


@pytest.fixture
def city(tmp_path):
    with daemon.running(tmp_path) as d:
        yield d


class Flood(threading.Thread):
    """Submits so many whistles of one office over one connection, many on their way at a time, until it is told to
    stop or the connection ends. What was answered with ok stands in `numbers`."""

    def __init__(self, url, office, count, window=64):
        super().__init__(daemon=True)
        self.speaker, self.count, self.window = Speaker(url, office), count, window
        self.numbers, self.refused, self.stop, self.error = [], {}, False, None

    def run(self):
        try:
            self.flow()
        except (OSError, EOFError) as error:
            self.error = error

    def flow(self):
        waiting = 0
        for _ in range(self.count):
            if self.stop:
                break
            self.speaker.send(self.speaker.envelope(submit=self.speaker.whistle()))
            waiting += 1
            if waiting == self.window:
                self.take()
                waiting -= 1
        for _ in range(waiting):
            self.take()

    def take(self):
        reply = self.speaker.receive()[1]
        if reply.code == "ok":
            self.numbers.append(reply.receipt.number)
        else:
            self.refused[reply.code] = self.refused.get(reply.code, 0) + 1


def all_are_there(city, numbers, office=OFFICE):
    assert len(set(numbers)) == len(numbers), "a number was given twice"
    speaker = Speaker(city.url, office)
    for number in numbers:
        assert speaker.do(show=pb.Show(number=number)).show.case.number == number
    speaker.close()


def test_who_floods_only_waits_for_itself(city):
    flood = Flood(city.url, OFFICE, WHISTLES)
    flood.start()
    quiet, delays = Speaker(city.url, OTHER), []
    while flood.is_alive() and len(delays) < 200:
        began = time.monotonic()
        quiet.submit()
        delays.append(time.monotonic() - began)
    flood.join()
    assert flood.error is None and len(flood.numbers) == WHISTLES and not flood.refused
    assert sorted(delays)[len(delays) // 2] < 2.0, sorted(delays)[-5:]
    quiet.close()


def test_connections_die_while_their_polls_wait(city):
    office = Speaker(city.url, OFFICE)
    for round in range(12):
        connections = [sp.connect(city.url) for _ in range(10)]
        bureau = Speaker(city.url, "cg")
        for connection in connections:
            for _ in range(12):  # more than may be parked
                connection.send(bureau.envelope(fetch=pb.Fetch(consumer="x", after=2**62, wait_ms=25000))
                                .SerializeToString())
            connection.send(bureau.envelope(fetch=pb.Fetch(area="420902", wait_ms=25000)).SerializeToString())
        sent = [office.send(office.envelope(submit=office.whistle())) for _ in range(5)]
        for connection in connections[round % 2::2]:
            connection.close()
        for _ in sent:
            assert office.receive()[1].code == "ok"
        for connection in connections:
            connection.close()
    daemon.until(lambda: city.json("status")["polls_waiting"] == 0 if "polls_waiting" in city.json("status") else True)
    office.close()


def test_a_poll_waits_its_time_and_is_answered_empty(city):
    bureau = Speaker(city.url, "cg")
    began = time.monotonic()
    assert not bureau.feed(after=2**62, wait_ms=700).items
    assert 0.6 < time.monotonic() - began < 5
    bureau.close()


def test_a_flood_of_fetches_does_not_grow_the_daemon(city):
    bureau = Speaker(city.url, "cg")
    office = Speaker(city.url, OFFICE)
    for _ in range(30):
        office.submit()

    def resident():
        with open(f"/proc/{city.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * 4096

    def burst():
        for _ in range(10):
            sent = [bureau.send(bureau.envelope(fetch=pb.Fetch(after=1, max=1000))) for _ in range(50)]
            for _ in sent:
                assert bureau.receive()[1].code == "ok"

    burst()
    before = resident()
    for _ in range(4):
        burst()
    assert resident() - before < 200 << 20
    bureau.close()
    office.close()


def test_ids_replayed_from_other_connections_have_one_effect(city):
    speakers = [Speaker(city.url, OFFICE) for _ in range(8)]
    for _ in range(20):
        id, answers = ulid(), []
        envelope = speakers[0].envelope(id, submit=speakers[0].whistle(title="同一哨"))
        for speaker in speakers:
            speaker.send(envelope)
        answers = [speaker.receive()[2] for speaker in speakers]
        assert len(set(answers)) == 1
    rows = speakers[0].do(list=pb.List(max=500)).list.rows
    assert len(rows) == 20
    for speaker in speakers:
        speaker.close()


def test_reloads_while_submits_and_questions_run(city):
    floods = [Flood(city.url, office, WHISTLES // 4) for office in (OFFICE, OTHER)]
    for flood in floods:
        flood.start()
    asker, reloads = Speaker(city.url, "centre"), 0
    while any(flood.is_alive() for flood in floods) or reloads < 5:
        assert "refused" not in city.ask("reload").lower()
        asker.do(list=pb.List(open_only=True, max=20))
        asker.do(fetch=pb.Fetch(area="420902", max=10))
        reloads += 1
    for flood in floods:
        flood.join()
        assert flood.error is None and not flood.refused
    asker.close()


def test_sigterm_under_load_loses_no_answer(city):
    floods = [Flood(city.url, office, 10**6) for office in (OFFICE, OTHER)]
    asking = threading.Event()

    def ask():  # questions without end must not keep it from ending
        speaker = Speaker(city.url, "cg")
        try:
            while True:
                speaker.ask(list=pb.List(open_only=True))
                asking.set()
        except (OSError, EOFError):
            pass

    threads = floods + [threading.Thread(target=ask, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    asking.wait(30)
    time.sleep(1)
    city.stop()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    city.start()
    for flood in floods:
        assert flood.numbers
        all_are_there(city, flood.numbers[-300:], flood.speaker.principal)


def test_a_reload_while_it_stops_is_passed_over(city):
    flood = Flood(city.url, OFFICE, 10**6)
    flood.start()
    time.sleep(0.5)
    city.process.send_signal(signal.SIGTERM)
    for _ in range(50):
        if city.process.poll() is None:
            city.process.send_signal(signal.SIGHUP)
        time.sleep(0.002)
    assert city.wait() == 0
    flood.join(30)


def test_kill_in_a_loop_loses_no_answer(city):
    answered = []
    for i in range(KILLS):
        flood = Flood(city.url, OFFICE, 10**6)
        flood.start()
        time.sleep(0.3 + 0.17 * i)
        city.kill()
        flood.join(30)
        answered += flood.numbers
        verified = subprocess.run([daemon.BUILD / "whistled", "verify", city.data], capture_output=True, text=True)
        assert verified.returncode == 0, verified.stderr
        city.start()
        assert city.json("status")
    assert len(set(answered)) == len(answered)
    all_are_there(city, answered[::max(1, len(answered) // 300)])


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    size = "170m"  # two segments of the journal and some state
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "whistled-test", disk], capture_output=True)
    if done.returncode:
        pytest.skip("a small file system needs the right to mount one")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_full_disk_refuses_reads_on_and_recovers(small_disk):
    """Promise 7. Filled from outside while whistles come in; then room is made."""
    with daemon.running(small_disk) as city:
        office = Speaker(city.url, OFFICE)
        numbers = [office.submit().number for _ in range(20)]
        ballast = small_disk / "ballast"
        with ballast.open("wb") as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
                    file.flush()
            except OSError:
                pass
        refused = 0
        for i in range(4000):
            reply = office.ask(submit=office.whistle(personal=pb.Personal(text="字" * 15000)))
            if reply.code == "ok":
                numbers.append(reply.receipt.number)
            else:
                assert reply.code == "storage_full", reply
                refused += 1
                if refused == 20:
                    break
        assert refused == 20
        assert office.do(show=pb.Show(number=numbers[0])).show.case.number == numbers[0]
        assert "storage_full" in city.ask("status") or "full" in city.ask("status")
        ballast.unlink()
        numbers.append(office.insist(submit=office.whistle()).receipt.number) if daemon.until(
            lambda: office.ask(submit=office.whistle()).code == "ok") else None
        daemon.until(lambda: "storage_full" not in city.ask("status"))
        all_are_there(city, numbers)
        city.process.send_signal(signal.SIGTERM)
        assert city.wait() == 0
        city.start()
        all_are_there(city, numbers[-50:])
        office.close()
