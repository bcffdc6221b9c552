"""The books 账目 of a store, counted a second time from its journal alone: facts, limits, exclusions, rates, scores and
points, by what daemon/core/{fact,rates,period}.h and proto/whistle.proto say, and apart from the code that keeps them.

    books = Books(); [books.hear(event, record) for record in journal.Journal(store) for event in record.events]
    facts = books.facts(now_ms)                      # every fact as it stands at that moment
    rates = Rulebook(directory).view(facts, Selection(period="2026-03"), by="unit")
"""
import collections
import csv
import dataclasses
import datetime
import math
import pathlib
import re
import zoneinfo

import yaml

import journal
import story

HAPPENINGS = ("filed placed registered rejected cancelled merged closed reopened settled called accepted reported done "
              "declined misdispatched rework solved not_solved resident_solved resident_not_solved satisfied basically "
              "dissatisfied unreached urged rung supervised handed_up extended paused suspended exempted fed_back passed "
              "failed claimed checked_in repeated").split()
STAGES = "approve file dispatch accept report resolve verify arbitrate answer charge close fill".split()
LIMITS = ["case"] + STAGES
ASPECTS = "late due met in_time overdue missed pending extended twice thrice".split()
COUNTS = HAPPENINGS + [f"{kind}.late" for kind in ("accepted", "reported", "done")] + [f"{k}.{a}" for k in LIMITS for a in ASPECTS]
DECISIVE = ("resolve", "verify", "close")
LEAD, MET = 1, 1
DONE, DECLINED, EXCUSED = 4, 5, 6
CLOSED, REGISTERED, REJECTED, CANCELLED, MERGED = 7, 10, 11, 12, 13
DAY_MS = 86_400_000


@dataclasses.dataclass(frozen=True)
class Fact:
    """One, as the wire tells it. `part` is a limit's clock, 0 of the case as a whole."""
    number: str
    kind: str
    at_ms: int
    unit: str
    branch: str = ""
    member: str = ""
    summons: int = 0
    part: int = 0
    late: bool = False
    met: bool = False
    open: bool = False
    was_extended: bool = False
    multiple: int = 0
    took_ms: int = 0
    area: str = ""
    category: str = ""
    without: tuple = ()  # exclusions that concern it

    @property
    def is_limit(self):
        return self.kind in LIMITS

    def aspects(self, now_ms):
        """The aspects in which it counts at a moment."""
        if not self.is_limit:
            return {"", "late"} if self.late else {""}
        passed = now_ms > self.at_ms if self.open else self.late
        due = self.met or passed
        held = {"due": due, "met": self.met, "late": self.met and self.late, "in_time": self.met and not self.late,
                "overdue": self.open and passed, "missed": passed and not self.met, "pending": self.open and not passed,
                "extended": due and self.was_extended, "twice": due and self.multiple >= 2,
                "thrice": due and self.multiple >= 3}
        return {aspect for aspect, holds in held.items() if holds}

    def counts_as(self, count, now_ms):
        return count.partition(".")[0] == self.kind and count in self.counts(now_ms)

    def counts(self, now_ms):
        return {f"{self.kind}.{aspect}" if aspect else self.kind for aspect in self.aspects(now_ms)}


# ---- what happened -----------------------------------------------------------------------------------------------


def lead_of(case):
    """The unit of the lead 主办: the latest that was not excused; who declined stays it until there is a ruling."""
    return next((s.unit for s in reversed(case.summons) if s.role == LEAD and s.state != EXCUSED), "")


def summons_of(case, unit):
    """The unit's latest summons that is not excused."""
    return next((s for s in reversed(case.summons) if s.unit == unit and s.state != EXCUSED), None)


class Telling:
    """The facts that one event adds."""

    def __init__(self, pb, before, case, event, placed):
        self.pb, self.before, self.case, self.event, self.placed = pb, before, case, event, placed
        self.kind = pb.EventKind.Name(event.kind).removeprefix("EVENT_KIND_").lower()
        self.facts = []

    def put(self, kind, unit="", summons=None, since_ms=0, late=False, member="", part=0):
        took = self.event.at_ms - since_ms if since_ms else 0
        if summons is not None:
            self.facts.append(Fact(self.case.number, kind, self.event.at_ms, unit or summons.unit, summons.handler,
                                   member, summons.id, part, late, took_ms=took))
        else:
            self.facts.append(Fact(self.case.number, kind, self.event.at_ms, unit, "", member, 0, part, late,
                                   took_ms=took))

    def tell(self):
        self.of_the_case()
        for summons in self.event.summons:
            self.of_a_summons(self.before.summons[summons.id - 1] if summons.id <= len(self.before.summons) else
                              self.pb.Summons(), summons)
        self.of_the_call_up()
        getattr(self, "on_" + self.kind, lambda: None)()
        return self.facts

    def late(self, stage, summons=0):
        """Did this event stop a clock of that stage after its time?"""
        return any(clock.stage == stage and clock.summons == summons and clock.stopped_ms == self.event.at_ms and
                   clock.stopped_ms > clock.due_ms for clock in self.event.clocks)

    # ---- the case ----

    def of_the_case(self):
        case, office, filed = self.case, self.case.office, self.case.filed_ms
        entered = case.state if case.state != self.before.state else 0
        if self.kind == "filed":
            self.put("filed", office)
        if not self.placed and (case.summons or self.kind == "settled"):
            self.put("placed", office)
            if case.related:
                self.put("repeated", lead_of(case))
        for state, kind in ((REGISTERED, "registered"), (REJECTED, "rejected"), (CANCELLED, "cancelled"),
                            (MERGED, "merged")):
            if entered == state:
                self.put(kind, office)
        if entered == CLOSED:
            self.put("closed", lead_of(case), since_ms=filed)

    def on_settled(self):
        self.put("settled", self.case.office)

    def on_reopened(self):
        self.put("reopened", lead_of(self.case))

    def on_fed_back(self):
        self.put("fed_back", self.case.office)

    def on_verified(self):
        kind = "passed" if self.event.verdict == self.pb.VERDICT_SOLVED else "failed"
        self.put(kind, lead_of(self.case))

    # ---- one unit's part ----

    def of_a_summons(self, old, new):
        pb = self.pb
        if not old.id or self.kind == "rework":
            self.put("called", summons=new)
        if new.accepted_ms and new.accepted_ms != old.accepted_ms:
            self.put("accepted", summons=new, since_ms=new.called_ms, late=self.late(pb.STAGE_ACCEPT, new.id))
        if new.reported_ms and not old.reported_ms:
            self.put("reported", summons=new, since_ms=new.called_ms, late=self.late(pb.STAGE_REPORT, new.id))
        if new.state == DONE != old.state:
            self.put("done", summons=new, since_ms=new.called_ms, late=self.late(pb.STAGE_RESOLVE, new.id))
        if new.state == DECLINED != old.state:
            self.put("declined", summons=new, since_ms=new.called_ms)
        if new.exempt and not old.exempt:
            self.put("misdispatched", summons=new)
        if new.reworks > old.reworks:
            self.put("rework", summons=new)

    def on_evaluated(self):
        kind = "solved" if self.event.verdict == self.pb.VERDICT_SOLVED else "not_solved"
        for summons in self.event.summons:
            if summons.unit != self.case.office:  # nobody is judge of himself
                self.put(kind, summons=summons)

    def on_called_back(self):
        event, pb = self.event, self.pb
        meant = event.target or lead_of(self.case)
        named = summons_of(self.case, meant)
        if meant == self.case.office:  # who asks about his own work
            return
        if not event.verdict and not event.satisfied:
            self.put("unreached", event.target, summons=named)
        if event.verdict:
            self.put("resident_solved" if event.verdict == pb.VERDICT_SOLVED else "resident_not_solved", event.target,
                     summons=named)
        if event.satisfied:
            self.put(pb.Satisfaction.Name(event.satisfied).removeprefix("SATISFACTION_").lower(), event.target,
                     summons=named)

    def on_urged(self):
        for summons in self.event.summons:
            self.put("urged", summons=summons)
        if not self.event.summons:  # the desk, which has no summons but a clock
            ruling = [c.unit for c in self.case.clocks if c.stage == self.pb.STAGE_ARBITRATE and not c.stopped_ms]
            self.put("urged", ruling[-1] if ruling else self.event.target)

    def on_granted(self):
        kind = {self.pb.VERB_EXTEND: "extended", self.pb.VERB_PAUSE: "paused", self.pb.VERB_SUSPEND: "suspended",
                self.pb.VERB_APPEAL: "exempted"}.get(self.event.petition.verb)
        if kind:
            self.put(kind, summons=self.event.summons[0])

    # ---- rungs, orders, charge ----

    def on_rung(self):
        fired = [clock for clock in self.event.clocks for rung in clock.rungs
                 if rung.id == self.event.rung and rung.fired_ms == self.event.at_ms and
                 clock.stage == self.event.stage]
        clock = fired[0]
        self.of_a_clock("rung", clock)
        self.of_charge()
        self.of_orders()

    def of_a_clock(self, kind, clock):
        """It is the unit's that is on the clock, and the branch's that has the summons."""
        branch = self.case.summons[clock.summons - 1].handler if clock.summons else ""
        self.facts.append(Fact(self.case.number, kind, self.event.at_ms, clock.unit, branch, summons=clock.summons))

    def on_handed_up(self):
        self.of_charge()

    def on_supervised(self):
        self.of_orders()

    def of_charge(self):
        if self.event.charge:
            self.put("handed_up", self.event.charge)

    def of_orders(self):
        known = len(self.before.clocks)
        for clock in self.event.clocks:
            if clock.id > known and clock.stage == self.pb.STAGE_ANSWER:
                self.of_a_clock("supervised", clock)

    # ---- a call-up ----

    def of_the_call_up(self):
        if not self.event.HasField("open_call"):
            return
        old = {claim.member: claim for claim in self.before.open_call.claims}
        for claim in self.event.open_call.claims:
            was = old.get(claim.member, self.pb.Claim())
            if claim.state == self.pb.CLAIM_STATE_CLAIMED != was.state:
                self.put("claimed", claim.unit, member=claim.member)
            if claim.state == self.pb.CLAIM_STATE_ON_SITE != was.state:
                self.put("checked_in", claim.unit, member=claim.member)


# ---- limits ------------------------------------------------------------------------------------------------------


def came_to_nothing(case):
    """Nobody is held to a limit of it any more, be it late or met."""
    return case.history or case.state in (REGISTERED, REJECTED, CANCELLED, MERGED)


def limit_of(pb, case, clock):
    """The fact of a clock, or None."""
    if clock.due_ms == story.NEVER or clock.due_ms == 0:
        return None
    is_open, met = not clock.stopped_ms, clock.stop == MET
    due_ms = clock.own_due_ms or clock.due_ms  # who took it over is held to his own time
    late = bool(clock.stopped_ms) and clock.stopped_ms > due_ms
    if not is_open and not met and not late:
        return None
    summons = case.summons[clock.summons - 1] if clock.summons else None
    return Fact(case.number, pb.Stage.Name(clock.stage).removeprefix("STAGE_").lower(), due_ms, clock.unit,
                summons.handler if summons else "", summons=clock.summons, part=clock.id, late=late, met=met,
                open=is_open, was_extended=bool(clock.extensions),
                multiple=0 if clock.taken_over_ms else clock.multiple,
                took_ms=clock.stopped_ms - (clock.taken_over_ms or clock.start_ms) if clock.stopped_ms else 0)


def decisive(pb, case):
    """The clocks that the case as a whole depends on: not of those who were called wrongly."""
    stages = {getattr(pb, "STAGE_" + name.upper()) for name in DECISIVE}
    wrongly = {summons.id for summons in case.summons if summons.exempt}
    return [clock for clock in case.clocks if clock.stage in stages and clock.summons not in wrongly]


def limit_of_case(pb, case):
    """The fact of the case as a whole, or None."""
    clocks = decisive(pb, case)
    if any(not c.stopped_ms and c.due_ms == story.NEVER for c in clocks):
        return None  # one that was late before it was paused keeps its due time
    limits = [(limit, clock) for limit, clock in ((limit_of(pb, case, clock), clock) for clock in clocks) if limit]
    if not limits:
        return None
    met, at_ms = case.state == CLOSED, max(clock.due_ms for _, clock in limits)
    late = any(limit.late for limit, _ in limits) or met and case.closed_ms > at_ms
    return Fact(case.number, "case", at_ms, case.office, met=met, open=not met, late=late,
                was_extended=any(limit.was_extended for limit, _ in limits),
                multiple=max(limit.multiple for limit, _ in limits),
                took_ms=case.closed_ms - case.filed_ms if met else 0)


def is_excused(pb, case):
    """Appeals exempt all that made the case late."""
    late = [clock for clock in decisive(pb, case) if (limit := limit_of(pb, case, clock)) and limit.late]
    return bool(late) and all(clock.exempt for clock in late)


def exclusions_of(pb, case):
    """(exclusion, what it is about) of a case. What a ruling exempts it exempts whole: that is no appeal any more."""
    ruled = {summons.id for summons in case.summons if summons.exempt}
    yield from (("appeal", clock.id) for clock in case.clocks if clock.exempt and clock.summons not in ruled)
    if is_excused(pb, case):
        yield "appeal", 0
    yield from (("misdispatched", summons.id) for summons in case.summons if summons.exempt)
    if case.unreasonable:
        yield "unreasonable", 0


def concerns(fact, exclusion, about):
    if exclusion == "appeal":
        return fact.is_limit and fact.part == about
    if exclusion == "misdispatched":
        return fact.summons == about and fact.kind not in ("misdispatched", "called")
    return True


class Books:
    """All cases of a journal, event by event."""

    def __init__(self):
        self.pb, _ = journal.load_messages()
        self.stories = {}
        self.happened = collections.defaultdict(list)  # by number
        self.seq = 0  # of the last event

    def hear(self, event, record):
        self.seq = event.seq
        if not event.case_id:
            return
        told = self.stories.setdefault(event.number, story.Story(self.pb))
        before = self.pb.Case()
        before.CopyFrom(told.case)
        told.hear(event, record)
        placed = any(fact.kind == "placed" for fact in self.happened[event.number])
        self.happened[event.number] += Telling(self.pb, before, told.case, event, placed).tell()

    def facts(self):
        """Each fact with its case's place and class, and the exclusions that concern it."""
        found = []
        for number, told in self.stories.items():
            case, exclusions = told.case, list(exclusions_of(self.pb, told.case))
            limits = [] if came_to_nothing(case) else \
                [limit_of(self.pb, case, clock) for clock in case.clocks] + [limit_of_case(self.pb, case)]
            for fact in self.happened[number] + [limit for limit in limits if limit]:
                without = {exclusion for exclusion, about in exclusions if concerns(fact, exclusion, about)}
                found.append(dataclasses.replace(fact, area=case.area.rsplit("/", 1)[-1],
                                                 category=case.whistle.category, without=tuple(sorted(without))))
        return found


def read(store, upto=None):
    """The books of a store, up to an event."""
    books = Books()
    for record in journal.Journal(store):
        for event in record.events:
            if upto is not None and event.seq > upto:
                return books
            books.hear(event, record)
    return books


# ---- the rulebook ------------------------------------------------------------------------------------------------


ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")


def day_of(at_ms):
    return datetime.datetime.fromtimestamp(at_ms / 1000, ZONE).date()


def from_of(day):
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp() * 1000)


def period_of(text):
    """(first day, the day after the last one)"""
    if ".." in text:
        first, last = map(datetime.date.fromisoformat, text.split(".."))
        return first, last + datetime.timedelta(1)
    parts = list(map(int, text.split("-")))
    if len(parts) == 3:
        return datetime.date(*parts), datetime.date(*parts) + datetime.timedelta(1)
    if len(parts) == 2:
        year, month = parts
        return datetime.date(year, month, 1), datetime.date(year + month // 12, month % 12 + 1, 1)
    return datetime.date(parts[0], 1, 1), datetime.date(parts[0] + 1, 1, 1)


def period_before(text):
    """A month's or day's neighbour, else as many days."""
    first, after = period_of(text)
    if re.fullmatch(r"\d+-\d+", text):
        return (first - datetime.timedelta(1)).isoformat()[:7]
    if re.fullmatch(r"\d+", text):
        return str(first.year - 1)
    days = after - first
    return f"{first - days}..{first - datetime.timedelta(1)}" if days.days > 1 else str(first - days)


Selection = collections.namedtuple("Selection", "period unit area category member branch", defaults=[""] * 5)
Ratio = collections.namedtuple("Ratio", "of over left_out")
# Whether two that earned the same share a rank is a matter of how their sums were rounded: from `rank` to `last_rank`.
Score = collections.namedtuple("Score", "value given rank parts base last_rank", defaults=[0])
CLOSE = 1e-9
Row = collections.namedtuple("Row", "rates scores")
Entry = collections.namedtuple("Entry", "fact rule points")
Point = collections.namedtuple("Point", "points entries rank")


def table(path):
    with path.open(encoding="utf-8-sig") as file:
        return {row["code"]: row for row in csv.DictReader(line for line in file if not line.startswith("#"))}


def terms_of(text):
    """"a + b - c" as [(1, "a"), (1, "b"), (-1, "c")]"""
    return [(-1 if sign == "-" else 1, count) for sign, count in re.findall(r"([+-]?)\s*([a-z_.]+)", text)]


class Group:
    """Facts that are counted together, by what they count as at a moment."""

    def __init__(self, facts, now_ms):
        self.facts, self.now_ms, self.by_count = facts, now_ms, collections.defaultdict(list)
        for fact in facts:
            for count in fact.counts(now_ms):
                self.by_count[count].append(fact)


class Rulebook:
    """What a rulebook says of figures: areas, categories, rates.yaml."""

    def __init__(self, directory):
        directory = pathlib.Path(directory)
        self.areas = {code: row["parent"] for code, row in table(directory / "areas.csv").items()}
        self.categories = {code: row["parent"] for code, row in table(directory / "categories.csv").items()}
        self.definitions = yaml.load((directory / "rates.yaml").read_text(), yaml.BaseLoader)

    def valid(self, part, at_ms):
        """The definitions of a part that hold at a moment, in written order."""
        def holds(item):
            from_ms, until_ms = (from_of(datetime.date.fromisoformat(item[key])) if key in item else None
                                 for key in ("from", "until"))
            return (from_ms is None or at_ms >= from_ms) and (until_ms is None or at_ms < until_ms)
        return [item for item in self.definitions.get(part) or () if holds(item)]

    @staticmethod
    def within(parents, code, top):
        while code and code != top:
            code = parents.get(code, "")
        return code == top

    def child(self, parents, code, top):
        """What lies just below `top` ("": everything) and holds `code`, or `top` itself; "-": it is no part of it."""
        while code in parents and code != top and parents[code] != top:
            code = parents[code]
        return code if code in parents else "-"

    # ---- facts of a selection ----

    def chosen(self, facts, selection):
        first, after = period_of(selection.period)
        from_ms, to_ms = from_of(first), from_of(after)
        for fact in facts:
            if not from_ms <= fact.at_ms < to_ms:
                continue
            if selection.unit and selection.unit != fact.unit:
                continue
            if selection.branch and selection.branch != (fact.branch or fact.unit):
                continue
            if selection.member and selection.member != fact.member:
                continue
            if selection.area and not self.within(self.areas, fact.area, selection.area):
                continue
            if selection.category and not self.within(self.categories, fact.category, selection.category):
                continue
            yield fact

    def key(self, fact, by, selection):
        if by == "unit":
            return fact.unit or "-"
        if by == "branch":
            return fact.branch or fact.unit or "-"  # who had it in hand
        if by == "area":
            return self.child(self.areas, fact.area, selection.area)
        if by == "category":
            return self.child(self.categories, fact.category, selection.category)
        day = day_of(fact.at_ms).isoformat()
        return day if by == "day" else day[:7]

    # ---- rates ----

    @staticmethod
    def total(group, text, without):
        """(the sum, what exclusions take out, the time that was taken)"""
        total = took = 0
        left = []
        for sign, count in terms_of(text):
            for fact in group.by_count[count]:
                if set(fact.without) & set(without):
                    left.append((sign, fact))
                else:
                    total += sign
                    took += sign * fact.took_ms
        return max(total, 0), left, took

    def ratio(self, group, rate):
        without = rate.get("without", ())
        of, left_of, _ = self.total(group, rate["of"], without)
        over, left_over, _ = self.total(group, rate["over"], without) if "over" in rate else (0, [], 0)
        return Ratio(of, over, len(self.each_once(left_of + left_over)))

    @staticmethod
    def each_once(signed):
        """(sign, fact) of either side, a fact that stands on both sides once."""
        return list({id(fact): (sign, fact) for sign, fact in reversed(signed)}.values())

    def row(self, group, at_ms):
        return Row([self.ratio(group, rate) for rate in self.valid("rates", at_ms)],
                   [self.score(group, at_ms, score) for score in self.valid("scores", at_ms)])

    def view(self, facts, now_ms, selection, by="", at_ms=None):
        """(the whole, {code: row}) with ranks, by the definitions of `at_ms` (None: of when the period begins)."""
        facts = list(self.chosen(facts, selection))
        at_ms = from_of(period_of(selection.period)[0]) if at_ms is None else at_ms
        groups = collections.defaultdict(list)
        for fact in facts if by else ():
            groups[self.key(fact, by, selection)].append(fact)
        rows = {code: self.row(Group(group, now_ms), at_ms) for code, group in groups.items()}
        return self.row(Group(facts, now_ms), at_ms), self.ranked(rows, at_ms, by in ("day", "month"))

    # ---- scores ----

    def score(self, group, at_ms, score):
        whole = self.plain_score(group, at_ms, score)
        if score.get("by_class") not in ("yes", "true") and "weights" not in score:
            return whole
        classes = collections.defaultdict(list)
        for fact in group.facts:
            classes[self.child(self.categories, fact.category, "")].append(fact)
        value = weights = base = 0
        for code, facts in classes.items():
            one = self.plain_score(Group(facts, group.now_ms), at_ms, score)
            weight = float(score.get("weights", {}).get(code, 1))
            if one.given and weight > 0 and one.base >= int(score.get("least", 1)):
                value, weights, base = value + weight * one.value, weights + weight, base + one.base
        return Score(value / weights if weights else 0, bool(weights), 0, [], base)

    def plain_score(self, group, at_ms, score):
        """A part that has nothing to divide by is left out, and the others are raised to the whole weight."""
        parts, base, weight_of_all, weight_given, rated, fixed, given = [], math.inf, 0, 0, 0, 0, False
        for part in score["parts"]:
            value, weight, over = self.part(group, at_ms, part)
            times, plus = float(part.get("weight", part.get("times", 1))), float(part.get("plus", 0))
            adds = 0 if value is None else min(max(times * value + plus, float(part.get("least", -math.inf))),
                                               float(part.get("most", math.inf)))
            parts.append(adds)
            base = min(base, over)
            if "rate" in part or "days" in part:
                weight_of_all, rated = weight_of_all + weight, rated + adds
                weight_given += weight if value is not None else 0
                given |= value is not None
            else:
                fixed += adds
        value = (rated * weight_of_all / weight_given if weight_given else rated) + fixed
        return Score(value, given, 0, parts, 0 if base == math.inf else base)

    def part(self, group, at_ms, part):
        """(its value or None, its weight, its denominator)"""
        if "rate" in part:
            rate = next((r for r in self.valid("rates", at_ms) if r["id"] == part["rate"]), None)
            ratio = self.ratio(group, rate) if rate else Ratio(0, 0, 0)
            weight = abs(float(part.get("weight", part.get("times", 1))))
            if not ratio.over:
                return None, weight, 0
            value = ratio.of / ratio.over
            return max(1 - value, 0) if part.get("inverse") in ("yes", "true") else value, weight, ratio.over
        kind = next(kind for kind in ("days", "count", "any") if kind in part)
        count, _, took = self.total(group, part[kind], part.get("without", ()))
        if kind == "days":
            return took / count / DAY_MS if count else None, float(part.get("most", 0)), math.inf
        return (count if kind == "count" else min(count, 1)), 0, math.inf

    def ranked(self, rows, at_ms, is_time):
        ranks = {code: list(row.scores) for code, row in rows.items()}
        for i, score in enumerate(self.valid("scores", at_ms)):
            least = int(score.get("least", 1))
            values = {code: row.scores[i].value for code, row in rows.items()
                      if row.scores[i].given and row.scores[i].base >= least and code != "-" and not is_time}
            for code, value in values.items():
                ahead = [sum(other > value + within for other in values.values()) for within in (CLOSE, -CLOSE)]
                ranks[code][i] = ranks[code][i]._replace(rank=ahead[0] + 1, last_rank=max(ahead[1], ahead[0] + 1))
        return {code: row._replace(scores=ranks[code]) for code, row in rows.items()}

    # ---- points ----

    def ledger(self, facts, now_ms, selection, by):
        """What each fact earns a unit, a branch or a member, rule by rule."""
        for fact in self.chosen(facts, selection):
            for rule in self.valid("points", fact.at_ms):
                if rule.get("to", "unit") == by and getattr(fact, by) and rule["on"] in fact.counts(now_ms) and \
                        not set(fact.without) & set(rule.get("without", ())):
                    yield Entry(fact, rule, int(rule["points"]))

    def points(self, facts, now_ms, selection, by="unit"):
        found = collections.defaultdict(lambda: [0, 0])
        for fact, _, points in self.ledger(facts, now_ms, selection, by):
            found[getattr(fact, by)][0] += points
            found[getattr(fact, by)][1] += 1
        return {code: Point(points, entries, 1 + sum(other[0] > points for other in found.values()))
                for code, (points, entries) in found.items()}
