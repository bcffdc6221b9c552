"""The status knows when the store was last backed up and last checked, and what came of it, over restarts; what asks for
both by the clock is shipped, and fails where they fail."""
import re
import time

import pytest

import daemon
import disk
from test_check import flip, some_work, spoil

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

OFFICE = "420902001001"


def metric(d, name):
    """Its value; None where it is left out."""
    found = re.search(rf"^{name} (\S+)$", d.ask("metrics"), re.M)
    return float(found.group(1)) if found else None


def alarms(d, word):
    return [alarm for alarm in d.json("status")["alarms"] if alarm.startswith(f"{word} FAILED")]


def killed(d):
    d.kill()
    return d.start()


# ---- the status ----


def test_at_first_nothing_is_known(tmp_path):
    with daemon.running(tmp_path) as d:
        told = d.json("status")
        for group in ("backup", "check"):
            assert told[group]["last_success_ms"] is None and told[group]["last_try_ms"] is None
            assert told[group]["last_code"] == "" and told[group]["failed"] is False
            assert metric(d, f"whistled_{group}_last_success_timestamp_seconds") is None
            assert metric(d, f"whistled_{group}_failed") == 0
        assert re.search(r"^backup\n  last success +none$", d.ask("status"), re.M)


@pytest.mark.parametrize("again", [daemon.Daemon.restart, killed])
def test_a_backup_and_a_check_are_known_after_a_restart(tmp_path, again):
    with daemon.running(tmp_path) as d:
        some_work(d)
        before = time.time() * 1000
        made, report = d.json("backup", tmp_path / "a backup"), d.json("check")
        after = time.time() * 1000
        for _ in range(2):
            told = d.json("status")
            backup, check = told["backup"], told["check"]
            assert (backup["seq"], backup["size_bytes"]) == (made["seq"], made["bytes"])
            assert backup["directory"] == str(tmp_path / "a backup") and backup["took_ms"] == made["took_ms"]
            assert backup["last_success_ms"] == backup["last_try_ms"] == made["taken_ms"]
            assert check["last_success_ms"] == check["last_try_ms"] >= backup["last_try_ms"] >= before - 1
            assert check["last_try_ms"] + check["last_took_ms"] <= after + 1
            assert check["last_took_ms"] >= report["took_ms"]
            assert backup["last_code"] == check["last_code"] == "ok" and not told["alarms"]
            assert metric(d, "whistled_backup_last_success_timestamp_seconds") * 1000 == pytest.approx(made["taken_ms"])
            assert metric(d, "whistled_check_last_success_timestamp_seconds") * 1000 == \
                pytest.approx(check["last_try_ms"])
            assert f"  directory               {tmp_path}/a backup\n" in d.ask("status")
            again(d)


def test_one_that_failed_is_an_alarm_until_one_is_good(tmp_path):
    with daemon.running(tmp_path) as d:
        made = d.json("backup", tmp_path / "first")
        assert d.json("backup", tmp_path / "first")["code"] == "in_use"
        for _ in range(2):
            told = d.json("status")["backup"]
            assert told["last_success_ms"] == made["taken_ms"] <= told["last_try_ms"]
            assert told["last_code"] == "in_use" and told["directory"] == str(tmp_path / "first")
            assert "** BACKUP FAILED: the last backup failed: in_use " in d.ask("status")
            assert metric(d, "whistled_backup_failed") == 1
            d.restart()
        assert d.json("backup", tmp_path / "second")["code"] == "ok"
        assert not alarms(d, "BACKUP") and metric(d, "whistled_backup_failed") == 0
        assert d.json("status")["backup"]["directory"] == str(tmp_path / "second")


def test_what_is_refused_before_it_is_tried_is_no_try(tmp_path):
    with daemon.running(tmp_path) as d:
        assert d.json("backup")["code"] == "missing" and d.json("backup", "here")["code"] == "bad_value"
        assert d.json("status")["backup"]["last_code"] == "" and not (d.data / "care").exists()


def test_a_check_that_found_damage_is_known_to_the_next_start(tmp_path):
    """The daemon ends after it, since its state is damaged; the new state has to be checked again."""
    d = daemon.Daemon(tmp_path)
    d.start()
    some_work(d)
    assert d.json("check")["code"] == "ok"
    good = d.json("status")["check"]["last_success_ms"]
    d.stop()
    spoil(d, "cases", "missing")
    d.start()
    assert d.json("check")["code"] == "corrupt" and d.wait() == 1
    assert re.search(r"^<4>check code=corrupt seq=\d+ took_ms=\d+$", d.log(), re.M)
    d.start()
    told = d.json("status")["check"]
    assert told["last_code"] == "corrupt" and told["last_success_ms"] == good < told["last_try_ms"]
    assert alarms(d, "CHECK") == ["CHECK FAILED: the last check said corrupt 核对失败"]
    assert d.json("check")["code"] == "ok" and not alarms(d, "CHECK")
    d.stop()


def test_a_damaged_journal_is_a_failed_check(tmp_path):
    with daemon.running(tmp_path) as d:
        some_work(d)
        [segment] = (d.data / "journal").glob("*.seg")
        flip(segment, 300)
        assert d.json("check")["code"] == "corrupt" and alarms(d, "CHECK")
        flip(segment, 300)
        assert d.json("check")["code"] == "ok" and not alarms(d, "CHECK")


# ---- its file ----


def test_a_file_that_cannot_be_read_is_said_and_not_in_the_way(tmp_path):
    with daemon.running(tmp_path) as d:
        assert d.json("backup", tmp_path / "first")["code"] == "ok"
        d.stop()
        flip(d.data / "care", 40)
        d.start()
        assert "<4>when the last backup and the last check were is not known: care: it is not as it was written" in d.log()
        assert d.json("status")["backup"]["last_success_ms"] is None
        assert d.json("backup", tmp_path / "second")["code"] == "ok"
        d.restart()
        assert "is not known" not in d.log() and d.json("status")["backup"]["directory"] == str(tmp_path / "second")


@disk.needed
def test_without_room_it_is_known_until_the_end(tmp_path):
    with disk.small(tmp_path) as (room, d):
        d.start()
        d.submit(OFFICE)
        assert d.json("backup", tmp_path / "first")["code"] == "ok"
        first = d.json("status")["backup"]
        room.fill()
        assert d.json("backup", tmp_path / "second")["code"] == "ok"
        assert "<4>when this was will not be known after a restart: " in d.log()
        assert d.json("status")["backup"]["directory"] == str(tmp_path / "second")
        room.empty()
        d.restart()
        assert d.json("status")["backup"] == first, "the file of before is whole"
