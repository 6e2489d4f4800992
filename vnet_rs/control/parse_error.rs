// SPDX-License-Identifier: GPL-2.0

//! The errors of a text that is to be a value.

/// The reason for which a text is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParseError {
    /// The text is longer than any value.
    TooLong,
    /// The text is no number, no name, or none of the words.
    Malformed,
    /// The text is a number, but too large or too small.
    OutOfRange,
}
