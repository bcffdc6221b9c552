"""The journal of a store, read from its bytes as daemon/store/{segment,record}.h lay them out.

Written apart from the C code that writes it, so that both agree by the layout alone. Each record's checksum and place
in the chain is proven before anything of it is believed.
"""
import array
import hashlib
import importlib
import pathlib
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

SEGMENT_MAGIC, SEGMENT_HEADER = b"WHISTLED", 128
RECORD_MAGIC, RECORD_HEADER = 0x57684A52, 88  # "WhJR"
MARK_LIVE, MARK_ERASED = b"LIVE", b"GONE"
SEGMENT = struct.Struct(">8sHHI16sQQQ32s")  # up to 88
RECORD = struct.Struct(">IHHIIQQQII32sII")


PERSONAL_PLACE = 8  # of an event's `personal`: it was told something of the place
PLACE = ("position", "on_behalf_of", "meeting_point", "attachments", "attributes")


class Damage(Exception):
    """The bytes are not what a journal holds there."""


# ---- messages ----------------------------------------------------------------------------------------------------


def load_messages():
    """(whistle_pb2, journal_pb2), made from proto/ by protoc, so that no made file lies in the tree."""
    if "journal_pb2" not in sys.modules:
        with tempfile.TemporaryDirectory() as made:
            subprocess.run(["protoc", f"-I{ROOT / 'proto'}", f"--python_out={made}", "whistle.proto", "journal.proto"],
                           check=True)
            sys.path.insert(0, made)
            importlib.import_module("journal_pb2")
            sys.path.remove(made)
    return sys.modules["whistle_pb2"], sys.modules["journal_pb2"]


def _copy(source, target, name):
    """A field, unless it is empty."""
    value = getattr(source, name)
    if hasattr(value, "extend"):
        getattr(target, name).extend(value)
    elif isinstance(value, str):
        setattr(target, name, value)
    elif source.HasField(name):
        getattr(target, name).CopyFrom(value)


# ---- CRC-32C -----------------------------------------------------------------------------------------------------


def _shifted(value, bits):
    """What `bits` zero bits make of a value of the reflected register."""
    for _ in range(bits):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value


def _table(bits):
    """What `bits` zero bits make of each 16-bit number: the sum of what they make of its bits."""
    single = [_shifted(1 << i, bits) for i in range(16)]
    table = [0] * 65536
    for value in range(1, 65536):
        low = value & -value
        table[value] = table[value ^ low] ^ single[low.bit_length() - 1]
    return table


# Four bytes a step: their first half still has 32 bits to go, their second half 16.
_FAR, _NEAR = _table(32), _table(16)


def crc32c(crc, data):
    """Goes on from `crc` (0 at first) over bytes whose number divides by four, as all in a journal do."""
    words = array.array("I", bytes(data))
    assert words.itemsize == 4 and len(data) % 4 == 0
    if sys.byteorder == "big":
        words.byteswap()
    far, near = _FAR, _NEAR
    crc ^= 0xFFFFFFFF
    for word in words:
        crc ^= word
        crc = far[crc & 0xFFFF] ^ near[crc >> 16]
    return crc ^ 0xFFFFFFFF


# ---- segments and records ----------------------------------------------------------------------------------------


def blake(*parts):
    return hashlib.blake2b(b"".join(parts), digest_size=32).digest()


def padded(count):
    return (count + 7) // 8 * 8


def segments(store):
    """The files in order; what is in the archive and not before the first that is not is none of them."""
    here, away = (sorted((pathlib.Path(store) / folder).glob("*.seg")) for folder in ("journal", "archive"))
    return [path for path in away if here and path.name < here[0].name] + here


class Segment:
    """One file: its header, proven."""

    def __init__(self, path):
        self.path = path
        self.data = path.read_bytes()
        if len(self.data) < SEGMENT_HEADER:
            raise Damage(f"{path.name}: no header")
        magic, version, _, _, self.id, self.epoch, self.first_seq, size, self.chain = SEGMENT.unpack_from(self.data)
        (crc,) = struct.unpack_from(">I", self.data, SEGMENT_HEADER - 4)
        if magic != SEGMENT_MAGIC or version != 1:
            raise Damage(f"{path.name}: not a segment of version 1")
        if crc != crc32c(0, self.data[:SEGMENT_HEADER - 4]):
            raise Damage(f"{path.name}: the header's checksum does not fit")
        if size != len(self.data) or path.name != f"{self.first_seq:020}.seg":
            raise Damage(f"{path.name}: another size or name than its header says")


class Journal:
    """The records of a store from its first one on.

        for record in Journal(directory): ...

    `torn` names the place of bytes behind the last whole record: what a death in the middle of a write leaves, and the
    daemon cuts at its next start. Such bytes with a record of a later batch behind them are `Damage`.
    """

    def __init__(self, store):
        self.paths = segments(store)
        if not self.paths:
            raise Damage(f"{store}: no segments")
        self.torn = None
        self.bytes = 0
        _, self.messages = load_messages()

    def __iter__(self):
        first = Segment(self.paths[0])
        self.id, self.seed = first.id, crc32c(0, first.id)
        self.seq, self.chain = first.first_seq, first.chain
        if self.seq == 1 and self.chain != blake(self.id):
            raise Damage("the chain does not begin with the journal's id")
        for path in self.paths:
            yield from self._segment(Segment(path), last=path == self.paths[-1])

    def _segment(self, segment, last):
        if (segment.id, segment.first_seq, segment.chain) != (self.id, self.seq, self.chain):
            raise Damage(f"{segment.path.name}: does not follow the segment before it")
        at = SEGMENT_HEADER
        while at + RECORD_HEADER <= len(segment.data) and any(segment.data[at:at + RECORD_HEADER]):
            try:
                record, length = self._record(segment, at)
            except Damage as fault:
                if not last or self._later_batch(segment, at):
                    raise
                self.torn = str(fault)
                return
            yield record
            at += length
        self.bytes += at

    def _record(self, segment, at):
        """The record at an offset, checked against its sum and the chain, and its length."""
        place, data = f"{segment.path.name} at {at}", segment.data
        (magic, version, _, length, count, epoch, seq, batch, public, private, chain, _,
         crc) = RECORD.unpack_from(data, at)
        body = at + RECORD_HEADER
        end = body + padded(public)
        if magic != RECORD_MAGIC or version != 1:
            raise Damage(f"{place}: no record of version 1")
        if length != RECORD_HEADER + padded(public) + 8 + padded(private) or at + length > len(data):
            raise Damage(f"{place}: lengths that do not fit")
        if crc != self._sum(data, at, data[body:end]):
            raise Damage(f"{place}: the checksum does not fit")
        live = self._check_private(place, data[end:at + length])
        if seq != self.seq or count < 1 or batch > seq or epoch != segment.epoch:
            raise Damage(f"{place}: seq {seq} where {self.seq} should stand")
        self.chain = blake(self.chain, data[body:body + public])
        if chain != self.chain:
            raise Damage(f"{place}: the chain is broken")
        self.seq += count
        record = self._decoded(place, data[body:body + public], seq, count)
        if live and private:
            self._put_back(record, data[end + 8:end + 8 + private])
        return record, length

    def _later_batch(self, segment, at):
        """Does a whole record of a later batch stand behind an offset? What stands there was synced before it."""
        while (at := segment.data.find(RECORD_MAGIC.to_bytes(4, "big"), at + 1)) >= 0:
            if len(segment.data) - at < RECORD_HEADER:
                return False
            _, _, _, length, _, _, _, batch, public, _, _, _, crc = RECORD.unpack_from(segment.data, at)
            body = segment.data[at + RECORD_HEADER:at + RECORD_HEADER + padded(public)]
            if length <= len(segment.data) - at and batch > self.seq and crc == self._sum(segment.data, at, body):
                return True
        return False

    def _sum(self, data, at, body):
        return crc32c(crc32c(self.seed, data[at:at + RECORD_HEADER - 4]), body)

    def _check_private(self, place, part):
        """Whether the private part is there; then it fits its own sum."""
        if part[:4] == MARK_LIVE:
            if struct.unpack_from(">I", part, 4)[0] != crc32c(self.seed, part[8:]):
                raise Damage(f"{place}: the private part's checksum does not fit")
        elif part[:4] != MARK_ERASED or any(part[4:]):
            raise Damage(f"{place}: a private part neither live nor erased")
        return part[:4] == MARK_LIVE

    def _put_back(self, record, private):
        """What tells of the place stands in the private part; an event says so if some of it is its own."""
        for event in record.events:
            if event.personal & PERSONAL_PLACE:
                place, filed = self.messages.Private.FromString(private).place, event.HasField("whistle")
                for name in PLACE if filed else ("position", "attachments"):
                    _copy(place, event.whistle if filed else event, name)

    def _decoded(self, place, public, seq, count):
        record = self.messages.Record.FromString(public)
        if [event.seq for event in record.events] != list(range(seq, seq + count)):
            raise Damage(f"{place}: events of other numbers than its header says")
        return record
