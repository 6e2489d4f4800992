// SPDX-License-Identifier: GPL-2.0

//! The kinds of attributes that an item has; configfs.rs has the table of them.

use super::{
    attribute::{
        Allowed,
        Refusal,
        Value, //
    },
    description::Description, //
};

/// An attribute.
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) allowed: Allowed,
    pub(crate) kind: Kind,
}

/// The effect of writing to an attribute.
pub(crate) enum Kind {
    /// The ports come and go.
    Power,
    /// Nothing: it follows from the others.
    Follows(fn(&Description) -> u64),
    /// It says what is made then. Fixed while any port lives.
    Structure(Place),
    /// It is the name of the port at an end of the cable. Fixed while that port lives.
    Name(usize, Place),
    /// It says how the link behaves, for the next frame on.
    Live(Place),
}

/// Where an attribute stands in the [`Description`].
pub(crate) struct Place {
    pub(crate) get: fn(&Description) -> Value,
    pub(crate) set: fn(&mut Description, Value) -> Result<(), Refusal>,
}
