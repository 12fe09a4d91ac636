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

# _chiplet_cloud_commands FRONT: the commands of chiplet-cloud.
_chiplet_cloud_commands() {
    "$1" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p'
}

# _chiplet_cloud_operands COMMAND HELP: what the operand at the cursor is called, in each line of the usage, or which words it may be.
_chiplet_cloud_operands() {
    local i place=0 valued line
    local -a operands
    valued=$(sed -n 's/^  \(--[a-z-]*\) [^(].*/\1/p' <<<"$2")
    for ((i = 2; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        =) i=$((i + 1)) ;;
        --hardware)
            # in the place of the first operand
            place=$((place + 1))
            [[ ${COMP_WORDS[i + 1]} == = ]] || i=$((i + 1))
            ;;
        -*) [[ ${COMP_WORDS[i + 1]} == = ]] || ! grep -qxF -e "${COMP_WORDS[i]}" <<<"$valued" || i=$((i + 1)) ;;
        *) place=$((place + 1)) ;;
        esac
    done
    while IFS= read -r line && [[ -n $line ]]; do
        line=${line#*chiplet-cloud "$1"}
        line=${line/'[OPTION]...'/}
        read -r -a operands < <(tr -d '][.' <<<"$line")
        [[ ${#operands[@]} -eq 0 ]] || printf '%s\n' "${operands[place < ${#operands[@]} ? place : -1]}"
    done <<<"$2" | sort -u
}

# _chiplet_cloud_names FOLDER WORD...: for each word what may stand for it: names of inputs, runs, or the word itself.
_chiplet_cloud_names() {
    local word kind
    for word in "${@:2}"; do
        case $word in
        --constants | --hardware | --model | --system | HARDWARE | MODEL | SYSTEM | MEASURED)
            kind=${word#--}
            (cd -- "$1/inputs/${kind,,}" 2>/dev/null && printf '%s\n' *.* | sed 's/[.][a-z]*$//')
            ;;
        --models) _chiplet_cloud_names "$1" --model ;;
        --run-shards) printf '%s\n' parallel-records slurm-shards ;;
        --convention) _chiplet_cloud_conventions tco-eval ;;
        KIND) printf '%s\n' hardware model system constants carbon ;;
        RUN) compgen -G 'out/*/provenance' | sed 's|/provenance$||' ;;
        [a-z]*) printf '%s\n' "$word" ;;
        esac
    done
}

# After chiplet-cloud: its commands, then their options, from --help, and operands, by the names that their usage has for them.
_chiplet_cloud_front() {
    local front=$1 word=$2 before=$3 command=${COMP_WORDS[1]} folder help words='' files=1
    local -a names
    [[ $before != = ]] || before=${COMP_WORDS[COMP_CWORD - 2]}
    if [[ $COMP_CWORD -eq 1 || ($COMP_CWORD -eq 2 && $command == help) ]]; then
        words="$(_chiplet_cloud_commands "$front") plot"
        [[ $COMP_CWORD -eq 2 ]] || words+=' help --help --version'
        files=''
    elif help=$("$front" "$command" --help 2>/dev/null); then
        folder=$(readlink -f -- "$(type -P -- "$front")")
        if [[ $word == -* ]]; then
            words=$(sed -n 's/^  \(--[a-z-]*\).*/\1/p' <<<"$help")
            files=''
        elif grep -q "^  $before [^(]" <<<"$help"; then
            words=$(_chiplet_cloud_names "${folder%/*}" "$before")
        else
            mapfile -t names < <(_chiplet_cloud_operands "$command" "$help")
            words=$(_chiplet_cloud_names "${folder%/*}" "${names[@]}")
        fi
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    if [[ -n $files ]]; then
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
        compopt -o filenames 2>/dev/null || true
    fi
}

complete -F _chiplet_cloud_front chiplet-cloud
complete -F _chiplet_cloud chiplet-gen server-pack llm-map tco-eval phase-join portfolio pareto rec2json json2rec rec2csv
