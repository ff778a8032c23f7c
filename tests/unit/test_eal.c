/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/eal.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_log.h>

static struct cgn_conf_port ports[2] = {
	{ .device = "net_pcap0,rx_pcap=in.pcap" },
	{ .device = "net_null0" },
};
static char prefix[] = "home";
static const struct cgn_eal_host four_cores = {
	.n_cores = 4,
	.cores = { 2, 3, 6, 7 },
	.has_hugepages = true,
};

static struct cgn_conf
conf_of(uint32_t workers)
{
	return (struct cgn_conf){
		.workers = workers,
		.ports = ports,
		.n_ports = RTE_DIM(ports),
		.telemetry_prefix = prefix,
	};
}

static bool
has(const struct cgn_eal_args *args, const char *arg)
{
	for (int i = 1; i < args->argc; i++) {
		if (strcmp(args->argv[i], arg) == 0)
			return true;
	}
	return false;
}

static void
workers_follow_the_control_thread_on_the_allowed_cores(void)
{
	struct cgn_conf conf = conf_of(3);
	struct cgn_eal_args args;

	CU_ASSERT_EQUAL_FATAL(cgn_eal_args(&args, &conf, &four_cores, 0, NULL), 0);
	CU_ASSERT_TRUE(has(&args, "--lcores=0@2,1@3,2@6,3@7"));
	CU_ASSERT_TRUE(has(&args, "--file-prefix=home"));
	CU_ASSERT_TRUE(has(&args, "--no-pci"));
	CU_ASSERT_FALSE(has(&args, "--no-huge"));
	CU_ASSERT_FALSE(args.shares_cores);
	CU_ASSERT_PTR_NULL(args.argv[args.argc]);
	cgn_eal_args_fini(&args);
}

static void
too_few_cores_are_shared_with_the_control_thread_first(void)
{
	struct cgn_conf conf = conf_of(2);
	struct cgn_eal_host host = { .n_cores = 2, .cores = { 4, 5 }, .has_hugepages = true };
	struct cgn_eal_args args;

	CU_ASSERT_EQUAL_FATAL(cgn_eal_args(&args, &conf, &host, 0, NULL), 0);
	CU_ASSERT_TRUE(has(&args, "--lcores=0@4,1@5,2@4"));
	CU_ASSERT_TRUE(args.shares_cores);
	cgn_eal_args_fini(&args);
	host.n_cores = 1;
	CU_ASSERT_EQUAL_FATAL(cgn_eal_args(&args, &conf, &host, 0, NULL), 0);
	CU_ASSERT_TRUE(has(&args, "--lcores=0@4,1@4,2@4"));
	cgn_eal_args_fini(&args);
}

static void
the_largest_number_of_workers_fits(void)
{
	struct cgn_conf conf = conf_of(CGN_WORKERS_MAX);
	struct cgn_eal_args args;

	CU_ASSERT_EQUAL_FATAL(cgn_eal_args(&args, &conf, &four_cores, 0, NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(args.argv[2], ",64@2"));
	cgn_eal_args_fini(&args);
}

static void
what_the_user_says_is_not_said_again(void)
{
	char *said[] = { (char[]){ "-l1-3" }, (char[]){ "--file-prefix=mine" },
		(char[]){ "--huge-dir" }, (char[]){ "/mnt" } };
	struct cgn_conf conf = conf_of(1);
	struct cgn_eal_host host = four_cores;
	struct cgn_eal_args args;

	host.has_hugepages = false;
	conf.eal = said;
	conf.n_eal = 1;
	CU_ASSERT_EQUAL_FATAL(cgn_eal_args(&args, &conf, &host, 3, said + 1), 0);
	CU_ASSERT_EQUAL_FATAL(args.argc, 6);
	CU_ASSERT_STRING_EQUAL(args.argv[0], "cgnd");
	CU_ASSERT_STRING_EQUAL(args.argv[1], "--no-pci");
	CU_ASSERT_STRING_EQUAL(args.argv[2], "-l1-3");
	CU_ASSERT_STRING_EQUAL(args.argv[3], "--file-prefix=mine");
	CU_ASSERT_STRING_EQUAL(args.argv[4], "--huge-dir");
	CU_ASSERT_STRING_EQUAL(args.argv[5], "/mnt");
	cgn_eal_args_fini(&args);
}

static void
machine_without_hugepages_gets_ordinary_memory(void)
{
	char *said[] = { (char[]){ "-m" }, (char[]){ "100" } };
	struct cgn_conf conf = conf_of(1);
	struct cgn_eal_host host = four_cores;
	struct cgn_eal_args args;

	host.has_hugepages = false;
	CU_ASSERT_EQUAL_FATAL(cgn_eal_args(&args, &conf, &host, 0, NULL), 0);
	CU_ASSERT_TRUE(has(&args, "--no-huge"));
	CU_ASSERT_TRUE(has(&args, "1024"));
	CU_ASSERT_TRUE(args.no_hugepages);
	cgn_eal_args_fini(&args);
	CU_ASSERT_EQUAL_FATAL(cgn_eal_args(&args, &conf, &host, 2, said), 0);
	CU_ASSERT_TRUE(has(&args, "--no-huge"));
	CU_ASSERT_TRUE(has(&args, "100"));
	CU_ASSERT_FALSE(has(&args, "1024"));
	cgn_eal_args_fini(&args);
}

static void
only_configured_nics_are_allowed(void)
{
	struct cgn_conf conf = conf_of(1);
	struct cgn_conf_port nics[2] = {
		{ .device = "0000:3b:00.0" },
		{ .device = "3b:00.1,mprq_en=1" },
	};
	struct cgn_eal_args args;

	conf.ports = nics;
	CU_ASSERT_EQUAL_FATAL(cgn_eal_args(&args, &conf, &four_cores, 0, NULL), 0);
	CU_ASSERT_TRUE(has(&args, "--allow=0000:3b:00.0"));
	CU_ASSERT_TRUE(has(&args, "--allow=3b:00.1,mprq_en=1"));
	CU_ASSERT_FALSE(has(&args, "--no-pci"));
	cgn_eal_args_fini(&args);
}

static void
too_many_arguments_are_refused(void)
{
	char *said[CGN_EAL_ARGS_MAX];
	struct cgn_conf conf = conf_of(1);
	struct cgn_eal_args args;

	for (unsigned int i = 0; i < RTE_DIM(said); i++)
		said[i] = prefix;
	CU_ASSERT_EQUAL(cgn_eal_args(&args, &conf, &four_cores, RTE_DIM(said), said), -E2BIG);
	CU_ASSERT_EQUAL(args.argc, 0);
}

/* A process that has started EAL with a prefix of its own and waits to be told to end. */
struct other {
	pid_t pid;
	int ready; /* one octet comes when it has started */
	int end;   /* closed: end */
};

static char *const small[] = { (char[]){ "--no-huge" }, (char[]){ "-m" }, (char[]){ "64" },
	(char[]){ "--no-telemetry" }, (char[]){ "--log-level=*:error" } };

static void
be_other(const struct cgn_conf *conf, int ready, int end)
{
	int ret = cgn_eal_start(conf, RTE_DIM(small), small);
	char octet = 0;

	if (ret == 0 && write(ready, &octet, 1) == 1 && read(end, &octet, 1) == 0)
		cgn_eal_stop();
	_exit(ret == 0 ? 0 : 1);
}

static struct other
start_other(const struct cgn_conf *conf)
{
	struct other o = { 0 };
	int ready[2], end[2];

	CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
	CU_ASSERT_EQUAL_FATAL(pipe(end), 0);
	o.pid = fork();
	CU_ASSERT_FATAL(o.pid >= 0);
	if (o.pid == 0) {
		close(end[1]);
		be_other(conf, ready[1], end[0]);
	}
	close(ready[1]);
	close(end[0]);
	o.ready = ready[0];
	o.end = end[1];
	return o;
}

static void
stop_other(const struct other *o)
{
	int status = -1;

	close(o->end);
	close(o->ready);
	CU_ASSERT_EQUAL(waitpid(o->pid, &status, 0), o->pid);
	CU_ASSERT_EQUAL(status, 0);
}

/* What systemd sets for a unit with several runtime directories. EAL would take it for one path. */
static void
list_of_runtime_directories_does_not_keep_eal_from_starting(void)
{
	struct cgn_conf conf = conf_of(1);
	char name[32], octet;
	struct other o;

	snprintf(name, sizeof(name), "test_eal_list_%d", getpid());
	conf.telemetry_prefix = name;
	CU_ASSERT_EQUAL_FATAL(setenv("RUNTIME_DIRECTORY", "/run/cgnd:/run/dpdk", 1), 0);
	o = start_other(&conf);
	CU_ASSERT_EQUAL(unsetenv("RUNTIME_DIRECTORY"), 0);
	CU_ASSERT_EQUAL(read(o.ready, &octet, 1), 1);
	stop_other(&o);
}

/* What cgnd logs last, when it is started with words that EAL does not understand. */
static void
expect_refused(size_t n_eal, char *const *eal, int n_user, char *const *user, const char *expected)
{
	struct cgn_conf conf = conf_of(1);
	char said[16384], name[32];
	size_t len = 0;
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	snprintf(name, sizeof(name), "test_eal_word_%d", getpid());
	conf.telemetry_prefix = name;
	conf.eal = (char **)(uintptr_t)eal;
	conf.n_eal = n_eal;
	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	pid = fork();
	CU_ASSERT_FATAL(pid >= 0);
	if (pid == 0) {
		FILE *log = fdopen(fds[1], "w");
		int ret;

		rte_openlog_stream(log);
		ret = cgn_eal_start(&conf, n_user, user);
		fclose(log);
		_exit(ret == -EINVAL ? 0 : 1);
	}
	close(fds[1]);
	while ((n = read(fds[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	close(fds[0]);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	said[len] = '\0';
	CU_ASSERT_TRUE(len >= strlen(expected));
	if (len >= strlen(expected) && strcmp(said + len - strlen(expected), expected) != 0)
		printf("\n%s\n", said);
	if (len >= strlen(expected))
		CU_ASSERT_STRING_EQUAL(said + len - strlen(expected), expected);
}

#define FAILED     "cgnd: error eal-failed: EAL does not start: "
#define WORD(text) ((char[]){ text })

/* EAL prints a hundred lines of help. The last line of cgnd says where the wrong word is. G-DAY-90 */
static void
word_that_eal_does_not_understand_is_named(void)
{
	char *const option[] = { WORD("--no-huge"), WORD("-m"), WORD("64"), WORD("--frob"),
		WORD("--no-pci") };
	char *const value[] = { WORD("--no-huge"), WORD("-n"), WORD("lots") };
	char *const size[] = { WORD("--no-huge"), WORD("-m"), WORD("lots") };
	char *const in_one[] = { WORD("--no-huge"), WORD("--iova-mode=odd"), WORD("-v") };
	char *const together[] = { WORD("--no-huge"), WORD("--proc-type=odd") };
	char *const no_option[] = { WORD("--no-huge"), WORD("-m"), WORD("64"), WORD("no-pci"),
		WORD("--no-telemetry") };

	expect_refused(5, option, 0, NULL,
			FAILED "wrong argument \"--frob\" in `eal` of the configuration\n");
	expect_refused(3, value, 0, NULL,
			FAILED "wrong argument \"-n lots\" in `eal` of the configuration\n");
	expect_refused(3, in_one, 0, NULL,
			FAILED
			"wrong argument \"--iova-mode=odd\" in `eal` of the configuration\n");
	expect_refused(1, value, 2, value + 1,
			FAILED "wrong argument \"-n lots\" in the arguments behind \"--\"\n");
	/* EAL takes this one for no size at all. */
	expect_refused(3, size, 0, NULL,
			FAILED "wrong argument \"-m lots\" in `eal` of the configuration\n");
	/* EAL looks at this one when it has read all. */
	expect_refused(2, together, 0, NULL,
			FAILED
			"Invalid argument; it says why above; look at `eal` of the configuration\n");
	expect_refused(5, no_option, 0, NULL,
			FAILED
			"the word \"no-pci\" in `eal` of the configuration belongs to no option\n");
}

/* Neither an option without its value nor the end of the options may hide from the search for the wrong word that it must
 * end before EAL starts. */
static void
search_for_the_wrong_word_starts_nothing(void)
{
	char *const no_value[] = { WORD("--no-huge"), WORD("--huge-dir") };
	char *const ended[] = { WORD("--no-huge"), WORD("-n"), WORD("lots"), WORD("--") };
	char *const good[] = { WORD("--no-huge"), WORD("--proc-type=odd"), WORD("--") };

	expect_refused(2, no_value, 0, NULL,
			FAILED "wrong argument \"--huge-dir\" in `eal` of the configuration\n");
	expect_refused(4, ended, 0, NULL,
			FAILED "wrong argument \"-n lots\" in `eal` of the configuration\n");
	expect_refused(3, good, 0, NULL,
			FAILED
			"Invalid argument; it says why above; look at `eal` of the configuration\n");
}

/* Last in the table: a process starts EAL once. */
static void
second_process_of_one_prefix_is_told_what_must_differ(void)
{
	struct cgn_conf conf = conf_of(1);
	char name[32], left[128], expected[256], octet;
	char *said = NULL;
	struct other o;
	FILE *log;
	size_t len;

	snprintf(name, sizeof(name), "test_eal_%d", getpid());
	conf.telemetry_prefix = name;
	o = start_other(&conf);
	CU_ASSERT_EQUAL_FATAL(read(o.ready, &octet, 1), 1);
	log = open_memstream(&said, &len);
	rte_openlog_stream(log);
	CU_ASSERT_EQUAL(cgn_eal_start(&conf, RTE_DIM(small), small), -EBUSY);
	rte_openlog_stream(NULL);
	fclose(log);
	snprintf(expected, sizeof(expected),
			"cgnd: error eal-prefix-taken: EAL does not start: process %d uses %s; telemetry.prefix must differ\n",
			o.pid, rte_eal_get_runtime_dir());
	CU_ASSERT_PTR_NOT_NULL(strstr(said, expected));
	CU_ASSERT_PTR_NULL(strstr(said, "Success"));
	free(said);
	/* What a process that crashed may have left there goes with the rest. */
	snprintf(left, sizeof(left), "%s/fbarray_of_yesterday", rte_eal_get_runtime_dir());
	CU_ASSERT_EQUAL(close(creat(left, 0600)), 0);
	stop_other(&o);
	CU_ASSERT_NOT_EQUAL(access(rte_eal_get_runtime_dir(), F_OK), 0);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(workers_follow_the_control_thread_on_the_allowed_cores),
	CU_TEST_ROW(too_few_cores_are_shared_with_the_control_thread_first),
	CU_TEST_ROW(the_largest_number_of_workers_fits),
	CU_TEST_ROW(what_the_user_says_is_not_said_again),
	CU_TEST_ROW(machine_without_hugepages_gets_ordinary_memory),
	CU_TEST_ROW(only_configured_nics_are_allowed),
	CU_TEST_ROW(too_many_arguments_are_refused),
	CU_TEST_ROW(list_of_runtime_directories_does_not_keep_eal_from_starting),
	CU_TEST_ROW(word_that_eal_does_not_understand_is_named),
	CU_TEST_ROW(search_for_the_wrong_word_starts_nothing),
	CU_TEST_ROW(second_process_of_one_prefix_is_told_what_must_differ),
};
CU_MAIN("eal", tests)
