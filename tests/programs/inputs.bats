#!/usr/bin/env bats
# The inputs that are shipped: every hardware file gives servers, and those of products and published models have the
# figures that were published of them. What the sources are is said in the files.
# shellcheck disable=SC2153,SC2154 # helper.bash assigns root and CONSTANTS

setup() {
    load helper
    inputs=$root/pipelines/inputs
    cd "$BATS_TEST_TMPDIR" || return 1
}

# One server that is large enough for all models, made once.
setup_file() {
    load helper
    servers_of "$root/pipelines/inputs/hardware/h200.yaml" "$CONSTANTS" >"$BATS_FILE_TMPDIR/servers"
    [ -s "$BATS_FILE_TMPDIR/servers" ]
}

# Hardware that is no product: spaces to explore, and a chip that nobody makes.
spaces='chiplet-cloud-fp8 chiplet-cloud chiplet-cloud-fine gpu-3d-dram hbm-explore chiplet-cloud-v1'

# Constants for the process that a product is made in.
constants_of() {
    case $1 in
        h100 | h200 | b200 | mi300x | gpu-3d-dram) echo "$inputs/constants/5nm.yaml" ;;
        chiplet-cloud-v1) echo "$inputs/constants/7nm-v1.yaml" ;;
        *) echo "$inputs/constants/7nm.yaml" ;;
    esac
}

# Published figures of products: file, figure, value, relative tolerance. Flops, memory, links (per direction), area
# (of all dies, without memory) and power are of a package, the product that is sold; server_bytes/s (per direction)
# and the counts are of a server. Sizes of memory are binary gigabytes (2^30 B), as stacks have them.
# Not here: area of b200 and tpuv5e and power of tpuv5e, which are not published; area and power of tpuv5p, likewise;
# links of tpuv4 and tpuv5p, area and power of tpuv4, where those files follow the published methodology. The bandwidth
# of tpuv5p does so too: its file says why it is 7 % above that of the product.
figures() {
    cat <<'TABLE'
a100     flops           312e12       0.001
a100     memory_gib      80           0
a100     memory_bytes/s  2039e9       0.001
a100     link_bytes/s    300e9        0.001
a100     area_mm2        826          0.05
a100     tdp_w           400          0.05
a100     packages        8            0
a100     chips           8            0
h100     flops           989.4e12     0.001
h100     memory_gib      80           0
h100     memory_bytes/s  3350e9       0.001
h100     link_bytes/s    450e9        0.001
h100     area_mm2        814          0.05
h100     tdp_w           700          0.05
h100     packages        8            0
h100     chips           8            0
h100     server_bytes/s  400e9        0
h200     flops           989.4e12     0.001
h200     memory_gib      141          0
h200     memory_bytes/s  4800e9       0.001
h200     link_bytes/s    450e9        0.001
h200     area_mm2        814          0.05
h200     tdp_w           700          0.05
h200     packages        8            0
h200     chips           8            0
b200     flops           2250e12      0.001
b200     memory_gib      180          0
b200     memory_bytes/s  8000e9       0.001
b200     link_bytes/s    900e9        0.001
b200     tdp_w           1000         0.05
b200     packages        8            0
b200     chips           16           0
b200     server_bytes/s  400e9        0
mi300x   flops           1307.4e12    0.001
mi300x   memory_gib      192          0
mi300x   memory_bytes/s  5325e9       0.001
mi300x   link_bytes/s    448e9        0.001
mi300x   area_mm2        2400         0.05
mi300x   tdp_w           750          0.05
mi300x   packages        8            0
mi300x   chips           64           0
a100-40  flops           312e12       0.001
a100-40  memory_gib      40           0
a100-40  memory_bytes/s  1555e9       0.001
a100-40  link_bytes/s    300e9        0.001
a100-40  area_mm2        826          0.05
a100-40  tdp_w           400          0.05
a100-40  packages        8            0
a100-40  chips           8            0
tpuv4    flops           275e12       0.001
tpuv4    memory_gib      32           0
tpuv4    memory_bytes/s  1200e9       0.001
tpuv4    packages        4            0
tpuv4    chips           4            0
tpuv4-served flops       275e12       0.001
tpuv4-served memory_gib  32           0
tpuv4-served memory_bytes/s 1200e9    0.001
tpuv4-served tdp_w       192          0.01
tpuv4-served packages    4            0
tpuv4-served chips       4            0
tpuv5e   flops           197e12       0.001
tpuv5e   memory_gib      16           0
tpuv5e   memory_bytes/s  819e9        0.001
tpuv5e   link_bytes/s    200e9        0.001
tpuv5e   packages        8            0
tpuv5e   chips           8            0
tpuv5p   flops           459e12       0.001
tpuv5p   memory_gib      95           0.02
tpuv5p   memory_bytes/s  2765e9       0.08
tpuv5p   packages        4            0
tpuv5p   chips           4            0
TABLE
}

# Parameters of released models, embeddings included: file, published count.
parameters() {
    cat <<'TABLE'
llama2-70b      68.98e9
llama3-8b       8.03e9
llama3-70b      70.6e9
llama3-405b     405e9
mistral-7b      7.24e9
mistral-large   123e9
qwen2.5-72b     72.7e9
TABLE
}

# servers_of FILE CONSTANTS [OPTION]...: OPTION of chiplet-gen
servers_of() {
    chiplet-gen --constants "$2" "${@:3}" "$1" | server-pack --constants "$2" --hardware "$1"
}

# figures_of FILE: the figures of its one server, one a line.
figures_of() {
    servers_of "$inputs/hardware/$1.yaml" "$(constants_of "$1")" >server
    [ "$(rec2json server | wc -l)" -eq 1 ] || fail "$1 does not give exactly one server"
    rec2json server | jq -r '.package.num_chips as $n |
        "flops \(.chip.peak_flops * $n)",
        "memory_gib \(.package.dram_bytes / 1073741824)",
        "memory_bytes/s \(.package.dram_bytes_per_s_per_chip * $n)",
        "link_bytes/s \(.chip.package_link.bytes_per_s * $n)",
        "server_bytes/s \(.server.link.bytes_per_s)",
        "area_mm2 \(.chip.area_mm2 * $n)",
        "tdp_w \(.package.tdp_w)",
        "packages \(.server.num_packages)",
        "chips \(.server.num_chips)"'
}

# compare: of lines "name figure published tolerance got" those too far off; fails when there are any, or no lines.
compare() {
    awk 'NF != 5 || $3 + 0 == 0 { print "malformed: " $0; bad++; next }
         { off = $5 / $3 - 1; if (off < 0) off = -off }
         off > $4 + 1e-12 { printf "%s: %s is %s, published %s, off by %.2f %%\n", $1, $2, $5, $3, 100 * off; bad++ }
         END { exit bad > 0 || NR == 0 }'
}

# check_model MODEL_FILE PUBLISHED [EMBEDDINGS]: llm-map's count, and embeddings that it was not told of, within 1 %.
check_model() {
    printf 'num_servers: 2\nworkload: {max_batch: 1, eval_len: [64, 32]}\n' >system.yaml
    llm-map --constants "$CONSTANTS" --model "$1" --system system.yaml "$BATS_FILE_TMPDIR/servers" >evaluation || return
    rec2json evaluation | jq -r --arg published "$2" --argjson more "${3:-0}" \
        '"\(.model.name) parameters \($published) 0.01 \(.model.parameters + $more)"' | compare
}

@test "every hardware file gives at least one server" {
    for file in "$inputs"/hardware/*.yaml; do
        part=()
        [[ $file != */chiplet-cloud-fine.yaml ]] || part=(--shard 500/1000)
        servers_of "$file" "$CONSTANTS" "${part[@]}" >servers
        [ -s servers ] || fail "$file gives no server"
    done
}

@test "the fine space has a hundred times as many candidates as the one that it is made from" {
    for space in chiplet-cloud chiplet-cloud-fine; do
        chips=$(chiplet-gen --constants "$CONSTANTS" --stats "$inputs/hardware/$space.yaml" 2>&1 >/dev/null | awk '$3 == "candidates" { print $4 }')
        [ "$chips" -gt 0 ]
        echo $((chips * 18)) # packages to a lane
    done >candidates
    diff candidates - <<<$'81648\n8197470'
}

@test "hardware for the 5 nm constants gives as many servers with them" {
    for name in h100 h200 b200 mi300x gpu-3d-dram; do
        for constants in 5nm 7nm; do
            servers_of "$inputs/hardware/$name.yaml" "$inputs/constants/$constants.yaml" >servers
            rec2json servers | wc -l >"$constants"
        done
        [ "$(cat 5nm)" -gt 0 ]
        cmp 5nm 7nm
    done
}

@test "the two constants files have the same keys" {
    for constants in 5nm 7nm; do
        sed -nE 's/^( *[A-Za-z0-9_]+):.*/\1/p' "$inputs/constants/$constants.yaml" >"$constants.keys"
    done
    [ "$(wc -l <7nm.keys)" -gt 50 ]
    diff 5nm.keys 7nm.keys
}

@test "each product has published figures, and each row of them a product" {
    for file in "$inputs"/hardware/*.yaml; do
        name=$(basename "$file" .yaml)
        [[ " $spaces " == *" $name "* ]] || echo "$name"
    done | sort >products
    figures | awk '{ print $1 }' | sort -u >rows
    diff products rows
}

@test "products come out with their published figures" {
    figures | awk '{ print $1 }' | uniq >names
    while read -r name; do
        figures_of "$name" >got
        figures | awk -v name="$name" 'NR == FNR { got[$1] = $2; next } $1 == name { print $0, got[$2] }' got -
    done <names >lines
    [ "$(wc -l <lines)" -eq "$(figures | wc -l)" ]
    run compare <lines
    assert_success
}

@test "released models have their published number of parameters, embeddings computed here" {
    while read -r name published; do
        file=$inputs/model/$name.yaml
        grep -vE '^ *(vocab_size|tied_embeddings):' "$file" >layers.yaml
        embeddings=$(awk '$1 == "vocab_size:" { v = $2 } $1 == "d:" { d = $2 } $1 == "tied_embeddings:" { tied = $2 }
            END { print v * d * (tied == "true" ? 1 : 2) }' OFMT=%.0f "$file")
        [ "$embeddings" -gt 0 ]
        run check_model layers.yaml "$published" "$embeddings"
        assert_success
    done < <(parameters)
}

@test "released models have their published number of parameters" {
    # model.parameters includes the embeddings of a model that says its vocab_size.
    while read -r name published; do
        run check_model "$inputs/model/$name.yaml" "$published"
        assert_success
    done < <(parameters)
}

# tests/hf/models.csv: parameters in all and of a token, in 1e9; in what the latter count of embeddings (head: the output projection, both,
# none); GiB of weights; bytes of keys and values of a token. Sources: in the files. Active parameters are published coarsely: less than a
# unit of the last digit off will do.
@test "released models of experts, latents and windows have their published figures" {
    while IFS=, read -r name total active counts gib kv; do
        llm-map --constants "$CONSTANTS" --model "$inputs/model/$name.yaml" --describe >model
        grep -qx "name: $name" model
        awk -F': ' -v name="$name" -v total="$total" -v active="$active" -v counts="$counts" -v gib="$gib" -v kv="$kv" '
            function unit(text) { return text ~ /\./ ? 10 ^ -(length(text) - index(text, ".")) : 1 }
            { v[$1] = $2 }
            END {
                e = v["vocab_size"] * v["d"] / 1e9
                print name, "parameters", total, 0.01, v["parameters"] / 1e9
                if (active != "") print name, "active", active, (unit(active) / active > 0.01 ? unit(active) / active : 0.01),
                    v["active_parameters"] / 1e9 + (counts == "both" ? e : counts == "none" ? -e : 0)
                if (gib != "") print name, "GiB", gib, 0.01, v["bytes"] / 1073741824
                if (kv != "") print name, "KV", kv, 0, v["kv_bytes_per_token"]
            }' model
    done < <(sed 1d "$root/tests/hf/models.csv") >lines
    [ "$(wc -l <lines)" -ge 80 ]
    run compare <lines
    assert_success
}

@test "an input file may be a pipe" {
    chiplet-gen --constants <(cat "$CONSTANTS") "$root/pipelines/inputs/hardware/tpuv4.yaml" >piped
    chiplet-gen --constants "$CONSTANTS" - <"$root/pipelines/inputs/hardware/tpuv4.yaml" | cmp - piped
    [ -s piped ]
}

@test "every hardware file says the constants it is made for, and these are taken where none are given" {
    for file in "$inputs"/hardware/*.yaml; do
        name=$(basename "$file" .yaml)
        constants=$(constants_of "$name")
        run --separate-stderr chiplet-gen --describe "$name"
        assert_success
        [ -z "$stderr" ]
        assert_line --index 0 --regexp '^name: .'
        assert_line --index 1 "constants: $(basename "$constants" .yaml)"
        assert_line --index 2 --regexp '^chips: [1-9][0-9]*$'
        assert_line --index 3 --regexp '^packages: [1-9][0-9]*$'
        assert_line --index 4 --regexp '^servers: [1-9][0-9]*$'
        chiplet-gen "$name" >by-itself 2>said
        chiplet-gen --constants "$constants" "$file" 2>said-given | cmp - by-itself
        grep -v 'none of ' said said-given && fail 'something was said'
    done
    chiplet-gen h100 | server-pack --hardware h100 >by-itself
    servers_of "$inputs/hardware/h100.yaml" "$inputs/constants/5nm.yaml" | cmp - by-itself
}

@test "other constants than the hardware file says: one line, from chiplet-gen, of the first shard" {
    run --separate-stderr bash -c 'chiplet-gen --constants 7nm h100 | server-pack --constants 7nm --hardware h100 | wc -c'
    [ "$(wc -l <<<"$stderr")" -eq 1 ]
    says 'chiplet-gen: '
    says 'h100.yaml: is made for the constants 5nm, but --constants is 7nm'
    for shard in 1/3 2/3 3/3; do
        chiplet-gen --constants 7nm --shard $shard h100 2>>said >/dev/null
    done
    [ "$(wc -l <said)" -eq 1 ]
    # a copy of the same values is the same constants
    cp "$inputs/constants/5nm.yaml" copy.yaml
    chiplet-gen --constants copy.yaml h100 2>said >/dev/null
    [ ! -s said ]
    sed -i 's/wafer_cost: .*/wafer_cost: 1/' copy.yaml
    chiplet-gen --constants copy.yaml h100 2>said >/dev/null
    [ "$(wc -l <said)" -eq 1 ]
}

@test "a hardware file names constants by a path from its own folder; without any they are required" {
    mkdir deep
    small_hardware deep/hw.yaml
    refused 2 chiplet-gen deep/hw.yaml
    says '--constants is required: deep/hw.yaml does not say which constants it is made for'
    refused 2 server-pack --hardware deep/hw.yaml </dev/null
    says '--constants is required'
    echo 'constants: ../own.yaml' >>deep/hw.yaml
    refused 3 chiplet-gen deep/hw.yaml
    says 'deep/hw.yaml: constants: deep/../own.yaml: No such file'
    sed 's/wafer_cost: .*/wafer_cost: 1/' "$CONSTANTS" >own.yaml
    chiplet-gen deep/hw.yaml >chips
    chiplet-gen --constants own.yaml deep/hw.yaml | cmp - chips
    chiplet-gen --describe deep/hw.yaml | grep -qx 'constants: deep/../own.yaml'
    chiplet-gen --describe deep/hw.yaml | grep -qx 'name: small'
    sed -i 's/^constants: .*/constants: 6nm/' deep/hw.yaml
    refused 3 chiplet-gen deep/hw.yaml
    says 'constants: 6nm: neither a file nor the name of a constants file; did you mean 5nm? Known names: 5nm, 7nm, 7nm-v1'
    sed -i 's/^constants: .*/constants: [5nm, 7nm]/' deep/hw.yaml
    refused 1 chiplet-gen --constants 7nm deep/hw.yaml
    says 'constants: alternatives are not explored here: expected one value'
}

@test "names in programs as in pipelines; a path wins; near names where there is none" {
    chiplet-gen --constants 7nm tpuv4 | server-pack --constants 7nm --hardware tpuv4 |
        llm-map --constants 7nm --model palm --system tpuv4-palm | tco-eval --constants 7nm >named
    servers_of "$inputs/hardware/tpuv4.yaml" "$CONSTANTS" |
        llm-map --constants "$CONSTANTS" --model "$inputs/model/palm.yaml" --system "$inputs/system/tpuv4-palm.yaml" |
        tco-eval --constants "$CONSTANTS" | cmp - named
    [ -s named ]
    sed 's/wafer_cost: .*/wafer_cost: 1/' "$CONSTANTS" >7nm
    cmp <(chiplet-gen --constants 7nm tpuv4 2>/dev/null) <(chiplet-gen --constants ./7nm tpuv4 2>/dev/null)
    rm 7nm
    while IFS='|' read -r command near; do
        # shellcheck disable=SC2086
        refused 3 $command
        says "did you mean $near? Known names: "
    done <<'NAMES'
llm-map --constants 7nm --model lama3-70b|llama3-70b
llm-map --constants 7nm --model gtp3|gpt3
llm-map --constants 7nm --model gpt3 --system tpuv4_palm|tpuv4-palm
llm-map --constants 7mn --model gpt3|7nm
tco-eval --constants 7nmm|7nm
chiplet-gen h10|h100
chiplet-gen chipletcloud.yaml|chiplet-cloud
server-pack --hardware b20|b200
NAMES
    refused 3 chiplet-gen zzzzzzzz
    says 'zzzzzzzz: neither a file nor the name of a hardware file; known names: a100, a100-40, b200, '
    refused 3 chiplet-gen no/such.yaml
    says 'no/such.yaml: No such file or directory'
    refused 3 chiplet-gen ''
    refused 3 chiplet-gen ../h100
}

@test "your own inputs by name, and programs that are installed or linked to" {
    mkdir -p own/hardware own/model
    small_hardware own/hardware/mine.yaml
    echo 'constants: 7nm' >>own/hardware/mine.yaml
    CHIPLET_CLOUD_INPUTS=own chiplet-gen mine | cmp - <(chiplet-gen own/hardware/mine.yaml)
    refused 3 chiplet-gen mine
    says 'neither a file nor the name of a hardware file'
    mkdir -p prefix/bin prefix/share/chiplet-cloud
    cp "$BIN/chiplet-gen" prefix/bin
    refused 3 prefix/bin/chiplet-gen h100
    cp -R "$root/pipelines" prefix/share/chiplet-cloud
    prefix/bin/chiplet-gen h100 | cmp - <(chiplet-gen h100)
    ln -s "$BIN/chiplet-gen" linked
    ./linked h100 | cmp - <(chiplet-gen h100)
}

@test "two models that say only their type are told apart by their folders, in all that follows" {
    for model in small large; do
        llm-map --constants 7nm --model "$root/tests/cases/two-llamas/$model" --system <(printf 'num_servers: 1\nworkload: {max_batch: 64, eval_len: [1024, 128]}\n') \
            "$BATS_FILE_TMPDIR/servers"
    done | tco-eval --constants 7nm | pareto --group model.name | rec2csv --flat --fields model.name,point.batch >rows
    grep -q '^small,' rows
    grep -q '^large,' rows
}

# name_of ARGUMENT...: the name that llm-map gives a model
name_of() {
    llm-map --constants 7nm --describe --model "$@" | sed -n 's/^name: //p'
}

@test "the name of a model: --name, the file, the folder of a config.json, the file's own name" {
    config=$root/tests/cases/two-llamas/small/config.json
    [ "$(name_of "$config")" = small ]
    [ "$(name_of "${config%/*}")" = small ]
    [ "$(name_of "${config%/*}/")" = small ]
    [ "$(cd "${config%/*}" && name_of config.json)" = small ]
    [ "$(cd "${config%/*}" && name_of .)" = small ]
    [ "$(cd "${config%/*}" && name_of ../large/../small/config.json)" = small ]
    [ "$(name_of "$config" --name 'a b')" = 'a b' ]
    cp "$config" other.json
    [ "$(name_of other.json)" = other ]
    ln -s "${config%/*}" linked
    [ "$(name_of linked)" = small ]
    jq '.name = "said"' "$config" >other.json
    [ "$(name_of other.json)" = said ]
    jq '._name_or_path = "meta-llama/Llama-3-8B"' "$config" >other.json
    [ "$(name_of other.json)" = Llama-3-8B ]
    for path in '' /data/step_1000 ./checkpoint; do
        jq --arg path "$path" '._name_or_path = $path' "$config" >other.json
        [ "$(name_of other.json)" = other ]
    done
    # in a cache of the hub, where the file is a link
    mkdir -p models--meta-llama--Llama-3-8B/{blobs,snapshots/0123}
    cp "$config" models--meta-llama--Llama-3-8B/blobs/4567
    ln -s ../../blobs/4567 models--meta-llama--Llama-3-8B/snapshots/0123/config.json
    [ "$(name_of models--meta-llama--Llama-3-8B/snapshots/0123)" = Llama-3-8B ]
    [ "$(name_of - <"$config")" = llama ]
    echo 'Model: {num_layers: 8, d: 512, num_heads: 8}' >tiny.model.yaml
    [ "$(name_of tiny.model.yaml)" = tiny.model ]
    refused 1 llm-map --constants 7nm --describe --model - <tiny.model.yaml
    says 'the model has no name: give one with --name'
    [ "$(name_of - --name x <tiny.model.yaml)" = x ]
}

@test "a name that is no line of text is refused" {
    printf 'Model: {name: "a\\nb", num_layers: 8, d: 512, num_heads: 8}\n' >model.yaml
    refused 1 llm-map --constants 7nm --describe --model model.yaml
    says 'model.yaml:1:16: Model.name: the text has control characters'
    folder=$'new\nline'
    mkdir "$folder"
    cp "$root/tests/cases/two-llamas/small/config.json" "$folder"
    refused 1 llm-map --constants 7nm --describe --model "$folder"
    says 'the name of the model: expected at most 200 bytes of UTF-8 without control characters; --name gives another'
    [ "$(name_of "$folder" --name fine)" = fine ]
    for name in $'a\nb' $'\xff' "$(printf 'x%.0s' {1..201})" $'\xc2\x85'; do
        refused 2 llm-map --constants 7nm --describe --model gpt3 --name "$name"
        says '--name: expected 1 to 200 bytes of UTF-8'
    done
}

@test "merge keys: what a map says itself goes before, the first of a list before the next" {
    chiplet-gen --constants 7nm "$root/tests/cases/merge-key.hardware.yaml" |
        server-pack --constants 7nm --hardware "$root/tests/cases/merge-key.hardware.yaml" >merged
    [ -s merged ]
    sed -e 's/<<: .*/{bandwidth_per_io: 12.5e9, area_per_io: 0.3}/' -e '/^    {/s/[{}]//g' -e 's/^    bandwidth_per_io: 12.5e9, /    bandwidth_per_io: 12.5e9\n    /' \
        "$root/tests/cases/merge-key.hardware.yaml" >written.yaml
    chiplet-gen --constants 7nm written.yaml | server-pack --constants 7nm --hardware written.yaml | cmp - merged
    rec2json merged | jq -e '.server.link.bytes_per_s == 25e9 and .chip.package_link.bytes_per_s == 50e9' >/dev/null
    cat >list.yaml <<'YAML'
num_servers: 1
default_mapping:
  <<: [{t: 8, p: 1}, &other {<<: {micro_batch: 0, prefill_micro_batch: 4}, t: 4, p: 2, micro_batch: 1}]
  prefill_micro_batch: 0
workload: {max_batch: 1, eval_len: [64, 32]}
YAML
    printf 'num_servers: 1\ndefault_mapping: {t: 8, p: 1, micro_batch: 1, prefill_micro_batch: 0}\nworkload: {max_batch: 1, eval_len: [64, 32]}\n' >plain.yaml
    for system in list plain; do
        llm-map --constants 7nm --model gpt2 --system $system.yaml "$BATS_FILE_TMPDIR/servers" >$system
    done
    cmp list plain
    while IFS='|' read -r map why; do
        printf '%b' "$map" >bad.yaml
        refused 1 chiplet-gen --constants 7nm bad.yaml
        says "$why"
    done <<'BAD'
Chip: {<<: 3}|bad.yaml:1:8: Chip.<<: a merge key takes a map, or a list of maps
Chip: {<<: [{area: 1}, 3]}|Chip.<<: a merge key takes a map, or a list of maps
Chip: {<<: null}|Chip.<<: a merge key takes a map
Chip: &a {<<: *a}|merge keys more than 16 deep
Chip: {<<: {aera: 3}}|Chip.aera: unknown key; did you mean area?
Chip: {"<<": {area: 3}}|Chip.<<: unknown key
BAD
}

@test "files of older versions load; what is not modelled is refused with what to do" {
    old=$root/tests/cases/older-layout.hardware.yaml
    run --separate-stderr chiplet-gen --describe "$old"
    assert_success
    chiplet-gen --constants 7nm "$old" 2>said >chips
    [ "$(wc -l <said)" -eq 1 ]
    grep -q 'older-layout.hardware.yaml: ignoring the map System, which has an older layout: move its systems to system files' said
    rec2json chips | jq -e '.chip.dataflow == "roofline"' >/dev/null
    server-pack --constants 7nm --hardware "$old" chips >servers
    [ -s servers ]
    refused 1 llm-map --constants 7nm --model gpt2 --system "$old" servers
    says 'its map System has an older layout: move each of its systems to a system file of its own'
    sed 's/bit_rate: /bandwidth_efficiency: 0.9, &/' "$old" >efficiency.yaml
    refused 1 chiplet-gen --constants 7nm efficiency.yaml
    says 'Package.hbm.bandwidth_efficiency: is a key of an older version: move its value to weight_bandwidth_efficiency'
    refused 1 chiplet-gen --constants 7nm "$root/tests/cases/core.hardware.yaml"
    says 'Chip.core: belongs to a dataflow that is not modelled (llmcompass)'
    sed '/core: {/d' "$root/tests/cases/core.hardware.yaml" >core.yaml
    refused 1 chiplet-gen --constants 7nm core.yaml
    says "core.yaml:3:13: Chip.dataflow: 'llmcompass' is not one of: roofline, WS"
    refused 1 llm-map --constants 7nm --model "$root/tests/cases/adapters.model.yaml" servers
    says 'Model.d_lora: adapters (LoRA) are not modelled'
    refused 1 llm-map --constants 7nm --model gpt3 --system "$root/tests/cases/adapters.system.yaml" servers
    says 'workload.num_lora: adapters (LoRA) are not modelled'
    chiplet-gen --constants 7nm "$root/tests/cases/vaults.hardware.yaml" >chips
    [ "$(rec2json chips | wc -l)" -eq 1 ]
}

# other_kind COMMAND... -- WHAT: it is refused with what the file is, and what was expected
@test "a file of another kind is called by its name, with what was expected" {
    : >empty
    echo '# nothing' >comment
    gzip -c "$CONSTANTS" >compressed
    iconv -f UTF-8 -t UTF-16 "$CONSTANTS" >utf16
    rec2json "$BATS_FILE_TMPDIR/servers" >record.json
    printf '\xff\x01\x02' >binary
    echo '{"peft_type": "LORA", "r": 8}' >adapter_config.json
    echo '{"quantization": {}}' >hf_quant_config.json
    ln -s "$BATS_FILE_TMPDIR/servers" servers
    cp "$root/tests/cases/two-llamas/small/config.json" .
    mkdir folder
    while IFS='|' read -r file code what; do
        for kind in hardware constants model system; do
            case $kind in
            hardware) command=(chiplet-gen --constants 7nm "$file") expected='a hardware file (maps Chip, Package and Server)' ;;
            constants) command=(chiplet-gen --constants "$file" tpuv4) expected='a constants file (maps Chip, Package, Server, TCO and Energy)' ;;
            model) command=(llm-map --constants 7nm --describe --model "$file") expected='a model file (a map Model with num_layers, d and num_heads)' ;;
            system) command=(llm-map --constants 7nm --describe --model gpt3 --system "$file") expected='a system file (num_servers, workload, ...)' ;;
            esac
            [[ $what != *"$kind"* ]] || continue
            refused "$code" "${command[@]}"
            says "$what"
            [[ $stderr =~ 'UTF-'|'not YAML' ]] || says "$expected"
        done
    done <<'FILES'
empty|1|the file is empty
comment|1|the file is empty
compressed|1|is compressed (gzip)
utf16|1|the file is UTF-16 or UTF-32: save it as UTF-8
servers|1|is a stream of records, which rec2json shows
record.json|1|is a record as JSON, which json2rec reads
binary|1|is not UTF-8 text
folder|3|is a folder
adapter_config.json|1|is the configuration of an adapter
hf_quant_config.json|1|configures the quantization of weights
FILES
    while IFS='|' read -r kind file what; do
        case $kind in
        hardware) refused 1 chiplet-gen --constants 7nm "$file" ;;
        constants) refused 1 chiplet-gen --constants "$file" tpuv4 ;;
        model) refused 1 llm-map --constants 7nm --describe --model "$file" ;;
        system) refused 1 llm-map --constants 7nm --describe --model gpt3 --system "$file" ;;
        esac
        says "$what; expected a $kind file"
    done <<FILES
hardware|$CONSTANTS|is a constants file
model|$CONSTANTS|is a constants file
system|$CONSTANTS|is a constants file
constants|$HARDWARE|is a hardware file
model|$HARDWARE|is a hardware file
system|$HARDWARE|is a hardware file
hardware|$inputs/model/gpt3.yaml|is a model file
constants|$inputs/model/gpt3.yaml|is a model file
system|$inputs/model/gpt3.yaml|is a model file
system|config.json|is a Hugging Face config.json
hardware|$inputs/system/tpuv4-palm.yaml|is a system file
model|$inputs/system/tpuv4-palm.yaml|is a system file
constants|$inputs/system/tpuv4-palm.yaml|is a system file
FILES
    refused 1 llm-map --constants 7nm --describe --model "$root/tests/cases/other-tool.model.json"
    says 'hidden: none of the top-level keys of this file is known; expected a model file (a map Model'
    refused 1 llm-map --constants 7nm --describe --model "$root/tests/cases/two-documents.model.yaml"
    says 'two-documents.model.yaml:2:1: a second document'
}

# hardware_with SED_SCRIPT: the small hardware file after it, in hw.yaml
hardware_with() {
    small_hardware hw.yaml
    sed -i -E "$1" hw.yaml
}

@test "an unknown key: the near one of the same map, or the map that it belongs in, with the whole path" {
    while IFS='|' read -r script what; do
        hardware_with "$script"
        refused 1 chiplet-gen --constants 7nm hw.yaml
        says "$what"
    done <<'KEYS'
s/^  area:/  aera:/|hw.yaml:4:3: Chip.aera: unknown key; did you mean area?
s/mac_ratio/mac_raito/|Chip.mac_raito: unknown key; did you mean mac_ratio?
s/num: 4/nmu: 4/|Chip.pkg2pkg_io.nmu: unknown key; did you mean num?
s/^Chip:/&\n  num_lanes: 8/|Chip.num_lanes: unknown key; num_lanes belongs in Server
s/^Package:/&\n  hbm_channels: 8/|Package.hbm_channels: unknown key; hbm_channels belongs in Chip
s/^Name:/packages_per_lane: 3\n&/|packages_per_lane: unknown key; packages_per_lane belongs in Server
s/^Chip:/&\n  Package: {num_chips: 1}/|Chip.Package: unknown key; Package belongs at the top of the file
s/^Chip:/&\n  stack_cost: 1/|Chip.stack_cost: unknown key; stack_cost belongs in Package.hbm
s/^Chip:/Chips:/|Chips: unknown key; did you mean Chip?
s/^Chip:/&\n  operational: 1/|Chip.operational: unknown key; did you mean operational_intensity?
s/^Chip:/&\n  zzz: 1/|Chip.zzz: unknown key
s/num: 4/num: four/|Chip.pkg2pkg_io.num: expected an integer up to 2^53, got 'four'
s/^  tech: 7nm/  dataflow: [roofline, [WS, roof]]/|hw.yaml:3:29: Chip.dataflow: 'roof' is not one of: roofline, WS
s/^  tech: 7nm/  associated_explore: nothing/|hw.yaml:3:23: Chip.associated_explore: expected the name of a key
s/^  num_chips: 1/  num_chips: 1\n  mem_3d: [{mem_type: DRAM, num_layers: 1, layer_area: 1, layer_cost: 1, layer_bytes: 1}]/|Package.mem_3d: 
s/^  num_chips: 1/  - num_chips: 1\n  - num_chips: 2\n    hbm: {channel_bytes: 1, x: -1}/|Package.hbm.x: -1 is not greater than 0
KEYS
    sed 's/wafer_cost: .*/wafer_cost: [1, 2]/' "$CONSTANTS" >constants.yaml
    refused 1 chiplet-gen --constants constants.yaml tpuv4
    [[ $stderr =~ constants.yaml:[0-9]+:[0-9]+:\ Chip.wafer_cost:\ lists\ of\ alternatives\ belong\ in\ hardware ]] || fail "$stderr"
    sed 's/num_layers: .*/num_layers: {from: 1, to: 3, step: 1}/' "$inputs/model/gpt2.yaml" >model.yaml
    refused 1 llm-map --constants 7nm --describe --model model.yaml
    says 'Model.num_layers: lists of alternatives belong in hardware and system files'
}

@test "a key given twice, a second document, text behind the end, surrogates and controls: refused with line and column" {
    while IFS='|' read -r text place; do
        printf '%b' "$text" >bad.yaml
        refused 1 chiplet-gen --constants 7nm bad.yaml
        says "bad.yaml:$place"
    done <<'BAD'
Chip: {area: 1}\nPackage: {num_chips: 1, num_chips: 2}\n|2:25: duplicate key num_chips
Chip:\n  pkg2pkg_io:\n    num: 1\n    num: 1\n|4:5: duplicate key num
Chip:\n  pkg2pkg_io: [{num: 1, "num": 2}]\n|2:26: duplicate key num
Chip: {area: 1}\n---\nChip: {area: 2}\n|2:1: a second document
Chip: {area: 1}\n...\nmore\n|3:1: a second document, or text after the end
{"Chip": {"area": 1}} x|1:23: text after the end of the document
{"Chip": {"area": 1}}\n{"Chip": 1}|2:1: text after the end of the document
{"Chip": {"area": 1}}}|1:22: not YAML
{"Name": "\\ud800"}|1:11: not YAML: a surrogate
{"Name": "\\ud83dx"}|1:11: not YAML: a surrogate
{"Name": "\\udc00"}|1:
{"Name": "a\\u0000b"}|1:11: Name: the text has control characters
{"a\\u0000b": 1}|1:3: a: a key has control characters
{"a\\nb": 1}|1:3: a?b: a key has control characters
{"Chip": {"a\\u007fb": 1}}|1:12: Chip.a?b: a key has control characters
BAD
    # both halves of a surrogate are a character
    hardware_with 's/^Name: .*/Name: "x \\ud83d\\ude00"/'
    chiplet-gen --describe hw.yaml | grep -qx "name: x $(printf '\xf0\x9f\x98\x80')"
}

@test "numbers: each form of YAML is read as what it is, or refused with what would be right" {
    value() { # TEXT: the area of the chip
        hardware_with "s/area: \[.*/area: $1/; s/mac_ratio: .*/mac_ratio: 0.1/; s/intensity: .*/intensity: 1/"
        chiplet-gen --constants 7nm hw.yaml | rec2json | jq -r .chip.area_mm2
    }
    while read -r text number; do
        jq -en "$(value "$text") == $number" >/dev/null || fail "$text: $(value "$text")"
    done <<'TAKEN'
100 100
+100 100
1e2 100
1.0e+2 100
100. 100
.1e3 100
100.50 100.5
TAKEN
    while IFS='|' read -r text hint; do
        hardware_with "s/area: \[.*/area: $text/"
        refused 1 chiplet-gen --constants 7nm hw.yaml
        says "hw.yaml:4:"
        says "Chip.area: expected a number, got '"
        says "$hint"
    done <<'REFUSED'
0100|some programs read it as octal
-010|some programs read it as octal
0x64|write it in decimal
0o144|write it in decimal
0b11|write it in decimal
1_000|write the digits without separators
1:40|write the digits without separators
1,5|use a decimal point
.inf|numbers are finite
-.Inf|numbers are finite
.nan|numbers are finite
1e999|
yes|
100mm2|
|leave the key out if there is no value
REFUSED
    # null is a key that is not given, where it need not be; where it must be, it is an error
    hardware_with 's/^Package:/&\n  si: null\n  hbm: ~/'
    chiplet-gen --constants 7nm hw.yaml >chips
    hardware_with ''
    chiplet-gen --constants 7nm hw.yaml | cmp - chips
    hardware_with 's/num: 4/num: null/'
    refused 1 chiplet-gen --constants 7nm hw.yaml
    says "Chip.pkg2pkg_io.num: expected an integer up to 2^53, got 'null'"
    hardware_with 's/^  num_chips: 1/  num_chips: 010/'
    refused 1 chiplet-gen --constants 7nm hw.yaml
    says 'Package.num_chips: expected an integer up to 2^53'
    hardware_with 's/^Package:/&\n  si: yes/'
    refused 1 chiplet-gen --constants 7nm hw.yaml
    says "Package.si: expected true or false, got 'yes'"
}

@test "ranges end where they say, and their values are the decimals that are meant" {
    values() { # RANGE
        hardware_with "s/area: \[.*/area: $1/; s/mac_ratio: .*/mac_ratio: 0.1/; s/intensity: .*/intensity: 1/"
        chiplet-gen --constants 7nm hw.yaml | rec2json | jq -c -s '[.[].chip.area_mm2]'
    }
    [ "$(values '{from: 100.1, to: 100.7, step: 0.1}')" = "$(values '[100.1, 100.2, 100.3, 100.4, 100.5, 100.6, 100.7]')" ]
    [ "$(values '{from: 100.1, to: 100.69, step: 0.1}')" = "$(values '[100.1, 100.2, 100.3, 100.4, 100.5, 100.6]')" ]
    [ "$(values '{from: 50, to: 400, factor: 2}')" = "$(values '[50, 100, 200, 400]')" ]
    [ "$(values '{from: 100, to: 100, step: 7}')" = "$(values '[100]')" ]
    hardware_with 's/mac_ratio: .*/mac_ratio: {from: 0.1, to: 1, step: 0.1}/'
    [ "$(chiplet-gen --describe hw.yaml | sed -n 's/^chips: //p')" -eq 40 ]
    for range in '{from: 1, to: 1e9, step: 1}' '{from: 1, to: 2, step: 1e-300}' '{from: 1e-300, to: 1e300, factor: 1.0000001}' \
        '{from: -1e308, to: 1e308, step: 1}'; do
        hardware_with "s/area: \[.*/area: $range/"
        refused 1 timeout 5 chiplet-gen --constants 7nm hw.yaml
        says 'the limit is 100000'
    done
}

@test "ends of lines as on other systems, and a byte order mark" {
    small_hardware hw.yaml
    chiplet-gen --constants 7nm hw.yaml >chips
    sed 's/$/\r/' hw.yaml >crlf.yaml
    chiplet-gen --constants <(sed 's/$/\r/' "$CONSTANTS") crlf.yaml | cmp - chips
    { printf '\xef\xbb\xbf'; cat hw.yaml; } >bom.yaml
    chiplet-gen --constants 7nm bom.yaml | cmp - chips
    chiplet-gen --constants 7nm <(cat bom.yaml) | cmp - chips
    for encoding in UTF-16 UTF-16LE UTF-16BE UTF-32; do
        iconv -f UTF-8 -t $encoding hw.yaml >other.yaml
        refused 1 chiplet-gen --constants 7nm other.yaml
        says 'other.yaml:1: not YAML: the file is UTF-16 or UTF-32: save it as UTF-8'
    done
    iconv -f UTF-8 -t ISO-8859-1 <<<'Name: Größe' >latin.yaml
    refused 1 chiplet-gen --constants 7nm latin.yaml
    says 'latin.yaml:1: not YAML: the line is not UTF-8 text'
}
