"""The status socket of the real daemon: every command, the line protocol, its limits, reload and drain."""
import pathlib
import re
import shutil
import socket
import stat
import subprocess
import threading
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

import daemon

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

MORNING = "2026-02-13T08:00+08:00"
OFFICE = "420902001"
COMMANDS = ["help", "status", "metrics", "pulse", "feeds", "cases", "overdue", "show", "explain", "due", "precedents",
            "day", "check", "quarantine", "release", "backup", "reload", "log", "drain"]


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """A daemon, started again since, with a case that cg has accepted."""
    with daemon.running(tmp_path_factory.mktemp("city"), clock=MORNING + ",x1") as d:
        d.taken = d.submit(OFFICE, title="东门菜场垃圾", area="420902001003")
        d.act("cg", "accept", d.taken, "--person", "王立", "--phone", "13900001111")
        d.stop()
        d.clock = "2026-02-13T10:30+08:00,x1"
        d.start()
        yield d


# ---- the protocol ----


def lines_of(sock):
    """Reads on until the peer closes; what came."""
    return b"".join(iter(lambda: sock.recv(65536), b"")).decode()


def test_help_lists_every_command(city):
    text = city.ask("help")
    told = city.json("help")["commands"]
    assert [c["name"] for c in told] == COMMANDS
    for name in COMMANDS:
        assert re.search(rf"^{name}\b", text, re.M)


@pytest.mark.parametrize("line, code", [
    ("frobnicate", "unknown_operation"), ("STATUS", "unknown_operation"),
    ("status now", "bad_value"), ("overdue x", "bad_value"), ("overdue 0", "bad_value"),
    ("overdue 501", "bad_value"), ("overdue 99999999999999999999", "bad_value"), ("day yesterday", "bad_value"),
    ("pulse 0", "bad_value"), ("pulse 61", "bad_value"), ("pulse x", "bad_value"),
    ("day 2026-02-30", "bad_value"), ("day 2026-02-13x", "bad_value"), ("cases happy", "bad_value"),
    ("show", "missing"), ("show 12", "bad_number"), ("due", "missing"), ("due 12", "bad_number"),
    ("due 260213-0001-1 tomorrow", "bad_value"), ("show 260213-9999-2", None), ("log", "missing")])
def test_what_is_wrong_is_refused_by_name(city, line, code):
    text, told = city.ask(line), city.json(line)
    code = code or told["code"]
    assert code != "ok" and text.startswith(f"error {code}: ") and text.count("\n") == 1
    assert told["code"] == code and told["text"]
    if line == "frobnicate":
        assert "frobnicate" in text and "help" in text


def test_json_alone_misses_its_command(city):
    assert city.json("")["code"] == "missing"


def test_several_lines_one_connection(city):
    with city.connect() as s:
        s.sendall(b"help\n\n  \njson   cases \t open \r\nnonsense\njson day")  # the last one without a line feed
        s.shutdown(socket.SHUT_WR)
        text = lines_of(s)
    answers = text.split("\n")
    assert "command" in answers[0] and '"code":"ok"' in text and "no command nonsense" in text
    assert text.count('"code":"ok"') == 2 and text.rstrip().endswith("}")


def test_a_connection_stays_open_for_more(city):
    with city.connect() as s:
        for _ in range(3):
            s.sendall(b"json help\n")
            got = b""
            while not got.endswith(b"\n"):
                got += s.recv(65536)
            assert got.startswith(b'{"code":"ok"')


def test_bytes_that_come_one_by_one(city):
    with city.connect() as s:
        for byte in b"json day\n":
            s.sendall(bytes([byte]))
            time.sleep(0.005)  # so that each is read by itself
        s.shutdown(socket.SHUT_WR)
        assert lines_of(s).startswith('{"code":"ok"')


@pytest.mark.parametrize("line", [b"\xff\xfe\n", b"sta\x00tus\n", b"status\x1b[2J\n"])
def test_bytes_that_are_no_text(city, line):
    with city.connect() as s:
        s.sendall(line)
        s.shutdown(socket.SHUT_WR)
        assert lines_of(s).startswith("error bad_text")


def test_a_line_without_end_is_refused_and_closed(city):
    with city.connect() as s:
        s.sendall(b"x" * 4096)
        assert lines_of(s).startswith("error too_long")
    with city.connect() as s:
        s.sendall(b"x" * 4095 + b"\n")  # fits
        s.shutdown(socket.SHUT_WR)
        assert lines_of(s).startswith("error unknown_operation")


def test_nothing_asked_nothing_answered(city):
    with city.connect() as s:
        s.shutdown(socket.SHUT_WR)
        assert lines_of(s) == ""


def test_connections_are_bounded(city):
    open_ones = [city.connect() for _ in range(16)]
    for s in open_ones:  # each has been accepted
        s.sendall(b"json help\n")
        assert s.recv(65536)
    with city.connect() as late:
        assert lines_of(late).startswith("error busy")
    with city.connect() as late:  # the refusal is seen even by who spoke first
        late.sendall(b"help\n")
        assert lines_of(late).startswith("error busy")
    for s in open_ones:
        s.close()
    daemon.until(lambda: city.ask("help").startswith("command"))
    daemon.until(lambda: city.json("status")["daemon"]["sessions"] == 1)


def test_a_peer_that_never_reads_costs_one_answer(city):
    """Lines behind an answer that is not taken are not read: the daemon stops reading, the peer's buffer fills."""
    with city.connect() as s:
        s.setblocking(False)
        sent = 0
        with pytest.raises(BlockingIOError):
            for _ in range(100000):
                sent += s.send(b"metrics\n" * 512)
        assert sent < 4 << 20
    assert city.json("status")["code"] == "ok"


def test_a_peer_that_goes_without_its_answer(city):
    for _ in range(20):
        s = city.connect()
        s.sendall(b"metrics\nstatus\nshow 1\n")
        s.close()
    daemon.until(lambda: city.ask("help").startswith("command"))


@pytest.mark.skipif(not shutil.which("socat"), reason="socat is not installed")
def test_socat_is_client_enough(city):
    done = subprocess.run(["socat", "-t", "20", "-", f"UNIX-CONNECT:{city.status_path}"], input="status\n",
                          capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("** DEMO STORE") and "version" in done.stdout and done.returncode == 0


def test_the_tool_passes_lines_on(city):
    text = city.whistle("operator", "status", "--socket", city.status_path, "cases", "open")
    assert text == city.ask("cases", "open") + "\n"


@pytest.mark.parametrize("words", [["nonsense"], ["json", "nonsense"]])
def test_a_refused_command_fails_the_tool(city, words):
    done = city.whistle("operator", "status", "--socket", city.status_path, *words, check=False)
    assert done.returncode == 1 and "unknown_operation" in done.stdout


def test_the_socket_is_not_for_everybody(city):
    assert stat.S_IMODE(city.status_path.stat().st_mode) == 0o600


# ---- what is told ----


def test_status_has_every_fact(city):
    told = city.json("status")
    assert told["code"] == "ok" and told["daemon"]["version"] and told["daemon"]["uptime_ms"] >= 0
    assert any("DEMO" in alarm for alarm in told["alarms"]) and told["clock"]["demo"] is True
    store = told["store"]
    assert store["way"] == "clean" and store["replayed"] == 0 and store["epoch"] == 1 and store["head_seq"] > 4
    assert len(store["head_chain"]) == 64 and store["behind"] is False and store["state_bytes"] > 4096
    assert store["segment_bytes"] == 64 << 20 and store["segments"] >= 1
    book = told["rulebook"]
    assert len(book["digest"]) == 64 and book["city"] == "孝南区" and book["areas"] > 300 and book["rules"] > 50
    assert told["cases"]["open"] == 1 and told["cases"]["overdue"] == 0
    assert told["engine"]["failed_batches"] == 0 and told["engine"]["last_error"] == ""
    assert {"connections", "outstanding", "closed", "unsent_bytes"} <= told["edge"].keys()
    assert {"requests", "polls_waiting"} <= told["service"].keys()


def test_status_says_insecure_first(tmp_path):
    with daemon.running(tmp_path, tcp=True) as d:
        assert d.ask("status").startswith("** INSECURE")
        assert d.json("status")["daemon"]["insecure"] is True


def test_status_says_how_the_store_came_back(tmp_path):
    with daemon.running(tmp_path) as d:
        assert d.json("status")["store"]["way"] == "created"
        d.submit(OFFICE)
        d.kill()
        d.start()
        store = d.json("status")["store"]
        assert store["way"] == "continued" and store["head_seq"] > 2


def test_metrics_are_prometheus(city):
    text = city.ask("metrics")
    families = {f.name: f for f in text_string_to_metric_families(text)}
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names)) > 60
    assert all(f.documentation and f.type in ("gauge", "counter") for f in families.values())
    for name in names:
        assert re.fullmatch(r"whistled_[a-z0-9_]+", name)
    for family in families.values():  # a counter, and only a counter, ends in _total
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter"), sample
    assert families["whistled_info"].samples[0].labels["city"] == "孝南区"
    states = {s.labels["state"]: s.value for s in families["whistled_cases_by_state"].samples}
    assert states["in_hand"] == 1 and sum(states.values()) == 1
    assert families["whistled_edge_closed"].samples[0].labels["reason"]
    assert families["whistled_clock_demo"].samples[0].value == 1
    assert "  " not in text and "\t" not in text


def flat(told):
    for group, facts in told.items():
        if isinstance(facts, dict):
            for key, value in facts.items():
                yield group, key, value


def test_metrics_and_json_tell_the_same(city):
    """Every number of the JSON is a metric: one list, three writers."""
    told, text = city.json("status"), city.ask("metrics")
    for group, key, value in flat(told):
        if isinstance(value, (str, type(None))):
            continue
        name = f"whistled_{group}_" + (key if group == "limit" else re.sub("_ms$", "", key))
        assert re.search(rf"^{name}(_timestamp)?(_seconds)?(_total)?[ {{]", text, re.M), name


def test_pulse_tells_what_changes(city):
    told = city.json("pulse", 5)
    assert told.keys() == {"code", "alarms", "clock", "loop", "engine"} and told["clock"]["city_ms"]
    assert 0 <= told["loop"]["stall_ms"] <= told["loop"]["stall_max_ms"]
    assert told["engine"].keys() == city.json("status")["engine"].keys()
    assert re.search(r"^  stall max +\d+ ms$", city.ask("pulse"), re.M)


def test_a_loop_that_was_held_up_says_so(tmp_path):
    """Stopped for a second, it misses its beat of a quarter of one. It says so from the next turn on: a question that
    comes in the very turn that was held up is answered before that is over. A turn that began with new handles tells
    nothing, so that the daemon beats for a while before it is stopped.
    """
    with daemon.running(tmp_path) as d:
        time.sleep(1)
        d.process.send_signal(daemon.signal.SIGSTOP)
        time.sleep(1)
        d.process.send_signal(daemon.signal.SIGCONT)
        daemon.until(lambda: d.json("pulse")["loop"]["stall_ms"] >= 700, seconds=10)
        told = d.json("status")["loop"]
        assert told["stall_max_ms"] >= told["stall_ms"] >= 700
        daemon.until(lambda: d.json("pulse", 1)["loop"]["stall_ms"] < 700)
        assert d.json("status")["loop"]["stall_max_ms"] >= 700


def test_cases_counts_and_filters(city):
    told = city.json("cases")
    assert told["states"] == [{"state": "in_hand", "chinese": "处置中", "count": 1}]
    assert [c["number"] for c in told["newest"]] == [city.taken]
    assert [c["number"] for c in city.json("cases", "open")["newest"]] == [city.taken]
    assert [c["number"] for c in city.json("cases", "处置中")["newest"]] == [city.taken]
    assert city.json("cases", "closed")["newest"] == []
    assert city.taken in city.ask("cases") and "处置中" in city.ask("cases")


def test_overdue_says_what_is_late_and_whose(tmp_path):
    with daemon.running(tmp_path, clock=MORNING + ",x1") as d:
        first, second = d.submit(OFFICE), d.submit(OFFICE, title="二")
        assert d.json("overdue") == {"code": "ok", "cases": 0, "overdue": []}
        d.stop()
        d.clock = "2026-02-13T09:40+08:00,x1"
        d.start()
        told = d.json("overdue")
        assert told["cases"] == 2 and [row["number"] for row in told["overdue"]] == [first, second]
        row = told["overdue"][0]
        assert (row["stage"], row["unit"], row["unit_name"]) == ("accept", "cg", "区城市管理执法局")
        assert 38 * 60000 < row["late_ms"] < 45 * 60000
        assert len(d.json("overdue", 1)["overdue"]) == 1 and d.json("overdue", 1)["cases"] == 2
        assert "2 cases overdue" in d.ask("overdue")


def test_show_tells_the_case_and_nothing_personal(tmp_path):
    with daemon.running(tmp_path) as d:
        number = d.submit(OFFICE, "0102", OFFICE, "东门菜场", "--name", "张桂兰", "--phone", "13812345678", "--address",
                          "书院路 12 号", "--text", "气味很大", "--agent-name", "周敏", "--staff-no", "S042")
        d.act("cg", "accept", number, "--person", "王立", "--phone", "13900001111", "--text", "马上到")
        told, text = d.json("show", number), d.ask("show", number)
        assert told["case"]["state"] == "in_hand" and told["case"]["title"] == "东门菜场"
        assert told["summonses"][0]["unit"] == "cg" and told["summonses"][0]["state"] == "accepted"
        assert [h["kind"] for h in told["history"]] == ["filed", "dispatched", "accepted"]
        assert {c["stage"] for c in told["clocks"]} >= {"accept", "resolve"}
        assert "东门菜场" in text and "cg" in text
        for secret in ("张桂兰", "13812345678", "书院路", "气味", "周敏", "S042", "王立", "13900001111", "马上到"):
            assert secret not in text and secret not in str(told), secret
        typed = number.replace("-", "")
        assert d.json("show", typed)["case"]["number"] == number  # as it is told over the phone


def test_day_is_the_books(tmp_path):
    with daemon.running(tmp_path, clock=MORNING + ",x1") as d:
        number = d.submit(OFFICE)
        d.submit("420902002")
        d.act("cg", "accept", number, "--person", "王立")
        d.act("cg", "resolve", number, "--reason", "S01")
        told = d.json("day", "2026-02-13")
        day, units = told["day"], {u["unit"]: u for u in told["units"]}
        assert (day["date"], day["filed"], day["called"], day["accepted"], day["done"]) == ("2026-02-13", 2, 2, 1, 1)
        assert units["cg"]["called"] == 2 and units["cg"]["name"] == "区城市管理执法局"
        assert d.json("day") == told
        assert d.json("day", "2026-02-12")["day"]["filed"] == 0
        assert re.search(r"^filed +2$", d.ask("day"), re.M)


def test_feeds_tell_who_lags(tmp_path):
    with daemon.running(tmp_path, clock=MORNING + ",x1") as d:
        d.submit(OFFICE)
        unread = {f["recipient"]: f for f in d.json("feeds")["feeds"]}
        assert unread["cg"]["consumer"] == "" and unread["cg"]["behind"] == 1
        assert "nobody reads it" in d.ask("feeds")
        d.whistle("cg", "watch", "--for", "cg", "--once", "--consumer", "desk", check=False)
        reader = daemon.until(lambda: [f for f in d.json("feeds")["feeds"] if f["consumer"] == "desk"])[0]
        assert reader["recipient"] == "cg" and reader["behind"] == 0
        assert reader["acknowledged"] == reader["head"] and reader["seen_ms"]


# ---- what is done ----


def spoil(rules):
    path = rules / "rules.yaml"
    path.write_text(path.read_text() + "\n- {id: R999, when: {category: nowhere}, lead: nobody-there}\n")


def settled_head(d):
    """The journal's head, once what the daemon says of its start is in it."""
    def head():
        return d.json("status")["store"]["head_seq"]

    def still():
        seq = head()
        time.sleep(0.5)
        return seq >= 2 and head() == seq and seq
    return daemon.until(still)


def test_reload_puts_new_rules_in_force(tmp_path):
    rules = daemon.copy_of_city(tmp_path)
    with daemon.running(tmp_path, rules=rules, clock=MORNING + ",x1") as d:
        before = d.json("status")["rulebook"]
        assert d.json("reload")["digest"] == before["digest"]  # the same files change nothing
        head = settled_head(d)
        (rules / "rulebook.yaml").write_text((rules / "rulebook.yaml").read_text() + "\n# a word more\n")
        told = d.json("reload")
        after = d.json("status")["rulebook"]
        assert told["code"] == "ok" and told["report"]["errors"] == 0
        assert told["digest"] == after["digest"] != before["digest"]
        assert after["loaded_ms"] > before["loaded_ms"]
        assert d.json("status")["store"]["head_seq"] == head + 1  # the swap is on the record
        assert d.ask("reload").startswith(f"ok rulebook {after['digest']} is in force, with 0 keys\n")
        d.restart()
        assert d.json("status")["rulebook"]["digest"] == after["digest"]


def test_reload_refuses_a_broken_rulebook_whole(tmp_path):
    rules = daemon.copy_of_city(tmp_path)
    with daemon.running(tmp_path, rules=rules, clock=MORNING + ",x1") as d:
        digest = d.json("status")["rulebook"]["digest"]
        spoil(rules)
        text, told = d.ask("reload"), d.json("reload")
        assert text.startswith("error bad_rulebook: ") and "the old rulebook stays in force" in text
        assert "rules.yaml:" in text and "nobody-there" in text
        assert told["code"] == "bad_rulebook" and told["report"]["errors"] >= 1
        assert any(f["file"] == "rules.yaml" and f["line"] for f in told["report"]["findings"])
        assert d.json("status")["rulebook"]["digest"] == digest
        assert d.submit(OFFICE)  # and goes on
        shutil.rmtree(rules)
        assert d.json("reload")["code"] != "ok"
        assert d.json("status")["rulebook"]["digest"] == digest


def test_one_reload_at_a_time(tmp_path):
    with daemon.running(tmp_path, clock=MORNING + ",x1") as d:
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(d.json("reload")["code"])) for _ in range(6)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert set(answers) <= {"ok", "busy"} and "ok" in answers
        assert d.json("reload")["code"] == "ok"


def test_a_hangup_reloads_too(tmp_path):
    rules = daemon.copy_of_city(tmp_path)
    with daemon.running(tmp_path, rules=rules, clock=MORNING + ",x1") as d:
        digest = d.json("status")["rulebook"]["digest"]
        (rules / "rulebook.yaml").write_text((rules / "rulebook.yaml").read_text() + "\n# a word more\n")
        d.process.send_signal(daemon.signal.SIGHUP)
        daemon.until(lambda: d.json("status")["rulebook"]["digest"] != digest)
        daemon.until(lambda: "is in force" in d.log())
        spoil(rules)
        d.process.send_signal(daemon.signal.SIGHUP)
        daemon.until(lambda: "<3>error bad_rulebook" in d.log())


def test_drain_answers_and_stops_in_order(tmp_path):
    d = daemon.Daemon(tmp_path).start()
    assert d.ask("drain") == "ok stopping\n"
    assert d.wait() == 0
    assert not d.status_path.exists()
    d.start()
    assert d.json("status")["store"]["way"] == "clean"
    d.stop()


def test_stop_with_connections_open(tmp_path):
    d = daemon.Daemon(tmp_path).start()
    idle = [d.connect() for _ in range(3)]
    busy = d.connect()
    busy.sendall(b"reload\nstatus\n")
    d.stop()
    for s in idle + [busy]:
        s.close()


def test_a_stale_socket_is_replaced_a_file_is_not(tmp_path):
    d = daemon.Daemon(tmp_path).start()
    d.kill()
    assert d.status_path.exists()
    d.start()  # over the stale one
    assert d.json("help")["code"] == "ok"
    d.stop()
    pathlib.Path(d.status_path).write_text("mine")
    d.extra_environment = {"ASAN_OPTIONS": "detect_leaks=0"}  # a start that fails leaves its memory to the system
    d.start(wait=False)
    assert d.wait() != 0 and "in_use" in d.log()
    assert d.status_path.read_text() == "mine"
