"""The wall clock jumps while the daemon runs: forward by a day, back by an hour, over a sleep of the machine. No rung
fires twice, none is lost, and the status says what happened.

The daemon runs under libfaketime, which reads the shift of the wall clock from a file; the clock that never steps is
left alone, as on a machine whose clock is set.
"""
import pathlib
import re

import pytest

import daemon

FAKETIME = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))

pytestmark = [pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built"),
              pytest.mark.skipif(not FAKETIME, reason="libfaketime is not installed")]


class Shifted(daemon.Daemon):
    """A daemon, and a client, whose wall clock shows so many seconds more than the machine's."""

    def __init__(self, directory):
        self.shift = directory / "shift"
        self.faketime = {"LD_PRELOAD": str(FAKETIME[0]), "FAKETIME_TIMESTAMP_FILE": str(self.shift),
                         "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                         "ASAN_OPTIONS": "verify_asan_link_order=0"}
        super().__init__(directory, environment=self.faketime)

    def jump(self, seconds):
        fresh = self.shift.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}s\n")
        fresh.rename(self.shift)

    def emergency(self):
        """Its clocks run on at night and on holidays: at any time of day they are due within hours."""
        return self.submit("420902001", "0102", None, "测试", "--kind", "emergency", **self.faketime)

    def steps(self):
        return int(re.search(r"^whistled_clock_steps(?:_total)? (\d+)", self.ask("metrics"), re.M).group(1))

    def rungs(self, number):
        """(seq, late?) of each rung that fired, in order."""
        return [(row["seq"], row["note"] == "late") for row in self.json("show", number)["history"]
                if row["kind"] == "rung"]

    def settled(self, number, least):
        """The rungs, at least so many, once no more come."""
        before = daemon.until(lambda: len(self.rungs(number)) >= least and self.rungs(number))
        daemon.until(lambda: self.json("status")["engine"]["pending"] == 0)
        after = self.rungs(number)
        return after if after == before else self.settled(number, least)


@pytest.fixture
def city(tmp_path):
    shifted = Shifted(tmp_path)
    shifted.jump(0)
    shifted.start()
    yield shifted
    shifted.stop()


def test_a_day_ahead_fires_what_was_due_once_and_an_hour_back_fires_nothing_again(city):
    number = city.emergency()
    assert city.rungs(number) == []
    city.jump(86400)
    daemon.until(lambda: city.steps() == 1)
    fired = city.settled(number, 4)
    assert all(late for _, late in fired)
    city.jump(86400 - 3600)
    daemon.until(lambda: city.steps() == 2)
    assert re.search(r"STEPPED: the clock stepped -(3599|3600|3601) s", city.ask("status"))
    assert city.rungs(number) == fired
    city.jump(86400)  # the same hour once more
    daemon.until(lambda: city.steps() == 3)
    assert city.settled(number, 4)[:len(fired)] == fired


def test_a_case_of_the_hour_that_comes_twice_keeps_its_rungs(city):
    city.jump(7200)
    daemon.until(lambda: city.steps() == 1)
    number = city.emergency()
    city.jump(3600)
    daemon.until(lambda: city.steps() == 2)
    assert city.rungs(number) == []  # its clock begins in an hour that is to come
    city.jump(7200 + 3 * 3600)
    assert len(city.settled(number, 3)) == len(set(city.rungs(number)))
