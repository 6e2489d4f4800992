// SPDX-License-Identifier: GPL-2.0

//! net_kunit: the KUnit suites of the net/ layer, as a module of their own.
//!
//! To load it is to run them; net/kunit.rs has what they are. It is that layer without
//! the driver, which neither needs to be loaded nor minds if it is.

#![crate_name = "net_kunit"]

use kernel::prelude::*;

mod net;

module! {
    type: Module,
    name: "net_kunit",
    authors: ["The vnet_rs founders"],
    description: "KUnit suites of the net/ layer of vnet_rs",
    license: "GPL",
}

/// There is nothing to set up: KUnit runs what it finds in the module.
struct Module;

impl kernel::Module for Module {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(Self)
    }
}
