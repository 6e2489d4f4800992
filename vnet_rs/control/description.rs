// SPDX-License-Identifier: GPL-2.0

//! The description that a configfs item has of a port, or of two with a cable between them.
//!
//! An item has the description that was written, and, while the ports live, that of the ports as
//! they are. The latter is read from the ports, so that changes by other means (`ethtool`) show in
//! it. Read next: attribute.rs.

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
        settings::RingSizes,
        wiring::Wiring, //
    }, //
};
use super::{
    attribute::words,
    name::Name,
    parse_error::ParseError,
    value::{
        Field,
        Value, //
    }, //
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
    /// The far end of a port's cable.
    FarEndKind {
        /// A host that answers requests.
        Echo: "echo",
        /// A sink, which drops all frames.
        Sink: "sink",
        /// Another port.
        Peer: "peer",
    }
}

/// The description of a port, or of two.
#[derive(Clone, Copy)]
pub(crate) struct Description {
    pub(crate) far_end: FarEndKind,
    /// The name of the port, or, while there is no port, a pattern for one.
    pub(crate) name: Name,
    /// The name of the port at the other end, if there is one.
    pub(crate) peer_name: Name,
    pub(crate) config: Config,
    /// The directions of the cable: from the port, or from the first of two, and back.
    pub(crate) directions: [Direction; 2],
    /// The cable is plugged in.
    pub(crate) plugged: bool,
    /// The faults of the ports, a bit each.
    pub(crate) faults: u32,
    /// The faults that were written, on or off, for both ends.
    pub(crate) faults_written: u32,
}

/// The words for a [`JitterModel`], in the order of its values.
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
    /// The description of a port as loading the module would make it.
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

    /// The directions in which frames are sent: a sink sends none.
    fn used(&self) -> impl Iterator<Item = &Direction> {
        let back = !matches!(self.far_end, FarEndKind::Sink);
        self.directions.iter().take(1 + usize::from(back))
    }

    /// The lack of room for full frames at full rate, in each direction; where one only is used,
    /// the other is taken to be like it.
    pub(crate) fn lacks(&self) -> [Option<Lack>; 2] {
        let memory = memory::available();
        let mut lacks = self.used().map(|direction| direction.lack(memory));
        let ab = lacks.next().flatten();
        [ab, lacks.next().unwrap_or(ab)]
    }

    /// The most memory that rings and lines take, in bytes, when all ports are up.
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

    /// A new wiring, without ports.
    pub(crate) fn wiring(&self) -> Result<Arc<Wiring<Port>>> {
        let rates = self.directions.map(|direction| direction.pace.rate_kbps);
        match self.far_end {
            FarEndKind::Echo => Wiring::echo(&self.config, rates),
            FarEndKind::Sink => Wiring::sink(rates),
            FarEndKind::Peer => Wiring::pair(rates),
        }
    }

    /// The description of the ports as they are, if any of them lives. The settings of two are
    /// those of the first one.
    pub(crate) fn live(&self, wiring: &Wiring<Port>, rtnl: &Rtnl) -> Option<Self> {
        let [one, other] = [0, 1].map(|end| wiring.registered(end, rtnl));
        let name = |dev: &DeviceRef<Port>| Name::new(dev.name(rtnl));
        let named = |dev: &Option<_>, wanted| dev.as_ref().map_or(wanted, name);
        let (name, peer_name) = (named(&one, self.name), named(&other, self.peer_name));
        let first = one.or(other)?;
        let port = first.driver();
        let sizes = port.settings.sizes();
        Some(Self {
            directions: wiring.cable.directions(rtnl),
            plugged: !wiring.cable.medium.is_unplugged(),
            faults: faults::of_wiring(wiring, rtnl),
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

    /// Gives the ports that live all properties that can be changed at any time: those of the
    /// cable, and the faults. May sleep.
    ///
    /// # Errors
    ///
    /// Those of [`Wiring::set_directions`].
    pub(crate) fn apply(&self, wiring: &Wiring<Port>, rtnl: &Rtnl) -> Result {
        cabling::set_directions(wiring, self.directions, rtnl)?;
        cabling::set_plugged(wiring, self.plugged, rtnl);
        // One end may have faults of its own, which must not become the other's.
        let changed = self.faults_written | self.faults ^ faults::of_wiring(wiring, rtnl);
        let ends = (0..wiring.ends()).filter_map(|end| wiring.registered(end, rtnl));
        for dev in ends {
            if changed != 0 {
                let others = dev.driver().card().faults.bits() & !changed;
                faults::set(&dev, others | self.faults & changed, rtnl);
            }
        }
        Ok(())
    }

    /// Gives a new port at an old cable the faults that were written. May sleep.
    pub(crate) fn apply_faults(&self, wiring: &Wiring<Port>, end: usize, rtnl: &Rtnl) {
        if let Some(dev) = wiring.registered(end, rtnl) {
            faults::set(&dev, self.faults, rtnl);
        }
    }
}
