#!/usr/bin/env python3
"""Turn the lines of a long command on stdin into one line with a percentage.

    command | progress.py WHAT LINES [DONE]

LINES is how many lines the command is expected to print, DONE how many of them an earlier
run has printed. It is an estimate, so 100 % is only said at the end; what is still to come
is estimated from how long this run has taken so far. Without a terminal, every 10 % is a
line.
"""

import math
import sys
import time


def to_go(seconds):
    """Says how long it will take, as exactly as that can be known."""
    minutes = math.ceil(seconds / 60)
    return f"about {minutes} minutes to go" if minutes > 1 else "about a minute to go"


def progress(count, expected, done, seconds):
    """What there is to say after so many lines and seconds of this run."""
    text = f"{percentage(count, expected, done)} % after {seconds // 60}:{seconds % 60:02}"
    left = expected - done - count
    # Of a few lines nothing follows, and what is more than expected has no end that is known.
    if count * 50 < expected or left <= 0:
        return text
    return f"{text}, {to_go(seconds * left / count)}"


def percentage(count, expected, done):
    """How much of it is done; never all."""
    return min(99, 100 * (done + count) // expected)


def main():
    """Reads the lines."""
    what, expected, done = sys.argv[1], *map(int, (sys.argv[2:] + ["0"])[:2])
    start = time.monotonic()
    terminal = sys.stderr.isatty()
    shown = -1
    for count, _line in enumerate(sys.stdin.buffer, 1):
        percent = percentage(count, expected, done)
        if percent == shown or (not terminal and percent // 10 == shown // 10):
            continue
        shown = percent
        text = progress(count, expected, done, int(time.monotonic() - start))
        # A shorter text leaves nothing of a longer one.
        print(f"\rvnet_rs: {what}: {text:50}" if terminal else f"vnet_rs: {what}: {text}",
              end="" if terminal else "\n", file=sys.stderr, flush=True)
    if terminal:
        print(file=sys.stderr)


if __name__ == "__main__":
    main()
