#!/usr/bin/env bats
# What a stream keeps: bytes to JSON and back, numbers and texts of every kind, entries nobody knows; CSV; rejects.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    small_hardware hw.yaml
    small_system system.yaml
    gen=(chiplet-gen --constants "$CONSTANTS")
    pack=(server-pack --constants "$CONSTANTS" --hardware hw.yaml)
    map=(llm-map --constants "$CONSTANTS" --model "$root/pipelines/inputs/model/megatron.yaml" --system system.yaml)
    cost=(tco-eval --constants "$CONSTANTS")
    "${gen[@]}" hw.yaml >chips
    "${pack[@]}" chips >servers
    "${map[@]}" servers >evaluations
    "${cost[@]}" evaluations >costed
    pareto costed >designs
}

# record VALUE: a record whose entry x is a Python value, packed by Python.
record() {
    "$PYTHON" -c 'import msgpack, sys
sys.stdout.buffer.write(msgpack.packb({"schema": "chiplet-cloud/other/1", "x": {"v": eval(sys.argv[1])}}))' "$1"
}

@test "to JSON and back: the same bytes for every kind of record" {
    for stream in chips servers evaluations costed designs; do
        [ -s "$stream" ]
        rec2json "$stream" >lines
        json2rec lines | cmp - "$stream"
        json2rec lines | rec2json | cmp - lines
    done
    sed 's/area: \[.*/area: [1, 60, 2000]/' hw.yaml >wide.yaml
    "${gen[@]}" --rejects rejects wide.yaml >/dev/null
    "${map[@]}" --breakdown servers | tco-eval --constants "$CONSTANTS" --breakdown >broken-down
    pareto broken-down >broken-down-designs
    for stream in rejects broken-down broken-down-designs; do
        [ -s "$stream" ]
        rec2json "$stream" | json2rec | cmp - "$stream"
    done
    rec2json --flat broken-down | json2rec | rec2json | cmp - <(rec2json --flat broken-down)
    cat chips servers evaluations costed designs | rec2json | json2rec | cmp - <(cat chips servers evaluations costed designs)
}

@test "the JSON is what Python reads from the stream" {
    rec2json costed >lines
    run "$PYTHON" -c 'import json, msgpack
records = list(msgpack.Unpacker(open("costed", "rb"), raw=False, max_buffer_size=0))
lines = [json.loads(line) for line in open("lines", encoding="utf-8")]
assert len(records) > 0 and repr(records) == repr(lines)'
    assert_success
}

@test "integers up to 64 bits stay what they are" {
    for value in 0 -1 127 128 -32 -33 -128 -129 255 256 65535 65536 4294967295 4294967296 9007199254740991 \
        9007199254740993 -9007199254740993 9223372036854775807 9223372036854775808 18446744073709551615 \
        -2147483648 -2147483649 -9223372036854775808; do
        record "$value" >awkward
        rec2json awkward >line
        [ "$(cat line)" = '{"schema":"chiplet-cloud/other/1","x":{"v":'"$value"'}}' ]
        json2rec line | cmp - awkward
        [ "$(rec2csv --fields x.v awkward | tail -n 1)" = "$value" ]
    done
}

@test "floats stay the same bits, and floats" {
    for value in 5e-324 2.2250738585072014e-308 1.7976931348623157e308 -1.7976931348623157e308 -0.0 0.0 0.1 1e22 1e23 \
        1/3 1.0 1e15 1e16 123456789.0 2.0**53 2.0**63 4.35 5e-5 9007199254740993.0; do
        record "float($value)" >awkward
        rec2json awkward | json2rec | cmp - awkward || fail "$value: $(rec2json awkward)"
        rec2csv --fields x.v awkward | tail -n 1 >cell
        run "$PYTHON" -c "import sys, struct
assert struct.pack('d', float(open('cell').read())) == struct.pack('d', float($value))"
        assert_success
    done
}

@test "texts: Unicode, control characters, quotes, long ones" {
    for value in "''" "'größe 漢字 \U0001f600 \u2028 \ufeff'" "''.join(map(chr, range(0x80)))" "'\"\\\\/\\n\\r\\t\\0'" \
        "'x' * 31" "'x' * 32" "'x' * 255" "'x' * 256" "'ä' * 40000" "'\ud7ff\ue000\uffff\U0010ffff'"; do
        record "$value" >awkward
        rec2json awkward >line
        json2rec line | cmp - awkward
        [ "$(wc -l <line)" -eq 1 ]
        run "$PYTHON" -c 'import json, msgpack
assert json.load(open("line", encoding="utf-8")) == msgpack.unpackb(open("awkward", "rb").read(), raw=False)'
        assert_success
    done
}

@test "maps and arrays: empty, of 15 and 16 entries, of thousands, and keys of every kind" {
    for value in '{}' '[]' '[[], {}, [{}]]' 'list(range(15))' 'list(range(16))' 'list(range(70000))' \
        '{str(i): i for i in range(15)}' '{str(i): i for i in range(16)}' '{str(i): -i for i in range(4096)}' \
        '{"": 1, "a.b": 2, "ä\n": 3, "x" * 255: 4}' '[None, True, False]'; do
        record "$value" >awkward
        rec2json awkward | json2rec | cmp - awkward
    done
}

@test "two streams, one behind the other, are a stream" {
    cat chips chips >twice
    rec2json twice | cmp - <(cat <(rec2json chips) <(rec2json chips))
    rec2json chips - <chips | cmp - <(rec2json twice)
    "${pack[@]}" twice | cmp - <(cat servers servers)
    "${cost[@]}" evaluations evaluations | cmp - <(cat costed costed)
    "${cost[@]}" - <evaluations | cmp - costed
}

@test "an empty stream goes through every program" {
    : >empty
    "${map[@]}" --phase prefill servers | "${cost[@]}" | pareto --objective min:point.batch --top 2 >prefill
    commands=("${pack[*]}" "${map[*]}" "${cost[*]}" 'portfolio --mix megatron=1' "phase-join --constants $CONSTANTS --prefill prefill"
        pareto rec2json json2rec rec2csv 'rec2csv --flat')
    all_programs chiplet-gen "${commands[@]}"
    for command in "${commands[@]}"; do
        run --separate-stderr bash -c "$command <empty"
        assert_success
        assert_output ''
        [ -z "$stderr" ]
        run --separate-stderr bash -c "$command empty empty"
        assert_success
        assert_output ''
    done
    [ "$(rec2csv --fields id,chip.cost_usd empty)" = 'id,chip.cost_usd' ]
    run --separate-stderr bash -c "${pack[*]} empty | ${map[*]} | ${cost[*]} | pareto | rec2csv"
    assert_success
    assert_output ''
}

@test "an entry that no program knows passes every stage and is on the frontier, unchanged" {
    cat >tag.py <<'PY'
import msgpack, sys
for record in msgpack.Unpacker(sys.stdin.buffer, raw=False, max_buffer_size=0):
    record["carbon"] = {"of": record["id"], "kg": [0.1, 2**63, -0.0], "note": "größe \0", "deep": {"a": {"b": None}}}
    sys.stdout.buffer.write(msgpack.packb(record))
PY
    cat >look.py <<'PY'
import msgpack, sys
count = 0
for record in msgpack.Unpacker(sys.stdin.buffer, raw=False, max_buffer_size=0):
    chip = record["id"].split(".")[0]
    expected = {"of": chip, "kg": [0.1, 2**63, -0.0], "note": "größe \0", "deep": {"a": {"b": None}}}
    assert repr(record.pop("carbon")) == repr(expected)
    sys.stdout.buffer.write(msgpack.packb(record))
    count += 1
assert count > 0
PY
    "$PYTHON" tag.py <chips | tee tagged | "${pack[@]}" | "$PYTHON" look.py | cmp - servers
    "${pack[@]}" tagged | "${map[@]}" | "${cost[@]}" | tee tagged-costed | "$PYTHON" look.py | cmp - costed
    pareto tagged-costed | "$PYTHON" look.py | cmp - designs
    rec2json tagged-costed | json2rec | pareto | "$PYTHON" look.py | cmp - designs
}

@test "entries that a stage would have no room for are refused, not lost" {
    rec2json chips | sed 's/}$/,"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1}/' | json2rec >full
    run --separate-stderr "${pack[@]}" full
    assert_failure 1
    assert_output ''
    says 'record 1 (c0): '
}

@test "rec2csv: header and rows are those of Python" {
    rec2csv costed >table.csv
    rec2csv --flat costed >flat.csv
    cat >compare.py <<'PY'
import csv, msgpack
def leaves(value, path):
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, path + [key])
    else:
        yield ".".join(path), value
def text(value):
    if isinstance(value, list):
        return " ".join(map(text, value))
    return str(value)
def same(cell, value):
    if isinstance(value, float):
        return float(cell) == value
    if isinstance(value, list):
        cells = cell.split(" ")
        return len(cells) == len(value) and all(map(same, cells, value))
    return cell == str(value)
records = list(msgpack.Unpacker(open("costed", "rb"), raw=False, max_buffer_size=0))
flat = [dict(record, point={k: v[i] for k, v in record["points"].items()})
        for record in records for i in range(len(record["points"]["batch"]))]
for record in flat:
    del record["points"]
for name, expected in ("table.csv", records), ("flat.csv", flat):
    with open(name, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == [path for path, _ in leaves(expected[0], [])], name
    assert len(rows) == len(expected) + 1, (name, len(rows), len(expected))
    for row, record in zip(rows[1:], expected):
        assert all(same(cell, value) for cell, (_, value) in zip(row, leaves(record, []))), name
PY
    run "$PYTHON" compare.py
    assert_success
}

@test "rec2csv quotes what must be quoted, in cells and in the header" {
    "$PYTHON" -c 'import msgpack, sys
sys.stdout.buffer.write(msgpack.packb({"schema": "chiplet-cloud/other/1", "a,b": {"q\"": "x\"y", "n": "1\n2", "c": "1,2",
    "r": "1\r2", "plain": "größe x", "none": None, "yes": True, "list": [1, 2.5, -3], "empty": {}}}))' >awkward
    rec2csv awkward >out.csv
    run "$PYTHON" -c 'import csv
rows = list(csv.reader(open("out.csv", newline="", encoding="utf-8")))
assert rows == [["schema", "a,b.q\"", "a,b.n", "a,b.c", "a,b.r", "a,b.plain", "a,b.none", "a,b.yes", "a,b.list", "a,b.empty"],
    ["chiplet-cloud/other/1", "x\"y", "1\n2", "1,2", "1\r2", "größe x", "", "true", "1 2.5 -3", ""]], rows'
    assert_success
    grep -q '^"a,b\|,"a,b.q"""' out.csv
    grep -q '"x""y"' out.csv
}

@test "rec2csv: --fields in the order given, twice if asked, empty where a record lacks it" {
    cat chips servers >mixed
    rec2csv --fields server.num_chips,id,server.num_packages,id mixed >out.csv
    [ "$(head -n 1 out.csv)" = 'server.num_chips,id,server.num_packages,id' ]
    [ "$(sed -n 2p out.csv)" = ',c0,,c0' ]
    [ "$(tail -n 1 out.csv)" = "$(rec2json servers | tail -n 1 | sed -E 's/.*"id":"([^"]*)".*"num_packages":([0-9]*),"num_chips":([0-9]*).*/\3,\1,\2,\1/')" ]
    [ "$(wc -l <out.csv)" -eq "$((1 + $(rec2json mixed | wc -l)))" ]
}

@test "rec2csv: fields that the first record lacks are left out, and said at the end" {
    cat chips servers >mixed
    run --separate-stderr rec2csv mixed
    assert_success
    [ "${#lines[@]}" -eq "$((1 + $(rec2json mixed | wc -l)))" ]
    [ "${lines[0]}" = "$(rec2csv chips | head -n 1)" ]
    says 'rec2csv: left out, because the first record does not have them: package.'
    says " (in $(rec2json servers | wc -l) records); name the columns with --fields"
    [ "$(wc -l <<<"$stderr")" -eq 1 ]
    # a field that only later records lack is an empty cell, without a word
    cat servers chips >mixed
    run --separate-stderr rec2csv mixed
    assert_success
    [ -z "$stderr" ]
    [ "${lines[0]}" = "$(rec2csv servers | head -n 1)" ]
    [ "${#lines[@]}" -eq "$((1 + $(rec2json mixed | wc -l)))" ]
}

# near OPTION=VALUE INPUT FIELD MEANT: exit 1, and the field that was meant.
near() {
    local program=pareto
    [[ $1 != --fields* ]] || program='rec2csv --flat'
    # shellcheck disable=SC2086
    run --separate-stderr $program "$1" "$2"
    assert_failure 1
    local option=${1%%=*}
    [ "$stderr" = "${program%% *}: no record has the field $3, which $option names; did you mean $4?" ] || fail "$stderr"
}

@test "a field that no record has: an error that names the one that was meant" {
    near --fields=id,chip.aera_mm2 costed chip.aera_mm2 chip.area_mm2
    near --fields=area_mm2 chips area_mm2 chip.area_mm2
    near --fields=point.generate_latncy_s costed point.generate_latncy_s point.generate_latency_s
    near --objective=min:point.generate_latncy_s costed point.generate_latncy_s point.generate_latency_s
    near --objective=min:generate_latency_s costed generate_latency_s point.generate_latency_s
    near --objective=min:generate_latncy_s designs generate_latncy_s point.generate_latency_s
    near --objective=min:points.batch designs points.batch point.batch
    near --where='point.bacth<=4' costed point.bacth point.batch
    near --where='batch!=4' designs batch point.batch
    near --group=modle.name costed modle.name model.name
    # rows and frontiers are written all the same
    run --separate-stderr rec2csv --fields id,chip.aera_mm2 chips
    [ "${#lines[@]}" -eq "$((1 + $(rec2json chips | wc -l)))" ]
    pareto --group nothing.such costed >out 2>said || true
    cmp out <(pareto --group schema costed)
    # nothing is near
    run --separate-stderr pareto --objective min:qqqqqqqqqqqq chips
    assert_failure 1
    [ "$stderr" = 'pareto: no record has the field qqqqqqqqqqqq, which --objective names' ]
    run --separate-stderr rec2csv --fields id,no.such servers
    assert_failure 1
    [ "$stderr" = 'rec2csv: no record has the field no.such, which --fields names' ]
    refused 1 pareto costed --where 'point.bacth<=4'
    run --separate-stderr rec2csv --fields point.batch costed
    assert_failure 1
    says 'did you mean points.batch? (columns of points are point.* with --flat)'
    # an empty stream lacks nothing
    pareto --objective min:chip.aera_mm2 /dev/null
    rec2csv --fields chip.aera_mm2 /dev/null
}

@test "pareto: records that lack an objective are left out, and counted; a condition on a missing field is not met" {
    cat chips servers chips >mixed
    count=$(rec2json chips | wc -l)
    objective=min:server.cost_usd,max:server.memory_bytes
    run --separate-stderr bash -c "pareto --objective $objective mixed | cmp - <(pareto --objective $objective servers)"
    assert_success
    says "pareto: left out $((2 * count)) of $((2 * count + $(rec2json servers | wc -l))): without a field that --objective names"
    # in any order of the input, and of parts of it
    pareto --objective $objective chips >part1 2>/dev/null || true
    [ ! -s part1 ]
    { pareto --objective $objective servers; cat part1; } | pareto --objective $objective | cmp - <(pareto --objective $objective mixed)
    for condition in 'server.num_chips>0' 'server.num_chips!=-1' 'server.num_chips<1e9'; do
        run --separate-stderr bash -c "pareto --objective min:chip.area_mm2 --where '$condition' mixed | cmp - <(pareto --objective min:chip.area_mm2 servers)"
        assert_success
        [ -z "$stderr" ]
    done
    # a group's field that some lack: a group of their own
    pareto --objective min:chip.area_mm2 --group server.num_chips mixed | rec2csv --fields server.num_chips | grep -c '^""$' >lacking
    [ "$(cat lacking)" -gt 0 ]
    # nil is no value
    rec2json servers | sed -E '2,$s/"memory_bytes":[0-9.e+]+/"memory_bytes":null/g' | json2rec >nils
    run --separate-stderr bash -c "pareto --objective min:server.memory_bytes nils | rec2csv --fields id | tail -n 1"
    assert_output 'c0.p0.s0'
    says "pareto: left out $(($(rec2json servers | wc -l) - 1)) of"
    run --separate-stderr pareto --objective min:id chips
    assert_failure 1
    says 'id: --objective requires a number, got text'
}

@test "rec2csv: texts in arrays are quoted as one cell; a lone empty cell is not an empty line" {
    json2rec >awkward <<'JSON'
{"schema":"chiplet-cloud/x/1","x":{"a":["1,2","say \"x\"",3],"m":[],"e":"","n":null,"id":"=1+1"}}
{"schema":"chiplet-cloud/x/1","x":{"a":[],"m":[1],"e":"e","n":0,"id":"i"}}
JSON
    rec2csv awkward >out.csv
    run "$PYTHON" -c 'import csv
rows = list(csv.reader(open("out.csv", newline="", encoding="utf-8"), strict=True))
assert rows[1:] == [["chiplet-cloud/x/1", "1,2 say \"x\" 3", "", "", "", "=1+1"], ["chiplet-cloud/x/1", "", "1", "e", "0", "i"]], rows'
    assert_success
    [ "$(rec2csv --fields x.n awkward)" = $'x.n\n""\n0' ]
}

@test "--flat: a design for each point, and points in one record or another are the same" {
    rec2json --flat costed >flat.json
    rows=$(rec2csv --flat --fields id costed | tail -n +2 | wc -l)
    [ "$(wc -l <flat.json)" -eq "$rows" ]
    [ "$(grep -c '^{"schema":"chiplet-cloud/design/1"' flat.json)" -eq "$rows" ]
    json2rec flat.json >flat
    pareto flat | cmp - designs
    cat costed flat >both
    rec2csv --flat both | cut -d, -f2- >both.csv
    rec2csv --flat costed | cut -d, -f2- >once.csv
    cat once.csv <(tail -n +2 once.csv) | cmp - both.csv
}

# listed NAME: it is one of the reasons there are.
listed() {
    [[ " chip_too_small chip_area chip_power_density chip_off_wafer hbm_perimeter vault_area vault_tsvs package_die_area
 package_power_density interposer_off_wafer lane_area_min lane_area_max no_heat_sink heat_sink_power server_power
 model_memory no_mapping " == *[[:space:]]"$1"[[:space:]]* ]]
}

# agrees STAGE CANDIDATES: stderr (of --stats), rejects and written count the same.
agrees() {
    local reason count total=0
    [ "$(awk '$3 == "candidates" { print $4 }' stats)" -eq "$2" ]
    while read -r reason count; do
        listed "$reason" || fail "$reason is not on the list"
        [ "$(rec2csv --fields reject.reason rejects | grep -cx "$reason")" -eq "$count" ]
        total=$((total + count))
    done < <(awk '$3 == "rejected" { print $4, $5 }' stats)
    [ "$total" -gt 0 ]
    [ "$(rec2json rejects | grep -c '^{"schema":"chiplet-cloud/reject/1","id":"c')" -eq "$total" ]
    [ "$(rec2csv --fields reject.stage rejects | grep -cx "$1")" -eq "$total" ]
    [ "$(awk '$3 == "out" { print $4 }' stats)" -eq "$(rec2json written | wc -l)" ]
    [ "$(($(rec2json written | wc -l) + total))" -eq "$2" ]
}

@test "rejects: a record each, with a reason of the list; counts agree with --stats" {
    sed 's/area: \[.*/area: [1, 60, 2000]/' hw.yaml >wide.yaml
    "${gen[@]}" --rejects rejects --stats wide.yaml >written 2>stats
    agrees chiplet-gen 12
    "${pack[@]}" --rejects rejects --stats chips >written 2>stats
    agrees server-pack 32
    cmp written servers
    printf 'num_servers: [1]\nworkload: {max_batch: 8, eval_len: [64, 32]}\n' >system.yaml
    "${map[@]}" --rejects rejects --stats servers >written 2>stats
    agrees llm-map "$(rec2json servers | wc -l)"
}
