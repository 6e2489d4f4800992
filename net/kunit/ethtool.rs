// SPDX-License-Identifier: GPL-2.0

//! A [`Card`] as ethtool would see it: counters, and no more.

use super::{
    super::ethtool::{
        Ethtool,
        PortStat,
        QueueStat,
        Stats, //
    },
    card::Card, //
};
use kernel::prelude::*;

const OF_CARD: &[PortStat<Card>] = &[("polls", Card::polls)];
const OF_QUEUE: &[QueueStat<Card>] = &[("number", |_, queue| queue as u64)];

#[vtable]
impl Ethtool<Self> for Card {
    const DRIVER: &'static str = "net_kunit";
    const STATS: &'static [Stats<Self>] = &[Stats::Port(OF_CARD), Stats::Queues("q", OF_QUEUE)];
}
