"""C helpers are inlined into the Rust that calls them, and the module works where they are not."""

import collections
import pathlib
import re
import subprocess

import pytest

from helpers import kernel
from helpers.kernel import MODULE, TRACEFS
from helpers.peers import Peers
from helpers.run import run
from helpers.vnet import FAR4, Namespace, Port

pytestmark = pytest.mark.lab
SOURCES = pathlib.Path(__file__).parents[2] / "net"
# The same module by `qemu/module.sh lab HELPERS=object` (qemu/part.sh).
OBJECTS = pathlib.Path(MODULE).parents[1] / "objects/vnet_rs.ko"
COUNT = 1000


def of_packets():
    """The helpers that are to be inlined, as the sources say."""
    text = "".join(place.read_text(encoding="ascii") for place in SOURCES.glob("helpers*.c"))
    return set(re.findall(r"^__net_rs_inline\s[^(]*?(net_rs_\w+)\(", text, re.MULTILINE))


def functions_of(module):
    """The helpers that a module has as functions of their own."""
    lines = subprocess.run(["nm", module], stdout=subprocess.PIPE, encoding="ascii",
                           check=True).stdout.splitlines()
    return {line.split()[-1] for line in lines if re.search(r" [tT] net_rs_", line)}


class Calls:
    """Counts how often each helper is called that is a function, while the block runs."""

    instance = TRACEFS / "instances/vnet_helpers"

    def __enter__(self):
        self.instance.mkdir()
        (self.instance / "set_ftrace_filter").write_text("net_rs_*", encoding="ascii")
        (self.instance / "current_tracer").write_text("function", encoding="ascii")
        return self

    def counted(self):
        """How often each was called so far."""
        text = (self.instance / "trace").read_text(encoding="ascii", errors="replace")
        return collections.Counter(re.findall(r": (net_rs_\w+) <-", text))

    def __exit__(self, *_):
        (self.instance / "current_tracer").write_text("nop", encoding="ascii")
        self.instance.rmdir()


def test_helpers_for_packets_are_inlined():
    """What the sources mark for that is no function of the module."""
    assert {"net_rs_xmit_more", "net_rs_skb_scrub", "net_rs_napi_receive"} <= of_packets()
    assert "net_rs_napi_add" in functions_of(MODULE)
    assert not of_packets() & functions_of(MODULE)


@pytest.mark.usefixtures("no_module")
@pytest.mark.parametrize("port", ["vnet2", "vnet0"], ids=["sink", "pair"])
def test_no_helper_is_called_for_a_packet(port):
    """Neither as it is sent, nor in the engine, nor in a poll."""
    with Peers() as peers, Calls() as calls:
        peers.cost(port, count=COUNT)
        often = {name: count for name, count in calls.counted().items() if count > COUNT // 20}
    assert not often


def test_objects_do_as_well(no_module, monkeypatch):
    """Helpers that are linked as objects, as with GCC: a sink takes frames, a host replies."""
    assert of_packets() <= functions_of(OBJECTS)
    monkeypatch.setattr(kernel, "MODULE", str(OBJECTS))
    with Peers() as peers:
        for port in ("vnet2", "vnet0"):
            peers.cost(port, count=COUNT)
    kernel.have_unloaded()
    with kernel.loaded(ports=0), Namespace() as namespace:
        port = Port.add(namespace)
        port.up()
        port.address()
        assert " 0% packet loss" in run("ping", "-n", "-c", 3, "-i", 0.1, FAR4).stdout
