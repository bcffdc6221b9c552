"""The daemon and everybody who talks to it: each a process of its own, ended by its pid."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


class Refused(Exception):
    """What the tool said, and its exit status."""


class City:
    def __init__(self, build, seed, rate):
        self.build = pathlib.Path(build).resolve()
        self.seed, self.rate = seed, rate
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="whistled-demo."))
        self.data, self.rules = self.directory / "data", self.directory / "rules"
        self.status_path = self.directory / "status.sock"
        self.url = f"ipc://{self.directory}/whistle.ipc"
        self.daemon, self.others = None, []
        shutil.copytree(ROOT / "config/city", self.rules)

    # ---- processes -------------------------------------------------------------------------------------------

    def environment(self, **more):
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WHISTLE_")}
        return kept | {"WHISTLE_URL": self.url, "WHISTLE_STATUS": str(self.status_path), "DEMO_SEED": str(self.seed),
                       "DEMO_RATE": str(self.rate), "DEMO_WHISTLE": str(self.build / "whistle"),
                       "PYTHONPATH": str(self.directory), "XDG_STATE_HOME": str(self.directory / "state"),
                       "XDG_CONFIG_HOME": str(self.directory / "none")} | more

    def start(self, city_time):
        """Starts the daemon and waits until it answers; the milliseconds that this took."""
        began = time.monotonic()
        log = open(self.directory / "daemon.log", "a")
        self.daemon = subprocess.Popen(
            [self.build / "whistled", "run", "-d", self.data, "-r", self.rules, "-l", self.url, "--publish",
             f"ipc://{self.directory}/notices.ipc", "--status", self.status_path, "--city-clock",
             f"{city_time}+08:00,x{self.rate}"], stderr=log, stdin=subprocess.DEVNULL)
        while not self.answers():
            if self.daemon.poll() is not None:
                raise RuntimeError("whistled does not start:\n" + (self.directory / "daemon.log").read_text())
            time.sleep(0.005)
        return round((time.monotonic() - began) * 1000)

    def answers(self):
        try:
            return self.ask("status")["code"] == "ok"
        except (OSError, ValueError):
            return False

    def kill9(self):
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()

    def stop(self):
        self.daemon.terminate()
        return self.daemon.wait(timeout=30)

    def process(self, *arguments, out="/dev/null", **more):
        """Starts a program that goes on until the end."""
        process = subprocess.Popen([str(a) for a in arguments], env=self.environment(**more), stdin=subprocess.DEVNULL,
                                   stdout=open(out, "a"), stderr=open(self.directory / "others.log", "a"))
        self.others.append(process)
        return process

    def close(self):
        for process in [*self.others, self.daemon]:
            if process and process.poll() is None:
                process.terminate()
        for process in [*self.others, self.daemon]:
            try:
                if process:
                    process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    # ---- asking ----------------------------------------------------------------------------------------------

    def ask(self, command):
        """A command of the status socket, answered in JSON."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(str(self.status_path))
            s.sendall(f"json {command}\n".encode())
            return json.loads(s.makefile().readline())

    def whistle(self, principal, *arguments, agent="值班员", json_out=True):
        """Runs the tool as a principal; its JSON answer, or Refused."""
        words = [self.build / "whistle", "--principal", principal, "--agent-name", agent, *arguments]
        done = subprocess.run([str(w) for w in words] + (["--json"] if json_out else []), env=self.environment(),
                              capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise Refused(done.stderr.strip() or done.stdout.strip())
        return json.loads(done.stdout) if json_out else done.stdout

    def case(self, number, principal="centre", *options):
        return self.whistle(principal, "show", number, *options)

    def watch(self, unit, hook, *options):
        """A unit that answers through `whistle watch --exec`."""
        self.process(self.build / "whistle", "--principal", unit, "watch", "--for", unit, "--jobs", "16",
                     "--exec-timeout", "600", *options,
                     "--exec", hook, out=self.directory / "hooks.log")


class Witness:
    """Reads every event of the district, in order, through the public client, and lets others wait for one."""

    def __init__(self, city):
        self.events, self.changed = [], threading.Condition()
        path = city.directory / "events"
        path.touch()
        self.process = city.process(city.build / "whistle", "--principal", "supervise", "watch", "--area", "420902",
                                    "--json", out=path)
        threading.Thread(target=self.read, args=(path,), daemon=True).start()

    def read(self, path):
        with open(path, "rb") as lines:
            rest = b""  # of a line, or of a character
            while True:
                rest += lines.read()
                *whole, rest = rest.split(b"\n")
                if whole:
                    with self.changed:
                        self.events += [json.loads(line) for line in whole]
                        self.changed.notify_all()
                elif self.process.poll() is not None:
                    return
                else:
                    time.sleep(0.01)

    def find(self, number, kind, **more):
        """The events of a case of a kind whose fields are as told."""
        found = [e["happening"]["event"] for e in self.events]
        return [e for e in found if e.get("number") == number and e["kind"] == kind
                and all(e.get(k) == v for k, v in more.items())]

    def wait(self, number, kind, nth=1, seconds=60, **more):
        """Waits for the nth such event; None when it does not come."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.find(number, kind, **more)) >= nth, seconds)
            found = self.find(number, kind, **more)
            return found[nth - 1] if len(found) >= nth else None
