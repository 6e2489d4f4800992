// SPDX-License-Identifier: GPL-2.0

//! What a configfs item describes: a port, or two with a cable between them.
//!
//! There are two of it: the one that was written, and, while the ports live, the one that
//! they are. The latter is nowhere but in the ports, so that whoever else changes them
//! (`ethtool`) changes what is read here. Read next: attribute.rs.

use super::super::{
    cable::{
        direction::Direction,
        limits::Lack,
        link::JitterModel,
        path, //
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
    /// The directions of the cable: from the port, or from the first of two, and back.
    pub(crate) directions: [Direction; 2],
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
        let config = Config::from_parameters()?;
        Ok(Self {
            far_end: FarEndKind::Echo,
            name,
            peer_name: name,
            config,
            directions: config.rates().map(Direction::new),
            plugged: true,
            faults: 0,
            faults_written: 0,
        })
    }

    /// The directions in which frames are sent: none are from a sink.
    fn used(&self) -> impl Iterator<Item = &Direction> {
        let back = !matches!(self.far_end, FarEndKind::Sink);
        self.directions.iter().take(1 + usize::from(back))
    }

    /// The lack of room for full frames at full rate, in each direction; where one only is used, the
    /// other is taken to be like it.
    pub(crate) fn lacks(&self) -> [Option<Lack>; 2] {
        let memory = memory::available();
        let mut lacks = self.used().map(|direction| direction.lack(memory));
        let ab = lacks.next().flatten();
        [ab, lacks.next().unwrap_or(ab)]
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
        let ports = match self.far_end {
            FarEndKind::Echo | FarEndKind::Sink => 1,
            FarEndKind::Peer => 2,
        };
        let lines = self.used().filter(|direction| !direction.link.is_perfect());
        let lines = lines.map(|direction| path::line_memory(direction.limits()));
        lines.fold(rings.saturating_mul(ports), u64::saturating_add)
    }

    /// A new segment, without ports.
    pub(crate) fn segment(&self) -> Result<Arc<Segment<Port>>> {
        let rates = self.directions.map(|direction| direction.pace.rate_kbps);
        match self.far_end {
            FarEndKind::Echo => Segment::echo(&self.config, rates),
            FarEndKind::Sink => Segment::sink(rates),
            FarEndKind::Peer => Segment::pair(rates),
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
        Some(Self {
            directions: segment.cable.directions(rtnl),
            plugged: !segment.cable.medium.is_unplugged(),
            faults: faults::of_segment(segment, rtnl),
            faults_written: 0,
            name,
            peer_name,
            config: Config {
                queues: sizes.queues,
                tx_ring: sizes.tx,
                rx_ring: sizes.rx,
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
    /// Those of [`Segment::set_directions`].
    pub(crate) fn apply(&self, segment: &Segment<Port>, rtnl: &Rtnl) -> Result {
        cabling::set_directions(segment, self.directions, rtnl)?;
        cabling::set_plugged(segment, self.plugged, rtnl);
        // One end may have faults of its own, which are not to become the other's.
        let changed = self.faults_written | self.faults ^ faults::of_segment(segment, rtnl);
        let ends = (0..segment.ends()).filter_map(|end| segment.registered(end, rtnl));
        for dev in ends {
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
