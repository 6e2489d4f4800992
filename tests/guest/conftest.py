"""Fixtures: the module, a namespace, and a port in it.

    @pytest.mark.parameters(tx_ring=8, rate_kbps=0)     what the module is loaded with
    @pytest.mark.ipv6                                   a port that speaks IPv6 too
    @pytest.mark.lab                                    only with the lab kernel
    @pytest.mark.exact                                  only where time counts instructions
    @pytest.mark.soak                                   only if it is asked for: it takes minutes
"""

import contextlib
import os
import pathlib

import pytest

from helpers import configfs, kernel
from helpers.bench import Bench
from helpers.cable import Cable, Room, have_pairs, vnet_only
from helpers.course import Course
from helpers.cpu import keep_to_the_first
from helpers.pair import know_each_other, settled
from helpers.vnet import Namespace, Port
from helpers.way import Way, silent_rooms


def is_soak(config):
    """Whether it is the soak that is asked for."""
    return "soak" in config.option.markexpr


def pytest_configure(config):
    """Makes the marks known, and the debug kernel's second CPU free for those that need it."""
    config.addinivalue_line("markers", "parameters(**values): what the module is loaded with")
    config.addinivalue_line("markers", "ipv6: the port speaks IPv6 too")
    config.addinivalue_line("markers", "lab: runs with the lab kernel, where timing means more")
    config.addinivalue_line("markers", "exact: runs where guest time counts instructions")
    config.addinivalue_line("markers", "soak: runs for minutes, and only if `-m` says so")
    if os.uname().release.endswith("-vnet-debug") and not is_soak(config):
        keep_to_the_first()


def parameters_of(item):
    """What a test wants the module to be loaded with."""
    mark = item.get_closest_marker("parameters")
    return {"ports": 0} | (mark.kwargs if mark else {})


def pytest_collection_modifyitems(config, items):
    """Those of a file that want the same module one after the other, so that it can stay."""
    if not is_soak(config):
        soaks = [item for item in items if item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=soaks)
        items[:] = [item for item in items if item not in soaks]
    order = {}
    for item in items:
        key = (item.path, str(sorted(parameters_of(item).items())))
        order.setdefault(item.path, len(order))
        order.setdefault(key, len(order))
    items.sort(key=lambda item: (
        order[item.path], order[item.path, str(sorted(parameters_of(item).items()))]))


@pytest.fixture(name="module")
def module_fixture(request):
    """The module, with no port unless the test asks for some. It may be used again."""
    parameters = parameters_of(request.node)
    kernel.have_loaded(**parameters)
    return parameters


@pytest.fixture(name="no_module")
def no_module_fixture():
    """For tests that load the module by themselves."""
    kernel.have_unloaded()
    yield
    kernel.have_unloaded()


# Of the first namespace, for all: a queue that drops nothing because it waits for long, as it does
# on a busy machine; and a kernel that says all it has to say.
SETTINGS = {"default_qdisc": "pfifo_fast", "message_cost": "0"}


@pytest.fixture(scope="session", autouse=True)
def settings():
    """Settings of the kernel that do not depend on how fast it is."""
    paths = {pathlib.Path("/proc/sys/net/core") / name: value for name, value in SETTINGS.items()}
    before = {path: path.read_text(encoding="ascii") for path in paths}
    for path, value in paths.items():
        path.write_text(value, encoding="ascii")
    yield
    for path, value in before.items():
        path.write_text(value, encoding="ascii")


@pytest.fixture(scope="session", autouse=True)
def nothing_left():
    """No module after the last test."""
    yield
    kernel.have_unloaded()


@pytest.fixture(name="namespace")
def namespace_fixture(request):
    """A network namespace of its own, which the test runs in."""
    with Namespace(ipv6=request.node.get_closest_marker("ipv6") is not None) as namespace:
        yield namespace


@pytest.fixture(name="link")
def link_fixture(module, namespace):
    """A port that is down and has no address."""
    return Port.add(namespace)


@pytest.fixture(name="port")
def port_fixture(link):
    """A port that is up, with addresses."""
    link.up()
    link.address()
    return link


@pytest.fixture(name="bare")
def bare_fixture(port):
    """A port where nothing but the ring holds a sender up, and nothing drops."""
    port.plain_qdisc()
    port.no_byte_limit()
    port.far_mac()
    return port


@pytest.fixture(name="pairs")
def pairs_fixture(request):
    """The module with its pairs, for cables."""
    have_pairs(**parameters_of(request.node))


@pytest.fixture(name="rooms")
def rooms_fixture():
    """Makes rooms, which are gone after the test."""
    with contextlib.ExitStack() as stack:
        yield lambda count: [stack.enter_context(Room()) for _ in range(count)]


@pytest.fixture(name="lay")
def lay_fixture(pairs, rooms):
    """Lays cables between rooms, which are taken away after the test."""
    with contextlib.ExitStack() as stack:
        yield lambda *what, **how: stack.enter_context(Cable(*what, **how))


@pytest.fixture(name="cable")
def cable_fixture(rooms, lay):
    """A cable between two rooms."""
    return lay(*rooms(2))


@pytest.fixture(name="shared", scope="module")
def shared_fixture():
    """A cable for all tests of a file, which leave it as it was, or put right what they need."""
    have_pairs(ports=0)
    with Room() as first, Room() as second, Cable(first, second, number=2) as cable:
        yield cable


@pytest.fixture(name="course", params=["echo", pytest.param("pair", marks=vnet_only)])
def course_fixture(request):
    """A way through a port that is slow: to an echo and back, and to the other end of a pair."""
    if request.param == "echo":
        port = request.getfixturevalue("port")
        port.far_mac()
        yield Course(port)
        return
    cable = request.getfixturevalue("cable")
    # Or it would say something by itself, and counters would not be exact.
    cable.a.room.sysctl("net/ipv6/conf/all/disable_ipv6", 1)
    know_each_other(cable)
    with cable.a.room.inside():
        # Without a frame that has completed there is no byte limit: dql_reset() leaves adj_limit.
        cable.a.far_mac(cable.b.v4)
        settled(*cable.ends)
        yield Course(cable.a, cable.b)


@pytest.fixture(name="item")
def item_fixture(module):
    """An item in configfs, which is powered down."""
    configfs.have_mounted()
    with configfs.Item() as item:
        yield item


@pytest.fixture(name="powered", params=["off", "echo", "peer", "sink"])
def powered_fixture(request, item):
    """An item that has no ports, or one, or two."""
    with Namespace():
        if request.param != "off":
            item["far_end"] = request.param
            item.on()
        yield item
        item.off()


@pytest.fixture(name="silent", scope="module")
def silent_fixture():
    """Two rooms for the ends of links, where nobody says anything by himself."""
    with silent_rooms(2) as rooms:
        yield rooms


@pytest.fixture(name="way", params=["pair", "echo"])
def way_fixture(request, module, silent):
    """A way over a link that configfs can make worse: over a pair, and to an echo and back."""
    with Way(request.param, silent) as way:
        yield way


@pytest.fixture(name="pair")
def pair_fixture(module, silent):
    """The same, over a pair."""
    with Way("pair", silent) as way:
        yield way


@pytest.fixture(name="log")
def log_fixture():
    """What the kernel logs from now on."""
    with kernel.Log() as log:
        yield log


@pytest.fixture(scope="module", name="lasting_bench")
def lasting_bench_fixture(request):
    """A pair and an echo port for all tests of a file (see helpers/bench.py)."""
    mark = request.node.get_closest_marker("parameters")
    ipv6 = request.node.get_closest_marker("ipv6") is not None
    with Bench(ipv6=ipv6, **(mark.kwargs if mark else {})) as bench:
        yield bench


@pytest.fixture(name="bench")
def bench_fixture(lasting_bench):
    """The same, with all offloads as they are at first."""
    with lasting_bench.kept() as bench:
        yield bench
