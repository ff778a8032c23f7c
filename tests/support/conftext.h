/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_CONFTEXT_H
#define CGN_TEST_CONFTEXT_H

/**
 * @file
 * Parts of a configuration as text: an inside and an outside port, a pool of four addresses, a group.
 */

#define CONFTEXT_PORTS                                                                   \
	"ports:\n"                                                                       \
	"  - {name: in0, device: net_null0, side: inside, addresses: [100.64.0.1/10]}\n" \
	"  - {name: out0, device: net_null1, side: outside, addresses: [192.0.2.2/24]}\n"
#define CONFTEXT_POOL  "pools: [{name: p, addresses: [192.0.2.100-192.0.2.103]}]\n"
#define CONFTEXT_GROUP "groups: [{name: g, prefixes: [100.64.0.0/10], pool: p}]\n"

#endif /* CGN_TEST_CONFTEXT_H */
