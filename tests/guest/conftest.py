"""Fixtures: the module, a namespace, and a port in it.

    @pytest.mark.parameters(tx_ring=8, rate_kbps=0)     what the module is loaded with
    @pytest.mark.ipv6                                   a port that speaks IPv6 too
    @pytest.mark.lab                                    only with the lab kernel
"""

import pytest

from helpers import kernel
from helpers.vnet import Namespace, Port


def pytest_configure(config):
    """Makes the marks known."""
    config.addinivalue_line("markers", "parameters(**values): what the module is loaded with")
    config.addinivalue_line("markers", "ipv6: the port speaks IPv6 too")
    config.addinivalue_line("markers", "lab: runs with the lab kernel, where timing means more")


def parameters_of(item):
    """What a test wants the module to be loaded with."""
    mark = item.get_closest_marker("parameters")
    return {"ports": 0} | (mark.kwargs if mark else {})


def pytest_collection_modifyitems(items):
    """Those of a file that want the same module one after the other, so that it can stay."""
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


@pytest.fixture(name="log")
def log_fixture():
    """What the kernel logs from now on."""
    with kernel.Log() as log:
        yield log
