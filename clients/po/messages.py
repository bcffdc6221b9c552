#!/usr/bin/env python3
"""Writes the template of all that `whistle` can show: messages.py DIRECTORY-OF-SOURCES DIRECTORY-OF-DAEMON OUT.pot

xgettext finds what stands in the sources; the field's words (core/words.h, stage.h, clock.h) and the
sentences of refusals (base/error.h) are added from their lists, since they are shown through those lists.
"""
import pathlib
import re
import subprocess
import sys

# What glibc's argp says around a command's options; it looks in this program's catalogue.
ARGP = ["Usage:", " or: ", " [OPTION...]", "or: ",
        "Mandatory or optional arguments to long options are also mandatory or optional for any corresponding short "
        "options.",
        "Try `%s --help' or `%s --usage' for more information.\n"]

# What refusals name as their arguments, beside the field's words.
ARGUMENTS = ["petition", "in time", "exempt", "at its last step", "done", "verdict", "target", "limit", "due_ms",
             "satisfied", "other", "the case itself", "joined by others", "not handed up",
             "above the case and below the charge", "a unit that is no branch of it", "convened", "no call-up",
             "not claimed", "proof", "places", "more than 500", "nobody"]

CONTEXTS = {"KINDS": "kind", "NATURES": "nature", "CASE_STATES": "case state", "SUMMONS_STATES": "summons state",
            "ROLES": "role", "VERDICTS": "verdict", "SATISFACTIONS": "satisfaction", "RULINGS": "ruling",
            "CLAIM_STATES": "claim state", "VERBS": "verb", "EVENT_KINDS": "event kind", "WHYS": "why",
            "UNIT_TYPES": "unit type", "DUTIES": "duty", "DATUMS": "datum", "PLACE_CAPS": "place cap",
            "STAGES": "stage", "CLOCK_STOPS": "clock stop", "FACTS": "fact", "EXCLUSIONS": "exclusion", "WAITS": "waits"}


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def entry(text, context=None, comment=None):
    lines = [f"#. {comment}"] if comment else []
    lines += [f"msgctxt {quoted(context)}"] if context else []
    return "\n".join(lines + [f"msgid {quoted(text)}", 'msgstr ""', ""])


def words(header):
    for name, body in re.findall(r"#define (\w+)\(X\)((?:.*\\\n)*.*)", header):
        for word, chinese in re.findall(r'X\(\w+, \d+, "([^"]+)", "([^"]+)"\)', body):
            if name in CONTEXTS:
                yield CONTEXTS[name], word.replace("_", " "), chinese


def measures(header):
    for name, chinese in re.findall(r'X\(\w+, \d+, "([^"]+)", "([^"]+)"\)', header):
        yield name.replace("-", " "), chinese
    yield "minutes", "分钟"


def refusals(header):
    return re.findall(r'X\(\w+, -\d+, "\w+", "([^"]+)"\)', header)


def main(sources, daemon, out):
    sources, daemon = pathlib.Path(sources), pathlib.Path(daemon)
    files = sorted(str(p.relative_to(sources)) for p in sources.glob("*.c"))
    found = subprocess.run(
        ["xgettext", "--from-code=UTF-8", "--language=C", "--keyword=_", "--keyword=N_", "--keyword=NC_:1c,2",
         "--add-comments=TRANSLATORS", "--package-name=whistle", "--add-location=file", "--sort-by-file", "--output=-", "-D", str(sources), *files],
        check=True, capture_output=True, text=True).stdout
    found = re.sub(r'"POT-Creation-Date: [^"]*"\n', "", found).replace("charset=CHARSET", "charset=UTF-8")
    known = set(re.findall(r'^msgid "(.*)"$', re.sub(r"^msgctxt .*\nmsgid .*$", "", found, flags=re.M), re.M))
    parts = [found]
    parts += [entry(text, comment="by glibc's argp") for text in ARGP if quoted(text)[1:-1] not in known]
    parts += [entry(text, comment="an argument of refusals") for text in ARGUMENTS if text not in known]
    for header in ("core/words.h", "core/stage.h", "core/clock.h", "core/fact.h"):
        parts += [entry(word, context, chinese) for context, word, chinese in words((daemon / header).read_text())]
    parts += [entry(word, "limit", chinese) for word, chinese in measures((daemon / "core/limit.h").read_text())]
    parts += [entry("unknown", "case state"), entry("case limit", "fact")]
    parts += [entry(sentence, "refusal") for sentence in refusals((daemon / "base/error.h").read_text())]
    pathlib.Path(out).write_text("\n".join(parts))


if __name__ == "__main__":
    main(*sys.argv[1:4])
