"""The kernel's own types, as BTF describes them: where the members of a structure are.

The format: include/uapi/linux/btf.h.
"""

import pathlib
import struct

VMLINUX = pathlib.Path("/sys/kernel/btf/vmlinux")
INT, PTR, ARRAY, STRUCT, UNION, ENUM, FORWARD, TYPEDEF, VOLATILE, CONST, RESTRICT = range(1, 12)
FUNC, FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64 = range(12, 20)
# The bytes of a type behind its header, and for each of its members.
BEHIND = {INT: (4, 0), ARRAY: (12, 0), STRUCT: (0, 12), UNION: (0, 12), ENUM: (0, 8),
          FUNC_PROTO: (0, 8), VAR: (4, 0), DATASEC: (0, 12), DECL_TAG: (4, 0), ENUM64: (0, 12)}
ALIASES = (TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG)


class Types:
    """All types of the running kernel."""

    def __init__(self, path=VMLINUX):
        self.data = path.read_bytes()
        length, types, size, strings = struct.unpack_from("=4xIIII", self.data)
        self.strings = length + strings
        # Type 0 is void.
        self.types = [None]
        at, end = length + types, length + types + size
        while at < end:
            self.types.append(at)
            _, info = struct.unpack_from("=II", self.data, at)
            fixed, each = BEHIND.get(info >> 24 & 0x7f, (0, 0))
            at += 12 + fixed + each * (info & 0xffffff)

    def name(self, offset):
        """A name."""
        start = self.strings + offset
        return self.data[start:self.data.index(b"\0", start)].decode()

    def header(self, number):
        """A type's name, kind, how many members it has, whether some are bit-fields, and its size,
        or the type it refers to.
        """
        name, info, size = struct.unpack_from("=III", self.data, self.types[number])
        return self.name(name), info >> 24 & 0x7f, info & 0xffffff, info >> 31, size

    def struct(self, wanted):
        """The number of a structure."""
        for number in range(1, len(self.types)):
            name, kind, _, _, _ = self.header(number)
            if kind == STRUCT and name == wanted:
                return number
        raise LookupError(wanted)

    def bits(self, number):
        """How many bits a type has."""
        _, kind, _, _, size = self.header(number)
        if kind in ALIASES:
            return self.bits(size)
        if kind == PTR:
            return 64
        if kind == ARRAY:
            element, _, count = struct.unpack_from("=III", self.data, self.types[number] + 12)
            return self.bits(element) * count
        return size * 8

    def members(self, number, base=0):
        """The members of a structure, as (name, first bit, bits). Members without a name are
        replaced by their own members.
        """
        _, _, count, has_bit_fields, _ = self.header(number)
        for index in range(count):
            name, of, place = struct.unpack_from(
                "=III", self.data, self.types[number] + 12 + 12 * index)
            width = place >> 24 if has_bit_fields else 0
            first = base + (place & 0xffffff if has_bit_fields else place)
            if self.name(name):
                yield self.name(name), first, width or self.bits(of)
            else:
                yield from self.members(of, first)
