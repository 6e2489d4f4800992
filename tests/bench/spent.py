"""Where the instructions go: the profile's tables, and what it says of a goal that was missed."""

import collections

PARTS = ("xmit", "engine", "poll", "kernel")
OURS = PARTS[:3]
# What is shown in full, with what is beside it.
SHOWN = (
    ("vnet: sink, 60 bytes, burst 1", "dummy: sink, 60 bytes, burst 1"),
    ("vnet: sink, 60 bytes, burst 32", "dummy: sink, 60 bytes, burst 32"),
    ("vnet: pair, 60 bytes, burst 1, GRO on", "veth: pair, 60 bytes, burst 1, GRO on"),
)
BESIDES = (
    ("vnet: TCP stream, TSO on, GRO on", "veth: TCP stream, TSO on, GRO on"),
    ("8: sink", "1: sink"), ("8: pair", "1: pair"),
)
# What is worth a line, and a word.
LEAST = 3


class Case:
    """What one case costs, by part and function."""

    def __init__(self, name, found):
        # A byte's share is too small a number.
        self.scale = 1000 if "TCP" in name else 1
        self.what = "1000 bytes" if "TCP" in name else "a packet"
        self.name = name.replace("1: ", "one queue: ").replace("8: ", "eight queues: ")
        self.rows = [(function, part, instructions * self.scale)
                     for function, part, instructions in found["functions"]]
        self.measured = found["cost"] * self.scale

    def functions(self, *parts):
        """What each function of some parts takes."""
        found = collections.Counter()
        for function, part, instructions in self.rows:
            if part in parts:
                found[function] += instructions
        return found

    def total(self, *parts):
        """What all functions of some parts take."""
        return self.functions(*parts).total()


def case_pair(found, pair):
    """Both cases, or None."""
    cases = found.get("cases", {})
    return [Case(name, cases[name]) for name in pair] if set(pair) <= set(cases) else None


def line(*cells):
    """A line of a table."""
    return "| " + " | ".join(cells) + " |"


def whole(value):
    """A number of instructions."""
    return f"{value:,.1f}" if abs(value) < 10 else f"{value:,.0f}"


def more(mine, theirs):
    """By how much each function takes more, the most first, whatever the sign."""
    names = set(mine) | set(theirs)
    found = {name: mine.get(name, 0) - theirs.get(name, 0) for name in names}
    return sorted(((name, value) for name, value in found.items() if abs(value) >= 0.5),
                  key=lambda item: (-abs(item[1]), item[0]))


def named(functions, count=4):
    """The first of these functions, in words."""
    return ", ".join(f"`{name}` {value:+,.0f}" for name, value in functions[:count])


def why(found, pair):
    """Of which parts and functions the difference between two cases is made."""
    cases = case_pair(found, pair)
    if not cases:
        return ""
    mine, theirs = cases
    ours = [(part, mine.total(part) - theirs.total(part)) for part in OURS]
    rest = mine.total("kernel") - theirs.total("kernel")
    split = ", ".join(f"{part} {value:+,.0f}" for part, value in ours)
    own = more(mine.functions(*OURS), theirs.functions(*OURS))
    kernel = more(mine.functions("kernel"), theirs.functions("kernel"))
    return (f"of {mine.measured - theirs.measured:+,.0f} instructions for {mine.what} "
            f"{sum(value for _, value in ours):+,.0f} are the module's ({split}; {named(own)}) and "
            f"{rest:+,.0f} the kernel's ({named(kernel)}).")


def summary(found, missed):
    """All parts of all cases."""
    lines = ["", line("", "measured", "counted", *PARTS), line("---", *["---:"] * 6)]
    for pair in dict.fromkeys((*SHOWN, *BESIDES, *missed)):
        for case in case_pair(found, pair) or ():
            unit = "" if case.scale == 1 else f", {case.what}"
            lines.append(line(case.name + unit, whole(case.measured), whole(case.total(*PARTS)),
                              *[whole(case.total(part)) for part in PARTS]))
    return lines


def own_table(case, other):
    """The module's functions, by part, next to those of the other case if that is ours, too."""
    both = other.total(*OURS) > 0
    lines = ["", f"**{case.name}**: the module's functions", "",
             line("function", "part", "instructions", *[other.name] * both),
             line("---", "---", "---:", *["---:"] * both)]
    for part in OURS:
        functions, theirs = case.functions(part), other.functions(part)
        large = [(name, value) for name, value in functions.most_common() if value >= LEAST]
        lines += [line(f"`{name}`", part, whole(value), *[whole(theirs.pop(name, 0))] * both)
                  for name, value in large]
        rest = functions.total() - sum(value for _, value in large)
        lines.append(line(f"{len(functions) - len(large)} others", part, whole(rest),
                          *[whole(theirs.total())] * both))
    return lines


def kernel_table(mine, theirs, rows=24):
    """The kernel's functions, where they differ most."""
    lines = ["", f"**{mine.name}**: the kernel's functions, where they differ most from "
             f"{theirs.name}", "", line("function", "here", "there", "more"),
             line("---", "---:", "---:", "---:")]
    here, there = mine.functions("kernel"), theirs.functions("kernel")
    return lines + [line(f"`{name}`", whole(here[name]), whole(there[name]), f"{value:+,.0f}")
                    for name, value in more(here, there)[:rows]]


def section(found, missed):
    """The whole section, with what says why goals were missed, and the module's size."""
    lines = ["", "## Where the instructions go", "",
             "Instructions per packet, with the default moderation, counted and not sampled: the "
             "emulator adds up how often each instruction of the kernel is executed, in a run of "
             "three times as many packets less a run of so many. “measured” is what the larger run "
             "took, with what is not the kernel's. What runs besides, as ticks and RCU do, is in "
             "both. A function of ours is one of the source, with what the compiler has put into "
             "it of what belongs to no part by itself, as rings and counters do.",
             *summary(found, missed)]
    for pair in dict.fromkeys((*SHOWN, *missed)):
        cases = case_pair(found, pair)
        if cases:
            lines += own_table(*cases) + kernel_table(*cases)
    return lines + sizes(found["size"])


def sizes(size):
    """How large the module is, by section."""
    rows = sorted(size.items(), key=lambda item: -item[1])
    kept = sum(value for name, value in rows if name != "file" and ".init" not in name)
    large = [(name, value) for name, value in rows if value >= 256 and name != "file"]
    rest = sum(value for name, value in rows if value < 256)
    return ["", "## The module's size", "",
            f"{kept:,} bytes in memory, besides what is only for init; {size['file']:,} on disk, "
            "with debug information.", "", line("section", "bytes"), line("---", "---:"),
            *[line(f"`{name}`", f"{value:,}") for name, value in large],
            line("the others", f"{rest:,}")]
