/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/host/host_pools.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* When the interface of the pools has a carrier. The clock is the test's. */

static struct cgn_conf_port ports[3];
static char name[] = "cgp0";
static struct cgn_conf conf = { .n_ports = 3, .host = { .is_on = true } };

static struct cgn_loop *loop;
static struct cgn_host_pools *pools;
static uint64_t now_ms;
static uint64_t turns[3];
static bool is_stuck[3];
static bool is_up[3];
static int kernel;
static int cgnd_end; /* the other end of `kernel` */
static int asked;    /* the socket that asks about the carrier */
static int carrier;  /* -1: not set yet */
static unsigned int n_set;
static int set_error; /* what setting the carrier returns */

static int
open_socket(const struct cgn_conf *c, int *asking)
{
	int pair[2];

	CU_ASSERT_PTR_EQUAL(c, &conf);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	kernel = pair[0];
	*asking = asked = dup(kernel);
	cgnd_end = pair[1];
	return cgnd_end;
}

/* Octets that wait for cgnd. */
static int
unread(void)
{
	int n = -1;

	CU_ASSERT_EQUAL(ioctl(cgnd_end, FIONREAD, &n), 0);
	return n;
}

static int
set_carrier(int fd, int asking, const char *interface, bool is_on)
{
	(void)fd;
	CU_ASSERT_EQUAL(asking, asked);
	CU_ASSERT_STRING_EQUAL(interface, "cgp0");
	n_set++;
	if (set_error == 0)
		carrier = is_on;
	return set_error;
}

static uint64_t
turns_of(void *ctx, unsigned int worker)
{
	(void)ctx;
	return turns[worker];
}

static bool
port_is_up(void *ctx, uint16_t port)
{
	(void)ctx;
	return is_up[port];
}

static void
begin(void)
{
	static const enum cgn_side sides[] = { CGN_SIDE_INSIDE, CGN_SIDE_OUTSIDE,
		CGN_SIDE_OUTSIDE };
	struct cgn_host_pools_cfg cfg = {
		.conf = &conf,
		.n_workers = 3,
		.open = open_socket,
		.set_carrier = set_carrier,
		.turns = turns_of,
		.is_up = port_is_up,
	};

	carrier = -1;
	n_set = 0;
	set_error = 0;
	conf.ports = ports;
	conf.host.pools_interface = name;
	for (unsigned int i = 0; i < 3; i++) {
		ports[i] = (struct cgn_conf_port){ .side = sides[i] };
		is_stuck[i] = false;
		is_up[i] = true;
	}
	CU_ASSERT_EQUAL_FATAL(cgn_loop_create(&loop), 0);
	cfg.loop = loop;
	now_ms = cgn_loop_now_ms();
	CU_ASSERT_EQUAL_FATAL(cgn_host_pools_create(&pools, &cfg), 0);
	/* A reload releases the configuration of the start. */
	memset(ports, 0x5a, sizeof(ports));
	conf.ports = NULL;
	conf.host.pools_interface = NULL;
}

static void
end(void)
{
	cgn_host_pools_destroy(pools);
	CU_ASSERT_EQUAL(fcntl(asked, F_GETFD), -1);
	cgn_loop_destroy(loop);
	close(kernel);
}

/* Let time pass; the workers turn every millisecond. */
static void
pass(uint64_t ms)
{
	for (uint64_t i = 0; i < ms; i++) {
		now_ms++;
		for (unsigned int w = 0; w < 3; w++)
			turns[w] += !is_stuck[w];
		cgn_timerq_run(cgn_loop_timers(loop), now_ms, 100);
	}
}

/* L-BGP-1: no carrier before the start, and none after the stop begins. */
static void
the_carrier_is_on_from_the_start_to_the_stop(void)
{
	begin();
	pass(1000);
	CU_ASSERT_FALSE(cgn_host_pools_is_on(pools));
	CU_ASSERT_EQUAL(n_set, 0);
	cgn_host_pools_start(pools, now_ms);
	CU_ASSERT_EQUAL(carrier, 1);
	pass(10000);
	CU_ASSERT_EQUAL(n_set, 1);
	cgn_host_pools_stop(pools);
	CU_ASSERT_EQUAL(carrier, 0);
	pass(10000);
	CU_ASSERT_EQUAL(n_set, 2);
	CU_ASSERT_FALSE(cgn_host_pools_is_on(pools));
	end();
}

/* L-BGP-2: one worker that hangs is enough; it may come back. */
static void
a_worker_that_hangs_takes_the_carrier_away(void)
{
	begin();
	cgn_host_pools_start(pools, now_ms);
	is_stuck[2] = true;
	pass(CGN_HOST_POOLS_DEAD_MS - CGN_HOST_POOLS_LOOK_MS - 1);
	CU_ASSERT_EQUAL(carrier, 1);
	pass(2 * CGN_HOST_POOLS_LOOK_MS + 1);
	CU_ASSERT_EQUAL(carrier, 0);
	is_stuck[2] = false;
	pass(CGN_HOST_POOLS_LOOK_MS + 1);
	CU_ASSERT_EQUAL(carrier, 1);
	end();
}

/* L-BGP-2: while one outside port is up, there is a way. */
static void
the_last_outside_port_takes_the_carrier_away(void)
{
	begin();
	cgn_host_pools_start(pools, now_ms);
	is_up[1] = false;
	pass(1000);
	CU_ASSERT_EQUAL(carrier, 1);
	is_up[2] = false;
	pass(CGN_HOST_POOLS_LOOK_MS + 1);
	CU_ASSERT_EQUAL(carrier, 0);
	is_up[1] = true;
	pass(CGN_HOST_POOLS_LOOK_MS + 1);
	CU_ASSERT_EQUAL(carrier, 1);
	end();
}

/* L-BGP-3: what comes to a card that cannot reach the subscribers is lost, so another card must get it. */
static void
the_last_inside_port_takes_the_carrier_away(void)
{
	begin();
	cgn_host_pools_start(pools, now_ms);
	is_up[0] = false;
	pass(CGN_HOST_POOLS_LOOK_MS + 1);
	CU_ASSERT_EQUAL(carrier, 0);
	is_up[0] = true;
	pass(CGN_HOST_POOLS_LOOK_MS + 1);
	CU_ASSERT_EQUAL(carrier, 1);
	end();
}

/* L-BGP-2: the daemon needs cgnd to tell the routers. Without a carrier there is nothing to tell. */
static void
the_stop_lets_the_loop_run_while_the_pools_are_withdrawn(void)
{
	uint8_t byte = 0;
	uint64_t begin_ms;

	begin();
	cgn_host_pools_start(pools, now_ms);
	CU_ASSERT_EQUAL(send(kernel, &byte, 1, 0), 1);
	begin_ms = cgn_loop_now_ms();
	cgn_host_pools_stop(pools);
	CU_ASSERT_TRUE(cgn_loop_now_ms() - begin_ms >= CGN_HOST_POOLS_DRAIN_MS);
	CU_ASSERT_EQUAL(carrier, 0);
	/* The loop has read it. */
	CU_ASSERT_EQUAL(unread(), 0);
	CU_ASSERT_EQUAL(send(kernel, &byte, 1, 0), 1);
	cgn_host_pools_stop(pools);
	CU_ASSERT_EQUAL(unread(), 1);
	CU_ASSERT_EQUAL(n_set, 2);
	end();
}

/* What the kernel sends to the pools is dropped. A flood does not hold the loop up. */
static void
packets_are_dropped(void)
{
	uint8_t byte = 0;
	int n = 0;

	begin();
	while (send(kernel, &byte, 1, 0) == 1)
		n++;
	CU_ASSERT_TRUE_FATAL(n > 100);
	CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0);
	CU_ASSERT_TRUE(unread() > 0);
	while (n-- > 0)
		CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0);
	CU_ASSERT_EQUAL(unread(), 0);
	end();
}

/* An interface that is gone is given up: its carrier is not set any more. */
static void
a_lost_interface_is_given_up(void)
{
	begin();
	cgn_host_pools_start(pools, now_ms);
	CU_ASSERT_EQUAL(n_set, 1);
	shutdown(kernel, SHUT_WR);
	for (unsigned int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0);
	CU_ASSERT_FALSE(cgn_host_pools_is_on(pools));
	is_up[0] = false;
	pass(1000);
	is_up[0] = true;
	pass(1000);
	cgn_host_pools_stop(pools);
	CU_ASSERT_EQUAL(n_set, 1);
	end();
}

/* Also before the start. */
static void
an_interface_lost_before_the_start_is_given_up(void)
{
	begin();
	shutdown(kernel, SHUT_WR);
	CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0);
	CU_ASSERT_EQUAL(fcntl(cgnd_end, F_GETFD), -1);
	cgn_host_pools_start(pools, now_ms);
	pass(1000);
	CU_ASSERT_FALSE(cgn_host_pools_is_on(pools));
	CU_ASSERT_EQUAL(n_set, 0);
	cgn_host_pools_stop(pools);
	end();
}

/* The kernel takes the carrier away when the descriptor is closed. So the pools are not announced for ever. */
static void
an_interface_that_takes_no_carrier_is_closed(void)
{
	begin();
	cgn_host_pools_start(pools, now_ms);
	CU_ASSERT_EQUAL(carrier, 1);
	set_error = -EBADFD;
	is_up[0] = false;
	pass(1000);
	CU_ASSERT_EQUAL(n_set, 2);
	CU_ASSERT_FALSE(cgn_host_pools_is_on(pools));
	CU_ASSERT_EQUAL(fcntl(cgnd_end, F_GETFD), -1);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(the_carrier_is_on_from_the_start_to_the_stop),
	CU_TEST_ROW(a_worker_that_hangs_takes_the_carrier_away),
	CU_TEST_ROW(the_last_outside_port_takes_the_carrier_away),
	CU_TEST_ROW(the_last_inside_port_takes_the_carrier_away),
	CU_TEST_ROW(the_stop_lets_the_loop_run_while_the_pools_are_withdrawn),
	CU_TEST_ROW(packets_are_dropped),
	CU_TEST_ROW(a_lost_interface_is_given_up),
	CU_TEST_ROW(an_interface_lost_before_the_start_is_given_up),
	CU_TEST_ROW(an_interface_that_takes_no_carrier_is_closed),
};

CU_MAIN("host_pools", tests)
