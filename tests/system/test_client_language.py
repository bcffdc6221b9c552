"""The tool's languages: the Chinese catalogue is whole, and nothing is shown that a catalogue cannot change."""
import re
import subprocess
import sys

import pytest

import client_kit
from fake_daemon import pb

PO = client_kit.ROOT / "clients" / "po"
sys.path.insert(0, str(PO))
import messages as MESSAGES


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("po") / "whistle.pot"
    subprocess.run(["python3", PO / "messages.py", client_kit.ROOT / "clients/whistle", client_kit.ROOT / "daemon", path],
                   check=True)
    return path


def test_chinese_has_every_sentence(template):
    done = subprocess.run(["msgcmp", PO / "zh_CN.po", template], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    statistics = subprocess.run(["msgfmt", "--check-format", "--statistics", "-o", "/dev/null", PO / "zh_CN.po"],
                                capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}).stderr
    assert "fuzzy" not in statistics and "untranslated" not in statistics, statistics


def chinese(kit, *arguments, **more):
    return kit.run(*arguments, LANGUAGE="zh_CN", **more)


def test_chinese_is_spoken(kit):
    number = kit.submit()
    assert "吹哨:提交事项" in chinese(kit, "--help")[1]
    assert "派遣" in chinese(kit, "list")[1] and "周五" in chinese(kit, "list")[1]
    assert "签收 · 处置中" in chinese(kit, "accept", number)[1]
    out = chinese(kit, "show", number)[1]
    assert all(step in out for step in ("受理", "分析", "解决", "反馈", "评议", "监督"))
    assert "派 单 单" in chinese(kit, "show", "--slip", number)[1]


def test_refusals_are_translated_with_their_arguments(kit):
    number = kit.submit()
    _, _, err = chinese(kit, "submit", "--category", "0301", "--area", "99", "--title", "t", "--yes")
    assert err == "whistle: 没有辖区 99 [whistle.area]\n"
    kit.daemon.refuse_verbs["accept"] = "not_allowed"
    assert "cg 无权在此签收" in chinese(kit, "accept", number)[1]
    kit.daemon.refuse_verbs["grant"] = ("not_found", "petition")
    assert "没有找到 申请" in chinese(kit, "grant", number)[1]
    kit.daemon.refuse_verbs["extend"] = ("too_late", "extend", "1770948000000")
    assert "延期 的时限已于 02-13 周五 10:00 结束" in chinese(kit, "extend", number, "--reason", "E01")[1]
    kit.daemon.refuse_verbs["accept"] = "brand_new"
    assert "the daemon says brand_new" in chinese(kit, "accept", number)[1], "a code of a later daemon"
    kit.daemon.stop()
    assert "守护进程没有答复" in chinese(kit, "list", WHISTLE_TIMEOUT="1")[2]


def test_words_are_understood_in_both_languages(kit):
    kit.good("list", "--state", "派遣", LANGUAGE="zh_CN")
    kit.good("list", "--state", "in_hand", LANGUAGE="zh_CN")


def bracketed(message):
    """The message, still escaped, with each of its lines in brackets."""
    pieces = re.split(r"(\\[nrv])", message)
    return "".join(p if not p or re.fullmatch(r"\\[nrv]", p) else f"⟦{p}⟧" for p in pieces)


@pytest.fixture(scope="module")
def brackets(template, tmp_path_factory):
    """A catalogue in which each sentence stands in ⟦ ⟧, so that what stands outside never went through one."""
    out = ['msgid ""\nmsgstr ""\n"Language: qps\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"']
    for block in re.split(r"\n\n+", template.read_text().strip())[1:]:
        context = re.search(r"^msgctxt .*$", block, re.M)
        body = re.search(r"^msgid (.*?)\nmsgstr", block, re.S | re.M).group(1)
        message = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', body))
        out.append((context.group(0) + "\n" if context else "") +
                   f'msgid "{message}"\nmsgstr "{bracketed(message)}"')
    directory = tmp_path_factory.mktemp("locale")
    (directory / "qps/LC_MESSAGES").mkdir(parents=True)
    (directory / "qps.po").write_text("\n\n".join(out) + "\n")
    subprocess.run(["msgfmt", "-o", directory / "qps/LC_MESSAGES/whistle.mo", directory / "qps.po"], check=True)
    return directory


# What is not a sentence: names of options and commands, what the user typed, what the daemon's data say.
BARE = re.compile(r"\[[a-z_.]+\]|--?[a-z][a-z-]*=?|\bwhistle( [a-z-]+)?|\b260213\S*|[^\s⟦⟧]*[/_.:][^\s⟦⟧]*|R17|\b[A-Z]\b|\bA\|B\b|1-4")


def outside(text):
    """English words outside the brackets; argp breaks lines inside them."""
    text = re.sub(r"⟦[^⟦⟧]*⟧", " ", re.sub(r"⟦[^⟦⟧]*⟦([^⟦⟧]*)⟧[^⟦⟧]*⟧", "⟦ ⟧", text))
    return re.findall(r"[A-Za-z]{2,}", BARE.sub(" ", text))


COMMANDS = ["submit", "send", "list", "show", "watch", "top", "digest", "accept", "report", "hand-down", "progress", "decline", "resolve",
            "advance", "extend", "pause", "suspend", "appeal", "grant", "refuse", "resume", "change-limit", "comment", "urge",
            "supervise", "answer", "hand-up", "return", "add-unit", "reassign", "excuse", "convene", "settle", "verify",
            "feedback", "call-back", "evaluate", "close", "reopen", "cancel", "merge", "unmerge", "erase", "claim", "check-in",
            "withdraw", "import", "catalog", "rates", "points", "status", "key"]


def test_every_act_is_a_command(kit):
    """And every command stands in the list above; what the subscriber says of deliveries is no act of a person."""
    listed = [line.split()[0] for line in kit.good("--help").splitlines() if line.startswith("  ")]
    assert listed == COMMANDS
    verbs = {name[5:].lower().replace("_", "-") for name, value in pb.Verb.items() if value}
    assert verbs - set(listed) == {"delivered", "undelivered"}


WHOLE_LIFE = dict(
    FED_BACK=dict(attachments=[pb.Attachment(sha256=b"\0" * 32, phase=phase) for phase in ("before", "after")]),
    CALLED_BACK=dict(closing=pb.Closing(calls=2)), REOPENED={}, CLOSED=dict(reason="solved"),
    SETTLED=dict(reason="settled"), FILED=dict(related=["260213-1"]), MERGED=dict(other="260213-1"),
    JOINED=dict(other="260213-1"), UNMERGED=dict(other="260213-1"), PARTED=dict(other="260213-1"),
    HANDED_DOWN=dict(unit="cg", target="cg"), RETURNED={}, EXCUSED={}, PROGRESSED={},
    OPEN_CALL=dict(open_call=pb.OpenCall(pool="Y", skill="Z", places=3)), CLAIMED=dict(open_call=pb.OpenCall(places=3)),
    CHECKED_IN=dict(open_call=pb.OpenCall(places=3)), WITHDREW=dict(open_call=pb.OpenCall(places=3)),
    CONVENED=dict(clocks=[pb.Clock(due_ms=1)]), REASSIGNED=dict(ruling=2), UNDELIVERED=dict(target="member/M", tries=2),
    DELIVERED=dict(target="leader/L", means="X"), VIEWED={}, ERASED=dict(reason="-"), COMMENTED=dict(personal=2))


def live_whole(kit, number):
    """A case that has had everything that can befall one."""
    case = kit.daemon.cases[number]
    for kind, fields in WHOLE_LIFE.items():
        kit.daemon.note(case, getattr(pb, "EVENT_KIND_" + kind), pb.Request(), **fields)
    kit.daemon.note(case, pb.EVENT_KIND_CALLED_BACK, pb.Request(), verdict=1, satisfied=2)
    case.MergeFrom(pb.Case(merged_into="260213-1", joined=[pb.Joined(number="260213-1")], related=["260213-1"],
                           closing=pb.Closing(needs=3), reason="settled",
                           open_call=pb.OpenCall(pool="Y", skill="Z", places=3, filled_ms=1, claims=[
                               pb.Claim(member="M", state=state) for state in (1, 2, 3)])))
    case.summons[0].exempt, case.summons[0].verdict = "D", 2
    kit.daemon.more.MergeFrom(pb.Receipt(raised="260213-1", duplicates=[pb.Duplicate(number="260213-1")],
                                         precedents=[pb.Precedent(number="260213-1", ruling=ruling) for ruling in (1, 2, 3)]))


def whole_day():
    """A day with each of its parts, and all kinds of facts that there are."""
    day = pb.DigestView(day="2026-02-13", due_count=2, late_count=1, open_count=3)
    day.due.add(number="260213-1", due_ms=1)
    day.late.add(number="260213-2", due_ms=1)
    day.silent.add(unit="cg", waiting=1, since_ms=1)
    day.silent.add(unit="sj", waiting=1, since_ms=1, seen_ms=1)
    listed = (client_kit.ROOT / "daemon/core/fact.h").read_text().split("enum fact_kind")[0]
    for fact in re.findall(r'X\(\w+, \d+, "(\w+)"', listed):
        day.happened.add(fact=fact, count=1)
    day.changed.add(number="260213-1", fact="resolve", at_ms=1, late=True)
    day.definitions.add(id="1", of="x", over="y")
    day.rates.rates.add(of=1, over=2, left_out=1)
    return day


def test_no_bare_english(kit, brackets):
    number = kit.submit("垃圾", "--name", "张三", "--phone", "13800008000", "--text", "臭")
    more = dict(LANGUAGE="qps", WHISTLE_LOCALE_DIR=str(brackets), ARGP_HELP_FMT="rmargin=2000,opt-doc-col=40")
    help_text = kit.run("--help", **more)[1]
    assert [w for w in outside(help_text) if w not in {part for command in COMMANDS for part in command.split("-")}] == []
    for change in (lambda c: c.summons[0].petition.MergeFrom(pb.Petition(verb=17, limit=pb.Limit(measure=3, amount=60000))),
                   lambda c: c.clocks[0].pauses.add(until_ms=1), lambda c: c.clocks.add(stage=8, due_ms=1, multiple=2),
                   lambda c: c.clocks.add(stage=6, due_ms=1, stopped_ms=2, stop=6, exempt="-", provisional=True)):
        change(kit.daemon.cases[number])
    kit.daemon.cases[number].clocks[0].due_ms = (1 << 63) - 1
    kit.daemon.note(kit.daemon.cases[number], pb.EVENT_KIND_GRANTED, pb.Request(), clocks=[pb.Clock(due_ms=1)],
                    petition=pb.Petition(verb=17, stage=4, limit=pb.Limit(measure=3, amount=60000), until_ms=1))
    live_whole(kit, number)
    kit.daemon.day = whole_day()
    ended = kit.submit()
    kit.daemon.moved = {ended}
    kit.daemon.cases[ended].MergeFrom(pb.Case(state=7, reason="solved", closing=pb.Closing(reopen_until_ms=1 << 41)))
    for arguments in [["list"], ["show", number], ["show", ended], ["merge", ended], ["hand-down", ended], ["excuse", ended],
                      ["claim", ended], ["convene", ended], ["call-back", ended, "--solved"],
                      ["submit", "--category", "0301", "--area", "420902001", "--title", "题", "--yes"], ["show", "--slip", number], ["watch", number], ["accept", number],
                      ["show", "--personal", number], ["show", number], ["watch", number, "--personal"], ["erase", number],
                      ["erase", number, "--reason", "-"], ["erase", number, "--reason", "-", "--yes"], ["show", number],
                      ["urge", "--late", number], ["catalog", "--reasons", "--units"], ["show", "260213-9999-9"],
                      ["watch"], ["evaluate", number], ["verify", number], ["extend", number, "--stage", "x"], ["list", "--due-within", "x"],
                      ["list", "--max", "1"], ["list", "--filters"], ["list", "@x"], ["list", "x"], ["list", "--save", "x"],
                      ["list", "--save", "x", "--mine", "--csv"], ["list", "--save", "x", "--forget", "x"], ["import"], ["dance"],
                      ["watch", "--for", "cg", "--once"], ["rates", "--compare", "--definitions"], ["rates", "--by", "unit", "--bars"],
                      ["rates", "--cases", "x"], ["rates", "--cases", "x", "--max", "1"], ["rates", "--cases", "x", "--compare"],
                      ["rates", "--over"], ["rates", "--rate", "x"], ["rates", "--month", "x"], ["rates", "--to", "x"],
                      ["points"], ["points", "--ledger"], ["points", "--max", "1"], ["points", "--year", "x"],
                      ["digest"], ["top"], ["digest", "--day", "x"], ["top", "--interval", "0"],
                      ["submit", "--category", "0301", "--area", "9", "--title", "题", "--yes"],
                      ["submit", "--category", "0301", "--area", "420902001", "--title", "题", "--preview"]]:
        _, out, err = kit.run(*arguments, **more)
        assert "⟦" in out + err, (arguments, out, err)
        assert set(outside(out + err)) <= {"dance", "street", "cg", "sj", "zls", "closed", "settled", "rework", "reworks", "shuyuan"}, (arguments, out, err)  # data


def test_no_bare_english_about_keys(kit, brackets):
    more = dict(LANGUAGE="qps", WHISTLE_LOCALE_DIR=str(brackets))
    for words in (["show"], ["new", "--id", "X"], ["new"], ["rotate", "--id", "X"], ["rotate", "--id", "Y"], ["show"],
                  ["forget", "Z"], ["forget", "X"], ["forget", "Y"], ["rotate", "--id", "/"], []):
        _, out, err = kit.run("key", *words, **more)
        said = re.sub(r"\b[0-9a-f]{8,}\b|shuyuan", "", out + err)
        assert outside(said) == [] and ("⟦" in said or words == ["forget", "X"]), (words, out, err)
    assert "⟦" in kit.run("list", WHISTLE_KEY_FILE="/nowhere", **more)[2]


def test_no_bare_english_in_help(kit, brackets):
    more = dict(LANGUAGE="qps", WHISTLE_LOCALE_DIR=str(brackets), ARGP_HELP_FMT="rmargin=2000,opt-doc-col=40")
    for command in COMMANDS:
        _, out, err = kit.run(command, "--help", **more)
        assert "⟦" in out and outside(out + err) == [], (command, out)
