"""`whistle rates` against a stand-in daemon: the figures, how they are rounded and shown, and the cases behind them."""
import csv
import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import termios

import pytest

import client_kit
import fake_daemon
from fake_daemon import pb


def asked(kit):
    return kit.daemon.asked("rates")[-1]


def rows_of_csv(text):
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def on_terminal(kit, *arguments, width=200, **more):
    """The output as a terminal of so many columns gets it."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    process = subprocess.Popen([client_kit.BUILD / "whistle", *arguments], env=kit.environment(**more), stdout=slave)
    os.close(slave)
    out = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        out += piece
    os.close(master)
    assert process.wait(20) == 0
    return out.decode().replace("\r\n", "\n")


def columns(text):
    """As a terminal counts them: the Chinese characters two."""
    return sum(2 if "\u2e80" <= c <= "\uffef" else 1 for c in text)


# ---- rounding ------------------------------------------------------------------------------------------------


def figure(kit, of, over, definition=None):
    view = kit.daemon.rates_view = pb.RatesView()
    view.definitions.append(definition or pb.RateDefinition(id="r", name="率", of="a", over="b"))
    view.whole.rates.add(of=of, over=over)
    row = kit.good("rates").splitlines()[2].split()
    cells = rows_of_csv(kit.good("rates", "--csv"))[1]
    assert cells[3:5] == [str(of), str(over)]
    return row[2], cells[2]


@pytest.mark.parametrize("of, over, shown", [
    (911, 972, "93.72"), (737, 972, "75.82"), (902, 956, "94.35"), (9, 16, "56.25"),  # the bulletin of 2016-12
    (1, 3, "33.33"), (2, 3, "66.67"), (1, 1, "100.00"), (0, 5, "0.00"),
    (1, 20000, "0.01"), (1, 20001, "0.00"), (19999, 20000, "100.00"), (1, 800, "0.13"), (1001, 100000, "1.00"),
    (20100, 2000000, "1.01"),  # 1.005, which is less in binary
    (3, 2, "150.00"),  # more rework than cases
    (2 ** 62, 2 ** 63, "50.00"), (2 ** 64 - 1, 2 ** 64 - 1, "100.00"), (2 ** 63 // 3, 2 ** 63, "33.33"),
])
def test_percent_has_two_decimals_half_away_from_zero(kit, of, over, shown):
    assert figure(kit, of, over) == (shown, shown)


@pytest.mark.parametrize("of", [0, 7])
def test_nothing_to_divide_by_is_a_dash(kit, of):
    assert figure(kit, of, 0) == ("–", "")


def test_rate_without_denominator_is_the_number(kit):
    assert figure(kit, 12, 0, pb.RateDefinition(id="r", name="数", of="a")) == ("12", "12")
    assert figure(kit, 0, 0, pb.RateDefinition(id="r", name="数", of="a")) == ("0", "0")


@pytest.mark.parametrize("value, given, shown", [(93.204, True, "93.20"), (95.125, True, "95.13"), (-1.5, True, "-1.50"),
                                                 (0, True, "0.00"), (-0.001, True, "0.00"), (0, False, "–"),
                                                 (float("nan"), True, "–"), (1e300, True, "–")])
def test_score_has_two_decimals(kit, value, given, shown):
    view = kit.daemon.rates_view = pb.RatesView()
    view.whole.scores.add(id="s", name="分", value=value, given=given)
    assert kit.good("rates").splitlines()[2].split() == ["s", "分", shown]
    assert rows_of_csv(kit.good("rates", "--csv"))[1] == ["", "", shown.replace("–", ""), ""]


# ---- what is asked -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options, period", [
    ([], ""), (["--month", "2026-11"], "2026-11"), (["--day", "2026-11-26"], "2026-11-26"), (["--year", "2026"], "2026"),
    (["--from", "2026-11-01", "--to", "2026-11-15"], "2026-11-01..2026-11-15"),
    (["--to", "2026-11-01", "--from", "2026-11-01"], "2026-11-01..2026-11-01")])
def test_period_is_asked_for(kit, options, period):
    kit.good("rates", *options)
    assert asked(kit).selection.period == period
    kit.good("rates", *options, "--cases", "rework")
    assert kit.daemon.asked("facts")[-1].selection.period == period


def test_filters_rows_and_comparison_are_asked_for(kit):
    kit.good("rates")
    assert asked(kit) == pb.Rates(selection=pb.Selection())
    kit.good("rates", "--unit", "cg", "--area", "420902", "--category", "03", "--by", "branch", "--compare")
    assert asked(kit) == pb.Rates(selection=pb.Selection(unit="cg", area="420902", category="03"), by="branch", compare=True)
    for by in ("unit", "area", "category", "day", "month"):
        kit.good("rates", "--by", by)
        assert asked(kit).by == by and not asked(kit).compare
    kit.good("rates", "--by", "辖区", LANGUAGE="zh_CN")
    assert asked(kit).by == "area"


@pytest.mark.parametrize("options, message", [
    (["--month", "2026-13"], "2026-13: not a month"), (["--month", "2026-1"], "not a month"), (["--month", "2026-11-01"], "not a month"),
    (["--month", "november"], "not a month"), (["--day", "2026-02-29"], "2026-02-29: not a day"), (["--day", "2026-11"], "not a day"),
    (["--year", "26"], "26: not a year"), (["--year", "2O26"], "not a year"),
    (["--from", "2026-11-01"], "--from and --to go together"), (["--to", "2026-11-01"], "--from and --to go together"),
    (["--from", "2026-11-02", "--to", "2026-11-01"], "2026-11-01: that is before --from"),
    (["--from", "soon", "--to", "2026-11-01"], "soon: not a day"),
    (["--month", "2026-11", "--year", "2026"], "only one period"),
    (["--day", "2026-11-01", "--from", "2026-11-01", "--to", "2026-11-02"], "only one period"),
    (["--by", "colour"], "--by colour: it is one of these: unit, branch, area, category, day, month"),
    (["--by", "member"], "it is one of these"), (["--by", ""], "it is one of these"),
    (["--csv", "--json"], "--csv and --json do not go together"), (["--csv", "--definitions"], "do not go together"),
    (["--cases", "rework", "--by", "unit"], "--cases and --by do not go together"),
    (["--cases", "rework", "--compare"], "--cases and --compare"), (["--cases", "rework", "--rate", "closed"], "--cases and --rate"),
    (["--cases", "rework", "--bars"], "--cases and --bars"), (["--cases", "rework", "--definitions"], "--cases and --definitions"),
    (["--cases", "closed", "--over", "--left-out"], "--over and --left-out do not go together"),
    (["--cases", ""], "no figure is named"), (["--cases", "/"], "no figure is named"),
    (["--max", "3"], "--max needs --cases"), (["--over"], "--over needs --cases"), (["--left-out"], "--left-out needs --cases"),
    (["--cases", "rework", "--max", "0"], "0: not a number in range"), (["--cases", "rework", "--max", "many"], "many: not a number"),
    (["--cases", "rework", "--max", "-1"], "not a number"), (["--cases", "rework", "--max", "3x"], "not a number"),
    (["--colour"], "colour")])
def test_wrong_options_are_told_and_nothing_is_asked(kit, options, message):
    status, out, err = kit.run("rates", *options)
    assert (status, out) == (2, "") and message in err and err.startswith("whistle rates: ")
    assert kit.daemon.seen == []


def test_unknown_rate_is_told(kit):
    status, out, err = kit.run("rates", "--by", "unit", "--rate", "closed", "--rate", "open", "--csv")
    assert (status, out) == (2, "") and err == "whistle rates: there is no rate open; whistle rates --definitions lists them\n"


@pytest.mark.parametrize("options, op", [(["--by", "unit"], "rates"), (["--cases", "rework"], "facts")])
def test_refusal_has_status_and_sentence(kit, options, op):
    kit.daemon.refuse_books[op] = ("unknown_area", "99")
    status, out, err = kit.run("rates", *options)
    assert (status, out, err) == (1, "", "whistle: there is no area 99\n")


# ---- the whole alone -----------------------------------------------------------------------------------------


def test_whole_lists_figures_with_what_they_are_made_of(kit):
    assert kit.good("rates") == """\
Period: 2025-12
id       name        figure  made of        left out
closed   结案率       93.72  911/972
in_time  按期结案率   75.82  737/972               3
reworks  返工数          12
Z        综合得分     93.20  28.12 + 18.96
"""


def test_whole_compared(kit):
    assert kit.good("rates", "--compare", LANGUAGE="zh_CN") == """\
期间:2025-12,对比 2025-11
编号     名称                 数值  构成           不计   上期  构成
closed   结案率      93.72 (+1.28)  911/972              92.44  905/979
in_time  按期结案率      75.82 (–)  737/972           3      –  0/0
reworks  返工数            12 (-3)                          15
Z        综合得分    93.20 (+0.70)  28.12 + 18.96        92.50  28.12 + 18.96
"""


def test_change_is_the_difference_of_what_is_shown(kit):
    """1/3 and 2/3: 33.33 and 66.67, so +33.34, although a third is 33.33."""
    view = kit.daemon.rates_view = pb.RatesView()
    view.definitions.add(id="r", name="率", of="a", over="b")
    view.whole.rates.add(of=2, over=3)
    view.whole_before.rates.add(of=1, over=3)
    assert "66.67 (+33.34)" in kit.good("rates", "--compare")
    view.whole_before.CopyFrom(view.whole)
    assert "66.67 (0.00)" in kit.good("rates", "--compare")
    view.whole.rates[0].over = 0
    assert "– (–)" in kit.good("rates", "--compare")
    view.ClearField("whole_before")
    assert kit.good("rates", "--compare").splitlines()[2].split()[:3] == ["r", "率", "–"]


def test_period_that_runs_is_said(kit):
    kit.daemon.rates_view.to_ms = fake_daemon.NOW + 1
    assert kit.good("rates").startswith("Period: 2025-12 (not over yet)\n")
    kit.daemon.rates_view.to_ms = fake_daemon.NOW
    assert kit.good("rates").startswith("Period: 2025-12\n")


def test_definitions(kit):
    out = kit.good("rates", "--definitions")
    assert out.endswith("""
How they are counted:
  closed   结案率      closed / case.due
  in_time  按期结案率  (case.met + settled) / case.due  without: appeal, misdispatched
  reworks  返工数      rework
Rulebook 9f3c00e1
""")
    chinese = kit.good("rates", "--definitions", "--rate", "in_time", LANGUAGE="zh_CN")
    assert "不计:申诉成立, 派单有误" in chinese and "reworks" not in chinese


def test_empty_answer_is_no_crash(kit):
    kit.daemon.rates_view = pb.RatesView(period="2026-02")
    assert kit.good("rates", "--definitions").splitlines()[0] == "Period: 2026-02"
    assert kit.good("rates", "--by", "unit", "--bars").splitlines()[1:] == ["unit", "whole"]
    kit.daemon.rates_view.definitions.add(id="r", name="率", of="a", over="b")
    kit.daemon.rates_view.rows.add(code="cg")  # a row that has no figures at all
    assert kit.good("rates", "--by", "unit", "--bars").splitlines()[2].split() == ["cg", "–"]
    assert rows_of_csv(kit.good("rates", "--by", "unit", "--csv"))[1] == ["cg", "", "", "0", "0", "0"]


# ---- rows ----------------------------------------------------------------------------------------------------


def test_table_ranks_rows_and_ends_with_the_whole(kit):
    assert kit.good("rates", "--by", "unit") == """\
Period: 2025-12
rank  unit        结案率  按期结案率  返工数  综合得分
   1  城管执法局   66.67       33.33       7     95.13
   2  自来水公司   33.33           –       4     50.00
      whole        93.72       75.82      12     93.20
"""


def test_table_in_chinese_with_bars_and_changes(kit):
    assert kit.good("rates", "--by", "unit", "--bars", "--compare", LANGUAGE="zh_CN") == """\
期间:2025-12,对比 2025-11
名次  单位                结案率  按期结案率   返工数       综合得分
   1  城管执法局       66.67 (–)   33.33 (–)    7 (–)      95.13 (–)  █████████▌
   2  自来水公司  33.33 (-16.67)       – (–)    4 (0)  50.00 (+1.00)  █████
      合计         93.72 (+1.28)   75.82 (–)  12 (-3)  93.20 (+0.70)  █████████▍
"""


def test_rate_picks_columns(kit):
    assert kit.good("rates", "--by", "unit", "--rate", "reworks", "--rate", "closed").splitlines()[1:] == [
        "unit        结案率  返工数", "城管执法局   66.67       7", "自来水公司   33.33       4", "whole        93.72      12"]
    assert kit.good("rates", "--by", "unit", "--rate", "Z").splitlines()[1].split() == ["rank", "unit", "综合得分"]
    assert rows_of_csv(kit.good("rates", "--rate", "in_time", "--csv"))[0] == [
        "code", "name", "in_time", "in_time_of", "in_time_over", "in_time_left_out"]


def test_days_are_named_by_their_date(kit):
    view = kit.daemon.rates_view
    del view.rows[:]
    view.rows.append(fake_daemon.rate_row("2025-12-01", "", [(1, 2, 0)] * 3))
    assert kit.good("rates", "--by", "day", LANGUAGE="zh_CN").splitlines()[2].split()[0] == "2025-12-01"


def bars(text):
    return [re.search(r"[▏▎▍▌▋▊▉█]*$", line).group(0) for line in text.splitlines()[2:]]


@pytest.mark.parametrize("of, bar", [(0, ""), (1, "▏"), (8, "█"), (12, "█▌"), (79, "█████████▉"), (80, "██████████"), (200, "██████████"),
                                     (2 ** 50, "██████████")])
def test_bar_has_eighths(kit, of, bar):
    view = kit.daemon.rates_view = pb.RatesView()
    view.definitions.add(id="r", name="率", of="a", over="b")
    view.whole.rates.add(of=of, over=80)
    assert bars(kit.good("rates", "--by", "unit", "--bars")) == [bar]


def test_bar_is_of_the_score_else_of_the_first_rate(kit):
    assert bars(kit.good("rates", "--by", "unit", "--bars")) == ["█████████▌", "█████", "█████████▍"]
    assert bars(kit.good("rates", "--by", "unit", "--bars", "--rate", "closed")) == ["██████▋", "███▍", "█████████▍"]
    # Numbers are drawn against the most of them; the whole is more than any row and stays in the same width.
    assert bars(kit.good("rates", "--by", "unit", "--bars", "--rate", "reworks")) == ["██████████", "█████▊", "██████████"]


def test_bars_on_a_utf8_terminal_only(kit):
    assert "█" in on_terminal(kit, "rates", "--by", "unit")
    assert "█" not in on_terminal(kit, "rates", "--by", "unit", LANG="C")
    assert "█" not in kit.good("rates", "--by", "unit")


def many_rates(kit, count):
    view = kit.daemon.rates_view
    for i in range(count - 3):
        view.definitions.add(id=f"r{i}", name=f"指标{i}", of="a", over="b")
        for row in [view.whole, *view.rows]:
            row.rates.add(of=i, over=count)


@pytest.mark.parametrize("width", [80, 60, 40])
def test_wide_table_is_cut_into_blocks_that_fit(kit, width):
    many_rates(kit, 14)
    out = on_terminal(kit, "rates", "--by", "unit", "--bars", width=width)
    period, *blocks = out.replace("\n", "\n\n", 1).split("\n\n")
    assert len(blocks) > 1 and max(columns(line) for line in out.splitlines()) <= width
    heads = [block.splitlines()[0].split() for block in blocks]
    assert all(head[:2] == ["rank", "unit"] for head in heads)
    assert [name for head in heads for name in head[2:]] == \
        ["结案率", "按期结案率", "返工数", *(f"指标{i}" for i in range(11)), "综合得分"]
    assert all(re.search(r"^ +1  城管执法局", block, re.M) and "whole" in block for block in blocks)


def test_without_a_terminal_it_is_as_wide_as_its_columns(kit):
    """But for what a table holds at most."""
    many_rates(kit, 14)
    blocks = kit.good("rates", "--by", "unit").split("\n\n")
    assert [len(block.splitlines()[-1].split()) for block in blocks] == [11, 6]  # the whole has no rank


# ---- CSV and JSON --------------------------------------------------------------------------------------------


HEAD = ["closed", "closed_of", "closed_over", "closed_left_out", "in_time", "in_time_of", "in_time_over", "in_time_left_out",
        "reworks", "reworks_of", "reworks_over", "reworks_left_out", "Z", "Z_rank"]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_csv_has_stable_columns(kit, language):
    rows = rows_of_csv(kit.good("rates", "--by", "unit", "--csv", LANGUAGE=language))
    assert rows == [["code", "name", *HEAD],
                    ["cg", "城管执法局", "66.67", "2", "3", "1", "33.33", "1", "3", "0", "7", "7", "0", "0", "95.13", "1"],
                    ["zls", "自来水公司", "33.33", "1", "3", "0", "", "0", "0", "0", "4", "4", "0", "0", "50.00", "2"],
                    ["", "", "93.72", "911", "972", "0", "75.82", "737", "972", "3", "12", "12", "0", "0", "93.20", ""]]


def test_csv_compared_has_the_same_columns_of_before(kit):
    rows = rows_of_csv(kit.good("rates", "--by", "unit", "--csv", "--compare"))
    assert rows[0] == ["code", "name", *HEAD, *(name + "_before" for name in HEAD)]
    assert rows[1][16:] == ["", "0", "0", "0", "", "0", "0", "0", "", "0", "0", "0", "", ""]  # it was not there
    assert rows[2][16:] == ["50.00", "1", "2", "0", "100.00", "1", "1", "0", "4", "4", "0", "0", "49.00", "1"]
    assert rows[3][16:22] == ["92.44", "905", "979", "0", "", "0"]


def test_json_is_the_answer(kit):
    view = json.loads(kit.good("rates", "--by", "unit", "--compare", "--json"))
    assert view["whole"]["rates"][0] == {"of": 911, "over": 972} and view["rows"][0]["scores"][0]["rank"] == 1
    assert view["period_before"] == "2025-11" and view["from"] == "2025-12-01T00:00:00+08:00"
    assert view["definitions"][1]["without"] == ["appeal", "misdispatched"]


# ---- cases ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options, of, over, left_out", [
    (["resolve.overdue"], "resolve.overdue", False, False), (["in_time"], "in_time", False, False),
    (["in_time/"], "in_time", True, False), (["in_time", "--over"], "in_time", True, False),
    (["in_time", "--left-out"], "in_time", False, True)])
def test_cases_ask_for_what_is_meant(kit, options, of, over, left_out):
    kit.good("rates", "--unit", "cg", "--month", "2026-11", "--cases", *options)
    first = kit.daemon.asked("facts")[0]
    assert (first.of, first.over, first.left_out) == (of, over, left_out)
    assert first.selection == pb.Selection(period="2026-11", unit="cg") and kit.daemon.asked("rates") == []


def test_cases_go_on_over_an_empty_page(kit):
    assert kit.good("rates", "--cases", "resolve.overdue", LANGUAGE="zh_CN") == """\
案件号         时间              事项        单位        辖区      类别      状态    时限情况    用时          不计                  标题
260201-0001-1  02-13 周五 08:01  处置        城管执法局  书院街道  暴露垃圾  处置中  超期        5 小时 00 分                        东门菜场垃圾
260201-0002-2  02-13 周五 08:01  处置        cg (cg-1)   书院街道  暴露垃圾  处置中  未完成                    申诉成立, 不合理诉求  东门菜场垃圾
260201-0003-3  02-13 周五 08:01  评哨未解决  城管执法局  书院街道  暴露垃圾  处置中  超期未完成                                      引号"与,逗号
共 3 条
"""
    assert [f.after for f in kit.daemon.asked("facts")] == ["", "p1", "p2"]


def test_cases_in_english(kit):
    lines = kit.good("rates", "--cases", "resolve.overdue").splitlines()
    assert re.split(" {2,}", lines[0]) == ["number", "time", "fact", "unit", "area", "category", "state", "standing", "took",
                                           "left out", "title"]
    assert re.split(" {2,}", lines[1])[2:] == ["resolve", "城管执法局", "书院街道", "暴露垃圾", "in hand", "late", "5 h 00 min",
                                               "东门菜场垃圾"]
    assert "open" in lines[2] and "late" not in lines[2] and "appeal, unreasonable" in lines[2]
    assert "not solved" in lines[3] and "late, open" in lines[3] and lines[4:] == ["3 in all"]


def test_cases_as_csv(kit):
    rows = list(csv.DictReader(io.StringIO(kit.good("rates", "--cases", "rework", "--csv", LANGUAGE="zh_CN")[1:])))
    assert [r["number"] for r in rows] == ["260201-0001-1", "260201-0002-2", "260201-0003-3"]
    assert rows[0] == dict(number="260201-0001-1", fact="resolve", at="2026-02-13T08:01:00+08:00", unit="cg",
                           unit_name="城管执法局", branch="", member="", area="420902001", area_name="书院街道",
                           category="0301", category_name="暴露垃圾", state="in_hand", late="1", open="0",
                           took_ms="18000000", left_out="", rule="", points="0", title="东门菜场垃圾")
    assert rows[1]["left_out"] == "appeal; unreasonable" and rows[1]["open"] == "1" and rows[1]["took_ms"] == ""
    assert rows[2]["title"] == '引号"与,逗号' and rows[2]["fact"] == "not_solved"


def test_cases_as_json_one_a_line(kit):
    rows = [json.loads(line) for line in kit.good("rates", "--cases", "rework", "--json").splitlines()]
    assert len(rows) == 3 and rows[0]["at"] == "2026-02-13T08:01:00+08:00"
    assert rows[0]["took_ms"] == 18000000 and "took" not in rows[0]  # a span is no time


@pytest.mark.parametrize("most, numbers, pages", [(1, 1, 1), (2, 2, 1), (3, 3, 3), (4, 3, 3)])
def test_max_ends_the_list_and_asks_for_no_more(kit, most, numbers, pages):
    lines = kit.good("rates", "--cases", "rework", "--max", most).splitlines()
    assert len(lines) == 1 + numbers + 1
    assert lines[-1] == (f"the first {most}; there may be more" if most == numbers else "3 in all")
    asked = kit.daemon.asked("facts")
    assert len(asked) == pages and asked[0].max == most
    assert len(kit.good("rates", "--cases", "rework", "--max", most, "--csv").splitlines()) == 1 + numbers
    assert len(kit.good("rates", "--cases", "rework", "--max", most, "--json").splitlines()) == numbers


def test_max_asks_each_page_for_what_is_left(kit):
    kit.good("rates", "--cases", "rework", "--max", "201")
    assert [f.max for f in kit.daemon.asked("facts")] == [200, 199, 199]


def test_no_cases(kit):
    kit.daemon.fact_pages = [[], []]
    assert kit.good("rates", "--cases", "rework") == "no cases\n"
    assert kit.good("rates", "--cases", "rework", LANGUAGE="zh_CN") == "没有案件\n"
    assert kit.good("rates", "--cases", "rework", "--json") == ""
    assert len(kit.good("rates", "--cases", "rework", "--csv").splitlines()) == 1


def test_failure_between_pages_shows_what_came_and_fails(kit):
    def facts(op, request):
        if op.after:
            raise fake_daemon.Refusal("unknown_area", "99")
        return "facts", pb.FactList(rows=kit.daemon.fact_pages[0], next_after="p1")
    kit.daemon.facts = facts
    status, out, err = kit.run("rates", "--cases", "rework")
    assert status == 1 and "260201-0002-2" in out and err == "whistle: there is no area 99\n"
    assert "in all" not in out


def test_page_that_leads_to_itself_is_an_error(kit):
    kit.daemon.facts = lambda op, request: ("facts", pb.FactList(next_after="p1"))
    status, _, err = kit.run("rates", "--cases", "rework")
    assert status == 1 and "cannot be read" in err and len(kit.daemon.asked("facts")) == 2


FACTS = dict(filed="受理", placed="立案", registered="登记", rejected="不予受理", cancelled="撤销", merged="并案", closed="结案",
             reopened="重开", settled="自办", called="派遣", accepted="签收", reported="报到", done="办结", declined="退单",
             misdispatched="派单有误", rework="返工", solved="评哨已解决", not_solved="评哨未解决", resident_solved="回访已解决",
             resident_not_solved="回访未解决", satisfied="满意", basically="基本满意", dissatisfied="不满意", unreached="未联系上",
             urged="催办", rung="督办节点", supervised="督办", handed_up="提级", extended="延期", paused="暂停", suspended="挂账",
             exempted="申诉成立", fed_back="反馈", passed="核查通过", failed="核查未通过", claimed="认领", checked_in="签到",
             repeated="重复点位", case="案件时限", accept="签收", resolve="处置", arbitrate="裁定", brand_new="brand_new")


def test_every_kind_of_fact_has_its_chinese(kit):
    kit.daemon.fact_pages = [[fake_daemon.fact("260201-0001-1", fact=word) for word in FACTS]]
    lines = kit.good("rates", "--cases", "x", LANGUAGE="zh_CN").splitlines()[1:-1]
    assert [re.split(" {2,}", line)[2] for line in lines] == list(FACTS.values())
    english = kit.good("rates", "--cases", "x").splitlines()[1:-1]
    assert not any("_" in re.split(" {2,}", line)[2] for line in english[:-1])  # all but the one that is not known


def test_exclusions_have_their_chinese(kit):
    kit.daemon.fact_pages = [[fake_daemon.fact("1", left_out=["appeal", "misdispatched", "unreasonable", "new"])]]
    assert "申诉成立, 派单有误, 不合理诉求, new" in kit.good("rates", "--cases", "x", LANGUAGE="zh_CN")
