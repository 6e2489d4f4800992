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

/// The most bytes of a frame that [`Hasher::hash`] makes use of: the Ethernet header with two tags, the
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

/// Takes the Ethernet header off; returns the EtherType inside all tags, and the packet.
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

/// The fields that identify a connection, as numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    V4(u64, Option<u32>),
    V6([u64; 4], Option<u32>),
}

impl Flow {
    /// The flow of a frame that starts with `headers`, if it is IP.
    #[inline]
    fn of(headers: &[u8]) -> Option<Self> {
        match skip_link(headers)? {
            (ETH_P_IP, packet) => Self::ipv4(packet),
            (ETH_P_IPV6, packet) => Self::ipv6(packet),
            _ => None,
        }
    }

    #[inline]
    fn ipv4(packet: &[u8]) -> Option<Self> {
        let header: &[u8; 20] = packet.first_chunk()?;
        let header_len = usize::from(header[0] & 0xf) * 4;
        if header[0] >> 4 != 4 || header_len < header.len() {
            return None;
        }
        let is_fragment = u16::from_be_bytes([header[6], header[7]]) & IP_FRAGMENT != 0;
        let ports = if is_fragment {
            None
        } else {
            ports(packet, header_len, header[9])
        };
        let addresses = header.last_chunk()?;
        Some(Self::V4(u64::from_be_bytes(*addresses), ports))
    }

    fn ipv6(packet: &[u8]) -> Option<Self> {
        let header: &[u8; 40] = packet.first_chunk()?;
        if header[0] >> 4 != 6 {
            return None;
        }
        let mut addresses = [0; 4];
        for (to, from) in addresses.iter_mut().zip(header[8..].chunks_exact(8)) {
            *to = u64::from_be_bytes(*from.first_chunk()?);
        }
        Some(Self::V6(addresses, ports(packet, header.len(), header[6])))
    }

    /// Hashes the flow. The key is long enough for the longest, IPv6 with ports.
    #[inline(never)]
    fn hash(&self, key: &Key) -> Hash {
        let mut toeplitz = Toeplitz::new(key);
        let ports = match self {
            Self::V4(addresses, ports) => {
                toeplitz.add(*addresses);
                ports
            }
            Self::V6(addresses, ports) => {
                addresses.iter().for_each(|&part| toeplitz.add(part));
                ports
            }
        };
        if let Some(ports) = *ports {
            toeplitz.add_word(ports);
        }
        Hash {
            value: toeplitz.hash,
            l4: ports.is_some(),
        }
    }

    /// Where a [`Hasher`] remembers it.
    #[inline]
    fn place(&self) -> usize {
        let (addresses, ports) = match self {
            Self::V4(addresses, ports) => (*addresses, ports),
            Self::V6([a, b, c, d], ports) => (a ^ b ^ c ^ d, ports),
        };
        let all = addresses ^ u64::from(ports.unwrap_or(0));
        (all ^ all >> 16 ^ all >> 32) as usize % RECENT
    }
}

/// The ports of a TCP or UDP packet, if its bytes go that far.
#[inline]
fn ports(packet: &[u8], header_len: usize, protocol: u8) -> Option<u32> {
    match protocol {
        IPPROTO_TCP | IPPROTO_UDP => {
            let ports = packet.get(header_len..)?.first_chunk()?;
            Some(u32::from_be_bytes(*ports))
        }
        _ => None,
    }
}

/// How many flows a card remembers.
const RECENT: usize = 8;

/// The hash unit of a card. It remembers the flows of the last frames: frames come in flows, and to
/// hash one takes longer than to know it again.
pub(crate) struct Hasher {
    key: Key,
    recent: [Option<(Flow, Hash)>; RECENT],
}

impl Hasher {
    /// A hash unit with a `key`, that has seen no frame.
    pub(crate) const fn new(key: Key) -> Self {
        Self {
            key,
            recent: [None; RECENT],
        }
    }

    /// Hashes the connection of a frame that starts with `headers`; [`HEADER_ROOM`] bytes are
    /// enough, fewer will do. Returns [`None`] if it is not IP.
    #[inline]
    pub(crate) fn hash(&mut self, headers: &[u8]) -> Option<Hash> {
        let flow = Flow::of(headers)?;
        let place = self.recent.get_mut(flow.place())?;
        match place {
            Some((known, hash)) if *known == flow => Some(*hash),
            _ => {
                let hash = flow.hash(&self.key);
                *place = Some((flow, hash));
                Some(hash)
            }
        }
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

    fn add(&mut self, words: u64) {
        self.add_word((words >> 32) as u32);
        self.add_word(words as u32);
    }

    fn add_word(&mut self, mut bits: u32) {
        // Only the bits that are set are looked at, from the last on: most are not.
        while bits != 0 {
            self.hash ^= (self.window >> 1 >> bits.trailing_zeros()) as u32;
            bits &= bits.wrapping_sub(1);
        }
        if let Some((next, rest)) = self.rest.split_first_chunk() {
            self.window = self.window << 32 | u64::from(u32::from_be_bytes(*next));
            self.rest = rest;
        }
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
