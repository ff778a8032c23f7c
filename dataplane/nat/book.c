/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Makes the address book of a configuration from the one before.
 */
#include "dataplane/nat/book.h"

#include "shared/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 1024 /* addresses that a worker can get beside twice those of the start */

/* The making of a book. */
struct making {
	struct cgn_book *book;
	const struct cgn_book *before;
	const struct cgn_conf *conf;
	uint32_t n_all[CGN_WORKERS_MAX];     /* addresses that are not leaving */
	uint32_t (*n_of)[CGN_WORKERS_MAX];   /* the same by pool */
	uint32_t next_free[CGN_WORKERS_MAX]; /* no free ordinal is below */
};

/* Called for each address of each pool. @return 0 or -errno, which ends the walk */
typedef int (*each_fn)(struct making *m, rte_be32_t addr, uint16_t pool);

static int
each_address(struct making *m, each_fn fn)
{
	int ret = 0;

	for (size_t p = 0; p < m->conf->n_pools; p++) {
		const struct cgn_conf_pool *pool = &m->conf->pools[p];

		for (size_t r = 0; r < pool->n_ranges; r++) {
			for (uint64_t a = pool->ranges[r].first;
					ret == 0 && a <= pool->ranges[r].last; a++)
				ret = fn(m, rte_cpu_to_be_32((uint32_t)a), (uint16_t)p);
		}
	}
	return ret;
}

static uint64_t
count_addresses(const struct cgn_conf *conf)
{
	uint64_t n = 0;

	for (size_t p = 0; p < conf->n_pools; p++) {
		for (size_t r = 0; r < conf->pools[p].n_ranges; r++)
			n += (uint64_t)conf->pools[p].ranges[r].last -
					conf->pools[p].ranges[r].first + 1;
	}
	return n;
}

/* The slot of an address, or the empty one that it can have. */
static struct cgn_ext_addr *
slot_of(const struct cgn_book *b, rte_be32_t addr)
{
	uint32_t i = cgn_book_start(b->shift, addr);

	while (b->addrs[i & b->mask].addr != 0 && b->addrs[i & b->mask].addr != addr)
		i++;
	return &b->addrs[i & b->mask];
}

/* --- addresses that are there already ------------------------------------------------------- */

static bool
is_over(const struct cgn_book_part *part, uint32_t ord)
{
	return part->at[ord].addr == 0 ||
			(part->at[ord].pool == CGN_BOOK_NO_POOL &&
					atomic_load_explicit(&part->is_empty[ord],
							memory_order_acquire));
}

/* Take over the addresses of the book before. For now, all of them are leaving. */
static void
take_over(struct making *m)
{
	for (unsigned int w = 0; m->before != NULL && w < m->before->n_workers; w++) {
		const struct cgn_book_part *part = &m->before->parts[w];

		for (uint32_t ord = 0; ord < part->n; ord++) {
			if (is_over(part, ord))
				continue;
			*slot_of(m->book, part->at[ord].addr) = (struct cgn_ext_addr){
				.addr = part->at[ord].addr,
				.worker = (uint8_t)w,
				.is_leaving = true,
				.pool = slot_of(m->before, part->at[ord].addr)->pool,
				.ord = ord,
			};
			m->book->parts[w].at[ord].addr = part->at[ord].addr;
			m->book->parts[w].n = ord + 1;
		}
	}
}

/* Count the address for its worker. */
static void
note_stay(struct making *m, const struct cgn_ext_addr *a)
{
	m->book->parts[a->worker].at[a->ord] = (struct cgn_book_place){ .addr = a->addr,
		.pool = a->pool };
	m->n_all[a->worker]++;
	m->n_of[a->pool][a->worker]++;
}

/* An address that is in a pool and was there before. */
static int
keep(struct making *m, rte_be32_t addr, uint16_t pool)
{
	struct cgn_ext_addr *a = slot_of(m->book, addr);

	if (a->addr != 0) {
		a->is_leaving = false;
		a->pool = pool;
		note_stay(m, a);
	}
	return 0;
}

/* --- new addresses -------------------------------------------------------------------------- */

static unsigned int
choose_worker(const struct making *m, uint16_t pool)
{
	unsigned int best = 0;

	for (unsigned int w = 1; w < m->book->n_workers; w++) {
		uint32_t n = m->n_of[pool][w], least = m->n_of[pool][best];

		if (n < least || (n == least && m->n_all[w] < m->n_all[best]))
			best = w;
	}
	return best;
}

static int
add(struct making *m, rte_be32_t addr, uint16_t pool)
{
	struct cgn_ext_addr *a = slot_of(m->book, addr);
	struct cgn_book_part *part;
	unsigned int w;
	uint32_t ord;

	if (a->addr != 0)
		return 0;
	w = choose_worker(m, pool);
	part = &m->book->parts[w];
	for (ord = m->next_free[w]; ord < part->n && part->at[ord].addr != 0; ord++)
		;
	if (ord == m->book->room)
		return -ENOSPC;
	m->next_free[w] = ord + 1;
	if (ord == part->n)
		part->n++;
	*a = (struct cgn_ext_addr){ .addr = addr, .worker = (uint8_t)w, .pool = pool, .ord = ord };
	note_stay(m, a);
	return 0;
}

/* --- lists by pool -------------------------------------------------------------------------- */

/* Enter an ordinal. of_pool[] of the pool is where its next one goes, until all are entered. */
static int
enter_ord(struct making *m, rte_be32_t addr, uint16_t pool)
{
	const struct cgn_ext_addr *a = slot_of(m->book, addr);
	struct cgn_book_part *part = &m->book->parts[a->worker];

	part->ords[part->of_pool[pool]++] = a->ord;
	return 0;
}

static int
list_ords(struct making *m)
{
	for (unsigned int w = 0; w < m->book->n_workers; w++) {
		struct cgn_book_part *part = &m->book->parts[w];
		uint32_t at = 0;

		part->ords = malloc(((size_t)m->n_all[w] + 1) * sizeof(*part->ords));
		if (part->ords == NULL)
			return -ENOMEM;
		for (size_t p = 0; p <= CGN_POOLS_MAX; p++) {
			part->of_pool[p] = at;
			at += p < CGN_POOLS_MAX ? m->n_of[p][w] : 0;
		}
	}
	(void)each_address(m, enter_ord);
	for (unsigned int w = 0; w < m->book->n_workers; w++) {
		uint32_t *of_pool = m->book->parts[w].of_pool;

		/* Each one has moved to the beginning of the next pool. */
		memmove(&of_pool[1], &of_pool[0], CGN_POOLS_MAX * sizeof(*of_pool));
		of_pool[0] = 0;
	}
	return 0;
}

/* --- the book ------------------------------------------------------------------------------- */

/* Each worker needs an address of each pool, because the hash of the inside address tells who has a subscriber. */
static int
check_workers(const struct making *m, char why[static CGN_BOOK_WHY_MAX])
{
	for (size_t p = 0; p < m->conf->n_pools; p++) {
		for (unsigned int w = 0; w < m->book->n_workers; w++) {
			if (m->conf->pools[p].n_ranges == 0 || m->n_of[p][w] > 0)
				continue;
			snprintf(why, CGN_BOOK_WHY_MAX,
					"worker %u would have no address of pool %s: an address cannot "
					"change its worker; add more addresses, or restart",
					w, m->conf->pools[p].name);
			return -EADDRNOTAVAIL;
		}
	}
	return 0;
}

static int
book_fill(struct making *m, char why[static CGN_BOOK_WHY_MAX])
{
	int ret;

	take_over(m);
	(void)each_address(m, keep);
	for (unsigned int w = 0; w < m->book->n_workers; w++) {
		struct cgn_book_part *part = &m->book->parts[w];

		for (uint32_t ord = 0; ord < part->n; ord++) {
			if (part->at[ord].addr == 0 ||
					slot_of(m->book, part->at[ord].addr)->is_leaving)
				part->at[ord].pool = CGN_BOOK_NO_POOL;
		}
	}
	ret = each_address(m, add);
	if (ret == -ENOSPC)
		snprintf(why, CGN_BOOK_WHY_MAX,
				"a worker has room for %u external addresses, with those that are leaving: "
				"add less of them, or restart",
				m->book->room);
	/* At the start, the check of the configuration has counted the addresses of each pool. */
	if (ret == 0 && m->before != NULL)
		ret = check_workers(m, why);
	return ret == 0 ? list_ords(m) : ret;
}

/* Memory for the addresses of a configuration and of the book before. */
static int
book_reserve(struct cgn_book *b, const struct cgn_conf *conf, const struct cgn_book *before)
{
	uint64_t n = count_addresses(conf), n_all = n, slots = 2;
	uint64_t most = (n + conf->workers - 1) / conf->workers;

	b->n_workers = conf->workers;
	for (size_t p = 0; p < conf->n_pools; p++)
		b->numbers[p] = conf->pools[p].number;
	b->room = before != NULL ? before->room : (uint32_t)(2 * most + ROOM_MIN);
	for (unsigned int w = 0; w < b->n_workers; w++) {
		uint64_t n_ords = (before != NULL ? before->parts[w].n : 0) + n;
		size_t places = (size_t)(n_ords < b->room ? n_ords : b->room) + 1;

		b->parts[w].at = calloc(places, sizeof(*b->parts[w].at));
		b->parts[w].is_empty = calloc(places, sizeof(*b->parts[w].is_empty));
		if (b->parts[w].at == NULL || b->parts[w].is_empty == NULL)
			return -ENOMEM;
		n_all += n_ords - n;
	}
	/* Slots are a power of two and at most half full, so searches are short. */
	while (slots < 2 * n_all)
		slots *= 2;
	b->mask = (uint32_t)(slots - 1);
	b->shift = 32 - (uint32_t)__builtin_ctzll(slots);
	b->addrs = cgn_mem_map(slots * sizeof(*b->addrs));
	return b->addrs == NULL ? -ENOMEM : 0;
}

int
cgn_book_create(struct cgn_book **out, const struct cgn_conf *conf, const struct cgn_book *before,
		char why[static CGN_BOOK_WHY_MAX])
{
	struct making m = { .before = before, .conf = conf };
	int ret = -ENOMEM;

	why[0] = '\0';
	m.book = calloc(1, sizeof(*m.book));
	m.n_of = calloc(CGN_POOLS_MAX, sizeof(*m.n_of));
	if (m.book != NULL && m.n_of != NULL)
		ret = book_reserve(m.book, conf, before);
	if (ret == 0)
		ret = book_fill(&m, why);
	free(m.n_of);
	if (ret < 0) {
		cgn_book_destroy(m.book);
		return ret;
	}
	*out = m.book;
	return 0;
}

void
cgn_book_destroy(struct cgn_book *b)
{
	if (b == NULL)
		return;
	for (unsigned int w = 0; w < b->n_workers; w++) {
		free(b->parts[w].at);
		free(b->parts[w].is_empty);
		free(b->parts[w].ords);
	}
	cgn_mem_unmap(b->addrs, ((size_t)b->mask + 1) * sizeof(*b->addrs));
	free(b);
}
