"""Backup and restore, export and import, `journal cat`: of the real daemon, while offices whistle."""
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import threading

import pytest

import daemon
from speaker import Speaker, pb

sys.path.insert(0, str(daemon.ROOT / "tests" / "oracle"))
import journal as oracle  # noqa: E402 - the journal's bytes, read a second time

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

OFFICES = ["420902001001", "420902001002", "420902002001", "420902002003"]
WHO, PHONE, WHERE, TEXT = "钱多多", "13912345678", "水岸路七号三单元", "楼道里堆满了旧家具"


def whistled(*words, stdin=None):
    return subprocess.run([str(daemon.BUILD / "whistled"), *map(str, words)], capture_output=True, input=stdin,
                          timeout=120)


def good(*words, stdin=None):
    done = whistled(*words, stdin=stdin)
    assert done.returncode == 0, (words, done.stdout[-400:], done.stderr[-400:])
    return done.stdout


def refused(*words, stdin=None):
    """What it says."""
    done = whistled(*words, stdin=stdin)
    assert done.returncode == 1, (words, done.stdout[-400:], done.stderr[-400:])
    return done.stderr.decode()


def over(directory, data):
    """A daemon over a store that is there already."""
    d = daemon.Daemon(directory)
    d.data = pathlib.Path(data)
    return d


def restored(tmp_path, name, backup, *words):
    """A daemon on what was restored, in a directory of its own."""
    d = daemon.Daemon(tmp_path / name)
    good("restore", "--from", backup, "--data", d.data, *words)
    return d


class Office(threading.Thread):
    """Whistles without pause, and notes each number that it was given."""

    def __init__(self, url, office, stop):
        super().__init__()
        self.speaker, self.halt, self.numbers, self.error = Speaker(url, office), stop, [], None

    def run(self):
        try:
            while not self.halt.is_set():
                reply = self.speaker.insist(submit=self.speaker.whistle())
                assert reply.code == "ok", reply
                self.numbers.append(reply.receipt.number)
        except Exception as error:  # noqa: BLE001 - told by the test
            self.error = error
        finally:
            self.speaker.close()


def whistle_some(d, count=5):
    office = Speaker(d.url, OFFICES[0])
    receipts = [office.submit() for _ in range(count)]
    office.close()
    return receipts


def shown(d, numbers):
    desk = Speaker(d.url, "centre")
    for number in numbers:
        assert desk.show(number).case.number == number
    desk.close()


def test_a_backup_under_load_brings_back_all_that_was_answered(tmp_path):
    d = daemon.Daemon(tmp_path / "first").start()
    stop = threading.Event()
    offices = [Office(d.url, office, stop) for office in OFFICES]
    for office in offices:
        office.start()
    backups = []
    for round in range(3):
        total = sum(len(o.numbers) for o in offices)
        daemon.until(lambda: sum(len(o.numbers) for o in offices) >= total + 100)
        answered = [number for office in offices for number in list(office.numbers)]
        told = d.json("backup", tmp_path / f"backup{round}")
        assert told["code"] == "ok" and told["seq"] >= 2 * len(answered), told
        backups.append((tmp_path / f"backup{round}", answered, told))
    total = sum(len(o.numbers) for o in offices)
    daemon.until(lambda: sum(len(o.numbers) for o in offices) >= total + 100)  # these will be lost
    stop.set()
    for office in offices:
        office.join(60)
        assert office.error is None, office.error
    d.kill()
    given = {number for office in offices for number in office.numbers}
    assert len(given) == sum(len(o.numbers) for o in offices)
    for round, (backup, answered, told) in enumerate(backups + backups[:1]):  # the first one twice
        new = restored(tmp_path, f"back{round}", backup)
        new.start()
        shown(new, answered)
        epoch = new.json("status")["store"]["epoch"]
        assert epoch > told["epoch"]
        for receipt in whistle_some(new):
            assert receipt.epoch == epoch
            assert receipt.number not in given, "a number was given twice"
            given.add(receipt.number)
        stranger = Speaker(new.url, OFFICES[0])
        reply = stranger.ask(fetch=pb.Fetch(consumer="x", epoch=told["epoch"], after=1))
        assert reply.code == "epoch_changed" and reply.arguments[0].startswith(f"{epoch}/"), reply
        assert stranger.feed(epoch=epoch).epoch == epoch and stranger.feed().epoch == epoch
        stranger.close()
        new.restart()  # its epoch has begun: it does not begin again
        assert new.json("status")["store"]["epoch"] == epoch
        assert "a new epoch has begun" not in new.log()
        new.stop()
        good("verify", new.data)


def test_what_was_restored_and_is_built_anew_gives_no_number_twice(tmp_path):
    d = daemon.Daemon(tmp_path / "first").start()
    given = {r.number for r in whistle_some(d)}
    d.ask("backup", tmp_path / "backup")
    given |= {r.number for r in whistle_some(d)}
    d.kill()
    new = restored(tmp_path, "second", tmp_path / "backup")
    for _ in range(2):
        new.start()
        numbers = {r.number for r in whistle_some(new)}
        assert not numbers & given
        given |= numbers
        new.stop()
        for derived in ("state", "checkpoint", "mark"):
            shutil.rmtree(new.data / derived, ignore_errors=True)
    (new.data / "mark").unlink()
    new.start()
    assert new.json("status")["store"]["way"] == "rebuilt"
    new.stop()


@pytest.fixture(scope="module")
def backup(tmp_path_factory):
    """A backup of a few whistles; one of them was erased. (directory, data of the stopped store)"""
    home = tmp_path_factory.mktemp("backup")
    with daemon.running(home) as d:
        office = Speaker(d.url, OFFICES[0])
        numbers = []
        for i in range(6):
            whistle = office.whistle(position=pb.Position(latitude=30.9257134567 + i / 3e7, longitude=113.9162299,
                                                          datum=pb.DATUM_WGS84))
            numbers.append(d.submit(OFFICES[0], "0102", OFFICES[0], f"第 {i} 件", "--name", WHO, "--phone", PHONE,
                                    "--address", WHERE, "--text", TEXT))
            office.do(submit=whistle)
        office.close()
        operator = Speaker(d.url, "operator")
        operator.act(pb.VERB_ERASE, numbers[2], reason="R01")
        operator.close()
        told = d.json("backup", home / "backup")
        assert told["code"] == "ok", told
    return home / "backup", home / "data"


def offsets(size):
    return sorted({0, 1, size // 3, size // 2, size - 1})


def test_a_backup_with_any_byte_changed_is_refused_and_named(backup, tmp_path):
    files = sorted(path for path in backup[0].rglob("*") if path.is_file())
    assert {"manifest", "data.mdb"} < {path.name for path in files}
    for path in files:
        name, size = str(path.relative_to(backup[0])), path.stat().st_size
        with path.open("r+b") as file:
            for at in offsets(size):
                file.seek(at)
                was = file.read(1)
                file.seek(at)
                file.write(bytes([was[0] ^ 4]))
                file.flush()
                said = refused("restore", "--from", backup[0], "--data", tmp_path / "data")
                assert said.startswith("whistled: corrupt: ") and name in said, (name, at, said)
                file.seek(at)
                file.write(was)
                file.flush()
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["lock"]
    good("restore", "--from", backup[0], "--data", tmp_path / "data")
    assert "in_use" in refused("restore", "--from", backup[0], "--data", tmp_path / "data")


def test_what_is_no_backup_is_refused(backup, tmp_path):
    assert "not_found" in refused("restore", "--from", backup[1], "--data", tmp_path / "data")  # no manifest
    good("restore", "--no-manifest", "--from", backup[1], "--data", tmp_path / "data")
    d = over(tmp_path / "run", tmp_path / "data").start()
    assert "a new epoch has begun" in d.log() and len(whistle_some(d)) == 5
    d.stop()
    assert "io" in refused("restore", "--from", tmp_path / "nowhere", "--data", tmp_path / "other")
    assert "missing" in refused("restore", "--from", backup[0])


def test_the_command_says_what_is_wrong(tmp_path):
    with daemon.running(tmp_path) as d:
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "file").write_text("")
        assert d.json("backup")["code"] == "missing"
        assert d.json("backup", "here")["code"] == "bad_value"
        assert d.json("backup", tmp_path / "full")["code"] == "in_use"
        assert d.json("backup", tmp_path / "no" / "where")["code"] == "io"
        assert d.ask("backup", tmp_path / "a b").startswith(f"ok {tmp_path}/a b holds everything up to 1/2: 2 files")
        assert sorted(path.name for path in (tmp_path / "a b").iterdir()) == ["journal", "manifest", "state"]
        assert (tmp_path / "full" / "file").exists()


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "none", place], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        with daemon.running(tmp_path) as d:
            whistle_some(d)
            for size in ("128k", "196k"):  # full in the state's copy, and in the journal's
                subprocess.run(["mount", "-o", f"remount,size={size}", place], check=True)
                for directory in (place, place / "new"):
                    assert d.json("backup", directory)["code"] == "storage_full"
                    assert list(place.iterdir()) == []
            subprocess.run(["mount", "-o", "remount,size=2m", place], check=True)
            assert d.json("backup", place)["code"] == "ok"
            whistle_some(d)
            d.stop()
        assert "storage_full" in refused("restore", "--from", place, "--data", place / "data")
        assert not (place / "data" / "journal").exists()
    finally:
        subprocess.run(["umount", place], check=True)


# ---- an older journal under a newer state ----


def test_an_older_journal_under_a_newer_state_is_not_gone_on_with(tmp_path):
    d = daemon.Daemon(tmp_path).start()
    whistle_some(d)
    d.ask("backup", tmp_path / "backup")
    whistle_some(d)
    d.stop()
    shutil.rmtree(d.data / "journal")
    shutil.copytree(tmp_path / "backup" / "journal", d.data / "journal")
    d.start(wait=False)
    assert d.wait() == 1
    assert "corrupt" in d.log() and "was acknowledged" in d.log()


def test_a_journal_that_went_on_elsewhere_gives_no_number_twice(tmp_path):
    d = daemon.Daemon(tmp_path / "first").start()
    whistle_some(d)
    d.ask("backup", tmp_path / "backup")
    given = {r.number for r in whistle_some(d, 3)}
    d.stop()
    elsewhere = over(tmp_path / "second", tmp_path / "backup").start()  # which nobody should do
    given |= {r.number for r in whistle_some(elsewhere, 9)}
    elsewhere.stop()
    shutil.rmtree(d.data / "journal")
    shutil.copytree(tmp_path / "backup" / "journal", d.data / "journal")
    d.start()
    assert "the state was of another journal" in d.log() and "a new epoch has begun" in d.log()
    assert not given & {r.number for r in whistle_some(d)}
    assert d.json("status")["store"]["epoch"] > 1
    d.stop()


# ---- export, import, cat ----


def records(store):
    """The bytes of each record, in order."""
    found = []
    for path in sorted((store / "journal").glob("*.seg")):
        data, at = path.read_bytes(), oracle.SEGMENT_HEADER
        while data[at:at + 4] == oracle.RECORD_MAGIC.to_bytes(4, "big"):
            length = oracle.RECORD.unpack_from(data, at)[3]
            found.append(data[at:at + length])
            at += length
    return found


def test_an_export_comes_back_byte_for_byte(backup, tmp_path):
    lines = good("export", "--data", backup[0])
    told = [json.loads(line) for line in lines.splitlines()]
    assert told[0]["whistled_journal"] == 1 and "end" in told[-1]
    said = good("import-journal", "--data", tmp_path / "data", stdin=lines)
    assert b"everything up to 1/" in said
    assert records(tmp_path / "data") == records(backup[0]) and len(records(backup[0])) == len(told) - 2
    again = good("export", "--data", tmp_path / "data").splitlines()
    assert again[:-1] == lines.splitlines()[:-1]
    assert not any("bytes_hex" in line for record in told for line in record), "a message that JSON does not tell"
    d = over(tmp_path / "run", tmp_path / "data").start()
    assert d.json("status")["store"]["epoch"] > 1
    number = next(e["number"] for r in told[1:-1] for e in r["public"]["events"] if "number" in e)
    shown(d, [number])
    assert not {number} & {r.number for r in whistle_some(d)}
    d.stop()


def test_an_export_says_what_the_journal_says(backup):
    """Each line against the record's bytes, read by Google's own library."""
    _, journal_pb2 = oracle.load_messages()
    told = [json.loads(line) for line in good("export", "--data", backup[0]).splitlines()][1:-1]
    chain = bytes.fromhex(json.loads(good("export", "--data", backup[0]).splitlines()[0])["chain"])
    erased = 0
    for line, record in zip(told, records(backup[0]), strict=True):
        _, _, _, _, count, epoch, seq, batch, public, private, kept, _, _ = oracle.RECORD.unpack_from(record)
        body = record[oracle.RECORD_HEADER:oracle.RECORD_HEADER + public]
        chain = hashlib.blake2b(chain + body, digest_size=32).digest()
        assert (line["seq"], line["count"], line["batch"], line["epoch"]) == (seq, count, batch, epoch)
        assert bytes.fromhex(line["chain"]) == chain == kept
        message = journal_pb2.Record.FromString(body)
        assert len(message.events) == len(line["public"]["events"])
        for event, said in zip(message.events, line["public"]["events"]):
            assert (event.seq, event.at_ms, event.number) == (said["seq"], said["at_ms"], said.get("number", ""))
            assert said["kind"] == type(event).DESCRIPTOR.fields_by_name["kind"].enum_type.values_by_number[event.kind].name
        assert message.answer.hex() == line["public"].get("answer", "")
        erased += line.get("erased", False)
        assert ("private" in line) == (private > 0 and not line.get("erased", False))
    assert erased == 1


def test_a_record_that_json_does_not_tell_comes_back_too(backup, tmp_path):
    """With a field of a newer program: its bytes stand beside what is known of it."""
    lines = [json.loads(line) for line in good("export", "--data", backup[0]).splitlines()]
    bodies = []
    for record in records(backup[0]):
        public = oracle.RECORD.unpack_from(record)[8]
        bodies.append(record[oracle.RECORD_HEADER:oracle.RECORD_HEADER + public])
    bodies[3] += bytes([0xd2, 0x3e, 3]) + b"new"  # field 1002
    lines[4]["public_bytes_hex"] = bodies[3].hex()
    chain = bytes.fromhex(lines[0]["chain"])
    for line, body in zip(lines[1:], bodies):
        chain = hashlib.blake2b(chain + body, digest_size=32).digest()
        line["chain"] = chain.hex()
    lines[-1]["end"]["chain"] = chain.hex()
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
    good("import-journal", "--data", tmp_path / "data", stdin=text)
    again = [json.loads(line) for line in good("export", "--data", tmp_path / "data").splitlines()]
    assert again[:-1] == lines[:-1]
    assert bodies[3] in records(tmp_path / "data")[3]


def test_an_export_without_what_is_personal_has_none_of_it(backup, tmp_path):
    whole, public = good("export", "--data", backup[0]), good("export", "--public", "--data", backup[0])
    for word in (WHO, PHONE, WHERE, TEXT):
        assert word.encode() in whole and word.encode() not in public
        assert word.encode().hex().encode() not in public
    assert b'"left_out":true' in public
    good("import-journal", "--data", tmp_path / "data", stdin=public)  # as if all of it had been erased
    ends = [json.loads(good("export", "--data", store).splitlines()[-2])["chain"]
            for store in (backup[0], tmp_path / "data")]
    assert ends[0] == ends[1]


@pytest.mark.parametrize("spoil, word", [
    (lambda lines: lines[:-1], "cut off"),
    (lambda lines: lines[1:], "not the first line"),
    (lambda lines: lines[:4] + lines[5:], "line"),
    (lambda lines: lines + lines[-1:], "behind the end"),
    (lambda lines: [line.replace(b"EVENT_KIND_FILED", b"EVENT_KIND_CLOSED") for line in lines], "chain"),
    (lambda lines: [line.replace(b'"seq":3,"count"', b'"seq":4,"count"', 1) for line in lines], "seq"),
    (lambda lines: [line.replace(b'"local_day"', b'"day"') for line in lines], "day"),
    (lambda lines: lines[:3] + [b"{"] + lines[3:], "line 4"),
])
def test_an_export_that_was_spoilt_is_refused(backup, tmp_path, spoil, word):
    lines = spoil(good("export", "--data", backup[0]).splitlines())
    said = refused("import-journal", "--data", tmp_path / "data", stdin=b"\n".join(lines) + b"\n")
    assert word in said, said
    assert not (tmp_path / "data" / "journal").exists()


def test_cat_prints_a_line_an_event(backup):
    told = good("journal", "cat", "--data", backup[1]).decode().splitlines()
    first, filed = told[0].split(), next(line for line in told if " filed " in line).split()
    assert first[0] == "1" and first[3] == "store_opened"
    assert filed[5] == OFFICES[0] and filed[4].count("-") == 2
    assert [int(line.split()[0]) for line in told] == list(range(1, len(told) + 1))
    some = good("journal", "cat", "--data", backup[0], "--from", 4, "--to", 7).decode().splitlines()
    assert some == told[3:7]
    for word in (WHO, PHONE, WHERE, TEXT):
        assert word not in "".join(told)
    assert "not_found" in refused("journal", "cat", "--data", backup[0], "--from", 100000)
    assert "missing" in refused("journal", "dog")


def test_reading_changes_nothing(backup):
    def state(directory):
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in directory.rglob("*")
                if path.name != "lock"}
    before = state(backup[0]), state(backup[1])
    for store in backup:
        good("export", "--data", store)
        good("journal", "cat", "--data", store)
    assert (state(backup[0]), state(backup[1])) == before
    assert not (backup[0] / "lock").exists()
