"""Instructions per packet: our ports and their peers, fed by pktgen."""

from helpers.peers import Peers
from helpers.run import run
from measure import Report, in_turn

SINK, DUMMY, PAIR, VETH = "vnet2", "dummy0", "vnet0", "veth0"
LABELS = {SINK: "vnet", DUMMY: "dummy", PAIR: "vnet", VETH: "veth"}
# A poll for each frame.
NOT_MODERATED = {"rx-usecs": 0, "rx-frames": 1, "tx-usecs": 0, "tx-frames": 1}


def measured(peers, names, **how):
    """What a packet costs of each of these."""
    return in_turn({LABELS[name]: lambda name=name: peers.cost(name, **how) for name in names})


def do_not_moderate(peers):
    """Turns off the moderation of our ports."""
    words = [str(word) for item in NOT_MODERATED.items() for word in item]
    for name in ("vnet0", "vnet1", "vnet2"):
        with peers[name].inside():
            run("ethtool", "-C", name, *words, check=False)


def gro(peers, on):
    """GRO at both far ends."""
    for name in ("vnet1", "veth1"):
        peers[name].switch("gro", on=on)


def sinks(report, peers, moderation="default"):
    """A sink next to a dummy."""
    for size in (60, 1500):
        for burst in (1, 32):
            how = {"size": size, "burst": burst, "shared": burst > 1}
            report.row("packets", f"sink, {size} bytes, burst {burst}",
                       measured(peers, (SINK, DUMMY), **how), moderation)


def pairs(report, peers, moderation="default"):
    """A pair next to a veth, which refuses bursts."""
    for size in (60, 1500):
        for on in (True, False):
            gro(peers, on)
            report.row("packets", f"pair, {size} bytes, burst 1, GRO {'on' if on else 'off'}",
                       measured(peers, (PAIR, VETH), size=size), moderation)
        gro(peers, True)
        report.row("packets", f"pair, {size} bytes, burst 1, shared skb (a clone)",
                   measured(peers, (PAIR, VETH), size=size, shared=True), moderation)
        report.row("packets", f"pair, {size} bytes, burst 32, shared skb",
                   measured(peers, (PAIR,), size=size, burst=32, shared=True), moderation)


def veth_with_napi(report, peers):
    """veth takes packets through NAPI only if their sender has no TSO; else GRO is never asked."""
    gro(peers, True)
    with peers[VETH].inside():
        run("ethtool", "-K", VETH, "tso", "off")
    report.row("packets", "pair, 60 bytes, burst 1, GRO on, no TSO at the veth",
               measured(peers, (PAIR, VETH)))


def main():
    """All of it, as ports come and with a poll for each frame."""
    report = Report("packets")
    with Peers() as peers:
        sinks(report, peers)
        pairs(report, peers)
        veth_with_napi(report, peers)
    with Peers() as peers:
        do_not_moderate(peers)
        sinks(report, peers, "none")
        pairs(report, peers, "none")
    report.write()


if __name__ == "__main__":
    main()
