"""Lists of the real daemon: words in the title, and pages that stay true while cases move.

WHISTLED_SEED and WHISTLED_LIST_ROUNDS choose other and more random readings.
"""
import hashlib
import json
import os
import random
import shlex

import pytest

import daemon
import tokens
from speaker import Speaker, pb

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

OFFICE, UNIT = "420902001001", "cg"
SEED = int(os.environ.get("WHISTLED_SEED", 1))
ROUNDS = int(os.environ.get("WHISTLED_LIST_ROUNDS", 1))
WALK, MOVED = 0, 1
NEVER = 2**63 - 1


class City:
    def __init__(self, d):
        self.d = d
        self.connect()

    def connect(self):
        self.office, self.unit, self.centre = (Speaker(self.d.url, who) for who in (OFFICE, UNIT, "centre"))

    def restart(self):
        for speaker in (self.office, self.unit, self.centre):
            speaker.close()
        self.d.restart()
        self.connect()

    def page(self, who=None, **fields):
        return (who or self.centre).do(list=pb.List(**fields)).list

    def all(self, **fields):
        """Every row, while nothing moves."""
        rows, after = [], ""
        while True:
            page = self.page(after=after, max=500, **fields)
            rows += page.rows
            after = page.next_after
            if not after:
                return rows

    def titles(self, search, **fields):
        return sorted(row.title for row in self.all(search=search, **fields))


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    with daemon.running(tmp_path_factory.mktemp("list")) as d:
        city = City(d)
        yield city
        for speaker in (city.office, city.unit, city.centre):
            speaker.close()


# ---- words in the title --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def titled(city):
    titles = ["Water main in Elm Street", "WATER meter", "elm street: garbage", "书院路井盖缺失", "书院路 ABC小区 井盖松动", "路灯不亮"]
    for title in titles:
        city.office.submit(title=title)
    return city


@pytest.mark.parametrize("search,found", [
    ("water", ["WATER meter", "Water main in Elm Street"]),
    ("ELM street", ["Water main in Elm Street", "elm street: garbage"]),
    ("street elm", ["Water main in Elm Street", "elm street: garbage"]),  # in any order
    ("wat met", ["WATER meter"]),
    ("water garbage", []),  # all of them, in one title
    ("井盖", ["书院路 ABC小区 井盖松动", "书院路井盖缺失"]),
    ("井盖 书院", ["书院路 ABC小区 井盖松动", "书院路井盖缺失"]),
    ("  书院\t井盖 ", ["书院路 ABC小区 井盖松动", "书院路井盖缺失"]),
    ("井盖\u3000abc", ["书院路 ABC小区 井盖松动"]),  # the full-width blank
    ("420902001001", []),  # stands in the case, not in the title
    ("路灯亮", []),
])
def test_words_of_the_title(titled, search, found):
    for fields in ({}, {"open_only": True}, {"unit": UNIT, "open_only": True}):
        assert titled.titles(search, **fields) == sorted(found), fields


def test_a_search_is_one_filter_of_several(titled):
    assert titled.titles("井盖", category="0102") and not titled.titles("井盖", category="03")
    assert not titled.titles("井盖", states=[pb.CASE_STATE_CLOSED])
    assert not [row for row in titled.page(Speaker(titled.d.url, "gas"), search="井盖").rows], "not theirs to see"


def test_a_search_is_short(titled):
    reply = titled.centre.ask(list=pb.List(search="字" * 67))
    assert (reply.code, reply.field) == ("too_long", "list.search")
    assert titled.centre.ask(list=pb.List(search="字" * 66)).code == "ok"


# ---- pages while cases move ----------------------------------------------------------------------------------

FILTERS = {
    "open": dict(open_only=True),
    "unit": dict(open_only=True, unit=UNIT),
    "all": dict(),
    "in_hand": dict(states=[pb.CASE_STATE_IN_HAND]),
    "search": dict(open_only=True, search="号 7"),
    "due": dict(due_before_ms=NEVER - 1),
}


class Others:
    """Those who act while somebody reads. What they change is more than what they name: who cancels a case changes those
    that rest in it."""

    def __init__(self, city, chance, numbers):
        self.city, self.chance, self.numbers = city, chance, numbers
        self.seq = 0

    def act(self):
        unit, office, other = self.city.unit, self.city.office, self.chance.choice(self.numbers)
        who, verb, fields = self.chance.choice([
            (unit, pb.VERB_ACCEPT, dict(person="王工")), (unit, pb.VERB_REPORT, dict(person="王工")),
            (unit, pb.VERB_RESOLVE, dict(text="好了")), (unit, pb.VERB_EXTEND, dict(reason="E01")),
            (office, pb.VERB_COMMENT, dict(text="补充")), (office, pb.VERB_CANCEL, dict(reason="C01")),
            (office, pb.VERB_MERGE, dict(other=other)), (None, None, None)])
        if who:
            who.ask(act=pb.Act(verb=verb, number=self.chance.choice(self.numbers), **fields))
        else:
            self.numbers.append(office.submit(title=f"新 {self.chance.randrange(100)} 号").number)

    def changed(self):
        """Every case to which something happened since this was asked last, as a supervisor's watch tells."""
        numbers = set()
        while True:
            feed = self.city.centre.feed(area="420902", after=self.seq, consumer="changes")
            numbers |= {item.happening.event.number for item in feed.items}
            if self.seq == feed.next_after:
                return numbers
            self.seq = feed.next_after

    def act_often(self):
        for _ in range(self.chance.choice([0, 0, 1, 2, 5])):
            self.act()


def bare(row):
    """What is said of a case, wherever in the list it stands."""
    copy = pb.CaseRow()
    copy.CopyFrom(row)
    copy.moved = False
    return copy.SerializeToString(deterministic=True)


def as_it_stands(city, row, filter):
    view = city.centre.show(row.number).case
    due = [clock.due_ms for clock in view.clocks if not clock.stopped_ms and filter.get("unit") in (None, clock.unit)]
    return (row.state, row.title) == (view.state, view.whistle.title) and row.due_ms in (min(due, default=0), NEVER)


def digest(filter):
    return hashlib.blake2b(pb.List(**filter).SerializeToString(), digest_size=16).digest()


def part_of(city, token, filter):
    """Which part of the list a token goes on with."""
    told = filter | ({"due_before_ms": 1} if "due_before_ms" in filter else {})
    return tokens.opened(city.d.data, digest(told), token)[1]


def read_while_others_act(city, chance, others, filter):
    """The rows, what had changed before the walk came to its end, and what changed after that."""
    rows, before_end, after = [], None, ""
    for pages in range(2000):
        page = city.page(after=after, max=chance.randint(1, 12), **filter)
        assert all(as_it_stands(city, row, filter) for row in page.rows)
        rows += page.rows
        after = page.next_after
        if before_end is None and (not after or part_of(city, after, filter) != WALK):
            before_end = others.changed()
        if not after:
            return rows, before_end, others.changed()
        others.act_often()
    raise AssertionError("the list does not end")


@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
@pytest.mark.parametrize("name", FILTERS)
def test_pages_while_cases_move(city, name, seed):
    chance, filter = random.Random(f"{seed} {name}"), FILTERS[name]
    numbers = [city.office.submit(title=f"第 {i} 号").number for i in range(120)]
    others = Others(city, chance, numbers)
    for _ in range(60):
        others.act()
    others.changed()
    then = {row.number: bare(row) for row in city.all(**filter)}
    rows, changed, changed_later = read_while_others_act(city, chance, others, filter)
    now = {row.number: bare(row) for row in city.all(**filter)}
    assert changed, "nobody acted in time"

    assert [row.moved for row in rows] == sorted(row.moved for row in rows), "what moved stands at the end"
    stayed = [row for row in rows if row.number not in changed]
    assert {row.number: bare(row) for row in stayed} == {n: row for n, row in then.items() if n not in changed}
    assert not any(row.moved for row in stayed)
    in_place = [row for row in rows if not row.moved]
    assert len(in_place) == len({row.number for row in in_place}), "nothing has two places"
    assert all(bare(row) == then[row.number] for row in in_place), "in its place stands what has not changed"
    moved = {row.number: bare(row) for row in rows if row.moved}
    assert len(moved) == sum(row.moved for row in rows), "what moved comes once"
    settled = changed - changed_later
    assert {n: row for n, row in moved.items() if n in settled} == {n: row for n, row in now.items() if n in settled}
    if name == "all":  # into any other list a case may come after its row would have come
        assert changed <= moved.keys(), "what moved on was missed"


def test_a_list_that_nobody_disturbs_has_nothing_moved(city):
    for filter in FILTERS.values():
        numbers, after = [], ""
        while True:
            page = city.page(after=after, max=7, **filter)
            assert not any(row.moved for row in page.rows)
            numbers += [row.number for row in page.rows]
            after = page.next_after
            if not after:
                break
        assert numbers == [row.number for row in city.all(**filter)] and len(numbers) == len(set(numbers))


def test_what_changes_while_the_end_is_read_is_not_missed(city):
    """A case that had moved is told although it moves again before its row comes; it comes once."""
    numbers = [city.office.submit(title=f"末 {i}").number for i in range(6)]
    page = city.page(search="末", open_only=True, max=5)
    for number in numbers:
        city.unit.act(pb.VERB_ACCEPT, number, person="王工")
    moved = []
    after = page.next_after
    while after:
        page = city.page(search="末", open_only=True, max=1, after=after)
        moved += [row.number for row in page.rows if row.moved]
        for number in numbers:  # all of them go on moving
            city.office.act(pb.VERB_COMMENT, number, text="还在等")
        after = page.next_after
    assert sorted(moved) == sorted(numbers)


def test_what_leaves_the_filter_does_not_come_again(city):
    numbers = [city.office.submit(title=f"离 {i}").number for i in range(4)]
    page = city.page(search="离", open_only=True, max=2)
    city.office.act(pb.VERB_CANCEL, page.rows[0].number, reason="C01")
    rest = city.page(search="离", open_only=True, after=page.next_after)
    assert not rest.next_after and not any(row.moved for row in rest.rows)
    assert sorted(row.number for row in [*page.rows, *rest.rows]) == sorted(numbers)


# ---- tokens --------------------------------------------------------------------------------------------------


@pytest.fixture
def listed(city):
    """Pages of a filter with a token in each part of the list."""
    for i in range(6):
        city.office.submit(title=f"符 {i}")
    filter = dict(search="符", open_only=True)
    walk = city.page(max=2, **filter)
    for row in walk.rows:
        city.office.act(pb.VERB_COMMENT, row.number, text="等")
    page = walk
    while part_of(city, page.next_after, filter) == WALK:
        page = city.page(max=1, after=page.next_after, **filter)
    assert part_of(city, page.next_after, filter) == MOVED
    return city, filter, walk.next_after, page.next_after


def refused(city, after, filter, code="bad_value"):
    reply = city.centre.ask(list=pb.List(after=after, **filter))
    assert (reply.code, reply.field) == (code, "list.after"), (after, reply)
    assert not reply.HasField("list")


def test_a_token_that_was_cut_or_changed_is_refused(listed):
    city, filter, *given = listed
    for token in given:
        for length in range(1, len(token)):
            refused(city, token[:length], filter)
        for at in range(len(token)):
            refused(city, token[:at] + format(int(token[at], 16) ^ 1 << at % 4, "x") + token[at + 1:], filter)
        for other in (token + "00", token + token, token + " ", " " + token, "0" + token, "zz", "00" * 500):
            refused(city, other, filter)


def test_a_token_is_of_its_filter(listed):
    city, filter, *given = listed
    for token in given:
        for other in (dict(search="符 "), dict(open_only=False), dict(unit=UNIT), dict(area=OFFICE), dict(category="0102"),
                      dict(states=[pb.CASE_STATE_DISPATCHED]), dict(overdue=True), dict(due_before_ms=NEVER)):
            refused(city, token, filter | other)
        assert city.page(after=token, max=500, **filter) is not None


def test_a_bound_in_time_may_move_on(city):
    """`--due-within` means another moment at each page."""
    page = city.page(due_before_ms=NEVER - 2, max=3)
    rest = city.page(due_before_ms=NEVER - 1, max=500, after=page.next_after)
    assert not {row.number for row in page.rows} & {row.number for row in rest.rows if not row.moved}


def test_tokens_outlive_the_daemon(listed):
    city, filter, *given = listed
    told = [city.page(after=token, **filter) for token in given]
    city.restart()
    assert [city.page(after=token, **filter) for token in given] == told


@pytest.mark.parametrize("words,filter", [
    (["--open"], dict(open_only=True)), (["--due-within", "9000d"], dict(open_only=True)),
    (["--search", "接 力"], dict(search="接 力")), ([], {})])
def test_the_tool_goes_on_where_a_list_was_cut(city, words, filter):
    """Each command is the one that the last one named."""
    for i in range(5):
        city.office.submit(title=f"接 {i} 力")
    whole = [row.number for row in city.all(**filter)]
    words, numbers = ["list", "--json", "--max", str(len(whole) // 3 + 1), *words], []
    for _ in range(3):
        done = city.d.whistle("centre", *words, check=False)
        assert done.returncode == 0, done.stderr
        numbers += [json.loads(line)["number"] for line in done.stdout.splitlines()]
        words = shlex.split(done.stderr.removeprefix("more: whistle "))
    assert not words and numbers == whole


def test_tokens_with_invented_numbers(listed):
    """Sealed with the store's own key: a token may be of a store that was restored, or that another program wrote."""
    city, filter, walk, _ = listed
    body = tokens.opened(city.d.data, digest(filter), walk)
    version, part, epoch, since, key = body[0], body[1], int.from_bytes(body[2:10], "big"), int.from_bytes(body[10:18], "big"), body[18:]
    assert (version, part) == (2, WALK)

    def invented(filter, *numbers, part=0, version=2, epoch=1, since=1, key=b""):
        body = bytes([version, part]) + b"".join(n.to_bytes(8, "big") for n in (epoch, since, *numbers)) + key
        return tokens.made(city.d.data, digest(filter), body)

    head = city.centre.feed("centre").head_seq
    assert city.page(after=invented(filter, 1, head, part=1), **filter) is not None, "from the very first event on"
    far = 2**64 - 1
    for token in (invented(filter, since=head + 1, key=key), invented(filter, since=far, key=key),
                  invented(filter, key=key[1:]), invented(filter, key=key + b"\0"), invented(filter, key=b"\xff"),
                  invented(filter, key=bytes(32)), invented(filter, key=b""),
                  invented(filter, 1, head + 1, part=1), invented(filter, far, far, part=1), invented(filter, 5, 4, part=1),
                  invented(filter, 1, 4, part=1, since=2), invented(filter, far - 1, far, part=1, since=far),
                  invented(filter, 1, part=1), invented(filter, 1, 2, 3, part=1),
                  invented(filter, 1, 2, part=2), invented(filter, key=key, part=255), invented(filter, key=key, version=1)):
        refused(city, token, filter)
    refused(city, invented(filter, key=key, epoch=epoch + 1), filter, "epoch_changed")
