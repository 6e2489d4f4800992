// SPDX-License-Identifier: GPL-2.0

//! The port's counters as `ip -s link`, `netdev-genl` and `ethtool -S` want to see them.

use super::{
    counters::{
        Counters,
        MAX_QUEUES, //
    },
    port::Port, //
};
use crate::net::{
    ethtool::Stats,
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

/// Counters of the port as a whole, under their own names.
macro_rules! of_port {
    ($($field:ident),*) => {
        Stats::Port(&[$((stringify!($field), |port| port.counters().port.$field.get()),)*])
    };
}

/// Counters of each queue pair, or the sum of some, and what comes after the queue in their names.
macro_rules! of_each_queue {
    ($prefix:literal { $($name:literal: $first:ident $(+ $more:ident)*,)* }) => {
        Stats::Queues($prefix, &[$(($name, |port, queue| {
            let counters = port.counters().queue(queue);
            counters.$first.get() $(+ counters.$more.get())*
        }),)*])
    };
}

/// What `ethtool -S` shows, in its order: that of a frame's way.
///
/// [`QueueStats`] are left to `netdev-genl`: a driver does not repeat what has a standard place
/// (Documentation/networking/statistics.rst).
pub(crate) const SHOWN: &[Stats<Port>] = &[
    of_each_queue!("tx" {
        "posted": tx_posted,
        "completed": tx_completed,
        "reaped": tx_reaped,
        "purged": tx_purged + tx_lost,
        "no_carrier": tx_no_carrier,
        "doorbells": tx_doorbells,
        "busy": tx_busy,
        "down": tx_down,
        "too_long": tx_too_long,
        "too_short": tx_too_short,
    }),
    of_port!(tx_timeouts),
    Stats::Port(&[("tx_lost", |port| {
        port.counters().total(|queue| &queue.tx_lost)
    })]),
    of_port!(
        timer_fires,
        echo_replies,
        echo_ignored,
        echo_malformed,
        echo_bad_checksum,
        echo_fragments,
        echo_no_memory,
        line_lost,
        line_corrupted,
        line_duplicated,
        line_reordered,
        line_entered,
        line_arrived,
        line_full,
        line_purged,
        line_no_memory,
        rx_filtered,
        rx_no_memory
    ),
    of_each_queue!("rx" {
        "delivered": rx_delivered,
        "received": rx_received,
        "purged": rx_purged,
    }),
    of_each_queue!("q" {
        "interrupts": interrupts,
        "interrupts_lost": tx_interrupts_lost + rx_interrupts_lost,
        "polls": polls,
    }),
];
