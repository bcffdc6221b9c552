"""The top level of the repository holds what the design names, and nothing else beside dot files.

    top_level.py [ROOT]      exit status 0, or a line per entry that is too many or missing
"""
import pathlib
import subprocess
import sys

WANTED = {"daemon", "proto", "clients", "config", "systemd", "tests", "CMakeLists.txt", "README.md", "LICENSE"}


def entries(root):
    """What git tracks; in a bare copy what lies there, build directories left out."""
    if (root / ".git").exists():
        listed = subprocess.run(["git", "-C", str(root), "ls-files"], capture_output=True, text=True, check=True)
        return {line.split("/")[0] for line in listed.stdout.splitlines()}
    return {entry.name for entry in root.iterdir() if not entry.name.startswith("build")}


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    found = {name for name in entries(root) if not name.startswith(".")}
    for name in sorted(found - WANTED):
        print(f"{name}:1: does not belong to the top level")
    for name in sorted(WANTED - found):
        print(f"{name}:1: is missing")
    return 0 if found == WANTED else 1


sys.exit(main())
