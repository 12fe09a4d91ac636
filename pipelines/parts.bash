# Sourced by what runs shards: a folder $parts with the output (I.out) and the standard error (I.err) of each shard I that
# is done. A file gets its name only when its shard has succeeded.
# shellcheck shell=bash disable=SC2154

# part_missing N: the numbers up to N whose shards are not done.
part_missing() {
    local i
    for ((i = 1; i <= $1; i++)); do
        [[ -f $parts/$i.out ]] || echo "$i"
    done
}

# part_done I: shard I has left its output in I.run and its standard error in I.run.err, and succeeded.
part_done() {
    mv -- "$parts/$1.run.err" "$parts/$1.err"
    mv -- "$parts/$1.run" "$parts/$1.out"
}

# to_log: what jobs have said, from standard input to the file $LOG or to standard error.
to_log() {
    if [[ -n ${LOG:-} ]]; then
        cat >>"$LOG"
    else
        cat >&2
    fi
}

# part_errors N SUFFIX: what the shards said on standard error, in order, to the log.
part_errors() {
    local i
    for ((i = 1; i <= $1; i++)); do
        [[ ! -f $parts/$i.$2 ]] || cat -- "$parts/$i.$2"
    done | to_log
}

# part_output N: the outputs of all shards, in order.
part_output() {
    local i
    for ((i = 1; i <= $1; i++)); do
        cat -- "$parts/$i.out"
    done
}
