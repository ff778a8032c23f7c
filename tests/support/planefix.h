/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_PLANEFIX_H
#define CGN_TEST_PLANEFIX_H

/**
 * @file
 * The whole control plane with simulated workers. Rings, configuration file and store are real. The test
 * sets the clock.
 *
 * The control plane's calls of clock_gettime() are replaced at link time, so both clocks stand still until
 * the test moves them. A worker does nothing until the test lets it work. Then it carries out its commands
 * in order, replies to each, and notes each in pf.log.
 */

#include "controlplane/conf/conf.h"
#include "controlplane/control.h"
#include "controlplane/reload.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"
#include "tests/support/fake_snapshot.h"

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

/** A packet that the control thread gave to worker 0. */
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
	struct fake_snapshots snapshots;
	char path[300];  /* configuration */
	char store[300]; /* for configurations that want one */
	uint64_t now_ms;
	int64_t wall_ms;
	uint64_t auto_ms;           /* milliseconds that the clock moves with each read */
	bool is_silent[PF_WORKERS]; /* takes commands and does not reply */
	int refuse;                 /* result of new mappings and bindings: 0 or -errno */
	unsigned int n_log;
	struct pf_done log[PF_LOG];
	unsigned int n_packets;
	struct pf_packet packets[PF_PACKETS];
	unsigned int n_mappings;
	struct cgn_cmd_map mappings[PF_MAPPINGS];
	/** Carries out the reading commands and those of saved state for all workers in place of the fixture; NULL: the fixture does. */
	int (*read)(unsigned int w, const struct cgn_cmd *cmd, struct cgn_evt *evt);
	struct cgn_stats stats[PF_WORKERS];
	unsigned int holes;              /* empty slices in front of each worker's subscribers */
	unsigned int n_rows[PF_WORKERS]; /* subscribers of each worker */
	struct cgn_subscriber_info rows[PF_WORKERS][PF_ROWS];
};

extern struct pf pf;

/** Write the configuration file: a common text, then the text @p more of the test. */
void pf_write(const char *text, const char *more);

/** A text of a configuration, and the store pf.store. @return valid until the next call */
const char *pf_with_store(const char *more);

/** Read the file and create the control plane. Clocks and the store's file are kept from the last time. */
void pf_create(void);

/**
 * Write the file, create the control plane, restore, and start. Nobody has yet answered what the control
 * plane sent after the start.
 */
void pf_begin(const char *text, const char *more);

/** Stop without deleting the files. All packet buffers must be back. */
void pf_stop(void);

/** Stop and delete the files. */
void pf_end(void);

/** Run one turn of the loop without sleep. Then take the injected packets. */
void pf_turn(void);

/** Let a worker carry out one command. @return its operation, 0: there was none */
unsigned int pf_obey(unsigned int worker);

/** Let all workers work and the loop turn until nobody has anything to do. */
void pf_work(void);

/** Let time pass in steps of a millisecond, or of @p step_ms; all work at each step. */
void pf_pass(uint64_t ms, uint64_t step_ms);

/** Forget what was noted. */
void pf_forget(void);

/**
 * Start a reload of another text. If it is not refused, all workers reply to the question of it, and then the new
 * configuration waits for each of them.
 *
 * @return result of cgn_reload_now()
 */
int pf_reload(const char *text, const char *more);

/** All workers reply to the question of a change that has begun, and turns follow until they are told. */
void pf_ping(void);

/** How many commands of an operation a worker has carried out since pf_forget(). */
unsigned int pf_count(unsigned int worker, unsigned int op);

/** Punt a frame as a worker does, in as many buffers as necessary. */
void pf_punt(unsigned int worker, uint16_t port, const void *frame, size_t len);

/** Punt a UDP datagram in an Ethernet frame with the port's VLAN, as a client on the link sends it. */
void pf_send(unsigned int worker, uint16_t port, const struct cgn_ep4 *src,
		const struct cgn_ep4 *dst, const void *data, size_t len);

/** Punt a UDP datagram that came through the softwire of a B4. */
void pf_send_wire(unsigned int worker, uint16_t port, const struct cgn_ip6 *b4,
		const struct cgn_ep4 *src, const struct cgn_ep4 *dst, const void *data, size_t len);

/** The MAC address of the client with an address. */
struct rte_ether_addr pf_mac(rte_be32_t addr);

/** The worker that owns an address according to the fixture's planes. */
unsigned int pf_owner(rte_be32_t addr);

#endif /* CGN_TEST_PLANEFIX_H */
