/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The socket for NAT-PMP through IPsec, in a network namespace of its own. Its loopback interface stands for the
 * interface of an IKE daemon that does ESP: what comes by it is protected. A TUN stands for the interface of a port.
 */
#include "controlplane/host/host_ipsec.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_ip.h>
#include <rte_udp.h>

#define CLIENT  RTE_BE32(0x7f00000b) /* 127.0.0.11 */
#define GATEWAY RTE_BE32(0x7f000005) /* not the address that the kernel would choose */
#define WAN     RTE_BE32(0x7f000002) /* of an outside port */
#define NOBODY  RTE_BE32(0x7f000003) /* of no port */
#define FAR     RTE_BE32(0xc0000201) /* 192.0.2.1: there is no route */
#define LAN     RTE_BE32(0x0a400001) /* 10.64.0.1: of an inside port, on the TUN */
#define LAN_PC  RTE_BE32(0x0a40000b) /* 10.64.0.11 */

static struct cgn_loop *loop;
static struct cgn_host_ipsec *ipsec;
static struct cgn_conf_port ports[] = {
	{ .side = CGN_SIDE_OUTSIDE, .n_addresses = 1, .addresses = { { .ip4 = WAN, .len = 8 } } },
	{ .side = CGN_SIDE_INSIDE,
			.n_addresses = 2,
			.addresses = { { .ip4 = GATEWAY, .len = 8 }, { .ip4 = LAN, .len = 24 } } },
};
static int tun;
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

/* @param interface  "": the kernel does ESP */
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

/* Let a NAT-PMP request arrive in plain by the interface of a port. */
static void
arrive_in_plain(void)
{
	struct {
		struct rte_ipv4_hdr ip;
		struct rte_udp_hdr udp;
		uint8_t data[2];
	} p = {
		.ip = { .version_ihl = RTE_IPV4_VHL_DEF,
				.total_length = rte_cpu_to_be_16(sizeof(p)),
				.time_to_live = 64,
				.next_proto_id = IPPROTO_UDP,
				.src_addr = LAN_PC,
				.dst_addr = LAN },
		.udp = { .src_port = RTE_BE16(4444),
				.dst_port = RTE_BE16(5351),
				.dgram_len = rte_cpu_to_be_16(sizeof(p.udp) + sizeof(p.data)) },
	};

	p.ip.hdr_checksum = rte_ipv4_cksum(&p.ip);
	CU_ASSERT_EQUAL(write(tun, &p, sizeof(p)), (ssize_t)sizeof(p));
	CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0);
}

/* What leaves by the interface of a port; 0: nothing. The kernel's own IPv6 does not count. */
static size_t
left_in_plain(void)
{
	uint8_t packet[1500];
	ssize_t n;

	while ((n = read(tun, packet, sizeof(packet))) > 0) {
		if (packet[0] == RTE_IPV4_VHL_DEF)
			return (size_t)n;
	}
	return 0;
}

/* L-IPS-2, L-IPS-3: without an SA, a kernel that does ESP lets nothing in and nothing out. */
static void
kernel_passes_nothing_in_plain(void)
{
	static const enum cgn_ipsec_mode modes[] = { CGN_IPSEC_TRANSPORT, CGN_IPSEC_TUNNEL };
	const struct cgn_return_addr to = { .remote = { .ip4 = LAN_PC },
		.local = { .ip4 = LAN },
		.remote_port = 4444,
		.local_port = 5351,
		.is_protected = true };
	int fd;

	/* Such a request arrives, and such an answer leaves, if nothing keeps it. */
	begin("tun0");
	arrive_in_plain();
	CU_ASSERT_EQUAL(n_taken, 1);
	cgn_host_ipsec_send(ipsec, &to, "answer", 6);
	CU_ASSERT_EQUAL(left_in_plain(), 20 + 8 + 6);
	end();
	for (unsigned int i = 0; i < RTE_DIM(modes); i++) {
		conf.host.ipsec_mode = modes[i];
		begin("");
		arrive_in_plain();
		CU_ASSERT_EQUAL(cgn_host_ipsec_stats(ipsec)->foreign, 0);
		cgn_host_ipsec_send(ipsec, &to, "answer", 6);
		CU_ASSERT_EQUAL(left_in_plain(), 0);
		CU_ASSERT_EQUAL(cgn_host_ipsec_stats(ipsec)->out, 0);
		CU_ASSERT_EQUAL(cgn_host_ipsec_stats(ipsec)->out_lost, 1);
		/* The general policies of the kernel do not look at loopback. What a program here sends to an address
		 * of the TUN comes by loopback, too. */
		fd = client(7777);
		ask(fd, GATEWAY, "to an address of the loopback interface");
		close(fd);
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		ask(fd, LAN, "to an address of the TUN");
		close(fd);
		CU_ASSERT_EQUAL(n_taken, 0);
		end();
	}
	/* Such datagrams arrive if nothing keeps them. */
	begin("tun0");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ask(fd, LAN, "to an address of the TUN");
	CU_ASSERT_EQUAL(n_taken, 1);
	close(fd);
	end();
	/* The policies do not outlive the change to a daemon that does ESP. */
	begin("tun0");
	arrive_in_plain();
	CU_ASSERT_EQUAL(n_taken, 1);
	cgn_host_ipsec_send(ipsec, &to, "answer", 6);
	CU_ASSERT_EQUAL(left_in_plain(), 20 + 8 + 6);
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
	CU_TEST_ROW(kernel_passes_nothing_in_plain),
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

/* Make a TUN with an address. @return its descriptor, or -1 */
static int
open_tun(void)
{
	struct ifreq ifr = { .ifr_name = "tun0", .ifr_flags = IFF_TUN | IFF_NO_PI };
	struct sockaddr_in *a = (struct sockaddr_in *)&ifr.ifr_addr;
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	int sock = socket(AF_INET, SOCK_DGRAM, 0);
	bool ok = fd >= 0 && sock >= 0 && ioctl(fd, TUNSETIFF, &ifr) == 0;

	*a = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = LAN };
	ok = ok && ioctl(sock, SIOCSIFADDR, &ifr) == 0;
	a->sin_addr.s_addr = RTE_BE32(0xffffff00);
	ok = ok && ioctl(sock, SIOCSIFNETMASK, &ifr) == 0;
	ifr.ifr_flags = IFF_UP;
	ok = ok && ioctl(sock, SIOCSIFFLAGS, &ifr) == 0;
	close(sock);
	return ok ? fd : -1;
}

int
main(void)
{
	if (!enter_namespace() || (tun = open_tun()) < 0) {
		puts("skipped: needs a network namespace and /dev/net/tun");
		return 77;
	}
	return cu_main("host_ipsec", tests, RTE_DIM(tests));
}
