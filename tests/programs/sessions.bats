#!/usr/bin/env bats
# Commands and what they print, side by side: each of sessions/*.txt, typed as it stands.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    sessions=$root/tests/programs/sessions
}

@test "every session prints what it says" {
    small_hardware hw.yaml
    cmp hw.yaml "$sessions/hw.yaml"
    for file in "$sessions"/*.txt; do
        "$root/tests/tools/session" "$file" >now
        diff "$file" now || fail "$file: tests/tools/session --update takes over what is printed now"
        [ "$(grep -c '^\$ ' now)" -gt 5 ]
    done
}

@test "a session that prints something else, or ends otherwise, is noticed" {
    cp "$sessions/hw.yaml" .
    printf '%s\n' '# as it is' '$ printf "a\\nb\\n"' a b '' '$ cat <<END' '> two' '> END' two '$ false' '[1]' >right.txt
    "$root/tests/tools/session" right.txt | diff right.txt -
    for edit in '3d' 's/^two$/three/' 's/\[1\]/[2]/' '4a c'; do
        sed "$edit" right.txt >wrong.txt
        ! "$root/tests/tools/session" wrong.txt | cmp -s wrong.txt - || fail "$edit"
    done
    "$root/tests/tools/session" --update wrong.txt
    cmp right.txt wrong.txt
}
