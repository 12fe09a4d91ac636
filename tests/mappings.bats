#!/usr/bin/env bats
# Which mappings llm-map answers with: the one that a system file gives, when it is one; otherwise the whole frontier.
# shellcheck disable=SC2154 # helper.bash assigns root

setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    chiplet-gen h100 | server-pack --hardware h100 >h100.servers
    chiplet-gen --constants "$CONSTANTS" --shard 20/64 "$HARDWARE" |
        server-pack --constants "$CONSTANTS" --hardware "$HARDWARE" >servers
    [ -s h100.servers ] && [ -s servers ]
}

setup() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
}

# given MAPPING BATCH PROMPT MODEL: the mapping on one server of eight H100, as `tensor pipeline batches` or as the reject
given() {
    printf 'num_servers: 1\ndefault_mapping: {%s, micro_batch: 0, prefill_micro_batch: 0}\nworkload: {max_batch: %s, eval_len: [%s, 128]}\n' \
        "$1" "$2" "$3" >given.yaml
    llm-map --constants 5nm --model "$4" --system given.yaml --rejects rejects h100.servers 2>/dev/null | rec2json |
        jq -r '.points | "\(.tensor_parallel | unique | map(floor)) \(.pipeline_parallel | unique | map(floor)) \(.batch | map(floor))"'
    rec2json rejects | jq -r '.reject | "\(.reason) \(.value | floor) of \(.limit | floor)"'
}

@test "a given mapping is what was asked for; without the chips, layers or memory for it, it is refused" {
    while IFS='|' read -r mapping batch prompt model right; do
        run given "$mapping" "$batch" "$prompt" "$model"
        assert_output "$right"
    done <<'CASES'
t: 4, p: 1|1|1024|llama3-8b|[4] [1] [1]
t: 8, p: 1|4|1024|llama3-8b|[8] [1] [1,2,4]
t: 2, p: 4|2|1024|llama3-8b|[2] [4] [1,2]
t: 3, p: 4|1|1024|llama3-8b|mapping_chips 12 of 8
t: 1, p: 8|1|1024|gpt2|[1] [8] [1]
t: 1, p: 33|1|1024|llama3-8b|mapping_layers 33 of 32
CASES
}

@test "a given mapping answers for the batches that it has room for, and for no other" {
    # 70.6e9 numbers of two bytes, and 327,680 bytes of cache for each of 9,216 tokens of a request, on 8 x 86.02e9 bytes
    run given 't: 8, p: 1' 1024 8192 llama3-70b
    assert_output '[8] [1] [1,2,4,8,16,32,64,128]'
    run given 't: 1, p: 1' 1 8192 llama3-70b
    assert_output --regexp '^mapping_memory 14[0-9]{10} of 86020980736$'
    # as published, every batch is answered
    published=$(llm-map --constants 5nm --convention given-mapping=published --model llama3-70b --system given.yaml h100.servers | rec2json)
    [ "$(jq -r '.points.batch | length' <<<"$published")" -eq 1 ]
}

@test "arrays that come to a width of 0 are rejected candidates, and the rest goes on" {
    cat >narrow.yaml <<'YAML'
Chip: {dataflow: WS, area: [40, 200], mac_ratio: [0.0005, 0.05], operational_intensity: 2, num_sa: 128, acc_depth: 512, pkg2pkg_io: {num: 4, bandwidth_per_io: 12.5e9}}
Package: {num_chips: 1}
Server: {packages_per_lane: 6, io: {num: 2, bandwidth_per_io: 12.5e9}}
YAML
    chiplet-gen --constants "$CONSTANTS" --rejects rejects narrow.yaml >chips
    rec2json rejects | jq -es 'map(.reject | select(.reason == "systolic_width")) |
        length > 0 and all(.value == 0 and .limit == 1)' >/dev/null
    rec2json chips | jq -es 'length > 0 and all(.chip.systolic_width >= 1)' >/dev/null
    run --separate-stderr llm-map --constants "$CONSTANTS" --model gpt2 <(server-pack --constants "$CONSTANTS" --hardware narrow.yaml chips)
    assert_success
}

@test "the frontier of the rows kept is that of all mappings, corrected and as published" {
    export CONSTANTS
    run "$root/tests/tools/whole-frontier" "$(every 20)" servers "$root"/pipelines/inputs/model/{gpt2,gpt3}.yaml
    assert_success
    assert_line '4 compared, 0 different'
    refute_output --regexp '[^0-9]0 points'
    echo 'Model: {name: none}' >none.yaml
    run "$root/tests/tools/whole-frontier" 1 servers none.yaml
    assert_failure
    assert_line 'whole-frontier: none.yaml: cannot be evaluated'
}
