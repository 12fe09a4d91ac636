# Sourced by what runs jobs: limits, locks, temporary folders, and the end of what a killed run has left.
#
# A run marks its temporary folder with its owner, NAME.HOST-NAMESPACE-PROCESS-START.XXXXXX, and all processes that it starts with that
# name in $CHIPLET_CLOUD_RUN. So the next run, and a guard in a session of its own, can tell what a killed run has left:
#
#   explore ──┬── parallel-records ── parallel ── jobs      $CHIPLET_CLOUD_RUN names explore's folder, and that of parallel-records
#             └── guard      waits until explore is gone; then ends what is still marked, and removes the folders
# shellcheck shell=bash

# What is looked at before it is set: not what the environment has under these names.
unset -v stdout_closed place guard lock_fd never watcher child

# Standard descriptors that are closed: files that are opened would land on them.
[[ -e /proc/$$/fd/0 ]] || exec </dev/null
[[ -e /proc/$$/fd/2 ]] || exec 2>/dev/null
if [[ ! -e /proc/$$/fd/1 ]]; then
    stdout_closed=1
    exec >/dev/null
fi

# shellcheck disable=SC2034
readonly max_shards=100000 max_jobs=1000
# The names of temporary folders: NAME.HOST-NAMESPACE-PROCESS-START.XXXXXX.
readonly marks='*.*-*-*-*.??????'

die() {
    say "$2"
    exit "$1"
}

say() {
    printf '%s: %s\n' "${program_name:-${0##*/}}" "$1" >&2
}

# require_stdout: for what has its result there.
require_stdout() {
    [[ -z ${stdout_closed:-} ]] || die 3 'standard output is closed'
}

# check_count NAME VALUE MAXIMUM: a whole number from 1 on.
check_count() {
    [[ $2 =~ ^[1-9][0-9]{0,8}$ && $2 -le $3 ]] || die 2 "$1 $2: expected a number from 1 to $3"
}

# check_folder NAME FOLDER: it is one, and can be written to.
check_folder() {
    [[ -d $2 ]] || die 3 "$1 $2: not a folder"
    [[ -w $2 && -x $2 ]] || die 3 "$1 $2: not a folder that can be written to"
}

# check_output FOLDER: makes it; it can be written to.
check_output() {
    local said name=${set_by[OUT]:-OUT}
    [[ ! -e $1 || -d $1 ]] || die 3 "$name $1: is a file; expected a folder"
    said=$(mkdir -p -- "$1" 2>&1) || die 3 "$name $1: cannot be created: ${said##*: }"
    check_folder "$name" "$1"
}

# path FILE: not taken for an option.
path() {
    if [[ $1 == -* ]]; then
        printf './%s' "$1"
    else
        printf '%s' "$1"
    fi
}

# find_start PROCESS: sets started, when it was, in clock ticks since the machine started; nothing when it is gone.
find_start() {
    local stat words
    started=''
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
    read -r -a words <<<"${stat##*) }"
    [[ ${words[0]} == Z ]] || started=${words[19]}
}

# find_place: sets place, host and process namespace, in which a process number means something.
find_place() {
    local namespace host
    [[ -z ${place:-} ]] || return 0
    read -r host </proc/sys/kernel/hostname
    namespace=$(readlink /proc/self/ns/pid || echo 0)
    place=${host//[^A-Za-z0-9]/_}-${namespace//[^0-9]/}
}

# owner_gone FOLDER: the process that its name tells is not there any more.
owner_gone() {
    local owner=${1%.*}
    owner=${owner##*.}
    [[ $owner =~ ^(.+)-([0-9]+)-([0-9]+)$ ]] || return 1
    local process=${BASH_REMATCH[2]} start=${BASH_REMATCH[3]} started
    find_place
    [[ ${BASH_REMATCH[1]} == "$place" ]] || return 1
    find_start "$process"
    [[ $started != "$start" ]]
}

# end_marked FOLDER: ends the processes of the run with that temporary folder: TERM, and KILL for those that stay.
end_marked() {
    local mark=${1##*/} signal=TERM round file marked
    # shellcheck disable=SC2053
    [[ $mark == $marks ]] || return 0
    for round in {1..100}; do
        marked=()
        while IFS= read -r file; do
            [[ $file =~ ^/proc/([0-9]+)/ && ${BASH_REMATCH[1]} -ne $$ ]] && marked+=("${BASH_REMATCH[1]}")
        done < <(CHIPLET_CLOUD_RUN='' grep -lsF -e "$mark" /proc/[0-9]*/environ)
        [[ ${#marked[@]} -gt 0 ]] || return 0
        [[ $round -lt 6 ]] || signal=KILL
        [[ $round -ne 1 && $signal == TERM ]] || kill -s "$signal" "${marked[@]}" 2>/dev/null || true
        CHIPLET_CLOUD_RUN='' sleep 0.05
    done
}

# clear_left FOLDER NAME: temporary folders NAME.* in it of runs that were killed, and what still runs of them.
clear_left() {
    local left
    for left in "$(path "$1")/$2".*-*-*-*.??????; do
        if [[ -d $left ]] && owner_gone "$left"; then
            end_marked "$left"
            rm -rf -- "$left"
        fi
    done
}

clear_temporary() {
    local name
    for name in parallel-records study-shard explore-hardware evaluate-software; do
        clear_left "${TMPDIR:-/tmp}" "$name"
    done
}

# make_work FOLDER NAME: sets work, a temporary folder in FOLDER, and marks with it all that is started from now on.
make_work() {
    local said started
    find_place
    find_start $$
    said=$(mktemp -d -- "$(path "$1")/$2.$place-$$-$started.XXXXXX" 2>&1) ||
        die 3 "cannot create a temporary folder in $1: ${said##*: }"
    work=$said
    [[ -n ${CHIPLET_CLOUD_RUN:-} ]] || start_guard
    export CHIPLET_CLOUD_RUN=${CHIPLET_CLOUD_RUN:-}:${work##*/}
}

# drop_work: the end of a run, for a trap on EXIT.
drop_work() {
    end_marked "$work"
    rm -rf -- "$work"
    [[ -z ${guard:-} ]] || kill "$guard" 2>/dev/null || true
}

# wait_again CHILD: for a child, after a signal has ended `wait`. Where the child ended in that moment bash has lost it: it counts as
# running, and `wait` would wait for any other child. So only as long as the process is there.
wait_again() {
    while [[ -d /proc/$1 ]]; do
        wait "$1" 2>/dev/null || true
    done
}

# The guard holds no file of the run: neither its lock nor its output.
start_guard() {
    # shellcheck disable=SC2016
    setsid bash -c '. "$1"; guard "${@:2}"' guard "${BASH_SOURCE[0]}" "$$" "$started" "$(cd -- "$work" && pwd)" \
        </dev/null >/dev/null 2>&1 &
    guard=$!
    disown "$guard"
}

# guard PROCESS START FOLDER: waits until the process is gone, and clears up after it.
guard() {
    local file never started=$2
    for file in "/proc/$$/fd"/*; do
        file=${file##*/}
        [[ $file -le 2 ]] || eval "exec $file>&-"
    done
    cd /
    exec {never}<> <(:)
    while [[ $started == "$2" ]]; do
        read -rt 0.3 -u "$never" || true
        find_start "$1"
    done
    end_marked "$3"
    rm -rf -- "$3"
    clear_temporary
}

# lock FOLDER NAME [TAKE_OVER]: as long as this shell lives, no other run writes there. Ends and removes what killed runs have left
# there, NAME.*, each after TAKE_OVER has seen it.
lock() {
    local left status=0 rounds=12 owner
    command -v flock >/dev/null || die 3 'flock is required, so that no two runs write to one folder (Debian: apt-get install util-linux)'
    exec {lock_fd}<"$1"
    flock -n "$lock_fd" 2>/dev/null || status=$?
    [[ $status -le 1 ]] || die 3 "$1 cannot be locked (flock ends with $status): choose a folder on another file system"
    # Its owner may be gone, and only what it has started may be left. Who holds it may also have no folder, for a moment.
    while [[ $status -eq 1 ]]; do
        owner=''
        for left in "$(path "$1")/$2".*-*-*-*.??????; do
            [[ -d $left ]] || continue
            if owner_gone "$left"; then
                end_marked "$left"
            elif [[ -d $left && $left =~ -([0-9]+)-[0-9]+\.[^.]*$ ]]; then
                owner=" (process ${BASH_REMATCH[1]})"
            fi
        done
        [[ -z $owner && $rounds -gt 0 ]] || die 3 "another run$owner is writing to $1; wait for it, or choose another folder"
        rounds=$((rounds - 1))
        ! flock -w 0.5 "$lock_fd" || status=0
    done
    for left in "$(path "$1")/$2".*-*-*-*.??????; do
        [[ -d $left ]] || continue
        end_marked "$left"
        ${3:+"$3" "$left"}
        rm -rf -- "$left"
    done
}

# disk_full TEXT FOLDER: whether what a program said, or a try, tells that the folder cannot be written to.
disk_full() {
    local status=0 probe started
    [[ ! $1 =~ 'No space left'|'isk full'|'quota exceeded'|'Read-only file system'|'File too large'|'Input/output error' ]] || return 0
    # under a name that the next run clears
    find_place
    find_start $$
    probe=$(mktemp -d -- "$(path "$2")/parallel-records.$place-$$-$started.XXXXXX" 2>/dev/null) || return 0
    { head -c 65536 /dev/zero >"$probe/probe"; } 2>/dev/null || status=$?
    rm -rf -- "$probe"
    [[ $status -ne 0 ]]
}
