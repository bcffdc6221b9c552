"""The power fails at any moment: what was answered is there afterwards, once, and the store is written on.

A daemon in a hurry (tests/tools/hasty.c) works under load with everything it does to its disk on record, is stopped,
killed in the worst places and started again, and so does one that is not; power.py builds the disks that a cut may
leave. Most are opened by tests/tools/reopen.c, as the daemon's start does it; some by the daemon itself.

WHISTLED_IMAGES says how many disks are built (64, or 24 with a sanitizer), WHISTLED_SEED of what.
"""
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import threading

import pytest

import daemon
import power
from recorded import HASTY, TESTS, Recorded
from speaker import Speaker, pb, ulid

REOPEN = TESTS / "reopen"

pytestmark = pytest.mark.skipif(not HASTY.exists(), reason="hasty is not built")

IMAGES = int(os.environ.get("WHISTLED_IMAGES", "24" if daemon.is_sanitized() else "64"))
SEED = int(os.environ.get("WHISTLED_SEED", "0")) or random.randrange(1, 1 << 32)
SECRET = re.compile(rb"secret-[0-9a-f]{32}")
OFFICES = ["420902001001", "420902001002", "420902002001", "420902002003"]
ROOM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


# ---- a daemon on record, and who works with it -------------------------------------------------------------------


class Noting(Speaker):
    """Keeps the bytes of the last reply."""

    def receive(self):
        sp_id, reply, answer = super().receive()
        self.last = pb.Envelope.FromString(answer).plain
        return sp_id, reply, answer


class Office(threading.Thread):
    """Whistles without pause, has each accepted, and now and then what is personal of one erased; what it was answered."""

    def __init__(self, url, office, halt):
        super().__init__()
        self.url, self.office, self.halt = url, office, halt
        self.answers = {}   # request id: principal, bytes of the reply
        self.requests = {}  # request id: principal, operation
        self.numbers = []   # of cases of which all is there
        self.error = None

    def run(self):
        try:
            self.mine, self.unit, self.operator = (Noting(self.url, who) for who in (self.office, "cg", "operator"))
            while not self.halt.wait(0.002):
                self.step()
        except Exception as error:  # noqa: BLE001 - told by the test
            self.error = error

    def ask(self, who, **op):
        id = ulid()
        self.requests[id] = who.principal, op
        reply = who.insist(id, **op)
        assert reply.code == "ok", reply
        self.answers[id] = who.principal, who.last
        return reply.receipt

    def step(self):
        secret = f"secret-{os.urandom(16).hex()}"
        text = secret + os.urandom(os.urandom(1)[0] * 4).hex()  # a record of one sector, or of five
        number = self.ask(self.mine, submit=self.mine.whistle(personal=pb.Personal(name="周敏", text=text))).number
        self.ask(self.unit, act=pb.Act(verb=pb.VERB_ACCEPT, number=number, text=secret))
        self.numbers.append(number)
        if len(self.numbers) > 3 and random.random() < 0.3:
            number = self.numbers.pop(random.randrange(len(self.numbers)))
            self.ask(self.operator, act=pb.Act(verb=pb.VERB_ERASE, number=number, reason="X01"))


class Life:
    """What is on record of a daemon's life, and what its clients were answered."""

    def __init__(self, directory, program=HASTY):
        self.d = Recorded(directory, program, arguments=["--limit", "archive_days=1"])
        self.answers, self.requests = {}, {}
        self.kept = {}  # answers from before the record began

    def work(self, until, die=""):
        """Starts the daemon, and four offices that work until `until()` or its death."""
        halt = threading.Event()
        offices = [Office(self.d.url, office, halt) for office in OFFICES]
        try:
            self.d.start(die)
            for office in offices:
                office.start()
            if die:
                self.d.died()
                self.d.start()
            daemon.until(lambda: any(o.error for o in offices) or until())
        except BaseException:
            if self.d.process:
                self.d.kill()
            raise
        finally:
            halt.set()
        for office in offices:
            office.join(60)
            assert office.error is None, office.error
            self.answers |= office.answers
            self.requests |= office.requests

    def read(self, before=()):
        self.record = power.Record(self.d.log_path, before)
        self.answered = self.record.when_answered(self.answers)
        assert len(self.answered) == len(self.answers), "an answer that the record does not know"
        self.secrets = {self.number_of(id): SECRET.match(op["submit"].whistle.personal.text.encode()).group(0)
                        for id, (_, op) in self.requests.items() if "submit" in op}
        return self

    def go_on_from(self, life, point):
        """What was answered in another life before the record began."""
        self.kept = {id: answer for id, *answer in life.promised(point)}
        self.requests = {id: life.requests[id] for id in self.kept}

    def promised(self, point):
        """What was answered before an entry of the record: request id, principal, bytes of the reply."""
        before = self.kept | {id: self.answers[id] for id, index in self.answered.items() if index < point}
        return [(id, *answer) for id, answer in before.items()]

    def number_of(self, id):
        return pb.Reply.FromString((self.answers.get(id) or self.kept[id])[1]).receipt.number

    def erased(self, point):
        """The cases whose erasure was answered before an entry of the record."""
        return {self.number_of(id) for id, _, _ in self.promised(point)
                if "act" in self.requests[id][1] and self.requests[id][1]["act"].verb == pb.VERB_ERASE}

    def left(self, data, numbers):
        """Of which of these cases something personal stands in a store's journal or archive, anywhere in its bytes."""
        found = set()
        for path in [*(data / "journal").iterdir(), *(data / "archive").iterdir()]:
            found.update(SECRET.findall(path.read_bytes()))
        return {number for number in numbers if self.secrets[number] in found}

    def more(self, events):
        """A function that becomes true with so many more events."""
        seen = []

        def reached():
            seen.append(self.d.json("status")["store"]["head_seq"])
            return seen[-1] >= seen[0] + events
        return reached


def a_life(directory):
    """Stopped in order; dead between a write to the journal, of a batch or an erasure, and its sync; dead between a segment's
    name and its sync. What may leave goes to the archive all the time.
    """
    life = Life(directory)
    d = life.d

    def some(events):
        """So many more events, and two more checkpoints."""
        seen, more = set(), life.more(events)
        return lambda: seen.add(d.json("status")["store"]["checkpoint_seq"]) or more() and len(seen) > 2

    life.work(some(300))
    d.stop()
    life.work(some(200), die="write:journal/0:60")
    d.stop()
    life.work(some(200), die="rename:journal/0:1")
    d.stop()
    assert list((d.data / "archive").glob("*.seg")), "nothing went to the archive meanwhile"
    return life.read()


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    directory = tmp_path_factory.mktemp("life")
    yield a_life(directory)
    shutil.rmtree(directory, ignore_errors=True)


def a_life_as_it_is(directory):
    """The daemon without haste: one segment of 64 MiB, no checkpoint, and a death between a write and its sync."""
    life = Life(directory, daemon.BUILD / "whistled")
    life.work(life.more(200), die="write:journal/0:50")
    life.d.stop()
    return life.read()


# ---- disks, opened again -----------------------------------------------------------------------------------------


class Reopener:
    """reopen, one disk being built while another is opened."""

    def __init__(self, life, quiet):
        self.life, self.room = life, pathlib.Path(tempfile.mkdtemp(prefix="whistled-power-", dir=ROOM))
        self.process = subprocess.Popen([REOPEN, daemon.CITY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        stderr=subprocess.DEVNULL if quiet else None)
        self.waiting, self.count, self.results = None, 0, []

    def give(self, point, image, boot):
        self.count += 1
        directory = self.room / str(self.count)
        directory.mkdir()
        data = image.write(directory, boot)
        data.mkdir(exist_ok=True)
        promised = self.life.promised(point)
        with open(f"{data}.promised", "w") as file:
            file.writelines(f"{id.hex()} {principal} {reply.hex()}\n" for id, principal, reply in promised)
        self.take()
        self.process.stdin.write(f"{data}\n")
        self.process.stdin.flush()
        self.waiting = directory, point, image.choice, len(promised)

    def take(self):
        if not self.waiting:
            return
        directory, point, choice, promised = self.waiting
        result = json.loads(self.process.stdout.readline()) | {"point": point, "choice": repr(choice)}
        if "fault" not in result and result["requests"] != promised:
            result["fault"] = f"{result['requests']} promises were held, of {promised}"
        elif "fault" not in result:
            self.check_erased(directory / "data", point, result)
        self.results.append(result)
        self.waiting = None
        shutil.rmtree(directory)

    def check_erased(self, data, point, result):
        """What is erased is gone, whether its answer had left or the start had to finish it."""
        answered, erased = self.life.erased(point), set(result["erased"])
        result["unheard"] = len(erased - answered)
        if not answered <= erased:
            result["fault"] = f"lost: the erasure of {answered - erased}"
        elif left := self.life.left(data, erased):
            result["fault"] = f"erased and still there: {left}"

    def finish(self):
        self.take()
        self.process.communicate()
        shutil.rmtree(self.room)
        return self.results


def points(record, count, chance):
    """Half of them where something was just promised, or what a cut may leave has just changed; half anywhere."""
    marks = [record.indexes(power.ANSWER), record.indexes(power.SYNC_BEGIN), record.indexes(power.SYNC_END),
             record.indexes(power.RENAME, power.UNLINK, power.CREATE, power.MKDIR, power.START)]
    some = [chance.choice(marks[i % len(marks)]) + 1 for i in range(count // 2)]
    return some + [chance.randrange(len(record.entries) + 1) for _ in range(count - len(some))]


def reopened(life, at, chance, choices=power.CHOICES, boot=True, forget=lambda path: False, until_fault=False):
    """Builds a disk for each point, and what became of it. One that hangs is enough: it takes a minute."""
    reopener = Reopener(life, quiet=not boot)  # what then dies of its state has much to say
    for i, (point, disk) in enumerate(life.record.disks(at, forget)):
        choice = choices[i % len(choices)](chance)
        reopener.give(point, disk.image(choice), os.urandom(16) if boot else None)
        found = faults(reopener.results)
        if found and (until_fault or found[-1]["fault"].startswith("it hangs")):
            break
    return reopener.finish()


def faults(results):
    return [r for r in results if "fault" in r]


def told(results):
    ways = {}
    for r in results:
        ways[r.get("way", "fault")] = ways.get(r.get("way", "fault"), 0) + 1
    torn, unheard = sum(1 for r in results if r.get("cut")), sum(r.get("unheard", 0) for r in results)
    return f"seed {SEED}: {len(results)} disks, {ways}, {torn} with a torn tail, {unheard} erasures that nobody was told of"


def test_the_record_is_the_whole_of_what_was_done(life):
    """Done again from the record alone, the store is the same to the byte."""
    (_, disk), = life.record.disks([len(life.record.entries)])
    image = disk.image(power.Everything())
    data = life.d.data
    real = {str(p.relative_to(data.parent)) for p in data.rglob("*")} | {"data"}
    assert real == set(image.files)
    for name, content in image.files.items():
        path = data.parent / name
        assert path.is_dir() if content is None else path.name in power.MAPPED or path.read_bytes() == content, name


def test_what_was_answered_is_there_after_a_power_cut(life):
    chance, early = random.Random(SEED), life.record.indexes(power.ANSWER)[5:6]  # before any checkpoint
    results = reopened(life, points(life.record, IMAGES - 1, chance) + early, chance)
    print(told(results))
    assert not faults(results), (SEED, faults(results)[:5])
    assert {"checkpoint", "rebuilt"} <= {r["way"] for r in results}


def test_what_was_erased_is_gone_after_a_power_cut(life):
    """The power fails between the first word of an erasure and its answer, or just behind that: the start finishes it."""
    chance = random.Random(SEED)
    marks = [e.index for e in life.record.entries if e.op == power.WRITE and e.bytes == b"GONE"]
    results = reopened(life, [chance.choice(marks) + chance.randrange(8) for _ in range(max(IMAGES // 4, 16))], chance)
    print(told(results))
    assert not faults(results), (SEED, faults(results)[:5])
    assert any(r["unheard"] for r in results), "none was cut off"


def test_what_was_erased_before_an_orderly_stop_is_gone(life):
    """The start after it makes nothing good."""
    at = [*life.record.indexes(power.START)[1:], len(life.record.entries)]
    results = reopened(life, at, random.Random(SEED), [power.Nothing])
    assert not faults(results), (SEED, faults(results)[:5])
    assert [r["way"] for r in results].count("clean") == 3


def test_what_the_daemon_itself_answered_is_there(tmp_path):
    """The same of the daemon without haste."""
    life, chance = a_life_as_it_is(tmp_path), random.Random(SEED)
    results = reopened(life, points(life.record, IMAGES // 8, chance), chance)
    print(told(results))
    assert not faults(results), (SEED, faults(results)[:5])


@pytest.mark.parametrize("which", range(max(1, IMAGES // 80)))
def test_the_power_fails_again_while_the_daemon_comes_back(life, tmp_path, which):
    """A disk that a cut has left is recorded as it is opened, and cut once more."""
    chance = random.Random(SEED + which)
    (point, disk), = life.record.disks([chance.choice(life.record.indexes(power.SYNC_BEGIN)) + 1])
    disk.image(power.Torn(chance)).write(tmp_path, os.urandom(16))
    again = Life(tmp_path)
    again.go_on_from(life, point)
    before = power.snapshot(again.d.data)
    again.work(again.more(50))
    again.d.stop()
    again.read(before)
    start = again.record.indexes(power.ANSWER)[0]
    count = min(IMAGES // 8, 16)  # of each start; a longer run has more starts
    at = [chance.randrange(1, start) for _ in range(count)] + points(again.record, count, chance)
    results = reopened(again, at, chance)
    print(told(results))
    assert not faults(results), (SEED, which, faults(results)[:5])


def first_fault(life, chance, choices, **how):
    """Of disks that must not do, eight at a time."""
    for _ in range(6):
        results = reopened(life, points(life.record, 8, chance), chance, choices, until_fault=True, **how)
        if faults(results):
            return faults(results)[0]["fault"]


def test_without_the_journals_sync_it_is_seen(life):
    """The same disks, had the syncs of the journal's records not been done."""
    chance, unsynced = random.Random(SEED), {"forget": lambda path: path.endswith(".seg")}
    assert first_fault(life, chance, [power.Torn, power.Nothing], **unsynced), SEED
    at = life.record.indexes(power.ANSWER)[20:24]  # before any checkpoint, which would know what is missing
    assert all("lost" in r.get("fault", "") for r in reopened(life, at, chance, [power.Nothing], **unsynced))


def test_with_the_state_used_on_it_is_seen(life):
    """The same disks, had the daemon not been told that the machine had stopped."""
    assert first_fault(life, random.Random(SEED), [power.Torn, power.Some], boot=False), SEED


def test_a_disk_that_hangs_whoever_opens_it_is_told(tmp_path):
    """LMDB walked for ever in a state by halves, and the test waited for it. Here it is a file that nobody writes to."""
    data = tmp_path / "data"
    data.mkdir()
    os.mkfifo(f"{data}.promised")
    done = subprocess.run([REOPEN, daemon.CITY, "2"], input=f"{data}\n{tmp_path}/none\n", capture_output=True, text=True,
                          timeout=daemon.SECONDS)
    hangs, other = map(json.loads, done.stdout.splitlines())
    assert hangs["fault"] == "it hangs: it came to no end in 2 s" and other["fault"].startswith("opened: io: ")


# ---- what was found so -------------------------------------------------------------------------------------------


class StateTorn(power.Some):
    """The journal as it was, the state by halves."""

    def naming(self, naming):
        return "mark" not in (naming.path or "")

    def write(self, file, entry):
        return power.is_state(file) and super().write(file, entry)


def first_commits(life):
    """Behind the first commit of the state of each start after an orderly stop: the entry of LMDB's meta page, from the
    map's size on."""
    for start in life.record.indexes(power.START)[1::2]:
        yield next(e.index for e in life.record.entries[start:] if e.op == power.WRITE and e.length == 120) + 1


def test_a_state_that_is_written_is_no_longer_clean(life):
    """A start after an orderly stop wrote to the state while its mark still said "clean": a power cut then left a state
    by halves that was used on, and the daemon failed an assertion at each start."""
    at = [commit + i % 3 for commit in first_commits(life) for i in range(IMAGES // 4)]
    results = reopened(life, at, random.Random(SEED), [StateTorn])
    assert results and not faults(results), (SEED, faults(results)[:5])


def test_a_segment_whose_name_a_dead_process_had_not_synced(life):
    """It died behind the name and before the directory's sync; the next process wrote on in the segment and never synced
    the name: after a power cut all of its whistles were lost."""
    born = life.record.indexes(power.START)[-1]
    at = [i for i in life.record.indexes(power.ANSWER) if i > born][:8]
    results = reopened(life, at, random.Random(SEED), [power.Nothing])
    assert not faults(results), faults(results)[:5]


def test_a_state_that_was_closed_in_order_has_a_sure_name(life):
    """Its bytes were synced, its name was not: the state that it had taken the place of might have come back, as clean."""
    (result,) = reopened(life, [len(life.record.entries)], random.Random(SEED), [power.Nothing])
    assert result.get("way") == "clean", result


# ---- by the daemon itself ----------------------------------------------------------------------------------------


def check_by_the_daemon(life, d, point):
    """Each request again: what was answered before the cut is answered the same, what was on its way is answered now;
    no number is given for two of them, nor for what comes after."""
    promised, speakers, numbers = {id for id, _, _ in life.promised(point)}, {}, {}
    for id, (principal, op) in life.requests.items():
        speaker = speakers.setdefault(principal, Noting(d.url, principal))
        if id in promised:
            assert speaker.insist(id, **op).code == "ok" and speaker.last == life.answers[id][1]
        elif "submit" in op:
            assert speaker.insist(id, **op).code == "ok"
        else:
            continue  # of a case that may have another number now
        receipt = pb.Reply.FromString(speaker.last).receipt
        if "submit" in op:
            assert numbers.setdefault(receipt.number, id) == id, "a number was given twice"
            assert {s.unit for s in speaker.show(receipt.number).case.summons} >= {c.unit for c in receipt.called}
    for _ in range(20):
        number = speakers[OFFICES[0]].submit().number
        assert numbers.setdefault(number, None) is None, "a number was given twice"
    for speaker in speakers.values():
        speaker.close()


@pytest.mark.parametrize("which", range(max(4, IMAGES // 40)))
def test_the_daemon_itself_goes_on_after_a_power_cut(life, tmp_path, which):
    chance = random.Random(SEED + which)
    choice = power.CHOICES[-1 - which % len(power.CHOICES)](chance)
    (point, disk), = life.record.disks(points(life.record, 2, chance)[:1])
    disk.image(choice).write(tmp_path, os.urandom(16))
    with daemon.running(tmp_path) as d:
        assert any(f"store opened way={way} " in d.log() for way in ("checkpoint", "rebuilt", "clean", "created")), d.log()
        check_by_the_daemon(life, d, point)
        d.stop()
        done = subprocess.run([daemon.BUILD / "whistled", "verify", d.data], capture_output=True, text=True)
        assert done.returncode == 0, (SEED, which, done.stderr)
        assert not life.left(d.data, life.erased(point)), (SEED, which)
