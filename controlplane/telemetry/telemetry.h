/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TELEMETRY_H
#define CGN_TELEMETRY_H

/**
 * @file
 * The paths `/cgn/...` of DPDK's telemetry socket. Operators read them with cgnctl or dpdk-telemetry.py.
 *
 * | path | parameters | shows |
 * |---|---|---|
 * | /cgn/verdicts    | [worker=N]                   | what became of all packets, by class |
 * | /cgn/counters    | [worker=N]                   | other counters and gauges, and since when they count |
 * | /cgn/counters/help | [GROUP]                    | help texts of a group of counters, or the groups |
 * | /cgn/mappings    | [FILTERS][,cursor=C]         | a page of mappings |
 * | /cgn/mappings/clear | FILTERS or all=1 [,cursor=C] | end mappings of traffic, a page; one row tells how many |
 * | /cgn/subscribers | [FILTERS][,cursor=C]         | a page of subscribers |
 * | /cgn/subscriber  | A                            | all that is known of one subscriber, but for its leases |
 * | /cgn/leases      | [FILTERS][,cursor=C]         | a page of leases |
 * | /cgn/leases/delete | A[:PORT/PROTO][,home=H] or H | end leases of inside address A, or of home H |
 * | /cgn/status      |                              | version, uptime, configuration, store, export, host plane |
 * | /cgn/neighbours  | [cursor=C]                   | a page of neighbours on the links |
 * | /cgn/routes      | [cursor=C]                   | a page of routes, and of the links of the ports |
 * | /cgn/groups      | [cursor=C]                   | a page of groups |
 * | /cgn/sinks       | [cursor=C]                   | a page of the sinks of the export |
 * | /cgn/warnings    |                              | the last warnings and errors of the log |
 * | /cgn/peers       | [cursor=C]                   | a page of IPsec peers |
 * | /cgn/peers/set   | A,id=I[,sa=N]                | add the IPsec peer with address A |
 * | /cgn/peers/unset | A[,id=I][,sa=N]              | remove the IPsec peer with address A |
 * | /cgn/pools       | [cursor=C]                   | a page of pools |
 * | /cgn/drains      | [cursor=C]                   | a page of the external addresses that are taken out of use |
 * | /cgn/tap         | do=start, read or stop, ...  | traces and captures of packets, for cgnctl |
 * | /cgn/ports       | [cursor=C]                   | a page of ports |
 * | /cgn/workers     |                              | workers |
 * | /cgn/latency     | [cursor=C]                   | how long the workers' loops and bursts took, a page |
 * | /cgn/who         | ADDR:PORT/PROTO              | who holds an external port |
 * | /cgn/config      | [OFFSET]                     | a piece of the configuration as JSON text |
 * | /cgn/config/reload | [confirm_s=N]              | read the file again; what came of it as JSON text |
 * | /cgn/config/confirm |                           | confirm a reload |
 * | /cgn/config/status |                            | the file, the last load, and a missing confirmation |
 *
 * A table has the form {"rows": {"0": {...}, ...}, "next": "C"}. The last page has no `next`. DPDK cuts answers that
 * are longer than 16 KiB, so a table has pages that are shorter than this. An error has the form {"error": "why"}. It
 * is also an error if a parameter is unknown to the path, or if there are too many parameters. If a value is wrong,
 * the long text `error` beside it names the value and what is allowed. DPDK cuts texts after 127 octets, so a long text
 * NAME comes in parts NAME_0, NAME_1 and so on, percent encoded. The value I is percent encoded, too (shared/percent.h).
 *
 * FILTERS are those of telemetry_filter.h. A page of a table that is filtered may have few rows or none although there is a
 * next one, because a question looks at a limited number of rows.
 *
 * Threads: the control thread starts and stops it, and does all the work. The telemetry threads of DPDK only wait (see
 *          request_queue.h).
 */

#include "controlplane/control.h"

/**
 * Register the paths, and answer requests from now on.
 *
 * @param version  of cgnd; must stay valid
 * @return 0 or -errno
 */
int cgn_telemetry_start(struct cgn_control *control, const char *version);

/** Refuse requests from now on. Waits until no thread waits for an answer any more. */
void cgn_telemetry_stop(void);

#endif /* CGN_TELEMETRY_H */
