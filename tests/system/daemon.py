"""The real whistled in a directory of its own: start, stop, kill, start again, ask its status, use its client.

    with daemon.running(tmp_path, clock="2026-02-13T08:00+08:00,x1") as d:
        number = d.submit("420902001", category="0102")
        assert d.json("show", number)["case"]["state"] == "dispatched"

WHISTLED_BUILD names the build directory (default: build). A sanitizer's report on stderr fails whatever looks at it
(stop, and the end of `running`).
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WHISTLED_BUILD", ROOT / "build"))
CITY = ROOT / "config" / "city"
SECONDS = 60  # patience with a slow machine; nothing waits so long when all is well


def is_built():
    return (BUILD / "whistled").exists()


def is_sanitized():
    """A sanitizer keeps what is freed for a while, and makes system calls of its own."""
    cache = BUILD / "CMakeCache.txt"
    return cache.exists() and "SANITIZE:STRING=\n" not in cache.read_text()


def until(condition, seconds=SECONDS, every=0.02):
    """The first true value of `condition()`; fails after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s: {condition}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Daemon:
    """One store, one rulebook and one set of sockets; `start` may be called again after `stop` and `kill`."""

    def __init__(self, directory, rules=CITY, clock=None, tcp=False, arguments=(), environment=None, keyring=None):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.rules = pathlib.Path(rules)
        self.clock = clock
        self.keyring = keyring  # with one, plain messages over tcp are not believed
        self.arguments = list(arguments)
        self.extra_environment = environment or {}
        self.data = self.directory / "data"
        self.status_path = self.directory / "status.sock"
        self.url = f"ipc://{self.directory}/whistle.ipc"
        self.notices_url = f"ipc://{self.directory}/notices.ipc"
        self.port = free_port() if tcp else None
        self.tcp_url = f"tcp://127.0.0.1:{self.port}" if tcp else None
        self.stderr_path = self.directory / "stderr"
        self.process = None

    # ---- the process ----

    def command(self):
        command = [BUILD / "whistled", "run", "--data", self.data, "--rules", self.rules, "--listen", self.url,
                   "--publish", self.notices_url, "--status", self.status_path]
        if self.tcp_url:
            command += ["--listen", self.tcp_url]
        if self.keyring:
            command += ["--keyring", self.keyring]
        elif self.tcp_url:
            command += ["--insecure"]
        if self.clock:
            command += ["--city-clock", self.clock]
        return [str(word) for word in command + self.arguments]

    def start(self, wait=True):
        assert self.process is None, "it runs already"
        self.log_start = self.stderr_path.stat().st_size if self.stderr_path.exists() else 0
        with self.stderr_path.open("ab") as stderr:
            self.process = subprocess.Popen(self.command(), stdout=stderr, stderr=stderr,
                                            env=os.environ | self.extra_environment)
        if wait:
            until(self._is_ready)
        return self

    def _is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"ended with {self.process.returncode}:\n{self.log()}")
        return "<6>ready " in self.log()

    def log(self):
        """What it wrote since its last start."""
        with self.stderr_path.open("rb") as stderr:
            stderr.seek(self.log_start)
            return stderr.read().decode("utf-8", "replace")

    def wait(self):
        """Waits for its end; the exit status."""
        process, self.process = self.process, None
        try:
            status = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"does not end:\n{self.log()}") from None
        assert "Sanitizer" not in self.log() and "runtime error" not in self.log(), self.log()
        return status

    def stop(self):
        """An orderly stop, which must succeed."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        status = self.wait()
        assert status == 0, (status, self.log())

    def kill(self):
        """kill -9."""
        self.process.kill()
        return self.wait()

    def restart(self):
        self.stop()
        return self.start()

    # ---- the status socket ----

    def connect(self):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(SECONDS)
        s.connect(str(self.status_path))
        return s

    def ask(self, *words):
        """The text answer to one line, as socat would get it, without the empty line at its end."""
        answer = self._say(" ".join(map(str, words)))
        assert answer.endswith("\n\n"), repr(answer)
        return answer[:-1]

    def _say(self, line):
        with self.connect() as s:
            s.sendall((line + "\n").encode())
            s.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: s.recv(65536), b"")).decode()

    def json(self, *words):
        """The JSON answer to one line."""
        answer = self._say("json " + " ".join(map(str, words)))
        assert answer.endswith("\n") and answer.count("\n") == 1, repr(answer)
        return json.loads(answer)

    # ---- the client ----

    def environment(self, principal, **more):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("WHISTLE_", "LC_", "XDG_", "LANG"))}
        return kept | {"WHISTLE_URL": self.url, "WHISTLE_PRINCIPAL": principal, "WHISTLE_TIMEOUT": "30",
                       "XDG_STATE_HOME": f"{self.directory}/home/state", "LANG": "C.UTF-8",
                       "XDG_CONFIG_HOME": f"{self.directory}/home/config", "TZ": "Asia/Shanghai"} | more

    def whistle(self, principal, *words, check=True, **more):
        """Runs the tool as a principal; its output. With check=False the finished process."""
        done = subprocess.run([BUILD / "whistle", *map(str, words)], env=self.environment(principal, **more),
                              capture_output=True, text=True, timeout=SECONDS)
        if not check:
            return done
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def submit(self, office, category="0102", area=None, title="测试", *words, **more):
        """A whistle of an office about (by default) its own area; the case number."""
        return self.whistle(office, "submit", "--category", category, "--area", area or office, "--title", title,
                            "--yes", *words, **more).split()[0]

    def act(self, unit, verb, number, *words, **more):
        return self.whistle(unit, verb, number, *words, **more)


def copy_of_city(directory):
    """A rulebook that a test may spoil."""
    return pathlib.Path(shutil.copytree(CITY, pathlib.Path(directory) / "rules"))


@contextlib.contextmanager
def running(directory, **options):
    d = Daemon(directory, **options).start()
    try:
        yield d
    finally:
        if d.process is not None and d.process.poll() is None:
            d.stop()
