# shellcheck shell=bash
# What the scripts share. It is sourced, not run, and leaves the caller in the root of the repository.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Prints the comment at the top of the calling script, if --help is among its arguments, and ends.
help_if_asked() {
    local argument
    for argument in "$@"; do
        if [[ $argument == --help || $argument == -h ]]; then
            awk 'NR > 1 && !/^#/ { exit } NR > 1 { sub(/^# ?/, ""); print }' "$0"
            exit 0
        fi
    done
}

indent() { sed 's/^/    /'; }

# Ends the script with a message that should say what to do next. 64 is EX_USAGE of sysexits.h.
fail() { echo "$(basename "$0"): $1" >&2; exit "${2:-1}"; }
usage_error() { fail "$1; scripts/$(basename "$0") --help tells what there is" 64; }

# --- Packages -------------------------------------------------------------------------------------------------------

# ch-1, ch-2 … that exist, in the order of their numbers.
chapters() { find . -maxdepth 1 -type d -name 'ch-[0-9]*' -printf '%f\n' | sort -V; }
latest_chapter() { chapters | tail -n 1; }

# Packages that take their shared modules from the latest chapter.
siblings() {
    local package
    for package in scripts/simulator web-tracker event-pipeline; do
        [[ ! -f $package/Package.swift ]] || echo "$package"
    done
}

# Files that each package has of its own, although another may have one of that name: it is put together there.
is_own() { [[ ! $1 =~ ^(Sources|Tests)/[^/]+/ || $1 =~ ^(Sources|Tests)/(App|Server)(Tests)?/ ]]; }

packages() {
    local chapter
    for chapter in $(chapters); do
        [[ ! -f $chapter/Package.swift ]] || echo "$chapter"
    done
    siblings
}

# The files of a folder that belong to the repository: in git, or new and not ignored. Paths are relative to the folder.
files_in() {
    git -c core.quotePath=false -C "$1" ls-files --cached --others --exclude-standard "${@:2}" |
        while IFS= read -r file; do
            [[ ! -f $1/$file ]] || printf '%s\n' "$file"
        done | LC_ALL=C sort -u
}

# twin_of CHAPTER: the chapter before it, if this one is the same program, byte for byte: what was found out about that
# one need not be found out again.
twin_of() {
    local previous="ch-$((${1#ch-} - 1))" part
    for part in Sources Tests Package.swift; do
        diff -rq "$previous/$part" "$1/$part" >/dev/null 2>&1 || return 1
    done
    echo "$previous"
}

same_file() { cmp -s "$1" "$2" && [[ (-x $1 && -x $2) || (! -x $1 && ! -x $2) ]]; }

# --- Processes ------------------------------------------------------------------------------------------------------

started=() # ids of background processes
at_exit=() # functions to call when the script ends, before what was started is stopped
scratch=""

# start COMMAND…: runs it in the background; its id is in $!. However the script ends, what it started ends with it.
# The process group of its own keeps Ctrl-C from it, so that `stop` decides the order in which things end.
start() {
    set -m
    "$@" </dev/null &
    set +m
    started+=("$!")
}

descendants() {
    local children child
    read -r -a children < <(cat /proc/"$1"/task/*/children 2>/dev/null) || true
    for child in "${children[@]}"; do
        echo "$child"
        descendants "$child"
    done
}

# stop ID: asks a started command and all its descendants to end, and kills what is left 15 s later, or when Ctrl-C is
# pressed again. The descendants are named one by one because SwiftPM puts tests in a process group of their own.
stop() {
    local targets=("-$1") tenth
    mapfile -t -O 1 targets < <(descendants "$1")
    kill -TERM -- "${targets[@]}" 2>/dev/null || return 0
    trap 'kill -KILL -- "${targets[@]}" 2>/dev/null' INT
    for ((tenth = 0; tenth < 150; tenth++)); do
        kill -0 -- "${targets[@]}" 2>/dev/null || break
        sleep 0.1
    done
    ((tenth < 150)) || kill -KILL -- "${targets[@]}" 2>/dev/null || true
    trap 'exit 130' INT
}

# A folder that is gone when the script ends.
make_scratch() { [[ -n $scratch ]] || scratch=$(mktemp -d); }

clean_up() {
    local status=$? group action
    trap '' TERM HUP
    for action in "${at_exit[@]}"; do "$action" || true; done
    for group in "${started[@]}"; do stop "$group"; done
    [[ -z $scratch ]] || rm -rf "$scratch"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# progress LABEL LOG COMMAND…: runs it with its output in LOG, and shows what it is doing: on a terminal all the time,
# elsewhere once a minute. Returns what the command returns, or 124 if it had to be stopped after $time_limit seconds.
progress() {
    local label=$1 log=$2 began=$SECONDS shown=0 status=0 process
    shift 2
    mkdir -p "$(dirname "$log")"
    start "$@" >"$log" 2>&1
    process=$!
    while kill -0 "$process" 2>/dev/null; do
        if [[ -t 2 ]]; then
            printf '\r\033[K%s, %d s  %.70s' "$label" $((SECONDS - began)) "$(tail -n 1 "$log")" >&2
        elif ((SECONDS - began >= shown + 60)); then
            shown=$((SECONDS - began))
            printf '%s, %d s  %.70s\n' "$label" "$shown" "$(tail -n 1 "$log")" >&2
        fi
        if ((SECONDS - began >= ${time_limit:-7200})); then
            stop "$process"
            echo "stopped after $time_limit s" >>"$log"
            status=124
        fi
        sleep 0.1
    done
    ((status == 124)) || wait "$process" || status=$?
    [[ ! -t 2 ]] || printf '\r\033[K' >&2
    return "$status"
}

# --- Builds and tests -----------------------------------------------------------------------------------------------

# Where the logs of a package go: log_of ch-1 build
log_of() { echo "$PWD/.build/logs/${1//\//-}.$2.log"; }

# build PACKAGE LOG [OPTION…]: a debug build, tests included, as `swift test` would make it.
build() { progress "building $1" "$2" swift build --package-path "$1" --build-tests "${@:3}"; }

# provide_simulator PACKAGE: builds the simulator if the package's tests want it; they find it by TEST_SIMULATOR.
provide_simulator() {
    [[ -z ${TEST_SIMULATOR:-} && -f scripts/simulator/Package.swift ]] && grep -rqs TEST_SIMULATOR "$1/Tests" || return 0
    build scripts/simulator "$(log_of scripts/simulator build)" || return 0
    TEST_SIMULATOR=$(swift build --package-path scripts/simulator --show-bin-path)/simulator
    export TEST_SIMULATOR
}

# run_tests PACKAGE LOG [OPTION…]: runs the tests of a built package and sets passed, failed and skipped, the numbers of
# test functions, and skips, a line for each suite or test left out. A run that ended badly, or that ran nothing, has at
# least one failure, and the log says why.
run_tests() {
    local package=$1 log=$2 events status=0
    shift 2
    provide_simulator "$package"
    make_scratch
    events=$scratch/events.jsonl
    : >"$events"
    time_limit=${TEST_TIMEOUT_SECONDS:-900} progress "testing $package" "$log" swift test \
        --package-path "$package" --skip-build --disable-xctest \
        --event-stream-version 0 --event-stream-output-path "$events" "$@" || status=$?
    # shellcheck disable=SC2034 # skips is for the caller
    {
        read -r passed failed skipped
        skips=$(cat)
    } < <(jq --null-input --raw-input --raw-output --from-file scripts/count-tests.jq "$events")
    if ((passed + failed + skipped == 0)); then
        failed=1
        echo "no test was run" >>"$log"
    elif ! grep -q '"runEnded"' "$events"; then
        failed=$((failed > 0 ? failed : 1))
        echo "the test process ended before its tests had; $failed did not pass" >>"$log"
    elif ((status != 0 && failed == 0)); then
        failed=1
        echo "the tests ended with status $status, although none failed" >>"$log"
    fi
}
