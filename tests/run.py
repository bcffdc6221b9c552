"""Runs the gates, the unit tests, the fuzz corpora and the system tests of a build, two at a time, and counts them.

Exit status 0 when nothing failed and something ran. Every skip is a visible line with its reason.
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

BUILD = sys.argv[1]
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
passed, failed, skipped = 0, 0, 0


def gate(script):
    global passed, failed
    done = subprocess.run([sys.executable, script], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0:
        passed += 1
    else:
        failed += 1
        print(f"FAILED gate {os.path.basename(script)}\n{done.stdout}{done.stderr}")


def run(program):
    env = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:abort_on_error=0", UBSAN_OPTIONS="print_stacktrace=1")
    return subprocess.run([program], cwd=ROOT, capture_output=True, text=True, errors="replace", env=env, timeout=1200)


def unit(program, done):
    """A cmocka program, or one that only has an exit status (the simulator, a corpus replayed)."""
    global passed, failed, skipped
    output = done.stdout + done.stderr
    good = sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test", output))
    bad = sum(int(n) for n in re.findall(r"\[  FAILED  \] (\d+) test", output))
    left = sum(int(n) for n in re.findall(r"\[  SKIPPED \] (\d+) test", output))
    if good + bad + left == 0:
        good, bad = (1, 0) if done.returncode == 0 else (0, 1)
    if done.returncode != 0 and bad == 0:
        bad = 1
    passed, failed, skipped = passed + good, failed + bad, skipped + left
    print(f"{os.path.basename(program):28} {good:4} passed {bad:3} failed", flush=True)
    if bad:
        print(output[-8000:])


def pytest(folders):
    global passed, failed, skipped
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        subprocess.run([sys.executable, "-m", "pytest", "-q", "-rs", "--durations=20", "-n2", "--dist=loadfile", "--timeout=300",
                        "-p", "no:cacheprovider", f"--junitxml={report.name}", *folders], cwd=ROOT)
        try:
            suites = ElementTree.parse(report.name).getroot().iter("testsuite")
        except ElementTree.ParseError:
            failed += 1
            print("FAILED pytest wrote no report")
            return
        for suite in suites:
            count = {k: int(suite.get(k)) for k in ("tests", "failures", "errors", "skipped")}
            bad = count["failures"] + count["errors"]
            failed += bad
            skipped += count["skipped"]
            passed += count["tests"] - bad - count["skipped"]


for name in sorted(os.listdir(os.path.join(HERE, "gates"))):
    if name.endswith(".py") and not name.startswith("test_"):
        gate(os.path.join(HERE, "gates", name))
programs = [os.path.join(BUILD, "tests", name) for name in sorted(os.listdir(os.path.join(BUILD, "tests")))
            if name.startswith(("test_", "sim", "fuzz_")) and os.access(os.path.join(BUILD, "tests", name), os.X_OK)]
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    for program, done in zip(programs, pool.map(run, programs)):
        unit(program, done)
pytest([os.path.join("tests", d) for d in ("gates", "sim", "oracle", "system", "replay") if os.path.isdir(os.path.join(HERE, d))])
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not passed else 0)
