"""The driver can be watched: kprobes by stable names, events of the network stack."""

from helpers.kernel import Probes, Trace
from helpers.traffic import echo_numbered
from helpers.vnet import books


def test_kprobes_find_the_driver(port):
    """vnet_rs_start_xmit and vnet_rs_poll are names that a kprobe can use, and they are hit."""
    port.far_mac()
    before = port.settle()
    with Probes("vnet_rs_start_xmit", "vnet_rs_poll") as probes:
        echo_numbered(20, 100)
        after = books(port)
        posted = after["tx0_posted"] - before["tx0_posted"]
        assert probes.hits("vnet_rs_start_xmit") == posted >= 20
        assert probes.hits("vnet_rs_poll") >= after["q0_polls"] - before["q0_polls"] > 0


def test_frames_pass_the_network_events(port):
    """net_dev_start_xmit and napi_gro_receive_entry see the port's frames."""
    port.far_mac()
    names = ("net_dev_start_xmit", "napi_gro_receive_entry")
    with Trace(*(f"net/{name}" for name in names)) as trace:
        echo_numbered(5, 100)
        books(port)
        for name in names:
            assert trace.text().count(f"{name}: dev={port.name}") >= 5
