#!/usr/bin/env bats
# Swapping a stage, adding an entry, writing records by hand; streams to and from text; pareto on anything.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    small_hardware hw.yaml
    printf 'num_servers: [12, 48]\nworkload: {max_batch: 8, eval_len: [64, 32]}\n' >system.yaml
    chiplet-gen --constants "$CONSTANTS" hw.yaml >chips
    server-pack --constants "$CONSTANTS" --hardware hw.yaml chips >servers
    [ -s servers ]
}

evaluate() {
    llm-map --constants "$CONSTANTS" --model "$root/pipelines/inputs/model/megatron.yaml" --system system.yaml "$@"
}

costs() {
    tco-eval --constants "$CONSTANTS" "$@"
}

@test "a filter in Python in the middle of the pipeline" {
    cat >cheap.py <<'PY'
import msgpack, sys
for record in msgpack.Unpacker(sys.stdin.buffer, raw=False, max_buffer_size=0):
    if record["server"]["cost_usd"] < 3000:
        sys.stdout.buffer.write(msgpack.packb(record))
PY
    "$PYTHON" cheap.py <servers >cheap
    pareto --objective min:server.cost_usd --top 1000000 --where 'server.cost_usd<3000' --group id servers | cmp - cheap
    [ -s cheap ]
    evaluate cheap | costs | pareto >frontier
    [ -s frontier ]
    run rec2csv --fields server.cost_usd frontier
    [ "$(tail -n +2 <<<"$output" | awk '$1 >= 3000' | wc -l)" -eq 0 ]
}

@test "a cost model in Python in place of tco-eval" {
    cat >flat_rate.py <<'PY'
import msgpack, sys
for record in msgpack.Unpacker(sys.stdin.buffer, raw=False, max_buffer_size=0):
    p = record["points"]
    p["usd_per_output_token"] = [1e-6 * n / r for n, r in zip(p["num_servers"], p["generate_tokens_per_s"])]
    sys.stdout.buffer.write(msgpack.packb(record))
PY
    evaluate servers | "$PYTHON" flat_rate.py | pareto >frontier
    run rec2json frontier
    assert_success
    assert_output --partial '"usd_per_output_token"'
}

@test "chips written by hand as JSON" {
    cat >chip.json <<'JSON'
{"schema":"chiplet-cloud/chip/1","id":"mine","chip":{"area_mm2":100.0,"peak_flops":10e12,"sram_bytes":120e6,"sram_bytes_per_s":5e12,"core_power_w":10.0,"tdp_w":10.5,"cost_usd":18.0,"package_link":{"bytes_per_s":5e10}}}
JSON
    json2rec chip.json | server-pack --constants "$CONSTANTS" --hardware hw.yaml >mine
    run rec2csv --fields id,server.num_chips,server.sram_bytes mine
    assert_line 'mine.p0.s0,48,5760000000.0'
    evaluate mine | costs | pareto >frontier
    [ -s frontier ]
}

@test "an entry that no program knows is found again on the frontier" {
    rec2json chips | sed 's/}$/,"carbon":{"kg":12.5,"note":"größer \\"x\\""}}/' | json2rec >tagged
    server-pack --constants "$CONSTANTS" --hardware hw.yaml tagged | evaluate | costs | pareto >frontier
    run rec2csv --fields carbon.kg,carbon.note frontier
    assert_line '12.5,"größer ""x"""'
    [ "$(sort -u <<<"$output" | wc -l)" -eq 2 ]
}

@test "pareto on plain servers is the frontier that all pairs give" {
    pareto --objective min:server.cost_usd,max:server.memory_bytes servers | rec2csv --fields id | tail -n +2 | sort >ours
    rec2csv --fields id,server.cost_usd,server.memory_bytes servers | tail -n +2 | awk -F, '
        { id[NR] = $1; cost[NR] = $2 + 0; memory[NR] = $3 + 0 }
        END {
            for (i = 1; i <= NR; i++) {
                beaten = 0
                for (j = 1; j <= NR; j++)
                    if (cost[j] <= cost[i] && memory[j] >= memory[i] && (cost[j] < cost[i] || memory[j] > memory[i])) beaten = 1
                if (!beaten) print id[i]
            }
        }' | sort >theirs
    [ -s ours ]
    cmp ours theirs
}

@test "pareto with three objectives is the frontier that all pairs give" {
    evaluate servers | costs >costed
    pareto --objective min:point.usd_per_output_token,min:point.generate_latency_s,min:point.prefill_latency_s costed |
        rec2csv --fields id,point.num_servers,point.batch,point.micro_batch,point.prefill_micro_batch,point.pipeline_parallel |
        tail -n +2 | sort >ours
    rec2csv --flat --fields id,point.num_servers,point.batch,point.micro_batch,point.prefill_micro_batch,point.pipeline_parallel,point.usd_per_output_token,point.generate_latency_s,point.prefill_latency_s costed |
        tail -n +2 | awk -F, '
        { row[NR] = $1 "," $2 "," $3 "," $4 "," $5 "," $6; a[NR] = $7 + 0; b[NR] = $8 + 0; c[NR] = $9 + 0 }
        END {
            for (i = 1; i <= NR; i++) {
                beaten = 0
                for (j = 1; j <= NR && !beaten; j++)
                    beaten = a[j] <= a[i] && b[j] <= b[i] && c[j] <= c[i] && (a[j] < a[i] || b[j] < b[i] || c[j] < c[i])
                if (!beaten) print row[i]
            }
        }' | sort >theirs
    [ -s ours ]
    cmp ours theirs
}

@test "pareto of the paretos of parts is the pareto of the whole, byte for byte" {
    evaluate servers | costs >costed
    rec2json costed >lines
    for query in '' '--top 5' '--group server.num_chips' '--where point.batch>=2'; do
        # shellcheck disable=SC2086
        pareto $query costed >whole
        [ -s whole ]
        for parts in 2 3 7; do
            for ((i = 1; i <= parts; i++)); do
                # shellcheck disable=SC2086
                split -n "l/$i/$parts" lines | json2rec | pareto $query
            done >of_parts
            # shellcheck disable=SC2086
            pareto $query of_parts | cmp whole -
        done
    done
}

@test "equal points are all kept, in the order of input" {
    for i in 3 1 2; do
        printf '{"schema":"chiplet-cloud/other/1","id":"x%d","a":{"cost":5,"size":2}}\n' "$i"
    done | json2rec | pareto --objective min:a.cost,max:a.size >equal
    [ "$(rec2csv --fields id equal | tr '\n' ' ')" = 'id x3 x1 x2 ' ]
}

@test "tco-eval on flat designs is tco-eval on evaluations, and costs again" {
    evaluate servers >evaluations
    rec2json --flat evaluations | json2rec | costs | rec2csv >flat.csv
    costs evaluations | rec2csv --flat >columns.csv
    sed 1d columns.csv | sed 's,chiplet-cloud/evaluation/1,chiplet-cloud/design/1,' | cmp - <(sed 1d flat.csv)
    costs evaluations >once
    costs once | cmp - once
    costs --breakdown evaluations >more
    costs --breakdown more | cmp - more
}

@test "the published cost of a token is the corrected one over the batch" {
    evaluate servers >evaluations
    costs evaluations | rec2csv --flat --fields point.batch,point.usd_per_output_token | tail -n +2 >corrected
    costs --convention token-cost=published evaluations | rec2csv --flat --fields point.usd_per_output_token |
        tail -n +2 >published
    paste -d, corrected published | awk -F, '
        { d = $2 / $1 / $3 - 1; if (d > 1e-12 || d < -1e-12) exit 1; if ($1 > 1) seen++ }
        END { exit seen == 0 }'
}

@test "to JSON and back gives the same bytes, for every kind" {
    evaluate --breakdown servers >evaluations
    costs --breakdown evaluations >costed
    pareto costed >designs
    for stream in chips servers evaluations costed designs; do
        rec2json "$stream" | json2rec | cmp - "$stream"
    done
}

@test "large integers, awkward floats and texts survive the round trip" {
    cat >awkward.py <<'PY'
import msgpack, sys
values = {"ints": [0, -1, 127, 128, -32, -33, 255, 65536, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, -2**63],
          "floats": [5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -0.0, 0.1, 1e22, 1 / 3, 1e15, 123456789.0],
          "texts": ["", "a\tb\n\"\\/\0\x7f", "größe 漢字 \U0001f600"], "none": [None, True, False], "empty": [{}, []]}
sys.stdout.buffer.write(msgpack.packb({"schema": "chiplet-cloud/other/1", "v": values}))
PY
    "$PYTHON" awkward.py >awkward
    rec2json awkward | json2rec | cmp - awkward
}

@test "two streams, one behind the other, are a stream; an empty one is valid" {
    cat chips chips >twice
    [ "$(rec2json twice | wc -l)" -eq "$((2 * $(rec2json chips | wc -l)))" ]
    rec2json chips chips | cmp - <(rec2json twice)
    for command in "server-pack --constants $CONSTANTS --hardware hw.yaml" pareto rec2json json2rec rec2csv \
        "tco-eval --constants $CONSTANTS"; do
        run --separate-stderr bash -c "$command </dev/null"
        assert_success
        assert_output ''
    done
}

@test "rec2csv: columns by name, empty cells, and no field dropped silently" {
    run --separate-stderr rec2csv --fields id,server.cost_usd,no.such servers
    assert_failure 1
    says 'no record has the field no.such'
    cat chips servers >mixed
    run rec2csv --fields id,chip.area_mm2,server.cost_usd mixed
    assert_line --index 0 'id,chip.area_mm2,server.cost_usd'
    assert_line --index 1 --regexp '^c0,[0-9.]+,$'
    assert_line --regexp '^c0\.p0\.s[0-9],[0-9.]+,[0-9.]+$'
    run --separate-stderr rec2csv mixed
    assert_success
    says 'left out, because the first record does not have them: package.num_chips, '
    says 'name the columns with --fields'
}

@test "candidates are in or out: records, rejects and counts agree" {
    run --separate-stderr server-pack --constants "$CONSTANTS" --hardware hw.yaml --rejects rejects --stats chips
    assert_success
    counted=$(awk '$3 == "rejected" { n += $5 } END { print n + 0 }' <<<"$stderr")
    [ "$counted" -gt 0 ]
    [ "$(rec2json rejects | wc -l)" -eq "$counted" ]
    [ "$((counted + $(rec2json servers | wc -l)))" -eq 32 ]
}
