//~ E0277
//! A machine may be `Send` and not `Sync`.

use super::net::*;

fn shared<T: Sync>() {}

fn f<M: Machine>() {
    shared::<Stopped<'static, M>>();
}
