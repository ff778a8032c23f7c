/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/cgnctl/ctlsizing.h"
#include "tests/support/cu.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A configuration with one group; the size of a block and the kinds of records are those of the test. */
static struct cgn_conf_pool pool = { .name = "p",
	.n_addresses = 256,
	.port_min = 1024,
	.port_max = 65535 };
static struct cgn_conf_group group = { .name = "homes",
	.n_prefixes = 1,
	.block_size = 512,
	.blocks_max = 4,
	.leases_reserve = 16 };
static struct cgn_conf_port ports[2] = { { .device = "0000:3b:00.0" },
	{ .device = "0000:3b:00.1" } };
static struct cgn_conf conf = {
	.workers = 1,
	.ports = ports,
	.n_ports = 2,
	.pools = &pool,
	.n_pools = 1,
	.groups = &group,
	.n_groups = 1,
	.nat = { .sessions_max = 1000000,
			.fragments_max = 4096,
			.syn_hold_max = 4096,
			.hold_down_s = 120,
			.hold_down_max = 1000000 },
};

static struct cgn_ctlsizing sizing;

static double
size(double subscribers, const char *profile, enum cgn_ctlsizing_result r)
{
	const struct cgn_ctlsizing_case c = {
		.subscribers = subscribers,
		.profile = *cgn_ctlfigures_find(profile),
		.conf = &conf,
		.group = &group,
	};

	cgn_ctlsizing_run(&sizing, &c);
	return sizing.rows[r].value;
}

static void
fill_up(uint16_t block_size, uint16_t blocks_max)
{
	group.block_size = block_size;
	group.blocks_max = blocks_max;
}

/* G-DAY-53 */
static void
addresses_and_blocks_follow_from_the_tail(void)
{
	fill_up(512, 4);
	CU_ASSERT_DOUBLE_EQUAL(size(20000, "residential", CGN_CTLSIZING_BLOCKS), 1.2, 0.002);
	CU_ASSERT_EQUAL(sizing.rows[CGN_CTLSIZING_ADDRESSES].value, 191);
	CU_ASSERT_DOUBLE_EQUAL(sizing.rows[CGN_CTLSIZING_REFUSED].value, 0.08, 0.01);
	/* Smaller blocks: more of them, fewer addresses. A limit that is too small refuses many. */
	fill_up(64, 32);
	CU_ASSERT_TRUE(size(20000, "residential", CGN_CTLSIZING_BLOCKS) > 4.5);
	CU_ASSERT_TRUE(sizing.rows[CGN_CTLSIZING_ADDRESSES].value < 105);
	fill_up(64, 1);
	CU_ASSERT_EQUAL(size(20000, "residential", CGN_CTLSIZING_BLOCKS), 1);
	CU_ASSERT_DOUBLE_EQUAL(
			sizing.rows[CGN_CTLSIZING_REFUSED].value, 100 * exp(-48 / 286.0), 0.01);
	fill_up(512, 4);
}

/* G-DAY-53 */
static void
cores_are_the_fewest_that_carry_the_packets(void)
{
	static const double subscribers[] = { 1000, 20000, 100000 };
	static const double workers[] = { 1, 2, 8 };

	for (unsigned int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(size(subscribers[i], "residential", CGN_CTLSIZING_WORKERS),
				workers[i]);
		CU_ASSERT_EQUAL(sizing.rows[CGN_CTLSIZING_CORES].value, workers[i] + 1);
	}
}

/* G-DAY-53 */
static void
records_are_those_that_the_file_exports(void)
{
	CU_ASSERT_EQUAL(size(20000, "residential", CGN_CTLSIZING_RECORDS), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(
			sizing.rows[CGN_CTLSIZING_RECORDS].formula, "blocks would be 400000"));
	conf.export.is_on = true;
	conf.export.n_records = 1;
	conf.export.records[0] = CGN_RECORD_KIND_BLOCKS;
	conf.export.queue_max = 65536;
	CU_ASSERT_EQUAL(size(20000, "residential", CGN_CTLSIZING_RECORDS), 400000);
	conf.export.records[0] = CGN_RECORD_KIND_MAPPINGS;
	CU_ASSERT_EQUAL(size(1, "residential", CGN_CTLSIZING_RECORDS), 2 * 86400);
	conf.export.is_on = false;
}

/* G-DAY-53 */
static void
every_result_has_its_formula_and_they_agree_in_themselves(void)
{
	const struct cgn_ctlsizing_row *r = sizing.rows;

	for (const struct cgn_ctlfigures_profile *p = cgn_ctlfigures_profiles; p->name != NULL;
			p++) {
		for (double n = 1; n <= 1e7; n *= 10) {
			(void)size(n, p->name, CGN_CTLSIZING_BLOCKS);
			for (unsigned int i = 0; i < CGN_CTLSIZING_COUNT; i++) {
				CU_ASSERT_TRUE(r[i].key != NULL && r[i].title != NULL &&
						isfinite(r[i].value));
				CU_ASSERT_TRUE(r[i].formula[0] != '\0' &&
						strlen(r[i].formula) + 1 <
								CGN_CTLSIZING_FORMULA_MAX);
			}
			CU_ASSERT_DOUBLE_EQUAL(r[CGN_CTLSIZING_MEMORY].value,
					r[CGN_CTLSIZING_START].value +
							r[CGN_CTLSIZING_TABLES].value,
					0.001);
			CU_ASSERT_TRUE(r[CGN_CTLSIZING_START].value >
					r[CGN_CTLSIZING_BUFFERS].value);
		}
	}
}

/* Whether a key is too small by the last sizing. @return what it needs; 0: it is large enough */
static double
needs(const char *key)
{
	for (unsigned int i = 0; i < sizing.n_limits; i++) {
		if (strcmp(sizing.limits[i].key, key) == 0)
			return sizing.limits[i].needs;
	}
	return 0;
}

/* G-DAY-84: exactly what is needed is enough, and 0 is no limit. */
static void
keys_that_are_too_small_are_told(void)
{
	const struct cgn_conf_nat kept = conf.nat;

	conf.nat.subscribers_max = 1000;
	conf.nat.mappings_max = 200000;
	conf.nat.sessions_max = 40000;
	conf.nat.hold_down_max = 240000;
	(void)size(1000, "residential", CGN_CTLSIZING_BLOCKS);
	CU_ASSERT_EQUAL(sizing.n_limits, 0);
	conf.nat.subscribers_max = 999;
	conf.nat.mappings_max = 199999;
	conf.nat.sessions_max = 39999;
	conf.nat.hold_down_max = 239999;
	group.mappings_max = 99;
	(void)size(1000, "residential", CGN_CTLSIZING_BLOCKS);
	CU_ASSERT_EQUAL(sizing.n_limits, CGN_CTLSIZING_LIMITS_MAX);
	CU_ASSERT_EQUAL(needs("nat.subscribers_max"), 1000);
	CU_ASSERT_EQUAL(needs("nat.mappings_max"), 200000);
	CU_ASSERT_EQUAL(needs("nat.sessions_max"), 40000);
	CU_ASSERT_EQUAL(needs("nat.hold_down_max"), 240000);
	CU_ASSERT_EQUAL(needs("groups[].mappings_max"), 100);
	conf.nat = kept;
	group.mappings_max = 0;
}

/* Whether a file has a line that begins with a text. */
static bool
has_line(const char *path, const char *begin)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (!found && getline(&line, &size, f) >= 0)
		found = strncmp(line, begin, strlen(begin)) == 0;
	free(line);
	fclose(f);
	return found;
}

/* The document has a line that begins so. */
static void __attribute__((format(printf, 1, 2))) check_line(const char *format, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (!has_line(CGN_SOURCE_DIR "/config/SIZING.md", line)) {
		fprintf(stderr, "SIZING.md needs: %s\n", line);
		CU_FAIL("a line is missing");
	}
}

/* G-DAY-54 */
static void
the_document_has_the_numbers_of_the_tables(void)
{
	(void)size(1000, "residential", CGN_CTLSIZING_BLOCKS);
	for (unsigned int i = 0; i < CGN_CTLSIZING_COUNT; i++)
		check_line("| `%s` | ", sizing.rows[i].key);
	for (unsigned int i = 0; i < CGN_CTLFIGURE_COUNT; i++) {
		const struct cgn_ctlfigure_row *f = &cgn_ctlfigures[i];

		check_line("| `%s` | %.10g | %s | %s | %s |", f->key, f->value, f->unit, f->what,
				f->source);
	}
	for (const struct cgn_ctlfigures_profile *p = cgn_ctlfigures_profiles; p->name != NULL;
			p++) {
		check_line("| `%s` | %s | %g | %g | %g | %g | %g | %g | %g |", p->name, p->what,
				p->packets_per_s, p->mappings, p->new_mappings_per_s, p->sessions,
				p->leases, p->tail, p->blocks_per_day);
		check_line("- `%s`: %s.", p->name, p->why);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(addresses_and_blocks_follow_from_the_tail),
	CU_TEST_ROW(cores_are_the_fewest_that_carry_the_packets),
	CU_TEST_ROW(records_are_those_that_the_file_exports),
	CU_TEST_ROW(keys_that_are_too_small_are_told),
	CU_TEST_ROW(every_result_has_its_formula_and_they_agree_in_themselves),
	CU_TEST_ROW(the_document_has_the_numbers_of_the_tables),
};
CU_MAIN("ctlsizing", tests)
