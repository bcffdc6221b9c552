"""What a power cut may leave of a store: disks built from a record of all that a daemon did to its files.

tools/disk_recorder.c writes the record. A cut at some entry leaves everything that a finished sync covers, and of the
rest any part: each write by sectors of 512 bytes, each name by itself. The rules are POSIX's, not those of one file
system: a file's sync covers its bytes, not its name; a directory's sync covers the names in it; a rename is whole or not
there; a write with O_DSYNC is sure by itself alone.

    record = Record(path)
    for point, disk in record.disks([100, 200]):
        image = disk.image(Everything())           # a Choice says what of the rest is there
        image.write(directory, boot=os.urandom(16))
"""
import os
import pathlib
import random
import re
import struct

START, CREATE, TRUNCATE, WRITE, ALLOCATE, SYNC_BEGIN, SYNC_END, RENAME, UNLINK, MKDIR, ANSWER = range(1, 12)
FLAG_DSYNC, FLAG_ZEROS = 1, 2
HEAD = struct.Struct("<BBHHHQqQ")
SECTOR = 512
MAPPED = ("lock.mdb", "inhand")  # written through a mapping, which no record sees: anything may stand there


class Entry:
    __slots__ = ("op", "flags", "inode", "offset", "length", "path", "second", "bytes", "index")

    def __repr__(self):
        return f"#{self.index} op {self.op} {self.path} {self.second} inode {self.inode} {self.offset}+{self.length}"


def snapshot(store):
    """What a store's directory holds before a record begins: path, inode, bytes (None: a directory)."""
    return [(str(p), p.stat().st_ino, None if p.is_dir() else p.read_bytes())
            for p in [pathlib.Path(store), *pathlib.Path(store).rglob("*")]]


class Record:
    def __init__(self, path, before=()):
        """`before` is the snapshot of a store that was there already; all of it is sure."""
        self.before = before
        self.entries = list(self._read(memoryview(pathlib.Path(path).read_bytes())))
        self.root = self.entries[0].path
        self.parent = os.path.dirname(self.root)

    def _read(self, data):
        at = index = 0
        while at < len(data):
            e, e.index = Entry(), index
            e.op, e.flags, first, second, _, e.inode, e.offset, e.length = HEAD.unpack_from(data, at)
            at += HEAD.size
            e.path, e.second = bytes(data[at:at + first]).decode(), bytes(data[at + first:at + first + second]).decode()
            at += first + second
            has_bytes = e.op in (WRITE, ANSWER) and not e.flags & FLAG_ZEROS
            e.bytes = data[at:at + e.length] if has_bytes else None
            at += e.length if has_bytes else 0
            index += 1
            yield e

    def when_answered(self, ids):
        """{request id: index of the entry that sent its answer}, of those that were answered."""
        answered, open_ids = {}, set(ids)
        for e in self.entries:
            if e.op == ANSWER:
                sent = bytes(e.bytes)
                found = [id for id in open_ids if id in sent]
                answered.update((id, e.index) for id in found)
                open_ids.difference_update(found)
        return answered

    def indexes(self, *ops, path=""):
        return [e.index for e in self.entries if e.op in ops and path in e.path + e.second]

    def disks(self, points, forget=lambda path: False):
        """(point, the disk before that entry) in order. A sync of a file whose path `forget` takes is not done."""
        disk, todo = Disk(self, forget), sorted(points)
        for e in self.entries:
            while todo and todo[0] <= e.index:
                yield todo.pop(0), disk
            if not todo:
                return  # whoever asks for the next one still has the last
            disk.take(e)
        while todo:
            yield todo.pop(0), disk


# ---- files -------------------------------------------------------------------------------------------------------


class File:
    def __init__(self, name, content=b""):
        self.name = name       # its latest path
        self.sure = bytearray(content)
        self.rest = []         # entries that no sync covers; those with O_DSYNC are sure all the same

    def sync(self, before):
        covered = [e for e in self.rest if e.index < before]
        for e in covered:
            apply(self.sure, e, None)
        self.rest = self.rest[len(covered):]


def reach(content, size):
    if len(content) < size:
        content.extend(bytes(size - len(content)))


def apply(content, e, sectors):
    """Does to bytes what the entry says, with `sectors` only in those of them: a function of a number of sectors, which
    gives a truth for each."""
    if e.op == TRUNCATE:
        del content[e.offset:]
        reach(content, e.offset)
    elif e.op == ALLOCATE:
        reach(content, e.offset + e.length)
    else:
        data = bytes(e.length) if e.bytes is None else e.bytes
        for begin, end in [(0, e.length)] if sectors is None else pieces(e, sectors):
            reach(content, e.offset + end)
            content[e.offset + begin:e.offset + end] = data[begin:end]


def pieces(e, sectors):
    first = e.offset // SECTOR
    for i, there in enumerate(sectors(-(-(e.offset + e.length) // SECTOR) - first)):
        if there:
            begin = (first + i) * SECTOR - e.offset
            yield max(begin, 0), min(begin + SECTOR, e.length)


class Naming:
    """A name that came or went: `removed` no longer is, `path` is `what` (a File, or None for a directory)."""

    def __init__(self, index, path=None, what=None, removed=None):
        self.index, self.path, self.what, self.removed = index, path, what, removed
        self.directory = os.path.dirname(path or removed)

    def do(self, names):
        if self.removed:
            names.pop(self.removed, None)
        if self.path:
            names[self.path] = self.what


class Disk:
    """The files, as far as the record was taken."""

    def __init__(self, record, forget):
        self.record, self.forget = record, forget
        self.sure, self.names, self.rest = {}, {}, []  # names: what is sure, what is, and what makes the difference
        self.inodes = {}  # of files that are, and the paths of directories
        self.begun = {}
        for path, inode, content in record.before:
            file = None if content is None else File(path, content)
            self.names[path] = self.sure[path] = file
            self.inodes[inode] = file or path

    def take(self, e):
        if e.op == START:
            self.inodes[e.inode] = self.record.parent
            self.begun = {}
        elif e.op in (CREATE, MKDIR):
            self.inodes[e.inode] = e.path if e.op == MKDIR else File(e.path)
            self._name(Naming(e.index, e.path, None if e.op == MKDIR else self.inodes[e.inode]))
        elif e.op in (WRITE, TRUNCATE, ALLOCATE):
            self.inodes[e.inode].rest.append(e)
        elif e.op == RENAME:
            self.names[e.path].name = e.second
            self._name(Naming(e.index, e.second, self.names[e.path], e.path))
        elif e.op == UNLINK:
            self._name(Naming(e.index, removed=e.path))
        elif e.op == SYNC_BEGIN:
            self.begun[e.offset] = e.index
        elif e.op == SYNC_END:
            self._sync(self.inodes[e.inode], self.begun.pop(e.offset))

    def _name(self, naming):
        naming.do(self.names)
        self.rest.append(naming)

    def _sync(self, what, before):
        if isinstance(what, File):
            if not self.forget(what.name):
                what.sync(before)
            return
        for naming in [n for n in self.rest if n.directory == what and n.index < before]:
            naming.do(self.sure)
            self.rest.remove(naming)
            # a rename from another directory is whole: the name that it took away is gone as well
            self.rest = [n for n in self.rest if n.path != naming.removed or n.index > naming.index]

    def writes(self):
        """What no sync covers of the files that have a name: [(File, entry)], in the order of the record."""
        files = {id(f): f for f in [*self.names.values(), *self.sure.values()] if f}.values()
        return sorted(((f, e) for f in files for e in f.rest), key=lambda pair: pair[1].index)

    def image(self, choice):
        """The bytes of each file, None for a directory, by path below the store's parent."""
        choice.begin(self)
        names = dict(self.sure)
        for naming in self.rest:
            if choice.naming(naming):
                naming.do(names)
        known = {self.record.parent} | {path for path, what in names.items() if what is None}
        image = Image(self.record, choice)
        for path, what in sorted(names.items()):
            if self._is_reached(path, known):
                image.files[path[len(self.record.parent) + 1:]] = None if what is None else self._content(what, choice)
        return image

    def _is_reached(self, path, known):
        above = os.path.dirname(path)
        return above in known and (above == self.record.parent or self._is_reached(above, known))

    @staticmethod
    def _content(file, choice):
        content = bytearray(file.sure)
        for e in file.rest:
            there = bool(e.flags & FLAG_DSYNC) or choice.write(file, e)
            if callable(there) and e.op != WRITE:
                there = there(1)[0]
            if there:
                apply(content, e, there if callable(there) else None)
        return content


class Image:
    def __init__(self, record, choice):
        self.record, self.choice, self.files = record, choice, {}

    def write(self, directory, boot=None):
        """Into a directory that takes the place of the store's parent; the store's own, which may not be there. With a
        boot id the files tell of that boot and no other."""
        for path, content in self.files.items():
            target = pathlib.Path(directory, path)
            if content is None:
                target.mkdir()
                continue
            if target.name in MAPPED and self.choice.spoils_maps:
                content = self.choice.random.randbytes(len(content))
            if boot and target.name.startswith("mark"):
                content = re.sub(rb"^[0-9a-f]{32}", boot.hex().encode(), bytes(content))
            write_sparse(target, content)
        return pathlib.Path(directory, os.path.basename(self.record.root))


def write_sparse(path, content):
    step = 1 << 16
    with open(path, "wb") as file:
        for at in range(0, len(content), step):
            piece = content[at:at + step]
            if piece.count(0) != len(piece):
                file.seek(at)
                file.write(piece)
        file.truncate(len(content))


# ---- what of the rest is there ------------------------------------------------------------------------------------


class Choice:
    """Of what no sync covers: `naming` says whether a name's change is there, `write` whether a write is: False, True,
    or a function that says it sector by sector."""

    spoils_maps = False

    def __init__(self, random=random):
        self.random = random

    def __repr__(self):
        return type(self).__name__

    def begin(self, disk):
        pass

    def naming(self, naming):
        return False

    def write(self, file, entry):
        return False


class Nothing(Choice):
    spoils_maps = True


class Everything(Choice):
    def naming(self, naming):
        return True

    def write(self, file, entry):
        return True


class NamesAlone(Nothing):
    def naming(self, naming):
        return True


class BytesAlone(Choice):
    def write(self, file, entry):
        return True


def is_state(file):
    return file.name.endswith(".mdb")


class OneAlone(Choice):
    """One write, or one name; rather of the journal than of the state, whose rest is long."""

    alone = True

    def begin(self, disk):
        rest = [e for f, e in disk.writes() if not is_state(f)] + disk.rest
        rest = rest or [e for _, e in disk.writes()]
        self.one = self.random.choice(rest).index if rest else None

    def naming(self, naming):
        return (naming.index == self.one) == self.alone

    def write(self, file, entry):
        return (entry.index == self.one) == self.alone


class AllButOne(OneAlone):
    alone = False


class UpToHere(Choice):
    """As a disk that writes in order: everything up to some entry, nothing after it."""

    def begin(self, disk):
        indexes = [e.index for _, e in disk.writes()] + [n.index for n in disk.rest]
        self.last = self.random.choice(indexes) if indexes else 0

    def naming(self, naming):
        return naming.index <= self.last

    def write(self, file, entry):
        return entry.index <= self.last


class Some(Choice):
    """Writes as wholes."""

    def begin(self, disk):
        self.share = self.random.choice([0.1, 0.5, 0.9])

    def naming(self, naming):
        return self.random.random() < 0.5

    def write(self, file, entry):
        return self.random.random() < self.share


class Torn(Some):
    """Any sectors of them."""

    def begin(self, disk):
        super().begin(disk)
        self.spoils_maps = self.random.random() < 0.5

    def write(self, file, entry):
        return self._bits

    def _bits(self, count):
        some = self.random.getrandbits(count)
        if self.share < 0.5:
            some &= self.random.getrandbits(count) & self.random.getrandbits(count)
        elif self.share > 0.5:
            some |= self.random.getrandbits(count) | self.random.getrandbits(count)
        return [some >> i & 1 for i in range(count)]


CORNERS = [Nothing, Everything, NamesAlone, BytesAlone, OneAlone, AllButOne, UpToHere]
CHOICES = CORNERS + [Some, Torn, Torn, Torn]
