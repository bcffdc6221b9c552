"""Every #include under daemon/ goes downwards in the order of the layers, and the core is pure.

    layers.py [ROOT]      exit status 0, or a line file:line per violation

The core may include base, itself, and C's own headers of the list below; it calls nothing that looks at the world and
keeps nothing that changes.
"""
import pathlib
import re
import sys

BELOW = {
    "base": "",
    "core": "base",
    "codec": "base core",
    "rulebook": "base core keys",
    "store": "base core codec",
    "engine": "base core codec rulebook store",
    "keys": "base",
    "seal": "base core codec keys",
    "sp": "base",
    "service": "base core codec rulebook store engine keys seal sp",
    "status": "base core codec rulebook store engine keys seal sp service",
}
TOP = {"main.c", "announce.c", "announce.h", "ask.c", "ask.h", "check_report.c", "check_report.h", "checker.c", "checker.h", "confine.c", "confine.h",
       "confine_calls.c", "descriptors.c", "descriptors.h", "inherit.c", "inherit.h", "offline.c", "offline.h", "offline_check.c",
       "offline_export.c", "offline_import.c", "offline_keep.c", "offline_keep.h", "offline_rulings.c", "options.c", "options.h",
       "places.c", "places.h", "upkeep.c", "upkeep.h"}  # the one program that knows every part
GENERATED = {"whistle.pb-c.h", "journal.pb-c.h"}  # where the codec is known
CORE_SYSTEM = {"assert.h", "ctype.h", "float.h", "inttypes.h", "limits.h", "math.h", "stdarg.h", "stdbool.h", "stddef.h",
               "stdint.h", "stdio.h", "stdlib.h", "string.h"}
WORLD = ("time gmtime localtime mktime clock_gettime gettimeofday nanosleep sleep rand random srand srandom getenv "
         "malloc calloc realloc free printf fprintf puts fputs fopen fread fwrite exit abort system perror")

INCLUDE = re.compile(r'\s*#\s*include\s*(["<])([^">]+)[">]')
CALL = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(WORLD.split()))
STATIC = re.compile(r"\s*static\s+([^;={(]*?)\s*(\[[^\]]*\]\s*)*(=|;)")
CONST = re.compile(r"(^const\b[^*]*|\*\s*const\s+|\bconst\s+)\w+$")


def without_comments(text):
    """Comments and texts blanked, lines kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


def faults_of_include(layer, bracket, name):
    if layer == "core" and bracket == "<":
        return [] if name in CORE_SYSTEM else [f"the core does not include <{name}>"]
    if bracket == "<":
        return []
    if name in GENERATED:
        return [] if layer == "codec" or "codec" in BELOW[layer].split() else [f"{layer} does not know the wire"]
    folder = name.split("/")[0]
    if folder not in BELOW or "/" not in name:
        return [f'"{name}" names no layer']
    if folder != layer and folder not in BELOW[layer].split():
        return [f"{layer} lies below {folder}"]
    return []


def faults_of_core(line):
    calls = [f"the core calls {name}()" for name in CALL.findall(line)]
    static = STATIC.match(line)
    if static and not CONST.search(static.group(1).strip()):
        calls.append(f"the core keeps something: {static.group(1).strip()}")
    return calls


def check(path, layer):
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        include = INCLUDE.match(line)
        if include:
            for fault in faults_of_include(layer, *include.groups()):
                yield number, fault
    if layer == "core":
        for number, line in enumerate(without_comments(text).splitlines(), 1):
            for fault in faults_of_core(line):
                yield number, fault


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    files = [p for p in sorted((root / "daemon").rglob("*")) if p.suffix in (".c", ".h")]
    bad = 0 if files else 1
    for path in files:
        where = path.relative_to(root / "daemon")
        layer = where.parts[0]
        if len(where.parts) == 1 and layer in TOP:
            continue
        faults = [(1, f"{layer} is no layer")] if layer not in BELOW else check(path, layer)
        for number, fault in faults:
            print(f"daemon/{where}:{number}: {fault}")
            bad += 1
    if not files:
        print(f"{root}: no sources found")
    return 1 if bad else 0


sys.exit(main())
