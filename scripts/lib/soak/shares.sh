#!/usr/bin/env bash
# shares.sh VIMTO KERNEL RUNS DIRECTORY: runs with five shares over virtiofs each, as clones, in namespaces of their own
# for processes, sockets and mounts. Counts before and after what is there. Exit status 1 when a run failed or a count
# is higher than before.
set -euo pipefail
if [ "$$" != 1 ]; then
  # A process that is left ends with the namespace.
  exec unshare --pid --net --mount --fork --mount-proc --propagation private "$0" "$@"
fi
vimto=$1 kernel=$2 runs=$3 top=$4
export XDG_CACHE_HOME="$top/cache" TMPDIR="$top/tmp"
mkdir -p "$TMPDIR" "$top/work"
flags=(--kernel "$kernel" --fs virtiofs)
for share in 1 2 3 4; do
  mkdir -p "$top/share-$share"
  flags+=(--share "$top/share-$share")
done
cd "$top/work"

counts() {
  local processes sockets
  processes=(/proc/[0-9]*)
  mapfile -t sockets </proc/net/unix
  printf 'processes %s, sockets %s, mounts %s, memfds %s, descriptors %s, temporary files %s, files in the cache %s\n' \
    "${#processes[@]}" "${#sockets[@]}" "$(wc -l </proc/1/mountinfo)" \
    "$({ find /proc/[0-9]*/fd -lname '/memfd:*' 2>/dev/null || true; } | wc -l)" \
    "$(find /proc/1/fd -mindepth 1 | wc -l)" "$(find "$TMPDIR" -mindepth 1 | wc -l)" \
    "$(find "$XDG_CACHE_HOME" -type f | wc -l)"
}
run() {
  "$vimto" "${flags[@]}" exec sh -c "for at in . $top/share-*; do echo $1 >\$at/file; done" &&
    cat file "$top"/share-*/file | grep -cx "$1" | grep -qx 5
}
# The first makes the template.
run 0 && run 0
before=$(counts)
failed=0
for ((number = 1; number <= runs; number++)); do
  run "$number" || failed=$((failed + 1))
  ((number % 50)) || printf '%s runs\n' "$number"
done
after=$(counts)
printf 'before: %s\nafter:  %s\n%s runs with 5 shares each, %s failed\n' "$before" "$after" "$runs" "$failed"
[ "$failed" = 0 ] && [ "$before" = "$after" ]
