// SPDX-License-Identifier: GPL-2.0

//! dummy_rs: drivers/net/dummy.c in Rust, a device to point a route through.
//!
//! The driver counts, stamps and frees every frame. This is the smallest driver on the net/ layer:
//! the core answers for all operations that are not here, as it does for the one in C. Read next:
//! ring_rs.rs, with a ring and interrupts.

use kernel::prelude::*;

// The layer is one folder up, and compiled into each module that uses it.
#[path = ".."]
mod layer {
    pub(crate) mod net;
}

use layer::net::{
    Device,
    Driver,
    Features,
    LinkOps,
    Parts,
    Rtnl,
    RxMode,
    SkBuff,
    TxBusy,
    TxContext, //
};

module! {
    type: Module,
    name: "dummy_rs",
    authors: ["The vnet_rs founders"],
    description: "A network device that discards what it is to send",
    license: "GPL",
    alias: ["rtnl-link-dummy_rs"],
    params: {
        numdummies: u32 {
            default: 1,
            description: "Devices to make",
        },
    },
}

/// The loaded module. Its drop unregisters the link kind, with which all devices go.
struct Module {
    _links: LinkOps<Dummy>,
}

impl kernel::Module for Module {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let links = LinkOps::register()?;
        for _ in 0..module_parameters::numdummies.value() {
            links.add(Dummy::new()?)?;
        }
        Ok(Self { _links: links })
    }
}

/// A device, which has no data.
struct Dummy;

impl Parts for Dummy {
    type Tx = ();
    type Poll = ();
    type Up = ();
}

#[vtable]
impl Driver for Dummy {
    type Rings = ();
    type Ethtool = ();

    const KIND: &'static CStr = c"dummy_rs";
    const NAME: &'static CStr = c"dummy_rs%d";
    const MIN_MTU: u32 = 0;
    const MAX_MTU: u32 = 0;
    const FEATURES: Features = Features::SG.and(Features::TX_CSUM).and(Features::ALL_GSO);
    const NOARP: bool = true;

    fn new() -> Result<impl Init<Self, Error>> {
        Ok(Ok(Self))
    }

    fn start_xmit(
        _dev: &Device<Self>,
        tx: &mut TxContext<'_, Self>,
        skb: SkBuff,
    ) -> Result<(), TxBusy> {
        tx.count(skb.len());
        skb.tx_timestamp(tx);
        skb.consume();
        Ok(())
    }

    /// Accepts all groups.
    fn set_rx_mode(_dev: &Device<Self>, _mode: RxMode<'_, Self>) {}

    fn change_carrier(dev: &Device<Self>, on: bool, rtnl: &Rtnl) -> Result {
        dev.set_carrier(on, rtnl);
        Ok(())
    }
}
