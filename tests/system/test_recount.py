"""The books 账目 equal a recount from the journal: random lives of random cases over the real daemon, and then each rate,
score, point, and the facts behind them, against tests/oracle/books.py, which has nothing but the journal's bytes.

WHISTLED_RECOUNTS=100 lives through so many seeds, from WHISTLED_SEED on. A seed makes the same people, but the clock runs
meanwhile, so a life is not the same twice: what was wrong is found again in the store of the test that failed.
"""
import collections
import datetime
import os
import pathlib
import random
import shutil
import sys
import time

import pytest

import daemon
from speaker import Speaker, pb

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "oracle"))
import books  # noqa: E402
import journal  # noqa: E402

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

FAST = "2026-03-30T08:00+08:00,x120000"  # a day and a half a second, over the end of a month
SLOW = "2026-03-30T08:00+08:00,x1"      # for asking: hardly anything falls due
MARCH, APRIL, SPAN, YEAR = "2026-03", "2026-04", "2026-03-31..2026-04-02", "2026"
OFFICES = ["420902001001", "420902001001", "420902001002", "420902001", "420902002001", "420902002", "420902100"]
MATTERS = [(1, "0102"), (1, "0102"), (1, "0103"), (1, "0402"), (1, "0302"), (1, "0503"), (1, "P0104"), (2, "0402"),
           (2, "0503"), (3, "0501"), (1, "0103"), (4, "0401"), (4, "0103"), (4, "0202"), (5, "0301"), (5, "0301")]
MEMBERS = {"D001": "cg", "D002": "zj", "D003": "wj", "D004": "scj", "D006": "420902001001"}
PROOF = pb.Attachment(sha256=bytes(range(32)), bytes=1234, media_type="image/jpeg", uri="file:///proof.jpg")
CASES, ACTS = 30, 900
OPEN_SUMMONS = (pb.SUMMONS_STATE_CALLED, pb.SUMMONS_STATE_ACCEPTED, pb.SUMMONS_STATE_REPORTED)
OPEN = (pb.CASE_STATE_FILED, pb.CASE_STATE_DISPATCHED, pb.CASE_STATE_IN_HAND, pb.CASE_STATE_RESOLVED,
        pb.CASE_STATE_VERIFIED, pb.CASE_STATE_ARBITRATION, pb.CASE_STATE_SUSPENDED)
V = {name.removeprefix("VERB_").lower(): number for name, number in pb.Verb.items()}

# What is counted beside the sample city's own: each kind of part of a score, weights of classes, validity, branches.
MORE_RATES = """
  - {id: burden, of: resolve.due + accept.due + rung - urged, without: [unreasonable]}
  - {id: before, of: done.late, over: done, until: 2026-04-01}
  - {id: afterwards, of: done, over: done, from: 2026-04-01}
"""
MORE_SCORES = """
  - id: mixed
    parts:
      - {rate: handled, times: 40, plus: 5, most: 44}
      - {days: done, times: -10, plus: 20, least: 0, most: 20, without: [misdispatched]}
      - {count: rework, times: -2, least: -6, without: [unreasonable]}
      - {any: resolve.thrice, times: -5}
  - id: weighted
    least: 3
    weights: {01: 3, 04: 0.5, P01: 0}
    parts:
      - {rate: handled_in_time, weight: 60}
      - {rate: response, weight: 40}
"""
MORE_POINTS = """
  - {id: P10, name: 驻队办结, on: done, to: branch, points: 3}
  - {id: P11, name: 驻队超期, on: resolve.late, to: branch, points: -1, without: [appeal]}
  - {id: P12, name: 认领, on: claimed, to: member, points: 2, until: 2026-04-01}
  - {id: P12, name: 认领, on: claimed, to: member, points: 4, from: 2026-04-01}
"""


def rulebook(directory):
    """The sample city's, with more to count."""
    rules = daemon.copy_of_city(directory)
    text = (rules / "rates.yaml").read_text()
    head, scores = text.split("\nscores:\n")
    scores, points = scores.split("\npoints:")
    (rules / "rates.yaml").write_text(
        f"{head}{MORE_RATES}\nscores:\n{scores}{MORE_SCORES}\npoints:{points}{MORE_POINTS}")
    return rules


# ---- lives -------------------------------------------------------------------------------------------------------


class Lives:
    """People who do what their case asks for, mostly."""

    def __init__(self, d, seed):
        self.d, self.random, self.numbers, self.offices = d, random.Random(seed), [], {}
        self.speakers, self.codes = {}, collections.Counter()

    def by(self, principal):
        if principal not in self.speakers:
            self.speakers[principal] = Speaker(self.d.url, principal)
        return self.speakers[principal]

    def close(self):
        for speaker in self.speakers.values():
            speaker.close()

    def whistle(self):
        office, (kind, category) = self.random.choice(OFFICES), self.random.choice(MATTERS)
        nature = pb.NATURE_CONSULTATION if self.random.random() < 0.05 else pb.NATURE_UNSPECIFIED
        place = pb.Position(latitude=30.9 + self.random.random() / 1000, longitude=113.9)
        receipt = self.by(office).do(submit=self.by(office).whistle(
            category=category, kind=kind, nature=nature, position=place)).receipt
        for number in filter(None, (receipt.number, receipt.raised)):
            self.numbers.append(number)
            self.offices[number] = office

    def act(self, who, verb, number, **fields):
        reply = self.by(who).ask(act=pb.Act(verb=V[verb], number=number, **fields))
        self.codes[verb, reply.code] += 1
        return reply

    def step(self):
        number = self.random.choice(self.numbers)
        case = self.by("centre").do(show=pb.Show(number=number)).show.case
        ideas = self.ideas(case)
        if ideas:
            weights, acts = zip(*ideas)
            who, verb, fields = self.random.choices(acts, weights)[0]
            self.act(who, verb, number, **fields)
            time.sleep(0.001)  # for the city to move on

    def ideas(self, case):
        """(weight, (who, verb, fields)) of what may be done next."""
        ideas, office = [], self.offices[case.number]

        def may(weight, who, verb, **fields):
            ideas.append((weight, (who, verb, fields)))

        if case.state == pb.CASE_STATE_AWAITING_APPROVAL:
            may(3, "centre", "grant")
            may(2, "centre", "refuse", reason="J01")
        elif case.state in OPEN:
            self.of_an_open_case(case, office, may)
        elif case.state == pb.CASE_STATE_CLOSED:
            may(2, office, "reopen", reason="F01")
            may(2, "centre", "call_back", verdict=self.random.choice([1, 2]), satisfied=self.random.choice([1, 2, 3]))
        elif case.state == pb.CASE_STATE_MERGED:
            may(1, office, "unmerge")
        for summons in case.summons:
            self.of_a_summons(case, summons, may)
        return ideas

    def of_an_open_case(self, case, office, may):
        choice = self.random.choice
        verdict = choice([1, 1, 2])
        other = choice([number for number in self.numbers if self.offices[number] == office])
        may(0.3, office, "urge", target=choice([""] + [s.unit for s in case.summons]))
        may(0.2, office, "cancel", reason="C01")
        may(0.2, office, "hand_up", reason="H01")
        may(0.5, office, "merge", other=other)
        may(0.15, office, "settle", text="自办")
        may(0.4, "centre", "add_unit", target=choice(["scj", "jj", "hb", "yl"]), role=pb.ROLE_ASSIST)
        may(0.5, "centre", "supervise", target=choice(["cg", "zj", "420902001"]))
        may(0.1, "centre", "change_limit", target=choice(["cg", "zj"]), limit="1 working-day")
        may(0.5, "centre", "resume")
        may(0.4, "centre", "reassign", target=choice(["cg", "scj", "zj", "jj"]))  # of its own accord
        may(0.3, office, "reassign", unit=choice([s.unit for s in case.summons] or [""]), target=choice(["hb", "yl"]))
        if any(s.state == pb.SUMMONS_STATE_DECLINED for s in case.summons) or not case.summons:
            for target in (choice(["cg", "scj", "zj", "jj"]), *(s.unit for s in case.summons), ""):
                may(3, "centre", "reassign", target=target)
        if case.state in (pb.CASE_STATE_RESOLVED, pb.CASE_STATE_VERIFIED):
            for who in {office, "centre", "420902001", "420902002"}:
                may(3, who, "verify", verdict=verdict)
        if any(s.state == pb.SUMMONS_STATE_DONE for s in case.summons):
            named = choice([""] + [s.unit for s in case.summons if s.state == pb.SUMMONS_STATE_DONE])
            may(4, office, "evaluate", verdict=verdict, target=named)
            may(2, office, "call_back", verdict=verdict, satisfied=choice([1, 2, 3]), target=named)
            may(1, office, "call_back", target=named)
            may(2, office, "feedback", text="已告知")
            may(1, office, "close", reason="K01")
        for member, unit in MEMBERS.items() if case.HasField("open_call") else ():
            who = choice([unit, office]) if unit != "wj" else office
            for verb, weight in (("claim", 1), ("check_in", 2), ("withdraw", 0.3)):
                may(weight, who, verb, target=member)

    def of_a_summons(self, case, summons, may):
        unit, choice = summons.unit, self.random.choice
        late = choice([pb.STAGE_ACCEPT, pb.STAGE_REPORT, pb.STAGE_RESOLVE])
        may(0.6, unit, "appeal", reason="A02", stage=late)
        may(0.08, unit, "appeal", reason="U01", attachments=[PROOF])
        if summons.petition.verb:
            may(4, "centre", "grant", target=unit)
            may(1, "centre", "refuse", target=unit)
        if case.state not in OPEN or summons.state not in OPEN_SUMMONS:
            return
        if summons.state == pb.SUMMONS_STATE_CALLED:
            may(4, unit, "accept")
        may(1.2, unit, "decline", reason="D02")
        may(2, unit, "report", person="李工", head_count=2)
        may(3, unit, "resolve", reason="S01", text="办好了")
        may(1, unit, "extend", reason="E01")
        may(0.5, unit, "pause", reason="P01")
        may(0.2, unit, "suspend", reason="G01", due_ms=case.updated_ms + 3 * books.DAY_MS)
        may(1, unit, "answer", text="答复")
        may(0.3, unit, "progress", text="进展")
        branches = {"cg": ["zd1", "cg"], "zf1": ["zd1", "scs1", "jj1"], "scj": ["scs1"]}.get(unit)
        if branches:
            may(2, unit, "hand_down", target=choice(branches))
        if summons.handler:
            may(3, summons.handler, "resolve", reason="S01", text="办好了")


def live(d, seed):
    lives = Lives(d, seed)
    for i in range(CASES + ACTS):
        if i % (ACTS // CASES) == 0 and i // (ACTS // CASES) < CASES:
            lives.whistle()
        else:
            lives.step()
    lives.close()
    return lives


def occasions(lives):
    """What chance may pass over, once each."""
    office, desk, street = (lives.by(who) for who in ("420902001001", "centre", "420902001"))
    settled = office.submit(category="0304", title="自办").number
    lives.act("420902001001", "settle", settled, text="自己办了")
    one, two = (street.submit(category="0405").number for _ in range(2))
    street.act(V["merge"], one, other=two)
    for verb in ("grant", "refuse"):
        desk.act(V[verb], street.submit(category="0401", kind=pb.KIND_PRIORITY).number,
                 reason="J01" if verb == "refuse" else "")
    place = pb.Position(latitude=30.95, longitude=113.95)
    for _ in range(3):  # of one point
        lives.by("420902002").submit(category="0103", position=place)
    called = office.submit(category="0301", kind=pb.KIND_CALLUP).number
    for verb in ("claim", "check_in"):
        lives.by("cg").act(V[verb], called, target="D001")
    joint = office.submit(category="0402", kind=pb.KIND_JOINT).number
    lives.by("cg").act(V["hand_down"], joint, target="zd1")
    lives.by("zd1").act(V["accept"], joint)
    time.sleep(0.002)
    lives.by("zd1").act(V["resolve"], joint, reason="S01")
    worked = street.submit(category="0407").number
    unit = desk.show(worked).case.summons[0].unit
    for verb, reason in (("extend", "E01"), ("pause", "P01"), ("resume", ""), ("suspend", "G01"), ("resume", "")):
        until_ms = books.from_of(datetime.date(2026, 6, 1)) if verb == "suspend" else 0
        lives.act("centre", verb, worked, target=unit if reason else "", reason=reason, due_ms=until_ms)
    lives.act("420902001", "urge", worked)
    lives.act("centre", "supervise", worked, target=unit)
    street.submit(category="0102", nature=pb.NATURE_CONSULTATION)
    lives.act("420902001", "cancel", street.submit(category="0404").number, reason="C02")
    asked = street.submit(category="0403").number
    for summons in desk.show(asked).case.summons:
        lives.by(summons.unit).act(V["resolve"], asked, reason="S01")
    lives.act("420902001", "call_back", asked)
    for verdict, satisfied in ((1, 1), (1, 2), (2, 3)):
        lives.act("420902001", "call_back", asked, verdict=verdict, satisfied=satisfied)


# ---- asking and comparing ----------------------------------------------------------------------------------------


class Asked:
    """Answers, and what they have to be: by the journal up to the event that the daemon stood at when it answered."""

    def __init__(self, d, rules):
        self.d, self.book = d, books.Rulebook(rules)
        self.desk = Speaker(d.url, "centre")
        self.waiting, self.seq = [], 0
        self.compared = collections.Counter()

    def head(self):
        """The last event that the daemon has."""
        return self.desk.do(fetch=pb.Fetch(after=self.seq or 1, epoch=1, max=1)).feed.head_seq

    def whole(self, ask):
        """What `ask` gives, and the seq of the last event as of which; asked again where an event came in between."""
        while True:
            before, result = self.seq, ask()
            self.seq = self.head()
            if self.seq == before:
                return before, result

    def ask(self, **op):
        return self.whole(lambda: self.desk.do(**op))

    def rates(self, selection, by="", compare=False):
        seq, reply = self.ask(rates=pb.Rates(selection=pb.Selection(**selection._asdict()), by=by, compare=compare))
        self.waiting.append((seq, lambda facts: self.same_rates(facts, reply, selection, by)))
        if compare:
            before = selection._replace(period=books.period_before(selection.period))
            self.waiting.append((seq, lambda facts: self.same_before(facts, reply, before, by)))
        return reply.rates

    def areas(self, area=""):
        """Area by area down to the last: what a row has is the whole of its area."""
        view = self.rates(WHOLE._replace(area=area), "area")
        for row in view.rows:
            if row.code not in ("-", area):
                below = self.areas(row.code)
                assert [(r.of, r.over) for r in row.rates] == [(r.of, r.over) for r in below.whole.rates], row.code
        return view

    def facts(self, of, selection, max=37, **more):
        """The pages of a list."""
        def pages():
            rows, after, now_ms = [], "", 0
            while True:
                reply = self.desk.do(facts=pb.Facts(selection=pb.Selection(**selection._asdict()), of=of, max=max,
                                                    after=after, **more))
                assert len(reply.facts.rows) <= max
                now_ms = now_ms or reply.now_ms  # all pages are as of the first
                rows += reply.facts.rows
                after = reply.facts.next_after
                if not after:
                    return now_ms, rows
        return self.whole(pages)

    def count(self, of, selection):
        seq, (now_ms, rows) = self.facts(of, selection)
        self.waiting.append((seq, lambda facts: self.same_facts(facts, now_ms, of, rows, selection)))
        return rows

    def side(self, rate, selection, over, left_out):
        seq, (now_ms, rows) = self.facts(rate["id"], selection, over=over, left_out=left_out)
        self.waiting.append((seq, lambda facts: self.same_side(facts, now_ms, rate, rows, selection, over, left_out)))

    def points(self, selection, by):
        seq, reply = self.ask(points=pb.Points(selection=pb.Selection(**selection._asdict()), by=by))
        self.waiting.append((seq, lambda facts: self.same_points(facts, reply, selection, by)))
        return reply.points

    def ledger(self, selection, by):
        seq, (now_ms, rows) = self.facts("points", selection, by=by)
        self.waiting.append((seq, lambda facts: self.same_ledger(facts, now_ms, rows, selection, by)))
        return rows

    def settle(self):
        """Recounts: the facts of the journal at each event that an answer rests on."""
        self.desk.close()
        counted = books.Books()
        events = ((event, record) for record in journal.Journal(self.d.data) for event in record.events)
        for seq, check in sorted(self.waiting, key=lambda item: item[0]):
            at = counted.seq
            while counted.seq < seq:
                counted.hear(*next(events))
            if at != counted.seq or at == 0:
                facts = counted.facts()
            check(facts)
        self.waiting = []
        self.compared["events"], self.compared["cases"] = counted.seq, len(counted.stories)
        self.compared["facts in the books"] = len(facts)
        return facts

    # ---- what has to be the same ----

    def same_rates(self, facts, reply, selection, by):
        view, now_ms = reply.rates, reply.now_ms
        whole, rows = self.book.view(facts, now_ms, selection, by)
        where = (selection, by)
        assert [d.id for d in view.definitions] == [r["id"] for r in self.book.valid("rates", view.from_ms)], where
        self.same_row(view.whole, whole, (where, "whole"))
        told = {row.code: row for row in view.rows}
        assert len(told) == len(view.rows), where
        assert {code for code in told if said(told[code])} == {code for code in rows if counted(rows[code])}, where
        for code in told:
            if code in rows:
                self.same_row(told[code], rows[code], (where, code))
        order = [(row.scores[0].rank or 10**9, row.code) for row in view.rows]
        assert order == sorted(order), where
        if by:
            self.adds_up(view, where)

    def adds_up(self, view, where):
        """The rows are the whole. A sum with a minus is not: what falls below zero is zero, row by row."""
        for i, rate in enumerate(view.definitions):
            for side in ("of", "over"):
                if "-" not in getattr(rate, side):
                    assert sum(getattr(row.rates[i], side) for row in view.rows) == \
                        getattr(view.whole.rates[i], side), (where, rate.id, side)
                    self.compared["sums"] += 1

    def same_before(self, facts, reply, selection, by):
        """The period before, by the definitions of the one that was asked for."""
        view = reply.rates
        whole, rows = self.book.view(facts, reply.now_ms, selection, by, view.from_ms)
        self.same_row(view.whole_before, whole, (selection, by, "before"))
        told = {row.code: row for row in view.rows_before}
        assert {code for code in told if said(told[code])} == {code for code in rows if counted(rows[code])}
        for code in told:
            if code in rows:
                self.same_row(told[code], rows[code], (selection, by, "before", code))

    def same_row(self, told, row, where):
        names = [d["id"] for d in self.book.definitions["rates"]]
        assert len(told.rates) == len(row.rates), where
        for ratio, own in zip(told.rates, row.rates):
            assert (ratio.of, ratio.over, ratio.left_out) == tuple(own), (where, names, told.rates, row.rates)
            self.compared["ratios"] += 1
        assert len(told.scores) == len(row.scores), where
        for score, own in zip(told.scores, row.scores):
            assert score.given == own.given and own.rank <= score.rank <= own.last_rank, (where, score, own)
            assert score.value == pytest.approx(own.value, abs=1e-9), (where, score, own)
            assert list(score.parts) == pytest.approx(own.parts, abs=1e-9), (where, score, own)
            self.compared["scores"] += 1

    def same_facts(self, facts, now_ms, of, rows, selection):
        own = [fact for fact in self.book.chosen(facts, selection) if fact.counts_as(of, now_ms)]
        same_list([told_of(row) for row in rows], [listed(fact, now_ms) for fact in own], of)
        assert [row.at_ms for row in rows] == sorted(row.at_ms for row in rows), of
        self.compared["facts listed"] += len(rows)

    def same_side(self, facts, now_ms, rate, rows, selection, over, left_out):
        sides = [rate["of"], rate.get("over", "")] if left_out else [rate.get("over", "") if over else rate["of"]]
        own = self.sides_of(facts, now_ms, rate, sides, selection, left_out)
        told = [(row.subtracted,) + told_of(row) for row in rows]
        same_list(told, own, (rate["id"], over, left_out))
        self.compared["facts behind rates"] += len(rows)

    def sides_of(self, facts, now_ms, rate, sides, selection, left_out):
        chosen = list(self.book.chosen(facts, selection))
        found = [(sign, fact) for text in sides for sign, count in books.terms_of(text) for fact in chosen
                 if fact.counts_as(count, now_ms) and
                 bool(set(fact.without) & set(rate.get("without", ()))) == left_out]
        found = self.book.each_once(found) if left_out else found
        return [(sign < 0,) + listed(fact, now_ms) for sign, fact in found]

    def same_points(self, facts, reply, selection, by):
        own = self.book.points(facts, reply.now_ms, selection, by)
        told = {row.code: (row.points, row.entries, row.rank) for row in reply.points.rows}
        assert told == {code: tuple(point) for code, point in own.items()}, (selection, by)
        assert len(told) == len(reply.points.rows)
        order = [(row.rank, row.code) for row in reply.points.rows]
        assert order == sorted(order), (selection, by)
        self.compared["rows of points"] += len(told)

    def same_ledger(self, facts, now_ms, rows, selection, by):
        own = [listed(e.fact, now_ms) + (e.rule["id"], e.points, getattr(e.fact, by))
               for e in self.book.ledger(facts, now_ms, selection, by)]
        same_list([told_of(row) + (row.rule, row.points, row.holder) for row in rows], own, "points")
        self.compared["entries of points"] += len(rows)


def said(row):
    """Does a row have anything counted?"""
    return any(r.of or r.over or r.left_out for r in row.rates) or any(p for s in row.scores for p in s.parts)


def counted(row):
    return any(any(r) for r in row.rates) or any(p for s in row.scores for p in s.parts)


def told_of(row):
    return (row.number, row.unit, row.branch, row.member, row.fact, row.at_ms, row.late, row.open, row.took_ms,
            tuple(sorted(row.left_out)), row.area, row.category)


def listed(fact, now_ms):
    """A limit that runs is late by now, too."""
    return (fact.number, fact.unit, fact.branch, fact.member, fact.kind, fact.at_ms,
            fact.at_ms < now_ms if fact.open else fact.late, fact.open, fact.took_ms, fact.without, fact.area,
            fact.category)


def same_list(told, own, what):
    only_told, only_own = collections.Counter(told), collections.Counter(own)
    only_told, only_own = only_told - only_own, only_own - only_told
    assert not only_told and not only_own, (what, "the daemon alone:", sorted(only_told), "the recount alone:",
                                            sorted(only_own))


WHOLE = books.Selection(period=YEAR)
GROUPS = ["", "unit", "branch", "area", "category", "day", "month"]
PERIODS = [books.Selection(MARCH), books.Selection(APRIL)]
NARROW = [books.Selection(SPAN), books.Selection("2026-04-01"), books.Selection(YEAR, unit="cg"),
          books.Selection(YEAR, branch="zd1"), books.Selection(YEAR, branch="cg"), books.Selection(YEAR, area="420902001"),
          books.Selection(APRIL, area="420902001001"), books.Selection(YEAR, category="01"),
          books.Selection(SPAN, "cg", "420902001", "0102")]


def everything(asked):
    """All questions; each answer is recounted when `settle` is called."""
    for selection in PERIODS:
        for by in GROUPS:
            asked.rates(selection, by, compare=by in ("unit", "category"))
    for i, selection in enumerate(NARROW):
        asked.rates(selection, GROUPS[1 + i % 6], compare=not i)
    asked.areas()
    for count in books.COUNTS:
        asked.count(count, WHOLE)
    for rate in asked.book.valid("rates", books.from_of(datetime.date(2026, 1, 1))):
        for over, left_out in ((False, False), (True, False), ("over" in rate, True)):
            asked.side(rate, WHOLE, over, left_out)
    for selection in [WHOLE] + PERIODS + NARROW + [books.Selection(YEAR, member="D001")]:
        for by in ("unit", "branch", "member"):
            asked.ledger(selection, by)
            asked.points(selection, by)
    holds_together(asked)


def again(asked):
    """A few of them, which read all tables."""
    for by in GROUPS:
        asked.rates(WHOLE, by)
    for count in books.HAPPENINGS + [f"{kind}.{aspect}" for kind in books.LIMITS for aspect in ("due", "pending")]:
        asked.count(count, WHOLE)
    for by in ("unit", "branch", "member"):
        asked.points(WHOLE, by)


def holds_together(asked):
    """The ledger adds up to what each has."""
    for by in ("unit", "branch", "member"):
        _, (_, rows) = asked.facts("points", WHOLE, by=by)
        total = collections.Counter()
        for row in rows:
            total[row.holder] += row.points
        told = {row.code: row.points for row in asked.points(WHOLE, by).rows}
        assert {code: points for code, points in told.items() if points} == \
            {code: points for code, points in total.items() if points}, by


# ---- exemptions --------------------------------------------------------------------------------------------------


def settled(rows):
    """What is over and done with of a list, whatever is said to leave it out of rates."""
    return collections.Counter(told_of(row)[:7] + (row.took_ms,) for row in rows if not row.open)


def listed_of(asked, number):
    """Each fact of a case, by the counts that hold; those ignore exclusions."""
    counts = books.HAPPENINGS + [f"{kind}.{aspect}" for kind in books.LIMITS for aspect in ("due", "pending")]
    case = asked.desk.do(show=pb.Show(number=number)).show.case
    around = WHOLE._replace(area=case.area.rsplit("/", 1)[-1], category=case.whistle.category)
    return [row for count in counts for row in asked.count(count, around) if row.number == number]


def exempted(asked, number, act, adds):
    """Does `act`; that it only adds facts of the kinds `adds`; and the facts before and after."""
    before = listed_of(asked, number)
    asked.rates(WHOLE, "unit")
    act()
    after = listed_of(asked, number)
    asked.rates(WHOLE, "unit")
    assert not settled(before) - settled(after), number
    new = collections.Counter(row[4] for row in (settled(after) - settled(before)).elements())
    assert new == adds, (number, new)
    return before, after


def ratio_of(asked, id):
    view = asked.rates(WHOLE)
    return dict(zip((d.id for d in view.definitions), view.whole.rates))[id]


def quiet(asked, rows):
    """The facts that nothing leaves out yet, of units that may appeal, in open cases with nothing due for a while."""
    now_ms = asked.desk.ask(catalog=pb.Catalog(area="420902")).now_ms
    for row in rows:
        case = asked.desk.do(show=pb.Show(number=row.number)).show.case
        mine = [s for s in case.summons if s.unit == row.unit and s.state != pb.SUMMONS_STATE_EXCUSED]
        if row.state in OPEN and not row.left_out and not case.unreasonable and row.unit != "centre" and \
                mine and mine[-1].appeals < 2 and not any(s.petition.verb for s in case.summons) and \
                (case.next_due_ms == 0 or case.next_due_ms > now_ms + 600_000):
            yield row, case


def an_appeal(asked):
    """Granted for a clock that was late: the rate is better by that, and all that happened stands as it stood."""
    for row, case in quiet(asked, asked.count("accept.late", WHOLE) + asked.count("accept.missed", WHOLE)):
        before = ratio_of(asked, "accepted_in_time")
        act = pb.Act(verb=pb.VERB_APPEAL, number=row.number, target=row.unit, reason="A02", stage=pb.STAGE_ACCEPT)
        clocks = [c for s in case.summons for c in case.clocks
                  if s.unit == row.unit and c.summons == s.id and c.stage == pb.STAGE_ACCEPT]
        if clocks[-1].due_ms != row.at_ms or sum(s.unit == row.unit for s in case.summons) > 1:
            continue  # it would be about another one
        exempted(asked, row.number, lambda: asked.desk.do(act=act), {"exempted": 1})
        after = ratio_of(asked, "accepted_in_time")
        assert (after.of, after.over, after.left_out) == (before.of, before.over - 1, before.left_out + 1)
        return
    raise AssertionError("nobody has anything to appeal against")


def an_unreasonable_demand(asked):
    """With proof: nothing of the case counts in a rate that leaves such out; each fact is there as before."""
    for row, case in quiet(asked, asked.count("accept.due", WHOLE)):
        if any(summons.unit == "centre" for summons in case.summons):
            continue  # who was called himself grants none
        act = pb.Act(verb=pb.VERB_APPEAL, number=row.number, target=row.unit, reason="U01")
        assert asked.desk.ask(act=act).code == "missing"  # no proof
        act.attachments.append(PROOF)
        before = asked.rates(WHOLE)
        _, facts = exempted(asked, row.number, lambda: asked.desk.do(act=act), {"exempted": 1})
        assert facts and all("unreasonable" in fact.left_out for fact in facts), row.number
        after = asked.rates(WHOLE)
        for definition, old, new in zip(before.definitions, before.whole.rates, after.whole.rates):
            if "unreasonable" not in definition.without:
                assert old == new, definition.id
            else:
                assert new.over <= old.over and new.left_out >= old.left_out, definition.id
        at = [definition.id for definition in before.definitions].index("accepted_in_time")
        assert before.whole.rates[at].over > after.whole.rates[at].over
        return
    raise AssertionError("nobody has anything to appeal against")


def a_ruling(asked, lives):
    """That agrees with the unit: what it did is not counted against it, and stays in the books."""
    office, desk = lives.by("420902100"), asked.desk
    number = office.submit(category="0102", area="420902100").number
    lives.by("cg").act(pb.VERB_ACCEPT, number)
    time.sleep(0.002)
    lives.by("cg").act(pb.VERB_DECLINE, number, reason="D02")
    before = ratio_of(asked, "accepted_in_time")
    _, facts = exempted(asked, number, lambda: desk.act(pb.VERB_REASSIGN, number, target="scj"),
                        {"misdispatched": 1, "called": 1, "arbitrate": 1})
    out = {fact.fact: list(fact.left_out) for fact in facts if fact.unit == "cg"}
    assert out == {"called": [], "misdispatched": [], "accepted": ["misdispatched"], "declined": ["misdispatched"],
                   "accept": ["misdispatched"]}
    after = ratio_of(asked, "accepted_in_time")
    assert (after.of, after.over, after.left_out) == (before.of - 1, before.over - 1, before.left_out + 1)


# ---- the tests ---------------------------------------------------------------------------------------------------


FIRST = int(os.environ.get("WHISTLED_SEED", 1))
SEEDS = range(FIRST, FIRST + int(os.environ.get("WHISTLED_RECOUNTS", 3)))
COUNTED = collections.Counter()  # over all seeds
HAPPENED = set()


def asking(d, clock=SLOW):
    d.clock = clock
    d.start()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_books_equal_a_recount_of_the_journal(seed, tmp_path):
    rules = rulebook(tmp_path)
    with daemon.running(tmp_path, clock=FAST, rules=rules) as d:
        lives = live(d, seed)
        d.stop()
        asking(d)
        occasions(lives)
        asked = Asked(d, rules)
        everything(asked)
        an_appeal(asked)
        an_unreasonable_demand(asked)
        a_ruling(asked, lives)
        asked.settle()
        d.kill()
        asking(d)
        again(asked)
        d.stop()
        shutil.rmtree(d.data / "state")  # which the journal makes again
        asking(d)
        lives.close()
        asked.desk.close()
        again(asked)
        facts = asked.settle()
        asked.desk.close()
        d.stop()
    HAPPENED.update(fact.kind for fact in facts)
    HAPPENED.update(exclusion for fact in facts for exclusion in fact.without)
    COUNTED.update(asked.compared)
    print(f"seed {seed}: {dict(asked.compared)}")


def test_all_of_it_happened():
    """In the lives above, taken together: a count that nothing ever has proves nothing."""
    if len(SEEDS) < 3 or not COUNTED:
        pytest.skip("too few lives")
    missing = set(books.HAPPENINGS + books.LIMITS + ["appeal", "misdispatched", "unreasonable"]) - HAPPENED
    assert missing <= {"file", "dispatch"}, missing
    print(dict(COUNTED))


# ---- one by one --------------------------------------------------------------------------------------------------


@pytest.fixture
def slow(tmp_path):
    with daemon.running(tmp_path, clock=SLOW) as d:
        yield d


def counted_of(d, number, of, **more):
    rows = Speaker(d.url, "centre").do(facts=pb.Facts(of=of, max=500, **more)).facts.rows
    return [row for row in rows if row.number == number]


def test_who_does_it_all_in_one_millisecond_has_done_each_once(slow):
    office, unit = Speaker(slow.url, "420902001001"), Speaker(slow.url, "cg")
    for _ in range(10):
        number = office.submit(category="0102").number
        for verb in (pb.VERB_ACCEPT, pb.VERB_REPORT, pb.VERB_REPORT):
            unit.send(unit.envelope(act=pb.Act(verb=verb, number=number)))
        for _ in range(3):
            assert unit.receive()[1].code == "ok"
        assert len(counted_of(slow, number, "accepted")) == 1
        assert len(counted_of(slow, number, "reported")) == 1


def test_what_is_left_out_of_either_side_is_listed(slow):
    """By whistle.proto; and a ratio's `left_out` says how many these are."""
    office, unit, desk = (Speaker(slow.url, who) for who in ("420902001001", "cg", "centre"))
    number = office.submit(category="0102").number
    unit.act(pb.VERB_RESOLVE, number, reason="S01")
    office.act(pb.VERB_EVALUATE, number, verdict=pb.VERDICT_NOT_SOLVED)
    desk.act(pb.VERB_APPEAL, number, target="cg", reason="U01", attachments=[PROOF])
    assert len(counted_of(slow, number, "rework")) == 1
    assert {row.fact for row in counted_of(slow, number, "reworked", left_out=True)} == {"rework", "resolve"}


def test_a_page_of_five_hundred_facts_is_given(slow):
    office, unit = Speaker(slow.url, "420902001"), Speaker(slow.url, "cg")
    for _ in range(13):
        number = office.submit(category="0102").number
        for _ in range(40):
            unit.act(pb.VERB_RESOLVE, number, reason="S01")
            office.act(pb.VERB_VERIFY, number, verdict=pb.VERDICT_NOT_SOLVED)
    reply = Speaker(slow.url, "centre").ask(facts=pb.Facts(of="done", max=500))
    assert (reply.code, len(reply.facts.rows)) == ("ok", 500)


def test_a_case_that_was_late_before_it_was_paused_stays_late(tmp_path):
    with daemon.running(tmp_path, clock="2026-03-30T08:00+08:00,x60000") as d:
        number = Speaker(d.url, "420902001001").submit(category="0402").number
        unit = Speaker(d.url, "centre").show(number).case.summons[0].unit
        daemon.until(lambda: counted_of(d, number, "resolve.overdue"))
        d.stop()
        asking(d)
        assert counted_of(d, number, "case.overdue")
        Speaker(d.url, "centre").act(pb.VERB_PAUSE, number, target=unit, reason="P01")
        assert counted_of(d, number, "resolve.overdue")
        assert counted_of(d, number, "case.overdue")


def test_a_rung_names_the_branch_that_has_the_summons(tmp_path):
    with daemon.running(tmp_path, clock="2026-03-30T08:00+08:00,x60000") as d:
        number = Speaker(d.url, "420902001001").submit(category="0402", kind=pb.KIND_JOINT).number
        Speaker(d.url, "cg").act(pb.VERB_HAND_DOWN, number, target="zd1")
        rungs = daemon.until(lambda: [row for row in counted_of(d, number, "rung") if row.unit == "cg"])
        assert {row.branch for row in rungs} == {"zd1"}
