/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A hash table of subscribers that a former process has paired with an address of another worker.
 */
#include "dataplane/engine/moved.h"

#include "dataplane/nat/book.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Place where a search begins. The upper bits of the product depend on the whole address. */
static size_t
moved_start(const struct cgn_moved *m, const struct cgn_ip6 *addr)
{
	uint64_t w[2];

	memcpy(w, addr, sizeof(w));
	return (size_t)((w[0] ^ w[1] * UINT64_C(0xbf58476d1ce4e5b9)) *
					       UINT64_C(0x9e3779b97f4a7c15) >>
			       32) &
			m->mask;
}

/* The place of a subscriber, or the free place that it would have. */
static size_t
moved_find(const struct cgn_moved *m, const struct cgn_ip6 *addr, bool is_ip6)
{
	size_t i = moved_start(m, addr);

	while (m->at[i].is_used &&
			(m->at[i].is_ip6 != is_ip6 ||
					memcmp(&m->at[i].addr, addr, sizeof(*addr)) != 0))
		i = (i + 1) & m->mask;
	return i;
}

static struct cgn_ip6
moved_key4(rte_be32_t addr)
{
	struct cgn_ip6 key = { 0 };

	memcpy(&key, &addr, sizeof(addr));
	return key;
}

/* Whether a subscriber belongs to another worker than its hash says. @param[out] worker  of its external address */
static bool
is_moved(const struct cgn_state_pairing *p, const struct cgn_book *book,
		const struct cgn_steer *steer, unsigned int *worker)
{
	const struct cgn_ext_addr *h = cgn_book_find(book, p->ext_addr);

	if (h == NULL)
		return false;
	*worker = h->worker;
	return h->worker !=
			(p->prefix.is_ip6 ? cgn_steer_inside6(steer, &p->prefix.ip6)
					  : cgn_steer_inside(steer, p->prefix.ip4));
}

static void
moved_enter(struct cgn_moved *m, const struct cgn_ip *prefix, unsigned int worker)
{
	struct cgn_ip6 key = prefix->is_ip6 ? prefix->ip6 : moved_key4(prefix->ip4);
	size_t i = moved_find(m, &key, prefix->is_ip6);

	if (m->at[i].is_used)
		return;
	m->at[i] = (struct cgn_moved_entry){
		.addr = key, .is_ip6 = prefix->is_ip6, .is_used = true, .worker = (uint16_t)worker
	};
	m->has_ip4 |= !prefix->is_ip6;
}

static int
moved_fill(struct cgn_moved **out, const struct cgn_book *book, const struct cgn_steer *steer,
		const struct cgn_state_pairing *pairings, size_t n)
{
	size_t n_moved = 0, places = 2;
	struct cgn_moved *m;
	unsigned int worker;

	/* The first pass counts. The second one may enter fewer, if a subscriber comes twice. */
	for (size_t i = 0; i < n; i++)
		n_moved += is_moved(&pairings[i], book, steer, &worker);
	if (n_moved == 0)
		return 0;
	while (places < 2 * n_moved)
		places *= 2;
	m = calloc(1, sizeof(*m) + places * sizeof(m->at[0]));
	if (m == NULL)
		return -ENOMEM;
	m->mask = places - 1;
	for (size_t i = 0; i < n; i++) {
		if (is_moved(&pairings[i], book, steer, &worker))
			moved_enter(m, &pairings[i].prefix, worker);
	}
	*out = m;
	return 0;
}

int
cgn_moved_create(struct cgn_moved **out, const struct cgn_conf *conf, const struct cgn_steer *steer,
		const struct cgn_state_pairing *pairings, size_t n)
{
	char why[CGN_BOOK_WHY_MAX];
	struct cgn_book *book;
	/* The first snapshot makes the same book. Without one before it, the result depends on the configuration only. */
	int ret = cgn_book_create(&book, conf, NULL, why);

	*out = NULL;
	if (ret < 0)
		return ret;
	ret = moved_fill(out, book, steer, pairings, n);
	cgn_book_destroy(book);
	return ret;
}

void
cgn_moved_destroy(struct cgn_moved *m)
{
	free(m);
}

static unsigned int
moved_worker(const struct cgn_moved *m, const struct cgn_ip6 *key, bool is_ip6, unsigned int worker)
{
	size_t i = moved_find(m, key, is_ip6);

	return m->at[i].is_used ? m->at[i].worker : worker;
}

unsigned int
cgn_moved_worker4(const struct cgn_moved *m, rte_be32_t addr, unsigned int worker)
{
	struct cgn_ip6 key = moved_key4(addr);

	return moved_worker(m, &key, false, worker);
}

unsigned int
cgn_moved_worker6(const struct cgn_moved *m, const struct cgn_ip6 *addr, unsigned int worker)
{
	return moved_worker(m, addr, true, worker);
}
