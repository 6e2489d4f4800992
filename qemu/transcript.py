#!/usr/bin/env python3
"""Keep the transcript in README.md true.

    transcript.py write README TRANSCRIPT    put it between the markers
    transcript.py check README TRANSCRIPT    does the README still say the same?

"The same" leaves out what differs from run to run: times, MAC addresses,
process ids, and how often the kernel looked after its multicast groups. The
figures stay, as they are or as what they have to be equal to.
"""

import difflib
import pathlib
import re
import sys

BEGIN, END = "<!-- transcript -->\n", "<!-- /transcript -->"

# What is different every time, and what stands for it. The order matters.
VARYING = [
    (r"\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b", "MAC"),
    (r"time[= ]\d[\d.]* ?ms", "TIME"),
    (r"rtt min/avg/max/mdev = .*", "TIMES"),
    (r"\bid \d+,", "id N,"),
    (r"(_doorbells|_interrupts|_polls|_fires): [1-9]\d*$", r"\1: N"),
    (r"[ \t]+", " "),
]


def named(text):
    """The text with names for the figures that differ from run to run.

    Frames beyond the questions in the transcript may have been posted, which
    get no answer. A figure that is not the one it has to be stays a figure.
    """
    figures = {name: int(value) for name, value in re.findall(r"^ *(\w+): (\d+)$", text, re.M)}
    posted = sum(value for name, value in figures.items() if name.endswith("_posted"))
    unanswered = posted - figures.get("echo_replies", 0)
    for pattern, value, name in (
            (r"(_(?:posted|completed|reaped)): %d$", posted, "POSTED"),
            (r"(echo_ignored): %d$", unanswered, "UNANSWERED")):
        text = re.sub(pattern % value, rf"\1: {name}", text, flags=re.MULTILINE)
    # `ip -s link`: bytes and packets, below the line that says what they are.
    return re.sub(rf"^( *TX: .*\n) *\d+ +{posted} ", r"\1 BYTES POSTED ", text, flags=re.MULTILINE)


def normalised(text):
    text = named(text)
    for pattern, stand_in in VARYING:
        text = re.sub(pattern, stand_in, text, flags=re.MULTILINE)
    return [line.strip() for line in text.strip().splitlines()]


def parts(readme):
    """The README before, in and after the block of the transcript."""
    before, begin, rest = readme.partition(BEGIN)
    block, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"README.md lacks the markers {BEGIN.strip()} and {END}")
    return before + begin, block, end + after


def main():
    action, readme_path, transcript_path = sys.argv[1:]
    readme = pathlib.Path(readme_path)
    fresh = pathlib.Path(transcript_path).read_text(encoding="utf-8")
    fresh = re.sub(r"[ \t]+$", "", fresh, flags=re.MULTILINE)
    before, block, after = parts(readme.read_text(encoding="utf-8"))
    if action == "write":
        fence = "```"
        readme.write_text(f"{before}{fence}text\n{fresh}{fence}\n{after}", encoding="utf-8")
        return
    shown = re.sub(r"^```\w*$", "", block, flags=re.MULTILINE)
    difference = list(difflib.unified_diff(
        normalised(shown), normalised(fresh), "README.md", "a fresh run", lineterm=""))
    if difference:
        print(*difference, sep="\n")
        sys.exit("README.md does not show what happens; `make readme` renews it")


if __name__ == "__main__":
    main()
