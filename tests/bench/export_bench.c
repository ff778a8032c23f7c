/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * How many records a sink takes in a second, and what they cost.
 *
 * usage: export-bench FILE|TARGET [CA] [RECORDS]
 */
#include "controlplane/export/export_file.h"
#include "controlplane/export/export_sink.h"
#include "controlplane/export/export_syslog.h"
#include "shared/clock_ms.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_byteorder.h>

#define QUEUE_MAX 65536
#define BATCH     64

static char names[CGN_EXPORT_POOLS_PIECE][CGN_NAME_MAX] = { [1] = "homes" };

static struct cgn_export_origin origin = {
	.host = "cgn1.example.net",
	.instance = "cgnd",
	.boot = "0123456789abcdef",
	.pools = { .now = { 1 }, .pieces = { names } },
	.n_workers = 1,
	.pid = 4711,
};

static struct cgn_record
block(uint64_t seq)
{
	return (struct cgn_record){
		.time = (uint64_t)cgn_clock_ms(CLOCK_REALTIME),
		.seq = seq,
		.event = CGN_RECORD_BLOCK_ALLOCATED,
		.nat = { .inside.ip4 = rte_cpu_to_be_32(
					 UINT32_C(0x64400000) + (uint32_t)seq % 65536),
				.inside_len = 32,
				.ext_addr = RTE_BE32(0xc6336403),
				.pool = 1,
				.port_first = 1024,
				.port_last = 1535 },
	};
}

static int
create(struct cgn_export_sink **sink, const char *to, const char *ca)
{
	struct cgn_target target;
	const struct cgn_export_net_cfg net = { .to = &target,
		.ca = ca,
		.cert = "",
		.key = "",
		.timeout_ms = CGN_EXPORT_NET_TIMEOUT_MS };
	struct cgn_export_file *file;
	struct cgn_export_syslog *syslog;
	int ret;

	if (cgn_target_parse(to, &target) < 0) {
		ret = cgn_export_file_create(&file, to, &origin);
		return ret < 0 ? ret
			       : cgn_export_sink_create(sink, "bench", &cgn_export_file_ops, file,
						 QUEUE_MAX, 3);
	}
	ret = cgn_export_syslog_create(&syslog, &net, &origin);
	return ret < 0 ? ret
		       : cgn_export_sink_create(sink, "bench", &cgn_export_syslog_ops, syslog,
					 QUEUE_MAX, 3);
}

/* Fill the queue again and again, as fast as the sink empties it. */
static void
feed(struct cgn_export_sink *sink, uint64_t n)
{
	struct cgn_export_queue *q = cgn_export_sink_queue(sink);
	struct cgn_record r[BATCH];

	for (uint64_t seq = 1; seq <= n; seq += BATCH) {
		for (unsigned int i = 0; i < BATCH; i++)
			r[i] = block(seq + i);
		while (cgn_export_queue_count(q) > QUEUE_MAX - BATCH)
			(void)poll(NULL, 0, 1);
		cgn_export_queue_put(q, r, BATCH);
	}
	while (cgn_export_sink_written(sink, CGN_RECORD_KIND_BLOCKS) < n &&
			!cgn_export_sink_is_failing(sink))
		(void)poll(NULL, 0, 1);
}

int
main(int argc, char **argv)
{
	uint64_t n = argc > 3 ? strtoull(argv[3], NULL, 10) / BATCH * BATCH
			      : 1000000 / BATCH * BATCH;
	struct cgn_export_sink *sink;
	int64_t wall, cpu;
	double s;

	if (argc < 2 || create(&sink, argv[1], argc > 2 ? argv[2] : "") < 0) {
		fprintf(stderr, "usage: export-bench FILE|TARGET [CA] [RECORDS]\n");
		return 2;
	}
	wall = cgn_clock_ms(CLOCK_MONOTONIC);
	cpu = cgn_clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	feed(sink, n);
	s = (double)(cgn_clock_ms(CLOCK_MONOTONIC) - wall) / 1000;
	cpu = cgn_clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("%s: %llu records, %.0f records/s, %.2f us of CPU a record\n", argv[1],
			(unsigned long long)n, (double)n / s, (double)cpu * 1000 / (double)n);
	cgn_export_sink_end(sink, CGN_EXPORT_SINK_END_MS);
	return cgn_export_sink_destroy(sink) ? 0 : 1;
}
