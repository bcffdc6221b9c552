"""Step 4: kill -9 in the middle of an import; the daemon comes back and the same file is imported again."""
import json
import subprocess
import time

import traffic
from rungs import fired, twice

ROWS = 800


def start_import(city, path, *options):
    # One row at a time: so what was answered is exactly the first rows of the file.
    return subprocess.Popen([city.build / "whistle", "--principal", "import", "--timeout", "2", "import", path, "--map",
                             city.directory / "map.yaml", "--jobs", "1", "--json", *map(str, options)],
                            env=city.environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def finish(process):
    return json.loads(process.communicate(timeout=120)[0])


def stored(city):
    return sum(s["count"] for s in city.ask("cases")["states"])


def show(words, city, day_):
    rows = city.directory / "old.csv"
    traffic.write_rows(city.seed, rows, ROWS)
    (city.directory / "map.yaml").write_text(traffic.MAP)
    before = stored(city)
    words.check("cases of the day so far", before, day_.submitted)
    rungs = fired(day_.witness)
    process = start_import(city, rows)
    while stored(city) < before + ROWS // 2:
        time.sleep(0.001)
    city.kill9()
    first = finish(process)
    took = city.start("2026-02-14T07:30")
    day_.clock.sync()
    kept = stored(city) - before
    answered = first["new"]
    words.true("the import was cut off", not first["complete"] and answered < ROWS)
    words.true("what was answered is stored, and at most the row in flight besides", kept - answered in (0, 1))
    flight = words.mix(f" (‹第 {kept} 条答复在途|one in flight›)") if kept > answered else ""
    words.step("断电 kill -9", "power cut",
               words.mix(f"‹导入中|mid-import›: {answered} ‹已答复|answered› / {kept} ‹在库|stored›") + flight)
    again(words, city, day_, rows, before, answered, kept, took, rungs)


def again(words, city, day_, rows, before, answered, kept, took, rungs):
    prefix = finish(start_import(city, rows, "--limit", answered))
    lost = prefix["new"]
    words.check("each answered row is there", (prefix["existed"], lost), (answered, 0))
    second = finish(start_import(city, rows))
    words.check("the same file again", (second["existed"], second["new"], second["refused"]), (kept, ROWS - kept, 0))
    doubled = stored(city) - before - ROWS
    words.check("rows lost, rows doubled", (lost, doubled), (0, 0))
    day_.imported = ROWS
    refired = [key for key in twice(day_.witness) if key]
    words.check("rungs fired again", refired, [])
    words.true("the rungs of the evening are still on record", rungs <= fired(day_.witness))
    words.note("重启", "restart", words.mix(
        f"{took} ms; ‹周六|Sat› 07:30 ‹同一文件再导入|import again›: +{second['new']}, ‹丢失|lost› {lost}, "
        f"‹重复|doubled› {doubled}; ‹督办节点重发|rungs re-fired› {len(refired)}"))
