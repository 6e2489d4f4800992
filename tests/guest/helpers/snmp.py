"""What the stack of this namespace has counted."""

import pathlib


def udp_checksum_errors(v6=False):
    """How many datagrams had a bad checksum."""
    net = pathlib.Path("/proc/thread-self/net")
    if v6:
        words = (net / "snmp6").read_text(encoding="ascii").split()
        return int(words[words.index("Udp6InCsumErrors") + 1])
    names, values = (line.split() for line in (net / "snmp").read_text(
        encoding="ascii").splitlines() if line.startswith("Udp:"))
    return int(values[names.index("InCsumErrors")])
