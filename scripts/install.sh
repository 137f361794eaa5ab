#!/bin/sh
# install.sh [VERSION]: vimto from its releases into ~/.local/bin, with its manual page and completions.
#
#   VIMTO_BIN    another directory for the executable
#   VIMTO_FROM   where releases are: URL/vX.Y.Z/FILE, and URL/latest/SHA256SUMS; each release knows its own place
#
# curl or wget fetch, and take http_proxy, https_proxy and no_proxy as they always do.
set -eu

# scripts/release fills this in.
releases=

bin=${VIMTO_BIN:-${HOME:?HOME is not set: name a directory by VIMTO_BIN}/.local/bin}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

from=${VIMTO_FROM:-$releases}
from=${from%/}
[ -n "$from" ] ||
  fail 'this file is not from a release, and does not know where releases are: take the install.sh of a release, or name a place by VIMTO_FROM'

# fetch URL FILE
fetch() {
  if command -v curl >/dev/null; then
    curl -fsSL --retry 2 -o "$2" "$1" 2>"$work/log"
  elif command -v wget >/dev/null; then
    wget -q -O "$2" "$1" 2>"$work/log"
  else
    fail 'needs curl or wget: install one of them'
  fi || fail "cannot fetch $1: $(tail -n 1 "$work/log")"
}

[ "$(uname -s)" = Linux ] || fail "vimto is for Linux, and this is $(uname -s)"
case $(uname -m) in
  x86_64 | amd64) cpu=x86_64 ;;
  aarch64 | arm64) cpu=aarch64 ;;
  *) fail "there is no vimto for $(uname -m); it is built for x86_64 and aarch64" ;;
esac
# Of musl the loader is there; of glibc too where both are installed, and then that is the system's own.
libc=gnu
if [ -e "/lib/ld-musl-$cpu.so.1" ] && ! ldd --version 2>/dev/null | grep -q 'GNU\|GLIBC'; then
  libc=musl
fi

mkdir -p "$bin" 2>/dev/null || fail "cannot make $bin; name another directory by VIMTO_BIN"
[ -w "$bin" ] || fail "may not write to $bin; name another directory by VIMTO_BIN, or run this as its owner"

# In the directory where it goes: it appears there by a rename, or not at all.
work=$(mktemp -d "$bin/.vimto-install.XXXXXX") || fail "cannot write to $bin"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

packed=gz
! command -v xz >/dev/null || packed=xz
version=${1:-}
if [ -z "$version" ]; then
  # The latest release is the one that its list of sums names.
  latest=$from/latest/SHA256SUMS
  case $from in
    */releases/download) latest=${from%/download}/latest/download/SHA256SUMS ;;
  esac
  fetch "$latest" "$work/SHA256SUMS"
  version=$(sed -n 's/^.*  vimto-v\(.*\)-x86_64-unknown-linux-gnu\.tar\.gz$/\1/p' "$work/SHA256SUMS")
  [ -n "$version" ] || fail "$latest names no vimto"
else
  version=${version#v}
  fetch "$from/v$version/SHA256SUMS" "$work/SHA256SUMS"
fi

name=vimto-v$version-$cpu-unknown-linux-$libc
file=$name.tar.$packed
wanted=$(sed -n "s/^\([0-9a-f]\{64\}\)  $file\$/\1/p" "$work/SHA256SUMS")
[ -n "$wanted" ] || fail "the release v$version has no $file"
fetch "$from/v$version/$file" "$work/$file"
found=$(sha256sum "$work/$file" | cut -d ' ' -f 1)
[ "$found" = "$wanted" ] ||
  fail "$file is damaged or not what was released: its SHA-256 is $found, and not $wanted; try again"
case $packed in
  xz) xz -dc "$work/$file" ;;
  *) gzip -dc "$work/$file" ;;
esac >"$work/tar" || fail "cannot unpack $file"
tar -xf "$work/tar" -C "$work" || fail "cannot unpack $file: is there room in $bin?"

new=$("$work/$name/vimto" --version 2>&1 | sed -n 1p) ||
  fail "the vimto for $cpu and $libc does not run here"
[ "$new" = "vimto $version" ] || fail "the vimto for $cpu and $libc does not run here: $new"
old=
[ ! -x "$bin/vimto" ] || old=$("$bin/vimto" --version 2>/dev/null | sed -n 1p)
mv -f "$work/$name/vimto" "$bin/vimto"

# place FILE DIRECTORY NAME: of use, and no reason to fail.
place() {
  if mkdir -p "$2" 2>/dev/null; then
    cp "$work/$name/$1" "$2/$3" 2>/dev/null || :
  fi
}
if [ -z "${VIMTO_BIN:-}" ]; then
  share=$HOME/.local/share
  place vimto.1 "$share/man/man1" vimto.1
  place completions/vimto.bash "$share/bash-completion/completions" vimto
  place completions/_vimto "$share/zsh/site-functions" _vimto
  place completions/vimto.fish "$share/fish/vendor_completions.d" vimto.fish
fi

printf '%s is installed in %s%s\n' "$new" "$bin" "${old:+, in place of $old}"
case :$PATH: in
  *":$bin:"*) ;;
  *) printf 'It is not in your PATH yet; write: export PATH="%s:%s"\n' "$bin" "\$PATH" ;;
esac
