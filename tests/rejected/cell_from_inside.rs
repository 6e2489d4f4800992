//~ E0599
//! No reference to the inside of a cell is handed out.

use super::net::*;

fn f(cell: &RtnlCell<u32>) -> &mut u32 {
    cell.get_mut()
}
