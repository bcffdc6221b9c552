"""whistle import: maps, dates, refused rows, a second run, damage."""
import gzip
import json
import os
import pathlib

import pytest

import client_kit

# Real records, where they lie beside the repository.
DATA = pathlib.Path(os.environ.get("WHISTLED_DATA", pathlib.Path(__file__).parents[3] / "shared" / "data"))

MAP = """\
zone: Asia/Shanghai
fields:
  source: 测试
  source-no: {column: 编号}
  kind: issue
  category: {column: 小类, map: categories.csv}
  area: {columns: [街道, 社区], join: /, map: {书院/一: "420902001", 新华/二: "420902002"}, default: "420902001"}
  title: {column: 小类, cut: 4}
  address: {column: 地址}
  reported: {column: 时间, format: ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d"]}
attributes:
  层级: {column: 社区}
skip:
  - {column: 街道, in: ["-", ""]}
"""
CATEGORIES = "暴露垃圾堆,0301\n占道经营,0402\n"
ROWS = """\
编号,小类,街道,社区,地址,时间
1,暴露垃圾堆,书院,一,"东门, ""老""市场",2018-02-08 15:34:40
2,占道经营,新华,二,,2018/02/09
3,占道经营,-,二,,2018/02/09
4,没有的类,书院,一,,2018-02-08 15:34:40
5,占道经营,书院,一,"两
行",昨天
6,占道经营,书院
7,占道经营,书院,九,,2018-02-08 15:34:40
"""


@pytest.fixture
def kit(tmp_path):
    kit = client_kit.Kit(tmp_path)
    kit.start()
    (tmp_path / "map.yaml").write_text(MAP)
    (tmp_path / "categories.csv").write_text(CATEGORIES)
    (tmp_path / "rows.csv").write_text(ROWS)
    kit.arguments = ["import", tmp_path / "rows.csv", "--map", tmp_path / "map.yaml"]
    yield kit
    kit.stop()


def submits(kit):
    return [r.submit.whistle for r in kit.daemon.seen if r.WhichOneof("op") == "submit"]


def test_a_map_may_name_a_text_many_times(kit):
    # after each 8th, 16th, … value comes one that is there already
    pairs = [(f"类{i}", f"{i:04}") for i in range(300)]
    lines = [f"{a},{b}" for pair in pairs for a, b in (pair, ("类0", "9999"))]
    (kit.directory / "categories.csv").write_text("\n".join(lines) + "\n")
    (kit.directory / "rows.csv").write_text("编号,小类,街道,社区,地址,时间\n" + "".join(
        f"{i},{name},书院,一,,2018-02-08 15:34:40\n" for i, (name, _) in enumerate(pairs)))
    kit.run(*kit.arguments)
    assert {w.source_no: w.category for w in submits(kit)} == {str(i): code for i, (_, code) in enumerate(pairs)}


def test_rows_become_whistles(kit):
    status, out, err = kit.run(*kit.arguments)
    assert status == 1 and out.startswith("rows 7, new 3, there already 0, refused 3, left out 1\n")
    one, two, seven = sorted(submits(kit), key=lambda w: w.source_no)
    assert (one.source, one.source_no, one.category, one.area) == ("测试", "1", "0301", "420902001")
    assert one.title == "暴露垃圾" and one.personal.address == '东门, "老"市场'
    assert one.reported_ms == 1518075280000, "15:34:40 in Shanghai"
    assert two.reported_ms == 1518105600000 and two.area == "420902002"
    assert (two.attributes[0].name, two.attributes[0].value) == ("层级", "二")
    assert seven.area == "420902001", "the default"


def test_errors_name_line_and_reason(kit):
    _, _, err = kit.run(*kit.arguments)
    path = kit.directory / "rows.csv"
    assert f"{path}:5: category: 没有的类 is not in the map" in err
    assert f"{path}:6: reported: 昨天: not a time" in err
    assert f"{path}:8: 3 fields, the head has 6" in err, "a row over two lines counts as two"
    refused = (kit.directory / "rows.csv.refused.csv").read_text("utf-8-sig")
    assert refused.splitlines()[0] == "编号,小类,街道,社区,地址,时间,refusal"
    assert "没有的类,书院,一,,2018-02-08 15:34:40,category: 没有的类 is not in the map" in refused


def test_refused_rows_are_for_their_owner_alone(kit):
    """They have names and phones in them, and were for everybody to read."""
    refused = kit.directory / "rows.csv.refused.csv"
    kit.run(*kit.arguments)
    assert refused.stat().st_mode & 0o777 == 0o600
    refused.chmod(0o666)
    refused.write_text("longer than what comes\n" * 100)
    kit.run(*kit.arguments)
    assert refused.stat().st_mode & 0o777 == 0o600 and "longer" not in refused.read_text()


def test_refused_rows_go_through_no_link(kit):
    """What it pointed to was overwritten, as in /tmp where somebody else can make the link."""
    kept = kit.directory / "kept"
    kept.write_text("keep me")
    (kit.directory / "rows.csv.refused.csv").symlink_to(kept)
    status, _, err = kit.run(*kit.arguments)
    assert status == 1 and kept.read_text() == "keep me" and "cannot write" in err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of somebody else's")
def test_refused_rows_do_not_go_into_somebody_elses_file(kit):
    refused = kit.directory / "rows.csv.refused.csv"
    refused.write_text("theirs")
    os.chown(refused, 65534, 65534)
    _, _, err = kit.run(*kit.arguments)
    assert refused.read_text() == "theirs" and "cannot write" in err


def test_refused_rows_are_as_they_were(kit):
    """They are mended and imported again: no apostrophe."""
    (kit.directory / "rows.csv").write_text(ROWS.splitlines()[0] + "\n8,没有的类,书院,一,=A1,2018-02-09\n")
    kit.run(*kit.arguments)
    assert ",=A1," in (kit.directory / "rows.csv.refused.csv").read_text()


def test_what_stands_on_two_lines_in_a_cell_is_one_line(kit):
    (kit.directory / "rows.csv").write_text(ROWS.splitlines()[0] + '\n8,占道经营,书院,"九\t号","东门\r\n三号",2018/02/09\n')
    kit.run(*kit.arguments)
    (one,) = submits(kit)
    assert one.personal.address == "东门  三号" and one.attributes[0].value == "九 号"


def test_a_second_run_adds_nothing(kit):
    kit.run(*kit.arguments)
    status, out, _ = kit.run(*kit.arguments, "--json")
    counts = json.loads(out)
    assert (counts["new"], counts["existed"], len(kit.daemon.cases)) == (0, 3, 3)


def test_the_daemons_refusals_count_too(kit):
    (kit.directory / "categories.csv").write_text("暴露垃圾堆,0301\n占道经营,9999\n")
    status, out, err = kit.run(*kit.arguments)
    assert status == 1 and "new 1, there already 0, refused 5" in out and "there is no category 9999" in err


def test_lost_answers_double_nothing(kit):
    kit.daemon.drop = 2
    status, out, _ = kit.run(*kit.arguments, WHISTLE_TIMEOUT="4")
    assert "new 3" in out and len(kit.daemon.cases) == 3


def test_a_dead_daemon_stops_it_and_it_goes_on(kit):
    kit.daemon.stop()
    status, out, err = kit.run(*kit.arguments, WHISTLE_TIMEOUT="1")
    assert status == 1 and "Run it again" in err and "new 0" in out
    kit.start()
    assert "new 3" in kit.run(*kit.arguments)[1]


def test_dry_run_needs_no_daemon(kit):
    kit.daemon.stop()
    status, out, _ = kit.run(*kit.arguments, "--dry-run", WHISTLE_TIMEOUT="1")
    assert status == 1 and "rows 7, new 0, there already 0, refused 3" in out


def test_standard_input_and_gb18030(kit):
    (kit.directory / "rows.csv").write_bytes(ROWS.encode("gb18030"))
    _, out, err = kit.run(*kit.arguments)
    assert "read as GB18030" in err and "new 3" in out
    arguments = ["import", "-", "--map", kit.directory / "map.yaml", "--refused", kit.directory / "refused.csv"]
    assert "there already 3" in kit.run(*arguments, input="\ufeff" + ROWS)[1]


def test_a_row_without_a_key_is_known_by_its_text(kit):
    (kit.directory / "map.yaml").write_text(MAP.replace("  source-no: {column: 编号}\n", ""))
    assert "new 3" in kit.run(*kit.arguments)[1]
    assert "there already 3" in kit.run(*kit.arguments)[1] and len(submits(kit)[0].source_no) == 32


@pytest.mark.parametrize("old,new,message", [
    ("source: 测试", "colour: red", "map.yaml:3:3: colour is not a field of a whistle"),
    ("  source: 测试\n", "", "fields: source is missing"),
    ("{column: 编号}", "{collumn: 编号}", "map.yaml:4:15: collumn is not known here"),
    ("{column: 编号}", "{column: 号}", "the file has no column 号"),
    ("{column: 编号}", "{cut: 3}", "source-no: which column?"),
    ("categories.csv", "nothing.csv", "nothing.csv"),
    ("skip:", "drop:", "drop is not known here"),
    ("fields:", "fields: [", "not a YAML document"),
])
def test_wrong_maps_name_their_place(kit, old, new, message):
    (kit.directory / "map.yaml").write_text(MAP.replace(old, new, 1))
    status, _, err = kit.run(*kit.arguments)
    assert status == 1 and message in err and not submits(kit)


def test_a_quote_that_never_closes(kit):
    (kit.directory / "rows.csv").write_text('编号,小类,街道,社区,地址,时间\n1,"占道')
    status, _, err = kit.run(*kit.arguments)
    assert status == 1 and "the quotes do not fit" in err


@pytest.mark.skipif(not DATA.exists(), reason="the folder with real records is absent")
def test_a_real_citys_file(kit):
    path = kit.directory / "pingshan.csv"
    path.write_bytes(gzip.decompress((DATA / "pingshan_2018_to_oct.csv.gz").read_bytes()))
    (kit.directory / "map.yaml").write_text("""\
zone: Asia/Shanghai
fields:
  source: 坪山民生诉求
  source-no: {column: REC_ID}
  category: {column: SUB_TYPE_NAME, map: {无照经营: "0402"}, default: "0301"}
  area: "420902001"
  title: {column: SUB_TYPE_NAME, cut: 40}
  reported: {column: CREATE_TIME}
attributes: {unit: {column: DISPOSE_UNIT_NAME}}
""")
    out = kit.good("import", path, "--map", kit.directory / "map.yaml", "--limit", "500", WHISTLE_TIMEOUT="30")
    assert "rows 500, new 500" in out
