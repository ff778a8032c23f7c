/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Writes and reads leases, epochs and realms as octets.
 */
#include "controlplane/lease/lease_rows.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>

enum row_type {
	ROW_REALM = 1,
	ROW_EPOCH,
	ROW_LEASE,
};

/** What each row begins with. */
struct row {
	rte_le16_t type;
	rte_le16_t len; /* of the row, with this */
	rte_le32_t realm;
};

struct row_realm {
	struct row row;
	struct cgn_ip6 b4;
	uint8_t len;
	uint8_t pad[7];
};
static_assert(sizeof(struct row_realm) == 32, "part of the format");

struct row_epoch {
	struct row row;
	rte_be32_t addr;
	uint8_t pad[4];
	rte_le64_t start_ms;
};
static_assert(sizeof(struct row_epoch) == 24, "part of the format");

/** The filters follow, then the description, and zeros up to a multiple of 8. */
struct row_lease {
	struct row row;
	rte_le64_t end_ms;
	rte_le64_t peer_end_ms;
	rte_le32_t lifetime_s;
	rte_be32_t in_addr;
	rte_be32_t ext_addr;
	rte_be32_t peer_addr;
	rte_be16_t in_port;
	rte_be16_t ext_port;
	rte_be16_t peer_port;
	rte_le16_t description_len;
	uint8_t proto;
	uint8_t by;
	uint8_t n_filters;
	uint8_t pad[5];
	uint8_t nonce[CGN_LEASE_NONCE];
	uint8_t peer_nonce[CGN_LEASE_NONCE];
};
static_assert(sizeof(struct row_lease) == 80, "part of the format");
static_assert(sizeof(struct row_lease) + CGN_FILTERS_MAX * sizeof(struct cgn_filter) +
						CGN_LEASE_DESCRIPTION_MAX <=
				CGN_LEASE_ROWS_MAX,
		"a row fits");
static_assert(sizeof(struct cgn_filter) == 8, "part of the format");

static struct row
row_of(enum row_type type, size_t len, uint32_t realm)
{
	return (struct row){ .type = rte_cpu_to_le_16((uint16_t)type),
		.len = rte_cpu_to_le_16((uint16_t)len),
		.realm = rte_cpu_to_le_32(realm) };
}

size_t
cgn_lease_rows_realm(uint8_t *out, uint32_t realm, const struct cgn_ip6 *b4, unsigned int len)
{
	const struct row_realm r = {
		.row = row_of(ROW_REALM, sizeof(r), realm), .b4 = *b4, .len = (uint8_t)len
	};

	memcpy(out, &r, sizeof(r));
	return sizeof(r);
}

size_t
cgn_lease_rows_epoch(uint8_t *out, uint32_t realm, rte_be32_t addr, int64_t start_ms)
{
	const struct row_epoch r = {
		.row = row_of(ROW_EPOCH, sizeof(r), realm),
		.addr = addr,
		.start_ms = rte_cpu_to_le_64((uint64_t)start_ms),
	};

	memcpy(out, &r, sizeof(r));
	return sizeof(r);
}

size_t
cgn_lease_rows_lease(uint8_t *out, const struct cgn_store_lease *l)
{
	size_t filters = l->n_filters * sizeof(struct cgn_filter);
	size_t len = RTE_ALIGN_CEIL(sizeof(struct row_lease) + filters + l->description_len, 8);
	struct row_lease r = {
		.row = row_of(ROW_LEASE, len, l->realm),
		.end_ms = rte_cpu_to_le_64((uint64_t)l->end_ms),
		.peer_end_ms = rte_cpu_to_le_64((uint64_t)l->peer_end_ms),
		.lifetime_s = rte_cpu_to_le_32(l->lifetime_s),
		.in_addr = l->in.addr,
		.ext_addr = l->ext.addr,
		.peer_addr = l->peer.addr,
		.in_port = l->in.port,
		.ext_port = l->ext.port,
		.peer_port = l->peer.port,
		.description_len = rte_cpu_to_le_16(l->description_len),
		.proto = l->in.proto,
		.by = l->by.by,
		.n_filters = l->n_filters,
	};

	memcpy(r.nonce, l->by.nonce, sizeof(r.nonce));
	memcpy(r.peer_nonce, l->peer.nonce, sizeof(r.peer_nonce));
	memset(out + len - 8, 0, 8);
	memcpy(out, &r, sizeof(r));
	if (filters != 0)
		memcpy(out + sizeof(r), l->filters, filters);
	if (l->description_len != 0)
		memcpy(out + sizeof(r) + filters, l->description, l->description_len);
	return len;
}

/* --- reading ----------------------------------------------------------------------------------- */

static int
visit_realm(const void *row, size_t len, const struct cgn_store_visitor *v, void *arg)
{
	struct row_realm r;

	if (len != sizeof(r))
		return -EBADMSG;
	memcpy(&r, row, sizeof(r));
	if (r.len > 128)
		return -EBADMSG;
	return v->realm == NULL ? 0 : v->realm(arg, rte_le_to_cpu_32(r.row.realm), &r.b4, r.len);
}

static int
visit_epoch(const void *row, size_t len, const struct cgn_store_visitor *v, void *arg)
{
	struct row_epoch r;

	if (len != sizeof(r))
		return -EBADMSG;
	memcpy(&r, row, sizeof(r));
	return v->epoch == NULL ? 0
				: v->epoch(arg, rte_le_to_cpu_32(r.row.realm), r.addr,
						  (int64_t)rte_le_to_cpu_64(r.start_ms));
}

static bool
is_lease(const struct row_lease *r, size_t len)
{
	static const uint8_t none[CGN_LEASE_NONCE];
	size_t description_len = rte_le_to_cpu_16(r->description_len);

	return r->n_filters <= CGN_FILTERS_MAX && description_len <= CGN_LEASE_DESCRIPTION_MAX &&
			len ==
			RTE_ALIGN_CEIL(sizeof(*r) + r->n_filters * sizeof(struct cgn_filter) +
							description_len,
					8) &&
			r->proto < CGN_PROTO_COUNT && r->by < CGN_LEASE_BY_COUNT &&
			(r->by != CGN_LEASE_BY_PEER || memcmp(r->nonce, none, sizeof(none)) == 0);
}

static int
visit_lease(const uint8_t *row, size_t len, const struct cgn_store_visitor *v, void *arg)
{
	struct cgn_filter filters[CGN_FILTERS_MAX];
	struct cgn_store_lease l = { 0 };
	struct row_lease r;

	if (len < sizeof(r))
		return -EBADMSG;
	memcpy(&r, row, sizeof(r));
	if (!is_lease(&r, len))
		return -EBADMSG;
	l.realm = rte_le_to_cpu_32(r.row.realm);
	l.lifetime_s = rte_le_to_cpu_32(r.lifetime_s);
	l.in = (struct cgn_ep4){ .addr = r.in_addr, .port = r.in_port, .proto = r.proto };
	l.ext = (struct cgn_ep4){ .addr = r.ext_addr, .port = r.ext_port, .proto = r.proto };
	l.by.by = r.by;
	memcpy(l.by.nonce, r.nonce, sizeof(l.by.nonce));
	l.end_ms = (int64_t)rte_le_to_cpu_64(r.end_ms);
	memcpy(l.peer.nonce, r.peer_nonce, sizeof(l.peer.nonce));
	l.peer.addr = r.peer_addr;
	l.peer.port = r.peer_port;
	l.peer_end_ms = (int64_t)rte_le_to_cpu_64(r.peer_end_ms);
	l.n_filters = r.n_filters;
	l.filters = filters;
	memcpy(filters, row + sizeof(r), r.n_filters * sizeof(filters[0]));
	for (unsigned int i = 0; i < r.n_filters; i++) {
		if (!cgn_store_rows_is_filter(&filters[i]))
			return -EBADMSG;
	}
	l.description = (const char *)row + sizeof(r) + r.n_filters * sizeof(filters[0]);
	l.description_len = rte_le_to_cpu_16(r.description_len);
	return v->lease == NULL ? 0 : v->lease(arg, &l);
}

int
cgn_lease_rows_visit(const void *rows, size_t len, const struct cgn_store_visitor *v, void *arg)
{
	const uint8_t *at = rows;
	int ret = 0;

	while (ret >= 0 && len != 0) {
		struct row row;
		size_t n;

		if (len < sizeof(row))
			return -EBADMSG;
		memcpy(&row, at, sizeof(row));
		n = rte_le_to_cpu_16(row.len);
		if (n < sizeof(row) || n % 8 != 0 || n > len)
			return -EBADMSG;
		switch (rte_le_to_cpu_16(row.type)) {
		case ROW_REALM:
			ret = visit_realm(at, n, v, arg);
			break;
		case ROW_EPOCH:
			ret = visit_epoch(at, n, v, arg);
			break;
		case ROW_LEASE:
			ret = visit_lease(at, n, v, arg);
			break;
		default:
			return -EBADMSG;
		}
		at += n;
		len -= n;
	}
	return ret < 0 ? ret : 0;
}
