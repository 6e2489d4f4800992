//~ E0423
//! Busy has the skb that it is about, and gives it back.

use super::net::*;

fn f(skb: SkBuff) -> Result<(), TxBusy> {
    Err(TxBusy(skb))
}
