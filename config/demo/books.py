"""Step 7: the day's books, counted again from the events; its rates, each with its cases, counted again from the
journal; the journal's chain, and one flipped byte."""
import collections
import json
import re
import shutil
import subprocess

from rungs import twice

COUNTS = {"filed": "filed", "registered": "registered", "declined": "declined", "rung": "rung", "closed": "closed"}


def show(words, city, day_):
    head = settle(city, day_)
    days = [city.ask(f"day {date}") for date in ("2026-02-13", "2026-02-14")]
    total = collections.Counter()
    for book in days:
        total.update({k: v for k, v in book["day"].items() if isinstance(v, int)})
    living = [e for e in day_.witness.events if not e["case"].get("history")]
    recount = collections.Counter(e["happening"]["event"]["kind"] for e in living)
    old = {e["case"]["number"] for e in day_.witness.events if e["case"].get("history")}
    words.check("whistles of the two days", total["filed"], day_.submitted)
    words.check("imported history, which is in no day's books", len(old), day_.imported)
    equal = words.check("recount from the events", {k: total[k] for k in COUNTS},
                        {k: recount[v] for k, v in COUNTS.items()})
    words.check("no rung fired twice in two days", twice(day_.witness), [])
    overdue = city.ask("overdue")["cases"]
    words.step("当日", "the day", words.mix(
        f"‹哨|whistles› {total['filed']} · ‹签收|accepted› {total['accepted']}/{total['called']} · ‹办结|done› "
        f"{total['done']} · ‹督办节点|rungs› {total['rung']} · ‹退单|declined› {total['declined']} · ‹返工|rework› "
        f"{total['rework']} · ‹结案|closed› {total['closed']} · ‹现超期|overdue now› {overdue} · ‹历史|history› {len(old)}"))
    if equal:
        words.line("      " + words.pick("由事件复算: 一致", "recount from the events: equal"))
    rates(words, city)
    chain(words, city, head)


def rates(words, city):
    """The rates of the two days; each opens its cases, and all are counted again by the daemon from its journal."""
    days = ["--from", "2026-02-13", "--to", "2026-02-14"]
    view = city.whistle("centre", "rates", *days, "--recount")  # fails where a count is not equal
    ratio = {d["id"]: view["whole"]["rates"][i] for i, d in enumerate(view["definitions"])}
    for rate in ("response", "handled_in_time", "satisfaction"):
        for side, part in (("", "of"), ("/", "over")):
            rows = city.whistle("centre", "rates", "--cases", rate + side, *days, "--json", json_out=False).splitlines()
            words.check(f"{rate}{side} opens its cases", len(rows), int(ratio[rate].get(part, 0)))
    words.true("there is something to respond to", int(ratio["response"].get("over", 0)) > 20)

    def percent(rate):
        of, over = (int(ratio[rate].get(part, 0)) for part in ("of", "over"))
        return f"{100 * of / over:.1f}" if over else "–"
    words.note("三率", "rates", words.mix(
        f"‹响应|response› {percent('response')} ‹解决|solution› {percent('solution')} ‹满意|satisfaction› "
        f"{percent('satisfaction')} · ‹按期处置率|done in time› {percent('handled_in_time')} %   whistle rates --cases "
        f"‹每个数字点到案件|every figure opens its cases› (‹由日志复算: 一致|recount from the journal: equal›)"))


def settle(city, day_):
    """Waits until the witness has read up to the head of the journal."""
    store = city.ask("status")["store"]
    with day_.witness.changed:
        day_.witness.changed.wait_for(
            lambda: day_.witness.events and day_.witness.events[-1]["seq"] >= store["head_seq"] - 64, 10)
    return store


def verify(city, data):
    done = subprocess.run([city.build / "whistled", "verify", data], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def chain(words, city, head):
    words.check("an orderly stop", city.stop(), 0)
    code, out, _ = verify(city, city.data)
    figures = out.split()
    events, chain_ = int(figures[figures.index("events") + 1]), figures[figures.index("chain") + 1]
    words.check("the chain is whole", code, 0)
    words.true("the head is not behind what the status said", events >= head["head_seq"])
    broken, at = flip(city)
    code, _, err = verify(city, broken)
    named = re.search(r"bytes (\d+) to (\d+)", err)
    words.true("one flipped byte is found and named", code != 0 and named and int(named[1]) <= at <= int(named[2]))
    words.note("链", "chain", words.mix(
        f"{events} ‹事件|events›, ‹链首|head› {chain_[:4]}…{chain_[-2:]} ‹已验证|verified›; ‹篡改一字节|one byte flipped› "
        f"@{at} → {err.strip().removeprefix('whistled: ')}"))


def flip(city):
    """A copy of the store with one byte changed in the middle of what was written."""
    broken = city.directory / "broken"
    shutil.copytree(city.data, broken)
    segment = sorted((broken / "journal").iterdir())[0]
    data = bytearray(segment.read_bytes())
    at = len(data.rstrip(b"\0")) // 2
    data[at] ^= 1
    segment.write_bytes(data)
    return broken, at
