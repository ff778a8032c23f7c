/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the resolver does with received ARP and neighbour discovery: it answers requests for addresses of cgnd, learns
 * from senders, and takes answers to its own questions.
 */
#include "controlplane/link/arp_nd_responder.h"

#include "controlplane/link/local_addr.h"
#include "controlplane/link/resolver_room.h"
#include "controlplane/link/resolver_state.h"

#include <string.h>

/* The sender of a frame has said which MAC address it has. Anybody can send that. So a stranger gets an entry only if
 * it asks for an address of cgnd (is_for_us), and strangers fill at most half of the table: the other half is left
 * for what the workers want. */
static void
resolver_learn(struct cgn_resolver *t, uint16_t port, const struct cgn_arp_nd *m, bool is_for_us,
		uint64_t now_ms)
{
	struct cgn_resolver_entry *e;

	if (!m->has_mac || !cgn_local_addr_is_host(&m->sender) ||
			!rte_is_unicast_ether_addr(&m->mac) || rte_is_zero_ether_addr(&m->mac))
		return;
	e = cgn_resolver_table_find(t, port, &m->sender);
	if (e == NULL && is_for_us && cgn_local_addr_on_link(&t->conf->ports[port], &m->sender)) {
		const struct cgn_station *s = cgn_stations_find(
				&t->stations, port, m->mac.addr_bytes);

		/* Addresses that are only asked for do not count: a flood of packets to invented addresses would
		 * otherwise keep every newcomer out. */
		if (t->count - t->n_asking >= t->max / 2 &&
				!cgn_resolver_room_make(
						t, s == NULL ? 0 : s->n_addresses, now_ms)) {
			t->stats.full++;
			return;
		}
		e = cgn_resolver_table_add(t, port, &m->sender, CGN_RESOLVER_STATE_LOST);
	}
	if (e != NULL)
		cgn_resolver_state_confirm(e, &m->mac, m->is_weak, now_ms);
}

static void
resolver_take_request(struct cgn_resolver *t, const struct cgn_frame *f, const struct cgn_arp_nd *m,
		uint64_t now_ms)
{
	bool is_for_us = cgn_local_addr_answers(cgn_resolver_in_use(t), f->port, &m->target);
	/* A solicitation may lack the option with its sender's MAC address; the Ethernet source stands in. */
	const struct rte_ether_addr *to = m->has_mac ? &m->mac : &f->src;
	uint8_t buf[CGN_ARP_ND_MAX];
	size_t len;

	/* Learn before the answer goes out: the asker's traffic follows the answer at once. An announcement asks
	 * for nothing, so it only updates what is known. */
	resolver_learn(t, f->port, m, is_for_us && !m->is_announced, now_ms);
	if (!is_for_us || !rte_is_unicast_ether_addr(to) || rte_is_zero_ether_addr(to))
		return;
	len = cgn_arp_nd_answer(buf, &t->from[f->port], &m->target, m, to);
	t->ops->send(t->ctx, f->port, buf, len);
	t->stats.answers++;
}

static void
resolver_take_answer(struct cgn_resolver *t, const struct cgn_frame *f, struct cgn_arp_nd *m,
		uint64_t now_ms)
{
	struct cgn_resolver_entry *e = cgn_resolver_table_find(t, f->port, &m->sender);

	/* A router announces itself when it is back. That proves nothing, so it is asked. */
	if (e != NULL && e->is_next_hop && e->state == CGN_RESOLVER_STATE_LOST) {
		cgn_resolver_state_begin(e, CGN_RESOLVER_STATE_ASKING, now_ms);
		return;
	}
	/* Answers to questions that cgnd did not ask teach nothing. A lost neighbour is not asked either. */
	if (e == NULL || e->state == CGN_RESOLVER_STATE_LOST)
		return;
	/* RFC 4861 section 4.4: an advertisement may omit its MAC address when it answers a unicast question. It
	 * confirms the address that is known. */
	if (!m->has_mac &&
			(e->state == CGN_RESOLVER_STATE_PROBING ||
					e->state == CGN_RESOLVER_STATE_DOUBTED) &&
			!m->is_announced) {
		memcpy(&m->mac, e->n.mac, sizeof(m->mac));
		m->has_mac = true;
	}
	/* Only the station that was asked can prove that it is there. */
	if (m->has_mac && !m->is_announced && e->is_asked &&
			(e->state == CGN_RESOLVER_STATE_ASKING ||
					memcmp(e->n.mac, &m->mac, sizeof(m->mac)) == 0))
		e->is_proven = true;
	resolver_learn(t, f->port, m, false, now_ms);
}

bool
cgn_arp_nd_responder_input(struct cgn_resolver *t, const struct cgn_frame *f, uint64_t now_ms)
{
	struct cgn_arp_nd m;

	if (f->port >= t->conf->n_ports)
		return false;
	if (!cgn_arp_nd_parse(&m, f)) {
		if (f->ethertype != RTE_ETHER_TYPE_ARP)
			return false;
		t->stats.malformed++;
		return true;
	}
	if (rte_is_same_ether_addr(&f->src, &t->from[f->port].mac))
		return true; /* cgnd's own frame came back: a loop on the link */
	if ((m.has_mac && rte_is_same_ether_addr(&m.mac, &t->from[f->port].mac)) ||
			cgn_local_addr_answers(cgn_resolver_in_use(t), f->port, &m.sender)) {
		/* RFC 5227 section 2.4 (a): keep the address and tell the operator. */
		t->stats.conflicts++;
		cgn_resolver_table_log_claim(t, "another station uses an address of cgnd", f->port,
				&m.sender, &f->src, now_ms);
		return true;
	}
	if (m.kind == CGN_ARP_ND_REQUEST)
		resolver_take_request(t, f, &m, now_ms);
	else
		resolver_take_answer(t, f, &m, now_ms);
	return true;
}
