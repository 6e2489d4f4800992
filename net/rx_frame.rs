// SPDX-License-Identifier: GPL-2.0

//! A packet on its way up: from the hardware to the stack.
//!
//! C headers: [`include/linux/skbuff.h`](srctree/include/linux/skbuff.h),
//! [`include/linux/etherdevice.h`](srctree/include/linux/etherdevice.h)

use super::{
    bindings,
    features::Features,
    Device,
    DropReason,
    Parts,
    PollContext,
    SkBuff, //
};
use core::{
    ptr::NonNull,
    slice, //
};

/// A frame that is ours alone, with its Ethernet header in front, and its checksum in
/// it. It may still wait for its VLAN tag, and to be cut: then its frames have no
/// checksum yet.
///
/// # Invariants
///
/// Neither the skb nor its head is shared. No socket waits for it to be freed. Its linear part has
/// an Ethernet header.
pub(crate) struct RxFrame(SkBuff);

impl RxFrame {
    /// Makes `skb`, which has been sent, a frame that arrives. The notes of the sender's stack in
    /// it stay behind, as on a cable (net/scrub.h has the list). A checksum that was left to the
    /// card is put in, and a frame that is shorter than Ethernet's shortest comes with padding.
    /// Softirq.
    ///
    /// [`None`] if there is no memory for it, or if it has no Ethernet header; it is
    /// dropped then.
    ///
    /// C: `__dev_forward_skb()`, as `veth` uses it, and more.
    pub(crate) fn arrived(skb: SkBuff) -> Option<Self> {
        // A shared skb (pktgen) is cloned; our reference goes in any case.
        // SAFETY: the reference is ours; the function allocates in atomic context.
        let raw = unsafe { bindings::net_rs_skb_share_check(skb.into_raw().as_ptr()) };
        // SAFETY: `skb_share_check()` returns an skb that is ours alone.
        let skb = unsafe { SkBuff::from_raw(NonNull::new(raw)?) };
        // SAFETY: not shared: `skb_share_check()` has seen to it.
        if unsafe { skb.make_own() }.is_err() {
            skb.discard(DropReason::NoMem);
            return None;
        }
        // INVARIANT: the function has made it such a frame.
        Some(Self(skb))
    }

    /// The skb, to look at.
    pub(crate) fn skb(&self) -> &SkBuff {
        &self.0
    }

    /// To whom it was sent.
    pub(crate) fn destination(&self) -> [u8; 6] {
        // SAFETY: by the type invariant there is an Ethernet header, linear.
        unsafe { *(*self.0.as_ptr()).data.cast() }
    }

    /// Whether GRO would make the same skb of the frames that it is cut into; true for a single
    /// frame.
    #[inline]
    pub(crate) fn is_as_gro_makes(&self) -> bool {
        self.0.gso().is_none() || self.0.is_as_gro_makes()
    }

    /// Whether `dev` may receive it in one piece.
    #[inline]
    fn may_stay_whole<T: Parts>(&self, dev: &Device<T>) -> bool {
        self.0.gso().is_none() || dev.gro_would_take(&self.0) && self.0.is_as_gro_makes()
    }

    /// Cuts it into the frames that the wire would carry, each with its checksum.
    ///
    /// C: `skb_gso_segment()`.
    pub(crate) fn segments(&self) -> Option<impl Iterator<Item = Option<Self>>> {
        Some(self.0.segments()?.map(Self::arrived))
    }

    /// Copies the frame, whose bytes may still be the sender's, and has `change` change the copy.
    /// Nothing is known of its checksum. [`None`] if there is no memory for it, or if it is to be
    /// cut; it is dropped then.
    ///
    /// C: `skb_copy()`.
    pub(crate) fn rewritten(self, change: impl FnOnce(&mut [u8])) -> Option<Self> {
        if self.0.gso().is_some() {
            self.0.discard(DropReason::NotSpecified);
            return None;
        }
        // SAFETY: valid by the type invariant; allocates in atomic context.
        let copy = unsafe { bindings::skb_copy(self.0.as_ptr(), bindings::NET_RS_GFP_ATOMIC) };
        let Some(copy) = NonNull::new(copy) else {
            self.0.discard(DropReason::NoMem);
            return None;
        };
        self.0.consume();
        // SAFETY: `skb_copy()` has made the skb: valid, not shared, and all of its `len` bytes from
        // `data` on are linear and initialised.
        let (copy, bytes) = unsafe {
            let raw = copy.as_ref();
            let bytes = slice::from_raw_parts_mut(raw.data, raw.len as usize);
            (SkBuff::from_raw(copy), bytes)
        };
        // SAFETY: not shared, as `skb_copy()` has just made it.
        unsafe { copy.set_ip_summed(bindings::CHECKSUM_NONE) };
        change(bytes);
        // INVARIANT: as above; the header is the original's, or bytes that `change` has put there.
        Some(Self(copy))
    }

    /// A second one. [`None`] if there is no memory.
    ///
    /// C: `skb_clone()`.
    pub(crate) fn duplicate(&self) -> Option<Self> {
        // SAFETY: valid by the type invariant; allocates in atomic context.
        let clone = unsafe { bindings::skb_clone(self.0.as_ptr(), bindings::NET_RS_GFP_ATOMIC) };
        let clone = NonNull::new(clone)?;
        // SAFETY: the clone is new, with one reference, which becomes ours. Its head, which
        // it shares, is copied by `arrived`.
        Self::arrived(unsafe { SkBuff::from_raw(clone) })
    }

    /// Notes the hash of its flow, of the ports too if `l4`.
    ///
    /// C: `skb_set_hash()`.
    pub(crate) fn set_hash(&mut self, hash: u32, l4: bool) {
        // SAFETY: valid and not shared (type invariant).
        unsafe { bindings::net_rs_skb_set_hash(self.0.as_ptr(), hash, l4) };
    }

    /// The frame has served its purpose.
    pub(crate) fn consume(self) {
        self.0.consume();
    }

    /// The frame is lost, and this is why.
    pub(crate) fn discard(self, reason: DropReason) {
        self.0.discard(reason);
    }
}

/// A frame that is being made: linear, initialised, and ours alone.
///
/// # Invariants
///
/// As of [`RxFrame`], except that it may be shorter than a header. All its bytes are
/// in the linear part, which is initialised from `data` for `len` bytes.
pub(crate) struct RxBuff(pub(super) SkBuff);

impl RxBuff {
    /// `len` zero bytes. [`None`] if there is no memory, or if that is more than 64
    /// KiB. Any context.
    ///
    /// C: `netdev_alloc_skb_ip_align()`.
    pub(crate) fn zeroed(len: u32) -> Option<Self> {
        if len > 1 << 16 {
            return None;
        }
        // SAFETY: the function allocates in atomic context.
        let skb = NonNull::new(unsafe { bindings::net_rs_alloc_skb(len) })?;
        // SAFETY: the skb is new, with one reference, which becomes ours.
        let skb = unsafe { SkBuff::from_raw(skb) };
        // SAFETY: it was allocated with room for `len` bytes, all of it linear, and
        // is empty. `skb_put()` returns the start of these bytes, which are ours.
        unsafe {
            let data = bindings::net_rs_skb_put(skb.as_ptr(), len).cast::<u8>();
            data.write_bytes(0, len as usize);
        }
        // INVARIANT: new, linear, and all `len` bytes are initialised.
        Some(Self(skb))
    }

    /// A copy of `frame` as it is on the wire, with its checksum and its VLAN tag,
    /// and `room` zero bytes after it. Returns the frame's length with it. [`None`]
    /// as [`RxBuff::zeroed`].
    ///
    /// C: `skb_copy_and_csum_dev()`.
    pub(crate) fn copy_of(frame: &SkBuff, room: u32) -> Option<(Self, u32)> {
        const ADDRESSES: usize = 12;

        let tag = frame.vlan_tag();
        let tag_len: u32 = if tag.is_some() { 4 } else { 0 };
        let len = frame.len().checked_add(tag_len)?;
        let mut copy = Self::zeroed(len.checked_add(room)?)?;
        // SAFETY: there is room for the tag and all of the frame, which is not
        // changed.
        unsafe {
            let to = (*copy.0.as_ptr()).data.add(tag_len as usize);
            bindings::skb_copy_and_csum_dev(frame.as_ptr(), to);
        }
        if let Some(tag) = tag {
            let bytes = copy.data_mut();
            if bytes.len() >= ADDRESSES + 2 * tag.len() {
                bytes.copy_within(tag.len()..tag.len() + ADDRESSES, 0);
                let place = bytes.iter_mut().skip(ADDRESSES);
                place.zip(tag).for_each(|(to, from)| *to = from);
            }
        }
        Some((copy, len))
    }

    /// The frame, from its Ethernet header on.
    pub(crate) fn data_mut(&mut self) -> &mut [u8] {
        let skb = self.0.as_ptr();
        // SAFETY: by the type invariant the skb is valid and all of its `len`
        // bytes from `data` on are initialised, linear and not shared.
        unsafe { slice::from_raw_parts_mut((*skb).data, (*skb).len as usize) }
    }

    /// Cuts it to `len` bytes, if it is longer: then it is a frame. One that is too
    /// short to be one is dropped.
    pub(crate) fn finish(self, len: u32) -> Option<RxFrame> {
        if len.min(self.0.len()) < bindings::ETH_HLEN {
            self.0.discard(DropReason::PktTooSmall);
            return None;
        }
        // SAFETY: valid, linear and not shared (type invariant). The function
        // leaves a shorter skb alone.
        unsafe { bindings::skb_trim(self.0.as_ptr(), len) };
        // INVARIANT: new, so not shared; with a linear header.
        Some(RxFrame(self.0))
    }

    /// The skb, to be sent.
    pub(crate) fn into_skb(self) -> SkBuff {
        self.0
    }

    /// Frees the frame, which has served its purpose.
    pub(crate) fn consume(self) {
        self.0.consume();
    }
}

impl<T: Parts> PollContext<'_, T> {
    /// Hands a frame to the stack, through GRO, after the offloads of the receiving
    /// side; or all of those that it has to be cut into, because offloads have changed since
    /// it came.
    ///
    /// C: `eth_type_trans()`, `napi_gro_receive()`.
    pub(crate) fn receive(&mut self, frame: RxFrame) {
        self.count_received();
        if frame.may_stay_whole(self.device()) {
            return self.hand_over(frame);
        }
        let Some(segments) = frame.segments() else {
            frame.discard(DropReason::NoMem);
            return self.dropped();
        };
        for segment in segments {
            match segment {
                Some(segment) => self.hand_over(segment),
                None => self.dropped(),
            }
        }
        frame.consume();
    }

    #[inline]
    fn hand_over(&mut self, frame: RxFrame) {
        let dev = self.device();
        let takes_tags_out = dev.features().has(Features::VLAN_RX);
        // A tag that came beside the frame goes on beside it, or into it.
        let tag_stays = match frame.0.vlan_tag() {
            Some([0x81, 0x00, ..]) => takes_tags_out,
            Some(_) => false,
            None => true,
        };
        let mut skb = Some(frame.0);
        if !tag_stays {
            // SAFETY: ours alone, with its Ethernet header in front.
            skb = skb.and_then(|skb| unsafe { skb.passed_to(bindings::net_rs_vlan_push_inside) });
        }
        let Some(mut skb) = skb else {
            return self.dropped();
        };
        // SAFETY: the skb is ours alone, with a linear Ethernet header (type invariant of
        // `RxFrame`); the device is valid by its type invariant.
        let protocol = unsafe {
            skb.check_checksum(dev);
            bindings::net_rs_eth_type_trans(skb.as_ptr(), dev.as_ptr())
        };
        let is_tagged = u32::from(u16::from_be(protocol)) == bindings::ETH_P_8021Q;
        if takes_tags_out && is_tagged && skb.vlan_tag().is_none() {
            // SAFETY: ours alone, and has gone through `eth_type_trans()`.
            let Some(untagged) = (unsafe { skb.passed_to(bindings::skb_vlan_untag) }) else {
                return self.dropped();
            };
            skb = untagged;
        }
        // SAFETY: the reference goes to the function. We own the NAPI instance (type invariant),
        // and bottom halves are off.
        unsafe {
            let skb = skb.into_raw().as_ptr();
            bindings::net_rs_napi_receive(self.napi(), skb, self.queue() as u16);
        }
    }

    /// Counts a frame that there was no memory for.
    #[cold]
    fn dropped(&self) {
        // SAFETY: the device is valid by its type invariant.
        unsafe { bindings::net_rs_count_rx_dropped(self.device().as_ptr()) };
    }
}
