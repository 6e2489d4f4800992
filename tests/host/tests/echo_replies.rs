// SPDX-License-Identifier: GPL-2.0

//! What the echo host's replies look like.
//!
//! Read next: `echo_props.rs`, frames that nobody chose.

use crate::common::*;
use crate::vnet_rs::cable::echo::{
    answer,
    NoReply,
    REPLY_ROOM, //
};

#[test]
fn too_small_a_buffer_gets_no_reply() {
    for (name, frame) in requests() {
        for room in 0..frame.len().max(60) + REPLY_ROOM {
            let mut buffer = frame.clone();
            buffer.resize(room, 0);
            assert_eq!(
                answer(&mut buffer, frame.len(), &NEAR),
                Err(NoReply::Ignored),
                "{name} {room}"
            );
        }
        assert_eq!(
            answer(&mut frame.clone(), usize::MAX, &NEAR),
            Err(NoReply::Ignored),
            "{name}"
        );
    }
}

#[test]
fn replies_are_what_the_oracle_says() {
    for (name, frame) in requests() {
        let reply = ask(&frame);
        assert_eq!(reply.ok(), oracle::expected(&frame), "{name}");
        assert!(oracle::expected(&frame).is_some(), "{name}");
    }
}

#[test]
fn arp_reply_byte_by_byte() {
    let mut expected = cat(&[
        &ASKER,
        &HOST,
        &[8, 6],
        &[0, 1, 8, 0, 6, 4, 0, 2],
        &HOST,
        &HOST4,
        &ASKER,
        &ASKER4,
    ]);
    expected.resize(60, 0);
    let frame = Arp::default().frame();
    assert_eq!(ask(&frame).unwrap(), expected);
    assert_eq!(
        ask(&patched(frame.clone(), 0, &HOST)).unwrap(),
        expected,
        "to us alone"
    );
    let padded = cat(&[&frame, &[0x5a; 18]]);
    assert_eq!(
        ask(&padded).unwrap(),
        expected,
        "padding must not come back"
    );
}

#[test]
fn ping4_reply_byte_by_byte() {
    // Checksums by hand: 0x4500+0x0020+0x4000+0x4001+0xc000*2+0x0207+0x0201;
    // 0x1234+0x0001+0x6461+0x7461 ("data").
    let header = [
        0x45, 0, 0, 32, 0, 0, 0x40, 0, 64, 1, 0xb6, 0xd4, 192, 0, 2, 7, 192, 0, 2, 1,
    ];
    let message = [0, 0, 0x15, 0x08, 0x12, 0x34, 0, 1, b'd', b'a', b't', b'a'];
    let mut expected = cat(&[&ASKER, &HOST, &[8, 0], &header, &message]);
    expected.resize(60, 0);
    assert_eq!(ask(&ping4(b"data")).unwrap(), expected);
    let padded = cat(&[&ping4(b"data"), &[0x5a; 40]]);
    assert_eq!(
        ask(&padded).unwrap(),
        expected,
        "padding must not come back"
    );
}

#[test]
fn advertisement_byte_by_byte() {
    let message = cat(&[&[136, 0, 0, 0, 0x60, 0, 0, 0], &HOST6, &[2, 1], &HOST]);
    let message = seal(&pseudo6(HOST6, ASKER6, 58, 32), &message, 2);
    let header = cat(&[&[0x60, 0, 0, 0, 0, 32, 58, 255], &HOST6, &ASKER6]);
    let expected = cat(&[&ASKER, &HOST, &[0x86, 0xdd], &header, &message]);
    for options in [
        vec![],
        source_option(ASKER),
        cat(&[&[14, 1, 1, 2, 3, 4, 5, 6], &source_option(ASKER)]),
    ] {
        let frame = solicit_ip().icmp(&solicit(HOST6, &options));
        assert_eq!(ask(&frame).unwrap(), expected, "{options:?}");
        assert_eq!(
            ask(&patched(frame, 0, &HOST)).unwrap(),
            expected,
            "in a frame to us"
        );
    }
    let unicast = Ip6 {
        dst: HOST6,
        ..solicit_ip()
    };
    assert_eq!(
        ask(&unicast.icmp(&solicit(HOST6, &[]))).unwrap(),
        expected,
        "to us"
    );
}

#[test]
fn reply_room_is_used_up_and_enough() {
    let far = Ip6 {
        src: FAR_ASKER6,
        ..Ip6::default()
    };
    let far = Ip6 {
        dst: FAR_HOST6,
        ..far
    };
    for size in [0, 1000, 1280 - 48 - 48] {
        let frame = far.icmp(&echo(128, 0, &vec![0; size]));
        let reply = ask_behind(17, &frame).unwrap();
        assert_eq!(reply.len(), frame.len() + REPLY_ROOM);
    }
}

#[test]
fn nothing_of_the_request_leaks() {
    // 0xee stands only in options, extension headers, padding and the reserved places.
    let options = vec![7, 39, 4, 0xee, 0xee]
        .into_iter()
        .chain([0xee; 34])
        .chain([1])
        .collect();
    let ip4 = Ip4 {
        options,
        id: 0xeeee,
        ttl: 0xee,
        ..Ip4::default()
    };
    let unknown = cat(&[&[1, 0x1e, 12], &[0xee; 12]]);
    let ip6 = Ip6 {
        extensions: vec![(0, unknown)],
        flow: 0xeeeee,
        hop_limit: 0xee,
        ..Ip6::default()
    };
    let arp = Arp {
        tha: [0xee; 6],
        ..Arp::default()
    };
    let ns = solicit_ip();
    let mut reserved = solicit(HOST6, &cat(&[&[0x99, 1], &[0xee; 6]]));
    reserved[4..8].fill(0xee);
    for frame in [
        ip4.frame(&seal(&[], &echo(8, 0, b"x"), 2)),
        ip6.icmp(&echo(128, 0, b"x")),
        arp.frame(),
        ns.icmp(&reserved),
    ] {
        let frame = cat(&[&frame, &[0xee; 40]]);
        let reply = ask(&frame).unwrap();
        assert!(
            !reply.contains(&0xee) && !reply.contains(&0xa5),
            "{reply:x?}"
        );
    }
}

#[test]
fn four_extension_headers_are_skipped() {
    let padding = vec![0, 1, 4, 0, 0, 0, 0];
    let headers = [0, 60, 60, 60].map(|number| (number, padding.clone()));
    for count in 0..=4 {
        let ip = Ip6 {
            extensions: headers[..count].to_vec(),
            ..Ip6::default()
        };
        assert_eq!(ask(&ip.icmp(&echo(128, 0, b"data"))), ask(&ping6(b"data")));
        assert!(ask(&ping6(b"data")).is_ok());
    }
}

#[test]
fn every_size_up_to_the_largest_frame() {
    let data: Vec<u8> = (0..9000u32).map(|i| (i * 7 + i / 256) as u8).collect();
    let sizes = (0..200).chain((200..8960).step_by(97)).chain(8930..=8952);
    for size in sizes {
        let data = &data[..size];
        let mut frames = vec![ping4(data), ping6(data), Ip4::default().udp(40000, 7, data)];
        frames.push(Ip6::default().udp(40000, 7, data));
        frames.push(with_tags(&frames[0], &[(0x88a8, 1), (0x8100, 0xffff)]));
        for frame in frames {
            let reply = ask(&frame).unwrap();
            assert_eq!(reply.len(), frame.len().max(60));
            assert_eq!(Some(reply), oracle::expected(&frame));
        }
    }
    let largest = with_tags(&ping4(&data[..8972]), &[(0x8100, 1), (0x8100, 2)]);
    assert_eq!(largest.len(), 9022);
    assert_eq!(ask(&largest).ok(), oracle::expected(&largest));
    assert!(ask(&largest).is_ok());
}

#[test]
fn tags_are_kept() {
    for tpids in [
        vec![0x8100],
        vec![0x88a8],
        vec![0x88a8, 0x8100],
        vec![0x8100, 0x8100],
    ] {
        let tags: Vec<_> = tpids.iter().map(|&tpid| (tpid, 0xe123)).collect();
        for (name, frame) in requests()
            .into_iter()
            .filter(|(name, _)| !name.contains("tagged"))
        {
            let plain = ask(&frame).unwrap();
            let tagged = ask(&with_tags(&frame, &tags)).unwrap();
            let mut expected = with_tags(&plain, &tags);
            expected.truncate(tagged.len());
            assert_eq!(tagged, expected, "{name}");
            assert!(tagged.len() >= 60);
        }
    }
}

#[test]
fn udp_checksum_is_never_zero() {
    // Looks for data whose right checksum is 0, in both versions.
    let mut found = 0;
    for i in 0..=0xffffu16 {
        for frame in [
            Ip4::default().udp(5000, 7, &i.to_be_bytes()),
            Ip6::default().udp(5000, 7, &i.to_be_bytes()),
        ] {
            let at = frame.len() - 4;
            if frame[at..at + 2] == [0xff, 0xff] {
                let reply = ask(&frame).unwrap();
                assert_eq!(reply[at..at + 2], [0xff, 0xff]);
                // Written as 0 it would be "none", although the sum is right.
                let none = ask(&patched(frame.clone(), at, &[0, 0]));
                match frame[12] {
                    8 => assert_eq!(none.as_ref(), Ok(&reply)),
                    _ => assert_eq!(none, Err(NoReply::BadChecksum)),
                }
                found += 1;
            }
        }
    }
    assert_eq!(found, 2);
}

#[test]
fn class_is_echoed_without_its_ecn_bits() {
    for class in 0..=255u8 {
        let ip4 = Ip4 {
            tos: class,
            ..Ip4::default()
        };
        let reply = ask(&ip4.frame(&seal(&[], &echo(8, 0, b""), 2))).unwrap();
        assert_eq!(reply[15], class & 0xfc);
        let ip6 = Ip6 {
            class,
            ..Ip6::default()
        };
        let reply = ask(&ip6.icmp(&echo(128, 0, b""))).unwrap();
        assert_eq!(
            reply[14..18],
            [0x60 | (class >> 4), (class << 4) & 0xc0, 0, 0]
        );
    }
}
