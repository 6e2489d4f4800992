/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The input from which bindgen makes net/bindings_generated.rs. Which of it is kept
 * stands in net/bindgen_parameters.
 */

#include <linux/ethtool.h>
#include <linux/etherdevice.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/gso.h>
#include <net/netdev_queues.h>
#include <net/rtnetlink.h>
#include <net/sch_generic.h>

#include "helpers.h"
#include "kunit/helpers.h"

/* bindgen sees the value of a constant, but not of a macro with a cast in it. */
const u32 NET_RS_COALESCE_PARAMS = ETHTOOL_COALESCE_USECS | ETHTOOL_COALESCE_MAX_FRAMES |
				    ETHTOOL_COALESCE_USE_ADAPTIVE;
const netdev_features_t NET_RS_ALL_GSO =
	NETIF_F_GSO_SOFTWARE | NETIF_F_GSO_ENCAP_ALL | NETIF_F_FRAGLIST;
const netdev_features_t NET_RS_SG = NETIF_F_SG;
const gfp_t NET_RS_GFP_ATOMIC = GFP_ATOMIC;
const u8 NET_RS_HASH_TOEPLITZ = ETH_RSS_HASH_TOP;
