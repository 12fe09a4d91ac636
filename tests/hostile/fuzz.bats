#!/usr/bin/env bats
# Hostile input: seeds and found cases through the fuzz targets, and input files that are no text.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
}

@test "seeds and found cases go through every fuzz target" {
    seeds=$PWD/seeds
    "$root/tests/fuzz/seeds" "$BIN" "$seeds"
    cd "$root"
    export LSAN_OPTIONS=suppressions=$root/tests/fuzz/leaks.txt:print_suppressions=0
    for target in stream scanner inputs options $(program_names); do
        [ "$(find "$seeds/$target" -type f | wc -l)" -ge 5 ]
        [ ! -d "$root/tests/fuzz/found/$target" ] || cp "$root/tests/fuzz/found/$target"/* "$seeds/$target"
        run find "$seeds/$target" -type f -exec timeout 120 "$(built "tests/fuzz/replay-$target")" {} +
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
