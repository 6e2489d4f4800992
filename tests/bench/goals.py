"""What was aimed at, and whether it was reached."""

from measure import typical


def value(rows, table, name, of, moderation="none"):
    """A figure of a row, if it was measured."""
    return next((typical(row["figures"][of]) for row in rows
                 if (row["table"], row["name"], row["moderation"]) == (table, name, moderation)
                 and of in row["figures"]), None)


def over(rows, name, other, **how):
    """What a packet costs more than with the other."""
    ours, theirs = (value(rows, "packets", name, of, **how) for of in ("vnet", other))
    return None if ours is None or theirs is None else ours - theirs


def worst_ratio(rows, table, start, better=max):
    """Of all rows of a kind without moderation: the worst ratio to veth."""
    ratios = [typical(row["figures"]["vnet"]) / typical(row["figures"]["veth"]) for row in rows
              if row["table"] == table and row["name"].startswith(start)
              and row["moderation"] == "none" and {"vnet", "veth"} <= set(row["figures"])]
    return better(ratios) if ratios else None


def flatness(rows):
    """How much more a packet costs with 4096 descriptors than with 256, at worst."""
    values = [(value(rows, "rings", "4096 descriptors", of),
               value(rows, "rings", "256 descriptors", of))
              for of in ("sink", "sink, burst 32", "pair")]
    return None if None in values[0] else max(abs(big / small - 1) for big, small in values) * 100


def scaling(rows):
    """How much more a packet costs on eight queues than on one, at worst."""
    values = [(value(rows, "queues", "8", of), value(rows, "queues", "1", of))
              for of in ("sink", "pair")]
    return None if None in values[0] else max(many / one - 1 for many, one in values) * 100


def memory(rows):
    """An idle port's bytes without its rings, through those of a veth end."""
    small, large, veth = (value(rows, "memory", name, "up") for name in (
        "vnet, rings of 64, pfifo", "vnet, rings of 1024, pfifo", "veth end"))
    if None in (small, large, veth):
        return None
    return (small - (large - small) * 64 / (1024 - 64)) / veth


def goals(rows):
    """The lines of a table."""
    found = (
        ("sink over dummy, 60 bytes, burst 1", over(rows, "sink, 60 bytes, burst 1", "dummy"),
         600, "{:+.0f} instructions", "at most +600"),
        ("sink over dummy, 60 bytes, burst 32", over(rows, "sink, 60 bytes, burst 32", "dummy"),
         250, "{:+.0f} instructions", "at most +250"),
        ("a pair by a veth, worst common row", worst_ratio(rows, "packets", "pair"),
         1.1, "{:.2f}×", "at most 1.10×"),
        ("TCP over a pair by a veth, TSO and GRO on", worst_ratio(rows, "stream", "TSO on, GRO on"),
         -1, "{:.2f}× the bytes per instruction", "at least 1×"),
        ("4096 descriptors by 256", flatness(rows), 5, "{:+.1f} %", "within 5 %"),
        ("8 queues by one", scaling(rows), 5, "{:+.1f} %", "within 5 %"),
        ("init with one port", value(rows, "load", "ports=1", "init"), 5000, "{:.0f} µs",
         "at most 5 ms"),
        ("an idle port's memory without its rings, by a veth end's", memory(rows), 2,
         "{:.2f}×", "at most 2×"),
    )
    lines = ["| goal | | measured | |", "| --- | --- | ---: | --- |"]
    for name, figure, limit, form, wanted in found:
        if figure is not None:
            met = figure >= -limit if limit < 0 else figure <= limit
            lines.append(f"| {name} | {wanted} | {form.format(figure)} | "
                         f"{'met' if met else '**missed**'} |")
    return lines
