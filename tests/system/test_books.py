"""The books over the real daemon: who sees which figures, the day at a glance of a unit, an office and a leader, what is
refused, and the live view on a day of the sample city."""
import re

import pytest

import daemon
import speaker
from speaker import pb
from terminal import Terminal, columns

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

HERE, THERE = "420902001001", "420902002001"  # communities of two streets
STREET, OTHER, CENTRE = "420902001", "420902002", "centre"


class City(daemon.Daemon):
    def at(self, moment, rate=1):
        if self.process:
            self.stop()
        self.clock = f"{moment}+08:00,x{rate}"
        self.speakers = {}
        return self.start()

    def as_(self, principal):
        if principal not in self.speakers:
            self.speakers[principal] = speaker.Speaker(self.url, principal)
        return self.speakers[principal]

    def file(self, office, category="0102", **fields):
        return self.as_(office).submit(category=category, **fields).number

    def work(self, unit, number, *verbs):
        for verb in verbs:
            self.as_(unit).act(verb, number, **({"reason": "S01"} if verb == pb.VERB_RESOLVE else {}))

    def rates(self, principal, by="", compare=False, **selection):
        return self.as_(principal).do(rates=pb.Rates(by=by, compare=compare, selection=pb.Selection(**selection))).rates

    def count(self, principal, count, **selection):
        """Of the counts that the rulebook's figures are made of, one that leaves nothing out."""
        for c in self.rates(principal, **selection).counts:
            if c.count == count and not c.without:
                return c.number
        raise AssertionError(count)

    def facts(self, principal, of, **more):
        rows, after = [], ""
        while True:
            page = self.as_(principal).do(facts=pb.Facts(of=of, after=after, max=3, **more)).facts
            rows += page.rows
            after = page.next_after
            if not after:
                return rows

    def digest(self, principal, **asked):
        return self.as_(principal).do(digest=pb.Digest(**asked)).digest


@pytest.fixture
def city(tmp_path):
    city = City(tmp_path)
    city.at("2026-02-13T09:00")
    yield city
    city.stop()


# ---- who sees what


def test_an_area_sees_its_own_and_a_unit_what_is_its(city):
    """A unit does not see how others do; an office sees whoever works in its area."""
    here = [city.file(HERE) for _ in range(4)]
    there = [city.file(THERE) for _ in range(3)]
    roads = city.file(HERE, category="0302")  # zj leads
    city.work("cg", here[0], pb.VERB_ACCEPT, pb.VERB_RESOLVE)
    assert city.count(CENTRE, "filed") == 8
    assert city.count(STREET, "filed") == city.count(HERE, "filed") == 5
    assert city.count(OTHER, "filed") == city.count(THERE, "filed") == 3
    assert city.count("observer", "filed") == 8
    assert city.count("cg", "filed") == 0  # a whistle is its office's
    assert city.count("cg", "called") == 7
    assert city.count("zj", "called") == 1
    assert {r.number for r in city.facts("cg", "called")} == set(here + there)
    assert {r.number for r in city.facts("zj", "called")} == {roads}
    assert {r.number for r in city.facts(OTHER, "called")} == set(there)
    assert city.count("cg", "called", unit="zj") == 0  # asking for another's gives nothing
    assert {row.code for row in city.rates(STREET, by="unit").rows} >= {"cg", "zj", HERE}
    assert {row.code for row in city.rates("zj", by="unit").rows} == {"zj"}
    assert not list(city.as_(OTHER).do(points=pb.Points()).points.rows)  # nobody has earned any there


def test_rows_stand_below_the_area_and_the_class_that_are_selected(city):
    for office, category in ((HERE, "0102"), (HERE, "P0101"), (THERE, "0302")):
        city.file(office, category=category)
    def rows(**selection):
        by = selection.pop("by")
        view = city.rates(CENTRE, by=by, **selection)
        at = [d.id for d in view.definitions].index("valid")
        return {row.code: row.rates[at].over for row in view.rows if row.rates[at].over}
    assert rows(by="area") == {"420902": 3}
    assert rows(by="area", area="420902") == {STREET: 2, OTHER: 1}
    assert rows(by="area", area=STREET) == {HERE: 2}
    assert rows(by="area", area=HERE) == {HERE: 2}
    tops = rows(by="category")
    assert sum(tops.values()) == 3 and len(tops) == 3
    assert rows(by="category", category="01") == {"0102": 1}
    assert rows(by="day") == {"2026-02-13": 3}
    assert rows(by="month", period="2026") == {"2026-02": 3}


def test_the_month_before_stands_beside(city):
    for _ in range(3):
        city.file(HERE)
    city.at("2026-03-02T09:00")
    city.file(HERE)
    view = city.rates(CENTRE, by="area", compare=True)
    at = [d.id for d in view.definitions].index("valid")
    assert (view.period, view.period_before) == ("2026-03", "2026-02")
    assert (view.whole.rates[at].over, view.whole_before.rates[at].over) == (1, 3)
    assert [row.rates[at].over for row in view.rows_before] == [3]


# ---- a day at a glance


def test_the_day_of_an_office_a_unit_and_a_leader(city):
    late = city.file(HERE)
    there = city.file(THERE)
    city.at("2026-02-13T11:30")  # the hour to accept is over
    fresh = city.file(HERE, category="0302")
    city.work("zj", fresh, pb.VERB_ACCEPT)
    whole = city.digest(CENTRE)
    assert (whole.day, whole.open_count, whole.late_count) == ("2026-02-13", 3, 2)
    assert [row.number for row in whole.late] == [late, there]
    assert {row.unit for row in whole.silent} == {"cg"} and whole.silent[0].waiting == 2
    assert whole.silent[0].seen_ms == 0
    assert {t.fact: t.count for t in whole.happened}["filed"] == 3
    assert whole.changed[0].fact == "accepted" and whole.changed[0].number == fresh
    office = city.digest(HERE)
    assert (office.open_count, office.late_count) == (2, 1) and office.silent[0].waiting == 1
    assert [row.number for row in city.digest(CENTRE, area=OTHER).late] == [there]
    unit = city.digest("cg", unit="cg")
    assert {row.number for row in unit.late} == {late, there} and unit.open_count == 2
    assert city.digest("zj").late_count == 0
    feed = city.as_("cg").feed("cg")
    city.as_("cg").do(ack=pb.Ack(recipient="cg", consumer="test", epoch=feed.epoch, upto=feed.next_after))
    daemon.until(lambda: city.digest(CENTRE).silent[0].seen_ms)
    yesterday = city.digest(CENTRE, day="2026-02-12")
    assert not yesterday.late and not yesterday.happened and yesterday.open_count == 0


def test_what_is_due_later_than_today_is_not_due_today(city):
    number = city.file(HERE, category="0302")
    for unit in ("zj", "jj"):
        city.work(unit, number, pb.VERB_ACCEPT, pb.VERB_REPORT)
    view = city.digest(CENTRE)
    assert (view.open_count, view.due_count, view.late_count) == (1, 0, 0)  # two working days are left
    assert [row.number for row in view.due] == [number]  # and it comes next all the same


# ---- what is refused


@pytest.mark.parametrize("op, code, field", [
    (dict(rates=pb.Rates(by="week")), "bad_value", "rates.by"),
    (dict(rates=pb.Rates(selection=pb.Selection(period="2026-13"))), "bad_value", "selection.period"),
    (dict(rates=pb.Rates(selection=pb.Selection(period="0000"))), "bad_value", "selection.period"),
    (dict(rates=pb.Rates(selection=pb.Selection(unit="nobody"))), "unknown_unit", "selection.unit"),
    (dict(rates=pb.Rates(selection=pb.Selection(area="9"))), "unknown_area", "selection.area"),
    (dict(rates=pb.Rates(selection=pb.Selection(category="nonsense"))), "unknown_category", "selection.category"),
    (dict(facts=pb.Facts()), "bad_value", "facts.of"),
    (dict(facts=pb.Facts(of="resolve")), "bad_value", "facts.of"),
    (dict(facts=pb.Facts(of="filed", after="00")), "bad_value", "facts.after"),
    (dict(facts=pb.Facts(of="filed", after="00" * 34)), "bad_value", "facts.after"),
    (dict(facts=pb.Facts(of="filed", after="ff" * 34)), "bad_value", "facts.after"),
    (dict(points=pb.Points(by="street")), "bad_value", "points.by"),
    (dict(digest=pb.Digest(day="2026-02")), "bad_value", "digest.day"),
    (dict(digest=pb.Digest(day="yesterday")), "bad_value", "selection.period"),
    (dict(digest=pb.Digest(unit="nobody")), "unknown_unit", "selection.unit"),
    (dict(recount=pb.Recount()), "bad_value", "recount.after"),
    (dict(recount=pb.Recount(after="f" * 48)), "bad_value", "recount.after"),
    (dict(recount=pb.Recount(after="0" * 48)), "bad_value", "recount.after"),
])
def test_what_is_wrong_is_named(city, op, code, field):
    reply = city.as_(CENTRE).ask(**op)
    assert (reply.code, reply.field) == (code, field), reply


def test_the_place_of_a_listing_is_of_its_own_kind_of_fact(city):
    for _ in range(5):
        city.file(HERE)
    page = city.as_(CENTRE).do(facts=pb.Facts(of="filed", max=2)).facts
    assert len(page.rows) == 2 and page.next_after
    assert city.as_(CENTRE).ask(facts=pb.Facts(of="called", after=page.next_after)).code == "bad_value"
    assert len(city.facts(CENTRE, "filed")) == 5


def test_questions_that_walk_the_books_leave_the_pool_to_others(city):
    """However many ask for figures, a list is answered; who is told to come again does."""
    for _ in range(20):
        city.file(HERE)
    asker = city.as_(CENTRE)
    for _ in range(40):
        asker.send(asker.envelope(rates=pb.Rates(by="unit", selection=pb.Selection(period="2026"))))
    assert city.as_(HERE).do(list=pb.List(max=5)).list.rows
    codes = {asker.receive()[1].code for _ in range(40)}
    assert "ok" in codes and codes <= {"ok", "busy"}
    assert "20" in city.whistle(CENTRE, "rates", "--rate", "valid")


def test_who_was_excused_keeps_his_figures_and_no_view_of_the_case(city):
    number = city.file(HERE)
    city.work("cg", number, pb.VERB_ACCEPT)
    city.as_("cg").act(pb.VERB_DECLINE, number, reason="D02")
    city.as_(CENTRE).act(pb.VERB_REASSIGN, number, target="scj")
    assert city.as_("cg").ask(show=pb.Show(number=number)).code == "unknown_case"
    row, = city.facts("cg", "declined")
    assert (row.number, row.title, row.state) == (number, "", 0)
    assert city.facts("scj", "called")[0].title and city.facts(CENTRE, "declined")[0].title


def test_figures_outlive_the_areas_that_they_were_made_in(city, tmp_path):
    """A street was taken out of the table, and its facts were in nobody's figures any more."""
    city.stop()
    city.rules = daemon.copy_of_city(tmp_path / "copy")
    city.start()
    city.speakers = {}
    city.file(HERE)
    before = city.count(STREET, "filed")
    for name in ("areas.csv", "units.csv", "principals.csv", "contacts.csv"):
        path = city.rules / name
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not line.startswith(HERE)))
    for name in ("rules.yaml", "members.csv"):
        path = city.rules / name
        path.write_text(path.read_text().replace(HERE, "420902001003"))
    told = city.ask("reload")
    assert "reloaded" in told or "in force" in told or "ok" in told, told
    assert city.count(STREET, "filed") == before == 1
    assert {row.code for row in city.rates(CENTRE, by="area", area="420902").rows} == {STREET}


# ---- a recount finds what is wrong


def test_a_recount_is_as_of_the_figures_whatever_happened_since(city):
    numbers = [city.file(HERE) for _ in range(30)]
    view = city.rates(CENTRE)
    for number in numbers[:20]:
        city.work("cg", number, pb.VERB_ACCEPT, pb.VERB_RESOLVE)
    city.file(HERE)
    after, counts, cases = view.as_of, {}, 0
    while after:
        page = city.as_(CENTRE).do(recount=pb.Recount(selection=pb.Selection(period=view.period), after=after)).recount
        for i, c in enumerate(page.counts):
            counts[i] = counts.get(i, 0) + c.number
        cases += page.cases
        after = page.next_after
    assert cases == 30
    assert [counts[i] for i in range(len(view.counts))] == [c.number for c in view.counts]
    told = city.whistle(CENTRE, "rates", "--recount")
    assert re.search(r"recounted from the journal: 31 cases, \d+ events, \d+ counts: equal", told), told


# ---- whistle top on a day of the city


def shown(terminal, *texts):
    daemon.until(lambda: all(t in terminal.text() for t in texts), every=0.2)
    lines = terminal.lines()
    assert len(lines) == terminal.height and all(columns(line) <= terminal.width for line in lines)
    return "\n".join(lines)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
@pytest.mark.parametrize("language, texts", [("zh_CN", ("将到期", "超期", "未响应单位", "当日", "受理 12")),
                                             ("en", ("due next", "late", "silent units", "the day", "filed 12"))])
def test_the_live_view_on_a_day_of_the_city(city, size, language, texts):
    """It shows the day, drills in, urges a unit, and goes on over a restart of the daemon."""
    for i in range(12):
        city.file(HERE if i % 2 else THERE, category="0302" if i % 3 else "0102", title=f"第{i}处堆放垃圾")
    city.at("2026-02-13T11:00", 60)
    terminal = Terminal(*size, f"{daemon.BUILD}/whistle top --interval 1", city.environment(CENTRE, LANGUAGE=language))
    try:
        page = shown(terminal, *texts)
        assert "区城市管理执法局" in page or "城市管理" in page or "区住房" in page
        terminal.keys("2")
        terminal.keys("Enter")
        shown(terminal, "260213-00")
        terminal.keys("q")
        shown(terminal, *texts[:2])
        terminal.keys("2", "u")
        terminal.type("y")
        daemon.until(lambda: {t.fact for t in city.digest(CENTRE).happened} >= {"urged"})
        city.stop()
        city.start()
        city.speakers = {}
        number = city.file(HERE, title="重启以后的一哨")
        shown(terminal, texts[4].replace("12", "13"))
        assert number
    finally:
        terminal.close()
