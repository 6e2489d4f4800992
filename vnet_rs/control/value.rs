// SPDX-License-Identifier: GPL-2.0

//! A value of an attribute, and the fields that can hold one.

use super::super::cable::prefix::Prefix;
use super::{
    name::Name,
    parse_error::ParseError, //
};

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A number, or the index of a word.
    Number(u64),
    /// The name of an interface.
    Name(Name),
    /// A prefix of IPv4 addresses.
    Prefix4(Prefix<4>),
    /// A prefix of IPv6 addresses.
    Prefix6(Prefix<16>),
}

/// A field that keeps the value of an attribute.
pub(crate) trait Field: Copy {
    /// Reads the field.
    fn value(self) -> Value;
    /// Replaces the field by a value that the attribute allows.
    fn set(&mut self, value: Value) -> Result<(), ParseError>;
}

macro_rules! fields_of_numbers {
    ($($number:ty),+) => {
        $(
            impl Field for $number {
                fn value(self) -> Value {
                    Value::Number(u64::from(self))
                }

                fn set(&mut self, value: Value) -> Result<(), ParseError> {
                    *self = <$number>::try_from(value.number()?).map_err(|_| ParseError::OutOfRange)?;
                    Ok(())
                }
            }
        )+
    };
}
fields_of_numbers!(u8, u16, u32, u64);

impl Field for bool {
    fn value(self) -> Value {
        Value::Number(u64::from(self))
    }

    fn set(&mut self, value: Value) -> Result<(), ParseError> {
        *self = value.number()? != 0;
        Ok(())
    }
}

macro_rules! fields_of_their_own {
    ($($kind:ident: $field:ty),+) => {
        $(
            impl Field for $field {
                fn value(self) -> Value {
                    Value::$kind(self)
                }

                fn set(&mut self, value: Value) -> Result<(), ParseError> {
                    let Value::$kind(field) = value else {
                        return Err(ParseError::Malformed);
                    };
                    *self = field;
                    Ok(())
                }
            }
        )+
    };
}
fields_of_their_own!(Name: Name, Prefix4: Prefix<4>, Prefix6: Prefix<16>);

impl Value {
    /// The number of a number or a word.
    pub(crate) fn number(self) -> Result<u64, ParseError> {
        match self {
            Self::Number(number) => Ok(number),
            _ => Err(ParseError::Malformed),
        }
    }
}
