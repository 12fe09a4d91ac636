#!/usr/bin/env bats
# The manual pages: the options of --help, no more and no fewer; well-formed; examples that run.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
}

options_of_help() {
    "$1" --help | sed -n 's/^  --/--/p'
}

options_of_page() {
    sed -n 's/^\.It Fl Fl \([a-z-]*\)\( Ar \)\{0,1\}\(.*\)$/--\1 \3/p' "$root/src/$1/$1.1" | sed 's/ $//'
}

# The commands of a page's examples: its literal displays, with mdoc's \e undone.
examples() {
    sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/{/^\.Bd/,/^\.Ed/{/^\.[BE]d/d;s/\\e/\\/g;p;};}' "$root/src/$1/$1.1"
}

check_page() {
    local page=$root/src/$1/$1.1
    options_of_help "$1" >help
    options_of_page "$1" >page
    [ -s help ]
    run diff help page
    assert_success
    run mandoc -T lint -W warning "$page"
    assert_success
    assert_output ''
    # an option that the text mentions exists
    while read -r option; do
        grep -q -- "^--$option\( \|\$\)" help
    done < <(grep -v '^\.It' "$page" | sed -n 's/.*Fl Fl \([a-z-]*\).*/\1/p')
}

check_examples() {
    ln -s "$root/pipelines" .
    { echo 'set -eu'; examples "$1"; } >examples.sh
    [ "$(wc -l <examples.sh)" -gt 1 ]
    grep -q "^\(.*| *\)\{0,1\} *$1 " examples.sh
    if grep -q '\bjq\b' examples.sh && ! command -v jq >/dev/null; then
        skip 'jq is not there'
    fi
    run --separate-stderr bash -o pipefail examples.sh
    assert_success
}

@test "chiplet-gen.1" { check_page chiplet-gen; }
@test "server-pack.1" { check_page server-pack; }
@test "llm-map.1" { check_page llm-map; }
@test "tco-eval.1" { check_page tco-eval; }
@test "pareto.1" { check_page pareto; }
@test "rec2json.1" { check_page rec2json; }
@test "json2rec.1" { check_page json2rec; }
@test "rec2csv.1" { check_page rec2csv; }

@test "examples of chiplet-gen.1 run" { check_examples chiplet-gen; }
@test "examples of server-pack.1 run" { check_examples server-pack; }
@test "examples of llm-map.1 run" { check_examples llm-map; }
@test "examples of tco-eval.1 run" { check_examples tco-eval; }
@test "examples of pareto.1 run" { check_examples pareto; }
@test "examples of rec2json.1 run" { check_examples rec2json; }
@test "examples of json2rec.1 run" { check_examples json2rec; }
@test "examples of rec2csv.1 run" { check_examples rec2csv; }

@test "chiplet-cloud-conventions.7 has a word on every convention, and the table as measured" {
    page=$root/common/man/chiplet-cloud-conventions.7
    run mandoc -T lint -W warning "$page"
    assert_success
    assert_output ''
    tco-eval --help | sed -n '/^Conventions/,/^$/s/^  \([a-z-]*\): .*/\1/p' >names
    [ "$(wc -l <names)" -eq 13 ]
    sed -n 's/^\.It Cm //p' "$page" | diff names -
    sed -n '/^\.TS/,/^\.TE/p' "$page" | diff - <("$root/tests/tools/conventions-table" "$root/common/man/conventions.csv")
    cut -d, -f1 "$root/common/man/conventions.csv" | sed '1,2d;$d' | diff names -
}

@test "compare-conventions: rows for all conventions, on a small space" {
    small_hardware hw.yaml
    run --separate-stderr "$root/pipelines/compare-conventions" hw.yaml megatron
    assert_success
    [ "$(wc -l <<<"$output")" -eq 16 ]
    assert_line --index 0 'convention,unit,megatron'
    # the batch of the best design is a power of two: divided by it once more, a multiple of what 1 - 1/2^n leaves
    change=$(sed -n 's/^token-cost,percent,-//p' <<<"$output")
    awk -v c="$change" 'BEGIN { exit !(c > 50 && c < 100) }'
    # the application processor is not free
    awk -F, '$1 == "host-cost" { exit !($3 < 0) }' <<<"$output"
    awk -F, 'NR == 2 { c = $3 } END { exit !($1 == "published" && $3 > 0 && $3 < c) }' <<<"$output"
}

@test "every reason to reject is in the page of the program that gives it, and no other" {
    sed -n 's/^    X([A-Z0-9_]*, "\([a-z0-9_]*\)".*/\1/p' "$root/common/model/reject.h" | sort >reasons
    [ "$(wc -l <reasons)" -ge 18 ]
    for page in "$root"/src/*/*.1; do
        sed -n '/^Reasons to reject/,/^\.El/s/^\.It Li \([a-z0-9_]*\)$/\1/p' "$page"
    done | sort | diff reasons -
}

@test "chiplet-cloud-records.5 is what the definitions say, and well-formed" {
    page=$root/common/man/chiplet-cloud-records.5
    "${RECORDS_PAGE:?made by make test}" | diff "$page" -
    run mandoc -T lint -W warning "$page"
    assert_success
    assert_output ''
}

@test "chiplet-cloud-records.5 has every field of a record, and no other" {
    page=$root/common/man/chiplet-cloud-records.5
    model=$root/pipelines/inputs/model/megatron.yaml
    small_hardware hw.yaml
    sed -n 's/^\.It Li \([a-z0-9_]*\.[a-z0-9_.]*\)$/\1/p' "$page" | sort >documented
    [ "$(wc -l <documented)" -gt 150 ]
    [ -z "$(uniq -d documented)" ]
    chiplet-gen --constants "$CONSTANTS" hw.yaml | server-pack --constants "$CONSTANTS" --hardware hw.yaml |
        llm-map --constants "$CONSTANTS" --breakdown --model "$model" | tco-eval --constants "$CONSTANTS" --breakdown |
        pareto | rec2csv | head -n 1 | tr , '\n' | grep -v -x -e schema -e id | sort >written
    [ "$(wc -l <written)" -gt 100 ]
    run comm -13 documented written
    assert_output ''
}
