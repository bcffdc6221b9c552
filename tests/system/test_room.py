"""Running out of disk, address space, descriptors: changes are refused in words, questions answered, nothing that was
answered is lost, and it goes on by itself when there is room."""
import os
import re
import resource
import subprocess
import threading

import pytest

import daemon
import disk
from speaker import Speaker, Speakers, pb

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

OFFICE = "420902001001"
WIDE = ["--limit", "principal_kib=1048576", "--limit", "principal_kib_burst=1048576"]  # one principal may fill a disk
LONG = "密" * 20000  # a comment of 60 KB


def alarms(d):
    return d.json("status")["alarms"]


def says(d, word):
    return any(alarm.startswith(word + ":") for alarm in alarms(d))


def metric(d, name):
    return float(re.search(rf"^{name} (\S+)$", d.ask("metrics"), re.M).group(1))


class City(Speakers):
    """An office that whistles without end, and keeps the numbers that were answered."""

    def __init__(self, d):
        super().__init__(d)
        self.numbers = []

    def whistle(self):
        """The code of the answer."""
        reply = self[OFFICE].ask(submit=self[OFFICE].whistle())
        if reply.code == "ok":
            self.numbers.append(reply.receipt.number)
        return reply.code

    def until_prepared(self):
        """Until the journal's next segment is there, a piece with each batch."""
        return daemon.until(lambda: self.whistle() == "ok" and self.d.json("status")["store"]["next_ready"], every=0)

    def until_refused(self, most=5000):
        for _ in range(most):
            code = self.whistle()
            if code != "ok":
                return code
        raise AssertionError("it never ends")

    def knows_all(self):
        """Each number that was answered is a case of its own."""
        rows, after = [], ""
        while True:
            page = self["centre"].do(list=pb.List(after=after, max=500)).list
            rows += [row.number for row in page.rows]
            after = page.next_after
            if not after:
                break
        assert len(rows) == len(set(rows)) and set(self.numbers) <= set(rows)
        return True


def recovers_by_itself(d, city):
    """Nobody whistles meanwhile: the daemon itself finds that there is room."""
    daemon.until(lambda: not any(says(d, word) for word in ("FULL", "BEHIND", "NEARLY FULL", "TROUBLE")), every=0.1)
    assert metric(d, "whistled_engine_trouble") == 0 and metric(d, "whistled_store_behind") == 0
    assert city.whistle() == "ok" and city.knows_all()


def is_sound(d, city):
    """Stopped, verified, and killed once more: all that was answered is there."""
    city.hang_up()
    d.kill()
    d.start()
    assert city.knows_all()
    city.hang_up()


# ---- the disk -------------------------------------------------------------------------------------------------------

@disk.needed
def test_a_full_disk_refuses_changes_and_answers_questions(tmp_path):
    with disk.small(tmp_path) as (room, d):
        d.start()
        city = City(d)
        city.until_prepared()
        assert not alarms(d)
        room.fill()
        assert city.until_refused() == "storage_full"
        assert says(d, "FULL") and metric(d, "whistled_engine_trouble") == 1
        assert d.json("status")["store"]["disk_free_bytes"] == 0
        assert city[OFFICE].show(city.numbers[0]).case.number == city.numbers[0]
        assert d.json("show", city.numbers[0])["code"] == "ok" and d.json("cases")["newest"]
        assert city.whistle() == "storage_full", "as long as it is full"
        assert d.log().count("batch refused error=storage_full") <= 3, "it is not told each time"
        room.empty()
        recovers_by_itself(d, city)
        is_sound(d, city)


@disk.needed
def test_the_next_segment_has_no_room(tmp_path):
    """It is known long before: the journal goes on in its current segment until that is used up."""
    with disk.small(tmp_path, mib=110, arguments=WIDE) as (room, d):
        d.start()
        city = City(d)
        assert city.whistle() == "ok"
        daemon.until(lambda: says(d, "NEARLY FULL"))
        assert metric(d, "whistled_engine_nearly_full") == 1 and metric(d, "whistled_engine_trouble") == 0
        number = city.numbers[0]

        def comment():
            return city["cg"].ask(act=pb.Act(verb=pb.VERB_COMMENT, number=number, text=LONG)).code
        codes = [comment()]
        while codes[-1] == "ok":
            codes.append(comment())
        assert codes[-1] == "storage_full" and len(codes) > 900
        assert says(d, "FULL") and city["centre"].show(number).case.last_seq == d.json("status")["store"]["head_seq"]
        assert d.json("status")["store"]["segment_used_bytes"] > 60 * disk.MIB
        subprocess.run(["nsenter", "-t", str(room.holder.pid), "-m", "mount", "-o", "remount,size=300m", room.data], check=True)
        daemon.until(lambda: d.json("status")["store"]["next_ready"])
        recovers_by_itself(d, city)
        assert comment() == "ok" and d.json("status")["store"]["segments"] == 2
        is_sound(d, city)


@disk.needed
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_start_on_a_full_disk_answers_questions(tmp_path, end):
    with disk.small(tmp_path) as (room, d):
        d.start()
        city = City(d)
        city.until_prepared()
        room.fill()
        assert city.until_refused() == "storage_full"
        city.hang_up()
        getattr(d, end)()
        d.start()
        assert city.whistle() == "storage_full"
        assert city[OFFICE].show(city.numbers[0]).case.number == city.numbers[0]
        assert says(d, "FULL") and not says(d, "UNGUARDED")
        city.hang_up()
        d.stop()  # a stop on a full disk is one in order, and marked so
        assert re.fullmatch(r"[0-9a-f]{32} clean\n", (room.path / "mark").read_text())
        d.start()
        assert d.json("status")["store"]["way"] == "clean"
        room.empty()
        recovers_by_itself(d, city)
        daemon.until(lambda: "rulebook in force" in d.log())  # what the journal should know of the start is said again
        is_sound(d, city)


@disk.needed
def test_a_state_that_was_lost_is_not_built_on_a_full_disk(tmp_path):
    """It would know nothing of most cases, and say so of each: the start is refused instead."""
    with disk.small(tmp_path) as (room, d):
        d.start()
        city = City(d)
        city.until_prepared()
        city.hang_up()
        d.stop()
        for file in (room.path / "state").iterdir():
            file.unlink()
        room.fill(leave=64 << 10)
        d.extra_environment = {"ASAN_OPTIONS": "detect_leaks=0"}
        for _ in range(2):  # what the first one began is no state either
            d.start(wait=False)
            assert d.wait() == 1
            assert "whistled: storage_full: no room to build the state anew" in d.log(), d.log()
        room.empty()
        d.start()
        assert d.json("status")["store"]["way"] == "rebuilt"
        assert city.knows_all()
        city.hang_up()


@disk.needed
@pytest.mark.parametrize("leave", [0, 4 << 10, 64 << 10, 1 << 20, 40 << 20])
def test_a_store_is_not_begun_on_a_disk_that_is_too_small(tmp_path, leave):
    with disk.small(tmp_path) as (room, d):
        room.fill(leave)
        d.extra_environment = {"ASAN_OPTIONS": "detect_leaks=0"}
        d.start(wait=False)
        assert d.wait() == 1, d.log()
        assert "whistled: storage_full: " in d.log(), d.log()
        room.empty()
        d.start()
        city = City(d)
        assert city.whistle() == "ok"
        city.hang_up()


def bounded(d, **limits):
    """Sets soft limits of a running process."""
    words = [f"--{name}={value}:" for name, value in limits.items()]
    subprocess.run(["prlimit", "--pid", str(d.process.pid), *words], check=True)


def test_a_file_that_may_grow_no_more_is_a_full_disk(tmp_path):
    """ulimit -f: the signal that tells of it once ended the process."""
    with daemon.running(tmp_path) as d:
        city = City(d)
        city.until_prepared()
        bounded(d, fsize=(d.data / "state" / "data.mdb").stat().st_size - 16 * 4096)  # and what there is, no more
        assert city.until_refused() == "storage_full"
        assert city[OFFICE].show(city.numbers[0]).case.number == city.numbers[0]
        bounded(d, fsize="unlimited")
        recovers_by_itself(d, city)
        is_sound(d, city)


# ---- descriptors ----------------------------------------------------------------------------------------------------

def test_without_descriptors_who_is_connected_goes_on_and_others_wait(tmp_path):
    with daemon.running(tmp_path) as d:
        city = City(d)
        assert city.whistle() == "ok" and city["cg"].feed()
        status = d.connect()
        city.until_prepared()
        bounded(d, nofile=3)  # no file can be opened any more
        late, came = Speaker(d.url, OFFICE), []
        waits = threading.Thread(target=lambda: came.append(late.submit().number))
        waits.start()
        for _ in range(20):
            assert city.whistle() == "ok" and city["cg"].feed().items
        assert city[OFFICE].show(city.numbers[0]).case.number == city.numbers[0]
        status.sendall(b"metrics\n")
        text = b""
        while not text.endswith(b"\n\n"):
            text += status.recv(65536)
        assert float(re.search(rb"^whistled_edge_accept_pauses_total (\d+)$", text, re.M).group(1)) >= 1
        bounded(d, nofile=1024)
        waits.join(daemon.SECONDS)
        assert came, "who waited is let in by itself"
        late.close()
        status.close()
        is_sound(d, city)


# A new segment that could not be opened was taken for a disk that is broken, and ended the process.
def test_without_descriptors_the_next_segment_is_not_made_and_changes_wait(tmp_path):
    with daemon.running(tmp_path, arguments=WIDE) as d:
        city = City(d)
        city.until_prepared()
        number = city.numbers[0]
        city["cg"].connect()
        city["centre"].connect()

        def comment():
            return city["cg"].ask(act=pb.Act(verb=pb.VERB_COMMENT, number=number, text=LONG)).code
        assert comment() == "ok"
        city["centre"].show(number)
        bounded(d, nofile=3)
        codes = [comment()]
        while codes[-1] == "ok" and len(codes) < 3000:
            codes.append(comment())
        assert codes[-1] == "busy"
        assert city["centre"].ask(list=pb.List(max=10)).code == "ok"
        assert city["centre"].ask(show=pb.Show(number=number, history=True)).code == "busy", "its segment is not open"
        bounded(d, nofile=1024)
        daemon.until(lambda: comment() == "ok")
        recovers_by_itself(d, city)
        is_sound(d, city)


# ---- address space --------------------------------------------------------------------------------------------------

# The state's map of 1 TiB did not fit, the state was taken for damaged and dropped, and the daemon did not start.
@pytest.mark.skipif(daemon.is_sanitized(), reason="a sanitizer's shadow needs more than any bound")
def test_a_bounded_address_space_bounds_the_state(tmp_path):
    with daemon.running(tmp_path) as d:
        city = City(d)
        assert city.whistle() == "ok"
        city.hang_up()
        d.stop()
        before = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, before[1]))
        try:
            d.start()
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)
        store = d.json("status")["store"]
        assert store["way"] == "clean" and store["state_most_bytes"] == 1 << 30
        assert city.whistle() == "ok" and city.knows_all()
        city.hang_up()


def address_space(d):
    return int(re.search(r"^VmSize:\s+(\d+) kB", open(f"/proc/{d.process.pid}/status").read(), re.M).group(1)) << 10


# Libuv starts its pool with the first job, and aborts without memory for that: it is started before it can be short.
@pytest.mark.skipif(daemon.is_sanitized(), reason="a sanitizer ends the process when memory runs out")
def test_without_memory_requests_are_refused_and_it_goes_on(tmp_path):
    with daemon.running(tmp_path) as d:
        city = City(d)
        assert city.whistle() == "ok"
        number, codes = city.numbers[0], set()
        bounded(d, **{"as": address_space(d) - (1 << 30)})  # not a byte more
        for _ in range(40):
            for who, op in ((OFFICE, {"submit": city[OFFICE].whistle()}), ("centre", {"list": pb.List(max=500)}),
                            ("cg", {"act": pb.Act(verb=pb.VERB_COMMENT, number=number, text=LONG)})):
                try:
                    city[who].connect().socket.settimeout(0.3)
                    reply = city[who].ask(**op)
                    codes.add(reply.code)
                    if reply.code == "ok" and "submit" in op:
                        city.numbers.append(reply.receipt.number)
                except OSError:  # where there is not even memory for a refusal nobody is answered
                    city[who].close()
                    codes.add("none")
        assert d.process.poll() is None, d.log()
        bounded(d, **{"as": "unlimited"})
        city.hang_up()
        recovers_by_itself(d, city)
        # `refused`: it could not even be opened, which is final for nobody
        assert codes - {"ok"} and codes <= {"ok", "no_memory", "busy", "refused", "none"}, codes
        is_sound(d, city)
