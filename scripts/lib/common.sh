# Sourced by the scripts: where the repository is, which bun it uses, and how they speak.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache="$root/.cache"

# The pin in package.json is the only place that names bun's version.
bun_version=$(sed -n 's/^ *"bun": *"\([0-9.]*\)".*/\1/p' "$root/package.json")
bun_home="$cache/bun/$bun_version"
PATH="$bun_home/bin:$PATH"
export PATH

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "${0##*/}: $*"
  exit 1
}

# as_root COMMAND...: the command as root, by sudo when we are not root.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "needs root for \"$*\": run it as root, or install sudo"
  fi
}

# A directory in the making, gone when the script ends before it is published.
staging=
trap '[ -z "$staging" ] || rm -rf "$staging"' EXIT
