/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/host/host_plane.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Packets in both directions: what is given to the kernel was received so, and what leaves has a local source. */

#define INSIDE  RTE_BE32(0x64400001) /* 100.64.0.1 */
#define OUTSIDE RTE_BE32(0xc0000202) /* 192.0.2.2 */

static struct cgn_conf_port ports[] = {
	{ .side = CGN_SIDE_INSIDE,
			.n_addresses = 1,
			.addresses = { { .ip4 = INSIDE, .len = 10 } },
			.n_host = 1,
			.host = { CGN_HOST_IKE } },
	{ .side = CGN_SIDE_OUTSIDE,
			.n_addresses = 2,
			.addresses = { { .ip4 = OUTSIDE, .len = 24 },
					{ .ip6 = { .b = { 0x20, 1, [15] = 2 } },
							.len = 64,
							.is_ip6 = true } },
			.n_host = 3,
			.host = { CGN_HOST_ESP, CGN_HOST_ICMP, CGN_HOST_TCP } },
};
static struct cgn_conf conf = { .ports = ports, .n_ports = 2, .host = { .is_on = true } };

static struct cgn_loop *loop;
static struct cgn_host_plane *host;
static int kernel[2];

static int
open_socket(const struct cgn_conf *c, uint16_t port)
{
	int pair[2];

	(void)c;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair) < 0)
		return -1;
	kernel[port] = pair[0];
	return pair[1];
}

static bool
listens(void *ctx, uint16_t udp_port)
{
	(void)ctx;
	return udp_port == 5351;
}

static bool
route(void *ctx, enum cgn_side side, const void *packet, size_t len)
{
	const uint8_t *p = packet;

	(void)ctx;
	(void)side; /* only asserts read it */
	(void)len;
	assert(len >= 20);
	if (p[0] >> 4 == 4)
		assert(memcmp(p + 12, &ports[1].addresses[0].ip4, 4) == 0 ||
				(side == CGN_SIDE_INSIDE &&
						memcmp(p + 12, &ports[0].addresses[0].ip4, 4) ==
								0));
	else
		assert(memcmp(p + 8, ports[1].addresses[1].ip6.b, 16) == 0);
	return true;
}

static void
begin(void)
{
	struct cgn_host_plane_cfg cfg = {
		.conf = &conf, .open = open_socket, .listens = listens, .route = route
	};

	if (cgn_loop_create(&loop) < 0)
		abort();
	cfg.loop = loop;
	if (cgn_host_plane_create(&host, &cfg) < 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t got[65536];
	struct cgn_frame f = { 0 };
	uint8_t *packet;
	ssize_t n;

	if (size < 2 || size > 9000)
		return 0;
	if (host == NULL)
		begin();
	f.port = data[0] & 1;
	/* Of its own size, so that the sanitizer sees a read beyond its end. */
	packet = malloc(size - 1);
	if (packet == NULL)
		return 0;
	memcpy(packet, data + 1, size - 1);
	f.l3 = packet;
	f.l3_len = size - 1;
	f.ethertype = packet[0] >> 4 == 6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4;
	if (cgn_host_plane_input(host, &f)) {
		n = recv(kernel[f.port], got, sizeof(got), 0);
		(void)n; /* only asserts read it */
		assert(n > 0 && (size_t)n <= f.l3_len && memcmp(got, packet, (size_t)n) == 0);
	}
	if (send(kernel[f.port], packet, f.l3_len, 0) > 0)
		(void)cgn_loop_turn(loop, 0);
	free(packet);
	return 0;
}
