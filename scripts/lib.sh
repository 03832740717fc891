# What the scripts beside this file share: the packages of Debian they need, the version of Swift, how they fail.
# shellcheck shell=bash

# Says why in one sentence and ends the script.
fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# Runs a command as root: directly, or through sudo.
as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# Prints each missing one of the packages that are named. A PostgreSQL of any origin and version serves.
missing_packages() {
    local package
    for package in "$@"; do
        case $package in
            postgresql) compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && continue ;;
            curl | pkg-config | chromium) command -v "$package" >/dev/null && continue ;;
            nginx) [[ -x /usr/sbin/nginx ]] && continue ;;
            # Its own check: a Python from elsewhere brings it along.
            python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null && continue ;;
        esac
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
    done
}

# Installs what is missing of the packages to build and run Trunkline, and of those that are named.
install_packages() {
    local missing refusal
    # SwiftPM asks pkg-config where the headers of the libraries lie.
    mapfile -t missing < <(missing_packages libpq-dev libmicrohttpd-dev pkg-config postgresql "$@")
    ((${#missing[@]})) || return 0
    refusal="install these packages as root, then call again: ${missing[*]}"
    command -v apt-get >/dev/null || fail "there is no apt-get here; $refusal"
    ((EUID == 0)) || { command -v sudo >/dev/null && sudo true; } || fail "you are not root, and sudo does not help; $refusal"
    echo "installing ${missing[*]}"
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
    as_root "${apt[@]}" update </dev/null || fail "apt-get update failed; $refusal"
    # Debian would create and start a cluster "main" with its PostgreSQL, which nobody asked for.
    local drop_in=/etc/postgresql-common/createcluster.d/trunkline.conf status=0
    if [[ " ${missing[*]} " == *" postgresql "* ]]; then
        as_root mkdir -p "${drop_in%/*}"
        as_root tee "$drop_in" >/dev/null <<<'create_main_cluster = false'
    fi
    # And it would start nginx. invoke-rc.d asks this program first; one that is there is the machine's own and stays.
    local policy=/usr/sbin/policy-rc.d
    if [[ -e $policy ]]; then
        policy=
    else
        as_root tee "$policy" >/dev/null <<<$'#!/bin/sh\nexit 101'
        as_root chmod 755 "$policy"
    fi
    as_root "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null || status=$?
    as_root rm -f "$drop_in" ${policy:+"$policy"}
    ((status == 0)) || fail "apt-get install failed; $refusal"
}

# Ends the script unless there is a Swift that can build Trunkline.
check_swift() {
    local advice="Trunkline needs Swift 6.3 or newer (https://swift.org/install)"
    command -v swift >/dev/null || fail "there is no swift here: $advice"
    local version
    version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
    [[ $(printf '%s\n' 6.3 "$version" | sort -V | head -n 1) == 6.3 ]] || fail "swift is ${version:-unreadable}: $advice"
}
