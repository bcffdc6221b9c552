"""Mutations of valid exchanges against a running daemon: bits, lengths, fields, wire types, frames.

    /usr/bin/python3 tests/fuzz/mutate.py --url ipc:///run/whistled/whistle.ipc --count 20000 --seed 7

The same seed sends the same bytes, but for the times and ids in them. The daemon must answer each request or close
the connection, and must go on answering a plain question; whoever calls looks at its sanitizers.
"""
import argparse
import pathlib
import random
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import sp  # noqa: E402
from speaker import Speaker, now_ms, pb, ulid  # noqa: E402

INTEGERS = [0, 1, 127, 128, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1]
TEXTS = [b"", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"%s%n", b"{0}{9}", "字".encode() * 4000, b"a/b/c", b"\x1b[2J",
         b"420902", b"cg/A", b"leader/", b"../../etc", b"@420902", b"A" * 300]


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


class Mutator:
    def __init__(self, seed, principals, numbers):
        self.chance = random.Random(seed)
        self.principals, self.numbers = principals, numbers

    # ---- valid requests ----

    def number(self):
        return self.chance.choice(self.numbers)

    def operations(self):
        c = self.chance
        whistle = pb.Whistle(kind=c.randint(0, 6), category=c.choice(["0102", "0302", "01", "9999"]),
                             area=c.choice(["420902001001", "420902002", "420902"]), title="垃圾" * c.randint(0, 30),
                             severity=c.randint(0, 5), source="12345", source_no=str(c.randint(0, 50)),
                             position=pb.Position(latitude=c.uniform(-100, 100), longitude=c.uniform(-200, 200),
                                                  datum=c.randint(0, 5)),
                             personal=pb.Personal(name="张三", phone="139", address="书院街1号", text="煤气味"),
                             appointed_ms=c.choice([0, now_ms() + 3600000] + INTEGERS[:8]),
                             reported_ms=c.choice([0, now_ms()] + INTEGERS[:8]),
                             attributes=[pb.Attribute(name="n", value="v")] * c.randint(0, 3),
                             attachments=[pb.Attachment(sha256=bytes(32), bytes=5, uri="x")] * c.randint(0, 2))
        act = pb.Act(verb=c.randint(0, len(pb.Verb.keys())), number=self.number(), unit=c.choice(["", "cg", "zd1"]),
                     target=c.choice(["", "cg", "xf", "cg/A"]), reason=c.choice(["", "D01", "C01", "S01", "H01"]),
                     text="说明", person="王工", phone="139", head_count=c.choice([0, 3, 2**32 - 1]),
                     eta_ms=c.choice([0, now_ms() + 60000] + INTEGERS[:8]),
                     arrived_ms=c.choice([0, now_ms()] + INTEGERS[:8]), due_ms=c.choice([0] + INTEGERS[:8]),
                     role=c.randint(0, 3), verdict=c.randint(0, 3), seq=c.choice(INTEGERS), tries=c.randint(0, 9))
        fetch = pb.Fetch(recipient=c.choice(["", "cg", "cg/A"]), consumer=c.choice(["", "a"]), epoch=c.choice([0, 1, 2]),
                         after=c.choice(INTEGERS), max=c.choice([0, 1, 2**32 - 1]), wait_ms=c.choice([0, 0, 50]),
                         area=c.choice(["", "", "420902", "420902001"]), personal=c.random() < .5)
        ask = pb.List(unit=c.choice(["", "cg"]), area=c.choice(["", "420902001"]), states=[c.randint(0, 15)],
                      open_only=c.random() < .5, mine=c.random() < .5, overdue=c.random() < .3,
                      due_before_ms=c.choice([0] + INTEGERS[:8]), after=c.choice(["", "00", "ff" * 20, "zz"]),
                      max=c.choice([0, 1, 2**32 - 1]), category=c.choice(["", "01"]))
        return {"submit": pb.Submit(whistle=whistle), "act": act, "preview": pb.Preview(whistle=whistle),
                "show": pb.Show(number=self.number(), history=True, personal=c.random() < .5), "list": ask,
                "catalog": pb.Catalog(category="01", search="市", units=True, reasons=True), "fetch": fetch,
                "ack": pb.Ack(recipient="cg", consumer=c.choice(["", "a"]), upto=c.choice([0, 1, 2, 2**64 - 1]))}

    # ---- mutations of bytes ----

    def flip(self, data):
        at = self.chance.randrange(len(data) or 1)
        return data[:at] + bytes([self.chance.randrange(256)]) + data[at + 1:]

    def cut(self, data):
        return data[:self.chance.randrange(len(data) + 1)]

    def double(self, data):
        a, b = sorted(self.chance.randrange(len(data) + 1) for _ in range(2))
        return data[:b] + data[a:b] * self.chance.randint(1, 40) + data[b:]

    def insert_field(self, data):
        number, wire = self.chance.choice([1, 2, 3, 7, 10, 11, 30, 999, 2**29 - 1, 0]), self.chance.randrange(8)
        body = {0: varint(self.chance.choice(INTEGERS)), 1: bytes(8), 5: b"\xff" * 4}.get(wire)
        if body is None:
            text = self.chance.choice(TEXTS)
            body = varint(self.chance.choice([len(text), len(text) + 1, 2**32, 2**63])) + text
        at = self.chance.choice([0, len(data), self.chance.randrange(len(data) + 1)])
        return data[:at] + varint(number << 3 | wire) + body + data[at:]

    def many_parts(self, data):
        return data + self.chance.choice([b"\x1a\x00", b"\x52\x02\x0a\x00", b"\x08\x01"]) * self.chance.choice([10, 5000])

    def mutate(self, data):
        for _ in range(self.chance.randint(1, 3)):
            how = self.chance.choice([self.flip, self.flip, self.cut, self.double, self.insert_field, self.many_parts])
            data = how(data)[:65000]
        return data

    def replace_text(self, message):
        """One text field, anywhere in the message, becomes a nasty one that protobuf itself would let pass."""
        fields = [f for f in message.DESCRIPTOR.fields if f.type == f.TYPE_STRING and f.label != f.LABEL_REPEATED]
        if fields:
            text = self.chance.choice(TEXTS).decode("utf-8", "ignore")
            setattr(message, self.chance.choice(fields).name, text)
        return message

    def payload(self):
        """The bytes of an envelope: valid, or with a mutation at one of its levels."""
        operations = self.operations()
        name = self.chance.choice(sorted(operations))
        operation, level = operations[name], self.chance.randrange(6)
        if level == 0:
            operation = self.replace_text(operation)
        id = ulid()
        request = pb.Request(id=id, sent_ms=self.chance.choice([now_ms()] * 20 + [0] + INTEGERS[5:8]),
                             agent=pb.Agent(name="周敏"), **{name: operation}).SerializeToString()
        if level in (1, 2):
            request = self.mutate(request)
        envelope = pb.Envelope(version=1, principal=self.chance.choice(self.principals), id=id,
                               plain=request).SerializeToString()
        return self.mutate(envelope) if level == 3 else envelope

    def frame(self, payload):
        """The bytes of a whole ipc frame; now and then one whose head is not true."""
        if self.chance.random() > .01:
            return b"\1" + struct.pack(">Q", len(payload) + 4) + struct.pack(">I", 1 << 31 | 5) + payload
        length = self.chance.choice([0, 3, 4, 65536, 2**32, 2**63, 2**64 - 1])
        return self.chance.choice([b"\1", b"\0"]) + struct.pack(">Q", length) + payload[:100]


def run(url, count, seed, principals=("420902001001", "cg", "centre", "zd1", "nobody", "")):
    """Sends `count` requests; how many were answered, by code."""
    speaker = Speaker(url, "420902001001")
    numbers = [speaker.submit().number for _ in range(3)] + ["", "20260213000011", "x" * 40]
    mutator, answers, connection = Mutator(seed, principals, numbers), {}, None
    for i in range(count):
        frame = mutator.frame(mutator.payload())
        try:
            connection = connection or sp.connect(url, timeout=30)
            connection.socket.sendall(frame)
            if len(frame) < 13 or struct.unpack(">Q", frame[1:9])[0] != len(frame) - 9 or frame[0] != 1:
                connection.close()
                connection = None
                continue
            reply = pb.Reply.FromString(pb.Envelope.FromString(connection.receive()[1]).plain)
            answers[reply.code] = answers.get(reply.code, 0) + 1
            if reply.code == "ok" and reply.HasField("receipt") and reply.receipt.number and len(numbers) < 200:
                numbers.append(reply.receipt.number)
        except (sp.Closed, BrokenPipeError, ConnectionResetError):
            answers["closed"] = answers.get("closed", 0) + 1
            connection = None
        if i % 500 == 499:
            assert speaker.ask(list=pb.List()).code == "ok"
    assert speaker.ask(list=pb.List()).code == "ok"
    speaker.close()
    return answers


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for code, times in sorted(run(options.url, options.count, options.seed).items(), key=lambda kv: -kv[1]):
        print(f"{times:8} {code}")
