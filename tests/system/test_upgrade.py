"""A store of an earlier program is opened by this one: every case, number, feed position and due time is there as the
earlier one told it, and it is written on. stores/ has them; old_store.py makes one at each release."""
import json
import re
import shutil

import pytest

import daemon
import old_store
from old_store import COMMUNITY, END, STORES
from speaker import Speaker, pb

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

OLD = sorted(path.stem for path in STORES.glob("*.json"))


def opened(tmp_path, name, journal_alone=False):
    """(a daemon on a copy of it, not yet started; the numbers of its cases; what it answered)"""
    d = daemon.Daemon(tmp_path, clock=END)
    kept = old_store.unpack(name, d.data)
    if journal_alone:
        shutil.rmtree(d.data / "state")
        (d.data / "mark").unlink()
    return d, kept["numbers"], kept["told"]


def differences(before, after, path=""):
    """Where two values differ, by name, so that a failure says what was lost."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [d for key in before | after for d in differences(before.get(key), after.get(key), f"{path}/{key}")]
    return [] if before == after else [(path, before, after)]


def test_there_is_a_store_to_upgrade():
    assert len(OLD) >= 2
    assert sum((STORES / f"{name}.tar.xz").stat().st_size for name in OLD) < 1 << 20


@pytest.mark.parametrize("journal_alone", [False, True], ids=["whole", "journal"])
@pytest.mark.parametrize("name", OLD)
def test_what_an_earlier_program_wrote_is_there_and_goes_on(tmp_path, name, journal_alone):
    d, numbers, told = opened(tmp_path, name, journal_alone)
    assert len(numbers) >= 12 and len({c["state"] for c in told["cases"].values()}) >= 6
    d.start()
    now = json.loads(json.dumps(old_store.answers(d, numbers)))
    assert not differences(told, now)
    head = d.json("status")["store"]["head_seq"]
    assert d.json("status")["store"]["way"] in ("rebuilt", "clean")
    # it is written on: an old case goes to its end, a new one has the next number, an old source is still known
    office, cg = Speaker(d.url, COMMUNITY), Speaker(d.url, "cg")
    cg.act(pb.VERB_REPORT, numbers["accepted"])
    cg.act(pb.VERB_RESOLVE, numbers["accepted"])
    office.act(pb.VERB_EVALUATE, numbers["accepted"], verdict=pb.VERDICT_SOLVED)
    assert old_store.case(office.show(numbers["accepted"]))["state"] == "closed"
    number = office.submit(title="new").number
    assert number not in numbers.values()
    again = office.submit(title="reported", source="12345", source_no="甲1")
    assert again.existed and again.number == numbers["reported"]
    assert office.show(numbers["late"], personal=True).personal.name == "张桂兰"
    assert [i.happening.event.number for i in cg.feed(epoch=1, after=head).items][-1] == number
    office.close()
    cg.close()
    d.kill()
    d.start()
    after = old_store.answers(d, {word: n for word, n in numbers.items() if word != "accepted"})
    assert not differences({w: c for w, c in told["cases"].items() if w != "accepted"}, json.loads(json.dumps(after["cases"])))
    d.stop()


# ---- the other way round --------------------------------------------------------------------------------------------


def refused(d, *said):
    d.extra_environment = {"ASAN_OPTIONS": "detect_leaks=0"}
    d.start(wait=False)
    assert d.wait() == 1, d.log()
    for text in said:
        assert text in d.log(), d.log()


def segment(d):
    return sorted((d.data / "journal").glob("*.seg"))[0]


def test_a_journal_that_is_newer_is_refused_whole_and_named(tmp_path):
    """As an older program meets a newer one's: not a byte of it is touched."""
    d, numbers, told = opened(tmp_path, OLD[-1])
    theirs = bytearray(segment(d).read_bytes())
    theirs[8:10] = (2).to_bytes(2, "big")
    theirs[124:128] = bytes(4)
    segment(d).write_bytes(theirs)
    refused(d, "whistled: store_version: ", f"journal/{segment(d).name} is of version 2, this program knows 1")
    assert segment(d).read_bytes() == bytes(theirs)


def test_a_state_of_any_other_version_is_built_anew_from_the_journal(tmp_path):
    """Older or newer: it is derived. The version is the first byte of each record in it."""
    d, numbers, told = opened(tmp_path, OLD[-1])
    version = int(re.search(r"DB_RECORD_VERSION = (\d+)",
                            (daemon.ROOT / "daemon/store/db.h").read_text()).group(1))
    d.start()
    assert d.json("status")["store"]["way"] in ("clean", "rebuilt")
    d.stop()
    path = d.data / "state" / "data.mdb"
    bytes_ = path.read_bytes()
    at = bytes_.find(b"position")
    while at >= 0:  # in each page that ever held it: key, then version byte, checksum, value
        bytes_ = bytes_[:at + 8] + bytes([version + 1]) + bytes_[at + 9:] if bytes_[at + 8] == version else bytes_
        at = bytes_.find(b"position", at + 8)
    path.write_bytes(bytes_)
    d.start()
    assert d.json("status")["store"]["way"] == "rebuilt"
    assert not differences(told, json.loads(json.dumps(old_store.answers(d, numbers))))
    d.stop()
