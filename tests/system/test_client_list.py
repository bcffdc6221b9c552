"""`whistle list`: searching, filters that are kept, going on where a list was cut, marks, in both languages."""
import csv
import io
import json
import os
import shlex
import stat

import pytest

from fake_daemon import NOW, pb


@pytest.fixture
def file(kit):
    return kit.directory / "config" / "whistle" / "filters.yaml"


def asked(kit):
    """What the daemon was asked for last, without what belongs to the page."""
    last = pb.List()
    last.CopyFrom([r.list for r in kit.daemon.seen if r.WhichOneof("op") == "list"][-1])
    last.max = 0
    return last


def wrong(kit, *arguments, status=2, **more):
    """The complaint about a command line; nothing was asked and nothing shown."""
    before = len(kit.daemon.seen)
    code, out, err = kit.run(*arguments, **more)
    assert (code, out) == (status, ""), (code, out, err)
    assert len(kit.daemon.seen) == before
    return err


# ---- words -------------------------------------------------------------------------------------------------------


def test_search(kit):
    numbers = [kit.submit(title) for title in ("井盖 缺失", "路灯", "ABC 井盖")]
    assert [line.split()[0] for line in kit.good("list", "--search", "井盖").splitlines()[1:]] == [numbers[0], numbers[2]]
    assert kit.good("list", "--search", "abc 井盖", "--open").splitlines()[1].startswith(numbers[2])
    assert asked(kit) == pb.List(search="abc 井盖", open_only=True)
    assert kit.good("list", "--search", "没有") == "no cases\n"


# ---- filters that are kept ---------------------------------------------------------------------------------------


def test_a_filter_is_kept_and_used(kit, file):
    assert kit.good("list", "--save", "late", "--overdue", "--area", "420902001", "--search", "it's 井盖") == \
        "@late: --overdue --area 420902001 --search 'it'\\''s 井盖'\n"
    assert kit.good("list", "--save", "路", "--search", "路_1.2") == "@路: --search 路_1.2\n", "quoted where it needs it"
    assert not kit.daemon.seen, "keeping is nothing for the daemon"
    kit.good("list", "@late")
    assert asked(kit) == pb.List(overdue=True, area="420902001", search="it's 井盖")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert os.listdir(file.parent) == ["filters.yaml"], "no draft is left"


def test_what_is_said_counts_over_what_is_kept(kit):
    kit.good("list", "--save", "mine", "--mine", "--area", "1", "--state", "in_hand", "--search", "a")
    kit.good("list", "@mine", "--area", "2", "--state", "suspended", "--state", "in_hand", "--overdue")
    whole = pb.List(mine=True, area="2", search="a", overdue=True, states=[pb.CASE_STATE_IN_HAND, pb.CASE_STATE_SUSPENDED])
    assert asked(kit) == whole
    kit.good("list", "--area", "2", "--overdue", "--state", "suspended", "@mine")
    assert asked(kit) == whole, "wherever the name stands"
    kit.good("list", "--save", "other", "--search", "b", "--unit", "cg")
    kit.good("list", "@mine", "@other")
    assert asked(kit) == pb.List(mine=True, area="1", unit="cg", search="b", states=[pb.CASE_STATE_IN_HAND])
    kit.good("list", "@other", "@mine")
    assert asked(kit).search == "a", "the later one counts"
    kit.good("list", "--area", "1", "--area", "3")
    assert asked(kit).area == "3"


def test_a_filter_is_made_of_another(kit):
    kit.good("list", "--save", "mine", "--mine")
    assert kit.good("list", "@mine", "--save", "@mine-late", "--overdue") == "@mine-late: --mine --overdue\n"
    assert kit.good("list", "--save", "mine", "--open") == "@mine: --open\n", "in place of the one before"
    kit.good("list", "@mine-late")
    assert asked(kit) == pb.List(mine=True, overdue=True)


def test_spans_stay_spans(kit, file):
    kit.good("list", "--save", "soon", "--due-within", "2h")
    assert "2h" in file.read_text()
    kit.good("list", "@soon")
    assert asked(kit).due_before_ms == NOW + 2 * 3600000


def test_states_are_kept_in_no_language(kit, file):
    kit.good("list", "--save", "办", "--state", "处置中", "--state", "挂账", LANGUAGE="zh_CN")
    assert "state: [in_hand, suspended]" in file.read_text()
    kit.good("list", "@办", LANGUAGE="C")
    assert list(asked(kit).states) == [pb.CASE_STATE_IN_HAND, pb.CASE_STATE_SUSPENDED]


def test_filters_are_listed_and_forgotten(kit, file):
    assert kit.good("list", "--filters") == "no filter is kept\n"
    assert not file.parent.exists(), "to look makes nothing"
    kit.good("list", "--save", "b", "--mine")
    kit.good("list", "--save", "超期", "--overdue", "--state", "in_hand")
    assert kit.good("list", "--filters") == "@b     --mine\n@超期  --overdue --state in_hand\n"
    assert kit.good("list", "--forget", "b") == ""
    assert kit.good("list", "--filters") == "@超期  --overdue --state in_hand\n"
    assert "no filter @b" in wrong(kit, "list", "@b")
    assert "no filter @b" in wrong(kit, "list", "--forget", "@b")
    assert kit.good("list", "--forget", "超期") == "" and kit.good("list", "--filters") == "no filter is kept\n"


def test_names(kit, file):
    for name in ("a", "A-1_x.y", "我的超期", "é", "x" * 40, "字" * 40):
        kit.good("list", "--save", name, "--mine")
        kit.good("list", "@" + name)
        assert asked(kit) == pb.List(mine=True)
    for name in ("", "@", "@@a", "a b", "a\u3000b", "a/b", "../x", "-a", "a'b", 'a"b', "a:b", "x" * 41, "字" * 41, "a\nb",
                 "a\u202eb", "a\u200bb", "a#", "{a}"):
        for arguments in (["--save=" + name, "--mine"], ["--forget=" + name], ["@" + name]):
            assert "not a name for a filter" in wrong(kit, "list", *arguments), name
    assert "is @NAME" in wrong(kit, "list", "late")
    assert "too many" in wrong(kit, "list", *[f"@{i}" for i in range(9)])


def test_wrong_lines(kit):
    assert "needs something" in wrong(kit, "list", "--save", "a")
    for more in (["--csv"], ["--json"], ["--max", "3"], ["--after", "00"]):
        assert "keeps filters alone" in wrong(kit, "list", "--save", "a", "--mine", *more)
    assert "at a time" in wrong(kit, "list", "--save", "a", "--mine", "--filters")
    assert "at a time" in wrong(kit, "list", "--save", "a", "--mine", "--forget", "b")
    assert "not a span" in wrong(kit, "list", "--save", "a", "--due-within", "soon")
    assert "no such word" in wrong(kit, "list", "--save", "a", "--state", "happy")
    assert "not a clean text" in wrong(kit, "list", "--save", "a", "--search", "a\nb")
    assert kit.good("list", "--filters") == "no filter is kept\n"


def test_a_file_written_by_hand(kit, file):
    file.parent.mkdir(parents=True)
    file.write_text('# mine\nlate: {overdue: true, state: [in_hand, 挂账], area: 420902001}\n"b": {state: closed}\n')
    kit.good("list", "@late")
    assert asked(kit) == pb.List(overdue=True, area="420902001", states=[pb.CASE_STATE_IN_HAND, pb.CASE_STATE_SUSPENDED])
    kit.good("list", "--save", "c", "--mine")
    assert kit.good("list", "--filters").splitlines() == [
        "@late  --overdue --area 420902001 --state in_hand --state suspended", "@b     --state closed", "@c     --mine"]
    for nothing in ("", "\n", "# nothing yet\n", "\n  # nothing\r\n\n#"):
        file.write_text(nothing)
        assert kit.good("list", "--filters") == "no filter is kept\n"


@pytest.mark.parametrize("text,complaint", [
    ("late: {overdue: false}\n", "late: overdue: no such word"),
    ("late: {colour: red}\n", "late: colour: no such word"),
    ("late: {url: 'tcp://x'}\n", "late: url: no such word"),
    ("late: {state: [[in_hand]]}\n", "late: state: a text is expected"),
    ("late: {state: happy}\n", "late: state: no such word"),
    ("late: {due-within: soon}\n", "late: due-within: not a span of time"),
    ("late: {search: \"a\\tb\"}\n", "late: search: not a clean text"),
    ("late: --overdue\n", "a mapping is expected"),
    ("'a b': {mine: true}\n", "a b: @: not a name for a filter"),
    ("- late\n", "a mapping is expected"),
    ("late: {overdue: true\n", "not a YAML document"),
    (b"\xff\xfe", "not UTF-8"),
])
def test_a_file_that_is_wrong_is_said_so_and_kept(kit, file, text, complaint):
    file.parent.mkdir(parents=True)
    content = text if isinstance(text, bytes) else text.encode()
    file.write_bytes(content)
    for arguments in (["@late"], ["--filters"], ["--save", "x", "--mine"], ["--forget", "late"]):
        err = wrong(kit, "list", *arguments, status=1)
        assert complaint in err and "filters.yaml" in err, err
    assert file.read_bytes() == content
    kit.good("list", "--mine")


def test_where_nothing_can_be_kept(kit, file):
    file.parent.parent.mkdir(parents=True, exist_ok=True)
    file.parent.write_text("a file")
    assert "cannot keep anything in" in wrong(kit, "list", "--save", "a", "--mine", status=1)
    assert "HOME" in wrong(kit, "list", "--save", "a", "--mine", status=1, XDG_CONFIG_HOME="", HOME="")
    assert "no filter @a" in wrong(kit, "list", "@a", XDG_CONFIG_HOME="", HOME="")
    kit.good("list", "--save", "a", "--mine", XDG_CONFIG_HOME="", HOME=str(kit.directory))
    assert (kit.directory / ".config/whistle/filters.yaml").exists()


def test_many_who_keep_at_once(kit):
    """Each reads what the others have written before it writes."""
    running = [kit.popen("list", "--save", f"f{i}", "--area", str(i)) for i in range(12)]
    for process in running:
        assert process.wait(60) == 0
    assert len(kit.good("list", "--filters").splitlines()) == 12


# ---- going on ----------------------------------------------------------------------------------------------------


def test_a_list_that_was_cut_says_how_it_goes_on(kit):
    numbers = [kit.submit(f"it's {i}") for i in range(8)]
    kit.good("list", "--save", "its", "--search", "it's")
    words, seen = ["list", "@its", "--max", "3", "--json", "--area", "a b"], []
    for _ in range(3):
        status, out, err = kit.run(*words)
        assert status == 0
        seen += [json.loads(line)["number"] for line in out.splitlines()]
        if not err:
            break
        assert err.startswith("more: whistle list ") and err.count("\n") == 1 and err.count("--after") == 1, err
        words = shlex.split(err.removeprefix("more: whistle "))
        assert asked(kit).area == "a b"
    assert seen == numbers and not err, "all of them, each once; the last one says nothing"


def test_the_token_takes_the_place_of_the_one_before(kit):
    numbers = [kit.submit(str(i)) for i in range(6)]
    for given in (["--after", numbers[0]], ["--after=" + numbers[0]], ["--aft", numbers[0]]):
        _, out, err = kit.run("list", *given, "--max=2", "--csv")
        assert [row["number"] for row in csv.DictReader(io.StringIO(out[1:]))] == numbers[1:3]
        assert sorted(shlex.split(err)) == sorted(["more:", "whistle", "list", "--max=2", "--csv", "--after", numbers[2]]), err


def test_the_last_page_says_nothing(kit):
    for i in range(3):
        kit.submit(str(i))
    for arguments in ([], ["--max", "3"], ["--max", "9"], ["--csv"]):
        assert kit.run("list", *arguments)[2] == ""


def test_a_token_of_somewhere_else(kit):
    kit.submit()
    status, out, err = kit.run("list", "--after", "nonsense")
    assert (status, out) == (1, "") and "nonsense" in err and "[list.after]" in err


def test_empty_pages_are_not_the_end(kit):
    numbers = [kit.submit(str(i)) for i in range(4)]
    kit.daemon.empty_pages = 3
    assert [line.split()[0] for line in kit.good("list").splitlines()] == ["number", *numbers]
    kit.daemon.empty_pages = 2
    _, out, err = kit.run("list", "--max", "2")
    assert len(out.splitlines()) == 3 and numbers[1] in err, "they count for nothing"


# ---- what moved --------------------------------------------------------------------------------------------------


def test_what_moved_is_marked(kit):
    numbers = [kit.submit(str(i)) for i in range(5)]
    plain = kit.good("list")
    assert "*" not in plain
    kit.daemon.moved = {numbers[4]}
    lines = kit.good("list").splitlines()
    assert lines[-1] == "* changed while the list was read: as it stands now"
    assert [line.split()[0] for line in lines[1:-1] if " * " in line] == [numbers[4]]
    assert kit.good("list", "--max", "3").splitlines() == plain.splitlines()[:4], "no word of it where there is none"


def test_what_moved_for_programs(kit):
    numbers = [kit.submit(str(i)) for i in range(2)]
    kit.daemon.moved = {numbers[1]}
    head, *rows = csv.reader(io.StringIO(kit.good("list", "--csv")[1:]))
    assert head == ["number", "state", "kind", "category", "category_name", "area", "area_name", "title", "units", "due",
                    "filed", "charge", "overdue", "moved"]
    assert [row[-1] for row in rows] == ["0", "1"]
    assert [json.loads(line).get("moved", False) for line in kit.good("list", "--json").splitlines()] == [False, True]


# ---- in Chinese --------------------------------------------------------------------------------------------------


def test_in_chinese(kit):
    numbers = [kit.submit(str(i)) for i in range(3)]
    kit.daemon.moved = set(numbers)
    chinese = dict(LANGUAGE="zh_CN")
    assert "派遣 *" in kit.good("list", **chinese) and "读取期间有变动" in kit.good("list", **chinese)
    assert kit.run("list", "--max", "1", **chinese)[2] == f"还有:whistle list --max 1 --after {numbers[0]}\n"
    assert kit.good("list", "--filters", **chinese) == "没有保存的筛选\n"
    assert "没有筛选 @甲" in wrong(kit, "list", "@甲", **chinese)
    assert "不能用作筛选名" in wrong(kit, "list", "--save", "a b", **chinese)
    assert "--save 只保存筛选条件" in wrong(kit, "list", "--save", "a", "--csv", "--mine", **chinese)
