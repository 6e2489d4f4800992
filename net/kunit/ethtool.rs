// SPDX-License-Identifier: GPL-2.0

//! What ethtool would see of a [`Card`]: nothing that can be changed. The suites only ask for
//! strings; ethtool has guest tests of its own.

use super::{
    super::{
        ethtool::{
            Coalesce,
            Ethtool,
            ExtAck,
            PortStat,
            QueueStat,
            RingSize,
            Stats, //
        },
        Device,
        Rtnl, //
    },
    card::Card, //
};
use kernel::prelude::*;

const OF_CARD: &[PortStat<Card>] = &[("polls", Card::polls)];
const OF_QUEUE: &[QueueStat<Card>] = &[("number", |_, queue| queue as u64)];

impl Ethtool for Card {
    const DRIVER: &'static str = "net_kunit";
    const STATS: &'static [Stats<Self>] = &[Stats::Port(OF_CARD), Stats::Queues("q", OF_QUEUE)];
    const PRIV_FLAGS: &'static [&'static str] = &[];
    const TESTS: &'static [&'static str] = &[];
    const KEY: u32 = 0;
    const TABLE: u32 = 0;
    const REGISTERS: u32 = 0;

    fn speed(_dev: &Device<Self>) -> u32 {
        1
    }

    fn set_speed(_dev: &Device<Self>, _mbps: u32, _rtnl: &Rtnl) -> Result {
        Err(EOPNOTSUPP)
    }

    fn rings(_dev: &Device<Self>) -> (RingSize, RingSize) {
        let none = || RingSize { now: 0, max: 0 };
        (none(), none())
    }

    fn set_rings(
        _dev: &Device<Self>,
        _tx: u32,
        _rx: u32,
        _rtnl: &mut Rtnl,
        _why: &ExtAck<'_, Self>,
    ) -> Result {
        Err(EOPNOTSUPP)
    }

    fn set_channels(_dev: &Device<Self>, _count: u32, _rtnl: &mut Rtnl) -> Result {
        Err(EOPNOTSUPP)
    }

    fn coalesce(_dev: &Device<Self>) -> (Coalesce, Coalesce) {
        let none = || Coalesce {
            usecs: 0,
            frames: 0,
        };
        (none(), none())
    }

    fn set_coalesce(
        _dev: &Device<Self>,
        _tx: Coalesce,
        _rx: Coalesce,
        _why: &ExtAck<'_, Self>,
    ) -> Result {
        Err(EOPNOTSUPP)
    }

    fn rss(_dev: &Device<Self>, _rtnl: &Rtnl, _key: &mut [u8], _table: &mut [u32]) {}

    fn set_rss(
        _dev: &Device<Self>,
        _key: Option<&[u8]>,
        _table: Option<&[u32]>,
        _rtnl: &Rtnl,
        _why: &ExtAck<'_, Self>,
    ) -> Result {
        Err(EOPNOTSUPP)
    }

    fn priv_flags(_dev: &Device<Self>) -> u32 {
        0
    }

    fn set_priv_flags(_dev: &Device<Self>, _flags: u32, _rtnl: &Rtnl) -> Result {
        Err(EOPNOTSUPP)
    }

    fn message_level(_dev: &Device<Self>) -> u32 {
        0
    }

    fn set_message_level(_dev: &Device<Self>, _level: u32) {}

    fn register_count(_dev: &Device<Self>, _rtnl: &Rtnl) -> usize {
        0
    }

    fn registers(_dev: &Device<Self>, _rtnl: &Rtnl, _to: &mut [u32]) {}

    fn self_test(_dev: &Device<Self>, _offline: bool, _results: &mut [u64], _rtnl: &mut Rtnl) {}
}
