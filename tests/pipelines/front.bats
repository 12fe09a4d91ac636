#!/usr/bin/env bats
# chiplet-cloud: its commands, their options and help, completion, pages.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    pipelines=$root/pipelines
    front=$pipelines/chiplet-cloud
}

# command_names: all commands, as their texts are called.
command_names() {
    (cd "$pipelines/lib/commands" && printf '%s\n' *) | grep -vx chiplet-cloud
}

# in_a_terminal COMMAND: what it prints there.
in_a_terminal() {
    script -qec "$1" /dev/null </dev/null
}

@test "--help, -h and help of every command: usage with its name, in 80 columns, on standard output" {
    for name in $(command_names); do
        run --separate-stderr "$front" help "$name"
        assert_success
        [ -z "$stderr" ]
        assert_line --index 0 --regexp "^usage: chiplet-cloud $name "
        [ "$(wc -L <<<"$output")" -le 80 ] || fail "$name: $output"
        echo "$output" >help
        env -u BIN "$front" "$name" --help 2>&1 | diff help - || fail "$name --help"
        env -u BIN "$pipelines/$name" -h 2>&1 | diff help - || fail "$name -h"
    done
    [ "$(command_names | wc -l)" -ge 17 ]
    for name in explore explain slurm-shards; do
        run --separate-stderr bash -c '"$@" >/dev/full' - "$pipelines/$name" --help
        [ "$status" -eq 3 ] || fail "$name: $status $stderr"
        says 'No space left on device'
        run --separate-stderr bash -c '{ sleep 0.1; "$@"; echo $? >status; } | true' - "$pipelines/$name" --help
        [ "$(cat status)" -eq 141 ] || fail "$name: $(cat status) $stderr"
    done
}

@test "--help breaks no word in a narrow terminal" {
    "$front" help explain | tr -s ' \n' '\n\n' | grep . >words
    in_a_terminal "stty cols 40; TERM=dumb '$front' help explain" | tr -d '\r' >narrow
    [ "$(wc -L <narrow)" -le 40 ]
    tr -s ' \n' '\n\n' <narrow | grep . | diff words -
}

@test "pipelines in Python read the options of the help that is printed" {
    mapfile -t names < <(cd "$pipelines" && grep -l '^#!/usr/bin/env python3' $(command_names))
    [ "${#names[@]}" -ge 11 ]
    "$PYTHON" - "$pipelines" "${names[@]}" <<'CODE'
import subprocess, sys
sys.path.insert(0, sys.argv[1])
from reporting import program
for name in sys.argv[2:]:
    sys.argv[0] = name
    printed = subprocess.run([program.LIBRARY / "help", name], capture_output=True, check=True).stdout.decode()
    assert printed.startswith("usage: ") and program._text() == printed, name
CODE
}

@test "chiplet-cloud --help has every command on a line of its own" {
    run --separate-stderr "$front" --help
    assert_success
    [ -z "$stderr" ]
    [ "$(wc -L <<<"$output")" -le 80 ]
    sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p' <<<"$output" | sort | diff - <(command_names | sort)
    # a script without a text would not be there: each is a command, or is called by commands alone
    for script in "$pipelines"/*; do
        [[ -f $script && -x $script && ! $script =~ /(chiplet-cloud|split-frontiers)$ ]] || continue
        [ -f "$pipelines/lib/commands/${script##*/}" ] || fail "${script##*/} has no text in lib/commands"
    done
    "$front" help | diff - <(echo "$output")
    "$pipelines/split-frontiers" --help | grep -q '^ *split-frontiers NAMES FOLDER DESIGNS '
    "$front" plot --help | diff - <("$front" plot-frontier --help)
}

@test "sessions: commands, options and operands that there are not" {
    for file in "$root"/tests/pipelines/sessions/*.txt; do
        "$root/tests/tools/session" "$file" | diff "$file" -
    done
    [ "$("$front" --version)" = "chiplet-cloud $(pareto --version | sed 's/.* //')" ]
}

@test "an option that there is not, of every command: exit 2, the nearest one" {
    for name in $(command_names); do
        refused 2 "$pipelines/$name" --hlep
        [[ $name == sensitivity ]] || says 'did you mean --help?'
    done
}

@test "a name of an input that there is not: the nearest one" {
    refused 2 "$pipelines/explore" --out o h100 lama3-70b
    says "'lama3-70b' is neither a file nor the name of a model file; did you mean llama3-70b? Known names: "
    says ' palm, '
    says 'did you mean llama3-70b?'
    refused 2 "$pipelines/study" --out o tpv4
    says 'did you mean tpuv4?'
    refused 2 "$pipelines/compare-conventions" h100 megatrom
    says 'did you mean megatron?'
    [ ! -e o ]
}

@test "list-inputs: each file that comes with the pipelines, by name, with what it holds" {
    for kind in hardware model system constants carbon; do
        "$front" list-inputs "$kind" >listed
        [ "$(head -n 1 listed)" = "$kind:" ]
        [ "$(wc -L <listed)" -le 80 ]
        sed -n 's/^  \([^ ][^ ]*\)  *[^ ].*/\1/p' listed | diff - <(cd "$pipelines/inputs/$kind" && printf '%s\n' *.yaml | sed 's/[.]yaml$//' | sort)
    done
    "$front" list-inputs model | grep -A 1 -x '  gpt3  *GPT-3, 175 B parameters.*' | grep -q 173.9
    "$front" list-inputs | grep -c '^[a-z]*:$' | grep -qx 5
    "$front" list-inputs --json hardware system | jq -e '.rows | map(.kind) | unique == ["hardware", "system"]' >/dev/null
    refused 2 "$front" list-inputs modle
    says "no kind of inputs 'modle'; did you mean model?"
}

@test "the nearest name is the one that the programs find" {
    small_hardware hw.yaml
    for wrong in modle:model capcity:capacity; do
        [ "$(awk -f "$pipelines/lib/nearest.awk" -- "${wrong%:*}" name "${wrong#*:}" system)" = "${wrong#*:}" ]
    done
    mapfile -t constants < <(cd "$pipelines/inputs/constants" && printf '%s\n' *.yaml | sed 's/[.]yaml$//')
    refused 3 chiplet-gen --constants 6nm hw.yaml
    says "did you mean $(awk -f "$pipelines/lib/nearest.awk" -- 6nm "${constants[@]}")?"
    [ -z "$(awk -f "$pipelines/lib/nearest.awk" -- abc xyz)" ]
    [ "$(awk -f "$pipelines/lib/nearest.awk" -- chip chip_links)" = chip_links ]
}

@test "options say what variables say, and win over them" {
    small_hardware hw.yaml
    CONVENTIONS='--as-published --convention token-cost=corrected' "$pipelines/explore-hardware" hw.yaml >expected 2>/dev/null
    "$pipelines/explore-hardware" hw.yaml >corrected 2>/dev/null
    ! cmp -s expected corrected
    CONVENTIONS='--convention calendar=published' JOBS=none LOG=no/where "$front" explore-hardware --as-published --log log \
        --jobs 1 --shards=2 hw.yaml --convention token-cost=corrected >published
    cmp expected published
    grep -q 'server-pack: stats out' log
    CONSTANTS=nowhere "$front" explore-hardware --constants 5nm --hardware hw.yaml >five 2>/dev/null
    CONSTANTS=5nm "$pipelines/explore-hardware" hw.yaml 2>/dev/null | cmp - five
    "$front" evaluate-software --pareto '--top 3' --model megatron <corrected >three 2>/dev/null
    [ "$(rec2json three | wc -l)" -eq 3 ]
    [ "$(ROWS=3 "$pipelines/best-designs" --rows 2 three | grep -c '^c[0-9]*\.p')" -eq 2 ]
    [ "$(ROWS=1 "$pipelines/best-designs" three | grep -c '^c[0-9]*\.p')" -eq 1 ]
}

@test "operands and the options for them fill the same places" {
    small_hardware hw.yaml
    small_system sys.yaml
    OUT=a "$pipelines/explore" hw.yaml megatron sys.yaml >/dev/null 2>&1
    OUT=unused "$front" explore --system sys.yaml --out b --model megatron hw.yaml >/dev/null 2>&1
    cmp a/frontier b/frontier
    [ ! -e unused ]
    SYSTEM=nowhere "$front" study --out c --system sys.yaml --models megatron,gpt2 --shards 3 hw.yaml >/dev/null 2>&1
    OUT=d SYSTEM=sys.yaml "$pipelines/study" hw.yaml megatron gpt2 >/dev/null 2>&1
    cmp c/megatron.frontier d/megatron.frontier
    cmp c/gpt2.frontier d/gpt2.frontier
}

@test "after -- nothing is an option; what begins with a dash and is a file is one" {
    small_hardware ./-hw.yaml
    cp ./-hw.yaml ./--help
    "$pipelines/explore-hardware" ./-hw.yaml >expected 2>/dev/null
    "$pipelines/explore-hardware" -hw.yaml 2>/dev/null | cmp - expected
    "$pipelines/explore-hardware" -- --help 2>/dev/null | cmp - expected
    cp "$pipelines/inputs/model/megatron.yaml" .
    "$front" explore --out o -- -hw.yaml -x=megatron.yaml >/dev/null 2>&1
    [ "$(rec2json o/frontier | jq -r .model.name | sort -u)" = -x ]
    "$front" study --out s -- -hw.yaml -x=megatron.yaml >/dev/null 2>&1
    cmp o/frontier s/_x.frontier
}

@test "headings are bold on a terminal alone, and not where NO_COLOR is set" {
    command -v script >/dev/null || skip 'no script (Debian: package bsdutils)'
    for command in "$front --help" "$pipelines/explore -h" "$pipelines/explain --help"; do
        in_a_terminal "env TERM=xterm $command" >bold
        grep -q $'^\e\\[1mOptions' bold
        in_a_terminal "env TERM=xterm NO_COLOR=1 $command" | tr -d '\r' >plain
        $command | diff - plain
        ! grep -q $'\e' plain
    done
}

@test "the page of each command: well-formed, with the options of --help and no other" {
    mapfile -t pages < <(printf '.build/plain-gcc/man/chiplet-cloud%s.1\n' '' $(command_names | sed 's/^/-/'))
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$root" CC=gcc "${pages[@]}" >/dev/null
    for name in '' $(command_names); do
        page=$root/.build/plain-gcc/man/chiplet-cloud${name:+-$name}.1
        run mandoc -T lint -W warning "$page"
        assert_success
        assert_output ''
        "$front" ${name:+"$name"} --help | sed -n 's/^  --/--/p' >help
        sed -n 's/^\.It Fl Fl //p' "$page" | sed 's/ Ar / /;s/ Pq Ev \(.*\)/ ($\1)/;s/^/--/' | diff help -
        [ -s help ]
        grep -q '^\.Nd [a-z]' "$page"
    done
}

# complete_words WORD...: what Tab offers behind these words
complete_words() {
    # shellcheck disable=SC2016
    PATH=$pipelines:$PATH bash -c '
        . "$1"; shift
        compopt() { :; }
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _chiplet_cloud_front "$1" "${@: -1}" "${@: -2:1}"
        printf "%s\n" "${COMPREPLY[@]}"' bash "$root/common/cli/completion.bash" chiplet-cloud "$@"
}

@test "completion: commands, options of each, names of inputs and runs" {
    { command_names; printf '%s\n' plot help --help --version; } | sort | diff - <(complete_words '' | sort)
    complete_words help exp | sort | diff - <(printf '%s\n' explain explore explore-hardware)
    for name in explore report parallel-records; do
        complete_words "$name" -- | sort >offered
        "$pipelines/$name" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p' | sort | diff - offered
    done
    [ "$(complete_words explore tpuv4 palm tpuv4)" = tpuv4-palm ]
    [ "$(complete_words explore --jobs 3 tpuv4 pal)" = palm ]
    [ "$(complete_words explore --hardware tpuv4 pal)" = palm ]
    [ "$(complete_words study --models = llama3-4)" = llama3-405b ]
    [ "$(complete_words study h100 gpt3 pal)" = palm ]
    [ "$(complete_words sensitivity mon)" = montecarlo ]
    complete_words explore --convention token | grep -qx token-cost=published
    mkdir -p out/done out/other
    touch out/done/provenance
    [ "$(complete_words report out/d | sort -u)" = out/done ]
    complete_words report '' | grep -qx out/done
    ! complete_words report '' | grep -qx out/other
}

@test "make help: every target of the Makefile's own list on a line that fits" {
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$root" help >targets
    [ "$(wc -L <targets)" -le 80 ]
    while read -r _ target _; do
        grep -qE "^([a-z-]+ )*$target( [a-z-]+)*:" "$root/Makefile" "$root"/.make/*.mk || fail "make $target is not there"
    done <targets
    for target in all explore study report test check deps install uninstall deb lint clean help; do
        grep -q "^make $target " targets || fail "make help does not name $target"
    done
}

@test "progress: a bar on a terminal, nothing in a log" {
    small_hardware hw.yaml
    PROGRESS_INTERVAL=0.05 "$pipelines/explore" --out run hw.yaml megatron 2>log >/dev/null
    run grep -c '%' log
    assert_output 0
    in_a_terminal "PROGRESS_INTERVAL=0.05 '$pipelines/parallel-records' --jobs 1 shards 4 'sleep 0.3; echo {}' >/dev/null" | tr '\r' '\n' >terminal
    grep -qE '^parallel-records: \[#+ *\] [0-9]+ % \([0-9] of 4 shards\)' terminal
    PROGRESS_INTERVAL=0.05 "$pipelines/parallel-records" --jobs 1 shards 4 'sleep 0.3; echo {}' 2>&1 >/dev/null | tee said
    [ ! -s said ]
}
