"""Everything at once, for minutes: not part of the other tests, but run with `-m soak`.

SOAK_MINUTES says how long, and SOAK_SEED what chance is drawn from.
"""

import os
import random

import pytest

from helpers import configfs
from soak import arrivals, changes, ending, looking, traffic
from soak.crew import Crew, Tally, watch
from soak.stage import Stage, bench

MINUTES = float(os.environ.get("SOAK_MINUTES", "2"))
SEED = os.environ.get("SOAK_SEED") or str(random.SystemRandom().randrange(1 << 32))
# To get going, to come to an end, and to look at the books.
AROUND = 600

USERS = traffic.ACTIVITIES + looking.ACTIVITIES
MAKERS = changes.ACTIVITIES + arrivals.ACTIVITIES


def report(tallies):
    """Who has done what, for people."""
    print(f"\nsoak: {MINUTES:g} minutes, SOAK_SEED={SEED}")
    for name, tally in tallies.items():
        print(f"  {name:16} {tally}")


def soak(made, tallies):
    """All of it: everything at once, then without those who make, change and take away, then
    nobody and the books, and then the end in the middle of traffic.
    """
    stage = Stage(made)
    features = {port.name: port.features() for port in stage.ports}
    with Crew(USERS, made, SEED, tallies) as users:
        with Crew(MAKERS, made, SEED, tallies) as makers:
            watch(60 * MINUTES, users, makers)
            makers.succeed()
            makers.stop()
        ending.put_right(stage, features)
        ending.flows(stage)
        for port in stage.ports:
            ending.books_in_flight(port)
        users.succeed()
        users.stop()
    print(f"soak: the books of {ending.all_books(stage)} ports balance")
    with Crew(USERS, made, f"{SEED}/end", tallies) as users:
        configfs.Item("last").path.mkdir()
        ending.no_items()
        ending.rmmod_in_flight(stage, users)
        users.stop()


@pytest.mark.soak
@pytest.mark.timeout(60 * MINUTES + AROUND)
def test_soak(no_module):
    """Nothing is refused without a reason, nothing is lost, and the kernel has nothing to say."""
    configfs.have_mounted()
    tallies = {one.name: Tally() for one in USERS + MAKERS}
    try:
        with bench() as made:
            soak(made, tallies)
        ending.comes_again()
    finally:
        report(tallies)
    assert all(tally.done for tally in tallies.values()), "somebody has done nothing at all"
