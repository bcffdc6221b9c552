"""Feeds over subscribers that come and go: each event at least once, in order, none left out; and the public feed.

WHISTLED_FEED_EVENTS says how many events are streamed (5,000; 100,000 takes minutes).
"""
import os
import random
import threading
import time

import pytest

import daemon
import sp
from speaker import Speaker, pb

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

EVENTS = int(os.environ.get("WHISTLED_FEED_EVENTS", "5000"))
OFFICES = ["420902001001", "420902001002", "420902002001", "420902002003"]


@pytest.fixture
def city(tmp_path):
    with daemon.running(tmp_path) as d:
        yield d


class Stream(threading.Thread):
    """An office that submits so many whistles, several on their way at a time."""

    def __init__(self, url, office, count):
        super().__init__()
        self.speaker, self.count, self.accepted, self.error = Speaker(url, office), count, 0, None

    def run(self):
        try:
            outstanding = 0
            for sent in range(self.count):
                self.speaker.send(self.speaker.envelope(submit=self.speaker.whistle()))
                outstanding += 1
                if outstanding == 16:
                    self.take()
                    outstanding -= 1
            for _ in range(outstanding):
                self.take()
        except Exception as error:  # noqa: BLE001 - told by the test
            self.error = error
        self.speaker.close()

    def take(self):
        assert self.speaker.receive()[1].code == "ok"
        self.accepted += 1


class Subscriber(threading.Thread):
    """Reads cg's feed under a name of its own. At random it breaks off: then it goes on behind what it acknowledged."""

    def __init__(self, url, consumer, seed, done, breaks=True):
        super().__init__()
        self.url, self.consumer, self.chance, self.done, self.breaks = url, consumer, random.Random(seed), done, breaks
        self.seen, self.repeats, self.gone, self.error = [], 0, 0, None

    def run(self):
        try:
            while not self.session():
                self.gone += 1
        except Exception as error:  # noqa: BLE001 - told by the test
            self.error = error

    def session(self):
        """One connection; True when there is nothing any more."""
        speaker, after, epoch = Speaker(self.url, "cg"), 0, 0
        try:
            while True:
                # looked at before the fetch: what is empty then stays so
                over = self.done.is_set()
                if self.breaks and self.chance.random() < 0.1:
                    if self.chance.random() < 0.5:  # with a poll on its way
                        speaker.send(speaker.envelope(fetch=self.fetch(epoch, after, 5000)))
                    return False
                feed = speaker.do(fetch=self.fetch(epoch, after, 100)).feed
                self.take(feed.items)
                epoch, after = feed.epoch, feed.next_after
                if feed.items and self.chance.random() < 0.7:
                    speaker.do(ack=pb.Ack(consumer=self.consumer, epoch=epoch, upto=after))
                if over and not feed.items:
                    return True
        finally:
            speaker.close()

    def fetch(self, epoch, after, wait_ms):
        return pb.Fetch(consumer=self.consumer, epoch=epoch, after=after, max=self.chance.choice([1, 7, 100, 1000]),
                        wait_ms=wait_ms)

    def take(self, items):
        seqs = [item.seq for item in items]
        assert seqs == sorted(set(seqs)), "out of order"
        last = self.seen[-1] if self.seen else 0
        new = [seq for seq in seqs if seq > last]
        if len(new) < len(seqs):  # a repeat is of what was seen: nothing comes late
            self.repeats += len(seqs) - len(new)
            assert {seq for seq in seqs if seq <= last} <= set(self.seen)
        self.seen += new


def test_subscribers_come_and_go_while_whistles_stream_in(city):
    done = threading.Event()
    streams = [Stream(city.url, office, EVENTS // len(OFFICES)) for office in OFFICES]
    subscribers = [Subscriber(city.url, f"c{i}", i, done, breaks=i > 0) for i in range(4)]
    for thread in streams + subscribers:
        thread.start()
    for stream in streams:
        stream.join()
    done.set()
    for subscriber in subscribers:
        subscriber.join(120)
    for thread in streams + subscribers:
        assert thread.error is None, thread.error
    sent = sum(stream.accepted for stream in streams)
    assert sent == EVENTS // len(OFFICES) * len(OFFICES)
    feed = whole_feed(city)
    assert len(feed) >= sent
    for subscriber in subscribers:
        assert subscriber.seen == feed, f"{subscriber.consumer}: a gap or an event that is not in the feed"
    assert subscribers[0].repeats == 0 and sum(s.gone for s in subscribers) > 0


def whole_feed(city):
    """All sequence numbers of cg's feed, by one more consumer."""
    speaker, seqs, after = Speaker(city.url, "cg"), [], 0
    while True:
        feed = speaker.feed("cg", after, epoch=1, consumer="whole")
        if not feed.items:
            speaker.close()
            return seqs
        seqs += [item.seq for item in feed.items]
        after = feed.next_after


# ---- what a fetch promises ----


def test_a_poll_wakes_at_the_first_event(city):
    cg, office = Speaker(city.url, "cg"), Speaker(city.url, OFFICES[0])
    cg.send(cg.envelope(fetch=pb.Fetch(wait_ms=20000)))
    daemon.until(lambda: city.json("status")["service"]["polls_waiting"] == 1)
    began = time.monotonic()
    number = office.submit().number
    _, reply, _ = cg.receive()
    assert time.monotonic() - began < 5
    assert [i.happening.event.number for i in reply.feed.items] == [number]
    cg.close()
    office.close()


def test_a_poll_ends_empty_in_its_time(city):
    cg = Speaker(city.url, "cg")
    began = time.monotonic()
    feed = cg.feed("cg", wait_ms=600)
    assert not feed.items and 0.5 < time.monotonic() - began < 5
    cg.close()


def test_goes_on_behind_the_acknowledged_also_after_a_restart(city):
    cg, office = Speaker(city.url, "cg"), Speaker(city.url, OFFICES[0])
    for _ in range(5):
        office.submit()
    seqs = [i.seq for i in cg.feed(consumer="a").items]
    assert len(seqs) == 5
    cg.do(ack=pb.Ack(consumer="a", epoch=1, upto=seqs[2]))
    daemon.until(lambda: [i.seq for i in cg.feed(consumer="a").items] == seqs[3:])
    assert [i.seq for i in cg.feed(consumer="b").items] == seqs, "another consumer is where it was"
    cg.do(ack=pb.Ack(consumer="a", epoch=1, upto=seqs[0]))  # a cursor never goes back
    daemon.until(lambda: city.json("feeds")["feeds"][0]["acknowledged"] is not None)
    city.restart()
    cg.close()
    assert [i.seq for i in cg.feed(consumer="a").items] == seqs[3:]
    assert [i.seq for i in cg.feed(after=seqs[0], epoch=1, consumer="a").items] == seqs[1:], "from any number"
    cg.close()
    office.close()


def test_another_epoch_is_told(city):
    cg = Speaker(city.url, "cg")
    for op in {"fetch": pb.Fetch(epoch=7, after=1)}, {"ack": pb.Ack(epoch=7, upto=1)}:
        reply = cg.ask(**op)
        epoch, seq = map(int, reply.arguments[0].split("/"))
        assert (reply.code, epoch) == ("epoch_changed", 1) and seq > 0
        assert reply.text == f"the store was restored; begin again at 1/{seq}"
    cg.close()


def test_at_most_eight_consumers(city):
    cg, office = Speaker(city.url, "cg"), Speaker(city.url, OFFICES[0])
    office.submit()
    upto = cg.feed().items[-1].seq
    codes = [cg.ask(ack=pb.Ack(consumer=f"c{i}", epoch=1, upto=upto)).code for i in range(9)]
    assert codes == ["ok"] * 8 + ["too_many"]
    city.restart()
    cg.close()
    assert cg.ask(ack=pb.Ack(consumer="c9", epoch=1, upto=upto)).code == "too_many", "over a restart too"
    assert cg.ask(ack=pb.Ack(consumer="c3", epoch=1, upto=upto)).code == "ok"
    cg.close()
    office.close()


def test_a_feed_answer_is_cut_by_bytes(city):
    cg, office = Speaker(city.url, "cg"), Speaker(city.url, OFFICES[0])
    for _ in range(40):
        office.submit(personal=pb.Personal(text="好" * 5000))
    after, seen = 0, 0
    while True:
        cg.send(cg.envelope(fetch=pb.Fetch(after=after, epoch=1, max=1000)))
        _, reply, body = cg.receive()
        assert len(body) <= 256 * 1024 + 4096
        if not reply.feed.items:
            break
        seen, after = seen + len(reply.feed.items), reply.feed.next_after
    assert seen == 40
    cg.close()
    office.close()


def test_a_supervisor_watches_a_subtree(city):
    supervise, one, two = (Speaker(city.url, p) for p in ("supervise", OFFICES[0], OFFICES[2]))
    in_one, in_two = one.submit().number, two.submit().number
    feed = supervise.feed(area="420902002")
    assert {i.happening.event.number for i in feed.items} == {in_two}
    feed = supervise.feed(area="420902")
    assert {i.happening.event.number for i in feed.items} == {in_one, in_two}
    assert one.ask(fetch=pb.Fetch(area="420902002")).code != "ok"
    for speaker in (supervise, one, two):
        speaker.close()


# ---- the public feed ----


def test_notices_tell_what_the_category_allows_and_nothing_personal(city):
    with sp.subscribe(city.notices_url, b"420902001/\0") as street, \
            sp.subscribe(city.notices_url, b"420902001001/\0") as community, sp.subscribe(city.notices_url) as all_:
        office = Speaker(city.url, OFFICES[0])
        daemon.until(lambda: city.json("status")["edge"]["subscribers"] == 3)
        office.submit(category="0102", title="张三家门口", personal=pb.Personal(name="张三", phone="13800008000"))
        message = community.receive(timeout=20)
        assert "张三".encode() not in message and b"13800008000" not in message
        notice = pb.Notice.FromString(message.partition(b"\0")[2])
        assert (notice.category, notice.area, notice.kind) == ("0102", OFFICES[0], pb.EVENT_KIND_FILED)
        office.submit(category="0404")  # no finer than the street
        notice = pb.Notice.FromString(street.receive(timeout=20).partition(b"\0")[2])
        assert notice.area == "420902001"
        counts = [pb.Notice.FromString(all_.receive(timeout=20).partition(b"\0")[2]).published for _ in range(4)]
        assert counts == list(range(counts[0], counts[0] + 4))
        office.close()
