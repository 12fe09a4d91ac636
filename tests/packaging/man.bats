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

# The commands of a page: its literal displays, in the section EXAMPLES if there is one, with mdoc's \e undone.
examples() {
    local from=1
    ! grep -q '^\.Sh EXAMPLES' "$1" || from=/^\.Sh.EXAMPLES/
    sed -n "$from,\$p" "$1" | sed -n '/^\.Bd -literal/,/^\.Ed/{/^\.[BE]d/d;s/\\e/\\/g;p;}'
}

check_page() {
    local page=$root/src/$1/$1.1
    options_of_help "$1" >help
    options_of_page "$1" >page
    [ -s help ]
    run diff help page
    assert_success
    check_lint "$page"
    # an option that the text mentions exists
    while read -r option; do
        grep -q -- "^--$option\( \|\$\)" help
    done < <(grep -v '^\.It' "$page" | sed -n 's/.*Fl Fl \([a-z-]*\).*/\1/p')
}

# run_examples PAGE: in one shell, as somebody who reads it would type them.
run_examples() {
    ln -s "$root/pipelines" .
    mkdir path
    ln -s "$(command -v "$PYTHON")" path/python3
    { echo 'set -eu'; examples "$1"; } >examples.sh
    [ "$(wc -l <examples.sh)" -gt 1 ]
    PATH=$PWD/path:$PATH run --separate-stderr bash -o pipefail examples.sh
    assert_success
}

check_examples() {
    run_examples "$root/src/$1/$1.1"
    grep -q "^\(.*| *\)\{0,1\} *$1 " examples.sh
}

check_lint() {
    run mandoc -T lint -W warning "$1"
    assert_success
    assert_output ''
}

@test "the page of each program: the options of --help, and no other" {
    for program in $(program_names); do
        echo "$program"
        check_page "$program"
    done
}

@test "the page of each program: examples run" {
    for program in $(program_names); do
        echo "$program"
        mkdir "$program"
        cd "$program"
        check_examples "$program"
        cd ..
    done
}

@test "chiplet-cloud-conventions.7 has a word on every convention, and the table as measured" {
    page=$root/common/man/chiplet-cloud-conventions.7
    check_lint "$page"
    tco-eval --help | sed -n '/^Conventions/,/^$/s/^  \([a-z-]*\): .*/\1/p' >names
    [ "$(wc -l <names)" -eq 30 ]
    sed -n 's/^\.It Cm //p' "$page" | diff names -
    sed -n '/^\.TS/,/^\.TE/p' "$page" | diff - <("$root/tests/tools/conventions-table" "$root/common/man/conventions.csv")
    cut -d, -f1 "$root/common/man/conventions.csv" | sed '1,2d;$d' | diff names -
}

@test "every reason to reject is in the page of the program that gives it, and no other" {
    sed -n 's/^    X([A-Z0-9_]*, "\([a-z0-9_]*\)".*/\1/p' "$root/common/model/reject.h" | sort >reasons
    [ "$(wc -l <reasons)" -ge 18 ]
    for page in "$root"/src/*/*.1; do
        sed -n '/^Reasons to reject/,/^\.El/s/^\.It Li \([a-z0-9_]*\)$/\1/p' "$page"
    done | sort -u | diff reasons -
}

# is_filled PAGE [TEMPLATE]: the page is what its template, or the page itself, becomes when it is filled in.
is_filled() {
    (cd "$root" && "$(built common/man/fill-page)" "${2:-$1}") >filled
    diff "$root/$1" filled
}

@test "chiplet-cloud-records.5 is what the definitions say" {
    page=common/man/chiplet-cloud-records.5
    is_filled $page $page.in
    check_lint "$root/$page"
    run_examples "$root/$page"
}

@test "chiplet-cloud-inputs.5 is what the tables of keys say, and its example runs" {
    page=common/man/chiplet-cloud-inputs.5
    is_filled $page $page.in
    check_lint "$root/$page"
    run_examples "$root/$page"
    [ "$(wc -l <<<"$output")" -gt 4 ]
}

@test "columns of llm-map.1, tco-eval.1, pareto.1 and phase-join.1 are those of the tables, each once" {
    for page in llm-map tco-eval pareto phase-join; do
        is_filled src/$page/$page.1
        grep -c '^\.\\" @fields ' filled >>parts
    done
    [ "$(tr '\n' ' ' <parts)" = '11 9 1 1 ' ]
    sed -n '/^\.\\" @fields/,/^\.\\" @end@/s/^\.It Li //p' "$root/src/llm-map/llm-map.1" "$root/src/tco-eval/tco-eval.1" "$root/src/pareto/pareto.1" "$root/src/phase-join/phase-join.1" | sort >columns
    sed -n 's/^\.It Li point\.//p' "$root/common/man/chiplet-cloud-records.5" | sort | diff columns -
}

@test "portfolio.1 and chiplet-cloud-records.5 have the fields of the entry portfolio" {
    is_filled src/portfolio/portfolio.1
    sed -n '/^\.\\" @fields portfolio@/,/^\.\\" @end@/s/^\.It Li /portfolio./p;/^\.\\" @fields portfolio-model@/,/^\.\\" @end@/s/^\.It Li /portfolio.models.*./p' \
        "$root/src/portfolio/portfolio.1" >fields
    [ "$(wc -l <fields)" -eq 9 ]
    sed -n 's/^\.It Li \(portfolio\..*\)/\1/p' "$root/common/man/chiplet-cloud-records.5" | diff fields -
}

@test "fill-page refuses what it does not know, and a part without an end" {
    fill=$(built common/man/fill-page)
    for text in '@fields nothing@' '@nothing@' 'at most @NOTHING@ of them' '.\" @reasons@' '.\" @nothing@' '@fields@' '@constants nothing@'; do
        printf '%s\n' "$text" >template
        run ! "$fill" template
    done
    printf '.\\" @fields cost@\nold\n.\\" @end@\n' >template
    "$fill" template >once
    run ! grep -q old once
    "$fill" once | diff once -
}

@test "lint-layers: a field that two lists define is found by its meaning, or where one list has keys, in each of its faces" {
    cat >lists.h <<'END'
#define CC_CLOCK(X, T, AS) \
    X##_REAL(T, freq_hz, AS("freq", "freq_hz"), CC_OPTIONAL, AS(1, NAN), CC_POSITIVE, "Hz", "clock" AS(" (default: 1)", ""))
#define CC_CHIP_INPUT(X, T) \
    CC_CLOCK(X, T, CC_AS_KEY) \
    X##_INT(T, num, "num", CC_REQUIRED, 0, CC_POSITIVE, "", "number of ios, counted twice")
#define CC_CHIP_FIELDS(X, T) \
    CC_CLOCK(X, T, CC_AS_FIELD) \
END
    while IFS='|' read -r found row; do
        { cat lists.h; printf '    X##_REAL(T, %s)\n' "$row"; } >more.h
        run "$root/tests/tools/field-lists" more.h
        assert_success
        [ -n "$found" ] || assert_output ''
        [ -z "$found" ] || assert_output --regexp "^  more\.h: CC_CHIP_[A-Z]*: $found is also defined in more\.h: CC_[A-Z_]*\$"
    done <<'END'
|power_w, "freq", CC_REQUIRED, 0, CC_POSITIVE, "Hz", "clock of a link"
hz|hz, "freq", CC_OPTIONAL, 1, CC_POSITIVE, "Hz", "clock (default: 1)"
freq_hz|freq_hz, "clock", CC_OPTIONAL, 1, CC_POSITIVE, "Hz", "clo" "ck"
num|num, "count", CC_REQUIRED, 0, CC_POSITIVE, "", "ios, once"
END
}

@test "chiplet-cloud-model.7: well-formed, filled in, and no wider than a terminal" {
    page=common/man/chiplet-cloud-model.7
    check_lint "$root/$page"
    is_filled $page
    mandoc -O width=78 "$root/$page" | sed 's/.\x08//g' >shown
    [ "$(wc -l <shown)" -gt 700 ]
    run awk 'length > 80' shown
    assert_output ''
}

@test "chiplet-cloud-model.7 names every convention, reason to reject, all-reduce and constant" {
    page=$root/common/man/chiplet-cloud-model.7
    tco-eval --help | sed -n '/^Conventions/,/^$/s/^  \([a-z-]*\): .*/[\1]/p' >names
    [ "$(wc -l <names)" -ge 18 ]
    sed -n 's/^    X([A-Z0-9_]*, "\([a-z0-9_]*\)").*/  \1 /p' "$root/common/model/network/all_reduce.h" >>names
    [ "$(wc -l <names)" -ge 25 ]
    # a reason in the equations, besides the list of all
    sed -n 's/^    X([A-Z0-9_]*, "\([a-z0-9_]*\)".*/Li \1/p' "$root/common/model/reject.h" >>names
    [ "$(wc -l <names)" -ge 43 ]
    sed '/^\.\\" @reasons@/,/^\.\\" @end@/d' "$page" >text
    while IFS= read -r name; do
        grep -qF -- "$name" text || fail "'$name' is not in the page"
    done <names
    sed -n '/^\.\\" @constants/,/^\.\\" @end@/s/^\([A-Za-z][A-Za-z0-9_]*\)  *.*/\1/p' "$page" | sort >named
    sed -n 's/AS(\([^,()]*\), [^()]*)/\1/g;s/^    X##_[A-Z]*(T, \([a-z0-9_]*, \)\{0,1\}"\([A-Za-z0-9_]*\)".*/\2/p' "$root/common/model/constants.h" |
        grep -vxE 'Chip|Package|Server|TCO|Energy|NRE|Rack|Carbon' | sort >keys
    [ "$(wc -l <keys)" -gt 55 ]
    diff keys named
}

@test "chiplet-cloud-model.7: each constant is used in the file that the page says, each equation's file exists" {
    page=$root/common/man/chiplet-cloud-model.7
    sed -n 's/AS(\([^,()]*\), [^()]*)/\1/g;s/^#define CC_\([A-Z]*\)_[A-Z_]*(X, T.*/\1/p;s/^    X##_\(REAL\|STEPS\)(T, \([a-z0-9_]*\), "\([A-Za-z0-9_]*\)".*/\2 \3/p' \
        "$root/common/model/constants.h" >members
    sed -n '/^\.\\" @constants/,/^\.\\" @end@/p' "$page" | tr '\n' ' ' | sed 's/\.Ss /\n.Ss /g' >maps
    local -A section
    while read -r line || [ -n "$line" ]; do
        [[ ! $line =~ ^\.Ss\ ([A-Za-z]+): ]] || section[${BASH_REMATCH[1]^^}]+=" $line"
    done <maps
    map= n=0
    while read -r member key; do
        if [ -z "$key" ]; then map=$member; continue; fi
        files=''
        [[ ! ${section[$map]#* "$key" } =~ \(([a-z_/]+\.c(, [a-z_/]+\.c)*)\) ]] || files=${BASH_REMATCH[1]//,/}
        [[ ${section[$map]} == *" $key "* && -n $files ]] || fail "$map.$key: no file"
        for file in $files; do
            grep -qE "(->|\.)$member\b" "$root/common/model/$file" || fail "$key: no $member in $file"
        done
        n=$((n + 1))
    done <members
    [ "$n" -gt 50 ]
    sed -n 's/^\.Ss .*(\(.*\.[ch]\))$/\1/p' "$page" | tr -d ' ' | tr , '\n' | sort -u >files
    [ "$(wc -l <files)" -gt 20 ]
    while read -r file; do
        [ -e "$root/common/model/$file" ] || [ -e "$root/$file" ] || fail "$file is not there"
    done <files
}

@test "chiplet-cloud-model.7: the worked example is that of tests/worked" {
    worked=$root/tests/worked
    chiplet-gen --constants "$worked/constants.yaml" "$worked/hardware.yaml" |
        server-pack --constants "$worked/constants.yaml" --hardware "$worked/hardware.yaml" |
        llm-map --constants "$worked/constants.yaml" --model "$worked/model.yaml" --system "$worked/system.yaml" |
        rec2csv --flat --fields chip.dies_per_wafer,chip.yield,chip.cost_usd,package.cost_usd,server.heatsink_max_power_w,server.heatsink_fins,model.parameters,point.prefill_latency_s |
        awk -F, 'NR == 2 { printf "%d\n%.4f\n%.2f\n%.2f\n%.1f\n%d\n%d\n%.2f\n", $1, $2, $3, $4, $5, $6, $7, $8 * 1e6 }' >figures
    [ "$(wc -l <figures)" -eq 8 ]
    sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$root/common/man/chiplet-cloud-model.7" >example
    while read -r figure; do
        grep -qE "(^|[^0-9.])$figure([^0-9.]|\$)" example || fail "$figure is not in the example"
    done <figures
}

@test "pages refer to each other: the page of equations from those it concerns, and no page that is not there" {
    for page in "$root"/src/{chiplet-gen,server-pack,llm-map,tco-eval}/*.1 "$root"/common/man/*.5 \
        "$root"/common/man/chiplet-cloud{,-conventions}.7; do
        grep -q '^\.Xr chiplet-cloud-model 7' "$page" || fail "$page"
    done
    # pages of commands are made of their texts
    { ls "$root"/src/*/*.1 "$root"/common/man/*.[57] && for text in "$root"/pipelines/lib/commands/*; do
        echo "chiplet-cloud-${text##*/}.1"; done && echo chiplet-cloud.1; } | sed 's|.*/||' | sort >there
    cat "$root"/src/*/*.1 "$root"/common/man/*.[57] | sed -n 's/^\.\(P[qo] \)\{0,1\}Xr \([^ ]*\) \([157]\).*/\2.\3/p' | sort -u >named
    [ "$(wc -l <named)" -ge 12 ]
    grep -E '^(chiplet-|server-pack|llm-map|tco-eval|phase-join|portfolio|pareto|rec2|json2rec)' named >ours
    [ "$(wc -l <ours)" -ge 12 ]
    run comm -13 there ours
    assert_output ''
}

@test "chiplet-cloud-inputs.5 has every key of the input files that come with the programs" {
    sed -n 's/^\.It Li \(.*\.\)\{0,1\}\([A-Za-z0-9_]*\)$/\2/p' "$root/common/man/chiplet-cloud-inputs.5" | sort -u >documented
    [ "$(wc -l <documented)" -gt 100 ]
    cat "$root"/pipelines/inputs/*/*.yaml | sed 's/#.*//' | grep -oE '^ *(- )?[A-Za-z0-9_]+:' | tr -d ' :-' | sort -u |
        grep -vxE 'associated_explore|HBM.*|[0-9]+|from|to|step|factor' >used
    [ "$(wc -l <used)" -gt 80 ]
    run comm -13 documented used
    assert_output ''
}

@test "chiplet-cloud.7: the tour, typed as it stands" {
    page=$root/common/man/chiplet-cloud.7
    check_lint "$page"
    run_examples "$page"
    # the stage that drops servers above a cost
    [ "$(rec2json cheap | wc -l)" -lt "$(rec2json servers | wc -l)" ]
    rec2csv --fields server.cost_usd cheap | awk 'NR > 1 { n++; if ($1 > 5000) exit 1 } END { exit n == 0 }'
    rec2csv --fields server.cost_usd servers | awk 'NR > 1 && $1 <= 5000' | wc -l >within
    [ "$(rec2json cheap | wc -l)" -eq "$(cat within)" ]
    # the column that is added, which is on the frontier, and what it says
    header=$(grep -n '^id,server.cost_usd,point.wait_s,point.usd_per_output_token$' <<<"$output" | cut -d : -f 1)
    tail -n "+$((header + 1))" <<<"$output" | grep '^c' | awk -F, '!($3 > 0) { exit 1 } END { exit NR == 0 }'
    llm-map --constants "$CONSTANTS" --model "$root/pipelines/inputs/model/megatron.yaml" cheap |
        "$PYTHON" add-wait.py | rec2csv --flat --fields point.prefill_latency_s,point.generate_latency_s,point.wait_s |
        awk -F, 'NR > 1 && ($1 + $2 * 10 / 128 - $3) ^ 2 > 1e-18 { exit 1 } END { exit NR < 2 }'
    [ "$(rec2json small-dies | wc -l)" -gt 0 ]
    [ -s study/gpt2.frontier ]
    [ -s study/megatron.frontier ]
    # the walk-through: what it chose keeps the promise, one request at a time costs more, a dear price changes what the page says
    "$PYTHON" - "$(sed -n 's/^  = generate latency *\([^ ]*\) s$/\1/p' chosen)" <<'END'
import sys
assert 0 < float(sys.argv[1]) <= 0.1, sys.argv
END
    [ "$(grep -c '^Bill of materials' <<<"$output")" -eq 1 ]
    "$root/pipelines/best-designs" --csv --by point.batch=1,128 run | awk -F, 'NR > 1 { usd[NR] = $NF } END { exit !(usd[2] > 2 * usd[3]) }'
    [ -s run/report/index.html ]
    grep -q 'TCO.ElectricityCost' compared/index.html
    assert_output --partial 'constants: TCO.ElectricityCost'
    [ "$(tail -n +2 run/sensitivity/tornado.csv | wc -l)" -eq 6 ]
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

@test "what the tables of reasons, equations and constants fill in stands in the pages" {
    cd "$root"
    for page in common/man/chiplet-cloud-model.7 src/llm-map/llm-map.1 src/tco-eval/tco-eval.1; do
        grep -q '^\.\\" @end@' "$page"
        "$(built common/man/fill-page)" "$page" | diff "$page" -
    done
}

@test "the reasons to reject in the pipelines are those of the programs" {
    is_filled pipelines/lib/reasons pipelines/lib/reasons.in
    [ "$(wc -l <"$root/pipelines/lib/reasons")" -ge 18 ]
}
