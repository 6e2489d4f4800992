#!/usr/bin/env python3
"""Turn the lines of a long command on stdin into one line with a percentage.

    command | progress.py WHAT LINES

LINES is how many lines the command is expected to print. It is an estimate,
so 100 % is only said at the end. Without a terminal, every 10 % is a line.
"""

import sys
import time


def main():
    what, expected = sys.argv[1], int(sys.argv[2])
    start = time.monotonic()
    terminal = sys.stderr.isatty()
    shown = -1
    for count, _line in enumerate(sys.stdin.buffer, 1):
        percent = min(99, 100 * count // expected)
        if percent == shown or (not terminal and percent // 10 == shown // 10):
            continue
        shown = percent
        minutes, seconds = divmod(int(time.monotonic() - start), 60)
        text = f"vnet_rs: {what}: {percent} % after {minutes}:{seconds:02}"
        print(f"\r{text} " if terminal else text, end="" if terminal else "\n",
              file=sys.stderr, flush=True)
    if terminal:
        print(file=sys.stderr)


if __name__ == "__main__":
    main()
