#!/bin/sh
# The other compilers: clang must build everything without a warning, and ThreadSanitizer must find nothing in what has
# threads: the journal, the store, and the daemon under the client's own tests. Those are here for the load that they
# make; their verdict counts in run.sh, since a daemon that is ten times slower misses some of their time-outs.
set -eu
cd "$(dirname "$0")/.."
sh tests/install.sh
CC=clang cmake -S . -B build-clang -G Ninja >/dev/null
ninja -C build-clang --quiet
cmake -S . -B build-tsan -G Ninja -DWHISTLED_SANITIZE=thread >/dev/null
ninja -C build-tsan --quiet whistled whistle whistle-bench tests/test_journal tests/test_store tests/test_archive
reports=$(pwd)/build-tsan/reports
rm -rf "$reports"
mkdir "$reports"
for test in test_journal test_store test_archive; do
  TSAN_OPTIONS="halt_on_error=1" build-tsan/tests/$test >build-tsan/$test.log 2>&1 || { cat build-tsan/$test.log; exit 1; }
done
TSAN_OPTIONS="log_path=$reports/race" WHISTLED_BUILD=$(pwd)/build-tsan \
  /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/system/test_client_daemon.py tests/system/test_status.py \
  >build-tsan/pytest.log 2>&1 || true
grep -Eq '[1-9][0-9]+ passed' build-tsan/pytest.log || { tail -n 40 build-tsan/pytest.log; exit 1; }
# libuv closes descriptors by a raw system call, which ThreadSanitizer does not see: a number that is given out again
# then looks like a descriptor that two threads use. Reports about descriptors are passed over, those about memory never.
races=$(cat "$reports"/* 2>/dev/null | awk 'BEGIN { RS = "==================" } /ThreadSanitizer/ && !/Location is file descriptor/ && !/^[^W]*ThreadSanitizer: reported/')
if [ -n "$races" ]; then
  printf '%s\n' "$races"
  exit 1
fi
echo "compilers: clang built everything, ThreadSanitizer found nothing"
