"""Two daemons, an honest client of the first, and an attack that is aimed now at the one, now at the other.

    python3 tests/system/siege.py [--windows N] [--seconds N] [--transport tcp|ipc] [ATTACK...]

measures what the client waits for while the attack is aimed at its daemon, beside what it waits for while the same attack
has the same machine but another listener. Afterwards the daemon must be as it was: alive, its private memory and its
descriptors back, nothing said in vain. Prints a table and fails if a row does.

Private memory is Anonymous of smaps_rollup (with what was swapped): what the process has written for itself, heap and
stacks. Private_Clean and Private_Dirty would count the pages of the state's file, which only this process maps and which
honest whistles fill.
"""
import argparse
import contextlib
import itertools
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import daemon
import hostile
import sealing
from speaker import Speaker, pb, ulid

HONEST = "420902001001"
RATE = 100  # operations a second at most: submits and shows in turn
SPARE = {"descriptors": 120}  # open files of the daemon, for attacks that need it to have few
MEMORY_FLOOR = 1 << 20  # an arena of malloc keeps 128 KiB on its top, and there are eight threads
FILES_FLOOR = 2         # the journal's next segment, which is made now and then, and its directory
AHEAD = 0.2         # seconds that an attack has to get going
TRIM_SECONDS = 6  # one more than between two trims of the daemon's upkeep
QUIET = 50              # lines of log that an attack may cause


class Scant(daemon.Daemon):
    """With so many descriptors, and the priority that its unit gives it."""
    files = 4096

    def command(self):
        nice = ["nice", "-n", "-5"] if os.getuid() == 0 else []
        return [*nice, "prlimit", f"--nofile={self.files}", *super().command()]


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Siege:
    def __init__(self, directory, transport, files=4096):
        directory = pathlib.Path(directory)
        self.transport = transport
        self.honest_key = sealing.Key(HONEST)
        keys = [sealing.Key(principal) for principal in hostile.PRINCIPALS]
        self.attackers_ring = sealing.write(directory / "attackers", *(key.line() for key in keys))
        os.chown(self.attackers_ring, hostile.NOBODY, -1) if os.getuid() == 0 else None
        ring = sealing.write(directory / "keyring", self.honest_key.line(), *(key.line() for key in keys))
        self.here, self.elsewhere = (Scant(directory / name, tcp=True, keyring=ring) for name in ("here", "elsewhere"))
        for d in (self.here, self.elsewhere):
            d.files = files
            d.start()
            for path in (d.directory / "whistle.ipc", d.directory / "notices.ipc"):
                path.chmod(0o666)  # the attacker is another user, where there can be one
        self.client = Speaker(self.url(self.here), HONEST, key=self.honest_key)
        self.number = self.client.submit().number

    def url(self, d):
        return d.tcp_url if self.transport == "tcp" else d.url

    def close(self):
        self.client.close()
        for d in (self.here, self.elsewhere):
            if d.process and d.process.poll() is None:
                d.stop()

    # ---- the attack ----

    @contextlib.contextmanager
    def attacked(self, name, d, seconds):
        """The attack goes on meanwhile; at the end it is over."""
        command = [sys.executable, hostile.__file__, name, self.url(d), d.notices_url, str(self.attackers_ring), str(seconds)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "begun\n"
        time.sleep(AHEAD)
        try:
            yield
        except BaseException:
            process.kill()
            raise
        finally:
            status = process.wait(seconds + 60)
        assert status == 0, f"the attack itself failed: {name}"

    # ---- the honest client ----

    def wait_times(self, seconds):
        """Milliseconds from each operation to its answer, over a new connection. One comes after the other, at RATE where
        the machine can: measured from when it was due, one slow answer would count for all that it holds up."""
        self.client.close()
        begin, end, taken = time.perf_counter(), time.perf_counter() + seconds, []
        for n in range(int(seconds * RATE)):
            time.sleep(max(0.0, begin + n / RATE - time.perf_counter()))
            sent = time.perf_counter()
            if sent >= end and taken:
                break
            op = {"show": pb.Show(number=self.number)} if n % 2 else {"submit": self.client.whistle()}
            reply = self.client.insist(ulid(), **op)
            assert reply.code == "ok", reply
            taken.append((time.perf_counter() - sent) * 1000)
        return taken

    def window(self, name, d, seconds):
        with self.attacked(name, d, seconds + AHEAD):
            return percentile(self.wait_times(seconds), 0.99)

    def warm_up(self, seconds):
        """What the first burst of each kind takes for good: LMDB keeps the pages of its largest transaction, each thread
        an arena. Both, so that a list is as long, and the attack as heavy, wherever it is aimed."""
        for name, d in itertools.product(("whistles", "amplified"), (self.here, self.elsewhere)):
            self.window(name, d, seconds)

    def pair(self, name, seconds):
        """(the client's p99 while its own daemon is attacked, while the other one is)"""
        return self.window(name, self.here, seconds), self.window(name, self.elsewhere, seconds)

    # ---- the daemon ----

    def private(self):
        """Bytes of private memory."""
        text = pathlib.Path(f"/proc/{self.here.process.pid}/smaps_rollup").read_text()
        return sum(int(kb) << 10 for kb in re.findall(r"^(?:Anonymous|Swap): +(\d+) kB", text, re.M))

    def files(self):
        return len(os.listdir(f"/proc/{self.here.process.pid}/fd"))

    def is_calm(self):
        status = self.here.json("status")
        edge, service = status["edge"], status["service"]
        return (edge["connections"] <= 1 and not edge["outstanding"] and not edge["parked"] and not status["engine"]["pending"]
                and not service["questions_waiting"] and not service["questions_running"] and not service["walks_running"])

    def calm(self):
        daemon.until(self.is_calm, every=0.1)

    def held(self, bound=None):
        """(memory, files) when all is calm and the daemon had time to give back what it does not use; no longer than
        until they are within bounds."""
        self.calm()
        end = time.monotonic() + TRIM_SECONDS
        while time.monotonic() < end and not (bound and self.private() <= bound[0] and self.files() <= bound[1]):
            time.sleep(0.2)
        return self.private(), self.files()

    def log_lines(self):
        return self.here.log().splitlines()

    def faults(self, before, after, log_from):
        """What is wrong with it, in words."""
        most, lines = bounds(before), self.log_lines()[log_from:]
        if self.here.process.poll() is not None:
            return ["dead"]
        found = {
            "memory": after[0] > most[0] and not daemon.is_sanitized(),
            "descriptors": after[1] > most[1],
            f"{len(lines)} lines of log": len(lines) > QUIET,
            "assertion": any("Assertion" in line or "Sanitizer" in line for line in lines),
            "deaf": not self.here.ask("status") or self.client.ask(submit=self.client.whistle()).code != "ok",
        }
        return [fault for fault, there in found.items() if there]


def bounds(before):
    memory, files = before
    return memory * 1.05 + MEMORY_FLOOR, max(files * 1.05, files + FILES_FLOOR)


class Row:
    """What came of one attack."""

    def __init__(self, siege, name, windows, seconds):
        self.name, self.transport, self.windows = name, siege.transport, windows
        self.p99_here = self.p99_elsewhere = self.ratio = float("nan")
        self.before = self.after = (0, 0)
        try:
            self.measure(siege, name, windows, seconds)
        except (AssertionError, OSError, json.JSONDecodeError) as error:
            self.faults = ["dead" if siege.here.process.poll() is not None else f"failed: {error}"]

    def measure(self, siege, name, windows, seconds):
        log = len(siege.log_lines())
        siege.pair(name, seconds)  # what it warms up once is no leak
        self.before = siege.held()
        pairs = [siege.pair(name, seconds) for _ in range(windows)]
        self.p99_here, self.p99_elsewhere = (statistics.median(side) for side in zip(*pairs))
        self.ratio = self.p99_here / self.p99_elsewhere
        self.after = siege.held(bounds(self.before))
        self.faults = siege.faults(self.before, self.after, log) + ["slow"] * (self.ratio > 2)

    HEAD = ("attack", "by", "windows", "p99 here", "p99 elsewhere", "ratio", "memory before", "after", "files before", "after",
            "verdict")
    FORM = "{:14} {:4} {:>7} {:>9} {:>13} {:>6} {:>14} {:>8} {:>12} {:>5}  {}"

    def __str__(self):
        kib = [f"{memory >> 10} K" for memory in (self.before[0], self.after[0])]
        return self.FORM.format(self.name, self.transport, self.windows, f"{self.p99_here:.1f}", f"{self.p99_elsewhere:.1f}",
                                f"{self.ratio:.2f}", *kib, self.before[1], self.after[1], ", ".join(self.faults) or "ok")


@contextlib.contextmanager
def laid(transport, files=4096):
    """A siege in a directory that every user may enter."""
    directory = tempfile.mkdtemp(prefix="whistled-")
    os.chmod(directory, 0o755)
    siege = Siege(directory, transport, files)
    try:
        yield siege
    finally:
        siege.close()
        shutil.rmtree(directory)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--windows", type=int, default=5)
    options.add_argument("--seconds", type=float, default=3)
    options.add_argument("--transport", choices=["tcp", "ipc"])
    options.add_argument("attacks", nargs="*", default=list(hostile.ATTACKS))
    chosen = options.parse_args()
    failed = 0
    print(Row.FORM.format(*Row.HEAD), flush=True)
    for transport in [chosen.transport] if chosen.transport else ["tcp", "ipc"]:
        for name in chosen.attacks:
            with laid(transport, SPARE.get(name, 4096)) as siege:
                row = Row(siege, name, chosen.windows, chosen.seconds)
                print(row, flush=True)
                failed += bool(row.faults)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
