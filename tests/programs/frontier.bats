#!/usr/bin/env bats
# pareto against a frontier found by comparing every pair; parts and whole.
# shellcheck disable=SC2154 # helper.bash assigns root

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
}

frontier() {
    "$PYTHON" "$root/tests/tools/frontier" "$@"
}

# check SEED COUNT OBJECTIVES GROUP
check() {
    frontier make "$1" "$2" >records
    frontier expect "$3" "$4" <records >expected
    pareto --objective "$3" --group "$4" records | frontier show "$3" >got
    [ -s expected ]
    diff expected got
}

@test "the frontier is what no other dominates, for one to four objectives, with ties and groups" {
    for seed in 1 2 3 4 5 6; do
        check "$seed" 60 min:point.x workload.prefill_len
        check "$seed" 60 min:point.x,max:point.y workload.prefill_len
        check "$seed" 60 max:point.w,min:point.y model.name
        check "$seed" 40 min:point.x,min:point.y,max:point.z model.name
        check "$seed" 40 min:point.w,min:point.x,max:point.y,max:point.z model.name
    done
}

# parts SEED: the records in three parts, cut anywhere
parts() {
    local total first second
    total=$(rec2json records | wc -l)
    first=$((total * $1 / 7))
    second=$((first + total / 5))
    rec2json records | sed -n "1,${first}p" | json2rec >part1
    rec2json records | sed -n "$((first + 1)),${second}p" | json2rec >part2
    rec2json records | sed -n "$((second + 1)),\$p" | json2rec >part3
}

@test "the frontier of the frontiers of parts is that of the whole, byte for byte" {
    for seed in 1 2 3 4 5; do
        frontier make "$seed" 80 >records
        parts "$seed"
        cat part1 part2 part3 | cmp - records
        for query in '--objective min:point.x' '--objective min:point.x,max:point.y' \
            '--objective min:point.w,min:point.x,max:point.y' '--objective max:point.z --top 3' \
            '--objective min:point.x,min:point.y --top 5 --group model.name' \
            '--objective min:point.x,min:point.y --where point.z>=2'; do
            # shellcheck disable=SC2086 # words of a query
            pareto $query records >whole
            # shellcheck disable=SC2086
            for part in part1 part2 part3; do pareto $query "$part"; done >frontiers
            # shellcheck disable=SC2086
            pareto $query frontiers | cmp - whole
            [ -s whole ]
        done
    done
}

@test "points and rows are the same to pareto" {
    frontier make 7 50 >records
    rec2json --flat records | json2rec >flat
    pareto --objective min:point.x,max:point.y records >from-points
    pareto --objective min:point.x,max:point.y flat | cmp - from-points
}
