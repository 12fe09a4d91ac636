# nearest.awk WORD NAME...: prints the name that was meant by the word, or nothing. The rule is that of cc_text_nearest in
# common/base/text.c: the least edit distance, at most 2 and at most a third of the longer one, or else the name that the word begins.
function least(a, b) {
    return a < b ? a : b
}

# Letters put in, left out or replaced, and neighbours exchanged.
function distance(a, b,    i, j, d) {
    for (i = 0; i <= length(a); i++)
        for (j = 0; j <= length(b); j++) {
            if (i == 0 || j == 0) {
                d[i, j] = i + j
                continue
            }
            d[i, j] = least(d[i - 1, j - 1] + (substr(a, i, 1) != substr(b, j, 1)), least(d[i - 1, j], d[i, j - 1]) + 1)
            if (i > 1 && j > 1 && substr(a, i, 1) == substr(b, j - 1, 1) && substr(a, i - 1, 1) == substr(b, j, 1))
                d[i, j] = least(d[i, j], d[i - 2, j - 2] + 1)
        }
    return d[length(a), length(b)]
}

function most(len) {
    return len < 2 ? 0 : len < 6 ? 1 : 2
}

BEGIN {
    word = tolower(ARGV[1])
    if (length(word) > 64)
        exit
    best = 64
    for (i = 2; i < ARGC; i++) {
        name = tolower(ARGV[i])
        edits = distance(word, name)
        if (edits < best && edits <= most(length(name) > length(word) ? length(name) : length(word))) {
            best = edits
            nearest = ARGV[i]
        }
        if (begun == "" && length(word) >= 3 && index(name, word) == 1)
            begun = ARGV[i]
    }
    if (nearest == "")
        nearest = begun
    if (nearest != "")
        print nearest
}
