"""What is personal: who is given it, that it is on record, where it never appears, and that it goes for good."""
import datetime
import json
import mmap
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

import pytest

import daemon
import sp
from speaker import Speaker, pb

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "oracle"))
import journal  # noqa: E402

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

COMMUNITY, STREET = "420902001001", "420902001"
FIVE = ["cg", "scj", "jj", "xf", "water"]
RESIDENT = pb.Personal(name="欧阳桂兰", phone="13812345678", address="槐荫巷七号二单元", text="楼上夜里漏水,墙面起皮")
MASKED = pb.Personal(name="欧**", phone="*******5678", masked=True)
# What tells of place and papers, and what is written with acts.
WHERE = {"meeting_point": "粮站旧址门口", "source": "12345", "on_behalf_of": "其女欧阳静",
         "position": pb.Position(latitude=30.927113, longitude=113.912345),
         "attributes": [pb.Attribute(name="门牌", value="七号二单元")],
         "attachments": [pb.Attachment(sha256=b"\7" * 32, bytes=1, uri="file:///photo-of-her-door.jpg")]}
SAID = {"text": "已与欧阳女士约定上门", "person": "司马长风", "phone": "13987654321"}
CONTACT = [RESIDENT.name, RESIDENT.phone, RESIDENT.address, RESIDENT.text]
PLACE = [WHERE["meeting_point"], WHERE["on_behalf_of"], "SN-", WHERE["attributes"][0].value, "photo-of-her-door", b"\7" * 32]
SECRETS = CONTACT + PLACE + list(SAID.values())


def leaked(message, secrets=SECRETS):
    """Which of them stand in the bytes, a text or a message."""
    if hasattr(message, "SerializeToString"):
        message = message.SerializeToString()
    elif isinstance(message, str):
        message = message.encode()
    return [s for s in secrets if (s if isinstance(s, bytes) else s.encode()) in message]


def parts(data):
    """(path, offset of the private part, public part, private part) of each record in the journal, as it stands."""
    for path in sorted((data / "journal").glob("*.seg")):
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as segment:
            at = journal.SEGMENT_HEADER
            while (fields := journal.RECORD.unpack_from(segment, at))[0] == journal.RECORD_MAGIC:
                length, public, body = fields[3], fields[8], at + journal.RECORD_HEADER
                start = body + journal.padded(public)
                yield path, start, segment[body:body + public], segment[start:at + length]
                at += length


def on_disk(d, secrets):
    """Which of them stand in any file of the store."""
    patterns = [word for secret in secrets for word in ("-e", secret)]
    found = subprocess.run(["grep", "-rohaF", *patterns, d.data], capture_output=True, env={"LC_ALL": "C"}).stdout
    return leaked(found, secrets)


class Town:
    """A daemon, whoever speaks to it, and whistles that hold all that is personal."""

    def __init__(self, d):
        self.d, self.speakers, self.count = d, {}, 0

    def __getitem__(self, principal):
        return self.speakers.setdefault(principal, Speaker(self.d.url, principal))

    def close(self):
        for speaker in self.speakers.values():
            speaker.close()

    def at(self, moment):
        """Starts at a city time, again if it runs."""
        self.close()
        if self.d.process:
            self.d.stop()
        self.d.clock = moment + "+08:00,x1"
        self.d.start()

    def whistle(self, office=COMMUNITY, **fields):
        self.count += 1
        fields = {"category": "0102", "personal": RESIDENT, "source_no": f"SN-{self.count}"} | WHERE | fields
        return self[office].submit(**fields).number

    def joint(self, **fields):
        """One that five units have accepted in writing."""
        number = self.whistle(kind=pb.KIND_JOINT, category="0402", **fields)
        for unit in FIVE:
            self[unit].act(pb.VERB_ACCEPT, number, **SAID)
        return number

    def records(self):
        _, messages = journal.load_messages()
        return [messages.Record.FromString(public) for _, _, public, _ in parts(self.d.data)]

    def viewed(self):
        """(principal, case, local day) of each record that somebody was given what is personal."""
        return [(r.principal, e.about_seq, e.local_day) for r in self.records() for e in r.events
                if e.kind == pb.EVENT_KIND_VIEWED]


@pytest.fixture
def town(tmp_path):
    with daemon.running(tmp_path) as d:
        town = Town(d)
        yield town
        town.close()


@pytest.fixture
def stopped_town(tmp_path):
    town = Town(daemon.Daemon(tmp_path))
    yield town
    town.close()
    if town.d.process:
        town.d.stop()


# ---- who is given what ----


@pytest.mark.parametrize("principal, whole, masked, place", [
    (COMMUNITY, RESIDENT, MASKED, True), ("cg", RESIDENT, MASKED, True), ("water", RESIDENT, MASKED, True),
    ("centre", RESIDENT, MASKED, True), ("supervise", RESIDENT, MASKED, True), (STREET, MASKED, MASKED, True),
    ("observer", None, None, False), ("operator", None, None, False), ("import", None, None, False)])
def test_each_is_given_what_he_needs(town, principal, whole, masked, place):
    number = town.joint()
    for personal, expected in (False, masked), (True, whole):
        view = town[principal].show(number, personal=personal)
        assert view.personal == (expected or pb.Personal())
        filed = view.happenings[0]
        assert filed.event.kind == pb.EVENT_KIND_FILED and filed.personal == view.personal
        for whistle in view.case.whistle, filed.event.whistle:
            assert not whistle.HasField("personal") and whistle.HasField("position") == place
            assert leaked(whistle, PLACE) == (PLACE if place else [])
        assert any(h.text == SAID["text"] for h in view.happenings) == place == bool(view.persons)
        if expected is not RESIDENT:
            assert not leaked(view, CONTACT)
        if not place:
            assert not leaked(view)


def test_who_has_no_part_in_it_is_given_nothing(town):
    number = town.joint()
    for stranger in "hb", "420902002", "420902001002":
        reply = town[stranger].ask(show=pb.Show(number=number, history=True, personal=True))
        assert reply.code == "unknown_case" and not leaked(reply)
    assert not town.viewed()


def test_a_confidential_contact_is_hidden_from_those_who_are_called(town):
    number = town.joint(confidential=True)
    contact = CONTACT[:3]
    for unit in FIVE:
        for personal in False, True:
            view = town[unit].show(number, personal=personal)
            feed = town[unit].feed(epoch=1, personal=personal)
            assert len(feed.items) and not leaked(view, contact) and not leaked(feed, contact)
            assert view.personal == (pb.Personal(text=RESIDENT.text) if personal else pb.Personal())
    assert town[STREET].show(number, personal=True).personal == pb.Personal()
    for principal in COMMUNITY, "centre":
        assert town[principal].show(number).personal == MASKED
        assert town[principal].show(number, personal=True).personal == RESIDENT


def test_a_feed_shows_as_much_as_its_reader_was_told_for(town):
    number = town.joint()
    for principal in "cg", "water", COMMUNITY:
        for personal in False, True:
            feed = town[principal].feed(epoch=1, personal=personal)
            assert leaked(feed, CONTACT) == (CONTACT if personal else []), principal
    town["jj"].act(pb.VERB_DECLINE, number, reason="D02", text=SAID["text"])
    town["centre"].act(pb.VERB_REASSIGN, number, unit="jj", target="hb")
    assert leaked(town["hb"].feed(epoch=1, personal=True), CONTACT) == CONTACT
    assert not leaked(town["jj"].feed(epoch=1, personal=True)), "it has no part in the case any more"


def test_who_is_only_told_sees_nothing_personal(town):
    number = town.joint()
    own = town[STREET].submit(kind=pb.KIND_JOINT, category="0402", area=COMMUNITY).number
    town[STREET].act(pb.VERB_MERGE, own, other=number)
    town["cg"].act(pb.VERB_RESOLVE, number, **SAID)
    told = [i for i in town[STREET].feed(epoch=1, personal=True).items if i.happening.event.number == number]
    assert {i.why for i in told} == {pb.WHY_TOLD} and not any(leaked(i) for i in told)


def test_who_watches_an_area_sees_what_his_role_may(town):
    town.joint()
    for personal in False, True:
        for watcher in "observer", "operator":
            feed = town[watcher].feed(area="420902", personal=personal)
            assert feed.items and not leaked(feed)
        feed = town["supervise"].feed(area="420902", personal=personal)
        assert leaked(feed, CONTACT) == (CONTACT if personal else [])


def test_a_list_holds_nothing_personal(town):
    number = town.joint()
    for principal in COMMUNITY, STREET, "cg", "centre", "supervise", "observer", "operator", "import":
        answer = town[principal].do(list=pb.List(max=500)).list
        assert [row.number for row in answer.rows] == [number] and not leaked(answer)
        for secret in [s for s in SECRETS if isinstance(s, str)]:
            assert not town[principal].do(list=pb.List(search=secret)).list.rows, "found by what it may not see"


def test_figures_hold_nothing_personal(town):
    town.joint()
    for principal in COMMUNITY, STREET, "cg", "centre", "observer", "operator":
        for op in ({"facts": pb.Facts(of="filed", max=500)}, {"rates": pb.Rates(by="unit")}, {"points": pb.Points()},
                   {"digest": pb.Digest()}, {"recount": pb.Recount()}, {"catalog": pb.Catalog()},
                   {"preview": pb.Preview(whistle=town[COMMUNITY].whistle(category="0402", personal=RESIDENT).whistle)}):
            assert not leaked(town[principal].ask(**op)), (principal, op)


# ---- it is on record ----


def test_a_look_is_on_record_once_a_day_for_a_principal_and_a_case(stopped_town):
    town = stopped_town
    town.at("2026-02-13T09:00")
    one, other = town.whistle(), town.whistle()
    ids = {number: town["centre"].show(number).case.id for number in (one, other)}
    town["cg"].feed(epoch=1)
    assert not town.viewed(), "masked is not on record"
    days = []
    for moment in "2026-02-13T10:00", "2026-02-13T23:00", "2026-02-14T00:01":
        town.at(moment)
        days.append((datetime.date.fromisoformat(moment[:10]) - datetime.date(1970, 1, 1)).days)
        for _ in range(2):
            town["cg"].show(one, personal=True)
            town["cg"].feed(epoch=1, personal=True)
            town[COMMUNITY].show(one, personal=True)
    today, tomorrow = days[0], days[2]
    expected = {(p, n, day) for day in (today, tomorrow) for p, n in (("cg", one), ("cg", other), (COMMUNITY, one))}
    viewed = town.viewed()
    assert len(viewed) == len(expected) and set(viewed) == {(p, ids[n], day) for p, n, day in expected}
    event = next(e for r in town.records() for e in r.events if e.kind == pb.EVENT_KIND_VIEWED)
    assert (event.case_id, event.number, event.recipients[:]) == (0, one, [])
    assert pb.EVENT_KIND_VIEWED not in {h.event.kind for h in town["centre"].show(one).happenings}


def test_many_looks_at_once_are_one_on_record(town):
    number, speakers = town.whistle(), [Speaker(town.d.url, "cg") for _ in range(4)]
    for _ in range(20):
        for speaker in speakers:
            speaker.send(speaker.envelope(show=pb.Show(number=number, personal=True)))
    for speaker in speakers:
        assert all(speaker.receive()[1].show.personal == RESIDENT for _ in range(20))
        speaker.close()
    assert len(town.viewed()) == 1


def test_who_looked_is_told_to_the_office_the_desk_and_the_operator(town):
    number = town.joint()
    reader = Speaker(town.d.url, "cg", agent="诸葛青")
    reader.show(number, personal=True)
    for principal in COMMUNITY, "centre", "operator":
        view = town[principal].show(number).views
        assert [(v.principal, v.agent.name) for v in view] == [("cg", "诸葛青")] and view[0].at_ms
    for principal in "cg", "water", STREET, "observer":
        assert not town[principal].show(number).views
    reader.close()


def test_nothing_is_on_record_where_nothing_was_given(town):
    number, bare = town.joint(confidential=True, personal=pb.Personal(name="欧阳桂兰")), town.whistle(personal=None)
    town["cg"].ask(show=pb.Show(number=number, personal=True))
    for principal in STREET, "observer", "operator", "import", "hb", COMMUNITY:
        town[principal].ask(show=pb.Show(number=bare, personal=True))
    for principal in STREET, "observer", "operator", "import", "hb":
        town[principal].ask(show=pb.Show(number=number, personal=True))
    for watcher in "observer", "operator":
        town[watcher].feed(area="420902", personal=True)
    assert town.viewed() == []


@pytest.mark.parametrize("way", ["show", "feed", "watch"])
def test_the_record_is_there_before_the_answer(town, way):
    """Killed the moment the answer is here."""
    for _ in range(4):
        number = town.whistle()
        case = town["centre"].show(number).case.id
        who = {"show": "centre", "feed": "cg", "watch": "supervise"}[way]
        answer = {"show": lambda: town["centre"].show(number, personal=True),
                  "feed": lambda: town["cg"].feed(epoch=1, after=case, personal=True),
                  "watch": lambda: town["supervise"].feed(epoch=1, area="420902", after=case - 1, personal=True)}[way]()
        town.d.kill()
        assert leaked(answer, CONTACT) == CONTACT
        assert (who, case) in {(principal, about) for principal, about, _ in town.viewed()}
        town.close()
        town.d.start()
        assert who in {v.principal for v in town["centre"].show(number).views}


def test_a_page_of_more_cases_than_a_batch_holds_is_all_on_record(town):
    numbers = {town.whistle() for _ in range(300)}
    after, given = 0, set()
    while len(given) < 300:
        feed = town["cg"].feed(epoch=1, after=after, personal=True)
        assert feed.items
        after = feed.next_after
        given |= {i.happening.event.number for i in feed.items if i.happening.personal == RESIDENT}
        viewed = {e.number for r in town.records() for e in r.events if e.kind == pb.EVENT_KIND_VIEWED}
        assert given <= viewed
    assert given == numbers


def test_it_stops_while_looks_are_put_on_record(town):
    """SIGTERM while many ask for what is personal: it ends, and whoever was answered is on record."""
    numbers, given = [town.whistle() for _ in range(60)], [set() for _ in range(6)]
    principals = ["cg", COMMUNITY, "centre", "supervise"]

    def ask(seen, seed):
        order = random.Random(seed)
        try:
            speaker = Speaker(town.d.url, principals[seed % 4])
            while True:
                number = order.choice(numbers)
                reply = speaker.ask(show=pb.Show(number=number, personal=True))
                if reply.code == "ok" and reply.show.personal == RESIDENT:
                    seen.add((speaker.principal, number))
        except OSError:
            pass

    threads = [threading.Thread(target=ask, args=(seen, i), daemon=True) for i, seen in enumerate(given)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    town.close()
    town.d.stop()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    on_record = {(r.principal, e.number) for r in town.records() for e in r.events if e.kind == pb.EVENT_KIND_VIEWED}
    assert set().union(*given) and set().union(*given) <= on_record


def test_a_poll_that_waited_is_on_record_too(town):
    town.whistle()
    cg = town["cg"]
    poll = cg.connect().send(cg.envelope(fetch=pb.Fetch(after=town.d.json("status")["store"]["head_seq"], personal=True,
                                                        wait_ms=20000)).SerializeToString())
    daemon.until(lambda: town.d.json("status")["service"]["polls_waiting"] == 1)
    number = town.whistle()
    sp_id, reply, _ = cg.receive()
    assert sp_id == poll and leaked(reply, CONTACT) == CONTACT
    assert [(r.principal, e.number) for r in town.records() for e in r.events if e.kind == pb.EVENT_KIND_VIEWED] == \
        [("cg", number)]


def test_who_hangs_up_while_his_look_is_put_on_record(town):
    """Asks, and is gone: by show, by feed, by a poll that waits. Nothing is left behind."""
    numbers, chance = [town.whistle() for _ in range(20)], random.Random(3)
    for number in numbers * 3:
        speaker = Speaker(town.d.url, chance.choice(["cg", "centre", COMMUNITY]))
        speaker.send(speaker.envelope(show=pb.Show(number=number, history=True, personal=True)))
        speaker.send(speaker.envelope(fetch=pb.Fetch(personal=True, after=chance.choice([0, 2**62]), wait_ms=5000)))
        time.sleep(chance.random() / 500)
        speaker.close()
    assert town["cg"].show(numbers[0], personal=True).personal == RESIDENT
    daemon.until(lambda: town.d.json("status")["service"]["polls_waiting"] == 0)


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=170m", "whistled-test", disk], capture_output=True)
    if done.returncode:
        pytest.skip("a small file system needs the right to mount one")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_what_cannot_be_put_on_record_is_not_given(small_disk):
    with daemon.running(small_disk) as d:
        town = Town(d)
        seen, unseen = town.whistle(), town.whistle()
        town["cg"].show(seen, personal=True)
        with (small_disk / "ballast").open("wb", buffering=0) as ballast:
            try:
                while ballast.write(bytes(1 << 16)):
                    pass
            except OSError:
                pass
        filler = pb.Personal(text="字" * 15000)
        while (reply := town[COMMUNITY].ask(submit=town[COMMUNITY].whistle(personal=filler))).code == "ok":
            pass
        assert reply.code == "storage_full"
        reply = town["cg"].ask(show=pb.Show(number=unseen, personal=True))
        assert reply.code == "storage_full" and not leaked(reply)
        assert town["cg"].show(unseen).personal == MASKED
        assert town["cg"].show(seen, personal=True).personal == RESIDENT, "it is on record today"
        (small_disk / "ballast").unlink()
        daemon.until(lambda: town["cg"].ask(show=pb.Show(number=unseen, personal=True)).show.personal == RESIDENT)
        town.close()


# ---- where it never appears ----

TITLE = "粮站三楼有人家漏水"


class Day:
    """What happens to cases of all kinds on a day, all that can be said with an act said with each."""

    OFFICES = [COMMUNITY, "420902001005", STREET]
    KINDS = [(pb.KIND_ISSUE, "0102"), (pb.KIND_JOINT, "0402"), (pb.KIND_EMERGENCY, "0502"), (pb.KIND_PRIORITY, "0401"),
             (pb.KIND_CALLUP, "0301"), (pb.KIND_ISSUE, "0103")]
    REASONS = {"decline": "D02", "hand_up": "H01", "cancel": "C01", "extend": "E01", "pause": "P01", "suspend": "G01",
               "appeal": "A01", "close": "E01", "reopen": "R01", "erase": "R01"}

    def __init__(self, town, seed):
        self.town, self.random, self.numbers, self.done = town, random.Random(seed), [], set()

    def step(self):
        if len(self.numbers) < 24 and self.random.random() < 0.1:
            kind, category = self.random.choice(self.KINDS)
            self.numbers.append(self.town.whistle(self.random.choice(self.OFFICES), kind=kind, category=category, title=TITLE,
                                                  confidential=self.random.random() < 0.3))
        elif self.numbers:
            self.act()

    def act(self):
        verb = self.random.choice([v for v in pb.Verb.values() if v])
        who = self.random.choice(self.OFFICES + FIVE + ["centre", "supervise", "zf1", "gas"])
        target = "D001" if verb in (pb.VERB_CLAIM, pb.VERB_CHECK_IN) else self.random.choice(["", "", *FIVE])
        reason = self.REASONS.get(pb.Verb.Name(verb)[5:].lower(), "")
        if verb in (pb.VERB_CANCEL, pb.VERB_ERASE) and self.random.random() < 0.7:
            return
        act = pb.Act(verb=verb, number=self.random.choice(self.numbers), other=self.random.choice(self.numbers), reason=reason,
                     target=target, limit="1 working-day", verdict=self.random.choice([1, 2]), satisfied=1, head_count=2,
                     position=WHERE["position"], attachments=WHERE["attachments"], **SAID)
        if self.town[who].ask(act=act).code == "ok":
            self.done.add(verb)


def test_the_public_feed_of_a_day_holds_nothing_personal(stopped_town):
    town, day = stopped_town, Day(stopped_town, 5)
    town.d.clock = "2026-03-02T08:00+08:00,x7200"  # two hours a second
    town.d.start()
    heard, feed = [], sp.subscribe(town.d.notices_url)
    daemon.until(lambda: town.d.json("status")["edge"]["subscribers"] == 1)

    def hear():
        try:
            while True:
                heard.append(feed.receive_frame())
        except (OSError, ValueError):
            pass

    ear = threading.Thread(target=hear, daemon=True)
    ear.start()
    end = time.monotonic() + 12
    while time.monotonic() < end:
        day.step()
    town.close()
    town.d.stop()
    ear.join(10)
    kinds = {pb.Notice.FromString(message.partition(b"\0")[2]).kind for message in heard}
    assert len(day.done) > 20 and len(kinds) > 15, (len(day.done), kinds)
    assert not kinds & {pb.EVENT_KIND_VIEWED, pb.EVENT_KIND_ERASED, pb.EVENT_KIND_COMMENTED}
    raw = b"\0".join(heard)
    assert not leaked(raw, [*SECRETS, TITLE, "欧阳", "周敏"])
    fields = {field.name for message in heard for field, _ in pb.Notice.FromString(message.partition(b"\0")[2]).ListFields()}
    assert fields <= {"epoch", "seq", "at_ms", "number", "state", "kind", "category", "area", "unit", "due_ms", "demo",
                      "published", "head_seq", "head_chain"}


def run(*words):
    done = subprocess.run([daemon.BUILD / "whistled", *map(str, words)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    return done.stdout + done.stderr


def test_neither_the_log_nor_the_status_nor_a_reader_tells_anything_personal(town):
    """All that an operator can ask on the machine; but what ends the daemon or changes something."""
    town.d.ask("log debug")
    number = town.joint()
    town["cg"].show(number, personal=True)
    town["jj"].act(pb.VERB_DECLINE, number, reason="D02", **SAID)
    town["centre"].act(pb.VERB_REASSIGN, number, unit="jj", target="hb", **SAID)
    commands = [c["name"] for c in town.d.json("help")["commands"] if c["name"] not in ("drain", "log", "release", "backup")]
    assert len(commands) > 10
    for command in commands:
        words = [number] if command in ("show", "explain", "due") else []
        for more in [], *([["zh"]] if command in ("explain", "due") else []):
            answer = town.d.ask(command, *more, *words)
            assert not answer.startswith("error") and not leaked(answer), command
        assert not leaked(json.dumps(town.d.json(command, *words), ensure_ascii=False)), command
    assert not leaked(run("explain", "--case", number, "--status", town.d.status_path))
    assert not leaked(run("precedents", "--status", town.d.status_path))
    town["centre"].ask(submit=pb.Submit(whistle=pb.Whistle(category="nowhere", area=COMMUNITY, personal=RESIDENT)))
    log = town.d.log()
    town.close()
    town.d.stop()
    assert "ready" in log and not leaked(log) and not leaked(town.d.log())
    assert not leaked(run("verify", town.d.data))
    raw = b"".join(path.read_bytes() for path in town.d.data.rglob("*") if path.is_file() and "journal" not in path.parts)
    assert raw and not leaked(raw, [*CONTACT, *SAID.values()]), "nothing personal is in the state"


def test_a_refusal_tells_nothing_personal(town):
    number = town.joint()
    for principal in "observer", "cg", STREET, "hb", COMMUNITY:
        for verb in pb.Verb.values()[1:]:
            if verb not in (pb.VERB_CANCEL, pb.VERB_ERASE):
                reply = town[principal].ask(act=pb.Act(verb=verb, number=number, other=number, **SAID))
                assert not leaked(reply), reply


# ---- erased ----


def named(name):
    """A resident and an agent's words, of whom no other case speaks."""
    return (pb.Personal(name=f"{name}桂兰", phone="13812345678", address=f"{name}家巷七号", text=f"{name}家楼上漏水"),
            {"text": f"已与{name}女士约定", "person": f"{name}队长", "phone": "13987654321"})


def of(name):
    resident, said = named(name)
    return [resident.name, resident.address, resident.text, said["text"], said["person"]]


def spoken_of(town, name, acts=3):
    """A case of whose resident many records tell."""
    resident, said = named(name)
    number = town.whistle(kind=pb.KIND_JOINT, category="0402", personal=resident)
    for unit in FIVE[:acts]:
        town[unit].act(pb.VERB_ACCEPT, number, **said)
        town[unit].act(pb.VERB_COMMENT, number, **said)
    return number


@pytest.mark.parametrize("who", ["operator", "supervise", "centre"])
def test_what_is_erased_is_gone(town, who):
    number, other = spoken_of(town, "皇甫"), spoken_of(town, "尉迟")
    assert on_disk(town.d, of("皇甫")) == of("皇甫")
    town[who].act(pb.VERB_ERASE, number, reason="X01")
    assert not on_disk(town.d, of("皇甫")), "before the answer"
    assert on_disk(town.d, of("尉迟")) == of("尉迟")
    for principal in COMMUNITY, "cg", "centre":
        view = town[principal].show(number, personal=True)
        assert view.case.erased and view.personal == pb.Personal() and not leaked(view, of("皇甫"))
        assert view.happenings[-1].event.kind == pb.EVENT_KIND_ERASED and not view.persons
        assert not leaked(town[principal].feed(epoch=1, personal=True), of("皇甫"))
    for told in COMMUNITY, *FIVE:
        assert "erased" in town[told].kinds(number=number)
    assert town["cg"].show(other, personal=True).personal == named("尉迟")[0]
    head = town.d.json("status")["store"]["head_seq"]
    town.close()
    town.d.stop()
    assert " erased 7\n" in run("verify", town.d.data)
    assert list(journal.Journal(town.d.data))[-1].events[-1].seq >= head, "the chain holds"
    town.d.start()
    assert town["cg"].show(other, personal=True).personal == named("尉迟")[0]
    town["cg"].act(pb.VERB_REPORT, number, **SAID)  # the case goes on


TOLD_OF_PLACE = [secret for secret in PLACE if secret != "SN-"]  # which a source's number is no part of


def test_the_public_part_tells_nothing_of_the_place(town):
    """On whose behalf, where, files, attributes: they lay under the chain for ever."""
    number = town.joint()
    town["cg"].act(pb.VERB_REPORT, number, position=WHERE["position"], attachments=WHERE["attachments"])
    town["cg"].act(pb.VERB_COMMENT, number, attachments=WHERE["attachments"], **SAID)
    position = pb.Whistle(position=WHERE["position"]).position.SerializeToString()[:18]
    for _, _, public, _ in parts(town.d.data):
        assert not leaked(public, TOLD_OF_PLACE + [position])
    for principal in COMMUNITY, "cg", "centre":
        view = town[principal].show(number)
        told = {h.event.kind: h.event for h in view.happenings}
        assert told[pb.EVENT_KIND_REPORTED].position == WHERE["position"]
        assert told[pb.EVENT_KIND_COMMENTED].attachments[0] == WHERE["attachments"][0]
        assert not told[pb.EVENT_KIND_COMMENTED].HasField("position")


@pytest.mark.parametrize("rebuilt", [False, True], ids=["", "rebuilt"])
def test_what_was_told_of_the_place_is_erased_too(town, rebuilt):
    """After an erasure it stood thousands of times in the journal and in the state."""
    number = town.joint()
    town["cg"].act(pb.VERB_REPORT, number, position=WHERE["position"], attachments=WHERE["attachments"])
    assert on_disk(town.d, [WHERE["meeting_point"]])
    town["operator"].act(pb.VERB_ERASE, number, reason="X01")
    views = [town[principal].show(number) for principal in (COMMUNITY, "cg", "centre")]
    for view in views:
        assert not leaked(view, TOLD_OF_PLACE) and not view.case.whistle.HasField("position")
        assert not any(h.event.HasField("position") or h.event.attachments for h in view.happenings)
    if rebuilt:
        town.close()
        town.d.stop()
        subprocess.run(["rm", "-rf", *(path for path in town.d.data.iterdir() if path.name != "journal")], check=True)
        town.d.start()
    for _, _, public, private in parts(town.d.data):
        assert not leaked(public + private, TOLD_OF_PLACE)
    assert not rebuilt or not on_disk(town.d, TOLD_OF_PLACE)
    assert [town[principal].show(number) for principal in (COMMUNITY, "cg", "centre")] == views


def test_who_may_not_erase_is_refused(town):
    number = spoken_of(town, "皇甫")
    for principal in COMMUNITY, STREET, "cg", "water", "observer", "import":
        assert town[principal].refused(pb.VERB_ERASE, number, reason="X01") == "not_allowed"
    for principal in "hb", "420902002":
        assert town[principal].refused(pb.VERB_ERASE, number, reason="X01") == "unknown_case"
    for principal in "operator", "centre":
        assert town[principal].refused(pb.VERB_ERASE, number) == "missing"
    assert town["cg"].show(number, personal=True).personal == named("皇甫")[0]


def test_an_operator_erases_what_he_may_not_see(town):
    number = spoken_of(town, "皇甫")
    assert not leaked(town["operator"].show(number, personal=True), of("皇甫"))
    town["operator"].act(pb.VERB_ERASE, number, reason="X01")


def test_to_erase_a_point_that_repeats_erases_nothing_of_its_whistles(town):
    """Found: the point's case is filed by the command of the last whistle, whose resident was erased with it."""
    receipts = [town[COMMUNITY].submit(category="0103", personal=named(n)[0]) for n in ("皇甫", "尉迟", "公孙")]
    raised = receipts[-1].raised
    assert raised
    town["operator"].act(pb.VERB_ERASE, raised, reason="X01")
    assert town[COMMUNITY].show(receipts[-1].number, personal=True).personal == named("公孙")[0]
    town["operator"].act(pb.VERB_ERASE, receipts[-1].number, reason="X01")
    assert not on_disk(town.d, [named("公孙")[0].name])


def test_to_erase_a_case_erases_nothing_of_one_that_was_merged_into_it(town):
    main, own = spoken_of(town, "皇甫"), town[STREET].submit(kind=pb.KIND_JOINT, category="0402", area=COMMUNITY).number
    town[STREET].act(pb.VERB_MERGE, own, other=main, text=named("公孙")[1]["text"])
    town["operator"].act(pb.VERB_ERASE, main, reason="X01")
    assert on_disk(town.d, of("皇甫") + of("公孙")) == [named("公孙")[1]["text"]]
    town["operator"].act(pb.VERB_ERASE, own, reason="X01")
    assert not on_disk(town.d, of("公孙"))


def cut_off(d, before, done, half):
    """Puts back what an erasure overwrote, but in the first `done` records: as if it had been killed there. `half`: of the
    next one the mark was overwritten already."""
    erased = [(path, at) for path, at, _, part in parts(d.data) if part[:4] == journal.MARK_ERASED]
    for path, at in erased[done:]:
        with path.open("r+b") as file:
            file.seek(at)
            file.write(journal.MARK_ERASED + before[path, at][4:] if half else before[path, at])
        half = False


@pytest.mark.parametrize("done, half", [(0, False), (0, True), (5, False), (6, True)])
@pytest.mark.parametrize("rebuilt", [False, True], ids=["", "rebuilt"])
def test_an_erasure_that_a_crash_cut_off_is_finished_by_the_next_start(town, done, half, rebuilt):
    number = spoken_of(town, "皇甫")
    spoken_of(town, "尉迟")
    before = {(path, at): part for path, at, _, part in parts(town.d.data)}
    town["operator"].act(pb.VERB_ERASE, number, reason="X01")
    town.close()
    town.d.kill()
    cut_off(town.d, before, done, half)
    if rebuilt:
        subprocess.run(["rm", "-rf", *(path for path in town.d.data.iterdir() if path.name != "journal")], check=True)
    assert on_disk(town.d, of("皇甫"))
    town.d.start()
    assert not on_disk(town.d, of("皇甫")) and on_disk(town.d, of("尉迟")) == of("尉迟")
    assert town["cg"].show(number, personal=True).case.erased
    town.close()
    town.d.stop()
    assert " erased 7\n" in run("verify", town.d.data)


def test_what_was_written_since_an_erasure_stays_over_a_crash(town):
    """Found: the start after a crash erased a case anew, with all that had been written since."""
    number = spoken_of(town, "皇甫")
    town["operator"].act(pb.VERB_ERASE, number, reason="X01")
    town["cg"].act(pb.VERB_COMMENT, number, text=named("公孙")[1]["text"])
    town.close()
    town.d.kill()
    town.d.start()
    assert town[COMMUNITY].show(number).happenings[-1].text == named("公孙")[1]["text"]
    assert not on_disk(town.d, of("皇甫"))


def test_killed_while_it_erases_all_is_there_or_nothing(town):
    chance, erased = random.Random(7), []
    for round in range(8):
        name = "皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 呼延".split()[round]
        number = spoken_of(town, name, acts=5)
        speaker = Speaker(town.d.url, "operator")
        speaker.send(speaker.envelope(act=pb.Act(verb=pb.VERB_ERASE, number=number, reason="X01")))
        time.sleep(chance.random() / 300)
        town.close()
        town.d.kill()
        town.d.start()
        speaker.close()
        erased.append(town["centre"].show(number).case.erased)
        assert on_disk(town.d, of(name)) == ([] if erased[-1] else of(name))
    town.close()
    town.d.stop()
    assert f" erased {11 * sum(erased)}\n" in run("verify", town.d.data)


# ---- nobody is judged by whom he judges ----


def test_a_department_that_judges_an_office_is_refused(town):
    number = town.joint()
    for unit in FIVE:
        town[unit].act(pb.VERB_RESOLVE, number)
    for unit in FIVE:
        for target in "", COMMUNITY, STREET, "scj", unit:
            for verb in pb.VERB_EVALUATE, pb.VERB_CALL_BACK, pb.VERB_CLOSE, pb.VERB_REOPEN, pb.VERB_VERIFY:
                assert town[unit].refused(verb, number, target=target, verdict=pb.VERDICT_NOT_SOLVED, satisfied=3,
                                          reason="F01") == "not_allowed"
    assert town["centre"].show(number).case.state == pb.CASE_STATE_RESOLVED
