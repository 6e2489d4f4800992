//~ lifetime may not live long enough
//! The xmit lock is held for one call.

use super::net::*;

fn f<T: Driver>(tx: TxContext<'_, T>) -> TxContext<'static, T> {
    tx
}
