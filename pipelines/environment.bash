# Sourced by the pipelines: where programs and inputs are, and how a name becomes a file.
# The programs are in $BIN, in bin/ of the source tree, or, installed, in bin/ of the prefix or the PATH.
# shellcheck shell=bash
here=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
readonly here
for programs in ${BIN:+"$BIN"} "$here/../bin" "$here/../../../bin"; do
    if [[ -x $programs/chiplet-gen ]]; then
        PATH=$(cd -- "$programs" && pwd):$PATH
        break
    fi
done
PATH=$here:$PATH
export PATH

die() {
    printf '%s: %s\n' "${0##*/}" "$2" >&2
    exit "$1"
}

# input KIND NAME: a file as it is, or the name of one in inputs/KIND.
input() {
    local file=$here/inputs/$1/$2.yaml
    if [[ -f $2 && $2 == -* ]]; then
        printf './%s\n' "$2" # not taken for an option
    elif [[ -f $2 ]]; then
        printf '%s\n' "$2"
    elif [[ -f $file ]]; then
        printf '%s\n' "$file"
    else
        local known
        known=$(cd -- "$here/inputs/$1" && printf '%s ' *.yaml)
        die 2 "no $1 file '$2': neither a file nor one of: ${known//.yaml/}"
    fi
}

# quote WORD...: the words as the shell reads them back.
quote() {
    printf '%q ' "$@"
}

# quoted TEXT: as JSON and YAML quote it.
quoted() {
    local text=${1//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    text=${text//$'\t'/\\t}
    printf '"%s"' "$text"
}

say() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# lock FOLDER: as long as this shell and its jobs live, no other run writes there.
lock() {
    command -v flock >/dev/null || return 0
    exec {lock_fd}<"$1"
    flock -n "$lock_fd" || die 3 "another run is writing to $1; wait for it, or give another OUT"
}

# attend COMMAND...: runs it so that INT and TERM are heard at once, and reach all of its processes, which are a group of
# their own. Ends with 130 or 143 then.
attend() {
    local child status=0 signalled=''
    set -m
    "$@" <&0 &
    child=$!
    set +m
    trap 'signalled=130; kill -TERM -- "-$child" 2>/dev/null' INT
    trap 'signalled=143; kill -TERM -- "-$child" 2>/dev/null' TERM
    wait "$child" || status=$?
    if [[ -n $signalled ]]; then
        wait "$child" || true
        status=$signalled
    fi
    trap - INT TERM
    return "$status"
}

# show_log FILE: what jobs have said, apart from what they count.
show_log() {
    [[ ! -f $1 ]] || grep -v -e ': stats ' -e ': none of ' -- "$1" >&2 || true
}

plain_or_quoted() {
    if [[ $1 =~ ^[A-Za-z0-9_./][A-Za-z0-9_./=+\ -]*$ ]]; then
        printf '%s' "$1"
    else
        quoted "$1"
    fi
}

# provenance COMMAND... -- INPUT...: what a run is made with, as YAML: command line, conventions, programs, inputs.
provenance() {
    local words=()
    while [[ $1 != -- ]]; do
        words+=("$1")
        shift
    done
    shift
    printf 'command: %s\n' "$(plain_or_quoted "$(printf '%q ' "${words[@]}" | sed 's/ $//')")"
    printf 'version: %s\n' "$(chiplet-gen --version | sed 's/.* //')"
    printf 'conventions: %s\n' "${CONVENTIONS:-corrected}"
    echo 'programs: # SHA-256'
    (cd -- "$(dirname -- "$(command -v chiplet-gen)")" && sha256sum chiplet-gen server-pack llm-map tco-eval pareto) |
        sed 's/^\([0-9a-f]*\) [ *]\(.*\)/  \2: \1/'
    echo 'inputs: # SHA-256'
    local file hash
    for file in "$@"; do
        read -r hash _ < <(sha256sum <"$file")
        printf '  %s: %s\n' "$(quoted "$file")" "$hash"
    done
}
