// SPDX-License-Identifier: GPL-2.0
/* Makes the trace events that trace.h declares, and what Rust calls to emit them. */

#define CREATE_TRACE_POINTS
#define CREATE_RUST_TRACE_POINTS
#include "trace.h"
