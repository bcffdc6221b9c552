"""No tracked file names a place of one machine or the host of a package archive.

    words.py [ROOT]      exit status 0, or a line file:line per word

A path that holds on every machine (/tmp, /run, /etc, /usr, /var) is none.
"""
import pathlib
import re
import subprocess
import sys

# In pieces, so that this file passes itself.
PLACES = ["wor" "k", "ho" "me/[a-z]\\w*", "ro" "ot", "Use" "rs", "works" "pace", "mn" "t", "bui" "lds"]
HOSTS = ["py" "pi\\.org", "python" "hosted\\.org", "npm" "js\\.(org|com)", "crates" "\\.io", "proxy\\.gol" "ang\\.org",
         "deb\\.deb" "ian\\.org", "snapshot\\.deb" "ian\\.org", "repo1?\\.ma" "ven\\.org", "ruby" "gems\\.org",
         "mirrors?\\.[a-z0-9-]+\\.[a-z]", "ghcr" "\\.io", "docker" "\\.io"]
WORDS = re.compile(r"(?<![\w.$}~/-])/(?:%s)(?=/|\b)|(?:%s)" % ("|".join(PLACES), "|".join(HOSTS)))


def files(root):
    if (root / ".git").exists():
        listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=True)
        return [root / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in root.rglob("*") if path.is_file() and not path.relative_to(root).parts[0].startswith("build")]


def faults(path):
    data = path.read_bytes()
    if b"\0" in data:
        return
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        for found in WORDS.finditer(line):
            yield number, found.group(0)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    bad = 0
    for path in sorted(files(root)):
        if not path.is_file():
            continue
        for number, word in faults(path):
            print(f"{path.relative_to(root)}:{number}: {word}")
            bad += 1
    return 1 if bad else 0


sys.exit(main())
