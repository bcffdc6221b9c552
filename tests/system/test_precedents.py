"""What the desk ruled comes back: cited by the next whistle's explanation, exported as a rule, put in force; and a case
is explained by the rulebook of the day it was placed, whatever is in force today."""
import re
import subprocess

import pytest

import daemon
from speaker import Speaker, pb

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

COMMUNITY, DESK = "420902001001", "centre"
OTHER = "420902001002"


@pytest.fixture
def city(tmp_path):
    d = daemon.Daemon(tmp_path / "d", rules=daemon.copy_of_city(tmp_path), clock="2026-02-13T09:00+08:00,x1").start()
    yield d
    if d.process:
        d.stop()


def whistled(*words, check=True, **environment):
    kept = {k: v for k, v in daemon.os.environ.items() if not k.startswith(("WHISTLE_", "LC_", "LANG"))}
    done = subprocess.run([daemon.BUILD / "whistled", *map(str, words)], capture_output=True, text=True, timeout=60,
                          env=kept | {"LANG": "C.UTF-8"} | environment)
    if not check:
        return done
    assert done.returncode == 0, done
    return done.stdout


def ruled(city, to, office=COMMUNITY, category="0102", reason="D02"):
    """A case whose lead declined and that the desk gave to another; or to the same one after all."""
    number = city.submit(office, category)
    lead = city.json("show", number)["summonses"][0]["unit"]
    city.act(lead, "decline", number, "--reason", reason)
    city.act(DESK, "reassign", number, "--to", to)
    return number


def explain_dir(city, rules, *words, **more):
    return whistled("explain", rules, "--category", "0102", "--area", COMMUNITY, "--at", "2026-02-13T12:00+08:00", *words,
                    **more)


def add_in_front(rules, text):
    (rules / "rules.yaml").write_text(text + (rules / "rules.yaml").read_text())


# ---- what was ruled is listed and cited


def test_rulings_are_listed_newest_first(city):
    assert city.ask("precedents") == "none\n" and city.json("precedents")["precedents"] == []
    first = ruled(city, "zj")
    second = ruled(city, "cg", office=OTHER, reason="D01")
    rows = city.json("precedents")["precedents"]
    assert [(r["number"], r["ruling"], r["from"], r["to"], r["reason"]) for r in rows] == \
        [(second, "uphold", "cg", "cg", "D01"), (first, "assign", "cg", "zj", "D02")]
    assert rows[1]["reason_text"] == "非本单位职责" and rows[1]["role"] == "lead" and rows[1]["day"] == "2026-02-13"
    assert rows[1]["area"].endswith(COMMUNITY) and rows[1]["category_name"]
    text = city.ask("precedents", "0102")
    assert re.search(rf"^{second} .*uphold +cg → cg +D01 +辖区不符\n{first} .*assign +cg → zj +D02 +非本单位职责$", text, re.M)


def test_rulings_are_asked_for_by_category_and_place(city):
    first, second = ruled(city, "zj"), ruled(city, "zj", office=OTHER)

    def numbers(*words):
        return [r["number"] for r in city.json("precedents", *words)["precedents"]]
    assert numbers("01") == [second, first]  # a class stands for all below it
    assert numbers("0102", COMMUNITY) == [first]
    assert numbers("0102", "420902001") == [second, first]  # those that lie in it
    assert numbers("0102", "420902002") == [] and numbers("0103") == []
    assert city.json("precedents", "9999")["code"] == "unknown_category"
    assert city.ask("precedents", "0102", "1").startswith("error unknown_area: there is no area 1")


def test_a_ruling_on_an_assist_is_told_as_one(city):
    number = city.submit(COMMUNITY, "0301")
    assist = [s["unit"] for s in city.json("show", number)["summonses"] if s["role"] == "assist"][0]
    city.act(assist, "decline", number, "--reason", "D02")
    city.act(DESK, "reassign", number, "--unit", assist, "--to", "zj")
    assert [r["role"] for r in city.json("precedents")["precedents"]] == ["assist"]
    told = whistled("precedents", "--status", city.status_path)
    assert number in told and "an assist: no rule" in told and "- id:" not in told


def test_the_next_whistle_is_explained_with_what_was_ruled(city):
    before = city.submit(COMMUNITY)
    number = ruled(city, "zj")
    after = city.submit(COMMUNITY)
    elsewhere = city.submit(OTHER)
    cited = rf"^precedent {number}  2026-02-13 Fri 09:\d\d  assign  cg → zj  D02 非本单位职责$"
    assert re.search(cited, city.ask("explain", after), re.M)
    assert "precedent" not in city.ask("explain", before) + city.ask("explain", number)  # it was not ruled yet
    assert "precedent" not in city.ask("explain", elsewhere)
    assert re.search(rf"^先例      {number}  .*改派  cg → zj", city.ask("explain", "zh", after), re.M)
    assert re.search(cited, explain_dir(city, city.rules, "--status", city.status_path), re.M)
    assert re.search(cited, explain_dir(city, city.rules, WHISTLE_STATUS=str(city.status_path)), re.M)
    assert "precedent" not in explain_dir(city, city.rules)


def test_only_who_names_a_daemon_is_stopped_by_its_silence(city, tmp_path):
    nobody = str(tmp_path / "nobody.sock")
    assert "rule      R27" in explain_dir(city, city.rules, WHISTLE_STATUS=nobody)
    done = whistled("explain", city.rules, "--category", "0102", "--area", COMMUNITY, "--status", nobody, check=False)
    assert done.returncode == 1 and f"io: {nobody}" in done.stderr and "rule" not in done.stdout


# ---- and becomes a rule


def test_a_ruling_becomes_a_rule(city):
    """Decline, ruling, export, check, reload: the next whistle needs no ruling."""
    number = ruled(city, "zj")
    told = whistled("precedents", "--status", city.status_path)
    assert f"{number} 2026-02-13: 区城市管理执法局 (cg) declined D02 非本单位职责 → " in told
    assert f"- id: P-0102-1\n  when: {{category: 0102, area: {COMMUNITY}}}\n  lead: zj\n" in told
    add_in_front(city.rules, told)
    assert whistled("check", city.rules)
    explained = explain_dir(city, city.rules)
    assert "rule      P-0102-1  rules.yaml:" in explained and "lead      zj" in explained
    assert city.ask("reload").startswith("ok")
    following = city.json("show", city.submit(COMMUNITY))
    assert following["case"]["rule"].endswith(" P-0102-1") and following["summonses"][0]["unit"] == "zj"
    assert city.json("show", city.submit(OTHER))["case"]["rule"].endswith(" R27")


def test_the_newest_ruling_of_a_place_is_proposed(city):
    older, newest = ruled(city, "jj"), ruled(city, "zj")
    upheld = ruled(city, "cg", office=OTHER)
    told = whistled("precedents", WHISTLE_STATUS=str(city.status_path))
    assert re.search(rf"{newest} .* \(zj\)\n#   {older} .* \(jj\) \(dropped: ruled otherwise since\)\n- id: P-0102-1", told)
    assert re.search(rf"{upheld} .* \(upheld\)\n- id: P-0102-2\n.*{OTHER}}}\n  lead: cg\n", told)
    assert told.count("- id:") == 2
    chinese = whistled("precedents", "--status", city.status_path, LANG="zh_CN.UTF-8")
    assert "退单 D02" in chinese and "维持派单" in chinese and "已被后来的裁定取代" in chinese
    add_in_front(city.rules, chinese)
    assert whistled("check", city.rules)


def test_what_the_rulebook_does_not_know_any_more_is_no_rule(city):
    ruled(city, "zj")
    city.stop()
    for name, gone in (("categories.csv", "0102,"), ("conditions.csv", "0102,"), ("rules.yaml", "- {id: R27,")):
        lines = (city.rules / name).read_text().splitlines(True)
        kept = [line for line in lines if not line.startswith(gone)]
        assert len(kept) < len(lines), name
        (city.rules / name).write_text("".join(kept))
    city.start()
    told = whistled("precedents", "--status", city.status_path)
    assert "- id:" not in told and "does not know" in told
    add_in_front(city.rules, told)
    assert whistled("check", city.rules)


def test_without_a_daemon_or_a_ruling(city, tmp_path):
    told = whistled("precedents", "--status", city.status_path)
    assert "There are no rulings" in told and all(line.startswith("#") for line in told.splitlines())
    done = whistled("precedents", "--status", tmp_path / "nobody", check=False)
    assert done.returncode == 1 and "nobody" in done.stderr and not done.stdout


# ---- the rulebook of that day


def test_a_case_is_explained_by_the_rulebook_of_its_day(city):
    number = city.submit(COMMUNITY, "0102", None, "楼道杂物", "--text", "好像闻到一点煤气")
    old = city.json("status")["rulebook"]["digest"]
    told = before = city.ask("explain", number)
    first = city.json("explain", number)
    assert told.splitlines()[1] == f"rulebook  {old}  in force" and (first["rulebook"], first["in_force"]) == (old, True)
    assert "rule      R03  rules.yaml:" in told and "lead      gas" in told
    assert "words     gas\n" in told and "煤气" not in told  # what was found, not where

    add_in_front(city.rules, "- {id: R00, when: {category: 0102}, lead: zj, limits: {resolve: 9工作日}}\n")
    book = city.rules / "rulebook.yaml"
    book.write_text(book.read_text().replace("words:", "words: # others", 1))
    assert city.ask("reload").startswith("ok")
    new = city.json("reload")["digest"]
    assert new != old
    told, then = city.ask("explain", number), city.json("explain", number)
    assert told.splitlines()[1:3] == [f"rulebook  {old}  not in force any more", f"in force  {new}"]
    assert (then["rulebook"], then["in_force"]) == (old, False)
    assert "rule      R03  rules.yaml:" in told and "R00" not in told and "lead      gas" in told
    assert told.splitlines()[3:] == before.splitlines()[2:]  # word for word, due times and all
    assert city.ask("explain", "zh", number).splitlines()[1:3] == [f"规则库    {old}  已不再现行", f"现行      {new}"]
    later = city.ask("explain", city.submit(COMMUNITY))
    assert f"rulebook  {new}  in force\n" in later and "rule      R00  rules.yaml:1\n" in later
    assert "9 working-days" in later

    city.restart()  # the files are in the store
    assert city.json("explain", number)["rulebook"] == old


def test_explain_case_tells_why_and_the_due_times(city):
    number = city.submit(COMMUNITY)
    city.act("cg", "accept", number, "--person", "王工")

    def case(*words, **more):
        return whistled("explain", "--case", number, *words, "--status", city.status_path, **more)
    whole, due = case(), case("--due")
    assert "rulebook  " in whole and "rule      R27" in whole and "in force" in whole
    assert whole.count("case      ") == 2 and due.count("case      ") == 1
    assert re.search(r" met\n", due) and "rulebook" not in due and "rule  " not in due
    assert re.sub(r"\d\d:\d\d", "", whole).endswith(re.sub(r"\d\d:\d\d", "", due))
    late = case("--at", "2026-03-02T09:00+08:00")
    assert "late by" in late and "late by" not in whole
    assert "when      2026-02-13 Fri 09:" in late  # the whistle is explained as of the day it came in
    assert "规则库" in case(LANG="zh_CN.UTF-8")
    done = whistled("explain", "--case", "260213-0999-0", "--status", city.status_path, check=False)
    assert done.returncode == 1 and not done.stdout and done.stderr.count("error") == 1


def test_what_explain_is_not_asked(city):
    number = city.submit(COMMUNITY)
    for line, code in (("explain", "missing"), ("explain 12", "bad_number"), (f"explain {number} 2026-02-13", "bad_value")):
        assert city.json(line)["code"] == code and city.ask(line).startswith(f"error {code}: ")


def test_what_no_office_may_whistle_is_explained_too(city):
    """A row of history, and a whistle that awaits approval."""
    with_import = Speaker(city.url, "import")
    now_ms = with_import.do(catalog=pb.Catalog(units=True)).now_ms
    old = with_import.submit(area=COMMUNITY, reported_ms=now_ms - 90 * 86400000)
    told = city.ask("explain", old.number)
    assert "rule      R27" in told and "refused" not in told and "lead      cg" in told
    waiting = city.submit(COMMUNITY, "0101", None, "违建", "--kind", "priority")
    assert "awaiting_approval" in city.ask("explain", waiting)
    with_import.close()


# ---- what show tells of the later life


def test_show_tells_who_handles_it_who_is_exempt_and_how_it_ends(city):
    number = ruled(city, "zj")
    told = city.json("show", number)
    assert {s["unit"]: s["exempt"] for s in told["summonses"]} == {"cg": "D02", "zj": ""}
    assert told["others"] is None and told["open_call"] is None and told["closing"] is None
    text = city.ask("show", number)
    assert re.search(r"^unit .* exempt$", text, re.M) and re.search(r"^cg .* D02$", text, re.M)
    office, cg = Speaker(city.url, COMMUNITY), Speaker(city.url, "cg")
    number = city.submit(COMMUNITY)
    cg.act(pb.VERB_HAND_DOWN, number, target="zd1")
    assert (city.json("show", number)["summonses"][0]["handler"],
            city.json("show", number)["summonses"][0]["handler_name"]) == ("zd1", "城管执法局驻书院街道中队")
    assert re.search(r"^cg .* zd1 +城管执法局驻书院街道中队$", city.ask("show", number), re.M)
    city.act("cg", "resolve", number)
    office.act(pb.VERB_FEEDBACK, number, text="已清")
    office.act(pb.VERB_CALL_BACK, number, verdict=pb.VERDICT_SOLVED, satisfied=pb.SATISFACTION_BASICALLY)
    closing = city.json("show", number)["closing"]
    assert closing["fed_back_ms"] and closing["called_back_ms"] and closing["calls"] == 1
    assert (closing["solved"], closing["satisfied"], closing["reopened"]) == ("solved", "basically", 0)
    text = city.ask("show", number)
    assert re.search(r"^fed back +2026-02-13 09:.*\n.*\ncalled back +2026-02-13 09:\S+  solved  basically$", text, re.M), text
    assert "已清" not in text and "已清" not in str(city.json("show", number))
    office.close(), cg.close()


def test_show_tells_which_cases_are_one(city):
    first, second = city.submit(COMMUNITY), city.submit(COMMUNITY)
    office = Speaker(city.url, COMMUNITY)
    office.act(pb.VERB_MERGE, second, other=first)
    assert city.json("show", second)["others"]["merged_into"] == first
    assert city.json("show", first)["others"] == {
        "merged_into": "", "joined": [{"number": second, "office": COMMUNITY, "office_name": "书院社区居委会"}],
        "related": []}
    assert re.search(rf"^merged into +{first}$", city.ask("show", second), re.M)
    assert re.search(rf"^joined +office\n{second} +{COMMUNITY}", city.ask("show", first), re.M)
    office.close()
