# Sourced by the pipelines: where programs and inputs are, how a name becomes a file, and the copies of inputs that a run reads. Reads the
# options of the command line, and leaves what is not one in operands.
# The programs are in $BIN, in bin/ of the source tree, or, installed, in bin/ of the prefix or the PATH.
# shellcheck shell=bash
here=${BASH_SOURCE[0]%/*} # absolute: the pipelines look for themselves with readlink -f
readonly here
# Numbers and order are those of the C locale everywhere; text is UTF-8.
{ export LC_ALL=C.UTF-8; } 2>/dev/null
# shellcheck source=pipelines/runs.bash
. "$here/runs.bash"
# shellcheck source=pipelines/lib/options.bash
. "$here/lib/options.bash"
read_options "$@"

# check_programs FOLDER: all of them are there.
check_programs() {
    local program
    [[ -d $1 ]] || die 2 "BIN $1: not a folder; expected the folder of the programs, such as bin after make"
    for program in chiplet-gen server-pack llm-map tco-eval phase-join portfolio pareto rec2json json2rec rec2csv; do
        [[ -f $1/$program && -x $1/$program ]] || die 2 "BIN $1: no program $program; expected the folder of all programs, such as bin after make"
    done
}

if [[ -n ${BIN:-} ]]; then
    check_programs "$BIN"
    BIN=$(cd -- "$BIN" && pwd)
    PATH=$BIN:$PATH
else
    for programs in "$here/../bin" "$here/../../../bin"; do
        if [[ -x $programs/chiplet-gen ]]; then
            PATH=$(cd -- "$programs" && pwd):$PATH
            break
        fi
    done
    command -v chiplet-gen >/dev/null || die 3 'the programs are not built: run make, or name their folder in BIN'
fi
PATH=$here:$PATH
export PATH

# input KIND NAME: a file (or a pipe) as it is, or the name of one in inputs/KIND.
input() {
    local file=$here/inputs/$1/$2.yaml
    if [[ -e $2 && ! -d $2 ]]; then
        [[ -r $2 ]] || die 3 "no permission to read the $1 file $2"
        path "$2"
        echo
    elif [[ $2 != */* && -f $file ]]; then
        printf '%s\n' "$file"
    elif [[ $1 == model && -f $2/config.json ]]; then
        path "$2/config.json"
        echo
    else
        refuse_input "$1" "$2"
    fi
}

# commas NAME...: the names with commas between them.
commas() {
    local text
    printf -v text '%s, ' "$@"
    printf '%s' "${text%, }"
}

# refuse_input KIND NAME: says which names there are.
refuse_input() {
    local other known near
    for other in "$here/inputs"/*/"$2.yaml"; do
        [[ $2 == */* || ! -f $other ]] || die 2 "'$2' is a $(basename -- "${other%/*}") file; expected a $1 file"
    done
    [[ ! -d $2 ]] || die 2 "'$2' is a folder; expected a $1 file"
    known=$(cd -- "$here/inputs/$1" && printf '%s\n' *.yaml)
    known=$(sort <<<"${known//.yaml/}")
    mapfile -t known <<<"$known"
    near=$(did_you_mean "${2%.yaml}" "${known[@]}")
    near=${near:+$near Known names}
    die 2 "'$2' is neither a file nor the name of a $1 file${near:-; known names}: $(commas "${known[@]}")"
}

# split_model OPERAND: sets model_name and model_file of NAME=FILE; where that is a file as it is, its name is its own.
# shellcheck disable=SC2034
split_model() {
    model_name='' model_file=$1
    if [[ ! -e $1 && $1 == ?*=?* ]]; then
        model_name=${1%%=*}
        model_file=${1#*=}
    fi
    model_file=$(input model "$model_file")
}

# stem FILE: what results are called after it; a config.json is called after its folder.
stem() {
    local found=${1##*/} folder LC_ALL=C
    if [[ $found == config.json ]]; then
        folder=$(readlink -f -- "$1")
        folder=${folder%/*}
        found=${folder##*/}
    elif [[ $found =~ ^(.+)\.[A-Za-z][A-Za-z0-9]*$ ]]; then
        found=${BASH_REMATCH[1]}
    fi
    printf '%s' "${found:0:100}"
}

# safe_stem NAME: a name as part of a file name.
safe_stem() {
    local found=$1 LC_ALL=C
    found=${found//[\/[:cntrl:]]/_}
    [[ $found != [-.]* ]] || found=_${found:1}
    printf '%s' "${found:0:120}"
}

# quote WORD...: the words as the shell reads them back.
quote() {
    [[ $# -eq 0 ]] || printf '%q ' "$@"
}

# quoted TEXT: as JSON and YAML quote it.
quoted() {
    local text=${1//\\/\\\\} i code
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    text=${text//$'\t'/\\t}
    if [[ $text == *[[:cntrl:]]* ]]; then
        for i in {1..31} 127; do
            printf -v code '\\x%02x' "$i"
            # shellcheck disable=SC2059
            printf -v code "$code"
            text=${text//"$code"/"$(printf '\\u%04x' "$i")"}
        done
    fi
    printf '"%s"' "$text"
}

# read_conventions: sets conventions, the words of $CONVENTIONS; each is checked, because shells and pages see them.
read_conventions() {
    local word naming=''
    read -r -d '' -a conventions < <(printf '%s\0' "${CONVENTIONS:-}") || true
    for word in "${conventions[@]}"; do
        if [[ $word == --convention && -z $naming ]]; then
            naming=$word=
            continue
        fi
        [[ $naming$word =~ ^--convention=[a-z0-9-]+=(published|corrected)$ || $naming$word == --as-published ]] ||
            die 2 "CONVENTIONS: $word: expected --as-published or --convention NAME=published (or =corrected)"
        naming=
    done
    [[ -z $naming ]] || die 2 'CONVENTIONS: --convention takes a value, NAME=published or NAME=corrected'
}

# Copies of what a run reads: kinds, originals and copies, index by index. Each file is read once, when it is copied.
copy_kinds=() originals=() copies=()
readonly max_input_bytes=67108864

# copy_input KIND FILE FOLDER: into FOLDER/KIND, under its name; sets copy.
copy_input() {
    local folder=$3/$1 name=${2##*/} i=1 beside=''
    if [[ $name == config.json ]]; then
        beside=$(readlink -f -- "$2")
        beside=${beside%/*}
        name=${beside##*/}
        name=${name:-root}/config.json
    fi
    while [[ -e $folder/${name%%/*} ]]; do
        i=$((i + 1))
        folder=$3/$1/$i
    done
    make_copy quantization "$beside/hf_quant_config.json" "$folder/${name%/*}/hf_quant_config.json"
    make_copy "$1" "$2" "$folder/$name"
}

# make_copy KIND FILE COPY: nothing where a file that goes with another is not there.
make_copy() {
    local said=''
    [[ $1 != quantization || -f $2 ]] || return 0
    copy=$3
    copy_kinds+=("$1") originals+=("$2") copies+=("$copy")
    said=$({ mkdir -p -- "${copy%/*}" && head -c "$((max_input_bytes + 1))" -- "$2" >"$copy"; } 2>&1) ||
        die 3 "cannot copy $2 to ${work%/*}: ${said##*: }"
    [[ $(stat -c %s -- "$copy") -le $max_input_bytes ]] || die 1 "$2: expected an input of at most 64 MiB"
}

# constants_for HARDWARE COPY: sets constants, the file to use for a hardware file (of which there is a copy): that of $CONSTANTS, or the one
# that the hardware file says it is made for, or 7nm; constants_named, what the hardware file says; and num_chips, how many it describes. A step of
# a run is told both. What is wrong in a hardware file is left for the phase that reads it to say.
constants_for() {
    local described line status=0
    if [[ -n ${RUN_INPUTS:-} ]]; then
        constants=$CONSTANTS num_chips=${RUN_CHIPS:-}
        return
    fi
    described=$(chiplet-gen --describe -- "$2" 2>/dev/null </dev/null) || status=$?
    [[ $status -lt 128 ]] || die "$status" "chiplet-gen was killed while it read $1"
    [[ $status -eq 0 ]] || described=''
    constants_named='' num_chips=''
    while IFS= read -r line; do
        case $line in
        'constants: '*) constants_named=${constants_named:-${line#*: }} ;;
        'chips: '*) num_chips=${line#*: } ;;
        esac
    done <<<"$described"
    if [[ $constants_named == \"*\" ]]; then
        constants_named=${constants_named:1:-1}
    fi
    if [[ -n $constants_named && $constants_named != /* && -f ${1%/*}/$constants_named && $1 == */* ]]; then
        constants_named=${1%/*}/$constants_named
    fi
    constants=$(input constants "${CONSTANTS:-${constants_named:-7nm}}")
}

# compare_constants HARDWARE COPY: says it when the constants, of which there is a copy, are others than those of the hardware file.
compare_constants() {
    local named
    [[ -n ${CONSTANTS:-} && -n ${constants_named:-} ]] || return 0
    named=$(input constants "$constants_named")
    cmp -s -- "$named" "$2" || say "constants of $CONSTANTS, though $1 is made for $constants_named"
}

# with_originals: standard input, which names copies, with the names of the originals. Fails when it cannot be read whole: a job whose counts
# are lost has not succeeded.
with_originals() {
    local text i
    text=$(tr -d '\0') || return
    for i in "${!copies[@]}"; do
        text=${text//"${copies[i]}"/"${originals[i]}"}
    done
    [[ -z $text ]] || printf '%s\n' "$text"
}

# show_log FILE: what jobs have said, apart from what they count.
show_log() {
    [[ ! -f $1 ]] || grep -av -e ': stats ' -e ': none of ' -- "$1" | with_originals >&2 || true
}

# write_to FILE COMMAND...: its output.
write_to() {
    local said status=0
    said=$({ "${@:2}" >"$1"; } 2>&1 </dev/null) || status=$?
    [[ -z $said ]] || with_originals <<<"$said" >&2
    if [[ $status -ne 0 ]]; then
        full "$status" "$said" || status=3
    fi
    return "$status"
}

# full STATUS TEXT: where a step has failed with a text: says when that was because of a full disk, and fails then.
full() {
    local folder
    [[ $1 -ne 2 && ($1 -lt 128 || $1 -eq 153) ]] || return 0
    for folder in "${work%/*}" "${TMPDIR:-/tmp}"; do
        if disk_full "$2" "$folder"; then
            say "cannot write to $folder: is the disk full?"
            return 1
        fi
    done
    [[ $1 -ne 153 ]] || say "cannot write to ${work%/*}: a file would become larger than the limit (ulimit -f) allows"
    [[ $1 -ne 153 ]]
}

# attend COMMAND...: runs it so that HUP, INT and TERM are heard at once, and reach all of its processes, which are a group of
# their own. Ends with 129, 130 or 143 then.
attend() {
    local child='' status=0 signalled=''
    # Set first: a signal that comes as the child starts would leave it behind. It is killed then, because TERM can get lost before its exec.
    trap 'signalled=129; end_group' HUP
    trap 'signalled=130; end_group' INT
    trap 'signalled=143; end_group' TERM
    set -m
    {
        [[ -z ${lock_fd:-} ]] || exec {lock_fd}<&-
        exec "$@"
    } <&0 &
    child=$!
    set +m
    [[ -z $signalled ]] || kill -KILL -- "-$child" 2>/dev/null || true
    wait "$child" || status=$?
    if [[ -n $signalled ]]; then
        wait_again "$child"
        status=$signalled
    fi
    trap - HUP INT TERM
    return "$status"
}

# end_group: TERM for the child of attend and all of its processes.
end_group() {
    [[ -z $child ]] || kill -TERM -- "-$child" 2>/dev/null || true
}

# name_of COPY NAME SYSTEM: what records call the model; NAME and SYSTEM may be empty. Refuses, before anything is computed, what llm-map
# would refuse.
name_of() {
    local described status=0
    described=$(llm-map --constants "$constants" "${conventions[@]}" --model "$1" ${2:+--name="$2"} ${3:+--system "$3"} --describe \
        2>"$work/said" </dev/null) || status=$?
    if [[ $status -ne 0 ]]; then
        with_originals <"$work/said" >&2
        [[ -s $work/said ]] || say "llm-map ended with $status, and did not say why"
        return "$status"
    fi
    described=${described#name: }
    # a name may have line ends: it reaches to the field after it
    if [[ $described == *$'\n'num_layers:\ * ]]; then
        printf '%s.' "${described%$'\n'num_layers: *}"
    else
        printf '%s.' "${described%%$'\n'*}"
    fi
}

# shortened NAME: for a message.
shortened() {
    local name
    name=$(quoted "$1")
    [[ ${#name} -le 80 ]] || name=${name:0:76}...\"
    printf '%s' "$name"
}

plain_or_quoted() {
    if [[ $1 =~ ^[A-Za-z0-9_./][A-Za-z0-9_./=+\ -]*$ ]]; then
        printf '%s' "$1"
    else
        quoted "$1"
    fi
}

# copied KIND FOLDER: the copies of a kind, relative to FOLDER, as JSON and YAML list them.
copied() {
    local i comma=''
    printf '['
    for i in "${!copies[@]}"; do
        [[ ${copy_kinds[i]} == "$1" ]] || continue
        printf '%s' "$comma"
        quoted "${copies[i]#"$2"/}"
        comma=', '
    done
    printf ']'
}

# original KIND: the path of the input of that kind as it was given.
original() {
    local i
    for i in "${!copies[@]}"; do
        [[ ${copy_kinds[i]} != "$1" ]] || printf '%s' "${originals[i]}"
    done
}

# provenance FOLDER COMMAND...: what a run is made with, as YAML: command line, conventions, programs, inputs, and their copies in FOLDER.
provenance() {
    local i hash kind list programs
    programs=$(command -v chiplet-gen) || return
    printf 'command: %s\n' "$(plain_or_quoted "$(printf '%q ' "${@:2}" | sed '$s/ $//')")"
    printf 'version: %s\n' "$(chiplet-gen --version | sed 's/.* //')"
    printf 'conventions: %s\n' "${conventions[*]:-corrected}"
    echo 'programs: # SHA-256'
    (cd -- "${programs%/*}" && sha256sum chiplet-gen server-pack llm-map tco-eval pareto) |
        sed 's/^\([0-9a-f]*\) [ *]\(.*\)/  \2: \1/' || return
    echo 'inputs: # SHA-256'
    for i in "${!copies[@]}"; do
        hash=$(sha256sum <"${copies[i]}") || return
        printf '  %s: %s\n' "$(quoted "${originals[i]}")" "${hash%% *}"
    done
    echo 'copies:'
    for kind in hardware constants system model quantization; do
        list=$(copied "$kind" "$1")
        case $kind:$list in
        *:'[]') ;;
        model:* | quantization:*) printf '  %s: %s\n' "$kind" "$list" ;;
        *) printf '  %s: %s\n' "$kind" "${list:1:-1}" ;;
        esac
    done
}

# known_input FILE COPY PROVENANCE: whether the run there has read that file, by its path or by what it holds.
known_input() {
    local hash
    hash=$(sha256sum <"$2")
    [[ $1 != /dev/* && $1 != /proc/* ]] && grep -qF -e "  $(quoted "$1"): " -- "$3" && return 0
    grep -q -e "^  \".*: ${hash%% *}\$" -- "$3"
}

# begin_filter NAME: for what has its result on standard output: where copies are put, and a log that names them.
begin_filter() {
    require_stdout
    check_folder TMPDIR "${TMPDIR:-/tmp}"
    clear_temporary
    make_work "${TMPDIR:-/tmp}" "$1"
    trap drop_work EXIT
}

# take KIND FILE: sets copy, what is read instead of the file: a copy of it, or the file as it is where it is one of a run's copies already, or has to
# be found on other hosts.
take() {
    copy=$2
    if [[ -n ${HOSTS:-} || ${RUN_SHARDS:-parallel-records} != parallel-records ]]; then
        [[ -f $2 ]] || die 2 "$2: other hosts cannot read a pipe; expected a file"
    elif [[ -z ${RUN_INPUTS:-} ]]; then
        copy_input "$1" "$2" "$work/inputs"
    fi
}

# find_pruning: sets pruning, what llm-map is told where only pareto's own frontier is looked at: what cannot be on it is left out. Not with
# the user's own objectives, nor with scripts in place of programs, which may compute other costs.
find_pruning() {
    local program magic
    pruning=()
    [[ -z ${PARETO:-} ]] || return 0
    for program in tco-eval pareto; do
        LC_ALL=C IFS= read -r -N 4 magic 2>/dev/null <"$(type -P "$program")" || return 0
        [[ $magic == $'\x7fELF' ]] || return 0
    done
    pruning=(--frontier 'usd_per_output_token,generate_latency_s')
}

# chain SHARD HARDWARE CONSTANTS SYSTEM MODEL_OPTION...: from the chips of a part of the hardware to the frontiers of the models, as a command for
# the shell. All files are copies; SYSTEM may be empty.
chain() {
    local shared PARETO='' pruning
    shared=$(quote --constants "$3" "${conventions[@]}")
    find_pruning
    printf 'chiplet-gen %s --stats --shard %s -- %s | ' "$shared" "$1" "$(quote "$2")"
    printf 'server-pack %s --stats --hardware %s | ' "$shared" "$(quote "$2")"
    printf 'llm-map %s --stats %s %s | ' "$shared" "$(quote "${pruning[@]}" "${@:5}")" "${4:+$(quote --system "$4")}"
    printf 'tco-eval %s | pareto' "$shared"
}

# shards_for MOST [PRUNED]: into how many shards the chips of constants_for go: SHARDS, or MOST, but none without a chip. Where points are left out, each
# shard has to find anew what beats them: no more than there are jobs at a time, unless the space is large.
shards_for() {
    local shards=${SHARDS:-$1} pruning=() jobs=${JOBS:-$(nproc)} enough
    [[ -z ${SHARDS:-} && ${num_chips:-} =~ ^[1-9][0-9]{0,8}$ ]] || { printf '%s' "$shards"; return; }
    [[ -z ${2:-} || -n ${HOSTS:-} || $RUN_SHARDS != parallel-records ]] || find_pruning
    if [[ ${#pruning[@]} -gt 0 ]]; then
        enough=$((num_chips / 50000 > jobs ? num_chips / 50000 : jobs))
        [[ $enough -ge $shards ]] || shards=$enough
    fi
    printf '%s' "$((num_chips < shards ? num_chips : shards))"
}

# check_runner: RUN_SHARDS and the numbers that it is given, before anything has been done.
check_runner() {
    case ${RUN_SHARDS:=parallel-records} in
    parallel-records | slurm-shards) ;;
    *) [[ -x $RUN_SHARDS && -f $RUN_SHARDS ]] || die 2 "RUN_SHARDS $RUN_SHARDS: expected parallel-records or slurm-shards" ;;
    esac
    [[ -z ${SHARDS:-} ]] || check_count "${set_by[SHARDS]:-SHARDS}" "$SHARDS" "$max_shards"
    [[ -z ${JOBS:-} ]] || check_count "${set_by[JOBS]:-JOBS}" "$JOBS" "$max_jobs"
    check_folder "${set_by[TMPDIR]:-TMPDIR}" "${TMPDIR:-/tmp}"
}

# check_summary: what the last steps of a run are asked for, before its first.
check_summary() {
    [[ -z ${ROWS:-} ]] || check_count "${set_by[ROWS]:-ROWS}" "$ROWS" 999999999
    [[ -z ${PARETO:-} ]] || eval "pareto $PARETO" </dev/null >/dev/null || exit
}

# run_filter COMMAND...: what the jobs say goes to LOG or to standard error, with the names of the originals; ends with its status.
run_filter() {
    local status=0 log=${LOG:-}
    export LOG=$work/log
    : >"$LOG"
    "$@" || status=$?
    if [[ -n $log ]]; then
        with_originals <"$LOG" >>"$log" || die 3 "cannot write to $log: is the disk full?"
    else
        with_originals <"$LOG" >&2
    fi
    exit "$status"
}
