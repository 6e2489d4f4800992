// SPDX-License-Identifier: GPL-2.0

//! vnet_rs: a network driver for a NIC that does not exist.
//!
//! This is the crate's root: the module, its parameters, and what loading does.
//! Read next: vnet_rs.rs, the map.

#![crate_name = "vnet_rs"]

use kernel::prelude::*;

mod net;
mod vnet_rs;

use vnet_rs::{
    config::{
        self,
        Config, //
    },
    port::Port, //
};

module! {
    type: Module,
    name: "vnet_rs",
    authors: ["The vnet_rs founders"],
    description: "A NIC that does not exist, with a driver to read",
    license: "GPL",
    alias: ["rtnl-link-vnet"],
    params: {
        ports: i64 {
            default: 1,
            description: "Ports to make, 0 to 64",
        },
        tx_ring: i64 {
            default: 256,
            description: "Descriptors in the transmit ring, a power of two from 2 to 4096",
        },
        rx_ring: i64 {
            default: 256,
            description: "Descriptors in the receive ring, a power of two from 2 to 4096",
        },
        rate_kbps: i64 {
            default: 1000000,
            description: "The wire's rate in kbit/s, up to 400000000; 0: frames take no time",
        },
    },
}

net::name_trampolines!(Port, "vnet_rs_start_xmit", "vnet_rs_poll");

/// The loaded module. Dropping it unregisters the link kind, and with it go all
/// ports.
struct Module {
    _links: net::LinkOps<Port>,
}

impl kernel::Module for Module {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        // Complain about parameters before there is anything to undo.
        Config::from_parameters()?;
        let ports = config::ports()?;

        let links = net::LinkOps::register()?;
        for _ in 0..ports {
            links.add()?;
        }
        Ok(Self { _links: links })
    }
}
