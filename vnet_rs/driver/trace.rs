// SPDX-License-Identifier: GPL-2.0

//! The trace events of the driver: see card/trace.rs, which lists them all.

use super::super::{
    card::frame::Frame,
    ring::queue::{
        Poster,
        Reaper, //
    }, //
};
use super::port::Port;
use crate::{
    events,
    net::Device, //
};

/// Traces a post, just before it: a posted frame is the card's.
#[inline(always)]
pub(crate) fn post(dev: &Device<Port>, queue: u32, ring: &Poster<Frame>, frame: &Frame) {
    if events::post::is_on() {
        let [posted, completed, reaped] = ring.positions();
        let (skb, len) = (frame.skb.as_ref(), frame.len);
        events::post::emit((dev.into(), queue, posted, completed, reaped, skb, len));
    }
}

/// Traces a doorbell, when the tail has been published.
#[inline(always)]
pub(crate) fn doorbell(dev: &Device<Port>, queue: u32, ring: &Poster<Frame>) {
    if events::doorbell::is_on() {
        let [posted, completed, reaped] = ring.positions();
        events::doorbell::emit((dev.into(), queue, posted, completed, reaped));
    }
}

/// Traces a frame that has been reaped.
#[inline(always)]
pub(crate) fn reap(dev: &Device<Port>, queue: u32, ring: &Reaper<Frame>, frame: &Frame) {
    if events::reap::is_on() {
        let [posted, completed, next] = ring.positions();
        let (reaped, skb, len) = (next.wrapping_sub(1), frame.skb.as_ref(), frame.len);
        events::reap::emit((dev.into(), queue, posted, completed, reaped, skb, len));
    }
}
