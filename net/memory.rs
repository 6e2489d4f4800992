// SPDX-License-Identifier: GPL-2.0

//! Memory for rings and delay lines, of which a user can ask for much.
//!
//! C header: [`include/linux/mm.h`](srctree/include/linux/mm.h)

use super::bindings;
use core::{
    alloc::Layout,
    ptr::{
        self,
        NonNull, //
    }, //
};
use kernel::{
    alloc::{
        allocator::Kmalloc,
        AllocError,
        Allocator,
        Flags,
        NumaNode, //
    },
    page::PAGE_SIZE,
    prelude::*, //
};

/// The part of all memory that is left to others, as a shift.
const RESERVE_SHIFT: u32 = 3;

/// An allocation of up to so many bytes is tried in any case.
const SMALL: usize = 16 * PAGE_SIZE;

/// Returns an estimate of the bytes that [`Sparing`] can still have: free memory, and memory that
/// can be reclaimed without swapping, less an eighth of all memory. Any context.
///
/// C: `si_mem_available()`.
pub(crate) fn available() -> u64 {
    // SAFETY: both functions read counters, which they may in any context.
    let (pages, all) = unsafe { (bindings::si_mem_available(), bindings::net_rs_total_pages()) };
    let pages = u64::try_from(pages).unwrap_or(0);
    pages
        .saturating_sub(all as u64 >> RESERVE_SHIFT)
        .saturating_mul(PAGE_SIZE as u64)
}

/// The most that an allocation of so many bytes takes: a slab or a block of pages if it is small,
/// whose size is a power of two, else pages.
pub(crate) fn taken_by(bytes: u64) -> u64 {
    // C: KMALLOC_MAX_SIZE.
    let block = (PAGE_SIZE as u64) << bindings::MAX_PAGE_ORDER;
    match bytes {
        0 => 0,
        bytes if bytes <= block => bytes.next_power_of_two(),
        _ => bytes.saturating_add(PAGE_SIZE as u64 - 1) & !(PAGE_SIZE as u64 - 1),
    }
}

/// An allocator that refuses a request that does not fit, and never has the OOM killer make room.
///
/// A large piece that is more than [`available`] is refused at once. So is one that the kernel does
/// not find after a light reclaim: the OOM killer is never invoked. The memory cgroup of the task
/// that allocates is charged. All allocations are made with `GFP_KERNEL`, and may sleep.
///
/// C: `kvmalloc()` with `GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN`.
pub(crate) struct Sparing;

/// A vector in such memory.
pub(crate) type SparingVec<T> = Vec<T, Sparing>;

// SAFETY: memory comes from `kvrealloc_node_align()` and goes back by that or by `kvfree()`, so it
// is valid until then, and any pointer from here is good for either. `kvrealloc_node_align()` gives
// at least as many bytes as asked for, aligned, keeps what the old ones held, and leaves the old
// memory alone where it fails. Flags other than `GFP_KERNEL` are refused.
unsafe impl Allocator for Sparing {
    const MIN_ALIGN: usize = Kmalloc::MIN_ALIGN;

    /// # Safety
    ///
    /// As for [`Allocator::realloc`].
    unsafe fn realloc(
        old: Option<NonNull<u8>>,
        layout: Layout,
        old_layout: Layout,
        flags: Flags,
        _nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let layout = Kmalloc::aligned_layout(layout);
        let size = layout.size();
        let old = match old {
            Some(old) if old_layout.size() != 0 => old.as_ptr().cast_const(),
            _ => ptr::null(),
        };
        if size == 0 {
            // SAFETY: it is null, or memory from below, which the caller does not use again.
            unsafe { bindings::net_rs_kvfree(old.cast()) };
            let nothing = ptr::without_provenance_mut(layout.align());
            return NonNull::new(ptr::slice_from_raw_parts_mut(nothing, 0)).ok_or(AllocError);
        }
        if flags != GFP_KERNEL || size > SMALL && size as u64 > available() {
            return Err(AllocError);
        }
        // SAFETY: as above; process context, as `GFP_KERNEL` says.
        let new = unsafe { bindings::net_rs_kvrealloc(old.cast(), size, layout.align()) };
        let new = NonNull::new(new.cast()).ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(new, size))
    }
}
