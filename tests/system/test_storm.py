"""A storm of clocks that end together, small: what the bench counts is what the daemon, the feeds and the cases say.

How fast it is, whistle-bench says (tests/README.md); nothing here is bounded in time.
"""
import json
import shutil
import subprocess

import pytest

import daemon
from speaker import Speaker, pb

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

RULES = daemon.ROOT / "tests" / "bench" / "rules"
CLOCKS = 300
CLOCK = "2026-02-13T08:00+08:00,x10"  # the minute of the rulebook's limit in six seconds
AREAS = ["1101", "1207", "1309"]


def bench(d, *words):
    command = [daemon.BUILD / "whistle-bench", "--url", d.url, "--status", d.status_path, "--principal", "centre",
               "--category", "0102", "--area", ",".join(AREAS), "--clients", "8", "--seconds", "0.5",
               "--storm", str(CLOCKS), "--json", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=150)


def rungs_in(d, recipient):
    """(case, when) of each rung in a feed."""
    reader = Speaker(d.url, recipient.partition("/")[0])
    found, after = [], 0
    while True:
        feed = reader.feed(recipient, after, epoch=1)
        if not feed.items:
            reader.close()
            return found
        events = [item.happening.event for item in feed.items]
        found += [(e.number, e.at_ms) for e in events if e.kind == pb.EVENT_KIND_RUNG]
        after = feed.next_after


def check_storm(d, rungs_a_clock):
    done = bench(d)
    assert done.returncode == 0, (done.stdout, done.stderr)
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["due"], told["worked"], told["rungs"]) == (CLOCKS, CLOCKS, rungs_a_clock * CLOCKS)
    for phase in ("calm", "storm"):
        assert told[phase]["answered"] > 0 and told[phase]["refused"] == 0
    assert d.json("pulse")["engine"]["ticks"] == CLOCKS
    return told


def test_every_clock_of_a_storm_is_worked_once(tmp_path):
    with daemon.running(tmp_path, rules=RULES, clock=CLOCK) as d:
        told = check_storm(d, 1)
        heard = rungs_in(d, "cg")
        assert len(heard) == len({number for number, _ in heard}) == CLOCKS
        assert all(at_ms >= told["due_ms"] for _, at_ms in heard)
        assert sorted(rungs_in(d, "cg/A")) == sorted(heard)
        streets = [rungs_in(d, street) for street in ("s1", "s2", "s3", "s4")]
        assert sorted(sum(streets, [])) == sorted(heard) and not streets[3]


def test_rungs_are_counted_and_not_guessed(tmp_path):
    """A ladder with a second rung at the same time: as many clocks, twice as many rungs."""
    rules = shutil.copytree(RULES, tmp_path / "rules")
    with (rules / "ladders.yaml").open("a") as ladders:
        ladders.write("  - {at: due, act: tell, to: desk}\n")
    with daemon.running(tmp_path, rules=rules, clock=CLOCK) as d:
        check_storm(d, 2)


def test_without_a_daemon_there_is_no_storm(tmp_path):
    d = daemon.Daemon(tmp_path, rules=RULES, clock=CLOCK)
    done = bench(d)
    assert done.returncode == 1 and str(d.status_path) in done.stderr
