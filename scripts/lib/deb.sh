# A package for Debian and Ubuntu: deb(5), an ar(5) archive of three members.
# shellcheck shell=bash

# ar_member NAME FILE: a member of an archive, to stdout.
ar_member() {
  local size
  size=$(stat -c %s "$2")
  printf '%-16s%-12s%-6s%-6s%-8s%-10s`\n' "$1" "$SOURCE_DATE_EPOCH" 0 0 100644 "$size"
  cat "$2"
  [ $((size % 2)) = 0 ] || echo
}

# build_deb DIRECTORY TARGET VERSION OUT: from the files of an archive. dpkg-deb packs with xz alone, without the
# filter for a processor's jumps; so the members are packed here.
build_deb() {
  local from=$1 version=$3 arch qemu root="$staging/deb-$2"
  case $2 in
    x86_64-*) arch=amd64 qemu=qemu-system-x86 ;;
    *) arch=arm64 qemu=qemu-system-arm ;;
  esac
  install -D -m 755 "$from/vimto" "$root/data/usr/bin/vimto"
  mkdir -p "$root/data/usr/share/man/man1" "$root/data/usr/share/doc/vimto" "$root/control"
  gzip -9n <"$from/vimto.1" >"$root/data/usr/share/man/man1/vimto.1.gz"
  gzip -9n <"$from/CHANGELOG.md" >"$root/data/usr/share/doc/vimto/changelog.gz"
  install -m 644 "$from/README.md" "$root/data/usr/share/doc/vimto/README.md"
  install -m 644 "$from/LICENSE" "$root/data/usr/share/doc/vimto/copyright"
  install -D -m 644 "$from/completions/vimto.bash" "$root/data/usr/share/bash-completion/completions/vimto"
  install -D -m 644 "$from/completions/_vimto" "$root/data/usr/share/zsh/vendor-completions/_vimto"
  install -D -m 644 "$from/completions/vimto.fish" "$root/data/usr/share/fish/vendor_completions.d/vimto.fish"
  cat >"$root/control/control" <<END
Package: vimto
Version: ${version/-/"~"}
Architecture: $arch
Maintainer: The vimto authors <vimto@localhost>
Installed-Size: $(du -sk --apparent-size "$root/data/usr" | cut -f1)
Depends: libc6 (>= 2.17), $qemu (>= 1:6.0)
Recommends: ca-certificates, gpgv
Suggests: virtiofsd, qemu-system-x86, qemu-system-arm
Section: utils
Priority: optional
Description: run a command under a Linux kernel of your choice
 vimto boots a Linux kernel in QEMU and runs a command inside it as if it ran
 here: same files, directory, user, environment and exit status.
END
  (cd "$root/data" && find usr -type f -print0 | sort -z | xargs -0 md5sum >../control/md5sums)
  printf '2.0\n' >"$root/debian-binary"
  local member
  for member in control data; do
    pack_tar "$root/$member" . | pack_xz "$2" "$level" >"$root/$member.tar.xz"
  done
  {
    printf '!<arch>\n'
    for member in debian-binary control.tar.xz data.tar.xz; do
      ar_member "$member" "$root/$member"
    done
  } >"$4/vimto_${version}_$arch.deb"
  rm -rf "$root"
}
