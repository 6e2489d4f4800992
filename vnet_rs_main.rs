// SPDX-License-Identifier: GPL-2.0

//! vnet_rs: a network driver for a NIC that does not exist.
//!
//! The crate's root has the module, its parameters, and the loading and unloading. Read next:
//! vnet_rs.rs, the map.

#![crate_name = "vnet_rs"]

use kernel::{
    prelude::*,
    sync::Arc, //
};

mod net;
mod vnet_rs;

use vnet_rs::driver::{
    cabling,
    config::{
        Config,
        PortCounts, //
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
        pairs: i64 {
            default: 0,
            description: "Cables to make with a port at both ends, 0 to 32",
        },
        echo: i64 {
            default: i64::MIN,
            description: "Ports to make with an echo host at the far end, 0 to 64 (1 if nothing else is asked for)",
        },
        sink: i64 {
            default: 0,
            description: "Ports to make with nothing at the far end, 0 to 64",
        },
        ports: i64 {
            default: i64::MIN,
            description: "The same as echo",
        },
        queues: i64 {
            default: 1,
            description: "Queue pairs of a port, 1 to 16, and no more than CPUs",
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
        hops: i64 {
            default: 0,
            description: "Routers on the way to an echo host, 0 to 64",
        },
    },
}

/// The symbols `vnet_rs_start_xmit` and `vnet_rs_poll`, for kprobes.
pub(crate) const NAMED: net::Named<Port> = net::name_trampolines!(Port, "vnet_rs");

/// The trace events, as vnet_rs/trace.h declares them; card/trace.rs has a table of them.
mod events {
    use super::net::{
        trace::About,
        trace_events,
        DropReason,
        SkBuff, //
    };

    trace_events! { vnet_rs:
        post(about: About<'_>, queue: u32, posted: u32, completed: u32, reaped: u32,
             skb: Option<&SkBuff>, len: u32);
        doorbell(about: About<'_>, queue: u32, posted: u32, completed: u32, reaped: u32);
        complete(about: About<'_>, queue: u32, posted: u32, completed: u32, reaped: u32,
                 skb: Option<&SkBuff>, len: u32, at: u64);
        deliver(about: About<'_>, queue: u32, posted: u32, completed: u32, reaped: u32,
                skb: Option<&SkBuff>, len: u32, at: u64);
        interrupt(about: About<'_>, queue: u32, ring: u32, raised: bool,
                  posted: u32, completed: u32, reaped: u32);
        reap(about: About<'_>, queue: u32, posted: u32, completed: u32, reaped: u32,
             skb: Option<&SkBuff>, len: u32);
        drop(about: About<'_>, queue: i32, place: u32, reason: DropReason,
             posted: u32, completed: u32, reaped: u32, skb: Option<&SkBuff>);
    }
}

/// The loaded module.
///
/// Its drop removes the configfs directory, which has no items then (they keep the module loaded),
/// and then unregisters the link kind, with which all ports go. The fields stand in this order.
struct Module {
    #[cfg(has_configfs)]
    _configfs: Pin<KBox<kernel::configfs::Subsystem<vnet_rs::control::configfs::Root>>>,
    _links: Arc<net::LinkOps<Port>>,
}

impl kernel::Module for Module {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        // Parameters are refused before there is anything to undo.
        let config = Config::from_parameters()?;
        let counts = PortCounts::from_parameters()?;

        let links = Arc::new(net::LinkOps::register()?, GFP_KERNEL)?;
        for _ in 0..counts.pairs {
            let (one, other) = Port::pair(&config)?;
            cabling::add_end(&links, one)?;
            cabling::add_end(&links, other)?;
        }
        for _ in 0..counts.echo {
            links.add(Port::echo(&config)?)?;
        }
        for _ in 0..counts.sink {
            links.add(Port::sink(&config)?)?;
        }
        // The directory comes last: once there can be items, loading must not fail any more.
        Ok(Self {
            #[cfg(has_configfs)]
            _configfs: KBox::pin_init(
                vnet_rs::control::configfs::subsystem(links.clone()),
                GFP_KERNEL,
            )?,
            _links: links,
        })
    }
}
