"""Waiting for something to become true, with a deadline and never longer than needed."""

import time

# In s. Software emulation and a debug kernel are slow, and the host may be busy; nothing here is
# about speed.
DEADLINE = 120.0


def until(condition, what, seconds=DEADLINE, pause=0.02):
    """Waits until condition() is true and returns its result."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(pause)
