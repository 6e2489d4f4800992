"""The allocations of the module's code: the kernel traces each allocation, with the stack below it.

An allocation is ours if our code is on that stack, unless it has handed a packet over by then: the
allocations of the network's stack, or of an interrupt that just came, are not ours.
"""

import collections
import re

from helpers.kernel import Trace

# From a slab, and pages that are no slab's: together all that there are.
SLAB = ("kmalloc", "kmem_cache_alloc")
PAGES = "mm_page_alloc"
# The functions by which our poll hands over frames.
HANDED_OVER = {"gro_receive_skb", "napi_complete_done"}
INTERRUPT = "asm_"


def called_by_us(stack):
    """The kernel's function that our code has called, on a stack; None if there is none of ours."""
    inner = None
    for name, module in re.findall(r"^ => (\S+?)\+0x\S+(?: \[(\w+)\])?$", stack, flags=re.M):
        if module == "vnet_rs":
            return inner or name
        inner = name
    return None


def ours(text):
    """(event, function that our code has called) of each allocation of ours in a trace."""
    # A stack follows its event, on the same CPU.
    last = {}
    for part in re.split(r"\n(?! =>)", text):
        header = re.match(r".*? \[(\d+)\] .*?: (<stack trace>|\w+)", part)
        if not header:
            continue
        cpu, what = header.groups()
        if what != "<stack trace>":
            last[cpu] = what
            continue
        called = called_by_us(part)
        if called and called not in HANDED_OVER and not called.startswith(INTERRUPT):
            yield last[cpu], called


class Allocations(Trace):
    """The module's allocations while the block runs."""

    def __init__(self):
        super().__init__(*(f"kmem/{event}" for event in (*SLAB, PAGES)), name="vnet_allocations")

    def __enter__(self):
        self._begin()
        (self.instance / "buffer_size_kb").write_text("32768")
        for option in ("stacktrace", "sym-offset"):
            (self.instance / "options" / option).write_text("1")
        self._enable("1")
        return self

    def count(self):
        """How often which function of the kernel has allocated something for us so far."""
        self._enable("0")
        for cpu in self.instance.glob("per_cpu/cpu*/stats"):
            lost = re.findall(r"^(?:overrun|dropped events): (\d+)", cpu.read_text(), flags=re.M)
            assert lost == ["0", "0"], f"{cpu}: {lost}"
        return collections.Counter(ours(self.text()))
