// SPDX-License-Identifier: GPL-2.0

//! The values of attributes, and their parsing and printing.
//!
//! A value is a decimal number or a word. All other text is refused: blanks, signs, fractions, more
//! text behind the value but a newline. This file owns the text and nothing else; configfs.rs, to be read next,
//! has the meaning of the attributes.

use super::super::cable::prefix::Prefix;
use super::{
    name::Name,
    parse_error::ParseError,
    value::Value, //
};
use core::{
    fmt::{
        self,
        Write, //
    },
    net::{
        Ipv4Addr,
        Ipv6Addr, //
    },
    str::{
        self,
        FromStr, //
    }, //
};

/// The longest text of a number or a word: the largest number has 20 digits.
const LONGEST: usize = 20;
/// The longest text of a prefix: an IPv6 address that ends as IPv4's do.
const LONGEST_PREFIX: usize = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128".len();

/// The values that an attribute allows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Allowed {
    /// A number from the first to the second.
    Number(u64, u64),
    /// A number from the first to the second, or 0.
    ZeroOr(u64, u64),
    /// A number from the first to the second, and a power of two.
    PowerOfTwo(u64, u64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// The name of an interface, or a pattern with one `%d`, for the next free number.
    Name,
    /// A prefix of IPv4 addresses, as 192.0.2.0/24.
    Prefix4,
    /// A prefix of IPv6 addresses.
    Prefix6,
}

/// Makes an enum with a word for each of its values, for an attribute.
macro_rules! words {
    (
        $(#[$about:meta])*
        $name:ident {
            $($(#[$about_value:meta])* $value:ident: $word:literal,)+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name {
            $($(#[$about_value])* $value,)+
        }

        impl $name {
            /// The words.
            pub(crate) const ALLOWED: $crate::vnet_rs::control::attribute::Allowed =
                $crate::vnet_rs::control::attribute::Allowed::Word(&[$($word),+]);
        }

        impl $crate::vnet_rs::control::value::Field for $name {
            fn value(self) -> $crate::vnet_rs::control::value::Value {
                $crate::vnet_rs::control::value::Value::Number(self as u64)
            }

            fn set(
                &mut self,
                value: $crate::vnet_rs::control::value::Value,
            ) -> Result<(), $crate::vnet_rs::control::parse_error::ParseError> {
                let number = value.number()?;
                *self = [$(Self::$value),+]
                    .into_iter()
                    .find(|one| *one as u64 == number)
                    .ok_or($crate::vnet_rs::control::parse_error::ParseError::OutOfRange)?;
                Ok(())
            }
        }
    };
}
pub(crate) use words;

/// Parses a number of decimal digits.
fn parse_number(text: &[u8]) -> Result<u64, ParseError> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return Err(ParseError::Malformed);
    }
    text.iter()
        .try_fold(0u64, |sum, digit| {
            sum.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
        })
        .ok_or(ParseError::OutOfRange)
}

/// Parses an address, a slash, and the length of the prefix; all bits behind it must be 0.
fn parse_prefix<A: FromStr, const N: usize>(
    text: &[u8],
    octets: fn(&A) -> [u8; N],
) -> Result<Prefix<N>, ParseError> {
    let mut parts = text.splitn(2, |byte| *byte == b'/');
    let address = parts.next().unwrap_or_default();
    let len = parts.next().ok_or(ParseError::Malformed)?;
    let address = str::from_utf8(address).map_err(|_| ParseError::Malformed)?;
    let address = address.parse().map_err(|_| ParseError::Malformed)?;
    if matches!(len, [b'0', _, ..]) {
        return Err(ParseError::Malformed);
    }
    let len = u8::try_from(parse_number(len)?).map_err(|_| ParseError::OutOfRange)?;
    if usize::from(len) > 8 * N {
        return Err(ParseError::OutOfRange);
    }
    Prefix::new(octets(&address), len).ok_or(ParseError::Malformed)
}

/// Strips a newline at the end of a text.
pub(crate) fn without_newline(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\n").unwrap_or(text)
}

impl Allowed {
    /// Parses a value, which must be allowed.
    pub(crate) fn parse(&self, text: &[u8]) -> Result<Value, ParseError> {
        let text = without_newline(text);
        let longest = match self {
            Self::Prefix4 | Self::Prefix6 => LONGEST_PREFIX,
            _ => LONGEST,
        };
        if text.len() > longest {
            return Err(ParseError::TooLong);
        }
        match *self {
            Self::Name => Name::parse(text).map(Value::Name),
            Self::Prefix4 => parse_prefix(text, Ipv4Addr::octets).map(Value::Prefix4),
            Self::Prefix6 => parse_prefix(text, Ipv6Addr::octets).map(Value::Prefix6),
            Self::Word(words) => words
                .iter()
                .position(|word| word.as_bytes() == text)
                .map(|which| Value::Number(which as u64))
                .ok_or(ParseError::Malformed),
            Self::Number(min, max) | Self::PowerOfTwo(min, max) | Self::ZeroOr(min, max) => {
                let number = parse_number(text)?;
                if matches!(self, Self::ZeroOr(..)) && number == 0 {
                    return Ok(Value::Number(0));
                }
                if !(min..=max).contains(&number) {
                    return Err(ParseError::OutOfRange);
                }
                if matches!(self, Self::PowerOfTwo(..)) && !number.is_power_of_two() {
                    return Err(ParseError::Malformed);
                }
                Ok(Value::Number(number))
            }
        }
    }

    /// Prints a value as it would be parsed, with a newline. Returns the number of bytes; text that
    /// finds no room in `to` is left out.
    pub(crate) fn print(&self, value: Value, to: &mut [u8]) -> usize {
        let mut page = Page { bytes: to, len: 0 };
        // A page does not fail.
        let _ = match (self, value) {
            (_, Value::Name(name)) => page.push(name.as_c_str().to_bytes()),
            (_, Value::Prefix4(prefix)) => {
                let address = Ipv4Addr::from(prefix.address());
                write!(page, "{address}/{}", prefix.len())
            }
            (_, Value::Prefix6(prefix)) => {
                let address = Ipv6Addr::from(prefix.address());
                write!(page, "{address}/{}", prefix.len())
            }
            (Self::Word(words), Value::Number(which)) => {
                let which = usize::try_from(which).unwrap_or(usize::MAX);
                page.write_str(words.get(which).unwrap_or(&""))
            }
            (_, Value::Number(number)) => write!(page, "{number}"),
        };
        let _ = page.push(b"\n");
        page.len
    }

    /// Writes the allowed values in words.
    pub(crate) fn explain(&self, to: &mut dyn Write) -> fmt::Result {
        match self {
            Self::Number(min, max) => write!(to, "must be from {min} to {max}"),
            Self::ZeroOr(min, max) => write!(to, "must be 0, or from {min} to {max}"),
            Self::PowerOfTwo(min, max) => {
                write!(to, "must be a power of two from {min} to {max}")
            }
            Self::Word(words) => {
                to.write_str("must be one of")?;
                words.iter().try_for_each(|word| write!(to, " {word}"))
            }
            Self::Prefix4 => to.write_str(
                "must be an IPv4 prefix such as 192.0.2.0/24, with no bit set behind it",
            ),
            Self::Prefix6 => to.write_str(
                "must be an IPv6 prefix such as 2001:db8::/64, with no bit set behind it",
            ),
            Self::Name => to.write_str(
                "must be an interface name of up to 15 characters, \
                 with one %d for the next free number, or without",
            ),
        }
    }
}

/// The buffer that a value is printed to.
struct Page<'a> {
    bytes: &'a mut [u8],
    len: usize,
}

impl Page<'_> {
    fn push(&mut self, what: &[u8]) -> fmt::Result {
        let room = self.bytes.iter_mut().skip(self.len);
        self.len += room.zip(what).map(|(to, from)| *to = *from).count();
        Ok(())
    }
}

impl Write for Page<'_> {
    fn write_str(&mut self, what: &str) -> fmt::Result {
        self.push(what.as_bytes())
    }
}
