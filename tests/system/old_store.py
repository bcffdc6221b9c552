"""A store as a released whistled left it, and what it answered: for test_upgrade.py.

    python3 tests/system/old_store.py NAME --build DIR [--rules DIR]

lets the whistled of another build live a few days with cases in many states, stops it, and keeps its store as
stores/NAME.tar.xz and its answers as stores/NAME.json. To be run once at each release, with its own build and rulebook;
what is there is never made anew. NAME is the date and the commit.
"""
import argparse
import io
import json
import pathlib
import sys
import tarfile
import tempfile

import daemon
from speaker import Speakers, name, pb

STORES = pathlib.Path(__file__).parent / "stores"
COMMUNITY, STREET = "420902001001", "420902001"
WHO = [COMMUNITY, STREET, "centre", "supervise", "cg", "jj", "xf", "scj", "water", "hb", "gas", "yj", "zj"]
BEGIN, END = "2026-02-12T09:00+08:00,x1", "2026-02-13T16:00+08:00,x1"
NAMED = pb.Personal(name="张桂兰", phone="13800000000", text="门口有一堆垃圾")


class Life(Speakers):
    """Who whistles and acts; cases by a word for what became of them."""

    def __init__(self, d):
        super().__init__(d)
        self.numbers = {}

    def at(self, clock):
        self.hang_up()
        if self.d.process:
            self.d.stop()
        self.d.clock = clock
        self.d.start()

    def whistle(self, word, who=COMMUNITY, **fields):
        receipt = self[who].submit(**{"title": word, "personal": NAMED, **fields})
        self.numbers[word] = receipt.number
        return receipt.number

    def acts(self, number, *acts):
        for who, verb, fields in acts:
            self[who].act(verb, number, **fields)


def live(d):
    """Cases in many states; the numbers by what became of them."""
    life = Life(d)
    life.at(BEGIN)
    life.whistle("late")
    accepted, done = ("cg", pb.VERB_ACCEPT, {"person": "王工"}), ("cg", pb.VERB_RESOLVE, {"text": "好了"})
    life.acts(life.whistle("accepted"), accepted)
    life.acts(life.whistle("reported", source="12345", source_no="甲1"), accepted,
              ("cg", pb.VERB_REPORT, {"person": "王工", "head_count": 2}))
    life.acts(life.whistle("resolved"), accepted, done)
    solved, unsolved = {"verdict": pb.VERDICT_SOLVED}, {"verdict": pb.VERDICT_NOT_SOLVED}
    life.acts(life.whistle("closed"), done, (COMMUNITY, pb.VERB_EVALUATE, solved))
    life.acts(life.whistle("rework"), done, (COMMUNITY, pb.VERB_EVALUATE, unsolved))
    life.acts(life.whistle("cancelled"), (COMMUNITY, pb.VERB_CANCEL, {"reason": "C01"}))
    life.whistle("registered", nature=pb.NATURE_CONSULTATION)
    joint = {"kind": pb.KIND_JOINT, "category": "0402", "meeting_point": "东门菜场"}
    life.acts(life.whistle("declined", **joint), ("jj", pb.VERB_DECLINE, {"reason": "D02"}),
              ("xf", pb.VERB_ACCEPT, {}))
    life.acts(life.whistle("ruled", **joint), ("jj", pb.VERB_DECLINE, {"reason": "D02"}),
              ("centre", pb.VERB_REASSIGN, {"unit": "jj", "target": "hb"}))
    life.acts(life.whistle("urged"), (COMMUNITY, pb.VERB_URGE, {}), ("cg", pb.VERB_COMMENT, {"text": "在路上"}))
    life.whistle("emergency", kind=pb.KIND_EMERGENCY, category="0502")
    life.acts(life.whistle("asked"), accepted, ("cg", pb.VERB_EXTEND, {"reason": "E01"}))
    goes_on = life.whistle("goes on", position=pb.Position(latitude=30.92, longitude=113.92))
    life.acts(life.whistle("merged"), (COMMUNITY, pb.VERB_MERGE, {"other": goes_on}))
    feed = life["cg"].feed(epoch=1, max=3)
    life["cg"].do(ack=pb.Ack(consumer="desk", upto=feed.next_after))
    daemon.until(lambda: d.json("status")["engine"]["pending"] == 0)
    life.at(END)  # overnight: rungs have fired
    daemon.until(lambda: d.json("status")["engine"]["next_due_ms"] > d.json("status")["clock"]["city_ms"])
    life.hang_up()
    return life.numbers


# ---- what it answers ------------------------------------------------------------------------------------------------


def case(view):
    c = view.case
    return {
        "id": c.id, "state": name(pb.CaseState, c.state), "office": c.office, "charge": c.charge, "area": c.area,
        "filed_ms": c.filed_ms, "promised_ms": c.promised_ms, "next_due_ms": c.next_due_ms, "closed_ms": c.closed_ms,
        "counts": [c.declines, c.urges, c.reworks, c.levels_up, c.rungs_fired], "merged_into": c.merged_into,
        "source": [c.whistle.source, c.whistle.source_no], "title": c.whistle.title, "rule": c.rule.id,
        "summons": [[s.id, s.unit, name(pb.Role, s.role), name(pb.SummonsState, s.state), s.contact] for s in c.summons],
        "clocks": [[k.id, name(pb.Stage, k.stage), k.unit, k.start_ms, k.due_ms, k.stopped_ms,
                    [[r.id, r.at_ms, r.fired_ms] for r in k.rungs]] for k in c.clocks],
        "history": [[h.event.seq, name(pb.EventKind, h.event.kind), h.event.at_ms] for h in view.happenings],
    }


def feed(speaker, **how):
    items, after = [], 0
    while True:
        page = speaker.feed(after=after, **how)
        items += [[i.seq, i.happening.event.number, name(pb.Why, i.why)] for i in page.items]
        if not page.items or not after and "consumer" in how:
            return items
        after = page.next_after


def answers(d, numbers):
    """What a store answers of its past; nothing of it changes by being asked."""
    store, life = d.json("status")["store"], Life(d)
    told = {
        "cases": {word: {"number": number} | case(life["centre"].show(number)) for word, number in numbers.items()},
        "feeds": {who: feed(life[who], epoch=1) for who in WHO},
        "desk": feed(life["cg"], consumer="desk")[:1],
        "of_source": life["centre"].show(numbers["reported"]).case.number,
        "epoch": store["epoch"],
    }
    life.hang_up()
    return told


# ---- keeping it -----------------------------------------------------------------------------------------------------


def pack(data, into):
    """What the store has but its places for what is to come; zeros cost nothing."""
    with tarfile.open(into, "w:xz", preset=9) as tar:
        for path in sorted(p for p in pathlib.Path(data).rglob("*") if p.is_file()):
            if path.name in ("next", "next.tmp", "lock", "lock.mdb", "inhand"):
                continue
            info = tarfile.TarInfo(str(path.relative_to(data)))
            info.size, info.mode = path.stat().st_size, 0o640
            tar.addfile(info, io.BytesIO(path.read_bytes()))


def unpack(name, data):
    pathlib.Path(data).mkdir(mode=0o750)
    with tarfile.open(STORES / f"{name}.tar.xz") as tar:
        for member in tar:
            path = pathlib.Path(data) / member.name
            path.parent.mkdir(mode=0o750, exist_ok=True)
            path.write_bytes(tar.extractfile(member).read())
            path.chmod(0o640)
    return json.loads((STORES / f"{name}.json").read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--rules", type=pathlib.Path, default=daemon.CITY)
    words = parser.parse_args()
    if (STORES / f"{words.name}.json").exists():
        sys.exit(f"{words.name} is there already")
    daemon.BUILD = words.build.resolve()
    STORES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        d = daemon.Daemon(directory, rules=words.rules)
        numbers = live(d)
        told = answers(d, numbers)
        d.stop()
        pack(d.data, STORES / f"{words.name}.tar.xz")
    (STORES / f"{words.name}.json").write_text(json.dumps({"numbers": numbers, "told": told}, ensure_ascii=False, indent=None,
                                                          separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
