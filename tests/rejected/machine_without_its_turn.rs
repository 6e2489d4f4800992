//~ E0616
//! The machine is with one who has the turn.

use super::net::*;

fn f<M: Machine>(machine: &Softirq<M>) -> usize {
    machine.0.held.get() as usize
}
