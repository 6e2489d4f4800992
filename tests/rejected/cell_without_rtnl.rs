//~ E0061
//! What belongs to RTNL is reached with its token.

use super::net::*;

fn f(cell: &RtnlCell<u32>) -> u32 {
    cell.get()
}
