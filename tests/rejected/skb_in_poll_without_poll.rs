//~ E0061
//! To free in bulk is for a poll.

use super::net::*;

fn f(skb: SkBuff) {
    skb.consume_napi();
}
