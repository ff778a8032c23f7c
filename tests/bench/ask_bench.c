/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * cgn-ask-bench: asks a server of NAT-PMP or PCP for mappings of many hosts, and measures the answers.
 *
 * The hosts are addresses in a row that are local to this machine. Each host has some mappings. The program asks for one
 * mapping after the other, and begins again with the first one.
 *
 *   --window W  W requests are under way all the time: how many requests per second does the server answer?
 *   --rate R    R requests per second, whatever comes back: how long does an answer take? The time of a request
 *               counts from the moment at which it was due. So a generator that is late cannot hide a slow server.
 *   --serve     be a server that answers at once and keeps nothing: how fast is the generator itself?
 *
 * It prints one line of JSON.
 *
 * Source:  RFC 6886 section 3.3, RFC 6887 sections 7 and 11.1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#define PORT 5351
#define IN_PORT \
	10000 /* inside port of the first mapping, and the external one that it would like */
#define BURST       64
#define PMP_LEN     12
#define PMP_ANSWER  16
#define PCP_LEN     60
#define ROOM        128 /* octets for a message */
#define LIFETIME    7200
#define AGAIN_NS    UINT64_C(3000000000) /* RFC 6887 section 8.1.1: the first wait of a client */
#define PATIENCE_NS UINT64_C(30000000000)
#define SECOND_NS   UINT64_C(1000000000)
#define PAUSE_NS    UINT64_C(100000000)
#define TIMES_MAX   (1u << 22)

static struct {
	bool is_pcp, is_server, is_once;
	struct in_addr server, first;
	uint32_t hosts, ports; /* ports: mappings of each host */
	uint32_t window;
	double rate, seconds;
} opt = { .hosts = 256, .ports = 4, .window = 64, .seconds = 2 };

/* One mapping. */
struct slot {
	uint64_t due_ns;  /* 0: no request is under way */
	uint64_t sent_ns; /* the last time */
};

static struct slot *slots;
static uint32_t n_slots, n_open, oldest;
static uint64_t n_asked, n_answered, n_refused, n_again, n_missed, n_foreign;
static uint32_t *times_us;
static int sock;

/* A burst of datagrams, with the local address of each. */
struct burst {
	struct mmsghdr msgs[BURST];
	struct iovec iov[BURST];
	struct sockaddr_in peer[BURST];
	uint8_t data[BURST][ROOM];
	union {
		struct cmsghdr head;
		uint8_t room[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control[BURST];
	unsigned int n;
};

static struct burst out, in;

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static void
put16(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static void
put32(uint8_t *at, uint32_t v)
{
	put16(at, v >> 16);
	put16(at + 2, v);
}

static uint32_t
get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* --- datagrams ----------------------------------------------------------------------------- */

static void
point(struct burst *b, unsigned int i, size_t len)
{
	b->iov[i] = (struct iovec){ .iov_base = b->data[i], .iov_len = len };
	b->msgs[i].msg_hdr = (struct msghdr){ .msg_name = &b->peer[i],
		.msg_namelen = sizeof(b->peer[i]),
		.msg_iov = &b->iov[i],
		.msg_iovlen = 1,
		.msg_control = &b->control[i],
		.msg_controllen = sizeof(b->control[i]) };
}

/* Add a datagram whose octets are in b->data already. */
static void
add(struct burst *b, struct in_addr from, const struct sockaddr_in *to, size_t len)
{
	const struct in_pktinfo info = { .ipi_spec_dst = from };
	unsigned int i = b->n++;

	point(b, i, len);
	b->peer[i] = *to;
	b->control[i].head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(info)),
		.cmsg_level = IPPROTO_IP,
		.cmsg_type = IP_PKTINFO };
	memcpy(CMSG_DATA(&b->control[i].head), &info, sizeof(info));
}

static void
flush(struct burst *b)
{
	for (unsigned int done = 0; done < b->n;) {
		int n = sendmmsg(sock, b->msgs + done, b->n - done, 0);

		if (n < 0 && errno != EINTR && errno != ENOBUFS && errno != EAGAIN) {
			perror("cgn-ask-bench: sendmmsg");
			exit(1);
		}
		done += n > 0 ? (unsigned int)n : 0;
	}
	b->n = 0;
}

/* Take what has arrived. @param wait_ns  for the first datagram */
static void
receive(struct burst *b, uint64_t wait_ns)
{
	const struct timespec t = { (time_t)(wait_ns / SECOND_NS), (long)(wait_ns % SECOND_NS) };
	struct pollfd p = { .fd = sock, .events = POLLIN };
	int n;

	b->n = 0;
	if (ppoll(&p, 1, &t, NULL) <= 0)
		return;
	for (unsigned int i = 0; i < BURST; i++)
		point(b, i, ROOM);
	n = recvmmsg(sock, b->msgs, BURST, MSG_DONTWAIT, NULL);
	b->n = n > 0 ? (unsigned int)n : 0;
}

/* The local address that a datagram came to. */
static struct in_addr
local_of(const struct burst *b, unsigned int i)
{
	struct in_pktinfo info;

	memcpy(&info, CMSG_DATA(&b->control[i].head), sizeof(info));
	return info.ipi_addr;
}

/* --- requests ------------------------------------------------------------------------------ */

static struct in_addr
host_of(uint32_t slot)
{
	return (struct in_addr){ htonl(ntohl(opt.first.s_addr) + slot / opt.ports) };
}

/* Write a request for a UDP mapping. @return its octets */
static size_t
write_request(uint8_t *to, uint32_t slot)
{
	const struct in_addr host = host_of(slot);
	uint32_t port = IN_PORT + slot;

	memset(to, 0, PCP_LEN);
	if (!opt.is_pcp) {
		to[1] = 1;
		put16(to + 4, port);
		put16(to + 6, port);
		put32(to + 8, LIFETIME);
		return PMP_LEN;
	}
	to[0] = 2;
	to[1] = 1;
	put32(to + 4, LIFETIME);
	put16(to + 18, 0xffff);
	memcpy(to + 20, &host, sizeof(host));
	put32(to + 24, slot); /* the nonce */
	to[36] = IPPROTO_UDP;
	put16(to + 40, port);
	put16(to + 42, port);
	put16(to + 54, 0xffff);
	return PCP_LEN;
}

static void
ask(uint32_t slot, uint64_t due_ns, uint64_t now)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = opt.server
	};

	if (slots[slot].due_ns == 0) {
		slots[slot].due_ns = due_ns;
		n_open++;
	}
	slots[slot].sent_ns = now;
	add(&out, host_of(slot), &to, write_request(out.data[out.n], slot));
	if (out.n == BURST)
		flush(&out);
}

/* The slot that an answer is for. @return n_slots: none */
static uint32_t
slot_of(const struct burst *b, unsigned int i)
{
	const uint8_t *data = b->data[i];
	uint32_t slot = n_slots;

	if (opt.is_pcp && b->msgs[i].msg_len == PCP_LEN && data[0] == 2 && data[1] == 0x81)
		slot = get32(data + 24);
	else if (!opt.is_pcp && b->msgs[i].msg_len == PMP_ANSWER && data[0] == 0 && data[1] == 0x81)
		slot = (get32(data + 6) & 0xffff) - IN_PORT;
	return slot < n_slots && host_of(slot).s_addr == local_of(b, i).s_addr ? slot : n_slots;
}

static void
take(uint64_t now)
{
	for (unsigned int i = 0; i < in.n; i++) {
		uint32_t slot = slot_of(&in, i);
		uint64_t us;

		if (slot == n_slots || slots[slot].due_ns == 0) {
			n_foreign++;
			continue;
		}
		us = (now - slots[slot].due_ns) / 1000;
		if (n_answered < TIMES_MAX)
			times_us[n_answered] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
		n_answered++;
		n_refused += in.data[i][3] != 0 || (!opt.is_pcp && in.data[i][2] != 0);
		slots[slot].due_ns = 0;
		n_open--;
	}
}

/* Ask again for what was lost: a few slots in each call. */
static void
repeat(uint64_t now)
{
	for (unsigned int i = 0; i < 256; i++) {
		if (slots[oldest].due_ns != 0 && now - slots[oldest].sent_ns > AGAIN_NS) {
			ask(oldest, slots[oldest].due_ns, now);
			n_again++;
		}
		oldest = (oldest + 1) % n_slots;
	}
}

static bool
is_over(uint64_t begin, uint64_t now)
{
	if (opt.is_once)
		return n_asked == n_slots;
	return (double)(now - begin) >= opt.seconds * 1e9;
}

/* When the next request is due if there is a rate. */
static uint64_t
next_due(uint64_t begin)
{
	return begin + (uint64_t)((double)(n_asked + n_missed) * 1e9 / opt.rate);
}

/* How long to wait for answers. The server may need the core, so the generator does not wait busily. */
static uint64_t
wait_of(uint64_t begin)
{
	uint64_t now = now_ns(), due = opt.rate > 0 ? next_due(begin) : now + PAUSE_NS;

	return due <= now ? 0 : due - now < PAUSE_NS ? due - now : PAUSE_NS;
}

/* Send what may be sent now. */
static void
ask_some(uint64_t begin, uint64_t now)
{
	uint64_t due = now;

	for (unsigned int i = 0; i < BURST && !is_over(begin, now); i++) {
		uint32_t slot = (uint32_t)(n_asked % n_slots);

		if (opt.rate > 0)
			due = next_due(begin);
		if (due > now || (opt.rate <= 0 && n_open >= opt.window))
			break;
		if (slots[slot].due_ns != 0 && opt.rate <= 0)
			break;
		if (slots[slot].due_ns != 0) {
			n_missed++;
			continue;
		}
		ask(slot, due, now);
		n_asked++;
	}
}

static void
run(void)
{
	uint64_t begin = now_ns(), now = begin;

	while (!is_over(begin, now)) {
		ask_some(begin, now);
		repeat(now);
		flush(&out);
		receive(&in, wait_of(begin));
		now = now_ns();
		take(now);
	}
	opt.seconds = (double)(now - begin) / 1e9;
	/* The last answers. */
	for (uint64_t end = now + PATIENCE_NS; n_open > 0 && now < end;) {
		repeat(now);
		flush(&out);
		receive(&in, PAUSE_NS);
		now = now_ns();
		take(now);
		if (opt.is_once)
			opt.seconds = (double)(now - begin) / 1e9;
	}
}

/* --- a server that keeps nothing ----------------------------------------------------------- */

static void
answer(unsigned int i)
{
	uint8_t *to = out.data[out.n], *from = in.data[i];
	size_t len = in.msgs[i].msg_len;

	memcpy(to, from, ROOM);
	to[1] |= 0x80;
	if (from[0] == 0 && len == PMP_LEN) {
		memset(to + 2, 0, 6);
		memcpy(to + 8, from + 4, 2);
		memcpy(to + 10, from + 4, 2);
		memcpy(to + 12, from + 8, 4);
		len = PMP_ANSWER;
	}
	add(&out, local_of(&in, i), &in.peer[i], len);
}

static void
serve(void)
{
	for (;;) {
		receive(&in, SECOND_NS);
		for (unsigned int i = 0; i < in.n; i++)
			answer(i);
		flush(&out);
	}
}

/* --- the program --------------------------------------------------------------------------- */

static int
by_time(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double
percentile_ms(uint32_t n, double share)
{
	return n == 0 ? 0 : times_us[(uint32_t)((double)(n - 1) * share)] / 1e3;
}

static void
print(void)
{
	uint32_t n = n_answered < TIMES_MAX ? (uint32_t)n_answered : TIMES_MAX;
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	qsort(times_us, n, sizeof(*times_us), by_time);
	printf("{\"asked\": %lu, \"answered\": %lu, \"refused\": %lu, \"again\": %lu, \"missed\": %lu, "
	       "\"unanswered\": %u, \"foreign\": %lu, \"seconds\": %.3f, \"per_s\": %.0f, "
	       "\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, \"cpu_s\": %.3f}\n",
			(unsigned long)n_asked, (unsigned long)n_answered, (unsigned long)n_refused,
			(unsigned long)n_again, (unsigned long)n_missed, n_open,
			(unsigned long)n_foreign, opt.seconds, (double)n_answered / opt.seconds,
			percentile_ms(n, 0.5), percentile_ms(n, 0.99), percentile_ms(n, 1),
			(double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
					(double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) /
							1e6);
}

static void
usage(void)
{
	fputs("usage: cgn-ask-bench --server ADDRESS --first ADDRESS [--pcp] [--hosts N] [--ports N]\n"
	      "                     [--window N | --rate N] [--seconds N | --once]\n"
	      "       cgn-ask-bench --serve\n",
			stderr);
	exit(2);
}

static void
read_options(int argc, char **argv)
{
	static const struct option options[] = { { "server", 1, NULL, 's' },
		{ "first", 1, NULL, 'f' }, { "hosts", 1, NULL, 'h' }, { "ports", 1, NULL, 'p' },
		{ "window", 1, NULL, 'w' }, { "rate", 1, NULL, 'r' }, { "seconds", 1, NULL, 't' },
		{ "once", 0, NULL, 'o' }, { "pcp", 0, NULL, 'c' }, { "serve", 0, NULL, 'S' },
		{ 0 } };
	bool is_right = true;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			is_right &= inet_pton(AF_INET, optarg, &opt.server) == 1;
			break;
		case 'f':
			is_right &= inet_pton(AF_INET, optarg, &opt.first) == 1;
			break;
		case 'h':
			opt.hosts = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'p':
			opt.ports = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'w':
			opt.window = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'r':
			opt.rate = strtod(optarg, NULL);
			break;
		case 't':
			opt.seconds = strtod(optarg, NULL);
			break;
		case 'o':
			opt.is_once = true;
			break;
		case 'c':
			opt.is_pcp = true;
			break;
		case 'S':
			opt.is_server = true;
			break;
		default:
			usage();
		}
	}
	is_right &= opt.is_server || (opt.server.s_addr != 0 && opt.first.s_addr != 0);
	is_right &= opt.hosts - 1 < 50000 && opt.ports - 1 < 1000 &&
			opt.hosts * opt.ports <= 50000 && opt.window > 0;
	is_right &= opt.seconds > 0 && opt.rate >= 0;
	if (!is_right || optind != argc)
		usage();
}

int
main(int argc, char **argv)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int on = 1, octets = 8 << 20;

	read_options(argc, argv);
	n_slots = opt.hosts * opt.ports;
	slots = calloc(n_slots, sizeof(*slots));
	times_us = calloc(TIMES_MAX, sizeof(*times_us));
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	any.sin_port = htons(opt.is_server ? PORT : 0);
	if (slots == NULL || times_us == NULL || sock < 0 ||
			setsockopt(sock, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) < 0 ||
			bind(sock, (struct sockaddr *)&any, sizeof(any)) < 0) {
		perror("cgn-ask-bench");
		return 1;
	}
	(void)prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
	/* Answers to everything that is under way. Without this, the system drops some: they come again. */
	(void)setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof(octets));
	if (opt.is_server)
		serve();
	run();
	print();
	return n_open == 0 ? 0 : 1;
}
