# Kernels to boot, from the distribution's packages: downloaded and unpacked, never installed.
# Each becomes .cache/kernels/NAME, the tree that `dpkg -x` makes.
# shellcheck shell=bash

kernels="$cache/kernels"

kernel_is_there() {
  compgen -G "$kernels/$1/boot/vmlinuz-*" >/dev/null &&
    { [ -d "$kernels/$1/lib/modules" ] || [ -d "$kernels/$1/usr/lib/modules" ]; }
}

# newest_package REGEX: the package with the highest version in its name, or nothing.
newest_package() {
  apt-cache search --names-only "$1" | cut -d' ' -f1 | sort -V | tail -n 1
}

# unpack_kernel NAME PACKAGE...: the packages' files in one tree, published by rename.
unpack_kernel() {
  local name=$1 deb options=()
  shift
  mkdir -p "$kernels"
  staging=$(mktemp -d "$kernels/staging.XXXXXX")
  say "Downloading $* into .cache/kernels/$name."
  # As root apt hands downloads to a user _apt, who may not write here, and warns about it.
  [ "$(id -u)" != 0 ] || options=(-o APT::Sandbox::User=root)
  (cd "$staging" && apt-get download -qq "${options[@]}" "$@" >&2) ||
    fail "apt-get could not download $*: is the network up?"
  mkdir -m 755 "$staging/tree"
  for deb in "$staging"/*.deb; do
    dpkg -x "$deb" "$staging/tree"
  done
  rm -rf "${kernels:?}/$name"
  mv -T "$staging/tree" "$kernels/$name"
  rm -rf "$staging"
}

# need_debian_kernel NAME LINE [FLAVOUR]: the newest kernel of the line; 1 when apt does not have it.
need_debian_kernel() {
  local name=$1 line=${2//./\\.} flavour=${3:+$3-} package
  ! kernel_is_there "$name" || return 0
  local names="^linux-image-$line\.[0-9]+[^-]*(-[0-9]+)?-${flavour}amd64\$"
  [ -n "$(newest_package "$names")" ] || return 1
  # Old lists name packages that the archive has since replaced.
  apt_update
  package=$(newest_package "$names")
  unpack_kernel "$name" "$package"
}

# need_ubuntu_kernels: the newest kernel of each of the two newest lines. Ubuntu's image packages
# hold no modules; those come apart.
need_ubuntu_kernels() {
  local version line previous='' lines=0
  while read -r version; do
    line=$(printf '%s' "$version" | cut -d. -f1,2)
    [ "$line" != "$previous" ] || continue
    previous=$line
    lines=$((lines + 1))
    [ "$lines" -le 2 ] || break
    kernel_is_there "ubuntu-$line" || {
      local packages=("linux-image-$version" "linux-modules-$version")
      ! apt-cache show "linux-modules-extra-$version" >/dev/null 2>&1 ||
        packages+=("linux-modules-extra-$version")
      unpack_kernel "ubuntu-$line" "${packages[@]}"
    }
  done < <(apt-cache search --names-only '^linux-image-[0-9].*-generic$' | cut -d' ' -f1 |
    sed 's/^linux-image-//' | sort -Vr)
  [ "$lines" -gt 0 ]
}

# need_kernels demo|test: tests boot one kernel more, the one that cannot share files.
need_kernels() {
  local missing=()
  if kernel_is_there debian-6.1 && kernel_is_there debian-6.12 &&
    { [ "$1" = demo ] || kernel_is_there debian-6.1-cloud; }; then
    return 0
  fi
  # A fresh machine has no package lists.
  [ -n "$(newest_package '^linux-image-[0-9].*')" ] || apt_update
  need_debian_kernel debian-6.1 6.1 || missing+=("6.1")
  need_debian_kernel debian-6.12 6.12 || missing+=("6.12")
  [ "$1" = demo ] || need_debian_kernel debian-6.1-cloud 6.1 cloud || missing+=("6.1 cloud")
  [ ${#missing[@]} -gt 0 ] || return 0
  local id
  # shellcheck disable=SC1091
  id=$(. /etc/os-release && printf '%s' "${PRETTY_NAME:-this distribution}")
  for line in "${missing[@]}"; do
    say "$id has no Debian kernel of the $line line in its package lists; going on without it."
  done
  kernel_is_there debian-6.1 || kernel_is_there debian-6.12 || need_ubuntu_kernels ||
    fail "found no kernel package in the package lists: put a kernel in .cache/kernels/NAME"
}
