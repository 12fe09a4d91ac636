#!/usr/bin/env bats
# Pages as their readers have them, in headless Chromium: hover, click, sort, filter, choose, dark, 480 pixels, paper, no request.

setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    small_hardware hw.yaml
    OUT=run "$root/pipelines/explore" hw.yaml megatron >/dev/null 2>&1
    "$root/pipelines/report" run
}

setup() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    pipelines=$root/pipelines
}

# in_browser ARGUMENT...: tests/tools/browser; skips where there is none.
in_browser() {
    run --separate-stderr /usr/bin/python3 "$root/tests/tools/browser" "$@"
    [ "$status" -ne 77 ] || skip "$stderr"
    [ "$status" -eq 0 ] || fail "$stderr"
}

@test "the page of a run: hover, click, keys, sort, filter, choice, dark, 480 pixels, paper; opens in under 2 s, asks for nothing" {
    in_browser check run/report/index.html pictures
    assert_output --partial 'opened in'
    for picture in wide-light wide-dark hover-after sort-after filter service-level narrow-light narrow-dark; do
        [ -s "pictures/$picture.png" ]
    done
}

@test "a page that is not as it is to be fails" {
    sed 's/explain(designOf(chart, items\[0\]))/void 0/; s/callback: value => number/callback: value => numbr/' run/report/index.html >changed.html
    run --separate-stderr /usr/bin/python3 "$root/tests/tools/browser" check changed.html
    [ "$status" -ne 77 ] || skip "$stderr"
    [ "$status" -eq 1 ]
    # a script that is not the one of the checksum does not run
    says 'that are not drawn'
}

@test "a script in the name of a model is text" {
    local name='</script><script>window.stolen=1</script><img src=x onerror="window.stolen=2">'
    sed "s|^  name:.*|  name: '$name'|" "$pipelines/inputs/model/megatron.yaml" >hostile.yaml
    OUT=hostile "$pipelines/explore" hw.yaml hostile.yaml >/dev/null 2>&1
    "$pipelines/report" hostile
    grep -qF '&lt;/script&gt;&lt;script&gt;window.stolen' hostile/report/index.html
    run grep -cE '<script>window|<img' hostile/report/index.html
    assert_output 0
    in_browser hostile hostile/report/index.html
}
