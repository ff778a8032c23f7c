/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Any octets from the hosts of a home and from the AFTR, at any time, and all that the PCP proxy of a B4 does with them.
 *
 * Input: records of an octet that says who speaks, one that says how long, and as many octets. At the end the AFTR is
 * silent and time passes: nothing may be left under way.
 */

#include "controlplane/pcp/pcp_codec.h"
#include "controlplane/relay/relay_proxy.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#define GATEWAY RTE_BE32(0xc0a80101)
#define RECORDS 64

static uint64_t now;
static struct cgn_timerq *timers;
static struct cgn_relay *relay;
static struct cgn_relay_proxy *proxy;
static struct cgn_pcp_message last; /* to the AFTR */

static struct cgn_conf conf = {
	.softwire = { .role = CGN_SOFTWIRE_B4, .local = { .b = { 0x20, 1, [15] = 1 } } },
	.natpmp = { .role = CGN_NATPMP_RELAY,
			.upstreams = { { .is_ip6 = true, .ip6 = { .b = { 0x20, 1, [15] = 2 } } } },
			.n_upstreams = 1,
			.upstream_protocol = CGN_UPSTREAM_PCP,
			.lifetime_max_s = 86400,
			.requests_per_s = 100000,
			.subscriber_limit_code = 6,
			.announce = true },
	.pcp = { .enabled = true,
			.map = true,
			.peer = true,
			.lifetime_min_s = 120,
			.lifetime_max_s = 86400 },
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static bool
is_host(rte_be32_t addr)
{
	return (rte_be_to_cpu_32(addr) & ~UINT32_C(0xf)) == 0xc0a80100 ||
			addr == CGN_SOFTWIRE_B4_ADDR;
}

/* The proxy speaks for a host only, and only in a valid request of the B4. */
static void
send_upstream(void *ctx, const void *data, size_t len)
{
	enum cgn_pcp_result result;
	struct cgn_pcp_request r;

	(void)ctx;
	must(len <= sizeof(last.octets));
	must(cgn_pcp_codec_parse(&r, &result, data, len) && result == CGN_PCP_SUCCESS);
	must(r.client.is_ip6 &&
			memcmp(&r.client.ip6, &conf.softwire.local, sizeof(r.client.ip6)) == 0);
	must(cgn_pcp_codec_check(&r, CGN_PCP_DO_ALL | CGN_PCP_PASS_UNKNOWN) == CGN_PCP_SUCCESS);
	must(r.opcode == CGN_PCP_ANNOUNCE ||
			(r.options.has_third_party && !r.options.third_party.is_ip6 &&
					is_host(r.options.third_party.ip4)));
	memcpy(last.octets, data, len);
	last.len = len;
}

static struct cgn_ip
source(void *ctx)
{
	(void)ctx;
	return (struct cgn_ip){ .is_ip6 = true, .ip6 = conf.softwire.local };
}

static void
announce(void *ctx, const void *data, size_t len)
{
	(void)ctx;
	must(data != NULL && (len == 12 || len == 24));
}

static void
updated(void *ctx, const struct cgn_relay_said *x, uint64_t now_ms)
{
	(void)ctx;
	cgn_relay_proxy_updated(proxy, x, now_ms);
}

/* An answer tells a host nothing of THIRD_PARTY, unless it is a copy of what the host has sent. */
static void
answer(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	struct cgn_pcp_answer a;

	(void)ctx;
	must(to->local.ip4 == GATEWAY && is_host(to->remote.ip4) && len >= 8);
	if (((const uint8_t *)data)[0] == 0)
		return;
	/* An error is a copy of the request, which may be too short. */
	if (((const uint8_t *)data)[3] != CGN_PCP_SUCCESS)
		return;
	must(cgn_pcp_codec_parse_answer(&a, data, len) && !a.options.has_third_party);
}

static void
begin(void)
{
	static const struct cgn_relay_ops ops = {
		.send = send_upstream, .source = source, .announce = announce, .updated = updated
	};
	struct cgn_relay_cfg r = { .conf = &conf, .is_proxy = true, .ops = &ops };
	struct cgn_relay_proxy_cfg p = { .conf = &conf, .send = answer };

	now = 1000000;
	last.len = 0;
	must(cgn_timerq_create(&timers) == 0);
	r.timers = timers;
	must(cgn_relay_create(&relay, &r) == 0);
	p.relay = relay;
	must(cgn_relay_proxy_create(&proxy, &p) == 0);
}

static void
pass(uint64_t ms)
{
	uint64_t until = now + ms, due;

	while ((due = cgn_timerq_next(timers)) <= until) {
		now = due > now ? due : now;
		cgn_timerq_run(timers, now, 1);
	}
	now = until;
}

static void
end(void)
{
	/* Each request of a row for one port may wait for its own end. */
	pass(UINT64_C(3600) * 1000);
	must(cgn_relay_upstream_open(cgn_relay_get_upstream(relay)) == 0);
	cgn_relay_destroy(relay);
	cgn_relay_proxy_destroy(proxy);
	cgn_timerq_destroy(timers);
}

/* The AFTR answers its last request, with some of its octets changed. */
static void
reply(const uint8_t *octets, size_t len)
{
	if (last.len < 24)
		return;
	last.octets[1] |= 0x80;
	memset(last.octets + 2, 0, 22);
	for (size_t i = 0; i + 1 < len; i += 2)
		last.octets[octets[i] % last.len] = octets[i + 1];
	cgn_relay_upstream_input(cgn_relay_get_upstream(relay), last.octets, last.len, now);
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
		from.remote.ip4 = rte_cpu_to_be_32(0xc0a80100 + (data[0] & 0x0f));
		if ((data[0] & 0x60) == 0x60)
			pass(UINT64_C(1) << (data[0] & 0x0f));
		else if ((data[0] & 0x40) != 0)
			(void)cgn_relay_proxy_input(proxy, &from, octets, len, now);
		else if ((data[0] & 0x20) != 0)
			reply(octets, len);
		else
			cgn_relay_upstream_input(cgn_relay_get_upstream(relay), octets, len, now);
		free(octets);
		data += 2 + len;
		size -= 2 + len;
	}
	end();
	return 0;
}
