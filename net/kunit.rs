// SPDX-License-Identifier: GPL-2.0

//! KUnit suites of this layer.
//!
//! C header: [`include/kunit/test.h`](srctree/include/kunit/test.h)
//!
//! The suites are no part of a driver: the module `net_kunit` (net_kunit_main.rs) is this layer and
//! nothing else. Loading it runs the suites; the kernel logs the results, and shows them in
//! `/sys/kernel/debug/kunit/`, both as KTAP.
//!
//! | suite | subject | file |
//! |---|---|---|
//! | `net_slots` | the ends of a ring, and the owner of a slot | net/kunit/slots.rs |
//! | `net_skb` | the ends of an skb: freed once, and why | net/kunit/skb.rs |
//! | `net_rx_frame` | a frame that is sent arrives as one that is received | net/kunit/rx_frame.rs |
//! | `net_rx_buff` | frames that are made | net/kunit/rx_buff.rs |
//! | `net_device` | registration: all of it, or nothing | net/kunit/device.rs |
//! | `net_queues` | how many queue pairs there are | net/kunit/queues.rs |
//! | `net_napi` | interrupts and polls | net/kunit/napi.rs |
//! | `net_strings` | names of counters, as many as there is room for | net/kunit/strings.rs |
//! | `net_xmit` | a frame's way through a driver | net/kunit/xmit.rs |
//! | `net_byte_limit` | bytes in flight, with a driver that counts wrong | net/kunit/byte_limit.rs |
//! | `net_softirq` | a machine, its kicks and its timer | net/kunit/softirq.rs |
//! | `net_rtnl` | data that RTNL protects | net/kunit/rtnl.rs |
//!
//! The suites' driver is in net/kunit/card.rs.

mod book;
mod byte_limit;
mod card;
mod device;
mod ethtool;
mod napi;
mod plugged;
mod queues;
mod rtnl;
mod rx_buff;
mod rx_frame;
mod skb;
mod slots;
mod softirq;
mod strings;
mod witness;
mod xmit;

use core::ptr;
use kernel::{
    bindings,
    prelude::*, //
};

/// Says that something is true, and ends the test if it is not.
///
/// KUnit's own `assert!` is of no use: it ends the thread where it stands, so no destructor would
/// run, so RTNL would stay locked and a device registered, whose driver is gone soon.
macro_rules! check {
    ($condition:expr $(,)?) => {
        $crate::net::kunit::expect(
            $condition,
            ::kernel::c_str!(stringify!($condition)),
            ::kernel::c_str!(file!()),
            line!(),
        )?
    };
}
use check;

/// Reports a condition that does not hold to KUnit, and to the caller.
fn expect(holds: bool, condition: &'static CStr, file: &'static CStr, line: u32) -> Result {
    if holds {
        return Ok(());
    }
    let location = bindings::kunit_loc {
        file: file.as_char_ptr(),
        line: c_int::try_from(line)?,
    };
    let assertion = bindings::kunit_unary_assert {
        assert: bindings::kunit_assert {},
        condition: condition.as_char_ptr(),
        expected_true: true,
    };
    // SAFETY: callable in any context; null if no test runs in this task.
    let test = unsafe { bindings::kunit_get_current_test() };
    if !test.is_null() {
        // SAFETY: the test is the one that runs here. The format belongs to the kind of
        // assertion, whose text, like the location, is only read during the call.
        unsafe {
            bindings::__kunit_do_failed_assertion(
                test,
                &raw const location,
                bindings::kunit_assert_type_KUNIT_EXPECTATION,
                &raw const assertion.assert,
                Some(bindings::kunit_unary_assert_format),
                ptr::null(),
            );
        }
    }
    Err(EINVAL)
}

/// How many warnings `f` causes in this task. They are not in the log, where they would
/// look like a mistake.
///
/// C: `kunit_warning_suppress()`.
fn warnings(f: impl FnOnce()) -> i32 {
    // SAFETY: called by a test, so there is one. What has been started is ended here.
    unsafe {
        let test = bindings::kunit_get_current_test();
        let suppressed = bindings::kunit_start_suppress_warning(test);
        f();
        let count = bindings::kunit_suppressed_warning_count(suppressed);
        bindings::kunit_end_suppress_warning(test, suppressed);
        count
    }
}
