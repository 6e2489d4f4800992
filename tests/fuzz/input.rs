// SPDX-License-Identifier: GPL-2.0

//! What every target shares: how libFuzzer calls it, and how it takes the input apart.

#![allow(dead_code)] // Each target uses some of it.

/// Makes a target of what is to be done with each input, as the macro of the same name does that
/// cargo-fuzz comes with.
macro_rules! fuzz_target {
    (|$data:ident: &[u8]| $body:expr) => {
        fn check($data: &[u8]) {
            $body
        }

        /// What libFuzzer calls.
        #[no_mangle]
        #[allow(non_snake_case)]
        pub extern "C" fn LLVMFuzzerTestOneInput(data: *const u8, len: usize) -> i32 {
            // SAFETY: By libFuzzer's contract there are `len` bytes at `data`, which nobody writes
            // and which stay until we return. It allocates them also where there are none.
            let data = unsafe { std::slice::from_raw_parts(data, len) };
            check(data);
            0
        }
    };
}
pub(crate) use fuzz_target;

/// Numbers from the input's start on. After its end all of them are 0.
pub struct Input<'a>(pub &'a [u8]);

impl Input<'_> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let (head, rest) = self.0.split_at(N.min(self.0.len()));
        bytes[..head.len()].copy_from_slice(head);
        self.0 = rest;
        bytes
    }

    pub fn u8(&mut self) -> u8 {
        u8::from_le_bytes(self.bytes())
    }

    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.bytes())
    }

    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    pub fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }
}
