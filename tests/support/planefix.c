/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/planefix.h"

#include "controlplane/link/frame.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <rte_ip.h>

#define SEGMENT   1900 /* octets of a packet in one buffer */
#define TURNS_MAX 2000 /* of the real time that another thread may need: one millisecond each */

struct pf pf = { .now_ms = 5000000, .wall_ms = INT64_C(1800000000000) };

int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);

int
__wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	int64_t ms;

	if (id == CLOCK_MONOTONIC)
		pf.now_ms += pf.auto_ms;
	if (id != CLOCK_REALTIME && id != CLOCK_MONOTONIC && id != CLOCK_BOOTTIME)
		return __real_clock_gettime(id, ts);
	ms = id == CLOCK_REALTIME ? pf.wall_ms : (int64_t)pf.now_ms;
	/* Before 1970 the seconds are negative, the rest of one never is. */
	ts->tv_sec = ms / 1000 - (ms % 1000 < 0);
	ts->tv_nsec = (ms - ts->tv_sec * 1000) * 1000000;
	return 0;
}

unsigned int
pf_owner(rte_be32_t addr)
{
	return rte_be_to_cpu_32(addr) % PF_WORKERS;
}

static unsigned int
owner(const void *ctx, rte_be32_t addr)
{
	(void)ctx;
	return pf_owner(addr);
}

static unsigned int
owner6(const void *ctx, const struct cgn_ip6 *b4)
{
	(void)ctx;
	return b4->b[6] % PF_WORKERS;
}

struct rte_ether_addr
pf_mac(rte_be32_t addr)
{
	struct rte_ether_addr mac = { .addr_bytes = { 2, 9 } };

	memcpy(mac.addr_bytes + 2, &addr, sizeof(addr));
	return mac;
}

/* --- life ---------------------------------------------------------------------------------- */

static struct rte_ring *
ring(const char *what, size_t size, unsigned int n)
{
	static unsigned int serial;
	char name[32];
	struct rte_ring *r;

	snprintf(name, sizeof(name), "%s%u", what, serial++);
	r = rte_ring_create_elem(name, (unsigned int)size, n, SOCKET_ID_ANY,
			RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	return r;
}

void
pf_write(const char *text, const char *more)
{
	FILE *f;

	snprintf(pf.path, sizeof(pf.path), "%s/planefix.yaml", scratch_dir());
	snprintf(pf.store, sizeof(pf.store), "%s/planefix.db", scratch_dir());
	f = fopen(pf.path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fprintf(f, "%s%s", text, more);
	fclose(f);
}

const char *
pf_with_store(const char *more)
{
	static char text[600];

	/* The first time, this tells where files are. */
	if (pf.store[0] == '\0')
		pf_write("", "");
	snprintf(text, sizeof(text), "%sstore: {path: %s}\n", more, pf.store);
	return text;
}

static void
make_planes(const struct cgn_conf *conf)
{
	struct cgn_planes *p = &pf.planes;

	p->n_workers = PF_WORKERS;
	for (unsigned int w = 0; w < PF_WORKERS; w++) {
		p->workers[w].cmd = ring("cmd", sizeof(struct cgn_cmd), 64);
		p->workers[w].evt = ring("evt", sizeof(struct cgn_evt), 256);
		p->workers[w].stats = &pf.stats[w];
		p->workers[w].punt = ring("punt", sizeof(struct cgn_pktmsg), 64);
	}
	p->n_ports = (unsigned int)conf->n_ports;
	for (unsigned int i = 0; i < p->n_ports; i++)
		p->ports[i].mac = (struct rte_ether_addr){ .addr_bytes = { 2, 0, 0, 0, 0,
									   (uint8_t)(i + 1) } };
	p->inject = ring("inject", sizeof(struct cgn_pktmsg), 256);
	if (p->ctl_pool == NULL)
		p->ctl_pool = eal_pool(PF_BUFFERS);
	p->owner = owner;
	p->owner6 = owner6;
	fake_snapshots_begin(p, &pf.snapshots);
	p->wake_fd = eventfd(0, EFD_NONBLOCK);
}

void
pf_create(void)
{
	struct cgn_conf_errors errs = { 0 };
	struct cgn_conf *conf = NULL;

	if (cgn_conf_load(pf.path, &conf, &errs) < 0)
		cgn_conf_errors_print(&errs, stdout);
	cgn_conf_errors_fini(&errs);
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	make_planes(conf);
	cgn_loop_block_signals();
	CU_ASSERT_EQUAL_FATAL(cgn_reload_create(&pf.reload, pf.path, conf), 0);
	CU_ASSERT_EQUAL_FATAL(
			cgn_control_create(&pf.control, cgn_reload_conf(pf.reload), &pf.planes), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_reload_attach(pf.reload, pf.control), 0);
}

void
pf_begin(const char *text, const char *more)
{
	pf_forget();
	memset(pf.is_silent, 0, sizeof(pf.is_silent));
	memset(pf.n_rows, 0, sizeof(pf.n_rows));
	pf.n_mappings = 0;
	pf.refuse = 0;
	pf.holes = 0;
	pf_write(text, more);
	pf_create();
	cgn_control_start(pf.control);
	CU_ASSERT_EQUAL_FATAL(cgn_control_restore(pf.control), 0);
}

static void take_injected(void);

void
pf_stop(void)
{
	take_injected();
	cgn_reload_attach(pf.reload, NULL);
	cgn_control_destroy(pf.control);
	pf.control = NULL;
	fake_snapshots_end(&pf.snapshots);
	cgn_reload_free_snapshots(pf.reload);
	/* Now EAL would end. */
	CU_ASSERT_EQUAL(atomic_load(&pf.snapshots.n), 0);
	cgn_reload_destroy(pf.reload);
	for (unsigned int w = 0; w < PF_WORKERS; w++) {
		rte_ring_free(pf.planes.workers[w].cmd);
		rte_ring_free(pf.planes.workers[w].evt);
		rte_ring_free(pf.planes.workers[w].punt);
	}
	rte_ring_free(pf.planes.inject);
	close(pf.planes.wake_fd);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(pf.planes.ctl_pool), PF_BUFFERS);
}

void
pf_end(void)
{
	static const char *const suffix[] = { "", "-wal", "-shm" };
	char name[sizeof(pf.store) + 8];

	pf_stop();
	unlink(pf.path);
	for (size_t i = 0; i < RTE_DIM(suffix); i++) {
		snprintf(name, sizeof(name), "%s%s", pf.store, suffix[i]);
		unlink(name);
	}
}

/* --- workers ------------------------------------------------------------------------------- */

static struct cgn_cmd_map *
find_mapping(const struct cgn_cmd_map *m)
{
	for (unsigned int i = 0; i < pf.n_mappings; i++) {
		if (memcmp(&pf.mappings[i].in, &m->in, sizeof(m->in)) == 0 &&
				pf.mappings[i].realm == m->realm)
			return &pf.mappings[i];
	}
	return NULL;
}

/* The workers get the addresses of the pool in turn. */
static int
add_mapping(unsigned int w, const struct cgn_cmd_map *cmd, struct cgn_cmd_map *out)
{
	struct cgn_cmd_map *m = find_mapping(cmd);

	if (m == NULL) {
		if (pf.refuse < 0)
			return pf.refuse;
		CU_ASSERT_TRUE_FATAL(pf.n_mappings < PF_MAPPINGS);
		m = &pf.mappings[pf.n_mappings++];
		*m = *cmd;
		m->ext.addr = rte_cpu_to_be_32(0xc0000264 + w);
		m->ext.proto = cmd->in.proto;
		if (m->ext.port == 0)
			m->ext.port = rte_cpu_to_be_16((uint16_t)(20000 + pf.n_mappings));
	}
	*out = *m;
	out->lifetime_s = cmd->lifetime_s;
	return 0;
}

static int
del_mapping(const struct cgn_cmd_map *cmd)
{
	struct cgn_cmd_map *m = find_mapping(cmd);

	if (m == NULL)
		return -ENOENT;
	*m = pf.mappings[--pf.n_mappings];
	return 0;
}

/* A table's places without a row come first. */
static void
read_rows(unsigned int w, const struct cgn_cmd_read *cmd, struct cgn_evt *evt)
{
	memset(&evt->u, 0, sizeof(evt->u));
	if (cmd->cursor < pf.holes) {
		evt->u.read.cursor = cmd->cursor + 1;
		return;
	}
	memcpy(cmd->out, pf.rows[w], pf.n_rows[w] * sizeof(pf.rows[w][0]));
	evt->u.read = (struct cgn_evt_read){ .n = pf.n_rows[w], .done = 1 };
}

static int
carry_out(unsigned int w, const struct cgn_cmd *cmd, struct cgn_evt *evt)
{
	evt->u.map = cmd->u.map;
	switch (cmd->op) {
	case CGN_CMD_MAP_ADD:
		return add_mapping(w, &cmd->u.map, &evt->u.map);
	case CGN_CMD_MAP_DEL:
		return del_mapping(&cmd->u.map);
	case CGN_CMD_BIND:
		evt->u.map.ext.addr = rte_cpu_to_be_32(0xc0000264 + w);
		return pf.refuse;
	case CGN_CMD_READ_SUBSCRIBERS:
		if (pf.read != NULL)
			return pf.read(w, cmd, evt);
		read_rows(w, &cmd->u.read, evt);
		return 0;
	case CGN_CMD_READ_DRAINS:
		evt->u.read = (struct cgn_evt_read){ .done = 1 };
		return pf.read != NULL ? pf.read(w, cmd, evt) : 0;
	case CGN_CMD_READ_MAPPINGS:
	case CGN_CMD_CLEAR:
	case CGN_CMD_WHO:
	case CGN_CMD_STATE_SAVE:
	case CGN_CMD_STATE_LOAD:
		return pf.read != NULL ? pf.read(w, cmd, evt) : 0;
	default:
		return 0;
	}
}

unsigned int
pf_obey(unsigned int w)
{
	struct pf_done *d = &pf.log[pf.n_log];
	struct cgn_evt evt = { .op = CGN_EVT_REPLY, .worker = (uint16_t)w };

	CU_ASSERT_TRUE_FATAL(pf.n_log < PF_LOG);
	if (rte_ring_dequeue_elem(pf.planes.workers[w].cmd, &d->cmd, sizeof(d->cmd)) != 0)
		return 0;
	d->worker = w;
	pf.n_log++;
	if (pf.is_silent[w])
		return d->cmd.op;
	evt.seq = d->cmd.seq;
	evt.ret = carry_out(w, &d->cmd, &evt);
	CU_ASSERT_EQUAL(rte_ring_enqueue_elem(pf.planes.workers[w].evt, &evt, sizeof(evt)), 0);
	return d->cmd.op;
}

unsigned int
pf_count(unsigned int w, unsigned int op)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < pf.n_log; i++)
		n += pf.log[i].worker == w && pf.log[i].cmd.op == op;
	return n;
}

void
pf_forget(void)
{
	pf.n_log = pf.n_packets = 0;
}

/* --- time ---------------------------------------------------------------------------------- */

static void
take_injected(void)
{
	struct cgn_pktmsg msg;

	while (rte_ring_dequeue_elem(pf.planes.inject, &msg, sizeof(msg)) == 0) {
		struct pf_packet *p = &pf.packets[pf.n_packets++ % PF_PACKETS];
		unsigned int segments = 0;

		for (const struct rte_mbuf *m = msg.m; m != NULL; m = m->next)
			segments++;
		CU_ASSERT_EQUAL(segments, msg.m->nb_segs);

		p->at_ms = pf.now_ms;
		p->op = msg.op;
		p->port = msg.port;
		p->len = msg.m->pkt_len;
		CU_ASSERT_EQUAL(msg.verdict, CGN_V_NONE);
		CU_ASSERT_TRUE_FATAL(p->len <= sizeof(p->data));
		memcpy(p->data, rte_pktmbuf_read(msg.m, 0, (uint32_t)p->len, p->data), p->len);
		rte_pktmbuf_free(msg.m);
	}
}

void
pf_turn(void)
{
	CU_ASSERT_EQUAL(cgn_loop_turn(cgn_control_loop(pf.control), 0), 0);
	take_injected();
}

/* A thread of the store is at work: give it time, it needs the machine's. */
static bool
is_writing(void)
{
	const struct cgn_portmap *m = cgn_control_portmap(pf.control);

	if (m == NULL || !cgn_portmap_store_is_busy(m))
		return false;
	usleep(100);
	return true;
}

void
pf_work(void)
{
	bool again = true;

	while (again) {
		again = false;
		for (unsigned int w = 0; w < PF_WORKERS; w++) {
			while (pf_obey(w) != 0)
				again = true;
		}
		pf_turn();
		again |= is_writing();
		again |= cgn_timerq_next(cgn_loop_timers(cgn_control_loop(pf.control))) <=
				pf.now_ms;
	}
}

void
pf_pass(uint64_t ms, uint64_t step_ms)
{
	uint64_t end = pf.now_ms + ms;

	while (pf.now_ms < end) {
		uint64_t n = end - pf.now_ms < step_ms ? end - pf.now_ms : step_ms;

		pf.now_ms += n;
		pf.wall_ms += (int64_t)n;
		pf_turn();
		pf_work();
	}
}

int
pf_reload(const char *text, const char *more)
{
	int ret;

	pf_write(text, more);
	ret = cgn_reload_now(pf.reload, pf.now_ms);
	if (ret == 0 && cgn_reload_status(pf.reload).is_busy)
		pf_ping();
	return ret;
}

void
pf_ping(void)
{
	for (unsigned int w = 0; w < pf.planes.n_workers; w++)
		CU_ASSERT_EQUAL(pf_obey(w), CGN_CMD_PING);
	for (int i = 0; i < TURNS_MAX && rte_ring_empty(pf.planes.workers[0].cmd); i++)
		pf_turn();
}

/* --- frames -------------------------------------------------------------------------------- */

void
pf_punt(unsigned int w, uint16_t port, const void *frame, size_t len)
{
	struct cgn_pktmsg msg = { .op = CGN_PKT_PUNT, .port = (uint8_t)port };
	struct rte_mbuf **at = &msg.m;
	const uint8_t *data = frame;

	for (size_t off = 0, n; off < len; off += n) {
		n = len - off < SEGMENT ? len - off : SEGMENT;
		*at = rte_pktmbuf_alloc(pf.planes.ctl_pool);
		CU_ASSERT_PTR_NOT_NULL_FATAL(*at);
		memcpy(rte_pktmbuf_mtod(*at, void *), data + off, n);
		(*at)->data_len = (uint16_t)n;
		if (*at != msg.m)
			msg.m->nb_segs++;
		at = &(*at)->next;
	}
	msg.m->pkt_len = (uint32_t)len;
	CU_ASSERT_EQUAL(rte_ring_enqueue_elem(pf.planes.workers[w].punt, &msg, sizeof(msg)), 0);
}

static size_t
head(uint8_t *frame, uint16_t port, rte_be32_t from, uint16_t type)
{
	const struct cgn_conf *conf = cgn_control_conf(pf.control);
	const struct rte_ether_addr mac = pf_mac(from);

	return cgn_frame_head(
			frame, &pf.planes.ports[port].mac, &mac, conf->ports[port].vlan, type);
}

void
pf_send(unsigned int w, uint16_t port, const struct cgn_ep4 *src, const struct cgn_ep4 *dst,
		const void *data, size_t len)
{
	uint8_t frame[1600];
	size_t off = head(frame, port, src->addr, RTE_ETHER_TYPE_IPV4);

	off += cgn_frame_udp4(frame + off, src, dst, 64, data, len);
	pf_punt(w, port, frame, off);
}

void
pf_send_wire(unsigned int w, uint16_t port, const struct cgn_ip6 *b4, const struct cgn_ep4 *src,
		const struct cgn_ep4 *dst, const void *data, size_t len)
{
	const struct cgn_conf *conf = cgn_control_conf(pf.control);
	struct rte_ipv6_hdr ip = { .vtc_flow = RTE_BE32(0x60000000), .proto = IPPROTO_IPIP };
	uint8_t frame[1600];
	size_t off = head(frame, port, src->addr, RTE_ETHER_TYPE_IPV6);
	size_t inner = cgn_frame_udp4(frame + off + sizeof(ip), src, dst, 64, data, len);

	ip.hop_limits = 64;
	ip.payload_len = rte_cpu_to_be_16((uint16_t)inner);
	memcpy(&ip.src_addr, b4, sizeof(*b4));
	memcpy(&ip.dst_addr, &conf->softwire.local, sizeof(*b4));
	memcpy(frame + off, &ip, sizeof(ip));
	pf_punt(w, port, frame, off + sizeof(ip) + inner);
}
