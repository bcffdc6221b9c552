"""whistle digest: the daily page as text in two languages, of other days, as JSON, and its exit statuses."""
import json
import re


import client_kit
from fake_daemon import NOW, pb

HOUR = 3600000


def add_case(rows, number, title, due_ms):
    row = rows.add(number=number, title=title, area_name="书院街道", due_ms=due_ms)
    row.units.add(code="cg", name="城管执法局")
    row.units.add(code="gas")


def a_day():
    day = pb.DigestView(day="2026-02-13", due_count=12, late_count=1, open_count=300)
    add_case(day.due, "260213-0001-1", "东门菜场垃圾", NOW + 90 * 60000)
    add_case(day.due, "260213-0002-2", "it stands still", (1 << 63) - 1)
    add_case(day.late, "260212-0009-9", "路面塌陷", NOW - 26 * HOUR)
    day.silent.add(unit="zls", unit_name="自来水公司", waiting=4, since_ms=NOW - 2 * HOUR, seen_ms=NOW - 24 * HOUR)
    day.silent.add(unit="gas", waiting=1, since_ms=NOW - HOUR)
    for fact, count in [("filed", 31), ("not_solved", 2), ("brand_new", 1)]:
        day.happened.add(fact=fact, count=count)
    day.changed.add(number="260213-0001-1", fact="done", at_ms=NOW - 60000, unit_name="城管执法局", title="东门菜场垃圾", late=True)
    day.changed.add(number="260213-0002-2", fact="resolve", at_ms=NOW - 2 * 60000, unit="gas", title="it stands still")
    for code, name, over, of, among, out in [("response", "响应率", "accept", 49, 50, 1), ("third", "三分之二", "x", 2, 3, 0),
                                             ("load", "受理量", "", 31, 0, 0), ("satisfaction", "", "answered", 0, 0, 0)]:
        day.definitions.add(id=code, name=name, of="x", over=over)
        day.rates.rates.add(of=of, over=among, left_out=out)
    day.rates.scores.add(id="whole", name="综合得分", value=92.34, given=True)
    day.rates.scores.add(id="none", name="没有", given=False)
    return day


ENGLISH = """\
Daily page 2026-02-13  cg
as of 02-13 Fri 08:01  open 300 · due today 12 · late 1

Due today (12)
  number         due     left         units           area      title
  260213-0001-1  09:31   1 h 30 min   城管执法局 gas  书院街道  东门菜场垃圾
  260213-0002-2  paused  城管执法局 gas  书院街道  it stands still
  and 10 more

Late (1)
  number         due              left           units           area      title
  260212-0009-9  02-12 Thu 06:01  1 d 2 h late   城管执法局 gas  书院街道  路面塌陷

Silent units
  unit        waiting  called  last heard from
  自来水公司  4        06:01   02-12 Thu 08:01
  gas         1        07:01   never

What happened
  filed 31 · not solved 2 · brand_new 1

The latest
  08:00  260213-0001-1  done (late)  城管执法局  东门菜场垃圾
  07:59  260213-0002-2  resolve      gas         it stands still

Figures of the day
  响应率        98.00%  49/50  left out: 1
  三分之二      66.67%  2/3
  受理量        31
  satisfaction  –      0/0
  综合得分      92.34
"""


def spaced(text):
    """Without what only makes columns stand below each other."""
    return re.sub(r"(?<=\S)  +", "  ", text)


def test_the_page_as_it_is_read(kit):
    kit.daemon.day = a_day()
    assert spaced(kit.good("digest", "--unit", "cg")) == spaced(ENGLISH)


def test_the_page_in_chinese(kit):
    kit.daemon.day = a_day()
    page = kit.good("digest", "--unit", "cg", LANGUAGE="zh_CN")
    for text in ("日报 2026-02-13  cg", "截至 02-13 周五 08:01  未结 300 · 今日到期 12 · 超期 1", "今日到期 (12)", "另有 10 件",
                 "已超期 (1)", "未响应单位", "从未", "受理 31 · 评哨未解决 2 · brand_new 1", "办结 (迟)", "剔除: 1", "当日考评"):
        assert spaced(text) in spaced(page), (text, page)
    assert not re.search(r"[A-Za-z]{3,}", page.replace("it stands still", "").replace("brand_new", "").replace(
        "satisfaction", "").replace("gas", "")), page


def test_an_empty_day_says_so(kit):
    kit.daemon.day = pb.DigestView(day="2026-02-13")
    assert kit.good("digest").count("  none\n") == 4


def test_at_least_so_many(kit):
    kit.daemon.day = a_day()
    kit.daemon.day.more = True
    page = kit.good("digest")
    assert "open 300+ · due today 12+ · late 1+" in page and "Due today (12+)" in page


def test_of_another_day_only_what_happened(kit):
    kit.daemon.day = a_day()
    kit.daemon.day.day = "2026-02-12"
    page = kit.good("digest", "--day", "2026-02-12")
    assert page.startswith("Daily page 2026-02-12\n\nWhat happened\n") and "Figures of the day" in page
    assert not any(word in page for word in ("Due today", "Late", "Silent", "open 300", "as of"))


def test_the_question_carries_the_options(kit):
    kit.good("digest", "--unit", "cg", "--area", "420902001", "--day", "2026-02-12", "--max", "7")
    kit.good("digest")
    asked = [r.digest for r in kit.daemon.seen if r.WhichOneof("op") == "digest"]
    assert (asked[0].unit, asked[0].area, asked[0].day, asked[0].max) == ("cg", "420902001", "2026-02-12", 7)
    assert asked[1] == pb.Digest()


def test_json_is_the_answer(kit):
    kit.daemon.day = a_day()
    told = json.loads(kit.good("digest", "--json"))
    assert told["day"] == "2026-02-13" and told["due_count"] == 12 and told["late"][0]["due"] == "2026-02-12T06:01:00+08:00"
    assert told["rates"]["rates"][0] == {"of": 49, "over": 50, "left_out": 1}


def test_a_page_is_clean_whatever_is_sent(kit):
    """Control characters and what turns the direction of text never reach a mail."""
    kit.daemon.day = a_day()
    kit.daemon.day.due[0].title = "red \033[31m\r\nBcc: x\u202e\u0085end"
    kit.daemon.day.silent[0].unit_name = "a\tb"
    page = kit.good("digest")
    assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)
    assert "red ?[31m" in page and "a?b" in page


def test_exit_statuses(kit):
    for wrong in (["--day", "2026-02-30"], ["--day", "today"], ["--day", "2026-02-13T08:00"], ["--max", "0"], ["--max", "101"],
                  ["--max", "x"], ["--colour"]):
        assert kit.run("digest", *wrong)[0] == 2, wrong
    assert kit.daemon.count("digest") == 0
    status, out, err = kit.run("digest", "--principal", "stranger")
    assert status == 1 and out == "" and err.startswith("whistle: ")
    kit.daemon.stop()
    status, out, err = kit.run("digest", WHISTLE_TIMEOUT="1")
    assert status == 1 and out == "" and "no answer" in err


def test_a_feed_can_send_it(kit):
    """As the manual page says: the page goes out where notices came as one."""
    number = kit.submit()
    kit.daemon.note(kit.daemon.cases[number], pb.EVENT_KIND_DIGEST, pb.Request())
    mail = kit.directory / "mail"
    kit.good("watch", "--for", "cg", "--once", "--exec", f'case $WHISTLE_EVENT in rung|digest) {client_kit.BUILD}/whistle digest '
             f'--unit cg >> {mail};; esac')
    assert mail.read_text().count("Daily page 2026-02-13  cg\n") == 1
