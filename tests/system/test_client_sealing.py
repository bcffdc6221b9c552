"""libwhistle and the tool with keys: against the daemon itself, with somebody between, and `whistle key`."""
import hashlib
import json
import pathlib
import re
import stat
import subprocess
import time

import pytest

import between
import daemon
import sealing
from between import pb

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

OFFICE, AREA = "420902001001", "420902001001"
CACHE = daemon.BUILD / "CMakeCache.txt"
SANITIZED = re.findall("SANITIZE:STRING=(.+)", CACHE.read_text() if CACHE.exists() else "")
FAKETIME = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


class City:
    """A daemon that believes keys alone over tcp, and a clerk with a key file."""

    def __init__(self, directory, *daemon_keys):
        self.directory = directory
        self.key = sealing.Key(OFFICE, "desk-1")
        self.keyring = sealing.write(directory / "keyring", *(k.line() for k in daemon_keys or [self.key]))
        self.keys = sealing.write(directory / "keys", self.key.line())
        self.d = daemon.Daemon(directory, tcp=True, keyring=self.keyring).start()

    def run(self, *words, url=None, **more):
        more = {"WHISTLE_URL": url or self.d.tcp_url, "WHISTLE_KEY_FILE": str(self.keys)} | more
        done = self.d.whistle(OFFICE, *words, check=False, **more)
        assert "Sanitizer" not in done.stderr, done.stderr
        return done

    def submit(self, *words, category="0102", **more):
        return self.run("submit", "--category", category, "--area", AREA, "--title", "垃圾", "--yes", *words, **more)

    def believe(self, *keys):
        sealing.write(self.keyring, *(k.line() for k in keys))
        assert self.d.ask("reload").startswith("ok")

    def cases(self):
        return sum(s["count"] for s in self.d.json("cases")["states"])

    def spool(self):
        return [p.suffix for p in (self.directory / "home/state/whistle/spool").glob("*")]


@pytest.fixture
def city(tmp_path):
    city = City(tmp_path)
    yield city
    city.d.stop()


@pytest.fixture
def man(city):
    with between.Between(city.d.tcp_url) as man:
        yield man


def number_of(done):
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout.split()[0]


# ---- it works ----


def test_a_sealed_whistle_arrives_and_nothing_of_it_is_seen(city, man):
    number = number_of(city.submit("--name", "张三", url=man.url))
    assert city.d.json("show", number)["case"]["state"] == "dispatched"
    assert man.questions and all(between.envelope(q).suite == 1 for q in man.questions)
    seen = b"".join(man.questions)
    assert "垃圾".encode() not in seen and "张三".encode() not in seen
    assert number in city.run("show", number, url=man.url).stdout


def test_the_users_own_file_is_used_on_tcp_and_ipc(city, man):
    own = city.directory / "home/config/whistle"
    own.mkdir(parents=True)
    city.keys.rename(own / "keys")
    number_of(city.submit(url=man.url, WHISTLE_KEY_FILE=""))
    assert between.envelope(man.questions[0]).key_id == "desk-1"
    sealing.write(city.keyring, sealing.Key("nobody").line())
    city.d.ask("reload")
    on_ipc = city.submit(url=city.d.url, WHISTLE_KEY_FILE="")
    assert on_ipc.returncode == 75 and "key" in on_ipc.stderr, "over ipc it was sealed as well, with a key that is gone"
    sealing.write(own / "keys", sealing.Key("another").line())
    number_of(city.submit(url=city.d.url, WHISTLE_KEY_FILE=""))  # none of its own: plain, which ipc believes


def test_a_file_of_settings_may_name_the_keys(city):
    config = city.directory / "home/config"
    config.mkdir(parents=True)
    (config / "whistle.yaml").write_text(f"key-file: {city.keys}\n")
    number_of(city.submit(WHISTLE_KEY_FILE=""))
    assert city.submit("--key-file", "/nowhere").returncode == 1


# ---- keys that change ----


def key_ids(man):
    return [between.envelope(q).key_id for q in man.questions]


def test_rotation_interrupts_nobody(city, man):
    new = sealing.Key(OFFICE, "desk-2")
    sealing.write(city.keys, new.line(), city.key.line())
    number_of(city.submit(url=man.url))
    assert key_ids(man)[:2] == ["desk-2", "desk-1"], "the daemon does not know the new one yet"
    submits = {between.envelope(q).id for q in man.questions[:2]}
    assert len(submits) == 1, "one id, whatever the key"
    city.believe(city.key, new)
    man.questions.clear()
    number_of(city.submit(url=man.url))
    assert set(key_ids(man)) == {"desk-2"}
    city.believe(new)
    number_of(city.submit(url=man.url))
    assert city.cases() == 3


def test_a_revoked_key_keeps_the_whistle_and_says_why(city):
    new = sealing.Key(OFFICE, "desk-2")
    city.believe(new)
    done = city.submit()
    assert done.returncode == 75 and city.spool() == [".whistle"] and city.cases() == 0
    assert "does not know this key" in done.stderr and "It is kept" in done.stderr
    done = city.submit(LANGUAGE="zh_CN")
    assert "不认识本机密钥" in done.stderr, done.stderr
    assert city.run("send").returncode == 1 and city.spool() == [".whistle"] * 2, "never put aside"
    sealing.write(city.keys, new.line())
    assert "delivered 2, kept 0" in city.run("send").stdout and city.cases() == 2


def test_who_has_no_key_is_told_so(city):
    done = city.submit(WHISTLE_KEY_FILE="")
    assert done.returncode == 75 and "a key is needed" in done.stderr


def test_a_refused_preview_loses_nothing(city):
    city.believe(sealing.Key(OFFICE, "desk-2"))
    words = ["submit", "--category", "0102", "--area", AREA, "--title", "t"]
    process = subprocess.run(
        [daemon.BUILD / "whistle", *words], input="y\n", capture_output=True, text=True, timeout=60,
        env=city.d.environment(OFFICE, WHISTLE_URL=city.d.tcp_url, WHISTLE_KEY_FILE=str(city.keys)))
    assert process.returncode == 75 and city.spool() == [".whistle"], process.stderr


def test_what_was_to_be_sealed_never_goes_plain(city, man):
    yesterday = time.strftime("%Y-%m-%d", time.localtime(time.time() - 86400))
    own = city.directory / "home/config/whistle"
    own.mkdir(parents=True)
    for line, said in [(city.key.line(until=yesterday), "no good key"), (city.key.line() + "x\n", "keys:2")]:
        sealing.write(own / "keys", line)
        sealing.write(city.keys, line)
        for file in ("", city.keys):
            done = city.submit(url=man.url, WHISTLE_KEY_FILE=str(file))
            assert done.returncode == 1 and said in done.stderr, (file, done.stderr)
    sealing.write(city.keys, sealing.Key("another").line())
    assert "no good key" in city.submit(url=man.url).stderr
    sealing.write(city.keys, city.key.line()).chmod(0o640)
    assert "chmod 0600" in city.submit(url=man.url).stderr
    assert man.questions == []


def test_a_whistle_that_was_kept_goes_under_the_key_of_the_day(city):
    city.d.stop()
    assert city.submit(WHISTLE_TIMEOUT="1").returncode == 75
    new = sealing.Key(OFFICE, "desk-2")
    sealing.write(city.keyring, new.line())
    sealing.write(city.keys, new.line())
    city.d.start()
    assert "delivered 1, kept 0" in city.run("send").stdout and city.cases() == 1


# ---- somebody between ----

FORGED = pb.Reply(code="ok", receipt=pb.Receipt(number="260213-9999-9", state=pb.CASE_STATE_DISPATCHED))


def forgeries():
    yield "an ok", lambda q, a: between.plain(FORGED, between.envelope(q).id)
    yield "an ok without an id", lambda q, a: between.plain(FORGED)
    yield "a final refusal", lambda q, a: between.plain(pb.Reply(code="unknown_area", arguments=["x"]))
    yield "words for the terminal", lambda q, a: between.plain(pb.Reply(code="busy", arguments=["\x1b]0;x"]))
    yield "no envelope", lambda q, a: b"\xff" * 9
    yield "no seal", lambda q, a: pb.Envelope(version=1, suite=1, id=between.envelope(q).id).SerializeToString()
    yield "another id", lambda q, a: between.plain(FORGED, bytes(16))
    yield "a spoilt seal", lambda q, a: a[:-1] + bytes([a[-1] ^ 1])
    yield "its own question", lambda q, a: q


@pytest.mark.parametrize("forge", [f for _, f in forgeries()], ids=[name for name, _ in forgeries()])
def test_an_answer_that_is_not_the_daemons_counts_as_none(city, man, forge):
    man.answer = lambda question, answer: [forge(question, answer) if len(man.questions) < 3 else answer]
    number = number_of(city.submit(url=man.url))
    tries = [between.envelope(q) for q in man.questions[:3]]
    assert number != "260213-9999-9" and city.cases() == 1
    assert len({t.id for t in tries}) == 1 and len({t.salt for t in tries}) == 3


def test_a_forger_who_goes_on_is_told_of_and_the_whistle_is_kept(city, man):
    man.answer = lambda question, answer: [between.plain(FORGED, between.envelope(question).id)]
    done = city.submit(url=man.url, WHISTLE_TIMEOUT="2")
    assert done.returncode == 75 and "9999" not in done.stdout + done.stderr and city.spool() == [".whistle"]
    assert "did not come from the daemon" in done.stderr
    assert 2 < len(man.questions) < 30, "it does not run in circles"
    man.answer = lambda question, answer: [answer]
    assert "delivered 1, kept 0" in city.run("send", url=man.url).stdout and city.cases() == 1


@pytest.mark.parametrize("code", ["refused", "too_large", "busy", "draining"])
def test_a_refusal_that_anybody_can_send_is_never_final(city, man, code):
    forged = between.plain(pb.Reply(code=code, arguments=["1", "2"], text="\x1b[2J", field="\x1b[2J"))
    man.answer = lambda question, answer: [forged]
    done = city.submit(url=man.url, WHISTLE_TIMEOUT="2")
    assert done.returncode == 75 and city.spool() == [".whistle"] and "\x1b" not in done.stdout + done.stderr
    assert city.run("send", url=man.url, WHISTLE_TIMEOUT="2").returncode == 1 and city.spool() == [".whistle"]
    assert "delivered 1, kept 0" in city.run("send").stdout and city.cases() == 1


def test_a_message_that_is_sent_twice_is_done_once(city, man):
    man.question = lambda question: [question] * 2
    number_of(city.submit(url=man.url))
    assert city.cases() == 1


def test_a_refusal_that_came_twice_is_asked_for_under_a_new_seal(city, man):
    """The copy is decided first; its original is `replayed`, which says nothing to anybody."""
    man.question = lambda question: [question] * (2 if len(man.questions) == 1 else 1)
    done = city.submit(url=man.url, category="9999")
    assert done.returncode == 1 and "there is no category 9999" in done.stderr
    assert len({between.envelope(q).id for q in man.questions[:2]}) == 1
    assert city.d.json("status")["service"]["replayed"] >= 1


# What was sealed before a restart is not done after it; a client with a right clock has nothing to wait for all the same.
def test_a_client_goes_on_at_once_over_a_restart(city):
    for again in range(3):
        began = time.monotonic()
        number = number_of(city.submit())
        assert city.run("comment", number, "--text", "还在").returncode == 0
        assert time.monotonic() - began < 10
        city.d.restart()
    assert city.cases() == 3


@pytest.mark.skipif(not FAKETIME, reason="libfaketime is not installed")
def test_a_wrong_clock_is_told_of(city):
    done = city.submit(LD_PRELOAD=str(FAKETIME[0]), FAKETIME="+20m", ASAN_OPTIONS="verify_asan_link_order=0")
    assert done.returncode == 75 and re.search(r"your clock differs by -?1[12]\d{5} ms", done.stderr), done.stderr


# ---- what a hostile review found ----

REFUSED = between.plain(pb.Reply(code="refused"))


def test_a_forged_refused_does_not_bring_an_older_key_back(city, man):
    """It made the same whistle go out once more under the key behind, which may have been the one that leaked."""
    new = sealing.Key(OFFICE, "desk-2")
    city.believe(city.key, new)
    sealing.write(city.keys, new.line(), city.key.line())
    number_of(city.submit(url=man.url))
    known = city.directory / "home/state/whistle/known-keys"
    assert known.read_text() == hashlib.blake2b(new.secret, digest_size=32).hexdigest() + "\n"
    assert stat.S_IMODE(known.stat().st_mode) == 0o600
    man.answer = lambda question, answer: [REFUSED]
    assert city.submit(url=man.url).returncode == 75 and set(key_ids(man)) == {"desk-2"}
    known.unlink()
    assert city.submit(url=man.url).returncode == 75 and key_ids(man)[-1] == "desk-1", "as before its first answer"


def test_without_a_place_for_it_a_handle_remembers_its_keys(city, man):
    new = sealing.Key(OFFICE, "desk-2")
    city.believe(city.key, new)
    sealing.write(city.keys, new.line(), city.key.line())
    man.answer = lambda question, answer: [answer if len(man.questions) == 1 else REFUSED]
    city.run("list", url=man.url, XDG_STATE_HOME="/dev/null")
    assert key_ids(man) == ["desk-2"] * 2, "the list, and the zone"


def watch(city, url, *words):
    more = {"WHISTLE_URL": url, "WHISTLE_KEY_FILE": str(city.keys)}
    return subprocess.Popen([daemon.BUILD / "whistle", "watch", "--for", OFFICE, *words], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env=city.d.environment(OFFICE, **more))


def test_a_forged_refused_does_not_end_watch(city, man):
    """One was enough, and the unit heard nothing more until somebody started it again."""
    man.forged = [REFUSED] * 2
    process = watch(city, man.url)
    try:
        daemon.until(lambda: not man.forged, 20)
        number = number_of(city.submit())
        assert number in process.stdout.readline() and process.poll() is None
    finally:
        process.terminate()
    assert "was not sealed" in process.communicate(timeout=10)[1]


def test_watch_asks_less_and_less_while_it_is_refused(city, man):
    man.forged = [REFUSED] * 99
    process = watch(city, man.url)
    time.sleep(5)
    running = process.poll() is None
    process.terminate()
    process.communicate(timeout=10)
    assert running and 2 <= len(man.questions) <= 4, "at 0, 1, 3 and 7 seconds"


@pytest.mark.parametrize("words", [("watch", "--for", OFFICE, "--once"), ("list",), ("accept", "260213-0001-1")])
def test_a_command_that_is_refused_without_a_seal_says_so(city, man, words):
    man.answer = lambda question, answer: [REFUSED]
    done = city.run(*words, url=man.url)
    assert done.returncode == 1 and "the answer was not sealed" in done.stdout + done.stderr
    done = city.run(*words, url=man.url, LANGUAGE="zh_CN")
    assert "该答复未经封装" in done.stdout + done.stderr


def test_a_sealed_refusal_is_told_without_a_doubt(city, man):
    done = city.submit(category="9999", url=man.url)
    assert "there is no category 9999" in done.stderr and "not sealed" not in done.stderr


PROGRAM = """
#include <stdio.h>
#include <whistle.h>
int main(int argc, char **argv)
{
    (void)argc;
    struct whistle_options options = WHISTLE_OPTIONS_INIT;
    options.address = argv[1];
    options.principal = argv[2];
    options.keyring = argv[3];
    struct whistle *w;
    Whistle__V1__Reply *reply;
    Whistle__V1__List list = WHISTLE__V1__LIST__INIT;
    if (whistle_open(&options, &w) || whistle_list(w, &list, &reply) != WHISTLE_REFUSED)
        return 1;
    printf("%s %lld %d %d\\n", reply->code, (long long)reply->now_ms, (int)reply->result_case, whistle_is_unsealed(w));
    whistle_reply_free(reply);
    whistle_close(w);
}
"""


def test_an_answer_that_is_not_sealed_does_not_set_the_clock(city, man):
    """The tool took the city's time from it, and a program whatever result stood in it."""
    program = city.directory / "list.c"
    program.write_text(PROGRAM)
    built = subprocess.run(["cc", "-o", city.directory / "list", program, f"-I{daemon.ROOT}/clients/libwhistle",
                            f"-I{daemon.BUILD}/proto/proto", f"-L{daemon.BUILD}", "-lwhistle", "-lprotobuf-c",
                            f"-Wl,-rpath,{daemon.BUILD}", *[f"-fsanitize={s}" for s in SANITIZED]],
                           capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    man.forged = [between.plain(pb.Reply(code="refused", now_ms=4102444800000, list=pb.CaseList()))]
    told = subprocess.run([city.directory / "list", man.url, OFFICE, city.keys], capture_output=True, text=True)
    assert told.stdout == "refused 0 0 1\n", told.stderr


def peak_kib(city, url):
    """Of a `list`, in KiB: what the process holds at most."""
    program = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], capture_output=True);"
               "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    done = subprocess.run(["/usr/bin/python3", "-c", program, daemon.BUILD / "whistle", "list"], capture_output=True,
                          text=True, env=city.d.environment(OFFICE, WHISTLE_URL=url, WHISTLE_TIMEOUT="2",
                                                            WHISTLE_KEY_FILE=str(city.keys)))
    return int(done.stdout)


@pytest.mark.skipif(bool(SANITIZED), reason="AddressSanitizer keeps what is freed")
def test_a_forged_answer_of_a_mebibyte_does_not_become_a_hundred(city, man):
    """protobuf-c makes 560 bytes of an empty event, which is four on the wire."""
    usual = peak_kib(city, man.url)
    forged = [pb.Reply(code="busy", show=pb.CaseView(happenings=[pb.Happening(event=pb.Event())] * 250000)),
              pb.Reply(code="busy", show=pb.CaseView(happenings=[pb.Happening()] * 500000))]
    for reply in forged:
        bomb = between.plain(reply)
        assert 1000000 < len(bomb) < 1 << 20
        man.answer = lambda question, answer: [bomb]
        assert peak_kib(city, man.url) < usual + 16 * 1024
        plain = city.keys
        city.keys = ""
        assert peak_kib(city, man.url) < usual + 64 * 1024, "a client without a key believes it, within bounds"
        city.keys = plain


def test_answers_to_another_request_are_not_asked_for_in_circles(city, man):
    """2,400 times a second it was sent again, since that is not this one's answer."""
    man.answer = lambda question, answer: [between.plain(FORGED, bytes([len(man.questions) % 256]) * 16)]
    done = city.submit(url=man.url, WHISTLE_TIMEOUT="2")
    assert done.returncode == 75 and 2 < len(man.questions) < 30
    man.answer = lambda question, answer: [answer]
    assert "delivered 1, kept 0" in city.run("send", url=man.url).stdout and city.cases() == 1


# ---- whistle key ----


@pytest.fixture
def clerk(tmp_path):
    """Runs `whistle key` with a configuration of its own; no daemon is needed."""
    d = daemon.Daemon(tmp_path)

    def run(*words, principal=OFFICE, status=0, **more):
        done = d.whistle(principal, "key", *words, check=False, **more)
        assert done.returncode == status and "Sanitizer" not in done.stderr, (done.stdout, done.stderr)
        return done.stdout if status == 0 else done.stderr

    run.file = tmp_path / "home/config/whistle/keys"
    return run


def test_key_new_makes_a_file_that_is_closed_to_others(clerk):
    line = clerk("new", "--id", "desk-1")
    assert re.fullmatch(OFFICE + r" desk-1 [0-9a-f]{64}\n", line) and clerk.file.read_text() == line
    assert stat.S_IMODE(clerk.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(clerk.file.parent.stat().st_mode) == 0o700
    assert "rotate" in clerk("new", status=1) and clerk.file.read_text() == line
    other = clerk("new", principal="cg")
    assert clerk.file.read_text() == line + other and re.match(r"cg [\w.-]+-20\d{6} ", other)


def test_key_rotate_puts_the_new_one_in_front_and_forget_removes_the_old(clerk):
    assert "whistle key new" in clerk("rotate", status=1)
    first, cg = clerk("new", "--id", "a"), clerk("new", principal="cg")
    clerk.file.write_text(f"# the desk\n{first}# the unit\n{cg.rstrip()}")  # its last line has no end
    second = clerk("rotate", "--id", "b")
    assert clerk.file.read_text() == f"# the desk\n{second}{first}# the unit\n{cg.rstrip()}"
    third = clerk("new", principal="zj")
    assert clerk.file.read_text() == f"# the desk\n{second}{first}# the unit\n{cg}{third}"
    assert "already" in clerk("rotate", "--id", "b", status=1)
    assert "no key c" in clerk("forget", "c", status=1)
    clerk("forget", "a")
    assert clerk.file.read_text() == f"# the desk\n{second}# the unit\n{cg}{third}"
    assert "only key" in clerk("forget", "b", status=1) and second in clerk.file.read_text()
    assert [p.name for p in clerk.file.parent.iterdir()] == ["keys"]


def test_key_rotate_leaked_stands_in_place_of_those_before(clerk):
    first, cg = clerk("new", "--id", "a"), clerk("new", principal="cg")
    second = clerk("rotate", "--id", "b")
    clerk.file.write_text(f"# the desk\n{second}# before\n{cg}{first}")
    assert "already" in clerk("rotate", "--leaked", "--id", "a", status=1), "the operator tells them apart by it"
    assert clerk.file.read_text() == f"# the desk\n{second}# before\n{cg}{first}"
    third = clerk("rotate", "--leaked", "--id", "c")
    assert clerk.file.read_text() == f"# the desk\n{third}# before\n{cg}"
    assert "whistle key new" in clerk("rotate", "--leaked", principal="zj", status=1)


def test_key_show_tells_no_secret_unless_asked(clerk):
    line = clerk("new", "--id", "a")
    clerk.file.write_text(line.rstrip() + " until=2031-12-31\n")
    secret = line.split()[2]
    print_of = hashlib.blake2b(bytes.fromhex(secret), digest_size=32).hexdigest()[:8]
    assert clerk("show").splitlines()[1].split() == [OFFICE, "a", print_of, "2031-12-31"]
    assert json.loads(clerk("show", "--json")) == {"principal": OFFICE, "id": "a", "fingerprint": print_of,
                                                   "until": "2031-12-31"}
    assert clerk("show", "--secret") == clerk.file.read_text()
    made = json.loads(clerk("rotate", "--json"))
    assert made["line"] in clerk.file.read_text().splitlines() and made["fingerprint"] in clerk("show")
    clerk("show", status=1, WHISTLE_KEY_FILE="/nowhere")


@pytest.mark.parametrize("principal, id", [("a b", "x"), ("x" * 64, "x"), ("a#b", "x"), ("cg", "x y"), ("cg", "x" * 33)])
def test_a_key_that_no_daemon_would_read_is_not_made(clerk, principal, id):
    clerk("new", "--id", id, principal=principal, status=1)
    assert not clerk.file.exists()


def test_a_key_file_with_a_fault_is_left_alone(clerk):
    line = clerk("new") + "x\n"
    clerk.file.write_text(line)
    assert "keys:2" in clerk("rotate", status=1) and clerk.file.read_text() == line


def test_what_key_new_prints_is_what_the_daemon_reads(clerk, tmp_path):
    line = clerk("new")
    keyring = sealing.write(tmp_path / "keyring", line)
    with daemon.running(tmp_path, tcp=True, keyring=keyring) as d:
        assert d.submit(OFFICE, WHISTLE_URL=d.tcp_url)
        new = clerk("rotate", "--id", "next")
        assert d.submit(OFFICE, WHISTLE_URL=d.tcp_url)
        sealing.write(keyring, new)
        d.ask("reload")
        assert d.submit(OFFICE, WHISTLE_URL=d.tcp_url)


# ---- whistle-bench ----


def bench(city, url, *words):
    return subprocess.run([daemon.BUILD / "whistle-bench", "-u", url, "-p", OFFICE, "-a", AREA, "-c", "0102", "-n", "4",
                           "-s", "0.3", "-d", city.directory, "--json", *words], capture_output=True, text=True, timeout=60)


def test_the_bench_seals(city, man):
    """Over tcp, where nothing else is believed; and an answer that is not sealed is no success."""
    done = bench(city, city.d.tcp_url, "--key-file", city.keys)
    assert done.returncode == 0, (done.stdout, done.stderr)
    (run,) = json.loads(done.stdout.splitlines()[-1])["runs"]
    assert run["answered"] > 0 and run["refused"] == 0 and city.cases() == run["answered"]
    assert " refused\n" in bench(city, city.d.tcp_url).stdout, "plain"
    man.answer = lambda question, answer: [between.plain(FORGED, between.envelope(question).id)]
    assert " unreadable\n" in bench(city, man.url, "--key-file", city.keys).stdout
    assert "no good key of cg" in bench(city, city.d.tcp_url, "--key-file", city.keys, "-p", "cg").stderr


def test_the_bench_compares_sealed_and_plain(city):
    before = city.d.json("status")["service"]["requests"]
    done = bench(city, city.d.url, "--key-file", city.keys, "--pairs", "3")
    assert done.returncode == 0, (done.stdout, done.stderr)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["pairs"] == 3 and told["plain_per_second"] > 0
    assert abs(told["ratio"] - told["sealed_per_second"] / told["plain_per_second"]) < 0.001
    rows = re.findall(r"^ +\d +(\d+) +(\d+) +[\d.]+$", done.stdout, re.M)
    assert len(rows) == 3 and sorted(int(plain) for plain, _ in rows)[1] == round(told["plain_per_second"])
    assert city.d.json("status")["service"]["requests"] > before + 6
    over_tcp = bench(city, city.d.tcp_url, "--key-file", city.keys, "--pairs", "3")
    assert over_tcp.returncode == 1 and "were refused (refused)" in over_tcp.stderr, "half of it is plain"
    assert "needs a --key-file" in bench(city, city.d.url, "--pairs", "3").stderr
