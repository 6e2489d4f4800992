"""What a script of samples/pktgen says it has sent."""

import re

# Of each CPU.
COUNT = 100 * 32
# pktgen looks at the count between bursts. One that a full queue has cut short puts the
# others out of step, and the last one goes beyond the count.
BURST = 32
RESULT = re.compile(r"Result: OK: .*usec, (\d+) \(60byte,0frags\)\s.*errors: (\d+)")


def sent_by(output, threads):
    """How many frames on so many CPUs together; none, if anything is wrong."""
    found = [(int(sent), int(errors)) for sent, errors in RESULT.findall(output)]
    right = [sent for sent, errors in found if COUNT <= sent < COUNT + BURST and not errors]
    return sum(right) if len(right) == len(found) == threads else 0
