"""The guest's memory: how much there is, and a way to leave little of it."""

import contextlib
import os
import tempfile

from helpers.run import run

STEP = 1 << 20


def meminfo():
    """/proc/meminfo, in bytes."""
    with open("/proc/meminfo", encoding="ascii") as lines:
        return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines
                if line.endswith("kB\n")}


def left():
    """The memory that the module may take: all but the eighth that it leaves to others."""
    now = meminfo()
    return now["MemAvailable"] - now["MemTotal"] // 8


def killed():
    """How often the OOM killer has killed."""
    with open("/proc/vmstat", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


@contextlib.contextmanager
def only(bytes_left):
    """No more than so many bytes are left for the module, while the block runs; nothing is killed
    meanwhile.
    """
    before = killed()
    with tempfile.TemporaryDirectory() as place:
        run("mount", "-t", "tmpfs", "-o", "size=100%", "none", place)
        try:
            file = os.open(f"{place}/filler", os.O_RDWR | os.O_CREAT)
            size = 0
            while (more := left() - bytes_left) > 0:
                os.posix_fallocate(file, size, more + STEP)
                size += more + STEP
            os.close(file)
            yield
        finally:
            run("umount", place)
    assert killed() == before
