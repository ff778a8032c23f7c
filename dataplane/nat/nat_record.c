/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Fills records of pairings and port blocks.
 */
#include "dataplane/nat/nat_record.h"

void
cgn_nat_record_write_binding(struct cgn_record_door *d, enum cgn_record_event event,
		const struct cgn_ext *ext, const struct cgn_subscriber *pub)
{
	struct cgn_record *r = cgn_record_door_begin(d);

	*r = (struct cgn_record){
		.event = (uint8_t)event,
		.nat = {
			.inside = pub->addr,
			.inside_len = pub->prefix_len,
			.ext_addr = ext->owned_addr[pub->ext_ord],
			.pool = cgn_ext_pool_number(ext, pub->ext_ord),
		},
	};
	(void)cgn_record_door_end(d, r);
}

void
cgn_nat_record_write_block(struct cgn_record_door *d, enum cgn_record_event event,
		const struct cgn_ext *ext, const struct cgn_subscriber *pub, uint32_t ord,
		uint16_t first, uint16_t last)
{
	struct cgn_record *r = cgn_record_door_begin(d);

	*r = (struct cgn_record){
		.event = (uint8_t)event,
		.nat = {
			.inside = pub->addr,
			.inside_len = pub->prefix_len,
			.ext_addr = ext->owned_addr[ord],
			.pool = cgn_ext_pool_number(ext, ord),
			.port_first = first,
			.port_last = last,
		},
	};
	(void)cgn_record_door_end(d, r);
}
