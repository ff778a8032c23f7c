/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_PLANEFIX_H
#define CGN_TEST_PLANEFIX_H

/**
 * @file
 * The whole control plane over workers that are arrays: real rings, a real configuration file and
 * a real store, a clock in the test's hands.
 *
 * The control plane's calls of clock_gettime() are wrapped at link time, so both clocks stand still
 * until the test moves them. A worker does nothing until the test lets it work; then it carries out
 * its commands in order, replies to each and notes it in pf.log.
 */

#include "controlplane/conf/conf.h"
#include "controlplane/control.h"
#include "controlplane/reload.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"

#include <string.h>

#define PF_WORKERS  2
#define PF_BUFFERS  511
#define PF_LOG      8192
#define PF_PACKETS  256
#define PF_MAPPINGS 256
#define PF_ROWS     8

/** A command that a worker has carried out. */
struct pf_done {
	unsigned int worker;
	struct cgn_cmd cmd;
};

/** What the control thread gave to worker 0. */
struct pf_packet {
	uint64_t at_ms;
	size_t len;
	uint8_t op;
	uint8_t port;
	uint8_t data[8192];
};

struct pf {
	struct cgn_planes planes;
	struct cgn_control *control;
	struct cgn_reload *reload;
	char path[300];  /* configuration */
	char store[300]; /* for configurations that want one */
	uint64_t now_ms;
	int64_t wall_ms;
	uint64_t auto_ms;           /* by how much the clock moves each time that it is read */
	bool is_silent[PF_WORKERS]; /* takes commands and does not reply */
	int refuse;                 /* what new mappings and bindings get: 0 or -errno */
	unsigned int n_log;
	struct pf_done log[PF_LOG];
	unsigned int n_packets;
	struct pf_packet packets[PF_PACKETS];
	unsigned int n_mappings;
	struct cgn_cmd_map mappings[PF_MAPPINGS];
	/** Carries out the reading commands of all workers in place of the fixture; NULL: the fixture does. */
	int (*read)(unsigned int w, const struct cgn_cmd *cmd, struct cgn_evt *evt);
	struct cgn_stats stats[PF_WORKERS];
	unsigned int holes; /* slices without a row in front of each worker's subscribers */
	unsigned int n_rows[PF_WORKERS]; /* subscribers of each worker */
	struct cgn_subscriber_info rows[PF_WORKERS][PF_ROWS];
};

extern struct pf pf;

/** Write the configuration file: a text, then what differs. */
void pf_write(const char *text, const char *more);

/** Read the file and create the control plane; clocks and the store's file go on from the last time. */
void pf_create(void);

/** Write the file, create the control plane, restore, start: everything is set but nobody has answered
 * what comes after the start. */
void pf_begin(const char *text, const char *more);

/** Stop without deleting the files. All packet buffers must be back. */
void pf_stop(void);

/** Stop and delete the files. */
void pf_end(void);

/** One turn of the loop without sleep, then take what was injected. */
void pf_turn(void);

/** Let a worker carry out one command. @return its operation, 0: there was none */
unsigned int pf_obey(unsigned int worker);

/** Let all workers work and the loop turn until nobody has anything to do. */
void pf_work(void);

/** Let time pass in steps of a millisecond, or of @p step_ms; all work at each step. */
void pf_pass(uint64_t ms, uint64_t step_ms);

/** Forget what was noted. */
void pf_forget(void);

/** Start the reload of a text that differs and wait until worker 0 is sent something. @return what
 * cgn_reload_now() says */
int pf_reload(const char *text, const char *more);

/** How many commands of an operation a worker has carried out since pf_forget(). */
unsigned int pf_count(unsigned int worker, unsigned int op);

/** Hand a frame up as a worker does, in as many buffers as it needs. */
void pf_punt(unsigned int worker, uint16_t port, const void *frame, size_t len);

/** A UDP datagram in an Ethernet frame (VLAN as the port has it), as a client on the link sends it. */
void pf_send(unsigned int worker, uint16_t port, const struct cgn_ep4 *src,
		const struct cgn_ep4 *dst, const void *data, size_t len);

/** The same out of the softwire of a B4. */
void pf_send_wire(unsigned int worker, uint16_t port, const struct cgn_ip6 *b4,
		const struct cgn_ep4 *src, const struct cgn_ep4 *dst, const void *data, size_t len);

/** The MAC address of the client with an address. */
struct rte_ether_addr pf_mac(rte_be32_t addr);

/** The worker that owns an address, as the fixture's planes say. */
unsigned int pf_owner(rte_be32_t addr);

#endif /* CGN_TEST_PLANEFIX_H */
