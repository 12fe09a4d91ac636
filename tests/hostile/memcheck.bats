#!/usr/bin/env bats
# The short path of the suite under valgrind: every program on a small stream, and every unit test, without an error or a leak.

setup() {
    load helper
    case $BIN in
    *sanitize*) skip 'the sanitizers look after memory themselves' ;;
    esac
    cd "$BATS_TEST_TMPDIR" || return 1
}

# checked PROGRAM [ARGUMENT]...: without an error or a leak; its name goes to the file `looked-at`.
checked() {
    echo "$1" >>looked-at
    valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
        --show-leak-kinds=definite,indirect,possible "$@"
}

@test "every program from hardware to frontier, and from records to text and back" {
    small_hardware hw.yaml
    small_system system.yaml
    model=$root/pipelines/inputs/model/megatron.yaml
    checked chiplet-gen --constants "$CONSTANTS" --rejects rejects --stats hw.yaml >chips
    checked server-pack --constants "$CONSTANTS" --hardware hw.yaml --rejects rejects chips >servers
    checked llm-map --constants "$CONSTANTS" --model "$model" --system system.yaml --breakdown servers >evaluations
    sed '$a prefill_chunk: 16' system.yaml >chunks.yaml
    # but for --frontier, which compares the bytes that pad structs too: one that differs costs it time alone (model/search/prune.c)
    for mode in '--phase prefill' '--phase generate' '--phase chunked' '--phase chunked --rate 0.01' '--service-levels --rate 0.01 --slo tpot_s=1'; do
        # shellcheck disable=SC2086
        checked llm-map --constants "$CONSTANTS" --model "$model" --system chunks.yaml $mode servers >mode
        checked tco-eval --constants "$CONSTANTS" mode >costed-mode
        [ -s costed-mode ]
    done
    checked tco-eval --constants "$CONSTANTS" --breakdown evaluations >costs
    checked pareto costs >frontier
    checked pareto --top 3 --where 'point.batch>1' --group id --objective max:point.batch,min:server.cost_usd,min:point.generate_latency_s \
        costs >best
    checked rec2json costs >lines
    checked json2rec lines | cmp - costs
    checked rec2json --flat frontier >/dev/null
    checked rec2csv --flat costs >/dev/null
    checked rec2csv --fields id,point.batch frontier >/dev/null
    llm-map --constants "$CONSTANTS" --model "$model" --model gpt2 --system system.yaml servers | tco-eval --constants "$CONSTANTS" >two
    checked portfolio --mix megatron=0.5,gpt2=0.5 --rejects rejects two >mixed
    for phase in prefill generate; do
        llm-map --constants "$CONSTANTS" --model "$model" --system system.yaml --phase $phase servers | tco-eval --constants "$CONSTANTS" |
            pareto --objective min:point.batch --top 2 >$phase
    done
    checked phase-join --constants "$CONSTANTS" --prefill prefill generate >joined
    checked phase-join --constants "$CONSTANTS" --prefill prefill --load 0.7 --transfer after --rejects rejects generate >joined-loaded
    [ -s joined-loaded ]
    [ -s frontier ] && [ -s best ] && [ -s mixed ] && [ -s joined ]
    mapfile -t looked_at <looked-at
    all_programs "${looked_at[@]}"
}

@test "errors: damaged input of every kind leaves nothing behind that is in use" {
    small_hardware hw.yaml
    chiplet-gen --constants "$CONSTANTS" hw.yaml >chips
    head -c 1500 chips >cut
    sed 's/area:/aera:/' hw.yaml >misspelt.yaml
    for command in "server-pack --constants $CONSTANTS --hardware hw.yaml cut" "rec2json cut" "rec2csv cut" \
        "pareto --objective min:chip.area_mm2 cut" "tco-eval --constants $CONSTANTS chips" "json2rec hw.yaml" \
        "chiplet-gen --constants $CONSTANTS misspelt.yaml"; do
        # shellcheck disable=SC2086
        run checked $command
        assert_failure 1
    done
}

@test "unit tests" {
    local sources=("$root"/tests/unit/test_*.c) name
    for ((i = 0; i < ${#sources[@]}; i += $(every 4))); do
        name=${sources[i]##*/}
        run checked "$(built "tests/unit/${name%.c}")"
        assert_success
    done
}
