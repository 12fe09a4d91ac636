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

@test "the pages of a study, of constants varied and drawn, of two runs compared: in the same dress, alive" {
    "$pipelines/study" --out study hw.yaml megatron gpt2 llama2 >/dev/null 2>&1
    "$pipelines/report" study
    "$pipelines/sensitivity" tornado --by 20,100 run TCO.PUE Chip.D0 Server.SrvLife >/dev/null
    "$pipelines/sensitivity" montecarlo --samples 4 run >/dev/null
    CONVENTIONS=--as-published OUT=published "$pipelines/explore" hw.yaml megatron >/dev/null 2>&1
    "$pipelines/compare-runs" --out compared run published >/dev/null
    # a frontier of three models, of which one can be chosen
    [ "$(grep -o '"model.name"' study/report/index.html | wc -l)" -ge 1 ]
    for page in study/report/index.html run/sensitivity/tornado.html run/sensitivity/montecarlo.html compared/index.html; do
        grep -q 'figure data-chart' "$page"
        in_browser check "$page"
    done
}

@test "the page of a study has the frontier of each model, explained, in less than 5 MB" {
    [ -s study/report/index.html ] || skip 'the test before makes it'
    [ "$(stat -c %s study/report/index.html)" -lt 5000000 ]
    rec2json study/report/designs >designs.json
    cat study/*.frontier | rec2json | wc -l >expected
    [ "$(wc -l <designs.json)" -eq "$(cat expected)" ]
    "$PYTHON" - study/report/index.html designs.json <<'END'
import json, re, sys
data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', open(sys.argv[1], encoding="utf-8").read(), re.S)[1])
designs = [json.loads(line) for line in open(sys.argv[2])]
place = {column["path"]: i for i, column in enumerate(data["columns"])}
# equal points of one mapping stand once
assert 0 < len(data["frontier"]) <= len(designs) and len(data["explained"]) == len(data["designs"])
for number, design in zip(data["frontier"], designs):
    row = data["designs"][number]
    assert row[place["id"]] == design["id"] and row[place["model.name"]] == design["model"]["name"]
    assert abs(row[place["point.usd_per_output_token"]] / (1e6 * design["point"]["usd_per_output_token"]) - 1) < 1e-6
    assert abs(row[place["point.system_usd"]] / (design["server"]["cost_usd"] * design["point"]["num_servers"]) - 1) < 1e-6
    assert any(data["words"][title] == "total cost of ownership" for _, title, _, _ in data["explained"][number])
END
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
