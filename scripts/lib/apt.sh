# Debian and Ubuntu packages: what is missing is installed, in one go. Those of another suite are only fetched.
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

# The package lists that are looked at: this machine's, or those of another suite (in_suite).
apt_options=()

# debian_site: where this machine gets Debian from, by the origin or the address of its package lists, or nothing.
debian_site() {
  local sites
  # shellcheck disable=SC2016
  sites=$(apt-get indextargets --format '$(SITE)' 'ORIGIN: Debian' | grep -vE -- '-security/?$') ||
    sites=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -E '/debian/?$') || true
  printf '%s' "${sites%%$'\n'*}"
}

# in_suite SUITE COMMAND...: the command with the package lists of another suite of Debian, from the host of this
# machine's own sources. Nothing of this machine's apt is changed.
in_suite() {
  local suite=$1 lists="$cache/apt/$1" site keys=/usr/share/keyrings/debian-archive-keyring.gpg
  shift
  site=$(debian_site)
  mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial"
  printf 'deb %s%s %s main\n' "$([ ! -e "$keys" ] || printf '[signed-by=%s] ' "$keys")" \
    "${site:-http://deb.debian.org/debian}" "$suite" >"$lists/sources.list"
  local apt_options=(-o "Dir::Etc::sourcelist=$lists/sources.list" -o Dir::Etc::sourceparts=-
    -o "Dir::State::lists=$lists/lists" -o "Dir::Cache=$lists/cache" -o Acquire::Check-Valid-Until=false
    -o APT::Sandbox::User=root -o Acquire::Languages=none)
  # Those of yesterday may name packages that the archive has replaced.
  [ -n "$(find "$lists/read" -mmin -720 2>/dev/null)" ] || {
    say "Reading the package lists of Debian $suite."
    apt-get "${apt_options[@]}" update -qq >&2 || fail "apt-get cannot read the lists of Debian $suite: is the network up?"
    touch "$lists/read"
  }
  "$@"
}
