// SPDX-License-Identifier: GPL-2.0

//! The port's counters as `ip -s link`, `netdev-genl` and `ethtool -S` show them.

use super::super::card::counters::MAX_QUEUES;
use super::port::Port;
use crate::net::{
    ethtool::Stats,
    LinkStats,
    QueueStats, //
};
use core::ops::Range;

/// The sums of counters of some queue pairs, for `netdev-genl`.
pub(crate) fn of_queues(port: &Port, queues: Range<u32>) -> QueueStats {
    let mut sum = QueueStats::default();
    for number in queues {
        let (driver, card) = (
            port.counters().queue(number),
            port.card().counters.queue(number),
        );
        sum.rx_packets += driver.rx_packets.get();
        sum.rx_bytes += driver.rx_bytes.get();
        sum.rx_overruns += card.rx_missed.get();
        sum.tx_packets += card.tx_packets.get();
        sum.tx_bytes += card.tx_bytes.get();
        sum.tx_stops += driver.tx_stops.get();
        sum.tx_wakes += driver.tx_wakes.get();
    }
    sum
}

/// The counters of the whole device, for `ip -s link`.
pub(crate) fn of_link(port: &Port) -> LinkStats {
    let all = of_queues(port, 0..MAX_QUEUES);
    let (driver, card) = (port.counters(), &port.card().counters);
    let lost = driver.total(|queue| &queue.tx_lost_frames);
    let no_carrier = card.total(|queue| &queue.tx_no_carrier);
    let bad_lengths =
        driver.total(|queue| &queue.tx_too_long) + driver.total(|queue| &queue.tx_too_short);
    LinkStats {
        rx_packets: all.rx_packets,
        rx_bytes: all.rx_bytes,
        rx_dropped: driver.total(|queue| &queue.rx_purged_frames) + card.card.rx_no_memory.get(),
        rx_missed_errors: all.rx_overruns,
        multicast: driver.total(|queue| &queue.rx_multicast),
        broadcast: driver.total(|queue| &queue.rx_broadcast),
        tx_packets: all.tx_packets,
        tx_bytes: all.tx_bytes,
        tx_dropped: driver.total(|queue| &queue.tx_down)
            + driver.total(|queue| &queue.tx_purged_frames),
        tx_errors: bad_lengths + no_carrier + lost,
        tx_carrier_errors: no_carrier,
    }
}

/// Makes entries for counters of the card as a whole, under their own names.
macro_rules! of_card {
    ($($field:ident),*) => {
        Stats::Port(&[$((stringify!($field), |port| port.card().counters.card.$field.get()),)*])
    };
}

/// Makes entries for counters of an echo host, under other names.
macro_rules! of_echo {
    ($($name:literal: $field:ident),*) => {
        Stats::Port(&[$(($name, |port| port.plug.counters.echo.$field.get()),)*])
    };
}

/// Makes entries for counters of the cable, under other names.
macro_rules! of_line {
    ($($name:literal: $field:ident),*) => {
        Stats::Port(&[$(($name, |port| port.plug.counters.line(|line| &line.$field)),)*])
    };
}

/// Makes entries for counters of each queue pair, of the driver or of the card, or sums of some, by
/// the last part of their names.
macro_rules! of_each_queue {
    ($prefix:literal { $($name:literal: $of:ident.$first:ident $(+ $more:ident)*,)* }) => {
        Stats::Queues($prefix, &[$(($name, |port, queue| {
            let counters = of_each_queue!(@$of port).queue(queue);
            counters.$first.get() $(+ counters.$more.get())*
        }),)*])
    };
    (@driver $port:ident) => { $port.counters() };
    (@card $port:ident) => { &$port.card().counters };
}

/// The counters that `ethtool -S` shows, in the order of a frame's way.
///
/// [`QueueStats`] are left to `netdev-genl`: a driver does not repeat counters that have a standard
/// place (Documentation/networking/statistics.rst).
pub(crate) const SHOWN: &[Stats<Port>] = &[
    of_each_queue!("tx" {
        "posted": driver.tx_posted,
        "completed": card.tx_completed,
        "reaped": driver.tx_reaped,
        "purged": driver.tx_purged + tx_lost,
        "no_carrier": card.tx_no_carrier,
        "doorbells": driver.tx_doorbells,
        "busy": driver.tx_busy,
        "down": driver.tx_down,
        "too_long": driver.tx_too_long,
        "too_short": driver.tx_too_short,
    }),
    Stats::Port(&[
        ("tx_timeouts", |port| port.counters().port.tx_timeouts.get()),
        ("tx_lost", |port| {
            port.counters().total(|queue| &queue.tx_lost)
        }),
    ]),
    of_card!(timer_fires),
    of_echo!(
        "echo_replies": replies,
        "echo_ignored": ignored,
        "echo_malformed": malformed,
        "echo_bad_checksum": bad_checksum,
        "echo_fragments": fragments,
        "echo_no_memory": no_memory,
        "echo_unsent": unsent
    ),
    of_line!(
        "line_lost": lost,
        "line_corrupted": corrupted,
        "line_duplicated": duplicated,
        "line_reordered": reordered,
        "line_entered": entered,
        "line_arrived": arrived,
        "line_full": full,
        "line_purged": purged,
        "line_no_memory": no_memory
    ),
    of_card!(rx_filtered, rx_no_memory),
    of_each_queue!("rx" {
        "delivered": card.rx_delivered,
        "received": driver.rx_received,
        "purged": driver.rx_purged,
    }),
    of_each_queue!("q" {
        "interrupts": driver.interrupts,
        "interrupts_lost": card.tx_interrupts_lost + rx_interrupts_lost,
        "polls": driver.polls,
    }),
];
