# Loaded by every bats file: assertions, programs, inputs.
# shellcheck shell=bash disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
export BATS_LIB_PATH=${BATS_LIB_PATH:-/usr/lib/bats}

# load_assertions: bats-support and bats-assert. Their load.bash starts two processes for each of its files, before every test: where
# the files are known, they are sourced as they are.
load_assertions() {
    local library file
    for library in bats-support bats-assert; do
        if [[ -e $BATS_LIB_PATH/$library/src ]]; then
            for file in "$BATS_LIB_PATH/$library/src"/*.bash; do
                # shellcheck disable=SC1090
                . "$file"
            done
        else
            bats_load_library "$library"
        fi
    done
}
load_assertions

# Numbers and messages as the tests have them; what holds in other locales is a test of its own.
unset LANGUAGE "${!LC_@}"
export LANG=C.UTF-8

root=${BATS_TEST_DIRNAME%/tests/*}
export BIN=${BIN:-$root/bin} BUILD=${BUILD:-$root/.build/plain-gcc}
PATH=$BIN:$PATH
CONSTANTS=$root/pipelines/inputs/constants/7nm.yaml
HARDWARE=$root/pipelines/inputs/hardware/chiplet-cloud.yaml
# found once: tests/run hands it to all files
if [[ -z ${PYTHON:-} ]]; then
    for PYTHON in python3 /usr/bin/python3; do
        ! "$PYTHON" -c 'import msgpack' 2>/dev/null || break
    done
fi
export PYTHON
# One shard, unless a test says how many: more than one start GNU parallel and a dozen processes each.
export SHARDS=${SHARDS:-1}

# program_names: all programs, as the Makefile lists them.
program_names() {
    sed -n 's/^PROGRAMS := //p' "$root/Makefile"
}

# all_programs COMMAND...: each program is among these commands.
all_programs() {
    program_names | tr ' ' '\n' | sort | diff - <(printf '%s\n' "${@%% *}" | sort -u)
}

# every N: the step of a long loop: N, and 1 in make test-all.
every() {
    [[ -n ${TEST_ALL:-} ]] && echo 1 || echo "$1"
}

# built FILE: what tests run besides the programs, in the folder of the build; made where bats was started after a plain make.
built() {
    [[ -x $BUILD/$1 ]] || env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u BUILD -u BIN make -s -j2 -C "$root" test-programs >/dev/null 2>&1
    [[ -x $BUILD/$1 ]] || fail "$BUILD/$1 is not there: make test-programs makes it"
    echo "$BUILD/$1"
}

# copy_tree FOLDER: the sources, as a clone has them, and what has been compiled with gcc; in make test-all the sources alone.
copy_tree() {
    mkdir -p "$1"
    (cd "$root" && tar -c --exclude=./.build --exclude=./out --exclude=./.git --exclude='./bin/*' .) | tar -x -C "$1"
    [[ -n ${TEST_ALL:-} || ! -d $root/.build/plain-gcc/common ]] || (
        cd "$root" && find .build/plain-gcc/{common,src,pic,lib*} \( -name '*.[oad]' -o -name '*.so*' \) -print0 | tar -c --null -T -
    ) | tar -x -C "$1"
}

# small_hardware FILE: a space of 8 chips and 4 numbers of packages, some of them realizable.
small_hardware() {
    cat >"$1" <<'YAML'
Name: small
Chip:
  tech: 7nm
  area: [60, 140]
  mac_ratio: [0.05, 0.16]
  operational_intensity: [1.0, 2.0]
  pkg2pkg_io:
    num: 4
    bandwidth_per_io: 12500000000
    area_per_io: 0.3
    tdp_per_io: 0.125
Package:
  num_chips: 1
Server:
  packages_per_lane: [6, 12, 17, 20]
  io:
    num: 2
    bandwidth_per_io: 12500000000
YAML
}

# small_system FILE: two sizes of system and one workload, which megatron.yaml fits into.
small_system() {
    printf 'num_servers: [12, 48]\nworkload: {max_batch: 8, eval_len: [64, 32]}\n' >"$1"
}

# refused CODE COMMAND...: it ends with CODE, an explanation on one line, and nothing on standard output. Sets status, output and stderr, as
# `run` does, which takes longer than most programs here.
refused() {
    local code=$1
    shift
    status=0
    output=$("$@" 2>"$BATS_TEST_TMPDIR/.said") || status=$?
    stderr=$(<"$BATS_TEST_TMPDIR/.said")
    [ "$status" -eq "$code" ] || fail "exit $status instead of $code from $*: $output $stderr"
    [ -z "$output" ] || fail "expected no output from $*, got: $output"
    [[ -n $stderr && $stderr != *$'\n'* ]] || fail "expected one line from $*, got: $stderr"
}

# says TEXT: the last command of `run --separate-stderr` or `refused` wrote TEXT on standard error.
says() {
    # shellcheck disable=SC2154
    [[ $stderr == *"$1"* ]] || fail "expected '$1' in: $stderr"
}
