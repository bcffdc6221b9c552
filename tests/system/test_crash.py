"""kill -9 in the middle of the work: what was answered is there, once; what was not may be there, and a retry tells.

WHISTLED_ROUNDS says how often the daemon is killed under an import and on a fast clock (3), WHISTLED_KILLS how often
under offices at work (40), WHISTLED_SEED at which instants.
"""
import csv
import json
import os
import pathlib
import random
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest

import daemon
from speaker import Speaker, now_ms, pb, ulid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "oracle"))
import journal  # noqa: E402

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

ROUNDS = int(os.environ.get("WHISTLED_ROUNDS", "3"))
KILLS = int(os.environ.get("WHISTLED_KILLS", "40"))
SEED = int(os.environ.get("WHISTLED_SEED", "0")) or random.randrange(1, 1 << 32)
OFFICES = ["420902001001", "420902001002", "420902002001", "420902002003"]
MAP = """\
zone: Asia/Shanghai
fields:
  source: 旧系统
  source-no: {column: no}
  category: {column: category}
  area: {column: area}
  title: {column: title}
"""


def cases(d):
    return sum(s["count"] for s in d.json("cases")["states"])


# ---- an import that is cut off, again and again ----


class Import:
    def __init__(self, d, directory, rows):
        self.d, self.path, self.rows = d, directory / "rows.csv", rows
        (directory / "map.yaml").write_text(MAP)
        with open(self.path, "w", newline="") as file:
            out = csv.writer(file)
            out.writerow(["no", "category", "area", "title"])
            out.writerows([f"G{i}", "0102", OFFICES[i % 4], f"第 {i} 行"] for i in range(rows))
        self.words = [daemon.BUILD / "whistle", "--timeout", "3", "import", self.path, "--map", directory / "map.yaml",
                      "--json"]

    def start(self, *options):
        return subprocess.Popen([*map(str, self.words), *map(str, options)], env=self.d.environment("import"),
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def run(self, *options):
        return json.loads(self.start(*options).communicate(timeout=200)[0])


@pytest.mark.parametrize("jobs", [1, 32])
def test_an_import_that_is_killed_and_run_again(tmp_path, jobs):
    with daemon.running(tmp_path) as d:
        work, chance = Import(d, tmp_path, rows=400 * ROUNDS), random.Random(jobs)
        for round in range(ROUNDS):
            before = cases(d)
            process = work.start("--jobs", jobs)
            daemon.until(lambda: cases(d) >= before + chance.randrange(50, 200), every=0.001)
            d.kill()
            first = json.loads(process.communicate(timeout=60)[0])
            d.start()
            kept = cases(d)
            assert not first["complete"] and first["refused"] == 0
            # what was answered is there; besides, at most what was on its way
            assert 0 <= kept - before - first["new"] <= jobs
            if jobs == 1:  # then what was answered is exactly the first rows
                answered = first["new"] + first["existed"]
                assert work.run("--jobs", 1, "--limit", answered)["existed"] == answered
        kept = cases(d)
        last = work.run("--jobs", jobs)
        assert (last["existed"], last["new"], last["refused"], last["complete"]) == (kept, work.rows - kept, 0, True)
        assert work.run()["existed"] == work.rows == cases(d)
        d.stop()
        verify(d)


def verify(d):
    done = subprocess.run([daemon.BUILD / "whistled", "verify", d.data], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# ---- every answer is a promise ----


class Office(threading.Thread):
    """Whistles and acts without pause, under one id until it is answered, and notes what was promised."""

    def __init__(self, url, office, seed, stop):
        super().__init__()
        self.url, self.office, self.chance, self.halt = url, office, random.Random(seed), stop
        self.promised = {}  # number: [state, source_no, events that were answered]
        self.open = []      # numbers of those that are not closed
        self.asked = []     # request ids
        self.answers = {}   # request id: the reply
        self.error = None

    def run(self):
        try:
            self.speakers = {code: Speaker(self.url, code) for code in (self.office, "cg")}
            while not self.halt.is_set():
                self.step()
        except Exception as error:  # noqa: BLE001 - told by the test
            self.error = error

    def ask(self, who, **op):
        id = ulid()
        self.asked.append(id)
        self.answers[id] = self.speakers[who].insist(id, **op)
        return self.answers[id]

    def step(self):
        if not self.open or self.chance.random() < 0.3:
            self.whistle()
        else:
            self.act(self.chance.choice(self.open))

    def whistle(self):
        source_no = f"{self.office} {len(self.promised)}"
        reply = self.ask(self.office, submit=self.speakers[self.office].whistle(source="试", source_no=source_no))
        assert reply.code == "ok" and not reply.receipt.existed, reply
        assert reply.receipt.number not in self.promised, "a number was given twice"
        self.promised[reply.receipt.number] = ["dispatched", source_no, 2]
        self.open.append(reply.receipt.number)

    def act(self, number):
        verb, who, then, events = {
            "dispatched": (pb.VERB_ACCEPT, "cg", "in_hand", 1),
            "in_hand": (pb.VERB_RESOLVE, "cg", "resolved", 1),
            "resolved": (pb.VERB_EVALUATE, self.office, "closed", 2)}[self.promised[number][0]]
        reply = self.ask(who, act=pb.Act(verb=verb, number=number, verdict=verb == pb.VERB_EVALUATE))
        assert reply.code == "ok", (reply, self.promised[number])
        self.promised[number][0] = then
        self.promised[number][2] += events
        if then == "closed":
            self.open.remove(number)


def kill_and_start(d, chance):
    """At any instant; one time in five also while it starts."""
    time.sleep(chance.uniform(0, 0.6))
    d.kill()
    while chance.random() < 0.2:
        d.start(wait=False)
        time.sleep(chance.uniform(0, 0.2))
        d.kill()
    d.start()


def compare(d, offices):
    """What the clients were answered, beside what the journal's bytes say: how much was lost, doubled, invented."""
    asked = {id for office in offices for id in office.asked}
    answers = {id: reply for office in offices for id, reply in office.answers.items()}
    there, numbers, told = Counter(), Counter(), {}
    for record in journal.Journal(d.data):
        if record.request_id:
            there[record.request_id] += 1
            told[record.request_id] = record.answer
        numbers.update(e.number for e in record.events if e.kind == pb.EVENT_KIND_FILED)
    return {"lost": sum(told.get(id) != reply.SerializeToString() for id, reply in answers.items()),
            "doubled": sum(n - 1 for n in [*there.values(), *numbers.values()]),
            "invented": sum(id not in asked for id in there), "requests": len(answers), "whistles": len(numbers)}


def test_each_case_is_in_the_state_that_the_answers_promised(tmp_path):
    """Four offices work while the daemon is killed under them; whatever is in flight is asked again under its id."""
    with daemon.running(tmp_path) as d:
        stop, chance = threading.Event(), random.Random(SEED)
        offices = [Office(d.url, office, i, stop) for i, office in enumerate(OFFICES)]
        for office in offices:
            office.start()
        for _ in range(KILLS):
            kill_and_start(d, chance)
        stop.set()
        for office in offices:
            office.join(120)
            assert office.error is None, office.error
        promised = {n: p for office in offices for n, p in office.promised.items()}
        assert cases(d) == len(promised) == sum(len(office.promised) for office in offices)
        desk = Speaker(d.url, "centre")
        for number, (state, source_no, events) in promised.items():
            view = desk.show(number)
            assert pb.CaseState.Name(view.case.state) == f"CASE_STATE_{state.upper()}", number
            assert view.case.whistle.source_no == source_no
            assert len(view.happenings) == events, "an act was doubled or lost"
        desk.close()
        d.stop()
        verify(d)
        found = compare(d, offices)
        print(f"seed {SEED}: {KILLS} rounds, {found}")
        assert (found["lost"], found["doubled"], found["invented"]) == (0, 0, 0), (SEED, found)
        assert found["whistles"] == len(promised)


def test_no_rung_fires_twice_over_a_kill(tmp_path):
    """On a fast clock rungs fire all the time; killed again and again, each fires once."""
    d = daemon.Daemon(tmp_path, clock="2026-02-13T08:00+08:00,x3600")
    d.start()
    office = Speaker(d.url, OFFICES[0])
    for round in range(ROUNDS + 1):
        for i in range(20):
            assert office.insist(submit=office.whistle()).code == "ok"
        rungs = d.json("day", "2026-02-13")["day"]["rung"]
        daemon.until(lambda: d.json("day", "2026-02-13")["day"]["rung"] > rungs or
                     d.json("status")["clock"]["city_ms"] > 1771000000000)
        d.kill()
        office.close()
        d.start()
    desk = Speaker(d.url, "centre")
    numbers = [row.number for row in desk.do(list=pb.List(max=500)).list.rows]
    fired, total = set(), 0
    for number in numbers:
        for happening in desk.show(number).happenings:
            event = happening.event
            if event.kind != pb.EVENT_KIND_RUNG:
                continue
            total += 1
            clocks = [c for c in event.clocks for r in c.rungs if r.id == event.rung and r.fired_ms == event.at_ms]
            fired |= {(number, c.id, event.rung, r.turn) for c in clocks for r in c.rungs
                      if r.id == event.rung and r.fired_ms == event.at_ms}
    desk.close()
    office.close()
    d.stop()
    assert total > 0 and len(fired) == total
