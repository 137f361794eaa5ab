# bun, from npm, into .cache/bun/VERSION/bin; then the packages of bun.lock.
# shellcheck shell=bash

bun_works() { [ "$("$1" --version 2>/dev/null)" = "$bun_version" ]; }

need_bun() {
  [ -n "$bun_version" ] || fail "package.json pins no version of bun"
  ! bun_works "$bun_home/bin/bun" || return 0
  # An npm that did not come from a Debian package is as good.
  command -v npm >/dev/null || apt_need npm
  say "Installing bun $bun_version from npm into .cache/bun."
  mkdir -p "$cache/bun"
  local candidate found=''
  staging=$(mktemp -d "$cache/bun/staging.XXXXXX")
  # The package's install script only moves a file that npm has fetched by then, and npm 11 may
  # not run it: so never run it, and take the file from where it is.
  npm install --prefix "$staging" --no-save --ignore-scripts --no-audit --no-fund \
    --loglevel=error "bun@$bun_version" >/dev/null || fail "npm could not install bun $bun_version"
  mkdir "$staging/bin"
  for candidate in "$staging"/node_modules/@oven/bun-linux-*/bin/bun \
    "$staging"/node_modules/bun/bin/bun.exe; do
    # npm may fetch a build for another CPU or C library: the one that runs here is right.
    if bun_works "$candidate"; then
      found=${candidate#"$staging/"}
      break
    fi
  done
  [ -n "$found" ] ||
    fail "npm installed no bun $bun_version that runs on this machine ($(uname -m))"
  ln -s "../$found" "$staging/bin/bun"
  ln -s bun "$staging/bin/bunx"
  rm -rf "$bun_home"
  mv -T "$staging" "$bun_home"
}

need_node_modules() {
  local stamp="$root/node_modules/.bun-lock"
  ! cmp -s "$root/bun.lock" "$stamp" || return 0
  say "Installing the npm packages of bun.lock."
  (cd "$root" && bun install --frozen-lockfile --silent) ||
    fail "bun install failed: does bun.lock fit the package.json files?"
  cp "$root/bun.lock" "$stamp"
}
