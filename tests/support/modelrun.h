/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_MODELRUN_H
#define CGN_TEST_MODELRUN_H

/**
 * @file
 * A fixture and a model side by side: random events go to both, and what they say is compared.
 *
 * The first difference ends a run: it is printed with the seed and the step, and the running test fails.
 */

#include "tests/support/fixture.h"
#include "tests/support/flowledger.h"
#include "tests/support/model_conf.h"

#define MR_HOSTS   32
#define MR_RECORDS 512
#define MR_SAMPLES 64

/** Who had a port after a step. */
struct mr_sample {
	uint32_t step;
	struct mo_ep ext;
	mo_sub_t sub;
};

/** A run. The test sets the fields of the first part. */
struct mr {
	struct fx *fx;
	struct mo *mo;
	uint32_t seed;
	uint32_t hosts[MR_HOSTS]; /* inside addresses that send */
	unsigned int n_hosts;
	uint32_t n_ports; /* inside ports of a host, from 5000 on */
	bool shows;       /* print what happens */

	uint64_t rng;
	uint32_t step;
	bool failed;
	struct flowledger_tap tap;             /* of the fixture */
	struct cgn_record records[MR_RECORDS]; /* of blocks, not taken yet */
	unsigned int n_records;
	struct mr_sample samples[MR_SAMPLES];
	unsigned int n_samples;
};

/** Begin with a seed. */
void mr_init(struct mr *r, uint32_t seed);

/** Release the model, but not the fixture. */
void mr_fini(struct mr *r);

/** Use a fixture, which is not started yet. It tells the run about blocks. */
void mr_listen(struct mr *r, struct fx *fx);

/** A random number below @p n. */
uint32_t mr_below(struct mr *r, uint32_t n);

/** Note a difference. */
void mr_fail(struct mr *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** An address as text, valid for some calls, and back. */
const char *mr_text(uint32_t addr);
uint32_t mr_number(const char *addr);

/** Give the model the records that have come. */
void mr_take_records(struct mr *r);

/** A random packet of an inside host: to a remote host, or to an external address. */
void mr_send_out(struct mr *r);
/** A random packet of a remote host. */
void mr_send_in(struct mr *r);
/** A random ICMP error of a router outside. */
void mr_send_error(struct mr *r);
/** Make, renew or delete a random lease. */
void mr_lease(struct mr *r);
/** Let time pass. @param s  a multiple of four */
void mr_advance(struct mr *r, uint32_t s);
/** Let a random time pass. */
void mr_let_time_pass(struct mr *r);

/** Compare tables and counts. */
void mr_check(struct mr *r);

#endif /* CGN_TEST_MODELRUN_H */
