"""Stores of the simulator and of the real daemon against the second computation; and that the check can fail."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import check
import hard
import journal

BUILD = pathlib.Path(os.environ.get("WHISTLED_BUILD", hard.ROOT / "build"))
SIM = BUILD / "tests" / "sim"
RUNG = check.RUNG_FIRED
MINUTE, DAY = 60_000, 86_400_000

needs_sim = pytest.mark.skipif(not SIM.exists(), reason=f"the simulator is not built: {SIM}")


def simulated(store, *options, seed=1, days=60, a_day=5):
    subprocess.run([SIM, "--seed", str(seed), "--days", str(days), "--a-day", str(a_day), "--keep", store, *options],
                   check=True, stdout=subprocess.DEVNULL)
    return store


def agrees(checker):
    assert not checker.disagreements, "\n".join(map(check.told, checker.disagreements[:check.SHOWN]))
    return checker.counts


# ---- stores ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def city_store(tmp_path_factory):
    return simulated(tmp_path_factory.mktemp("oracle") / "store", seed=3)


@needs_sim
def test_two_months_of_the_sample_city(city_store):
    counts = agrees(check.check_store(city_store, [hard.CITY]))
    assert counts["events"] > 5000 and counts["clocks"] > 1500
    assert counts["rung times"] > 5000 and counts["rungs fired"] > 3000


@needs_sim
@pytest.mark.timeout(1800)
def test_a_year_of_cases(tmp_path):
    """Pauses, extensions, suspensions, reloads, restarts and clock jumps; WHISTLED_A_DAY=14 makes 5,000, 274 makes 100,000."""
    a_day = int(os.environ.get("WHISTLED_A_DAY", 2))
    store = simulated(tmp_path / "store", seed=11, days=365, a_day=a_day)
    counts = agrees(check.check_store(store, [hard.CITY]))
    shutil.rmtree(store)
    print(counts)
    assert counts["clocks"] > 8 * 365 * a_day and counts["rungs fired"] > 15 * 365 * a_day


@needs_sim
@pytest.mark.parametrize("name, days, a_day", [("hours", 90, 2), ("same-time", 90, 2), ("end-of-day", 330, 1)])
def test_cities_that_are_hard_to_reckon_for(name, days, a_day, tmp_path):
    rules = hard.make(name, tmp_path / "rules")
    store = simulated(tmp_path / "store", "--rules", rules, seed=5, days=days, a_day=a_day)
    counts = agrees(check.check_store(store, [rules]))
    assert counts["clocks"] > 800 and counts["rungs fired"] > 2000
    clocks = [clock for record in journal.Journal(store) for event in record.events for clock in event.clocks]
    assert {clock.provisional for clock in clocks} == ({True, False} if name == "end-of-day" else {False})  # into 2026


@pytest.mark.skipif(not (BUILD / "whistled").exists(), reason="whistled is not built")
def test_the_daemons_journal_brings_its_own_calendars(tmp_path):
    """No --rules: each rulebook that was in force is in the journal, and counts from its reload on."""
    sys.path.append(str(hard.ROOT / "tests" / "system"))
    import daemon
    rules = daemon.copy_of_city(tmp_path)
    with daemon.running(tmp_path / "daemon", rules=rules, clock="2026-02-13T16:00+08:00,x3600") as d:
        numbers = [d.submit("420902001") for _ in range(2)]
        d.whistle("supervise", "supervise", "--due", "2h", "--to", "cg", numbers[0])
        hard.rewrite(rules / "calendars.yaml", lambda text: text.replace("14:00-18:00", "13:30-17:30"))
        assert "ok" in d.ask("reload")
        d.submit("420902001")
        daemon.until(lambda: d.json("status")["engine"]["ticks"] > 5)
    checker = check.check_store(d.data)
    assert agrees(checker)["rungs fired"] > 3
    assert len(checker.books) == 2


# ---- the check can fail ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def records(city_store):
    return list(journal.Journal(city_store))


def copied(record):
    copy = type(record)()
    copy.CopyFrom(record)
    return copy


def checked(records, until=None):
    """What is said of records that somebody changed."""
    checker = check.Checker([check.calendars.read_rulebook(hard.CITY)])
    for record in records:
        checker.take(record)
    return [found.what for found in checker.finish(until)]


def position(records, wanted):
    """(record, event) by number, of the first event that `wanted` likes."""
    return next((i, j) for i, record in enumerate(records) for j, event in enumerate(record.events) if wanted(event))


def changed(records, wanted, change):
    """The records, the first event that `wanted` likes being changed."""
    i, j = position(records, wanted)
    record = copied(records[i])
    change(record.events[j])
    return [*records[:i], record, *records[i + 1:]]


def fires(event):
    return event.kind == RUNG


def starts_a_clock(event):
    return not fires(event) and any(not clock.stopped_ms and clock.rungs for clock in event.clocks)


@needs_sim
def test_a_due_time_that_is_a_minute_off_is_found(records):
    def change(event):
        event.clocks[0].due_ms += MINUTE
    assert "due time" in checked(changed(records, starts_a_clock, change))


@needs_sim
def test_a_pause_that_was_not_counted_is_found(records):
    def change(event):
        begin = event.clocks[0].start_ms
        event.clocks[0].pauses.add(from_ms=begin, to_ms=begin + 30 * DAY)
    assert "due time" in checked(changed(records, starts_a_clock, change))


@needs_sim
def test_a_due_time_that_moves_later_on_is_found(records):
    def change(event):
        event.clocks[0].due_ms += MINUTE
    assert "times changed, the ledger did not" in checked(changed(records, fires, change))


@needs_sim
def test_a_due_time_that_is_wrongly_provisional_is_found(records):
    def change(event):
        event.clocks[0].provisional = True
    assert "provisional" in checked(changed(records, starts_a_clock, change))


@needs_sim
def test_a_rung_that_is_a_millisecond_off_is_found(records):
    def change(event):
        event.clocks[0].rungs[0].at_ms += 1
    assert any(what.startswith("time of rung 1") for what in checked(changed(records, starts_a_clock, change)))


@needs_sim
def test_a_rung_that_fires_twice_is_found(records):
    i, _ = position(records, fires)
    assert any("fired twice" in what for what in checked([*records[:i + 1], records[i], *records[i + 1:]]))


@needs_sim
def test_a_rung_before_its_time_is_found(records):
    def change(event):
        rung = next(rung for rung in event.clocks[0].rungs if rung.id == event.rung)
        event.at_ms = rung.fired_ms = rung.at_ms - 1
    assert any("before its time" in what for what in checked(changed(records, fires, change)))


@needs_sim
def test_a_rung_that_is_passed_over_is_found(records):
    i, j = position(records, fires)
    record = copied(records[i])
    del record.events[j]
    said = checked([*records[:i], record, *records[i + 1:]])
    assert any("without its event" in what or "fired before rung" in what for what in said)


@needs_sim
def test_a_rung_of_a_clock_that_stopped_is_found(records):
    def left(event):
        """A clock that stops with a rung that has not fired, and the rung."""
        return next(((clock, rung) for clock in event.clocks if clock.stopped_ms for rung in clock.rungs
                     if not rung.fired_ms), None)
    i, j = position(records, left)
    late = copied(records[i])
    event = copied(late.events[j])
    clock, rung = left(event)
    rung.fired_ms = max(rung.at_ms, event.at_ms)
    del late.events[:]
    fired = late.events.add(kind=RUNG, at_ms=rung.fired_ms, case_id=event.case_id, stage=clock.stage, rung=rung.id)
    fired.clocks.append(clock)
    said = checked([*records[:i + 1], late])
    assert any("of a clock that does not run" in what for what in said) and "changed after it stopped" in said


@needs_sim
def test_a_case_that_names_another_next_due_time_is_found(records):
    def change(event):
        event.next_due_ms += 1
    assert "next due time of the case" in checked(changed(records, starts_a_clock, change))


@needs_sim
def test_what_should_have_fired_by_the_end_is_found(records):
    assert checked(records) == []
    assert any("never fired" in what for what in checked(records, until=records[-1].events[-1].at_ms + 400 * DAY))


# ---- the journal's bytes -----------------------------------------------------------------------------------------


def test_the_checksum_is_crc_32c():
    """The vectors of RFC 3720, appendix B.4; and a sum that goes on."""
    assert journal.crc32c(0, bytes(32)) == 0x8A9136AA
    assert journal.crc32c(0, b"\xff" * 32) == 0x62A8AB43
    assert journal.crc32c(0, bytes(range(32))) == 0x46DD794E
    assert journal.crc32c(journal.crc32c(0, bytes(range(16))), bytes(range(16, 32))) == 0x46DD794E


@pytest.fixture
def segments(city_store, tmp_path):
    """A copy of the journal in tmp_path, its archive too: its files, more than two. A last one without a record is left out."""
    (tmp_path / "journal").mkdir()
    paths = [pathlib.Path(shutil.copy(path, tmp_path / "journal")) for path in journal.segments(city_store)]
    if not any(paths[-1].read_bytes()[journal.SEGMENT_HEADER:]):
        paths.pop().unlink()
    assert len(paths) > 2
    return paths


def spoil(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


FIRST_RECORD = journal.SEGMENT_HEADER + journal.RECORD_HEADER + 3  # a byte of its public part


@needs_sim
@pytest.mark.parametrize("fault", [
    lambda segments: spoil(segments[1], FIRST_RECORD),
    lambda segments: spoil(segments[-1], FIRST_RECORD),
    lambda segments: spoil(segments[0], 60),
    lambda segments: segments[1].unlink(),
    lambda segments: segments[1].write_bytes(segments[2].read_bytes()),
], ids=["a byte", "a byte of the last segment", "a header", "a segment is missing", "another segment's bytes"])
def test_a_journal_that_was_tampered_with_is_not_read(segments, tmp_path, fault):
    fault(segments)
    with pytest.raises(journal.Damage):
        list(journal.Journal(tmp_path))


@needs_sim
def test_a_torn_tail_is_told_and_left(segments, tmp_path):
    whole = list(journal.Journal(tmp_path))
    last = segments[-1].read_bytes()
    spoil(segments[-1], len(last.rstrip(b"\0")) - 1)
    reader = journal.Journal(tmp_path)
    assert list(reader) == whole[:-1] and "checksum" in reader.torn
