"""configfs: what happens when memory runs out."""

import collections
import errno

from helpers.configfs import ROOT, Item
from helpers.failslab import failing, needs_failslab

pytestmark = needs_failslab


def test_power_without_memory(namespace, item):
    """There are both ends, or the writer gets an error and there is none."""
    item["far_end"] = "peer"
    answers = collections.Counter()
    for number in range(60):
        answer = 0
        with failing(percent=1 + number % 5, below="configfs_write_iter"):
            try:
                item.on()
            except OSError as error:
                answer = error.errno
        answers[answer] += 1
        assert namespace.devices() == ([] if answer else ["vnet0", "vnet1"])
        assert item["power"] == ("0" if answer else "1")
        item.off()
    assert answers[errno.ENOMEM] > 0
    assert answers[0] > 0
    item.on()
    assert namespace.ports() == ["vnet0", "vnet1"]


def test_mkdir_without_memory(item):
    """There is an item, or an error and none."""
    answers = collections.Counter()
    for number in range(40):
        other = Item("cable1")
        try:
            with failing(percent=2 + number % 10, below="configfs_mkdir"):
                other.path.mkdir()
        except OSError as error:
            answers[error.errno] += 1
            assert not other.path.exists()
        else:
            answers[0] += 1
            assert other["power"] == "0"
            other.path.rmdir()
    assert answers.keys() <= {0, errno.ENOMEM}
    assert answers[errno.ENOMEM] > 0
    assert answers[0] > 0
    assert list(ROOT.iterdir()) == [item.path]
