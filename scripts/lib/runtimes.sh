# The bun of other targets, from npm, checked against bun.lock: .cache/bun/VERSION-targets/NAME/bun.
# shellcheck shell=bash

# bun_target TARGET: what bun calls a target of a release.
bun_target() {
  case $1 in
    x86_64-unknown-linux-gnu) echo bun-linux-x64 ;;
    x86_64-unknown-linux-musl) echo bun-linux-x64-musl ;;
    aarch64-unknown-linux-gnu) echo bun-linux-arm64 ;;
    aarch64-unknown-linux-musl) echo bun-linux-arm64-musl ;;
    *) fail "knows no target \"$1\"; they are {x86_64,aarch64}-unknown-linux-{gnu,musl}" ;;
  esac
}

# package_of TARGET: the npm package that holds its bun.
package_of() {
  local name
  name=$(bun_target "$1")
  echo "bun-linux-${name#bun-linux-}" | sed 's/arm64/aarch64/'
}

runtime() { printf '%s/bun/%s-targets/%s/bun' "$cache" "$bun_version" "$(package_of "$1")"; }

# need_runtime TARGET: fetches its bun, and refuses one that bun.lock does not name by its SHA-512.
need_runtime() {
  local package file wanted found directory
  [ ! -x "$(runtime "$1")" ] || return 0
  package=$(package_of "$1")
  command -v npm >/dev/null || apt_need npm
  say "Fetching @oven/$package $bun_version from npm."
  wanted=$(sed -n "s|^ *\"@oven/$package\": \[\"@oven/$package@$bun_version\".*\"sha512-\([^\"]*\)\"\],|\1|p" bun.lock)
  [ -n "$wanted" ] || fail "bun.lock does not name @oven/$package $bun_version"
  directory=$(dirname "$(runtime "$1")")
  mkdir -p "${directory%/*}"
  rm -rf "$directory.new"
  mkdir "$directory.new"
  file=$(cd "$directory.new" && npm pack --silent "@oven/$package@$bun_version") ||
    fail "npm could not fetch @oven/$package $bun_version"
  found=$(openssl dgst -sha512 -binary "$directory.new/$file" | base64 -w0)
  [ "$found" = "$wanted" ] || fail "@oven/$package $bun_version is not what bun.lock names: its SHA-512 is $found"
  tar -xzf "$directory.new/$file" -C "$directory.new" --strip-components=2 package/bin/bun
  rm "$directory.new/$file"
  rm -rf "$directory"
  mv -T "$directory.new" "$directory"
}
