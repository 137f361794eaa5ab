# Debian and Ubuntu packages: what is missing is installed, in one go.
# shellcheck shell=bash

apt_lists_are_fresh=no

apt_update() {
  [ "$apt_lists_are_fresh" = no ] || return 0
  say "Reading the package lists (apt-get update)."
  as_root apt-get update -qq >&2 || fail "apt-get update failed: is the network up?"
  apt_lists_are_fresh=yes
}

apt_has() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# apt_need PACKAGE...: installs those that are not installed.
apt_need() {
  local package missing=()
  for package in "$@"; do
    apt_has "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  apt_update
  say "Installing ${missing[*]} (apt-get install)."
  # dpkg tells each step; only a failure is worth reading.
  local log
  log=$(mktemp)
  if ! as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    fail "apt-get could not install ${missing[*]}"
  fi
  rm -f "$log"
}

# apt_listed FILE...: package names in the files, one a line, "#" starts a comment.
apt_listed() { sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$@"; }
