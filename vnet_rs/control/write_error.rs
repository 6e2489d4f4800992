// SPDX-License-Identifier: GPL-2.0

//! The reasons for which a write into an attribute is refused, as an errno and in words.

use super::{
    parse_error::ParseError,
    table::Attribute, //
};
use kernel::{
    fmt,
    prelude::*, //
};

/// The reason for which a write is refused.
pub(crate) enum WriteError {
    /// The value is not allowed.
    Value(ParseError),
    /// The property is in use.
    InUse,
    /// The attribute cannot be written.
    ReadOnly,
    /// The change has failed.
    Failed(Error),
}

impl From<ParseError> for WriteError {
    fn from(why: ParseError) -> Self {
        Self::Value(why)
    }
}

impl From<WriteError> for Error {
    fn from(why: WriteError) -> Self {
        match why {
            WriteError::Value(ParseError::TooLong) => E2BIG,
            WriteError::Value(ParseError::Malformed) => EINVAL,
            WriteError::Value(ParseError::OutOfRange) => ERANGE,
            WriteError::InUse => EBUSY,
            WriteError::ReadOnly => EPERM,
            WriteError::Failed(error) => error,
        }
    }
}

/// The reason for which a write is refused, in words.
pub(crate) struct Explanation<'a>(pub(crate) &'a Attribute, pub(crate) &'a WriteError);

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            WriteError::Value(_) => self.0.allowed.explain(to),
            WriteError::InUse => {
                to.write_str("must not change while there is a port: power 0 removes it")
            }
            WriteError::ReadOnly => to.write_str("follows from the other attributes"),
            WriteError::Failed(error) if *error == ENOMEM => {
                to.write_str("there is not enough memory: see memory_bytes")
            }
            WriteError::Failed(error) => write!(to, "failed with error {}", error.to_errno()),
        }
    }
}
