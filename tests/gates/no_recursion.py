"""No message type of proto/ contains itself, directly or through others: protobuf-c would overflow the stack.

    no_recursion.py [ROOT]      exit status 0, or a line file:line per message that does
"""
import pathlib
import re
import sys

OPEN = re.compile(r"\s*(message|enum|oneof|service|extend)\s+(\w+)\s*\{")
FIELD = re.compile(r"\s*(?:repeated\s+|optional\s+)?(map\s*<\s*\w+\s*,\s*([\w.]+)\s*>|[\w.]+)\s+\w+\s*=\s*\d+")


def read(path, found):
    """Adds {message: (where, {names of field types})}; nested messages bear their outer names."""
    stack = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.split("//")[0]
        opened = OPEN.match(line)
        if opened:
            stack.append(opened.groups())
            if opened.group(1) == "message":
                found[name_of(stack)] = (f"{path.parent.name}/{path.name}:{number}", set())
            line = line[opened.end():]
        field = FIELD.match(line)
        messages = [entry for entry in stack if entry[0] == "message"]
        if field and messages and stack[-1][0] != "enum":
            found[name_of(stack)][1].add(field.group(2) or field.group(1))
        for _ in range(line.count("}")):
            if stack:
                stack.pop()


def name_of(stack):
    return ".".join(name for kind, name in stack if kind == "message")


def resolve(inside, name, found):
    """As protobuf does: the innermost message outwards, then the bare name behind any package."""
    scope = inside.split(".")
    for depth in range(len(scope), -1, -1):
        wanted = ".".join(scope[:depth] + [name])
        if wanted in found:
            return wanted
    parts = name.split(".")
    for start in range(len(parts)):
        if ".".join(parts[start:]) in found:
            return ".".join(parts[start:])
    return None


def way_back(start, at, found, seen):
    for name in sorted(found[at][1]):
        target = resolve(at, name, found)
        if target == start:
            return [at, start]
        if target and target not in seen:
            seen.add(target)
            way = way_back(start, target, found, seen)
            if way:
                return [at] + way
    return None


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    found = {}
    for path in sorted((root / "proto").glob("*.proto")):
        read(path, found)
    bad = 0
    for name, (where, _) in found.items():
        way = way_back(name, name, found, set())
        if way:
            print(f"{where}: {' > '.join(way)}")
            bad += 1
    if not found:
        print(f"{root}/proto: no messages found")
    return 1 if bad or not found else 0


sys.exit(main())
