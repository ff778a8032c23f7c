/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The socket for NAT-PMP through IPsec, in a network namespace of its own. Its loopback interface stands for the
 * interface of an IKE daemon that does ESP: what comes by it is protected.
 */
#include "controlplane/host/host_ipsec.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_common.h>

#define CLIENT  RTE_BE32(0x7f00000b) /* 127.0.0.11 */
#define GATEWAY RTE_BE32(0x7f000005) /* not the address that the kernel would choose */
#define WAN     RTE_BE32(0x7f000002) /* of an outside port */
#define NOBODY  RTE_BE32(0x7f000003) /* of no port */
#define FAR     RTE_BE32(0xc0000201) /* 192.0.2.1: there is no route */

static struct cgn_loop *loop;
static struct cgn_host_ipsec *ipsec;
static struct cgn_conf_port ports[] = {
	{ .side = CGN_SIDE_OUTSIDE, .n_addresses = 1, .addresses = { { .ip4 = WAN, .len = 8 } } },
	{ .side = CGN_SIDE_INSIDE,
			.n_addresses = 1,
			.addresses = { { .ip4 = GATEWAY, .len = 8 } } },
};
static char name[IFNAMSIZ], no_name[] = "";
static struct cgn_conf conf = { .ports = ports,
	.n_ports = 2,
	.host = { .netns = no_name, .ipsec_interface = name } };

static struct cgn_return_addr from;
static char taken[64];
static unsigned int n_taken;

static void
take(void *ctx, const struct cgn_return_addr *a, const void *data, size_t len, uint64_t now_ms)
{
	(void)now_ms;
	CU_ASSERT_PTR_EQUAL(ctx, taken);
	CU_ASSERT_TRUE_FATAL(len < sizeof(taken));
	memcpy(taken, data, len);
	taken[len] = '\0';
	from = *a;
	n_taken++;
}

static void
begin(const char *interface)
{
	struct cgn_host_ipsec_cfg cfg = { .conf = &conf,
		.udp_port = 5351,
		.side = CGN_SIDE_INSIDE,
		.input = take,
		.ctx = taken };

	snprintf(name, sizeof(name), "%s", interface);
	n_taken = 0;
	CU_ASSERT_EQUAL_FATAL(cgn_loop_create(&loop), 0);
	cfg.loop = loop;
	CU_ASSERT_EQUAL_FATAL(cgn_host_ipsec_create(&ipsec, &cfg), 0);
}

static void
end(void)
{
	cgn_host_ipsec_destroy(ipsec);
	cgn_loop_destroy(loop);
}

/* A socket of a client. */
static int
client(uint16_t udp_port)
{
	const struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = rte_cpu_to_be_16(udp_port),
		.sin_addr.s_addr = CLIENT };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(bind(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void
ask(int fd, rte_be32_t to, const char *text)
{
	const struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = RTE_BE16(5351), .sin_addr.s_addr = to
	};

	CU_ASSERT_EQUAL(sendto(fd, text, strlen(text), 0, (const struct sockaddr *)&a, sizeof(a)),
			(ssize_t)strlen(text));
	/* Loopback has delivered it already. */
	CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0);
}

/* L-IPS-2: what the daemon's interface has brought is protected, and keeps the mark of its SA. */
static void
datagrams_of_the_interface_are_protected(void)
{
	const uint32_t mark = 0x1000;
	int fd;

	begin("lo");
	fd = client(7777);
	ask(fd, GATEWAY, "plain");
	CU_ASSERT_EQUAL(n_taken, 1);
	CU_ASSERT_STRING_EQUAL(taken, "plain");
	CU_ASSERT_TRUE(from.is_protected);
	CU_ASSERT_EQUAL(from.mark, 0);
	CU_ASSERT_EQUAL(from.remote.ip4, CLIENT);
	CU_ASSERT_EQUAL(from.remote_port, 7777);
	CU_ASSERT_EQUAL(from.local.ip4, GATEWAY);
	CU_ASSERT_EQUAL(from.local_port, 5351);
	CU_ASSERT_EQUAL(from.link, 1);
	CU_ASSERT_EQUAL(setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)), 0);
	ask(fd, GATEWAY, "marked");
	CU_ASSERT_EQUAL(n_taken, 2);
	CU_ASSERT_STRING_EQUAL(taken, "marked");
	CU_ASSERT_EQUAL(from.mark, mark);
	CU_ASSERT_EQUAL(cgn_host_ipsec_stats(ipsec)->in, 2);
	CU_ASSERT_EQUAL(cgn_host_ipsec_stats(ipsec)->foreign, 0);
	close(fd);
	end();
}

/* L-IPS-3: nothing else is taken. */
static void
other_datagrams_are_dropped(void)
{
	int fd;

	begin("ipsec0");
	fd = client(7777);
	ask(fd, GATEWAY, "by another interface");
	CU_ASSERT_EQUAL(cgn_host_ipsec_stats(ipsec)->foreign, 1);
	close(fd);
	end();
	begin("lo");
	fd = client(7777);
	ask(fd, WAN, "to the outside");
	ask(fd, NOBODY, "to no address of cgnd");
	CU_ASSERT_EQUAL(cgn_host_ipsec_stats(ipsec)->foreign, 2);
	CU_ASSERT_EQUAL(cgn_host_ipsec_stats(ipsec)->in, 0);
	CU_ASSERT_EQUAL(n_taken, 0);
	close(fd);
	end();
}

/* L-IPS-2: an announcement leaves from port 5351 of the address that the client has asked. */
static void
announcement_leaves_from_the_address_of_the_gateway(void)
{
	struct cgn_return_addr to = { .remote = { .ip4 = CLIENT },
		.local = { .ip4 = GATEWAY },
		.remote_port = 5350,
		.local_port = 5351,
		.is_protected = true };
	struct sockaddr_in a = { 0 };
	socklen_t a_len = sizeof(a);
	char text[64];
	int fd;

	begin("lo");
	fd = client(5350);
	cgn_host_ipsec_send(ipsec, &to, "announcement", 12);
	CU_ASSERT_EQUAL_FATAL(recvfrom(fd, text, sizeof(text), MSG_DONTWAIT, (struct sockaddr *)&a,
					      &a_len),
			12);
	CU_ASSERT_EQUAL(memcmp(text, "announcement", 12), 0);
	CU_ASSERT_EQUAL(a.sin_addr.s_addr, GATEWAY);
	CU_ASSERT_EQUAL(a.sin_port, RTE_BE16(5351));
	CU_ASSERT_EQUAL(cgn_host_ipsec_stats(ipsec)->out, 1);
	/* Without a way to the client it is lost, and counted. */
	to.remote.ip4 = FAR;
	cgn_host_ipsec_send(ipsec, &to, "announcement", 12);
	CU_ASSERT_EQUAL(cgn_host_ipsec_stats(ipsec)->out, 1);
	CU_ASSERT_EQUAL(cgn_host_ipsec_stats(ipsec)->out_lost, 1);
	close(fd);
	end();
}

static void
second_socket_is_refused(void)
{
	struct cgn_host_ipsec_cfg cfg = {
		.conf = &conf, .udp_port = 5351, .side = CGN_SIDE_INSIDE, .input = take
	};
	struct cgn_host_ipsec *second = NULL;

	begin("lo");
	cfg.loop = loop;
	CU_ASSERT_EQUAL(cgn_host_ipsec_create(&second, &cfg), -EADDRINUSE);
	CU_ASSERT_PTR_NULL(second);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(datagrams_of_the_interface_are_protected),
	CU_TEST_ROW(other_datagrams_are_dropped),
	CU_TEST_ROW(announcement_leaves_from_the_address_of_the_gateway),
	CU_TEST_ROW(second_socket_is_refused),
};

/* Enter a new network namespace and set its loopback interface up. @return false: it is not allowed here */
static bool
enter_namespace(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		return false;
	close(fd);
	return true;
}

int
main(void)
{
	if (!enter_namespace()) {
		puts("skipped: needs a network namespace");
		return 77;
	}
	return cu_main("host_ipsec", tests, RTE_DIM(tests));
}
