/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LIMITS_H
#define CGN_LIMITS_H

/**
 * @file
 * Compile-time maxima, each with its unit and reason.
 */

#define CGN_NAME_MAX       32  /* octets of a configured name with its NUL */
#define CGN_DEVICE_MAX     256 /* octets of a device string with its NUL: vdev arguments are long */
#define CGN_PORTS_MAX      16  /* ports; a port index fits into 4 bits of a mapping */
#define CGN_PORT_ADDRS_MAX 8   /* local addresses of one port */
#define CGN_WORKERS_MAX    64  /* workers; the RETA of common NICs has 128 entries or more */
#define CGN_BURST          64  /* packets per rx burst: enough to overlap every cache miss */
#define CGN_POOLS_MAX      256 /* pools */
#define CGN_POOL_NUMBERS_MAX \
	(1u << 20)              /* names of pools in one run: a new one each minute for two years */
#define CGN_GROUPS_MAX     256  /* subscriber groups; a group index fits into 8 bits */
#define CGN_MTU_MIN        576  /* octets; RFC 791: every host takes 576 */
#define CGN_MTU_MAX        9600 /* octets; the largest jumbo frame of common NICs */
#define CGN_BLOCK_MIN      64   /* ports per block: one bitmap word */
#define CGN_BLOCK_MAX      4096 /* ports per block */
#define CGN_LEASE_MAX_S    31536000 /* a year; ticks of 32 bits compare right within four */
#define CGN_PUNT_QUEUE     1024     /* packets on the way from a worker to the control thread */
#define CGN_HEADROOM       128      /* octets in front of a packet: VLAN and softwire headers */

#define CGN_POOL_ADDRS_MAX 1048576 /* addresses of one pool: a /12, more than anybody owns */

/** IPv6 fragments to local addresses that a worker holds. It holds none without a host plane. */
#define CGN_FRAGMENTS6_MAX 1024u

#endif /* CGN_LIMITS_H */
