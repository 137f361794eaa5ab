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

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

from=${VIMTO_FROM:-$releases}
from=${from%/}
[ -n "$from" ] ||
  fail 'this file is not from a release, and does not know where releases are: take the install.sh of a release, or name a place by VIMTO_FROM'

bin=${VIMTO_BIN:-${HOME:+$HOME/.local/bin}}
[ -n "$bin" ] || fail 'HOME is not set: name a directory by VIMTO_BIN'

# fetch URL FILE
fetch() {
  if command -v curl >/dev/null; then
    curl -fsSL --retry 2 -o "$2" "$1" 2>"$work/log"
  elif command -v wget >/dev/null; then
    # GNU's tries 20 times by default, and says much; that of busybox has no such options.
    options=
    ! wget --version 2>/dev/null | grep -q '^GNU' || options='-nv --tries=3'
    # shellcheck disable=SC2086
    wget $options -O "$2" "$1" 2>"$work/log"
  else
    fail 'needs curl or wget: install one of them'
  fi || {
    reason=$(grep '[^[:space:]]' "$work/log" | tail -n 1)
    fail "cannot fetch $1: ${reason:-the transfer broke off; try again}"
  }
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

version=${1:-}
if [ -z "$version" ]; then
  # The latest release is the one that its list of sums names.
  latest=$from/latest/SHA256SUMS
  case $from in
    */releases/download) latest=${from%/download}/latest/download/SHA256SUMS ;;
  esac
  fetch "$latest" "$work/SHA256SUMS"
  version=$(sed -n 's/^.*  vimto-v\(.*\)-x86_64-unknown-linux-gnu\.tar\.xz$/\1/p' "$work/SHA256SUMS")
  [ -n "$version" ] || fail "$latest names no vimto"
else
  version=${version#v}
  fetch "$from/v$version/SHA256SUMS" "$work/SHA256SUMS"
fi

name=vimto-v$version-$cpu-unknown-linux-$libc
if command -v unxz >/dev/null && { [ $libc = musl ] || unxz --version 2>/dev/null | grep -q '^xz '; }; then
  file=$name.tar.xz
elif [ $libc = gnu ] && command -v dpkg-deb >/dev/null; then
  # Debian's smallest systems have no xz, and dpkg-deb does without. The xz of busybox lacks a filter that the
  # archive for x86-64 and glibc needs.
  case $cpu in
    x86_64) file=vimto_${version}_amd64.deb ;;
    *) file=vimto_${version}_arm64.deb ;;
  esac
else
  fail 'needs xz to unpack: install it (apt-get install xz-utils, dnf install xz, apk add xz)'
fi
wanted=$(sed -n "s/^\([0-9a-f]\{64\}\)  $file\$/\1/p" "$work/SHA256SUMS")
[ -n "$wanted" ] || fail "the release v$version has no $file"
fetch "$from/v$version/$file" "$work/$file"
found=$(sha256sum "$work/$file" | cut -d ' ' -f 1)
[ "$found" = "$wanted" ] ||
  fail "$file is damaged or not what was released: its SHA-256 is $found, and not $wanted; try again"
mkdir "$work/$name"
if [ "$file" = "$name.tar.xz" ]; then
  unxz -c "$work/$file" >"$work/tar" || fail "cannot unpack $file: is there room in $bin?"
  tar -xf "$work/tar" -C "$work" || fail "cannot unpack $file: is there room in $bin?"
else
  dpkg-deb -x "$work/$file" "$work/deb" || fail "cannot unpack $file: is there room in $bin?"
  mv "$work/deb/usr/bin/vimto" "$work/$name/vimto"
  share=$work/deb/usr/share
  gzip -dc "$share/man/man1/vimto.1.gz" >"$work/$name/vimto.1"
  mkdir "$work/$name/completions"
  mv "$share/bash-completion/completions/vimto" "$work/$name/completions/vimto.bash"
  mv "$share/zsh/vendor-completions/_vimto" "$work/$name/completions/_vimto"
  mv "$share/fish/vendor_completions.d/vimto.fish" "$work/$name/completions/vimto.fish"
fi

# What does not run here is told before anything is replaced.
status=0
"$work/$name/vimto" --version >"$work/version" 2>&1 || status=$?
new=$(sed -n 1p "$work/version")
case $status:$new in
  "0:vimto $version") ;;
  132:*) fail "vimto for $cpu does not run here: this processor lacks instructions that it needs (of x86-64 those up to SSE4.2)" ;;
  *libstdc++*) fail "vimto needs libstdc++, which is not here: install it (apk add libstdc++)" ;;
  *) fail "the vimto for $cpu and $libc does not run here: $new" ;;
esac
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
