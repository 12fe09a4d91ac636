#!/usr/bin/env bats
# The bytes do not depend on how the work was split.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    small_hardware hw.yaml
    sed -i 's/packages_per_lane: .*/packages_per_lane: [12, 17]/' hw.yaml
    cat >system.yaml <<'YAML'
num_servers: [12, 48]
workload:
  max_batch: 8
  eval_len: [64, 32]
YAML
    model=$root/pipelines/inputs/model/megatron.yaml
    chiplet-gen --constants "$CONSTANTS" hw.yaml >chips
    server-pack --constants "$CONSTANTS" --hardware hw.yaml chips >servers
    [ -s servers ]
}

@test "server-pack in blocks down to less than a record" {
    for block in 64 500 2k 1M; do
        BLOCK=$block "$root/pipelines/parallel-records" stream \
            "server-pack --constants $CONSTANTS --hardware hw.yaml" <chips >split
        cmp servers split
    done
}

@test "llm-map, tco-eval and pareto in blocks down to less than a record" {
    job="llm-map --constants $CONSTANTS --model $model --system system.yaml | tco-eval --constants $CONSTANTS"
    bash -c "$job" <servers >costed
    pareto costed >frontier
    [ -s frontier ]
    for block in 500 5k 1M; do
        BLOCK=$block "$root/pipelines/parallel-records" stream "$job" <servers | cmp costed -
        BLOCK=$block "$root/pipelines/parallel-records" stream "$job | pareto" <servers | pareto | cmp frontier -
    done
}

@test "every mode of llm-map, phase-join and portfolio in blocks down to less than a record" {
    map="llm-map --constants $CONSTANTS --model $model --system chunks.yaml"
    sed '1a prefill_chunk: 16' system.yaml >chunks.yaml
    for mode in '--phase prefill' '--phase generate' '--phase chunked' '--rate 0.01 --slo ttft_s=100' '--phase chunked --rate 0.01'; do
        $map $mode servers | tco-eval --constants "$CONSTANTS" >whole
        [ -s whole ]
        for block in 500 5k; do
            BLOCK=$block "$root/pipelines/parallel-records" stream "$map $mode | tco-eval --constants $CONSTANTS" <servers | cmp whole -
        done
    done
    # what is left out depends on what one process has seen: the frontier does not
    job="$map --frontier usd_per_output_token,generate_latency_s | tco-eval --constants $CONSTANTS | pareto"
    bash -c "$job" <servers >frontier
    [ -s frontier ]
    for block in 500 5k; do
        BLOCK=$block "$root/pipelines/parallel-records" stream "$job" <servers | pareto | cmp frontier -
    done
    for phase in prefill generate; do
        $map --phase $phase servers | tco-eval --constants "$CONSTANTS" | pareto --objective min:point.usd_per_request,min:point.num_servers >$phase
    done
    for options in '' '--load 0.7'; do
        job="phase-join --constants $CONSTANTS --prefill $PWD/prefill $options"
        $job generate >joined
        [ -s joined ]
        BLOCK=500 "$root/pipelines/parallel-records" stream "$job" <generate | cmp joined -
    done
}

@test "shards give the chips of one process, for any number of them" {
    for shards in 1 2 3 7 12; do
        "$root/pipelines/parallel-records" shards "$shards" \
            "chiplet-gen --constants $CONSTANTS --shard {} hw.yaml" | cmp chips -
    done
}

@test "every record starts with the bytes that splitting looks for, and they stand nowhere else" {
    for stream in chips servers; do
        starts=$(LC_ALL=C grep -aoP '[\x80-\x8f]\xa6schema[\xa0-\xbf]chiplet-cloud/' "$stream" | wc -l)
        [ "$starts" -eq "$(rec2json "$stream" | wc -l)" ]
    done
}

@test "an empty stream runs no job and is no error" {
    run --separate-stderr "$root/pipelines/parallel-records" stream 'pareto' </dev/null
    assert_success
    assert_output ''
}

@test "what is not a stream of records is refused before it is split" {
    run --separate-stderr "$root/pipelines/parallel-records" stream 'cat' < <(seq 1000)
    assert_failure 1
    assert_output ''
    [[ $stderr == *'not a stream of records'* ]]
}

@test "a failing job stops the run with its exit code" {
    # of several blocks, and of one, which GNU parallel does not see
    for block in 2k 1M; do
        BLOCK=$block run --separate-stderr "$root/pipelines/parallel-records" stream 'cat >/dev/null; echo said >&2; exit 7' <servers
        assert_failure 7
        assert_output ''
        says said
    done
    run --separate-stderr "$root/pipelines/parallel-records" shards 1 'echo said >&2; exit 7'
    assert_failure 7
    says said
}

@test "a stage that fails in the middle of a job fails the run, and what it said is heard" {
    rec2json servers | sed '3s/"num_chips":[0-9]*/"num_chips":0/g' | json2rec >bad
    ! cmp -s servers bad
    BLOCK=2k run --separate-stderr "$root/pipelines/parallel-records" stream \
        "llm-map --constants $CONSTANTS --model $model --system system.yaml | tco-eval --constants $CONSTANTS | pareto" <bad
    assert_failure 1
    [[ $stderr == *'num_chips: 0 is not greater than 0'* ]]
}

@test "a stream that is cut fails the run" {
    head -c -100 servers >cut
    BLOCK=2k run --separate-stderr "$root/pipelines/parallel-records" stream 'rec2json | cat' <cut
    assert_failure 1
    [[ $stderr == *'the input ends inside the record'* ]]
}
