// SPDX-License-Identifier: GPL-2.0

//! The ethtool operations of a port.

use super::super::{
    cable::wire::MAX_RATE,
    card::{
        moderation::Moderation,
        rss, //
    },
    ring::cursors::{
        is_ring_size,
        MAX_RING, //
    }, //
};
use super::{
    cabling,
    carrier,
    dump,
    faults,
    port::Port,
    resize,
    selftest,
    settings::RingSizes,
    spread,
    stats, //
};
use crate::net::{
    ethtool::{
        may_administer,
        Coalesce,
        Ethtool,
        ExtAck,
        RingSize,
        Stats, //
    },
    Device,
    Rtnl, //
};
use kernel::{
    prelude::*,
    sync::atomic::ordering::Relaxed, //
};

/// The bit of the private flag `never-stop`; those of the faults follow.
const NEVER_STOP: u32 = 1 << 0;
const FAULTS: u32 = 1;

/// The most time that an interrupt may be put off, in microseconds: a second.
const MAX_USECS: u32 = 1_000_000;

/// Checks the moderation that the user wants of one direction. `none` is the error message for a
/// moderation without a limit.
///
/// An adaptive one chooses time and number by itself, so to set one of them turns it off: netlink
/// fills in from what there `was` all that the user does not set.
fn moderation(
    was: Moderation,
    wanted: Coalesce,
    none: &'static CStr,
    extack: &ExtAck<'_, Port>,
) -> Result<Moderation> {
    let is_same = (wanted.usecs, wanted.frames) == (was.usecs, was.frames);
    if wanted.is_adaptive && is_same {
        return Ok(Moderation::ADAPTIVE);
    }
    if wanted.is_adaptive && !was.is_adaptive {
        extack.set(c"adaptive moderation chooses usecs and frames itself");
        return Err(EINVAL);
    }
    let moderation = Moderation {
        usecs: wanted.usecs,
        frames: wanted.frames,
        is_adaptive: false,
    };
    if moderation.usecs > MAX_USECS {
        extack.set(c"usecs must be from 0 to 1000000");
        return Err(ERANGE);
    }
    if !moderation.has_limit() {
        extack.set(none);
        return Err(EINVAL);
    }
    Ok(moderation)
}

fn coalesce(of: Moderation) -> Coalesce {
    Coalesce {
        usecs: of.usecs,
        frames: of.frames,
        is_adaptive: of.is_adaptive,
    }
}

#[vtable]
impl Ethtool<Self> for Port {
    const DRIVER: &'static str = "vnet_rs";
    const STATS: &'static [Stats<Self>] = stats::SHOWN;
    const PRIV_FLAGS: &'static [&'static str] = &[
        "never-stop",
        "hang-engine",
        "lose-interrupts",
        "storm-interrupts",
        "starve-receive",
        "fail-receive-memory",
        "flap-carrier",
    ];
    const TESTS: &'static [&'static str] = selftest::TEST_NAMES;
    const KEY: u32 = rss::KEY as u32;
    const TABLE: u32 = rss::TABLE as u32;
    const REGISTERS: u32 = dump::VERSION;

    fn speed(dev: &Device<Self>) -> u32 {
        carrier::speed(&dev.driver())
    }

    fn has_no_cable(dev: &Device<Self>) -> bool {
        dev.driver().plug.medium().is_unplugged()
    }

    fn set_speed(dev: &Device<Self>, mbps: u32, rtnl: &Rtnl) -> Result {
        let kbps = mbps
            .checked_mul(1000)
            .filter(|kbps| (1..=MAX_RATE).contains(kbps));
        let Some(kbps) = kbps else {
            dev.err(c"speed must be from 1 to 400000 Mbit/s");
            return Err(EINVAL);
        };
        cabling::set_rate(dev, kbps, rtnl)?;
        if let Some(lack) = dev.driver().plug.wiring().cable.lack(rtnl) {
            let name = dev.name(rtnl);
            let name = CStr::from_bytes_until_nul(&name).unwrap_or(c"");
            pr_warn!("{}: {}\n", name, core::format_args!("{lack}"));
        }
        Ok(())
    }

    fn rings(dev: &Device<Self>) -> (RingSize, RingSize) {
        let sizes = dev.driver().settings.sizes();
        let size = |now| RingSize { now, max: MAX_RING };
        (size(sizes.tx), size(sizes.rx))
    }

    fn set_rings(
        dev: &Device<Self>,
        tx: u32,
        rx: u32,
        rtnl: &mut Rtnl,
        extack: &ExtAck<'_, Self>,
    ) -> Result {
        if !is_ring_size(tx) || !is_ring_size(rx) {
            extack.set(c"A ring's size must be a power of two from 2 to 4096");
            return Err(EINVAL);
        }
        let sizes = RingSizes {
            tx,
            rx,
            ..dev.driver().settings.sizes()
        };
        resize::resize(dev, sizes, rtnl).inspect_err(|&error| {
            if error == EBUSY {
                extack.set(c"More descriptors are in use than the new ring has: try again later");
            }
        })
    }

    fn set_channels(dev: &Device<Self>, count: u32, rtnl: &mut Rtnl) -> Result {
        let sizes = RingSizes {
            queues: count,
            ..dev.driver().settings.sizes()
        };
        resize::resize(dev, sizes, rtnl).inspect_err(|&error| {
            if error == EBUSY {
                dev.err(c"a queue that is to go has frames in it: try again later");
            }
        })
    }

    fn coalesce(dev: &Device<Self>) -> (Coalesce, Coalesce) {
        let card = dev.driver().get_ref().card();
        (
            coalesce(card.tx_moderation.get()),
            coalesce(card.rx_moderation.get()),
        )
    }

    fn set_coalesce(
        dev: &Device<Self>,
        tx: Coalesce,
        rx: Coalesce,
        extack: &ExtAck<'_, Self>,
    ) -> Result {
        let port = dev.driver();
        let card = port.card();
        let tx = moderation(
            card.tx_moderation.get(),
            tx,
            c"tx-usecs 0 and tx-frames 0 is never: off is tx-frames 1",
            extack,
        )?;
        let rx = moderation(
            card.rx_moderation.get(),
            rx,
            c"rx-usecs 0 and rx-frames 0 is never: off is rx-frames 1",
            extack,
        )?;
        card.tx_moderation.set(tx);
        card.rx_moderation.set(rx);
        // Frames that wait by the old setting need not wait by the new one.
        port.plug.kick_later();
        Ok(())
    }

    fn rss(dev: &Device<Self>, rtnl: &Rtnl, key: &mut [u8], table: &mut [u32]) {
        let rss = dev.driver().rss.get(rtnl);
        for (to, from) in key.iter_mut().zip(rss.key.0) {
            *to = from;
        }
        for (to, from) in table.iter_mut().zip(rss.table.entries()) {
            *to = from;
        }
    }

    fn set_rss(
        dev: &Device<Self>,
        key: Option<&[u8]>,
        table: Option<&[u32]>,
        rtnl: &Rtnl,
        extack: &ExtAck<'_, Self>,
    ) -> Result {
        let mut rss = dev.driver().rss.get(rtnl);
        if let Some(key) = key {
            rss.key.0 = key.try_into().map_err(|_| EINVAL)?;
        }
        if let Some(table) = table {
            if !rss.table.set(table, dev.queue_count(rtnl)) {
                extack.set(c"The table names a queue that is not in use: see ethtool -l");
                return Err(EINVAL);
            }
        }
        spread::set_rss(dev, rss, rtnl);
        Ok(())
    }

    fn priv_flags(dev: &Device<Self>) -> u32 {
        let port = dev.driver();
        let never_stop = u32::from(port.never_stop.load(Relaxed)) * NEVER_STOP;
        never_stop | port.card().faults.bits() << FAULTS
    }

    fn set_priv_flags(dev: &Device<Self>, flags: u32, rtnl: &Rtnl) -> Result {
        let port = dev.driver();
        let wrong = flags >> FAULTS;
        // Faults are felt outside the user's namespace: a storm takes a CPU.
        if wrong != port.card().faults.bits() && !may_administer() {
            dev.err(c"faults take CAP_SYS_ADMIN in the first user namespace");
            return Err(EPERM);
        }
        port.never_stop.store(flags & NEVER_STOP != 0, Relaxed);
        faults::set(dev, wrong, rtnl);
        Ok(())
    }

    fn message_level(dev: &Device<Self>) -> u32 {
        dev.driver().settings.message_level()
    }

    fn set_message_level(dev: &Device<Self>, level: u32) {
        dev.driver().settings.set_message_level(level);
    }

    fn register_count(dev: &Device<Self>, rtnl: &Rtnl) -> usize {
        dump::count(dev, rtnl)
    }

    fn registers(dev: &Device<Self>, rtnl: &Rtnl, to: &mut [u32]) {
        dump::dump(dev, rtnl, to);
    }

    fn self_test(dev: &Device<Self>, offline: bool, results: &mut [u64], rtnl: &mut Rtnl) {
        selftest::run(dev, offline, results, rtnl);
    }
}
