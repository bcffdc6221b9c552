"""Runs the libFuzzer targets of a build, one after the other on one core, and prints what became of each.

Machine time is what the process and its children used of a core, so that a busy machine does not shorten a run.
"""
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(sys.argv[1]).resolve()
HERE = pathlib.Path(__file__).resolve().parent
COLUMNS = "{:10} {:>8} {:>11} {:>8} {:>7} {:>7} {:>9}"
MAX_BYTES = {"life": 2048, "server": 2048, "record": 4096, "rulebook": 1024, "ask": 512}  # 1024 else
SHARES = {"life": 5, "ask": 3, "rulebook": 3, "server": 2, "status": 2}  # 1 else: these have most behind them


def targets(names):
    found = sorted(p.name[len("fuzz_"):] for p in (BUILD / "tests").glob("fuzz_*") if os.access(p, os.X_OK))
    unknown = set(names) - set(found)
    if unknown or not found:
        sys.exit(f"no target {', '.join(sorted(unknown))}: there are {', '.join(found)}")
    return [name for name in found if not names or name in names]


def used():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def fuzz(target, *arguments):
    """One run of the target; what it said. Its scratch files go with it, however it ends."""
    with tempfile.TemporaryDirectory(prefix="whistled-fuzz-") as scratch:
        done = subprocess.run([BUILD / "tests" / f"fuzz_{target}", *arguments], env=dict(os.environ, TMPDIR=scratch),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    return done.returncode, done.stdout


def folders(target):
    """What grows in the build, and what is in the repository."""
    grown = BUILD / "corpus" / target
    grown.mkdir(parents=True, exist_ok=True)
    return [str(grown), str(HERE / "corpus" / target)]


def last(pattern, text):
    return int((re.findall(pattern, text) or ["0"])[-1])


def run(target, seconds):
    """Until its machine time is used up, or something is found. The cells of its row."""
    findings = BUILD / "findings"
    findings.mkdir(exist_ok=True)
    words = HERE / f"{target}.dict"
    options = [f"-max_len={MAX_BYTES.get(target, 1024)}", "-len_control=20", "-timeout=120", "-rss_limit_mb=3000",
               "-print_final_stats=1", f"-artifact_prefix={findings}/{target}-"]
    options += [f"-dict={words}"] if words.exists() else []
    begun, executed, bad, said = used(), 0, 0, ""
    while not bad and (left := seconds - (used() - begun)) >= 1:
        bad, said = fuzz(target, *options, f"-max_total_time={int(left)}", *folders(target))
        executed += last(r"stat::number_of_executed_units:\s*(\d+)", said) or last(r"(?m)^#(\d+)", said)
    (BUILD / f"fuzz-{target}.log").write_text(said)
    if bad:
        print(f"FOUND by {target}:\n{said[-6000:]}")
    took = used() - begun
    return [target, round(took), executed, round(executed / max(took, 1)), last(r"cov: (\d+)", said),
            last(r"corp: (\d+)", said), 1 if bad else 0]


def keep(target):
    """The fewest inputs that reach all that the grown corpus reaches, into the repository's; named by content."""
    grown, kept = folders(target)
    os.makedirs(kept, exist_ok=True)
    bad, said = fuzz(target, "-set_cover_merge=1", "-use_counters=0", kept, grown)
    print(f"{target:10} {len(os.listdir(kept)):5} inputs" if not bad else said[-3000:])
    return bad


def main():
    arguments = sys.argv[2:]
    if arguments[:1] == ["keep"]:
        sys.exit(any([keep(target) for target in targets(arguments[1:])]))
    seconds = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else 3600
    chosen, rows = targets(arguments), []
    whole = sum(SHARES.get(target, 1) for target in chosen)
    for target in chosen:
        share = seconds * SHARES.get(target, 1) / whole
        print(f"{target}: {share:.0f} s", flush=True)
        rows.append(run(target, share))
    print(COLUMNS.format("target", "seconds", "executions", "exec/s", "edges", "corpus", "findings"))
    for row in rows:
        print(COLUMNS.format(*row))
    found = sum(row[-1] for row in rows)
    executions = sum(row[2] for row in rows)
    print(COLUMNS.format("all", sum(row[1] for row in rows), executions, "", "", "", found))
    sys.exit(1 if found else 0)


main()
