#!/usr/bin/env bats
# Swapping a stage, writing records by hand; costs and frontiers of what other stages have left.

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
