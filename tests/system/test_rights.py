"""What a principal may see and say ends where its part in a case does."""
import hashlib
import os

import pytest

import daemon
from speaker import Speaker, name, pb, ulid

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

OFFICE, OTHER_OFFICE = "420902001001", "420902002001"


class City:
    def __init__(self, d):
        self.d, self.speakers = d, {}

    def __getitem__(self, principal):
        return self.speakers.setdefault(principal, Speaker(self.d.url, principal))

    def close(self):
        for speaker in self.speakers.values():
            speaker.close()

    def again(self):
        self.close()
        self.d.stop()
        self.d.start()


@pytest.fixture
def city(tmp_path):
    with daemon.running(tmp_path) as d:
        city = City(d)
        yield city
        city.close()


def items_of(speaker, number, **more):
    return [i for i in speaker.feed(epoch=1, **more).items if i.happening.event.number == number]


def name_of(happening):
    return name(pb.EventKind, happening.event.kind)


# ---- feeds ----


def test_who_was_excused_does_not_read_the_case_on_through_his_feed(city):
    number = city[OFFICE].submit(title="被撤派后的案件").number
    city[OFFICE].act(pb.VERB_ADD_UNIT, number, target="hb")
    before = items_of(city["hb"], number)
    assert before and all(i.case.number == number for i in before)
    city[OFFICE].act(pb.VERB_EXCUSE, number, target="hb")
    city["cg"].act(pb.VERB_ACCEPT, number, person="王建国")
    city["cg"].act(pb.VERB_RESOLVE, number, text="已清理")
    assert city["hb"].ask(show=pb.Show(number=number)).code == "unknown_case"
    after = items_of(city["hb"], number, personal=True)
    assert len(after) > len(before)
    for item in after:
        event = item.happening.event
        told = {"seq": event.seq, "at_ms": event.at_ms, "kind": event.kind, "number": number, "unit": event.unit, "target": "hb"}
        assert item == pb.FeedItem(seq=event.seq, why=item.why, happening=pb.Happening(event=pb.Event(**told)))
        assert event.at_ms and event.kind in (pb.EVENT_KIND_UNIT_ADDED, pb.EVENT_KIND_EXCUSED)
    assert all(i.case.number == number for i in items_of(city["cg"], number))


# ---- what is on record ----


def test_a_view_is_not_on_record_where_nothing_was_given(city):
    """A confidential whistle without a text: its contact is kept from whom it calls, and nothing else is there."""
    number = city[OFFICE].submit(confidential=True, personal=pb.Personal(name="欧阳桂兰", phone="13812345678")).number
    only_text = city[OFFICE].submit(personal=pb.Personal(text="楼上夜里漏水")).number
    nothing = city[OFFICE].submit(personal=pb.Personal()).number
    for case in number, nothing:
        assert city["cg"].show(case, personal=True).personal in (pb.Personal(), pb.Personal(masked=True))
        assert city[OFFICE].show(case).views[:] == []
    items_of(city["cg"], number, personal=True)
    assert city[OFFICE].show(number).views[:] == []
    city["cg"].show(only_text, personal=True)
    assert [v.principal for v in city[OFFICE].show(only_text).views] == ["cg"]


# ---- deliveries ----


def test_a_delivery_is_put_on_record_only_of_whom_it_was_told(city):
    """Any assist could say of anybody that he was reached, or not, and wake the others each time."""
    number = city[OFFICE].submit().number
    seq = items_of(city[OFFICE], number)[0].seq
    before = city[OFFICE].show(number).case.last_seq
    for target, code in ((OFFICE, "not_allowed"), ("centre", "not_allowed"), ("nobody-at-all", "not_allowed"),
                         ("leader/observer", "not_allowed"), ("cg/B", "bad_value")):
        for verb in pb.VERB_DELIVERED, pb.VERB_UNDELIVERED:
            reply = city["cg"].ask(act=pb.Act(verb=verb, number=number, target=target, seq=seq, means="sms", tries=3))
            assert (reply.code, reply.field) == (code, "act.target"), target
    other = city[OFFICE].submit().number
    reply = city["centre"].ask(act=pb.Act(verb=pb.VERB_DELIVERED, number=other, target="cg", seq=seq))
    assert (reply.code, reply.field) == ("bad_value", "act.seq")
    assert city[OFFICE].show(number).case.last_seq == before
    seq = items_of(city["cg"], number)[-1].seq
    for by in "cg", "centre":
        city[by].act(pb.VERB_DELIVERED, number, target="cg", seq=seq, means="sms", tries=1)


def test_the_others_are_woken_once_by_what_did_not_reach_somebody(city):
    number = city[OFFICE].submit().number
    seq = items_of(city["cg"], number)[-1].seq
    for means in "sms", "sms", "call", "sms":
        city["cg"].act(pb.VERB_UNDELIVERED, number, target="cg", seq=seq, means=means, tries=1)
    assert city[OFFICE].kinds(number=number).count("undelivered") == 1
    assert [name_of(h) for h in city[OFFICE].show(number).happenings].count("undelivered") == 4
    city.again()
    city["cg"].act(pb.VERB_UNDELIVERED, number, target="cg", seq=seq, means="sms", tries=1)
    assert city[OFFICE].kinds(number=number).count("undelivered") == 1


# ---- what is told of somebody else's case ----


def test_a_source_does_not_give_the_number_of_another_office_s_case(city):
    fields = {"source": "12345", "source_no": "HOT-777"}
    number = city[OFFICE].submit(**fields).number
    other = city[OTHER_OFFICE]
    whistle = other.whistle(**fields)
    for op in {"submit": whistle}, {"preview": pb.Preview(whistle=whistle.whistle)}:
        reply = other.ask(**op)
        assert (reply.code, reply.field, list(reply.arguments)) == ("duplicate_source", "whistle.source_no", ["12345", "HOT-777"])
        assert number not in reply.text and "{" not in reply.text
    assert city[OFFICE].ask(submit=city[OFFICE].whistle(**fields)).receipt.number == number


def pages(speaker, op, **fields):
    """The tokens of all pages of a listing."""
    kind, after, tokens = {"list": pb.List, "facts": pb.Facts}[op], "", []
    while True:
        page = getattr(speaker.do(**{op: kind(after=after, max=1, **fields)}), op)
        after = page.next_after
        if not after:
            return tokens
        tokens.append(after)


def test_the_token_of_a_page_tells_nothing_and_nobody_makes_one_up(city):
    """It had the id and the due time of the case that the page ended at, and an unkeyed hash."""
    cases = [city["centre"].show(city[OFFICE].submit().number).case for _ in range(5)]
    for op, fields in ("list", {"open_only": True}), ("list", {}), ("facts", {"of": "filed"}):
        tokens = pages(city["centre"], op, **fields)
        assert len(tokens) >= 4
        for case in cases:
            for number in case.id, case.next_due_ms, case.filed_ms:
                assert not any(number.to_bytes(8, "big").hex() in token for token in tokens), (op, number)
    place = bytes([1, 0]) + (1).to_bytes(8, "big") + (3).to_bytes(8, "big") + cases[1].id.to_bytes(8, "big")
    check = hashlib.blake2b(place, digest_size=32, key=hashlib.blake2b(b"", digest_size=16).digest()).digest()[:8]
    assert city["centre"].ask(list=pb.List(after=(place + check).hex())).code == "bad_value"
    token = pages(city["centre"], "list")[0]
    city.again()
    assert city["centre"].ask(list=pb.List(after=token)).code == "ok", "good over a restart"
    changed = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert city["centre"].ask(list=pb.List(after=changed)).code == "bad_value"
    assert city["centre"].ask(facts=pb.Facts(of="filed", after=token)).code == "bad_value"


def recounted(speaker):
    after, sums = speaker.do(rates=pb.Rates()).rates.as_of, [0, 0, 0]
    while after:
        page = speaker.do(recount=pb.Recount(after=after)).recount
        sums = [a + b for a, b in zip(sums, (page.cases, page.events, page.replayed))]
        after = page.next_after
    return sums


def test_a_recount_does_not_count_for_a_unit_what_is_the_city_s(city):
    for _ in range(3):
        city[OFFICE].submit()
    city[OTHER_OFFICE].submit(area=OTHER_OFFICE)
    cases, events, replayed = recounted(city["centre"])
    assert cases == 4 and events == replayed > 4
    assert recounted(city["mz"]) == [0, 0, 0]
    assert recounted(city[OFFICE]) == [3, 0, 0]
    assert recounted(city["cg"]) == [4, 0, 0]


def test_who_claimed_is_told_to_the_office_and_to_who_speaks_for_the_member(city):
    """The codes of all who claimed, their units and the times went to whoever saw the case."""
    number = city[OFFICE].do(submit=city[OFFICE].whistle(kind=pb.KIND_CALLUP, places=2)).receipt.number
    call = city[OFFICE].show(number).case.open_call
    members = [row.split(",")[0] for row in (daemon.CITY / "members.csv").read_text().splitlines() if row[0] != "#"]
    codes = [m for m in members if city[OFFICE].ask(act=pb.Act(verb=pb.VERB_CLAIM, number=number, target=m)).code == "ok"]
    assert call.places == len(codes) == 2
    city[OFFICE].act(pb.VERB_CHECK_IN, number, target=codes[0])
    whole = city[OFFICE].show(number)
    assert [c.member for c in whole.case.open_call.claims] == codes and {h.event.target for h in whole.happenings} >= set(codes)
    states = [c.state for c in whole.case.open_call.claims]
    for principal in "observer", "supervise":
        view, feed = city[principal].show(number), city[principal].feed(epoch=1, area="420902")
        assert not view.members[:] and len(view.case.open_call.claims) == 2
        told = [i.happening for i in feed.items]
        calls = [view.case.open_call, *(i.case.open_call for i in feed.items), *(h.event.open_call for h in view.happenings),
                 *(h.event.open_call for h in told)]
        assert all(c == pb.Claim(state=c.state) and c.state for call in calls for c in call.claims)
        assert [c.state for c in view.case.open_call.claims] == states
        acts = [h for h in [*view.happenings, *told] if name_of(h) in ("claimed", "checked_in")]
        assert len(acts) == 6
        for h in acts:
            assert not (h.principal or h.event.unit or h.event.target or h.event.recipients or h.HasField("agent"))


# ---- ids ----


def test_an_id_is_not_used_again_with_another_personal_part_until_that_is_erased(city):
    """One byte of a hash of what is private stood in the public part for ever, and confirmed guesses."""
    whistle = {phone: city[OFFICE].whistle(personal=pb.Personal(name="张三", phone=phone)) for phone in ("13800000001", "13800000002")}
    bare, id = city[OFFICE].whistle(), ulid()
    right, wrong = whistle.values()
    first = city[OFFICE].do(id, submit=right)
    for restarted in False, True:
        assert city[OFFICE].do(id, submit=right).receipt == first.receipt
        assert [city[OFFICE].ask(id, submit=other).code for other in (wrong, bare)] == ["id_reused"] * 2
        city.again()
    city["operator"].act(pb.VERB_ERASE, first.receipt.number, reason="本人申请")
    for guess in right, wrong:
        assert city[OFFICE].do(id, submit=guess).receipt == first.receipt
    assert city[OFFICE].ask(id, submit=bare).code == "id_reused"
    office = city[OFFICE]
    for n in range(20):  # both copies on their way at once
        id, one = ulid(), office.whistle(title=f"测试 {n}", personal=pb.Personal(phone="1"))
        two = office.whistle(title=f"测试 {n}", personal=pb.Personal(phone="2"))
        for whistle in one, two, one:
            office.send(office.envelope(id, submit=whistle))
        codes = [office.receive()[1].code for _ in range(3)]
        assert codes == ["ok", "id_reused", "ok"]


# ---- who speaks ----


def test_a_user_that_a_reload_takes_away_does_not_get_the_answer_of_its_parked_poll(tmp_path):
    rules = daemon.copy_of_city(tmp_path)
    with daemon.running(tmp_path, rules=rules) as d:
        city, book = City(d), rules / "principals.yaml"
        seq = city["cg"].feed(epoch=1).next_after
        parked = city["cg"].send(city["cg"].envelope(fetch=pb.Fetch(consumer="test", epoch=1, after=seq, wait_ms=20000)))
        daemon.until(lambda: d.json("status")["service"]["polls_waiting"] == 1)
        text = book.read_text()
        taken = text.replace("unit: cg, local: self", "unit: cg")
        assert taken != text
        book.write_text(taken)
        assert d.ask("reload").startswith("ok")
        city[OFFICE].submit()
        sp_id, reply, _ = city["cg"].receive()
        assert sp_id == parked and reply.code == "refused" and not reply.HasField("feed")
        city.close()


# ---- what was kept aside ----


def put_aside(d, principal, id, request):
    """A request that ended the daemon twice as it was answered; another name of its file, which shows what is left of the bytes."""
    poison, hash = d.data / "poison", os.urandom(32).hex()
    poison.mkdir(mode=0o700, exist_ok=True)
    words = {"suspect": 1, "stage": "5 answering", "principal": principal, "id": id.hex(), "blame": 4, "deaths": 2, "run": 7,
             "first_ms": 1, "last_ms": 2, "bytes": len(request)}
    (poison / hash).write_bytes("".join(f"{k} {v}\n" for k, v in words.items()).encode() + b"\n" + request)
    (poison / hash).chmod(0o600)
    other = d.data.parent / hash
    os.link(poison / hash, other)
    return poison / hash, other


def test_erasing_reaches_what_was_kept_aside_of_the_case(city):
    ids = [ulid() for _ in range(3)]
    submit = city[OFFICE].whistle(personal=pb.Personal(name="欧阳桂兰", phone="13812345678"))
    number, elsewhere = (city[OFFICE].do(id, submit=submit).receipt.number for id in ids[:2])
    act = pb.Act(verb=pb.VERB_ACCEPT, number=number, person="司马长风")
    city["cg"].do(ids[2], act=act)
    city.close()
    city.d.stop()
    filed, other_case, accepted, stranger = (
        put_aside(city.d, principal, id, pb.Request(id=id, **op).SerializeToString()) for principal, id, op in (
            (OFFICE, ids[0], {"submit": submit}), (OFFICE, ids[1], {"submit": submit}), ("cg", ids[2], {"act": act}),
            ("hb", ids[0], {"submit": submit})))
    city.d.start()
    city["operator"].act(pb.VERB_ERASE, number, reason="本人申请")
    for file, bytes in filed, accepted:
        assert not file.exists() and not bytes.read_bytes().strip(b"\0")
    for file, bytes in other_case, stranger:
        assert file.read_bytes() == bytes.read_bytes() and "桂兰".encode() in bytes.read_bytes()
    city.d.ask("release", other_case[0].name[:12])
    assert not other_case[0].exists() and not other_case[1].read_bytes().strip(b"\0")
    assert elsewhere != number
