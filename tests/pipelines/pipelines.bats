#!/usr/bin/env bats
# The pipelines, as a user runs them.

# A run with as many shards as it takes by itself; several tests look at it.
setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    small_hardware hw.yaml
    env -u SHARDS OUT="with space" "$root/pipelines/explore" hw.yaml megatron >said 2>errors
}

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    small_hardware hw.yaml
}

@test "explore leaves servers, frontier, CSV and summary, and prints the table" {
    cd "$BATS_FILE_TMPDIR"
    output=$(<said)
    assert_output --partial 'candidates can be built, cooled and powered'
    assert_output --partial 'designs on the frontier'
    for file in servers frontier frontier.csv summary.txt; do
        [ -s "with space/$file" ]
    done
    [ "$(rec2json 'with space/frontier' | wc -l)" -eq "$(($(wc -l <'with space/frontier.csv') - 1))" ]
    [ -z "$(find 'with space' -name '.work*')" ]
}

@test "explore counts every candidate once" {
    output=$(<"$BATS_FILE_TMPDIR/said")
    out=$(rec2json "$BATS_FILE_TMPDIR/with space/servers" | wc -l)
    grep -qE "^servers: $out of [0-9]+ candidates" <<<"$output"
    total=$(sed -nE 's/^servers: [0-9]+ of ([0-9]+) .*/\1/p' <<<"$output")
    rejected=$(sed -n '/^servers:/,/^model:/p' <<<"$output" | awk '$2 == "rejected:" { n += $1 } END { print n + 0 }')
    [ "$total" -eq "$((out + rejected))" ]
}

@test "explore by file or by name, in a folder that is called after them" {
    run --separate-stderr "$root/pipelines/explore" tpuv4 palm tpuv4-palm
    assert_success
    [ -s out/tpuv4-palm-tpuv4-palm/frontier.csv ]
}

@test "explore gives the bytes of one process" {
    OUT=o JOBS=2 SHARDS=5 BLOCK=10k run "$root/pipelines/explore" hw.yaml megatron
    assert_success
    chiplet-gen --constants "$CONSTANTS" hw.yaml | server-pack --constants "$CONSTANTS" --hardware hw.yaml |
        tee servers | llm-map --constants "$CONSTANTS" --model "$root/pipelines/inputs/model/megatron.yaml" |
        tco-eval --constants "$CONSTANTS" | pareto >frontier
    cmp servers o/servers
    cmp frontier o/frontier
}

@test "study: a frontier for each model and a table, the same bytes however it is split" {
    JOBS=1 SHARDS=1 OUT=one "$root/pipelines/study" hw.yaml megatron llama2 >one.txt
    JOBS=2 SHARDS=5 OUT=five run --separate-stderr "$root/pipelines/study" hw.yaml megatron llama2
    assert_success
    diff -r -x provenance one five
    cmp one.txt one/study.txt
    [ "$(wc -l <one/study.csv)" -eq 3 ]
    [ ! -e one/unfinished ]
    [ ! -e five/unfinished ]
    for model in megatron llama2; do
        chiplet-gen --constants "$CONSTANTS" hw.yaml | server-pack --constants "$CONSTANTS" --hardware hw.yaml |
            llm-map --constants "$CONSTANTS" --model "$root/pipelines/inputs/model/$model.yaml" |
            tco-eval --constants "$CONSTANTS" | pareto | cmp - "one/$model.frontier"
        cheapest=$(rec2csv --fields point.usd_per_output_token "one/$model.frontier" | tail -n +2 | sort -g | head -n 1)
        [ "$(grep "^$model," one/study.csv | sed 's/.*,//')" = "$cheapest" ]
    done
}

@test "study-shard: the shards' frontiers make the frontier of the whole" {
    "$root/pipelines/study-shard" 1/1 hw.yaml megatron 2>/dev/null >whole
    for i in 1 2 3; do "$root/pipelines/study-shard" $i/3 hw.yaml megatron 2>/dev/null; done | pareto | cmp whole -
    run --separate-stderr "$root/pipelines/study-shard" 4/3 hw.yaml megatron
    assert_failure 2
}
