/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The description and the filters of a lease, in memory that its users share.
 */
#include "controlplane/lease/lease_extra.h"

#include <stdlib.h>
#include <string.h>

struct cgn_lease_extra *
cgn_lease_extra_new(void)
{
	struct cgn_lease_extra *e = calloc(1, sizeof(*e));

	if (e != NULL)
		e->n_users = 1;
	return e;
}

void
cgn_lease_extra_copy(struct cgn_lease_extra *e, const struct cgn_lease_extra *from)
{
	uint32_t n_users = e->n_users;

	*e = *from;
	e->n_users = n_users;
}

/* Whether an octet of UTF-8 goes on with the character before it. */
static bool
goes_on(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

void
cgn_lease_extra_describe(struct cgn_lease_extra *e, const char *text, uint16_t len)
{
	if (len > CGN_LEASE_DESCRIPTION_MAX) {
		len = CGN_LEASE_DESCRIPTION_MAX;
		while (len > 0 && goes_on(text[len]))
			len--;
	}
	memcpy(e->description, text, len);
	e->description_len = len;
}

bool
cgn_lease_extra_filter(struct cgn_lease_extra *e, const struct cgn_filter *filter, unsigned int max)
{
	for (unsigned int i = 0; i < e->n_filters; i++) {
		if (memcmp(&e->filters[i], filter, sizeof(*filter)) == 0)
			return true;
	}
	if (e->n_filters >= max)
		return false;
	e->filters[e->n_filters++] = *filter;
	return true;
}

bool
cgn_lease_extra_same(const struct cgn_lease_extra *a, const struct cgn_lease_extra *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->description_len == b->description_len &&
			memcmp(a->description, b->description, a->description_len) == 0 &&
			a->n_filters == b->n_filters &&
			memcmp(a->filters, b->filters, a->n_filters * sizeof(a->filters[0])) == 0;
}

bool
cgn_lease_extra_same_filters(const struct cgn_lease_extra *a, const struct cgn_lease_extra *b)
{
	uint8_t n = a == NULL ? 0 : a->n_filters;

	return n == (b == NULL ? 0 : b->n_filters) &&
			(n == 0 || memcmp(a->filters, b->filters, n * sizeof(a->filters[0])) == 0);
}

struct cgn_lease_extra *
cgn_lease_extra_hold(struct cgn_lease_extra *e)
{
	if (e != NULL)
		e->n_users++;
	return e;
}

void
cgn_lease_extra_release(struct cgn_lease_extra *e)
{
	if (e != NULL && --e->n_users == 0)
		free(e);
}
