#!/usr/bin/env bats
# Bounds, at their edges: the largest that is taken, and one more. chiplet-cloud-records(5) and chiplet-cloud-inputs(5) list them.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    root_of_model=$root/pipelines/inputs/model
}

# record EXPRESSION >FILE: a record whose entry x is this value in Python, where T is 2 ** 20
record() {
    "$PYTHON" -c "import sys, msgpack
T = 2 ** 20
def nested(n): return [] if n == 1 else [nested(n - 1)]
sys.stdout.buffer.write(msgpack.packb({'schema': 'chiplet-cloud/x/1', 'id': 'a', 'x': $1}))"
}

# edge TAKEN REFUSED WHY: records of the first are taken by every reader and come back through JSON; those of the second are refused
edge() {
    record "$1" >taken
    rec2json taken >line || fail "refused: $1"
    json2rec line | cmp - taken
    pareto --objective min:id taken 2>said || grep -q 'requires a number' said || fail "$(cat said)"
    record "$2" >beyond
    refused 1 rec2json beyond
    says "beyond: record 1 (byte 0): "
    says "$3"
    "$PYTHON" -c 'import json, msgpack; print(json.dumps(msgpack.unpackb(open("beyond", "rb").read(), strict_map_key=False)))' >line
    refused 1 json2rec line
    says 'line:1: '
}

@test "nesting, entries, values, keys and texts of a record: the most, and one more" {
    edge 'nested(32)' 'nested(33)' 'nested more than 3'
    edge '{str(i): i for i in range(4096)}' '{str(i): i for i in range(4097)}' 'entries of a map: 4097; the limit is 4096'
    edge 'list(range(100000))' 'list(range(100001))' 'values of an array: 100001; the limit is 100000'
    edge '{"k" * 255: 1}' '{"k" * 256: 1}' 'bytes of a key: 256; the limit is 255'
    edge '"t" * T' '"t" * (T + 1)' 'bytes of a text: 1048577; the limit is 1048576'
    # schema, id and their values, x, the outer array and its parts take 16 of the values
    edge '[[1] * 100000] * 10 + [[1] * 48559]' '[[1] * 100000] * 10 + [[1] * 48560]' 'more than 1048576 values'
    "$PYTHON" -c 'import sys, msgpack
for n in 15, 16:
    record = {"schema": "chiplet-cloud/x/1", "id": "a", **{str(i): i for i in range(n - 2)}}
    open(f"of-{n}", "wb").write(msgpack.packb(record))'
    rec2json of-15 | json2rec | cmp - of-15
    refused 1 rec2json of-16
    says 'a msgpack map of at most 15 entries'
}

@test "a record of 12 MiB, and of a byte more" {
    for size in $((12 << 20)) $(((12 << 20) + 1)); do
        "$PYTHON" -c "import sys, msgpack
record = {'schema': 'chiplet-cloud/x/1', 'id': 'a', 'x': ['t' * 1000000] * 12}
record['x'].append('t' * ($size - len(msgpack.packb(record)) - 5))
sys.stdout.buffer.write(msgpack.packb(record))" >"of-$size"
        [ "$(wc -c <"of-$size")" -eq "$size" ]
    done
    rec2json of-12582912 | json2rec | cmp - of-12582912
    refused 1 rec2json of-12582913
    says 'the record is larger than 12 MiB'
    # what came before it is written
    cat of-12582912 of-12582913 >both
    rec2json both 2>said >out && fail 'the larger one was taken'
    rec2json of-12582912 | cmp - out
}

@test "a length far beyond the bytes that are there: an error, and no memory taken for it" {
    head='\x82\xa6schema\xb4chiplet-cloud/chip/1\xa1x'
    for claim in '\xdb\xff\xff\xff\xff' '\xdd\x00\x01\x86\xa0' '\xde\x0f\xff' '\xda\xff\xff'; do
        # shellcheck disable=SC2059
        printf "$head$claim" >short
        # 32 MiB of address space: what a program takes anyway is about 10
        [[ $BIN == *sanitize* ]] || ulimit -v 32768
        refused 1 rec2json short
        says 'record 1 (byte 0): '
    done
}

@test "rows that make more than a GiB of designs are refused where they would be taken apart" {
    "$PYTHON" -c 'import sys, msgpack
record = {"schema": "chiplet-cloud/evaluation/1", "id": "a", "x": "t" * 25000, "points": {"batch": [1] * 50000}}
sys.stdout.buffer.write(msgpack.packb(record))' >rows
    rec2json rows | json2rec | cmp - rows
    for program in 'rec2json --flat' 'rec2csv --flat' 'pareto --objective min:point.batch'; do
        # shellcheck disable=SC2086
        refused 1 $program rows
        says 'rows: record 1 (a): has 50000 points, each with 25'
        says 'more than 1024 MiB of designs'
    done
}

@test "points of a model of 1,000 layers go on in another record of the server: none is lost, and every stage takes them" {
    small_hardware hw.yaml
    chiplet-gen --constants "$CONSTANTS" hw.yaml | server-pack --constants "$CONSTANTS" --hardware hw.yaml | rec2json | head -n 2 | json2rec >servers
    sed 's/num_layers:.*/num_layers: 1000/' "$root_of_model/megatron.yaml" >deep.yaml
    # map NUM_SERVERS...
    map() { llm-map --constants "$CONSTANTS" --model deep.yaml --system <(printf 'num_servers: [%s]\nworkload: {max_batch: 1024}\n' "$1") --all-mappings --stats servers; }
    map 1,2,4,5,8,10,20,25,40,50,100,125,200,250,500,1000 2>said >whole
    # two servers, in more records; each counts once
    grep -q 'stats out 2$' said
    [ "$(rec2csv --fields id whole | sed 1d | uniq | wc -l)" -eq 2 ]
    [ "$(rec2csv --fields id whole | sed 1d | wc -l)" -ge 4 ]
    table() { rec2csv --flat --fields id,point.num_servers,point.batch,point.micro_batch,point.generate_latency_s "$@" | sort; }
    { map 1,2,4,5,8,10,20,25; map 40,50,100,125; map 200,250,500,1000; } 2>/dev/null >parts
    [ "$(table parts | wc -l)" -gt 70000 ]
    cmp <(table whole) <(table parts)
    # with all columns of tco-eval
    tco-eval --constants "$CONSTANTS" --breakdown whole >costed
    tco-eval --constants "$CONSTANTS" --breakdown parts | pareto >frontier
    [ -s frontier ]
    pareto costed | cmp - frontier
}

@test "10 million chips of a file: each has its number, counted to the last; one dimension more is refused" {
    space='{Chip: {tech: 7nm, area: {from: 20, to: 219.8, step: 0.2}, mac_ratio: {from: 0.001, to: 0.1, step: 0.001},
        operational_intensity: {from: 1, to: 10.9, step: 0.1}, pkg2pkg_io: {num: 4, bandwidth_per_io: 12.5e9}},
      Package: {num_chips: 1}, Server: {packages_per_lane: 6, io: {num: 2, bandwidth_per_io: 12.5e9}}}'
    echo "$space" >hw.yaml
    chiplet-gen --describe hw.yaml | grep -qx 'chips: 10000000'
    chiplet-gen --constants "$CONSTANTS" --shard 1000000/1000000 hw.yaml >last
    [ "$(rec2csv --fields id last | tail -n 1)" = c9999999 ]
    chiplet-gen --constants "$CONSTANTS" --first 10000000 --shard 1/1000000 hw.yaml | rec2csv --fields id | sed 1d |
        cmp - <(seq -f 'c%.0f' 10000000 10000009)
    server-pack --constants "$CONSTANTS" --hardware hw.yaml last 2>/dev/null | rec2csv --fields id | grep -q '^c99999[0-9]*\.p0\.s0$'
    sed 's/area: {from: 20,/area: {from: 19.8,/' hw.yaml >more.yaml
    refused 1 chiplet-gen --constants "$CONSTANTS" more.yaml
    says 'more.yaml:1:'
    says '10010000 alternatives or more; the limit is 10000000'
}

@test "180 million candidates of a file: packages and servers of a chip do not count against its chips" {
    space='{Chip: {tech: 7nm, area: {from: 20, to: 219.8, step: 0.2}, mac_ratio: {from: 0.001, to: 0.1, step: 0.001},
        operational_intensity: {from: 1, to: 10.9, step: 0.1}, pkg2pkg_io: {num: 4, bandwidth_per_io: 12.5e9}},
      Package: {num_chips: 1}, Server: {packages_per_lane: {from: 3, to: 20, step: 1}, io: {num: 2, bandwidth_per_io: 12.5e9}}}'
    echo "$space" >hw.yaml
    chiplet-gen --describe hw.yaml | grep -E 'chips|servers' | cmp - <(printf 'chips: 10000000\nservers: 18\n')
    chiplet-gen --constants "$CONSTANTS" --shard 500000/1000000 hw.yaml |
        server-pack --constants "$CONSTANTS" --hardware hw.yaml --stats 2>stats >servers
    grep -qx 'server-pack: stats candidates 180' stats
    rec2csv --fields id servers | grep -q '^c499999[0-9]\.p0\.s3$'
    # ten million of each map are the most together
    sed 's/num_chips: 1}/num_chips: {from: 1, to: 100000, step: 1}}/' hw.yaml >most.yaml
    refused 1 chiplet-gen --constants "$CONSTANTS" most.yaml
    says 'the limit is 1000000000000'
}

@test "more values than a record holds are not written" {
    small_hardware hw.yaml
    chiplet-gen --constants "$CONSTANTS" hw.yaml | server-pack --constants "$CONSTANTS" --hardware hw.yaml >servers
    printf 'num_servers: 48\nworkload: {max_batch: 8, eval_len: [64, 32]}\n' >system.yaml
    llm-map --constants "$CONSTANTS" --model "$root_of_model/megatron.yaml" --system system.yaml servers | head -c 100000000 >evaluations
    "$PYTHON" -c 'import msgpack
record = next(msgpack.Unpacker(open("evaluations", "rb"), raw=False))
record["points"] = {name: [values[0]] * 60000 for name, values in record["points"].items()}
open("rows", "wb").write(msgpack.packb(record))'
    rec2json rows >/dev/null
    run --separate-stderr tco-eval --constants "$CONSTANTS" --breakdown rows
    assert_failure 1
    assert_output ''
    says 'would add 60000 points of 1'
    says 'a record holds at most 1048576 values in all'
}

# takes TEXT, refuses TEXT WHY: an input file of these bytes is read (and then found to lack keys), or refused
takes() {
    printf '%b' "$1" >input.yaml
    refused 1 chiplet-gen --constants "$CONSTANTS" input.yaml
    [[ $stderr =~ 'the key '.*' is missing'|'unknown key'|'none of the top-level keys' ]] || fail "$stderr"
}

refuses() {
    printf '%b' "$1" >input.yaml
    refused 1 chiplet-gen --constants "$CONSTANTS" input.yaml
    says "$2"
}

# many N TEXT: the text N times over, where @ is the number
many() {
    "$PYTHON" -c 'import sys
print("".join(sys.argv[2].replace("@", str(i)) for i in range(int(sys.argv[1]))), end="")' "$@"
}

@test "input files: bytes, lines, keys, anchors and nesting: the most, and one more" {
    # the rest of the file is what makes it whole: these have one key that is known
    takes "Name: $(many 8388602 y)"
    refuses "Name: $(many 8388603 y)" 'input.yaml: the file is larger than 8 MiB, the limit'
    takes "$(many 109999 '\n')Name: x"
    refuses "$(many 110001 '\n')Name: x" 'more than 110000 lines'
    takes "$(many 1000 'k@: 1\n')"
    refuses "$(many 1001 'k@: 1\n')" 'a map has more than 1000 keys'
    takes "$(many 1000 'k@: &a 1\n')"
    refuses "$(many 1001 'k@: &a 1\n')" 'more than 1000 anchors and tags'
    refuses "Chip: {area: [$(many 110001 '1,')1]}" 'more than 110000 characters that separate values'
    takes "Chip: {area: $(many 29 '[')1$(many 29 ']')}"
    refuses "Chip: {area: $(many 31 '[')1$(many 31 ']')}" 'nested more than 32 deep'
    refuses '? [a]\n: 1' 'a key is a map or a list; expected text'
    refuses '%TAG ! x:\n---\na: 1' 'the only supported directive is %YAML'
}

@test "aliases: an exponential bomb, a list of itself and too many anchors end at once" {
    bomb=$(printf 'a0: &a0 [1, 2]\n'; for i in {1..30}; do printf 'a%d: &a%d [%s]\n' "$i" "$i" "$(many 10 "*a$((i - 1)),")"; done)
    for text in "$bomb" "${bomb}\nChip: {area: *a30}" 'Chip: &a [*a, *a]' 'Chip: &a {area: *a}' 'Chip: {area: &a [1, *a]}' \
        "Chip: {area: &a [$(many 1000 '1,')1], mac_ratio: [$(many 500 '*a,')*a]}" "$(many 60000 'k@: &a@ 1\n')"; do
        printf '%b' "$text" >input.yaml
        for command in "chiplet-gen --constants $CONSTANTS input.yaml" "chiplet-gen --constants input.yaml $HARDWARE" \
            "llm-map --constants $CONSTANTS --model input.yaml" "llm-map --constants $CONSTANTS --model $root_of_model/gpt2.yaml --system input.yaml"; do
            # a second of CPU; the sanitizers get more
            # shellcheck disable=SC2086,SC2016
            refused 1 bash -c 'ulimit -t "$1"; shift; exec "$@" </dev/null' - "$([[ $BIN == *sanitize* ]] && echo 20 || echo 1)" $command
            says 'input.yaml'
        done
    done
}

@test "memory that is limited while input files are read: an error, never a crash" {
    case $BIN in
    *sanitize*) skip 'the sanitizers take address space of their own' ;;
    esac
    small_hardware hw.yaml
    chiplet-gen --constants "$CONSTANTS" hw.yaml >whole
    printf '%b' "Chip: {area: [$(many 30000 '100,')1]}" >large.yaml
    said=0
    step=$(every 2)
    for ((kib = 6000; kib < 60000; kib += 400 * step)); do
        for file in hw.yaml large.yaml; do
            status=0
            (ulimit -v "$kib" && exec chiplet-gen --constants "$CONSTANTS" "$file") >out 2>error || status=$?
            case $status in
            0) cmp out whole ;;
            1) grep -q 'is missing' error ;;
            3) grep -q 'out of memory' error && said=$((said + 1)) ;;
            127) grep -q 'shared libraries\|shared object' error ;; # there is not even room for the program
            *) fail "$file in $kib KiB: exit $status, $(cat error)" ;;
            esac
        done
    done
    [ "$said" -gt 10 ]
}

# with_value KEY VALUE: the small hardware file with the value
with_value() {
    small_hardware hw.yaml
    sed -i -E "s/^( *)$1: .*/\\1$1: $2/" hw.yaml
}

@test "numbers in input files: 2^53 and beyond, not finite, subnormal, negative, zero where it has no meaning" {
    with_value num_chips 9007199254740993
    refused 1 chiplet-gen --constants "$CONSTANTS" hw.yaml
    says "Package.num_chips: expected an integer up to 2^53, got '9007199254740993'"
    for value in 18446744073709551616 99999999999999999999999999 -9007199254740993 1e3x 0x10; do
        with_value num_chips "$value"
        refused 1 chiplet-gen --constants "$CONSTANTS" hw.yaml
        says "expected an integer up to 2^53, got '$value'"
    done
    with_value num_chips 9007199254740992
    chiplet-gen --constants "$CONSTANTS" hw.yaml >chips
    run --separate-stderr server-pack --constants "$CONSTANTS" --hardware hw.yaml chips
    [ "$status" -le 1 ] && [ -z "$output" ]
    for value in .nan .inf nan inf 1e999 -1e999; do
        with_value area "$value"
        refused 1 chiplet-gen --constants "$CONSTANTS" hw.yaml
        says "Chip.area: expected a number, got '$value'"
    done
    for value in 0 -1 -5e-324; do
        for key in area bandwidth_per_io; do
            with_value $key "$value"
            refused 1 chiplet-gen --constants "$CONSTANTS" hw.yaml
            says "is not greater than 0"
        done
    done
    # a subnormal area is a number: nothing fits on such a die
    with_value area 5e-324
    run --separate-stderr chiplet-gen --constants "$CONSTANTS" hw.yaml
    assert_success
    assert_output ''
    says 'candidates is realizable'
    for value in 0 -3 1.5; do
        sed -E "s/num_layers: .*/num_layers: $value/" "$root_of_model/gpt2.yaml" >model.yaml
        refused 1 llm-map --constants "$CONSTANTS" --model model.yaml </dev/null
        says 'num_layers: '
    done
    sed -E 's/num_layers: .*/num_layers: 10001/' "$root_of_model/gpt2.yaml" >model.yaml
    refused 1 llm-map --constants "$CONSTANTS" --model model.yaml </dev/null
    says 'num_layers: is above 10000'
}

@test "a die larger than a wafer is rejected, and zero interest is a loan without interest" {
    with_value area 90000
    sed -i 's/mac_ratio: .*/mac_ratio: 0.05/; s/operational_intensity: .*/operational_intensity: 1/' hw.yaml
    chiplet-gen --constants "$CONSTANTS" --rejects rejects hw.yaml >chips 2>/dev/null
    [ ! -s chips ]
    rec2json rejects | jq -e '.reject.reason == "chip_area" and .reject.value == 90000 and .reject.limit == 900'
    # where dies may be as large as that, no wafer holds one
    sed -E 's/^( *)max_die_area: .*/\1max_die_area: 1e6/' "$CONSTANTS" >constants.yaml
    chiplet-gen --constants constants.yaml --rejects rejects hw.yaml >chips 2>/dev/null
    [ ! -s chips ]
    [ "$(rec2json rejects | jq -r .reject.reason)" = chip_off_wafer ]
    small_hardware hw.yaml
    small_system system.yaml
    chiplet-gen --constants "$CONSTANTS" hw.yaml | server-pack --constants "$CONSTANTS" --hardware hw.yaml |
        llm-map --constants "$CONSTANTS" --model "$root_of_model/megatron.yaml" --system system.yaml >evaluations
    for rate in 0 1e-12 0.08; do
        sed -E "s/InterestRate: [0-9.]+/InterestRate: $rate/" "$CONSTANTS" >constants.yaml
        tco-eval --constants constants.yaml evaluations | pareto | rec2csv --fields point.usd_per_output_token | sed -n 2p >"cost-$rate"
    done
    run "$PYTHON" -c 'none, tiny, usual = (float(open(f"cost-{rate}").read()) for rate in ("0", "1e-12", "0.08"))
assert abs(none / tiny - 1) < 1e-9 and none < usual, (none, tiny, usual)'
    assert_success
}

@test "numbers in records: integers of 64 bits pass, what is not finite, negative or zero is refused by the field" {
    small_hardware hw.yaml
    chiplet-gen --constants "$CONSTANTS" hw.yaml | head -c 100000 >chips
    # field, value in Python, what is said
    while IFS='|' read -r field value why; do
        "$PYTHON" -c "import msgpack
record = next(msgpack.Unpacker(open('chips', 'rb'), raw=False))
record['chip']['$field'] = $value
open('bad', 'wb').write(msgpack.packb(record))"
        run --separate-stderr server-pack --constants "$CONSTANTS" --hardware hw.yaml bad
        assert_failure 1
        assert_output ''
        says "$why"
    done <<'CASES'
area_mm2|0|chip.area_mm2: 0 is not greater than 0
area_mm2|-1.5|chip.area_mm2: -1.5 is not greater than 0
area_mm2|float("nan")|chip.area_mm2: a number is NaN or infinite
area_mm2|float("inf")|chip.area_mm2: a number is NaN or infinite
area_mm2|"1"|chip.area_mm2: expected a number
area_mm2|None|chip.area_mm2: expected a number
area_mm2|{}|chip.area_mm2: expected a number
area_mm2|[]|chip.area_mm2: expected a number
CASES
    record '[2 ** 53, 2 ** 53 + 1, 2 ** 63, 2 ** 64 - 1, -2 ** 63, 5e-324, -0.0]' >integers
    rec2json integers | json2rec | cmp - integers
    printf '{"schema":"chiplet-cloud/x/1","x":18446744073709551616}\n' >line
    refused 1 json2rec line
    says 'above the range of 64-bit integers'
}

@test "systems that nothing fits, or that have no end: rejected or refused, at once" {
    small_hardware hw.yaml
    chiplet-gen --constants "$CONSTANTS" hw.yaml | server-pack --constants "$CONSTANTS" --hardware hw.yaml | head -c 100000000 >servers
    while IFS='|' read -r system code why; do
        printf '%b\n' "$system" >system.yaml
        run --separate-stderr timeout 60 llm-map --constants "$CONSTANTS" --model "$root_of_model/megatron.yaml" --system system.yaml servers
        [ "$status" -eq "$code" ] && [ -z "$output" ] || fail "$system: exit $status, $stderr"
        says "$why"
    done <<'CASES'
kv_cache_ratio: 1|1|1 is not at least 0 and below 1
kv_cache_ratio: 0.9999999999999999|0|model_memory
max_ctx_len_batch_1: 9007199254740992|0|model_memory
num_servers: 9007199254740992|0|model_memory
num_servers: 9007199254740993|1|expected an integer up to 2^53
num_servers: []|1|the list is empty
num_servers: {from: 1, to: 0, step: 1}|1|to (0) is below from (1)
num_servers: {from: 1, to: 9, step: 0}|1|step is not greater than 0
num_servers: {from: 1, to: 9, factor: 1}|1|factor above 1
num_servers: 48\ncompute_perf_efficiency: 0|1|compute_perf_efficiency: 0 is not
num_servers: 48\nworkload: {max_batch: 2147483648}|1|workload.max_batch: 2147483648 is not below 2^31
num_servers: 48\nworkload: {max_batch: 0}|1|workload.max_batch: 0 is not greater than 0
num_servers: 48\nworkload: {max_batch: 8, batches: [8]}|1|system.yaml:2:26: workload.batches: is given together with max_batch
num_servers: 48\nworkload: [{batches: [8]}, {batches: [8], max_batch: 8}]|1|system.yaml:2:29: workload.batches: is given together with max_batch
num_servers: 48\nworkload: {batches: []}|1|system.yaml:2:12: workload.batches: the list is empty
num_servers: 48\nworkload:\n  batches:\n    - 24\n    - 0|1|system.yaml:5:7: workload.batches: 0 is not greater than 0
num_servers: 48\nworkload: {batches: [24, -100]}|1|system.yaml:2:26: workload.batches: -100 is not greater than 0
num_servers: 48\nworkload: {batches: [24, 2.5]}|1|system.yaml:2:26: workload.batches: expected an integer up to 2^53
num_servers: 48\nworkload: {batches: {from: 1, to: 2, step: 0.5}}|1|system.yaml:2:12: workload.batches: expected an integer up to 2^53
num_servers: 48\nworkload:\n  batches:\n    - 24\n    - 100\n    - 24|1|system.yaml:6:7: workload.batches: 24 is a duplicate
num_servers: 48\nworkload: {batches: [1048577]}|1|1048577 is above 1048576
num_servers: 48\nworkload: {batches: [1048576]}|0|no_mapping
num_servers: 48\nworkload: {batches: {from: 1, to: 65, step: 1}}|1|65 integers; the limit is 64
num_servers: 48\nworkload: {batches: [7560, 11]}|1|system.yaml:2:12: workload.batches: these batches have more than 64 divisors together
num_servers: 48\nworkload: {batches: [[24], [10080]]}|1|workload.batches: these batches have more than 64 divisors together
num_servers: 48\nworkload: {max_batch: 1, eval_len: [0, 8]}|1|workload.eval_len: 0 is not greater than 0
num_servers: 48\nworkload: {max_batch: 1, eval_len: [9007199254740992, 9007199254740992]}|0|no_mapping
CASES
}
