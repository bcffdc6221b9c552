"""One flipped bit anywhere in a store: in the state it costs a rebuild at most, in the journal it is named.

The real daemon is started on each damaged store, and started again where it ends, as a service manager would do.
WHISTLED_FLIPS says how many bits are flipped in each page of the state, and in each part of the journal (2, or 1 with a
sanitizer);
WHISTLED_SEED which.
"""
import collections
import os
import random
import re
import resource
import shutil
import subprocess

import pytest

import daemon

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

FLIPS = int(os.environ.get("WHISTLED_FLIPS", "1" if daemon.is_sanitized() else "2"))
SEED = int(os.environ.get("WHISTLED_SEED", "7"))
OFFICES = ["420902001001", "420902001002", "420902002001", "420902002003"]
PAGE = 4096
STARTS = 6  # a crash or two, and one end for damage that was found


class Mortal(daemon.Daemon):
    """It may end by itself, also with a sanitizer's report, which is no fault here."""

    def ended(self):
        """Whether it ended by itself."""
        if self.process.poll() is None:
            return False
        self.process = None
        return True

    def comes_up(self):
        """Starts it; whether it became ready."""
        self.start(wait=False)
        daemon.until(lambda: self.process.poll() is not None or "<6>ready " in self.log())
        return not self.ended()

    def tell(self, *words):
        """The answer in JSON; None where the daemon ended over it."""
        try:
            return self.json(*words)
        except (OSError, AssertionError, ValueError):
            daemon.until(self.ended)
            return None

    def finish(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Store:
    """A store that was written and closed, and what it promised."""

    def __init__(self, directory):
        self.kept = directory / "kept"
        self.d = Mortal(directory / "run")
        self.d.start()
        self.promised = self.write()
        self.d.stop()
        # as sparse as it can be, so that a copy costs nothing
        subprocess.run(["cp", "-a", "--sparse=always", self.d.data, self.kept], check=True)

    def write(self):
        d, numbers = self.d, []
        for i in range(12):
            numbers.append(d.submit(OFFICES[i % 4], "0102", None, f"第 {i} 件", "--name", "王芳", "--phone",
                                    "13800000000"))
        for i in range(0, 12, 2):
            d.act("cg", "accept", numbers[i])
        for i in range(0, 12, 4):
            d.act("cg", "resolve", numbers[i])
        d.whistle("operator", "erase", numbers[3], "--reason", "本人要求", "--yes")
        for number in numbers[:2]:
            assert d.json("show", number)["code"] == "ok"
        return {number: self.shown(number) for number in numbers}

    def shown(self, number):
        told = self.d.json("show", number)
        return told["case"]["state"], len(told["history"])

    def renew(self):
        shutil.rmtree(self.d.data)
        subprocess.run(["cp", "-a", "--sparse=always", self.kept, self.d.data], check=True)

    def file(self, name):
        return self.d.data / name

    def flip(self, path, offset, bit):
        with open(path, "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 1 << bit]))

    def wrong(self):
        """The first number whose case is not what was promised; None where it ended over it, "" where all are right."""
        for number, promised in self.promised.items():
            told = self.d.tell("show", number)
            if told is None or told["code"] != "ok" or (told["case"]["state"], len(told["history"])) != promised:
                return told and number
        return ""

    def serves(self):
        """"good": the check is clean, and all that was answered is there. Else it ended: "found" says so, "died" does not.

        A bit of a key hides its record from whoever asks for it, which only the check can know.
        """
        wrong = self.wrong()
        report = wrong is not None and self.d.tell("check")
        if not report or report["code"] == "corrupt":
            assert not report or report["damaged"] == "state", report
            return self.gone(report)
        assert report["code"] == "ok" and wrong == "", (wrong, report)
        return "good"

    def gone(self, told):
        """It ends by itself, where it has not."""
        if self.d.process is not None:
            daemon.until(self.d.ended)
        return "found" if told or "<2>the state is damaged" in self.d.log() else "died"

    def takes_a_whistle(self):
        """Whether it was answered; its client keeps it otherwise."""
        done = self.d.whistle(OFFICES[0], "submit", "--category", "0102", "--area", OFFICES[0], "--title", "又一件", "--yes",
                              check=False, WHISTLE_TIMEOUT="5")
        assert done.returncode or done.stdout.split()[0] not in self.promised, "a number was given twice"
        return done.returncode == 0

    def lives(self):
        """Starts it until all is good; what it went through."""
        went = []
        for _ in range(STARTS):
            went.append(self.serves() if self.d.comes_up() else "died")
            if went[-1] == "good" and not self.takes_a_whistle():
                went[-1] = self.gone(None)  # a list of free pages may hold one that is in use: it is written over
            if went[-1] == "good":
                self.d.process.terminate()
                daemon.until(self.d.ended)
                return tuple(went)
        raise AssertionError(f"it does not come round: {went}\n{self.d.log()}")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    store = Store(tmp_path_factory.mktemp("damage"))
    yield store
    store.d.finish()
    shutil.rmtree(store.d.directory)
    shutil.rmtree(store.kept)


@pytest.fixture(autouse=True)
def over(store):
    yield
    store.d.finish()


# ---- the state ----


def bits_of_the_state(path, chance):
    """Some of each page, at least one of them in its header, where LMDB keeps what it follows."""
    size = path.stat().st_size
    assert size % PAGE == 0 and size >= 20 * PAGE
    for page in range(size // PAGE):
        for i in range(FLIPS):
            yield page * PAGE + chance.randrange(PAGE if i else 48), chance.randrange(8)


def test_a_bit_of_the_state(store):
    chance, fates, flips = random.Random(SEED), collections.Counter(), 0
    for offset, bit in list(bits_of_the_state(store.kept / "state" / "data.mdb", chance)):
        store.renew()
        store.flip(store.file("state/data.mdb"), offset, bit)
        try:
            fates[store.lives()] += 1
        except AssertionError as error:
            raise AssertionError(f"byte {offset} bit {bit}: {error}") from error
        flips += 1
    print(f"\n{flips} flips of the state: {dict(fates)}")
    assert flips >= 60 * FLIPS and fates[("good",)] > 0
    assert any("found" in fate for fate in fates) and any("died" in fate for fate in fates), fates


def test_a_state_that_is_cut_or_strange(store):
    """Halves of it, nothing of it, a text: each is built anew."""
    size = (store.kept / "state" / "data.mdb").stat().st_size
    for length in [0, 1, 100, PAGE, 2 * PAGE, size // 2, size - PAGE]:
        store.renew()
        os.truncate(store.file("state/data.mdb"), length)
        assert store.lives()[-1] == "good", length
    store.renew()
    store.file("state/data.mdb").write_bytes(b"this is no state\n" * 1000)
    assert store.lives() == ("good",) and "way=rebuilt" in store.d.log()


def test_a_bit_of_the_lock_table_of_the_state(store):
    """LMDB makes it anew when nobody else has the state open."""
    size = (store.kept / "state" / "lock.mdb").stat().st_size
    chance = random.Random(SEED)
    for _ in range(4 * FLIPS):
        store.renew()
        store.flip(store.file("state/lock.mdb"), chance.randrange(size), chance.randrange(8))
        assert store.lives() == ("good",)


# ---- the journal ----


def parts_of(segment):
    """(name, from, to) of what a segment is made of, read from its bytes; zeros behind come last."""
    data, at = segment.read_bytes(), 128
    yield "segment header", 0, 128
    while data[at:at + 4] == b"WhJR":
        length, public, private = (int.from_bytes(data[at + i:at + i + 4], "big") for i in (8, 40, 44))
        end = at + 88 + -(-public // 8) * 8
        yield "record header", at, at + 88
        yield "public part", at + 88, end
        live = data[end:end + 4] == b"LIVE"
        yield "private part" if live else "erased part", end, at + length
        at += length
    yield "zeros", at, len(data)


def bits_of_the_journal(segment, chance):
    """So many of each kind of part."""
    by_name = collections.defaultdict(list)
    for name, start, end in parts_of(segment):
        by_name[name].append((start, end))
    for name, spans in by_name.items():
        for _ in range(4 * FLIPS):
            yield name, chance.randrange(*chance.choice(spans)), chance.randrange(8)


def named(text, segment, offset):
    """Whether the error names the file and a range that has the byte in it."""
    found = re.search(r"corrupt: journal/(\d+\.seg): bytes (\d+) to (\d+)\b", text)
    return bool(found) and found[1] == segment.name and int(found[2]) <= offset <= int(found[3])


def verify(store):
    return subprocess.run([str(daemon.BUILD / "whistled"), "verify", "--journal", str(store.d.data)], capture_output=True,
                          text=True, timeout=daemon.SECONDS)


def test_a_bit_of_the_journal(store):
    [kept] = (store.kept / "journal").glob("*.seg")
    chance, fates = random.Random(SEED), collections.Counter()
    for name, offset, bit in list(bits_of_the_journal(kept, chance)):
        store.renew()
        segment = store.file("journal") / kept.name
        store.flip(segment, offset, bit)
        told = verify(store)
        where = f"{name}, byte {offset} bit {bit}"
        if name == "erased part":  # nothing is there that could be lost
            assert told.returncode == 0 and "half erased 1 " in told.stdout or named(told.stderr, segment, offset), where
        else:
            assert told.returncode == 1 and named(told.stderr, segment, offset), (where, told)
        if name in ("zeros", "erased part") and (name == "zeros" or told.returncode == 0):
            assert store.lives() == ("good",), where
            assert name == "erased part" or not re.search(r"cut_bytes=0\b", store.d.log()), where
            fates[name, "started"] += 1
            continue
        store.d.start(wait=False)
        assert store.d.process.wait(daemon.SECONDS) == 1, where
        assert named(store.d.log(), segment, offset), (where, store.d.log())
        store.d.process = None
        fates[name, "refused"] += 1
    print(f"\n{sum(fates.values())} flips of the journal: {dict(fates)}")
    assert {name for name, _ in fates} == {"segment header", "record header", "public part", "private part", "erased part",
                                           "zeros"}
    assert fates["private part", "refused"] and fates["zeros", "started"]


def test_a_torn_tail_is_no_damage(store):
    """The last record lacks its end, and nobody remembers that it was answered: it is cut, and the rest goes on."""
    [kept] = (store.kept / "journal").glob("*.seg")
    at = [start for name, start, _ in parts_of(kept) if name == "record header"][-1]
    store.renew()
    shutil.rmtree(store.file("state"))  # as a power cut may leave it: the mark is of another boot
    store.file("mark").write_text("0" * 32 + " open\n")
    store.flip(store.file("journal") / kept.name, at + 40, 3)
    told = verify(store)
    assert told.returncode == 0 and "are a torn tail, which the next start cuts" in told.stdout, told
    assert store.d.comes_up() and not re.search(r"cut_bytes=0\b", store.d.log())
    assert store.d.tell("check")["code"] == "ok"


def test_a_record_that_the_state_remembers_is_no_torn_tail(store):
    [kept] = (store.kept / "journal").glob("*.seg")
    at = [start for name, start, _ in parts_of(kept) if name == "record header"][-1]
    store.renew()
    store.flip(store.file("journal") / kept.name, at + 40, 3)
    assert not store.d.comes_up()
    assert named(store.d.log(), store.file("journal") / kept.name, at + 40)
