"""whistle top on a real terminal: sections, keys, sizes, languages, a daemon that goes and comes, the way out."""
import os
import re
import shlex
import signal
import time

import pytest

import client_kit
from fake_daemon import NOW, pb
from terminal import Terminal, columns

HOUR = 3600000
FACTS = [("filed", 31), ("accepted", 28), ("reported", 20), ("done", 17), ("declined", 2), ("rework", 1), ("not_solved", 1),
         ("urged", 3), ("rung", 9)]
RATES = [("response", "响应率", "accept", 49, 50), ("solution", "解决率", "asked", 17, 19), ("load", "受理量", "", 31, 0),
         ("satisfaction", "满意率", "answered", 0, 0)]


def add_case(rows, number, title, unit, due_ms, area="书院街道"):
    row = rows.add(number=number, state=pb.CASE_STATE_IN_HAND, kind=pb.KIND_ISSUE, title=title, category="0301",
                   category_name="暴露垃圾", area="420902001", area_name=area, due_ms=due_ms, overdue=due_ms < NOW)
    row.units.add(code="x", name=unit)


def a_day(due=60, late=14):
    """More than any screen holds, in both scripts."""
    day = pb.DigestView(day="2026-02-13", due_count=120, late_count=late, open_count=300)
    for i in range(due):
        add_case(day.due, f"260213-{i:04d}-{i % 10}", f"东门菜场门口第{i}处暴露垃圾无人清运影响居民出行", "城管执法局",
                 NOW + (i + 1) * 7 * 60000)
    for i in range(late):
        add_case(day.late, f"260212-{i:04d}-{i % 10}", f"Road cave-in at the east gate, barrier {i} missing, no light",
                 "市场监管局", NOW - (i + 1) * 3 * HOUR, area="新华街道")
    day.silent.add(unit="zls", unit_name="自来水公司", waiting=4, since_ms=NOW - 2 * HOUR, seen_ms=NOW - 24 * HOUR)
    day.silent.add(unit="gas", unit_name="燃气公司", waiting=1, since_ms=NOW - HOUR)
    for fact, count in FACTS:
        day.happened.add(fact=fact, count=count)
    for code, name, over, of, among in RATES:
        day.definitions.add(id=code, name=name, of="x", over=over)
        day.rates.rates.add(of=of, over=among)
    return day


@pytest.fixture
def kit(tmp_path):
    kit = client_kit.Kit(tmp_path)
    kit.start().day = a_day()
    yield kit
    kit.stop()


@pytest.fixture
def show(kit):
    """Starts `whistle top` with options on a terminal of some size."""
    opened = []

    def start(*options, size=(80, 24), begin="connected", **more):
        files = {name: shlex.quote(f"{kit.directory}/{name}") for name in ("before", "after", "pid", "err")}
        command = shlex.join([str(client_kit.BUILD / "whistle"), "top", *options])
        terminal = Terminal(*size, f"stty -a >{files['before']}; sh -c 'echo $$ >{files['pid']}; exec {command}' "
                            f"2>{files['err']}; echo left $?; stty -a >{files['after']}", kit.environment(**more))
        opened.append(terminal)
        if begin:
            terminal.until_shows(begin)
        return terminal

    yield start
    for terminal in opened:
        terminal.close()
    errors = kit.directory / "err"
    assert not errors.exists() or "Sanitizer" not in errors.read_text(), errors.read_text()


def left(kit, terminal, status=0):
    """The program is gone, and the terminal is as it was."""
    terminal.until_shows(f"left {status}")
    terminal.until(lambda: (kit.directory / "after").exists() and (kit.directory / "after").read_text())
    assert (kit.directory / "after").read_text() == (kit.directory / "before").read_text()
    assert terminal.flag("alternate_on") == "0" and terminal.flag("cursor_flag") == "1"
    return (kit.directory / "err").read_text()


ENGLISH = dict(due="due next", late="late", silent="silent units", day="the day", head="open 300 · due today 120 · late 14",
               waiting="4 waiting", link="connected", facts="filed 31", keys="? keys")
CHINESE = dict(due="将到期", late="超期", silent="未响应单位", day="当日", head="未结 300 · 今日到期 120 · 超期 14",
               waiting="待签收 4 件", link="已连接", facts="受理 31", keys="? 按键")
LANGUAGES = {"en": ({}, ENGLISH), "zh": ({"LANGUAGE": "zh_CN"}, CHINESE)}


def shape(terminal, words):
    """What each line of the day is, by what it looks like; a line that broke is none of them."""
    titles = {f"{i + 1} {words[name]}": name for i, name in enumerate(("due", "late", "silent", "day"))}
    found, section = [], ""
    lines = terminal.lines()
    for number, line in enumerate(lines):
        title = next((titles[t] for t in titles if re.match(r"[> ]" + re.escape(t) + r"($|  )", line)), None)
        if title:
            section, kind = title, "title " + title
        elif number == terminal.height - 1:
            kind = "keys" if line.startswith(words["keys"]) else "?"
        elif not section:
            kind = "head"
        elif not line:
            kind = "empty"
        elif section in ("due", "late"):
            kind = "row " + section if re.match(r"  26021[23]-\d{4}-\d  +\S", line) else "?"
        else:
            kind = "row " + section if re.match(r"  \S", line) else "?"
        assert columns(line) <= terminal.width, line
        found.append(kind)
    assert "?" not in found, terminal.text()
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
def test_every_section_is_there(show, size, language):
    more, words = LANGUAGES[language]
    terminal = show(size=size, begin=words["link"], **more)
    lines, kinds = terminal.lines(), shape(terminal, words)
    assert len(lines) == size[1]
    assert words["head"] in lines[0] and lines[0].endswith(words["link"]) and columns(lines[0]) == size[0]
    assert [k for k in kinds if k.startswith("title")] == ["title due", "title late", "title silent", "title day"]
    assert kinds.count("row due") >= 10 and kinds.count("row late") >= 3 and kinds.count("row silent") == 2
    text = terminal.text()
    assert words["facts"] in text and words["waiting"] in text
    assert all(rate in text for rate in ("响应率 98.00%", "解决率 89.47%", "受理量 31", "满意率 –"))
    row = next(line for line in lines if "260213-0000-0" in line)
    assert "城管执法局" in row and ("暴露垃圾" in row.split("东门")[0]) == (size[0] == 200)
    assert row.endswith("…" if size[0] == 80 else "出行")


def test_city_time_runs(show):
    terminal = show()
    assert re.match(r"02-13 Fri 08:01:\d\d  ", terminal.lines()[0])
    first = terminal.lines()[0][:18]
    terminal.until(lambda: terminal.lines()[0][:18] != first)


def test_options_and_interval_go_to_the_daemon(kit, show):
    show("--unit", "cg", "--area", "420902001", "--interval", "1", size=(120, 30), begin="cg 420902001")
    deadline = time.monotonic() + 15
    while kit.daemon.count("digest") < 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    asked = [r.digest for r in kit.daemon.seen if r.WhichOneof("op") == "digest"][0]
    assert (asked.unit, asked.area, asked.max, asked.day) == ("cg", "420902001", 100, "")
    assert kit.run("top", "--interval", "0")[0] == 2 and kit.run("top", "--colour")[0] == 2


def test_refresh_asks_at_once(kit, show):
    terminal = show("--interval", "3600")
    before = kit.daemon.count("digest")
    kit.daemon.day.open_count = 301
    terminal.keys("r")
    terminal.until_shows("open 301", seconds=5)
    assert kit.daemon.count("digest") == before + 1


def test_keys_move_and_turn(show):
    terminal = show("--interval", "3600")
    steps = [(("Down",), "260213-0001-1"), (("j", "j"), "260213-0003-3"), (("k",), "260213-0002-2"), (("Up",), "260213-0001-1"),
             (("NPage",), "260213-0011-1"), (("G",), "260213-0059-9"), (("Down",), "260213-0059-9"), (("g",), "260213-0000-0"),
             (("Tab", "Down"), "260212-0001-1"), (("3",), "自来水公司"), (("j",), "燃气公司"), (("1",), "260213-0000-0"),
             (("BTab",), ""), (("BTab",), "燃气公司")]
    for keys, chosen in steps:
        terminal.keys(*keys)
        terminal.until(lambda: chosen in terminal.chosen() and bool(chosen) == bool(terminal.chosen()))
        shape(terminal, ENGLISH)
    terminal.keys("2", "G")
    terminal.until(lambda: "260212-0013-3" in terminal.chosen())
    assert ">2 late  14/14" in terminal.text()
    kinds = shape(terminal, ENGLISH)  # the section that the keys work in has the room
    assert kinds.count("row late") >= 10 and kinds.count("row due") == 3


def test_selection_stays_on_the_case(kit, show):
    terminal = show("--interval", "3600")
    terminal.keys("Down", "Down")
    terminal.until(lambda: "260213-0002-2" in terminal.chosen())
    new = pb.DigestView(due_count=121)
    add_case(new.due, "260213-0999-9", "new and first", "燃气公司", NOW + 60000)
    new.due.extend(kit.daemon.day.due)
    kit.daemon.day.ClearField("due")
    kit.daemon.day.MergeFrom(new)
    terminal.keys("r")
    terminal.until_shows("260213-0999-9")
    assert "260213-0002-2" in terminal.chosen() and ">1 due next  4/121" in terminal.text()


def test_filter_narrows_as_it_is_typed(show):
    terminal = show("--interval", "3600")
    terminal.keys("/")
    terminal.type("第1处x")
    terminal.until_shows("/第1处x_", '1 due next  0/0  with "第1处x"')
    terminal.keys("BSpace")
    terminal.until_shows("/第1处_", '1 due next  1/1  with "第1处"')
    terminal.keys("BSpace")
    terminal.until_shows("1 due next  1/11  with")
    terminal.keys("Enter")
    terminal.until_shows("? keys")
    assert "260213-0010-0" in terminal.text() and "260213-0002-2" not in terminal.text()
    terminal.keys("Escape")
    terminal.until_shows("1 due next  2/120", "260213-0002-2")
    terminal.keys("/")
    terminal.type("EAST GATE, BARRIER 13")
    terminal.keys("Enter", "2")
    terminal.until(lambda: "260212-0013-3" in terminal.chosen())


def test_a_silent_unit_leads_to_its_cases(kit, show):
    add_case(kit.daemon.day.late, "260211-0001-1", "no gas", "燃气公司", NOW - HOUR)
    terminal = show("--interval", "3600")
    terminal.keys("3", "Down", "Enter")
    terminal.until(lambda: "260211-0001-1" in terminal.chosen())
    assert '>2 late  1/1  with "燃气公司"' in terminal.text()


# ---- a case ---------------------------------------------------------------------------------------------------


def with_case(kit, happenings=30):
    number = kit.submit("东门菜场门口垃圾", "--name", "张三", "--phone", "13800008000", "--text", "很多天了")
    for i in range(happenings):
        kit.daemon.note(kit.daemon.cases[number], pb.EVENT_KIND_URGED, pb.Request(), unit="cg",
                        text=f"第{i}次催办,请尽快处理东门菜场门口的垃圾,居民意见很大很大很大很大")
    kit.daemon.day = pb.DigestView(day="2026-02-13", due_count=1, open_count=1)
    add_case(kit.daemon.day.due, number, "东门菜场门口垃圾", "城管执法局", NOW + HOUR)
    return number


@pytest.mark.parametrize("language", LANGUAGES)
def test_enter_opens_a_case(kit, show, language):
    more, words = LANGUAGES[language]
    number, resident = with_case(kit), "张** " + ("(ends in 8000)" if language == "en" else "尾号 8000")
    terminal = show("--interval", "3600", begin=words["link"], **more)
    terminal.keys("Enter")
    terminal.until_shows(resident)
    lines = terminal.lines()
    assert lines[0].startswith(number + "  ") and all(columns(line) <= 80 for line in lines)
    text = terminal.text()
    assert "…" not in text  # it is broken into lines, not cut
    assert "很多天了" not in text and "whistle show --personal" in text
    assert "王工" in text and "13900000001" in text and ("1 min late" if language == "en" else "超期 1 分") in text
    assert text.index("第29次") < text.index("第28次") and "第0次" not in text
    terminal.keys("G")
    terminal.until_shows("第0次")
    at_end = terminal.lines()
    assert at_end[-2].strip() and number in at_end[0]
    terminal.keys("k")
    terminal.until(lambda: terminal.lines()[2:-1] == at_end[1:-2])
    terminal.keys("g")
    terminal.until_shows(resident)
    terminal.keys("q")
    terminal.until_shows("1 " + words["due"])
    terminal.keys("Enter")
    terminal.until_shows(resident)
    terminal.keys("Escape")
    terminal.until_shows("1 " + words["due"])
    assert [r.show.history for r in kit.daemon.seen if r.WhichOneof("op") == "show"] == [True, True]


def test_long_texts_are_broken_not_cut(kit, show):
    number = with_case(kit, 0)
    chinese = "居民意见很大" * 20
    english = "nobody has taken the garbage away from the eastern gate since Monday although " * 4
    for text in (chinese, english.strip()):
        kit.daemon.note(kit.daemon.cases[number], pb.EVENT_KIND_COMMENTED, pb.Request(), text=text)
    terminal = show("--interval", "3600")
    terminal.keys("Enter")
    terminal.until_shows("王工")
    terminal.keys("G")
    terminal.until_shows("filed")
    lines = [line.strip() for line in terminal.lines()]
    assert chinese in "".join(lines) and english.strip() in " ".join(lines) and "…" not in terminal.text()
    assert all(columns(line) <= 80 for line in terminal.lines())


def test_a_case_that_is_not_there_is_told(show):
    terminal = show("--interval", "3600")
    terminal.keys("Enter")
    terminal.until_shows("260213-0000-0: there is no case 260213-0000-0")
    terminal.keys("q")
    terminal.until_shows(">1 due next")


def test_an_open_case_is_followed(kit, show):
    number = with_case(kit, 1)
    terminal = show("--interval", "1")
    terminal.keys("Enter")
    terminal.until_shows("dispatched")
    kit.good("accept", number)
    terminal.until_shows("in hand")


def test_urge_asks_first_and_tells_the_outcome(kit, show):
    number = with_case(kit, 1)
    terminal = show("--interval", "3600")
    terminal.keys("u")
    terminal.until_shows(f"urge all units of {number} that are not done? y/n")
    terminal.keys("n")
    terminal.until_shows("not urged")
    assert kit.daemon.acts(pb.VERB_URGE) == []
    before = kit.daemon.count("digest")
    terminal.keys("u", "y")
    terminal.until_shows(f"{number}  urge · dispatched")
    terminal.until(lambda: kit.daemon.count("digest") > before)
    act, = kit.daemon.acts(pb.VERB_URGE)
    assert (act.number, act.target) == (number, "")
    kit.daemon.refuse_verbs["urge"] = "not_allowed"
    terminal.keys("Enter")
    terminal.until_shows("王工")
    terminal.keys("u", "y")
    terminal.until_shows(f"{number}: cg is not allowed to urge here")
    assert len(kit.daemon.acts(pb.VERB_URGE)) == 2
    terminal.keys("q", "3", "u")
    terminal.until_shows("no case is selected")


def test_urge_while_one_is_out_is_not_doubled(kit, show):
    number = with_case(kit, 1)
    terminal = show("--interval", "3600", WHISTLE_TIMEOUT="600")
    kit.daemon.drop = 1
    terminal.keys("u", "y")
    terminal.until_shows(f"{number}: urging …")
    terminal.until(lambda: kit.daemon.acts(pb.VERB_URGE))
    terminal.keys("u")
    terminal.until_shows(f"{number}: the urge before has no answer yet")
    assert len(kit.daemon.acts(pb.VERB_URGE)) == 1


def test_help_names_the_keys(show):
    terminal = show()
    terminal.keys("?")
    terminal.until_shows("Enter open  u urge  / filter  r refresh  q quit")
    assert columns(terminal.lines()[-1]) <= 80
    terminal.keys("?")
    terminal.until(lambda: terminal.lines()[-1] == "? keys  q quit")


# ---- sizes ----------------------------------------------------------------------------------------------------


def is_whole(terminal):
    """The head fills its line, or where it has no room how the daemon is stands on the next."""
    try:
        head, second = terminal.lines()[:2]
        laid_out = columns(head) == terminal.width and head.endswith("connected") or second == "connected"
        return laid_out and len(shape(terminal, ENGLISH)) == terminal.height
    except AssertionError:  # between the new size and what is drawn for it
        return False


def test_resize_lays_out_anew(show):
    terminal = show("--interval", "3600")
    for size in ((200, 50), (60, 16), (120, 30), (80, 24)):
        terminal.resize(*size)
        terminal.until(lambda: is_whole(terminal))
        assert "open 300 · due today 120 · late 14" in terminal.text()
        terminal.keys("Down")
        terminal.until(lambda: terminal.chosen())
    assert "260213-0004-4" in terminal.chosen()


def test_hardly_any_room_is_no_crash(show):
    terminal = show("--interval", "3600")
    for size in ((20, 5), (3, 2), (1, 1), (80, 24)):
        terminal.resize(*size)
        terminal.keys("Down", "Tab")
    terminal.until_shows("connected", ">1 due next")


# ---- the daemon goes and comes ---------------------------------------------------------------------------------


def test_a_restart_is_survived(kit, show):
    terminal = show("--interval", "1")
    kit.daemon.stop()
    terminal.until_shows("no answer since 08:01:", ", trying again")
    text = terminal.text()
    assert "open 300" in text and "260213-0000-0" in text
    assert re.search(r"no answer since 08:01:\d\d, trying again", text)
    since = re.search(r"since (\S+),", text).group(1)
    terminal.keys("Tab", "Down")
    terminal.until(lambda: "260212-0001-1" in terminal.chosen(), seconds=3)
    assert f"since {since}," in terminal.text()
    kit.start().day = a_day()
    kit.daemon.day.open_count = 299
    terminal.until_shows("open 299", "connected", seconds=30)
    assert "260212-0001-1" in terminal.chosen()


def test_it_may_be_away_from_the_beginning(kit, show):
    kit.daemon.stop()
    terminal = show("--interval", "1", begin="no answer since", WHISTLE_TIMEOUT="1")
    kit.start().day = a_day()
    terminal.until_shows("connected", "open 300")
    assert re.match(r"02-13 Fri 08:01:", terminal.lines()[0])


def test_keys_work_while_an_answer_is_waited_for(kit, show):
    """The daemon takes requests and does not answer, which is longer than giving up a connection."""
    terminal = show("--interval", "1", WHISTLE_TIMEOUT="600")
    before = kit.daemon.count("digest")
    kit.daemon.drop = 999
    terminal.until(lambda: kit.daemon.count("digest") > before)
    for _ in range(3):
        began = time.monotonic()
        terminal.keys("Tab")
        terminal.until(lambda: ">2 late" in terminal.text(), seconds=2)
        terminal.keys("1")
        terminal.until(lambda: ">1 due next" in terminal.text(), seconds=2)
        assert time.monotonic() - began < 2
    terminal.until_shows("no answer since")
    kit.daemon.drop = 0
    terminal.keys("r")
    terminal.until_shows("connected", seconds=10)


def test_a_lost_request_is_sent_again_by_itself(kit, show):
    terminal = show("--interval", "1", WHISTLE_TIMEOUT="8")
    kit.daemon.drop = 1

    def ids():
        return [r.id for r in kit.daemon.seen if r.WhichOneof("op") == "digest"]

    terminal.until(lambda: len(ids()) > len(set(ids())))
    kit.daemon.day.open_count = 301
    terminal.until_shows("open 301", "connected")


def test_a_refusal_is_told_and_asked_again(kit, show):
    kit.daemon.day.more = True
    terminal = show("--interval", "1", begin="open 300+ · due today 120+")
    work = kit.daemon.work
    kit.daemon.work = lambda e, r: kit.daemon.refuse("unknown_area", "99")
    terminal.until_shows("there is no area 99", "open 300+")
    kit.daemon.work = work
    terminal.until_shows("connected")


def test_a_daemon_that_names_no_zone(kit, show):
    kit.daemon.names_no_zone = True
    terminal = show()
    assert re.match(r"02-13 Fri 00:01:", terminal.lines()[0])  # TZ=UTC here
    assert kit.daemon.count("catalog") == 1


# ---- the way out ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["q", "C-c", signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_every_way_out_gives_the_terminal_back(kit, show, end):
    terminal = show()
    assert terminal.flag("alternate_on") == "1" and terminal.flag("cursor_flag") == "0"
    if isinstance(end, str):
        terminal.keys(end)
    else:
        os.kill(int((kit.directory / "pid").read_text()), end)
    assert left(kit, terminal) == ""


def test_it_ends_with_its_terminal(kit, show):
    terminal = show()
    pid = int((kit.directory / "pid").read_text())
    terminal.close()
    deadline = time.monotonic() + 10
    while os.path.exists(f"/proc/{pid}"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_ended_while_the_daemon_is_away(kit, show):
    kit.daemon.stop()
    terminal = show(begin="connecting")
    os.kill(int((kit.directory / "pid").read_text()), signal.SIGTERM)
    began = time.monotonic()
    left(kit, terminal)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("term", ["", "no-such-terminal", "dumb"])
def test_a_terminal_of_no_known_kind(kit, term):
    command = shlex.join(["env", "-u", "TERM"] + ([f"TERM={term}"] if term else []) + [str(client_kit.BUILD / "whistle"), "top"])
    terminal = Terminal(100, 24, f"stty -a >{kit.directory}/before; {command} 2>{kit.directory}/err; echo left $?; "
                        f"stty -a >{kit.directory}/after", kit.environment())
    try:
        error = left(kit, terminal, 1)
    finally:
        terminal.close()
    assert error == f"whistle top: {term}: no known kind of terminal (TERM); whistle digest prints one page\n"


def test_without_a_terminal_it_prints_one_page(kit):
    page = kit.good("top", "--unit", "cg")
    assert page == kit.good("digest", "--unit", "cg") and page.startswith("Daily page 2026-02-13  cg\n") and "\033" not in page
    assert "日报 2026-02-13" in kit.good("top", LANGUAGE="zh_CN")
    kit.daemon.stop()
    assert kit.run("top", WHISTLE_TIMEOUT="1")[0] == 1
