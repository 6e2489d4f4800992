// SPDX-License-Identifier: GPL-2.0

//! What is written into attributes: a byte that says which sort of value is allowed, and a text. It
//! must be taken or refused as a second reader does who uses the standard library; and what is
//! taken must come back as it is printed, on pages of every size.

#![no_main]

#[path = "../input.rs"]
mod input;
#[allow(dead_code)]
#[path = "../../../vnet_rs"]
mod vnet_rs {
    pub(crate) mod cable {
        pub(crate) mod prefix;
    }
    pub(crate) mod control {
        pub(crate) mod attribute;
        pub(crate) mod name;
        pub(crate) mod parse_error;
        pub(crate) mod value;
    }
}

use std::{
    net::{
        Ipv4Addr,
        Ipv6Addr, //
    },
    num::IntErrorKind,
    str::FromStr, //
};
use vnet_rs::{
    cable::prefix::Prefix,
    control::{
        attribute::{
            words,
            Allowed, //
        },
        name::Name,
        parse_error::ParseError,
        value::{
            Field,
            Value, //
        }, //
    }, //
};

words! {
    FarEndKind {
        Echo: "echo",
        Sink: "sink",
        Peer: "peer",
    }
}

/// As vnet_rs/configfs.rs has them.
const ALLOWED: [Allowed; 13] = [
    Allowed::Number(0, 1),
    Allowed::Number(1, 16),
    Allowed::Number(0, 64),
    Allowed::Number(0, 1_000_000),
    Allowed::Number(0, 10_000_000_000),
    Allowed::Number(0, u64::MAX),
    Allowed::PowerOfTwo(2, 4096),
    Allowed::Name,
    FarEndKind::ALLOWED,
    Allowed::Word(&["uniform", "normal"]),
    Allowed::ZeroOr(1 << 17, 1 << 32),
    Allowed::Prefix4,
    Allowed::Prefix6,
];

/// What the text means, or why it does not.
fn expected(allowed: &Allowed, text: &[u8]) -> Result<Value, ParseError> {
    let text = match text {
        [text @ .., b'\n'] => text,
        _ => text,
    };
    let longest = match allowed {
        Allowed::Name if text.len() <= 20 => 15,
        Allowed::Prefix4 | Allowed::Prefix6 => 49,
        _ => 20,
    };
    if text.len() > longest {
        return Err(ParseError::TooLong);
    }
    match *allowed {
        Allowed::Number(min, max) => number(text, min, max).map(Value::Number),
        Allowed::PowerOfTwo(min, max) => match number(text, min, max)? {
            number if number.count_ones() == 1 => Ok(Value::Number(number)),
            _ => Err(ParseError::Malformed),
        },
        Allowed::Word(words) => {
            let words = (0..).zip(words);
            let mut found = words.filter(|(_, word)| **word == String::from_utf8_lossy(text));
            let (place, _) = found.next().ok_or(ParseError::Malformed)?;
            Ok(Value::Number(place))
        }
        Allowed::ZeroOr(min, max) => match number(text, 0, max)? {
            number if number == 0 || number >= min => Ok(Value::Number(number)),
            _ => Err(ParseError::OutOfRange),
        },
        Allowed::Prefix4 => {
            let (address, len) = prefix::<Ipv4Addr>(text, 32)?;
            let ends = u64::from(address.to_bits()) << len & u64::from(u32::MAX);
            let found = Prefix::new(address.octets(), len).filter(|_| ends == 0);
            found.map(Value::Prefix4).ok_or(ParseError::Malformed)
        }
        Allowed::Prefix6 => {
            let (address, len) = prefix::<Ipv6Addr>(text, 128)?;
            let ends = address.to_bits().checked_shl(u32::from(len));
            let found = Prefix::new(address.octets(), len).filter(|_| ends.unwrap_or(0) == 0);
            found.map(Value::Prefix6).ok_or(ParseError::Malformed)
        }
        Allowed::Name => name(text),
    }
}

/// An address and the number behind it.
fn prefix<A: FromStr>(text: &[u8], longest: u64) -> Result<(A, u8), ParseError> {
    let text = std::str::from_utf8(text).map_err(|_| ParseError::Malformed)?;
    let (address, len) = text.split_once('/').ok_or(ParseError::Malformed)?;
    let address = address.parse().map_err(|_| ParseError::Malformed)?;
    if len.len() > 1 && len.starts_with('0') {
        return Err(ParseError::Malformed);
    }
    Ok((address, number(len.as_bytes(), 0, longest)? as u8))
}

fn number(text: &[u8], min: u64, max: u64) -> Result<u64, ParseError> {
    let text = std::str::from_utf8(text).map_err(|_| ParseError::Malformed)?;
    // It would take a plus, too, and see that a number is too long before it sees what is behind.
    if text.contains(|digit: char| !digit.is_ascii_digit()) {
        return Err(ParseError::Malformed);
    }
    let number = text.parse::<u128>().map_err(|error| match error.kind() {
        IntErrorKind::PosOverflow => ParseError::OutOfRange,
        _ => ParseError::Malformed,
    })?;
    match u64::try_from(number) {
        Ok(number) if min <= number && number <= max => Ok(number),
        _ => Err(ParseError::OutOfRange),
    }
}

/// The kernel's rule, character by character.
fn name(text: &[u8]) -> Result<Value, ParseError> {
    let spaces = [9, 10, 11, 12, 13, 32, 0xa0];
    let mut percents = 0;
    for (at, byte) in text.iter().enumerate() {
        if *byte == b'%' {
            percents += if text.get(at + 1) == Some(&b'd') {
                1
            } else {
                2
            };
        }
        if spaces.contains(byte) || b"\0/:".contains(byte) {
            return Err(ParseError::Malformed);
        }
    }
    if percents > 1 || text.is_empty() || text == b"." || text == b".." {
        return Err(ParseError::Malformed);
    }
    let mut bytes = [0; 16];
    bytes[..text.len()].copy_from_slice(text);
    Ok(Value::Name(Name::new(bytes)))
}

/// What is printed on a page of `room` bytes.
fn printed(allowed: &Allowed, value: Value, room: usize) -> Vec<u8> {
    let mut page = vec![0xa5; room + 8];
    let len = allowed.print(value, &mut page[..room]);
    assert!(len <= room);
    assert!(page[len..].iter().all(|&byte| byte == 0xa5));
    page.truncate(len);
    page
}

/// A value comes back from whatever it is printed on, and from every field that has room for it.
fn check_value(allowed: &Allowed, value: Value) {
    let whole = printed(allowed, value, 64);
    assert_eq!(allowed.parse(&whole), Ok(value));
    for room in 0..whole.len() {
        assert_eq!(printed(allowed, value, room), whole[..room]);
    }
    check_field(0u8, value, u8::MAX.into());
    check_field(0u16, value, u16::MAX.into());
    check_field(0u32, value, u32::MAX.into());
    check_field(0u64, value, u64::MAX);
    check_field(FarEndKind::Echo, value, 2);
    let (mut four, mut six) = (Prefix::<4>::ALL, Prefix::<16>::ALL);
    assert_eq!(four.set(value).is_ok(), matches!(value, Value::Prefix4(_)));
    assert_eq!(six.set(value).is_ok(), matches!(value, Value::Prefix6(_)));
    assert!(
        value == four.value() || value == six.value() || (four, six) == (Prefix::ALL, Prefix::ALL)
    );
    if let Value::Name(name) = value {
        let mut field = Name::new([0; 16]);
        assert_eq!(field.set(value), Ok(()));
        assert_eq!(field, name);
        assert_eq!(name.as_c_str().to_bytes(), &whole[..whole.len() - 1]);
    }
}

/// A field for numbers up to `max` takes those, keeps what it has had otherwise.
fn check_field(mut field: impl Field, value: Value, max: u64) {
    let before = field.value();
    let (result, after) = match value {
        Value::Number(number) if number <= max => (Ok(()), value),
        Value::Number(_) => (Err(ParseError::OutOfRange), before),
        _ => (Err(ParseError::Malformed), before),
    };
    assert_eq!(field.set(value), result);
    assert_eq!(field.value(), after);
}

input::fuzz_target!(|data: &[u8]| {
    if let Some((which, text)) = data.split_first() {
        let allowed = &ALLOWED[usize::from(*which) % ALLOWED.len()];
        let value = allowed.parse(text);
        assert_eq!(value, expected(allowed, text), "{text:?} by {allowed:?}");
        match value {
            Ok(value) => check_value(allowed, value),
            Err(_) => allowed.explain(&mut String::new()).unwrap(),
        }
    }
});
