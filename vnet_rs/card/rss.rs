// SPDX-License-Identifier: GPL-2.0

//! Receive-side scaling: the queue that a frame is for.
//!
//! All frames of a connection must come to the same queue, and many connections to all queues. So
//! the card hashes the addresses and ports, and looks the hash up in a table of queues. The hash is
//! Toeplitz's, with a key, as Microsoft defined it for all NICs: the stack and its users know it.
//!
//! Rules:
//! - The hash steers and does not check: checksums and lengths are not looked at.
//! - TCP and UDP are hashed with their ports. Where the ports may be missing, only the addresses
//!   are: in all fragments alike, for only the first one has ports; behind IPv6 extension headers;
//!   in headers that are cut.
//! - No bytes make it panic. A hash is a hint, never a bound: the caller checks the queue.
//!
//! Read next: `rx.rs`, the driver's end of the queues.

use super::super::cable::ethernet::{
    ETH_P_8021AD,
    ETH_P_8021Q,
    ETH_P_IP,
    ETH_P_IPV6,
    IPPROTO_UDP,
    IP_FRAGMENT,
    MAX_TAGS, //
};

/// The most bytes of a frame that [`hash`] makes use of: the Ethernet header with two tags, the
/// longest IPv4 header, the ports.
pub(crate) const HEADER_ROOM: usize = 14 + 2 * 4 + 15 * 4 + 4;

const IPPROTO_TCP: u8 = 6;

/// The length of a key, in bytes.
pub(crate) const KEY: usize = 40;

/// The secret key of the hash: without it a sender cannot aim all frames at one queue.
#[derive(Clone, Copy)]
pub(crate) struct Key(pub(crate) [u8; KEY]);

/// The hash of a frame's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hash {
    /// The hash itself.
    pub(crate) value: u32,
    /// The hash covers ports, and not only addresses.
    pub(crate) l4: bool,
}

/// Hashes the connection of a frame that starts with `headers`; [`HEADER_ROOM`] bytes are enough,
/// fewer will do. Returns [`None`] if it is not IP.
pub(crate) fn hash(key: &Key, headers: &[u8]) -> Option<Hash> {
    let flow = match skip_link(headers)? {
        (ETH_P_IP, packet) => Flow::ipv4(packet)?,
        (ETH_P_IPV6, packet) => Flow::ipv6(packet)?,
        _ => return None,
    };
    let addresses = Toeplitz::new(key).with(flow.addresses);
    Some(match flow.ports {
        None => Hash {
            value: addresses.hash,
            l4: false,
        },
        Some(ports) => Hash {
            value: addresses.with(ports).hash,
            l4: true,
        },
    })
}

/// Strips the Ethernet header; returns the EtherType inside all tags, and the packet.
fn skip_link(frame: &[u8]) -> Option<(u16, &[u8])> {
    let (_addresses, rest) = frame.split_first_chunk::<12>()?;
    let (ethertype, mut rest) = rest.split_first_chunk()?;
    let mut ethertype = u16::from_be_bytes(*ethertype);
    for _ in 0..MAX_TAGS {
        if !matches!(ethertype, ETH_P_8021Q | ETH_P_8021AD) {
            break;
        }
        let ([_, _, high, low], packet) = rest.split_first_chunk()?;
        ethertype = u16::from_be_bytes([*high, *low]);
        rest = packet;
    }
    Some((ethertype, rest))
}

/// The fields that identify a connection, in the packet's order.
struct Flow<'a> {
    addresses: &'a [u8],
    ports: Option<&'a [u8]>,
}

impl<'a> Flow<'a> {
    fn ipv4(packet: &'a [u8]) -> Option<Self> {
        let header: &[u8; 20] = packet.first_chunk()?;
        let header_len = usize::from(header[0] & 0xf) * 4;
        if header[0] >> 4 != 4 || header_len < header.len() {
            return None;
        }
        let is_fragment = u16::from_be_bytes([header[6], header[7]]) & IP_FRAGMENT != 0;
        Some(Self {
            addresses: packet.get(12..20)?,
            ports: ports(packet, header_len, header[9]).filter(|_| !is_fragment),
        })
    }

    fn ipv6(packet: &'a [u8]) -> Option<Self> {
        let header: &[u8; 40] = packet.first_chunk()?;
        if header[0] >> 4 != 6 {
            return None;
        }
        Some(Self {
            addresses: packet.get(8..40)?,
            ports: ports(packet, header.len(), header[6]),
        })
    }
}

/// The ports of a TCP or UDP packet, if its bytes go that far.
fn ports(packet: &[u8], header_len: usize, protocol: u8) -> Option<&[u8]> {
    match protocol {
        IPPROTO_TCP | IPPROTO_UDP => packet.get(header_len..)?.get(..4),
        _ => None,
    }
}

/// A hash in the making: the XOR of the 32 bits of the key that start at the same place as each bit
/// that is set in the input.
struct Toeplitz<'a> {
    /// The 64 bits of the key from the input's next bit on: enough for a word.
    window: u64,
    /// The rest of the key, behind the window.
    rest: &'a [u8],
    hash: u32,
}

impl<'a> Toeplitz<'a> {
    fn new(key: &'a Key) -> Self {
        let [a, b, c, d, e, f, g, h, rest @ ..] = &key.0;
        Self {
            window: u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
            rest,
            hash: 0,
        }
    }

    /// Hashes `input` too, which is made of whole words, as addresses and ports are. The key is
    /// long enough for the longest input, IPv6 with ports.
    fn with(mut self, mut input: &[u8]) -> Self {
        while let Some((word, more)) = input.split_first_chunk() {
            input = more;
            // Only the bits that are set are looked at, from the last on: most are not.
            let mut bits = u32::from_be_bytes(*word);
            while bits != 0 {
                self.hash ^= (self.window >> 1 >> bits.trailing_zeros()) as u32;
                bits &= bits.wrapping_sub(1);
            }
            if let Some((next, rest)) = self.rest.split_first_chunk() {
                self.window = self.window << 32 | u64::from(u32::from_be_bytes(*next));
                self.rest = rest;
            }
        }
        self
    }
}

/// The receive-side scaling of a port.
#[derive(Clone, Copy)]
pub(crate) struct Rss {
    /// The key of the hash.
    pub(crate) key: Key,
    /// The table of queues.
    pub(crate) table: Indirection,
}

/// The number of entries in the table of queues.
pub(crate) const TABLE: usize = 128;

/// The table of queues, by hash (RETA).
#[derive(Clone, Copy)]
pub(crate) struct Indirection([u16; TABLE]);

impl Indirection {
    /// A table in which each of the first `queues` queues comes up as often as the others.
    pub(crate) fn spread(queues: u32) -> Self {
        let mut table = [0; TABLE];
        for (index, entry) in (0..).zip(&mut table) {
            // The index is less than `TABLE`.
            *entry = (index % queues.max(1)) as u16;
        }
        Self(table)
    }

    /// The queue of a hash.
    pub(crate) fn queue(&self, hash: u32) -> u32 {
        let entry = self.0.get(hash as usize % TABLE);
        entry.map_or(0, |&queue| u32::from(queue))
    }

    /// The queue of each entry.
    pub(crate) fn entries(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().map(|&queue| u32::from(queue))
    }

    /// Replaces all entries. Returns false, and leaves the table as it was, if `entries` are not
    /// [`TABLE`], or name another queue than the first `queues` ones.
    #[must_use]
    pub(crate) fn set(&mut self, entries: &[u32], queues: u32) -> bool {
        if entries.len() != TABLE {
            return false;
        }
        let mut table = [0; TABLE];
        for (to, &queue) in table.iter_mut().zip(entries) {
            match u16::try_from(queue) {
                Ok(number) if queue < queues => *to = number,
                _ => return false,
            }
        }
        self.0 = table;
        true
    }
}
