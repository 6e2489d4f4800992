"""Rings of a packet socket, shared with the kernel through mmap (TPACKET_V2 and V3)."""

import mmap
import struct

from helpers.packet import packet_socket
from helpers.traffic import SOL_PACKET
from helpers.wait import until

PACKET_RX_RING, PACKET_STATISTICS, PACKET_VERSION, PACKET_TX_RING = 5, 6, 10, 13
TPACKET_V2, TPACKET_V3 = 1, 2
FRAME = 2048
# struct tpacket2_hdr; the frame to be sent stands right after it.
HEADER = 32
TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST = 0, 1
TP_STATUS_KERNEL, TP_STATUS_USER = 0, 1


class PacketRing:
    """A packet socket with a ring of frames."""

    def __init__(self, end, which, protocol=0, slots=32):
        self.slots = slots
        self.sock = packet_socket(end, protocol=0)
        self.sock.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V2)
        self.sock.setsockopt(
            SOL_PACKET, which, struct.pack("=IIII", 4096, slots // 2, FRAME, slots))
        self.memory = mmap.mmap(self.sock.fileno(), slots * FRAME)
        self.next = 0
        with end.room.inside():
            self.sock.bind((end.name, protocol))

    def status(self, slot):
        """The owner of a slot."""
        return struct.unpack_from("=I", self.memory, slot * FRAME)[0]

    def put(self, frame):
        """Writes a frame into the next slot, to be sent."""
        start = self.next * FRAME
        assert self.status(self.next) == TP_STATUS_AVAILABLE
        self.memory[start + HEADER:start + HEADER + len(frame)] = frame
        struct.pack_into("=I", self.memory, start + 4, len(frame))
        struct.pack_into("=I", self.memory, start, TP_STATUS_SEND_REQUEST)
        self.next = (self.next + 1) % self.slots

    def flush(self):
        """Sends the frames that have been put; returns when the last frame has been freed."""
        length = self.sock.send(b"")
        until(lambda: all(self.status(slot) == TP_STATUS_AVAILABLE for slot in range(self.slots)),
              "all slots are free again")
        return length

    def get(self):
        """The next frame that has come: its data, its true length and its time."""
        until(lambda: self.status(self.next) & TP_STATUS_USER, "a frame is in the ring")
        start = self.next * FRAME
        length, cut, mac, _, seconds, _ = struct.unpack_from("=IIHHII", self.memory, start + 4)
        data = self.memory[start + mac:start + mac + cut]
        struct.pack_into("=I", self.memory, start, TP_STATUS_KERNEL)
        self.next = (self.next + 1) % self.slots
        return data, length, seconds

    def statistics(self):
        """How many frames have come, and how many of them found no slot."""
        return struct.unpack("=II", self.sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.memory.close()
        self.sock.close()


class BlockRing:
    """A packet socket that receives into blocks of as many frames as fit (TPACKET_V3).

    A block is handed over when it is full, or when a timer finds that it has been begun.
    """

    BLOCK, BLOCKS, MILLISECONDS = 1 << 12, 8, 20

    def __init__(self, end, protocol):
        self.sock = packet_socket(end, protocol=0)
        self.sock.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V3)
        # struct tpacket_req3
        count = self.BLOCK // FRAME * self.BLOCKS
        self.sock.setsockopt(SOL_PACKET, PACKET_RX_RING, struct.pack(
            "=7I", self.BLOCK, self.BLOCKS, FRAME, count, self.MILLISECONDS, 0, 0))
        self.memory = mmap.mmap(self.sock.fileno(), self.BLOCK * self.BLOCKS)
        self.next = 0
        with end.room.inside():
            self.sock.bind((end.name, protocol))

    def block(self):
        """The frames of the next block."""
        start = self.next * self.BLOCK

        def status():
            return struct.unpack_from("=I", self.memory, start + 8)[0]
        until(lambda: status() & TP_STATUS_USER, "a block is handed over")
        # Of struct tpacket_block_desc: how many, and where the first is.
        count, place = struct.unpack_from("=II", self.memory, start + 12)
        frames = []
        for _ in range(count):
            # Of struct tpacket3_hdr: the next one, length, status, where the frame is.
            then, _, _, length, _, _, mac = struct.unpack_from("=6IH", self.memory, start + place)
            frames.append(self.memory[start + place + mac:start + place + mac + length])
            place += then
        struct.pack_into("=I", self.memory, start + 8, TP_STATUS_KERNEL)
        self.next = (self.next + 1) % self.BLOCKS
        return frames

    def get(self, count):
        """So many frames; all of them, if there are more in their last block."""
        frames = []
        while len(frames) < count:
            frames += self.block()
        return frames

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.memory.close()
        self.sock.close()
