# A package for Debian and Ubuntu, made by dpkg-deb alone.
# shellcheck shell=bash

# build_deb DIRECTORY TARGET VERSION OUT: from the files of an archive.
build_deb() {
  local from=$1 version=$3 arch qemu root="$staging/deb-$2"
  case $2 in
    x86_64-*) arch=amd64 qemu=qemu-system-x86 ;;
    *) arch=arm64 qemu=qemu-system-arm ;;
  esac
  install -D -m 755 "$from/vimto" "$root/usr/bin/vimto"
  mkdir -p "$root/usr/share/man/man1" "$root/usr/share/doc/vimto" "$root/DEBIAN"
  gzip -9n <"$from/vimto.1" >"$root/usr/share/man/man1/vimto.1.gz"
  gzip -9n <"$from/CHANGELOG.md" >"$root/usr/share/doc/vimto/changelog.gz"
  install -m 644 "$from/README.md" "$root/usr/share/doc/vimto/README.md"
  install -m 644 "$from/LICENSE" "$root/usr/share/doc/vimto/copyright"
  install -D -m 644 "$from/completions/vimto.bash" "$root/usr/share/bash-completion/completions/vimto"
  install -D -m 644 "$from/completions/_vimto" "$root/usr/share/zsh/vendor-completions/_vimto"
  install -D -m 644 "$from/completions/vimto.fish" "$root/usr/share/fish/vendor_completions.d/vimto.fish"
  cat >"$root/DEBIAN/control" <<END
Package: vimto
Version: ${version/-/"~"}
Architecture: $arch
Maintainer: The vimto authors <vimto@localhost>
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f1)
Depends: libc6 (>= 2.17), $qemu (>= 1:6.0)
Recommends: ca-certificates, gpgv
Suggests: virtiofsd, qemu-system-x86, qemu-system-arm
Section: utils
Priority: optional
Description: run a command under a Linux kernel of your choice
 vimto boots a Linux kernel in QEMU and runs a command inside it as if it ran
 here: same files, directory, user, environment and exit status.
END
  (cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
  find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  local packing=(-Zxz "-z$level")
  [ "$level" != 0 ] || packing=(-Znone)
  dpkg-deb --root-owner-group "${packing[@]}" --build "$root" "$4/vimto_${version}_$arch.deb" >/dev/null
  rm -rf "$root"
}
