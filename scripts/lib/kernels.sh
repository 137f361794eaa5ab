# Kernels to boot, from the distribution's packages: downloaded and unpacked, never installed.
# Each becomes .cache/kernels/NAME, the tree that `dpkg -x` makes.
# shellcheck shell=bash

kernels="$cache/kernels"

# kernel_is_there NAME: NAME may be a pattern. The kernel is in /boot, or beside its modules since Debian 14.
kernel_is_there() {
  compgen -G "$kernels/$1/usr/lib/modules/*/vmlinuz" >/dev/null || {
    compgen -G "$kernels/$1/boot/vmlinuz-*" >/dev/null &&
      { compgen -G "$kernels/$1/lib/modules" || compgen -G "$kernels/$1/usr/lib/modules"; } >/dev/null
  }
}

# packages_named REGEX: the packages with such a name, the highest version last.
packages_named() {
  apt-cache "${apt_options[@]}" search --names-only "$1" | cut -d' ' -f1 | sort -V
}

# newest_package REGEX: the package with the highest version in its name, or nothing.
newest_package() { packages_named "$1" | tail -n 1; }

# parts_of PACKAGE: it, and the packages that hold its kernel and its modules where those are apart (Debian 14, Ubuntu).
parts_of() {
  printf '%s\n' "$1"
  apt-cache "${apt_options[@]}" depends --no-recommends --no-suggests "$1" |
    sed -nE 's/^ *\|?Depends: (linux-(binary|modules|modules-extra)-[0-9].*)$/\1/p'
}

# unpack_kernel NAME PACKAGE...: the packages' files in one tree, published by rename.
unpack_kernel() {
  local name=$1 deb options=("${apt_options[@]}")
  shift
  mkdir -p "$kernels"
  staging=$(mktemp -d "$kernels/staging.XXXXXX")
  say "Downloading $* into .cache/kernels/$name."
  # As root apt hands downloads to a user _apt, who may not write here, and warns about it.
  [ "$(id -u)" != 0 ] || options+=(-o APT::Sandbox::User=root)
  (cd "$staging" && apt-get "${options[@]}" download -qq "$@" >&2) ||
    fail "apt-get could not download $*: is the network up?"
  mkdir -m 755 "$staging/tree"
  for deb in "$staging"/*.deb; do
    dpkg -x "$deb" "$staging/tree" || fail "dpkg could not unpack ${deb##*/}"
  done
  rm -rf "${kernels:?}/$name"
  mv -T "$staging/tree" "$kernels/$name"
  rm -rf "$staging"
}

# debian_images LINE [FLAVOUR]: a pattern for the image packages of a line, such as 6.12; "any" is every line.
debian_images() {
  local line=${1//./\\.} flavour=${2:+$2-}
  [ "$1" != any ] || line='[0-9]+\.[0-9]+'
  printf '%s' "^linux-image-$line\.[0-9]+[^-]*(-[0-9]+)?-${flavour}amd64\$"
}

# need_debian_kernel NAME LINE [FLAVOUR]: the newest kernel of the line; 1 when apt does not have it.
need_debian_kernel() {
  local name=$1 names parts
  ! kernel_is_there "$name" || return 0
  names=$(debian_images "$2" "${3:-}")
  [ -n "$(newest_package "$names")" ] || return 1
  # Old lists name packages that the archive has since replaced.
  [ ${#apt_options[@]} -gt 0 ] || apt_update
  mapfile -t parts < <(parts_of "$(newest_package "$names")")
  unpack_kernel "$name" "${parts[@]}"
}

# need_newest_debian_kernels: the newest kernel of each of the two newest lines; 1 when apt has none.
need_newest_debian_kernels() {
  local lines line
  mapfile -t lines < <(packages_named "$(debian_images any)" |
    sed -E 's/^linux-image-([0-9]+\.[0-9]+).*/\1/' | uniq | tail -n 2)
  [ ${#lines[@]} -gt 0 ] || return 1
  for line in "${lines[@]}"; do need_debian_kernel "debian-$line" "$line"; done
}

# need_named_kernel NAME: one of Debian's, whatever this machine is: a line (5.10), newest, cloud, 5.10-cloud or rt.
need_named_kernel() {
  case $1 in
    5.10) in_suite bullseye need_debian_kernel debian-5.10 5.10 ;;
    5.10-cloud) in_suite bullseye need_debian_kernel debian-5.10-cloud 5.10 cloud ;;
    6.1) in_suite bookworm need_debian_kernel debian-6.1 6.1 ;;
    6.12) in_suite trixie need_debian_kernel debian-6.12 6.12 ;;
    cloud | rt) in_suite trixie need_debian_kernel "debian-$1" 6.12 "$1" ;;
    newest) in_suite sid need_debian_kernel debian-newest any ;;
    *) fail "knows the kernels 5.10, 5.10-cloud, 6.1, 6.12, newest, cloud and rt, not \"$1\"" ;;
  esac || fail "Debian has no kernel $1 where it was"
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

# need_kernels demo|test: for a demo the two newest lines that the package lists have; tests want Debian's of
# two lines, and one that cannot share files over 9p.
need_kernels() {
  local missing=()
  if [ "$1" = demo ]; then
    ! kernel_is_there '*' || return 0
  elif kernel_is_there debian-6.1 && kernel_is_there debian-6.12 && kernel_is_there debian-6.1-cloud; then
    return 0
  fi
  # A fresh machine has no package lists.
  [ -n "$(newest_package '^linux-image-[0-9].*')" ] || apt_update
  if [ "$1" = test ]; then
    need_debian_kernel debian-6.1 6.1 || missing+=("6.1")
    need_debian_kernel debian-6.12 6.12 || missing+=("6.12")
    need_debian_kernel debian-6.1-cloud 6.1 cloud || missing+=("6.1 cloud")
    [ ${#missing[@]} -gt 0 ] || return 0
    local id
    # shellcheck disable=SC1091
    id=$(. /etc/os-release && printf '%s' "${PRETTY_NAME:-this distribution}")
    for line in "${missing[@]}"; do
      say "$id has no Debian kernel of the $line line in its package lists; going on without it."
    done
  fi
  need_newest_debian_kernels || need_ubuntu_kernels ||
    fail "found no kernel package in the package lists: put a kernel in .cache/kernels/NAME"
}
