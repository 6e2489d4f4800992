// SPDX-License-Identifier: GPL-2.0

//! What may be written into an attribute, and what may not.

use crate::vnet_rs::{
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
use proptest::prelude::*;

const NUMBER: Allowed = Allowed::Number(2, 400);
const RING: Allowed = Allowed::PowerOfTwo(2, 4096);
const WORD: Allowed = FarEndKind::ALLOWED;
const ANY: Allowed = Allowed::Number(0, u64::MAX);

words! {
    FarEndKind {
        Echo: "echo",
        Sink: "sink",
        Peer: "peer",
    }
}

/// What a text is refused for, by each that could have read it.
fn refused(allowed: &[Allowed], texts: &[&str], why: ParseError) {
    for text in texts {
        for one in allowed {
            assert_eq!(one.parse(text.as_bytes()), Err(why), "{text:?} by {one:?}");
        }
    }
}

fn printed(allowed: Allowed, value: Value) -> String {
    let mut page = [0; 64];
    let len = allowed.print(value, &mut page);
    String::from_utf8(page[..len].to_vec()).unwrap()
}

fn explained(allowed: Allowed) -> String {
    let mut text = String::new();
    allowed.explain(&mut text).unwrap();
    text
}

#[test]
fn what_is_no_number_is_refused() {
    let texts = [
        "", "\n", "\n\n", " ", "3 ", " 3", "3\n\n", "3\n4", "-3", "+3", "0x10", "3.0", "1e3", "3k",
        "three", "3\0", "\u{663}", "3,000",
    ];
    refused(&[NUMBER, RING, ANY], &texts, ParseError::Malformed);
}

#[test]
fn numbers_out_of_range_are_refused() {
    refused(&[NUMBER, RING], &["0", "1"], ParseError::OutOfRange);
    refused(&[NUMBER], &["401", "1000000"], ParseError::OutOfRange);
    refused(&[RING], &["8192", "4097"], ParseError::OutOfRange);
    refused(&[RING], &["3", "100", "4095"], ParseError::Malformed);
    refused(
        &[NUMBER, RING, ANY],
        &["18446744073709551616", "99999999999999999999"],
        ParseError::OutOfRange,
    );
}

#[test]
fn zero_or_a_number_is_nothing_else() {
    let limit = Allowed::ZeroOr(100, 200);
    refused(&[limit], &["1", "99", "201"], ParseError::OutOfRange);
    refused(
        &[limit],
        &["", "-0", "+0", "0x0", "0 "],
        ParseError::Malformed,
    );
    for (text, number) in [("0", 0), ("00\n", 0), ("100", 100), ("200\n", 200)] {
        assert_eq!(limit.parse(text.as_bytes()), Ok(Value::Number(number)));
    }
    assert_eq!(printed(limit, Value::Number(0)), "0\n");
    assert_eq!(explained(limit), "must be 0, or from 100 to 200");
}

#[test]
fn what_is_no_prefix_is_refused() {
    let neither = [
        "",
        "/",
        "0",
        "/0",
        "0/0",
        "24",
        "any",
        "192.0.2.0",
        "192.0.2/24",
        "192.0.2.0/",
        "192.0.2.0/-1",
        "192.0.2.0/+8",
        "192.0.2.0/024",
        "192.0.2.0/00",
        "192.0.2.0/ 24",
        " 192.0.2.0/24",
        "192.0.2.0/24 ",
        "192.0.2.0/24/24",
        "192.0.02.0/24",
        "192.0.2.256/32",
        "1.2.3.4.5/32",
        "192.0.2.0/255.255.255.0",
        "::",
        "2001:db8::",
        "2001:db8::/",
        "2001:db8:::/64",
        "1::2::/128",
        "fe80::%1/128",
        "12345::/16",
        "[::]/0",
        "::/0x0",
    ];
    refused(
        &[Allowed::Prefix4, Allowed::Prefix6],
        &neither,
        ParseError::Malformed,
    );
    refused(
        &[Allowed::Prefix4],
        &["::/0", "2001:db8::/32"],
        ParseError::Malformed,
    );
    refused(
        &[Allowed::Prefix6],
        &["0.0.0.0/0", "192.0.2.0/24"],
        ParseError::Malformed,
    );
    // Behind the prefix something is left.
    let left = ["192.0.2.1/24", "192.0.2.1/31", "0.0.0.1/0", "128.0.0.0/0"];
    refused(&[Allowed::Prefix4], &left, ParseError::Malformed);
    let left = [
        "2001:db8::1/64",
        "::1/127",
        "::1/0",
        "8000::/0",
        "2001:db8::/28",
    ];
    refused(&[Allowed::Prefix6], &left, ParseError::Malformed);
    refused(
        &[Allowed::Prefix4],
        &["0.0.0.0/33", "192.0.2.0/256"],
        ParseError::OutOfRange,
    );
    refused(
        &[Allowed::Prefix6],
        &["::/129", "::/18446744073709551616"],
        ParseError::OutOfRange,
    );
    let long = "0000:0000:0000:0000:0000:0000:0000:0000/00000000128";
    refused(
        &[Allowed::Prefix4, Allowed::Prefix6],
        &[long],
        ParseError::TooLong,
    );
}

#[test]
fn prefixes_come_back() {
    let texts = [
        "0.0.0.0/0",
        "128.0.0.0/1",
        "192.0.2.0/24",
        "192.0.2.7/32",
        "10.0.0.0/8",
    ];
    for text in texts {
        let value = Allowed::Prefix4.parse(text.as_bytes()).unwrap();
        assert_eq!(printed(Allowed::Prefix4, value), format!("{text}\n"));
    }
    for (text, shown) in [
        ("::/0", "::/0"),
        ("2001:DB8:0:0::/64", "2001:db8::/64"),
        ("::192.0.2.1/128", "::c000:201/128"),
        (
            "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
        ),
    ] {
        let value = Allowed::Prefix6.parse(text.as_bytes()).unwrap();
        assert_eq!(printed(Allowed::Prefix6, value), format!("{shown}\n"));
        assert_eq!(Allowed::Prefix6.parse(shown.as_bytes()), Ok(value));
    }
    let mut field = Prefix::<4>::ALL;
    let one = Allowed::Prefix4.parse(b"192.0.2.0/24").unwrap();
    assert_eq!(field.set(one), Ok(()));
    assert_eq!(field.value(), one);
    assert_eq!(field.set(Value::Number(0)), Err(ParseError::Malformed));
    let mut other = Prefix::<16>::ALL;
    assert_eq!(other.set(one), Err(ParseError::Malformed));
    assert_eq!(one.number(), Err(ParseError::Malformed));
    assert!(explained(Allowed::Prefix4).contains("192.0.2.0/24"));
    assert!(explained(Allowed::Prefix6).contains("2001:db8::/64"));
}

#[test]
fn more_than_there_is_to_say_is_too_long() {
    let long = "0".repeat(21);
    let page = "1".repeat(4095);
    let texts = [long.as_str(), page.as_str()];
    refused(
        &[NUMBER, RING, ANY, WORD, Allowed::Name],
        &texts,
        ParseError::TooLong,
    );
    refused(
        &[Allowed::Name],
        &["abcdefghijklmnop", "abcdefghijklmno%d"],
        ParseError::TooLong,
    );
}

#[test]
fn words_are_whole_words() {
    let texts = [
        "",
        "ech",
        "echoo",
        "Echo",
        "echo ",
        "echo sink",
        "0",
        "echo\n\n",
    ];
    refused(&[WORD], &texts, ParseError::Malformed);
    assert_eq!(WORD.parse(b"echo"), Ok(Value::Number(0)));
    assert_eq!(WORD.parse(b"peer\n"), Ok(Value::Number(2)));
    assert_eq!(printed(WORD, Value::Number(1)), "sink\n");
}

#[test]
fn names_that_the_kernel_does_not_take_are_refused() {
    let texts = [
        "", ".", "..", "a/b", "a:b", "a b", "a\tb", "a\u{b}b", "a\0b", "a\n\n", "%", "%s", "a%",
        "%d%d", "a%d%", "%%d", "%5d", "%D",
    ];
    refused(&[Allowed::Name], &texts, ParseError::Malformed);
    assert_eq!(Allowed::Name.parse(b"a\xa0b"), Err(ParseError::Malformed));
}

#[test]
fn names_and_patterns_come_back() {
    for text in [
        "vnet%d",
        "%d",
        "abcdefghijklmno",
        "...",
        "a%db",
        "-",
        "\u{e9}",
        "a",
    ] {
        let value = Allowed::Name.parse(text.as_bytes()).unwrap();
        assert_eq!(printed(Allowed::Name, value), format!("{text}\n"));
        assert_eq!(
            Allowed::Name.parse(format!("{text}\n").as_bytes()),
            Ok(value)
        );
        let Value::Name(name) = value else {
            panic!("{text} is no name");
        };
        assert_eq!(name.as_c_str().to_bytes(), text.as_bytes());
    }
}

#[test]
fn the_edges_are_allowed() {
    for (allowed, number) in [
        (NUMBER, 2),
        (NUMBER, 400),
        (RING, 2),
        (RING, 4096),
        (ANY, u64::MAX),
    ] {
        assert_eq!(
            allowed.parse(number.to_string().as_bytes()),
            Ok(Value::Number(number))
        );
    }
    assert_eq!(NUMBER.parse(b"0007\n"), Ok(Value::Number(7)));
}

#[test]
fn what_is_allowed_can_be_said() {
    assert_eq!(explained(NUMBER), "must be from 2 to 400");
    assert_eq!(explained(RING), "must be a power of two from 2 to 4096");
    assert_eq!(explained(WORD), "must be one of echo sink peer");
    assert!(explained(Allowed::Name).contains("up to 15 characters"));
}

#[test]
fn a_field_takes_what_fits() {
    let mut small = 5u8;
    assert_eq!(small.set(Value::Number(256)), Err(ParseError::OutOfRange));
    assert_eq!(
        small.set(Value::Name(Name::new([0; 16]))),
        Err(ParseError::Malformed)
    );
    assert_eq!(small, 5);
    assert_eq!(small.set(Value::Number(255)), Ok(()));
    assert_eq!(small.value(), Value::Number(255));

    let mut on = false;
    assert_eq!(on.set(Value::Number(1)), Ok(()));
    assert_eq!(on.value(), Value::Number(1));

    let mut far_end = FarEndKind::Echo;
    assert_eq!(far_end.set(Value::Number(3)), Err(ParseError::OutOfRange));
    assert_eq!(far_end, FarEndKind::Echo);
    assert_eq!(far_end.set(Value::Number(2)), Ok(()));
    assert_eq!(
        (far_end, far_end.value()),
        (FarEndKind::Peer, Value::Number(2))
    );

    let mut name = Name::parse(b"a").unwrap();
    assert_eq!(name.set(Value::Number(1)), Err(ParseError::Malformed));
    assert_eq!(name, Name::parse(b"a").unwrap());
    assert_eq!(name.set(Value::Name(Name::parse(b"b").unwrap())), Ok(()));
    assert_eq!(name.value(), Value::Name(Name::parse(b"b").unwrap()));
}

#[test]
fn a_small_page_is_not_overrun() {
    let mut page = [7; 3];
    assert_eq!(ANY.print(Value::Number(123_456), &mut page), 3);
    assert_eq!(&page, b"123");
    assert_eq!(ANY.print(Value::Number(1), &mut []), 0);
}

proptest! {
    #[test]
    fn every_number_comes_back(number: u64) {
        let text = printed(ANY, Value::Number(number));
        prop_assert_eq!(ANY.parse(text.as_bytes()), Ok(Value::Number(number)));
    }

    #[test]
    fn no_text_does_harm(text in proptest::collection::vec(any::<u8>(), 0..40)) {
        for allowed in [NUMBER, RING, WORD, Allowed::Name] {
            if let Ok(value) = allowed.parse(&text) {
                let mut page = [0; 64];
                let len = allowed.print(value, &mut page);
                prop_assert_eq!(allowed.parse(&page[..len]), Ok(value));
            }
        }
    }

    #[test]
    fn a_number_is_taken_exactly_if_it_is_in_the_range(number in 0..1000u64) {
        let taken = NUMBER.parse(number.to_string().as_bytes()).is_ok();
        prop_assert_eq!(taken, (2..=400).contains(&number));
        let taken = RING.parse(number.to_string().as_bytes()).is_ok();
        prop_assert_eq!(taken, number >= 2 && number.is_power_of_two());
    }
}
