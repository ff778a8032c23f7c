/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/export/export.h"
#include "controlplane/export/export_boot.h"
#include "controlplane/export/export_clock.h"
#include "tests/support/collectorfix.h"
#include "tests/support/recordfix.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HZ UINT64_C(1000000000)

/* In the line of each record but gaps and checkpoints. */
#define NUMBERED " seq=\""

static struct cgn_planes planes;
static struct cgn_record_door doors[2];
static struct cgn_conf_export_sink sinks[2];
static struct cgn_conf_pool pool = { .name = "homes", .number = 1 };
static struct cgn_conf conf;
static struct cgn_export *export;
static char dir[256], paths[2][300];

/* While it is set, lines are stuck in the kernel. */
static _Atomic(bool) is_stuck, has_stuck;

/* In place of that of libc, for this program. */
ssize_t
write(int fd, const void *buf, size_t n)
{
	while (*(const char *)buf == '<' && atomic_load(&is_stuck)) {
		atomic_store(&has_stuck, true);
		(void)poll(NULL, 0, 1);
	}
	return syscall(SYS_write, fd, buf, n);
}

/* An exporter of two workers with this many sinks. */
static void
prepare(size_t n_sinks, uint32_t queue_max)
{
	scratch_make(dir, sizeof(dir), "export");
	planes = (struct cgn_planes){ .n_workers = 2 };
	for (uint16_t w = 0; w < 2; w++) {
		recordfix_open(&doors[w], queue_max, w);
		planes.workers[w].records = &doors[w];
	}
	conf = (struct cgn_conf){
		.workers = 2,
		.pools = &pool,
		.n_pools = 1,
		.telemetry_prefix = (char *)(uintptr_t) "test",
		.store_path = (char *)(uintptr_t) "",
		.export = { .is_on = true,
				.records = { CGN_RECORD_KIND_BLOCKS, CGN_RECORD_KIND_LEASES },
				.n_records = 2,
				.queue_max = queue_max,
				.sinks = sinks,
				.n_sinks = n_sinks },
	};
	for (size_t i = 0; i < n_sinks; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/records%zu.log", dir, i);
		snprintf(sinks[i].name, sizeof(sinks[i].name), "disk%zu", i);
		sinks[i].type = CGN_EXPORT_FILE;
		sinks[i].path = paths[i];
	}
}

/* Make a sink one to a collector. */
static void
use_collector(size_t i, const char *scheme, uint16_t port)
{
	static char none[] = "";

	sinks[i].type = CGN_EXPORT_SYSLOG;
	sinks[i].to = collectorfix_target(scheme, "127.0.0.1", port);
	sinks[i].path = sinks[i].ca = sinks[i].cert = sinks[i].key = none;
}

static void
start(void)
{
	const struct cgn_export_cfg cfg = { .conf = &conf, .planes = &planes, .tsc_hz = HZ };

	CU_ASSERT_EQUAL_FATAL(cgn_export_create(&export, &cfg), 0);
	cgn_export_serve(export);
}

static void
end(void)
{
	cgn_export_destroy(export);
	for (int w = 0; w < 2; w++)
		recordfix_close(&doors[w]);
}

static void
put(unsigned int worker)
{
	struct cgn_record r = exportfix_block(0);

	(void)cgn_record_door_put(&doors[worker], &r);
}

/* Wait until a file has lines with a number. Only a hang lasts a minute. */
static bool
has_lines(const char *path, unsigned int n)
{
	for (int ms = 0; ms < 60000; ms++) {
		if (exportfix_count(exportfix_read(path), NUMBERED) >= n)
			return true;
		(void)poll(NULL, 0, 1);
	}
	return false;
}

/* G-LOG-2: the last records are written before cgnd ends. */
static void
everything_is_in_each_file_between_start_and_stop(void)
{
	prepare(2, 1024);
	put(0); /* before the start: a static mapping */
	start();
	for (int i = 0; i < 100; i++)
		put(1);
	end();
	for (int i = 0; i < 2; i++) {
		const char *text = exportfix_read(paths[i]);

		CU_ASSERT_EQUAL(exportfix_count(text, NUMBERED), 103);
		CU_ASSERT_EQUAL(exportfix_count(text, " instance=\"test\" "),
				exportfix_count(text, "\n"));
		CU_ASSERT_EQUAL(exportfix_count(text, " producer=\"worker0\" seq=\"1\" "), 1);
		CU_ASSERT_EQUAL(exportfix_count(text, " producer=\"worker1\" seq="), 100);
		CU_ASSERT_EQUAL(exportfix_count(text, " producer=\"worker1\" seq=\"100\" "), 1);
		CU_ASSERT_TRUE(strstr(text, " start [") < strchr(text, '\n'));
		CU_ASSERT_PTR_NOT_NULL(strstr(text, " producer=\"export\" seq=\"2\"]\n"));
		CU_ASSERT_EQUAL(strchr(strstr(text, " stop ["), '\n')[1], '\0');
		CU_ASSERT_EQUAL(exportfix_count(text, " gap ["), 0);
	}
}

/* Sum of the numbers behind a name in all lines. */
static uint64_t
sum_of(const char *text, const char *name)
{
	uint64_t sum = 0;

	for (; (text = strstr(text, name)) != NULL; text++)
		sum += strtoull(text + strlen(name), NULL, 10);
	return sum;
}

/* G-LOG-2 */
static void
an_overload_leaves_gaps_that_add_up(void)
{
	const char *text;
	uint64_t lost;

	prepare(1, 16);
	start();
	for (int i = 0; i < 20000; i++)
		put(0);
	/* A record that comes when all is quiet again. */
	while (!cgn_record_door_settle(&doors[0]) || cgn_export_stats(export).lost_BLOCKS == 0)
		(void)poll(NULL, 0, 1);
	put(1);
	end();
	text = exportfix_read(paths[0]);
	lost = sum_of(text, " lost=\"");
	CU_ASSERT_TRUE(lost > 0);
	CU_ASSERT_EQUAL(sum_of(text, " lost.blocks=\""), lost);
	CU_ASSERT_EQUAL(exportfix_count(text, " block-allocated [") + lost, 20001);
	CU_ASSERT_EQUAL(exportfix_count(text, " stop ["), 1);
}

static void
files_are_opened_again_when_asked(void)
{
	char old[320];

	prepare(1, 1024);
	start();
	put(0);
	CU_ASSERT_TRUE(has_lines(paths[0], 2));
	snprintf(old, sizeof(old), "%s.1", paths[0]);
	CU_ASSERT_EQUAL(rename(paths[0], old), 0);
	cgn_export_reopen(export);
	put(0);
	CU_ASSERT_TRUE(has_lines(paths[0], 1));
	end();
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(old), NUMBERED), 2);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(paths[0]), NUMBERED), 2);
}

/* Wait until a file has a text. Only a hang lasts a minute. */
static bool
has_text(const char *path, const char *text)
{
	for (int ms = 0; ms < 60000; ms++) {
		if (strstr(exportfix_read(path), text) != NULL)
			return true;
		(void)poll(NULL, 0, 1);
	}
	return false;
}

/* So a reader knows that a producer was quiet, and that nothing is missing. */
static void
checkpoints_follow_each_opening_and_come_before_the_end(void)
{
	const char *text;
	char old[320];

	prepare(1, 1024);
	start();
	CU_ASSERT_TRUE(has_text(paths[0], " producer=\"worker0\" last=\"0\"]\n"));
	for (int i = 0; i < 3; i++)
		put(0);
	CU_ASSERT_TRUE(has_lines(paths[0], 4));
	snprintf(old, sizeof(old), "%s.1", paths[0]);
	CU_ASSERT_EQUAL(rename(paths[0], old), 0);
	cgn_export_reopen(export);
	CU_ASSERT_TRUE(has_text(paths[0], " producer=\"worker0\" last=\"3\"]\n"));
	CU_ASSERT_TRUE(has_text(paths[0], " producer=\"worker1\" last=\"0\"]\n"));
	CU_ASSERT_TRUE(has_text(paths[0], " producer=\"control\" last=\"0\"]\n"));
	CU_ASSERT_TRUE(has_text(paths[0], " producer=\"export\" last=\"1\"]\n"));
	put(1);
	end();
	text = strstr(exportfix_read(paths[0]), " block-allocated [");
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_EQUAL(exportfix_count(text, " checkpoint ["), 4);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " producer=\"worker0\" last=\"3\"]\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " producer=\"worker1\" last=\"1\"]\n"));
}

/* A collector that leaves at once is reached again each second. This must not fill the other files with checkpoints. */
static void
attempts_of_a_sink_that_fails_make_no_checkpoints(void)
{
	uint16_t port = 0;
	int fd = collectorfix_listen(&port);

	prepare(2, 1024);
	use_collector(1, "tcp", port);
	start();
	for (int i = 0; i < 4; i++)
		close(accept(fd, NULL, NULL));
	close(fd);
	put(0);
	CU_ASSERT_TRUE(has_lines(paths[0], 2));
	end();
	/* Of four producers: once for each sink that was opened, and before the end. */
	CU_ASSERT_TRUE(exportfix_count(exportfix_read(paths[0]), " checkpoint [") <= 4 * 3);
}

/* What is lost in the ring has no gap yet, so that there must be no checkpoint behind it. */
static void
no_checkpoint_hides_a_loss(void)
{
	const char *text;

	prepare(1, 1024);
	/* Only the ring is small, not the queue. */
	recordfix_close(&doors[0]);
	recordfix_open(&doors[0], 16, 0);
	for (int i = 0; i < 40; i++)
		put(0);
	start();
	CU_ASSERT_TRUE(has_text(paths[0], " producer=\"worker1\" last=\"0\"]\n"));
	CU_ASSERT_TRUE(has_lines(paths[0], 17));
	end();
	text = exportfix_read(paths[0]);
	CU_ASSERT_TRUE(exportfix_count(text, " producer=\"worker0\" last=\"40\"]\n") >= 1);
	CU_ASSERT_EQUAL(exportfix_count(text, " producer=\"worker0\" last=\""),
			exportfix_count(text, " producer=\"worker0\" last=\"40\"]\n"));
	CU_ASSERT_TRUE(strstr(text, " first=\"17\" last=\"40\" ") <
			strstr(text, " producer=\"worker0\" last=\"40\"]\n"));
}

/* A sink that fails keeps its records, and does not hold up the other one. */
static void
a_sink_that_fails_waits_and_slows_nobody(void)
{
	struct cgn_export_stats stats;

	prepare(2, 1024);
	CU_ASSERT_EQUAL(mkdir(paths[0], 0700), 0);
	start();
	for (int i = 0; i < 10; i++)
		put(0);
	CU_ASSERT_TRUE(has_lines(paths[1], 11));
	while (cgn_export_stats(export).failing == 0)
		(void)poll(NULL, 0, 1);
	CU_ASSERT_EQUAL(rmdir(paths[0]), 0);
	CU_ASSERT_TRUE(has_lines(paths[0], 11));
	do {
		stats = cgn_export_stats(export);
	} while (stats.failing != 0 || stats.written_BLOCKS < 20);
	CU_ASSERT_EQUAL(stats.written_BLOCKS, 20);
	CU_ASSERT_EQUAL(stats.written_PROCESS, 2);
	CU_ASSERT_EQUAL(stats.lost_BLOCKS, 0);
	end();
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(paths[0]), NUMBERED), 12);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(paths[1]), NUMBERED), 12);
}

/* The end does not wait for ever for a sink that fails. */
static void
the_end_gives_a_failing_sink_up(void)
{
	prepare(1, 64);
	CU_ASSERT_EQUAL(mkdir(paths[0], 0700), 0);
	start();
	for (int i = 0; i < 10; i++)
		put(0);
	end();
	CU_ASSERT_EQUAL(rmdir(paths[0]), 0);
}

/* The end does not wait for a thread that is stuck in the kernel. If it goes on later, what it uses is still there. */
static void
a_stuck_sink_keeps_what_it_uses(void)
{
	/* It stays, so its memory must not look lost. */
	static struct cgn_export *stuck;
	const char *text;

	prepare(1, 64);
	atomic_store(&is_stuck, true);
	start();
	stuck = export;
	while (!atomic_load(&has_stuck))
		(void)poll(NULL, 0, 1);
	put(0);
	/* Freed memory gets other values. ASan has checks of its own instead. */
	(void)mallopt(M_PERTURB, 0x55);
	end();
	atomic_store(&is_stuck, false);
	CU_ASSERT_TRUE(has_lines(paths[0], 3));
	text = exportfix_read(paths[0]);
	CU_ASSERT_EQUAL(exportfix_count(text, " instance=\"test\" "), exportfix_count(text, "\n"));
	CU_ASSERT_EQUAL(exportfix_count(text, " natPoolName=\"homes\"]\n"), 1);
	CU_ASSERT_PTR_NOT_NULL(stuck);
}

/* Each start tells how the run before has ended. */
static void
a_start_tells_how_the_run_before_has_ended(void)
{
	char boot[320];
	FILE *f;

	prepare(1, 64);
	start();
	cgn_export_destroy(export);
	start();
	cgn_export_destroy(export);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(paths[0]),
					" after=\"nothing\" records=\"blocks,leases\"]\n"),
			1);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(paths[0]),
					" after=\"stop\" previousBoot=\""),
			1);
	snprintf(boot, sizeof(boot), "%s" CGN_EXPORT_BOOT_SUFFIX, paths[0]);
	f = fopen(boot, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs("cgnd 1 00000000000000aa running\n", f);
	fclose(f);
	start();
	end();
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(paths[0]),
					" after=\"crash\" previousBoot=\"00000000000000aa\" records=\"blocks,leases\"]\n"),
			1);
}

/* --- collectors -------------------------------------------------------------------------------- */

/* Octets of a file; it may be too long for exportfix_read(). */
static off_t
size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : 0;
}

/* A collector that does not read, and one that does not even answer. The file gets everything meanwhile. */
static void
a_collector_that_hangs_slows_nobody(void)
{
	static const char *const schemes[] = { "tcp", "tls" };
	const struct cgn_record one = exportfix_block(1);
	char line[CGN_EXPORT_TEXT_MAX];
	const off_t len = (off_t)cgn_export_text_line(line, exportfix_origin(), &one) - 20;
	const unsigned int n = 60000;

	for (int i = 0; i < 2; i++) {
		uint16_t port = 0;
		int fd = collectorfix_listen(&port);

		prepare(2, 65536);
		use_collector(1, schemes[i], port);
		start();
		for (unsigned int k = 0; k < n; k++)
			put(0);
		while (size_of(paths[0]) < n * len)
			(void)poll(NULL, 0, 1);
		while (cgn_export_stats(export).written_BLOCKS < n)
			(void)poll(NULL, 0, 1);
		CU_ASSERT_TRUE(cgn_export_stats(export).written_BLOCKS < 2 * n);
		CU_ASSERT_EQUAL(cgn_export_stats(export).lost_BLOCKS, 0);
		end();
		close(fd);
	}
}

/* Packets wait for the end. A file still gets everything, and what a collector does not take is counted as lost. In no hurry
 * it takes twice CGN_EXPORT_SINK_END_MS at least. REQ: N-KEEP-37 */
static void
an_end_in_a_hurry_does_not_wait_for_a_collector(void)
{
	const unsigned int n = 60000;
	struct cgn_export_stats stats;
	int64_t start_ms;
	uint16_t port = 0;
	int fd = collectorfix_listen(&port);

	prepare(2, 65536);
	use_collector(1, "tcp", port);
	start();
	for (unsigned int k = 0; k < n; k++)
		put(0);
	while (cgn_export_stats(export).written_BLOCKS < n)
		(void)poll(NULL, 0, 1);
	CU_ASSERT_FALSE(cgn_export_is_taken(export));
	put(1);
	start_ms = cgn_clock_ms(CLOCK_MONOTONIC);
	cgn_export_hurry(export);
	cgn_export_end(export, false);
	CU_ASSERT_TRUE(cgn_clock_ms(CLOCK_MONOTONIC) - start_ms < 2 * CGN_EXPORT_SINK_END_MS);
	stats = cgn_export_stats(export);
	CU_ASSERT_TRUE(stats.lost_BLOCKS > 0);
	CU_ASSERT_EQUAL(stats.written_BLOCKS + stats.lost_BLOCKS, 2 * (n + 1));
	CU_ASSERT_TRUE(stats.written_BLOCKS >= n + 1);
	cgn_export_free(export);
	for (int w = 0; w < 2; w++)
		recordfix_close(&doors[w]);
	close(fd);
}

/* What a collector gets when it comes back after a long time: what has waited, and gaps for the rest. */
static void
a_collector_that_was_down_gets_gaps_that_add_up(void)
{
	static char text[1 << 20];
	uint16_t port = collectorfix_free_port(SOCK_STREAM);
	unsigned int n_put = 0;
	struct cgn_export_stats stats;
	int fd, peer;
	ssize_t n;

	prepare(1, 64);
	use_collector(0, "tcp", port);
	start();
	do {
		put(0);
		n_put++;
		(void)poll(NULL, 0, n_put % 32 == 0 ? 1 : 0);
		stats = cgn_export_stats(export);
	} while (stats.lost_BLOCKS < 1000 || stats.failing == 0);
	CU_ASSERT_EQUAL(stats.written_BLOCKS, 0);
	CU_ASSERT_EQUAL(stats.failures, 1);
	fd = collectorfix_listen(&port);
	peer = accept(fd, NULL, NULL);
	while (cgn_export_stats(export).failing != 0)
		(void)poll(NULL, 0, 1);
	put(0);
	n_put++;
	end();
	n = collectorfix_read(peer, text, sizeof(text) - 1, 10000);
	CU_ASSERT_TRUE_FATAL(n > 0);
	CU_ASSERT_TRUE(sum_of(text, " lost.blocks=\"") >= 1000);
	CU_ASSERT_EQUAL(exportfix_count(text, " block-allocated [") +
					sum_of(text, " lost.blocks=\""),
			n_put);
	CU_ASSERT_EQUAL(exportfix_count(text, " start ["), 1);
	CU_ASSERT_EQUAL(exportfix_count(text, " stop ["), 1);
	close(peer);
	close(fd);
}

/* G-LOG-2: what the ring of the control thread has lost is told, also if there is no further record of it. */
static void
a_loss_of_the_control_thread_is_told_at_once(void)
{
	const struct cgn_record lease = { .event = CGN_RECORD_LEASE_ENDED };
	struct cgn_record_door *door;

	prepare(1, 16);
	start();
	door = cgn_export_door(export, CGN_RECORD_KIND_LEASES);
	CU_ASSERT_PTR_NOT_NULL_FATAL(door);
	while (door->gap.seq == 0)
		(void)cgn_record_door_put(door, &lease);
	/* As long as the ring is full, the gap waits. */
	while (door->gap.seq != 0)
		cgn_export_settle(export);
	CU_ASSERT_TRUE(has_text(paths[0], " gap [cgnd@32473 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(exportfix_read(paths[0]), " producer=\"control\" first="));
	end();
}

/* A start that fails after a crash does not forget it: the next one still tells. REQ: N-KEEP-25 */
static void
a_failed_start_keeps_how_the_run_before_has_ended(void)
{
	const struct cgn_export_cfg cfg = { .conf = &conf, .planes = &planes, .tsc_hz = HZ };
	char boot[320];
	FILE *f;

	prepare(1, 64);
	snprintf(boot, sizeof(boot), "%s" CGN_EXPORT_BOOT_SUFFIX, paths[0]);
	f = fopen(boot, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs("cgnd 1 00000000000000aa running\n", f);
	fclose(f);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL_FATAL(cgn_export_create(&export, &cfg), 0);
		cgn_export_destroy(export);
		CU_ASSERT_STRING_EQUAL(exportfix_read(boot), "cgnd 1 00000000000000aa running\n");
	}
	start();
	end();
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(paths[0]),
					" after=\"crash\" previousBoot=\"00000000000000aa\""),
			3);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(boot), " stopped\n"), 1);
}

/* Without a file, the store is where cgnd keeps things. */
static void
a_collector_alone_is_told_of_a_crash(void)
{
	char store[320], boot[330], text[4096] = "";
	uint16_t port = 0;
	int fd = collectorfix_socket(SOCK_DGRAM, &port);
	FILE *f;

	prepare(1, 64);
	use_collector(0, "udp", port);
	start();
	end();
	CU_ASSERT_TRUE(recv(fd, text, sizeof(text) - 1, 0) > 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " start ["));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " after=\"unknown\" records="));
	/* The rest of this run. */
	while (recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT) > 0)
		;
	prepare(1, 64);
	use_collector(0, "udp", port);
	snprintf(store, sizeof(store), "%s/state.db", dir);
	snprintf(boot, sizeof(boot), "%s" CGN_EXPORT_BOOT_SUFFIX, store);
	conf.store_path = store;
	f = fopen(boot, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs("cgnd 1 00000000000000aa running\n", f);
	fclose(f);
	start();
	end();
	memset(text, 0, sizeof(text));
	CU_ASSERT_TRUE(recv(fd, text, sizeof(text) - 1, 0) > 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " after=\"crash\" previousBoot=\"00000000000000aa\" "));
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(boot), " stopped\n"), 1);
	close(fd);
}

/* --- the clock --------------------------------------------------------------------------------- */

static void
cycles_become_utc_and_steps_are_seen(void)
{
	struct cgn_export_clock c = { .hz = 2500000000 };
	const int64_t s = 1000000000;

	CU_ASSERT_EQUAL(cgn_export_clock_set(&c, 5000000000, 100 * s), 0);
	CU_ASSERT_EQUAL(cgn_export_clock_utc(&c, 5000000000), 100000);
	CU_ASSERT_EQUAL(cgn_export_clock_utc(&c, 5002500000), 100001);
	CU_ASSERT_EQUAL(cgn_export_clock_utc(&c, 4997500000), 99999);
	/* A day later; the product of cycles and nanoseconds would not fit. */
	CU_ASSERT_EQUAL(cgn_export_clock_utc(&c, 5000000000 + UINT64_C(2500000000) * 86400),
			86500000);
	/* 1 s later, and the wall clock says so; then it is corrected by little, and set. */
	CU_ASSERT_EQUAL(cgn_export_clock_set(&c, 7500000000, 101 * s), 0);
	CU_ASSERT_EQUAL(cgn_export_clock_set(&c, 10000000000, 102 * s + 99000000), 0);
	CU_ASSERT_EQUAL(cgn_export_clock_set(&c, 10000000000, 105 * s + 99000000), 3000);
	CU_ASSERT_EQUAL(cgn_export_clock_set(&c, 10000000000, 5 * s + 99000000), -100000);
	CU_ASSERT_EQUAL(cgn_export_clock_utc(&c, 10000000000), 5099);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(everything_is_in_each_file_between_start_and_stop),
	CU_TEST_ROW(an_overload_leaves_gaps_that_add_up),
	CU_TEST_ROW(files_are_opened_again_when_asked),
	CU_TEST_ROW(checkpoints_follow_each_opening_and_come_before_the_end),
	CU_TEST_ROW(attempts_of_a_sink_that_fails_make_no_checkpoints),
	CU_TEST_ROW(no_checkpoint_hides_a_loss),
	CU_TEST_ROW(a_sink_that_fails_waits_and_slows_nobody),
	CU_TEST_ROW(the_end_gives_a_failing_sink_up),
	CU_TEST_ROW(a_stuck_sink_keeps_what_it_uses),
	CU_TEST_ROW(a_start_tells_how_the_run_before_has_ended),
	CU_TEST_ROW(a_collector_that_hangs_slows_nobody),
	CU_TEST_ROW(an_end_in_a_hurry_does_not_wait_for_a_collector),
	CU_TEST_ROW(a_collector_that_was_down_gets_gaps_that_add_up),
	CU_TEST_ROW(a_loss_of_the_control_thread_is_told_at_once),
	CU_TEST_ROW(a_failed_start_keeps_how_the_run_before_has_ended),
	CU_TEST_ROW(a_collector_alone_is_told_of_a_crash),
	CU_TEST_ROW(cycles_become_utc_and_steps_are_seen),
};

CU_MAIN("export", tests)
