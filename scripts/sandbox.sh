# What the scripts that run tests share: a folder below /tmp for all that the tests start, which goes with everything in it.
# shellcheck shell=bash

# Makes the folder; at the end of the script it is cleaned up.
open_sandbox() {
    directory=$(mktemp -d /tmp/trunkline.XXXXXX)
    # The clusters of root's tests are run by another user, who must get in.
    chmod 755 "$directory"
    trap clean_up EXIT
}

# Runs a command that starts tests, in a process group of its own, so that a signal ends it with all it has started.
# A test's arguments are told at full length, and some fill a screen: the lines are cut. They are kept in the folder as well.
in_sandbox() {
    local tests signal
    set -m
    (TRUNKLINE_TEST_DIRECTORY=$directory "$@" </dev/null 2>&1 | stdbuf -oL cut -c 1-400 | tee -a "$directory/output") &
    tests=$!
    set +m
    for signal in INT TERM HUP; do
        # shellcheck disable=SC2064
        trap "kill -s $signal -- -$tests 2>/dev/null || true; exit $((128 + $(kill -l "$signal")))" "$signal"
    done
    wait "$tests"
}

# Prints the id of each process that works below the folder of the tests, or was started by them.
processes() {
    local process
    for process in /proc/[0-9]*; do
        if [[ $(readlink "$process/cwd") == "$directory"* ]] ||
            grep -qzxF "TRUNKLINE_TEST_DIRECTORY=$directory" "$process/environ"; then
            echo "${process#/proc/}"
        fi
    done 2>/dev/null
}

# Waits up to so many seconds until none of the processes named is left.
wait_for_end() {
    local deadline=$((SECONDS + $1)) process
    shift
    for process in "$@"; do
        while kill -0 "$process" 2>/dev/null; do
            ((SECONDS < deadline)) || return 1
            sleep 0.1
        done
    done
}

# Stops the clusters, which tests share and none can stop as the last one; any other process should have ended with its
# test, and fails the run.
clean_up() {
    local status=$? file process left place
    trap '' INT TERM HUP
    while IFS= read -r file; do
        process=$(head -n 1 "$file")
        [[ $(readlink "/proc/$process/cwd") == "$directory"* ]] || continue
        kill -INT "$process"
        wait_for_end 20 "$process" || kill -QUIT "$process"
    done < <(find "$directory" -name postmaster.pid)
    mapfile -t left < <(processes)
    if ((${#left[@]})) && ! wait_for_end 5 "${left[@]}"; then
        echo "${0##*/}: the tests left behind:" >&2
        for process in "${left[@]}"; do
            echo "$process $(tr '\0' ' ' <"/proc/$process/cmdline")"
        done >&2 2>/dev/null
        kill -KILL "${left[@]}" 2>/dev/null || true
        ((status)) || status=1
    fi
    while read -r _ place _; do
        if [[ $place == "$directory"/* ]]; then umount -l "$place"; fi
    done </proc/mounts
    rm -rf "$directory" || status=1
    exit "$status"
}
