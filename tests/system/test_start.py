"""What whistled refuses to start on, and how it goes on from where it was."""
import re
import shutil
import subprocess

import pytest

import daemon
from speaker import Speaker

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

OFFICE = "420902001001"


def refused(d, *said):
    """Starts it, expects its end; each of `said` must stand in what it wrote. A process that refuses to start leaves
    its memory to the system, which is no leak."""
    d.extra_environment = {"ASAN_OPTIONS": "detect_leaks=0"}
    d.start(wait=False)
    assert d.wait() not in (0, -6, -11)
    d.extra_environment = {}
    log = d.log()
    assert "Assertion" not in log
    for text in said:
        assert text in log, log


def test_a_second_daemon_on_the_same_store(tmp_path):
    with daemon.running(tmp_path / "one") as first:
        second = daemon.Daemon(tmp_path / "two")
        second.data = first.data
        refused(second, "store_locked", str(first.data))
        assert first.submit(OFFICE), "the first is not disturbed"


def test_a_port_and_a_path_that_are_in_use(tmp_path):
    with daemon.running(tmp_path / "one", tcp=True) as first:
        second = daemon.Daemon(tmp_path / "two", tcp=True)
        second.tcp_url = first.tcp_url
        refused(second, first.tcp_url.removeprefix("tcp://"))
        third = daemon.Daemon(tmp_path / "three")
        third.url = first.url
        refused(third, first.url)
        fourth = daemon.Daemon(tmp_path / "four")
        fourth.status_path = first.status_path
        refused(fourth, str(first.status_path))
        assert first.json("status")["code"] == "ok" and first.submit(OFFICE)


def test_what_a_dead_daemon_left_behind_is_no_hindrance(tmp_path):
    with daemon.running(tmp_path) as d:
        number = d.submit(OFFICE)
        d.kill()
        assert (tmp_path / "whistle.ipc").exists() and (tmp_path / "status.sock").exists()
        d.start()
        assert number in d.whistle(OFFICE, "show", number)


def test_a_file_in_place_of_a_socket_is_never_touched(tmp_path):
    (tmp_path / "whistle.ipc").write_text("precious")
    refused(daemon.Daemon(tmp_path), "whistle.ipc")
    assert (tmp_path / "whistle.ipc").read_text() == "precious"


@pytest.mark.parametrize("url", ["http://x", "tcp://127.0.0.1", "tcp://127.0.0.1:99999", "tcp://256.1.1.1:5", "ipc://",
                                 "ipc:///no/such/directory/x", "ipc:///tmp/" + "x" * 200, ""])
def test_addresses_that_cannot_be(tmp_path, url):
    refused(daemon.Daemon(tmp_path, arguments=["--insecure", "--listen", url]), "address")


@pytest.mark.parametrize("file, old, new", [("rules.yaml", "lead: cg", "lead: nobody"), ("rules.yaml", "- {id", "- {{id"),
                                            ("units.csv", "cg,", "cg,,,,,,,,,,,,"), ("rulebook.yaml", "zone:", "zones:"),
                                            ("calendars.yaml", "08:00-12:00", "12:00-08:00")])
def test_a_rulebook_that_is_wrong_is_named_by_file_and_line(tmp_path, file, old, new):
    rules = daemon.copy_of_city(tmp_path)
    text = (rules / file).read_text()
    assert old in text
    (rules / file).write_text(text.replace(old, new, 1))
    d = daemon.Daemon(tmp_path, rules=rules)
    refused(d, "bad_rulebook")
    assert re.search(rf"^{file}:\d+:\d+ ", d.log(), re.M), d.log()
    assert not d.data.exists() or not any(d.data.iterdir()), "no store is begun under rules that cannot be used"


def test_no_rulebook_and_no_directory(tmp_path):
    refused(daemon.Daemon(tmp_path, rules=tmp_path / "none"))
    d = daemon.Daemon(tmp_path)
    d.data = tmp_path / "no" / "such" / "directory"
    refused(d, str(d.data))


def test_a_broken_rulebook_keeps_no_running_daemon_from_going_on(tmp_path):
    rules = daemon.copy_of_city(tmp_path)
    with daemon.running(tmp_path, rules=rules) as d:
        (rules / "rules.yaml").write_text("- {id: R01, lead: nobody}\n")
        assert d.json("reload")["code"] == "bad_rulebook"
        assert d.submit(OFFICE)
        d.kill()
        refused(d, "bad_rulebook")
        shutil.copy(daemon.CITY / "rules.yaml", rules)
        d.start()
        assert len(d.json("cases")["newest"]) == 1


# ---- the store ----


VERSION_AT = 8  # in a segment's header, behind its magic; u16


def test_a_store_of_a_newer_version_is_left_alone(tmp_path):
    """A newer layout is told by its version, with a checksum that this program may not know; nothing is repaired."""
    with daemon.running(tmp_path) as d:
        d.submit(OFFICE)
        d.stop()
        segment = sorted((d.data / "journal").iterdir())[0]
        ours = segment.read_bytes()
        theirs = bytearray(ours)
        assert int.from_bytes(theirs[VERSION_AT:VERSION_AT + 2], "big") == 1
        theirs[VERSION_AT:VERSION_AT + 2] = (2).to_bytes(2, "big")
        theirs[100:128] = bytes(28)
        segment.write_bytes(theirs)
        refused(d, "store_version", "version 2")
        assert segment.read_bytes() == bytes(theirs)
        segment.write_bytes(ours)
        d.start()
        assert len(d.json("cases")["newest"]) == 1


def test_a_city_clock_needs_an_empty_store(tmp_path):
    with daemon.running(tmp_path) as d:
        number = d.submit(OFFICE)
        d.stop()
        d.clock = "2026-02-13T08:00+08:00,x1"
        refused(d, "demo_store")
        d.clock = None
        d.start()
        assert number in d.whistle(OFFICE, "show", number)
        assert d.json("status")["clock"]["demo"] is False


def test_a_demonstration_stays_one_and_goes_on_from_its_last_time(tmp_path):
    with daemon.running(tmp_path, clock="2026-02-13T08:00+08:00,x3600") as d:
        d.submit(OFFICE)
        daemon.until(lambda: d.json("status")["clock"]["city_ms"] > 1770949800000)  # 10:30
        last = d.submit(OFFICE)
        speaker = Speaker(d.url, OFFICE)
        filed = speaker.show(last).case.filed_ms
        speaker.close()
        d.stop()
        d.clock = None
        refused(d, "demo_store")
        d.clock = "2026-02-13T08:00+08:00,x1"
        d.start()
        status = d.json("status")
        assert filed <= status["clock"]["city_ms"] < filed + 8 * 3600000 and status["clock"]["demo"]
        assert any("DEMO" in alarm for alarm in status["alarms"])


@pytest.mark.parametrize("clock", ["2026-02-13", "2026-02-30T08:00+08:00,x1", "2026-02-13T08:00+08:00,x", "x5",
                                   "2026-02-13T08:00+08:00,x-1", "2026-02-13T08:00+08:00,x0", "2026-02-13T08:00+08:00,xnan",
                                   "2026-02-13T08:00+08:00,x1e300"])
def test_a_city_clock_that_cannot_be_read(tmp_path, clock):
    refused(daemon.Daemon(tmp_path, clock=clock), "city-clock")


def test_numbers_go_on_after_a_restart(tmp_path):
    with daemon.running(tmp_path, clock="2026-02-13T08:00+08:00,x1") as d:
        numbers = [d.submit(OFFICE)[:11] for _ in range(2)]
        d.restart()
        numbers.append(d.submit(OFFICE)[:11])
        d.kill()
        d.start()
        numbers.append(d.submit(OFFICE)[:11])
    assert numbers == [f"260213-000{i}" for i in range(1, 5)]


def test_help_and_wrong_words():
    def run(*words):
        return subprocess.run([daemon.BUILD / "whistled", *words], capture_output=True, text=True)
    assert run().returncode != 0 and run("dance").returncode != 0 and run("run", "--colour").returncode != 0
    assert "run" in run("--help").stdout and run("--version").stdout.startswith("whistled ")
    for command in ("run", "check", "explain", "precedents", "init", "verify"):
        assert command in run("--help").stdout
    assert run("check", "/no/such/rulebook").returncode != 0
    assert run("verify", "/no/such/store").returncode != 0
