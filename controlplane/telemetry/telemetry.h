/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TELEMETRY_H
#define CGN_TELEMETRY_H

/**
 * @file
 * The operator's window: `/cgn/...` on the telemetry socket of DPDK, for cgnctl and dpdk-telemetry.py.
 *
 * | path | parameters | shows |
 * |---|---|---|
 * | /cgn/verdicts    | [worker=N]                   | what became of all packets, by class |
 * | /cgn/counters    | [worker=N]                   | other counters and gauges |
 * | /cgn/counters/help | [GROUP]                    | help texts of a group of counters; the groups |
 * | /cgn/mappings    | [subscriber=A][,cursor=C]    | a page of mappings |
 * | /cgn/subscribers | [A][,cursor=C]               | a page of subscribers |
 * | /cgn/leases      | [A][,cursor=C]               | a page of leases |
 * | /cgn/leases/delete | A or A:PORT/PROTO          | end leases of inside address A |
 * | /cgn/pools       | [cursor=C]                   | a page of pools |
 * | /cgn/ports       |                              | ports |
 * | /cgn/workers     |                              | workers |
 * | /cgn/latency     | [cursor=C]                   | how long the workers' loops and bursts took, a page |
 * | /cgn/who         | ADDR:PORT/PROTO              | who holds an external port |
 * | /cgn/config      | [OFFSET]                     | a piece of the configuration as JSON text |
 *
 * Tables come as {"rows": {"0": {...}, ...}, "next": "C"}; `next` is missing on the last page. DPDK
 * cuts what is longer than 16 KiB, so pages are shorter. What cannot be answered is {"error": "why"}; a
 * parameter that the path does not take, or one too many, is not ignored.
 *
 * Threads: started and stopped by the control thread, which does all the work; DPDK's telemetry
 *          threads only wait (see request_queue.h).
 */

#include "controlplane/control.h"

/** Register the paths and answer from now on. @return 0 or -errno */
int cgn_telemetry_start(struct cgn_control *control);

/** Refuse questions from now on and wait until nobody waits for an answer. */
void cgn_telemetry_stop(void);

#endif /* CGN_TELEMETRY_H */
