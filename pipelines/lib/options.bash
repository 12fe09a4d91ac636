# Sourced by the commands: their options and --help, both from their texts in commands/. A text begins with usage lines and one line
# on what the command does. An entry of an option is "  --NAME VALUE ($VARIABLE)" and the lines under it; a line @NAME stands for the
# entry in lib/options, or, for a command, for its line in a list.
# shellcheck shell=bash
lib=${BASH_SOURCE[0]%/*}
command_name=${0##*/}
command_name=${command_name#chiplet-cloud-}

# What read_options finds: operands; the values of options that have no variable, by name; the options that have set variables.
operands=()
declare -A given=() set_by=()

# command_text COMMAND: its text with all entries in place.
command_text() {
    (
        cd -- "$lib/commands" || exit
        awk '
            function entry(name,    line) {
                if (("--" name) in shared)
                    return shared["--" name]
                while ((getline line <name) > 0)
                    if (line == "")
                        break
                getline line <name
                close(name)
                sub(/[.]$/, "", line)
                return sprintf("  %-19s  %s\n", name, line)
            }
            FILENAME == "../options" {
                if ($1 ~ /^--/)
                    name = $1
                if (name != "")
                    shared[name] = shared[name] $0 "\n"
                next
            }
            /^@/ {
                printf "%s", entry(substr($0, 2))
                next
            }
            { print }' ../options "$1"
    )
}

# usage_of TEXT: its usage lines as one, for a message.
usage_of() {
    local line usage=''
    while IFS= read -r line && [[ -n $line ]]; do
        line=${line#usage:}
        usage+="${usage:+, or }${line#"${line%%[! ]*}"}"
    done <<<"$1"
    printf '%s' "$usage"
}

# misused: the command line is not as the usage says.
misused() {
    die 2 "expected: $(usage_of "$(command_text "$command_name")")"
}

# chosen_form: sets form, the option that asks for another form than a table of text, or nothing.
chosen_form() {
    local name
    form=''
    for name in json csv markdown; do
        [[ -n ${given[$name]+given} ]] || continue
        [[ -z $form ]] || die 2 "$form and --$name exclude each other"
        form=--$name
    done
}

# print_help COMMAND: its text; on a terminal the headings are bold, and no word is broken where it is narrow.
print_help() {
    local text said columns status=0
    require_stdout
    text=$(command_text "$1")
    if [[ -t 1 ]]; then
        { columns=$(stty size <&3 2>/dev/null) || columns=''; } 3>&1
        columns=${COLUMNS:-${columns##* }}
        [[ ! $columns =~ ^[1-9][0-9]{1,3}$ || $columns -ge 80 ]] || text=$(fold -s -w "$columns" <<<"$text")
    fi
    if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
        text=$(sed -E $'s/^(usage:|[A-Z].*:$)/\e[1m\\1\e[m/' <<<"$text")
    fi
    { said=$(printf '%s\n' "$text" 2>&1 >&3) || status=$?; } 3>&1
    [[ $status -lt 128 ]] || exit "$status"
    [[ $status -eq 0 ]] || die 3 "standard output cannot be written: ${said##*: }"
}

# nearest WORD NAME...: the name that was meant, or nothing.
nearest() {
    awk -f "$lib/nearest.awk" -- "$@"
}

# did_you_mean WORD NAME...: the end of a message, or nothing.
did_you_mean() {
    local near
    near=$(nearest "$@")
    printf '%s' "${near:+; did you mean $near?}"
}

# refuse_option NAME TEXT: one that the text does not have.
refuse_option() {
    local names hint
    mapfile -t names < <(sed -n 's/^  \(--[a-z-]*\).*/\1/p' <<<"$2")
    hint=$(did_you_mean "$1" "${names[@]}")
    die 2 "unknown option $1${hint:-; expected: $(usage_of "$2")}"
}

# set_option NAME VALUE VARIABLE: what it sets. The conventions of a command line are added up.
set_option() {
    if [[ -z $3 ]]; then
        given[${1#--}]=$2
        return
    fi
    if [[ $3 == CONVENTIONS ]]; then
        set -- "$1" "${set_by[CONVENTIONS]:+$CONVENTIONS }$1${2:+=$2}" "$3"
    fi
    set_by[$3]=$1
    export "$3=$2"
}

# read_options ARGUMENT...: sets operands, and what the options say; an option that stands for a variable of the environment exports
# it. Options stand anywhere before --. A word that names a file that is there is an operand, whatever it begins with.
read_options() {
    local text='' name entry
    while [[ $# -gt 0 ]]; do
        name=${1%%=*}
        if [[ $1 == -- ]]; then
            operands+=("${@:2}")
            return
        elif [[ $1 == -h || $1 == --help ]]; then
            print_help "$command_name"
            exit 0
        elif [[ $1 != -?* ]]; then
            operands+=("$1")
            shift
            continue
        fi
        [[ -n $text ]] || text=$(command_text "$command_name")
        entry="(^|"$'\n'")  $name( [^( "$'\n'"]+)?( \(\\\$([A-Z_]+)\))?("$'\n'"|\$)"
        if [[ ! $name =~ ^--[a-z-]+$ || ! $text =~ $entry ]]; then
            [[ -e $1 ]] || refuse_option "$name" "$text"
            operands+=("$1")
            shift
        elif [[ -z ${BASH_REMATCH[2]} ]]; then
            [[ $1 == "$name" ]] || die 2 "$name takes no value"
            set_option "$name" '' "${BASH_REMATCH[4]}"
            shift
        else
            [[ $1 != "$name" ]] || set -- "$name=${2:-}" "${@:3}"
            [[ -n ${1#*=} ]] || die 2 "$name takes a value,${BASH_REMATCH[2]}"
            set_option "$name" "${1#*=}" "${BASH_REMATCH[4]}"
            shift
        fi
    done
}

# fill_operands NAME[=DEFAULT]...: the operands that the command line names by options --NAME are put in their places.
fill_operands() {
    local name filled=() missing=''
    for name in "$@"; do
        if [[ -n ${given[${name%%=*}]:-} ]]; then
            [[ -z $missing ]] || misused
            filled+=("${given[${name%%=*}]}")
        elif [[ ${#operands[@]} -gt 0 ]]; then
            filled+=("${operands[0]}")
            operands=("${operands[@]:1}")
        elif [[ $name == *=* ]]; then
            filled+=("${name#*=}")
        else
            missing=$name
        fi
    done
    operands=("${filled[@]}" "${operands[@]}")
}
