/* SPDX-License-Identifier: BSD-3-Clause */
/* Who had a port, by records. */
#include "tests/support/tracefix.h"

static struct cgn_trace_answer list(double from, double to);

/* A run from its first record to its last one, without losses. */
static void
whole_run(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	allocated(20, 2, 10, 1536, 2047);
	released(30, 3, 9, 1024, 1535);
	allocated(40, 4, 11, 1024, 1535);
	put(60, "stop", 1, "export", 2, "%s", "");
}

/* G-LOG-1: enough to find the subscriber from address, port and time. */
static void
port_belongs_to_the_block_around_it(void)
{
	for (int i = 0; i < 2; i++) {
		add_twice_and_backwards = i == 1;
		whole_run();
		CU_ASSERT_EQUAL(who(5, 1024), 0);
		CU_ASSERT_EQUAL(who(9.999, 1024), 0);
		CU_ASSERT_EQUAL(who(10, 1024), 9);
		CU_ASSERT_EQUAL(who(29.999, 1535), 9);
		CU_ASSERT_EQUAL(who(30, 1535), 0);
		CU_ASSERT_EQUAL(who(39.999, 1024), 0);
		CU_ASSERT_EQUAL(who(40, 1024), 11);
		CU_ASSERT_EQUAL(who(60, 1024), 11);
		CU_ASSERT_EQUAL(who(25, 1536), 10);
		CU_ASSERT_EQUAL(who(25, 2048), 0);
		CU_ASSERT_EQUAL(who(25, 1023), 0);
	}
	add_twice_and_backwards = false;
}

static void
answer_has_all_that_is_known(void)
{
	struct cgn_trace_answer a;

	whole_run();
	a = ask(15, 1100);
	CU_ASSERT_EQUAL(a.tenure.first, 1024);
	CU_ASSERT_EQUAL(a.tenure.last, 1535);
	CU_ASSERT_TRUE(a.tenure.has_since);
	CU_ASSERT_EQUAL(a.tenure.since_ms, BASE_MS + 10000);
	CU_ASSERT_EQUAL(a.tenure.until_ms, BASE_MS + 30000);
	CU_ASSERT_EQUAL(a.tenure.end, CGN_TRACE_END_RELEASED);
	CU_ASSERT_EQUAL(a.tenure.boot, 1);
	CU_ASSERT_EQUAL(a.tenure.producer, CGN_TRACE_WORKER0);
	CU_ASSERT_STRING_EQUAL(a.tenure.pool, "homes");
	CU_ASSERT_STRING_EQUAL(a.tenure.host, "box");
	CU_ASSERT_STRING_EQUAL(a.tenure.instance, "cgnd");
	a = ask(45, 1100);
	CU_ASSERT_EQUAL(a.tenure.until_ms, BASE_MS + 60000);
	CU_ASSERT_EQUAL(a.tenure.end, CGN_TRACE_END_STOP);
}

/* A lease may have a port in somebody else's block. */
static void
single_port_counts_more_than_the_block_around_it(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 20, 1100, 1100);
	allocated(20, 2, 9, 1024, 1535);
	released(30, 3, 20, 1100, 1100);
	put(60, "stop", 1, "export", 2, "%s", "");
	CU_ASSERT_EQUAL(who(15, 1100), 20);
	CU_ASSERT_EQUAL(who(25, 1100), 20);
	CU_ASSERT_EQUAL(who(25, 1101), 9);
	CU_ASSERT_EQUAL(who(35, 1100), 9);
}

/* G-LOG-2: no answer from behind a gap that could hide another one. */
static void
gap_makes_unsure_what_it_can_hide(void)
{
	struct cgn_trace_answer a;

	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	allocated(11, 2, 12, 3072, 3583);
	gap(20, 3, 10, 2);
	allocated(30, 11, 10, 1536, 2047);
	released(40, 12, 9, 1024, 1535);
	put(60, "stop", 1, "export", 2, "%s", "");
	CU_ASSERT_EQUAL(who(15, 1100), 9);
	CU_ASSERT_EQUAL(who(19.999, 1100), 9);
	CU_ASSERT_EQUAL(who(20, 1100), UNSURE(LOST));
	CU_ASSERT_EQUAL(who(25, 1100), UNSURE(LOST));
	/* It was released behind the gap, so nobody else had the block before that. */
	CU_ASSERT_EQUAL(who(35, 1100), 9);
	/* But a lease of a single port may be lost. */
	CU_ASSERT_EQUAL(ask(35, 1100).reason, CGN_TRACE_LOST);
	CU_ASSERT_EQUAL(ask(15, 1100).reason, CGN_TRACE_CERTAIN);
	CU_ASSERT_EQUAL(who(45, 1100), UNSURE(LOST));
	CU_ASSERT_EQUAL(who(31, 1600), 10);
	CU_ASSERT_EQUAL(who(29, 1600), UNSURE(LOST));
	/* 12 may have released it meanwhile. */
	CU_ASSERT_EQUAL(who(50, 3100), UNSURE(LOST));
	a = ask(50, 3100);
	CU_ASSERT_TRUE(a.has_tenure);
	CU_ASSERT_EQUAL(a.tenure.inside.ip4, RTE_BE32(0x6440000c));
	CU_ASSERT_EQUAL(a.reason_ms, BASE_MS + 20000);
	/* Somebody may have got it in the gap. */
	CU_ASSERT_EQUAL(who(50, 5000), UNSURE(LOST));
	CU_ASSERT_EQUAL(who(12, 5000), 0);
}

static void
gap_without_blocks_hides_nothing(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	gap(20, 2, 10, 0);
	released(40, 11, 9, 1024, 1535);
	allocated(50, 12, 10, 2048, 2559);
	put(60, "stop", 1, "export", 2, "%s", "");
	CU_ASSERT_EQUAL(who(25, 1100), 9);
	CU_ASSERT_EQUAL(who(45, 1100), 0);
	CU_ASSERT_EQUAL(who(25, 5000), 0);
}

/* A file of the middle is not there. */
static void
missing_numbers_are_noticed(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	allocated(30, 5, 10, 1536, 2047);
	put(60, "stop", 1, "export", 2, "%s", "");
	/* The next ones may have the same time, because one burst of packets has made them. */
	CU_ASSERT_EQUAL(who(10, 1100), UNSURE(MISSING));
	CU_ASSERT_EQUAL(who(10, 5000), UNSURE(MISSING));
	CU_ASSERT_EQUAL(ask(10, 5000).reason_ms, BASE_MS + 10000);
	CU_ASSERT_EQUAL(who(20, 1100), UNSURE(MISSING));
	CU_ASSERT_EQUAL(who(40, 1100), UNSURE(MISSING));
	CU_ASSERT_EQUAL(who(40, 1600), 10);
}

/* The records of another worker do not matter to an address. */
static void
losses_of_another_worker_do_not_matter(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	allocated(30, 2, 10, 2048, 2559);
	put(12, "gap", 1, "worker1", 0, "%s",
			"first=\"1\" last=\"5\" lost=\"5\" lost.blocks=\"5\"");
	put(60, "stop", 1, "export", 2, "%s", "");
	CU_ASSERT_EQUAL(who(20, 1100), 9);
	CU_ASSERT_EQUAL(who(20, 5000), 0);
}

/* The first files are not there any more. */
static void
records_that_begin_later_say_what_they_can(void)
{
	begin();
	allocated(10, 7, 10, 1536, 2047);
	released(20, 8, 9, 1024, 1535);
	allocated(30, 9, 11, 1024, 1535);
	CU_ASSERT_EQUAL(who(5, 1600), UNSURE(BEFORE));
	CU_ASSERT_EQUAL(who(15, 1600), 10);
	/* Nobody else can have had it before its release. */
	CU_ASSERT_EQUAL(who(15, 1100), 9);
	CU_ASSERT_FALSE(ask(15, 1100).tenure.has_since);
	CU_ASSERT_EQUAL(who(30, 1100), 11);
	/* Somebody may have got it before, at least this single port. */
	CU_ASSERT_EQUAL(who(25, 1100), UNSURE(BEFORE));
	CU_ASSERT_EQUAL(who(25, 5000), UNSURE(BEFORE));
}

static void
records_that_end_earlier_say_nothing_of_later(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	put(20, "binding-created", 1, "worker1", 1, "%s", "natEvent=\"14\"");
	CU_ASSERT_EQUAL(who(20, 1100), 9);
	CU_ASSERT_EQUAL(who(20.001, 1100), UNSURE(BEHIND));
	CU_ASSERT_TRUE(ask(30, 1100).has_tenure);
}

/* Blocks that were never returned end with the next start. */
static void
crash_ends_all_blocks(void)
{
	struct cgn_trace_answer a;

	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	started(30, 2, "crash", 1);
	put(40, "block-allocated", 2, "worker0", 1, BLOCK, 10, 1024, 1535);
	put(50, "stop", 2, "export", 2, "%s", "");
	CU_ASSERT_EQUAL(who(20, 1100), 9);
	a = ask(20, 1100);
	CU_ASSERT_EQUAL(a.tenure.end, CGN_TRACE_END_CRASH);
	CU_ASSERT_EQUAL(a.tenure.until_ms, BASE_MS + 30000);
	CU_ASSERT_EQUAL(who(35, 1100), 0);
	CU_ASSERT_EQUAL(who(45, 1100), 10);
	/* The last records before the crash may be missing. */
	CU_ASSERT_EQUAL(who(20, 5000), UNSURE(CRASHED));
	CU_ASSERT_EQUAL(who(9, 5000), 0);
}

static void
run_between_two_others_is_missed(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	put(20, "stop", 1, "export", 2, "%s", "");
	started(40, 3, "stop", 2);
	put(49, "block-allocated", 3, "worker0", 1, BLOCK, 12, 2048, 2559);
	put(50, "stop", 3, "export", 2, "%s", "");
	CU_ASSERT_EQUAL(who(15, 1100), 9);
	CU_ASSERT_EQUAL(who(30, 1100), UNSURE(MISSING));
	CU_ASSERT_EQUAL(who(45, 1100), 0);
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	started(40, 3, "stop", 2);
	CU_ASSERT_EQUAL(who(30, 1100), UNSURE(MISSING));
	CU_ASSERT_EQUAL(who(10, 1100), 9);
}

/* The last file of a worker that has become quiet may be missing. Other workers went on. */
static void
quiet_worker_leaves_a_doubt(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	put(50, "binding-created", 1, "worker1", 1, "%s", "natEvent=\"14\"");
	put(60, "stop", 1, "export", 2, "%s", "");
	CU_ASSERT_EQUAL(ask(10, 1100).reason, CGN_TRACE_BEHIND);
	CU_ASSERT_EQUAL(who(30, 1100), 9);
	CU_ASSERT_EQUAL(ask(30, 1100).reason, CGN_TRACE_BEHIND);
	CU_ASSERT_EQUAL(who(30, 5000), UNSURE(BEHIND));
	CU_ASSERT_EQUAL(who(5, 5000), 0);
}

/* Between two checkpoints with the same number, nothing has happened. */
static void
checkpoints_take_the_doubts_about_a_quiet_worker(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	checkpoint(20, "worker0", 1);
	checkpoint(40, "worker0", 1);
	put(50, "binding-created", 1, "worker1", 1, "%s", "natEvent=\"14\"");
	CU_ASSERT_EQUAL(who(39.999, 1100), 9);
	CU_ASSERT_EQUAL(ask(39.999, 1100).reason, CGN_TRACE_CERTAIN);
	CU_ASSERT_EQUAL(who(39.999, 5000), 0);
	/* In the millisecond of the checkpoint there may be a record behind it. */
	CU_ASSERT_EQUAL(ask(40, 1100).reason, CGN_TRACE_BEHIND);
	CU_ASSERT_EQUAL(who(40, 5000), UNSURE(BEHIND));
	checkpoint(60, "worker0", 1);
	put(60, "stop", 1, "export", 2, "%s", "");
	CU_ASSERT_EQUAL(ask(59.999, 1100).reason, CGN_TRACE_CERTAIN);
	/* A crash: the time up to the last checkpoint is sure. */
	n_lines -= 2;
	started(60, 2, "crash", 1);
	CU_ASSERT_EQUAL(ask(39, 1100).reason, CGN_TRACE_CERTAIN);
	CU_ASSERT_EQUAL(ask(41, 1100).reason, CGN_TRACE_CRASHED);
	CU_ASSERT_EQUAL(who(39, 5000), 0);
}

static void
worker_without_records_had_no_ports_up_to_its_checkpoint(void)
{
	begin();
	started(0, 1, "nothing", 0);
	checkpoint(1, "worker0", 0);
	checkpoint(30, "worker0", 0);
	put(50, "lease-renewed", 1, "control", 1, "%s", "cause=\"request\"");
	CU_ASSERT_EQUAL(who(0.5, 1100), 0);
	CU_ASSERT_EQUAL(who(29, 1100), 0);
	CU_ASSERT_EQUAL(who(31, 1100), UNSURE(BEHIND));
	/* The next record is number 1. */
	allocated(40, 1, 9, 1024, 1535);
	CU_ASSERT_EQUAL(who(31, 1100), 0);
	CU_ASSERT_EQUAL(who(40, 1100), 9);
}

/* A checkpoint tells of records that are not there. */
static void
checkpoint_shows_what_is_missing(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	checkpoint(40, "worker0", 3);
	put(60, "stop", 1, "export", 2, "%s", "");
	CU_ASSERT_EQUAL(who(10, 1100), UNSURE(MISSING));
	CU_ASSERT_EQUAL(who(20, 1100), UNSURE(MISSING));
	CU_ASSERT_EQUAL(who(50, 1100), UNSURE(MISSING));
}

/* The files of the days before are not there. This one begins with a checkpoint. */
static void
file_of_one_day_knows_what_has_happened_in_it(void)
{
	begin();
	checkpoint(10, "worker0", 6);
	allocated(20, 7, 10, 1536, 2047);
	checkpoint(50, "worker0", 7);
	CU_ASSERT_EQUAL(who(9, 1600), UNSURE(BEFORE));
	CU_ASSERT_EQUAL(who(15, 1600), UNSURE(BEFORE));
	CU_ASSERT_EQUAL(who(30, 1600), 10);
	/* A lease of this single port may be from the day before. */
	CU_ASSERT_EQUAL(ask(30, 1600).reason, CGN_TRACE_BEFORE);
	/* Held since the day before, or free. */
	CU_ASSERT_EQUAL(who(30, 1100), UNSURE(BEFORE));
	CU_ASSERT_EQUAL(ask(30, 1100).reason_ms, BASE_MS + 10000);
}

/* The ring was full: what one sink has lost, the other one has. */
static void
files_of_two_sinks_complete_each_other(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	gap(20, 2, 4, 3);
	released(30, 3, 9, 1024, 1535);
	gap(40, 4, 5, 1);
	allocated(50, 6, 12, 3072, 3583);
	put(60, "stop", 1, "export", 2, "%s", "");
	CU_ASSERT_EQUAL(who(15, 1100), 9);
	CU_ASSERT_EQUAL(who(25, 1100), UNSURE(LOST));
	/* It was released. 2 may be a lease of this port. */
	CU_ASSERT_EQUAL(who(35, 1100), UNSURE(LOST));
	CU_ASSERT_EQUAL(who(45, 1100), UNSURE(LOST));
	allocated(22, 2, 10, 1536, 2047);
	CU_ASSERT_EQUAL(who(25, 1100), 9);
	CU_ASSERT_EQUAL(who(25, 1600), 10);
	CU_ASSERT_EQUAL(who(35, 1100), 0); /* 4 is later, the second gap says */
	CU_ASSERT_EQUAL(who(45, 1100), UNSURE(LOST));
	allocated(41, 4, 11, 1024, 1535);
	released(42, 5, 11, 1024, 1535);
	CU_ASSERT_EQUAL(who(41.5, 1100), 11);
	CU_ASSERT_EQUAL(who(45, 1100), 0);
	/* One gap says that it has lost no blocks. So what both have lost was none. */
	n_lines -= 2;
	gap(40, 4, 5, 0);
	CU_ASSERT_EQUAL(who(45, 1100), 0);
}

/* Nobody has told that the clock was set. */
static void
times_in_a_wrong_order_make_no_answer_certain(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 12, 3072, 3583);
	gap(30, 2, 4, 1);
	allocated(5, 5, 9, 1024, 1535);
	checkpoint(60, "worker0", 5);
	CU_ASSERT_EQUAL(who(6, 1100), UNSURE(CLOCK));
}

/* A lost record of the exporter may be that of a step. */
static void
lost_step_of_the_clock_makes_its_time_unsure(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	checkpoint(20, "export", 1);
	put(30, "gap", 1, "export", 0, "%s",
			"first=\"2\" last=\"2\" lost=\"1\" lost.process=\"1\"");
	checkpoint(100, "worker0", 1);
	CU_ASSERT_EQUAL(who(15, 1100), 9);
	CU_ASSERT_EQUAL(who(25, 1100), UNSURE(LOST));
	CU_ASSERT_EQUAL(who(90, 1100), UNSURE(LOST));
	/* Another file has it. */
	put(30, "clock-step", 1, "export", 2, "stepMilliseconds=\"-5000\"");
	CU_ASSERT_EQUAL(who(25, 1100), 9);
	CU_ASSERT_EQUAL(who(32, 1100), UNSURE(CLOCK));
	CU_ASSERT_EQUAL(who(90, 1100), 9);
	/* A file in the middle is missing. */
	n_lines -= 3;
	checkpoint(50, "export", 2);
	checkpoint(100, "worker0", 1);
	CU_ASSERT_EQUAL(who(15, 1100), 9);
	CU_ASSERT_EQUAL(who(30, 1100), UNSURE(LOST));
	CU_ASSERT_EQUAL(who(90, 1100), 9);
}

/* The control thread records the lease, and a worker has the address. */
static void
lease_does_not_hide_whose_address_it_is(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	put(11, "lease-made", 1, "control", 1, "%s", "postNATSourceIPv4Address=\"198.51.100.3\"");
	put(12, "gap", 1, "worker1", 0, "%s",
			"first=\"1\" last=\"5\" lost=\"5\" lost.blocks=\"5\"");
	checkpoint(60, "worker0", 1);
	put(60, "stop", 1, "export", 2, "%s", "");
	CU_ASSERT_EQUAL(who(20, 5000), 0);
}

/* Own ranges of deterministic groups have no records, so nobody is not known. */
static void
deterministic_groups_may_have_what_no_record_tells(void)
{
	begin();
	put(0, "start", 1, "export", 1, "%s",
			"after=\"nothing\" records=\"blocks\" deterministicGroups=\"1\"");
	allocated(10, 1, 9, 1024, 1535);
	checkpoint(60, "worker0", 1);
	CU_ASSERT_EQUAL(who(20, 1100), 9);
	CU_ASSERT_EQUAL(ask(20, 1100).reason, CGN_TRACE_CERTAIN);
	CU_ASSERT_EQUAL(who(20, 5000), UNSURE(DETERMINISTIC));
	CU_ASSERT_EQUAL(list(5, 20).reason, CGN_TRACE_DETERMINISTIC);
}

/* Later releases add events and fields. */
static void
unknown_events_count_by_their_number(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	put(20, "mapping-created", 1, "worker0", 2, "%s",
			"portRangeStart=\"70000\" mappingThing=\"[x\\\"y\\]\"");
	released(30, 3, 9, 1024, 1535);
	checkpoint(40, "worker0", 3);
	CU_ASSERT_EQUAL(who(25, 1100), 9);
	CU_ASSERT_EQUAL(who(30, 1100), 0);
}

/* No record of a worker: nothing tells whether some are missing. */
static void
run_without_records_of_workers_says_nothing(void)
{
	begin();
	started(0, 1, "nothing", 0);
	put(50, "lease-renewed", 1, "control", 1, "%s", "cause=\"request\"");
	CU_ASSERT_EQUAL(who(30, 1100), UNSURE(MISSING));
}

/* export.records had no blocks, so that nobody can be found. */
static void
run_without_records_of_blocks_says_nothing(void)
{
	begin();
	put(0, "start", 1, "export", 1, "%s", "after=\"nothing\" records=\"bindings,leases\"");
	put(50, "binding-created", 1, "worker0", 1, "%s", "natEvent=\"14\"");
	CU_ASSERT_EQUAL(who(30, 1100), UNSURE(NO_BLOCKS));
	begin();
	put(0, "start", 1, "export", 1, "%s", "after=\"nothing\" records=\"bindings,blocks\"");
	put(50, "binding-created", 1, "worker0", 1, "%s", "natEvent=\"14\"");
	CU_ASSERT_EQUAL(who(30, 1100), 0);
}

/* The beginning of a run is missing, or it does not know of the run before. */
static void
run_that_does_not_know_the_one_before_says_nothing_of_it(void)
{
	for (int i = 0; i < 2; i++) {
		begin();
		started(0, 1, "nothing", 0);
		allocated(10, 1, 9, 1024, 1535);
		checkpoint(20, "worker0", 1);
		put(20, "stop", 1, "export", 2, "%s", "");
		if (i == 0)
			put(40, "start", 2, "export", 1, "%s", "after=\"unknown\"");
		put(45, "binding-created", 2, "worker0", 1, "%s", "natEvent=\"14\"");
		CU_ASSERT_EQUAL(who(30, 1100), UNSURE(MISSING));
		CU_ASSERT_EQUAL(list(5, 46).reason, CGN_TRACE_MISSING);
	}
}

/* Between a stop and the next start nobody has ports. */
static void
nobody_has_ports_while_cgnd_is_stopped(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	put(20, "stop", 1, "export", 2, "%s", "");
	started(40, 2, "stop", 1);
	put(50, "stop", 2, "export", 2, "%s", "");
	CU_ASSERT_EQUAL(who(30, 1100), 0);
	CU_ASSERT_EQUAL(who(-1, 1100), UNSURE(BEFORE));
	/* Behind the last stop, cgnd may have started again, with its records in a file that is not there. */
	CU_ASSERT_EQUAL(who(50.001, 1100), UNSURE(BEHIND));
}

static void
clock_that_was_set_makes_its_time_unsure(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(100, 1, 9, 1024, 1535);
	/* The clock goes from 200 back to 150. */
	put(150, "clock-step", 1, "export", 2, "stepMilliseconds=\"-50000\"");
	put(300, "stop", 1, "export", 3, "%s", "");
	CU_ASSERT_EQUAL(who(149, 1100), 9);
	CU_ASSERT_EQUAL(who(151, 1100), UNSURE(CLOCK));
	CU_ASSERT_EQUAL(who(199, 1100), UNSURE(CLOCK));
	CU_ASSERT_EQUAL(who(201, 1100), 9);
}

/* Two cards write into one file. */
static void
other_cgnd_is_told_apart(void)
{
	static const char other[] =
			"<134>1 2026-11-28T03:00:05.000Z bo2 cgnd 7 start [cgnd@32473 instance=\"cgnd\" "
			"boot=\"77\" producer=\"export\" seq=\"1\" after=\"nothing\"]";

	whole_run();
	strcpy(lines[n_lines++], other);
	put(61, "gap", 0x77, "worker0", 0, "%s",
			"first=\"1\" last=\"5\" lost=\"5\" lost.blocks=\"5\"");
	memcpy(strstr(lines[n_lines - 1], "box"), "bo2", 3);
	CU_ASSERT_EQUAL(who(25, 1024), 9);
	CU_ASSERT_EQUAL(who(35, 1024), 0);
}

static void
no_records_say_nothing(void)
{
	begin();
	CU_ASSERT_EQUAL(who(5, 1024), UNSURE(NO_RECORDS));
}

/* --- a subscriber ---------------------------------------------------------------------------- */

static unsigned int n_tenures;
static struct cgn_trace_tenure tenures[8];

static void
take(void *ctx, const struct cgn_trace_tenure *x)
{
	(void)ctx;
	if (n_tenures < 8)
		tenures[n_tenures] = *x;
	n_tenures++;
}

static struct cgn_trace_answer
list_of(struct cgn_trace_question *q, double from, double to)
{
	struct cgn_trace_answer a;

	q->from_ms = BASE_MS + (int64_t)(from * 1000);
	q->to_ms = BASE_MS + (int64_t)(to * 1000);
	cgn_trace_destroy(trace);
	CU_ASSERT_EQUAL_FATAL(cgn_trace_create(&trace, q, 1), 0);
	for (unsigned int i = 0; i < n_lines; i++)
		add(lines[i]);
	n_tenures = 0;
	CU_ASSERT_EQUAL(cgn_trace_end(trace), 0);
	CU_ASSERT_EQUAL(cgn_trace_list(trace, take, NULL, &a), 0);
	return a;
}

static struct cgn_trace_answer
list(double from, double to)
{
	struct cgn_trace_question q = { .is_of_subscriber = true,
		.subscriber = { .ip4 = RTE_BE32(0x64400009) } };

	return list_of(&q, from, to);
}

static void
ports_of_a_subscriber_are_listed_in_order(void)
{
	whole_run();
	n_lines--; /* another end */
	allocated(45, 5, 9, 2048, 2559);
	checkpoint(60, "worker0", 5);
	put(60, "stop", 1, "export", 2, "%s", "");
	CU_ASSERT_NOT_EQUAL(list(0, 60).verdict, CGN_TRACE_UNSURE);
	CU_ASSERT_EQUAL(n_tenures, 2);
	CU_ASSERT_EQUAL(tenures[0].first, 1024);
	CU_ASSERT_EQUAL(tenures[0].until_ms, BASE_MS + 30000);
	CU_ASSERT_EQUAL(tenures[1].first, 2048);
	CU_ASSERT_EQUAL(tenures[1].end, CGN_TRACE_END_STOP);
	list(31, 44);
	CU_ASSERT_EQUAL(n_tenures, 0);
	list(30, 45);
	CU_ASSERT_EQUAL(n_tenures, 2);
	list(0, 9);
	CU_ASSERT_EQUAL(n_tenures, 0);
}

static void
list_tells_what_may_be_missing(void)
{
	struct cgn_trace_answer a;

	whole_run();
	a = list(-5, 20);
	CU_ASSERT_EQUAL(a.reason, CGN_TRACE_BEFORE);
	gap(41, 5, 9, 3);
	a = list(5, 40);
	CU_ASSERT_NOT_EQUAL(a.verdict, CGN_TRACE_UNSURE);
	a = list(5, 50);
	CU_ASSERT_EQUAL(a.reason, CGN_TRACE_LOST);
	CU_ASSERT_EQUAL(a.reason_ms, BASE_MS + 41000);
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	a = list(5, 20);
	CU_ASSERT_EQUAL(a.reason, CGN_TRACE_BEHIND);
	CU_ASSERT_EQUAL(n_tenures, 1);
}

/* Those of other addresses are not in the list, and a gap leaves a doubt. REQ: G-DAY-16 */
static void
holders_of_an_address_are_listed_in_order(void)
{
	struct cgn_trace_question q = { .is_of_address = true, .ext = RTE_BE32(0xc6336403) };
	struct cgn_trace_question other = { .is_of_address = true, .ext = RTE_BE32(0xc6336404) };

	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	allocated(20, 2, 7, 1536, 2047);
	released(30, 3, 9, 1024, 1535);
	allocated(40, 4, 8, 1024, 1535);
	checkpoint(60, "worker0", 4);
	put(60, "stop", 1, "export", 2, "%s", "");
	CU_ASSERT_NOT_EQUAL(list_of(&q, 0, 60).verdict, CGN_TRACE_UNSURE);
	CU_ASSERT_EQUAL_FATAL(n_tenures, 3);
	CU_ASSERT_EQUAL(tenures[0].inside.ip4, RTE_BE32(0x64400009));
	CU_ASSERT_EQUAL(tenures[1].inside.ip4, RTE_BE32(0x64400007));
	CU_ASSERT_EQUAL(tenures[2].inside.ip4, RTE_BE32(0x64400008));
	list_of(&q, 35, 35);
	CU_ASSERT_EQUAL(n_tenures, 1);
	CU_ASSERT_NOT_EQUAL(list_of(&other, 0, 60).verdict, CGN_TRACE_UNSURE);
	CU_ASSERT_EQUAL(n_tenures, 0);
	gap(50, 5, 9, 3);
	CU_ASSERT_EQUAL(list_of(&q, 0, 55).reason, CGN_TRACE_LOST);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(port_belongs_to_the_block_around_it),
	CU_TEST_ROW(answer_has_all_that_is_known),
	CU_TEST_ROW(single_port_counts_more_than_the_block_around_it),
	CU_TEST_ROW(gap_makes_unsure_what_it_can_hide),
	CU_TEST_ROW(gap_without_blocks_hides_nothing),
	CU_TEST_ROW(missing_numbers_are_noticed),
	CU_TEST_ROW(losses_of_another_worker_do_not_matter),
	CU_TEST_ROW(records_that_begin_later_say_what_they_can),
	CU_TEST_ROW(records_that_end_earlier_say_nothing_of_later),
	CU_TEST_ROW(crash_ends_all_blocks),
	CU_TEST_ROW(run_between_two_others_is_missed),
	CU_TEST_ROW(quiet_worker_leaves_a_doubt),
	CU_TEST_ROW(checkpoints_take_the_doubts_about_a_quiet_worker),
	CU_TEST_ROW(worker_without_records_had_no_ports_up_to_its_checkpoint),
	CU_TEST_ROW(checkpoint_shows_what_is_missing),
	CU_TEST_ROW(file_of_one_day_knows_what_has_happened_in_it),
	CU_TEST_ROW(files_of_two_sinks_complete_each_other),
	CU_TEST_ROW(times_in_a_wrong_order_make_no_answer_certain),
	CU_TEST_ROW(lost_step_of_the_clock_makes_its_time_unsure),
	CU_TEST_ROW(lease_does_not_hide_whose_address_it_is),
	CU_TEST_ROW(deterministic_groups_may_have_what_no_record_tells),
	CU_TEST_ROW(unknown_events_count_by_their_number),
	CU_TEST_ROW(run_without_records_of_workers_says_nothing),
	CU_TEST_ROW(run_without_records_of_blocks_says_nothing),
	CU_TEST_ROW(run_that_does_not_know_the_one_before_says_nothing_of_it),
	CU_TEST_ROW(nobody_has_ports_while_cgnd_is_stopped),
	CU_TEST_ROW(clock_that_was_set_makes_its_time_unsure),
	CU_TEST_ROW(other_cgnd_is_told_apart),
	CU_TEST_ROW(no_records_say_nothing),
	CU_TEST_ROW(ports_of_a_subscriber_are_listed_in_order),
	CU_TEST_ROW(list_tells_what_may_be_missing),
	CU_TEST_ROW(holders_of_an_address_are_listed_in_order),
};

int
main(void)
{
	int status = cu_main("trace", tests, sizeof(tests) / sizeof(tests[0]));

	cgn_trace_destroy(trace);
	return status;
}
