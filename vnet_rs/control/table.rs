// SPDX-License-Identifier: GPL-2.0

//! An attribute of an item, and the effect of writing to it; configfs.rs has the table of them.

use super::{
    attribute::{
        Allowed,
        ParseError,
        Value, //
    },
    description::Description, //
};

/// An attribute.
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) allowed: Allowed,
    pub(crate) effect: Effect,
}

/// The effect of writing to an attribute.
pub(crate) enum Effect {
    /// The ports come and go.
    Power,
    /// Nothing: it follows from the others.
    Follows(fn(&Description) -> u64),
    /// It says what is made then. Fixed while any port lives.
    Structure(Accessor),
    /// It is the name of the port at an end of the cable. Fixed while that port lives.
    Name(usize, Accessor),
    /// It says how the link behaves, for the next frame on.
    Live(Accessor),
}

/// Where an attribute stands in the [`Description`].
pub(crate) struct Accessor {
    pub(crate) get: fn(&Description) -> Value,
    pub(crate) set: fn(&mut Description, Value) -> Result<(), ParseError>,
}
