// SPDX-License-Identifier: GPL-2.0

//! A port: the driver's data of a network device. Read next: ndo.rs.

use super::super::card::{
    registers::Registers,
    rss::{
        Indirection,
        Key,
        Rss, //
    }, //
};
use super::{
    config::Config,
    counters::Counters,
    plug::Plug,
    recovery::{
        self,
        Recovery, //
    },
    segment::Segment,
    settings::Settings, //
};
use crate::net::{
    self,
    RtnlCell,
    Softirq, //
};
use kernel::{
    prelude::*,
    sync::atomic::{
        Atomic,
        AtomicFlag, //
    }, //
};

/// A port. It lives in the private area of its device.
pub(crate) struct Port {
    /// Its plug, and the card there.
    pub(crate) plug: Plug<Self>,
    /// Its settings.
    pub(crate) settings: Settings,
    /// The spread of received frames over its queues.
    pub(crate) rss: RtnlCell<Rss>,
    /// Private flag `never-stop`: post until the ring is full and say busy then.
    pub(crate) never_stop: AtomicFlag,
    /// The link's speed as the stack was told it, in Mbit/s. Written under RTNL.
    pub(crate) told_speed: Atomic<u32>,
    /// Over how many of its queues the CPUs have been spread; 0: not yet. Written under RTNL.
    pub(crate) spread: Atomic<u32>,
    counters: Counters,
    /// Looks by itself where interrupts are lost.
    pub(crate) recovery: Softirq<Recovery>,
}

impl Port {
    /// A port with a plug. It is made where it is to live, as it is large.
    pub(crate) fn new(plug: Plug<Self>, config: Config) -> impl Init<Self, Error> {
        try_init!(Self {
            recovery: recovery::new(&plug.registers)?,
            plug,
            settings: Settings::new(&config),
            rss: RtnlCell::new(Rss {
                key: Key(net::rss_key()),
                table: Indirection::spread(config.queues),
            }),
            never_stop: AtomicFlag::new(false),
            told_speed: Atomic::new(0),
            spread: Atomic::new(0),
            counters: Counters::new()?,
        })
    }

    /// A port with an echo host at the far end.
    pub(crate) fn echo(config: &Config) -> Result<impl Init<Self, Error>> {
        let segment = Segment::echo(config, config.rates())?;
        Ok(Self::new(Plug::new(&segment, 0)?, *config))
    }

    /// A port with nothing at the far end.
    pub(crate) fn sink(config: &Config) -> Result<impl Init<Self, Error>> {
        let segment = Segment::sink(config.rates())?;
        Ok(Self::new(Plug::new(&segment, 0)?, *config))
    }

    /// Two ports, each of which is the other's far end.
    pub(crate) fn pair(
        config: &Config,
    ) -> Result<(impl Init<Self, Error>, impl Init<Self, Error>)> {
        let segment = Segment::pair(config.rates())?;
        let (one, other) = (Plug::new(&segment, 0)?, Plug::new(&segment, 1)?);
        Ok((Self::new(one, *config), Self::new(other, *config)))
    }

    /// The counters of its driver.
    #[inline]
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The registers of its card.
    #[inline]
    pub(crate) fn card(&self) -> &Registers {
        &self.plug.registers
    }
}
