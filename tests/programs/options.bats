#!/usr/bin/env bats
# The options of every program: what --help lists, what is refused, and how.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    small_hardware hw.yaml
    read -ra programs < <(program_names)
    model=$root/pipelines/inputs/model/megatron.yaml
    # options with a value, options without one, and a command line to which one can be added
    declare -gA valued=(
        [chiplet-gen]='constants shard first convention rejects'
        [server-pack]='constants hardware convention rejects'
        [llm-map]='constants model name system phase rate slo price-range frontier where demand convention rejects'
        [tco-eval]='constants demand instead carbon convention'
        [phase-join]='constants prefill instances transfer load quantile convention rejects'
        [portfolio]='mix where own rejects'
        [pareto]='objective group where top'
        [rec2json]='' [json2rec]='' [rec2csv]='fields'
    )
    declare -gA plain=(
        [chiplet-gen]='describe as-published force stats progress help version'
        [server-pack]='as-published force stats progress help version'
        [llm-map]='all-mappings breakdown service-levels describe as-published force stats progress help version'
        [tco-eval]='breakdown bought as-published force stats progress help version'
        [phase-join]='as-published force stats progress help version'
        [portfolio]='force stats progress help version'
        [pareto]='force stats progress help version'
        [rec2json]='flat stats progress help version' [json2rec]='force stats progress help version' [rec2csv]='flat stats progress help version'
    )
    declare -gA needs=(
        [chiplet-gen]=''
        [server-pack]="--hardware hw.yaml"
        [llm-map]="--constants $CONSTANTS --model $model"
        [tco-eval]="--constants $CONSTANTS"
        [phase-join]="--constants $CONSTANTS --prefill /dev/null"
        [portfolio]='--mix a=1' [pareto]='' [rec2json]='' [json2rec]='' [rec2csv]=''
    )
}

# command PROGRAM: its name and the options it needs, in the array `command`.
command_of() {
    read -ra command <<<"$1 ${needs[$1]}"
    [[ $1 != server-pack ]] || command+=(--constants "$CONSTANTS") # hw.yaml names none
}

@test "--help is on standard output, exits 0 and lists every option, and no other" {
    for program in "${programs[@]}"; do
        run --separate-stderr "$program" --help
        assert_success
        [ -z "$stderr" ]
        assert_line --index 0 --partial "usage: $program"
        listed=$(sed -nE 's/^  --([a-z-]+).*/\1/p' <<<"$output" | sort | tr '\n' ' ')
        # shellcheck disable=SC2086
        expected=$(printf '%s\n' ${valued[$program]} ${plain[$program]} | sort | tr '\n' ' ')
        [ "$listed" = "$expected" ] || fail "$program lists $listed instead of $expected"
    done
}

# columns PROGRAM COLUMNS: its --help on a terminal that wide.
on_terminal() {
    COLUMNS=$2 "$PYTHON" -c '
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' "$1" --help </dev/null | tr -d '\r'
}

@test "--help is folded to 80 columns, or to the terminal, at spaces alone" {
    for program in "${programs[@]}"; do
        "$program" --help >file
        run awk 'length > 80' file
        assert_output ''
        COLUMNS=40 "$program" --help | cmp - file # a file is no terminal
        on_terminal "$program" 80 | diff - file
        tr -s ' \n' '\n' <file >words
        [ "$(wc -l <words)" -gt 40 ]
        on_terminal "$program" 300 >wide
        [ "$(wc -l <wide)" -lt "$(wc -l <file)" ] || [[ $program == *rec* ]]
        tr -s ' \n' '\n' <wide | diff words -
        # a line that is too long has one word
        on_terminal "$program" 30 >narrow
        run awk 'length > 30 && NF > 1 && !/^  --/' narrow
        assert_output ''
        tr -s ' \n' '\n' <narrow | diff words -
    done
    for option in $(llm-map --help | sed -n 's/^  --\([a-z-]*\).*/\1/p'); do # what is said of an option is in one column
        llm-map --help | sed -n "/^  --$option\\( \\|\$\\)/,/^  --/{/^  --/d;/^\$/q;p;}" >said
        [ -s said ]
        run grep -v '^        [^ ]' said
        assert_output ''
    done
}

@test "--help says which options take a value and which are needed" {
    for program in "${programs[@]}"; do
        run "$program" --help
        for option in ${valued[$program]}; do
            assert_line --regexp "^  --$option [^ ]"
        done
        for option in ${plain[$program]}; do
            assert_line "  --$option"
        done
        for option in $(grep -oE -- '--[a-z]+' <<<"${needs[$program]}"); do
            assert_line --index 0 --partial "$option "
        done
    done
}

@test "an unknown option: exit 2, and the one that was meant" {
    for program in "${programs[@]}"; do
        command_of "$program"
        for option in ${valued[$program]} ${plain[$program]}; do
            refused 2 "${command[@]}" "--${option}s"
            says "$program: unknown option --${option}s; did you mean --"
            [[ $option == help ]] || says "did you mean --$option?"
        done
        refused 2 "$program" -x
        refused 2 "${command[@]}" --no-such-thing-at-all
        says "unknown option --no-such-thing-at-all"
        says "try $program --help"
        refused 2 "${command[@]}" -z
        says 'unknown option -z'
        refused 2 "${command[@]}" --stat
        says 'did you mean --stats?'
    done
}

@test "llm-map --describe does without constants, nothing else does" {
    refused 2 llm-map --model gpt3
    says '--constants FILE is required'
    run --separate-stderr llm-map --model gpt3 --describe
    assert_success
    [ -z "$stderr" ]
    assert_line 'name: gpt3'
    [ "$output" = "$(llm-map --model gpt3 --describe --constants "$CONSTANTS")" ]
    refused 2 llm-map --describe
    says '--model FILE is required'
    refused 3 llm-map --describe --model gpt3 --constants none.yaml
    says none.yaml
}

@test "a missing value is refused, and a value where none is taken" {
    for program in "${programs[@]}"; do
        command_of "$program"
        for option in ${valued[$program]}; do
            refused 2 "${command[@]}" "--$option"
            says "$program: --$option takes "
        done
        for option in ${plain[$program]}; do
            refused 2 "${command[@]}" "--$option=1"
            says "--$option=1 takes no value"
        done
    done
}

@test "an empty value is refused" {
    for program in "${programs[@]}"; do
        command_of "$program"
        for option in ${valued[$program]}; do
            refused 2 "${command[@]}" "--$option" ''
            says "--$option"
        done
    done
}

@test "a missing required option is named" {
    for program in server-pack llm-map tco-eval; do
        command_of "$program"
        for ((at = 1; at < ${#command[@]}; at += 2)); do
            [[ ${command[at]} == --* ]] || continue
            refused 2 "${command[@]:0:at}" "${command[@]:at+2}"
            if [[ "$program ${command[at]}" == 'server-pack --constants' ]]; then
                says 'server-pack: --constants is required: hw.yaml does not say which constants it is made for'
            else
                says "$program: ${command[at]} FILE is required"
            fi
        done
    done
}

@test "numbers with something behind them are refused" {
    for shard in 1x/3 1/3x '1/3 ' 1/3/3 1/ /3 1 x 1.5/3 -1/3 +1/3x 1/3.5 99999999999999999999/1; do
        refused 2 chiplet-gen --constants "$CONSTANTS" --shard "$shard" hw.yaml
        says "--shard $shard: expected I/N with I from 1 to N"
    done
    for number in 2x '' 2,5 nan 0 0.99 -3; do
        refused 2 llm-map --constants "$CONSTANTS" --model "$model" --price-range "$number"
        says '--price-range'
    done
    for number in 5x 0 -1 1.5 many ''; do
        refused 2 pareto --top "$number"
        says '--top'
    done
    for condition in 'point.batch<=5x' 'point.batch<=' '<=5' 'point.batch' 'a<1,b'; do
        refused 2 pareto --where "$condition"
        says '--where'
    done
}

@test "the first chip has the number that is asked for, and chips after it follow" {
    for first in -1 1.5 x '' 1000000000000001; do
        refused 2 chiplet-gen --constants "$CONSTANTS" --first "$first" hw.yaml
        says '--first'
    done
    chiplet-gen --constants "$CONSTANTS" hw.yaml >from-0
    chiplet-gen --constants "$CONSTANTS" --first 1000000000000000 hw.yaml >beyond
    cmp <(rec2csv --fields chip beyond) <(rec2csv --fields chip from-0)
    cmp <(rec2csv --fields id beyond) <(rec2csv --fields id from-0 | sed -E 's/^c/c100000000000000/')
    # a space in two files of four chips each: the bytes that it has in one
    for area in 60 140; do sed "s/area: \\[.*/area: [$area]/" hw.yaml >"$area.yaml"; done
    { chiplet-gen --constants "$CONSTANTS" 60.yaml; chiplet-gen --constants "$CONSTANTS" --first 4 140.yaml; } | cmp - from-0
}

@test "shards count from 1 to N" {
    for shard in 0/3 4/3 0/0 1/0 x; do
        refused 2 chiplet-gen --constants "$CONSTANTS" --shard "$shard" hw.yaml
        says "--shard $shard: expected I/N with I from 1 to N"
    done
    run --separate-stderr bash -c 'chiplet-gen "$@" | wc -c' - --constants "$CONSTANTS" --shard 1/3 hw.yaml
    assert_success
    [ "$output" -gt 0 ]
}

@test "objectives, groups and fields that are not lists of fields are refused" {
    for objective in point.batch min: max: 'min:a,' 'mid:a' ',min:a'; do
        refused 2 pareto --objective "$objective"
        says 'expected min:FIELD or max:FIELD'
    done
    for fields in a,,b , 'a,'; do
        refused 2 pareto --group "$fields"
        says "--group $fields: expected FIELD,FIELD..."
        refused 2 rec2csv --fields "$fields"
        says "--fields $fields: expected FIELD,FIELD..."
    done
}

@test "conventions: unknown, neither published nor corrected" {
    for program in chiplet-gen server-pack llm-map tco-eval; do
        command_of "$program"
        refused 2 "${command[@]}" --convention token-cots=published
        says '--convention token-cots=published: unknown convention; did you mean token-cost?'
        refused 2 "${command[@]}" --convention =published
        says 'unknown convention'
        for convention in token-cost token-cost= token-cost=maybe token-cost=publishedx token-cost=Published; do
            refused 2 "${command[@]}" --convention "$convention"
            says 'expected token-cost=published or token-cost=corrected'
        done
    done
}

@test "the last of several conventions holds, and --as-published is all of them" {
    local each=()
    small_system system.yaml
    chiplet-gen --constants "$CONSTANTS" hw.yaml | server-pack --constants "$CONSTANTS" --hardware hw.yaml |
        llm-map --constants "$CONSTANTS" --model "$model" --system system.yaml >evaluations
    cost=(tco-eval --constants "$CONSTANTS")
    "${cost[@]}" evaluations >corrected
    "${cost[@]}" --as-published evaluations >published
    run ! cmp -s corrected published
    "${cost[@]}" --convention token-cost=published --convention token-cost=corrected evaluations | cmp - corrected
    "${cost[@]}" --convention token-cost=corrected --as-published evaluations | cmp - published
    for convention in $(tco-eval --help | sed -n '/^Conventions/,/^$/s/^  \([a-z-]*\): .*/\1/p'); do
        each+=(--convention "$convention=published")
    done
    [ "${#each[@]}" -eq $((2 * 30)) ]
    "${cost[@]}" "${each[@]}" evaluations | cmp - published
    "${cost[@]}" --as-published "${each[@]//published/corrected}" evaluations | cmp - corrected
}

@test "options stand before, between and behind the files, with POSIXLY_CORRECT as well" {
    chiplet-gen --constants "$CONSTANTS" hw.yaml >chips
    for environment in A=1 POSIXLY_CORRECT=1; do
        env "$environment" chiplet-gen hw.yaml --constants "$CONSTANTS" | cmp - chips
        env "$environment" rec2csv chips --fields id chips | cmp - <(rec2csv --fields id chips chips)
        env "$environment" rec2csv chips --fields=id | cmp - <(rec2csv --fields id chips)
        env "$environment" rec2json - --flat <chips | cmp - <(rec2json chips)
        for program in "${programs[@]:1}"; do # all but the first read streams
            command_of "$program"
            : >empty
            run --separate-stderr env "$environment" "${command[@]}" empty --stats
            assert_success
            says "$program: stats out 0"
            refused 2 "${command[@]}" empty --stat
            says 'did you mean --stats?'
        done
    done
}

@test "an option in the place of a value is refused; written with = it is the value" {
    refused 2 rec2csv --fields --flat
    says 'rec2csv: --fields takes FIELD,..., got --flat; if that is meant, write --fields=--flat'
    refused 2 chiplet-gen hw.yaml --constants
    says '--constants takes FILE'
    refused 2 rec2csv -f chips
    says 'unknown option -f'
    refused 2 rec2csv --fieldz=id chips
    says 'unknown option --fieldz=id; did you mean --fields?'
    chiplet-gen --constants "$CONSTANTS" --rejects=--stats hw.yaml >chips
    [ -e --stats ]
}

@test "of an option given twice the last value holds; conditions add up" {
    chiplet-gen --constants "$CONSTANTS" hw.yaml >chips
    rec2csv --fields no.such --fields id chips | cmp - <(rec2csv --fields id chips)
    pareto --objective min:no.such --objective min:chip.area_mm2 chips | cmp - <(pareto --objective min:chip.area_mm2 chips)
    pareto --objective min:chip.area_mm2 --where id=c1 --where id=c2 chips | cmp - /dev/null
}

@test "a field named twice is refused where it says nothing" {
    refused 2 pareto --objective min:a,max:b,max:a
    says '--objective min:a,max:b,max:a: a is named twice: expected each field once'
    refused 2 pareto --group a,b,a
    says '--group a,b,a: a is named twice'
}

@test "after -- a name that begins with dashes is a file" {
    chiplet-gen --constants "$CONSTANTS" hw.yaml >--stats
    rec2json -- --stats | cmp - <(rec2json ./--stats)
    refused 2 rec2json --no-such-file
}
