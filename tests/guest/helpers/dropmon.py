"""The kernel's drop monitor, as dropwatch and others use it: which packet, why, where."""

import select

from pyroute2.netlink import NLM_F_ACK, NLM_F_REQUEST, genlmsg
from pyroute2.netlink.generic import GenericNetlinkSocket

from helpers.wait import until

CONFIG, START, STOP, PACKET_ALERT = 2, 3, 4, 5
ALERT_MODE_PACKET = 1


class Message(genlmsg):
    """A message of the family NET_DM."""

    nla_map = (
        ("NET_DM_ATTR_UNSPEC", "none"), ("NET_DM_ATTR_ALERT_MODE", "uint8"),
        ("NET_DM_ATTR_PC", "uint64"), ("NET_DM_ATTR_SYMBOL", "asciiz"),
        ("NET_DM_ATTR_IN_PORT", "hex"), ("NET_DM_ATTR_TIMESTAMP", "uint64"),
        ("NET_DM_ATTR_PROTO", "uint16"), ("NET_DM_ATTR_PAYLOAD", "cdata"),
        ("NET_DM_ATTR_PAD", "none"), ("NET_DM_ATTR_TRUNC_LEN", "uint32"),
        ("NET_DM_ATTR_ORIG_LEN", "uint32"), ("NET_DM_ATTR_QUEUE_LEN", "uint32"),
        ("NET_DM_ATTR_STATS", "hex"), ("NET_DM_ATTR_HW_STATS", "hex"),
        ("NET_DM_ATTR_ORIGIN", "uint16"), ("NET_DM_ATTR_HW_TRAP_GROUP_NAME", "asciiz"),
        ("NET_DM_ATTR_HW_TRAP_NAME", "asciiz"), ("NET_DM_ATTR_HW_ENTRIES", "hex"),
        ("NET_DM_ATTR_HW_ENTRY", "hex"), ("NET_DM_ATTR_HW_TRAP_COUNT", "uint32"),
        ("NET_DM_ATTR_SW_DROPS", "flag"), ("NET_DM_ATTR_HW_DROPS", "flag"),
        ("NET_DM_ATTR_FLOW_ACTION_COOKIE", "hex"), ("NET_DM_ATTR_REASON", "asciiz"),
    )


class DropMonitor:
    """Watches drops while the block runs. Has to be made in the first namespace."""

    def __init__(self):
        self.socket = GenericNetlinkSocket()
        self.socket.bind("NET_DM", Message)
        self.alerts = []

    def _command(self, command, *attributes):
        message = Message()
        message["cmd"], message["version"] = command, 2
        message["attrs"] = list(attributes)
        self.socket.nlm_request(message, self.socket.prid, NLM_F_REQUEST | NLM_F_ACK)

    def __enter__(self):
        self._command(CONFIG, ("NET_DM_ATTR_ALERT_MODE", ALERT_MODE_PACKET))
        self.socket.add_membership("events")
        self._command(START, ("NET_DM_ATTR_SW_DROPS", True))
        return self

    def _read(self):
        while select.select([self.socket.fileno()], [], [], 0)[0]:
            for message in self.socket.get():
                if message.get("cmd") == PACKET_ALERT:
                    self.alerts.append({
                        name: message.get_attr(f"NET_DM_ATTR_{name}")
                        for name in ("REASON", "SYMBOL", "PAYLOAD", "ORIG_LEN")})

    def wait(self, reason, count):
        """Waits for `count` alerts with a reason; returns them."""
        def matching():
            self._read()
            found = [one for one in self.alerts if one["REASON"] == reason]
            return found if len(found) >= count else None
        return until(matching, f"{count} alerts of {reason}")

    def reasons(self):
        """The reasons of all alerts so far."""
        self._read()
        return {one["REASON"] for one in self.alerts}

    def __exit__(self, *_):
        self._command(STOP, ("NET_DM_ATTR_SW_DROPS", True))
        self.socket.close()
