#!/bin/sh
# A day in a city: installs what is missing, builds, and shows whistled at work. Every figure that it prints is read
# back from the daemon and asserted; the exit status says whether all held. `--seed N` makes another day; `--joint` shows
# one joint operation alone, its whole record held against figures worked out by hand (config/demo/figures.py).
set -eu
cd "$(dirname "$0")/.."
began=$(date +%s)
sh tests/install.sh build
cmake -S . -B build -G Ninja -DWHISTLED_TESTS=OFF >/dev/null
ninja -C build >/dev/null || { ninja -C build; exit 1; }
exec /usr/bin/python3 -B config/demo/main.py --build build --seconds $(($(date +%s) - began)) "$@"
