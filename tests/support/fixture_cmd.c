/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/engine/snapshot.h"
#include "shared/dpdk_compat.h"
#include "tests/support/fixture_priv.h"
#include "tests/support/tapfix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <CUnit/CUnit.h>

/* --- packets in one call ------------------------------------------------------------------- */

const struct fx_pkt *
fx_udp_out(struct fx *fx, const char *h, uint16_t hp, const char *p, uint16_t pp)
{
	return fx_inside(fx, pg_udp(fx->mp, h, hp, p, pp, 32));
}

const struct fx_pkt *
fx_udp_in(struct fx *fx, const char *p, uint16_t pp, const char *x, uint16_t xp)
{
	return fx_outside(fx, pg_udp(fx->mp, p, pp, x, xp, 32));
}

const struct fx_pkt *
fx_tcp_out(struct fx *fx, const char *h, uint16_t hp, const char *p, uint16_t pp, uint8_t flags)
{
	return fx_inside(fx, pg_tcp(fx->mp, h, hp, p, pp, flags, 0));
}

const struct fx_pkt *
fx_tcp_in(struct fx *fx, const char *p, uint16_t pp, const char *x, uint16_t xp, uint8_t flags)
{
	return fx_outside(fx, pg_tcp(fx->mp, p, pp, x, xp, flags, 0));
}

const struct fx_pkt *
fx_ping_out(struct fx *fx, const char *h, const char *p, uint16_t ident)
{
	return fx_inside(fx, pg_icmp_query(fx->mp, h, p, RTE_ICMP_TYPE_ECHO_REQUEST, ident, 32));
}

const struct fx_pkt *
fx_pong_in(struct fx *fx, const char *p, const char *x, uint16_t ident)
{
	return fx_outside(fx, pg_icmp_query(fx->mp, p, x, RTE_ICMP_TYPE_ECHO_REPLY, ident, 32));
}

static struct fx_ep
source_of(const struct fx_pkt *p)
{
	struct fx_ep x = { .port = p->sport };

	if (!p->left || p->port != FX_OUTSIDE)
		fx_fail(__FILE__, __LINE__, "packet did not leave outside");
	memcpy(x.addr, p->left ? p->src : "0.0.0.0", p->left ? sizeof(x.addr) : 8);
	return x;
}

struct fx_ep
fx_map_udp(struct fx *fx, const char *h, uint16_t hp)
{
	return source_of(fx_udp_out(fx, h, hp, P1, 53));
}

struct fx_ep
fx_connect(struct fx *fx, const char *h, uint16_t hp, const char *p, uint16_t pp)
{
	struct fx_ep x = source_of(fx_tcp_out(fx, h, hp, p, pp, RTE_TCP_SYN_FLAG));

	FX_PKT(fx_tcp_in(fx, p, pp, x.addr, x.port, RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG), FX_INSIDE,
			p, pp, h, hp);
	FX_PKT(fx_tcp_out(fx, h, hp, p, pp, RTE_TCP_ACK_FLAG), FX_OUTSIDE, x.addr, x.port, p, pp);
	return x;
}

/* --- commands ------------------------------------------------------------------------------ */

void
fx_cmd_only(struct fx *fx, unsigned int worker, struct cgn_cmd *cmd, struct cgn_evt *reply)
{
	cmd->seq = ++fx->seq;
	fx->is_swapped |= cmd->op == CGN_CMD_CONF_SWAP;
	/* From now on the tables stay as they are. */
	if (cmd->op == CGN_CMD_PAUSE)
		fx->drain_s = 0;
	tapfix_cmd(fx, worker, cmd, reply);
	if (reply->seq != cmd->seq || reply->op != CGN_EVT_REPLY || reply->worker != worker)
		fx_fail(__FILE__, __LINE__, "reply to command %u is not one", cmd->op);
}

int
fx_cmd(struct fx *fx, unsigned int worker, struct cgn_cmd *cmd, struct cgn_evt *reply)
{
	fx_begin(fx);
	fx_cmd_only(fx, worker, cmd, reply);
	fx_settle(fx);
	return reply->ret;
}

void
fx_pktmsg(struct fx *fx, unsigned int worker, const struct cgn_pktmsg *msg)
{
	fx_begin(fx);
	tapfix_pktmsgs(fx, worker, msg, 1);
	fx_settle(fx);
}

bool
fx_subscriber(struct fx *fx, const char *in, struct cgn_subscriber_info *out)
{
	for (unsigned int i = 0; i < fx->n_workers; i++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_READ_SUBSCRIBERS };
		struct cgn_evt reply;

		cmd.u.read = (struct cgn_cmd_read){
			.out = out, .max = 1, .has_filter = 1, .ep = { .addr = pg_addr(in) }
		};
		if (fx_cmd(fx, i, &cmd, &reply) == 0 && reply.u.read.n == 1)
			return true;
	}
	return false;
}

unsigned int
fx_owner(const struct fx *fx, const char *in)
{
	const struct cgn_conf *conf = fx->snapshot == NULL ? &fx->conf : fx->snapshot->conf;
	rte_be32_t addr = pg_addr(in);
	unsigned int best = 0, len = 32;

	for (size_t g = 0; g < conf->n_groups; g++) {
		for (size_t i = 0; i < conf->groups[g].n_prefixes; i++) {
			const struct cgn_prefix *p = &conf->groups[g].prefixes[i];

			if (cgn_prefix_has4(p, addr) && p->len >= best) {
				best = p->len;
				len = conf->groups[g].subscriber_prefix_len;
			}
		}
	}
	return cgn_steer_inside(&fx->steer, addr & rte_cpu_to_be_32(cgn_mask4(len)));
}

/* The worker that has the subscriber, or that would. */
static unsigned int
worker_of(const struct fx *fx, const char *in)
{
	return cgn_owner_of(&fx->snapshot->owner, pg_addr(in));
}

int
fx_lease(struct fx *fx, enum cgn_proto proto, const char *in, uint16_t in_port, struct fx_ep *x,
		uint32_t lifetime_s)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_MAP_ADD };
	struct cgn_evt reply;
	int ret;

	cmd.u.map = (struct cgn_cmd_map){
		.in = { .addr = pg_addr(in),
				.port = rte_cpu_to_be_16(in_port),
				.proto = (uint8_t)proto },
		.ext = { .port = rte_cpu_to_be_16(x->port), .proto = (uint8_t)proto },
		.lifetime_s = lifetime_s,
		.flags = CGN_MAPPING_EXPLICIT,
		.n_filters = fx->n_filters,
	};
	cmd.u.filters = fx->filters;
	if (x->addr[0] != '\0')
		cmd.u.map.ext.addr = pg_addr(x->addr);
	ret = fx_cmd(fx, worker_of(fx, in), &cmd, &reply);
	if (ret == 0) {
		inet_ntop(AF_INET, &reply.u.map.ext.addr, x->addr, sizeof(x->addr));
		x->port = rte_be_to_cpu_16(reply.u.map.ext.port);
	}
	return ret;
}

int
fx_unlease(struct fx *fx, enum cgn_proto proto, const char *in, uint16_t in_port)
{
	return fx_end_lease(fx, proto, in, in_port, CGN_MAPPING_EXPLICIT);
}

int
fx_end_lease(struct fx *fx, enum cgn_proto proto, const char *in, uint16_t in_port, uint8_t flags)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_MAP_DEL };
	struct cgn_evt reply;

	cmd.u.map = (struct cgn_cmd_map){
		.in = { .addr = pg_addr(in),
				.port = rte_cpu_to_be_16(in_port),
				.proto = (uint8_t)proto },
		.flags = flags,
	};
	return fx_cmd(fx, worker_of(fx, in), &cmd, &reply);
}

static unsigned int
read_worker(struct fx *fx, unsigned int worker, const char *sub, struct cgn_mapping_info *rows,
		unsigned int max)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_READ_MAPPINGS };
	struct cgn_evt reply;
	unsigned int n = 0;

	cmd.u.read = (struct cgn_cmd_read){ .has_filter = sub != NULL };
	if (sub != NULL)
		cmd.u.read.ep.addr = pg_addr(sub);
	do {
		cmd.u.read.out = rows + n;
		cmd.u.read.max = max - n;
		if (fx_cmd(fx, worker, &cmd, &reply) != 0 || reply.u.read.n > max - n) {
			fx_fail(__FILE__, __LINE__, "mappings cannot be read");
			break;
		}
		n += reply.u.read.n;
		cmd.u.read.cursor = reply.u.read.cursor;
	} while (reply.u.read.done == 0 && n < max);
	return n;
}

unsigned int
fx_mappings(struct fx *fx, const char *sub, struct cgn_mapping_info *rows, unsigned int max)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < fx->n_workers; i++)
		n += read_worker(fx, i, sub, rows + n, max - n);
	return n;
}

bool
fx_mapping(struct fx *fx, enum cgn_proto proto, const char *in, uint16_t in_port,
		struct cgn_mapping_info *out)
{
	struct cgn_mapping_info rows[256];
	unsigned int n = fx_mappings(fx, in, rows, RTE_DIM(rows));

	for (unsigned int i = 0; i < n; i++) {
		if (rows[i].in.addr == pg_addr(in) && rows[i].in.proto == proto &&
				rows[i].in.port == rte_cpu_to_be_16(in_port)) {
			*out = rows[i];
			return true;
		}
	}
	*out = (struct cgn_mapping_info){ 0 };
	return false;
}

int
fx_who(struct fx *fx, enum cgn_proto proto, const char *x, uint16_t xp, struct cgn_who_info *out)
{
	int ret = -EXDEV;

	for (unsigned int i = 0; i < fx->n_workers && ret == -EXDEV; i++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_WHO };
		struct cgn_evt reply;

		cmd.u.read = (struct cgn_cmd_read){
			.out = out,
			.max = 1,
			.ep = { .addr = pg_addr(x),
					.port = rte_cpu_to_be_16(xp),
					.proto = (uint8_t)proto },
		};
		ret = fx_cmd(fx, i, &cmd, &reply);
	}
	return ret;
}

#define FX_COPY(field, name, help) out.field = cgn_counter_get(&sum.field);

struct fx_pool
fx_pool_stats(struct fx *fx, unsigned int pool)
{
	struct cgn_pool_stats sum = { 0 };
	struct fx_pool out;

	for (unsigned int i = 0; i < fx->n_workers; i++)
		cgn_stats_add_pool(&sum, cgn_engine_stats(fx->engines[i]), pool);
	CGN_POOL_GAUGES(FX_COPY)
	CGN_POOL_COUNTERS(FX_COPY)
	return out;
}

struct fx_group
fx_group_stats(struct fx *fx, unsigned int group)
{
	struct cgn_group_stats sum = { 0 };
	struct fx_group out;

	for (unsigned int i = 0; i < fx->n_workers; i++)
		cgn_stats_add_group(&sum, cgn_engine_stats(fx->engines[i]), group);
	CGN_GROUP_GAUGES(FX_COPY)
	CGN_GROUP_COUNTERS(FX_COPY)
	return out;
}
