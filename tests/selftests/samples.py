"""The kernel's samples/pktgen, as suites: one case for each script and kind of device.

Each has to send what it was asked to, with no errors, and the device must have
counted it.
"""

import pathlib
import subprocess

import devices
from devices import FAR, FAR4, NEAR, REMOTE
from helpers.run import run
from helpers.wait import until
from result import COUNT, sent_by
from tap import Case

# Each script, and on how many CPUs it sends at a time: the first knows of one only.
SAMPLES = {
    "pktgen_sample01_simple": 1,
    "pktgen_sample02_multiqueue": 2,
    "pktgen_sample03_burst_single_flow": 2,
    "pktgen_sample04_many_flows": 2,
    "pktgen_sample05_flow_per_thread": 2,
}
SECONDS = 60
# pktgen waits 125 ms for its threads to begin, and takes those for done that have not.
TRIES = 5
PGCTRL = pathlib.Path("/proc/net/pktgen/pgctrl")
NOBODY = "02:00:00:00:00:99"


def destination(kind):
    """Where the frames go: the address of whoever is at the other end."""
    if kind == "pair":
        return devices.link(FAR, REMOTE)["address"]
    if kind == "sink":
        return NOBODY
    # A far end that talks: the neighbour table has its address after a ping.
    run("ping", "-c", 1, "-W", 30, FAR4)
    return run("ip", "neigh", "show", FAR4, "dev", NEAR).stdout.split()[2]


def arrived():
    """How many frames the other end of a pair took, or says that it could not take."""
    there = devices.link(FAR, REMOTE)["stats64"]["rx"]
    return sum(there[name] for name in ("packets", "errors", "dropped", "missed_errors"))


def output_of(command):
    """Runs a script until all its threads have had the CPU in time. Returns the last result."""
    for _ in range(TRIES):
        result = subprocess.run(
            [str(word) for word in command], check=False, timeout=SECONDS, encoding="utf-8",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if "Result: Starting" not in result.stdout:
            break
    return result


def complaint(script, kind):
    """Runs a script; says what is wrong, if anything is."""
    threads = SAMPLES[script.stem]
    sent = devices.link(NEAR)["stats64"]["tx"]["packets"]
    there = arrived() if kind == "pair" else 0
    command = ["bash", script, "-i", NEAR, "-m", destination(kind), "-d", FAR4,
               "-n", COUNT, "-t", threads]
    result = output_of(command)
    total = sent_by(result.stdout, threads)
    if result.returncode or not total:
        return f"exit status {result.returncode}:\n{result.stdout}"
    until(lambda: devices.link(NEAR)["stats64"]["tx"]["packets"] >= sent + total,
          f"{NEAR} has counted {total} frames")
    if kind == "pair":
        until(lambda: arrived() >= there + total, f"{FAR} has counted {total} frames")
    return None


def case(script, kind):
    """Runs a script as a case."""
    name = script.stem.removeprefix("pktgen_")
    if not script.exists():
        return Case(name, "skip", "not in this kernel's source")
    try:
        words = complaint(script, kind)
    except AssertionError as error:
        words = str(error)
    except subprocess.TimeoutExpired as error:
        # The script is dead, its threads go on sending.
        PGCTRL.write_text("reset\n", encoding="ascii")
        words = str(error)
    return Case(name, "fail" if words else "pass", notes=words.splitlines() if words else [])


def run_all(source, device, kind):
    """All scripts against one kind of device."""
    made = devices.pair(device) if kind == "pair" else devices.alone(device, kind)
    with made:
        return [case(source / f"samples/pktgen/{name}.sh", kind) for name in SAMPLES]
