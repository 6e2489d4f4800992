#!/usr/bin/env python3
"""In the root: which functions of the module have atomic read-modify-writes, or take locks, and why
that is not our own doing for each packet.

    atomics.py MODULE.ko

They are read from the machine code of a module with debug information, so that an inlined function
is seen where it is. A function is found if it is not in ALLOWED, which says of the others why they
may. Functions of the kernel that are called, and not inlined, are the kernel's affair.
"""

import collections
import fnmatch
import pathlib
import re
import subprocess
import sys

ALLOWED = {
    "BQL, stop and wake: the kernel's inline functions": [
        "net_rs_tx_sent_queue", "net_rs_tx_completed_queue", "net_rs_tx_reset_queue",
        "net_rs_txq_try_stop", "net_rs_txq_completed_wake"],
    "arms an engine that is idle, or takes it again as work comes while it is let go": [
        "<Turn>::take"],
    "leaves word for who has the engine just then: another CPU, or the timer": ["<Turn>::ring"],
    "asserts an interrupt that is masked, for the poll that is due": ["<Queue<Port>>::interrupt"],
    "an skb that has noted its sender's connection lets go of that: nf_conntrack_put()": [
        "net_rs_skb_scrub"],
    "once a run of the engine, however many frames that sends": ["<Turn>::begin"],
    "the engine's timer, once however many frames have left": [
        "<Turn>::fired", "<Turn>::hand_over"],
    "once a poll, however many frames that takes": ["<PollContext<Port>>::new"],
    "stops an engine while something is changed under RTNL": [
        "<Turn>::seize", "<Softirq<*>>::stop"],
    "once, as the module comes or goes": ["<Module as Module>::init", "__module_init*::__exit"],
    "makes, changes or removes ports, rings or cables, by a user's request": [
        "<Port>::echo", "<Port>::pair", "<Port>::sink", "<Port as Driver>::init", "<Plug<Port>>::*",
        "<<Plug<Port>>::*", "<Segment<Port>>::pair", "<Card>::hold", "cable::fifo::new",
        "<Port as Rings<Port>>::open", "<Port as Ethtool<Port>>::self_test", "card::*",
        "<Card as Clone>::clone", "<EndCounters>*", "<EndCounters as Clone>::clone",
        "<Vec<Arc<dyn End>, Kmalloc>>::push", "softirq::drop_late::<*>", "<Softirq<*>>::new",
        "<Softirq<*> as Clone>::clone", "<Softirq<*> as Drop>::drop",
        "<Device<Port>>::change::<*>", "*carrier::tell_speed", "net_rs_tx_global_lock",
        "net_rs_drop_all", "net_rs_drop_later", "<PortRings>::*",
        "<Ports>::*", "<Replies>::new", "<Wiring<Port>>::pair",
        "<CardQueues<*>>::push", "*queue::new::<*>", "slots::new::<*>", "*recovery::new",
        "*selftest::looped_card", "<Port as Rings<Port>>::opened",
        "<Medium>::set_*", "<Medium>::count_cut", "<Device<Port>>::start",
        "<Device<Port>>::quiesce",
        "<Device<Port>>::destroy", "<LinkOps<Port>>::add_to*",
        "<InitClosure<*> as PinInit<*>>::__init", "*InPlaceInit<*", "net_rs_napi_add",
        "net_rs_napi_del", "net_rs_tx_lock", "net_rs_tx_disable",
        "net_rs_addr_lock", "net_rs_get_current_net", "net_rs_get_net_of", "net_rs_put_net"],
    "has an echo host look at an skb that stays in its descriptor: skb_get()": ["net_rs_skb_get"],
    "an item of configfs": [
        "<State>::make",
        "<Root as GroupOperations>::*", "<GroupOperationsVTable<*>>::*",
        "<ItemOperationsVTable<*>>::*", "<Item>::*", "<State>::power_o*"],
    "frees what dies; who is to have one more of it counts up, and is found there": [
        "drop_in_place::<*>"],
}

# Calls of these count as well.
LOCKS = re.compile(r"^(_raw_(spin|read|write)_(try)?lock\w*|mutex_(try)?lock\w*|down_\w+"
                   r"|rust_helper_\w*(atomic|refcount|xchg|lock)\w*)$")
# smp_mb(): this word is not shared.
BARRIER = "addl $0x0, -0x4(%rsp)"


def disassembled(module):
    """(section, address, instruction or called function) of all code."""
    lines = subprocess.run(["llvm-objdump", "-dr", "--no-show-raw-insn", module],
                           check=True, capture_output=True, text=True).stdout
    section = address = None
    for line in lines.splitlines():
        if line.startswith("Disassembly of section"):
            section = line.split()[-1].rstrip(":")
        elif match := re.match(r"\s*[0-9a-f]+:\s+R_X86_64_PLT32\s+(\w+)", line):
            yield section, address, match[1]
        elif match := re.match(r"\s*([0-9a-f]+):\s+(\S.*)", line):
            address = match[1]
            yield section, address, " ".join(match[2].split())


def atomics(module):
    """(section, address) of each of them."""
    locked = False
    for section, address, text in disassembled(module):
        if locked and text != BARRIER or LOCKS.match(text) or re.match(r"xchg\w* .*\(", text):
            yield section, address
        locked = text == "lock"


def short(name):
    """A function's name without the modules that its types are in."""
    name = re.sub(r"\b(?:[a-z_0-9]+::)+(?=[A-Z])", "", name)
    return re.sub(r"^(vnet_rs::)+(net::)?|^core::ptr::", "", name)


def whose(frames, sources):
    """The owner of an instruction: the innermost function of ours that it was inlined into; or the
    outermost, if none is. The compiler loses the lines between where it makes one of two
    instructions; then only the name says that a function is ours.
    """
    for name, place in frames:
        if place.startswith(sources):
            return short(name), pathlib.Path(place).relative_to(sources)
        if re.match(r"<?vnet_rs::", name):
            return short(name), "made of two"
    return short(frames[-1][0]), "made by the compiler"


def functions(module):
    """The functions that have some, with their places: {name: {place}}."""
    # The build has taken them from there.
    sources = str(pathlib.Path(module).resolve().parent) + "/"
    of_section = collections.defaultdict(list)
    for section, address in atomics(module):
        of_section[section].append(f"0x{address}")
    found = collections.defaultdict(set)
    for section, addresses in of_section.items():
        text = subprocess.run(["addr2line", "-j", section, "-e", module, "-afiC", *addresses],
                              check=True, capture_output=True, text=True).stdout
        for inlined in re.split(r"^0x[0-9a-f]+\n", text, flags=re.M)[1:]:
            lines = inlined.splitlines()
            name, place = whose(list(zip(lines[::2], lines[1::2])), sources)
            found[name].add(str(place))
    return found


def reason(name):
    """Why a function may, or None."""
    for why, patterns in ALLOWED.items():
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            return why
    return None


def main():
    found = functions(sys.argv[1])
    allowed = collections.defaultdict(list)
    for name in sorted(found):
        allowed[reason(name)].append(name)
    unknown = allowed.pop(None, [])
    for why, names in allowed.items():
        print(f"{why}:", *(f"  {name[:90]}" for name in names), sep="\n")
    for name in unknown:
        print(f"{name}: an atomic read-modify-write that is not in ALLOWED of "
              f"{pathlib.Path(__file__).name} ({', '.join(sorted(found[name]))})")
    print(f"{len(found)} functions have some, {len(unknown)} of them should not")
    sys.exit(1 if unknown or not found else 0)


if __name__ == "__main__":
    main()
