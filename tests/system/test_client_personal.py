"""Who the resident is, as the tool tells it: masked, whole on record, hidden, erased; and whistle erase."""
import json

import pytest

from fake_daemon import pb
from test_client_ledger import cells

RESIDENT = ["--name", "张桂兰", "--phone", "13800008000", "--address", "3 栋 2 单元", "--text", "已有三天"]
SECRETS = ["张桂兰", "13800008000", "3 栋", "已有三天"]
HINT = "whistle show --personal, for those who handle the case; who looks is put on record"


@pytest.fixture
def number(kit):
    return kit.submit("垃圾", *RESIDENT)


def shown(kit, number, *options, **more):
    """The lines about the resident: by label, what stands behind it."""
    lines = kit.good("show", number, *options, **more).splitlines()
    labels = ("resident", "address", "text", "more", "诉求人", "其余")
    return {line.split()[0]: line.strip().split("  ", 1)[1].strip() for line in lines
            if line.startswith("  ") and line.split()[0] in labels}


def holds_none(text):
    return not [secret for secret in SECRETS if secret in text]


# ---- show --------------------------------------------------------------------------------------------------------


def test_the_resident_comes_masked_and_whole_on_demand(kit, number):
    assert shown(kit, number) == {"resident": "张** (ends in 8000)", "more": HINT}
    assert shown(kit, number, LANGUAGE="zh_CN") == {
        "诉求人": "张** 尾号 8000", "其余": "经办单位可用 whistle show --personal 查看,查看留痕"}
    assert holds_none(kit.good("show", number)) and not kit.daemon.views
    assert shown(kit, number, "--personal") == {
        "resident": "张桂兰  13800008000", "address": "3 栋 2 单元", "text": "已有三天"}
    assert [op.personal for op in kit.daemon.asked("show")][-2:] == [False, True]


def test_json_says_that_it_is_masked(kit, number):
    view = json.loads(kit.good("show", "--json", number))
    assert view["personal"] == {"name": "张**", "phone": "*******8000", "masked": True}
    whole = json.loads(kit.good("show", "--json", "-p", number))["personal"]
    assert whole == {"name": "张桂兰", "phone": "13800008000", "address": "3 栋 2 单元", "text": "已有三天"}


def test_short_phones_are_stars_and_names_alone_are_names(kit):
    assert shown(kit, kit.submit("一", "--name", "李四", "--phone", "6107"))["resident"] == "李** ****"
    assert shown(kit, kit.submit("二", "--name", "李四"))["resident"] == "李**"
    assert shown(kit, kit.submit("三", "--phone", "13800008000"))["resident"] == "(ends in 8000)"


def test_what_was_never_given_is_not_spoken_of(kit):
    assert shown(kit, kit.submit()) == {}
    assert shown(kit, kit.submit("一", "--text", "匿名")) == {"more": HINT}
    assert shown(kit, kit.submit("二", "--text", "匿名"), "--personal") == {"text": "匿名"}
    assert shown(kit, kit.submit("三", "--address", "3 栋"), "--personal") == {"address": "3 栋"}


def test_what_is_not_for_the_reader_is_said(kit, number):
    kit.good("accept", number, "--person", "王工", "--text", "马上到")
    kit.daemon.relation = "observer"
    for options in ([], ["--personal"]):
        out = kit.good("show", number, *options)
        assert cells(out, "resident") == ["not shown to you"] == cells(out, "text") and holds_none(out)
        assert "more" not in shown(kit, number, *options)
    assert cells(out, "Intake") == ["02-13 Fri 08:01", "filed"], "the head says it of the resident"
    assert "accepted  城管执法局  (not shown to you)" in out and "王工" not in out
    assert cells(out, "lead")[-1] == "not shown to you"
    assert "not shown to you" in kit.good("watch", number)
    assert cells(kit.run("show", number, LANGUAGE="zh_CN")[1], "诉求人") == ["无权查看"]


def test_a_confidential_resident_is_not_for_the_called(kit):
    number = kit.submit("垃圾", *RESIDENT, "--confidential")
    kit.daemon.relation = "lead"
    assert shown(kit, number) == {"resident": "not shown to you", "more": HINT}
    assert shown(kit, number, "--personal") == {"resident": "not shown to you", "text": "已有三天"}


def test_who_is_told_masked_whatever_he_asks_is_told_so(kit, number):
    """An office above sees the masked part alone."""
    personal = kit.daemon.personal
    kit.daemon.personal = lambda case, whole, agent: personal(case, False, agent)
    for options in (["--personal"], ["--personal", "--slip"]):
        assert shown(kit, number, *options) == {"resident": "张** (ends in 8000)", "text": "not shown to you"}


def test_who_saw_it_whole_is_shown(kit, number):
    assert "who was given" not in kit.good("show", number)
    kit.good("show", "--personal", number, "--principal", "cg", "--agent-name", "王工", "--staff-no", "0042")
    out = kit.good("show", number)
    assert cells(out, "who was given what is personal") == ["person", "last"]
    assert cells(out, "cg") == ["王工 0042", "02-13 Fri 08:01"]
    assert "谁查看过个人信息" in kit.run("show", number, LANGUAGE="zh_CN")[1]
    assert json.loads(kit.good("show", "--json", number))["views"][0]["principal"] == "cg"


def test_a_slip_is_masked_unless_it_is_asked_for_whole(kit, number):
    slip = kit.good("show", "--slip", number)
    assert cells(slip, "resident") == ["张** (ends in 8000)"] and cells(slip, "more") == [HINT]
    assert holds_none(slip) and "address" not in slip and not kit.daemon.views
    slip = kit.good("show", "--slip", "--personal", number)
    assert all(secret in slip for secret in SECRETS) and HINT not in slip
    assert list(kit.daemon.views[number]) == ["shuyuan"]


# ---- watch -------------------------------------------------------------------------------------------------------


def test_a_feed_tells_of_the_resident_as_it_is_asked(kit, number):
    out = kit.good("watch", "--for", "cg", "--once")
    assert out.count("resident 张** (ends in 8000)") == 2 and holds_none(out) and not kit.daemon.views
    out = kit.good("watch", "--for", "cg", "--once", "--consumer", "other", "--personal")
    assert out.count("resident 张桂兰  13800008000  3 栋 2 单元  已有三天") == 2 and list(kit.daemon.views) == [number]
    assert all(op.personal == (op.consumer == "other") for op in kit.daemon.asked("fetch"))
    kit.daemon.relation = "observer"
    out = kit.good("watch", "--area", "420902", "--once")
    assert out.count("resident not shown to you") == 1 and holds_none(out)


def test_a_text_of_several_lines_stays_on_its_line_of_the_feed(kit):
    kit.submit("垃圾", "--text", "已有三天\n很臭\t请来")
    assert "resident 已有三天 很臭 请来\n" in kit.good("watch", "--for", "cg", "--once", "--personal")
    assert len(kit.good("watch", "--for", "cg", "--once", "--consumer", "other").splitlines()) == 2


def test_a_command_has_the_whole_phone_when_it_is_asked_for(kit, number):
    for options, phone in (([], "*******8000"), (["--personal"], "13800008000")):
        seen = kit.directory / f"seen{len(options)}"
        kit.good("watch", "--for", "cg", "--once", "--consumer", seen.name, *options, "--exec", f"cat >> {seen}")
        items = [json.loads(line) for line in seen.read_text().splitlines()]
        assert [i["happening"]["personal"]["phone"] for i in items] == [phone, phone]


def test_a_board_has_no_resident_to_show_whole(kit, number):
    status, _, err = kit.run("watch", number, "--personal")
    assert status == 2 and "--personal needs --for or --area" in err


# ---- erase -------------------------------------------------------------------------------------------------------


def test_erase_asks_and_needs_a_reason(kit, number):
    assert kit.run("erase", number, "--yes")[0] == 2
    assert kit.run("erase", number, "--reason", "依法", "--text", "x")[0] == 2, "a text would be erased with the rest"
    for answer in ("n\n", "\n", ""):
        status, out, _ = kit.run("erase", number, "--reason", "依法", input=answer)
        assert status == 1 and f"in all records of {number}" in out and out.endswith(f"{number}  nothing was erased\n")
    assert not kit.daemon.acts(pb.VERB_ERASE)
    assert kit.run("erase", number, "--reason", "依法", input="y\n")[0] == 0
    assert kit.daemon.acts(pb.VERB_ERASE) == [pb.Act(verb=pb.VERB_ERASE, number=number, reason="依法")]


def test_each_of_several_is_asked_for(kit, number):
    other = kit.submit("另一", *RESIDENT)
    status, out, _ = kit.run("erase", number, other, "--reason", "依法", input="n\ny\n")
    assert status == 1 and [a.number for a in kit.daemon.acts(pb.VERB_ERASE)] == [other]
    assert f"{other}  erase · dispatched" in out


def test_what_is_erased_is_said_to_be(kit, number):
    kit.good("accept", number, "--person", "王工", "--text", "马上到")
    assert kit.good("erase", number, "--reason", "依法", "--yes") == f"{number}  erase · in hand\n"
    for options in ([], ["--personal"]):
        assert shown(kit, number, *options) == {"resident": "erased"}
        assert cells(kit.good("show", "--slip", number, *options), "resident") == ["erased"]
    out = kit.good("show", number)
    assert "accepted  城管执法局  (erased)" in out and cells(out, "lead")[-1] == "erased" and "王工" not in out
    assert "erased" not in cells(out, "assist"), "nobody of it has come yet"
    assert cells(out, "Supervision") == ["02-13 Fri 08:01", "erased", "城管执法局", "依法"]
    assert "erased" in kit.good("watch", number)
    feed = kit.good("watch", "--for", "cg", "--once")
    assert "resident erased\n" in feed and "accepted  城管执法局  (erased)" in feed
    out = kit.run("show", number, LANGUAGE="zh_CN")[1]
    assert cells(out, "诉求人") == ["已抹除"] and "(内容已抹除)" in out and "erase" not in out
    assert json.loads(kit.good("show", "--json", number))["case"]["erased"] is True


def test_a_case_without_a_resident_has_none_to_erase(kit):
    number = kit.submit()
    kit.good("erase", number, "--reason", "依法", "--yes")
    assert shown(kit, number) == {}


def test_the_words_of_looks_and_erasures(kit, number):
    """A look is in no feed yet; a subscriber that is given one has a word for it."""
    case = kit.daemon.cases[number]
    kit.daemon.note(case, pb.EVENT_KIND_VIEWED, pb.Request(agent=pb.Agent(name="王工")))
    assert "viewed  by 王工" in kit.good("watch", "--for", "cg", "--once")
    assert "查阅" in kit.run("watch", "--for", "cg", "--once", "--consumer", "o", LANGUAGE="zh_CN")[1]
