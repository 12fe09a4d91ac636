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
spaces='chiplet-cloud gpu-3d-dram hbm-explore chiplet-cloud-v1'

# Constants for the process that a product is made in.
constants_of() {
    case $1 in
        h100 | h200 | b200 | mi300x) echo "$inputs/constants/5nm.yaml" ;;
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
tpuv4    flops           275e12       0.001
tpuv4    memory_gib      32           0
tpuv4    memory_bytes/s  1200e9       0.001
tpuv4    packages        4            0
tpuv4    chips           4            0
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

servers_of() {
    chiplet-gen --constants "$2" "$1" | server-pack --constants "$2" --hardware "$1"
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
        servers_of "$file" "$CONSTANTS" >servers
        [ -s servers ] || fail "$file gives no server"
    done
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

@test "released models have their published number of parameters, embeddings reckoned here" {
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

@test "an input file may be a pipe" {
    chiplet-gen --constants <(cat "$CONSTANTS") "$root/pipelines/inputs/hardware/tpuv4.yaml" >piped
    chiplet-gen --constants "$CONSTANTS" - <"$root/pipelines/inputs/hardware/tpuv4.yaml" | cmp - piped
    [ -s piped ]
}
