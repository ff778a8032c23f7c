/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * EAL's arguments, start and end.
 */
#include "dataplane/eal.h"

#include "dataplane/device/port.h"
#include "dataplane/eal_fault.h"
#include "shared/log.h"
#include "shared/runtimedir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <mntent.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_pdump.h>

CGN_LOG_TYPE("eal");

/* MiB of ordinary memory without hugepages. It is reserved, and committed as needed. */
#define NO_HUGE_MIB "1024"

/* Arguments of the user, in the order in which EAL reads them. */
struct said {
	const struct cgn_conf *conf;
	int n_user;
	char *const *user;
};

__attribute__((format(printf, 2, 3))) static int
add(struct cgn_eal_args *args, const char *format, ...)
{
	va_list ap;
	int n;

	if (args->argc == CGN_EAL_ARGS_MAX)
		return -E2BIG;
	va_start(ap, format);
	n = vasprintf(&args->argv[args->argc], format, ap);
	va_end(ap);
	if (n < 0) {
		args->argv[args->argc] = NULL;
		return -ENOMEM;
	}
	args->argc++;
	return 0;
}

/* Matches "-l", "-l0-3", "--lcores", "--lcores=0-3". */
static bool
is_option(const char *arg, const char *option)
{
	size_t n = strlen(option);

	if (strncmp(arg, option, n) != 0)
		return false;
	return option[1] != '-' || arg[n] == '\0' || arg[n] == '=';
}

static bool
is_one_of(const char *arg, const char *const *options)
{
	for (; *options != NULL; options++) {
		if (is_option(arg, *options))
			return true;
	}
	return false;
}

static bool
has_said(const struct said *said, const char *const *options)
{
	for (size_t i = 0; i < said->conf->n_eal; i++) {
		if (is_one_of(said->conf->eal[i], options))
			return true;
	}
	for (int i = 0; i < said->n_user; i++) {
		if (is_one_of(said->user[i], options))
			return true;
	}
	return false;
}

/* Options that name cores. */
static const char *const lcore_options[] = { "-l", "-c", "-s", "-S", "--lcores", NULL };

/* The control thread gets the first core, workers the next ones, and so on around. With too few cores a
 * worker shares first with the control thread, which mostly sleeps. */
static int
add_lcores(struct cgn_eal_args *args, const struct said *said, const struct cgn_eal_host *host)
{
	char map[32 * (CGN_WORKERS_MAX + 1)];
	size_t len;

	if (has_said(said, lcore_options))
		return 0;
	len = (size_t)snprintf(map, sizeof(map), "0@%u", host->cores[0]);
	for (unsigned int w = 1; w <= said->conf->workers && len < sizeof(map); w++)
		len += (size_t)snprintf(map + len, sizeof(map) - len, ",%u@%u", w,
				host->cores[w % host->n_cores]);
	if (len >= sizeof(map))
		return -E2BIG;
	args->shares_cores = said->conf->workers + 1 > host->n_cores;
	return add(args, "--lcores=%s", map);
}

static int
add_memory(struct cgn_eal_args *args, const struct said *said, const struct cgn_eal_host *host)
{
	static const char *const chosen[] = { "--no-huge", "--in-memory", "--socket-mem",
		"--huge-dir", "--socket-limit", "--single-file-segments", NULL };
	static const char *const size[] = { "-m", NULL };
	int ret;

	/* A user who has chosen where EAL gets its memory from has the last word. */
	if (host->has_hugepages || has_said(said, chosen))
		return 0;
	args->no_hugepages = true;
	ret = add(args, "--no-huge");
	if (ret < 0 || has_said(said, size))
		return ret;
	ret = add(args, "-m");
	return ret < 0 ? ret : add(args, NO_HUGE_MIB);
}

/* Allow only the configured NICs, not all that are bound to DPDK. */
static int
add_devices(struct cgn_eal_args *args, const struct said *said)
{
	static const char *const options[] = { "-a", "--allow", "-b", "--block", "--no-pci", NULL };
	char name[CGN_DEVICE_MAX];
	bool has_pci = false;

	for (size_t i = 0; i < said->conf->n_ports; i++) {
		const char *device = said->conf->ports[i].device;
		int ret;

		if (!cgn_port_device_name(device, name))
			continue;
		has_pci = true;
		ret = add(args, "--allow=%s", device);
		if (ret < 0)
			return ret;
	}
	return has_pci || has_said(said, options) ? 0 : add(args, "--no-pci");
}

static int
add_all(struct cgn_eal_args *args, const struct said *said, const struct cgn_eal_host *host)
{
	static const char *const prefix[] = { "--file-prefix", NULL };
	int ret = add(args, "cgnd");

	if (ret == 0 && !has_said(said, prefix))
		ret = add(args, "--file-prefix=%s", said->conf->telemetry_prefix);
	if (ret == 0)
		ret = add_lcores(args, said, host);
	if (ret == 0)
		ret = add_memory(args, said, host);
	if (ret == 0)
		ret = add_devices(args, said);
	for (size_t i = 0; ret == 0 && i < said->conf->n_eal; i++)
		ret = add(args, "%s", said->conf->eal[i]);
	for (int i = 0; ret == 0 && i < said->n_user; i++)
		ret = add(args, "%s", said->user[i]);
	return ret;
}

int
cgn_eal_args(struct cgn_eal_args *args, const struct cgn_conf *conf,
		const struct cgn_eal_host *host, int n_user, char *const *user)
{
	const struct said said = { .conf = conf, .n_user = n_user, .user = user };
	int ret;

	*args = (struct cgn_eal_args){ 0 };
	ret = add_all(args, &said, host);
	if (ret < 0)
		cgn_eal_args_fini(args);
	return ret;
}

void
cgn_eal_args_fini(struct cgn_eal_args *args)
{
	for (int i = 0; i < args->argc; i++)
		free(args->argv[i]);
	*args = (struct cgn_eal_args){ 0 };
}

static bool
has_free_hugepages(void)
{
	glob_t found = { 0 };
	bool has = false;

	if (glob("/sys/kernel/mm/hugepages/hugepages-*/free_hugepages", 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc && !has; i++) {
			unsigned long n = 0;
			FILE *f = fopen(found.gl_pathv[i], "r");

			if (f == NULL)
				continue;
			has = fscanf(f, "%lu", &n) == 1 && n > 0;
			fclose(f);
		}
	}
	globfree(&found);
	return has;
}

static bool
has_hugetlbfs(void)
{
	FILE *f = setmntent("/proc/mounts", "r");
	const struct mntent *m;
	bool has = false;

	if (f == NULL)
		return false;
	while (!has && (m = getmntent(f)) != NULL)
		has = strcmp(m->mnt_type, "hugetlbfs") == 0;
	endmntent(f);
	return has;
}

static void
look_at_host(struct cgn_eal_host *host)
{
	cpu_set_t set;

	*host = (struct cgn_eal_host){
		.has_hugepages = has_free_hugepages() && has_hugetlbfs(),
	};
	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	for (unsigned int c = 0; c < CPU_SETSIZE && host->n_cores < CGN_EAL_CORES_MAX; c++) {
		if (CPU_ISSET(c, &set))
			host->cores[host->n_cores++] = c;
	}
	if (host->n_cores == 0)
		host->n_cores = 1;
}

/* The process that holds the lock of our file prefix; 0: none. If the lock is held, EAL fails without an
 * error in rte_errno. */
static pid_t
prefix_holder(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/config", rte_eal_get_runtime_dir());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		lock.l_pid = 0;
	close(fd);
	return lock.l_pid;
}

/* Log why EAL does not start. @param err  rte_errno after rte_eal_init() @return -errno */
static int
refuse_eal_arg(int err)
{
	pid_t holder = prefix_holder();

	if (holder != 0) {
		CGN_LOG(EAL_PREFIX_TAKEN,
				"EAL does not start: process %d uses %s; telemetry.prefix must differ",
				(int)holder, rte_eal_get_runtime_dir());
		return -EBUSY;
	}
	if (err <= 0) {
		CGN_LOG(EAL_FAILED, "EAL does not start: it says why above");
		return -EIO;
	}
	CGN_LOG(EAL_FAILED, "EAL does not start: %s", rte_strerror(err));
	return -err;
}

/* Where a word of the user is from. */
static const char *
source_of(const struct said *said, size_t i)
{
	if (i == said->conf->n_eal + (size_t)said->n_user)
		return "its arguments";
	return i < said->conf->n_eal ? "`eal` of the configuration" : "the arguments behind \"--\"";
}

/* The words of the user are the last arguments. */
static char *const *
words_of(const struct cgn_eal_args *args, const struct said *said, size_t *n)
{
	*n = said->conf->n_eal + (size_t)said->n_user;
	return args->argv + args->argc - *n;
}

/* Name the word of the user that EAL does not understand. @param i  its index; n: it was not found @return -EINVAL */
static int
refuse_word(const struct cgn_eal_args *args, const struct said *said, size_t i)
{
	size_t n;
	char *const *words = words_of(args, said, &n);
	const bool has_value = i + 1 < n && words[i + 1][0] != '-';

	if (i == n) {
		CGN_LOG(EAL_FAILED,
				"EAL does not start: %s; it says why above; look at `eal` of the configuration",
				rte_strerror(EINVAL));
		return -EINVAL;
	}
	CGN_LOG(EAL_FAILED, "EAL does not start: wrong argument \"%s%s%s\" in %s", words[i],
			has_value ? " " : "", has_value ? words[i + 1] : "", source_of(said, i));
	return -EINVAL;
}

/* EAL takes no notice of words that belong to no option. @param n_used  arguments that it has used */
static int
refuse_rest(const struct cgn_eal_args *args, const struct said *said, char *const *sorted,
		int n_used)
{
	size_t n, i = 0;
	char *const *words = words_of(args, said, &n);

	if (n_used + 1 >= args->argc)
		return 0;
	while (i < n && words[i] != sorted[n_used + 1])
		i++;
	CGN_LOG(EAL_FAILED, "EAL does not start: the word \"%s\" in %s belongs to no option",
			sorted[n_used + 1], source_of(said, i));
	return -EINVAL;
}

/* Start EAL. It gets a copy of the arguments, because rte_eal_init() sorts its argv. It keeps no pointer
 * into it. */
static int
init(const struct cgn_eal_args *args, const struct said *said)
{
	char *argv[CGN_EAL_ARGS_MAX + 1];
	size_t n, wrong;
	char *const *words = words_of(args, said, &n);
	int n_used;

	wrong = cgn_eal_fault_memory(words, n);
	if (wrong < n)
		return refuse_word(args, said, wrong);
	memcpy(argv, args->argv, sizeof(argv));
	for (int i = 0; i < args->argc; i++)
		CGN_LOG(EAL_ARGUMENT, "EAL argument %d: %s", i, argv[i]);
	rte_errno = 0;
	n_used = rte_eal_init(args->argc, argv);
	if (n_used < 0)
		return rte_errno == EINVAL ? refuse_word(args, said, cgn_eal_fault_find(words, n))
					   : refuse_eal_arg(rte_errno);
	if (refuse_rest(args, said, argv, n_used) < 0) {
		cgn_eal_stop();
		return -EINVAL;
	}
	if (rte_pdump_init() < 0)
		CGN_LOG(DUMPCAP_UNAVAILABLE, "dpdk-dumpcap will not work, use cgnctl capture: %s",
				rte_strerror(rte_errno));
	return 0;
}

int
cgn_eal_start(const struct cgn_conf *conf, int n_user, char *const *user)
{
	const struct said said = { .conf = conf, .n_user = n_user, .user = user };
	struct cgn_eal_host host;
	struct cgn_eal_args args;
	int ret;

	cgn_runtimedir_drop_list();
	look_at_host(&host);
	ret = cgn_eal_args(&args, conf, &host, n_user, user);
	if (ret < 0) {
		CGN_LOG(EAL_FAILED, "EAL arguments: %s", rte_strerror(-ret));
		return ret;
	}
	if (args.shares_cores)
		CGN_LOG(CORES_SHARED, "%u workers and the control thread share %u cores",
				conf->workers, host.n_cores);
	if (args.no_hugepages)
		CGN_LOG(NO_HUGEPAGES,
				"no free hugepages or no hugetlbfs mounted: EAL takes ordinary memory");
	ret = init(&args, &said);
	cgn_eal_args_fini(&args);
	return ret;
}

int
cgn_eal_check(const char *path, const struct cgn_conf *conf, int n_user, char *const *user)
{
	char *words[CGN_EAL_ARGS_MAX];
	const size_t n = conf->n_eal + (size_t)n_user;
	size_t i;

	/* Too many words are refused at the start. */
	if (n == 0 || n > CGN_EAL_ARGS_MAX)
		return 0;
	for (i = 0; i < n; i++)
		words[i] = i < conf->n_eal ? conf->eal[i] : user[i - conf->n_eal];
	i = cgn_eal_fault_memory(words, n);
	if (i == n)
		i = cgn_eal_fault_find(words, n);
	/* The file may be for a machine with other cores. */
	if (i == n || is_one_of(words[i], lcore_options))
		return 0;
	fprintf(stderr, "%s: %s: %s: must be an argument that EAL takes\n", path,
			i < conf->n_eal ? "eal" : "--", words[i]);
	return -EINVAL;
}

/* Whether EAL made a file of its directory, by its name. */
static bool
is_of_eal(const char *name)
{
	static const char *const begins[] = { "fbarray_", "mp_socket", "dpdk_telemetry.v",
		"hugepage_" };

	for (size_t i = 0; i < RTE_DIM(begins); i++) {
		if (strncmp(name, begins[i], strlen(begins[i])) == 0)
			return true;
	}
	return false;
}

/* Remove EAL's files. This process holds the lock of "config" until it ends, so nobody uses the prefix
 * while the other files are removed. "config" is not opened here, because closing it would release the
 * lock. */
static void
remove_files(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const struct dirent *e;
	struct stat st;
	DIR *dir;

	if (fd < 0)
		return;
	dir = fstat(fd, &st) == 0 && st.st_uid == geteuid() ? fdopendir(fd) : NULL;
	if (dir == NULL) {
		close(fd);
		return;
	}
	while ((e = readdir(dir)) != NULL) {
		if (is_of_eal(e->d_name))
			(void)unlinkat(fd, e->d_name, 0);
	}
	(void)unlinkat(fd, "config", 0);
	closedir(dir);
	(void)rmdir(path);
}

void
cgn_eal_stop(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	remove_files(path);
}
