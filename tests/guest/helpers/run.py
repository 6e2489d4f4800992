"""Running a command, and reading its JSON."""

import json
import subprocess


def run(*command, check=True, timeout=120, text=None):
    """Runs a command, which may read a text; returns it with its status and its output in
    `.stdout`.
    """
    words = [str(word) for word in command]
    given = {"stdin": subprocess.DEVNULL} if text is None else {"input": text}
    result = subprocess.run(
        words, check=False, timeout=timeout, **given, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
    if check:
        assert result.returncode == 0, f"{' '.join(words)}: {result.stdout}"
    return result


def run_batch(command, *lines):
    """Runs several commands of `ip` or `tc`, of which it is the first word, at the price of one."""
    return run(command, "-batch", "-", text="".join(f"{line}\n" for line in lines))


def run_json(*command):
    """Runs a command that writes JSON; returns it, parsed."""
    return json.loads(run(*command).stdout)
