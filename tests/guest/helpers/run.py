"""Running a command, and reading its JSON."""

import json
import subprocess


def run(*command, check=True, timeout=120):
    """Runs a command; returns it with its status and its output in `.stdout`."""
    words = [str(word) for word in command]
    result = subprocess.run(
        words, check=False, timeout=timeout, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
    if check:
        assert result.returncode == 0, f"{' '.join(words)}: {result.stdout}"
    return result


def run_json(*command):
    """Runs a command that writes JSON; returns what it wrote."""
    return json.loads(run(*command).stdout)
