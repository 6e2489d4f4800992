//~ E0505
//! A machine does not go while it is stopped.

use super::net::*;

fn f<M: Machine>(machine: Softirq<M>) {
    let stopped = machine.stop();
    drop(machine);
    drop(stopped);
}
