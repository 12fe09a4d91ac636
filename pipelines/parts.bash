# Sourced by what runs shards: a folder $parts with the output (I.out) and the standard error (I.err) of each shard I that
# is done. A file gets its name only when its shard has succeeded; until then it is in a folder of its own for each attempt (I.run,
# I.run.err), which the next run takes what is complete from, and removes. So what outlives a killed run writes nowhere else, and
# every step can be repeated.
# shellcheck shell=bash disable=SC2154
# shellcheck source=pipelines/runs.bash
. "$here/runs.bash"

# usage: the opening comment of the script.
usage() {
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "$0"
}

# open_parts FOLDER: for this run alone; sets parts and attempt. What killed runs have finished there has been taken over.
open_parts() {
    local said
    said=$(mkdir -p -- "$1" 2>&1) || die 3 "--keep $1: cannot be made: ${said##*: }"
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
        [[ -f $parts/$i.out && -f $parts/$i.err ]] || echo "$i"
    done
}

# part_done ATTEMPT I: shard I has succeeded, and left its output in I.run and its standard error in I.run.err. Can be repeated: where one
# of them is neither here nor there, the shard is not done.
part_done() {
    [[ ! -f $1/$2.run.err ]] || mv -f -- "$1/$2.run.err" "$parts/$2.err"
    [[ ! -f $1/$2.run || ! -f $parts/$2.err ]] || mv -f -- "$1/$2.run" "$parts/$2.out"
}

# to_log: what jobs have said, from standard input to the file $LOG or to standard error.
to_log() {
    if [[ -n ${LOG:-} ]]; then
        cat >>"$LOG" || die 3 "cannot write to $LOG: is the disk full?"
    else
        cat >&2
    fi
}

# part_errors N FOLDER SUFFIX: what the shards said on standard error, in order, to the log.
part_errors() {
    local i
    for ((i = 1; i <= $1; i++)); do
        [[ ! -f $2/$i.$3 ]] || cat -- "$2/$i.$3"
    done | to_log
}

# part_output N: the outputs of all shards, in order.
part_output() {
    local i status
    for ((i = 1; i <= $1; i++)); do
        status=0
        cat -- "$parts/$i.out" || status=$?
        [[ $status -ne 1 ]] || die 3 'cannot write standard output: is the disk full?'
        [[ $status -eq 0 ]] || exit "$status"
    done
}
