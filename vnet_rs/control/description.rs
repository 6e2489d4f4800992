// SPDX-License-Identifier: GPL-2.0

//! What a configfs item describes: a port, or two with a cable between them.
//!
//! There are two of it: the one that was written, and, while the ports live, the one that
//! they are. The latter is nowhere but in the ports, so that whoever else changes them
//! (`ethtool`) changes what is read here. Read next: attribute.rs.

use super::super::{
    cable::{
        limits::{
            Lack,
            Limits,
            Written, //
        },
        link::{
            JitterModel,
            Link, //
        },
        path,
        wire, //
    },
    driver::{
        cabling,
        config::Config,
        faults,
        port::Port,
        segment::Segment,
        settings::RingSizes, //
    }, //
};
use super::attribute::{
    words,
    Field,
    Name,
    ParseError,
    Value, //
};
use crate::net::{
    memory,
    DeviceRef,
    Driver,
    Rtnl, //
};
use kernel::{
    prelude::*,
    sync::Arc, //
};

words! {
    /// What is at the far end of a port.
    FarEndKind {
        /// A host that answers.
        Echo: "echo",
        /// Nothing.
        Sink: "sink",
        /// Another port.
        Peer: "peer",
    }
}

/// A port, or two.
#[derive(Clone, Copy)]
pub(crate) struct Description {
    pub(crate) far_end: FarEndKind,
    /// What the port is called. There may be a pattern here for as long as there is no port.
    pub(crate) name: Name,
    /// What the port at the other end is called, if there is one.
    pub(crate) peer_name: Name,
    pub(crate) config: Config,
    /// What a frame takes on the wire besides itself, in bytes.
    pub(crate) overhead: u32,
    /// What the link does to frames.
    pub(crate) link: Link,
    /// How much of them it is to hold.
    pub(crate) written: Written,
    /// The cable is plugged in.
    pub(crate) plugged: bool,
    /// What is wrong with the ports, a bit each.
    pub(crate) faults: u32,
    /// Which of these somebody has decided on, for both ends.
    pub(crate) faults_written: u32,
}

/// The words for it, in the order of its values.
pub(crate) const JITTER_MODELS: &[&str] = &["uniform", "normal"];

impl Field for JitterModel {
    fn value(self) -> Value {
        Value::Number(self as u64)
    }

    fn set(&mut self, value: Value) -> Result<(), ParseError> {
        *self = match value {
            Value::Number(0) => Self::Uniform,
            Value::Number(1) => Self::Normal,
            _ => return Err(ParseError::OutOfRange),
        };
        Ok(())
    }
}

impl Description {
    /// A port as loading the module would make it.
    pub(crate) fn new() -> Result<Self> {
        let name = Name::parse(Port::NAME.to_bytes()).map_err(|_| EINVAL)?;
        Ok(Self {
            far_end: FarEndKind::Echo,
            name,
            peer_name: name,
            config: Config::from_parameters()?,
            overhead: wire::OVERHEAD,
            link: Link::PERFECT,
            written: Written::NOTHING,
            plugged: true,
            faults: 0,
            faults_written: 0,
        })
    }

    /// How much of what is on its way the link holds, each way.
    pub(crate) fn limits(&self) -> Limits {
        self.written.limits(&self.link, self.config.rate_kbps)
    }

    /// Whether that is less than is on its way at full rate.
    pub(crate) fn lack(&self) -> Option<Lack> {
        let rate = self.config.rate_kbps;
        self.written.lack(&self.link, rate, memory::available())
    }

    /// The most memory that its rings and lines take, in bytes, when all ports are up.
    pub(crate) fn memory(&self) -> u64 {
        let Config {
            queues,
            tx_ring: tx,
            rx_ring: rx,
            ..
        } = self.config;
        let rings = RingSizes { queues, tx, rx }.memory();
        let line = if self.link.is_perfect() {
            0
        } else {
            path::line_memory(self.limits())
        };
        // An echo host's replies need a line as well.
        let (ports, lines) = match self.far_end {
            FarEndKind::Echo => (1, 2),
            FarEndKind::Sink => (1, 1),
            FarEndKind::Peer => (2, 2),
        };
        let lines = line.saturating_mul(lines);
        rings.saturating_mul(ports).saturating_add(lines)
    }

    /// A new segment, without ports.
    pub(crate) fn segment(&self) -> Result<Arc<Segment<Port>>> {
        match self.far_end {
            FarEndKind::Echo => Segment::echo(&self.config),
            FarEndKind::Sink => Segment::sink(&self.config),
            FarEndKind::Peer => Segment::pair(&self.config),
        }
    }

    /// What has become of it, if any of its ports lives. Of two, the first one counts.
    pub(crate) fn live(&self, segment: &Segment<Port>, rtnl: &Rtnl) -> Option<Self> {
        let [one, other] = [0, 1].map(|end| segment.registered(end, rtnl));
        let name = |dev: &DeviceRef<Port>| Name::new(dev.name(rtnl));
        let named = |dev: &Option<_>, wanted| dev.as_ref().map_or(wanted, name);
        let (name, peer_name) = (named(&one, self.name), named(&other, self.peer_name));
        let first = one.or(other)?;
        let port = first.driver();
        let sizes = port.settings.sizes();
        let (link, written) = segment.cable.link(rtnl);
        Some(Self {
            link,
            written,
            overhead: segment.cable.overhead(),
            plugged: !segment.cable.medium.is_unplugged(),
            faults: faults::of_segment(segment, rtnl),
            faults_written: 0,
            name,
            peer_name,
            config: Config {
                queues: sizes.queues,
                tx_ring: sizes.tx,
                rx_ring: sizes.rx,
                rate_kbps: port.plug.rate_kbps(),
                ..self.config
            },
            ..*self
        })
    }

    /// Gives the ports that live what of it can be changed while they do: all that
    /// belongs to the link.
    ///
    /// # Errors
    ///
    /// `ENODEV` if none lives; those of [`Cable::set_link`](crate::vnet_rs::cable::Cable::set_link).
    pub(crate) fn apply(&self, segment: &Segment<Port>, rtnl: &Rtnl) -> Result {
        let ends = || (0..segment.ends()).filter_map(|end| segment.registered(end, rtnl));
        let first = ends().next().ok_or(ENODEV)?;
        let rate = self.config.rate_kbps;
        segment
            .cable
            .set_link(self.link, self.written, rate, rtnl)?;
        segment.set_overhead(self.overhead, rtnl);
        cabling::set_plugged(segment, self.plugged, rtnl);
        cabling::set_rate(&first, self.config.rate_kbps, rtnl)?;
        // One end may have faults of its own, which are not to become the other's.
        let changed = self.faults_written | self.faults ^ faults::of_segment(segment, rtnl);
        for dev in ends() {
            if changed != 0 {
                let others = dev.driver().card().faults.bits() & !changed;
                faults::set(&dev, others | self.faults & changed, rtnl);
            }
        }
        Ok(())
    }
    /// Gives a new port at an old cable the faults that were written.
    pub(crate) fn apply_faults(&self, segment: &Segment<Port>, end: usize, rtnl: &Rtnl) {
        if let Some(dev) = segment.registered(end, rtnl) {
            faults::set(&dev, self.faults, rtnl);
        }
    }
}
