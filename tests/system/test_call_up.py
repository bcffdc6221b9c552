"""A community's call-up over the real daemon: members hear of it in feeds of their own, claim, come and are counted;
who they are is told to those whose people they are, and kept by nobody else.
"""
import csv
import subprocess

import pytest

import daemon
from speaker import Speaker, pb

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

COMMUNITY = "420902001001"
CLOCK = "2026-03-02T08:00+08:00,x1"


def call_up(d, **more):
    return Speaker(d.url, COMMUNITY).submit(kind=pb.KIND_CALLUP, category="0301", area=COMMUNITY, **more)


def people():
    with (daemon.CITY / "members.private.csv").open() as file:
        return {row["code"]: row for row in csv.DictReader(line for line in file if not line.startswith("#"))}


@pytest.fixture
def d(tmp_path):
    with daemon.running(tmp_path, clock=CLOCK) as d:
        yield d


def test_members_are_called_claim_and_are_counted(d):
    receipt = call_up(d, places=2)
    office, unit = Speaker(d.url, COMMUNITY), Speaker(d.url, "cg")  # which keeps D001
    feed = unit.feed("member/D001", epoch=1)
    assert [i.happening.event.kind for i in feed.items] == [pb.EVENT_KIND_OPEN_CALL]
    assert not feed.items[0].happening.HasField("personal")
    unit.act(pb.VERB_CLAIM, receipt.number, target="D001")
    assert unit.refused(pb.VERB_CLAIM, receipt.number, target="D002") == "not_allowed"  # another's
    office.act(pb.VERB_CLAIM, receipt.number, target="D002")
    reply = office.ask(act=pb.Act(verb=pb.VERB_CLAIM, number=receipt.number, target="D003"))
    assert (reply.code, list(reply.arguments)) == ("full", ["2"])
    kinds = [i.happening.event.kind for i in office.feed("member/D003", epoch=1).items]
    assert kinds == [pb.EVENT_KIND_OPEN_CALL, pb.EVENT_KIND_CLAIMED]  # it is full: nobody waits for him
    unit.act(pb.VERB_CHECK_IN, receipt.number, target="D001")
    office.act(pb.VERB_RESOLVE, receipt.number)
    day = d.json("day")
    row = next(r for r in day["units"] if r["unit"] == "cg")
    assert (row["claimed"], row["checked_in"]) == (1, 1)


def test_who_they_are_is_told_to_those_whose_people_they_are(d):
    known, number = people(), call_up(d, places=3).number
    for member in ("D001", "D002"):
        Speaker(d.url, COMMUNITY).act(pb.VERB_CLAIM, number, target=member)
    of = {principal: {m.code: m.name for m in Speaker(d.url, principal).show(number).members}
          for principal in (COMMUNITY, "cg", "centre")}
    assert of[COMMUNITY] == {m: known[m]["name"] for m in ("D001", "D002")}
    assert of["cg"] == {"D001": known["D001"]["name"]}
    assert of["centre"] == {}
    assert known["D001"]["name"] in d.whistle(COMMUNITY, "show", number)
    assert known["D001"]["name"] not in d.whistle("centre", "show", number)


def test_no_name_is_kept_in_the_store(d):
    number = call_up(d).number
    Speaker(d.url, COMMUNITY).act(pb.VERB_CLAIM, number, target="D001")
    Speaker(d.url, COMMUNITY).show(number)
    d.stop()
    for who in people().values():
        for value in (who["name"], who["phone"]):
            found = subprocess.run(["grep", "-rlF", value, str(d.data)], capture_output=True, text=True)
            assert found.stdout == "", (value, found.stdout)


def test_a_pool_with_too_few_takers_climbs(tmp_path):
    with daemon.running(tmp_path, clock="2026-03-02T08:00+08:00,x3600") as d:
        number = call_up(d, places=12).number
        view = Speaker(d.url, COMMUNITY)
        daemon.until(lambda: view.show(number).case.charge != COMMUNITY)
        case = view.show(number).case
        assert (case.charge, case.open_call.area) == ("420902001", "420902001")
