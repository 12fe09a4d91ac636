#!/usr/bin/env bats
# Your own stages: each of pipelines/examples in a pipeline, its figures computed a second way. Bash completion.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    examples=$root/pipelines/examples
    model=$root/pipelines/inputs/model/megatron.yaml
    small_hardware hw.yaml
}

servers() {
    chiplet-gen --constants "$CONSTANTS" hw.yaml | server-pack --constants "$CONSTANTS" --hardware hw.yaml
}

evaluate() {
    llm-map --constants "$CONSTANTS" --model "$model"
}

@test "each example is under 30 lines and says how it is called" {
    for file in "$examples"/*; do
        [[ $file != *README.md && $file != *.csv ]] || continue
        [ "$(wc -l <"$file")" -lt 30 ]
        grep -q "| *${file##*/}\|${file##*/} [a-z]*\.csv\||.*${file##*/} .*|" "$file" || grep -q "cheap-servers |" "$file"
        grep -q "\`${file##*/}\`" "$examples/README.md"
    done
}

@test "rented.py in the place of tco-eval: rent times time over tokens" {
    servers | evaluate | "$PYTHON" "$examples/rented.py" 7.2 | pareto >frontier
    [ -s frontier ]
    # 7.2 $ an hour are 0.002 $ a second; 128 + 128 tokens
    rec2csv --fields point.num_servers,point.batch,point.prefill_latency_s,point.generate_latency_s,point.usd_per_input_token,point.usd_per_output_token \
        frontier | awk -F, 'NR > 1 {
            usd = 0.002 * $1 * ($3 + $4) / $2
            if ((usd / 128 / $5 - 1) ^ 2 > 1e-24 || (usd / 128 / $6 - 1) ^ 2 > 1e-24) exit 1
        } END { exit NR < 3 }'
    # twice the rent, the same designs at twice the cost
    servers | evaluate | "$PYTHON" "$examples/rented.py" 14.4 | pareto >dear
    fields=id,point.batch,point.usd_per_output_token
    paste -d , <(rec2csv --fields $fields frontier) <(rec2csv --fields $fields dear) |
        awk -F, 'NR > 1 && ($1 != $4 || $2 != $5 || $6 != 2 * $3) { exit 1 }'
}

@test "carbon.py: its entry is on the frontier, and says what it should" {
    servers | "$PYTHON" "$examples/carbon.py" | evaluate | tco-eval --constants "$CONSTANTS" | pareto >frontier
    rec2csv --fields server.num_chips,chip.area_mm2,chip.yield,carbon.embodied_kg,server.tdp_w,carbon.most_in_use_kg frontier |
        awk -F, 'NR > 1 && (($1 * $2 * 0.015 / $3 / $4 - 1) ^ 2 > 1e-20 || ($5 * 5.256 / $6 - 1) ^ 2 > 1e-20) { exit 1 }
            END { exit NR < 3 }'
    # and changes nothing else
    servers | evaluate | tco-eval --constants "$CONSTANTS" | pareto | rec2json >without
    rec2json frontier | jq -c 'del(.carbon)' | diff - <(jq -c . without)
}

@test "chips-from-csv.py in the place of chiplet-gen: a row, a chip" {
    "$PYTHON" "$examples/chips-from-csv.py" "$examples/chips.csv" >chips
    [ "$(rec2csv --fields id,chip.name chips | paste -s -d ' ')" = 'id,chip.name c0,small c1,medium c2,large' ]
    server-pack --constants "$CONSTANTS" --hardware hw.yaml chips | evaluate | tco-eval --constants "$CONSTANTS" | pareto |
        rec2csv --fields id,chip.name,chip.peak_flops,point.usd_per_output_token >designs
    awk -F, '$2 == "small" && ($3 / 8.2e12 - 1) ^ 2 < 1e-24 && $4 > 0 { found = 1 } END { exit !found }' designs
}

@test "fast-answers: those that answer in time, all of them, unchanged" {
    servers | evaluate | tco-eval --constants "$CONSTANTS" | pareto >frontier
    rec2csv --fields id,point.batch,point.prefill_latency_s,point.generate_latency_s frontier |
        awk -F, 'NR > 1 { if ($3 <= 0.02 && 128 / $4 >= 1500) print $1 "," $2 }' >expected
    "$examples/fast-answers" 0.02 1500 <frontier >fast
    rec2csv --fields id,point.batch fast | tail -n +2 | diff expected -
    [ "$(wc -l <expected)" -gt 0 ]
    [ "$(wc -l <expected)" -lt "$(rec2json frontier | wc -l)" ]
}

@test "best-by-die: a row for each die size, its cheapest" {
    servers | evaluate | tco-eval --constants "$CONSTANTS" | pareto --group chip.area_mm2 >frontiers
    "$examples/best-by-die" <frontiers >best.csv
    [ "$(cut -d , -f 1 best.csv | paste -s -d ' ')" = 'chip.area_mm2 60.0 140.0' ]
    for area in 60.0 140.0; do
        cheapest=$(rec2csv --fields chip.area_mm2,point.usd_per_output_token frontiers | sed -n "s/^$area,//p" | sort -g | head -n 1)
        [ "$(sed -n "s/^$area,.*,//p" best.csv)" = "$cheapest" ]
    done
}

# complete WORD...: what Tab offers behind these words
complete_words() {
    # shellcheck disable=SC2016
    bash -c '
        . "$1"; shift
        compopt() { :; }
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _chiplet_cloud "$1" "${@: -1}" "${@: -2:1}"
        printf "%s\n" "${COMPREPLY[@]}"' bash "$root/common/cli/completion.bash" "$@"
}

@test "completion offers every option of every program, inputs, conventions and files" {
    for program in $(program_names); do
        grep -q "^complete .* $program\( \|$\)" "$root/common/cli/completion.bash"
        complete_words "$program" -- | sort >offered
        "$program" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p' | sort | diff - offered
        [ "$(wc -l <offered)" -ge 3 ]
    done
    [ "$(complete_words llm-map --conv)" = --convention ]
    complete_words llm-map --convention token | grep -qx 'token-cost=published'
    complete_words llm-map --convention = tok | grep -qx 'token-cost=published'
    ln -s "$root/pipelines" .
    [ "$(complete_words llm-map --model pipelines/inputs/model/gpt3 | head -n 1)" = pipelines/inputs/model/gpt3.yaml ]
    complete_words pareto hw | grep -qx hw.yaml
}
