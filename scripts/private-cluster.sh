# The private PostgreSQL cluster of `scripts/run`: on a socket only, kept between runs below .trunkline/, never run by root.
# shellcheck shell=bash

# Runs a command as the user that owns the cluster. PostgreSQL refuses to run as root.
as_owner() {
    if ((EUID == 0)); then
        (cd / && setpriv --reuid "$cluster_owner" --regid "$(id -g "$cluster_owner")" --init-groups "$@")
    else
        "$@"
    fi
}

# Sets cluster_owner and cluster_home, the folder of the data, the socket and the log.
cluster_locate() {
    local link=$PWD/.trunkline/cluster
    cluster_owner=$(id -un)
    ((EUID != 0)) || cluster_owner=postgres
    if [[ -d $link/data ]]; then
        local owner
        owner=$(stat -c %U "$link/data")
        ((EUID == 0)) || [[ $owner == "$cluster_owner" ]] ||
            fail "$link/data belongs to $owner: call this with sudo, or remove it as root"
        cluster_owner=$owner
    elif ((EUID == 0)); then
        chmod a+x .trunkline
        if ! as_owner test -x "$PWD/.trunkline"; then
            local elsewhere
            elsewhere=/var/lib/trunkline-$(sha256sum <<<"$PWD" | cut -c 1-8)
            install -d -o "$cluster_owner" -m 755 "$elsewhere"
            ln -sfn "$elsewhere" "$link"
        fi
    fi
    [[ -d $link ]] || install -d -o "$cluster_owner" -m 755 "$link"
    cluster_home=$(readlink -f "$link")
    [[ ! -L $link ]] ||
        echo "The user $cluster_owner cannot enter $PWD, so the private cluster is in $cluster_home."
}

# Whether the process that postmaster.pid names is the postmaster, and not one that got its number after a crash or a boot.
cluster_is_running() {
    local pid
    pid=$(head -n 1 "$cluster_home/data/postmaster.pid" 2>/dev/null) || return 1
    [[ $(readlink "/proc/$pid/cwd") == "$cluster_home/data" ]]
}

# Starts the cluster, creating it first where there is none, and sets cluster_dsn.
cluster_start() {
    cluster_locate
    local data=$cluster_home/data socket=$cluster_home/socket bin
    bin=$(cluster_programs)
    if [[ ! -d $data ]]; then
        echo "creating a private PostgreSQL cluster in $data"
        # Moved into place when whole, so that an interrupted run leaves nothing that looks like a cluster.
        rm -rf "$data.new"
        as_owner "$bin/initdb" --pgdata "$data.new" --username trunkline --auth trust --encoding UTF8 \
            --locale C.UTF-8 --no-instructions >/dev/null
        mv "$data.new" "$data"
    fi
    if cluster_is_running; then
        # A run that was killed has left it behind: this run takes it over, and stops it at its end.
        socket=$(sed -n 5p "$data/postmaster.pid")
        [[ $socket == "$cluster_home/socket" ]] || cluster_short_socket=$socket
    else
        rm -f "$data/postmaster.pid"
        # A socket's path holds at most 107 bytes, and the server's options no blank, quote or comma.
        local name=$socket/.s.PGSQL.5432
        if ((${#name} > 107)) || [[ $socket == *[!a-zA-Z0-9._/-]* ]]; then
            cluster_short_socket=$(mktemp -d /tmp/trunkline.XXXXXX)
            socket=$cluster_short_socket
        fi
        rm -rf "$socket"
        install -d -o "$cluster_owner" -m 700 "$socket"
        as_owner "$bin/pg_ctl" start --silent --wait --pgdata "$data" --log "$cluster_home/log" --options \
            "-c listen_addresses='' -c unix_socket_directories='$socket' -c unix_socket_permissions=0700" ||
            fail "the private cluster does not start; its log is $cluster_home/log"
    fi
    # shellcheck disable=SC2034  # `scripts/run` reads it.
    cluster_dsn="host=$socket user=trunkline dbname=postgres"
}

# Stops the cluster, if it runs, and removes what is not kept.
cluster_stop() {
    [[ -n ${cluster_home:-} ]] || return 0
    if cluster_is_running; then
        local stop=("$(cluster_programs)/pg_ctl" stop --silent --wait --pgdata "$cluster_home/data")
        as_owner "${stop[@]}" --mode fast --timeout 20 || as_owner "${stop[@]}" --mode immediate
    fi
    [[ -z ${cluster_short_socket:-} ]] || rm -rf "$cluster_short_socket"
}

# Prints where the programs are of the version that made the data, or of the newest one.
cluster_programs() {
    local version='*'
    [[ ! -d $cluster_home/data ]] || version=$(<"$cluster_home/data/PG_VERSION")
    compgen -G "/usr/lib/postgresql/$version/bin" | sort -V | tail -n 1 | grep . ||
        fail "PostgreSQL $version made $cluster_home/data and is not installed: install it, or remove the folder"
}
