/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Deletes all mappings of a client: notes its ports, then ends one after the other.
 */
#include "controlplane/relay/relay_sweep.h"

#include <errno.h>
#include <stdlib.h>

struct cgn_relay_sweep {
	struct cgn_relay_sweeps *all;
	struct cgn_relay_sweep *next;
	struct cgn_lessor_request request;
	cgn_lessor_done done;
	void *arg;
	struct cgn_lessor_answer answer;
	uint32_t n;
	uint32_t size;
	rte_be16_t *ports; /* inside ports of the leases that are left */
};

static void
sweep_finish(struct cgn_relay_sweep *s, uint64_t now_ms)
{
	struct cgn_relay_sweep **at = &s->all->first;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	s->done(s->arg, &s->answer, now_ms);
	free(s->ports);
	free(s);
}

static void sweep_deleted(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms);

static void
sweep_next(struct cgn_relay_sweep *s, uint64_t now_ms)
{
	if (s->n == 0) {
		sweep_finish(s, now_ms);
		return;
	}
	s->request.in.port = s->ports[--s->n];
	cgn_relay_transactions_unmap(s->all->transactions, &s->request, sweep_deleted, s, now_ms);
}

/* One lease was deleted, or could not be. The first failure becomes the answer. */
static void
sweep_deleted(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct cgn_relay_sweep *s = arg;

	s->answer.n += a->n;
	if (s->answer.ret == 0) {
		s->answer.ret = a->ret;
		s->answer.upstream_code = a->upstream_code;
		s->answer.upstream_by = a->upstream_by;
	}
	/* If upstream does not answer this one, it will not answer the others. */
	if (a->ret < 0 && (a->upstream_code == 0 || cgn_relay_transactions_is_silence(a)))
		s->n = 0;
	sweep_next(s, now_ms);
}

/* Note the inside ports of those leases of a client that the sender may change. @return 0 or -ENOMEM */
static int
sweep_collect(struct cgn_relay_sweep *s, uint64_t now_ms)
{
	struct cgn_lessor_info rows[32];
	uint32_t cursor = 0, n;

	while ((n = cgn_lessor_read_client(s->all->lessor, s->request.realm, s->request.in.addr,
				&cursor, rows, 32, now_ms)) > 0) {
		if (s->size < s->n + n) {
			uint32_t size = 2 * s->size + n;
			rte_be16_t *ports = realloc(s->ports, size * sizeof(*ports));

			if (ports == NULL)
				return -ENOMEM;
			s->ports = ports;
			s->size = size;
		}
		for (uint32_t i = 0; i < n; i++) {
			if (rows[i].in.proto != s->request.in.proto)
				continue;
			if (cgn_lease_owner_may_change(&rows[i].by, &s->request.by))
				s->ports[s->n++] = rows[i].in.port;
			else
				s->answer.ret = -EPERM;
		}
	}
	return 0;
}

void
cgn_relay_sweeps_begin(struct cgn_relay_sweeps *all, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms)
{
	static const struct cgn_lessor_answer no_memory = { .ret = -ENOMEM };
	struct cgn_relay_sweep *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		done(arg, &no_memory, now_ms);
		return;
	}
	*s = (struct cgn_relay_sweep){
		.all = all, .request = *r, .done = done, .arg = arg, .next = all->first
	};
	all->first = s;
	if (sweep_collect(s, now_ms) < 0) {
		s->answer.ret = -ENOMEM;
		s->n = 0;
	}
	sweep_next(s, now_ms);
}

void
cgn_relay_sweeps_fini(struct cgn_relay_sweeps *all)
{
	while (all->first != NULL) {
		struct cgn_relay_sweep *s = all->first;

		all->first = s->next;
		free(s->ports);
		free(s);
	}
}
