# Sourced by what runs shards: a folder $parts with the output (I.out) and the standard error (I.out.err) of each shard I
# that is done. A file comes there only when its shard has succeeded; until then it is in a folder of its own for each attempt, which the
# next run takes what is complete from, and removes. So what outlives a killed run writes nowhere else, and every step can be repeated.
# shellcheck shell=bash disable=SC2154
# shellcheck source=pipelines/runs.bash
. "$here/runs.bash"
# shellcheck source=pipelines/lib/options.bash
. "$here/lib/options.bash"

# open_parts FOLDER: for this run alone; sets parts and attempt. What killed runs have finished there has been taken over.
open_parts() {
    local said
    said=$(mkdir -p -- "$1" 2>&1) || die 3 "--keep $1: cannot be created: ${said##*: }"
    parts=$(cd -- "$1" && pwd)
    check_folder --keep "$parts"
    lock "$parts" attempt take_over
    make_work "$parts" attempt
    # shellcheck disable=SC2034
    attempt=$work
}

# take_over ATTEMPT: renames what it has finished.
take_over() {
    :
}

# part_missing N: the numbers up to N whose shards are not done.
part_missing() {
    local i
    for ((i = 1; i <= $1; i++)); do
        [[ -f $parts/$i.out && -f $parts/$i.out.err ]] || echo "$i"
    done
}

# in_pieces COMMAND... -- FILE...: COMMAND with all files, as many at a time as a command line holds.
in_pieces() {
    local command=()
    while [[ $1 != -- ]]; do
        command+=("$1")
        shift
    done
    shift
    while [[ $# -gt 0 ]]; do
        "${command[@]}" -- "${@:1:1000}" || return
        shift $(($# < 1000 ? $# : 1000))
    done
}

# part_done ATTEMPT I...: those shards have succeeded there. Can be repeated: a shard whose output or standard error is neither here nor there is
# not done.
part_done() {
    local i errors=() outputs=()
    for i in "${@:2}"; do
        [[ ! -f $1/$i.out.err ]] || errors+=("$1/$i.out.err")
    done
    in_pieces mv -f -t "$parts" -- "${errors[@]}"
    for i in "${@:2}"; do
        [[ ! -f $1/$i.out || ! -f $parts/$i.out.err ]] || outputs+=("$1/$i.out")
    done
    in_pieces mv -f -t "$parts" -- "${outputs[@]}"
}

# to_log: what jobs have said, from standard input to the file $LOG or to standard error.
to_log() {
    if [[ -n ${LOG:-} ]]; then
        cat >>"$LOG" || die 3 "cannot write to $LOG: is the disk full?"
    else
        cat >&2
    fi
}

# part_errors N FOLDER: what the shards there said on standard error, in order, to the log.
part_errors() {
    local i files=()
    for ((i = 1; i <= $1; i++)); do
        [[ ! -s $2/$i.out.err ]] || files+=("$2/$i.out.err")
    done
    in_pieces cat -- "${files[@]}" | to_log
}

# part_output N: the outputs of all shards, in order.
part_output() {
    local i status=0 files=()
    for ((i = 1; i <= $1; i++)); do
        files+=("$parts/$i.out")
    done
    in_pieces cat -- "${files[@]}" || status=$?
    [[ $status -ne 1 ]] || die 3 'cannot write standard output: is the disk full?'
    [[ $status -eq 0 ]] || exit "$status"
}
