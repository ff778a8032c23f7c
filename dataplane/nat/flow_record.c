/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Fills records of mappings and sessions.
 */
#include "dataplane/nat/flow_record.h"

void
cgn_flow_record_write(const struct cgn_nat *n, enum cgn_record_event event,
		const struct cgn_mapping *m, rte_be32_t addr, rte_be16_t port)
{
	struct cgn_record *r = cgn_record_door_begin(n->records);

	*r = (struct cgn_record){
		.event = (uint8_t)event,
		.flow = {
			.in_addr = m->in_addr,
			.in_port = rte_be_to_cpu_16(m->in_port),
			.ext_addr = m->ext_addr,
			.ext_port = rte_be_to_cpu_16(m->ext_port),
			.proto = m->proto,
		},
	};
	if (m->realm != 0)
		r->flow.b4 = *n->b4(n->engine, m->realm);
	/* Without the key, no destination leaves the NAT (RFC 6888 REQ-12). The identifier of ICMP is no port. */
	if (n->records->has_destinations) {
		r->flow.rem_addr = addr;
		r->flow.rem_port = m->proto == CGN_PROTO_ICMP ? 0 : rte_be_to_cpu_16(port);
	}
	(void)cgn_record_door_end(n->records, r);
}

void
cgn_flow_record_mapping(
		const struct cgn_nat *n, enum cgn_record_event event, const struct cgn_mapping *m)
{
	bool is_new = event == CGN_RECORD_MAPPING_CREATED;

	if ((m->flags & CGN_MAPPING_STATIC) != 0)
		return;
	/* A session lies within its mapping, also in the order of the records. */
	if (is_new && cgn_record_door_wants(n->records, CGN_RECORD_KIND_MAPPINGS))
		cgn_flow_record_write(n, event, m, 0, 0);
	if (m->proto != CGN_PROTO_TCP &&
			cgn_record_door_wants(n->records, CGN_RECORD_KIND_SESSIONS))
		cgn_flow_record_write(n,
				is_new ? CGN_RECORD_SESSION_CREATED : CGN_RECORD_SESSION_DELETED, m,
				m->rem_addr, m->rem_port);
	if (!is_new && cgn_record_door_wants(n->records, CGN_RECORD_KIND_MAPPINGS))
		cgn_flow_record_write(n, event, m, 0, 0);
}

bool
cgn_flow_record_is_session(const struct cgn_mapping *m, rte_be32_t addr, rte_be16_t port,
		enum cgn_tcp_state state)
{
	if (state != CGN_TCP_FILTER)
		return true;
	/* The connections of TCP tell more than its filter entries. The first destination of UDP is that of the mapping. */
	return m->proto != CGN_PROTO_TCP &&
			(addr != m->rem_addr || (port != 0 && port != m->rem_port));
}
