/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_PROXY_H
#define CGN_RELAY_PROXY_H

/**
 * @file
 * The PCP proxy of a B4: a server of NAT-PMP and PCP for the hosts of the home, and a client of the AFTR's PCP server.
 *
 * A B4 has no NAT, so the proxy makes no mappings itself. It asks the AFTR over IPv6, from the address of its softwire,
 * and names the host in the option THIRD_PARTY (RFC 7648 section 3.3). The host gets the external address and port that
 * the AFTR has assigned, in the protocol that it speaks.
 *
 * The proxy answers these requests itself: ANNOUNCE (RFC 7648 section 3.5), and what is malformed, has another client's
 * address, or has THIRD_PARTY. A host must not speak for another one, and not for the B4. An opcode that cgnd does not
 * know has no THIRD_PARTY, so the AFTR would take it for a request of the B4. The caller passes it on in the softwire.
 *
 * Requests of one host for one inside port are carried out one after the other. A request is ignored while the same one
 * is under way. There are at most CGN_RELAY_PROXY_OPEN requests, and CGN_RELAY_PROXY_CLIENT of one host. The AFTR is
 * asked for CGN_RELAY_PROXY_ASKED of them at the same time, and the other ones of the host wait. Each host may send
 * natpmp.requests_per_s; others are dropped. relay_upstream.h says how often requests are sent, and when they fail. When
 * the AFTR is down, also those that wait fail.
 *
 * Source:  RFC 7648 section 3, RFC 6887 sections 11 to 14, RFC 6886 section 3.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 * Memory:  5 KiB for each request under way, 112 KiB for the table of mappings, 64 KiB for an answer, and 0.8 MiB for
 *          the rates.
 */

#include "controlplane/link/return_addr.h"
#include "controlplane/relay/relay.h"
#include "shared/control_counters.h"

#define CGN_RELAY_PROXY_OPEN   256 /* requests under way, of all hosts */
#define CGN_RELAY_PROXY_CLIENT 64  /* of one host */
#define CGN_RELAY_PROXY_ASKED  8   /* of one host that the AFTR is asked at the same time */

struct cgn_relay_proxy;

/** What the proxy needs. All pointers outlive it. */
struct cgn_relay_proxy_cfg {
	const struct cgn_conf *conf;
	struct cgn_relay *relay; /* its protocol is PCP */
	/** Send an answer to where a request came from. */
	void (*send)(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len);
	void *ctx;
};

/** What the proxy counts. */
struct cgn_relay_proxy_stats {
	CGN_RELAY_PROXY_COUNTERS(CGN_STATS_FIELD)
};

/** Create it. @return 0 or -ENOMEM */
int cgn_relay_proxy_create(struct cgn_relay_proxy **out, const struct cgn_relay_proxy_cfg *cfg);

/** Release it, after the relay was destroyed. NULL is allowed. */
void cgn_relay_proxy_destroy(struct cgn_relay_proxy *p);

/** Use another configuration. */
void cgn_relay_proxy_set_conf(struct cgn_relay_proxy *p, const struct cgn_conf *conf);

/**
 * Take a datagram that a host of the home has sent to UDP port 5351.
 *
 * @return false: a PCP request with an unknown opcode; the caller passes it on in the softwire
 */
bool cgn_relay_proxy_input(struct cgn_relay_proxy *p, const struct cgn_return_addr *from,
		const uint8_t *data, size_t len, uint64_t now_ms);

/**
 * The AFTR has sent a mapping of PCP that no request under way asks for. If it has ended or moved the mapping, tell its
 * host (RFC 6887 section 14.2). NAT-PMP has no such message, so there the epoch begins anew.
 */
void
cgn_relay_proxy_updated(struct cgn_relay_proxy *p, const struct cgn_relay_said *x, uint64_t now_ms);

/** The counters. */
const struct cgn_relay_proxy_stats *cgn_relay_proxy_stats(const struct cgn_relay_proxy *p);

#endif /* CGN_RELAY_PROXY_H */
