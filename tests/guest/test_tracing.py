"""The driver can be watched: kprobes by stable names, events of the network stack."""

from helpers.kernel import TRACEFS, Probes
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
    instance = TRACEFS / "instances/vnet_events"
    instance.mkdir()
    events = [instance / "events/net" / name / "enable"
              for name in ("net_dev_start_xmit", "napi_gro_receive_entry")]
    try:
        for event in events:
            event.write_text("1")
        echo_numbered(5, 100)
        books(port)
        trace = (instance / "trace").read_text()
        for name in ("net_dev_start_xmit", "napi_gro_receive_entry"):
            assert trace.count(f"{name}: dev={port.name}") >= 5
    finally:
        for event in events:
            event.write_text("0")
        instance.rmdir()
