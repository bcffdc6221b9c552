"""Who may do what, tried out: principals of one role each, in each way of standing to a case, over the real daemon; what
each may is read from the table in config/README.md.
"""
import pytest

import daemon
import matrix
from speaker import Speaker, pb

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

COMMUNITY, STREET, ELSEWHERE = "420902001001", "420902001", "420902100"
TEXT, MEETING, WORDS = "楼上夜里漏水", "东门菜场", "已与住户联系"
RESIDENT = pb.Personal(name="欧阳桂兰", phone="13812345678", address="槐荫巷 7 号", text=TEXT)
MASKED = pb.Personal(name="欧**", phone="*******5678", masked=True)
SECRETS = (RESIDENT.name, RESIDENT.phone, RESIDENT.address, TEXT, MEETING, WORDS)
VERBS = [pb.Verb.Name(v)[5:].lower() for v in pb.Verb.values() if v]
BY_UNIT = {"office", "unit", "supervisor"}  # roles that act for their unit
BY_AREA = {"office": "B", "supervisor": "S", "observer": "W", "operator": "W", "import": "W"}


def joint(city, **more):
    return city[COMMUNITY].submit(kind=pb.KIND_JOINT, category="0402", meeting_point=MEETING, personal=RESIDENT, **more)


def handed_up(city, **more):
    """The office has it no more in charge, the street has."""
    number = joint(city, **more).number
    city["cg"].act(pb.VERB_ACCEPT, number, text=WORDS)
    city[COMMUNITY].act(pb.VERB_HAND_UP, number, reason="H01")
    return number


def to_be_approved(city, **more):
    """The street has to say whether it goes out."""
    receipt = city[COMMUNITY].submit(kind=pb.KIND_PRIORITY, category="0101", meeting_point=MEETING, personal=RESIDENT,
                                     **more)
    assert receipt.state == pb.CASE_STATE_AWAITING_APPROVAL
    city[COMMUNITY].act(pb.VERB_COMMENT, receipt.number, text=WORDS)
    return receipt.number


def to_be_verified(city, **more):
    """The street has to say whether it is done."""
    receipt = joint(city, **more)
    for called in receipt.called:
        city[called.unit].act(pb.VERB_RESOLVE, receipt.number, text=WORDS)
    return receipt.number


def joined(city, **more):
    """The street's own whistle rests in it."""
    number = joint(city, **more).number
    own = city[STREET].submit(kind=pb.KIND_JOINT, category="0402", area=COMMUNITY).number
    city["cg"].act(pb.VERB_ACCEPT, number, text=WORDS)
    city[STREET].act(pb.VERB_MERGE, own, other=number)
    return number


def called_up(city, **more):
    """Members whom cg keeps may claim a place."""
    receipt = city[COMMUNITY].submit(kind=pb.KIND_CALLUP, category="0301", meeting_point=MEETING, personal=RESIDENT,
                                     **more)
    city[COMMUNITY].act(pb.VERB_COMMENT, receipt.number, text=WORDS)
    return receipt.number


# How a unit stands to a case, and the case; the area of its principals holds no case.
STANDINGS = {
    "office": ("O", handed_up, COMMUNITY), "office-in-charge": ("OCLM", called_up, COMMUNITY),
    "charge": ("C", handed_up, STREET), "lead": ("L", handed_up, "cg"), "assist": ("A", handed_up, "scj"),
    "approver": ("K", to_be_approved, STREET), "verifier": ("K", to_be_verified, STREET), "joined": ("J", joined, STREET),
    "keeper": ("M", called_up, "cg"), "nobody": ("", handed_up, "wj")}
BY_UNIT = {"office", "unit", "supervisor"}  # roles that act for their unit
BY_AREA = {"office": "B", "supervisor": "S", "observer": "W", "operator": "W", "import": "W"}
# There is nothing to verify yet.
NOT_YET = {(to_be_approved, "verify")}


class Scenes:
    """The daemon, who speaks to it, and the cases; one that an act changed is made anew."""

    def __init__(self, d):
        self.d, self.speakers, self.cases = d, {}, {}

    def __getitem__(self, principal):
        return self.speakers.setdefault(principal, Speaker(self.d.url, principal))

    def case(self, made, **more):
        key = made, *more
        if key not in self.cases:
            self.cases[key] = made(self, **more)
            self["centre"].show(self.cases[key], personal=True)
        return self.cases[key]


def principals():
    """(code, role, letters, case); and their lines of principals.yaml."""
    found, lines = [], []
    for role in matrix.ROLES:
        for name, (letters, made, unit) in STANDINGS.items():
            found.append((f"{role}-{name}", role, letters if role in BY_UNIT else "", made))
            lines.append(f"- {{code: {role}-{name}, roles: {role}, area: {ELSEWHERE}, unit: {unit}, local: self}}")
        found.append((f"{role}-area", role, BY_AREA.get(role, ""), handed_up))
        lines.append(f"- {{code: {role}-area, roles: {role}, area: {STREET}, unit: wj, local: self}}")
    return found, "\n".join(lines) + "\n"


PRINCIPALS, LINES = principals()
each_principal = pytest.mark.parametrize("code, role, letters, made", PRINCIPALS, ids=[p[0] for p in PRINCIPALS])
may = matrix.read()


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    directory = tmp_path_factory.mktemp("city")
    rules = daemon.copy_of_city(directory)
    with (rules / "principals.yaml").open("a") as file:
        file.write(LINES)
    with daemon.running(directory, rules=rules) as d:
        yield Scenes(d)


def act(verb, number, **fields):
    return pb.Act(verb=pb.Verb.Value(f"VERB_{verb.upper()}"), number=number, **fields)


@each_principal
def test_each_act_is_for_those_of_the_table(city, code, role, letters, made):
    wrong, refusal = [], "not_allowed" if may("see", role, letters) else "unknown_case"
    for verb in VERBS:
        reply = city[code].ask(act=act(verb, city.case(made)))
        if reply.code == "ok":
            del city.cases[(made,)]
        allowed = may(verb, role, letters) and (made, verb) not in NOT_YET
        if (reply.code in ("not_allowed", "unknown_case")) == allowed or (not allowed and reply.code != refusal):
            wrong.append((verb, reply.code))
    assert not wrong


@each_principal
def test_each_part_of_a_case_is_for_those_of_the_table(city, code, role, letters, made):
    def given(operation):
        return may(operation, role, letters)

    number = city.case(made)
    reply = city[code].ask(show=pb.Show(number=number))
    assert reply.code == ("ok" if given("see") else "unknown_case")
    if not given("see"):
        assert not any(part.encode() in reply.SerializeToString() for part in (*SECRETS, "测试"))
        return
    views = bool(reply.show.views)
    masked, whole = city[code].show(number), city[code].show(number, personal=True)
    assert masked.personal == (MASKED if given("masked") else pb.Personal())
    assert whole.personal == (RESIDENT if given("contact") else masked.personal)
    for view in masked, whole:
        assert (view.case.whistle.meeting_point == MEETING) == given("place")
        assert any(h.text == WORDS for h in view.happenings) == given("words")
    assert views == given("views")


@each_principal
def test_a_confidential_contact_is_for_those_of_the_table(city, code, role, letters, made):
    if not may("see", role, letters):
        return
    number = city.case(made, confidential=True)
    masked, whole = city[code].show(number), city[code].show(number, personal=True)
    secret, text = may("secret", role, letters), may("contact", role, letters)
    assert masked.personal == (MASKED if secret else pb.Personal())
    assert whole.personal == (RESIDENT if secret else pb.Personal(text=TEXT) if text else pb.Personal())


@pytest.mark.parametrize("role", matrix.ROLES)
def test_an_area_is_for_those_of_the_table(city, role):
    city.case(handed_up)
    for code, letters in (f"{role}-area", BY_AREA.get(role, "")), (f"{role}-nobody", ""):
        ask, month = city[code].ask, pb.Selection(area=STREET, unit=COMMUNITY)
        assert (ask(fetch=pb.Fetch(area=STREET)).code == "ok") == may("watch", role, letters)
        assert bool(ask(facts=pb.Facts(of="filed", selection=month)).facts.rows) == may("figures", role, letters)
        submit = city[code].whistle(area=COMMUNITY)
        assert (ask(submit=submit).code == "ok") == may("submit", role, letters)
        assert (ask(preview=pb.Preview(whistle=submit.whistle)).code == "ok") == may("submit", role, letters)


# ---- who may not see a case is not told whether it exists ----


def told(speaker, number, **op):
    """The answer, with the number that was asked for made one."""
    reply = speaker.ask(**op)
    reply.id, reply.now_ms = b"", 0
    return str(reply).replace(number, "NUMBER")


@pytest.mark.parametrize("code", [f"{role}-nobody" for role in matrix.ROLES] + ["420902100", "420902002001", "hb"])
def test_a_stranger_is_not_told_whether_a_case_exists(city, code):
    speaker, number = city[code], city.case(handed_up)
    none = next(n for n in (f"200101-0001-{check}" for check in range(10))
                if city["centre"].ask(show=pb.Show(number=n)).code == "unknown_case")
    here, nowhere = (told(speaker, n, show=pb.Show(number=n, history=True, personal=True)) for n in (number, none))
    assert here == nowhere and "unknown_case" in here
    fields = {"target": "cg", "unit": "cg", "text": WORDS, "verdict": 1, "reason": "H01", "limit": "1工作日"}
    for verb in VERBS:
        for more in {}, fields:
            here, nowhere = (told(speaker, n, act=act(verb, n, **more)) for n in (number, none))
            assert here == nowhere and "unknown_case" in here, verb
    own = city["420902100"].submit(category="0102").number
    here, nowhere = (told(city["420902100"], n, act=act("merge", own, other=n)) for n in (number, none))
    assert here == nowhere and "unknown_case" in here
    listed = speaker.do(list=pb.List(area=STREET, max=500)).list.rows
    facts = speaker.do(facts=pb.Facts(of="filed", selection=pb.Selection(area=STREET), max=500)).facts.rows
    assert number not in {row.number for row in [*listed, *facts]}
