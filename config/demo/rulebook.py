"""Step 2: the rulebook is proven, and a broken line is refused while the old rules stay."""
import csv
import subprocess

BROKEN_FROM = "    area: [420902001, 420902002, 420902003, 420902004]\n"
BROKEN_TO = "    area: [420902002, 420902003]\n"


def rows(path):
    """The rows of a table, counted without the daemon's help."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def check(city):
    done = subprocess.run([city.build / "whistled", "check", city.rules], capture_output=True, text=True)
    return done.returncode, done.stdout


def show(words, city):
    code, _ = check(city)
    words.check("check accepts the city", code, 0)
    city.start("2026-02-13T08:00")
    book = city.ask("status")["rulebook"]
    areas, units = rows(city.rules / "areas.csv"), rows(city.rules / "units.csv")
    categories = rows(city.rules / "categories.csv")
    rules = sum(line.lstrip().startswith(("- {id:", "- id:")) for line in open(city.rules / "rules.yaml"))
    for what, wanted in (("areas", len(areas)), ("units", len(units)), ("categories", len(categories)),
                         ("rules", rules)):
        words.check(f"{what} loaded", book[what], wanted)
    streets, communities = (sum(a["level"] == level for a in areas) for level in ("street", "community"))
    words.step("规则", "rulebook",
               words.mix(f"{book['city']} {streets} ‹街镇|streets› · {communities} ‹社区|communities› · {book['units']} "
                         f"‹单位|units› · {book['categories']} ‹类|classes› · {book['rules']} ‹规则|rules›   check "
                         "‹通过|OK›"))
    break_a_line(words, city, book["digest"])


def break_a_line(words, city, digest):
    path = city.rules / "rules.yaml"
    good = path.read_text()
    line = good[:good.index(BROKEN_FROM)].count("\n") + 1
    path.write_text(good.replace(BROKEN_FROM, BROKEN_TO))
    code, out = check(city)
    said = [text for text in out.splitlines() if text.startswith("rules.yaml")]
    words.true("check refuses", code != 0)
    words.true("check names file and line", said and said[0].startswith(f"rules.yaml:{line}:"))
    answer = city.ask("reload")
    words.check("reload refuses", answer["code"], "bad_rulebook")
    words.check("old rules stay", city.ask("status")["rulebook"]["digest"], digest)
    path.write_text(good)
    words.check("the mended file loads", city.ask("reload")["code"], "ok")
    words.note("改坏一行", "break a line", " " + (said or ["?"])[0])
    shown = out.splitlines()
    for text in shown[shown.index(said[0]) + 1:][:2] if said else []:
        words.line("           " + text)
    words.line("           " + words.pick("已拒绝重载,旧规则继续", "reload refused, old rules stay"))
