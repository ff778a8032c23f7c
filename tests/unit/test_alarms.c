/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/alarms.h"
#include "tests/support/cu.h"
#include "tests/support/logfix.h"
#include "tests/support/recordfix.h"

#include <string.h>

#include <rte_log.h>

#define N_WORKERS 2

/* Pool 0 has two addresses of 1000 ports, pool 1 has one. */
static struct cgn_conf_pool pools[2];
static struct cgn_conf_group groups[1];
static struct cgn_conf conf;
static struct cgn_stats stats[N_WORKERS];
static struct cgn_planes planes;
static struct cgn_timerq *timers;
static struct cgn_record_door door;
static struct cgn_alarms *alarms;
static uint64_t now_ms;

static void
begin(void)
{
	struct cgn_alarms_cfg c = { .conf = &conf, .planes = &planes };

	memset(stats, 0, sizeof(stats));
	memset(pools, 0, sizeof(pools));
	memset(groups, 0, sizeof(groups));
	pools[0] = (struct cgn_conf_pool){
		.name = "homes", .n_addresses = 2, .port_min = 1001, .port_max = 2000
	};
	pools[1] = (struct cgn_conf_pool){
		.name = "fast", .n_addresses = 1, .port_min = 1001, .port_max = 2000
	};
	snprintf(groups[0].name, sizeof(groups[0].name), "all");
	conf = (struct cgn_conf){ .pools = pools,
		.n_pools = 2,
		.groups = groups,
		.n_groups = 1,
		.nat.notify_interval_s = 20 };
	planes = (struct cgn_planes){ .n_workers = N_WORKERS };
	for (unsigned int w = 0; w < N_WORKERS; w++)
		planes.workers[w].stats = &stats[w];
	now_ms = 1000;
	logfix_open();
	recordfix_open(&door, 64, N_WORKERS);
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	c.timers = timers;
	CU_ASSERT_EQUAL_FATAL(cgn_alarms_create(&alarms, &c, now_ms), 0);
	cgn_alarms_set_records(alarms, &door);
}

static void
end(void)
{
	cgn_alarms_destroy(alarms);
	cgn_timerq_destroy(timers);
	recordfix_close(&door);
	logfix_close();
}

static void
advance_s(unsigned int s)
{
	for (unsigned int i = 0; i < s; i++) {
		now_ms += 1000;
		(void)cgn_timerq_run(timers, now_ms, 10);
	}
}

static void
use(enum cgn_proto proto, uint64_t ports0, uint64_t ports1)
{
	cgn_counter_set(&stats[0].pool[0].ports_used[proto], ports0);
	cgn_counter_set(&stats[1].pool[0].ports_used[proto], ports1);
}

/* The one record that was made since the last call. */
static struct cgn_record_threshold
recorded(void)
{
	struct cgn_record r[64] = { 0 };

	CU_ASSERT_EQUAL(recordfix_take(&door, r, 64), 1);
	CU_ASSERT_EQUAL(r[0].event, CGN_RECORD_THRESHOLD_REACHED);
	return r[0].threshold;
}

static unsigned int
n_recorded(void)
{
	struct cgn_record r[64];

	return recordfix_take(&door, r, 64);
}

/* G-NTF-1: nothing is told without thresholds, however much is used. */
static void
thresholds_are_off_by_default(void)
{
	begin();
	use(CGN_PROTO_UDP, 1000, 1000);
	cgn_counter_set(&stats[0].gauge[CGN_G_SUBSCRIBERS], 1000000);
	advance_s(60);
	CU_ASSERT_EQUAL(n_recorded(), 0);
	CU_ASSERT_STRING_EQUAL(logfix_new(), "");
	end();
}

/* G-NTF-1: use of a pool in percent of its ports, for the protocol that has most, of all workers. */
static void
a_pool_reaches_its_high_threshold(void)
{
	struct cgn_record_threshold t;

	begin();
	pools[0].use_high_percent = 80;
	use(CGN_PROTO_TCP, 799, 800);
	use(CGN_PROTO_UDP, 100, 100);
	advance_s(3);
	CU_ASSERT_EQUAL(n_recorded(), 0);
	use(CGN_PROTO_TCP, 800, 800);
	advance_s(3);
	t = recorded();
	CU_ASSERT_EQUAL(t.threshold, CGN_RECORD_THRESHOLD_POOL_HIGH);
	CU_ASSERT_EQUAL(t.pool, 0);
	CU_ASSERT_EQUAL(t.proto, CGN_PROTO_TCP);
	CU_ASSERT_EQUAL(t.mark, 80);
	CU_ASSERT_EQUAL(t.value, 80);
	CU_ASSERT_EQUAL(t.entries, 1600);
	CU_ASSERT_EQUAL(t.inside_len, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(logfix_new(),
			"threshold-reached: threshold=pools.use_high_percent pool=homes mark=80 value=80 entries=1600\n"));
	use(CGN_PROTO_TCP, 1000, 1000);
	advance_s(60);
	CU_ASSERT_EQUAL(n_recorded(), 0);
	CU_ASSERT_STRING_EQUAL(logfix_new(), "");
	/* The line that it is over comes when it can be told again, and there is no record. */
	use(CGN_PROTO_TCP, 720, 720);
	advance_s(60);
	CU_ASSERT_STRING_EQUAL(logfix_new(), "");
	use(CGN_PROTO_TCP, 719, 720);
	advance_s(60);
	CU_ASSERT_STRING_EQUAL(logfix_new(),
			"cgnd: notice threshold-over: threshold=pools.use_high_percent pool=homes mark=80 value=71 entries=1439\n");
	CU_ASSERT_EQUAL(n_recorded(), 0);
	end();
}

/* A pool is full when its blocks are used up, however few of their ports have mappings. REQ: G-DAY-33 */
static void
a_pool_that_is_nearly_full_is_told(void)
{
	begin();
	pools[0].blocks_high_percent = 90;
	cgn_counter_set(&stats[0].pool[0].blocks, 10);
	cgn_counter_set(&stats[1].pool[0].blocks, 10);
	cgn_counter_set(&stats[0].pool[0].blocks_used, 10);
	cgn_counter_set(&stats[1].pool[0].blocks_used, 7);
	advance_s(3);
	CU_ASSERT_STRING_EQUAL(logfix_new(), "");
	cgn_counter_set(&stats[1].pool[0].blocks_used, 8);
	advance_s(30);
	CU_ASSERT_PTR_NOT_NULL(strstr(logfix_new(),
			"blocks-high: pool=homes blocks_used=18 blocks=20 percent=90\n"));
	CU_ASSERT_EQUAL(logfix_count(logfix.text, "blocks-high"), 1);
	cgn_counter_set(&stats[0].pool[0].blocks_used, 8);
	advance_s(30);
	CU_ASSERT_STRING_EQUAL(logfix_new(),
			"cgnd: notice blocks-high-over: pool=homes blocks_used=16 blocks=20 percent=80\n");
	cgn_counter_set(&stats[0].pool[0].blocks_used, 10);
	advance_s(2);
	CU_ASSERT_EQUAL(logfix_count(logfix.text, "blocks-high: "), 2);
	(void)logfix_new();
	/* All addresses drain, so that no block is left to count. */
	cgn_counter_set(&stats[0].pool[0].blocks, 0);
	cgn_counter_set(&stats[1].pool[0].blocks, 0);
	cgn_counter_set(&stats[0].pool[0].blocks_used, 0);
	cgn_counter_set(&stats[1].pool[0].blocks_used, 0);
	advance_s(2);
	CU_ASSERT_STRING_EQUAL(logfix_new(),
			"cgnd: notice blocks-high-over: pool=homes blocks_used=0 blocks=0 percent=0\n");
	advance_s(30);
	CU_ASSERT_STRING_EQUAL(logfix_new(), "");
	cgn_counter_set(&stats[0].pool[0].blocks, 10);
	cgn_counter_set(&stats[1].pool[0].blocks, 10);
	cgn_counter_set(&stats[0].pool[0].blocks_used, 10);
	cgn_counter_set(&stats[1].pool[0].blocks_used, 8);
	advance_s(30);
	CU_ASSERT_EQUAL(logfix_count(logfix_new(), "blocks-high: "), 1);
	/* A reload that raises the key ends it. */
	pools[0].blocks_high_percent = 95;
	advance_s(2);
	CU_ASSERT_EQUAL(logfix_count(logfix.text, "blocks-high-over: "), 3);
	CU_ASSERT_EQUAL(n_recorded(), 0);
	end();
}

/* G-NTF-1: crossed twice within the interval: one notification. */
static void
twice_within_the_interval_is_told_once(void)
{
	begin();
	pools[0].use_high_percent = 80;
	use(CGN_PROTO_UDP, 800, 800);
	advance_s(2);
	CU_ASSERT_EQUAL(n_recorded(), 1);
	use(CGN_PROTO_UDP, 0, 0);
	advance_s(2);
	use(CGN_PROTO_UDP, 900, 900);
	advance_s(2);
	use(CGN_PROTO_UDP, 0, 0);
	advance_s(30);
	CU_ASSERT_EQUAL(n_recorded(), 0);
	CU_ASSERT_EQUAL(logfix_count(logfix_new(), "threshold-reached"), 1);
	CU_ASSERT_EQUAL(logfix_count(logfix.text, "threshold-over"), 1);
	end();
}

/* A reader must not believe for ever that it is low again. */
static void
what_still_holds_after_the_interval_is_told(void)
{
	begin();
	pools[0].use_high_percent = 80;
	use(CGN_PROTO_UDP, 800, 800);
	advance_s(2);
	CU_ASSERT_EQUAL(n_recorded(), 1);
	use(CGN_PROTO_UDP, 0, 0);
	advance_s(2);
	use(CGN_PROTO_UDP, 900, 900);
	advance_s(15);
	CU_ASSERT_EQUAL(n_recorded(), 0);
	advance_s(5);
	CU_ASSERT_EQUAL(recorded().value, 90);
	end();
}

/* Hysteresis: only below nine tenths of the threshold it can be reached again. */
static void
a_little_below_is_not_below(void)
{
	begin();
	pools[0].use_high_percent = 80;
	for (unsigned int i = 0; i < 5; i++) {
		use(CGN_PROTO_UDP, 800, 800);
		advance_s(25);
		use(CGN_PROTO_UDP, 720, 720); /* just nine tenths */
		advance_s(25);
	}
	CU_ASSERT_EQUAL(n_recorded(), 1);
	use(CGN_PROTO_UDP, 719, 720);
	advance_s(1);
	use(CGN_PROTO_UDP, 800, 800);
	advance_s(1);
	CU_ASSERT_EQUAL(n_recorded(), 1);
	end();
}

/* G-NTF-1: the low threshold. An empty pool at the start is no news. */
static void
a_pool_falls_to_its_low_threshold(void)
{
	struct cgn_record_threshold t;

	begin();
	pools[0].use_low_percent = 10;
	advance_s(30);
	CU_ASSERT_EQUAL(n_recorded(), 0);
	use(CGN_PROTO_UDP, 500, 500);
	advance_s(1);
	use(CGN_PROTO_UDP, 101, 100);
	advance_s(1);
	CU_ASSERT_EQUAL(n_recorded(), 0);
	use(CGN_PROTO_UDP, 100, 100);
	advance_s(1);
	t = recorded();
	CU_ASSERT_EQUAL(t.threshold, CGN_RECORD_THRESHOLD_POOL_LOW);
	CU_ASSERT_EQUAL(t.mark, 10);
	CU_ASSERT_EQUAL(t.entries, 200);
	end();
}

/* G-NTF-1: mappings, subscribers, sessions and softwires of all workers together. */
static void
gauges_of_all_workers_reach_their_thresholds(void)
{
	const struct {
		enum cgn_gauge_id gauge;
		enum cgn_record_threshold_id id;
		uint32_t *threshold;
	} rows[] = {
		{ CGN_G_MAPPINGS_UDP, CGN_RECORD_THRESHOLD_MAPPINGS_HIGH, &conf.nat.mappings_high },
		{ CGN_G_MAPPINGS_TCP, CGN_RECORD_THRESHOLD_MAPPINGS_HIGH, &conf.nat.mappings_high },
		{ CGN_G_MAPPINGS_ICMP, CGN_RECORD_THRESHOLD_MAPPINGS_HIGH,
				&conf.nat.mappings_high },
		{ CGN_G_SESSIONS, CGN_RECORD_THRESHOLD_SESSIONS_HIGH, &conf.nat.sessions_high },
		{ CGN_G_SUBSCRIBERS, CGN_RECORD_THRESHOLD_SUBSCRIBERS_HIGH,
				&conf.nat.subscribers_high },
		{ CGN_G_SOFTWIRES, CGN_RECORD_THRESHOLD_SOFTWIRES_HIGH, &conf.softwire.homes_high },
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		struct cgn_record_threshold t;

		begin();
		*rows[i].threshold = 10;
		cgn_counter_set(&stats[0].gauge[rows[i].gauge], 5);
		cgn_counter_set(&stats[1].gauge[rows[i].gauge], 4);
		advance_s(2);
		CU_ASSERT_EQUAL(n_recorded(), 0);
		cgn_counter_set(&stats[1].gauge[rows[i].gauge], 7);
		advance_s(2);
		t = recorded();
		CU_ASSERT_EQUAL(t.threshold, rows[i].id);
		CU_ASSERT_EQUAL(t.mark, 10);
		CU_ASSERT_EQUAL(t.value, 12);
		CU_ASSERT_EQUAL(t.entries, 12);
		end();
	}
}

/* A reload sets a threshold that is reached already, and takes it away. */
static void
thresholds_follow_the_configuration(void)
{
	struct cgn_conf other;

	begin();
	cgn_counter_set(&stats[0].gauge[CGN_G_SUBSCRIBERS], 50);
	advance_s(2);
	other = conf;
	other.nat.subscribers_high = 40;
	cgn_alarms_set_conf(alarms, &other);
	advance_s(2);
	CU_ASSERT_EQUAL(n_recorded(), 1);
	cgn_alarms_set_conf(alarms, &conf);
	advance_s(30);
	cgn_alarms_set_conf(alarms, &other);
	advance_s(2);
	CU_ASSERT_EQUAL(n_recorded(), 1);
	end();
}

/* The place of a pool or a group that is gone has another name: what was told of the old one does not count.
 * REQ: N-LIVE-33 */
static void
a_new_name_at_an_old_place_begins_anew(void)
{
	struct cgn_conf_pool other_pools[2];
	struct cgn_conf_group other_groups[1];
	struct cgn_conf other;
	const char *text;

	begin();
	pools[0].use_low_percent = 10;
	use(CGN_PROTO_UDP, 1000, 1000);
	cgn_counter_set(&stats[0].pool[0].address_failures, 7);
	cgn_counter_set(&stats[0].pool[0].port_failures, 8);
	cgn_counter_set(&stats[0].group[0].thresholds, 9);
	advance_s(2);
	(void)logfix_new();
	memcpy(other_pools, pools, sizeof(other_pools));
	memcpy(other_groups, groups, sizeof(other_groups));
	snprintf(other_pools[0].name, sizeof(other_pools[0].name), "guests");
	snprintf(other_groups[0].name, sizeof(other_groups[0].name), "some");
	other = conf;
	other.pools = other_pools;
	other.groups = other_groups;
	use(CGN_PROTO_UDP, 0, 0);
	cgn_counter_set(&stats[0].pool[0].address_failures, 2);
	cgn_counter_set(&stats[0].pool[0].port_failures, 3);
	cgn_counter_set(&stats[0].group[0].thresholds, 4);
	cgn_alarms_set_conf(alarms, &other);
	advance_s(2);
	text = logfix_new();
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "addresses-exhausted: pool=guests refused=2"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "ports-exhausted: pool=guests refused=3"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "subscriber-threshold: group=some subscribers=4"));
	/* It is new and empty, which is no news. */
	CU_ASSERT_EQUAL(n_recorded(), 0);
	end();
}

/* What a pool or a group has told is over when a reload removes it. If it comes back, its counters go on.
 * REQ: G-DAY-33 */
static void
what_a_removed_name_refuses_is_over(void)
{
	struct cgn_conf_pool other_pools[2];
	struct cgn_conf_group other_groups[1];
	struct cgn_conf other;
	const char *text;

	begin();
	pools[0].use_high_percent = 50;
	pools[0].blocks_high_percent = 50;
	use(CGN_PROTO_UDP, 1000, 1000);
	cgn_counter_set(&stats[0].pool[0].blocks, 10);
	cgn_counter_set(&stats[0].pool[0].blocks_used, 10);
	cgn_counter_set(&stats[0].pool[0].address_failures, 7);
	cgn_counter_set(&stats[0].pool[0].port_failures, 8);
	cgn_counter_set(&stats[0].group[0].limited[CGN_GROUP_LIMIT_RATE], 9);
	advance_s(2);
	CU_ASSERT_EQUAL(logfix_count(logfix_new(), "\n"), 5);
	memcpy(other_pools, pools, sizeof(other_pools));
	memcpy(other_groups, groups, sizeof(other_groups));
	other_pools[0].is_gone = true;
	other_pools[0].n_addresses = 0;
	other_groups[0].is_gone = true;
	other = conf;
	other.pools = other_pools;
	other.groups = other_groups;
	cgn_alarms_set_conf(alarms, &other);
	text = logfix_new();
	CU_ASSERT_EQUAL(logfix_count(text, "\n"), 5);
	CU_ASSERT_EQUAL(logfix_count(text,
					"threshold-over: a reload has removed it threshold=pools.use_high_percent pool=homes\n"),
			1);
	CU_ASSERT_EQUAL(logfix_count(text,
					"blocks-high-over: a reload has removed it pool=homes\n"),
			1);
	CU_ASSERT_EQUAL(logfix_count(text,
					"address-refusals-over: a reload has removed it pool=homes after_s=0 refused=7\n"),
			1);
	CU_ASSERT_EQUAL(logfix_count(text,
					"port-refusals-over: a reload has removed it pool=homes after_s=0 refused=8\n"),
			1);
	CU_ASSERT_EQUAL(logfix_count(text,
					"group-refusals-over: a reload has removed it group=all limit=mappings_per_s after_s=0 refused=9\n"),
			1);
	pools[0].use_high_percent = pools[0].blocks_high_percent = 0;
	cgn_alarms_set_conf(alarms, &conf);
	advance_s(60);
	CU_ASSERT_STRING_EQUAL(logfix_new(), "");
	end();
}

/* A reload raises a threshold that was reached: the new one is told when it is reached. */
static void
a_raised_threshold_is_reached_anew(void)
{
	begin();
	pools[0].use_high_percent = 80;
	conf.nat.subscribers_high = 40;
	use(CGN_PROTO_UDP, 800, 800);
	cgn_counter_set(&stats[0].gauge[CGN_G_SUBSCRIBERS], 40);
	advance_s(2);
	CU_ASSERT_EQUAL(n_recorded(), 2);
	pools[0].use_high_percent = 85;
	conf.nat.subscribers_high = 44;
	advance_s(30);
	CU_ASSERT_EQUAL(n_recorded(), 0);
	use(CGN_PROTO_UDP, 850, 850);
	advance_s(2);
	CU_ASSERT_EQUAL(recorded().mark, 85);
	cgn_counter_set(&stats[0].gauge[CGN_G_SUBSCRIBERS], 44);
	advance_s(2);
	CU_ASSERT_EQUAL(recorded().mark, 44);
	end();
}

/* Without an export there is a log line all the same. */
static void
without_records_the_log_tells(void)
{
	begin();
	cgn_alarms_set_records(alarms, NULL);
	conf.nat.subscribers_high = 40;
	cgn_counter_set(&stats[0].gauge[CGN_G_SUBSCRIBERS], 50);
	advance_s(2);
	CU_ASSERT_EQUAL(n_recorded(), 0);
	CU_ASSERT_EQUAL(logfix_count(logfix_new(),
					"threshold-reached: threshold=nat.subscribers_high mark=40 value=50 entries=50\n"),
			1);
	end();
}

/* A line when a limit begins to refuse, and one when it is over, however often it refuses. REQ: G-DAY-33 */
static void
refusals_have_one_line_when_they_begin_and_one_when_they_are_over(void)
{
	const char *text;

	begin();
	for (unsigned int i = 0; i < 45; i++) {
		for (unsigned int w = 0; w < N_WORKERS; w++) {
			cgn_counter_add(&stats[w].pool[1].address_failures, 5);
			cgn_counter_add(&stats[w].pool[0].port_failures, 1);
			cgn_counter_add(&stats[w].verdict[CGN_V_SUBSCRIBERS_MAX], 2);
			cgn_counter_add(&stats[w].verdict[CGN_V_NO_MBUF], 3);
			cgn_counter_add(&stats[w].group[0].limited[CGN_GROUP_LIMIT_RATE], 4);
		}
		advance_s(1);
	}
	text = logfix_new();
	CU_ASSERT_EQUAL(logfix_count(text, "\n"), 5);
	CU_ASSERT_EQUAL(logfix_count(text, "warning addresses-exhausted: pool=fast refused=10\n"),
			1);
	CU_ASSERT_EQUAL(logfix_count(text, "warning ports-exhausted: pool=homes refused=2\n"), 1);
	CU_ASSERT_EQUAL(logfix_count(text,
					"warning quota-exceeded: limit=nat.subscribers_max refused=4\n"),
			1);
	CU_ASSERT_EQUAL(logfix_count(text,
					"warning buffers-exhausted: where=\"ports and workers\" refused=6\n"),
			1);
	CU_ASSERT_EQUAL(logfix_count(text,
					"warning group-limited: group=all limit=mappings_per_s refused=8\n"),
			1);
	/* What nobody asks for any more may still be full, and the last line must not say otherwise. */
	for (unsigned int w = 0; w < N_WORKERS; w++) {
		cgn_counter_set(&stats[w].pool[0].blocks, 10);
		cgn_counter_set(&stats[w].pool[0].blocks_used, 10);
	}
	cgn_counter_set(&stats[0].gauge[CGN_G_SUBSCRIBERS], 7);
	/* It may begin again soon, so it is not over at once. */
	advance_s(19);
	CU_ASSERT_STRING_EQUAL(logfix_new(), "");
	advance_s(2);
	text = logfix_new();
	CU_ASSERT_EQUAL(logfix_count(text, "\n"), 5);
	CU_ASSERT_EQUAL(logfix_count(text,
					"notice address-refusals-over: no refusal for 20 s pool=fast after_s=44 refused=450 blocks_used=0 blocks=0\n"),
			1);
	CU_ASSERT_EQUAL(logfix_count(text,
					"notice port-refusals-over: no refusal for 20 s pool=homes after_s=44 refused=90 blocks_used=20 blocks=20\n"),
			1);
	CU_ASSERT_EQUAL(logfix_count(text,
					"notice quota-refusals-over: no refusal for 20 s limit=nat.subscribers_max after_s=44 refused=180 in_use=7\n"),
			1);
	CU_ASSERT_EQUAL(logfix_count(text,
					"notice buffer-losses-over: no refusal for 20 s where=\"ports and workers\" after_s=44 refused=270\n"),
			1);
	CU_ASSERT_EQUAL(logfix_count(text,
					"notice group-refusals-over: no refusal for 20 s group=all limit=mappings_per_s after_s=44 refused=360\n"),
			1);
	advance_s(60);
	CU_ASSERT_STRING_EQUAL(logfix_new(), "");
	CU_ASSERT_EQUAL(n_recorded(), 0);
	end();
}

/* What refuses for a moment every few seconds is one episode, and not a flood of lines. REQ: G-DAY-33 */
static void
refusals_with_short_pauses_are_one_episode(void)
{
	begin();
	for (unsigned int i = 0; i < 20; i++) {
		cgn_counter_add(&stats[0].pool[0].address_failures, 1);
		advance_s(15);
	}
	CU_ASSERT_EQUAL(logfix_count(logfix_new(), "\n"), 1);
	advance_s(10);
	CU_ASSERT_EQUAL(logfix_count(logfix_new(),
					"address-refusals-over: no refusal for 20 s pool=homes after_s=285 refused=20 "),
			1);
	/* A new one counts anew. */
	cgn_counter_add(&stats[0].pool[0].address_failures, 7);
	advance_s(1);
	CU_ASSERT_EQUAL(logfix_count(logfix_new(), "addresses-exhausted: pool=homes refused=7\n"),
			1);
	end();
}

/* The counters of a device begin at 0 when it starts anew. REQ: G-DAY-33 */
static void
counter_that_falls_is_no_refusal(void)
{
	begin();
	cgn_counter_set(&stats[0].verdict[CGN_V_NO_MBUF], 100);
	advance_s(1);
	CU_ASSERT_EQUAL(logfix_count(logfix_new(),
					"buffers-exhausted: where=\"ports and workers\" refused=100\n"),
			1);
	cgn_counter_set(&stats[0].verdict[CGN_V_NO_MBUF], 3);
	advance_s(1);
	cgn_counter_set(&stats[0].verdict[CGN_V_NO_MBUF], 5);
	advance_s(30);
	CU_ASSERT_EQUAL(logfix_count(logfix_new(), "after_s=2 refused=102\n"), 1);
	cgn_counter_set(&stats[0].verdict[CGN_V_NO_MBUF], 0);
	advance_s(30);
	CU_ASSERT_STRING_EQUAL(logfix_new(), "");
	end();
}

/* G-DET-6, G-NTF-1: subscribers that reached a threshold of their group. */
static void
thresholds_of_subscribers_are_logged(void)
{
	begin();
	cgn_counter_set(&stats[0].group[0].thresholds, 2);
	cgn_counter_set(&stats[1].group[0].thresholds, 1);
	advance_s(5);
	CU_ASSERT_EQUAL(logfix_count(logfix_new(),
					"subscriber-threshold: group=all subscribers=3\n"),
			1);
	end();
}

static void
static_mappings_that_wait_are_told_once(void)
{
	const char *text;

	begin();
	/* A turn after a reload takes a moment. */
	cgn_counter_set(&stats[0].gauge[CGN_G_STATICS_WAITING], 2);
	advance_s(1);
	cgn_counter_set(&stats[0].gauge[CGN_G_STATICS_WAITING], 0);
	advance_s(2);
	CU_ASSERT_EQUAL(logfix_count(logfix_new(), "static-mappings"), 0);
	cgn_counter_set(&stats[0].gauge[CGN_G_STATICS_WAITING], 2);
	cgn_counter_set(&stats[1].gauge[CGN_G_STATICS_WAITING], 1);
	advance_s(100);
	text = logfix_new();
	CU_ASSERT_EQUAL(logfix_count(text, "static-mappings"), 1);
	CU_ASSERT_EQUAL(logfix_count(text, "static-mappings-wait: mappings=3 "), 1);
	cgn_counter_set(&stats[0].gauge[CGN_G_STATICS_WAITING], 0);
	advance_s(10);
	CU_ASSERT_EQUAL(logfix_count(logfix_new(), "static-mappings"), 0);
	cgn_counter_set(&stats[1].gauge[CGN_G_STATICS_WAITING], 0);
	advance_s(10);
	CU_ASSERT_EQUAL(logfix_count(logfix_new(),
					"static-mappings-made: no static mapping waits any more\n"),
			1);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(static_mappings_that_wait_are_told_once),
	CU_TEST_ROW(thresholds_are_off_by_default),
	CU_TEST_ROW(a_pool_reaches_its_high_threshold),
	CU_TEST_ROW(a_pool_that_is_nearly_full_is_told),
	CU_TEST_ROW(what_a_removed_name_refuses_is_over),
	CU_TEST_ROW(twice_within_the_interval_is_told_once),
	CU_TEST_ROW(what_still_holds_after_the_interval_is_told),
	CU_TEST_ROW(a_little_below_is_not_below),
	CU_TEST_ROW(a_pool_falls_to_its_low_threshold),
	CU_TEST_ROW(gauges_of_all_workers_reach_their_thresholds),
	CU_TEST_ROW(thresholds_follow_the_configuration),
	CU_TEST_ROW(a_new_name_at_an_old_place_begins_anew),
	CU_TEST_ROW(a_raised_threshold_is_reached_anew),
	CU_TEST_ROW(without_records_the_log_tells),
	CU_TEST_ROW(refusals_have_one_line_when_they_begin_and_one_when_they_are_over),
	CU_TEST_ROW(refusals_with_short_pauses_are_one_episode),
	CU_TEST_ROW(counter_that_falls_is_no_refusal),
	CU_TEST_ROW(thresholds_of_subscribers_are_logged),
};

CU_MAIN("alarms", tests)
