"""How long a daemon takes from its start to its first answer, over a store of many cases whose state is behind.

    python3 tests/bench/restart.py [--cases N] [--behind EVENTS] [--starts N] [--store DIR]

Fills a store with `depth` (about two minutes a million cases) and keeps a copy of the state as it was before the last
events. Then the daemon is started by turns over the state as it is and over that copy, which the journal has to bring
up to date first: a median of each, and their ratio. All of it runs under libfaketime at the end of the ten days that
`depth` fills, where no clock of tests/bench/rules is over yet: what is measured is the way back, not a storm.
"""
import argparse
import datetime
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))
import daemon  # noqa: E402
from speaker import Speaker, pb  # noqa: E402

FAKETIME = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
THEN = datetime.datetime(2026, 2, 23, 8, 0, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
FAKED = {"LD_PRELOAD": str(*FAKETIME[:1]), "FAKETIME": f"@{THEN:%F %T}", "TZ": "Asia/Shanghai",
         "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
EVENTS_A_CASE = 2  # filed and called, by tests/bench/rules


def fill(store, cases):
    subprocess.run([daemon.BUILD / "tests" / "depth", "--cases", str(cases), "--store", store], check=True,
                   env=os.environ | FAKED, stdout=subprocess.DEVNULL)


def events(store):
    done = subprocess.run([daemon.BUILD / "whistled", "verify", "--journal", store], check=True, capture_output=True,
                          text=True)
    return int(re.search(r"events (\d+)", done.stdout).group(1))


def first_answer(directory, store):
    """(seconds from the start to the first answer, events that were applied before it)"""
    d = daemon.Daemon(directory, rules=HERE / "rules")
    d.data, d.extra_environment = store, FAKED
    client, began = Speaker(d.url, "centre"), time.perf_counter()
    d.start(wait=False)
    while True:
        try:
            reply = client.ask(sent_ms=int(THEN.timestamp() * 1000), list=pb.List(max=1))
            assert reply.code == "ok", reply
            break
        except OSError:
            client.close()
            assert d.process.poll() is None, d.log()
            time.sleep(0.001)
    took = time.perf_counter() - began
    client.close()
    applied = int(re.search(r"replayed=(\d+)", d.log()).group(1))
    d.stop()
    return took, applied


def measure(store, old_state, starts):
    """[(seconds, events)] of starts over the state as it is, and over the old one."""
    level, behind = [], []
    for _ in range(starts):
        with tempfile.TemporaryDirectory() as directory:
            level.append(first_answer(directory, store))
        shutil.copyfile(old_state, store / "state" / "data.mdb")
        with tempfile.TemporaryDirectory() as directory:
            behind.append(first_answer(directory, store))
    return level, behind


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--cases", type=int, default=100000)
    options.add_argument("--behind", type=int, default=100000)
    options.add_argument("--starts", type=int, default=5)
    options.add_argument("--store", type=pathlib.Path)
    chosen = options.parse_args()
    store = chosen.store or pathlib.Path(tempfile.mkdtemp(prefix="whistled-restart-"))
    old_state = store / "state-before"
    if not old_state.exists():
        fill(store, max(1, chosen.cases - chosen.behind // EVENTS_A_CASE))
        shutil.copyfile(store / "state" / "data.mdb", old_state)
    fill(store, chosen.cases)
    print(f"{chosen.cases} cases, {events(store)} events")
    level, behind = measure(store, old_state, chosen.starts)
    for name, starts in ("level", level), ("behind", behind):
        times = [took for took, _ in starts]
        print(f"{name:7} {statistics.median(times) * 1000:9.1f} ms to the first answer ({min(times) * 1000:.1f} to "
              f"{max(times) * 1000:.1f}), {starts[-1][1]} events applied")
    ratio = statistics.median(took for took, _ in behind) / statistics.median(took for took, _ in level)
    print(f"ratio   {ratio:9.2f}")
    if not chosen.store:
        shutil.rmtree(store)


if __name__ == "__main__":
    if not FAKETIME:
        sys.exit("libfaketime is not installed")
    main()
