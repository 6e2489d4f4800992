// SPDX-License-Identifier: GPL-2.0

//! The descriptor ring that driver and card share, and which knows neither.

pub(crate) mod bell;
pub(crate) mod cursors;
pub(crate) mod queue;
