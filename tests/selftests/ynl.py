"""The kernel's tools/net/ynl, as a suite: it shows netdev-genl's statistics of each queue, by the
command that README.md has.
"""

import json
import pathlib
import re
import subprocess

import devices
from devices import FAR4, NEAR
from helpers.run import run
from helpers.wait import until
from tap import Case

README = pathlib.Path(__file__).parents[2] / "README.md"
COMMAND = re.compile(r"^ +(tools/net/ynl/.*)$", re.M)
SECONDS = 120


def shown(source):
    """What the command says of each queue: by ("rx" or "tx", number)."""
    command = COMMAND.search(README.read_text(encoding="utf-8")).group(1)
    result = subprocess.run(
        f"{command} --output-json", shell=True, cwd=source, check=False, timeout=SECONDS,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert result.returncode == 0, result.stdout.decode()
    index = devices.link(NEAR)["ifindex"]
    return {(one["queue-type"], one["queue-id"]): one for one in json.loads(result.stdout)
            if one["ifindex"] == index}


def agrees(source):
    """Whether the queues are there, and together have what `ip -s link` shows."""
    before, queues, after = devices.link(NEAR), shown(source), devices.link(NEAR)
    assert set(queues) == {(way, number) for way in ("rx", "tx") for number in range(2)}, queues
    return all(
        before["stats64"][way][what] == after["stats64"][way][what]
        == sum(queues[way, number][f"{way}-{what}"] for number in range(2)) > 0
        for way in ("rx", "tx") for what in ("packets", "bytes"))


def run_all(source, device):
    """The only case."""
    with devices.alone(device, "echo"):
        run("ping", "-c", 1, "-W", 30, FAR4)
        try:
            until(lambda: agrees(source), "the queues' statistics are those of `ip -s link`")
        except (AssertionError, subprocess.TimeoutExpired) as error:
            return [Case("qstats", "fail", notes=str(error).splitlines())]
    return [Case("qstats", "pass")]
