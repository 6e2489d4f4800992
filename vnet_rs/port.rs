// SPDX-License-Identifier: GPL-2.0

//! The driver half: one port, as the stack sees it.
//!
//! ```text
//!   Running --- the ring is full ---> Stopped --- enough is free ---> Woken
//!      ^        (start_xmit)                      (poll)                |
//!      +----------------------------------------------------------------+
//! ```
//!
//! A frame comes in by [`Driver::start_xmit`], waits in the ring until the NIC has
//! completed it, and is freed by [`Driver::poll`]. Read next: ring.rs, queue.rs;
//! then the other half, nic.rs.

use super::{
    config::Config,
    counters::Counters,
    far_end::FarEnd,
    nic::{
        Frame,
        Nic,
        NicShared, //
    },
    queue::{
        self,
        Reaper, //
    },
    ring::STOP_THRESHOLD,
    rx::{
        self,
        Rx, //
    },
    tx::{
        self,
        Tx, //
    },
    watchdog, //
};
use crate::net::{
    Device,
    Driver,
    DropReason,
    LinkStats,
    Next,
    Open,
    PollContext,
    PollDone,
    Rtnl,
    SkBuff,
    Softirq,
    Turn,
    TxBusy,
    TxContext, //
};
use kernel::{
    prelude::*,
    sync::{
        atomic::{
            ordering::Relaxed,
            AtomicFlag, //
        },
        Arc, //
    }, //
};

/// The longest frame on the wire, in bytes: the largest MTU, the Ethernet header
/// and two VLAN tags.
pub(crate) const MAX_FRAME: u32 = MAX_MTU + 14 + 8;

/// The shortest frame: an Ethernet header.
const MIN_FRAME: u32 = 14;

const MAX_MTU: u32 = 9000;

/// A port. It lives in the private area of its device.
pub(crate) struct Port {
    config: Config,
    counters: Counters,
    /// Private flag `never-stop`: post until the ring is full and say busy then.
    pub(super) never_stop: AtomicFlag,
    /// Private flag `hang-engine`: the engine takes no notice of descriptors.
    pub(super) hang_engine: AtomicFlag,
    /// The address of the host at the far end.
    far_mac: [u8; 6],
}

impl Port {
    /// What it is made of.
    #[inline]
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// What it has counted.
    #[inline]
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The address of the host at the far end.
    pub(crate) fn far_mac(&self) -> [u8; 6] {
        self.far_mac
    }

    /// Whether the engine is to behave like a dead card.
    #[inline]
    pub(crate) fn engine_hangs(&self) -> bool {
        self.hang_engine.load(Relaxed)
    }
}

/// What belongs to the poll.
pub(crate) struct Poll {
    pub(super) tx: Reaper<Frame>,
    pub(super) rx: Rx,
    engine: Arc<Softirq<Nic>>,
}

/// What the control path keeps.
pub(crate) struct Up {
    pub(super) engine: Arc<Softirq<Nic>>,
}

impl Driver for Port {
    type Tx = Tx;
    type Poll = Poll;
    type Up = Up;

    const KIND: &'static CStr = c"vnet";
    const NAME: &'static CStr = c"vnet%d";
    const MIN_MTU: u32 = 68;
    const MAX_MTU: u32 = MAX_MTU;

    fn new() -> Result<Self> {
        Ok(Self {
            config: Config::from_parameters()?,
            counters: Counters::new(),
            never_stop: AtomicFlag::new(false),
            hang_engine: AtomicFlag::new(false),
            far_mac: crate::net::random_address(),
        })
    }

    fn open(dev: &Device<Self>, rtnl: &Rtnl) -> Result<Open<Self>> {
        let port = dev.driver();
        let config = port.config();
        let (tx_post, tx_work, tx_reap) = queue::new(config.tx_ring)?;
        let (rx_post, rx_work, rx_reap) = queue::new(config.rx_ring)?;

        let shared = NicShared::new(dev.get(rtnl), tx_post.cursors().clone());
        let nic = Nic::new(tx_work, FarEnd::new(rx_work));
        let engine = Arc::pin_init(Softirq::new(nic, shared), GFP_KERNEL)?;

        dev.set_watchdog(watchdog::timeout(config), rtnl);
        Ok(Open {
            tx: Tx {
                ring: tx_post,
                engine: engine.clone(),
                rung: true,
            },
            poll: Poll {
                tx: tx_reap,
                rx: Rx::new(rx_post, rx_reap),
                engine: engine.clone(),
            },
            up: Up { engine },
        })
    }

    fn close(dev: &Device<Self>, mut open: Open<Self>, _rtnl: &Rtnl) {
        let port = dev.driver();
        tx::drain(&port, &mut open);
        port.counters.rx_purged.add(u64::from(open.poll.rx.purge()));
    }

    fn reset(dev: &Device<Self>, mut open: Open<Self>, _rtnl: &Rtnl) -> Open<Self> {
        let port = dev.driver();
        let lost = tx::drain(&port, &mut open);
        port.counters.tx_lost.add(lost);
        open
    }

    fn start_xmit(
        dev: &Device<Self>,
        tx: &mut TxContext<'_, Self>,
        skb: SkBuff,
    ) -> Result<(), TxBusy> {
        let port = dev.driver();
        let counters = port.counters();
        let len = skb.len();
        if len > MAX_FRAME {
            counters.tx_too_long.add(1);
            skb.discard(DropReason::PktTooBig);
            return Ok(());
        }
        if len < MIN_FRAME {
            counters.tx_too_short.add(1);
            skb.discard(DropReason::PktTooSmall);
            return Ok(());
        }
        let never_stop = port.never_stop.load(Relaxed);
        if tx.tx().ring.free() == 0 {
            counters.tx_busy.add(1);
            if !never_stop {
                tx::stop(&port, tx);
            }
            return Err(skb.into());
        }

        skb.tx_timestamp();
        if let Err(frame) = tx.tx_mut().ring.post(Frame { skb, len }) {
            counters.tx_busy.add(1);
            return Err(frame.skb.into());
        }
        tx.tx_mut().rung = false;
        counters.tx_posted.add(1);
        // The NIC sees the frame at the doorbell, so BQL knows of it before.
        tx.sent(len);

        if tx.tx().ring.free() < STOP_THRESHOLD && !never_stop {
            tx::stop(&port, tx);
        }
        Ok(())
    }

    fn doorbell(dev: &Device<Self>, tx: &mut TxContext<'_, Self>) {
        let half = tx.tx_mut();
        if core::mem::replace(&mut half.rung, true) {
            return;
        }
        half.ring.publish();
        let port = dev.driver();
        port.counters.tx_doorbells.add(1);
        if port.config.rate_kbps > 0 {
            tx.tx().engine.kick(Turn::Own);
        } else if dev.interrupt() {
            port.counters.doorbell_interrupts.add(1);
        }
    }

    fn xmit_while_down(dev: &Device<Self>) {
        dev.driver().counters.tx_down.add(1);
    }

    fn poll<'a>(mut poll: PollContext<'a, Self>) -> PollDone<'a> {
        let port = poll.device().driver();
        port.counters.polls.add(1);
        let more = port.config.rate_kbps == 0 && poll.poll().engine.kick(Turn::Poll) == Next::Yield;
        tx::reap(&port, &mut poll);
        rx::receive(&mut poll);
        poll.done(more)
    }

    fn tx_timeout(dev: &Device<Self>) {
        watchdog::fired(dev);
    }

    fn work(dev: &Device<Self>, rtnl: &mut Rtnl) {
        watchdog::recover(dev, rtnl);
    }

    fn stats(dev: &Device<Self>) -> LinkStats {
        let port = dev.driver();
        let c = port.counters();
        let lost = c.tx_lost.get();
        LinkStats {
            rx_packets: c.rx_received.get(),
            rx_bytes: c.rx_bytes.get(),
            rx_dropped: c.rx_purged.get() + c.echo_no_memory.get(),
            rx_missed_errors: c.rx_missed.get(),
            tx_packets: c.tx_completed.get(),
            tx_bytes: c.tx_bytes.get(),
            tx_dropped: c.tx_down.get() + c.tx_purged.get().saturating_sub(lost),
            tx_errors: c.tx_too_long.get() + c.tx_too_short.get() + lost,
        }
    }
}
