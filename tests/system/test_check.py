"""check, verify, rebuild: what the daemon and the tool prove of a store, while it runs and when it stands still."""
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import threading

import pytest

import daemon
from speaker import Speaker, pb

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

OFFICE = "420902001001"


def tool(*words):
    """whistled WORDS; the finished process."""
    return subprocess.run([str(daemon.BUILD / "whistled"), *map(str, words)], capture_output=True, text=True,
                          timeout=daemon.SECONDS)


def some_work(d, cases=3):
    numbers = [d.submit(OFFICE) for _ in range(cases)]
    d.act("cg", "accept", numbers[0])
    d.act("cg", "resolve", numbers[0])
    d.act("cg", "accept", numbers[1])
    return numbers


def spoil(d, table, how):
    """Changes the first record of a table behind the daemon's back: missing, more, flipped."""
    subprocess.run([str(daemon.BUILD / "tests" / "spoil"), str(d.data / "state"), table, how], check=True)


def flip(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 1]))


def helpers(d):
    """Processes that are the daemon's children."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == d.process.pid:
            found.append(int(path.parent.name))
    return found


# ---- a running daemon ----


def test_a_running_store_is_checked(tmp_path):
    with daemon.running(tmp_path) as d:
        some_work(d)
        report = d.json("check")
        assert report["code"] == "ok" and report["damaged"] == "" and report["differences"] == [], report
        head = d.json("status")["store"]
        assert report["stands"]["seq"] == head["head_seq"] and report["stands"]["chain"] == head["head_chain"]
        assert report["tables"]["cases"] == 3 and report["tables"]["due"] == report["due"] > 0
        assert report["journal"]["events"] == head["head_seq"]
        text = d.ask("check")
        assert re.match(r"ok the state is what the journal says\nevents \d+ to seq \d+, records \d+ in 21 tables, due \d+",
                        text), text
        assert not (d.data / "check").exists(), "the copies are gone"


def test_it_is_checked_while_it_is_written(tmp_path):
    with daemon.running(tmp_path) as d:
        halt, counts = threading.Event(), []

        def work():
            office = Speaker(d.url, OFFICE)
            while not halt.is_set():
                assert office.insist(submit=office.whistle()).code == "ok"
            office.close()

        worker = threading.Thread(target=work)
        worker.start()
        try:
            for _ in range(5):
                report = d.json("check")
                assert report["code"] == "ok", report
                counts.append(report["tables"]["cases"])
        finally:
            halt.set()
            worker.join(daemon.SECONDS)
        assert counts == sorted(counts) and counts[-1] > counts[0], "it went on meanwhile"


def test_one_at_a_time(tmp_path):
    """The helper is stopped, so that a check waits for as long as the test wants."""
    with daemon.running(tmp_path) as d:
        some_work(d)
        [helper] = helpers(d)
        os.kill(helper, signal.SIGSTOP)
        first = {}
        thread = threading.Thread(target=lambda: first.update(d.json("check")))
        thread.start()
        daemon.until(lambda: (d.data / "check" / "state" / "data.mdb").exists())
        assert d.json("check")["code"] == "busy"
        assert d.submit(OFFICE), "nobody waits for it"
        os.kill(helper, signal.SIGCONT)
        thread.join(daemon.SECONDS)
        assert first["code"] == "ok", first
        assert d.json("check")["code"] == "ok"


def test_the_copies_of_a_check_that_was_cut_off_are_removed(tmp_path):
    d = daemon.Daemon(tmp_path)
    d.start()
    [helper] = helpers(d)
    os.kill(helper, signal.SIGSTOP)
    with d.connect() as s:
        s.sendall(b"check\n")
        daemon.until(lambda: (d.data / "check" / "second").exists())
        d.kill()
    assert (d.data / "check").exists()
    daemon.until(lambda: not pathlib.Path(f"/proc/{helper}").exists())
    d.start()
    assert not (d.data / "check").exists()
    d.stop()


def test_a_check_does_not_keep_the_daemon_from_stopping(tmp_path):
    with daemon.running(tmp_path) as d:
        some_work(d)
        [helper] = helpers(d)
        os.kill(helper, signal.SIGSTOP)
        with d.connect() as s:
            s.sendall(b"check\n")
            daemon.until(lambda: (d.data / "check" / "state" / "data.mdb").exists())
            d.stop()
        daemon.until(lambda: not pathlib.Path(f"/proc/{helper}").exists())


def test_without_its_helper_there_is_a_refusal(tmp_path):
    with daemon.running(tmp_path) as d:
        [helper] = helpers(d)
        os.kill(helper, signal.SIGKILL)
        assert d.json("check")["code"] == "draining"
        assert d.submit(OFFICE)


@pytest.mark.parametrize("table, how, kind", [
    ("cases", "missing", "missing"), ("sources", "more", "too much"), ("numbers", "flipped", "unreadable")])
def test_what_is_damaged_is_named_and_made_anew(tmp_path, table, how, kind):
    """The answer comes, then the daemon ends; its next start builds the state anew."""
    d = daemon.Daemon(tmp_path)
    d.start()
    numbers = some_work(d)
    d.stop()
    spoil(d, table, how)
    done = tool("verify", d.data)
    assert done.returncode == 1 and f"\n{table} " in done.stderr and f": {kind}" in done.stderr, done
    d.start()
    report = d.json("check")
    assert report["code"] == "corrupt" and report["damaged"] == "state", report
    assert (report["differences"][0]["table"], report["differences"][0]["kind"]) == (table, kind)
    assert d.wait() == 1
    assert "<2>the state is damaged" in d.log()
    d.start()
    assert "way=rebuilt" in d.log() and "doubt=damage" in d.log()
    assert d.json("check")["code"] == "ok"
    assert all(d.json("show", number)["code"] == "ok" for number in numbers)
    d.stop()
    assert tool("verify", d.data).returncode == 0


def test_who_reads_a_damaged_record_ends_the_daemon_that_must_not_decide_over_it(tmp_path):
    d = daemon.Daemon(tmp_path)
    d.start()
    numbers = some_work(d)
    d.stop()
    spoil(d, "cases", "flipped")
    d.start()
    with contextlib.suppress(OSError, AssertionError):  # where it ended even before the answer
        assert d.json("show", numbers[0])["code"] != "ok"
    assert d.wait() == 1
    assert "<2>the state is damaged table=cases" in d.log()
    d.start()
    assert d.json("show", numbers[0])["case"]["state"] == "resolved"
    d.stop()


def test_a_decision_over_a_damaged_record_is_not_answered(tmp_path):
    """The client asks again, and the next start knows."""
    d = daemon.Daemon(tmp_path)
    d.start()
    numbers = some_work(d)
    d.stop()
    spoil(d, "cases", "flipped")
    d.start()
    office = Speaker(d.url, OFFICE)
    office.send(office.envelope(act=pb.Act(verb=pb.VERB_EVALUATE, number=numbers[0], verdict=True)))
    with pytest.raises(OSError):
        office.receive()
    assert d.wait() == 1
    office.close()
    assert "<2>the state is damaged table=cases" in d.log()
    d.start()
    office = Speaker(d.url, OFFICE)
    assert office.insist(act=pb.Act(verb=pb.VERB_EVALUATE, number=numbers[0], verdict=True)).code == "ok"
    office.close()
    d.stop()


def test_a_damaged_journal_is_not_held_against_the_state(tmp_path):
    """The state may be all that can be read: the daemon goes on with it."""
    with daemon.running(tmp_path) as d:
        numbers = some_work(d)
        [segment] = (d.data / "journal").glob("*.seg")
        flip(segment, 300)
        report = d.json("check")
        assert report["code"] == "corrupt" and report["damaged"] == "journal" and not report["differences"], report
        assert re.match(rf"journal/{segment.name}: bytes \d+ to \d+ are damaged \(seq ", report["text"])
        assert d.ask("check").startswith("error corrupt: journal/")
        assert d.submit(OFFICE) and d.json("show", numbers[0])["code"] == "ok"
        flip(segment, 300)
        assert d.json("check")["code"] == "ok"


# ---- a stopped store ----


def test_verify_tells_what_it_looked_at(tmp_path):
    with daemon.running(tmp_path) as d:
        some_work(d)
        assert "store_locked" in tool("verify", d.data).stderr
    done = tool("verify", d.data)
    assert done.returncode == 0, done
    assert re.search(r"^segments 1 records \d+ events \d+ erased 0\nhead 1/\d+ chain [0-9a-f]{64}$", done.stdout, re.M)
    assert re.search(r"^records  .* cases 3 ", done.stdout, re.M) and "ok the state is what the journal says" in done.stdout
    assert "records  " not in tool("verify", "--journal", d.data).stdout
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert tool("verify", "--scratch", elsewhere, d.data).returncode == 0
    assert not list(elsewhere.iterdir()) and not list(d.data.glob("check*"))
    assert tool("verify", "--scratch", tmp_path / "none", d.data).returncode == 1
    assert tool("verify").returncode == 1


def test_verify_of_a_store_that_was_killed(tmp_path):
    d = daemon.Daemon(tmp_path)
    d.start()
    some_work(d)
    d.kill()
    assert tool("verify", d.data).returncode == 0
    mark = d.data / "mark"
    mark.write_text(f"{'0' * 32} open\n")  # the boot before this one
    done = tool("verify", d.data)
    assert done.returncode == 0 and "the state is not looked at" in done.stdout


def test_rebuild_makes_the_same_tables(tmp_path):
    with daemon.running(tmp_path) as d:
        numbers = some_work(d)
    spoil(d, "cases", "missing")
    assert tool("verify", d.data).returncode == 1
    done = tool("rebuild", d.data)
    assert done.returncode == 0 and re.search(r"^rebuilt from \d+ events in \d+\.\d s$", done.stdout, re.M), done
    assert tool("verify", d.data).returncode == 0
    d.start()
    assert "way=clean" in d.log() and all(d.json("show", n)["code"] == "ok" for n in numbers)
    assert "store_locked" in tool("rebuild", d.data).stderr
    d.stop()
    assert tool("rebuild").returncode == 1


def test_rebuild_leaves_the_state_where_the_journal_is_damaged(tmp_path):
    with daemon.running(tmp_path) as d:
        some_work(d)
    [segment] = (d.data / "journal").glob("*.seg")
    flip(segment, 300)
    before = (d.data / "state" / "data.mdb").read_bytes()
    done = tool("rebuild", d.data)
    assert done.returncode == 1 and re.search(r"corrupt: journal/\d+\.seg: bytes \d+ to \d+ are damaged", done.stderr), done
    assert (d.data / "state" / "data.mdb").read_bytes() == before
