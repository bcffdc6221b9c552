"""What the daemon gives up, whom it lets in on its own machine, and what it refuses to trust."""
import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import pytest

import daemon

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

OFFICE = "420902001001"
UNITS = daemon.ROOT / "systemd"
CONFINED = daemon.BUILD / "tests" / "confined"
NOBODY, STRANGERS = 65534, 4242  # a user and a group without any right here

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become others")


@pytest.fixture
def open_directory():
    """One that every user may enter, unlike those of pytest; and nobody's own."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="whistled-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


# ---- the filter ----


def expectations():
    """(what is tried, what must come of it) as the tool itself lists them."""
    if not CONFINED.exists():
        return []
    listed = subprocess.run([CONFINED, "list"], capture_output=True, text=True, check=True).stdout
    return [line.split(" ", 1) for line in listed.splitlines()]


def confined(*words):
    return subprocess.run([CONFINED, *map(str, words)], capture_output=True, text=True,
                          env=os.environ | {"ASAN_OPTIONS": "detect_leaks=0"})


@pytest.mark.parametrize("name, expected", expectations())
def test_a_call_under_the_filter(name, expected, tmp_path):
    if expected == "killed unless sanitized" and daemon.is_sanitized():
        pytest.skip("a sanitizer needs this call itself")
    done = confined(name, tmp_path)
    if expected.startswith("killed"):
        assert done.returncode == -signal.SIGSYS and not done.stdout
    elif expected == "aborted":
        assert done.returncode == -signal.SIGABRT and "Assertion" in done.stderr
    else:
        assert done.stdout == ("ok\n" if expected == "ok" else f"errno {expected}\n"), done
        assert done.returncode == 0


def test_many_calls_are_tried():
    assert len(expectations()) > 40


def test_a_thread_that_was_there_before_is_under_the_filter(tmp_path):
    assert confined("thread-mount").returncode == -signal.SIGSYS
    assert confined("thread-socket-inet").stdout == "errno 97\n"


def threads(d, key):
    """What /proc says of each thread."""
    tasks = pathlib.Path(f"/proc/{d.process.pid}/task")
    return [re.search(rf"^{key}:\s*(\S+)", (task / "status").read_text(), re.M).group(1) for task in tasks.iterdir()]


def test_every_thread_is_confined_and_leaves_no_core(tmp_path):
    with daemon.running(tmp_path) as d:
        d.json("status")  # now the pool has its threads
        assert set(threads(d, "Seccomp")) == {"2"} and len(threads(d, "Seccomp")) >= 6
        assert set(threads(d, "NoNewPrivs")) == {"1"}
        assert re.search(r"^Max core file size +0 +0 ", pathlib.Path(f"/proc/{d.process.pid}/limits").read_text(), re.M)


def test_for_debugging_it_can_be_left_off(tmp_path):
    with daemon.running(tmp_path, arguments=["--no-seccomp", "--core-dumps"]) as d:
        d.json("status")
        assert set(threads(d, "Seccomp")) == {"0"}
        assert not re.search(r"^Max core file size +0 +0 ",
                             pathlib.Path(f"/proc/{d.process.pid}/limits").read_text(), re.M)


def test_a_life_under_the_filter(tmp_path):
    """Whistles; reloads that convert a table, look users up and compile patterns; a stop; a death; all without
    --no-seccomp."""
    rules = daemon.copy_of_city(tmp_path)
    with daemon.running(tmp_path, rules=rules) as d:
        first = d.submit(OFFICE)
        units = rules / "units.csv"
        units.write_bytes(units.read_text().encode("gb18030"))
        with (rules / "principals.yaml").open("a") as principals:
            principals.write("- {code: caretaker, name: 值班, roles: observer, area: '420902', local: [daemon, bin]}\n")
        assert d.json("reload")["code"] == "ok"
        with (rules / "principals.yaml").open("a") as principals:
            principals.write("- {code: ghost, name: 无, roles: observer, area: '420902', local: nobody-has-this-name}\n")
        assert "this machine has no user nobody-has-this-name" in d.ask("reload")
        # the next segment, a piece with each batch: fallocate, fsync, rename
        daemon.until(lambda: d.submit(OFFICE) and d.json("status")["store"]["next_ready"])
        second = d.submit(OFFICE)
        shutil.copy(daemon.CITY / "principals.yaml", rules)
        d.restart()
        d.kill()
        d.start()
        for number in (first, second):
            assert number in d.whistle(OFFICE, "show", number)
        d.stop()


# ---- as the unit runs it ----


@pytest.mark.parametrize("unit", sorted(UNITS.glob("*.service")), ids=lambda path: path.stem)
def test_the_unit_is_tight(unit):
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=15", unit], capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stdout[-400:]


def test_the_units_can_be_read(tmp_path):
    units = [unit for kind in ("socket", "service", "timer") for unit in UNITS.glob(f"*.{kind}")]
    assert len(units) == 8
    for unit in units:
        text = unit.read_text().replace("/usr/sbin/whistled", str(daemon.BUILD / "whistled"))
        text = text.replace("/usr/libexec/whistled/backup", str(UNITS / "backup"))
        (tmp_path / unit.name).write_text(text.replace("/usr/bin/whistle", str(daemon.BUILD / "whistle")))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *tmp_path.iterdir()], capture_output=True, text=True)
    assert "whistled" not in done.stderr, done.stderr


def calls_of_the_unit(unit="whistled.service"):
    """The names that SystemCallFilter= of the unit comes to."""
    def expand(word):
        if not word.startswith("@"):
            return {word}
        listed = subprocess.run(["systemd-analyze", "syscall-filter", word], capture_output=True, text=True).stdout
        return set().union(*(expand(line.strip()) for line in listed.splitlines()[1:] if not line.strip().startswith("#")))
    calls = set()
    for line in re.findall(r"^SystemCallFilter=(.*)", (UNITS / unit).read_text(), re.M):
        words = set().union(*map(expand, line.lstrip("~").split()))
        calls = calls - words if line.startswith("~") else calls | words
    return calls | expand("@default")


def under_filter(calls):
    """Puts a filter like systemd's on this process: other calls fail with EPERM."""
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_init.restype = ctypes.c_void_p
    errno_eperm, allow = 0x00050001, 0x7fff0000
    context = ctypes.c_void_p(lib.seccomp_init(errno_eperm))
    for name in calls:
        number = lib.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            assert lib.seccomp_rule_add(context, ctypes.c_uint32(allow), number, 0) == 0
    assert lib.seccomp_load(context) == 0


def like(unit, *command):
    """The command under the filter of a unit."""
    calls = ",".join(sorted(calls_of_the_unit(unit)))
    launch = (f"import os, sys; sys.path.insert(0, {str(pathlib.Path(__file__).parent)!r}); import test_hardening as t; "
              f"t.under_filter({calls!r}.split(',')); os.umask(0o077); os.execv(sys.argv[1], sys.argv[1:])")
    return ["--bounding-set=-all", "--no-new-privs", sys.executable, "-c", launch, *map(str, command)]


class AsTheUnit(daemon.Daemon):
    """As a user without rights, under the unit's own filter, with no capability left."""

    def command(self):
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", f"--groups={STRANGERS}",
                *like("whistled.service", *super().command(), f"--status-group={STRANGERS}")]


def run_as(user, group, groups, *command, **environment):
    more = ["--groups", ",".join(map(str, groups))] if groups else ["--clear-groups"]
    return subprocess.run(["setpriv", f"--reuid={user}", f"--regid={group}", *more, *map(str, command)],
                          capture_output=True, text=True, env=os.environ | environment)


@pytest.fixture
def nobodys(open_directory):
    """A directory of the user nobody, with programs and rules that he may read."""
    for program in ("whistled", "whistle"):
        if run_as(NOBODY, NOBODY, (), "test", "-x", daemon.BUILD / program).returncode:
            pytest.skip("another user cannot reach the build directory")
    os.chown(open_directory, NOBODY, NOBODY)
    return open_directory


@as_root
@pytest.mark.skipif(daemon.is_sanitized(), reason="a sanitizer needs more calls than the unit allows")
def test_a_life_as_the_unit_runs_it(nobodys):
    """The unit's filter lets the daemon put its own on; and nothing asks for a right that nobody has not."""
    assert len(calls_of_the_unit()) > 200
    rules = daemon.copy_of_city(nobodys)
    d = AsTheUnit(nobodys, rules=rules).start()
    try:
        assert "<4>loose: runs as root" not in d.log()
        assert set(threads(d, "Seccomp")) == {"2"} and set(threads(d, "Seccomp_filters")) == {"2"}
        assert os.stat(f"/proc/{d.process.pid}/status").st_uid == 0, "nobody else of that user may look into it"
        assert d.status_path.stat().st_gid == STRANGERS and d.status_path.stat().st_mode & 0o777 == 0o660
        d.status_path.parent.chmod(0o755)
        assert d.json("reload")["code"] == "ok"
        client = ["env", f"WHISTLE_URL={d.url}", f"XDG_STATE_HOME={nobodys}", f"XDG_CONFIG_HOME={nobodys}", daemon.BUILD / "whistle", "--principal", OFFICE]
        done = run_as(NOBODY, NOBODY, (), *client, "submit", "--category", "0102", "--area", OFFICE, "--title", "t", "--yes")
        assert done.returncode == 0, done.stderr
        d.restart()
    finally:
        if d.process:
            d.stop()


# ---- sockets that are handed over ----


class HandedOver(daemon.Daemon):
    """The sockets are opened by systemd-socket-activate, which starts the daemon when somebody connects."""
    sockets = {"requests": "whistle.ipc", "notices": "notices.ipc", "status": "status.sock"}

    def command(self):
        whistled = super().command()
        for option in ("--listen", "--publish", "--status"):
            at = whistled.index(option)
            del whistled[at:at + 2]
        activate = ["systemd-socket-activate", "--fdname=" + ":".join(self.sockets)]
        for file in self.sockets.values():
            activate += ["-l", file if ":" in file else str(self.directory / file)]
        return activate + ["--", *whistled]

    def start(self, wait=True):
        super().start(wait=False)
        daemon.until(lambda: self.log().count("Listening on") == len(self.sockets))
        if wait:
            self.connect().close()
            daemon.until(self._is_ready)
        return self


def test_sockets_are_taken_over_by_their_names(tmp_path):
    d = HandedOver(tmp_path).start()
    number = d.submit(OFFICE)
    assert number in d.ask("show", number)
    for name, file in d.sockets.items():
        assert re.search(rf"handed over name={name}( address=ipc://{tmp_path / file})?\n", d.log())
    assert "/run/whistled" not in d.log(), "what is handed over takes the place of the defaults"
    d.stop()
    assert all((tmp_path / file).exists() for file in d.sockets.values()), "their files are whose opened them"


def test_a_client_waits_for_a_daemon_that_is_away(tmp_path):
    """Nobody listens yet but the one who hands over; the first request is what starts the daemon."""
    d = HandedOver(tmp_path).start(wait=False)
    assert d.submit(OFFICE)
    d.stop()


def refused(d, *said):
    d.extra_environment = {"ASAN_OPTIONS": "detect_leaks=0"}
    d.start(wait=False)
    if isinstance(d, HandedOver):
        d.connect().close()
    assert d.wait() not in (0, -signal.SIGABRT, -signal.SIGSEGV, -signal.SIGSYS)
    for text in said:
        assert text in d.log(), d.log()


def test_a_socket_of_an_unknown_name_is_refused(tmp_path):
    d = HandedOver(tmp_path)
    d.sockets = {"whistled.socket": "whistle.ipc", "status": "status.sock"}
    refused(d, "FileDescriptorName=", "whistled.socket")


def test_tcp_that_is_handed_over_without_keys_is_told(tmp_path):
    d = HandedOver(tmp_path)
    d.sockets = {"requests": f"127.0.0.1:{daemon.free_port()}", "notices": "notices.ipc", "status": "status.sock"}
    d.start()
    assert "<4>no keys: nobody is believed over tcp" in d.log()
    d.stop()


# ---- who may use the status socket ----

ASK = ("import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b'log info\\n'); "
       "s.shutdown(socket.SHUT_WR); print(s.makefile().read())")


@as_root
def test_the_status_socket_is_for_its_group(open_directory):
    """The file's mode lets everybody in here; the daemon looks at who comes."""
    with daemon.running(open_directory, arguments=["--status-group", str(STRANGERS)]) as d:
        assert os.stat(d.status_path).st_gid == STRANGERS and d.status_path.stat().st_mode & 0o777 == 0o660
        d.status_path.chmod(0o666)

        def ask(user, group, groups=()):
            return run_as(user, group, groups, sys.executable, "-c", ASK, d.status_path).stdout.strip()
        assert ask(NOBODY, STRANGERS).startswith("ok"), "by its own group"
        assert ask(NOBODY, NOBODY, [7, STRANGERS]).startswith("ok"), "by one of the others"
        assert ask(NOBODY, NOBODY, [*range(5000, 5100), STRANGERS]).startswith("ok"), "by one of many"
        assert ask(0, NOBODY).startswith("ok"), "root"
        assert ask(NOBODY, NOBODY) == "" and ask(1, 1, [4, 5]) == ""
        daemon.until(lambda: "<4>status socket refused uid=65534" in d.log() and "refused uid=1\n" in d.log())
        assert d.ask("log", "info").startswith("ok")


@as_root
def test_without_a_group_the_status_socket_is_for_nobody_more(open_directory):
    """It was for the process's group, which may be that of everybody, and who may ask may stop the daemon."""
    with daemon.running(open_directory) as d:
        assert d.status_path.stat().st_mode & 0o777 == 0o600
        d.status_path.chmod(0o666)
        own = os.getegid()
        assert run_as(NOBODY, own, (), sys.executable, "-c", ASK, d.status_path).stdout.strip() == ""
        assert run_as(NOBODY, NOBODY, [own], sys.executable, "-c", ASK, d.status_path).stdout.strip() == ""
        assert run_as(0, NOBODY, (), sys.executable, "-c", ASK, d.status_path).stdout.startswith("ok")


def test_a_status_group_that_is_none(tmp_path):
    refused(daemon.Daemon(tmp_path, arguments=["--status-group", "no-such-group"]), "not_found", "no-such-group")


# ---- what is not trusted ----


def test_a_store_that_everybody_may_write_is_refused(tmp_path):
    d = daemon.Daemon(tmp_path).start()
    d.submit(OFFICE)
    d.stop()
    for path in (d.data, d.data / "journal", next((d.data / "journal").glob("*.seg")), d.data / "state" / "data.mdb"):
        mode = path.stat().st_mode & 0o777
        path.chmod(mode | 0o002)
        refused(d, "unsafe", f"chmod o-w {path}\n")
        path.chmod(mode)
    d.start()
    assert "o-w" not in d.log()
    d.stop()
    d.data.chmod(0o770)
    d.start()
    assert f"<4>loose: {d.data} is open to others (mode 0770): chmod g-w {d.data}\n" in d.log()
    d.stop()


@as_root
def test_a_store_of_another_user_is_refused(tmp_path):
    """Started as root over the service's store it would leave files there that the service cannot open."""
    d = daemon.Daemon(tmp_path).start()
    d.stop()
    os.chown(d.data / "mark", NOBODY, -1)
    refused(d, "unsafe", f"{d.data}/mark belongs to user {NOBODY}")


def test_a_rulebook_that_everybody_may_write_is_refused(tmp_path):
    rules = daemon.copy_of_city(tmp_path)
    d = daemon.Daemon(tmp_path, rules=rules)
    (rules / "principals.yaml").chmod(0o666)
    refused(d, "unsafe", f"chmod o-w {rules}/principals.yaml\n")
    (rules / "principals.yaml").chmod(0o664)
    (rules / "rules.yaml").chmod(0o664)
    (rules / "members.private.csv").chmod(0o640)
    d.start()
    assert re.search(r"^<4>loose: \S+/rules/\S+ is open to others \(mode 0664\): chmod g-w \S+; and 1 more$", d.log(), re.M)
    d.stop()


def test_personal_data_that_everybody_may_read_is_said(tmp_path):
    rules = daemon.copy_of_city(tmp_path)
    private = rules / "members.private.csv"
    for mode, directory, said in ((0o644, 0o755, True), (0o640, 0o755, False), (0o644, 0o750, False)):
        private.chmod(mode)
        rules.chmod(directory)
        with daemon.running(tmp_path, rules=rules) as d:
            assert (f"chmod o-r {private}\n" in d.log()) == said


@as_root
def test_a_rulebook_of_somebody_else_is_said(tmp_path):
    rules = daemon.copy_of_city(tmp_path)
    (rules / "members.private.csv").chmod(0o640)
    os.chown(rules / "rules.yaml", NOBODY, -1)
    with daemon.running(tmp_path, rules=rules) as d:
        assert f"<4>loose: {rules}/rules.yaml belongs to user {NOBODY}" in d.log()
        assert "<4>loose: runs as root" in d.log()


def test_a_socket_where_others_may_put_theirs_is_said(tmp_path):
    tmp_path.chmod(0o1777)
    with daemon.running(tmp_path) as d:
        log = d.log()
    tmp_path.chmod(0o700)
    for file in ("whistle.ipc", "notices.ipc", "status.sock"):
        assert f"in place of {tmp_path}/{file}: {tmp_path} is open to others (mode 1777)" in log
