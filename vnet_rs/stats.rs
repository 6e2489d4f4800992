// SPDX-License-Identifier: GPL-2.0

//! The port's counters as `ip -s link` and `netdev-genl` want to see them.

use super::counters::{
    Counters,
    MAX_QUEUES, //
};
use crate::net::{
    LinkStats,
    QueueStats, //
};
use core::ops::Range;

/// Those of some queue pairs.
pub(crate) fn of_queues(counters: &Counters, queues: Range<u32>) -> QueueStats {
    let mut sum = QueueStats::default();
    for number in queues {
        let queue = counters.queue(number);
        sum.rx_packets += queue.rx_packets.get();
        sum.rx_bytes += queue.rx_bytes.get();
        sum.rx_overruns += queue.rx_missed.get();
        sum.tx_packets += queue.tx_packets.get();
        sum.tx_bytes += queue.tx_bytes.get();
        sum.tx_stops += queue.tx_stops.get();
        sum.tx_wakes += queue.tx_wakes.get();
    }
    sum
}

/// Those of the link.
pub(crate) fn of_link(counters: &Counters) -> LinkStats {
    let all = of_queues(counters, 0..MAX_QUEUES);
    let port = &counters.port;
    let lost = counters.total(|queue| &queue.tx_lost_frames);
    let no_carrier = counters.total(|queue| &queue.tx_no_carrier);
    let misfits =
        counters.total(|queue| &queue.tx_too_long) + counters.total(|queue| &queue.tx_too_short);
    LinkStats {
        rx_packets: all.rx_packets,
        rx_bytes: all.rx_bytes,
        rx_dropped: counters.total(|queue| &queue.rx_purged_frames) + port.rx_no_memory.get(),
        rx_missed_errors: all.rx_overruns,
        multicast: counters.total(|queue| &queue.rx_multicast),
        broadcast: counters.total(|queue| &queue.rx_broadcast),
        tx_packets: all.tx_packets,
        tx_bytes: all.tx_bytes,
        tx_dropped: counters.total(|queue| &queue.tx_down)
            + counters.total(|queue| &queue.tx_purged_frames),
        tx_errors: misfits + no_carrier + lost,
        tx_carrier_errors: no_carrier,
    }
}
