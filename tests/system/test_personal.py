"""What is personal: who is given it, that it is on record, where it never appears, and that it goes for good."""
import datetime
import json
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
        return list(journal.Journal(self.d.data))

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
