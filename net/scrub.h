/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A cable carries bytes: this table says which fields of an skb are kept when the skb arrives at
 * the other end (net_rs_skb_scrub()). The sender's stack keeps notes of its own there; a received
 * frame has the notes of a card and its driver.
 *
 *	HEADER	   kept; in the group `headers`, all of which is cleared otherwise
 *	KEPT	   kept, a field
 *	KEPT_BITS  kept, a bit-field or a number
 *	CLEARED	   zero, as in an skb that was just allocated
 *
 * A field that a kernel adds to `headers` is cleared until this table says otherwise; one that it
 * adds elsewhere fails tests/guest/test_skb_fields.py, which compares the names with those
 * of the running kernel. Not all kernels have all fields that are cleared, so the names of
 * these are for readers and tests only.
 */
#ifndef NET_RS_SCRUB_H
#define NET_RS_SCRUB_H

#define NET_RS_SKB_FIELDS(HEADER, KEPT, KEPT_BITS, CLEARED) \
	CLEARED(next,			"an skb that arrives is on no list") \
	CLEARED(prev,			"as next") \
	CLEARED(dev,			"the sender's device may go; eth_type_trans() sets ours") \
	CLEARED(sk,			"skb_orphan(): the socket has got its memory back") \
	CLEARED(tstamp,			"when to send it (EDT), or when it came to the sender") \
	CLEARED(cb,			"private to each layer; BPF programs have notes there") \
	CLEARED(_skb_refdst,		"the sender's route, or its tunnel's key") \
	CLEARED(destructor,		"skb_orphan() has called it") \
	CLEARED(_nfct,			"the sender's connection tracking") \
	KEPT(len,			"the frame's length") \
	KEPT(data_len,			"how much of it is in pages") \
	CLEARED(mac_len,		"the receiving stack measures it") \
	CLEARED(hdr_len,		"of clones: how much a clone may write to") \
	CLEARED(queue_mapping,		"the sender's queue; the receiving one is recorded later") \
	KEPT_BITS(cloned,		"memory: whether the head may be shared") \
	KEPT_BITS(nohdr,		"memory: which references to the head are counted") \
	KEPT_BITS(fclone,		"memory: from which cache the skb is") \
	CLEARED(peeked,			"a socket has looked at it without taking it") \
	KEPT_BITS(head_frag,		"memory: how the head was allocated") \
	KEPT_BITS(pfmemalloc,		"memory: from the reserves, which a card notes, too") \
	KEPT_BITS(pp_recycle,		"memory: the pages go back to their pool") \
	CLEARED(active_extensions,	"skb_ext_reset(): IPsec, bridge, MPTCP, tc, PSP, CAN ...") \
	CLEARED(pkt_type,		"eth_type_trans() compares the address") \
	CLEARED(ignore_df,		"the sender's permission to fragment") \
	CLEARED(dst_pending_confirm,	"the sender confirms its neighbour") \
	HEADER(ip_summed,		"CHECKSUM_PARTIAL: where a sum is to be put in; else none") \
	CLEARED(ooo_okay,		"the sender's flow may change its queue") \
	CLEARED(tstamp_type,		"of which clock tstamp is") \
	CLEARED(tc_at_ingress,		"where in tc it was") \
	CLEARED(tc_skip_classify,	"it came from an IFB") \
	CLEARED(remcsum_offload,	"the sender's tunnel leaves a sum to the other end") \
	CLEARED(csum_complete_sw,	"who has computed csum") \
	CLEARED(csum_level,		"how many sums the sender has checked") \
	CLEARED(inner_protocol_type,	"what inner_protocol is") \
	CLEARED(l4_hash,		"the sender's socket, or its card, hashed ports") \
	CLEARED(sw_hash,		"who has computed hash") \
	CLEARED(wifi_acked_valid,	"what became of it on another medium") \
	CLEARED(wifi_acked,		"as wifi_acked_valid") \
	CLEARED(no_fcs,			"the sender wanted to send a bad FCS, which no port does") \
	CLEARED(encapsulation,		"the sender knows that there is a tunnel") \
	CLEARED(encap_hdr_csum,		"that the tunnel's header has a sum") \
	CLEARED(csum_valid,		"the sender has checked a sum") \
	CLEARED(ndisc_nodetype,		"which kind of router or host the sender took it from") \
	CLEARED(ipvs_property,		"the sender's IPVS has seen it") \
	CLEARED(nf_trace,		"the sender traces it through netfilter") \
	CLEARED(offload_fwd_mark,	"the sender's switch has forwarded it") \
	CLEARED(offload_l3_fwd_mark,	"the same, as a router") \
	CLEARED(redirected,		"the sender's tc has redirected it, so XDP would pass it by") \
	CLEARED(from_ingress,		"from where it was redirected") \
	CLEARED(nf_skip_egress,		"the sender's netfilter is not to look again") \
	CLEARED(decrypted,		"of TLS and PSP offload: the sender's card has to encrypt") \
	CLEARED(slow_gro,		"something is to be released: nothing is left") \
	CLEARED(csum_not_inet,		"CRC32c is to be put in: the sender's stack has done that") \
	HEADER(unreadable,		"memory: pages that no CPU can read") \
	CLEARED(tc_depth,		"how often the sender's tc has sent it round") \
	CLEARED(tc_index,		"the class that the sender's tc chose") \
	HEADER(alloc_cpu,		"memory: where it is best freed") \
	HEADER(csum_start,		"where the sum begins that is to be put in") \
	HEADER(csum_offset,		"where it is to be put in") \
	CLEARED(priority,		"SO_PRIORITY, or the sender's rules") \
	CLEARED(skb_iif,		"where it came to the sender") \
	CLEARED(hash,			"of the sender's flow; a card has its own (RSS)") \
	HEADER(vlan_all,		"a tag that a card puts in and takes out: part of the frame") \
	CLEARED(napi_id,		"the poll it came to the sender by, or the sending CPU") \
	CLEARED(secmark,		"the sender's security label") \
	CLEARED(mark,			"SO_MARK, or the sender's rules") \
	CLEARED(inner_protocol,		"what is in the sender's tunnel") \
	CLEARED(inner_transport_header,	"where in the sender's tunnel the headers are") \
	CLEARED(inner_network_header,	"as inner_transport_header") \
	CLEARED(inner_mac_header,	"as inner_transport_header") \
	HEADER(protocol,		"the frame's; eth_type_trans() reads it once more") \
	HEADER(transport_header,	"where a GSO skb is cut; of a single frame: not known yet") \
	HEADER(network_header,		"as transport_header") \
	HEADER(mac_header,		"set to where the frame starts") \
	CLEARED(kcov_handle,		"who covers code in the sender's name") \
	KEPT(tail,			"memory: where the frame's bytes end") \
	KEPT(end,			"memory: where the head ends") \
	KEPT(head,			"memory: where it starts") \
	KEPT(data,			"memory: where the frame starts") \
	KEPT(truesize,			"memory: how much it is charged for") \
	KEPT(users,			"memory: one") \
	KEPT(extensions,		"means nothing without active_extensions")

#define NET_RS_SHINFO_FIELDS(KEPT, CLEARED) \
	KEPT(flags,			"memory: pages that others may write to") \
	CLEARED(meta_len,		"what the sender's XDP has written before the frame") \
	KEPT(nr_frags,			"memory: how many pages") \
	CLEARED(tx_flags,		"time stamps that the sender wants") \
	KEPT(gso_size,			"how a GSO skb is to be cut; of a single frame: 0") \
	KEPT(gso_segs,			"as gso_size") \
	KEPT(frag_list,			"memory: more skbs") \
	CLEARED(hwtstamps,		"when the frame came to the sender's card") \
	KEPT(gso_type,			"as gso_size; without SKB_GSO_DODGY, the stack has checked") \
	CLEARED(tskey,			"which time stamp the sender wants") \
	KEPT(dataref,			"memory: references to the head") \
	CLEARED(destructor_arg,		"for the destructor, or XDP's size of pages") \
	KEPT(frags,			"memory: the pages")

#endif
