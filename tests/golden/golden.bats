#!/usr/bin/env bats
# The published program's figures, under --as-published, to a relative 1e-9. tests/golden/README.md says what they are.

setup() {
    load helper
    golden=$root/tests/golden
    compare=$root/tests/tools/golden-compare
    cd "$BATS_TEST_TMPDIR" || return 1
}

# servers_of CASE: chips and servers of a case, made once for all tests of this file.
servers_of() {
    local made=$BATS_FILE_TMPDIR/$1
    if [ ! -d "$made" ]; then
        chiplet-gen --constants "$CONSTANTS" --as-published "$golden/$1/hardware.yaml" >chips
        server-pack --constants "$CONSTANTS" --as-published --hardware "$golden/$1/hardware.yaml" chips >servers
        mkdir "$made"
        mv chips servers "$made"
    fi
    ln -s "$made"/* .
}

# records FILE: how many there are.
records() {
    rec2csv --fields id "$1" | tail -n +2 | wc -l
}

# golden_fields FILE: the columns of golden figures, but what no record has.
golden_fields() {
    head -n 1 "$1" | tr -d '\r' | tr , '\n' | grep -vx 'goal\|system.sub_sys_num_servers' | paste -s -d ,
}

check_hardware() {
    servers_of "$1"
    IFS=, read -r chips _ servers _ < <(tail -n 1 "$golden/$1/counts.csv" | tr -d '\r')
    [ "$(records chips)" -eq "$chips" ]
    [ "$(records servers)" -eq "$servers" ]
    "$PYTHON" "$root/tests/tools/pick-ids" "$golden/$1/hardware.csv" <servers | rec2csv >servers.csv
    run "$compare" hardware "$golden/$1/hardware.csv" servers.csv
    assert_success
    assert_output --partial 'columns agree to 1e-9'
}

# check_model CASE MODEL: the mappings kept hold every goal; all mappings hold every golden mapping.
check_model() {
    servers_of "$1"
    local system=()
    [ ! -f "$golden/$1/$2.system.yaml" ] || system=(--system "$golden/$1/$2.system.yaml")
    "$PYTHON" "$root/tests/tools/pick-ids" "$golden/$1/$2.csv" <servers >picked
    for mappings in --price-range=3 --all-mappings; do
        llm-map --constants "$CONSTANTS" --as-published --breakdown "$mappings" "${system[@]}" \
            --model "$root/pipelines/inputs/model/$2.yaml" picked |
            tco-eval --constants "$CONSTANTS" --as-published --breakdown | rec2csv --flat --fields "$(golden_fields "$golden/$1/$2.csv")" >points.csv
        run "$compare" goals "$golden/$1/$2.csv" points.csv
        assert_success
        assert_output --regexp 'mappings in 2[0-9] columns, agree to 1e-9'
    done
    run "$compare" mappings "$golden/$1/$2.csv" points.csv
    assert_success
}

@test "chiplet-cloud: 4,536 chips, 36,585 servers, 600 of them to the last digit" {
    check_hardware chiplet-cloud
    [ "$chips,$servers" = 4536,36585 ]
}

@test "chiplet-cloud: gpt3, and every mapping of one server" {
    check_model chiplet-cloud gpt3
    run "$compare" mappings --exact-groups "$golden/chiplet-cloud/gpt3-all-mappings.csv" points.csv
    assert_success
    assert_output --partial '190 rows'
}

@test "chiplet-cloud: megatron" { check_model chiplet-cloud megatron; }
@test "hw_example: hardware" { check_hardware hw_example; }
@test "hw_example: gpt3" { check_model hw_example gpt3; }
@test "tpuv4: hardware" { check_hardware tpuv4; }
@test "tpuv4: palm" { check_model tpuv4 palm; }
@test "tpuv5p: hardware" { check_hardware tpuv5p; }
@test "tpuv5p: llama2" { check_model tpuv5p llama2; }
@test "hbm_explore: hardware" { check_hardware hbm_explore; }
@test "hbm_explore: gpt3" { check_model hbm_explore gpt3; }
@test "dram3d: hardware" { check_hardware dram3d; }
@test "dram3d: llama2" { check_model dram3d llama2; }
@test "ws: hardware" { check_hardware ws; }
@test "ws: gpt3" { check_model ws gpt3; }
@test "multichip: hardware" { check_hardware multichip; }
@test "multichip: megatron" { check_model multichip megatron; }

@test "micro_arch: hardware" { check_hardware micro_arch; }

@test "the inputs shipped for these cases give the same records" {
    for pair in chiplet-cloud:chiplet-cloud tpuv4:tpuv4 tpuv5p:tpuv5p hbm_explore:hbm-explore; do
        chiplet-gen --constants "$CONSTANTS" "$golden/${pair%:*}/hardware.yaml" >golden.chips
        # rates of narrow numbers are not in the published files
        grep -v '^  perf_ratio:' "$root/pipelines/inputs/hardware/${pair#*:}.yaml" >shipped.yaml
        chiplet-gen --constants "$CONSTANTS" shipped.yaml >shipped.chips
        cmp golden.chips shipped.chips
        [ -s golden.chips ]
    done
}

@test "worked cases: dense models, experts, latent attention, windows, formats; corrected, and with one convention published" {
    run "$PYTHON" "$root/tests/tools/worked-cases" "$BIN" "$golden"/modern/*.json
    assert_success
    assert_output '1398 figures, 0 wrong'
}

@test "worked cases notice another figure" {
    sed 's/"point.generate_latency_s": 1.87/"point.generate_latency_s": 1.88/' "$golden/modern/dense-16-corrected.json" >other.json
    run "$PYTHON" "$root/tests/tools/worked-cases" "$BIN" other.json
    assert_failure 1
    assert_line --regexp '^other: point.generate_latency_s: .* expected 1.88'
}
