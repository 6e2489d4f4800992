// SPDX-License-Identifier: GPL-2.0

//! The configuration that a port is made with: the module's parameters, checked.

use super::super::{
    cable::{
        prefix::Prefix,
        wire::MAX_RATE, //
    },
    card::counters::MAX_QUEUES,
    ring::cursors::{
        is_ring_size,
        MAX_RING,
        MIN_RING, //
    }, //
};
use core::borrow::Borrow;
use kernel::prelude::*;

/// The most echo ports, and the most sink ports, that loading the module makes.
const MAX_PORTS: u32 = 64;
/// The most cables between two ports that loading the module makes.
const MAX_PAIRS: u32 = 32;
/// The most routers before an echo host.
pub(crate) const MAX_HOPS: u32 = 64;

/// The value of a parameter that was not given.
pub(crate) const NOT_GIVEN: i64 = i64::MIN;

/// The properties of a port.
#[derive(Clone, Copy)]
pub(crate) struct Config {
    /// Queue pairs.
    pub(crate) queues: u32,
    /// Descriptors in each transmit ring; a power of two.
    pub(crate) tx_ring: u32,
    /// Descriptors in each receive ring; a power of two.
    pub(crate) rx_ring: u32,
    /// The rate of both wires in kbit/s; 0: frames take no time.
    pub(crate) rate_kbps: u32,
    /// Routers before the echo host.
    pub(crate) hops: u8,
    /// The IPv4 addresses that the echo host answers for.
    pub(crate) only4: Prefix<4>,
    /// The IPv6 addresses that the echo host answers for.
    pub(crate) only6: Prefix<16>,
}

impl Config {
    /// The properties that the module's parameters ask for.
    ///
    /// # Errors
    ///
    /// `EINVAL`; then the log names the wrong parameter, and its range.
    pub(crate) fn from_parameters() -> Result<Self> {
        use crate::module_parameters as given;

        Ok(Self {
            queues: parameter("queues", given::queues.value(), 1, MAX_QUEUES)?,
            tx_ring: ring_parameter("tx_ring", given::tx_ring.value())?,
            rx_ring: ring_parameter("rx_ring", given::rx_ring.value())?,
            rate_kbps: parameter("rate_kbps", given::rate_kbps.value(), 0, MAX_RATE)?,
            hops: parameter("hops", given::hops.value(), 0, MAX_HOPS)? as u8,
            only4: Prefix::ALL,
            only6: Prefix::ALL,
        })
    }

    /// The rate of each direction of its cable, in kbit/s.
    pub(crate) fn rates(&self) -> [u32; 2] {
        [self.rate_kbps; 2]
    }
}

/// The numbers of ports that loading the module makes.
pub(crate) struct PortCounts {
    /// Cables with a port at both ends.
    pub(crate) pairs: u32,
    /// Ports with an echo host.
    pub(crate) echo: u32,
    /// Ports with nothing at the far end.
    pub(crate) sink: u32,
}

impl PortCounts {
    /// The numbers that the module's parameters ask for, or one echo port.
    ///
    /// # Errors
    ///
    /// As [`Config::from_parameters`].
    pub(crate) fn from_parameters() -> Result<Self> {
        use crate::module_parameters as given;

        let pairs = parameter("pairs", given::pairs.value(), 0, MAX_PAIRS)?;
        let sink = parameter("sink", given::sink.value(), 0, MAX_PORTS)?;
        // `ports` is the older name of `echo`.
        let ports = optional("ports", given::ports.value())?;
        let echo = optional("echo", given::echo.value())?;
        if echo.is_some() && ports.is_some() && echo != ports {
            pr_err!("echo and ports are the same thing: give one of them\n");
            return Err(EINVAL);
        }
        let echo = echo.or(ports);
        Ok(Self {
            pairs,
            echo: echo.unwrap_or(u32::from(pairs == 0 && sink == 0)),
            sink,
        })
    }
}

/// Checks a number of ports that may not be given.
fn optional(name: &str, value: impl Borrow<i64>) -> Result<Option<u32>> {
    match *value.borrow() {
        NOT_GIVEN => Ok(None),
        value => parameter(name, value, 0, MAX_PORTS).map(Some),
    }
}

/// Checks a number, which must be from `min` to `max`.
///
/// A parameter's value is a number in Linux 7.3 and a reference to one in 7.2; both can be
/// borrowed.
fn parameter(name: &str, value: impl Borrow<i64>, min: u32, max: u32) -> Result<u32> {
    let value = *value.borrow();
    match u32::try_from(value) {
        Ok(value) if (min..=max).contains(&value) => Ok(value),
        _ => {
            pr_err!("{}={}: must be from {} to {}\n", name, value, min, max);
            Err(EINVAL)
        }
    }
}

/// Checks a number of descriptors.
fn ring_parameter(name: &str, value: impl Borrow<i64>) -> Result<u32> {
    let value = *value.borrow();
    match u32::try_from(value) {
        Ok(value) if is_ring_size(value) => Ok(value),
        _ => {
            pr_err!(
                "{}={}: must be a power of two from {} to {}\n",
                name,
                value,
                MIN_RING,
                MAX_RING
            );
            Err(EINVAL)
        }
    }
}
