"""Just enough of Rust's syntax for the gates: to tell code from comments."""

import re

# Comments, strings and character literals, in the order they must be tried.
TOKEN = re.compile(r"""
      (?P<comment> //[^\n]* | /\*.*?\*/ )
    | (?P<text> b?r(\#*)"(.*?)"\3 | b?c?"(\\.|[^"\\])*" | b?'(\\.[^']*|[^'\\])' )
""", re.VERBOSE | re.DOTALL)


def code(source):
    """The source with comments and texts blanked; lines and columns stay."""
    return TOKEN.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), source)


def line_of(source, position):
    return source.count("\n", 0, position) + 1


def comment_above(lines, number):
    """The comment block that belongs to the statement in line `number` (from 1).

    Goes up over the earlier lines of the same statement and over attributes,
    then collects the comment lines, if that is where it arrives.
    """
    above = number - 1
    while above > 0:
        line = lines[above - 1].strip()
        if line.startswith(("//", "#[", "#![")):
            break
        if not line or line.endswith((";", "{", "}", "},")):
            return ""
        above -= 1
    block = []
    while above > 0:
        line = lines[above - 1].strip()
        if line.startswith("//"):
            block.insert(0, line)
        elif not line.startswith("#"):
            break
        above -= 1
    return "\n".join(block)


def functions(source):
    """Yields (name, first line, number of lines) of each function with a body."""
    text = code(source)
    for match in re.finditer(r"\bfn\s+(\w+)", text):
        end = re.compile(r"[;{]").search(text, match.end())
        if not end or end.group() == ";":
            continue
        depth, position = 1, end.end()
        while depth and position < len(text):
            depth += {"{": 1, "}": -1}.get(text[position], 0)
            position += 1
        first = line_of(text, match.start())
        yield match.group(1), first, line_of(text, position) - first + 1
