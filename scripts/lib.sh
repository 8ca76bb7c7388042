# shellcheck shell=bash disable=SC2034,SC2046
# What the scripts share: progress lines, packages, configuring and building.
# To be sourced by a script that has set -euo pipefail.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc)
stages=()
export NINJA_STATUS='  [%f/%t %es] '
# The same source gives the same object in every build directory and every checkout.
export CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=$root

say() { printf '[%4ds] %s\n' "$SECONDS" "$*" >&2; }

# packages_for PURPOSE...: the names that scripts/packages.txt lists for these purposes.
packages_for() {
  local purpose
  for purpose; do
    awk -v purpose="$purpose" '!/^#/ && $2 == purpose { print $1 }' "$root/scripts/packages.txt"
  done
}

has() { command -v "$1" > /dev/null; }

has_node() {
  has node && has npm && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ]
}

# require PURPOSE...: installs what is missing of the packages for these purposes, and
# asks the package manager nothing if all is there.
require() {
  local wanted=() missing=() package run=()
  mapfile -t wanted < <(packages_for "$@")
  if ! has apt-get || ! has dpkg-query; then
    say "This is no Debian system: please see to it that these are installed: ${wanted[*]}"
    return
  fi
  for package in "${wanted[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q ' installed$' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    has sudo || { say "Please install as root: ${missing[*]}"; exit 1; }
    run=(sudo)
  fi
  say "Installing ${missing[*]}"
  install_packages "${run[@]}" || { say "Not every package could be installed; needed are: ${wanted[*]}"; exit 1; }
}

# install_packages [sudo]: installs the caller's `missing`; shows the output only if that fails.
install_packages() {
  local log
  log=$(mktemp)
  if "$@" apt-get update > "$log" 2>&1 &&
    "$@" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >> "$log" 2>&1; then
    rm -f "$log"
  else
    cat "$log" >&2
    return 1
  fi
}

# The option that lets ccache compile, where there is one.
launcher() { if has ccache; then echo -DCMAKE_CXX_COMPILER_LAUNCHER=ccache; fi; }

# configure PRESET [OPTION...]: unless the presets have not changed since the last time.
configure() {
  local stamp=$root/build/$1/configured
  [ "$stamp" -nt "$root/CMakePresets.json" ] && return
  (cd "$root" && cmake --preset "$1" $(launcher) "${@:2}")
  touch "$stamp"
}

# build PRESET [TARGET...]: shows how far it has come.
build() {
  local preset=$1
  shift
  configure "$preset"
  cmake --build "$root/build/$preset" -j "$jobs" ${1:+--target "$@"}
}

# stage NAME COMMAND...: runs the command quietly; its output is shown if it fails, and
# the lines in which a test runner counts are shown in any case.
stage() {
  local name=$1 start=$SECONDS log=$root/build/check/${1//[^A-Za-z0-9]/-}.log
  shift
  mkdir -p "$root/build/check"
  say "$name"
  # Not in a condition: there, `set -e` would not end a command of several steps.
  set +e
  (set -e; "$@") > "$log" 2>&1
  local status=$?
  set -e
  if [ "$status" -ne 0 ]; then
    cat "$log"
    say "FAILED: $name (its output is above, and in ${log#"$root/"})"
    report_stages
    exit 1
  fi
  grep -hE 'tests passed|^(# |ℹ )(tests|pass|fail) |^[0-9]+ passed, ' "$log" || true
  stages+=("$(printf '%5ds  %s' $((SECONDS - start)) "$name")")
}

report_stages() {
  printf '\n'
  if [ ${#stages[@]} -gt 0 ]; then printf '%s\n' "${stages[@]}"; fi
  printf '%5ds  in all\n' "$SECONDS"
}
