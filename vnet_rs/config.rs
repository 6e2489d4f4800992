// SPDX-License-Identifier: GPL-2.0

//! What a port is made of: the module's parameters, checked.

use core::borrow::Borrow;
use kernel::prelude::*;

/// The largest ring, in descriptors.
pub(crate) const MAX_RING: u32 = 4096;
/// The smallest ring: a queue needs more room to wake than to stop.
const MIN_RING: u32 = 2;
/// The fastest wire, in kbit/s: 400 Gbit/s.
const MAX_RATE: u32 = 400_000_000;
/// The most ports that loading the module makes.
const MAX_PORTS: u32 = 64;

/// The properties of a port.
#[derive(Clone, Copy)]
pub(crate) struct Config {
    /// Descriptors in the transmit ring; a power of two.
    pub(crate) tx_ring: u32,
    /// Descriptors in the receive ring; a power of two.
    pub(crate) rx_ring: u32,
    /// The wire's rate in kbit/s; 0: frames take no time.
    pub(crate) rate_kbps: u32,
}

impl Config {
    /// The properties that the module's parameters ask for.
    ///
    /// # Errors
    ///
    /// `EINVAL`, and a line in the log that says which parameter is wrong, and
    /// what it may be.
    pub(crate) fn from_parameters() -> Result<Self> {
        use crate::module_parameters as given;

        Ok(Self {
            tx_ring: ring("tx_ring", given::tx_ring.value())?,
            rx_ring: ring("rx_ring", given::rx_ring.value())?,
            rate_kbps: number("rate_kbps", given::rate_kbps.value(), MAX_RATE)?,
        })
    }
}

/// How many ports loading the module is to make.
///
/// # Errors
///
/// As [`Config::from_parameters`].
pub(crate) fn ports() -> Result<u32> {
    number("ports", crate::module_parameters::ports.value(), MAX_PORTS)
}

/// A whole number from 0 to `max`.
///
/// A parameter's value is a number in Linux 7.3 and a reference to one in 7.2; both
/// can be borrowed.
fn number(name: &str, value: impl Borrow<i64>, max: u32) -> Result<u32> {
    let value = *value.borrow();
    match u32::try_from(value) {
        Ok(value) if value <= max => Ok(value),
        _ => {
            pr_err!("{}={}: must be from 0 to {}\n", name, value, max);
            Err(EINVAL)
        }
    }
}

/// A number of descriptors.
fn ring(name: &str, value: impl Borrow<i64>) -> Result<u32> {
    let value = *value.borrow();
    match u32::try_from(value) {
        Ok(value) if value.is_power_of_two() && (MIN_RING..=MAX_RING).contains(&value) => Ok(value),
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
