// SPDX-License-Identifier: GPL-2.0

//! An attribute of an item, and the effect of writing to it; configfs.rs has the table of them.

use super::super::cable::direction::Direction;
use super::{
    attribute::Allowed,
    description::Description,
    parse_error::ParseError,
    value::Value, //
};

/// An attribute.
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) allowed: Allowed,
    pub(crate) effect: Effect,
}

/// The effect of writing to an attribute.
pub(crate) enum Effect {
    /// The ports are made or removed.
    Power,
    /// A write is refused: the value follows from the others.
    Follows(fn(&Description) -> u64),
    /// The next `power` makes the ports that way. Fixed while any port lives.
    Structure(Accessor),
    /// The port at an end of the cable gets this name. Fixed while that port lives.
    Name(usize, Accessor),
    /// The cable or the ports change at once.
    Live(Accessor),
    /// A direction changes at once, or both do.
    Direction(DirectionAccessor),
}

/// The access to an attribute in a [`Direction`].
pub(crate) struct DirectionAccessor {
    pub(crate) get: fn(&Direction) -> Value,
    pub(crate) set: fn(&mut Direction, Value) -> Result<(), ParseError>,
}

/// The access to an attribute in the [`Description`].
pub(crate) struct Accessor {
    pub(crate) get: fn(&Description) -> Value,
    pub(crate) set: fn(&mut Description, Value) -> Result<(), ParseError>,
}
