/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads rows of the database and refuses those that cannot be true.
 */
#include "controlplane/lease/store_rows.h"

#include "controlplane/lease/store_sql.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>

#define ROWS_A_LOOK 256 /* rows that are loaded between two checks whether to go on */

struct cgn_store_nonce
cgn_store_rows_of_nonce(const uint8_t nonce[CGN_LEASE_NONCE])
{
	struct cgn_store_nonce n;

	memcpy(&n.high, nonce, sizeof(n.high));
	memcpy(&n.low, nonce + sizeof(n.high), sizeof(n.low));
	return n;
}

static void
read_nonce(uint8_t out[CGN_LEASE_NONCE], const struct cgn_store_nonce *n)
{
	memcpy(out, &n->high, sizeof(n->high));
	memcpy(out + sizeof(n->high), &n->low, sizeof(n->low));
}

static bool
is_in(sqlite3_stmt *stmt, int column, sqlite3_int64 max)
{
	sqlite3_int64 v = sqlite3_column_int64(stmt, column);

	return v >= 0 && v <= max;
}

/* The columns that say who has made a lease. @return false: nobody can have */
static bool
read_owner(sqlite3_stmt *stmt, struct cgn_lease_owner *out)
{
	const struct cgn_store_nonce nonce = { sqlite3_column_int64(stmt, 9),
		(uint32_t)sqlite3_column_int64(stmt, 10) };

	if (!is_in(stmt, 8, CGN_LEASE_BY_COUNT - 1) || !is_in(stmt, 10, UINT32_MAX))
		return false;
	out->by = (uint8_t)sqlite3_column_int(stmt, 8);
	read_nonce(out->nonce, &nonce);
	return out->by != CGN_LEASE_BY_PEER || (nonce.high == 0 && nonce.low == 0);
}

/* The column of the description. NULL: there is none */
static bool
read_description(sqlite3_stmt *stmt, struct cgn_store_lease *l)
{
	int n;

	/* In this order: a number would become a text, and its length may change with it. */
	l->description = (const char *)sqlite3_column_text(stmt, 11);
	n = sqlite3_column_bytes(stmt, 11);
	if (n > CGN_LEASE_DESCRIPTION_MAX)
		return false;
	l->description_len = (uint16_t)n;
	return true;
}

bool
cgn_store_rows_is_filter(const struct cgn_filter *f)
{
	return f->len <= 32 && f->pad == 0 && (rte_be_to_cpu_32(f->addr) & ~cgn_mask4(f->len)) == 0;
}

/* The column of the filters: an array of struct cgn_filter. NULL: there are none */
static bool
read_filters(sqlite3_stmt *stmt, struct cgn_filter out[CGN_FILTERS_MAX], struct cgn_store_lease *l)
{
	/* In this order, as for a text. */
	const void *blob = sqlite3_column_blob(stmt, 12);
	size_t len = (size_t)sqlite3_column_bytes(stmt, 12), n = len / sizeof(out[0]);

	if (n > CGN_FILTERS_MAX || n * sizeof(out[0]) != len)
		return false;
	if (n > 0)
		memcpy(out, blob, len);
	for (size_t i = 0; i < n; i++) {
		if (!cgn_store_rows_is_filter(&out[i]))
			return false;
	}
	l->filters = out;
	l->n_filters = (uint8_t)n;
	return true;
}

/* The columns of what PEER has asked for. return false: nobody can have */
static bool
read_peer(sqlite3_stmt *stmt, struct cgn_store_lease *l)
{
	const struct cgn_store_nonce nonce = { sqlite3_column_int64(stmt, 13),
		(uint32_t)sqlite3_column_int64(stmt, 14) };

	if (!is_in(stmt, 14, UINT32_MAX) || !is_in(stmt, 15, UINT32_MAX) ||
			!is_in(stmt, 16, UINT16_MAX))
		return false;
	read_nonce(l->peer.nonce, &nonce);
	l->peer.addr = rte_cpu_to_be_32((uint32_t)sqlite3_column_int64(stmt, 15));
	l->peer.port = rte_cpu_to_be_16((uint16_t)sqlite3_column_int(stmt, 16));
	l->peer_end_ms = sqlite3_column_int64(stmt, 17);
	return true;
}

/* One row of the table lease. */
static int
visit_lease(sqlite3_stmt *stmt, const struct cgn_store_visitor *v, void *arg)
{
	static const sqlite3_int64 max[] = { UINT32_MAX, UINT32_MAX, UINT16_MAX,
		CGN_PROTO_COUNT - 1, UINT32_MAX, UINT16_MAX, UINT32_MAX };
	struct cgn_filter filters[CGN_FILTERS_MAX];
	struct cgn_store_lease l = { 0 };

	for (int i = 0; i < (int)RTE_DIM(max); i++) {
		if (!is_in(stmt, i, max[i]))
			return -EBADMSG;
	}
	l.realm = (uint32_t)sqlite3_column_int64(stmt, 0);
	l.in.addr = rte_cpu_to_be_32((uint32_t)sqlite3_column_int64(stmt, 1));
	l.in.port = rte_cpu_to_be_16((uint16_t)sqlite3_column_int(stmt, 2));
	l.in.proto = (uint8_t)sqlite3_column_int(stmt, 3);
	l.ext.addr = rte_cpu_to_be_32((uint32_t)sqlite3_column_int64(stmt, 4));
	l.ext.port = rte_cpu_to_be_16((uint16_t)sqlite3_column_int(stmt, 5));
	l.ext.proto = l.in.proto;
	l.lifetime_s = (uint32_t)sqlite3_column_int64(stmt, 6);
	l.end_ms = sqlite3_column_int64(stmt, 7);
	if (!read_owner(stmt, &l.by) || !read_description(stmt, &l) ||
			!read_filters(stmt, filters, &l) || !read_peer(stmt, &l))
		return -EBADMSG;
	return v->lease(arg, &l);
}

static int
visit_epoch(sqlite3_stmt *stmt, const struct cgn_store_visitor *v, void *arg)
{
	if (!is_in(stmt, 0, UINT32_MAX) || !is_in(stmt, 1, UINT32_MAX))
		return -EBADMSG;
	return v->epoch(arg, (uint32_t)sqlite3_column_int64(stmt, 0),
			rte_cpu_to_be_32((uint32_t)sqlite3_column_int64(stmt, 1)),
			sqlite3_column_int64(stmt, 2));
}

static int
visit_realm(sqlite3_stmt *stmt, const struct cgn_store_visitor *v, void *arg)
{
	const sqlite3_int64 halves[2] = { sqlite3_column_int64(stmt, 2),
		sqlite3_column_int64(stmt, 3) };
	struct cgn_ip6 b4;

	if (!is_in(stmt, 0, UINT32_MAX) || !is_in(stmt, 1, 128))
		return -EBADMSG;
	memcpy(&b4, halves, sizeof(b4));
	return v->realm(arg, (uint32_t)sqlite3_column_int64(stmt, 0), &b4,
			(unsigned int)sqlite3_column_int64(stmt, 1));
}

static int
load_table(sqlite3 *db, const char *select,
		int (*visit)(sqlite3_stmt *stmt, const struct cgn_store_visitor *v, void *arg),
		const struct cgn_store_visitor *v, void *arg)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, select, -1, &stmt, NULL), ret = cgn_store_sql_errno(rc);

	for (uint32_t n = 0; ret == 0 && (rc = sqlite3_step(stmt)) == SQLITE_ROW; n++) {
		if (n % ROWS_A_LOOK == 0 && v->is_over != NULL && v->is_over())
			ret = -ECANCELED;
		else
			ret = visit(stmt, v, arg);
	}
	sqlite3_finalize(stmt);
	return ret < 0 ? ret : cgn_store_sql_errno(rc);
}

int
cgn_store_rows_load(sqlite3 *db, const struct cgn_store_visitor *v, void *arg)
{
	/* Homes come first: epochs and leases name them. */
	int ret = v->realm == NULL ? 0
				   : load_table(db, "SELECT realm, len, high, low FROM realm",
						     visit_realm, v, arg);

	if (ret == 0 && v->epoch != NULL)
		ret = load_table(
				db, "SELECT realm, addr, start_ms FROM epoch", visit_epoch, v, arg);
	if (ret == 0 && v->lease != NULL)
		ret = load_table(db,
				"SELECT realm, in_addr, in_port, proto, ext_addr, ext_port, lifetime_s, end_ms, made_by, nonce_high, nonce_low, description, filters, peer_high, peer_low, peer_addr, peer_port, peer_end_ms FROM lease",
				visit_lease, v, arg);
	return ret;
}
