"""A principal that speaks to the daemon over a plain socket, message by message; for what the tools would hide.

    office = speaker.Speaker(d.url, "420902001001")
    receipt = office.do(submit=office.whistle(category="0102")).receipt
"""
import os
import struct
import time

import sp
from fake_daemon import pb

__all__ = ["Speaker", "pb", "ulid", "now_ms"]


def now_ms():
    return time.time_ns() // 1000000


def ulid(at_ms=None):
    return (now_ms() if at_ms is None else at_ms).to_bytes(6, "big") + os.urandom(10)


class Speaker:
    def __init__(self, url, principal, agent="周敏", key=None):
        """With a key (sealing.Key) it speaks sealed, else plain."""
        self.url, self.principal, self.agent, self.key = url, principal, agent, key
        self.connection = None
        self.sent_after = 0  # the daemon cannot tell whether what was sealed until then came before it began

    # ---- messages ----

    def envelope(self, id=None, sent_ms=None, inner_id=None, **op):
        id = ulid() if id is None else id
        if sent_ms is None:
            sent_ms = max(now_ms(), self.sent_after + 1)
        request = pb.Request(id=id if inner_id is None else inner_id, sent_ms=sent_ms,
                             agent=pb.Agent(name=self.agent), **op)
        if self.key:
            return self.key.seal(request)
        return pb.Envelope(version=1, principal=self.principal, id=id, plain=request.SerializeToString())

    def whistle(self, category="0102", area=None, kind=pb.KIND_ISSUE, **fields):
        fields.setdefault("title", "测试")
        return pb.Submit(whistle=pb.Whistle(kind=kind, category=category, area=area or self.principal, **fields))

    # ---- exchanges ----

    def connect(self):
        if not self.connection:
            self.connection = sp.connect(self.url, timeout=60)
        return self.connection

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def send(self, payload):
        """Sends bytes or an envelope; the SP id to `receive` its reply by."""
        if isinstance(payload, pb.Envelope):
            payload = payload.SerializeToString()
        return self.connect().send(payload)

    def receive(self):
        """(SP id, reply, the bytes of the envelope)"""
        sp_id, answer = self.connection.receive()
        envelope = pb.Envelope.FromString(answer)
        reply = self.key.open(envelope) if envelope.suite else pb.Reply.FromString(envelope.plain)
        return sp_id, reply, answer

    def raw(self, payload):
        """The reply to bytes."""
        wanted = self.send(payload)
        while True:
            sp_id, reply, _ = self.receive()
            if sp_id == wanted:
                return reply

    def ask(self, id=None, sent_ms=None, **op):
        """The reply to an operation, which may be a refusal."""
        id = ulid() if id is None else id
        reply = self.raw(self.envelope(id, sent_ms, **op))
        if reply.code != "replayed" or not reply.arguments or sent_ms is not None:
            return reply
        self.sent_after = int(reply.arguments[0])
        return self.raw(self.envelope(id, **op))

    def learn(self):
        """From here on its sealed changes are surely new to the daemon, also those that are sent by `raw`."""
        self.ask(act=pb.Act(verb=pb.VERB_COMMENT, number="260101-0001-1", text="-"))
        return self

    def insist(self, id=None, seconds=60, **op):
        """The same, under one id, over broken connections and a daemon that is away."""
        id = ulid() if id is None else id
        end = time.monotonic() + seconds
        while True:
            try:
                reply = self.ask(id, **op)
                if reply.code not in ("busy", "draining"):
                    return reply
            except OSError:
                self.close()
                assert time.monotonic() < end, "the daemon does not come back"
            time.sleep(0.01)

    def do(self, id=None, **op):
        """The same, and it must succeed."""
        reply = self.ask(id, **op)
        assert reply.code == "ok", reply
        return reply

    # ---- shorthands ----

    def submit(self, **fields):
        return self.do(submit=self.whistle(**fields)).receipt

    def act(self, verb, number, **fields):
        return self.do(act=pb.Act(verb=verb, number=number, **fields)).receipt

    def refused(self, verb, number, **fields):
        """The code of the refusal of an act."""
        return self.ask(act=pb.Act(verb=verb, number=number, **fields)).code

    def show(self, number, personal=False):
        return self.do(show=pb.Show(number=number, history=True, personal=personal)).show

    def feed(self, recipient="", after=0, epoch=0, consumer="test", wait_ms=0, max=1000, **more):
        return self.do(fetch=pb.Fetch(recipient=recipient, consumer=consumer, after=after, epoch=epoch, max=max,
                                      wait_ms=wait_ms, **more)).feed

    def kinds(self, recipient="", number=None):
        """The kinds of all events in a feed, of one case or of all."""
        kinds, after = [], 0
        while True:
            feed = self.feed(recipient, after, epoch=1)
            if not feed.items:
                return kinds
            kinds += [pb.EventKind.Name(i.happening.event.kind)[11:].lower() for i in feed.items
                      if number in (None, i.happening.event.number)]
            after = feed.next_after


def name(kind, value):
    """A word of an enum as people read it: name(pb.CaseState, 3) is 'dispatched'."""
    return kind.Name(value).removeprefix("".join("_" + c if c.isupper() else c.upper() for c in kind.DESCRIPTOR.name)
                                         .lstrip("_") + "_").lower()


def state(view):
    return name(pb.CaseState, view.case.state)


class Speakers:
    """Those who speak to a daemon, each over a connection of its own, by their principals."""

    def __init__(self, d):
        self.d, self.speakers = d, {}

    def __getitem__(self, principal):
        return self.speakers.setdefault(principal, Speaker(self.d.url, principal))

    def hang_up(self):
        for speaker in self.speakers.values():
            speaker.close()
        self.speakers = {}
