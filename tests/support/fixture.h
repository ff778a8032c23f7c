/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_FIXTURE_H
#define CGN_TEST_FIXTURE_H

/**
 * @file
 * A whole NAT under test: the engines of N workers, a fake clock, and all that the engines need.
 *
 * N comes from the environment (CGN_TEST_WORKERS, default 1). The workers receive frames in turn, whoever owns them,
 * so that most packets are handed over. They arrive at once. The fixture stands for the control thread: it resolves
 * neighbours and keeps punted packets. Every frame that leaves is checked (pktgen_verify(), MAC addresses).
 *
 * A test makes a fixture with fx_new(), changes fx->conf, and calls fx_start() and fx_free(). fx_free() checks what
 * must be true after every test: received = verdicts + held, counts agree with tables, tables are empty after all
 * timers, and no packet buffer is lost. A verb makes something happen. Its result is valid until the next one.
 */

#include "tests/support/books.h"
#include "tests/support/fixture_gauges.h"
#include "tests/support/pktgen.h"

#define FX_INSIDE  0          /* port inside0: 100.64.0.1/10 */
#define FX_OUTSIDE 1          /* port outside0: 192.0.2.2/24, default route via 192.0.2.1 */
#define FX_INSIDE2 2          /* port inside1: 10.0.0.1/8 */
#define FX_NOWHERE UINT32_MAX /* port of a packet that did not leave */

/* Hosts of subscribers (H, K, L), remote hosts (P). By default every inside address is one subscriber. */
#define H1          "100.64.1.11"
#define H2          "100.64.1.12"
#define K1          "100.64.2.21"
#define L1          "10.1.0.31" /* behind inside1 */
#define P1          "203.0.113.5"
#define P2          "203.0.113.77"
#define R1          "192.0.2.1" /* the router outside */
#define FX_RANGES   8
#define FX_STATICS  8
#define FX_PREFIXES 4

/** An external endpoint in the form that the builders of pktgen.h take. */
struct fx_ep {
	char addr[16];
	uint16_t port;
};

/** The IPv6 header of a frame. */
struct fx_outer {
	bool is; /* the frame has one */
	char src[46];
	char dst[46];
	uint8_t tc;
	uint8_t hop_limit;
	uint8_t next;
	bool more;    /* of a fragment */
	uint16_t off; /* of a fragment, octets */
	uint32_t id;
	uint16_t len;           /* of the IPv6 packet */
	const uint8_t *payload; /* behind the IPv6 and the fragment header */
	size_t payload_len;
};

/** A parsed frame that left, or the inner packet of IPv4 in IPv6. If none left, all fields are zero. */
struct fx_pkt {
	bool left;
	unsigned int port; /* FX_INSIDE, ... */
	char src[16];
	char dst[16];
	uint16_t sport; /* host order; ICMP query: the identifier in both; 0 in later fragments */
	uint16_t dport;
	uint8_t proto; /* IPPROTO_* */
	uint8_t ttl;
	uint8_t tos;
	uint8_t tcp_flags;
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint32_t icmp_rest; /* second word of the ICMP header, host order */
	bool df;
	bool more;
	uint16_t off; /* of a fragment, in octets */
	uint16_t id;
	uint16_t len;           /* of the IP packet */
	uint16_t csum;          /* of the transport, as on the wire */
	size_t payload_len;     /* behind the transport header */
	const uint8_t *payload; /* of an ICMP error: what it quotes */
	const uint8_t *ip;
	struct { /* of an ICMP error */
		char src[16];
		char dst[16];
		uint16_t sport;
		uint16_t dport;
	} quote;
	struct fx_outer outer;
	uint8_t *bytes; /* the frame */
	size_t n_bytes;
};

struct fx {
	struct cgn_conf conf; /* change it before fx_start() */
	struct cgn_conf_port ports[3];
	struct cgn_conf_route routes[4];
	struct cgn_conf_pool pools[2];
	struct cgn_range4 ranges[2][FX_RANGES];
	struct cgn_conf_group groups[2];
	struct cgn_prefix prefixes[2][FX_PREFIXES];
	struct cgn_conf_static statics[FX_STATICS];
	struct cgn_prefix pass[FX_PREFIXES];

	unsigned int n_workers;
	struct cgn_engine *engines[CGN_WORKERS_MAX];
	struct cgn_snapshot *snapshot;
	struct cgn_moved *moved;         /* of saved state */
	_Atomic(uint32_t) n_subscribers; /* of all workers */
	struct cgn_record_door *doors;   /* by worker, set before fx_start(); NULL: the ledgers */
	struct flowledger *ledgers[CGN_WORKERS_MAX]; /* mappings and sessions by their records */
	const struct flowledger_tap *tap;            /* set before: gets records of blocks */
	struct books_forgotten forgotten[CGN_WORKERS_MAX];
	struct cgn_steer steer;
	struct rte_mempool *mp;
	cgn_tick now;
	uint8_t seed;           /* of the engines' random source */
	const struct sx *saved; /* set before fx_start(): will be loaded (statefix.h) */
	bool no_resolve;        /* do not resolve neighbours */
	bool no_verify;         /* frames with wrong checksums are expected to leave */
	bool any_mac;           /* neighbours have other MAC addresses than fx_mac_of() says */
	bool single_worker; /* set before fx_start(): one worker whatever the environment says */
	bool is_swapped;    /* a command changed the configuration: running timers may be longer */
	bool is_flood;      /* only count the frames that leave, keep none */
	const struct cgn_filter *filters; /* of the leases that are made or renewed from now on */
	uint8_t n_filters;
	uint32_t drain_s;           /* time after which fx_free() expects empty tables; 0: never */
	uint32_t keeps;             /* mappings that do not expire (statics) */
	unsigned int tx_room;       /* frames that devices take per call */
	unsigned int handover_room; /* packets that a hand-over queue takes per call */
	bool punt_full;
	unsigned int punt_room; /* free places of the queue to the control thread; 0: no limit */
	bool event_full;

	struct fx_pkt *out; /* what left since the last verb */
	unsigned int n_out;
	struct fx_pkt *punted; /* what went to the control thread since the last verb */
	unsigned int n_punted;
	struct cgn_evt *events; /* since the last verb */
	unsigned int n_events;

	/* Private. */
	unsigned int out_size;
	unsigned int n_resolved; /* of events */
	unsigned int turn;
	uint32_t seq;
	uint64_t received;
	uint64_t verdicts[CGN_V_COUNT]; /* before the last verb */
	uint64_t counters[CGN_C_COUNT];
	struct fx_queue *queues; /* to each worker */
	struct fx_ctx *ctx;      /* of each engine's ops */
	struct tapfix *tap_of;   /* taps before the engines (tapfix.h); NULL: none */
};

/** A fixture with the default configuration; not started. */
struct fx *fx_new(void);

/** Start the engines. Returns @p fx. */
struct fx *fx_start(struct fx *fx);
/** Make a fixture with the default configuration and start it. */
struct fx *fx_default(void);
/** Check the invariants and release everything. */
void fx_free(struct fx *fx);

/* Configuration, before fx_start(). */

/** Use the port inside1, 10.0.0.1/8, too. Its hosts are subscribers. */
void fx_use_inside2(struct fx *fx);

/** Remove all ranges of a pool. */
void fx_pool_clear(struct fx *fx, unsigned int pool);
/** Add a range to a pool. If @p pool is the next number, the pool is made. */
void fx_pool_add(struct fx *fx, unsigned int pool, const char *first, const char *last);

/** Replace the default pool by a pool of @p n addresses per worker from 198.51.100.0 on. */
void fx_pool_per_worker(struct fx *fx, unsigned int n);

void fx_add_static(struct fx *fx, enum cgn_proto proto, const char *in, uint16_t in_port,
		const char *ext, uint16_t ext_port);

/** Add destinations that are not translated. */
void fx_add_pass_through(struct fx *fx, const char *addr, uint8_t len);

/* Verbs. */

/** Receive a frame on a port. Returns the first frame that left. */
const struct fx_pkt *fx_rx(struct fx *fx, unsigned int port, struct rte_mbuf *m);

/** Receive frames on a port as one burst of one worker. Returns how many left. */
unsigned int fx_rx_burst(struct fx *fx, unsigned int port, struct rte_mbuf **m, unsigned int n);

/** The same as fx_rx() on inside0, or on inside1 if the source of the frame is in 10/8. */
const struct fx_pkt *fx_inside(struct fx *fx, struct rte_mbuf *m);
/** The same as fx_rx() on outside0. */
const struct fx_pkt *fx_outside(struct fx *fx, struct rte_mbuf *m);

/** Give worker 0 a packet of the control thread. */
const struct fx_pkt *fx_inject(struct fx *fx, const struct cgn_pktmsg *msg);

/* Short forms that also build the packet: "out" from an inside host, "in" from a remote host. */
const struct fx_pkt *
fx_udp_out(struct fx *fx, const char *h, uint16_t hp, const char *p, uint16_t pp);
const struct fx_pkt *
fx_udp_in(struct fx *fx, const char *p, uint16_t pp, const char *x, uint16_t xp);
const struct fx_pkt *
fx_tcp_out(struct fx *fx, const char *h, uint16_t hp, const char *p, uint16_t pp, uint8_t flags);
const struct fx_pkt *
fx_tcp_in(struct fx *fx, const char *p, uint16_t pp, const char *x, uint16_t xp, uint8_t flags);
const struct fx_pkt *fx_ping_out(struct fx *fx, const char *h, const char *p, uint16_t ident);
const struct fx_pkt *fx_pong_in(struct fx *fx, const char *p, const char *x, uint16_t ident);

/** Open a mapping by a packet to P1. The test fails if the packet does not leave. */
struct fx_ep fx_map_udp(struct fx *fx, const char *h, uint16_t hp);

/** Open a TCP connection from inside with its three packets. */
struct fx_ep fx_connect(struct fx *fx, const char *h, uint16_t hp, const char *p, uint16_t pp);

/** Let time pass. Meanwhile the engines are polled as in a worker's loop. */
void fx_advance_s(struct fx *fx, double s);

/** Carry out a command at one worker. Returns the reply's ret. */
int fx_cmd(struct fx *fx, unsigned int worker, struct cgn_cmd *cmd, struct cgn_evt *reply);

/** Give a message with a packet to one worker, as another thread does. */
void fx_pktmsg(struct fx *fx, unsigned int worker, const struct cgn_pktmsg *msg);

/** The worker that owns an inside address. */
unsigned int fx_owner(const struct fx *fx, const char *in);

/** Make or renew a lease. x->port is the suggested port, then the lease's port. Returns 0 or -errno. */
int fx_lease(struct fx *fx, enum cgn_proto proto, const char *in, uint16_t in_port, struct fx_ep *x,
		uint32_t lifetime_s);

/** Delete a lease, or with these flags of the command. Both return 0 or -errno. */
int fx_unlease(struct fx *fx, enum cgn_proto proto, const char *in, uint16_t in_port);
int
fx_end_lease(struct fx *fx, enum cgn_proto proto, const char *in, uint16_t in_port, uint8_t flags);

/** Read the mapping of an inside endpoint. */
bool fx_mapping(struct fx *fx, enum cgn_proto proto, const char *in, uint16_t in_port,
		struct cgn_mapping_info *out);

/** Read all mappings of all workers, or those of one subscriber. Returns their number. */
unsigned int
fx_mappings(struct fx *fx, const char *sub, struct cgn_mapping_info *rows, unsigned int max);

/** Read the subscriber of an inside address. */
bool fx_subscriber(struct fx *fx, const char *in, struct cgn_subscriber_info *out);
/** Ask who has an external port. Returns 0 or -errno. */
int
fx_who(struct fx *fx, enum cgn_proto proto, const char *x, uint16_t xp, struct cgn_who_info *out);

/* Results. */
/** By how much a verdict rose with the last verb. */
uint64_t fx_rose(const struct fx *fx, enum cgn_verdict v);
/** By how much a counter rose with the last verb. */
uint64_t fx_counted(const struct fx *fx, enum cgn_counter_id c);
/** A gauge, summed over the workers. */
uint64_t fx_gauge(const struct fx *fx, enum cgn_gauge_id g);

/** A verdict or counter, summed over the workers. */
uint64_t fx_verdict(const struct fx *fx, enum cgn_verdict v);
uint64_t fx_counter(const struct fx *fx, enum cgn_counter_id c);

/** Whether the payload of the frames that left, over all fragments, is the pattern from @p first on. */
bool fx_has_pattern(const struct fx *fx, size_t len, size_t first);

/* Checks, with the place of the test in their messages. */
void fx_check_dropped(const struct fx *fx, enum cgn_verdict v, unsigned int n_out, const char *file,
		int line);
void fx_check_pkt(const struct fx_pkt *p, unsigned int port, const char *src, unsigned int sport,
		const char *dst, unsigned int dport, const char *file, int line);

/** Check that the counts of every worker's NAT agree with its tables (books.h). */
void fx_check_books(struct fx *fx, const char *file, int line);
#define FX_BOOKS(fx) fx_check_books((fx), __FILE__, __LINE__)

/** Check that no frame left and that the verdict rose by one. */
#define FX_DROPPED(fx, v) fx_check_dropped((fx), (v), 0, __FILE__, __LINE__)

/** Check that the verdict rose by one and that one ICMP error left. */
#define FX_REFUSED(fx, v, type, code)                               \
	do {                                                        \
		fx_check_dropped((fx), (v), 1, __FILE__, __LINE__); \
		CU_ASSERT_EQUAL((fx)->n_out > 0, true);             \
		CU_ASSERT_EQUAL(fx_first(fx)->proto, IPPROTO_ICMP); \
		CU_ASSERT_EQUAL(fx_first(fx)->icmp_type, (type));   \
		CU_ASSERT_EQUAL(fx_first(fx)->icmp_code, (code));   \
	} while (0)

/** Check that a packet left by a port with these endpoints. */
#define FX_PKT(p, port, src, sport, dst, dport) \
	fx_check_pkt((p), (port), (src), (sport), (dst), (dport), __FILE__, __LINE__)

/** The first frame that left with the last verb; all zero if none left. */
const struct fx_pkt *fx_first(const struct fx *fx);

#endif /* CGN_TEST_FIXTURE_H */
