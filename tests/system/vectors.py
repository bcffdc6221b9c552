"""The byte-exact exchanges of proto/vectors, made by python3-protobuf, which shares no code with the daemon.

    /usr/bin/python3 tests/system/vectors.py     writes them anew; the answers are the daemon's, to be read by eye

They belong to the rulebook tests/rulebooks/vectors and to a city clock that stands (almost) still at
2026-02-13T08:00+08:00, so that each answer is the same to the byte.
"""
import pathlib
import struct
import sys
import tempfile

import daemon
import sealing
import sp
import speaker
from speaker import pb

FOLDER = daemon.ROOT / "proto" / "vectors"
RULES = daemon.ROOT / "tests" / "rulebooks" / "vectors"
CLOCK = "2026-02-13T08:00+08:00,x0.000001"
SENT_MS = 1770940800000            # 2026-02-13T08:00+08:00
ID = SENT_MS.to_bytes(6, "big") + bytes(range(1, 11))
SP_ID = 0x80000001
KEY = sealing.Key("jia", "desk-1", bytes(range(32)))
SALT = bytes(range(100, 124))


def request(**op):
    return pb.Request(id=ID, sent_ms=SENT_MS, agent=pb.Agent(name="周敏", staff_no="0042"), **op)


def envelope(message, principal="jia"):
    return pb.Envelope(version=1, principal=principal, id=ID, plain=message.SerializeToString(deterministic=True))


def payload(message):
    """SP id and body: what a REQ frame holds."""
    return struct.pack(">I", SP_ID) + message.SerializeToString(deterministic=True)


def frame(message, ipc):
    body = payload(message)
    return (b"\1" if ipc else b"") + struct.pack(">Q", len(body)) + body


SUBMIT = request(submit=pb.Submit(whistle=pb.Whistle(
    kind=pb.KIND_ISSUE, category="0102", area="11", title="单元门口暴露垃圾", source="12345", source_no="W20260213001",
    personal=pb.Personal(name="张三", phone="13800008000"))))
AGAIN = request(submit=pb.Submit(whistle=pb.Whistle(kind=pb.KIND_ISSUE, category="9999", area="11", title="没有的类")))


def questions():
    """name: bytes that a client sends."""
    return {
        "handshake-req": sp.handshake(sp.REQ),
        "handshake-sub": sp.handshake(sp.SUB),
        "submit-request": SUBMIT.SerializeToString(deterministic=True),
        "submit-envelope": envelope(SUBMIT).SerializeToString(deterministic=True),
        "submit-frame-tcp": frame(envelope(SUBMIT), ipc=False),
        "submit-frame-ipc": frame(envelope(SUBMIT), ipc=True),
        "sealed-submit-key": sealing.message_key(KEY.secret, SALT),
        "sealed-submit-label": sealing.label(sealing.REQUEST, "jia", "desk-1", ID),
        "sealed-submit-envelope": KEY.seal(SUBMIT, SALT).SerializeToString(deterministic=True),
        "wrong-category-frame-ipc": frame(envelope(AGAIN), ipc=True),
        "stranger-frame-ipc": frame(envelope(SUBMIT, principal="nobody"), ipc=True),
    }


def fresh(data):
    """The bytes with an id and a time of now, as long as before: what a client sends today. And the new id."""
    id, now = speaker.ulid(), speaker.now_ms()
    old_time, new_time = (pb.Request(sent_ms=ms).SerializeToString() for ms in (SENT_MS, now))
    assert len(old_time) == len(new_time)
    return data.replace(ID, id).replace(old_time, new_time), id


class Wire:
    """A connection on which bytes go as they are."""

    def __init__(self, url, hello):
        self.socket = sp.open_socket(url)
        self.socket.sendall(hello)
        self.hello = self.read(8)

    def read(self, length):
        data = b""
        while len(data) < length:
            piece = self.socket.recv(length - len(data))
            assert piece, "closed"
            data += piece
        return data

    def exchange(self, data):
        """Sends an ipc frame, made fresh; the frame that is answered, with the vector's id in it again."""
        sent, id = fresh(data)
        self.socket.sendall(sent)
        return self.again(id), (sent, id)

    def again(self, id):
        head = self.read(9)
        return (head + self.read(struct.unpack(">Q", head[1:])[0])).replace(id, ID)

    def close(self):
        self.socket.close()


def sealed_answer(url):
    """What the daemon answers to the sealed whistle, with the vector's id and salt instead of today's."""
    office = speaker.Speaker(url, "jia", key=KEY)
    reply = office.ask(submit=SUBMIT.submit)
    office.close()
    reply.id = ID
    sealed = sealing.cipher(KEY.secret, SALT).encrypt(bytes(12), reply.SerializeToString(deterministic=True),
                                                      sealing.label(sealing.REPLY, "jia", "desk-1", ID))
    return pb.Envelope(version=1, suite=1, id=ID, salt=SALT, sealed=sealed).SerializeToString(deterministic=True)


def answers(directory):
    """name: bytes that the daemon answers, in the order of a fresh store."""
    asked = questions()
    keyring = sealing.write(directory / "keyring", KEY.line())
    with daemon.running(directory, rules=RULES, clock=CLOCK, keyring=keyring) as d:
        daemon.until(lambda: "rulebook in force" in d.log())  # else the whistle's event may come before that one
        wire, notices = Wire(d.url, asked["handshake-req"]), Wire(d.notices_url, asked["handshake-sub"])
        found = {"handshake-rep": wire.hello, "handshake-pub": notices.hello}
        found["submit-answer-frame-ipc"], (sent, id) = wire.exchange(asked["submit-frame-ipc"])
        wire.socket.sendall(sent)
        found["submit-answer-again"] = wire.again(id)
        found["wrong-category-answer-frame-ipc"], _ = wire.exchange(asked["wrong-category-frame-ipc"])
        found["stranger-answer-frame-ipc"], _ = wire.exchange(asked["stranger-frame-ipc"])
        found["sealed-submit-answer-envelope"] = sealed_answer(d.url)
        wire.close()
        notices.close()
    assert found.pop("submit-answer-again") == found["submit-answer-frame-ipc"]
    found["submit-reply"] = pb.Envelope.FromString(found["submit-answer-frame-ipc"][13:]).plain
    return found


def write(name, data):
    lines = [data[i:i + 32].hex(" ") for i in range(0, len(data), 32)]
    (FOLDER / f"{name}.hex").write_text("\n".join(lines) + "\n")


def read(name):
    return bytes.fromhex((FOLDER / f"{name}.hex").read_text())


def main():
    with tempfile.TemporaryDirectory() as directory:
        for name, data in (questions() | answers(pathlib.Path(directory))).items():
            write(name, data)
            print(f"{name:36} {len(data):5} bytes")
    print(pb.Reply.FromString(read("submit-reply")), file=sys.stderr)


if __name__ == "__main__":
    main()
