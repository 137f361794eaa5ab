# The version of what a release builds, from git, package.json and CHANGELOG.md.
# shellcheck shell=bash

# Of releases alone: a tag such as v0, which follows the newest of them, names none.
release_tags='v[0-9]*.[0-9]*.[0-9]*'

# stated_version: what every package.json says.
stated_version() {
  local file version='' here
  for file in package.json apps/*/package.json libs/*/package.json; do
    here=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$file")
    [ -n "$here" ] || fail "$file states no version"
    [ "$here" = "${version:=$here}" ] ||
      fail "package.json states the version $version and $file $here: make them equal"
  done
  printf '%s' "$version"
}

# release_version: that of the tag vX.Y.Z on this commit; without one a development version, which is
# between the last release and the next.
release_version() {
  local stated heading tags changed
  git rev-parse -q --verify HEAD >/dev/null 2>&1 ||
    fail "builds a commit, and $PWD is no clone of a git repository: git clone it"
  stated=$(stated_version) || exit
  mapfile -t tags < <(git tag --points-at HEAD --list "$release_tags")
  if [ ${#tags[@]} = 0 ]; then
    development_version "$stated"
    return
  fi
  [[ " ${tags[*]} " = *" v$stated "* ]] ||
    fail "this commit has the tag ${tags[*]}, and package.json states the version $stated: tag the commit that states it"
  heading=$(sed -n '/^## /{s///p;q}' CHANGELOG.md)
  [ "${heading%% *}" = "$stated" ] ||
    fail "this commit has the tag v$stated, and CHANGELOG.md begins with \"## $heading\": it must begin with \"## $stated\""
  changed=$(git diff --name-only HEAD)
  [ -z "$changed" ] ||
    fail "${changed//$'\n'/, } differs from the commit of v$stated: commit it or restore it"
  printf '%s' "$stated"
}

# development_version STATED: the next version, the number of commits since the last release, the commit.
development_version() {
  local next=$1 last since=HEAD
  if last=$(git describe --tags --abbrev=0 --match "$release_tags" HEAD 2>/dev/null); then
    since=$last..HEAD
    # What is stated is out, and this is later.
    [ "$last" != "v$next" ] || [ "$next" != "${next%-*}" ] || next=${next%.*}.$((${next##*.} + 1))
  fi
  local separator=-
  [ "$next" = "${next%-*}" ] || separator=.
  printf '%s%sdev.%s.g%s' "$next" "$separator" "$(git rev-list --count "$since")" "$(commit_here | sed 's/-/./')"
}
