"""`whistle points` against a stand-in daemon: the ranking and the ledger."""
import csv
import io
import json
import re

import pytest

import fake_daemon
from fake_daemon import pb


def ledger(kit):
    kit.daemon.fact_pages = [
        [fake_daemon.fact("260201-0001-1", fact="accepted", rule="P03", points=5)],
        [],
        [fake_daemon.fact("260201-0002-2", fact="rework", rule="P11", points=-2, member="m-007")]]


def test_ranking(kit):
    assert kit.good("points") == """\
Period: 2026-02 (not over yet)
rank  code   name        points  entries
   1  cg     城管执法局     120       31
   2  m-007                  -5        1
"""
    assert kit.good("points", LANGUAGE="zh_CN").splitlines()[:2] == ["期间:2026-02(尚未结束)", "名次  代码   名称        积分  条数"]


def test_what_is_asked(kit):
    kit.good("points")
    kit.good("points", "--by", "member", "--member", "m-007", "--unit", "cg", "--area", "420902", "--category", "03",
             "--from", "2026-02-01", "--to", "2026-02-10")
    kit.good("points", "--by", "branch", "--year", "2026")
    whole = pb.Selection(member="m-007", unit="cg", area="420902", category="03", period="2026-02-01..2026-02-10")
    assert kit.daemon.asked("points") == [pb.Points(selection=pb.Selection()), pb.Points(selection=whole, by="member"),
                                          pb.Points(selection=pb.Selection(period="2026"), by="branch")]


def test_ranking_as_csv_and_json(kit):
    text = kit.good("points", "--csv", LANGUAGE="zh_CN")
    assert text == "\ufeffrank,code,name,points,entries\n1,cg,城管执法局,120,31\n2,m-007,,-5,1\n"
    view = json.loads(kit.good("points", "--json"))
    assert view["rows"][1] == {"code": "m-007", "points": -5, "entries": 1, "rank": 2} and view["period"] == "2026-02"


def test_nobody_has_points(kit):
    kit.daemon.points_view = pb.PointsView(period="2025-01")
    assert kit.good("points") == "Period: 2025-01\nno entries\n"
    kit.daemon.fact_pages = [[]]
    assert kit.good("points", "--ledger", LANGUAGE="zh_CN") == "没有记录\n"


def test_ledger_lists_entries_over_an_empty_page(kit):
    ledger(kit)
    lines = kit.good("points", "--ledger", "--member", "m-007", "--month", "2026-02").splitlines()
    assert [re.split(" {2,}", line) for line in lines] == [
        ["time", "points", "rule", "fact", "unit", "member", "number", "title"],
        ["02-13 Fri 08:01", "+5", "P03", "accepted", "城管执法局", "260201-0001-1", "东门菜场垃圾"],
        ["02-13 Fri 08:01", "-2", "P11", "rework", "城管执法局", "m-007", "260201-0002-2", "东门菜场垃圾"],
        ["2 in all"]]
    asked = kit.daemon.asked("facts")
    assert [f.after for f in asked] == ["", "p1", "p2"] and kit.daemon.asked("points") == []
    assert asked[0].of == "points" and asked[0].selection == pb.Selection(member="m-007", period="2026-02")


def test_ledger_as_csv_and_json_and_its_first(kit):
    ledger(kit)
    rows = list(csv.DictReader(io.StringIO(kit.good("points", "--ledger", "--csv")[1:])))
    assert [(r["rule"], r["points"], r["member"], r["number"]) for r in rows] == [
        ("P03", "5", "", "260201-0001-1"), ("P11", "-2", "m-007", "260201-0002-2")]
    entries = [json.loads(line) for line in kit.good("points", "--ledger", "--json").splitlines()]
    assert [e["points"] for e in entries] == [5, -2]
    assert kit.good("points", "--ledger", "--max", "1").splitlines()[-1] == "the first 1; there may be more"


@pytest.mark.parametrize("options, message", [
    (["--by", "area"], "--by area: it is one of these: unit, branch, member"), (["--month", "2026-00"], "not a month"),
    (["--from", "2026-02-01"], "--from and --to go together"),
    (["--max", "3"], "--max needs --ledger"), (["--ledger", "--max", "0"], "not a number in range"),
    (["--csv", "--json"], "--csv and --json do not go together"), (["--compare"], "compare")])
def test_wrong_options_are_told_and_nothing_is_asked(kit, options, message):
    status, out, err = kit.run("points", *options)
    assert (status, out) == (2, "") and message in err and err.startswith("whistle points: ")
    assert kit.daemon.seen == []


@pytest.mark.parametrize("options, op", [([], "points"), (["--ledger"], "facts")])
def test_refusal_has_status_and_sentence(kit, options, op):
    kit.daemon.refuse_books[op] = ("unknown_area", "99")
    assert kit.run("points", *options) == (1, "", "whistle: there is no area 99\n")
    assert kit.run("points", *options, LANGUAGE="zh_CN")[2] == "whistle: 没有辖区 99\n"
