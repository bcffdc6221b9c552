#!/usr/bin/python3
"""A department's subscriber: fetches its unit's feed, accepts each summons, acknowledges.

    protoc -I../../proto --python_out=. whistle.proto
    WHISTLE_KEY_FILE=FILE python3 subscriber.py tcp://127.0.0.1:7420 PRINCIPAL UNIT "PERSON" [--once]

Without WHISTLE_KEY_FILE it speaks plain, which is believed on the daemon's own machine, and needs nothing but the
standard library and protobuf: SP is spoken over a plain socket (proto/README.md). An event may come twice (after a
lost Ack), so what is done with it must bear that: here the daemon refuses a second accept.
"""
import os
import socket
import struct
import sys
import time

from google.protobuf.message import DecodeError

import whistle_pb2 as pb

address, principal, unit, person = sys.argv[1:5]
once = "--once" in sys.argv
keys = None
if os.environ.get("WHISTLE_KEY_FILE"):
    import seal
    keys = seal.Keys(os.environ["WHISTLE_KEY_FILE"], principal)


def connect():
    if address.startswith("ipc://"):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(40)
        s.connect(address[6:])
    else:
        host, port = address[6:].rsplit(":", 1)
        s = socket.create_connection((host, int(port)), timeout=40)
    s.sendall(b"\0SP\0\0\x30\0\0")  # I am a REQ
    if receive(s, 8) != b"\0SP\0\0\x31\0\0":
        raise ConnectionError("no REP there")
    return s


def receive(s, length):
    data = bytearray()
    while len(data) < length:
        piece = s.recv(length - len(data))
        if not piece:
            raise ConnectionError("closed")
        data += piece
    return bytes(data)


def exchange(s, payload):
    """One frame there, one frame back; the first 4 bytes of a payload are the SP request id, its top bit set."""
    mark = b"\1" if address.startswith("ipc://") else b""
    s.sendall(mark + struct.pack(">QI", len(payload) + 4, 0x80000001) + payload)
    receive(s, len(mark))
    (length,) = struct.unpack(">Q", receive(s, 8))
    if not 4 <= length <= 1 << 20:
        raise ConnectionError(f"a frame of {length} bytes")
    return receive(s, length)[4:]


def plain(asked):
    return pb.Envelope(version=1, principal=principal, id=asked.id, plain=asked.SerializeToString())


def request(**op):
    """Sends an operation until it is answered, always under the same id: the daemon does it once."""
    id = int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10)  # a ULID
    sent_after = 0
    while True:
        asked = pb.Request(id=id, sent_ms=max(int(time.time() * 1000), sent_after + 1), agent=pb.Agent(name=person), **op)
        envelope = keys.seal(asked) if keys else plain(asked)
        try:
            with connect() as s:
                answer = pb.Envelope.FromString(exchange(s, envelope.SerializeToString()))
            reply = keys.open(answer, id) if keys else pb.Reply.FromString(answer.plain)
            if reply.code not in ("busy", "draining", "storage_full", "replayed"):
                return reply
            if reply.code == "replayed" and reply.arguments:  # the daemon has begun lately: what is older may be a copy
                sent_after = int(reply.arguments[0])
        except (OSError, DecodeError) as error:
            print(f"{address}: {error}; trying again", file=sys.stderr)
        time.sleep(1)


def work(item):
    """A summons that waits for us is accepted; everything else is only told."""
    event = item.happening.event
    print(item.seq, event.number, pb.EventKind.Name(event.kind)[11:].lower(), flush=True)
    waiting = [s for s in item.case.summons if s.unit == unit and s.state == pb.SUMMONS_STATE_CALLED]
    if waiting and event.kind == pb.EVENT_KIND_DISPATCHED:
        reply = request(act=pb.Act(verb=pb.VERB_ACCEPT, number=event.number, unit=unit, person=person))
        print("  accept:", reply.code, reply.text, flush=True)


epoch = after = 0  # 0: go on behind what was acknowledged last
while True:
    reply = request(fetch=pb.Fetch(recipient=unit, consumer="subscriber.py", epoch=epoch, after=after, max=50,
                                   wait_ms=0 if once else 20000))
    if reply.code == "epoch_changed":  # the store was restored
        epoch = after = 0
        continue
    if reply.code != "ok":
        sys.exit(f"{reply.code}: {reply.text}")
    for item in reply.feed.items:
        work(item)
    epoch, after = reply.feed.epoch, reply.feed.next_after
    if reply.feed.items:
        request(ack=pb.Ack(recipient=unit, consumer="subscriber.py", epoch=epoch, upto=after))
    elif once:
        break
