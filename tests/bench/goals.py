"""What was aimed at, whether it was reached, and if not, what the profile says."""

from measure import typical
from spent import line, why


# The rows of clones, with the most by a veth; the conversations; the streams, with the least.
SHARED = (("pair, 60 bytes, burst 1, shared skb (a clone)", 1.2),
          ("pair, 1500 bytes, burst 1, shared skb (a clone)", 1.35))
TALKS = ("ping to a peer", "UDP request and response, 64 bytes, to a peer")
STREAMS = (("TSO on, GRO on", 1), ("TSO off, GRO on", 0.95))


def value(rows, table, name, of, moderation="default"):
    """A figure of a row, if it was measured."""
    return next((typical(row["figures"][of]) for row in rows
                 if (row["table"], row["name"], row["moderation"]) == (table, name, moderation)
                 and of in row["figures"]), None)


def over(rows, name, other, **how):
    """What a packet costs more than with the other."""
    ours, theirs = (value(rows, "packets", name, of, **how) for of in ("vnet", other))
    return None if ours is None or theirs is None else ours - theirs


def ratio(row):
    """Ours through a veth's."""
    return typical(row["figures"]["vnet"]) / typical(row["figures"]["veth"])


def worst_pair(rows):
    """Of all rows of pairs as they come the one that is worst by a veth."""
    common = [row for row in rows if row["table"] == "packets" and row["moderation"] == "default"
              and "no TSO" not in row["name"] and "shared" not in row["name"]
              and {"vnet", "veth"} <= set(row["figures"])]
    return max(common, key=ratio, default=None)


def by_veth(rows, table, name):
    """Ours of a row through a veth's, with the default moderation."""
    return next((ratio(row) for row in rows if (row["table"], row["name"]) == (table, name)
                 and row["moderation"] == "default"), None)


def flatness(rows):
    """How much more a packet costs with 4096 descriptors than with 256, at worst."""
    values = [(value(rows, "rings", "4096 descriptors", of),
               value(rows, "rings", "256 descriptors", of))
              for of in ("sink", "sink, burst 32", "pair")]
    return None if None in values[0] else max(abs(big / small - 1) for big, small in values) * 100


def scaling(rows):
    """How much more a packet costs on eight queues than on one, at worst, and of what."""
    found = []
    for of in ("sink", "pair"):
        many, one = (value(rows, "queues", number, of) for number in ("8", "1"))
        if many is not None:
            found.append(((many / one - 1) * 100, of))
    return max(found, default=(None, "sink"))


def memory(rows):
    """An idle port's bytes without its rings, through those of a veth end."""
    small, large, veth = (value(rows, "memory", name, "up") for name in (
        "vnet, rings of 64, pfifo", "vnet, rings of 1024, pfifo", "veth end"))
    if None in (small, large, veth):
        return None
    return (small - (large - small) * 64 / (1024 - 64)) / veth


def beside(name, other):
    """A row of ours and of the other's, as the profile names them."""
    return f"vnet: {name}", f"{other}: {name}"


def wanted(rows):
    """For each goal: what it is about, what was measured, the most there may be, how to write both,
    and which cases of the profile tell why.
    """
    pair = worst_pair(rows)
    worst = pair["name"] if pair else ""
    grown, of = scaling(rows)
    one, many = "sink, 60 bytes, burst 1", "sink, 60 bytes, burst 32"
    return (
        (f"{one}, over dummy", over(rows, one, "dummy"), 500, "{:+.0f} instructions",
         "at most +500", beside(one, "dummy")),
        (f"{many}, over dummy", over(rows, many, "dummy"), 300, "{:+.0f} instructions",
         "at most +300", beside(many, "dummy")),
        (f"a pair by a veth, the worst common row ({worst})", pair and ratio(pair), 1.1,
         "{:.2f}×", "at most 1.10×", beside(worst, "veth")),
        *((f"{name}, by a veth", by_veth(rows, "packets", name), most, "{:.2f}×",
           f"at most {most:.2f}×", beside(name, "veth")) for name, most in SHARED),
        *((f"{name}, by a veth", by_veth(rows, "talk", name), 1.1, "{:.2f}×", "at most 1.10×", None)
          for name in TALKS),
        *((f"TCP over a pair by a veth, {name}", by_veth(rows, "stream", name), -least,
           "{:.2f}× the bytes per instruction", f"at least {least:.2f}×",
           beside(f"TCP stream, {name}", "veth")) for name, least in STREAMS),
        ("4096 descriptors by 256", flatness(rows), 5, "{:+.1f} %", "within 5 %", None),
        (f"8 queues by one, the worse of a sink and a pair ({of})", grown, 5, "{:+.1f} %",
         "within 5 %", (f"8: {of}", f"1: {of}")),
        ("init with one port", value(rows, "load", "ports=1", "init"), 5000, "{:.0f} µs",
         "at most 5 ms", None),
        ("an idle port's memory without its rings, by a veth end's", memory(rows), 2,
         "{:.2f}×", "at most 2×", None),
    )


def is_met(figure, limit):
    """A limit below zero is for what is to be large."""
    return figure >= -limit if limit < 0 else figure <= limit


def missed(rows):
    """Which cases of the profile are about goals that were missed."""
    return [cases for _, figure, limit, _, _, cases in wanted(rows)
            if figure is not None and cases and not is_met(figure, limit)]


def goals(rows, found):
    """The lines of a table, and for each goal that was missed what the profile says."""
    lines, reasons = [line("goal", "", "measured", ""), line("---", "---", "---:", "---")], []
    for name, figure, limit, form, text, cases in wanted(rows):
        if figure is None:
            continue
        met = is_met(figure, limit)
        lines.append(line(name, text, form.format(figure), "met" if met else "**missed**"))
        reason = why(found, cases) if cases and not met else ""
        if reason:
            reasons.append(f"- {name}: {reason}")
    if reasons:
        lines += ["", "Why a goal is missed, from [the profile](#where-the-instructions-go):", "",
                  *reasons]
    return lines
