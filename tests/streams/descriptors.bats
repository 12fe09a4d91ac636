#!/usr/bin/env bats
# What a program reads from and writes to: closed descriptors, terminals, non-blocking pipes, a file that is both input and output.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    small_hardware hw.yaml
    cp "$CONSTANTS" constants.yaml
    small_system system.yaml
    model=$root/pipelines/inputs/model/megatron.yaml
    gen=(chiplet-gen --constants constants.yaml)
    pack=(server-pack --constants constants.yaml --hardware hw.yaml)
    map=(llm-map --constants constants.yaml --model "$model" --system system.yaml)
    cost=(tco-eval --constants constants.yaml)
    "${gen[@]}" hw.yaml >chips
    "${pack[@]}" chips >servers
    "${map[@]}" servers >evaluations
    "${cost[@]}" evaluations >costed
    for phase in prefill generate; do
        "${map[@]}" --phase $phase servers | "${cost[@]}" | pareto --objective min:point.batch --top 2 >$phase
    done
    rec2json chips >lines
    # programs and a file for each; but for the last two, they write records
    commands=("${gen[*]} hw.yaml" "${pack[*]} chips" "${map[*]} servers" "${cost[*]} evaluations" 'portfolio --mix megatron=1 costed'
        'phase-join --constants constants.yaml --prefill prefill generate' 'pareto --objective min:point.batch evaluations' 'json2rec lines' 'rec2json chips' 'rec2csv chips')
    all_programs "${commands[@]}"
    readers=("${pack[*]}" "${map[*]}" "${cost[*]}" 'portfolio --mix megatron=1' 'phase-join --constants constants.yaml --prefill prefill'
        pareto json2rec rec2json rec2csv)
    all_programs chiplet-gen "${readers[@]}"
}

# on_terminal COMMAND: runs it in a shell at a pseudo-terminal (standard input, output and error); what is shown is in `output`.
on_terminal() {
    run "$PYTHON" - "$1" <<'PY'
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp("bash", ["bash", "-c", sys.argv[1]])
shown = b""
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    shown += piece
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
sys.exit(status)
PY
}

@test "records are not written to a terminal, except with --force; text is" {
    for command in "${commands[@]:0:${#commands[@]}-2}"; do
        on_terminal "$command"
        assert_failure 2
        assert_output --partial "${command%% *}: standard output is a terminal; redirect or pipe it, e.g. | rec2json"
        assert_output --partial '--force'
        [ "${#lines[@]}" -eq 1 ]
        on_terminal "$command --force | wc -c >count; $command --force"
        assert_success
        assert_output --partial 'chiplet-cloud/'
        on_terminal "$command | cat >piped"
        assert_success
        $command | cmp - piped
    done
    for command in 'rec2json chips' 'rec2csv chips' "${map[*]} --describe" 'pareto --help'; do
        on_terminal "$command"
        assert_success
        refute_output --partial 'is a terminal; redirect'
    done
}

@test "a terminal on standard input is said, unless files are named" {
    for command in "${readers[@]}"; do
        on_terminal "timeout 0.2 $command | cat"
        assert_output --partial "${command%% *}: reading "
        assert_output --partial ' from the terminal; expected a file or a pipe'
        on_terminal "$command </dev/null | cat"
        refute_output --partial 'from the terminal'
    done
    for command in "${commands[@]}" "${map[*]} --describe"; do
        on_terminal "$command | cat >out"
        assert_success
        refute_output --partial 'from the terminal'
    done
}

@test "closed standard input: an I/O error, not an empty stream, and no file is taken for it" {
    for command in "${readers[@]}" 'rec2json -' 'json2rec -'; do
        run --separate-stderr bash -c "$command <&-"
        [ "$status" -eq 3 ] || fail "$command: exit $status, $stderr"
        assert_output ''
        says 'standard input: Bad file descriptor'
    done
    for command in "${commands[@]}"; do
        $command >expected
        bash -c "$command <&-" | cmp - expected
    done
}

@test "closed standard output: an I/O error, and nothing is written into another file" {
    sed 's/area: \[.*/area: [1, 60, 2000]/' hw.yaml >wide.yaml
    for command in "${commands[@]}" "${gen[*]} --rejects rejects wide.yaml" 'pareto --help' "${map[*]} --describe"; do
        for closed in '>&-' '<&- >&-'; do
            run --separate-stderr bash -c "$command $closed"
            [ "$status" -eq 3 ] || fail "$command $closed: exit $status, $stderr"
            says 'standard output: Bad file descriptor'
        done
        run --separate-stderr bash -c "$command <&- >&- 2>&-"
        [ "$status" -eq 3 ] || fail "$command, all closed: exit $status"
    done
    "${gen[@]}" --rejects expected wide.yaml >chips
    bash -c "${gen[*]} --rejects rejects wide.yaml 2>&-" | cmp - chips
    cmp rejects expected
    run bash -c "${gen[*]} --rejects rejects wide.yaml >&-"
    [ "$(rec2json rejects | grep -c 'chiplet-cloud/reject/')" -eq "$(rec2json rejects | wc -l)" ]
}

@test "closed standard error: messages are lost, and land in no file" {
    for command in "${commands[@]}"; do
        $command >expected
        bash -c "$command --stats 2>&-" | cmp - expected
    done
    run bash -c "rec2json nowhere 2>&-"
    assert_failure 3
    assert_output ''
}

@test "--rejects that is an input or standard output is refused before anything is written" {
    sed 's/area: \[.*/area: [1, 60, 2000]/' hw.yaml >wide.yaml
    ln -s constants.yaml other-name
    ln hw.yaml hard-link
    mkdir saved
    cp -- * saved 2>/dev/null || true
    cp "$model" model.yaml
    cp model.yaml saved
    while IFS='|' read -r command input; do
        refused 2 bash -c "$command"
        says "--rejects "
        says "is the input $input"
    done <<CASES
${gen[*]} --rejects hw.yaml hw.yaml|hw.yaml
${gen[*]} --rejects hard-link hw.yaml|hw.yaml
${gen[*]} --rejects ./constants.yaml wide.yaml|constants.yaml
${gen[*]} --rejects other-name wide.yaml|constants.yaml
${pack[*]} --rejects chips chips|chips
${pack[*]} chips --rejects hw.yaml|hw.yaml
${pack[*]} --rejects chips <chips|standard input
${pack[*]} --rejects chips - <chips|standard input
${pack[*]} --rejects /dev/stdin <chips|standard input
${map[*]} --rejects servers servers|servers
${map[*]} --rejects system.yaml servers|system.yaml
llm-map --constants constants.yaml --model model.yaml --rejects model.yaml servers|model.yaml
CASES
    run --separate-stderr bash -c "${gen[*]} --rejects both wide.yaml >both"
    assert_failure 2
    says '--rejects both is standard output'
    for file in chips servers hw.yaml constants.yaml system.yaml model.yaml; do
        cmp "$file" "saved/$file"
    done
}

@test "--rejects may be /dev/null, standard error, a pipe or a file that is there already" {
    sed 's/area: \[.*/area: [1, 60, 2000]/' hw.yaml >wide.yaml
    "${gen[@]}" --rejects rejects wide.yaml >expected
    for file in /dev/null /dev/stderr rejects >(cat >through-pipe); do
        "${gen[@]}" --rejects "$file" wide.yaml 2>said | cmp - expected
    done
    cmp said rejects || [ ! -s said ]
    "${gen[@]}" --rejects /dev/stderr wide.yaml 2>said | cmp - expected
    cmp said rejects
}

@test "standard output that is the input is refused" {
    cp chips saved
    for command in "${pack[*]} chips" "rec2json chips" "pareto - chips" "rec2csv" "${gen[*]} chips"; do
        run --separate-stderr bash -c "$command <chips >>chips"
        assert_failure 2
        says 'standard output is this input file: write to another file'
        cmp chips saved
    done
    run --separate-stderr bash -c 'rec2json <>chips >&0'
    assert_failure 2
    cmp chips saved
    rec2json saved >>lines
    rec2json </dev/null >/dev/null
}

@test "pipes that do not block are waited for" {
    for i in {1..60}; do cat servers; done >many
    "$PYTHON" - <<'PY'
import fcntl, os, subprocess, threading, time
def unblock(fd):
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)
data = open("many", "rb").read()
lines = subprocess.run(["rec2json", "many"], capture_output=True, check=True).stdout
for command, given, expected in (["rec2json"], data, lines), (["json2rec"], lines, data), (["pareto", "--objective", "min:x", "--where", "id=none"], data, None):
    in_read, in_write = os.pipe()
    out_read, out_write = os.pipe()
    unblock(in_read)
    unblock(out_write)
    process = subprocess.Popen(command, stdin=in_read, stdout=out_write, stderr=subprocess.PIPE)
    os.close(in_read)
    os.close(out_write)
    def feed():
        time.sleep(0.2)
        with os.fdopen(in_write, "wb") as file:
            file.write(data if given is data else lines)
    thread = threading.Thread(target=feed)
    thread.start()
    time.sleep(0.5)
    got = b""
    while piece := os.read(out_read, 4096):
        got += piece
    thread.join()
    message = process.stderr.read()
    if expected is None:
        assert process.wait() == 1 and b"no record has the field x" in message, message
    else:
        assert process.wait() == 0, message
        assert got == expected, (command, len(got), len(expected))
PY
}

@test "a pipe that gives a byte at a time" {
    "$PYTHON" -c 'import os
data = open("chips", "rb").read()[:3000]
for i in range(len(data)):
    os.write(1, data[i:i + 1])' | rec2json >slow || [ "${PIPESTATUS[1]}" -eq 1 ]
    cmp slow <(rec2json <(head -c 3000 chips) || true)
    [ -s slow ]
}

@test "SIGPIPE ignored: a closed pipe is an I/O error with a message" {
    for i in {1..40}; do cat servers; done >many
    run --separate-stderr env --ignore-signal=PIPE bash -c 'rec2json many | head -c 1 >/dev/null; exit "${PIPESTATUS[0]}"'
    assert_failure 3
    says 'rec2json: standard output: Broken pipe'
}
