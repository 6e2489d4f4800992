// SPDX-License-Identifier: GPL-2.0

//! A name of an interface, as the kernel takes it.

use super::parse_error::ParseError;
use core::ffi::CStr;

/// The room for the name of an interface, with its zero.
pub(crate) const IFNAMSIZ: usize = 16;

/// The name of an interface, or a pattern for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name([u8; IFNAMSIZ]);

impl Name {
    /// The name in a buffer of the kernel's, with its zero.
    pub(crate) const fn new(bytes: [u8; IFNAMSIZ]) -> Self {
        Self(bytes)
    }

    /// Parses a name that the kernel takes, with no more than one `%d` and no other `%`.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, ParseError> {
        if text.len() >= IFNAMSIZ {
            return Err(ParseError::TooLong);
        }
        // C: `dev_valid_name()`, `isspace()` and `__dev_alloc_name()`.
        let forbidden = |byte: &u8| matches!(byte, 0 | b'/' | b':' | b' ' | 9..=13 | 0xa0);
        let mut percents = text.iter().enumerate().filter(|(_, byte)| **byte == b'%');
        let pattern = match (percents.next(), percents.next()) {
            (None, _) => true,
            (Some((at, _)), None) => text.get(at + 1) == Some(&b'd'),
            (Some(_), Some(_)) => false,
        };
        if matches!(text, b"" | b"." | b"..") || text.iter().any(forbidden) || !pattern {
            return Err(ParseError::Malformed);
        }
        let mut bytes = [0; IFNAMSIZ];
        bytes
            .iter_mut()
            .zip(text)
            .for_each(|(to, from)| *to = *from);
        Ok(Self(bytes))
    }

    /// The name, for C.
    pub(crate) fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.0).unwrap_or_default()
    }
}
