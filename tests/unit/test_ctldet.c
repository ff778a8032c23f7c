/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `cgnctl deterministic` from its command line to what it prints.
 */
#include "tests/support/ctlrun.h"

#define RFC_GROUP                                                                          \
	"{name: homes, prefixes: [198.51.100.0/28], pool: p, deterministic: {dynamic: 2, " \
	"ports_max: 5040}}"

/* Write a configuration file. @return its name */
static const char *
config_file(const char *groups)
{
	static char name[64];
	FILE *f;

	snprintf(name, sizeof(name), "/tmp/test_ctldet.%d.yaml", (int)getpid());
	f = fopen(name, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fprintf(f,
			"ports:\n"
			"- {name: in0, device: d0, side: inside, addresses: [100.64.0.1/10]}\n"
			"- {name: out0, device: d1, side: outside, addresses: [192.0.2.2/24]}\n"
			"pools: [{name: p, addresses: [192.0.2.1]}, {name: q, addresses: [203.0.113.1]}]\n"
			"groups: [%s]\n",
			groups);
	fclose(f);
	return name;
}

/* G-DET-1: both functions, with the example of RFC 7422 section 2.3. Nobody is asked. */
static void
deterministic_ports_are_told_without_cgnd(void)
{
	static const struct {
		const char *line, *out, *err;
		int status;
	} cases[] = {
		{ "deterministic forward 198.51.100.2",
				"homes 198.51.100.2/32: 192.0.2.1 ports 5056-9087\n", "", 0 },
		{ "--json deterministic forward 198.51.100.14",
				"{\"group\":\"homes\",\"subscriber\":\"198.51.100.14/32\",\"external\":\"192.0.2.1\",\"first\":53440,\"last\":57471}\n",
				"", 0 },
		{ "deterministic reverse 192.0.2.1:2001",
				"homes 198.51.100.1/32: 192.0.2.1 ports 1024-5055\n", "", 0 },
		{ "deterministic reverse 192.0.2.1:5056/tcp",
				"homes 198.51.100.2/32: 192.0.2.1 ports 5056-9087\n", "", 0 },
		{ "deterministic reverse 192.0.2.1:58204", "",
				"cgnctl: 192.0.2.1:58204 is in the dynamic part: only the records of blocks tell who had it\n",
				1 },
		{ "deterministic reverse 192.0.2.1:1023", "",
				"cgnctl: 192.0.2.1:1023 is reserved: nobody has this port\n", 1 },
		{ "deterministic reverse 203.0.113.1:2001", "",
				"cgnctl: 203.0.113.1:2001 is not in a pool of a deterministic group\n",
				1 },
		{ "deterministic reverse 192.0.2.1:2001/sctp", "",
				"cgnctl: not an endpoint such as 192.0.2.1:2001: 192.0.2.1:2001/sctp\n",
				2 },
		{ "deterministic reverse 192.0.2.1", "",
				"cgnctl: not an endpoint such as 192.0.2.1:2001: 192.0.2.1\n", 2 },
		{ "deterministic forward 198.51.100.15", "",
				"cgnctl: 198.51.100.15 is the first or last address of a prefix of group homes: it has no range\n",
				1 },
		{ "deterministic forward 100.64.0.9", "",
				"cgnctl: 100.64.0.9 is in group others, which is not deterministic\n",
				1 },
		{ "deterministic forward home", "", "cgnctl: not an address: home\n", 2 },
	};
	const char *file = config_file(
			RFC_GROUP ", {name: others, prefixes: [100.64.0.0/16], pool: q}");
	char line[200], want[200];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(line, sizeof(line), "%s -c %s", cases[i].line, file);
		CU_ASSERT_EQUAL(run(line), cases[i].status);
		expect(out, cases[i].out);
		expect(err, cases[i].err);
	}
	snprintf(line, sizeof(line), "deterministic forward 10.0.0.1 --config %s", file);
	snprintf(want, sizeof(want), "cgnctl: 10.0.0.1 is in no group of %s\n", file);
	CU_ASSERT_EQUAL(run(line), 1);
	expect(err, want);
	remove(file);
}

static void
all_deterministic_ports_are_exported(void)
{
	const char *file = config_file(
			"{name: homes, prefixes: [198.51.100.0/30, 10.0.0.9/32], pool: p, "
			"deterministic: {reserved: [1025-1026]}}");
	char line[200];

	snprintf(line, sizeof(line), "deterministic export --csv -c %s", file);
	CU_ASSERT_EQUAL(run(line), 0);
	expect(out,
			"group,subscriber,external,first,last\n"
			"homes,198.51.100.1/32,192.0.2.1,1024,22528\n"
			"homes,198.51.100.2/32,192.0.2.1,22529,44031\n"
			"homes,10.0.0.9/32,192.0.2.1,44032,65534\n");
	snprintf(line, sizeof(line), "--json deterministic export -c %s", file);
	CU_ASSERT_EQUAL(run(line), 0);
	CU_ASSERT_EQUAL(strncmp(out, "[\n  {\"group\":\"homes\",", 21), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\"last\":22528},\n  {"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\"last\":65534}\n]\n"));
	snprintf(line, sizeof(line), "deterministic export -c %s", file);
	CU_ASSERT_EQUAL(run(line), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "homes 10.0.0.9/32: 192.0.2.1 ports 44032-65534\n"));
	expect(err, "");
	remove(file);
}

/* A file that cgnd would refuse is refused, with the same lines. */
static void
wrong_files_of_deterministic_are_explained(void)
{
	const char *file;
	char line[200], want[200];

	CU_ASSERT_EQUAL(run("deterministic export"), 2);
	expect(err, "cgnctl: --config FILE is missing: the configuration of cgnd\n");
	CU_ASSERT_EQUAL(run("deterministic export -c /nowhere/x"), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "/nowhere/x"));
	file = config_file(
			"{name: homes, prefixes: [198.51.100.0/28], pool: p, deterministic: {dynamic: x}}");
	snprintf(line, sizeof(line), "deterministic export -c %s", file);
	CU_ASSERT_EQUAL(run(line), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(
			err, "groups[0].deterministic.dynamic: x: must be 0..1008 shares\n"));
	file = config_file("{name: homes, prefixes: [198.51.100.0/28], pool: p}");
	CU_ASSERT_EQUAL(run(line), 1);
	snprintf(want, sizeof(want), "cgnctl: %s: no group is deterministic\n", file);
	expect(err, want);
	expect(out, "");
	remove(file);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(deterministic_ports_are_told_without_cgnd),
	CU_TEST_ROW(all_deterministic_ports_are_exported),
	CU_TEST_ROW(wrong_files_of_deterministic_are_explained),
};

CU_MAIN("ctldet", tests)
