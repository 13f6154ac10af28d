#!/bin/sh
# tinman @VERSION@ for @SYSTEM@: this script, and behind it a gzipped tar archive with Deno and the program.
# The first start unpacks it into ${XDG_CACHE_HOME:-~/.cache}/tinman/@ID@, or below ${TMPDIR:-/tmp} where
# that cannot be. Every start looks whether what is there is whole and nobody else's. To remove it is always fine.
set -u

id=@ID@
system='@SYSTEM@'
# The byte at which the archive begins (the first is 1) and how long it is.
start=@START@
archive_size=@SIZE@
# What is in it, as size:name and as sha256sum prints it. The runtime comes first.
files='@FILES@'
sums='@SUMS@'
# 95 MB take a third of a second: the runtime is summed only when it was unpacked.
newline='
'
module_sums=${sums#*"$newline"}

main() {
  uid=$(id -u)
  cache=
  case ${XDG_CACHE_HOME-} in
    /*) cache=$XDG_CACHE_HOME/tinman ;;
    *) [ -z "${HOME-}" ] || [ ! -d "$HOME" ] || cache=$HOME/.cache/tinman ;;
  esac
  temporary=${TMPDIR:-/tmp}/tinman-$uid
  for place in ${cache:+"$cache"} "$temporary"; do
    if is_ready "$place"; then run "$place" "$@"; fi
  done
  for place in ${cache:+"$cache"} "$temporary"; do
    # In a process of its own, so that a signal in between leaves nothing behind.
    if (unpack "$place"); then run "$place" "$@"; else code=$?; fi
    # Another place does not help.
    [ "$code" -ge 7 ] || [ "$code" -eq 4 ] || break
  done
  exit "$code"
}

run() {
  folder=$1/$id
  shift
  export DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1
  exec "$folder/deno" run --quiet --no-prompt --cached-only --no-config --no-remote --allow-all "$folder/@MAIN@" "$@"
}

is_ready() { is_mine "$1" && is_mine "$1/$id" && is_whole "$1/$id"; }

# A folder and no link, of this user, to which nobody else may write.
is_mine() {
  set -f
  set -- $(list -d "$1")
  set +f
  case ${1-} in
    drwx?-??-?*) [ "$3" = "$uid" ] ;;
    *) return 1 ;;
  esac
}

# All files are there with the right owner and size, and the modules have the right sums.
is_whole() {
  found=$(list "$1" | while read -r _ _ owner _ size _ _ _ name; do printf '%s ' "$owner:$size:$name"; done)
  for file in $files; do
    case " $found" in *" $uid:$file "*) ;; *) return 1 ;; esac
  done
  has_sums "$1" "$module_sums"
}

# Without the variables that change what ls prints.
list() { env -i LC_ALL=C PATH="$PATH" ls -ln "$@" 2>/dev/null; }

# The sums are right, or nothing here can tell.
has_sums() {
  if command -v sha256sum >/dev/null; then
    printf '%s\n' "$2" | (cd "$1" && sha256sum -c) >/dev/null 2>&1
  elif command -v shasum >/dev/null; then
    printf '%s\n' "$2" | (cd "$1" && shasum -a 256 -c) >/dev/null 2>&1
  fi
}

# Unpacks below $1: next to the place, checked, then renamed, so that nobody ever sees half of it.
unpack() {
  here="$(uname -s) $(uname -m)"
  [ "$here" = "$system" ] || fail 1 "Cannot run here: this file is for $system, and this is $here"
  umask 077
  mkdir -p "$1" 2>/dev/null || fail 7 "Cannot unpack into $1: no such folder can be made"
  is_mine "$1" || fail 4 "Cannot unpack into $1: it is not this user's alone" \
    "remove it, or chmod go-w it, or set XDG_CACHE_HOME to another folder"
  sweep "$1"
  new=$1/.new-$$
  trap 'rm -rf "$new"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  mkdir "$new" 2>/dev/null || fail 7 "Cannot unpack into $1: it cannot be written to"
  [ ! -t 2 ] || printf 'tinman: unpacking into %s, once\n' "$1" >&2
  if ! said=$( (tail -c "+$start" "$0" | gzip -dc | tar -xof - -C "$new") 2>&1) || ! has_sums "$new" "$sums"; then
    if ! [ "$(tail -c "+$start" "$0" | wc -c)" -eq "$archive_size" ] || ! tail -c "+$start" "$0" | gzip -t 2>/dev/null; then
      fail 5 "Cannot unpack: this file is damaged" "copy it again from where it is whole"
    fi
    case $said in *"No space left"*) said='the disk is full' ;; esac
    said=${said:-what was written is not what is there}
    fail 7 "Cannot unpack into $1: ${said%%"$newline"*}" \
      "free 110 MB there, or set XDG_CACHE_HOME to a folder on another disk"
  fi
  "$new/deno" --version >/dev/null 2>&1 ||
    fail 7 "Cannot run what is in $1: the disk does not allow programs, or this is not a system with glibc" \
      "set XDG_CACHE_HOME to a folder from which programs may run"
  publish "$1"
}

publish() {
  if [ -e "$1/$id" ] || [ -L "$1/$id" ]; then
    # Another first start may have been faster, and it may run by now.
    if is_ready "$1"; then return; fi
    printf 'tinman: what is in %s is not what was unpacked there; it is replaced\n' "$1/$id" >&2
    mv "$1/$id" "$1/.old-$$" && rm -rf "$1/.old-$$"
  fi
  # To a folder that has come into being meanwhile, mv moves into it; then what is there is as good.
  mv "$new" "$1/$id" && rm -rf "$1/$id/.new-$$"
  is_ready "$1" || fail 7 "Cannot unpack into $1: what was written is not what is there"
}

# Removes what a start that was killed has left.
sweep() {
  for left in "$1"/.new-* "$1"/.old-*; do
    kill -0 "${left##*-}" 2>/dev/null || rm -rf "$left"
  done
}

fail() {
  printf 'tinman: %s\n' "$2" >&2
  [ -z "${3-}" ] || printf '  fix: %s\n' "$3" >&2
  exit "$1"
}

main "$@"
