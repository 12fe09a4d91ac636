#!/usr/bin/env bats
# Tables of text, and what the pipelines in Python have in common: locales, hostile text and run folders, failures of the system.

setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    small_hardware hw.yaml
    OUT=run "$root/pipelines/explore" hw.yaml megatron >/dev/null 2>&1
    cat >study.csv <<'CSV'
model,id,chip.area_mm2,chip.sram_bytes,chip.peak_flops,server.num_chips,point.num_servers,point.tensor_parallel,point.pipeline_parallel,point.batch,point.micro_batch,point.generate_tokens_per_s,point.usd_per_output_token
gpt2,c2385.p0.s0,280.0,315297520.5,62230000000000.0,24,2,1,48,128,2,933602.1,1.1971e-09
gpt3,c1215.p0.s14,120.0,155036137.9,10766398463395.7,136,32,45,96,256,2,100710.8,2.0477e-07
none,c1.p0.s0,120.0,,10766398463395.7,136,32,45,96,256,2,100710.8,2.0477e-07
CSV
    # every fortieth server of a third of the Chiplet Cloud space
    chiplet-gen --constants "$CONSTANTS" --shard 1/3 "$HARDWARE" | server-pack --constants "$CONSTANTS" --hardware "$HARDWARE" |
        rec2json | sed -n '1~40p' | json2rec >servers
}

setup() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    pipelines=$root/pipelines
    oops=$BATS_TEST_TMPDIR/oops
}

# designs FILTER [OPTION...]: a stream of the run's frontier, each record through a filter of jq
designs() {
    rec2json run/frontier | jq -c "$@" | json2rec
}

# narrow FILE [COLUMNS]: no line is wider than a terminal shows in so many columns, no byte commands it, and all is UTF-8
narrow() {
    "$PYTHON" - "$@" <<'CODE'
import sys, unicodedata
most = int(sys.argv[2]) if len(sys.argv) > 2 else 80
for line in open(sys.argv[1], encoding="utf-8", newline="\n"):
    line = line.rstrip("\n")
    assert line.isprintable(), repr(line)
    width = sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
    assert width <= most, (width, line)
CODE
}

# rows: the lines of designs in a table
rows() {
    grep -E '^c[0-9]+\.p[0-9]+\.s[0-9]+ ' "$@"
}

# a run's folder that may be spoilt
spoilt() {
    rm -rf spoilt
    cp -r run spoilt
}

@test "tables of eight models, of H100 and TPU v4: at most 80 columns, with all that matters" {
    for case in gpt2 megatron gpt3 gopher mtnlg bloom palm llama2 h100:llama3-70b tpuv4:palm:tpuv4-palm; do
        IFS=: read -r hardware model system <<<"$case"
        if [ -z "$model" ]; then
            model=$hardware
            cp servers some
        else
            chiplet-gen "$hardware" | server-pack --hardware "$hardware" >some
        fi
        llm-map --constants 7nm --model "$model" ${system:+--system "$system"} some | tco-eval --constants 7nm | pareto >frontier
        "$pipelines/best-designs" --provenance run/provenance frontier >table
        narrow table
        tail -n 2 table | head -n 1 >last
        for head in design die SRAM TFL chips srv TP PP batch micro tokens lat '\$/1M'; do
            sed -n '/^design/,/^c/p' table | grep -q -- "$head\|${head/srv/servers}"
        done
        [ "$(rows table | wc -l)" -ge 1 ]
        # as many columns in each line as in the heading
        [ "$(sed -n 's/^design.*/&/p' table | head -n 1 | wc -w)" -eq "$(rows table | head -n 1 | wc -w)" ]
    done
    # three workloads: a table each
    [ "$(grep -c '^workload: .*prompts of' table)" -eq 3 ]
    [ "$(grep -c 'designs on the frontier' table)" -eq 3 ]
}

@test "best-designs: what is computed stands above, and every number is that of the record" {
    "$pipelines/best-designs" --provenance run/provenance run/frontier >table
    for line in 'model: *megatron' 'workload: *prompts of 128 tokens, answers of 128' 'hardware: *hw.yaml' 'constants: *7nm' 'system: *none' 'conventions: *corrected'; do
        grep -qx -- "$line" table
    done
    rec2csv --fields id,chip.area_mm2,chip.sram_bytes,chip.peak_flops,server.num_chips,point.num_servers,point.tensor_parallel,point.pipeline_parallel,point.batch,point.micro_batch,point.tokens_per_s,point.prefill_latency_s,point.generate_latency_s,server.cost_usd,point.usd_per_output_token run/frontier >all.csv
    rows table >rows.txt
    "$PYTHON" - <<'CODE'
import csv
known = [[row[0], *map(float, row[1:])] for row in list(csv.reader(open("all.csv")))[1:]]
for row in known:
    for i, scale in ((2, 1e-6), (3, 1e-12), (14, 1e6)):
        row[i] *= scale
shown = [line.split() for line in open("rows.txt")]
for cells in shown:
    wide = len(cells) == 15
    def agrees(row):
        values = row if wide else row[:11] + row[12:13] + row[14:]
        return cells[0] == row[0] and len(cells) == len(values) and all(abs(float(c) / v - 1) < 6e-3 for c, v in zip(cells[1:], values[1:]))
    assert any(map(agrees, known)), cells
first, last = min(known, key=lambda r: r[14]), min(known, key=lambda r: r[12])
assert shown[0][0] == first[0] and shown[-1][0] == last[0] and 3 <= len(shown) <= 12
CODE
}

@test "best-designs ends whatever the latencies: all equal, one design, none, many" {
    for count in 1 2 11 12 13 40; do
        rec2json run/frontier | head -n 1 | jq -c "range($count) as \$i | .id = \"c\(\$i).p0.s0\"" | json2rec >equal
        run timeout 20 "$pipelines/best-designs" equal
        assert_success
        [ "$(rows <<<"$output" | wc -l)" -eq "$((count < 12 ? count : 12))" ]
        assert_line "$count designs on the frontier of cost per generated token against generate latency"
        assert_equal "$(rows <<<"$output" | sed -n '$s/ .*//p')" "c$((count - 1)).p0.s0"
    done
    run timeout 20 "$pipelines/best-designs" /dev/null
    assert_success
    assert_output 'no design can serve the model'
    # latencies that rise, fall, or are missing
    for latency in '$i + 1' '40 - $i' 'if $i % 2 == 0 then 1 else 2 end' '1 + $i * 1e-15'; do
        rec2json run/frontier | head -n 1 | jq -c "range(40) as \$i | .id = \"c\(\$i).p0.s0\" | .point.generate_latency_s = ($latency)" | json2rec >odd
        run timeout 20 "$pipelines/best-designs" odd
        assert_success
        [ "$(rows <<<"$output" | wc -l)" -le 12 ]
        [ "$(rows <<<"$output" | wc -l)" -ge 2 ]
    done
    designs 'del(.point.generate_latency_s)' >odd
    run timeout 20 "$pipelines/best-designs" odd
    assert_success
}

@test "a space of one latency gives a table with two equal rows" {
    cat >one.yaml <<'YAML'
Chip:
  area: [140, 140]
  mac_ratio: 0.05
  operational_intensity: 2
  pkg2pkg_io: {num: 4, bandwidth_per_io: 12.5e9, area_per_io: 0.3}
Package:
  num_chips: 1
Server:
  packages_per_lane: 6
  io: {num: 2, bandwidth_per_io: 12.5e9}
YAML
    printf 'num_servers: 48\ndefault_mapping: {t: 576, p: 4, micro_batch: 1, prefill_micro_batch: 1}\nworkload: {max_batch: 1, eval_len: [64, 32]}\n' >one.sys
    chiplet-gen --constants "$CONSTANTS" one.yaml | server-pack --constants "$CONSTANTS" --hardware one.yaml |
        llm-map --constants "$CONSTANTS" --model "$root/pipelines/inputs/model/megatron.yaml" --system one.sys |
        tco-eval --constants "$CONSTANTS" | pareto >one
    run --separate-stderr timeout 60 "$pipelines/best-designs" one
    assert_success
    [ "$(rows <<<"$output" | wc -l)" -eq 2 ]
    [ "$(rows <<<"$output" | cut -d ' ' -f 2- | sed 's/^ *//' | sort -u | wc -l)" -eq 1 ]
}

@test "ROWS says how many designs, and must be a number" {
    [ "$(ROWS=3 "$pipelines/best-designs" run/frontier | rows | wc -l)" -eq 3 ]
    [ "$(ROWS=1 "$pipelines/best-designs" run/frontier | rows | wc -l)" -eq 1 ]
    for rows in 0 -1 x 1.5 1e3 99999999999; do
        ROWS=$rows refused 2 "$pipelines/best-designs" run/frontier
        says "ROWS=$rows: expected a number of 1 or more"
    done
}

@test "a field that only some records have: - in tables, and reports do not mind" {
    designs 'if .id == "'"$(rec2csv --fields id run/frontier | sed -n 2p)"'" then del(.chip.sram_bytes, .server.num_chips, .point.micro_batch) else . end' >some
    "$pipelines/best-designs" some >table
    narrow table
    rows table | head -n 1 | grep -qE ' - .* - .* - '
    [ "$(rows table | awk '{ print length($0) }' | sort -u | wc -l)" -eq 1 ]
    # an entry and columns of a user's own stage, of any form
    spoilt
    designs '.carbon = {"kg": [1, {"a": null}], "name": "x"} | .extra = {} | .point.mine = "text" | .system.mine = 1 | .workload.note = "n" | .chip.name = "a\nb"' >spoilt/frontier
    run "$pipelines/explain" spoilt
    assert_success
    run "$pipelines/plot-frontier" spoilt
    assert_success
    run "$pipelines/report" spoilt
    assert_success
    # what is not there is not summed
    spoilt
    rec2json run/frontier | jq -c 'del(.chip.area_mm2, .server.cost_board_usd, .package.tdp_w, .chip.yield, .server.tdp_w)' | json2rec >spoilt/frontier
    rec2json run/servers | jq -c 'del(.chip.area_mm2, .server.cost_board_usd, .chip.yield, .package.power_density_w_per_mm2)' | json2rec >spoilt/servers
    run "$pipelines/plot-frontier" spoilt
    assert_success
    run --separate-stderr "$pipelines/explain" spoilt
    [[ $stderr != *Traceback* ]]
    # needed by the programs themselves, or shown as missing
    [ "$status" -eq 0 ] || [ "$status" -eq 1 ]
}

@test "names with control characters, escapes, wide and combining letters neither reach the terminal nor break a table" {
    # shellcheck disable=SC1112
    names=($'new\nline' $'\e[31mred' $'\e]0;title\a' $'tab\tback\b\r' 'wide 漢字漢字漢字漢字漢字漢字' $'e\u0301\u0301\u0301' $'\u0301start' $'rtl \u202e\u2066' $'zero\u200bwidth' \
        $'\u009b31m' "$(printf 'long-%.0s' {1..60})" 'x' '😀😀😀' $'\u2028' '%s%d\n' '\e[31m')
    rec2json run/frontier >lines
    rm -rf odd
    mkdir odd
    for i in "${!names[@]}"; do
        name=${names[i]}
        jq -c --arg name "$name" '.model.name = $name | .id = $name' lines | json2rec >frontier
        "$pipelines/best-designs" frontier >"odd/$i.designs"
        printf 'model,id,chip.area_mm2,point.batch,point.usd_per_output_token\n"%s","%s",140.0,1,1e-7\nplain,c1.p0.s0,60.5,1024,2.5e-07\n' "${name//\"/}" "${name//\"/}" >odd.csv
        "$pipelines/study-table" odd.csv >"odd/$i.study"
    done
    cat odd/*.designs odd/*.study >tables
    narrow tables
    # the last column ends at one place
    "$PYTHON" - odd/*.study <<'CODE'
import sys, unicodedata
width = lambda line: sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
assert len(sys.argv) == 17, sys.argv
for table in sys.argv[1:]:
    lines = open(table, encoding="utf-8", newline="\n").read().splitlines()[-2:]
    assert len({width(line) for line in lines}) == 1, lines
CODE
}

@test "study-table: the columns of study.csv; what is no study is refused with its line" {
    run --separate-stderr "$pipelines/study-table" study.csv
    assert_success
    assert_line --regexp '^model +design +die +SRAM +TFL.* +\$/1M$'
    assert_line --regexp '^gpt2 +c2385.p0.s0 +280 +315 +62\.2 +24 +2 +1 +48 +128 +2 +933602 +0\.00119[67]1?$'
    assert_line --regexp '^gpt3 +c1215.p0.s14 +120 +155 +10\.8 +136 +32 +45 +96 +256 +2 +100711 +0\.2047[0-9]*$'
    assert_line --regexp '^none +c1.p0.s0 +120 +- +10\.8'
    head -n 1 study.csv >none.csv
    run "$pipelines/study-table" none.csv
    assert_success
    assert_output 'no design can serve any of the models'
    sed '3s/,120.0,/,a hundred,/' study.csv >bad.csv
    refused 1 "$pipelines/study-table" bad.csv
    says "bad.csv:3: chip.area_mm2: expected a number, not 'a hundred'"
    sed '2s/,280.0//' study.csv >bad.csv
    refused 1 "$pipelines/study-table" bad.csv
    says 'bad.csv:2: 12 cells, expected the 13 of the header'
    : >bad.csv
    refused 1 "$pipelines/study-table" bad.csv
    says 'bad.csv:1: expected the header of study.csv'
}

@test "summarize-counts: counts of all jobs together, large ones too; a line that is cut is refused" {
    cat >log <<'TEXT'
chiplet-gen: stats candidates 3000000000
chiplet-gen: stats out 2999999999
chiplet-gen: stats rejected die_area 1
server-pack: stats in 5
something else: stats of mine
server-pack: stats candidates 10
server-pack: stats out 4
server-pack: stats rejected lane_area_max 2
server-pack: stats rejected heat_sink_power 3
server-pack: stats rejected lane_area_max 1
TEXT
    cp log log2
    run "$pipelines/summarize-counts" log log2
    assert_success
    assert_output 'chips:   5999999998 of 6000000000 can be made
          2 rejected: die_area
servers: 8 of 20 candidates can be built, cooled and powered
          6 rejected: heat_sink_power
          package power (W), above what its heat sink takes away
          6 rejected: lane_area_max
          heat-source area in a lane (mm2), above the limit
model:   runs on 0 of 0 servers'
    run "$pipelines/summarize-counts" --csv log log2
    assert_output 'program,what,reason,count
chiplet-gen,candidates,,6000000000
chiplet-gen,out,,5999999998
chiplet-gen,rejected,die_area,2
server-pack,candidates,,20
server-pack,out,,8
server-pack,rejected,heat_sink_power,6
server-pack,rejected,lane_area_max,6'
    echo 'llm-map: stats rejected model_mem' >>log
    refused 1 "$pipelines/summarize-counts" log log2
    says 'log:11: expected PROGRAM: stats'
}

# locale_of LANGUAGE CHARMAP: makes it in the folder locales
locale_of() {
    [ -d "locales/$1.$2" ] || localedef -i "$1" -f "$2" "locales/$1.$2" 2>/dev/null || [ -d "locales/$1.$2" ]
}

@test "the same bytes in every locale" {
    mkdir -p locales
    command -v localedef >/dev/null || skip 'no localedef (Debian: package libc-bin)'
    [ -f /usr/share/i18n/locales/de_DE ] || skip 'no sources of locales (Debian: package locales)'
    locale_of de_DE UTF-8
    locale_of tr_TR UTF-8
    locale_of de_DE ISO-8859-1
    [ "$(LOCPATH=$PWD/locales LC_ALL=de_DE.UTF-8 locale decimal_point)" = , ]
    spoilt
    rm -rf 'spülen'
    mv spoilt 'spülen'
    "$pipelines/explore-hardware" hw.yaml 2>log >/dev/null
    export LOCPATH=$PWD/locales
    for language in C de_DE.UTF-8 tr_TR.UTF-8 POSIX de_DE.ISO-8859-1 '' xx_XX.UTF-8; do
        (
            if [ -n "$language" ]; then
                export LC_ALL=$language LANG=$language LC_NUMERIC=$language
            else
                export LC_ALL='' LANG=de_DE.UTF-8
            fi
            "$pipelines/best-designs" --provenance run/provenance run/frontier
            "$pipelines/summarize-counts" log
            "$pipelines/study-table" study.csv
            # what takes longer, in C and with decimal commas and bytes that are not UTF-8; in make test-all in each
            [[ -n ${TEST_ALL:-} || $language == C || $language == *8859-1 ]] || exit 0
            {
                "$pipelines/summarize-counts" --csv log
                "$pipelines/plot-frontier" 'spülen' 80 20
                "$pipelines/explain" 'spülen'
                "$pipelines/compare-runs" --out compared run 'spülen'
                cat compared/compare.csv compared/index.html
                sha256sum <compared/frontiers.png
                "$pipelines/sensitivity" tornado run TCO.PUE
                cat run/sensitivity/tornado.csv
            } >said.more
        ) >said 2>errors
        # bash says that it does not know xx_XX
        ! grep -v 'setlocale: ' errors || fail "$language: $(cat errors)"
        if [ "$language" = C ]; then
            cp said known
            cp said.more known.more
        fi
        cmp known said || fail "$language"
        cmp known.more said.more || fail "$language"
    done
    grep -q '0\.' known
    grep -q '0\.' known.more
    LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8 OUT=comma "$pipelines/explore" hw.yaml megatron >/dev/null 2>&1
    for file in servers frontier frontier.csv summary.txt counts.csv; do
        cmp "run/$file" "comma/$file"
    done
}

@test "a run's folder is data: its conventions are words of a list, and nothing else" {
    for said in "--as-published; touch $oops" "\$(touch $oops)" "\`touch $oops\`" "--as-published | touch $oops" '--model other' '--convention nonsense' \
        '--convention token-cost=other' "corrected\$(touch $oops)" '--as-published --constants x' "--convention=token-cost=published;touch\${IFS}$oops" '-o x'; do
        spoilt
        awk -v said="conventions: $said" '/^conventions:/ { print said; next } { print }' run/provenance >spoilt/provenance
        line=$(grep -n '^conventions:' spoilt/provenance | cut -d : -f 1)
        # the others read a run in the same way
        commands=(explain)
        [[ $said != '--as-published; '* ]] || commands=(report explain plot-frontier 'sensitivity tornado' 'sensitivity montecarlo' 'compare-runs run')
        for command in "${commands[@]}"; do
            # shellcheck disable=SC2086
            refused 1 "$pipelines"/$command spoilt
            says "spoilt/provenance:$line: conventions: "
            says 'expected corrected, or --as-published or --convention NAME=published'
        done
    done
    [ ! -e "$oops" ]
    spoilt
    sed -i 's/^conventions:.*/conventions: --convention=token-cost=corrected  --convention host-cost=corrected/' spoilt/provenance
    run "$pipelines/explain" spoilt
    assert_success
}

@test "a run's folder is data: names and paths are never commands" {
    # shellcheck disable=SC2016
    local names=($'$(touch oops) `touch oops` ;touch oops\n{} %d @x "b\\c' $'-\';touch oops;\'END\nEND\nsystem("touch oops")\n')
    # both in one; in make test-all also each by itself
    for name in "${names[1]}${names[0]}" ${TEST_ALL:+"${names[@]}"}; do
        rm -rf odd
        mkdir odd
        cp -r run "odd/$name"
        run --separate-stderr "$pipelines/explain" "odd/$name"
        [ "$status" -eq 0 ] || fail "$name: $output $stderr"
        run --separate-stderr "$pipelines/report" "odd/$name"
        [ "$status" -eq 0 ] || fail "$name: $output $stderr"
        run --separate-stderr "$pipelines/compare-runs" --out compared run "odd/$name"
        [ "$status" -eq 0 ] || fail "$name: $output $stderr"
        grep -q '<svg' compared/index.html
        run --separate-stderr "$pipelines/sensitivity" tornado "odd/$name" TCO.PUE Chip.D0
        [ "$status" -eq 0 ] || fail "$name: $output $stderr"
        run --separate-stderr "$pipelines/sensitivity" montecarlo --samples 1 "odd/$name"
        [ "$status" -eq 0 ] || fail "$name: $output $stderr"
    done
    [ -z "$(find . -name oops)" ]
}

@test "text in records is never a command to gnuplot, a shell or a browser" {
    # shellcheck disable=SC2016
    local texts=($'x\nsystem("touch '"$oops"$'")\nEND\n!touch '"$oops"$'\n\'; system("touch '"$oops"$'") #'
        "\`touch $oops\` ' ; system('touch $oops') ; '\" @x {/Bold y} %d \n <script>alert(1)</script> \"><img src=x onerror=alert(1)> \$(touch $oops)")
    spoilt
    # each in each place
    designs '$ARGS.positional[input_line_number % 2] as $tech | .chip.tech = $tech | .chip.dataflow = $ARGS.positional[(input_line_number + 1) % 2]' \
        --args "${texts[@]}" >spoilt/frontier
    head -n 1 run/counts.csv >spoilt/counts.csv
    jq -rn '$ARGS.positional[] | ["llm-map", "rejected", ., "5"] | @csv' --args "${texts[@]}" >>spoilt/counts.csv
    printf 'llm-map,rejected,"a\\nb %%d {c} @d `e`",5\n' >>spoilt/counts.csv
    run --separate-stderr "$pipelines/report" spoilt
    [ "$status" -eq 0 ] || fail "$output $stderr"
    ! grep -qiE '<script|<img' spoilt/report/index.html
    run --separate-stderr "$pipelines/plot-frontier" spoilt
    [ "$status" -eq 0 ] || fail "$output $stderr"
    [ ! -e "$oops" ]
    # and is shown as it is
    grep -qF 'llm-map: a\nb %d {c} @d `e`' spoilt/report/candidates.svg
}

@test "a folder that is damaged is refused with the place and what would be right" {
    spoilt
    sed -i 's/count$/number/' spoilt/counts.csv
    refused 1 "$pipelines/report" spoilt
    says 'spoilt/counts.csv:1: expected the columns program,what,reason,count; there is no count'
    spoilt
    sed -i '3s/[0-9]*$/many/' spoilt/counts.csv
    refused 1 "$pipelines/report" spoilt
    says 'spoilt/counts.csv:3: expected 4 cells, of which count is a whole number'
    spoilt
    sed -i 's/^program,/mine,program,/;2,$s/^/x,/' spoilt/counts.csv
    run "$pipelines/report" spoilt
    assert_success
    spoilt
    head -c -9 run/frontier >spoilt/frontier
    for command in report explain plot-frontier 'sensitivity tornado' 'compare-runs --out compared run'; do
        # shellcheck disable=SC2086
        refused 1 "$pipelines"/$command spoilt
        says rec2json
    done
    refused 1 "$pipelines/best-designs" spoilt/frontier
    spoilt
    designs 'del(.point.batch)' >spoilt/frontier
    refused 1 "$pipelines/explain" spoilt
    says 'spoilt/frontier: record 1 (c'
    says 'point.batch: expected a number above 0'
    spoilt
    echo 'no colon' >>spoilt/provenance
    refused 1 "$pipelines/explain" spoilt
    says "spoilt/provenance:$(wc -l <spoilt/provenance): expected KEY: VALUE"
    spoilt
    sed -i 's/^model: .*/model: "cut/' spoilt/provenance
    refused 1 "$pipelines/explain" spoilt
    says 'expected text in quotes as JSON has it'
    spoilt
    printf '\377\n' >>spoilt/provenance
    refused 1 "$pipelines/explain" spoilt
    says 'expected UTF-8'
}

@test "copies of inputs stay in the folder: no other path, no link out of it" {
    for path in /etc/passwd ../../hw.yaml inputs/../../hw.yaml inputs/constants/none.yaml; do
        spoilt
        sed -i "s|^  constants: .*|  constants: \"$path\"|" spoilt/provenance
        refused 1 "$pipelines/explain" spoilt
        says "spoilt/provenance:$(grep -n '^  constants:' spoilt/provenance | cut -d : -f 1): constants: "
    done
    spoilt
    rm spoilt/inputs/constants/*
    ln -s /etc/passwd spoilt/inputs/constants/7nm.yaml
    refused 1 "$pipelines/explain" spoilt
    # results do not go through links either
    spoilt
    mkdir -p elsewhere
    echo mine >elsewhere/index.html
    rm -rf spoilt/report spoilt/sensitivity
    ln -s ../elsewhere spoilt/report
    refused 2 "$pipelines/report" spoilt
    says 'is a symbolic link'
    ln -s ../elsewhere spoilt/sensitivity
    run --separate-stderr "$pipelines/sensitivity" tornado spoilt TCO.PUE
    assert_failure 2
    [ "$(cat elsewhere/*)" = mine ]
    mkfifo spoilt/fifo
    rm spoilt/counts.csv
    mv spoilt/fifo spoilt/counts.csv
    refused 3 timeout 20 "$pipelines/explain" spoilt
}

@test "a folder of an older version is told so; originals may be edited or gone" {
    spoilt
    sed -i '/^copies:/,$d' spoilt/provenance
    for command in report explain plot-frontier 'sensitivity tornado' 'sensitivity montecarlo' 'compare-runs run'; do
        # shellcheck disable=SC2086
        refused 1 "$pipelines"/$command spoilt
        says 'was made by an older version'
        says 'run explore again'
    done
    cp hw.yaml gone.yaml
    cp "$CONSTANTS" gone-constants.yaml
    sed -i 's/^\(  wafer_cost:\) [0-9.]*/\1 12345/' gone-constants.yaml
    cp "$root/pipelines/inputs/model/megatron.yaml" gone-model.yaml
    OUT=later CONSTANTS=gone-constants.yaml "$pipelines/explore" gone.yaml gone-model.yaml >/dev/null 2>&1
    "$pipelines/explain" later >before
    grep -qE '^  wafer +12,345 ' before
    rm gone-model.yaml gone.yaml
    echo 'Nonsense: [' >gone-constants.yaml
    "$pipelines/explain" later | cmp before -
    "$pipelines/report" later
    # the run's constants, wherever something is evaluated again
    "$pipelines/sensitivity" tornado later Chip.wafer_cost >said
    usd=$(rec2csv --fields point.usd_per_output_token later/frontier | sed -n 2p)
    "$PYTHON" - "$usd" <<'CODE'
import csv, sys
row = next(csv.DictReader(open("later/sensitivity/tornado.csv")))
assert float(row["value"]) == 12345 and abs(float(row["usd_per_1m_tokens"]) / 1e6 / float(sys.argv[1]) - 1) < 1e-12, row
CODE
}

@test "two reports at once: both are whole; what a killed one has left is removed" {
    spoilt
    rm -rf spoilt/report
    for i in 1 2; do
        "$pipelines/report" spoilt >"said$i" 2>"errors$i" &
    done
    wait
    for i in 1 2; do
        [ "$(cat "said$i")" = spoilt/report/index.html ] || fail "$(cat "errors$i")"
    done
    [ "$(find spoilt/report -type f | wc -l)" -eq 22 ]
    [ -z "$(find spoilt -name '.*' ! -name spoilt)" ]
    for signal in KILL TERM; do
        "$pipelines/report" spoilt >/dev/null 2>&1 &
        report=$!
        for _ in {1..400}; do
            [ -z "$(find spoilt -name '.report.new*' -newer said1 -print -quit)" ] || break
            sleep 0.05
        done
        kill -s "$signal" "$report"
        wait "$report" || status=$?
        [ "$status" -eq "$([ $signal = KILL ] && echo 137 || echo 143)" ]
        [ "$(find spoilt/report -type f | wc -l)" -eq 22 ]
    done
    "$pipelines/report" spoilt
    [ -z "$(find spoilt -name '.report*')" ]
    # while a run writes there, none
    exec {lock}<spoilt
    flock "$lock"
    refused 3 "$pipelines/report" spoilt
    says 'another run is writing to spoilt'
    exec {lock}<&-
}

@test "an --out that has something else is not replaced" {
    mkdir -p precious
    echo work >precious/notes
    refused 2 "$pipelines/compare-runs" --out precious run run
    says 'holds other files'
    refused 2 "$pipelines/compare-runs" --out hw.yaml run run
    says 'is a file'
    [ "$(cat precious/notes)" = work ]
}

@test "full disks, closed pipes and closed descriptors: the right code, one line, no traceback" {
    "$pipelines/explore-hardware" hw.yaml 2>log >/dev/null
    for command in 'best-designs run/frontier' 'study-table study.csv' 'summarize-counts log' 'plot-frontier run' 'explain run' 'sensitivity --help'; do
        # shellcheck disable=SC2086
        run --separate-stderr bash -c '"$@" >/dev/full' - "$pipelines"/$command
        [ "$status" -eq 3 ] || fail "$command: $status $stderr"
        says 'No space left on device'
        [ "$(wc -l <<<"$stderr")" -eq 1 ]
        run --separate-stderr bash -c '"$@" >&-' - "$pipelines"/$command
        [ "$status" -eq 3 ] || fail "$command: $status $stderr"
        says 'standard output is closed'
        # a pipe that nobody reads
        run --separate-stderr bash -c '{ sleep 0.1; "$@"; echo $? >status; } | true' - "$pipelines"/$command
        [ "$(cat status)" -eq 141 ] || fail "$command: $(cat status) $stderr"
        [ -z "$stderr" ]
        run --separate-stderr bash -c '"$@" <&- 2>&-' - "$pipelines"/$command
        assert_success
    done
}

@test "a folder or a temporary folder that cannot be written to" {
    [ "$(id -u)" -eq 0 ] || skip 'as root only: another user is asked to write'
    chmod -R go-w run
    chmod o+rx "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
    setpriv --reuid=65534 --regid=65534 --clear-groups test -r run/frontier || skip 'another user cannot read here'
    # shellcheck disable=SC2034
    for command in report 'sensitivity tornado'; do
        # shellcheck disable=SC2086
        TMPDIR=/tmp run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups "$pipelines"/$command run
        [ "$status" -eq 3 ] || fail "$command: $status $output $stderr"
        says 'Permission denied'
        [ "$(wc -l <<<"$stderr")" -eq 1 ]
    done
    run setpriv --reuid=65534 --regid=65534 --clear-groups "$pipelines/explain" run
    assert_success
}

@test "command lines: too many operands, what is missing, files for folders" {
    for command in best-designs study-table summarize-counts report explain compare-runs compare-paper compare-conventions sensitivity validate plot-frontier; do
        run --separate-stderr "$pipelines/$command" a b c d e f g
        [ "$status" -eq 2 ] || [ "$status" -eq 3 ] || fail "$command: $status $stderr"
        [ "$(wc -l <<<"$stderr")" -eq 1 ] || fail "$command: $stderr"
    done
    for command in best-designs study-table summarize-counts explain compare-runs compare-conventions sensitivity plot-frontier; do
        refused 2 "$pipelines/$command"
        says expected
    done
    for command in report explain plot-frontier 'sensitivity tornado' 'sensitivity montecarlo' 'compare-runs run'; do
        # shellcheck disable=SC2086
        refused 3 "$pipelines"/$command missing
        says 'missing does not exist; expected a folder that explore has written'
        # shellcheck disable=SC2086
        refused 2 "$pipelines"/$command hw.yaml
        says 'hw.yaml is a file; expected a folder that explore has written'
    done
    for command in best-designs study-table summarize-counts; do
        refused 3 "$pipelines/$command" missing
        says missing
        refused 3 "$pipelines/$command" run
        says 'run is a folder'
    done
    refused 2 "$pipelines/plot-frontier" run wide
    says 'COLUMNS wide: expected a number from 20 to 1000'
    refused 2 "$pipelines/sensitivity" tornado --by x run
    says '--by x: expected percentages from above 0 to 10,000'
    refused 2 "$pipelines/compare-conventions" hw.yaml megatrom
    says "'megatrom' is neither a file nor the name of a model file"
    refused 2 "$pipelines/validate" nothing
    says "no measurements 'nothing'"
    printf 'a,b\n1,2\n' >bad.csv
    refused 1 "$pipelines/validate" --out validated bad.csv
    says 'bad.csv:1: column source: missing; expected source,hardware,model'
}

@test "tables of runs compared, constants and measurements fit 80 columns" {
    "$pipelines/compare-runs" --out compared run run >table
    narrow table
    "$pipelines/sensitivity" montecarlo --samples 2 run >table
    narrow table
    "$pipelines/sensitivity" tornado run TCO.PUE System.weight_bandwidth_efficiency Server.DCDCEfficiency >table
    narrow table
    grep -q 'not shown: .*tornado.csv' table
    "$pipelines/explain" run >table
    narrow table
    "$pipelines/plot-frontier" run >table
    narrow table
    "$pipelines/plot-frontier" run 60 20 >table
    narrow table 60
}

@test "in a terminal a table is as wide as that" {
    command -v script >/dev/null || skip 'no script (Debian: package bsdutils)'
    for columns in 40 60 100 140; do
        script -qec "env COLUMNS=$columns '$pipelines/best-designs' run/frontier" /dev/null </dev/null | tr -d '\r' >table
        narrow table $columns
        [ "$(rows table | wc -l)" -ge 3 ]
    done
    grep -q 'prefill' table
    ! grep -q 'not shown' table
    script -qec "env COLUMNS=40 '$pipelines/best-designs' run/frontier" /dev/null </dev/null | tr '\r\n' '  ' | grep -q 'not shown: .*(frontier.csv has them)'
}

# conventions_moved: moved.csv, made once
conventions_moved() {
    [ -s moved.csv ] || "$pipelines/compare-conventions" hw.yaml my/model=megatron >moved.csv
}

@test "compare-conventions: CSV whose first row is the cheapest design of explore" {
    conventions_moved
    usd=$(rec2csv --fields point.usd_per_output_token run/frontier | sed -n 2p)
    "$PYTHON" - "$usd" <<'CODE'
import csv, sys
rows = list(csv.reader(open("moved.csv")))
assert rows[0] == ["convention", "unit", "my_model"] and rows[1][:2] == ["corrected", "usd_per_1m_tokens"], rows[:2]
assert rows[1][2] == f"{float(sys.argv[1]) * 1e6:.6g}", rows[1]
assert rows[-1][:2] == ["published", "usd_per_1m_tokens"] and len(rows) > 12 and all(row[1] == "percent" for row in rows[2:-1])
assert any(float(row[2]) != 0 for row in rows[2:-1])
CODE
}

@test "tables as JSON, CSV and Markdown: all columns, the values of the records, what was computed" {
    "$pipelines/best-designs" --json --rows 4 --provenance run/provenance run/frontier >json
    jq -e '.model == "megatron" and .constants == "7nm" and (.rows | length) == 4' json >/dev/null
    jq -c '.rows[0]' json >first
    rec2json run/frontier | head -n 1 >record
    for field in id chip.area_mm2 point.batch point.prefill_latency_s server.cost_usd point.usd_per_output_token; do
        jq --arg path "$field" '.[$path]' first | diff - <(jq --arg path "$field" 'getpath($path | split("."))' record)
    done
    "$pipelines/best-designs" --csv --rows 4 --provenance run/provenance run/frontier >csv
    "$PYTHON" - json csv <<'END'
import csv, json, sys
rows, table = json.load(open(sys.argv[1]))["rows"], list(csv.DictReader(open(sys.argv[2])))
assert len(rows) == len(table) == 4
assert all(str(value) == line[name] for row, line in zip(rows, table) for name, value in row.items())
assert {line["model"] for line in table} == {"megatron"} and {line["hardware"] for line in table} == {"hw.yaml"}
END
    "$pipelines/best-designs" --markdown --rows 4 run/frontier >markdown
    grep -qx -e '- model: megatron' markdown
    [ "$(grep -c '^| c[0-9]*\.p' markdown)" -eq 4 ]
    # as many cells in each line, and the figures of the table of text
    [ "$(sed -n '/^|/p' markdown | awk -F'|' '{ print NF }' | sort -u | wc -l)" -eq 1 ]
    "$pipelines/best-designs" --rows 4 run/frontier | rows | awk '{ print $NF }' |
        diff - <(awk '/^\| c/ { print $(NF - 1) }' markdown)
    "$pipelines/compare-runs" --out compared --csv run run >csv
    cut -d , -f 3- csv | diff - compared/compare.csv
    "$pipelines/compare-runs" --out compared --json run run | jq -e '.rows[1].field == "chip.area_mm2" and .rows[1].change_percent == 0' >/dev/null
    "$pipelines/compare-runs" --out compared --markdown run run | grep -q '^| die, mm² | .* | +0.0 |$'
    printf 'model,id,point.batch\na|b,c1.p0.s0,8\n' >small.csv
    [ "$("$pipelines/study-table" --markdown small.csv | tail -n 1)" = '| a\|b | c1.p0.s0 | 8 |' ]
    "$pipelines/study-table" --json small.csv | jq -e '.rows == [{"model": "a|b", "id": "c1.p0.s0", "point.batch": 8}]' >/dev/null
    "$pipelines/study-table" --csv small.csv | diff small.csv -
    # explore and study print the same
    "$pipelines/explore" --out run2 --json hw.yaml "$root/pipelines/inputs/model/megatron.yaml" 2>/dev/null >json
    [ "$(jq -r '.rows[0].id' json)" = "$(rec2csv --fields id run2/frontier | sed -n 2p)" ]
    SHARDS=2 "$pipelines/study" --out study2 --csv hw.yaml "$root/pipelines/inputs/model/megatron.yaml" 2>/dev/null >csv
    [ "$(awk -F, 'NR == 2 { print $NF }' csv)" = "$(rec2csv --fields point.usd_per_output_token study2/megatron.frontier | sed -n 2p)" ]
    refused 2 "$pipelines/explore" --json --markdown hw.yaml megatron
    says '--json and --markdown exclude each other'
    refused 2 "$pipelines/best-designs" --json --csv run/frontier
    says '--json and --csv exclude each other'
}

@test "best-designs --by: the cheapest of each value that a plain pipeline finds" {
    llm-map --constants run/inputs/constants/7nm.yaml --model run/inputs/model/*.yaml run/servers | tco-eval --constants run/inputs/constants/7nm.yaml >costed
    for batch in 1 64; do
        pareto --objective min:point.usd_per_output_token --top 1 --where "point.batch=$batch" costed | rec2csv --fields id,point.batch,point.usd_per_output_token
    done | grep -v ^id >expected
    "$pipelines/best-designs" --csv --by point.batch=1,64 run | "$PYTHON" -c '
import csv, sys
for row in csv.DictReader(sys.stdin):
    print(row["id"], row["point.batch"], row["point.usd_per_output_token"], sep=",")' >shown
    [ "$(wc -l <shown)" -eq 2 ]
    "$PYTHON" - expected shown <<'END'
import csv, sys
expected, shown = (list(csv.reader(open(path))) for path in sys.argv[1:])
for one, other in zip(expected, shown):
    assert one[0] == other[0] and float(one[1]) == float(other[1]) and float(one[2]) == float(other[2]), (one, other)
END
    "$pipelines/best-designs" --by point.batch=1,64 run | grep -q '^the cheapest design of each point.batch$'
    refused 2 "$pipelines/best-designs" --by point.batch=3 run
    says 'no design of run has point.batch 3; there are 1, 2, 4'
}

@test "compare-conventions: rows for all conventions, on a small space" {
    conventions_moved
    # each of them between the heading and two rows of costs, in the order of the programs
    tco-eval --help | sed -n '/^Conventions/,/^$/s/^  \([a-z-]*\): .*/\1/p' >conventions
    [ "$(wc -l <conventions)" -ge 29 ]
    { printf 'convention\ncorrected\n'; cat conventions; echo published; } | diff - <(cut -d , -f 1 moved.csv)
    [ "$(head -n 1 moved.csv)" = 'convention,unit,my_model' ]
    # the batch of the best design is a power of two: divided by it once more, a multiple of what 1 - 1/2^n leaves
    change=$(sed -n 's/^token-cost,percent,-//p' moved.csv)
    awk -v c="$change" 'BEGIN { exit !(c > 50 && c < 100) }'
    # the application processor is not free
    awk -F, '$1 == "host-cost" { exit !($3 < 0) }' moved.csv
    awk -F, 'NR == 2 { c = $3 } END { exit !($1 == "published" && $3 > 0 && $3 < c) }' moved.csv
}
