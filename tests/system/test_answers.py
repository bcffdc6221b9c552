"""What an answer holds: names for its codes, the person on site, and never more than a client can take."""
import pathlib
import time

import pytest

import daemon
from speaker import Speaker, pb

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

OFFICE = "420902001001"
MOST = 1 << 20  # what libnanomsg's clients take


@pytest.fixture
def city(tmp_path):
    with daemon.running(tmp_path) as d:
        yield d


@pytest.fixture
def office(city):
    speaker = Speaker(city.url, OFFICE)
    yield speaker
    speaker.close()


@pytest.fixture
def bureau(city):
    speaker = Speaker(city.url, "cg")
    yield speaker
    speaker.close()


def test_feed_names_its_units(office, bureau):
    office.submit()
    feed = bureau.feed()
    assert {unit.code: unit.name for unit in feed.units}["cg"] == "区城市管理执法局"


def test_rows_list_the_summoned_units_alone_open_ones_first(office, bureau):
    receipt = office.submit(category="0302")
    assert len(receipt.called) >= 2
    first = Speaker(bureau.url, receipt.called[0].unit)
    first.act(pb.VERB_RESOLVE, receipt.number)
    first.close()
    (row,) = office.do(list=pb.List(open_only=True)).list.rows
    codes = [unit.code for unit in row.units]
    assert OFFICE not in codes and codes[-1] == receipt.called[0].unit
    assert sorted(codes) == sorted(called.unit for called in receipt.called)


def test_the_phone_of_the_acceptance_is_kept_by_the_report(office, bureau):
    number = office.submit().number
    bureau.act(pb.VERB_ACCEPT, number, person="王工", phone="13900000000")
    bureau.act(pb.VERB_REPORT, number, person="王工")
    (person,) = office.show(number).persons
    assert (person.unit, person.name, person.phone) == ("cg", "王工", "13900000000")
    bureau.act(pb.VERB_REPORT, number, person="李工")
    (person,) = office.show(number).persons
    assert (person.name, person.phone) == ("李工", "")


def test_what_was_just_acknowledged_does_not_come_again(office, bureau):
    office.submit()
    for _ in range(20):
        office.submit()
        feed = bureau.feed()
        assert feed.items
        bureau.do(ack=pb.Ack(consumer="test", upto=feed.next_after, epoch=feed.epoch))
        assert not bureau.feed().items
        time.sleep(0.07)  # before, with, and after the beat that carries it


def test_acknowledgements_outlive_the_process(city, office, bureau):
    office.submit()
    upto = bureau.feed().next_after
    bureau.do(ack=pb.Ack(consumer="test", upto=upto))
    bureau.close()
    city.restart()
    assert not bureau.feed().items


def test_a_recipient_has_eight_consumers(city, office, bureau):
    upto = office.submit().seq
    for i in range(8):
        bureau.do(ack=pb.Ack(consumer=f"c{i}", upto=upto))
    bureau.do(ack=pb.Ack(consumer="c3", upto=upto))
    assert bureau.ask(ack=pb.Ack(consumer="c8", upto=upto)).code == "too_many"
    assert bureau.ask(ack=pb.Ack(consumer="x" * 300, upto=upto)).code == "too_long"
    bureau.do(ack=pb.Ack(recipient="cg/A", consumer="c8", upto=upto))
    bureau.close()
    city.restart()
    assert bureau.ask(ack=pb.Ack(consumer="c8", upto=upto)).code == "too_many"


def test_a_huge_history_fits_an_answer_and_says_what_it_left_out(office):
    number = office.submit().number
    for i in range(60):
        office.act(pb.VERB_COMMENT, number, text=f"{i} " + "字" * 7000)
    office.send(office.envelope(show=pb.Show(number=number, history=True)))
    _, reply, body = office.receive()
    assert len(body) < MOST
    view = reply.show
    sequence = [happening.event.seq for happening in view.happenings]
    assert sequence == sorted(sequence)
    assert view.earlier > 0 and view.earlier + len(sequence) == 62
    assert view.happenings[-1].text.startswith("59 ")


def test_a_feed_is_cut_by_bytes(office, bureau):
    for _ in range(12):
        office.submit(personal=pb.Personal(text="字" * 15000))
    after, seen = 0, 0
    for _ in range(12):
        bureau.send(bureau.envelope(fetch=pb.Fetch(consumer="test", after=after, max=1000)))
        _, reply, body = bureau.receive()
        assert len(body) <= 300 * 1024
        seen += sum(item.happening.event.kind == pb.EVENT_KIND_FILED for item in reply.feed.items)
        after = reply.feed.next_after
        if not reply.feed.items:
            break
    assert seen == 12 or seen == 0  # the unit hears of the filing or of the dispatch
    assert not bureau.feed(after=after).items


def test_a_watch_passes_what_is_not_its_own(city, office):
    """It used to wait for ever behind two thousand records of other areas."""
    for _ in range(50):
        office.connect()
        sent = [office.send(office.envelope(submit=office.whistle())) for _ in range(50)]
        for _ in sent:
            assert office.receive()[1].code == "ok"
    other = Speaker(city.url, "420902002001")
    other.submit()
    centre = Speaker(city.url, "centre")
    after, found, began = 0, [], time.monotonic()
    while not found and time.monotonic() - began < 20:
        feed = centre.feed(area="420902002", after=after, wait_ms=25000)
        found, after = list(feed.items), feed.next_after
    assert [item.happening.event.area.split("/")[1] for item in found][0] == "420902002"
    centre.close()
    other.close()


def test_numbers_at_the_edge_of_64_bits_are_refused(office, bureau):
    number = office.submit().number
    for far in (2**63 - 1, -(2**63), 1, -1):
        assert office.ask(sent_ms=far, show=pb.Show(number=number)).code in ("ok", "clock_skew")
        assert office.ask(sent_ms=far, submit=office.whistle()).code == "clock_skew"
        for field in ("reported_ms", "appointed_ms"):
            assert office.ask(submit=office.whistle(**{field: far})).code in ("ok", "time_range", "bad_value"), field
        for field in ("eta_ms", "arrived_ms", "due_ms"):
            bureau.ask(act=pb.Act(verb=pb.VERB_REPORT, number=number, **{field: far}))
        office.ask(list=pb.List(due_before_ms=far))
    for after in (2**64 - 1, 2**63):
        assert not bureau.feed(after=after).items
        centre = Speaker(bureau.url, "centre")
        assert not centre.feed(area="420902", after=after).items
        centre.close()
    nowhere = pb.Position(latitude=float("nan"), longitude=float("inf"))
    assert office.ask(submit=office.whistle(position=nowhere)).code != "internal"


@pytest.fixture(scope="module")
def talked(tmp_path_factory):
    """A case with a thousand long comments, 66 MB, and its number."""
    with daemon.running(tmp_path_factory.mktemp("talked")) as d:
        office, cg = Speaker(d.url, OFFICE), Speaker(d.url, "cg")
        number = office.submit().number
        for _ in range(1100):
            cg.act(pb.VERB_COMMENT, number, text="密" * 20000)
        office.close()
        cg.close()
        yield d, number


@pytest.mark.parametrize("who, reads", [("cg", True), ("observer", False)])
def test_a_history_of_long_comments_is_shown_also_to_who_may_not_read_them(talked, who, reads):
    """What was read and not shown stayed in memory until there was none: `no_memory`, for ever."""
    d, number = talked
    asker = Speaker(d.url, who)
    reply = asker.ask(show=pb.Show(number=number, history=True))
    asker.close()
    assert reply.code == "ok", reply.code
    assert any(h.text for h in reply.show.happenings) == reads
    assert len(reply.show.happenings) > 1000 or reads


@pytest.mark.skipif(daemon.is_sanitized(), reason="a sanitizer keeps what is freed")
def test_a_recount_holds_a_record_at_a_time(talked):
    """It held all comments of a case, 256 MiB of it, and twice that for two that ask."""
    d, _ = talked
    peak = pathlib.Path(f"/proc/{d.process.pid}/clear_refs")
    peak.write_text("5")
    before = memory_of(d, "VmRSS")
    asker = Speaker(d.url, "centre")
    seen = asker.do(rates=pb.Rates()).rates.as_of
    recount = asker.do(recount=pb.Recount(after=seen)).recount
    asker.close()
    assert recount.replayed > 1100
    assert memory_of(d, "VmHWM") - before < 32 * 1024


def memory_of(d, line):
    """KiB of the daemon, as /proc says it."""
    text = pathlib.Path(f"/proc/{d.process.pid}/status").read_text()
    return int(next(x for x in text.splitlines() if x.startswith(line + ":")).split()[1])
