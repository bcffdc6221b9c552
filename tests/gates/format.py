#!/usr/bin/python3
"""Gate: C files are laid out as .clang-format has it.

Usage: format.py [ROOT]. Prints file:line of each place and exits 1 where one differs; 2 without clang-format.
"""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])
FOLDERS = ("daemon", "clients", "tests")

files = sorted(str(path) for folder in FOLDERS for path in (ROOT / folder).rglob("*.[ch]"))
try:
    done = subprocess.run(["clang-format", "--dry-run", "--style=file", *files], capture_output=True, text=True)
except FileNotFoundError:
    print("format: clang-format is not installed")
    sys.exit(2)
found = [line for line in done.stderr.splitlines() if "code should be clang-formatted" in line]
for line in found:
    print(line)
sys.exit(1 if found else 0)
