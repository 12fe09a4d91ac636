#!/usr/bin/env bats
# Wrong usage, bad input and failing disks: what is said, what is written, which exit code. More of what is said: sessions.bats.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    small_hardware hw.yaml
    gen=(chiplet-gen --constants "$CONSTANTS")
    pack=(server-pack --constants "$CONSTANTS" --hardware hw.yaml)
    map=(llm-map --constants "$CONSTANTS" --model "$root/pipelines/inputs/model/megatron.yaml")
    cost=(tco-eval --constants "$CONSTANTS")
}

@test "a missing file is named, exit 3" {
    refused 3 "${gen[@]}" nowhere.yaml
    says 'nowhere.yaml: neither a file nor the name of a hardware file; known names: a100, '
    refused 3 "${pack[@]}" nowhere
}

# edited PATTERN: hw.yaml changed by sed.
edited() {
    sed -E "$1" hw.yaml >bad.yaml
    ! cmp -s hw.yaml bad.yaml
}

@test "a file that is no YAML is refused with its place" {
    printf 'a: [1\n' >bad.yaml
    refused 1 "${gen[@]}" bad.yaml
    says 'bad.yaml:2:1: not YAML: '
}

@test "ranges stand for lists" {
    edited 's/area: .*/area: {from: 60, to: 140, step: 80}/; s/packages_per_lane: .*/packages_per_lane: {from: 3, to: 12, factor: 2}/'
    "${gen[@]}" hw.yaml >list
    "${gen[@]}" bad.yaml >range
    cmp list range
}

# macros LINE...: constants with these lines of macros
macros() {
    { cat "$CONSTANTS"; echo 'SRAM:'; printf '  %s\n' "$@"; } >macros.yaml
}

@test "SRAM macros: errors in a table of your own, and a process without any" {
    edited 's/tech: 7nm/tech: 7nm\n  area_model: micro_arch/'
    "${gen[@]}" bad.yaml >built-in
    [ -s built-in ]
    # the placeholders written out: as rows, and as lists
    macros '- {tech: 7nm, depth: [512, 1024, 2048, 4096], width: [32, 64, 128], x: 60.4, y: 120.8}' \
        '- {tech: 7nm, depth: 8192, width: 32, x: 60.4, y: 120.8}'
    chiplet-gen --constants macros.yaml bad.yaml | cmp - built-in
    macros '- {tech: 7nm, depth: 512, width: 32, x: 60.4, y: 120.8}'
    chiplet-gen --constants macros.yaml bad.yaml >fewer
    run ! cmp -s fewer built-in
    edited 's/tech: 7nm/tech: 5nm\n  area_model: micro_arch/'
    refused 1 "${gen[@]}" bad.yaml
    says "chip c0: there are no SRAM macros for sram_tech '5nm': give them under SRAM in the constants file"
    macros '- {tech: 5nm, depth: 512, width: 32, x: 40, y: 80}'
    chiplet-gen --constants macros.yaml bad.yaml | rec2json | grep -q '"tech":"5nm"'
    macros '- {tech: 5nm, depth: 0, width: 32, x: 40, y: 80}'
    refused 1 chiplet-gen --constants macros.yaml bad.yaml
    says 'SRAM.depth: 0 is not greater than 0'
    macros '- {tech: 5nm, depth: 512, x: 40, y: 80}'
    refused 1 chiplet-gen --constants macros.yaml bad.yaml
    says 'width'
    macros '- {tech: a-name-of-more-than-thirty-one-bytes, depth: 512, width: 8, x: 40, y: 80}'
    refused 1 chiplet-gen --constants macros.yaml bad.yaml
    says 'expected a name of 1 to 31 bytes'
    macros '- {tech: 5nm, depth: {from: 1, to: 300, step: 1}, width: 8, x: 40, y: 80}'
    refused 1 chiplet-gen --constants macros.yaml bad.yaml
    says '300 macros; the limit is 256'
    edited 's/tech: 7nm/tech: 7nm\n  area_model: quadratic/'
    refused 1 "${gen[@]}" bad.yaml
    says 'area_model'
}

# streams: one record of each kind (and two servers), to be damaged
streams() {
    "${gen[@]}" hw.yaml >chips
    "${pack[@]}" chips >servers
    printf 'num_servers: 48\nworkload: {max_batch: 2, eval_len: [64, 32]}\n' >system.yaml
    "${map[@]}" --system system.yaml servers | "${cost[@]}" >costed
    pareto costed >designs
}

@test "a stream cut anywhere: exit 1, the record named, what was complete written" {
    streams
    rec2json chips | head -n 2 | json2rec >two
    rec2json two >two.json
    size=$(stat -c %s two)
    first=$(rec2json two | head -n 1 | json2rec | wc -c)
    for ((n = 1; n < size; n += $(every 23))); do
        [ "$n" -ne "$first" ] || continue
        run --separate-stderr rec2json < <(head -c "$n" two)
        [ "$status" -eq 1 ] || fail "cut at $n: exit $status"
        if ((n > first)); then
            [ "$output" = "$(head -n 1 two.json)" ]
            says 'record 2'
        else
            [ -z "$output" ]
            says 'record 1'
        fi
    done
}

@test "every program takes a cut stream for bad data, after writing what was complete" {
    streams
    head -c -10 chips >cut
    run --separate-stderr bash -c '"$@" cut | rec2json | wc -l; exit "${PIPESTATUS[0]}"' - "${pack[@]}"
    assert_failure 1
    [ "$output" -gt 0 ]
    says 'the input ends inside the record'
    head -c -10 costed >cut
    for program in "${cost[*]}" pareto rec2json 'rec2csv --flat'; do
        run --separate-stderr bash -c "$program cut | wc -c; exit \${PIPESTATUS[0]}"
        assert_failure 1
        [ "$output" -gt 0 ]
    done
}

@test "an array nested too deep is no record" {
    refused 1 rec2json < <(printf '\x82\xa6schema\xb4chiplet-cloud/chip/1\xa1x%s' "$(printf '\\x91%.0s' {1..40} | xargs -0 printf)")
}

# llm-map's, of which each has code of its own
modes=('--phase prefill' '--phase generate' '--phase chunked' '--frontier usd_per_output_token,generate_latency_s' '--rate 0.01' '--slo ttft_s=100')

@test "every mode of llm-map takes a cut stream for bad data, after writing what was complete" {
    streams
    printf 'num_servers: 48\nprefill_chunk: 8\nworkload: {max_batch: 2, eval_len: [64, 32]}\n' >chunks.yaml
    head -c -10 servers >cut
    for mode in "${modes[@]}"; do
        run --separate-stderr bash -c "${map[*]} --system chunks.yaml $mode cut | wc -c; exit \${PIPESTATUS[0]}"
        assert_failure 1
        [ "$output" -gt 0 ]
        says 'the input ends inside the record'
        refused 1 "${map[@]}" --system chunks.yaml $mode chips
        says 'record 1 (c0): schema is chiplet-cloud/chip/1, expected chiplet-cloud/server/1'
    done
}

@test "a stage says which field of which record is wrong" {
    streams
    refused 1 "${pack[@]}" servers
    says 'record 1 (c0.p0.s0): schema is chiplet-cloud/server/1, expected chiplet-cloud/chip/1 (a record of chiplet-gen)'
    rec2json chips | sed -E '2s/"area_mm2":[0-9.]+/"area_mm2":-3.0/' | json2rec >bad
    run --separate-stderr "${pack[@]}" bad
    assert_failure 1
    says 'bad: record 2 (c1): chip.area_mm2: -3 is not greater than 0'
    rec2json chips | sed -E '1s/"cost_usd":[0-9.]+,?/"other":1,/' | json2rec >bad
    refused 1 "${pack[@]}" bad
    says 'record 1 (c0): chip.cost_usd is missing'
    refused 1 pareto --objective min:server.price_usd servers
    says 'pareto: no record has the field server.price_usd, which --objective names'
}

# line TEXT: the end of a JSON line after its schema.
line() {
    printf '{"schema":"chiplet-cloud/chip/1",%s\n' "$1"
}

@test "JSON: half of a surrogate pair and what is no number are refused at their byte" {
    for text in '\ud800' '\udc00' '\ud800x' '\ud800\n' '\ud800\u0041' '\ud800\ud800' '\uDBFF' 'a\\\udfff'; do
        refused 1 json2rec < <(line "\"x\":\"$text\"}")
        says 'half of a surrogate pair'
        says 'standard input:1: byte '
    done
    # pairs, and what only looks like half of one
    line '"x":"\ud83d\ude00 \\ud800 \ud7ff\ue000"}' | json2rec | rec2json | cmp - <(line "$(printf '"x":"\xf0\x9f\x98\x80 \\\\ud800 \xed\x9f\xbf\xee\x80\x80"}')")
    for number in NaN Infinity -Infinity nan 01 1. .5 +1 0x1 1e999 -1e999; do
        refused 1 json2rec < <(line "\"x\":$number}")
        says 'standard input:1: byte '
    done
    line '"x":1}' | sed 's/$/\r/' | json2rec | cmp - <(line '"x":1}' | json2rec)
}

@test "what is no value of a record is refused by the name of the field" {
    while IFS='|' read -r value where; do
        "$PYTHON" -c "import msgpack, sys
nan = float('nan')
sys.stdout.buffer.write(msgpack.packb({'schema': 'chiplet-cloud/chip/1', 'id': 'c7', 'chip': {'a': 1, 'b': [2]}, 'x': $value}))" >bad
        for program in rec2json rec2csv 'pareto --objective min:chip.a'; do
            # shellcheck disable=SC2086
            refused 1 $program bad
            says "bad: record 1 (byte 0): $where: "
        done
    done <<'CASES'
nan|x
{'a': [1, {}, []], 'b': {}, 'num': nan}|x.num
{'link': {'num': nan}, 'c': 1}|x.link.num
{'batch': [1] * 17 + [nan]}|x.batch[17]
{'a': [[1, 2], [{'b': {}, 'c': [0, nan]}]]}|x.a[1][0].c[1]
{'a': {'b': 1}, 'c': b'bin'}|x.c
{'a': msgpack.ExtType(5, b'1')}|x.a
{'a': {'c': 1, 5: 1}, 'b': 1}|x.a
{'p': {'schema': 'chiplet-cloud/chip/1', 'b': 2}, 'b': 1}|x.p
CASES
}

@test "fields that a stage reads: given twice, of the wrong kind, beyond 2^53: refused by the whole name" {
    streams
    while IFS='|' read -r edit why; do
        rec2json chips | head -n 1 | json2rec >chip
        "$PYTHON" -c "import msgpack, sys
r = next(msgpack.Unpacker(open('servers', 'rb'), raw=False))
$edit
open('bad', 'wb').write(msgpack.packb(r))"
        refused 1 "${map[@]}" bad
        says "bad: record 1 (c0.p0.s0): $why"
    done <<'CASES'
r['chip']['package_link']['num'] = 2**53 + 1|chip.package_link.num: 9007199254740993 exceeds 2^53
r['chip']['package_link']['num'] = 1.5|chip.package_link.num: expected an integer, got a number
r['server']['num_chips'] = 'x'|server.num_chips: expected an integer, got text
r['chip']['package_link'] = 3|chip.package_link: expected a map, got an integer
CASES
    "$PYTHON" -c "
data = open('servers', 'rb').read()
key = b'\xa8area_mm2'
at = data.index(key)
other = data.index(b'\xa4tech') if b'\xa4tech' in data else at
open('bad', 'wb').write(data.replace(b'\xa8cost_usd', key, 1))"
    refused 1 "${map[@]}" bad
    says 'chip.area_mm2: duplicate field'
    rec2json costed | head -n 1 | sed -E 's/"batch":\[[0-9]+/"batch":[0/' | json2rec >bad
    refused 1 "${cost[@]}" bad
    says 'points.batch[0]: 0 is not greater than 0'
    rec2json costed | head -n 1 | sed -E 's/"batch":\[[0-9]+,/"batch":[1,1.5,/; s/"batch":(\[[^]]*),[0-9]+\]/"batch":\1]/' | json2rec >bad
    refused 1 "${cost[@]}" bad
    says 'points.batch[1]: expected an integer, got a number'
    rec2json costed | sed -E 's/("[a-z_]+":)([0-9]+)([,}])/\1\2.0\3/g' | json2rec >floats
    "${cost[@]}" floats >out
}

@test "a full disk is an I/O error for every program" {
    streams
    rec2json chips >chips.json
    printf 'num_servers: 48\nprefill_chunk: 8\nworkload: {max_batch: 2, eval_len: [64, 32]}\n' >chunks.yaml
    for phase in prefill generate; do
        "${map[@]}" --phase $phase servers | "${cost[@]}" | pareto --objective min:point.batch --top 2 >$phase
    done
    commands=("${gen[*]} hw.yaml" "${pack[*]} chips" "${map[*]} servers" "${cost[*]} costed" 'portfolio --mix megatron=1 costed'
        "phase-join --constants $CONSTANTS --prefill prefill generate" 'pareto costed' 'rec2json chips' 'json2rec chips.json' 'rec2csv chips' 'pareto --help')
    all_programs "${commands[@]}"
    for mode in "${modes[@]}"; do
        commands+=("${map[*]} --system chunks.yaml $mode servers")
    done
    for command in "${commands[@]}"; do
        run --separate-stderr bash -c "$command >/dev/full"
        [ "$status" -eq 3 ] || fail "$command: exit $status"
    done
    run --separate-stderr bash -c "${gen[*]} --rejects /dev/full bad.yaml"
    assert_failure
}

@test "counts that cannot be written are an I/O error" {
    streams
    for command in "${gen[*]} --stats hw.yaml" "${pack[*]} --stats chips" "${map[*]} --stats servers"; do
        run bash -c "$command 2>/dev/full >out"
        [ "$status" -eq 3 ] || fail "$command: exit $status"
        [ -s out ]
    done
}

@test "a closed pipe ends a program as usual" {
    streams
    for i in {1..300}; do cat costed; done >many
    run bash -c 'rec2json many | head -c 1 >/dev/null; exit "${PIPESTATUS[0]}"'
    assert_failure 141
}

@test "a constraint that nothing meets: empty stream, exit 0, the main reason" {
    sed 's/LaneAreaMax: .*/LaneAreaMax: 150.0/' "$CONSTANTS" >tight.yaml
    "${gen[@]}" hw.yaml >chips
    run --separate-stderr server-pack --constants tight.yaml --hardware hw.yaml --rejects rejects --stats chips
    assert_success
    assert_output ''
    says 'server-pack: none of 32 candidates is realizable; 32 of them: lane_area_max'
    says 'server-pack: stats rejected lane_area_max 32'
    [ "$(rec2csv --fields reject.reason rejects | sort | uniq -c | tr -s ' ')" = "$(printf ' 32 lane_area_max\n 1 reject.reason')" ]
}
