# Bash completion for the programs of Chiplet Cloud. Options come from --help, so that there is one table of them.
# shellcheck shell=bash

# _chiplet_cloud_inputs KIND: files, and those that are installed with the pipelines.
_chiplet_cloud_inputs() {
    local folder
    for folder in pipelines/inputs /usr/share/chiplet-cloud/pipelines/inputs /usr/local/share/chiplet-cloud/pipelines/inputs; do
        [[ ! -d $folder/$1 ]] || printf '%s\n' "$folder/$1"/*.yaml
    done
}

_chiplet_cloud_conventions() {
    local name
    for name in $("$1" --help 2>/dev/null | sed -n '/^Conventions/,/^$/s/^  \([a-z-]*\): .*/\1/p'); do
        printf '%s\n' "$name=published" "$name=corrected"
    done
}

_chiplet_cloud() {
    local program=$1 word=$2 before=$3 words=''
    # readline takes = for the end of a word
    [[ $before != = ]] || before=${COMP_WORDS[COMP_CWORD - 2]}
    case $before in
    --constants) words=$(_chiplet_cloud_inputs constants) ;;
    --model) words=$(_chiplet_cloud_inputs model) ;;
    --system) words=$(_chiplet_cloud_inputs system) ;;
    --hardware) words=$(_chiplet_cloud_inputs hardware) ;;
    --convention) words=$(_chiplet_cloud_conventions "$program") ;;
    *)
        if [[ $word == -* ]]; then
            words=$("$program" --help 2>/dev/null | sed -n 's/^  \(--[a-z-]*\).*/\1/p')
        elif [[ ${program##*/} == chiplet-gen ]]; then
            words=$(_chiplet_cloud_inputs hardware)
        fi
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    # what is no option may be a file, and so may the value of one
    if [[ $word != -* && $before != --convention ]]; then
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
        compopt -o filenames 2>/dev/null || true
    fi
}

complete -F _chiplet_cloud chiplet-gen server-pack llm-map tco-eval pareto rec2json json2rec rec2csv
