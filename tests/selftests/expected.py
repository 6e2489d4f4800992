"""What is known not to pass, and whether a case ended as it was to.

    suite.case   fail|skip|xfail   the reason

Everything else is to pass. What is listed and passes, or is not there any
more, counts as wrong too: so the list cannot rot.
"""

OUTCOMES = ("fail", "skip", "xfail")


def read(text):
    """The list, as {case: (outcome, reason)}."""
    known = {}
    for line in text.splitlines():
        words = line.partition("#")[0].strip().split(maxsplit=2)
        if not words:
            continue
        if len(words) < 3 or words[1] not in OUTCOMES or words[0] in known:
            raise ValueError(f"not a line of this list: {line}")
        case, outcome, reason = words
        known[case] = outcome, reason
    return known


def judge(known, name, outcome):
    """What is wrong with a case that ended so, in words; None if nothing is."""
    listed, reason = known.get(name, ("pass", ""))
    if outcome == listed:
        return None
    if listed == "pass":
        return f"it was to pass: there is no line for it that says {outcome}"
    if outcome == "pass":
        return f"it passes, but a line says {listed} ({reason}): take that out"
    return f"it was to {listed} ({reason})"


def stale(known, suites, seen):
    """The lines for cases that the suites which ran do not have."""
    return [name for name in known if name.partition(".")[0] in suites and name not in seen]
