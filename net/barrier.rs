// SPDX-License-Identifier: GPL-2.0

//! The full memory barrier.

use kernel::bindings;

/// All that was loaded and stored before is done before all that comes after.
///
/// `kernel::sync::barrier` has it too, but with other arguments in 7.2 than in
/// 7.3.
///
/// C: `smp_mb()`.
#[inline(always)]
pub(super) fn smp_mb() {
    // SAFETY: a barrier may stand anywhere.
    unsafe { bindings::smp_mb() };
}
