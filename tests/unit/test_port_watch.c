/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/port_watch.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"

#include <string.h>

#include <rte_log.h>

#define N_PORTS 2

static struct cgn_conf_port conf_ports[N_PORTS] = { { .name = "inside0", .mtu = 1500 },
	{ .name = "outside0", .mtu = 1500 } };
static struct cgn_conf conf = { .ports = conf_ports, .n_ports = N_PORTS };
static struct cgn_planes planes = { .n_ports = N_PORTS };
static struct cgn_timerq *timers;
static struct cgn_port_watch *watch;
static uint64_t now_ms;
static FILE *log_file;
static char *log_text;
static size_t log_len;
static size_t log_seen; /* octets that said() has looked at */

/* What the next look reads. */
static struct cgn_port_reading next[N_PORTS];

static void
read_next_link(void *ctx, unsigned int port, struct cgn_netif *n)
{
	CU_ASSERT_PTR_EQUAL(ctx, next);
	*n = next[port].netif;
}

static void
read_next_counters(void *ctx, unsigned int port, struct cgn_port_reading *r)
{
	CU_ASSERT_PTR_EQUAL(ctx, next);
	r->look = next[port].look;
}

/* The interfaces of the way to port 0. */
static struct cgn_offload offloads[2];
static unsigned int n_offloads;
static unsigned int n_finds;

static unsigned int
find_next(void *ctx, unsigned int port, struct cgn_offload *out)
{
	CU_ASSERT_PTR_EQUAL(ctx, next);
	n_finds++;
	if (port != 0)
		return 0;
	memcpy(out, offloads, n_offloads * sizeof(offloads[0]));
	return n_offloads;
}

static void
begin(enum cgn_link link)
{
	struct cgn_port_watch_cfg cfg = { .conf = &conf,
		.planes = &planes,
		.read_link = read_next_link,
		.read_counters = read_next_counters,
		.find = find_next,
		.ctx = next };

	eal_start();
	rte_log_set_global_level(RTE_LOG_INFO);
	rte_log_set_level_pattern("cgn.port_watch", RTE_LOG_INFO);
	log_file = open_memstream(&log_text, &log_len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(log_file);
	rte_openlog_stream(log_file);
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	cfg.timers = timers;
	memset(next, 0, sizeof(next));
	next[0].netif.link = next[1].netif.link = CGN_LINK_UP;
	strcpy(next[0].netif.name, "in0");
	next[0].netif.mtu = 1500;
	next[0].netif.link = link;
	CU_ASSERT_EQUAL_FATAL(cgn_port_watch_create(&watch, &cfg), 0);
	log_seen = 0;
	now_ms = 1000;
	cgn_port_watch_start(watch, now_ms);
}

static void
end(void)
{
	cgn_port_watch_destroy(watch);
	CU_ASSERT_EQUAL(cgn_timerq_next(timers), UINT64_MAX);
	cgn_timerq_destroy(timers);
	rte_openlog_stream(NULL);
	fclose(log_file);
	free(log_text);
}

/* One second later. */
static void
look(void)
{
	now_ms += 999;
	CU_ASSERT_EQUAL(cgn_timerq_run(timers, now_ms, 10), 0);
	now_ms += 1;
	CU_ASSERT_EQUAL(cgn_timerq_run(timers, now_ms, 10), 1);
}

/* The lines since the last call: as many as wanted, the last one with these words. */
static void
said(unsigned int n_want, const char *want)
{
	unsigned int n = 0;

	fflush(log_file);
	for (const char *c = log_text + log_seen; *c != '\0'; c++)
		n += *c == '\n';
	CU_ASSERT_EQUAL(n, n_want);
	if (want != NULL)
		CU_ASSERT_PTR_NOT_NULL(strstr(log_text + log_seen, want));
	log_seen = log_len;
}

static void
first_look_logs_only_what_is_wrong(void)
{
	begin(CGN_LINK_UP);
	said(0, NULL);
	end();
	begin(CGN_LINK_UNKNOWN);
	said(0, NULL);
	end();
	begin(CGN_LINK_DOWN);
	said(1, "port inside0: interface in0 is down");
	end();
}

static void
each_change_makes_one_line(void)
{
	begin(CGN_LINK_UP);
	said(0, NULL);
	next[0].netif.link = CGN_LINK_NO_CARRIER;
	look();
	said(1, "port inside0: interface in0 has no carrier");
	look();
	said(0, NULL);
	next[0].netif.link = CGN_LINK_DOWN;
	look();
	said(1, "port inside0: interface in0 is down");
	look();
	look();
	said(0, NULL);
	next[0].netif.link = CGN_LINK_UP;
	look();
	said(1, "port inside0: interface in0 is up");
	next[0].netif.link = CGN_LINK_GONE;
	look();
	said(1, "port inside0: interface in0 is gone");
	look();
	said(0, NULL);
	CU_ASSERT_EQUAL(cgn_port_watch_reading(watch, 0)->netif.link, CGN_LINK_GONE);
	CU_ASSERT_EQUAL(cgn_port_watch_reading(watch, 1)->netif.link, CGN_LINK_UP);
	end();
}

static void
device_without_an_interface_has_a_link_too(void)
{
	begin(CGN_LINK_UP);
	said(0, NULL);
	next[1].netif.link = CGN_LINK_DOWN;
	look();
	said(1, "port outside0: link is down");
	next[1].netif.link = CGN_LINK_UP;
	look();
	said(1, "port outside0: link is up");
	end();
}

static void
link_that_cannot_be_read_is_as_it_was(void)
{
	begin(CGN_LINK_UP);
	said(0, NULL);
	next[0].netif.link = CGN_LINK_UNKNOWN;
	look();
	CU_ASSERT_EQUAL(cgn_port_watch_reading(watch, 0)->netif.link, CGN_LINK_UP);
	next[0].netif.link = CGN_LINK_UP;
	look();
	said(0, NULL);
	end();
}

/* L-BGP-1: whoever must know at once does not wait for the look of the next second. */
static void
look_at_a_link_between_two_seconds_tells_its_change_once(void)
{
	begin(CGN_LINK_UP);
	next[1].netif.link = CGN_LINK_DOWN;
	CU_ASSERT_EQUAL(cgn_port_watch_look_at_link(watch, 0), CGN_LINK_UP);
	said(0, NULL);
	CU_ASSERT_EQUAL(cgn_port_watch_look_at_link(watch, 1), CGN_LINK_DOWN);
	said(1, "port outside0: link is down");
	CU_ASSERT_EQUAL(cgn_port_watch_reading(watch, 1)->netif.link, CGN_LINK_DOWN);
	look();
	said(0, NULL);
	next[1].netif.link = CGN_LINK_UNKNOWN;
	CU_ASSERT_EQUAL(cgn_port_watch_look_at_link(watch, 1), CGN_LINK_DOWN);
	next[1].netif.link = CGN_LINK_UP;
	CU_ASSERT_EQUAL(cgn_port_watch_look_at_link(watch, 1), CGN_LINK_UP);
	said(1, "port outside0: link is up");
	end();
}

/* The judgement about what is received counts seconds. */
static void
look_at_a_link_does_not_judge_what_is_received(void)
{
	begin(CGN_LINK_UP);
	next[0].look.is_up = next[0].look.has_arrived = true;
	look();
	for (unsigned int i = 0; i < 20; i++) {
		next[0].look.arrived++;
		(void)cgn_port_watch_look_at_link(watch, 0);
	}
	CU_ASSERT_EQUAL(cgn_port_watch_reading(watch, 0)->look.arrived, 0);
	look();
	CU_ASSERT_FALSE(cgn_port_watch_is_silent(watch, 0));
	said(0, NULL);
	end();
}

static void
port_that_receives_nothing_is_told_once_and_again_when_it_receives(void)
{
	begin(CGN_LINK_UP);
	said(0, NULL);
	next[0].look.is_up = next[0].look.has_arrived = true;
	for (unsigned int i = 0; i < 20; i++) {
		next[0].look.arrived++;
		look();
	}
	said(1, "port inside0 receives nothing, but packets arrive at its interface in0");
	CU_ASSERT_TRUE(cgn_port_watch_is_silent(watch, 0));
	CU_ASSERT_FALSE(cgn_port_watch_is_silent(watch, 1));
	next[0].look.received++;
	look();
	said(1, "port inside0 receives again");
	CU_ASSERT_FALSE(cgn_port_watch_is_silent(watch, 0));
	end();
}

/* As if an interface had changed. */
static void
look_again(void)
{
	cgn_port_watch_expire(watch);
	look();
}

static void
offloads_are_read_at_the_start_and_after_changes(void)
{
	n_offloads = n_finds = 0;
	begin(CGN_LINK_UP);
	CU_ASSERT_EQUAL(n_finds, N_PORTS);
	look();
	CU_ASSERT_EQUAL(n_finds, N_PORTS);
	look_again();
	CU_ASSERT_EQUAL(n_finds, 2 * N_PORTS);
	look();
	CU_ASSERT_EQUAL(n_finds, 2 * N_PORTS);
	said(0, NULL);
	end();
}

static void
feature_that_is_turned_on_is_told_once_and_again_when_it_was_off(void)
{
	offloads[0] = (struct cgn_offload){ .if_index = 7, .name = "in0" };
	offloads[1] = (struct cgn_offload){ .if_index = 8, .name = "vb", .is_sender = true };
	offloads[0].features = CGN_OFFLOAD_GRO;
	n_offloads = 2;
	begin(CGN_LINK_UP);
	said(1, "port inside0: interface in0 merges packets that it receives, which breaks TCP through cgnd; turn that off: ethtool -K in0 gro off\n");
	look_again();
	said(0, NULL);
	offloads[0].features |= CGN_OFFLOAD_LRO;
	look_again();
	said(1, "ethtool -K in0 gro off lro off\n");
	offloads[0].features = 0;
	look_again();
	said(1, "notice offloads-off: port inside0: interface in0 does not spoil packets any more\n");
	offloads[0].features = CGN_OFFLOAD_GRO;
	look_again();
	said(1, "ethtool -K in0 gro off\n");
	offloads[1].features = CGN_OFFLOAD_TX_SUM;
	look_again();
	said(1, "port inside0: packets from interface vb arrive with incomplete checksums or merged; turn that off: ethtool -K vb tx off\n");
	/* No packets come through it any more. */
	n_offloads = 1;
	look_again();
	said(1, "notice offloads-off: port inside0: interface vb does not spoil packets any more\n");
	end();
}

/* The kernel does not tell: what was known stays known, and is not told again. */
static void
offloads_that_cannot_be_read_are_as_they_were(void)
{
	offloads[0] = (struct cgn_offload){
		.if_index = 7, .name = "in0", .features = CGN_OFFLOAD_GRO
	};
	n_offloads = 1;
	begin(CGN_LINK_UP);
	said(1, "gro off");
	n_offloads = 0;
	look_again();
	n_offloads = 1;
	look_again();
	said(0, NULL);
	end();
}

static void
other_end_in_another_namespace_is_told_in_general_words(void)
{
	offloads[0] = (struct cgn_offload){ .if_index = 7, .name = "in0" };
	offloads[1] = (struct cgn_offload){
		.if_index = 7, .name = "in0", .features = CGN_OFFLOAD_HIDDEN, .is_sender = true
	};
	n_offloads = 2;
	begin(CGN_LINK_UP);
	said(1, "ethtool -K NAME tx off tso off\n");
	look_again();
	said(0, NULL);
	n_offloads = 0;
	end();
}

static void
mtu_below_the_ports_is_told_when_it_becomes_so(void)
{
	begin(CGN_LINK_UP);
	next[0].netif.mtu = 9000;
	look();
	said(0, NULL);
	next[0].netif.mtu = 1499;
	look();
	said(1, "port inside0: interface in0 loses packets above its own mtu 1499, the port has 1500");
	look();
	said(0, NULL);
	next[0].netif.mtu = 1500;
	look();
	said(1, "notice interface-restored: port inside0: interface in0 takes all packets again, its mtu is 1500");
	look();
	said(0, NULL);
	next[0].netif.mtu = 1400;
	look();
	said(1, "mtu 1400");
	end();
	conf_ports[0].mtu = 1540;
	begin(CGN_LINK_UP);
	said(1, "mtu 1500, the port has 1540");
	end();
	conf_ports[0].mtu = 1500;
}

static void
another_mac_address_is_told(void)
{
	begin(CGN_LINK_UP);
	said(0, NULL);
	next[0].netif.mac[5] = 9;
	look();
	said(1, "port inside0: interface in0 has got another MAC address");
	look();
	said(0, NULL);
	/* A third one is no news: cgnd still uses the first. */
	next[0].netif.mac[5] = 10;
	look();
	said(0, NULL);
	next[0].netif.mac[5] = 0;
	look();
	said(1, "notice interface-restored: port inside0: interface in0 has the MAC address again that cgnd uses");
	end();
}

/* The changes that are told of later are of interfaces that one answer has named. */
static void
offloads_are_asked_for_until_the_kernel_tells(void)
{
	begin(CGN_LINK_UP);
	planes.ports[0].if_index = 7;
	n_offloads = n_finds = 0;
	cgn_port_watch_expire(watch);
	for (unsigned int i = 1; i <= 3; i++) {
		look();
		CU_ASSERT_EQUAL(n_finds, i * N_PORTS);
	}
	n_offloads = 1;
	offloads[0] = (struct cgn_offload){ .if_index = 7, .name = "in0" };
	look();
	CU_ASSERT_EQUAL(n_finds, 4 * N_PORTS);
	look();
	CU_ASSERT_EQUAL(n_finds, 4 * N_PORTS);
	/* An interface that is gone has none. */
	n_offloads = 0;
	next[0].netif.link = CGN_LINK_GONE;
	cgn_port_watch_expire(watch);
	look();
	look();
	CU_ASSERT_EQUAL(n_finds, 5 * N_PORTS);
	planes.ports[0].if_index = 0;
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(first_look_logs_only_what_is_wrong),
	CU_TEST_ROW(each_change_makes_one_line),
	CU_TEST_ROW(device_without_an_interface_has_a_link_too),
	CU_TEST_ROW(link_that_cannot_be_read_is_as_it_was),
	CU_TEST_ROW(look_at_a_link_between_two_seconds_tells_its_change_once),
	CU_TEST_ROW(look_at_a_link_does_not_judge_what_is_received),
	CU_TEST_ROW(port_that_receives_nothing_is_told_once_and_again_when_it_receives),
	CU_TEST_ROW(mtu_below_the_ports_is_told_when_it_becomes_so),
	CU_TEST_ROW(another_mac_address_is_told),
	CU_TEST_ROW(offloads_are_read_at_the_start_and_after_changes),
	CU_TEST_ROW(offloads_are_asked_for_until_the_kernel_tells),
	CU_TEST_ROW(feature_that_is_turned_on_is_told_once_and_again_when_it_was_off),
	CU_TEST_ROW(offloads_that_cannot_be_read_are_as_they_were),
	CU_TEST_ROW(other_end_in_another_namespace_is_told_in_general_words),
};
CU_MAIN("port_watch", tests)
