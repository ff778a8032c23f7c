/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TRACE_H
#define CGN_TRACE_H

/**
 * @file
 * Answers from records who had an external port at a time, which ports a subscriber had, or who had ports of an external
 * address. All questions are known
 * before the records are read, so that one pass answers them all.
 *
 * An answer is given only if no record that could change it is missing: each producer numbers its records, so missing
 * ones are noticed. Records may be added in any order, and more than once.
 *
 * Source:  RFC 6888 section 4, RFC 6302.
 * Units:   milliseconds since 1970 UTC; ports in host order, addresses in network order.
 * Threads: single owner.
 */

#include "controlplane/trace/trace_line.h"

struct cgn_trace;

/** A question. */
struct cgn_trace_question {
	bool is_of_subscriber; /* which ports it had; false: who had ext and port */
	bool is_of_address;    /* who had ports of ext, whichever */
	rte_be32_t ext;
	uint16_t port;
	int64_t at_ms;
	struct cgn_ip subscriber; /* an address of the subscriber, or of its B4 */
	/* of a subscriber or an address: the time in question, both ends included. INT64_MIN, INT64_MAX: as far as the records go */
	int64_t from_ms;
	int64_t to_ms;
};

/** What the records say. */
enum cgn_trace_verdict {
	CGN_TRACE_FOUND,
	CGN_TRACE_NOBODY, /* for sure */
	CGN_TRACE_UNSURE, /* the reason is in the answer */
};

/** Why the records do not say it. */
enum cgn_trace_reason {
	CGN_TRACE_CERTAIN,
	CGN_TRACE_NO_RECORDS, /* there is no record at all */
	CGN_TRACE_BEFORE,     /* the records begin later */
	CGN_TRACE_BEHIND,     /* the records end earlier */
	CGN_TRACE_LOST,       /* cgnd has lost records (a gap) */
	CGN_TRACE_MISSING,    /* records are missing between those that are there */
	CGN_TRACE_CRASHED,    /* the last records before a crash may be missing */
	CGN_TRACE_CLOCK,      /* the clock was set at this time */
	CGN_TRACE_NO_BLOCKS,  /* cgnd was configured to make no records of blocks */
	CGN_TRACE_TWO,        /* two cgnds say that they had the port */
	CGN_TRACE_DETERMINISTIC, /* it may be a port of a deterministic group, for which there are no records */
};

/** How ports have ended. */
enum cgn_trace_end {
	CGN_TRACE_END_RELEASED,
	CGN_TRACE_END_STOP,  /* cgnd stopped */
	CGN_TRACE_END_CRASH, /* at the latest: when cgnd started again */
	CGN_TRACE_END_OPEN,  /* these records do not have the end */
};

/** Ports that a subscriber had. */
struct cgn_trace_tenure {
	struct cgn_prefix inside;
	rte_be32_t ext;
	uint16_t first; /* inclusive */
	uint16_t last;
	bool has_since; /* false: since before the records begin */
	int64_t since_ms;
	int64_t until_ms; /* has no meaning with CGN_TRACE_END_OPEN */
	enum cgn_trace_end end;
	uint64_t boot;
	uint32_t producer;
	const char *host; /* these live as long as the trace */
	const char *instance;
	const char *pool;
};

/** An answer. */
struct cgn_trace_answer {
	enum cgn_trace_verdict verdict;
	/* UNSURE: why. FOUND: not CERTAIN if a record that would change the answer may be missing */
	enum cgn_trace_reason reason;
	bool has_tenure; /* FOUND, and UNSURE if a record says who had the ports before */
	struct cgn_trace_tenure tenure;
	int64_t reason_ms; /* of the reason: when the records begin, end, are lost ... */
};

/**
 * Begin.
 *
 * @param questions  copied; all of ports, or one of a subscriber or an address
 * @return 0 or -ENOMEM
 */
int cgn_trace_create(struct cgn_trace **out, const struct cgn_trace_question *questions, size_t n);

/** Release everything. NULL is allowed. */
void cgn_trace_destroy(struct cgn_trace *t);

/** Add a record. @return 0 or -ENOMEM */
int cgn_trace_add(struct cgn_trace *t, const struct cgn_trace_record *r);

/** All records were added. Call it once, before the answers. @return 0 or -ENOMEM */
int cgn_trace_end(struct cgn_trace *t);

/** Who had the port? @param q  one of the questions of cgn_trace_create() */
void cgn_trace_answer(const struct cgn_trace *t, const struct cgn_trace_question *q,
		struct cgn_trace_answer *out);

/**
 * Call @p fn for all ports that the subscriber had, or that subscribers had of the address, within the time of the
 * question, in the order in which they got them.
 *
 * @param[out] reason  CGN_TRACE_CERTAIN: no record within that time is missing; else what is missing first
 * @return 0 or -ENOMEM
 */
int
cgn_trace_list(const struct cgn_trace *t, void (*fn)(void *ctx, const struct cgn_trace_tenure *),
		void *ctx, struct cgn_trace_answer *reason);

#endif /* CGN_TRACE_H */
