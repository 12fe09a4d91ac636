#!/usr/bin/env bats
# Which mappings llm-map answers with: the one that a system file gives, when it is one; otherwise the whole frontier.
# shellcheck disable=SC2154 # helper.bash assigns root

setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    chiplet-gen h100 | server-pack --hardware h100 >h100.servers
    chiplet-gen --constants "$CONSTANTS" --shard 20/64 "$HARDWARE" |
        server-pack --constants "$CONSTANTS" --hardware "$HARDWARE" >servers
    rec2json servers | sed -n '1~100p' | json2rec >few
    # two chips to a package, which software is to see here
    grep -v '^  devices:' "$root/pipelines/inputs/hardware/b200.yaml" >b200.yaml
    chiplet-gen --constants 5nm b200.yaml | server-pack --constants 5nm --hardware b200.yaml >b200.servers
    [ -s h100.servers ] && [ -s few ] && [ -s b200.servers ]
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
    # 70.6e9 numbers of two bytes, and 327,680 bytes of cache for each of 9,216 tokens of a request, on 8 x 86.02e9 bytes, of which a tenth and 2e9 are held back
    run given 't: 8, p: 1' 1024 8192 llama3-70b
    assert_output '[8] [1] [1,2,4,8,16,32,64,128]'
    run given 't: 1, p: 1' 1 8192 llama3-70b
    assert_output --regexp '^mapping_memory 14[0-9]{10} of 75418882662$'
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

# evaluations MODEL SYSTEM OPTION...: on every hundredth of the servers
evaluations() {
    printf '%b\n' "$2" >asked.yaml
    llm-map --constants "$CONSTANTS" --model "$1" --system asked.yaml "${@:3}" few
}

@test "the powers of two may be listed: the same bytes as up to max_batch" {
    evaluations gpt2 'num_servers: [2, 12]\nworkload: {max_batch: 600}' >up-to
    [ -s up-to ]
    evaluations gpt2 'num_servers: [2, 12]\nworkload: {batches: {from: 1, to: 512, factor: 2}}' | cmp - up-to
    evaluations gpt2 'num_servers: [2, 12]\nworkload: {batches: [512, 4, 1, 2, 256, 128, 64, 32, 16, 8]}' | cmp - up-to
}

@test "a batch is cut into all its divisors, prefill into no larger ones" {
    evaluations gpt2 'num_servers: 12\nworkload: {batches: [10, 24]}' --all-mappings | rec2json |
        jq -es 'map([.points | [.batch, .prefill_micro_batch, .micro_batch] | transpose[]] | unique) | length > 0 and all(. == [
            [10, 1, 1], [10, 1, 2], [10, 1, 5], [10, 1, 10], [10, 2, 2], [10, 2, 5], [10, 2, 10], [10, 5, 5], [10, 5, 10], [10, 10, 10],
            ([1, 2, 3, 4, 6, 8, 12, 24] as $d | $d[] as $p | $d[] | select(. >= $p) | [24, $p, .])])' >/dev/null
}

@test "a batch of 24 that is found is the one of the same mapping when it is given" {
    rows='[.points | to_entries | map(.key as $k | .value | map({($k): .})) | transpose[] | add | select(.batch == 24 and .micro_batch == 6 and .prefill_micro_batch == 3)]'
    evaluations gpt2 'num_servers: 12\nworkload: {batches: [24]}' --all-mappings --breakdown | rec2json | jq -c "$rows | .[]" | sort >found
    [ "$(wc -l <found)" -gt 10 ]
    while read -r t p; do
        evaluations gpt2 "num_servers: 12\ndefault_mapping: {t: $t, p: $p, micro_batch: 6, prefill_micro_batch: 3}\nworkload: {batches: [100, 24]}" \
            --breakdown | rec2json | jq -c "$rows | .[] | select(.tensor_parallel == $t)"
    done < <(jq -r '"\(.tensor_parallel) \(.pipeline_parallel)"' found | sort -u) | sort >given
    run comm -23 found given
    assert_output ''
}

@test "the frontier of listed batches is that of all mappings; more batches lose no point of it" {
    export CONSTANTS
    printf 'num_servers: [4, 12]\nworkload: {batches: [24, 100]}\n' >listed.yaml
    OPTIONS="--system $PWD/listed.yaml" run "$root/tests/tools/whole-frontier" "$(every 60)" servers "$root"/pipelines/inputs/model/gpt2.yaml
    assert_success
    assert_line '2 compared, 0 different'
    refute_output --regexp '[^0-9]0 points'
    for batches in '[24, 100]' '[60, 24, 7, 100]'; do
        evaluations gpt2 "num_servers: [4, 12]\nworkload: {batches: $batches}" | tco-eval --constants "$CONSTANTS" | pareto |
            rec2json | jq -cs 'map(.point | [.usd_per_output_token, .generate_latency_s])'
    done | jq -es '.[0] as $fewer | .[1] as $more | ($fewer | length) > 1 and $more != $fewer and
        all($fewer[]; . as $point | any($more[]; .[0] <= $point[0] and .[1] <= $point[1]))' >/dev/null
}

# rows: the points of records, each as a map of its columns
rows() {
    rec2json | jq -c '.points | to_entries | map(.key as $k | .value | map({($k): .})) | transpose[] | add'
}

@test "with experts and windows, the frontier over all layouts of the chips is that of all mappings" {
    printf 'num_servers: [1, 2, 3, 4]\nredundant_experts: 2\nworkload: {max_batch: 64, eval_len: [1024, 256]}\n' >layouts.yaml
    CORRECTED=1 CONSTANTS=5nm OPTIONS="--system $PWD/layouts.yaml" run "$root/tests/tools/whole-frontier" 1 b200.servers "$root/tests/cases/experts.model.yaml"
    assert_success
    assert_line '1 compared, 0 different'
    refute_output --regexp '[^0-9]0 points'
}

@test "points of all layouts that are found are those of the same mapping when it is given" {
    printf 'num_servers: 2\nworkload: {max_batch: 16, eval_len: [1024, 256]}\n' >layouts.yaml
    llm-map --constants 5nm --model "$root/tests/cases/experts.model.yaml" --system layouts.yaml --all-mappings --breakdown b200.servers | rows |
        jq -c 'select(.batch == 16 and .micro_batch == 8 and .prefill_micro_batch == 4 and .pipeline_parallel <= 2)' | sort >found
    # 32 chips, or two stages of 16: attention by 32, 16, 2 or 1; experts, of which there are 24, by 1, 2, 8 or 16
    jq -es 'map([.tensor_parallel, .attention_parallel, .expert_parallel]) | sort == ([
        ((1, 2, 16, 32) as $a | (1, 2, 16) as $ep | [32, $a, $ep]),
        ((1, 2, 16) as $a | (1, 8, 16) as $ep | [16, $a, $ep])] | sort)' found >/dev/null
    while read -r t p a ep; do
        printf 'num_servers: 2\nworkload: {max_batch: 16, eval_len: [1024, 256]}\ndefault_mapping: {t: %s, p: %s, a: %s, ep: %s, micro_batch: 8, prefill_micro_batch: 4}\n' \
            "$t" "$p" "$a" "$ep" >given.yaml
        llm-map --constants 5nm --model "$root/tests/cases/experts.model.yaml" --system given.yaml --breakdown b200.servers | rows |
            jq -c 'select(.batch == 16)'
    done < <(jq -r '"\(.tensor_parallel) \(.pipeline_parallel) \(.attention_parallel) \(.expert_parallel)"' found) | sort >given
    diff found given
}

@test "a layout that does not divide its chips is refused; more shares than experts, rejected" {
    while IFS='|' read -r layout said; do
        printf 'num_servers: 2\ndefault_mapping: {t: 32, p: 1, %s, micro_batch: 0, prefill_micro_batch: 0}\n' "$layout" >wrong.yaml
        refused 1 llm-map --constants 5nm --model "$root/tests/cases/experts.model.yaml" --system wrong.yaml b200.servers
        says 'wrong.yaml:2:'
        says "$said"
    done <<'WRONG'
a: 3|a (3) does not divide t (32)
a: 64|a (64) does not divide t (32)
ep: 5|ep (5) does not divide t (32)
ep: 64|ep (64) does not divide t (32)
WRONG
    # a dense model has none to share out
    printf 'num_servers: 2\ndefault_mapping: {t: 16, p: 1, ep: 2, micro_batch: 0, prefill_micro_batch: 0}\n' >wrong.yaml
    refused 1 llm-map --constants 5nm --model llama3-8b --system wrong.yaml b200.servers
    says 'ep is 2, and llama3-8b has no experts'
    printf 'num_servers: 2\ndefault_mapping: {t: 32, p: 1, ep: 32, micro_batch: 0, prefill_micro_batch: 0}\n' >many.yaml
    llm-map --constants 5nm --model "$root/tests/cases/experts.model.yaml" --system many.yaml --rejects rejects b200.servers 2>/dev/null
    run jq -r '.reject | "\(.reason) \(.value) of \(.limit)"' <(rec2json rejects)
    assert_output --regexp '^experts 32(\.0)? of 24(\.0)?$'
}
