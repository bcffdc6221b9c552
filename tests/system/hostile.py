"""Attacks on a listener: each is one function of a target and of how many seconds it lasts.

    python3 tests/system/hostile.py resets tcp://127.0.0.1:5555 ipc:///run/notices.ipc KEYRING 3

says "begun" once it is at it, and ends when its time is over. KEYRING is what the attacker has of keys: most attacks need
none, and seal with none; an insider's do. As root it gives its rights up first. A tcp attacker comes from ORIGIN, or from
all over 127.0.0.0/8.
"""
import array
import contextlib
import itertools
import os
import pathlib
import random
import resource
import selectors
import socket
import struct
import sys
import time

import sealing
import sp
from speaker import Speaker, now_ms, pb, ulid

NOBODY = 65534
ORIGIN = "127.0.0.66"
HELLO = sp.handshake(sp.REQ)
OFFICE = "420902001002"  # the attacker's own, beside the honest office
UNITS = ["cg", "scj", "jj", "xf", "water", "gas", "power", "zj", "hb", "mz", "yj", "wj"]
PRINCIPALS = [OFFICE, "420902002001", *UNITS]

ATTACKS = {}


def attack(function):
    ATTACKS[function.__name__] = function
    return function


class Target:
    """Where it goes: a listener for requests, the one for notices beside it, and the keys that the attacker has."""

    def __init__(self, url, notices, keys):
        self.url, self.notices, self.keys = url, notices, keys
        self.ipc = url.startswith("ipc:")
        self.stranger = sealing.Key("nobody")

    def speaker(self, principal):
        return Speaker(self.url, principal, key=self.keys[principal])

    def sealed(self, principal=OFFICE, **op):
        """The bytes of a sealed request."""
        return self.speaker(principal).envelope(**op).SerializeToString()

    def submit(self, **fields):
        return self.sealed(submit=whistle(**fields))

    def frame(self, body, id=1, announced=None):
        payload = struct.pack(">I", id | 0x80000000) + body
        return (b"\1" if self.ipc else b"") + struct.pack(">Q", len(payload) if announced is None else announced) + payload

    def exchange(self):
        """What a client sends for a question."""
        return HELLO + self.frame(self.sealed(list=pb.List()))


def whistle(**fields):
    return Speaker("", OFFICE).whistle(**fields)


def keys_of(path):
    """{principal: key} of a keyring."""
    lines = [line.split() for line in pathlib.Path(path).read_text().splitlines()]
    return {name: sealing.Key(name, id, bytes.fromhex(secret)) for name, id, secret in lines}


# ---- what attacks are made of ---------------------------------------------------------------------------------------


def during(seconds):
    """Counts for so many seconds."""
    end = time.monotonic() + seconds
    for n in itertools.count():
        if time.monotonic() >= end:
            return
        yield n


def from_somewhere():
    return f"127.{random.randrange(1, 255)}.{random.randrange(256)}.{random.randrange(1, 255)}"


def dial(url, first=b"", origin=ORIGIN, room=None):
    """A connection that has said `first` and does not block from then on; None where none is to be had."""
    ipc = url.startswith("ipc:")
    s = socket.socket(socket.AF_UNIX if ipc else socket.AF_INET)
    try:
        s.settimeout(0.2)
        if room:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        if ipc:
            s.connect(url.removeprefix("ipc://"))
        else:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            s.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: ports are per destination
            s.bind((origin, 0))
            s.connect(("127.0.0.1", int(url.rpartition(":")[2])))
        s.sendall(first)
        s.setblocking(False)
        return s
    except OSError:
        s.close()
        return None


@contextlib.contextmanager
def once(url, first=b"", **how):
    """One connection, closed at the end; what the daemon does to it is no error."""
    s = dial(url, first, **how)
    with contextlib.suppress(OSError):
        yield s or socket.socket()
    if s:
        s.close()


def is_open(s):
    """Reads what is there."""
    try:
        while data := s.recv(65536):
            pass
        return data != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def hold(url, count, seconds, begin, go_on=is_open, every=0.05):
    """Keeps so many connections open: `begin()` makes one, `go_on(s)` is false when it has to be made anew."""
    held, end = [None] * count, time.monotonic() + seconds
    while time.monotonic() < end:
        for i, s in enumerate(held):
            if time.monotonic() >= end:
                return
            if s is None or not go_on(s):
                if s:
                    s.close()
                held[i] = begin()
        time.sleep(every)


def pour(url, bodies, connections, goes_on, reads=True, origin=lambda: ORIGIN):
    """Sends bodies, over and over and without regard to answers, over so many connections, while `goes_on()`."""
    selector, source = selectors.DefaultSelector(), itertools.cycle(bodies) if isinstance(bodies, list) else bodies
    ipc, ids = url.startswith("ipc:"), itertools.count(1)
    rest, wanted = {}, selectors.EVENT_WRITE | (selectors.EVENT_READ if reads else 0)

    def frame(body):
        payload = struct.pack(">I", next(ids) & 0x7FFFFFFF | 0x80000000) + body
        return (b"\1" if ipc else b"") + struct.pack(">Q", len(payload)) + payload

    def add():
        s = dial(url, HELLO, origin())
        if s:
            rest[s] = b""
            selector.register(s, wanted)

    while goes_on():
        for _ in range(connections - len(rest)):
            add()
        for key, events in selector.select(0.05):
            s = key.fileobj
            try:
                if events & selectors.EVENT_READ and not s.recv(1 << 20):
                    raise ConnectionResetError
                if events & selectors.EVENT_WRITE:
                    rest[s] = rest[s] or b"".join(frame(next(source)) for _ in range(64))
                    rest[s] = rest[s][s.send(rest[s]):]
            except BlockingIOError:
                pass
            except OSError:
                selector.unregister(s)
                del rest[s]
                s.close()


def fresh(target, makes):
    """Sealed requests without end, each new, so that none is a replay: `makes` give the fields of an
    envelope. Principals take turns."""
    speakers = itertools.cycle([target.speaker(principal) for principal in PRINCIPALS])
    while True:
        yield next(speakers).envelope(**random.choice(makes)()).SerializeToString()


def flood(target, bodies, connections, seconds, **how):
    end = time.monotonic() + seconds
    pour(target.url, bodies, connections, lambda: time.monotonic() < end, **how)


def flip(data, at=None):
    at = random.randrange(len(data)) if at is None else at
    return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1:]


# ---- bytes ----------------------------------------------------------------------------------------------------------


@attack
def random_bytes(target, seconds):
    for n in during(seconds):
        with once(target.url, HELLO if n % 2 else b"") as s:
            s.sendall(os.urandom(random.randrange(1, 4096)))


@attack
def truncations(target, seconds):
    """Every prefix of a valid exchange; closed, or only this side of it."""
    whole = target.exchange()
    for n in during(seconds):
        with once(target.url, whole[:n // 2 % (len(whole) + 1)]) as s:
            if n % 2:
                s.shutdown(socket.SHUT_WR)
                s.recv(100)


@attack
def lengths(target, seconds):
    """Frames that say another length than they have, up to the longest."""
    body = target.sealed(list=pb.List())
    right = len(body) + 4
    wrong = [0, 1, 3, 4, right - 1, right + 1, 65535, 65536, 65572, 65573, 1 << 20, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63,
             (1 << 64) - 4, (1 << 64) - 1]
    for n in during(seconds):
        with once(target.url, HELLO + target.frame(body, announced=wrong[n % len(wrong)])) as s:
            s.sendall(b"\xff" * (n % 3 * 1000))


@attack
def drip(target, seconds):
    """Whole exchanges, a byte at a time."""
    whole, at = target.exchange(), {}

    def one_more(s):
        n = at.get(s, 0)
        at[s] = n + 1
        try:
            return n < len(whole) and s.send(whole[n:n + 1]) == 1
        except OSError:
            return False

    hold(target.url, 200, seconds, lambda: dial(target.url), one_more, 0.02)


@attack
def half_open(target, seconds):
    """Connections that say nothing, or half of it, and stay; some with their own side closed."""
    whole, turn = target.exchange(), itertools.count()

    def begin():
        n = next(turn)
        s = dial(target.url, whole[:(0, 3, 8, 12, len(whole) - 1, len(whole))[n % 6]])
        if s and n % 5 == 0:
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_WR)
        return s

    hold(target.url, 240, seconds, begin)


@attack
def urgent(target, seconds):
    """Urgent bytes of tcp in between; on ipc, which knows none, empty writes."""
    whole = target.exchange()
    for n in during(seconds):
        with once(target.url) as s:
            for at in range(0, len(whole), 16):
                s.send(whole[at:at + 16])
                s.send(b"!", 0 if target.ipc else socket.MSG_OOB)


# ---- connections ----------------------------------------------------------------------------------------------------


@attack
def connects(target, seconds):
    """5,000 connections, none of which is given up by this side; and again."""
    held = []
    for n in during(seconds):
        held.append(dial(target.url, HELLO))
        if len(held) == 5000:
            for s in filter(None, held):
                s.close()
            held = []


@attack
def leaves(target, seconds):
    """Connections that close at each step of the handshake."""
    for n in during(seconds):
        with once(target.url, HELLO[:n % 9]) as s:
            if n % 2:
                s.settimeout(0.1)
                s.recv(8)


@attack
def resets(target, seconds):
    """Connections that end with a reset: tcp's own; on ipc, bytes that were not read."""
    steps = [b"", HELLO[:4], HELLO, target.exchange()[:-3], target.exchange()]
    for n in during(seconds):
        with once(target.url, steps[n % 5]) as s:
            if n % 3 == 0:
                time.sleep(0.001)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@attack
def rights(target, seconds):
    """Descriptors sent along, by the hundred; tcp has no such thing, and there it is plain floods of connections."""
    some = array.array("i", [0] * 250)
    for n in during(seconds):
        with once(target.url, HELLO) as s:
            for _ in range(20):
                s.sendmsg([target.frame(b"x")], [] if target.ipc is False else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, some)])


@attack
def addresses(target, seconds):
    """From everywhere: connections that hold what one may hold of a frame."""
    part = HELLO + target.frame(b"x" * 65000)[:60000]
    hold(target.url, 2000, seconds, lambda: dial(target.url, part, from_somewhere()))


@attack
def crowd(target, seconds):
    """From everywhere: connections past their handshake that ask nothing, more than there is room for."""
    hold(target.url, 2000, seconds, lambda: dial(target.url, HELLO, from_somewhere()))


@attack
def descriptors(target, seconds):
    """Each connection is a descriptor of the daemon's: more than it has, at both of its listeners."""
    turn = itertools.cycle([(target.url, HELLO), (target.notices, sp.handshake(sp.SUB)), (target.url, b"")])
    hold(target.url, 2000, seconds, lambda: dial(*next(turn), from_somewhere()))


# ---- frames of strangers --------------------------------------------------------------------------------------------


@attack
def junk(target, seconds):
    flood(target, [b"\xff\xfe\xfd", b"", os.urandom(60000)], 64, seconds)


@attack
def strangers(target, seconds):
    """Seals that no key fits, each connection from another address: nobody's bucket is ever empty."""
    bodies = [target.stranger.seal(pb.Request(id=ulid(), sent_ms=now_ms())).SerializeToString() for _ in range(190)]
    stream = HELLO + b"".join(target.frame(body, n + 1) for n, body in enumerate(bodies))
    for _ in during(seconds):
        with once(target.url, stream, origin=from_somewhere()) as s:
            s.settimeout(0.5)
            while s.recv(65536):
                pass


@attack
def oversize(target, seconds):
    """Too large, again and again; the answer is not read."""
    hold(target.url, 200, seconds, lambda: dial(target.url, HELLO + target.frame(b"x" * 3000, announced=1 << 20)), every=0.01)


@attack
def hops(target, seconds):
    """Id stacks that are deep, endless, or none."""
    stacks = [b"", b"\0" * 4, b"\0" * 32 + b"\x80\0\0\1", b"\0" * 36, b"\0" * 60000, b"\x80"]
    head = b"\1" if target.ipc else b""
    for n in during(seconds):
        stack = stacks[n % len(stacks)]
        with once(target.url, HELLO) as s:
            s.sendall((head + struct.pack(">Q", len(stack)) + stack) * 3)


def varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def part(field, payload):
    return varint(field << 3 | 2) + varint(len(payload)) + payload


@attack
def bombs(target, seconds):
    """What grows when it is unpacked: 30,000 empty parts, nests of unknown ones, numbers without end; open and sealed."""
    nest = b""
    for _ in range(2000):
        nest = part(19, nest)
    plain = [part(17, b"") * 16000, part(18, b"\n\0\x12\0") * 8000, part(10, nest), b"\x80" * 60000, part(9, b"\xff" * 60000),
             part(15, b"") * 30000, b"\x0b" * 30000, part(16, b"a" * 60000)]
    key, bodies = target.keys[OFFICE], []
    for whistle in plain:
        request = pb.Request(id=ulid(), sent_ms=now_ms()).SerializeToString() + part(10, part(1, whistle))
        bodies.append(sealed_bytes(key, request))
        bodies.append(pb.Envelope(version=1, principal=OFFICE, id=ulid(), plain=request).SerializeToString())
        bodies.append(whistle)
    flood(target, bodies, 16, seconds)


def sealed_bytes(key, message):
    """A sealed envelope of bytes that need be no request."""
    class Bytes:
        id = ulid()

        def SerializeToString(self, deterministic):
            return message
    return key.seal(Bytes()).SerializeToString()


@attack
def names(target, seconds):
    """Principals of other scripts, of bytes that are no text, endless ones; and ones that look like another."""
    them = ["城管局", "ｃｇ", "сg", "cg\0", "cg ", " cg", "CG", "cg/A", "../cg", "\u202ecg", "x" * 60000, "%s%n", "𝐜𝐠", "", "null"]
    good, bodies = pb.Envelope.FromString(target.submit()), []
    for name in them:
        good.principal = name
        good.key_id = random.choice(["desk-1", name[:60]])
        bodies.append(good.SerializeToString())
        bodies.append(bodies[-1].replace(b"desk", b"\xc3\x28\xff\xfe"))
    flood(target, bodies, 32, seconds)


# ---- what somebody listened to --------------------------------------------------------------------------------------


@attack
def envelopes(target, seconds):
    """Valid envelopes replayed, reordered, redirected, truncated, with a bit flipped, with each other's parts."""
    good = [pb.Envelope.FromString(target.submit()) for _ in range(60)]
    asked = [pb.Envelope.FromString(target.sealed("cg", list=pb.List())) for _ in range(20)]
    bodies = [e.SerializeToString() for e in good + asked] * 3
    for a, b in itertools.islice(itertools.product(good, asked), 300):
        copy = pb.Envelope.FromString(a.SerializeToString())
        field = random.choice(["principal", "key_id", "id", "salt", "sealed", "suite", "version"])
        setattr(copy, field, getattr(b, field) if field not in ("suite", "version") else random.randrange(5))
        bodies += [copy.SerializeToString(), flip(a.SerializeToString()), a.SerializeToString()[:random.randrange(200)]]
    random.shuffle(bodies)
    flood(target, bodies, 32, seconds)


# ---- insiders -------------------------------------------------------------------------------------------------------


@attack
def never_reads(target, seconds):
    """10,000 pipelined requests and more, of a key that is good, on connections that are never read."""
    flood(target, fresh(target, [lambda: {"list": pb.List(max=500)}]), 8, seconds, reads=False)


@attack
def polls(target, seconds):
    """Long polls by the thousand, with connections that go and come again."""
    waits = fresh(target, [lambda: {"fetch": pb.Fetch(consumer="x", after=2**62, wait_ms=25000)}])

    def begin():
        return dial(target.url, HELLO + b"".join(target.frame(next(waits), n) for n in range(1, 10)))

    hold(target.url, 240, seconds, begin, lambda s: random.random() > 0.02 and is_open(s))


@attack
def wrong_roles(target, seconds):
    """What one may not do: others' feeds, cases, cursors, whistles; guessed numbers."""
    day = time.strftime("%y%m%d")

    def number():
        return f"{day}-{random.randrange(1, 30):04d}-{random.randrange(10)}"

    def verb():
        return pb.Act(verb=random.choice(pb.Verb.values()), number=number(), target="cg", reason="x", text="x", other=number())

    flood(target, fresh(target, [
        lambda: {"show": pb.Show(number=number(), history=True, personal=True)}, lambda: {"act": verb()},
        lambda: {"submit": whistle(area="420902001001")}, lambda: {"fetch": pb.Fetch(recipient="centre")},
        lambda: {"fetch": pb.Fetch(area="420902")}, lambda: {"ack": pb.Ack(recipient="centre", consumer="x", upto=1)},
        lambda: {"list": pb.List(unit="centre", area="420902001001")}, lambda: {"rates": pb.Rates(by="unit")}]), 16, seconds)


@attack
def ids(target, seconds):
    """Ids of others, one id with many operations, ids of other times, ids that are none."""
    shared = [ulid() for _ in range(20)]

    def id():
        return random.choice([random.choice(shared), ulid(0), ulid(2**48 - 1), bytes(16), b"\xff" * 16, ulid(now_ms() + 10**8)])

    flood(target, fresh(target, [lambda: {"id": id(), "submit": whistle(title=f"第{random.randrange(50)}")},
                                 lambda: {"id": id(), "inner_id": ulid(), "list": pb.List()}]), 16, seconds)


@attack
def clocks(target, seconds):
    """Times and numbers at their ends, in every field that has one."""
    ends = [0, 1, -1, 2**63 - 1, -2**63, now_ms() + 6 * 60000, now_ms() - 6 * 60000, now_ms() - 10**10, 253402300800000]

    def at():
        return random.choice(ends)

    def place():
        return pb.Position(latitude=float(at()), longitude=random.choice([float("nan"), float("inf"), float(at())]))

    flood(target, fresh(target, [
        lambda: {"sent_ms": at(), "submit": whistle()}, lambda: {"sent_ms": at(), "list": pb.List()},
        lambda: {"submit": whistle(reported_ms=at())}, lambda: {"submit": whistle(appointed_ms=at(), kind=pb.KIND_JOINT)},
        lambda: {"preview": pb.Preview(whistle=whistle(reported_ms=at(), appointed_ms=at()).whistle)},
        lambda: {"list": pb.List(due_before_ms=at(), max=2**32 - 1)}, lambda: {"submit": whistle(position=place())},
        lambda: {"fetch": pb.Fetch(after=at() % 2**64, max=2**32 - 1, epoch=at() % 2**32, wait_ms=2**32 - 1)},
        lambda: {"ack": pb.Ack(upto=at() % 2**64)},
        lambda: {"submit": whistle(severity=at() % 2**32, places=at() % 2**32, kind=at() % 2**31)}]), 16, seconds)


@attack
def tokens(target, seconds):
    """Pages that nobody gave: spoilt tokens, random ones, endless ones."""
    speaker, real = target.speaker(OFFICE), []
    with contextlib.suppress(OSError, AssertionError):
        real = [speaker.do(list=pb.List(max=1)).list.next_after]
    real += ["", "A" * 200, "A" * 60000, "=" * 40, "..", "\u202e" * 30]

    def token():
        text = random.choice(real)
        return flip(text.encode()).decode("utf-8", "replace") if text and random.random() < 0.7 else text

    flood(target, fresh(target, [lambda: {"list": pb.List(after=token(), max=1)}, lambda: {"recount": pb.Recount(after=token())},
                                 lambda: {"facts": pb.Facts(of="done", after=token())}]), 16, seconds)


@attack
def amplified(target, seconds):
    """Small questions with large answers, and long ones with none."""
    ops = [{"list": pb.List(max=500)}, {"list": pb.List(search="找不到的字", max=500)}, {"rates": pb.Rates(by="unit")},
           {"rates": pb.Rates(by="category", compare=True)}, {"facts": pb.Facts(of="done", max=500)}, {"recount": pb.Recount()},
           {"points": pb.Points()}, {"digest": pb.Digest(max=100)}, {"catalog": pb.Catalog(units=True, reasons=True)},
           {"fetch": pb.Fetch(max=1000)}, {"preview": pb.Preview(whistle=whistle().whistle)}]
    flood(target, fresh(target, [lambda op=op: op for op in ops]), 32, seconds)


@attack
def slow_readers(target, seconds):
    """Long sealed answers, taken a few bytes at a time."""
    asks = fresh(target, [lambda: {"list": pb.List(max=500)}])

    def begin():
        return dial(target.url, HELLO + b"".join(target.frame(next(asks), n) for n in range(1, 20)), room=2048)

    def sip(s):
        try:
            return s.recv(16) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    hold(target.url, 200, seconds, begin, sip)


@attack
def whistles(target, seconds):
    """An office that submits as fast as it can over many connections."""
    flood(target, fresh(target, [lambda: {"submit": whistle(area=OFFICE, personal=pb.Personal(text="字" * 3000))}]), 64, seconds)


@attack
def acks(target, seconds):
    """Cursors: many consumers of many recipients, forward and back."""
    flood(target, fresh(target, [lambda: {"ack": pb.Ack(consumer=f"c{random.randrange(20)}",
                                                        upto=random.choice([1, 2, 3, 2**63]))}]), 32, seconds)


@attack
def subscribers(target, seconds):
    """Subscribers that never read, while notices are made as fast as one can."""
    held = [dial(target.notices, sp.handshake(sp.SUB), room=2048) for _ in range(240)]
    whistles(target, seconds)
    del held


@attack
def subscriptions(target, seconds):
    """Subscribers that speak: subscriptions as other protocols send them, and the other role's handshake."""
    for n in during(seconds):
        with once(target.notices, sp.handshake(sp.SUB) if n % 2 else HELLO) as s:
            s.sendall(target.frame(b"\1" + b"420902" * 100) * 20)


def main():
    name, url, notices, keyring, seconds = sys.argv[1:]
    target = Target(url, notices, keys_of(keyring))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    os.nice(5)
    print("begun", flush=True)
    ATTACKS[name](target, float(seconds))


if __name__ == "__main__":
    main()
