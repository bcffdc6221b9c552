#!/bin/sh
# Installs with apt what is missing of packages.txt. With "build" as argument, not what only the tests need.
set -eu
here=$(dirname "$0")
wanted=$(grep -v '^#' "$here/packages.txt")
[ "${1:-}" = build ] && wanted=$(printf '%s\n' "$wanted" | grep -v '#test')
wanted=$(printf '%s\n' "$wanted" | sed 's/ *#.*//')
missing=
for package in $wanted; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
echo "installing:$missing"
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
