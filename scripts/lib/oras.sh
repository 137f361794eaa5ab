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
  if [ -z "$(debian_site)" ]; then
    say "There is no oras in the package lists; going on without it."
    return
  fi
  in_suite "$oras_suite" unpack_oras
}

# unpack_oras: into .cache/oras, from the package lists that are looked at.
unpack_oras() {
  say "Downloading oras of Debian $oras_suite into .cache/oras."
  staging=$(mktemp -d "$cache/oras.XXXXXX")
  mkdir -m 755 "$staging/tree"
  # shellcheck disable=SC2154
  (cd "$staging" && apt-get "${apt_options[@]}" download -qq oras >&2) ||
    fail "apt-get could not download oras: is the network up?"
  dpkg -x "$staging"/oras_*.deb "$staging/tree"
  rm -rf "${cache:?}/oras"
  mv -T "$staging/tree" "$cache/oras"
  rm -rf "$staging"
}
