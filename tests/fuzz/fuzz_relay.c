/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Any octets from the NAT in front, from LAN clients, at any time: read, judged, and all that server,
 * relay and table of leases do with them.
 *
 * Input: records of an octet that says who speaks, one that says how long, and as many octets. At the end
 * upstream is silent and time passes: nothing may be left under way, no mapping pending.
 */

#include "controlplane/natpmp/natpmp_server.h"
#include "controlplane/pcp/pcp_pass.h"
#include "controlplane/pcp/pcp_server.h"
#include "controlplane/relay/relay.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CALLS   4096
#define WAN     RTE_BE32(0x64400002) /* 100.64.0.2 */
#define GATEWAY RTE_BE32(0xc0a80101)
#define RECORDS 64

struct call {
	struct cgn_lessor_call *call;
	struct cgn_cmd_map map;
	uint16_t op;
};

static struct call calls[CALLS];
static unsigned int n_calls;
static uint64_t now;
static struct cgn_timerq *timers;
static struct cgn_lessor *lessor;
static struct cgn_relay *relay;
static struct cgn_natpmp_server *server;
static struct cgn_pcp_server *pcp;
static struct cgn_lease_service *service;

static struct cgn_prefix lan = { .ip4 = RTE_BE32(0xc0a80100), .len = 24 };
static struct cgn_conf_port ports[1] = { { .side = CGN_SIDE_INSIDE,
		.n_addresses = 1,
		.addresses = { { .ip4 = GATEWAY, .len = 24 } } } };
static struct cgn_conf_group group = { .prefixes = &lan,
	.n_prefixes = 1,
	.subscriber_prefix_len = 32,
	.leases_max = 64 };
static struct cgn_range4 range = { 0x64400002, 0x64400002 };
static struct cgn_conf_pool pool = { .ranges = &range, .n_ranges = 1 };
static struct cgn_conf conf = {
	.ports = ports,
	.n_ports = 1,
	.groups = &group,
	.n_groups = 1,
	.pools = &pool,
	.n_pools = 1,
	.natpmp = { .role = CGN_NATPMP_RELAY,
			.upstream_protocol = CGN_UPSTREAM_AUTO,
			.lifetime_max_s = 86400,
			.subscriber_limit_code = 6,
			.requests_per_s = 100000,
			.announce = true },
	.pcp = { .enabled = true, .map = true, .lifetime_min_s = 120, .lifetime_max_s = 86400 },
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static int
send_command(void *ctx, uint16_t op, const struct cgn_cmd_map *map, struct cgn_lease_extra *extra,
		struct cgn_lessor_call *call, uint64_t now_ms)
{
	(void)ctx;
	(void)extra;
	(void)now_ms;
	if (n_calls == CALLS)
		return -ENOBUFS;
	calls[n_calls++] = (struct call){ call, *map, op };
	return 0;
}

static int64_t
wall_ms(void *ctx)
{
	(void)ctx;
	return (int64_t)now;
}

static void
lost(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	(void)ctx;
	(void)realm;
	(void)addr;
	cgn_relay_lost(relay, now_ms);
}

/* The worker: the external port is the inside port with one bit changed, if that is one. */
static void
reply(void)
{
	while (n_calls > 0) {
		struct call c = calls[0];
		rte_be16_t port = c.map.in.port ^ RTE_BE16(0x8000);

		memmove(calls, calls + 1, --n_calls * sizeof(calls[0]));
		c.map.ext = (struct cgn_ep4){ .addr = WAN,
			.port = port != 0 ? port : c.map.in.port,
			.proto = c.map.in.proto };
		cgn_lessor_replied(c.call, 0, &c.map, now);
	}
}

static void
pass(uint64_t ms)
{
	uint64_t end = now + ms, due;

	while ((due = cgn_timerq_next(timers)) <= end) {
		now = due > now ? due : now;
		cgn_timerq_run(timers, now, 1);
		reply();
	}
	now = end;
}

/* What goes up comes from the WAN address, and asks for nobody else. */
static void
check_pcp(const uint8_t *m, size_t len)
{
	static const rte_be32_t wan = WAN;
	struct cgn_pcp_cursor options = { .at = m + 60, .len = len - 60 };
	struct cgn_pcp_option o;

	must(memcmp(m + 20, &wan, sizeof(wan)) == 0);
	must(m[1] != 0 || len == 24);
	if (m[1] == 1) {
		must(len >= 60 && (m[40] != 0 || m[41] != 0));
		while (cgn_pcp_options_next(&options, &o))
			must(o.code == CGN_PCP_PREFER_FAILURE || !cgn_pcp_options_is_known(o.code));
		must(options.len == 0);
	} else if (m[1] != 0) {
		must(m[1] != CGN_PCP_PEER && !cgn_pcp_pass_names_others(m, len));
	}
}

static void
send_upstream(void *ctx, const void *data, size_t len)
{
	const uint8_t *m = data;
	bool is_pcp = m[0] == 2;

	(void)ctx;
	must(is_pcp ? len >= 24 && len <= 1100 && len % 4 == 0
		    : len == 2 || len == CGN_NATPMP_ASK_MAX);
	/* Never all of the household (RFC 6886 section 3.4). */
	must(is_pcp || len == 2 || m[4] != 0 || m[5] != 0);
	if (is_pcp)
		check_pcp(m, len);
}

/* An input always does the same. */
static uint32_t
always_same(void)
{
	return 1000;
}

static struct cgn_ip
source(void *ctx)
{
	(void)ctx;
	return (struct cgn_ip){ .ip4 = WAN };
}

static void
announce(void *ctx, const void *data, size_t len)
{
	(void)ctx;
	must(data != NULL && (len == CGN_NATPMP_ADDRESS_LEN || len == 24));
}

static void
answer(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	(void)ctx;
	must(to->local.ip4 == GATEWAY && data != NULL && len >= 8);
}

static void
begin(void)
{
	static const struct cgn_lessor_ops lessor_ops = {
		.send = send_command, .wall_ms = wall_ms, .boot_ms = wall_ms, .lost = lost
	};
	static const struct cgn_relay_ops relay_ops = {
		.send = send_upstream, .source = source, .announce = announce
	};
	static const struct cgn_natpmp_server_ops server_ops = { .send = answer };
	struct cgn_lessor_cfg l = { .ops = &lessor_ops };
	struct cgn_relay_cfg r = { .conf = &conf, .random = always_same, .ops = &relay_ops };
	struct cgn_lease_service_cfg v = { .conf = &conf, .backend = &cgn_relay_backend };
	struct cgn_pcp_server_cfg p = { .conf = &conf, .send = answer };
	struct cgn_natpmp_server_cfg s = { .conf = &conf, .ops = &server_ops };

	now = 1000000;
	must(cgn_timerq_create(&timers) == 0);
	l.timers = r.timers = v.timers = timers;
	must(cgn_lessor_create(&lessor, &l, now) == 0);
	r.lessor = v.lessor = lessor;
	must(cgn_relay_create(&relay, &r) == 0);
	v.backend_ctx = relay;
	must(cgn_lease_service_create(&service, &v) == 0);
	s.leases = p.leases = service;
	must(cgn_pcp_server_create(&pcp, &p) == 0);
	must(cgn_natpmp_server_create(&server, &s) == 0);
	cgn_relay_start(relay, now);
}

/* All is over once upstream has been silent for long enough, and what was pending is gone. */
static void
end(void)
{
	struct cgn_lessor_info row;
	uint32_t cursor = 0;

	reply();
	pass(400000);
	must(cgn_relay_transactions_open(cgn_relay_get_transactions(relay)) == 0);
	must(cgn_natpmp_server_open(server) == 0);
	must(cgn_relay_pass_open(cgn_relay_get_pass(relay)) == 0);
	must(cgn_lease_service_open(service) == 0);
	while (cgn_lessor_read(lessor, &cursor, &row, 1, now) == 1)
		must(row.lifetime_s != CGN_RELAY_PENDING_S || row.left_s > 0);
	cgn_relay_close(relay);
	cgn_relay_destroy(relay);
	cgn_natpmp_server_destroy(server);
	cgn_pcp_server_destroy(pcp);
	cgn_lease_service_destroy(service);
	cgn_lessor_destroy(lessor);
	cgn_timerq_destroy(timers);
}

/* As portmap.c: version 0 is NAT-PMP. */
static void
client_says(const struct cgn_return_addr *from, const uint8_t *octets, size_t len)
{
	if (len > 0 && octets[0] != 0)
		(void)cgn_pcp_server_input(pcp, from, octets, len, now);
	else
		(void)cgn_natpmp_server_input(server, from, octets, len, now);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cgn_return_addr from = { .local = { .ip4 = GATEWAY }, .remote_port = 5000 };

	begin();
	for (unsigned int i = 0; i < RECORDS && size >= 2; i++) {
		size_t len = data[1] < size - 2 ? data[1] : size - 2;
		/* A block of its own, so that a sanitizer guards its end. */
		uint8_t *octets = malloc(len == 0 ? 1 : len);

		must(octets != NULL);
		memcpy(octets, data + 2, len);
		/* A reload between two packets. */
		conf.pcp.relay_unknown = (data[0] & 0x10) != 0;
		if ((data[0] & 0x80) != 0)
			reply();
		from.remote.ip4 = rte_cpu_to_be_32(0xc0a80102 + (data[0] & 0x0f));
		if ((data[0] & 0x60) == 0x60)
			pass(UINT64_C(1) << (data[0] & 0x0f));
		else if ((data[0] & 0x40) != 0)
			client_says(&from, octets, len);
		else
			cgn_relay_upstream_input(cgn_relay_get_upstream(relay), octets, len, now);
		free(octets);
		data += 2 + len;
		size -= 2 + len;
	}
	end();
	return 0;
}
