#!/usr/bin/env bats
# Hostile streams and failing systems: streams cut at every byte and with every bit flipped; faults below the programs.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
}

# small_streams: chip, server, evaluation, design and reject, of two records or more, and what they were made with
small_streams() {
    cat >hardware.yaml <<'YAML'
Chip: {tech: 7nm, area: [60, 140], mac_ratio: 0.05, operational_intensity: 1, pkg2pkg_io: {num: 4, bandwidth_per_io: 12.5e9}}
Package: {num_chips: 1}
Server: {packages_per_lane: 6, io: {num: 2, bandwidth_per_io: 12.5e9}}
YAML
    printf 'num_servers: 48\nprefill_chunk: 8\nworkload: {max_batch: 1, eval_len: [16, 8]}\n' >system.yaml
    cp "$root/pipelines/inputs/model/megatron.yaml" model.yaml
    chiplet-gen --constants "$CONSTANTS" hardware.yaml >chip
    server-pack --constants "$CONSTANTS" --hardware hardware.yaml chip >server
    llm-map --constants "$CONSTANTS" --model model.yaml --system system.yaml server >evaluation
    llm-map --constants "$CONSTANTS" --name small --model model.yaml --name large --model model.yaml --system system.yaml server |
        tco-eval --constants "$CONSTANTS" >costed
    for phase in prefill generate; do
        llm-map --constants "$CONSTANTS" --model model.yaml --system system.yaml --phase "$phase" server |
            rec2json --flat | sed -n 1,3p | json2rec >"$phase" # less than a pipe holds, joined
    done
    tco-eval --constants "$CONSTANTS" evaluation | pareto --objective max:server.cost_usd --group id >design
    rec2json server >lines
    sed 's/LaneAreaMax: *[0-9.]*/LaneAreaMax: 100/' "$CONSTANTS" >tight.yaml
    server-pack --constants tight.yaml --hardware hardware.yaml --rejects reject chip >/dev/null 2>&1
}

@test "streams of every kind cut at every byte, and two with every bit flipped" {
    small_streams
    run "$PYTHON" "$root/tests/tools/hostile-streams" "$BIN" "$CONSTANTS" . "$(every 40)"
    echo "$output"
    assert_success
    [ "$(awk '$2 == "cut" || $2 == "bit" { n += $(NF - 1) } END { print n }' <<<"$output")" -gt "$((10000 / $(every 40)))" ]
    # for whoever reads the results
    sed 's/^/# /' <<<"$output" >&3
}

@test "faults below the programs: the right output, or a documented error, and never a record that is not whole" {
    case $BIN in
    *sanitize*) skip 'the sanitizers bring an allocator of their own' ;;
    esac
    small_streams
    "${CC:-gcc}" -std=c11 -shared -fPIC -O1 "$root/tests/hostile/inject.c" -o inject.so -ldl
    run "$PYTHON" "$root/tests/tools/inject-faults" "$BIN" "$PWD/inject.so" "$CONSTANTS" . "$(every 40)"
    sed 's/^/# /' <<<"$output" >&3
    assert_success
    assert_line --regexp '^in all +[0-9]{'"$([[ -n ${TEST_ALL:-} ]] && echo 5 || echo 3)"',} +0$'
}

@test "peak memory of every program on the worst input: below 64 MiB" {
    case $BIN in
    *sanitize*) skip 'the sanitizers take memory of their own' ;;
    esac
    small_streams
    run "$PYTHON" "$root/tests/tools/hostile-memory" "$BIN" "$CONSTANTS" . "$(every 5)"
    sed 's/^/# /' <<<"$output" >&3
    assert_success
    [ "$(grep -cE '^[a-z2-]+ +[0-9]+\.[0-9] ' <<<"$output")" -eq 10 ]
}
