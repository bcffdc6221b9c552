"""The joint operation of the demonstration, over the real daemon with the real client: every figure of its record holds,
and a figure or a record that is changed is found."""
import json
import re
import shutil
import subprocess
import sys

import pytest

import daemon

DEMO = daemon.ROOT / "config" / "demo"
SECONDS = 400  # a slow machine tries it again at a slower rate

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")


def run(*words):
    return subprocess.run([sys.executable, "-B", *map(str, words)], capture_output=True, text=True, timeout=SECONDS)


def asserted(output):
    """How many figures held, of how many."""
    return tuple(map(int, re.search(r"asserted (\d+)/(\d+)", output).groups()))


@pytest.fixture(scope="module")
def operation(tmp_path_factory):
    """The operation, and its record."""
    path = tmp_path_factory.mktemp("joint") / "record.json"
    done = run(DEMO / "main.py", "--build", daemon.BUILD, "--joint", "--record", path)
    assert path.exists(), done.stdout + done.stderr
    return done, path


@pytest.fixture
def audit(tmp_path):
    """A copy of the demonstration whose figures may be changed: audit(record, old, new)."""
    shutil.copytree(DEMO, tmp_path / "demo")

    def held(record, old="", new=""):
        figures = tmp_path / "demo" / "figures.py"
        text = (DEMO / "figures.py").read_text()
        assert old in text
        figures.write_text(text.replace(old, new, 1))
        return run(tmp_path / "demo" / "audit.py", record)
    return held


def test_it_holds_from_the_whistle_to_the_close(operation):
    done, _ = operation
    held, total = asserted(done.stdout)
    assert done.returncode == 0 and held == total > 150, done.stdout + done.stderr
    assert not done.stderr


def test_its_record_holds_again(operation, audit):
    done = audit(operation[1])
    held, total = asserted(done.stdout)
    assert done.returncode == 0 and held == total > 100, done.stdout + done.stderr


@pytest.mark.parametrize("old, new, named", [
    ('"2026-02-24T16:50"', '"2026-02-24T16:51"', "resolve from 2026-02-13T16:50"),
    ('("accept", "2026-02-13T16:50", 4, "2026-02-14T11:50")', '("accept", "2026-02-13T16:50", 4, "2026-02-14T09:50")',
     "rung 4 of accept"),
    ('"accept": 60', '"accept": 61', "accept of cg"),
    ("REPORT = 30", "REPORT = 31", "report of xf"),
    ("JOINT = [(1, 80, 0)", "JOINT = [(1, 75, 0)", "rungs of accept of xf"),
    ('"supervised": 1', '"supervised": 2', "events of the kind supervised"),
    ('"water": ("done", "solved", 1, None)', '"water": ("done", "solved", 0, None)', "how each summons ended"),
    ('DESK: [(("declined",), ("reassigned",))]', 'DESK: [(("declined",), ("accepted", "jj"))]', "held by each unit"),
    ('"not_solved": 1}', '"not_solved": 0}', "the books of 2026-02-14"),
    ('"solution": (5, 6)', '"solution": (6, 6)', "response, solution, satisfaction"),
    ('CLOCKS += [("arbitrate", DESK, ("declined",))', 'CLOCKS += [("arbitrate", DESK, ("reassigned",))',
     "who was on which clock"),
])
def test_a_figure_that_is_changed_is_found(operation, audit, old, new, named):
    done = audit(operation[1], old, new)
    assert done.returncode == 1 and not done.stderr, done.stderr
    assert [line for line in done.stdout.splitlines() if "✗" in line and named in line], done.stdout


def later_due(taken):
    taken["view"]["case"]["clocks"][0]["due_ms"] += 1


def lost_event(taken):
    happenings = taken["view"]["happenings"]
    happenings.remove(next(h for h in happenings if h["event"]["kind"] == "progressed"))


def rung_not_fired(taken):
    fired = [r for c in taken["view"]["case"]["clocks"] for r in c["rungs"] if r.get("fired_ms")]
    del fired[-1]["fired_ms"]


def longer_held(taken):
    taken["summonses"][2]["held_ms"] += 1


def one_more_in_the_books(taken):
    taken["days"]["2026-02-13"]["units"][0]["accepted"] += 1


@pytest.mark.parametrize("spoil", [later_due, lost_event, rung_not_fired, longer_held, one_more_in_the_books])
def test_a_record_that_is_changed_is_found(operation, audit, tmp_path, spoil):
    taken = json.loads(operation[1].read_text())
    spoil(taken)
    (tmp_path / "spoiled.json").write_text(json.dumps(taken))
    done = audit(tmp_path / "spoiled.json")
    assert done.returncode == 1 and "✗" in done.stdout and not done.stderr, done.stdout + done.stderr
