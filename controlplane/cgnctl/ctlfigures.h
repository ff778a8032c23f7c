/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLFIGURES_H
#define CGN_CTLFIGURES_H

/**
 * @file
 * The numbers by which cgnctl sizes a machine: what was measured of cgnd, and what is assumed of subscribers.
 *
 * config/SIZING.md has the same tables; a test compares.
 *
 * Threads: any; constant.
 */

#include <stddef.h>

/** What was measured, or is assumed of the machine: CGN_CTLFIGURE_NAME, key, value, unit, what it is, where it is from. */
#define CGN_CTLFIGURES(F)                                                                         \
	F(PACKET_SMALL, "cycles_packet_1k", 65, "cycles", "a packet, worker with 1000 mappings",  \
			"measured: cgn-bench, turn_...")                                          \
	F(PACKET_MIDDLE, "cycles_packet_64k", 90, "cycles",                                       \
			"a packet, worker with 64 000 mappings", "measured: cgn-bench, turn_...") \
	F(PACKET_LARGE, "cycles_packet_1m", 114, "cycles", "a packet, worker with a million",     \
			"measured: cgn-bench, turn_...")                                          \
	F(PACKET_HUGE, "cycles_packet_10m", 236, "cycles", "a packet, worker with ten million",   \
			"measured: cgn-bench, turn_...")                                          \
	F(DRIVER, "cycles_driver", 100, "cycles", "a packet in the driver of a NIC",              \
			"assumed: no NIC was there")                                              \
	F(NEW_MAPPING, "cycles_new_mapping", 400, "cycles", "a packet that makes a mapping",      \
			"measured: cgn-bench, new mappings")                                      \
	F(HZ, "hz", 2.6e9, "cycles per second", "a core",                                         \
			"assumed: the machine of the measurements")                               \
	F(BUSY, "busy", 0.6, "of 1", "load of a worker in the busy hour",                         \
			"assumed: the rest is for bursts")                                        \
	F(START_FIXED, "start_fixed_mib", 42, "MiB",                                              \
			"resident after the start beside packet buffers",                         \
			"measured: REAL-NICS.md, section 1")                                      \
	F(START_WORKER, "start_worker_mib", 8.3, "MiB", "the same for each worker",               \
			"measured: REAL-NICS.md, section 1")                                      \
	F(LEASE, "lease_octets", 750, "octets", "a lease of NAT-PMP or PCP with all it needs",    \
			"measured: natpmp_city.sh, scn_leases")                                   \
	F(SUBSCRIBER, "subscriber_octets", 410, "octets", "a subscriber with its blocks",         \
			"measured: cgn-bench, with ten mappings each")                            \
	F(LINE, "line_octets", 330, "octets", "a record as a line of a file or of syslog",        \
			"measured: RECORDS.md")                                                   \
	F(IPFIX, "ipfix_octets", 45, "octets", "a record of a block as IPFIX",                    \
			"measured: RECORDS.md")                                                   \
	F(DAY, "day_share", 0.5, "of 1", "load of the mean hour to the busy one",                 \
			"assumed: usual days")

/** The places of the numbers. */
enum cgn_ctlfigure {
#define CGN_CTLFIGURE_ENUM(name, key, value, unit, what, source) CGN_CTLFIGURE_##name,
	CGN_CTLFIGURES(CGN_CTLFIGURE_ENUM)
#undef CGN_CTLFIGURE_ENUM
	CGN_CTLFIGURE_COUNT,
};

/** A number. */
struct cgn_ctlfigure_row {
	const char *key;
	double value;
	const char *unit;
	const char *what;
	const char *source;
};

extern const struct cgn_ctlfigure_row cgn_ctlfigures[CGN_CTLFIGURE_COUNT];

/** What a subscriber of a kind needs in the busy hour, on the average. */
struct cgn_ctlfigures_profile {
	const char *name;
	const char *what;
	double packets_per_s; /* both directions */
	double mappings;
	double new_mappings_per_s;
	double sessions; /* further ones, as groups[].sessions_max counts */
	double leases;   /* of NAT-PMP and PCP */
	/**
	 * Length of the tail of ports: of those who have a block, a part of exp(-x / tail) needs more than x ports of one
	 * protocol.
	 */
	double tail;
	double blocks_per_day; /* taken and returned: two records each */
	const char *why;
};

/** All kinds; a name of NULL ends them. */
extern const struct cgn_ctlfigures_profile cgn_ctlfigures_profiles[];

/** Find a kind by its name. @return NULL: no such kind */
const struct cgn_ctlfigures_profile *cgn_ctlfigures_find(const char *name);

#endif /* CGN_CTLFIGURES_H */
