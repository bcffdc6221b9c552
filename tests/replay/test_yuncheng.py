"""运城 城管立结案标准: a real duty list of 519 rows becomes a rulebook, its dirt named line by line."""
import collections
import csv
import re
import subprocess

import pytest

import duty_list
import replay_kit

pytestmark = replay_kit.needs_data

LIST = "yuncheng_case_standards.csv"


@pytest.fixture
def city(tmp_path):
    return replay_kit.City("yuncheng", tmp_path)


def read():
    return list(duty_list.read_list(replay_kit.DATA / LIST))


def findings(city):
    """(file, line, code) of all that `whistled check` says."""
    done = subprocess.run([replay_kit.BUILD / "whistled", "check", city.rules], capture_output=True, text=True)
    return done.returncode, re.findall(r"^(\S+?):(\d+):\d+ \S+ (\w+):", done.stdout, re.M)


def test_becomes_a_rulebook_with_its_dirt_named(city):
    rows = read()
    duties = duty_list.DutyList(rows)
    duties.write(city.table)
    city.check()
    for line, column, _, sentence in duties.dirt:
        print(f"{LIST}:{line}: {column}: {sentence}" if line else f"{LIST}: {column}: {sentence}")
    replay_kit.say(f"yuncheng: {len(rows)} rows → {len(duties.classes)} classes, {len(duties.conditions)} conditions, "
                   f"{len(duties.units)} units; check passes")
    kinds = collections.Counter(kind for _, _, kind, _ in duties.dirt)
    replay_kit.say("yuncheng: remarks by line: " + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
    assert len(rows) == len(duties.conditions) == len(duties.rules) == 519
    said = "\n".join(sentence for *_, sentence in duties.dirt)
    for dirt in ("'1紧急工作时制止' is no limit", "'1' has not two digits", "a line break in '烟头收集器\\n或灭烟处'",
                 "units and no word who leads", "各产权单位 is no unit of its own"):
        assert dirt in said, dirt


def test_nothing_is_lost(city):
    """Each row's texts stand in the rulebook, but for blanks around them and line breaks."""
    duties = duty_list.DutyList(read())
    duties.write(city.table)
    with open(city.rules / "conditions.csv", encoding="utf-8", newline="") as f:
        written = list(csv.DictReader(f))
    for (_, row), condition, (_, _, units) in zip(read(), written, duties.rules):
        for mine, theirs in (("text", "立案条件"), ("closing", "结案条件")):
            assert condition[mine] == row[theirs].strip().replace("\n", "")
        assert condition["resolve"] in (row["处置时限"].strip(), "")
        names = {code: name for name, code in duties.units.items()}
        assert sorted(names[u] for u in units) == sorted(set(re.split(r"[、\n]", row["处置单位"].strip("\n"))) - {""})


def test_check_names_what_the_list_leaves_open(city):
    """Fed as it is, without a word what 天 and 小时 mean, the list is refused line by line."""
    duties = duty_list.DutyList(read())
    raw = [row["处置时限"].strip() for _, row in read()]
    duties.conditions = [(*condition[:4], limit) for condition, limit in zip(duties.conditions, raw)]
    duties.write(city.table)
    status, found = findings(city)
    bad = [i for i, limit in enumerate(raw, 2) if not duty_list.LIMIT.fullmatch(limit)]
    assert status == 1 and [(f, int(n)) for f, n, code in found if code == "bad_limit"] == \
        [("conditions.csv", line) for line in bad]
    rulebook = city.rules / "rulebook.yaml"
    rulebook.write_text(re.sub(r"^plain_.*\n", "", rulebook.read_text(encoding="utf-8"), flags=re.M), encoding="utf-8")
    status, found = findings(city)
    bare = [i for i, limit in enumerate(raw, 2) if re.fullmatch(r"\d+(天|小时)", limit)]
    assert status == 1 and [(f, int(n)) for f, n, code in found if code == "bare_limit"] == \
        [("conditions.csv", line) for line in bare]
    replay_kit.say(f"yuncheng: as it is, {len(bad)} limit refused and {len(bare)} bare ones of {len(raw)}, each with "
                   "its line")
