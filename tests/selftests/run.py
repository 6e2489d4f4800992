#!/usr/bin/env python3
"""In the guest: runs the kernel's own tests of network drivers against our ports.

    run.py SOURCE [--device veth|netdevsim] [SUITE...]

SOURCE is what qemu/suites.sh made. Each suite gets devices of its own. What is
not to pass stands in expected-DEVICE.txt; see expected.py.
"""

import argparse
import os
import pathlib
import signal
import subprocess
import sys
import time

import devices
import expected
import samples
import tap
import ynl

HERE = pathlib.Path(__file__).parent
DRIVERS_NET = "tools/testing/selftests/drivers/net"
SUITES = ("ping", "queues", "napi_id", "napi_threaded", "stats", "ring_reconfig")
# The longest one sleeps 30 s by itself.
SECONDS = 900


def run_suite(source, device, name):
    """One suite of tools/testing/selftests/drivers/net; what it said stays in $OUT."""
    environment = os.environ | device.environment
    environment.pop("PYTHONPATH", None)
    environment["PATH"] = f"{HERE / 'tools'}:{environment['PATH']}"
    log = pathlib.Path(os.environ.get("OUT", "/tmp"), f"{name}.tap")
    with devices.pair(device), log.open("wb") as output:
        suite = subprocess.Popen(
            [sys.executable, f"{name}.py"], cwd=source / DRIVERS_NET, env=environment,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True)
        try:
            status = suite.wait(SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(suite.pid, signal.SIGKILL)
            suite.wait()
            status = f"none: it was not through within {SECONDS} s"
    return tap.suite(log.read_text(encoding="utf-8", errors="replace"), status)


def suites_of(source, device):
    """What can be run with a kind of device: {name: how}; None where this kernel has it not."""
    runs = {}
    for name in SUITES:
        there = (source / DRIVERS_NET / f"{name}.py").exists()
        runs[name] = there and (lambda name=name: run_suite(source, device, name))
    for kind in device.kinds:
        runs[f"pktgen-{kind}"] = lambda kind=kind: samples.run_all(source, device, kind)
    if device is devices.Vnet:
        runs["ynl"] = lambda: ynl.run_all(source, device)
    return runs


def cases_of(name, how):
    """The cases of a suite; one that fails if there could be none."""
    try:
        return how()
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        return [tap.Case(tap.ITSELF, "fail", f"{name} could not be run", str(error).splitlines())]


class Report:
    """One line for each case, more if it did not end as it was to; and their sum."""

    def __init__(self, known):
        self.known = known
        self.counts = {}
        self.wrongs = 0
        self.ran = []
        self.seen = set()

    def line(self, outcome, name, reason):
        """Shows a case and counts it."""
        print(f"  {outcome:<6}{name:<44}{reason}".rstrip(), flush=True)
        self.counts[outcome] = self.counts.get(outcome, 0) + 1

    def wrong(self, words, notes=()):
        """Says what is wrong, and what the suite said about it."""
        self.wrongs += 1
        print(f"        ^ {words}")
        for note in notes:
            print(f"        | {note}")

    def suite(self, name, how):
        """Runs a suite and shows its cases."""
        start = time.monotonic()
        print(name, flush=True)
        if not how:
            self.line("skip", tap.ITSELF, "not in the source of this kernel")
            return
        self.ran.append(name)
        for case in cases_of(name, how):
            full = f"{name}.{case.name}"
            self.seen.add(full)
            self.line(case.outcome, case.name, case.reason or self.known.get(full, ("", ""))[1])
            if words := expected.judge(self.known, full, case.outcome):
                self.wrong(words, case.notes)
        print(f"  ({time.monotonic() - start:.0f} s)", flush=True)

    def close(self):
        """The sum; says whether all ended as it was to."""
        for name in expected.stale(self.known, self.ran, self.seen):
            print(f"{name}: there is no such case any more")
            self.wrong("take its line out")
        words = ", ".join(f"{number} {outcome}" for outcome, number in self.counts.items())
        print(f"{sum(self.counts.values())} cases: {words}; {self.wrongs} not as expected")
        return self.wrongs == 0


def main():
    """Runs what was asked for; exits with 1 if anything did not end as it was to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--device", choices=devices.DEVICES, default="vnet")
    parser.add_argument("suites", nargs="*")
    arguments = parser.parse_args()
    runs = suites_of(arguments.source, devices.DEVICES[arguments.device])
    if unknown := set(arguments.suites) - set(runs):
        parser.error(f"no such suite: {', '.join(unknown)} (there are {', '.join(runs)})")
    known = HERE / f"expected-{arguments.device}.txt"
    report = Report(expected.read(known.read_text(encoding="utf-8")))
    for name in arguments.suites or runs:
        report.suite(name, runs[name])
    sys.exit(0 if report.close() else 1)


if __name__ == "__main__":
    main()
