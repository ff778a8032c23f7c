/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The addresses of a worker, and memory of the external index.
 */
#include "dataplane/nat/ext.h"

#include "shared/mem.h"

#include <errno.h>

#define PORTS    ((size_t)1 << 16)
#define HUGE_MAX ((size_t)1 << 30) /* octets of an index in huge pages: 4096 addresses */

/* TCP and UDP use huge pages where every address soon has ports in use: there they cost little more memory
 * than small pages. In a very large pool with few subscribers, huge pages would commit all of the table.
 * ICMP identifiers are always sparse. */
static uint32_t *
map_index(size_t n_addresses, size_t room, enum cgn_proto proto)
{
	size_t one = PORTS * sizeof(uint32_t);

	return proto == CGN_PROTO_ICMP || n_addresses * one > HUGE_MAX
			? cgn_mem_map_sparse_room(n_addresses * one, room * one)
			: cgn_mem_map_room(n_addresses * one, room * one);
}

int
cgn_ext_init(struct cgn_ext *e, const struct cgn_book *book, unsigned int worker)
{
	uint32_t n = book->parts[worker].n;

	*e = (struct cgn_ext){ .room = book->room, .worker = worker };
	e->owned_addr = cgn_mem_map_room(
			n * sizeof(*e->owned_addr), e->room * sizeof(*e->owned_addr));
	e->owned_pool = cgn_mem_map_room(
			n * sizeof(*e->owned_pool), e->room * sizeof(*e->owned_pool));
	if (e->owned_addr == NULL || e->owned_pool == NULL)
		goto fini;
	for (unsigned int proto = 0; proto < CGN_PROTO_COUNT; proto++) {
		e->index[proto] = map_index(n, e->room, (enum cgn_proto)proto);
		if (e->index[proto] == NULL)
			goto fini;
	}
	cgn_ext_set_book(e, book);
	for (uint32_t ord = 0; ord < n; ord++) {
		if (book->parts[worker].at[ord].pool != CGN_BOOK_NO_POOL)
			cgn_ext_add(e, ord);
	}
	return 0;

fini:
	cgn_ext_fini(e);
	return -ENOMEM;
}

void
cgn_ext_fini(struct cgn_ext *e)
{
	for (unsigned int proto = 0; proto < CGN_PROTO_COUNT; proto++)
		cgn_mem_unmap(e->index[proto], e->room * PORTS * sizeof(uint32_t));
	cgn_mem_unmap(e->owned_addr, e->room * sizeof(*e->owned_addr));
	cgn_mem_unmap(e->owned_pool, e->room * sizeof(*e->owned_pool));
	*e = (struct cgn_ext){ 0 };
}

void
cgn_ext_set_book(struct cgn_ext *e, const struct cgn_book *book)
{
	e->book = book;
	e->addrs = book->addrs;
	e->addrs_mask = book->mask;
	e->addrs_shift = book->shift;
}

void
cgn_ext_add(struct cgn_ext *e, uint32_t ord)
{
	const struct cgn_book_place place = cgn_book_at(e->book, e->worker, ord);

	for (; e->n_owned <= ord; e->n_owned++)
		e->owned_pool[e->n_owned] = CGN_BOOK_NO_POOL;
	e->owned_addr[ord] = place.addr;
	e->owned_pool[ord] = place.pool;
}

void
cgn_ext_remove(struct cgn_ext *e, uint32_t ord)
{
	e->owned_addr[ord] = 0;
	e->owned_pool[ord] = CGN_BOOK_NO_POOL;
}
