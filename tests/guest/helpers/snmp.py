"""What the stack of this namespace has counted."""

import pathlib

NET = pathlib.Path("/proc/thread-self/net")


def after(name, text):
    """The number after a name."""
    words = text.split()
    return int(words[words.index(name) + 1])


def icmp6_sent(device):
    """How many messages of ICMPv6 a device has sent."""
    return after("Icmp6OutMsgs", (NET / "dev_snmp6" / device).read_text(encoding="ascii"))


def udp_checksum_errors(v6=False):
    """How many datagrams had a bad checksum."""
    if v6:
        return after("Udp6InCsumErrors", (NET / "snmp6").read_text(encoding="ascii"))
    names, values = (line.split() for line in (NET / "snmp").read_text(
        encoding="ascii").splitlines() if line.startswith("Udp:"))
    return int(values[names.index("InCsumErrors")])
