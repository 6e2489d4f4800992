//~ E0277
//! To lockdep the task has the turn that has stopped the machine.

use super::net::*;

fn sent<T: Send>() {}

fn f<M: Machine>() {
    sent::<Stopped<'static, M>>();
}
