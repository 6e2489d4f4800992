// SPDX-License-Identifier: GPL-2.0
/* Defines the trace events that trace.h declares, and the functions that emit them from Rust. */

#define CREATE_TRACE_POINTS
#define CREATE_RUST_TRACE_POINTS
#include "trace.h"
