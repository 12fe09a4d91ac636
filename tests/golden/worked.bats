#!/usr/bin/env bats
# One design reckoned by hand, from die to dollar: tests/worked/one-design.py.

setup() {
    load helper
    worked=$root/tests/worked
}

design() {
    chiplet-gen --constants "$worked/constants.yaml" "$worked/hardware.yaml" |
        server-pack --constants "$worked/constants.yaml" --hardware "$worked/hardware.yaml" |
        llm-map --constants "$worked/constants.yaml" --model "$worked/model.yaml" --system "$worked/system.yaml" \
            --breakdown "$@" |
        tco-eval --constants "$worked/constants.yaml" --breakdown "$@" |
        pareto | rec2json
}

@test "every number of one design, step by step" {
    design >"$BATS_TEST_TMPDIR/design"
    run "$PYTHON" "$worked/one-design.py" <"$BATS_TEST_TMPDIR/design"
    assert_success
    assert_output --regexp '^1[0-9]{2} fields, 0 wrong$'
}

@test "the steps notice another number, a number missing and one too many" {
    design >"$BATS_TEST_TMPDIR/design"
    for edit in 's/"tdp_w":21.0,/"tdp_w":21.000001,/' 's/"tdp_w":21.0,//' 's/"tdp_w":21.0,/"tdp_w":21.0,"tdp_w_too":1,/'; do
        sed "$edit" "$BATS_TEST_TMPDIR/design" >"$BATS_TEST_TMPDIR/other"
        run ! cmp -s "$BATS_TEST_TMPDIR/design" "$BATS_TEST_TMPDIR/other"
        run "$PYTHON" "$worked/one-design.py" <"$BATS_TEST_TMPDIR/other"
        assert_failure 1
        assert_output --partial 'tdp_w'
    done
}

@test "the published conventions give another design" {
    design --as-published >"$BATS_TEST_TMPDIR/published"
    run "$PYTHON" "$worked/one-design.py" <"$BATS_TEST_TMPDIR/published"
    assert_failure 1
    assert_output --partial 'point.usd_per_output_token'
    refute_output --partial 'chip.'
}
