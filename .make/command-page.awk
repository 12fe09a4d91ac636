# Makes the manual page of a command from its --help, in mdoc: lines of usage, a line on what the command does, paragraphs, and sections
# under headings that end in a colon. Lines that are indented by 2 are entries of a list, by 4 examples, by 8 the text of an entry.
function escaped(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    if (text ~ /^[.']/)
        text = "\\&" text
    return text
}

# A line of text; sentences begin on lines of their own.
function put(text) {
    text = escaped(text)
    gsub(/[.] /, ".\n", text)
    print text
}

# Leaves the list or the display that is open for the one that is to be, or for nothing.
function open_block(wanted) {
    if (block == wanted)
        return
    if (block == "list")
        print ".El"
    if (block == "display")
        print ".Ed"
    if (wanted == "list")
        print ".Bl -tag -width Ds"
    if (wanted == "display")
        print ".Bd -literal -offset indent"
    block = wanted
}

# A word of the usage: [X] is optional, X... can be repeated, words in capitals stand for something.
function usage_word(word,    macros, closing) {
    if (sub(/^\[/, "", word))
        macros = "Oo "
    closing = ""
    while (match(word, /([.][.][.]|\])$/)) {
        closing = (substr(word, RSTART) == "]" ? " Oc" : " Ns ...") closing
        word = substr(word, 1, RSTART - 1)
    }
    if (sub(/^--/, "", word))
        macros = macros "Fl Fl "
    else
        macros = macros (word ~ /^[a-z-]+$/ ? "Cm " : "Ar ")
    return macros word closing
}

function usage(line,    words, count, i) {
    sub(/^usage:/, "", line)
    count = split(line, words, " ")
    print ".Nm chiplet-cloud"
    for (i = 2; i <= count; i++)
        print "." usage_word(words[i])
}

# The exit codes, unless the help has its own.
function exit_status() {
    if (has_status)
        return
    has_status = 1
    print ".Sh EXIT STATUS"
    print ".Bl -tag -width Ds -compact"
    print ".It 0\nDone.\n.It 1\nBad data in a stream or an input file."
    print ".It 2\nWrong usage.\n.It 3\nA file cannot be opened, read or written, or a program is missing."
    print ".El"
}

function entry(line,    words, count) {
    open_block("list")
    count = split(line, words, " ")
    if (words[1] ~ /^--/) {
        sub(/^--/, "", words[1])
        item = ".It Fl Fl " words[1]
        if (count > 1 && words[2] !~ /^[(]/)
            item = item " Ar " words[2]
        if (words[count] ~ /^[(]/)
            item = item " Pq Ev " substr(words[count], 3, length(words[count]) - 3)
        print item
    } else if (line ~ /^[A-Z0-9_, ]+$/) {
        print ".It " (line ~ /[A-Z]/ ? "Ev " : "") escaped(substr(line, 3))
    } else {
        print ".It Cm " escaped(words[1])
        sub(/^  [^ ]+ +/, "", line)
        print escaped(line) "."
    }
}

BEGIN {
    state = "usage"
}

state == "usage" && /^$/ {
    state = "summary"
    next
}

state == "usage" {
    lines[++line_count] = $0
    next
}

state == "summary" {
    print ".Dd November 25, 2026"
    print ".Dt " toupper(page) " 1"
    print ".Os"
    print ".Sh NAME"
    print ".Nm " page
    sub(/[.]$/, "")
    print ".Nd " tolower(substr($0, 1, 1)) escaped(substr($0, 2))
    print ".Sh SYNOPSIS"
    for (i = 1; i <= line_count; i++)
        usage(lines[i])
    print ".Sh DESCRIPTION"
    state = "text"
    begun = 0
    next
}

/^$/ {
    open_block("")
    paragraph = begun
    next
}

/^[A-Z].*:$/ && (paragraph || !begun) {
    open_block("")
    title = $0
    sub(/:$/, "", title)
    sub(/ [(].*/, "", title)
    if (title == "Exit status")
        has_status = 1
    else if (title == "Examples")
        exit_status()
    if (title ~ /^(Options|Examples|Environment|Exit status)$/) {
        print ".Sh " toupper(title)
        if (/overrides/)
            print "An option overrides the variable of the environment beside it."
    } else {
        print ".Ss " title
    }
    begun = paragraph = 0
    next
}

/^        / {
    sub(/^ */, "")
    put($0)
    next
}

/^    / {
    open_block("display")
    print escaped(substr($0, 5))
    begun = 1
    next
}

/^  / {
    entry($0)
    begun = 1
    next
}

{
    if (paragraph)
        print ".Pp"
    paragraph = 0
    begun = 1
    put($0)
}

END {
    open_block("")
    exit_status()
    print ".Sh SEE ALSO"
    if (page != "chiplet-cloud")
        print ".Xr chiplet-cloud 1 ,"
    print ".Xr pareto 1 ,\n.Xr chiplet-cloud-inputs 5 ,\n.Xr chiplet-cloud-records 5 ,\n.Xr chiplet-cloud 7"
}
