"""Extensions, pauses, suspensions, appeals, approval, verification and steps over the real binaries: what one clerk
types, what another sees, and what the operator can look up about it. The city clock jumps by restarting."""
import json
import re
import subprocess

import pytest

import daemon

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

COMMUNITY, STREET, DESK = "420902001001", "420902001", "centre"
REASONS = """\
reasons:
  decline: {D01: 辖区不符}
  hand_up: {H01: 超出本级权限}
  cancel: {C01: 现场已自行消除}
  extend: {E01: 天气原因, E02: 需多部门会商}
  suspend: {G01: 列入改造计划}
  appeal: {A01: 不可抗力}
  unreasonable: {U01: 无事实依据}
  reject: {R01: 应由社区自办}
  close: {K01: 诉求人失联}
  reopen: {F01: 问题反弹, F02: 诉求人有异议}
"""
STEPS = "- {id: R00, when: {category: 0103}, lead: cg, limits: {resolve: 停工4工作时;处罚7工作日;拆除20工作日}}\n"
NEVER = re.compile(r"9223372036854775807|292278994")  # milliseconds, and the year that they would be


class City(daemon.Daemon):
    def at(self, moment):
        """Starts at a city time, again if it runs."""
        if self.process:
            self.stop()
        self.clock = moment + "+08:00,x1"
        return self.start()

    def view(self, number, who=DESK):
        return json.loads(self.whistle(who, "show", "--json", number))

    def clock_of(self, number, stage, unit="cg"):
        """The last clock of this stage."""
        return [c for c in self.view(number)["case"]["clocks"] if (c["stage"], c["unit"]) == (stage, unit)][-1]

    def refused(self, who, *words):
        done = self.whistle(who, *words, check=False)
        assert done.returncode == 1, done
        return done.stdout + done.stderr

    def ratio(self, rate):
        """(numerator, denominator, left out) of the month."""
        view = json.loads(self.whistle(DESK, "rates", "--json"))
        at = [d["id"] for d in view["definitions"]].index(rate)
        ratio = view["whole"]["rates"][at]
        return tuple(int(ratio.get(part, 0)) for part in ("of", "over", "left_out"))

    def behind(self, count):
        """The cases behind a count, each with what leaves it out."""
        rows = self.whistle(DESK, "rates", "--cases", count, "--json").splitlines()
        return [(row["number"], row.get("left_out", [])) for row in map(json.loads, rows)]

    def seen(self, unit):
        """What the unit's feed has brought since it was last looked at."""
        return self.whistle(unit, "watch", "--for", unit, "--once")

    def explain(self, number, *words, **more):
        done = subprocess.run([daemon.BUILD / "whistled", "explain", "--case", number, "--status", self.status_path, *words],
                              capture_output=True, text=True, timeout=60, env=self.environment(DESK, **more))
        assert done.returncode == 0, done
        return done.stdout


@pytest.fixture
def city(tmp_path):
    rules = daemon.copy_of_city(tmp_path)
    book = (rules / "rulebook.yaml").read_text()
    book = re.sub(r"^reasons:\n.*?(?=^\w|\Z)", REASONS, book, flags=re.M | re.S)
    book = re.sub(r"^  digest_after:.*\n", "", book, flags=re.M).replace("defaults:\n", "defaults:\n  digest_after: 2\n", 1)
    (rules / "rulebook.yaml").write_text(book)
    (rules / "rules.yaml").write_text(STEPS + (rules / "rules.yaml").read_text())
    d = City(tmp_path / "d", rules=rules)
    yield d
    if d.process:
        d.stop()


def taken(city, category="0102", *words):
    """A whistle that cg has accepted."""
    number = city.submit(COMMUNITY, category, None, "测试", *words)
    city.act("cg", "accept", number, "--person", "王工")
    return number


def nowhere_never(city, number):
    """Nothing that people or programs are shown has the number that stands for a clock without an end."""
    for words in (["show", number], ["due", number], ["cases"], ["status"], ["overdue"], ["metrics"], ["day"]):
        assert not NEVER.search(city.ask(*words)), words
        if words[0] != "metrics":
            assert not NEVER.search(json.dumps(city.json(*words))), words
    for words in (["show", number], ["show", "--json", number], ["show", "--slip", number], ["watch", number], ["list"],
                  ["list", "--json"], ["list", "--csv"], ["watch", "--area", "420902", "--once"],
                  ["watch", "--area", "420902", "--once", "--json", "--consumer", "j"]):
        assert not NEVER.search(city.whistle(DESK, *words)), words
    assert not NEVER.search(city.explain(number))


# ---- 延期


def test_an_extension_is_asked_for_and_granted(city):
    city.at("2026-02-13T09:00")
    number = taken(city)
    due = city.clock_of(number, "resolve")["due_ms"]
    said = city.act("cg", "extend", number, "--reason", "E01", "--limit", "4工作时", "--text", "大雨")
    assert said == f"{number}  asked: extend · in hand\n"
    assert re.search(r"to be answered +区城市管理执法局 +extend +4 working hours +E01", city.whistle(DESK, "show", number))
    assert "asked: extend  区城市管理执法局  4 working hours  E01  大雨" in city.seen(DESK)
    assert city.json("show", number)["summonses"][0]["asks"] == "extend"
    assert city.clock_of(number, "resolve")["due_ms"] == due  # asking moves nothing
    city.act(DESK, "grant", number)
    assert city.clock_of(number, "resolve")["due_ms"] - due in (4 * 3600000, 4 * 3600000 + 2 * 3600000)  # over lunch
    shown = city.whistle("cg", "show", number)
    assert "to be answered" not in shown and "1 working days + 4 working hours" in shown
    assert re.search(r"granted: extend +\S+ +→ 区城市管理执法局 +4 working hours +due \S+ \S+ \d\d:\d\d  E01", shown)
    assert "granted: extend  区城市运行管理中心" in city.seen("cg")
    assert city.json("day")["day"]["extended"] == 1
    assert [u["extended"] for u in city.json("day")["units"] if u["unit"] == "cg"] == [1]


def test_an_extension_is_refused_and_who_may_not_ask_is_told(city):
    city.at("2026-02-13T09:00")
    number = taken(city)
    assert "E09 is not on the list of reasons [act.reason]" in city.refused("cg", "extend", number, "--reason", "E09")
    assert "limit cannot be 1天 [act.limit]" in \
        city.refused("cg", "extend", number, "--reason", "E01", "--limit", "1天")
    assert "cg is not allowed to grant" in city.refused("cg", "grant", number)
    assert "petition was not found" in city.refused(DESK, "grant", number)
    city.act("cg", "extend", number, "--reason", "E02", "--stage", "report")
    city.act(DESK, "refuse", number, "--to", "cg", "--reason", "可先行处置")
    shown = city.whistle(COMMUNITY, "show", number)
    assert re.search(r"refused: extend .*→ 区城市管理执法局 +report +4 working hours +E02 +可先行处置", shown)
    city.at("2026-02-24T19:00")
    late = city.refused("cg", "extend", number, "--reason", "E01")
    assert re.search(r"the time to extend ended at 02-14 Sat 0\d:\d\d", late), late


# ---- 暂停


def test_a_pause_is_shown_everywhere_and_ended_by_the_unit(city):
    city.at("2026-02-13T09:00")
    number = taken(city)
    city.act("cg", "pause", number, "--reason", "挖掘许可")
    city.act(DESK, "grant", number, "--to", "cg")
    assert re.search(r"resolve +区城市管理执法局 +1 working days +paused\n", city.whistle("cg", "show", number))
    assert re.search(r"区城市管理执法局 .* paused\n", city.whistle(DESK, "watch", number))
    assert re.search(r" paused +paused\n", city.whistle(DESK, "show", "--slip", number))
    assert re.search(rf"{number} +in hand +paused", city.whistle(DESK, "list"))
    assert city.clock_of(number, "resolve")["due_ms"] is None  # in JSON
    nowhere_never(city, number)
    city.at("2026-02-13T11:00")
    city.act("cg", "resume", number)
    assert re.search(r"resolve +区城市管理执法局 +1 working days +\S+ \S+ \S+ +running", city.whistle("cg", "show", number))
    assert "a case or summons that is in hand cannot resume" in city.refused("cg", "resume", number)
    assert city.json("day")["day"]["paused"] == 1


# ---- 挂账


def test_a_suspension_ends_by_itself_and_the_arithmetic_is_told(city):
    city.at("2026-02-13T09:00")
    number = taken(city)
    assert "due_ms is missing [act.due_ms]" in city.refused("cg", "suspend", number, "--reason", "G01")
    city.act("cg", "suspend", number, "--reason", "G01", "--until", "2026-03-02T10:00")
    assert city.act(DESK, "grant", number) == f"{number}  grant · suspended\n"
    assert re.search(rf"^{number} +suspended +paused ", city.whistle(DESK, "list", "--state", "suspended"), re.M)
    assert re.search(rf"^{number} +挂账 +暂停", city.whistle(DESK, "list", "--state", "挂账", LANGUAGE="zh_CN"), re.M)
    assert city.whistle(DESK, "list", "--state", "in_hand") == "no cases\n"
    assert "paused until 03-02 Mon 10:00" in city.whistle(DESK, "show", number)
    assert [s["state"] for s in city.json("cases")["states"]] == ["suspended"]
    assert number in city.ask("cases", "suspended") and "paused" in city.ask("show", number)
    told = city.ask("due", number)
    assert re.search(r"^case +\S+  suspended\n", told, re.M)
    assert re.search(r"^resolve +cg +1 working-days → paused\n", told, re.M)
    assert re.search(r"→ 2026-03-02 Mon 10:00  paused G01", told)
    assert "挂账" in city.ask("due", "zh", number) and "暂停 G01" in city.ask("due", "zh", number)
    nowhere_never(city, number)
    assert "cg is not allowed to resume" in city.refused("cg", "resume", number)

    city.at("2026-03-02T10:00")
    daemon.until(lambda: city.view(number)["case"]["state"] == "in_hand")
    assert city.whistle(DESK, "show", number).count("resumed  区城市管理执法局") == 1
    assert "resumed" in city.seen("cg")
    due = city.whistle(DESK, "show", number)
    assert re.search(r"resolve +区城市管理执法局 +1 working days +03-03 Tue (09:59|10:00) +running", due), due
    then = city.explain(number, "--at", "2026-02-20T12:00+08:00")
    assert re.search(r"^case +\S+  suspended\n", then, re.M) and "→ paused" in then
    now = city.explain(number)
    assert re.search(r"^case +\S+  in_hand\n", now, re.M) and re.search(r"→ 2026-03-03 Tue (09:59|10:00)", now)
    assert re.search(r"2026-02-13 Fri 09:00 → 2026-03-02 Mon 10:00  paused .*G01", now), now
    late = city.explain(number, "--at", "2026-03-05T10:00+08:00", LANGUAGE="zh_CN")
    assert re.search(r"2026-03-05 \S+ 10:00  超期", late), late
    assert re.search(r"2026-02-13 Fri 08:", city.explain(number)) is None


def test_a_supervisor_suspends_and_resumes_of_himself(city):
    city.at("2026-02-13T09:00")
    number = taken(city)
    said = city.act(DESK, "suspend", number, "--to", "cg", "--reason", "G01", "--until", "30d")
    assert said == f"{number}  suspend · suspended\n"
    assert city.act(DESK, "resume", number) == f"{number}  resume · in hand\n"
    assert re.search(r"resumed +\S+ +区城市管理执法局", city.whistle(DESK, "show", number))


# ---- 申诉


def test_an_appeal_exempts_who_was_late(city):
    city.at("2026-02-13T09:00")
    number = taken(city)
    assert "that is in time cannot appeal" in city.refused("cg", "appeal", number, "--reason", "A01")
    city.at("2026-02-25T19:00")  # two working days behind the due time
    city.act("cg", "resolve", number, "--text", "清了")
    assert re.search(r"resolve +区城市管理执法局 +1 working days +\S+ \S+ \S+ +met, late ×\d",
                     city.whistle("cg", "show", number))
    city.act("cg", "appeal", number, "--reason", "A01", "--text", "交通管制")
    city.act(DESK, "grant", number)
    assert re.search(r"met, late ×\d, exempt: A01", city.whistle("cg", "show", number))
    assert [c["note"] for c in city.json("show", number)["clocks"] if c["stage"] == "resolve"] == ["exempt"]
    assert "cannot appeal" in city.refused("cg", "appeal", number, "--reason", "A01")
    day = city.json("day")["day"]
    assert (day["exempted"], day["done_late"]) == (1, 1)  # what happened stays what it was
    header, row = [line for line in city.ask("day").splitlines() if "区城市管理执法局" in line or line.startswith("unit")]
    assert re.search(r"not solved +rework +extended +paused +suspended +exempted", header), header
    assert row.split()[-7:-3] == ["0", "0", "0", "1"], row
    assert city.behind("resolve.late") == city.behind("resolve.twice") == [(number, ["appeal"])]
    assert city.ratio("handled_in_time") == (0, 0, 1)


def test_an_unreasonable_demand_is_left_out_of_the_rates_with_proof(city, tmp_path):
    """Nobody was late: it is the resident's answer that is not to count."""
    city.at("2026-02-13T09:00")
    number = taken(city)
    city.act("cg", "resolve", number, "--text", "现场无此情况")
    city.act(COMMUNITY, "evaluate", number, "--solved")
    city.act(COMMUNITY, "call-back", number, "--not-solved", "--satisfied", "dissatisfied")
    assert city.ratio("satisfaction") == (0, 1, 0)
    assert "proof" in city.refused("cg", "appeal", number, "--reason", "U01")
    proof = tmp_path / "证据.jpg"
    proof.write_bytes(b"a picture")
    city.act("cg", "appeal", number, "--reason", "U01", "--attach", proof)
    assert city.ratio("satisfaction") == (0, 1, 0)  # asked is not granted
    assert "not allowed to grant" in city.refused("cg", "grant", number)
    before = city.behind("dissatisfied")
    city.act(DESK, "grant", number)
    assert before == [(number, [])] and city.behind("dissatisfied") == [(number, ["unreasonable"])]
    assert city.ratio("satisfaction") == (0, 0, 1)
    assert city.view(number)["case"]["unreasonable"] == "U01"
    assert "cannot appeal" in city.refused("cg", "appeal", number, "--reason", "U01", "--attach", proof)


# ---- 吹哨准


def priority(city, category="0101"):
    return city.submit(COMMUNITY, category, None, "违建", "--kind", "priority")


def test_a_whistle_waits_for_approval_and_goes_out(city):
    city.at("2026-02-13T09:00")
    number = priority(city)
    shown = city.whistle(COMMUNITY, "show", number)
    assert shown.startswith(f"{number}  awaiting approval") and re.search(r"^  approve +\S+ .*running$", shown, re.M)
    assert re.search(r"^  Analysis .*awaiting .*R2\d rules.yaml", shown, re.M)
    assert re.search(r"^  approve .* \d+ (h|min)", city.whistle(STREET, "watch", number), re.M)
    assert f"{number}  书院社区  私搭乱建  awaiting  " in city.seen(STREET)
    assert number in city.whistle(DESK, "list", "--state", "awaiting_approval")
    assert "not allowed to grant" in city.refused(COMMUNITY, "grant", number)
    said = city.act(STREET, "grant", number)
    assert said.startswith(f"{number}  dispatched\n") and "区城市管理执法局" in said and "accept by" in said
    steps = re.search(r"  Analysis(.*)  Work", city.whistle(COMMUNITY, "show", number), re.S).group(1)
    assert [word for word in re.findall(r"\w{3} \d\d:\d\d  ([a-z]+)", steps)] == ["awaiting", "granted", "dispatched"]


def test_a_whistle_that_is_not_approved_is_rejected(city):
    city.at("2026-02-13T09:00")
    number = priority(city)
    assert "reason is missing [act.reason]" in city.refused(STREET, "refuse", number)
    assert "R09 is not on the list" in city.refused(STREET, "refuse", number, "--reason", "R09")
    assert city.act(STREET, "refuse", number, "--reason", "R01") == f"{number}  refuse · rejected\n"
    assert re.search(r"refused .*R01", city.whistle(COMMUNITY, "show", number))
    assert "refused" in city.seen(COMMUNITY)
    assert number in city.whistle(DESK, "list", "--state", "不予受理") and number in city.ask("cases", "rejected")
    assert city.whistle(COMMUNITY, "watch", number, "--interval", "1").count("rejected") == 1  # the board ends


# ---- 核查


def test_what_is_done_is_verified_by_somebody_else(city):
    city.at("2026-02-13T09:00")
    number = city.submit(COMMUNITY, "0407")
    units = [s["unit"] for s in city.view(number)["case"]["summons"]]
    for unit in units:
        city.act(unit, "resolve", number)
    assert f"{number}  书院社区  占用消防通道  resolved" in city.seen(STREET)
    assert city.whistle(STREET, "verify", number, check=False).returncode == 2
    assert "not allowed to verify" in city.refused(units[0], "verify", number, "--solved")
    city.act(STREET, "verify", number, "--not-solved", "--to", units[0], "--text", "还堵着")
    view = city.view(number)["case"]
    assert view["state"] == "in_hand" and [s["state"] for s in view["summons"]] == ["called"] + ["done"] * (len(units) - 1)
    city.act(units[0], "resolve", number)
    assert city.act(STREET, "verify", number, "--solved") == f"{number}  verify · verified\n"
    shown = city.whistle(COMMUNITY, "show", number)
    evaluated = re.search(r"  Evaluation(.*)  Supervision", shown, re.S).group(1)
    assert re.findall(r"verified .*?  (not solved|solved)", evaluated) == ["not solved", "solved"] and "还堵着" in evaluated
    assert "rework" in shown
    city.act(COMMUNITY, "evaluate", number, "--solved")
    assert city.view(number)["case"]["state"] == "closed"


# ---- 改时限, 分段时限


def test_limits_in_steps_and_another_limit(city):
    city.at("2026-02-13T09:00")
    number = taken(city, "0103")
    shown = city.whistle(COMMUNITY, "show", number)
    assert re.search(r"resolve +区城市管理执法局 +停工 +4 working hours +02-13 Fri 15:00 +running", shown), shown
    assert "  promised  03-" in shown  # the end of the last step
    city.act("cg", "advance", number, "--text", "已停工")
    assert re.search(r"advanced +区城市管理执法局 +停工 → 处罚 +7 working days +due .*已停工", city.whistle(DESK, "show", number))
    city.act(DESK, "change-limit", number, "--to", "cg", "--limit", "9工作日", "--reason", "听证")
    shown = city.whistle(COMMUNITY, "show", number)
    assert re.search(r"limit changed .*→ 区城市管理执法局 +resolve +9 working days +due .* 听证", shown)
    assert re.search(r"resolve +区城市管理执法局 +处罚 +9 working days .*running", shown)
    city.act("cg", "advance", number)
    assert "cannot advance" in city.refused("cg", "advance", number)
    assert "cg is not allowed to change limit" in \
        city.refused("cg", "change-limit", number, "--to", "cg", "--limit", "1工作日")


# ---- 裁定台, 汇总


def test_the_desk_has_a_held_time_of_its_own(city):
    city.at("2026-02-13T09:00")
    number = taken(city)
    city.act("cg", "decline", number, "--reason", "D01")
    city.at("2026-02-13T10:32")
    assert re.search(r"^  desk +\S+ +1 h 3\d min", city.whistle(DESK, "show", number), re.M)
    city.act(DESK, "reassign", number, "--unit", "cg", "--to", "zj")
    city.at("2026-02-13T16:00")
    assert re.search(r"^  desk +\S+ +1 h 3\d min", city.whistle(DESK, "show", number), re.M)


def test_too_many_notices_come_as_one(city):
    city.at("2026-02-13T09:00")
    numbers = [city.submit(COMMUNITY, title=str(i)) for i in range(6)]
    city.at("2026-02-13T09:50")
    daemon.until(lambda: sum("rung" in line for line in city.whistle(
        DESK, "watch", "--area", "420902", "--once", "--consumer", str(daemon.time.monotonic())).splitlines()) >= 6)
    city.seen("cg")
    city.at("2026-02-13T10:30")  # the window of ten minutes is over
    told = daemon.until(lambda: re.findall(r"digest  (\d+) notices since event (\d+)", city.seen("cg")))
    assert int(told[0][0]) >= 1 and int(told[0][1]) > 0
    late = city.whistle("cg", "list", "--overdue", "--mine")
    assert all(number in late for number in numbers)


# ---- what may be given as a reason


def test_the_reasons_of_each_verb_are_in_the_catalog(city):
    city.at("2026-02-13T09:00")
    view = json.loads(city.whistle("cg", "catalog", "--reasons", "--json"))
    lists = {r["verb"]: {n["code"] for n in r["reasons"]} for r in view["reasons"]}
    assert lists == {"decline": {"D01"}, "hand_up": {"H01"}, "cancel": {"C01"}, "extend": {"E01", "E02"},
                     "suspend": {"G01"}, "appeal": {"A01", "U01"}, "refuse": {"R01"}, "close": {"K01"}, "reopen": {"F01", "F02"}}  # of pause and resolve any
    assert [n["code"] for n in view["decline_reasons"]] == ["D01"]
    assert "延期的原因:\n  E01  天气原因\n" in city.whistle("cg", "catalog", "--reasons", LANGUAGE="zh_CN")
    assert "reasons" not in json.loads(city.whistle("cg", "catalog", "--units", "--json"))
