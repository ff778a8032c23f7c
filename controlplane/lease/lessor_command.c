/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Makes the commands to the workers, for the lessor.
 */
#include "controlplane/lease/lessor_command.h"

#include <errno.h>
#include <stdlib.h>

int
cgn_lessor_command_send(struct cgn_lessor *l, const struct cgn_lessor_call *template, uint16_t op,
		const struct cgn_cmd_map *map, uint64_t now_ms)
{
	struct cgn_lessor_call *call = malloc(sizeof(*call));
	int ret;

	if (call == NULL)
		return -ENOMEM;
	*call = *template;
	call->lessor = l;
	ret = l->cfg.ops->send(l->cfg.ctx, op, map,
			map->n_filters != 0 ? call->request.extra : NULL, call, now_ms);
	if (ret < 0) {
		free(call);
		return ret;
	}
	call->next = l->calls;
	call->prev = &l->calls;
	if (call->next != NULL)
		call->next->prev = &call->next;
	l->calls = call;
	(void)cgn_lease_extra_hold(call->request.extra);
	cgn_realms_hold(l->cfg.realms, template->request.realm);
	return 0;
}

void
cgn_lessor_command_close(struct cgn_lessor_call *call)
{
	struct cgn_realms *realms = call->lessor->cfg.realms;
	uint32_t realm = call->request.realm;

	*call->prev = call->next;
	if (call->next != NULL)
		call->next->prev = call->prev;
	cgn_lease_extra_release(call->request.extra);
	free(call);
	/* The number of the home is released last. Until here, the call and what it looked up need it. */
	cgn_realms_release(realms, realm);
}

static bool
is_for(const struct cgn_lessor_request *r, const struct cgn_leasetable_lease *x)
{
	uint32_t port = rte_be_to_cpu_16(x->in.port), first = rte_be_to_cpu_16(r->in.port);

	return r->realm == x->client->realm && r->in.addr == x->in.addr &&
			r->in.proto == x->in.proto && port >= first &&
			port < first + RTE_MAX(r->set_size, 1u);
}

bool
cgn_lessor_command_is_open(const struct cgn_lessor *l, const struct cgn_leasetable_lease *x)
{
	const struct cgn_lessor_call *call = l->calls;

	while (call != NULL &&
			((call->kind != CGN_LESSOR_CALL_MAP &&
					 call->kind != CGN_LESSOR_CALL_UNMAP) ||
					!is_for(&call->request, x)))
		call = call->next;
	return call != NULL;
}

uint8_t
cgn_lessor_command_filters(const struct cgn_lease_extra *extra)
{
	return extra == NULL ? 0 : extra->n_filters;
}

uint8_t
cgn_lessor_command_flags(const struct cgn_lease_owner *by)
{
	if (by->by == CGN_LEASE_BY_PEER)
		return CGN_MAPPING_PEER | CGN_MAPPING_AGES;
	return (uint8_t)(CGN_MAPPING_EXPLICIT |
			(by->by == CGN_LEASE_BY_PCP ? CGN_MAPPING_AGES : 0));
}

bool
cgn_lessor_command_add_peer(
		struct cgn_cmd_map *map, const struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	if (x == NULL || !cgn_lessor_has_peer(x, now_ms))
		return false;
	map->flags |= CGN_MAPPING_PEER | CGN_MAPPING_AGES;
	map->lifetime_s = RTE_MAX(map->lifetime_s, cgn_lessor_left_s(x->peer_end_ms, now_ms));
	map->rem_addr = 0;
	map->rem_port = 0;
	return true;
}

struct cgn_ep4
cgn_lessor_command_nth(const struct cgn_ep4 *first, unsigned int i)
{
	struct cgn_ep4 ep = *first;

	ep.port = rte_cpu_to_be_16((uint16_t)(rte_be_to_cpu_16(first->port) + i));
	return ep;
}
