"""The counters of the stack of this namespace."""

import pathlib

NET = pathlib.Path("/proc/thread-self/net")


def after(name, text):
    """The number after a name."""
    words = text.split()
    return int(words[words.index(name) + 1])


def icmp6_sent(device):
    """How many messages of ICMPv6 a device has sent."""
    return after("Icmp6OutMsgs", (NET / "dev_snmp6" / device).read_text(encoding="ascii"))


def counts(protocol):
    """All that is counted for a protocol of IPv4."""
    lines = (NET / "snmp").read_text(encoding="ascii").splitlines()
    names, values = (line.split()[1:] for line in lines if line.startswith(f"{protocol}: "))
    return {name: int(value) for name, value in zip(names, values)}


def pings(v6=False):
    """How many pings have been sent from here, and how many answers have come."""
    if v6:
        text = (NET / "snmp6").read_text(encoding="ascii")
        return after("Icmp6OutEchos", text), after("Icmp6InEchoReplies", text)
    icmp = counts("Icmp")
    return icmp["OutEchos"], icmp["InEchoReps"]


def udp_checksum_errors(v6=False):
    """How many datagrams had a bad checksum."""
    if v6:
        return after("Udp6InCsumErrors", (NET / "snmp6").read_text(encoding="ascii"))
    return counts("Udp")["InCsumErrors"]
