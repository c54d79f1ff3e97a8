# Reads .env for the Makefile. Without `name`, it prints the names of the variables that have a value.
# With `-v name=NAME`, it prints the value of NAME. It accepts only lines that Docker Compose and
# python-dotenv read in the same way. For any other line it prints `error:`, the line and the reason.
# A message never contains a value, because values are secrets.

function fail(why) {
    if (name == "") {
        print "error: .env:" NR ": " why
    }
    failed = 1
    exit 1
}

# Returns the value after the `=` of a line without blanks at its ends.
function parse(variable, text, mark, end, rest) {
    mark = substr(text, 1, 1)
    if (mark != "'" && mark != "\"") {
        if (mark == "#" || text ~ /\t#/) {
            fail("the value of " variable " has an unclear comment: write a space before #, or put the value in single quotes")
        }
        sub(/ #.*/, "", text)
        sub(/[ \t]+$/, "", text)
        if (text ~ /\$/) {
            fail("the value of " variable " has a $, which some programs replace: put the value in single quotes")
        }
        if (text ~ WIDE_SPACE) {
            fail("the value of " variable " begins or ends with a space that is not ASCII: remove it, or put the value in single quotes")
        }
        return text
    }
    rest = substr(text, 2)
    end = index(rest, mark)
    if (index(rest, "\\") && (end == 0 || index(rest, "\\") < end)) {
        fail("the value of " variable " has a \\ in quotes, which programs read differently: write the value without quotes")
    }
    if (end == 0) {
        fail("the value of " variable " has no closing quote on the same line")
    }
    text = substr(rest, 1, end - 1)
    if (substr(rest, end + 1) !~ /^[ \t]*(#.*)?$/) {
        fail("the value of " variable " continues after its closing quote: put the complete value in one pair of quotes")
    }
    if (text ~ /\$[{]/) {
        fail("the value of " variable " has ${, which some programs replace even in quotes: set the variable in your shell instead")
    }
    if (mark == "\"" && text ~ /\$/) {
        fail("the value of " variable " has a $ in double quotes, which some programs replace: use single quotes")
    }
    return text
}

BEGIN {
    SPACE = "(\302\205|\302\240|\341\232\200|\342\200[\200-\212\250\251\257]|\342\201\237|\343\200\200)"
    WIDE_SPACE = "^" SPACE "|" SPACE "$"
}

{
    line = $0
    if (NR == 1) {
        sub(/^\357\273\277/, "", line)
    }
    sub(/\r$/, "", line)
    if (line ~ /[\001-\010\013-\037\177]/) {
        fail("the line has a control character: remove it")
    }
    sub(/^[ \t]+/, "", line)
    if (line == "" || line ~ /^#/) {
        next
    }
    sub(/^export[ \t]+/, "", line)
    if (line !~ /^[A-Za-z_][A-Za-z0-9_]*[ \t]*=/) {
        fail("expected NAME=value, with letters, digits and _ in the name")
    }
    variable = line
    sub(/[ \t]*=.*/, "", variable)
    sub(/^[^=]*=[ \t]*/, "", line)
    sub(/[ \t]+$/, "", line)
    if (!(variable in values)) {
        order[++count] = variable
    }
    values[variable] = parse(variable, line)
}

END {
    if (failed) {
        exit 1
    }
    if (name != "") {
        print values[name]
        exit
    }
    for (i = 1; i <= count; i++) {
        if (values[order[i]] != "") {
            print order[i]
        }
    }
}
