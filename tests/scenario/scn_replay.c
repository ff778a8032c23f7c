/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <arpa/inet.h>
#include <pcap/pcap.h>
#include <string.h>

/*
 * The round trip of real captures: a packet of an inside host goes in inside, what leaves outside is
 * compared and its external endpoint learned; a packet to an inside host is sent to that endpoint and
 * has to arrive inside as it was. Checksums are carried over by their differences, so that one that
 * was wrong in the capture (offloads) stays wrong by the same error.
 *
 * usage: scn_replay DIRECTORY...    directories that are not there are passed over
 */

#define MTU        9000
#define MAPPINGS   4096
#define HOSTS      64
#define DATAGRAMS  16
#define STEP_S_MAX 30.0 /* longer gaps of a capture are cut to this: no mapping expires in them */
#define L4_MAX     65536

struct ep {
	rte_be32_t addr;
	uint16_t port; /* host order */
};

struct mapping {
	uint8_t proto;
	struct ep in;
	struct ep ext;
};

/* A datagram of the capture, whole or as far as its fragments have come. */
struct datagram {
	uint8_t ip[60]; /* header of the first packet */
	size_t hdr;
	size_t len; /* of l4 */
	size_t have;
	bool is_cut; /* it came in fragments */
	uint8_t l4[L4_MAX];
};

/* Which hosts of a capture are inside. */
static const struct {
	const char *file;
	const char *prefix[2];
	uint8_t len[2];
	bool is_one_way; /* nothing that can come back */
} captures[] = {
	{ "demo.pcap", { "100.64.0.0" }, { 10 }, false },
	{ "206_example_b.pcap", { "192.168.72.14" }, { 32 }, false },
	{ "bittorrent-tracker.pcap", { "10.0.0.201" }, { 32 }, false },
	{ "bro.org.pcap", { "10.0.2.15" }, { 32 }, false },
	{ "dns-edns-ecs.pcap", { "192.168.0.0", "193.24.227.238" }, { 16, 32 }, false },
	{ "fragmented-1.pcap", { "164.1.123.163" }, { 32 }, true },
	{ "fragmented-3.pcap", { "210.54.213.247" }, { 32 }, true },
	{ "ftp-ipv4.pcap", { "141.142.220.235" }, { 32 }, false },
	{ "icmp-destunreach-udp.pcap", { "192.168.1.102" }, { 32 }, true },
	{ "icmp-ping.pcap", { "10.0.0.1" }, { 32 }, false },
	{ "irc-dcc-send.pcapng", { "10.0.0.22" }, { 32 }, false },
	{ "ntp.pcap", { "192.168.43.118" }, { 32 }, false },
	{ "quic_win11_firefox_google.pcap", { "1.2.3.4" }, { 32 }, false },
	{ "sip-wireshark.pcap", { "192.168.1.2" }, { 32 }, false },
	{ "tcpreplay-test.pcap", { "172.16.11.12" }, { 32 }, false },
	{ "timestamp.pcap", { "192.168.1.10" }, { 32 }, false },
	{ "webrtc-stun.pcap", { "192.168.6.82" }, { 32 }, false },
};

static struct replay {
	struct fx *fx;
	const char *file;
	unsigned int packet;
	unsigned int n_out, n_in, n_dropped;
	unsigned int n_maps, n_hosts;
	struct mapping maps[MAPPINGS];
	struct mapping hosts[HOSTS]; /* address to address */
	struct datagram datagrams[DATAGRAMS];
	unsigned int next_datagram;
} r;

static char **directories;
static int n_directories;

static void
complain(const char *what)
{
	printf("\n  %s packet %u: %s", r.file, r.packet, what);
	CU_FAIL("the round trip changes a packet");
}

/* --- packets ------------------------------------------------------------------------------- */

static uint16_t
get16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

static void
put16(uint8_t *b, uint16_t v)
{
	b[0] = (uint8_t)(v >> 8);
	b[1] = (uint8_t)v;
}

static rte_be32_t
get_addr(const uint8_t *b)
{
	rte_be32_t a;

	memcpy(&a, b, sizeof(a));
	return a;
}

/* Carry a change of one word into a checksum (RFC 1624). */
static uint16_t
carry(uint16_t csum, uint16_t old, uint16_t new)
{
	uint32_t s = (uint16_t)~csum + (uint32_t)(uint16_t)~old + new;

	s = (s & 0xffff) + (s >> 16);
	return (uint16_t) ~((s & 0xffff) + (s >> 16));
}

static uint16_t
carry_addr(uint16_t csum, rte_be32_t old, rte_be32_t new)
{
	uint8_t o[4], n[4];

	memcpy(o, &old, 4);
	memcpy(n, &new, 4);
	return carry(carry(csum, get16(o), get16(n)), get16(o + 2), get16(n + 2));
}

static bool
is_query(const uint8_t *l4, size_t len)
{
	return len >= 8 && (l4[0] == 0 || l4[0] == 8 || (l4[0] >= 13 && l4[0] <= 18));
}

/* Place of the port of one side; of an ICMP query its identifier. 0 means: at the start. */
static size_t
port_at(uint8_t proto, bool is_src)
{
	return proto == IPPROTO_ICMP ? 4 : is_src ? 0 : 2;
}

static bool
has_ports(uint8_t proto, const uint8_t *l4, size_t len)
{
	return proto == IPPROTO_TCP            ? len >= 20
			: proto == IPPROTO_UDP ? len >= 8
					       : proto == IPPROTO_ICMP && is_query(l4, len);
}

/* Give one side of a transport header another endpoint, checksum included. */
static void
readdress_l4(uint8_t proto, uint8_t *l4, bool is_src, struct ep old, struct ep new)
{
	size_t at = proto == IPPROTO_TCP ? 16 : proto == IPPROTO_UDP ? 6 : 2;
	uint16_t csum = get16(l4 + at);
	bool has_none = proto == IPPROTO_UDP && csum == 0;

	if (proto != IPPROTO_ICMP)
		csum = carry_addr(csum, old.addr, new.addr);
	csum = carry(csum, get16(l4 + port_at(proto, is_src)), new.port);
	put16(l4 + port_at(proto, is_src), new.port);
	if (proto == IPPROTO_UDP && csum == 0)
		csum = 0xffff;
	if (!has_none)
		put16(l4 + at, csum);
}

static uint8_t
proto_of(uint8_t ip_proto)
{
	return ip_proto == IPPROTO_TCP            ? CGN_PROTO_TCP
			: ip_proto == IPPROTO_UDP ? CGN_PROTO_UDP
						  : CGN_PROTO_ICMP;
}

static bool
is_inside(rte_be32_t addr)
{
	for (size_t i = 0; i < r.fx->groups[0].n_prefixes; i++) {
		if (cgn_prefix_has4(&r.fx->prefixes[0][i], addr))
			return true;
	}
	return false;
}

/* --- what was learned ---------------------------------------------------------------------- */

static struct mapping *
find(struct mapping *in, unsigned int n, uint8_t proto, struct ep ep)
{
	for (unsigned int i = 0; i < n; i++) {
		if (in[i].proto == proto && in[i].in.addr == ep.addr && in[i].in.port == ep.port)
			return &in[i];
	}
	return NULL;
}

/* The same external endpoint per inside endpoint, the same external address per host. */
static void
learn(uint8_t proto, struct ep in, struct ep ext)
{
	struct ep host = { in.addr, 0 }, pool = { ext.addr, 0 };
	struct mapping *map = find(r.maps, r.n_maps, proto, in);

	if (map == NULL && r.n_maps < MAPPINGS) {
		map = &r.maps[r.n_maps++];
		*map = (struct mapping){ proto, in, ext };
	}
	if (map == NULL || map->ext.addr != ext.addr || map->ext.port != ext.port)
		complain("another external endpoint than before");
	map = find(r.hosts, r.n_hosts, 0, host);
	if (map == NULL && r.n_hosts < HOSTS) {
		map = &r.hosts[r.n_hosts++];
		*map = (struct mapping){ 0, host, pool };
	}
	if (map == NULL || map->ext.addr != pool.addr)
		complain("another external address than before");
}

/* --- datagrams ----------------------------------------------------------------------------- */

/* The datagram that an IPv4 packet is, or is a part of. */
static struct datagram *
collect(const uint8_t *ip, size_t hdr, size_t total)
{
	size_t off = (get16(ip + 6) & 0x1fff) * 8u, len = total - hdr;
	bool more = (ip[6] & 0x20) != 0;
	struct datagram *d = NULL;

	for (unsigned int i = 0; i < DATAGRAMS && (more || off != 0); i++) {
		struct datagram *x = &r.datagrams[i];

		if (x->is_cut && memcmp(x->ip + 4, ip + 4, 2) == 0 && x->ip[9] == ip[9] &&
				memcmp(x->ip + 12, ip + 12, 8) == 0)
			d = x;
	}
	if (d == NULL) {
		d = &r.datagrams[r.next_datagram++ % DATAGRAMS];
		d->len = d->have = 0;
		memcpy(d->ip, ip, hdr);
		d->hdr = hdr;
		d->is_cut = more || off != 0;
	}
	if (off + len > L4_MAX)
		return NULL;
	memcpy(d->l4 + off, ip + hdr, len);
	d->have += len;
	if (!more)
		d->len = off + len;
	return d->len != 0 && d->have >= d->len ? d : NULL;
}

/* The transport message that left, over all its fragments. @return its length */
static size_t
gather(uint8_t *to)
{
	size_t len = 0;

	for (unsigned int i = 0; i < r.fx->n_out; i++) {
		const struct fx_pkt *p = &r.fx->out[i];
		size_t hdr = (p->ip[0] & 0xfu) * 4u, n = p->len - hdr;

		if (p->off + n > L4_MAX)
			return 0;
		memcpy(to + p->off, p->ip + hdr, n);
		len = RTE_MAX(len, p->off + n);
	}
	return len;
}

/* What left is the datagram but for TTL, ID, fragmentation and header checksum. */
static void
compare(const struct datagram *d, const uint8_t *l4, rte_be32_t src, rte_be32_t dst)
{
	static uint8_t is[L4_MAX];
	const uint8_t *ip = r.fx->out[0].ip;
	size_t len = gather(is);

	if (len != d->len || memcmp(is, l4, len) != 0)
		complain("transport message differs");
	if (get_addr(ip + 12) != src || get_addr(ip + 16) != dst)
		complain("addresses differ");
	if (ip[1] != d->ip[1] || ip[9] != d->ip[9] || ip[8] != d->ip[8] - 1)
		complain("TOS, protocol or TTL differ");
	if ((ip[0] & 0xfu) * 4u != d->hdr || memcmp(ip + 20, d->ip + 20, d->hdr - 20) != 0)
		complain("IPv4 options differ");
	if (!d->is_cut && (ip[6] & 0x40) != (d->ip[6] & 0x40))
		complain("DF differs");
}

/* --- both ways ----------------------------------------------------------------------------- */

static struct rte_mbuf *
frame_of(const uint8_t *ip, size_t len)
{
	static uint8_t frame[L4_MAX + PG_ETH];
	static const uint8_t eth[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0xaa, 8, 0 };

	memcpy(frame, eth, sizeof(eth));
	memcpy(frame + PG_ETH, ip, len);
	return pg_bytes(r.fx->mp, frame, PG_ETH + len);
}

static void
go_out(const uint8_t *ip, size_t hdr, size_t total)
{
	static uint8_t l4[L4_MAX];
	const struct datagram *d = collect(ip, hdr, total);
	const struct fx_pkt *p = fx_rx(r.fx, FX_INSIDE, frame_of(ip, total));
	struct ep in = { get_addr(ip + 12), 0 }, ext;

	if (r.fx->n_out == 0 || p->port != FX_OUTSIDE) {
		r.n_dropped++;
		return;
	}
	r.n_out++;
	if (d == NULL || !has_ports(ip[9], d->l4, d->len)) {
		/* An ICMP error of an inside host: the fixture has verified it. */
		if (d == NULL || ip[9] != IPPROTO_ICMP)
			complain("left although it was not whole");
		return;
	}
	in.port = get16(d->l4 + port_at(ip[9], true));
	ext = (struct ep){ pg_addr(p->src), p->sport };
	learn(proto_of(ip[9]), in, ext);
	memcpy(l4, d->l4, d->len);
	readdress_l4(ip[9], l4, true, in, ext);
	compare(d, l4, ext.addr, get_addr(ip + 16));
}

/* An inbound ICMP error quotes what the inside sent: show it as it was seen outside. */
static void
readdress_quote(uint8_t *l4, size_t len)
{
	uint8_t *q = l4 + 8, *t;
	struct ep in;
	const struct mapping *map;

	if (len < 8 + 28)
		return;
	t = q + (q[0] & 0xfu) * 4u;
	if (t + 8 > l4 + len)
		return;
	in = (struct ep){ get_addr(q + 12), get16(t + port_at(q[9], true)) };
	map = find(r.maps, r.n_maps, proto_of(q[9]), in);
	if (map == NULL)
		return;
	put16(q + 10, carry_addr(get16(q + 10), in.addr, map->ext.addr));
	memcpy(q + 12, &map->ext.addr, 4);
	put16(t + port_at(q[9], true), map->ext.port);
	if (q[9] == IPPROTO_UDP && get16(t + 6) != 0)
		put16(t + 6,
				carry(carry_addr(get16(t + 6), in.addr, map->ext.addr), in.port,
						map->ext.port));
	put16(l4 + 2, 0);
	put16(l4 + 2, (uint16_t)~rte_be_to_cpu_16(rte_raw_cksum(l4, len)));
}

/* Send an inbound packet, or fragment, to the external endpoint of its inside one. */
static struct rte_mbuf *
readdress(const uint8_t *ip, size_t hdr, size_t total)
{
	static uint8_t copy[L4_MAX];
	struct ep host = { get_addr(ip + 16), 0 }, in = host, ext;
	const struct mapping *map = find(r.hosts, r.n_hosts, 0, host);
	bool is_first = (get16(ip + 6) & 0x1fff) == 0;

	memcpy(copy, ip, total);
	ext.addr = map == NULL ? pg_addr("198.51.100.0") : map->ext.addr;
	ext.port = 0;
	if (is_first && has_ports(ip[9], ip + hdr, total - hdr)) {
		in.port = ext.port = get16(ip + hdr + port_at(ip[9], false));
		map = find(r.maps, r.n_maps, proto_of(ip[9]), in);
		if (map != NULL)
			ext = map->ext;
		readdress_l4(ip[9], copy + hdr, false, in, ext);
	} else if (is_first && ip[9] == IPPROTO_ICMP) {
		readdress_quote(copy + hdr, total - hdr);
	}
	put16(copy + 10, carry_addr(get16(ip + 10), in.addr, ext.addr));
	memcpy(copy + 16, &ext.addr, 4);
	return frame_of(copy, total);
}

/* An inside server gets a lease for the port that somebody connects to. */
static void
lease(struct ep in)
{
	struct fx_ep x = { .port = 0 };
	char host[16];

	if (find(r.maps, r.n_maps, CGN_PROTO_TCP, in) != NULL)
		return;
	inet_ntop(AF_INET, &in.addr, host, sizeof(host));
	CU_ASSERT_EQUAL_FATAL(fx_lease(r.fx, CGN_PROTO_TCP, host, in.port, &x, 4000), 0);
	learn(CGN_PROTO_TCP, in, (struct ep){ pg_addr(x.addr), x.port });
}

static void
come_in(const uint8_t *ip, size_t hdr, size_t total)
{
	const struct datagram *d = collect(ip, hdr, total);
	const struct fx_pkt *p;

	if (d != NULL && ip[9] == IPPROTO_TCP && d->len >= 20 && (d->l4[13] & 0x12) == 0x02)
		lease((struct ep){ get_addr(ip + 16), get16(d->l4 + 2) });
	p = fx_rx(r.fx, FX_OUTSIDE, readdress(ip, hdr, total));

	if (r.fx->n_out == 0 || p->port != FX_INSIDE) {
		r.n_dropped++;
		return;
	}
	r.n_in++;
	if (d == NULL)
		complain("arrived although it was not whole");
	else
		compare(d, d->l4, get_addr(ip + 12), get_addr(ip + 16));
}

/* A frame that no inside host takes part in, or no IPv4: some verdict, and it stays where it is. */
static void
others(const uint8_t *frame, size_t len)
{
	static uint8_t copy[L4_MAX];

	memcpy(copy, frame, len);
	if ((copy[0] & 1) == 0)
		memcpy(copy, &pg_mac_us, 6);
	fx_rx(r.fx, FX_INSIDE, pg_bytes(r.fx->mp, copy, len));
	r.n_dropped++;
	if (r.fx->n_out != 0)
		complain("a frame of nobody inside was forwarded");
}

/* A frame as it was captured; what a short capture cut off is zero, so are its octets on the way back. */
static void
replay_frame(const uint8_t *captured, size_t caplen, size_t len)
{
	static uint8_t frame[L4_MAX + PG_ETH];
	uint8_t *ip = frame + PG_ETH;
	size_t hdr, total;

	if (len > sizeof(frame))
		return;
	memcpy(frame, captured, caplen);
	memset(frame + caplen, 0, len - caplen);

	if (len < PG_ETH + PG_IP || get16(frame + 12) != RTE_ETHER_TYPE_IPV4) {
		others(frame, len);
		return;
	}
	hdr = (ip[0] & 0xfu) * 4u;
	total = get16(ip + 2);
	if (hdr < PG_IP || total < hdr || total > len - PG_ETH) {
		others(frame, len);
		return;
	}
	/* Hosts that leave checksums to their device are captured without. */
	put16(ip + 10, 0);
	put16(ip + 10, (uint16_t)~rte_be_to_cpu_16(rte_raw_cksum(ip, hdr)));
	if (is_inside(get_addr(ip + 12)))
		go_out(ip, hdr, total);
	else if (is_inside(get_addr(ip + 16)))
		come_in(ip, hdr, total);
	else
		others(frame, len);
}

/* --- captures ------------------------------------------------------------------------------ */

static void
start(unsigned int k)
{
	struct fx *fx = fx_new();

	memset(&r, 0, sizeof(r));
	r.fx = fx;
	r.file = captures[k].file;
	fx->groups[0].n_prefixes = 0;
	for (unsigned int i = 0; i < 2 && captures[k].prefix[i] != NULL; i++) {
		struct cgn_prefix p = { .ip4 = pg_addr(captures[k].prefix[i]),
			.len = captures[k].len[i] };

		fx->prefixes[0][fx->groups[0].n_prefixes++] = p;
		if (p.len == 10) /* on the link */
			continue;
		fx->routes[fx->conf.n_routes++] = (struct cgn_conf_route){
			.prefix = p, .via = { .ip4 = pg_addr("100.64.0.2") }, .port = FX_INSIDE
		};
	}
	for (unsigned int i = 0; i < 2; i++) {
		fx->ports[i].mtu = MTU;
		fx->ports[i].ttl_exceeded = false;
	}
	/* Own ICMP errors would mix with what is compared. */
	fx->conf.nat.icmp_errors_per_s = 0;
	/* Frames go by a router inside; some checksums of captures are wrong. */
	fx->any_mac = true;
	fx->no_verify = true;
	fx_start(fx);
}

static void
replay_file(const char *path, unsigned int k)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, error);
	struct pcap_pkthdr *hdr;
	const u_char *frame;
	double last = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(pcap);
	CU_ASSERT_EQUAL_FATAL(pcap_datalink(pcap), DLT_EN10MB);
	start(k);
	while (pcap_next_ex(pcap, &hdr, &frame) == 1) {
		double at = (double)hdr->ts.tv_sec + (double)hdr->ts.tv_usec / 1e6;

		if (r.packet > 0 && at > last)
			fx_advance_s(r.fx, RTE_MIN(at - last, STEP_S_MAX));
		last = at;
		r.packet++;
		replay_frame(frame, hdr->caplen, hdr->len);
	}
	pcap_close(pcap);
	printf("\n  %-32s %5u packets, %5u out, %5u in, %4u not forwarded", r.file, r.packet,
			r.n_out, r.n_in, r.n_dropped);
	for (unsigned int v = 0; v < CGN_V_COUNT; v++) {
		uint64_t n = fx_verdict(r.fx, (enum cgn_verdict)v);

		if (n != 0)
			printf(" %s=%lu", cgn_verdict_name((enum cgn_verdict)v), (unsigned long)n);
	}
	if (!captures[k].is_one_way)
		CU_ASSERT_TRUE(r.n_out > 0 && r.n_in > 0);
	fx_free(r.fx);
}

/* A-MAP-1, A-POOL-1, A-FRG-1, A-CK-1, A-HDR-1: what was sent arrives, whatever real programs send. */
static void
real_captures_make_the_round_trip(void)
{
	unsigned int n = 0;

	for (int i = 0; i < n_directories; i++) {
		for (unsigned int k = 0; k < RTE_DIM(captures); k++) {
			char path[4096];
			FILE *f;

			snprintf(path, sizeof(path), "%s/%s", directories[i], captures[k].file);
			f = fopen(path, "r");
			if (f == NULL)
				continue;
			fclose(f);
			replay_file(path, k);
			n++;
		}
	}
	CU_ASSERT_TRUE(n > 0);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(real_captures_make_the_round_trip),
};

int
main(int argc, char **argv)
{
	directories = argv + 1;
	n_directories = argc - 1;
	return cu_main("scn_replay", tests, RTE_DIM(tests));
}
