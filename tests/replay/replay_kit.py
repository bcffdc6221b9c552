"""What the replays share: the records, a city's rulebook in a folder of its own, the daemon, the tool."""
import csv
import gzip
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "system"))
import speaker  # noqa: E402

BUILD = pathlib.Path(os.environ.get("WHISTLED_BUILD", ROOT / "build"))
DATA = pathlib.Path(os.environ.get("WHISTLED_DATA", ROOT / ".." / "shared" / "data"))
FEW = 3000  # rows in a build with sanitizers

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the records are not here: {DATA} (WHISTLED_DATA)")


def read_rows(name):
    path = DATA / name
    with (gzip.open(path, "rt", encoding="utf-8-sig", newline="") if path.suffix == ".gz" else
          open(path, encoding="utf-8-sig", newline="")) as f:
        return list(csv.DictReader(f))


def write_rows(path, head, rows):
    with open(path, "w", encoding="utf-8", newline="") as f:
        out = csv.writer(f)
        out.writerow(head)
        out.writerows(rows)


def write_records(path, rows):
    write_rows(path, rows[0].keys(), [row.values() for row in rows])


def is_sanitized():
    """A build that is several times slower, as its own cache says."""
    cache = BUILD / "CMakeCache.txt"
    return cache.exists() and any(line.startswith("WHISTLED_SANITIZE") and line.strip().partition("=")[2]
                                  for line in cache.read_text().splitlines())


def as_many_as_fit(rows, seed=1):
    """All rows; with sanitizers a seeded part of them, and a line that says so."""
    if not is_sanitized() or len(rows) <= FEW:
        return rows
    say(f"only {FEW:,} of {len(rows):,} rows, drawn with seed {seed}: this build has sanitizers")
    return random.Random(seed).sample(rows, FEW)


said = []  # what conftest.py prints at the end


def say(line):
    print(line)
    said.append(line)


def figure(name, good, total, what):
    share = good / total
    say(f"{name}: {good:,} of {total:,} = {100 * share:.1f} % {what}")
    return share


class City:
    """A folder with rulebook and map (the fixed parts of `name`, the rest is written by the test), and its daemon."""

    def __init__(self, name, directory):
        self.directory = directory
        self.rules = directory / "rules"
        self.map = directory / "map" / "map.yaml"
        self.url = f"ipc://{directory}/whistle.ipc"
        self.process = None
        shutil.copytree(HERE / name, self.rules, ignore=shutil.ignore_patterns("map.yaml"))
        self.map.parent.mkdir()
        if (HERE / name / "map.yaml").exists():
            shutil.copy(HERE / name / "map.yaml", self.map)

    def table(self, name, head, rows):
        write_rows(self.rules / name, head, rows)

    def map_table(self, name, pairs):
        write_rows(self.map.parent / name, ["from", "to"], pairs)

    def check(self):
        """What `whistled check` says; the rulebook must be usable."""
        done = subprocess.run([BUILD / "whistled", "check", self.rules], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self):
        self.log = open(self.directory / "whistled.log", "a+")
        self.process = subprocess.Popen(
            [BUILD / "whistled", "run", "--data", self.directory / "store", "--rules", self.rules, "--listen", self.url,
             "--publish", f"ipc://{self.directory}/notices.ipc", "--status", self.directory / "status.sock"],
            stdout=self.log, stderr=self.log)
        end = time.monotonic() + 60
        while "ready version" not in self.said():
            assert self.process.poll() is None and time.monotonic() < end, self.said()
            time.sleep(0.05)
        return self

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        if not self.process:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(60)
        finally:
            self.process.kill()
        assert status == 0, self.said()
        assert "Sanitizer" not in self.said(), self.said()

    def tool(self, principal, *arguments, status=0):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("WHISTLE_", "LC_", "XDG_", "LANG"))}
        env = kept | {"WHISTLE_URL": self.url, "WHISTLE_PRINCIPAL": principal, "WHISTLE_TIMEOUT": "30",
                      "XDG_STATE_HOME": f"{self.directory}/state", "XDG_CONFIG_HOME": f"{self.directory}/config",
                      "LANG": "C.UTF-8"}
        done = subprocess.run([BUILD / "whistle", *map(str, arguments)], env=env, capture_output=True)
        out, err = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == status and "Sanitizer" not in err, (arguments[0], done.returncode, err[-4000:])
        return out

    def import_file(self, name, path, status=0, map_file=None):
        """The counts of the import; prints how fast it was."""
        begun = time.monotonic()
        counts = json.loads(self.tool("import", "import", "--json", "--map", map_file or self.map, path, status=status))
        seconds = time.monotonic() - begun
        say(f"{name}: imported {counts['rows']:,} rows in {seconds:.1f} s, {counts['rows'] / seconds:,.0f} a second "
            f"({counts['new']:,} new, {counts['existed']:,} there already, {counts['refused']:,} refused)")
        return counts

    def import_twice(self, name, rows):
        """All rows are new, then none is."""
        path = self.directory / "rows.csv"
        write_records(path, rows)
        first = self.import_file(name, path)
        assert first == {"rows": len(rows), "new": len(rows), "existed": 0, "refused": 0, "skipped": 0,
                         "complete": True}
        second = self.import_file(name, path)
        assert second == first | {"new": 0, "existed": len(rows)}

    def list(self):
        """Every case as `whistle list` shows it."""
        return [json.loads(line) for line in self.tool("reader", "list", "--json").splitlines()]

    def personal(self, numbers):
        """By number, what is personal of the cases: whole, as who asks for it gets it."""
        reader = speaker.Speaker(self.url, "reader")
        found = {number: reader.show(number, personal=True).personal for number in numbers}
        reader.close()
        return found

    def show(self, numbers):
        """The cases as `whistle show` shows them."""
        numbers = list(numbers)
        views = []
        for i in range(0, len(numbers), 2000):
            views += map(json.loads, self.tool("reader", "show", "--json", *numbers[i:i + 2000]).splitlines())
        return views
