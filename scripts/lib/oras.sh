# The oras program for the registry tests: installed where the distribution has it, as Debian does from 13 on.
# On an older Debian it is that of 13, unpacked in .cache/oras and not installed; it needs no library but libc.
# shellcheck shell=bash

oras_suite=trixie

need_oras() {
  ! command -v oras >/dev/null || return 0
  # shellcheck disable=SC2154
  [ ! -x "$cache/oras/usr/bin/oras" ] || return 0
  if [ -n "$(apt-cache search --names-only '^oras$')" ]; then
    apt_need oras
    return
  fi
  local site
  # shellcheck disable=SC2016
  site=$(apt-get indextargets --format '$(SITE)' 'ORIGIN: Debian' 'COMPONENT: main' | head -n 1)
  if [ -z "$site" ]; then
    say "There is no oras in the package lists; going on without it."
    return
  fi
  say "Downloading oras of Debian $oras_suite into .cache/oras."
  mkdir -p "$cache"
  staging=$(mktemp -d "$cache/oras.XXXXXX")
  mkdir -p "$staging/lists/partial" "$staging/archives/partial" "$staging/tree"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
    "$site" "$oras_suite" >"$staging/sources.list"
  local options=(-qq -o APT::Sandbox::User=root -o "Dir::Etc::sourcelist=$staging/sources.list"
    -o Dir::Etc::sourceparts=- -o Acquire::Languages=none -o "Dir::State::lists=$staging/lists"
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
  apt-get "${options[@]}" update >&2 || fail "apt-get could not read $site $oras_suite: is the network up?"
  (cd "$staging" && apt-get "${options[@]}" download oras >&2) ||
    fail "apt-get could not download oras: is the network up?"
  dpkg -x "$staging"/oras_*.deb "$staging/tree"
  chmod 755 "$staging/tree"
  rm -rf "${cache:?}/oras"
  mv -T "$staging/tree" "$cache/oras"
  rm -rf "$staging"
}
