# How what people download is packed: by xz, so that equal files make equal bytes.
# shellcheck shell=bash

# The most that anybody should have to download, in bytes.
download_limit=40000000

# pack_xz TARGET LEVEL: stdin to stdout. One thread, as the number of threads decides on the bytes. The filter for
# x86-64's jumps saves a tenth; the xz of busybox, which systems with musl have, does not know it.
pack_xz() {
  local filter=() preset=$2
  [ "$1" != x86_64-unknown-linux-gnu ] || filter=(--x86)
  [ "$preset" != 9 ] || preset=9e
  xz -T1 "${filter[@]}" --lzma2="preset=$preset"
}

# pack_tar DIRECTORY NAME: NAME of the directory as tar, to stdout.
pack_tar() {
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --format=ustar -C "$1" -c "$2"
}

# check_sizes FILE...: refuses a file that is a larger download than anybody should have.
check_sizes() {
  local file size
  for file in "$@"; do
    size=$(stat -c %s "$file")
    [ "$size" -le "$download_limit" ] ||
      fail "${file##*/} has $size bytes, and a download may have $download_limit"
  done
}
