// SPDX-License-Identifier: GPL-2.0
/* See helpers.h. */

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/sock.h>

#include "../helpers.h"
#include "helpers.h"

/*
 * Has a stamp taken of an skb whose device is gone, by the queue of another one, @dev. The stack
 * looks at the device only for an skb that a socket has sent.
 */
int net_kunit_stamp_late(struct sk_buff *skb, const struct net_device *dev)
{
	struct net_device *gone = alloc_netdev_dummy(0);
	static struct sock sender;

	if (!gone)
		return -ENOMEM;
	skb->dev = gone;
	skb->sk = &sender;
	free_netdev(gone);
	net_rs_skb_tx_timestamp(skb, dev);
	skb->sk = NULL;
	skb->dev = NULL;
	return 0;
}
