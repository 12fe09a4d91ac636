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
    if [[ -f $2 ]]; then
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
