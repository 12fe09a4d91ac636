#!/usr/bin/env bats
# The manual pages say what --help says, and are well-formed.

setup() {
    load helper
    programs=(chiplet-gen server-pack llm-map tco-eval pareto rec2json json2rec rec2csv)
}

@test "every option of --help is in the page, in the same order, and the reverse" {
    for program in "${programs[@]}"; do
        "$program" --help | grep -oE '^  --[a-z-]+' | tr -d ' ' | grep -v -x -e --help >"$BATS_TEST_TMPDIR/help"
        sed -nE 's/^\.It Fl Fl ([a-z-]+).*/--\1/p' "$root/src/$program/$program.1" | grep -v -x -e --help |
            cmp - "$BATS_TEST_TMPDIR/help"
        [ -s "$BATS_TEST_TMPDIR/help" ]
    done
}

@test "mandoc finds nothing wrong" {
    for program in "${programs[@]}"; do
        run mandoc -T lint -W warning "$root/src/$program/$program.1"
        assert_success
        assert_output ''
    done
}
