"""The kernel's side of things: its log, the module, tracing."""

import contextlib
import ctypes
import os
import pathlib
import re

from helpers import files
from helpers.run import run
from helpers.wait import until

MODULE = os.environ.get("MODULE", "/vnet/tree/build/lab/vnet_rs.ko")
LOADED_WITH = {}
DELETE_MODULE, FINIT_MODULE = 176, 313
TRACEFS = pathlib.Path("/sys/kernel/tracing")


class Log:
    """The lines that the kernel logs from now on."""

    def __init__(self):
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)

    def lines(self):
        """All lines since the last call."""
        result = []
        while True:
            try:
                record = os.read(self.fd, 8192)
            except BlockingIOError:
                return result
            except BrokenPipeError:
                continue
            result.append(record.decode(errors="replace").partition(";")[2].splitlines()[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)


@contextlib.contextmanager
def limited_messages(seconds, outside=contextlib.nullcontext):
    """Networking says ten things in so many seconds, and no more, while the block runs. The
    setting is in the first namespace: `outside` leads there.
    """
    cost = pathlib.Path("/proc/sys/net/core/message_cost")
    with outside():
        before = cost.read_text(encoding="ascii")
        cost.write_text(str(seconds), encoding="ascii")
    try:
        yield
    finally:
        with outside():
            cost.write_text(before, encoding="ascii")


def system_call(*arguments):
    """Calls the kernel, within this thread; fails with its error."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def words(parameters):
    """Parameters as insmod takes them."""
    return [f"{name}={value}" for name, value in parameters.items()]


def load(**parameters):
    """Loads the module as insmod does, but sooner than a command starts in a debug kernel."""
    file = os.open(MODULE, os.O_RDONLY)
    try:
        system_call(FINIT_MODULE, file, " ".join(words(parameters)).encode(), 0)
    finally:
        os.close(file)
    LOADED_WITH.clear()
    LOADED_WITH.update(parameters)


def insmod(**parameters):
    """Returns how insmod went, which should fail."""
    return run("insmod", MODULE, *words(parameters), check=False)


def unload():
    """Unloads the module as rmmod does."""
    Trace.remove_idle()
    system_call(DELETE_MODULE, b"vnet_rs", os.O_NONBLOCK)


def is_loaded():
    """Whether the module is there."""
    return os.path.isdir("/sys/module/vnet_rs")


def has_parameter(name):
    """Whether the module knows a parameter."""
    lines = run("modinfo", "-F", "parm", MODULE).stdout.splitlines()
    return any(line.partition(":")[0] == name for line in lines)


def have_loaded(**parameters):
    """Sees to it that the module is there, with these parameters.

    A module that is there already is used again: on the debug kernel, loading
    and unloading takes longer than many a test.
    """
    if is_loaded() and LOADED_WITH == parameters:
        return
    have_unloaded()
    load(**parameters)


def have_unloaded():
    """Sees to it that the module is not there."""
    if is_loaded():
        unload()


@contextlib.contextmanager
def loaded(**parameters):
    """The module, newly loaded, while the block runs."""
    load(**parameters)
    try:
        yield
    finally:
        have_unloaded()


class Probes:
    """Counts calls of kernel functions, by kprobe."""

    def __init__(self, *functions):
        self.functions = functions

    def __enter__(self):
        for function in self.functions:
            self._define(f"p:vnet_test/{function} {function}")
            self._enable(function, 1)
        return self

    def hits(self, function):
        """How often a function was called."""
        profile = (TRACEFS / "kprobe_profile").read_text(encoding="ascii")
        rows = (line.split() for line in profile.splitlines())
        return next(int(row[1]) for row in rows if row[0] == function)

    def __exit__(self, *_):
        for function in self.functions:
            self._enable(function, 0)
            self._define(f"-:vnet_test/{function}")

    @staticmethod
    def _define(line):
        # Not open("a"): that seeks, which this file cannot.
        events = os.open(TRACEFS / "kprobe_events", os.O_WRONLY | os.O_APPEND)
        try:
            os.write(events, f"{line}\n".encode())
        finally:
            os.close(events)

    @staticmethod
    def _enable(function, value):
        (TRACEFS / "events/vnet_test" / function / "enable").write_text(str(value))


def assert_refused(log, name, value, allowed):
    """insmod fails with EINVAL; one line names the parameter, its value and the allowed ones."""
    result = insmod(**{name: value})
    assert result.returncode != 0
    assert "Invalid parameters" in result.stdout
    lines = [line for line in log.lines() if "vnet_rs" in line and "taints kernel" not in line]
    assert lines == [f"vnet_rs: {name}={value}: {allowed}"]
    assert not is_loaded()


def gone(directory):
    """Removes a directory, if it is not in use."""
    with contextlib.suppress(OSError):
        directory.rmdir()
        return True
    return False


class Trace:
    """The kernel's trace of some events while the block runs; several at a time have names.

    An instance stays for the next one of its name: to make it, with a file for each setting of each
    event, and to remove it takes the debug kernel longer than most tests.
    """

    # The instances that are not in use just now.
    idle = set()

    def __init__(self, *events, name="vnet_test"):
        self.instance = TRACEFS / "instances" / name
        self.events = events

    def __enter__(self):
        self._begin()
        self._enable("1")
        return self

    def _begin(self):
        if self.instance in self.idle:
            self.idle.remove(self.instance)
            (self.instance / "trace").write_text("")
        else:
            self.instance.mkdir()

    def _enable(self, value):
        for event in self.events:
            files.write(f"{self.instance}/events/{event}/enable", value)

    def text(self):
        """All of it so far."""
        return (self.instance / "trace").read_text(errors="replace")

    def __exit__(self, *_):
        self._enable("0")
        self.idle.add(self.instance)

    @classmethod
    def remove_idle(cls):
        """Removes the instances not in use: the module's events come and go in each."""
        while cls.idle:
            until(lambda instance=cls.idle.pop(): gone(instance), "the trace instance is gone")


class Drops(Trace):
    """The frames that the module frees with a drop reason, from skb:kfree_skb."""

    def __init__(self):
        super().__init__("skb/kfree_skb")

    def reasons(self):
        """The reasons, in order, of the drops of our module.

        The function that it calls for that shows up itself where the compiler does
        not make a jump of its last call, as in a kernel with frame pointers.
        """
        return re.findall(
            r"kfree_skb: .*(?:\[vnet_rs\]|=dev_kfree_skb_any_reason\+).* reason: (\w+)",
            self.text())

    def count(self, reason):
        """How many frames our module dropped for a reason."""
        return self.reasons().count(reason)
