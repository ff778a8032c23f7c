/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/confload.h"
#include "controlplane/link/arp_nd.h"
#include "controlplane/link/frame.h"
#include "controlplane/reload.h"
#include "tests/support/conftext.h"
#include "tests/support/planefix.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include <rte_ip.h>
#include <rte_udp.h>

#define IP(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define REPLY_MS       10000 /* how long a reload waits for a worker */
#define WATCH_MS       125000
#define CONFS_MAX      4096

#define SERVER         "workers: 2\n" CONFTEXT_PORTS CONFTEXT_POOL "store: {path: \"\"}\n"

#define HOME                                                                               \
	"workers: 1\n"                                                                     \
	"ports:\n"                                                                         \
	"  - {name: lan0, device: net_null0, side: inside, addresses: [192.168.1.1/24]}\n" \
	"  - {name: wan0, device: net_null1, side: outside, addresses: [100.64.0.2/10]}\n" \
	"routes: [{prefix: 0.0.0.0/0, via: 100.64.0.1}]\n"                                 \
	"pools: [{name: wan, addresses: [100.64.0.2]}]\n"                                  \
	"groups: [{name: home, prefixes: [192.168.1.0/24], pool: wan}]\n"                  \
	"store: {path: \"\"}\n"

/* --- who uses which configuration ---------------------------------------------------------- */

static const struct cgn_conf *used[PF_WORKERS]; /* by each worker */
static struct cgn_conf *buried[CONFS_MAX];      /* overwritten, and really freed much later */
static unsigned int n_freed;

void __real_cgn_conf_free(struct cgn_conf *conf);
void __wrap_cgn_conf_free(struct cgn_conf *conf);

void
__wrap_cgn_conf_free(struct cgn_conf *conf)
{
	struct cgn_conf *shadow;

	if (conf == NULL)
		return;
	for (unsigned int w = 0; w < PF_WORKERS; w++)
		CU_ASSERT_PTR_NOT_EQUAL(conf, used[w]);
	if (pf.control != NULL)
		CU_ASSERT_PTR_NOT_EQUAL(conf, cgn_control_conf(pf.control));
	free(buried[n_freed % CONFS_MAX]);
	buried[n_freed++ % CONFS_MAX] = conf;
	/* Whoever still reads it reads nonsense from now on. */
	shadow = malloc(sizeof(*shadow));
	CU_ASSERT_PTR_NOT_NULL_FATAL(shadow);
	*shadow = *conf;
	memset(conf, 0xa5, sizeof(*conf));
	__real_cgn_conf_free(shadow);
}

void __wrap_cgn_confload_discard(struct cgn_confload_result *result);

/* At once and in this thread, so that the order can be seen. tests/unit/test_hup.c has the thread. */
void
__wrap_cgn_confload_discard(struct cgn_confload_result *result)
{
	cgn_confload_fini(result);
}

/* A worker carries out one command; from its reply on it uses what it was told. */
static unsigned int
obey(unsigned int w)
{
	unsigned int op = pf_obey(w);

	if (op == CGN_CMD_CONF_SWAP)
		used[w] = fake_snapshot_conf(pf.log[pf.n_log - 1].cmd.u.snapshot);
	return op;
}

/* A worker carries out what it was told and is not heard yet. @return what it has to reply to */
static uint32_t
obey_silently(unsigned int w)
{
	pf.is_silent[w] = true;
	while (obey(w) != 0 && pf.log[pf.n_log - 1].cmd.op != CGN_CMD_CONF_SWAP)
		;
	pf.is_silent[w] = false;
	return pf.log[pf.n_log - 1].cmd.seq;
}

static void
reply(unsigned int w, uint32_t seq)
{
	struct cgn_evt evt = { .op = CGN_EVT_REPLY, .worker = (uint16_t)w, .seq = seq };

	CU_ASSERT_EQUAL(rte_ring_enqueue_elem(pf.planes.workers[w].evt, &evt, sizeof(evt)), 0);
}

static void
begin(const char *text, const char *more)
{
	n_freed = 0;
	used[0] = used[1] = NULL;
	pf_begin(text, more);
	/* What follows a start without a store has an end. */
	pf_pass(WATCH_MS, 1000);
	pf_forget();
	used[0] = used[1] = cgn_reload_conf(pf.reload);
}

static void
end(void)
{
	used[0] = used[1] = NULL;
	pf_stop();
	pf.control = NULL;
	unlink(pf.path);
}

static uint32_t
hold_down(void)
{
	CU_ASSERT_PTR_EQUAL(cgn_control_conf(pf.control), cgn_reload_conf(pf.reload));
	return cgn_control_conf(pf.control)->nat.hold_down_s;
}

static const char *
with_hold_down(uint32_t s)
{
	static char text[256];

	snprintf(text, sizeof(text), CONFTEXT_GROUP "nat: {hold_down_s: %u}\n", s);
	return text;
}

/* Both workers take the configuration that waits for them. */
static void
all_take_it(void)
{
	CU_ASSERT_EQUAL(obey(0), CGN_CMD_CONF_SWAP);
	CU_ASSERT_EQUAL(obey(1), CGN_CMD_CONF_SWAP);
	pf_turn();
}

/* --- freed when nobody uses it ------------------------------------------------------------- */

/* The second and the third time are like the first, whoever replies last: until then the old
 * configuration is in use everywhere. */
static void
every_reload_waits_for_the_last_worker_in_whatever_order_they_reply(void)
{
	begin(SERVER, CONFTEXT_GROUP);
	for (unsigned int i = 0; i < 6; i++) {
		unsigned int first = (i / 2 + i) % PF_WORKERS;
		uint32_t before = i == 0 ? 120 : 199 + i;

		CU_ASSERT_EQUAL(pf_reload(SERVER, with_hold_down(200 + i)), 0);
		CU_ASSERT_EQUAL(hold_down(), before);
		CU_ASSERT_EQUAL(obey(first), CGN_CMD_CONF_SWAP);
		for (int turn = 0; turn < 3; turn++)
			pf_turn();
		CU_ASSERT_EQUAL(n_freed, i);
		CU_ASSERT_EQUAL(hold_down(), before);
		CU_ASSERT_EQUAL(used[first]->nat.hold_down_s, 200 + i);
		CU_ASSERT_EQUAL(obey(1 - first), CGN_CMD_CONF_SWAP);
		pf_turn();
		CU_ASSERT_EQUAL(n_freed, i + 1);
		CU_ASSERT_EQUAL(hold_down(), 200 + i);
		CU_ASSERT_PTR_EQUAL(used[0], cgn_reload_conf(pf.reload));
		CU_ASSERT_PTR_EQUAL(used[1], cgn_reload_conf(pf.reload));
		CU_ASSERT_EQUAL(obey(0) + obey(1), 0);
	}
	end();
	CU_ASSERT_EQUAL(n_freed, 7);
}

/* A worker that is slow for longer than anybody waits still has the old configuration. */
static void
worker_that_replies_after_the_deadline_is_waited_for(void)
{
	begin(SERVER, CONFTEXT_GROUP);
	for (unsigned int i = 0; i < 3; i++) {
		unsigned int slow = i % PF_WORKERS;
		uint32_t seq;

		CU_ASSERT_EQUAL(pf_reload(SERVER, with_hold_down(300 + i)), 0);
		CU_ASSERT_EQUAL(obey(1 - slow), CGN_CMD_CONF_SWAP);
		for (unsigned int t = 0; t < 5; t++) {
			pf.now_ms += REPLY_MS;
			pf_turn();
		}
		CU_ASSERT_EQUAL(n_freed, i);
		/* Meanwhile nothing else begins. */
		CU_ASSERT_EQUAL(obey(1 - slow), 0);
		seq = obey_silently(slow);
		pf_turn();
		CU_ASSERT_EQUAL(n_freed, i);
		reply(slow, seq);
		pf_turn();
		CU_ASSERT_EQUAL(n_freed, i + 1);
		CU_ASSERT_EQUAL(hold_down(), 300 + i);
	}
	end();
}

/* What is asked for during a reload follows it, once. */
static void
reload_that_is_wanted_meanwhile_follows_once(void)
{
	begin(SERVER, CONFTEXT_GROUP);
	for (unsigned int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(pf_reload(SERVER, with_hold_down(300 + 2 * i)), 0);
		CU_ASSERT_EQUAL(obey(0), CGN_CMD_CONF_SWAP);
		pf_write(SERVER, with_hold_down(301 + 2 * i));
		for (int again = 0; again < 3; again++)
			CU_ASSERT_EQUAL(cgn_reload_now(pf.reload, pf.now_ms), -EBUSY);
		CU_ASSERT_EQUAL(obey(1), CGN_CMD_CONF_SWAP);
		for (int t = 0; t < 2000 && rte_ring_empty(pf.planes.workers[1].cmd); t++) {
			pf_turn();
			usleep(1000);
		}
		pf_ping();
		CU_ASSERT_EQUAL(hold_down(), 300 + 2 * i);
		all_take_it();
		CU_ASSERT_EQUAL(hold_down(), 301 + 2 * i);
		CU_ASSERT_EQUAL(n_freed, 2 * i + 2);
		CU_ASSERT_EQUAL(obey(0) + obey(1), 0);
	}
	end();
}

/* Rings of the workers fill and empty at random; so do their replies, and times pass. Whatever
 * happens, no configuration is freed while somebody uses it, and in the end all use the last one and
 * the others are freed. */
static void
reloads_among_anything_else_free_what_nobody_uses(void)
{
	uint32_t x = 12345, wanted = 120;

	begin(SERVER, CONFTEXT_GROUP);
	for (unsigned int step = 0; step < 3000 || n_freed <= 20; step++) {
		struct cgn_cmd other = { .op = CGN_CMD_NEIGH_SET };
		unsigned int w;

		if (step >= 3000)
			usleep(100); /* for the thread that reads the file */
		x = x * 1664525 + 1013904223;
		w = x >> 31;
		switch (x >> 28 & 7) {
		case 0:
			pf.n_log = 0;
			wanted = 200 + step % 80000;
			pf_write(SERVER, with_hold_down(wanted));
			(void)cgn_reload_now(pf.reload, pf.now_ms);
			break;
		case 1:
			for (int i = 0; i < 40; i++)
				(void)cgn_dpclient_send(cgn_control_client(pf.control), w, &other,
						NULL, pf.now_ms);
			break;
		case 2:
			pf.now_ms += 400;
			break;
		case 3:
		case 4:
			pf_turn();
			break;
		default:
			for (unsigned int i = x >> 20 & 31; i > 0; i--)
				(void)obey(w);
			break;
		}
		CU_ASSERT_PTR_EQUAL(cgn_control_conf(pf.control), cgn_reload_conf(pf.reload));
	}
	for (int t = 0; t < 200; t++) {
		pf.n_log = 0;
		while (obey(0) + obey(1) != 0)
			;
		pf.now_ms += 100;
		pf_turn();
		if (t < 100)
			usleep(1000); /* for a thread that reads the file */
	}
	CU_ASSERT_TRUE(n_freed > 20);
	CU_ASSERT_EQUAL(hold_down(), wanted);
	CU_ASSERT_PTR_EQUAL(used[0], cgn_reload_conf(pf.reload));
	CU_ASSERT_PTR_EQUAL(used[1], cgn_reload_conf(pf.reload));
	end();
}

/* At the end all that were read are freed, those that some workers use too. */
static void
stop_in_the_middle_frees_both_at_the_end(void)
{
	begin(SERVER, CONFTEXT_GROUP);
	CU_ASSERT_EQUAL(pf_reload(SERVER, with_hold_down(200)), 0);
	all_take_it();
	CU_ASSERT_EQUAL(pf_reload(SERVER, with_hold_down(201)), 0);
	CU_ASSERT_EQUAL(obey(0), CGN_CMD_CONF_SWAP);
	pf_turn();
	CU_ASSERT_EQUAL(n_freed, 1);
	end();
	CU_ASSERT_EQUAL(n_freed, 3);
}

/* What was read and is not used is freed, however often: it is equal, or it is refused. */
static void
reload_that_changes_nothing_or_is_refused_frees_what_it_read(void)
{
	static const char *const wrong = CONFTEXT_GROUP "nat: {hold_down_s: soon}\n";
	static const char *const restart = CONFTEXT_GROUP
			"nat: {hold_down_s: 300, mappings_max: 70000}\n";

	begin(SERVER, CONFTEXT_GROUP);
	for (unsigned int i = 0; i < 5; i++) {
		pf_write(SERVER, CONFTEXT_GROUP);
		CU_ASSERT_EQUAL(cgn_reload_now(pf.reload, pf.now_ms), 0);
		CU_ASSERT_EQUAL(n_freed, 2 * i + 1);
		pf_write(SERVER, restart);
		CU_ASSERT_EQUAL(cgn_reload_now(pf.reload, pf.now_ms), -EPERM);
		CU_ASSERT_EQUAL(n_freed, 2 * i + 2);
		pf_write(SERVER, wrong);
		CU_ASSERT_EQUAL(cgn_reload_now(pf.reload, pf.now_ms), -EINVAL);
		CU_ASSERT_EQUAL(obey(0) + obey(1), 0);
		CU_ASSERT_EQUAL(hold_down(), 120);
	}
	/* The next one that is good is taken. */
	CU_ASSERT_EQUAL(pf_reload(SERVER, with_hold_down(200)), 0);
	all_take_it();
	CU_ASSERT_EQUAL(hold_down(), 200);
	end();
}

/* --- every part goes on with the new one --------------------------------------------------- */

static const struct rte_udp_hdr *
udp_of(const struct pf_packet *p, const uint8_t **data)
{
	size_t off = p->op == CGN_PKT_TX ? sizeof(struct rte_ether_hdr) : 0;
	const struct rte_ipv4_hdr *ip = (const void *)(p->data + off);
	const struct rte_udp_hdr *udp = (const void *)(ip + 1);

	if (p->op == CGN_PKT_TX && (p->data[12] != 0x08 || p->data[13] != 0))
		return NULL;
	if (ip->next_proto_id != IPPROTO_UDP)
		return NULL;
	*data = (const void *)(udp + 1);
	return udp;
}

/* How many datagrams to a port were sent since pf_forget(); the data of the last one. */
static unsigned int
sent_to(uint16_t udp_port, const uint8_t **data)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < pf.n_packets; i++) {
		const uint8_t *d = NULL;
		const struct rte_udp_hdr *udp = udp_of(&pf.packets[i], &d);

		if (udp != NULL && udp->dst_port == rte_cpu_to_be_16(udp_port)) {
			*data = d;
			n++;
		}
	}
	return n;
}

static const rte_be32_t host = IP(100, 64, 0, 9);

static void
ask(const uint8_t *data, size_t len)
{
	const struct cgn_ep4 src = { .addr = host, .port = RTE_BE16(6000) };
	const struct cgn_ep4 dst = { .addr = IP(100, 64, 0, 1), .port = RTE_BE16(5351) };

	pf_send(0, 0, &src, &dst, data, len);
	pf_turn();
	pf_work();
}

/* Ask for a port of 100.64.0.9. @return the result code, -1: no answer */
static int
map(uint16_t port, uint32_t lifetime)
{
	const uint8_t request[12] = { 0, 1, 0, 0, (uint8_t)(port >> 8), (uint8_t)port, 0, 0,
		(uint8_t)(lifetime >> 24), (uint8_t)(lifetime >> 16), (uint8_t)(lifetime >> 8),
		(uint8_t)lifetime };
	const uint8_t *d = NULL;

	pf_forget();
	ask(request, sizeof(request));
	return sent_to(6000, &d) == 1 ? d[2] << 8 | d[3] : -1;
}

static uint32_t
granted(void)
{
	for (unsigned int i = 0; i < pf.n_log; i++) {
		if (pf.log[i].cmd.op == CGN_CMD_MAP_ADD)
			return pf.log[i].cmd.u.map.lifetime_s;
	}
	return 0;
}

/* Answers to many requests within one instant. */
static unsigned int
answered_of(unsigned int n)
{
	static const uint8_t request[2] = { 0 };
	const uint8_t *d = NULL;

	pf_forget();
	for (unsigned int i = 0; i < n; i++)
		ask(request, sizeof(request));
	return sent_to(6000, &d);
}

static uint8_t
version_octet(void)
{
	static const uint8_t request[12] = { 1, 7 };
	const uint8_t *d = NULL;

	pf_forget();
	ask(request, sizeof(request));
	CU_ASSERT_EQUAL_FATAL(sent_to(6000, &d), 1);
	return d[1];
}

/* Errors for datagrams of 20 hosts that nobody wants, over a time of steps of 100 ms. */
static unsigned int
refusals(unsigned int steps)
{
	struct cgn_ep4 src = { .port = RTE_BE16(6000) };
	const struct cgn_ep4 dst = { .addr = IP(100, 64, 0, 1), .port = RTE_BE16(9) };
	const struct cgn_ip_responder_stats *s = cgn_ip_responder_stats(
			cgn_control_responder(pf.control));
	uint64_t before = s->unreachable;

	for (unsigned int i = 0; i < steps; i++) {
		for (uint32_t k = 0; k < 20; k++) {
			src.addr = rte_cpu_to_be_32(rte_be_to_cpu_32(host) + k);
			pf_send(0, 0, &src, &dst, "x", 1);
			pf_turn();
		}
		pf_pass(100, 100);
		pf_forget();
	}
	return (unsigned int)(s->unreachable - before);
}

static void
reload_to(const char *text, const char *more)
{
	CU_ASSERT_EQUAL(pf_reload(text, more), 0);
	all_take_it();
	pf_work();
	pf_pass(2000, 100);
	pf_forget();
}

/* What only a server without PCP does. */
#define NO_PCP "pcp: {enabled: false}\n"

/* Every key that the control thread itself looks at, there and back and there again. */
static void
control_thread_serves_by_the_new_configuration_after_every_reload(void)
{
	static const char *const other = "groups: [{name: g, prefixes: [100.64.0.0/10], pool: p, "
					 "leases_max: 0}]\n" NO_PCP
					 "natpmp: {lifetime_max_s: 1000, requests_per_s: 3, "
					 "subscriber_limit_code: 4, version_error_bit: false}\n"
					 "nat: {icmp_errors_per_s: 10}\n";
	static const char *const third = CONFTEXT_GROUP NO_PCP
			"natpmp: {lifetime_max_s: 1000, requests_per_s: 7, "
			"subscriber_limit_code: 4}\n"
			"nat: {icmp_errors_per_s: 100}\n";

	begin(SERVER, CONFTEXT_GROUP NO_PCP);
	for (int round = 0; round < 3; round++) {
		pf_pass(2000, 100);
		CU_ASSERT_EQUAL(map((uint16_t)(80 + round), 0x7fffffff), 0);
		CU_ASSERT_EQUAL(granted(), 86400);
		pf.refuse = -EDQUOT;
		CU_ASSERT_EQUAL(map(90, 60),
				cgn_control_conf(pf.control)->natpmp.subscriber_limit_code);
		pf.refuse = 0;
		CU_ASSERT_EQUAL(version_octet(), 0x87);
		pf_pass(2000, 100);
		CU_ASSERT_EQUAL(answered_of(60), 50);
		CU_ASSERT_TRUE(refusals(20) > 250);

		reload_to(SERVER, other);
		CU_ASSERT_EQUAL(map((uint16_t)(80 + round), 60), 2);
		CU_ASSERT_EQUAL(version_octet(), 0);
		pf_pass(2000, 100);
		CU_ASSERT_EQUAL(answered_of(60), 3);
		(void)refusals(20);
		CU_ASSERT_TRUE(refusals(20) <= 25);

		reload_to(SERVER, third);
		CU_ASSERT_EQUAL(map((uint16_t)(80 + round), 0x7fffffff), 0);
		CU_ASSERT_EQUAL(granted(), 1000);
		pf.refuse = -EDQUOT;
		CU_ASSERT_EQUAL(map(90, 60), 4);
		pf.refuse = 0;
		pf_pass(2000, 100);
		CU_ASSERT_EQUAL(answered_of(60), 7);
		(void)refusals(20);
		CU_ASSERT_TRUE(refusals(20) >= 150 && refusals(20) <= 250);

		reload_to(SERVER, CONFTEXT_GROUP NO_PCP);
	}
	end();
}

static void
announce(void)
{
	cgn_natpmp_announce_client((struct cgn_natpmp_announce *)(uintptr_t)cgn_portmap_announce(
						   cgn_control_portmap(pf.control)),
			0, host, pf.now_ms);
	pf_pass(300, 10);
}

/* Announcements of the server go by the new configuration, those under way too. */
static void
announcements_go_by_the_new_configuration_after_every_reload(void)
{
	const uint8_t *d = NULL;

	begin(SERVER, CONFTEXT_GROUP NO_PCP);
	for (int round = 0; round < 3; round++) {
		pf_pass(130000, 100);
		pf_forget();
		announce();
		CU_ASSERT_EQUAL(sent_to(5350, &d), 2);
		CU_ASSERT_EQUAL(sent_to(5351, &d), 0);
		reload_to(SERVER, CONFTEXT_GROUP NO_PCP "natpmp: {announce_to_5351: true}\n");
		pf_pass(130000, 100);
		CU_ASSERT_TRUE(sent_to(5351, &d) > 3);
		CU_ASSERT_EQUAL(sent_to(5351, &d), sent_to(5350, &d));
		/* E-ANN-2: of NAT-PMP and of PCP. */
		reload_to(SERVER, CONFTEXT_GROUP);
		pf_pass(130000, 100);
		pf_forget();
		announce();
		CU_ASSERT_EQUAL(sent_to(5350, &d), 4);
		reload_to(SERVER, CONFTEXT_GROUP NO_PCP "natpmp: {announce: false}\n");
		announce();
		CU_ASSERT_EQUAL(sent_to(5350, &d), 0);
		reload_to(SERVER, CONFTEXT_GROUP NO_PCP);
	}
	end();
}

/* The relay's part: what it announces to its LAN when the NAT in front says something new. */
static void
relay_goes_by_the_new_configuration_after_every_reload(void)
{
	const struct cgn_ep4 up = { .addr = IP(100, 64, 0, 1), .port = RTE_BE16(5351) };
	const struct cgn_ep4 wan = { .addr = IP(100, 64, 0, 2), .port = RTE_BE16(5350) };
	static const char *const relay =
			"natpmp: {role: relay, upstream: 100.64.0.1, upstream_protocol: natpmp}\n";
	static const char *const both =
			"natpmp: {role: relay, upstream: 100.64.0.1, upstream_protocol: natpmp, announce_to_5351: true}\n";
	static const char *const none =
			"natpmp: {role: relay, upstream: 100.64.0.1, upstream_protocol: natpmp, announce: false}\n";
	const uint8_t *d = NULL;
	uint8_t answer[12] = { 0, 0x80, 0, 0, 0, 0, 1, 0, 203, 0, 113, 7 };

	begin(HOME, relay);
	for (int round = 0; round < 6; round++) {
		pf_forget();
		pf.now_ms += 5000;
		answer[11] ^= 1; /* another address each time */
		pf_send(0, 1, &up, &wan, answer, sizeof(answer));
		pf_turn();
		/* It asks, and what it is told it tells. */
		pf_send(0, 1, &up, &wan, answer, sizeof(answer));
		pf_turn();
		pf_pass(200, 10);
		CU_ASSERT_EQUAL(sent_to(5350, &d), round % 3 == 2 ? 0 : 2);
		/* One to the upstream is the question. */
		CU_ASSERT_EQUAL(sent_to(5351, &d) > 1, round % 3 == 1);
		pf_pass(130000, 1000);
		reload_to(HOME, round % 3 == 0 ? both : round % 3 == 1 ? none : relay);
	}
	end();
}

#define B4                                                                                        \
	"workers: 2\n"                                                                            \
	"ports:\n"                                                                                \
	"  - {name: home0, device: net_null0, side: inside, addresses: [192.168.1.1/24]}\n"       \
	"  - {name: wan0, device: net_null1, side: outside, addresses: [\"2001:db8:1::2/64\"]}\n" \
	"routes: [{prefix: \"::/0\", via: \"2001:db8:1::1\"}]\n"                                  \
	"softwire: {role: b4, local: \"2001:db8:1::2\", remote: \"2001:db8:f::1\"}\n"             \
	"store: {path: \"\"}\n"

/* The same for the relay of a B4, whose upstream speaks out of the softwire. */
static void
relay_of_a_b4_goes_by_the_new_configuration_after_every_reload(void)
{
	const struct cgn_ep4 up = { .addr = IP(192, 0, 0, 1), .port = RTE_BE16(5351) };
	const struct cgn_ep4 own = { .addr = IP(192, 0, 0, 2), .port = RTE_BE16(5350) };
	static const char *const relay = "natpmp: {role: relay, upstream: 192.0.0.1}\n";
	static const char *const both =
			"natpmp: {role: relay, upstream: 192.0.0.1, announce_to_5351: true}\n";
	static const char *const none =
			"natpmp: {role: relay, upstream: 192.0.0.1, announce: false}\n";
	uint8_t answer[12] = { 0, 0x80, 0, 0, 0, 0, 1, 0, 203, 0, 113, 7 };
	struct cgn_ip6 aftr;
	const uint8_t *d = NULL;

	begin(B4, relay);
	aftr = cgn_control_conf(pf.control)->softwire.remote;
	for (int round = 0; round < 6; round++) {
		pf_forget();
		pf.now_ms += 5000;
		answer[11] ^= 1;
		for (int twice = 0; twice < 2; twice++) {
			pf_send_wire(0, 1, &aftr, &up, &own, answer, sizeof(answer));
			pf_turn();
		}
		pf_pass(200, 10);
		CU_ASSERT_EQUAL(sent_to(5350, &d), round % 3 == 2 ? 0 : 2);
		CU_ASSERT_EQUAL(sent_to(5351, &d), round % 3 == 1 ? 2 : 0);
		pf_pass(130000, 1000);
		reload_to(B4, round % 3 == 0 ? both : round % 3 == 1 ? none : relay);
	}
	end();
}

/* --- nobody looks at the old one ----------------------------------------------------------- */

/* Ask for a port's own IPv4 address. @return whether it is answered */
static bool
is_resolved(uint16_t port)
{
	const struct cgn_arp_nd_from from = { .mac = pf_mac(host) };
	const struct cgn_conf_port *p = &cgn_control_conf(pf.control)->ports[port];
	struct cgn_ip own = { .ip4 = p->addresses[0].ip4 }, peer = own;
	uint8_t frame[CGN_ARP_ND_MAX];

	if (p->addresses[0].is_ip6) {
		own = (struct cgn_ip){ .is_ip6 = true, .ip6 = p->addresses[0].ip6 };
		peer = own;
		peer.ip6.b[15] ^= 0x10;
	} else {
		peer.ip4 ^= RTE_BE32(0x10);
	}
	pf_forget();
	pf_punt(0, port, frame, cgn_arp_nd_request(frame, &from, &peer, &own, NULL));
	pf_turn();
	return pf.n_packets == 1 && pf.packets[0].port == port;
}

/* Every part is made to look at its configuration. */
static void
exercise(void)
{
	const struct cgn_conf *conf = cgn_control_conf(pf.control);
	const uint8_t natpmp[12] = { 0, 1, 0, 0, 0, 80, 0, 0, 0, 0, 1, 0 };
	const uint8_t news[12] = { 0, 0x80, 0, 0, 0, 0, 1, 0, 203, 0, 113, 7 };

	for (uint16_t port = 0; port < conf->n_ports; port++) {
		const struct cgn_conf_port *p = &conf->ports[port];
		const struct cgn_ep4 own = { .addr = p->addresses[0].ip4, .port = RTE_BE16(5351) };
		const struct cgn_ep4 host_of = { .addr = own.addr ^ RTE_BE32(0x20),
			.port = RTE_BE16(6000) };
		const struct cgn_ep4 nobody = { .addr = own.addr, .port = RTE_BE16(9) };
		const struct cgn_ep4 client = { .addr = own.addr, .port = RTE_BE16(5350) };
		struct cgn_evt evt = { .op = CGN_EVT_NEIGH_WANTED, .u.neigh.port = port };

		CU_ASSERT_TRUE(is_resolved(port));
		pf_forget();
		evt.u.neigh.addr.ip4 = host_of.addr ^ RTE_BE32(0x40);
		if (p->addresses[0].is_ip6)
			continue;
		CU_ASSERT_EQUAL(rte_ring_enqueue_elem(pf.planes.workers[1].evt, &evt, sizeof(evt)),
				0);
		pf_turn();
		CU_ASSERT_EQUAL(pf.n_packets, 1);
		pf_forget();
		pf_send(0, port, &host_of, &nobody, "x", 1);
		pf_turn();
		CU_ASSERT_EQUAL(pf.n_packets, 1);
		pf_send(1, port, &host_of, &own, natpmp, sizeof(natpmp));
		pf_send(1, port, &host_of, &client, news, sizeof(news));
		pf_work();
	}
	if (cgn_control_portmap(pf.control) != NULL)
		announce();
	pf_pass(20000, 100);
}

static void
no_part_looks_at_a_configuration_that_is_gone(void)
{
	static const char *const roles[][2] = {
		{ SERVER, CONFTEXT_GROUP },
		{ HOME, "natpmp: {role: relay, upstream: 100.64.0.1}\n" },
		{ B4, "natpmp: {role: relay, upstream: 192.0.0.1}\n" },
	};
	char more[256];

	for (size_t i = 0; i < RTE_DIM(roles); i++) {
		begin(roles[i][0], roles[i][1]);
		exercise();
		for (unsigned int n = 0; n < 3; n++) {
			snprintf(more, sizeof(more), "%snat: {icmp_errors_per_s: %u}\n",
					roles[i][1], 100 + n);
			reload_to(roles[i][0], more);
			exercise();
		}
		CU_ASSERT_EQUAL(n_freed, 3);
		end();
	}
}

/* N-LIVE-12: a port gets a larger MTU before the workers send larger packets, and a smaller one after that. If a device
 * does not take it, nothing of the reload is used. */
static void
a_port_changes_its_mtu_around_the_reload_or_refuses_it(void)
{
	static const char jumbo[] =
			"workers: 2\nports:\n"
			"  - {name: in0, device: net_null0, side: inside, addresses: [100.64.0.1/10], mtu: 9000}\n"
			"  - {name: out0, device: net_null1, side: outside, addresses: [192.0.2.2/24]}\n" CONFTEXT_POOL
			"store: {path: \"\"}\n";

	begin(SERVER, CONFTEXT_GROUP);
	pf.snapshots.mtu_max = 1500;
	CU_ASSERT_EQUAL(pf_reload(jumbo, with_hold_down(300)), -EINVAL);
	CU_ASSERT_EQUAL(obey(0) + obey(1), 0);
	CU_ASSERT_EQUAL(hold_down(), 120);
	pf.snapshots.mtu_max = 0;
	/* A worker refuses later than the device: the device goes back. */
	pf_write(jumbo, with_hold_down(300));
	CU_ASSERT_EQUAL(cgn_reload_now(pf.reload, pf.now_ms), 0);
	CU_ASSERT_EQUAL(pf.snapshots.mtu[0], 9000);
	CU_ASSERT_EQUAL(obey(0), CGN_CMD_PING);
	for (int i = 0; i <= REPLY_MS / 500; i++) {
		pf.now_ms += 500;
		pf_turn();
	}
	CU_ASSERT_FALSE(cgn_reload_status(pf.reload).is_busy);
	CU_ASSERT_EQUAL(pf.snapshots.mtu[0], 1500);
	CU_ASSERT_EQUAL(hold_down(), 120);
	CU_ASSERT_EQUAL(obey(1), CGN_CMD_PING);
	CU_ASSERT_EQUAL(pf_reload(jumbo, with_hold_down(300)), 0);
	CU_ASSERT_EQUAL(pf.snapshots.mtu[0], 9000);
	all_take_it();
	CU_ASSERT_EQUAL(hold_down(), 300);
	CU_ASSERT_EQUAL(pf_reload(SERVER, with_hold_down(301)), 0);
	CU_ASSERT_EQUAL(pf.snapshots.mtu[0], 9000);
	all_take_it();
	CU_ASSERT_EQUAL(pf.snapshots.mtu[0], 1500);
	CU_ASSERT_EQUAL(pf.snapshots.mtu[1], 0);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(every_reload_waits_for_the_last_worker_in_whatever_order_they_reply),
	CU_TEST_ROW(worker_that_replies_after_the_deadline_is_waited_for),
	CU_TEST_ROW(reload_that_is_wanted_meanwhile_follows_once),
	CU_TEST_ROW(reloads_among_anything_else_free_what_nobody_uses),
	CU_TEST_ROW(stop_in_the_middle_frees_both_at_the_end),
	CU_TEST_ROW(reload_that_changes_nothing_or_is_refused_frees_what_it_read),
	CU_TEST_ROW(control_thread_serves_by_the_new_configuration_after_every_reload),
	CU_TEST_ROW(announcements_go_by_the_new_configuration_after_every_reload),
	CU_TEST_ROW(relay_goes_by_the_new_configuration_after_every_reload),
	CU_TEST_ROW(no_part_looks_at_a_configuration_that_is_gone),
	CU_TEST_ROW(relay_of_a_b4_goes_by_the_new_configuration_after_every_reload),
	CU_TEST_ROW(a_port_changes_its_mtu_around_the_reload_or_refuses_it),
};

int
main(void)
{
	eal_start();
	return cu_main("reload", tests, RTE_DIM(tests));
}
