"""`show` tells the same story as the journal: random lives over the real daemon, each case shown, and told again from
the journal's bytes by tests/oracle/story.py. What the asker may not see is left out, and nothing else.
"""
import pathlib
import random
import sys

import pytest

import daemon
from speaker import Speaker, pb

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "oracle"))
import journal  # noqa: E402
import story  # noqa: E402

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

CLOCK = "2026-03-02T08:00+08:00,x7200"  # two hours a second
OFFICES = ["420902001001", "420902001002", "420902001"]
UNITS = ["cg", "scj", "jj", "xf", "water", "centre", "420902001001"]
CATEGORIES = ["0102", "0103", "0402", "0301"]
REASONS = {pb.VERB_DECLINE: "D02", pb.VERB_HAND_UP: "H01", pb.VERB_CANCEL: "C01", pb.VERB_EXTEND: "E01",
           pb.VERB_PAUSE: "P01", pb.VERB_SUSPEND: "G01", pb.VERB_APPEAL: "A01", pb.VERB_CLOSE: "E01",
           pb.VERB_REOPEN: "R01"}
VERBS = [v for v in pb.Verb.values() if v and v not in (pb.VERB_CANCEL, pb.VERB_SETTLE)]
BY_UNITS = {pb.VERB_ACCEPT, pb.VERB_REPORT, pb.VERB_DECLINE, pb.VERB_RESOLVE, pb.VERB_PROGRESS, pb.VERB_HAND_DOWN,
            pb.VERB_EXTEND, pb.VERB_PAUSE, pb.VERB_ADVANCE, pb.VERB_ANSWER, pb.VERB_APPEAL}
BY_DESK = {pb.VERB_REASSIGN, pb.VERB_SUPERVISE, pb.VERB_GRANT, pb.VERB_REFUSE, pb.VERB_RESUME, pb.VERB_VERIFY,
           pb.VERB_CONVENE, pb.VERB_CHANGE_LIMIT}
# What people do most: work, judge, claim; few take two whistles for one.
HABITS = VERBS + [v for v in VERBS if v != pb.VERB_MERGE] + [pb.VERB_RESOLVE] * 12 + [pb.VERB_EVALUATE, pb.VERB_VERIFY] * 4 + [pb.VERB_REOPEN] * 3 + \
    [pb.VERB_CLAIM, pb.VERB_CHECK_IN, pb.VERB_HAND_DOWN] * 3 + [pb.VERB_REASSIGN] * 2
TARGETS = {pb.VERB_CLAIM: ["D001", "D002", "D003"], pb.VERB_CHECK_IN: ["D001", "D002", "D003"],
           pb.VERB_WITHDRAW: ["D001", "D002", "D003"], pb.VERB_EVALUATE: [""], pb.VERB_VERIFY: [""],
           pb.VERB_REOPEN: [""], pb.VERB_RETURN: [""], pb.VERB_HAND_DOWN: ["cg", "scj", "jj", "zd1"]}
WHISTLES, ACTS = 30, 2400


class Lives:
    def __init__(self, d, seed):
        self.random, self.numbers, self.offices, self.done = random.Random(seed), [], {}, set()
        self.speakers = {p: Speaker(d.url, p) for p in set(OFFICES + UNITS)}

    def whistle(self):
        office = self.random.choice(OFFICES)
        reply = self.speakers[office].do(submit=self.speakers[office].whistle(
            category=self.random.choice(CATEGORIES), kind=self.random.choice([1, 1, 2, 3, 5]),
            position=pb.Position(latitude=30.9 + self.random.random() / 2000, longitude=113.9)))
        self.numbers.append(reply.receipt.number)
        self.offices[reply.receipt.number] = office
        if reply.receipt.raised:
            self.numbers.append(reply.receipt.raised)

    def now(self):
        return self.speakers["centre"].ask(catalog=pb.Catalog(area="420902")).now_ms

    def who(self, verb, number):
        """Mostly somebody whose act it is."""
        if self.random.random() < 0.2:
            return self.random.choice(sorted(self.speakers))
        if verb in BY_UNITS:
            return self.random.choice(UNITS)
        return "centre" if verb in BY_DESK else self.offices.get(number, "420902001")

    def act(self):
        verb, number = self.random.choice(HABITS), self.random.choice(self.numbers)
        who = self.who(verb, number)
        act = pb.Act(verb=verb, number=number, reason=REASONS.get(verb, ""), text=f"{who} 说", limit="1 working-day",
                     target=self.random.choice(TARGETS.get(verb, UNITS + ["", ""])),
                     other=self.random.choice(self.numbers), verdict=self.random.choice([1, 1, 2]),
                     satisfied=self.random.choice([1, 2, 3]), due_ms=self.now() + 7200000)
        if self.speakers[who].ask(act=act).code == "ok":
            self.done.add(verb)


def lived(d, seed):
    lives = Lives(d, seed)
    for i in range(WHISTLES + ACTS):
        if i % (ACTS // WHISTLES) == 0 and len(lives.numbers) < WHISTLES:
            lives.whistle()
        else:
            lives.act()
    return lives


def shown_to_its_office(lives, number):
    """Who has whistled sees all that a case tells, but for what is personal."""
    return lives.speakers[lives.speakers["centre"].show(number).case.office].show(number)


def told(data):
    """From the journal: each case as it is in the end, and its events."""
    messages, _ = journal.load_messages()
    stories, events = {}, {}
    for record in journal.Journal(data):
        for event in record.events:
            if event.case_id:
                stories.setdefault(event.number, story.Story(messages)).hear(event, record)
                events.setdefault(event.number, []).append(event)
    return {number: s.case for number, s in stories.items()}, events


def same(a, b):
    return a.SerializeToString(deterministic=True) == b.SerializeToString(deterministic=True)


def test_what_is_shown_is_what_the_journal_says(tmp_path):
    with daemon.running(tmp_path, clock=CLOCK) as d:
        lives = lived(d, 11)
        shown = {number: shown_to_its_office(lives, number) for number in lives.numbers}
        d.stop()
    cases, events = told(d.data)
    assert len(lives.done) > 20, sorted(pb.Verb.Name(v) for v in lives.done)
    assert set(lives.numbers) == set(cases)
    for number, view in shown.items():
        upto = view.case.last_seq  # a rung may have fired after it was shown
        known = [e for e in events[number] if e.seq <= upto]
        assert [h.event.seq for h in view.happenings] == [e.seq for e in known], number
        for happening, event in zip(view.happenings, known):
            assert same(happening.event, event), (number, event.seq)
        if upto == cases[number].last_seq:
            assert same(view.case, cases[number]), (number, view.case, cases[number])


def test_the_state_is_what_the_journal_says_after_a_start_too(tmp_path):
    with daemon.running(tmp_path, clock=CLOCK) as d:
        lives = lived(d, 12)
        d.kill()
        d.start()
        for speaker in lives.speakers.values():
            speaker.close()
        shown = {number: shown_to_its_office(lives, number) for number in lives.numbers}
        d.stop()
    cases, _ = told(d.data)
    compared = [n for n, view in shown.items() if view.case.last_seq == cases[n].last_seq]
    assert len(compared) > len(shown) / 2
    for number in compared:
        assert same(shown[number].case, cases[number]), (number, shown[number].case, cases[number])
