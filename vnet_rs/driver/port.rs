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
    settings::Settings,
    wiring::Wiring, //
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

/// A port, in the private area of its device (`netdev_priv()`).
pub(crate) struct Port {
    /// The plug, with the card.
    pub(crate) plug: Plug<Self>,
    /// The settings of rings and log.
    pub(crate) settings: Settings,
    /// The receive-side scaling, which the card gets a copy of.
    pub(crate) rss: RtnlCell<Rss>,
    /// Private flag `never-stop`: xmit does not stop a full queue, but returns busy.
    pub(crate) never_stop: AtomicFlag,
    /// The link's speed as the stack was told it, in Mbit/s. Written under RTNL.
    pub(crate) told_speed: Atomic<u32>,
    /// The number of queues that the CPUs have been spread over; 0: none yet. Written under RTNL.
    pub(crate) spread: Atomic<u32>,
    counters: Counters,
    /// The timer that polls when interrupts are lost.
    pub(crate) recovery: Softirq<Recovery>,
}

impl Port {
    /// A port with this plug, initialised in place, as it is large.
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
        let wiring = Wiring::echo(config, config.rates())?;
        Ok(Self::new(Plug::new(&wiring, 0)?, *config))
    }

    /// A port with nothing at the far end.
    pub(crate) fn sink(config: &Config) -> Result<impl Init<Self, Error>> {
        let wiring = Wiring::sink(config.rates())?;
        Ok(Self::new(Plug::new(&wiring, 0)?, *config))
    }

    /// Two ports at the ends of one cable.
    pub(crate) fn pair(
        config: &Config,
    ) -> Result<(impl Init<Self, Error>, impl Init<Self, Error>)> {
        let wiring = Wiring::pair(config.rates())?;
        let (one, other) = (Plug::new(&wiring, 0)?, Plug::new(&wiring, 1)?);
        Ok((Self::new(one, *config), Self::new(other, *config)))
    }

    /// The driver's counters.
    #[inline]
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The registers of the card.
    #[inline]
    pub(crate) fn card(&self) -> &Registers {
        &self.plug.registers
    }
}
