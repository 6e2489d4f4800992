// SPDX-License-Identifier: GPL-2.0

//! Faults that are not tied to a frame: an interrupt storm, a carrier that flaps. See faults.rs.

use super::{
    faults::{
        Fault,
        FLAP_NS,
        STORM_NS, //
    },
    moderation::earlier,
    transmitter::{
        Transmitter,
        TxPlace, //
    }, //
};

impl Transmitter {
    /// Injects the faults that are not tied to a frame. Returns when to call this again, in ns.
    #[cold]
    pub(crate) fn go_wrong(&self, place: &TxPlace, now: u64) -> Option<u64> {
        let rings = self.rings.as_ref()?;
        let (lines, faults) = (&rings.board.lines, &rings.board.registers.faults);
        let storm = faults.has(Fault::StormInterrupts).then(|| {
            for (queue, _) in (0..).zip(&rings.queues.all) {
                lines.raise(queue);
            }
            now.saturating_add(STORM_NS)
        });
        if !faults.has(Fault::FlapCarrier) {
            return storm;
        }
        let half = now / FLAP_NS;
        if place.medium.set_cut(place.end, half % 2 == 0, now) {
            lines.raise_link();
            // Both receivers must look: a cut loses the frames on the cable.
            place.far.kick_later();
            place.own.kick_later();
        }
        earlier(storm, Some((half + 1).saturating_mul(FLAP_NS)))
    }
}
