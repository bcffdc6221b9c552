#!/bin/sh
# Builds with sanitizers and runs every test: gates, unit, simulation, system. Ends with a plain count.
# Installs with apt what is missing; safe to run again. WHISTLED_BUILD names another build directory.
set -eu
cd "$(dirname "$0")/.."
sh tests/install.sh
build=${WHISTLED_BUILD:-build-check}
python=/usr/bin/python3
cmake -S . -B "$build" -G Ninja -DWHISTLED_SANITIZE=address,undefined -DCMAKE_BUILD_TYPE=RelWithDebInfo >"/tmp/whistled-cmake.$$" ||
  { cat "/tmp/whistled-cmake.$$"; exit 1; }
rm -f "/tmp/whistled-cmake.$$"
ninja -C "$build" | tail -n 3
WHISTLED_BUILD=$(cd "$build" && pwd)
export WHISTLED_BUILD
exec "$python" tests/run.py "$WHISTLED_BUILD"
