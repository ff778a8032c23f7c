/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/conf.h"
#include "controlplane/control.h"
#include "controlplane/link/arp_nd.h"
#include "controlplane/reload.h"
#include "tests/support/conftext.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"
#include "tests/support/fake_snapshot.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_mbuf.h>

#define WORKERS 2
#define POOL    255

#define TEXT    "workers: 2\n" CONFTEXT_PORTS CONFTEXT_POOL CONFTEXT_GROUP

static struct cgn_planes planes;
static struct cgn_stats stats[WORKERS];
static struct fake_snapshots snapshots;
static struct cgn_control *control;
static struct cgn_reload *reload;
static char path[300];

static void
write_file(const char *more)
{
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fprintf(f, "%s%s", TEXT, more);
	fclose(f);
}

static struct rte_ring *
ring(const char *what, unsigned int w, size_t size, unsigned int n)
{
	char name[32];
	struct rte_ring *r;

	snprintf(name, sizeof(name), "%s%u", what, w);
	r = rte_ring_create_elem(name, (unsigned int)size, n, SOCKET_ID_ANY,
			RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	return r;
}

static void
begin(void)
{
	struct cgn_conf_errors errs = { 0 };
	struct cgn_conf *conf = NULL;

	snprintf(path, sizeof(path), "%s/control.yaml", scratch_dir());
	write_file("");
	CU_ASSERT_EQUAL_FATAL(cgn_conf_load(path, &conf, &errs), 0);
	cgn_conf_errors_fini(&errs);
	planes.n_workers = WORKERS;
	fake_snapshots_begin(&planes, &snapshots);
	for (unsigned int w = 0; w < WORKERS; w++) {
		planes.workers[w].cmd = ring("cmd", w, sizeof(struct cgn_cmd), 4);
		planes.workers[w].evt = ring("evt", w, sizeof(struct cgn_evt), 64);
		planes.workers[w].punt = ring("punt", w, sizeof(struct cgn_pktmsg), 64);
		planes.workers[w].stats = &stats[w];
	}
	planes.n_ports = 2;
	planes.ports[0].mac = (struct rte_ether_addr){ .addr_bytes = { 2, 0, 0, 0, 0, 1 } };
	planes.ports[1].mac = (struct rte_ether_addr){ .addr_bytes = { 2, 0, 0, 0, 0, 2 } };
	planes.inject = ring("inject", 0, sizeof(struct cgn_pktmsg), 64);
	if (planes.ctl_pool == NULL)
		planes.ctl_pool = eal_pool(POOL);
	planes.wake_fd = eventfd(0, EFD_NONBLOCK);
	cgn_loop_block_signals();
	CU_ASSERT_EQUAL_FATAL(cgn_reload_create(&reload, path, conf), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_control_create(&control, cgn_reload_conf(reload), &planes), 0);
	cgn_reload_attach(reload, control);
}

static void
end(void)
{
	cgn_reload_attach(reload, NULL);
	cgn_control_destroy(control);
	fake_snapshots_end(&snapshots);
	cgn_reload_free_snapshots(reload);
	cgn_reload_destroy(reload);
	for (unsigned int w = 0; w < WORKERS; w++) {
		rte_ring_free(planes.workers[w].cmd);
		rte_ring_free(planes.workers[w].evt);
		rte_ring_free(planes.workers[w].punt);
	}
	rte_ring_free(planes.inject);
	close(planes.wake_fd);
	unlink(path);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(planes.ctl_pool), POOL);
}

/* A turn of the loop that does not sleep. */
static void
turn(void)
{
	CU_ASSERT_EQUAL(cgn_loop_turn(cgn_control_loop(control), 0), 0);
}

/* The next command of a worker is answered. @return its operation, 0: there is none */
static unsigned int
obey(unsigned int w)
{
	struct cgn_cmd cmd;
	struct cgn_evt evt = { .op = CGN_EVT_REPLY, .worker = (uint16_t)w };

	if (rte_ring_dequeue_elem(planes.workers[w].cmd, &cmd, sizeof(cmd)) != 0)
		return 0;
	evt.seq = cmd.seq;
	rte_ring_enqueue_elem(planes.workers[w].evt, &evt, sizeof(evt));
	return cmd.op;
}

static void
punt(unsigned int w, uint16_t port, const void *frame, size_t len, size_t segment)
{
	struct cgn_pktmsg msg = { .op = CGN_PKT_PUNT, .port = (uint8_t)port };
	struct rte_mbuf **at = &msg.m;
	const uint8_t *data = frame;

	for (size_t off = 0; off < len; off += segment) {
		size_t n = len - off < segment ? len - off : segment;

		*at = rte_pktmbuf_alloc(planes.ctl_pool);
		CU_ASSERT_PTR_NOT_NULL_FATAL(*at);
		memcpy(rte_pktmbuf_mtod(*at, void *), data + off, n);
		(*at)->data_len = (uint16_t)n;
		if (*at != msg.m)
			msg.m->nb_segs++;
		at = &(*at)->next;
	}
	msg.m->pkt_len = (uint32_t)len;
	rte_ring_enqueue_elem(planes.workers[w].punt, &msg, sizeof(msg));
}

/* Take a frame that was injected. @return its length, 0: there is none */
static size_t
injected(uint8_t *buf, size_t size, uint16_t *port)
{
	struct cgn_pktmsg msg;
	size_t len;

	if (rte_ring_dequeue_elem(planes.inject, &msg, sizeof(msg)) != 0)
		return 0;
	CU_ASSERT_EQUAL(msg.op, CGN_PKT_TX);
	CU_ASSERT_EQUAL(msg.verdict, CGN_V_NONE);
	*port = msg.port;
	len = msg.m->pkt_len;
	CU_ASSERT_TRUE_FATAL(len <= size);
	memcpy(buf, rte_pktmbuf_read(msg.m, 0, (uint32_t)len, buf), len);
	rte_pktmbuf_free(msg.m);
	return len;
}

static size_t
make_request(uint8_t *buf)
{
	const struct cgn_arp_nd_from from = { .mac.addr_bytes = { 2, 0, 0, 0, 9, 9 } };
	const struct cgn_ip peer = { .ip4 = RTE_BE32(0xc0000201) };
	const struct cgn_ip pool = { .ip4 = RTE_BE32(0xc0000264) };

	return cgn_arp_nd_request(buf, &from, &peer, &pool, NULL);
}

/* A-ADR-3: from the ring of the worker that got the request to the ring of the worker that sends. */
static void
a_punted_request_for_a_pool_address_is_answered_by_its_port(void)
{
	uint8_t request[CGN_ARP_ND_MAX];
	size_t len = make_request(request);
	struct cgn_arp_nd m;
	struct cgn_frame f;
	uint8_t buf[256];
	uint16_t port = 9;

	begin();
	punt(1, 1, request, len, len);
	turn();
	len = injected(buf, sizeof(buf), &port);
	CU_ASSERT_TRUE(len > 0);
	CU_ASSERT_EQUAL(port, 1);
	CU_ASSERT_TRUE(cgn_frame_parse(&f, port, buf, len) && cgn_arp_nd_parse(&m, &f));
	CU_ASSERT_EQUAL(m.kind, CGN_ARP_ND_ANSWER);
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&m.mac, &planes.ports[1].mac));
	CU_ASSERT_EQUAL(injected(buf, sizeof(buf), &port), 0);
	end();
}

static void
a_packet_of_several_segments_is_read_whole(void)
{
	uint8_t request[CGN_ARP_ND_MAX];
	size_t len = make_request(request);
	uint8_t buf[256];
	uint16_t port;

	begin();
	punt(0, 1, request, len, 10);
	turn();
	CU_ASSERT_TRUE(injected(buf, sizeof(buf), &port) > 0);
	end();
}

static void
a_full_inject_ring_costs_no_packet_buffer(void)
{
	uint8_t request[CGN_ARP_ND_MAX];
	size_t len = make_request(request);
	uint8_t buf[256];
	uint16_t port;

	begin();
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 32; i++)
			punt(0, 1, request, len, len);
		turn();
	}
	CU_ASSERT_EQUAL(cgn_control_stats(control)->inject_full, 64);
	while (injected(buf, sizeof(buf), &port) > 0)
		;
	end();
}

static void
a_wanted_next_hop_that_is_found_is_told_to_every_worker(void)
{
	struct cgn_evt evt = { .op = CGN_EVT_NEIGH_WANTED };
	const struct cgn_arp_nd_from from = { .mac.addr_bytes = { 2, 0, 0, 0, 9, 9 } };
	const struct cgn_ip peer = { .ip4 = RTE_BE32(0xc0000201) };
	const struct cgn_arp_nd request = { .sender.ip4 = RTE_BE32(0xc0000202) };
	uint8_t buf[256];
	uint16_t port;
	size_t len;

	begin();
	evt.u.neigh.addr = peer;
	evt.u.neigh.port = 1;
	cgn_control_start(control);
	while (injected(buf, sizeof(buf), &port) > 0)
		;
	rte_ring_enqueue_elem(planes.workers[1].evt, &evt, sizeof(evt));
	turn();
	CU_ASSERT_TRUE(injected(buf, sizeof(buf), &port) > 0);
	len = cgn_arp_nd_answer(buf, &from, &peer, &request, &planes.ports[1].mac);
	punt(0, 1, buf, len, len);
	turn();
	CU_ASSERT_EQUAL(obey(0), CGN_CMD_NEIGH_SET);
	CU_ASSERT_EQUAL(obey(1), CGN_CMD_NEIGH_SET);
	end();
}

/* Turns until a worker has a command. */
static void
await_command(unsigned int w)
{
	for (int i = 0; i < 5000 && rte_ring_empty(planes.workers[w].cmd); i++) {
		turn();
		usleep(1000);
	}
}

/* Both workers show that they work, so that they are told the new configuration. */
static void
ping(void)
{
	CU_ASSERT_EQUAL(obey(0), CGN_CMD_PING);
	CU_ASSERT_EQUAL(obey(1), CGN_CMD_PING);
	await_command(0);
}

static void
a_reload_frees_the_old_configuration_after_the_last_reply(void)
{
	const struct cgn_conf *old;

	begin();
	old = cgn_reload_conf(reload);
	write_file("nat: {hold_down_s: 300}\n");
	CU_ASSERT_EQUAL(cgn_reload_now(reload, cgn_loop_now_ms()), 0);
	ping();
	CU_ASSERT_EQUAL(obey(0), CGN_CMD_CONF_SWAP);
	turn();
	CU_ASSERT_PTR_EQUAL(cgn_control_conf(control), old);
	CU_ASSERT_EQUAL(old->nat.hold_down_s, 120);
	CU_ASSERT_EQUAL(cgn_reload_now(reload, cgn_loop_now_ms()), -EBUSY);
	CU_ASSERT_EQUAL(obey(1), CGN_CMD_CONF_SWAP);
	turn();
	CU_ASSERT_EQUAL(cgn_control_conf(control)->nat.hold_down_s, 300);
	CU_ASSERT_PTR_EQUAL(cgn_reload_conf(reload), cgn_control_conf(control));
	/* The one that came meanwhile has found nothing new. */
	CU_ASSERT_EQUAL(obey(0), 0);
	end();
}

static void
a_reload_that_needs_a_restart_changes_nothing(void)
{
	begin();
	write_file("nat: {hold_down_s: 300, mappings_max: 5000}\n");
	CU_ASSERT_EQUAL(cgn_reload_now(reload, cgn_loop_now_ms()), -EPERM);
	write_file("nat: {hold_down_s: soon}\n");
	CU_ASSERT_EQUAL(cgn_reload_now(reload, cgn_loop_now_ms()), -EINVAL);
	write_file("");
	CU_ASSERT_EQUAL(cgn_reload_now(reload, cgn_loop_now_ms()), 0);
	CU_ASSERT_EQUAL(obey(0), 0);
	CU_ASSERT_EQUAL(cgn_control_conf(control)->nat.hold_down_s, 120);
	end();
}

static void
no_worker_is_told_before_a_worker_whose_ring_is_full_replies(void)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_NEIGH_SET };

	begin();
	while (cgn_dpclient_send(cgn_control_client(control), 1, &cmd, NULL, 0) == 0)
		;
	write_file("nat: {hold_down_s: 300}\n");
	CU_ASSERT_EQUAL(cgn_reload_now(reload, cgn_loop_now_ms()), 0);
	CU_ASSERT_EQUAL(obey(0), CGN_CMD_PING);
	turn();
	CU_ASSERT_EQUAL(obey(0), 0);
	while (obey(1) != 0)
		;
	await_command(1);
	CU_ASSERT_EQUAL(obey(0), 0);
	CU_ASSERT_EQUAL(obey(1), CGN_CMD_PING);
	await_command(0);
	CU_ASSERT_EQUAL(cgn_control_conf(control)->nat.hold_down_s, 120);
	CU_ASSERT_EQUAL(obey(0), CGN_CMD_CONF_SWAP);
	CU_ASSERT_EQUAL(obey(1), CGN_CMD_CONF_SWAP);
	turn();
	CU_ASSERT_EQUAL(cgn_control_conf(control)->nat.hold_down_s, 300);
	end();
}

static void
a_stop_during_a_reload_keeps_both_until_the_end(void)
{
	begin();
	write_file("nat: {hold_down_s: 300}\n");
	CU_ASSERT_EQUAL(cgn_reload_now(reload, cgn_loop_now_ms()), 0);
	ping();
	CU_ASSERT_EQUAL(obey(0), CGN_CMD_CONF_SWAP);
	turn();
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(a_punted_request_for_a_pool_address_is_answered_by_its_port),
	CU_TEST_ROW(a_packet_of_several_segments_is_read_whole),
	CU_TEST_ROW(a_full_inject_ring_costs_no_packet_buffer),
	CU_TEST_ROW(a_wanted_next_hop_that_is_found_is_told_to_every_worker),
	CU_TEST_ROW(a_reload_frees_the_old_configuration_after_the_last_reply),
	CU_TEST_ROW(a_reload_that_needs_a_restart_changes_nothing),
	CU_TEST_ROW(no_worker_is_told_before_a_worker_whose_ring_is_full_replies),
	CU_TEST_ROW(a_stop_during_a_reload_keeps_both_until_the_end),
};

int
main(void)
{
	eal_start();
	return cu_main("control", tests, sizeof(tests) / sizeof(tests[0]));
}
