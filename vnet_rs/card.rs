// SPDX-License-Identifier: GPL-2.0

//! A card, and the making of cables with one card or two.
//!
//! ```text
//!   transmitter 0 ==> FIFO ==> receiver 1        a pair
//!   receiver 0    <== FIFO <== transmitter 1
//!
//!   transmitter 0 ==> FIFO ==> echo host         one card alone
//!   receiver 0    <== FIFO <==/
//! ```
//!
//! Each half of a card is an engine of its own: so sending and receiving do not wait for each
//! other, and a change of a card stops its two engines, and no others.

pub(crate) mod addresses;
pub(crate) mod counters;
pub(crate) mod faults;
pub(crate) mod filter;
pub(crate) mod frame;
pub(crate) mod moderation;
pub(crate) mod queues;
pub(crate) mod receiver;
pub(crate) mod registers;
pub(crate) mod rss;
pub(crate) mod rx_rings;
pub(crate) mod send;
pub(crate) mod trace;
pub(crate) mod transmitter;
pub(crate) mod trouble;
pub(crate) mod tx_rings;

use self::{
    receiver::Receiver,
    transmitter::{
        Transmitter,
        TxPlace, //
    },
    tx_rings::Leaving, //
};
use super::cable::Cable;
use super::cable::{
    arrivals::Arrivals,
    counters::EndCounters,
    echo,
    end::End,
    fifo::{
        self,
        Inlet, //
    },
    host::EchoHost,
    medium::Medium,
    path::Path,
    replies::Replies,
    sink::Sink, //
};
use crate::net::{
    Softirq,
    Stopped, //
};
use kernel::{
    prelude::*,
    sync::Arc, //
};

/// The far end of a cable that has one card.
pub(crate) enum FarEnd {
    /// Frames that arrive are dropped.
    Sink,
    /// A host that answers requests.
    Echo(echo::Host),
}

/// A card: the handles of its engines.
#[derive(Clone)]
pub(crate) struct Card {
    pub(crate) tx: Softirq<Transmitter>,
    pub(crate) rx: Softirq<Receiver>,
    /// The engine where frames from this card arrive.
    pub(crate) far: Arc<dyn End>,
    /// The cable's counters for this end. A port that is made anew has new ones.
    pub(crate) counters: EndCounters,
}

/// A card whose engines are stopped: it neither sends nor receives.
pub(crate) struct HeldCard<'a> {
    pub(crate) tx: Stopped<'a, Transmitter>,
    pub(crate) rx: Stopped<'a, Receiver>,
}

impl Card {
    /// Stops both engines until the result is dropped. May sleep.
    pub(crate) fn hold(&self) -> HeldCard<'_> {
        HeldCard {
            tx: self.tx.stop(),
            rx: self.rx.stop(),
        }
    }

    /// Has the transmitter look whether it has a link. A kick would not do: the engine may wait for
    /// a frame to leave the wire. May sleep.
    pub(crate) fn look_for_link(&self) {
        drop(self.tx.stop());
    }

    /// Kicks both engines. Any context.
    pub(crate) fn kick_later(&self) {
        self.tx.kick_later();
        self.rx.kick_later();
    }
}

/// The two halves of a card that is connected with nothing but itself, for the self-test of a card
/// on `medium`. May sleep.
///
/// # Errors
///
/// `ENOMEM`.
pub(crate) fn alone(medium: &Arc<Medium>, end: usize) -> Result<(Transmitter, Receiver)> {
    let (over_cable, inlet) = fifo::new()?;
    let (back, from_back) = fifo::new()?;
    let arrivals = arrivals(medium, 0, 0, inlet, &EndCounters::new()?);
    let mut transmitter = Transmitter::new(over_cable, back, medium.pace(end));
    transmitter.looped = true;
    Ok((transmitter, Receiver::new(arrivals, from_back)))
}

/// The arrivals of frames that were sent at the end `sender`. `direction` selects the stream of
/// random numbers for their fates.
fn arrivals(
    medium: &Arc<Medium>,
    sender: usize,
    direction: u32,
    inlet: Inlet,
    counters: &EndCounters,
) -> Arrivals {
    let counters = counters.out.clone();
    Arrivals::new(
        inlet,
        Path::new(direction),
        medium.clone(),
        sender,
        counters,
    )
}

/// An end of a cable, for the engine that sends to it.
fn as_end(end: impl End + 'static) -> Result<Arc<dyn End>> {
    let end: Arc<dyn End> = Arc::new(end, GFP_KERNEL)?;
    Ok(end)
}

/// Makes a cable with a card at one end, and with these rates of the directions, in kbit/s. May sleep.
///
/// # Errors
///
/// `ENOMEM`.
pub(crate) fn single(rates: [u32; 2], far_end: FarEnd) -> Result<(Cable, KVec<Card>)> {
    let medium = Arc::new(Medium::new(rates, false), GFP_KERNEL)?;
    let counters = EndCounters::new()?;
    let (over_cable, inlet) = fifo::new()?;
    let (replies, from_host) = fifo::new()?;
    let (back, from_back) = fifo::new()?;
    let path = Path::new(2);
    let from_host = Arrivals::new(from_host, path, medium.clone(), 1, counters.back.clone());
    let rx = Softirq::new(Receiver::new(from_host, from_back), ())?;
    let own = as_end(rx.clone())?;

    let sent = arrivals(&medium, 0, 0, inlet, &counters);
    let (far, back_end, skb) = match far_end {
        FarEnd::Sink => {
            let sink = Softirq::new(Sink::new(sent), ())?;
            (as_end(sink)?, None, Leaving::Stays)
        }
        FarEnd::Echo(host) => {
            let echo = counters.echo.clone();
            let replies = Replies::new(replies, medium.clone(), echo.clone())?;
            let host = EchoHost::new(host, sent, replies, echo);
            let host = Softirq::new(host, own.clone())?;
            (as_end(host)?, Some(own), Leaving::Shared)
        }
    };
    let ends = [Some(far.clone()), back_end];
    let place = TxPlace::new(medium.clone(), 0, far.clone(), skb, rx.clone());
    let tx = Softirq::new(Transmitter::new(over_cable, back, medium.pace(0)), place)?;
    let mut cards = KVec::new();
    let card = Card {
        tx,
        rx,
        far,
        counters,
    };
    cards.push(card, GFP_KERNEL)?;
    Ok((Cable::new(medium, ends), cards))
}

/// Makes a cable with a card at each end, and with these rates of the directions, in kbit/s. May sleep.
///
/// # Errors
///
/// `ENOMEM`.
pub(crate) fn pair(rates: [u32; 2]) -> Result<(Cable, KVec<Card>)> {
    let medium = Arc::new(Medium::new(rates, true), GFP_KERNEL)?;
    let counters = [EndCounters::new()?, EndCounters::new()?];
    let [(out0, in1), (out1, in0)] = [fifo::new()?, fifo::new()?];
    let [(back0, from_back0), (back1, from_back1)] = [fifo::new()?, fifo::new()?];
    let [own0, own1] = &counters;
    let rx0 = Receiver::new(arrivals(&medium, 1, 1, in0, own1), from_back0);
    let rx1 = Receiver::new(arrivals(&medium, 0, 0, in1, own0), from_back1);
    let [rx0, rx1] = [Softirq::new(rx0, ())?, Softirq::new(rx1, ())?];

    let mut cards = KVec::new();
    let parts = [(out0, back0, &rx0, &rx1), (out1, back1, &rx1, &rx0)];
    for (end, ((out, back, rx, far), counters)) in parts.into_iter().zip(counters).enumerate() {
        let far = as_end(far.clone())?;
        let place = TxPlace::new(medium.clone(), end, far.clone(), Leaving::Taken, rx.clone());
        let card = Card {
            tx: Softirq::new(Transmitter::new(out, back, medium.pace(end)), place)?,
            rx: rx.clone(),
            far,
            counters,
        };
        cards.push(card, GFP_KERNEL)?;
    }
    let ends = [Some(as_end(rx1)?), Some(as_end(rx0)?)];
    Ok((Cable::new(medium, ends), cards))
}
