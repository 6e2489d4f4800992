//~ E0277
//! Each end of a ring is one.

use super::net::slots;

fn f(post: &slots::Post<u32>) -> slots::Post<u32> {
    slots::Post::clone(post)
}
