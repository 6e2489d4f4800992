// SPDX-License-Identifier: GPL-2.0

//! An attribute of an item, and the effect of writing to it; configfs.rs has the table of them.

use super::super::cable::direction::Direction;
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
    /// It says how the cable behaves, from the next frame on.
    Live(Accessor),
    /// The same of a direction, or of both alike.
    Direction(DirectionAccessor),
}

/// Where an attribute stands in a [`Direction`].
pub(crate) struct DirectionAccessor {
    pub(crate) get: fn(&Direction) -> Value,
    pub(crate) set: fn(&mut Direction, Value) -> Result<(), ParseError>,
}

/// Where an attribute stands in the [`Description`].
pub(crate) struct Accessor {
    pub(crate) get: fn(&Description) -> Value,
    pub(crate) set: fn(&mut Description, Value) -> Result<(), ParseError>,
}
