/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The stages of a packet. The order is that of the engine (dataplane/engine/README.md), where its tests differ by side.
 */
#include "controlplane/cgnctl/ctlstages.h"

#include <string.h>

#define PARSE     "parse"
#define SOFTWIRE  "softwire"
#define ADDRESS   "address"
#define FRAGMENTS "fragments"
#define TTL       "ttl"
#define ROUTE     "route"
#define SOURCE    "source"
#define MAPPING   "mapping"
#define FILTER    "filter"
#define TRANSLATE "translate"
#define CGND      "cgnd"
#define WORKER    "worker"
#define NEIGHBOUR "neighbour"
#define DEVICE    "device"

static const char *const stage_of[CGN_V_COUNT] = {
	[CGN_V_OUT] = DEVICE,
	[CGN_V_IN] = DEVICE,
	[CGN_V_HAIRPIN] = DEVICE,
	[CGN_V_PASS_THROUGH] = DEVICE,
	[CGN_V_LOCAL] = CGND,
	[CGN_V_NEIGHBOUR] = CGND,
	[CGN_V_SOFTWIRE_ERROR] = SOFTWIRE,
	[CGN_V_REASSEMBLED] = FRAGMENTS,
	[CGN_V_SYN_HELD] = MAPPING,
	[CGN_V_L2_SHORT] = PARSE,
	[CGN_V_L2_OTHER_HOST] = PARSE,
	[CGN_V_L2_VLAN] = PARSE,
	[CGN_V_L2_ETHERTYPE] = PARSE,
	[CGN_V_L3_SHORT] = PARSE,
	[CGN_V_L3_HEADER] = PARSE,
	[CGN_V_L3_CHECKSUM] = PARSE,
	[CGN_V_L3_SOURCE_ROUTE] = PARSE,
	[CGN_V_L4_SHORT] = PARSE,
	[CGN_V_L4_HEADER] = PARSE,
	[CGN_V_L4_PORT_ZERO] = PARSE,
	[CGN_V_IP6] = ADDRESS,
	[CGN_V_IP6_MULTICAST] = ADDRESS,
	[CGN_V_PROTOCOL] = ADDRESS,
	[CGN_V_MULTICAST] = ADDRESS,
	[CGN_V_MARTIAN] = ADDRESS,
	[CGN_V_SPOOFED] = SOURCE,
	[CGN_V_STATION] = SOURCE,
	[CGN_V_STATION_UNKNOWN] = SOURCE,
	[CGN_V_NOT_SUBSCRIBER] = SOURCE,
	[CGN_V_TTL] = TTL,
	[CGN_V_NO_ROUTE] = ROUTE,
	[CGN_V_MTU] = ROUTE,
	[CGN_V_NO_MAPPING] = MAPPING,
	[CGN_V_FILTERED] = FILTER,
	[CGN_V_NO_SESSION] = MAPPING,
	[CGN_V_NOT_POOL] = ADDRESS,
	[CGN_V_HAIRPIN_OFF] = ROUTE,
	[CGN_V_ICMP_TYPE] = ADDRESS,
	[CGN_V_ICMP_CHECKSUM] = PARSE,
	[CGN_V_ICMP_EMBEDDED] = PARSE,
	[CGN_V_ICMP_NO_MAPPING] = MAPPING,
	[CGN_V_ICMP_RATE] = MAPPING,
	[CGN_V_FRAG_TINY] = FRAGMENTS,
	[CGN_V_FRAG_OVERLAP] = FRAGMENTS,
	[CGN_V_FRAG_LENGTH] = FRAGMENTS,
	[CGN_V_FRAG_TIMEOUT] = FRAGMENTS,
	[CGN_V_FRAG_FULL] = FRAGMENTS,
	[CGN_V_SUB_PORTS] = MAPPING,
	[CGN_V_SUB_MAPPINGS] = MAPPING,
	[CGN_V_SUB_RATE] = MAPPING,
	[CGN_V_SUB_SESSIONS] = MAPPING,
	[CGN_V_POOL_PORTS] = MAPPING,
	[CGN_V_POOL_FULL] = MAPPING,
	[CGN_V_MAPPINGS_FULL] = MAPPING,
	[CGN_V_SESSIONS_FULL] = MAPPING,
	[CGN_V_SUBSCRIBERS_FULL] = MAPPING,
	[CGN_V_QUIESCED] = MAPPING,
	[CGN_V_NEIGH_FULL] = NEIGHBOUR,
	[CGN_V_NEIGH_FAILED] = NEIGHBOUR,
	[CGN_V_PUNT_RATE] = CGND,
	[CGN_V_PUNT_FULL] = CGND,
	[CGN_V_HANDOVER_FULL] = WORKER,
	[CGN_V_NO_MBUF] = DEVICE,
	[CGN_V_TX_FULL] = DEVICE,
	[CGN_V_SHUTDOWN] = DEVICE,
	[CGN_V_SOFTWIRE_HEADER] = SOFTWIRE,
	[CGN_V_SOFTWIRE_NEXT] = SOFTWIRE,
	[CGN_V_SOFTWIRE_UNKNOWN] = SOFTWIRE,
	[CGN_V_SOFTWIRE_MOVED] = SOFTWIRE,
	[CGN_V_SOFTWIRE_SOURCE] = SOURCE,
	[CGN_V_SOFTWIRE_ECN] = SOFTWIRE,
	[CGN_V_STATION_LIMIT] = SOURCE,
	[CGN_V_REMOTE_SHARE] = MAPPING,
	[CGN_V_SUB_PROTOCOL] = MAPPING,
	[CGN_V_SUBSCRIBERS_MAX] = MAPPING,
};

/* A packet to cgnd itself ends with ADDRESS. The source is checked when a mapping is made. */
static const char *const out_stages[] = { PARSE, SOFTWIRE, ADDRESS, WORKER, FRAGMENTS, TTL, ROUTE,
	SOURCE, MAPPING, TRANSLATE, NEIGHBOUR, DEVICE, NULL };
static const char *const in_stages[] = { PARSE, ADDRESS, WORKER, FRAGMENTS, MAPPING, FILTER, TTL,
	ROUTE, TRANSLATE, NEIGHBOUR, DEVICE, NULL };

const char *
cgn_ctlstages_of(uint8_t v)
{
	return v < CGN_V_COUNT ? stage_of[v] : NULL;
}

/* Whether a packet comes by a stage that not every packet does. */
static bool
has_stage(const struct cgn_tap_record *r, const char *stage)
{
	if (strcmp(stage, SOFTWIRE) == 0)
		return !cgn_ip6_is_zero(&r->b4);
	if (strcmp(stage, FRAGMENTS) == 0)
		return r->is_fragment;
	if (strcmp(stage, WORKER) == 0)
		return r->entry == CGN_TAP_HANDED || r->fate == CGN_TAP_PASSED;
	if (strcmp(stage, SOURCE) == 0)
		return r->from.found == CGN_TAP_MADE || r->from.found == CGN_TAP_NONE;
	if (strcmp(stage, MAPPING) == 0 || strcmp(stage, TRANSLATE) == 0 ||
			strcmp(stage, FILTER) == 0)
		return r->verdict != CGN_V_PASS_THROUGH;
	return true;
}

/* The stage where a packet is now. */
static const char *
last_stage(const struct cgn_tap_record *r)
{
	if (r->fate == CGN_TAP_PASSED)
		return WORKER;
	if (r->fate == CGN_TAP_HELD)
		return r->is_fragment ? FRAGMENTS : NEIGHBOUR;
	return r->verdict < CGN_V_COUNT ? stage_of[r->verdict] : DEVICE;
}

unsigned int
cgn_ctlstages_list(const struct cgn_tap_record *r, const char *stage[static CGN_CTLSTAGES_MAX],
		bool *is_decided)
{
	const char *const *all = r->side == CGN_SIDE_INSIDE ? out_stages : in_stages;
	const char *last = last_stage(r);
	/* What is for cgnd itself has no stages behind the one that sees its address. */
	bool is_local = strcmp(last, CGND) == 0;
	unsigned int n = 0;

	for (; *all != NULL; all++) {
		if (strcmp(*all, last) != 0 && !has_stage(r, *all))
			continue;
		stage[n++] = *all;
		if (strcmp(*all, last) == 0 || (is_local && strcmp(*all, ADDRESS) == 0))
			break;
	}
	if (is_local)
		stage[n++] = last;
	*is_decided = r->fate != CGN_TAP_DECIDED ||
			(r->verdict < CGN_V_COUNT &&
					cgn_verdict_class((enum cgn_verdict)r->verdict) !=
							CGN_VC_FORWARDED);
	return n;
}
