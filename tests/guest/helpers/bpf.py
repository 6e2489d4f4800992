"""BPF programs, written as instructions: a compiler would take a guest half a minute.

The system call is bpf(2); the instructions are those of Documentation/bpf/standardization.
"""

import contextlib
import ctypes
import os
import struct

BPF, PROG_LOAD, LINK_CREATE = 321, 5, 28
SCHED_CLS, XDP = 3, 6
XDP_HOOK, TCX_INGRESS, TCX_EGRESS = 37, 46, 47
SKB_MODE = 1 << 1
KIND = {XDP_HOOK: XDP, TCX_INGRESS: SCHED_CLS, TCX_EGRESS: SCHED_CLS}

ABORTED, DROP, PASS = 0, 1, 2           # of XDP
NEXT, OK, SHOT = -1, 0, 2               # of tc
ADJUST_HEAD, REDIRECT, SET_HASH = 44, 23, 48

# Offsets in a program's context: struct __sk_buff, struct xdp_md.
SKB = {"mark": 8, "queue_mapping": 12, "priority": 32, "tc_index": 44, "cb1": 52, "cb2": 56,
       "cb3": 60, "cb4": 64, "hash": 68, "tc_classid": 72, "gso_segs": 164, "gso_size": 176}
TSTAMP = 152
DATA, DATA_END = 0, 4


def instruction(code, to=0, source=0, offset=0, value=0):
    """One of them."""
    return struct.pack("=BBhi", code, source << 4 | to, offset, value)


def load(to, source, offset, size=4):
    """A register from memory."""
    return instruction({2: 0x69, 4: 0x61, 8: 0x79}[size], to, source, offset)


def store(to, offset, source, size=4):
    """Memory from a register."""
    return instruction({4: 0x63, 8: 0x7b}[size], to, source, offset)


def value(to, number):
    """A register's value."""
    return instruction(0xb7, to, value=number)


def value64(to, number):
    """A register's value, of 64 bits."""
    return instruction(0x18, to, value=number & 0xffffffff) + instruction(0, value=number >> 32)


def copy(to, source):
    """One register from another."""
    return instruction(0xbf, to, source)


def add(to, number):
    """Adds to a register."""
    return instruction(0x07, to, value=number)


def shift_right(to, number):
    """Shifts a register."""
    return instruction(0x77, to, value=number)


def unless(register, number, block):
    """Instructions that run unless the register has this value."""
    return instruction(0x15, register, offset=len(block) // 8, value=number) + block


def unless_above(register, other, block):
    """Instructions that run unless the register is above the other."""
    return instruction(0x2d, register, other, len(block) // 8) + block


def call(helper):
    """Calls a helper."""
    return instruction(0x85, value=helper)


def leave(verdict=None):
    """Ends the program: with a verdict, or with that of the last call."""
    return (b"" if verdict is None else value(0, verdict)) + instruction(0x95)


def system_call(command, attributes):
    """Calls bpf(2); returns the file descriptor."""
    libc = ctypes.CDLL(None, use_errno=True)
    room = ctypes.create_string_buffer(attributes.ljust(152, b"\0"), 152)
    result = libc.syscall(BPF, command, room, 152)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


@contextlib.contextmanager
def attached(program, index, hook=XDP_HOOK):
    """Has the program run at a device of this namespace while the block runs: at XDP, generic;
    or at tc.
    """
    log = ctypes.create_string_buffer(1 << 16)
    code = ctypes.create_string_buffer(program, len(program))
    licence = ctypes.create_string_buffer(b"GPL")
    words = (KIND[hook], len(program) // 8, ctypes.addressof(code), ctypes.addressof(licence),
             1, len(log), ctypes.addressof(log))
    try:
        loaded = system_call(PROG_LOAD, struct.pack("=IIQQIIQ", *words))
    except OSError as error:
        raise AssertionError(log.value.decode()) from error
    try:
        flags = SKB_MODE if hook == XDP_HOOK else 0
        link = system_call(LINK_CREATE, struct.pack("=IIII", loaded, index, hook, flags))
        try:
            yield
        finally:
            os.close(link)
    finally:
        os.close(loaded)


def frame_is_in_bounds(length, block):
    """XDP instructions that run if the frame has so many bytes at least, from register 2 on."""
    return (load(2, 1, DATA) + load(3, 1, DATA_END) + copy(4, 2) + add(4, length)
            + unless_above(4, 3, block))


def drop_longer(length):
    """XDP that drops longer frames."""
    return frame_is_in_bounds(length + 1, leave(DROP)) + leave(PASS)


def redirect(index):
    """XDP that sends all it gets through another device."""
    return value(1, index) + value(2, 0) + call(REDIRECT) + leave()


def pop_label(ethertype):
    """XDP that takes out the four bytes behind the addresses, of frames with this EtherType."""
    network = int.from_bytes(struct.pack(">H", ethertype), "little")
    pop = (load(5, 2, 8) + load(6, 2, 4) + load(7, 2, 0)
           + store(2, 12, 5) + store(2, 8, 6) + store(2, 4, 7)
           + value(2, 4) + call(ADJUST_HEAD) + leave(PASS))
    return frame_is_in_bounds(18, load(4, 2, 12, 2) + unless(4, network, leave(PASS)) + pop) \
        + leave(PASS)
