"""The archive, on a real daemon: a city's old cases are shown, listed, erased and restored from there; and what is said
while it is away. The daemon is in a hurry (tests/tools/hasty.c): a segment is old as soon as it is full.
"""
import shutil
import subprocess

import pytest

import daemon
from speaker import Speakers, pb

HASTY = daemon.BUILD / "tests" / "hasty"

pytestmark = pytest.mark.skipif(not HASTY.exists(), reason="hasty is not built")

OFFICE, SUPERVISOR = "420902001001", "centre"
WHO, TEXT = "皇甫多多", "楼道里堆满了旧家具"
LONG = "旧" * 1300  # a segment of the hasty daemon holds about a hundred


class Hasty(daemon.Daemon):
    def command(self):
        return [str(HASTY), *super().command()[1:], "--limit", "archive_days=1"]


def whistled(*words):
    return subprocess.run([str(daemon.BUILD / "whistled"), *map(str, words)], capture_output=True, text=True, timeout=120)


def verified(d):
    done = whistled("verify", d.data)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


def store(d):
    return d.json("status")["store"]


class Town:
    """Its first case lies in the archive, with some files of the journal."""

    def __init__(self, directory):
        self.d = Hasty(directory)
        self.d.start()
        self.say = Speakers(self.d)
        office = self.say[OFFICE]
        self.old = office.submit(personal=pb.Personal(name=WHO, text=TEXT)).number
        while store(self.d)["archived"] < 2:
            office.submit(personal=pb.Personal(name="周敏", text=LONG))
        self.new = office.submit(personal=pb.Personal(name=WHO, text=TEXT)).number

    def begin_again(self):
        self.say.hang_up()
        self.d.restart()
        self.say = Speakers(self.d)

    def take_the_archive_away(self):
        self.say.hang_up()
        self.d.stop()
        (self.d.data / "archive").rename(self.d.data.parent / "away")
        self.d.start()
        self.say = Speakers(self.d)

    def bring_it_back(self):
        self.say.hang_up()
        self.d.stop()
        (self.d.data / "archive").rmdir()
        (self.d.data.parent / "away").rename(self.d.data / "archive")
        self.d.start()
        self.say = Speakers(self.d)

    def erase(self, number):
        return self.say[SUPERVISOR].ask(act=pb.Act(verb=pb.VERB_ERASE, number=number, reason="R01"))


@pytest.fixture
def town(tmp_path):
    town = Town(tmp_path)
    yield town
    town.say.hang_up()
    if town.d.process:
        town.d.stop()


def bytes_of(d):
    return b"".join(path.read_bytes() for folder in ("journal", "archive") for path in (d.data / folder).iterdir())


def test_an_old_case_is_shown_as_ever(town):
    for _ in range(2):
        view = town.say[OFFICE].show(town.old, personal=True)
        assert (view.personal.name, view.personal.text) == (WHO, TEXT)
        assert view.happenings[0].event.kind == pb.EVENT_KIND_FILED
        town.begin_again()
    assert town.old in town.d.ask("show", town.old) and "filed" in town.d.ask("show", town.old)


def test_what_has_left_is_not_in_the_journal_any_more(town):
    town.say.hang_up()
    town.d.stop()
    here = {path.name for path in (town.d.data / "journal").glob("*.seg")}
    away = {path.name for path in (town.d.data / "archive").iterdir()}
    assert len(away) >= 2 and not here & away and max(away) < min(here)
    assert "00000000000000000001.seg" in away
    assert f"segments {len(here) + len(away)} " in verified(town.d)
    assert "archived segment=00000000000000000001" in town.d.log()


def test_an_old_case_is_erased_in_the_archive(town):
    assert TEXT.encode() in (town.d.data / "archive" / "00000000000000000001.seg").read_bytes()
    assert town.erase(town.old).code == "ok"
    assert town.erase(town.new).code == "ok"
    town.d.kill()
    assert TEXT.encode() not in bytes_of(town.d) and WHO.encode() not in bytes_of(town.d)
    assert "erased " in verified(town.d)
    town.d.start()
    town.say.hang_up()
    assert town.say["cg"].show(town.old, personal=True).case.erased


def test_a_backup_has_all_of_it(town, tmp_path):
    assert town.d.ask("backup", str(tmp_path / "backup")).startswith("ok") or (tmp_path / "backup" / "manifest").exists()
    done = whistled("restore", "--from", tmp_path / "backup", "--data", tmp_path / "restored")
    assert done.returncode == 0, done.stderr
    again = daemon.Daemon(tmp_path / "other")
    again.data = tmp_path / "restored"
    again.start()
    speakers = Speakers(again)
    assert speakers[OFFICE].show(town.old, personal=True).personal.text == TEXT
    speakers.hang_up()
    again.stop()
    verified(again)


def test_while_it_is_away_whistles_are_taken_and_what_needs_it_says_so(town):
    town.take_the_archive_away()
    view = town.say[OFFICE].show(town.old, personal=True)  # the case stands in the state, its first events do not
    assert view.case.number == town.old and view.personal == pb.Personal()
    assert store(town.d)["first_seq"] > 1 and store(town.d)["archived"] == 0
    assert town.say[OFFICE].submit(personal=pb.Personal(text=LONG)).number
    reply = town.erase(town.old)
    assert (reply.code, list(reply.arguments)) == ("archived", [town.old])
    assert reply.text == f"{town.old} lies in archive files that are not here"
    assert not town.say["cg"].show(town.old).case.erased
    assert town.erase(town.new).code == "ok"
    for _ in range(300):  # more than a segment: nothing goes to where the archive is not
        town.say[OFFICE].submit(personal=pb.Personal(text=LONG))
    daemon.until(lambda: "archiving failed: archived: archive: what comes before seq " in town.d.log())
    assert not list((town.d.data / "archive").iterdir())
    town.bring_it_back()
    assert town.say[OFFICE].show(town.old, personal=True).personal.text == TEXT
    assert town.erase(town.old).code == "ok"


def test_while_it_is_away_questions_over_old_cases_are_answered(town):
    town.take_the_archive_away()
    first = store(town.d)["first_seq"]
    watched = town.say[SUPERVISOR].ask(fetch=pb.Fetch(area="420902", after=0, max=5))
    for feed in watched.feed, town.say["cg"].feed():
        assert first <= feed.items[0].seq <= feed.next_after < first + 500, "what is not here is passed over"
    for words in ["list"], ["show", town.old], ["digest"], ["rates", "--by", "unit"]:
        town.d.whistle(SUPERVISOR, *words)
    assert town.d.ask("due", town.old).startswith("case ") and town.d.ask("explain", town.old).startswith("case ")
    done = town.d.whistle(SUPERVISOR, "rates", "--by", "unit", "--recount", check=False, LANGUAGE="en")
    assert done.returncode == 1 and "seq 1 lies in archive files that are not here" in done.stderr, done.stderr


def test_while_it_is_away_no_state_is_given_up(town):
    town.take_the_archive_away()
    town.say.hang_up()
    town.d.stop()
    done = whistled("rebuild", town.d.data)
    assert done.returncode == 1 and "archived: journal: it begins at seq " in done.stderr, done.stderr
    done = whistled("verify", town.d.data)
    assert done.returncode == 1 and "archived: " in done.stderr, (done.stdout, done.stderr)
    assert whistled("verify", "--journal", town.d.data).returncode == 0
    town.d.start()
    assert town.old in town.d.ask("show", town.old)
    assert town.d.ask("check").startswith("error archived: ")
    assert town.d.ask("status")


def test_a_power_cut_does_not_need_it(town):
    """Only what a checkpoint holds has left."""
    town.say.hang_up()
    town.d.kill()
    shutil.rmtree(town.d.data / "archive")
    mark = town.d.data / "mark"
    mark.unlink()
    town.d.start()
    assert store(town.d)["way"] == "checkpoint"
    assert town.old in town.d.ask("show", town.old)
