#!/bin/sh
# Builds the targets for libFuzzer with AddressSanitizer and UBSan, and runs all of them for SECONDS of machine time
# together (an hour). Ends with a table; exit status 1 when something was found.
#
#     tests/fuzz/run.sh [SECONDS] [TARGET …]
#     tests/fuzz/run.sh keep [TARGET …]       what was found to reach more goes into tests/fuzz/corpus, least first
#
# WHISTLED_FUZZ_BUILD names another build directory; it keeps the corpora that grow there, and the findings.
set -eu
cd "$(dirname "$0")/../.."
sh tests/install.sh
build=${WHISTLED_FUZZ_BUILD:-build-fuzz}
CC=clang cmake -S . -B "$build" -G Ninja -DWHISTLED_FUZZ=ON >/dev/null
ninja -C "$build" --quiet fuzz
exec /usr/bin/python3 tests/fuzz/run.py "$build" "$@"
