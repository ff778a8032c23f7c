/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Steering on a device: RSS indirection table or rte_flow rules.
 */
#include "dataplane/device/port_steer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_flow.h>

void
cgn_port_steer_key(uint8_t *key, uint8_t len, const struct cgn_steer *steer)
{
	unsigned int n = len != 0 ? len : CGN_STEER_KEY;

	/* Some devices take a longer key. Only its first octets matter for IPv4 addresses. */
	for (unsigned int i = 0; i < n; i++)
		key[i] = steer->key[i % CGN_STEER_KEY];
}

static int
set_reta(uint16_t id, uint16_t size, const struct cgn_steer *steer)
{
	struct rte_eth_rss_reta_entry64 reta[CGN_PORT_PLAN_RETA_MAX / RTE_ETH_RETA_GROUP_SIZE];

	memset(reta, 0, sizeof(reta));
	for (unsigned int i = 0; i < size; i++) {
		struct rte_eth_rss_reta_entry64 *group = &reta[i / RTE_ETH_RETA_GROUP_SIZE];

		group->mask |= UINT64_C(1) << (i % RTE_ETH_RETA_GROUP_SIZE);
		group->reta[i % RTE_ETH_RETA_GROUP_SIZE] = steer->reta[i % CGN_STEER_RETA];
	}
	return rte_eth_dev_rss_reta_update(id, reta, size);
}

/* Send packets to one pool address to the queue of its worker. */
static int
add_rule(uint16_t id, const struct cgn_port_dst *dst, struct cgn_port_rules *rules)
{
	const struct rte_flow_attr attr = { .ingress = 1 };
	const struct rte_flow_item_ipv4 spec = { .hdr.dst_addr = dst->addr };
	const struct rte_flow_item_ipv4 mask = { .hdr.dst_addr = RTE_BE32(UINT32_MAX) };
	const struct rte_flow_item pattern[] = {
		{ .type = RTE_FLOW_ITEM_TYPE_ETH },
		{ .type = RTE_FLOW_ITEM_TYPE_IPV4, .spec = &spec, .mask = &mask },
		{ .type = RTE_FLOW_ITEM_TYPE_END },
	};
	const struct rte_flow_action_queue queue = { .index = dst->worker };
	const struct rte_flow_action actions[] = {
		{ .type = RTE_FLOW_ACTION_TYPE_QUEUE, .conf = &queue },
		{ .type = RTE_FLOW_ACTION_TYPE_END },
	};
	struct rte_flow_error error;
	struct rte_flow *flow;
	int ret = rules->n == CGN_PORT_PLAN_RULES
			? -ENOSPC
			: rte_flow_validate(id, &attr, pattern, actions, &error);

	if (ret < 0)
		return ret;
	flow = rte_flow_create(id, &attr, pattern, actions, &error);
	if (flow == NULL)
		return -EIO;
	rules->at[rules->n++] = (struct cgn_port_rule){ *dst, flow };
	return 0;
}

static int
set_rules(uint16_t id, const struct cgn_port_owners *owners, struct cgn_port_rules *rules)
{
	struct rte_flow_error error;
	int ret = 0;

	rules->at = calloc(CGN_PORT_PLAN_RULES, sizeof(*rules->at));
	if (rules->at == NULL)
		return -ENOMEM;
	for (size_t i = 0; ret == 0 && i < owners->n_dst; i++)
		ret = add_rule(id, &owners->dst[i], rules);
	if (ret < 0) {
		rte_flow_flush(id, &error);
		cgn_port_steer_forget(rules);
	}
	return ret;
}

int
cgn_port_steer_compare(const void *a, const void *b)
{
	rte_be32_t x = ((const struct cgn_port_dst *)a)->addr;
	rte_be32_t y = ((const struct cgn_port_dst *)b)->addr;

	return (x > y) - (x < y);
}

/* Remove the rules that lead to a wrong queue. @return how many the device keeps */
static size_t
remove_rules(uint16_t id, const struct cgn_port_owners *owners, struct cgn_port_rules *rules)
{
	struct rte_flow_error error;
	size_t n = 0, n_kept = 0;

	for (size_t i = 0; i < rules->n; i++) {
		const struct cgn_port_rule *r = &rules->at[i];
		const struct cgn_port_dst *dst = bsearch(&r->dst, owners->dst, owners->n_dst,
				sizeof(r->dst), cgn_port_steer_compare);
		bool is_right = dst != NULL && dst->worker == r->dst.worker;

		if (!is_right && rte_flow_destroy(id, r->flow, &error) == 0)
			continue;
		n_kept += is_right ? 0 : 1;
		rules->at[n++] = *r;
	}
	rules->n = n;
	return n_kept;
}

size_t
cgn_port_steer_follow(
		uint16_t id, const struct cgn_port_owners *owners, struct cgn_port_rules *rules)
{
	size_t n_wrong = remove_rules(id, owners, rules), n_before = rules->n;

	for (size_t i = 0; i < owners->n_dst; i++) {
		const struct cgn_port_dst *dst = &owners->dst[i];

		if (bsearch(dst, rules->at, n_before, sizeof(rules->at[0]),
				    cgn_port_steer_compare) == NULL)
			n_wrong += add_rule(id, dst, rules) < 0 ? 1 : 0;
	}
	qsort(rules->at, rules->n, sizeof(rules->at[0]), cgn_port_steer_compare);
	return n_wrong;
}

void
cgn_port_steer_forget(struct cgn_port_rules *rules)
{
	free(rules->at);
	*rules = (struct cgn_port_rules){ 0 };
}

int
cgn_port_steer_apply(uint16_t id, const struct cgn_port_plan *plan,
		const struct cgn_port_caps *caps, const struct cgn_port_owners *owners,
		struct cgn_port_rules *rules)
{
	switch (plan->steering) {
	case CGN_STEER_RSS_SRC:
		return set_reta(id, caps->reta_size, owners->steer);
	case CGN_STEER_FLOW:
		return set_rules(id, owners, rules);
	case CGN_STEER_SINGLE:
	case CGN_STEER_HANDOVER:
		break;
	}
	return 0;
}
