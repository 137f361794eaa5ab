# What scripts/build and scripts/release share: vimto, compiled with all that is inside it.
# shellcheck shell=bash

# build_inside DIRECTORY: what is embedded, made in the directory; sets `inside` to options of compile.
build_inside() {
  local arch name page
  inside=()
  for arch in x86_64 aarch64; do
    bun apps/init/src/main.ts "$arch" "$1"
    for name in init init-places modprobe; do
      inside+=(--asset "$1/vimto-$name-$arch")
    done
  done
  for page in docs/*.md; do
    inside+=(--asset "$page")
  done
}

# compile TARGET FILE [OPTION]...: vimto as one executable, which reads no settings of the directory it is
# run in. Relative paths: where the repository lies must not end in the file.
compile() {
  local target=$1 file=$2
  shift 2
  bun build apps/host/src/main.ts --compile --minify --bytecode --target="$target" \
    --no-compile-autoload-dotenv --no-compile-autoload-bunfig \
    --no-compile-autoload-tsconfig --no-compile-autoload-package-json \
    --outfile "$file" "${inside[@]}" "$@" >"$file.log" 2>&1 || {
    cat "$file.log" >&2
    fail "bun could not compile vimto for $target"
  }
  rm "$file.log"
}

# commit_here: what a vimto says that it was built from; a commit with changes beside it is no commit.
commit_here() {
  local commit
  commit=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
  [ -z "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] || commit=$commit-changed
  printf '%s' "$commit"
}
