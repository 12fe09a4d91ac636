#!/usr/bin/env bats
# Hostile bytes: streams cut at every byte and with every bit flipped, seeds and found cases through the fuzz targets, input files
# that are no text.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
}

@test "streams of every kind cut at every byte, and two with every bit flipped" {
    cat >hardware.yaml <<'YAML'
Chip: {tech: 7nm, area: [60, 140], mac_ratio: 0.05, operational_intensity: 1, pkg2pkg_io: {num: 4, bandwidth_per_io: 12.5e9}}
Package: {num_chips: 1}
Server: {packages_per_lane: 6, io: {num: 2, bandwidth_per_io: 12.5e9}}
YAML
    printf 'num_servers: 48\nworkload: {max_batch: 1, eval_len: [16, 8]}\n' >system.yaml
    cp "$root/pipelines/inputs/model/megatron.yaml" model.yaml
    chiplet-gen --constants "$CONSTANTS" hardware.yaml >chip
    server-pack --constants "$CONSTANTS" --hardware hardware.yaml chip >server
    llm-map --constants "$CONSTANTS" --model model.yaml --system system.yaml server >evaluation
    tco-eval --constants "$CONSTANTS" evaluation | pareto --objective max:server.cost_usd --group id >design
    sed 's/LaneAreaMax: *[0-9.]*/LaneAreaMax: 100/' "$CONSTANTS" >tight.yaml
    server-pack --constants tight.yaml --hardware hardware.yaml --rejects reject chip >/dev/null 2>&1
    run "$PYTHON" "$root/tests/tools/hostile-streams" "$BIN" "$CONSTANTS" .
    echo "$output"
    assert_success
    [ "$(awk '$2 == "cut" || $2 == "bit" { n += $(NF - 1) } END { print n }' <<<"$output")" -gt 10000 ]
    # for whoever reads the results
    sed 's/^/# /' <<<"$output" >&3
}

@test "seeds and found cases go through every fuzz target" {
    "$root/tests/fuzz/seeds" "$BIN" seeds
    for target in stream inputs json options; do
        [ "$(find "seeds/$target" -type f | wc -l)" -ge 5 ]
        run find "seeds/$target" "$root/tests/fuzz/found/$target" -type f -exec timeout 120 "${BUILD:?made by make test}/tests/fuzz/replay-$target" {} +
        assert_line --regexp '^[0-9]+ replayed$'
    done
}

@test "an input file that is no text, or has a directive of its own, ends at once, with the line" {
    for bytes in '%% ane:, {area: ": {r_\xff\n' 'Chip:\n  \xff\xfe: 1\n' 'Chip: 1\n\0\n' '%%FOO bar\nChip: 1\n'; do
        # shellcheck disable=SC2059
        printf "$bytes" >bad.yaml
        run --separate-stderr timeout 5 chiplet-gen --constants bad.yaml "$HARDWARE"
        assert_failure 1
        [[ $stderr =~ bad.yaml:[12]:\ not\ YAML ]]
    done
    { printf '%%YAML 1.2\n---\n'; cat "$CONSTANTS"; } >with-directive.yaml
    chiplet-gen --constants with-directive.yaml "$root/pipelines/inputs/hardware/tpuv4.yaml" >with
    chiplet-gen --constants "$CONSTANTS" "$root/pipelines/inputs/hardware/tpuv4.yaml" | cmp - with
}
